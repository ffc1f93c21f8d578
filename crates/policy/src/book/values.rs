//! 取值: types and values as package files write them.

use crate::book::decl::ParamValue;
use crate::diag::Fault;
use crate::near::nearest;
use crate::plan::{EnumDecl, Per, Type};
use crate::value::{Date, Fen, Month, Rate};

const TYPES: [(&str, Type); 8] = [
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("元", Type::Money(Per::Once)),
    ("元/月", Type::Money(Per::Month)),
    ("元/年", Type::Money(Per::Year)),
    ("rate", Type::Rate),
    ("date", Type::Date),
    ("month", Type::Month),
];

/// The type of a word other than `enum`, which needs its values.
pub(super) fn plain_type(word: &str) -> Result<Type, Fault> {
    TYPES.iter().find(|(name, _)| *name == word).map(|(_, ty)| *ty).ok_or_else(|| {
        let all: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        let all = all.join(" ");
        Fault::new(
            "unknown-type",
            (format!("没有类型“{word}”"), format!("there is no type `{word}`")),
            (format!("可用的类型: {all} enum"), format!("types that exist: {all} enum")),
        )
    })
}

/// A value of a type: `756`, `756元/月`, `30%`, `1/3`, `是`, `2024-06-01`, an enum id or label.
pub(super) fn value(text: &str, ty: Type, enums: &[EnumDecl]) -> Result<ParamValue, Fault> {
    let text = text.trim();
    let number = |n: Option<i64>| n.map(ParamValue::Number);
    let read = match ty {
        Type::Bool => number(match text {
            "是" | "true" => Some(1),
            "否" | "false" => Some(0),
            _ => None,
        }),
        Type::Int => number(text.parse().ok()),
        Type::Money(per) | Type::Exact(per) => number(money(text, per)),
        Type::Rate => rate(text).map(|r| ParamValue::Ratio(r.num(), r.den())),
        Type::Date => number(text.parse::<Date>().ok().map(|d| i64::from(d.0))),
        Type::Month => number(text.parse::<Month>().ok().map(|m| i64::from(m.0))),
        Type::Enum(index) => {
            return enum_value(text, index, enums).map(|at| ParamValue::Number(i64::from(at)));
        }
    };
    read.ok_or_else(|| {
        if too_large(text) {
            return Fault::new(
                "number-too-large",
                (format!("数字“{text}”太大"), format!("the number `{text}` is too large")),
                ("请核对位数", "check its digits"),
            );
        }
        let (zh, en) = form(ty);
        Fault::new(
            "bad-value",
            (
                format!("“{text}”不是{}类型的值", super::type_name(ty)),
                format!("`{text}` is no value of type {}", super::type_name(ty)),
            ),
            (format!("写成{zh}"), format!("write {en}")),
        )
    })
}

/// Whether a text is a number that 64 bits do not hold.
fn too_large(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
    let digits: String = whole.chars().filter(|c| *c != ',').collect();
    let bare = digits.strip_prefix('-').unwrap_or(&digits);
    !bare.is_empty()
        && bare.bytes().all(|b| b.is_ascii_digit())
        && bare.parse::<i64>().ok().and_then(|n| n.checked_mul(100)).is_none()
}

fn form(ty: Type) -> (&'static str, &'static str) {
    match ty {
        Type::Bool => ("“是”或“否”", "true or false"),
        Type::Int => ("整数，如 3", "a whole number such as 3"),
        Type::Money(_) | Type::Exact(_) => {
            ("元，最多两位小数，如 756 或 756.50", "yuan with at most two decimals, such as 756 or 756.50")
        }
        Type::Rate => ("30% 或 1/3", "30% or 1/3"),
        Type::Date => ("2024-06-01", "2024-06-01"),
        Type::Month => ("2024-06", "2024-06"),
        Type::Enum(_) => ("其中一个值", "one of its values"),
    }
}

/// Position of an enum value given by id or label.
pub(super) fn enum_value(text: &str, index: u16, enums: &[EnumDecl]) -> Result<u8, Fault> {
    let values = enums.get(usize::from(index)).map(|e| e.values.as_slice()).unwrap_or_default();
    let at = values.iter().position(|(id, zh)| id == text || zh == text);
    at.and_then(|at| u8::try_from(at).ok()).ok_or_else(|| unknown_value(text, values))
}

/// The fault of a name that is none of some enum values.
pub(super) fn unknown_value(text: &str, values: &[(String, String)]) -> Fault {
    let near = nearest(text, values.iter().flat_map(|(id, zh)| [id.as_str(), zh.as_str()]));
    let zh: Vec<&str> = values.iter().map(|(_, zh)| zh.as_str()).collect();
    let en: Vec<&str> = values.iter().map(|(id, _)| id.as_str()).collect();
    let cure = near.map_or_else(
        || (format!("可用的值: {}", zh.join("、")), format!("values that exist: {}", en.join(", "))),
        |near| {
            (
                format!("是不是“{near}”？可用的值: {}", zh.join("、")),
                format!("did you mean `{near}`? values that exist: {}", en.join(", ")),
            )
        },
    );
    Fault::new(
        "unknown-value",
        (format!("“{text}”不是其中的值"), format!("`{text}` is none of the values")),
        cure,
    )
}

fn money(text: &str, per: Per) -> Option<i64> {
    let unit = match per {
        Per::Once => "元",
        Per::Month => "元/月",
        Per::Year => "元/年",
    };
    let bare = text.strip_suffix(unit).or_else(|| text.strip_suffix('元')).unwrap_or(text);
    Fen::parse_yuan(bare.trim()).ok().map(|fen| fen.0)
}

fn rate(text: &str) -> Option<Rate> {
    if let Some(percent) = text.strip_suffix(['%', '％']) {
        let rate = decimal(percent.trim())?;
        return Rate::new(rate.num(), rate.den().checked_mul(100)?);
    }
    if let Some((num, den)) = text.split_once('/') {
        return Rate::new(num.trim().parse().ok()?, den.trim().parse().ok()?);
    }
    decimal(text)
}

fn decimal(text: &str) -> Option<Rate> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let den = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
    Rate::new(format!("{whole}{part}").parse().ok()?, den)
}

/// Whether one value is less than another of the same type; `None` for values that have no order.
pub(super) fn less(a: ParamValue, b: ParamValue) -> Option<bool> {
    match (a, b) {
        (ParamValue::Number(a), ParamValue::Number(b)) => Some(a < b),
        (ParamValue::Ratio(a, b), ParamValue::Ratio(c, d)) => {
            Some(i128::from(a) * i128::from(d) < i128::from(c) * i128::from(b))
        }
        _ => None,
    }
}

/// `P3M`, `P1Y` as months.
pub(super) fn months(text: &str) -> Option<u16> {
    let body = text.strip_prefix('P')?;
    match body.strip_suffix('Y') {
        Some(years) => years.parse::<u16>().ok()?.checked_mul(12),
        None => body.strip_suffix('M')?.parse().ok(),
    }
}
