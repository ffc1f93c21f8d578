//! 给本人的副本: two faces of one content, a page to print and a file for another program.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use doudi_registry::HouseholdId;

use super::whole::{self, Copy};
use crate::ctx::{Drawn, Worker, html};
use crate::error::{PageResult, WebError};
use crate::lang::Lang;
use crate::page::Page;
use crate::posted::Posted;

#[derive(Template)]
#[template(path = "page/rights_copy.html")]
struct CopyPage {
    l: Lang,
    page: Page,
    name: String,
    href: String,
    copy: Copy,
}

/// `POST /households/{id}/record/copy`: a page to print, or with `format=json` a file.
pub async fn copy(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let id = HouseholdId(id);
    let made = whole::of(&worker.ctx, id).await?;
    worker.ctx.state().store().record_copy(id, worker.staff.id).await?;
    if posted.get("format") == "json" {
        return file(&made);
    }
    let l = worker.l();
    let name = made.members.first().map_or_else(|| made.household_code.clone(), |m| m.name.clone());
    html(&CopyPage {
        l,
        page: worker.ctx.page(l.f1("{}户的记录", &name), "/households").await?,
        name,
        href: format!("/households/{id}/record"),
        copy: made,
    })
}

/// The name of the file tells nobody whose it is.
fn file(made: &Copy) -> Result<Response, WebError> {
    let text = serde_json::to_string_pretty(made).map_err(WebError::internal)?;
    let mut response = text.into_response();
    response.extensions_mut().insert(Drawn("doudi-record.json"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"doudi-record.json\""),
    );
    Ok(response)
}
