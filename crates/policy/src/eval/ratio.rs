//! 精确数: a fraction of two 64-bit numbers, or an infinite end of an interval.

use std::cmp::Ordering;

use crate::plan::RoundMode;

/// `num / den` with a positive denominator, not necessarily in lowest terms; a zero denominator marks the
/// infinite end of the numerator's sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    num: i64,
    den: i64,
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Ratio {
    pub(crate) const ZERO: Self = Self { num: 0, den: 1 };
    pub(crate) const NEG_INF: Self = Self { num: -1, den: 0 };
    pub(crate) const POS_INF: Self = Self { num: 1, den: 0 };

    pub(crate) fn whole(num: i64) -> Self {
        Self { num, den: 1 }
    }

    /// `None` where the fraction does not fit even in lowest terms, or for a zero denominator.
    pub(crate) fn new(num: i128, den: i128) -> Option<Self> {
        let (num, den) = if den < 0 { (num.checked_neg()?, den.checked_neg()?) } else { (num, den) };
        if den == 0 {
            return None;
        }
        if let (Ok(num), Ok(den)) = (i64::try_from(num), i64::try_from(den)) {
            return Some(Self { num, den });
        }
        let divisor = i128::try_from(gcd(num.unsigned_abs(), den.unsigned_abs())).ok()?;
        Some(Self {
            num: i64::try_from(num.checked_div(divisor)?).ok()?,
            den: i64::try_from(den.checked_div(divisor)?).ok()?,
        })
    }

    pub(crate) fn is_infinite(self) -> bool {
        self.den == 0
    }

    /// Numerator and denominator; `None` for an infinite end.
    pub(crate) fn parts(self) -> Option<(i64, i64)> {
        (!self.is_infinite()).then_some((self.num, self.den))
    }

    /// Numerator and denominator in lowest terms; `None` for an infinite end.
    pub(crate) fn lowest(self) -> Option<(i64, i64)> {
        if self.is_infinite() {
            return None;
        }
        let divisor = gcd(u128::from(self.num.unsigned_abs()), u128::from(self.den.unsigned_abs()));
        let divisor = i64::try_from(divisor).ok()?;
        Some((self.num.checked_div(divisor)?, self.den.checked_div(divisor)?))
    }

    pub(crate) fn signum(self) -> i64 {
        self.num.signum()
    }

    pub(crate) fn cmp(self, other: Self) -> Ordering {
        if self.is_infinite() && other.is_infinite() {
            return self.num.cmp(&other.num);
        }
        if self.den == other.den {
            return self.num.cmp(&other.num);
        }
        (i128::from(self.num) * i128::from(other.den)).cmp(&(i128::from(other.num) * i128::from(self.den)))
    }

    /// Sum of two finite fractions.
    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        if self.den == other.den
            && let Some(num) = self.num.checked_add(other.num)
        {
            return Some(Self { num, den: self.den });
        }
        let (a, b) = (i128::from(self.num), i128::from(self.den));
        let (c, d) = (i128::from(other.num), i128::from(other.den));
        // Two products of 64-bit numbers fit in 127 bits, their sum in 128.
        Self::new((a * d).checked_add(c * b)?, b * d)
    }

    /// Product of two finite fractions.
    pub(crate) fn checked_mul(self, other: Self) -> Option<Self> {
        Self::new(i128::from(self.num) * i128::from(other.num), i128::from(self.den) * i128::from(other.den))
    }

    /// One over a fraction that is not zero; an infinite end becomes zero.
    pub(crate) fn checked_recip(self) -> Option<Self> {
        if self.is_infinite() {
            return Some(Self::ZERO);
        }
        Self::new(i128::from(self.den), i128::from(self.num))
    }

    pub(crate) fn checked_neg(self) -> Option<Self> {
        Some(Self { num: self.num.checked_neg()?, den: self.den })
    }

    /// The multiple of `step` that a finite fraction rounds to; `None` where 64 bits do not hold it.
    pub(crate) fn round(self, step: i64, mode: RoundMode) -> Option<i64> {
        if self.is_infinite() || step <= 0 {
            return None;
        }
        let (num, den) = (i128::from(self.num), i128::from(self.den) * i128::from(step));
        let (floor, rest) = (num.div_euclid(den), num.rem_euclid(den));
        let twice = rest.checked_mul(2)?;
        let up = match mode {
            RoundMode::Up => rest > 0,
            RoundMode::Down => false,
            RoundMode::HalfUp if num < 0 => twice > den,
            RoundMode::HalfUp => twice >= den,
            RoundMode::HalfEven => twice > den || (twice == den && floor.rem_euclid(2) == 1),
        };
        let steps = if up { floor.checked_add(1)? } else { floor };
        i64::try_from(steps.checked_mul(i128::from(step))?).ok()
    }
}
