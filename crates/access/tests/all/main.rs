//! Everything that holds this crate, in one program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod audit_notes;
mod audit_tree;
mod auditor;
mod common;
mod faults;
mod fields;
mod key_file;
mod second_implementation;
mod stream;
mod vectors;
mod who_may_what;
mod written_once;
