//! The expression language: text to tree and back.

pub mod ast;
