//! 瓦片: the tree as files that anybody can keep (C2SP tlog-tiles): 256 hashes of one height a file.

use super::hash::{Hash, hash_node};
use super::tree::{NodeId, Nodes, stored};
use super::{AuditFault, Leaf, entry_bundle};

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// Heights in a tile: its hashes are `8 × level` above the leaves.
const TILE_HEIGHT: u8 = 8;

/// A tile, full or cut short at the right edge of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Height in tiles, 0 for leaf hashes.
    pub level: u8,
    /// Position at that height.
    pub index: u64,
    /// Hashes in it, 1 to 256.
    pub width: u64,
}

impl TileId {
    /// The tiles of a tree that its predecessor of size `before` did not have in this width. `before` zero gives all.
    pub fn between(before: u64, size: u64) -> Vec<Self> {
        let mut tiles = Vec::new();
        for level in 0..TILE_HEIGHT {
            let shift = u32::from(level) * u32::from(TILE_HEIGHT);
            let (old, new) = (before.min(size) >> shift, size >> shift);
            if old == new {
                break;
            }
            let full =
                (old / TILE_WIDTH..new / TILE_WIDTH).map(|index| Self { level, index, width: TILE_WIDTH });
            tiles.extend(full);
            if new % TILE_WIDTH > 0 {
                tiles.push(Self { level, index: new / TILE_WIDTH, width: new % TILE_WIDTH });
            }
        }
        tiles
    }

    /// The path below the log's folder, for example `tile/0/x001/x234/067` or `tile/1/000.p/17`.
    pub fn path(&self) -> String {
        self.path_under(&self.level.to_string())
    }

    /// The path of the entries whose hashes this tile of level 0 holds.
    pub fn entries_path(&self) -> String {
        self.path_under("entries")
    }

    fn path_under(&self, folder: &str) -> String {
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let width = if self.width < TILE_WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("tile/{folder}/{}{width}", groups.join("/"))
    }

    /// The bytes of the tile.
    ///
    /// # Errors
    /// [`AuditFault::MissingNode`] if the storage lacks a hash.
    pub fn bytes(&self, nodes: &impl Nodes) -> Result<Vec<u8>, AuditFault> {
        let mut bytes = Vec::new();
        for offset in 0..self.width {
            let index = self.index.saturating_mul(TILE_WIDTH).saturating_add(offset);
            let level = self.level.saturating_mul(TILE_HEIGHT);
            bytes.extend(stored(nodes, NodeId { level, index })?.0);
        }
        Ok(bytes)
    }

    /// The bytes of the entries, `leaves` being those of this tile in their order.
    ///
    /// # Errors
    /// [`AuditFault::OutOfRange`] for another number of leaves.
    pub fn entries(&self, leaves: &[Leaf]) -> Result<Vec<u8>, AuditFault> {
        let given = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        if self.level == 0 && given == self.width {
            entry_bundle(leaves)
        } else {
            Err(AuditFault::OutOfRange { asked: given, size: self.width })
        }
    }
}

/// Reads subtrees from stored tiles of a tree of a size. `fetch` gives a tile's bytes.
pub struct TileNodes<F> {
    size: u64,
    fetch: F,
}

impl<F: Fn(TileId) -> Option<Vec<u8>>> TileNodes<F> {
    /// Hashes of a tree of `size` leaves.
    pub fn new(size: u64, fetch: F) -> Self {
        Self { size, fetch }
    }
}

impl<F: Fn(TileId) -> Option<Vec<u8>>> Nodes for TileNodes<F> {
    fn node(&self, id: NodeId) -> Option<Hash> {
        let (level, above) = (id.level / TILE_HEIGHT, id.level % TILE_HEIGHT);
        let first = id.index.checked_shl(u32::from(above))?;
        let present = self.size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))?;
        let index = first / TILE_WIDTH;
        let width = present.checked_sub(index.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
        let bytes = (self.fetch)(TileId { level, index, width })?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || u64::try_from(hashes.len()).ok()? != width {
            return None;
        }
        let from = usize::try_from(first % TILE_WIDTH).ok()?;
        let to = from.checked_add(1 << above)?;
        let mut row: Vec<Hash> = hashes.get(from..to)?.iter().map(|bytes| Hash(*bytes)).collect();
        while row.len() > 1 {
            let (pairs, _) = row.as_chunks::<2>();
            row = pairs.iter().map(|[left, right]| hash_node(left, right)).collect();
        }
        row.first().copied()
    }
}
