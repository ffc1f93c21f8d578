//! 先核后改: where a job is about to vouch for rows in place of all that was said of them, or to destroy the leaves that
//! said it, the rows are compared with it first. An edit from outside must not be covered.

use std::collections::{BTreeMap, BTreeSet};

use super::shelf::{Shelf, Told, digests, nothing, over};
use super::verify::Said;
use crate::db::{Tx, args};
use crate::{StoreError, StoreResult};

/// Keys of rows.
pub(super) type Keys = BTreeSet<(Shelf, i64)>;

impl Tx {
    /// What leaves say of some keys, where the rows as they stand are just that.
    ///
    /// # Errors
    /// Refused with the table and the key where they are not: who checks the records must look first.
    pub(super) async fn said_of(&mut self, keys: &Keys) -> StoreResult<Said> {
        let mut said = Said::default();
        if keys.is_empty() {
            return Ok(said);
        }
        let within =
            |shelf, first, last| first <= last && keys.range((shelf, first)..=(shelf, last)).next().is_some();
        self.each(
            "SELECT payload FROM audit_leaves WHERE payload LIKE '%\"rows.%' OR payload LIKE '%\"run.%' \
             ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, id"
                .to_owned(),
            args![],
            |c| {
                for (name, digest) in c.json::<BTreeMap<String, String>>()? {
                    let Some(told) = Told::of_field(&name) else { continue };
                    // Neighbours in the run of a key count, too: its digest is over all of them.
                    let bears = match told {
                        Told::Run(shelf, first, last) => within(shelf, first, last),
                        Told::Rows(shelf, key) | Told::Before(shelf, key) | Told::Origin(shelf, key) => {
                            keys.contains(&(shelf, key)) || said.in_run(shelf, key)
                        }
                    };
                    if bears {
                        said.hear(told, digest);
                    }
                }
                Ok(())
            },
        )
        .await?;
        self.fits(keys, &said).await?;
        Ok(said)
    }

    async fn fits(&mut self, keys: &Keys, said: &Said) -> StoreResult<()> {
        for ((shelf, first, last), digest) in &said.runs {
            let now = shelf.between(self, *first, *last).await?;
            if over(&said.as_told(*shelf, *first, *last, now)) != *digest {
                return Err(unfit(*shelf, format!("{first}-{last}")));
            }
        }
        let single: Vec<(Shelf, i64)> = keys
            .iter()
            .filter(|(shelf, key)| said.rows.contains_key(&(*shelf, *key)) || !said.in_run(*shelf, *key))
            .copied()
            .collect();
        for ((shelf, key), now) in single.iter().zip(digests(self, &single).await?) {
            let told = said.rows.get(&(*shelf, *key)).map_or_else(nothing, |(digest, _)| digest.clone());
            if told != now {
                return Err(unfit(*shelf, key.to_string()));
            }
        }
        Ok(())
    }
}

fn unfit(shelf: Shelf, keys: impl std::fmt::Display) -> StoreError {
    let table = shelf.table();
    StoreError::refused(
        format!(
            "{table} {keys} 与审计叶所记不符，像是在系统之外被改动过；什么都没有做。请审计员先执行 doudi audit verify"
        ),
        format!(
            "{table} {keys}: the rows are not what the audit recorded, as if they were altered outside the program; nothing was done. \
             Ask the auditor to run doudi audit verify first"
        ),
    )
}
