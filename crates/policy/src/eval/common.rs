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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::eval::cells::Bits;
    use crate::eval::exact::Exact;
    use crate::eval::interval::Interval;
    use crate::eval::numbers::Numbers;
    use crate::eval::ratio::Ratio;
    use crate::plan::{Cmp, RoundMode};

    /// An end of a number, or none.
    fn end() -> impl Strategy<Value = Option<i64>> {
        prop::option::weighted(0.9, -50..50_i64)
    }

    fn interval((a, b): (Option<i64>, Option<i64>)) -> Interval<i64> {
        let (lo, hi) = match (a, b) {
            (Some(a), Some(b)) => (a.min(b), a.max(b)),
            ends => (ends.0.unwrap_or(i64::MIN), ends.1.unwrap_or(i64::MAX)),
        };
        Interval { lo, hi }
    }

    fn same(a: Interval<Ratio>, b: Interval<Ratio>) -> bool {
        let equal = |a: Ratio, b: Ratio| a.cmp(b).is_eq();
        equal(a.lo, b.lo) && equal(a.hi, b.hi)
    }

    proptest! {
        /// Amounts a head, over one lane of heads or over two, meet, part and are multiplied by the heads as the rows
        /// say one by one.
        #[test]
        fn over_lanes_of_denominators_at_once_equals_row_by_row(
            rows in prop::collection::vec(((end(), end()), (end(), end()), 1..9_i64, 1..9_i64), 1..20),
            (weight, step) in (1..7_i64, 1..12_i64),
            apart in any::<bool>(),
        ) {
            let numbers = |f: &dyn Fn(usize) -> Interval<i64>| Numbers::from_rows((0..rows.len()).map(f));
            let heads = numbers(&|r| Interval::point(rows[r].2));
            let others = if apart { numbers(&|r| Interval::point(rows[r].3)) } else { heads.clone() };
            let (a, b) = (numbers(&|r| interval(rows[r].0)), numbers(&|r| interval(rows[r].1)));
            let (heads, others) = (Exact::whole(heads), Exact::whole(others));
            let a_head = Exact::whole(a).div(&heads).times(1, weight);
            let b_head = Exact::whole(b).div(&others);
            let which: Vec<Bits> = (0..rows.len()).map(|r| [Bits::TRUE, Bits::FALSE, Bits::BOTH][r % 3]).collect();
            let results = [
                (a_head.add(&b_head), 0), (a_head.sub(&b_head), 1), (a_head.min(&b_head), 2), (a_head.max(&b_head), 3),
                (a_head.mul(&heads), 4), (heads.mul(&a_head), 4), (a_head.mul(&others), 5),
                (Exact::choose(&which, &a_head, &b_head), 6),
            ];
            let below = a_head.compare(Cmp::Lt, &b_head);
            for r in 0..rows.len() {
                let row = |exact: &Exact<'_>| exact.at(r).unwrap();
                let (a, b, heads, others) = (row(&a_head), row(&b_head), row(&heads), row(&others));
                for (at_once, op) in &results {
                    let alone = match op {
                        0 => a.add(b),
                        1 => a.sub(b),
                        2 => a.min(b),
                        3 => a.max(b),
                        4 => a.mul(heads),
                        5 => a.mul(others),
                        _ => match which[r] {
                            Bits::TRUE => a,
                            Bits::FALSE => b,
                            _ => a.hull(b),
                        },
                    };
                    prop_assert!(same(row(at_once), alone), "{op}: {:?} {alone:?}", row(at_once));
                    for mode in [RoundMode::Up, RoundMode::Down, RoundMode::HalfUp, RoundMode::HalfEven] {
                        let rounded = at_once.round(step, mode).at(r).unwrap();
                        prop_assert_eq!(rounded.lo, alone.lo.round(step, mode).unwrap_or(i64::MIN));
                        prop_assert_eq!(rounded.hi, alone.hi.round(step, mode).unwrap_or(i64::MAX));
                    }
                }
                let (can_be_true, can_be_false) = a.compare(Cmp::Lt, b);
                prop_assert_eq!(below[r], Bits::of(can_be_true, can_be_false));
            }
        }
    }
}
