//! 名单汇总: folds over the members or obligors of each household. Sums and counts of all households are taken at
//! once, the rest household by household.

use super::cells::{Bits, Cells, Kind};
use super::exact::Exact;
use super::interval::{End, Interval};
use super::lane::{Lane, vector};
use super::numbers::{Numbers, ROOM, negated};
use super::ratio::Ratio;
use super::run::{Run, Runner};
use super::shape::ListRun;
use super::totals::{self, Infinite};
use crate::plan::{Entity, Fold, NodeId};

pub(crate) fn aggregate<'a>(
    runner: &Runner<'a>,
    run: &Run<'a>,
    kind: Kind,
    list: Entity,
    fold: Fold,
    filter: Option<NodeId>,
    body: Option<NodeId>,
) -> Cells<'a> {
    let Some(subjects) = run.shape.list(list) else {
        return Cells::unknown(kind, run.shape.households);
    };
    let truths = |id: NodeId| runner.truths(run, id, list);
    match fold {
        Fold::Any => {
            let counts = match (filter.map(truths), body.map(truths)) {
                (Some(filter), Some(body)) => join(&filter, &body, Bits::and),
                (Some(one), None) | (None, Some(one)) => one.into_owned(),
                (None, None) => vec![Bits::TRUE; subjects.rows()],
            };
            Cells::Truth(any(subjects, &counts))
        }
        Fold::All => {
            // Nobody who counts fails.
            let fails = match (filter.map(truths), body.map(truths)) {
                (Some(filter), Some(body)) => join(&filter, &negated(body.into_owned()), Bits::and),
                (None, Some(body)) => negated(body.into_owned()),
                (_, None) => vec![Bits::FALSE; subjects.rows()],
            };
            Cells::Truth(negated(any(subjects, &fails)))
        }
        Fold::Count => {
            let filter = filter.map(truths);
            let counted = count(subjects, filter.as_deref());
            match kind {
                Kind::Exact => Cells::Exact(Exact::whole(counted)),
                _ => Cells::Whole(counted),
            }
        }
        Fold::Sum | Fold::Max | Fold::Min => {
            let Some(body) = body else {
                return Cells::unknown(kind, run.shape.households);
            };
            let filter = filter.map(truths);
            match kind {
                Kind::Exact => {
                    let body = runner.exacts(run, body, list);
                    Cells::Exact(exact(subjects, fold, filter.as_deref(), &body))
                }
                Kind::Whole => {
                    let body = runner.numbers(run, body, list);
                    let sum = (fold == Fold::Sum).then(|| sum(subjects, filter.as_deref(), &body)).flatten();
                    Cells::Whole(sum.unwrap_or_else(|| {
                        let cell = |row| body.at(row);
                        Numbers::from_rows(each(subjects, fold, filter.as_deref(), cell).into_iter())
                    }))
                }
                Kind::Truth | Kind::Enum => Cells::unknown(kind, run.shape.households),
            }
        }
    }
}

fn join(a: &[Bits], b: &[Bits], with: impl Fn(Bits, Bits) -> Bits + Copy) -> Vec<Bits> {
    let mut out = vec![Bits::BOTH; a.len()];
    let rows = out.as_mut_slice();
    vector(move || {
        for ((out, a), b) in rows.iter_mut().zip(a).zip(b) {
            *out = with(*a, *b);
        }
    });
    out
}

fn any(subjects: &ListRun<'_>, cells: &[Bits]) -> Vec<Bits> {
    let must = totals::must(subjects, cells);
    let mut out: Vec<Bits> = if in_doubt(subjects, cells) {
        let can = totals::can(subjects, cells);
        let both = can.rows().iter().zip(must.rows());
        both.map(|(can, must)| Bits::of(*can != 0, *must == 0)).collect()
    } else {
        must.rows().iter().map(|must| Bits::known(*must != 0)).collect()
    };
    for (household, _) in subjects.open() {
        // Somebody who is not on the list may be the one.
        if let Some(cell) = out.get_mut(household) {
            *cell = cell.or(Bits::BOTH);
        }
    }
    out
}

/// Whether the truth of a subject on the list is open.
fn in_doubt(subjects: &ListRun<'_>, cells: &[Bits]) -> bool {
    let real = cells.get(..subjects.real()).unwrap_or(cells);
    vector(move || real.iter().fold(false, |doubt, cell| doubt | (cell.0 == Bits::BOTH.0)))
}

fn count<'r>(subjects: &ListRun<'_>, filter: Option<&[Bits]>) -> Numbers<'r> {
    let rows = subjects.households();
    let least = match filter {
        Some(cells) => totals::must(subjects, cells),
        None => totals::sizes(subjects),
    };
    let mut most = filter.filter(|cells| in_doubt(subjects, cells)).map(|cells| totals::can(subjects, cells));
    for (household, _) in subjects.open() {
        let most = most.get_or_insert_with(|| least.clone());
        if let Some(cell) = most.rows_mut().get_mut(household) {
            *cell = i64::MAX;
        }
    }
    match most {
        None => Numbers::known(Lane::in_room(least), rows),
        Some(most) => {
            let longest = i64::try_from(subjects.longest()).unwrap_or(i64::MAX);
            Numbers::between(Lane::in_room(least), Lane::in_room(most), rows, (0, longest))
        }
    }
}

/// Sums of all households at once; `None` where they might not fit.
fn sum<'r>(subjects: &ListRun<'_>, filter: Option<&[Bits]>, body: &Numbers<'_>) -> Option<Numbers<'r>> {
    let (least, most) = body.range()?;
    let people = i64::try_from(subjects.longest()).ok()?;
    let least = least.min(0).checked_mul(people).filter(|sum| *sum >= -ROOM)?;
    let most = most.max(0).checked_mul(people).filter(|sum| *sum <= ROOM)?;
    let counted = match filter {
        Some(filter) => Numbers::choose(filter, body, &Numbers::same(0, body.len())),
        None => body.clone(),
    };
    let rows = subjects.households();
    if counted.is_known() && subjects.open().next().is_none() {
        return Some(Numbers::known(Lane::in_room(totals::sums(subjects, counted.lo(), None)), rows));
    }
    // More than twice what finite rows come to: with it a sum is beyond all others, on its side.
    let finite = most.max(least.saturating_neg());
    let weight = finite.checked_mul(2)?.checked_add(1)?;
    people.checked_mul(weight)?.checked_add(finite).filter(|sum| *sum <= ROOM)?;
    let below = Infinite { mark: i64::MIN, weight: weight.wrapping_neg(), most: finite };
    let above = Infinite { mark: i64::MAX, weight, most: finite };
    let mut lo = totals::sums(subjects, counted.lo(), Some(below));
    let mut hi = totals::sums(subjects, counted.hi(), Some(above));
    for (household, row) in subjects.open() {
        // Any number of further subjects: a sum of bodies below zero has no lower end.
        if body.at(row).is_none_or(|cell| cell.lo < 0)
            && let Some(lo) = lo.rows_mut().get_mut(household)
        {
            *lo = i64::MIN;
        }
        if let Some(hi) = hi.rows_mut().get_mut(household) {
            *hi = i64::MAX;
        }
    }
    Some(Numbers::between(Lane::in_room(lo), Lane::in_room(hi), rows, (least, most)))
}

fn exact<'a>(subjects: &ListRun<'_>, fold: Fold, filter: Option<&[Bits]>, body: &Exact<'a>) -> Exact<'a> {
    if fold == Fold::Sum
        && let Some((num, den)) = body.over_one()
        && let Some(sum) = sum(subjects, filter, num)
    {
        return Exact::of_numerators(sum, den);
    }
    Exact::from_rows(each::<Ratio>(subjects, fold, filter, |row| body.at(row)).into_iter())
}

/// Household by household.
fn each<E: End>(
    subjects: &ListRun<'_>,
    fold: Fold,
    filter: Option<&[Bits]>,
    cell: impl Fn(usize) -> Option<Interval<E>>,
) -> Vec<Interval<E>> {
    let cell = |row: usize| cell(row).unwrap_or(Interval::UNBOUNDED);
    let counts =
        |row: usize| filter.map_or(Bits::TRUE, |filter| filter.get(row).copied().unwrap_or(Bits::BOTH));
    let fold_one = |(household, (start, end)): (usize, (usize, usize))| {
        let (rows, unknown) = (start..end, subjects.unknown(household));
        if fold == Fold::Sum {
            let counted = rows
                .map(|row| match counts(row) {
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
        let surely = rows.clone().filter(|row| counts(*row) == Bits::TRUE).map(cell).reduce(pick);
        // For nobody nothing is known.
        let Some(surely) = surely else {
            return Interval::UNBOUNDED;
        };
        let perhaps = rows.filter(|row| counts(*row) == Bits::BOTH).chain(unknown);
        perhaps.map(cell).map(|one| pick(surely, one)).fold(surely, Interval::hull)
    };
    subjects.ends().enumerate().map(fold_one).collect()
}
