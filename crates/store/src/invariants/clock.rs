//! I11 and I12: the time of the record, and jobs that were left lying.

use super::Found;
use crate::db::args;
use crate::{Store, StoreResult};

/// How far the clocks of two nodes may differ, in milliseconds.
const SKEW_MS: i64 = 300_000;

/// A leaf that waits longer than this, in milliseconds, has no sequencer.
pub const LONGEST_WAIT_MS: i64 = 60_000;

impl Store {
    /// I11: a leaf's time is the one in its id; heads were signed in the order of their sizes; no leaf is of a time after
    /// the head that covers it was signed.
    pub(super) async fn monotone_time(&self) -> StoreResult<Found> {
        let heads = self
            .db
            .fetch("SELECT size, signed_ms FROM audit_checkpoints ORDER BY size", args![], |c| {
                Ok((c.int()?, c.int()?))
            })
            .await?;
        let mut broken = Vec::new();
        for pair in heads.windows(2) {
            if let [(_, before), (size, after)] = pair
                && after < before
            {
                broken.push(format!("head {size}: signed before the smaller one"));
            }
        }
        let mut counted = 0_i64;
        let mut covering = heads.iter().peekable();
        self.db
            .stream(
                "SELECT id, made_ms, position FROM audit_leaves WHERE position IS NOT NULL ORDER BY position",
                args![],
                |c| {
                    let (id, made_ms, position) = (c.text()?, c.int()?, c.int()?);
                    counted = counted.saturating_add(1);
                    while covering.next_if(|(size, _)| *size <= position).is_some() {}
                    let in_id = id.get(..12).and_then(|time| i64::from_str_radix(time, 16).ok());
                    if in_id != Some(made_ms) {
                        broken.push(format!("leaf {id}: its time is not the one in its id"));
                    } else if let Some((size, signed_ms)) = covering.peek()
                        && made_ms > signed_ms.saturating_add(SKEW_MS)
                    {
                        broken.push(format!("leaf {id}: of a time after head {size} was signed"));
                    }
                    Ok(())
                },
            )
            .await?;
        Ok((counted, broken))
    }

    /// I12: no leaf waits for more than a minute, and no lease reaches further than a lease lasts.
    pub(super) async fn live_jobs(&self, now_ms: i64) -> StoreResult<Found> {
        let waiting = self.waiting_leaves().await?;
        let mut broken = Vec::new();
        let oldest = waiting.oldest_ms.unwrap_or(now_ms);
        if now_ms.saturating_sub(oldest) > LONGEST_WAIT_MS {
            broken.push(format!(
                "{} leaves wait for a place, the oldest for {} s",
                waiting.leaves,
                now_ms.saturating_sub(oldest) / 1000
            ));
        }
        let leases = self
            .db
            .fetch("SELECT name, until_ms FROM audit_lease ORDER BY name", args![], |c| {
                Ok((c.text()?, c.int()?))
            })
            .await?;
        for (name, until_ms) in &leases {
            if *until_ms > now_ms.saturating_add(LONGEST_WAIT_MS) {
                broken.push(format!("lease {name} never ends"));
            }
        }
        let jobs = i64::try_from(leases.len()).unwrap_or(0);
        Ok((waiting.leaves.saturating_add(jobs), broken))
    }
}
