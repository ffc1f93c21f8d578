//! 本人权利: what is held about a family, who looked, what they say is wrong, and a masked field in full for a stated
//! purpose. The window opens it with the family, or for them.

mod copy;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query};
use doudi_policy::Date;
use doudi_policy::sheet::{FactSheet, SheetValue};
use doudi_registry::{Grade, HouseholdId, PersonId, Subject};
use doudi_store::rights::{Contested, LookedAt, SourceAnswer, SourceQuery};

use crate::clock::day_in_china;
use crate::ctx::{Ctx, Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::family::Family;
use crate::field::{Choice, Field};
use crate::judge;
use crate::lang::Lang;
use crate::mask;
use crate::page::Page;
use crate::pages::retention::{self, Retention};
use crate::posted::Posted;
use crate::reads::Shown;
use crate::routes::Place;
use crate::view::{Deadline, Note, Pager};
use crate::vocab;

pub use copy::copy;

/// Most looks that the page lists; the copy lists them all.
const LOOKS: u32 = 500;
/// Longest text of what the family says.
const MOST_SAID: usize = 200;

/// Looks of one office at one kind of page on one day.
struct LookRow {
    day: String,
    office: String,
    what: &'static str,
    times: usize,
}

struct FactLine {
    key: String,
    subject: String,
    label: String,
    value: String,
    source: String,
    as_of: String,
}

struct QueryLine {
    id: i64,
    href: String,
    family: String,
    what: String,
    source: String,
    said: String,
    held: String,
    asked: String,
    state: String,
    due: String,
    /// What is left of the time for an answer; none once it is there.
    chip: Option<Deadline>,
    field: Option<Field>,
}

impl QueryLine {
    /// As a page shows it; the copy that the person takes along is whole.
    fn on_page(self) -> Self {
        let (said, held) = (mask::written(&self.said).into_owned(), mask::written(&self.held).into_owned());
        Self { said, held, ..self }
    }
}

/// A field that may be shown in full.
struct Hidden {
    name: String,
    label: String,
    masked: String,
}

struct Purpose {
    href: String,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "page/rights.html")]
struct RightsPage {
    l: Lang,
    page: Page,
    name: String,
    href: String,
    problem: Option<Note>,
    hidden: Vec<Hidden>,
    purposes: Vec<Purpose>,
    revealed: Vec<(String, String)>,
    facts: Vec<FactLine>,
    disputes: bool,
    copies: bool,
    said: String,
    queries: Vec<QueryLine>,
    looks: Vec<LookRow>,
    more_looks: bool,
    retention: Retention,
}

/// The purposes for which a field may be shown in full: the last part of the address and of the action, and the button.
fn purposes(l: Lang) -> [(&'static str, &'static str); 3] {
    [("contact", l.t("为联系或上门")), ("verify", l.t("为核对本人身份")), ("asked", l.t("本人在场要求查看"))]
}

/// `GET /households/{id}/record`
pub async fn record(worker: Worker, Path(id): Path<i64>) -> PageResult {
    show(&worker, HouseholdId(id), Vec::new(), None, "").await
}

async fn show(
    worker: &Worker,
    id: HouseholdId,
    revealed: Vec<(String, String)>,
    problem: Option<Note>,
    said: &str,
) -> PageResult {
    let ctx = &worker.ctx;
    let (l, state) = (ctx.l(), ctx.state());
    let family = state.family(id).await?;
    let sheet = judge::sheet_of(state, &family, None, ctx.today()).await?;
    let looks = state.store().looks_at(id, doudi_store::Page::first(LOOKS)).await?;
    let mut queries = Vec::new();
    for query in state.store().queries_of(id).await? {
        queries.push(query_line(ctx, &family, &query, false).on_page());
    }
    let may = |action: &str| ctx.may(action, Place::Household);
    let open = purposes(l).into_iter().filter(|(purpose, _)| may(&format!("person.reveal.{purpose}")));
    let purposes: Vec<Purpose> = open
        .map(|(purpose, label)| Purpose { href: format!("/households/{id}/reveal/{purpose}"), label })
        .collect();
    let retention = Retention::of(worker, &family).await?;
    html(&RightsPage {
        l,
        retention,
        page: ctx.page(l.f1("{}户的记录", &family.head), "/households").await?,
        name: family.head.clone(),
        href: format!("/households/{id}"),
        problem,
        hidden: hidden(l, &family),
        purposes,
        revealed,
        facts: fact_lines(l, ctx, &family, &sheet),
        disputes: may("person.dispute"),
        copies: may("person.copy"),
        said: said.to_owned(),
        queries,
        more_looks: looks.len() == usize::try_from(LOOKS).unwrap_or(usize::MAX),
        looks: look_rows(ctx, looks).await?,
    })
}

/// What stands masked on the pages, by the name that the form sends.
fn hidden(l: Lang, family: &Family) -> Vec<Hidden> {
    let numbers = family.members.iter().filter_map(|m| {
        Some(Hidden {
            name: format!("number.{}", m.person.id),
            label: l.f1("{}的身份证号", &m.person.name),
            masked: m.person.number.as_ref()?.masked(),
        })
    });
    let address = (!family.household.address.is_empty()).then(|| Hidden {
        name: "address".to_owned(),
        label: l.t("住址").to_owned(),
        masked: "＊＊＊".to_owned(),
    });
    numbers.chain(address).collect()
}

/// `POST /households/{id}/reveal/{purpose}`: the chosen fields in full, on this one page and with a leaf that names them.
pub async fn reveal(worker: Worker, Path((id, purpose)): Path<(i64, String)>, posted: Posted) -> PageResult {
    let l = worker.l();
    let state = worker.ctx.state();
    let id = HouseholdId(id);
    let family = state.family(id).await?;
    let chosen: Vec<&String> = posted.all("field").iter().collect();
    let mut revealed = Vec::new();
    for field in hidden(l, &family).into_iter().filter(|h| chosen.contains(&&h.name)) {
        let number = family.members.iter().find(|m| field.name == format!("number.{}", m.person.id));
        let value = match number.and_then(|m| m.person.number.as_ref()) {
            Some(number) => number.as_str().to_owned(),
            None => family.household.address.clone(),
        };
        revealed.push((field.name, field.label, value));
    }
    if revealed.is_empty() {
        let note = Note::warn(l.t("还没有选要看哪一项"), l.t("请先勾选，再按用途查看。"));
        return show(&worker, id, Vec::new(), Some(note), "").await;
    }
    let fields: Vec<&str> = revealed.iter().map(|(name, ..)| name.as_str()).collect();
    state.store().record_reveal(id, worker.staff.id, &purpose, &fields.join(" ")).await?;
    let shown = revealed.into_iter().map(|(_, label, value)| (label, value)).collect();
    show(&worker, id, shown, None, "").await
}

/// Every value that is held, by the key that a form of dispute sends: `h.` or the number of the person, and the fact.
fn values<'a>(
    family: &'a Family,
    sheet: &'a FactSheet,
) -> impl Iterator<Item = (Subject, &'a str, &'a SheetValue)> {
    let household = family.household.id;
    let own = sheet.household.iter().map(move |(fact, v)| (Subject::Household(household), fact.as_str(), v));
    let members = sheet.members.iter().filter_map(|m| Some((PersonId(m.person?), m)));
    let theirs = members
        .flat_map(|(id, m)| m.facts.iter().map(move |(fact, v)| (Subject::Person(id), fact.as_str(), v)));
    own.chain(theirs)
}

fn key_of(subject: Subject, fact: &str) -> String {
    match subject {
        Subject::Household(_) => format!("h.{fact}"),
        Subject::Person(id) => format!("{id}.{fact}"),
    }
}

fn fact_lines(l: Lang, ctx: &Ctx, family: &Family, sheet: &FactSheet) -> Vec<FactLine> {
    let book = ctx.state().law().book();
    let held = values(family, sheet).filter(|(_, _, v)| !v.value.is_null());
    held.filter_map(|(subject, fact, v)| {
        let decl = vocab::find(book, fact)?;
        let whose = family.whose(l, subject);
        Some(FactLine {
            key: key_of(subject, fact),
            subject: if whose.is_empty() { l.t("全家").to_owned() } else { whose },
            label: vocab::label(l, book, fact),
            value: vocab::value(l, book, decl, &v.value),
            source: v.source.as_deref().map_or_else(String::new, |s| vocab::source(l, s)),
            as_of: v.as_of.map_or_else(|| "—".to_owned(), |d| l.date(d)),
        })
    })
    .collect()
}

/// `POST /households/{id}/dispute`
pub async fn dispute(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let ctx = &worker.ctx;
    let (l, state) = (ctx.l(), ctx.state());
    let id = HouseholdId(id);
    let family = state.family(id).await?;
    let sheet = judge::sheet_of(state, &family, None, ctx.today()).await?;
    let (key, said) = (posted.get("fact"), posted.get("said"));
    let again = async |text: &str| {
        let note = Note::warn(l.t("还没有登记，什么都没有改"), text);
        show(&worker, id, Vec::new(), Some(note), said).await
    };
    let found = values(&family, &sheet).find(|(subject, fact, _)| key_of(*subject, fact) == key);
    let Some((subject, fact, value)) = found else {
        return again(l.t("请选哪一条不对。")).await;
    };
    if said.is_empty() || said.chars().count() > MOST_SAID {
        return again(l.t("请写实际是怎样的，不超过 200 个字。")).await;
    }
    let book = state.law().book();
    let held = vocab::find(book, fact).and_then(|decl| vocab::held(book, decl, &value.value));
    let Some(held) = held else {
        return again(l.t("这一条现在没有可以核实的值。")).await;
    };
    let contested = Contested {
        household: id,
        subject,
        fact: fact.to_owned(),
        source: value.source.as_deref().and_then(|s| s.split('@').next()).unwrap_or("registry").to_owned(),
        grade: value.grade.as_deref().and_then(Grade::from_id).unwrap_or(Grade::D),
        as_of: value.as_of.unwrap_or(ctx.today()),
        held,
        said: said.to_owned(),
        due_on: retention::answer_due(state, &family, ctx.today())?,
    };
    state.store().dispute(&contested, worker.staff.id, ctx.today()).await?;
    Ok(see_other(&format!("/households/{id}/record?done=disputed")))
}

fn query_line(ctx: &Ctx, family: &Family, query: &SourceQuery, answerable: bool) -> QueryLine {
    let l = ctx.l();
    let book = ctx.state().law().book();
    let whose = family.whose(l, query.subject);
    let label = vocab::label(l, book, &query.fact);
    QueryLine {
        id: query.id,
        href: format!("/households/{}/record", query.household),
        family: family.head.clone(),
        what: if whose.is_empty() { label } else { l.f2("{}：{}", whose, label) },
        source: vocab::source(l, &query.source),
        said: query.said.clone(),
        held: vocab::told(l, book, &query.fact, &query.held),
        asked: l.date(query.asked_on),
        state: match (query.upheld, query.answered_on) {
            (Some(true), Some(day)) => l.f1("{} 答复：原数据属实", l.date(day)),
            (Some(false), Some(day)) => l.f1("{} 答复：已更正", l.date(day)),
            _ => l.t("等来源部门答复，这期间按未知处理").to_owned(),
        },
        due: match (query.answered_on, query.due_on) {
            (None, Some(day)) => l.f1("应在 {} 前答复", l.date(day)),
            (None, None) => l.t("没有规定答复期限").to_owned(),
            (Some(_), _) => String::new(),
        },
        chip: match query.answered_on {
            None => query.due_on.map(|day| crate::cases_view::chip(ctx, day)),
            Some(_) => None,
        },
        field: if answerable { value_field(l, ctx, query) } else { None },
    }
}

/// The box for the corrected value.
fn value_field(l: Lang, ctx: &Ctx, query: &SourceQuery) -> Option<Field> {
    use doudi_policy::plan::Type;
    let book = ctx.state().law().book();
    let decl = vocab::find(book, &query.fact)?;
    let label = l.t("更正为");
    let mut field = match decl.ty {
        Type::Bool => {
            let mut field = Field::new("select", "value", label);
            field.options = vec![Choice::new("true", l.t("是")), Choice::new("false", l.t("否"))];
            field
        }
        Type::Enum(_) => {
            let mut field = Field::new("select", "value", label);
            let all = vocab::enum_values(l, book, decl);
            field.options = all.into_iter().map(|(id, words)| Choice::new(id, words)).collect();
            field
        }
        Type::Money(_) => Field::new("money", "value", label),
        Type::Int => Field::new("number", "value", label),
        Type::Date => Field::new("text", "value", label).hint(l.t("写成 2024-06-01")),
        Type::Exact(_) | Type::Rate | Type::Month => return None,
    };
    field.unit = vocab::unit(l, decl.ty).to_owned();
    field.id = format!("value-{}", query.id);
    Some(field)
}

#[derive(Template)]
#[template(path = "page/queries.html")]
struct QueriesPage {
    l: Lang,
    page: Page,
    rows: Vec<QueryLine>,
    pager: Pager,
}

/// Parameters of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct QueriesQuery {
    page: u64,
}

/// `GET /queries`: what waits for the answer of a source, in the person's area.
pub async fn queries(worker: Worker, Query(query): Query<QueriesQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let (l, state) = (ctx.l(), ctx.state());
    let page = doudi_store::Page {
        number: u32::try_from(query.page.max(1)).unwrap_or(1),
        size: u32::try_from(Pager::SIZE).unwrap_or(30),
    };
    let found = state.store().open_queries(&worker.staff.division, page).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    let mut shown = Vec::with_capacity(found.rows.len());
    for query in &found.rows {
        let family = state.family(query.household).await?;
        rows.push(query_line(ctx, &family, query, true).on_page());
        shown.push(query.household.0);
    }
    let total = u64::try_from(found.total).unwrap_or(0);
    let pager = Pager::new(l, total, page.number.into(), "/queries");
    let view =
        QueriesPage { l, page: ctx.page(l.t("向来源部门核实"), "/queries").await?, rows, pager };
    let mut response = html(&view)?;
    response.extensions_mut().insert(Shown(shown));
    Ok(response)
}

/// `POST /queries/{id}/answer`
pub async fn answer(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let ctx = &worker.ctx;
    let state = ctx.state();
    let query = state.store().source_query(id).await?;
    let book = state.law().book();
    let refused = |zh: &str, en: &str| WebError::Refused {
        zh: zh.to_owned(),
        en: en.to_owned(),
        back: "/queries".to_owned(),
        kept: posted.get("value").to_owned(),
    };
    let answer = match posted.get("outcome") {
        "upheld" => SourceAnswer::Upheld,
        "corrected" => {
            let decl = vocab::find(book, &query.fact);
            let value = decl.and_then(|d| Some((d, vocab::typed(book, d, posted.get("value"))?)));
            let (decl, value) = value.ok_or_else(|| {
                refused(
                    "更正的值读不懂，请照原来的写法填",
                    "the corrected value cannot be read; write it as the old one is written",
                )
            })?;
            vocab::allowed(decl, &value, ctx.today()).map_err(|e| refused(&e.zh, &e.en))?;
            SourceAnswer::Corrected(value)
        }
        _ => return Err(refused("请选来源部门怎么答复", "say what the source answers")),
    };
    state.store().answer_query(id, &answer, worker.staff.id, ctx.today()).await?;
    Ok(see_other("/queries?done=answered"))
}

/// Newest day first; within a day by office and page.
async fn look_rows(ctx: &Ctx, looks: Vec<LookedAt>) -> Result<Vec<LookRow>, WebError> {
    let l = ctx.l();
    let mut counted: BTreeMap<(std::cmp::Reverse<Date>, String, &'static str), usize> = BTreeMap::new();
    for look in looks {
        let office = match &look.office {
            Some((division, post)) => {
                let place = ctx.state().area_name(l, division).await?;
                l.f2("{} {}", place, l.pick(post.zh(), post.en()))
            }
            None => l.t("没有登录的人").to_owned(),
        };
        let key = (std::cmp::Reverse(day_in_china(look.made_ms.div_euclid(1000))), office, what(l, &look));
        *counted.entry(key).or_default() += 1;
    }
    let row = |((day, office, what), times): ((std::cmp::Reverse<Date>, _, _), _)| LookRow {
        day: l.date(day.0),
        office,
        what,
        times,
    };
    Ok(counted.into_iter().map(row).collect())
}

fn what(l: Lang, look: &LookedAt) -> &'static str {
    let noun = look.subject.split(':').next().unwrap_or_default();
    match (look.kind.as_str(), noun) {
        ("person.revealed", _) => l.t("看了完整的号码或住址"),
        ("person.copied", _) => l.t("给本人打印了副本"),
        (_, "household") => l.t("看了这户的页面"),
        (_, "case") => l.t("看了案件"),
        (_, "lead") => l.t("看了线索"),
        (_, "assessment") => l.t("看了试算说明"),
        (_, "roster") => l.t("看了发放名册"),
        _ => l.t("在列表里看到"),
    }
}
