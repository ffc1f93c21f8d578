//! Memory: one SQL text for SQLite and PostgreSQL.
//!
//! [`Store`] is one handle, cheap to clone. Its functions are grouped by noun in the modules of this crate;
//! each writes in one transaction, which ends with an audit leaf ([`audit`]). Sensitive columns are only ever sealed
//! ([`classes`]); there is no way to open a store for work without keys. Days are arguments; the time in a leaf is
//! the only clock that the store reads.

mod canary;
mod db;
mod error;
mod migrate;
mod vault;

pub mod account_admin;
pub mod account_changes;
pub mod accounts;
pub mod assessments;
pub mod audit;
pub mod authorisations;
pub mod awards;
pub mod backup;
pub mod cases;
pub mod chain;
pub mod classes;
pub mod coverage;
pub mod deliveries;
pub mod divisions;
pub mod erase;
pub mod inbox;
pub mod invariants;
pub mod leads;
pub mod ledger;
pub mod observations;
pub mod originals;
pub mod people;
pub mod receiving;
pub mod registers;
pub mod requests;
pub mod reseal;
pub mod retention;
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
pub use vault::Keys;

/// The store.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: db::Db,
    /// Looks that wait for the writer.
    pub(crate) looks: std::sync::Arc<audit::Looks>,
    pub(crate) refusals: std::sync::Arc<audit::Refusals>,
}

impl Store {
    /// Opens `sqlite:PATH` (or a bare path) or `postgres://…` with the keys of its sealed columns, and brings the schema
    /// up to date. The first keys are the database's; from then on others are refused.
    ///
    /// # Errors
    /// An address that is not understood, a SQLite too old to be safe, settings that do not hold, a schema made
    /// by another program, keys of another database or from before a rotation, or a database that cannot be reached.
    pub async fn open(url: &str, keys: Keys) -> StoreResult<Self> {
        let store = Self::reach(url, vault::Vault::with(keys)).await?;
        match canary::meet(&store.db).await {
            Ok(()) => Ok(store),
            Err(refused) => {
                store.close().await;
                Err(refused)
            }
        }
    }

    /// Opens it without keys, for whoever checks the audit tree and grows it: nothing sealed can be read, and nothing
    /// but the tree can be written.
    ///
    /// # Errors
    /// As [`Store::open`], but for the keys.
    pub async fn open_closed(url: &str) -> StoreResult<Self> {
        Self::reach(url, vault::Vault::closed()).await
    }

    async fn reach(url: &str, vault: vault::Vault) -> StoreResult<Self> {
        let db = db::Db::open(url, vault).await?;
        if let Err(refused) = migrate::run(&db).await {
            db.close().await;
            return Err(refused);
        }
        Ok(Self { db, looks: Default::default(), refusals: Default::default() })
    }

    /// A handle whose changes are recorded as this person's or operator's, where they name nobody themselves; or again as
    /// the program's own.
    #[must_use]
    pub fn acting_for(mut self, by: impl Into<Option<audit::By>>) -> Self {
        self.db.by = by.into();
        self
    }

    /// The keys that it was opened with.
    ///
    /// # Errors
    /// `NoKeys` where it was opened without.
    pub fn keys(&self) -> StoreResult<&Keys> {
        self.db.vault.keys()
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
