//! 查阅留痕: whoever is about to see people leaves a leaf in the audit tree; the page goes out only after that.

use axum::response::{IntoResponse, Response};
use doudi_store::audit::Look;

use crate::ctx::Ctx;
use crate::error::WebError;

/// The households that a list shows, put beside the response by the page that makes the list.
#[derive(Clone, Debug)]
pub struct Shown(pub Vec<i64>);

/// A page behind the policies, after its look is on record. `subject` is what the address names, empty for a list.
pub(crate) async fn recorded(ctx: &Ctx, subject: String, page: String, response: Response) -> Response {
    if !response.status().is_success() {
        return response;
    }
    let shown = response.extensions().get::<Shown>().map_or_else(Vec::new, |s| s.0.clone());
    let look = Look { actor: ctx.staff().map(|s| s.id), subject, page, shown };
    match ctx.state().store().record_read(&look).await {
        Ok(()) => response,
        Err(error) => WebError::from(error).into_response(),
    }
}
