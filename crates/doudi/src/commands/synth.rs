//! `doudi synth`: the fictional county as files.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use doudi_policy::lang::Lang;
use doudi_synth::{ByTheLaw, Config};

use crate::cli::SynthArgs;
use crate::say::say;
use crate::{bundled, law};

pub(crate) fn run(args: &SynthArgs) -> Result<ExitCode> {
    super::empty_or_new(&args.out)?;
    let files = bundled::policies(None)?;
    let book = law::book(&files, Lang::En)?;
    let truth =
        ByTheLaw::new(&book, super::demo::period(), super::demo::first_day()).map_err(|e| anyhow!("{e}"))?;
    let config =
        Config { take_up: args.take_up, ..Config::new(args.seed, args.households, args.out.clone()) };
    let report = doudi_synth::generate(&config, &truth)?;
    say!("{}", serde_json::to_string_pretty(&report)?)?;
    Ok(ExitCode::SUCCESS)
}
