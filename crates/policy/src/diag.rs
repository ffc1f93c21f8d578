//! 诊断: what is wrong in a text of law, where, why that matters, and what to do about it.

mod catalogue;
mod collect;
mod disk;
mod page;
mod place;
mod render;
mod steps;

use std::ops::Range;

use serde_json::json;

use crate::lang::Lang;
use crate::plan::Span;

pub use catalogue::{Entry, Example, catalogue, entry};
pub(crate) use collect::{Faults, MOST, Raised};
pub use disk::{LARGEST_FILE, MOST_FILES, MOST_TEXT, Unread};
pub use page::{explained, page};
pub(crate) use place::line_and_column;
pub use render::{closing, render_all};
pub use steps::{bad_procedure, without_procedure};

/// One fault in a package file, with its place and its cure in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable word, such as `unknown-name`; [`Diagnostic::number`] gives the short form.
    pub code: &'static str,
    /// File as given to the loader.
    pub file: String,
    /// Byte range in the file.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The first line that the span touches, for the excerpt; of a very long line the part around the place.
    pub excerpt: String,
    /// How many characters of the excerpt stand before the place.
    pub mark: usize,
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
    /// Other places that belong to the same fault.
    pub related: Vec<Related>,
    /// How many further places the same cause has, beyond the related ones.
    pub places: usize,
    /// How many more faults of this code in this file are left out, because a list that long helps nobody.
    pub more: usize,
}

/// A second place of a fault: the other version, the first of two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// File as given to the loader.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line, as in [`Diagnostic::excerpt`].
    pub excerpt: String,
    /// How many characters of the excerpt stand before the place.
    pub mark: usize,
    /// How many characters of the excerpt are meant, at least 1.
    pub width: usize,
    /// What stands there, in Chinese.
    pub zh: String,
    /// What stands there, in English.
    pub en: String,
}

impl Diagnostic {
    /// Stable number, such as `E0301`; the same fault as [`Diagnostic::code`] says in a word.
    #[must_use]
    pub fn number(&self) -> &'static str {
        entry(self.code).map_or("E0000", |entry| entry.number)
    }

    /// The reason behind the rule that is broken.
    #[must_use]
    pub fn why(&self, lang: Lang) -> &'static str {
        entry(self.code).map_or("", |entry| lang.pick(entry.why_zh, entry.why_en))
    }

    /// The fault as data: `number code file line column start end excerpt zh en why_zh why_en cure_zh cure_en
    /// related places more`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let related: Vec<_> = self.related.iter().map(|at| {
            json!({
                "file": at.file, "line": at.line, "column": at.column, "excerpt": at.excerpt, "zh": at.zh, "en": at.en,
            })
        }).collect();
        json!({
            "number": self.number(), "code": self.code,
            "file": self.file, "line": self.line, "column": self.column,
            "start": self.span.start, "end": self.span.end, "excerpt": self.excerpt,
            "zh": self.zh, "en": self.en,
            "why_zh": self.why(Lang::Zh), "why_en": self.why(Lang::En),
            "cure_zh": self.cure_zh, "cure_en": self.cure_en,
            "related": related, "places": self.places, "more": self.more,
        })
    }
}

/// A fault in both languages, not yet tied to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) cure_zh: String,
    pub(crate) cure_en: String,
    /// What few faults have, apart from the rest, so that an error stays small on its way up.
    rare: Option<Box<Rare>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rare {
    about: Option<String>,
    beside: Vec<(Span, String, String)>,
}

impl Fault {
    /// A fault from (中文, English) pairs: what is wrong and what to do. The code is one of the catalogue's.
    pub(crate) fn new(
        code: &'static str,
        wrong: (impl Into<String>, impl Into<String>),
        cure: (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self {
            code,
            zh: wrong.0.into(),
            en: wrong.1.into(),
            cure_zh: cure.0.into(),
            cure_en: cure.1.into(),
            rare: None,
        }
    }

    /// Names the cause, so that its consequences at other places are told with it and not again.
    pub(crate) fn about(mut self, name: impl Into<String>) -> Self {
        self.rare.get_or_insert_default().about = Some(name.into());
        self
    }

    /// The name that is the cause: the same fault about the same name is told once.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.rare.as_ref()?.about.as_deref()
    }

    /// Adds a place that belongs to the fault.
    pub(crate) fn beside(mut self, span: Span, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.rare.get_or_insert_default().beside.push((span, zh.into(), en.into()));
        self
    }

    /// Other places, each with what stands there in both languages.
    fn places(&self) -> &[(Span, String, String)] {
        self.rare.as_ref().map_or(&[], |rare| rare.beside.as_slice())
    }

    /// The fault at a place of a text that stands alone.
    pub(crate) fn at(self, file: &str, text: &str, span: Range<usize>) -> Diagnostic {
        place::diagnostic(self, &span, file, text, |_| None)
    }
}
