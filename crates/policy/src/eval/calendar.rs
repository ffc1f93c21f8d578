//! 周岁与足月: full years and months from a date to another, by the calendar. Where the end month lacks the day,
//! its last day counts as the day (民法典第二百零二条), so somebody born on 29 February is a year older on
//! 28 February of a common year.

use super::interval::Interval;
use super::lane;
use super::numbers::Numbers;
use crate::value::Date;

/// Days beyond which no civil date is meant (some 27,000 years).
const FAR: i64 = 10_000_000;

/// Months since year 0 and the day of the month (proleptic Gregorian, days since 1970-01-01).
fn month_and_day(days: i64) -> (i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    // March is shifted month 0 of a year that ends in February.
    let months = (year_of_era + era * 400) * 12 + shifted_month + 2;
    (months, day)
}

/// A fixed last day to which full months are counted.
#[derive(Clone, Copy)]
pub(crate) struct CountTo {
    months: i64,
    day: i64,
    ends_month: bool,
}

impl CountTo {
    pub(crate) fn new(to: Date) -> Self {
        let days = i64::from(to.0).clamp(-FAR, FAR);
        let (months, day) = month_and_day(days);
        let (next, _) = month_and_day(days + 1);
        Self { months, day, ends_month: next != months }
    }

    fn full_months(self, from: i64) -> Option<i64> {
        if !(-FAR..=FAR).contains(&from) {
            return None;
        }
        let (months, day) = month_and_day(from);
        let short = self.day < day && !self.ends_month;
        Some(self.months - months - i64::from(short))
    }

    /// Full units of `unit` months from each of the dates.
    pub(crate) fn column<'r>(self, from: &Numbers<'_>, unit: i64) -> Numbers<'r> {
        let civil = from.is_within(FAR) && from.is_known();
        if !civil {
            return Numbers::from_rows(from.iter().map(|cell| self.count(cell, unit)));
        }
        let units = lane::map(from.lo(), from.len(), move |days| {
            self.full_months(days).map_or(0, |months| months.div_euclid(unit))
        });
        Numbers::known(units, from.len())
    }

    /// Full units of `unit` months from any of the dates; the earlier the date, the more.
    pub(crate) fn count(self, from: Interval<i64>, unit: i64) -> Interval<i64> {
        let units = |days: i64| self.full_months(days).map(|m| m.div_euclid(unit));
        Interval { lo: units(from.hi).unwrap_or(i64::MIN), hi: units(from.lo).unwrap_or(i64::MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Date;

    #[test]
    fn months_and_days_agree_with_the_calendar() {
        for days in (-200_000..200_000).step_by(97) {
            let (y, m, d) = Date(days).ymd();
            let expected = (i64::from(y) * 12 + i64::from(m) - 1, i64::from(d));
            assert_eq!(month_and_day(i64::from(days)), expected, "day {days}");
        }
    }

    #[test]
    fn full_months_are_the_most_that_can_be_added_without_passing_the_day() {
        for to in [19_783, 19_784, 19_904, 20_088] {
            let count = CountTo::new(Date(to));
            for from in to - 900..to + 100 {
                let months = count.full_months(i64::from(from));
                let k = i32::try_from(months.unwrap_or(i64::MAX)).unwrap_or(i32::MAX);
                assert!(Date(from).plus_months(k).0 <= to, "{from} {to} {k}");
                assert!(Date(from).plus_months(k + 1).0 > to, "{from} {to} {k}");
            }
        }
    }
}
