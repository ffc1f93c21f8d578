//! 新开账号: the forms for somebody new, for somebody on file who has no account yet, and for another post or area.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use doudi_policy::DivisionCode;
use doudi_registry::text::{TextUse, check};
use doudi_registry::{Post, Staff, StaffId};
use doudi_store::account_changes::ChangeKind;

use super::{acting, allowed, fresh, put_forward, show_one, show_password, wanted};
use crate::ctx::{Worker, html};
use crate::error::{PageResult, WebError};
use crate::field::{Choice, Field};
use crate::lang::Lang;
use crate::page::Page;
use crate::pages::login::with_status;
use crate::posted::Posted;
use crate::session::log_in_name;
use crate::view::FormErrors;

/// Longest name, in characters.
const MOST_NAME: usize = 40;

#[derive(Template)]
#[template(path = "page/account_new.html")]
struct NewAccountPage {
    l: Lang,
    page: Page,
    errors: FormErrors,
    fields: Vec<Field>,
}

/// A form that is shown again because of what is wrong with it is no success.
pub(super) fn checked(good: bool, response: Response) -> Response {
    if good { response } else { with_status(StatusCode::UNPROCESSABLE_ENTITY, response) }
}

pub(super) fn login_field(l: Lang) -> Field {
    Field::new("text", "login", l.t("登录名")).hint(l.t("用字母、汉字、数字和 . - _，最多 64 个字"))
}

fn posts(l: Lang, chosen: Option<Post>) -> Vec<Choice> {
    let none = chosen.is_none().then(|| Choice::new("", l.t("请选")));
    let all = Post::ALL.iter().map(|p| {
        let choice = Choice::new(p.id(), l.label(p.zh(), p.en()));
        choice.selected(chosen == Some(*p))
    });
    none.into_iter().chain(all).collect()
}

async fn places(worker: &Worker, chosen: &DivisionCode) -> Result<Vec<Choice>, WebError> {
    let (l, state) = (worker.l(), worker.ctx.state());
    let below = state.store().divisions_within(&worker.staff.division).await?;
    let mut out = Vec::with_capacity(below.len());
    let mut township = String::new();
    for division in below {
        let name = l.name(&division.name);
        let label = match division.code.level() {
            5 => format!("{township} · {name}"),
            level => {
                if level == 4 {
                    township.clone_from(&name);
                }
                name
            }
        };
        let code = division.code.as_str();
        out.push(Choice::new(code, format!("{label} {code}")).selected(&division.code == chosen));
    }
    Ok(out)
}

pub(super) async fn move_fields(
    worker: &Worker,
    staff: &Staff,
    sent: &Posted,
    errors: &FormErrors,
) -> Result<Vec<Field>, WebError> {
    let l = worker.l();
    let mut post = Field::new("select", "post", l.t("岗位")).options(posts(l, Some(staff.post)));
    let place = places(worker, &staff.division).await?;
    let mut division = Field::new("select", "division", l.t("负责的地区")).options(place);
    if !errors.is_empty() {
        post = post.kept(sent.all("post"), errors.of("post"));
        division = division.kept(sent.all("division"), errors.of("division"));
    }
    Ok(vec![post, division])
}

/// A division that is known and lies in the person's own area.
pub(super) async fn division(worker: &Worker, typed: &str) -> Option<DivisionCode> {
    let code: DivisionCode = typed.parse().ok()?;
    let known = worker.ctx.state().store().division(&code).await.ok()?.is_some();
    (known && code.within(&worker.staff.division)).then_some(code)
}

/// A log-in name that can be one and is free.
pub(super) async fn login(
    worker: &Worker,
    typed: &str,
    errors: &mut FormErrors,
) -> Result<Option<String>, WebError> {
    let l = worker.l();
    let Some(name) = log_in_name(typed) else {
        errors.add("login", l.t("用字母、汉字、数字和 . - _，最多 64 个字"));
        return Ok(None);
    };
    if worker.ctx.state().store().account(&name).await?.is_some() {
        errors.add("login", l.t("这个登录名已被使用，请换一个"));
        return Ok(None);
    }
    Ok(Some(name))
}

async fn show_new(worker: &Worker, sent: &Posted, errors: FormErrors) -> PageResult {
    let l = worker.l();
    let place = places(worker, &worker.staff.division).await?;
    let mut fields = vec![
        Field::new("text", "name", l.t("姓名")),
        Field::new("select", "post", l.t("岗位")).options(posts(l, None)),
        Field::new("select", "division", l.t("负责的地区")).options(place),
        login_field(l),
    ];
    let good = errors.is_empty();
    if !good {
        fields = fields
            .into_iter()
            .map(|f| {
                let name = f.name.clone();
                f.kept(sent.all(&name), errors.of(&name))
            })
            .collect();
    }
    let page = worker.ctx.page(l.t("新开账号"), "/accounts").await?;
    Ok(checked(good, html(&NewAccountPage { l, page, errors, fields })?))
}

/// `GET /accounts/new`
pub async fn new(worker: Worker) -> PageResult {
    show_new(&worker, &Posted::default(), FormErrors::none(worker.l())).await
}

/// `POST /accounts/new`: takes somebody on with a first password, which is shown this once; an administrator is put
/// forward.
pub async fn add(worker: Worker, posted: Posted) -> PageResult {
    let (l, state) = (worker.l(), worker.ctx.state());
    let mut errors = FormErrors::none(l);
    let name = posted.get("name");
    if name.is_empty() || name.chars().count() > MOST_NAME || check(name, TextUse::Name).is_err() {
        errors.add("name", l.t("请写姓名，不超过 40 个字"));
    }
    let place = wanted(&worker, &posted, &mut errors).await;
    let login = login(&worker, posted.get("login"), &mut errors).await?;
    let (Some((post, division)), Some(login), true) = (place, login, errors.is_empty()) else {
        return show_new(&worker, &posted, errors).await;
    };
    let whose = Staff { id: StaffId(0), name: name.to_owned(), post, division };
    if post.is_administrator() {
        return put_forward(&worker, ChangeKind::Add, whose, login).await;
    }
    allowed(&worker, "account.create", &whose)?;
    let (first, hash) = fresh(&worker).await?;
    let taken = acting(&worker).take_on(&whose, &login, &hash, state.now()).await;
    taken.map_err(|e| WebError::from(e).back_to("/accounts/new", ""))?;
    show_password(&worker, (&whose.name, &login), first, "/accounts").await
}

/// `POST /accounts/{id}/create`: an account for somebody on file.
pub async fn create(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let state = worker.ctx.state();
    let found = state.store().staff_account(StaffId(id)).await?;
    let mut errors = FormErrors::none(worker.l());
    let Some(login) = login(&worker, posted.get("login"), &mut errors).await? else {
        return show_one(&worker, &found, &posted, errors).await;
    };
    let (first, hash) = fresh(&worker).await?;
    let made = acting(&worker).add_account(StaffId(id), &login, &hash, state.now()).await;
    made.map_err(|e| WebError::from(e).back_to(&format!("/accounts/{id}"), ""))?;
    show_password(&worker, (&found.staff.name, &login), first, "/accounts").await
}
