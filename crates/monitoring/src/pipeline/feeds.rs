//! Feeds into the store.

use std::path::Path;

use doudi_policy::{Date, Month};
use doudi_registry::{DeliveryId, StaffId};
use doudi_store::Store;
use doudi_store::deliveries::{Delivery as Row, Quarantined as SetAside};
use serde::Serialize;

use super::{Folders, PipelineError, originals};
use crate::contract::{Contract, Contracts, Encoding, Format};
use crate::delivery;
use crate::import::{
    self, Accepted, Answer, Counts, Hold, Intake, KnownFile, NotAccepted, Preview, ReasonCount, Verdict,
};
use crate::problem::{Both, FileProblem, FileProblemKind};
use crate::register::Register;

/// What became of one file of a feed.
#[derive(Clone, Debug, Serialize)]
pub struct FeedReport {
    /// Feed id.
    pub feed: String,
    /// Title of the feed.
    pub title: Both,
    /// File name.
    pub file: String,
    /// Counts.
    pub counts: Counts,
    /// Reasons for the rows that were set aside.
    pub reasons: Vec<ReasonCount>,
    /// Quality rules that are broken.
    pub holds: Vec<Hold>,
    /// Verdict of the preview.
    pub verdict: Verdict,
    /// The delivery in the store, once it was accepted.
    pub delivery: Option<i64>,
    /// Why the answer did not suffice to keep it: nothing of the file was kept.
    pub not_kept: Option<Both>,
}

/// A report, or why the file cannot be taken at all.
pub type FeedOutcome = Result<FeedReport, PipelineError>;

/// What files are received as, and what the operator says to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The period that they are of.
    pub period: Month,
    /// The day on which the sources cut them.
    pub as_of: Date,
    /// The day of receipt.
    pub received_on: Date,
    /// The operator's word.
    pub answer: Answer,
    /// The operator.
    pub by: Option<StaffId>,
}

/// Imports every file of a folder whose name begins with a feed id; files are previewed side by side.
///
/// # Errors
/// The folder or the store. What is wrong with a single file stands in its outcome and stops no other.
pub async fn import_folder(
    store: &Store,
    folders: &Folders,
    contracts: &Contracts,
    register: &Register,
    folder: &Path,
    receipt: Receipt,
) -> Result<Vec<FeedOutcome>, PipelineError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| PipelineError::io(folder, e))? {
        let path = entry.map_err(|e| PipelineError::io(folder, e))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_file() && !name.starts_with('.') {
            files.push((name, path));
        }
    }
    files.sort();
    let mut read = Vec::new();
    for (name, path) in files {
        read.push((name, crate::source::read_file(&path).map_err(|e| PipelineError::io(&path, e))?));
    }
    import_feed_files(store, folders, contracts, register, read, receipt).await
}

/// Imports files given as name and bytes. Of each that is accepted the file as received is kept, sealed, before the
/// database knows of the delivery.
///
/// # Errors
/// The store. What is wrong with a single file stands in its outcome and stops no other.
pub async fn import_feed_files(
    store: &Store,
    folders: &Folders,
    contracts: &Contracts,
    register: &Register,
    files: Vec<(String, Vec<u8>)>,
    receipt: Receipt,
) -> Result<Vec<FeedOutcome>, PipelineError> {
    let mut known = known_files(store, folders).await?;
    let previews = preview_all(contracts, &files, register, &known, receipt);
    let mut outcomes = Vec::new();
    for ((contract, preview), (_, bytes)) in previews.into_iter().zip(files) {
        let preview = match preview {
            Ok(preview) => preview,
            Err(problem) => {
                outcomes.push(Err(problem));
                continue;
            }
        };
        // Two files of one call may hold the same rows.
        let label = &preview.label;
        let twice = known.iter().find(|k| k.feed == label.feed && k.rows_digest == label.rows_digest);
        if let Some(same) = twice {
            outcomes.push(Err(import::same_file(&label.source_name, same, false).into()));
            continue;
        }
        let mut report = FeedReport {
            feed: label.feed.clone(),
            title: preview.title.clone(),
            file: label.source_name.clone(),
            counts: preview.counts,
            reasons: preview.reasons(),
            holds: preview.holds.clone(),
            verdict: preview.verdict,
            delivery: None,
            not_kept: None,
        };
        match preview.accept(receipt.answer, &folders.deliveries()) {
            Err(NotAccepted::Write(error)) => return Err(error.into()),
            Err(refused) => report.not_kept = Some(refused.both()),
            Ok(accepted) => {
                let digest = originals::keep(store, folders, &bytes)?;
                drop(bytes);
                let id = match record(store, folders, contract, &accepted, receipt).await {
                    Ok(id) => id,
                    Err(error) => {
                        originals::forget(store, folders, &digest).await?;
                        return Err(error);
                    }
                };
                known.push(accepted.known());
                report.delivery = Some(id.0);
            }
        }
        outcomes.push(Ok(report));
    }
    Ok(outcomes)
}

type Previewed<'a> = (Option<&'a Contract>, Result<Preview, PipelineError>);

/// Previews the files on two threads, the largest first.
fn preview_all<'a>(
    contracts: &'a Contracts,
    files: &[(String, Vec<u8>)],
    register: &Register,
    known: &[KnownFile],
    receipt: Receipt,
) -> Vec<Previewed<'a>> {
    let one = |(name, bytes): &(String, Vec<u8>)| -> Previewed<'a> {
        let (wanted, today) = (receipt.period, receipt.received_on);
        if wanted > today.month() {
            let problem = FileProblem::new(name, FileProblemKind::Future { wanted, today });
            return (None, Err(problem.into()));
        }
        let contract = match import::contract_of(contracts, name) {
            Ok(contract) => contract,
            Err(problem) => return (None, Err(problem.into())),
        };
        let intake = Intake { contract, register, known, period: receipt.period, as_of: receipt.as_of };
        let preview = import::preview(name, bytes, intake);
        let told = |problem| import::resembling(problem, contract, contracts).into();
        (Some(contract), preview.map_err(told))
    };
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|i| files.get(*i).map(|(_, bytes)| std::cmp::Reverse(bytes.len())));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut done: Vec<(usize, Previewed<'a>)> = Vec::new();
        loop {
            let turn = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some((i, file)) = order.get(turn).and_then(|i| files.get(*i).map(|f| (*i, f))) else {
                return done;
            };
            done.push((i, one(file)));
        }
    };
    let mut previews: Vec<(usize, Previewed<'a>)> = std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut mine = work();
        mine.extend(other.join().unwrap_or_default());
        mine
    });
    previews.sort_by_key(|(i, _)| *i);
    previews.into_iter().map(|(_, p)| p).collect()
}

/// What was accepted before, with the digest of the rows from the delivery's own label.
async fn known_files(store: &Store, folders: &Folders) -> Result<Vec<KnownFile>, PipelineError> {
    let mut known = Vec::new();
    for row in store.deliveries().await? {
        if row.state != "accepted" {
            continue;
        }
        let label = delivery::read_label(&folders.data.join(&row.path))?;
        known.push(KnownFile {
            feed: row.feed,
            name: row.file_name,
            period: row.period,
            digest: row.digest,
            rows_digest: label.rows_digest,
            accepted: usize::try_from(row.accepted).unwrap_or(0),
        });
    }
    Ok(known)
}

async fn record(
    store: &Store,
    folders: &Folders,
    contract: Option<&Contract>,
    accepted: &Accepted,
    receipt: Receipt,
) -> Result<DeliveryId, PipelineError> {
    let label = &accepted.delivery.label;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let encoding = match contract.map(|c| (c.format, c.encoding)) {
        Some((Format::Xlsx, _)) => "xlsx",
        Some((Format::Csv, Encoding::Gb18030)) => "gb18030",
        _ => "utf-8",
    };
    let facts = contract.map_or(0, |c| c.facts.len());
    let row = Row {
        id: DeliveryId(0),
        feed: label.feed.clone(),
        period: label.period,
        file_name: label.source_name.clone(),
        digest: label.source_digest.clone(),
        encoding: encoding.to_owned(),
        rows: count(accepted.counts.rows),
        accepted: count(accepted.counts.accepted),
        quarantined: count(accepted.quarantined.len()),
        facts: count(facts.saturating_mul(accepted.counts.accepted)),
        received_on: receipt.received_on,
        received_by: receipt.by,
        as_of: label.as_of,
        path: folders.relative(&accepted.path),
        path_digest: accepted.digest.clone(),
        state: "accepted".to_owned(),
    };
    let set_aside: Vec<SetAside> = accepted
        .quarantined
        .iter()
        .map(|q| {
            let (what, cure) = (q.reason.what(), q.reason.cure());
            SetAside {
                line: i64::from(q.line),
                code: q.reason.code().to_owned(),
                field: q.reason.column().unwrap_or_default().to_owned(),
                zh: format!("{}；{}", what.zh, cure.zh),
                en: format!("{}; {}", what.en, cure.en),
                shown: String::new(),
            }
        })
        .collect();
    Ok(store.add_delivery(&row, &set_aside).await?)
}
