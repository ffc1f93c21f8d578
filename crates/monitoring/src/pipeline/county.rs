//! The county of one day in memory, loaded once for all steps.

use std::collections::HashMap;

use doudi_policy::Date;
use doudi_registry::{
    Division, Household, HukouState, Membership, MembershipKind, Person, Relation, UrbanRural,
};
use doudi_store::Store;

use super::PipelineError;
use crate::population::{Population, PopulationHousehold, PopulationMember};
use crate::register::{Authorisation, Register};

/// 县 on one day: for matching rows, for the sweep, for naming households.
#[derive(Debug, Default)]
pub struct County {
    /// People, divisions and authorisations, to match rows against.
    pub register: Register,
    /// Households of hukou and their people.
    pub population: Population,
    /// 户号 by surrogate id of the household.
    pub codes: HashMap<i64, String>,
}

impl County {
    /// Surrogate ids of households by 户号.
    #[must_use]
    pub fn homes(&self) -> HashMap<&str, i64> {
        self.codes.iter().map(|(id, code)| (code.as_str(), *id)).collect()
    }

    /// The county as it was just imported into an empty store, without reading it back.
    pub(super) fn of_import(
        divisions: Vec<Division>,
        households: &[Household],
        persons: &[Person],
        memberships: &[Membership],
    ) -> Self {
        let mut building = Building::new(divisions);
        // Ids count from 1 in the order of the lists.
        let at = |id: i64| usize::try_from(id - 1).unwrap_or(usize::MAX);
        for m in memberships {
            let household = households.get(at(m.household.0));
            let person = persons.get(at(m.person.0));
            if let (Some(household), Some(person)) = (household, person) {
                let h = (household.id.0, household.code.clone(), household.division.clone(), household.class);
                building.add(h, m.relation, person);
            }
        }
        building.finish()
    }
}

struct Building {
    register: Register,
    households: Vec<PopulationHousehold>,
    members: Vec<PopulationMember>,
    codes: HashMap<i64, String>,
}

impl Building {
    fn new(divisions: Vec<Division>) -> Self {
        Self {
            register: Register::new(divisions.into_iter().map(|d| d.code)),
            households: Vec::new(),
            members: Vec::new(),
            codes: HashMap::new(),
        }
    }

    fn add(
        &mut self,
        (id, code, division, class): (i64, String, doudi_policy::DivisionCode, Option<UrbanRural>),
        relation: Relation,
        person: &Person,
    ) {
        if let Some(number) = &person.number {
            let dead = person.died.is_some();
            self.register.add_person(number, &person.name, person.id, Some(id), dead);
        }
        if let std::collections::hash_map::Entry::Vacant(new) = self.codes.entry(id) {
            new.insert(code);
            self.households.push(PopulationHousehold { id, division, class });
        }
        self.members.push(PopulationMember {
            person: person.id.0,
            household: id,
            relation,
            sex: person.sex,
            birth: person.birth,
            died: person.died,
            left: person.hukou != HukouState::Normal,
        });
    }

    fn finish(self) -> County {
        County {
            register: self.register,
            population: Population::build(self.households, self.members).0,
            codes: self.codes,
        }
    }
}

/// Loads the county of a day from the store.
///
/// # Errors
/// Those of the store.
pub async fn load_county(store: &Store, day: Date) -> Result<County, PipelineError> {
    let mut building = Building::new(super::registers::all_divisions(store).await?);
    store
        .register(MembershipKind::Hukou, day, None, |row| {
            let household = (row.household.0, row.code, row.division, row.class);
            building.add(household, row.relation, &row.person);
            Ok(())
        })
        .await?;
    let mut county = building.finish();
    add_authorisations(store, &mut county.register, day).await?;
    Ok(county)
}

/// Lets the register know the authorisations that are live on a day.
pub(super) async fn add_authorisations(
    store: &Store,
    register: &mut Register,
    day: Date,
) -> Result<(), PipelineError> {
    for a in store.live_authorisations(day).await? {
        register.add_authorisation(Authorisation {
            number: a.code,
            household: a.household.0,
            from: a.from,
            to: a.to,
        });
    }
    Ok(())
}
