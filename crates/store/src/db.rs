//! The only place that talks to the driver: six verbs (fetch, stream, execute, bulk, transaction, ids).
//!
//! One SQL text serves SQLite and PostgreSQL. What that asks of a statement:
//! - columns are TEXT, BIGINT or BLOB; dates are ISO text, money is fen, a flag is 0 or 1;
//! - `sum(bigint)` is NUMERIC on PostgreSQL, so always `CAST(coalesce(sum(x), 0) AS BIGINT)`;
//! - no boolean expression is selected: `CASE WHEN … THEN 1 ELSE 0 END`;
//! - a unique violation is known by the statement that met it: SQLite does not name the constraint;
//! - an optional filter is `($3 = '' OR kind = $3)`, with `''` or `-1` for "any";
//! - an area is the range `code >= $1 AND code < $2` with `$2` = code + `z`, which holds under any collation;
//! - an argument is BIGINT or TEXT; where a function wants an int4, `CAST($3 AS INTEGER)`;
//! - ids come from the table `sequences`, never from the driver.
//!
//! Text put together at run time appears only in [`Tx::bulk`], which repeats a row of placeholders, in
//! [`Tx::migrate`], which runs the embedded files, in [`Tx::fetch_built`] and [`Tx::execute_built`], whose words come
//! from the table of sealed columns, and in [`reading`], where names come from the catalogue.

pub(crate) mod reading;

use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyArguments, AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::{
    Any, AnyPool, Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _,
    Row as _,
};

use crate::audit::{By, Entry, Shelf, Touched};
use crate::classes::Field;
use crate::error::{StoreError, StoreResult};
use crate::vault::Vault;

/// Oldest SQLite that may touch a live file: versions before it can corrupt a WAL.
const SQLITE_AT_LEAST: (u32, u32, u32) = (3, 51, 3);

/// Which database is behind the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite, one writer.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

impl Backend {
    /// Rows of one bulk statement, as measured by `tests/bulk_speed.rs`.
    #[must_use]
    pub fn bulk_rows(self) -> usize {
        match self {
            Self::Sqlite => 50,
            Self::Postgres => 500,
        }
    }
}

/// A pool of readers and a pool of writers (one connection on SQLite).
#[derive(Clone, Debug)]
pub(crate) struct Db {
    read: AnyPool,
    write: AnyPool,
    pub(crate) backend: Backend,
    pub(crate) vault: Vault,
    /// For whom it works, where a change does not say it.
    pub(crate) by: Option<By>,
}

/// Arguments of one statement, in order.
#[derive(Default)]
pub(crate) struct Args(AnyArguments);

/// A value that can be an argument.
pub(crate) trait Bind {
    fn bind(self, args: &mut Args) -> StoreResult<()>;
}

impl Args {
    pub(crate) fn push(&mut self, value: impl Bind) -> StoreResult<()> {
        value.bind(self)
    }

    fn add<T>(&mut self, value: T) -> StoreResult<()>
    where
        T: for<'t> sqlx::Encode<'t, Any> + sqlx::Type<Any>,
    {
        self.0.add(value).map_err(|e| StoreError::Database(sqlx::Error::Encode(e)))
    }
}

/// `args![household, "hukou", day]`: the arguments of a statement.
macro_rules! args {
    ($($value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "a statement without arguments")]
        let mut args = $crate::db::Args::default();
        $(args.push($value)?;)*
        args
    }};
}
pub(crate) use args;

macro_rules! bind {
    ($($ty:ty => |$v:ident| $text:expr;)+) => {$(
        impl Bind for $ty {
            fn bind(self, args: &mut Args) -> StoreResult<()> {
                let $v = self;
                args.add($text)
            }
        }
        impl Bind for Option<$ty> {
            fn bind(self, args: &mut Args) -> StoreResult<()> {
                args.add(self.map(|$v| $text))
            }
        }
    )+};
}

bind! {
    i64 => |v| v;
    u32 => |v| i64::from(v);
    bool => |v| i64::from(v);
    &str => |v| v.to_owned();
    String => |v| v;
    &String => |v| v.clone();
    doudi_policy::Date => |v| v.to_string();
    doudi_policy::Month => |v| v.to_string();
    doudi_policy::Fen => |v| v.0;
    &doudi_policy::DivisionCode => |v| v.as_str().to_owned();
    doudi_registry::PersonId => |v| v.0;
    doudi_registry::HouseholdId => |v| v.0;
    doudi_registry::CaseId => |v| v.0;
    doudi_registry::LeadId => |v| v.0;
    doudi_registry::StaffId => |v| v.0;
    doudi_registry::AwardId => |v| v.0;
    doudi_registry::RosterId => |v| v.0;
    doudi_registry::DeliveryId => |v| v.0;
    doudi_registry::ObservationId => |v| v.0;
    doudi_registry::VisitId => |v| v.0;
    doudi_registry::AssessmentId => |v| v.0;
    doudi_registry::NoticeId => |v| v.0;
    doudi_registry::EventId => |v| v.0;
    doudi_registry::AuthorisationId => |v| v.0;
    doudi_registry::SnapshotId => |v| v.0;
    doudi_registry::EntryId => |v| v.0;
}

/// One row of a result, read from left to right.
pub(crate) struct Cells<'r> {
    row: &'r AnyRow,
    at: usize,
    pub(crate) vault: &'r Vault,
}

impl<'r> Cells<'r> {
    fn new(row: &'r AnyRow, vault: &'r Vault) -> Self {
        Self { row, at: 0, vault }
    }

    fn next(&mut self) -> usize {
        let at = self.at;
        self.at += 1;
        at
    }

    pub(crate) fn int(&mut self) -> StoreResult<i64> {
        let at = self.next();
        Ok(self.row.try_get::<i64, _>(at)?)
    }

    pub(crate) fn flag(&mut self) -> StoreResult<bool> {
        Ok(self.int()? != 0)
    }

    pub(crate) fn opt_int(&mut self) -> StoreResult<Option<i64>> {
        let at = self.next();
        Ok(self.row.try_get::<Option<i64>, _>(at)?)
    }

    pub(crate) fn text(&mut self) -> StoreResult<String> {
        let at = self.next();
        Ok(self.row.try_get::<String, _>(at)?)
    }

    pub(crate) fn opt_text(&mut self) -> StoreResult<Option<String>> {
        let at = self.next();
        Ok(self.row.try_get::<Option<String>, _>(at)?)
    }

    /// A text that parses: a date, a month, a division code, an identity number.
    pub(crate) fn parse<T: std::str::FromStr>(&mut self) -> StoreResult<T> {
        let text = self.text()?;
        text.parse().map_err(|_| StoreError::corrupt(&text))
    }

    pub(crate) fn opt_parse<T: std::str::FromStr>(&mut self) -> StoreResult<Option<T>> {
        match self.opt_text()? {
            Some(text) => text.parse().map(Some).map_err(|_| StoreError::corrupt(&text)),
            None => Ok(None),
        }
    }

    /// An enum by its stored id.
    pub(crate) fn code<T>(&mut self, from_id: impl Fn(&str) -> Option<T>) -> StoreResult<T> {
        let text = self.text()?;
        from_id(&text).ok_or_else(|| StoreError::corrupt(&text))
    }

    pub(crate) fn opt_code<T>(&mut self, from_id: impl Fn(&str) -> Option<T>) -> StoreResult<Option<T>> {
        match self.opt_text()? {
            Some(text) => from_id(&text).map(Some).ok_or_else(|| StoreError::corrupt(&text)),
            None => Ok(None),
        }
    }

    /// A sealed text, opened at its place.
    pub(crate) fn sealed(&mut self, field: &Field, row: impl std::fmt::Display) -> StoreResult<String> {
        let stored = self.text()?;
        self.vault.open(field, row, &stored)
    }

    pub(crate) fn opt_sealed(
        &mut self,
        field: &Field,
        row: impl std::fmt::Display,
    ) -> StoreResult<Option<String>> {
        self.opt_text()?.map(|stored| self.vault.open(field, row, &stored)).transpose()
    }

    /// A sealed text of a column that is mostly empty.
    pub(crate) fn sealed_if_any(
        &mut self,
        field: &Field,
        row: impl std::fmt::Display,
    ) -> StoreResult<String> {
        let stored = self.text()?;
        self.vault.open_if_any(field, row, &stored)
    }

    /// A sealed value stored as JSON.
    pub(crate) fn sealed_json<T: serde::de::DeserializeOwned>(
        &mut self,
        field: &Field,
        row: impl std::fmt::Display,
    ) -> StoreResult<T> {
        let stored = self.text()?;
        self.vault.open_json(field, row, &stored)
    }

    /// A value stored as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> StoreResult<T> {
        Ok(serde_json::from_str(&self.text()?)?)
    }
}

impl Db {
    pub(crate) async fn open(url: &str, vault: Vault) -> StoreResult<Self> {
        sqlx::any::install_default_drivers();
        let (url, backend) = normalise(url)?;
        let options = |url: &str| -> StoreResult<AnyConnectOptions> {
            Ok(url.parse::<AnyConnectOptions>().map_err(|_| StoreError::BadUrl)?.disable_statement_logging())
        };
        match backend {
            Backend::Sqlite => {
                try_sqlite(&options(&url)?).await?;
                let write = AnyPoolOptions::new()
                    .max_connections(1)
                    .min_connections(1)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .acquire_timeout(Duration::from_secs(60))
                    .after_connect(|c, _| {
                        Box::pin(async move {
                            for pragma in [
                                "PRAGMA journal_mode = WAL",
                                "PRAGMA synchronous = FULL",
                                "PRAGMA foreign_keys = ON",
                                // What is deleted is gone from the file, and not only from its lists.
                                "PRAGMA secure_delete = ON",
                                "PRAGMA busy_timeout = 10000",
                                "PRAGMA mmap_size = 0",
                                "PRAGMA cache_size = -65536",
                            ] {
                                c.execute(pragma).await?;
                            }
                            Ok(())
                        })
                    })
                    .connect_with(options(&url)?)
                    .await?;
                check_sqlite(&write).await?;
                let read = AnyPoolOptions::new()
                    .max_connections(4)
                    .max_lifetime(None)
                    .after_connect(|c, _| {
                        Box::pin(async move {
                            for pragma in [
                                "PRAGMA query_only = ON",
                                "PRAGMA busy_timeout = 10000",
                                "PRAGMA mmap_size = 0",
                                "PRAGMA cache_size = -32768",
                            ] {
                                c.execute(pragma).await?;
                            }
                            Ok(())
                        })
                    })
                    .connect_lazy_with(options(&url)?);
                Ok(Self { read, write, backend, vault, by: None })
            }
            Backend::Postgres => {
                let pool = AnyPoolOptions::new()
                    .max_connections(8)
                    .acquire_timeout(Duration::from_secs(60))
                    .connect_with(options(&url)?)
                    .await?;
                Ok(Self { read: pool.clone(), write: pool, backend, vault, by: None })
            }
        }
    }

    pub(crate) async fn close(&self) {
        self.read.close().await;
        if self.backend == Backend::Sqlite && !self.write.is_closed() {
            // Where another process has the file open, closing alone writes nothing back. What cannot be written
            // back now stays in the WAL, and nothing is lost.
            let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.write).await;
        }
        self.write.close().await;
    }

    /// Writes the log of SQLite back and empties it, so that nothing deleted stays in it; on PostgreSQL the space of
    /// deleted rows is cleared by VACUUM.
    pub(crate) async fn scrub(&self) -> StoreResult<()> {
        if self.backend == Backend::Sqlite {
            // A reader may keep it from being emptied now; the next writer or the closing does it then.
            let mut connection = self.write.acquire().await?;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection).await?;
        }
        Ok(())
    }

    pub(crate) async fn fetch<T>(
        &self,
        sql: &'static str,
        args: Args,
        read: impl Fn(&mut Cells<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = sqlx::query_with(sql, args.0).fetch_all(&self.read).await?;
        rows.iter().map(|row| read(&mut Cells::new(row, &self.vault))).collect()
    }

    pub(crate) async fn fetch_one<T>(
        &self,
        sql: &'static str,
        args: Args,
        read: impl Fn(&mut Cells<'_>) -> StoreResult<T>,
    ) -> StoreResult<Option<T>> {
        let row = sqlx::query_with(sql, args.0).fetch_optional(&self.read).await?;
        row.as_ref().map(|row| read(&mut Cells::new(row, &self.vault))).transpose()
    }

    /// Lets the planner of PostgreSQL look at the tables.
    pub(crate) async fn analyse(&self) -> StoreResult<()> {
        sqlx::query("ANALYZE").execute(&self.write).await?;
        Ok(())
    }

    /// Calls `each` for every row without holding them all.
    pub(crate) async fn stream(
        &self,
        sql: &'static str,
        args: Args,
        mut each: impl FnMut(&mut Cells<'_>) -> StoreResult<()>,
    ) -> StoreResult<()> {
        let mut rows = sqlx::query_with(sql, args.0).fetch(&self.read);
        while let Some(row) = std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
            each(&mut Cells::new(&row?, &self.vault))?;
        }
        Ok(())
    }

    /// A transaction of its own for one statement that changes rows under a key which leaves vouch for, and for its leaf. A
    /// statement that changes nothing leaves none.
    pub(crate) async fn change(
        &self,
        (shelf, key): (Shelf, i64),
        sql: &'static str,
        args: Args,
        entry: Entry,
    ) -> StoreResult<u64> {
        let mut tx = self.begin().await?;
        tx.changes(shelf, key).await?;
        let changed = tx.execute(sql, args).await?;
        if changed > 0 {
            tx.commit(entry).await?;
        }
        Ok(changed)
    }

    /// Opens a writing transaction; dropping it rolls back. Whoever holds no keys, or keys that were rotated since, does
    /// not write: what they sealed could be lost when the old key is destroyed.
    pub(crate) async fn begin(&self) -> StoreResult<Tx> {
        let mut tx = self.begin_bare().await?;
        crate::canary::hold(&mut tx).await?;
        Ok(tx)
    }

    /// A transaction that seals nothing: for the schema, for the canary and for the audit tree.
    pub(crate) async fn begin_bare(&self) -> StoreResult<Tx> {
        let inner = match self.backend {
            // A deferred transaction that turns into a writer half-way can meet a busy file.
            Backend::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.write.begin().await?,
        };
        Ok(Tx {
            inner,
            backend: self.backend,
            vault: self.vault.clone(),
            by: self.by.clone(),
            touched: Touched::default(),
        })
    }
}

/// A writing transaction.
pub(crate) struct Tx {
    inner: sqlx::Transaction<'static, Any>,
    pub(crate) backend: Backend,
    pub(crate) vault: Vault,
    /// For whom it works, where the entry does not say it.
    pub(crate) by: Option<By>,
    /// Rows that the leaf will vouch for.
    pub(crate) touched: Touched,
}

impl Tx {
    /// Writes the audit leaf and commits both, or neither: no change stands without its leaf.
    pub(crate) async fn commit(mut self, entry: Entry) -> StoreResult<()> {
        entry.write(&mut self).await?;
        self.commit_bare().await
    }

    /// Commits without a leaf: for the schema and for the audit tree itself. A test names who may.
    pub(crate) async fn commit_bare(self) -> StoreResult<()> {
        Ok(self.inner.commit().await?)
    }

    pub(crate) async fn execute(&mut self, sql: &'static str, args: Args) -> StoreResult<u64> {
        let done = sqlx::query_with(sql, args.0).execute(&mut *self.inner).await?;
        Ok(done.rows_affected())
    }

    pub(crate) async fn fetch<T>(
        &mut self,
        sql: &'static str,
        args: Args,
        read: impl Fn(&mut Cells<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = sqlx::query_with(sql, args.0).fetch_all(&mut *self.inner).await?;
        rows.iter().map(|row| read(&mut Cells::new(row, &self.vault))).collect()
    }

    pub(crate) async fn fetch_one<T>(
        &mut self,
        sql: &'static str,
        args: Args,
        read: impl Fn(&mut Cells<'_>) -> StoreResult<T>,
    ) -> StoreResult<Option<T>> {
        let row = sqlx::query_with(sql, args.0).fetch_optional(&mut *self.inner).await?;
        row.as_ref().map(|row| read(&mut Cells::new(row, &self.vault))).transpose()
    }

    /// The first of `count` fresh ids of a table.
    pub(crate) async fn take_ids(&mut self, name: &'static str, count: usize) -> StoreResult<i64> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let next = self
            .fetch_one(
                "INSERT INTO sequences (name, next) VALUES ($1, $2 + 1) ON CONFLICT (name) DO UPDATE SET next = sequences.next + $2 RETURNING next",
                args![name, count],
                |c| c.int(),
            )
            .await?
            .ok_or_else(|| StoreError::corrupt(name))?;
        Ok(next - count)
    }

    /// Inserts many rows: `head` up to and including VALUES, one row of `columns` placeholders for each
    /// item, `tail` after them (such as an ON CONFLICT clause, or nothing). Returns the rows written.
    pub(crate) async fn bulk<T>(
        &mut self,
        head: &'static str,
        columns: usize,
        tail: &'static str,
        items: &[T],
        fill: impl Fn(&mut Args, &T) -> StoreResult<()>,
    ) -> StoreResult<u64> {
        let size = self.backend.bulk_rows();
        self.bulk_sized(size, head, columns, tail, items, fill).await
    }

    /// [`Self::bulk`] with a given number of rows a statement.
    pub(crate) async fn bulk_sized<T>(
        &mut self,
        size: usize,
        head: &str,
        columns: usize,
        tail: &str,
        items: &[T],
        fill: impl Fn(&mut Args, &T) -> StoreResult<()>,
    ) -> StoreResult<u64> {
        // SQLite allows 32,766 arguments a statement, PostgreSQL 65,535.
        let size = size.min(30_000 / columns.max(1)).max(1);
        let mut written = 0;
        let full: Arc<str> = statement(self.backend, head, columns, size, tail).into();
        for chunk in items.chunks(size) {
            let mut args = Args::default();
            args.0.reserve(chunk.len() * columns, 0);
            for item in chunk {
                fill(&mut args, item)?;
            }
            let query = if chunk.len() == size {
                sqlx::query_with(AssertSqlSafe(full.clone()), args.0)
            } else {
                let last = AssertSqlSafe(statement(self.backend, head, columns, chunk.len(), tail));
                sqlx::query_with(last, args.0).persistent(false)
            };
            written += query.execute(&mut *self.inner).await?.rows_affected();
        }
        Ok(written)
    }

    /// [`Self::bulk`] into a table whose names come from the catalogue.
    pub(crate) async fn bulk_named<T>(
        &mut self,
        head: &str,
        columns: usize,
        items: &[T],
        fill: impl Fn(&mut Args, &T) -> StoreResult<()>,
    ) -> StoreResult<u64> {
        let size = self.backend.bulk_rows();
        self.bulk_sized(size, head, columns, "", items, fill).await
    }

    /// [`Tx::fetch`] with words from the table of sealed columns.
    pub(crate) async fn fetch_built<T>(
        &mut self,
        sql: String,
        args: Args,
        read: impl Fn(&mut Cells<'_>) -> StoreResult<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = sqlx::query_with(AssertSqlSafe(sql), args.0).fetch_all(&mut *self.inner).await?;
        rows.iter().map(|row| read(&mut Cells::new(row, &self.vault))).collect()
    }

    /// [`Tx::execute`] with words from the table of sealed columns.
    pub(crate) async fn execute_built(&mut self, sql: String, args: Args) -> StoreResult<u64> {
        let done = sqlx::query_with(AssertSqlSafe(sql), args.0).execute(&mut *self.inner).await?;
        Ok(done.rows_affected())
    }

    /// Runs one statement of an embedded migration file.
    pub(crate) async fn migrate(&mut self, sql: String) -> StoreResult<()> {
        self.inner.execute(AssertSqlSafe(sql)).await?;
        Ok(())
    }
}

/// The one place where the two databases get different text: SQLite looks a numbered placeholder up in a list
/// each time it is bound, which is quadratic in their number; a bare `?` is not looked up.
fn statement(backend: Backend, head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut sql = String::with_capacity(head.len() + rows * columns * 5 + tail.len());
    sql.push_str(head);
    let mut n = 0_usize;
    for row in 0..rows {
        sql.push_str(if row == 0 { " (" } else { ", (" });
        for column in 0..columns {
            n += 1;
            if column > 0 {
                sql.push_str(", ");
            }
            match backend {
                Backend::Sqlite => sql.push('?'),
                Backend::Postgres => {
                    sql.push('$');
                    sql.push_str(&n.to_string());
                }
            }
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

/// Accepts `sqlite://PATH`, `sqlite:PATH`, a bare path, `postgres://…` and `postgresql://…`.
fn normalise(url: &str) -> StoreResult<(String, Backend)> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok((url.to_owned(), Backend::Postgres));
    }
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path.contains("://") || path.contains(":memory:") {
        return Err(StoreError::BadUrl);
    }
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'\\' | b':') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok((format!("sqlite://{escaped}?mode=rwc"), Backend::Sqlite))
}

/// Reads and locks the file once for writing. A pool would knock at a file that is no database, or that may not be
/// written, until its time is out, and then say only that.
async fn try_sqlite(options: &AnyConnectOptions) -> StoreResult<()> {
    let mut one = options.connect().await?;
    for sql in
        ["PRAGMA busy_timeout = 10000", "SELECT count(*) FROM sqlite_master", "BEGIN IMMEDIATE", "ROLLBACK"]
    {
        one.execute(sql).await?;
    }
    Ok(one.close().await?)
}

/// Reads back what protects the file, and refuses a library that can corrupt it.
async fn check_sqlite(pool: &AnyPool) -> StoreResult<()> {
    let text = |sql: &'static str| async move {
        let row = sqlx::query(sql).fetch_one(pool).await?;
        Ok::<_, StoreError>(row.try_get::<String, _>(0)?)
    };
    let version = text("SELECT sqlite_version()").await?;
    let mut parts = version.split('.').map(|p| p.parse::<u32>().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    if (part(), part(), part()) < SQLITE_AT_LEAST {
        return Err(StoreError::OldSqlite { found: version });
    }
    let settings = [
        ("journal_mode", text("PRAGMA journal_mode").await?, "wal"),
        ("synchronous", text("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await?, "2"),
        ("foreign_keys", text("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await?, "1"),
        ("secure_delete", text("SELECT CAST(secure_delete AS TEXT) FROM pragma_secure_delete").await?, "1"),
    ];
    for (name, found, wanted) in settings {
        if found != wanted {
            return Err(StoreError::Pragma { name, found });
        }
    }
    Ok(())
}
