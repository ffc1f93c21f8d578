//! Reading whole tables by statements that are put together from the names in the database's own catalogue.

use sqlx::{Any, AssertSqlSafe};

use super::{Args, Backend, Cells, Db, Tx};
use crate::error::StoreResult;
use crate::vault::Vault;

/// A reading transaction: what it sees stays the same until it ends, whatever others write.
pub(crate) struct Reading {
    inner: sqlx::Transaction<'static, Any>,
    pub(crate) backend: Backend,
    vault: Vault,
}

impl Db {
    /// Begins to read; writers go on.
    pub(crate) async fn reading(&self) -> StoreResult<Reading> {
        let begin = match self.backend {
            Backend::Sqlite => "BEGIN",
            Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let inner = self.read.begin_with(begin).await?;
        Ok(Reading { inner, backend: self.backend, vault: self.vault.clone() })
    }
}

impl Reading {
    /// Calls `each` for every row, without holding them all.
    pub(crate) async fn each(
        &mut self,
        sql: String,
        args: Args,
        each: impl FnMut(&mut Cells<'_>) -> StoreResult<()>,
    ) -> StoreResult<()> {
        rows(&mut self.inner, &self.vault, sql, args, each).await
    }
}

impl Tx {
    /// As [`Reading::each`], seeing what this transaction has written.
    pub(crate) async fn each(
        &mut self,
        sql: String,
        args: Args,
        each: impl FnMut(&mut Cells<'_>) -> StoreResult<()>,
    ) -> StoreResult<()> {
        rows(&mut self.inner, &self.vault, sql, args, each).await
    }
}

async fn rows(
    inner: &mut sqlx::Transaction<'static, Any>,
    vault: &Vault,
    sql: String,
    args: Args,
    mut each: impl FnMut(&mut Cells<'_>) -> StoreResult<()>,
) -> StoreResult<()> {
    let mut rows = sqlx::query_with(AssertSqlSafe(sql), args.0).persistent(false).fetch(&mut **inner);
    while let Some(row) = std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
        each(&mut Cells::new(&row?, vault))?;
    }
    Ok(())
}
