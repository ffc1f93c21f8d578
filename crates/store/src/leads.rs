//! Leads: stored in bulk after a sweep, listed in the order of work, settled one by one.

use doudi_policy::{Date, DivisionCode, Fen, Month};
use doudi_registry::{
    CaseId, FiredIndicator, HouseholdId, Lead, LeadId, LeadKind, LeadStatus, OpenFact, PersonId, StaffId,
    Urgency,
};
use serde::{Deserialize, Serialize};

use crate::audit::{Entry, Shelf};
use crate::classes::{LEAD_CONTENT, LEAD_SHEET};
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

/// What is sealed of a lead: why it was raised and what it lacks.
#[derive(Serialize, Deserialize)]
struct Content {
    indicators: Vec<FiredIndicator>,
    open_facts: Vec<OpenFact>,
    reason_zh: String,
    reason_en: String,
    visit_note_zh: String,
    visit_note_en: String,
    amount_lo: Option<i64>,
    amount_hi: Option<i64>,
}

impl Content {
    fn of(l: &Lead) -> Self {
        Self {
            indicators: l.indicators.clone(),
            open_facts: l.open_facts.clone(),
            reason_zh: l.reason_zh.clone(),
            reason_en: l.reason_en.clone(),
            visit_note_zh: l.visit_note_zh.clone(),
            visit_note_en: l.visit_note_en.clone(),
            amount_lo: l.amount_lo.map(|fen| fen.0),
            amount_hi: l.amount_hi.map(|fen| fen.0),
        }
    }
}

/// A lead without its sheet.
fn read(c: &mut Cells<'_>) -> StoreResult<Lead> {
    let id = c.int()?;
    let content: Content = c.sealed_json(&LEAD_CONTENT, id)?;
    Ok(Lead {
        id: LeadId(id),
        kind: c.code(LeadKind::from_id)?,
        outcome: c.text()?,
        household: HouseholdId(c.int()?),
        division: c.parse()?,
        person: c.opt_int()?.map(PersonId),
        met: c.flag()?,
        indicators: content.indicators,
        urgency: c.code(Urgency::from_id)?,
        open_facts: content.open_facts,
        reason_zh: content.reason_zh,
        reason_en: content.reason_en,
        visit_note_zh: content.visit_note_zh,
        visit_note_en: content.visit_note_en,
        amount_lo: content.amount_lo.map(Fen),
        amount_hi: content.amount_hi.map(Fen),
        period: c.parse()?,
        created_on: c.parse()?,
        due_on: c.opt_parse()?,
        status: c.code(LeadStatus::from_id)?,
        assigned_to: c.opt_int()?.map(StaffId),
        case: c.opt_int()?.map(CaseId),
        closed_on: c.opt_parse()?,
        result: c.text()?,
        sheet: String::new(),
    })
}

fn read_item(c: &mut Cells<'_>) -> StoreResult<LeadItem> {
    Ok(LeadItem {
        lead: read(c)?,
        household_code: c.text()?,
        head_name: c.text()?,
        members: c.int()?,
        village: c.text()?,
    })
}

pub(crate) fn filter_args(f: &LeadFilter) -> StoreResult<Args> {
    let (from, to) = crate::area_range(f.area.as_ref());
    Ok(args![
        from,
        to,
        f.kind.map_or("", LeadKind::id),
        f.status.map_or("", LeadStatus::id),
        f.urgency.map_or("", Urgency::id),
        f.outcome.clone().unwrap_or_default(),
        f.assigned_to.map_or(-1, |s| s.0),
        f.due_by.map(|d| d.to_string()).unwrap_or_default(),
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
        let vault = tx.vault.clone();
        tx.bulk(
            "INSERT INTO leads (id, kind, kind_rank, outcome, household, division, person, met, urgency, urgency_rank, open_count, \
             content, period, created_on, due_on, status, assigned_to, case_id, closed_on, result) VALUES",
            20,
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
                args.push(l.urgency.id())?;
                args.push(i64::from(l.urgency.rank()))?;
                args.push(i64::try_from(l.open_facts.len()).unwrap_or(i64::MAX))?;
                args.push(vault.seal_json(&LEAD_CONTENT, id, &Content::of(l))?)?;
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
            args.push(vault.seal(&LEAD_SHEET, id, &l.sheet)?)
        })
        .await?;
        tx.added(Shelf::Leads, first, leads.len());
        tx.added(Shelf::LeadSheets, first, leads.len());
        tx.commit(Entry::at_large("lead.raised").with("first", first).with("count", leads.len())).await?;
        Ok(LeadId(first))
    }

    /// The leads of a household without their sheets: the open ones before those that are closed, each in the order of work.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn leads_of(&self, household: HouseholdId) -> StoreResult<Vec<Lead>> {
        self.db
            .fetch(
                "SELECT id, content, kind, outcome, household, division, person, met, urgency, period, created_on, due_on, \
                 status, assigned_to, case_id, closed_on, result FROM leads WHERE household = $1 \
                 ORDER BY CASE WHEN status = 'closed' THEN 1 ELSE 0 END, kind_rank, urgency_rank, open_count, created_on, id",
                args![household],
                read,
            )
            .await
    }

    /// One lead with its sheet.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn lead(&self, id: LeadId) -> StoreResult<Lead> {
        self.db
            .fetch_one(
                "SELECT l.id, l.content, l.kind, l.outcome, l.household, l.division, l.person, l.met, l.urgency, l.period, l.created_on, l.due_on, \
                 l.status, l.assigned_to, l.case_id, l.closed_on, l.result, s.sheet \
                 FROM leads l JOIN lead_sheets s ON s.lead = l.id WHERE l.id = $1",
                args![id],
                |c| {
                    let lead = read(c)?;
                    let sheet = c.sealed(&LEAD_SHEET, lead.id)?;
                    Ok(Lead { sheet, ..lead })
                },
            )
            .await?
            .ok_or_else(|| StoreError::not_found("lead", id))
    }

    /// A page of leads in the order of work: kind, urgency, how few facts are open, age.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn leads(&self, filter: &LeadFilter, page: Page) -> StoreResult<Paged<LeadItem>> {
        if filter.indicator.is_some() {
            return self.leads_by_indicator(filter, page).await;
        }
        let total = self
            .db
            .fetch_one(
                "SELECT count(*) FROM leads l WHERE l.division >= $1 AND l.division < $2 \
                 AND ($3 = '' OR l.kind = $3) AND (($4 = '' AND l.status <> 'closed') OR l.status = $4) AND ($5 = '' OR l.urgency = $5) \
                 AND ($6 = '' OR l.outcome = $6) AND ($7 = -1 OR l.assigned_to = $7) AND ($8 = '' OR l.due_on <= $8)",
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
                "SELECT l.id, l.content, l.kind, l.outcome, l.household, l.division, l.person, l.met, l.urgency, l.period, l.created_on, l.due_on, \
                 l.status, l.assigned_to, l.case_id, l.closed_on, l.result, \
                 h.code, coalesce(p.name, '') AS head, \
                 (SELECT count(*) FROM memberships n WHERE n.household = l.household AND n.kind = 'hukou' AND n.to_on IS NULL) AS members, \
                 coalesce(d.name, l.division) AS village \
                 FROM leads l JOIN households h ON h.id = l.household \
                 LEFT JOIN memberships m ON m.household = l.household AND m.kind = 'hukou' AND m.relation = 'head' AND m.to_on IS NULL \
                 LEFT JOIN persons p ON p.id = m.person LEFT JOIN divisions d ON d.code = l.division \
                 WHERE l.division >= $1 AND l.division < $2 \
                 AND ($3 = '' OR l.kind = $3) AND (($4 = '' AND l.status <> 'closed') OR l.status = $4) AND ($5 = '' OR l.urgency = $5) \
                 AND ($6 = '' OR l.outcome = $6) AND ($7 = -1 OR l.assigned_to = $7) AND ($8 = '' OR l.due_on <= $8) \
                 ORDER BY l.kind_rank, l.urgency_rank, l.open_count, l.created_on, l.id LIMIT $9 OFFSET $10",
                args,
                read_item,
            )
            .await?;
        Ok(Paged { rows, total, page })
    }

    /// Indicators are sealed: which leads have one is known after each was opened.
    async fn leads_by_indicator(&self, filter: &LeadFilter, page: Page) -> StoreResult<Paged<LeadItem>> {
        let all = self.indicated(filter).await?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let (skip, take) = (usize::try_from(page.offset()).unwrap_or(usize::MAX), page.size as usize);
        let mut rows = Vec::new();
        for (lead, _) in all.into_iter().skip(skip).take(take) {
            let item = self
                .db
                .fetch_one(
                    "SELECT l.id, l.content, l.kind, l.outcome, l.household, l.division, l.person, l.met, l.urgency, l.period, l.created_on, l.due_on, \
                 l.status, l.assigned_to, l.case_id, l.closed_on, l.result, \
                     h.code, coalesce(p.name, '') AS head, \
                     (SELECT count(*) FROM memberships n WHERE n.household = l.household AND n.kind = 'hukou' AND n.to_on IS NULL) AS members, \
                     coalesce(d.name, l.division) AS village \
                     FROM leads l JOIN households h ON h.id = l.household \
                     LEFT JOIN memberships m ON m.household = l.household AND m.kind = 'hukou' AND m.relation = 'head' AND m.to_on IS NULL \
                     LEFT JOIN persons p ON p.id = m.person LEFT JOIN divisions d ON d.code = l.division WHERE l.id = $1",
                    args![lead],
                    read_item,
                )
                .await?;
            rows.extend(item);
        }
        Ok(Paged { rows, total, page })
    }

    /// The leads of a filter that names an indicator, in the order of work, with their households.
    pub(crate) async fn indicated(&self, filter: &LeadFilter) -> StoreResult<Vec<(LeadId, HouseholdId)>> {
        let wanted = filter.indicator.clone().unwrap_or_default();
        let mut found = Vec::new();
        self.db
            .stream(
                "SELECT l.id, l.household, l.content FROM leads l WHERE l.division >= $1 AND l.division < $2 \
                 AND ($3 = '' OR l.kind = $3) AND (($4 = '' AND l.status <> 'closed') OR l.status = $4) AND ($5 = '' OR l.urgency = $5) \
                 AND ($6 = '' OR l.outcome = $6) AND ($7 = -1 OR l.assigned_to = $7) AND ($8 = '' OR l.due_on <= $8) \
                 ORDER BY l.kind_rank, l.urgency_rank, l.open_count, l.created_on, l.id",
                filter_args(filter)?,
                |c| {
                    let (id, household) = (c.int()?, c.int()?);
                    let content: Content = c.sealed_json(&LEAD_CONTENT, id)?;
                    if content.indicators.iter().any(|i| i.id == wanted) {
                        found.push((LeadId(id), HouseholdId(household)));
                    }
                    Ok(())
                },
            )
            .await?;
        Ok(found)
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
        let untouched = tx
            .fetch(
                "SELECT id FROM leads WHERE period = $1 AND status IN ('open', 'queued') ORDER BY id",
                args![period],
                |c| c.int(),
            )
            .await?;
        for lead in untouched {
            tx.changes(Shelf::Leads, lead).await?;
            tx.changes(Shelf::LeadSheets, lead).await?;
        }
        tx.execute(
            "DELETE FROM lead_sheets WHERE lead IN (SELECT id FROM leads WHERE period = $1 AND status IN ('open', 'queued'))",
            args![period],
        )
        .await?;
        let gone = tx
            .execute("DELETE FROM leads WHERE period = $1 AND status IN ('open', 'queued')", args![period])
            .await?;
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
            .fetch("SELECT id, content, result FROM leads WHERE status = 'closed'", args![], |c| {
                let id = c.int()?;
                Ok((c.sealed_json::<Content>(&LEAD_CONTENT, id)?.indicators, c.text()?))
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
