//! The fact sheet behind a lead: every known value with the feed, the day and the line that it comes from.

use std::collections::{BTreeMap, HashMap};

use doudi_policy::column::{Column, Data, State};
use doudi_policy::plan::{Entity, FactDecl, Plan, Type};
use doudi_policy::sheet::{FactSheet, SheetSubject, SheetValue};
use doudi_policy::value::BadValue;
use doudi_policy::{Date, Fen, Month};
use serde_json::Value;

use crate::contract::{Contracts, Vocabulary};
use crate::delivery::Delivery;
use crate::reader::{Bound, FactReader};
use crate::snapshot::Snapshot;

/// Reads of each fact the row that it came from.
pub struct Provenance<'a> {
    feeds: HashMap<String, (&'a Delivery, Bound<'a>)>,
    day: Date,
}

impl<'a> Provenance<'a> {
    /// The readers of all facts that the deliveries give; `readers` outlives the provenance.
    ///
    /// # Errors
    /// A delivery that was written under another contract.
    pub fn new(
        readers: &'a [FactReader],
        deliveries: &'a BTreeMap<String, Delivery>,
        day: Date,
    ) -> Result<Self, BadValue> {
        let mut feeds = HashMap::new();
        for reader in readers {
            if let Some(delivery) = deliveries.get(&reader.feed) {
                feeds.insert(reader.fact.clone(), (delivery, reader.bind(delivery, day)?));
            }
        }
        Ok(Self { feeds, day })
    }

    /// The readers of all contracts.
    ///
    /// # Errors
    /// A contract that does not fit the vocabulary.
    pub fn readers(contracts: &Contracts, vocabulary: Vocabulary<'_>) -> Result<Vec<FactReader>, BadValue> {
        let rules = contracts.iter().flat_map(|c| c.facts.iter().map(move |f| (c, f)));
        rules
            .filter(|(_, f)| vocabulary.fact(&f.id).is_some())
            .map(|(c, f)| FactReader::new(c, f, vocabulary))
            .collect()
    }

    /// For a fact that is missing because what a feed says has run out: which feed and row that is.
    fn expired(&self, decl: &FactDecl, persons: &[i64]) -> Option<SheetValue> {
        let (delivery, bound) = self.feeds.get(&decl.id)?;
        let mut readings = persons.iter().filter_map(|p| bound.read(delivery.rows_of(*p)));
        let reading = readings.find(|reading| reading.expired)?;
        Some(SheetValue {
            source: Some(delivery.label.feed.clone()),
            as_of: Some(reading.as_of),
            state: Some(State::Missing),
            line: Some(delivery.citation(reading.row)),
            ..SheetValue::of(Value::Null)
        })
    }

    fn dress(&self, decl: &FactDecl, persons: &[i64], value: &mut SheetValue) {
        value.grade = Some("A".to_owned());
        let own = ["registry", "own_register"];
        let Some((delivery, bound)) = self.feeds.get(&decl.id) else {
            let source = decl.from.iter().find(|f| own.contains(&f.as_str()));
            value.source = source.cloned();
            value.as_of = Some(self.day);
            return;
        };
        value.source = Some(delivery.label.feed.clone());
        value.as_of = Some(delivery.label.as_of);
        let reading = persons.iter().find_map(|p| bound.read(delivery.rows_of(*p)));
        if let Some(reading) = reading {
            value.as_of = Some(reading.as_of);
            value.line = Some(delivery.citation(reading.row));
        }
    }
}

/// The sheet of household `h`.
pub(super) fn of(plan: &Plan, snapshot: &Snapshot, provenance: &Provenance<'_>, h: usize) -> FactSheet {
    let batch = &snapshot.batch;
    let members = super::members_of(snapshot, h);
    let persons: Vec<i64> = snapshot.persons.get(members.clone()).unwrap_or_default().to_vec();
    let facts = |entity: Entity, columns: &BTreeMap<String, Column>, row: usize, persons: &[i64]| {
        let mut facts = BTreeMap::new();
        for decl in plan.facts.iter().filter(|f| f.of == entity && !f.statistics) {
            let Some(column) = columns.get(&decl.id) else {
                continue;
            };
            let state = column.state.get(row).copied().unwrap_or(State::Missing);
            if state == State::Missing {
                if let Some(told) = provenance.expired(decl, persons) {
                    facts.insert(decl.id.clone(), told);
                }
                continue;
            }
            let mut value = SheetValue::of(match state {
                State::Known | State::Stale => json(plan, decl, column, row),
                _ => Value::Null,
            });
            if state != State::Known {
                value.state = Some(state);
            }
            if matches!(state, State::Known | State::Stale) {
                provenance.dress(decl, persons, &mut value);
            }
            facts.insert(decl.id.clone(), value);
        }
        facts
    };
    let subject = |m: usize| SheetSubject {
        name: None,
        person: snapshot.persons.get(m).copied(),
        facts: snapshot
            .persons
            .get(m)
            .map_or_else(BTreeMap::new, |p| facts(Entity::Member, &batch.members.columns, m, &[*p])),
    };
    let division = batch.division.get(h).and_then(|d| batch.divisions.get(*d as usize));
    FactSheet {
        id: snapshot.households.get(h).map(ToString::to_string),
        division: division.cloned(),
        household: facts(Entity::Household, &batch.columns, h, &persons),
        members: members.map(subject).collect(),
        members_complete: batch.members.complete.get(h).copied().unwrap_or(false),
        ..FactSheet::default()
    }
}

fn json(plan: &Plan, decl: &FactDecl, column: &Column, row: usize) -> Value {
    match &column.data {
        Data::Bool(values) => Value::Bool(values.get(row).copied().unwrap_or(false)),
        Data::Enum(values) => {
            let list = decl.enum_index.and_then(|e| plan.enums.get(usize::from(e)));
            let position = values.get(row).map(|p| usize::from(*p));
            let value = list.zip(position).and_then(|(e, p)| e.values.get(p));
            value.map_or(Value::Null, |(id, _)| Value::String(id.clone()))
        }
        Data::Number(values) => {
            let n = values.get(row).copied().unwrap_or(0);
            let small = i32::try_from(n);
            match (decl.ty, small) {
                (Type::Money(_), _) => Value::String(Fen(n).to_string()),
                (Type::Date, Ok(days)) => Value::String(Date(days).to_string()),
                (Type::Month, Ok(months)) => Value::String(Month(months).to_string()),
                _ => Value::from(n),
            }
        }
    }
}
