//! 原件的去留: kept with every delivery, listed, opened, held, destroyed after their days. Whatever is done to one leaves
//! its leaf before it is done.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use doudi_access::Plain;
use doudi_policy::Date;
use doudi_registry::DeliveryId;
use doudi_store::Store;
use doudi_store::originals::OriginalDeed;
use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::{Folders, PipelineError};
use crate::contract::Contracts;
use crate::originals::{Fate, Hold, OriginalError, Originals, Received};
use crate::problem::Both;

/// A file that no delivery knows may belong to an import that is under way; after this time it does not.
const UNDER_WAY: Duration = Duration::from_secs(3600);

/// The original of an accepted delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Name of the file as it came.
    pub name: String,
    /// Feed, digest and day of receipt.
    pub received: Received,
    /// What becomes of it.
    pub fate: Fate,
    /// Why it is held by the word of the audit tree, also before its days are over.
    pub held: Option<String>,
}

/// What a purge made of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    /// Digest of the file.
    pub digest: String,
    /// The original; `None` for a file that no delivery knows.
    pub original: Option<Original>,
    /// Whether it was destroyed.
    pub destroyed: bool,
    /// What went wrong, if something did.
    pub failed: Option<Both>,
}

fn folder(folders: &Folders) -> Originals {
    Originals::new(folders.originals())
}

/// Random numbers of the operating system.
fn random() -> Result<UnwrapErr<SysRng>, OriginalError> {
    // What would stop the program later is told here.
    getrandom::fill(&mut [0; 32]).map_err(|e| OriginalError::Random(e.to_string()))?;
    Ok(UnwrapErr(SysRng))
}

/// Keeps a file that is about to become a delivery. Gives its digest.
pub(super) fn keep(store: &Store, folders: &Folders, bytes: &[u8]) -> Result<String, PipelineError> {
    Ok(folder(folders).keep(store.keys()?.sealer(), bytes, &mut random()?)?)
}

/// Takes a file back whose delivery was not recorded, unless another import has recorded it.
pub(super) async fn forget(store: &Store, folders: &Folders, digest: &str) -> Result<(), PipelineError> {
    if store.delivery_by_digest(digest).await?.is_none() {
        folder(folders).destroy(digest)?;
    }
    Ok(())
}

/// The originals of all accepted deliveries, also of those that are gone, by feed.
///
/// # Errors
/// The store or the disk.
pub async fn originals(
    store: &Store,
    folders: &Folders,
    contracts: &Contracts,
    today: Date,
) -> Result<Vec<Original>, PipelineError> {
    let here = folder(folders);
    let mut all = Vec::new();
    for row in store.deliveries().await?.into_iter().filter(|row| row.state == "accepted") {
        let received = Received { feed: row.feed, digest: row.digest, on: row.received_on };
        let held = store.original_held(row.id).await?;
        let fate = match (here.fate(&received, contracts, today)?, &held) {
            // Somebody took the note beside the file away, and nobody has released it.
            (Fate::Due(last), Some(reason)) => {
                Fate::Held(last, Hold { reason: reason.clone(), since: received.on })
            }
            (fate, _) => fate,
        };
        all.push(Original { delivery: row.id, name: row.file_name, received, fate, held });
    }
    Ok(all)
}

/// The digests of files in the folder that no accepted delivery of this database knows.
///
/// # Errors
/// The store or the disk.
pub async fn stray_originals(store: &Store, folders: &Folders) -> Result<Vec<String>, PipelineError> {
    let known: BTreeSet<String> = accepted(store).await?.into_iter().map(|(_, digest)| digest).collect();
    Ok(folder(folders).all()?.into_iter().filter(|digest| !known.contains(digest)).collect())
}

async fn accepted(store: &Store) -> Result<Vec<(DeliveryId, String)>, PipelineError> {
    let rows = store.deliveries().await?.into_iter().filter(|row| row.state == "accepted");
    Ok(rows.map(|row| (row.id, row.digest)).collect())
}

/// Destroys what is due on a day, each after its leaf; with `strays` also files that no delivery knows, if they are older
/// than an hour and open with the keys of this database. Says of every file that was there what became of it.
///
/// # Errors
/// The store. What goes wrong with one file stands in its line and stops no other.
pub async fn purge_originals(
    store: &Store,
    folders: &Folders,
    contracts: &Contracts,
    today: Date,
    strays: bool,
) -> Result<Vec<Purge>, PipelineError> {
    let mut lines = Vec::new();
    for original in originals(store, folders, contracts, today).await? {
        if original.fate == Fate::Gone {
            continue;
        }
        let due = matches!(original.fate, Fate::Due(_));
        let digest = original.received.digest.clone();
        let done = match due {
            true => destroy(store, folders, Some(original.delivery), &digest, "due").await,
            false => Ok(()),
        };
        lines.push(line(digest, Some(original), due, done)?);
    }
    for digest in stray_originals(store, folders).await? {
        let sure = strays && folder(folders).older_than(&digest, UNDER_WAY)?;
        let done = match sure {
            // That it opens says that it is of this database, and not of another whose folder was named by mistake.
            true => match folder(folders).open(store.keys()?.sealer(), &digest) {
                Ok(_) => destroy(store, folders, None, &digest, "stray").await,
                Err(error) => Err(error.into()),
            },
            false => Ok(()),
        };
        lines.push(line(digest, None, sure, done)?);
    }
    Ok(lines)
}

fn line(
    digest: String,
    original: Option<Original>,
    tried: bool,
    done: Result<(), PipelineError>,
) -> Result<Purge, PipelineError> {
    let failed = match done {
        Ok(()) => None,
        Err(error @ PipelineError::Original(_)) => Some(error.both()),
        Err(other) => return Err(other),
    };
    Ok(Purge { digest, original, destroyed: tried && failed.is_none(), failed })
}

async fn destroy(
    store: &Store,
    folders: &Folders,
    delivery: Option<DeliveryId>,
    digest: &str,
    why: &str,
) -> Result<(), PipelineError> {
    store.record_original(delivery, digest, OriginalDeed::Destroyed { why }).await?;
    Ok(folder(folders).destroy(digest)?)
}

/// The accepted delivery of a file by its digest, or by the first eight or more digits of it where they name one alone.
///
/// # Errors
/// [`OriginalError::Unknown`], or the store.
pub async fn find_original(store: &Store, digits: &str) -> Result<(DeliveryId, String), PipelineError> {
    let digits = digits.trim();
    let mut found = accepted(store).await?.into_iter().filter(|(_, digest)| digest.starts_with(digits));
    match (found.next(), found.next()) {
        (Some(one), None) if digits.len() >= 8 => Ok(one),
        _ => Err(OriginalError::Unknown.into()),
    }
}

/// 留存: keeps an original beyond its days.
///
/// # Errors
/// No reason, no such original, the store or the disk.
pub async fn hold_original(
    store: &Store,
    folders: &Folders,
    digits: &str,
    hold: &Hold,
) -> Result<String, PipelineError> {
    let (delivery, digest) = find_original(store, digits).await?;
    if hold.reason.trim().is_empty() {
        return Err(OriginalError::NoReason.into());
    }
    there(folders, &digest)?;
    // A hold whose note cannot be written holds by its leaf.
    store.record_original(Some(delivery), &digest, OriginalDeed::Held { reason: &hold.reason }).await?;
    folder(folders).hold(&digest, hold)?;
    Ok(digest)
}

/// Ends a hold.
///
/// # Errors
/// No such original, the store or the disk.
pub async fn release_original(
    store: &Store,
    folders: &Folders,
    digits: &str,
) -> Result<String, PipelineError> {
    let (delivery, digest) = find_original(store, digits).await?;
    store.record_original(Some(delivery), &digest, OriginalDeed::Released).await?;
    folder(folders).release(&digest)?;
    Ok(digest)
}

/// Opens an original for somebody to read, after its digest was compared and its leaf is on record.
///
/// # Errors
/// No such original, one that does not open or is another, the store or the disk.
pub async fn open_original(
    store: &Store,
    folders: &Folders,
    digits: &str,
) -> Result<(String, Plain), PipelineError> {
    let (delivery, digest) = find_original(store, digits).await?;
    let plain = folder(folders).open(store.keys()?.sealer(), &digest)?;
    store.record_original(Some(delivery), &digest, OriginalDeed::Opened).await?;
    Ok((digest, plain))
}

/// After a rotation: seals with the newest key what an older one has sealed. Gives how many there were.
///
/// # Errors
/// One that does not open, the store or the disk.
pub async fn reseal_originals(store: &Store, folders: &Folders) -> Result<usize, PipelineError> {
    let count = folder(folders).reseal(store.keys()?.sealer(), &mut random()?)?;
    if count > 0 {
        store.record_resealed_originals(count).await?;
    }
    Ok(count)
}

/// Whether a folder is the one in which the files of this database's deliveries lie: all of them are there, and one original
/// at least where some were not recorded as destroyed. Asked before a key is destroyed that files may still need.
///
/// # Errors
/// The store.
pub async fn these_are_its_files(store: &Store, folders: &Folders) -> Result<bool, PipelineError> {
    let rows: Vec<_> = store.deliveries().await?.into_iter().filter(|row| row.state == "accepted").collect();
    if !rows.iter().all(|row| folders.data.join(&row.path).is_file()) {
        return Ok(false);
    }
    let destroyed = store.originals_destroyed().await?;
    let expected: Vec<_> = rows.iter().filter(|row| !destroyed.contains(&row.id)).collect();
    for row in &expected {
        if folder(folders).has(&row.digest)? {
            return Ok(true);
        }
    }
    Ok(expected.is_empty())
}

fn there(folders: &Folders, digest: &str) -> Result<(), PipelineError> {
    if folder(folders).has(digest)? {
        return Ok(());
    }
    let path = folders.originals().join(digest);
    Err(PipelineError::io(Path::new(&path), std::io::ErrorKind::NotFound.into()))
}
