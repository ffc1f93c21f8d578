//! From deliveries and registers to columns.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use doudi_policy::column::{Batch, Column, Data, ListColumns, State};
use doudi_policy::plan::{Entity, FactDecl};
use doudi_policy::value::BadValue;
use doudi_policy::{Date, DivisionCode, Month};
use doudi_registry::{Receiving, Sex, UrbanRural};

use super::{MadeOf, Snapshot};
use crate::contract::{Contracts, FoldKind, Reach, Vocabulary};
use crate::delivery::Delivery;
use crate::population::Population;
use crate::reader::{AbsenceRule, Bound, FactReader, Number, Reading, value_of};

/// Everything a snapshot is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The contracts.
    pub contracts: &'a Contracts,
    /// The facts there are.
    pub vocabulary: Vocabulary<'a>,
    /// Households and people of the day.
    pub population: &'a Population,
    /// What is received in the month of the day.
    pub receiving: &'a [Receiving],
    /// The newest delivery of each feed that has one.
    pub deliveries: &'a BTreeMap<String, Delivery>,
    /// Households with a live authorisation on the day.
    pub authorised: &'a HashSet<i64>,
    /// Households that receive help or stand on a watch list.
    pub monitored: &'a HashSet<i64>,
    /// The month that is to be assessed.
    pub period: Month,
    /// The day.
    pub day: Date,
}

/// The value of one fact of one subject before it enters a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) value: Number,
    pub(crate) state: State,
}

impl Slot {
    pub(crate) const MISSING: Self = Self { value: 0, state: State::Missing };

    fn known(value: Number) -> Self {
        Self { value, state: State::Known }
    }
}

/// Builds the snapshot.
///
/// # Errors
/// A contract that does not fit the vocabulary or a delivery.
pub fn build(sources: Sources<'_>) -> Result<Snapshot, BadValue> {
    let population = sources.population;
    let mut batch = Batch {
        households: population.households.len(),
        members: ListColumns {
            offsets: population.offsets.clone(),
            complete: vec![true; population.households.len()],
            columns: BTreeMap::new(),
        },
        // Nobody has been asked yet who owes support from outside the household.
        obligors: ListColumns {
            offsets: vec![0; population.households.len() + 1],
            complete: vec![false; population.households.len()],
            columns: BTreeMap::new(),
        },
        ..Batch::default()
    };
    (batch.division, batch.divisions) = divisions(population);
    let mut slots: BTreeMap<String, Vec<Slot>> = registry_facts(sources)?;
    let (mut deliveries, mut without) = (BTreeMap::new(), Vec::new());
    let order = by_person(population);
    let mut later = Vec::new();
    for contract in sources.contracts.iter() {
        let Some(delivery) = sources.deliveries.get(&contract.id) else {
            without.push(contract.id.clone());
            continue;
        };
        let label = &delivery.label;
        deliveries.insert(contract.id.clone(), (label.period, label.source_digest.clone()));
        let ranges = ranges(population, &order, delivery);
        for rule in &contract.facts {
            let reader = FactReader::new(contract, rule, sources.vocabulary)?;
            let readings = read_all(&reader, delivery, sources.day, &ranges)?;
            later.push((reader, readings, delivery.label.as_of));
        }
    }
    // A fact whose absence depends on another fact waits for that one.
    later.sort_by_key(|(reader, ..)| reader.absent.iter().any(|a| a.if_fact.is_some()));
    for (reader, readings, delivered) in later {
        let Some(decl) = sources.vocabulary.fact(&reader.fact) else {
            continue;
        };
        let column = if reader.household {
            household_slots(sources, decl, &reader, &readings, delivered)
        } else {
            member_slots(sources, decl, &reader, &readings, delivered, &slots)?
        };
        merge(&mut slots, &reader.fact, column);
    }
    for (fact, column) in slots {
        let Some(decl) = sources.vocabulary.fact(&fact) else {
            continue;
        };
        let column = to_column(decl, &column);
        let of_household = decl.of == Entity::Household;
        let columns = if of_household { &mut batch.columns } else { &mut batch.members.columns };
        columns.insert(fact, column);
    }
    Ok(Snapshot {
        households: population.households.iter().map(|h| h.id).collect(),
        persons: population.members.iter().map(|m| m.person).collect(),
        batch,
        made_of: MadeOf {
            period: sources.period,
            day: sources.day,
            membership: "hukou".to_owned(),
            deliveries,
            without,
        },
    })
}

fn divisions(population: &Population) -> (Vec<u32>, Vec<DivisionCode>) {
    let mut codes: Vec<DivisionCode> = Vec::new();
    let mut column = Vec::with_capacity(population.households.len());
    for household in &population.households {
        // Households are sorted by division, so a new code always comes last.
        if codes.last() != Some(&household.division) {
            codes.push(household.division.clone());
        }
        column.push(u32::try_from(codes.len().saturating_sub(1)).unwrap_or(0));
    }
    (column, codes)
}

/// Facts of our own registers: relation, birth, death, class, what is received. The register is complete: who
/// is not on it does not receive.
fn registry_facts(sources: Sources<'_>) -> Result<BTreeMap<String, Vec<Slot>>, BadValue> {
    let Sources { vocabulary, population, receiving, .. } = sources;
    let mut slots: BTreeMap<String, Vec<Slot>> = BTreeMap::new();
    let members = &population.members;
    if let Some(decl) = vocabulary.fact("registered_class") {
        let urban = value_of(vocabulary, decl, UrbanRural::Urban.id())?;
        let rural = value_of(vocabulary, decl, UrbanRural::Rural.id())?;
        let class = |c: Option<UrbanRural>| match c {
            Some(UrbanRural::Urban) => Slot::known(urban),
            Some(UrbanRural::Rural) => Slot::known(rural),
            None => Slot::MISSING,
        };
        let column = population.households.iter().map(|h| class(h.class)).collect();
        slots.insert(decl.id.clone(), column);
    }
    if let Some(decl) = vocabulary.fact("relation") {
        let mut column = Vec::with_capacity(members.len());
        for m in members {
            column.push(Slot::known(value_of(vocabulary, decl, m.relation.id())?));
        }
        slots.insert(decl.id.clone(), column);
    }
    if let Some(decl) = vocabulary.fact("sex") {
        let mut column = Vec::with_capacity(members.len());
        for m in members {
            column.push(match m.sex {
                Sex::Male | Sex::Female => Slot::known(value_of(vocabulary, decl, m.sex.id())?),
                Sex::Unknown => Slot::MISSING,
            });
        }
        slots.insert(decl.id.clone(), column);
    }
    let date = |d: Option<Date>| d.map_or(Slot::MISSING, |d| Slot::known(i64::from(d.0)));
    slots.insert("birth".to_owned(), members.iter().map(|m| date(m.birth)).collect());
    slots.insert("death_date".to_owned(), members.iter().map(|m| date(m.died)).collect());
    // Only a registered death or move is a fact here; that there is none, the feeds have to say.
    let yes = |b: bool| if b { Slot::known(1) } else { Slot::MISSING };
    slots.insert("deceased".to_owned(), members.iter().map(|m| yes(m.died.is_some())).collect());
    slots.insert("moved_out".to_owned(), members.iter().map(|m| yes(m.left)).collect());
    let mut receives: HashMap<&str, HashSet<i64>> = HashMap::new();
    let mut review: HashMap<i64, Date> = HashMap::new();
    for r in receiving {
        receives.entry(&r.programme).or_default().insert(r.person.0);
        if let Some(due) = r.next_review {
            let first = review.entry(r.person.0).or_insert(due);
            *first = due.min(*first);
        }
    }
    for decl in vocabulary.received() {
        let people: Vec<&HashSet<i64>> =
            decl.register.iter().filter_map(|programme| receives.get(programme.as_str())).collect();
        let gets: Vec<bool> =
            members.iter().map(|m| people.iter().any(|people| people.contains(&m.person))).collect();
        let column = match decl.of {
            Entity::Household => (0..population.households.len())
                .map(|h| population.members_of(h).any(|m| gets.get(m) == Some(&true)))
                .map(|any| Slot::known(i64::from(any)))
                .collect(),
            _ => gets.into_iter().map(|gets| Slot::known(i64::from(gets))).collect(),
        };
        slots.insert(decl.id.clone(), column);
    }
    let due = members.iter().map(|m| date(review.get(&m.person).copied())).collect();
    slots.insert("review_due_on".to_owned(), due);
    Ok(slots)
}

/// Positions of the members in the order of their person ids.
fn by_person(population: &Population) -> Vec<(i64, usize)> {
    let mut order: Vec<(i64, usize)> =
        population.members.iter().enumerate().map(|(i, m)| (m.person, i)).collect();
    order.sort_unstable();
    order
}

/// The rows of each member, by merging two sorted lists.
fn ranges(population: &Population, order: &[(i64, usize)], delivery: &Delivery) -> Vec<Range<usize>> {
    let mut ranges = vec![0..0; population.members.len()];
    let rows = &delivery.person;
    let mut at = 0;
    let row_person = |at: usize| rows.get(at).copied();
    for (person, member) in order {
        while row_person(at).is_some_and(|p| p < *person) {
            at += 1;
        }
        let start = at;
        let mut end = at;
        while row_person(end) == Some(*person) {
            end += 1;
        }
        if let Some(range) = ranges.get_mut(*member) {
            *range = start..end;
        }
    }
    ranges
}

fn read_all(
    reader: &FactReader,
    delivery: &Delivery,
    day: Date,
    ranges: &[Range<usize>],
) -> Result<Vec<Option<Reading>>, BadValue> {
    let bound: Bound<'_> = reader.bind(delivery, day)?;
    let read = |r: &Range<usize>| if r.is_empty() { None } else { bound.read(r.clone()) };
    Ok(ranges.iter().map(read).collect())
}

/// A value is stale when its date lies further back from the first day of the period than it stays fresh.
pub(crate) fn freshness(decl: &FactDecl, as_of: Date, period: Month) -> State {
    match decl.fresh_months {
        Some(months) if as_of.plus_months(i32::from(months)) < period.first_day() => State::Stale,
        _ => State::Known,
    }
}

fn member_slots(
    sources: Sources<'_>,
    decl: &FactDecl,
    reader: &FactReader,
    readings: &[Option<Reading>],
    delivered: Date,
    slots: &BTreeMap<String, Vec<Slot>>,
) -> Result<Vec<Slot>, BadValue> {
    let population = sources.population;
    let conditions = conditions(sources.vocabulary, reader, slots)?;
    let mut column = Vec::with_capacity(readings.len());
    for (h, household) in population.households.iter().enumerate() {
        let out_of_reach = !in_reach(sources, reader.reach, household.id);
        for m in population.members_of(h) {
            if out_of_reach {
                column.push(Slot { value: 0, state: State::OutOfReach });
                continue;
            }
            column.push(match readings.get(m).copied().flatten() {
                Some(reading) if reading.expired => Slot::MISSING,
                Some(reading) => {
                    Slot { value: reading.value, state: freshness(decl, reading.as_of, sources.period) }
                }
                None => {
                    let birth = population.members.get(m).and_then(|p| p.birth);
                    let age = birth.map(|b| full_years(b, delivered));
                    let rule = reader.absent.iter().zip(&conditions).find(|(a, others)| {
                        applies(a, age, household.class)
                            && others
                                .is_none_or(|(column, value)| column.get(m).is_some_and(|s| is(s, value)))
                    });
                    match rule.and_then(|(a, _)| a.value) {
                        Some(value) => Slot { value, state: freshness(decl, delivered, sources.period) },
                        None => Slot::MISSING,
                    }
                }
            });
        }
    }
    Ok(column)
}

fn is(slot: &Slot, value: Number) -> bool {
    matches!(slot.state, State::Known | State::Stale) && slot.value == value
}

/// A column and the value that it must have.
type Condition<'a> = Option<(&'a [Slot], Number)>;

/// For each absence rule the column and value that another fact must have.
fn conditions<'a>(
    vocabulary: Vocabulary<'_>,
    reader: &FactReader,
    slots: &'a BTreeMap<String, Vec<Slot>>,
) -> Result<Vec<Condition<'a>>, BadValue> {
    let mut conditions = Vec::new();
    for absent in &reader.absent {
        conditions.push(match &absent.if_fact {
            None => None,
            Some((fact, text)) => {
                let decl = vocabulary.fact(fact).ok_or_else(|| BadValue {
                    zh: format!("absent 提到的事实 {fact} 不在词汇中"),
                    en: format!("absent names fact `{fact}`, which the vocabulary lacks"),
                })?;
                let column = slots.get(fact).map_or(&[][..], Vec::as_slice);
                Some((column, value_of(vocabulary, decl, text)?))
            }
        });
    }
    Ok(conditions)
}

/// Whether the conditions of an absence hold, other facts aside. A condition about something unknown does not.
pub(crate) fn applies(rule: &AbsenceRule, age: Option<i32>, class: Option<UrbanRural>) -> bool {
    rule.age_from.is_none_or(|from| age.is_some_and(|a| a >= from))
        && rule.age_below.is_none_or(|below| age.is_some_and(|a| a < below))
        && rule.class.is_none_or(|c| class == Some(c))
}

/// Full years of age on a day.
pub(crate) fn full_years(birth: Date, day: Date) -> i32 {
    let ((by, bm, bd), (y, m, d)) = (birth.ymd(), day.ymd());
    i32::from(y) - i32::from(by) - i32::from((m, d) < (bm, bd))
}

fn in_reach(sources: Sources<'_>, reach: Reach, household: i64) -> bool {
    match reach {
        Reach::Everyone => true,
        Reach::Monitored => sources.monitored.contains(&household),
        Reach::ApplicantAuthorised => sources.authorised.contains(&household),
    }
}

fn household_slots(
    sources: Sources<'_>,
    decl: &FactDecl,
    reader: &FactReader,
    readings: &[Option<Reading>],
    delivered: Date,
) -> Vec<Slot> {
    let population = sources.population;
    let slot = |h: usize, household: &crate::population::PopulationHousehold| {
        if !in_reach(sources, reader.reach, household.id) {
            return Slot { value: 0, state: State::OutOfReach };
        }
        let members = population.members_of(h);
        let found = members.clone().filter_map(|m| readings.get(m).copied().flatten());
        let whole = found.reduce(|a, b| join(reader.fold(), a, b));
        match whole {
            // An answer about some of the adults says nothing about the sum of all.
            Some(_) if reader.needs_all() && !all_adults(sources, members, readings, delivered) => {
                Slot::MISSING
            }
            Some(reading) if reading.expired => Slot::MISSING,
            Some(reading) => {
                Slot { value: reading.value, state: freshness(decl, reading.as_of, sources.period) }
            }
            None => {
                let rule = reader.absent.iter().find(|a| applies(a, None, household.class));
                match rule.and_then(|a| a.value) {
                    Some(value) => Slot { value, state: freshness(decl, delivered, sources.period) },
                    None => Slot::MISSING,
                }
            }
        }
    };
    population.households.iter().enumerate().map(|(h, household)| slot(h, household)).collect()
}

fn all_adults(sources: Sources<'_>, members: Range<usize>, readings: &[Option<Reading>], day: Date) -> bool {
    members.into_iter().all(|m| {
        let answered = readings.get(m).copied().flatten().is_some();
        let member = sources.population.members.get(m);
        let minor_or_gone = member
            .is_some_and(|p| p.died.is_some() || p.left || p.birth.is_some_and(|b| full_years(b, day) < 18));
        answered || minor_or_gone
    })
}

/// Two people's readings of a fact of their household as one; where one of them has run out the whole is unknown.
pub(crate) fn join(fold: FoldKind, a: Reading, b: Reading) -> Reading {
    match fold {
        _ if a.expired != b.expired => {
            if a.expired {
                a
            } else {
                b
            }
        }
        FoldKind::Sum | FoldKind::Count => {
            Reading { value: a.value.saturating_add(b.value), as_of: a.as_of.min(b.as_of), ..b }
        }
        FoldKind::Latest if b.as_of < a.as_of => a,
        FoldKind::Latest => b,
        FoldKind::Max | FoldKind::Exists | FoldKind::Any => {
            if b.value > a.value {
                b
            } else {
                a
            }
        }
    }
}

/// What the register knows stands; what it does not know comes from the feed.
fn merge(slots: &mut BTreeMap<String, Vec<Slot>>, fact: &str, column: Vec<Slot>) {
    match slots.get_mut(fact) {
        None => {
            slots.insert(fact.to_owned(), column);
        }
        Some(own) => {
            for (own, fed) in own.iter_mut().zip(column) {
                if own.state == State::Missing {
                    *own = fed;
                }
            }
        }
    }
}

fn to_column(decl: &FactDecl, slots: &[Slot]) -> Column {
    let data = match Vocabulary::empty(decl, 0) {
        Data::Number(_) => Data::Number(slots.iter().map(|s| s.value).collect()),
        Data::Enum(_) => Data::Enum(slots.iter().map(|s| u8::try_from(s.value).unwrap_or(0)).collect()),
        Data::Bool(_) => Data::Bool(slots.iter().map(|s| s.value != 0).collect()),
    };
    Column { data, state: slots.iter().map(|s| s.state).collect() }
}
