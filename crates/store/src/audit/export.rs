//! 导出: tiles and entries of the tree, as files that anybody can verify.

use doudi_access::audit::{AuditFault, Leaf, TILE_WIDTH, TileId};

use super::{hash_of, signed, unsigned};
use crate::db::args;
use crate::{Store, StoreError, StoreResult};

impl Store {
    /// The bytes of a tile.
    ///
    /// # Errors
    /// [`AuditFault::MissingNode`] where the database lacks hashes of it, or those of the database.
    pub async fn audit_tile_bytes(&self, id: TileId) -> StoreResult<Vec<u8>> {
        let stored = self.audit_tile(id.level, id.index).await?.unwrap_or_default();
        let bytes = usize::try_from(id.width).unwrap_or(usize::MAX).saturating_mul(32);
        let missing = AuditFault::MissingNode { level: id.level.saturating_mul(8), index: id.index };
        Ok(stored.get(..bytes).ok_or(missing)?.to_vec())
    }

    /// The bytes of the entries under a tile of height 0.
    ///
    /// # Errors
    /// [`AuditFault::OutOfRange`] where leaves are missing, or those of the database.
    pub async fn audit_entry_bytes(&self, id: TileId) -> StoreResult<Vec<u8>> {
        let first = id.index.saturating_mul(TILE_WIDTH);
        let leaves = self
            .db
            .fetch(
                "SELECT id, made_ms, kind, commitment FROM audit_leaves WHERE position >= $1 AND position < $2 ORDER BY position",
                args![signed(first), signed(first.saturating_add(id.width))],
                |c| {
                    let (id, made_ms, kind, commitment) = (c.text()?, c.int()?, c.text()?, c.text()?);
                    let commitment = hash_of(&commitment).ok_or_else(|| StoreError::corrupt(&commitment))?;
                    Ok(Leaf::from_parts(&id, unsigned(made_ms), &kind, commitment)?)
                },
            )
            .await?;
        Ok(id.entries(&leaves)?)
    }
}
