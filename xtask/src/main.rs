//! The only task runner. `cargo xtask test` does everything that continuous integration does.

mod interface;
mod openfisca;
mod run;
mod setup;
mod suite;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask setup   install what the tests need (PostgreSQL, Chromium, a CJK font, npm packages)
cargo xtask test    setup, format, lints, every test, every golden household, OpenFisca, the interface, the browser journeys
cargo xtask quick   the tests that need neither a database server nor a browser
cargo xtask interface   schemathesis against the interface of departments, at most two minutes
cargo xtask openfisca [HOUSEHOLDS]  doudi against the same law written for OpenFisca
cargo xtask bench   measurements, each with a check that the results are equal: `access`, `pages`, `cases`, `book`, `sweep`, `rules`, `nation`, `simulate`, `bulk`, `audit`, `mutants`, `hostile`";

/// How many households both sides compute.
const HOUSEHOLDS: &str = "200000";

fn main() -> Result<()> {
    let task = std::env::args().nth(1).unwrap_or_default();
    match task.as_str() {
        "setup" => setup::setup(),
        "test" => suite::full(),
        "quick" => suite::quick(),
        "interface" => interface::attack(),
        "openfisca" => openfisca::compare(&std::env::args().nth(2).unwrap_or(HOUSEHOLDS.to_owned())),
        "bench" => bench(std::env::args().skip(2)),
        "" | "help" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("no task `{other}`\n{HELP}"),
    }
}

fn bench(args: impl Iterator<Item = String>) -> Result<()> {
    let args: Vec<String> = args.collect();
    if args.first().is_some_and(|what| what == "hostile" || what == "pages") {
        run::run("", "cargo", &["build", "--quiet", "--release"])?;
    }
    let mut all = vec!["run", "--quiet", "--release", "--package", "doudi-bench", "--"];
    all.extend(args.iter().map(String::as_str));
    run::run("", "cargo", &all)
}
