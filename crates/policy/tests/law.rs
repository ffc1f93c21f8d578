//! The law in `policies/` loads, and compiles for the month that the demo assesses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::path::Path;

use doudi_policy::{Book, Lang, diag::render_all};

fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path.display().to_string(), text));
        }
    }
}

fn law() -> Book {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut files = Vec::new();
    texts(&root, &mut files);
    match Book::from_files(files) {
        Ok(book) => book,
        Err(faults) => panic!("\n{}", render_all(&faults, Lang::Zh)),
    }
}

#[test]
fn the_law_of_june_2024_compiles() {
    let plan = law().plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap());
    let plan = plan.unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::Zh)));
    for id in ["dibao", "dibao_single", "edge", "tekun", "ta_urgent", "ta_expense", "ds_living", "ds_nursing"]
    {
        assert!(plan.outcomes.iter().any(|o| o.id == id), "{id}");
    }
    assert!(plan.indicators.iter().all(|i| !i.reads.is_empty()));
}

#[test]
fn no_version_of_the_law_has_a_fault_other_than_a_gap_in_time() {
    let mut faults = law().check();
    faults.retain(|fault| fault.code != "gap");
    assert!(faults.is_empty(), "\n{}", render_all(&faults, Lang::Zh));
}
