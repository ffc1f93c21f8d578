//! Opening, opening again, and what happened to the file in between.

use doudi_registry::{AssessmentId, HouseholdId};
use doudi_store::assessments::Assessment;
use doudi_store::testing::{self, TestDb, administer, fresh};
use doudi_store::{Backend, Store, StoreError};

use crate::samples::{day, month, village};

/// An empty database of each kind.
pub(crate) async fn both() -> [TestDb; 2] {
    [fresh(Backend::Sqlite).await.unwrap(), fresh(Backend::Postgres).await.unwrap()]
}

#[tokio::test]
async fn a_store_that_is_opened_again_is_as_it_was() {
    for db in both().await {
        village(&db.store).await;
        let again = Store::open(&db.url, testing::keys()).await.unwrap();
        assert_eq!(again.population(None).await.unwrap(), (2, 5));
        assert_eq!(again.backend(), db.store.backend());
        again.close().await;
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn nodes_that_start_together_make_one_schema() {
    for db in both().await {
        let stores = tokio::join!(
            Store::open(&db.url, testing::keys()),
            Store::open(&db.url, testing::keys()),
            Store::open(&db.url, testing::keys())
        );
        for store in [stores.0, stores.1, stores.2] {
            store.unwrap().close().await;
        }
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_schema_of_another_program_is_refused() {
    for db in both().await {
        administer(
            &db.url,
            "INSERT INTO schema_migrations (id, name, digest) VALUES (99, '0100_later', 'x')",
        )
        .await
        .unwrap();
        let newer = Store::open(&db.url, testing::keys()).await;
        assert!(
            matches!(&newer, Err(StoreError::Schema { found, .. }) if found == "0100_later"),
            "{newer:?}"
        );
        administer(&db.url, "DELETE FROM schema_migrations WHERE id = 99").await.unwrap();
        administer(&db.url, "UPDATE schema_migrations SET digest = 'x' WHERE id = 0").await.unwrap();
        let other = Store::open(&db.url, testing::keys()).await.unwrap_err();
        assert!(matches!(other, StoreError::Schema { .. }) && other.zh().contains("数据库未打开"));
        assert!(other.zh().contains("早先的版本") && other.en().contains("an earlier version"), "{other}");
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn an_address_that_is_none_says_how_to_write_it() {
    for url in ["", "mysql://localhost/x", "sqlite::memory:", "sqlite:"] {
        let error = Store::open(url, testing::keys()).await.unwrap_err();
        assert!(
            error.zh().contains("postgres://") || matches!(error, StoreError::Database(_)),
            "{url}: {error}"
        );
    }
}

#[tokio::test]
async fn a_row_that_was_altered_is_not_believed() {
    for db in both().await {
        let assessment = Assessment {
            id: AssessmentId(0),
            household: HouseholdId(1),
            case: None,
            programme: "dibao".to_owned(),
            period: month("2024-06"),
            as_of: day("2024-06-17"),
            mode: "decide".to_owned(),
            package_hash: "ab".to_owned(),
            sheet: "{}".to_owned(),
            result: "{\"outcome\":\"unknown\"}".to_owned(),
            made_on: day("2024-06-17"),
            made_by: None,
        };
        let id = db.store.add_assessment(&assessment).await.unwrap();
        administer(&db.url, "UPDATE assessments SET result = '{\"outcome\":\"met\"}'").await.unwrap();
        let refused = db.store.assessment(id).await.unwrap_err();
        assert!(
            matches!(&refused, StoreError::Sealed { place, .. } if place == "assessments.result 1"),
            "{refused:?}"
        );
        // A column in the clear beside it is held to the digest.
        administer(&db.url, "UPDATE assessments SET result = ''").await.unwrap();
        let id = db.store.add_assessment(&assessment).await.unwrap();
        administer(&db.url, "UPDATE assessments SET period = '2023-06'").await.unwrap();
        assert!(matches!(db.store.assessment(id).await, Err(StoreError::Corrupt(_))));
        db.remove().await.unwrap();
    }
}
