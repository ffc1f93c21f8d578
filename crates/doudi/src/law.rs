//! The law as the commands need it: the book, the plan of a month, procedures and working days.

use anyhow::{Context as _, Result, anyhow};
use doudi_casework::{Procedure, Roll, WorkingCalendar};
use doudi_policy::book::Book;
use doudi_policy::diag::{Diagnostic, closing, render_all};
use doudi_policy::lang::Lang;
use doudi_policy::plan::Plan;
use doudi_policy::{Date, Month};

/// Faults of the packages as one error.
pub(crate) fn faults(found: &[Diagnostic], lang: Lang) -> anyhow::Error {
    let head = lang.pick("政策包有问题，请先改正：", "the policy packages have faults; mend them first:");
    anyhow!("{head}\n\n{}\n{}", render_all(found, lang), closing(found, lang))
}

/// The book of some files.
pub(crate) fn book(files: &[(String, String)], lang: Lang) -> Result<Book> {
    Book::from_files(files.iter().cloned()).map_err(|found| faults(&found, lang))
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
