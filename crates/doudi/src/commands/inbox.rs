//! `doudi import inbox`: what departments sent through the interface. A person previews it and accepts or rejects it; the
//! sender is told counts and reasons, and never what stands in a row.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use doudi_monitoring::contract::Format;
use doudi_monitoring::import::{Answer, Counts, ReasonCount};
use doudi_monitoring::pipeline::{FeedReport, Folders, PipelineError};
use doudi_monitoring::problem::Both;
use doudi_policy::lang::Lang;
use doudi_registry::DeliveryId;
use doudi_store::inbox::{InboxCounts, InboxItem, InboxReason, InboxState, Settled};
use doudi_store::{Store, StoreError};
use doudi_web::clock::day_in_china;

use super::import::{next_step, preview, print_report};
use super::{now, told};
use crate::cli::RejectWord;
use crate::say::say;

/// Lists what waits.
pub(super) async fn list(store: &Store, lang: Lang) -> Result<ExitCode> {
    let waiting = store.inbox_waiting().await.map_err(|e| said(&e, lang))?;
    if waiting.is_empty() {
        say!("{}", lang.pick("没有待处理的文件。", "Nothing waits."))?;
    }
    for item in &waiting {
        let InboxItem { id, feed, period, division, service_name, size, .. } = item;
        let day = day_in_china(item.received_at);
        say!("{id}\t{feed}\t{period}\t{division}\t{service_name}\t{size} B\t{day}")?;
    }
    if !waiting.is_empty() {
        let text = lang.pick("逐份预览：doudi import inbox 编号", "preview one: doudi import inbox NUMBER");
        say!("{text}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Previews a file, and settles it where the operator says so.
pub(super) async fn one(
    store: &Store,
    folders: &Folders,
    id: i64,
    answer: Answer,
    reject: Option<RejectWord>,
    lang: Lang,
) -> Result<ExitCode> {
    let item = store.inbox_item(id).await.map_err(|e| said(&e, lang))?;
    let Some(item) = item else {
        bail!(
            "{}",
            lang.pick(
                "收件箱里没有这个编号；doudi import inbox 列出待处理的文件",
                "the inbox has no such number; doudi import inbox lists what waits"
            )
        );
    };
    if item.state != InboxState::Waiting {
        bail!(
            "{}",
            lang.pick("这份文件已经处理过，原件已销毁", "it was settled before, and its bytes are destroyed")
        );
    }
    // The rows were kept, and then the program ended before the receipt was written; or the file came another way, too.
    let before = store.delivery_by_digest(&item.digest).await.map_err(|e| said(&e, lang))?;
    if let Some(kept) = before.filter(|d| d.feed == item.feed && d.period == item.period) {
        if answer == Answer::Look && reject.is_none() {
            return told_and(
                lang,
                "同一份文件已经接收；加 --accept 写好回执。",
                "The same file is accepted already; --accept writes the receipt.",
            );
        }
        if reject.is_none() {
            let counts = InboxCounts {
                rows: kept.rows,
                accepted: kept.accepted,
                quarantined: kept.rows.saturating_sub(kept.accepted),
                repeated: 0,
            };
            settle(store, id, Some(kept.id), Some(counts), Vec::new(), lang).await?;
            return told_and(
                lang,
                "同一份文件已经接收，回执已写好。",
                "The same file was accepted already; its receipt is written.",
            );
        }
    }
    let content = store.inbox_content(&item).await.map_err(|e| said(&e, lang))?;
    let workbook = super::contracts()?.get(&item.feed).is_some_and(|c| c.format == Format::Xlsx);
    let name = format!("{}_{}.{}", item.feed, item.period, if workbook { "xlsx" } else { "csv" });
    let answer = if reject.is_some() { Answer::Look } else { answer };
    let outcome = preview(store, folders, name, content, item.period, answer, lang).await?;
    if let Some(word) = reject {
        return rejected(store, id, word, outcome, lang).await;
    }
    let report = match outcome {
        Ok(report) => report,
        Err(problem) => {
            let hint = lang.pick(
                "没有保留任何数据。告诉报送单位：加 --reject 和原因",
                "Nothing was kept. To tell the sender, add --reject and why",
            );
            return Err(anyhow!("{}\n{hint}", told(&problem, lang)));
        }
    };
    print_report(&report, lang)?;
    say!("{}", next_step(&report, lang))?;
    match report.delivery {
        Some(delivery) => {
            let (counts, reasons) = (Some(counted(report.counts)), reasons_of(&report));
            settle(store, id, Some(DeliveryId(delivery)), counts, reasons, lang).await?;
            Ok(ExitCode::SUCCESS)
        }
        None if answer == Answer::Look => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::FAILURE),
    }
}

async fn rejected(
    store: &Store,
    id: i64,
    word: RejectWord,
    outcome: Result<FeedReport, PipelineError>,
    lang: Lang,
) -> Result<ExitCode> {
    let (code, both) = why(word);
    let mut reasons = vec![reason(code, 0, &both, Vec::new())];
    let mut counts = None;
    match outcome {
        Ok(report) => {
            counts = Some(counted(report.counts));
            reasons.extend(reasons_of(&report));
        }
        Err(PipelineError::File(problem)) => {
            reasons.push(reason(problem.code(), 0, &problem.plain(), Vec::new()));
        }
        Err(other) => return Err(told(&other, lang)),
    }
    settle(store, id, None, counts, reasons, lang).await?;
    told_and(
        lang,
        "已退回，没有保留任何数据；报送单位在回执里看到原因。",
        "Rejected; nothing was kept, and the sender reads why in the receipt.",
    )
}

async fn settle(
    store: &Store,
    id: i64,
    delivery: Option<DeliveryId>,
    counts: Option<InboxCounts>,
    reasons: Vec<InboxReason>,
    lang: Lang,
) -> Result<()> {
    let settled = Settled { delivery, counts, reasons, now: now() };
    store.settle_inbox(id, &settled).await.map_err(|e| said(&e, lang))
}

fn said(error: &StoreError, lang: Lang) -> anyhow::Error {
    anyhow!("{}", lang.pick(&error.zh(), &error.en()))
}

fn told_and(lang: Lang, zh: &str, en: &str) -> Result<ExitCode> {
    say!("{}", lang.pick(zh, en))?;
    Ok(ExitCode::SUCCESS)
}

fn counted(counts: Counts) -> InboxCounts {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    InboxCounts {
        rows: count(counts.rows),
        accepted: count(counts.accepted),
        quarantined: count(counts.quarantined),
        repeated: count(counts.duplicates),
    }
}

fn reasons_of(report: &FeedReport) -> Vec<InboxReason> {
    let of = |r: &ReasonCount| reason(r.code, r.rows, &r.plain, r.lines.clone());
    report.reasons.iter().map(of).collect()
}

fn reason(code: &str, rows: usize, both: &Both, lines: Vec<u32>) -> InboxReason {
    InboxReason {
        code: code.to_owned(),
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        zh: both.zh.clone(),
        en: both.en.clone(),
        lines,
    }
}

fn why(word: RejectWord) -> (&'static str, Both) {
    let (code, zh, en) = match word {
        RejectWord::WrongFile => (
            "wrong_file",
            "不是这个数据项的文件；请核对后重新报送",
            "it is not a file of this feed; check it and send the right one",
        ),
        RejectWord::WrongPeriod => (
            "wrong_period",
            "月份不对；请核对 period，或重新导出",
            "the month is not right; check `period`, or export it again",
        ),
        RejectWord::WrongArea => (
            "wrong_area",
            "不是这个区划的文件；请核对 division，或交给当地",
            "it is not about this division; check `division`, or give it to the place that it is about",
        ),
        RejectWord::Unreadable => (
            "unreadable",
            "文件读不出来；原因见下，请重新导出",
            "it cannot be read; the reason stands below: export it again",
        ),
        RejectWord::Quality => (
            "quality",
            "问题太多，不能接收；请按以下原因更正后重新导出",
            "too much is wrong with it; mend what stands below and export it again",
        ),
        RejectWord::Withdrawn => ("withdrawn", "按报送单位的要求撤回", "withdrawn as the sender asked"),
    };
    (code, Both::new(zh, en))
}
