//! A household as the oracle sees it: the facts of a sheet, read once.

use std::collections::HashMap;

use doudi_policy::book::Book;
use doudi_policy::column::State;
use doudi_policy::plan::EnumDecl;
use doudi_policy::plan::{Entity, FactDecl, Type};
use doudi_policy::sheet::{FactSheet, SheetSubject, SheetValue};
use doudi_policy::{Date, Fen, Mode, Month, Truth};

use crate::number::{Exact, Range};
use crate::possible::{Possible, from_bool};
use crate::term::bit;

/// 词汇 as the oracle keeps it: where each fact stands among the facts of its subject.
#[derive(Clone, Debug)]
pub(crate) struct Vocabulary {
    facts: Vec<FactDecl>,
    enums: Vec<EnumDecl>,
    by_name: HashMap<String, usize>,
    /// Position of each fact in the list of its subject.
    places: Vec<usize>,
    household: Vec<Possible>,
    member: Vec<Possible>,
    obligor: Vec<Possible>,
}

impl Vocabulary {
    pub(crate) fn new(book: &Book) -> Self {
        let mut vocabulary = Self {
            facts: book.facts().to_vec(),
            enums: book.enums().to_vec(),
            by_name: HashMap::new(),
            places: Vec::new(),
            household: Vec::new(),
            member: Vec::new(),
            obligor: Vec::new(),
        };
        for (at, fact) in book.facts().iter().enumerate() {
            vocabulary.by_name.insert(fact.id.clone(), at);
            vocabulary.by_name.insert(fact.zh.clone(), at);
            let unknown = nothing(book, fact);
            let list = match fact.of {
                Entity::Member => &mut vocabulary.member,
                Entity::Obligor => &mut vocabulary.obligor,
                Entity::Constant | Entity::Household => &mut vocabulary.household,
            };
            vocabulary.places.push(list.len());
            list.push(unknown);
        }
        vocabulary
    }

    /// Whose fact it is, and its position among theirs.
    pub(crate) fn place(&self, fact: usize) -> Option<(Entity, usize)> {
        Some((self.facts.get(fact)?.of, *self.places.get(fact)?))
    }

    /// Somebody of whom nothing is known.
    fn nobody(&self, of: Entity) -> &[Possible] {
        match of {
            Entity::Member => &self.member,
            Entity::Obligor => &self.obligor,
            Entity::Constant | Entity::Household => &self.household,
        }
    }
}

/// 家庭: the facts of one household, each as what is still possible.
#[derive(Clone, Debug)]
pub struct Household {
    pub(crate) division: String,
    pub(crate) own: Vec<Possible>,
    pub(crate) members: People,
    pub(crate) obligors: People,
    /// Whether it is read for a decision against the family.
    pub(crate) adverse: bool,
}

/// A list of people.
#[derive(Clone, Debug)]
pub(crate) struct People {
    pub(crate) facts: Vec<Vec<Possible>>,
    /// Of somebody about whom nothing is known.
    pub(crate) nobody: Vec<Possible>,
    pub(crate) complete: bool,
}

impl Household {
    /// How many members are listed.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members.facts.len()
    }
}

/// Reads a sheet; `as_of` is the knowledge date against which values grow stale.
pub(crate) fn read(
    vocabulary: &Vocabulary,
    as_of: Date,
    sheet: &FactSheet,
    mode: Mode,
) -> Result<Household, String> {
    let reader = Reader { vocabulary, as_of, mode };
    let people = |list: &[SheetSubject], of: Entity| -> Result<People, String> {
        let facts = list.iter().map(|subject| reader.facts(of, subject.facts.iter()));
        let nobody = vocabulary.nobody(of).to_vec();
        Ok(People { facts: facts.collect::<Result<_, _>>()?, nobody, complete: sheet.lists_all(of) })
    };
    Ok(Household {
        division: sheet.division.as_ref().map(ToString::to_string).unwrap_or_default(),
        own: reader.facts(Entity::Household, sheet.household.iter())?,
        members: people(&sheet.members, Entity::Member)?,
        obligors: people(&sheet.obligors, Entity::Obligor)?,
        adverse: mode == Mode::Adverse,
    })
}

fn nothing(book: &Book, fact: &FactDecl) -> Possible {
    match fact.ty {
        Type::Bool => Possible::Truth(Truth::Unknown),
        Type::Enum(index) => {
            let values = book.enums().get(usize::from(index)).map_or(0, |e| e.values.len());
            Possible::Choice((0..values).map(bit).fold(0, |mask, bit| mask | bit))
        }
        _ => Possible::Number(Range::between(fact.min, fact.max)),
    }
}

struct Reader<'v> {
    vocabulary: &'v Vocabulary,
    as_of: Date,
    mode: Mode,
}

impl Reader<'_> {
    fn facts<'s>(
        &self,
        of: Entity,
        given: impl Iterator<Item = (&'s String, &'s SheetValue)>,
    ) -> Result<Vec<Possible>, String> {
        let mut facts = self.vocabulary.nobody(of).to_vec();
        // A list gives one fact a month, back from the period.
        let mut each: Vec<(String, SheetValue)> = Vec::new();
        for (name, value) in given {
            let Some(list) = value.value.as_array() else {
                each.push((name.clone(), value.clone()));
                continue;
            };
            let base = self.vocabulary.by_name.get(name).and_then(|at| self.vocabulary.facts.get(*at));
            let base = base.ok_or_else(|| format!("there is no fact {name}"))?;
            for (back, month) in (0..).zip(list) {
                each.push((base.id_back(back), SheetValue { value: month.clone(), ..value.clone() }));
            }
        }
        for (name, value) in &each {
            let decl = self.vocabulary.by_name.get(name).and_then(|at| {
                let place = *self.vocabulary.places.get(*at)?;
                Some((self.vocabulary.facts.get(*at).filter(|f| f.of == of)?, place))
            });
            let (decl, place) = decl.ok_or_else(|| format!("there is no fact {name} of the {of:?}"))?;
            let known = if self.counts(decl, value) { self.value(decl, &value.value)? } else { None };
            if let (Some(known), Some(slot)) = (known, facts.get_mut(place)) {
                *slot = known;
            }
        }
        Ok(facts)
    }

    /// Whether a value may be used at all.
    fn counts(&self, decl: &FactDecl, value: &SheetValue) -> bool {
        let grown_stale = || {
            let fresh = value.as_of.zip(decl.fresh_months);
            fresh.is_some_and(|(on, months)| on.plus_months(i32::from(months)) < self.as_of)
        };
        match value.state {
            Some(State::Known) => true,
            Some(State::Stale) => self.mode == Mode::Find,
            Some(State::Missing | State::Disputed | State::Conflict | State::OutOfReach) => false,
            None => self.mode == Mode::Find || !grown_stale(),
        }
    }

    fn value(&self, decl: &FactDecl, json: &serde_json::Value) -> Result<Option<Possible>, String> {
        let text = match json {
            serde_json::Value::Null => return Ok(None),
            serde_json::Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        if matches!(text.as_str(), "" | "未知" | "unknown") {
            return Ok(None);
        }
        let number = |n: i64| Possible::Number(Range::one(Exact::whole(n)));
        let read = match decl.ty {
            Type::Bool => match text.as_str() {
                "true" | "是" | "yes" => Some(Possible::Truth(from_bool(true))),
                "false" | "否" | "no" => Some(Possible::Truth(from_bool(false))),
                _ => None,
            },
            Type::Int => text.parse().ok().map(number),
            Type::Money(_) | Type::Exact(_) => {
                let plain = text.split('元').next().unwrap_or_default();
                Fen::parse_yuan(plain).ok().map(|fen| number(fen.0))
            }
            Type::Date => text.parse::<Date>().ok().map(|date| number(i64::from(date.0))),
            Type::Month => text.parse::<Month>().ok().map(|month| number(i64::from(month.0))),
            Type::Rate => None,
            Type::Enum(index) => {
                let values = self.vocabulary.enums.get(usize::from(index)).map(|e| e.values.as_slice());
                let at = values.unwrap_or_default().iter().position(|(id, zh)| *id == text || *zh == text);
                at.map(|at| Possible::Choice(bit(at)))
            }
        };
        read.map(Some).ok_or_else(|| format!("{text} is no value of {}", decl.id))
    }
}
