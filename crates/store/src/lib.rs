//! Memory: one SQL text for SQLite and PostgreSQL.
//!
//! [`Store`] is one handle, cheap to clone. Its functions are grouped by noun in the modules of this crate;
//! each writes in one transaction, which ends with an audit leaf ([`audit`]). Days are arguments; the time in a leaf is
//! the only clock that the store reads.

mod db;
mod error;
mod migrate;

pub mod accounts;
pub mod assessments;
pub mod audit;
pub mod authorisations;
pub mod awards;
pub mod backup;
pub mod cases;
pub mod chain;
pub mod coverage;
pub mod deliveries;
pub mod divisions;
pub mod invariants;
pub mod leads;
pub mod ledger;
pub mod observations;
pub mod people;
pub mod receiving;
pub mod registers;
pub mod rights;
pub mod rosters;
pub mod services;
pub mod sessions;
pub mod settings;
pub mod snapshots;
pub mod staff;
pub mod tries;
pub mod web_queries;

#[doc(hidden)]
pub mod testing;

pub use db::Backend;
pub use error::{StoreError, StoreResult};
pub use migrate::hex;

/// The store.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: db::Db,
    /// Looks that wait for the writer.
    pub(crate) looks: std::sync::Arc<audit::Looks>,
}

impl Store {
    /// Opens `sqlite:PATH` (or a bare path) or `postgres://…`, and brings the schema up to date.
    ///
    /// # Errors
    /// An address that is not understood, a SQLite too old to be safe, settings that do not hold, a schema made
    /// by another program, or a database that cannot be reached.
    pub async fn open(url: &str) -> StoreResult<Self> {
        let db = db::Db::open(url).await?;
        if let Err(refused) = migrate::run(&db).await {
            db.close().await;
            return Err(refused);
        }
        Ok(Self { db, looks: Default::default() })
    }

    /// Which database is behind it.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.db.backend
    }

    /// Closes all connections; on SQLite the WAL is written back.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// 1 is the first.
    pub number: u32,
    /// Rows of a page.
    pub size: u32,
}

impl Page {
    /// The first page of a size.
    #[must_use]
    pub fn first(size: u32) -> Self {
        Self { number: 1, size }
    }

    pub(crate) fn limit(self) -> i64 {
        i64::from(self.size)
    }

    pub(crate) fn offset(self) -> i64 {
        i64::from(self.number.saturating_sub(1)).saturating_mul(i64::from(self.size))
    }
}

/// Rows of a page with the size of the whole list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// Rows of the page.
    pub rows: Vec<T>,
    /// Rows of the list.
    pub total: i64,
    /// The page.
    pub page: Page,
}

impl<T> Paged<T> {
    /// Number of pages, one at least.
    #[must_use]
    pub fn pages(&self) -> i64 {
        let size = self.page.limit().max(1);
        ((self.total + size - 1) / size).max(1)
    }
}

/// The range of codes inside an area, as `>= .0` and `< .1`; everything for `None`.
pub(crate) fn area_range(area: Option<&doudi_policy::DivisionCode>) -> (String, String) {
    match area {
        Some(code) => (code.as_str().to_owned(), format!("{code}z")),
        None => (String::new(), "z".to_owned()),
    }
}
