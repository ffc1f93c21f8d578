//! `doudi demo`: the fictional county from files to leads, told as a story, then served as pages.

mod build;
mod history;
mod long_ago;
mod office;
mod story;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use doudi_policy::lang::Lang;
use doudi_policy::{Date, Month};
use doudi_store::Store;
use tokio::net::TcpListener;

use crate::audit_log::AuditLog;
use crate::cli::{DemoArgs, Format};
use crate::commands::{Stop, empty_or_new, serve};
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

    /// While the county is built the thread has no time for signals: another one removes the temporary folder then,
    /// and ends the program.
    fn goes_when_stopped(&self, mut stop: Stop) -> tokio::task::JoinHandle<()> {
        let temporary = match self {
            Self::Given(_) => None,
            Self::Temporary(dir) => Some(dir.path().to_owned()),
        };
        tokio::spawn(async move {
            let code = stop.come().await;
            if let Some(path) = temporary {
                // The build may be writing a file at this moment.
                for _ in 0..50 {
                    if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
            std::process::exit(i32::from(code));
        })
    }
}

pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    let (building, serving) = (Stop::listen()?, Stop::listen()?);
    let folder = match &args.dir {
        Some(dir) => Folder::Given(dir.clone()),
        None => Folder::Temporary(tempfile::tempdir().context("making a temporary folder")?),
    };
    let stopped = folder.goes_when_stopped(building);
    empty_or_new(folder.path())?;
    let listener = match args.no_serve {
        true => None,
        false => Some(serve::listen(args.port).await?),
    };
    let store = build::open(folder.path(), &args, lang).await?;
    let told = tell_and_serve(&store, folder.path(), &args, listener, (stopped, serving)).await;
    store.close().await;
    told.map(|()| ExitCode::SUCCESS)
}

/// Builds the county in an empty store, tells its story, and serves it where somebody is to listen.
async fn tell_and_serve(
    store: &Store,
    folder: &Path,
    args: &DemoArgs,
    listener: Option<TcpListener>,
    (stopped, mut serving): (tokio::task::JoinHandle<()>, Stop),
) -> Result<()> {
    let lang = Lang::from(args.lang);
    let told = args.format != Format::Json || args.no_serve;
    let built = build::build(store.clone(), folder, args, lang, told).await?;
    stopped.abort();
    story::tell(&built, lang)?;
    let last_line = serde_json::to_string(&built.summary)?;
    let Some(listener) = listener else {
        if args.format == Format::Json {
            say!("{last_line}")?;
        }
        return Ok(());
    };
    story::links(&built, &format!("http://{}", listener.local_addr()?), lang)?;
    if args.format == Format::Json {
        say!("{last_line}")?;
    }
    let key = folder.join("doudi.db.audit-key");
    let log = AuditLog::open("", Some(&key), lang)?;
    tokio::select! {
        () = log.keep_growing(store, lang) => {}
        served = serve::serve(built.store.clone(), listener, (&built.files, built.book), lang) => served?,
        _ = serving.come() => {}
    }
    Ok(())
}
