//! Accounts of services: interfaces of departments with a token, what it is good for, and for which area. Only the
//! digest of a token is stored; it is asked for with every request, so that what was shut is shut from the next one.

use doudi_policy::DivisionCode;

use crate::audit::{Entry, Shelf};
use crate::db::{Cells, args};
use crate::{Store, StoreError, StoreResult};

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// What its token is good for: words such as `deliver`, or `deliver:disability` for one feed.
    pub scopes: Vec<String>,
    /// The area it may speak of.
    pub division: DivisionCode,
    /// Seconds since 1970 from which its token is good for nothing.
    pub until: i64,
    /// Whether it was shut.
    pub disabled: bool,
}

impl Service {
    /// Whether the token is good for something: for a feed if one is named, else for any.
    #[must_use]
    pub fn may(&self, what: &str, feed: Option<&str>) -> bool {
        self.scopes.iter().any(|scope| match (scope.split_once(':'), feed) {
            (None, _) => scope == what && !what.is_empty(),
            (Some((word, _)), None) => word == what,
            (Some((word, only)), Some(feed)) => word == what && only == feed,
        })
    }
}

fn read(c: &mut Cells<'_>) -> StoreResult<Service> {
    Ok(Service {
        id: c.int()?,
        name: c.text()?,
        scopes: c.text()?.split_whitespace().map(str::to_owned).collect(),
        division: c.parse()?,
        until: c.int()?,
        disabled: c.flag()?,
    })
}

impl Store {
    /// Adds a service by the digest of its token, in hexadecimal.
    ///
    /// # Errors
    /// The name is taken; otherwise those of the database.
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
        .await
        .map_err(|e| {
            e.or_duplicate(
                "这个接口名称已被使用；换一个名称，或用 doudi service renew 换发令牌",
                "the name of this service is taken; use another, or doudi service renew for a new token",
            )
        })?;
        tx.added(Shelf::Services, id, 1);
        tx.commit(
            Entry::of("service.added", "service", id)
                .with("name", name)
                .with("scopes", scopes.join(" "))
                .with("division", division)
                .with("until", until),
        )
        .await?;
        Ok(id)
    }

    /// The service of a token, if it is open and has not run out.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn service(&self, digest: &str, now: i64) -> StoreResult<Option<Service>> {
        self.db
            .fetch_one(
                "SELECT id, name, scopes, division, until_at, disabled FROM service_accounts WHERE digest = $1 AND disabled = 0 AND until_at > $2",
                args![digest, now],
                read,
            )
            .await
    }

    /// All services, by name.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn services(&self) -> StoreResult<Vec<Service>> {
        self.db
            .fetch(
                "SELECT id, name, scopes, division, until_at, disabled FROM service_accounts ORDER BY name",
                args![],
                read,
            )
            .await
    }

    /// A service by its number.
    ///
    /// # Errors
    /// `NotFound`; otherwise those of the database.
    pub async fn service_of(&self, id: i64) -> StoreResult<Service> {
        self.db
            .fetch_one(
                "SELECT id, name, scopes, division, until_at, disabled FROM service_accounts WHERE id = $1",
                args![id],
                read,
            )
            .await?
            .ok_or_else(|| StoreError::not_found("service", id))
    }

    /// Shuts a service: its token is good for nothing from the next request on.
    ///
    /// # Errors
    /// `NotFound`; otherwise those of the database.
    pub async fn disable_service(&self, name: &str) -> StoreResult<()> {
        let id = self.service_id(name).await?;
        self.db
            .change(
                (Shelf::Services, id),
                "UPDATE service_accounts SET disabled = 1 WHERE id = $1",
                args![id],
                Entry::of("service.disabled", "service", id),
            )
            .await?;
        Ok(())
    }

    /// Gives a service another token and another last day. The old token ends with it; a service that was shut opens.
    ///
    /// # Errors
    /// `NotFound`; otherwise those of the database.
    pub async fn renew_service(&self, name: &str, digest: &str, until: i64) -> StoreResult<()> {
        let id = self.service_id(name).await?;
        self.db
            .change(
                (Shelf::Services, id),
                "UPDATE service_accounts SET digest = $2, until_at = $3, disabled = 0 WHERE id = $1",
                args![id, digest, until],
                Entry::of("service.renewed", "service", id).with("until", until),
            )
            .await?;
        Ok(())
    }

    async fn service_id(&self, name: &str) -> StoreResult<i64> {
        let found = self
            .db
            .fetch_one("SELECT id FROM service_accounts WHERE name = $1", args![name], |c| c.int())
            .await?;
        found.ok_or_else(|| StoreError::not_found("service", name))
    }
}
