//! 家庭: the list of an area, and the search by name, household code or case number inside it.

use askama::Template;
use axum::extract::Query;

use crate::ctx::{Ctx, Worker, html, see_other};
use crate::error::PageResult;
use crate::lang::{Lang, thousands};
use crate::mask;
use crate::page::Page;
use crate::posted::Posted;
use crate::reads::Shown;
use crate::routes::Place;
use crate::view::Pager;

/// Parameters of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ListQuery {
    receiving: String,
    page: u64,
}

struct Row {
    href: String,
    name: String,
    place: String,
    code: String,
    relation: String,
}

#[derive(Template)]
#[template(path = "page/households.html")]
struct HouseholdsPage {
    l: Lang,
    page: Page,
    heading: String,
    q: String,
    asked: bool,
    title: String,
    count: String,
    rows: Vec<Row>,
    pager: Option<Pager>,
    /// The list of what is due to be erased; empty for posts that do not open it.
    due_href: &'static str,
}

/// Most rows of an answer.
const LIMIT: u32 = 50;

/// `/households?receiving=&page=`: the families of the person's area, or those of them who receive something now.
pub async fn households(worker: Worker, Query(query): Query<ListQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let helped = (query.receiving == "1").then(|| ctx.today().month());
    let page = doudi_store::Page {
        number: u32::try_from(query.page.max(1)).unwrap_or(1),
        size: u32::try_from(Pager::SIZE).unwrap_or(30),
    };
    let found = state.store().household_list(Some(&worker.staff.division), helped, page).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for item in &found.rows {
        rows.push(Row {
            href: format!("/households/{}", item.id),
            name: if item.head_name.is_empty() { item.code.clone() } else { item.head_name.clone() },
            place: state.place(l, &item.division).await?,
            code: item.code.clone(),
            relation: l.f1("{} 人", item.members),
        });
    }
    let total = u64::try_from(found.total).unwrap_or(0);
    let base = if helped.is_some() { "/households?receiving=1" } else { "/households" };
    let shown = found.rows.iter().map(|item| item.id.0).collect();
    shows(
        shown,
        &HouseholdsPage {
            l,
            page: ctx.page(l.t("家庭"), "/households").await?,
            heading: l.t("家庭").to_owned(),
            q: String::new(),
            asked: true,
            title: match helped {
                Some(month) => l.f1("{} 正在享受救助的家庭", l.month(month)),
                None => l.t("在册家庭").to_owned(),
            },
            count: l.f1("{} 户", thousands(total)),
            rows,
            pager: Some(Pager::new(l, total, query.page.max(1), base)),
            due_href: due_href(ctx),
        },
    )
}

/// `POST /search`: a form, so that no name and no number stands in an address; and the answer is a page of its own, so
/// that the browser does not keep the form with its history.
pub async fn search(worker: Worker, posted: Posted) -> PageResult {
    let q = posted.get("q");
    if let Some(case) = crate::cases_view::case_by_number(&worker, q).await? {
        return Ok(see_other(&format!("/cases/{case}")));
    }
    worker.ctx.state().sessions().ask(worker.ctx.session_key(), q);
    Ok(see_other("/search"))
}

/// `GET /search`: the answer to what this browser has last searched for, or the list.
pub async fn answer(worker: Worker) -> PageResult {
    match worker.ctx.state().sessions().asked(worker.ctx.session_key()) {
        Some(q) => render(worker, q).await,
        None => Ok(see_other("/households")),
    }
}

async fn render(worker: Worker, q: String) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let (mut rows, mut shown) = (Vec::new(), Vec::new());
    if !q.is_empty() {
        let found = state.store().search(Some(&worker.staff.division), &q, LIMIT).await?;
        for hit in found {
            shown.push(hit.household.id.0);
            rows.push(Row {
                href: format!("/households/{}", hit.household.id),
                name: hit.person.name.clone(),
                place: state.place(l, &hit.household.division).await?,
                code: hit.household.code.clone(),
                relation: l.pick(hit.relation.zh(), hit.relation.en()).to_owned(),
            });
        }
    }
    let page = HouseholdsPage {
        l,
        page: ctx.page(l.t("家庭"), "/households").await?,
        heading: l.t("家庭").to_owned(),
        asked: !q.is_empty(),
        title: l.t("找到的").to_owned(),
        count: l.f1("{} 条", rows.len()),
        q: mask::written(&q).into_owned(),
        rows,
        pager: None,
        due_href: due_href(ctx),
    };
    shows(shown, &page)
}

fn due_href(ctx: &Ctx) -> &'static str {
    if ctx.may("retention.list", Place::Own) { "/retention" } else { "" }
}

/// The page, and beside it whom it shows.
fn shows(households: Vec<i64>, page: &HouseholdsPage) -> PageResult {
    let mut response = html(page)?;
    response.extensions_mut().insert(Shown(households));
    Ok(response)
}
