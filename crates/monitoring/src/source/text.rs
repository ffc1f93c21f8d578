//! CSV in UTF-8 or GB 18030, read strictly.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::GB18030;

use super::{Table, looks_like};
use crate::contract::Encoding;
use crate::problem::FileProblemKind;

/// A cell may hold a few line breaks; more of them are an open quote.
const MOST_LINES_IN_A_CELL: usize = 20;

/// Whether a cell with line breaks holds the commas of a whole row: an open quote has taken rows into it.
fn swallows_rows(cell: &str, header: Option<&StringRecord>) -> bool {
    let breaks = cell.matches('\n').count();
    let commas = header.map_or(usize::MAX, |h| h.len().saturating_sub(1).max(1));
    breaks > MOST_LINES_IN_A_CELL || (breaks > 0 && cell.matches(',').count() >= commas)
}

pub(super) fn read(bytes: &[u8], encoding: Encoding) -> Result<Table, FileProblemKind> {
    if let Some((looks_zh, looks_en)) = looks_like(bytes) {
        return Err(FileProblemKind::Format {
            declared: "CSV".into(),
            looks_zh: looks_zh.into(),
            looks_en: looks_en.into(),
        });
    }
    let text = lines_counted(decode(bytes, encoding)?);
    let ended = text.ends_with('\n');
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut header, mut rows) = (None, Vec::new());
    let mut record = StringRecord::new();
    let mut last = (0, 0);
    // The text is valid UTF-8 and ragged rows are allowed, so the reader cannot fail.
    while reader.read_record(&mut record).unwrap_or(false) {
        let line = record.position().map_or(0, csv::Position::line);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let at = record.position().map_or(0, csv::Position::byte);
        last = (line, usize::try_from(at).unwrap_or(usize::MAX));
        if record.iter().any(|c| swallows_rows(c, header.as_ref())) {
            return Err(FileProblemKind::Quote { line });
        }
        if header.is_none() {
            if record.len() == 1 {
                let cell = record.get(0).unwrap_or_default();
                if let Some(found) = ['\t', ';', '；', '|', '，'].into_iter().find(|c| cell.contains(*c)) {
                    return Err(FileProblemKind::Separator { found });
                }
            }
            header = Some(record.clone());
        } else if record.iter().any(|c| !c.trim().is_empty()) {
            rows.push((line, record.clone()));
        }
    }
    if text.get(last.1..).is_some_and(quote_left_open) {
        return Err(FileProblemKind::CutShort { line: last.0, cells: None });
    }
    if let (false, Some(header), Some((line, row))) = (ended, &header, rows.last()) {
        // Columns without a heading at the end are none.
        let named = header
            .iter()
            .enumerate()
            .filter(|(_, c)| !c.trim().is_empty())
            .last()
            .map_or(0, |(at, _)| at + 1);
        if *line == last.0 && row.len() < named {
            return Err(FileProblemKind::CutShort { line: *line, cells: Some((row.len(), named)) });
        }
    }
    Ok(Table { header: header.unwrap_or_default(), rows })
}

/// Whether a quote that opens in the last row is not closed when the file ends.
fn quote_left_open(row: &str) -> bool {
    let (mut quoted, mut begins) = (false, true);
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
            }
            (true, '"') => quoted = false,
            (true, _) => {}
            (false, '"') if begins => quoted = true,
            (false, _) => {}
        }
        begins = !quoted && matches!(c, ',' | '\n');
    }
    quoted
}

/// Every line ends in a line feed alone: the reader counts those, and takes the one of a carriage return and a
/// line feed for the next line's.
fn lines_counted(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text }
}

/// What bytes look like that are neither of the two encodings.
const OTHER: (&str, &str) = ("其他编码或损坏的文件", "another encoding or a damaged file");

fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, FileProblemKind> {
    let wrong = |at: usize, declared: &'static str, (looks_zh, looks_en): (&'static str, &'static str)| {
        FileProblemKind::Encoding {
            line: line_of(bytes, at),
            declared: declared.into(),
            looks_zh: looks_zh.into(),
            looks_en: looks_en.into(),
        }
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(wrong(0, name_of(encoding), ("UTF-16", "UTF-16")));
    }
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let utf8 = std::str::from_utf8(body);
    match encoding {
        Encoding::Utf8 => match utf8 {
            Ok(text) if text.contains('\0') => Err(zero(bytes, "UTF-8")),
            Ok(text) => Ok(Cow::Borrowed(text)),
            // The bytes end inside a character.
            Err(error) if error.error_len().is_none() => {
                Err(FileProblemKind::CutShort { line: cut_line(bytes), cells: None })
            }
            Err(error) => {
                let gb = GB18030.decode_without_bom_handling_and_without_replacement(body);
                let at = error.valid_up_to();
                let looks = if gb.is_some() { ("GB18030", "GB18030") } else { OTHER };
                Err(wrong(at, "UTF-8", looks))
            }
        },
        Encoding::Gb18030 => {
            // Chinese text in GB 18030 is practically never valid UTF-8 as well, but the reverse happens:
            // UTF-8 read as GB 18030 gives other characters without an error.
            let first = body.iter().position(|b| !b.is_ascii());
            if let (Ok(_), Some(at)) = (utf8, first) {
                return Err(wrong(at, "GB18030", ("UTF-8", "UTF-8")));
            }
            match GB18030.decode_without_bom_handling_and_without_replacement(body) {
                Some(text) if text.contains('\0') => Err(zero(bytes, "GB18030")),
                Some(text) => Ok(text),
                None if ends_inside_a_character(body) => {
                    Err(FileProblemKind::CutShort { line: cut_line(bytes), cells: None })
                }
                None => Err(wrong(first_bad_gb18030(body), "GB18030", OTHER)),
            }
        }
    }
}

fn zero(bytes: &[u8], declared: &'static str) -> FileProblemKind {
    let at = bytes.iter().position(|b| *b == 0).unwrap_or(0);
    FileProblemKind::Encoding {
        line: line_of(bytes, at),
        declared: declared.into(),
        looks_zh: "UTF-16 或二进制文件".into(),
        looks_en: "UTF-16 or a binary file".into(),
    }
}

fn name_of(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::Gb18030 => "GB18030",
    }
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes.iter().take(at).filter(|b| **b == b'\n').count() + 1
}

/// The line that a file ends on.
fn cut_line(bytes: &[u8]) -> u32 {
    u32::try_from(line_of(bytes, bytes.len())).unwrap_or(u32::MAX)
}

/// Whether a text is GB 18030 but for the first bytes of a character at its end.
fn ends_inside_a_character(body: &[u8]) -> bool {
    let without = |cut: usize| body.get(..body.len().checked_sub(cut)?);
    let lead =
        |cut: usize| body.get(body.len().checked_sub(cut)?).is_some_and(|b| !b.is_ascii()).then_some(cut);
    (1..=3)
        .filter_map(lead)
        .filter_map(without)
        .any(|rest| GB18030.decode_without_bom_handling_and_without_replacement(rest).is_some())
}

/// Offset of the first line that is not GB 18030 (a line break is never part of a character).
fn first_bad_gb18030(body: &[u8]) -> usize {
    let mut at = 0;
    for line in body.split_inclusive(|b| *b == b'\n') {
        if GB18030.decode_without_bom_handling_and_without_replacement(line).is_none() {
            return at;
        }
        at += line.len();
    }
    at
}
