//! 案件列表: by status, the earliest deadline first.

use askama::Template;
use axum::extract::Query;
use doudi_casework::Status;
use doudi_registry::{Post, Staff};

use crate::cases_view::{self, Brief};
use crate::ctx::{Ctx, Worker, html};
use crate::error::{PageResult, WebError};
use crate::lang::Lang;
use crate::page::Page;
use crate::state::AppState;
use crate::view::{Deadline, Pager, Tag};

/// Parameters of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct CaseQuery {
    status: String,
    due: String,
    mine: String,
    page: u64,
}

struct Tab {
    href: String,
    label: String,
    count: usize,
    current: bool,
}

struct Row {
    href: String,
    name: String,
    place: String,
    number: String,
    programme: String,
    status: Tag,
    deadline: Option<Deadline>,
    what: String,
    whose: String,
    action: String,
    late: bool,
    mine: bool,
}

#[derive(Template)]
#[template(path = "page/cases.html")]
struct CasesPage {
    l: Lang,
    page: Page,
    tabs: Vec<Tab>,
    heading: String,
    total: usize,
    rows: Vec<Row>,
    pager: Pager,
}

/// How many open cases wait for this person today.
///
/// # Errors
/// When the store or the law cannot be read.
pub async fn mine(state: &AppState, staff: &Staff) -> Result<u64, WebError> {
    let today = state.today().await?;
    let mut n = 0;
    for brief in cases_view::open_cases(state, &staff.division).await? {
        n += u64::from(is_mine(state, &brief, staff, today)?);
    }
    Ok(n)
}

/// Whether the next step of a case is this person's today.
///
/// # Errors
/// When the law cannot be read.
pub fn is_mine(
    state: &AppState,
    brief: &Brief,
    staff: &Staff,
    today: doudi_policy::Date,
) -> Result<bool, WebError> {
    if brief.case.status == Status::Task && brief.case.assigned.is_some_and(|a| a != staff.id) {
        return Ok(false);
    }
    cases_view::may_act(state, &brief.case, staff, today)
}

/// `/cases?status=&due=&mine=`
pub async fn list(worker: Worker, Query(query): Query<CaseQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let today = ctx.today();
    let wanted = Status::from_id(&query.status);
    let my = !query.mine.is_empty();
    // What waits for a person is among the open cases whatever its status: a decided one until its notice is delivered.
    let closed = wanted.is_some_and(Status::is_final) && !my;
    let open = cases_view::open_cases(state, &worker.staff.division).await?;
    let all = if closed {
        cases_view::with_status(state, &worker.staff.division, wanted).await?
    } else {
        Vec::new()
    };
    let mut shown = Vec::new();
    let mut waiting = 0;
    for brief in &open {
        let mine = is_mine(state, brief, &worker.staff, today)?;
        waiting += usize::from(mine);
        let fits = (mine || !my) && wanted.is_none_or(|s| s == brief.case.status);
        if !closed && fits && due_fits(ctx, brief, &query.due) {
            shown.push((brief, mine));
        }
    }
    if closed {
        shown.extend(all.iter().map(|b| (b, false)));
    }
    let counts = cases_view::counts(state, &worker.staff.division).await?;
    let mut tabs = vec![
        Tab {
            href: "/cases".to_owned(),
            label: l.t("在办").to_owned(),
            count: open.len(),
            current: wanted.is_none() && !my,
        },
        Tab {
            href: "/cases?mine=1".to_owned(),
            label: l.t("等我办").to_owned(),
            count: waiting,
            current: my,
        },
    ];
    tabs.extend(counts.iter().map(|(status, n)| Tab {
        href: format!("/cases?status={}", status.id()),
        label: cases_view::status_tag(l, *status).words,
        count: *n,
        current: wanted == Some(*status) && !my,
    }));
    let total = shown.len();
    let asked = [("mine", &query.mine), ("status", &query.status), ("due", &query.due)];
    let asked: Vec<String> =
        asked.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={}", plain(v))).collect();
    let base = if asked.is_empty() { "/cases".to_owned() } else { format!("/cases?{}", asked.join("&")) };
    let pager = Pager::new(l, u64::try_from(total).unwrap_or(0), query.page.max(1), &base);
    let skip = usize::try_from(pager.skip()).unwrap_or(0);
    let size = usize::try_from(Pager::SIZE).unwrap_or(30);
    let titles = state.law().outcome_titles(today);
    let plan = state.law().plan(today.month(), today)?;
    let mut rows = Vec::new();
    for (brief, mine) in shown.into_iter().skip(skip).take(size) {
        let case = &brief.case;
        let next = case.next_deadline().filter(|_| !case.status.is_final());
        let deadline = next.map(|d| cases_view::chip(ctx, d.legal));
        let action = cases_view::next_action(case);
        let procedure = state.law().procedure(&plan, &case.programme)?;
        let posts = action.map_or_else(Vec::new, |a| cases_view::posts(case, a, procedure));
        rows.push(Row {
            href: format!("/cases/{}", case.id),
            name: l.f1("{}户", &brief.head),
            place: state.place(l, &case.division).await?,
            number: cases_view::number(case),
            programme: titles.get(l, &case.programme),
            status: cases_view::status_tag(l, case.status),
            late: deadline.as_ref().is_some_and(|d| d.kind == "late"),
            what: next.map_or_else(String::new, |d| l.label(&d.name.zh, &d.name.en)),
            deadline,
            whose: posts_words(l, &posts),
            action: match action {
                Some(a) if mine => l.label(a.zh(), a.en()),
                _ => l.t("查看").to_owned(),
            },
            mine,
        });
    }
    let status = wanted.map(|s| cases_view::status_tag(l, s).words);
    let heading = match (status, my) {
        (Some(status), true) => format!("{} · {status}", l.t("等我办")),
        (Some(status), false) => status,
        (None, true) => l.t("等我办").to_owned(),
        (None, false) => l.t("在办").to_owned(),
    };
    html(&CasesPage { l, page: ctx.page(l.t("案件"), "/cases").await?, tabs, heading, total, rows, pager })
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Posts in words, the first two.
#[must_use]
pub fn posts_words(l: Lang, posts: &[Post]) -> String {
    posts.iter().take(2).map(|p| l.pick(p.zh(), p.en())).collect::<Vec<_>>().join(l.t("、"))
}

/// Whether the next deadline of a case is late, due today or soon, as asked.
fn due_fits(ctx: &Ctx, brief: &Brief, due: &str) -> bool {
    if due.is_empty() {
        return true;
    }
    brief.case.next_deadline().is_some_and(|d| cases_view::chip(ctx, d.legal).kind == due)
}
