//! Reading whole tables by statements that are put together from the names in the database's own catalogue.

use sqlx::{Any, AssertSqlSafe, SqlSafeStr};

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
        // Each text is asked once or twice: keeping it prepared would only take room.
        rows(&mut self.inner, &self.vault, AssertSqlSafe(sql), false, args, each).await
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
        rows(&mut self.inner, &self.vault, AssertSqlSafe(sql), false, args, each).await
    }

    /// The same for a fixed text, which stays prepared.
    pub(crate) async fn stream(
        &mut self,
        sql: &'static str,
        args: Args,
        each: impl FnMut(&mut Cells<'_>) -> StoreResult<()>,
    ) -> StoreResult<()> {
        rows(&mut self.inner, &self.vault, sql, true, args, each).await
    }
}

async fn rows(
    inner: &mut sqlx::Transaction<'static, Any>,
    vault: &Vault,
    sql: impl SqlSafeStr,
    kept: bool,
    args: Args,
    mut each: impl FnMut(&mut Cells<'_>) -> StoreResult<()>,
) -> StoreResult<()> {
    let mut rows = sqlx::query_with(sql, args.0).persistent(kept).fetch(&mut **inner);
    while let Some(row) = std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
        each(&mut Cells::new(&row?, vault))?;
    }
    Ok(())
}
