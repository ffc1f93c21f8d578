//! 接口的门: a service is known by its token and by nothing else, and asked for in the database with every request.

use axum::extract::{Query, Request};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doudi_access::identity::token;
use doudi_policy::DivisionCode;
use doudi_store::audit::{Asker, Refused, Why};
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
    let (asker, response) = match pass(state, scope, feed, asked).await {
        Ok(caller) => {
            let asker = Asker::Service(caller.service.id);
            request.extensions_mut().insert(caller);
            (asker, next.run(request).await)
        }
        Err((asker, problem)) => (asker, problem.into_response()),
    };
    let Some(why) = refused_for(&response) else { return response };
    // 拒绝留痕: what a program asks for that is not its own leaves a leaf before the answer goes out.
    let refused = Refused { asker, action: format!("service.{scope}"), subject: None, why };
    match state.store().record_refused(&refused, state.now().saturating_mul(1000)).await {
        Ok(()) => response,
        Err(failed) => Problem::from(failed).into_response(),
    }
}

fn refused_for(response: &Response) -> Option<Why> {
    match response.extensions().get::<Problem>()? {
        Problem::BadToken => Some(Why::Token),
        Problem::WrongScope => Some(Why::Post),
        Problem::WrongArea | Problem::NotFound => Some(Why::NotFound),
        _ => None,
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

async fn pass(
    state: &AppState,
    scope: &str,
    feed: Option<&str>,
    asked: Asked,
) -> Result<Caller, (Asker, Problem)> {
    let nobody = |problem| (Asker::Unknown, problem);
    if state.behind_proxy() && asked.in_the_clear {
        return Err(nobody(Problem::PlainHttp));
    }
    let digest = token::digest(&asked.token.map_err(nobody)?);
    let service = state.store().service(&digest, state.now()).await.map_err(|e| nobody(e.into()))?;
    let service = service.ok_or_else(|| nobody(Problem::BadToken))?;
    let asker = Asker::Service(service.id);
    let place = allowed(state, &service, scope, feed, asked.query.as_deref().map_err(|e| *e));
    Ok(Caller {
        place: place.map_err(|problem| (asker, problem))?,
        service,
        query: asked.query.unwrap_or_default(),
    })
}

/// The area that a service speaks of, where it may.
fn allowed(
    state: &AppState,
    service: &Service,
    scope: &str,
    feed: Option<&str>,
    query: Result<&[(String, String)], Problem>,
) -> Result<DivisionCode, Problem> {
    if !state.rates().take(service.id, state.now(), state.service_rate()) {
        return Err(Problem::TooMany);
    }
    if !service.may(scope, feed) {
        return Err(Problem::WrongScope);
    }
    let place = match query?.iter().find(|(name, _)| name == "division") {
        None => service.division.clone(),
        Some((_, code)) => division(code).ok_or(Problem::BadParameter)?,
    };
    if !place.within(&service.division) {
        return Err(Problem::WrongArea);
    }
    Ok(place)
}

/// A division of the form that the description gives.
fn division(code: &str) -> Option<DivisionCode> {
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(code.len(), 2 | 4 | 6 | 9 | 12) { code.parse().ok() } else { None }
}
