//! The law in `policies/`, as the tests of this crate and the measurements of `bench` load it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise, and each takes what it needs"
)]

pub(crate) mod county;
pub(crate) mod households;
pub(crate) mod small;

use std::path::Path;

use doudi_policy::diag::render_all;
use doudi_policy::plan::Plan;
use doudi_policy::{Book, Lang};

/// The texts below `policies/`, sorted, named as messages name them.
pub(crate) fn files() -> Vec<(String, String)> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("policies"));
    let root = above.into_iter().find(|folder| folder.is_dir()).unwrap();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((format!("policies/{name}"), text));
            }
        }
    }
    found.sort();
    found
}

/// The book of some files; a fault ends the test with its whole text.
pub(crate) fn load(files: Vec<(String, String)>) -> Book {
    Book::from_files(files).unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::En)))
}

/// The book of the law.
pub(crate) fn law() -> Book {
    load(files())
}

/// The plan of June 2024 as known on the last day of May.
pub(crate) fn plan() -> Plan {
    let plan = law().plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap());
    plan.unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::En)))
}
