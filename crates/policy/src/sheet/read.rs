//! One value of a sheet against the vocabulary: what it means, or what is wrong with it.

use serde_json::Value;

use super::SheetValue;
use crate::column::State;
use crate::eval::NewValue;
use crate::plan::{EnumDecl, FactDecl, Per, Plan, Type};
use crate::value::{BadValue, Date, Fen, Month};

/// A value that its fact cannot have, with its code in the catalogue of errors.
pub(crate) struct Unfit {
    pub(crate) code: &'static str,
    pub(crate) wrong: BadValue,
}

impl From<BadValue> for Unfit {
    fn from(wrong: BadValue) -> Self {
        Self { code: "sheet-value", wrong }
    }
}

fn bad<T>(zh: impl Into<String>, en: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit::from(BadValue { zh: zh.into(), en: en.into() }))
}

fn beyond<T>(zh: impl Into<String>, en: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit { code: "sheet-bounds", wrong: BadValue { zh: zh.into(), en: en.into() } })
}

/// The values of an enum fact.
pub(crate) fn enum_of<'a>(plan: &'a Plan, fact: &FactDecl) -> Option<&'a EnumDecl> {
    let at = match fact.ty {
        Type::Enum(at) => Some(at),
        _ => fact.enum_index,
    };
    plan.enums.get(usize::from(at?))
}

/// A value and its state as the columns take them.
pub(crate) fn read(plan: &Plan, fact: &FactDecl, given: &SheetValue) -> Result<(NewValue, State), Unfit> {
    let value = parse(plan, fact, &given.value)?;
    let state = match given.state {
        Some(State::Known | State::Stale) | None if value == NewValue::Unknown => State::Missing,
        Some(state) => state,
        None if is_stale(plan, fact, given.as_of) => State::Stale,
        None => State::Known,
    };
    Ok((value, state))
}

fn is_stale(plan: &Plan, fact: &FactDecl, as_of: Option<Date>) -> bool {
    let fresh_until =
        as_of.zip(fact.fresh_months).map(|(as_of, months)| as_of.plus_months(i32::from(months)));
    fresh_until.is_some_and(|until| until < plan.as_of)
}

fn parse(plan: &Plan, fact: &FactDecl, value: &Value) -> Result<NewValue, Unfit> {
    let text = match value {
        Value::Null => return Ok(NewValue::Unknown),
        Value::Bool(yes) if fact.ty == Type::Bool => return Ok(NewValue::Bool(*yes)),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => {
            let text = number.to_string();
            // JSON turns a number beyond 64 bits into one with an exponent.
            if text.contains('e') {
                return beyond(
                    format!("数字 {text} 太大或太小，请核对位数"),
                    format!("the number {text} is too large or too small; check its digits"),
                );
            }
            // Beyond 15 digits a number with decimals may have been changed on its way through JSON.
            if number.is_f64() && text.bytes().filter(u8::is_ascii_digit).count() > 15 {
                return bad(
                    format!("数字 {text} 位数太多，请加引号写成文本"),
                    format!("number {text} has too many digits; write it as a text in quotes"),
                );
            }
            text
        }
        Value::String(text) => text.trim().to_owned(),
        Value::Array(_) | Value::Object(_) => {
            return bad("应是一个值，不是列表或对象", "must be one value, not a list or an object");
        }
    };
    if matches!(text.as_str(), "" | "未知" | "unknown") {
        return Ok(NewValue::Unknown);
    }
    let parsed = match fact.ty {
        Type::Bool => yes_or_no(&text)?,
        Type::Enum(_) => enum_value(plan, fact, &text)?,
        Type::Int => match text.parse() {
            Ok(number) => NewValue::Number(number),
            Err(_) => {
                return bad(format!("“{text}”不是整数"), format!("`{text}` is not a whole number"));
            }
        },
        Type::Money(per) | Type::Exact(per) => NewValue::Number(money(&text, per)?),
        Type::Date => NewValue::Number(i64::from(text.parse::<Date>()?.0)),
        Type::Month => NewValue::Number(i64::from(text.parse::<Month>()?.0)),
        Type::Rate => {
            return bad("暂不接受比率事实", "facts that are rates are not accepted yet");
        }
    };
    let today = i64::from(plan.as_of.0);
    if fact.past && matches!(parsed, NewValue::Number(day) if day > today) {
        return beyond(
            format!("{text} 在 {} 之后，还没有发生；请核对日期", plan.as_of),
            format!("{text} is after {} and has not happened yet; check the date", plan.as_of),
        );
    }
    within_bounds(fact, parsed, &text)
}

fn yes_or_no(text: &str) -> Result<NewValue, Unfit> {
    match text {
        "true" | "是" | "yes" => Ok(NewValue::Bool(true)),
        "false" | "否" | "no" => Ok(NewValue::Bool(false)),
        _ => bad(
            format!("“{text}”不是是否值，应写 true、false 或 是、否；不知道写 null"),
            format!("`{text}` is not a yes or no; write true or false, or null if unknown"),
        ),
    }
}

fn enum_value(plan: &Plan, fact: &FactDecl, text: &str) -> Result<NewValue, Unfit> {
    let values = enum_of(plan, fact).map_or(&[][..], |e| e.values.as_slice());
    let at = values.iter().position(|(id, zh)| id == text || zh == text);
    if let Some(at) = at.and_then(|at| u8::try_from(at).ok()) {
        return Ok(NewValue::Enum(at));
    }
    let zh: Vec<String> = values.iter().map(|(id, zh)| format!("{id}（{zh}）")).collect();
    let en: Vec<&str> = values.iter().map(|(id, _)| id.as_str()).collect();
    bad(
        format!("没有“{text}”这个值，可用：{}", zh.join("、")),
        format!("there is no value `{text}`; it is one of {}", en.join(", ")),
    )
}

/// The unit of money as it is written.
pub(crate) fn unit(per: Per) -> &'static str {
    match per {
        Per::Once => "元",
        Per::Month => "元/月",
        Per::Year => "元/年",
    }
}

fn money(text: &str, per: Per) -> Result<i64, Unfit> {
    let (amount, written) = match text.split_once('元') {
        Some((amount, rest)) => (amount, format!("元{}", rest.trim())),
        None => (text, "元".to_owned()),
    };
    let wanted = unit(per);
    if written != wanted && written != "元" {
        return bad(
            format!("单位是“{written}”，应为“{wanted}”"),
            format!("the unit is `{written}`, it must be `{wanted}`"),
        );
    }
    Ok(Fen::parse_yuan(amount)?.0)
}

fn within_bounds(fact: &FactDecl, value: NewValue, text: &str) -> Result<NewValue, Unfit> {
    let NewValue::Number(number) = value else {
        return Ok(value);
    };
    let show = |bound: i64| match fact.ty {
        Type::Money(_) | Type::Exact(_) => Fen(bound).to_string(),
        Type::Date => i32::try_from(bound).map_or_else(|_| bound.to_string(), |d| Date(d).to_string()),
        _ => bound.to_string(),
    };
    if let Some(min) = fact.min.filter(|min| number < *min) {
        return beyond(
            format!("{text} 小于最小值 {}", show(min)),
            format!("{text} is below the least possible value {}", show(min)),
        );
    }
    if let Some(max) = fact.max.filter(|max| number > *max) {
        return beyond(
            format!("{text} 大于最大值 {}", show(max)),
            format!("{text} is above the largest possible value {}", show(max)),
        );
    }
    Ok(value)
}
