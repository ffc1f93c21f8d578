//! 规则引擎比较: B1 by doudi.

use anyhow::{Result, ensure};
use doudi_policy::eval::Evaluation;
use doudi_policy::{Mode, sweep};

use crate::b1;
use crate::machine::Watch;

/// What every engine must agree on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Per outcome in the order of the rules: met, unknown, fen paid to those who surely meet it.
    pub(crate) outcomes: [(usize, usize, i128); 3],
}

impl Totals {
    /// The totals of some households.
    pub(crate) fn of(all: &Evaluation) -> Self {
        let mut totals = Self::default();
        for (o, at) in totals.outcomes.iter_mut().enumerate() {
            let (met, due) = all.due(o);
            *at = (met, all.counts(o).unknown, due);
        }
        totals
    }

    fn add(mut self, other: Self) -> Self {
        for (a, b) in self.outcomes.iter_mut().zip(other.outcomes) {
            *a = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
        }
        self
    }
}

pub(crate) fn measure(households: usize) -> Result<()> {
    let plan = b1::plan()?;
    let batch = b1::households(0, households);
    let members = batch.members.offsets.last().map_or(0, |m| *m as usize);
    println!("B1: {households} households, {members} persons, seed {}, {} nodes", b1::SEED, plan.nodes.len());
    let mut first = None;
    for threads in [1, 2] {
        let mut found = None;
        let (mut best, mut work) = (u128::MAX, u128::MAX);
        for _ in 0..5 {
            let watch = Watch::start();
            let done = sweep(&plan, &batch, Mode::Decide, threads, |_, all| Totals::of(all));
            best = best.min(watch.took().as_micros());
            work = work.min(watch.processor().as_micros());
            found = Some(done.into_iter().fold(Totals::default(), Totals::add));
        }
        println!(
            "doudi, {threads} thread(s): best of 5 {} ms, {} thousand persons/s; of processor {} ms, {} thousand persons/s",
            best / 1000,
            members as u128 * 1000 / best.max(1),
            work / 1000,
            members as u128 * 1000 / work.max(1),
        );
        let totals = found.unwrap_or_default();
        ensure!(*first.get_or_insert(totals) == totals, "the totals depend on the number of threads");
        println!("  {totals:?}");
    }
    Ok(())
}
