//! 双语文字 and the one error of this crate: a refusal with what to do next.

use serde::{Deserialize, Serialize};

/// The same text in Chinese and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bilingual {
    /// 中文.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// A pair of texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// Why a command was refused, as a kind that a program can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The action does not exist in this status.
    Status,
    /// The action belongs to another post.
    Post,
    /// The case lies outside the actor's area.
    Area,
    /// The actor surveyed or proposed and may not decide as well (四眼原则).
    FourEyes,
    /// The actor is related to the family (回避), or the decision belongs one level up.
    Recusal,
    /// Something must be done first.
    Missing,
    /// What was entered cannot be used.
    Input,
    /// The working-day calendar or the procedure has a gap.
    Law,
}

/// 拒绝: why a command was not carried out, and what to do instead. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{zh} / {en}")]
pub struct Refusal {
    /// The kind.
    pub kind: RefusalKind,
    /// The reason and the way on, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Refusal {
    /// A refusal of a kind with its two texts.
    pub fn new(kind: RefusalKind, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, zh: zh.into(), en: en.into() }
    }

    pub(crate) fn missing(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(RefusalKind::Missing, zh, en)
    }

    pub(crate) fn input(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(RefusalKind::Input, zh, en)
    }
}

/// Length of a text without its blanks, in characters: what counts for “at least ten characters”.
#[must_use]
pub fn written_length(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
