//! Snapshots: the manifest row of each immutable fact file that a sweep read.

use doudi_policy::{Date, Month};
use doudi_registry::SnapshotId;

use crate::audit::{Entry, Shelf};
use crate::db::{Cells, args};
use crate::{Store, StoreResult};

/// A snapshot's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Surrogate id; 0 before the store has given one.
    pub id: SnapshotId,
    /// Period.
    pub period: Month,
    /// The day the facts speak of.
    pub as_of: Date,
    /// SHA-256 of the file.
    pub digest: String,
    /// Where it lies, relative to the data folder.
    pub path: String,
    /// Households in it.
    pub households: i64,
    /// Persons in it.
    pub persons: i64,
    /// Known fact values in it.
    pub facts: i64,
    /// Hash of the packages that it was made for.
    pub package_hash: String,
    /// Further particulars as JSON: deliveries, columns, reach.
    pub manifest: String,
    /// Day on which it was made.
    pub made_on: Date,
}

fn read(c: &mut Cells<'_>) -> StoreResult<Snapshot> {
    Ok(Snapshot {
        id: SnapshotId(c.int()?),
        period: c.parse()?,
        as_of: c.parse()?,
        digest: c.text()?,
        path: c.text()?,
        households: c.int()?,
        persons: c.int()?,
        facts: c.int()?,
        package_hash: c.text()?,
        manifest: c.text()?,
        made_on: c.parse()?,
    })
}

impl Store {
    /// Records a snapshot; the same bytes are recorded once.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn add_snapshot(&self, snapshot: &Snapshot) -> StoreResult<SnapshotId> {
        let mut tx = self.db.begin().await?;
        let known = tx
            .fetch_one("SELECT id FROM snapshots WHERE digest = $1", args![&snapshot.digest], |c| c.int())
            .await?;
        if let Some(id) = known {
            return Ok(SnapshotId(id));
        }
        let id = SnapshotId(tx.take_ids("snapshots", 1).await?);
        let s = snapshot;
        tx.execute(
            "INSERT INTO snapshots (id, period, as_of, digest, path, households, persons, facts, package_hash, manifest, made_on) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            args![
                id, s.period, s.as_of, &s.digest, &s.path, s.households, s.persons, s.facts,
                &s.package_hash, &s.manifest, s.made_on
            ],
        )
        .await?;
        tx.added(Shelf::Snapshots, id.0, 1);
        tx.commit(Entry::of("snapshot.recorded", "snapshot", id.0).with("digest", &s.digest)).await?;
        Ok(id)
    }

    /// The latest snapshot of a period, or of all where `None`.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn latest_snapshot(&self, period: Option<Month>) -> StoreResult<Option<Snapshot>> {
        let period = period.map(|p| p.to_string()).unwrap_or_default();
        self.db
            .fetch_one(
                "SELECT id, period, as_of, digest, path, households, persons, facts, package_hash, manifest, made_on \
                 FROM snapshots WHERE ($1 = '' OR period = $1) ORDER BY id DESC LIMIT 1",
                args![period],
                read,
            )
            .await
    }
}
