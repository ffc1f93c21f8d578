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
use crate::say::say;

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

/// Exit code of a program that was stopped with Ctrl+C.
const STOPPED: i32 = 130;

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

    /// While the county is built nothing else listens to Ctrl+C: the temporary folder is removed then, and the
    /// program ends as if nobody had caught the signal.
    fn goes_when_stopped(&self) -> Option<tokio::task::JoinHandle<()>> {
        let Self::Temporary(dir) = self else {
            return None;
        };
        let path = dir.path().to_owned();
        Some(tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            // The build may be writing a file at this moment.
            for _ in 0..50 {
                if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            std::process::exit(STOPPED);
        }))
    }
}

pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    let folder = match &args.dir {
        Some(dir) => Folder::Given(dir.clone()),
        None => Folder::Temporary(tempfile::tempdir().context("making a temporary folder")?),
    };
    empty_or_new(folder.path())?;
    let listener = match args.no_serve {
        true => None,
        false => Some(serve::listen(args.port).await?),
    };
    let store = build::open(folder.path(), &args, lang).await?;
    let told = args.format != Format::Json || args.no_serve;
    let stopped = folder.goes_when_stopped();
    let built = build::build(store, folder.path(), &args, lang, told).await?;
    if let Some(stopped) = stopped {
        stopped.abort();
    }
    story::tell(&built, lang)?;
    let last_line = serde_json::to_string(&built.summary)?;
    let Some(listener) = listener else {
        if args.format == Format::Json {
            say!("{last_line}")?;
        }
        built.store.close().await;
        return Ok(ExitCode::SUCCESS);
    };
    story::links(&built, &format!("http://{}", listener.local_addr()?), lang)?;
    if args.format == Format::Json {
        say!("{last_line}")?;
    }
    tokio::select! {
        served = serve::serve(built.store.clone(), listener, lang) => served?,
        _ = tokio::signal::ctrl_c() => {}
    }
    built.store.close().await;
    Ok(ExitCode::SUCCESS)
}
