//! Questions that only the pages ask.

use std::collections::{BTreeMap, BTreeSet};

use doudi_payment::bank::Payee;
use doudi_payment::{LineId, RosterState};
use doudi_policy::{Date, DivisionCode, Month};
use doudi_registry::{HouseholdId, RosterId, StaffId};

use crate::awards::read_payee;
use crate::db::args;
use crate::leads::{self, LeadFilter};
use crate::{Page, Paged, Store, StoreError, StoreResult};

/// Where a roster stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterProgress {
    /// State.
    pub state: RosterState,
    /// Day on which it was made.
    pub made_on: Date,
    /// Day on which it was sealed.
    pub sealed_on: Option<Date>,
    /// Who made it.
    pub made_by: StaffId,
}

/// A household in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseholdItem {
    /// Id.
    pub id: HouseholdId,
    /// 户号
    pub code: String,
    /// Village.
    pub division: DivisionCode,
    /// Name of the head.
    pub head_name: String,
    /// Registered members.
    pub members: i64,
}

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

    /// Households that a list of leads speaks of: a family can have several.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn lead_households(&self, filter: &LeadFilter) -> StoreResult<i64> {
        if filter.indicator.is_some() {
            let households: BTreeSet<HouseholdId> =
                self.indicated(filter).await?.into_iter().map(|(_, household)| household).collect();
            return Ok(i64::try_from(households.len()).unwrap_or(i64::MAX));
        }
        let found = self
            .db
            .fetch_one(
                "SELECT count(DISTINCT l.household) FROM leads l WHERE l.division >= $1 AND l.division < $2 \
                 AND ($3 = '' OR l.kind = $3) AND (($4 = '' AND l.status <> 'closed') OR l.status = $4) AND ($5 = '' OR l.urgency = $5) \
                 AND ($6 = '' OR l.outcome = $6) AND ($7 = -1 OR l.assigned_to = $7) AND ($8 = '' OR l.due_on <= $8)",
                leads::filter_args(filter)?,
                |c| c.int(),
            )
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// A page of the households inside an area by 户号; with a month, only those that receive anything in it.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn household_list(
        &self,
        area: Option<&DivisionCode>,
        helped_in: Option<Month>,
        page: Page,
    ) -> StoreResult<Paged<HouseholdItem>> {
        let (from, to) = crate::area_range(area);
        let month = helped_in.map(|m| m.to_string()).unwrap_or_default();
        let total = self
            .db
            .fetch_one(
                "SELECT count(*) FROM households h WHERE h.division >= $1 AND h.division < $2 AND h.code NOT LIKE 'erased-%' AND ($3 = '' OR EXISTS \
                 (SELECT 1 FROM receiving r WHERE r.household = h.id AND r.from_month <= $3 AND (r.to_month IS NULL OR r.to_month >= $3)))",
                args![&from, &to, &month],
                |c| c.int(),
            )
            .await?
            .unwrap_or_default();
        let rows = self
            .db
            .fetch(
                "SELECT h.id, h.code, h.division, coalesce((SELECT min(p.name) FROM memberships m JOIN persons p ON p.id = m.person \
                 WHERE m.household = h.id AND m.kind = 'hukou' AND m.relation = 'head' AND m.to_on IS NULL), ''), \
                 (SELECT count(*) FROM memberships n WHERE n.household = h.id AND n.kind = 'hukou' AND n.to_on IS NULL) \
                 FROM households h WHERE h.division >= $1 AND h.division < $2 AND h.code NOT LIKE 'erased-%' AND ($3 = '' OR EXISTS \
                 (SELECT 1 FROM receiving r WHERE r.household = h.id AND r.from_month <= $3 AND (r.to_month IS NULL OR r.to_month >= $3))) \
                 ORDER BY h.code LIMIT $4 OFFSET $5",
                args![from, to, month, page.limit(), page.offset()],
                |c| {
                    Ok(HouseholdItem {
                        id: HouseholdId(c.int()?),
                        code: c.text()?,
                        division: c.parse()?,
                        head_name: c.text()?,
                        members: c.int()?,
                    })
                },
            )
            .await?;
        Ok(Paged { rows, total, page })
    }

    /// Households inside an area.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn households_inside(&self, area: &DivisionCode) -> StoreResult<BTreeSet<HouseholdId>> {
        let (from, to) = crate::area_range(Some(area));
        let sql = "SELECT id FROM households WHERE division >= $1 AND division < $2";
        Ok(self.db.fetch(sql, args![from, to], |c| Ok(HouseholdId(c.int()?))).await?.into_iter().collect())
    }

    /// Where a roster stands, without its lines.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn roster_state(&self, id: RosterId) -> StoreResult<RosterProgress> {
        self.db
            .fetch_one(
                "SELECT state, made_on, sealed_on, made_by FROM rosters WHERE id = $1",
                args![id],
                |c| {
                    Ok(RosterProgress {
                        state: c.code(RosterState::from_id)?,
                        made_on: c.parse()?,
                        sealed_on: c.opt_parse()?,
                        made_by: StaffId(c.int()?),
                    })
                },
            )
            .await?
            .ok_or_else(|| StoreError::not_found("roster", id))
    }

    /// Accounts of the families on a roster, by line: what the bank file is made from.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn payees_of(&self, roster: RosterId) -> StoreResult<BTreeMap<LineId, Payee>> {
        let found = self
            .db
            .fetch(
                "SELECT l.id, a.household, a.holder, a.bank, a.account FROM roster_lines l JOIN accounts a ON a.household = l.household WHERE l.roster = $1",
                args![roster],
                read_payee,
            )
            .await?;
        Ok(found.into_iter().collect())
    }
}
