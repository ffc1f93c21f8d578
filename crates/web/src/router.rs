//! 路由

use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;

use crate::error::WebError;
use crate::gate::{Gate, guard};
use crate::routes::table;
use crate::server::{Limits, serve_within};
use crate::shell::shell;
use crate::state::AppState;

/// Largest body of a form with a file.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// All pages, from the table.
pub fn router(state: AppState) -> Router {
    let mut router = Router::new();
    for route in table() {
        let gate = from_fn_with_state(Gate { who: route.line.who, state: state.clone() }, guard);
        router = router.route(route.line.path, route.handler.route_layer(gate));
    }
    router
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(state.clone(), shell))
        .with_state(state)
}

/// Serves on the configured address until the process ends.
///
/// # Errors
/// The address cannot be listened on, or the listener fails.
pub async fn serve(state: AppState, addr: SocketAddr) -> Result<(), WebError> {
    let listener = TcpListener::bind(addr).await.map_err(WebError::internal)?;
    serve_on(state, listener).await
}

/// Serves on a listener that is already bound, so that the caller knows its port.
///
/// # Errors
/// The listener fails.
pub async fn serve_on(state: AppState, listener: TcpListener) -> Result<(), WebError> {
    serve_within(state, listener, Limits::default()).await
}
