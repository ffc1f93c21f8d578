//! 保存和清除: until when each group of a family's records is kept and why, what holds them, and what is due. Nothing
//! happens by itself: one person puts an erasure forward, another carries it out.

pub mod requests;

use askama::Template;
use axum::extract::{Path, Query};
use doudi_casework::retention::{self as rules, Group, Schedule, Standing};
use doudi_policy::{Date, DivisionCode};
use doudi_registry::HouseholdId;
use doudi_store::requests::RequestState;
use doudi_store::retention::{Basis, Erasure, ErasureState, LegalHold};

use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::family::Family;
use crate::lang::Lang;
use crate::mask;
use crate::page::Page;
use crate::pages::rights::{self, Again};
use crate::posted::Posted;
use crate::reads::Shown;
use crate::routes::Place;
use crate::state::AppState;
use crate::view::{Pager, Tag};

/// Longest reason of a hold.
const MOST_REASON: usize = 200;

pub(super) use requests::{Asked, request_words};

/// A form of the section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Sets a hold.
    Hold,
    /// Releases one.
    Release,
    /// Puts a request on record.
    Request,
    /// Refuses it.
    Refuse,
}

/// One group of records.
pub(super) struct GroupRow {
    pub(super) group: &'static str,
    pub(super) last: String,
    pub(super) standing: Tag,
    pub(super) source: String,
}

/// A legal hold.
pub(super) struct HoldLine {
    pub(super) id: i64,
    pub(super) when: String,
    pub(super) reason: String,
    /// Where it is released; empty where it is, or by whoever may not.
    pub(super) release: String,
    /// Why, as it was typed and not taken.
    pub(super) typed: String,
}

/// An erasure that waits for a second person.
pub(super) struct WaitingErasure {
    pub(super) href: String,
    pub(super) words: String,
    pub(super) carries: bool,
    pub(super) declines: bool,
}

/// The section of the record page.
pub(super) struct Retention {
    pub(super) rows: Vec<GroupRow>,
    pub(super) erased: Vec<String>,
    pub(super) holds: Vec<HoldLine>,
    pub(super) waiting: Option<WaitingErasure>,
    pub(super) proposes: bool,
    /// Whether the erasure may be put forward at the family's request: one is on record.
    pub(super) at_request: bool,
    /// Whether a hold may be set: none stands. A second reason would keep nothing more.
    pub(super) holds_set: bool,
    /// The reason of a hold as it was typed and not taken.
    pub(super) hold_typed: String,
    pub(super) asked: Asked,
}

fn schedule(state: &AppState, place: &DivisionCode, today: Date) -> Schedule {
    Schedule::of(state.law().book(), place, today)
}

/// Until when an answer is owed to what a family says today.
pub(super) fn answer_due(state: &AppState, family: &Family, today: Date) -> Result<Option<Date>, WebError> {
    let law = state.law();
    rules::answer_due(law.book(), &family.household.division, today, law.calendar()).map_err(|refusal| {
        WebError::Refused { zh: refusal.zh, en: refusal.en, back: String::new(), kept: String::new() }
    })
}

impl Retention {
    pub(super) async fn of(
        worker: &Worker,
        family: &Family,
        typed: Option<&(Form, String)>,
    ) -> Result<Self, WebError> {
        let ctx = &worker.ctx;
        let (l, state, today) = (ctx.l(), ctx.state(), ctx.today());
        let id = family.household.id;
        let schedule = schedule(state, &family.household.division, today);
        let holdings = state.store().holdings(id, today).await?;
        let standings = rules::standings(&schedule, &holdings, today);
        let entries = state.store().last_entries(id, today).await?;
        let again = |form: Form| {
            let typed = typed.filter(|(of, _)| *of == form);
            typed.map_or_else(String::new, |(_, text)| text.clone())
        };
        let asked = Asked::of(worker, id, &standings, &again).await?;
        let due = standings.values().any(|s| matches!(s, Standing::Due(_)));
        let rows = standings
            .into_iter()
            .filter(|(_, standing)| *standing != Standing::Nothing)
            .map(|(group, standing)| GroupRow {
                group: group_words(l, group),
                last: entries.get(&group).map_or_else(|| "—".to_owned(), |d| l.date(*d)),
                standing: standing_tag(l, &standing),
                source: source_words(l, state, &schedule, group),
            })
            .collect();
        let erasures = state.store().erasures_of(id).await?;
        let may = |action: &str, place: Place| ctx.may(action, place);
        let waiting = erasures.iter().find(|e| e.state == ErasureState::Proposed);
        let holds = state.store().holds_of(id).await?;
        let held = holds.iter().any(|h| h.released.is_none());
        Ok(Self {
            rows,
            erased: erasures
                .iter()
                .filter(|e| e.state == ErasureState::Done)
                .map(|e| {
                    let day = l.date(e.settled_on.unwrap_or(e.proposed_on));
                    l.f2("{} 已清除：{}", day, groups_words(l, e))
                })
                .collect(),
            holds: holds
                .into_iter()
                .map(|h| hold_line(l, h, may("hold.release", Place::Household), again(Form::Release)))
                .collect(),
            waiting: waiting.map(|e| WaitingErasure {
                href: format!("/erasures/{}", e.id),
                words: waiting_words(l, e),
                carries: may("erasure.carry_out", Place::Erasure) && e.proposed_by != worker.staff.id,
                declines: may("erasure.decline", Place::Erasure),
            }),
            proposes: due && waiting.is_none() && may("erasure.propose", Place::Household),
            at_request: asked.stands,
            holds_set: !held && may("hold.set", Place::Household),
            hold_typed: again(Form::Hold),
            asked,
        })
    }
}

fn group_words(l: Lang, group: Group) -> &'static str {
    match group {
        Group::Findings => l.t("未成案的线索"),
        Group::Files => l.t("救助案件材料"),
        Group::Money => l.t("发放明细和账户"),
        Group::Register => l.t("身份和住址"),
    }
}

pub(super) fn groups_words(l: Lang, erasure: &Erasure) -> String {
    erasure.groups.iter().map(|g| group_words(l, *g)).collect::<Vec<_>>().join(l.t("、"))
}

fn waiting_words(l: Lang, erasure: &Erasure) -> String {
    let day = l.date(erasure.proposed_on);
    match erasure.basis {
        Basis::Term => l.f2("{} 因期限已满提出清除：{}", day, groups_words(l, erasure)),
        Basis::Request => l.f2("{} 应本人请求提出清除：{}", day, groups_words(l, erasure)),
    }
}

fn standing_tag(l: Lang, standing: &Standing) -> Tag {
    match standing {
        Standing::Nothing => Tag::no(l.t("没有")),
        Standing::Held => Tag::warn(l.t("法定留存，解除前不清除")),
        Standing::Open(open) => {
            let open: Vec<&str> = open.iter().map(|o| l.pick(o.zh(), o.en())).collect();
            Tag::info(l.f1("还在用：{}", open.join(l.t("、"))))
        }
        Standing::NoTerm => Tag::unknown(l.t("没有规定多久，不清除")),
        Standing::Until(day) => Tag::info(l.date(*day)),
        Standing::OthersKept => Tag::info(l.t("别的记录还在保存")),
        Standing::Due(day) => Tag::warn(l.f1("{} 已到期", l.date(*day))),
    }
}

/// The citation in words, with how long it says.
fn source_words(l: Lang, state: &AppState, schedule: &Schedule, group: Group) -> String {
    let Some(term) = schedule.terms.get(&group) else { return "—".to_owned() };
    let cite = state.law().book().cites().iter().find(|c| c.id == term.source);
    let text = cite.map_or(term.source.as_str(), |c| l.pick(&c.zh, &c.en));
    match term.contested {
        true => l.f2("{} 个月（说法不一）：{}", term.months, text),
        false => l.f2("{} 个月：{}", term.months, text),
    }
}

fn hold_line(l: Lang, hold: LegalHold, releases: bool, typed: String) -> HoldLine {
    let reason = mask::written(&hold.reason).into_owned();
    let (when, reason) = match hold.released {
        None => (l.f1("{} 起法定留存", l.date(hold.since)), reason),
        Some((day, _)) => (
            l.f2("{} 起法定留存，{} 解除", l.date(hold.since), l.date(day)),
            l.f2("{} 解除理由：{}", reason, mask::written(&hold.release_reason)),
        ),
    };
    let release = match (releases, hold.released) {
        (true, None) => format!("/households/{}/hold/release", hold.household),
        _ => String::new(),
    };
    let typed = if release.is_empty() { String::new() } else { typed };
    HoldLine { id: hold.id, when, reason, release, typed }
}

/// `POST /households/{id}/erasure`: puts an erasure forward.
pub async fn propose(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let (state, today) = (worker.ctx.state(), worker.ctx.today());
    let id = HouseholdId(id);
    let household = state.store().household(id).await?.ok_or(WebError::NotFound)?;
    let basis = Basis::from_id(posted.get("basis")).ok_or(WebError::Refused {
        zh: "请选是期限已满还是本人请求".to_owned(),
        en: "say whether the term is over or the person asks for it".to_owned(),
        back: format!("/households/{id}/record"),
        kept: String::new(),
    })?;
    if basis == Basis::Request
        && !state.store().requests_of(id).await?.iter().any(|r| r.state == RequestState::Open)
    {
        return Err(WebError::Refused {
            zh: "还没有登记本人的请求，请先登记".to_owned(),
            en: "no request of the family is on record; record it first".to_owned(),
            back: format!("/households/{id}/record#retention"),
            kept: String::new(),
        });
    }
    let schedule = schedule(state, &household.division, today);
    let done = state.store().propose_erasure(id, basis, &schedule, worker.staff.id, today).await;
    done.map_err(|e| WebError::from(e).back_to(&format!("/households/{id}/record"), ""))?;
    Ok(see_other(&format!("/households/{id}/record?done=proposed#retention")))
}

/// `POST /erasures/{id}/carry-out`: the second person erases what is due.
pub async fn carry_out(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let (state, today) = (worker.ctx.state(), worker.ctx.today());
    let erasure = state.store().erasure(id).await?;
    let household = state.store().household(erasure.household).await?.ok_or(WebError::NotFound)?;
    let schedule = schedule(state, &household.division, today);
    let back = format!("/households/{}/record", household.id);
    let done = state.store().erase(id, &schedule, worker.staff.id, today).await;
    done.map_err(|e| WebError::from(e).back_to(&back, ""))?;
    Ok(see_other(&format!("{back}?done=erased#retention")))
}

/// `POST /erasures/{id}/decline`
pub async fn decline(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let (state, today) = (worker.ctx.state(), worker.ctx.today());
    let erasure = state.store().erasure(id).await?;
    state.store().decline_erasure(id, worker.staff.id, today).await?;
    Ok(see_other(&format!("/households/{}/record?done=declined#retention", erasure.household)))
}

/// The reason that was typed, or the page again with what is wrong with it.
async fn reason<'a>(
    worker: &Worker,
    id: HouseholdId,
    form: Form,
    posted: &'a Posted,
) -> Result<&'a str, PageResult> {
    let (l, text) = (worker.l(), posted.get("reason"));
    if text.is_empty() || text.chars().count() > MOST_REASON {
        let wrong = l.t("请写理由，不超过 200 个字。");
        return Err(rights::show(worker, id, Again::typed(l, form, text, wrong)).await);
    }
    Ok(text)
}

/// `POST /households/{id}/hold`
pub async fn hold(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let id = HouseholdId(id);
    let text = match reason(&worker, id, Form::Hold, &posted).await {
        Ok(text) => text,
        Err(again) => return again,
    };
    worker.ctx.state().store().set_hold(id, text, worker.staff.id, worker.ctx.today()).await?;
    Ok(see_other(&format!("/households/{id}/record?done=held#retention")))
}

/// `POST /households/{id}/hold/release`
pub async fn release(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let id = HouseholdId(id);
    // One hold, one number: `+1` and `01` name nothing.
    let sent = posted.get("hold");
    let hold = sent.parse().ok().filter(|hold: &i64| hold.to_string() == sent).ok_or(WebError::NotFound)?;
    let text = match reason(&worker, id, Form::Release, &posted).await {
        Ok(text) => text,
        Err(again) => return again,
    };
    let back = format!("/households/{id}/record");
    let store = worker.ctx.state().store();
    let done = store.release_hold(id, hold, text, worker.staff.id, worker.ctx.today()).await;
    done.map_err(|e| WebError::from(e).back_to(&back, text))?;
    Ok(see_other(&format!("{back}?done=released#retention")))
}

struct DueRow {
    href: String,
    name: String,
    place: String,
    groups: String,
    since: String,
    /// Where the family has asked for it; else empty.
    asked: String,
}

#[derive(Template)]
#[template(path = "page/retention.html")]
struct RetentionPage {
    l: Lang,
    page: Page,
    count: String,
    rows: Vec<DueRow>,
    pager: Pager,
}

/// Parameters of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ListQuery {
    page: u64,
}

/// `GET /retention`: families of the person's area of whose records some are due.
pub async fn list(worker: Worker, Query(query): Query<ListQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let (l, state, today) = (ctx.l(), ctx.state(), ctx.today());
    let area = &worker.staff.division;
    let page = doudi_store::Page {
        number: u32::try_from(query.page.max(1)).unwrap_or(1),
        size: u32::try_from(Pager::SIZE).unwrap_or(30),
    };
    let schedule = schedule(state, area, today);
    let found = state.store().due_families(area, &schedule, today, page).await?;
    let (mut rows, mut shown) = (Vec::with_capacity(found.rows.len()), Vec::with_capacity(found.rows.len()));
    for (id, holdings) in &found.rows {
        let family = state.family(*id).await?;
        let due: Vec<(Group, Date)> = rules::standings(&schedule, holdings, today)
            .into_iter()
            .filter_map(|(group, standing)| match standing {
                Standing::Due(day) => Some((group, day)),
                _ => None,
            })
            .collect();
        let words: Vec<&str> = due.iter().map(|(group, _)| group_words(l, *group)).collect();
        let asked = state.store().requests_of(*id).await?;
        let asked = asked.iter().find(|r| r.state == RequestState::Open);
        rows.push(DueRow {
            asked: asked.map_or_else(String::new, |r| l.f1("本人 {} 请求", l.date(r.asked_on))),
            href: format!("/households/{id}/record#retention"),
            name: family.head.clone(),
            place: state.place(l, &family.household.division).await?,
            groups: words.join(l.t("、")),
            since: due.iter().map(|(_, day)| *day).min().map_or_else(String::new, |d| l.date(d)),
        });
        shown.push(id.0);
    }
    let total = u64::try_from(found.total).unwrap_or(0);
    let view = RetentionPage {
        l,
        page: ctx.page(l.t("到期清单"), "/households").await?,
        count: l.f1("{} 户", total),
        rows,
        pager: Pager::new(l, total, page.number.into(), "/retention"),
    };
    let mut response = html(&view)?;
    response.extensions_mut().insert(Shown(shown));
    Ok(response)
}
