//! 显示: text of a file on its way to a person. It may hold anything: a command to the terminal, a mark that turns the
//! writing round, an identity number in a column where none belongs.

use std::borrow::Cow;

use doudi_registry::text::{acts, write_out};

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
            c => push_shown(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// A text of one line that says nothing whole about anybody: control characters are written out, and of a number as
/// long as an identity number the first six digits stay.
#[must_use]
pub fn discreet(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut number = Number::default();
    for c in text.chars() {
        if c.is_ascii_digit() || ('０'..='９').contains(&c) {
            number.push(c);
            continue;
        }
        // A mark that is not seen between two digits does not make two numbers of one.
        if acts(c) && number.digits > 0 {
            write_out(&mut number.written, c);
            continue;
        }
        let check_letter = matches!(c, 'X' | 'x' | 'Ｘ') && number.digits + 1 >= LONG_NUMBER;
        number.end(&mut out);
        if !check_letter {
            push_shown(&mut out, c);
        }
    }
    number.end(&mut out);
    out
}

/// Digits that follow one another.
#[derive(Default)]
struct Number {
    digits: usize,
    first: String,
    written: String,
}

impl Number {
    fn push(&mut self, digit: char) {
        self.digits += 1;
        if self.digits <= KEPT_DIGITS {
            self.first.push(digit);
        }
        self.written.push(digit);
    }

    fn end(&mut self, out: &mut String) {
        // With its check letter a number of 15 characters has 14 digits.
        if self.digits + 1 >= LONG_NUMBER {
            out.push_str(&self.first);
            out.push('…');
        } else {
            out.push_str(&self.written);
        }
        *self = Self::default();
    }
}

fn push_shown(out: &mut String, c: char) {
    if acts(c) { write_out(out, c) } else { out.push(c) }
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
        assert_eq!(discreet("4401\u{200b}0619900101\u{202e}1234"), "440106…");
        assert_eq!(discreet("12\u{200b}34"), "12\\u200b34");
        assert_eq!(discreet("1234.50 在 2024-05-31，X"), "1234.50 在 2024-05-31，X");
    }
}
