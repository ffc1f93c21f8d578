//! Who may be falling: department feeds as contracts, import that never loses a row, snapshots of
//! facts without names, the sweep that turns them into leads, and its check against a known truth.
//!
//! The way of a row: a [`contract`] says what a file must hold; [`import`] reads it into a preview that
//! accepts or quarantines every row; what an operator accepts becomes an immutable [`delivery`]; a
//! [`snapshot`] folds the deliveries into facts, one column a fact; the [`sweep`] assesses the snapshot
//! and raises leads for people to look at. Nothing here decides about anybody.

pub mod contract;
pub mod delivery;
pub mod evaluate;
pub mod import;
pub mod originals;
pub mod pipeline;
mod plain;
pub mod population;
pub mod problem;
pub mod reader;
pub mod register;
pub mod registers;
pub mod shown;
pub mod snapshot;
pub mod source;
pub mod sweep;
