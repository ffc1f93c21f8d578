//! 样例户: golden households in Markdown that an official can write, and the runner that holds the law to them.
//!
//! ```text
//! 其余: 无, 长期共同居住 是, 能独立生活 是
//!
//! ## 一家三口，月收入一千五百元
//!
//! 2024-06 · 青石县 · 城镇
//!
//! - 种养业净收入: 1200 元/年
//!
//! | 成员 | 与户主关系 | 出生日期 | 工资性收入 |
//! | --- | --- | --- | --- |
//! | 甲 | 户主 | 1980-02-11 | 1500 元/月 |
//! | 乙 | 配偶 | 1982-05-30 | 未知 |
//!
//! 义务人: 已查清
//!
//! 期望: 低保 未知, 需要 乙.工资性收入
//! ```
//!
//! A fact that is kept by month takes a list in its cell, `1500, 1500, 未知 …`: the month of the period first, `…` for
//! the same in all months before. A blank cell or `未知` is unknown, `-` is “nothing of the kind” (no, zero, none). Facts that a household does not
//! mention are unknown, unless the line `其余: 无` says that there is nothing else to tell.

mod cell;
mod expect;
mod parse;
mod run;

use crate::eval::Mode;
use crate::sheet::FactSheet;
use crate::value::{Date, Month};

pub use expect::{Clause, Expectation, Target};
pub use parse::parse_goldens;
pub use run::{GoldenOutcome, run_goldens};

/// 样例户
#[derive(Clone, Debug, PartialEq)]
pub struct Golden {
    /// File as given.
    pub file: String,
    /// Line of its title, from 1.
    pub line: usize,
    /// Title.
    pub title: String,
    /// Month that is assessed.
    pub period: Month,
    /// Knowledge date; the last day of the month where not stated.
    pub as_of: Date,
    /// How stale values are taken; `decide` where not stated.
    pub mode: Mode,
    /// The household.
    pub sheet: FactSheet,
    /// What must come out.
    pub expectations: Vec<Expectation>,
}
