//! 说明: why a family comes out as it does, with articles and inputs, from the policy crate's own explanation.

use askama::Template;
use axum::extract::Path;
use doudi_policy::Truth;
use doudi_policy::eval::{Mode, Trace};
use doudi_policy::explain::explain;
use doudi_registry::{AssessmentId, HouseholdId};

use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::judge;
use crate::lang::Lang;
use crate::page::Page;
use crate::view::Tag;

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
    class: &'static str,
    tag: Tag,
    say: String,
    amount: String,
    amount_label: String,
    unit: String,
    body: String,
    replay: String,
}

/// `/explain/{household}/{outcome}`
pub async fn outcome(worker: Worker, Path((household, outcome)): Path<(i64, String)>) -> PageResult {
    worker.must_see_files()?;
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let family = state.family(HouseholdId(household)).await?;
    worker.must_cover(&family.household.division)?;
    let today = ctx.today();
    let period = today.month();
    let sheet = judge::sheet_of(state, &family, None, today).await?;
    let judged = judge::judge(l, state, &sheet, period, today, Mode::Find)?;
    let programme = judged.programme(&outcome).ok_or(WebError::NotFound)?;
    let plan = state.law().plan(period, today)?;
    let batch = judge::batch_of(&sheet, &plan)?;
    let trace = Trace::of(&plan, &batch, 0, Mode::Find);
    let o = plan.find_outcome(&outcome).ok_or(WebError::NotFound)?;
    let lang = match l {
        Lang::Zh => doudi_policy::lang::Lang::Zh,
        Lang::En => doudi_policy::lang::Lang::En,
    };
    // An outcome of persons is explained for each who meets it, or for the household as a whole.
    let members: Vec<Option<usize>> = if programme.members.is_empty() {
        vec![None]
    } else {
        programme.members.iter().map(|m| Some(*m)).collect()
    };
    let body: String =
        members.into_iter().map(|m| explain(&trace, Some(&sheet), o, m).render_html(lang)).collect();
    let (class, say) = match programme.outcome {
        Truth::True => ("", l.f1("符合{}条件", &programme.title)),
        Truth::False => ("is-no", l.f1("按现有事实，不符合{}条件", &programme.title)),
        Truth::Unknown => ("is-unk", l.f1("{}：还说不准", &programme.title)),
    };
    let shows = programme.pays && programme.outcome != Truth::False;
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
                href: format!("/explain/{household}/{}", p.id),
                label: p.title.clone(),
                current: p.id == outcome,
            })
            .collect(),
        class,
        tag: judge::truth_tag(l, programme.outcome),
        say,
        amount: if shows { judge::amount_words(programme.amount) } else { String::new() },
        amount_label: l.t("金额试算").to_owned(),
        unit: l.t("元").to_owned(),
        body,
        replay: format!("{} · {period} · {today}", &plan.package_hash),
    };
    html(&page)
}

/// `/explain/{assessment}`: the programme of a stored assessment.
pub async fn assessment(worker: Worker, Path(id): Path<i64>) -> PageResult {
    worker.must_see_files()?;
    let kept = worker.ctx.state().store().assessment(AssessmentId(id)).await?;
    let family = worker.ctx.state().family(kept.household).await?;
    worker.must_cover(&family.household.division)?;
    let programme = if kept.programme.is_empty() { "dibao" } else { kept.programme.as_str() };
    Ok(see_other(&format!("/explain/{}/{programme}", kept.household)))
}
