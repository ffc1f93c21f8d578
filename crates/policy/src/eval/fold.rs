//! 名单汇总: folds over the members or obligors of each household.

use super::cells::{Bits, Cells, Kind};
use super::interval::{End, Interval};
use super::ratio::Ratio;
use super::run::{ListRun, Run, Runner};
use crate::plan::{Entity, Fold, NodeId};

pub(crate) fn aggregate(
    runner: &Runner<'_>,
    run: &Run,
    kind: Kind,
    list: Entity,
    fold: Fold,
    filter: Option<NodeId>,
    body: Option<NodeId>,
) -> Cells {
    let Some(subjects) = run.shape.list(list) else {
        return Cells::unknown(kind, run.shape.households);
    };
    let rows = subjects.rows();
    let filter = filter.map_or_else(|| vec![Bits::TRUE; rows].into(), |f| runner.see::<Bits>(run, f, list));
    let truths = || body.map_or_else(|| vec![Bits::TRUE; rows].into(), |b| runner.see::<Bits>(run, b, list));
    match fold {
        Fold::Any => {
            let body = truths();
            let both = |r: usize| at(&filter, r).and(at(&body, r));
            Cells::Truth(households(subjects, |members, unknown| {
                let any = members.map(both).fold(Bits::FALSE, Bits::or);
                // Somebody who is not on the list may be the one.
                any.or(if unknown.is_some() { Bits::BOTH } else { Bits::FALSE })
            }))
        }
        Fold::All => {
            let body = truths();
            let either = |r: usize| at(&filter, r).not().or(at(&body, r));
            Cells::Truth(households(subjects, |members, unknown| {
                let all = members.map(either).fold(Bits::TRUE, Bits::and);
                all.and(if unknown.is_some() { Bits::BOTH } else { Bits::TRUE })
            }))
        }
        Fold::Count => {
            let counts = households(subjects, |members, unknown| {
                let one = |r: usize| Interval {
                    lo: i64::from(!at(&filter, r).can_be_false()),
                    hi: i64::from(at(&filter, r).can_be_true()),
                };
                let count = members.map(one).fold(Interval::ZERO, Interval::add);
                match unknown {
                    Some(_) => Interval { hi: i64::POS, ..count },
                    None => count,
                }
            });
            match kind {
                Kind::Exact => Cells::Exact(counts.into_iter().map(Interval::from_whole).collect()),
                _ => Cells::Whole(counts),
            }
        }
        Fold::Sum | Fold::Max | Fold::Min => match (kind, body) {
            (Kind::Exact, Some(body)) => {
                let body = runner.exact(run, body, list);
                Cells::Exact(numbers::<Ratio>(subjects, fold, &filter, &body))
            }
            (Kind::Whole, Some(body)) => {
                let body = runner.see(run, body, list);
                Cells::Whole(numbers::<i64>(subjects, fold, &filter, &body))
            }
            _ => Cells::unknown(kind, run.shape.households),
        },
    }
}

fn at(cells: &[Bits], row: usize) -> Bits {
    cells.get(row).copied().unwrap_or(Bits::BOTH)
}

/// One cell a household, from the rows of its subjects and that of the unknown one.
fn households<T>(subjects: &ListRun, cell: impl Fn(std::ops::Range<usize>, Option<usize>) -> T) -> Vec<T> {
    let pairs = subjects.ranges.iter().zip(&subjects.unknown);
    pairs.map(|(rows, unknown)| cell(rows.clone(), *unknown)).collect()
}

fn numbers<E: End>(
    subjects: &ListRun,
    fold: Fold,
    filter: &[Bits],
    body: &[Interval<E>],
) -> Vec<Interval<E>> {
    let cell = |row: usize| body.get(row).copied().unwrap_or(Interval::UNBOUNDED);
    households(subjects, |rows, unknown| {
        if fold == Fold::Sum {
            let counted = rows
                .map(|row| match at(filter, row) {
                    Bits::TRUE => cell(row),
                    Bits::FALSE => Interval::ZERO,
                    _ => cell(row).hull(Interval::ZERO),
                })
                .fold(Interval::ZERO, Interval::add);
            return match unknown {
                // Any number of further subjects: a sum of bodies below zero has no lower end.
                Some(row) if cell(row).lo.order(E::ZERO).is_ge() => Interval { hi: E::POS, ..counted },
                Some(_) => Interval::UNBOUNDED,
                None => counted,
            };
        }
        let pick = if fold == Fold::Max { Interval::max } else { Interval::min };
        let surely = rows.clone().filter(|row| at(filter, *row) == Bits::TRUE).map(cell).reduce(pick);
        // For nobody nothing is known.
        let Some(surely) = surely else {
            return Interval::UNBOUNDED;
        };
        let perhaps = rows.filter(|row| at(filter, *row) == Bits::BOTH).chain(unknown);
        perhaps.map(cell).map(|one| pick(surely, one)).fold(surely, Interval::hull)
    })
}
