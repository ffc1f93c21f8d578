//! 分数列: intervals of exact fractions, one a row. Nearly always both ends of a row stand over one denominator, so
//! the column is a column of whole numerators with a lane of denominators; what does not fit that form is kept as
//! fractions and computed row by row.

use std::sync::Arc;

use super::cells::Bits;
use super::interval::Interval;
use super::lane::{self, Lane};
use super::numbers::{Numbers, ROOM};
use super::ratio::Ratio;
use crate::plan::{Cmp, RoundMode};

/// Intervals of fractions, one a row.
#[derive(Clone, Debug)]
pub(crate) enum Exact<'a> {
    /// Numerators over one denominator a row.
    Common(Common<'a>),
    /// Any fractions.
    Mixed(Arc<Vec<Interval<Ratio>>>),
}

/// Numerators over denominators: both ends of a row share one.
#[derive(Clone, Debug)]
pub(crate) struct Common<'a> {
    num: Numbers<'a>,
    /// Positive.
    den: Lane<'a>,
    /// No denominator is larger.
    most: i64,
}

/// Two columns over the same denominators.
struct Pair<'a> {
    a: Numbers<'a>,
    b: Numbers<'a>,
    den: Lane<'a>,
    most: i64,
}

fn times(a: i64, b: i64) -> Option<i64> {
    a.checked_mul(b).filter(|product| *product <= ROOM)
}

fn lowest_common(a: i64, b: i64) -> Option<i64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x.checked_rem(y)?);
    }
    times(a.checked_div(x)?, b)
}

impl<'a> Common<'a> {
    fn at(&self, row: usize) -> Option<Interval<Ratio>> {
        let (cell, den) = (self.num.at(row)?, self.den.at(row)?);
        let end = |num: i64, infinite: i64, there: Ratio| {
            if num == infinite { Some(there) } else { Ratio::new(num.into(), den.into()) }
        };
        Some(Interval {
            lo: end(cell.lo, i64::MIN, Ratio::NEG_INF)?,
            hi: end(cell.hi, i64::MAX, Ratio::POS_INF)?,
        })
    }

    /// Numerators times a lane of positive factors, the largest of which is `most`.
    fn scaled(num: &Numbers<'a>, factor: &Lane<'a>, most: i64) -> Option<Numbers<'a>> {
        if let Lane::Same(1) = factor {
            return Some(num.clone());
        }
        let (least, top) = num.range()?;
        let range = (times_any(least, most)?, times_any(top, most)?);
        // A smaller factor may bring an end nearer to zero, never beyond it.
        Some(num.stretch(factor, most, (range.0.min(0), range.1.max(0))))
    }

    fn pair(&self, other: &Self) -> Option<Pair<'a>> {
        if self.den.is(&other.den) {
            let (a, b) = (self.num.clone(), other.num.clone());
            return Some(Pair { a, b, den: self.den.clone(), most: self.most });
        }
        let rows = self.num.len();
        let (den, most, fa, fb) = match (&self.den, &other.den) {
            (Lane::Same(a), Lane::Same(b)) => {
                let common = lowest_common(*a, *b)?;
                let (fa, fb) = (common.checked_div(*a)?, common.checked_div(*b)?);
                (Lane::Same(common), common, (Lane::Same(fa), fa), (Lane::Same(fb), fb))
            }
            _ => {
                let most = times(self.most, other.most)?;
                let den = lane::zip(&self.den, &other.den, rows, i64::wrapping_mul);
                (den, most, (other.den.clone(), other.most), (self.den.clone(), self.most))
            }
        };
        let a = Self::scaled(&self.num, &fa.0, fa.1)?;
        let b = Self::scaled(&other.num, &fb.0, fb.1)?;
        Some(Pair { a, b, den, most })
    }
}

fn times_any(a: i64, b: i64) -> Option<i64> {
    a.checked_mul(b).filter(|product| (-ROOM..=ROOM).contains(product))
}

impl<'a> Exact<'a> {
    pub(crate) fn from_rows(cells: impl Iterator<Item = Interval<Ratio>>) -> Self {
        let cells: Vec<Interval<Ratio>> = cells.collect();
        Self::in_common(&cells).unwrap_or_else(|| Self::Mixed(Arc::new(cells)))
    }

    /// The cells over one denominator each, where they stand so already.
    fn in_common(cells: &[Interval<Ratio>]) -> Option<Self> {
        let mut dens = Vec::with_capacity(cells.len());
        let mut nums = Vec::with_capacity(cells.len());
        let (mut same, mut most) = (true, 1);
        for cell in cells {
            let (lo, hi) = (cell.lo.parts(), cell.hi.parts());
            let den = match (lo, hi) {
                (Some((_, a)), Some((_, b))) if a == b => a,
                (Some((_, den)), None) | (None, Some((_, den))) => den,
                (None, None) => 1,
                _ => return None,
            };
            let lo = lo.map_or(i64::MIN, |(num, _)| num);
            let hi = hi.map_or(i64::MAX, |(num, _)| num);
            same &= dens.last().is_none_or(|last| *last == den);
            most = den.max(most);
            dens.push(den);
            nums.push(Interval { lo, hi });
        }
        let num = Numbers::from_rows(nums.into_iter());
        if most > ROOM || num.range().is_none() {
            return None;
        }
        let den = if same { Lane::Same(dens.first().copied().unwrap_or(1)) } else { Lane::of(dens) };
        Some(Self::Common(Common { num, den, most }))
    }

    pub(crate) fn of_interval(all: Interval<Ratio>, rows: usize) -> Self {
        match all.lo.parts() {
            Some((num, den)) if all.is_point() => Self::over(Numbers::same(num, rows), den),
            _ => Self::Mixed(Arc::new(vec![all; rows])),
        }
    }

    /// Whole numbers as fractions.
    pub(crate) fn whole(num: Numbers<'a>) -> Self {
        Self::over(num, 1)
    }

    fn over(num: Numbers<'a>, den: i64) -> Self {
        Self::Common(Common { num, den: Lane::Same(den), most: den })
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Common(common) => common.num.len(),
            Self::Mixed(cells) => cells.len(),
        }
    }

    /// What is possible in a row; `None` beyond the last.
    pub(crate) fn at(&self, row: usize) -> Option<Interval<Ratio>> {
        match self {
            Self::Common(common) => common.at(row),
            Self::Mixed(cells) => cells.get(row).copied(),
        }
    }

    fn row(&self, row: usize) -> Interval<Ratio> {
        self.at(row).unwrap_or(Interval::UNBOUNDED)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Interval<Ratio>> + '_ {
        (0..self.len()).map(|r| self.row(r))
    }

    fn slow(&self, other: &Self, f: impl Fn(Interval<Ratio>, Interval<Ratio>) -> Interval<Ratio>) -> Self {
        Self::from_rows((0..self.len()).map(|r| f(self.row(r), other.row(r))))
    }

    fn pair(&self, other: &Self) -> Option<Pair<'a>> {
        match (self, other) {
            (Self::Common(a), Self::Common(b)) => a.pair(b),
            _ => None,
        }
    }

    fn merged(
        &self,
        other: &Self,
        f: impl FnOnce(&Numbers<'a>, &Numbers<'a>) -> Numbers<'a>,
    ) -> Option<Self> {
        let Pair { a, b, den, most } = self.pair(other)?;
        // Half the room each, so that their sum has all of it.
        (a.is_within(ROOM / 2) && b.is_within(ROOM / 2)).then(|| {
            let num = f(&a, &b);
            Self::Common(Common { num, den, most })
        })
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        self.combined(other, Numbers::add_scaled).unwrap_or_else(|| self.slow(other, Interval::add))
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.combined(other, Numbers::sub_scaled).unwrap_or_else(|| self.slow(other, Interval::sub))
    }

    /// A sum or difference: over one denominator for all rows in one step, else over a lane of common ones.
    fn combined(
        &self,
        other: &Self,
        f: impl Fn(&Numbers<'a>, i64, &Numbers<'a>, i64) -> Option<Numbers<'a>>,
    ) -> Option<Self> {
        if let (Some((a, da)), Some((b, db))) = (self.over_one(), other.over_one()) {
            let common = lowest_common(da, db)?;
            let num = f(a, common.checked_div(da)?, b, common.checked_div(db)?)?;
            return Some(Self::over(num, common));
        }
        let Pair { a, b, den, most } = self.pair(other)?;
        let num = f(&a, 1, &b, 1)?;
        Some(Self::Common(Common { num, den, most }))
    }

    pub(crate) fn neg(&self) -> Self {
        match self {
            Self::Common(Common { num, den, most }) if num.range().is_some() => {
                Self::Common(Common { num: num.neg(), den: den.clone(), most: *most })
            }
            _ => Self::from_rows(self.iter().map(Interval::neg)),
        }
    }

    pub(crate) fn min(&self, other: &Self) -> Self {
        self.merged(other, |a, b| a.min(b)).unwrap_or_else(|| self.slow(other, Interval::min))
    }

    pub(crate) fn max(&self, other: &Self) -> Self {
        self.merged(other, |a, b| a.max(b)).unwrap_or_else(|| self.slow(other, Interval::max))
    }

    pub(crate) fn compare(&self, cmp: Cmp, other: &Self) -> Vec<Bits> {
        if let Some(Pair { a, b, .. }) = self.pair(other) {
            return a.compare(cmp, &b);
        }
        let row = |r| {
            let (can_be_true, can_be_false) = self.row(r).compare(cmp, other.row(r));
            Bits::of(can_be_true, can_be_false)
        };
        (0..self.len()).map(row).collect()
    }

    pub(crate) fn choose(which: &[Bits], a: &Self, b: &Self) -> Self {
        a.merged(b, |a, b| Numbers::choose(which, a, b)).unwrap_or_else(|| {
            Self::from_rows(which.iter().enumerate().map(|(r, w)| match *w {
                Bits::TRUE => a.row(r),
                Bits::FALSE => b.row(r),
                _ => a.row(r).hull(b.row(r)),
            }))
        })
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        self.product(other).unwrap_or_else(|| self.slow(other, Interval::mul))
    }

    fn product(&self, other: &Self) -> Option<Self> {
        let (Self::Common(a), Self::Common(b)) = (self, other) else { return None };
        let steady = |n: &Numbers<'_>| n.is_known() && n.range().is_some_and(|(least, _)| least >= 0);
        let easy = (a.num.is_known() && b.num.is_known()) || steady(&a.num) || steady(&b.num);
        if !easy || !a.num.product_fits(&b.num) {
            return None;
        }
        let num = a.num.mul(&b.num);
        Self::Common(Common { num, ..a.clone() }).over_also(&b.den, b.most)
    }

    /// Divided by a lane of positive whole numbers, the largest of which is `most`.
    fn over_also(self, den: &Lane<'a>, most: i64) -> Option<Self> {
        let Self::Common(a) = self else { return None };
        if let Lane::Same(1) = den {
            return Some(Self::Common(a));
        }
        let most = times(a.most, most)?;
        let den = lane::zip(&a.den, den, a.num.len(), i64::wrapping_mul);
        Some(Self::Common(Common { num: a.num, den, most }))
    }

    /// The quotient; a divisor that may be zero leaves it unbounded.
    pub(crate) fn div(&self, other: &Self) -> Self {
        self.quotient(other).unwrap_or_else(|| self.slow(other, Interval::div))
    }

    fn quotient(&self, other: &Self) -> Option<Self> {
        let (Self::Common(a), Self::Common(b)) = (self, other) else { return None };
        let (least, most) = b.num.range()?;
        if !b.num.is_known() || least <= 0 {
            return None;
        }
        let num = Common::scaled(&a.num, &b.den, b.most)?;
        Self::Common(Common { num, ..a.clone() }).over_also(b.num.lo(), most)
    }

    /// Times a positive fraction.
    pub(crate) fn times(&self, num: i64, den: i64) -> Self {
        let factor = Ratio::new(num.into(), den.into()).map_or(Interval::UNBOUNDED, Interval::point);
        self.mul(&Self::of_interval(factor, self.len()))
    }

    /// Multiples of `to` that the ends round to.
    pub(crate) fn round(&self, to: i64, mode: RoundMode) -> Numbers<'a> {
        let at_once = match mode {
            RoundMode::Up => self.rounded(to, |_, rest, _| rest > 0),
            RoundMode::Down => self.rounded(to, |_, _, _| false),
            RoundMode::HalfUp => self.rounded(to, |floor, rest, den| {
                let twice = rest.wrapping_mul(2);
                twice > den || (twice == den && floor >= 0)
            }),
            RoundMode::HalfEven => self.rounded(to, |floor, rest, den| {
                let twice = rest.wrapping_mul(2);
                twice > den || (twice == den && floor & 1 == 1)
            }),
        };
        at_once.unwrap_or_else(|| {
            Numbers::from_rows(self.iter().map(|cell| Interval {
                lo: cell.lo.round(to, mode).unwrap_or(i64::MIN),
                hi: cell.hi.round(to, mode).unwrap_or(i64::MAX),
            }))
        })
    }

    /// The same where all numbers have room: `up` says of a floor, what is left over and the denominator whether
    /// to go one up.
    fn rounded(&self, to: i64, up: impl Fn(i64, i64, i64) -> bool + Copy) -> Option<Numbers<'a>> {
        let Self::Common(Common { num, den, most }) = self else { return None };
        let rows = num.len();
        let (least, top) = num.range().filter(|_| to > 0)?;
        let room = top.max(least.saturating_neg()).checked_add(to).filter(|room| *room <= ROOM)?;
        times(*most, to)?;
        let step = lane::map(den, rows, move |den| den.wrapping_mul(to));
        let multiple = move |num: i64, den: i64| {
            let (floor, rest) = floor_and_rest(num, den);
            floor.wrapping_add(i64::from(up(floor, rest, den))).wrapping_mul(to)
        };
        if num.is_known() {
            return Some(Numbers::known(lane::zip(num.lo(), &step, rows, multiple), rows));
        }
        let end = |lane: &Lane<'_>, mark: i64| {
            lane::zip(
                lane,
                &step,
                rows,
                move |end, step| if end == mark { mark } else { multiple(end, step) },
            )
        };
        let (lo, hi) = (end(num.lo(), i64::MIN), end(num.hi(), i64::MAX));
        Some(Numbers::between(lo, hi, rows, (-room, room)))
    }

    /// Per row whether it is known.
    pub(crate) fn known_rows(&self) -> Vec<Bits> {
        match self {
            Self::Common(common) => common.num.known_rows(),
            Self::Mixed(cells) => cells.iter().map(|c| Bits::known(c.is_point())).collect(),
        }
    }

    /// The fractions of some rows, in their order.
    pub(crate) fn take(&self, rows: &[u32]) -> Self {
        match self {
            Self::Common(Common { num, den, most }) => {
                let den = match den.rows() {
                    None => den.clone(),
                    Some(from) => {
                        Lane::of(rows.iter().map(|r| from.get(*r as usize).copied().unwrap_or(1)).collect())
                    }
                };
                Self::Common(Common { num: num.take(rows), den, most: *most })
            }
            Self::Mixed(_) => Self::from_rows(rows.iter().map(|r| self.row(*r as usize))),
        }
    }

    /// Numerators over one denominator for all rows, where the column is so.
    pub(crate) fn over_one(&self) -> Option<(&Numbers<'a>, i64)> {
        match self {
            Self::Common(Common { num, den: Lane::Same(den), .. }) => Some((num, *den)),
            _ => None,
        }
    }

    /// Numerators over one denominator.
    pub(crate) fn of_numerators(num: Numbers<'a>, den: i64) -> Self {
        Self::over(num, den)
    }
}

/// The whole number at or below `num / den`, and the numerator left over; `den` is positive.
fn floor_and_rest(num: i64, den: i64) -> (i64, i64) {
    // Most sums of money fit 32 bits, where division is several times faster.
    if let (Ok(num), Ok(den)) = (i32::try_from(num), i32::try_from(den)) {
        let den = den.max(1);
        return (num.div_euclid(den).into(), num.rem_euclid(den).into());
    }
    let den = den.max(1);
    (num.div_euclid(den), num.rem_euclid(den))
}
