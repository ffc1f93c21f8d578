//! Leads: stored in bulk after a sweep, listed in the order of work, settled one by one.

use doudi_policy::{Date, DivisionCode, Fen, Month};
use doudi_registry::{CaseId, HouseholdId, Lead, LeadId, LeadKind, LeadStatus, PersonId, StaffId, Urgency};

use crate::audit::{Entry, Shelf};
use crate::db::{Args, Cells, args};
use crate::{Page, Paged, Store, StoreError, StoreResult};

/// Which leads a list shows; a field that is `None` does not limit it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadFilter {
    /// Inside this area.
    pub area: Option<DivisionCode>,
    /// Of this kind.
    pub kind: Option<LeadKind>,
    /// In this status; without one, everything that is not closed.
    pub status: Option<LeadStatus>,
    /// Of this urgency.
    pub urgency: Option<Urgency>,
    /// For this outcome.
    pub outcome: Option<String>,
    /// With this indicator.
    pub indicator: Option<String>,
    /// Assigned to this person.
    pub assigned_to: Option<StaffId>,
    /// Due on or before this day.
    pub due_by: Option<Date>,
    /// Only those of this household.
    pub household: Option<HouseholdId>,
}

/// A lead in a list, with what the list says of the household. The sheet is left empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadItem {
    /// The lead, without its sheet.
    pub lead: Lead,
    /// 户号
    pub household_code: String,
    /// Name of the head.
    pub head_name: String,
    /// Registered members.
    pub members: i64,
    /// Name of the village.
    pub village: String,
}

/// How many leads there are of a kind, status and urgency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadCount {
    /// Kind.
    pub kind: LeadKind,
    /// Status.
    pub status: LeadStatus,
    /// Urgency.
    pub urgency: Urgency,
    /// Leads.
    pub leads: i64,
    /// Households.
    pub households: i64,
}

fn read(c: &mut Cells<'_>) -> StoreResult<Lead> {
    Ok(Lead {
        id: LeadId(c.int()?),
        kind: c.code(LeadKind::from_id)?,
        outcome: c.text()?,
        household: HouseholdId(c.int()?),
        division: c.parse()?,
        person: c.opt_int()?.map(PersonId),
        met: c.flag()?,
        indicators: c.json()?,
        urgency: c.code(Urgency::from_id)?,
        open_facts: c.json()?,
        reason_zh: c.text()?,
        reason_en: c.text()?,
        visit_note_zh: c.text()?,
        visit_note_en: c.text()?,
        amount_lo: c.opt_int()?.map(Fen),
        amount_hi: c.opt_int()?.map(Fen),
        period: c.parse()?,
        created_on: c.parse()?,
        due_on: c.opt_parse()?,
        status: c.code(LeadStatus::from_id)?,
        assigned_to: c.opt_int()?.map(StaffId),
        case: c.opt_int()?.map(CaseId),
        closed_on: c.opt_parse()?,
        result: c.text()?,
        sheet: c.text()?,
    })
}

pub(crate) fn filter_args(f: &LeadFilter) -> StoreResult<Args> {
    let (from, to) = crate::area_range(f.area.as_ref());
    let indicator =
        f.indicator.as_ref().map(|id| format!("%\"id\":\"{}\"%", id.replace(['%', '_', '"'], "")));
    Ok(args![
        from,
        to,
        f.kind.map_or("", LeadKind::id),
        f.status.map_or("", LeadStatus::id),
        f.urgency.map_or("", Urgency::id),
        f.outcome.clone().unwrap_or_default(),
        f.assigned_to.map_or(-1, |s| s.0),
        f.due_by.map(|d| d.to_string()).unwrap_or_default(),
        f.household.map_or(-1, |h| h.0),
        indicator.unwrap_or_default(),
    ])
}

impl Store {
    /// Stores the leads of a sweep. Returns the id of the first, the others follow in order.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn insert_leads(&self, leads: &[Lead]) -> StoreResult<LeadId> {
        let mut tx = self.db.begin().await?;
        let first = tx.take_ids("leads", leads.len()).await?;
        let numbered: Vec<(i64, &Lead)> = (first..).zip(leads).collect();
        tx.bulk(
            "INSERT INTO leads (id, kind, kind_rank, outcome, household, division, person, met, indicators, urgency, urgency_rank, open_facts, open_count, \
             reason_zh, reason_en, visit_note_zh, visit_note_en, amount_lo, amount_hi, period, created_on, due_on, status, assigned_to, case_id, closed_on, result) VALUES",
            27,
            "",
            &numbered,
            |args, (id, l)| {
                args.push(*id)?;
                args.push(l.kind.id())?;
                args.push(l.kind as i64)?;
                args.push(&l.outcome)?;
                args.push(l.household)?;
                args.push(&l.division)?;
                args.push(l.person)?;
                args.push(l.met)?;
                args.push(serde_json::to_string(&l.indicators)?)?;
                args.push(l.urgency.id())?;
                args.push(i64::from(l.urgency.rank()))?;
                args.push(serde_json::to_string(&l.open_facts)?)?;
                args.push(i64::try_from(l.open_facts.len()).unwrap_or(i64::MAX))?;
                args.push(&l.reason_zh)?;
                args.push(&l.reason_en)?;
                args.push(&l.visit_note_zh)?;
                args.push(&l.visit_note_en)?;
                args.push(l.amount_lo)?;
                args.push(l.amount_hi)?;
                args.push(l.period)?;
                args.push(l.created_on)?;
                args.push(l.due_on)?;
                args.push(l.status.id())?;
                args.push(l.assigned_to)?;
                args.push(l.case)?;
                args.push(l.closed_on)?;
                args.push(&l.result)
            },
        )
        .await?;
        tx.bulk("INSERT INTO lead_sheets (lead, sheet) VALUES", 2, "", &numbered, |args, (id, l)| {
            args.push(*id)?;
            args.push(&l.sheet)
        })
        .await?;
        tx.added(Shelf::Leads, first, leads.len());
        tx.added(Shelf::LeadSheets, first, leads.len());
        tx.commit(Entry::at_large("lead.raised").with("first", first).with("count", leads.len())).await?;
        Ok(LeadId(first))
    }

    /// One lead with its sheet.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn lead(&self, id: LeadId) -> StoreResult<Lead> {
        self.db
            .fetch_one(
                "SELECT l.id, l.kind, l.outcome, l.household, l.division, l.person, l.met, l.indicators, l.urgency, l.open_facts, \
                 l.reason_zh, l.reason_en, l.visit_note_zh, l.visit_note_en, l.amount_lo, l.amount_hi, l.period, l.created_on, l.due_on, \
                 l.status, l.assigned_to, l.case_id, l.closed_on, l.result, s.sheet \
                 FROM leads l JOIN lead_sheets s ON s.lead = l.id WHERE l.id = $1",
                args![id],
                read,
            )
            .await?
            .ok_or_else(|| StoreError::not_found("lead", id))
    }

    /// A page of leads in the order of work: kind, urgency, how few facts are open, age.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn leads(&self, filter: &LeadFilter, page: Page) -> StoreResult<Paged<LeadItem>> {
        let total = self
            .db
            .fetch_one(
                "SELECT count(*) FROM leads l WHERE l.division >= $1 AND l.division < $2 \
                 AND ($3 = '' OR l.kind = $3) AND (($4 = '' AND l.status <> 'closed') OR l.status = $4) AND ($5 = '' OR l.urgency = $5) \
                 AND ($6 = '' OR l.outcome = $6) AND ($7 = -1 OR l.assigned_to = $7) AND ($8 = '' OR l.due_on <= $8) \
                 AND ($9 = -1 OR l.household = $9) AND ($10 = '' OR l.indicators LIKE $10)",
                filter_args(filter)?,
                |c| c.int(),
            )
            .await?
            .unwrap_or(0);
        let mut args = filter_args(filter)?;
        args.push(page.limit())?;
        args.push(page.offset())?;
        let rows = self
            .db
            .fetch(
                "SELECT l.id, l.kind, l.outcome, l.household, l.division, l.person, l.met, l.indicators, l.urgency, l.open_facts, \
                 l.reason_zh, l.reason_en, l.visit_note_zh, l.visit_note_en, l.amount_lo, l.amount_hi, l.period, l.created_on, l.due_on, \
                 l.status, l.assigned_to, l.case_id, l.closed_on, l.result, '' AS sheet, \
                 h.code, coalesce(p.name, '') AS head, \
                 (SELECT count(*) FROM memberships n WHERE n.household = l.household AND n.kind = 'hukou' AND n.to_on IS NULL) AS members, \
                 coalesce(d.name, l.division) AS village \
                 FROM leads l JOIN households h ON h.id = l.household \
                 LEFT JOIN memberships m ON m.household = l.household AND m.kind = 'hukou' AND m.relation = 'head' AND m.to_on IS NULL \
                 LEFT JOIN persons p ON p.id = m.person LEFT JOIN divisions d ON d.code = l.division \
                 WHERE l.division >= $1 AND l.division < $2 \
                 AND ($3 = '' OR l.kind = $3) AND (($4 = '' AND l.status <> 'closed') OR l.status = $4) AND ($5 = '' OR l.urgency = $5) \
                 AND ($6 = '' OR l.outcome = $6) AND ($7 = -1 OR l.assigned_to = $7) AND ($8 = '' OR l.due_on <= $8) \
                 AND ($9 = -1 OR l.household = $9) AND ($10 = '' OR l.indicators LIKE $10) \
                 ORDER BY l.kind_rank, l.urgency_rank, l.open_count, l.created_on, l.id LIMIT $11 OFFSET $12",
                args,
                |c| {
                    Ok(LeadItem {
                        lead: read(c)?,
                        household_code: c.text()?,
                        head_name: c.text()?,
                        members: c.int()?,
                        village: c.text()?,
                    })
                },
            )
            .await?;
        Ok(Paged { rows, total, page })
    }

    /// Leads inside an area counted by kind, status and urgency (closed ones too).
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn lead_counts(&self, area: Option<&DivisionCode>) -> StoreResult<Vec<LeadCount>> {
        let (from, to) = crate::area_range(area);
        self.db
            .fetch(
                "SELECT kind, status, urgency, count(*), count(DISTINCT household) FROM leads WHERE division >= $1 AND division < $2 \
                 GROUP BY kind, status, urgency ORDER BY kind, status, urgency",
                args![from, to],
                |c| {
                    Ok(LeadCount {
                        kind: c.code(LeadKind::from_id)?,
                        status: c.code(LeadStatus::from_id)?,
                        urgency: c.code(Urgency::from_id)?,
                        leads: c.int()?,
                        households: c.int()?,
                    })
                },
            )
            .await
    }

    /// (household, kind, outcome) of every lead that is not closed: the next sweep raises none of them twice.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn open_lead_keys(&self) -> StoreResult<Vec<(HouseholdId, LeadKind, String)>> {
        self.db
            .fetch(
                "SELECT household, kind, outcome FROM leads WHERE status <> 'closed' ORDER BY household, kind, outcome",
                args![],
                |c| Ok((HouseholdId(c.int()?), c.code(LeadKind::from_id)?, c.text()?)),
            )
            .await
    }

    /// (household, outcome, whether it begins) of every award that a decision begins or ends after a month: nobody need
    /// look into what is decided already.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn coming_changes(&self, after: Month) -> StoreResult<Vec<(HouseholdId, String, bool)>> {
        self.db
            .fetch(
                "SELECT DISTINCT household, programme, CASE WHEN from_month > $1 THEN 1 ELSE 0 END FROM awards \
                 WHERE from_month > $1 OR (to_month IS NOT NULL AND to_month >= $1) ORDER BY 1, 2, 3",
                args![after],
                |c| Ok((HouseholdId(c.int()?), c.text()?, c.flag()?)),
            )
            .await
    }

    /// Gives a lead that waits to somebody, due on a day. Returns `Moved` where it waits no longer.
    ///
    /// # Errors
    /// `Moved`, or those of the database.
    pub async fn assign_lead(
        &self,
        id: LeadId,
        to: StaffId,
        due_on: Date,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<()> {
        let changed = self
            .db
            .change(
                (Shelf::Leads, id.0),
                "UPDATE leads SET status = 'assigned', assigned_to = $2, due_on = $3 WHERE id = $1 AND status IN ('open', 'queued', 'assigned')",
                args![id, to, due_on],
                Entry::of("lead.assigned", "lead", id.0).by(by).with("to", to.0).with("due", due_on),
            )
            .await?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Moved) }
    }

    /// Closes a lead with what came of it.
    ///
    /// # Errors
    /// `Moved` where it is closed already, or those of the database.
    pub async fn close_lead(
        &self,
        id: LeadId,
        on: Date,
        result: &str,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<()> {
        let changed = self
            .db
            .change(
                (Shelf::Leads, id.0),
                "UPDATE leads SET status = 'closed', closed_on = $2, result = $3 WHERE id = $1 AND status <> 'closed'",
                args![id, on, result],
                Entry::of("lead.closed", "lead", id.0).by(by).with("day", on).with("result", result),
            )
            .await?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Moved) }
    }

    /// Removes the leads of a period that nobody has touched yet (open or queued), so that a sweep can be run
    /// again. Returns how many.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn clear_untouched_leads(&self, period: Month) -> StoreResult<u64> {
        let mut tx = self.db.begin().await?;
        let reach = tx
            .fetch_one(
                "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM leads WHERE period = $1 AND status IN ('open', 'queued')",
                args![period],
                |c| Ok((c.int()?, c.int()?)),
            )
            .await?;
        tx.execute(
            "DELETE FROM lead_sheets WHERE lead IN (SELECT id FROM leads WHERE period = $1 AND status IN ('open', 'queued'))",
            args![period],
        )
        .await?;
        let gone = tx
            .execute("DELETE FROM leads WHERE period = $1 AND status IN ('open', 'queued')", args![period])
            .await?;
        if let Some((first, last)) = reach.filter(|_| gone > 0) {
            let given = "SELECT next - 1 FROM sequences WHERE name = 'leads'";
            let highest = tx.fetch_one(given, args![], |c| c.int()).await?.unwrap_or(last);
            tx.rewrote(Shelf::Leads, first, last, highest);
            tx.rewrote(Shelf::LeadSheets, first, last, highest);
        }
        tx.commit(Entry::at_large("lead.cleared").with("period", period).with("count", gone)).await?;
        Ok(gone)
    }

    /// How the leads of each indicator ended: (indicator, result, leads), closed ones only. The published hit
    /// rate of a rule is read from it.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn lead_results(&self) -> StoreResult<Vec<(String, String, i64)>> {
        let mut counts = std::collections::BTreeMap::<(String, String), i64>::new();
        let closed = self
            .db
            .fetch("SELECT indicators, result FROM leads WHERE status = 'closed'", args![], |c| {
                Ok((c.json::<Vec<doudi_registry::FiredIndicator>>()?, c.text()?))
            })
            .await?;
        for (indicators, result) in closed {
            for indicator in indicators {
                *counts.entry((indicator.id, result.clone())).or_default() += 1;
            }
        }
        Ok(counts.into_iter().map(|((i, r), n)| (i, r, n)).collect())
    }
}
