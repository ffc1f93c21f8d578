//! 核验: everything is computed again from the rows, and every difference is named.

mod row;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use doudi_access::audit::{Checkpoint, Hash, Note, TILE_WIDTH, VerifierKey};

pub(super) use self::row::Said;
use self::row::{at, examine, place, read};
use self::walk::{Known, Walk};
use super::entry::Entry;
use super::shelf::{Shelf, over};
use super::{hash_text, signed, unsigned};
use crate::db::args;
use crate::{Store, StoreError, StoreResult};

/// Leaves read at a time.
const RUN: u64 = 16 * TILE_WIDTH;

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which row or range, such as `audit_leaves 01… (position 7)` or `positions 10-12`.
    pub place: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// What a verification saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Leaves in the tree.
    pub leaves: u64,
    /// Leaves that wait for a place.
    pub waiting: u64,
    /// Heads that were compared, those given by the caller too.
    pub heads: usize,
    /// Groups of rows that were compared with what a leaf vouches for.
    pub shelves: usize,
    /// Everything that does not fit; empty where all is well.
    pub findings: Vec<Finding>,
}

impl Examined {
    fn find(&mut self, place: impl Into<String>, zh: &str, en: &str) {
        self.findings.push(Finding { place: place.into(), zh: zh.to_owned(), en: en.to_owned() });
    }
}

impl Store {
    /// Computes the whole tree again and compares it with what is stored, with the signed heads, with `kept` heads
    /// that somebody holds outside (as notes; the last witnessed one above all), and with the rows that leaves vouch
    /// for. `log` is the key that heads must be signed with; where it is `None` signatures are not looked at.
    ///
    /// # Errors
    /// Only those of the database: everything else is a finding.
    pub async fn verify_audit(
        &self,
        log: Option<&VerifierKey>,
        kept: &[(String, String)],
    ) -> StoreResult<Examined> {
        let mut seen = Examined::default();
        let mut known = self.known_heads(log, kept, &mut seen).await?;
        known.sort_by_key(|k| k.size);
        seen.heads = known.len();
        let size = self.tree_size(&known, &mut seen).await?;
        let mut said = Said::default();
        self.walk(size, &known, &mut seen, &mut said).await?;
        self.walk_outside(size, &mut seen, &mut said).await?;
        for id in said.empty.difference(&said.erased) {
            seen.find(
                format!("audit_leaves {id}"),
                "内容或盐值缺失，而没有人依法删除的记录",
                "content or salt is gone, and no leaf says that a person erased it",
            );
        }
        said.settle(&mut seen);
        self.compare_rows(&said, &mut seen).await?;
        Ok(seen)
    }

    /// 基线: vouches for rows that no leaf knows of, such as those of a program that did not vouch for their table yet. Rows
    /// that a leaf knows are left as they are said to be, altered or not. Gives how many keys there were.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn audit_baseline(&self) -> StoreResult<u64> {
        let (mut seen, mut said) = (Examined::default(), Said::default());
        let size = self.tree_size(&[], &mut seen).await?;
        self.walk(size, &[], &mut seen, &mut said).await?;
        self.walk_outside(size, &mut seen, &mut said).await?;
        let mut tx = self.db.begin_bare().await?;
        let mut count = 0_u64;
        for shelf in Shelf::ALL {
            let mut run: Option<(i64, usize)> = None;
            for key in shelf.unvouched(self, &said).await?.into_iter().map(Some).chain([None]) {
                count = count.saturating_add(u64::from(key.is_some()));
                run = match (run, key) {
                    (Some((first, length)), Some(key))
                        if key.saturating_sub(first) == i64::try_from(length).unwrap_or(i64::MAX) =>
                    {
                        Some((first, length.saturating_add(1)))
                    }
                    (done, next) => {
                        if let Some((first, length)) = done {
                            tx.added(shelf, first, length);
                        }
                        next.map(|key| (key, 1))
                    }
                };
            }
        }
        if count > 0 {
            tx.commit(Entry::at_large("audit.baseline").with("keys", count)).await?;
        }
        Ok(count)
    }

    /// Every head there is. Those that are no heads are findings.
    async fn known_heads(
        &self,
        log: Option<&VerifierKey>,
        kept: &[(String, String)],
        seen: &mut Examined,
    ) -> StoreResult<Vec<Known>> {
        let stored = self
            .db
            .fetch("SELECT size, root, note FROM audit_checkpoints ORDER BY size", args![], |c| {
                Ok((c.int()?, c.text()?, c.text()?))
            })
            .await?;
        let mut known = Vec::new();
        for (size, root, note) in stored {
            let place = format!("audit_checkpoints {size}");
            let Some(head) = head_of(&note, log) else {
                seen.find(
                    place,
                    "检查点的签名或格式不符",
                    "the signature or form of the checkpoint does not fit",
                );
                continue;
            };
            if signed(head.0) != size || hash_text(&head.1) != root {
                seen.find(
                    place.as_str(),
                    "检查点的片数或树根与签名内容不同",
                    "size or root differ from what was signed",
                );
            }
            known.push(Known { place, size: head.0, root: head.1 });
        }
        for (name, note) in kept {
            match head_of(note, log) {
                Some((size, root)) => known.push(Known { place: name.clone(), size, root }),
                None => seen.find(
                    name.as_str(),
                    "留存的检查点签名或格式不符",
                    "the signature or form of the kept checkpoint does not fit",
                ),
            }
        }
        Ok(known)
    }

    /// How many leaves the tree should have.
    async fn tree_size(&self, known: &[Known], seen: &mut Examined) -> StoreResult<u64> {
        let head = match self.audit_head().await {
            Ok(head) => head,
            Err(StoreError::Corrupt(_)) => {
                seen.find("audit_tree", "树根的写法不符", "the root is malformed");
                None
            }
            Err(error) => return Err(error),
        };
        let stored = head.as_ref().map_or(0, |h| h.size);
        for head in known.iter().filter(|k| k.size > stored) {
            seen.find(
                format!("positions {stored}-{}", head.size.saturating_sub(1)),
                &format!("{}有 {} 片叶，库里的树只有 {stored} 片：缺失，或恢复了旧备份", head.place, head.size),
                &format!(
                    "{} has {} leaves and the tree here only {stored}: they are missing, or an old backup was restored",
                    head.place, head.size
                ),
            );
        }
        seen.leaves = stored;
        Ok(stored)
    }

    /// The leaves in the tree, in their order.
    async fn walk(
        &self,
        size: u64,
        known: &[Known],
        seen: &mut Examined,
        said: &mut Said,
    ) -> StoreResult<()> {
        let mut walk = Walk::new(known);
        let mut from = 0;
        while from < size {
            let to = from.saturating_add(RUN).min(size);
            let rows = self
                .db
                .fetch(
                    "SELECT id, made_ms, kind, commitment, actor, subject, salt, payload, position FROM audit_leaves WHERE position >= $1 AND position < $2 ORDER BY position, id",
                    args![signed(from), signed(to)],
                    read,
                )
                .await?;
            let tiles = self.tile_texts(0, from / TILE_WIDTH, to.div_ceil(TILE_WIDTH)).await?;
            let mut rows = rows.into_iter().peekable();
            for position in from..to {
                let mut here = None;
                while let Some(row) = rows.next_if(|r| r.position == Some(signed(position))) {
                    if here.is_some() {
                        seen.find(place(&row), "同一位置有两片叶", "two leaves at one position");
                    } else {
                        here = Some(row);
                    }
                }
                let leaf = here.as_ref().and_then(|row| examine(row, seen, said));
                let tile = tiles.get(&(position / TILE_WIDTH)).and_then(|hashes| at(hashes, position));
                walk.step(position, here.as_ref(), leaf, tile, seen)?;
            }
            from = to;
        }
        let last = walk.finish(size, seen);
        if let Some(head) = self.audit_head().await.ok().flatten()
            && last.is_some_and(|roots| !roots.contains(&head.root))
        {
            seen.find("audit_tree", "树根与重新计算的不符", "the root is not the one computed again");
        }
        self.compare_tiles(size, &walk.upper, seen).await
    }

    async fn tile_texts(&self, level: i64, from: u64, to: u64) -> StoreResult<BTreeMap<u64, String>> {
        let rows = self
            .db
            .fetch(
                "SELECT tile, hashes FROM audit_tiles WHERE level = $1 AND tile >= $2 AND tile < $3",
                args![level, signed(from), signed(to)],
                |c| Ok((c.int()?, c.text()?)),
            )
            .await?;
        Ok(rows.into_iter().map(|(tile, hashes)| (unsigned(tile), hashes)).collect())
    }

    /// Widths at height 0, and whole content above it; rows that no tree has.
    async fn compare_tiles(
        &self,
        size: u64,
        upper: &BTreeMap<(u8, u64), Vec<Hash>>,
        seen: &mut Examined,
    ) -> StoreResult<()> {
        let rows = self
            .db
            .fetch(
                "SELECT level, tile, CAST(length(hashes) AS BIGINT) FROM audit_tiles ORDER BY level, tile",
                args![],
                |c| Ok((c.int()?, c.int()?, c.int()?)),
            )
            .await?;
        let mut found = BTreeSet::new();
        for (level, tile, length) in rows {
            let name = format!("audit_tiles {level}/{tile}");
            let Ok(height) = u8::try_from(level) else {
                seen.find(name, "多余的瓦片", "a tile that the tree does not have");
                continue;
            };
            let present = size.checked_shr(u32::from(height) * 8).unwrap_or(0);
            let width = present.saturating_sub(unsigned(tile).saturating_mul(TILE_WIDTH)).min(TILE_WIDTH);
            if tile < 0 || width == 0 {
                seen.find(name, "多余的瓦片", "a tile that the tree does not have");
            } else if unsigned(length) != width.saturating_mul(64) {
                seen.find(name, "瓦片长度不符", "the tile has the wrong length");
            }
            found.insert((height, unsigned(tile)));
        }
        for (place, hashes) in upper {
            let stored = self.tile_texts(i64::from(place.0), place.1, place.1.saturating_add(1)).await?;
            let text: String = hashes.iter().map(hash_text).collect();
            if stored.get(&place.1) != Some(&text) {
                seen.find(
                    format!("audit_tiles {}/{}", place.0, place.1),
                    "上层瓦片与下层算出的不符，或缺失",
                    "the upper tile is not what the level below gives, or is missing",
                );
            }
        }
        for tile in 0..size.div_ceil(TILE_WIDTH) {
            if !found.contains(&(0, tile)) {
                seen.find(format!("audit_tiles 0/{tile}"), "瓦片缺失", "the tile is missing");
            }
        }
        Ok(())
    }

    /// Leaves that are not, or not rightly, in the tree.
    async fn walk_outside(&self, size: u64, seen: &mut Examined, said: &mut Said) -> StoreResult<()> {
        let rows = self
            .db
            .fetch(
                "SELECT id, made_ms, kind, commitment, actor, subject, salt, payload, position FROM audit_leaves WHERE position IS NULL OR position < 0 OR position >= $1 ORDER BY id",
                args![signed(size)],
                read,
            )
            .await?;
        for row in rows {
            if row.position.is_some() {
                seen.find(
                    place(&row),
                    "位置在树之外：多出的叶，或树被截短",
                    "a position outside the tree: an extra leaf, or a tree cut short",
                );
            } else {
                seen.waiting = seen.waiting.saturating_add(1);
            }
            examine(&row, seen, said);
        }
        Ok(())
    }

    /// The rows that leaves vouch for are still the same, and none is there that no leaf knows.
    async fn compare_rows(&self, said: &Said, seen: &mut Examined) -> StoreResult<()> {
        seen.shelves = said.rows.len().saturating_add(said.runs.len());
        for ((shelf, key), (digest, _)) in &said.rows {
            if shelf.stored(self, *key).await? != *digest {
                seen.find(
                    format!("{} {key}", shelf.table()),
                    "行的内容与审计叶所记不同：被改动、删除或插入",
                    "the rows differ from what the audit leaf recorded: altered, removed or inserted",
                );
            }
        }
        for ((shelf, first, last), digest) in &said.runs {
            let now = shelf.stored_between(self, *first, *last).await?;
            if over(&said.as_told(*shelf, *first, *last, now)) != *digest {
                seen.find(
                    format!("{} {first}-{last}", shelf.table()),
                    "这些行中有的与审计叶所记不同：被改动、删除或插入",
                    "some of these rows differ from what the audit leaf recorded: altered, removed or inserted",
                );
            }
        }
        for shelf in Shelf::ALL {
            for key in shelf.unvouched(self, said).await? {
                seen.find(
                    format!("{} {key}", shelf.table()),
                    "没有任何审计叶记有这些行",
                    "no audit leaf knows of these rows",
                );
            }
        }
        Ok(())
    }
}

impl Shelf {
    /// Keys with rows of which no leaf knows.
    async fn unvouched(self, store: &Store, said: &Said) -> StoreResult<Vec<i64>> {
        let runs: Vec<(i64, i64)> = said
            .runs
            .range((self, i64::MIN, i64::MIN)..=(self, i64::MAX, i64::MAX))
            .map(|((_, first, last), _)| (*first, *last))
            .collect();
        let mut runs = runs.into_iter().peekable();
        let mut reach = i64::MIN;
        let mut unknown = Vec::new();
        for key in self.stored_keys(store).await? {
            while let Some((_, last)) = runs.next_if(|(first, _)| *first <= key) {
                reach = reach.max(last);
            }
            if key > reach && !said.rows.contains_key(&(self, key)) {
                unknown.push(key);
            }
        }
        Ok(unknown)
    }
}

/// Size and root of a note, its signature checked where the key is given; `None` where it is no head.
#[must_use]
pub fn head_of(note: &str, log: Option<&VerifierKey>) -> Option<(u64, Hash)> {
    let note = Note::from_text(note).ok()?;
    if let Some(log) = log {
        let head = Checkpoint::open(&note, log).ok()?;
        return Some((head.size(), *head.root()));
    }
    let mut lines = note.text().lines().skip(1);
    let (size, root) = (lines.next()?, lines.next()?);
    Some((size.parse().ok()?, Hash::from_base64(root)?))
}
