//! Failed log-ins by name and by address. A try counts before it is checked, so that many at once count as many; a
//! name that nobody has counts like any other, so that waiting tells nothing.

use crate::audit::Entry;
use crate::db::args;
use crate::{Store, StoreResult};

/// Failures are forgotten after a day without any.
const FORGET: i64 = 24 * 3600;

/// Something that tries are counted for, and what its failures cost.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its key.
    pub key: String,
    /// Seconds to wait after so many failures.
    pub delay: fn(i64) -> i64,
}

impl Store {
    /// Counts a try for all subjects; or none of them, and gives the seconds to wait, where one is locked.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn count_try(&self, subjects: &[Subject], now: i64) -> StoreResult<Option<i64>> {
        let mut tx = self.db.begin().await?;
        tx.execute("DELETE FROM sign_in_tries WHERE last_at < $1", args![now - FORGET]).await?;
        for subject in subjects {
            let (failures, locked) = tx
                .fetch_one(
                    "INSERT INTO sign_in_tries (subject, failures, last_at, locked_until) VALUES ($1, 1, $2, 0) \
                     ON CONFLICT (subject) DO UPDATE SET failures = sign_in_tries.failures + 1, last_at = excluded.last_at \
                     RETURNING failures, locked_until",
                    args![&subject.key, now],
                    |c| Ok((c.int()?, c.int()?)),
                )
                .await?
                .unwrap_or_default();
            if locked > now {
                // Dropping the transaction takes the count back.
                return Ok(Some(locked - now));
            }
            tx.execute(
                "UPDATE sign_in_tries SET locked_until = $2 WHERE subject = $1",
                args![&subject.key, now + (subject.delay)(failures)],
            )
            .await?;
        }
        let whom = subjects.first().map_or("", |s| s.key.as_str());
        tx.commit(Entry::of("login.tried", "login", whom)).await?;
        Ok(None)
    }

    /// A try has succeeded: the name starts anew, the address gets this one back.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn forgive(&self, name: &str, address: &str) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        tx.execute("DELETE FROM sign_in_tries WHERE subject = $1", args![name]).await?;
        tx.execute(
            "UPDATE sign_in_tries SET failures = failures - 1, locked_until = 0 WHERE subject = $1",
            args![address],
        )
        .await?;
        // Counters only: the log-in that succeeded has its own leaf.
        tx.commit_bare().await
    }
}
