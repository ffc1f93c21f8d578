//! 帧: a table, or why there is none, as bytes from the reading process to the one that asked. The asking side believes
//! no length and no count before it has seen the bytes.
//!
//! Layout, integers little-endian: the mark; then `R`, line (4), number of cells (4), the length of each (4), their text;
//! the header first, as a row. At the end `E` and the number of rows (8). Or, instead of rows, `P`, length (4) and the
//! problem as JSON.

use std::io::{self, BufRead, Read, Write};

use csv::StringRecord;

use super::Table;
use crate::problem::FileProblemKind;

const MARK: &[u8; 16] = b"doudi-table/0001";
/// Cells of a row; a spreadsheet has 16,384 columns.
const MOST_CELLS: u32 = 100_000;
/// Bytes of a problem: it names a few columns.
const MOST_PROBLEM: u32 = 1 << 20;

/// What the reading process says.
pub(super) type Answer = Result<Table, FileProblemKind>;

/// Writes an answer.
pub(super) fn write(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    out.write_all(MARK)?;
    match answer {
        Ok(table) => {
            row(out, 1, &table.header)?;
            for (line, record) in &table.rows {
                row(out, *line, record)?;
            }
            out.write_all(b"E")?;
            out.write_all(&u64::try_from(table.rows.len()).unwrap_or(u64::MAX).to_le_bytes())?;
        }
        Err(kind) => {
            let json = serde_json::to_vec(kind)?;
            out.write_all(b"P")?;
            out.write_all(&length(json.len())?)?;
            out.write_all(&json)?;
        }
    }
    out.flush()
}

fn length(n: usize) -> io::Result<[u8; 4]> {
    u32::try_from(n).map(u32::to_le_bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn row(out: &mut impl Write, line: u32, record: &StringRecord) -> io::Result<()> {
    out.write_all(b"R")?;
    out.write_all(&line.to_le_bytes())?;
    out.write_all(&length(record.len())?)?;
    for cell in record {
        out.write_all(&length(cell.len())?)?;
    }
    for cell in record {
        out.write_all(cell.as_bytes())?;
    }
    Ok(())
}

/// Reads an answer.
///
/// # Errors
/// Bytes that end too early or are no answer.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Answer> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut mark = [0; MARK.len()];
    input.read_exact(&mut mark)?;
    if mark != *MARK {
        return Err(bad());
    }
    let mut header = None;
    let mut rows = Vec::new();
    let (mut lengths, mut text) = (Vec::new(), Vec::new());
    loop {
        let [kind] = number::<1>(input)?;
        match kind {
            b'R' => {
                let line = u32::from_le_bytes(number(input)?);
                let cells = u32::from_le_bytes(number(input)?);
                if cells > MOST_CELLS {
                    return Err(bad());
                }
                lengths.clear();
                for _ in 0..cells {
                    lengths.push(u32::from_le_bytes(number(input)?));
                }
                let record = record(input, &lengths, &mut text)?;
                match &header {
                    None => header = Some(record),
                    Some(_) => rows.push((line, record)),
                }
            }
            b'E' => {
                let said = u64::from_le_bytes(number(input)?);
                if u64::try_from(rows.len()) != Ok(said) {
                    return Err(bad());
                }
                return Ok(Ok(Table { header: header.ok_or_else(bad)?, rows }));
            }
            b'P' if header.is_none() => {
                let length = u32::from_le_bytes(number(input)?);
                if length > MOST_PROBLEM {
                    return Err(bad());
                }
                take(input, length.into(), &mut text)?;
                return serde_json::from_slice(&text).map(Err).map_err(|_| bad());
            }
            _ => return Err(bad()),
        }
    }
}

fn number<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads so many bytes; memory grows with what comes, not with what is announced.
fn take(input: &mut impl Read, length: u64, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    let read = input.by_ref().take(length).read_to_end(into)?;
    if u64::try_from(read) == Ok(length) { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn record(input: &mut impl Read, lengths: &[u32], text: &mut Vec<u8>) -> io::Result<StringRecord> {
    take(input, lengths.iter().map(|n| u64::from(*n)).sum(), text)?;
    let mut rest = std::str::from_utf8(text).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut record = StringRecord::with_capacity(rest.len(), lengths.len());
    for n in lengths {
        let cut = usize::try_from(*n).ok().and_then(|n| rest.split_at_checked(n));
        let (cell, more) = cut.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        record.push_field(cell);
        rest = more;
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Stop, Trap};

    fn table() -> Table {
        let row = |cells: &[&str]| StringRecord::from(cells.to_vec());
        Table {
            header: row(&["姓名", ""]),
            rows: vec![(2, row(&["石望山", "1"])), (9, row(&[])), (10, row(&["", "\u{202e}"]))],
        }
    }

    fn bytes(answer: &Answer) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, answer).unwrap();
        out
    }

    #[test]
    fn an_answer_comes_as_it_went() {
        let problems = [
            FileProblemKind::Trap(Trap::Nested),
            FileProblemKind::Stopped(Stop::Time { seconds: 3 }),
            FileProblemKind::Format { declared: "CSV".into(), looks_zh: "甲".into(), looks_en: "a".into() },
            FileProblemKind::Truncated { detail: "x".to_owned(), bytes: 7 },
        ];
        for answer in problems.into_iter().map(Err).chain([Ok(table())]) {
            assert_eq!(read(&mut bytes(&answer).as_slice()).unwrap(), answer);
        }
    }

    #[test]
    fn an_answer_that_is_cut_or_lies_about_lengths_is_none() {
        let whole = bytes(&Ok(table()));
        for end in 0..whole.len() {
            assert!(read(&mut whole[..end].as_ref()).is_err(), "cut at {end}");
        }
        let mut lying = whole.clone();
        lying[MARK.len() + 9..MARK.len() + 13].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&mut lying.as_slice()).is_err());
        let mut fewer = whole;
        let at = fewer.len() - 8;
        fewer[at] = 2;
        assert!(read(&mut fewer.as_slice()).is_err());
    }
}
