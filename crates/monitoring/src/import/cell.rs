//! One cell against its contract.

use doudi_policy::value::BadValue;
use doudi_policy::{Date, DivisionCode, Fen, Month};
use doudi_registry::text::{TextUse, check};

use crate::contract::{CellType, Field};
use crate::problem::Reason;
use crate::register::Register;

/// What a cell was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing there, and nothing is needed.
    Blank,
    /// A number in its kept unit.
    Number(i64),
    /// A text.
    Text,
}

/// Characters of a name, a text or a class.
const MOST_IN_A_TEXT: usize = 500;
/// Characters of a number, a date or a code.
const MOST_IN_A_NUMBER: usize = 40;

/// A cell without the blanks around it.
pub(crate) fn trim(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

/// Reads a cell; `as_of` is the last day that a date may have.
pub(super) fn read(field: &Field, text: &str, register: &Register, as_of: Date) -> Result<Cell, Reason> {
    if text.is_empty() {
        return if field.optional || field.purpose.is_empty() {
            Ok(Cell::Blank)
        } else {
            Err(Reason::Blank { column: field.column.clone() })
        };
    }
    let bad = |bad| Reason::Value { column: field.column.clone(), bad };
    let most = match field.ty {
        CellType::Identity | CellType::DisabilityCard => usize::MAX,
        CellType::Name | CellType::Text | CellType::Enum => MOST_IN_A_TEXT,
        _ => MOST_IN_A_NUMBER,
    };
    if text.len() > most && text.chars().nth(most).is_some() {
        return Err(bad(too_long(text, most)));
    }
    let late = |day: Date| {
        if day > as_of {
            Err(Reason::TooLate { column: field.column.clone(), value: text.to_owned(), as_of })
        } else {
            Ok(())
        }
    };
    match field.ty {
        // Numbers and names are only compared; a text is kept and shown to people.
        CellType::Identity | CellType::DisabilityCard | CellType::Name => Ok(Cell::Text),
        CellType::Text => match misleading(text).filter(|_| !field.purpose.is_empty()) {
            None => Ok(Cell::Text),
            Some(found) => Err(bad(found)),
        },
        CellType::Enum => {
            if field.values.iter().any(|v| v == text) {
                return Ok(Cell::Text);
            }
            Err(Reason::NotListed {
                column: field.column.clone(),
                value: shorten(text),
                allowed: field.values.join("、"),
            })
        }
        CellType::Money => {
            let fen = Fen::parse_yuan(text).map_err(bad)?.0;
            in_range(field, text, fen, |bound| Fen::parse_yuan(bound).ok().map(|f| f.0))
        }
        CellType::Decimal => {
            let hundredths = Fen::parse_yuan(text).map_err(|_| bad(not_decimal(text)))?.0;
            in_range(field, text, hundredths, |b| Fen::parse_yuan(b).ok().map(|f| f.0))
        }
        CellType::Int => {
            let number = text.parse::<i64>().map_err(|_| bad(not_whole(text)))?;
            in_range(field, text, number, |bound| bound.parse().ok())
        }
        CellType::Date => {
            let day = date(text).map_err(bad)?;
            // The validity of a certificate ends in the future; it is the one optional date.
            if !field.optional {
                late(day)?;
            }
            in_range(field, text, i64::from(day.0), |b| b.parse::<Date>().ok().map(|d| i64::from(d.0)))
        }
        CellType::Month => {
            let month = text.parse::<Month>().map_err(bad)?;
            if !field.optional {
                late(month.first_day())?;
            }
            Ok(Cell::Number(i64::from(month.last_day().0)))
        }
        CellType::Year => {
            let year = text.parse::<i16>().ok().filter(|y| (1900..2100).contains(y));
            let year = year.ok_or_else(|| bad(not_year(text)))?;
            late(Month::of(year, 1).first_day())?;
            Ok(Cell::Number(i64::from(Month::of(year, 12).last_day().0)))
        }
        CellType::Division => {
            let known = text.parse::<DivisionCode>().map_err(bad)?;
            if register.has_division(&known) {
                return Ok(Cell::Text);
            }
            Err(Reason::NoDivision { column: field.column.clone(), value: shorten(text) })
        }
        CellType::DivisionAny => {
            text.parse::<DivisionCode>().map_err(bad)?;
            Ok(Cell::Text)
        }
    }
}

/// What is wrong with the characters of a text that is kept.
pub(crate) fn misleading(text: &str) -> Option<BadValue> {
    let problem = check(text, TextUse::Name).err()?;
    Some(BadValue { zh: problem.zh(), en: problem.en() })
}

/// A day as `2024-06-01`; one that is written otherwise is shown the right way, and not taken.
pub(crate) fn date(text: &str) -> Result<Date, BadValue> {
    text.parse().map_err(|bad| match written_otherwise(text) {
        None => bad,
        Some(day) => BadValue {
            zh: format!("“{}”的写法不对，日期应写成 {day}", shorten(text)),
            en: format!("`{}` is written the wrong way; write dates as {day}", shorten(text)),
        },
    })
}

/// A day written as `2024/6/1`, `2024.6.1`, `2024年6月1日`, `2024-6-1` or `20240601`.
fn written_otherwise(text: &str) -> Option<Date> {
    let parts: Vec<&str> = match text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        true => vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?],
        false => text.trim_end_matches('日').split(['/', '.', '-', '年', '月']).collect(),
    };
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    if year.len() != 4 {
        return None;
    }
    Date::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn in_range(
    field: &Field,
    text: &str,
    value: i64,
    read: impl Fn(&str) -> Option<i64>,
) -> Result<Cell, Reason> {
    let bound = |b: &Option<String>| b.as_deref().and_then(&read);
    let low = bound(&field.min).is_none_or(|min| min <= value);
    let high = bound(&field.max).is_none_or(|max| value <= max);
    if low && high {
        return Ok(Cell::Number(value));
    }
    let side = |b: &Option<String>| b.clone().unwrap_or_default();
    Err(Reason::Range {
        column: field.column.clone(),
        value: shorten(text),
        range: format!("{}…{}", side(&field.min), side(&field.max)),
    })
}

fn too_long(text: &str, most: usize) -> BadValue {
    let (text, found) = (shorten(text), text.chars().count());
    BadValue {
        zh: format!("“{text}”有 {found} 个字，最多 {most} 个，多半是几格并成了一格"),
        en: format!("`{text}` has {found} characters, at most {most} fit; mostly several cells run together"),
    }
}

fn not_decimal(text: &str) -> BadValue {
    let text = shorten(text);
    BadValue {
        zh: format!("“{text}”不是最多两位小数的数，应写成 1234.5"),
        en: format!("`{text}` is not a number with at most two decimals; write 1234.5"),
    }
}

fn not_whole(text: &str) -> BadValue {
    let text = shorten(text);
    BadValue { zh: format!("“{text}”不是整数"), en: format!("`{text}` is not a whole number") }
}

fn not_year(text: &str) -> BadValue {
    let text = shorten(text);
    BadValue {
        zh: format!("“{text}”不是年份，应写成 2024"),
        en: format!("`{text}` is not a year; write 2024"),
    }
}

/// At most twelve characters of a cell, so that a message cannot carry a whole number or address.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(12).collect();
    if text.chars().count() > 12 {
        short.push('…');
    }
    short
}

/// At most thirty characters of a heading: a first row that is no header may hold anything.
pub(super) fn shorten_header(text: &str) -> String {
    text.chars().take(30).collect()
}
