//! 在册人员: the register as the import needs it, to tell whom a row is about. It is held in memory while
//! files are read and never written anywhere.

use std::collections::{HashMap, HashSet};

use doudi_policy::{Date, DivisionCode};
use doudi_registry::{IdentityNumber, PersonId, name};

/// 授权: under which number, for which household, in which days assets may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    /// Number on the signed form.
    pub number: String,
    /// The household that signed.
    pub household: i64,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Authorisation {
    /// Whether it is live on a day.
    #[must_use]
    pub fn live_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// A person as rows are matched against.
#[derive(Clone, Debug)]
pub struct Known {
    /// Surrogate id.
    pub person: PersonId,
    /// Household of hukou, if any.
    pub household: Option<i64>,
    /// Whether the register knows of the death.
    pub dead: bool,
    folded_name: Box<str>,
}

impl Known {
    /// Whether a written name is the registered one.
    #[must_use]
    pub fn is_named(&self, written: &str) -> bool {
        *self.folded_name == *name::fold(written)
    }
}

/// The people, divisions and authorisations of the county on one day.
#[derive(Clone, Debug, Default)]
pub struct Register {
    people: HashMap<u64, Known>,
    divisions: HashSet<DivisionCode>,
    authorisations: HashMap<String, Authorisation>,
}

impl Register {
    /// An empty register with these divisions.
    #[must_use]
    pub fn new(divisions: impl IntoIterator<Item = DivisionCode>) -> Self {
        Self { divisions: divisions.into_iter().collect(), ..Self::default() }
    }

    /// Adds a person. A number that is already there is left as it is and `false` returned.
    pub fn add_person(
        &mut self,
        number: &IdentityNumber,
        registered_name: &str,
        person: PersonId,
        household: Option<i64>,
        dead: bool,
    ) -> bool {
        let known = Known { person, household, dead, folded_name: name::fold(registered_name).into() };
        let key = number_key(number);
        if self.people.contains_key(&key) {
            return false;
        }
        self.people.insert(key, known);
        true
    }

    /// Adds an authorisation.
    pub fn add_authorisation(&mut self, authorisation: Authorisation) {
        self.authorisations.insert(authorisation.number.clone(), authorisation);
    }

    /// The person of a number.
    #[must_use]
    pub fn find(&self, number: &IdentityNumber) -> Option<&Known> {
        self.people.get(&number_key(number))
    }

    /// How many people there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Whether a division exists.
    #[must_use]
    pub fn has_division(&self, code: &DivisionCode) -> bool {
        self.divisions.contains(code)
    }

    /// The authorisation of a number.
    #[must_use]
    pub fn authorisation(&self, number: &str) -> Option<&Authorisation> {
        self.authorisations.get(number)
    }

    /// Households with an authorisation that is live on a day.
    #[must_use]
    pub fn authorised_households(&self, day: Date) -> HashSet<i64> {
        let live = self.authorisations.values().filter(|a| a.live_on(day));
        live.map(|a| a.household).collect()
    }
}

/// The 18 characters as one number: X is the digit ten in the last place.
pub(crate) fn number_key(number: &IdentityNumber) -> u64 {
    number.as_str().bytes().fold(0, |key: u64, c| {
        let digit = if c == b'X' { 10 } else { u64::from(c.wrapping_sub(b'0')) };
        key.wrapping_mul(11).wrapping_add(digit)
    })
}
