//! `doudi policy facts`: the vocabulary, for people as a list and for programs as JSON.

use std::process::ExitCode;

use anyhow::Result;
use doudi_policy::book::{Book, type_name};
use doudi_policy::lang::Lang;
use doudi_policy::plan::{Entity, FactDecl};

use super::{print_json, print_text};
use crate::cli::Format;

pub(super) fn facts(book: &Book, format: Format, lang: Lang) -> Result<ExitCode> {
    if format == Format::Json {
        return print_json(&json(book));
    }
    let facts = || book.facts().iter().filter(|fact| fact.back == 0);
    let wide = facts().map(|fact| fact.id.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (of, zh, en) in [
        (Entity::Household, "一户的", "Of the household"),
        (Entity::Member, "成员的", "Of a member"),
        (Entity::Obligor, "户外义务人的", "Of an obligor outside the home"),
    ] {
        lines.push(lang.pick(zh, en).to_owned());
        let of_them = facts().filter(|fact| fact.of == of);
        lines.extend(of_them.map(|fact| format!("  {:<wide$}  {}", fact.id, words(book, fact, lang))));
    }
    print_text(&lines.join("\n"))
}

/// `城乡类别 (城镇、农村)`; for other types the type: `工资性收入 (元/月)`.
fn words(book: &Book, fact: &FactDecl, lang: Lang) -> String {
    let label = lang.pick(&fact.zh, &fact.en);
    let values = fact.enum_index.and_then(|at| book.enums().get(usize::from(at))).map(|decl| {
        let each = decl.values.iter().map(|(id, zh)| lang.pick(zh, id).to_owned());
        each.collect::<Vec<_>>().join(lang.pick("、", ", "))
    });
    let kind = values.unwrap_or_else(|| {
        let name = type_name(fact.ty);
        let plain = match name {
            "bool" => "是、否",
            "int" => "整数",
            "date" => "日期",
            "month" => "月份",
            "rate" => "比例",
            other => other,
        };
        lang.pick(plain, name).to_owned()
    });
    format!("{label} ({kind})")
}

fn json(book: &Book) -> serde_json::Value {
    let facts = book.facts().iter().filter(|fact| fact.back == 0).map(|fact| {
        let values = fact.enum_index.and_then(|i| book.enums().get(usize::from(i))).map(|decl| {
            decl.values.iter().map(|(id, zh)| serde_json::json!({ "id": id, "zh": zh })).collect::<Vec<_>>()
        });
        serde_json::json!({
            "id": fact.id, "zh": fact.zh, "en": fact.en, "of": fact.of,
            "type": type_name(fact.ty), "values": values,
            "min": fact.min, "max": fact.max, "from": fact.from,
            "fresh_months": fact.fresh_months, "window": fact.window, "changeable": fact.changeable,
            "register": fact.register, "ask_zh": fact.ask_zh, "ask_en": fact.ask_en, "ask_all": fact.ask_all,
        })
    });
    serde_json::Value::Array(facts.collect())
}
