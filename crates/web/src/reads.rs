//! 查阅留痕: whoever is about to see people leaves a leaf in the audit tree; the page goes out only after that.

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doudi_store::audit::Look;

use crate::ctx::Ctx;
use crate::error::WebError;

/// The households that a list shows, put beside the response by the page that makes the list.
#[derive(Clone, Debug)]
pub struct Shown(pub Vec<i64>);

/// The one place that records looks. It stands inside the shell, which knows who asks.
pub async fn record(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let subject = if request.method() == Method::GET { subject_of(&path) } else { None };
    let ctx = request.extensions().get::<Ctx>().cloned();
    let response = next.run(request).await;
    let (Some(subject), true) = (subject, response.status().is_success()) else {
        return response;
    };
    let Some(ctx) = ctx else {
        return WebError::internal("request without context").into_response();
    };
    let shown = response.extensions().get::<Shown>().map_or_else(Vec::new, |s| s.0.clone());
    let look = Look { actor: ctx.staff().map(|s| s.id), subject, page: path, shown };
    match ctx.state().store().record_read(&look).await {
        Ok(()) => response,
        Err(error) => WebError::from(error).into_response(),
    }
}

/// Whom a page is about: `None` where it shows no people, empty for a list.
fn subject_of(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let (noun, id) = match parts.as_slice() {
        ["households" | "search" | "leads" | "cases" | "workbench"] => return Some(String::new()),
        ["households", id] | ["explain", id, _] => ("household", id),
        ["cases", id] => ("case", id),
        ["explain", id] => ("assessment", id),
        ["leads" | "visit", id] => ("lead", id),
        ["rosters", id] | ["rosters", id, "bank.csv"] => ("roster", id),
        _ => return None,
    };
    id.parse::<i64>().ok().map(|id| format!("{noun}:{id}"))
}

#[cfg(test)]
mod tests {
    use super::subject_of;

    #[test]
    fn pages_about_people_have_a_subject_and_the_others_none() {
        let of = |path| subject_of(path);
        assert_eq!(of("/households/12").as_deref(), Some("household:12"));
        assert_eq!(of("/explain/12/dibao").as_deref(), Some("household:12"));
        assert_eq!(of("/explain/7").as_deref(), Some("assessment:7"));
        assert_eq!(of("/cases/3").as_deref(), Some("case:3"));
        assert_eq!(of("/rosters/3/bank.csv").as_deref(), Some("roster:3"));
        assert_eq!(of("/search").as_deref(), Some(""));
        for path in ["/", "/coverage", "/policies", "/rosters", "/assets/style.css", "/households/x"] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
