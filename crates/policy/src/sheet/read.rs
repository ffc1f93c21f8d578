//! One value of a sheet against the vocabulary: what it means, or what is wrong with it.

use serde_json::Value;

use super::{FactSheet, SheetValue};
use crate::column::State;
use crate::eval::NewValue;
use crate::plan::{Entity, EnumDecl, FactDecl, Per, Plan, Type};
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

/// A value that no fact of its kind has: its code.
const BOUNDS: &str = "sheet-bounds";

fn beyond<T>(zh: impl Into<String>, en: impl Into<String>) -> Result<T, BadValue> {
    Err(BadValue { zh: zh.into(), en: en.into() })
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
                )
                .map_err(|wrong| Unfit { code: BOUNDS, wrong });
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
            return bad(
                "应是一个值，不是列表或对象；只有写明 window 的事实可以按月给出列表",
                "must be one value, not a list or an object; only a fact with a `window` is given as a list by month",
            );
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
    if let NewValue::Number(number) = parsed {
        fact.allows(number, plan.as_of).map_err(|wrong| Unfit { code: BOUNDS, wrong })?;
    }
    Ok(parsed)
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

impl FactDecl {
    /// 取值范围: whether a number can be a value of the fact, as known on a day; money in fen, dates in days.
    ///
    /// # Errors
    /// It is below the least or above the largest possible value, or a day that is still to come of a fact that
    /// tells of what has happened.
    pub fn allows(&self, number: i64, today: Date) -> Result<(), BadValue> {
        let show = |number: i64| match self.ty {
            Type::Money(_) | Type::Exact(_) => Fen(number).to_string(),
            Type::Date => i32::try_from(number).map_or_else(|_| number.to_string(), |d| Date(d).to_string()),
            _ => number.to_string(),
        };
        let text = show(number);
        if self.past && number > i64::from(today.0) {
            return beyond(
                format!("{text} 在 {today} 之后，还没有发生；请核对日期"),
                format!("{text} is after {today} and has not happened yet; check the date"),
            );
        }
        if let Some(min) = self.min.filter(|min| number < *min) {
            return beyond(
                format!("{text} 小于最小值 {}", show(min)),
                format!("{text} is below the least possible value {}", show(min)),
            );
        }
        if let Some(max) = self.max.filter(|max| number > *max) {
            return beyond(
                format!("{text} 大于最大值 {}", show(max)),
                format!("{text} is above the largest possible value {}", show(max)),
            );
        }
        Ok(())
    }
}

impl FactSheet {
    /// 存疑: every value that the vocabulary cannot take becomes unknown, as a conflict; who supplied it stays on the
    /// sheet. For stored facts: what cannot be true must not keep a family's file from opening.
    pub fn set_aside(&mut self, plan: &Plan) {
        let subjects = self.members.iter_mut().map(|s| (Entity::Member, &mut s.facts));
        let subjects = subjects.chain(self.obligors.iter_mut().map(|s| (Entity::Obligor, &mut s.facts)));
        for (of, facts) in subjects.chain([(Entity::Household, &mut self.household)]) {
            for (name, given) in facts {
                let fact = plan.facts.iter().find(|f| f.of == of && (f.id == *name || f.zh == *name));
                if fact.is_some_and(|fact| read(plan, fact, given).is_err()) {
                    given.value = Value::Null;
                    given.state = Some(State::Conflict);
                }
            }
        }
    }
}
