//! The registers that a county starts with, in one transaction.

use doudi_registry::{Division, Household, Membership, Person, Receiving};

use crate::audit::Entry;
use crate::authorisations::{Authorisation, write_authorisations};
use crate::divisions::write_divisions;
use crate::people::{Imported, write_people};
use crate::receiving::write_receiving;
use crate::{Store, StoreResult};

/// What a county starts with. Ids of households and persons count from 1 and are the batch's own, also in the
/// award register and the authorisations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers<'a> {
    /// 行政区划
    pub divisions: &'a [Division],
    /// Households.
    pub households: &'a [Household],
    /// People.
    pub persons: &'a [Person],
    /// Who belongs to which household.
    pub memberships: &'a [Membership],
    /// 在享名册
    pub receiving: &'a [Receiving],
    /// 授权书
    pub authorisations: &'a [Authorisation],
}

impl Store {
    /// Loads all registers, or nothing of them.
    ///
    /// # Errors
    /// Refused as duplicate where something is already on file.
    pub async fn import_registers(&self, registers: Registers<'_>) -> StoreResult<Imported> {
        let mut tx = self.db.begin().await?;
        write_divisions(&mut tx, registers.divisions).await?;
        let imported =
            write_people(&mut tx, registers.households, registers.persons, registers.memberships).await?;
        let shifts = (imported.household_shift, imported.person_shift);
        write_receiving(&mut tx, registers.receiving, shifts).await?;
        write_authorisations(&mut tx, registers.authorisations, imported.household_shift).await?;
        tx.commit(
            Entry::at_large("registers.imported")
                .with("households", registers.households.len())
                .with("persons", registers.persons.len()),
        )
        .await?;
        Ok(imported)
    }
}
