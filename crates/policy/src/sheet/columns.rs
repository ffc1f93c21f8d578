//! Sheets to columns and back.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::read::{Unfit, enum_of, read};
use super::{FactSheet, SheetProblem, SheetSubject, SheetValue};
use crate::column::{Batch, Column, Data, ListColumns, State};
use crate::eval::{missing, set};
use crate::near::nearest;
use crate::plan::{Entity, FactDecl, Plan, Type};
use crate::value::{Date, DivisionCode, Fen, Month};

impl Batch {
    /// Sheets as a batch, one household each. A fact may be named by its English id or 中文 label.
    ///
    /// # Errors
    /// Every problem found: unknown fact names, values of the wrong type or beyond their bounds, enum values that
    /// do not exist, a missing division.
    pub fn from_sheets(sheets: &[FactSheet], plan: &Plan) -> Result<Self, Vec<SheetProblem>> {
        let mut reader = Reader { plan, problems: Vec::new(), prefix: String::new() };
        let mut batch = Self { households: sheets.len(), ..Self::default() };
        let mut places: BTreeMap<&DivisionCode, u32> = BTreeMap::new();
        let mut household = Subjects::new(Entity::Household, sheets.len());
        let count =
            |list: fn(&FactSheet) -> &[SheetSubject]| -> usize { sheets.iter().map(|s| list(s).len()).sum() };
        let mut members = Subjects::new(Entity::Member, count(|s| &s.members));
        let mut obligors = Subjects::new(Entity::Obligor, count(|s| &s.obligors));
        for list in [&mut batch.members, &mut batch.obligors] {
            list.offsets.push(0);
        }
        for (at, sheet) in sheets.iter().enumerate() {
            if sheets.len() > 1 {
                reader.prefix = format!("[{at}].");
            }
            batch.division.push(match &sheet.division {
                Some(code) => *places.entry(code).or_insert_with(|| {
                    batch.divisions.push(code.clone());
                    u32::try_from(batch.divisions.len() - 1).unwrap_or(u32::MAX)
                }),
                None => {
                    reader.problem(
                        "sheet-division",
                        "division",
                        "缺少行政区划代码，标准按地方确定；例如 \"990121103\"",
                        "the division code is missing, local standards depend on it; for example \"990121103\"",
                    );
                    u32::MAX
                }
            });
            if sheet.members.len().max(sheet.obligors.len()) > MOST_PEOPLE {
                reader.problem(
                    "sheet-people",
                    "members",
                    format!("一张表最多 {MOST_PEOPLE} 人；集体户请按家庭分开"),
                    format!("a sheet holds at most {MOST_PEOPLE} people; split a collective register into families"),
                );
                return Err(reader.problems);
            }
            reader.subject(&mut household, "household.", &sheet.household);
            for (list, name, from, to) in [
                (&sheet.members, "members", &mut members, &mut batch.members),
                (&sheet.obligors, "obligors", &mut obligors, &mut batch.obligors),
            ] {
                for (place, subject) in list.iter().enumerate() {
                    reader.subject(from, &format!("{name}[{place}]."), &subject.facts);
                }
                to.offsets.push(u32::try_from(from.row).unwrap_or(u32::MAX));
                to.complete.push(sheet.lists_all(from.of));
            }
        }
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        batch.columns = household.columns;
        batch.members.columns = members.columns;
        batch.obligors.columns = obligors.columns;
        Ok(batch)
    }
}

/// Largest family on one sheet: explanations and open questions grow with its square.
pub(crate) const MOST_PEOPLE: usize = 60;

/// The columns of one entity as they fill.
struct Subjects {
    of: Entity,
    rows: usize,
    row: usize,
    columns: BTreeMap<String, Column>,
}

impl Subjects {
    fn new(of: Entity, rows: usize) -> Self {
        Self { of, rows, row: 0, columns: BTreeMap::new() }
    }
}

struct Reader<'a> {
    plan: &'a Plan,
    problems: Vec<SheetProblem>,
    prefix: String,
}

impl Reader<'_> {
    fn problem(&mut self, code: &'static str, path: &str, zh: impl Into<String>, en: impl Into<String>) {
        let path = format!("{}{path}", self.prefix);
        self.problems.push(SheetProblem::new(code, path, zh.into(), en.into()));
    }

    fn subject(&mut self, subjects: &mut Subjects, path: &str, facts: &BTreeMap<String, SheetValue>) {
        let mut told: BTreeMap<String, &str> = BTreeMap::new();
        for (name, given) in facts {
            let path = format!("{path}{name}");
            let plan = self.plan;
            let Some(fact) = plan.facts.iter().find(|f| f.id == *name || f.zh == *name) else {
                self.unknown_name(&path, name, subjects.of);
                continue;
            };
            if fact.of != subjects.of {
                let (zh, en) = whose(fact.of);
                self.problem(
                    "sheet-subject",
                    &path,
                    format!("“{}”是{zh}的事实，请移到那里", fact.zh),
                    format!("`{}` is a fact of the {en}; move it there", fact.id),
                );
                continue;
            }
            for (path, fact, given) in self.by_month(&path, fact, given) {
                if let Some(other) = told.insert(fact.id.clone(), name) {
                    self.problem(
                        "sheet-duplicate",
                        &path,
                        format!("“{name}”和“{other}”是同一个事实，写了两次；请只留一个"),
                        format!("`{name}` and `{other}` are one fact, written twice; keep one"),
                    );
                    continue;
                }
                self.one(subjects, &path, fact, &given);
            }
        }
        subjects.row += 1;
    }

    /// A list of values of a fact with a window, one fact a month; anything else as it is.
    fn by_month<'g>(
        &mut self,
        path: &str,
        fact: &'g FactDecl,
        given: &'g SheetValue,
    ) -> Vec<(String, &'g FactDecl, Cow<'g, SheetValue>)>
    where
        Self: 'g,
    {
        let list = match &given.value {
            Value::Array(list) if fact.window > 1 && fact.back == 0 => list,
            _ => return vec![(path.to_owned(), fact, Cow::Borrowed(given))],
        };
        if list.len() > usize::from(fact.window) {
            let (months, window) = (list.len(), fact.window);
            self.problem(
                "sheet-window",
                path,
                format!("“{}”给了 {months} 个月，只记录 {window} 个月，从本期往前数", fact.zh),
                format!(
                    "`{}` is given for {months} months; it is kept for {window}, back from the period",
                    fact.id
                ),
            );
            return Vec::new();
        }
        let months = (0..fact.window).zip(list).filter_map(|(back, value)| {
            let id = fact.id_back(back);
            let fact = self.plan.facts.iter().find(|f| f.id == id)?;
            let given = SheetValue { value: value.clone(), ..given.clone() };
            Some((format!("{path}[{back}]"), fact, Cow::Owned(given)))
        });
        months.collect()
    }

    fn one(&mut self, subjects: &mut Subjects, path: &str, fact: &FactDecl, given: &SheetValue) {
        match read(self.plan, fact, given) {
            Ok((value, state)) => {
                let rows = subjects.rows;
                let column =
                    subjects.columns.entry(fact.id.clone()).or_insert_with(|| missing(fact.ty, rows));
                set(column, subjects.row, value);
                if let Some(slot) = column.state.get_mut(subjects.row) {
                    *slot = state;
                }
            }
            Err(Unfit { code, wrong }) => self.problem(
                code,
                path,
                format!("{}：{}", fact.zh, wrong.zh),
                format!("{}: {}", fact.en, wrong.en),
            ),
        }
    }

    fn unknown_name(&mut self, path: &str, name: &str, of: Entity) {
        let facts = self.plan.facts.iter().filter(|f| f.of == of);
        let names = facts.flat_map(|f| [f.id.as_str(), f.zh.as_str()]);
        let (zh, en) = match nearest(name, names) {
            Some(near) => (format!("，是否指“{near}”"), format!("; did you mean `{near}`?")),
            None => (
                "，词汇表见“doudi policy facts”".to_owned(),
                "; `doudi policy facts` lists the vocabulary".to_owned(),
            ),
        };
        self.problem(
            "sheet-fact",
            path,
            format!("没有“{name}”这个事实{zh}"),
            format!("there is no fact `{name}`{en}"),
        );
    }
}

fn whose(of: Entity) -> (&'static str, &'static str) {
    match of {
        Entity::Member => ("成员", "members"),
        Entity::Obligor => ("义务人", "obligors"),
        Entity::Household | Entity::Constant => ("家庭", "household"),
    }
}

impl FactSheet {
    /// Household `h` of a batch as a sheet: every value that the batch gives with its state, without provenance and
    /// names. Missing facts are left out.
    #[must_use]
    pub fn from_batch(plan: &Plan, batch: &Batch, h: usize) -> Self {
        let place = batch.division.get(h).map(|d| *d as usize);
        let list = |list: &ListColumns, of: Entity| -> Vec<SheetSubject> {
            let offset = |h: usize| list.offsets.get(h).map_or(0, |o| *o as usize);
            (offset(h)..offset(h.saturating_add(1)))
                .map(|row| SheetSubject {
                    facts: row_facts(plan, &list.columns, of, row),
                    ..SheetSubject::default()
                })
                .collect()
        };
        let complete = |list: &ListColumns| list.complete.get(h).copied().unwrap_or(false);
        Self {
            division: place.and_then(|at| batch.divisions.get(at)).cloned(),
            household: row_facts(plan, &batch.columns, Entity::Household, h),
            members: list(&batch.members, Entity::Member),
            members_complete: complete(&batch.members),
            obligors: list(&batch.obligors, Entity::Obligor),
            obligors_complete: complete(&batch.obligors),
            ..Self::default()
        }
    }
}

fn row_facts(
    plan: &Plan,
    columns: &BTreeMap<String, Column>,
    of: Entity,
    row: usize,
) -> BTreeMap<String, SheetValue> {
    plan.facts
        .iter()
        .filter(|fact| fact.of == of)
        .filter_map(|fact| {
            let column = columns.get(&fact.id)?;
            let state = *column.state.get(row)?;
            let value = match state {
                State::Missing => return None,
                State::Known | State::Stale => write(plan, fact, column, row)?,
                State::Disputed | State::Conflict | State::OutOfReach => Value::Null,
            };
            let given = SheetValue {
                value,
                state: (state != State::Known).then_some(state),
                ..SheetValue::default()
            };
            Some((fact.id.clone(), given))
        })
        .collect()
}

fn write(plan: &Plan, fact: &FactDecl, column: &Column, row: usize) -> Option<Value> {
    let day = |v: i64| i32::try_from(v).ok();
    Some(match &column.data {
        Data::Bool(v) => Value::from(*v.get(row)?),
        Data::Enum(v) => {
            let at = usize::from(*v.get(row)?);
            Value::from(enum_of(plan, fact)?.values.get(at)?.0.clone())
        }
        Data::Number(v) => {
            let v = *v.get(row)?;
            match fact.ty {
                Type::Money(_) | Type::Exact(_) => Value::from(Fen(v).to_string()),
                Type::Date => Value::from(Date(day(v)?).to_string()),
                Type::Month => Value::from(Month(day(v)?).to_string()),
                _ => Value::from(v),
            }
        }
    })
}
