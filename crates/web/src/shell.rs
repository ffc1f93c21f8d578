//! 外壳: what happens around every request: language, session, person, security headers, and the error page.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::arrival::Arrival;
use crate::ctx::{Ctx, CtxParts, html, see_other};
use crate::error::WebError;
use crate::lang::Lang;
use crate::page::Page;
use crate::routes::Place;
use crate::session::{COOKIE, HOST_COOKIE, LANG_COOKIE, Session, cookie, is_key, new_key, stored};
use crate::state::AppState;

/// No script, nothing from elsewhere; `data:` only for the arrow of a select box and the empty favicon.
const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Wraps every request.
pub async fn shell(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if crate::api::is_ours(request.uri().path()) {
        return with_headers(crate::api::around(&state, request, next).await);
    }
    let asked = Asked::of(&request);
    let prepared = prepare(&state, &asked).await;
    let (ctx, arrival, cookies) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            log(&error);
            return with_headers(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        }
    };
    request.extensions_mut().insert(ctx.clone());
    request.extensions_mut().insert(arrival);
    let mut response = next.run(request).await;
    if let Some(error) = failure(&response) {
        log(&error);
        response = draw(&ctx, &error).await;
    }
    for text in cookies {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    with_headers(response)
}

/// The parts of a request that a context is made of; a whole request cannot be held across an await.
struct Asked {
    headers: HeaderMap,
    path: String,
    query: String,
    get: bool,
    peer: Option<SocketAddr>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        Self {
            headers: request.headers().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            get: request.method() == Method::GET,
            peer: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(addr)| *addr),
        }
    }
}

async fn prepare(state: &AppState, request: &Asked) -> Result<(Ctx, Arrival, Vec<String>), WebError> {
    let jar = request.headers.get(header::COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let query = request.query.clone();
    let mut cookies = Vec::new();
    let asked = query.split('&').find_map(|p| p.strip_prefix("lang=")).and_then(Lang::parse);
    if let Some(l) = asked {
        cookies.push(format!("{LANG_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", l.code()));
    }
    let l = asked
        .or_else(|| cookie(jar, LANG_COOKIE).and_then(Lang::parse))
        .unwrap_or_else(|| state.default_lang());
    let mut arrival = Arrival::of(&request.headers, request.peer, state.behind_proxy());
    // Divisions can be imported while the server runs, so the database is asked each time.
    let roles_allowed = state.roles_allowed()
        && from_this_machine(request)
        && !arrival.forwarded
        && state.store().is_fictional().await?;
    let cookie_name = if arrival.secure { HOST_COOKIE } else { COOKIE };
    let mut session_key = cookie(jar, cookie_name).filter(|k| is_key(k)).unwrap_or_default().to_owned();
    let is_page = request.get && !request.path.starts_with("/assets/");
    if session_key.is_empty() && is_page {
        session_key = new_key().map_err(WebError::internal)?;
        cookies.push(arrival.cookie(&session_key));
    }
    let mut session = None;
    let mut staff = None;
    if !session_key.is_empty() {
        let person = state.sessions().get(&session_key).filter(|_| roles_allowed);
        session = Some(Session::of_key(&session_key, person));
        match person {
            Some(id) => staff = state.staff(id).await?,
            None if request.path.starts_with("/assets/") => {}
            None => {
                let now = state.now();
                if let Some(account) = state.store().session(&stored(&session_key), now).await? {
                    state.store().touch_session(&account, now).await?;
                    staff = Some(account.staff.clone()).filter(|_| !account.first);
                    arrival.account = Some(account);
                }
            }
        }
    }
    let ctx = Ctx::new(CtxParts {
        today: state.today().await?,
        state: state.clone(),
        l,
        session,
        session_key,
        staff,
        path: request.path.clone(),
        query,
        posted: !request.get,
        roles_allowed,
    });
    Ok((ctx, arrival, cookies))
}

/// Whether the peer is this machine and the browser was asked for this machine by name or number: a page of another
/// site cannot reach in by pointing its own name at 127.0.0.1.
fn from_this_machine(request: &Asked) -> bool {
    let peer = request.peer.is_some_and(|addr| addr.ip().is_loopback());
    let host = request.headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    peer && matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn failure(response: &Response) -> Option<WebError> {
    if let Some(error) = response.extensions().get::<WebError>() {
        return Some(error.clone());
    }
    let is_html =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
    match response.status() {
        _ if is_html => None,
        // An address that only takes forms, or one with an id that is none: there is no such page.
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST => {
            Some(WebError::NotFound)
        }
        s if s.is_server_error() => Some(WebError::Internal(format!("status {s}"))),
        s if s.is_client_error() => Some(WebError::Bad(format!("status {s}"))),
        _ => None,
    }
}

fn log(error: &WebError) {
    if let WebError::Internal(text) = error {
        eprintln!("doudi web: {text}");
    }
}

#[derive(Template)]
#[template(path = "page/error.html")]
struct ErrorPage {
    l: Lang,
    page: Page,
    status: u16,
    kind: &'static str,
    heading: String,
    text: String,
    kept: String,
    back: String,
    search: bool,
}

async fn draw(ctx: &Ctx, error: &WebError) -> Response {
    if matches!(error, WebError::NoRole) {
        let path = ctx.path();
        let to = if ctx.query().is_empty() {
            format!("/?next={path}")
        } else {
            format!("/?next={path}%3F{}", ctx.query().replace('&', "%26"))
        };
        return see_other(&to);
    }
    let l = ctx.l();
    let mut view = ErrorPage {
        l,
        page: Page::bare(ctx, String::new()),
        status: error.status().as_u16(),
        kind: "",
        heading: String::new(),
        text: String::new(),
        kept: String::new(),
        back: String::new(),
        search: false,
    };
    match error {
        WebError::NotFound | WebError::NoRole => {
            view.kind = l.t("没有找到");
            view.heading = l.t("没有这个页面，或者它已经关闭").to_owned();
            view.text = l
                .t("公示期满会自动关闭；编号也可能抄错了一位。可以按姓名、户号或案件编号再找一次。不在您负责范围内的，这里同样不显示：请当地的同事办理，或请管理员核对您的负责范围。")
                .to_owned();
            view.search = ctx.may("household.list", Place::Own);
        }
        WebError::Forbidden { zh, en } => {
            view.kind = l.t("没有权限");
            view.heading = l.t("这件事不归现在的岗位办").to_owned();
            view.text = sentence(l.pick(zh, en));
        }
        WebError::Refused { zh, en, back, kept } => {
            view.kind = l.t("现在不能办");
            view.heading = l.t("这一步没有办成，什么都没有改").to_owned();
            view.text = sentence(l.pick(zh, en));
            view.kept.clone_from(kept);
            view.back.clone_from(back);
        }
        WebError::Forged => {
            view.kind = l.t("表单已失效");
            view.heading = l.t("这张表单不能用了，什么都没有改").to_owned();
            view.text =
                l.t("程序重启过，或者表单来自别的网站。请回到原来的页面重新打开，再提交一次。").to_owned();
        }
        WebError::Bad(_) => {
            view.kind = l.t("读不懂");
            view.heading = l.t("提交的内容读不出来，什么都没有改").to_owned();
            view.text = l.t("文件可能太大或不完整。请回到原来的页面再试一次。").to_owned();
        }
        WebError::Internal(_) => {
            view.kind = l.t("程序出错");
            view.heading = l.t("出了问题，是程序的错，不是您的错").to_owned();
            view.text = l
                .t("没有办成的事不会留下一半。请稍后再试；如果还不行，请把时间和这一页的地址告诉管理员。")
                .to_owned();
        }
    }
    let title = format!("{} · {}", view.status, view.kind);
    // The frame needs the store, which may be what failed.
    view.page = match ctx.page(title.clone(), "").await {
        Ok(page) => page,
        Err(_) => Page::bare(ctx, title),
    };
    match html(&view) {
        Ok(page) => (error.status(), page).into_response(),
        Err(_) => error.status().into_response(),
    }
}

/// A message with its full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let ended = text.ends_with(['。', '.', '？', '?']);
    let first = chars.next().map_or_else(String::new, |c| c.to_uppercase().collect());
    let stop = match (ended, text.is_ascii()) {
        (true, _) => "",
        (false, true) => ".",
        (false, false) if text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) => "。",
        (false, false) => ".",
    };
    format!("{first}{}{stop}", chars.as_str())
}

fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let more = [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    for (name, value) in more {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
