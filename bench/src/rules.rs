//! 规则引擎比较: B1 by doudi.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use doudi_policy::column::{Batch, Data, State};
use doudi_policy::eval::Evaluation;
use doudi_policy::plan::Plan;
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

    /// The numbers as the other engines report them.
    fn rows(&self) -> [(usize, usize, i64); 3] {
        self.outcomes.map(|(met, unknown, due)| (met, unknown, i64::try_from(due).unwrap_or(i64::MAX)))
    }

    pub(crate) fn add(mut self, other: Self) -> Self {
        for (a, b) in self.outcomes.iter_mut().zip(other.outcomes) {
            *a = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
        }
        self
    }
}

pub(crate) fn measure(households: usize, out: Option<&str>) -> Result<()> {
    let plan = b1::plan()?;
    let mut batch = b1::households(0, households);
    let members = batch.members.offsets.last().map_or(0, |m| *m as usize);
    println!("B1: {households} households, {members} persons, seed {}, {} nodes", b1::SEED, plan.nodes.len());
    let with_gaps = timed(&plan, &batch, members)?;
    if let Some(folder) = out.map(Path::new) {
        write_columns(&batch, folder)?;
        if let Some(wage) = batch.members.columns.get_mut("wage") {
            if let Data::Number(values) = &mut wage.data {
                for (value, _) in values.iter_mut().zip(&wage.state).filter(|(_, s)| **s != State::Known) {
                    *value = 0;
                }
            }
            wage.state.fill(State::Known);
        }
        println!("the same with a missing wage as zero, for engines that know no gaps:");
        let as_zero = timed(&plan, &batch, members)?;
        let text = serde_json::json!({ "with_gaps": with_gaps.rows(), "gaps_as_zero": as_zero.rows() });
        std::fs::write(folder.join("totals.json"), text.to_string())?;
    }
    Ok(())
}

/// The kernel counts the time of threads that have ended in steps of 10 ms: less than this in five runs tells nothing.
const LEAST_WORK: Duration = Duration::from_millis(200);

/// One and two threads, best of five, all with the same totals.
fn timed(plan: &Plan, batch: &Batch, members: usize) -> Result<Totals> {
    let mut first = None;
    for threads in [1, 2] {
        let (mut best, mut work) = (u128::MAX, Duration::ZERO);
        for _ in 0..5 {
            let watch = Watch::start();
            let done = sweep(plan, batch, Mode::Decide, threads, |_, all| Totals::of(all));
            best = best.min(watch.took().as_micros());
            work += watch.processor();
            let totals = done.into_iter().fold(Totals::default(), Totals::add);
            ensure!(*first.get_or_insert(totals) == totals, "the totals depend on the number of threads");
        }
        let rate = members as u128 * 1000 / best.max(1);
        print!("doudi, {threads} thread(s): best of 5 {best} µs, {rate} thousand persons/s");
        match work >= LEAST_WORK {
            true => println!("; of processor on average {} µs", work.as_micros() / 5),
            false => println!(),
        }
    }
    let totals = first.unwrap_or_default();
    println!("  {totals:?}");
    Ok(totals)
}

/// The columns as other engines read them: little-endian, one file each.
fn write_columns(batch: &Batch, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let longs = |name: &str, values: &mut dyn Iterator<Item = i64>| {
        let bytes: Vec<u8> = values.flat_map(i64::to_le_bytes).collect();
        std::fs::write(folder.join(format!("{name}.bin")), bytes)
    };
    let offsets: Vec<u8> = batch.members.offsets.iter().flat_map(|o| o.to_le_bytes()).collect();
    std::fs::write(folder.join("offsets.bin"), offsets)?;
    longs("county", &mut batch.division.iter().map(|d| i64::from(*d)))?;
    let standards = (0..b1::COUNTIES).flat_map(|c| [b1::standard(c, 0), b1::standard(c, 1)]);
    longs("standard", &mut standards.map(|fen| i64::try_from(fen).unwrap_or(0)))?;
    for (id, column) in batch.columns.iter().chain(&batch.members.columns) {
        match &column.data {
            Data::Number(values) => longs(id, &mut values.iter().copied())?,
            Data::Enum(values) => longs(id, &mut values.iter().map(|v| i64::from(*v)))?,
            Data::Bool(values) => longs(id, &mut values.iter().map(|v| i64::from(*v)))?,
        }
        if id == "wage" {
            let missing: Vec<u8> = column.state.iter().map(|s| u8::from(*s != State::Known)).collect();
            std::fs::write(folder.join("wage_missing.bin"), missing)?;
        }
    }
    Ok(())
}
