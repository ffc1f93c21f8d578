//! 单元格: one written value as the JSON value that a facts sheet takes.

use serde_json::Value;

use crate::book::Book;
use crate::diag::Fault;
use crate::plan::{FactDecl, Per, Type};
use crate::value::{BadValue, Date, Fen, Month};

/// The fact of an id or 中文 label.
pub(super) fn fact<'b>(book: &'b Book, name: &str) -> Option<&'b FactDecl> {
    book.facts().iter().find(|f| f.id == name || f.zh == name)
}

/// “Nothing of the kind” for a fact: no, zero, the enum value `none`. A fact that has no such value stays unknown.
pub(super) fn nothing(book: &Book, fact: &FactDecl) -> Option<Value> {
    match fact.ty {
        Type::Bool => Some(Value::from(false)),
        Type::Int | Type::Money(_) => Some(Value::from(0)),
        Type::Enum(_) => {
            let decl = book.enums().get(usize::from(fact.enum_index?))?;
            decl.values.iter().any(|(id, _)| id == "none").then(|| Value::from("none"))
        }
        _ => None,
    }
}

/// Reads a cell of a fact: one value, or for a fact with a window values by month, that of the period first, between
/// commas. A last `…` says that all months before are the same.
pub(super) fn by_month(
    book: &Book,
    fact: &FactDecl,
    text: &str,
) -> Result<Vec<(String, Option<Value>)>, Fault> {
    if fact.window == 1 || fact.back > 0 {
        return Ok(vec![(fact.id.clone(), read(book, fact, text)?)]);
    }
    let trimmed = text.trim();
    let plain = trimmed.strip_suffix('…').or_else(|| trimmed.strip_suffix("...")).map(str::trim_end);
    let mut values = Vec::new();
    for part in parts(plain.unwrap_or(trimmed)) {
        values.push(read(book, fact, part)?);
    }
    if values.len() > usize::from(fact.window) {
        let (months, window) = (values.len(), fact.window);
        return Err(Fault::new(
            "golden-window",
            (
                format!("“{}”给了 {months} 个月，只记录 {window} 个月", fact.zh),
                format!("`{}` is given for {months} months; it is kept for {window}", fact.id),
            ),
            (
                "从本期往前数，最早的几个月不写",
                "count back from the period and leave the earliest months out",
            ),
        ));
    }
    if plain.is_some() {
        let last = values.last().cloned().flatten();
        values.resize(usize::from(fact.window), last);
    }
    Ok((0..fact.window).map(|back| fact.id_back(back)).zip(values).collect())
}

/// Values between commas. A comma within a number has no blank behind it.
fn parts(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let behind = text.get(at + c.len_utf8()..).unwrap_or_default();
        let parts = matches!(c, '，' | '、') || (c == ',' && behind.starts_with(char::is_whitespace));
        if parts {
            found.push(text.get(from..at).unwrap_or_default());
            from = at + c.len_utf8();
        }
    }
    found.push(text.get(from..).unwrap_or_default());
    found
}

/// Reads a cell. `Ok(None)` is unknown.
pub(super) fn read(book: &Book, fact: &FactDecl, text: &str) -> Result<Option<Value>, Fault> {
    let text = text.trim();
    match text {
        "" | "未知" => return Ok(None),
        "-" | "—" => return Ok(nothing(book, fact)),
        _ => {}
    }
    let wrong = |zh: &str, en: &str| {
        Fault::new(
            "golden-value",
            (format!("“{text}”不是“{}”的值", fact.zh), format!("`{text}` is no value of `{}`", fact.id)),
            (zh, en),
        )
    };
    let bad = |bad: BadValue, form: &str| {
        Fault::new("golden-value", (bad.zh, bad.en), (format!("写成 {form}"), format!("write {form}")))
    };
    match fact.ty {
        Type::Bool => match text {
            "是" => Ok(Some(Value::from(true))),
            "否" => Ok(Some(Value::from(false))),
            _ => Err(wrong("应写是或否", "write 是 or 否")),
        },
        Type::Int => text
            .parse::<i64>()
            .map(|n| Some(Value::from(n)))
            .map_err(|_| wrong("应写整数", "write a whole number")),
        Type::Money(per) | Type::Exact(per) => {
            money(text, per).map(|fen| Some(Value::from(fen.to_string()))).ok_or_else(|| {
                wrong(
                    "应写金额，如 1500 元/月，单位与事实一致",
                    "write an amount such as 1500 元/月 in the unit of the fact",
                )
            })
        }
        Type::Date => {
            text.parse::<Date>().map(|d| Some(Value::from(d.to_string()))).map_err(|e| bad(e, "1980-02-11"))
        }
        Type::Month => {
            text.parse::<Month>().map(|m| Some(Value::from(m.to_string()))).map_err(|e| bad(e, "2024-06"))
        }
        Type::Enum(_) => {
            let values = fact
                .enum_index
                .and_then(|i| book.enums().get(usize::from(i)))
                .map(|e| e.values.as_slice())
                .unwrap_or_default();
            let found = values.iter().find(|(id, zh)| id == text || zh == text);
            let all = values.iter().map(|(_, zh)| zh.as_str()).collect::<Vec<_>>().join("、");
            found
                .map(|(id, _)| Some(Value::from(id.clone())))
                .ok_or_else(|| wrong(&format!("可以写：{all}"), &format!("possible: {all}")))
        }
        Type::Rate => {
            Err(wrong("这种类型不能写在样例户里", "this type cannot be given in a golden household"))
        }
    }
}

/// `1500`, `1,500.50 元`, `33600 元/年`: a unit that is given must be the fact's.
pub(super) fn money(text: &str, per: Per) -> Option<Fen> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (number, unit) = match plain.split_once('元') {
        Some((number, unit)) => (number, Some(unit)),
        None => (plain.as_str(), None),
    };
    let fits = match unit {
        None => true,
        Some("") => per == Per::Once,
        Some("/月") => per == Per::Month,
        Some("/年") => per == Per::Year,
        Some(_) => false,
    };
    fits.then(|| Fen::parse_yuan(number).ok()).flatten()
}
