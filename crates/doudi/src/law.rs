//! The law as the commands need it: the book, the plan of a month, procedures and working days.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use doudi_casework::{Procedure, Roll, WorkingCalendar};
use doudi_policy::book::Book;
use doudi_policy::diag::{Diagnostic, bad_procedure, closing, render_all, without_procedure};
use doudi_policy::lang::Lang;
use doudi_policy::plan::Plan;
use doudi_policy::{Date, Month};

use crate::bundled;

/// Faults of the packages as one error.
pub(crate) fn faults(found: &[Diagnostic], lang: Lang) -> anyhow::Error {
    let head = lang.pick("政策包有问题，请先改正：", "the policy packages have faults; mend them first:");
    anyhow!("{head}\n\n{}\n{}", render_all(found, lang), closing(found, lang))
}

/// The book of some files.
pub(crate) fn book(files: &[(String, String)], lang: Lang) -> Result<Book> {
    Book::from_files(files.iter().cloned()).map_err(|found| faults(&found, lang))
}

/// The packages of a folder, or those inside the program, fit for work with families: every programme has a procedure.
pub(crate) fn packages(folder: Option<&Path>, lang: Lang) -> Result<(Vec<(String, String)>, Book)> {
    let files = bundled::policies(folder).map_err(|unread| faults(&unread.0, lang))?;
    let book = book(&files, lang)?;
    let found = procedure_faults(&book, &files);
    if found.is_empty() { Ok((files, book)) } else { Err(faults(&found, lang)) }
}

/// Programmes without a procedure, and procedures that cannot be read.
pub(crate) fn procedure_faults(book: &Book, files: &[(String, String)]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut packages = BTreeSet::new();
    for (path, text) in files {
        let Some(package) = doudi_web::law::package_of(path) else { continue };
        for refusal in Procedure::parse(text).err().unwrap_or_default() {
            found.push(bad_procedure(path, text, (&refusal.zh, &refusal.en)));
        }
        packages.insert(package);
    }
    found.extend(without_procedure(book, &packages));
    found
}

/// The plan of a month as known on a day.
pub(crate) fn plan(book: &Book, period: Month, as_of: Date, lang: Lang) -> Result<Plan> {
    book.plan(period, as_of).map_err(|found| faults(&found, lang))
}

/// Last day for looking at a lead of each urgency (red, orange, yellow, blue), by the procedure for warnings.
pub(crate) fn lead_limits(files: &[(String, String)], today: Date) -> Result<[Option<Date>; 4]> {
    let years = files.iter().filter(|(path, _)| path.contains("/calendar/")).map(|(_, text)| text.as_str());
    let calendar = WorkingCalendar::from_texts(years).map_err(|e| anyhow!("{e}"))?;
    let watch = files.iter().find(|(path, _)| path.ends_with("/watch/procedure.toml"));
    let (_, watch) = watch.context("policies/cn/watch/procedure.toml")?;
    let procedure = Procedure::parse(watch)
        .map_err(|found| anyhow!(found.iter().map(|f| format!("{f}\n")).collect::<String>()))?;
    let mut due = [None; 4];
    if let Some(step) = procedure.steps.first() {
        for (urgency, slot) in (0_u8..).zip(due.iter_mut()) {
            if let Some(limit) = step.limit_for(Some(urgency)) {
                *slot = Some(limit.due(today, &calendar, Roll::NextWorkingDay).map_err(|e| anyhow!("{e}"))?);
            }
        }
    }
    Ok(due)
}
