//! What a stream must hold to be believed: digests and counts as in its manifest, and the tree over its leaves.

use doudi_access::audit::{Hash, Leaf, Tree};
use sha2::{Digest as _, Sha256};

use super::frame::{Cell, Frame, Heading, Start, malformed, rows};
use super::manifest::{FileRecord, FileState, Manifest, Sum, TableRecord, TreeRecord};
use super::tables::LEAVES;
use super::{FORMAT, bad};
use crate::audit::{hash_of, hash_text};
use crate::{StoreError, StoreResult, hex};

/// A head that somebody holds outside of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// Where it comes from, for the reader.
    pub place: String,
    /// Leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// What was found of a stream that holds.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its manifest.
    pub manifest: Manifest,
    /// For each witnessed head, the first and last position that the backup lacks; `None` where it lacks nothing.
    pub missing: Vec<(String, Option<(u64, u64)>)>,
}

/// The tree over the leaves as they go by.
#[derive(Default)]
pub(super) struct Grown {
    tree: Tree,
    pub(super) newest_ms: Option<i64>,
}

impl Grown {
    /// Takes a row of the leaves; those without a place are counted for their time only. Gives the size after it.
    pub(super) fn leaf(&mut self, columns: &[String], cells: &[Cell]) -> StoreResult<Option<u64>> {
        let cell = |name: &str| columns.iter().position(|c| c == name).and_then(|at| cells.get(at));
        let (
            Some(Cell::Text(id)),
            Some(Cell::Whole(made)),
            Some(Cell::Text(kind)),
            Some(Cell::Text(commitment)),
        ) = (cell("id"), cell("made_ms"), cell("kind"), cell("commitment"))
        else {
            return Err(malformed());
        };
        self.newest_ms = self.newest_ms.max(Some(*made));
        let Some(Cell::Whole(position)) = cell("position") else { return Ok(None) };
        if u64::try_from(*position).ok() != Some(self.tree.size()) {
            let here = self.tree.size();
            return Err(bad(
                format!("审计树第 {here} 个位置没有叶，或有两片；请先用 doudi audit verify 查明"),
                format!(
                    "the audit tree has no leaf at position {here}, or two; run doudi audit verify on the source"
                ),
            ));
        }
        let commitment = hash_of(commitment).ok_or_else(|| StoreError::corrupt(commitment))?;
        let leaf = Leaf::from_parts(id, u64::try_from(*made).unwrap_or(0), kind, commitment)?;
        self.tree.append(leaf.hash())?;
        Ok(Some(self.tree.size()))
    }

    pub(super) fn record(&self) -> TreeRecord {
        let size = self.tree.size();
        TreeRecord { size, root: if size == 0 { String::new() } else { hash_text(&self.tree.root()) } }
    }
}

/// Follows a stream from its beginning to its end.
pub struct Checker {
    start: Start,
    heads: Vec<Witnessed>,
    table: Option<(Heading, Sum)>,
    tables: Vec<TableRecord>,
    file: Option<(String, Sha256, u64)>,
    files: Vec<FileRecord>,
    tree: Grown,
    checked: Option<Checked>,
}

impl Checker {
    /// Begins with the first frame. `heads` are those that somebody holds outside.
    ///
    /// # Errors
    /// `BadFile` where it is no beginning that this program knows.
    pub fn begin(first: Option<Frame>, heads: Vec<Witnessed>) -> StoreResult<Self> {
        match first {
            Some(Frame::Start(start)) if start.format == FORMAT => Ok(Self {
                start,
                heads,
                table: None,
                tables: Vec::new(),
                file: None,
                files: Vec::new(),
                tree: Grown::default(),
                checked: None,
            }),
            _ => Err(malformed()),
        }
    }

    /// How the stream began.
    #[must_use]
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// `BadFile` where something does not fit; the texts say what.
    pub fn take(&mut self, frame: &Frame) -> StoreResult<()> {
        if self.checked.is_some() {
            return Err(malformed());
        }
        match frame {
            Frame::Start(_) => Err(malformed()),
            Frame::Table(heading) => {
                self.end_part();
                if self.files.is_empty() {
                    self.table = Some((heading.clone(), Sum::default()));
                    Ok(())
                } else {
                    Err(malformed())
                }
            }
            Frame::Rows(bytes) => {
                let (heading, sum) = self.table.as_mut().ok_or_else(malformed)?;
                for row in rows(bytes, heading.columns.len())? {
                    sum.add(row.bytes);
                    if heading.name == LEAVES
                        && let Some(size) = self.tree.leaf(&heading.columns, &row.cells)?
                    {
                        compare(&self.heads, size, &self.tree)?;
                    }
                }
                Ok(())
            }
            Frame::File(path) => {
                self.end_part();
                self.file = Some((path.clone(), Sha256::new(), 0));
                Ok(())
            }
            Frame::Data(bytes) => {
                let (_, sum, length) = self.file.as_mut().ok_or_else(malformed)?;
                sum.update(bytes);
                *length = length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                Ok(())
            }
            Frame::End(manifest) => {
                self.end_part();
                self.hold_to(manifest)
            }
        }
    }

    fn end_part(&mut self) {
        if let Some((heading, sum)) = self.table.take() {
            self.tables.push(sum.record(&heading.name, heading.columns.iter().map(String::as_str)));
        }
        if let Some((path, sum, length)) = self.file.take() {
            self.files.push(FileRecord::kept(&path, &hex(&sum.finalize()), length));
        }
    }

    fn hold_to(&mut self, manifest: &Manifest) -> StoreResult<()> {
        let same_start = manifest.format == self.start.format
            && manifest.program == self.start.program
            && manifest.schema == self.start.schema;
        if !same_start {
            return Err(malformed());
        }
        expect_tables(&manifest.tables, &self.tables)?;
        let kept: Vec<&FileRecord> = manifest.files.iter().filter(|f| f.state == FileState::Kept).collect();
        let differs = kept.iter().zip(&self.files).find(|(told, found)| **told != *found);
        if let Some((told, _)) = differs {
            return Err(bad(
                format!("文件 {} 与清单的摘要不符", told.path),
                format!("file {} is not what the manifest says", told.path),
            ));
        }
        if kept.len() != self.files.len() {
            return Err(bad("文件的数目与清单不符", "the files are not as many as the manifest says"));
        }
        let tree = self.tree.record();
        if tree != manifest.tree || self.tree.newest_ms != manifest.newest_leaf_ms {
            return Err(bad(
                format!(
                    "审计树与清单不符：重新计算得 {} 片叶、树根 {}，清单为 {} 片、{}",
                    tree.size, tree.root, manifest.tree.size, manifest.tree.root
                ),
                format!(
                    "the audit tree is not what the manifest says: {} leaves with root {} computed, {} with {} told",
                    tree.size, tree.root, manifest.tree.size, manifest.tree.root
                ),
            ));
        }
        let missing = |head: &Witnessed| {
            let range = (head.size > tree.size).then(|| (tree.size, head.size.saturating_sub(1)));
            (head.place.clone(), range)
        };
        let missing = self.heads.iter().map(missing).collect();
        self.checked = Some(Checked { manifest: manifest.clone(), missing });
        Ok(())
    }

    /// What was found, once the end was taken.
    ///
    /// # Errors
    /// `BadFile` where the stream stopped before its end.
    pub fn checked(&self) -> StoreResult<Checked> {
        self.checked.clone().ok_or_else(|| {
            bad("备份在结尾之前中断，没有清单", "the backup stops before its end and has no manifest")
        })
    }
}

/// Tables as told and as found.
pub(super) fn expect_tables(told: &[TableRecord], found: &[TableRecord]) -> StoreResult<()> {
    if let Some((told, found)) = told.iter().zip(found).find(|(told, found)| told != found) {
        return Err(bad(
            format!("表 {} 与清单不符：应有 {} 行，读到 {} 行，摘要不同", told.name, told.rows, found.rows),
            format!(
                "table {} is not what the manifest says: {} rows told, {} found, with another digest",
                told.name, told.rows, found.rows
            ),
        ));
    }
    if told.len() == found.len() {
        Ok(())
    } else {
        Err(bad("表的数目与清单不符", "the tables are not as many as the manifest says"))
    }
}

/// A head that is held outside must be one of this tree.
fn compare(heads: &[Witnessed], size: u64, tree: &Grown) -> StoreResult<()> {
    match heads.iter().find(|h| h.size == size && h.root != tree.tree.root()) {
        None => Ok(()),
        Some(head) => Err(bad(
            format!(
                "{} 见证的 {size} 片叶的树根与备份里的不同：备份里的过去被改动过，或它属于另一个库。没有恢复",
                head.place
            ),
            format!(
                "{} has another root over {size} leaves than the backup: the past in the backup was altered, or it is of another database. Nothing was restored",
                head.place
            ),
        )),
    }
}
