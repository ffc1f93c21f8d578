//! 公民身份号码 (GB 11643): read, checked, masked; damaged ones are refused and never repaired.

use std::fmt;
use std::str::FromStr;

use doudi_policy::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::Sex;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// A valid identity number: 18 characters, checksum and date of birth in order.
///
/// `Debug` and `Display` print the masked form, so that a log line or an error cannot leak one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityNumber {
    digits: String,
    upgraded: bool,
}

/// Why a text is not an identity number. The texts never repeat the number in full.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} / {}", self.zh(), self.en())]
pub enum IdentityProblem {
    /// Nothing there.
    Empty,
    /// A spreadsheet has turned the number into a float or rounded its last digits.
    Damaged {
        /// Enough of the text to find the cell again.
        shown: String,
    },
    /// Neither 15 nor 18 characters.
    Length {
        /// Number of characters found.
        found: usize,
    },
    /// Something other than digits and a final X.
    Characters,
    /// The eight digits of the date of birth are no day of the calendar, or one before 1850.
    BirthDate,
    /// The last character does not fit the others.
    BadChecksum,
}

impl IdentityProblem {
    /// Code for counting and for quarantine rows.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "id_empty",
            Self::Damaged { .. } => "id_damaged",
            Self::Length { .. } => "id_length",
            Self::Characters => "id_characters",
            Self::BirthDate => "id_birth_date",
            Self::BadChecksum => "id_checksum",
        }
    }

    /// What is wrong and how to cure it, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "证件号码为空；请补填 18 位身份证号".to_owned(),
            Self::Damaged { shown } => format!(
                "证件号码“{shown}”已被表格软件改成数值，末位数字已丢失，无法还原；请从原系统重新导出，并把该列设为文本格式"
            ),
            Self::Length { found } => {
                format!("证件号码有 {found} 位，应为 18 位（老号 15 位）；请对照证件重新填写")
            }
            Self::Characters => "证件号码只能是数字，末位可为 X；请对照证件重新填写".to_owned(),
            Self::BirthDate => "证件号码中的出生日期不是有效日期；请对照证件重新填写".to_owned(),
            Self::BadChecksum => {
                "证件号码校验位不符，至少有一位写错；请对照证件重新填写，系统不会代为更正".to_owned()
            }
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Empty => "the identity number is empty; give the 18 characters".to_owned(),
            Self::Damaged { shown } => format!(
                "the identity number `{shown}` was turned into a number by a spreadsheet and its last digits are lost for good; export it again from the source with the column as text"
            ),
            Self::Length { found } => format!(
                "the identity number has {found} characters, it needs 18 (15 for an old one); copy it from the card again"
            ),
            Self::Characters => {
                "an identity number holds digits and perhaps a final X; copy it from the card again"
                    .to_owned()
            }
            Self::BirthDate => {
                "the date of birth in the identity number is no day of the calendar; copy it from the card again"
                    .to_owned()
            }
            Self::BadChecksum => {
                "the check character of the identity number does not fit, at least one character is wrong; copy it from the card again, nothing is repaired here"
                    .to_owned()
            }
        }
    }
}

impl IdentityNumber {
    /// Reads an identity number: blanks around it, the apostrophe of a spreadsheet's text cell and
    /// full-width characters are taken off, `x` becomes `X`, a 15-digit number is written as 18.
    ///
    /// # Errors
    /// See [`IdentityProblem`]. A rounded number whose checksum happens to fit cannot be told from a true
    /// one here; the comparison of names catches it.
    pub fn parse(text: &str) -> Result<Self, IdentityProblem> {
        let folded: String =
            text.nfkc().filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')).collect();
        let plain = folded.trim();
        let plain = plain.strip_prefix('\'').unwrap_or(plain).trim();
        if plain.is_empty() {
            return Err(IdentityProblem::Empty);
        }
        if looks_like_a_float(plain) {
            return Err(IdentityProblem::Damaged { shown: shorten(plain) });
        }
        let upper = plain.to_ascii_uppercase();
        let length = upper.chars().count();
        let (body, last) = match upper.as_bytes() {
            bytes if upper.is_ascii() && bytes.len() == 18 => bytes.split_at(17),
            bytes if upper.is_ascii() && bytes.len() == 15 => (bytes, &[][..]),
            _ => return Err(IdentityProblem::Length { found: length }),
        };
        let digits = |s: &[u8]| s.iter().all(u8::is_ascii_digit);
        if !digits(body) || !last.iter().all(|c| c.is_ascii_digit() || *c == b'X') {
            return Err(IdentityProblem::Characters);
        }
        let upgraded = last.is_empty();
        let body = if upgraded {
            let mut longer = Vec::with_capacity(17);
            longer.extend(body.iter().take(6));
            longer.extend(b"19");
            longer.extend(body.iter().skip(6));
            longer
        } else {
            body.to_vec()
        };
        let check = check_character(&body);
        let rounded = upper.ends_with("000") && !upgraded;
        if last.first().is_some_and(|c| *c != check) {
            return Err(if rounded {
                IdentityProblem::Damaged { shown: shorten(plain) }
            } else {
                IdentityProblem::BadChecksum
            });
        }
        let mut number: String = body.iter().map(|b| char::from(*b)).collect();
        number.push(char::from(check));
        let number = Self { digits: number, upgraded };
        match number.read_birth() {
            Some(_) => Ok(number),
            None => Err(IdentityProblem::BirthDate),
        }
    }

    /// A number from its parts: six digits of the place of first registration, the date of birth and a
    /// sequence of three digits (odd for men). The check character is computed.
    ///
    /// # Errors
    /// A place that is not six digits, or a sequence above 999.
    pub fn compose(place: &str, birth: Date, sequence: u16) -> Result<Self, IdentityProblem> {
        let (y, m, d) = birth.ymd();
        let body = format!("{place}{y:04}{m:02}{d:02}{sequence:03}");
        let check = char::from(check_character(body.as_bytes()));
        Self::parse(&format!("{body}{check}"))
    }

    /// All 18 characters. For matching and for storage only; pages and logs show [`Self::masked`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// Whether it came in as an old 15-digit number.
    #[must_use]
    pub fn upgraded(&self) -> bool {
        self.upgraded
    }

    /// Date of birth.
    #[must_use]
    pub fn birth(&self) -> Date {
        self.read_birth().unwrap_or(Date(0))
    }

    /// Sex: an odd sequence is a man's.
    #[must_use]
    pub fn sex(&self) -> Sex {
        match self.digits.as_bytes().get(16) {
            Some(c) if c % 2 == 1 => Sex::Male,
            _ => Sex::Female,
        }
    }

    /// The first four and the last four characters: `9901**********0317`.
    #[must_use]
    pub fn masked(&self) -> String {
        let part = |range| self.digits.get(range).unwrap_or_default();
        format!("{}**********{}", part(0..4), part(14..18))
    }

    /// Whether the number begins with 99, which no real place does.
    #[must_use]
    pub fn is_fictional(&self) -> bool {
        self.digits.starts_with("99")
    }

    fn read_birth(&self) -> Option<Date> {
        let part = |range| self.digits.get(range);
        let year: i16 = part(6..10)?.parse().ok()?;
        (year >= 1850).then_some(())?;
        Date::from_ymd(year, part(10..12)?.parse().ok()?, part(12..14)?.parse().ok()?)
    }
}

fn check_character(body: &[u8]) -> u8 {
    let sum: u32 =
        body.iter().zip(WEIGHTS).map(|(c, w)| u32::from(c.wrapping_sub(b'0')).saturating_mul(w)).sum();
    CHECKS.get((sum % 11) as usize).copied().unwrap_or(b'0')
}

/// `5.2E+17`, `5.20522E17`, `520522199001011000.0`, `520,522,199,001,011,000`: what spreadsheets make of 18 digits.
fn looks_like_a_float(text: &str) -> bool {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-' | 'e' | 'E');
    let marks = |c: char| matches!(c, '.' | ',' | '+' | 'e' | 'E');
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(numeric) && text.chars().any(marks)
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 9 {
        return text.to_owned();
    }
    let head: String = text.chars().take(4).collect();
    let tail: Vec<char> = text.chars().rev().take(4).collect();
    let tail: String = tail.into_iter().rev().collect();
    format!("{head}…{tail}")
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl FromStr for IdentityNumber {
    type Err = IdentityProblem;

    fn from_str(text: &str) -> Result<Self, IdentityProblem> {
        Self::parse(text)
    }
}

impl Serialize for IdentityNumber {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.digits)
    }
}

impl<'de> Deserialize<'de> for IdentityNumber {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <String as Deserialize>::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_samples_of_the_standard_are_valid() {
        for sample in ["11010519491231002X", "440524188001010014"] {
            assert_eq!(IdentityNumber::parse(sample).unwrap().as_str(), sample);
        }
        assert_eq!(check_character(b"52050220150101001"), b'6');
    }

    #[test]
    fn writing_variants_are_read_and_nothing_else_is_changed() {
        let plain = IdentityNumber::parse("11010519491231002X").unwrap();
        for variant in
            [" 11010519491231002x\t", "\u{feff}１１０１０５１９４９１２３１００２Ｘ", "'11010519491231002X"]
        {
            assert_eq!(IdentityNumber::parse(variant).unwrap(), plain);
        }
        assert_eq!(plain.birth().to_string(), "1949-12-31");
        assert_eq!(plain.sex(), Sex::Female);
        assert_eq!(plain.masked(), "1101**********002X");
        assert!(!format!("{plain:?} {plain}").contains("19491231"));
    }

    #[test]
    fn an_old_number_of_fifteen_digits_is_written_as_eighteen() {
        let old = IdentityNumber::parse("110105491231002").unwrap();
        assert!(old.upgraded());
        assert_eq!(old.as_str(), "11010519491231002X");
    }

    #[test]
    fn damaged_numbers_are_refused_with_the_cure() {
        for damaged in [
            "5.2E+17",
            "9.90121198E+17",
            "990121198001011000.0",
            "9.90121E17",
            "110105194912310000",
            "990,121,198,001,011,000",
        ] {
            let problem = IdentityNumber::parse(damaged).unwrap_err();
            assert_eq!(problem.code(), "id_damaged", "{damaged}");
            assert!(problem.zh().contains("文本格式"));
        }
        let code = |text: &str| IdentityNumber::parse(text).unwrap_err().code();
        assert_eq!(code("  "), "id_empty");
        assert_eq!(code("11010519491231002"), "id_length");
        assert_eq!(code("一一零一零五一九四九一二三一零零二X"), "id_length");
        assert_eq!(code("1101051949123100X2"), "id_characters");
        assert_eq!(code("110105194912310021"), "id_checksum");
        assert_eq!(code("110105490231002"), "id_birth_date");
    }

    proptest! {
        #[test]
        fn one_wrong_digit_never_passes(days in -40_000i32..20_000, seq in 0u16..1000, at in 0usize..17, add in 1u8..10) {
            let number = IdentityNumber::compose("990121", Date(days), seq).unwrap();
            prop_assert_eq!(number.birth(), Date(days));
            let mut wrong = number.as_str().as_bytes().to_vec();
            let digit = wrong.get_mut(at).unwrap();
            *digit = b'0' + (*digit - b'0' + add) % 10;
            prop_assert!(IdentityNumber::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = IdentityNumber::parse(&text);
        }
    }
}
