//! One file a command.

mod policy;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Cli, Command};

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Policy(args) => policy::run(args),
        Command::Demo(_) | Command::Synth(_) | Command::Import(_) | Command::Serve(_) => {
            anyhow::bail!("not wired yet")
        }
    }
}
