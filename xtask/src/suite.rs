//! The test suite in the order in which a mistake is cheapest to learn.

use anyhow::Result;

use crate::run::run;
use crate::setup::setup;
use crate::{HOUSEHOLDS, interface, openfisca};

/// Everything. One build profile serves the program and its tests.
pub(crate) fn full() -> Result<()> {
    setup()?;
    run("", "cargo", &["fmt", "--all", "--check"])?;
    run("", "cargo", &["build", "--release", "--workspace"])?;
    run("", "cargo", &["run", "--quiet", "--release", "--", "policy", "check"])?;
    run("", "cargo", &["run", "--quiet", "--release", "--", "policy", "test"])?;
    openfisca::compare(HOUSEHOLDS)?;
    run("", "cargo", &["test", "--release", "--workspace"])?;
    run("", "cargo", &["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    interface::attack()?;
    run("e2e", "npm", &["test"])
}

/// What needs neither a database server nor a browser.
pub(crate) fn quick() -> Result<()> {
    run("", "cargo", &["fmt", "--all", "--check"])?;
    run("", "cargo", &["test", "--release", "--package", "doudi-policy", "--package", "doudi-casework"])?;
    run("", "cargo", &["test", "--release", "--package", "doudi-payment", "--package", "doudi-registry"])?;
    run("", "cargo", &["test", "--release", "--package", "doudi-access"])
}
