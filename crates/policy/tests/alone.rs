//! One outcome traced alone says the same as the trace of everything.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::collections::{BTreeMap, HashMap};

use doudi_policy::column::Batch;
use doudi_policy::explain::explain;
use doudi_policy::golden::parse_goldens;
use doudi_policy::{Mode, Trace, Truth, assess};
use support::county::county;
use support::{files, law, plan};

#[test]
fn every_golden_household_is_explained_alike() {
    let book = law();
    let mut plans = BTreeMap::new();
    let mut told = HashMap::<Truth, usize>::new();
    let texts = files();
    for (path, text) in texts.iter().filter(|(p, _)| p.contains("/tests/") && p.ends_with(".md")) {
        for golden in parse_goldens(&book, path, text).unwrap() {
            let plan = plans
                .entry((golden.period, golden.as_of))
                .or_insert_with(|| book.plan(golden.period, golden.as_of).unwrap());
            let batch = Batch::from_sheets(std::slice::from_ref(&golden.sheet), plan).unwrap();
            let whole = Trace::of(plan, &batch, 0, golden.mode);
            for (o, outcome) in plan.outcomes.iter().enumerate() {
                let alone = Trace::of_outcome(plan, &batch, 0, golden.mode, o);
                let members = if plan.is_member_outcome(o) { golden.sheet.members.len() } else { 1 };
                for member in 0..members {
                    let mut one = explain(&alone, Some(&golden.sheet), o, Some(member));
                    let all = explain(&whole, Some(&golden.sheet), o, Some(member));
                    assert!(one.gaps.iter().all(|gap| all.gaps.contains(gap)), "{}", golden.title);
                    one.gaps.clone_from(&all.gaps);
                    assert_eq!(one, all, "{} of {}", outcome.id, golden.title);
                    *told.entry(one.outcome).or_default() += 1;
                }
            }
        }
    }
    assert!(told.len() == 3 && told.values().all(|n| *n > 50), "{told:?}");
}

/// The households of a county live in many places, so that each one's parameters stand in another row.
#[test]
fn every_household_of_a_county_comes_out_as_in_the_sweep() {
    let plan = plan();
    let batch = county(&plan, 300, 9);
    let swept = assess(&plan, &batch, Mode::Find);
    for h in 0..batch.households {
        for (o, outcome) in plan.outcomes.iter().enumerate() {
            let alone = Trace::of_outcome(&plan, &batch, h, Mode::Find, o);
            let alone = alone.evaluation();
            assert_eq!(alone.outcome(o, 0), swept.outcome(o, h), "{} of {h}", outcome.id);
            assert_eq!(alone.amount(o, 0), swept.amount(o, h), "{} of {h}", outcome.id);
            for (m, row) in swept.members_of(h).enumerate() {
                assert_eq!(alone.outcome_member(o, m), swept.outcome_member(o, row), "{} of {h}", outcome.id);
            }
            let of_members = plan.is_member_outcome(o);
            let rows = if of_members { swept.members_of(h) } else { h..h + 1 };
            for c in 0..outcome.conditions.len() {
                for (at, row) in rows.clone().enumerate() {
                    assert_eq!(
                        alone.condition(o, c, at),
                        swept.condition(o, c, row),
                        "{} of {h}",
                        outcome.id
                    );
                }
            }
        }
    }
    for o in 0..plan.outcomes.len() {
        let counts = swept.counts(o);
        let by_hand = |truth| (0..batch.households).filter(|h| swept.outcome(o, *h) == truth).count();
        assert_eq!(counts.met, by_hand(Truth::True));
        assert_eq!(counts.not_met, by_hand(Truth::False));
        assert_eq!(counts.unknown, by_hand(Truth::Unknown));
    }
}
