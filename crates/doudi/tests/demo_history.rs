//! The demo as it is run: what the county did before the visitor came, and what the next roster shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "tests stop at the first surprise"
)]

#[path = "support/keys.rs"]
mod keys;

use std::collections::BTreeSet;
use std::process::Command;

use doudi_casework::retention::{Group, Schedule, Term};
use doudi_casework::{Action, Case, Status};
use doudi_payment::{Change, LineState, Officer, RosterState};
use doudi_policy::{Date, Fen};
use doudi_registry::{LeadKind, LeadStatus, Post, StaffId};
use doudi_store::cases::CaseFilter;
use doudi_store::rosters::RosterItem;
use doudi_store::{Page, Store};

fn run() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let told = Command::new(env!("CARGO_BIN_EXE_doudi"))
        .args(["demo", "--no-serve", "--format", "json", "--lang", "en", "--dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    (folder, String::from_utf8(told.stdout).unwrap())
}

/// Monday to Friday, and not the Dragon Boat holiday.
fn is_working_day(day: Date) -> bool {
    // 3 June 2024 is a Monday.
    let monday: Date = "2024-06-03".parse().unwrap();
    (day.0 - monday.0).rem_euclid(7) < 5 && day.to_string() != "2024-06-10"
}

#[tokio::test]
async fn the_demo_leaves_a_finished_chain_and_a_next_roster_with_reasons() {
    let (folder, told) = run();
    assert!(told.contains("more look entitled, and nobody has asked for them."), "{told}");
    let summary: serde_json::Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert!(summary["awards_adopted"].as_u64().unwrap() > 9_000, "{summary}");
    let url = format!("sqlite:{}", folder.path().join("doudi.db").display());
    let store = Store::open(&url, keys::load(folder.path())).await.unwrap();
    let today = store.demo_today().await.unwrap().unwrap();
    assert_eq!(today.to_string(), "2024-06-17");
    let all = CaseFilter { closed: true, ..CaseFilter::default() };
    let cases = store.cases(&all, Page::first(50)).await.unwrap().rows;
    let cases: Vec<Case> = cases.into_iter().map(|i| i.case).collect();
    let rosters = store.rosters().await.unwrap();
    june_is_paid(&store, &rosters).await;
    something_is_due_to_be_erased(&store, today).await;
    let july = rosters.iter().find(|r| r.period.to_string() == "2024-07").expect("a sealed roster of July");
    a_chain_is_finished(&store, &cases, july, today).await;
    the_next_roster_shows_differences(&store, &cases, july, today).await;
    store.close().await;
}

/// One family's finding of years ago has outlived its term, so that erasing can be tried on the first day.
async fn something_is_due_to_be_erased(store: &Store, today: Date) {
    let term = Term { months: 24, from_year_end: false, source: "T".to_owned(), contested: false };
    let schedule = Schedule { terms: [(Group::Findings, term)].into() };
    let place = "990121103".parse().unwrap();
    let due = store.due_families(&place, &schedule, today, Page::first(9)).await.unwrap();
    let [(family, holdings)] = due.rows.as_slice() else { panic!("{:?}", due.rows) };
    assert_eq!(holdings.last[&Group::Findings].to_string(), "2021-09-15");
    let leads = store.leads_of(*family).await.unwrap();
    assert!(leads.len() == 1 && leads[0].result == "no_need", "{leads:?}");
}

/// Made by one, sealed by another, answered by the bank, and the book balances.
async fn june_is_paid(store: &Store, rosters: &[RosterItem]) {
    let june: Vec<_> = rosters.iter().filter(|r| r.period.to_string() == "2024-06").collect();
    assert_eq!(june.len(), 5);
    for roster in &june {
        assert_eq!(roster.state, RosterState::Acknowledged, "{}", roster.programme);
        assert!(roster.sealed_by.is_some_and(|by| by != roster.made_by));
    }
    assert!(june.iter().map(|r| r.returned).sum::<i64>() > 0, "some accounts are wrong, as in life");
    assert_eq!(store.check_book().await.unwrap(), Vec::<String>::new());
}

/// By different people, on working days, after the whole public notice, up to a line in a sealed roster.
async fn a_chain_is_finished(store: &Store, cases: &[Case], july: &RosterItem, today: Date) {
    use Action as A;
    assert_eq!(july.state, RosterState::Sealed);
    let case = cases.iter().find(|c| c.programme == july.programme).expect("its case");
    assert_eq!(case.status, Status::Confirmed);
    let lead = store.lead(case.lead.unwrap()).await.unwrap();
    assert_eq!(
        (lead.kind, lead.status, lead.result.as_str()),
        (LeadKind::Missed, LeadStatus::Closed, "awarded")
    );
    let steps: Vec<Action> = case.events.iter().filter_map(|e| e.action).collect();
    let whole = [
        A::Assign,
        A::RecordVisit,
        A::Accept,
        A::RequestCheck,
        A::RecordCheck,
        A::ProposeApprove,
        A::StartPublicity,
        A::Submit,
        A::Confirm,
        A::RecordNotice,
    ];
    assert_eq!(steps, whole);
    let by = |action| case.events.iter().find(|e| e.action == Some(action)).unwrap();
    let hands: BTreeSet<_> =
        [A::RecordVisit, A::ProposeApprove, A::Submit, A::Confirm].map(|a| by(a).by.unwrap()).into();
    assert_eq!(hands.len(), 4, "four people");
    assert!(case.events.iter().all(|e| is_working_day(e.on) && e.on <= today), "{:?}", case.events);
    let notice = case.notice().unwrap();
    assert!(notice.to.0 - notice.from.0 >= 7 && by(A::Submit).on > notice.to);
    let paid = store.payments_of(case.household).await.unwrap();
    let line = &paid.iter().find(|p| p.roster == july.id).expect("a line in the sealed roster").line;
    let award = &store.awards_of(case.household).await.unwrap()[0];
    assert_eq!((line.state, line.amount, line.award), (LineState::Planned, award.amount, award.id));
    assert!(store.chain(case.household).await.unwrap().len() >= case.events.len());
    let again = store.leads_of(case.household).await.unwrap();
    let mut open = again.iter().filter(|lead| lead.status != LeadStatus::Closed);
    assert!(open.all(|lead| lead.outcome != case.programme), "nobody looks again for what is confirmed");
}

/// What the visitor's own roster of dibao shows: new, raised and stopped, each with its reason; nobody twice.
async fn the_next_roster_shows_differences(store: &Store, cases: &[Case], july: &RosterItem, today: Date) {
    let maker = Officer { staff: StaffId(7), post: Post::FinanceOfficer };
    let next = store.make_roster("dibao", july.period, maker, today).await.unwrap();
    let seen = store.roster_differences(next).await.unwrap();
    let changes: BTreeSet<Change> = seen.rows.iter().map(|d| d.change).collect();
    assert_eq!(changes, BTreeSet::from([Change::New, Change::Raised, Change::Stopped]));
    assert_eq!(seen.unexplained().count(), 0, "{:?}", seen.rows);
    let moved: i64 = seen.rows.iter().map(|d| d.after.0 - d.before.0).sum();
    assert_eq!(Fen(seen.before.0 + moved), seen.after);
    let raised = seen.rows.iter().find(|d| d.change == Change::Raised).unwrap();
    assert!(raised.reason.as_ref().unwrap().zh.contains("复核后"));
    let stopped = seen.rows.iter().find(|d| d.change == Change::Stopped).unwrap();
    let case = cases.iter().find(|c| c.household == stopped.household).unwrap();
    let notices = store.notices_of(case.id).await.unwrap();
    assert!(notices.iter().any(|n| n.zh.contains("行政复议")), "a stop comes with the way to appeal");
    let lines = store.roster(next).await.unwrap().lines;
    let people: BTreeSet<_> = lines.iter().flat_map(|l| &l.covered).collect();
    assert_eq!(people.len(), lines.iter().map(|l| l.covered.len()).sum::<usize>(), "nobody is paid twice");
    let reviewer = Officer { staff: StaffId(8), post: Post::FinanceReviewer };
    store.seal_roster(next, reviewer, today).await.unwrap();
}
