//! The policy packages: from a folder where one is named, else those inside the program.

use std::path::Path;

use crate::folder::{self, FolderFaults};

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// Package texts as (path, text), the path beginning with `policies/`.
pub(crate) fn policies(folder: Option<&Path>) -> Result<Vec<(String, String)>, FolderFaults> {
    match folder {
        Some(folder) => folder::read(folder, "policies"),
        None => Ok(POLICIES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()),
    }
}
