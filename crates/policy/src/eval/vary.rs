//! 假设: copies of one household, each with some facts changed, as one batch. What-if questions are evaluated
//! like any other households.

use std::collections::BTreeMap;
use std::ops::Range;

use super::open::Subject;
use crate::column::{Batch, Column, Data, ListColumns, State};
use crate::plan::{Entity, FactDecl, Type};

/// A value that a fact is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewValue {
    /// An int, fen, days or months.
    Number(i64),
    /// An enum value by position.
    Enum(u8),
    /// A yes or no.
    Bool(bool),
    /// Not known.
    Unknown,
}

/// One fact changed.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The fact.
    pub fact: &'a FactDecl,
    /// Whose.
    pub subject: Subject,
    /// Its new value.
    pub value: NewValue,
}

/// One copy of household `h` for each set of changes.
#[must_use]
pub fn vary(batch: &Batch, h: usize, variants: &[Vec<Change<'_>>]) -> Batch {
    let mut out = bare(batch, h, variants.len());
    let rows = rows_of(batch, h);
    for (to, (from, rows)) in columns_of(&mut out).into_iter().zip(sides(batch).into_iter().zip(rows)) {
        *to = copy_columns(from, rows, variants.len());
    }
    change(&mut out, variants);
    out
}

/// The same with the columns of some facts only: those that are going to be read.
pub(crate) fn copies<'f>(
    batch: &Batch,
    h: usize,
    variants: &[Vec<Change<'_>>],
    facts: impl Iterator<Item = &'f FactDecl>,
) -> Batch {
    let mut out = bare(batch, h, variants.len());
    let rows = rows_of(batch, h);
    for fact in facts {
        let side = match fact.of {
            Entity::Household => 0,
            Entity::Member => 1,
            Entity::Obligor => 2,
            Entity::Constant => continue,
        };
        let from = sides(batch).into_iter().zip(rows.clone()).nth(side);
        let column =
            from.and_then(|(columns, rows)| copy_column(columns.get(&fact.id)?, rows, variants.len()));
        if let (Some(column), Some(to)) = (column, columns_of(&mut out).into_iter().nth(side)) {
            to.insert(fact.id.clone(), column);
        }
    }
    change(&mut out, variants);
    out
}

type Columns = BTreeMap<String, Column>;

fn sides(batch: &Batch) -> [&Columns; 3] {
    [&batch.columns, &batch.members.columns, &batch.obligors.columns]
}

fn columns_of(batch: &mut Batch) -> [&mut Columns; 3] {
    [&mut batch.columns, &mut batch.members.columns, &mut batch.obligors.columns]
}

/// The rows of a household, of its members and of its obligors.
fn rows_of(batch: &Batch, h: usize) -> [Range<usize>; 3] {
    let listed = |list: &ListColumns| {
        let offset = |h: usize| list.offsets.get(h).map_or(0, |o| *o as usize);
        offset(h)..offset(h.saturating_add(1)).max(offset(h))
    };
    [h..h.saturating_add(1), listed(&batch.members), listed(&batch.obligors)]
}

/// Copies of a household of which nothing is known but where it lives and who is listed.
fn bare(batch: &Batch, h: usize, copies: usize) -> Batch {
    let [_, members, obligors] = rows_of(batch, h);
    let mut out = Batch {
        households: copies,
        members: bare_list(&batch.members, h, members.len(), copies),
        obligors: bare_list(&batch.obligors, h, obligors.len(), copies),
        ..Batch::default()
    };
    let place = batch.division.get(h).map(|d| *d as usize);
    if let Some(code) = place.and_then(|at| batch.divisions.get(at)) {
        out.divisions.push(code.clone());
        out.division = vec![0; copies];
    }
    out
}

fn bare_list(list: &ListColumns, h: usize, size: usize, copies: usize) -> ListColumns {
    let ends = (0..=copies).map(|c| u32::try_from(c * size).unwrap_or(u32::MAX));
    ListColumns {
        offsets: ends.collect(),
        complete: vec![list.complete.get(h).copied().unwrap_or(false); copies],
        columns: BTreeMap::new(),
    }
}

fn change(out: &mut Batch, variants: &[Vec<Change<'_>>]) {
    let copies = out.households;
    let (members, obligors) = (size(&out.members), size(&out.obligors));
    for (copy, changes) in variants.iter().enumerate() {
        for change in changes {
            let (columns, row, rows) = match (change.fact.of, change.subject) {
                (Entity::Household, Subject::Household) => (&mut out.columns, copy, copies),
                (Entity::Member, Subject::Member(m)) if (m as usize) < members => {
                    (&mut out.members.columns, copy * members + m as usize, copies * members)
                }
                (Entity::Obligor, Subject::Obligor(m)) if (m as usize) < obligors => {
                    (&mut out.obligors.columns, copy * obligors + m as usize, copies * obligors)
                }
                _ => continue,
            };
            match columns.get_mut(&change.fact.id) {
                Some(column) => set(column, row, change.value),
                None => {
                    let mut column = missing(change.fact.ty, rows);
                    set(&mut column, row, change.value);
                    columns.insert(change.fact.id.clone(), column);
                }
            }
        }
    }
}

fn size(list: &ListColumns) -> usize {
    list.offsets.get(1).map_or(0, |o| *o as usize)
}

/// A column of which nothing is known.
pub(crate) fn missing(ty: Type, rows: usize) -> Column {
    let data = match ty {
        Type::Bool => Data::Bool(vec![false; rows]),
        Type::Enum(_) => Data::Enum(vec![0; rows]),
        _ => Data::Number(vec![0; rows]),
    };
    Column { data, state: vec![State::Missing; rows] }
}

/// Sets a row; a value of the wrong kind leaves it missing.
pub(crate) fn set(column: &mut Column, row: usize, value: NewValue) {
    fn put<T>(data: &mut [T], row: usize, value: T) -> bool {
        data.get_mut(row).map(|slot| *slot = value).is_some()
    }
    let known = match (&mut column.data, value) {
        (Data::Number(data), NewValue::Number(v)) => put(data, row, v),
        (Data::Enum(data), NewValue::Enum(v)) => put(data, row, v),
        (Data::Bool(data), NewValue::Bool(v)) => put(data, row, v),
        _ => false,
    };
    if let Some(state) = column.state.get_mut(row) {
        *state = if known { State::Known } else { State::Missing };
    }
}

fn copy_columns(columns: &Columns, rows: Range<usize>, copies: usize) -> Columns {
    columns
        .iter()
        .filter_map(|(id, column)| Some((id.clone(), copy_column(column, rows.clone(), copies)?)))
        .collect()
}

/// `None` for a column that does not reach the rows: then they are missing.
fn copy_column(column: &Column, rows: Range<usize>, copies: usize) -> Option<Column> {
    let state = column.state.get(rows.clone())?.repeat(copies);
    let data = match &column.data {
        Data::Number(v) => Data::Number(v.get(rows)?.repeat(copies)),
        Data::Enum(v) => Data::Enum(v.get(rows)?.repeat(copies)),
        Data::Bool(v) => Data::Bool(v.get(rows)?.repeat(copies)),
    };
    Some(Column { data, state })
}
