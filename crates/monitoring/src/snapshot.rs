//! 快照: the facts of a whole population on one day, one column a fact with the state of each value.
//! Surrogate ids and divisions, no name, number, phone or account.

mod build;
mod file;
mod parts;

use std::collections::BTreeMap;

use doudi_policy::column::{Batch, Column, Data};
use doudi_policy::{Date, Month};
use serde::{Deserialize, Serialize};

pub use build::{Sources, build};
pub use file::{files, newest, open, read, write};
pub use parts::{Parts, Writer};

/// 快照 of a population.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The facts, as the evaluator reads them.
    pub batch: Batch,
    /// Surrogate id of each household of the batch.
    pub households: Vec<i64>,
    /// Surrogate id of each member of the batch.
    pub persons: Vec<i64>,
    /// What it was made of.
    pub made_of: MadeOf,
}

/// What a snapshot was made of: enough to make it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeOf {
    /// The month that is to be assessed.
    pub period: Month,
    /// The day whose memberships, awards and authorisations count.
    pub day: Date,
    /// Kind of household: always `hukou` in a sweep.
    pub membership: String,
    /// Deliveries: feed → (period, digest of the received file).
    pub deliveries: BTreeMap<String, (Month, String)>,
    /// Feeds of the contracts that have no delivery: their facts are missing for everybody.
    pub without: Vec<String>,
}

impl Snapshot {
    /// Adds the households of another part of the same snapshot behind its own.
    fn append(&mut self, part: Self) {
        self.batch.households += part.batch.households;
        self.batch.division.extend(part.batch.division);
        let lists =
            [(&mut self.batch.members, part.batch.members), (&mut self.batch.obligors, part.batch.obligors)];
        for (list, more) in lists {
            let before = list.offsets.last().copied().unwrap_or(0);
            list.offsets.extend(more.offsets.iter().skip(1).map(|end| end.saturating_add(before)));
            list.complete.extend(more.complete);
            join(&mut list.columns, more.columns);
        }
        join(&mut self.batch.columns, part.batch.columns);
        self.households.extend(part.households);
        self.persons.extend(part.persons);
    }

    /// How many values are known (or stale): the facts that are on file.
    #[must_use]
    pub fn facts(&self) -> usize {
        use doudi_policy::column::State;
        let lists = [&self.batch.members, &self.batch.obligors];
        let columns = lists.iter().flat_map(|l| l.columns.values()).chain(self.batch.columns.values());
        columns.flat_map(|c| &c.state).filter(|s| matches!(s, State::Known | State::Stale)).count()
    }
}

/// Puts the rows of columns behind those of the same facts.
fn join(columns: &mut BTreeMap<String, Column>, more: BTreeMap<String, Column>) {
    for (fact, more) in more {
        let Some(column) = columns.get_mut(&fact) else { continue };
        match (&mut column.data, more.data) {
            (Data::Number(all), Data::Number(more)) => all.extend(more),
            (Data::Enum(all), Data::Enum(more)) => all.extend(more),
            (Data::Bool(all), Data::Bool(more)) => all.extend(more),
            _ => continue,
        }
        column.state.extend(more.state);
    }
}
