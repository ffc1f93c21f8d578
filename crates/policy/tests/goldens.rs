//! The law as it stands is held to its golden households.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use doudi_policy::golden::{GoldenOutcome, run_goldens};
use doudi_policy::value::Truth;
use doudi_policy::{Book, Lang};

fn files(root: &Path, end: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if end.iter().any(|e| path.to_string_lossy().ends_with(e)) {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((format!("policies/{name}"), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

fn book() -> Book {
    match Book::from_files(files(&policies(), &[".toml", ".csv"])) {
        Ok(book) => book,
        Err(faults) => {
            for d in &faults {
                eprintln!(
                    "{}:{}:{} {} {}\n    {}\n    {}",
                    d.file, d.line, d.column, d.code, d.en, d.excerpt, d.cure_en
                );
            }
            panic!("{} faults in the policies", faults.len());
        }
    }
}

fn all() -> Vec<GoldenOutcome> {
    let book = book();
    let texts = files(&policies(), &[".md"]);
    run_goldens(
        &book,
        texts.iter().filter(|(p, _)| p.contains("/tests/")).map(|(p, t)| (p.as_str(), t.as_str())),
    )
}

#[test]
fn the_policies_load() {
    book();
}

#[test]
fn every_golden_household_comes_out_as_written() {
    let outcomes = all();
    let failed: Vec<&GoldenOutcome> = outcomes.iter().filter(|o| !o.passed()).collect();
    for outcome in &failed {
        eprintln!("{}", outcome.report(Lang::Zh));
    }
    assert!(failed.is_empty(), "{} of {} expectations fail", failed.len(), outcomes.len());
    assert!(outcomes.len() >= 60, "only {} expectations", outcomes.len());
}

#[test]
fn every_programme_has_goldens_for_yes_no_and_unknown() {
    let book = book();
    let mut by: BTreeMap<String, Vec<Truth>> = BTreeMap::new();
    for outcome in all() {
        by.entry(outcome.about).or_default().extend(outcome.truth);
    }
    let period = "2024-06".parse::<doudi_policy::Month>().unwrap();
    for outcome in book.outcomes_at(period, period.last_day()) {
        let truths = by.get(&outcome.id).cloned().unwrap_or_default();
        assert!(truths.len() >= 3, "{} has only {} goldens", outcome.id, truths.len());
        for wanted in [Truth::True, Truth::False, Truth::Unknown] {
            assert!(truths.contains(&wanted), "{} has no golden with {wanted:?}", outcome.id);
        }
    }
}
