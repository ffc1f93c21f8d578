//! 路由

use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::error::WebError;
use crate::pages::{
    case, cases, coverage, explain, front, household, leads, login, own_account, policies, rosters, search,
    visit, workbench,
};
use crate::shell::shell;
use crate::state::AppState;

/// Largest body of a form with a file.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// All pages.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/", get(front::front))
        .route("/role", post(front::take_role))
        .route("/role/leave", post(front::leave_role))
        .route("/day", post(front::next_day))
        .route("/login", get(login::form).post(login::enter))
        .route("/login/first", get(login::first_form).post(login::finish_first))
        .route("/account", get(own_account::page))
        .route("/account/end", post(own_account::end))
        .route("/account/password", post(own_account::password))
        .route("/workbench", get(workbench::workbench))
        .route("/leads", get(leads::list))
        .route("/leads/{id}", get(leads::one))
        .route("/leads/{id}/assign", post(leads::assign))
        .route("/leads/{id}/dismiss", post(leads::dismiss))
        .route("/visit/{id}", get(visit::form).post(visit::record))
        .route("/households", get(search::households))
        .route("/households/{id}", get(household::one))
        .route("/search", get(search::search))
        .route("/cases", get(cases::list))
        .route("/cases/{id}", get(case::one))
        .route("/cases/{id}/{action}", post(case::act))
        .route("/explain/{id}", get(explain::assessment))
        .route("/explain/{household}/{outcome}", get(explain::outcome))
        .route("/rosters", get(rosters::list).post(rosters::make))
        .route("/rosters/{id}", get(rosters::one))
        .route("/rosters/{id}/explain", post(rosters::explain))
        .route("/rosters/{id}/seal", post(rosters::seal))
        .route("/rosters/{id}/export", post(rosters::export))
        .route("/rosters/{id}/bank.csv", get(rosters::bank_csv))
        .route("/rosters/{id}/returns", post(rosters::returns))
        .route("/rosters/{id}/bounces", post(rosters::bounces))
        .route("/rosters/{id}/reissue", post(rosters::reissue))
        .route("/coverage", get(coverage::board))
        .route("/policies", get(policies::all))
        .route("/assets/{name}", get(crate::assets::asset))
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
    axum::serve(listener, router(state).into_make_service_with_connect_info::<SocketAddr>())
        .await
        .map_err(WebError::internal)
}
