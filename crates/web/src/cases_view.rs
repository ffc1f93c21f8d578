//! 案件的读写: the few places where the pages load, open and change cases, and how a case is named and dated.

use doudi_casework::act::Command;
use doudi_casework::{Action, Actor, Case, Changed, NewCase, Origin, Status, act, guard, open};
use doudi_policy::{Date, DivisionCode};
use doudi_registry::{CaseId, HouseholdId, Lead, LeadStatus, Post, Staff, StaffId};

use crate::ctx::{Ctx, Worker};
use crate::error::WebError;
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
    format!("AJ-{:06}", case.id.0)
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
        chars
            .next()
            .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
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
        Status::Checked | Status::Returned => Action::ProposeApprove,
        Status::Proposed => match case.opinion().map(|o| &o.proposal) {
            Some(doudi_casework::case::Proposal::Refuse { .. }) => Action::Submit,
            _ => Action::StartPublicity,
        },
        Status::Publicity => Action::Submit,
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
    Actor {
        staff: staff.id,
        name: staff.name.clone(),
        post: staff.post,
        area: staff.division.clone(),
    }
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
    Ok(guard::check(case, action, &actor(staff), &context).is_ok())
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

// STUBS until the store keeps cases
pub async fn load(_s: &AppState, _id: CaseId) -> Result<Case, WebError> { Err(WebError::NotFound) }
pub async fn of_household(_s: &AppState, _id: HouseholdId) -> Result<Vec<Case>, WebError> { Ok(Vec::new()) }
pub async fn open_cases(_s: &AppState, _a: &DivisionCode) -> Result<Vec<Brief>, WebError> { Ok(Vec::new()) }
pub async fn with_status(_s: &AppState, _a: &DivisionCode, _st: Option<Status>) -> Result<Vec<Brief>, WebError> { Ok(Vec::new()) }
pub async fn counts(_s: &AppState, _a: &DivisionCode) -> Result<Vec<(Status, usize)>, WebError> { Ok(Vec::new()) }
pub async fn change(_w: &Worker, _c: &Case, _cmd: Command) -> Result<Changed, WebError> { Err(WebError::NotFound) }
pub async fn open_from_lead(_w: &Worker, _l: &Lead, _staff: &str) -> Result<CaseId, WebError> { Err(WebError::NotFound) }
pub async fn dismiss(_w: &Worker, _l: &Lead, _r: &str, _n: &str) -> Result<(), WebError> { Ok(()) }
pub async fn case_by_number(_w: &Worker, _q: &str) -> Result<Option<CaseId>, WebError> { Ok(None) }
pub async fn turn(_ctx: &Ctx, _c: &Case) -> Result<Option<Turn>, WebError> { Ok(None) }
pub async fn notices(_s: &AppState, _c: &Case) -> Result<Vec<doudi_casework::Notice>, WebError> { Ok(Vec::new()) }
