//! 我的账号: one's own sessions, ending them, and a new password.

use askama::Template;
use axum::response::Response;
use doudi_access::identity::{base32, totp};
use doudi_store::sessions::AccountSession;

use crate::arrival::Arrival;
use crate::clock::{day_in_china, time_in_china};
use crate::ctx::{Ctx, html, see_other};
use crate::error::{PageResult, WebError};
use crate::lang::Lang;
use crate::page::Page;
use crate::pages::login::{new_session, refused_password, subjects, waiting};
use crate::posted::Posted;
use crate::view::Note;

struct Row {
    id: i64,
    born: String,
    seen: String,
    address: String,
    agent: String,
    own: bool,
}

#[derive(Template)]
#[template(path = "page/own_account.html")]
struct AccountPage {
    l: Lang,
    page: Page,
    login: String,
    rows: Vec<Row>,
    problem: Option<Note>,
}

fn own(arrival: &Arrival) -> Result<&AccountSession, WebError> {
    arrival.account.as_ref().filter(|a| !a.first).ok_or(WebError::NoRole)
}

/// 2024年6月17日 08:05, in the time of China.
fn time_words(l: Lang, seconds: i64) -> String {
    let (hour, minute) = time_in_china(seconds);
    format!("{} {hour:02}:{minute:02}", l.date(day_in_china(seconds)))
}

async fn show(ctx: &Ctx, session: &AccountSession, problem: Option<Note>) -> PageResult {
    let l = ctx.l();
    let state = ctx.state();
    let found = state.store().sessions_of(session.staff.id, state.now()).await?;
    let rows = found
        .into_iter()
        .map(|s| Row {
            id: s.id,
            born: time_words(l, s.born_at),
            seen: time_words(l, s.seen_at),
            address: s.address,
            agent: s.agent,
            own: s.id == session.id,
        })
        .collect();
    let page = ctx.page(l.t("我的账号"), "/account").await?;
    html(&AccountPage { l, page, login: session.login.clone(), rows, problem })
}

/// `GET /account`
pub async fn page(ctx: Ctx, arrival: Arrival) -> PageResult {
    show(&ctx, own(&arrival)?, None).await
}

/// `POST /account/end`: ends one of one's own sessions.
pub async fn end(ctx: Ctx, arrival: Arrival, posted: Posted) -> PageResult {
    let session = own(&arrival)?;
    let id: i64 = posted.get("session").parse().map_err(|_| WebError::NotFound)?;
    if !ctx.state().store().end_session_of(session.staff.id, id).await? {
        return Err(WebError::NotFound);
    }
    Ok(see_other("/account?done=session_ended"))
}

/// `POST /account/password`: the present password and a code confirm a new one; all other sessions end.
pub async fn password(ctx: Ctx, arrival: Arrival, posted: Posted) -> Result<Response, WebError> {
    let (l, state, store) = (ctx.l(), ctx.state(), ctx.state().store());
    let session = own(&arrival)?;
    let chosen = posted.get("new");
    if let Some(note) = refused_password(l, chosen, posted.get("again"), session) {
        return show(&ctx, session, Some(note)).await;
    }
    let counted = subjects(&session.login, &arrival);
    if let Some(seconds) = store.count_try(&counted, state.now()).await? {
        return show(&ctx, session, Some(waiting(l, seconds))).await;
    }
    let account = store.account(&session.login).await?;
    let secret = account.as_ref().and_then(|a| a.totp.as_deref()).and_then(base32::decode);
    let step = secret.and_then(|s| totp::matching_step(&s, posted.get("code"), state.now()));
    let fits = state.hashing().fits(posted.get("password"), account.map(|a| a.password)).await?;
    let (key, fresh) = new_session(&ctx, &arrival, None)?;
    let changed = match step.filter(|_| fits) {
        Some(step) => {
            let hash = state.hashing().hash(chosen).await?;
            store.change_password(session.staff.id, &hash, step, &fresh).await?
        }
        None => false,
    };
    if !changed {
        let note = Note::warn(l.t("口令没有改"), l.t("现在的口令或动态口令不对。"));
        return show(&ctx, session, Some(note)).await;
    }
    let [name, address] = counted;
    store.forgive(&name.key, &address.key).await?;
    let mut response = see_other("/account?done=password");
    arrival.set_key(&mut response, &key)?;
    Ok(response)
}
