//! 最后一条: the day of the latest record that a group of a family's records really has. The end of something that still
//! runs is no record, though a term may run from it.

use std::collections::BTreeMap;

use doudi_casework::retention::Group;
use doudi_policy::Date;
use doudi_registry::HouseholdId;

use crate::db::args;
use crate::{Store, StoreError, StoreResult};

/// Days of records by group, up to `$2`. A month counts with its first day, which lies in it and not after today. What
/// stays of an erased payment for the book does not count.
const ENTRIES: &str = "SELECT e.part, max(e.d) FROM ( \
    SELECT 'findings' AS part, coalesce(l.closed_on, l.created_on) AS d FROM leads l WHERE l.household = $1 AND l.status = 'closed' AND l.case_id IS NULL \
    UNION ALL SELECT 'findings', a.made_on FROM assessments a WHERE a.household = $1 AND a.case_id IS NULL \
    UNION ALL SELECT 'files', c.opened_on FROM cases c WHERE c.household = $1 \
    UNION ALL SELECT 'files', v.recorded_on FROM visits v WHERE v.household = $1 \
    UNION ALL SELECT 'files', n.issued_on FROM notices n WHERE n.household = $1 \
    UNION ALL SELECT 'files', x.happened_on FROM events x WHERE x.household = $1 AND x.kind <> 'payment' \
    UNION ALL SELECT 'files', l.closed_on FROM leads l WHERE l.household = $1 AND l.case_id IS NOT NULL AND l.closed_on IS NOT NULL \
    UNION ALL SELECT 'files', a.made_on FROM assessments a WHERE a.household = $1 AND a.case_id IS NOT NULL \
    UNION ALL SELECT 'files', coalesce(q.answered_on, q.asked_on) FROM source_queries q WHERE q.household = $1 \
    UNION ALL SELECT 'files', u.from_on FROM authorisations u WHERE u.household = $1 \
    UNION ALL SELECT 'files', u.revoked_on FROM authorisations u WHERE u.household = $1 AND u.revoked_on IS NOT NULL \
    UNION ALL SELECT 'files', o.recorded_at FROM observations o WHERE o.subject_kind = 'household' AND o.subject = $1 \
    UNION ALL SELECT 'files', o.recorded_at FROM observations o WHERE o.subject_kind = 'person' AND o.subject IN (SELECT m.person FROM memberships m WHERE m.household = $1) \
    UNION ALL SELECT 'files', a.from_month || '-01' FROM awards a WHERE a.household = $1 AND a.reasons <> '' \
    UNION ALL SELECT 'files', a.to_month || '-01' FROM awards a WHERE a.household = $1 AND a.reasons <> '' AND a.to_month IS NOT NULL \
    UNION ALL SELECT 'files', g.from_month || '-01' FROM receiving g WHERE g.household = $1 \
    UNION ALL SELECT 'files', g.to_month || '-01' FROM receiving g WHERE g.household = $1 AND g.to_month IS NOT NULL \
    UNION ALL SELECT 'money', x.happened_on FROM events x WHERE x.household = $1 AND x.kind = 'payment' \
    UNION ALL SELECT 'money', b.happened_on FROM roster_lines r JOIN ledger b ON b.roster = r.roster WHERE r.household = $1 \
        AND NOT EXISTS (SELECT 1 FROM erasures z WHERE z.household = $1 AND z.state = 'done' AND z.parts LIKE '%money%' AND z.settled_on >= b.happened_on) \
    UNION ALL SELECT 'money', s.made_on FROM roster_lines r JOIN rosters s ON s.id = r.roster WHERE r.household = $1 \
        AND NOT EXISTS (SELECT 1 FROM erasures z WHERE z.household = $1 AND z.state = 'done' AND z.parts LIKE '%money%' AND z.settled_on >= s.made_on) \
    UNION ALL SELECT 'register', m.from_on FROM memberships m WHERE m.household = $1 \
    UNION ALL SELECT 'register', m.to_on FROM memberships m WHERE m.household = $1 AND m.to_on IS NOT NULL) e \
    WHERE e.d <= $2 GROUP BY e.part";

impl Store {
    /// The day of the latest record of each group of a family's records, never after `today`.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn last_entries(
        &self,
        household: HouseholdId,
        today: Date,
    ) -> StoreResult<BTreeMap<Group, Date>> {
        let rows = self
            .db
            .fetch(ENTRIES, args![household, today], |c| {
                let group = c.text()?;
                let group = Group::from_id(&group).ok_or_else(|| StoreError::corrupt(&group))?;
                Ok((group, c.parse()?))
            })
            .await?;
        Ok(rows.into_iter().collect())
    }
}
