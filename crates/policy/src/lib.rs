//! What the law says: the language, the packages, the evaluation and the explanation.
//!
//! This crate is the leaf of the workspace. It owns the vocabulary and the value types and knows
//! no person, no database, no clock and no file system beyond the package texts it is given.

pub mod book;
pub mod column;
pub mod diag;
pub mod lang;
pub mod plan;
pub mod syntax;
pub mod value;

pub use book::Book;
pub use diag::Diagnostic;
pub use lang::Lang;
pub use value::{Date, DivisionCode, Fen, Month, Rate, Truth};
