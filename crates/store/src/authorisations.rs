//! Authorisations of families to check fields that are read only with their consent.

use doudi_policy::Date;
use doudi_registry::{AuthorisationId, HouseholdId, StaffId};

use crate::audit::{Entry, Shelf};
use crate::db::{Cells, Tx, args};
use crate::{Store, StoreResult};

/// 核对授权书
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    /// Surrogate id; 0 before the store has given one.
    pub id: AuthorisationId,
    /// 授权书编号
    pub code: String,
    /// Household.
    pub household: HouseholdId,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Day of revocation; it stops on that day.
    pub revoked_on: Option<Date>,
}

impl Authorisation {
    /// Whether it is in force on a day.
    #[must_use]
    pub fn live_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.to && self.revoked_on.is_none_or(|end| day < end)
    }
}

fn read(c: &mut Cells<'_>) -> StoreResult<Authorisation> {
    Ok(Authorisation {
        id: AuthorisationId(c.int()?),
        code: c.text()?,
        household: HouseholdId(c.int()?),
        from: c.parse()?,
        to: c.parse()?,
        revoked_on: c.opt_parse()?,
    })
}

/// Writes authorisations inside a transaction, their households' ids shifted.
pub(crate) async fn write_authorisations(
    tx: &mut Tx,
    authorisations: &[Authorisation],
    household_shift: i64,
) -> StoreResult<AuthorisationId> {
    let first = tx.take_ids("authorisations", authorisations.len()).await?;
    let numbered: Vec<(i64, &Authorisation)> = (first..).zip(authorisations).collect();
    tx.bulk(
        "INSERT INTO authorisations (id, code, household, from_on, to_on, revoked_on) VALUES",
        6,
        "",
        &numbered,
        |args, (id, a)| {
            args.push(*id)?;
            args.push(&a.code)?;
            args.push(a.household.0 + household_shift)?;
            args.push(a.from)?;
            args.push(a.to)?;
            args.push(a.revoked_on)
        },
    )
    .await
    .map_err(|e| e.or_duplicate("授权书编号已登记", "the number of the authorisation is already on file"))?;
    tx.added(Shelf::Authorisations, first, authorisations.len());
    Ok(AuthorisationId(first))
}

impl Store {
    /// Records authorisations. Returns the id of the first, the others follow.
    ///
    /// # Errors
    /// Refused as duplicate where a number is already on file.
    pub async fn add_authorisations(&self, authorisations: &[Authorisation]) -> StoreResult<AuthorisationId> {
        let mut tx = self.db.begin().await?;
        let first = write_authorisations(&mut tx, authorisations, 0).await?;
        tx.commit(
            Entry::at_large("authorisation.recorded")
                .with("first", first.0)
                .with("count", authorisations.len()),
        )
        .await?;
        Ok(first)
    }

    /// Revokes an authorisation from a day on. Returns whether it was in force.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn revoke_authorisation(
        &self,
        id: AuthorisationId,
        day: Date,
        by: impl Into<Option<StaffId>>,
    ) -> StoreResult<bool> {
        let changed = self
            .db
            .change(
                (Shelf::Authorisations, id.0),
                "UPDATE authorisations SET revoked_on = $2 WHERE id = $1 AND revoked_on IS NULL",
                args![id, day],
                Entry::of("authorisation.revoked", "authorisation", id.0).by(by).with("day", day),
            )
            .await?;
        Ok(changed == 1)
    }

    /// The authorisations of a household, latest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn authorisations_of(&self, household: HouseholdId) -> StoreResult<Vec<Authorisation>> {
        self.db
            .fetch(
                "SELECT id, code, household, from_on, to_on, revoked_on FROM authorisations WHERE household = $1 ORDER BY from_on DESC, id DESC",
                args![household],
                read,
            )
            .await
    }

    /// The authorisations in force on a day, by household.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn live_authorisations(&self, on: Date) -> StoreResult<Vec<Authorisation>> {
        self.db
            .fetch(
                "SELECT id, code, household, from_on, to_on, revoked_on FROM authorisations \
                 WHERE from_on <= $1 AND to_on >= $1 AND (revoked_on IS NULL OR revoked_on > $1) ORDER BY household, id",
                args![on],
                read,
            )
            .await
    }
}
