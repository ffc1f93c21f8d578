//! 区间: the numbers that are still possible. Each operation returns an interval that contains every possible
//! result; where 64 bits do not hold an end, that end becomes infinite (or, for whole numbers, the largest
//! number on its side, which is still a true bound).

use std::cmp::Ordering;

use super::ratio::Ratio;
use crate::plan::Cmp;

/// An end of an interval. `NEG` as a lower end and `POS` as an upper end are infinite.
pub(crate) trait End: Copy {
    const NEG: Self;
    const POS: Self;
    const ZERO: Self;
    fn order(self, other: Self) -> Ordering;
    fn is_neg_inf(self) -> bool;
    fn is_pos_inf(self) -> bool;
    fn sign(self) -> i64;
    /// Sum of two lower ends, never above the true one.
    fn add_lo(self, other: Self) -> Self;
    /// Sum of two upper ends, never below the true one.
    fn add_hi(self, other: Self) -> Self;
    /// A lower end from the negation of an upper end.
    fn neg_to_lo(self) -> Self;
    /// An upper end from the negation of a lower end.
    fn neg_to_hi(self) -> Self;
    /// Product of two ends neither of which is zero nor infinite; `None` where it does not fit.
    fn product(self, other: Self) -> Option<Self>;
    /// A corner of a product as a lower end.
    fn as_lo(self) -> Self;
    /// A corner of a product as an upper end.
    fn as_hi(self) -> Self;
}

/// `i64::MIN` as a lower end and `i64::MAX` as an upper end are infinite; in the other place they are the
/// numbers themselves.
impl End for i64 {
    const NEG: Self = Self::MIN;
    const POS: Self = Self::MAX;
    const ZERO: Self = 0;

    fn order(self, other: Self) -> Ordering {
        self.cmp(&other)
    }
    fn is_neg_inf(self) -> bool {
        self == Self::MIN
    }
    fn is_pos_inf(self) -> bool {
        self == Self::MAX
    }
    fn sign(self) -> i64 {
        self.signum()
    }
    fn add_lo(self, other: Self) -> Self {
        if self == Self::MIN || other == Self::MIN {
            return Self::MIN;
        }
        self.saturating_add(other)
    }
    fn add_hi(self, other: Self) -> Self {
        if self == Self::MAX || other == Self::MAX {
            return Self::MAX;
        }
        self.saturating_add(other)
    }
    fn neg_to_lo(self) -> Self {
        if self == Self::MAX {
            return Self::MIN;
        }
        self.checked_neg().unwrap_or(Self::MAX)
    }
    fn neg_to_hi(self) -> Self {
        self.checked_neg().unwrap_or(Self::MAX)
    }
    fn product(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }
    fn as_lo(self) -> Self {
        self
    }
    fn as_hi(self) -> Self {
        self
    }
}

impl End for Ratio {
    const NEG: Self = Self::NEG_INF;
    const POS: Self = Self::POS_INF;
    const ZERO: Self = Self::ZERO;

    fn order(self, other: Self) -> Ordering {
        self.cmp(other)
    }
    fn is_neg_inf(self) -> bool {
        self.is_infinite() && self.signum() < 0
    }
    fn is_pos_inf(self) -> bool {
        self.is_infinite() && self.signum() > 0
    }
    fn sign(self) -> i64 {
        self.signum()
    }
    fn add_lo(self, other: Self) -> Self {
        if self.is_infinite() || other.is_infinite() {
            return Self::NEG_INF;
        }
        self.checked_add(other).unwrap_or(Self::NEG_INF)
    }
    fn add_hi(self, other: Self) -> Self {
        if self.is_infinite() || other.is_infinite() {
            return Self::POS_INF;
        }
        self.checked_add(other).unwrap_or(Self::POS_INF)
    }
    fn neg_to_lo(self) -> Self {
        self.checked_neg().unwrap_or(Self::NEG_INF).as_lo()
    }
    fn neg_to_hi(self) -> Self {
        self.checked_neg().unwrap_or(Self::POS_INF).as_hi()
    }
    fn product(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }
    fn as_lo(self) -> Self {
        if self.is_infinite() { Self::NEG_INF } else { self }
    }
    fn as_hi(self) -> Self {
        if self.is_infinite() { Self::POS_INF } else { self }
    }
}

/// All numbers from `lo` to `hi`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval<E> {
    pub(crate) lo: E,
    pub(crate) hi: E,
}

impl<E: End> Interval<E> {
    pub(crate) const UNBOUNDED: Self = Self { lo: E::NEG, hi: E::POS };
    pub(crate) const ZERO: Self = Self { lo: E::ZERO, hi: E::ZERO };

    pub(crate) fn point(value: E) -> Self {
        Self { lo: value, hi: value }
    }

    pub(crate) fn is_point(self) -> bool {
        !self.lo.is_neg_inf() && !self.hi.is_pos_inf() && self.lo.order(self.hi).is_eq()
    }

    pub(crate) fn hull(self, other: Self) -> Self {
        Self { lo: least(self.lo, other.lo), hi: greatest(self.hi, other.hi) }
    }

    pub(crate) fn add(self, other: Self) -> Self {
        Self { lo: self.lo.add_lo(other.lo), hi: self.hi.add_hi(other.hi) }
    }

    pub(crate) fn neg(self) -> Self {
        Self { lo: self.hi.neg_to_lo(), hi: self.lo.neg_to_hi() }
    }

    pub(crate) fn sub(self, other: Self) -> Self {
        self.add(other.neg())
    }

    pub(crate) fn mul(self, other: Self) -> Self {
        if self.is_point() && other.is_point() {
            let corner = corner(self.lo, other.lo);
            return Self { lo: corner.as_lo(), hi: corner.as_hi() };
        }
        let corners = [corner(self.lo, other.hi), corner(self.hi, other.lo), corner(self.hi, other.hi)];
        let first = corner(self.lo, other.lo);
        Self {
            lo: corners.into_iter().fold(first, least).as_lo(),
            hi: corners.into_iter().fold(first, greatest).as_hi(),
        }
    }

    pub(crate) fn min(self, other: Self) -> Self {
        Self { lo: least(self.lo, other.lo), hi: least(self.hi, other.hi) }
    }

    pub(crate) fn max(self, other: Self) -> Self {
        Self { lo: greatest(self.lo, other.lo), hi: greatest(self.hi, other.hi) }
    }

    pub(crate) fn may_be_zero(self) -> bool {
        (self.lo.is_neg_inf() || self.lo.sign() <= 0) && (self.hi.is_pos_inf() || self.hi.sign() >= 0)
    }

    fn may_be_below(self, other: Self) -> bool {
        self.lo.is_neg_inf() || other.hi.is_pos_inf() || self.lo.order(other.hi).is_lt()
    }

    fn may_equal(self, other: Self) -> bool {
        let reaches = |lo: E, hi: E| lo.is_neg_inf() || hi.is_pos_inf() || lo.order(hi).is_le();
        reaches(self.lo, other.hi) && reaches(other.lo, self.hi)
    }

    fn must_equal(self, other: Self) -> bool {
        self.is_point() && other.is_point() && self.lo.order(other.lo).is_eq()
    }

    /// Whether the comparison can be true and whether it can be false.
    pub(crate) fn compare(self, cmp: Cmp, other: Self) -> (bool, bool) {
        let below = || self.may_be_below(other);
        let above = || other.may_be_below(self);
        let equal = || self.may_equal(other);
        match cmp {
            Cmp::Eq => (equal(), !self.must_equal(other)),
            Cmp::Ne => (!self.must_equal(other), equal()),
            Cmp::Lt => (below(), above() || equal()),
            Cmp::Ge => (above() || equal(), below()),
            Cmp::Gt => (above(), below() || equal()),
            Cmp::Le => (below() || equal(), above()),
        }
    }
}

impl Interval<Ratio> {
    /// The quotient; a divisor that may be zero leaves it unbounded.
    pub(crate) fn div(self, other: Self) -> Self {
        if other.may_be_zero() {
            return Self::UNBOUNDED;
        }
        let reciprocal =
            other.hi.checked_recip().zip(other.lo.checked_recip()).map(|(lo, hi)| Self { lo, hi });
        reciprocal.map_or(Self::UNBOUNDED, |r| self.mul(r))
    }

    pub(crate) fn from_whole(whole: Interval<i64>) -> Self {
        let end = |v: i64, infinite: bool, there: Ratio| {
            if infinite { there } else { Ratio::whole(v) }
        };
        Self {
            lo: end(whole.lo, whole.lo.is_neg_inf(), Ratio::NEG_INF),
            hi: end(whole.hi, whole.hi.is_pos_inf(), Ratio::POS_INF),
        }
    }
}

fn least<E: End>(a: E, b: E) -> E {
    if b.order(a).is_lt() { b } else { a }
}

fn greatest<E: End>(a: E, b: E) -> E {
    if b.order(a).is_gt() { b } else { a }
}

/// Product of two ends, the infinite of its sign where an end is infinite or the product does not fit. Zero
/// times an infinite end is zero: the numbers themselves are finite.
fn corner<E: End>(a: E, b: E) -> E {
    let sign = a.sign() * b.sign();
    if sign == 0 {
        return E::ZERO;
    }
    let infinite = a.is_neg_inf() || a.is_pos_inf() || b.is_neg_inf() || b.is_pos_inf();
    let product = if infinite { None } else { a.product(b) };
    product.unwrap_or(if sign > 0 { E::POS } else { E::NEG })
}
