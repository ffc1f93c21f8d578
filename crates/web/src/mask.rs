//! 号码遮盖: what people write down may hold a number of somebody. On a page such a number keeps its ends only; what is
//! stored stays as it was written.

use std::borrow::Cow;

/// Fewest digits of an account or identity number that stands in one piece; the code of a village has twelve.
const LONG: usize = 13;
/// Fewest digits of a number that is written in groups with hyphens.
const GROUPED: usize = 15;

/// Written text with the identity numbers, accounts and telephones in it masked.
///
/// It goes by the shape of a number: thirteen digits or more, in one piece or in groups; a mobile number; a telephone
/// with its area code. A telephone without one cannot be told from a sum of money and stays.
#[must_use]
pub fn written(text: &str) -> Cow<'_, str> {
    masked(text, true)
}

/// A letter to a family: the office's telephone stays whole in it.
#[must_use]
pub fn letter(text: &str) -> Cow<'_, str> {
    masked(text, false)
}

fn masked(text: &str, telephones: bool) -> Cow<'_, str> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let rest = chars.get(at..).unwrap_or_default();
        match Run::at_start(rest).and_then(|run| run.masked(telephones).map(|text| (run.length, text))) {
            Some((length, text)) => {
                out.push_str(&text);
                changed = true;
                at += length;
            }
            // What is no number as a whole may still begin with one: go on behind its first group.
            None => match rest.iter().take_while(|c| digit(**c).is_some()).count() {
                0 => {
                    out.push(*c);
                    at += 1;
                }
                group => {
                    out.extend(rest.iter().take(group));
                    at += group;
                }
            },
        }
    }
    if changed { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// An ASCII or full-width digit, as ASCII.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')),
        _ => None,
    }
}

/// How digits are parted: with nothing, spaces or hyphens, never a mixture, so that a date beside a number is not part
/// of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parted {
    Not,
    Spaces,
    Hyphens,
}

fn parting(c: char) -> Option<Parted> {
    match c {
        ' ' | '\u{a0}' | '\u{3000}' => Some(Parted::Spaces),
        '-' | '－' | '–' | '‐' => Some(Parted::Hyphens),
        _ => None,
    }
}

/// Digits that belong together.
struct Run {
    digits: String,
    groups: Vec<usize>,
    parted: Parted,
    /// Characters of the text.
    length: usize,
}

impl Run {
    /// The longest run at the start; `None` where no digit stands. What it cannot be as a whole is tried as its first
    /// group.
    fn at_start(chars: &[char]) -> Option<Self> {
        let mut run = Self { digits: String::new(), groups: Vec::new(), parted: Parted::Not, length: 0 };
        let mut group = 0;
        let mut at = 0;
        while let Some(c) = chars.get(at) {
            if let Some(d) = digit(*c) {
                run.digits.push(d);
                group += 1;
                at += 1;
                run.length = at;
                continue;
            }
            let next_is_digit = chars.get(at + 1).is_some_and(|c| digit(*c).is_some());
            let Some(how) = parting(*c).filter(|_| group > 0 && next_is_digit) else { break };
            if run.parted != Parted::Not && run.parted != how {
                break;
            }
            run.parted = how;
            run.groups.push(group);
            group = 0;
            at += 1;
        }
        if run.digits.is_empty() {
            return None;
        }
        run.groups.push(group);
        if run.digits.len() == 17
            && chars.get(run.length).is_some_and(|c| matches!(c, 'X' | 'x' | 'Ｘ' | 'ｘ'))
        {
            run.digits.push('X');
            run.length += 1;
        }
        if run.parted != Parted::Not && run.kind().is_none() {
            return Self::at_start(chars.get(..run.groups.first().copied()?)?);
        }
        Some(run)
    }

    fn kind(&self) -> Option<Kind> {
        let n = self.digits.len();
        let long = match self.parted {
            Parted::Not | Parted::Spaces => n >= LONG,
            // 户号 is the code of a village, a hyphen and a number: no piece of an account is as long.
            Parted::Hyphens => n >= GROUPED && self.groups.iter().all(|g| *g <= 8),
        };
        let mobile = n == 11 && self.digits.starts_with('1') && !self.digits.starts_with(['0', '2']);
        let mobile = mobile && self.digits.chars().nth(1).is_some_and(|c| ('3'..='9').contains(&c));
        let line = (10..=12).contains(&n) && self.digits.starts_with('0') && self.groups.len() <= 2;
        match (long, mobile || line) {
            (true, _) => Some(Kind::Long),
            (false, true) => Some(Kind::Telephone),
            (false, false) => None,
        }
    }

    fn masked(&self, telephones: bool) -> Option<String> {
        let head = match self.kind()? {
            Kind::Long => 4,
            Kind::Telephone if telephones => 3,
            Kind::Telephone => return None,
        };
        let n = self.digits.len();
        let part = |range: std::ops::Range<usize>| self.digits.get(range).unwrap_or_default();
        let hidden = "*".repeat(n.saturating_sub(head + 4));
        Some(format!("{}{hidden}{}", part(0..head), part(n.saturating_sub(4)..n)))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Long,
    Telephone,
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{letter, written};

    #[test]
    fn numbers_of_people_are_masked_in_every_form() {
        let cases = [
            ("身份证990121197203170317，", "身份证9901**********0317，"),
            ("99012119720317031x", "9901**********031X"),
            ("９９０１２１１９７２０３１７０３１７", "9901**********0317"),
            ("990121-19720317-0317", "9901**********0317"),
            ("990121 19720317 0317", "9901**********0317"),
            ("卡号 6222 0212 3456 7890 123 开户", "卡号 6222***********0123 开户"),
            ("6222-0212-3456-7890", "6222********7890"),
            ("990121720317031", "9901*******7031"),
            ("2024-06-17 13912345678 打不通", "2024-06-17 139****5678 打不通"),
            ("139-1234-5678/139 1234 5678", "139****5678/139****5678"),
            ("+8613912345678", "+8613*****5678"),
            ("0571-88881234", "057*****1234"),
        ];
        for (text, shown) in cases {
            assert_eq!(written(text), shown, "{text}");
            assert_eq!(written(&written(text)), shown, "twice is once");
        }
    }

    #[test]
    fn what_is_no_number_of_a_person_stays() {
        for text in [
            "",
            "12 个月自付医疗费 31480.00 元",
            "户号 990121103001-0482",
            "2024-06-17 至 2024-07-01，3 人，1,234,567.89 元",
            "热线 12349",
            "名册 MC-00012，AJ-000345",
            "区划 990121103001",
        ] {
            assert_eq!(written(text), text);
            assert!(matches!(written(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn a_letter_keeps_the_telephone_of_the_office() {
        assert_eq!(letter("请打 0571-88881234 或 13912345678"), "请打 0571-88881234 或 13912345678");
        assert_eq!(letter("账号 6222021234567890123"), "账号 6222***********0123");
    }
}
