//! 同分母列: fractions as whole numerators over a denominator a row, which both ends of the row share.

use super::interval::Interval;
use super::lane::{self, Lane};
use super::numbers::{Numbers, ROOM};
use super::ratio::Ratio;

/// Numerators over denominators: both ends of a row share one.
#[derive(Clone, Debug)]
pub(crate) struct Common<'a> {
    pub(crate) num: Numbers<'a>,
    pub(crate) over: Over<'a>,
}

/// A positive number a row: the same for all, times that of a lane. The lane stays apart, so that columns over one lane
/// (amounts a head) meet without it, and a product with it (times the heads) is rid of it.
#[derive(Clone, Debug)]
pub(crate) struct Over<'a> {
    whole: i64,
    /// The lane and the largest of its numbers.
    each: Option<(Lane<'a>, i64)>,
}

/// Two columns of numerators over the same denominators.
pub(crate) struct Pair<'a> {
    pub(crate) a: Numbers<'a>,
    pub(crate) b: Numbers<'a>,
    pub(crate) over: Over<'a>,
}

fn times(a: i64, b: i64) -> Option<i64> {
    a.checked_mul(b).filter(|product| (-ROOM..=ROOM).contains(product))
}

fn lowest_common(a: i64, b: i64) -> Option<i64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x.checked_rem(y)?);
    }
    times(a.checked_div(x)?, b)
}

impl<'a> Over<'a> {
    pub(crate) fn all(whole: i64) -> Self {
        Self { whole, each: None }
    }

    /// A number of each row, the largest of which is `most`.
    pub(crate) fn each(lane: Lane<'a>, most: i64) -> Self {
        match lane {
            Lane::Same(whole) => Self::all(whole),
            lane => Self { whole: 1, each: Some((lane, most)) },
        }
    }

    /// The number, where it is the same for all rows.
    pub(crate) fn one(&self) -> Option<i64> {
        self.each.is_none().then_some(self.whole)
    }

    pub(crate) fn largest(&self) -> Option<i64> {
        times(self.whole, self.each.as_ref().map_or(1, |(_, most)| *most))
    }

    fn at(&self, row: usize) -> Option<i64> {
        match &self.each {
            None => Some(self.whole),
            Some((lane, _)) => lane.at(row)?.checked_mul(self.whole),
        }
    }

    /// The numbers times `by`; the caller has shown that they fit.
    pub(crate) fn lane(&self, by: i64, rows: usize) -> Lane<'a> {
        let by = self.whole.wrapping_mul(by);
        match &self.each {
            None => Lane::Same(by),
            Some((lane, _)) if by == 1 => lane.clone(),
            Some((lane, _)) => lane::map(lane, rows, move |each| each.wrapping_mul(by)),
        }
    }

    /// Whether the lanes are surely the same.
    fn is_beside(&self, other: &Self) -> bool {
        match (&self.each, &other.each) {
            (None, None) => true,
            (Some((a, _)), Some((b, _))) => a.is(b),
            _ => false,
        }
    }

    /// The products, where they fit.
    fn product(&self, other: &Self, rows: usize) -> Option<Self> {
        let each = match (&self.each, &other.each) {
            (each, None) | (None, each) => each.clone(),
            (Some((a, most_a)), Some((b, most_b))) => {
                let most = times(*most_a, *most_b)?;
                Some((lane::zip(a, b, rows, i64::wrapping_mul), most))
            }
        };
        let product = Self { whole: times(self.whole, other.whole)?, each };
        product.largest().map(|_| product)
    }

    pub(crate) fn take(&self, rows: &[u32]) -> Self {
        let take = |(lane, most): &(Lane<'a>, i64)| (lane.take(rows), *most);
        Self { whole: self.whole, each: self.each.as_ref().map(take) }
    }
}

impl<'a> Common<'a> {
    pub(crate) fn at(&self, row: usize) -> Option<Interval<Ratio>> {
        let (cell, den) = (self.num.at(row)?, self.over.at(row)?);
        let end = |num: i64, infinite: i64, there: Ratio| {
            if num == infinite { Some(there) } else { Ratio::new(num.into(), den.into()) }
        };
        Some(Interval {
            lo: end(cell.lo, i64::MIN, Ratio::NEG_INF)?,
            hi: end(cell.hi, i64::MAX, Ratio::POS_INF)?,
        })
    }

    /// Numerators times positive factors.
    fn scaled(num: &Numbers<'a>, factor: &Over<'a>) -> Option<Numbers<'a>> {
        if factor.one() == Some(1) {
            return Some(num.clone());
        }
        let most = factor.largest()?;
        let (least, top) = num.range()?;
        let range = (times(least, most)?, times(top, most)?);
        // A smaller factor may bring an end nearer to zero, never beyond it.
        Some(num.stretch(&factor.lane(1, num.len()), most, (range.0.min(0), range.1.max(0))))
    }

    /// Over common denominators.
    pub(crate) fn pair(&self, other: &Self) -> Option<Pair<'a>> {
        let whole = lowest_common(self.over.whole, other.over.whole)?;
        let (a, b) = (whole.checked_div(self.over.whole)?, whole.checked_div(other.over.whole)?);
        if self.over.is_beside(&other.over) {
            let over = Over { whole, each: self.over.each.clone() };
            over.largest()?;
            let (a, b) = (Self::scaled(&self.num, &Over::all(a))?, Self::scaled(&other.num, &Over::all(b))?);
            return Some(Pair { a, b, over });
        }
        let a = Over { whole: a, each: other.over.each.clone() };
        let b = Over { whole: b, each: self.over.each.clone() };
        let over = self.over.product(&a, self.num.len())?;
        Some(Pair { a: Self::scaled(&self.num, &a)?, b: Self::scaled(&other.num, &b)?, over })
    }

    /// A sum or difference by `f` of numerators, each with what it is to be multiplied by.
    pub(crate) fn combined(
        &self,
        other: &Self,
        f: impl Fn(&Numbers<'a>, i64, &Numbers<'a>, i64) -> Option<Numbers<'a>>,
    ) -> Option<Self> {
        if self.over.is_beside(&other.over) {
            let whole = lowest_common(self.over.whole, other.over.whole)?;
            let (a, b) = (whole.checked_div(self.over.whole)?, whole.checked_div(other.over.whole)?);
            let over = Over { whole, each: self.over.each.clone() };
            over.largest()?;
            return Some(Self { num: f(&self.num, a, &other.num, b)?, over });
        }
        let Pair { a, b, over } = self.pair(other)?;
        Some(Self { num: f(&a, 1, &b, 1)?, over })
    }

    pub(crate) fn product(&self, other: &Self) -> Option<Self> {
        if let Some(without) = self.without(other).or_else(|| other.without(self)) {
            return Some(without);
        }
        let steady = |n: &Numbers<'_>| n.is_known() && n.range().is_some_and(|(least, _)| least >= 0);
        let easy = (self.num.is_known() && other.num.is_known()) || steady(&self.num) || steady(&other.num);
        if !easy || !self.num.product_fits(&other.num) {
            return None;
        }
        let over = self.over.product(&other.over, self.num.len())?;
        Some(Self { num: self.num.mul(&other.num), over })
    }

    /// The product with the very numbers that it is divided by, if the factor is they.
    fn without(&self, factor: &Self) -> Option<Self> {
        let (lane, _) = self.over.each.as_ref()?;
        if !factor.num.is_known() || !factor.num.lo().is(lane) {
            return None;
        }
        let over = Over::all(self.over.whole).product(&factor.over, self.num.len())?;
        Some(Self { num: self.num.clone(), over })
    }

    pub(crate) fn quotient(&self, other: &Self) -> Option<Self> {
        let (least, most) = other.num.range()?;
        if !other.num.is_known() || least <= 0 {
            return None;
        }
        let num = Self::scaled(&self.num, &other.over)?;
        let over = self.over.product(&Over::each(other.num.lo().clone(), most), num.len())?;
        Some(Self { num, over })
    }
}
