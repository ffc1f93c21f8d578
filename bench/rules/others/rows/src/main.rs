//! B1 on engines that evaluate row by row or are written in Rust, over the very columns that doudi was given.
//!
//! ```sh
//! cargo run --release -- FOLDER [cel|axiom]
//! ```
//!
//! FOLDER holds what `cargo xtask bench rules N FOLDER` wrote. Every engine must return the same integers. Prints one
//! line of JSON for each engine and form, best of three on one thread. Building the engines' own form of the columns is
//! not timed.

mod axiom;
mod by_cel;
mod columns;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use columns::{Columns, Totals};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().context("FOLDER with the columns")?;
    let wanted = args.next();
    let columns = Columns::read(folder.as_ref())?;
    if wanted.as_deref().is_none_or(|name| name == "cel") {
        by_cel::run(&columns)?;
    }
    if wanted.as_deref().is_none_or(|name| name == "axiom") {
        axiom::run(&columns)?;
    }
    Ok(())
}

/// Times an engine, checks its totals and prints its line.
fn report(
    columns: &Columns,
    engine: &str,
    form: &str,
    note: &str,
    expected: Totals,
    mut once: impl FnMut() -> Result<(Totals, Took)>,
) -> Result<()> {
    let (mut best, mut work) = (Duration::MAX, Duration::MAX);
    for _ in 0..3 {
        let (totals, took) = once()?;
        ensure!(totals == expected, "{engine} {form}: {totals:?}, expected {expected:?}");
        best = best.min(took.clock);
        work = work.min(took.processor);
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let line = serde_json::json!({
        "engine": engine,
        "form": form,
        "threads": 1,
        "persons": columns.persons(),
        "best_ms": best.as_micros() as f64 / 1000.0,
        "processor_ms": work.as_micros() as f64 / 1000.0,
        "thousand_persons_s": columns.persons() as u128 * 1_000 / best.as_micros().max(1),
        "load": load.split(' ').next(),
        "note": note,
    });
    println!("{line}");
    Ok(())
}

/// Time on the clock, and that of this thread on the processor, which a busy machine hardly changes.
struct Took {
    clock: Duration,
    processor: Duration,
}

struct Watch(Instant, Duration);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), processor())
    }

    fn took(&self) -> Took {
        Took { clock: self.0.elapsed(), processor: processor().saturating_sub(self.1) }
    }
}

fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0))
}
