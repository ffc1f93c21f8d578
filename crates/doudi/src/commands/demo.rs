//! `doudi demo`: the fictional county from files to leads, told as a story, then served as pages.

mod build;
mod history;
mod office;
mod story;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use doudi_policy::lang::Lang;
use doudi_policy::{Date, Month};

use crate::cli::{DemoArgs, Format};
use crate::commands::{empty_or_new, serve};

/// Month that the demo assesses.
pub(crate) fn period() -> Month {
    Month::of(2024, 6)
}

/// Day on which the demo begins.
pub(crate) fn first_day() -> Date {
    Date::from_ymd(2024, 6, 17).unwrap_or(Date(0))
}

/// 户号 of the family that the front page guides through.
pub(crate) const GUIDED: &str = "990121103001-0482";

/// Day up to which the departments have delivered.
pub(crate) fn data_day() -> Date {
    Date::from_ymd(2024, 5, 31).unwrap_or(Date(0))
}

/// The demo's folder; a temporary one goes when this is dropped.
enum Folder {
    Given(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(dir) => dir.path(),
        }
    }
}

pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    let folder = match &args.dir {
        Some(dir) => Folder::Given(dir.clone()),
        None => Folder::Temporary(tempfile::tempdir().context("making a temporary folder")?),
    };
    empty_or_new(folder.path())?;
    let told = args.format != Format::Json || args.no_serve;
    let built = build::build(folder.path(), &args, lang, told).await?;
    story::tell(&built, lang);
    let last_line = serde_json::to_string(&built.summary)?;
    if args.no_serve {
        if args.format == Format::Json {
            println!("{last_line}");
        }
        built.store.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    let listener = serve::listen(args.port).await?;
    story::links(&built, &format!("http://{}", listener.local_addr()?), lang);
    if args.format == Format::Json {
        println!("{last_line}");
    }
    tokio::select! {
        served = serve::serve(built.store.clone(), listener, lang) => served?,
        _ = tokio::signal::ctrl_c() => {}
    }
    built.store.close().await;
    Ok(ExitCode::SUCCESS)
}
