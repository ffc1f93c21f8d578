//! Divisions: bulk load of any list, names, children.

use doudi_policy::DivisionCode;
use doudi_registry::{Division, UrbanRural};

use crate::db::{Cells, args};
use crate::{Store, StoreResult};

const COLUMNS: usize = 8;

fn read(c: &mut Cells<'_>) -> StoreResult<Division> {
    Ok(Division {
        code: c.parse()?,
        name: c.text()?,
        class: c.opt_code(UrbanRural::from_id)?,
        valid_from: c.opt_parse()?,
        valid_to: c.opt_parse()?,
        successor: c.opt_parse()?,
    })
}

impl Store {
    /// Loads divisions; a code already on file is replaced by the new row. Returns how many were written.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn import_divisions(&self, divisions: &[Division]) -> StoreResult<u64> {
        let mut tx = self.db.begin().await?;
        let written = tx
            .bulk(
                "INSERT INTO divisions (code, name, level, parent, class, valid_from, valid_to, successor) VALUES",
                COLUMNS,
                "ON CONFLICT (code) DO UPDATE SET name = excluded.name, class = excluded.class, valid_from = excluded.valid_from, valid_to = excluded.valid_to, successor = excluded.successor",
                divisions,
                |args, d| {
                    args.push(&d.code)?;
                    args.push(&d.name)?;
                    args.push(i64::from(d.code.level()))?;
                    args.push(d.code.parent().as_ref())?;
                    args.push(d.class.map(UrbanRural::id))?;
                    args.push(d.valid_from)?;
                    args.push(d.valid_to)?;
                    args.push(d.successor.as_ref())
                },
            )
            .await?;
        tx.commit().await?;
        Ok(written)
    }

    /// One division.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn division(&self, code: &DivisionCode) -> StoreResult<Option<Division>> {
        self.db
            .fetch_one(
                "SELECT code, name, class, valid_from, valid_to, successor FROM divisions WHERE code = $1",
                args![code],
                read,
            )
            .await
    }

    /// The divisions one level below, by code; the top ones for `None`.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn child_divisions(&self, parent: Option<&DivisionCode>) -> StoreResult<Vec<Division>> {
        self.db
            .fetch(
                "SELECT code, name, class, valid_from, valid_to, successor FROM divisions WHERE coalesce(parent, '') = $1 ORDER BY code",
                args![parent.map_or("", DivisionCode::as_str)],
                read,
            )
            .await
    }

    /// Everything inside an area, itself included, by code.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn divisions_within(&self, area: &DivisionCode) -> StoreResult<Vec<Division>> {
        let (from, to) = crate::area_range(Some(area));
        self.db
            .fetch(
                "SELECT code, name, class, valid_from, valid_to, successor FROM divisions WHERE code >= $1 AND code < $2 ORDER BY code",
                args![from, to],
                read,
            )
            .await
    }

    /// How many divisions are on file, by level 1–5.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn division_counts(&self) -> StoreResult<Vec<(u8, i64)>> {
        self.db
            .fetch("SELECT level, count(*) FROM divisions GROUP BY level ORDER BY level", args![], |c| {
                Ok((u8::try_from(c.int()?).unwrap_or(0), c.int()?))
            })
            .await
    }

    /// Whether there are divisions on file and every one of them is fictional (99…).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn is_fictional(&self) -> StoreResult<bool> {
        let found = self
            .db
            .fetch_one(
                "SELECT count(*), CAST(coalesce(sum(CASE WHEN code >= '99' AND code < '99z' THEN 0 ELSE 1 END), 0) AS BIGINT) FROM divisions",
                args![],
                |c| Ok((c.int()?, c.int()?)),
            )
            .await?;
        Ok(matches!(found, Some((all, 0)) if all > 0))
    }
}
