//! 审计树: leaves come with their changes, the tree grows under a lease, and what is exported holds.

use doudi_access::Secret;
use doudi_access::audit::{Checkpoint, LogKey, Note, SignatureKind, TileId};
use doudi_casework::act::Command;
use doudi_registry::StaffId;
use doudi_store::Store;
use doudi_store::audit::Look;

use crate::desk::{Law, actor, confirm, new_case};
use crate::samples::village;

pub(crate) fn log_key() -> LogKey {
    LogKey::from_secret("audit.test/qingshi", SignatureKind::Ed25519, &Secret::new([7; 32])).unwrap()
}

pub(crate) fn look(n: i64) -> Look {
    Look {
        actor: Some(StaffId(1)),
        subject: format!("household:{}", n % 2 + 1),
        page: format!("/households/{}", n % 2 + 1),
        shown: if n % 5 == 0 { vec![1, 2] } else { Vec::new() },
    }
}

/// Sequences all leaves and signs; gives the checkpoint as text.
pub(crate) async fn grow(store: &Store, last: Option<&str>) -> String {
    let key = log_key();
    while store.sequence_leaves("one", 0, 60_000, 1000).await.unwrap().unwrap().added > 0 {}
    let last = last.map(|text| Checkpoint::open(&Note::from_text(text).unwrap(), key.public()).unwrap());
    let (head, note) = store.sign_head(&key, last.as_ref()).await.unwrap().unwrap();
    store.keep_checkpoint(&head, &note.to_text(), 0).await.unwrap();
    note.to_text()
}

/// A village with a finished case, some looks, and a case that is under way.
pub(crate) async fn work(store: &Store) {
    village(store).await;
    let law = Law::new();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(store, &law, &case, &[1, 2, 3]).await;
    for n in 0..40 {
        store.record_read(&look(n)).await.unwrap();
    }
}

async fn places(store: &Store) -> Vec<String> {
    let seen = store.verify_audit(Some(log_key().public()), &[]).await.unwrap();
    seen.findings.into_iter().map(|f| f.place).collect()
}

async fn every_change_and_look_is_in_the_tree(store: Store) {
    work(&store).await;
    let waiting = store.waiting_leaves().await.unwrap();
    assert!(waiting.leaves > 45 && waiting.oldest_ms.is_some(), "{waiting:?}");
    let first = grow(&store, None).await;
    assert_eq!(store.waiting_leaves().await.unwrap().leaves, 0);
    let seen = store.verify_audit(Some(log_key().public()), &[]).await.unwrap();
    assert_eq!(seen.findings, []);
    assert_eq!((seen.leaves as i64, seen.waiting, seen.heads), (waiting.leaves, 0, 1));
    assert!(seen.shelves >= 3, "case, visits, notices");

    for n in 0..700 {
        store.record_read(&look(n)).await.unwrap();
    }
    let second = grow(&store, Some(&first)).await;
    let kept = [("kept".to_owned(), first), ("kept now".to_owned(), second)];
    let seen = store.verify_audit(Some(log_key().public()), &kept).await.unwrap();
    assert_eq!(seen.findings, []);
    assert_eq!((seen.leaves as i64, seen.heads), (waiting.leaves + 700, 4));
    // Two tiles are full, so there is a height above.
    let upper = TileId { level: 1, index: 0, width: 2 };
    assert_eq!(store.audit_tile_bytes(upper).await.unwrap().len(), 64);
}

async fn a_refused_change_leaves_no_leaf(store: Store) {
    village(&store).await;
    let law = Law::new();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    let before = store.waiting_leaves().await.unwrap().leaves;
    let worker = actor(&store, 3).await;
    let accept = Command::Accept { kin: Vec::new() };
    store.act(case.id, case.version, accept, &worker, &law.desk("2024-06-18")).await.unwrap_err();
    store.open_case(new_case(1, None), &law.desk("2024-06-18")).await.unwrap_err();
    assert_eq!(store.waiting_leaves().await.unwrap().leaves, before);
}

async fn one_sequencer_at_a_time(store: Store) {
    village(&store).await;
    let grown = store.sequence_leaves("one", 1_000, 10_000, 2).await.unwrap().unwrap();
    assert_eq!(grown.added, 2);
    assert_eq!(store.sequence_leaves("two", 11_000, 10_000, 9).await.unwrap(), None);
    assert!(store.sequence_leaves("one", 2_000, 10_000, 1).await.unwrap().is_some());
    let taken = store.sequence_leaves("two", 12_001, 10_000, 1000).await.unwrap().unwrap();
    assert_eq!(i64::try_from(taken.head.size).unwrap(), 3 + i64::try_from(taken.added).unwrap());
    assert_eq!(places(&store).await, Vec::<String>::new());
}

async fn two_sequencers_at_once_make_one_tree(store: Store) {
    village(&store).await;
    for n in 0..60 {
        store.record_read(&look(n)).await.unwrap();
    }
    let both = |holder: &'static str| {
        let store = store.clone();
        async move {
            for now in 0..40 {
                // Leases that are over at once, and clocks that agree on nothing.
                store.sequence_leaves(holder, now, -1, 3).await.unwrap();
            }
        }
    };
    tokio::join!(both("one"), both("two"));
    assert_eq!(store.waiting_leaves().await.unwrap().leaves, 0);
    assert_eq!(places(&store).await, Vec::<String>::new());
}

async fn an_erased_look_is_gone_and_every_proof_holds(store: Store) {
    village(&store).await;
    store.record_read(&look(0)).await.unwrap();
    let first = grow(&store, None).await;
    let bundle = |size| TileId { level: 0, index: 0, width: size };
    let size = store.audit_head().await.unwrap().unwrap().size;
    let entries = store.audit_entry_bytes(bundle(size)).await.unwrap();
    let last = String::from_utf8_lossy(&entries).lines().rev().nth(3).unwrap().to_owned();
    store.erase_leaf(&last, StaffId(1), "本人要求").await.unwrap();
    assert!(store.erase_leaf(&last, StaffId(1), "again").await.unwrap_err().is_not_found());
    let second = grow(&store, Some(&first)).await;
    let kept = [("first".to_owned(), first), ("second".to_owned(), second)];
    let seen = store.verify_audit(Some(log_key().public()), &kept).await.unwrap();
    assert_eq!(seen.findings, []);
    assert_eq!(store.audit_entry_bytes(bundle(size)).await.unwrap(), entries);
}

async fn a_head_that_does_not_extend_the_last_one_is_not_signed(store: Store) {
    village(&store).await;
    let first = grow(&store, None).await;
    let key = log_key();
    let head = Checkpoint::open(&Note::from_text(&first).unwrap(), key.public()).unwrap();
    assert!(store.sign_head(&key, Some(&head)).await.unwrap().is_none(), "nothing new");
    let ahead = Checkpoint::new(head.origin(), head.size() + 1, *head.root()).unwrap();
    assert!(store.sign_head(&key, Some(&ahead)).await.is_err(), "set back");
    let other = Checkpoint::new(head.origin(), head.size() - 1, *head.root()).unwrap();
    assert!(store.sign_head(&key, Some(&other)).await.is_err(), "another past");
}

doudi_store::on_both!(
    every_change_and_look_is_in_the_tree,
    a_refused_change_leaves_no_leaf,
    one_sequencer_at_a_time,
    two_sequencers_at_once_make_one_tree,
    an_erased_look_is_gone_and_every_proof_holds,
    a_head_that_does_not_extend_the_last_one_is_not_signed,
);

/// Whoever writes commits with an [`Entry`]: the types see to it. What may commit without one is listed here.
#[test]
fn only_these_commit_without_a_leaf() {
    let mut bare = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let name = entry.file_name().into_string().unwrap();
            bare.extend(text.matches(".commit_bare()").map(|_| name.clone()));
            if name != "db.rs" {
                assert!(!text.contains("inner.commit"), "{name} goes past the transaction");
            }
        }
    }
    bare.sort();
    // db.rs: the leaf itself; migrate.rs: the schema; sequence.rs: the tree; sessions.rs: when a session was last used;
    // testing.rs: past the rules on purpose; tries.rs: a counter that goes back to nothing.
    let allowed = [
        "db.rs",
        "migrate.rs",
        "migrate.rs",
        "sequence.rs",
        "sequence.rs",
        "sessions.rs",
        "testing.rs",
        "testing.rs",
        "testing.rs",
        "tries.rs",
    ];
    assert_eq!(bare, allowed);
}
