//! Our own tiny migration runner: embedded files in order, each in one transaction, each remembered with its digest.

use doudi_policy::value::BadValue;
use sha2::{Digest as _, Sha256};

use crate::backup::SchemaStep;
use crate::db::{Db, args};
use crate::error::{StoreError, StoreResult};

const FILES: &[(&str, &str)] = &[
    ("0001_base", include_str!("../migrations/0001_base.sql")),
    ("0002_work", include_str!("../migrations/0002_work.sql")),
    ("0003_audit", include_str!("../migrations/0003_audit.sql")),
    ("0004_accounts", include_str!("../migrations/0004_accounts.sql")),
    ("0005_rights", include_str!("../migrations/0005_rights.sql")),
    ("0006_interfaces", include_str!("../migrations/0006_interfaces.sql")),
    ("0007_subjects", include_str!("../migrations/0007_subjects.sql")),
    ("0008_retention", include_str!("../migrations/0008_retention.sql")),
    ("0009_letters", include_str!("../migrations/0009_letters.sql")),
    ("0010_account_changes", include_str!("../migrations/0010_account_changes.sql")),
];

/// Brings the schema up to date.
pub(crate) async fn run(db: &Db) -> StoreResult<()> {
    run_steps(db, FILES.len()).await
}

/// Brings the schema to its first `steps` steps; those that are there already stay.
pub(crate) async fn run_steps(db: &Db, steps: usize) -> StoreResult<()> {
    let done = applied(db).await?;
    if let Some(step) = done.get(FILES.len()) {
        return Err(StoreError::Schema { found: step.name.clone(), detail: newer() });
    }
    for (index, (name, text)) in FILES.iter().enumerate() {
        match done.get(index) {
            Some(step) if step.name == *name && step.digest == digest(text) => {}
            Some(step) => {
                return Err(StoreError::Schema {
                    found: step.name.clone(),
                    detail: BadValue {
                        zh: format!(
                            "本程序的 {name} 与它不同：它是早先的版本建立的，内容没有加密，本版不读也不改。请用建立它的版本导出，再导入新库；演示库请重新生成"
                        ),
                        en: format!(
                            "migration {name} of this program has another text: an earlier version made it, with its contents in the clear, and this one neither reads nor changes it. Export with the version that made it and import into a new database; build a demo anew"
                        ),
                    },
                });
            }
            None if index < steps => apply(db, index, name, text, &digest(text)).await?,
            None => {}
        }
    }
    Ok(())
}

/// The steps that a database has.
pub(crate) async fn applied(db: &Db) -> StoreResult<Vec<SchemaStep>> {
    let mut tx = db.begin_bare().await?;
    tx.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)",
        args![],
    )
    .await?;
    tx.commit_bare().await?;
    db.fetch("SELECT name, digest FROM schema_migrations ORDER BY id", args![], |c| {
        Ok(SchemaStep { name: c.text()?, digest: c.text()? })
    })
    .await
}

/// How many steps of this program a schema told elsewhere has.
pub(crate) fn steps_of(schema: &[SchemaStep]) -> StoreResult<usize> {
    for (index, step) in schema.iter().enumerate() {
        let known =
            FILES.get(index).is_some_and(|(name, text)| step.name == *name && step.digest == digest(text));
        if !known {
            return Err(StoreError::Schema { found: step.name.clone(), detail: newer() });
        }
    }
    Ok(schema.len())
}

/// The tables after so many steps, in the order in which they were made: parents before children.
pub(crate) fn tables(steps: usize) -> Vec<String> {
    let mut names = Vec::new();
    for statement in FILES.iter().take(steps).flat_map(|(_, text)| statements(text)) {
        let mut words = statement.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("CREATE"), Some("TABLE"), Some(name)) => names.push(name.to_owned()),
            (Some("DROP"), Some("TABLE"), Some(name)) => names.retain(|n| n != name),
            _ => {}
        }
    }
    names
}

fn newer() -> BadValue {
    BadValue {
        zh: "它是更新版本的程序建立的，请用那个版本打开".to_owned(),
        en: "it was made by a newer program; use that one".to_owned(),
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

async fn apply(
    db: &Db,
    index: usize,
    name: &'static str,
    text: &'static str,
    digest: &str,
) -> StoreResult<()> {
    let mut tx = db.begin_bare().await?;
    // The row goes first: a second node that starts at the same time waits here and then finds it done.
    let mine = tx
        .execute(
            "INSERT INTO schema_migrations (id, name, digest) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            args![i64::try_from(index).unwrap_or(i64::MAX), name, digest],
        )
        .await?;
    if mine == 1 {
        for statement in statements(text) {
            tx.migrate(statement).await?;
        }
    }
    tx.commit_bare().await
}

/// The statements of a migration file: whole-line comments go, a semicolon ends a statement.
fn statements(text: &str) -> Vec<String> {
    let sql: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| [line, "\n"])
        .collect();
    sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
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

#[cfg(test)]
mod tests {
    use super::{FILES, statements};

    #[test]
    fn a_migration_is_split_at_its_semicolons_and_not_in_comments() {
        assert_eq!(
            statements("-- one; two\nCREATE TABLE a (x TEXT);\n\nCREATE INDEX b ON a (x);\n"),
            ["CREATE TABLE a (x TEXT)", "CREATE INDEX b ON a (x)"]
        );
    }

    #[test]
    fn columns_are_of_types_that_both_databases_share() {
        for (name, text) in FILES {
            for word in ["BOOLEAN", "NUMERIC", "TIMESTAMP", "UUID", "JSONB", "SERIAL", "INTEGER"] {
                assert!(!text.to_uppercase().contains(word), "{name} holds {word}");
            }
        }
    }
}
