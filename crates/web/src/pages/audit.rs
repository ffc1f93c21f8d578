//! 审计记录: who did, saw or was refused what, day by day, for the auditor. Nothing is counted by member of staff.

mod words;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Query;
use doudi_policy::Date;
use doudi_store::audit::{LeafGroup, LeafRow, LeafSearch};

use crate::clock::{AHEAD, DAY, day_in_china, time_in_china};
use crate::ctx::{Ctx, Worker, html};
use crate::error::{PageResult, WebError};
use crate::field::Choice;
use crate::lang::Lang;
use crate::page::Page;
use crate::routes::Place;

/// Leaves of a page.
const MOST: u32 = 50;

struct Row {
    time: String,
    kind: String,
    doer: String,
    office: String,
    subject: String,
    /// Its page, where this person may open it; otherwise empty.
    href: String,
    detail: String,
    /// Whether it has its place in the tree.
    placed: bool,
}

struct State {
    size: i64,
    signed: String,
    waiting: i64,
    /// It has waited for so many seconds, which is too long.
    late: bool,
}

#[derive(Template)]
#[template(path = "page/audit.html")]
struct AuditPage {
    l: Lang,
    page: Page,
    state: State,
    day: String,
    heading: String,
    subject: String,
    groups: Vec<Choice>,
    day_before: String,
    day_after: String,
    rows: Vec<Row>,
    older: String,
}

/// What is looked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    day: String,
    group: String,
    subject: String,
    before: String,
}

/// A leaf that waits longer for its place is a fault, as in `doudi check`.
const LATE_MS: i64 = 60_000;

/// `GET /audit`
pub async fn log(worker: Worker, Query(query): Query<AuditQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let (l, store) = (ctx.l(), ctx.state().store());
    let today = day_in_china(ctx.state().now());
    let day = query.day.parse().unwrap_or(today);
    let group = LeafGroup::from_id(&query.group);
    let sought = words::sought(&query.subject);
    let subject = sought.as_str();
    let midnight = |day: Date| (i64::from(day.0) * DAY - AHEAD).saturating_mul(1000);
    // Whoever asks about one thing wants all that was done to it.
    let (from_ms, to_ms) =
        if subject.is_empty() { (midnight(day), midnight(day.plus_days(1))) } else { (0, i64::MAX) };
    let search = LeafSearch {
        area: &worker.staff.division,
        from_ms,
        to_ms,
        group,
        subject,
        before: &query.before,
        most: MOST + 1,
    };
    let mut found = store.search_leaves(&search).await?;
    let more = found.len() > usize::try_from(MOST).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let older = found.last().filter(|_| more).map_or_else(String::new, |last| {
        format!("{}&before={}", address(day, &query.group, subject), last.id)
    });
    let mut rows = Vec::with_capacity(found.len());
    for leaf in &found {
        rows.push(row(ctx, leaf, !subject.is_empty()).await?);
    }
    let mut groups = vec![Choice::new("", l.t("全部"))];
    let named = LeafGroup::ALL.into_iter().map(|g| (g, words::group(l, g)));
    groups.extend(named.map(|(g, words)| Choice::new(g.id(), words).selected(group == Some(g))));
    html(&AuditPage {
        l,
        page: ctx.page(l.t("审计记录"), "/audit").await?,
        state: state(ctx).await?,
        day: day.to_string(),
        heading: if subject.is_empty() { l.date(day) } else { words::subject(l, subject) },
        subject: query.subject.trim().to_owned(),
        groups,
        day_before: address(day.plus_days(-1), &query.group, ""),
        day_after: if day < today { address(day.plus_days(1), &query.group, "") } else { String::new() },
        rows,
        older,
    })
}

fn address(day: Date, group: &str, subject: &str) -> String {
    let group = LeafGroup::from_id(group).map_or("", LeafGroup::id);
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.');
    let subject: String = subject.chars().filter(plain).collect();
    format!("/audit?day={day}&group={group}&subject={subject}")
}

async fn state(ctx: &Ctx) -> Result<State, WebError> {
    let (l, store) = (ctx.l(), ctx.state().store());
    let waiting = store.waiting_leaves().await?;
    let signed = store.last_signed().await?;
    let now_ms = ctx.state().now().saturating_mul(1000);
    Ok(State {
        size: signed.map_or(0, |(size, _)| size),
        signed: signed.map_or_else(|| l.t("还没有").to_owned(), |(_, ms)| moment(l, ms, true)),
        waiting: waiting.leaves,
        late: waiting.oldest_ms.is_some_and(|oldest| now_ms.saturating_sub(oldest) > LATE_MS),
    })
}

/// Hour, minute and second, with the day where it is not the page's.
fn moment(l: Lang, ms: i64, with_day: bool) -> String {
    let seconds = ms.div_euclid(1000);
    let (hour, minute) = time_in_china(seconds);
    let time = format!("{hour:02}:{minute:02}:{:02}", seconds.rem_euclid(60));
    if with_day { format!("{} {time}", l.date(day_in_china(seconds))) } else { time }
}

async fn row(ctx: &Ctx, leaf: &LeafRow, with_day: bool) -> Result<Row, WebError> {
    let l = ctx.l();
    let payload = leaf.payload.as_deref().unwrap_or("{}");
    let said: BTreeMap<String, String> = serde_json::from_str(payload).unwrap_or_default();
    let (doer, office) = match &leaf.doer {
        Some(doer) => {
            let place = ctx.state().area_name(l, &doer.division).await?;
            (l.name(&doer.name), l.f2("{} {}", place, l.pick(doer.post.zh(), doer.post.en())))
        }
        None => match (said.get("operator"), said.get("service")) {
            // Whoever gives commands at the machine is known to its operating system only.
            (Some(name), _) => (name.clone(), l.t("命令行").to_owned()),
            (_, Some(number)) => (words::subject(l, &format!("service:{number}")), String::new()),
            _ if leaf.kind == "access.refused" => (l.t("不认识的程序").to_owned(), String::new()),
            _ => (l.t("程序").to_owned(), String::new()),
        },
    };
    Ok(Row {
        time: moment(l, leaf.made_ms, with_day),
        kind: words::kind(l, &leaf.kind),
        doer,
        office,
        subject: words::subject(l, &leaf.subject),
        href: page_of(ctx, &leaf.subject),
        detail: detail(l, &said),
        placed: leaf.position.is_some(),
    })
}

/// The page of a thing, where this person's post opens such pages.
fn page_of(ctx: &Ctx, subject: &str) -> String {
    let Some((noun, id)) = subject.split_once(':') else { return String::new() };
    let (action, place, href) = match noun {
        "household" => ("person.record", Place::Household, format!("/households/{id}/record")),
        "case" => ("case.read", Place::Case, format!("/cases/{id}")),
        "lead" => ("lead.read", Place::Lead, format!("/leads/{id}")),
        "roster" => ("roster.read", Place::Roster, format!("/rosters/{id}")),
        _ => return String::new(),
    };
    if ctx.may(action, place) { href } else { String::new() }
}

/// What a leaf says besides, of what names nobody.
fn detail(l: Lang, said: &BTreeMap<String, String>) -> String {
    let names = [
        "command", "action", "purpose", "fields", "basis", "parts", "why", "page", "feed", "period", "count",
    ];
    let named =
        names.iter().filter_map(|name| Some((*name, said.get(*name).filter(|text| !text.is_empty())?)));
    let told = named.map(|(name, text)| match name {
        "action" => words::action(l, text).to_owned(),
        "basis" | "parts" | "purpose" | "why" => words::told(l, name, text),
        "count" => l.f1("数量 {}", text),
        _ => text.clone(),
    });
    told.collect::<Vec<_>>().join(" · ")
}
