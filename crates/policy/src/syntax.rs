//! The expression language: text to tree and back.

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
