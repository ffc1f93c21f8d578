//! 删除载荷: destroys content and salt of the leaves about a family that is erased. Hashes and proofs stay; rows that those
//! leaves vouched for and that stay are vouched for anew.

use std::collections::{BTreeMap, BTreeSet};

use super::shelf::{Shelf, Told};
use crate::StoreResult;
use crate::db::{Tx, args};

/// The kind of the leaf that tells of the erasure of a family's records.
pub(crate) const FAMILY_ERASED: &str = "person.erased";
/// Its field with the ids of the leaves whose content was destroyed.
pub(crate) const ERASED_LEAVES: &str = "leaves";

type Keys = BTreeSet<(Shelf, i64)>;

impl Tx {
    /// Destroys the leaves of some subjects, and gives their ids. To be called before any row is changed, so that what is
    /// vouched for anew is what the leaves said.
    pub(crate) async fn forget(&mut self, subjects: &[String]) -> StoreResult<Vec<String>> {
        let (mut ids, mut keys) = (Vec::new(), Keys::new());
        for subject in subjects {
            let leaves = self
                .fetch(
                    "SELECT id, payload FROM audit_leaves WHERE subject = $1 AND payload IS NOT NULL AND kind <> $2 ORDER BY id",
                    args![subject, FAMILY_ERASED],
                    |c| Ok((c.text()?, c.json::<BTreeMap<String, String>>()?)),
                )
                .await?;
            for (id, fields) in leaves {
                let told: Vec<Told> = fields.keys().filter_map(|name| Told::of_field(name)).collect();
                for told in told {
                    match told {
                        Told::Rows(shelf, key) | Told::Before(shelf, key) | Told::Origin(shelf, key) => {
                            keys.insert((shelf, key));
                        }
                        Told::Run(shelf, first, last) => {
                            let rows = shelf.between(self, first, last).await?;
                            keys.extend(rows.into_keys().map(|key| (shelf, key)));
                        }
                    }
                }
                ids.push(id);
            }
        }
        for ((shelf, key), digest) in self.origins(&keys).await? {
            self.touched.origins.insert((shelf, key), digest);
        }
        for (shelf, key) in keys {
            self.changes(shelf, key).await?;
        }
        for id in &ids {
            self.execute(
                "UPDATE audit_leaves SET payload = NULL, salt = NULL, actor = NULL, subject = '' WHERE id = $1",
                args![id],
            )
            .await?;
        }
        Ok(ids)
    }

    /// What the latest run around each key was made of, where the key has changed since: later the first change would be
    /// asked for it, and that may stand in a leaf that goes.
    async fn origins(&mut self, keys: &Keys) -> StoreResult<BTreeMap<(Shelf, i64), String>> {
        let mut found = BTreeMap::new();
        if keys.is_empty() {
            return Ok(found);
        }
        let mut said = Vec::new();
        self.each(
            "SELECT payload FROM audit_leaves WHERE payload LIKE '%\"was.%' OR payload LIKE '%\"run.%' OR payload LIKE '%\"orig.%' \
             ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, id"
                .to_owned(),
            args![],
            |c| {
                for (name, digest) in c.json::<BTreeMap<String, String>>()? {
                    match Told::of_field(&name) {
                        Some(told @ (Told::Before(shelf, key) | Told::Origin(shelf, key)))
                            if keys.contains(&(shelf, key)) =>
                        {
                            said.push((told, digest));
                        }
                        Some(told @ Told::Run(shelf, first, last))
                            if first <= last && keys.range((shelf, first)..=(shelf, last)).next().is_some() =>
                        {
                            said.push((told, digest));
                        }
                        _ => {}
                    }
                }
                Ok(())
            },
        )
        .await?;
        for (told, digest) in said {
            match told {
                Told::Before(shelf, key) => {
                    found.entry((shelf, key)).or_insert(digest);
                }
                Told::Origin(shelf, key) => {
                    found.insert((shelf, key), digest);
                }
                Told::Run(shelf, first, last) => {
                    found.retain(|(s, key), _| *s != shelf || *key < first || *key > last);
                }
                Told::Rows(..) => {}
            }
        }
        Ok(found)
    }
}
