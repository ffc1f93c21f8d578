//! 线索台: the list with its filters, one lead, and what can be done with it.

use askama::Template;
use axum::extract::{Path, Query};
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Date, DivisionCode};
use doudi_registry::{Lead, LeadId, LeadKind, LeadStatus, Post, Urgency};
use doudi_store::Store;
use doudi_store::leads::{LeadFilter, LeadItem};

use crate::ctx::{Ctx, Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::field::Choice;
use crate::judge;
use crate::lang::{Lang, money, thousands};
use crate::page::Page;
use crate::posted::Posted;
use crate::routes::Place;
use crate::view::{Deadline, Pager, Tag};
use crate::vocab;

/// Parameters of the list, as the filter form sends them.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct LeadQuery {
    status: String,
    kind: String,
    urgency: String,
    outcome: String,
    indicator: String,
    #[serde(rename = "in")]
    area: String,
    page: u64,
}

struct Tab {
    href: String,
    label: String,
    count: i64,
    current: bool,
}

struct Filter {
    name: &'static str,
    label: &'static str,
    options: Vec<Choice>,
}

struct Chip {
    href: String,
    label: String,
}

struct Row {
    href: String,
    name: String,
    place: String,
    kind: String,
    urgency: Tag,
    reason: String,
    rest: String,
    open: String,
    programme: String,
    amount: String,
    deadline: Option<Deadline>,
    status: String,
    action: &'static str,
    late: bool,
}

#[derive(Template)]
#[template(path = "page/leads.html")]
struct LeadsPage {
    l: Lang,
    page: Page,
    status: String,
    tabs: Vec<Tab>,
    filters: Vec<Filter>,
    chips: Vec<Chip>,
    heading: String,
    total: String,
    rows: Vec<Row>,
    pager: Pager,
}

/// The urgency as a tag: words and shape, colour last.
#[must_use]
pub fn urgency_tag(l: Lang, urgency: Urgency) -> Tag {
    match urgency {
        Urgency::Red => Tag::bad(l.t("急")),
        Urgency::Orange => Tag::warn(l.t("较急")),
        Urgency::Yellow => Tag::info(l.t("一般")),
        Urgency::Blue => Tag::info(l.t("不急")),
    }
}

/// The kind of a lead in words.
#[must_use]
pub fn kind_words(l: Lang, kind: LeadKind) -> &'static str {
    match kind {
        LeadKind::Missed => l.t("疑似漏保"),
        LeadKind::Risk => l.t("返困风险"),
        LeadKind::Delivery => l.t("救助未到位"),
        LeadKind::Wrong => l.t("待核实，照常发放"),
    }
}

fn status_words(l: Lang, status: LeadStatus) -> &'static str {
    match status {
        LeadStatus::Open => l.t("待分派"),
        LeadStatus::Queued => l.t("排队"),
        LeadStatus::Assigned => l.t("已派单"),
        LeadStatus::InCase => l.t("办理中"),
        LeadStatus::Closed => l.t("已办结"),
    }
}

/// Households with open leads of a kind inside an area, and those leads: the count of their list.
///
/// # Errors
/// When the store cannot be read.
pub async fn count(
    store: &Store,
    area: Option<&DivisionCode>,
    kind: LeadKind,
) -> Result<(i64, i64), WebError> {
    let filter = LeadFilter { area: area.cloned(), kind: Some(kind), ..LeadFilter::default() };
    let leads = store.leads(&filter, doudi_store::Page::first(1)).await?.total;
    Ok((store.lead_households(&filter).await?, leads))
}

/// What is still open, in one line.
fn open_line(l: Lang, ctx: &Ctx, lead: &Lead) -> String {
    if lead.met {
        return l.t("按现有事实已可能符合").to_owned();
    }
    let mut names: Vec<String> =
        lead.open_facts.iter().map(|o| vocab::label(l, ctx.state().law().book(), &o.fact)).collect();
    names.dedup();
    let shown = names.len().min(3);
    let text = names.get(..shown).unwrap_or_default().join(l.t("、"));
    match names.len() {
        0 => String::new(),
        n if n > shown => l.f2("还要问清 {} 等 {} 项", text, n),
        _ => l.f1("还要问清 {}", text),
    }
}

/// 0.00–768.00 元
#[must_use]
pub fn amount_words(lead: &Lead) -> String {
    match (lead.amount_lo, lead.amount_hi) {
        (Some(lo), Some(hi)) if lo == hi => money(lo),
        (Some(lo), Some(hi)) if lo.0 > 0 => format!("{}–{}", money(lo), money(hi)),
        (_, Some(hi)) => format!("≤ {}", money(hi)),
        (Some(lo), None) if lo.0 > 0 => format!("≥ {}", money(lo)),
        (_, None) => String::new(),
    }
}

/// A date by which somebody must have looked.
fn due_chip(ctx: &Ctx, due: Option<Date>) -> Option<Deadline> {
    due.map(|due| crate::cases_view::chip(ctx, due))
}

/// `/leads`
pub async fn list(worker: Worker, Query(query): Query<LeadQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let store = ctx.state().store();
    let asked_area = query.area.parse::<DivisionCode>().ok().filter(|a| a.within(&worker.staff.division));
    let area = asked_area.clone().unwrap_or_else(|| worker.staff.division.clone());
    let status = LeadStatus::from_id(&query.status);
    let kind = LeadKind::from_id(&query.kind);
    let urgency = Urgency::from_id(&query.urgency);
    let filter = LeadFilter {
        area: Some(area.clone()),
        kind,
        status,
        urgency,
        outcome: some(&query.outcome),
        indicator: some(&query.indicator),
        ..LeadFilter::default()
    };
    let number = u32::try_from(query.page.max(1)).unwrap_or(1);
    let found = store
        .leads(&filter, doudi_store::Page { number, size: u32::try_from(Pager::SIZE).unwrap_or(30) })
        .await?;
    let counts = store.lead_counts(Some(&area)).await?;
    let base = query_string(&[
        ("status", status.map_or("", LeadStatus::id)),
        ("kind", &query.kind),
        ("urgency", &query.urgency),
        ("outcome", &query.outcome),
        ("indicator", &query.indicator),
        ("in", &query.area),
    ]);
    let mut tabs = vec![Tab {
        href: "/leads".to_owned(),
        label: l.t("未办结").to_owned(),
        count: counts.iter().filter(|c| c.status != LeadStatus::Closed).map(|c| c.leads).sum(),
        current: status.is_none(),
    }];
    tabs.extend(LeadStatus::ALL.iter().map(|s| Tab {
        href: format!("/leads?status={}", s.id()),
        label: status_words(l, *s).to_owned(),
        count: counts.iter().filter(|c| c.status == *s).map(|c| c.leads).sum(),
        current: Some(*s) == status,
    }));
    let outcomes = ctx.state().law().outcome_titles(ctx.today());
    let mut rows = Vec::new();
    for item in &found.rows {
        rows.push(row(ctx, item, &outcomes).await?);
    }
    let page = LeadsPage {
        l,
        page: ctx.page(l.t("线索台"), "/leads").await?,
        status: status.map_or("", LeadStatus::id).to_owned(),
        tabs,
        filters: filters(&worker, &query, kind, urgency, &outcomes).await?,
        chips: chips(ctx, &query, status, asked_area.as_ref(), &outcomes).await?,
        heading: status.map_or_else(|| l.t("未办结"), |s| status_words(l, s)).to_owned(),
        total: l.f2(
            "{} 户，{} 条；先看漏，再看险，后看错；先急后缓",
            thousands(u64::try_from(store.lead_households(&filter).await?).unwrap_or(0)),
            thousands(u64::try_from(found.total).unwrap_or(0)),
        ),
        rows,
        pager: Pager::new(
            l,
            u64::try_from(found.total).unwrap_or(0),
            query.page.max(1),
            &format!("/leads?{base}"),
        ),
    };
    html(&page)
}

/// The first sentence of a text, and the rest.
fn first_sentence(text: &str) -> (String, String) {
    let end = text.find('。').map(|i| i + '。'.len_utf8()).or_else(|| text.find(". ").map(|i| i + 1));
    let (first, rest) = text.split_at(end.unwrap_or(text.len()));
    (first.to_owned(), rest.trim().to_owned())
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `a=1&b=2` of the parameters that are not empty. Values are ids and codes: letters, digits, `_`, `-`.
fn query_string(pairs: &[(&str, &str)]) -> String {
    pairs
        .iter()
        .filter(|(_, v)| !v.is_empty())
        .map(|(k, v)| {
            let plain: String =
                v.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
            format!("{k}={plain}")
        })
        .collect::<Vec<_>>()
        .join("&")
}

async fn row(ctx: &Ctx, item: &LeadItem, outcomes: &crate::law::Titles) -> Result<Row, WebError> {
    let l = ctx.l();
    let lead = &item.lead;
    let deadline = due_chip(ctx, lead.due_on);
    let late =
        deadline.as_ref().is_some_and(|d| d.kind == "late") && !matches!(lead.status, LeadStatus::Closed);
    let members = l.f1("{} 人", item.members);
    Ok(Row {
        href: format!("/leads/{}", lead.id),
        name: item.head_name.clone(),
        place: format!("{} · {members}", ctx.state().place(l, &lead.division).await?),
        kind: kind_words(l, lead.kind).to_owned(),
        urgency: urgency_tag(l, lead.urgency),
        reason: first_sentence(l.pick(&lead.reason_zh, &lead.reason_en)).0,
        rest: first_sentence(l.pick(&lead.reason_zh, &lead.reason_en)).1,
        open: open_line(l, ctx, lead),
        programme: outcomes.get(l, &lead.outcome),
        amount: amount_words(lead),
        deadline: if lead.status == LeadStatus::Closed { None } else { deadline },
        status: status_words(l, lead.status).to_owned(),
        action: match lead.status {
            LeadStatus::Open | LeadStatus::Queued => l.t("分派"),
            LeadStatus::Assigned | LeadStatus::InCase | LeadStatus::Closed => l.t("查看"),
        },
        late,
    })
}

async fn filters(
    worker: &Worker,
    query: &LeadQuery,
    kind: Option<LeadKind>,
    urgency: Option<Urgency>,
    outcomes: &crate::law::Titles,
) -> Result<Vec<Filter>, WebError> {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let all = || Choice::new("", l.t("全部"));
    let mut areas = vec![Choice::new("", ctx.state().area_name(l, &worker.staff.division).await?)];
    for d in ctx.state().store().child_divisions(Some(&worker.staff.division)).await? {
        let chosen = query.area == d.code.as_str();
        areas.push(Choice::new(d.code.as_str(), l.name(&d.name)).selected(chosen));
    }
    let mut kinds = vec![all()];
    kinds.extend(
        LeadKind::ALL.iter().map(|k| Choice::new(k.id(), kind_words(l, *k)).selected(kind == Some(*k))),
    );
    let mut urgencies = vec![all()];
    urgencies.extend(
        Urgency::ALL
            .iter()
            .map(|u| Choice::new(u.id(), urgency_tag(l, *u).words).selected(urgency == Some(*u))),
    );
    let mut programmes = vec![all()];
    programmes
        .extend(outcomes.iter(l).map(|(id, title)| Choice::new(id, title).selected(query.outcome == id)));
    let mut indicators = vec![all()];
    indicators.extend(
        ctx.state()
            .law()
            .indicator_titles(ctx.today())
            .iter(l)
            .map(|(id, title)| Choice::new(id, format!("{id} {title}")).selected(query.indicator == id)),
    );
    Ok(vec![
        Filter { name: "in", label: l.t("地区"), options: areas },
        Filter { name: "kind", label: l.t("种类"), options: kinds },
        Filter { name: "urgency", label: l.t("紧急程度"), options: urgencies },
        Filter { name: "outcome", label: l.t("可能适用"), options: programmes },
        Filter { name: "indicator", label: l.t("指标"), options: indicators },
    ])
}

async fn chips(
    ctx: &Ctx,
    query: &LeadQuery,
    status: Option<LeadStatus>,
    area: Option<&DivisionCode>,
    outcomes: &crate::law::Titles,
) -> Result<Vec<Chip>, WebError> {
    let l = ctx.l();
    let without = |name: &str| {
        let pairs = [
            ("status", status.map_or("", LeadStatus::id)),
            ("kind", query.kind.as_str()),
            ("urgency", query.urgency.as_str()),
            ("outcome", query.outcome.as_str()),
            ("indicator", query.indicator.as_str()),
            ("in", query.area.as_str()),
        ]
        .map(|(k, v)| if k == name { (k, "") } else { (k, v) });
        format!("/leads?{}", query_string(&pairs))
    };
    let mut out = Vec::new();
    if let Some(area) = area {
        out.push(Chip { href: without("in"), label: l.f1("地区：{}", ctx.state().place(l, area).await?) });
    }
    if let Some(kind) = LeadKind::from_id(&query.kind) {
        out.push(Chip { href: without("kind"), label: l.f1("种类：{}", kind_words(l, kind)) });
    }
    if let Some(urgency) = Urgency::from_id(&query.urgency) {
        out.push(Chip {
            href: without("urgency"),
            label: l.f1("紧急程度：{}", urgency_tag(l, urgency).words),
        });
    }
    if !query.outcome.is_empty() {
        out.push(Chip {
            href: without("outcome"),
            label: l.f1("可能适用：{}", outcomes.get(l, &query.outcome)),
        });
    }
    if !query.indicator.is_empty() {
        out.push(Chip { href: without("indicator"), label: l.f1("指标：{}", &query.indicator) });
    }
    Ok(out)
}

/// Leads with an indicator that are not closed, everywhere.
///
/// # Errors
/// When the store cannot be read.
pub async fn open_with(state: &crate::state::AppState, indicator: &str) -> Result<u64, WebError> {
    let filter = LeadFilter { indicator: Some(indicator.to_owned()), ..LeadFilter::default() };
    let found = state.store().leads(&filter, doudi_store::Page::first(1)).await?;
    Ok(u64::try_from(found.total).unwrap_or(0))
}

struct IndicatorRow {
    id: String,
    reason: String,
    visit: String,
}

struct Visitor {
    id: i64,
    name: String,
    post: String,
}

#[derive(Template)]
#[template(path = "page/lead.html")]
struct LeadPage {
    l: Lang,
    page: Page,
    id: i64,
    name: String,
    place: String,
    code: String,
    asof: String,
    deadline: Option<Deadline>,
    status: Tag,
    kind: Tag,
    urgency: Tag,
    reason: String,
    amount: String,
    amount_unit: String,
    programme: String,
    indicators: Vec<IndicatorRow>,
    no_indicator: String,
    facts: Vec<vocab::FactRow>,
    plain: Vec<vocab::FactRow>,
    open: Vec<String>,
    household_href: String,
    explain_href: String,
    case_href: Option<String>,
    can_assign: bool,
    cannot: String,
    visitors: Vec<Visitor>,
    reasons: Vec<Choice>,
}

/// The lead, if it lies in the person's area.
async fn load(worker: &Worker, id: i64) -> Result<Lead, WebError> {
    let lead = worker.ctx.state().store().lead(LeadId(id)).await?;
    Ok(lead)
}

/// `/leads/{id}`
pub async fn one(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let lead = load(&worker, id).await?;
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let book = state.law().book();
    let family = state.family(lead.household).await?;
    let mut sheet = FactSheet::from_json(&lead.sheet).unwrap_or_default();
    family.lend_names(&mut sheet);
    let can_assign = worker.may("lead.assign", Place::Lead)
        && matches!(lead.status, LeadStatus::Open | LeadStatus::Queued);
    let visitors = state
        .staff_for(&lead.division, &[Post::VillageWorker, Post::SocialWorker, Post::TownshipClerk])
        .await?
        .into_iter()
        .map(|s| Visitor {
            id: s.id.0,
            name: l.name(&s.name),
            post: l.pick(s.post.zh(), s.post.en()).to_owned(),
        })
        .collect();
    let open = judge::grouped(
        l,
        book,
        lead.open_facts.iter().map(|o| (o.fact.as_str(), family.subject(l, &o.subject))),
    );
    let (facts, plain) = vocab::rows(l, book, &sheet).into_iter().partition(vocab::FactRow::is_notable);
    let outcomes = state.law().outcome_titles(ctx.today());
    let page = LeadPage {
        l,
        page: ctx.page(l.f1("线索 · {}", &family.head), "/leads").await?,
        id,
        name: l.f1("{}户", &family.head),
        place: state.area_name(l, &lead.division).await?,
        code: family.household.code.clone(),
        asof: l.f2(
            "按 {} 政策和截至比对日的部门数据，{} 提示",
            l.month(lead.period),
            l.date(lead.created_on),
        ),
        deadline: if lead.status == LeadStatus::Closed { None } else { due_chip(ctx, lead.due_on) },
        status: Tag::info(status_words(l, lead.status)),
        kind: Tag::info(kind_words(l, lead.kind)),
        urgency: urgency_tag(l, lead.urgency),
        reason: l.pick(&lead.reason_zh, &lead.reason_en).to_owned(),
        amount: amount_words(&lead),
        amount_unit: l.t("元，如核实").to_owned(),
        programme: outcomes.get(l, &lead.outcome),
        indicators: lead
            .indicators
            .iter()
            .map(|i| IndicatorRow {
                id: i.id.clone(),
                reason: l.pick(&i.zh, &i.en).to_owned(),
                visit: l.pick(&i.visit_zh, &i.visit_en).to_owned(),
            })
            .collect(),
        no_indicator: l.t("没有单独的预警指标；按已知事实和上下限，条件已可能符合。").to_owned(),
        facts,
        plain,
        open,
        household_href: format!("/households/{}", lead.household),
        explain_href: format!("/explain/{}/{}", lead.household, lead.outcome),
        case_href: lead.case.map(|c| format!("/cases/{c}")),
        can_assign,
        cannot: match lead.status {
            LeadStatus::Closed => l.t("这条线索已办结。").to_owned(),
            _ => l.t("派单由乡镇经办来做。").to_owned(),
        },
        visitors,
        reasons: dismiss_reasons(l),
    };
    html(&page)
}

fn dismiss_reasons(l: Lang) -> Vec<Choice> {
    vec![
        Choice::new("no_need", l.t("情况已变，有记录为证")),
        Choice::new("data_wrong", l.t("数据有误（将通知来源部门更正）")),
        Choice::new("policy_explained", l.t("已讲过政策，本人表示不需要")),
    ]
}

/// `POST /leads/{id}/assign`: the lead becomes a case with a visit task and a clock.
pub async fn assign(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let lead = load(&worker, id).await?;
    let case = crate::cases_view::open_from_lead(&worker, &lead, posted.get("staff")).await?;
    Ok(see_other(&format!("/cases/{case}?done=assigned")))
}

/// `POST /leads/{id}/dismiss`: closed with a reason that counts for the rule's hit rate.
pub async fn dismiss(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let lead = load(&worker, id).await?;
    let note = posted.get("note");
    let result = posted.get("result");
    let back = format!("/leads/{id}");
    let known = dismiss_reasons(worker.l()).iter().any(|r| r.value == result);
    if !known || note.chars().count() < 4 {
        return Err(WebError::Refused {
            zh: "请选一个理由，并写明有什么记录为证（至少 4 个字）".to_owned(),
            en: "choose a reason and write which record shows it (four characters or more)".to_owned(),
            back,
            kept: note.to_owned(),
        });
    }
    crate::cases_view::dismiss(&worker, &lead, result, note).await?;
    Ok(see_other("/leads?done=dismissed"))
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn the_first_sentence_stands_out() {
        assert_eq!(first_sentence("甲。乙。"), ("甲。".to_owned(), "乙。".to_owned()));
        assert_eq!(first_sentence("One 1.5 times. Two."), ("One 1.5 times.".to_owned(), "Two.".to_owned()));
        assert_eq!(first_sentence("甲"), ("甲".to_owned(), String::new()));
    }
}
