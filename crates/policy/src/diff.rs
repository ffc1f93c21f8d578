//! 政策比较: what differs between two books of law, or between two dates of one, in the words of an official: which
//! values, rules, outcomes and indicators, from when, on which article, and whom that reaches.
//!
//! Expressions are compared by what they say, not by how they are written: the language, the spaces, the place in the
//! folder and a new label change nothing in substance. Whether results change is not guessed from the texts: both
//! books are compiled and their computations compared.

mod declared;
mod effect;
mod golden;
mod parts;
mod rename;
mod rows;
mod text;

use serde::Serialize;

use crate::book::Book;
use crate::explain::Text;
use crate::value::{Date, Month};

pub use effect::Reached;
pub use golden::{GoldenChange, GoldenDiff, GoldenFile, GoldenResult, goldens};
pub use rename::Renamed;
pub use text::{headline, render_text};

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The book.
    pub book: &'a Book,
    /// The month and the knowledge date that count; everything that was ever written where not given.
    pub at: Option<(Month, Date)>,
}

/// 差异
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// What differs, in the order parameters, rules, outcomes, groups, indicators, facts, sources.
    pub items: Vec<Item>,
    /// Things with another id for the same content.
    pub renamed: Vec<Renamed>,
    /// From which month which outcomes and indicators compute something else.
    pub reached: Vec<Reached>,
    /// Months that could not be compared, since one of the books does not compile there.
    pub uncompared: Vec<Month>,
}

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 参数
    Parameter,
    /// 规则
    Rule,
    /// 待遇
    Outcome,
    /// 待遇组
    Group,
    /// 预警指标
    Indicator,
    /// 事实
    Fact,
    /// 依据
    Source,
}

/// How it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Only in the second book.
    Added,
    /// Only in the first book.
    Removed,
    /// Says something else.
    Changed,
    /// Says the same at another time.
    Moved,
    /// Only names, labels and sentences differ.
    Reworded,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Kind of thing.
    pub kind: Kind,
    /// How it differs.
    pub what: What,
    /// English id in the second book, or the first where it is only there.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Package, for what stands in one.
    pub package: String,
    /// Where and for whom a parameter's value holds: place and keys; empty for everywhere.
    pub place: Vec<Text>,
    /// First day in force, where it has one.
    pub from: Option<Date>,
    /// The parts that differ.
    pub details: Vec<Detail>,
}

/// One part that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detail {
    /// Which part, by a stable id such as `value`, `from`, `source`.
    pub part: &'static str,
    /// Which part, in words.
    pub label: Text,
    /// As it was; `null` where there was nothing.
    pub before: Option<Text>,
    /// As it is; `null` where there is nothing.
    pub after: Option<Text>,
}

impl Diff {
    /// Whether what anybody gets, or the law behind it, is another.
    #[must_use]
    pub fn in_substance(&self) -> bool {
        self.items.iter().any(|item| item.what != What::Reworded) || !self.reached.is_empty()
    }

    /// Whether nothing at all differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.renamed.is_empty() && self.reached.is_empty()
    }
}

/// Compares two books, or two dates of one.
#[must_use]
pub fn diff(before: Side<'_>, after: Side<'_>) -> Diff {
    let renames = rename::find(before, after);
    let mut items = parts::compare(before, after, &renames);
    items.sort_by(|a, b| (a.kind, &a.package).cmp(&(b.kind, &b.package)));
    let (reached, uncompared) = effect::reached(before, after, &renames);
    Diff { items, renamed: renames.list, reached, uncompared }
}
