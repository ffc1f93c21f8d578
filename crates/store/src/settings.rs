//! Settings: few, by key.

use doudi_policy::Date;

use crate::audit::{Entry, Shelf};
use crate::db::args;
use crate::{Store, StoreResult};

const DEMO_TODAY: &str = "demo_today";

impl Store {
    /// A setting, if it was made.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn setting(&self, key: &str) -> StoreResult<Option<String>> {
        self.db.fetch_one("SELECT value FROM settings WHERE key = $1", args![key], |c| c.text()).await
    }

    /// Makes or replaces a setting.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn set_setting(&self, key: &str, value: &str) -> StoreResult<()> {
        self.db
            .change(
                (Shelf::Settings, 0),
                "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                args![key, value],
                Entry::at_large("setting.made").with("key", key).with("value", value),
            )
            .await?;
        Ok(())
    }

    /// 演示日期: the day that a demonstration plays; `None` in a real deployment.
    ///
    /// # Errors
    /// A stored text that is no date, or those of the database.
    pub async fn demo_today(&self) -> StoreResult<Option<Date>> {
        self.db.fetch_one("SELECT value FROM settings WHERE key = $1", args![DEMO_TODAY], |c| c.parse()).await
    }

    /// Sets the day that a demonstration plays.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn set_demo_today(&self, day: Date) -> StoreResult<()> {
        self.set_setting(DEMO_TODAY, &day.to_string()).await
    }
}
