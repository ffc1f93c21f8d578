//! The only task runner. `cargo xtask test` does everything that continuous integration does.

mod run;
mod setup;
mod suite;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask setup   install what the tests need (PostgreSQL, Chromium, a CJK font, npm packages)
cargo xtask test    setup, format, lints, every test, every golden household, the browser journeys
cargo xtask quick   the tests that need neither a database server nor a browser";

fn main() -> Result<()> {
    let task = std::env::args().nth(1).unwrap_or_default();
    match task.as_str() {
        "setup" => setup::setup(),
        "test" => suite::full(),
        "quick" => suite::quick(),
        "" | "help" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("no task `{other}`\n{HELP}"),
    }
}
