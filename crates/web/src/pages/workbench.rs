//! 工作台: what waits for this person, the urgent first; each number opens its list.

use askama::Template;
use doudi_casework::Status;
use doudi_payment::RosterState;
use doudi_registry::{LeadKind, LeadStatus, Post};
use doudi_store::leads::LeadFilter;

use crate::cases_view::{self, Brief};
use crate::ctx::{Ctx, Worker, html};
use crate::error::{PageResult, WebError};
use crate::lang::{Lang, thousands};
use crate::page::Page;
use crate::pages::leads::{self, urgency_tag};
use crate::pages::visit::left_words;
use crate::routes::Place;
use crate::view::{Deadline, Figure, Tag};

struct First {
    class: &'static str,
    title: String,
    deadline: Deadline,
    why: String,
    href: String,
    action: String,
}

struct Queue {
    name: String,
    note: &'static str,
    href: String,
    go: String,
    count: u64,
    late: u64,
    today: u64,
    soon: u64,
    earliest: Option<Deadline>,
    action: String,
}

impl Queue {
    fn href_due(&self, due: &str) -> String {
        let glue = if self.href.contains('?') { '&' } else { '?' };
        format!("{}{glue}due={due}", self.href)
    }
}

struct LeadItem {
    href: String,
    name: String,
    place: String,
    programme: String,
    reason: String,
    urgency: Tag,
}

#[derive(Template)]
#[template(path = "page/workbench.html")]
struct WorkbenchPage {
    l: Lang,
    page: Page,
    asof: String,
    first: Vec<First>,
    total: u64,
    queues: Vec<Queue>,
    nothing: String,
    show_leads: bool,
    leads: Vec<LeadItem>,
    figures_title: String,
    figures: Vec<Figure>,
}

struct Task {
    name: String,
    place: String,
    note: String,
    deadline: Option<Deadline>,
    href: String,
    action: String,
}

#[derive(Template)]
#[template(path = "page/visits.html")]
struct VisitsPage {
    l: Lang,
    page: Page,
    rows: Vec<Task>,
    done: Vec<Task>,
}

/// `/workbench`
pub async fn workbench(worker: Worker) -> PageResult {
    match worker.staff.post {
        Post::VillageWorker | Post::SocialWorker => visits(worker).await,
        Post::TownshipClerk
        | Post::TownshipHead
        | Post::CountyOfficer
        | Post::CityOfficer
        | Post::FinanceOfficer
        | Post::FinanceReviewer
        | Post::Auditor
        | Post::SystemAdmin
        | Post::SecurityAdmin
        | Post::AuditAdmin => queues(worker).await,
    }
}

async fn visits(worker: Worker) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let mut rows = Vec::new();
    let mut done = Vec::new();
    for brief in cases_view::open_cases(state, &worker.staff.division).await? {
        let case = &brief.case;
        let given = case.assigned == Some(worker.staff.id);
        let went = case.visits.iter().any(|v| v.surveyors.iter().any(|s| s.staff == worker.staff.id));
        // The visit before a decision is the county's.
        let waits = given
            && case.status != Status::Deciding
            && cases_view::next_action(case) == Some(doudi_casework::Action::RecordVisit);
        if !waits && !went {
            continue;
        }
        let left = match case.unasked() {
            left if left.is_empty() || case.status.is_final() => String::new(),
            left => {
                let family = state.family(case.household).await?;
                l.f1("还要问清：{}", left_words(l, state.law().book(), &family, left))
            }
        };
        let recorded = case.visits.last().map_or_else(String::new, |v| l.f1("{} 已登记", l.date(v.on)));
        let task = Task {
            name: l.f1("{}户", &brief.head),
            place: state.place(l, &case.division).await?,
            note: match (waits, left.is_empty()) {
                (true, true) => l.t("上门看看，把看到的记下来。").to_owned(),
                (true, false) => left,
                (false, true) => recorded,
                (false, false) => format!("{recorded}{}{left}", l.t("；")),
            },
            deadline: case.next_deadline().map(|d| cases_view::chip(ctx, d.legal)),
            href: if case.status.is_final() { String::new() } else { format!("/visit/{}", case.id) },
            action: l.t("去走访").to_owned(),
        };
        if waits {
            rows.push(task);
        } else {
            done.push(task);
        }
    }
    html(&VisitsPage { l, page: ctx.page(l.t("要去看的人家"), "/workbench").await?, rows, done })
}

async fn queues(worker: Worker) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let today = ctx.today();
    let area = &worker.staff.division;
    let mut mine: Vec<Brief> = Vec::new();
    for brief in cases_view::open_cases(state, area).await? {
        if crate::pages::cases::is_mine(state, &brief, &worker.staff, today)? {
            mine.push(brief);
        }
    }
    // Whoever lists leads and goes out to look at them; others find them in the list.
    let handles_leads = worker.may("lead.list", Place::Own) && worker.may("visit.open", Place::Case);
    let mut queues = Vec::new();
    if worker.staff.post == Post::TownshipClerk {
        queues.extend(lead_queue(ctx, &worker).await?);
    }
    queues.extend(case_queues(ctx, &mine));
    queues.extend(roster_queues(&worker).await?);
    // The earliest deadline first; queues without one keep their order behind.
    queues.sort_by_key(|q| match q.earliest.as_ref().map(|d| d.kind) {
        Some("late") => 0,
        Some("today") => 1,
        Some("soon") => 2,
        Some(_) => 3,
        None => 4,
    });
    let titles = state.law().outcome_titles(today);
    let leads = if handles_leads { top_leads(ctx, &worker).await? } else { Vec::new() };
    let page = WorkbenchPage {
        l,
        page: ctx.page(l.t("工作台"), "/workbench").await?,
        asof: l.t("每次打开都重新计算").to_owned(),
        first: first(ctx, &mine, &titles),
        total: queues.iter().map(|q| q.count).sum(),
        queues,
        nothing: match worker.staff.post {
            Post::Auditor => l.t("可以从案件、发放和救助链查看谁在何时凭什么作的决定。").to_owned(),
            _ => l.t("新的案件轮到您时会出现在这里。").to_owned(),
        },
        show_leads: handles_leads,
        leads,
        figures_title: l.f1("{}现在", state.area_name(l, area).await?),
        figures: figures(ctx, &worker).await?,
    };
    html(&page)
}

fn first(ctx: &Ctx, mine: &[Brief], titles: &crate::law::Titles) -> Vec<First> {
    let l = ctx.l();
    mine.iter()
        .filter_map(|brief| {
            let case = &brief.case;
            let due = case.next_deadline()?;
            let deadline = cases_view::chip(ctx, due.legal);
            let class = match deadline.kind {
                "late" => "is-late",
                "today" => "is-today",
                "soon" => "",
                _ => return None,
            };
            let action = cases_view::next_action(case)?;
            Some(First {
                class,
                title: l.f2("{} · {}户", l.pick(&due.name.zh, &due.name.en), &brief.head),
                deadline,
                why: l.f3(
                    "{}，{}，{} 前办完。",
                    titles.get(l, &case.programme),
                    cases_view::status_tag(l, case.status).words,
                    l.date(due.legal),
                ),
                href: format!("/cases/{}", case.id),
                action: l.label(action.zh(), action.en()),
            })
        })
        .take(3)
        .collect()
}

async fn lead_queue(ctx: &Ctx, worker: &Worker) -> Result<Option<Queue>, WebError> {
    let l = ctx.l();
    let counts = ctx.state().store().lead_counts(Some(&worker.staff.division)).await?;
    let open: i64 = counts.iter().filter(|c| c.status == LeadStatus::Open).map(|c| c.leads).sum();
    if open == 0 {
        return Ok(None);
    }
    let filter = LeadFilter {
        area: Some(worker.staff.division.clone()),
        status: Some(LeadStatus::Open),
        ..LeadFilter::default()
    };
    let rows = ctx.state().store().leads(&filter, doudi_store::Page::first(1_000)).await?.rows;
    let mut queue = Queue {
        name: l.t("线索待派").to_owned(),
        note: l.t("看为什么提示，再派人去看"),
        href: "/leads?status=open".to_owned(),
        go: "/leads?status=open".to_owned(),
        count: u64::try_from(open).unwrap_or(0),
        late: 0,
        today: 0,
        soon: 0,
        earliest: None,
        action: l.t("分派").to_owned(),
    };
    let mut dues: Vec<_> = rows.iter().filter_map(|r| r.lead.due_on).collect();
    dues.sort_unstable();
    tally(ctx, &mut queue, &dues);
    Ok(Some(queue))
}

fn tally(ctx: &Ctx, queue: &mut Queue, dues: &[doudi_policy::Date]) {
    for due in dues {
        match cases_view::chip(ctx, *due).kind {
            "late" => queue.late += 1,
            "today" => queue.today += 1,
            "soon" => queue.soon += 1,
            _ => {}
        }
    }
    queue.earliest = dues.first().map(|d| cases_view::chip(ctx, *d));
}

fn case_queues(ctx: &Ctx, mine: &[Brief]) -> Vec<Queue> {
    let l = ctx.l();
    let notes = |status: Status| match status {
        Status::Task => l.t("等走访结果，也可以自己去"),
        Status::Visited => l.t("愿意申请的受理，不需要的办结"),
        Status::Applied => l.t("材料先核，能核到的不要群众提供"),
        Status::Supplement => l.t("等申请人补材料"),
        Status::Accepted => l.t("入户调查、信息核对"),
        Status::Checked => l.t("材料、核对、入户都齐了"),
        Status::Proposed => l.t("初审意见要公示"),
        Status::Publicity => l.t("公示期满，可以报送"),
        Status::Deciding => l.t("看清各项检查再决定"),
        Status::Returned => l.t("按退回理由补好再报"),
        Status::Helped => l.t("先行救助后补办手续"),
        Status::Confirmed | Status::Refused => l.t("书面告知还没有登记"),
        Status::Withdrawn | Status::Closed => "",
    };
    let mut out = Vec::new();
    for status in Status::ALL {
        let of: Vec<&Brief> = mine.iter().filter(|b| b.case.status == *status).collect();
        let Some(one) = of.first() else { continue };
        let action = cases_view::next_action(&one.case).map_or_else(String::new, |a| l.label(a.zh(), a.en()));
        let list = format!("/cases?mine=1&status={}", status.id());
        let mut queue = Queue {
            name: cases_view::status_tag(l, *status).words,
            note: notes(*status),
            go: if of.len() == 1 { format!("/cases/{}", one.case.id) } else { list.clone() },
            href: list,
            count: u64::try_from(of.len()).unwrap_or(0),
            late: 0,
            today: 0,
            soon: 0,
            earliest: None,
            action,
        };
        let mut dues: Vec<_> = of.iter().filter_map(|b| b.case.next_deadline()).map(|d| d.legal).collect();
        dues.sort_unstable();
        tally(ctx, &mut queue, &dues);
        out.push(queue);
    }
    out
}

async fn roster_queues(worker: &Worker) -> Result<Vec<Queue>, WebError> {
    let l = worker.l();
    let wanted: &[(RosterState, &str, &'static str)] = match worker.staff.post {
        Post::FinanceReviewer => &[(RosterState::Draft, l.t("名册待复核封存"), l.t("差异看清了再封存"))],
        Post::FinanceOfficer => &[
            (RosterState::Sealed, l.t("名册待导出"), l.t("导出给银行发放")),
            (RosterState::Exported, l.t("等银行回执"), l.t("登记回执，处理退汇")),
        ],
        Post::VillageWorker
        | Post::SocialWorker
        | Post::TownshipClerk
        | Post::TownshipHead
        | Post::CountyOfficer
        | Post::CityOfficer
        | Post::Auditor
        | Post::SystemAdmin
        | Post::SecurityAdmin
        | Post::AuditAdmin => return Ok(Vec::new()),
    };
    let rosters = crate::pages::rosters::heads(worker).await?;
    Ok(wanted
        .iter()
        .filter_map(|(state, name, note)| {
            let of: Vec<_> = rosters.iter().filter(|r| r.state == *state).collect();
            let one = of.first()?;
            Some(Queue {
                name: (*name).to_owned(),
                note,
                href: format!("/rosters?state={}", state.id()),
                go: if of.len() == 1 {
                    format!("/rosters/{}", one.id)
                } else {
                    format!("/rosters?state={}", state.id())
                },
                count: u64::try_from(of.len()).unwrap_or(0),
                late: 0,
                today: 0,
                soon: 0,
                earliest: None,
                action: l.t("打开").to_owned(),
            })
        })
        .collect())
}

async fn top_leads(ctx: &Ctx, worker: &Worker) -> Result<Vec<LeadItem>, WebError> {
    let l = ctx.l();
    let state = ctx.state();
    let titles = state.law().outcome_titles(ctx.today());
    let filter = LeadFilter {
        area: Some(worker.staff.division.clone()),
        status: Some(LeadStatus::Open),
        ..LeadFilter::default()
    };
    let found = state.store().leads(&filter, doudi_store::Page::first(5)).await?;
    let mut out = Vec::new();
    for item in found.rows {
        out.push(LeadItem {
            href: format!("/leads/{}", item.lead.id),
            name: item.head_name,
            place: state.place(l, &item.lead.division).await?,
            programme: titles.get(l, &item.lead.outcome),
            reason: l.pick(&item.lead.reason_zh, &item.lead.reason_en).to_owned(),
            urgency: urgency_tag(l, item.lead.urgency),
        });
    }
    Ok(out)
}

async fn figures(ctx: &Ctx, worker: &Worker) -> Result<Vec<Figure>, WebError> {
    let l = ctx.l();
    let state = ctx.state();
    let store = state.store();
    let area = &worker.staff.division;
    let month = ctx.today().month();
    let receiving = store.receiving_counts(month, Some(area)).await?;
    let (missed, missed_leads) = leads::count(store, Some(area), LeadKind::Missed).await?;
    let (risk, risk_leads) = leads::count(store, Some(area), LeadKind::Risk).await?;
    let n = |x: i64| thousands(u64::try_from(x).unwrap_or(0));
    let titles = state.law().outcome_titles(ctx.today());
    // The programme that brings most money here.
    let largest = receiving.iter().max_by_key(|r| r.amount);
    let programme = largest.map_or_else(|| titles.first(), |r| r.programme.as_str());
    let open = cases_view::open_cases(state, area).await?.len();
    // A number opens its list only for those who may read it.
    let list = |action: &str, href: &str| match worker.may(action, Place::Own) {
        true => href.to_owned(),
        false => String::new(),
    };
    Ok(vec![
        Figure {
            label: l.f1("{}在享", titles.get(l, programme)),
            value: n(largest.map_or(0, |r| r.households)),
            unit: l.t("户").to_owned(),
            note: l.f1("{} 人", n(largest.map_or(0, |r| r.persons))),
            href: format!("/coverage?programme={programme}"),
        },
        Figure {
            label: l.t("疑似漏保").to_owned(),
            value: n(missed),
            unit: l.t("户").to_owned(),
            note: l.f1("线索 {} 条，不是结论", n(missed_leads)),
            href: list("lead.list", "/leads?kind=missed"),
        },
        Figure {
            label: l.t("返困风险").to_owned(),
            value: n(risk),
            unit: l.t("户").to_owned(),
            note: l.f1("线索 {} 条，未办结", n(risk_leads)),
            href: list("lead.list", "/leads?kind=risk"),
        },
        Figure {
            label: l.t("在办案件").to_owned(),
            value: thousands(u64::try_from(open).unwrap_or(0)),
            unit: l.t("件").to_owned(),
            note: l.t("全部状态").to_owned(),
            href: list("case.list", "/cases"),
        },
    ])
}
