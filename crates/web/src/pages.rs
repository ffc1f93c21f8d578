//! 页面: one module a page or a small family of pages; each holds its view model, its reading and its posting.

pub mod account_changes;
pub mod accounts;
pub mod audit;
pub mod case;
pub mod case_forms;
pub mod cases;
pub mod chain;
pub mod coverage;
pub mod explain;
pub mod front;
pub mod household;
pub mod leads;
pub mod login;
pub mod login_oidc;
pub mod own_account;
pub mod policies;
mod received;
pub mod retention;
pub mod rights;
pub mod rosters;
pub mod search;
pub mod visit;
pub mod workbench;
