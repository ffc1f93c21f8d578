//! 显示: a fault as a person reads it on a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Diagnostic;
use crate::glyph::show;
use crate::lang::Lang;

/// Faults that are printed at once; all of them are in the JSON form.
const PRINTED: usize = 100;

/// Columns that a character takes on a terminal: two for CJK and full-width forms.
fn cells(c: char) -> usize {
    match u32::from(c) {
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// A line as it is printed, and how many columns come before the place and belong to it.
fn line(excerpt: &str, mark: usize, width: usize) -> (String, usize, usize) {
    let (mut out, mut before, mut meant) = (String::new(), 0, 0);
    for (at, c) in excerpt.chars().enumerate() {
        let from = out.len();
        show(&mut out, c);
        let columns: usize = out.get(from..).unwrap_or_default().chars().map(cells).sum();
        if at < mark {
            before += columns;
        } else if at < mark.saturating_add(width) {
            meant += columns;
        }
    }
    (out, before, meant.max(1))
}

impl Diagnostic {
    /// The fault as a person reads it on a terminal: message, file:line:column, the line with the place underlined,
    /// other places, the reason behind the rule, and the cure.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let numbers = self.related.iter().map(|r| r.line).chain([self.line]);
        let gutter = numbers.max().unwrap_or(1).to_string().len();
        let blank = " ".repeat(gutter);
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}[{} {}]: {}",
            lang.pick("错误", "error"),
            self.number(),
            self.code,
            lang.pick(&self.zh, &self.en)
        );
        let _ = writeln!(out, "{blank}--> {}:{}:{}", self.file, self.line, self.column);
        let (text, before, meant) = line(&self.excerpt, self.mark, self.width);
        let _ = writeln!(out, "{blank} |");
        let _ = writeln!(out, "{:>gutter$} | {text}", self.line);
        let _ = writeln!(out, "{blank} | {}{}", " ".repeat(before), "^".repeat(meant));
        for at in &self.related {
            let (text, before, meant) = line(&at.excerpt, at.mark, at.width);
            let _ = writeln!(out, "{blank}::: {}:{}:{}", at.file, at.line, at.column);
            let _ = writeln!(out, "{:>gutter$} | {text}", at.line);
            let said = lang.pick(&at.zh, &at.en);
            let _ = writeln!(out, "{blank} | {}{} {said}", " ".repeat(before), "-".repeat(meant));
        }
        if self.places > 0 {
            let _ = match lang {
                Lang::Zh => writeln!(out, "{blank} = 另外: 还有 {} 处同样", self.places),
                Lang::En => writeln!(out, "{blank} = more: the same at {} other places", self.places),
            };
        }
        if self.more > 0 {
            let _ = match lang {
                Lang::Zh => writeln!(out, "{blank} = 另外: 这样的错误还有 {} 处，没有列出", self.more),
                Lang::En => writeln!(out, "{blank} = more: {} of this kind are not listed", self.more),
            };
        }
        for (name, said) in [
            (lang.pick("原因", "why"), self.why(lang)),
            (lang.pick("处理", "help"), lang.pick(&self.cure_zh, &self.cure_en)),
        ] {
            if !said.is_empty() {
                let _ = writeln!(out, "{blank} = {name}: {said}");
            }
        }
        out
    }
}

/// Several faults as one text, in the given language.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], lang: Lang) -> String {
    let mut texts: Vec<String> = diagnostics.iter().take(PRINTED).map(|d| d.render(lang)).collect();
    let left = diagnostics.len().saturating_sub(PRINTED);
    if left > 0 {
        texts.push(match lang {
            Lang::Zh => format!("还有 {left} 处没有显示；先改正以上各处，或用 --format json 查看全部。\n"),
            Lang::En => {
                format!("{left} more are not shown; mend these first, or see all with --format json.\n")
            }
        });
    }
    texts.join("\n")
}

/// The closing line: how many faults in how many files, and where to read more.
#[must_use]
pub fn closing(diagnostics: &[Diagnostic], lang: Lang) -> String {
    let faults: usize = diagnostics.iter().map(|d| 1 + d.more).sum();
    let files = diagnostics.iter().map(|d| d.file.as_str()).collect::<BTreeSet<_>>().len();
    let example = diagnostics.first().map_or("E0101", |d| d.number());
    match lang {
        Lang::Zh => format!("{files} 个文件里有 {faults} 处错误。解释和例子: doudi policy errors {example}"),
        Lang::En => {
            let fault = if faults == 1 { "fault" } else { "faults" };
            let file = if files == 1 { "file" } else { "files" };
            format!(
                "{faults} {fault} in {files} {file}. Explained with examples: doudi policy errors {example} --lang en"
            )
        }
    }
}
