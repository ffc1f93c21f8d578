//! 全时段检查: the law at every date on which some version begins or has ended.

use std::collections::BTreeSet;

use super::Book;
use super::decl::Validity;
use crate::diag::Diagnostic;
use crate::value::{Date, Month};

/// All faults, each once, in order of file and place.
pub(super) fn check(book: &Book) -> Vec<Diagnostic> {
    let (months, as_of) = moments(book);
    let mut faults: Vec<Diagnostic> = Vec::new();
    for month in months {
        for fault in book.plan(month, as_of).err().unwrap_or_default() {
            let same = |f: &Diagnostic| (f.code, &f.file, &f.span) == (fault.code, &fault.file, &fault.span);
            if !faults.iter().any(same) {
                faults.push(fault);
            }
        }
    }
    faults.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
    faults
}

/// The months to look at, from the first outcome to the last beginning of anything (what holds after that is
/// not stated yet), and a day on which everything is known.
pub(super) fn moments(book: &Book) -> (BTreeSet<Month>, Date) {
    let rules = book.rules.iter().map(|r| r.validity);
    let outcomes = book.outcomes.iter().map(|o| o.validity);
    let groups = book.groups.iter().map(|g| g.validity);
    let indicators = book.indicators.iter().map(|i| i.validity);
    let rows = book.parameters.iter().flat_map(|p| {
        p.rows.iter().map(|(_, row)| Validity { from: row.from, to: row.to, enacted: row.enacted })
    });
    let all: Vec<Validity> = rules.chain(outcomes).chain(groups).chain(indicators).chain(rows).collect();
    let first = book
        .outcomes
        .iter()
        .map(|o| o.validity.from)
        .min()
        .or_else(|| book.rules.iter().map(|r| r.validity.from).min())
        .unwrap_or(Date(0));
    let last = all.iter().map(|v| v.from).max().unwrap_or(first);
    let months = all
        .iter()
        .flat_map(|v| [Some(v.from), v.to.map(|to| to.plus_days(1))])
        .flatten()
        .filter(|day| first <= *day && *day <= last)
        .map(Date::month)
        .collect();
    let known = all.iter().map(|v| v.enacted.max(v.from)).max();
    (months, known.unwrap_or(first))
}
