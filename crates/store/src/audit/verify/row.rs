//! One leaf as it is stored, and what it says.

use std::collections::{BTreeMap, BTreeSet};

use doudi_access::Secret;
use doudi_access::audit::{Event, Hash, Leaf, TILE_WIDTH};

use super::super::entry::ERASED;
use super::super::forget::{ERASED_LEAVES, FAMILY_ERASED};
use super::super::shelf::{Shelf, Told};
use super::super::touched::block;
use super::super::{hash_of, unhex};
use super::Examined;
use crate::StoreResult;
use crate::db::Cells;

/// A row as it is stored; nothing in it is believed yet.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) made_ms: i64,
    pub(super) kind: String,
    pub(super) commitment: String,
    pub(super) actor: Option<i64>,
    pub(super) subject: String,
    pub(super) salt: Option<String>,
    pub(super) payload: Option<String>,
    pub(super) position: Option<i64>,
}

pub(super) fn read(c: &mut Cells<'_>) -> StoreResult<Row> {
    Ok(Row {
        id: c.text()?,
        made_ms: c.int()?,
        kind: c.text()?,
        commitment: c.text()?,
        actor: c.opt_int()?,
        subject: c.text()?,
        salt: c.opt_text()?,
        payload: c.opt_text()?,
        position: c.opt_int()?,
    })
}

/// What the leaves said, gathered on the way; the latest word of each.
#[derive(Default)]
pub(in crate::audit) struct Said {
    /// The digest of the rows under a key, and how many empty leaves had come before it was told.
    pub(in crate::audit) rows: BTreeMap<(Shelf, i64), (String, usize)>,
    /// The digest before the first change since the run that a key is in.
    pub(in crate::audit) before: BTreeMap<(Shelf, i64), String>,
    /// Digests over runs of keys: shelf, first, last.
    pub(in crate::audit) runs: BTreeMap<(Shelf, i64, i64), String>,
    /// Rows that changed between two leaves across one that is empty now, with the leaf that told of the change.
    doubts: BTreeMap<(Shelf, i64), String>,
    /// Leaves without content, by id.
    pub(super) empty: BTreeSet<String>,
    /// Leaves that were erased by a person, by id.
    pub(super) erased: BTreeSet<String>,
}

/// What a run says stands in place of all that was said of its keys.
fn forget<T>(of: &mut BTreeMap<(Shelf, i64), T>, shelf: Shelf, first: i64, last: i64) {
    let keys: Vec<_> = of.range((shelf, first)..=(shelf, last)).map(|(key, _)| *key).collect();
    keys.iter().for_each(|key| drop(of.remove(key)));
}

fn altered(shelf: Shelf, key: i64, leaf: &str, seen: &mut Examined) {
    seen.find(
        format!("{} {key}", shelf.table()),
        &format!("审计叶 {leaf} 之前，这些行已与前一片叶所记不同：被改动过"),
        &format!(
            "before leaf {leaf} these rows differed from what the leaf before had recorded: they were altered"
        ),
    );
}

impl Said {
    /// Whether the digest before a change is what was told last. A leaf in between that is empty now may have told another:
    /// then it is a doubt, until the leaf of the erasure says that it told these rows.
    fn follow(&mut self, told: Told, digest: &str, leaf: &str, seen: &mut Examined) {
        let Told::Before(shelf, key) = told else { return };
        match self.rows.get(&(shelf, key)) {
            Some((last, empty)) if last != digest => {
                if *empty == self.empty.len() {
                    altered(shelf, key, leaf, seen);
                } else {
                    self.doubts.insert((shelf, key), leaf.to_owned());
                }
            }
            _ => {}
        }
    }

    /// What is in doubt still when all leaves were heard was altered.
    pub(super) fn settle(&self, seen: &mut Examined) {
        for ((shelf, key), leaf) in &self.doubts {
            altered(*shelf, *key, leaf, seen);
        }
    }

    /// Whether one of the digests over many keys is over this one.
    pub(in crate::audit) fn in_run(&self, shelf: Shelf, key: i64) -> bool {
        // No run reaches over a block.
        let near = self.runs.range((shelf, block(key).0, i64::MIN)..=(shelf, key, i64::MAX));
        near.into_iter().any(|((_, _, last), _)| *last >= key)
    }

    /// The digests of the keys of a run as they were when it was told: of those that the program has changed since, what they
    /// were before. Each of these has a digest of its own.
    pub(in crate::audit) fn as_told(
        &self,
        shelf: Shelf,
        first: i64,
        last: i64,
        mut now: BTreeMap<i64, String>,
    ) -> BTreeMap<i64, String> {
        for ((_, key), before) in self.before.range((shelf, first)..=(shelf, last)) {
            now.insert(*key, before.clone());
        }
        now
    }

    pub(in crate::audit) fn hear(&mut self, told: Told, digest: String) {
        match told {
            Told::Rows(shelf, key) => {
                self.rows.insert((shelf, key), (digest, self.empty.len()));
            }
            Told::Before(shelf, key) => {
                self.before.entry((shelf, key)).or_insert(digest);
            }
            Told::Origin(shelf, key) => {
                self.before.insert((shelf, key), digest);
            }
            Told::Run(shelf, first, last) if first <= last => {
                let inside = |key: i64| (first..=last).contains(&key);
                forget(&mut self.rows, shelf, first, last);
                forget(&mut self.before, shelf, first, last);
                let old: Vec<_> = self
                    .runs
                    .range((shelf, first, i64::MIN)..=(shelf, last, i64::MAX))
                    .map(|(run, _)| *run)
                    .filter(|(_, a, b)| inside(*a) && inside(*b))
                    .collect();
                old.iter().for_each(|run| drop(self.runs.remove(run)));
                self.runs.insert((shelf, first, last), digest);
            }
            Told::Run(..) => {}
        }
    }
}

pub(super) fn place(row: &Row) -> String {
    match row.position {
        Some(position) => format!("audit_leaves {} (position {position})", row.id),
        None => format!("audit_leaves {}", row.id),
    }
}

/// The hash at a position in the text of its tile.
pub(super) fn at(hashes: &str, position: u64) -> Option<Hash> {
    let from = usize::try_from(position % TILE_WIDTH).ok()?.checked_mul(64)?;
    hash_of(hashes.get(from..from.checked_add(64)?)?)
}

/// Rebuilds a leaf from its row and compares the content with what it commits to.
pub(super) fn examine(row: &Row, seen: &mut Examined, said: &mut Said) -> Option<Leaf> {
    let made_ms = u64::try_from(row.made_ms).ok();
    let leaf = hash_of(&row.commitment)
        .zip(made_ms)
        .and_then(|(hash, made)| Leaf::from_parts(&row.id, made, &row.kind, hash).ok());
    let Some(leaf) = leaf else {
        seen.find(place(row), "叶的写法不符", "the leaf is malformed");
        return None;
    };
    let (Some(salt), Some(payload)) = (&row.salt, &row.payload) else {
        let bare =
            row.salt.is_none() && row.payload.is_none() && row.actor.is_none() && row.subject.is_empty();
        if bare {
            said.empty.insert(row.id.clone());
        } else {
            seen.find(place(row), "内容或盐值缺失一部分", "a part of content and salt is gone");
        }
        return Some(leaf);
    };
    let fields = opened(row, &leaf, salt, payload);
    let Some(fields) = fields else {
        seen.find(
            place(row),
            "内容、盐值、人员或对象与承诺不符：被改动过",
            "content, salt, actor or subject do not fit the commitment: it was altered",
        );
        return Some(leaf);
    };
    if leaf.kind() == ERASED
        && let Some(id) = row.subject.strip_prefix("leaf:")
    {
        said.erased.insert(id.to_owned());
    }
    if leaf.kind() == FAMILY_ERASED
        && let Some(ids) = fields.get(ERASED_LEAVES)
    {
        said.erased.extend(ids.split(' ').map(str::to_owned));
    }
    let told: Vec<(Told, String)> =
        fields.into_iter().filter_map(|(name, digest)| Some((Told::of_field(&name)?, digest))).collect();
    for (of, digest) in &told {
        said.follow(*of, digest, &row.id, seen);
    }
    for (of, digest) in told {
        if let (FAMILY_ERASED, Told::Rows(shelf, key)) = (leaf.kind(), of) {
            said.doubts.remove(&(shelf, key));
        }
        said.hear(of, digest);
    }
    Some(leaf)
}

/// The fields of the content, if it is what the leaf commits to and what the columns say.
fn opened(row: &Row, leaf: &Leaf, salt: &str, payload: &str) -> Option<BTreeMap<String, String>> {
    let fields: BTreeMap<String, String> = serde_json::from_str(payload).ok()?;
    let event = Event::new(fields.iter().map(|(n, t)| (n.as_str(), t.as_str()))).ok()?;
    let same = event.canonical().ok()?.expose() == payload.as_bytes();
    let fits = leaf.is_opened_by(&event, &Secret::new(unhex(salt)?)).ok()?;
    let actor = row.actor.map(|a| a.to_string()).unwrap_or_default();
    let columns = fields.get("actor") == Some(&actor) && fields.get("subject") == Some(&row.subject);
    (same && fits && columns).then_some(fields)
}
