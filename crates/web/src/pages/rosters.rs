//! 发放名册: last month and the differences are this month; a second person seals; the bank file goes out; what comes
//! back is paid again, once.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use doudi_casework::Case;
use doudi_payment::bank::ReturnFile;
use doudi_payment::{
    Beneficiary, Change, Difference, Differences, Line, LineId, LineState, Officer, Roster, RosterAction,
    RosterState,
};
use doudi_policy::{Fen, Month};
use doudi_registry::{HouseholdId, Post, RosterId, Staff, StaffId};
use doudi_store::rosters::RosterItem;

use crate::cases_view::Turn;
use crate::ctx::{Ctx, Drawn, Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::field::{Choice, Field};
use crate::gate::{self, Found};
use crate::lang::{Lang, money, thousands};
use crate::mask;
use crate::page::Page;
use crate::posted::{Posted, Uploaded};
use crate::routes::Place;
use crate::state::AppState;
use crate::view::{FormErrors, Pager, Tag};

struct Row {
    href: String,
    month: String,
    programme: String,
    status: Tag,
    lines: String,
    total: String,
    people: String,
    action: &'static str,
}

#[derive(Template)]
#[template(path = "page/rosters.html")]
struct RostersPage {
    l: Lang,
    page: Page,
    can_make: bool,
    fields: Vec<Field>,
    only: String,
    rows: Vec<Row>,
    empty: &'static str,
}

/// The rosters that somebody may read, the latest month first.
///
/// # Errors
/// When the store cannot be read.
pub async fn heads(worker: &Worker) -> Result<Vec<RosterItem>, WebError> {
    let (state, today) = (worker.ctx.state(), worker.ctx.today());
    let mut seen = Vec::new();
    for roster in state.store().rosters().await? {
        let found = Found::load(state, today, &worker.staff, Place::Roster, roster.id.0).await?;
        if gate::decide(state, &worker.staff, "roster.read", &found).is_allowed() {
            seen.push(roster);
        }
    }
    Ok(seen)
}

fn officer(staff: &Staff) -> Officer {
    Officer { staff: staff.id, post: staff.post }
}

fn state_tag(l: Lang, state: RosterState) -> Tag {
    let words = l.pick(state.zh(), state.en());
    match state {
        RosterState::Draft => Tag::warn(words),
        RosterState::Sealed | RosterState::Exported => Tag::info(words),
        RosterState::Acknowledged => Tag::ok(words),
    }
}

/// Parameters of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ListQuery {
    state: String,
}

/// `/rosters?state=`
pub async fn list(worker: Worker, Query(query): Query<ListQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let titles = state.law().outcome_titles(ctx.today());
    let names = names(l, state).await?;
    let wanted = RosterState::from_id(&query.state);
    let rows = heads(&worker)
        .await?
        .into_iter()
        .filter(|r| wanted.is_none_or(|w| w == r.state))
        .map(|r| Row {
            href: format!("/rosters/{}", r.id),
            month: l.month(r.period),
            programme: titles.get(l, &r.programme),
            status: state_tag(l, r.state),
            lines: thousands(u64::try_from(r.lines).unwrap_or(0)),
            total: money(r.amount),
            people: match r.sealed_by {
                Some(by) => format!("{} · {}", name(&names, r.made_by), name(&names, by)),
                None => name(&names, r.made_by),
            },
            action: match (worker.staff.post, r.state) {
                (Post::FinanceReviewer, RosterState::Draft) => l.t("复核"),
                _ => l.t("打开"),
            },
        })
        .collect();
    let can_make = worker.may("roster.make", Place::Own);
    let month = ctx.today().month();
    let programmes =
        monthly_programmes(ctx)?.into_iter().map(|id| Choice::new(id.clone(), titles.get(l, &id))).collect();
    let fields = vec![
        Field::new("select", "programme", l.t("项目")).options(programmes),
        Field::new("select", "period", l.t("月份")).options(
            [month.plus(1), month].into_iter().map(|m| Choice::new(m.to_string(), l.month(m))).collect(),
        ),
    ];
    html(&RostersPage {
        l,
        page: ctx.page(l.t("发放"), "/rosters").await?,
        can_make,
        fields,
        only: wanted.map_or_else(String::new, |w| l.label(w.zh(), w.en())),
        rows,
        empty: if can_make {
            l.t("先选项目和月份，生成名册。")
        } else {
            l.t("由县财务经办生成。")
        },
    })
}

/// Programmes that pay money.
fn monthly_programmes(ctx: &Ctx) -> Result<Vec<String>, WebError> {
    let plan = ctx.state().law().plan(ctx.today().month(), ctx.today())?;
    Ok(plan.outcomes.iter().filter(|o| o.amount.is_some()).map(|o| o.id.clone()).collect())
}

async fn names(l: Lang, state: &AppState) -> Result<BTreeMap<StaffId, String>, WebError> {
    Ok(state.store().all_staff().await?.into_iter().map(|s| (s.id, l.name(&s.name))).collect())
}

fn name(names: &BTreeMap<StaffId, String>, id: StaffId) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// `POST /rosters`: makes the draft of a month.
pub async fn make(worker: Worker, posted: Posted) -> PageResult {
    let programme = posted.get("programme");
    let known = monthly_programmes(&worker.ctx)?.iter().any(|p| p == programme);
    let period: Option<Month> = posted.get("period").parse().ok();
    let (true, Some(period)) = (known, period) else {
        return Err(WebError::Refused {
            zh: "请选项目和月份".to_owned(),
            en: "choose programme and month".to_owned(),
            back: "/rosters".to_owned(),
            kept: String::new(),
        });
    };
    let id = worker
        .ctx
        .state()
        .store()
        .make_roster(programme, period, officer(&worker.staff), worker.ctx.today())
        .await
        .map_err(|e| WebError::from(e).back_to("/rosters", ""))?;
    Ok(see_other(&format!("/rosters/{id}?done=roster")))
}

/// Parameters of a roster's page.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct RosterQuery {
    show: String,
    page: u64,
}

struct Step {
    name: &'static str,
    class: &'static str,
}

struct Sum {
    class: &'static str,
    op: &'static str,
    label: String,
    note: String,
    count: String,
    amount: String,
}

struct TabView {
    href: String,
    label: String,
    count: usize,
    current: bool,
}

struct LineRow {
    href: String,
    name: String,
    place: String,
    tag: Tag,
    reason: String,
    before: String,
    now: String,
    diff: String,
    can_reissue: bool,
    line: String,
    ask: String,
}

struct CheckRow {
    class: &'static str,
    icon: &'static str,
    word: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "page/roster.html")]
struct RosterPage {
    l: Lang,
    page: Page,
    id: i64,
    title: String,
    programme: String,
    month: String,
    number: String,
    made: String,
    status: Tag,
    errors: FormErrors,
    steps: Vec<Step>,
    sums: Vec<Sum>,
    table_title: String,
    total: usize,
    tabs: Vec<TabView>,
    lines: Vec<LineRow>,
    pager: Pager,
    seal_text: String,
    lines_total: String,
    sum_total: String,
    digest: String,
    maker: String,
    sealer: String,
    can_seal: bool,
    seal_why: String,
    can_export: bool,
    exported: bool,
    can_returns: bool,
    can_bounce: bool,
    checks: Vec<CheckRow>,
}

/// `/rosters/{id}?show=&page=`
pub async fn one(worker: Worker, Path(id): Path<i64>, Query(query): Query<RosterQuery>) -> PageResult {
    html(&page(&worker, id, &query, FormErrors::none(worker.l())).await?)
}

async fn page(
    worker: &Worker,
    id: i64,
    query: &RosterQuery,
    errors: FormErrors,
) -> Result<RosterPage, WebError> {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let store = state.store();
    let id = RosterId(id);
    let roster = store.roster(id).await?;
    let differences = store.roster_differences(id).await?;
    let totals = roster.totals().map_err(|r| WebError::internal(r.en))?;
    let names = names(l, state).await?;
    let me = officer(&worker.staff);
    let may = |action: RosterAction| roster.permit(action, me);
    let titles = state.law().outcome_titles(ctx.today());
    let programme = titles.get(l, &roster.programme);
    let month = l.month(roster.period);
    let own = own_families(worker).await?;
    let shown = shown(&roster, &differences, query, own.as_ref());
    let total = shown.len();
    let base = if query.show.is_empty() {
        format!("/rosters/{id}")
    } else {
        format!("/rosters/{id}?show={}", plain(&query.show))
    };
    let pager = Pager::new(l, u64::try_from(total).unwrap_or(0), query.page.max(1), &base);
    let skip = usize::try_from(pager.skip()).unwrap_or(0);
    let size = usize::try_from(Pager::SIZE).unwrap_or(30);
    let mut lines = Vec::new();
    for item in shown.into_iter().skip(skip).take(size) {
        lines.push(line_row(worker, &roster, item).await?);
    }
    let seal = roster.seal.as_ref();
    let unexplained = differences.unexplained().count();
    let seal_refusal = may(RosterAction::Seal).err();
    Ok(RosterPage {
        l,
        page: ctx.page(l.f2("{} {}名册", &month, &programme), "/rosters").await?,
        id: id.0,
        title: l.f2("{} {}名册", &month, &programme),
        number: l.f1("名册 {}", format!("MC-{:05}", id.0)),
        made: l.f2("{} 由 {} 编制", l.date(roster.made_on), name(&names, roster.made_by)),
        status: state_tag(l, roster.state),
        errors,
        steps: steps(l, roster.state),
        sums: sums(l, &roster, &differences),
        table_title: if query.show == "all" {
            l.t("全部发放行").to_owned()
        } else {
            l.t("差异明细").to_owned()
        },
        total,
        tabs: tabs(l, id, &roster, &differences, query),
        lines,
        pager,
        seal_text: match seal {
            Some(s) => l.f1("{} 封存。名册任何人都不能改，更正只能另立调整单。", l.date(s.on)),
            None => l.t("尚未封存。封存后名册任何人都不能改，更正只能另立调整单。").to_owned(),
        },
        lines_total: l.f2(
            "{} 笔，{} 人",
            thousands(u64::try_from(totals.lines).unwrap_or(0)),
            thousands(u64::try_from(totals.persons).unwrap_or(0)),
        ),
        sum_total: l.yuan(totals.amount),
        digest: grouped(&seal.map_or_else(|| roster.digest(), |s| s.digest.clone())),
        maker: name(&names, roster.made_by),
        sealer: seal.map_or_else(|| l.t("待签，不得为编制人").to_owned(), |s| name(&names, s.by)),
        can_seal: seal_refusal.is_none() && unexplained == 0,
        seal_why: match (&seal_refusal, unexplained) {
            _ if roster.state != RosterState::Draft => String::new(),
            (Some(r), _) => l.pick(&r.zh, &r.en).to_owned(),
            (None, 0) => String::new(),
            (None, n) => l.f1("还有 {} 处差异待说明，说明后才能封存", n),
        },
        can_export: may(RosterAction::Export).is_ok(),
        exported: matches!(roster.state, RosterState::Exported | RosterState::Acknowledged)
            && worker.may("roster.fetch", Place::Roster),
        can_returns: may(RosterAction::Acknowledge).is_ok(),
        can_bounce: may(RosterAction::Bounce).is_ok()
            && roster.lines.iter().any(|x| x.state == LineState::Paid),
        checks: checks(l, &roster, &differences, totals.amount, unexplained),
        programme,
        month,
    })
}

/// The first 32 hex digits in groups of four, as one compares by eye.
fn grouped(digest: &str) -> String {
    let chars: Vec<char> = digest.chars().take(32).collect();
    chars.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

enum Item<'a> {
    Changed(&'a Difference),
    Line(&'a Line),
}

impl Item<'_> {
    fn household(&self) -> HouseholdId {
        match self {
            Self::Changed(d) => d.household,
            Self::Line(x) => x.household,
        }
    }
}

fn change_id(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Stopped => "stopped",
        Change::Raised => "raised",
        Change::Lowered => "lowered",
        Change::Reissued => "reissued",
    }
}

/// Families whose lines somebody is shown where a roster reaches beyond their area; `None` for all of it.
async fn own_families(worker: &Worker) -> Result<Option<BTreeSet<HouseholdId>>, WebError> {
    if worker.staff.division.level() <= 3 {
        return Ok(None);
    }
    Ok(Some(worker.ctx.state().store().households_inside(&worker.staff.division).await?))
}

/// What the table shows: all lines, those that came back, or the differences; of the families of one's own area.
fn shown<'a>(
    roster: &'a Roster,
    differences: &'a Differences,
    query: &RosterQuery,
    own: Option<&BTreeSet<HouseholdId>>,
) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = match query.show.as_str() {
        "all" => roster.lines.iter().map(Item::Line).collect(),
        "returned" => {
            roster.lines.iter().filter(|l| l.state == LineState::Returned).map(Item::Line).collect()
        }
        "open" => differences.unexplained().map(Item::Changed).collect(),
        which => differences
            .rows
            .iter()
            .filter(|d| which.is_empty() || change_id(d.change) == which)
            .map(Item::Changed)
            .collect(),
    };
    items.retain(|item| own.is_none_or(|own| own.contains(&item.household())));
    items
}

fn tabs(
    l: Lang,
    id: RosterId,
    roster: &Roster,
    differences: &Differences,
    query: &RosterQuery,
) -> Vec<TabView> {
    let tab = |show: &str, label: String, count: usize| TabView {
        href: format!("/rosters/{id}?show={show}#p2"),
        label,
        count,
        current: query.show == show,
    };
    let mut out: Vec<TabView> = differences
        .summary()
        .iter()
        .filter(|s| s.count > 0)
        .map(|s| tab(change_id(s.change), l.label(s.change.zh(), s.change.en()), s.count))
        .collect();
    let open = differences.unexplained().count();
    if open > 0 {
        out.push(tab("open", l.t("待说明").to_owned(), open));
    }
    let returned = roster.lines.iter().filter(|x| x.state == LineState::Returned).count();
    if returned > 0 {
        out.push(tab("returned", l.t("退汇").to_owned(), returned));
    }
    out.push(tab("all", l.t("全部").to_owned(), roster.lines.len()));
    out
}

fn minus(fen: Fen) -> String {
    if fen.0 > 0 { format!("+{}", money(fen)) } else { money(fen) }
}

async fn line_row(worker: &Worker, roster: &Roster, item: Item<'_>) -> Result<LineRow, WebError> {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let state = ctx.state();
    let household = item.household();
    let family = state.family(household).await?;
    let place = state.place(l, &family.household.division).await?;
    // Finance pays families without opening them.
    let href = match worker.may("household.read", Place::Household) {
        true => format!("/households/{household}"),
        false => String::new(),
    };
    let masked = doudi_casework::notice::mask_name(&family.head);
    Ok(match item {
        Item::Changed(d) => LineRow {
            href,
            name: masked,
            place,
            tag: match d.change {
                Change::New => Tag::info(l.pick(d.change.zh(), d.change.en())),
                Change::Reissued => Tag::warn(l.pick(d.change.zh(), d.change.en())),
                Change::Stopped | Change::Raised | Change::Lowered => {
                    Tag::no(l.pick(d.change.zh(), d.change.en()))
                }
            },
            reason: d.reason.as_ref().map_or_else(
                || l.t("待说明").to_owned(),
                |t| mask::written(l.pick(&t.zh, &t.en)).into_owned(),
            ),
            before: money(d.before),
            now: money(d.after),
            diff: minus(Fen(d.after.0.saturating_sub(d.before.0))),
            can_reissue: false,
            line: String::new(),
            ask: if d.reason.is_none()
                && roster.state == RosterState::Draft
                && worker.may("roster.explain", Place::Roster)
            {
                d.beneficiary.key()
            } else {
                String::new()
            },
        },
        Item::Line(x) => LineRow {
            href,
            name: masked,
            place,
            tag: match x.state {
                LineState::Planned | LineState::Sent => Tag::info(l.pick(x.state.zh(), x.state.en())),
                LineState::Paid => Tag::ok(l.pick(x.state.zh(), x.state.en())),
                LineState::Returned => Tag::warn(l.pick(x.state.zh(), x.state.en())),
                LineState::Voided => Tag::no(l.pick(x.state.zh(), x.state.en())),
            },
            reason: if x.bank_reason.is_empty() {
                l.f1("{} 人", x.covered.len())
            } else {
                mask::written(&x.bank_reason).into_owned()
            },
            before: String::new(),
            now: money(x.amount),
            diff: String::new(),
            can_reissue: x.state == LineState::Returned
                && roster.permit(RosterAction::Reissue, officer(&worker.staff)).is_ok(),
            line: x.id.to_string(),
            ask: String::new(),
        },
    })
}

fn steps(l: Lang, state: RosterState) -> Vec<Step> {
    let at = match state {
        RosterState::Draft => 1,
        RosterState::Sealed => 3,
        RosterState::Exported => 4,
        RosterState::Acknowledged => 5,
    };
    [l.t("生成名册"), l.t("差异核对"), l.t("第二人封存"), l.t("导出发放"), l.t("银行回执"), l.t("对账归档")]
        .into_iter()
        .enumerate()
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

fn sums(l: Lang, roster: &Roster, differences: &Differences) -> Vec<Sum> {
    let mut out = vec![Sum {
        class: "tot",
        op: "",
        label: l.f1("{} 应发", l.month(roster.period.plus(-1))),
        note: String::new(),
        count: String::new(),
        amount: money(differences.before),
    }];
    for s in differences.summary().iter().filter(|s| s.count > 0) {
        out.push(Sum {
            class: "",
            op: if s.amount.0 < 0 { "−" } else { "＋" },
            label: l.label(s.change.zh(), s.change.en()),
            note: String::new(),
            count: l.f1("{} 笔", thousands(u64::try_from(s.count).unwrap_or(0))),
            amount: money(Fen(s.amount.0.saturating_abs())),
        });
    }
    out.push(Sum {
        class: "fin",
        op: "＝",
        label: l.f1("{} 应发（元）", l.month(roster.period)),
        note: String::new(),
        count: l.f1(
            "{} 笔",
            thousands(
                u64::try_from(roster.lines.iter().filter(|x| x.state != LineState::Voided).count())
                    .unwrap_or(0),
            ),
        ),
        amount: money(differences.after),
    });
    out
}

fn checks(
    l: Lang,
    roster: &Roster,
    differences: &Differences,
    total: Fen,
    unexplained: usize,
) -> Vec<CheckRow> {
    let row = |good: bool, text: String| CheckRow {
        class: if good { "c-ok" } else { "c-unk" },
        icon: if good { "check" } else { "q" },
        word: if good { l.t("符合：") } else { l.t("待查：") },
        text,
    };
    let mut people = BTreeSet::new();
    let once = roster
        .lines
        .iter()
        .filter(|x| x.state != LineState::Voided)
        .all(|x| x.covered.iter().all(|p| people.insert((x.group.clone(), *p, x.purpose.id()))));
    vec![
        row(differences.after == total, l.t("分户合计 = 汇总合计").to_owned()),
        row(once, l.t("同人同月同组只发一笔").to_owned()),
        row(
            unexplained == 0,
            if unexplained == 0 {
                l.t("每一处差异都有原因").to_owned()
            } else {
                l.f1("{} 处差异待说明", unexplained)
            },
        ),
    ]
}

fn after(id: i64, done: Result<(), WebError>, word: &str) -> PageResult {
    let back = format!("/rosters/{id}");
    done.map_err(|e| e.back_to(&back, ""))?;
    Ok(see_other(&format!("{back}?done={word}")))
}

/// `POST /rosters/{id}/seal`
pub async fn seal(worker: Worker, Path(id): Path<i64>, _posted: Posted) -> PageResult {
    let store = worker.ctx.state().store();
    let done = store.seal_roster(RosterId(id), officer(&worker.staff), worker.ctx.today()).await;
    after(id, done.map_err(WebError::from), "sealed")
}

/// `POST /rosters/{id}/explain`: the reason of a difference that no award explains.
pub async fn explain(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let store = worker.ctx.state().store();
    let differences = store.roster_differences(RosterId(id)).await?;
    let beneficiary: Option<Beneficiary> =
        differences.rows.iter().map(|d| d.beneficiary).find(|b| b.key() == posted.get("beneficiary"));
    let beneficiary = beneficiary.ok_or(WebError::NotFound)?;
    let reason = doudi_payment::refusal::Text::new(posted.get("reason"), posted.get("reason"));
    let done = store.explain_difference(RosterId(id), beneficiary, &reason, worker.staff.id).await;
    after(id, done.map_err(WebError::from), "acted")
}

/// `POST /rosters/{id}/export`: the roster goes to the bank; the file can be fetched from then on.
pub async fn export(worker: Worker, Path(id): Path<i64>, _posted: Posted) -> PageResult {
    let store = worker.ctx.state().store();
    let done =
        store.export_roster(RosterId(id), officer(&worker.staff), worker.ctx.today()).await.map(|_| ());
    after(id, done.map_err(WebError::from), "exported")
}

/// `/rosters/{id}/bank.csv`: the file of an exported roster, made again from the sealed lines.
pub async fn bank_csv(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let file = worker.ctx.state().store().sent_file(RosterId(id)).await;
    let file = file.map_err(|e| WebError::from(e).back_to(&format!("/rosters/{id}"), ""))?;
    let name: String = file
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' })
        .collect();
    let disposition =
        HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(WebError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    let mut response = (headers, file.text).into_response();
    response.extensions_mut().insert(Drawn("bank.csv"));
    Ok(response)
}

/// `POST /rosters/{id}/returns`: the bank's answer.
pub async fn returns(worker: Worker, Path(id): Path<i64>, uploaded: Uploaded) -> PageResult {
    let file = match read_returns(worker.l(), &uploaded) {
        Ok(file) => file,
        Err(errors) => return rejected(&worker, id, errors).await,
    };
    let (store, today) = (worker.ctx.state().store(), worker.ctx.today());
    let done = store.acknowledge_roster(RosterId(id), officer(&worker.staff), today, &file).await;
    after(id, done.map(|_| ()).map_err(WebError::from), "returns")
}

/// `POST /rosters/{id}/bounces`: the second person has seen the earlier success; the money came back all the same.
pub async fn bounces(worker: Worker, Path(id): Path<i64>, uploaded: Uploaded) -> PageResult {
    let l = worker.l();
    let file = match read_returns(l, &uploaded) {
        Ok(file) => file,
        Err(errors) => return rejected(&worker, id, errors).await,
    };
    if !uploaded.fields.ticked("seen") {
        let mut errors = FormErrors::none(l);
        errors.add("seen", l.t("请先核对银行以前报过的到账记录，再勾选确认；什么都没有登记"));
        return rejected(&worker, id, errors).await;
    }
    let (store, today) = (worker.ctx.state().store(), worker.ctx.today());
    let done = store.bounce_roster(RosterId(id), officer(&worker.staff), today, &file).await;
    after(id, done.map(|_| ()).map_err(WebError::from), "returns")
}

fn read_returns(l: Lang, uploaded: &Uploaded) -> Result<ReturnFile, FormErrors> {
    let mut errors = FormErrors::none(l);
    if uploaded.file.is_empty() {
        errors.add("file", l.t("请选择银行回执文件"));
        return Err(errors);
    }
    let Ok(text) = std::str::from_utf8(&uploaded.file) else {
        errors.add(
            "file",
            l.t("文件不是 UTF-8 编码（可能是 GB18030 或 GBK），什么都没有登记。请另存为“CSV UTF-8”再上传"),
        );
        return Err(errors);
    };
    ReturnFile::parse(text).map_err(|problems| {
        for p in problems.iter().take(20) {
            errors.add("file", l.pick(&p.zh, &p.en));
        }
        errors
    })
}

async fn rejected(worker: &Worker, id: i64, errors: FormErrors) -> PageResult {
    let page = page(worker, id, &RosterQuery::default(), errors).await?;
    let response: Response = html(&page)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, response).into_response())
}

/// `POST /rosters/{id}/reissue`: a returned line stands again in a roster of its own.
pub async fn reissue(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let line = LineId(posted.get("line").to_owned());
    let next = worker
        .ctx
        .state()
        .store()
        .reissue_lines(RosterId(id), &[line], officer(&worker.staff), worker.ctx.today())
        .await
        .map_err(|e| WebError::from(e).back_to(&format!("/rosters/{id}"), ""))?;
    Ok(see_other(&format!("/rosters/{next}?done=reissued")))
}

/// Whose turn it is for a confirmed family: the roster of its first month is made, sealed, sent.
///
/// # Errors
/// When the store cannot be read.
pub async fn turn(ctx: &Ctx, case: &Case, step: usize) -> Result<Option<Turn>, WebError> {
    let l = ctx.l();
    let store = ctx.state().store();
    let staff = store.all_staff().await?;
    let who = |post: Post| staff.iter().find(|s| s.post == post);
    let turn = |person: Option<&Staff>, hint: String, href: String| {
        person.map(|p| Turn {
            step,
            who: l.f2("轮到{} {}", l.pick(p.post.zh(), p.post.en()), l.name(&p.name)),
            hint,
            staff: Some(p.id),
            days: 0,
            href,
            button: l.f1("以{}的身份继续", l.name(&p.name)),
        })
    };
    let payments = store.payments_of(case.household).await?;
    let first = payments.iter().find(|p| p.line.programme == case.programme);
    let Some(paid) = first else {
        return Ok(turn(
            who(Post::FinanceOfficer),
            l.t("下一步：把新确认的待遇编进下个月的名册").to_owned(),
            "/rosters".to_owned(),
        ));
    };
    let href = format!("/rosters/{}", paid.roster);
    let roster = store.rosters().await?.into_iter().find(|r| r.id == paid.roster);
    Ok(match roster.map(|r| r.state) {
        Some(RosterState::Draft) => {
            turn(who(Post::FinanceReviewer), l.t("下一步：复核差异，封存名册").to_owned(), href)
        }
        Some(RosterState::Sealed) => {
            turn(who(Post::FinanceOfficer), l.t("下一步：导出给银行发放").to_owned(), href)
        }
        _ => Some(Turn {
            step: step + 1,
            who: l.t("走完了：这户的第一笔钱已在名册上封存并送出").to_owned(),
            hint: l.t("可以看这户的救助链，每一步都在上面").to_owned(),
            staff: who(Post::Auditor).map(|s| s.id),
            days: 0,
            href: format!("/households/{}", case.household),
            button: l.t("看救助链").to_owned(),
        }),
    })
}
