//! 等待: how long the next try has to wait after failed ones. Growing, so that guessing ends; bounded, so that nobody
//! can be kept out for a day by somebody who knows their name.

/// Failed tries of one log-in name that cost no waiting.
pub const FREE_OF_NAME: i64 = 4;
/// Failed tries from one address that cost no waiting: a whole office may stand behind one.
pub const FREE_OF_ADDRESS: i64 = 19;
/// The first wait, in seconds; each further failure doubles it.
const FIRST: i64 = 30;
/// The longest wait, in seconds.
pub const LONGEST: i64 = 3600;

/// Seconds to wait after so many failures of one name.
#[must_use]
pub fn of_name(failures: i64) -> i64 {
    after(failures - FREE_OF_NAME)
}

/// Seconds to wait after so many failures from one address.
#[must_use]
pub fn of_address(failures: i64) -> i64 {
    after(failures - FREE_OF_ADDRESS)
}

fn after(beyond: i64) -> i64 {
    if beyond <= 0 {
        return 0;
    }
    let doublings = u32::try_from(beyond - 1).unwrap_or(u32::MAX).min(20);
    (FIRST << doublings).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_bound_and_never_shrink() {
        assert_eq!((0..=4).map(of_name).collect::<Vec<_>>(), [0; 5]);
        assert_eq!([5, 6, 7, 10, 12, 1_000_000].map(of_name), [30, 60, 120, 960, 3600, 3600]);
        assert_eq!([19, 20, 21, i64::MAX].map(of_address), [0, 30, 60, 3600]);
        assert!((0..60).all(|n| of_name(n) <= of_name(n + 1)));
    }
}
