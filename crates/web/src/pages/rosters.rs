//! 发放名册
use axum::extract::Path;
use doudi_payment::RosterState;
use doudi_registry::RosterId;

use crate::ctx::Worker;
use crate::error::{PageResult, WebError};
use crate::posted::{Posted, Uploaded};
use crate::state::AppState;

/// A roster in a list.
pub struct Head { /// Id.
 pub id: RosterId, /// State.
 pub state: RosterState }
/// All rosters, newest first.
///
/// # Errors
/// store
pub async fn heads(_state: &AppState) -> Result<Vec<Head>, WebError> { Ok(Vec::new()) }
/// list
pub async fn list(_w: Worker) -> PageResult { Err(WebError::NotFound) }
/// make
pub async fn make(_w: Worker, _p: Posted) -> PageResult { Err(WebError::NotFound) }
/// one
pub async fn one(_w: Worker, Path(_id): Path<i64>) -> PageResult { Err(WebError::NotFound) }
/// seal
pub async fn seal(_w: Worker, Path(_id): Path<i64>, _p: Posted) -> PageResult { Err(WebError::NotFound) }
/// export
pub async fn export(_w: Worker, Path(_id): Path<i64>, _p: Posted) -> PageResult { Err(WebError::NotFound) }
/// csv
pub async fn bank_csv(_w: Worker, Path(_id): Path<i64>) -> PageResult { Err(WebError::NotFound) }
/// returns
pub async fn returns(_w: Worker, Path(_id): Path<i64>, _p: Uploaded) -> PageResult { Err(WebError::NotFound) }
/// reissue
pub async fn reissue(_w: Worker, Path(_id): Path<i64>, _p: Posted) -> PageResult { Err(WebError::NotFound) }
