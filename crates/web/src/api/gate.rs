//! 接口的门: a service is known by its token and by nothing else, and asked for in the database with every request.

use axum::extract::{Query, Request};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doudi_access::identity::token;
use doudi_policy::DivisionCode;
use doudi_store::services::Service;

use super::problem::Problem;
use crate::arrival::Arrival;
use crate::state::AppState;

/// The service that asks, and the area it speaks of, which lies inside its own.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) service: Service,
    pub(crate) place: DivisionCode,
    pub(crate) query: Vec<(String, String)>,
}

/// Lets a request of a service through to its handler, or answers why not.
pub(crate) async fn guard(
    state: &AppState,
    scope: &str,
    params: &[(String, String)],
    mut request: Request,
    next: Next,
) -> Response {
    let feed = params.iter().find(|(name, _)| name == "feed").map(|(_, value)| value.as_str());
    let asked = Asked::of(&request);
    match pass(state, scope, feed, asked).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// What a request says; the request itself cannot be held across an await.
struct Asked {
    token: Result<String, Problem>,
    query: Result<Vec<(String, String)>, Problem>,
    in_the_clear: bool,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let arrival = request.extensions().get::<Arrival>();
        Self {
            token: bearer(request.headers()),
            query: pairs(request.uri()),
            in_the_clear: arrival.is_some_and(|a| a.forwarded && !a.secure),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Result<String, Problem> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return Err(Problem::NoToken);
    };
    let (scheme, rest) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Problem::NoToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::NoToken);
    }
    Some(rest.trim()).filter(|t| token::looks_like(t)).map(str::to_owned).ok_or(Problem::BadToken)
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let read = Query::<Vec<(String, String)>>::try_from_uri(uri);
    read.map(|Query(pairs)| pairs).map_err(|_| Problem::BadParameter)
}

async fn pass(state: &AppState, scope: &str, feed: Option<&str>, asked: Asked) -> Result<Caller, Problem> {
    if state.behind_proxy() && asked.in_the_clear {
        return Err(Problem::PlainHttp);
    }
    let now = state.now();
    let service = state.store().service(&token::digest(&asked.token?), now).await?;
    let service = service.ok_or(Problem::BadToken)?;
    if !state.rates().take(service.id, now, state.service_rate()) {
        return Err(Problem::TooMany);
    }
    if !service.may(scope, feed) {
        return Err(Problem::WrongScope);
    }
    let query = asked.query?;
    let place = match query.iter().find(|(name, _)| name == "division") {
        None => service.division.clone(),
        Some((_, code)) => division(code).ok_or(Problem::BadParameter)?,
    };
    if !place.within(&service.division) {
        return Err(Problem::WrongArea);
    }
    Ok(Caller { service, place, query })
}

/// A division of the form that the description gives.
fn division(code: &str) -> Option<DivisionCode> {
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(code.len(), 2 | 4 | 6 | 9 | 12) { code.parse().ok() } else { None }
}
