//! XLSX through calamine. A cell becomes the text that the person who typed it saw.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use csv::StringRecord;

use super::{Table, looks_like};
use crate::problem::FileProblemKind;

pub(super) fn read(bytes: &[u8]) -> Result<Table, FileProblemKind> {
    if !bytes.starts_with(b"PK\x03\x04") {
        let (looks_zh, looks_en) =
            looks_like(bytes).unwrap_or(("文本（CSV）或损坏的文件", "text (CSV) or a damaged file"));
        return Err(FileProblemKind::Format { declared: "XLSX", looks_zh, looks_en });
    }
    let damaged = |e: &dyn ToString| FileProblemKind::Truncated { detail: e.to_string(), bytes: bytes.len() };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let names = book.sheet_names();
    let mut first = None;
    let mut further = Vec::new();
    for name in &names {
        let range = book.worksheet_range(name).map_err(|e| damaged(&e))?;
        if first.is_none() {
            first = Some(range);
        } else if !range.is_empty() {
            further.push(name.clone());
        }
    }
    if !further.is_empty() {
        return Err(FileProblemKind::Sheets { names: further.join("、") });
    }
    let range = first.ok_or_else(|| damaged(&"no sheet"))?;
    let start = range.start().map_or(0, |(row, _)| row);
    let mut table = Table { header: StringRecord::new(), rows: Vec::new() };
    for (i, row) in range.rows().enumerate() {
        let cells: StringRecord = row.iter().map(text_of).collect();
        if i == 0 {
            table.header = cells;
        } else if cells.iter().any(|c| !c.trim().is_empty()) {
            let line = u32::try_from(i).unwrap_or(u32::MAX).saturating_add(start + 1);
            table.rows.push((line, cells));
        }
    }
    Ok(table)
}

fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => s.clone(),
        Data::Int(n) => n.to_string(),
        Data::Bool(b) => if *b { "是" } else { "否" }.to_owned(),
        Data::Float(f) => number_text(*f),
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
