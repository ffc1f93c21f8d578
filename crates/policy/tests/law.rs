//! The law in `policies/` loads, and compiles for the month that the demo assesses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::plan::{IndicatorKind, PlannedIndicator};
use doudi_policy::{Book, Lang, diag::render_all};
use support::{files, law, load, plan};

#[test]
fn the_law_of_june_2024_compiles() {
    let plan = plan();
    for id in ["dibao", "dibao_single", "edge", "tekun", "ta_urgent", "ta_expense", "ds_living", "ds_nursing"]
    {
        assert!(plan.outcomes.iter().any(|o| o.id == id), "{id}");
    }
    assert!(plan.indicators.iter().all(|i| !i.reads.is_empty()));
}

#[test]
fn no_version_of_the_law_has_a_fault() {
    let faults = law().check();
    assert!(faults.is_empty(), "\n{}", render_all(&faults, Lang::Zh));
}

#[test]
fn the_law_means_the_same_in_both_languages() {
    let chinese = law();
    let in_language = |book: &Book, lang| {
        let translated = |(path, text): (String, String)| {
            let text = book.fmt(&path, lang).unwrap_or(text);
            (path, text)
        };
        load(files().into_iter().map(translated).collect())
    };
    let english = in_language(&chinese, Lang::En);
    let back = in_language(&english, Lang::Zh);
    let meaning = |book: &Book| {
        let plan = book.plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap()).unwrap();
        let nodes: Vec<_> = plan.nodes.into_iter().map(|node| (node.op, node.ty, node.entity)).collect();
        (nodes, plan.rules, plan.outcomes)
    };
    assert_ne!(english.package_hash(), chinese.package_hash());
    assert!(meaning(&english) == meaning(&chinese));
    assert!(meaning(&back) == meaning(&chinese));
}

/// Whoever visits may be the neighbour: what an indicator of illness or disability has them look at is what
/// other indicators have them look at too.
#[test]
fn no_visit_note_stands_for_illness_alone() {
    let plan = plan();
    let of_illness = |indicator: &PlannedIndicator| {
        let facts = indicator.reads.iter().filter_map(|f| plan.facts.get(*f as usize));
        facts.flat_map(|f| &f.from).any(|from| from == "medical_insurance" || from == "disability")
    };
    let entry = || plan.indicators.iter().filter(|i| i.kind == IndicatorKind::Entry);
    let (ill, others): (Vec<_>, Vec<_>) = entry().partition(|i| of_illness(i));
    assert!(ill.len() >= 5 && others.len() >= 5, "{} and {}", ill.len(), others.len());
    let said_by = |among: &[&PlannedIndicator], note: &str| among.iter().any(|i| i.visit_note_zh == note);
    for indicator in ill {
        let exit = plan.indicators.iter().filter(|i| i.kind == IndicatorKind::Exit).collect::<Vec<_>>();
        let note = &indicator.visit_note_zh;
        assert!(said_by(&others, note) || said_by(&exit, note), "{}: {note}", indicator.id);
    }
}
