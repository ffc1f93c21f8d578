//! `doudi import …`: registers, department files, the list of divisions.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use doudi_monitoring::contract::Vocabulary;
use doudi_monitoring::import::{Answer, Counts, ReasonCount, Verdict};
use doudi_monitoring::pipeline::{self, FeedOutcome, FeedReport, Folders, Receipt};
use doudi_monitoring::problem::unreadable;
use doudi_monitoring::source::read_file;
use doudi_policy::Month;
use doudi_policy::lang::Lang;
use doudi_store::Store;

use super::{originals, this_day, told};
use crate::cli::{ImportArgs, ImportCommand};
use crate::law;
use crate::say::{grouped, say};

pub(crate) async fn run(args: ImportArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    // What looks after files that were received makes no database.
    if !matches!(
        args.command,
        ImportCommand::Divisions { .. } | ImportCommand::Registers { .. } | ImportCommand::Feed { .. }
    ) {
        super::must_exist(&args.database)?;
    }
    let store = args.keys.open(&args.database, lang).await?;
    let done = import(&store, args.command, (args.data, args.policies.as_deref()), lang).await;
    store.close().await;
    done
}

async fn import(
    store: &Store,
    command: ImportCommand,
    (data, policies): (PathBuf, Option<&Path>),
    lang: Lang,
) -> Result<ExitCode> {
    match command {
        ImportCommand::Divisions { path } => divisions(store, &path, lang).await,
        ImportCommand::Registers { path } => {
            let day = super::demo::data_day();
            let today = this_day().max(day);
            let (_, book) = law::packages(policies, lang)?;
            let vocabulary = Vocabulary { facts: book.facts(), enums: book.enums() };
            let (reports, _) = pipeline::import_registers(store, &path, vocabulary, day, today)
                .await
                .map_err(|e| told(&e, lang))?;
            for report in reports {
                print_counts(&report.file, report.counts, &report.reasons, lang)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        ImportCommand::Feed { file, feed, period, accept, despite_quality } => {
            let answer = match (accept, despite_quality) {
                (false, _) => Answer::Look,
                (true, false) => Answer::GoodRows,
                (true, true) => Answer::DespiteHolds,
            };
            let folders = Folders { data };
            import_feed(store, &folders, &file, feed, period, answer, lang).await
        }
        ImportCommand::Originals { on } => originals::list(store, &Folders { data }, on, lang).await,
        ImportCommand::Original { digest, out } => {
            originals::write(store, &Folders { data }, &digest, &out, lang).await
        }
        ImportCommand::Hold { digest, reason } => {
            originals::hold(store, &Folders { data }, &digest, reason, lang).await
        }
        ImportCommand::Release { digest } => {
            originals::release(store, &Folders { data }, &digest, lang).await
        }
        ImportCommand::Purge { on, strays } => {
            originals::purge(store, &Folders { data }, on, strays, lang).await
        }
        ImportCommand::Inbox { id, accept, despite_quality, reject } => {
            let answer = match (accept, despite_quality) {
                (false, _) => Answer::Look,
                (true, false) => Answer::GoodRows,
                (true, true) => Answer::DespiteHolds,
            };
            let folders = Folders { data };
            match id {
                None => super::inbox::list(store, lang).await,
                Some(id) => super::inbox::one(store, &folders, id, answer, reject, lang).await,
            }
        }
    }
}

fn read(path: &Path, lang: Lang) -> Result<Vec<u8>> {
    read_file(path).map_err(|error| {
        let both = unreadable(path, &error);
        anyhow!("{}", lang.pick(&both.zh, &both.en))
    })
}

async fn divisions(store: &Store, path: &Path, lang: Lang) -> Result<ExitCode> {
    let started = Instant::now();
    let mut files = Vec::new();
    let mut take = |path: &Path| -> Result<()> {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        files.push((name, read(path, lang)?));
        Ok(())
    };
    if path.is_dir() {
        for name in ["provinces.csv", "cities.csv", "areas.csv", "streets.csv", "villages.csv"] {
            let file = path.join(name);
            if file.is_file() {
                take(&file)?;
            }
        }
    } else {
        take(path)?;
    }
    if files.is_empty() {
        let path = path.display();
        bail!("{}", lang.pick(
            &format!("{path} 里没有区划文件；请给出有 provinces.csv … villages.csv 的文件夹，或其中一个文件"),
            &format!("there is no list of divisions in {path}; name a folder with provinces.csv … villages.csv, or one of these files"),
        ));
    }
    let reports = pipeline::import_division_files(store, &files).await.map_err(|e| told(&e, lang))?;
    for report in reports {
        print_counts(&report.file, report.counts, &report.reasons, lang)?;
    }
    for (level, count) in store.division_counts().await.map_err(|e| anyhow!("{e}"))? {
        let name = match level {
            1 => ("省级", "provinces"),
            2 => ("地级", "cities"),
            3 => ("县级", "counties"),
            4 => ("乡级", "townships"),
            _ => ("村级", "villages"),
        };
        let count = grouped(usize::try_from(count).unwrap_or_default());
        say!("{:>9} {}", count, lang.pick(name.0, name.1))?;
    }
    say!("{} ms", started.elapsed().as_millis())?;
    Ok(ExitCode::SUCCESS)
}

async fn import_feed(
    store: &Store,
    folders: &Folders,
    file: &Path,
    feed: Option<String>,
    period: Option<String>,
    answer: Answer,
    lang: Lang,
) -> Result<ExitCode> {
    let shown = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = match feed {
        Some(feed) if !shown.starts_with(&feed) => format!("{feed}_{shown}"),
        _ => shown.clone(),
    };
    let period: Month = match period.or_else(|| month_in(&name)) {
        Some(text) => text.parse::<Month>().map_err(|bad| anyhow!("{}", lang.pick(&bad.zh, &bad.en)))?,
        None => bail!(
            "{}",
            lang.pick(
                &format!("从文件名“{shown}”看不出月份；用 --period 2024-05 指明"),
                &format!("the name `{shown}` names no month; give it with --period 2024-05"),
            )
        ),
    };
    let bytes = read(file, lang)?;
    let outcome = preview(store, folders, name, bytes, period, answer, lang).await?;
    let report = outcome.map_err(|e| told(&e, lang))?;
    print_report(&report, lang)?;
    say!("{}", next_step(&report, lang))?;
    let kept = report.delivery.is_some();
    let failed = !kept && (answer != Answer::Look || report.verdict == Verdict::NoGoodRow);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Previews a file of a feed, and keeps its good rows where the answer says so.
pub(super) async fn preview(
    store: &Store,
    folders: &Folders,
    name: String,
    bytes: Vec<u8>,
    period: Month,
    answer: Answer,
    lang: Lang,
) -> Result<FeedOutcome> {
    let contracts = super::contracts()?;
    let as_of = period.last_day();
    // Rows are matched against the register of the day of receipt, also those of an older period.
    let played = store.demo_today().await.map_err(|e| anyhow!("{e}"))?;
    let today = played.unwrap_or_else(this_day);
    let here =
        pipeline::load_county(store, played.unwrap_or(as_of).max(as_of)).await.map_err(|e| told(&e, lang))?;
    let outcomes = pipeline::import_feed_files(
        store,
        folders,
        &contracts,
        &here.register,
        vec![(name, bytes)],
        Receipt { period, as_of, received_on: today, answer, by: None },
    )
    .await
    .map_err(|e| told(&e, lang))?;
    outcomes.into_iter().next().ok_or_else(|| anyhow!("no outcome"))
}

/// Counts, reasons and broken quality rules.
pub(super) fn print_report(report: &FeedReport, lang: Lang) -> Result<()> {
    print_counts(&report.file, report.counts, &report.reasons, lang)?;
    for hold in &report.holds {
        say!("  ! {}", lang.pick(&hold.text.zh, &hold.text.en))?;
    }
    Ok(())
}

/// What became of a file, and what to do.
pub(super) fn next_step(report: &FeedReport, lang: Lang) -> &'static str {
    match (report.delivery.is_some(), report.verdict) {
        (true, _) => lang.pick("已保留可用的行。", "The good rows are kept."),
        (false, Verdict::NoGoodRow) => lang.pick(
            "没有一行可用，没有保留任何数据。请来源部门按以上原因更正后重新导出，再导入。",
            "Not one row is good and nothing was kept. Have the source department mend what stands above and export it again, then import that file.",
        ),
        (false, Verdict::Held) => lang.pick(
            "没有保留任何数据。核实上面的质量问题后，加 --accept --despite-quality 保留可用的行。",
            "Nothing was kept. Settle the quality question above, then add --accept --despite-quality to keep the good rows.",
        ),
        (false, Verdict::Clean | Verdict::Partly) => lang.pick(
            "这是预览，没有保留任何数据。看过以上预览后，加 --accept 保留可用的行。",
            "This is a preview and nothing was kept. Read it, then add --accept to keep the good rows.",
        ),
    }
}

/// `2024-05` in `disability_2024-05.csv`.
fn month_in(name: &str) -> Option<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let tail = stem.rsplit_once('_').map_or(stem, |(_, tail)| tail);
    tail.parse::<Month>().ok().map(|month| month.to_string())
}

/// One file's counts with the reasons below.
pub(crate) fn print_counts(file: &str, counts: Counts, reasons: &[ReasonCount], lang: Lang) -> Result<()> {
    let (rows, good) = (grouped(counts.rows), grouped(counts.accepted));
    let (aside, again) = (grouped(counts.quarantined), grouped(counts.duplicates));
    match lang {
        Lang::Zh => say!("{file}: {rows} 行 = 可用 {good} + 放在一边 {aside} + 重复 {again}"),
        Lang::En => say!("{file}: {rows} rows = {good} good + {aside} set aside + {again} repeated"),
    }?;
    for reason in reasons {
        let lines: Vec<String> = reason.lines.iter().map(ToString::to_string).collect();
        let what = reason.said();
        let (what, cure) = (lang.pick(&what.zh, &what.en), lang.pick(&reason.cure.zh, &reason.cure.en));
        let at = lang.pick("行", "lines");
        say!("  {:>7}  {what}; {cure} ({at} {})", grouped(reason.rows), lines.join(", "))?;
    }
    Ok(())
}
