//! 首页: who are you today? The guided family on top, four numbers that open their lists, role cards.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use doudi_casework::Status;
use doudi_registry::{HouseholdId, LeadKind, LeadStatus, Post, Staff};

use crate::arrival::Arrival;
use crate::cases_view;
use crate::ctx::{Ctx, html, local_path, see_other};
use crate::error::{PageResult, WebError};
use crate::lang::{Lang, thousands};
use crate::page::Page;
use crate::pages::{leads, login};
use crate::posted::Posted;
use crate::routes::Place;
use crate::session::{new_key, stored};
use crate::view::{Figure, Note};

/// 户号 of the family that the demo follows, unless the setting [`GUIDED`] names another.
const GUIDED_CODE: &str = "990121103001-0482";
/// Setting: 户号 of the family that the demo follows.
pub const GUIDED: &str = "demo.guided_household";

/// Parameters of the front page.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct FrontQuery {
    next: String,
}

impl FrontQuery {
    /// The page of this site to go on to; empty without one.
    #[must_use]
    pub fn local_next(&self) -> String {
        if self.next.is_empty() { String::new() } else { local_path(&self.next).to_owned() }
    }
}

struct Step {
    name: &'static str,
    class: &'static str,
}

struct Guided {
    name: String,
    place: String,
    story: String,
    steps: Vec<Step>,
    turn: String,
    hint: String,
    staff: Option<i64>,
    days: i32,
    href: String,
    button: String,
}

struct Card {
    staff: i64,
    post: String,
    name: String,
    area: String,
    task: &'static str,
    waiting: u64,
}

#[derive(Template)]
#[template(path = "page/front.html")]
struct FrontPage {
    l: Lang,
    page: Page,
    county: String,
    roles: bool,
    next: String,
    choose_first: Note,
    family: Option<Guided>,
    figures: Vec<Figure>,
    cards: Vec<Card>,
}

/// `/`
pub async fn front(ctx: Ctx, arrival: Arrival, Query(query): Query<FrontQuery>) -> PageResult {
    let l = ctx.l();
    let state = ctx.state();
    let next = query.local_next();
    let roles = ctx.roles_allowed();
    if !roles {
        return match ctx.staff() {
            Some(_) => Ok(see_other("/workbench")),
            None => login::page(&ctx, &arrival, next, String::new(), None).await,
        };
    }
    let mut cards = Vec::new();
    if roles {
        for s in state.store().all_staff().await? {
            cards.push(card(&ctx, &s).await?);
        }
    }
    let county = match state.store().all_staff().await?.iter().find_map(|s| s.division.at_level(3)) {
        Some(code) => state.area_name(l, &code).await?,
        None => String::new(),
    };
    let page = FrontPage {
        l,
        page: ctx.page(l.t("您今天是谁"), "/").await?,
        county,
        roles,
        next,
        choose_first: Note::info(l.t("先选一个角色"), l.t("选好后直接打开您要看的那一页。")),
        family: if state.is_demo() { guided(&ctx).await? } else { None },
        figures: figures(&ctx).await?,
        cards,
    };
    html(&page)
}

async fn card(ctx: &Ctx, s: &Staff) -> Result<Card, WebError> {
    let l = ctx.l();
    let waiting = ctx.state().waiting(s, ctx.today()).await?;
    Ok(Card {
        staff: s.id.0,
        post: l.label(s.post.zh(), s.post.en()),
        name: l.name(&s.name),
        area: ctx.state().place(l, &s.division).await?,
        task: match s.post {
            Post::VillageWorker => l.t("上门看看，把看到的记下来"),
            Post::SocialWorker => l.t("陪着走访，帮着申请"),
            Post::TownshipClerk => l.t("看线索、派人走访、受理、核对、写初审意见"),
            Post::TownshipHead => l.t("看初审意见，公示期满后报县里"),
            Post::CountyOfficer => l.t("确认或不予确认，对结果负责"),
            Post::CityOfficer => l.t("经办人员近亲属的案件，县里回避，由市里决定"),
            Post::FinanceOfficer => l.t("编每月名册、导出发放、登记回执"),
            Post::FinanceReviewer => l.t("复核名册并封存"),
            Post::Auditor => l.t("谁在何时凭什么作的决定，只看不改"),
            Post::SystemAdmin => l.pick(
                "管接口和机器，第二人确认三员账号，不看家庭",
                "interfaces and machines, second pair of eyes on administrators; no family",
            ),
            Post::SecurityAdmin => l.pick("管账号和授权，不看家庭", "accounts and grants, no family"),
            Post::AuditAdmin => l.pick("查操作记录，不看家庭", "the record of what was done, no family"),
        },
        waiting: if s.post == Post::TownshipClerk { waiting.leads + waiting.cases } else { waiting.cases },
    })
}

/// Four numbers, each as large as the list that it opens: for the area of the person, or the whole county while nobody
/// has been chosen.
async fn figures(ctx: &Ctx) -> Result<Vec<Figure>, WebError> {
    let l = ctx.l();
    let store = ctx.state().store();
    let month = ctx.today().month();
    let area = ctx.staff().map(|s| s.division.clone());
    let (households, persons) = store.population(area.as_ref()).await?;
    let one = doudi_store::Page::first(1);
    let helped = store.household_list(area.as_ref(), Some(month), one).await?.total;
    let (missed, missed_leads) = leads::count(store, area.as_ref(), LeadKind::Missed).await?;
    let (late, late_leads) = leads::count(store, area.as_ref(), LeadKind::Delivery).await?;
    let n = |x: i64| thousands(u64::try_from(x).unwrap_or(0));
    // A number opens its list for those who may read it, and for those who have yet to say who they are.
    let open = |action: &str| ctx.staff().is_none() || ctx.may(action, Place::Own);
    let figure = |label: &str, value: i64, note: String, href: &str| Figure {
        label: label.to_owned(),
        value: n(value),
        unit: l.t("户").to_owned(),
        note,
        href: match href.starts_with("/leads") {
            true if open("lead.list") => href.to_owned(),
            false if open("household.list") => href.to_owned(),
            _ => String::new(),
        },
    };
    Ok(vec![
        figure(l.t("在册家庭"), households, l.f1("{} 人", n(persons)), "/households"),
        figure(l.t("正在享受救助"), helped, l.month(month), "/households?receiving=1"),
        figure(
            l.t("看来够条件、还没人来问"),
            missed,
            l.f1("疑似漏保线索 {} 条，要派人去看", n(missed_leads)),
            "/leads?kind=missed",
        ),
        figure(
            l.t("办理有逾期，该上门的"),
            late,
            l.f1("线索 {} 条；待遇照发，该我们补上复核", n(late_leads)),
            "/leads?kind=delivery",
        ),
    ])
}

/// Whose turn it is for a family and where.
async fn guided(ctx: &Ctx) -> Result<Option<Guided>, WebError> {
    let l = ctx.l();
    let state = ctx.state();
    let store = state.store();
    let code = store.setting(GUIDED).await?.unwrap_or_else(|| GUIDED_CODE.to_owned());
    let Some(household) = store.household_by_code(&code).await? else {
        return Ok(None);
    };
    let family = state.family(household.id).await?;
    let turn = match cases_view::of_household(state, household.id).await?.into_iter().next() {
        Some(case) => cases_view::turn(ctx, &case).await?,
        None => lead_turn(ctx, household.id, &household.division).await?,
    };
    let Some(turn) = turn else { return Ok(None) };
    let names = [
        l.t("线索"),
        l.t("走访"),
        l.t("受理"),
        l.t("核对"),
        l.t("初审"),
        l.t("公示"),
        l.t("确认"),
        l.t("发放"),
    ];
    let steps = names
        .into_iter()
        .enumerate()
        .map(|(i, name)| Step {
            name,
            class: match i.cmp(&turn.step) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "now",
                std::cmp::Ordering::Greater => "",
            },
        })
        .collect();
    Ok(Some(Guided {
        name: l.f1("{}户", &family.head),
        place: state.place(l, &household.division).await?,
        story: l.f1(
            "户里 {} 口人，没有申请过任何救助。部门数据一比对，平台提示：这家可能够条件，应该有人去看看。",
            family.members.len(),
        ),
        steps,
        turn: turn.who,
        hint: turn.hint,
        staff: turn.staff.map(|s| s.0),
        days: turn.days,
        href: turn.href,
        button: turn.button,
    }))
}

async fn lead_turn(
    ctx: &Ctx,
    household: HouseholdId,
    division: &doudi_policy::DivisionCode,
) -> Result<Option<cases_view::Turn>, WebError> {
    let l = ctx.l();
    let state = ctx.state();
    let found = state.store().leads_of(household).await?.into_iter().next();
    let Some(lead) = found.filter(|lead| lead.status != LeadStatus::Closed) else { return Ok(None) };
    let clerk = state.staff_for(division, &[Post::TownshipClerk]).await?.into_iter().next();
    Ok(Some(cases_view::Turn {
        step: 0,
        who: clerk.as_ref().map_or_else(
            || l.t("轮到乡镇经办").to_owned(),
            |s| l.f2("轮到{} {}", l.pick(s.post.zh(), s.post.en()), l.name(&s.name)),
        ),
        hint: l.t("看为什么提示，再派人去走访").to_owned(),
        staff: clerk.map(|s| s.id),
        days: 0,
        href: format!("/leads/{}", lead.id),
        button: l.t("看这条线索").to_owned(),
    }))
}

/// Steps of the guided walk by the status of the case.
#[must_use]
pub fn step_of(status: Status) -> usize {
    match status {
        Status::Task => 1,
        Status::Visited | Status::Applied | Status::Supplement => 2,
        Status::Accepted | Status::Helped => 3,
        Status::Checked | Status::Returned => 4,
        Status::Proposed | Status::Publicity => 5,
        Status::Deciding => 6,
        Status::Confirmed | Status::Refused | Status::Withdrawn | Status::Closed => 7,
    }
}

/// `POST /role`: takes a role; the session is a new one, so that an old cookie is worth nothing.
pub async fn take_role(ctx: Ctx, arrival: Arrival, posted: Posted) -> Result<Response, WebError> {
    if !ctx.roles_allowed() {
        return Err(WebError::forbidden(
            "免口令的角色只在本机、只在虚构地区的演示里提供",
            "roles without a password exist only on this machine and only in a fictional county",
        ));
    }
    let id: i64 = posted.get("staff").parse().map_err(|_| WebError::NotFound)?;
    let staff = ctx.state().staff(id).await?.ok_or(WebError::NotFound)?;
    ctx.state().sessions().close(ctx.session_key());
    ctx.state().store().end_session(&stored(ctx.session_key())).await?;
    let key = ctx.state().sessions().open(staff.id.0).map_err(WebError::internal)?;
    let next = posted.get("next");
    let to = if next.is_empty() { "/workbench?done=role" } else { local_path(next) };
    let mut response = see_other(to);
    arrival.set_key(&mut response, &key)?;
    Ok(response)
}

/// `POST /role/leave`: ends the session, of a role or of an account; the browser starts with a new key.
pub async fn leave_role(ctx: Ctx, arrival: Arrival, _posted: Posted) -> PageResult {
    ctx.state().sessions().close(ctx.session_key());
    ctx.state().store().end_session(&stored(ctx.session_key())).await?;
    let mut response = see_other("/");
    arrival.set_key(&mut response, &new_key().map_err(WebError::internal)?)?;
    Ok(response)
}

/// `POST /day`: the demo's day goes on, by one day or by as many as the form says (at most 31).
pub async fn next_day(ctx: Ctx, posted: Posted) -> Result<Response, WebError> {
    if !ctx.roles_allowed() || ctx.state().store().demo_today().await?.is_none() {
        return Err(WebError::forbidden(
            "只有本机上的演示可以推进日期",
            "only a demonstration on this machine can move its date",
        ));
    }
    let days: i32 = posted.get("days").parse().unwrap_or(1);
    let day = ctx.today().plus_days(days.clamp(1, 31));
    ctx.state().store().set_demo_today(day).await?;
    Ok(see_other("/?done=day"))
}
