//! 用统一登录: to the provider of the office, back, and the second factor.

use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use doudi_registry::StaffId;

use crate::arrival::Arrival;
use crate::ctx::{Ctx, html, see_other};
use crate::error::{PageResult, WebError};
use crate::lang::Lang;
use crate::oidc::Oidc;
use crate::page::Page;
use crate::pages::login::{self, factor, new_session, subjects, waiting};
use crate::posted::Posted;
use crate::session::{cookie, is_key, new_key, stored};
use crate::view::Note;

/// The cookie of somebody on the way. `Lax`, since the way back begins at another site; it opens nothing by itself.
const COOKIE: &str = "doudi_oidc";

#[derive(Template)]
#[template(path = "page/login_code.html")]
struct CodePage {
    l: Lang,
    page: Page,
}

/// What a provider sends the browser back with.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Back {
    state: String,
    code: String,
}

fn provider(ctx: &Ctx) -> Result<&Oidc, WebError> {
    ctx.state().oidc().ok_or(WebError::NotFound)
}

fn with_cookie(arrival: &Arrival, mut response: Response, key: &str) -> Result<Response, WebError> {
    let secure = if arrival.secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={key}; Path=/login/oidc; Max-Age=600; HttpOnly; SameSite=Lax{secure}");
    let value = HeaderValue::from_str(&text).map_err(WebError::internal)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}

fn key_of(headers: &HeaderMap) -> String {
    let jar = headers.get(header::COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    cookie(jar, COOKIE).filter(|k| is_key(k)).unwrap_or_default().to_owned()
}

/// The log-in page again, with the same words whatever went wrong.
async fn not_entered(ctx: &Ctx, arrival: &Arrival) -> PageResult {
    let l = ctx.l();
    let note = Note::warn(
        l.t("没有登录成功"),
        l.t("统一登录没有确认，或者您的账号还没有关联、没有开通。请再试一次；还不行的，请找管理员。"),
    );
    let mut response = login::page(ctx, arrival, String::new(), String::new(), Some(note)).await?;
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    Ok(response)
}

/// `GET /login/oidc`: to the provider.
pub async fn begin(ctx: Ctx, arrival: Arrival) -> PageResult {
    let oidc = provider(&ctx)?;
    let key = new_key().map_err(WebError::internal)?;
    let to = oidc.begin(&key, ctx.state().now()).await?;
    with_cookie(&arrival, see_other(&to), &key)
}

/// `GET /login/oidc/back`: the provider says who it is; the page asks for the second factor.
pub async fn back(ctx: Ctx, arrival: Arrival, headers: HeaderMap, Query(said): Query<Back>) -> PageResult {
    let (oidc, now) = (provider(&ctx)?, ctx.state().now());
    let subject = match oidc.back(&key_of(&headers), &said.state, &said.code, now).await {
        Ok(subject) => subject,
        // What a provider does not vouch for is no failure of ours.
        Err(error) => {
            eprintln!("doudi web: {error}");
            None
        }
    };
    let login = match subject {
        Some(subject) => ctx.state().store().account_of_subject(oidc.issuer(), &subject).await?,
        None => None,
    };
    let Some(login) = login else { return not_entered(&ctx, &arrival).await };
    let key = new_key().map_err(WebError::internal)?;
    oidc.proven(&key, &login, now);
    // The code of the provider leaves the address.
    with_cookie(&arrival, see_other("/login/oidc/code"), &key)
}

/// `GET /login/oidc/code`: asks for the second factor; whose, the form does not say.
pub async fn form(ctx: Ctx) -> PageResult {
    provider(&ctx)?;
    let l = ctx.l();
    html(&CodePage { l, page: ctx.page(l.t("登录"), "/login").await? })
}

/// `POST /login/oidc/code`: the second factor opens the session.
pub async fn enter(ctx: Ctx, arrival: Arrival, headers: HeaderMap, posted: Posted) -> PageResult {
    let (oidc, l, now) = (provider(&ctx)?, ctx.l(), ctx.state().now());
    let store = ctx.state().store();
    let Some(login) = oidc.who(&key_of(&headers), now) else {
        return not_entered(&ctx, &arrival).await;
    };
    let counted = subjects(&login, &arrival);
    if let Some(seconds) = store.count_try(&counted, now).await? {
        let note = waiting(l, seconds);
        let mut shown = login::page(&ctx, &arrival, String::new(), String::new(), Some(note)).await?;
        *shown.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        return Ok(shown);
    }
    let account = store.account(&login).await?.filter(|a| !a.first && !a.disabled);
    let staff = account.as_ref().map_or(StaffId(-1), |a| a.staff);
    let (key, session) = new_session(&ctx, &arrival, None)?;
    let factor = factor(account.as_ref(), posted.get("code"), now);
    if account.is_none() || !store.enter(staff, &factor, &session).await? {
        return not_entered(&ctx, &arrival).await;
    }
    let [name, address] = counted;
    store.forgive(&name.key, &address.key).await?;
    ctx.state().sessions().close(ctx.session_key());
    store.end_session(&stored(ctx.session_key())).await?;
    let mut response = see_other("/workbench");
    arrival.set_key(&mut response, &key)?;
    Ok(response)
}
