//! Value types that every other crate speaks: money, rates, dates, months, division codes, truth.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 金额, in fen (1 元 = 100 分). Money is never a floating-point number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why a text is not a value of the wanted kind; the two texts are for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{zh} / {en}")]
pub struct BadValue {
    /// What is wrong and how to mend it, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl BadValue {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Whole yuan as fen; `None` where it does not fit.
    #[must_use]
    pub fn from_yuan(yuan: i64) -> Option<Self> {
        yuan.checked_mul(100).map(Self)
    }

    /// Reads an amount in yuan with at most two decimals, such as `1234.50`, `1,234.5` or `-3`. A comma stands
    /// between whole groups of three digits and nowhere else: read away, a decimal comma would be a hundredfold sum.
    ///
    /// # Errors
    /// Three decimals, a comma elsewhere, letters, an exponent or a number too large for fen in 64 bits.
    pub fn parse_yuan(text: &str) -> Result<Self, BadValue> {
        let bad = |zh: &str, en: &str| {
            Err(BadValue::new(format!("金额“{text}”{zh}"), format!("amount `{text}` {en}")))
        };
        let plain = text.trim();
        let (negative, digits) = match plain.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, plain),
        };
        let (grouped, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let whole = grouped.replace(',', "");
        if digits.contains(',') && all_digits(&whole) && !(thousands(grouped) && all_digits(decimals)) {
            return bad(
                "的逗号不在千位上；小数点要写成“.”，如 1234.50 或 1,234.50",
                "has a comma that parts no thousands; write the decimals after a full stop, as 1234.50 or 1,234.50",
            );
        }
        if whole.is_empty() || !all_digits(&whole) || !all_digits(decimals) || digits.ends_with('.') {
            return bad("不是数字，应写成 1234.50", "is not a number; write 1234.50");
        }
        if decimals.len() > 2 {
            return bad("多于两位小数，请核对到分", "has more than two decimals; give it to the fen");
        }
        let cents = format!("{decimals:0<2}");
        let fen = whole
            .parse::<i64>()
            .ok()
            .and_then(|yuan| yuan.checked_mul(100))
            .zip(cents.parse::<i64>().ok())
            .and_then(|(yuan, cents)| yuan.checked_add(cents));
        match fen {
            Some(fen) if negative => Ok(Self(-fen)),
            Some(fen) => Ok(Self(fen)),
            None => bad("太大", "is too large"),
        }
    }

    /// The sum, or `None` where 64 bits do not hold it.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` where 64 bits do not hold it.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

/// Whether the commas of a whole number, if any, part groups of three digits: `1,234,567`.
fn thousands(grouped: &str) -> bool {
    let mut groups = grouped.split(',');
    let first = groups.next().map_or(0, str::len);
    let mut further = groups.peekable();
    further.peek().is_none() || ((1..=3).contains(&first) && further.all(|group| group.len() == 3))
}

/// Two decimals, no separator: `1234.50`, `-0.05`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// 比率, an exact fraction in lowest terms with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    num: i64,
    den: i64,
}

impl Rate {
    /// `num / den` in lowest terms; `None` for a zero denominator or where negation overflows.
    #[must_use]
    pub fn new(num: i64, den: i64) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let divisor = i64::try_from(gcd(num.unsigned_abs(), den.unsigned_abs())).ok()?;
        let (num, den) = (num.checked_div(divisor)?, den.checked_div(divisor)?);
        if den < 0 {
            return Some(Self { num: num.checked_neg()?, den: den.checked_neg()? });
        }
        Some(Self { num, den })
    }

    /// Numerator in lowest terms.
    #[must_use]
    pub fn num(self) -> i64 {
        self.num
    }

    /// Denominator in lowest terms, positive.
    #[must_use]
    pub fn den(self) -> i64 {
        self.den
    }
}

/// Greatest common divisor; `gcd(0, n) = n`.
#[must_use]
pub fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// 日期, a civil date in Asia/Shanghai as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// The date of a calendar day, or `None` for a day that does not exist (30 February).
    #[must_use]
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self::from_civil)
    }

    fn from_civil(date: jiff::civil::Date) -> Self {
        let epoch = jiff::civil::date(1970, 1, 1);
        Self(date.duration_since(epoch).as_hours().div_euclid(24) as i32)
    }

    fn civil(self) -> jiff::civil::Date {
        use jiff::ToSpan as _;
        jiff::civil::date(1970, 1, 1).checked_add(self.0.days()).unwrap_or(jiff::civil::Date::MAX)
    }

    /// Year, month (1–12) and day (1–31).
    #[must_use]
    pub fn ymd(self) -> (i16, i8, i8) {
        let d = self.civil();
        (d.year(), d.month(), d.day())
    }

    /// This date moved by a number of days.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// This date moved by whole months; a day that the target month lacks becomes its last day.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        use jiff::ToSpan as _;
        self.civil().checked_add(months.months()).map_or(self, Self::from_civil)
    }

    /// The month of this date.
    #[must_use]
    pub fn month(self) -> Month {
        let (y, m, _) = self.ymd();
        Month::of(y, m)
    }

    /// 1 = Monday … 7 = Sunday.
    #[must_use]
    pub fn weekday(self) -> i8 {
        self.civil().weekday().to_monday_one_offset()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl FromStr for Date {
    type Err = BadValue;

    /// Reads `2024-06-01`.
    fn from_str(text: &str) -> Result<Self, BadValue> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let read = || match parts.as_slice() {
            [y, m, d] if y.len() == 4 && m.len() == 2 && d.len() == 2 => {
                Self::from_ymd(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?)
            }
            _ => None,
        };
        read().ok_or_else(|| {
            BadValue::new(
                format!("“{text}”不是日历上的日期，应写成 2024-06-01"),
                format!("`{text}` is not a day of the calendar; write 2024-06-01"),
            )
        })
    }
}

/// 月份, as months since year 0 (`year * 12 + month - 1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// The month of a year; `month` is 1–12.
    #[must_use]
    pub fn of(year: i16, month: i8) -> Self {
        Self(i32::from(year) * 12 + i32::from(month) - 1)
    }

    /// Year and month (1–12).
    #[must_use]
    pub fn ym(self) -> (i16, i8) {
        ((self.0.div_euclid(12)) as i16, (self.0.rem_euclid(12) + 1) as i8)
    }

    /// First day of the month.
    #[must_use]
    pub fn first_day(self) -> Date {
        let (y, m) = self.ym();
        Date::from_ymd(y, m, 1).unwrap_or(Date(0))
    }

    /// Last day of the month.
    #[must_use]
    pub fn last_day(self) -> Date {
        Self(self.0 + 1).first_day().plus_days(-1)
    }

    /// This month moved by a number of months.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0.saturating_add(months))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m) = self.ym();
        write!(f, "{y:04}-{m:02}")
    }
}

impl FromStr for Month {
    type Err = BadValue;

    /// Reads `2024-06`.
    fn from_str(text: &str) -> Result<Self, BadValue> {
        format!("{}-01", text.trim()).parse::<Date>().map(Date::month).map_err(|_| {
            BadValue::new(
                format!("“{text}”不是月份，应写成 2024-06"),
                format!("`{text}` is not a month; write 2024-06"),
            )
        })
    }
}

macro_rules! text_serde {
    ($($ty:ty),*) => {$(
        impl Serialize for $ty {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
text_serde!(Date, Month, DivisionCode);

/// 行政区划代码: 2, 4, 6, 9 or 12 digits (province, city, county, township, village), GB/T 2260 and the
/// 12-digit statistical code without its trailing zeros. A longer code lies inside each of its prefixes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(String);

impl DivisionCode {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `self` is `area` or lies inside it.
    #[must_use]
    pub fn within(&self, area: &Self) -> bool {
        self.0.starts_with(&area.0)
    }

    /// 1 = province, 2 = city, 3 = county, 4 = township, 5 = village.
    #[must_use]
    pub fn level(&self) -> u8 {
        match self.0.len() {
            2 => 1,
            4 => 2,
            6 => 3,
            9 => 4,
            _ => 5,
        }
    }

    /// The division one level up; `None` for a province.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let keep = match self.0.len() {
            4 => 2,
            6 => 4,
            9 => 6,
            12 => 9,
            _ => return None,
        };
        self.0.get(..keep).map(|s| Self(s.to_owned()))
    }

    /// The enclosing division of a level (1–5), itself where it is of that level.
    #[must_use]
    pub fn at_level(&self, level: u8) -> Option<Self> {
        let mut here = self.clone();
        while here.level() > level {
            here = here.parent()?;
        }
        (here.level() == level).then_some(here)
    }

    /// Codes that no real place has: every division of the fictional county begins with 99.
    #[must_use]
    pub fn is_fictional(&self) -> bool {
        self.0.starts_with("99")
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DivisionCode {
    type Err = BadValue;

    /// Reads a code of 2, 4, 6, 9 or 12 digits; a 12-digit code with trailing zero groups is shortened.
    fn from_str(text: &str) -> Result<Self, BadValue> {
        let text = text.trim();
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let mut code = text;
        for (len, keep) in [(12, 9), (9, 6), (6, 4), (4, 2)] {
            if digits
                && code.len() == len
                && let (Some(head), Some(tail)) = (code.get(..keep), code.get(keep..))
                && tail.bytes().all(|b| b == b'0')
            {
                code = head;
            }
        }
        if digits && matches!(code.len(), 2 | 4 | 6 | 9 | 12) {
            return Ok(Self(code.to_owned()));
        }
        Err(BadValue::new(
            format!("“{text}”不是行政区划代码，应为 2、4、6、9 或 12 位数字"),
            format!("`{text}` is not a division code; it has 2, 4, 6, 9 or 12 digits"),
        ))
    }
}

/// 三值真值. `Unknown` never means no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// 是
    True,
    /// 否
    False,
    /// 未知
    Unknown,
}

impl Truth {
    /// Kleene negation.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads like and/or, and no operator is meant")]
    pub fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    /// Kleene conjunction.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// Kleene disjunction.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn money_is_read_to_the_fen_and_no_further() {
        assert_eq!(Fen::parse_yuan("1,234.5").unwrap(), Fen(123_450));
        assert_eq!(Fen::parse_yuan("-0.05").unwrap().to_string(), "-0.05");
        for bad in ["1.234", "", "12.", "1e3", "一百", "99999999999999999999"] {
            assert!(Fen::parse_yuan(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_comma_parts_thousands_or_is_refused_with_what_to_write() {
        for (text, fen) in [("1,234", 123_400), ("12,345,678.9", 1_234_567_890), ("-123,456.00", -12_345_600)]
        {
            assert_eq!(Fen::parse_yuan(text), Ok(Fen(fen)), "{text}");
        }
        for text in
            ["141,00", ",141", "141,", "1,4,1", "1234,567", "1,,234", "1,234,5", "14.1,00", "-,141", ","]
        {
            let bad = Fen::parse_yuan(text).unwrap_err();
            assert!(bad.zh.contains("1234.50") && bad.en.contains("1,234.50"), "{text}: {bad}");
        }
    }

    #[test]
    fn dates_follow_the_calendar() {
        assert!("2024-02-30".parse::<Date>().is_err());
        let d: Date = "2024-02-29".parse().unwrap();
        assert_eq!(d.plus_days(1).to_string(), "2024-03-01");
        assert_eq!("2024-05-31".parse::<Date>().unwrap().plus_months(1).to_string(), "2024-06-30");
        assert_eq!("2024-02".parse::<Month>().unwrap().last_day(), d);
        assert_eq!("2024-03-04".parse::<Date>().unwrap().weekday(), 1);
        assert_eq!("1969-12-31".parse::<Date>().unwrap(), Date(-1));
    }

    #[test]
    fn a_division_lies_inside_its_prefixes() {
        let village: DivisionCode = "990121103004".parse().unwrap();
        let county: DivisionCode = "990121000000".parse().unwrap();
        assert_eq!(county.as_str(), "990121");
        assert!(village.within(&county) && !county.within(&village));
        assert_eq!(village.at_level(4).unwrap().as_str(), "990121103");
        assert!("99012".parse::<DivisionCode>().is_err());
    }

    #[test]
    fn a_rate_is_in_lowest_terms() {
        assert_eq!(Rate::new(2, -4), Rate::new(-1, 2));
        assert_eq!(Rate::new(1, 0), None);
    }
}
