//! 定序: one holder of a lease gives waiting leaves their places and grows the tree. Signing is the caller's.

use std::cell::Cell;
use std::collections::BTreeMap;

use doudi_access::audit::{Hash, Leaf, TILE_WIDTH, TileId, TileNodes, Tree, consistency_proof};

use super::{hash_of, hash_text, signed, unhex_all, unsigned};
use crate::db::{Tx, args};
use crate::{Store, StoreError, StoreResult, hex};

/// What one run of the sequencer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grown {
    /// Leaves that were given a place.
    pub added: u64,
    /// The tree now.
    pub head: Head,
}

/// How many leaves, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// Root.
    pub root: Hash,
}

/// Leaves that have no place yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub leaves: i64,
    /// When the oldest was made, in milliseconds since 1970 (UTC).
    pub oldest_ms: Option<i64>,
}

/// Hashes of the heights that files have, by height and number of the file.
type Tiles = BTreeMap<(u8, u64), Vec<u8>>;

impl Store {
    /// Gives up to `most` waiting leaves their places. `None` where somebody else holds the lease. `now_ms` and
    /// `lease_ms` are milliseconds; `holder` names this process.
    ///
    /// # Errors
    /// A tree that does not fit its tiles, or those of the database.
    pub async fn sequence_leaves(
        &self,
        holder: &str,
        now_ms: i64,
        lease_ms: i64,
        most: u32,
    ) -> StoreResult<Option<Grown>> {
        let mut tx = self.db.begin_bare().await?;
        // The row stays locked until the end, so that two holders cannot grow the tree at once, whatever their clocks.
        let held = tx
            .execute(
                "INSERT INTO audit_lease (name, holder, until_ms) VALUES ('sequencer', $1, $3) ON CONFLICT (name) DO UPDATE \
                 SET holder = excluded.holder, until_ms = excluded.until_ms WHERE audit_lease.until_ms < $2 OR audit_lease.holder = excluded.holder",
                args![holder, now_ms, now_ms.saturating_add(lease_ms)],
            )
            .await?;
        if held != 1 {
            return Ok(None);
        }
        let waiting = tx
            .fetch(
                "SELECT id, made_ms, kind, commitment FROM audit_leaves WHERE position IS NULL ORDER BY id LIMIT $1",
                args![most],
                |c| Ok((c.text()?, c.int()?, c.text()?, c.text()?)),
            )
            .await?;
        let size = tx
            .fetch_one("SELECT size FROM audit_tree WHERE id = 0", args![], |c| c.int())
            .await?
            .map_or(0, unsigned);
        let mut tiles = edge(&mut tx, size).await?;
        let mut tree = Tree::resume(size, &TileNodes::new(size, |id| cut(&tiles, id)))?;
        let mut changed = BTreeMap::new();
        for (id, made_ms, kind, commitment) in &waiting {
            let commitment = hash_of(commitment).ok_or_else(|| StoreError::corrupt(commitment))?;
            let leaf = Leaf::from_parts(id, unsigned(*made_ms), kind, commitment)?;
            let position = signed(tree.size());
            for node in tree.append(leaf.hash())? {
                if node.id.level % 8 == 0 {
                    let place = (node.id.level / 8, node.id.index / TILE_WIDTH);
                    tiles.entry(place).or_default().extend(node.hash.0);
                    changed.insert(place, ());
                }
            }
            tx.execute("UPDATE audit_leaves SET position = $2 WHERE id = $1", args![id, position]).await?;
        }
        let head = Head { size: tree.size(), root: tree.root() };
        if !waiting.is_empty() {
            let rows: Vec<_> =
                changed.keys().filter_map(|place| tiles.get(place).map(|t| (*place, hex(t)))).collect();
            tx.bulk(
                "INSERT INTO audit_tiles (level, tile, hashes) VALUES",
                3,
                "ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes",
                &rows,
                |args, ((level, tile), hashes)| {
                    args.push(i64::from(*level))?;
                    args.push(signed(*tile))?;
                    args.push(hashes)
                },
            )
            .await?;
            tx.execute(
                "INSERT INTO audit_tree (id, size, root) VALUES (0, $1, $2) ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root",
                args![signed(head.size), hash_text(&head.root)],
            )
            .await?;
        }
        tx.commit_bare().await?;
        Ok(Some(Grown { added: unsigned(i64::try_from(waiting.len()).unwrap_or(0)), head }))
    }

    /// The tree as it stands, signed or not; `None` before the first leaf.
    ///
    /// # Errors
    /// `Corrupt` where the stored head is none.
    pub async fn audit_head(&self) -> StoreResult<Option<Head>> {
        let row = self
            .db
            .fetch_one("SELECT size, root FROM audit_tree WHERE id = 0", args![], |c| {
                Ok((c.int()?, c.text()?))
            })
            .await?;
        row.map(|(size, root)| {
            let root = hash_of(&root).ok_or_else(|| StoreError::corrupt(&root))?;
            Ok(Head { size: unsigned(size), root })
        })
        .transpose()
    }

    /// Keeps a signed head.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn keep_checkpoint(&self, head: &Head, note: &str, signed_ms: i64) -> StoreResult<()> {
        let mut tx = self.db.begin_bare().await?;
        tx.execute(
            "INSERT INTO audit_checkpoints (size, root, note, signed_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING",
            args![signed(head.size), hash_text(&head.root), note, signed_ms],
        )
        .await?;
        tx.commit_bare().await
    }

    /// The latest signed head, as a note.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn latest_checkpoint(&self) -> StoreResult<Option<String>> {
        self.db
            .fetch_one("SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1", args![], |c| c.text())
            .await
    }

    /// Leaves that have no place in the tree yet.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn waiting_leaves(&self) -> StoreResult<Waiting> {
        let row = self
            .db
            .fetch_one(
                "SELECT count(*), min(made_ms) FROM audit_leaves WHERE position IS NULL",
                args![],
                |c| Ok(Waiting { leaves: c.int()?, oldest_ms: c.opt_int()? }),
            )
            .await?;
        Ok(row.unwrap_or(Waiting { leaves: 0, oldest_ms: None }))
    }

    /// The proof that the tree of `newer` leaves begins with that of `older`. Only the tiles on its way are read.
    ///
    /// # Errors
    /// A tile that is missing, or those of the database.
    pub async fn audit_consistency(&self, older: u64, newer: u64) -> StoreResult<Vec<Hash>> {
        let mut tiles = Tiles::new();
        loop {
            let lacking = Cell::new(None);
            let nodes = TileNodes::new(newer, |id: TileId| {
                let found = cut(&tiles, id);
                if found.is_none() {
                    lacking.set(Some((id.level, id.index)));
                }
                found
            });
            let proof = consistency_proof(&nodes, older, newer);
            match (proof, lacking.get()) {
                (Ok(proof), _) => return Ok(proof),
                (Err(_), Some((level, tile))) if !tiles.contains_key(&(level, tile)) => {
                    let bytes = self.audit_tile(level, tile).await?.unwrap_or_default();
                    tiles.insert((level, tile), bytes);
                }
                (Err(fault), _) => return Err(fault.into()),
            }
        }
    }

    /// The hashes of a tile, all that there are.
    pub(super) async fn audit_tile(&self, level: u8, tile: u64) -> StoreResult<Option<Vec<u8>>> {
        let text = self
            .db
            .fetch_one(
                "SELECT hashes FROM audit_tiles WHERE level = $1 AND tile = $2",
                args![i64::from(level), signed(tile)],
                |c| c.text(),
            )
            .await?;
        text.map(|text| unhex_all(&text).ok_or_else(|| StoreError::corrupt(&text))).transpose()
    }
}

/// The tile, cut to the width asked for; `None` where it has fewer hashes.
fn cut(tiles: &Tiles, id: TileId) -> Option<Vec<u8>> {
    let bytes = usize::try_from(id.width).ok()?.checked_mul(32)?;
    tiles.get(&(id.level, id.index))?.get(..bytes).map(<[u8]>::to_vec)
}

/// The last tile of each height: what growing the tree needs.
async fn edge(tx: &mut Tx, size: u64) -> StoreResult<Tiles> {
    let mut tiles = Tiles::new();
    for level in 0..8_u8 {
        let present = size >> (u32::from(level) * 8);
        if present == 0 {
            break;
        }
        let tile = present / TILE_WIDTH;
        let width = usize::try_from(present % TILE_WIDTH).unwrap_or(0);
        if width == 0 {
            continue;
        }
        let text = tx
            .fetch_one(
                "SELECT hashes FROM audit_tiles WHERE level = $1 AND tile = $2",
                args![i64::from(level), signed(tile)],
                |c| c.text(),
            )
            .await?
            .unwrap_or_default();
        let bytes = unhex_all(&text).filter(|b| b.len() == width.saturating_mul(32));
        tiles.insert((level, tile), bytes.ok_or_else(|| StoreError::corrupt(&text))?);
    }
    Ok(tiles)
}
