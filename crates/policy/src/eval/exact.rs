//! 分数列: intervals of exact fractions, one a row. Nearly always both ends of a row stand over one denominator, so
//! the column is a column of whole numerators with a lane of denominators; what does not fit that form is kept as
//! fractions and computed row by row.

use std::sync::Arc;

use super::cells::Bits;
use super::common::{Common, Over, Pair};
use super::divide::{Divisor, floor_and_rest};
use super::interval::Interval;
use super::lane::Lane;
use super::numbers::{NARROW, Numbers, ROOM};
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
        let over = if same {
            Over::all(dens.first().copied().unwrap_or(1))
        } else {
            Over::each(Lane::of(dens), most)
        };
        Some(Self::Common(Common { num, over }))
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
        Self::Common(Common { num, over: Over::all(den) })
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
        let Pair { a, b, over } = self.pair(other)?;
        // Half the room each, so that their sum has all of it.
        (a.is_within(ROOM / 2) && b.is_within(ROOM / 2)).then(|| {
            let num = f(&a, &b);
            Self::Common(Common { num, over })
        })
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        self.at_once(other, |a, b| a.combined(b, Numbers::add_scaled))
            .unwrap_or_else(|| self.slow(other, Interval::add))
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.at_once(other, |a, b| a.combined(b, Numbers::sub_scaled))
            .unwrap_or_else(|| self.slow(other, Interval::sub))
    }

    /// What lanes at once give, where they can.
    fn at_once(
        &self,
        other: &Self,
        f: impl FnOnce(&Common<'a>, &Common<'a>) -> Option<Common<'a>>,
    ) -> Option<Self> {
        match (self, other) {
            (Self::Common(a), Self::Common(b)) => f(a, b).map(Self::Common),
            _ => None,
        }
    }

    pub(crate) fn neg(&self) -> Self {
        match self {
            Self::Common(Common { num, over }) if num.range().is_some() => {
                Self::Common(Common { num: num.neg(), over: over.clone() })
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
        self.at_once(other, Common::product).unwrap_or_else(|| self.slow(other, Interval::mul))
    }

    /// The quotient; a divisor that may be zero leaves it unbounded.
    pub(crate) fn div(&self, other: &Self) -> Self {
        self.at_once(other, Common::quotient).unwrap_or_else(|| self.slow(other, Interval::div))
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
        let Self::Common(Common { num, over }) = self else { return None };
        let (least, top) = num.range().filter(|_| to > 0)?;
        let room = top.max(least.saturating_neg()).checked_add(to).filter(|room| *room <= ROOM)?;
        let most = over.largest()?.checked_mul(to).filter(|most| *most <= ROOM)?;
        let multiple = move |(floor, rest): (i64, i64), den: i64| {
            floor.wrapping_add(i64::from(up(floor, rest, den))).wrapping_mul(to)
        };
        let narrow = over.one().filter(|_| num.is_within(NARROW)).and_then(|_| Divisor::new(most));
        if let Some(by) = narrow {
            return Some(
                num.ends(&Lane::Same(most), room, move |num, _| multiple(by.floor_and_rest(num), by.den)),
            );
        }
        let steps = over.lane(to, num.len());
        Some(num.ends(&steps, room, move |num, step| multiple(floor_and_rest(num, step), step)))
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
            Self::Common(Common { num, over }) => {
                Self::Common(Common { num: num.take(rows), over: over.take(rows) })
            }
            Self::Mixed(_) => Self::from_rows(rows.iter().map(|r| self.row(*r as usize))),
        }
    }

    /// Numerators over one denominator for all rows, where the column is so.
    pub(crate) fn over_one(&self) -> Option<(&Numbers<'a>, i64)> {
        match self {
            Self::Common(Common { num, over }) => Some((num, over.one()?)),
            Self::Mixed(_) => None,
        }
    }

    /// Numerators over one denominator.
    pub(crate) fn of_numerators(num: Numbers<'a>, den: i64) -> Self {
        Self::over(num, den)
    }
}
