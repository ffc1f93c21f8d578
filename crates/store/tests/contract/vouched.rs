//! Rows that leaves vouch for: whatever of them is edited past the program is found, and what the program does is not.

use std::path::Path;

use doudi_payment::refusal::Text;
use doudi_payment::{Officer, Payee};
use doudi_policy::Fen;
use doudi_registry::{
    HouseholdId, LeadId, LeadKind, MembershipKind, PersonId, Post, Receiving, StaffId, Urgency,
};
use doudi_store::audit::Look;
use doudi_store::testing::TestDb;
use doudi_store::{Backend, Store, testing};

use crate::audit::{log_key, work};
use crate::samples::{day, household, lead, member, month, person, place};

const MAKER: Officer = Officer { staff: StaffId(7), post: Post::FinanceOfficer };

async fn places(store: &Store) -> Vec<String> {
    let seen = store.verify_audit(Some(log_key().public()), &[]).await.unwrap();
    seen.findings.into_iter().map(|f| format!("{} {}", f.place, f.en)).collect()
}

/// A village at work, a bulk of people, and each thing that the program changes later.
async fn lived_in(store: &Store) {
    work(store).await;
    let persons: Vec<_> = (1..=1500)
        .map(|n| {
            let mut one = person(n, "测试", "1980-01-01", u16::try_from(n % 900).unwrap());
            one.number = None;
            one
        })
        .collect();
    let households: Vec<_> = (1..=1500).map(|n| household(n, &format!("B{n}"), "990121103001")).collect();
    let members: Vec<_> = (1..=1500).map(|n| member(n, n, doudi_registry::Relation::Head)).collect();
    store.import_people(&households, &persons, &members).await.unwrap();
    assert!(store.record_death(PersonId(700), day("2024-06-01")).await.unwrap());
    assert!(store.record_death(PersonId(2), day("2024-06-01")).await.unwrap());
    assert!(store.end_membership(PersonId(701), MembershipKind::Hukou, day("2024-06-01")).await.unwrap());
    store.register_kin(StaffId(1), PersonId(9), "其他", None).await.unwrap();
    store.seed_demo_accounts().await.unwrap();
    let payee =
        Payee {
            name: "石望山".into(), bank: "青石农村信用社".into(), account: "9900000000000099".into()
        };
    store.set_account(HouseholdId(1), &payee, StaffId(7)).await.unwrap();
    let leads: Vec<_> = (1..=30).map(|n| lead(1 + n % 2, LeadKind::Missed, Urgency::Red, 0)).collect();
    let first = store.insert_leads(&leads).await.unwrap();
    store.assign_lead(first, StaffId(4), day("2024-06-30"), StaffId(1)).await.unwrap();
    store.clear_untouched_leads(leads[0].period).await.unwrap();
    store.insert_leads(&leads).await.unwrap();
    store.close_lead(LeadId(first.0 + 35), day("2024-06-20"), "no_need", StaffId(1)).await.unwrap();
    let award = store.awards_of(HouseholdId(1)).await.unwrap()[0].id;
    store.end_award(award, month("2024-12"), Text::new("迁出", "moved"), StaffId(5)).await.unwrap();
}

async fn what_the_program_does_is_vouched_for(store: Store) {
    lived_in(&store).await;
    assert_eq!(places(&store).await, Vec::<String>::new());
    let told = |subject: String| {
        let store = store.clone();
        async move { store.leaves_of(&subject).await.unwrap().pop().unwrap() }
    };
    assert_eq!(told("household:1".into()).await.actor, Some(StaffId(7)), "who set the account");
}

async fn looks_at_once_leave_a_leaf_each(store: Store) {
    let before = store.waiting_leaves().await.unwrap().leaves;
    let mut tasks = Vec::new();
    for n in 0..200_i64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let look = Look {
                actor: Some(StaffId(n)),
                subject: format!("household:{n}"),
                page: "/x".into(),
                shown: vec![n],
            };
            store.record_read(&look).await.unwrap();
            // Its own leaf is there when it is told so.
            assert_eq!(store.leaves_of(&format!("household:{n}")).await.unwrap()[0].actor, Some(StaffId(n)));
        }));
    }
    // Some readers go away while they wait.
    for task in tasks.iter().step_by(20) {
        task.abort();
    }
    let mut stayed = 0;
    for task in tasks {
        stayed += i64::from(task.await.is_ok());
    }
    let made = store.waiting_leaves().await.unwrap().leaves - before;
    assert!(stayed >= 190 && (stayed..=200).contains(&made), "{stayed} {made}");
    assert_eq!(places(&store).await, Vec::<String>::new());
}

/// Of many who change one thing each takes up what the one before has left, so that none is blamed for another's change.
async fn changes_of_one_thing_at_once_follow_each_other(store: Store) {
    work(&store).await;
    let mut tasks = Vec::new();
    for n in 0..40_i64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let account = format!("99000000000000{n:02}");
            let payee = Payee { name: "石望山".into(), bank: "青石农村信用社".into(), account };
            store.set_account(HouseholdId(1 + n % 2), &payee, StaffId(7)).await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(places(&store).await, Vec::<String>::new());
}

doudi_store::on_both!(
    what_the_program_does_is_vouched_for,
    looks_at_once_leave_a_leaf_each,
    changes_of_one_thing_at_once_follow_each_other
);

/// An edit past the program, and a change by the program of the same rows after it.
#[tokio::test]
async fn a_later_change_does_not_cover_an_edit() {
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    let store = &db.store;
    lived_in(store).await;
    let roster = store.make_roster("dibao", month("2024-08"), MAKER, day("2024-08-02")).await.unwrap();
    for sql in [
        "UPDATE accounts SET bank = '别的银行' WHERE household = 1",
        "UPDATE staff SET post = 'county_officer' WHERE id = 1",
        "UPDATE persons SET sex = 'unknown' WHERE id = 1400",
        "UPDATE roster_lines SET amount = amount + 100",
        "UPDATE visits SET visited_on = '2024-06-01'",
    ] {
        testing::administer(&db.url, sql).await.unwrap();
    }
    let payee =
        Payee { name: "石望山".into(), bank: "信用社".into(), account: "9900000000000012".into() };
    store.set_account(HouseholdId(1), &payee, StaffId(7)).await.unwrap();
    store.move_staff(StaffId(1), Post::TownshipHead, &place("990121103")).await.unwrap();
    assert!(store.record_death(PersonId(1400), day("2024-06-01")).await.unwrap());
    let lines = store.roster(roster).await.unwrap().lines;
    store.void_line(roster, &lines[0].id, MAKER, "试").await.unwrap();
    let found = places(store).await;
    for place in ["accounts 1 ", "staff 1 ", "persons 1001-1505 ", "roster_lines 1 ", "visits 1 "] {
        assert!(found.iter().any(|f| f.starts_with(place)), "{place}: {found:?}");
    }
    db.remove().await.unwrap();
}

const EDITS: [(&str, &str); 25] = [
    ("line_persons 1", "DELETE FROM line_persons"),
    ("line_persons 1", "UPDATE line_persons SET live = 1 - live"),
    (
        "roster_reasons 1",
        "INSERT INTO roster_reasons (roster, beneficiary, zh, en) VALUES (1, 'h:1', 'x', 'y')",
    ),
    ("settings 0", "INSERT INTO settings (key, value) VALUES ('demo_today', '2020-01-01')"),
    ("awards", "UPDATE awards SET household = CAST(household AS BLOB)"),
    ("leads", "UPDATE leads SET status = CAST(status AS BLOB)"),
    ("awards", "UPDATE awards SET amount = amount + 1"),
    ("award_persons", "UPDATE award_persons SET person = 9 WHERE person = 2"),
    ("persons", "UPDATE persons SET died = '2020-01-01' WHERE id = 3"),
    ("persons 6-1000", "UPDATE persons SET name = '别人' WHERE id = 950"),
    ("persons 1001-1505", "DELETE FROM persons WHERE id = 1200"),
    ("persons", "UPDATE persons SET died = NULL WHERE id = 700"),
    (
        "persons",
        "INSERT INTO persons SELECT 9999, NULL, NULL, name, name_folded, sex, birth, died, hukou, ethnic FROM persons WHERE id = 7",
    ),
    ("households", "UPDATE households SET division = '990121104002' WHERE id = 400"),
    ("memberships", "UPDATE memberships SET household = 1 WHERE person = 800"),
    ("memberships", "UPDATE memberships SET to_on = NULL WHERE person = 701"),
    ("staff", "UPDATE staff SET post = 'county_officer' WHERE id = 1"),
    ("staff_kin", "DELETE FROM staff_kin"),
    ("accounts", "UPDATE accounts SET account = '1' WHERE household = 1"),
    ("accounts", "UPDATE accounts SET account = '1' WHERE household = 900"),
    ("events", "UPDATE events SET content = '' WHERE id = 2"),
    ("events", "DELETE FROM events WHERE id = 1"),
    ("leads", "UPDATE leads SET status = 'closed' WHERE status = 'open'"),
    ("leads", "DELETE FROM leads WHERE id = 40"),
    ("lead_sheets", "UPDATE lead_sheets SET sheet = '{}' || sheet WHERE lead = 41"),
];

/// Makes each edit in a copy of a database, and finds the place that it belongs to named.
pub(crate) async fn each_edit_is_named(db: TestDb, edits: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    db.store.close().await;
    let sound = db.url.trim_start_matches("sqlite:").to_owned();
    for (number, (place, sql)) in edits.iter().enumerate() {
        let copy = folder.path().join(format!("{number}.db"));
        std::fs::copy(Path::new(&sound), &copy).unwrap();
        let url = format!("sqlite:{}", copy.display());
        testing::administer(&url, sql).await.unwrap();
        let store = Store::open(&url, testing::keys()).await.unwrap();
        let found = places(&store).await;
        store.close().await;
        assert!(found.iter().any(|f| f.starts_with(place)), "{sql}: {found:?}");
    }
}

#[tokio::test]
async fn whatever_is_edited_past_the_program_is_found() {
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    lived_in(&db.store).await;
    db.store.make_roster("dibao", month("2024-08"), MAKER, day("2024-08-02")).await.unwrap();
    each_edit_is_named(db, &EDITS).await;
}

/// A register that was altered, or lost a row, since it was read is not taken over: that would vouch for what stands there.
#[tokio::test]
async fn a_register_that_was_altered_is_not_taken_over() {
    let reason = || Text::new("按期初名册接续", "taken over");
    for edit in [
        "UPDATE receiving SET amount = amount + 100 WHERE id = 700",
        "DELETE FROM receiving WHERE id = 3",
        "INSERT INTO receiving (id, programme, household, person, from_month, amount, account_tail) VALUES (1400, 'edge', 1, 1, '2023-01', 5, '')",
    ] {
        for db in crate::opening::both().await {
            let store = &db.store;
            lived_in(store).await;
            let rows: Vec<_> = (10..=1400)
                .map(|n| Receiving {
                    programme: "edge".to_owned(),
                    household: HouseholdId(n),
                    person: PersonId(n),
                    from: month("2023-01"),
                    to: None,
                    amount: Fen(50_000),
                    next_review: None,
                    account_tail: String::new(),
                })
                .collect();
            store.import_receiving(&rows).await.unwrap();
            testing::administer(&db.url, edit).await.unwrap();
            let before = places(store).await;
            let refused = store.adopt_awards("edge", "income", false, reason()).await.unwrap_err();
            assert!(refused.en().contains("receiving "), "{refused:?}");
            assert_eq!(places(store).await, before, "{edit}: what was found is found still");
            db.remove().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_baseline_vouches_for_what_no_leaf_knew_and_hides_no_edit() {
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    lived_in(&db.store).await;
    let insert = "INSERT INTO persons SELECT id + 50000, NULL, NULL, name, name_folded, sex, birth, died, hukou, ethnic FROM persons WHERE id BETWEEN 20 AND 59";
    testing::administer(&db.url, insert).await.unwrap();
    testing::administer(&db.url, "UPDATE persons SET name = '别人' WHERE id = 60").await.unwrap();
    assert_eq!(places(&db.store).await.len(), 41);
    assert_eq!(db.store.audit_baseline().await.unwrap(), 40);
    let left = places(&db.store).await;
    assert!(left.len() == 1 && left[0].starts_with("persons 6-1000"), "{left:?}");
    assert_eq!(db.store.audit_baseline().await.unwrap(), 0);
    testing::administer(&db.url, "UPDATE persons SET name = '别人' WHERE id = 50030").await.unwrap();
    assert_eq!(places(&db.store).await.len(), 2);
    db.remove().await.unwrap();
}
