//! Files of departments that wait for a person.

use doudi_registry::DeliveryId;
use doudi_store::inbox::{InboxCounts, InboxReason, InboxState, Incoming, MOST_WAITING, Received, Settled};
use doudi_store::testing::administer;
use doudi_store::{Store, StoreError};

use crate::opening::both;
use crate::samples::month;

const NOW: i64 = 1_750_000_000;

/// A file of a service of its own.
pub(crate) async fn sent(store: &Store, content: &[u8]) -> i64 {
    let county = "990121".parse().unwrap();
    let service = store.add_service("医保", "d1", &["deliver"], &county, NOW + 10).await.unwrap();
    send(store, service, "2024-05", None, content).await.id()
}

async fn send(store: &Store, service: i64, period: &str, key: Option<&str>, content: &[u8]) -> Received {
    let division = "990121".parse().unwrap();
    let incoming = Incoming {
        service,
        feed: "disability",
        period: month(period),
        division: &division,
        key_digest: key,
        content,
        now: NOW,
    };
    store.receive(&incoming).await.unwrap()
}

trait Id {
    fn id(self) -> i64;
}

impl Id for Received {
    fn id(self) -> i64 {
        match self {
            Self::New(id) | Self::Same(id) => id,
            other => panic!("{other:?}"),
        }
    }
}

fn settled(delivery: Option<i64>) -> Settled {
    let reason = InboxReason {
        code: "blank".to_owned(),
        rows: 2,
        zh: "空".to_owned(),
        en: "blank".to_owned(),
        lines: vec![3, 9],
    };
    Settled {
        delivery: delivery.map(DeliveryId),
        counts: Some(InboxCounts { rows: 10, accepted: 7, quarantined: 2, repeated: 1 }),
        reasons: vec![reason],
        now: NOW + 60,
    }
}

#[tokio::test]
async fn the_same_file_is_one_and_a_key_stands_for_one_file() {
    for db in both().await {
        let store = &db.store;
        let county = "990121".parse().unwrap();
        let one = store.add_service("医保", "d1", &["deliver"], &county, NOW + 10).await.unwrap();
        let two = store.add_service("残联", "d2", &["deliver"], &county, NOW + 10).await.unwrap();
        let first = send(store, one, "2024-05", Some("k1"), b"a").await;
        assert!(matches!(first, Received::New(_)), "{first:?}");
        let again = send(store, one, "2024-05", Some("k1"), b"a").await;
        assert_eq!(again, Received::Same(first.id()));
        assert_eq!(send(store, one, "2024-05", None, b"a").await, again, "also without the key");
        assert_eq!(send(store, one, "2024-05", Some("k1"), b"b").await, Received::KeyReused);
        assert_eq!(send(store, one, "2024-06", Some("k1"), b"a").await, Received::KeyReused);
        for (service, period, key) in [(one, "2024-06", None), (two, "2024-05", Some("k1"))] {
            let other = send(store, service, period, key, b"a").await;
            assert!(matches!(other, Received::New(id) if id != first.id()), "{other:?}");
        }
        assert_eq!(store.inbox_waiting().await.unwrap().len(), 3);
        // Many at the same instant are one.
        let all = tokio::join!(
            send(store, two, "2024-04", None, b"z"),
            send(store, two, "2024-04", None, b"z"),
            send(store, two, "2024-04", None, b"z"),
        );
        assert_eq!((all.0.id(), all.1.id()), (all.1.id(), all.2.id()), "{all:?}");
        let new = [all.0, all.1, all.2].iter().filter(|r| matches!(r, Received::New(_))).count();
        assert_eq!(new, 1, "{all:?}");
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_comes_back_whole_until_it_is_settled_and_then_is_gone() {
    for db in both().await {
        let store = &db.store;
        // More than two pieces, and no text.
        let content: Vec<u8> =
            (0..120_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let id = sent(store, &content).await;
        let item = store.inbox_item(id).await.unwrap().unwrap();
        assert_eq!((item.state, item.size, item.counts), (InboxState::Waiting, 120_000, None));
        assert_eq!((item.service_name.as_str(), item.reasons.len()), ("医保", 0));
        assert_eq!(store.inbox_content(&item).await.unwrap(), content);
        // A piece in another's place does not open; one that is missing is noticed.
        administer(
            &db.url,
            "UPDATE inbox_parts SET content = (SELECT content FROM inbox_parts WHERE position = 1) WHERE position = 0",
        )
        .await
        .unwrap();
        let swapped = store.inbox_content(&item).await.unwrap_err();
        assert!(
            matches!(&swapped, StoreError::Sealed { place, .. } if place == "inbox_parts.content 1/0"),
            "{swapped:?}"
        );
        administer(&db.url, "DELETE FROM inbox_parts WHERE position = 0").await.unwrap();
        assert!(matches!(store.inbox_content(&item).await, Err(StoreError::Corrupt(_))));

        store.settle_inbox(id, &settled(None)).await.unwrap();
        let item = store.inbox_item(id).await.unwrap().unwrap();
        assert_eq!(
            (item.state, item.settled_at, item.delivery),
            (InboxState::Rejected, Some(NOW + 60), None)
        );
        assert_eq!(item.counts, settled(None).counts);
        assert_eq!(item.reasons, settled(None).reasons);
        assert!(matches!(store.inbox_content(&item).await, Err(StoreError::Moved)), "its bytes are gone");
        assert!(matches!(store.settle_inbox(id, &settled(Some(1))).await, Err(StoreError::Moved)));
        assert!(store.inbox_waiting().await.unwrap().is_empty());
        // What was settled is known again.
        assert_eq!(send(store, item.service, "2024-05", None, &content).await, Received::Same(id));
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_service_fills_its_own_inbox_and_nobody_elses() {
    for db in both().await {
        let store = &db.store;
        let id = sent(store, b"a").await;
        let item = store.inbox_item(id).await.unwrap().unwrap();
        administer(
            &db.url,
            &format!("UPDATE inbox SET size = {} WHERE id = {id}", doudi_store::inbox::MOST_WAITING_BYTES),
        )
        .await
        .unwrap();
        assert_eq!(send(store, item.service, "2024-05", None, b"b").await, Received::Full);
        let county = "990121".parse().unwrap();
        let other = store.add_service("残联", "d2", &["deliver"], &county, NOW + 10).await.unwrap();
        assert!(matches!(send(store, other, "2024-05", None, b"b").await, Received::New(_)));
        administer(&db.url, &format!("UPDATE inbox SET size = 1 WHERE id = {id}")).await.unwrap();
        let fill = format!(
            "INSERT INTO inbox (id, service, feed, period, division, digest, size, received_at, state, reasons) \
             WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MOST_WAITING}) \
             SELECT 20000 + n, {}, 'y', '2024-05', '990121', CAST(n AS TEXT), 1, 0, 'waiting', '[]' FROM n",
            item.service
        );
        administer(&db.url, &fill).await.unwrap();
        assert_eq!(send(store, item.service, "2024-05", None, b"c").await, Received::Full);
        store.settle_inbox(id, &settled(Some(1))).await.unwrap();
        db.remove().await.unwrap();
    }
}
