//! 说明: why a family comes out as it does, with articles and inputs, from the policy crate's own explanation.

use askama::Template;
use axum::extract::{Path, Query};
use doudi_policy::eval::{Mode, Trace};
use doudi_policy::explain::{explain_at, letter};
use doudi_registry::{AssessmentId, HouseholdId};
use serde::Deserialize;

use crate::cases_view;
use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::judge;
use crate::lang::Lang;
use crate::page::Page;

/// To whom the page speaks.
#[derive(Debug, Default, Deserialize)]
pub struct ExplainQuery {
    /// `citizen` for the family; anything else for the clerk.
    #[serde(default, rename = "for")]
    reader: String,
}

struct Tab {
    href: String,
    label: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "page/explain.html")]
struct ExplainPage {
    l: Lang,
    page: Page,
    name: String,
    household_href: String,
    programme: String,
    period: String,
    asof: String,
    tabs: Vec<Tab>,
    /// Whether the page is the one for the family, and the other one's address.
    for_family: bool,
    other_href: String,
    body: String,
    replay: String,
}

/// `/explain/{household}/{outcome}`
pub async fn outcome(
    worker: Worker,
    Path((household, outcome)): Path<(i64, String)>,
    Query(query): Query<ExplainQuery>,
) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let family = state.family(HouseholdId(household)).await?;
    let today = ctx.today();
    let period = today.month();
    let mut sheet = judge::sheet_of(state, &family, None, today).await?;
    let judged = judge::judge(l, state, &sheet, period, today, Mode::Find)?;
    let programme = judged.programme(&outcome).ok_or(WebError::NotFound)?;
    let plan = state.law().plan(period, today)?;
    let batch = judge::batch_of(&sheet, &plan)?;
    judge::name_sources(l, &mut sheet);
    let trace = Trace::of(&plan, &batch, 0, Mode::Find);
    let o = plan.find_outcome(&outcome).ok_or(WebError::NotFound)?;
    let lang = match l {
        Lang::Zh => doudi_policy::lang::Lang::Zh,
        Lang::En => doudi_policy::lang::Lang::En,
    };
    let place = state.place(l, &family.household.division).await?;
    // An outcome of persons is explained for each who meets it, else for the first who may.
    let members: Vec<Option<usize>> = if programme.members.is_empty() {
        vec![programme.shown]
    } else {
        programme.members.iter().map(|m| Some(*m)).collect()
    };
    let for_family = query.reader == "citizen";
    let contact = match for_family {
        true => l.f1("电话 {}", cases_view::hotline(state).await?),
        false => String::new(),
    };
    let book = state.law().book();
    let told = |m: Option<usize>| match for_family {
        true => letter(&trace, Some(&sheet), (o, m), Some(&place), book, Some(&contact)).render_html(lang),
        false => explain_at(&trace, Some(&sheet), o, m, &place).render_html(lang),
    };
    let body: String = members.into_iter().map(told).collect();
    let here = format!("/explain/{household}/{outcome}");
    let page = ExplainPage {
        l,
        page: ctx.page(l.f2("说明：{} {}", &family.head, &programme.title), "/households").await?,
        name: l.f1("{}户", &family.head),
        household_href: format!("/households/{household}"),
        programme: programme.title.clone(),
        period: l.month(period),
        asof: l.f1("按 {} 所知的事实与政策", l.date(today)),
        tabs: judged
            .programmes
            .iter()
            .map(|p| Tab {
                href: format!(
                    "/explain/{household}/{}{}",
                    p.id,
                    if for_family { "?for=citizen" } else { "" }
                ),
                label: p.title.clone(),
                current: p.id == outcome,
            })
            .collect(),
        other_href: if for_family { here } else { format!("{here}?for=citizen") },
        for_family,
        body,
        replay: format!("{} · {period} · {today}", &plan.package_hash),
    };
    html(&page)
}

/// `/explain/{assessment}`: the programme of a stored assessment.
pub async fn assessment(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let kept = worker.ctx.state().store().assessment(AssessmentId(id)).await?;
    let titles = worker.ctx.state().law().outcome_titles(worker.ctx.today());
    let programme = if kept.programme.is_empty() { titles.first() } else { kept.programme.as_str() };
    Ok(see_other(&format!("/explain/{}/{programme}", kept.household)))
}
