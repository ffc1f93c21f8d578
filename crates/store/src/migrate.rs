//! Our own tiny migration runner: embedded files in order, each in one transaction, each remembered with its digest.

use sha2::{Digest as _, Sha256};

use crate::db::{Db, args};
use crate::error::{StoreError, StoreResult};

const FILES: &[(&str, &str)] = &[("0001_base", include_str!("../migrations/0001_base.sql"))];

pub(crate) async fn run(db: &Db) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    tx.migrate(
        "CREATE TABLE IF NOT EXISTS schema_migrations (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)",
    )
    .await?;
    tx.commit().await?;
    let done = db
        .fetch("SELECT id, name, digest FROM schema_migrations ORDER BY id", args![], |c| {
            Ok((c.int()?, c.text()?, c.text()?))
        })
        .await?;
    if let Some((_, name, _)) = done.get(FILES.len()) {
        return Err(StoreError::Schema {
            found: name.clone(),
            detail: "it was made by a newer program; use that one".to_owned(),
        });
    }
    for (index, (name, text)) in FILES.iter().enumerate() {
        let digest = hex(&Sha256::digest(text.as_bytes()));
        match done.get(index) {
            Some((_, done_name, done_digest)) if done_name == name && *done_digest == digest => {}
            Some((_, done_name, _)) => {
                return Err(StoreError::Schema {
                    found: done_name.clone(),
                    detail: format!("migration {name} of this program has another text"),
                });
            }
            None => apply(db, index, name, text, &digest).await?,
        }
    }
    Ok(())
}

async fn apply(
    db: &Db,
    index: usize,
    name: &'static str,
    text: &'static str,
    digest: &str,
) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    // The row goes first: a second node that starts at the same time waits here and then finds it done.
    let mine = tx
        .execute(
            "INSERT INTO schema_migrations (id, name, digest) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            args![i64::try_from(index).unwrap_or(i64::MAX), name, digest],
        )
        .await?;
    if mine == 1 {
        for statement in text.split_inclusive(';') {
            let holds_sql =
                statement.lines().any(|l| !l.trim().is_empty() && !l.trim_start().starts_with("--"));
            if holds_sql {
                tx.migrate(statement).await?;
            }
        }
    }
    tx.commit().await
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}
