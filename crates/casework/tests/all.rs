//! Tests of whole cases: the table cell by cell, the flows, random walks, and the real packages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "all/flow.rs"]
mod flow;
#[path = "all/matrix.rs"]
mod matrix;
#[path = "all/packages.rs"]
mod packages;
#[path = "all/support.rs"]
mod support;
#[path = "all/walks.rs"]
mod walks;
