//! One file a command.

mod demo;
mod import;
mod policy;
mod serve;
mod synth;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

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

/// A folder that holds something is not overwritten.
fn empty_or_new(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("建不了文件夹 {} / cannot make this folder", folder.display()))?;
    let mut entries = std::fs::read_dir(folder)?;
    if entries.next().is_some() {
        bail!(
            "{0} 里已有文件，不会覆盖；请换一个空文件夹。/ {0} is not empty, and nothing is overwritten. Name an empty folder.",
            folder.display()
        );
    }
    Ok(())
}
