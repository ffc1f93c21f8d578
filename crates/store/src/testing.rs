//! Databases for tests: a fresh SQLite file and a fresh PostgreSQL database.

use std::path::PathBuf;

/// placeholder until the helper is written
#[must_use]
pub fn placeholder() -> PathBuf {
    PathBuf::new()
}
