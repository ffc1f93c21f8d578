//! `doudi import originals`, `original`, `hold`, `release`, `purge`: files as they were received, until their days are over.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_monitoring::originals::{Fate, Hold, said};
use doudi_monitoring::pipeline::{self, Folders, Original, Purge};
use doudi_policy::Date;
use doudi_policy::lang::Lang;
use doudi_store::Store;

use super::{contracts, this_day, told};
use crate::keys::new_file;
use crate::say::{aside, say};

/// The day that is given, else the day that a demonstration plays, else today.
async fn day(store: &Store, given: Option<String>, lang: Lang) -> Result<Date> {
    match given {
        Some(text) => text
            .trim()
            .parse()
            .map_err(|bad: doudi_policy::value::BadValue| anyhow!("{}", lang.pick(&bad.zh, &bad.en))),
        None => {
            let played = store.demo_today().await.map_err(|e| anyhow!("{}", lang.pick(&e.zh(), &e.en())))?;
            Ok(played.unwrap_or_else(this_day))
        }
    }
}

/// Lists the originals of all deliveries.
pub(super) async fn list(
    store: &Store,
    folders: &Folders,
    on: Option<String>,
    lang: Lang,
) -> Result<ExitCode> {
    let today = day(store, on, lang).await?;
    let all = pipeline::originals(store, folders, &contracts()?, today).await.map_err(|e| told(&e, lang))?;
    if all.is_empty() {
        say!("{}", lang.pick("还没有接收过部门文件。", "No file of a department was accepted yet."))?;
    }
    for original in &all {
        line(original, "", lang)?;
    }
    for digest in pipeline::stray_originals(store, folders).await.map_err(|e| told(&e, lang))? {
        say!("-\t{digest}\t-\t{}", stray(lang))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn stray(lang: Lang) -> &'static str {
    lang.pick(
        "这个数据库没有用它的交付（导入中断，或数据文件夹是别的库的）；确认后用 doudi import purge --strays 销毁",
        "no delivery of this database is of it (an import was cut off, or the folder is another database's); once that is settled, doudi import purge --strays destroys it",
    )
}

fn line(original: &Original, before: &str, lang: Lang) -> Result<()> {
    let received = &original.received;
    let fate = said(&original.fate);
    let mut text = lang.pick(&fate.zh, &fate.en).to_owned();
    if let (Some(reason), false) = (&original.held, matches!(original.fate, Fate::Held(..) | Fate::Gone)) {
        text.push_str(lang.pick("；已留存：", "; held: "));
        text.push_str(reason);
    }
    say!("{before}{}\t{}\t{}\t{text}", received.feed, received.digest, received.on)
}

/// Writes one out into a new file that only its owner may read.
pub(super) async fn write(
    store: &Store,
    folders: &Folders,
    digest: &str,
    out: &Path,
    lang: Lang,
) -> Result<ExitCode> {
    // Before anything is on record: a file that cannot be written is not looked at.
    if out.exists() {
        let said = lang.pick("已存在，不会覆盖", "is there already and is not written over");
        bail!("{} {said}", out.display());
    }
    let opened = pipeline::open_original(store, folders, digest).await;
    let (digest, plain) = opened.map_err(|e| told(&e, lang))?;
    let written = new_file(out).and_then(|mut file| {
        file.write_all(plain.expose())?;
        file.sync_all()
    });
    written.with_context(|| out.display().to_string())?;
    say!(
        "{}",
        lang.pick(
            &format!("{} 与登记的摘要 {digest} 一致。里面是个人信息：用完请删除", out.display()),
            &format!(
                "{} fits the recorded digest {digest}. Personal data are in it: delete it when done",
                out.display()
            ),
        )
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Keeps one beyond its days.
pub(super) async fn hold(
    store: &Store,
    folders: &Folders,
    digest: &str,
    reason: String,
    lang: Lang,
) -> Result<ExitCode> {
    let hold = Hold { reason, since: day(store, None, lang).await? };
    let held = pipeline::hold_original(store, folders, digest, &hold).await;
    let digest = held.map_err(|e| told(&e, lang))?;
    let text = lang.pick(
        "已留存，期满也不销毁，直到 doudi import release",
        "held: it stays beyond its days, until doudi import release",
    );
    say!("{digest} {text}")?;
    Ok(ExitCode::SUCCESS)
}

/// Lets its days count again.
pub(super) async fn release(store: &Store, folders: &Folders, digest: &str, lang: Lang) -> Result<ExitCode> {
    let digest = pipeline::release_original(store, folders, digest).await.map_err(|e| told(&e, lang))?;
    say!("{digest} {}", lang.pick("已解除留存", "is held no longer"))?;
    Ok(ExitCode::SUCCESS)
}

/// Destroys what is due.
pub(super) async fn purge(
    store: &Store,
    folders: &Folders,
    on: Option<String>,
    strays: bool,
    lang: Lang,
) -> Result<ExitCode> {
    let now = day(store, None, lang).await?;
    let today = match on {
        None => now,
        given => day(store, given, lang).await?,
    };
    // A made-up county may play a day to come.
    let played = store.is_fictional().await.map_err(|e| anyhow!("{}", lang.pick(&e.zh(), &e.en())))?;
    if today > now && !played {
        bail!(
            "{}",
            lang.pick(
                &format!("{today} 还没有到（今天是 {now}），没有销毁任何原件；要看到那天会销毁什么，用 doudi import originals --on {today}"),
                &format!("{today} has not come (today is {now}), and nothing was destroyed; doudi import originals --on {today} lists what would be due then")
            )
        );
    }
    let done = pipeline::purge_originals(store, folders, &contracts()?, today, strays).await;
    let lines = done.map_err(|e| told(&e, lang))?;
    let (mut destroyed, mut failed) = (0_usize, 0_usize);
    for Purge { digest, original, destroyed: gone, failed: why } in &lines {
        destroyed += usize::from(*gone);
        failed += usize::from(why.is_some());
        let word = if *gone { lang.pick("销毁", "destroyed") } else { lang.pick("保留", "left") };
        match original {
            Some(original) => line(original, &format!("{word}\t"), lang)?,
            None => say!("{word}\t-\t{digest}\t-\t{}", stray(lang))?,
        }
        if let Some(why) = why {
            aside!("✗ {digest}: {}", lang.pick(&why.zh, &why.en));
        }
    }
    let left = lines.len().saturating_sub(destroyed);
    say!(
        "{}",
        lang.pick(
            &format!("按 {today}：销毁 {destroyed} 份原件，保留 {left} 份"),
            &format!("as of {today}: {destroyed} originals destroyed, {left} left")
        )
    )?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
