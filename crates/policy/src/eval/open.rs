//! 待查事实: which unknown facts would decide an undecided outcome.

use serde::{Deserialize, Serialize};

use super::Trace;

/// Of whom a fact is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// 家庭
    Household,
    /// The member at this place of the household's list, from 0.
    Member(u32),
    /// The obligor at this place of the household's list, from 0.
    Obligor(u32),
}

/// 待查事实: one thing to ask or look up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpenFact {
    /// Fact id; `members` or `obligors` where it is open whether the list names everybody.
    pub fact: String,
    /// 中文 label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Whose fact.
    pub subject: Subject,
    /// Whether some value of this fact alone would decide the outcome.
    pub alone: bool,
}

/// The facts that would decide outcome `o` of the household (or of its member `member`), those that can do so
/// alone first. Where the outcome is met and its amount is open: the facts that would fix the amount. Empty where
/// nothing is open.
#[must_use]
pub fn open_facts(_trace: &Trace<'_>, _o: usize, _member: Option<usize>) -> Vec<OpenFact> {
    Vec::new()
}
