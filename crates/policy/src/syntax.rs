//! The expression language: text to tree and back.
//!
//! ```text
//! value      = 若 or 则 value 否则 value | or
//! or         = and { 或 and }              and        = not { 且 not }
//! not        = 非 not | comparison
//! comparison = sum [ (= | != | < | <= | > | >=) sum | 在 [ value, … ] ]
//! sum        = product { (+ | -) product } product    = negation { (* | /) negation }
//! negation   = - negation | primary
//! primary    = 是 | 否 | 3 | 800元 | 800元/月 | 30% | 日期("2026-01-01") | 月份("2026-01") | name | m.name | ( value )
//!            | function( value, … ) | list { .仅(m, value) } .fold( [m, value] )
//!            | 近( name, 6 ).fold( [v, value] )
//! list       = 成员 | 义务人               fold       = 任一 | 全部 | 计数 | 合计 | 平均 | 最大 | 最小
//! function   = 较小 | 较大 | 周岁 | 距今月数 | 本月 | 已知 | 缺省 | 按月 | 按年 | 累计
//! ```
//! Each word has an English form (`if or and not in members only any sum …`), each sign a full-width form. A
//! name is one word without blanks, so that word operators need a blank beside a name.

pub mod ast;
pub(crate) mod parse;
pub mod print;
pub(crate) mod token;
pub mod words;

use crate::diag::{Diagnostic, Fault};
use crate::plan::Span;
use ast::Expr;

/// A fault and the place that it speaks of.
pub(crate) type Located = (Fault, Span);

/// Parses one expression; spans are byte ranges of `text`.
///
/// # Errors
/// Every fault of the text: unknown signs, missing operands or brackets, an expression nested too deeply.
pub fn parse(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    parse::parse(text, Span::default()).map_err(|faults| {
        faults
            .into_iter()
            .map(|(fault, span)| fault.at("", text, span.start as usize..span.end as usize))
            .collect()
    })
}
