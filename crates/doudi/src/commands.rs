//! One file a command.

mod audit;
mod backup;
mod check;
mod demo;
mod import;
mod inbox;
mod keys;
mod originals;
mod policy;
mod restore;
mod serve;
mod service;
mod staff;
mod sweep;
mod synth;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_monitoring::contract::Contracts;
use doudi_monitoring::pipeline::PipelineError;
use doudi_policy::Date;
use doudi_policy::lang::Lang;
use doudi_store::audit::By;
use doudi_store::{Keys, Store, StoreError};
use doudi_web::clock::day_in_china;

use crate::cli::{Cli, Command};

pub(crate) use keys::KeysArgs;

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    if !matches!(cli.command, Command::ReadTable { .. }) {
        crate::guarded::install()?;
    }
    match cli.command {
        Command::Policy(args) => policy::run(args),
        Command::Synth(args) => synth::run(&args),
        Command::Demo(args) => wait_for(demo::run(args)),
        Command::Import(args) => wait_for(import::run(args)),
        Command::Sweep(args) => wait_for(sweep::run(args)),
        Command::Serve(args) => wait_for(serve::run(args)),
        Command::Audit(args) => wait_for(audit::run(args)),
        Command::Backup(args) => wait_for(backup::run(args)),
        Command::Restore(args) => wait_for(restore::run(args)),
        Command::Check(args) => wait_for(check::run(args)),
        Command::Keys(args) => wait_for(keys::run(args)),
        Command::Staff(args) => wait_for(staff::run(args)),
        Command::ReadTable { order } => Ok(ExitCode::from(doudi_monitoring::source::guard::serve(&order))),
        Command::Service(args) => wait_for(service::run(args)),
    }
}

fn wait_for<F: Future<Output = Result<ExitCode>>>(work: F) -> Result<ExitCode> {
    tokio::runtime::Runtime::new().context("starting the runtime")?.block_on(work)
}

/// What stopped a step, in one language.
fn told(error: &PipelineError, lang: Lang) -> anyhow::Error {
    let both = error.both();
    anyhow!("{}", lang.pick(&both.zh, &both.en))
}

/// The contracts of the department files.
fn contracts() -> Result<Contracts> {
    Contracts::builtin().map_err(|found| anyhow!(found.iter().map(|p| format!("{p}\n")).collect::<String>()))
}

/// Seconds since 1970 in UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    i64::try_from(since).unwrap_or(i64::MAX)
}

/// The calendar's day in China.
fn this_day() -> Date {
    day_in_china(now())
}

/// The signals that end the program, from the moment that this is made.
struct Stop {
    #[cfg(unix)]
    signals: Vec<(tokio::signal::unix::Signal, u8)>,
}

impl Stop {
    /// Ctrl+C, SIGTERM, and SIGHUP unless whoever started the program has it ignored (`nohup`).
    #[cfg(unix)]
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut signals = Vec::new();
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            if kind != SignalKind::hangup() || hangup_ends() {
                let number = u8::try_from(kind.as_raw_value()).unwrap_or_default();
                signals.push((signal(kind).context("listening to signals")?, number));
            }
        }
        Ok(Self { signals })
    }

    #[cfg(not(unix))]
    fn listen() -> Result<Self> {
        Ok(Self {})
    }

    /// Waits for one of them; gives the exit code that says so.
    #[cfg(unix)]
    async fn come(&mut self) -> u8 {
        let number = std::future::poll_fn(|cx| {
            let mut all = self.signals.iter_mut();
            match all.find_map(|(signal, number)| signal.poll_recv(cx).is_ready().then_some(*number)) {
                Some(number) => std::task::Poll::Ready(number),
                None => std::task::Poll::Pending,
            }
        });
        number.await.saturating_add(128)
    }

    #[cfg(not(unix))]
    async fn come(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    }
}

/// Whether SIGHUP, which is 1, is not ignored; where the system does not tell it is left alone.
#[cfg(unix)]
fn hangup_ends() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 0)
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

/// How long a connection to PostgreSQL may take; the store itself would knock for a minute.
const CONNECT_WITHIN: Duration = Duration::from_secs(8);

/// Whether an address is one of PostgreSQL, not a file.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The file of an SQLite address.
pub(crate) fn sqlite_path(url: &str) -> &str {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
    path.unwrap_or(url).split('?').next().unwrap_or_default()
}

/// Refuses an SQLite database that is not there, where a command only looks: opening would make one.
fn must_exist(url: &str) -> Result<()> {
    let path = sqlite_path(url);
    if !is_postgres(url) && !Path::new(path).is_file() {
        bail!(
            "没有数据库文件 {path}，也没有新建；请核对 --database。\n\
             There is no database file {path}, and none was made; check --database."
        );
    }
    Ok(())
}

/// Opens a database without its keys: for the audit tree and for what is in the clear.
pub(crate) async fn open_closed(url: &str, lang: Lang) -> Result<Store> {
    open_with(url, None, lang).await
}

/// Opens a database for whoever gives the command; PostgreSQL that cannot be reached is said to be so, soon.
pub(crate) async fn open_with(url: &str, keys: Option<Keys>, lang: Lang) -> Result<Store> {
    let told = |e: &StoreError| anyhow!("{}", lang.pick(&e.zh(), &e.en()));
    let opening = async {
        let opened = match keys {
            Some(keys) => Store::open(url, keys).await,
            None => Store::open_closed(url).await,
        };
        opened.map(|store| store.acting_for(By::Operator(crate::operator::name().into())))
    };
    if !is_postgres(url) {
        return opening.await.map_err(|e| told(&e));
    }
    let detail = match tokio::time::timeout(CONNECT_WITHIN, opening).await {
        Ok(Ok(store)) => return Ok(store),
        Ok(Err(StoreError::Database(error))) => error.to_string(),
        Ok(Err(error)) => return Err(told(&error)),
        Err(_) => lang.pick("8 秒内没有连上", "no connection within 8 s").to_owned(),
    };
    let said = lang.pick(
        &format!("连不上 PostgreSQL（{detail}）；请确认数据库正在运行，并核对地址、端口、用户、密码和库名"),
        &format!(
            "PostgreSQL cannot be reached ({detail}); see that it is running, and check address, port, user, password and database name"
        ),
    )
    .to_owned();
    Err(anyhow!(said))
}
