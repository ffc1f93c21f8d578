//! 三员账号变更: changes of administrators' accounts. The security administrator has put them forward; the system
//! administrator confirms or declines, and hands over the first password where one is made.

use askama::Template;
use axum::extract::Path;
use doudi_registry::StaffId;
use doudi_store::account_changes::{AccountChange, ChangeKind, ChangeState};

use crate::clock::{day_in_china, time_in_china};
use crate::ctx::{Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::gate::{Found, area, decide};
use crate::lang::Lang;
use crate::page::Page;
use crate::pages::accounts::{fresh, show_password};
use crate::posted::Posted;
use crate::view::Tag;

/// Most changes that a list shows: those that wait, and the latest that were settled.
const MOST: u32 = 50;

/// A change in words.
pub(super) struct ChangeRow {
    pub(super) what: String,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) to: String,
    pub(super) proposed: String,
    pub(super) state: Tag,
    /// Where it is confirmed, declined and withdrawn; empty where this person does not.
    pub(super) confirm: String,
    pub(super) decline: String,
    pub(super) withdraw: String,
}

#[derive(Template)]
#[template(path = "page/account_changes.html")]
struct ChangesPage {
    l: Lang,
    page: Page,
    rows: Vec<ChangeRow>,
}

fn what(l: Lang, kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Add => l.t("新开账号"),
        ChangeKind::Disable => l.t("停用账号"),
        ChangeKind::Open => l.t("重新启用账号"),
        ChangeKind::Reset => l.t("重置账号"),
        ChangeKind::Move => l.t("换岗位或地区"),
    }
}

fn state(l: Lang, state: ChangeState) -> Tag {
    match state {
        ChangeState::Proposed => Tag::warn(l.t("等第二人确认")),
        ChangeState::Done => Tag::ok(l.t("已确认")),
        ChangeState::Declined => Tag::no(l.t("没有确认")),
        ChangeState::Withdrawn => Tag::no(l.t("已由提出人撤回")),
    }
}

async fn name_of(worker: &Worker, id: StaffId) -> Result<String, WebError> {
    let staff = worker.ctx.state().store().staff(id).await?;
    Ok(staff.map_or_else(String::new, |s| worker.l().name(&s.name)))
}

async fn row(worker: &Worker, change: &AccountChange) -> Result<ChangeRow, WebError> {
    let (l, app) = (worker.l(), worker.ctx.state());
    let whose = change.owner().map(|s| s.0);
    let place = area(&change.whose.division);
    let found = Found::AccountChange(change.id, place, change.proposed_by.0, whose);
    let waits = change.state == ChangeState::Proposed;
    let at = |act: &str| match waits
        && decide(app, &worker.staff, &format!("account.{act}"), &found).is_allowed()
    {
        true => format!("/account-changes/{}/{act}", change.id),
        false => String::new(),
    };
    let (hour, minute) = time_in_china(change.proposed_at);
    let when = format!("{} {hour:02}:{minute:02}", l.date(day_in_china(change.proposed_at)));
    Ok(ChangeRow {
        what: what(l, change.kind).to_owned(),
        name: l.name(&change.whose.name),
        login: change.login.clone(),
        to: format!(
            "{} · {}",
            l.label(change.whose.post.zh(), change.whose.post.en()),
            app.area_name(l, &change.whose.division).await?
        ),
        proposed: l.f2("{}，{}", when, name_of(worker, change.proposed_by).await?),
        state: state(l, change.state),
        confirm: at("confirm"),
        decline: at("decline"),
        withdraw: at("withdraw"),
    })
}

/// The changes of the person's own area.
pub(super) async fn rows(worker: &Worker) -> Result<Vec<ChangeRow>, WebError> {
    let found = worker.ctx.state().store().account_changes(&worker.staff.division, MOST).await?;
    let mut rows = Vec::with_capacity(found.len());
    for change in &found {
        rows.push(row(worker, change).await?);
    }
    Ok(rows)
}

/// `GET /account-changes`
pub async fn list(worker: Worker) -> PageResult {
    let l = worker.l();
    let page = worker.ctx.page(l.t("三员账号变更"), "/account-changes").await?;
    html(&ChangesPage { l, page, rows: rows(&worker).await? })
}

/// `POST /account-changes/{id}/confirm`: does it. A first password is shown this once, to whoever confirms.
pub async fn confirm(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let store = worker.ctx.state().store();
    let change = store.account_change(id).await?;
    let (first, hash) = match change.kind.gives_password() {
        true => fresh(&worker).await?,
        false => Default::default(),
    };
    let done = store.confirm_account_change(id, &hash, worker.staff.id, worker.ctx.state().now()).await;
    done.map_err(|e| WebError::from(e).back_to("/account-changes", ""))?;
    if change.kind.gives_password() {
        let whose = (change.whose.name.as_str(), change.login.as_str());
        return show_password(&worker, whose, first, "/account-changes").await;
    }
    Ok(see_other("/account-changes?done=change_confirmed"))
}

/// `POST /account-changes/{id}/decline`
pub async fn decline(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let (state, by) = (worker.ctx.state(), worker.staff.id);
    let done = state.store().end_account_change(id, false, by, state.now()).await;
    done.map_err(|e| WebError::from(e).back_to("/account-changes", ""))?;
    Ok(see_other("/account-changes?done=change_declined"))
}

/// `POST /account-changes/{id}/withdraw`: by whoever put it forward.
pub async fn withdraw(worker: Worker, Path(id): Path<i64>, _: Posted) -> PageResult {
    let (state, by) = (worker.ctx.state(), worker.staff.id);
    let done = state.store().end_account_change(id, true, by, state.now()).await;
    done.map_err(|e| WebError::from(e).back_to("/accounts", ""))?;
    Ok(see_other("/accounts?done=change_withdrawn"))
}
