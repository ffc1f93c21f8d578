//! 单户: every golden household of the law by itself: its results with what they stand on, one programme and all of
//! them.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use doudi_policy::column::Batch;
use doudi_policy::diag::render_all;
use doudi_policy::explain::explain;
use doudi_policy::golden::{Golden, parse_goldens, run_goldens};
use doudi_policy::plan::{Entity, Plan};
use doudi_policy::{Book, Date, Explanation, Lang, Mode, Month, Trace, assess};

use crate::machine::Times;
use crate::support::files;

/// What is timed, by what it includes.
const KINDS: [&str; 5] = [
    "facts sheet to columns",
    "one programme: result and trace",
    "one programme: result, trace, whole explanation with nearest changes",
    "all programmes and indicators: results and trace",
    "all programmes: results, trace, whole explanations with nearest changes",
];

/// A golden household ready to be asked about.
struct Case<'p> {
    plan: &'p Plan,
    golden: Golden,
    batch: Batch,
}

pub(crate) fn measure(rounds: usize) -> Result<()> {
    let texts = files();
    let book = Book::from_files(texts.clone()).map_err(|f| anyhow!("{}", render_all(&f, Lang::En)))?;
    let written: Vec<(&str, &str)> = texts
        .iter()
        .filter(|(path, _)| path.contains("/tests/") && path.ends_with(".md"))
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let expected = run_goldens(&book, written.iter().copied());
    ensure!(expected.iter().all(|e| e.passed()), "a golden household does not come out as written");
    println!("{} expectations of the golden households come out as written", expected.len());
    let mut goldens = Vec::new();
    for (path, text) in written {
        goldens.extend(parse_goldens(&book, path, text).map_err(|problems| anyhow!("{path}: {problems:?}"))?);
    }
    let mut plans: BTreeMap<(Month, Date), Plan> = BTreeMap::new();
    for golden in &goldens {
        if let std::collections::btree_map::Entry::Vacant(place) = plans.entry((golden.period, golden.as_of))
        {
            let plan = book.plan(golden.period, golden.as_of);
            place.insert(plan.map_err(|f| anyhow!("{}", render_all(&f, Lang::En)))?);
        }
    }
    let mut cases = Vec::new();
    for golden in goldens {
        let plan = plans.get(&(golden.period, golden.as_of)).context("the plan of a golden household")?;
        let batch = columns(&golden, plan)?;
        cases.push(Case { plan, golden, batch });
    }
    let members: usize = cases.iter().map(|c| c.golden.sheet.members.len()).sum();
    println!("{} golden households, {members} members, {} plans, {rounds} rounds", cases.len(), plans.len());
    for case in &cases {
        same(case).with_context(|| format!("{}: {}", case.golden.file, case.golden.title))?;
    }
    println!("  one programme alone, all of them together and the sweep say the same of every household");
    let mut took: [Times; KINDS.len()] = Default::default();
    for _ in 0..rounds {
        for case in &cases {
            time(case, &mut took)?;
        }
    }
    for (kind, times) in KINDS.into_iter().zip(took) {
        println!("{kind}: {times}");
    }
    Ok(())
}

fn columns(golden: &Golden, plan: &Plan) -> Result<Batch> {
    Batch::from_sheets(std::slice::from_ref(&golden.sheet), plan)
        .map_err(|p| anyhow!("{}: {p:?}", golden.title))
}

/// Whom an outcome is explained for: the household, or each member.
fn asked(case: &Case<'_>, o: usize) -> Vec<Option<usize>> {
    match case.plan.outcomes.get(o).map(|o| o.of) {
        Some(Entity::Member) => (0..case.golden.sheet.members.len()).map(Some).collect(),
        _ => vec![None],
    }
}

fn told(trace: &Trace<'_>, case: &Case<'_>, o: usize) -> Vec<Explanation> {
    asked(case, o).into_iter().map(|member| explain(trace, Some(&case.golden.sheet), o, member)).collect()
}

fn alone<'a>(case: &'a Case<'_>, o: usize) -> Trace<'a> {
    Trace::of_outcome(case.plan, &case.batch, 0, case.golden.mode, o)
}

fn time(case: &Case<'_>, took: &mut [Times; KINDS.len()]) -> Result<()> {
    let [sheet, one, one_told, all, all_told] = took;
    let start = Instant::now();
    columns(&case.golden, case.plan)?;
    sheet.push(start.elapsed());
    for o in 0..case.plan.outcomes.len() {
        let start = Instant::now();
        let trace = alone(case, o);
        one.push(start.elapsed());
        drop(trace);
        for member in asked(case, o) {
            let start = Instant::now();
            let trace = alone(case, o);
            let told = explain(&trace, Some(&case.golden.sheet), o, member);
            one_told.push(start.elapsed());
            drop(told);
        }
    }
    let start = Instant::now();
    let trace = Trace::of(case.plan, &case.batch, 0, case.golden.mode);
    all.push(start.elapsed());
    let told: Vec<_> = (0..case.plan.outcomes.len()).map(|o| told(&trace, case, o)).collect();
    all_told.push(start.elapsed());
    drop(told);
    Ok(())
}

/// One outcome alone, all together and the sweep give one result, and the two traces one explanation.
fn same(case: &Case<'_>) -> Result<()> {
    let mode: Mode = case.golden.mode;
    let whole = Trace::of(case.plan, &case.batch, 0, mode);
    let swept = assess(case.plan, &case.batch, mode);
    for (o, outcome) in case.plan.outcomes.iter().enumerate() {
        let alone = alone(case, o);
        for found in [alone.evaluation(), whole.evaluation()] {
            ensure!(found.outcome(o, 0) == swept.outcome(o, 0), "{}: another result", outcome.id);
            ensure!(found.amount(o, 0) == swept.amount(o, 0), "{}: another amount", outcome.id);
            for m in 0..case.golden.sheet.members.len() {
                ensure!(
                    found.outcome_member(o, m) == swept.outcome_member(o, m),
                    "{}: another result",
                    outcome.id
                );
                ensure!(
                    found.amount_member(o, m) == swept.amount_member(o, m),
                    "{}: another amount",
                    outcome.id
                );
            }
        }
        for (mut one, all) in told(&alone, case, o).into_iter().zip(told(&whole, case, o)) {
            // Alone it names only the gaps of the parameters that it reads.
            ensure!(one.gaps.iter().all(|gap| all.gaps.contains(gap)), "{}: a gap of its own", outcome.id);
            one.gaps.clone_from(&all.gaps);
            ensure!(one == all, "{}: another explanation", outcome.id);
        }
    }
    Ok(())
}
