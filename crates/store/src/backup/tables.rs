//! Which tables and columns there are: names from the migrations, columns from the database itself.

use crate::StoreResult;
use crate::db::reading::Reading;
use crate::db::{Backend, Tx, args};

use super::LEFT_OUT;
use super::frame::Cell;
use crate::db::Cells;

/// A column of whole numbers or of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) whole: bool,
}

/// Names of the tables that a schema of so many steps has and that are kept, parents before children.
pub(super) fn kept(steps: usize) -> Vec<String> {
    let mut names = crate::migrate::tables(steps);
    names.retain(|name| !LEFT_OUT.contains(&name.as_str()));
    names
}

/// The statement that gives name and type of the columns of a table.
fn catalogue(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        Backend::Postgres => {
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    }
}

fn column(c: &mut Cells<'_>) -> StoreResult<Column> {
    let (name, kind) = (c.text()?, c.text()?);
    Ok(Column { name, whole: kind.eq_ignore_ascii_case("bigint") })
}

pub(super) async fn columns(reading: &mut Reading, table: &str) -> StoreResult<Vec<Column>> {
    let mut found = Vec::new();
    let sql = catalogue(reading.backend).to_owned();
    reading
        .each(sql, args![table], |c| {
            found.push(column(c)?);
            Ok(())
        })
        .await?;
    Ok(found)
}

pub(super) async fn columns_in(tx: &mut Tx, table: &str) -> StoreResult<Vec<Column>> {
    let mut found = Vec::new();
    let sql = catalogue(tx.backend).to_owned();
    tx.each(sql, args![table], |c| {
        found.push(column(c)?);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// All rows of a table. Leaves come by their place in the tree, which is computed while they go by.
pub(super) fn select(table: &str, columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let order = if table == LEAVES { " ORDER BY position" } else { "" };
    format!("SELECT {} FROM {table}{order}", names.join(", "))
}

/// The table of the audit leaves.
pub(super) const LEAVES: &str = "audit_leaves";

/// The bytes of a row.
pub(super) fn row_bytes(c: &mut Cells<'_>, columns: &[Column], bytes: &mut Vec<u8>) -> StoreResult<()> {
    for column in columns {
        let cell = if column.whole {
            c.opt_int()?.map_or(Cell::Null, Cell::Whole)
        } else {
            c.opt_text()?.map_or(Cell::Null, Cell::Text)
        };
        cell.write(bytes)?;
    }
    Ok(())
}
