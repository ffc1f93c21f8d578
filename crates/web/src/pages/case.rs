//! 案件: one page to see what it is about, what may be done by whom, by when, and to do it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use doudi_casework::case::Proposal;
use doudi_casework::{Action, Case, Context, Procedure, Status, Unanswered, offers};
use doudi_payment::award::nobody_loses;
use doudi_policy::book::Book;
use doudi_policy::eval::Mode;
use doudi_policy::{Fen, Truth};
use doudi_registry::{CaseId, PersonId, Post, Staff};

use crate::cases_view;
use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::family::Family;
use crate::judge::{self, Judged};
use crate::lang::{Lang, money};
use crate::mask;
use crate::page::Page;
use crate::pages::case_forms::{self, CommandError, Desk, FormView};
use crate::pages::chain::ChainItem;
use crate::pages::front::step_of;
use crate::pages::visit::{labelled, left_words};
use crate::posted::Posted;
use crate::view::{Deadline, FormErrors, Note, Tag};
use crate::vocab;

struct Step {
    name: &'static str,
    class: &'static str,
}

struct Fact {
    label: &'static str,
    value: String,
}

struct Check {
    name: &'static str,
    tag: Tag,
    text: String,
}

struct VisitRow {
    title: String,
    tag: Tag,
    who: String,
    note: String,
    answers: Vec<AnswerRow>,
    unclear: String,
    unasked: String,
}

struct AnswerRow {
    label: String,
    value: String,
    /// What an earlier visit was told, where it was something else.
    was: String,
}

struct LetterView {
    title: String,
    paragraphs: Vec<String>,
}

struct DeadlineRow {
    name: String,
    chip: Deadline,
    text: String,
    promised: Option<Deadline>,
}

struct OfferRow {
    class: &'static str,
    icon: &'static str,
    word: &'static str,
    label: String,
    note: String,
}

struct Hand {
    class: &'static str,
    name: String,
    what: String,
}

#[derive(Template)]
#[template(path = "page/case.html")]
struct CasePage {
    l: Lang,
    page: Page,
    id: i64,
    version: u32,
    number: String,
    name: String,
    place: String,
    programme: String,
    household_href: String,
    explain_href: String,
    status: Tag,
    errors: FormErrors,
    steps: Vec<Step>,
    notes: Vec<Note>,
    facts: Vec<Fact>,
    opinion: Option<String>,
    decision: Option<String>,
    checks: Vec<Check>,
    checks_words: String,
    forms: Vec<FormView>,
    nothing: String,
    visit_href: Option<String>,
    visit_first: bool,
    turn: String,
    visits: Vec<VisitRow>,
    chain: Vec<ChainItem>,
    notices: Vec<LetterView>,
    deadlines: Vec<DeadlineRow>,
    offers: Vec<OfferRow>,
    hands: Vec<Hand>,
}

/// Everything that the page and the commands need.
struct Room<'a> {
    worker: &'a Worker,
    case: Case,
    family: Family,
    decide: Judged,
    adverse: Judged,
    people: Vec<PersonId>,
    visitors: Vec<Staff>,
    sources: (u32, u32),
    replaced: Vec<(String, bool)>,
    officials: Vec<Staff>,
    procedure: &'a Procedure,
}

async fn load(worker: &Worker, id: i64) -> Result<Room<'_>, WebError> {
    let l = worker.l();
    let state = worker.ctx.state();
    let case = cases_view::load(state, CaseId(id)).await?;
    let family = state.family(case.household).await?;
    let today = worker.ctx.today();
    let sheet = judge::sheet_of(state, &family, case.lead, today).await?;
    let period = today.month();
    let decide = judge::judge(l, state, &sheet, period, today, Mode::Decide)?;
    let adverse = judge::judge(l, state, &sheet, period, today, Mode::Adverse)?;
    // A person without an id stands for nobody on file and is not covered by an award.
    let people = sheet.members.iter().map(|m| PersonId(m.person.unwrap_or(0))).collect();
    let visitors = state
        .staff_for(&case.division, crate::pages::visit::FIELD)
        .await?
        .into_iter()
        .filter(|s| s.post != Post::CountyOfficer)
        .collect();
    let sources = sources(state.law().book(), &sheet);
    let replaced = replaced(worker, &case).await?;
    let officials = state.staff_for(&case.division, Post::ALL).await?;
    let plan = state.law().plan(period, today)?;
    let procedure = state.law().procedure(&plan, &case.programme)?;
    Ok(Room {
        worker,
        case,
        family,
        decide,
        adverse,
        people,
        visitors,
        sources,
        replaced,
        officials,
        procedure,
    })
}

/// Recognitions on file that a confirmation of the standing opinion replaces, and whether they end with it.
async fn replaced(worker: &Worker, case: &Case) -> Result<Vec<(String, bool)>, WebError> {
    let Some(Proposal::Approve { covered, .. }) = case.opinion().map(|o| &o.proposal) else {
        return Ok(Vec::new());
    };
    let (l, state, today) = (worker.l(), worker.ctx.state(), worker.ctx.today());
    let plan = state.law().plan(today.month(), today)?;
    let received = state.store().receiving_of(case.household, today.month()).await?;
    let mut out = Vec::new();
    for outcome in crate::law::replaced(&plan, &case.programme) {
        let people: Vec<PersonId> =
            received.iter().filter(|r| r.programme == outcome.id).map(|r| r.person).collect();
        if !people.is_empty() {
            out.push((l.pick(&outcome.zh, &outcome.en).to_owned(), nobody_loses(&people, covered)));
        }
    }
    Ok(out)
}

/// How many department feeds the vocabulary names and how many of them have answered for this family.
#[must_use]
pub fn sources(book: &Book, sheet: &doudi_policy::sheet::FactSheet) -> (u32, u32) {
    use std::collections::BTreeSet;
    let own = ["registry", "declaration", "visit", "assessment", "authorised_check", "own_register"];
    let asked: BTreeSet<&str> = book
        .facts()
        .iter()
        .flat_map(|f| f.from.iter().map(String::as_str))
        .filter(|f| !own.contains(f))
        .collect();
    let said = |s: &doudi_policy::sheet::SheetValue| {
        s.source.as_deref().map(|s| s.split('@').next().unwrap_or(s).to_owned())
    };
    let answered: BTreeSet<String> = sheet
        .household
        .values()
        .chain(sheet.members.iter().flat_map(|m| m.facts.values()))
        .filter_map(said)
        .filter(|s| asked.contains(s.as_str()))
        .collect();
    let n = |x: usize| u32::try_from(x).unwrap_or(0);
    (n(asked.len().max(1)), n(answered.len()))
}

impl Room<'_> {
    fn desk(&self) -> Desk<'_> {
        Desk {
            l: self.worker.l(),
            case: &self.case,
            family: &self.family,
            actor: cases_view::actor(&self.worker.staff),
            today: self.worker.ctx.today(),
            decide: &self.decide,
            adverse: &self.adverse,
            people: &self.people,
            visitors: &self.visitors,
            sources: self.sources,
            replaced: &self.replaced,
            officials: &self.officials,
            pay_start: self.procedure.pay_start,
        }
    }
}

/// `/cases/{id}`
pub async fn one(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let room = load(&worker, id).await?;
    html(&page(&room, None).await?)
}

/// `POST /cases/{id}/{action}`
pub async fn act(worker: Worker, Path((id, action)): Path<(i64, String)>, posted: Posted) -> PageResult {
    let room = load(&worker, id).await?;
    let action = Action::from_id(&action).ok_or(WebError::NotFound)?;
    let back = format!("/cases/{id}");
    let written = ["text", "reason", "note", "missing", "differences"]
        .iter()
        .map(|f| posted.get(f))
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    if posted.get("version") != room.case.version.to_string() {
        return Err(WebError::Refused {
            zh: "您打开这一页之后，案件已被办理过。请看最新状态再决定".to_owned(),
            en: "the case has moved on since you opened the page; look at its present state and decide again"
                .to_owned(),
            back,
            kept: written,
        });
    }
    let command = match case_forms::command(&room.desk(), action, &posted) {
        Ok(command) => command,
        Err(CommandError::Web(error)) => return Err(error.back_to(&back, &written)),
        Err(CommandError::Form(errors)) => {
            let page = page(&room, Some((action, &posted, errors))).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
        }
    };
    cases_view::change(&worker, &room.case, command).await.map_err(|e| e.back_to(&back, &written))?;
    Ok(see_other(&format!("{back}?done=acted")))
}

async fn page(
    room: &Room<'_>,
    rejected: Option<(Action, &Posted, FormErrors)>,
) -> Result<CasePage, WebError> {
    let worker = room.worker;
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let case = &room.case;
    let today = ctx.today();
    let desk = room.desk();
    let context = state.law().context(room.procedure, today);
    let offered = offers(case, &desk.actor, &context);
    let primary = match cases_view::next_action(case) {
        // What the visits left out may be known by now from elsewhere.
        Some(Action::RecordVisit) if case.status == Status::Checked && desk.finding() != Truth::Unknown => {
            Some(Action::ProposeApprove)
        }
        next => next,
    };
    let rejected_action = rejected.as_ref().map(|(a, _, _)| *a);
    let mut forms: Vec<FormView> = Vec::new();
    for offer in offered.iter().filter(|o| o.refusal.is_none()) {
        let open = match rejected_action {
            Some(action) => action == offer.action,
            None => primary == Some(offer.action),
        };
        let Some(mut form) = case_forms::form(&desk, offer.action, open) else { continue };
        if let Some((action, posted, errors)) = rejected.as_ref().filter(|(a, _, _)| *a == offer.action) {
            form.fields = case_forms::kept(form.fields, posted, errors);
            form.open = *action == offer.action;
        }
        forms.push(form);
    }
    // The step that carries the case on comes first.
    forms.sort_by_key(|f| !f.open);
    let titles = state.law().outcome_titles(today);
    let programme = titles.get(l, &case.programme);
    let visit_href = offered
        .iter()
        .any(|o| o.action == Action::RecordVisit && o.refusal.is_none() && !case.status.is_final())
        .then(|| format!("/visit/{}", case.id));
    let checks = checks(&desk, &context, state.law().book());
    Ok(CasePage {
        l,
        page: ctx.page(l.f2("{} · {}户", &programme, &room.family.head), "/cases").await?,
        id: case.id.0,
        version: case.version,
        number: cases_view::number(case),
        name: l.f1("{}户", &room.family.head),
        place: state.area_name(l, &case.division).await?,
        programme: programme.clone(),
        household_href: format!("/households/{}", case.household),
        explain_href: format!("/explain/{}/{}", case.household, case.programme),
        status: cases_view::status_tag(l, case.status),
        errors: rejected.map_or_else(|| FormErrors::none(l), |(_, _, e)| e),
        steps: steps(l, case, &context),
        notes: notes(room),
        visit_href,
        visit_first: primary == Some(Action::RecordVisit),
        facts: facts(&desk, &programme),
        opinion: case
            .opinion()
            .map(|o| l.f3("{}（{}）：“{}”", &o.name, l.date(o.on), mask::written(&o.text))),
        decision: case
            .decision
            .as_ref()
            .map(|d| l.f3("{}（{}）：“{}”", d.human.name(), l.date(d.on), mask::written(d.human.reason()))),
        checks_words: match checks.iter().filter(|c| c.tag.kind != "ok").count() {
            0 => l.t("都通过了").to_owned(),
            n => l.f1("{} 项还没有通过", n),
        },
        checks,
        nothing: if case.status.is_final() {
            l.t("这件案件已办结。迟到的走访记录仍可补充。").to_owned()
        } else {
            l.t("现在没有要您办的事。").to_owned()
        },
        turn: turn_words(ctx, case).await?,
        forms,
        visits: visits(room),
        chain: chain(l, case, &state.store().all_staff().await?),
        notices: notices(room).await?,
        deadlines: case
            .deadlines
            .iter()
            .filter(|d| d.done_on.is_none())
            .map(|d| DeadlineRow {
                name: l.label(&d.name.zh, &d.name.en),
                chip: cases_view::chip(ctx, d.legal),
                text: l.f2("法定 {}，到 {}", l.pick(&d.limit.zh, &d.limit.en), l.date(d.legal)),
                promised: d.promised.map(|p| cases_view::chip(ctx, p)),
            })
            .collect(),
        offers: offered
            .iter()
            .map(|o| OfferRow {
                class: if o.refusal.is_none() { "c-ok" } else { "c-no" },
                icon: if o.refusal.is_none() { "check" } else { "cross" },
                word: if o.refusal.is_none() { l.t("可以：") } else { l.t("不可以：") },
                label: l.label(&o.label.zh, &o.label.en),
                note: o.refusal.as_ref().map_or_else(String::new, |r| l.pick(&r.zh, &r.en).to_owned()),
            })
            .collect(),
        hands: hands(l, case),
    })
}

async fn turn_words(ctx: &crate::ctx::Ctx, case: &Case) -> Result<String, WebError> {
    Ok(cases_view::turn(ctx, case).await?.map_or_else(String::new, |t| ctx.l().f2("{}：{}", t.who, t.hint)))
}

/// Whether the case goes through a public notice: its procedure has one, and help was not given first.
fn published(case: &Case, context: &Context<'_>) -> bool {
    context.procedure.publicity.is_some() && case.first_help.is_none()
}

fn steps(l: Lang, case: &Case, context: &Context<'_>) -> Vec<Step> {
    let at = step_of(case.status);
    let notice = l.t("公示");
    let shown = published(case, context);
    [l.t("线索"), l.t("走访"), l.t("受理"), l.t("核对"), l.t("初审"), notice, l.t("确认"), l.t("发放")]
        .into_iter()
        .enumerate()
        .filter(|(_, name)| shown || *name != notice)
        .map(|(i, name)| Step {
            name,
            class: match i.cmp(&at) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "now",
                std::cmp::Ordering::Greater => "",
            },
        })
        .collect()
}

fn notes(room: &Room<'_>) -> Vec<Note> {
    let l = room.worker.l();
    let case = &room.case;
    let mut out = Vec::new();
    if let Some(kin) = case.kin.first() {
        let level = case.decision_level(room.procedure);
        out.push(Note::warn(
            l.f1("近亲属备案件：{}决定", l.pick(level.zh(), level.en())),
            l.f3(
                "{} 的{}（{}）任职。县级先入户核查，有亲属关系的人回避；走访的人不能再作决定。",
                &kin.member,
                l.pick(kin.relation.zh(), kin.relation.en()),
                &kin.official,
            ),
        ));
    }
    if let Some(back) =
        case.sent_back.last().filter(|_| matches!(case.status, Status::Returned | Status::Helped))
    {
        out.push(Note::warn(l.f1("{} 退回", l.date(back.on)), mask::written(&back.reason)));
    }
    if let Some(objection) = case.objections.last() {
        out.push(Note::warn(l.f1("{} 收到异议", l.date(objection.on)), mask::written(&objection.text)));
    }
    if let Some(help) = &case.first_help {
        out.push(Note::info(
            l.f1("已先行救助 {} 元", money(help.amount)),
            l.f2("{} 当场给付，见证人 {}。确认只补手续，这笔钱不再另发。", l.date(help.on), &help.witness),
        ));
    }
    if let (Some(notice), Status::Publicity) = (case.notice(), case.status) {
        out.push(Note::info(l.f1("公示到 {} 为止", l.date(notice.to)), l.t("期满且没有异议，才能报送。")));
    }
    out
}

fn facts(desk: &Desk<'_>, programme: &str) -> Vec<Fact> {
    let l = desk.l;
    let case = desk.case;
    let once = case.decision.as_ref().and_then(|d| d.grant.as_ref()).map(|g| (g.amount, g.covered.len()));
    let proposed = case.opinion().and_then(|o| match &o.proposal {
        Proposal::Approve { amount, covered } => Some((*amount, covered.len())),
        Proposal::Refuse { .. } => None,
    });
    let (amount, covered): (Option<Fen>, usize) = match once.or(proposed) {
        Some((amount, n)) => (Some(amount), n),
        None => (desk.amount(), desk.covered().len()),
    };
    let computed =
        desk.decide.programme(&case.programme).map_or_else(String::new, |p| judge::amount_words(p.amount));
    let words = match amount {
        Some(amount) => l.yuan(amount),
        None if computed.is_empty() => "—".to_owned(),
        None => computed,
    };
    vec![
        Fact { label: l.t("项目"), value: programme.to_owned() },
        Fact { label: l.t("规则试算"), value: judge::truth_tag(l, desk.finding()).words },
        Fact { label: l.t("金额"), value: words },
        Fact { label: l.t("计入"), value: l.f1("{} 人", covered) },
        Fact { label: l.t("户籍人口"), value: l.f1("{} 人", desk.family.members.len()) },
    ]
}

/// The checks that the way of this case has: help given first needs neither data check, survey nor public notice.
fn checks(desk: &Desk<'_>, context: &Context<'_>, book: &Book) -> Vec<Check> {
    let l = desk.l;
    let case = desk.case;
    if matches!(case.status, Status::Task | Status::Visited | Status::Closed | Status::Withdrawn) {
        return Vec::new();
    }
    let finding = desk.finding();
    let lack = desk.decide.programme(&case.programme).map_or_else(String::new, |p| p.lack.join(l.t("；")));
    let mut out = vec![Check {
        name: l.t("规则试算"),
        tag: judge::truth_tag(l, finding),
        text: match finding {
            Truth::True => l.t("条件全部符合").to_owned(),
            Truth::False => l.t("有条件不符合，见计算过程").to_owned(),
            Truth::Unknown => l.f1("还差：{}", lack),
        },
    }];
    if let Some(help) = &case.first_help {
        out.push(Check {
            name: l.t("先行救助"),
            tag: Tag::ok(l.t("已当场给付")),
            text: l.f3("{}，{} 元，见证人 {}", l.date(help.on), money(help.amount), &help.witness),
        });
    } else {
        out.extend(survey_checks(desk, book));
    }
    if published(case, context) {
        out.push(match case.notice() {
            Some(p) => {
                let over = desk.today > p.to;
                Check {
                    name: l.t("公示"),
                    tag: if over { Tag::ok(l.t("期满")) } else { Tag::info(l.t("公示中")) },
                    text: l.f3("{} 至 {}，异议 {} 件", l.date(p.from), l.date(p.to), case.objections.len()),
                }
            }
            None => Check { name: l.t("公示"), tag: Tag::unknown(l.t("未公示")), text: String::new() },
        });
    }
    out.push(Check {
        name: l.t("回避与备案"),
        tag: if case.kin.is_empty() {
            Tag::ok(l.t("无近亲属"))
        } else {
            Tag::warn(l.t("上一级决定"))
        },
        text: l.f1("近亲属备案 {} 条", case.kin.len()),
    });
    out
}

/// Data check and household survey.
fn survey_checks(desk: &Desk<'_>, book: &Book) -> [Check; 2] {
    let (l, case) = (desk.l, desk.case);
    let check = match &case.check {
        Some(c) if c.returned_on.is_some() => Check {
            name: l.t("经济状况核对"),
            tag: if c.settled { Tag::ok(l.t("已处理")) } else { Tag::warn(l.t("有差异")) },
            text: l.f3(
                "{}/{} 返回。{}",
                c.answered,
                c.asked,
                if c.differences.is_empty() {
                    l.t("无差异").into()
                } else {
                    mask::written(&c.differences)
                },
            ),
        },
        Some(c) => Check {
            name: l.t("经济状况核对"),
            tag: Tag::unknown(l.t("等返回")),
            text: l.f1("{} 发起", l.date(c.requested_on)),
        },
        None => Check {
            name: l.t("经济状况核对"), tag: Tag::unknown(l.t("未发起")), text: String::new()
        },
    };
    // What the rules have been told meanwhile need not be asked any more.
    let left = if desk.finding() == Truth::Unknown { case.unasked() } else { Vec::new() };
    let survey = match case.survey() {
        Some(_) if !left.is_empty() => Check {
            name: l.t("入户调查"),
            tag: Tag::warn(l.f1("{} 项没问到", left.len())),
            text: l.f1("再问：{}", left_words(l, book, desk.family, left)),
        },
        Some(v) => Check {
            name: l.t("入户调查"),
            tag: Tag::ok(l.f1("{} 人，已签", v.surveyor_count())),
            text: v.surveyors.iter().map(|s| s.name.clone()).collect::<Vec<_>>().join(l.t("、")),
        },
        None => Check {
            name: l.t("入户调查"),
            tag: Tag::unknown(l.t("还不完整")),
            text: l.t("须两人以上同行、见到家庭成员并由其签字").to_owned(),
        },
    };
    [check, survey]
}

fn visits(room: &Room<'_>) -> Vec<VisitRow> {
    let l = room.worker.l();
    let book = room.worker.ctx.state().law().book();
    let words = |list: &[Unanswered]| left_words(l, book, &room.family, list);
    let before = |n: usize| room.case.visits.get(..n).unwrap_or_default();
    let rows = room.case.visits.iter().enumerate().map(|(n, v)| {
        let corrected = v.corrections(before(n));
        VisitRow {
            title: l.f1("{} 走访", l.date(v.on)),
            tag: if v.supplementary {
                Tag::info(l.t("补充材料"))
            } else if v.is_household_survey() && v.told.unasked.is_empty() {
                Tag::ok(l.t("完整的入户调查"))
            } else if v.is_household_survey() {
                Tag::warn(l.f1("入户调查，{} 项没问到", v.told.unasked.len()))
            } else if v.met {
                Tag::info(l.t("见到家人"))
            } else {
                Tag::no(l.t("没见到"))
            },
            who: v
                .surveyors
                .iter()
                .map(|s| format!("{} {}", s.name, l.pick(s.post.zh(), s.post.en())))
                .chain(v.signed_by.iter().map(|s| l.f1("{} 签字", s)))
                .collect::<Vec<_>>()
                .join(" · "),
            note: mask::written(&v.note).into_owned(),
            unclear: words(&v.told.unclear),
            unasked: words(&v.told.unasked),
            answers: v
                .told
                .answers
                .iter()
                .map(|a| {
                    let was = corrected.iter().find(|c| c.answer == a).map(|c| c.was);
                    AnswerRow {
                        label: labelled(l, book, &room.family, a.subject, &a.fact),
                        value: vocab::told(l, book, &a.fact, &a.value),
                        was: was.map_or_else(String::new, |was| {
                            l.f1("更正，原说 {}", vocab::told(l, book, &a.fact, was))
                        }),
                    }
                })
                .collect(),
        }
    });
    rows.rev().collect()
}

fn chain(l: Lang, case: &Case, staff: &[Staff]) -> Vec<ChainItem> {
    case.events
        .iter()
        .rev()
        .map(|e| {
            let (class, icon, kind) = match e.action {
                None => ("n-find", "flag", l.t("线索")),
                Some(Action::RecordVisit) => ("", "home", l.t("走访")),
                Some(Action::RequestCheck | Action::RecordCheck) => ("", "search", l.t("事实")),
                Some(_) => ("n-dec", "doc", l.t("决定")),
            };
            let actor = e.by.and_then(|id| staff.iter().find(|s| s.id == id)).map_or_else(String::new, |s| {
                format!("{} {}", l.name(&s.name), l.pick(s.post.zh(), s.post.en()))
            });
            let title = e.action.map_or_else(|| l.t("立案").to_owned(), |a| l.label(a.zh(), a.en()));
            ChainItem {
                class,
                icon,
                iso: e.on.to_string(),
                day: l.day(e.on),
                year: e.on.ymd().0.to_string(),
                title,
                kind,
                text: mask::written(l.pick(&e.text.zh, &e.text.en)).into_owned(),
                actor,
                href: String::new(),
                link: String::new(),
            }
        })
        .collect()
}

/// The written papers of the case in the page's language, as they were issued.
async fn notices(room: &Room<'_>) -> Result<Vec<LetterView>, WebError> {
    let l = room.worker.l();
    Ok(cases_view::notices(room.worker.ctx.state(), &room.case)
        .await?
        .iter()
        .map(|n| LetterView {
            title: l.label(n.notice.kind.zh(), n.notice.kind.en()),
            paragraphs: l.pick(&n.zh, &n.en).lines().map(|p| mask::letter(p).into_owned()).collect(),
        })
        .collect())
}

fn hands(l: Lang, case: &Case) -> Vec<Hand> {
    let mut out = Vec::new();
    for v in &case.visits {
        for s in &v.surveyors {
            let name = l.name(&s.name);
            if out.iter().all(|h: &Hand| h.name != name) {
                out.push(Hand { class: "done", name, what: l.f1("{} 走访", l.date(v.on)) });
            }
        }
    }
    for o in &case.opinions {
        out.push(Hand { class: "done", name: l.name(&o.name), what: l.f1("{} 初审意见", l.date(o.on)) });
    }
    if let Some(d) = &case.decision {
        out.push(Hand { class: "done", name: l.name(d.human.name()), what: l.f1("{} 决定", l.date(d.on)) });
    } else if case.status == Status::Deciding {
        out.push(Hand {
            class: "now",
            name: l.t("待确认").to_owned(),
            what: l.t("不得是上面任何一人").to_owned(),
        });
    }
    out
}
