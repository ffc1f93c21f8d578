//! Coverage by place: who lives there, who receives, who was found.

use doudi_policy::{DivisionCode, Month};
use doudi_registry::LeadKind;

use crate::db::args;
use crate::{Store, StoreResult};

/// One division of the coverage table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    /// Division.
    pub division: DivisionCode,
    /// Its name.
    pub name: String,
    /// Registered households.
    pub households: i64,
    /// Registered persons.
    pub persons: i64,
    /// Households that receive, by programme.
    pub receiving: Vec<(String, i64)>,
    /// Households that receive anything.
    pub helped: i64,
    /// Open leads (not closed) by kind, as households.
    pub leads: Vec<(LeadKind, i64)>,
}

impl Store {
    /// Coverage of the divisions one level below an area, by code.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn coverage(&self, area: &DivisionCode, month: Month) -> StoreResult<Vec<CoverageRow>> {
        let keep = match area.as_str().len() {
            2 => 4_i64,
            4 => 6,
            6 => 9,
            _ => 12,
        };
        let (from, to) = crate::area_range(Some(area));
        let people = self
            .db
            .fetch(
                "SELECT substr(h.division, 1, CAST($3 AS INTEGER)), count(DISTINCT h.id), count(m.person) FROM households h \
                 LEFT JOIN memberships m ON m.household = h.id AND m.kind = 'hukou' AND m.to_on IS NULL \
                 WHERE h.division >= $1 AND h.division < $2 GROUP BY 1 ORDER BY 1",
                args![&from, &to, keep],
                |c| Ok((c.text()?, c.int()?, c.int()?)),
            )
            .await?;
        let receiving = self
            .db
            .fetch(
                "SELECT substr(h.division, 1, CAST($3 AS INTEGER)), r.programme, count(DISTINCT r.household) FROM receiving r JOIN households h ON h.id = r.household \
                 WHERE h.division >= $1 AND h.division < $2 AND r.from_month <= $4 AND (r.to_month IS NULL OR r.to_month >= $4) GROUP BY 1, 2 ORDER BY 1, 2",
                args![&from, &to, keep, month],
                |c| Ok((c.text()?, c.text()?, c.int()?)),
            )
            .await?;
        let helped = self
            .db
            .fetch(
                "SELECT substr(h.division, 1, CAST($3 AS INTEGER)), count(DISTINCT r.household) FROM receiving r JOIN households h ON h.id = r.household \
                 WHERE h.division >= $1 AND h.division < $2 AND r.from_month <= $4 AND (r.to_month IS NULL OR r.to_month >= $4) GROUP BY 1",
                args![&from, &to, keep, month],
                |c| Ok((c.text()?, c.int()?)),
            )
            .await?;
        let leads = self
            .db
            .fetch(
                "SELECT substr(division, 1, CAST($3 AS INTEGER)), kind, count(DISTINCT household) FROM leads \
                 WHERE division >= $1 AND division < $2 AND status <> 'closed' GROUP BY 1, 2",
                args![&from, &to, keep],
                |c| Ok((c.text()?, c.code(LeadKind::from_id)?, c.int()?)),
            )
            .await?;
        let mut rows = Vec::with_capacity(people.len());
        for (code, households, persons) in people {
            let Ok(division) = code.parse::<DivisionCode>() else {
                continue;
            };
            let name = self.division(&division).await?.map_or_else(|| code.clone(), |d| d.name);
            let mut kinds: Vec<(LeadKind, i64)> =
                leads.iter().filter(|(c, _, _)| *c == code).map(|(_, kind, n)| (*kind, *n)).collect();
            kinds.sort();
            rows.push(CoverageRow {
                division,
                name,
                households,
                persons,
                receiving: receiving
                    .iter()
                    .filter(|(c, _, _)| *c == code)
                    .map(|(_, programme, n)| (programme.clone(), *n))
                    .collect(),
                helped: helped.iter().find(|(c, _)| *c == code).map_or(0, |(_, n)| *n),
                leads: kinds,
            });
        }
        Ok(rows)
    }
}
