//! 静态资源: one stylesheet, in the binary, addressed by its content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// The stylesheet.
pub(crate) const CSS: &str = include_str!("../assets/doudi.css");

/// `/assets/doudi-<first 12 hex digits of SHA-256>.css`: a changed sheet has a changed address.
pub static CSS_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(CSS.as_bytes());
    let hex: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("/assets/doudi-{hex}.css")
});

/// Serves the stylesheet under its hashed name (for ever) and under its plain name (asked again each time).
pub async fn asset(Path(name): Path<String>) -> Response {
    let hashed = CSS_PATH.strip_prefix("/assets/") == Some(name.as_str());
    if !hashed && name != "doudi.css" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let keep = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    (
        [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        ],
        CSS,
    )
        .into_response()
}
