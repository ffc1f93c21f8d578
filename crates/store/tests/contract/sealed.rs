//! 加密的列: which columns are sealed, that nothing of them stands in the clear, and that a value opens at its own place
//! with the database's own keys only.

use std::collections::{BTreeMap, BTreeSet};

use doudi_access::DataClass;
use doudi_casework::Told;
use doudi_casework::act::Command;
use doudi_payment::bank::Payee;
use doudi_payment::refusal::Text;
use doudi_payment::{Beneficiary, Officer};
use doudi_registry::{
    DeliveryId, Grade, HouseholdId, LeadKind, Observation, ObservationId, Origin, PersonId, Post, Scalar,
    StaffId, Subject, Urgency,
};
use doudi_store::classes::{Kept, columns};
use doudi_store::deliveries::Quarantined;
use doudi_store::rights::{Came, Contested, Letter, SourceAnswer};
use doudi_store::sessions::NewSession;
use doudi_store::testing::{self, TestDb, administer};
use doudi_store::{Backend, Store, StoreError};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

use crate::audit::{grow, log_key};
use crate::desk::{Law, confirm, new_case};
use crate::intake::delivery;
use crate::opening::both;
use crate::samples::{day, lead, month, person, receiving, village};

const MAKER: Officer = Officer { staff: StaffId(7), post: Post::FinanceOfficer };
const REVIEWER: Officer = Officer { staff: StaffId(8), post: Post::FinanceReviewer };

/// Rows of texts, read past the store.
pub(crate) async fn rows(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    let found =
        connection.fetch_all(AssertSqlSafe(sql.to_owned())).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let found = found
        .iter()
        .map(|row| (0..row.len()).map(|n| row.try_get::<Option<String>, _>(n).unwrap()).collect())
        .collect();
    connection.close().await.unwrap();
    found
}

/// Every (table, column) that the database really has.
async fn schema(db: &TestDb) -> BTreeSet<(String, String)> {
    let sql = match db.store.backend() {
        Backend::Sqlite => {
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
        }
        Backend::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let text = |cell: &Option<String>| cell.clone().unwrap();
    rows(&db.url, sql).await.iter().map(|row| (text(&row[0]), text(&row[1]))).collect()
}

#[tokio::test]
async fn every_column_has_a_class_and_a_sensitive_one_is_sealed_or_says_why_not() {
    let mut listed = BTreeMap::new();
    for column in columns() {
        let place = (column.table.to_owned(), column.column.to_owned());
        let before = listed.insert(place, column);
        // The canary is a sealed value among settings that are none.
        assert!(before.is_none(), "{} {} stands twice", column.table, column.column);
        match column.kept {
            Kept::Sealed => assert!(column.class.must_be_sealed(), "{column:?}"),
            Kept::Index => assert_eq!(column.class, DataClass::C4),
            Kept::Clear(why) => {
                assert!(!column.class.must_be_sealed() || why.len() > 40, "{column:?} needs a reason");
            }
        }
    }
    let listed: BTreeSet<(String, String)> = listed.into_keys().collect();
    for db in both().await {
        let real = schema(&db).await;
        assert!(real.len() > 150, "{}", real.len());
        let without: Vec<_> = real.difference(&listed).collect();
        assert!(without.is_empty(), "columns without a class: {without:?}");
        let gone: Vec<_> = listed.difference(&real).collect();
        assert!(gone.is_empty(), "classes without a column: {gone:?}");
        db.remove().await.unwrap();
    }
}

/// A village in which every sealed column holds something.
pub(crate) async fn everything(store: &Store) {
    village(store).await;
    let law = Law::new();
    let ids = store.insert_leads(&[lead(1, LeadKind::Missed, Urgency::Red, 2)]).await.unwrap();
    assert_eq!(ids.0, 1);
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(store, &law, &case, &[1, 2, 3]).await;
    store.import_receiving(&[receiving("tekun", 2, 4, 90_000)]).await.unwrap();
    store
        .adopt_awards("tekun", "living", false, Text::new("启用时在册，患病", "on the register"))
        .await
        .unwrap();
    let hold = store.set_hold(HouseholdId(2), "复议期间留存", StaffId(5), day("2024-06-17")).await.unwrap();
    store.release_hold(HouseholdId(2), hold, "复议已结束", StaffId(9), day("2024-06-18")).await.unwrap();
    store.request_erasure(HouseholdId(2), "女儿石小满", StaffId(1), day("2024-06-17")).await.unwrap();
    store.refuse_request(HouseholdId(2), "还在用", StaffId(2), day("2024-06-18")).await.unwrap();
    let contested = Contested {
        household: HouseholdId(2),
        subject: Subject::Household(HouseholdId(2)),
        fact: "house_damage".to_owned(),
        source: "disaster".to_owned(),
        grade: Grade::A,
        as_of: day("2024-06-01"),
        held: Scalar::Text("none".to_owned()),
        said: "塌了".to_owned(),
        due_on: None,
    };
    let query = store.dispute(&contested, StaffId(1), day("2024-06-17")).await.unwrap();
    let letter =
        Letter { came: Came::Letter, number: "应急函〔2024〕3号".to_owned(), on: day("2024-06-18") };
    store.answer_query(query, &SourceAnswer::Upheld, &letter, StaffId(1), day("2024-06-18")).await.unwrap();
    let payee = Payee {
        name: "石望山".to_owned(),
        bank: "青石农村信用社".to_owned(),
        account: "9900112233445566".to_owned(),
    };
    store.set_account(HouseholdId(1), &payee, None).await.unwrap();
    store
        .add_observations(&[Observation {
            id: ObservationId(0),
            subject: Subject::Person(PersonId(1)),
            source: "disability".to_owned(),
            origin: Origin::Register,
            line: None,
            grade: Grade::A,
            valid_from: day("2024-01-01"),
            valid_to: None,
            recorded_at: day("2024-06-01"),
            recorded_by: None,
            payload: BTreeMap::from([("illness".to_owned(), Scalar::Text("尿毒症".to_owned()))]),
        }])
        .await
        .unwrap();
    let mut assessment = crate::findings::assessment();
    assessment.sheet = "{\"wage\":\"尿毒症1234\"}".to_owned();
    store.add_assessment(&assessment).await.unwrap();
    let aside = Quarantined {
        line: 7,
        code: "number".to_owned(),
        field: "证件号码".to_owned(),
        zh: "号码 99012119720317 少一位".to_owned(),
        en: "one digit is missing".to_owned(),
        shown: "99012119720317".to_owned(),
    };
    store.add_delivery(&delivery("disability", "2024-05", "d1", "accepted"), &[aside]).await.unwrap();
    store.add_account(StaffId(1), "liu", "$argon2id$x", 0).await.unwrap();
    let session = NewSession {
        digest: "ab".to_owned(),
        totp_offer: Some("OFFEREDSECRET234".to_owned()),
        now: 100_000,
        address: "127.0.0.1".to_owned(),
        agent: "x".to_owned(),
    };
    assert!(store.enrol(StaffId(1), "$argon2id$y", ("TAKENSECRET234567", 1), &[], &session).await.unwrap());
    let roster = store.make_roster("dibao", month("2024-08"), MAKER, day("2024-08-02")).await.unwrap();
    let reason = Text::new("老人去世", "a death");
    store
        .explain_difference(roster, Beneficiary::Household(HouseholdId(9)), &reason, StaffId(6))
        .await
        .unwrap();
    store.seal_roster(roster, REVIEWER, day("2024-08-02")).await.unwrap();
    let other = store.make_roster("tekun", month("2024-08"), MAKER, day("2024-08-02")).await.unwrap();
    let line = store.roster(other).await.unwrap().lines[0].id.clone();
    store.void_line(other, &line, MAKER, "已去世，家属来电").await.unwrap();
    crate::inbox::sent(store, "病种\n尿毒症\n".as_bytes()).await;
}

#[tokio::test]
async fn nothing_that_is_sealed_stands_in_the_clear() {
    let number = person(1, "石望山", "1972-03-17", 31).number.unwrap();
    let secrets = [
        number.as_str(),
        "9900112233445566",
        "尿毒症",
        "一组",
        "看了房屋和药盒",
        "老人去世",
        "复议",
        "已去世",
        "99012119720317",
        "材料齐全",
        "自付医疗费高",
        "启用时在册",
        "OFFEREDSECRET234",
        "TAKENSECRET234567",
    ];
    for db in both().await {
        everything(&db.store).await;
        for column in columns() {
            let sql = format!(
                "SELECT CAST({c} AS TEXT) FROM {t} WHERE {c} IS NOT NULL",
                c = column.column,
                t = column.table
            );
            let cells = rows(&db.url, &sql).await;
            let values: Vec<String> = cells.into_iter().filter_map(|row| row[0].clone()).collect();
            for value in &values {
                for secret in secrets {
                    let place = (column.table, column.column);
                    assert!(!value.contains(secret), "{place:?} holds {secret} in the clear");
                }
                if column.kept == Kept::Sealed && !value.is_empty() {
                    let base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
                    assert!(value.len() >= 46 && value.bytes().all(base64), "{column:?}: {value}");
                }
            }
            if column.kept == Kept::Sealed {
                assert!(values.iter().any(|v| !v.is_empty()), "nothing was ever written to {column:?}");
            }
        }
        // And it is all there for whoever has the keys.
        assert_eq!(db.store.person_by_number(&number).await.unwrap().unwrap().id, PersonId(1));
        assert_eq!(db.store.observations_of(Subject::Person(PersonId(1))).await.unwrap().len(), 1);
        let aside = db.store.quarantine(DeliveryId(1), doudi_store::Page::first(9)).await.unwrap().rows;
        assert_eq!(aside[0].shown, "99012119720317");
        let waiting = db.store.inbox_waiting().await.unwrap();
        let content = db.store.inbox_content(&waiting[0]).await.unwrap();
        assert_eq!(content, "病种\n尿毒症\n".as_bytes());
        db.remove().await.unwrap();
    }
}

fn place_of(refused: Result<impl std::fmt::Debug, StoreError>) -> String {
    let error = refused.unwrap_err();
    let StoreError::Sealed { place, .. } = &error else { panic!("{error:?}") };
    assert!(error.zh().contains(place.as_str()) && error.en().contains(place.as_str()));
    place.clone()
}

#[tokio::test]
async fn a_value_opens_at_its_own_place_only() {
    for db in both().await {
        everything(&db.store).await;
        let store = &db.store;
        // Another row of the same column.
        administer(
            &db.url,
            "UPDATE persons SET number = (SELECT number FROM persons WHERE id = 2) WHERE id = 1",
        )
        .await
        .unwrap();
        assert_eq!(place_of(store.person(PersonId(1)).await), "persons.number 1");
        assert!(store.person(PersonId(2)).await.unwrap().is_some());
        // Another column of the same row.
        administer(&db.url, "UPDATE accounts SET holder = account WHERE household = 1").await.unwrap();
        let roster = store.rosters().await.unwrap().into_iter().find(|r| r.programme == "dibao").unwrap();
        let refused = place_of(store.payees_of(roster.id).await);
        assert_eq!(refused, "accounts.holder 1");
        // Another table, and the same number of the row.
        administer(
            &db.url,
            "UPDATE lead_sheets SET sheet = (SELECT content FROM leads WHERE id = 1) WHERE lead = 1",
        )
        .await
        .unwrap();
        assert_eq!(place_of(store.lead(doudi_registry::LeadId(1)).await), "lead_sheets.sheet 1");
        // Another letter, and a text that was never sealed.
        let flipped = "substr(address, 1, 30) || CASE substr(address, 31, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(address, 32)";
        for wrong in [flipped, "'一组'"] {
            administer(&db.url, &format!("UPDATE households SET address = {wrong} WHERE id = 2"))
                .await
                .unwrap();
            let error = store.household(HouseholdId(2)).await.unwrap_err();
            assert!(!error.to_string().contains("一组"), "{error}");
            assert_eq!(place_of(Err::<(), _>(error)), "households.address 2");
        }
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn the_same_number_is_on_file_once_also_across_a_rotation() {
    for db in both().await {
        village(&db.store).await;
        let rotated = Store::open(&db.url, testing::keys_of(1..=2)).await.unwrap();
        let twin = person(0, "石望山", "1972-03-17", 31);
        assert!(matches!(rotated.add_person(&twin).await, Err(StoreError::Duplicate(_))));
        let number = twin.number.clone().unwrap();
        assert_eq!(rotated.person_by_number(&number).await.unwrap().unwrap().id, PersonId(1));
        assert_eq!(rotated.search(None, number.as_str(), 9).await.unwrap().len(), 1);
        let fresh = person(0, "溪云", "1960-01-01", 71);
        let id = rotated.add_person(&fresh).await.unwrap();
        assert!(rotated.add_person(&fresh).await.unwrap_err().is_conflict());
        assert_eq!(rotated.person(id).await.unwrap().unwrap().number, fresh.number);
        rotated.close().await;
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn other_keys_older_keys_and_no_keys_are_refused_in_plain_words() {
    for db in both().await {
        village(&db.store).await;
        let log = grow(&db.store, None).await;
        // Of another database: the same epoch and suite, and another key.
        let foreign = Store::open(&db.url, testing::foreign_keys()).await.unwrap_err();
        assert!(matches!(foreign, StoreError::WrongKeys), "{foreign:?}");
        assert!(
            foreign.zh().contains("密钥不是这个数据库的")
                && foreign.en().contains("not those of this database")
        );
        // Whoever opened it before a rotation reads on and does not write.
        let rotated = Store::open(&db.url, testing::keys_of(1..=2)).await.unwrap();
        assert!(db.store.person(PersonId(1)).await.unwrap().unwrap().number.is_some());
        let late = db.store.record_death(PersonId(1), day("2024-06-17")).await.unwrap_err();
        assert!(matches!(late, StoreError::OldKeys { .. }) && late.zh().contains("第 2 期"), "{late:?}");
        assert_eq!(rotated.person(PersonId(1)).await.unwrap().unwrap().died, None);
        assert!(rotated.record_death(PersonId(1), day("2024-06-17")).await.unwrap());
        // An older key file is noticed at the door.
        let old = Store::open(&db.url, testing::keys()).await.unwrap_err();
        assert!(matches!(old, StoreError::OldKeys { .. }) && old.en().contains("were rotated"), "{old:?}");
        // Without keys the tree is checked and grown, and nothing else is done.
        let closed = Store::open_closed(&db.url).await.unwrap();
        let log = grow(&closed, Some(&log)).await;
        let kept = [("kept".to_owned(), log)];
        assert_eq!(closed.verify_audit(Some(log_key().public()), &kept).await.unwrap().findings, []);
        let refused = closed.person(PersonId(1)).await.unwrap_err();
        assert!(matches!(refused, StoreError::NoKeys) && refused.zh().contains("--keys"), "{refused:?}");
        let refused = closed.record_death(PersonId(2), day("2024-06-17")).await.unwrap_err();
        assert!(matches!(refused, StoreError::NoKeys), "{refused:?}");
        assert!(closed.set_setting("a", "b").await.is_err());
        closed.close().await;
        rotated.close().await;
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn leads_are_found_by_an_indicator_though_it_is_sealed() {
    for db in both().await {
        village(&db.store).await;
        let mut leads: Vec<_> =
            (0..7).map(|n| lead(1 + n % 2, LeadKind::Risk, Urgency::Red, n as usize)).collect();
        for odd in leads.iter_mut().skip(1).step_by(2) {
            odd.indicators[0].id = "W-X9".to_owned();
        }
        db.store.insert_leads(&leads).await.unwrap();
        let filter =
            doudi_store::leads::LeadFilter { indicator: Some("W-X9".to_owned()), ..Default::default() };
        let page = db.store.leads(&filter, doudi_store::Page { number: 2, size: 2 }).await.unwrap();
        assert_eq!((page.total, page.rows.len()), (3, 1));
        assert_eq!(page.rows[0].lead.open_facts.len(), 5);
        assert_eq!(db.store.lead_households(&filter).await.unwrap(), 1);
        db.remove().await.unwrap();
    }
}

/// Everything is sealed anew in small batches, by somebody who gives up again and again, while others work.
#[tokio::test]
async fn sealing_anew_goes_on_where_it_was_and_leaves_nothing_old() {
    for db in both().await {
        everything(&db.store).await;
        let before = db.store.epochs_in_use().await.unwrap();
        assert_eq!(before.len(), 1, "{before:?}");
        let store = Store::open(&db.url, testing::keys_of(1..=2)).await.unwrap();
        let writer = store.clone();
        let writes = async {
            let law = Law::new();
            let case = writer.open_case(new_case(2, None), &law.desk("2024-06-17")).await.unwrap();
            let clerk = crate::desk::actor(&writer, 1).await;
            let accept = Command::Accept { kin: Vec::new() };
            writer.act(case.id, case.version, accept, &clerk, &law.desk("2024-06-18")).await.unwrap();
            for n in 0..20 {
                writer.add_person(&person(0, "溪云", "1960-01-01", 100 + n)).await.unwrap();
                writer.insert_leads(&[lead(2, LeadKind::Risk, Urgency::Red, 1)]).await.unwrap();
                assert!(writer.person(PersonId(1)).await.unwrap().unwrap().number.is_some());
            }
        };
        let mut given_up = 0_u32;
        let reseals = async {
            for patience in 0.. {
                let batch = store.reseal_batch(2);
                let limit = std::time::Duration::from_micros(patience * 150);
                match tokio::time::timeout(limit, batch).await {
                    Err(_) => given_up += 1,
                    Ok(done) if done.as_ref().unwrap().finished => break,
                    Ok(_) => {}
                }
            }
        };
        tokio::join!(writes, reseals);
        assert!(given_up > 3, "some batches were cut off: {given_up}");
        while !store.reseal_batch(100).await.unwrap().finished {}
        let after = store.epochs_in_use().await.unwrap();
        let epochs: Vec<u32> = after.keys().map(|e| e.number()).collect();
        assert_eq!(epochs, [2], "{after:?}");
        grow(&store, None).await;
        let seen = store.verify_audit(Some(log_key().public()), &[]).await.unwrap();
        assert_eq!(seen.findings, []);
        store.close().await;

        // The old key is gone, and everything opens.
        let store = Store::open(&db.url, testing::keys_of(2..=2)).await.unwrap();
        let number = person(1, "石望山", "1972-03-17", 31).number.unwrap();
        let head = store.person_by_number(&number).await.unwrap().unwrap();
        assert_eq!((head.id, head.number.clone()), (PersonId(1), Some(number)));
        assert!(matches!(store.add_person(&head).await, Err(StoreError::Duplicate(_))));
        assert_eq!(store.household(HouseholdId(1)).await.unwrap().unwrap().address, "一组");
        assert!(!store.chain(HouseholdId(1)).await.unwrap().is_empty());
        assert_eq!(store.visits_of(HouseholdId(1)).await.unwrap()[0].1.told, Told::default());
        for case in store.cases_of(HouseholdId(1)).await.unwrap() {
            assert!(!store.notices_of(case.id).await.unwrap().is_empty());
        }
        for roster in store.rosters().await.unwrap() {
            store.roster_differences(roster.id).await.unwrap();
            let whole = store.roster(roster.id).await.unwrap();
            assert!(!whole.lines.is_empty());
            store.payees_of(roster.id).await.unwrap();
        }
        assert!(!store.awards_of(HouseholdId(1)).await.unwrap().is_empty());
        assert_eq!(store.assessments_of(HouseholdId(1)).await.unwrap().len(), 1);
        store.close().await;
        db.remove().await.unwrap();
    }
}
