//! 参数表文件: rows written as CSV.

use std::ops::Range;

use super::{Local, RowText, add, keys_of, target};
use crate::book::load::Build;
use crate::book::reader::{Reader, Text};
use crate::diag::Fault;

/// Rows written as CSV: `division,<keys…>,from,to,enacted,value,source`.
pub(in crate::book) fn csv_rows(
    build: &mut Build,
    reader: &mut Reader<'_>,
    id: &str,
    local: Option<Local<'_>>,
) {
    let first_line = 0..reader.text.lines().next().map_or(0, str::len);
    let name = Text { text: id.to_owned(), place: first_line.clone() };
    let Some(at) = target(build, reader, &name, local) else {
        return;
    };
    let keys = keys_of(build, at);
    let text = reader.text;
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = match csv.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            reader.fault(first_line, csv_fault(&error));
            return;
        }
    };
    if !header_fits(reader, &header, &keys, first_line) {
        return;
    }
    let mut record = csv::StringRecord::new();
    loop {
        match csv.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let at = error.position().map_or(0, |p| p.byte());
                let at = usize::try_from(at).unwrap_or(0);
                reader.fault(at..at, csv_fault(&error));
                return;
            }
        }
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(0);
        let rest = text.get(start..).unwrap_or_default();
        let start = start + (rest.len() - rest.trim_start().len());
        let line = text.get(start..).and_then(|r| r.lines().next());
        let place = start..start + line.map_or(0, str::len);
        let cell = |column: &str| {
            let at = header.iter().position(|h| h == column)?;
            let text = record.get(at).filter(|text| !text.is_empty())?;
            Some(Text { text: text.to_owned(), place: place.clone() })
        };
        let mut need = |column: &str| {
            let found = cell(column);
            if found.is_none() {
                reader.missing(place.clone(), column);
            }
            found
        };
        let required = (need("from"), need("value"), need("source"));
        let found: Option<Vec<Text>> = keys.iter().map(|key| need(key)).collect();
        if let ((Some(from), Some(value), Some(source)), Some(keys)) = (required, found) {
            let row = RowText {
                division: cell("division"),
                keys,
                from,
                to: cell("to"),
                enacted: cell("enacted"),
                value,
                source,
                place: place.clone(),
            };
            add(build, reader, at, row, local);
        }
    }
}

fn csv_fault(error: &csv::Error) -> Fault {
    let what = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
            format!("这一行有 {len} 格，表头有 {expected_len} 格"),
            format!("this line has {len} cells and the header {expected_len}"),
        ),
        _ => (format!("CSV 格式有误: {error}"), format!("not valid CSV: {error}")),
    };
    Fault::new(
        "csv",
        what,
        (
            "每行的列数要与表头相同；分隔用半角逗号“,”，不是全角“，”；含逗号的单元格加引号",
            "each line has as many cells as the header, parted by `,` and not by a full-width comma; quote a cell with a comma",
        ),
    )
}

fn header_fits(
    reader: &mut Reader<'_>,
    header: &csv::StringRecord,
    keys: &[String],
    place: Range<usize>,
) -> bool {
    let fixed = ["division", "from", "to", "enacted", "value", "source", "note"];
    let unknown =
        header.iter().find(|column| !fixed.contains(column) && keys.iter().all(|key| key != column));
    let missing = ["from", "value", "source"]
        .into_iter()
        .chain(keys.iter().map(String::as_str))
        .find(|needed| header.iter().all(|column| column != *needed));
    let expected = format!("division,{}from,to,enacted,value,source", {
        let mut all = keys.join(",");
        if !all.is_empty() {
            all.push(',');
        }
        all
    });
    let wrong = match (unknown, missing) {
        (Some(column), _) => {
            (format!("表头有不认识的列“{column}”"), format!("the header has an unknown column `{column}`"))
        }
        (None, Some(column)) => {
            (format!("表头缺少“{column}”列"), format!("the header lacks the column `{column}`"))
        }
        (None, None) => return true,
    };
    reader.fault(
        place,
        Fault::new(
            "csv-header",
            wrong,
            (format!("表头写成 {expected}"), format!("the header is {expected}")),
        ),
    );
    false
}
