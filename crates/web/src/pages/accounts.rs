//! 账号管理: the accounts of an area, for the security administrator: who may enter and in which post. Nothing of when or
//! how much somebody works stands here. What touches an administrator's account is put forward for a second person
//! ([`super::account_changes`]).

mod form;

use askama::Template;
use axum::extract::{Path, Query};
use doudi_access::policy::Decision;
use doudi_policy::DivisionCode;
use doudi_registry::{Post, Staff, StaffId};
use doudi_store::Store;
use doudi_store::account_admin::StaffAccount;
use doudi_store::account_changes::{ChangeKind, NewChange};
use doudi_store::audit::By;

use crate::clock::{day_in_china, time_in_china};
use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::field::Field;
use crate::gate::{Found, area, decide};
use crate::lang::Lang;
use crate::page::Page;
use crate::pages::account_changes::{self, ChangeRow};
use crate::pages::login::name_key;
use crate::posted::Posted;
use crate::session::first_password;
use crate::view::{FormErrors, Pager, Tag};

pub use form::{add, create, new};

/// Most rows of an answer to a search.
const MOST_FOUND: u32 = 100;

struct Row {
    href: String,
    name: String,
    post: String,
    place: String,
    login: String,
    tags: Vec<Tag>,
}

#[derive(Template)]
#[template(path = "page/accounts.html")]
struct AccountsPage {
    l: Lang,
    page: Page,
    q: String,
    count: String,
    rows: Vec<Row>,
    changes: Vec<ChangeRow>,
    pager: Option<Pager>,
}

/// The store as this person acts on it: their leaves name them.
pub(super) fn acting(worker: &Worker) -> Store {
    worker.ctx.state().store().clone().acting_for(By::Staff(worker.staff.id))
}

/// Asks the rules again, with the post and area that an account is to have, which the gate cannot know.
///
/// # Errors
/// `Refused` with the words of the rule; `NotFound` where the area is not this person's.
pub(super) fn allowed(worker: &Worker, action: &str, whose: &Staff) -> Result<(), WebError> {
    let found = Found::Account(whose.id.0, area(&whose.division), whose.post.is_administrator());
    match decide(worker.ctx.state(), &worker.staff, action, &found) {
        Decision::Allowed => Ok(()),
        Decision::Outside | Decision::NotThisPost(_) => Err(WebError::NotFound),
        Decision::NotThisOne(rule) => Err(WebError::Refused {
            zh: rule.zh,
            en: rule.en,
            back: "/accounts".to_owned(),
            kept: String::new(),
        }),
    }
}

async fn tags(worker: &Worker, found: &StaffAccount) -> Result<Vec<Tag>, WebError> {
    let (l, state) = (worker.l(), worker.ctx.state());
    let Some(account) = &found.account else { return Ok(vec![Tag::no(l.t("没有账号"))]) };
    let mut out = vec![match (account.disabled, account.first) {
        (true, _) => Tag::bad(l.t("停用中")),
        (false, true) => Tag::warn(l.t("等本人第一次登录")),
        (false, false) => Tag::ok(l.t("可以登录")),
    }];
    if let Some(until) = state.store().locked_until(&name_key(&account.login), state.now()).await? {
        let (hour, minute) = time_in_china(until);
        let when = format!("{} {hour:02}:{minute:02}", l.date(day_in_china(until)));
        out.push(Tag::warn(l.f1("锁到 {}", when)));
    }
    out.push(match account.totp {
        true => Tag::info(l.t("已装验证器")),
        false => Tag::no(l.t("没装验证器")),
    });
    if account.linked {
        out.push(Tag::info(l.t("连着统一登录")));
    }
    Ok(out)
}

async fn row(worker: &Worker, found: &StaffAccount) -> Result<Row, WebError> {
    let (l, state, staff) = (worker.l(), worker.ctx.state(), &found.staff);
    Ok(Row {
        href: format!("/accounts/{}", staff.id),
        name: l.name(&staff.name),
        post: l.label(staff.post.zh(), staff.post.en()),
        place: state.area_name(l, &staff.division).await?,
        login: found.account.as_ref().map_or_else(|| "—".to_owned(), |a| a.login.clone()),
        tags: tags(worker, found).await?,
    })
}

/// Parameters of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ListQuery {
    page: u64,
}

/// `GET /accounts`: by area.
pub async fn list(worker: Worker, Query(query): Query<ListQuery>) -> PageResult {
    let size = u32::try_from(Pager::SIZE).unwrap_or(30);
    let number = u32::try_from(query.page.max(1)).unwrap_or(1);
    show_list(&worker, "", doudi_store::Page { number, size }).await
}

/// `POST /accounts`: of whom name or log-in name holds what was typed; a form, so that no name stands in an address.
pub async fn search(worker: Worker, posted: Posted) -> PageResult {
    show_list(&worker, posted.get("q"), doudi_store::Page { number: 1, size: MOST_FOUND }).await
}

async fn show_list(worker: &Worker, q: &str, page: doudi_store::Page) -> PageResult {
    let (l, store) = (worker.l(), worker.ctx.state().store());
    let found = store.staff_accounts(&worker.staff.division, q, page).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for one in &found.rows {
        rows.push(row(worker, one).await?);
    }
    let total = u64::try_from(found.total).unwrap_or(0);
    html(&AccountsPage {
        l,
        page: worker.ctx.page(l.t("账号"), "/accounts").await?,
        q: q.to_owned(),
        count: l.f1("{} 人", total),
        rows,
        changes: account_changes::rows(worker).await?,
        pager: q.is_empty().then(|| Pager::new(l, total, page.number.into(), "/accounts")),
    })
}

/// A button: where it goes, what is sent with it, and its words.
struct Act {
    action: String,
    kind: &'static str,
    label: &'static str,
    note: &'static str,
}

#[derive(Template)]
#[template(path = "page/account_of.html")]
struct AccountOfPage {
    l: Lang,
    page: Page,
    row: Row,
    /// Why nothing can be done here; empty where something can.
    own: &'static str,
    two: bool,
    acts: Vec<Act>,
    errors: FormErrors,
    create: Option<(String, Field)>,
    moves: Option<(String, Vec<Field>)>,
}

/// `GET /accounts/{id}`
pub async fn one(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let found = worker.ctx.state().store().staff_account(StaffId(id)).await?;
    show_one(&worker, &found, &Posted::default(), FormErrors::none(worker.l())).await
}

async fn show_one(worker: &Worker, found: &StaffAccount, sent: &Posted, errors: FormErrors) -> PageResult {
    let (l, staff) = (worker.l(), &found.staff);
    let own = staff.id == worker.staff.id;
    let two = staff.post.is_administrator();
    let at = |act: &str| format!("/accounts/{}/{}", staff.id, if two { "propose" } else { act });
    let mut acts = Vec::new();
    if let Some(account) = found.account.as_ref().filter(|_| !own) {
        let mut act = |kind: ChangeKind, label, note| {
            acts.push(Act { action: at(kind.id()), kind: kind.id(), label, note });
        };
        match account.disabled {
            true => act(ChangeKind::Open, l.t("重新启用"), l.t("口令和验证器还是原来的。")),
            false => act(ChangeKind::Disable, l.t("停用"), l.t("本人的下一次操作就会被拒绝。")),
        }
        let reset = l.t("给一个新的第一次口令；验证器和恢复码作废，登录着的都退出。");
        act(ChangeKind::Reset, l.t("重置"), reset);
        let alone = |act: &str| format!("/accounts/{}/{act}", staff.id);
        acts.push(Act {
            action: alone("unlock"),
            kind: "",
            label: l.t("解锁"),
            note: l.t("口令试错太多要等的，不用再等。"),
        });
        acts.push(Act {
            action: alone("end-sessions"),
            kind: "",
            label: l.t("让登录着的都退出"),
            note: l.t("口令和验证器不变。"),
        });
    }
    let create = (found.account.is_none() && !own).then(|| {
        let field = form::login_field(l).kept(sent.all("login"), errors.of("login"));
        (at("create"), field)
    });
    let moves = match own {
        true => None,
        false => Some((at("move"), form::move_fields(worker, staff, sent, &errors).await?)),
    };
    let status = errors.is_empty();
    let response = html(&AccountOfPage {
        l,
        page: worker.ctx.page(l.name(&staff.name), "/accounts").await?,
        row: row(worker, found).await?,
        own: if own { l.t("这是您自己的账号，须由别的管理员办理。") } else { "" },
        two,
        acts,
        errors,
        create,
        moves,
    })?;
    Ok(form::checked(status, response))
}

fn done(id: i64) -> PageResult {
    Ok(see_other(&format!("/accounts/{id}?done=account_done")))
}

fn nothing_to_do(id: i64, changed: bool) -> Result<(), WebError> {
    match changed {
        true => Ok(()),
        false => Err(WebError::Refused {
            zh: "这个账号已经是这样了，什么都没有改".to_owned(),
            en: "the account is so already; nothing was changed".to_owned(),
            back: format!("/accounts/{id}"),
            kept: String::new(),
        }),
    }
}

/// `POST /accounts/{id}/disable`: the very next request of its owner is refused.
pub async fn disable(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let found = worker.ctx.state().store().staff_account(StaffId(id)).await?;
    nothing_to_do(id, found.account.is_some_and(|a| !a.disabled))?;
    acting(&worker).disable_account(StaffId(id)).await?;
    done(id)
}

/// `POST /accounts/{id}/open`
pub async fn open(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    nothing_to_do(id, acting(&worker).open_account(StaffId(id)).await?)?;
    done(id)
}

/// `POST /accounts/{id}/unlock`
pub async fn unlock(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let found = worker.ctx.state().store().staff_account(StaffId(id)).await?;
    let account = found.account.ok_or(WebError::NotFound)?;
    nothing_to_do(id, acting(&worker).unlock_account(StaffId(id), &name_key(&account.login)).await?)?;
    done(id)
}

/// `POST /accounts/{id}/end-sessions`
pub async fn end_sessions(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    nothing_to_do(id, acting(&worker).end_sessions_of(StaffId(id)).await? > 0)?;
    done(id)
}

#[derive(Template)]
#[template(path = "page/account_password.html")]
struct FirstPasswordPage {
    l: Lang,
    page: Page,
    name: String,
    login: String,
    first: String,
    back: &'static str,
}

/// A first password and its hash.
pub(super) async fn fresh(worker: &Worker) -> Result<(String, String), WebError> {
    let first = first_password().map_err(WebError::internal)?;
    let hash = worker.ctx.state().hashing().hash(&first).await?;
    Ok((first, hash))
}

/// The one page on which a first password stands.
pub(super) async fn show_password(
    worker: &Worker,
    (name, login): (&str, &str),
    first: String,
    back: &'static str,
) -> PageResult {
    let l = worker.l();
    let page = worker.ctx.page(l.t("第一次用的口令"), back).await?;
    html(&FirstPasswordPage { l, page, name: l.name(name), login: login.to_owned(), first, back })
}

/// `POST /accounts/{id}/reset`: a new first password, shown this once.
pub async fn reset(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let found = worker.ctx.state().store().staff_account(StaffId(id)).await?;
    let account = found.account.ok_or(WebError::NotFound)?;
    let (first, hash) = fresh(&worker).await?;
    acting(&worker).reset_account(StaffId(id), &hash).await?;
    show_password(&worker, (&found.staff.name, &account.login), first, "/accounts").await
}

/// Puts a change of an administrator's account forward.
async fn put_forward(worker: &Worker, kind: ChangeKind, whose: Staff, login: String) -> PageResult {
    allowed(worker, "account.propose", &whose)?;
    let new = NewChange { kind, whose, login };
    let store = worker.ctx.state().store();
    let made = store.propose_account_change(&new, worker.staff.id, worker.ctx.state().now()).await;
    made.map_err(|e| WebError::from(e).back_to("/accounts", ""))?;
    Ok(see_other("/accounts?done=account_proposed"))
}

/// Who somebody is to be: post and area of the form, or what is wrong with them.
async fn wanted(worker: &Worker, posted: &Posted, errors: &mut FormErrors) -> Option<(Post, DivisionCode)> {
    let l = worker.l();
    let post = Post::from_id(posted.get("post"));
    if post.is_none() {
        errors.add("post", l.t("请选岗位"));
    }
    let division = form::division(worker, posted.get("division")).await;
    if division.is_none() {
        errors.add("division", l.t("请选您负责范围内的地区"));
    }
    post.zip(division)
}

/// `POST /accounts/{id}/move`: another post or area. Whoever becomes an administrator does so by two people.
pub async fn move_to(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let found = worker.ctx.state().store().staff_account(StaffId(id)).await?;
    let mut errors = FormErrors::none(worker.l());
    let Some((post, division)) = wanted(&worker, &posted, &mut errors).await else {
        return show_one(&worker, &found, &posted, errors).await;
    };
    let whose = Staff { post, division, ..found.staff };
    if post.is_administrator() {
        let login = found.account.map_or_else(String::new, |a| a.login);
        return put_forward(&worker, ChangeKind::Move, whose, login).await;
    }
    allowed(&worker, "account.move", &whose)?;
    acting(&worker).move_staff(whose.id, post, &whose.division).await?;
    done(id)
}

/// `POST /accounts/{id}/propose`: what takes two, since the account is an administrator's.
pub async fn propose(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let found = worker.ctx.state().store().staff_account(StaffId(id)).await?;
    let kind = ChangeKind::from_id(posted.get("kind")).ok_or(WebError::NotFound)?;
    let mut errors = FormErrors::none(worker.l());
    let mut whose = found.staff.clone();
    let mut login = found.account.as_ref().map_or_else(String::new, |a| a.login.clone());
    match (kind, &found.account) {
        (ChangeKind::Add, None) => match form::login(&worker, posted.get("login"), &mut errors).await? {
            Some(name) => login = name,
            None => return show_one(&worker, &found, &posted, errors).await,
        },
        (ChangeKind::Move, _) => match wanted(&worker, &posted, &mut errors).await {
            Some((post, division)) => (whose.post, whose.division) = (post, division),
            None => return show_one(&worker, &found, &posted, errors).await,
        },
        (ChangeKind::Disable, Some(account)) => nothing_to_do(id, !account.disabled)?,
        (ChangeKind::Open, Some(account)) => nothing_to_do(id, account.disabled)?,
        (ChangeKind::Reset, Some(_)) => {}
        (ChangeKind::Add, Some(_)) | (ChangeKind::Disable | ChangeKind::Open | ChangeKind::Reset, None) => {
            nothing_to_do(id, false)?;
        }
    }
    put_forward(&worker, kind, whose, login).await
}
