//! What `doudi check` looks for: a sound database breaks nothing, and each thing broken by hand is named by its own
//! invariant. Rows that a leaf vouches for are named by I5 as well.

use std::path::Path;

use doudi_access::audit::{Checkpoint, Note};
use doudi_casework::act::Command;
use doudi_casework::{HumanDecision, RefusalGround, Told};
use doudi_policy::Truth;
use doudi_registry::{HouseholdId, StaffId};
use doudi_store::{Backend, Store, testing};

use crate::audit::{log_key, look};
use crate::desk::{Law, actor, confirm, new_case, surveyor};
use crate::money::{MAKER, REVIEWER, answer};
use crate::samples::{day, month, village};

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

async fn sign(store: &Store, last: Option<&str>) -> String {
    let key = log_key();
    while store.sequence_leaves("one", now_ms(), 5_000, 1000).await.unwrap().unwrap().added > 0 {}
    let last = last.map(|text| Checkpoint::open(&Note::from_text(text).unwrap(), key.public()).unwrap());
    let (head, note) = store.sign_head(&key, last.as_ref()).await.unwrap().unwrap();
    store.keep_checkpoint(&head, &note.to_text(), now_ms()).await.unwrap();
    note.to_text()
}

async fn refuse(store: &Store, law: &Law) {
    let case = store.open_case(new_case(2, None), &law.desk("2024-06-17")).await.unwrap();
    let (clerk, head) = (actor(store, 1).await, actor(store, 2).await);
    let (worker, county) = (actor(store, 4).await, actor(store, 5).await);
    let visit = Command::RecordVisit {
        on: day("2024-06-19"),
        surveyors: vec![surveyor(&worker), surveyor(&actor(store, 3).await)],
        signed_by: Some("白雪松".to_owned()),
        met: true,
        told: Told::default(),
        note: String::new(),
    };
    let ground = RefusalGround::ConditionsNotMet;
    let propose = Command::ProposeRefuse {
        ground,
        finding: Truth::False,
        text: "收入高于标准，拟不同意".to_owned(),
        policy_version: "abc".to_owned(),
    };
    let decision =
        HumanDecision::adverse(&county, "经核对，人均收入高于当地标准。", vec!["visit:1".to_owned()], "abc")
            .unwrap();
    let steps = [
        ("2024-06-18", Command::Accept { kin: Vec::new() }, &clerk),
        ("2024-06-19", visit, &worker),
        ("2024-06-19", Command::RequestCheck, &clerk),
        (
            "2024-06-20",
            Command::RecordCheck { asked: 15, answered: 15, differences: String::new(), settled: true },
            &county,
        ),
        ("2024-06-20", propose, &clerk),
        ("2024-06-20", Command::Submit, &head),
        ("2024-06-21", Command::Refuse { decision, ground, finding: Truth::False }, &county),
    ];
    let mut version = case.version;
    for (on, command, by) in steps {
        version = store.act(case.id, version, command, by, &law.desk(on)).await.unwrap().case.version;
    }
}

/// A family that is paid, one that was refused, one month paid and one sealed.
async fn worked(store: &Store) -> String {
    village(store).await;
    store.seed_demo_accounts().await.unwrap();
    let law = Law::new();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(store, &law, &case, &[1, 2, 3]).await;
    refuse(store, &law).await;
    for period in ["2024-08", "2024-09"] {
        let on = |d: u32| day(&format!("{period}-{d}"));
        let id = store.make_roster("dibao", month(period), MAKER, on(20)).await.unwrap();
        store.seal_roster(id, REVIEWER, on(21)).await.unwrap();
        if period == "2024-08" {
            store.export_roster(id, MAKER, on(22)).await.unwrap();
            let bank = answer(store, id, &[]).await;
            store.acknowledge_roster(id, MAKER, on(25), &bank).await.unwrap();
        }
    }
    assert_eq!(store.payments_of(HouseholdId(1)).await.unwrap().len(), 2);
    let first = sign(store, None).await;
    store.record_read(&look(1)).await.unwrap();
    store.register_kin(StaffId(1), doudi_registry::PersonId(4), "其他", None).await.unwrap();
    sign(store, Some(&first)).await
}

async fn broken(store: &Store) -> Vec<(&'static str, Vec<String>)> {
    let all = store.invariants(Some(log_key().public()), &[], now_ms()).await.unwrap();
    assert_eq!(all.len() + doudi_store::invariants::SHOWN_ELSEWHERE.len(), 12);
    all.into_iter().filter(|i| !i.broken.is_empty()).map(|i| (i.id, i.broken)).collect()
}

async fn nothing_is_broken_in_a_sound_database(store: Store) {
    worked(&store).await;
    assert_eq!(broken(&store).await, []);
    let all = store.invariants(None, &[], now_ms()).await.unwrap();
    assert!(all.iter().all(|i| i.counted > 0), "each has looked at something: {all:?}");
}

doudi_store::on_both!(nothing_is_broken_in_a_sound_database);

/// What is broken, by which statements, and a word of what must be said.
const BREAKS: [(&str, &[&str], &str); 25] = [
    ("I1", &["UPDATE ledger_entries SET debit = debit + 1 WHERE debit > 0 AND position = 1"], "unbalanced"),
    (
        "I1",
        &[
            "INSERT INTO ledger (id, position, kind, roster, happened_on) VALUES ('x', 999, 'send', 1, '2024-07-01')",
        ],
        "without entries",
    ),
    (
        "I2",
        &[
            "DROP INDEX roster_lines_once",
            "INSERT INTO rosters (id, programme, period, state, made_by, made_on, version) VALUES (99, 'dibao', '2024-08', 'draft', 7, '2024-07-01', 1)",
            "INSERT INTO roster_lines SELECT id || 'x', 99, award, programme, exclusive_group, household, beneficiary, period, purpose, revision, replaces, replaced_by, amount, 'planned', bank_reason FROM roster_lines WHERE state = 'paid'",
        ],
        "paid twice",
    ),
    (
        "I2",
        &[
            "DROP INDEX line_persons_once",
            "INSERT INTO line_persons SELECT line || 'x', exclusive_group, person, period, live FROM line_persons WHERE person = 1",
        ],
        "person paid for twice",
    ),
    ("I2", &["UPDATE line_persons SET live = 0 WHERE person = 2"], "its people differ"),
    ("I2", &["UPDATE awards SET amount = amount - 1"], "beyond its award"),
    (
        "I2",
        &[
            "UPDATE roster_lines SET replaces = (SELECT max(id) FROM roster_lines WHERE state = 'paid') WHERE state = 'planned'",
        ],
        "without a return",
    ),
    ("I5", &["UPDATE cases SET promised_on = '2030-01-01'"], "cases"),
    ("I5", &["DELETE FROM audit_leaves WHERE position = 3"], "positions 3-3"),
    ("I5", &["UPDATE visits SET visited_on = '2024-01-01'"], "visits"),
    ("I6", &["UPDATE rosters SET sealed_by = made_by"], "no legal state"),
    ("I6", &["UPDATE rosters SET state = 'exported' WHERE state = 'sealed'"], "no legal state"),
    ("I6", &["UPDATE rosters SET seal_digest = 'ab' WHERE state = 'sealed'"], "not over what was posted"),
    ("I6", &["UPDATE roster_lines SET household = household + 1"], "not over what was posted"),
    ("I6", &["UPDATE roster_lines SET amount = amount - 1 WHERE state = 'planned'"], "not as sealed"),
    ("I6", &["UPDATE roster_lines SET state = 'returned' WHERE state = 'paid'"], "book differ"),
    ("I7", &["UPDATE notices SET data = 'x' WHERE kind = 'refusal'"], "no notice"),
    ("I7", &["DELETE FROM notices WHERE kind = 'refusal'"], "no notice"),
    (
        "I7",
        &[
            "UPDATE cases SET data = (SELECT data FROM cases WHERE status <> 'refused') WHERE status = 'refused'",
        ],
        "cannot be read",
    ),
    ("I7", &["UPDATE cases SET data = '{}' WHERE status = 'refused'"], "cannot be read"),
    ("I8", &["UPDATE households SET division = '990199' WHERE id = 2"], "household in no division"),
    ("I8", &["UPDATE memberships SET household = 99 WHERE person = 5"], "member of no household"),
    (
        "I11",
        &[
            "UPDATE audit_checkpoints SET signed_ms = 0 WHERE size = (SELECT max(size) FROM audit_checkpoints)",
        ],
        "signed before",
    ),
    ("I12", &["UPDATE audit_lease SET until_ms = until_ms + 90000000"], "never ends"),
    (
        "I12",
        &[
            "INSERT INTO audit_leaves (id, made_ms, kind, commitment, subject) VALUES ('0000000000010000000', 1, 'x', '00', '')",
        ],
        "wait for a place",
    ),
];

#[tokio::test]
async fn each_thing_that_is_broken_by_hand_is_named_by_its_own_invariant() {
    let folder = tempfile::tempdir().unwrap();
    let db = testing::fresh(Backend::Sqlite).await.unwrap();
    worked(&db.store).await;
    db.store.close().await;
    let sound = db.url.trim_start_matches("sqlite:").to_owned();
    for (number, (id, statements, word)) in BREAKS.iter().enumerate() {
        let copy = folder.path().join(format!("{number}.db"));
        std::fs::copy(Path::new(&sound), &copy).unwrap();
        let url = format!("sqlite:{}", copy.display());
        for sql in *statements {
            testing::administer(&url, sql).await.unwrap();
        }
        let store = Store::open(&url, testing::keys()).await.unwrap();
        let found = broken(&store).await;
        store.close().await;
        let ids: Vec<&str> = found.iter().map(|(id, _)| *id).collect();
        assert!(ids.contains(id), "{number} {statements:?}: {found:?}");
        let others = ids.iter().filter(|i| *i != id && **i != "I5").count();
        assert_eq!(others, 0, "{number} {statements:?} is {id} and nothing else: {found:?}");
        let said = &found.iter().find(|(i, _)| i == id).unwrap().1;
        assert!(said.iter().any(|s| s.contains(word)), "{number}: {said:?}");
    }
}
