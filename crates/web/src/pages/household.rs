//! 家庭: who counts and why, programmes side by side, what is missing, the chain.

use askama::Template;
use axum::extract::Path;
use doudi_policy::eval::Mode;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Date, Truth};
use doudi_registry::{HouseholdId, Lead, LeadStatus};

use crate::cases_view;
use crate::ctx::{Ctx, Worker, html};
use crate::error::PageResult;
use crate::family::Family;
use crate::judge::{self, Judged, Programme};
use crate::lang::Lang;
use crate::law::Titles;
use crate::page::Page;
use crate::pages::chain::{self, ChainItem};
use crate::pages::leads::urgency_tag;
use crate::pages::received;
use crate::routes::Place;
use crate::view::{Deadline, Grade, Tag};
use crate::vocab::{self, FactRow};

/// How many signs of the leads are written out.
const SIGNS: usize = 5;

struct MemberRow {
    name: String,
    relation: String,
    age: String,
    counted: Tag,
    why: String,
    facts: Vec<FactRow>,
}

struct Prog {
    class: &'static str,
    title: String,
    tag: Tag,
    who: String,
    amount: String,
    unit: String,
    conditions: Vec<Cond>,
    lack: Vec<String>,
    more: usize,
    href: String,
    /// What the result rests on though it is not known.
    defaults: String,
}

struct Cond {
    class: &'static str,
    icon: &'static str,
    word: &'static str,
    text: String,
    note: String,
}

struct ReceivingRow {
    programme: String,
    text: String,
}

struct LeadRow {
    href: String,
    programme: String,
    urgency: Tag,
    status: Tag,
}

struct CaseLink {
    href: String,
    title: String,
    status: Tag,
}

struct Clock {
    name: String,
    chip: Deadline,
}

struct GradeRow {
    badge: Grade,
    words: &'static str,
}

#[derive(Template)]
#[template(path = "page/household.html")]
struct HouseholdPage {
    l: Lang,
    page: Page,
    name: String,
    code: String,
    masked: String,
    place: String,
    class: String,
    cases: Vec<CaseLink>,
    clocks: Vec<Clock>,
    members: Vec<MemberRow>,
    family_facts: Vec<FactRow>,
    counted: String,
    asof: String,
    progs: Vec<Prog>,
    no_progs: String,
    chain: Vec<ChainItem>,
    receiving: Vec<ReceivingRow>,
    leads: Vec<LeadRow>,
    signs: Vec<String>,
    more_signs: usize,
    grades: Vec<GradeRow>,
    /// What is held and who looked; empty for posts that do not open it.
    record_href: String,
    /// What is said where the identity of the family was erased; else empty.
    erased: &'static str,
}

/// `/households/{id}`
pub async fn one(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let id = HouseholdId(id);
    let family = state.family(id).await?;
    let today = ctx.today();
    let sheet = judge::sheet_of(state, &family, None, today).await?;
    let place = state.place(l, &family.household.division).await?;
    let judged = judge::judge(l, state, &sheet, today.month(), today, Mode::Find).and_then(|mut judged| {
        judge::tell(l, state, &sheet, &mut judged, Mode::Find, &place)?;
        Ok(judged)
    });
    let (progs, counted_rows, no_progs) = match &judged {
        Ok(j) => (j.programmes.iter().map(|p| prog(l, id, p)).collect(), Some(j), String::new()),
        Err(error) => {
            eprintln!("doudi web: household {id}: {error}");
            (Vec::new(), None, l.t("这户的事实现在不能试算，请联系管理员。").to_owned())
        }
    };
    let outcomes = state.law().outcome_titles(today);
    let cases = cases_view::of_household(state, id).await?;
    let leads = state.store().leads_of(id).await?;
    let open: Vec<&Lead> = leads.iter().filter(|x| x.status != LeadStatus::Closed).collect();
    let mut signs = chain::signs(l, &open);
    let more_signs = signs.len().saturating_sub(SIGNS);
    signs.truncate(SIGNS);
    let page = HouseholdPage {
        l,
        page: ctx.page(l.f1("{}户", &family.head), "/households").await?,
        name: family.head.clone(),
        code: family.household.code.clone(),
        masked: family
            .members
            .first()
            .and_then(|m| m.person.number.as_ref())
            .map_or_else(String::new, |n| l.f1("身份证 {}", n.masked())),
        place: state.area_name(l, &family.household.division).await?,
        class: family
            .household
            .class
            .map_or_else(|| l.t("未登记").to_owned(), |c| l.pick(c.zh(), c.en()).to_owned()),
        cases: cases
            .iter()
            .map(|c| CaseLink {
                href: format!("/cases/{}", c.id),
                title: l.f2("{} {}", outcomes.get(l, &c.programme), cases_view::number(c)),
                status: cases_view::status_tag(l, c.status),
            })
            .collect(),
        clocks: cases
            .iter()
            .filter_map(|c| c.next_deadline())
            .take(3)
            .map(|d| Clock {
                name: l.pick(&d.name.zh, &d.name.en).to_owned(),
                chip: cases_view::chip(ctx, d.legal),
            })
            .collect(),
        counted: counted_words(l, counted_rows),
        members: members(ctx, &family, &sheet, counted_rows),
        family_facts: vocab::rows(l, state.law().book(), &sheet)
            .into_iter()
            .filter(|r| r.member.is_none() && r.told && r.is_notable() && r.fact != "registered_class")
            .collect(),
        asof: l.f2("按 {} 政策试算，事实截至 {}；结论由人作出", l.month(today.month()), l.date(today)),
        progs,
        no_progs,
        chain: chain::of(ctx, id, &family, &leads).await?,
        receiving: received::of(ctx, id)
            .await?
            .into_iter()
            .map(|r| ReceivingRow { programme: r.programme, text: r.words })
            .collect(),
        leads: leads.iter().map(|x| lead_row(l, x, &outcomes)).collect(),
        signs,
        more_signs,
        grades: grades(l),
        record_href: match ctx.may("person.record", Place::Household) {
            true => format!("/households/{id}/record"),
            false => String::new(),
        },
        erased: match family.household.code.starts_with(doudi_store::erase::ERASED_CODE) {
            true => l.t("这户的身份已依法清除，只留下账目；在“本人的记录”里看清除了什么。"),
            false => "",
        },
    };
    html(&page)
}

fn lead_row(l: Lang, lead: &Lead, outcomes: &Titles) -> LeadRow {
    LeadRow {
        href: format!("/leads/{}", lead.id),
        programme: outcomes.get(l, &lead.outcome),
        urgency: urgency_tag(l, lead.urgency),
        status: Tag::info(l.pick(lead.status.zh(), lead.status.en())),
    }
}

fn grades(l: Lang) -> Vec<GradeRow> {
    [
        ("A", l.t("机关出具或部门核对")),
        ("B", l.t("窗口或入户核验原件")),
        ("C", l.t("自行上传，待核原件")),
        ("D", l.t("本人声明并承诺")),
    ]
    .into_iter()
    .filter_map(|(letter, words)| Some(GradeRow { badge: Grade::of(l, letter)?, words }))
    .collect()
}

fn counted_words(l: Lang, judged: Option<&Judged>) -> String {
    let Some(j) = judged else { return String::new() };
    let count = |t: Truth| j.counted.iter().filter(|c| c.truth == t).count();
    match count(Truth::Unknown) {
        0 => l.f2("计入 {} 人，不计入 {} 人", count(Truth::True), count(Truth::False)),
        n => l.f3("计入 {} 人，不计入 {} 人，待核实 {} 人", count(Truth::True), count(Truth::False), n),
    }
}

fn members(ctx: &Ctx, family: &Family, sheet: &FactSheet, judged: Option<&Judged>) -> Vec<MemberRow> {
    let l = ctx.l();
    let rows = vocab::rows(l, ctx.state().law().book(), sheet);
    family
        .members
        .iter()
        .map(|m| {
            let at = sheet.members.iter().position(|s| s.person == Some(m.person.id.0));
            let counted = at.and_then(|i| judged?.counted.get(i));
            let tag = match counted.map(|c| c.truth) {
                Some(Truth::True) => Tag::ok(l.t("计入")),
                Some(Truth::False) => Tag::no(l.t("不计入")),
                Some(Truth::Unknown) | None => Tag::unknown(l.t("待核实")),
            };
            let why = counted.map_or_else(String::new, |c| c.why.join(l.t("；")));
            let relation = l.pick(m.membership.relation.zh(), m.membership.relation.en());
            MemberRow {
                name: m.person.name.clone(),
                relation: relation.to_owned(),
                age: m.person.birth.map_or_else(|| "—".to_owned(), |b| years(b, ctx.today()).to_string()),
                why: if why.is_empty() { relation.to_owned() } else { why },
                counted: tag,
                facts: rows
                    .iter()
                    .filter(|r| r.member.is_some() && r.member == at && r.told && r.is_notable())
                    .cloned()
                    .collect(),
            }
        })
        .collect()
}

/// Full years from a birth to a day.
#[must_use]
pub fn years(birth: Date, today: Date) -> i32 {
    let ((y0, m0, d0), (y1, m1, d1)) = (birth.ymd(), today.ymd());
    i32::from(y1) - i32::from(y0) - i32::from((m1, d1) < (m0, d0))
}

fn prog(l: Lang, household: HouseholdId, p: &Programme) -> Prog {
    let conditions = p
        .conditions
        .iter()
        .map(|c| {
            let (class, icon, word) = judge::truth_parts(l, c.truth);
            Cond { class, icon, word, text: c.text.clone(), note: c.found.clone() }
        })
        .collect();
    let shows_amount = p.pays && p.outcome != Truth::False;
    Prog {
        class: match p.outcome {
            Truth::True => "is-ok",
            Truth::False => "is-no",
            Truth::Unknown => "is-unk",
        },
        title: p.title.clone(),
        tag: judge::truth_tag(l, p.outcome),
        who: p.who.join(l.t("、")),
        amount: if shows_amount { judge::amount_words(p.amount) } else { String::new() },
        unit: match p.outcome {
            Truth::True => l.t("元").to_owned(),
            Truth::False | Truth::Unknown => l.t("元，如符合").to_owned(),
        },
        conditions,
        lack: p.lack.iter().take(4).cloned().collect(),
        more: p.lack.len().saturating_sub(4),
        defaults: match p.defaults.as_slice() {
            [] => String::new(),
            all => l.f1("不知道而按规定取值：{}", all.join(l.t("、"))),
        },
        href: format!("/explain/{household}/{}", p.id),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::years;

    #[test]
    fn full_years_count_from_the_birthday() {
        let day = |s: &str| s.parse().unwrap();
        assert_eq!(years(day("1972-03-17"), day("2024-06-17")), 52);
        assert_eq!(years(day("1972-06-18"), day("2024-06-17")), 51);
    }
}
