//! 登录: name, password and a code of the authenticator or a recovery code, in one form; and the first log-in, in
//! which a person chooses a password and enrols an authenticator. A name that nobody has is answered like a wrong
//! password, after the same work.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use doudi_access::identity::password::{self, Weak};
use doudi_access::identity::{base32, delay, recovery, totp};
use doudi_registry::StaffId;
use doudi_store::accounts::{Account, Factor};
use doudi_store::sessions::{AccountSession, NewSession};
use doudi_store::tries::Subject;

use crate::arrival::Arrival;
use crate::ctx::{Ctx, html, local_path, see_other};
use crate::error::{PageResult, WebError};
use crate::lang::Lang;
use crate::page::Page;
use crate::pages::front::FrontQuery;
use crate::posted::Posted;
use crate::session::{digest, new_key, random, stored};
use crate::view::Note;

/// Longest log-in name.
const MOST_NAME: usize = 64;

#[derive(Template)]
#[template(path = "page/login.html")]
struct LoginPage {
    l: Lang,
    page: Page,
    next: String,
    name: String,
    problem: Option<Note>,
    no_roles: bool,
    /// Whether a provider of the office can stand for the password.
    provider: bool,
}

/// The log-in page, with what went wrong.
///
/// # Errors
/// When the store cannot be read.
pub async fn page(
    ctx: &Ctx,
    arrival: &Arrival,
    next: String,
    name: String,
    problem: Option<Note>,
) -> PageResult {
    let l = ctx.l();
    let no_roles = ctx.state().is_demo() && !ctx.roles_allowed();
    let problem = problem.or_else(|| unprotected(ctx, arrival));
    let provider = ctx.state().oidc().is_some();
    html(&LoginPage {
        l,
        page: ctx.page(l.t("登录"), "/login").await?,
        next,
        name,
        problem,
        no_roles,
        provider,
    })
}

/// Behind a proxy nobody types a password over plain HTTP.
fn unprotected(ctx: &Ctx, arrival: &Arrival) -> Option<Note> {
    let l = ctx.l();
    (ctx.state().behind_proxy() && !arrival.secure).then(|| {
        Note::warn(l.t("这里没有加密，不能登录"), l.t("请用 https:// 开头的地址打开；打不开的，请找管理员。"))
    })
}

/// `GET /login`
pub async fn form(ctx: Ctx, arrival: Arrival, Query(query): Query<FrontQuery>) -> PageResult {
    page(&ctx, &arrival, query.local_next(), String::new(), None).await
}

/// The name as it is stored: small letters, bounded.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase().chars().take(MOST_NAME).collect()
}

/// What tries of a name from an address are counted for.
#[must_use]
pub fn subjects(name: &str, arrival: &Arrival) -> [Subject; 2] {
    [
        Subject { key: name_key(name), delay: delay::of_name },
        Subject { key: address_key(arrival), delay: delay::of_address },
    ]
}

/// The digest, since people type passwords where names belong.
pub(super) fn name_key(name: &str) -> String {
    format!("name:{}", digest("doudi sign-in name 1", name))
}

fn address_key(arrival: &Arrival) -> String {
    format!("from:{}", arrival.neighbourhood())
}

/// A new session for an arrival, and its key.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_session(
    ctx: &Ctx,
    arrival: &Arrival,
    totp_offer: Option<String>,
) -> Result<(String, NewSession), WebError> {
    let key = new_key().map_err(WebError::internal)?;
    let session = NewSession {
        digest: stored(&key),
        totp_offer,
        now: ctx.state().now(),
        address: arrival.address.clone(),
        agent: arrival.agent.clone(),
    };
    Ok((key, session))
}

/// Time to wait, in words.
#[must_use]
pub fn waiting(l: Lang, seconds: i64) -> Note {
    let minutes = (seconds + 59) / 60;
    Note::warn(l.t("试的次数太多，先等一等"), l.f1("请 {} 分钟后再试。忘了口令的，请找管理员重置。", minutes))
}

pub(super) fn with_status(status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}

/// The factor that was typed. A code that fits nothing is a step that is never later than the last one, so that right
/// and wrong codes take the same way.
pub fn factor(account: Option<&Account>, typed: &str, now: i64) -> Factor {
    let staff = account.map_or(-1, |a| a.staff.0);
    if recovery::looks_like(typed) {
        return Factor::Recovery(recovery::digest(staff, typed));
    }
    let secret = account.and_then(|a| a.totp.as_deref()).and_then(base32::decode).unwrap_or_default();
    let step = totp::matching_step(&secret, typed, now).filter(|_| !secret.is_empty());
    Factor::Step(step.unwrap_or(i64::MIN))
}

/// `POST /login`
pub async fn enter(ctx: Ctx, arrival: Arrival, posted: Posted) -> PageResult {
    let (l, state, store) = (ctx.l(), ctx.state(), ctx.state().store());
    let name = folded(posted.get("name"));
    let next = posted.get("next").to_owned();
    if let Some(note) = unprotected(&ctx, &arrival) {
        return Ok(with_status(
            StatusCode::FORBIDDEN,
            page(&ctx, &arrival, next, String::new(), Some(note)).await?,
        ));
    }
    let now = state.now();
    if let Some(seconds) = store.count_try(&subjects(&name, &arrival), now).await? {
        let shown = page(&ctx, &arrival, next, name, Some(waiting(l, seconds))).await?;
        return Ok(with_status(StatusCode::TOO_MANY_REQUESTS, shown));
    }
    let typed: String = posted.get("password").chars().take(password::MOST).collect();
    let account = store.account(&name).await?;
    let fits = state.hashing().fits(&typed, account.as_ref().map(|a| a.password.clone())).await?;
    let may = account.as_ref().filter(|a| fits && !a.disabled);
    let staff = may.map_or(StaffId(-1), |a| a.staff);
    let entered = if may.is_some_and(|a| a.first) {
        let secret = totp::secret(&random().map_err(WebError::internal)?);
        let (key, session) = new_session(&ctx, &arrival, Some(secret))?;
        store.enter_first(staff, &session).await?.then_some((key, "/login/first"))
    } else {
        let (key, session) = new_session(&ctx, &arrival, None)?;
        let factor = factor(account.as_ref(), posted.get("code"), now);
        let to = if next.is_empty() { "/workbench" } else { local_path(&next) };
        store.enter(staff, &factor, &session).await?.then_some((key, to))
    };
    let Some((key, to)) = entered else {
        let note = Note::warn(
            l.t("没有登录成功"),
            l.t("登录名、口令或动态口令不对。动态口令只能用一次，请等下一个再试。"),
        );
        return Ok(with_status(
            StatusCode::UNAUTHORIZED,
            page(&ctx, &arrival, next, name, Some(note)).await?,
        ));
    };
    store.forgive(&name_key(&name), &address_key(&arrival)).await?;
    // An old session of this browser is worth nothing from here on.
    state.sessions().close(ctx.session_key());
    store.end_session(&stored(ctx.session_key())).await?;
    let mut response = see_other(to);
    arrival.set_key(&mut response, &key)?;
    Ok(response)
}

#[derive(Template)]
#[template(path = "page/login_first.html")]
struct FirstPage {
    l: Lang,
    page: Page,
    name: String,
    secret: String,
    link: String,
    square: String,
    side: i32,
    problem: Option<Note>,
}

#[derive(Template)]
#[template(path = "page/login_codes.html")]
struct CodesPage {
    l: Lang,
    page: Page,
    codes: Vec<String>,
}

/// The modules of a QR code as the path of an SVG, and its side with the quiet zone.
fn qr(text: &str) -> (String, i32) {
    use std::fmt::Write as _;
    let Ok(code) = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium) else {
        return (String::new(), 0);
    };
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                let _ = write!(path, "M{} {}h1v1h-1z", x + 4, y + 4);
            }
        }
    }
    (path, code.size() + 8)
}

fn unfinished(arrival: &Arrival) -> Option<(&AccountSession, &str)> {
    let session = arrival.account.as_ref().filter(|s| s.first)?;
    Some((session, session.totp_offer.as_deref()?))
}

async fn first_page(ctx: &Ctx, session: &AccountSession, secret: &str, problem: Option<Note>) -> PageResult {
    let l = ctx.l();
    let link = totp::otpauth("doudi", &session.login, secret);
    let (square, side) = qr(&link);
    html(&FirstPage {
        l,
        page: ctx.page(l.t("第一次登录"), "/login").await?,
        name: session.staff.name.clone(),
        secret: base32::grouped(secret, ' '),
        link,
        square,
        side,
        problem,
    })
}

/// `GET /login/first`
pub async fn first_form(ctx: Ctx, arrival: Arrival) -> PageResult {
    match unfinished(&arrival) {
        Some((session, secret)) => first_page(&ctx, session, secret, None).await,
        None => Ok(see_other("/login")),
    }
}

/// Why a new password typed twice cannot be taken.
#[must_use]
pub fn refused_password(l: Lang, one: &str, two: &str, session: &AccountSession) -> Option<Note> {
    let text = if one != two {
        l.t("两次输入的新口令不一样。")
    } else {
        match password::weakness(one, &session.login, &session.staff.name)? {
            Weak::Length => l.t("新口令要 12 到 128 个字。可以用几个不相干的词连起来。"),
            Weak::Plain => l.t("新口令太简单：不同的字太少，或是连号。"),
            Weak::HoldsName => l.t("新口令里不要有登录名。"),
            Weak::Known => {
                l.t("这样的口令很多人用过，一猜就中：不要用常见的口令、词、名字、日期和键盘上的顺序。可以用几个不相干的词连起来。")
            }
        }
    };
    Some(Note::warn(l.t("新口令不能用"), text))
}

/// `POST /login/first`
pub async fn finish_first(ctx: Ctx, arrival: Arrival, posted: Posted) -> PageResult {
    let (l, state, store) = (ctx.l(), ctx.state(), ctx.state().store());
    let Some((session, secret)) = unfinished(&arrival) else {
        return Ok(see_other("/login"));
    };
    let again = async |note: Note| -> PageResult {
        let shown = first_page(&ctx, session, secret, Some(note)).await?;
        Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, shown))
    };
    let chosen = posted.get("new");
    if let Some(note) = refused_password(l, chosen, posted.get("again"), session) {
        return again(note).await;
    }
    let key = base32::decode(secret).unwrap_or_default();
    let Some(step) = totp::matching_step(&key, posted.get("code"), state.now()) else {
        return again(Note::warn(
            l.t("动态口令不对"),
            l.t("请看验证器里 doudi 这一条现在显示的六位数字；手机时间要准。"),
        ))
        .await;
    };
    let old = store.account(&session.login).await?.map(|a| a.password);
    if state.hashing().fits(chosen, old).await? {
        return again(Note::warn(l.t("新口令不能用"), l.t("新口令要和第一次用的口令不同。"))).await;
    }
    let hash = state.hashing().hash(chosen).await?;
    let mut codes = Vec::with_capacity(recovery::CODES);
    for _ in 0..recovery::CODES {
        codes.push(recovery::code(&random().map_err(WebError::internal)?));
    }
    let id = session.staff.id;
    let digests: Vec<String> = codes.iter().map(|c| recovery::digest(id.0, c)).collect();
    let (key, fresh) = new_session(&ctx, &arrival, None)?;
    if !store.enrol(id, &hash, (secret, step), &digests, &fresh).await? {
        return Ok(see_other("/login"));
    }
    // The frame still belongs to the old key; this page has no form.
    let shown = CodesPage { l, page: ctx.page(l.t("恢复码"), "/login").await?, codes };
    let mut response = html(&shown)?;
    arrival.set_key(&mut response, &key)?;
    Ok(response)
}
