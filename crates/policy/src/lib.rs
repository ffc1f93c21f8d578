//! What the law says: the language, the packages, the evaluation and the explanation.
//!
//! This crate is the leaf of the workspace. It owns the vocabulary and the value types and knows
//! no person, no database, no clock and no file system beyond the package texts it is given.

pub mod book;
pub mod column;
pub mod diag;
pub mod diff;
pub mod eval;
pub mod explain;
mod glyph;
pub mod golden;
pub mod lang;
mod near;
pub mod plan;
pub mod sheet;
pub mod simulate;
pub mod syntax;
pub mod template;
pub mod value;

pub use book::Book;
pub use diag::Diagnostic;
pub use eval::{Evaluation, Mode, OpenFact, Subject, Trace, assess, assess_threaded, open_facts, sweep};
pub use explain::{Explanation, Text, explain, explain_at, indicator_reason, result_json};
pub use lang::Lang;
pub use sheet::{FactSheet, SheetProblem, SheetSubject, SheetValue};
pub use template::template;
pub use value::{Date, DivisionCode, Fen, Month, Rate, Truth};
