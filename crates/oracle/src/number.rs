//! Exact fractions and the ranges in which an unknown number may lie. One kind of number for everything: counts,
//! fen, rates, days. Slow and plain on purpose.

use std::cmp::Ordering;

use doudi_policy::plan::{Cmp, RoundMode};

/// A fraction in lowest terms with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    num: i128,
    den: i128,
}

impl Exact {
    pub(crate) const ZERO: Self = Self { num: 0, den: 1 };

    pub(crate) fn whole(n: i64) -> Self {
        Self { num: i128::from(n), den: 1 }
    }

    pub(crate) fn new(num: i128, den: i128) -> Option<Self> {
        let divisor = i128::try_from(gcd(num.unsigned_abs(), den.unsigned_abs())).ok()?;
        let (num, den) = (num.checked_div(divisor)?, den.checked_div(divisor)?);
        if den < 0 {
            return Some(Self { num: num.checked_neg()?, den: den.checked_neg()? });
        }
        (den != 0).then_some(Self { num, den })
    }

    fn sign(self) -> i128 {
        self.num.signum()
    }

    fn add(self, other: Self) -> Option<Self> {
        if self.den == 1 && other.den == 1 {
            return Some(Self { num: self.num.checked_add(other.num)?, den: 1 });
        }
        let (left, right) = (self.num.checked_mul(other.den)?, other.num.checked_mul(self.den)?);
        Self::new(left.checked_add(right)?, self.den.checked_mul(other.den)?)
    }

    fn mul(self, other: Self) -> Option<Self> {
        let num = self.num.checked_mul(other.num)?;
        if self.den == 1 && other.den == 1 {
            return Some(Self { num, den: 1 });
        }
        Self::new(num, self.den.checked_mul(other.den)?)
    }

    fn negated(self) -> Option<Self> {
        Some(Self { num: self.num.checked_neg()?, den: self.den })
    }

    fn reciprocal(self) -> Option<Self> {
        if self.num < 0 {
            return Some(Self { num: self.den.checked_neg()?, den: self.num.checked_neg()? });
        }
        (self.num > 0).then_some(Self { num: self.den, den: self.num })
    }

    /// The numbers one below and one above.
    pub(crate) fn neighbours(self) -> Vec<Self> {
        [-1, 1].into_iter().filter_map(|step| self.add(Self::whole(step))).collect()
    }

    /// The number half way to another.
    pub(crate) fn middle(self, other: Self) -> Option<Self> {
        self.add(other)?.mul(Self::new(1, 2)?)
    }

    /// The multiple of `step` to which it rounds.
    fn rounded(self, step: i64, mode: RoundMode) -> Option<i64> {
        let unit = self.den.checked_mul(i128::from(step))?;
        if unit <= 0 {
            return None;
        }
        let (floor, rest) = (self.num.div_euclid(unit), self.num.rem_euclid(unit));
        let half = rest.checked_mul(2)?.cmp(&unit);
        let up = match (mode, half) {
            (RoundMode::Down, _) => false,
            (RoundMode::Up, _) => rest != 0,
            (RoundMode::HalfUp | RoundMode::HalfEven, Ordering::Greater) => true,
            (RoundMode::HalfUp | RoundMode::HalfEven, Ordering::Less) => false,
            // Halves go away from zero: up for a positive number, down for a negative one.
            (RoundMode::HalfUp, Ordering::Equal) => self.num >= 0,
            (RoundMode::HalfEven, Ordering::Equal) => floor.rem_euclid(2) != 0,
        };
        let steps = floor.checked_add(i128::from(up))?;
        i64::try_from(steps.checked_mul(i128::from(step))?).ok()
    }

    pub(crate) fn to_whole(self) -> Option<i64> {
        if self.den == 1 { i64::try_from(self.num).ok() } else { None }
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a
}

/// Two fractions that cannot be compared in 128 bits count as equal; money and days never come near that.
impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.den == other.den {
            return self.num.cmp(&other.num);
        }
        match (self.num.checked_mul(other.den), other.num.checked_mul(self.den)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => Ordering::Equal,
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A fraction or an infinity; the order of the variants is the order of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Minus,
    At(Exact),
    Plus,
}

impl End {
    fn sign(self) -> i128 {
        match self {
            Self::Minus => -1,
            Self::At(x) => x.sign(),
            Self::Plus => 1,
        }
    }

    fn times(self, other: Self) -> Self {
        let sign = self.sign() * other.sign();
        let product = match (self, other) {
            (Self::At(a), Self::At(b)) => a.mul(b),
            _ if sign == 0 => Some(Exact::ZERO),
            _ => None,
        };
        match product {
            Some(product) => Self::At(product),
            None if sign > 0 => Self::Plus,
            None => Self::Minus,
        }
    }

    fn finite(self) -> Option<Exact> {
        match self {
            Self::At(x) => Some(x),
            Self::Minus | Self::Plus => None,
        }
    }
}

/// Every number from `lo` to `hi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) lo: End,
    pub(crate) hi: End,
}

impl Range {
    pub(crate) const ANY: Self = Self { lo: End::Minus, hi: End::Plus };
    pub(crate) const ZERO: Self = Self { lo: End::At(Exact::ZERO), hi: End::At(Exact::ZERO) };

    pub(crate) fn one(x: Exact) -> Self {
        Self { lo: End::At(x), hi: End::At(x) }
    }

    pub(crate) fn between(lo: Option<i64>, hi: Option<i64>) -> Self {
        let end = |n: Option<i64>, far| n.map_or(far, |n| End::At(Exact::whole(n)));
        Self { lo: end(lo, End::Minus), hi: end(hi, End::Plus) }
    }

    pub(crate) fn single(self) -> Option<Exact> {
        self.lo.finite().filter(|_| self.lo == self.hi)
    }

    /// The ends that it has.
    pub(crate) fn ends(self) -> Vec<Exact> {
        [self.lo, self.hi].into_iter().filter_map(End::finite).collect()
    }

    pub(crate) fn holds(self, number: Exact) -> bool {
        self.lo <= End::At(number) && End::At(number) <= self.hi
    }

    pub(crate) fn hull(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = |a: End, b: End, far: End| {
            let sum = a.finite().zip(b.finite()).and_then(|(a, b)| a.add(b));
            sum.map_or(far, End::At)
        };
        Self { lo: sum(self.lo, other.lo, End::Minus), hi: sum(self.hi, other.hi, End::Plus) }
    }

    pub(crate) fn negated(self) -> Self {
        let turned = |end: End, far: End| end.finite().and_then(Exact::negated).map_or(far, End::At);
        Self { lo: turned(self.hi, End::Minus), hi: turned(self.lo, End::Plus) }
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let corners = [
            self.lo.times(other.lo),
            self.lo.times(other.hi),
            self.hi.times(other.lo),
            self.hi.times(other.hi),
        ];
        Self {
            lo: corners.into_iter().min().unwrap_or(End::Minus),
            hi: corners.into_iter().max().unwrap_or(End::Plus),
        }
        .outwards()
    }

    /// A product that did not fit is unbounded on its side, also where both ends are the same.
    fn outwards(self) -> Self {
        let lo = if self.lo == End::Plus { End::Minus } else { self.lo };
        let hi = if self.hi == End::Minus { End::Plus } else { self.hi };
        Self { lo, hi }
    }

    pub(crate) fn over(self, other: Self) -> Self {
        let zero = End::At(Exact::ZERO);
        if other.lo <= zero && zero <= other.hi {
            return Self::ANY;
        }
        let turned = |end: End| match end {
            End::At(x) => x.reciprocal().map(End::At),
            End::Minus | End::Plus => Some(zero),
        };
        match (turned(other.hi), turned(other.lo)) {
            (Some(lo), Some(hi)) => self.times(Self { lo, hi }),
            _ => Self::ANY,
        }
    }

    pub(crate) fn smaller(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.min(other.hi) }
    }

    pub(crate) fn larger(self, other: Self) -> Self {
        Self { lo: self.lo.max(other.lo), hi: self.hi.max(other.hi) }
    }

    pub(crate) fn rounded(self, step: i64, mode: RoundMode) -> (Option<i64>, Option<i64>) {
        let end = |end: End| end.finite().and_then(|x| x.rounded(step, mode));
        (end(self.lo), end(self.hi))
    }

    pub(crate) fn whole_ends(self) -> (Option<i64>, Option<i64>) {
        let end = |end: End| end.finite().and_then(Exact::to_whole);
        (end(self.lo), end(self.hi))
    }

    /// Whether the comparison can be true, and whether it can be false.
    pub(crate) fn compare(self, cmp: Cmp, other: Self) -> (bool, bool) {
        // An infinite end is never reached, so it is below and above everything finite.
        let below = self.lo < other.hi || self.lo == End::Minus || other.hi == End::Plus;
        let above = other.lo < self.hi || other.lo == End::Minus || self.hi == End::Plus;
        let reaches = |lo: End, hi: End| lo <= hi;
        let equal = reaches(self.lo, other.hi) && reaches(other.lo, self.hi);
        let same = self.single().is_some() && self == other;
        match cmp {
            Cmp::Eq => (equal, !same),
            Cmp::Ne => (!same, equal),
            Cmp::Lt => (below, above || equal),
            Cmp::Ge => (above || equal, below),
            Cmp::Gt => (above, below || equal),
            Cmp::Le => (below || equal, above),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn exact(num: i128, den: i128) -> Exact {
        Exact::new(num, den).unwrap()
    }

    #[test]
    fn halves_go_as_declared() {
        let round = |num, mode| exact(num, 2).rounded(10, mode).unwrap();
        assert_eq!(round(50, RoundMode::HalfUp), 30);
        assert_eq!(round(-50, RoundMode::HalfUp), -30);
        assert_eq!(round(50, RoundMode::HalfEven), 20);
        assert_eq!(round(70, RoundMode::HalfEven), 40);
        assert_eq!(round(41, RoundMode::Up), 30);
        assert_eq!(round(-41, RoundMode::Up), -20);
        assert_eq!(round(41, RoundMode::Down), 20);
        assert_eq!(round(-41, RoundMode::Down), -30);
    }

    #[test]
    fn a_divisor_that_may_be_zero_leaves_everything_open() {
        let ten = Range::one(exact(10, 1));
        assert_eq!(ten.over(Range::between(Some(0), Some(4))), Range::ANY);
        assert_eq!(ten.over(Range::between(Some(-1), None)), Range::ANY);
        let some = ten.over(Range::between(Some(2), None));
        assert_eq!(some, Range { lo: End::At(Exact::ZERO), hi: End::At(exact(5, 1)) });
    }

    #[test]
    fn nothing_times_the_unbounded_is_nothing() {
        assert_eq!(Range::ZERO.times(Range::ANY), Range::ZERO);
        let positive = Range::between(Some(3), None);
        assert_eq!(positive.times(Range::between(Some(-2), Some(2))), Range::ANY);
    }

    #[test]
    fn what_does_not_fit_is_unbounded_and_never_wraps() {
        let huge = Range::one(exact(i128::MAX, 1));
        assert_eq!(huge.plus(huge), Range { lo: End::Minus, hi: End::Plus });
        assert_eq!(huge.times(huge), Range::ANY);
        assert_eq!(huge.compare(Cmp::Lt, huge.plus(huge)), (true, true));
    }
}
