//! How the program speaks to the person at the terminal. Everything that it writes goes through here, so that a reader
//! who has seen enough (`| head -1`) ends it quietly, and that no text of a file commands the terminal.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _, stderr, stdout};

use doudi_monitoring::shown::visible;

/// Nobody reads what is written any more: no failure, and nothing to tell.
#[derive(Debug, thiserror::Error)]
#[error("the reader has gone")]
pub(crate) struct Gone;

/// Writes a line for the reader.
///
/// # Errors
/// [`Gone`], or what else keeps it from being written.
pub(crate) fn line(text: Arguments<'_>) -> anyhow::Result<()> {
    match writeln!(stdout(), "{}", visible(&text.to_string())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Gone.into()),
        Err(error) => Err(error.into()),
    }
}

/// Writes a line beside the result. Where nobody hears it there is nobody to be told so.
pub(crate) fn beside(text: Arguments<'_>) {
    let _ = writeln!(stderr(), "{}", visible(&text.to_string()));
}

/// Like `println!`, with [`line`]'s errors.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::line(format_args!($($text)*)) };
}
/// Like `eprintln!`, and never a panic.
macro_rules! aside {
    ($($text:tt)*) => { $crate::say::beside(format_args!($($text)*)) };
}
pub(crate) use {aside, say};

/// An error with its causes, one a line.
pub(crate) fn problem(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str("\n  ");
        text.push_str(&cause.to_string());
    }
    text
}

/// 1,234,567
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A part in whole per cent, halves up.
pub(crate) fn percent(part: usize, whole: usize) -> usize {
    (part * 200 + whole).checked_div(whole * 2).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_are_rounded_and_not_cut() {
        let of = [(1, 3), (2, 3), (1, 200), (0, 7), (7, 7), (0, 0)].map(|(part, whole)| percent(part, whole));
        assert_eq!(of, [33, 67, 1, 0, 100, 0]);
    }
}
