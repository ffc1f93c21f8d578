//! The law in `policies/` loads, and compiles for the month that the demo assesses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::plan::{IndicatorKind, PlannedIndicator};
use doudi_policy::{Lang, diag::render_all};
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

/// The files with their expressions in a language.
fn written(files: &[(String, String)], lang: Lang) -> Vec<(String, String)> {
    let book = load(files.to_vec());
    let one = |(path, text): &(String, String)| {
        let text = book.fmt(path, lang).unwrap_or_else(|| text.clone());
        (path.clone(), text)
    };
    files.iter().map(one).collect()
}

#[test]
fn the_law_means_the_same_in_both_languages() {
    let chinese = files();
    let english = written(&chinese, Lang::En);
    let meaning = |files: &[(String, String)]| {
        let plan =
            load(files.to_vec()).plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap()).unwrap();
        let nodes: Vec<_> = plan.nodes.into_iter().map(|node| (node.op, node.ty, node.entity)).collect();
        (nodes, plan.rules, plan.outcomes, plan.groups)
    };
    assert_ne!(english, chinese);
    assert!(meaning(&english) == meaning(&chinese));
}

#[test]
fn every_file_of_the_law_goes_into_english_and_back_byte_for_byte() {
    let chinese = files();
    let english = written(&chinese, Lang::En);
    let back = written(&english, Lang::Zh);
    let mut changed = 0;
    for ((path, text), ((_, there), (_, again))) in chinese.iter().zip(english.iter().zip(&back)) {
        if let Some((line, came)) = text.lines().zip(again.lines()).find(|(line, came)| line != came) {
            panic!("{path}: {line}\ncame back as: {came}");
        }
        assert_eq!(text.len(), again.len(), "{path}");
        changed += usize::from(there != text);
        let comments = |text: &str| text.lines().filter(|line| line.trim_start().starts_with('#')).count();
        assert_eq!(comments(text), comments(there), "{path} lost a comment");
    }
    assert!(changed >= 10, "{changed} files are written in words");
    // What is stored is what the formatter writes.
    assert_eq!(written(&chinese, Lang::Zh), chinese);
    assert_eq!(written(&english, Lang::En), english);
    let words = ["且", "或", "非", "若", "则", "否则", "周岁", "成员"];
    for (path, text) in english.iter().filter(|(path, _)| path.ends_with(".toml") && path.contains("/rules/"))
    {
        let values =
            text.lines().filter(|line| line.starts_with("value = '") || line.starts_with("met_when = '"));
        for line in values {
            let found = words.iter().find(|word| line.split([' ', '(', '.']).any(|part| part == **word));
            assert_eq!(found, None, "{path}: {line}");
        }
    }
}

/// Whoever visits may be the neighbour: what an indicator of illness (W-M) or disability (W-D) has them look at is what
/// some other indicator has them look at too.
#[test]
fn no_visit_note_stands_for_illness_alone() {
    let plan = plan();
    let of_illness = |i: &&PlannedIndicator| i.id.starts_with("W-M") || i.id.starts_with("W-D");
    let (ill, others): (Vec<_>, Vec<_>) = plan.indicators.iter().partition(of_illness);
    assert!(ill.len() >= 8 && others.len() >= 8, "{} and {}", ill.len(), others.len());
    assert!(ill.iter().all(|i| i.kind == IndicatorKind::Entry));
    for indicator in ill {
        let zh = others.iter().any(|i| i.visit_note_zh == indicator.visit_note_zh);
        let en = others.iter().any(|i| i.visit_note_en == indicator.visit_note_en);
        assert!(zh && en, "{}: {}", indicator.id, indicator.visit_note_zh);
    }
}
