//! Every store function, on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "contract/accounts.rs"]
mod accounts;
#[path = "contract/audit.rs"]
mod audit;
#[path = "contract/desk.rs"]
mod desk;
#[path = "contract/erased.rs"]
mod erased;
#[path = "contract/findings.rs"]
mod findings;
#[path = "contract/inbox.rs"]
mod inbox;
#[path = "contract/intake.rs"]
mod intake;
#[path = "contract/invariants.rs"]
mod invariants;
#[path = "contract/money.rs"]
mod money;
#[path = "contract/office.rs"]
mod office;
#[path = "contract/opening.rs"]
mod opening;
#[path = "contract/register.rs"]
mod register;
#[path = "contract/samples.rs"]
mod samples;
#[path = "contract/sealed.rs"]
mod sealed;
#[path = "contract/tamper.rs"]
mod tamper;
#[path = "contract/vouched.rs"]
mod vouched;
#[path = "contract/work.rs"]
mod work;
