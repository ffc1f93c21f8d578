//! 部门接口: what programs of other departments say to doudi, under `/api/v1/`: JSON, a token in `Authorization`, never a
//! cookie, and problems as RFC 9457 in both languages. Nothing about a family can be read here: a department puts a file
//! in, and asks what became of it.

mod body;
pub mod deliveries;
pub(crate) mod gate;
pub mod openapi;
pub mod problem;
pub mod rate;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::arrival::Arrival;
use crate::state::AppState;
use problem::Problem;

/// A feed that departments may deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its id, as in addresses.
    pub id: String,
    /// Its title in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Whether its file is a workbook; else comma-separated text.
    pub workbook: bool,
}

/// Media type of a workbook.
pub const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Media type of comma-separated text.
pub const TEXT: &str = "text/csv";

impl Feed {
    /// The media type of its file.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        if self.workbook { WORKBOOK } else { TEXT }
    }
}

/// Whether an address belongs to the interface.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Wraps every request to the interface: cookies are not read, and whatever goes wrong is told as a problem.
pub(crate) async fn around(state: &AppState, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<_>>().map(|ConnectInfo(addr)| *addr);
    let arrival = Arrival::of(request.headers(), peer, state.behind_proxy());
    if holds_a_token(request.uri()) {
        return Problem::TokenInAddress.into_response();
    }
    request.headers_mut().remove(header::COOKIE);
    request.extensions_mut().insert(arrival);
    told(next.run(request).await)
}

/// A token in an address stands in the logs of everything in between.
fn holds_a_token(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    let named = query.split('&').filter_map(|pair| pair.split('=').next()).any(|name| {
        matches!(
            name.to_ascii_lowercase().as_str(),
            "token" | "access_token" | "api_key" | "apikey" | "authorization" | "bearer"
        )
    });
    named
        || uri.path().contains(doudi_access::identity::token::PREFIX)
        || query.contains(doudi_access::identity::token::PREFIX)
}

/// What the router itself refuses, as a problem.
fn told(mut response: Response) -> Response {
    let status = response.status();
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t == problem::MEDIA_TYPE);
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Problem::WrongMethod,
        s if s.is_server_error() => Problem::Internal,
        _ => Problem::Unreadable,
    };
    let allow = response.headers_mut().remove(header::ALLOW);
    let mut told = problem.into_response();
    if let Some(allow) = allow {
        told.headers_mut().insert(header::ALLOW, allow);
    }
    told
}

/// An answer that is no problem.
fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// `GET /api/v1/health`: whether the program and its database answer.
///
/// # Errors
/// 500 where the database does not.
pub async fn health(State(state): State<AppState>) -> Result<Response, Problem> {
    state.today().await.map_err(|e| Problem::internal(&e))?;
    Ok(answer(StatusCode::OK, &json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })))
}

/// `GET /api/v1/openapi.json`: the interface, described.
pub async fn described(State(state): State<AppState>) -> Response {
    answer(StatusCode::OK, &openapi::document(state.feeds()))
}
