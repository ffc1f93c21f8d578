//! Accounts of services: interfaces of departments with a token, what it is good for, and for which area.

use doudi_policy::DivisionCode;

use crate::audit::Entry;
use crate::db::args;
use crate::{Store, StoreResult};

/// A service whose token was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// The area it may ask about.
    pub division: DivisionCode,
}

impl Store {
    /// Adds a service by the SHA-256 of its token, in hexadecimal.
    ///
    /// # Errors
    /// The name or the token is taken; otherwise those of the database.
    pub async fn add_service(
        &self,
        name: &str,
        digest: &str,
        scopes: &[&str],
        division: &DivisionCode,
        until: i64,
    ) -> StoreResult<i64> {
        let mut tx = self.db.begin().await?;
        let id = tx.take_ids("service_accounts", 1).await?;
        tx.execute(
            "INSERT INTO service_accounts (id, name, digest, scopes, division, until_at, disabled) VALUES ($1, $2, $3, $4, $5, $6, 0)",
            args![id, name, digest, scopes.join(" "), division, until],
        )
        .await?;
        tx.commit(
            Entry::of("service.added", "service", id)
                .with("scopes", scopes.join(" "))
                .with("division", division),
        )
        .await?;
        Ok(id)
    }

    /// The service of a token, if it is open, has not run out, and the token is good for the scope and the place.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn service_may(
        &self,
        digest: &str,
        scope: &str,
        place: &DivisionCode,
        now: i64,
    ) -> StoreResult<Option<Service>> {
        let found = self
            .db
            .fetch_one(
                "SELECT id, name, division, scopes FROM service_accounts WHERE digest = $1 AND disabled = 0 AND until_at > $2",
                args![digest, now],
                |c| Ok((Service { id: c.int()?, name: c.text()?, division: c.parse()? }, c.text()?)),
            )
            .await?;
        Ok(found
            .filter(|(service, scopes)| {
                scopes.split(' ').any(|s| s == scope) && place.within(&service.division)
            })
            .map(|(service, _)| service))
    }
}
