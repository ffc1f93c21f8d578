//! The evaluator over the law in `policies/`: a sweep gives what single cases give, and how fast it goes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::path::Path;
use std::time::Instant;

use doudi_policy::column::{Batch, Column, Data, ListColumns, State};
use doudi_policy::plan::{Entity, FactDecl, Plan, Type};
use doudi_policy::{Book, FactSheet, Lang, Mode, Trace, Truth, assess, assess_threaded, diag::render_all};

fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path.display().to_string(), text));
        }
    }
}

fn plan() -> Plan {
    let mut files = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &mut files);
    let book = Book::from_files(files).unwrap_or_else(|f| panic!("\n{}", render_all(&f, Lang::En)));
    book.plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap())
        .unwrap_or_else(|f| panic!("\n{}", render_all(&f, Lang::En)))
}

/// A small generator of repeatable noise.
struct Noise(u64);

impl Noise {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A column of plausible values; about one in `unknown` is missing.
fn column(plan: &Plan, fact: &FactDecl, rows: usize, unknown: u64, noise: &mut Noise) -> Column {
    let state =
        (0..rows).map(|_| if noise.below(unknown) == 0 { State::Missing } else { State::Known }).collect();
    let data = match fact.ty {
        Type::Bool => Data::Bool((0..rows).map(|_| noise.below(12) == 0).collect()),
        Type::Enum(e) => {
            let size = plan.enums[usize::from(e)].values.len() as u64;
            let value = |n: &mut Noise| if n.below(3) > 0 { 0 } else { n.below(size) };
            Data::Enum((0..rows).map(|_| u8::try_from(value(noise)).unwrap()).collect())
        }
        Type::Date => {
            Data::Number((0..rows).map(|_| 19_800 - i64::try_from(noise.below(30_000)).unwrap()).collect())
        }
        Type::Int => Data::Number((0..rows).map(|_| i64::try_from(noise.below(20) / 17).unwrap()).collect()),
        _ => Data::Number(
            (0..rows)
                .map(|_| if noise.below(3) > 0 { 0 } else { i64::try_from(noise.below(400_000)).unwrap() })
                .collect(),
        ),
    };
    Column { data, state }
}

fn county(plan: &Plan, households: usize, unknown: u64) -> Batch {
    let mut noise = Noise(20_240_601);
    let mut list = |most: u64, complete: bool| {
        let mut offsets = vec![0_u32];
        for _ in 0..households {
            let size = if most == 0 { 0 } else { 1 + noise.below(most) };
            offsets.push(offsets[offsets.len() - 1] + u32::try_from(size).unwrap());
        }
        ListColumns { offsets, complete: vec![complete; households], ..ListColumns::default() }
    };
    let mut batch =
        Batch { households, members: list(5, true), obligors: list(0, false), ..Batch::default() };
    for village in 0..168 {
        batch
            .divisions
            .push(format!("990121{:03}{:03}", 101 + village / 12, 1 + village % 12).parse().unwrap());
    }
    batch.division = (0..households).map(|h| u32::try_from(h * 168 / households).unwrap()).collect();
    let members = batch.members.offsets[households] as usize;
    for fact in &plan.facts {
        let (columns, rows) = match fact.of {
            Entity::Member => (&mut batch.members.columns, members),
            Entity::Obligor => continue,
            _ => (&mut batch.columns, households),
        };
        columns.insert(fact.id.clone(), column(plan, fact, rows, unknown, &mut noise));
    }
    batch
}

#[test]
fn a_sweep_gives_what_single_cases_give() {
    let plan = plan();
    let batch = county(&plan, 2_100, 9);
    let all = assess_threaded(&plan, &batch, Mode::Find, 2);
    assert!(all.gaps().is_empty(), "{:?}", all.gaps());
    let mut seen = [0; 3];
    for h in (0..2_100).step_by(7) {
        let trace = Trace::of(&plan, &batch, h, Mode::Find);
        let sheet = FactSheet::from_batch(&plan, &batch, h);
        let own = Batch::from_sheets(&[sheet], &plan).unwrap();
        let alone = assess(&plan, &own, Mode::Find);
        for o in 0..plan.outcomes.len() {
            let truth = all.outcome(o, h);
            seen[truth as usize] += 1;
            assert_eq!(truth, trace.evaluation().outcome(o, 0));
            assert_eq!(truth, alone.outcome(o, 0), "{} of {h}", plan.outcomes[o].id);
            assert_eq!(all.amount(o, h), alone.amount(o, 0));
        }
        for i in 0..plan.indicators.len() {
            assert_eq!(all.indicator(i, h), alone.indicator(i, 0));
        }
    }
    assert!(seen.iter().all(|n| *n > 20), "not every truth occurs: {seen:?}");
}

#[test]
#[ignore = "a measurement; run with --ignored --nocapture"]
fn speed() {
    let plan = plan();
    let batch = county(&plan, 60_000, 9);
    println!("{} nodes, {} members", plan.nodes.len(), batch.members.offsets[60_000]);
    for threads in [1, 2] {
        let start = Instant::now();
        let all = assess_threaded(&plan, &batch, Mode::Find, threads);
        let took = start.elapsed();
        println!(
            "{threads} threads: {took:?}, {} households/s",
            60_000 * 1_000_000 / took.as_micros().max(1)
        );
        for (o, outcome) in plan.outcomes.iter().enumerate() {
            println!("  {} {:?}", outcome.id, all.counts(o));
        }
    }
    let all = assess(&plan, &batch, Mode::Find);
    let start = Instant::now();
    for h in 0..500 {
        std::hint::black_box(Trace::of(&plan, &batch, h, Mode::Find).evaluation().outcome(0, 0));
    }
    println!("trace: {:?} each", start.elapsed() / 500);
    let open: Vec<usize> = (0..60_000).filter(|h| all.outcome(0, *h) == Truth::Unknown).take(300).collect();
    let traces: Vec<Trace<'_>> = open.iter().map(|h| Trace::of(&plan, &batch, *h, Mode::Find)).collect();
    let start = Instant::now();
    let named: usize = traces.iter().map(|t| doudi_policy::open_facts(t, 0, None).len()).sum();
    println!("open facts: {:?} each, {} on average", start.elapsed() / 300, named / open.len().max(1));
    let start = Instant::now();
    let named: usize = traces.iter().map(|t| doudi_policy::eval::count_open(t, 0, None)).sum();
    println!("count open: {:?} each, {named}", start.elapsed() / 300);
}
