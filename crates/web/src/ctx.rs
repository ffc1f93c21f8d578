//! 请求上下文: who asks, in which language, on which day. The shell makes it once a request; handlers take it
//! (or [`Worker`], which insists on a person) as an argument.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use doudi_policy::Date;
use doudi_registry::Staff;

use crate::error::WebError;
use crate::lang::Lang;
use crate::page::Page;
use crate::routes::Place;
use crate::session::Session;
use crate::state::AppState;

/// One request.
#[derive(Clone)]
pub struct Ctx {
    inner: Arc<Inner>,
}

struct Inner {
    state: AppState,
    l: Lang,
    today: Date,
    session: Option<Session>,
    session_key: String,
    staff: Option<Staff>,
    path: String,
    query: String,
    posted: bool,
    roles_allowed: bool,
}

/// What the shell knows when it makes a context.
pub struct CtxParts {
    /// State.
    pub state: AppState,
    /// Language.
    pub l: Lang,
    /// 演示日期 or the system's date.
    pub today: Date,
    /// Session.
    pub session: Option<Session>,
    /// Key of the session, empty without one.
    pub session_key: String,
    /// Who it acts as.
    pub staff: Option<Staff>,
    /// Path of the request.
    pub path: String,
    /// Query of the request, without `?`.
    pub query: String,
    /// Whether a form was sent.
    pub posted: bool,
    /// Whether this peer may choose a role.
    pub roles_allowed: bool,
}

impl Ctx {
    /// Binds the parts together.
    #[must_use]
    pub fn new(parts: CtxParts) -> Self {
        let CtxParts { state, l, today, session, session_key, staff, path, query, posted, roles_allowed } =
            parts;
        Self {
            inner: Arc::new(Inner {
                state,
                l,
                today,
                session,
                session_key,
                staff,
                path,
                query,
                posted,
                roles_allowed,
            }),
        }
    }

    /// Language of the page.
    #[must_use]
    pub fn l(&self) -> Lang {
        self.inner.l
    }

    /// State of the program.
    #[must_use]
    pub fn state(&self) -> &AppState {
        &self.inner.state
    }

    /// The day.
    #[must_use]
    pub fn today(&self) -> Date {
        self.inner.today
    }

    /// Who asks, if a role was chosen.
    #[must_use]
    pub fn staff(&self) -> Option<&Staff> {
        self.inner.staff.as_ref()
    }

    /// Whether the person who asks has a post that does such a thing at all, in their own area.
    #[must_use]
    pub fn may(&self, action: &str, place: Place) -> bool {
        self.staff().is_some_and(|staff| crate::gate::post_may(self.state(), staff, action, place))
    }

    /// The token of this browser's forms; empty without a session.
    #[must_use]
    pub fn csrf(&self) -> &str {
        self.inner.session.as_ref().map_or("", |s| s.csrf.as_str())
    }

    /// Key of the session, empty without one.
    #[must_use]
    pub fn session_key(&self) -> &str {
        &self.inner.session_key
    }

    /// Whether this peer may choose a role.
    #[must_use]
    pub fn roles_allowed(&self) -> bool {
        self.inner.roles_allowed
    }

    /// Path of the request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// Query of the request.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.inner.query
    }

    /// This page in the other language; empty for the answer to a form, which no link can ask for again.
    #[must_use]
    pub fn switch_href(&self) -> String {
        if self.inner.posted {
            return String::new();
        }
        let other = if self.l().is_en() { "zh" } else { "en" };
        let mut kept: Vec<&str> =
            self.query().split('&').filter(|p| !p.is_empty() && !p.starts_with("lang=")).collect();
        let lang = format!("lang={other}");
        kept.push(&lang);
        format!("{}?{}", self.path(), kept.join("&"))
    }

    /// Of the page in this language: the frame with title and current place.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn page(&self, title: impl Into<String>, place: &'static str) -> Result<Page, WebError> {
        Page::of(self, title.into(), place).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| WebError::internal("request without context"))
    }
}

/// A request of somebody who has a role.
#[derive(Clone)]
pub struct Worker {
    /// The request.
    pub ctx: Ctx,
    /// Who asks.
    pub staff: Staff,
}

impl Worker {
    /// Language of the page.
    #[must_use]
    pub fn l(&self) -> Lang {
        self.ctx.l()
    }

    /// Whether the person's post does such a thing at all, in their own area.
    #[must_use]
    pub fn may(&self, action: &str, place: Place) -> bool {
        self.ctx.may(action, place)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Worker {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        let staff = ctx.staff().cloned().ok_or(WebError::NoRole)?;
        Ok(Self { ctx, staff })
    }
}

/// What a response shows, beside it: the view of a page by the name of its type, or a file. `fields.csv` says of which
/// class its fields are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn(pub &'static str);

/// A rendered page.
///
/// # Errors
/// When the template cannot be written.
pub fn html<T: askama::Template>(template: &T) -> Result<Response, WebError> {
    let mut response = Html(template.render()?).into_response();
    response.extensions_mut().insert(Drawn(std::any::type_name::<T>()));
    Ok(response)
}

/// 303 to a page after a post.
#[must_use]
pub fn see_other(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// A path of this site, safe to redirect to; anything else is the front page.
#[must_use]
pub fn local_path(text: &str) -> &str {
    let plain = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.chars().any(char::is_control);
    if plain { text } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn redirects_stay_on_this_site() {
        assert_eq!(local_path("/leads?kind=missed"), "/leads?kind=missed");
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "", "x", "/a\nb"] {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }
}
