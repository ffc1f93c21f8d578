//! `doudi`: the program. It composes the crates and holds no rule of its own.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod audit_export;
mod audit_log;
mod bundled;
mod cli;
mod commands;
mod folder;
mod guarded;
mod keys;
mod law;
mod operator;
mod panic;
mod say;
mod sealed_file;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    panic::hush();
    doudi_monitoring::source::guard::leave_no_core();
    let cli = cli::Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(problem) if problem.is::<say::Gone>() => ExitCode::SUCCESS,
        Err(problem) => {
            say::aside!("{}", say::problem(&problem));
            ExitCode::FAILURE
        }
    }
}
