//! 解释: an entry of the catalogue as text, and the whole catalogue as a page.

use std::fmt::Write as _;

use super::catalogue::SUBJECTS;
use super::{Entry, Example};
use crate::lang::Lang;

/// One side of an example: where it stands (empty for a value), how the block is marked, its text.
struct Side {
    place: String,
    mark: &'static str,
    text: String,
}

impl Example {
    fn sides(self, lang: Lang) -> [Side; 2] {
        let side = |place: String, mark, text: &str| Side { place, mark, text: text.trim_end().to_owned() };
        let file = |(path, text): (&str, &str)| {
            let mark = if path.ends_with(".csv") { "csv" } else { "toml" };
            side(format!("policies/{path}"), mark, text)
        };
        match self {
            Self::Value { of, wrong, right } => {
                let place = format!("of = \"{of}\"");
                [wrong, right].map(|text| side(place.clone(), "toml", &format!("value = '{text}'")))
            }
            Self::File { wrong, right } => [file(wrong), file(right)],
            Self::Change { wrong, right } => {
                [wrong, right].map(|text| side("change.toml".to_owned(), "toml", text))
            }
            Self::Golden { wrong, right } => {
                [wrong, right].map(|text| side("tests/*.md".to_owned(), "markdown", text))
            }
            Self::Sheet { wrong, right } => [wrong, right].map(|text| side("JSON".to_owned(), "json", text)),
            Self::Told { wrong, right } => {
                [wrong, right].map(|(zh, en)| side(String::new(), "", lang.pick(zh, en)))
            }
        }
    }
}

impl Entry {
    /// The entry as data: `number code zh en why_zh why_en wrong right`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let sides = |lang| self.example.sides(lang).map(|side| side.text);
        let ([wrong_zh, right_zh], [wrong_en, right_en]) = (sides(Lang::Zh), sides(Lang::En));
        serde_json::json!({
            "number": self.number, "code": self.code, "zh": self.zh, "en": self.en,
            "why_zh": self.why_zh, "why_en": self.why_en,
            "wrong_zh": wrong_zh, "right_zh": right_zh, "wrong_en": wrong_en, "right_en": right_en,
        })
    }
}

/// The reason of an entry as a sentence of its own.
fn sentence(entry: &Entry, lang: Lang) -> String {
    let mut rest = entry.why_en.chars();
    let first = rest.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    match lang {
        Lang::Zh => format!("{}。", entry.why_zh),
        Lang::En => format!("{first}{}.", rest.as_str()),
    }
}

/// An entry as a person reads it on a terminal.
#[must_use]
pub fn explained(entry: &Entry, lang: Lang) -> String {
    let [wrong, right] = entry.example.sides(lang);
    let mut out = format!("{} {}: {}\n\n", entry.number, entry.code, lang.pick(entry.zh, entry.en));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}: {}", lang.pick("原因", "Why"), sentence(entry, lang));
    for (name, side) in [(lang.pick("错", "Wrong"), wrong), (lang.pick("对", "Right"), right)] {
        let place = if side.place.is_empty() { String::new() } else { format!(" ({})", side.place) };
        let _ = writeln!(out, "\n{name}{place}:\n");
        for line in side.text.lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
    out
}

/// The whole catalogue as a Markdown page.
#[must_use]
pub fn page(lang: Lang) -> String {
    let mut out = lang.pick(HEAD_ZH, HEAD_EN).to_owned();
    for (digits, zh, en, entries) in SUBJECTS {
        let _ = write!(out, "\n## {digits} {}\n", lang.pick(zh, en));
        for entry in entries {
            let [wrong, right] = entry.example.sides(lang);
            let _ =
                write!(out, "\n### {} `{}`: {}\n", entry.number, entry.code, lang.pick(entry.zh, entry.en));
            let _ = write!(out, "\n{}\n", sentence(entry, lang));
            for (name, side) in [(lang.pick("错", "Wrong"), wrong), (lang.pick("对", "Right"), right)] {
                if side.mark.is_empty() {
                    let _ = write!(out, "\n{name}{}{}\n", lang.pick("：", ": "), side.text);
                } else {
                    let _ = write!(
                        out,
                        "\n{name}{}`{}`\n\n```{}\n{}\n```\n",
                        lang.pick("，", ", "),
                        side.place,
                        side.mark,
                        side.text
                    );
                }
            }
        }
    }
    out
}

const HEAD_ZH: &str = "\
# 错误目录

政策包、样例户和事实表里的每一种错误：编号、为什么算错、错和对的例子。编号不变，以后只增加。命令行里看一条：`doudi policy errors E0301`；数据形式：
`doudi policy check --format json`。

例子里的名称属于一个小的样本政策包(`crates/policy/tests/sample`)；每个例子都由测试运行过。`⟨U+200B⟩` 代表那个看不见的字符，`⟨3×(⟩` 代表 `(((`。

本页由程序生成：`cargo run --release -- policy errors --page > docs/reference/errors.zh.md`。
";

const HEAD_EN: &str = "\
# Catalogue of errors

Every fault of policy packages, golden households and facts sheets: its number, why it is one, a wrong and a right example. Numbers stay; the list only
grows. One entry on the command line: `doudi policy errors E0301 --lang en`; as data: `doudi policy check --format json`.

The names in the examples belong to a small sample package (`crates/policy/tests/sample`); a test has run each of them. `⟨U+200B⟩` stands for that invisible
character, `⟨3×(⟩` for `(((`.

This page is generated: `cargo run --release -- policy errors --page --lang en > docs/reference/errors.md`.
";
