//! 删除载荷: destroys content and salt of the leaves about a family that is erased. Hashes and proofs stay; rows that those
//! leaves vouched for and that stay are vouched for anew.

use std::collections::BTreeMap;

use super::fits::Keys;
use super::shelf::Told;
use crate::StoreResult;
use crate::db::{Tx, args};

/// The kind of the leaf that tells of the erasure of a family's records.
pub(crate) const FAMILY_ERASED: &str = "person.erased";
/// Its field with the ids of the leaves whose content was destroyed.
pub(crate) const ERASED_LEAVES: &str = "leaves";

impl Tx {
    /// Destroys the leaves of some subjects, and gives their ids. To be called before any row is changed, so that what is
    /// vouched for anew is what the leaves said.
    ///
    /// # Errors
    /// Refused where it is not, since the leaves that could show it would be gone; otherwise those of the database.
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
        // What the latest run around each key was made of: the first change since tells it, in a leaf that may go.
        let before = self.said_of(&keys).await?.before;
        self.touched.origins.extend(before.into_iter().filter(|(key, _)| keys.contains(key)));
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
}
