//! 错误: what can go wrong on a page. A handler returns the error; the shell ([`crate::shell`]) draws the page in
//! the reader's language, with a way on.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use doudi_store::StoreError;

/// Why a page could not be shown or an act not be done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WebError {
    /// 404
    #[error("not found")]
    NotFound,
    /// 403: outside the person's area or post.
    #[error("not allowed: {en}")]
    Forbidden {
        /// Why, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// 409: the act is not possible now; nothing has changed.
    #[error("refused: {en}")]
    Refused {
        /// The reason and what to do next, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
        /// The page to go back to.
        back: String,
        /// What the person had written, kept.
        kept: String,
    },
    /// 403: the form has no valid token or comes from another site.
    #[error("the form is not from this site or has expired")]
    Forged,
    /// 400: the request cannot be read.
    #[error("bad request: {0}")]
    Bad(String),
    /// 303 to the front page: nobody has been chosen yet.
    #[error("no role")]
    NoRole,
    /// 500. The text goes to the server's error output, never to the page.
    #[error("{0}")]
    Internal(String),
}

impl WebError {
    /// A failure of something below: store, templates, law.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// Outside the area or post.
    pub fn forbidden(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Forbidden { zh: zh.into(), en: en.into() }
    }

    /// Adds the page to go back to and what was written, where the act was refused.
    #[must_use]
    pub fn back_to(self, page: &str, written: &str) -> Self {
        match self {
            Self::Refused { zh, en, .. } => {
                Self::Refused { zh, en, back: page.to_owned(), kept: written.to_owned() }
            }
            other => other,
        }
    }

    /// The status code of the page.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden { .. } | Self::Forged => StatusCode::FORBIDDEN,
            Self::Refused { .. } => StatusCode::CONFLICT,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::NoRole => StatusCode::SEE_OTHER,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        if error.is_not_found() {
            return Self::NotFound;
        }
        if error.is_conflict() {
            return Self::Refused {
                zh: error.zh(),
                en: error.en(),
                back: String::new(),
                kept: String::new(),
            };
        }
        Self::internal(error)
    }
}

impl From<doudi_casework::Refusal> for WebError {
    fn from(refusal: doudi_casework::Refusal) -> Self {
        Self::Refused { zh: refusal.zh, en: refusal.en, back: String::new(), kept: String::new() }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What handlers return.
pub type PageResult = Result<Response, WebError>;
