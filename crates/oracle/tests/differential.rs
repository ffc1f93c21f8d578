//! Two readings of one law: the evaluator over columns and the oracle over trees must agree on every truth and
//! every fen, for random households with random gaps, over the real packages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::cell::RefCell;
use std::path::Path;

use doudi_oracle::Oracle;
use doudi_policy::Mode;
use doudi_policy::book::Book;
use doudi_policy::sheet::{FactSheet, SheetSubject, SheetValue};
use proptest::test_runner::{Config, TestRunner};
use support::{Draft, Tally, agree, drafts, sheet, texts};

fn book() -> Book {
    let mut found = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &mut found);
    Book::from_files(found).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

#[test]
fn the_evaluator_and_the_oracle_agree_to_the_fen() {
    let book = book();
    let tally = RefCell::new(Tally::new());
    let mut households = 0;
    for (period, as_of) in [("2024-06", "2024-05-31"), ("2023-03", "2023-03-31"), ("2025-01", "2024-12-31")] {
        let (period, as_of) = (period.parse().unwrap(), as_of.parse().unwrap());
        let plan = book.plan(period, as_of).unwrap();
        let oracle = Oracle::new(&book, period, as_of).unwrap();
        let seen = RefCell::new(0);
        let mut runner =
            TestRunner::new(Config { cases: 1_200, failure_persistence: None, ..Config::default() });
        runner
            .run(&(drafts(1..12), 0_u8..3), |(drafts, mode)| {
                let sheets: Vec<FactSheet> = drafts.iter().map(|d| sheet(&book, d)).collect();
                let mode = [Mode::Find, Mode::Decide, Mode::Adverse][usize::from(mode)];
                *seen.borrow_mut() += sheets.len();
                agree(&plan, &oracle, &sheets, mode, &tally)
            })
            .unwrap();
        households += seen.into_inner();
    }
    assert!(households >= 20_000, "{households} households");
    // Agreement is worth something only where each answer comes up.
    let tally = tally.into_inner();
    for (outcome, answer) in [
        ("dibao", "met"),
        ("dibao", "not met"),
        ("dibao", "unknown"),
        ("ds_living", "met"),
        ("ds_nursing", "met"),
        ("edge", "met"),
        ("tekun", "met"),
    ] {
        let count = tally.get(&(outcome.to_owned(), answer)).copied().unwrap_or(0);
        assert!(count >= 5, "{outcome} {answer}: {count} times in {tally:#?}");
    }
    println!("{households} households agree");
}

/// What would show if the two readings parted: one of them reads a law in which a household at the line is poor.
#[test]
fn a_changed_comparison_is_noticed() {
    let (period, as_of) = ("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap());
    let mut found = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &mut found);
    let mut changed = 0;
    for (path, text) in &mut found {
        if path.ends_with("dibao/rules/eligibility.toml") && text.contains("家庭人均月收入 < 低保标准")
        {
            *text = text.replace("家庭人均月收入 < 低保标准", "家庭人均月收入 <= 低保标准");
            changed += 1;
        }
    }
    assert_eq!(changed, 1, "the rule has moved; name it here as it is written now");
    let other = Book::from_files(found).unwrap();
    let book = book();
    let plan = book.plan(period, as_of).unwrap();
    let at_the_line = |book: &Book| {
        let mut sheet = sheet(
            book,
            &Draft {
                place: 0,
                household: (Vec::new(), Some(false)),
                members: vec![(Vec::new(), Some(false))],
                obligors: Vec::new(),
                members_complete: true,
                obligors_complete: true,
            },
        );
        sheet.household.insert("registered_class".to_owned(), SheetValue::of("rural"));
        sheet.members[0].facts.insert("casual_income".to_owned(), SheetValue::of("567"));
        sheet
    };
    let tally = RefCell::new(Tally::new());
    let sheets = [at_the_line(&book)];
    let same = Oracle::new(&book, period, as_of).unwrap();
    agree(&plan, &same, &sheets, Mode::Decide, &tally).unwrap();
    let parted = Oracle::new(&other, period, as_of).unwrap();
    let problem = agree(&plan, &parted, &sheets, Mode::Decide, &tally).unwrap_err();
    assert!(problem.to_string().contains("truth of dibao"), "{problem}");
}

/// The files of the page on adding a programme, which hold in one division only.
fn with_the_page() -> Book {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    texts(&root.join("policies"), &mut found);
    let page = std::fs::read_to_string(root.join("docs/how-to/add-a-programme.md")).unwrap();
    for block in page.split("\n```").skip(1).step_by(2) {
        let (head, text) = block.split_once('\n').unwrap();
        if let Some((_, path)) = head.split_once(' ').filter(|(_, path)| path.starts_with("policies/")) {
            found.push((path.to_owned(), format!("{text}\n")));
        }
    }
    Book::from_files(found).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A programme of one county: every place, age, and answer to what its rules read.
#[test]
fn both_readings_give_a_local_programme_to_the_same_people() {
    let book = with_the_page();
    let (period, as_of) = ("2024-06".parse().unwrap(), "2024-06-30".parse().unwrap());
    let (plan, oracle) = (book.plan(period, as_of).unwrap(), Oracle::new(&book, period, as_of).unwrap());
    let answers = [Some(true), Some(false), None];
    let mut sheets = Vec::new();
    for place in ["990121103001", "990121", "9901", "99", "990122", "520115"] {
        for birth in ["1920-01-01", "1934-06-30", "1944-06-30", "1944-07-01"] {
            for (here, tekun) in answers.iter().flat_map(|a| answers.iter().map(move |b| (*a, *b))) {
                let mut member = SheetSubject::default();
                member.facts.insert("birth".to_owned(), SheetValue::of(birth));
                member.facts.insert("deceased".to_owned(), SheetValue::of(false));
                for (fact, known) in [("lives_here", here), ("in_tekun", tekun)] {
                    member.facts.extend(known.map(|yes| (fact.to_owned(), SheetValue::of(yes))));
                }
                let household = [("registered_class".to_owned(), SheetValue::of("urban"))].into();
                let division = place.parse().ok();
                sheets.push(FactSheet { division, household, members: vec![member], ..FactSheet::default() });
            }
        }
    }
    let tally = RefCell::new(Tally::new());
    for mode in [Mode::Find, Mode::Decide, Mode::Adverse] {
        agree(&plan, &oracle, &sheets, mode, &tally).unwrap();
    }
    let tally = tally.into_inner();
    let of = |answer| tally.get(&("gaoling".to_owned(), answer)).copied().unwrap_or(0);
    // In two of the places three of the ages, where both answers are known to be right.
    assert_eq!(of("met"), 2 * 3 * 3, "{tally:#?}");
    assert!(of("unknown") > 50 && of("not met") > 50, "{tally:#?}");
}
