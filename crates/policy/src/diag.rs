//! 诊断: what is wrong in a text of law, where, and what to do about it.

use std::fmt::Write as _;
use std::ops::Range;

use crate::lang::Lang;

/// One fault in a package file, with its place and its cure in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, such as `unknown-name`.
    pub code: &'static str,
    /// File as given to the loader.
    pub file: String,
    /// Byte range in the file.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The first line that the span touches, for the excerpt.
    pub excerpt: String,
    /// How many characters of the excerpt are meant, at least 1.
    pub width: usize,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
    /// What to do, in Chinese.
    pub cure_zh: String,
    /// What to do, in English.
    pub cure_en: String,
}

/// A fault in both languages, not yet tied to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) cure_zh: String,
    pub(crate) cure_en: String,
}

impl Fault {
    /// A fault from (中文, English) pairs: what is wrong and what to do.
    pub(crate) fn new(
        code: &'static str,
        wrong: (impl Into<String>, impl Into<String>),
        cure: (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self { code, zh: wrong.0.into(), en: wrong.1.into(), cure_zh: cure.0.into(), cure_en: cure.1.into() }
    }

    /// The fault at a place of a file.
    pub(crate) fn at(self, file: &str, text: &str, span: Range<usize>) -> Diagnostic {
        let start = floor_char(text, span.start);
        let end = floor_char(text, span.end).max(start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let excerpt = rest.lines().next().unwrap_or_default().to_owned();
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let meant = text.get(start..end).unwrap_or_default();
        let width = meant.lines().next().unwrap_or_default().chars().count().max(1);
        Diagnostic {
            code: self.code,
            file: file.to_owned(),
            span: start..end,
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column,
            excerpt,
            width,
            zh: self.zh,
            en: self.en,
            cure_zh: self.cure_zh,
            cure_en: self.cure_en,
        }
    }
}

/// The largest character boundary at or before `at`.
fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

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

impl Diagnostic {
    /// The fault as a person reads it on a terminal: message, file:line:column, the line with the place
    /// underlined, and the cure.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let gutter = self.line.to_string().len();
        let blank = " ".repeat(gutter);
        let indent: usize = self.excerpt.chars().take(self.column - 1).map(cells).sum();
        let meant: usize = self.excerpt.chars().skip(self.column - 1).take(self.width).map(cells).sum();
        let mut out = String::new();
        let word = lang.pick("错误", "error");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{word}[{}]: {}", self.code, lang.pick(&self.zh, &self.en));
        let _ = writeln!(out, "{blank}--> {}:{}:{}", self.file, self.line, self.column);
        let _ = writeln!(out, "{blank} |");
        let _ = writeln!(out, "{} | {}", self.line, self.excerpt.replace('\t', " "));
        let _ = writeln!(out, "{blank} | {}{}", " ".repeat(indent), "^".repeat(meant.max(1)));
        let cure = lang.pick(&self.cure_zh, &self.cure_en);
        if !cure.is_empty() {
            let _ = writeln!(out, "{blank} = {}: {cure}", lang.pick("处理", "help"));
        }
        out
    }
}

/// Several faults as one text, in the given language.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], lang: Lang) -> String {
    diagnostics.iter().map(|d| d.render(lang)).collect::<Vec<_>>().join("\n")
}
