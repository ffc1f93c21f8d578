//! Questions that only the pages ask.

use doudi_policy::DivisionCode;

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
                "SELECT substr(division, 1, $3), count(DISTINCT household) FROM leads \
                 WHERE division >= $1 AND division < $2 AND kind = 'missed' AND outcome = $4 AND status <> 'closed' \
                 GROUP BY 1 ORDER BY 1",
                args![from, to, keep, outcome],
                |c| Ok((c.text()?, c.int()?)),
            )
            .await
    }
}
