//! 工作日历: the State Council's holidays and make-up working days, year by year, as data.
//!
//! A year without a table is an error, not a guess.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use doudi_policy::Date;
use serde::Deserialize;

use crate::text::{Refusal, RefusalKind};

/// Longest limit that is walked day by day; longer ones are typing errors.
const MAX_DAYS: u32 = 3_660;

/// What happens when a period ends on a day off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// 顺延: it runs to the next working day.
    #[default]
    NextWorkingDay,
    /// It ends on that day.
    Keep,
}

/// One year as its file says.
#[derive(Clone, Debug, Deserialize)]
struct YearFile {
    #[serde(default)]
    year: Option<i16>,
    notice: String,
    holidays: Vec<String>,
    #[serde(default)]
    workdays: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Year {
    notice: String,
    holidays: BTreeSet<Date>,
    workdays: BTreeSet<Date>,
}

/// 工作日历 of some years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingCalendar {
    years: BTreeMap<i16, Year>,
}

impl WorkingCalendar {
    /// Reads one TOML text per year: `notice`, `holidays = ["2024-01-01", …]`, `workdays = [make-up days]`,
    /// optionally `year`. Dates are quoted.
    ///
    /// # Errors
    /// A text that is no such table, a date outside its year, a day that is both, a make-up day that falls on
    /// an ordinary weekday, or a year given twice.
    pub fn from_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, Refusal> {
        let mut years = BTreeMap::new();
        for text in texts {
            let (number, year) = read_year(text)?;
            if years.insert(number, year).is_some() {
                return Err(law(
                    format!("工作日历 {number} 年有两份，请只保留一份"),
                    format!("there are two calendars of {number}; keep one"),
                ));
            }
        }
        Ok(Self { years })
    }

    /// Years that have a table.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.keys().copied()
    }

    /// The notice that a year's table follows.
    #[must_use]
    pub fn notice(&self, year: i16) -> Option<&str> {
        self.years.get(&year).map(|y| y.notice.as_str())
    }

    /// Whether a day is a working day.
    ///
    /// # Errors
    /// The year has no table.
    pub fn is_working_day(&self, day: Date) -> Result<bool, Refusal> {
        let (number, _, _) = day.ymd();
        let year = self.years.get(&number).ok_or_else(|| {
            law(
                format!(
                    "没有 {number} 年的工作日历，无法计算期限；请在 policies/cn/calendar/ 补上国务院办公厅公布的 {number}.toml"
                ),
                format!(
                    "there is no working calendar of {number}, so no time limit can be computed; add the published {number}.toml to policies/cn/calendar/"
                ),
            )
        })?;
        let weekend = day.weekday() >= 6;
        Ok(year.workdays.contains(&day) || (!weekend && !year.holidays.contains(&day)))
    }

    /// The `n`-th working day after a day; the day itself is not counted.
    ///
    /// # Errors
    /// A year without a table, or a limit beyond ten years.
    pub fn add_working_days(&self, from: Date, n: u32) -> Result<Date, Refusal> {
        check_length(n)?;
        let mut day = from;
        let mut left = n;
        while left > 0 {
            day = day.plus_days(1);
            if self.is_working_day(day)? {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// `n` calendar days after a day, which is not counted; a last day off is rolled as asked.
    ///
    /// # Errors
    /// As for [`Self::add_working_days`].
    pub fn add_calendar_days(&self, from: Date, n: u32, roll: Roll) -> Result<Date, Refusal> {
        check_length(n)?;
        let days = i32::try_from(n).unwrap_or(i32::MAX);
        self.roll(from.plus_days(days), roll)
    }

    /// `n` months after a day; a day that the target month lacks is its last day, and a last day off is rolled
    /// as asked.
    ///
    /// # Errors
    /// As for [`Self::add_working_days`].
    pub fn add_months(&self, from: Date, n: u32, roll: Roll) -> Result<Date, Refusal> {
        check_length(n)?;
        let months = i32::try_from(n).unwrap_or(i32::MAX);
        self.roll(from.plus_months(months), roll)
    }

    /// The day itself or, with [`Roll::NextWorkingDay`], the first working day from it on.
    ///
    /// # Errors
    /// A year without a table.
    pub fn roll(&self, day: Date, roll: Roll) -> Result<Date, Refusal> {
        match roll {
            Roll::Keep => Ok(day),
            Roll::NextWorkingDay => {
                let mut day = day;
                while !self.is_working_day(day)? {
                    day = day.plus_days(1);
                }
                Ok(day)
            }
        }
    }

    /// Working days after `from` up to and including `to`; negative where `to` is before `from`.
    ///
    /// # Errors
    /// A year without a table, or a distance beyond ten years.
    pub fn working_days_between(&self, from: Date, to: Date) -> Result<i32, Refusal> {
        let (first, last, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        check_length(last.0.abs_diff(first.0))?;
        let mut count = 0;
        let mut day = first;
        while day < last {
            day = day.plus_days(1);
            if self.is_working_day(day)? {
                count += sign;
            }
        }
        Ok(count)
    }
}

fn read_year(text: &str) -> Result<(i16, Year), Refusal> {
    let file: YearFile = toml::from_str(text).map_err(|e| {
        law(
            format!("工作日历读不懂：{e}。应有 notice、holidays、workdays 三项，日期加引号"),
            format!(
                "the working calendar cannot be read: {e}. It has notice, holidays and workdays, with quoted dates"
            ),
        )
    })?;
    let dates = |texts: &[String]| -> Result<BTreeSet<Date>, Refusal> {
        texts.iter().map(|t| t.parse::<Date>().map_err(|e| law(e.zh, e.en))).collect()
    };
    let holidays = dates(&file.holidays)?;
    let workdays = dates(&file.workdays)?;
    let number = file.year.or_else(|| holidays.last().map(|d| d.ymd().0)).ok_or_else(|| {
        law("工作日历没有一个节假日，请核对", "the working calendar has no holiday; check it")
    })?;
    // A notice names the whole of a holiday; its weekend days in the neighbour year change nothing.
    let harmless = |day: &Date| day.weekday() >= 6 && holidays.contains(day);
    for day in holidays.iter().chain(&workdays) {
        if day.ymd().0 != number && !harmless(day) {
            return Err(law(
                format!("{number} 年工作日历里有 {day}，请移到它自己的年份"),
                format!("the calendar of {number} holds {day}; move it to its own year"),
            ));
        }
    }
    for day in &workdays {
        if holidays.contains(day) || day.weekday() < 6 {
            return Err(law(
                format!("{day} 不能是调休上班日：它是节假日或本来就是工作日"),
                format!("{day} cannot be a make-up day: it is a holiday or a working day by itself"),
            ));
        }
    }
    let year = Year { notice: file.notice, holidays, workdays };
    Ok((number, year))
}

fn check_length(days: u32) -> Result<(), Refusal> {
    if days > MAX_DAYS {
        return Err(law(
            format!("期限 {days} 太长，请核对"),
            format!("a limit of {days} is too long; check it"),
        ));
    }
    Ok(())
}

fn law(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Law, zh, en)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn calendar() -> WorkingCalendar {
        WorkingCalendar::from_texts([include_str!("../tests/data/2024.toml")]).unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn e20_thirty_working_days_over_qingming_and_its_make_up_sunday() {
        let c = calendar();
        let accepted = day("2024-03-04");
        assert_eq!(c.add_working_days(accepted, 3).unwrap(), day("2024-03-07"));
        assert_eq!(c.add_working_days(accepted, 30).unwrap(), day("2024-04-16"));
        // 17 to 30 April: 10 days and the make-up Sunday 28; 6 to 9 May: 4, the 45th is Thursday 9 May.
        assert_eq!(c.add_working_days(accepted, 45).unwrap(), day("2024-05-09"));
        assert_eq!(c.working_days_between(accepted, day("2024-04-16")).unwrap(), 30);
    }

    #[test]
    fn e21_three_months_end_on_a_saturday_and_roll_only_if_asked() {
        let c = calendar();
        let death = day("2024-05-10");
        assert_eq!(c.add_months(death, 3, Roll::NextWorkingDay).unwrap(), day("2024-08-12"));
        assert_eq!(c.add_months(death, 3, Roll::Keep).unwrap(), day("2024-08-10"));
    }

    #[test]
    fn the_end_of_a_month_stays_in_its_month() {
        let c = calendar();
        assert_eq!(c.add_months(day("2024-01-31"), 1, Roll::Keep).unwrap(), day("2024-02-29"));
    }

    #[test]
    fn a_make_up_sunday_is_worked_and_a_holiday_is_not() {
        let c = calendar();
        assert!(c.is_working_day(day("2024-04-07")).unwrap());
        assert!(!c.is_working_day(day("2024-04-05")).unwrap());
        assert!(!c.is_working_day(day("2024-06-10")).unwrap());
        assert!(c.is_working_day(day("2024-06-17")).unwrap());
    }

    #[test]
    fn a_year_without_a_table_is_an_error_that_names_the_file() {
        let refused = calendar().add_working_days(day("2024-12-20"), 30).unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Law);
        assert!(refused.zh.contains("2025"), "{refused}");
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let twice = "notice='x'\nholidays=['2024-10-01']\nworkdays=['2024-10-01']";
        let weekday = "notice='x'\nholidays=['2024-10-01']\nworkdays=['2024-10-09']";
        let other_year = "notice='x'\nyear=2024\nholidays=['2024-10-01','2023-10-02']";
        for text in [twice, weekday, other_year, "notice='x'", "holidays=[]"] {
            assert!(WorkingCalendar::from_texts([text]).is_err(), "{text}");
        }
    }
}
