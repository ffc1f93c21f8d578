//! What people see: pages rendered on the server, with plain links and forms and no script.
//!
//! A page is a template, one view model and one handler; domain types are not shown to templates. Every request
//! passes [`shell`]: language, session, person, security headers and the error page; then [`gate`], which asks the rules for
//! the line of the table ([`routes`]) that the address has. A posted body can only be read
//! through [`posted`], which checks the origin and the token first. The interface of departments ([`api`]) has neither pages
//! nor sessions.

pub mod api;
pub mod arrival;
pub mod assets;
pub mod cases_view;
pub mod chart;
pub mod clock;
pub mod ctx;
pub mod error;
pub mod family;
pub mod field;
pub mod gate;
pub mod hashing;
pub mod judge;
pub mod lang;
pub mod law;
pub mod mask;
pub mod oidc;
pub mod page;
pub mod pages;
pub mod posted;
pub mod reads;
mod refusals;
pub mod report;
pub mod routes;
pub mod server;
pub mod session;
pub mod shell;
pub mod state;
pub mod view;
pub mod vocab;

mod router;

pub use error::WebError;
pub use lang::Lang;
pub use law::Law;
pub use router::{router, serve, serve_on};
pub use state::{AppState, Clock, Config, Rim};
