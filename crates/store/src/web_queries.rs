//! Questions that only the pages ask.

use std::collections::BTreeMap;

use doudi_payment::LineId;
use doudi_payment::bank::Payee;
use doudi_policy::{DivisionCode, Month};
use doudi_registry::RosterId;

use crate::db::args;
use crate::{Store, StoreResult};

impl Store {
    /// Households with a missed-entitlement lead for an outcome that is not closed, by the divisions one level
    /// below an area: (code, households). Divisions without one are left out.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn missed_by_division(
        &self,
        area: &DivisionCode,
        outcome: &str,
    ) -> StoreResult<Vec<(String, i64)>> {
        let keep = match area.as_str().len() {
            2 => 4_i64,
            4 => 6,
            6 => 9,
            _ => 12,
        };
        let (from, to) = crate::area_range(Some(area));
        self.db
            .fetch(
                "SELECT substr(division, 1, CAST($3 AS INTEGER)), count(DISTINCT household) FROM leads \
                 WHERE division >= $1 AND division < $2 AND kind = 'missed' AND outcome = $4 AND status <> 'closed' \
                 GROUP BY 1 ORDER BY 1",
                args![from, to, keep, outcome],
                |c| Ok((c.text()?, c.int()?)),
            )
            .await
    }

    /// Households with a missed-entitlement lead that is not closed.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn missed_households(&self) -> StoreResult<i64> {
        let found = self
            .db
            .fetch_one(
                "SELECT count(DISTINCT household) FROM leads WHERE kind = 'missed' AND status <> 'closed'",
                args![],
                |c| c.int(),
            )
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Households that receive anything in a month.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn helped_households(&self, month: Month) -> StoreResult<i64> {
        let found = self
            .db
            .fetch_one(
                "SELECT count(DISTINCT household) FROM receiving WHERE from_month <= $1 AND (to_month IS NULL OR to_month >= $1)",
                args![month],
                |c| c.int(),
            )
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Accounts of the families on a roster, by line: what the bank file is made from.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn payees_of(&self, roster: RosterId) -> StoreResult<BTreeMap<LineId, Payee>> {
        let found = self
            .db
            .fetch(
                "SELECT l.id, a.holder, a.bank, a.account FROM roster_lines l JOIN accounts a ON a.household = l.household WHERE l.roster = $1",
                args![roster],
                |c| {
                    Ok((
                        LineId(c.text()?),
                        Payee { name: c.text()?, bank: c.text()?, account: c.text()? },
                    ))
                },
            )
            .await?;
        Ok(found.into_iter().collect())
    }
}
