//! Deliveries, observations, authorisations, settings, snapshots.

use std::collections::BTreeMap;

use doudi_registry::{
    AuthorisationId, DeliveryId, Grade, HouseholdId, Observation, ObservationId, Origin, PersonId, ReadMode,
    Resolved, Scalar, SnapshotId, StaffId, Subject, VisitId, resolve,
};
use doudi_store::authorisations::Authorisation;
use doudi_store::deliveries::{Delivery, Quarantined};
use doudi_store::snapshots::Snapshot;
use doudi_store::{Page, Store, StoreError};

use crate::samples::{day, month, village};

pub(crate) fn delivery(feed: &str, period: &str, digest: &str, state: &str) -> Delivery {
    Delivery {
        id: DeliveryId(0),
        feed: feed.to_owned(),
        period: month(period),
        file_name: format!("{feed}_{period}.csv"),
        digest: digest.to_owned(),
        encoding: "utf-8".to_owned(),
        rows: 10,
        accepted: 7,
        quarantined: 3,
        facts: 14,
        received_on: day("2024-06-03"),
        received_by: Some(StaffId(5)),
        as_of: day("2024-05-31"),
        path: "deliveries/x.arrow".to_owned(),
        path_digest: "cd".to_owned(),
        state: state.to_owned(),
    }
}

fn aside(line: i64, code: &str) -> Quarantined {
    Quarantined {
        line,
        code: code.to_owned(),
        field: "证件号码".to_owned(),
        zh: "校验位不符".to_owned(),
        en: "bad checksum".to_owned(),
        shown: "9901…0317".to_owned(),
    }
}

async fn a_delivery_counts_up_and_the_same_bytes_come_once(store: Store) {
    let rows = [aside(4, "id_checksum"), aside(2, "id_checksum"), aside(9, "date")];
    let first = delivery("disability", "2024-05", "aa", "accepted");
    let id = store.add_delivery(&first, &rows).await.unwrap();
    let read = store.delivery(id).await.unwrap().unwrap();
    assert_eq!(read, Delivery { id, ..first.clone() });
    let renamed = Delivery { file_name: "other.csv".to_owned(), period: month("2024-06"), ..first.clone() };
    let again = store.add_delivery(&renamed, &rows).await;
    assert!(matches!(again, Err(StoreError::Duplicate(_))));
    assert_eq!(store.delivery_by_digest("aa").await.unwrap().unwrap().id, id);
    let wrong = Delivery { rows: 11, digest: "bb".to_owned(), ..first };
    assert!(store.add_delivery(&wrong, &[]).await.is_err(), "counts must add up");
    let page = store.quarantine(id, Page { number: 2, size: 2 }).await.unwrap();
    assert_eq!((page.total, page.pages(), page.rows.len()), (3, 2, 1));
    assert_eq!(page.rows[0], aside(9, "date"));
    let counts = store.quarantine_counts(Some(id)).await.unwrap();
    assert_eq!((counts[0].code.as_str(), counts[0].rows), ("id_checksum", 2));
    assert_eq!(store.quarantine_counts(None).await.unwrap(), counts);
    assert_eq!(store.deliveries().await.unwrap().len(), 1);
}

async fn a_preview_counts_only_once_it_is_accepted(store: Store) {
    let id = store.add_delivery(&delivery("wages", "2024-05", "aa", "preview"), &[]).await.unwrap();
    store.add_delivery(&delivery("wages", "2024-04", "bb", "accepted"), &[]).await.unwrap();
    let latest = store.latest_deliveries(month("2024-06")).await.unwrap();
    assert_eq!(latest[0].period, month("2024-04"));
    store.settle_delivery(id, true, StaffId(2)).await.unwrap();
    assert!(matches!(store.settle_delivery(id, false, StaffId(2)).await, Err(StoreError::Moved)));
    let latest = store.latest_deliveries(month("2024-06")).await.unwrap();
    assert_eq!((latest.len(), latest[0].id), (1, id));
    let before = store.latest_deliveries(month("2024-04")).await.unwrap();
    assert_eq!(before[0].digest, "bb");
}

async fn observations_keep_their_provenance(store: Store) {
    village(&store).await;
    let observation = |subject, origin, fen| Observation {
        id: ObservationId(0),
        subject,
        source: "visit".to_owned(),
        origin,
        line: Some(12),
        grade: Grade::B,
        valid_from: day("2024-06-10"),
        valid_to: None,
        recorded_at: day("2024-06-12"),
        recorded_by: Some(StaffId(3)),
        payload: BTreeMap::from([
            ("casual_income".to_owned(), Scalar::Number(fen)),
            ("co_resident".to_owned(), Scalar::Bool(true)),
            ("relation".to_owned(), Scalar::Text("head".to_owned())),
        ]),
    };
    let who = Subject::Person(PersonId(1));
    let home = Subject::Household(HouseholdId(1));
    let first = store
        .add_observations(&[
            observation(who, Origin::Visit(VisitId(7)), 120_000),
            observation(home, Origin::Register, 0),
            observation(Subject::Person(PersonId(4)), Origin::Register, 0),
        ])
        .await
        .unwrap();
    assert_eq!(first, ObservationId(1));
    let read = store.observations_of(who).await.unwrap();
    assert_eq!(read, [Observation { id: first, ..observation(who, Origin::Visit(VisitId(7)), 120_000) }]);
    assert_eq!(store.observations_of_family(HouseholdId(1)).await.unwrap().len(), 2);
    let on = day("2024-06-17");
    let found = resolve(&read, who, "casual_income", Some(3), on, on, ReadMode::Decide);
    assert!(matches!(found, Resolved::Known { value: Scalar::Number(120_000), .. }));
}

async fn an_authorisation_is_live_until_its_end_or_revocation(store: Store) {
    let paper = |code: &str, from: &str, to: &str| Authorisation {
        id: AuthorisationId(0),
        code: code.to_owned(),
        household: HouseholdId(1),
        from: day(from),
        to: day(to),
        revoked_on: None,
    };
    let first = store
        .add_authorisations(&[
            paper("A1", "2024-01-01", "2024-06-30"),
            paper("A2", "2023-01-01", "2023-12-31"),
        ])
        .await
        .unwrap();
    let live = store.live_authorisations(day("2024-06-17")).await.unwrap();
    assert_eq!(live.len(), 1);
    assert!(live[0].live_on(day("2024-06-30")) && !live[0].live_on(day("2024-07-01")));
    assert!(store.revoke_authorisation(first, day("2024-06-10"), StaffId(1)).await.unwrap());
    assert!(!store.revoke_authorisation(first, day("2024-06-11"), None).await.unwrap());
    assert!(store.live_authorisations(day("2024-06-17")).await.unwrap().is_empty());
    assert_eq!(store.live_authorisations(day("2024-06-09")).await.unwrap().len(), 1);
    let all = store.authorisations_of(HouseholdId(1)).await.unwrap();
    assert_eq!((all[0].code.as_str(), all.len()), ("A1", 2));
    assert!(!all[0].live_on(day("2024-06-10")));
    let twice = store.add_authorisations(&[paper("A1", "2025-01-01", "2025-06-30")]).await;
    assert!(twice.unwrap_err().is_conflict());
}

async fn the_demo_plays_a_day(store: Store) {
    assert_eq!(store.demo_today().await.unwrap(), None);
    store.set_demo_today(day("2024-06-17")).await.unwrap();
    store.set_demo_today(day("2024-06-18")).await.unwrap();
    assert_eq!(store.demo_today().await.unwrap(), Some(day("2024-06-18")));
    assert_eq!(store.setting("demo_today").await.unwrap().as_deref(), Some("2024-06-18"));
    assert_eq!(store.setting("none").await.unwrap(), None);
}

async fn the_same_snapshot_is_recorded_once(store: Store) {
    let snapshot = Snapshot {
        id: SnapshotId(0),
        period: month("2024-06"),
        as_of: day("2024-05-31"),
        digest: "ef".to_owned(),
        path: "snapshots/2024-06.arrow".to_owned(),
        households: 2,
        persons: 5,
        facts: 40,
        package_hash: "ab".to_owned(),
        manifest: "{}".to_owned(),
        made_on: day("2024-06-17"),
    };
    let id = store.add_snapshot(&snapshot).await.unwrap();
    assert_eq!(store.add_snapshot(&snapshot).await.unwrap(), id);
    let read = store.latest_snapshot(Some(month("2024-06"))).await.unwrap().unwrap();
    assert_eq!(read, Snapshot { id, ..snapshot });
    assert_eq!(store.latest_snapshot(None).await.unwrap(), Some(read));
    assert_eq!(store.latest_snapshot(Some(month("2024-05"))).await.unwrap(), None);
}

doudi_store::on_both!(
    a_delivery_counts_up_and_the_same_bytes_come_once,
    a_preview_counts_only_once_it_is_accepted,
    observations_keep_their_provenance,
    an_authorisation_is_live_until_its_end_or_revocation,
    the_demo_plays_a_day,
    the_same_snapshot_is_recorded_once,
);
