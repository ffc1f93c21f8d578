//! `doudi`: the program. It composes the crates and holds no rule of its own.

mod bundled;
mod cli;
mod commands;
mod folder;
mod law;
mod say;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("{}", say::problem(&problem));
            ExitCode::FAILURE
        }
    }
}
