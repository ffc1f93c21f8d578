//! 清单: what a backup holds, told at its end, and the digests that hold it to that.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hex;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Form of the stream.
    pub format: String,
    /// Version of the program that made it.
    pub program: String,
    /// When it was begun, in milliseconds since 1970 (UTC).
    pub made_ms: i64,
    /// The schema, step by step.
    pub schema: Vec<SchemaStep>,
    /// The tables, in the order of the stream.
    pub tables: Vec<TableRecord>,
    /// Tables whose rows are not kept.
    pub left_out: Vec<String>,
    /// Files of the data folder that the database names.
    pub files: Vec<FileRecord>,
    /// The audit tree.
    pub tree: TreeRecord,
    /// When the newest leaf was made, in milliseconds since 1970 (UTC): nothing after it is in the backup.
    pub newest_leaf_ms: Option<i64>,
}

/// One step of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaStep {
    /// Name of the migration.
    pub name: String,
    /// Digest of its text.
    pub digest: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRecord {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Digest over its columns and rows, whatever the order of the rows.
    pub digest: String,
}

/// A file of the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Path below the data folder.
    pub path: String,
    /// Its SHA-256, as the database knows it.
    pub digest: String,
    /// Its length in bytes; 0 where it is not in the backup.
    pub bytes: u64,
    /// Whether it is in the backup.
    pub state: FileState,
}

/// Whether a file is in the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It is.
    Kept,
    /// It was not there.
    Missing,
    /// It was there with another digest, and was left out.
    Altered,
}

/// The audit tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeRecord {
    /// Leaves in it.
    pub size: u64,
    /// Its root, hexadecimal; empty for a tree without leaves.
    pub root: String,
}

impl Manifest {
    /// The digest of the manifest, which stands for everything that the backup holds.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|t| t.rows).fold(0, u64::saturating_add)
    }

    /// Files that should be in the backup and are not.
    pub fn lost_files(&self) -> impl Iterator<Item = &FileRecord> {
        self.files.iter().filter(|f| f.state != FileState::Kept)
    }
}

/// The digest of a table while its rows go by: the sum of the digests of the rows, so that the order in which a
/// database gives them does not matter. It finds damage and difference; what keeps forgers out is the sealing and the
/// signed head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) rows: u64,
    total: [u64; 4],
}

impl Sum {
    pub(super) fn add(&mut self, row: &[u8]) {
        let digest = Sha256::digest(row);
        let (words, _) = digest.as_chunks::<8>();
        let mut carry = false;
        for (total, word) in self.total.iter_mut().zip(words) {
            let (sum, over) = total.overflowing_add(u64::from_le_bytes(*word));
            let (sum, more) = sum.overflowing_add(u64::from(carry));
            *total = sum;
            carry = over || more;
        }
        self.rows = self.rows.saturating_add(1);
    }

    pub(super) fn record<'a>(
        &self,
        name: &'a str,
        columns: impl IntoIterator<Item = &'a str>,
    ) -> TableRecord {
        let mut sum = Sha256::new();
        for text in [name].into_iter().chain(columns) {
            sum.update(format!("{}:{text}", text.len()));
        }
        sum.update(self.rows.to_be_bytes());
        for word in self.total {
            sum.update(word.to_be_bytes());
        }
        TableRecord { name: name.to_owned(), rows: self.rows, digest: hex(&sum.finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    fn sum(rows: &[&str]) -> String {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row.as_bytes()));
        sum.record("t", ["a", "b"]).digest
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        assert_eq!(sum(&["x", "y", "z"]), sum(&["z", "x", "y"]));
        let others = [sum(&["x", "y"]), sum(&["x", "y", "y"]), sum(&["x", "y", "Z"]), sum(&[])];
        assert!(others.iter().all(|o| *o != sum(&["x", "y", "z"])));
        assert_ne!(Sum::default().record("t", ["a"]), Sum::default().record("u", ["a"]));
        assert_ne!(
            Sum::default().record("t", ["a", "b"]).digest,
            Sum::default().record("t", ["b", "a"]).digest
        );
    }
}
