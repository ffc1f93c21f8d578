//! What a transaction has done to rows that leaves vouch for. The functions that write say so where they write; the leaf
//! that ends the transaction takes it up, so that no caller can forget it.

use std::collections::{BTreeMap, BTreeSet};

use super::shelf::{AT_ONCE, Shelf, digests, over};
use crate::Backend;
use crate::StoreResult;
use crate::db::{Args, Tx, args};

/// Keys of one digest: blocks from 1, 1001, 2001 … A digest over more of them would name an altered row less exactly.
const RUN: i64 = 1_000;
/// Up to so many new keys each get a digest of their own.
const FEW: i64 = 8;

/// Rows touched by a transaction.
#[derive(Default)]
pub(crate) struct Touched {
    /// Keys whose rows change, with the digest before.
    changed: BTreeMap<(Shelf, i64), String>,
    /// Runs of new keys, first and last.
    added: Vec<(Shelf, i64, i64)>,
    /// Keys whose digest after the change is known already.
    known: BTreeMap<(Shelf, i64), String>,
    /// Digests that runs were made of, for keys of which the leaves that told them are being erased.
    pub(super) origins: BTreeMap<(Shelf, i64), String>,
}

impl Tx {
    /// Said before rows under a key are changed or removed.
    pub(crate) async fn changes(&mut self, shelf: Shelf, key: i64) -> StoreResult<()> {
        self.changes_all(&[(shelf, key)]).await
    }

    /// [`Tx::changes`] of several. The digests before are told, too: were they not what the last leaf said, somebody has
    /// altered the rows in between, and this change must not cover it.
    pub(crate) async fn changes_all(&mut self, keys: &[(Shelf, i64)]) -> StoreResult<()> {
        let fresh: BTreeSet<(Shelf, i64)> =
            keys.iter().filter(|key| !self.touched.changed.contains_key(*key)).copied().collect();
        let fresh: Vec<(Shelf, i64)> = fresh.into_iter().collect();
        self.hold(&fresh).await?;
        let before = digests(self, &fresh).await?;
        self.touched.changed.extend(fresh.into_iter().zip(before));
        Ok(())
    }

    /// Of two who change rows under one key the second waits here, so that it sees what the first has left. SQLite has one
    /// writer anyway.
    async fn hold(&mut self, keys: &[(Shelf, i64)]) -> StoreResult<()> {
        if self.backend == Backend::Sqlite {
            return Ok(());
        }
        for some in keys.chunks(AT_ONCE) {
            let mut args = args![];
            let mut cells = Vec::with_capacity(some.len());
            for (at, (shelf, key)) in some.iter().enumerate() {
                cells.push(format!("CASE WHEN pg_advisory_xact_lock(${}) IS NULL THEN 1 ELSE 0 END", at + 1));
                args.push(shelf.lock(*key))?;
            }
            self.fetch_built(format!("SELECT {}", cells.join(", ")), args, |_| Ok(())).await?;
        }
        Ok(())
    }

    /// [`Tx::changes`] of the keys that a statement gives. Gives them.
    pub(crate) async fn changes_of(
        &mut self,
        shelf: Shelf,
        which: &'static str,
        args: Args,
    ) -> StoreResult<Vec<i64>> {
        let keys = self.fetch(which, args, |c| c.int()).await?;
        let all: Vec<(Shelf, i64)> = keys.iter().map(|key| (shelf, *key)).collect();
        self.changes_all(&all).await?;
        Ok(keys)
    }

    /// Said of so many new keys in a row.
    pub(crate) fn added(&mut self, shelf: Shelf, first: i64, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        if count > 0 {
            self.touched.added.push((shelf, first, first.saturating_add(count - 1)));
        }
    }

    /// Said after rows under some keys were written, where looking for all keys once is cheaper than for each.
    pub(crate) async fn wrote(&mut self, shelf: Shelf, keys: &BTreeSet<i64>) -> StoreResult<()> {
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok(()) };
        let found = shelf.between(self, *first, *last).await?;
        let digests = found.into_iter().filter(|(key, _)| keys.contains(key));
        self.touched.known.extend(digests.map(|(key, digest)| ((shelf, key), digest)));
        Ok(())
    }

    /// Said before a job rewrites or removes many rows whose keys lie between two: whole blocks are vouched for anew, in place
    /// of all that was said of them. `highest` is the last key that was ever given out; those that come after it are told
    /// by themselves.
    ///
    /// # Errors
    /// Refused where the rows are not what the leaves say of them.
    pub(crate) async fn rewrites(
        &mut self,
        shelf: Shelf,
        first: i64,
        last: i64,
        highest: i64,
    ) -> StoreResult<()> {
        let (from, end) = (block(first).0, block(last).1);
        self.said_of(&(from..=end).map(|key| (shelf, key)).collect()).await?;
        let to = end.min(highest);
        if from <= to {
            self.touched.added.push((shelf, from, to));
        }
        Ok(())
    }

    /// The fields of the leaf, name and digest, for the rows that the transaction touched.
    pub(super) async fn told(&mut self) -> StoreResult<BTreeMap<String, String>> {
        let Touched { changed, added, known, origins } = std::mem::take(&mut self.touched);
        let mut fields: BTreeMap<String, String> =
            known.into_iter().map(|((shelf, key), digest)| (shelf.field(key), digest)).collect();
        let mut single: BTreeSet<(Shelf, i64)> = changed.keys().copied().collect();
        for (shelf, first, last) in added {
            if last.saturating_sub(first) < FEW {
                single.extend((first..=last).map(|key| (shelf, key)));
                continue;
            }
            let mut from = first;
            while from <= last {
                // Runs never reach over a block, so that a block that is vouched for anew holds all of them.
                let to = block(from).1.min(last);
                fields.insert(shelf.field_of_run(from, to), over(&shelf.between(self, from, to).await?));
                from = to.saturating_add(1);
            }
        }
        let single: Vec<(Shelf, i64)> = single.into_iter().collect();
        for ((shelf, key), digest) in single.iter().zip(digests(self, &single).await?) {
            fields.insert(shelf.field(*key), digest);
        }
        for ((shelf, key), before) in changed {
            fields.insert(shelf.field_before(key), before);
        }
        for ((shelf, key), origin) in origins {
            fields.insert(shelf.field_of_origin(key), origin);
        }
        Ok(fields)
    }
}

/// First and last key of the block of a key.
pub(super) fn block(key: i64) -> (i64, i64) {
    let first = key.saturating_sub(1).div_euclid(RUN).saturating_mul(RUN).saturating_add(1);
    (first, first.saturating_add(RUN - 1))
}
