//! 拒绝: why a step with money was not taken, and what to do instead.

use serde::{Deserialize, Serialize};

/// The same text in Chinese and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// 中文.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A pair of texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// A step that was not taken; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{zh} / {en}")]
pub struct Refusal {
    /// The reason and the way on, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Refusal {
    /// A refusal with its two texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// Sum of amounts.
///
/// # Errors
/// The sum does not fit 64 bits.
pub(crate) fn sum(
    amounts: impl IntoIterator<Item = doudi_policy::Fen>,
) -> Result<doudi_policy::Fen, Refusal> {
    amounts.into_iter().try_fold(doudi_policy::Fen::ZERO, doudi_policy::Fen::checked_add).ok_or_else(|| {
        Refusal::new("合计超出范围，请核对金额", "the total is out of range; check the amounts")
    })
}
