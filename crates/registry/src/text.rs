//! 文字: names and texts that people and files bring in. A character that acts instead of showing something (turns the
//! writing round, is not seen, piles up) can make one text look like another, or hide one in another. Here stands, for
//! the whole program, which are refused and how a text is shown that holds one. Nothing is ever changed silently.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextUse {
    /// One line that names somebody or something.
    Name,
    /// Words of a person, of several lines perhaps.
    Note,
}

/// What is wrong with a character of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// A control character.
    Control,
    /// A mark that turns the direction of writing.
    Direction,
    /// A character that takes no room: zero-width, byte-order mark, tag, soft hyphen.
    Invisible,
    /// More marks on one letter than any script has.
    Marks,
    /// A code that stands for no character.
    Unassigned,
}

/// Where a text cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextProblem {
    /// What is wrong.
    pub fault: TextFault,
    /// Which character, counted from 1.
    pub at: usize,
    /// The character.
    pub character: char,
}

/// Marks on one letter; Tibetan piles up to five.
const MOST_MARKS: usize = 6;

impl TextProblem {
    fn code(&self) -> String {
        format!("U+{:04X}", u32::from(self.character))
    }

    /// What is wrong and what to do, in Chinese, without repeating the text.
    #[must_use]
    pub fn zh(&self) -> String {
        let what = match self.fault {
            TextFault::Control => "是控制字符",
            TextFault::Direction => "会改变文字的方向",
            TextFault::Invisible => "看不见",
            TextFault::Marks => "处叠加的符号太多",
            TextFault::Unassigned => "不是规定的字符",
        };
        format!("第 {} 个字符（{}）{what}，容易被认错；请删去它，或重新键入这段文字", self.at, self.code())
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        let what = match self.fault {
            TextFault::Control => "is a control character",
            TextFault::Direction => "turns the direction of writing",
            TextFault::Invisible => "cannot be seen",
            TextFault::Marks => "carries too many marks",
            TextFault::Unassigned => "is no assigned character",
        };
        format!(
            "character {} ({}) {what} and can mislead; delete it, or type the text again",
            self.at,
            self.code()
        )
    }
}

/// Whether a text may be taken as it is.
///
/// Characters for private use and ideographs that are newer than our tables are taken: rare family names are written
/// with them, and a person must not fall out of a register for it.
///
/// # Errors
/// The first character that may not stand there.
pub fn check(text: &str, usage: TextUse) -> Result<(), TextProblem> {
    let mut marks = 0;
    for (index, character) in text.chars().enumerate() {
        let problem = |fault| Err(TextProblem { fault, at: index + 1, character });
        if character.is_ascii() && !character.is_ascii_control() {
            marks = 0;
            continue;
        }
        if let Some(fault) = fault_of(character, usage) {
            return problem(fault);
        }
        marks = if is_combining_mark(character) { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            return problem(TextFault::Marks);
        }
    }
    Ok(())
}

fn fault_of(c: char, usage: TextUse) -> Option<TextFault> {
    let note = usage == TextUse::Note;
    match c {
        '\n' | '\r' | '\t' if note => None,
        c if c.is_control() => Some(TextFault::Control),
        // Breaks of line and paragraph act like control characters.
        '\u{2028}' | '\u{2029}' => Some(TextFault::Control),
        // Weak marks that writing from right to left needs beside numbers; they turn nothing round.
        '\u{200e}' | '\u{200f}' | '\u{061c}' if note => None,
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(TextFault::Direction)
        }
        // Joiners shape letters of some scripts and signs.
        '\u{200c}' | '\u{200d}' if note => None,
        // Variants of Mongolian letters, of signs and of ideographs belong to how a name is written.
        '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => None,
        // Fillers look like a blank and are letters to a computer.
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' => Some(TextFault::Invisible),
        c if c.general_category() == GeneralCategory::Format => Some(TextFault::Invisible),
        c if c.general_category() == GeneralCategory::Unassigned && !is_ideographic(c) => {
            Some(TextFault::Unassigned)
        }
        _ => None,
    }
}

/// The planes that are set apart for ideographs, but for their last two places.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{20000}'..='\u{2fffd}' | '\u{30000}'..='\u{3fffd}')
}

/// Whether a character does something, or nothing that can be seen, where it should show something.
#[must_use]
pub fn acts(c: char) -> bool {
    !c.is_ascii_graphic() && c != ' ' && fault_of(c, TextUse::Name).is_some()
}

/// A text of one line as evidence: every character that acts is written out, such as `\u202e`.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if acts(c) { write_out(&mut out, c) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// A character as its code, such as `\u202e`; beyond four digits as JSON writes it, in two halves.
pub fn write_out(out: &mut String, c: char) {
    for half in c.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{half:04x}"));
    }
}

/// A cell of a CSV file that leaves, as no spreadsheet program takes it for a formula: one that begins like a formula,
/// after any blanks, has `'` in front. A number below zero stays a number.
#[must_use]
pub fn safe_cell(text: &str) -> Cow<'_, str> {
    let first = text.trim_start_matches(|c: char| c.is_whitespace() || acts(c)).chars().next();
    let begins = text.starts_with(['\t', '\r', '\n', '\0']);
    let formula =
        first.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\u{2212}'));
    if (begins || formula) && !is_negative_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// `-12` or `-12.5`: digits and one point between them.
fn is_negative_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else {
        return false;
    };
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match digits.split_once('.') {
        Some((whole, part)) => all(whole) && all(part),
        None => all(digits),
    }
}

/// Characters of a file's name that are kept.
const LONGEST_FILE_NAME: usize = 120;

/// The name of a file as somebody else gave it, fit to be recorded and shown: without folders, characters that act are
/// written out, what systems treat specially is replaced, and it has a bounded length. It is for people to know a file
/// by; no file is ever opened or made under it.
#[must_use]
pub fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = shown(last);
    let plain: String = shown
        .chars()
        .map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .take(LONGEST_FILE_NAME)
        .collect();
    let plain = plain.trim().trim_end_matches('.').trim_end();
    let stem = plain.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|rest| rest.len() == 1 && rest != "0" && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT");
    match plain {
        "" => "(无名 unnamed)".to_owned(),
        plain if device => format!("_{plain}"),
        plain => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str, usage: TextUse) -> Option<TextFault> {
        check(text, usage).err().map(|p| p.fault)
    }

    #[test]
    fn names_of_people_are_taken_however_rare() {
        let names = [
            "石望山",
            "阿依·古丽",
            "买买提·吐尔逊",
            "བཀྲ་ཤིས་རྒྱལ་མཚན",
            "ᠪᠠᠲᠤ\u{180b}",
            "ئايگۈل",
            "O'Neil",
            "〇",
            "𠮷野",
            "㛃",
            "葛\u{e0100}城",
            // Private use, and a place of the third plane that may be given to an ideograph later.
            "张\u{e1a5}",
            "李\u{3347b}",
        ];
        for name in names {
            assert_eq!(check(name, TextUse::Name), Ok(()), "{name}");
            assert_eq!(shown(name), name);
        }
        assert_eq!(check("第一行\n第二行\t👨\u{200d}👩\u{200d}👧", TextUse::Note), Ok(()));
    }

    #[test]
    fn what_acts_is_refused_and_named_by_its_code() {
        for (text, wanted) in [
            ("石\u{202e}望山", TextFault::Direction),
            ("石\u{2066}望山", TextFault::Direction),
            ("石\u{200b}望山", TextFault::Invisible),
            ("\u{feff}石望山", TextFault::Invisible),
            ("石\u{2060}望山", TextFault::Invisible),
            ("石\u{ad}望山", TextFault::Invisible),
            ("石\u{e0041}望山", TextFault::Invisible),
            ("石\u{3164}望山", TextFault::Invisible),
            ("石\u{0}望山", TextFault::Control),
            ("石\u{1b}[2J", TextFault::Control),
            ("石\u{9b}", TextFault::Control),
            ("石\u{2028}山", TextFault::Control),
            ("石\u{fdd0}", TextFault::Unassigned),
            ("石\u{ffff}", TextFault::Unassigned),
            ("石\u{2fffe}", TextFault::Unassigned),
            ("石\u{378}", TextFault::Unassigned),
        ] {
            assert_eq!(fault(text, TextUse::Name), Some(wanted), "{text:?}");
            assert_eq!(fault(text, TextUse::Note), Some(wanted), "{text:?}");
            assert!(!shown(text).contains(acts), "{text:?}");
        }
        let problem = check("石\u{202e}望山", TextUse::Name).unwrap_err();
        assert!(problem.zh().contains("第 2 个字符（U+202E）会改变文字的方向"), "{}", problem.zh());
        assert!(problem.en().contains("character 2 (U+202E) turns the direction"), "{}", problem.en());
    }

    #[test]
    fn a_flood_of_marks_is_refused_and_the_marks_of_a_script_are_not() {
        assert_eq!(fault(&format!("e{}", "\u{301}".repeat(7)), TextUse::Note), Some(TextFault::Marks));
        assert_eq!(fault(&format!("e{}", "\u{301}".repeat(6)), TextUse::Note), None);
        assert_eq!(fault(&"e\u{301}".repeat(50), TextUse::Note), None);
        assert_eq!(fault("བསྒྲུབས", TextUse::Name), None);
    }

    #[test]
    fn what_is_shown_tells_the_code_and_json_reads_it_back() {
        assert_eq!(shown("甲\u{202e}乙"), "甲\\u202e乙");
        let tag = shown("甲\u{e0041}").into_owned();
        assert_eq!(tag, "甲\\udb40\\udc41");
    }

    #[test]
    fn no_cell_is_a_formula_and_a_number_stays_one() {
        for text in [
            "=1+1",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "\u{feff}=1",
            "\u{200b}@x",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "-",
            "-1.",
            "-.5",
            "-1e5",
            "-1,000",
            "\u{2212}1",
            "\0=1",
            "\u{a0}=1",
            "　=1",
            "-2+3+cmd|' /C calc'!A0",
        ] {
            let cell = safe_cell(text);
            assert!(cell.starts_with('\'') && &cell[1..] == text, "{text:?}");
        }
        for text in
            ["-12", "-12.50", "12", "1-2", "石望山", "", "6222 0000", "a=b", "O'Neil", "440106199001011234"]
        {
            assert_eq!(safe_cell(text), text);
        }
    }

    #[test]
    fn a_file_name_of_somebody_else_names_no_place() {
        for (given, wanted) in [
            ("回执.csv", "回执.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system32\\a.csv", "a.csv"),
            ("/etc/shadow", "shadow"),
            ("..", "(无名 unnamed)"),
            ("a/..", "(无名 unnamed)"),
            ("", "(无名 unnamed)"),
            ("NUL", "_NUL"),
            ("con.csv", "_con.csv"),
            ("COM1.csv", "_COM1.csv"),
            ("lpt9", "_lpt9"),
            ("common.csv", "common.csv"),
            ("a\u{0}.csv", "a\\u0000.csv"),
            ("a\u{202e}vsc.exe", "a\\u202evsc.exe"),
            ("a:b|c?.csv", "a_b_c_.csv"),
        ] {
            let name = file_name(given);
            // A written-out character has a stroke, which separates nothing where it was not given.
            assert_eq!(name, wanted, "{given:?}");
        }
        assert_eq!(file_name(&"长".repeat(10_000)).chars().count(), LONGEST_FILE_NAME);
    }
}
