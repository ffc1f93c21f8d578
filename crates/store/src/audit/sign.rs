//! 签发: the head of the tree becomes a checkpoint, if it extends the last one that the key has signed.

use doudi_access::audit::{AuditFault, Checkpoint, LogKey, Note};

use super::Head;
use crate::{Store, StoreResult};

impl Store {
    /// Signs the head as it stands. `last` is the last head that this key has signed, kept outside the database, so
    /// that a database that was set back is noticed. `None` where there is nothing new to sign. The caller keeps the
    /// note in that place first, and then here ([`Store::keep_checkpoint`]).
    ///
    /// # Errors
    /// [`AuditFault::Rewound`] or [`AuditFault::Split`] where the tree does not extend `last`; those of the database.
    pub async fn sign_head(
        &self,
        key: &LogKey,
        last: Option<&Checkpoint>,
    ) -> StoreResult<Option<(Head, Note)>> {
        let Some(head) = self.audit_head().await? else {
            return match last.map_or(0, Checkpoint::size) {
                0 => Ok(None),
                seen => Err(AuditFault::Rewound { seen, now: 0 }.into()),
            };
        };
        let now = Checkpoint::new(key.public().name(), head.size, head.root)?;
        let older = last.map_or(0, Checkpoint::size);
        if older > head.size {
            return Err(AuditFault::Rewound { seen: older, now: head.size }.into());
        }
        let proof = self.audit_consistency(older, head.size).await?;
        let note = now.sign(key, last, &proof)?;
        Ok((older < head.size).then_some((head, note)))
    }
}
