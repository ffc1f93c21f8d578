//! 拒绝留痕: whoever asks at the gate for what is not theirs leaves a leaf before the answer goes out: who, what for, kind
//! and number of the thing; never what stands there, and nothing of the address that is not one of our own words.

use axum::response::{IntoResponse as _, Response};
use doudi_store::audit::{Asker, Refused, Why};

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::routes::{Place, Who};

/// The answer of the gate to a member of staff who is not let through, after it is on record.
///
/// What is not there is recorded like what lies outside the area: otherwise the time that a leaf takes would tell which of
/// the two it is.
pub(crate) async fn recorded(ctx: &Ctx, who: Who, params: &[(String, String)], error: WebError) -> Response {
    let Some(refused) = refused(ctx, who, params, &error) else { return error.into_response() };
    let now_ms = ctx.state().now().saturating_mul(1000);
    match ctx.state().store().record_refused(&refused, now_ms).await {
        Ok(()) => error.into_response(),
        Err(failed) => WebError::from(failed).into_response(),
    }
}

fn refused(ctx: &Ctx, who: Who, params: &[(String, String)], error: &WebError) -> Option<Refused> {
    let Who::May(action, place) = who else { return None };
    let why = match error {
        WebError::Forbidden { .. } => Why::Post,
        WebError::NotFound => Why::NotFound,
        WebError::Refused { .. } => Why::Rule,
        WebError::Forged | WebError::Bad(_) | WebError::NoRole | WebError::Internal(_) => return None,
    };
    let param = |name: &str| params.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v.as_str());
    let narrower = match place {
        Place::CaseStep => format!("case.{}", param("action")),
        Place::Reveal => format!("person.reveal.{}", param("purpose")),
        _ => String::new(),
    };
    // The number in the address is that of the question, whatever household it is about.
    let noun = if place == Place::Query { Some("query") } else { place.noun() };
    // A step or purpose that somebody has made up is text of theirs.
    let known = ctx.state().access().knows(&narrower);
    Some(Refused {
        asker: Asker::Staff(ctx.staff()?.id),
        action: if known { narrower } else { action.to_owned() },
        subject: noun.zip(param("id").parse().ok()),
        why,
    })
}
