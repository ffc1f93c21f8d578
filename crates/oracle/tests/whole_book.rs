//! What must hold of the whole book, whatever its rules say: more income never brings more help, knowing less never
//! refuses, what sorts people for a statistic decides nothing, and no amount is below zero.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use doudi_policy::book::Book;
use doudi_policy::column::{Batch, State};
use doudi_policy::eval::Evaluation;
use doudi_policy::plan::{Entity, FactDecl, Op, Plan, Type};
use doudi_policy::sheet::{FactSheet, SheetValue};
use doudi_policy::{Fen, Mode, Truth, assess};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use support::{Draft, drafts, sheet, texts};

/// Facts that are income of the household, of a member or of somebody who owes support.
const INCOME: [&str; 10] = [
    "business_income",
    "casual_income",
    "employee_pension",
    "farm_income",
    "land_and_rent_income",
    "obligor_income",
    "resident_pension",
    "support_received",
    "unemployment_benefit",
    "wage",
];

/// Facts of money that are no income: what is owned, what was spent, whose the support is that counts already.
const NO_INCOME: [&str; 9] = [
    "financial_assets",
    "largest_stay_self_paid_12m",
    "medical_self_paid_12m",
    "other_rigid_expense_12m",
    "registered_capital",
    "rehab_self_paid_12m",
    "support_from_siblings",
    "tuition_12m",
    "work_cost",
];

fn law() -> (Book, Plan) {
    let mut found = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &mut found);
    let book = Book::from_files(found).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let plan = book.plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap()).unwrap();
    (book, plan)
}

/// Runs over random families of which little is unknown.
fn families(cases: u32, held: impl Fn(&Book, &Plan, &FactSheet, u32) -> Result<(), TestCaseError>) {
    let (book, plan) = law();
    // The same families each time: how often a property was worth something is counted below.
    let mut runner = TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    runner
        .run(&(drafts(1..12), any::<u32>()), |(drafts, number)| {
            for mut draft in drafts {
                known(&mut draft);
                held(&book, &plan, &sheet(&book, &draft), number)?;
            }
            Ok(())
        })
        .unwrap();
}

fn known(draft: &mut Draft) {
    draft.members_complete = true;
    draft.obligors_complete = true;
    if draft.members.is_empty() {
        draft.members.push((Vec::new(), None));
    }
    let subjects = std::iter::once(&mut draft.household).chain(&mut draft.members).chain(&mut draft.obligors);
    for (settings, fill) in subjects {
        fill.get_or_insert(false);
        settings.truncate(6);
    }
}

/// Each fact of each subject of the sheet: its declaration, its subject (0 is the household, then members, then
/// obligors), its value.
fn each<'a>(book: &'a Book, sheet: &'a FactSheet) -> Vec<(&'a FactDecl, usize, &'a SheetValue)> {
    let subjects = std::iter::once(&sheet.household)
        .chain(sheet.members.iter().map(|m| &m.facts))
        .chain(sheet.obligors.iter().map(|o| &o.facts));
    let mut all = Vec::new();
    for (at, facts) in subjects.enumerate() {
        for (id, value) in facts {
            all.push((book.facts().iter().find(|f| f.id == *id).unwrap(), at, value));
        }
    }
    all
}

fn facts_mut(sheet: &mut FactSheet, subject: usize) -> &mut BTreeMap<String, SheetValue> {
    let members = sheet.members.len();
    match subject {
        0 => &mut sheet.household,
        at if at <= members => &mut sheet.members[at - 1].facts,
        at => &mut sheet.obligors[at - 1 - members].facts,
    }
}

fn assessed(plan: &Plan, sheets: &[FactSheet], mode: Mode) -> Evaluation {
    let batch = Batch::from_sheets(sheets, plan).unwrap();
    assess(plan, &batch, mode)
}

/// What an outcome says of a household, or of one of its members.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    outcome: usize,
    member: usize,
    truth: Truth,
    amount: (Option<i64>, Option<i64>),
}

fn answers(plan: &Plan, evaluation: &Evaluation, h: usize) -> Vec<Answer> {
    let mut all = Vec::new();
    for (outcome, declared) in plan.outcomes.iter().enumerate() {
        if declared.of == Entity::Member {
            all.extend(evaluation.members_of(h).enumerate().map(|(member, m)| Answer {
                outcome,
                member,
                truth: evaluation.outcome_member(outcome, m),
                amount: evaluation.amount_member(outcome, m),
            }));
        } else {
            let (truth, amount) = (evaluation.outcome(outcome, h), evaluation.amount(outcome, h));
            all.push(Answer { outcome, member: 0, truth, amount });
        }
    }
    all
}

/// The facts of money are sorted: whoever adds one says here whether it is income.
#[test]
fn every_fact_of_money_is_sorted() {
    let (book, _) = law();
    let money = |f: &&FactDecl| matches!(f.ty, Type::Money(_) | Type::Exact(_)) && f.back == 0;
    for fact in book.facts().iter().filter(money) {
        let times = [&INCOME[..], &NO_INCOME[..]].iter().filter(|l| l.contains(&fact.id.as_str())).count();
        assert_eq!(times, 1, "{}: is it income or not", fact.id);
    }
    for id in INCOME.iter().chain(&NO_INCOME) {
        assert!(book.facts().iter().any(|f| f.id == *id), "{id} is no longer a fact");
    }
}

/// Help that begins where dibao ends: edge recognition and, within it, dibao for one person.
const BEYOND_DIBAO: [&str; 2] = ["edge", "dibao_single"];

#[test]
fn more_income_never_brings_more_help() {
    let (lost, began) = (RefCell::new(0), RefCell::new(BTreeMap::<String, u32>::new()));
    families(700, |book, plan, before, number| {
        let income: Vec<_> = each(book, before)
            .into_iter()
            .filter(|(fact, _, value)| INCOME.contains(&fact.id.as_str()) && !value.value.is_null())
            .collect();
        let more = [1, 100, 10_000, 56_700, 300_000, 2_000_000][number as usize % 6];
        let mut sheets = vec![before.clone()];
        for (fact, subject, value) in &income {
            let old = Fen::parse_yuan(value.value.as_str().unwrap()).unwrap();
            let mut richer = before.clone();
            facts_mut(&mut richer, *subject).get_mut(&fact.id).unwrap().value =
                Value::from(Fen(old.0 + more).to_string());
            sheets.push(richer);
        }
        let evaluation = assessed(plan, &sheets, Mode::Decide);
        let dibao = plan.outcomes.iter().position(|o| o.id == "dibao").unwrap();
        let old = answers(plan, &evaluation, 0);
        for (at, (fact, _, _)) in income.iter().enumerate() {
            for (was, is) in old.iter().zip(answers(plan, &evaluation, at + 1)) {
                let id = &plan.outcomes[was.outcome].id;
                if was.truth == Truth::True && is.truth != Truth::True {
                    *lost.borrow_mut() += 1;
                }
                let begins = was.truth != Truth::True && is.truth == Truth::True;
                let grows = was.truth == Truth::True && is.truth == Truth::True && is.amount.0 > was.amount.0;
                let beyond = begins
                    && BEYOND_DIBAO.contains(&id.as_str())
                    && evaluation.outcome(dibao, 0) != Truth::False
                    && evaluation.outcome(dibao, at + 1) == Truth::False;
                if beyond {
                    *began.borrow_mut().entry(id.clone()).or_default() += 1;
                }
                prop_assert!(
                    beyond || !(begins || grows),
                    "{more} fen more of {} give {id}: {was:?} {is:?} {}",
                    fact.id,
                    serde_json::to_string(before).unwrap()
                );
            }
        }
        Ok(())
    });
    // The property is worth something only where help ends, and its exceptions only where they occur.
    let lost = lost.into_inner();
    assert!(lost > 60, "{lost}");
    let began = began.into_inner();
    assert!(BEYOND_DIBAO.iter().all(|id| began.get(*id).is_some_and(|n| *n >= 3)), "{began:?}");
}

/// Facts for which an article says what holds while they are unknown.
fn assumed(plan: &Plan) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for node in &plan.nodes {
        let Op::OrElse(value, _) = node.op else { continue };
        let mut under = vec![value];
        while let Some(id) = under.pop() {
            let op = &plan.nodes[id.0 as usize].op;
            if let Op::Fact(fact) = op {
                found.insert(plan.facts[*fact as usize].id.as_str());
            }
            under.extend(op.operands());
        }
    }
    found
}

/// SG-02: a fact that is missing, stale, in dispute or told differently by two departments never refuses. An article
/// may say what holds meanwhile; that finds and grants, and no decision against the family rests on it.
#[test]
fn one_fact_less_never_refuses() {
    let open = RefCell::new(BTreeMap::<String, [u32; 2]>::new());
    families(200, |book, plan, before, number| {
        let held = assessed(plan, std::slice::from_ref(before), Mode::Decide);
        if answers(plan, &held, 0).iter().all(|a| a.truth != Truth::True) {
            return Ok(());
        }
        let all = each(book, before);
        let mut sheets = vec![before.clone()];
        for (fact, subject, _) in &all {
            let mut less = before.clone();
            let facts = facts_mut(&mut less, *subject);
            let lost = match number % 5 {
                0 => Some(State::Missing),
                1 => Some(State::Stale),
                2 => Some(State::Disputed),
                3 => Some(State::Conflict),
                _ => None,
            };
            match lost {
                Some(state) => facts.get_mut(&fact.id).unwrap().state = Some(state),
                None => drop(facts.remove(&fact.id)),
            }
            sheets.push(less);
        }
        let assumed = assumed(plan);
        for mode in [Mode::Find, Mode::Decide, Mode::Adverse] {
            let evaluation = assessed(plan, &sheets, mode);
            // Where every fact is fresh and known, the two kinds of decision agree.
            let whole =
                if mode == Mode::Find { answers(plan, &evaluation, 0) } else { answers(plan, &held, 0) };
            for (at, (fact, _, _)) in all.iter().enumerate() {
                for (was, is) in whole.iter().zip(answers(plan, &evaluation, at + 1)) {
                    if was.truth != Truth::True {
                        continue;
                    }
                    let id = &plan.outcomes[was.outcome].id;
                    let seen = is.truth == Truth::Unknown;
                    open.borrow_mut().entry(id.clone()).or_default()[usize::from(seen)] += 1;
                    let excused = mode != Mode::Adverse && assumed.contains(fact.id.as_str());
                    prop_assert!(
                        is.truth != Truth::False || excused,
                        "without {} {id} is refused in {mode:?} mode: {}",
                        fact.id,
                        serde_json::to_string(before).unwrap()
                    );
                }
            }
        }
        Ok(())
    });
    let open = open.into_inner();
    let (same, undecided) = open.values().fold((0, 0), |all, each| (all.0 + each[0], all.1 + each[1]));
    assert!(same > 10_000 && undecided > 500, "{open:?}");
}

/// SG-14: what sorts people for a statistic (sex) changes no result, no amount and no sign of need.
#[test]
fn what_only_sorts_people_decides_nothing() {
    let flipped = RefCell::new(0);
    families(250, |book, plan, before, _| {
        let mut sheets = vec![before.clone()];
        for (fact, subject, _) in each(book, before).into_iter().filter(|(fact, _, _)| fact.statistics) {
            let values = &book.enums()[usize::from(fact.enum_index.unwrap())].values;
            for (value, _) in values {
                let mut other = before.clone();
                facts_mut(&mut other, subject).insert(fact.id.clone(), SheetValue::of(value.clone()));
                sheets.push(other);
            }
        }
        let evaluation = assessed(plan, &sheets, Mode::Find);
        let first = answers(plan, &evaluation, 0);
        for h in 1..sheets.len() {
            prop_assert_eq!(&first, &answers(plan, &evaluation, h));
            for i in 0..plan.indicators.len() {
                prop_assert_eq!(evaluation.indicator(i, 0), evaluation.indicator(i, h));
            }
            *flipped.borrow_mut() += 1;
        }
        Ok(())
    });
    assert!(flipped.into_inner() > 2_000);
}

#[test]
fn no_amount_is_below_zero() {
    let seen = RefCell::new(0);
    families(600, |_, plan, before, _| {
        for mode in [Mode::Find, Mode::Decide, Mode::Adverse] {
            let evaluation = assessed(plan, std::slice::from_ref(before), mode);
            for answer in answers(plan, &evaluation, 0) {
                if answer.truth == Truth::False || plan.outcomes[answer.outcome].amount.is_none() {
                    continue;
                }
                // Where the province has no value of a parameter, the amount is open at that end.
                let below = |end: Option<i64>| end.is_some_and(|fen| fen < 0);
                prop_assert!(
                    !(below(answer.amount.1) || answer.truth == Truth::True && below(answer.amount.0)),
                    "{answer:?} {}",
                    serde_json::to_string(before).unwrap()
                );
                *seen.borrow_mut() += 1;
            }
        }
        Ok(())
    });
    assert!(seen.into_inner() > 2_000);
}
