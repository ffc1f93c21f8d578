//! Whether a file is of the period that it is imported for.

use doudi_policy::{Date, Month};

use super::Intake;
use crate::contract::PeriodKind;
use crate::problem::{FileProblem, FileProblemKind};

/// The month in a name such as `ss_pension_2024-05.csv`.
fn month_in(name: &str) -> Option<Month> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.rsplit('_').next()?.parse().ok()
}

/// The name, where it says a period, must say the right one.
pub(super) fn check_name(file: &str, intake: Intake<'_>) -> Result<(), FileProblem> {
    match month_in(file) {
        Some(found) if found != intake.period => Err(problem(file, found, intake, None)),
        _ => Ok(()),
    }
}

/// The newest row must be of the period. A register without an entry of the month is only held (see
/// `quality`), since a month may pass without one.
pub(super) fn check_rows(file: &str, newest: &Option<Date>, intake: Intake<'_>) -> Result<(), FileProblem> {
    let rule = &intake.contract.period;
    let Some(newest) = newest.map(Date::month) else {
        return Ok(());
    };
    let old = match rule.kind {
        PeriodKind::Month => newest < intake.period,
        PeriodKind::Year => newest.ym().0 < intake.period.ym().0,
        PeriodKind::Rolling | PeriodKind::Register => false,
    };
    if old {
        let column = rule.column.clone();
        return Err(problem(file, newest, intake, column));
    }
    Ok(())
}

fn problem(file: &str, found: Month, intake: Intake<'_>, column: Option<String>) -> FileProblem {
    let kind = FileProblemKind::Period { found, wanted: intake.period, column };
    FileProblem::new(file, kind)
}
