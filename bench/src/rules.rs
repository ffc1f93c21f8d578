//! 规则引擎比较: B1 by doudi.

use anyhow::{Result, ensure};
use doudi_policy::eval::Evaluation;
use doudi_policy::plan::Plan;
use doudi_policy::{Mode, Truth, assess_threaded};

use crate::b1;
use crate::machine::Watch;

/// What every engine must agree on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Per outcome in the order of the rules: met, unknown, fen paid to those who surely meet it.
    pub(crate) outcomes: [(usize, usize, i64); 3],
}

pub(crate) fn totals(plan: &Plan, all: &Evaluation) -> Totals {
    let mut totals = Totals::default();
    for (o, at) in totals.outcomes.iter_mut().enumerate().take(plan.outcomes.len()) {
        for h in 0..all.households() {
            match all.outcome(o, h) {
                Truth::True => {
                    at.0 += 1;
                    at.2 += all.amount(o, h).0.unwrap_or(0);
                }
                Truth::Unknown => at.1 += 1,
                Truth::False => {}
            }
        }
    }
    totals
}

pub(crate) fn measure(households: usize) -> Result<()> {
    let plan = b1::plan()?;
    let batch = b1::households(0, households);
    let members = batch.members.offsets.last().map_or(0, |m| *m as usize);
    println!("B1: {households} households, {members} persons, seed {}, {} nodes", b1::SEED, plan.nodes.len());
    let mut first = None;
    for threads in [1, 2] {
        let mut best = u128::MAX;
        for _ in 0..5 {
            let watch = Watch::start();
            let all = assess_threaded(&plan, &batch, Mode::Decide, threads);
            best = best.min(watch.took().as_micros());
            drop(all);
        }
        let all = assess_threaded(&plan, &batch, Mode::Decide, threads);
        println!(
            "doudi, {threads} thread(s): best of 5 {} ms, {} thousand persons/s",
            best / 1000,
            members as u128 * 1000 / best.max(1)
        );
        let totals = totals(&plan, &all);
        ensure!(*first.get_or_insert(totals) == totals, "the totals depend on the number of threads");
        println!("  {totals:?}");
    }
    Ok(())
}
