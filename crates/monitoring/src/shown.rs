//! 显示: text of a file on its way to a person. It may hold anything: a command to the terminal, a mark that turns the
//! writing round, an identity number in a column where none belongs.

use std::borrow::Cow;

/// Digits in a row that may be an identity number (15 or 18), a disability card or an account.
const LONG_NUMBER: usize = 15;
/// Digits that stay of such a number: the county.
const KEPT_DIGITS: usize = 6;

/// A text that may have several lines, with every other control character and every mark of direction written out as
/// `\u001b`, which JSON reads as the same character.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| acts(c) && c != '\n' && c != '\t') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if chars.peek() == Some(&'\n') => out.push(c),
            c => write_out(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// A text of one line that says nothing whole about anybody: control characters are written out, and of a number as
/// long as an identity number the first six digits stay.
#[must_use]
pub fn discreet(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars() {
        let digit = c.is_ascii_digit() || ('０'..='９').contains(&c);
        if digit {
            digits.push(c);
            continue;
        }
        let check_letter = matches!(c, 'X' | 'x' | 'Ｘ') && digits.chars().count() + 1 >= LONG_NUMBER;
        end_number(&mut out, &mut digits);
        if !check_letter {
            write_out(&mut out, c);
        }
    }
    end_number(&mut out, &mut digits);
    out
}

fn end_number(out: &mut String, digits: &mut String) {
    // With its check letter a number of 15 characters has 14 digits.
    if digits.chars().count() + 1 >= LONG_NUMBER {
        out.extend(digits.chars().take(KEPT_DIGITS));
        out.push('…');
    } else {
        out.push_str(digits);
    }
    digits.clear();
}

fn write_out(out: &mut String, c: char) {
    if acts(c) {
        out.push_str(&format!("\\u{:04x}", u32::from(c)));
    } else {
        out.push(c);
    }
}

/// Whether a character does something instead of showing something.
fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        assert_eq!(visible("一\n二\t三\r\n"), "一\n二\t三\r\n");
        assert_eq!(visible("\u{1b}[2J\u{9b}1m\r\u{202e}改"), "\\u001b[2J\\u009b1m\\u000d\\u202e改");
        assert_eq!(discreet("一\n\u{7}"), "一\\u000a\\u0007");
    }

    #[test]
    fn no_identity_number_is_shown_whole() {
        for number in ["440106199001011234", "44010619900101123X", "440106900101123", "440106199001011234123"]
        {
            assert_eq!(discreet(&format!("“{number}”不是数")), "“440106…”不是数", "{number}");
        }
        assert_eq!(discreet("４４０１０６１９９００１０１１２３４"), "４４０１０６…");
        assert_eq!(discreet("1234.50 在 2024-05-31，X"), "1234.50 在 2024-05-31，X");
    }
}
