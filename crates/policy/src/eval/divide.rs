//! 整除: whole-number division of lanes, for rounding.

use super::lane::narrow_product;
use super::numbers::NARROW;

/// A positive divisor that fits 32 bits, with its reciprocal: a quotient is one product, which vector units have, where
/// they have no division.
#[derive(Clone, Copy)]
pub(crate) struct Divisor {
    pub(crate) den: i64,
    /// `2^shift / den`, rounded up.
    reciprocal: u64,
    shift: u32,
}

impl Divisor {
    /// `None` for a number that is not positive or does not fit.
    pub(crate) fn new(den: i64) -> Option<Self> {
        let narrow = u32::try_from(den).ok().filter(|_| (1..=NARROW).contains(&den))?;
        // The reciprocal is too large by less than one. Times a number below 2^31 that is less than 2^31, which is
        // no more than 1 / den of 2^shift: too little to reach the next whole quotient.
        let shift = 31 + narrow.next_power_of_two().trailing_zeros();
        let reciprocal = 1_u64.checked_shl(shift)?.checked_div(u64::from(narrow))?.checked_add(1)?;
        Some(Self { den, reciprocal, shift })
    }

    /// The whole number at or below a quotient, and what is left over; the number divided is within [`NARROW`].
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        reason = "what is multiplied fits 32 bits, and the quotient is no larger than the number"
    )]
    pub(crate) fn floor_and_rest(self, num: i64) -> (i64, i64) {
        // `!x` is `−x − 1`: a number below zero is turned over, and its quotient back.
        let sign = num >> 63;
        let product = u64::from((num ^ sign) as u32).wrapping_mul(u64::from(self.reciprocal as u32));
        let floor = product.wrapping_shr(self.shift) as i64 ^ sign;
        (floor, num.wrapping_sub(narrow_product(floor, self.den)))
    }
}

/// The whole number at or below `num / den`, and the numerator left over; `den` is positive.
pub(crate) fn floor_and_rest(num: i64, den: i64) -> (i64, i64) {
    // Most sums of money fit 32 bits, where division is several times faster.
    if let (Ok(num), Ok(den)) = (i32::try_from(num), i32::try_from(den)) {
        let den = den.max(1);
        return (num.div_euclid(den).into(), num.rem_euclid(den).into());
    }
    let den = den.max(1);
    (num.div_euclid(den), num.rem_euclid(den))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Divisor, NARROW, floor_and_rest};

    fn check(num: i64, den: i64) {
        let divisor = Divisor::new(den).unwrap();
        assert_eq!(divisor.floor_and_rest(num), (num.div_euclid(den), num.rem_euclid(den)), "{num} / {den}");
        assert_eq!(floor_and_rest(num, den), (num.div_euclid(den), num.rem_euclid(den)), "{num} / {den}");
    }

    #[test]
    fn a_product_with_the_reciprocal_divides_at_every_edge() {
        let powers = (0..31).flat_map(|bit| [(1_i64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        let dens: Vec<i64> = powers.chain([3, 7, 10, 12, 700, NARROW - 1, NARROW]).collect();
        for den in dens.iter().copied().filter(|den| (1..=NARROW).contains(den)) {
            for near in [0, den, NARROW, NARROW / den * den, NARROW / 2 / den * den] {
                for num in (near - 2..=near + 2).flat_map(|num| [num, -num]) {
                    if num.abs() <= NARROW {
                        check(num, den);
                    }
                }
            }
        }
    }

    #[test]
    fn a_divisor_that_does_not_fit_is_none() {
        assert!([0, -1, i64::MIN, NARROW + 1, i64::MAX].iter().all(|den| Divisor::new(*den).is_none()));
    }

    proptest! {
        #[test]
        fn a_product_with_the_reciprocal_divides(num in -NARROW..=NARROW, den in 1..=NARROW, small in 1..2_000_i64) {
            check(num, den);
            check(num, small);
        }
    }
}
