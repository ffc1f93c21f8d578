//! 参数查找: for each division and combination of keys the one row that holds there.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::cells::{Bits, Mask};
use super::interval::Interval;
use super::lane::{Room, vector};
use super::ratio::Ratio;
use crate::column::Batch;
use crate::plan::{ParamRow, ParamTable, Plan};

/// More combinations of keys than this are not tabulated; such a parameter stays unknown.
const MOST_COMBINATIONS: usize = 65_536;

/// The rows of a parameter by the area where they hold, from the widest areas to the narrowest.
pub(crate) struct Areas(Vec<(usize, HashMap<String, Vec<usize>>)>);

impl Areas {
    pub(crate) fn new(table: &ParamTable) -> Self {
        let mut areas: BTreeMap<usize, HashMap<String, Vec<usize>>> = BTreeMap::new();
        for (at, row) in table.rows.iter().enumerate() {
            let area = row.division.as_ref().map_or("", |d| d.as_str());
            areas.entry(area.len()).or_default().entry(area.to_owned()).or_default().push(at);
        }
        Self(areas.into_iter().collect())
    }

    /// The rows of the areas that a place lies in, those of the widest area first.
    fn around<'a>(&'a self, table: &'a ParamTable, code: &'a str) -> impl Iterator<Item = &'a ParamRow> + 'a {
        let reached = self.0.iter().filter_map(move |(length, areas)| areas.get(code.get(..*length)?));
        reached.flatten().filter_map(|at| table.rows.get(*at))
    }
}

/// The divisions where some households live.
pub(crate) struct Places {
    /// The first of them that is used (index in the batch).
    first: usize,
    /// From the first to the last, whether each is used.
    used: Vec<bool>,
}

impl Places {
    pub(crate) fn new(batch: &Batch, households: Range<usize>) -> Self {
        let known = |at: &u32| Some(*at as usize).filter(|at| *at < batch.divisions.len());
        let divisions = || batch.division.get(households.clone()).unwrap_or(&[]).iter().filter_map(known);
        let first = divisions().min().unwrap_or(0);
        let mut used = vec![false; divisions().max().map_or(0, |last| last - first + 1)];
        for division in divisions() {
            if let Some(used) = used.get_mut(division - first) {
                *used = true;
            }
        }
        Self { first, used }
    }
}

/// The rows of one parameter by division and keys, in one table: place × combination of keys.
pub(crate) struct ParamIndex<'a> {
    pub(crate) table: &'a ParamTable,
    sizes: Vec<usize>,
    combinations: usize,
    /// The division (index in the batch) of the first place.
    first: usize,
    /// The last place is for no division at all.
    rows: Vec<Option<&'a ParamRow>>,
    /// The whole numbers of the rows, [`GAP`] where there is none.
    values: Vec<i64>,
}

/// Marks a slot without a row; a row of this value is looked up one by one.
const GAP: i64 = i64::MIN;

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
    /// Tabulates the rows for some places.
    pub(crate) fn new(
        plan: &'a Plan,
        table: &'a ParamTable,
        areas: &'a Areas,
        batch: &'a Batch,
        places: &Places,
    ) -> Self {
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
        let count = places.used.len() + 1;
        let mut rows: Vec<Option<&ParamRow>> = vec![None; count * combinations];
        for (place, slots) in rows.chunks_mut(combinations.max(1)).enumerate() {
            let code = match places.used.get(place) {
                Some(false) => continue,
                Some(true) => batch.divisions.get(places.first + place).map_or("", |d| d.as_str()),
                None => "",
            };
            for row in areas.around(table, code) {
                let at = combination(&sizes, row.keys.iter().map(|k| usize::from(*k)));
                if let Some(slot) = at.and_then(|at| slots.get_mut(at))
                    && slot.is_none_or(|old| better(row, old))
                {
                    *slot = Some(row);
                }
            }
        }
        let values = rows.iter().map(|row| row.map_or(GAP, |row| row.value)).collect();
        Self { table, sizes, combinations, first: places.first, rows, values }
    }

    fn rows_at(&self, division: Option<usize>) -> &[Option<&'a ParamRow>] {
        let last = self.rows.len().saturating_sub(self.combinations);
        let place =
            |at: usize| at.checked_sub(self.first)?.checked_mul(self.combinations).filter(|at| *at < last);
        let Some(start) = division.map_or(Some(last), place) else { return &[] };
        self.rows.get(start..start.saturating_add(self.combinations)).unwrap_or(&[])
    }

    /// The whole numbers for some rows, each with its division and the positions of its known keys; `None` where a
    /// row has none.
    pub(crate) fn gather(&self, divisions: &[u32], keys: &[&[u8]]) -> Option<Room> {
        // The last place is that of no division.
        let end = self.values.len().saturating_sub(self.combinations);
        let values = self.values.get(..end)?;
        let value = |slot: u64| usize::try_from(slot).ok().and_then(|at| values.get(at)).copied();
        let (first, wide) = (self.first as u64, self.combinations as u64);
        let mut out = Room::of(divisions.len());
        let rows = out.rows_mut().iter_mut().zip(divisions);
        // A division before the first becomes a slot beyond the last.
        let start = |division: &u32| u64::from(*division).wrapping_sub(first).wrapping_mul(wide);
        match (keys, self.sizes.as_slice()) {
            ([], []) => {
                for (out, division) in rows {
                    *out = value(start(division)).unwrap_or(GAP);
                }
            }
            ([codes], [size]) if codes.len() == divisions.len() && all_below(codes, *size) => {
                for ((out, division), code) in rows.zip(*codes) {
                    *out = value(start(division).wrapping_add(u64::from(*code))).unwrap_or(GAP);
                }
            }
            _ => return None,
        }
        let found = out.rows();
        vector(move || found.iter().fold(true, |whole, value| whole & (*value != GAP))).then_some(out)
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

fn all_below(codes: &[u8], size: usize) -> bool {
    vector(move || codes.iter().fold(true, |all, code| all & (usize::from(*code) < size)))
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
pub(crate) trait FromRow: Copy {
    /// Everything possible.
    const UNKNOWN: Self;
    fn from_row(row: &ParamRow) -> Self;
    fn hull(self, other: Self) -> Self;
}

impl FromRow for Bits {
    const UNKNOWN: Self = Self::BOTH;
    fn from_row(row: &ParamRow) -> Self {
        Self::known(row.value != 0)
    }
    fn hull(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromRow for Mask {
    const UNKNOWN: Self = Self::UNKNOWN;
    fn from_row(row: &ParamRow) -> Self {
        u8::try_from(row.value).map_or(Self::UNKNOWN, Self::of)
    }
    fn hull(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromRow for Interval<i64> {
    const UNKNOWN: Self = Self::UNBOUNDED;
    fn from_row(row: &ParamRow) -> Self {
        Self::point(row.value)
    }
    fn hull(self, other: Self) -> Self {
        self.hull(other)
    }
}

impl FromRow for Interval<Ratio> {
    const UNKNOWN: Self = Self::UNBOUNDED;
    fn from_row(row: &ParamRow) -> Self {
        match row.ratio {
            Some((num, den)) => {
                Ratio::new(i128::from(num), i128::from(den)).map_or(Self::UNBOUNDED, Self::point)
            }
            None => Self::point(Ratio::whole(row.value)),
        }
    }
    fn hull(self, other: Self) -> Self {
        self.hull(other)
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
