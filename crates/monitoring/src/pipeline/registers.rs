//! Registers into the store.

use std::collections::HashMap;
use std::path::Path;

use doudi_policy::{Date, DivisionCode};
use doudi_registry::{Division, MembershipKind, UrbanRural};
use doudi_store::Store;
use serde::Serialize;

use super::PipelineError;
use crate::import::{Counts, ReasonCount};
use crate::register::{Authorisation, Register};
use crate::registers::{self, Taken};

/// What became of one register file.
#[derive(Clone, Debug, Serialize)]
pub struct RegisterReport {
    /// File name.
    pub file: String,
    /// Counts.
    pub counts: Counts,
    /// Reasons for the rows that were set aside.
    pub reasons: Vec<ReasonCount>,
}

impl RegisterReport {
    fn of<T>(taken: &Taken<T>) -> Self {
        Self {
            file: taken.file.clone(),
            counts: taken.counts,
            reasons: taken.reasons(),
        }
    }
}

/// Loads lists of divisions, one file or the five of the real list, in any order.
///
/// # Errors
/// A file that cannot be read, or the store.
pub async fn import_division_files(
    store: &Store,
    files: &[(String, Vec<u8>)],
) -> Result<Vec<RegisterReport>, PipelineError> {
    let known: std::collections::HashSet<DivisionCode> =
        all_divisions(store).await?.into_iter().map(|d| d.code).collect();
    let taken = registers::divisions(files, &|code| known.contains(code))?;
    let mut reports = Vec::new();
    for file in &taken {
        store.import_divisions(&file.good).await?;
        reports.push(RegisterReport::of(file));
    }
    Ok(reports)
}

async fn all_divisions(store: &Store) -> Result<Vec<Division>, PipelineError> {
    let mut all = Vec::new();
    for top in store.child_divisions(None).await? {
        all.extend(store.divisions_within(&top.code).await?);
    }
    Ok(all)
}

/// Loads the registers of a folder: `divisions.csv`, `hukou.csv`, `awards.csv` and, where it is there,
/// `authorisations.csv`.
///
/// # Errors
/// A file that is missing or cannot be read, or the store.
pub async fn import_registers(
    store: &Store,
    folder: &Path,
    day: Date,
) -> Result<Vec<RegisterReport>, PipelineError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|e| PipelineError::io(&path, e))
    };
    let divisions = [("divisions.csv".to_owned(), read("divisions.csv")?)];
    let mut reports = import_division_files(store, &divisions).await?;
    let classes: HashMap<DivisionCode, Option<UrbanRural>> =
        all_divisions(store).await?.into_iter().map(|d| (d.code, d.class)).collect();
    let hukou = registers::hukou("hukou.csv", &read("hukou.csv")?, day, &|code| {
        classes.get(code).copied()
    })?;
    let report = RegisterReport::of(&hukou);
    let all = hukou.good;
    store.import_people(&all.households, &all.persons, &all.memberships).await?;
    drop(all);
    reports.push(report);
    let (register, homes) = load(store, day).await?;
    let home = |code: &str| homes.get(code).copied();
    let awards = registers::awards("awards.csv", &read("awards.csv")?, &register, &home)?;
    store.import_receiving(&awards.good).await?;
    reports.push(RegisterReport::of(&awards));
    if folder.join("authorisations.csv").exists() {
        let file = "authorisations.csv";
        let authorisations = registers::authorisations(file, &read(file)?, &home)?;
        store.add_authorisations(&authorisations.good).await?;
        reports.push(RegisterReport::of(&authorisations));
    }
    Ok(reports)
}

/// The register as imports match against it: people, divisions and live authorisations of a day.
///
/// # Errors
/// Those of the store.
pub async fn load_register(store: &Store, day: Date) -> Result<Register, PipelineError> {
    Ok(load(store, day).await?.0)
}

async fn load(store: &Store, day: Date) -> Result<(Register, HashMap<String, i64>), PipelineError> {
    let mut register = Register::new(all_divisions(store).await?.into_iter().map(|d| d.code));
    let mut homes = HashMap::new();
    store
        .register(MembershipKind::Hukou, day, None, |row| {
            if let Some(number) = &row.person.number {
                let dead = row.person.died.is_some();
                register.add_person(number, &row.person.name, row.person.id, Some(row.household.0), dead);
            }
            homes.entry(row.code).or_insert(row.household.0);
            Ok(())
        })
        .await?;
    for a in store.live_authorisations(day).await? {
        register.add_authorisation(Authorisation {
            number: a.code,
            household: a.household.0,
            from: a.from,
            to: a.to,
        });
    }
    Ok((register, homes))
}
