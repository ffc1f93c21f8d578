//! Out: all tables as one transaction sees them.

use std::io::Write;

use super::check::Grown;
use super::frame::{Frame, Heading, ROWS, Start, put, rows};
use super::manifest::{FileRecord, FileState, Manifest, Sum, TreeRecord};
use super::tables::{LEAVES, columns, kept, row_bytes, select};
use super::{FORMAT, LEFT_OUT};
use crate::audit::Entry;
use crate::db::{Cells, args};
use crate::{Store, StoreResult};

/// Files that the database names: deliveries, then folders of snapshots with the digest of their manifest.
const DELIVERIES: &str = "SELECT DISTINCT path, path_digest FROM deliveries WHERE path <> '' ORDER BY path";
const SNAPSHOTS: &str = "SELECT DISTINCT path, digest FROM snapshots ORDER BY path";

/// What of the database is in the stream, before the files.
#[derive(Clone, Debug)]
pub struct Dumped {
    /// What is to stand at the end; its files are still missing.
    pub manifest: Manifest,
    /// Files of deliveries, as path below the data folder and digest.
    pub deliveries: Vec<(String, String)>,
    /// Folders of snapshots, as path below the data folder and digest of their manifest.
    pub snapshots: Vec<(String, String)>,
}

impl Store {
    /// Writes everything in the database to `out` as one reading transaction sees it; writers go on. The caller adds
    /// the files and then [`Frame::End`] with the manifest. `program` is the version of the program, `made_ms` the
    /// time in milliseconds since 1970 (UTC).
    ///
    /// # Errors
    /// Those of `out` and of the database.
    pub async fn dump(
        &self,
        program: &str,
        made_ms: i64,
        out: &mut (dyn Write + Send),
    ) -> StoreResult<Dumped> {
        let schema = crate::migrate::applied(&self.db).await?;
        let steps = schema.len();
        Frame::Start(Start {
            format: FORMAT.to_owned(),
            program: program.to_owned(),
            schema: schema.clone(),
        })
        .write(out)?;
        let mut reading = self.db.reading().await?;
        let mut tree = Grown::default();
        let mut tables = Vec::new();
        for name in kept(steps) {
            let columns = columns(&mut reading, &name).await?;
            let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
            Frame::Table(Heading { name: name.clone(), columns: names.clone() }).write(out)?;
            let mut sum = Sum::default();
            let mut pending: Vec<u8> = Vec::with_capacity(ROWS * 2);
            reading
                .each(select(&name, &columns), args![], |c: &mut Cells<'_>| {
                    let start = pending.len();
                    row_bytes(c, &columns, &mut pending)?;
                    sum.add(pending.get(start..).unwrap_or_default());
                    if name == LEAVES {
                        for row in rows(pending.get(start..).unwrap_or_default(), columns.len())? {
                            tree.leaf(&names, &row.cells)?;
                        }
                    }
                    if pending.len() >= ROWS {
                        put(out, b'R', &pending)?;
                        pending.clear();
                    }
                    Ok(())
                })
                .await?;
            if !pending.is_empty() {
                put(out, b'R', &pending)?;
            }
            tables.push(sum.record(&name, names.iter().map(String::as_str)));
        }
        let mut named = [Vec::new(), Vec::new()];
        for (sql, list) in [DELIVERIES, SNAPSHOTS].into_iter().zip(&mut named) {
            reading
                .each(sql.to_owned(), args![], |c| {
                    list.push((c.text()?, c.text()?));
                    Ok(())
                })
                .await?;
        }
        let [deliveries, snapshots] = named;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            program: program.to_owned(),
            made_ms,
            schema,
            tables,
            left_out: LEFT_OUT.iter().map(|t| (*t).to_owned()).collect(),
            files: Vec::new(),
            tree: tree.record(),
            newest_leaf_ms: tree.newest_ms,
        };
        Ok(Dumped { manifest, deliveries, snapshots })
    }

    /// Records that a backup was made: by its manifest's digest a later forgery is told from it.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_backup(&self, manifest: &Manifest) -> StoreResult<()> {
        let TreeRecord { size, .. } = &manifest.tree;
        let entry = Entry::at_large("backup.made")
            .with("manifest", manifest.digest())
            .with("leaves", size)
            .with("rows", manifest.rows())
            .with("lost_files", manifest.files.iter().filter(|f| f.state != FileState::Kept).count());
        self.db.begin_bare().await?.commit(entry).await
    }
}

impl FileRecord {
    /// A file that is in the backup.
    #[must_use]
    pub fn kept(path: &str, digest: &str, bytes: u64) -> Self {
        Self { path: path.to_owned(), digest: digest.to_owned(), bytes, state: FileState::Kept }
    }

    /// A file that is not.
    #[must_use]
    pub fn lost(path: &str, digest: &str, state: FileState) -> Self {
        Self { path: path.to_owned(), digest: digest.to_owned(), bytes: 0, state }
    }
}
