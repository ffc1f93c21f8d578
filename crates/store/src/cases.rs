//! Cases: load, call the pure function, write the case, its events, notices and award in one transaction.

use doudi_casework::act::Command;
use doudi_casework::notice::Addressee;
use doudi_casework::{
    Action, Actor, Bilingual, Case, Changed, Context, Grant, NewCase, Notice, NoticeKind, Status, Visit, act,
    open,
};
use doudi_policy::{Date, DivisionCode, Fen};
use doudi_registry::{AwardId, CaseId, HouseholdId, LeadId, NoticeId, PersonId, StaffId, VisitId};

use crate::audit::{Entry, Shelf};
use crate::chain::{ChainEvent, EventKind};
use crate::classes::{CASE_DATA, NOTICE_DATA, NOTICE_EN, NOTICE_ZH, VISIT_DATA};
use crate::db::{Args, Cells, Tx, args};
use crate::vault::Vault;
use crate::{Page, Paged, Store, StoreError, StoreResult, awards, chain, observations};

/// What a command needs beside the case: the law's context and how the programme is called and paid.
#[derive(Clone, Debug)]
pub struct Desk<'a> {
    /// Today, calendar and procedure.
    pub context: Context<'a>,
    /// Name of the programme, for notices and the chain.
    pub programme: Bilingual,
    /// 互斥组 of the programme: nobody is paid twice in one group and month.
    pub group: String,
    /// Programmes with money that nobody may receive beside this one.
    pub excludes: Vec<String>,
    /// Recognitions without money that this programme replaces, with their names.
    pub replaces: Vec<(String, Bilingual)>,
    /// Whether the money is for a person and not for the household.
    pub per_person: bool,
    /// What the rules give each person, where a confirmation may cover several of them.
    pub shares: Vec<(PersonId, Fen)>,
    /// Telephone on notices.
    pub hotline: String,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// The case as it is now.
    pub case: Case,
    /// Notices written.
    pub notices: Vec<NoticeId>,
    /// The award made, where the command confirmed and there is money to pay; of several, the first.
    pub award: Option<AwardId>,
}

/// Which cases a list shows; a field that is `None` does not limit it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Inside this area.
    pub area: Option<DivisionCode>,
    /// In this status; without one, every case that is open, or all with `closed`.
    pub status: Option<Status>,
    /// Show finished cases as well.
    pub closed: bool,
    /// For this programme.
    pub programme: Option<String>,
    /// To be visited by this person.
    pub assigned: Option<StaffId>,
    /// Due on or before this day.
    pub due_by: Option<Date>,
}

/// A case in a list, with what the list says of the household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseItem {
    /// The case.
    pub case: Case,
    /// 户号
    pub household_code: String,
    /// Name of the head.
    pub head_name: String,
    /// Name of the village.
    pub village: String,
}

/// How many cases stand in a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCount {
    /// Status.
    pub status: Status,
    /// Cases.
    pub cases: i64,
    /// Of them, past their legal day.
    pub overdue: i64,
    /// Of them, due by the day asked for, not overdue.
    pub due: i64,
}

/// A notice as it was issued; it is never rendered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedNotice {
    /// Surrogate id.
    pub id: NoticeId,
    /// Case.
    pub case: CaseId,
    /// Household.
    pub household: HouseholdId,
    /// Place of the household.
    pub division: DivisionCode,
    /// Day of issue.
    pub issued_on: Date,
    /// The text in Chinese.
    pub zh: String,
    /// The text in English.
    pub en: String,
    /// Its particulars.
    pub notice: Notice,
}

fn read_notice(c: &mut Cells<'_>) -> StoreResult<IssuedNotice> {
    let id = c.int()?;
    Ok(IssuedNotice {
        id: NoticeId(id),
        case: CaseId(c.int()?),
        household: HouseholdId(c.int()?),
        division: c.parse()?,
        issued_on: c.parse()?,
        zh: c.sealed(&NOTICE_ZH, id)?,
        en: c.sealed(&NOTICE_EN, id)?,
        notice: c.sealed_json(&NOTICE_DATA, id)?,
    })
}

fn filter_args(f: &CaseFilter) -> StoreResult<Args> {
    let (from, to) = crate::area_range(f.area.as_ref());
    Ok(args![
        from,
        to,
        f.status.map_or("", Status::id),
        f.closed || f.status.is_some(),
        f.programme.clone().unwrap_or_default(),
        f.assigned.map_or(-1, |s| s.0),
        f.due_by.map(|d| d.to_string()).unwrap_or_default(),
    ])
}

impl Store {
    /// Opens a case and gives it its id; `new.id` is not read. A lead that it comes from is marked.
    ///
    /// # Errors
    /// Refused by the casework; duplicate where the household has an open case for the programme.
    pub async fn open_case(&self, mut new: NewCase, desk: &Desk<'_>) -> StoreResult<Case> {
        let mut tx = self.db.begin().await?;
        new.id = CaseId(tx.take_ids("cases", 1).await?);
        for shelf in VOUCHED {
            tx.added(shelf, new.id.0, 1);
        }
        let changed = open(new, &desk.context)?;
        let case = &changed.case;
        tx.execute(
            "INSERT INTO cases (id, household, division, programme, origin, lead, status, is_open, assigned, opened_on, due_on, due_step, promised_on, version, data) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            row(&tx.vault, case)?,
        )
        .await
        .map_err(|e| {
            e.or_duplicate(
                "这户在同一项目下已有在办案件，请在原案件中办理",
                "the household has an open case for this programme; continue that one",
            )
        })?;
        if let Some(lead) = case.lead {
            tx.changes(Shelf::Leads, lead.0).await?;
            let marked = tx
                .execute(
                    "UPDATE leads SET status = 'in_case', case_id = $2 WHERE id = $1 AND status <> 'closed' AND case_id IS NULL",
                    args![lead, case.id],
                )
                .await?;
            if marked != 1 {
                return Err(StoreError::Moved);
            }
        }
        aftermath(&mut tx, &changed, None, desk).await?;
        tx.commit(
            Entry::of("case.opened", "case", case.id.0)
                .with("household", case.household.0)
                .with("programme", &case.programme),
        )
        .await?;
        Ok(changed.case)
    }

    /// Carries out a command on a case in the version that the actor saw. A visit is written with what the family
    /// told on it, as observations that cite it.
    ///
    /// # Errors
    /// Refused by the casework with the reason; `Moved` where somebody else changed the case in the meantime.
    pub async fn act(
        &self,
        id: CaseId,
        version: u32,
        command: Command,
        actor: &Actor,
        desk: &Desk<'_>,
    ) -> StoreResult<Acted> {
        let mut tx = self.db.begin().await?;
        let case = lock(&mut tx, id).await?;
        if case.version != version {
            return Err(StoreError::Moved);
        }
        let name = command.action().id();
        let changed = act(&case, command, actor, &desk.context)?;
        tx.execute(
            "UPDATE cases SET household = $2, division = $3, programme = $4, origin = $5, lead = $6, status = $7, is_open = $8, assigned = $9, opened_on = $10, \
             due_on = $11, due_step = $12, promised_on = $13, version = $14, data = $15 WHERE id = $1",
            row(&tx.vault, &changed.case)?,
        )
        .await?;
        append_visits(&mut tx, &case, &changed.case).await?;
        let done = aftermath(&mut tx, &changed, Some(actor), desk).await?;
        let entry = Entry::of("case.acted", "case", id.0)
            .by(actor.staff)
            .with("command", name)
            .with("household", changed.case.household.0)
            .with("version", changed.case.version);
        tx.commit(entry).await?;
        Ok(Acted { case: changed.case, notices: done.0, award: done.1 })
    }

    /// One case.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn case(&self, id: CaseId) -> StoreResult<Case> {
        self.db
            .fetch_one("SELECT data FROM cases WHERE id = $1", args![id], |c| c.sealed_json(&CASE_DATA, id))
            .await?
            .ok_or_else(|| StoreError::not_found("case", id))
    }

    /// The cases of a household, latest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn cases_of(&self, household: HouseholdId) -> StoreResult<Vec<Case>> {
        self.db
            .fetch(
                "SELECT id, data FROM cases WHERE household = $1 ORDER BY id DESC",
                args![household],
                read_case,
            )
            .await
    }

    /// A page of cases, what is due first on top.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn cases(&self, filter: &CaseFilter, page: Page) -> StoreResult<Paged<CaseItem>> {
        let total = self
            .db
            .fetch_one(
                "SELECT count(*) FROM cases k WHERE k.division >= $1 AND k.division < $2 AND ($3 = '' OR k.status = $3) AND ($4 = 1 OR k.is_open = 1) \
                 AND ($5 = '' OR k.programme = $5) AND ($6 = -1 OR k.assigned = $6) AND ($7 = '' OR k.due_on <= $7)",
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
                "SELECT k.id, k.data, h.code, coalesce(p.name, ''), coalesce(d.name, k.division) FROM cases k JOIN households h ON h.id = k.household \
                 LEFT JOIN memberships m ON m.household = k.household AND m.kind = 'hukou' AND m.relation = 'head' AND m.to_on IS NULL \
                 LEFT JOIN persons p ON p.id = m.person LEFT JOIN divisions d ON d.code = k.division \
                 WHERE k.division >= $1 AND k.division < $2 AND ($3 = '' OR k.status = $3) AND ($4 = 1 OR k.is_open = 1) \
                 AND ($5 = '' OR k.programme = $5) AND ($6 = -1 OR k.assigned = $6) AND ($7 = '' OR k.due_on <= $7) \
                 ORDER BY k.is_open DESC, coalesce(k.due_on, '9999'), k.id LIMIT $8 OFFSET $9",
                args,
                |c| {
                    Ok(CaseItem {
                        case: read_case(c)?,
                        household_code: c.text()?,
                        head_name: c.text()?,
                        village: c.text()?,
                    })
                },
            )
            .await?;
        Ok(Paged { rows, total, page })
    }

    /// Cases inside an area counted by status (finished ones too); `soon` is the day up to which a case counts
    /// as due.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn case_counts(
        &self,
        area: Option<&DivisionCode>,
        today: Date,
        soon: Date,
    ) -> StoreResult<Vec<CaseCount>> {
        let (from, to) = crate::area_range(area);
        self.db
            .fetch(
                "SELECT status, count(*), CAST(coalesce(sum(CASE WHEN due_on < $3 THEN 1 ELSE 0 END), 0) AS BIGINT), \
                 CAST(coalesce(sum(CASE WHEN due_on >= $3 AND due_on <= $4 THEN 1 ELSE 0 END), 0) AS BIGINT) \
                 FROM cases WHERE division >= $1 AND division < $2 GROUP BY status ORDER BY status",
                args![from, to, today, soon],
                |c| {
                    Ok(CaseCount {
                        status: c.code(Status::from_id)?,
                        cases: c.int()?,
                        overdue: c.int()?,
                        due: c.int()?,
                    })
                },
            )
            .await
    }

    /// The notices of a case, oldest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn notices_of(&self, case: CaseId) -> StoreResult<Vec<IssuedNotice>> {
        self.db
            .fetch(
                "SELECT id, case_id, household, division, issued_on, zh, en, data FROM notices WHERE case_id = $1 ORDER BY id",
                args![case],
                read_notice,
            )
            .await
    }

    /// One notice.
    ///
    /// # Errors
    /// `NotFound`, or those of the database.
    pub async fn notice(&self, id: NoticeId) -> StoreResult<IssuedNotice> {
        self.db
            .fetch_one(
                "SELECT id, case_id, household, division, issued_on, zh, en, data FROM notices WHERE id = $1",
                args![id],
                read_notice,
            )
            .await?
            .ok_or_else(|| StoreError::not_found("notice", id))
    }

    /// Public notices inside an area that are up on a day; one that has run out is not shown any more.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn public_notices(&self, area: &DivisionCode, on: Date) -> StoreResult<Vec<IssuedNotice>> {
        let (from, to) = crate::area_range(Some(area));
        self.db
            .fetch(
                "SELECT id, case_id, household, division, issued_on, zh, en, data FROM notices \
                 WHERE kind = $1 AND division >= $2 AND division < $3 AND issued_on <= $4 AND until_on >= $4 ORDER BY id",
                args![NoticeKind::Publicity.id(), from, to, on],
                read_notice,
            )
            .await
    }

    /// Every visit to a household, in the order of recording.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn visits_of(&self, household: HouseholdId) -> StoreResult<Vec<(CaseId, Visit)>> {
        self.db
            .fetch(
                "SELECT case_id, id, data FROM visits WHERE household = $1 ORDER BY id",
                args![household],
                |c| {
                    let (case, id) = (CaseId(c.int()?), c.int()?);
                    Ok((case, c.sealed_json(&VISIT_DATA, id)?))
                },
            )
            .await
    }
}

fn read_case(c: &mut Cells<'_>) -> StoreResult<Case> {
    let id = c.int()?;
    c.sealed_json(&CASE_DATA, id)
}

fn row(vault: &Vault, case: &Case) -> StoreResult<Args> {
    let next = case.next_deadline();
    Ok(args![
        case.id,
        case.household,
        &case.division,
        &case.programme,
        case.origin.id(),
        case.lead,
        case.status.id(),
        !case.status.is_final(),
        case.assigned,
        case.opened_on,
        next.map(|d| d.legal),
        next.map(|d| d.step.as_str()),
        next.and_then(|d| d.promised),
        case.version,
        vault.seal_json(&CASE_DATA, case.id, case)?
    ])
}

/// A leaf vouches for the case, its visits and its notices together.
pub(crate) const VOUCHED: [Shelf; 3] = [Shelf::Cases, Shelf::Visits, Shelf::Notices];

/// Takes the row's lock until the end of the transaction and reads it.
pub(crate) async fn lock(tx: &mut Tx, id: CaseId) -> StoreResult<Case> {
    tx.changes_all(&VOUCHED.map(|shelf| (shelf, id.0))).await?;
    tx.fetch_one("UPDATE cases SET version = version WHERE id = $1 RETURNING data", args![id], |c| {
        c.sealed_json(&CASE_DATA, id)
    })
    .await?
    .ok_or_else(|| StoreError::not_found("case", id))
}

/// Writes the visits that a command added, and with each what the family told on it.
async fn append_visits(tx: &mut Tx, before: &Case, after: &Case) -> StoreResult<()> {
    let known = before.visits.len();
    for (position, visit) in after.visits.iter().enumerate().skip(known) {
        let id = tx.take_ids("visits", 1).await?;
        let data = tx.vault.seal_json(&VISIT_DATA, id, visit)?;
        tx.execute(
            "INSERT INTO visits (id, case_id, household, position, visited_on, recorded_on, data) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            args![
                id,
                after.id,
                after.household,
                i64::try_from(position).unwrap_or(i64::MAX),
                visit.on,
                visit.recorded_on,
                data
            ],
        )
        .await?;
        if before.learns_from(visit) {
            observations::append(tx, &visit.observations(VisitId(id))).await?;
        }
    }
    Ok(())
}

async fn aftermath(
    tx: &mut Tx,
    changed: &Changed,
    actor: Option<&Actor>,
    desk: &Desk<'_>,
) -> StoreResult<(Vec<NoticeId>, Option<AwardId>)> {
    let case = &changed.case;
    settle_lead(tx, case, desk.context.today).await?;
    let mut notices = Vec::with_capacity(changed.notices.len());
    for notice in &changed.notices {
        notices.push(issue(tx, case, notice, desk).await?);
    }
    let (award, replaced) = match &changed.grant {
        Some(grant) => grant_award(tx, case, grant, desk).await?,
        None => (None, Vec::new()),
    };
    let actor_name = actor.map_or_else(String::new, |a| format!("{} {}", a.post.zh(), a.name));
    let told = |on, kind, text: &Bilingual, body| ChainEvent {
        id: doudi_registry::EventId(0),
        household: case.household,
        case: Some(case.id),
        kind,
        on,
        actor: actor.map(|a| a.staff),
        actor_name: actor_name.clone(),
        title_zh: format!("{}：{}", desk.programme.zh, text.zh),
        title_en: format!("{}: {}", desk.programme.en, text.en),
        body,
    };
    let mut events = Vec::new();
    for event in &changed.events {
        events.push(told(event.on, kind_of(event.action), &event.text, serde_json::to_string(event)?));
    }
    let today = desk.context.today;
    events.extend(replaced.iter().map(|text| told(today, EventKind::Decision, text, "{}".to_owned())));
    chain::append(tx, &events).await?;
    Ok((notices, award))
}

/// What stands signed by a person is a decision; what was learnt or moved on is a fact; the lead is a finding.
fn kind_of(action: Option<Action>) -> EventKind {
    match action {
        None => EventKind::Finding,
        Some(
            Action::ProposeApprove
            | Action::ProposeRefuse
            | Action::Return
            | Action::Confirm
            | Action::Refuse
            | Action::CloseLead
            | Action::GiveFirstHelp,
        ) => EventKind::Decision,
        Some(_) => EventKind::Fact,
    }
}

async fn settle_lead(tx: &mut Tx, case: &Case, today: Date) -> StoreResult<()> {
    let Some(lead) = case.lead else { return Ok(()) };
    if let Some(assigned) = case.assigned {
        set_lead_worker(tx, lead, assigned, case).await?;
    }
    let result = match case.status {
        Status::Confirmed => "awarded",
        Status::Refused => "not_entitled",
        Status::Withdrawn => "withdrawn",
        Status::Closed => case.lead_result.map_or("closed", |r| r.id()),
        _ => return Ok(()),
    };
    tx.changes(Shelf::Leads, lead.0).await?;
    tx.execute(
        "UPDATE leads SET status = 'closed', closed_on = $2, result = $3 WHERE id = $1 AND status <> 'closed'",
        args![lead, today, result],
    )
    .await?;
    Ok(())
}

async fn set_lead_worker(tx: &mut Tx, lead: LeadId, to: StaffId, case: &Case) -> StoreResult<()> {
    let due = case.next_deadline().map(|d| d.legal);
    tx.changes(Shelf::Leads, lead.0).await?;
    tx.execute(
        "UPDATE leads SET assigned_to = $2, due_on = coalesce($3, due_on) WHERE id = $1 AND status <> 'closed'",
        args![lead, to, due],
    )
    .await?;
    Ok(())
}

pub(crate) async fn issue(
    tx: &mut Tx,
    case: &Case,
    notice: &Notice,
    desk: &Desk<'_>,
) -> StoreResult<NoticeId> {
    let name = tx
        .fetch_one(
            "SELECT p.name FROM memberships m JOIN persons p ON p.id = m.person \
             WHERE m.household = $1 AND m.kind = 'hukou' AND m.relation = 'head' AND m.to_on IS NULL",
            args![case.household],
            |c| c.text(),
        )
        .await?
        .unwrap_or_default();
    let place = place_name(tx, &case.division).await?;
    let office = match case.division.at_level(4) {
        Some(township) => place_name(tx, &township).await?,
        None => place.clone(),
    };
    let text = notice.render(&Addressee {
        name,
        programme: desk.programme.clone(),
        place: Bilingual::new(place.as_str(), place.as_str()),
        authority: Bilingual::new(format!("{office}人民政府"), office),
        hotline: desk.hotline.clone(),
    });
    let id = NoticeId(tx.take_ids("notices", 1).await?);
    let (zh, en, data) = (
        tx.vault.seal(&NOTICE_ZH, id, &text.zh)?,
        tx.vault.seal(&NOTICE_EN, id, &text.en)?,
        tx.vault.seal_json(&NOTICE_DATA, id, notice)?,
    );
    tx.execute(
        "INSERT INTO notices (id, case_id, household, division, kind, issued_on, until_on, zh, en, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            id,
            case.id,
            case.household,
            &case.division,
            notice.kind.id(),
            notice.on,
            notice.until,
            zh,
            en,
            data
        ],
    )
    .await?;
    Ok(id)
}

async fn place_name(tx: &mut Tx, code: &DivisionCode) -> StoreResult<String> {
    let name = tx.fetch_one("SELECT name FROM divisions WHERE code = $1", args![code], |c| c.text()).await?;
    Ok(name.unwrap_or_else(|| code.to_string()))
}

/// Makes the awards of a confirmation; gives the id of the first, and what they replace in words.
async fn grant_award(
    tx: &mut Tx,
    case: &Case,
    grant: &Grant,
    desk: &Desk<'_>,
) -> StoreResult<(Option<AwardId>, Vec<Bilingual>)> {
    if grant.already_paid {
        return Ok((None, Vec::new()));
    }
    let (mut first, mut replaced) = (None, Vec::new());
    for mut award in awards::from_grant(case, grant, desk)? {
        awards::succeed(tx, &mut award, desk).await?;
        let id = awards::insert(tx, std::slice::from_ref(&award)).await?;
        awards::receive(tx, id, &award, grant.review).await?;
        first = first.or(Some(id));
        replaced.extend(awards::replace(tx, &award, desk).await?);
    }
    Ok((first, replaced))
}
