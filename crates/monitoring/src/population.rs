//! 人口: households of hukou with their people on one day, sorted by division and household. Surrogate ids only.

use std::collections::{HashMap, HashSet};

use doudi_policy::{Date, DivisionCode};
use doudi_registry::{Relation, Sex, UrbanRural};

/// A household as the sweep sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationHousehold {
    /// Surrogate id.
    pub id: i64,
    /// Village or township.
    pub division: DivisionCode,
    /// Urban or rural registration; the village's class where the register does not say.
    pub class: Option<UrbanRural>,
}

/// A member of a household as the sweep sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationMember {
    /// Surrogate id of the person.
    pub person: i64,
    /// Surrogate id of the household.
    pub household: i64,
    /// Relation to the head.
    pub relation: Relation,
    /// Sex as registered: for statistics only.
    pub sex: Sex,
    /// Date of birth as registered.
    pub birth: Option<Date>,
    /// Date of death as registered.
    pub died: Option<Date>,
    /// Whether the register says that the hukou has moved away or was cancelled.
    pub left: bool,
}

/// 人口 on one day.
#[derive(Clone, Debug, Default)]
pub struct Population {
    /// Households, sorted by division, then id.
    pub households: Vec<PopulationHousehold>,
    /// Members, in the order of their households, then by person.
    pub members: Vec<PopulationMember>,
    /// `households + 1` offsets into the members.
    pub offsets: Vec<u32>,
}

impl Population {
    /// Sorts households and members. Members of unknown households are left out, as are
    /// households without members; both numbers are returned so that nobody is lost unseen.
    #[must_use]
    pub fn build(
        mut households: Vec<PopulationHousehold>,
        mut members: Vec<PopulationMember>,
    ) -> (Self, LeftOut) {
        let inhabited: HashSet<i64> = members.iter().map(|m| m.household).collect();
        let before = (households.len(), members.len());
        households.retain(|h| inhabited.contains(&h.id));
        households.sort_by(|a, b| (&a.division, a.id).cmp(&(&b.division, b.id)));
        let place: HashMap<i64, usize> = households.iter().enumerate().map(|(i, h)| (h.id, i)).collect();
        members.retain(|m| place.contains_key(&m.household));
        members.sort_by_key(|m| (place.get(&m.household).copied(), m.person));
        let mut offsets = Vec::with_capacity(households.len() + 1);
        let mut at = 0;
        for household in &households {
            offsets.push(u32::try_from(at).unwrap_or(u32::MAX));
            at += members.iter().skip(at).take_while(|m| m.household == household.id).count();
        }
        offsets.push(u32::try_from(at).unwrap_or(u32::MAX));
        let left_out = LeftOut {
            empty_households: before.0 - households.len(),
            homeless_members: before.1 - members.len(),
        };
        let population = Self { households, members, offsets };
        (population, left_out)
    }

    /// The members of a household, as a range of [`Population::members`].
    #[must_use]
    pub fn members_of(&self, household: usize) -> std::ops::Range<usize> {
        let at = |i: usize| self.offsets.get(i).map_or(self.members.len(), |o| *o as usize);
        at(household)..at(household + 1)
    }
}

/// What a population does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Households without a member.
    pub empty_households: usize,
    /// Memberships of a household that is not on file.
    pub homeless_members: usize,
}
