//! 给本人的副本: everything that is held about a family, complete and unmasked, to print or to take along as a file.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use doudi_casework::procedure::PayKind;
use doudi_policy::Fen;
use doudi_registry::HouseholdId;
use serde::Serialize;

use super::{LookRow, fact_lines, look_rows, query_line};
use crate::ctx::{Drawn, Worker, html};
use crate::error::{PageResult, WebError};
use crate::judge;
use crate::lang::{Lang, money};
use crate::page::Page;
use crate::posted::Posted;

#[derive(Serialize)]
struct Copy {
    made_on: String,
    household_code: String,
    division: String,
    place: String,
    address: String,
    members: Vec<Member>,
    facts: Vec<Fact>,
    receiving: Vec<Received>,
    payments: Vec<Payment>,
    disputes: Vec<Dispute>,
    looks: Vec<Look>,
}

#[derive(Serialize)]
struct Member {
    name: String,
    relation: String,
    number: String,
    birth: String,
}

#[derive(Serialize)]
struct Fact {
    subject: String,
    label: String,
    value: String,
    source: String,
    as_of: String,
}

#[derive(Serialize)]
struct Received {
    programme: String,
    from: String,
    to: String,
    amount: String,
    /// How it is paid, in a sentence.
    words: String,
}

#[derive(Serialize)]
struct Payment {
    programme: String,
    period: String,
    amount: String,
    state: String,
}

#[derive(Serialize)]
struct Dispute {
    what: String,
    source: String,
    held: String,
    said: String,
    asked_on: String,
    state: String,
}

#[derive(Serialize)]
struct Look {
    day: String,
    office: String,
    what: String,
    times: usize,
}

impl From<LookRow> for Look {
    fn from(row: LookRow) -> Self {
        Self { day: row.day, office: row.office, what: row.what.to_owned(), times: row.times }
    }
}

#[derive(Template)]
#[template(path = "page/rights_copy.html")]
struct CopyPage {
    l: Lang,
    page: Page,
    name: String,
    href: String,
    copy: Copy,
}

/// `POST /households/{id}/record/copy`: a page to print, or with `format=json` a file.
pub async fn copy(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let id = HouseholdId(id);
    let made = make(&worker, id).await?;
    worker.ctx.state().store().record_copy(id, worker.staff.id).await?;
    if posted.get("format") == "json" {
        return file(&made);
    }
    let l = worker.l();
    let name = made.members.first().map_or_else(|| made.household_code.clone(), |m| m.name.clone());
    html(&CopyPage {
        l,
        page: worker.ctx.page(l.f1("{}户的记录", &name), "/households").await?,
        name,
        href: format!("/households/{id}/record"),
        copy: made,
    })
}

/// The name of the file tells nobody whose it is.
fn file(made: &Copy) -> Result<Response, WebError> {
    let text = serde_json::to_string_pretty(made).map_err(WebError::internal)?;
    let mut response = text.into_response();
    response.extensions_mut().insert(Drawn("doudi-record.json"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"doudi-record.json\""),
    );
    Ok(response)
}

async fn make(worker: &Worker, id: HouseholdId) -> Result<Copy, WebError> {
    let ctx = &worker.ctx;
    let (l, state) = (ctx.l(), ctx.state());
    let store = state.store();
    let family = state.family(id).await?;
    let sheet = judge::sheet_of(state, &family, None, ctx.today()).await?;
    let outcomes = state.law().outcome_titles(ctx.today());
    let date = |d: Option<doudi_policy::Date>| d.map_or_else(String::new, |d| d.to_string());
    let members = family.members.iter().map(|m| Member {
        name: m.person.name.clone(),
        relation: l.pick(m.membership.relation.zh(), m.membership.relation.en()).to_owned(),
        number: m.person.number.as_ref().map_or_else(String::new, |n| n.as_str().to_owned()),
        birth: date(m.person.birth),
    });
    let facts = fact_lines(l, ctx, &family, &sheet).into_iter().map(|f| Fact {
        subject: f.subject,
        label: f.label,
        value: f.value,
        source: f.source,
        as_of: f.as_of,
    });
    let month = ctx.today().month();
    let mut received = store.receiving_of(id, month).await?;
    let next = store.receiving_of(id, month.plus(1)).await?;
    received.extend(next.into_iter().filter(|r| r.from > month));
    let plan = ctx.state().law().plan(month, ctx.today())?;
    let receiving = received.iter().map(|r| {
        let since = l.month(r.from);
        let once =
            ctx.state().law().procedure(&plan, &r.programme).is_ok_and(|p| p.pay_kind == PayKind::Once);
        let words = match (once, r.amount) {
            (_, Fen::ZERO) => l.f1("自 {} 起", since),
            (true, amount) => l.f2("一次性 {} 元，{}", money(amount), since),
            (false, amount) => l.f2("自 {} 起，每月 {} 元", since, money(amount)),
        };
        Received {
            programme: outcomes.get(l, &r.programme),
            from: r.from.to_string(),
            to: r.to.map_or_else(String::new, |m| m.to_string()),
            amount: r.amount.to_string(),
            words,
        }
    });
    let paid = store.payments_of(id).await?;
    let payments = paid.iter().map(|p| Payment {
        programme: outcomes.get(l, &p.line.programme),
        period: p.line.period.to_string(),
        amount: p.line.amount.to_string(),
        state: l.pick(p.line.state.zh(), p.line.state.en()).to_owned(),
    });
    let asked = store.queries_of(id).await?;
    let disputes = asked.iter().map(|q| {
        let line = query_line(ctx, &family, q, false);
        Dispute {
            what: line.what,
            source: line.source,
            held: line.held,
            said: line.said,
            asked_on: line.asked,
            state: line.state,
        }
    });
    let looks = store.looks_at(id, doudi_store::Page::first(u32::MAX)).await?;
    Ok(Copy {
        made_on: ctx.today().to_string(),
        household_code: family.household.code.clone(),
        division: family.household.division.to_string(),
        place: state.place(l, &family.household.division).await?,
        address: family.household.address.clone(),
        members: members.collect(),
        facts: facts.collect(),
        receiving: receiving.collect(),
        payments: payments.collect(),
        disputes: disputes.collect(),
        looks: look_rows(ctx, looks).await?.into_iter().map(Look::from).collect(),
    })
}
