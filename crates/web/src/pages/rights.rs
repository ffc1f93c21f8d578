//! 本人权利: what is held about a family, who looked, what they say is wrong, and a masked field in full for a stated
//! purpose. The window opens it with the family, or for them.

mod answer;
mod copy;
mod unnamed;
mod whole;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use doudi_policy::Date;
use doudi_policy::sheet::{FactSheet, SheetValue};
use doudi_registry::{Grade, HouseholdId, PersonId, Subject};
use doudi_store::rights::{Contested, LookedAt, SourceQuery};

use crate::clock::day_in_china;
use crate::ctx::{Ctx, Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::family::Family;
use crate::judge;
use crate::lang::Lang;
use crate::mask;
use crate::page::Page;
use crate::pages::retention::{self, Retention};
use crate::posted::Posted;
use crate::routes::Place;
use crate::view::{Deadline, Note, Tag};
use crate::vocab;

pub use answer::{answer, form, queries};
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
    /// Of which day it is.
    day: Option<Date>,
    as_of: String,
    /// Since when it is disputed, in words; else empty.
    disputed: String,
    /// The same as a mark, with the number of the question.
    mark: Option<Tag>,
    question: i64,
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
    /// With what the answer came; empty before it.
    letter: String,
}

impl QueryLine {
    /// As a page shows it; the copy that the person takes along is whole.
    fn on_page(self) -> Self {
        let masked = |text: &str| mask::written(text).into_owned();
        let (said, held, letter) = (masked(&self.said), masked(&self.held), masked(&self.letter));
        Self { said, held, letter, ..self }
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
    show(&worker, HouseholdId(id), Again::default()).await
}

/// What the page shows beside the record: fields in full, or a form that could not be taken, as it was filled in.
#[derive(Default)]
pub(super) struct Again {
    revealed: Vec<(String, String)>,
    problem: Option<Note>,
    said: String,
    /// What was typed into the forms below “keeping and erasing”, by the address of the form.
    pub(super) typed: Option<(retention::Form, String)>,
}

impl Again {
    /// A form of “keeping and erasing” with what is wrong with it.
    pub(super) fn typed(l: Lang, form: retention::Form, text: &str, wrong: &str) -> Self {
        let problem = Some(Note::warn(l.t("还没有登记，什么都没有改"), wrong));
        Self { problem, typed: Some((form, text.to_owned())), ..Self::default() }
    }
}

/// Draws the record of a family.
///
/// # Errors
/// When store, law or template fail.
pub(super) async fn show(worker: &Worker, id: HouseholdId, again: Again) -> PageResult {
    let ctx = &worker.ctx;
    let (l, state) = (ctx.l(), ctx.state());
    let family = state.family(id).await?;
    let sheet = judge::sheet_of(state, &family, None, ctx.today()).await?;
    let looks = state.store().looks_at(id, doudi_store::Page::first(LOOKS)).await?;
    let asked = state.store().queries_of(id).await?;
    let queries = asked.iter().map(|query| query_line(ctx, &family, query).on_page()).collect();
    let may = |action: &str| ctx.may(action, Place::Household);
    let open = purposes(l).into_iter().filter(|(purpose, _)| may(&format!("person.reveal.{purpose}")));
    let purposes: Vec<Purpose> = open
        .map(|(purpose, label)| Purpose { href: format!("/households/{id}/reveal/{purpose}"), label })
        .collect();
    let retention = Retention::of(worker, &family, again.typed.as_ref()).await?;
    html(&RightsPage {
        l,
        retention,
        page: ctx.page(l.f1("{}户的记录", &family.head), "/households").await?,
        name: family.head.clone(),
        href: format!("/households/{id}"),
        problem: again.problem,
        hidden: hidden(l, &family),
        purposes,
        revealed: again.revealed,
        facts: fact_lines(l, ctx, &family, &sheet, &asked),
        disputes: may("person.dispute"),
        copies: may("person.copy"),
        said: again.said,
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
        return show(&worker, id, Again { problem: Some(note), ..Again::default() }).await;
    }
    let fields: Vec<&str> = revealed.iter().map(|(name, ..)| name.as_str()).collect();
    state.store().record_reveal(id, worker.staff.id, &purpose, &fields.join(" ")).await?;
    let shown = revealed.into_iter().map(|(_, label, value)| (label, value)).collect();
    show(&worker, id, Again { revealed: shown, ..Again::default() }).await
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

/// What is held, with what is disputed in its place: the rules take it as unknown, and it is held all the same.
fn fact_lines(
    l: Lang,
    ctx: &Ctx,
    family: &Family,
    sheet: &FactSheet,
    queries: &[SourceQuery],
) -> Vec<FactLine> {
    let book = ctx.state().law().book();
    let open: Vec<&SourceQuery> = queries.iter().filter(|q| q.answered_on.is_none()).collect();
    let source_of = |v: &SheetValue| v.source.as_deref().map(|s| vocab::source(l, s)).unwrap_or_default();
    let line = |subject: Subject, fact: &str, value: (&'static str, String), source: String, day| {
        let whose = family.whose(l, subject);
        FactLine {
            key: key_of(subject, fact),
            subject: if whose.is_empty() { l.t("全家").to_owned() } else { whose },
            label: if value.0.is_empty() { vocab::label(l, book, fact) } else { value.0.to_owned() },
            value: value.1,
            source,
            day,
            as_of: day.map_or_else(|| "—".to_owned(), |d| l.date(d)),
            disputed: String::new(),
            mark: None,
            question: 0,
        }
    };
    let held = values(family, sheet).filter(|(_, _, v)| !v.value.is_null());
    let mut out: Vec<(usize, FactLine)> = held
        .filter_map(|(subject, fact, v)| {
            let value = vocab::plainly(l, book, vocab::find(book, fact)?, &v.value);
            Some((place_of(family, subject), line(subject, fact, value, source_of(v), v.as_of)))
        })
        .collect();
    for q in open {
        let Some(decl) = vocab::find(book, &q.fact) else { continue };
        let value = vocab::plainly(l, book, decl, &judge::scalar_value(decl.ty, &q.held));
        let held = line(q.subject, &q.fact, value, vocab::source(l, &q.source), Some(q.held_on));
        let disputed = FactLine {
            disputed: l.f1("异议中，自 {} 起", l.date(q.asked_on)),
            mark: Some(Tag::warn(l.t("异议中"))),
            question: q.id,
            ..held
        };
        out.push((place_of(family, q.subject), disputed));
    }
    out.sort_by_key(|(place, _)| *place);
    out.into_iter().map(|(_, line)| line).collect()
}

/// The family first, then its members in their order.
fn place_of(family: &Family, subject: Subject) -> usize {
    match subject {
        Subject::Household(_) => 0,
        Subject::Person(id) => family
            .members
            .iter()
            .position(|m| m.person.id == id)
            .map_or(usize::MAX, |at| at.saturating_add(1)),
    }
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
        show(&worker, id, Again { problem: Some(note), said: said.to_owned(), ..Again::default() }).await
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

fn query_line(ctx: &Ctx, family: &Family, query: &SourceQuery) -> QueryLine {
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
        letter: query.letter.as_ref().map_or_else(String::new, |letter| answer::letter_words(l, letter)),
    }
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
