//! 措辞: values as people write them, in both languages.

use serde::{Deserialize, Serialize};

use crate::eval::Value;
use crate::lang::Lang;
use crate::plan::{Per, Plan, Type};
use crate::value::{Date, Fen, Month, Truth};

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl Text {
    /// A text in both languages.
    #[must_use]
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in one language.
    #[must_use]
    pub fn pick(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }

    /// The same writing of a text for each language.
    pub(crate) fn both(text: impl Fn(Lang) -> String) -> Self {
        Self { zh: text(Lang::Zh), en: text(Lang::En) }
    }
}

/// A truth in words: 符合, 不符合, 未知.
#[must_use]
pub fn verdict_word(truth: Truth, lang: Lang) -> &'static str {
    match truth {
        Truth::True => lang.pick("符合", "met"),
        Truth::False => lang.pick("不符合", "not met"),
        Truth::Unknown => lang.pick("未知", "unknown"),
    }
}

/// The unit of an amount: 元, 元/月, 元/年.
#[must_use]
pub fn unit_word(per: Per, lang: Lang) -> &'static str {
    match per {
        Per::Once => lang.pick("元", "yuan"),
        Per::Month => lang.pick("元/月", "yuan a month"),
        Per::Year => lang.pick("元/年", "yuan a year"),
    }
}

fn yes_or_no(truth: Truth, lang: Lang) -> String {
    match truth {
        Truth::True => lang.pick("是", "yes"),
        Truth::False => lang.pick("否", "no"),
        Truth::Unknown => lang.pick("未知", "unknown"),
    }
    .to_owned()
}

/// Fen rounded from an exact fraction, with ≈ where it is not exact.
fn exact_fen((num, den): (i64, i64)) -> String {
    let (num, den) = (i128::from(num), i128::from(den).max(1));
    let near = (num * 2 + den).div_euclid(den * 2);
    let mark = if num % den == 0 { "" } else { "≈" };
    i64::try_from(near).map_or_else(|_| "∞".to_owned(), |fen| format!("{mark}{}", Fen(fen)))
}

fn ratio((num, den): (i64, i64)) -> String {
    let ten_thousandths = i128::from(num) * 10_000;
    let den = i128::from(den).max(1);
    if ten_thousandths % den != 0 {
        return format!("{num}/{den}");
    }
    let hundredths = ten_thousandths / den;
    let (whole, rest) = (hundredths / 100, hundredths.unsigned_abs() % 100);
    if rest == 0 {
        return format!("{whole}%");
    }
    let sign = if hundredths < 0 && whole == 0 { "-" } else { "" };
    let decimals = format!("{rest:02}");
    format!("{sign}{whole}.{}%", decimals.trim_end_matches('0'))
}

fn whole(v: i64, ty: Type) -> String {
    let short = i32::try_from(v).ok();
    match ty {
        Type::Money(_) | Type::Exact(_) => Fen(v).to_string(),
        Type::Date => short.map_or_else(|| v.to_string(), |d| Date(d).to_string()),
        Type::Month => short.map_or_else(|| v.to_string(), |m| Month(m).to_string()),
        _ => v.to_string(),
    }
}

/// A set of possible values in words, without a unit.
pub(crate) fn bare(plan: &Plan, value: Value, ty: Type, lang: Lang) -> String {
    match value {
        Value::Truth(t) => yes_or_no(t, lang),
        // Nothing is below zero: that is no news about a sum that is not known.
        Value::Number { lo: Some(0), hi: None } => lang.pick("未知", "unknown").to_owned(),
        Value::Exact { lo: Some((0, _)), hi: None } => lang.pick("未知", "unknown").to_owned(),
        Value::Number { lo, hi } => range(lo.map(|v| whole(v, ty)), hi.map(|v| whole(v, ty)), lang),
        Value::Exact { lo, hi } => {
            let show = |v: (i64, i64)| match ty {
                Type::Rate => ratio(v),
                _ => exact_fen(v),
            };
            range(lo.map(show), hi.map(show), lang)
        }
        Value::Enum(mask) => {
            let Type::Enum(at) = ty else {
                return lang.pick("未知", "unknown").to_owned();
            };
            let values = plan.enums.get(usize::from(at)).map_or(&[][..], |e| e.values.as_slice());
            let possible: Vec<&str> = values
                .iter()
                .enumerate()
                .filter(|(at, _)| mask.checked_shr(u32::try_from(*at).unwrap_or(64)).unwrap_or(0) & 1 == 1)
                .map(|(_, (id, zh))| lang.pick(zh, id))
                .collect();
            if possible.len() == values.len() {
                return lang.pick("未知", "unknown").to_owned();
            }
            possible.join(lang.pick("或", " or "))
        }
    }
}

fn range(lo: Option<String>, hi: Option<String>, lang: Lang) -> String {
    match (lo, hi) {
        (Some(lo), Some(hi)) if lo == hi => lo,
        (Some(lo), Some(hi)) => format!("{lo}{}{hi}", lang.pick("～", " to ")),
        (Some(lo), None) => format!("{}{lo}", lang.pick("不低于 ", "at least ")),
        (None, Some(hi)) => format!("{}{hi}", lang.pick("不高于 ", "at most ")),
        (None, None) => lang.pick("未知", "unknown").to_owned(),
    }
}

/// A set of possible values with its unit: `1500.00 元/月`.
pub(crate) fn with_unit(plan: &Plan, value: Value, ty: Type, lang: Lang) -> String {
    let text = bare(plan, value, ty, lang);
    match ty {
        Type::Money(per) | Type::Exact(per) if text.contains(|c: char| c.is_ascii_digit()) => {
            format!("{text} {}", unit_word(per, lang))
        }
        _ => text,
    }
}

/// A stated value with its unit: a number of the type, or a rate as numerator and denominator.
pub(crate) fn stated(
    number: i64,
    rate: Option<(i64, i64)>,
    ty: Type,
    enums: &[crate::plan::EnumDecl],
    lang: Lang,
) -> String {
    match (ty, rate) {
        (_, Some(rate)) => ratio(rate),
        (Type::Bool, _) => yes_or_no(if number == 0 { Truth::False } else { Truth::True }, lang),
        (Type::Money(per) | Type::Exact(per), _) => format!("{} {}", Fen(number), unit_word(per, lang)),
        (Type::Enum(at), _) => {
            let values = enums.get(usize::from(at)).map(|e| e.values.as_slice()).unwrap_or_default();
            let value = usize::try_from(number).ok().and_then(|n| values.get(n));
            value.map_or_else(|| number.to_string(), |(id, zh)| lang.pick(zh, id).to_owned())
        }
        (ty, _) => whole(number, ty),
    }
}

/// A set of possible values within a sentence, whose words say per what time: `1500.00 元`.
pub(crate) fn in_sentence(plan: &Plan, value: Value, ty: Type, lang: Lang) -> String {
    let text = bare(plan, value, ty, lang);
    match ty {
        Type::Money(_) | Type::Exact(_) if text.contains(|c: char| c.is_ascii_digit()) => {
            format!("{text} {}", unit_word(Per::Once, lang))
        }
        _ => text,
    }
}
