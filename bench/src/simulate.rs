//! A standard raised over many copies of the fictional county, everything about everybody known.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, anyhow, ensure};
use doudi_policy::column::{Batch, Column, Data, ListColumns};
use doudi_policy::plan::{Entity, Op, Plan};
use doudi_policy::simulate::{Report, ReportInput, Settings, Simulation, cliffs, follow_on, simulate};
use doudi_policy::{Book, Mode, Text, Truth, assess};
use doudi_synth::ByTheLaw;

use crate::machine::{Times, Watch};
use crate::support::{files, law};

/// Households of the county that is copied.
const COUNTY: u32 = 60_000;
const SEED: u64 = 1;
const THREADS: usize = 2;
const ROUNDS: usize = 3;
/// Families whose incomes are scanned for cliffs.
const CLIFFS: usize = 300;

const CHANGE: &str = r#"
zh = "低保标准提高5%"
from = "2024-06-01"
[[parameter]]
id = "dibao_standard"
by = "105%"
rounding = { to = "1元", mode = "up" }
"#;

pub(crate) fn measure(persons: usize) -> Result<()> {
    let (month, day) = ("2024-06".parse()?, "2024-06-30".parse()?);
    let book = law();
    let faults = |f: Vec<doudi_policy::Diagnostic>| anyhow!("{f:?}");
    let before = book.plan(month, day).map_err(faults)?;
    let changed = Book::with_change(files(), "change.toml", CHANGE).map_err(faults)?;
    let after = changed.plan(month, day).map_err(faults)?;
    let truth = ByTheLaw::new(&book, month, day).map_err(|e| anyhow!("{e}"))?;
    let watch = Watch::start();
    let sheets = doudi_synth::latent(SEED, COUNTY, &truth)?;
    let county = Batch::from_sheets(&sheets, &before).map_err(|p| anyhow!("{p:?}"))?;
    drop(sheets);
    let people = county.members.offsets.last().map_or(0, |o| *o as usize);
    println!("fictional county of seed {SEED}: {COUNTY} households, {people} people: {watch}");
    let copies = persons.div_ceil(people.max(1)).max(1);
    let watch = Watch::start();
    let batch =
        copied(&county, copies, &read(&[&before, &after])).context("too many people for the offsets")?;
    let everybody = people * copies;
    println!("{copies} copies, {everybody} people in memory: {watch}, {} MB", crate::machine::peak_mb());

    let mut first: Option<(Simulation, Report)> = None;
    for threads in [1, THREADS] {
        let mut took = Times::default();
        for round in 0..ROUNDS {
            let watch = Watch::start();
            let done = whole(&before, &after, &batch, threads, round == 0)?;
            took.push(watch.took());
            if let Some(first) = &first {
                ensure!(first.0.changed == done.0.changed, "who changes depends on the number of threads");
                ensure!(first.1 == done.1, "the report depends on the number of threads");
            }
            first.get_or_insert(done);
        }
        println!("from the facts to the report, {threads} thread(s): {took}");
    }
    println!("  one report");
    let Some((done, report)) = first else { return Ok(()) };
    for p in &done.programmes {
        println!(
            "  {}: met {} → {}, {} fen a month more",
            p.id,
            p.total.before_as(Truth::True),
            p.total.after_as(Truth::True),
            p.total.change_fen()
        );
    }
    println!(
        "  {} tables of groups, {} of equal treatment, {} families with help, {} with a changed result",
        report.groups.len(),
        report.people.len(),
        done.helped.len(),
        done.changed.len()
    );
    slow(&county, copies, &before, &after, &done)
}

/// Everything that `doudi policy simulate` computes of the population, with its parts told where asked.
fn whole(
    before: &Plan,
    after: &Plan,
    batch: &Batch,
    threads: usize,
    tell: bool,
) -> Result<(Simulation, Report)> {
    let settings = Settings { mode: Mode::Find, threads, list: false, level: None, groups: before };
    let watch = Watch::start();
    let done = simulate(before, after, batch, &settings)?;
    let counted = watch.to_string();
    let watch = Watch::start();
    let follows = follow_on(after, batch, &done, Mode::Find);
    let followed = watch.to_string();
    let watch = Watch::start();
    let edges = cliffs(before, after, batch, &done, CLIFFS, &settings);
    let scanned = watch.to_string();
    let watch = Watch::start();
    let report = Report::new(&ReportInput {
        title: Text::new("低保标准提高5%", "the dibao standard raised by 5%"),
        change: Vec::new(),
        before,
        after,
        mode: Mode::Find,
        population: Text::new("虚构县的复本", "copies of the fictional county"),
        digest: None,
        simulation: &done,
        follow_on: &follows,
        cliffs: &edges,
        curve: None,
        place: &|_| None,
        list: None,
    });
    if tell {
        println!("  {threads} thread(s): counts with groups and equal treatment {counted}");
        println!(
            "  what follows, {} outcomes: {followed}; cliffs of {} families: {scanned}",
            follows.len(),
            edges.sample
        );
        println!("  report, small cells left out: {watch}");
    }
    Ok((done, report))
}

/// The same by the plain road: every outcome of both plans for one county, counted household by household.
fn slow(county: &Batch, copies: usize, before: &Plan, after: &Plan, done: &Simulation) -> Result<()> {
    let watch = Watch::start();
    let sides = [(before, assess(before, county, Mode::Find)), (after, assess(after, county, Mode::Find))];
    println!("both plans whole over one county: {watch}");
    for p in &done.programmes {
        for (side, (plan, evaluation)) in sides.iter().enumerate() {
            let o = plan.find_outcome(&p.id).context("an outcome of both plans")?;
            let (mut met, mut fen) = (0_u64, 0_i128);
            let mut add = |truth: Truth, amount: (Option<i64>, Option<i64>)| {
                met += u64::from(truth == Truth::True);
                if let (Truth::True, (Some(low), Some(high))) = (truth, amount)
                    && low == high
                {
                    fen += i128::from(low);
                }
            };
            for h in 0..evaluation.households() {
                if p.of == Entity::Member {
                    for m in evaluation.members_of(h) {
                        add(evaluation.outcome_member(o, m), evaluation.amount_member(o, m));
                    }
                } else {
                    add(evaluation.outcome(o, h), evaluation.amount(o, h));
                }
            }
            let (told_met, told) = match side {
                0 => (p.total.before_as(Truth::True), p.total.before),
                _ => (p.total.after_as(Truth::True), p.total.after),
            };
            let times = copies as u64;
            ensure!(told_met == met * times, "{}: {told_met} met, by the plain road {met} × {copies}", p.id);
            ensure!(told.exact == fen * i128::from(times), "{}: another cost by the plain road", p.id);
        }
    }
    println!("  equal to the simulation, times {copies}");
    Ok(())
}

/// Ids of the facts that some node of the plans reads.
fn read(plans: &[&Plan]) -> BTreeSet<String> {
    let nodes = plans.iter().flat_map(|plan| plan.nodes.iter().map(move |node| (plan, node)));
    let facts = nodes.filter_map(|(plan, node)| match node.op {
        Op::Fact(fact) => plan.facts.get(fact as usize).map(|f| f.id.clone()),
        _ => None,
    });
    facts.collect()
}

/// So many copies of a county as one population; `None` where the offsets do not hold it.
fn copied(county: &Batch, copies: usize, facts: &BTreeSet<String>) -> Option<Batch> {
    let columns = |of: &std::collections::BTreeMap<String, Column>| {
        let kept = of.iter().filter(|(id, _)| facts.contains(*id));
        let copied = kept.map(|(id, column)| {
            let data = match &column.data {
                Data::Number(v) => Data::Number(v.repeat(copies)),
                Data::Enum(v) => Data::Enum(v.repeat(copies)),
                Data::Bool(v) => Data::Bool(v.repeat(copies)),
            };
            (id.clone(), Column { data, state: column.state.repeat(copies) })
        });
        copied.collect()
    };
    let list = |list: &ListColumns| {
        let size = list.offsets.last().copied()?;
        let mut offsets = vec![0];
        for copy in 0..u32::try_from(copies).ok()? {
            let start = size.checked_mul(copy)?;
            for offset in list.offsets.iter().skip(1) {
                offsets.push(start.checked_add(*offset)?);
            }
        }
        Some(ListColumns { offsets, complete: list.complete.repeat(copies), columns: columns(&list.columns) })
    };
    Some(Batch {
        households: county.households * copies,
        division: county.division.repeat(copies),
        divisions: county.divisions.clone(),
        columns: columns(&county.columns),
        members: list(&county.members)?,
        obligors: list(&county.obligors)?,
    })
}
