//! Registers into the store.

use std::collections::HashMap;
use std::path::Path;

use doudi_policy::{Date, DivisionCode};
use doudi_registry::{Division, UrbanRural};
use doudi_store::Store;
use serde::Serialize;

use super::{County, PipelineError};
use crate::import::{Counts, ReasonCount};
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
        Self { file: taken.file.clone(), counts: taken.counts, reasons: taken.reasons() }
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

pub(super) async fn all_divisions(store: &Store) -> Result<Vec<Division>, PipelineError> {
    let mut all = Vec::new();
    for top in store.child_divisions(None).await? {
        all.extend(store.divisions_within(&top.code).await?);
    }
    Ok(all)
}

/// Loads the registers of a folder: `divisions.csv`, `hukou.csv`, `awards.csv` and, where it is there,
/// `authorisations.csv`. Returns the county as it stands then.
///
/// # Errors
/// A file that is missing or cannot be read, or the store.
pub async fn import_registers(
    store: &Store,
    folder: &Path,
    day: Date,
) -> Result<(Vec<RegisterReport>, County), PipelineError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|e| PipelineError::io(&path, e))
    };
    let divisions = [("divisions.csv".to_owned(), read("divisions.csv")?)];
    let mut reports = import_division_files(store, &divisions).await?;
    let all = all_divisions(store).await?;
    let classes: HashMap<DivisionCode, Option<UrbanRural>> =
        all.iter().map(|d| (d.code.clone(), d.class)).collect();
    let hukou = registers::hukou("hukou.csv", &read("hukou.csv")?, day, &|code| classes.get(code).copied())?;
    reports.push(RegisterReport::of(&hukou));
    let people = hukou.good;
    let written = store.import_people(&people.households, &people.persons, &people.memberships).await?;
    let mut county = if written.person_shift == 0 && written.household_shift == 0 {
        County::of_import(all, &people.households, &people.persons, &people.memberships)
    } else {
        super::load_county(store, day).await?
    };
    drop(people);
    let homes = county.homes();
    let home = |code: &str| homes.get(code).copied();
    let awards = registers::awards("awards.csv", &read("awards.csv")?, &county.register, &home)?;
    store.import_receiving(&awards.good).await?;
    reports.push(RegisterReport::of(&awards));
    if folder.join("authorisations.csv").exists() {
        let file = "authorisations.csv";
        let authorisations = registers::authorisations(file, &read(file)?, &home)?;
        store.add_authorisations(&authorisations.good).await?;
        reports.push(RegisterReport::of(&authorisations));
        super::county::add_authorisations(store, &mut county.register, day).await?;
    }
    Ok((reports, county))
}
