//! The law as it stands is held to its golden households.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::collections::BTreeMap;

use doudi_policy::Lang;
use doudi_policy::golden::{GoldenOutcome, run_goldens};
use doudi_policy::value::Truth;
use support::{files, law};

fn all() -> Vec<GoldenOutcome> {
    let book = law();
    let texts = files();
    run_goldens(
        &book,
        texts
            .iter()
            .filter(|(p, _)| p.contains("/tests/") && p.ends_with(".md"))
            .map(|(p, t)| (p.as_str(), t.as_str())),
    )
}

#[test]
fn the_policies_load() {
    law();
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
    let book = law();
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
