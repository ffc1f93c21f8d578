//! 一户一条救助链 as it is drawn: the leads, what happened in the cases, what visits found, payments made and to come.

use std::collections::BTreeMap;

use doudi_casework::Visit;
use doudi_payment::{LineState, RosterState};
use doudi_policy::Date;
use doudi_registry::{CaseId, HouseholdId, Lead, Staff};
use doudi_store::chain::{ChainEvent, EventKind};

use crate::cases_view;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::family::Family;
use crate::lang::{Lang, money};
use crate::mask;
use crate::pages::leads::{kind_words, urgency_tag};
use crate::pages::visit::labelled;
use crate::vocab;

/// One event of a chain as it is drawn.
pub struct ChainItem {
    /// Class of the list item.
    pub class: &'static str,
    /// Icon id.
    pub icon: &'static str,
    /// Machine date.
    pub iso: String,
    /// Day in words.
    pub day: String,
    /// Year in words.
    pub year: String,
    /// What happened.
    pub title: String,
    /// Kind in words.
    pub kind: &'static str,
    /// Particulars.
    pub text: String,
    /// Who.
    pub actor: String,
    /// A page behind it.
    pub href: String,
    /// Its words.
    pub link: String,
}

/// What the indicators of some leads say, each sentence once.
#[must_use]
pub fn signs(l: Lang, leads: &[&Lead]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for indicator in leads.iter().flat_map(|x| &x.indicators) {
        let said = l.label(&indicator.zh, &indicator.en);
        if !out.contains(&said) {
            out.push(said);
        }
    }
    out
}

/// The chain of a household, newest first. What is to come stands on top.
///
/// # Errors
/// When the store cannot be read.
pub async fn of(
    ctx: &Ctx,
    id: HouseholdId,
    family: &Family,
    leads: &[Lead],
) -> Result<Vec<ChainItem>, WebError> {
    let store = ctx.state().store();
    let staff = store.all_staff().await?;
    let visits = store.visits_of(id).await?;
    // Day, and a place within the day: a lead comes before what is done about it.
    let mut dated: Vec<(Date, u8, ChainItem)> = found(ctx, leads);
    let mut linked: Vec<CaseId> = Vec::new();
    let events = store.chain(id).await?;
    let mut happened: Vec<(Date, u8, ChainItem)> = Vec::new();
    let mut seen: BTreeMap<CaseId, usize> = BTreeMap::new();
    for e in &events {
        let visit = e.case.filter(|_| is_visit(e)).and_then(|case| {
            let nth = seen.entry(case).or_default();
            *nth += 1;
            let of_case: Vec<&Visit> = visits.iter().filter(|(c, _)| *c == case).map(|(_, v)| v).collect();
            Some(of_case.split_at_checked(*nth)?.0.to_vec())
        });
        let mut drawn = event(ctx.l(), e, &staff);
        if let Some((visit, before)) = visit.as_deref().and_then(<[&Visit]>::split_last) {
            drawn.text = found_by(ctx, family, visit, before);
        }
        happened.push((e.on, 1, drawn));
    }
    // One link a case, at its latest step.
    for ((_, _, item), e) in happened.iter_mut().zip(&events).rev() {
        if let Some(case) = e.case.filter(|c| !linked.contains(c)) {
            linked.push(case);
            item.href = format!("/cases/{case}");
            item.link = ctx.l().f1("看案件 {}", cases_view::number_of(case));
        }
    }
    dated.extend(happened);
    dated.extend(to_come(ctx, id, family).await?);
    dated.sort_by_key(|(on, place, _)| (*on, *place));
    Ok(dated.into_iter().rev().map(|(_, _, item)| item).collect())
}

fn is_visit(e: &ChainEvent) -> bool {
    let body: serde_json::Value = serde_json::from_str(&e.body).unwrap_or_default();
    body.get("action").and_then(|a| a.as_str()) == Some("record_visit")
}

fn item(l: Lang, on: Date, class: &'static str, icon: &'static str, kind: &'static str) -> ChainItem {
    ChainItem {
        class,
        icon,
        iso: on.to_string(),
        day: l.day(on),
        year: on.ymd().0.to_string(),
        title: String::new(),
        kind,
        text: String::new(),
        actor: String::new(),
        href: String::new(),
        link: String::new(),
    }
}

/// One item a day and kind of lead: for what, how urgent, how many signs.
fn found(ctx: &Ctx, leads: &[Lead]) -> Vec<(Date, u8, ChainItem)> {
    let l = ctx.l();
    let outcomes = ctx.state().law().outcome_titles(ctx.today());
    let mut groups: BTreeMap<(Date, doudi_registry::LeadKind), Vec<&Lead>> = BTreeMap::new();
    for lead in leads {
        groups.entry((lead.created_on, lead.kind)).or_default().push(lead);
    }
    let mut out = Vec::new();
    for ((on, kind), mut group) in groups {
        group.sort_by_key(|x| x.urgency);
        let Some(first) = group.first() else { continue };
        let programmes: Vec<String> = group.iter().map(|x| outcomes.get(l, &x.outcome)).collect();
        let signs = signs(l, &group);
        let mut found = item(l, on, "n-find", "flag", l.t("规则发现"));
        found.title = kind_words(l, kind).to_owned();
        found.text = l.f3(
            "{}。紧急程度：{}。信号 {} 种，见线索。",
            programmes.join(l.t("、")),
            urgency_tag(l, first.urgency).words,
            signs.len(),
        );
        found.href = format!("/leads/{}", first.id);
        found.link = l.t("看这条线索").to_owned();
        out.push((on, 0, found));
    }
    out
}

/// What a visit found, and what it corrects of what the visits before it in the case were told.
fn found_by(ctx: &Ctx, family: &Family, visit: &Visit, before: &[&Visit]) -> String {
    let l = ctx.l();
    let book = ctx.state().law().book();
    let corrected: Vec<String> = visit
        .corrections(before.iter().copied())
        .iter()
        .map(|c| {
            let said = |value| vocab::told(l, book, &c.answer.fact, value);
            let what = labelled(l, book, family, c.answer.subject, &c.answer.fact);
            l.f3("{}，原说 {}，现说 {}", what, said(c.was), said(&c.answer.value))
        })
        .collect();
    let asked = visit.told.answers.len().saturating_sub(corrected.len());
    let mut text =
        if asked > 0 || corrected.is_empty() { l.f1("问清 {} 项。", asked) } else { String::new() };
    if !corrected.is_empty() {
        text.push_str(&l.f1("更正：{}。", corrected.join(l.t("；"))));
    }
    if !visit.note.is_empty() {
        text.push_str(&l.f1("“{}”", mask::written(&visit.note)));
    }
    text
}

/// An event as it is drawn.
fn event(l: Lang, e: &ChainEvent, staff: &[Staff]) -> ChainItem {
    let (class, icon, kind) = match e.kind {
        EventKind::Fact => ("", "home", l.t("事实")),
        EventKind::Finding => ("n-find", "flag", l.t("规则发现")),
        EventKind::Decision => ("n-dec", "doc", l.t("决定")),
        EventKind::Payment => ("n-pay", "yuan", l.t("发放")),
        EventKind::Service => ("n-pay", "people", l.t("服务")),
    };
    let body: serde_json::Value = serde_json::from_str(&e.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let (zh, en) = (text("zh"), text("en"));
    let mut drawn = item(l, e.on, class, icon, kind);
    drawn.title = l.label(&e.title_zh, &e.title_en);
    drawn.text = mask::written(l.pick(&zh, &en)).into_owned();
    drawn.actor = match e.actor.and_then(|id| staff.iter().find(|s| s.id == id)) {
        Some(s) => format!("{} {}", l.label(s.post.zh(), s.post.en()), l.name(&s.name)),
        None => e.actor_name.clone(),
    };
    drawn
}

/// Payments that stand in a roster and have not been sent.
async fn to_come(
    ctx: &Ctx,
    id: HouseholdId,
    family: &Family,
) -> Result<Vec<(Date, u8, ChainItem)>, WebError> {
    let l = ctx.l();
    let store = ctx.state().store();
    let outcomes = ctx.state().law().outcome_titles(ctx.today());
    let mut out = Vec::new();
    for paid in store.payments_of(id).await?.into_iter().filter(|p| p.line.state == LineState::Planned) {
        let roster = store.roster_state(paid.roster).await?;
        let sealed = roster.sealed_on.filter(|_| roster.state == RosterState::Sealed);
        let on = sealed.unwrap_or(roster.made_on);
        let mut next = item(l, on, "n-pay is-next", "yuan", l.t("发放"));
        next.title = l.f3(
            "{} {} {} 元，已编入名册",
            l.month(paid.line.period),
            outcomes.get(l, &paid.line.programme),
            money(paid.line.amount),
        );
        next.text = match sealed {
            Some(_) => l.f1("名册已由第二人封存，等发到{}的账户。", &family.head),
            None => l.t("名册在编制，等第二人复核封存。").to_owned(),
        };
        next.href = format!("/rosters/{}", paid.roster);
        next.link = l.t("看名册").to_owned();
        out.push((on, 2, next));
    }
    Ok(out)
}
