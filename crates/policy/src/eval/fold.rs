//! 名单汇总: folds over the members or obligors of each household. Sums and counts of all households are differences
//! of one running total, since their subjects follow one another.

use super::cells::{Bits, Cells, Kind};
use super::exact::Exact;
use super::interval::{End, Interval};
use super::lane::{Lane, Room, vector};
use super::numbers::{Numbers, ROOM, negated};
use super::ratio::Ratio;
use super::run::{Run, Runner};
use super::shape::ListRun;
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

/// Per household how many of its rows can be true and how many must be.
fn tally<T>(subjects: &ListRun<'_>, cells: &[Bits], cell: impl Fn(i64, i64) -> T) -> Vec<T> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let one = |(start, end): (usize, usize)| {
        let count = end.saturating_sub(start);
        // Up to eight truths are looked at as one word, one byte each.
        let eight: Option<[Bits; 8]> =
            cells.get(start..start.saturating_add(8)).and_then(|e| e.try_into().ok());
        if let (Some(eight), ..=8) = (eight, count) {
            let of_others = u64::MAX.checked_shl(u32::try_from(count * 8).unwrap_or(64)).unwrap_or(0);
            let word = u64::from_le_bytes(eight.map(|b| b.0)) & !of_others;
            let (can, must) = (word & EACH, word & !(word >> 1) & EACH);
            // The product's first byte is the sum of all eight.
            let sum = |bytes: u64| i64::from(bytes.wrapping_mul(EACH).to_be_bytes()[0]);
            return cell(sum(can), sum(must));
        }
        let rows = cells.get(start..end).unwrap_or(&[]);
        let (can, must) = rows.iter().fold((0_i64, 0_i64), |(can, must), b| {
            (can.wrapping_add(i64::from(b.0 & 1)), must.wrapping_add(i64::from(b.0 == Bits::TRUE.0)))
        });
        cell(can, must)
    };
    subjects.ends().map(one).collect()
}

fn any(subjects: &ListRun<'_>, cells: &[Bits]) -> Vec<Bits> {
    let mut out = tally(subjects, cells, |can, must| Bits::of(can != 0, must == 0));
    for (household, _) in subjects.open() {
        // Somebody who is not on the list may be the one.
        if let Some(cell) = out.get_mut(household) {
            *cell = cell.or(Bits::BOTH);
        }
    }
    out
}

fn count<'r>(subjects: &ListRun<'_>, filter: Option<&[Bits]>) -> Numbers<'r> {
    let rows = subjects.offsets().len().saturating_sub(1);
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (least, mut most) = match filter {
        None => {
            let sizes: Vec<i64> = subjects.ends().map(|(a, b)| number(b.saturating_sub(a))).collect();
            (sizes, None)
        }
        Some(cells) => {
            let must = tally(subjects, cells, |_, must| must);
            let real = cells.get(..subjects.real()).unwrap_or(cells);
            let doubt = vector(move || real.iter().fold(false, |doubt, c| doubt | (c.0 == Bits::BOTH.0)));
            let can = doubt.then(|| tally(subjects, cells, |can, _| can));
            (must, can)
        }
    };
    for (household, _) in subjects.open() {
        let most = most.get_or_insert_with(|| least.clone());
        if let Some(cell) = most.get_mut(household) {
            *cell = i64::MAX;
        }
    }
    let longest = number(subjects.longest());
    match most {
        None => Numbers::known(Lane::of(least), rows),
        Some(most) => Numbers::between(Lane::of(least), Lane::of(most), rows, (0, longest)),
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
    let rows = subjects.offsets().len().saturating_sub(1);
    if counted.is_known() && subjects.open().next().is_none() {
        return Some(Numbers::known(Lane::of(sums(subjects, counted.lo(), None)), rows));
    }
    let mut lo = sums(subjects, counted.lo(), Some(i64::MIN));
    let mut hi = sums(subjects, counted.hi(), Some(i64::MAX));
    for (household, row) in subjects.open() {
        // Any number of further subjects: a sum of bodies below zero has no lower end.
        if body.at(row).is_none_or(|cell| cell.lo < 0)
            && let Some(lo) = lo.get_mut(household)
        {
            *lo = i64::MIN;
        }
        if let Some(hi) = hi.get_mut(household) {
            *hi = i64::MAX;
        }
    }
    Some(Numbers::between(Lane::of(lo), Lane::of(hi), rows, (least, most)))
}

/// Per household the sum of a lane, infinite where one of its rows is. All sums are differences of one running
/// total, in which an infinite row counts as nothing.
fn sums(subjects: &ListRun<'_>, lane: &Lane<'_>, infinite: Option<i64>) -> Vec<i64> {
    let real = subjects.real();
    let same;
    let rows = match lane.rows() {
        Some(rows) => rows,
        None => {
            same = vec![lane.at(0).unwrap_or(0); real];
            &same
        }
    };
    let rows = rows.get(..real).unwrap_or(rows);
    let mut room = Room::of(real + 1);
    if let Some((first, at)) = room.rows_mut().split_first_mut() {
        *first = 0;
        let mut total = 0_i64;
        // No mark, no number equal to it.
        let mark = infinite.unwrap_or(i64::MIN);
        for (at, value) in at.iter_mut().zip(rows) {
            total = total.wrapping_add(if *value == mark { 0 } else { *value });
            *at = total;
        }
    }
    let at = room.rows();
    // Each household begins where the one before it ends.
    let mut before = 0_i64;
    let one = |(_, end)| {
        let after: i64 = at.get(end).copied().unwrap_or(0);
        after.wrapping_sub(std::mem::replace(&mut before, after))
    };
    let mut out: Vec<i64> = subjects.ends().map(one).collect();
    let mark = infinite.filter(|mark| {
        let mark = *mark;
        vector(move || rows.iter().fold(false, |any, v| any | (*v == mark)))
    });
    if let Some(mark) = mark {
        for (out, (start, end)) in out.iter_mut().zip(subjects.ends()) {
            if rows.get(start..end).is_some_and(|rows| rows.contains(&mark)) {
                *out = mark;
            }
        }
    }
    out
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
