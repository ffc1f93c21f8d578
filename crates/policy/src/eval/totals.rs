//! 分户合计: what the rows of each household come to. The rows of one household follow those of the one before, so
//! that the sums or counts of all households are differences of one running total.

use super::cells::Bits;
use super::lane::{Lane, Room, vector};
use super::shape::ListRun;

/// One in each byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;

/// The bits of a running count that are kept: a byte holds them and eight more rows.
const COUNT: u64 = 0x7f;

/// How a running total treats an infinite row: as a number so large that no sum of finite rows comes near it.
#[derive(Clone, Copy)]
pub(crate) struct Infinite {
    /// The end that stands for it …
    pub(crate) mark: i64,
    /// … what is added in its place …
    pub(crate) weight: i64,
    /// … and the largest magnitude that finite rows of one household come to.
    pub(crate) most: i64,
}

/// Per household what a running total, given as it stands before each row and after the last, gains in its rows.
fn gains<T: Copy + Default, G>(
    subjects: &ListRun<'_>,
    totals: &[T],
    out: &mut [G],
    gain: impl Fn(T, T) -> G,
) {
    let mut before = T::default();
    for (out, end) in out.iter_mut().zip(subjects.after()) {
        let after = totals.get(end).copied().unwrap_or_default();
        *out = gain(before, after);
        before = after;
    }
}

/// Per household the sum of a lane. The caller has shown that each sum fits, infinite rows at their weight among it.
pub(crate) fn sums(subjects: &ListRun<'_>, lane: &Lane<'_>, infinite: Option<Infinite>) -> Room {
    let real = subjects.real();
    let same;
    let rows = match lane.rows() {
        Some(rows) => rows.get(..real).unwrap_or(rows),
        None => {
            same = vec![lane.at(0).unwrap_or(0); real];
            &same
        }
    };
    let mut totals = Room::of(real + 1);
    let mut out = Room::of(subjects.households());
    match infinite {
        None => {
            run_up(totals.rows_mut(), rows, |row| row);
            gains(subjects, totals.rows(), out.rows_mut(), |before, after| after.wrapping_sub(before));
        }
        Some(Infinite { mark, weight, most }) => {
            run_up(totals.rows_mut(), rows, move |row| if row == mark { weight } else { row });
            gains(subjects, totals.rows(), out.rows_mut(), |before, after| {
                let sum = after.wrapping_sub(before);
                if (-most..=most).contains(&sum) { sum } else { mark }
            });
        }
    }
    out
}

/// Writes the running total of `f` of the rows: nothing before the first, then what it is after each. It may wrap:
/// differences are what is read.
fn run_up(totals: &mut [i64], rows: &[i64], f: impl Fn(i64) -> i64 + Copy) {
    let Some((first, after)) = totals.split_first_mut() else { return };
    *first = 0;
    vector(move || {
        let mut total = 0_i64;
        for (after, row) in after.iter_mut().zip(rows) {
            total = total.wrapping_add(f(*row));
            *after = total;
        }
    });
}

/// How many rows each household has.
pub(crate) fn sizes(subjects: &ListRun<'_>) -> Room {
    let mut out = Room::of(subjects.households());
    let (rows, offsets) = (out.rows_mut(), subjects.offsets());
    let ends = offsets.get(1..).unwrap_or(&[]);
    vector(move || {
        for ((out, start), end) in rows.iter_mut().zip(offsets).zip(ends) {
            *out = i64::from(end.wrapping_sub(*start));
        }
    });
    out
}

/// How many rows of each household can be true.
pub(crate) fn can(subjects: &ListRun<'_>, cells: &[Bits]) -> Room {
    counts(subjects, cells, |truths| truths & EACH)
}

/// How many rows of each household must be true.
pub(crate) fn must(subjects: &ListRun<'_>, cells: &[Bits]) -> Room {
    counts(subjects, cells, |truths| truths & !(truths >> 1) & EACH)
}

/// Per household how many of its rows `which` picks: given truths, one a byte, it leaves a one in each byte that counts.
fn counts(subjects: &ListRun<'_>, cells: &[Bits], which: impl Fn(u64) -> u64 + Copy) -> Room {
    let mut out = Room::of(subjects.households());
    let cells = cells.get(..subjects.real()).unwrap_or(cells);
    if subjects.longest() as u64 <= COUNT {
        let totals = count_up(cells, which);
        gains(subjects, &totals, out.rows_mut(), |before, after| {
            i64::from(after.wrapping_sub(before)) & COUNT as i64
        });
        return out;
    }
    for (out, (start, end)) in out.rows_mut().iter_mut().zip(subjects.ends()) {
        let rows = cells.get(start..end).unwrap_or(&[]);
        *out = rows.iter().fold(0, |count, cell| count + i64::from(which(u64::from(cell.0)) != 0));
    }
    out
}

/// The low bits of how many rows were picked before each row and after the last.
fn count_up(cells: &[Bits], which: impl Fn(u64) -> u64 + Copy) -> Vec<u8> {
    let mut totals = vec![0; cells.len() + 1];
    let Some((_, after)) = totals.split_first_mut() else { return totals };
    vector(move || {
        let ((words, rest), (after, after_rest)) = (cells.as_chunks::<8>(), after.as_chunks_mut::<8>());
        let mut total = 0_u64;
        for (after, truths) in after.iter_mut().zip(words) {
            // Each byte of the product is the sum of those up to it.
            let picked = which(u64::from_le_bytes(truths.map(|b| b.0))).wrapping_mul(EACH);
            let sums = total.wrapping_mul(EACH).wrapping_add(picked);
            *after = sums.to_le_bytes();
            total = (sums >> 56) & COUNT;
        }
        for (after, truth) in after_rest.iter_mut().zip(rest) {
            total += u64::from(which(u64::from(truth.0)) != 0);
            *after = total.to_le_bytes()[0];
        }
    });
    totals
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Infinite, can, must, sizes, sums};
    use crate::column::{Batch, ListColumns};
    use crate::eval::cells::Bits;
    use crate::eval::lane::Lane;
    use crate::eval::shape::Shape;

    /// Households of few members, now and then of more than a byte counts.
    fn households() -> impl Strategy<Value = Vec<usize>> {
        prop::collection::vec(prop_oneof![9 => 0..6_usize, 1 => 100..300_usize], 1..30)
    }

    proptest! {
        #[test]
        fn differences_of_a_running_total_are_what_each_household_has(
            many in households(),
            skipped in 0..3_usize,
            seed in prop::collection::vec((-90..90_i64, 0..40_u8, 1..4_u8), 97),
        ) {
            let mut offsets = vec![0_u32];
            for size in &many {
                offsets.push(offsets.last().unwrap() + u32::try_from(*size).unwrap());
            }
            let skipped = skipped.min(many.len() - 1);
            let batch = Batch {
                households: many.len(),
                members: ListColumns { offsets, complete: vec![true; many.len()], ..ListColumns::default() },
                ..Batch::default()
            };
            let shape = Shape::new(&batch, skipped..many.len());
            let rows: Vec<_> = (0..shape.members.real()).map(|r| seed[r % seed.len()]).collect();
            let number = |(n, infinite, _): &(i64, u8, u8)| if *infinite == 0 { i64::MAX } else { *n };
            let truths: Vec<Bits> = rows.iter().map(|(_, _, truth)| Bits(*truth)).collect();
            let lane = Lane::of(rows.iter().map(number).collect());
            let finite = Lane::of(rows.iter().map(|(n, _, _)| *n).collect());
            let most = 300 * 90;
            let infinite = Infinite { mark: i64::MAX, weight: 2 * most + 1, most };
            let open = sums(&shape.members, &lane, Some(infinite));
            let known = sums(&shape.members, &finite, None);
            let fives = sums(&shape.members, &Lane::Same(5), None);
            let (can, must, sizes) =
                (can(&shape.members, &truths), must(&shape.members, &truths), sizes(&shape.members));
            for (h, (start, end)) in shape.members.ends().enumerate() {
                let of = &rows[start..end];
                let sum: i64 = of.iter().map(|(n, _, _)| *n).sum();
                let marked = of.iter().any(|(_, infinite, _)| *infinite == 0);
                let count = |holds: fn(u8) -> bool| of.iter().filter(|row| holds(row.2)).count() as i64;
                prop_assert_eq!(open.rows()[h], if marked { i64::MAX } else { sum });
                prop_assert_eq!(known.rows()[h], sum);
                prop_assert_eq!(fives.rows()[h], 5 * of.len() as i64);
                prop_assert_eq!(can.rows()[h], count(|truth| truth & 1 == 1));
                prop_assert_eq!(must.rows()[h], count(|truth| truth == 1));
                prop_assert_eq!(sizes.rows()[h], of.len() as i64);
            }
        }
    }
}
