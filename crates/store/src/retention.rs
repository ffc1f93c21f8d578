//! 保存和清除: what is on file of a family and since when, legal holds, erasures that are put forward, and who is due. What
//! counts and how long is decided by `casework::retention`; this reads the dates for it.

mod entries;

use std::collections::{BTreeMap, BTreeSet};

use doudi_casework::retention::{self, Group, Holdings, Open, Schedule};
use doudi_policy::{Date, DivisionCode, Month};
use doudi_registry::{HouseholdId, StaffId};

use crate::audit::{Entry, Shelf};
use crate::classes::{HOLD_REASON, HOLD_RELEASE};
use crate::db::{Cells, Tx, args};
use crate::{Page, Paged, Store, StoreError, StoreResult, area_range};

/// 法定留存: nothing of the family is erased while it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalHold {
    /// Number.
    pub id: i64,
    /// The family.
    pub household: HouseholdId,
    /// Why: a lawsuit, an inspection.
    pub reason: String,
    /// Since when.
    pub since: Date,
    /// Who set it.
    pub set_by: StaffId,
    /// When it was released and by whom; `None` while it stands.
    pub released: Option<(Date, StaffId)>,
    /// Why it was released.
    pub release_reason: String,
}

/// Why records are to be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The term is over.
    Term,
    /// The person asked for it, and the term is over.
    Request,
}

impl Basis {
    /// Stored id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Term => "term",
            Self::Request => "request",
        }
    }

    /// The basis of a stored id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Term, Self::Request].into_iter().find(|b| b.id() == id)
    }
}

/// How far an erasure has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureState {
    /// Put forward; a second person decides.
    Proposed,
    /// Carried out.
    Done,
    /// Not carried out.
    Declined,
}

impl ErasureState {
    /// Stored id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Done => "done",
            Self::Declined => "declined",
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        [Self::Proposed, Self::Done, Self::Declined].into_iter().find(|s| s.id() == id)
    }
}

/// 清除: put forward by one person, carried out or declined by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Number.
    pub id: i64,
    /// The family.
    pub household: HouseholdId,
    /// Why.
    pub basis: Basis,
    /// How far it has come.
    pub state: ErasureState,
    /// What was due when it was put forward; of one that is done, what was erased.
    pub groups: BTreeSet<Group>,
    /// When it was put forward.
    pub proposed_on: Date,
    /// By whom.
    pub proposed_by: StaffId,
    /// When it was carried out or declined.
    pub settled_on: Option<Date>,
    /// By whom.
    pub settled_by: Option<StaffId>,
}

pub(crate) fn words(groups: &BTreeSet<Group>) -> String {
    groups.iter().map(|g| g.id()).collect::<Vec<_>>().join(" ")
}

/// A text that begins with the columns of an erasure.
macro_rules! erasure {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, e.household, e.basis, e.state, e.parts, e.proposed_on, e.proposed_by, e.settled_on, e.settled_by FROM erasures e ",
            $rest
        )
    };
}

pub(crate) fn read_erasure(c: &mut Cells<'_>) -> StoreResult<Erasure> {
    Ok(Erasure {
        id: c.int()?,
        household: HouseholdId(c.int()?),
        basis: c.code(Basis::from_id)?,
        state: c.code(ErasureState::from_id)?,
        groups: c.text()?.split(' ').filter_map(Group::from_id).collect(),
        proposed_on: c.parse()?,
        proposed_by: StaffId(c.int()?),
        settled_on: c.opt_parse()?,
        settled_by: c.opt_int()?.map(StaffId),
    })
}

/// The dates of a family's records by group, and how much is open; `$1` is the present month. One text for one family and
/// for a list, so that both see the same. What stays of an erased file or payment for the book does not count.
macro_rules! dated {
    ($families:literal, $rest:literal) => {
        concat!(
            "SELECT r.id, r.findings_on, r.files_on, r.files_month, r.money_on, r.money_month, r.register_on, \
             r.open_lead, r.open_case, r.open_query, r.open_award, r.open_line, r.open_member, r.held FROM (SELECT h.id AS id, ",
            "(SELECT max(f.d) FROM (SELECT coalesce(l.closed_on, l.created_on) AS d FROM leads l WHERE l.household = h.id AND l.status = 'closed' AND l.case_id IS NULL \
             UNION ALL SELECT a.made_on FROM assessments a WHERE a.household = h.id AND a.case_id IS NULL) f) AS findings_on, ",
            "(SELECT max(f.d) FROM (SELECT c.opened_on AS d FROM cases c WHERE c.household = h.id \
             UNION ALL SELECT v.recorded_on FROM visits v WHERE v.household = h.id \
             UNION ALL SELECT n.issued_on FROM notices n WHERE n.household = h.id \
             UNION ALL SELECT e.happened_on FROM events e WHERE e.household = h.id AND e.kind <> 'payment' \
             UNION ALL SELECT l.closed_on FROM leads l WHERE l.household = h.id AND l.case_id IS NOT NULL \
             UNION ALL SELECT a.made_on FROM assessments a WHERE a.household = h.id AND a.case_id IS NOT NULL \
             UNION ALL SELECT coalesce(q.answered_on, q.asked_on) FROM source_queries q WHERE q.household = h.id \
             UNION ALL SELECT coalesce(u.revoked_on, u.to_on) FROM authorisations u WHERE u.household = h.id \
             UNION ALL SELECT o.recorded_at FROM observations o WHERE o.subject_kind = 'household' AND o.subject = h.id \
             UNION ALL SELECT o.recorded_at FROM observations o WHERE o.subject_kind = 'person' AND o.subject IN (SELECT m.person FROM memberships m WHERE m.household = h.id)) f) AS files_on, ",
            "(SELECT max(f.d) FROM (SELECT CASE WHEN a.kind = 'once' THEN a.from_month ELSE a.to_month END AS d FROM awards a WHERE a.household = h.id AND a.reasons <> '' \
             UNION ALL SELECT g.to_month FROM receiving g WHERE g.household = h.id) f) AS files_month, ",
            "(SELECT max(f.d) FROM (SELECT e.happened_on AS d FROM events e WHERE e.household = h.id AND e.kind = 'payment' \
             UNION ALL SELECT b.happened_on FROM roster_lines x JOIN ledger b ON b.roster = x.roster WHERE x.household = h.id \
             AND NOT EXISTS (SELECT 1 FROM erasures z WHERE z.household = h.id AND z.state = 'done' AND z.parts LIKE '%money%' AND z.settled_on >= b.happened_on)) f) AS money_on, ",
            "(SELECT max(x.period) FROM roster_lines x WHERE x.household = h.id \
             AND NOT EXISTS (SELECT 1 FROM erasures z WHERE z.household = h.id AND z.state = 'done' AND z.parts LIKE '%money%' AND z.settled_on > x.period || '-31')) AS money_month, ",
            "(SELECT max(coalesce(m.to_on, m.from_on)) FROM memberships m WHERE m.household = h.id) AS register_on, ",
            "(SELECT count(*) FROM leads l WHERE l.household = h.id AND l.status <> 'closed') AS open_lead, ",
            "(SELECT count(*) FROM cases c WHERE c.household = h.id AND c.is_open = 1) AS open_case, ",
            "(SELECT count(*) FROM source_queries q WHERE q.household = h.id AND q.answered_on IS NULL) AS open_query, ",
            "(SELECT count(*) FROM awards a WHERE a.household = h.id AND CASE WHEN a.kind = 'once' THEN a.from_month ELSE coalesce(a.to_month, '9999-12') END >= $1) \
             + (SELECT count(*) FROM receiving g WHERE g.household = h.id AND coalesce(g.to_month, '9999-12') >= $1) AS open_award, ",
            "(SELECT count(*) FROM roster_lines x WHERE x.household = h.id AND (x.state IN ('planned', 'sent') OR (x.state = 'returned' AND x.replaced_by IS NULL))) AS open_line, ",
            "(SELECT count(*) FROM memberships m WHERE m.household = h.id AND m.to_on IS NULL) AS open_member, ",
            "(SELECT count(*) FROM legal_holds k WHERE k.household = h.id AND k.released_on IS NULL) AS held FROM households h WHERE ",
            $families,
            ") r ",
            $rest
        )
    };
}

const ONE: &str = dated!("h.id = $2", "");

/// Families with something due: `$2` and `$3` are the area, then for each group the latest day of a last record, and the
/// latest month whose last day is not after it; empty where nothing can be due.
macro_rules! due_list {
    ($rest:literal) => {
        dated!(
            "h.division >= $2 AND h.division < $3 AND h.id IN (SELECT household FROM leads WHERE status = 'closed' UNION SELECT household FROM cases \
             UNION SELECT household FROM assessments UNION SELECT household FROM awards UNION SELECT household FROM roster_lines \
             UNION SELECT household FROM receiving UNION SELECT household FROM source_queries UNION SELECT household FROM events \
             UNION SELECT household FROM memberships WHERE to_on IS NOT NULL)",
            $rest
        )
    };
}

const DUE: &str = due_list!(
    "WHERE r.held = 0 AND r.open_lead + r.open_case + r.open_query + r.open_award + r.open_line = 0 AND ( \
     ($4 <> '' AND r.findings_on <= $4) \
     OR ($5 <> '' AND (r.files_on IS NOT NULL OR r.files_month IS NOT NULL) AND coalesce(r.files_on, '') <= $5 AND coalesce(r.files_month, '') <= $6) \
     OR ($7 <> '' AND (r.money_on IS NOT NULL OR r.money_month IS NOT NULL) AND coalesce(r.money_on, '') <= $7 AND coalesce(r.money_month, '') <= $8) \
     OR ($9 <> '' AND r.open_member = 0 AND r.register_on <= $9 \
         AND (r.findings_on IS NULL OR ($4 <> '' AND r.findings_on <= $4)) \
         AND ((r.files_on IS NULL AND r.files_month IS NULL) OR ($5 <> '' AND coalesce(r.files_on, '') <= $5 AND coalesce(r.files_month, '') <= $6)) \
         AND ((r.money_on IS NULL AND r.money_month IS NULL) OR ($7 <> '' AND coalesce(r.money_on, '') <= $7 AND coalesce(r.money_month, '') <= $8)))) \
     ORDER BY r.id"
);

fn read_holdings(c: &mut Cells<'_>) -> StoreResult<(HouseholdId, Holdings)> {
    let id = HouseholdId(c.int()?);
    let findings: Option<Date> = c.opt_parse()?;
    let mut pair = || -> StoreResult<Option<Date>> {
        let (day, month): (Option<Date>, Option<Month>) = (c.opt_parse()?, c.opt_parse()?);
        Ok(day.max(month.map(Month::last_day)))
    };
    let (files, money) = (pair()?, pair()?);
    let register = c.opt_parse()?;
    let mut open = BTreeSet::new();
    for kind in [Open::Lead, Open::Case, Open::Query, Open::Award, Open::Line, Open::Member] {
        if c.int()? > 0 {
            open.insert(kind);
        }
    }
    let last: BTreeMap<Group, Date> = [
        (Group::Findings, findings),
        (Group::Files, files),
        (Group::Money, money),
        (Group::Register, register),
    ]
    .into_iter()
    .filter_map(|(group, day)| Some((group, day?)))
    .collect();
    Ok((id, Holdings { last, open, held: c.int()? > 0 }))
}

/// What is on file of a family, as the transaction sees it.
pub(crate) async fn holdings_in(tx: &mut Tx, household: HouseholdId, today: Date) -> StoreResult<Holdings> {
    tx.fetch_one(ONE, args![today.month(), household], read_holdings)
        .await?
        .map(|(_, holdings)| holdings)
        .ok_or_else(|| StoreError::not_found("household", household.0))
}

impl Store {
    /// What is on file of a family, by its dates, and what is open.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn holdings(&self, household: HouseholdId, today: Date) -> StoreResult<Holdings> {
        self.db
            .fetch_one(ONE, args![today.month(), household], read_holdings)
            .await?
            .map(|(_, holdings)| holdings)
            .ok_or_else(|| StoreError::not_found("household", household.0))
    }

    /// 到期清单: the families of an area of whose records some are due, with what is on file of them.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn due_families(
        &self,
        area: &DivisionCode,
        schedule: &Schedule,
        today: Date,
        page: Page,
    ) -> StoreResult<Paged<(HouseholdId, Holdings)>> {
        let (from, to) = area_range(Some(area));
        let over = |group: Group| schedule.terms.get(&group).and_then(|term| term.over_for(today));
        let day = |group: Group| over(group).map(|d| d.to_string()).unwrap_or_default();
        let month = |group: Group| {
            let whole =
                over(group).map(|d| if d.month().last_day() == d { d.month() } else { d.month().plus(-1) });
            whole.map(|m| m.to_string()).unwrap_or_default()
        };
        let args = args![
            today.month(),
            from,
            to,
            day(Group::Findings),
            day(Group::Files),
            month(Group::Files),
            day(Group::Money),
            month(Group::Money),
            day(Group::Register)
        ];
        let all = self.db.fetch(DUE, args, read_holdings).await?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        Ok(Paged { rows: all.into_iter().skip(skip).take(size).collect(), total, page })
    }

    /// Legal holds of a family, the latest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn holds_of(&self, household: HouseholdId) -> StoreResult<Vec<LegalHold>> {
        self.db
            .fetch(
                "SELECT id, household, reason, since_on, set_by, released_on, released_by, release_reason FROM legal_holds WHERE household = $1 ORDER BY id DESC",
                args![household],
                |c| {
                    let id = c.int()?;
                    let household = HouseholdId(c.int()?);
                    let reason = c.sealed_if_any(&HOLD_REASON, id)?;
                    let (since, set_by) = (c.parse()?, StaffId(c.int()?));
                    let (on, by): (Option<Date>, _) = (c.opt_parse()?, c.opt_int()?.map(StaffId));
                    let release_reason = c.sealed_if_any(&HOLD_RELEASE, id)?;
                    Ok(LegalHold { id, household, reason, since, set_by, released: on.zip(by), release_reason })
                },
            )
            .await
    }

    /// Sets a legal hold. Gives its number.
    ///
    /// # Errors
    /// Refused without a reason; otherwise those of the database.
    pub async fn set_hold(
        &self,
        household: HouseholdId,
        reason: &str,
        by: StaffId,
        on: Date,
    ) -> StoreResult<i64> {
        if reason.trim().is_empty() {
            return Err(StoreError::refused("请写明留存的理由", "say why the records are to be held"));
        }
        let mut tx = self.db.begin().await?;
        // Whoever erases waits for this, or this for them.
        tx.changes(Shelf::Households, household.0).await?;
        let id = tx.take_ids("legal_holds", 1).await?;
        let sealed = tx.vault.seal(&HOLD_REASON, id, reason.trim())?;
        tx.execute(
            "INSERT INTO legal_holds (id, household, reason, since_on, set_by, release_reason) VALUES ($1, $2, $3, $4, $5, '')",
            args![id, household, sealed, on, by],
        )
        .await?;
        tx.added(Shelf::Holds, id, 1);
        tx.commit(Entry::of("hold.set", "household", household.0).by(by).with("hold", id)).await?;
        Ok(id)
    }

    /// Releases a legal hold; never by whom it was set.
    ///
    /// # Errors
    /// Refused without a reason, by whoever set it, or where none stands; otherwise those of the database.
    pub async fn release_hold(
        &self,
        household: HouseholdId,
        hold: i64,
        reason: &str,
        by: StaffId,
        on: Date,
    ) -> StoreResult<()> {
        if reason.trim().is_empty() {
            return Err(StoreError::refused("请写明解除的理由", "say why the hold is released"));
        }
        let mut tx = self.db.begin().await?;
        tx.changes(Shelf::Holds, hold).await?;
        let sealed = tx.vault.seal(&HOLD_RELEASE, hold, reason.trim())?;
        let done = tx
            .execute(
                "UPDATE legal_holds SET released_on = $3, released_by = $4, release_reason = $5 \
                 WHERE id = $1 AND household = $2 AND released_on IS NULL AND set_by <> $4",
                args![hold, household, on, by, sealed],
            )
            .await?;
        if done != 1 {
            return Err(StoreError::refused(
                "这项留存已经解除，或是您本人设的：须由另一人解除",
                "this hold is released already, or you have set it: another person releases it",
            ));
        }
        tx.commit(Entry::of("hold.released", "household", household.0).by(by).with("hold", hold)).await
    }

    /// Erasures of a family, the latest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn erasures_of(&self, household: HouseholdId) -> StoreResult<Vec<Erasure>> {
        self.db
            .fetch(erasure!("WHERE e.household = $1 ORDER BY e.id DESC"), args![household], read_erasure)
            .await
    }

    /// One erasure.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn erasure(&self, id: i64) -> StoreResult<Erasure> {
        self.db
            .fetch_one(erasure!("WHERE e.id = $1"), args![id], read_erasure)
            .await?
            .ok_or_else(|| StoreError::not_found("erasure", id))
    }

    /// Puts an erasure forward, for what is due of a family today. Gives its number.
    ///
    /// # Errors
    /// Refused where nothing is due or one is put forward already; otherwise those of the database.
    pub async fn propose_erasure(
        &self,
        household: HouseholdId,
        basis: Basis,
        schedule: &Schedule,
        by: StaffId,
        on: Date,
    ) -> StoreResult<i64> {
        let mut tx = self.db.begin().await?;
        let due = retention::due(schedule, &holdings_in(&mut tx, household, on).await?, on);
        if due.is_empty() {
            return Err(nothing_due());
        }
        let id = tx.take_ids("erasures", 1).await?;
        tx.execute(
            "INSERT INTO erasures (id, household, basis, state, parts, proposed_on, proposed_by) VALUES ($1, $2, $3, 'proposed', $4, $5, $6)",
            args![id, household, basis.id(), words(&due), on, by],
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "这户已有一次清除等第二人决定",
                "an erasure of this family waits for a second person already",
            )
        })?;
        tx.added(Shelf::Erasures, id, 1);
        let entry = Entry::of("erasure.proposed", "household", household.0).by(by);
        tx.commit(entry.with("erasure", id).with("basis", basis.id()).with("parts", words(&due))).await?;
        Ok(id)
    }

    /// Does not carry an erasure out: nothing is erased.
    ///
    /// # Errors
    /// `Moved` where it was settled already; otherwise those of the database.
    pub async fn decline_erasure(&self, id: i64, by: StaffId, on: Date) -> StoreResult<()> {
        let household = self.erasure(id).await?.household;
        let changed = self
            .db
            .change(
                (Shelf::Erasures, id),
                "UPDATE erasures SET state = 'declined', settled_on = $2, settled_by = $3 WHERE id = $1 AND state = 'proposed'",
                args![id, on, by],
                Entry::of("erasure.declined", "household", household.0).by(by).with("erasure", id),
            )
            .await?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Moved) }
    }
}

pub(crate) fn nothing_due() -> StoreError {
    StoreError::refused("这户现在没有到期可以清除的记录", "no record of this family is due to be erased now")
}

pub(crate) const LOCK_ERASURE: &str = "UPDATE erasures SET state = state WHERE id = $1 \
     RETURNING id, household, basis, state, parts, proposed_on, proposed_by, settled_on, settled_by";
