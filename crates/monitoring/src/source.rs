//! 读文件: bytes in the declared format and encoding to rows of text. What does not fit the declaration
//! is an error that says what the file looks like instead; nothing is guessed.

mod archive;
mod file;
mod frame;
pub mod guard;
mod text;
mod trap;
mod workbook;

use csv::StringRecord;

pub use file::{LARGEST_FILE, read_file};
pub use trap::{Stop, Trap};

use crate::contract::{Encoding, Format};
use crate::problem::{FileProblem, FileProblemKind};

/// A file as rows of text; lines count from 1, the header is line 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// First row.
    pub header: StringRecord,
    /// The rows below it that are not wholly blank, each with its line.
    pub rows: Vec<(u32, StringRecord)>,
}

/// Reads a file: in a process of its own where the program has said how ([`guard::install`]), else here.
///
/// # Errors
/// Every way in which a file can fail to be what was declared, with the line and the cure.
pub fn read_table(
    name: &str,
    bytes: &[u8],
    format: Format,
    encoding: Encoding,
) -> Result<Table, FileProblem> {
    match guard::installed() {
        Some(guard) => guard.read_table(name, bytes, format, encoding),
        None => read_here(bytes, format, encoding).map_err(|kind| FileProblem::new(name, kind)),
    }
}

/// Reads a file in this process.
fn read_here(bytes: &[u8], format: Format, encoding: Encoding) -> Result<Table, FileProblemKind> {
    if bytes.is_empty() {
        return Err(FileProblemKind::Empty { header: false });
    }
    let mut table = match format {
        Format::Csv => text::read(bytes, encoding)?,
        Format::Xlsx => workbook::read(bytes)?,
    };
    drop_blank_tail(&mut table);
    if table.header.iter().all(|cell| cell.trim().is_empty()) && table.rows.is_empty() {
        return Err(FileProblemKind::Empty { header: false });
    }
    Ok(table)
}

/// Columns at the end that have neither a heading nor anything below it hold nothing; spreadsheets leave them.
fn drop_blank_tail(table: &mut Table) {
    let blank = |cell: &str| cell.trim().is_empty();
    let named = table
        .header
        .iter()
        .enumerate()
        .filter(|(_, cell)| !blank(cell))
        .last()
        .map_or(0, |(last, _)| last + 1);
    let whole = table.header.len();
    if named == whole || table.rows.iter().any(|(_, row)| row.iter().skip(named).any(|cell| !blank(cell))) {
        return;
    }
    table.header.truncate(named);
    for (_, row) in &mut table.rows {
        if row.len() == whole {
            row.truncate(named);
        }
    }
}

/// What a file looks like by its first bytes: `None` for text.
fn looks_like(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    let head: Vec<u8> = bytes.iter().take(256).map(u8::to_ascii_lowercase).collect();
    let has = |mark: &[u8]| head.windows(mark.len()).any(|w| w == mark);
    if begins(b"PK\x03\x04") {
        Some(("XLSX 工作簿（或压缩包）", "an XLSX workbook (or a zip archive)"))
    } else if begins(b"\xd0\xcf\x11\xe0") {
        Some(("旧版 XLS 工作簿或加密的工作簿", "an old XLS workbook or an encrypted one"))
    } else if begins(b"%PDF") {
        Some(("PDF", "a PDF"))
    } else if begins(b"Rar!") || begins(b"7z\xbc\xaf") || begins(b"\x1f\x8b") {
        Some(("压缩包", "an archive"))
    } else if has(b"<html") || has(b"<table") || has(b"<!doctype") {
        Some(("网页（HTML）", "a web page (HTML)"))
    } else {
        None
    }
}
