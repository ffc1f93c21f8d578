//! 备份与恢复: every table as one stream in a form that both databases read, with a digest of each, and the head of the
//! audit tree. Reading is one transaction, so that writers go on; loading is one transaction into an empty database.
//!
//! The stream is plain here: whoever writes it to a file seals it first. What is checked on the way in is in
//! [`Checker`], which needs no database and so serves a trial as well.

mod check;
mod dump;
mod frame;
mod load;
mod manifest;
mod tables;

pub use check::{Checked, Checker, Witnessed};
pub use dump::Dumped;
pub use frame::{Frame, Frames, Start};
pub use load::Load;
pub use manifest::{FileRecord, FileState, Manifest, SchemaStep, TableRecord, TreeRecord};

use std::io;

use doudi_policy::value::BadValue;

use crate::StoreError;

/// Form of the stream, told at its beginning and in its manifest.
const FORMAT: &str = "doudi-backup/v1";

/// Tables that are read for no backup: a session that comes back from one would open the pages to somebody whose right
/// was withdrawn since.
const LEFT_OUT: [&str; 1] = ["sessions"];

/// Not what a backup holds.
fn bad(zh: impl Into<String>, en: impl Into<String>) -> StoreError {
    StoreError::BadFile(BadValue { zh: zh.into(), en: en.into() })
}

/// A failure of the file under the stream; what whoever opens it has to say goes through.
fn file_fault(error: io::Error) -> StoreError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<BadValue>()) {
        Some(said) => StoreError::BadFile(said.clone()),
        None => bad(
            format!("备份文件读写失败：{error}"),
            format!("the backup file cannot be read or written: {error}"),
        ),
    }
}
