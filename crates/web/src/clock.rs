//! 北京时间: the calendar in China, which is eight hours ahead of UTC, without summer time since 1991.

use doudi_policy::Date;

/// China is so many seconds ahead of UTC.
pub const AHEAD: i64 = 8 * 3600;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// The day in China at an instant, in seconds since 1970 (UTC).
#[must_use]
pub fn day_in_china(seconds: i64) -> Date {
    let days = seconds.saturating_add(AHEAD).div_euclid(DAY);
    Date(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
}

/// Hour and minute in China at an instant, in seconds since 1970 (UTC).
#[must_use]
pub fn time_in_china(seconds: i64) -> (i64, i64) {
    let minutes = seconds.saturating_add(AHEAD).rem_euclid(DAY) / 60;
    (minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn the_day_begins_at_midnight_in_china() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        // 2024-06-16 16:00 UTC
        let midnight = 1_718_553_600;
        assert_eq!(day_in_china(midnight - 1), day("2024-06-16"));
        assert_eq!(day_in_china(midnight), day("2024-06-17"));
        assert_eq!(time_in_china(midnight - 60), (23, 59));
        assert_eq!(time_in_china(midnight + 3_660), (1, 1));
        assert_eq!(day_in_china(-AHEAD - 1), day("1969-12-31"));
    }
}
