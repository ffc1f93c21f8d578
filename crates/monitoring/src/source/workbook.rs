//! XLSX through calamine. A cell becomes the text that the person who typed it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, DataRef, Reader as _, SheetVisible, Xlsx, XlsxError};
use csv::StringRecord;

use super::{Table, archive, looks_like};
use crate::problem::{FileProblemKind, Trap};

/// Cells of a row that are kept; no contract has as many columns.
const MOST_COLUMNS: usize = 200;
/// Serial number of the first day after a spreadsheet's calendar, 10000-01-01.
const FIRST_DAY_OF_10000: f64 = 2_958_466.0;
/// Cells of a workbook; a million rows of twenty columns.
const MOST_CELLS: usize = 20_000_000;
/// Bytes of text in all its cells: a text that stands once in the file may be called for by every cell.
const MOST_TEXT: usize = 512 << 20;

pub(super) fn read(bytes: &[u8]) -> Result<Table, FileProblemKind> {
    if !bytes.starts_with(b"PK\x03\x04") {
        let (looks_zh, looks_en) =
            looks_like(bytes).unwrap_or(("文本（CSV）或损坏的文件", "text (CSV) or a damaged file"));
        return Err(FileProblemKind::Format {
            declared: "XLSX".into(),
            looks_zh: looks_zh.into(),
            looks_en: looks_en.into(),
        });
    }
    archive::check(bytes)?;
    // What a library says may repeat what stands in the file.
    let damaged = |e: &dyn ToString| FileProblemKind::Truncated {
        detail: e.to_string().chars().take(MOST_DETAIL).collect(),
        bytes: bytes.len(),
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let sheets = book.sheets_metadata().to_vec();
    let mut first = None;
    let mut further = Vec::new();
    for sheet in &sheets {
        let cells = cells_of(&mut book, &sheet.name).map_err(|e| damaged(&e))?;
        let cells = cells.ok_or(FileProblemKind::Trap(Trap::Cells { most: MOST_CELLS }))?;
        let bare = bare_formulas(&mut book, &sheet.name).map_err(|e| damaged(&e))?;
        if let Some((row, column)) = bare.first() {
            let first = format!("{}{}", letters(*column), row.saturating_add(1));
            return Err(FileProblemKind::Formula { cells: bare.len(), first });
        }
        if first.is_none() {
            first = Some(cells);
        } else if !cells.is_empty() {
            let hidden = if sheet.visible == SheetVisible::Visible { "" } else { "（隐藏 / hidden）" };
            further.push(format!("{}{hidden}", sheet.name));
        }
    }
    if !further.is_empty() {
        return Err(FileProblemKind::Sheets { names: further.join("、") });
    }
    Ok(table_of(&first.ok_or_else(|| damaged(&"no sheet"))?))
}

/// Characters of a library's message.
const MOST_DETAIL: usize = 80;

type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

/// The cells of a sheet that are not blank, by row and column; `None` where they are too many. A sheet may claim a cell
/// in its last corner, so nothing is laid out in full.
fn cells_of(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Option<Cells>, XlsxError> {
    let mut rows = Cells::new();
    let (mut cells, mut length) = (0_usize, 0_usize);
    let mut reader = book.worksheet_cells_reader(name)?;
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        let text = text_of(&Data::from(cell.get_value().clone()));
        cells += 1;
        length = length.saturating_add(text.len());
        if cells > MOST_CELLS || length > MOST_TEXT {
            return Ok(None);
        }
        if !text.trim().is_empty() {
            rows.entry(row).or_default().insert(column, text);
        }
    }
    Ok(Some(rows))
}

/// Formulas whose result is not stored: programs that only write files leave it out, and the cell looks blank.
fn bare_formulas(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<(u32, u32)>, XlsxError> {
    let mut formulas = BTreeSet::new();
    let mut reader = book.worksheet_cells_reader(name)?;
    while let Some(cell) = reader.next_formula()? {
        if !cell.get_value().is_empty() {
            formulas.insert(cell.get_position());
        }
    }
    drop(reader);
    if formulas.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = book.worksheet_cells_reader(name)?;
    while let Some(cell) = reader.next_cell()? {
        if !matches!(cell.get_value(), DataRef::Empty) {
            formulas.remove(&cell.get_position());
        }
    }
    Ok(formulas.into_iter().collect())
}

/// A column as spreadsheets call it: A, Z, AA.
fn letters(column: u32) -> String {
    let mut name = String::new();
    let mut rest = column.saturating_add(1);
    while rest > 0 {
        rest -= 1;
        let letter = u8::try_from(rest % 26).map_or('A', |n| char::from(b'A' + n));
        name.insert(0, letter);
        rest /= 26;
    }
    name
}

/// The first row that holds anything is the header; a row ends where the header does, unless it holds more.
fn table_of(cells: &Cells) -> Table {
    let start = cells.values().filter_map(|row| row.keys().next()).min().copied().unwrap_or(0);
    let mut table = Table { header: StringRecord::new(), rows: Vec::new() };
    for (i, (row, cells)) in cells.iter().enumerate() {
        let last = cells.keys().next_back().map_or(0, |last| last.saturating_sub(start) as usize + 1);
        let width = if i == 0 { last } else { last.max(table.header.len()) };
        let cell = |n: usize| {
            let column = u32::try_from(n).ok().map(|n| start.saturating_add(n));
            column.and_then(|column| cells.get(&column)).map_or("", String::as_str)
        };
        // Of a row that is too wide the last cell is kept as well: nothing that is there may look blank.
        let mut record: StringRecord = (0..width.min(MOST_COLUMNS - 1)).map(cell).collect();
        if width >= MOST_COLUMNS {
            record.push_field(cell(width - 1));
        }
        if i == 0 {
            table.header = record;
        } else {
            table.rows.push((row.saturating_add(1), record));
        }
    }
    table
}

fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => s.clone(),
        Data::Int(n) => n.to_string(),
        Data::Bool(b) => if *b { "是" } else { "否" }.to_owned(),
        Data::Float(f) => number_text(*f),
        // Outside its calendar a spreadsheet shows no date; a blank that was formatted as a date is 0.
        Data::DateTime(d) if !(1.0..FIRST_DAY_OF_10000).contains(&d.as_f64()) => number_text(d.as_f64()),
        Data::DateTime(d) => match d.to_ymd_hms_milli() {
            (y, m, d, 0, 0, 0, 0) => format!("{y:04}-{m:02}-{d:02}"),
            (y, m, d, h, min, s, _) => format!("{y:04}-{m:02}-{d:02} {h:02}:{min:02}:{s:02}"),
        },
        other => other.to_string(),
    }
}

/// A number as a spreadsheet shows it, 15 significant digits; one that needs more was an identity number
/// or account once, and is written with an exponent so that the checks see the damage.
fn number_text(f: f64) -> String {
    if f.abs() >= 1e15 {
        return format!("{f:E}");
    }
    let shown = format!("{f:.14e}").parse::<f64>().unwrap_or(f);
    format!("{shown}")
}
