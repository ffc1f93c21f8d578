//! 整数列: intervals of whole numbers, one a row, kept as a lane of lower and a lane of upper ends. Where every row
//! is known there is one lane only. A range that no finite end leaves is kept beside them: where the range of a
//! result fits with room to spare, whole lanes are computed at once, else row by row with every check of
//! [`Interval`]. Both give the same sets.

use super::cells::Bits;
use super::interval::Interval;
use super::lane::{self, Lane, Weights};
use crate::plan::Cmp;

/// Largest magnitude of a finite end up to which lanes are computed at once: sums of two stay within 64 bits, and
/// no finite end equals the mark of an infinite one.
pub(crate) const ROOM: i64 = 1 << 62;

/// Numbers within this fit 32 bits.
pub(crate) const NARROW: i64 = i32::MAX as i64;

/// Intervals of whole numbers, one a row.
#[derive(Clone, Debug)]
pub(crate) struct Numbers<'a> {
    rows: usize,
    lo: Lane<'a>,
    /// Absent where every row is known.
    hi: Option<Lane<'a>>,
    /// No finite end is below …
    least: i64,
    /// … or above.
    most: i64,
}

/// A range within [`ROOM`]; `None` where it leaves it.
fn fit(least: i128, most: i128) -> Option<(i64, i64)> {
    let room = i128::from(ROOM);
    (least >= -room && most <= room).then_some((i64::try_from(least).ok()?, i64::try_from(most).ok()?))
}

impl<'a> Numbers<'a> {
    /// The same known number in every row.
    pub(crate) fn same(value: i64, rows: usize) -> Self {
        Self::of_interval(Interval::point(value), rows)
    }

    /// The same interval in every row.
    pub(crate) fn of_interval(all: Interval<i64>, rows: usize) -> Self {
        let (least, most) = finite(all);
        let hi = (!all.is_point()).then_some(Lane::Same(all.hi));
        Self { rows, lo: Lane::Same(all.lo), hi, least, most }
    }

    /// Known numbers.
    pub(crate) fn known(lane: Lane<'a>, rows: usize) -> Self {
        let (least, most) = lane.range();
        if least == i64::MIN || most == i64::MAX {
            let row = |r| Interval::point(lane.at(r).unwrap_or(i64::MIN));
            return Self::from_rows((0..rows).map(row));
        }
        Self { rows, lo: lane, hi: None, least, most }
    }

    /// Lower and upper ends, with the infinite ones marked; the range holds for the finite ones.
    pub(crate) fn between(lo: Lane<'a>, hi: Lane<'a>, rows: usize, (least, most): (i64, i64)) -> Self {
        Self { rows, lo, hi: Some(hi), least, most }
    }

    pub(crate) fn from_rows(cells: impl ExactSizeIterator<Item = Interval<i64>>) -> Self {
        let rows = cells.len();
        let (mut lo, mut hi) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        let (mut least, mut most, mut known) = (i64::MAX, i64::MIN, true);
        for cell in cells {
            lo.push(cell.lo);
            hi.push(cell.hi);
            let (below, above) = finite(cell);
            (least, most) = (least.min(below), most.max(above));
            known &= cell.is_point();
        }
        if rows == 0 {
            (least, most) = (0, 0);
        }
        Self { rows, lo: Lane::of(lo), hi: (!known).then(|| Lane::of(hi)), least, most }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// What is possible in a row; `None` beyond the last.
    pub(crate) fn at(&self, row: usize) -> Option<Interval<i64>> {
        if row >= self.rows {
            return None;
        }
        let lo = self.lo.at(row)?;
        Some(Interval { lo, hi: self.hi.as_ref().map_or(Some(lo), |hi| hi.at(row))? })
    }

    fn row(&self, row: usize) -> Interval<i64> {
        self.at(row).unwrap_or(Interval::UNBOUNDED)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Interval<i64>> + '_ {
        (0..self.rows).map(|r| self.row(r))
    }

    /// The lower ends.
    pub(crate) fn lo(&self) -> &Lane<'a> {
        &self.lo
    }

    /// The upper ends.
    pub(crate) fn hi(&self) -> &Lane<'a> {
        self.hi.as_ref().unwrap_or(&self.lo)
    }

    /// Whether every row is known.
    pub(crate) fn is_known(&self) -> bool {
        self.hi.is_none()
    }

    /// A range that no finite end leaves, if it fits.
    pub(crate) fn range(&self) -> Option<(i64, i64)> {
        fit(self.least.into(), self.most.into())
    }

    /// Whether every finite end is within `room` of zero.
    pub(crate) fn is_within(&self, room: i64) -> bool {
        self.least >= room.saturating_neg() && self.most <= room
    }

    /// Whether the product is computed without loss.
    pub(crate) fn product_fits(&self, other: &Self) -> bool {
        self.product_range(other).is_some()
    }

    fn product_range(&self, other: &Self) -> Option<(i64, i64)> {
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        let corners = [
            product(self.least, other.least),
            product(self.least, other.most),
            product(self.most, other.least),
            product(self.most, other.most),
        ];
        let (least, most) = corners.iter().fold((0, 0), |(l, m), c| (*c.min(&l), *c.max(&m)));
        fit(least, most)
    }

    fn slow(&self, other: &Self, f: impl Fn(Interval<i64>, Interval<i64>) -> Interval<i64>) -> Self {
        Self::from_rows((0..self.rows).map(|r| f(self.row(r), other.row(r))))
    }

    /// The numbers of some rows, in their order.
    pub(crate) fn take<'r>(&self, rows: &[u32]) -> Numbers<'r> {
        Numbers {
            rows: rows.len(),
            lo: self.lo.take(rows),
            hi: self.hi.as_ref().map(|hi| hi.take(rows)),
            least: self.least,
            most: self.most,
        }
    }

    /// The first rows only.
    pub(crate) fn first(mut self, rows: usize) -> Self {
        self.rows = self.rows.min(rows);
        self
    }

    /// The numbers apart from the facts they were read from.
    pub(crate) fn owned(&self) -> Numbers<'static> {
        let own = |lane: &Lane<'_>| match lane {
            Lane::Same(value) => Lane::Same(*value),
            Lane::Slice(rows) => Lane::of(rows.to_vec()),
            Lane::Rows(room) => Lane::Rows(room.clone()),
        };
        Numbers {
            rows: self.rows,
            lo: own(&self.lo),
            hi: self.hi.as_ref().map(own),
            least: self.least,
            most: self.most,
        }
    }

    pub(crate) fn add<'r>(&self, other: &Self) -> Numbers<'r>
    where
        'a: 'r,
    {
        self.add_scaled(1, other, 1).unwrap_or_else(|| self.slow(other, Interval::add))
    }

    pub(crate) fn sub<'r>(&self, other: &Self) -> Numbers<'r>
    where
        'a: 'r,
    {
        self.sub_scaled(1, other, 1).unwrap_or_else(|| self.slow(other, Interval::sub))
    }

    /// `self × a + other × b` for positive factors; `None` where it might not fit.
    pub(crate) fn add_scaled<'r>(&self, a: i64, other: &Self, b: i64) -> Option<Numbers<'r>> {
        // Beyond the room, rows one by one give the nearest bound that 64 bits hold.
        self.range().zip(other.range())?;
        let sum = |x: i64, y: i64| i128::from(x) * i128::from(a) + i128::from(y) * i128::from(b);
        let (least, most) = fit(sum(self.least, other.least), sum(self.most, other.most))?;
        let rows = self.rows;
        let weights = self.weights(a, other, b);
        if self.is_known() && other.is_known() {
            let lo = lane::weighed(&self.lo, &other.lo, weights, rows);
            return Some(Numbers { rows, lo, hi: None, least, most });
        }
        let lo = lane::weighed_open(&self.lo, &other.lo, weights, rows, (i64::MIN, i64::MIN));
        let hi = lane::weighed_open(self.hi(), other.hi(), weights, rows, (i64::MAX, i64::MAX));
        Some(Numbers { rows, lo, hi: Some(hi), least, most })
    }

    fn weights(&self, a: i64, other: &Self, b: i64) -> Weights {
        let narrow = self.is_within(NARROW) && other.is_within(NARROW) && a <= NARROW && b.abs() <= NARROW;
        Weights { a, b, narrow }
    }

    /// `self × a − other × b` for positive factors; `None` where it might not fit.
    pub(crate) fn sub_scaled<'r>(&self, a: i64, other: &Self, b: i64) -> Option<Numbers<'r>> {
        self.range().zip(other.range())?;
        let difference = |x: i64, y: i64| i128::from(x) * i128::from(a) - i128::from(y) * i128::from(b);
        let (least, most) = fit(difference(self.least, other.most), difference(self.most, other.least))?;
        let rows = self.rows;
        let weights = self.weights(a, other, b.wrapping_neg());
        if self.is_known() && other.is_known() {
            let lo = lane::weighed(&self.lo, &other.lo, weights, rows);
            return Some(Numbers { rows, lo, hi: None, least, most });
        }
        let lo = lane::weighed_open(&self.lo, other.hi(), weights, rows, (i64::MIN, i64::MAX));
        let hi = lane::weighed_open(self.hi(), &other.lo, weights, rows, (i64::MAX, i64::MIN));
        Some(Numbers { rows, lo, hi: Some(hi), least, most })
    }

    pub(crate) fn neg<'r>(&self) -> Numbers<'r>
    where
        'a: 'r,
    {
        Self::same(0, self.rows).sub(self)
    }

    pub(crate) fn mul<'r>(&self, other: &Self) -> Numbers<'r>
    where
        'a: 'r,
    {
        let rows = self.rows;
        if let Some(factor) = self.beside_one(other).or_else(|| other.beside_one(self)) {
            return factor.clone();
        }
        match self.product_range(other) {
            Some((least, most)) if self.is_known() && other.is_known() => {
                let lo = if self.is_within(NARROW) && other.is_within(NARROW) {
                    lane::zip(&self.lo, &other.lo, rows, lane::narrow_product)
                } else {
                    lane::zip(&self.lo, &other.lo, rows, i64::wrapping_mul)
                };
                Numbers { rows, lo, hi: None, least, most }
            }
            // A known factor that is not negative leaves the ends where they are.
            Some(range) if other.is_known() && other.least >= 0 => self.stretch(&other.lo, other.most, range),
            Some(range) if self.is_known() && self.least >= 0 => other.stretch(&self.lo, self.most, range),
            _ => self.slow(other, Interval::mul),
        }
    }

    /// These numbers, if every one of the others is one.
    fn beside_one(&self, other: &Self) -> Option<&Self> {
        (other.is_known() && other.lo.is(&Lane::Same(1))).then_some(self)
    }

    /// Both ends times known factors between 0 and `largest`; the range of the result fits.
    pub(crate) fn stretch<'r>(
        &self,
        factor: &Lane<'_>,
        largest: i64,
        (least, most): (i64, i64),
    ) -> Numbers<'r> {
        let (lo, hi) = if self.is_within(NARROW) && largest <= NARROW {
            self.stretched(factor, lane::narrow_product)
        } else {
            self.stretched(factor, i64::wrapping_mul)
        };
        Numbers { rows: self.rows, lo, hi, least, most }
    }

    fn stretched<'r>(
        &self,
        factor: &Lane<'_>,
        product: impl Fn(i64, i64) -> i64 + Copy,
    ) -> (Lane<'r>, Option<Lane<'r>>) {
        let stretch = |lane: &Lane<'_>, infinite: i64| {
            lane::zip(lane, factor, self.rows, move |end, factor| {
                let product = if end == infinite { infinite } else { product(end, factor) };
                if factor == 0 { 0 } else { product }
            })
        };
        match &self.hi {
            None => (lane::zip(&self.lo, factor, self.rows, product), None),
            Some(hi) => (stretch(&self.lo, i64::MIN), Some(stretch(hi, i64::MAX))),
        }
    }

    /// `f` of each end and the row's number of another lane; no finite result is further than `room` from zero.
    pub(crate) fn ends<'r>(
        &self,
        other: &Lane<'_>,
        room: i64,
        f: impl Fn(i64, i64) -> i64 + Copy,
    ) -> Numbers<'r> {
        let Some(hi) = &self.hi else {
            return Numbers::known(lane::zip(&self.lo, other, self.rows, f), self.rows);
        };
        let end = |lane: &Lane<'_>, mark: i64| {
            lane::zip(lane, other, self.rows, move |end, by| if end == mark { mark } else { f(end, by) })
        };
        Numbers::between(end(&self.lo, i64::MIN), end(hi, i64::MAX), self.rows, (-room, room))
    }

    fn pick<'r>(&self, other: &Self, f: impl Fn(i64, i64) -> i64 + Copy) -> Numbers<'r>
    where
        'a: 'r,
    {
        let rows = self.rows;
        let known = self.is_known() && other.is_known();
        Numbers {
            rows,
            lo: lane::zip(&self.lo, &other.lo, rows, f),
            hi: (!known).then(|| lane::zip(self.hi(), other.hi(), rows, f)),
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        }
    }

    pub(crate) fn min<'r>(&self, other: &Self) -> Numbers<'r>
    where
        'a: 'r,
    {
        self.pick(other, i64::min)
    }

    pub(crate) fn max<'r>(&self, other: &Self) -> Numbers<'r>
    where
        'a: 'r,
    {
        self.pick(other, i64::max)
    }

    pub(crate) fn compare(&self, cmp: Cmp, other: &Self) -> Vec<Bits> {
        let rows = self.rows;
        if self.is_known() && other.is_known() {
            let (a, b) = (&self.lo, &other.lo);
            return match cmp {
                Cmp::Eq => lane::truths(a, b, rows, |a, b| Bits::known(a == b)),
                Cmp::Ne => lane::truths(a, b, rows, |a, b| Bits::known(a != b)),
                Cmp::Lt => lane::truths(a, b, rows, |a, b| Bits::known(a < b)),
                Cmp::Le => lane::truths(a, b, rows, |a, b| Bits::known(a <= b)),
                Cmp::Gt => lane::truths(a, b, rows, |a, b| Bits::known(a > b)),
                Cmp::Ge => lane::truths(a, b, rows, |a, b| Bits::known(a >= b)),
            };
        }
        if self.range().is_none() || other.range().is_none() {
            let row = |r| {
                let (can_be_true, can_be_false) = self.row(r).compare(cmp, other.row(r));
                Bits::of(can_be_true, can_be_false)
            };
            return (0..rows).map(row).collect();
        }
        // The marks of infinite ends lie beyond every finite one, so they compare as they mean.
        let below = |a: &Self, b: &Self| {
            let can = lane::truths(a.lo(), b.hi(), rows, |a, b| Bits::of(a < b, false));
            let cannot = lane::truths(a.hi(), b.lo(), rows, |a, b| Bits::of(false, a >= b));
            either(can, &cannot)
        };
        match cmp {
            Cmp::Lt => below(self, other),
            Cmp::Gt => below(other, self),
            Cmp::Ge => negated(below(self, other)),
            Cmp::Le => negated(below(other, self)),
            Cmp::Eq => self.equals(other),
            Cmp::Ne => negated(self.equals(other)),
        }
    }

    fn equals(&self, other: &Self) -> Vec<Bits> {
        let rows = self.rows;
        let mut out = lane::truths(self.lo(), other.hi(), rows, |a, b| Bits::of(a <= b, true));
        let reach = lane::truths(other.lo(), self.hi(), rows, |a, b| Bits::of(a <= b, true));
        let spread = lane::truths(self.lo(), self.hi(), rows, |a, b| Bits::of(true, a != b));
        let other_spread = lane::truths(other.lo(), other.hi(), rows, |a, b| Bits::of(true, a != b));
        let apart = lane::truths(self.lo(), other.lo(), rows, |a, b| Bits::of(true, a != b));
        lane::vector(|| {
            for ((((out, reach), a), b), c) in
                out.iter_mut().zip(&reach).zip(&spread).zip(&other_spread).zip(&apart)
            {
                *out = Bits((out.0 & reach.0 & 1) | ((a.0 | b.0 | c.0) & 2));
            }
        });
        out
    }

    /// Per row the first where the truth holds, the second where it does not, what contains both where it is open.
    pub(crate) fn choose<'r>(which: &[Bits], a: &Self, b: &Self) -> Numbers<'r>
    where
        'a: 'r,
    {
        // A value that cannot be is moved beyond the other, then the nearer end is taken.
        let lo = lane::choose(which, &a.lo, &b.lo, |w, a, b| {
            let a = if w.0 & 1 == 0 { b } else { a };
            let b = if w.0 & 2 == 0 { a } else { b };
            a.min(b)
        });
        let hi = lane::choose(which, a.hi(), b.hi(), |w, a, b| {
            let a = if w.0 & 1 == 0 { b } else { a };
            let b = if w.0 & 2 == 0 { a } else { b };
            a.max(b)
        });
        let rows = which.len();
        let (least, most) = (a.least.min(b.least), a.most.max(b.most));
        let known = a.is_known()
            && b.is_known()
            && !lane::vector(|| which.iter().fold(false, |open, w| open | (*w == Bits::BOTH)));
        Numbers { rows, lo, hi: (!known).then_some(hi), least, most }
    }

    /// Sum of the lower ends where a truth surely holds; an infinite one counts as nothing.
    pub(crate) fn least_where(&self, which: &[Bits]) -> i128 {
        let counted = lane::choose(which, &self.lo, &Lane::Same(0), |w, lo, nothing| {
            if (w.0 == Bits::TRUE.0) & (lo != i64::MIN) { lo } else { nothing }
        });
        let counted = counted.rows().unwrap_or(&[]);
        let rows = i64::try_from(counted.len()).unwrap_or(i64::MAX);
        if self.is_within(ROOM.checked_div(rows).unwrap_or(ROOM)) {
            return lane::vector(move || counted.iter().fold(0_i64, |sum, n| sum.wrapping_add(*n))).into();
        }
        counted.iter().map(|n| i128::from(*n)).sum()
    }

    /// Per row whether it is known.
    pub(crate) fn known_rows(&self) -> Vec<Bits> {
        if self.is_known() {
            return vec![Bits::TRUE; self.rows];
        }
        lane::truths(self.lo(), self.hi(), self.rows, |lo, hi| {
            Bits::known((lo == hi) & (lo != i64::MIN) & (hi != i64::MAX))
        })
    }
}

/// The finite ends of an interval as a range; zero for none.
fn finite(cell: Interval<i64>) -> (i64, i64) {
    match (cell.lo == i64::MIN, cell.hi == i64::MAX) {
        (false, false) => (cell.lo.min(cell.hi), cell.hi.max(cell.lo)),
        (false, true) => (cell.lo, cell.lo),
        (true, false) => (cell.hi, cell.hi),
        (true, true) => (0, 0),
    }
}

fn either(mut a: Vec<Bits>, b: &[Bits]) -> Vec<Bits> {
    let rows = a.as_mut_slice();
    lane::vector(move || {
        for (a, b) in rows.iter_mut().zip(b) {
            *a = Bits(a.0 | b.0);
        }
    });
    a
}

pub(crate) fn negated(mut cells: Vec<Bits>) -> Vec<Bits> {
    let rows = cells.as_mut_slice();
    lane::vector(move || {
        for cell in rows {
            *cell = cell.not();
        }
    });
    cells
}

#[cfg(test)]
mod tests {
    use super::{Interval, Numbers, ROOM};

    /// A sum that fits, of a number that does not: alone or beside others it is the same.
    #[test]
    fn a_row_at_the_edge_of_64_bits_is_the_same_in_company() {
        let below = Interval { lo: i64::MIN, hi: i64::MIN };
        let rows = [(Interval::point(-ROOM), below), (Interval { lo: 0, hi: i64::MAX }, Interval::UNBOUNDED)];
        let column = |rows: &[(Interval<i64>, Interval<i64>)],
                      f: fn(Interval<i64>, Interval<i64>) -> Interval<i64>| {
            Numbers::from_rows(rows.iter().map(|(a, b)| f(*a, *b)).collect::<Vec<_>>().into_iter())
        };
        let (first, second) = (|a, _| a, |_, b| b);
        let ends = |numbers: &Numbers<'_>| numbers.at(0).map(|cell| (cell.lo, cell.hi));
        let both = |rows| {
            let (a, b) = (column(rows, first), column(rows, second));
            (ends(&a.sub(&b)), ends(&a.add(&b)))
        };
        assert_eq!(both(&rows[..1]), both(&rows));
    }
}
