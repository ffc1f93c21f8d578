//! The law of June 2024 over a county of noise.

use anyhow::{Result, ensure};
use doudi_policy::column::Batch;
use doudi_policy::eval::{Evaluation, count_open};
use doudi_policy::plan::Plan;
use doudi_policy::{Mode, Trace, Truth, assess_threaded, open_facts};

use crate::machine::Watch;
use crate::support::county::{SEED, county};
use crate::support::plan;

/// Single cases that are measured and compared with the sweep.
const SINGLE: usize = 500;

/// One value in so many is missing.
const MISSING: u64 = 9;

pub(crate) fn measure(households: usize) -> Result<()> {
    let plan = plan();
    let batch = county(&plan, households, MISSING);
    let members = batch.members.offsets.last().copied().unwrap_or(0);
    println!(
        "{households} households, {members} members, noise of seed {SEED}, one value in {MISSING} missing; {} nodes, {} facts",
        plan.nodes.len(),
        plan.facts.len()
    );
    let mut first: Option<Evaluation> = None;
    for threads in [1, 2] {
        let watch = Watch::start();
        let all = assess_threaded(&plan, &batch, Mode::Find, threads);
        println!("sweep, {threads} thread(s): {watch}, {} households/s", watch.rate(households));
        if let Some(first) = &first {
            same(&plan, first, &all, households)?;
        }
        first.get_or_insert(all);
    }
    let Some(all) = first else { return Ok(()) };
    for (o, outcome) in plan.outcomes.iter().enumerate() {
        println!("  {} {:?}", outcome.id, all.counts(o));
    }
    single(&plan, &batch, &all, households.min(SINGLE))
}

/// Two sweeps give every household the same.
fn same(plan: &Plan, a: &Evaluation, b: &Evaluation, households: usize) -> Result<()> {
    for (o, outcome) in plan.outcomes.iter().enumerate() {
        for h in 0..households {
            ensure!(
                a.outcome(o, h) == b.outcome(o, h) && a.amount(o, h) == b.amount(o, h),
                "{} of household {h} depends on the number of threads",
                outcome.id
            );
        }
    }
    println!("  equal for every household and programme");
    Ok(())
}

fn single(plan: &Plan, batch: &Batch, all: &Evaluation, cases: usize) -> Result<()> {
    let watch = Watch::start();
    let traces: Vec<Trace<'_>> = (0..cases).map(|h| Trace::of(plan, batch, h, Mode::Find)).collect();
    println!("{cases} single cases with every node kept: {watch}");
    let mut open = Vec::new();
    for (h, trace) in traces.iter().enumerate() {
        for o in 0..plan.outcomes.len() {
            let alone = trace.evaluation().outcome(o, 0);
            ensure!(alone == all.outcome(o, h), "household {h}: alone {alone:?}, in the sweep otherwise");
            if alone == Truth::Unknown {
                open.push((trace, o));
            }
        }
    }
    println!("  equal to the sweep");
    let watch = Watch::start();
    let named: Vec<usize> = open.iter().map(|(trace, o)| open_facts(trace, *o, None).len()).collect();
    println!(
        "open facts of {} undecided results: {watch}, {} facts",
        open.len(),
        named.iter().sum::<usize>()
    );
    let watch = Watch::start();
    let counted: Vec<usize> = open.iter().map(|(trace, o)| count_open(trace, *o, None)).collect();
    println!("only counted: {watch}");
    ensure!(named == counted, "the count differs from the list of open facts");
    println!("  equal");
    Ok(())
}
