//! The frames of the stream: one byte of kind, four of length (big-endian), content.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, SchemaStep};
use super::{bad, file_fault};
use crate::{StoreError, StoreResult};

/// The longest frame that is written or believed, in bytes.
const LONGEST: usize = 1 << 28;
/// Rows are gathered up to about this many bytes.
pub(super) const ROWS: usize = 64 * 1024;
/// Bytes of a file in one frame.
const DATA: usize = 256 * 1024;

/// A part of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The beginning.
    Start(Start),
    /// A table begins.
    Table(Heading),
    /// Rows of the table.
    Rows(Vec<u8>),
    /// A file begins, by its path below the data folder.
    File(String),
    /// Bytes of the file.
    Data(Vec<u8>),
    /// The end.
    End(Box<Manifest>),
}

/// How a stream begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Form of the stream.
    pub format: String,
    /// Version of the program that made it.
    pub program: String,
    /// The schema, step by step.
    pub schema: Vec<SchemaStep>,
}

/// A table and its columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Whole(i64),
    Text(String),
}

impl Cell {
    pub(super) fn write(&self, row: &mut Vec<u8>) -> StoreResult<()> {
        match self {
            Self::Null => row.push(0),
            Self::Whole(number) => {
                row.push(1);
                row.extend(number.to_be_bytes());
            }
            Self::Text(text) => {
                row.push(2);
                let length = u32::try_from(text.len()).map_err(|_| StoreError::corrupt(text))?;
                row.extend(length.to_be_bytes());
                row.extend(text.bytes());
            }
        }
        Ok(())
    }

    /// Takes a value from the front.
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (cell, rest) = match kind {
            0 => (Self::Null, rest),
            1 => {
                let (number, rest) = rest.split_first_chunk()?;
                (Self::Whole(i64::from_be_bytes(*number)), rest)
            }
            2 => {
                let (length, rest) = rest.split_first_chunk()?;
                let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
                let (text, rest) = rest.split_at_checked(length)?;
                (Self::Text(std::str::from_utf8(text).ok()?.to_owned()), rest)
            }
            _ => return None,
        };
        *bytes = rest;
        Some(cell)
    }
}

/// One row, with the bytes that its digest is over.
pub(super) struct RowOf<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) cells: Vec<Cell>,
}

/// The rows of a frame.
pub(super) fn rows(mut bytes: &[u8], columns: usize) -> StoreResult<Vec<RowOf<'_>>> {
    let mut rows = Vec::new();
    while !bytes.is_empty() {
        let whole = bytes;
        let cells: Option<Vec<Cell>> = (0..columns).map(|_| Cell::read(&mut bytes)).collect();
        let used = whole.len().saturating_sub(bytes.len());
        let (Some(cells), Some(row)) = (cells.filter(|_| used > 0), whole.get(..used)) else {
            return Err(malformed());
        };
        rows.push(RowOf { bytes: row, cells });
    }
    Ok(rows)
}

pub(super) fn malformed() -> StoreError {
    bad(
        "备份内容的写法不符：不是本程序写下的，或由更新的版本写下",
        "the backup is malformed: not written by this program, or by a newer one",
    )
}

/// Writes one frame.
pub(super) fn put(out: &mut (dyn Write + Send), kind: u8, content: &[u8]) -> StoreResult<()> {
    if content.len() > LONGEST {
        return Err(malformed());
    }
    let length = u32::try_from(content.len()).map_err(|_| malformed())?;
    let mut written = || -> io::Result<()> {
        out.write_all(&[kind])?;
        out.write_all(&length.to_be_bytes())?;
        out.write_all(content)
    };
    written().map_err(file_fault)
}

impl Frame {
    /// Writes a frame.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut (dyn Write + Send)) -> StoreResult<()> {
        match self {
            Self::Start(start) => put(out, b'S', &serde_json::to_vec(start)?),
            Self::Table(table) => put(out, b'T', &serde_json::to_vec(table)?),
            Self::Rows(bytes) => put(out, b'R', bytes),
            Self::File(path) => put(out, b'F', path.as_bytes()),
            Self::Data(bytes) => put(out, b'D', bytes),
            Self::End(manifest) => put(out, b'E', &serde_json::to_vec(manifest)?),
        }
    }

    /// Writes a file: its path, then its bytes.
    ///
    /// # Errors
    /// Those of `from` and `out`.
    pub fn write_file(path: &str, from: &mut dyn Read, out: &mut (dyn Write + Send)) -> StoreResult<()> {
        put(out, b'F', path.as_bytes())?;
        let mut piece = vec![0; DATA];
        loop {
            let read = from.read(&mut piece).map_err(file_fault)?;
            match piece.get(..read) {
                Some(bytes) if read > 0 => put(out, b'D', bytes)?,
                _ => return Ok(()),
            }
        }
    }
}

/// Reads frames.
pub struct Frames<R>(R);

impl<R: Read> Frames<R> {
    /// Over a plain stream.
    pub fn new(from: R) -> Self {
        Self(from)
    }

    /// The next frame; `None` at the end of the stream.
    ///
    /// # Errors
    /// `BadFile` where the stream is damaged or is none; what the reader says goes through.
    pub fn next_frame(&mut self) -> StoreResult<Option<Frame>> {
        let mut head = [0; 5];
        let mut have = 0;
        while let Some(room) = head.get_mut(have..).filter(|room| !room.is_empty()) {
            match self.0.read(room).map_err(file_fault)? {
                0 if have == 0 => return Ok(None),
                0 => return Err(malformed()),
                read => have += read,
            }
        }
        let [kind, length @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes(length)).ok().filter(|l| *l <= LONGEST);
        let length = length.ok_or_else(malformed)?;
        let mut content = Vec::new();
        let limit = u64::try_from(length).map_err(|_| malformed())?;
        (&mut self.0).take(limit).read_to_end(&mut content).map_err(file_fault)?;
        if content.len() != length {
            return Err(malformed());
        }
        let frame = match kind {
            b'S' => serde_json::from_slice(&content).ok().map(Frame::Start),
            b'T' => serde_json::from_slice(&content).ok().map(Frame::Table),
            b'R' => Some(Frame::Rows(content)),
            b'F' => String::from_utf8(content).ok().map(Frame::File),
            b'D' => Some(Frame::Data(content)),
            b'E' => serde_json::from_slice(&content).ok().map(Frame::End),
            _ => None,
        };
        frame.map(Some).ok_or_else(malformed)
    }
}
