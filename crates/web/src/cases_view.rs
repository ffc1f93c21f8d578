//! 案件的读写: the few places where the pages load, open and change cases, and how a case is named and dated.

use doudi_casework::act::Command;
use doudi_casework::case::LeadResult;
use doudi_casework::{Action, Actor, Bilingual, Case, NewCase, Origin, Procedure, Status, guard, table};
use doudi_policy::eval::Mode;
use doudi_policy::plan::Entity;
use doudi_policy::{Date, DivisionCode, Fen};
use doudi_registry::{CaseId, HouseholdId, Lead, PersonId, Post, Staff, StaffId, Urgency};
use doudi_store::cases::{Acted, CaseFilter, Desk, IssuedNotice};

use crate::ctx::{Ctx, Worker};
use crate::error::WebError;
use crate::judge;
use crate::lang::Lang;
use crate::state::AppState;
use crate::view::{Deadline, Tag};

/// How many open cases a work list reads at most; what is beyond waits, the oldest deadlines come first.
const WORK_LIST: u32 = 1_000;

/// A case with the name of its family, as lists show it.
pub struct Brief {
    /// The case.
    pub case: Case,
    /// Name of the head.
    pub head: String,
}

/// AJ-000123: number of a case as people say it.
#[must_use]
pub fn number(case: &Case) -> String {
    number_of(case.id)
}

/// The same from the id.
#[must_use]
pub fn number_of(id: CaseId) -> String {
    format!("AJ-{:06}", id.0)
}

/// How far a date is, in working days; in calendar days where the calendar has a gap.
#[must_use]
pub fn chip(ctx: &Ctx, due: Date) -> Deadline {
    let l = ctx.l();
    let today = ctx.today();
    match ctx.state().law().calendar().working_days_between(today, due) {
        // A limit in hours or calendar days can end on a day off.
        Ok(left) if due < today => Deadline::working(l, i64::from(left.min(-1))),
        Ok(left) if due > today => Deadline::working(l, i64::from(left.max(1))),
        Ok(_) => Deadline::working(l, 0),
        Err(_) => Deadline::calendar(l, i64::from(due.0) - i64::from(today.0)),
    }
}

/// The status of a case.
#[must_use]
pub fn status_tag(l: Lang, status: Status) -> Tag {
    let words = if l.is_en() {
        let mut chars = status.en().chars();
        chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
    } else {
        status.zh().to_owned()
    };
    match status {
        Status::Confirmed => Tag::ok(words),
        Status::Refused | Status::Withdrawn | Status::Closed => Tag::no(words),
        Status::Returned | Status::Supplement => Tag::warn(words),
        Status::Task
        | Status::Visited
        | Status::Applied
        | Status::Accepted
        | Status::Checked
        | Status::Proposed
        | Status::Publicity
        | Status::Deciding
        | Status::Helped => Tag::info(words),
    }
}

/// The action that carries a case on from where it stands.
#[must_use]
pub fn next_action(case: &Case) -> Option<Action> {
    Some(match case.status {
        Status::Task => Action::RecordVisit,
        Status::Visited | Status::Applied | Status::Supplement => Action::Accept,
        Status::Accepted => {
            let asked = case.check.as_ref();
            if asked.is_none_or(|c| c.returned_on.is_some() && !c.settled) && !case.check_done() {
                if asked.is_none() { Action::RequestCheck } else { Action::RecordCheck }
            } else if asked.is_some_and(|c| c.returned_on.is_none()) {
                Action::RecordCheck
            } else {
                Action::RecordVisit
            }
        }
        Status::Checked | Status::Returned if !case.unasked().is_empty() => Action::RecordVisit,
        Status::Checked | Status::Returned => Action::ProposeApprove,
        Status::Proposed => match case.opinion().map(|o| &o.proposal) {
            Some(doudi_casework::case::Proposal::Refuse { .. }) => Action::Submit,
            _ => Action::StartPublicity,
        },
        Status::Publicity => Action::Submit,
        Status::Deciding if case.needs_county_visit() && case.county_visit().is_none() => Action::RecordVisit,
        Status::Deciding => Action::Confirm,
        Status::Helped => Action::BackFill,
        Status::Confirmed | Status::Refused => {
            if case.delivered.is_some() {
                return None;
            }
            Action::RecordNotice
        }
        Status::Withdrawn | Status::Closed => return None,
    })
}

/// A member of staff as the casework knows them.
#[must_use]
pub fn actor(staff: &Staff) -> Actor {
    Actor { staff: staff.id, name: staff.name.clone(), post: staff.post, area: staff.division.clone() }
}

/// Whether a person may take the next action of a case today.
///
/// # Errors
/// The law of the month cannot be read.
pub fn may_act(state: &AppState, case: &Case, staff: &Staff, today: Date) -> Result<bool, WebError> {
    let Some(action) = next_action(case) else { return Ok(false) };
    let plan = state.law().plan(today.month(), today)?;
    let procedure = state.law().procedure(&plan, &case.programme)?;
    let context = state.law().context(procedure, today);
    let whose = posts(case, action, procedure);
    Ok(whose.contains(&staff.post) && guard::check(case, action, &actor(staff), &context).is_ok())
}

/// Posts whose step an action is in this case: of those that may take it, the ones that are waited for.
#[must_use]
pub fn posts(case: &Case, action: Action, procedure: &Procedure) -> Vec<Post> {
    match (case.status, action) {
        (Status::Deciding, Action::RecordVisit) => vec![Post::CountyOfficer],
        (Status::Deciding, Action::Confirm) => vec![case.decision_level(procedure).post()],
        (status, action) => table::posts(status, action).to_vec(),
    }
}

/// Whose turn it is in the guided walk.
pub struct Turn {
    /// Step of the walk, from 0.
    pub step: usize,
    /// Whose turn, in words.
    pub who: String,
    /// What to do.
    pub hint: String,
    /// Who takes the role.
    pub staff: Option<StaffId>,
    /// Days that must pass first; then the button moves the demo's day.
    pub days: i32,
    /// Where to go.
    pub href: String,
    /// Words on the button.
    pub button: String,
}

/// Setting: telephone on notices.
pub const HOTLINE: &str = "hotline";

/// The telephone that a family is told.
///
/// # Errors
/// When the store cannot be read.
pub async fn hotline(state: &AppState) -> Result<String, WebError> {
    Ok(state.store().setting(HOTLINE).await?.unwrap_or_else(|| "12349".to_owned()))
}

/// What the store needs beside a case of a programme on a day.
///
/// # Errors
/// The law of the month cannot be read or does not know the programme.
pub async fn desk<'a>(state: &'a AppState, programme: &str, today: Date) -> Result<Desk<'a>, WebError> {
    let law = state.law();
    let plan = law.plan(today.month(), today)?;
    let outcome = plan
        .outcomes
        .iter()
        .find(|o| o.id == programme)
        .ok_or_else(|| WebError::internal(format!("no outcome `{programme}`")))?;
    let hotline = hotline(state).await?;
    Ok(Desk {
        context: law.context(law.procedure(&plan, programme)?, today),
        programme: Bilingual::new(outcome.zh.clone(), outcome.en.clone()),
        group: crate::law::exclusive_group(&plan, programme),
        excludes: crate::law::excluded(&plan, programme),
        replaces: crate::law::replaced(&plan, programme)
            .into_iter()
            .map(|o| (o.id.clone(), Bilingual::new(o.zh.clone(), o.en.clone())))
            .collect(),
        per_person: outcome.of == Entity::Member,
        shares: Vec::new(),
        hotline,
    })
}

/// One case.
///
/// # Errors
/// `NotFound`, or when the store cannot be read.
pub async fn load(state: &AppState, id: CaseId) -> Result<Case, WebError> {
    Ok(state.store().case(id).await?)
}

/// Cases of a household, latest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn of_household(state: &AppState, id: HouseholdId) -> Result<Vec<Case>, WebError> {
    Ok(state.store().cases_of(id).await?)
}

async fn list(state: &AppState, filter: &CaseFilter) -> Result<Vec<Brief>, WebError> {
    let found = state.store().cases(filter, doudi_store::Page::first(WORK_LIST)).await?;
    Ok(found.rows.into_iter().map(|item| Brief { case: item.case, head: item.head_name }).collect())
}

/// Cases inside an area in which something is still to be done, what is due first on top. A decided case counts
/// until its written notice is delivered.
///
/// # Errors
/// When the store cannot be read.
pub async fn open_cases(state: &AppState, area: &DivisionCode) -> Result<Vec<Brief>, WebError> {
    let mut out = list(state, &CaseFilter { area: Some(area.clone()), ..CaseFilter::default() }).await?;
    for status in [Status::Confirmed, Status::Refused] {
        let decided = with_status(state, area, Some(status)).await?;
        out.extend(decided.into_iter().filter(|b| b.case.delivered.is_none()));
    }
    Ok(out)
}

/// Cases inside an area in one status.
///
/// # Errors
/// When the store cannot be read.
pub async fn with_status(
    state: &AppState,
    area: &DivisionCode,
    status: Option<Status>,
) -> Result<Vec<Brief>, WebError> {
    list(state, &CaseFilter { area: Some(area.clone()), status, ..CaseFilter::default() }).await
}

/// Cases inside an area by status, in the order of work.
///
/// # Errors
/// When the store cannot be read.
pub async fn counts(state: &AppState, area: &DivisionCode) -> Result<Vec<(Status, usize)>, WebError> {
    let today = state.today().await?;
    let mut found: Vec<(Status, usize)> = state
        .store()
        .case_counts(Some(area), today, today)
        .await?
        .into_iter()
        .map(|c| (c.status, usize::try_from(c.cases).unwrap_or(0)))
        .collect();
    found.sort_by_key(|(status, _)| *status);
    Ok(found)
}

/// Carries out a command on a case as the person saw it.
///
/// # Errors
/// Refused by the casework, changed by somebody else in the meantime, or those of the store.
pub async fn change(worker: &Worker, case: &Case, command: Command) -> Result<Acted, WebError> {
    let state = worker.ctx.state();
    let today = worker.ctx.today();
    let mut desk = desk(state, &case.programme, today).await?;
    if desk.per_person && matches!(command, Command::Confirm { .. }) {
        desk.shares = shares(state, case, today).await?;
    }
    Ok(state.store().act(case.id, case.version, command, &actor(&worker.staff), &desk).await?)
}

/// What the rules give each person of a case, as far as it is certain.
async fn shares(state: &AppState, case: &Case, today: Date) -> Result<Vec<(PersonId, Fen)>, WebError> {
    let family = state.family(case.household).await?;
    let sheet = judge::sheet_of(state, &family, case.lead, today).await?;
    let judged = judge::judge(Lang::Zh, state, &sheet, today.month(), today, Mode::Decide)?;
    let paid = judged.programme(&case.programme).map_or(&[][..], |p| p.paid.as_slice());
    let person = |m: &usize| sheet.members.get(*m).and_then(|s| s.person).map(PersonId);
    Ok(paid.iter().filter_map(|(m, amount)| Some((person(m)?, *amount))).collect())
}

/// Opens the case of a lead.
///
/// # Errors
/// The lead is taken already, the law does not know its programme, or those of the store.
pub async fn open_case(state: &AppState, lead: &Lead, today: Date) -> Result<Case, WebError> {
    let new = NewCase {
        id: CaseId(0),
        household: lead.household,
        division: lead.division.clone(),
        programme: lead.outcome.clone(),
        origin: Origin::Lead,
        lead: Some(lead.id),
        urgency: Some(lead.urgency.rank()),
        urgent: lead.urgency == Urgency::Red,
        delegated: false,
    };
    let desk = desk(state, &lead.outcome, today).await?;
    Ok(state.store().open_case(new, &desk).await?)
}

/// Makes a lead a case and sends somebody to look.
///
/// # Errors
/// Nobody was chosen, the lead is taken already, or those of the store.
pub async fn open_from_lead(worker: &Worker, lead: &Lead, staff: &str) -> Result<CaseId, WebError> {
    let state = worker.ctx.state();
    let visitors = state
        .staff_for(&lead.division, &[Post::VillageWorker, Post::SocialWorker, Post::TownshipClerk])
        .await?;
    let Some(visitor) = visitors.into_iter().find(|s| s.id.to_string() == staff) else {
        return Err(WebError::Refused {
            zh: "请选派谁去看".to_owned(),
            en: "choose who is to visit".to_owned(),
            back: format!("/leads/{}", lead.id),
            kept: String::new(),
        });
    };
    let case = open_case(state, lead, worker.ctx.today()).await?;
    let command = Command::Assign { to: visitor.id, name: visitor.name };
    Ok(change(worker, &case, command).await?.case.id)
}

/// Closes a lead that nobody need visit, with the reason.
///
/// # Errors
/// It is closed or taken already, or those of the store.
pub async fn dismiss(worker: &Worker, lead: &Lead, result: &str, note: &str) -> Result<(), WebError> {
    let store = worker.ctx.state().store();
    store.close_lead(lead.id, worker.ctx.today(), result, worker.staff.id).await?;
    let body = serde_json::json!({ "zh": note, "en": note }).to_string();
    let words = LeadResult::from_id(result);
    let event = doudi_store::chain::ChainEvent {
        id: doudi_registry::EventId(0),
        household: lead.household,
        case: None,
        kind: doudi_store::chain::EventKind::Decision,
        on: worker.ctx.today(),
        actor: Some(worker.staff.id),
        actor_name: format!("{} {}", worker.staff.post.zh(), worker.staff.name),
        title_zh: format!("线索办结：{}", words.map_or("数据有误", LeadResult::zh)),
        title_en: format!("lead settled: {}", words.map_or("wrong data", LeadResult::en)),
        body,
    };
    store.append_events(&[event]).await?;
    Ok(())
}

/// The case that a search text names, if it exists and lies in the person's area.
///
/// # Errors
/// When the store cannot be read.
pub async fn case_by_number(worker: &Worker, text: &str) -> Result<Option<CaseId>, WebError> {
    let digits =
        text.strip_prefix("AJ-").or_else(|| text.strip_prefix("aj-")).or_else(|| text.strip_prefix("AJ"));
    let Some(id) = digits.and_then(|d| d.parse::<i64>().ok()) else { return Ok(None) };
    match worker.ctx.state().store().case(CaseId(id)).await {
        Ok(case) if case.division.within(&worker.staff.division) => Ok(Some(case.id)),
        Ok(_) => Ok(None),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The written papers of a case, as issued.
///
/// # Errors
/// When the store cannot be read.
pub async fn notices(state: &AppState, case: &Case) -> Result<Vec<IssuedNotice>, WebError> {
    Ok(state.store().notices_of(case.id).await?)
}

/// Posts in the order in which a step is offered in the guided walk: the one whose work it usually is comes first.
fn order(post: Post) -> u8 {
    match post {
        Post::VillageWorker => 0,
        Post::TownshipClerk => 1,
        Post::TownshipHead => 2,
        Post::CountyOfficer => 3,
        Post::CityOfficer => 4,
        Post::SocialWorker => 5,
        Post::FinanceOfficer
        | Post::FinanceReviewer
        | Post::Auditor
        | Post::SystemAdmin
        | Post::SecurityAdmin
        | Post::AuditAdmin => 6,
    }
}

/// Whose turn it is in a case, what they do and where.
///
/// # Errors
/// When store or law cannot be read.
pub async fn turn(ctx: &Ctx, case: &Case) -> Result<Option<Turn>, WebError> {
    let l = ctx.l();
    let state = ctx.state();
    let step = crate::pages::front::step_of(case.status);
    let href = format!("/cases/{}", case.id);
    // What was handed out first is on no roster.
    if case.status == Status::Confirmed && case.first_help.is_none() {
        return crate::pages::rosters::turn(ctx, case, step).await;
    }
    let Some(action) = next_action(case) else { return Ok(None) };
    let words = l.pick(action.zh(), action.en());
    let plan = state.law().plan(ctx.today().month(), ctx.today())?;
    let procedure = state.law().procedure(&plan, &case.programme)?;
    let context = state.law().context(procedure, ctx.today());
    let mut people = state.store().all_staff().await?;
    people.retain(|s| case.division.within(&s.division));
    people
        .sort_by_key(|s| (case.assigned != Some(s.id) || action != Action::RecordVisit, order(s.post), s.id));
    let whose = posts(case, action, procedure);
    let able = people
        .iter()
        .find(|s| whose.contains(&s.post) && guard::check(case, action, &actor(s), &context).is_ok());
    if let Some(person) = able {
        let visit = action == Action::RecordVisit;
        return Ok(Some(Turn {
            step,
            who: l.f2("轮到{} {}", l.pick(person.post.zh(), person.post.en()), l.name(&person.name)),
            hint: l.f1("下一步：{}", words),
            staff: Some(person.id),
            days: 0,
            href: if visit { format!("/visit/{}", case.id) } else { href },
            button: l.f1("以{}的身份继续", l.name(&person.name)),
        }));
    }
    // Nobody may act today: in a public notice the days must pass.
    if let (Status::Publicity, Some(notice)) = (case.status, case.notice()) {
        let days = notice.to.0 - ctx.today().0 + 1;
        return Ok(Some(Turn {
            step,
            who: l.f1("公示到 {} 为止", l.date(notice.to)),
            hint: l.t("期满且没有异议，由乡镇负责人报县里。").to_owned(),
            staff: None,
            days: days.max(1),
            href,
            button: l.f1("推进演示日期 {} 天", days.max(1)),
        }));
    }
    Ok(Some(Turn {
        step,
        who: l.f1("下一步：{}", words),
        hint: l.t("现在没有人能办，见案件页的说明。").to_owned(),
        staff: people.first().map(|s| s.id),
        days: 0,
        href,
        button: l.t("看案件").to_owned(),
    }))
}
