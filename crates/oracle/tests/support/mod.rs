//! Random households with random gaps, and what it means that two readings of the law agree on them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise, and each takes what it needs"
)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use doudi_oracle::{Household, Oracle};
use doudi_policy::book::Book;
use doudi_policy::column::{Batch, State};
use doudi_policy::eval::Value as EvalValue;
use doudi_policy::plan::{Entity, FactDecl, Plan, Type};
use doudi_policy::sheet::{FactSheet, SheetSubject, SheetValue};
use doudi_policy::{Date, Fen, Mode, Trace, Truth, assess};
use proptest::prelude::*;
use serde_json::Value;

pub(crate) fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            texts(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.to_str().unwrap().replace('\\', "/"), text));
        }
    }
}

/// A fact to set: which one, how, and a number to make the value of.
type Setting = (u16, u8, u32);

/// A person or the household: settings, and what fills what they leave open: nothing, or the plain values of
/// somebody of 49 or of 74 without income.
pub(crate) type Subject = (Vec<Setting>, Option<bool>);

#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) place: u8,
    pub(crate) household: Subject,
    pub(crate) members: Vec<Subject>,
    pub(crate) obligors: Vec<Subject>,
    pub(crate) members_complete: bool,
    pub(crate) obligors_complete: bool,
}

/// As many random households.
pub(crate) fn drafts(households: Range<usize>) -> impl Strategy<Value = Vec<Draft>> {
    let subject = |most: usize| {
        let fill = prop_oneof![3 => Just(None), 4 => Just(Some(false)), 3 => Just(Some(true))];
        let few = prop::collection::vec(any::<Setting>(), 0..4);
        let many = prop::collection::vec(any::<Setting>(), 0..most);
        (prop_oneof![few, many], fill)
    };
    let draft = (
        any::<u8>(),
        subject(12),
        prop::collection::vec(subject(40), 0..6),
        prop::collection::vec(subject(20), 0..3),
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.7),
    )
        .prop_map(|(place, household, members, obligors, members_complete, obligors_complete)| Draft {
            place,
            household,
            members,
            obligors,
            members_complete,
            obligors_complete,
        });
    prop::collection::vec(draft, households)
}

/// Amounts at and around the lines that the packages draw, and anything else.
fn fen(number: u32) -> i64 {
    const NEAR: [i64; 16] = [
        0, 1, 18_500, 50_717, 56_700, 75_600, 73_400, 85_050, 113_400, 150_000, 340_200, 680_400, 907_200,
        3_360_000, 1_481_700, 12_000_000,
    ];
    match number % 4 {
        0 => NEAR[(number / 4) as usize % NEAR.len()],
        1 => NEAR[(number / 4) as usize % NEAR.len()] + i64::from(number / 64 % 3) - 1,
        2 => i64::from(number % 300_000),
        _ => i64::from(number % 20_000_000),
    }
}

fn value(book: &Book, fact: &FactDecl, number: u32) -> Value {
    let bounded = |n: i64| n.max(fact.min.unwrap_or(n)).min(fact.max.unwrap_or(i64::MAX));
    match fact.ty {
        Type::Bool => Value::from(number.is_multiple_of(2)),
        Type::Int => Value::from(bounded(i64::from(number % 7))),
        Type::Money(_) | Type::Exact(_) => Value::from(Fen(bounded(fen(number))).to_string()),
        Type::Enum(index) => {
            let values = &book.enums()[usize::from(index)].values;
            let (id, zh) = &values[number as usize % values.len()];
            Value::from(if number.is_multiple_of(3) { zh.clone() } else { id.clone() })
        }
        Type::Date => {
            let first = Date::from_ymd(1930, 1, 1).unwrap();
            let days = match number % 5 {
                // Birthdays around the ages at which the law changes, to the day.
                0 => {
                    let years = [16, 18, 60, 65, 70][number as usize / 5 % 5];
                    let day = Date::from_ymd(2024, 6, 30).unwrap().plus_months(-12 * years);
                    day.0 + i32::try_from(number / 25 % 3).unwrap() - 1
                }
                _ => first.0 + i32::try_from(number % 34_000).unwrap(),
            };
            Value::from(Date(i32::try_from(bounded(i64::from(days))).unwrap()).to_string())
        }
        Type::Month => Value::from(format!("2024-{:02}", number % 12 + 1)),
        Type::Rate => Value::Null,
    }
}

fn plain(book: &Book, fact: &FactDecl, old: bool) -> Value {
    match fact.ty {
        Type::Date => Value::from(if old { "1950-03-17" } else { "1975-03-17" }),
        Type::Bool => Value::from(fact.id == "co_resident"),
        _ => value(book, fact, 0),
    }
}

fn facts(book: &Book, of: Entity, (settings, fill): &Subject) -> BTreeMap<String, SheetValue> {
    let all: Vec<&FactDecl> = book.facts().iter().filter(|f| f.of == of).collect();
    let mut facts = BTreeMap::new();
    if let Some(old) = fill {
        for fact in &all {
            facts.insert(fact.id.clone(), SheetValue::of(plain(book, fact, *old)));
        }
    }
    for (which, how, number) in settings {
        let Some(fact) = all.get(usize::from(*which) % all.len().max(1)) else {
            continue;
        };
        let mut given = SheetValue::of(value(book, fact, *number));
        match how % 32 {
            0..=7 => given = SheetValue::of(Value::Null),
            8 => given.state = Some(State::Stale),
            9 => given.state = Some(State::Disputed),
            10 => given.state = Some(State::Conflict),
            11 => given.state = Some(State::OutOfReach),
            12 => given.state = Some(State::Missing),
            13 => given.as_of = "2021-02-28".parse().ok(),
            14 => given.as_of = "2024-05-31".parse().ok(),
            15 => given.state = Some(State::Known),
            _ => {}
        }
        facts.insert(fact.id.clone(), given);
    }
    facts
}

pub(crate) fn sheet(book: &Book, draft: &Draft) -> FactSheet {
    // Urban and rural townships of the fictional county, a real province with values of its own, and one without.
    const PLACES: [&str; 6] = ["990121103001", "990121101002", "990121", "520115", "520221", "110101"];
    let people = |of: Entity, all: &[Subject]| {
        let person = |s: &Subject| SheetSubject { facts: facts(book, of, s), ..SheetSubject::default() };
        all.iter().map(person).collect()
    };
    let place = usize::from(draft.place);
    let place = if place < 160 { place % 2 } else { place % PLACES.len() };
    FactSheet {
        division: PLACES[place].parse().ok(),
        household: facts(book, Entity::Household, &draft.household),
        members: people(Entity::Member, &draft.members),
        members_complete: draft.members_complete,
        obligors: people(Entity::Obligor, &draft.obligors),
        obligors_complete: draft.obligors_complete,
        ..FactSheet::default()
    }
}

/// What stands and what is paid within the groups of outcomes.
fn groups_agree(
    plan: &Plan,
    oracle: &Oracle,
    batch: &Batch,
    h: usize,
    mode: Mode,
    home: &Household,
) -> Result<(), TestCaseError> {
    if plan.groups.iter().all(|group| group.stands.is_empty() && group.pays.is_empty()) {
        return Ok(());
    }
    let trace = Trace::of(plan, batch, h, mode);
    for (planned, answer) in plan.groups.iter().zip(oracle.groups(home)) {
        prop_assert_eq!(&planned.id, &answer.group);
        for (row, all) in answer.rows.iter().enumerate() {
            for (at, (stands, pays)) in all.iter().enumerate() {
                if let Some(id) = planned.stands.get(at) {
                    prop_assert_eq!(
                        trace.value(*id, row),
                        EvalValue::Truth(*stands),
                        "{} {} stands",
                        planned.id,
                        at
                    );
                }
                if let Some(id) = planned.pays.get(at) {
                    let (lo, hi) = *pays;
                    prop_assert_eq!(
                        trace.value(*id, row),
                        EvalValue::Number { lo, hi },
                        "{} {} pays",
                        planned.id,
                        at
                    );
                }
            }
        }
    }
    Ok(())
}

/// How often each answer came up, so that agreement is not about nothing.
pub(crate) type Tally = BTreeMap<(String, &'static str), u32>;

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "met",
        Truth::False => "not met",
        Truth::Unknown => "unknown",
    }
}

pub(crate) fn agree(
    plan: &Plan,
    oracle: &Oracle,
    sheets: &[FactSheet],
    mode: Mode,
    tally: &RefCell<Tally>,
) -> Result<(), TestCaseError> {
    let batch = Batch::from_sheets(sheets, plan).map_err(|p| TestCaseError::fail(format!("{p:?}")))?;
    let evaluation = assess(plan, &batch, mode);
    for (h, sheet) in sheets.iter().enumerate() {
        let home = oracle.household(sheet, mode).map_err(TestCaseError::fail)?;
        let answers = oracle.assess(&home);
        prop_assert_eq!(answers.len(), plan.outcomes.len());
        for (o, answer) in answers.iter().enumerate() {
            let id = &plan.outcomes[o].id;
            prop_assert_eq!(id, &answer.outcome);
            let shown = || format!("{id} in {mode:?} mode: {}", serde_json::to_string(sheet).unwrap());
            prop_assert_eq!(evaluation.outcome(o, h), answer.met, "truth of {}", shown());
            prop_assert_eq!(evaluation.amount(o, h), answer.amount, "amount of {}", shown());
            for (member, row) in answer.members.iter().zip(evaluation.members_of(h)) {
                let other = (evaluation.outcome_member(o, row), evaluation.amount_member(o, row));
                prop_assert_eq!(other, *member, "member row {} of {}", row, shown());
            }
            *tally.borrow_mut().entry((id.clone(), word(answer.met))).or_default() += 1;
        }
        groups_agree(plan, oracle, &batch, h, mode, &home)?;
        let fired = oracle.fired(&home);
        prop_assert_eq!(fired.len(), plan.indicators.len());
        for (i, (id, truth)) in fired.iter().enumerate() {
            prop_assert_eq!(&plan.indicators[i].id, id);
            prop_assert_eq!(
                evaluation.indicator(i, h),
                *truth,
                "indicator {} in {:?} mode: {}",
                id,
                mode,
                serde_json::to_string(sheet).unwrap()
            );
            *tally.borrow_mut().entry((id.clone(), word(*truth))).or_default() += 1;
        }
    }
    Ok(())
}
