//! 流程: from files to leads in the store, step by step, as the command line and the jobs run it.

mod county;
mod feeds;
mod originals;
mod registers;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use doudi_policy::plan::Plan;
use doudi_policy::value::BadValue;
use doudi_policy::{Date, Month};
use doudi_registry::{HouseholdId, LeadKind};
use doudi_store::{Store, StoreError};
use serde::Serialize;

use crate::contract::{ContractProblem, Contracts, Vocabulary, check_vocabulary};
use crate::delivery::{self, Delivery, DeliveryError};
use crate::import::NotAccepted;
use crate::originals::OriginalError;
use crate::problem::{Both, FileProblem, unreadable};
use crate::snapshot::{self, Snapshot, Sources};
use crate::sweep::{self, Provenance, Settings, Sweep};

pub use county::{County, load_county};
pub use feeds::{FeedOutcome, FeedReport, Receipt, import_feed_files, import_folder};
pub use originals::{
    Original, Purge, find_original, hold_original, open_original, originals, purge_originals,
    release_original, reseal_originals, stray_originals, these_are_its_files,
};
pub use registers::{RegisterReport, import_division_files, import_registers};

/// Why a step stopped.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A file cannot be taken at all.
    #[error(transparent)]
    File(#[from] FileProblem),
    /// A preview was not kept.
    #[error(transparent)]
    NotAccepted(#[from] NotAccepted),
    /// A delivery or snapshot cannot be read or written.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// An original cannot be kept, opened, held or destroyed.
    #[error(transparent)]
    Original(#[from] OriginalError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A contract does not fit the vocabulary or a delivery.
    #[error("{0}")]
    Contract(BadValue),
    /// Contracts or indicators that go beyond purpose and reach.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Contracts(Vec<ContractProblem>),
    /// The disk.
    #[error("{}", self.both())]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl PipelineError {
    /// What happened and what to do, in both languages.
    #[must_use]
    pub fn both(&self) -> Both {
        match self {
            Self::File(problem) => problem.what(),
            Self::NotAccepted(refused) => refused.both(),
            Self::Store(error) => Both::new(error.zh(), error.en()),
            Self::Io { path, source } => unreadable(Path::new(path), source),
            Self::Contract(bad) => Both::new(&bad.zh, &bad.en),
            Self::Contracts(problems) => Both::new(
                problems.iter().map(|p| format!("{}：{}", p.at, p.zh)).collect::<Vec<_>>().join("\n"),
                problems.iter().map(|p| format!("{}: {}", p.at, p.en)).collect::<Vec<_>>().join("\n"),
            ),
            other => {
                let text = other.to_string();
                let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
                Both::new(zh, en)
            }
        }
    }

    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), source }
    }
}

/// Where deliveries and snapshots of a deployment lie below its data folder.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The data folder.
    pub data: PathBuf,
}

impl Folders {
    /// Deliveries.
    #[must_use]
    pub fn deliveries(&self) -> PathBuf {
        self.data.join("deliveries")
    }

    /// Snapshots.
    #[must_use]
    pub fn snapshots(&self) -> PathBuf {
        self.data.join("snapshots")
    }

    /// Files as they were received, sealed.
    #[must_use]
    pub fn originals(&self) -> PathBuf {
        self.data.join("originals")
    }

    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.data).unwrap_or(path).display().to_string()
    }
}

/// The newest accepted delivery of each feed up to a period, read and checked against its digest.
///
/// # Errors
/// The store, or a file that is missing or altered.
pub async fn load_deliveries(
    store: &Store,
    folders: &Folders,
    up_to: Month,
) -> Result<BTreeMap<String, Delivery>, PipelineError> {
    let mut deliveries = BTreeMap::new();
    for row in store.latest_deliveries(up_to).await? {
        let path = folders.data.join(&row.path);
        deliveries.insert(row.feed.clone(), delivery::read(&path, &row.path_digest)?);
    }
    Ok(deliveries)
}

/// A snapshot with what is needed to say where its values come from.
pub struct Prepared {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The deliveries behind it.
    pub deliveries: BTreeMap<String, Delivery>,
    /// Folder that it was written to.
    pub path: PathBuf,
    /// Digest of its manifest.
    pub digest: String,
}

/// Builds the snapshot of a day, writes it and records it in the store.
///
/// # Errors
/// The store, the disk, or contracts that do not fit the vocabulary.
pub async fn prepare(
    store: &Store,
    folders: &Folders,
    contracts: &Contracts,
    vocabulary: Vocabulary<'_>,
    plan: &Plan,
    county: &County,
    day: Date,
) -> Result<Prepared, PipelineError> {
    let problems = check_vocabulary(contracts, vocabulary);
    if !problems.is_empty() {
        return Err(PipelineError::Contracts(problems));
    }
    let deliveries = load_deliveries(store, folders, plan.period).await?;
    let receiving = store.receiving_in(day.month()).await?;
    let authorised: HashSet<i64> =
        store.live_authorisations(day).await?.into_iter().map(|a| a.household.0).collect();
    let monitored: HashSet<i64> = receiving.iter().map(|r| r.household.0).collect();
    let sources = Sources {
        contracts,
        vocabulary,
        population: &county.population,
        receiving: &receiving,
        deliveries: &deliveries,
        authorised: &authorised,
        monitored: &monitored,
        period: plan.period,
        day,
    };
    let snapshot = snapshot::build(sources).map_err(PipelineError::Contract)?;
    let (path, digest) = snapshot::write(&folders.snapshots(), &snapshot)?;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    store
        .add_snapshot(&doudi_store::snapshots::Snapshot {
            id: doudi_registry::SnapshotId(0),
            period: plan.period,
            as_of: day,
            digest: digest.clone(),
            path: folders.relative(&path),
            households: count(snapshot.households.len()),
            persons: count(snapshot.persons.len()),
            facts: count(snapshot.facts()),
            package_hash: plan.package_hash.clone(),
            manifest: serde_json::to_string(&snapshot.made_of).unwrap_or_default(),
            made_on: day,
        })
        .await?;
    Ok(Prepared { snapshot, deliveries, path, digest })
}

/// Sweeps a prepared snapshot and writes the leads to the store. Leads of the period that nobody has touched
/// are replaced; a household with an open lead of the same kind and programme gets no second one, and none about what
/// is decided already and changes next month.
///
/// # Errors
/// The store, or indicators that go beyond purpose and reach.
pub async fn run_sweep(
    store: &Store,
    contracts: &Contracts,
    vocabulary: Vocabulary<'_>,
    plan: &Plan,
    prepared: &Prepared,
    settings: Settings,
) -> Result<Sweep, PipelineError> {
    let readers = Provenance::readers(contracts, vocabulary).map_err(PipelineError::Contract)?;
    let provenance =
        Provenance::new(&readers, &prepared.deliveries, settings.today).map_err(PipelineError::Contract)?;
    let mut found = sweep::sweep(contracts, plan, &prepared.snapshot, &provenance, settings)
        .map_err(PipelineError::Contracts)?;
    store.clear_untouched_leads(settings.period).await?;
    let standing: HashSet<_> = store.open_lead_keys().await?.into_iter().collect();
    let coming = store.coming_changes(settings.period).await?;
    let begins: HashSet<(HouseholdId, &str)> =
        coming.iter().filter(|c| c.2).map(|(h, o, _)| (*h, o.as_str())).collect();
    let changes: HashSet<(HouseholdId, &str)> = coming.iter().map(|(h, o, _)| (*h, o.as_str())).collect();
    let new: Vec<bool> = found
        .leads
        .iter()
        .map(|l| {
            let decided = match l.kind {
                LeadKind::Missed => barred(plan, &l.outcome).any(|o| begins.contains(&(l.household, o))),
                LeadKind::Delivery | LeadKind::Wrong => changes.contains(&(l.household, l.outcome.as_str())),
                LeadKind::Risk => false,
            };
            !decided && !standing.contains(&(l.household, l.kind, l.outcome.clone()))
        })
        .collect();
    let mut keep = new.iter();
    found.leads.retain(|_| keep.next() == Some(&true));
    let mut keep = new.iter();
    found.findings.retain(|_| keep.next() == Some(&true));
    let first = store.insert_leads(&found.leads).await?;
    for (lead, id) in found.leads.iter_mut().zip(first.0..) {
        lead.id = doudi_registry::LeadId(id);
    }
    Ok(found)
}

/// An outcome itself and those that nobody may receive beside it.
fn barred<'a>(plan: &'a Plan, outcome: &'a str) -> impl Iterator<Item = &'a str> {
    let all = plan.outcomes.iter().map(|o| o.id.as_str());
    all.filter(move |id| *id == outcome || plan.exclude(id, outcome))
}

/// What `doudi demo --format json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Households of hukou.
    pub households: usize,
    /// People.
    pub persons: usize,
    /// Known fact values.
    pub facts: usize,
    /// Rows of feeds that were accepted.
    pub rows_accepted: usize,
    /// Rows of feeds that were set aside, repeated rows among them.
    pub rows_quarantined: usize,
    /// Leads.
    pub leads: usize,
    /// Leads by kind.
    pub leads_by_kind: BTreeMap<&'static str, usize>,
    /// Of 10,000 households with a missed-entitlement lead, how many are missed in truth.
    #[serde(serialize_with = "ten_thousandths")]
    pub precision: Option<u32>,
    /// Of 10,000 households that are missed and seen by a feed, how many have a lead.
    #[serde(serialize_with = "ten_thousandths")]
    pub recall: Option<u32>,
    /// Milliseconds for registers and feeds.
    pub import_ms: u64,
    /// Awards taken over from the register.
    pub awards_adopted: usize,
    /// Rows of the register that wait for a person, since what they pay excludes something else that is paid.
    pub awards_waiting: usize,
    /// Milliseconds for what the county did before: awards, an earlier sweep, a month of payments, some cases.
    pub history_ms: u64,
    /// Milliseconds for snapshot and sweep.
    pub sweep_ms: u64,
    /// Largest resident memory of the process, in MB.
    pub peak_rss_mb: u64,
}

/// A share written as a decimal with four places, or null.
#[expect(clippy::float_arithmetic, reason = "a share for readers of JSON; no money")]
fn ten_thousandths<S: serde::Serializer>(share: &Option<u32>, s: S) -> Result<S::Ok, S::Error> {
    match share {
        None => s.serialize_none(),
        Some(share) => s.serialize_f64(f64::from(*share) / 10_000.0),
    }
}

/// Largest resident memory of this process so far in MB; 0 where the system does not tell.
#[must_use]
pub fn peak_rss_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kb = line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    kb.unwrap_or(0) / 1024
}
