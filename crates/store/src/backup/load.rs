//! In: all tables into an empty database, in one transaction.

use super::bad;
use super::check::{Checked, expect_tables};
use super::frame::{Cell, Frame, Heading, Start, malformed, rows};
use super::manifest::Sum;
use super::tables::{Column, columns_in, kept, row_bytes, select};
use crate::audit::Entry;
use crate::db::{Args, Backend, Cells, Db, Tx, args};
use crate::vault::Vault;
use crate::{Store, StoreResult};

/// A database that is being filled. Dropping it leaves the database without a row.
pub struct Load {
    db: Db,
    tx: Tx,
    table: Option<(Heading, Vec<Column>)>,
    /// What was loaded, to be read again.
    loaded: Vec<(Heading, Vec<Column>)>,
}

impl Load {
    /// Opens an empty database and gives it the schema that the backup has.
    ///
    /// # Errors
    /// Refused where the database holds anything; `Schema` where the backup is of a newer program; those of the
    /// database.
    pub async fn begin(url: &str, start: &Start) -> StoreResult<Self> {
        let steps = crate::migrate::steps_of(&start.schema)?;
        let db = Db::open(url, Vault::closed()).await?;
        match Self::prepare(&db, steps).await {
            Ok(tx) => Ok(Self { db, tx, table: None, loaded: Vec::new() }),
            Err(refused) => {
                db.close().await;
                Err(refused)
            }
        }
    }

    async fn prepare(db: &Db, steps: usize) -> StoreResult<Tx> {
        let there = crate::migrate::applied(db).await?.len();
        let full = |name: &str| {
            crate::StoreError::refused(
                format!("目标数据库不是空的（表 {name} 有内容），没有恢复；请指定一个新库"),
                format!(
                    "the database is not empty (table {name} has rows) and nothing was restored; name a new one"
                ),
            )
        };
        if there > steps {
            return Err(crate::StoreError::refused(
                "目标数据库的结构比备份的新，没有恢复；请指定一个新库",
                "the schema of the database is newer than the backup's and nothing was restored; name a new one",
            ));
        }
        crate::migrate::run_steps(db, steps).await?;
        let mut tx = db.begin_bare().await?;
        for name in crate::migrate::tables(steps) {
            let mut rows = false;
            tx.each(format!("SELECT 1 FROM {name} LIMIT 1"), args![], |_| {
                rows = true;
                Ok(())
            })
            .await?;
            if rows {
                return Err(full(&name));
            }
        }
        Ok(tx)
    }

    /// Takes the next frame of tables; others are left to the caller.
    ///
    /// # Errors
    /// Rows that do not fit the database.
    pub async fn take(&mut self, frame: &Frame) -> StoreResult<()> {
        match frame {
            Frame::Table(heading) => {
                self.end_table();
                let there = columns_in(&mut self.tx, &heading.name).await?;
                let column = |name: &String| there.iter().find(|c| c.name == *name).cloned();
                let columns: Option<Vec<Column>> = heading.columns.iter().map(column).collect();
                let columns = columns.filter(|c| !c.is_empty() && c.len() == there.len());
                let columns = columns.ok_or_else(|| {
                    bad(
                        format!("表 {} 的列与数据库的不同", heading.name),
                        format!("the columns of table {} are not those of the database", heading.name),
                    )
                })?;
                self.table = Some((heading.clone(), columns));
                Ok(())
            }
            Frame::Rows(bytes) => {
                let (heading, columns) = self.table.as_ref().ok_or_else(malformed)?;
                let rows: Vec<Vec<Cell>> =
                    rows(bytes, columns.len())?.into_iter().map(|row| row.cells).collect();
                let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
                let head = format!("INSERT INTO {} ({}) VALUES", heading.name, names.join(", "));
                let fill = |args: &mut Args, row: &Vec<Cell>| fill(args, columns, row);
                self.tx.bulk_named(&head, columns.len(), &rows, fill).await?;
                Ok(())
            }
            Frame::Start(_) | Frame::File(_) | Frame::Data(_) | Frame::End(_) => Ok(()),
        }
    }

    fn end_table(&mut self) {
        self.loaded.extend(self.table.take());
    }

    /// Reads everything again from the database, compares it with the manifest, and only then commits, with a leaf that
    /// tells of the restore. The schema is brought up to date afterwards.
    ///
    /// # Errors
    /// Whatever differs; the database then holds nothing.
    pub async fn finish(mut self, checked: &Checked) -> StoreResult<Store> {
        self.end_table();
        let manifest = &checked.manifest;
        let names: Vec<&str> = self.loaded.iter().map(|(h, _)| h.name.as_str()).collect();
        if names != kept(manifest.schema.len()) {
            return Err(bad("备份里的表不全", "the backup lacks tables"));
        }
        let mut found = Vec::new();
        for (heading, columns) in &self.loaded {
            let mut sum = Sum::default();
            let mut row = Vec::new();
            let each = |c: &mut Cells<'_>| {
                row.clear();
                row_bytes(c, columns, &mut row)?;
                sum.add(&row);
                Ok(())
            };
            self.tx.each(select(&heading.name, columns), args![], each).await?;
            found.push(sum.record(&heading.name, heading.columns.iter().map(String::as_str)));
        }
        expect_tables(&manifest.tables, &found)?;
        let entry = Entry::at_large("backup.restored")
            .with("manifest", manifest.digest())
            .with("leaves", manifest.tree.size)
            .with("rows", manifest.rows());
        self.tx.commit(entry).await?;
        if self.db.backend == Backend::Postgres {
            // The planner knows nothing of tables that were filled at once.
            let _ = self.db.analyse().await;
        }
        crate::migrate::run(&self.db).await?;
        Ok(Store { db: self.db, looks: Default::default(), refusals: Default::default() })
    }

    /// Gives up; the database keeps no row.
    pub async fn give_up(self) {
        let Self { db, tx, .. } = self;
        drop(tx);
        db.close().await;
    }
}

fn fill(args: &mut Args, columns: &[Column], row: &[Cell]) -> StoreResult<()> {
    for (column, cell) in columns.iter().zip(row) {
        match (cell, column.whole) {
            (Cell::Null, true) => args.push(None::<i64>)?,
            (Cell::Null, false) => args.push(None::<&str>)?,
            (Cell::Whole(number), true) => args.push(*number)?,
            (Cell::Text(text), false) => args.push(text)?,
            _ => return Err(malformed()),
        }
    }
    Ok(())
}
