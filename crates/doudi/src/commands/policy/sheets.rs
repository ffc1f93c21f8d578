//! Facts sheets from a file or standard input: one JSON object, or one a line. A line that is wrong does not stop the
//! next, and a line without end is not kept.

use std::io::{self, BufRead, BufReader, Read};

use anyhow::{Result, bail};
use doudi_policy::DivisionCode;
use doudi_policy::sheet::{FactSheet, LARGEST_SHEET, SheetProblem};

/// One sheet, and on which line it stands where there is one a line.
pub(super) struct Given {
    pub(super) line: Option<usize>,
    pub(super) sheet: Result<FactSheet, Vec<SheetProblem>>,
}

/// Hands over the sheets of a file (`-` is standard input) one by one, until `each` returns false. A sheet that names no
/// division takes the one given.
pub(super) fn read(
    path: &str,
    division: Option<&DivisionCode>,
    mut each: impl FnMut(Given) -> Result<bool>,
) -> Result<()> {
    let input: Box<dyn Read> = match path {
        "-" => Box::new(io::stdin().lock()),
        path => match std::fs::metadata(path).and_then(|about| Ok((about, std::fs::File::open(path)?))) {
            Ok((about, _)) if about.is_dir() => {
                bail!("{path} 是文件夹，应为 JSON 文件。/ {path} is a folder; name a file with JSON.")
            }
            Ok((_, file)) => Box::new(file),
            Err(error) => bail!("读不了 {path}：{error} / cannot read {path}: {error}"),
        },
    };
    let mut placed = |line, sheet: Result<FactSheet, Vec<SheetProblem>>| {
        let sheet = sheet.map(|mut sheet| {
            if sheet.division.is_none() {
                sheet.division = division.cloned();
            }
            sheet
        });
        each(Given { line, sheet })
    };
    let mut input = input;
    let mut head = Vec::new();
    let most = u64::try_from(LARGEST_SHEET).unwrap_or(u64::MAX);
    input.by_ref().take(most.saturating_add(1)).read_to_end(&mut head)?;
    if head.len() <= LARGEST_SHEET && !is_lines(&head) {
        placed(None, sheet_of(&head))?;
        return Ok(());
    }
    let mut lines = BufReader::new(io::Cursor::new(head).chain(input));
    let mut line = Vec::new();
    for number in 1.. {
        let whole = match next_line(&mut lines, &mut line)? {
            Some(whole) => whole,
            None => break,
        };
        if whole && line.trim_ascii().is_empty() {
            continue;
        }
        let sheet = if whole { sheet_of(&line) } else { Err(vec![SheetProblem::too_large()]) };
        if !placed(Some(number), sheet)? {
            break;
        }
    }
    Ok(())
}

/// Whether some bytes hold one sheet a line, rather than one over several lines.
fn is_lines(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return false;
    };
    second.starts_with(b"{") || serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok()
}

fn sheet_of(bytes: &[u8]) -> Result<FactSheet, Vec<SheetProblem>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => FactSheet::from_json(text),
        Err(error) => Err(vec![SheetProblem::not_utf8(error.valid_up_to() + 1)]),
    }
}

/// Reads the next line; `Some(false)` for one that is longer than a sheet can be, of which nothing is kept.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut whole, mut met) = (true, false);
    loop {
        let ahead = input.fill_buf()?;
        if ahead.is_empty() {
            return Ok(met.then_some(whole));
        }
        met = true;
        let end = ahead.iter().position(|b| *b == b'\n');
        let part = ahead.get(..end.unwrap_or(ahead.len())).unwrap_or_default();
        if whole && line.len() + part.len() <= LARGEST_SHEET {
            line.extend_from_slice(part);
        } else {
            whole = false;
            line.clear();
        }
        let used = end.map_or(ahead.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::{LARGEST_SHEET, is_lines, next_line};

    #[test]
    fn one_sheet_over_several_lines_is_told_from_one_a_line() {
        for (text, lines) in [
            ("{\"id\":\"a\"}", false),
            ("{\"id\":\"a\"}\n\n", false),
            ("{\n  \"id\": \"a\"\n}\n", false),
            ("{\"id\":\"a\"}\n{\"id\":\"b\"}", true),
            ("nonsense\n{\"id\":\"b\"}", true),
            ("{\"id\":\"a\"}\nnonsense", true),
        ] {
            assert_eq!(is_lines(text.as_bytes()), lines, "{text}");
        }
    }

    #[test]
    fn a_line_too_long_is_passed_over_and_the_next_is_read() {
        let text = format!("ab\n{}\ncd", "x".repeat(LARGEST_SHEET + 1));
        let (mut input, mut line) = (text.as_bytes(), Vec::new());
        let mut next = || next_line(&mut input, &mut line).unwrap().map(|whole| (whole, line.clone()));
        assert_eq!(next(), Some((true, b"ab".to_vec())));
        assert_eq!(next(), Some((false, Vec::new())));
        assert_eq!(next(), Some((true, b"cd".to_vec())));
        assert_eq!(next(), None);
    }
}
