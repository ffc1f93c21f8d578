//! One file a command.

mod demo;
mod import;
mod policy;
mod serve;
mod synth;

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::cli::{Cli, Command};

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Policy(args) => policy::run(args),
        Command::Synth(args) => synth::run(&args),
        Command::Demo(args) => wait_for(demo::run(args)),
        Command::Import(args) => wait_for(import::run(args)),
        Command::Serve(args) => wait_for(serve::run(args)),
    }
}

fn wait_for<F: Future<Output = Result<ExitCode>>>(work: F) -> Result<ExitCode> {
    tokio::runtime::Runtime::new().context("starting the runtime")?.block_on(work)
}
