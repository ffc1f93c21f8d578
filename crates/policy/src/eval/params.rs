//! 参数查找: for each division and combination of keys the one row that holds there.

use super::cells::{Cell, Mask};
use super::interval::Interval;
use super::ratio::Ratio;
use crate::column::Batch;
use crate::plan::{ParamRow, ParamTable, Plan};

/// More combinations of keys than this are not tabulated; such a parameter stays unknown.
const MOST_COMBINATIONS: usize = 65_536;

/// The rows of one parameter by division (index in the batch) and keys.
pub(crate) struct ParamIndex<'a> {
    pub(crate) table: &'a ParamTable,
    sizes: Vec<usize>,
    /// Per division of the batch, per combination: the row. The last entry is for no division at all.
    rows: Vec<Vec<Option<&'a ParamRow>>>,
}

/// What a lookup found.
pub(crate) enum Found<'a> {
    /// The keys are known and there is a row.
    Row(&'a ParamRow),
    /// The keys are known and there is none.
    Gap(usize),
    /// The keys are not known: the rows that they may hit, `None` for a combination without a row.
    Several(Vec<Option<&'a ParamRow>>),
}

fn better(new: &ParamRow, old: &ParamRow) -> bool {
    let length = |r: &ParamRow| r.division.as_ref().map_or(0, |d| d.as_str().len());
    match length(new).cmp(&length(old)) {
        std::cmp::Ordering::Equal => new.layer != old.layer || new.from >= old.from,
        order => order.is_gt(),
    }
}

impl<'a> ParamIndex<'a> {
    /// Tabulates the rows for the divisions of which `used` says true.
    pub(crate) fn new(plan: &'a Plan, table: &'a ParamTable, batch: &Batch, used: &[bool]) -> Self {
        let sizes: Vec<usize> = table
            .keys
            .iter()
            .map(|e| plan.enums.get(usize::from(*e)).map_or(0, |e| e.values.len()))
            .collect();
        let combinations = sizes
            .iter()
            .try_fold(1_usize, |n, size| n.checked_mul(*size))
            .filter(|n| *n <= MOST_COMBINATIONS)
            .unwrap_or(0);
        let codes = batch.divisions.iter().map(|d| Some(d.as_str())).chain([None]);
        let rows = codes
            .enumerate()
            .map(|(at, code)| {
                if code.is_some() && !used.get(at).copied().unwrap_or(false) {
                    return Vec::new();
                }
                let mut best: Vec<Option<&ParamRow>> = vec![None; combinations];
                for row in &table.rows {
                    let here = row
                        .division
                        .as_ref()
                        .is_none_or(|area| code.is_some_and(|code| code.starts_with(area.as_str())));
                    let slot = combination(&sizes, row.keys.iter().map(|k| usize::from(*k)));
                    let slot = slot.and_then(|at| best.get_mut(at));
                    if here
                        && let Some(slot) = slot
                        && slot.is_none_or(|old| better(row, old))
                    {
                        *slot = Some(row);
                    }
                }
                best
            })
            .collect();
        Self { table, sizes, rows }
    }

    fn rows_at(&self, division: Option<usize>) -> &[Option<&'a ParamRow>] {
        let last = self.rows.len().saturating_sub(1);
        self.rows.get(division.unwrap_or(last)).map_or(&[], Vec::as_slice)
    }

    /// The row for a division (index in the batch; `None` for a value that is the same everywhere) and keys.
    pub(crate) fn find(&self, division: Option<usize>, keys: &[Mask]) -> Found<'a> {
        let rows = self.rows_at(division);
        if keys.len() != self.sizes.len() {
            return Found::Several(vec![None]);
        }
        if keys.iter().all(|k| k.is_known()) {
            let at = combination(&self.sizes, keys.iter().map(|k| k.0.trailing_zeros() as usize));
            return match at.and_then(|at| rows.get(at).copied().flatten()) {
                Some(row) => Found::Row(row),
                None => Found::Gap(at.unwrap_or(usize::MAX)),
            };
        }
        let possible = rows
            .iter()
            .enumerate()
            .filter(|(at, _)| {
                let mut rest = *at;
                // The last key varies fastest.
                keys.iter().zip(&self.sizes).rev().all(|(key, size)| {
                    let position = rest.checked_rem(*size).unwrap_or(0);
                    rest = rest.checked_div(*size).unwrap_or(0);
                    key.0 & Mask::of(u8::try_from(position).unwrap_or(u8::MAX)).0 != 0
                })
            })
            .map(|(_, row)| *row)
            .collect();
        Found::Several(possible)
    }

    /// English ids of the key values of a combination.
    pub(crate) fn key_names(&self, plan: &Plan, combination: usize) -> Vec<String> {
        let mut rest = combination;
        let mut names: Vec<String> = self
            .sizes
            .iter()
            .zip(&self.table.keys)
            .rev()
            .map(|(size, key)| {
                let position = rest.checked_rem(*size).unwrap_or(0);
                rest = rest.checked_div(*size).unwrap_or(0);
                plan.enums
                    .get(usize::from(*key))
                    .and_then(|e| e.values.get(position))
                    .map(|(id, _)| id.clone())
                    .unwrap_or_default()
            })
            .collect();
        names.reverse();
        names
    }
}

fn combination(sizes: &[usize], keys: impl Iterator<Item = usize>) -> Option<usize> {
    let mut at = 0_usize;
    let mut seen = 0;
    for (key, size) in keys.zip(sizes) {
        if key >= *size {
            return None;
        }
        at = at.checked_mul(*size)?.checked_add(key)?;
        seen += 1;
    }
    (seen == sizes.len()).then_some(at)
}

/// A cell that a parameter row can give.
pub(crate) trait FromRow: Cell {
    fn from_row(row: &ParamRow) -> Self;
}

impl FromRow for super::cells::Bits {
    fn from_row(row: &ParamRow) -> Self {
        Self::known(row.value != 0)
    }
}

impl FromRow for Mask {
    fn from_row(row: &ParamRow) -> Self {
        u8::try_from(row.value).map_or(Self::UNKNOWN, Self::of)
    }
}

impl FromRow for Interval<i64> {
    fn from_row(row: &ParamRow) -> Self {
        Self::point(row.value)
    }
}

impl FromRow for Interval<Ratio> {
    fn from_row(row: &ParamRow) -> Self {
        match row.ratio {
            Some((num, den)) => {
                Ratio::new(i128::from(num), i128::from(den)).map_or(Self::UNKNOWN, Self::point)
            }
            None => Self::point(Ratio::whole(row.value)),
        }
    }
}

/// The hull of what a lookup may give; a combination without a row leaves everything possible.
pub(crate) fn cell<T: FromRow>(found: &Found<'_>) -> T {
    match found {
        Found::Row(row) => T::from_row(row),
        Found::Gap(_) => T::UNKNOWN,
        Found::Several(rows) => {
            rows.iter().map(|row| row.map_or(T::UNKNOWN, T::from_row)).reduce(T::hull).unwrap_or(T::UNKNOWN)
        }
    }
}
