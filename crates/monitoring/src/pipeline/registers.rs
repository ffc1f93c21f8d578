//! Registers into the store.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use doudi_policy::{Date, DivisionCode};
use doudi_registry::Division;
use doudi_store::Store;
use doudi_store::registers::Registers;
use serde::Serialize;

use super::{County, PipelineError};
use crate::contract::Vocabulary;
use crate::import::{Counts, ReasonCount};
use crate::problem::{FileProblem, FileProblemKind, Reason};
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
    let known: HashSet<DivisionCode> = all_divisions(store).await?.into_iter().map(|d| d.code).collect();
    let taken = registers::divisions(files, &|code| known.contains(code))?;
    let taken = taken.into_iter().map(Taken::or_refused).collect::<Result<Vec<_>, _>>()?;
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
/// `authorisations.csv`, all or nothing, into a database that has no households yet. They hold from `day` on, and no
/// award in them begins after `today` or is of a programme that the vocabulary does not know. Returns the county as it stands then.
///
/// # Errors
/// A file that is missing or cannot be read, households that are on file already, or the store. Nothing has been
/// written then.
pub async fn import_registers(
    store: &Store,
    folder: &Path,
    vocabulary: Vocabulary<'_>,
    day: Date,
    today: Date,
) -> Result<(Vec<RegisterReport>, County), PipelineError> {
    let read = |name: &str| {
        let path = folder.join(name);
        crate::source::read_file(&path).map_err(|e| PipelineError::io(&path, e))
    };
    let (households, persons) = store.population(None).await?;
    if households > 0 {
        let (households, persons) = (households.unsigned_abs(), persons.unsigned_abs());
        return Err(FileProblem::new("hukou.csv", FileProblemKind::NotFresh { households, persons }).into());
    }
    // Every file is read and judged before the first row of any is written.
    let on_file = all_divisions(store).await?;
    let known: HashSet<&DivisionCode> = on_file.iter().map(|d| &d.code).collect();
    let divisions = [("divisions.csv".to_owned(), read("divisions.csv")?)];
    let divisions = registers::divisions(&divisions, &|code| known.contains(code))?;
    let mut divisions = divisions.into_iter().map(Taken::or_refused).collect::<Result<Vec<_>, _>>()?;
    let mut reports: Vec<RegisterReport> = divisions.iter().map(RegisterReport::of).collect();
    let new: Vec<Division> = divisions.iter_mut().flat_map(|taken| std::mem::take(&mut taken.good)).collect();
    let mut all: BTreeMap<&DivisionCode, &Division> = on_file.iter().map(|d| (&d.code, d)).collect();
    all.extend(new.iter().map(|d| (&d.code, d)));
    let class = |code: &DivisionCode| all.get(code).map(|d| d.class);
    let hukou = registers::hukou("hukou.csv", &read("hukou.csv")?, day, &class)?;
    reports.push(RegisterReport::of(&hukou));
    let lost = hukou.quarantined.first().is_some_and(|q| matches!(q.reason, Reason::NoDivision { .. }));
    let cause = divisions.iter().find_map(|d| {
        let first = d.quarantined.iter().find(|q| !q.reason.is_repeat())?;
        let (line, what) = (first.line, first.reason.what());
        let kind = FileProblemKind::Divisions { aside: d.counts.quarantined, line, what };
        Some(FileProblem::new(&d.file, kind))
    });
    if let (0, true, Some(cause)) = (hukou.counts.accepted, lost, cause) {
        return Err(cause.into());
    }
    let people = hukou.or_refused()?.good;
    let all: Vec<Division> = all.into_values().cloned().collect();
    let mut county = County::of_import(all, &people.households, &people.persons, &people.memberships);
    let homes = county.homes();
    let home = |code: &str| homes.get(code).copied();
    let programmes = vocabulary.programmes();
    let awards =
        registers::awards("awards.csv", &read("awards.csv")?, &programmes, &county.register, today, &home)?
            .or_refused()?;
    reports.push(RegisterReport::of(&awards));
    let file = "authorisations.csv";
    let authorisations = match folder.join(file).exists() {
        false => Vec::new(),
        true => {
            let authorisations = registers::authorisations(file, &read(file)?, &home)?.or_refused()?;
            reports.push(RegisterReport::of(&authorisations));
            authorisations.good
        }
    };
    let written = store
        .import_registers(Registers {
            divisions: &new,
            households: &people.households,
            persons: &people.persons,
            memberships: &people.memberships,
            receiving: &awards.good,
            authorisations: &authorisations,
        })
        .await?;
    if written.person_shift == 0 && written.household_shift == 0 {
        super::county::add_authorisations(store, &mut county.register, day).await?;
    } else {
        drop(people);
        county = super::load_county(store, day).await?;
    }
    Ok((reports, county))
}
