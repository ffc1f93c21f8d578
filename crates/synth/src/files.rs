//! Writing the files: CSV in UTF-8 or GB18030, and XLSX; the same rows give the same bytes.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::SynthError;
use crate::table::{Encoding, Table};

/// Writes a CSV file of rows.
pub(crate) fn csv<R, C>(path: &Path, header: &[&str], rows: R, gb18030: bool) -> Result<(), SynthError>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator,
    C::Item: AsRef<[u8]>,
{
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(1 << 20));
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|e| SynthError::Csv(e.into_error().into()))?;
    if gb18030 {
        let text = String::from_utf8_lossy(&bytes);
        let (encoded, _, _) = encoding_rs::GB18030.encode(&text);
        return write(path, &encoded);
    }
    write(path, &bytes)
}

/// Writes the delivery of a feed.
pub(crate) fn delivery(folder: &Path, table: &Table) -> Result<(), SynthError> {
    let extension = if table.shape.encoding == Encoding::Xlsx { "xlsx" } else { "csv" };
    let path = folder.join(format!("{}_2024-05.{extension}", table.shape.id));
    match table.shape.encoding {
        Encoding::Xlsx => xlsx(&path, table),
        encoding => {
            csv(&path, table.shape.header, table.rows.iter().map(|r| &r.cells), encoding == Encoding::Gb18030)
        }
    }
}

fn xlsx(path: &Path, table: &Table) -> Result<(), SynthError> {
    let mut book = Workbook::new();
    // Without a fixed date the file would hold the time of writing.
    let made = ExcelDateTime::from_ymd(2024, 6, 3)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name("数据")?;
    let header = table.shape.header.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>();
    let rows = std::iter::once(&header).chain(table.rows.iter().map(|r| &r.cells));
    for (line, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(line, column, cell)?;
        }
    }
    write(path, &book.save_to_buffer()?)
}

/// Writes bytes, making the folder where it is missing.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), SynthError> {
    let failed = |source| SynthError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}
