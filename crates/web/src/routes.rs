//! 路由表: every address with its handler and with who may use it. The router is built from these lines alone, and a
//! line cannot be written without saying who: everybody, or those whom an action of the policies permits, with how the
//! area of the thing is found.

use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};

use crate::api;
use crate::pages::{
    account_changes, accounts, audit, case, cases, coverage, explain, front, household, leads, login,
    login_oidc, own_account, policies, retention, retention::requests, rights, rosters, search, visit,
    workbench,
};
use crate::state::AppState;

/// Method of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads; changes nothing.
    Get,
    /// Changes something; takes a form with the token of the session, or a file with the token of a service.
    Post,
}

/// How the thing, and with it its area, is found: always from the `{id}` of the address, in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// No thing: a list that is cut to the person's own area, or something new in it.
    Own,
    /// A household.
    Household,
    /// A stored assessment; its household counts.
    Assessment,
    /// A household, and the purpose `{purpose}`, which is asked for as `person.reveal.{purpose}` too.
    Reveal,
    /// A question to a source; its household counts.
    Query,
    /// A lead.
    Lead,
    /// A case.
    Case,
    /// A case, and the step `{action}`, which is asked for as `case.{action}` too.
    CaseStep,
    /// A roster; its area is the county of its maker.
    Roster,
    /// An erasure of a family's records; its household counts.
    Erasure,
    /// The account of a member of staff, by their number.
    Account,
    /// A change of an administrator's account; the area that its owner is to have counts.
    AccountChange,
    /// The interface of a department.
    Service,
}

impl Place {
    /// What a look at such a thing is recorded of; `None` for a list.
    #[must_use]
    pub fn noun(self) -> Option<&'static str> {
        match self {
            Self::Own => None,
            Self::Household | Self::Reveal | Self::Query | Self::Erasure => Some("household"),
            Self::Assessment => Some("assessment"),
            Self::Lead => Some("lead"),
            Self::Case | Self::CaseStep => Some("case"),
            Self::Roster => Some("roster"),
            Self::Account => Some("staff"),
            Self::AccountChange => Some("account-change"),
            Self::Service => Some("service"),
        }
    }
}

/// Who may use a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody, without a role: nothing about a person stands there.
    Public,
    /// Whoever has signed in, and in the demo whoever may take a role: counts, no person.
    Staff,
    /// Whoever has signed in with an account: their own account and nothing else.
    Account,
    /// Whom the policies permit this action on that thing.
    May(&'static str, Place),
    /// A program of a department, whose token is good for this (and for the `{feed}` of the address, if there is one).
    Service(&'static str),
}

/// One line, without its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Method.
    pub verb: Verb,
    /// Address with its parameters.
    pub path: &'static str,
    /// Who may.
    pub who: Who,
}

pub(crate) struct Route {
    pub(crate) line: Line,
    pub(crate) handler: MethodRouter<AppState>,
}

fn read<H, T>(path: &'static str, who: Who, handler: H) -> Route
where
    H: Handler<T, AppState>,
    T: 'static,
{
    Route { line: Line { verb: Verb::Get, path, who }, handler: get(handler) }
}

fn change<H, T>(path: &'static str, who: Who, handler: H) -> Route
where
    H: Handler<T, AppState>,
    T: 'static,
{
    Route { line: Line { verb: Verb::Post, path, who }, handler: post(handler) }
}

/// The table.
pub(crate) fn table() -> Vec<Route> {
    use Place as P;
    use Who::{Account, May, Public, Service, Staff};
    vec![
        read("/", Public, front::front),
        change("/role", Public, front::take_role),
        change("/role/leave", Public, front::leave_role),
        change("/day", Public, front::next_day),
        read("/login", Public, login::form),
        change("/login", Public, login::enter),
        read("/login/first", Public, login::first_form),
        change("/login/first", Public, login::finish_first),
        read("/login/oidc", Public, login_oidc::begin),
        read("/login/oidc/back", Public, login_oidc::back),
        read("/login/oidc/code", Public, login_oidc::form),
        change("/login/oidc/code", Public, login_oidc::enter),
        read("/account", Account, own_account::page),
        change("/account/end", Account, own_account::end),
        change("/account/password", Account, own_account::password),
        read("/coverage", Staff, coverage::board),
        read("/policies", Public, policies::all),
        read("/assets/{name}", Public, crate::assets::asset),
        read("/workbench", May("workbench.open", P::Own), workbench::workbench),
        read("/leads", May("lead.list", P::Own), leads::list),
        read("/leads/{id}", May("lead.read", P::Lead), leads::one),
        change("/leads/{id}/assign", May("lead.assign", P::Lead), leads::assign),
        change("/leads/{id}/dismiss", May("lead.dismiss", P::Lead), leads::dismiss),
        read("/visit/{id}", May("visit.open", P::Case), visit::form),
        change("/visit/{id}", May("case.record_visit", P::Case), visit::record),
        read("/households", May("household.list", P::Own), search::households),
        read("/households/{id}", May("household.read", P::Household), household::one),
        read("/search", May("household.list", P::Own), search::answer),
        change("/search", May("household.list", P::Own), search::search),
        read("/households/{id}/record", May("person.record", P::Household), rights::record),
        change("/households/{id}/record/copy", May("person.copy", P::Household), rights::copy),
        change("/households/{id}/dispute", May("person.dispute", P::Household), rights::dispute),
        change("/households/{id}/reveal/{purpose}", May("person.record", P::Reveal), rights::reveal),
        read("/queries", May("query.list", P::Own), rights::queries),
        read("/queries/{id}", May("query.answer", P::Query), rights::form),
        read("/retention", May("retention.list", P::Own), retention::list),
        change("/households/{id}/erasure", May("erasure.propose", P::Household), retention::propose),
        change("/households/{id}/request", May("erasure.request", P::Household), requests::record),
        change(
            "/households/{id}/request/withdraw",
            May("erasure.withdraw", P::Household),
            requests::withdraw,
        ),
        change("/households/{id}/request/refuse", May("erasure.refuse", P::Household), requests::refuse),
        change("/erasures/{id}/carry-out", May("erasure.carry_out", P::Erasure), retention::carry_out),
        change("/erasures/{id}/decline", May("erasure.decline", P::Erasure), retention::decline),
        change("/households/{id}/hold", May("hold.set", P::Household), retention::hold),
        change("/households/{id}/hold/release", May("hold.release", P::Household), retention::release),
        change("/queries/{id}/answer", May("query.answer", P::Query), rights::answer),
        read("/cases", May("case.list", P::Own), cases::list),
        read("/cases/{id}", May("case.read", P::Case), case::one),
        change("/cases/{id}/{action}", May("case.read", P::CaseStep), case::act),
        read("/explain/{id}", May("household.read", P::Assessment), explain::assessment),
        read("/explain/{id}/{outcome}", May("household.read", P::Household), explain::outcome),
        read("/accounts", May("account.list", P::Own), accounts::list),
        change("/accounts", May("account.list", P::Own), accounts::search),
        read("/accounts/new", May("account.add", P::Own), accounts::new),
        change("/accounts/new", May("account.add", P::Own), accounts::add),
        read("/accounts/{id}", May("account.read", P::Account), accounts::one),
        change("/accounts/{id}/create", May("account.create", P::Account), accounts::create),
        change("/accounts/{id}/disable", May("account.disable", P::Account), accounts::disable),
        change("/accounts/{id}/open", May("account.open", P::Account), accounts::open),
        change("/accounts/{id}/reset", May("account.reset", P::Account), accounts::reset),
        change("/accounts/{id}/move", May("account.move", P::Account), accounts::move_to),
        change("/accounts/{id}/unlock", May("account.unlock", P::Account), accounts::unlock),
        change(
            "/accounts/{id}/end-sessions",
            May("account.end_sessions", P::Account),
            accounts::end_sessions,
        ),
        change("/accounts/{id}/propose", May("account.propose", P::Account), accounts::propose),
        read("/account-changes", May("account.waiting", P::Own), account_changes::list),
        change(
            "/account-changes/{id}/confirm",
            May("account.confirm", P::AccountChange),
            account_changes::confirm,
        ),
        change(
            "/account-changes/{id}/decline",
            May("account.decline", P::AccountChange),
            account_changes::decline,
        ),
        change(
            "/account-changes/{id}/withdraw",
            May("account.withdraw", P::AccountChange),
            account_changes::withdraw,
        ),
        read("/audit", May("audit.read", P::Own), audit::log),
        read("/rosters", May("roster.list", P::Own), rosters::list),
        change("/rosters", May("roster.make", P::Own), rosters::make),
        read("/rosters/{id}", May("roster.read", P::Roster), rosters::one),
        change("/rosters/{id}/explain", May("roster.explain", P::Roster), rosters::explain),
        change("/rosters/{id}/seal", May("roster.seal", P::Roster), rosters::seal),
        change("/rosters/{id}/export", May("roster.export", P::Roster), rosters::export),
        read("/rosters/{id}/bank.csv", May("roster.fetch", P::Roster), rosters::bank_csv),
        change("/rosters/{id}/returns", May("roster.returns", P::Roster), rosters::returns),
        change("/rosters/{id}/bounces", May("roster.bounces", P::Roster), rosters::bounces),
        change("/rosters/{id}/reissue", May("roster.reissue", P::Roster), rosters::reissue),
        read("/api/v1/health", Public, api::health),
        read("/api/v1/openapi.json", Public, api::described),
        change("/api/v1/feeds/{feed}/deliveries", Service("deliver"), api::deliveries::send),
        read("/api/v1/deliveries/{id}", Service("deliver"), api::deliveries::receipt),
    ]
}

/// The lines, for those who check them.
#[must_use]
pub fn lines() -> Vec<Line> {
    table().into_iter().map(|r| r.line).collect()
}
