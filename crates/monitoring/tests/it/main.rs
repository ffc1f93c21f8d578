//! Tests of the way from files to leads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod bad_input;
mod contracts;
mod county;
mod damaged;
mod originals;
mod originals_kept;
mod registers;
mod snapshots;
mod support;
