//! 证件号码: numbers with valid checksums that no real person or firm can have, because every division
//! code in them begins with 99.

use doudi_policy::Date;
use doudi_registry::IdentityNumber;

/// 性别
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sex {
    Male,
    Female,
}

impl Sex {
    /// As the vocabulary codes it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }

    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// Gives each person of a birthday the next free sequence number, odd for men and even for women.
#[derive(Default)]
pub(crate) struct Numbers {
    used: std::collections::BTreeMap<(i32, bool), u32>,
}

impl Numbers {
    /// The 18-digit number of a new person first registered in `county` (six digits).
    pub(crate) fn issue(&mut self, county: &str, birth: Date, sex: Sex) -> String {
        let next = self.used.entry((birth.0, sex == Sex::Male)).or_insert(0);
        // A day has 499 numbers a sex in one county; later people of the day come from the next county code.
        let (county_step, place) = (*next / 499, *next % 499);
        *next += 1;
        let sequence = place * 2 + if sex == Sex::Male { 1 } else { 2 };
        let county: u32 = county.parse().unwrap_or(990_121);
        let place = format!("{:06}", county + county_step);
        IdentityNumber::compose(&place, birth, sequence as u16)
            .map(|number| number.as_str().to_owned())
            .unwrap_or_default()
    }
}

/// 统一社会信用代码 (GB 32100) of the `serial`-th market entity of the fictional county.
pub(crate) fn credit_code(serial: u32) -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const ORGANISATION: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let organ = format!("{:08}", serial % 100_000_000);
    let sum: u32 = organ.chars().zip(ORGANISATION).map(|(c, w)| c.to_digit(10).unwrap_or(0) * w).sum();
    let organ_check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from_digit(n, 10).unwrap_or('0'),
    };
    let body = format!("92990121{organ}{organ_check}");
    let mut weight = 1_usize;
    let mut total = 0_usize;
    for c in body.chars() {
        total += ALPHABET.find(c).unwrap_or(0) * weight;
        weight = weight * 3 % 31;
    }
    let check = ALPHABET.chars().nth((31 - total % 31) % 31).unwrap_or('0');
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn people_of_one_birthday_have_different_numbers() {
        let day = Date::from_ymd(1972, 3, 17).unwrap();
        let mut numbers = Numbers::default();
        let mut seen = std::collections::BTreeSet::new();
        for i in 0..1200 {
            let sex = if i % 2 == 0 { Sex::Male } else { Sex::Female };
            let number = numbers.issue("990121", day, sex);
            assert!(number.starts_with("99") && number.len() == 18);
            assert!(seen.insert(number));
        }
    }
}
