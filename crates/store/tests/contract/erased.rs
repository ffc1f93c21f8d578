//! 清除: a family whose terms are over is gone from the database and from a fresh copy, opened with all keys; the tree, the
//! invariants and the book hold; what is open, held or of no term stays.

use std::collections::{BTreeMap, BTreeSet};

use doudi_casework::retention::{Group, Open, Schedule, Standing, Term, due, standings};
use doudi_payment::bank::Payee;
use doudi_payment::refusal::Text;
use doudi_payment::{Beneficiary, Officer};
use doudi_registry::{
    Grade, HouseholdId, LeadId, LeadKind, MembershipKind, Observation, ObservationId, Origin, PersonId, Post,
    Relation, Scalar, StaffId, Subject, Urgency,
};
use doudi_store::audit::Look;
use doudi_store::classes::columns;
use doudi_store::requests::RequestState;
use doudi_store::retention::Basis;
use doudi_store::rights::{Came, Contested, Letter, SourceAnswer};
use doudi_store::testing::{self, TestDb};
use doudi_store::{Backend, Page, Store, StoreError};

use crate::audit::{grow, log_key, look};
use crate::desk::{Law, confirm, new_case};
use crate::money::answer;
use crate::opening::both;
use crate::samples::{VILLAGE, day, household, lead, member, month, person, place, village};
use crate::sealed::rows;

const MAKER: Officer = Officer { staff: StaffId(7), post: Post::FinanceOfficer };
const REVIEWER: Officer = Officer { staff: StaffId(8), post: Post::FinanceReviewer };
const CLERK: StaffId = StaffId(1);
const HEAD: StaffId = StaffId(2);
const COUNTY: StaffId = StaffId(5);
const AUDITOR: StaffId = StaffId(9);

/// The family: household 3 with persons 6 and 7.
const FAMILY: HouseholdId = HouseholdId(3);
/// Whatever of it could be found, as it is typed or stored.
const BAIT: [&str; 17] = [
    "卡娜瑞",
    "卡小瑞",
    "1961-04-09",
    "1988-11-23",
    "990121103001-7777",
    "诱饵巷七十七号",
    "13900007777",
    "9900770077007700",
    "诱饵病",
    "诱饵申诉",
    "诱饵差异",
    "看了房屋和药盒",
    "材料齐全",
    "诱饵留存",
    "诱饵文号",
    "诱饵监护人",
    "诱饵拒绝",
];

fn schedule() -> Schedule {
    let term = |months, from_year_end| Term { months, from_year_end, source: "T".into(), contested: false };
    let terms = [
        (Group::Findings, term(24, false)),
        (Group::Files, term(120, false)),
        (Group::Money, term(360, true)),
        (Group::Register, term(12, false)),
    ];
    Schedule { terms: terms.into() }
}

/// A family that was found twice, helped, paid, disputed something and moved away, beside others that stay.
async fn lived(store: &Store) -> Vec<String> {
    village(store).await;
    let mut ours = household(1, "990121103001-7777", VILLAGE);
    ours.address = "诱饵巷七十七号".to_owned();
    let mut households = vec![ours];
    let mut persons = vec![person(1, "卡娜瑞", "1961-04-09", 77), person(2, "卡小瑞", "1988-11-23", 78)];
    let mut members = vec![member(1, 1, Relation::Head), member(1, 2, Relation::Child)];
    let numbers: Vec<String> =
        persons.iter().map(|p| p.number.as_ref().unwrap().as_str().to_owned()).collect();
    for n in 2..=14 {
        households.push(household(n, &format!("C{n}"), VILLAGE));
        persons.push(person(n + 1, "邻人", "1970-02-02", u16::try_from(100 + n).unwrap()));
        members.push(member(n, n + 1, Relation::Head));
    }
    store.import_people(&households, &persons, &members).await.unwrap();
    let law = Law::new();
    let mut nothing = lead(3, LeadKind::Missed, Urgency::Red, 1);
    nothing.division = place(VILLAGE);
    nothing.person = Some(PersonId(6));
    nothing.reason_zh = "诱饵病，13900007777".to_owned();
    nothing.sheet = "{\"note\":\"诱饵病\"}".to_owned();
    let mut found = nothing.clone();
    found.outcome = "tekun".to_owned();
    let first = store.insert_leads(&[nothing, found]).await.unwrap();
    for lead in [first.0, first.0 + 1] {
        store.close_lead(LeadId(lead), day("2024-06-18"), "no_need", CLERK).await.unwrap();
    }
    let case = store.open_case(new_case(3, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(store, &law, &case, &[6, 7]).await;
    let payee = Payee {
        name: "卡娜瑞".to_owned(),
        bank: "青石农村信用社".to_owned(),
        account: "9900770077007700".to_owned(),
    };
    store.set_account(FAMILY, &payee, MAKER.staff).await.unwrap();
    let observed = |subject| Observation {
        id: ObservationId(0),
        subject,
        source: "disability".to_owned(),
        origin: Origin::Register,
        line: None,
        grade: Grade::A,
        valid_from: day("2024-01-01"),
        valid_to: None,
        recorded_at: day("2024-06-01"),
        recorded_by: None,
        payload: BTreeMap::from([("illness".to_owned(), Scalar::Text("诱饵病".to_owned()))]),
    };
    let all = [observed(Subject::Person(PersonId(6))), observed(Subject::Household(FAMILY))];
    store.add_observations(&all).await.unwrap();
    for case in [None, Some(case.id)] {
        let mut kept = crate::findings::assessment();
        (kept.household, kept.case) = (FAMILY, case);
        kept.sheet = "{\"note\":\"诱饵病\"}".to_owned();
        store.add_assessment(&kept).await.unwrap();
    }
    let contested = Contested {
        household: FAMILY,
        subject: Subject::Person(PersonId(6)),
        fact: "illness".to_owned(),
        source: "disability".to_owned(),
        grade: Grade::A,
        as_of: day("2024-06-01"),
        held: Scalar::Text("诱饵病".to_owned()),
        said: "诱饵申诉".to_owned(),
        due_on: Some(day("2024-07-17")),
    };
    let query = store.dispute(&contested, CLERK, day("2024-06-17")).await.unwrap();
    let letter = Letter { came: Came::Letter, number: "诱饵文号".to_owned(), on: day("2024-06-28") };
    store.answer_query(query, &SourceAnswer::Upheld, &letter, CLERK, day("2024-06-30")).await.unwrap();
    store.request_erasure(FAMILY, "诱饵监护人", CLERK, day("2024-07-01")).await.unwrap();
    store.refuse_request(FAMILY, "诱饵拒绝", HEAD, day("2024-07-02")).await.unwrap();
    store.request_erasure(FAMILY, "诱饵监护人", CLERK, day("2024-07-03")).await.unwrap();
    let roster = store.make_roster("dibao", month("2024-08"), MAKER, day("2024-08-02")).await.unwrap();
    let whose = Beneficiary::Household(FAMILY);
    store.explain_difference(roster, whose, &Text::new("诱饵差异", "诱饵差异"), MAKER.staff).await.unwrap();
    store.seal_roster(roster, REVIEWER, day("2024-08-02")).await.unwrap();
    store.export_roster(roster, MAKER, day("2024-08-03")).await.unwrap();
    let bank = answer(store, roster, &[]).await;
    store.acknowledge_roster(roster, MAKER, day("2024-08-05"), &bank).await.unwrap();
    let award = store.awards_of(FAMILY).await.unwrap()[0].id;
    store.end_award(award, month("2024-12"), Text::new("诱饵差异", "moved"), COUNTY).await.unwrap();
    for n in 0..20 {
        let mut seen = look(n);
        seen.subject = "household:3".to_owned();
        seen.shown.push(3);
        store.record_read(&seen).await.unwrap();
    }
    store.register_kin(CLERK, PersonId(6), "其他", None).await.unwrap();
    let hold = store.set_hold(FAMILY, "诱饵留存", COUNTY, day("2024-09-01")).await.unwrap();
    store.release_hold(FAMILY, hold, "已结案", AUDITOR, day("2024-10-01")).await.unwrap();
    store.record_death(PersonId(6), day("2024-12-30")).await.unwrap();
    for person in [6, 7] {
        store.end_membership(PersonId(person), MembershipKind::Hukou, day("2024-12-31")).await.unwrap();
    }
    let mut bait: Vec<String> = BAIT.iter().map(|b| (*b).to_owned()).collect();
    bait.extend(numbers);
    bait
}

/// Every text of every table, and every sealed value opened.
async fn everything(store: &Store, url: &str) -> Vec<(String, String)> {
    let mut all = store.open_everything().await.unwrap();
    for column in columns() {
        let place = format!("{}.{}", column.table, column.column);
        let sql = format!(
            "SELECT CAST({c} AS TEXT) FROM {t} WHERE {c} IS NOT NULL",
            c = column.column,
            t = column.table
        );
        let cells = rows(url, &sql).await;
        all.extend(cells.into_iter().filter_map(|row| Some((place.clone(), row[0].clone()?))));
    }
    all
}

async fn found(store: &Store, url: &str, bait: &[String]) -> BTreeSet<String> {
    let all = everything(store, url).await;
    let hits = bait.iter().filter(|b| all.iter().any(|(_, text)| text.contains(b.as_str())));
    hits.cloned().collect()
}

/// The tree fits, and so does every invariant.
async fn sound(store: &Store) {
    let all = store.invariants(Some(log_key().public()), &[], 0).await.unwrap();
    // The heads of these tests are signed in the year 1970.
    for one in all.into_iter().filter(|one| one.id != "I11") {
        assert_eq!(one.broken, Vec::<String>::new(), "{}", one.id);
    }
}

async fn erase(store: &Store, on: &str) -> BTreeSet<Group> {
    let id = store.propose_erasure(FAMILY, Basis::Term, &schedule(), CLERK, day(on)).await.unwrap();
    store.erase(id, &schedule(), COUNTY, day(on)).await.unwrap()
}

#[tokio::test]
async fn what_is_erased_is_found_nowhere_and_everything_else_holds() {
    for db in both().await {
        let TestDb { store: first, url, .. } = &db;
        let bait = lived(first).await;
        let log = grow(first, None).await;
        // Sealed anew since: leaves of nobody in particular have touched the same rows.
        let store = Store::open(url, testing::keys_of(1..=2)).await.unwrap();
        while !store.reseal_batch(50).await.unwrap().finished {}
        sound(&store).await;
        let before = found(&store, url, &bait).await;
        let missing: Vec<_> = bait.iter().filter(|b| !before.contains(*b)).collect();
        assert!(missing.is_empty(), "the bait was laid: {missing:?}");
        let all = BTreeSet::from([Group::Findings, Group::Files, Group::Money, Group::Register]);
        let rest = [
            store.observations_of(Subject::Person(PersonId(1))).await.unwrap().len(),
            store.rosters().await.unwrap().len(),
        ];
        let balances = store.balances().await.unwrap();
        // 先到期的先清: findings in 2027, files in 2035, money and with it the identity after 30 full years.
        assert_eq!(erase(&store, "2027-01-01").await, BTreeSet::from([Group::Findings]));
        sound(&store).await;
        assert_eq!(erase(&store, "2036-01-01").await, BTreeSet::from([Group::Files]));
        assert_eq!(store.requests_of(FAMILY).await.unwrap()[0].state, RequestState::Open, "money is kept");
        sound(&store).await;
        assert!(found(&store, url, &bait).await.contains("9900770077007700"), "money is kept for longer");
        assert!(
            store.propose_erasure(FAMILY, Basis::Term, &schedule(), CLERK, day("2054-12-31")).await.is_err()
        );
        assert_eq!(erase(&store, "2055-01-01").await, BTreeSet::from([Group::Money, Group::Register]));
        assert_eq!(found(&store, url, &bait).await, BTreeSet::new());
        let log = grow(&store, Some(&log)).await;
        sound(&store).await;
        let kept = [("kept".to_owned(), log)];
        assert_eq!(store.verify_audit(Some(log_key().public()), &kept).await.unwrap().findings, []);
        assert_eq!(store.balances().await.unwrap(), balances, "the book is untouched");
        assert_eq!(
            rest,
            [
                store.observations_of(Subject::Person(PersonId(1))).await.unwrap().len(),
                store.rosters().await.unwrap().len()
            ]
        );
        // Nobody finds it, and its page says what is left.
        for sought in ["卡娜瑞", "990121103001-7777", bait.last().unwrap().as_str()] {
            assert!(store.search(None, sought, 9).await.unwrap().is_empty(), "{sought}");
        }
        assert_eq!(store.household(FAMILY).await.unwrap().unwrap().code, "erased-3");
        assert!(store.holdings(FAMILY, day("2055-01-02")).await.unwrap().last.is_empty());
        let asked = store.requests_of(FAMILY).await.unwrap();
        let states: Vec<RequestState> = asked.iter().map(|r| r.state).collect();
        assert_eq!(
            states,
            [RequestState::Done, RequestState::Refused],
            "all is erased, so the request is done"
        );
        assert!(asked.iter().all(|r| r.asked_by.is_empty() && r.reason.is_empty()));
        let done: BTreeSet<Group> =
            store.erasures_of(FAMILY).await.unwrap().into_iter().flat_map(|e| e.groups).collect();
        assert_eq!(done, all);
        // One leaf for each erasure, by whom and what, without content.
        let leaves = store.leaves_of("household:3").await.unwrap();
        let told: Vec<_> = leaves.iter().filter(|l| l.kind == "person.erased").collect();
        assert!(told.len() == 3 && told.iter().all(|l| l.actor == Some(COUNTY)), "{leaves:?}");
        assert!(told[2].payload.as_ref().unwrap().contains("\"parts\":\"money register\""));
        assert!(leaves.iter().all(|l| l.kind == "person.erased" || l.payload.is_some()));
        // An edit past the program is found after it as before.
        testing::administer(url, "UPDATE persons SET name = '别人' WHERE id = 6").await.unwrap();
        assert_eq!(store.verify_audit(Some(log_key().public()), &[]).await.unwrap().findings.len(), 1);
        store.close().await;
        first.close().await;
        if first.backend() == Backend::Sqlite {
            // Not even in pages of the file that no row uses.
            let path = url.trim_start_matches("sqlite:");
            for path in [path.to_owned(), format!("{path}-wal")] {
                let bytes = std::fs::read(&path).unwrap_or_default();
                for one in &bait {
                    let hit = bytes.windows(one.len()).any(|w| w == one.as_bytes());
                    assert!(!hit, "{one} stands in {path}");
                }
            }
        }
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn an_old_copy_does_not_open_once_its_keys_are_destroyed() {
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    let bait = lived(&db.store).await;
    db.store.close().await;
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.db");
    std::fs::copy(db.url.trim_start_matches("sqlite:"), &old).unwrap();
    let old = format!("sqlite:{}", old.display());
    let store = Store::open(&db.url, testing::keys_of(1..=2)).await.unwrap();
    erase(&store, "2055-01-01").await;
    while !store.reseal_batch(500).await.unwrap().finished {}
    assert_eq!(store.epochs_in_use().await.unwrap().len(), 1, "nothing needs the old key any more");
    store.close().await;
    let after = Store::open(&db.url, testing::keys_of(2..=2)).await.unwrap();
    sound(&after).await;
    after.close().await;
    let refused = Store::open(&old, testing::keys_of(2..=2)).await.unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::WrongKeys
                | StoreError::OldKeys { .. }
                | StoreError::Keys(_)
                | StoreError::Sealed { .. }
        ),
        "{refused:?}"
    );
    // It is the destroyed key that closes it.
    let open = Store::open(&old, testing::keys_of(1..=2)).await.unwrap();
    let values = open.open_everything().await.unwrap();
    assert!(values.iter().any(|(_, v)| v == "9900770077007700") && !bait.is_empty());
    open.close().await;
    db.remove().await.unwrap();
}

/// What was altered past the program is not erased: the leaves that show it would be gone.
#[tokio::test]
async fn a_record_that_was_altered_is_not_erased() {
    for edit in [
        "UPDATE accounts SET bank = '别的银行' WHERE household = 3",
        "UPDATE leads SET result = 'other' WHERE household = 3",
        "DELETE FROM events WHERE household = 3",
    ] {
        for db in both().await {
            let store = &db.store;
            lived(store).await;
            testing::administer(&db.url, edit).await.unwrap();
            let altered = store.verify_audit(None, &[]).await.unwrap().findings;
            assert!(!altered.is_empty(), "{edit}");
            let id = store
                .propose_erasure(FAMILY, Basis::Term, &schedule(), CLERK, day("2055-01-01"))
                .await
                .unwrap();
            let refused = store.erase(id, &schedule(), COUNTY, day("2055-01-01")).await.unwrap_err();
            assert!(refused.en().contains("doudi audit verify"), "{refused:?}");
            assert_eq!(store.verify_audit(None, &[]).await.unwrap().findings, altered);
            db.remove().await.unwrap();
        }
    }
}

/// Who put an erasure forward is altered past the program, with a leaf in between that the erasure empties: the erasure
/// tells the same row, and does not cover the edit.
#[tokio::test]
async fn an_erasure_does_not_cover_an_edit_of_itself() {
    for db in both().await {
        let store = &db.store;
        lived(store).await;
        let id =
            store.propose_erasure(FAMILY, Basis::Term, &schedule(), CLERK, day("2055-01-01")).await.unwrap();
        let look = Look {
            actor: Some(CLERK),
            subject: format!("household:{FAMILY}"),
            page: "/households/{id}".to_owned(),
            shown: vec![FAMILY.0],
        };
        store.record_read(&look).await.unwrap();
        testing::administer(&db.url, "UPDATE erasures SET proposed_by = 99").await.unwrap();
        let done = store.erase(id, &schedule(), CLERK, day("2055-01-01")).await;
        let found = store.verify_audit(None, &[]).await.unwrap().findings;
        assert!(done.is_err() || !found.is_empty(), "{done:?}");
        assert!(found.iter().any(|f| f.place.starts_with("erasures")), "{found:?}");
        db.remove().await.unwrap();
    }
}

/// A request that the family has taken back carries no erasure any more.
#[tokio::test]
async fn nothing_is_erased_for_a_request_that_was_taken_back() {
    for db in both().await {
        let store = &db.store;
        lived(store).await;
        let on = day("2055-01-01");
        // The family's request stands since it was put on record.
        let id = store.propose_erasure(FAMILY, Basis::Request, &schedule(), CLERK, on).await.unwrap();
        store.withdraw_request(FAMILY, CLERK, on).await.unwrap();
        assert!(store.erase(id, &schedule(), COUNTY, on).await.unwrap_err().is_conflict());
        store.decline_erasure(id, COUNTY, on).await.unwrap();
        let id = store.propose_erasure(FAMILY, Basis::Term, &schedule(), CLERK, on).await.unwrap();
        store.erase(id, &schedule(), COUNTY, on).await.unwrap();
        db.remove().await.unwrap();
    }
}

/// An erasure empties leaves; what they never spoke of stays as well guarded as before.
#[tokio::test]
async fn an_erasure_hides_no_edit_of_another_family() {
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    let store = &db.store;
    lived(store).await;
    let payee = |account: &str| Payee {
        name: "石望山".into(),
        bank: "青石农村信用社".into(),
        account: account.to_owned(),
    };
    store.set_account(HouseholdId(2), &payee("9900000000000012"), MAKER.staff).await.unwrap();
    erase(store, "2055-01-01").await;
    sound(store).await;
    let edit = "UPDATE accounts SET bank = '别的银行' WHERE household = 2";
    testing::administer(&db.url, edit).await.unwrap();
    store.set_account(HouseholdId(2), &payee("9900000000000013"), MAKER.staff).await.unwrap();
    let found = store.verify_audit(None, &[]).await.unwrap().findings;
    assert!(found.iter().any(|f| f.place == "accounts 2"), "{found:?}");
    db.remove().await.unwrap();
}

/// Whichever comes first, never both.
async fn a_hold_and_an_erasure_do_not_cross(store: Store) {
    lived(&store).await;
    let id = store.propose_erasure(FAMILY, Basis::Term, &schedule(), CLERK, day("2055-01-01")).await.unwrap();
    let (holding, erasing) = (store.clone(), store.clone());
    let hold = tokio::spawn(async move { holding.set_hold(FAMILY, "诉讼", COUNTY, day("2055-01-01")).await });
    let erased = tokio::spawn(async move { erasing.erase(id, &schedule(), COUNTY, day("2055-01-01")).await });
    let (hold, erased) = (hold.await.unwrap().unwrap(), erased.await.unwrap());
    let leaves = store.leaves_of(&format!("household:{FAMILY}")).await.unwrap();
    let first = leaves.iter().position(|l| l.kind == "hold.set");
    let gone = leaves.iter().position(|l| l.kind == "person.erased");
    assert!(hold > 0 && (erased.is_err() || gone < first), "{erased:?} {first:?} {gone:?}");
    sound(&store).await;
}

async fn nothing_goes_that_is_held_open_or_of_no_term(store: Store) {
    lived(&store).await;
    let late = day("2055-01-01");
    let hold = store.set_hold(FAMILY, "诱饵留存", COUNTY, day("2050-01-01")).await.unwrap();
    let holdings = store.holdings(FAMILY, late).await.unwrap();
    assert!(standings(&schedule(), &holdings, late).values().all(|s| *s == Standing::Held));
    for basis in [Basis::Term, Basis::Request] {
        let refused = store.propose_erasure(FAMILY, basis, &schedule(), CLERK, late).await.unwrap_err();
        assert!(refused.is_conflict(), "a hold stands before a request: {refused}");
    }
    assert!(
        store.release_hold(FAMILY, hold, "已结案", COUNTY, late).await.is_err(),
        "not by whom it was set"
    );
    assert!(store.release_hold(FAMILY, hold, " ", AUDITOR, late).await.is_err(), "not without a reason");
    store.release_hold(FAMILY, hold, "已结案", AUDITOR, late).await.unwrap();
    store.withdraw_request(FAMILY, CLERK, late).await.unwrap();
    let unasked = store.propose_erasure(FAMILY, Basis::Request, &schedule(), CLERK, late).await;
    assert!(unasked.unwrap_err().is_conflict(), "nobody has asked");
    store.request_erasure(FAMILY, "户主本人", CLERK, late).await.unwrap();
    let id = store.propose_erasure(FAMILY, Basis::Request, &schedule(), CLERK, late).await.unwrap();
    assert!(
        store.propose_erasure(FAMILY, Basis::Term, &schedule(), CLERK, late).await.is_err(),
        "one at a time"
    );
    assert!(store.erase(id, &schedule(), CLERK, late).await.unwrap_err().is_conflict(), "four eyes");
    // A hold that comes between keeps everything.
    let hold = store.set_hold(FAMILY, "诱饵留存", COUNTY, late).await.unwrap();
    assert!(store.erase(id, &schedule(), HEAD, late).await.unwrap_err().is_conflict());
    store.release_hold(FAMILY, hold, "已结案", AUDITOR, late).await.unwrap();
    assert!(store.erase(id, &Schedule::default(), HEAD, late).await.is_err(), "nobody says how long");
    store.decline_erasure(id, HEAD, late).await.unwrap();
    assert!(matches!(store.erase(id, &schedule(), HEAD, late).await, Err(StoreError::Moved)));
    assert_eq!(store.search(None, "卡娜瑞", 9).await.unwrap().len(), 0, "moved away");
    assert_eq!(store.person(PersonId(6)).await.unwrap().unwrap().name, "卡娜瑞");
    // The one who lives here keeps the identity.
    let at_home = store.holdings(HouseholdId(4), late).await.unwrap();
    assert_eq!(standings(&schedule(), &at_home, late)[&Group::Register], Standing::Open(vec![Open::Member]));
    sound(&store).await;
}

/// On record on any day, also while nothing is due; settled by people only, a refusal by a second one with a reason.
async fn a_request_stands_until_somebody_settles_it(store: Store) {
    village(&store).await;
    let (family, today) = (HouseholdId(2), day("2024-06-17"));
    for nobody in ["", "  ", &"长".repeat(61)] {
        assert!(store.request_erasure(family, nobody, CLERK, today).await.unwrap_err().is_conflict());
    }
    store.request_erasure(family, " 其女 ", CLERK, today).await.unwrap();
    let twice = store.request_erasure(family, "其子", COUNTY, today).await.unwrap_err();
    assert!(twice.is_conflict(), "one at a time: {twice}");
    assert_eq!(store.requests_of(family).await.unwrap()[0].asked_by, "其女");
    assert!(store.refuse_request(family, " ", HEAD, today).await.unwrap_err().is_conflict(), "a reason");
    assert!(
        store.refuse_request(family, "在用", CLERK, today).await.unwrap_err().is_conflict(),
        "a second person"
    );
    assert_eq!(store.requests_of(family).await.unwrap()[0].state, RequestState::Open);
    store.refuse_request(family, "在用", HEAD, day("2024-06-20")).await.unwrap();
    assert!(store.refuse_request(family, "在用", HEAD, today).await.is_err(), "once");
    assert!(store.withdraw_request(family, CLERK, today).await.is_err(), "none stands");
    store.request_erasure(family, "其女", CLERK, day("2024-06-21")).await.unwrap();
    store.withdraw_request(family, CLERK, day("2024-06-22")).await.unwrap();
    let all = store.requests_of(family).await.unwrap();
    let states: Vec<_> = all.iter().map(|r| (r.state, r.settled_on, r.reason.as_str())).collect();
    let settled = |on: &str| Some(day(on));
    assert_eq!(
        states,
        [
            (RequestState::Withdrawn, settled("2024-06-22"), ""),
            (RequestState::Refused, settled("2024-06-20"), "在用")
        ]
    );
    let leaves = store.leaves_of("household:2").await.unwrap();
    let told = leaves.iter().filter(|l| l.kind.starts_with("erasure.")).count();
    assert_eq!(told, 4);
    assert!(
        leaves.iter().all(|l| !l.payload.as_deref().unwrap_or_default().contains("其女")),
        "words are sealed"
    );
    sound(&store).await;
}

/// An answer has evidence, and only a day that fits. The number of a letter stands in no leaf.
async fn an_answer_keeps_its_letter(store: Store) {
    village(&store).await;
    let contested = Contested {
        household: HouseholdId(1),
        subject: Subject::Person(PersonId(1)),
        fact: "illness".to_owned(),
        source: "disability".to_owned(),
        grade: Grade::A,
        as_of: day("2024-06-01"),
        held: Scalar::Text("慢病".to_owned()),
        said: "没有".to_owned(),
        due_on: None,
    };
    let asked = day("2024-06-10");
    let query = store.dispute(&contested, CLERK, asked).await.unwrap();
    let before = store.source_query(query).await.unwrap();
    assert_eq!((before.letter, before.held_on), (None, day("2024-06-01")));
    let letter = |came, number: &str, on: &str| Letter { came, number: number.to_owned(), on: day(on) };
    let today = day("2024-06-17");
    for (wrong, why) in [
        (letter(Came::Letter, " ", "2024-06-12"), "no number"),
        (letter(Came::Telephone, "医函1号", "2024-06-12"), "a number of a call"),
        (letter(Came::Letter, &"号".repeat(81), "2024-06-12"), "too long"),
        (letter(Came::Letter, "医函1号", "2024-06-18"), "tomorrow"),
        (letter(Came::System, "", "2024-06-09"), "before the question"),
    ] {
        let refused =
            store.answer_query(query, &SourceAnswer::Upheld, &wrong, CLERK, today).await.unwrap_err();
        assert!(refused.is_conflict(), "{why}: {refused}");
        assert_eq!(store.source_query(query).await.unwrap().answered_on, None, "{why}");
    }
    let good = letter(Came::Letter, "医函〔2024〕7号", "2024-06-10");
    store.answer_query(query, &SourceAnswer::Upheld, &good, CLERK, today).await.unwrap();
    assert_eq!(store.source_query(query).await.unwrap().letter, Some(good));
    let leaves = store.leaves_of("household:1").await.unwrap();
    let leaf = leaves.iter().find(|l| l.kind == "query.answered").unwrap().payload.clone().unwrap();
    assert!(leaf.contains("\"came\":\"letter\"") && leaf.contains("\"dated\":\"2024-06-10\""), "{leaf}");
    assert!(leaf.contains("query_letters") && !leaf.contains("医函"), "vouched for, not told: {leaf}");
    sound(&store).await;
}

/// 最后一条 is a day that has been, whatever is planned.
async fn no_entry_lies_in_the_future(store: Store) {
    lived(&store).await;
    for on in ["2024-06-16", "2024-06-30", "2024-08-15", "2024-12-05", "2024-12-31", "2031-03-03"] {
        let today = day(on);
        for household in (1..=16).map(HouseholdId) {
            let entries = store.last_entries(household, today).await.unwrap();
            let holdings = store.holdings(household, today).await.unwrap();
            for (group, entry) in &entries {
                assert!(*entry <= today, "{household} {group:?} {entry} on {on}");
                assert!(holdings.last.contains_key(group), "{household} {group:?} on {on}");
            }
        }
    }
    let late = store.last_entries(FAMILY, day("2031-03-03")).await.unwrap();
    assert_eq!(late[&Group::Money], day("2024-08-05"), "the answer of the bank, not the end of the month");
    assert_eq!(late[&Group::Register], day("2024-12-31"));
}

/// The list and the single family say the same, on every day and with every schedule.
async fn the_list_is_what_each_family_says(store: Store) {
    lived(&store).await;
    let mut dropped = lead(1, LeadKind::Risk, Urgency::Blue, 1);
    dropped.created_on = day("2022-01-31");
    let id = store.insert_leads(&[dropped]).await.unwrap();
    store.close_lead(id, day("2022-02-28"), "no_need", CLERK).await.unwrap();
    let mut some = 0;
    for hole in [None, Some(Group::Findings), Some(Group::Files), Some(Group::Money), Some(Group::Register)] {
        let mut schedule = schedule();
        schedule.terms.retain(|group, _| Some(*group) != hole);
        for on in [
            "2024-02-28",
            "2024-02-29",
            "2024-06-30",
            "2026-06-18",
            "2026-06-19",
            "2034-12-31",
            "2035-01-01",
            "2054-12-31",
            "2055-01-01",
        ] {
            let today = day(on);
            let listed =
                store.due_families(&place("990121"), &schedule, today, Page::first(100)).await.unwrap();
            let mut single = Vec::new();
            for id in (1..=16).map(HouseholdId) {
                if !due(&schedule, &store.holdings(id, today).await.unwrap(), today).is_empty() {
                    single.push(id);
                }
            }
            assert_eq!(listed.rows.iter().map(|(id, _)| *id).collect::<Vec<_>>(), single, "{on} {hole:?}");
            some += single.len();
        }
    }
    assert!(some > 20, "{some}");
    let elsewhere =
        store.due_families(&place("990122"), &schedule(), day("2055-01-01"), Page::first(9)).await;
    assert_eq!(elsewhere.unwrap().total, 0);
}

doudi_store::on_both!(
    nothing_goes_that_is_held_open_or_of_no_term,
    a_request_stands_until_somebody_settles_it,
    an_answer_keeps_its_letter,
    no_entry_lies_in_the_future,
    the_list_is_what_each_family_says,
    a_hold_and_an_erasure_do_not_cross
);
