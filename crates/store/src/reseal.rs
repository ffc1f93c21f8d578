//! 重新加密: after a rotation every sealed value is sealed anew with the newest key, in batches beside readers and writers.
//! A batch is one transaction with its leaf and with the place that it came to, so that the work can be killed at any
//! instant and goes on where it was.

use std::collections::{BTreeMap, BTreeSet};

use doudi_access::{Epoch, IndexKind};
use serde::{Deserialize, Serialize};

use crate::audit::{Entry, Shelf};
use crate::classes::{Field, Key, NUMBER_INDEX, PERSON_NUMBER, SEALED, SealedTable, Vouched};
use crate::db::{Args, Tx, args};
use crate::vault::{HEAD_CHARS, decode};
use crate::{Store, StoreError, StoreResult, cases, rosters};

/// Its row in the settings.
const STATE: &str = "keys.reseal";

/// How far the work has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table of this batch; empty at the end.
    pub table: &'static str,
    /// Rows sealed anew.
    pub rows: u64,
    /// Whether every table was gone through.
    pub finished: bool,
}

/// The place that the last batch came to.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    epoch: u32,
    table: usize,
    /// Key of the last row; empty at the beginning of a table.
    after: String,
}

/// A row with something that was sealed with an older key.
struct Stale {
    key: String,
    owner: Option<i64>,
    stored: Vec<Option<String>>,
}

impl Store {
    /// Seals up to `size` rows anew. To be called until it says that it has finished.
    ///
    /// # Errors
    /// A value that does not open (its place is named and nothing of the batch is written), or those of the database.
    pub async fn reseal_batch(&self, size: u32) -> StoreResult<Progress> {
        let newest = self.keys()?.newest();
        let mut tx = self.db.begin().await?;
        let mut cursor = take_cursor(&mut tx, newest).await?;
        while let Some(table) = SEALED.get(cursor.table) {
            let stale = stale_rows(&mut tx, table, &cursor.after, size).await?;
            let Some(last) = stale.last().map(|row| row.key.clone()) else {
                cursor.table = cursor.table.saturating_add(1);
                cursor.after.clear();
                continue;
            };
            tx.changes_all(&vouched(table, &stale)).await?;
            let mut rows = 0_u64;
            for row in &stale {
                rows = rows.saturating_add(renew(&mut tx, table, row).await?);
            }
            cursor.after = last;
            keep_cursor(&mut tx, &cursor).await?;
            let entry = Entry::at_large("keys.resealed")
                .with("epoch", newest)
                .with("table", table.table)
                .with("count", rows)
                .with("up_to", &cursor.after);
            tx.commit(entry).await?;
            return Ok(Progress { table: table.table, rows, finished: false });
        }
        keep_cursor(&mut tx, &Cursor { epoch: newest.number(), table: 0, after: String::new() }).await?;
        tx.commit(Entry::at_large("keys.reseal-passed").with("epoch", newest)).await?;
        Ok(Progress { table: "", rows: 0, finished: true })
    }

    /// Records that an old key is about to be destroyed.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_destroyed(&self, epoch: Epoch) -> StoreResult<()> {
        self.db.begin().await?.commit(Entry::at_large("keys.destroyed").with("epoch", epoch)).await
    }

    /// How many values stand under each epoch of the keys, by number of the epoch. Needs no key.
    ///
    /// # Errors
    /// `Corrupt` for a value in a sealed column that is not sealed, or those of the database.
    pub async fn epochs_in_use(&self) -> StoreResult<BTreeMap<Epoch, i64>> {
        let mut tx = self.db.begin_bare().await?;
        let mut found = BTreeMap::new();
        for field in SEALED.iter().flat_map(|table| table.fields) {
            let Field { table, column, .. } = field;
            let sql = format!(
                "SELECT substr({column}, 1, {HEAD_CHARS}), min({column}), count(*) FROM {table} WHERE {column} <> '' GROUP BY 1"
            );
            let heads = tx.fetch_built(sql, args![], |c| Ok((c.text()?, c.text()?, c.int()?))).await?;
            for (_, example, count) in heads {
                let sealed =
                    decode(&example).map_err(|_| StoreError::Corrupt(format!("{table}.{column}")))?;
                *found.entry(sealed.epoch()).or_default() += count;
            }
        }
        Ok(found)
    }
}

async fn take_cursor(tx: &mut Tx, newest: Epoch) -> StoreResult<Cursor> {
    let fresh = Cursor { epoch: newest.number(), table: 0, after: String::new() };
    tx.execute(
        "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        args![STATE, serde_json::to_string(&fresh)?],
    )
    .await?;
    // Its lock: of two who do this work one waits for the other's batch.
    let stored = tx
        .fetch_one("UPDATE settings SET value = value WHERE key = $1 RETURNING value", args![STATE], |c| {
            c.json::<Cursor>()
        })
        .await?;
    Ok(stored.filter(|cursor| cursor.epoch == newest.number()).unwrap_or(fresh))
}

async fn keep_cursor(tx: &mut Tx, cursor: &Cursor) -> StoreResult<()> {
    let value = serde_json::to_string(cursor)?;
    tx.execute("UPDATE settings SET value = $2 WHERE key = $1", args![STATE, value]).await?;
    Ok(())
}

impl Key {
    /// As a text.
    fn text(self) -> String {
        match self {
            Self::Number(column) => format!("CAST({column} AS TEXT)"),
            Self::Text(expression) => expression.to_owned(),
        }
    }

    /// As it is compared.
    fn sql(self) -> &'static str {
        match self {
            Self::Number(word) | Self::Text(word) => word,
        }
    }

    fn push(self, args: &mut Args, key: &str) -> StoreResult<()> {
        match self {
            Self::Number(_) if key.is_empty() => args.push(i64::MIN),
            Self::Number(_) => args.push(key.parse::<i64>().map_err(|_| StoreError::corrupt(key))?),
            Self::Text(_) => args.push(key),
        }
    }
}

/// The next rows of a table that hold anything sealed with an older key.
async fn stale_rows(tx: &mut Tx, table: &SealedTable, after: &str, size: u32) -> StoreResult<Vec<Stale>> {
    let SealedTable { table: name, key, fields, vouched } = *table;
    let owner = match vouched {
        Vouched::No => "NULL",
        Vouched::Case(column) | Vouched::Roster(column) => column,
    };
    let columns: String = fields.iter().map(|field| format!(", {}", field.column)).collect();
    let stale: Vec<String> = fields
        .iter()
        .zip(3_usize..)
        .map(|(field, n)| {
            format!("({column} <> '' AND substr({column}, 1, {HEAD_CHARS}) <> ${n})", column = field.column)
        })
        .collect();
    let mut args = Args::default();
    key.push(&mut args, after)?;
    args.push(size)?;
    for field in fields {
        args.push(tx.vault.head(field.class)?)?;
    }
    // The names keep ORDER BY from meaning the text of the key.
    let sql = format!(
        "SELECT {text} AS row_key, CAST({owner} AS BIGINT) AS row_owner{columns} FROM {name} WHERE {key} > $1 AND ({stale}) ORDER BY {key} LIMIT $2",
        text = key.text(),
        key = key.sql(),
        stale = stale.join(" OR "),
    );
    tx.fetch_built(sql, args, |c| {
        let (key, owner) = (c.text()?, c.opt_int()?);
        let stored = fields.iter().map(|_| c.opt_text()).collect::<StoreResult<_>>()?;
        Ok(Stale { key, owner, stored })
    })
    .await
}

/// The keys under which leaves vouch for what a batch rewrites.
fn vouched(table: &SealedTable, stale: &[Stale]) -> Vec<(Shelf, i64)> {
    let owned = |shelves: &[Shelf]| {
        let owners: BTreeSet<i64> = stale.iter().filter_map(|row| row.owner).collect();
        owners.into_iter().flat_map(|owner| shelves.iter().map(move |shelf| (*shelf, owner))).collect()
    };
    match (table.vouched, Shelf::of_table(table.table)) {
        (Vouched::Case(_), _) => owned(&cases::VOUCHED),
        (Vouched::Roster(_), _) => owned(&rosters::VOUCHED),
        (Vouched::No, Some(shelf)) => {
            stale.iter().filter_map(|row| Some((shelf, row.key.parse().ok()?))).collect()
        }
        (Vouched::No, None) => Vec::new(),
    }
}

/// Seals one row anew. Where somebody has changed it meanwhile it stays as they wrote it, which is with the newest key.
async fn renew(tx: &mut Tx, table: &SealedTable, row: &Stale) -> StoreResult<u64> {
    let mut args = Args::default();
    table.key.push(&mut args, &row.key)?;
    let (mut set, mut same, mut n) = (Vec::new(), Vec::new(), 1_usize);
    for (field, stored) in table.fields.iter().zip(&row.stored) {
        let plain = match stored.as_deref() {
            None | Some("") => None,
            Some(stored) => Some(tx.vault.open(field, &row.key, stored)?),
        };
        let sealed = plain.as_deref().map(|plain| tx.vault.seal(field, &row.key, plain)).transpose()?;
        args.push(sealed.or_else(|| stored.clone()))?;
        args.push(stored.clone().unwrap_or_default())?;
        set.push(format!("{} = ${}", field.column, n.saturating_add(1)));
        same.push(format!("coalesce({}, '') = ${}", field.column, n.saturating_add(2)));
        n = n.saturating_add(2);
        if *field == PERSON_NUMBER {
            let index = plain.map(|number| tx.vault.index(IndexKind::IdentityNumber, &number)).transpose()?;
            args.push(index)?;
            n = n.saturating_add(1);
            set.push(format!("{NUMBER_INDEX} = ${n}"));
        }
    }
    let sql = format!(
        "UPDATE {} SET {} WHERE {} = $1 AND {}",
        table.table,
        set.join(", "),
        table.key.sql(),
        same.join(" AND ")
    );
    tx.execute_built(sql, args).await
}
