//! The tables around the work, which leaves vouch for too: who may log in and from where, what departments sent, who
//! receives what, what was assessed; who was refused, and for whom a command line works.

use doudi_registry::{
    AuthorisationId, Division, Grade, HouseholdId, PersonId, Scalar, SnapshotId, StaffId, Subject,
};
use doudi_store::accounts::Factor;
use doudi_store::audit::{Asker, By, LEAVES_A_MINUTE, MINUTE_MS, Refused, Why};
use doudi_store::authorisations::Authorisation;
use doudi_store::inbox::Settled;
use doudi_store::originals::OriginalDeed;
use doudi_store::rights::Contested;
use doudi_store::sessions::NewSession;
use doudi_store::snapshots::Snapshot;
use doudi_store::{Backend, Page, Store, testing};

use crate::audit::log_key;
use crate::samples::{day, month};
use crate::sealed::everything;

const NOW: i64 = 200_000;

async fn places(store: &Store) -> Vec<String> {
    let seen = store.verify_audit(Some(log_key().public()), &[]).await.unwrap();
    seen.findings.into_iter().map(|f| format!("{} {}", f.place, f.en)).collect()
}

fn session(digest: &str) -> NewSession {
    NewSession {
        digest: digest.to_owned(),
        totp_offer: None,
        now: NOW,
        address: "127.0.0.1".to_owned(),
        agent: "x".to_owned(),
    }
}

/// Each thing that changes a row of these tables, once at least.
pub(crate) async fn office(store: &Store) {
    everything(store).await;
    // A later list renames a place of another province.
    let far = [("98", "远岭省"), ("9801", "远岭市")].map(|(c, n)| Division::new(c.parse().unwrap(), n));
    store.import_divisions(&far).await.unwrap();
    store.import_divisions(&[Division::new("9801".parse().unwrap(), "远岭新市")]).await.unwrap();
    // Accounts: first log-in, codes, a second factor used up, a link, a password, one who is shut and begins anew.
    store.add_account(StaffId(2), "zhao", "$argon2id$x", 0).await.unwrap();
    assert!(store.enter_first(StaffId(2), &session("first")).await.unwrap());
    let codes = ["c1".to_owned(), "c2".to_owned(), "c3".to_owned()];
    assert!(store.enrol(StaffId(2), "$argon2id$y", ("S", 1), &codes, &session("one")).await.unwrap());
    let code = Factor::Recovery("c2".to_owned());
    assert!(store.enter(StaffId(2), &code, &session("two")).await.unwrap());
    assert!(store.enter(StaffId(2), &Factor::Step(9), &session("three")).await.unwrap());
    store.end_session("two").await.unwrap();
    let open = store.sessions_of(StaffId(2), NOW).await.unwrap();
    assert_eq!(open.len(), 2, "{open:?}");
    assert!(store.end_session_of(StaffId(2), open[1].id).await.unwrap());
    store.link_subject(StaffId(2), "https://idp", "zhao@x").await.unwrap();
    store.add_account(StaffId(3), "wu", "$argon2id$x", 0).await.unwrap();
    store.link_subject(StaffId(3), "https://idp", "wu@x").await.unwrap();
    store.unlink_subjects(StaffId(3)).await.unwrap();
    assert!(store.disable_account(StaffId(3)).await.unwrap());
    assert!(store.reset_account(StaffId(3), "$argon2id$z").await.unwrap());
    // A session that is open stays so when its time of use is written down, which leaves no leaf.
    let held = store.session("three", NOW + 100).await.unwrap().unwrap();
    store.touch_session(&held, NOW + 100).await.unwrap();
    // Files of departments.
    store.renew_service("医保", "d9", 9_000_000_000).await.unwrap();
    let waiting = store.inbox_waiting().await.unwrap();
    let settled = Settled { delivery: None, counts: None, reasons: Vec::new(), now: NOW };
    store.settle_inbox(waiting[0].id, &settled).await.unwrap();
    // Families.
    let paper = Authorisation {
        id: AuthorisationId(0),
        code: "A1".to_owned(),
        household: HouseholdId(1),
        from: day("2024-01-01"),
        to: day("2024-06-30"),
        revoked_on: None,
    };
    let first = store.add_authorisations(&[paper]).await.unwrap();
    assert!(store.revoke_authorisation(first, day("2024-06-10"), StaffId(1)).await.unwrap());
    let told = store.leaves_of(&format!("authorisation:{first}")).await.unwrap().pop().unwrap();
    assert_eq!(told.actor, Some(StaffId(1)));
    let contested = Contested {
        household: HouseholdId(1),
        subject: Subject::Person(PersonId(1)),
        fact: "illness".to_owned(),
        source: "disability".to_owned(),
        held: Scalar::Text("尿毒症".to_owned()),
        grade: Grade::A,
        as_of: day("2024-06-01"),
        said: "没有".to_owned(),
        due_on: None,
    };
    store.dispute(&contested, StaffId(1), day("2024-06-17")).await.unwrap();
    let snapshot = Snapshot {
        id: SnapshotId(0),
        period: month("2024-06"),
        as_of: day("2024-06-17"),
        digest: "ab".to_owned(),
        path: "snapshots/ab".to_owned(),
        households: 2,
        persons: 5,
        facts: 9,
        package_hash: "cd".to_owned(),
        manifest: "{}".to_owned(),
        made_on: day("2024-06-17"),
    };
    store.add_snapshot(&snapshot).await.unwrap();
}

async fn what_the_office_does_is_vouched_for(store: Store) {
    office(&store).await;
    assert_eq!(places(&store).await, Vec::<String>::new());
    // Sessions that have run out go with the next log-in, and are vouched for as gone.
    let late = NewSession { now: NOW + 40_000, ..session("late") };
    assert!(store.enter(StaffId(2), &Factor::Step(10), &late).await.unwrap());
    assert_eq!(store.sessions_of(StaffId(2), NOW + 40_000).await.unwrap().len(), 1);
    assert_eq!(places(&store).await, Vec::<String>::new());
}

async fn a_refusal_leaves_a_leaf_and_a_flood_a_few(store: Store) {
    crate::samples::village(&store).await;
    let before = store.waiting_leaves().await.unwrap().leaves;
    let refused = |id: i64| Refused {
        asker: Asker::Staff(StaffId(1)),
        action: "household.read".to_owned(),
        subject: Some(("household", id)),
        why: Why::NotFound,
    };
    for n in 0..500 {
        store.record_refused(&refused(7), n).await.unwrap();
    }
    let told = store.leaves_of("household:7").await.unwrap();
    assert_eq!((told.len(), told[0].kind.as_str(), told[0].actor), (1, "access.refused", Some(StaffId(1))));
    assert!(
        store.looks_at(HouseholdId(7), Page::first(9)).await.unwrap().is_empty(),
        "nobody has seen anything"
    );
    for id in 100..400 {
        store.record_refused(&refused(id), 1000).await.unwrap();
    }
    let made = store.waiting_leaves().await.unwrap().leaves - before;
    assert_eq!(usize::try_from(made).unwrap(), LEAVES_A_MINUTE + 1);
    store.record_refused(&refused(7), 2 * MINUTE_MS).await.unwrap();
    let told = store.leaves_of("household:7").await.unwrap();
    let counts: Vec<bool> = told.iter().map(|l| l.payload.as_ref().unwrap().contains("\"499\"")).collect();
    assert_eq!(counts, [false, true, false], "{told:?}");
    assert_eq!(places(&store).await, Vec::<String>::new());
}

async fn a_change_without_a_name_is_by_whoever_the_handle_works_for(store: Store) {
    crate::samples::village(&store).await;
    let last = |subject: &'static str| {
        let store = store.clone();
        async move { store.leaves_of(subject).await.unwrap().pop().unwrap() }
    };
    let operated = store.clone().acting_for(By::Operator("wang as root".into()));
    operated.add_account(StaffId(3), "wu", "$argon2id$x", 0).await.unwrap();
    let leaf = last("staff:3").await;
    assert!(leaf.actor.is_none() && leaf.payload.unwrap().contains(r#""operator":"wang as root""#));
    let clerk = store.clone().acting_for(By::Staff(StaffId(2)));
    assert!(clerk.record_death(PersonId(1), day("2024-06-01")).await.unwrap());
    assert_eq!(last("person:1").await.actor, Some(StaffId(2)));
    // Who is named by the change itself stays.
    clerk.register_kin(StaffId(1), PersonId(4), "其他", StaffId(5)).await.unwrap();
    assert_eq!(last("staff:1").await.actor, Some(StaffId(5)));
    // Holding an original stands in the tree, whatever becomes of the file.
    let delivery = doudi_registry::DeliveryId(4);
    assert_eq!(store.original_held(delivery).await.unwrap(), None);
    let held = OriginalDeed::Held { reason: "监察 7 号" };
    operated.record_original(Some(delivery), "ab", held).await.unwrap();
    assert_eq!(store.original_held(delivery).await.unwrap().as_deref(), Some("监察 7 号"));
    operated.record_original(Some(delivery), "ab", OriginalDeed::Opened).await.unwrap();
    assert!(store.original_held(delivery).await.unwrap().is_some());
    operated.record_original(Some(delivery), "ab", OriginalDeed::Released).await.unwrap();
    assert_eq!(store.original_held(delivery).await.unwrap(), None);
    assert_eq!(places(&store).await, Vec::<String>::new());
}

doudi_store::on_both!(
    what_the_office_does_is_vouched_for,
    a_refusal_leaves_a_leaf_and_a_flood_a_few,
    a_change_without_a_name_is_by_whoever_the_handle_works_for,
);

/// Edits past the program, and which row must be named.
const EDITS: [(&str, &str); 24] = [
    ("divisions 99", "UPDATE divisions SET name = '别县' WHERE code = '990121'"),
    ("divisions 98", "DELETE FROM divisions WHERE code = '9801'"),
    ("divisions 52", "INSERT INTO divisions (code, name, level) VALUES ('52', '外省', 1)"),
    ("divisions 0", "INSERT INTO divisions (code, name, level) VALUES ('ab', '外省', 1)"),
    ("quarantine 1", "DELETE FROM quarantine WHERE id = 1"),
    ("quarantine 1", "UPDATE quarantine SET code = 'x' WHERE id = 1"),
    ("inbox 1", "UPDATE inbox SET state = 'waiting' WHERE id = 1"),
    ("authorisations 1", "UPDATE authorisations SET revoked_on = NULL WHERE id = 1"),
    (
        "authorisations 9",
        "INSERT INTO authorisations SELECT 9, 'A9', 2, from_on, to_on, NULL FROM authorisations WHERE id = 1",
    ),
    ("receiving", "UPDATE receiving SET to_month = '2024-01' WHERE programme = 'tekun'"),
    ("receiving", "UPDATE receiving SET amount = amount + 1 WHERE programme = 'dibao' AND amount > 0"),
    ("assessments 1", "UPDATE assessments SET mode = 'find' WHERE id = 1"),
    ("assessments 1", "DELETE FROM assessments WHERE id = 1"),
    ("snapshots 1", "UPDATE snapshots SET digest = 'cc' WHERE id = 1"),
    (
        "source_queries 1",
        "UPDATE source_queries SET outcome = CASE WHEN outcome = 'upheld' THEN 'corrected' ELSE 'upheld' END WHERE id = 1",
    ),
    ("staff_accounts 2", "UPDATE staff_accounts SET password = '$argon2id$mine' WHERE staff = 2"),
    ("staff_accounts 3", "UPDATE staff_accounts SET disabled = 1 WHERE staff = 3"),
    ("staff_accounts 2", "UPDATE staff_accounts SET totp = NULL WHERE staff = 2"),
    ("account_recovery 2", "INSERT INTO account_recovery (staff, digest) VALUES (2, 'mine')"),
    ("account_subjects 2", "UPDATE account_subjects SET subject = 'me' WHERE staff = 2"),
    (
        "sessions 99",
        "INSERT INTO sessions SELECT 99, 'mine', staff, first, totp_offer, born_at, seen_at, address, agent FROM sessions WHERE digest = 'three'",
    ),
    ("sessions", "UPDATE sessions SET staff = 3 WHERE digest = 'three'"),
    ("service_accounts 1", "UPDATE service_accounts SET scopes = 'deliver read' WHERE id = 1"),
    ("service_accounts 1", "UPDATE service_accounts SET digest = 'mine' WHERE id = 1"),
];

#[tokio::test]
async fn whatever_is_edited_around_the_work_is_named() {
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    office(&db.store).await;
    crate::vouched::each_edit_is_named(db, &EDITS).await;
}

/// Sealing anew rewrites such rows, and they are vouched for all the while.
#[tokio::test]
async fn rows_sealed_anew_stay_vouched_for() {
    for db in crate::opening::both().await {
        office(&db.store).await;
        db.store.close().await;
        let store = Store::open(&db.url, testing::keys_of(1..=2)).await.unwrap();
        while !store.reseal_batch(7).await.unwrap().finished {}
        assert_eq!(places(&store).await, Vec::<String>::new());
        store.close().await;
        db.remove().await.unwrap();
    }
}
