//! 原件留痕: what is done to the file of a delivery as it was received. The files lie outside the database; who looked at
//! one, held it or had it destroyed stands in the audit tree, and that word counts where a file says otherwise.

use std::collections::BTreeSet;

use doudi_registry::DeliveryId;

use crate::audit::Entry;
use crate::db::args;
use crate::{Store, StoreResult};

const HELD: &str = "original.held";
const RELEASED: &str = "original.released";
const DESTROYED: &str = "original.destroyed";

/// Something that is done to an original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginalDeed<'a> {
    /// It is written out for somebody to read.
    Opened,
    /// It is kept beyond its days.
    Held {
        /// Why.
        reason: &'a str,
    },
    /// It is kept no longer than its days say.
    Released,
    /// It is destroyed.
    Destroyed {
        /// Why, as a word: `due` or `stray`.
        why: &'a str,
    },
}

impl Store {
    /// Deliveries whose original was destroyed, by its leaf.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn originals_destroyed(&self) -> StoreResult<BTreeSet<DeliveryId>> {
        let sql = "SELECT DISTINCT subject FROM audit_leaves WHERE kind = $1 ORDER BY subject";
        let subjects = self.db.fetch(sql, args![DESTROYED], |c| c.text()).await?;
        let id = |subject: &String| subject.strip_prefix("delivery:")?.parse().ok().map(DeliveryId);
        Ok(subjects.iter().filter_map(id).collect())
    }

    /// Records what is about to be done to an original, before it is done. `delivery` is `None` for a file that no
    /// delivery knows.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_original(
        &self,
        delivery: Option<DeliveryId>,
        digest: &str,
        deed: OriginalDeed<'_>,
    ) -> StoreResult<()> {
        let (kind, particular) = match deed {
            OriginalDeed::Opened => ("original.opened", None),
            OriginalDeed::Held { reason } => (HELD, Some(("reason", reason))),
            OriginalDeed::Released => (RELEASED, None),
            OriginalDeed::Destroyed { why } => (DESTROYED, Some(("why", why))),
        };
        let entry = match delivery {
            Some(delivery) => Entry::of(kind, "delivery", delivery.0),
            None => Entry::at_large(kind),
        };
        let entry = entry.with("digest", digest);
        let entry = match particular {
            Some((name, value)) => entry.with(name, value),
            None => entry,
        };
        self.db.begin().await?.commit(entry).await
    }

    /// Why an original is held, if by the audit tree somebody has held it and nobody has released it since.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn original_held(&self, delivery: DeliveryId) -> StoreResult<Option<String>> {
        let leaves = self.leaves_of(&format!("delivery:{delivery}")).await?;
        let last = leaves.into_iter().rfind(|leaf| leaf.kind == HELD || leaf.kind == RELEASED);
        let held = last.filter(|leaf| leaf.kind == HELD);
        // A leaf without content was erased by somebody: the hold stands, its reason is gone.
        Ok(held.map(|leaf| leaf.payload.as_deref().and_then(reason_in).unwrap_or_default()))
    }

    /// Records that so many originals were sealed anew.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_resealed_originals(&self, count: usize) -> StoreResult<()> {
        let epoch = self.keys()?.newest();
        let entry = Entry::at_large("keys.resealed").with("epoch", epoch).with("table", "originals");
        self.db.begin().await?.commit(entry.with("count", count)).await
    }
}

fn reason_in(payload: &str) -> Option<String> {
    let fields: std::collections::BTreeMap<String, String> = serde_json::from_str(payload).ok()?;
    fields.get("reason").cloned()
}
