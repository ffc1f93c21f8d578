//! The tree computed again beside the stored one.

use std::collections::BTreeMap;

use doudi_access::audit::{Hash, Leaf, TILE_WIDTH, Tree};

use super::Examined;
use super::row::{Row, place};
use crate::StoreResult;

/// A head that must hold: a stored one, or one that somebody kept elsewhere.
pub(super) struct Known {
    pub(super) place: String,
    pub(super) size: u64,
    pub(super) root: Hash,
}

/// Two trees at once: one over the rows, one over the stored hashes. Where they part, a signed head says which is true.
pub(super) struct Walk<'k> {
    heads: std::iter::Peekable<std::slice::Iter<'k, Known>>,
    rows: Tree,
    tiles: Tree,
    /// Positions since the last head at which row and stored hash differ, with the row's name.
    differ: Vec<(u64, String)>,
    /// Positions without a row.
    missing: Vec<u64>,
    pub(super) upper: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'k> Walk<'k> {
    pub(super) fn new(known: &'k [Known]) -> Self {
        let mut heads = known.iter().peekable();
        while heads.next_if(|h| h.size == 0).is_some() {}
        Self {
            heads,
            rows: Tree::new(),
            tiles: Tree::new(),
            differ: Vec::new(),
            missing: Vec::new(),
            upper: BTreeMap::new(),
        }
    }

    pub(super) fn step(
        &mut self,
        position: u64,
        row: Option<&Row>,
        leaf: Option<Leaf>,
        tile: Option<Hash>,
        seen: &mut Examined,
    ) -> StoreResult<()> {
        let of_row = leaf.map(|l| l.hash());
        match row {
            None => self.missing.push(position),
            Some(row) if of_row != tile => self.differ.push((position, place(row))),
            Some(_) => {}
        }
        let nothing = Hash([0; 32]);
        self.rows.append(of_row.or(tile).unwrap_or(nothing))?;
        for node in self.tiles.append(tile.or(of_row).unwrap_or(nothing))? {
            if node.id.level % 8 == 0 && node.id.level > 0 {
                let place = (node.id.level / 8, node.id.index / TILE_WIDTH);
                self.upper.entry(place).or_default().push(node.hash);
            }
        }
        let size = position.saturating_add(1);
        let mut verdict = None;
        while let Some(head) = self.heads.next_if(|h| h.size == size) {
            let truth = (self.rows.root() == head.root, self.tiles.root() == head.root);
            if truth == (false, false) {
                seen.find(
                    head.place.as_str(),
                    &format!("前 {size} 片叶的树根不是签名的树根：过去的记录被改动过"),
                    &format!("the root over the first {size} leaves is not the one that was signed: the past was altered"),
                );
            }
            verdict = Some(truth);
        }
        if let Some((rows, tiles)) = verdict {
            self.judge(rows, tiles, seen);
        }
        Ok(())
    }

    /// Says of each difference which side was altered.
    fn judge(&mut self, rows: bool, tiles: bool, seen: &mut Examined) {
        for (position, row) in self.differ.drain(..) {
            match (rows, tiles) {
                (true, false) => seen.find(
                    format!("audit_tiles 0/{} (position {position})", position / TILE_WIDTH),
                    "存储的哈希被改动过",
                    "the stored hash was altered",
                ),
                (false, true) => {
                    seen.find(
                        row,
                        "这片叶被改动过，或被换成另一片",
                        "this leaf was altered, or another was put in its place",
                    );
                }
                _ => seen.find(row, "叶与存储的哈希不符", "leaf and stored hash do not fit"),
            }
        }
    }

    /// Roots over everything.
    pub(super) fn finish(&mut self, size: u64, seen: &mut Examined) -> Option<[Hash; 2]> {
        self.judge(false, false, seen);
        let mut run: Option<(u64, u64)> = None;
        for position in self.missing.drain(..).map(Some).chain([None]) {
            run = match (run, position) {
                (Some((first, last)), Some(p)) if p == last.saturating_add(1) => Some((first, p)),
                (Some((first, last)), next) => {
                    seen.find(
                        format!("positions {first}-{last}"),
                        "这些叶缺失：记录被删除，或位置被改动",
                        "these leaves are missing: rows were removed, or their positions altered",
                    );
                    next.map(|p| (p, p))
                }
                (None, next) => next.map(|p| (p, p)),
            };
        }
        (size > 0).then(|| [self.rows.root(), self.tiles.root()])
    }
}
