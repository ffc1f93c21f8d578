//! 一户人家: a household with the people of its register, and the names that a fact sheet does not hold.

use doudi_policy::sheet::FactSheet;
use doudi_registry::{Household, PersonId, Relation, Subject};
use doudi_store::people::Member;

use crate::lang::Lang;

/// A household with its registered members.
#[derive(Clone, Debug)]
pub struct Family {
    /// Household.
    pub household: Household,
    /// Registered members, the head first.
    pub members: Vec<Member>,
    /// Name of the head.
    pub head: String,
}

impl Family {
    /// Binds household and members.
    #[must_use]
    pub fn new(household: Household, members: Vec<Member>) -> Self {
        let head = members
            .iter()
            .find(|m| m.membership.relation == Relation::Head)
            .or_else(|| members.first())
            .map_or_else(|| household.code.clone(), |m| m.person.name.clone());
        Self { household, members, head }
    }

    /// Name of a member.
    #[must_use]
    pub fn name(&self, person: PersonId) -> Option<&str> {
        self.members.iter().find(|m| m.person.id == person).map(|m| m.person.name.as_str())
    }

    /// Of whom an answer speaks: a name, or empty for the household.
    #[must_use]
    pub fn whose(&self, l: Lang, subject: Subject) -> String {
        match subject {
            Subject::Household(_) => String::new(),
            Subject::Person(id) => self.name(id).unwrap_or(l.t("家里人")).to_owned(),
        }
    }

    /// Of whom an open fact speaks: a name, or empty for the household and its lists.
    #[must_use]
    pub fn subject(&self, l: Lang, subject: &str) -> String {
        match subject {
            "household" | "members" | "obligors" | "" => String::new(),
            other => other
                .parse::<i64>()
                .ok()
                .and_then(|id| self.name(PersonId(id)))
                .map_or_else(|| l.t("家里人").to_owned(), str::to_owned),
        }
    }

    /// Writes the names of the members on a sheet that knows them by surrogate id only.
    pub fn lend_names(&self, sheet: &mut FactSheet) {
        for subject in &mut sheet.members {
            if subject.name.is_none() {
                subject.name = subject.person.and_then(|id| self.name(PersonId(id))).map(str::to_owned);
            }
        }
    }
}
