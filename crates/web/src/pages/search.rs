//! 查找: by name, household code or case number, inside the person's area.

use askama::Template;
use axum::extract::Query;

use crate::ctx::{Worker, html, see_other};
use crate::error::PageResult;
use crate::lang::Lang;
use crate::page::Page;

/// Parameters of the search.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    q: String,
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
    rows: Vec<Row>,
}

/// Most rows of an answer.
const LIMIT: u32 = 50;

/// `/households`
pub async fn households(worker: Worker) -> PageResult {
    render(worker, String::new()).await
}

/// `/search?q=`
pub async fn search(worker: Worker, Query(query): Query<SearchQuery>) -> PageResult {
    let q = query.q.trim().to_owned();
    if let Some(case) = crate::cases_view::case_by_number(&worker, &q).await? {
        return Ok(see_other(&format!("/cases/{case}")));
    }
    render(worker, q).await
}

async fn render(worker: Worker, q: String) -> PageResult {
    worker.must_see_files()?;
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let mut rows = Vec::new();
    if !q.is_empty() {
        let found = state.store().search(Some(&worker.staff.division), &q, LIMIT).await?;
        for hit in found {
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
        q,
        rows,
    };
    html(&page)
}
