//! 行形: which rows a run of households has, per entity.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use super::cells::{Cells, Enums};
use super::exact::Exact;
use super::numbers::Numbers;
use crate::column::{Batch, ListColumns};
use crate::plan::Entity;

/// The subjects of one list in a run: the real ones, then for each household whose list is not complete one of
/// whom nothing is known.
pub(crate) struct ListRun<'a> {
    /// First subject's row in the batch.
    base: usize,
    /// How many real subjects.
    real: usize,
    /// Per household the first of its subjects in the batch, and the end of the last.
    offsets: Cow<'a, [u32]>,
    /// Households whose list is not complete, rising.
    open: Vec<u32>,
    /// Most subjects of one household.
    longest: usize,
    owner: OnceLock<Vec<u32>>,
}

impl<'a> ListRun<'a> {
    fn new(list: &'a ListColumns, households: Range<usize>) -> Self {
        let ends = list.offsets.get(households.start..=households.end);
        let rising = ends.filter(|ends| ends.is_sorted());
        let offsets = rising.map_or_else(|| Cow::Owned(mended(list, households.clone())), Cow::Borrowed);
        let edge = |o: Option<&u32>| o.map_or(0, |o| *o as usize);
        let base = edge(offsets.first());
        let real = edge(offsets.last()).saturating_sub(base);
        let sizes = offsets.iter().zip(offsets.iter().skip(1)).map(|(a, b)| b.saturating_sub(*a));
        let longest = sizes.max().unwrap_or(0) as usize;
        let complete = list.complete.get(households.clone()).unwrap_or(&[]);
        let all = complete.len() == households.len() && complete.iter().fold(true, |all, c| all & c);
        let is_open = |h: &u32| !complete.get(*h as usize).copied().unwrap_or(false);
        let count = u32::try_from(households.len()).unwrap_or(u32::MAX);
        let open = if all { Vec::new() } else { (0..count).filter(is_open).collect() };
        Self { base, real, offsets, open, longest, owner: OnceLock::new() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.real + self.open.len()
    }

    pub(crate) fn real(&self) -> usize {
        self.real
    }

    pub(crate) fn base(&self) -> usize {
        self.base
    }

    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    pub(crate) fn households(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Per household the end of its subjects within the run.
    pub(crate) fn after(&self) -> impl Iterator<Item = usize> + '_ {
        self.offsets.iter().skip(1).map(|o| (*o as usize).wrapping_sub(self.base))
    }

    /// Per household the first row of its subjects within the run, and the end of the last.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let within = |o: &u32| (*o as usize).saturating_sub(self.base);
        self.offsets.iter().zip(self.offsets.iter().skip(1)).map(move |(a, b)| (within(a), within(b)))
    }

    /// The rows of a household's subjects within the run.
    pub(crate) fn range(&self, household: usize) -> Option<Range<usize>> {
        let within = |o: &u32| (*o as usize).saturating_sub(self.base);
        Some(within(self.offsets.get(household)?)..within(self.offsets.get(household + 1)?))
    }

    /// The rows of each household's subjects in the batch: `households + 1` ends.
    pub(crate) fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// The households whose list is not complete, with the row of the subject of whom nothing is known.
    pub(crate) fn open(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.open.iter().enumerate().map(|(at, h)| (*h as usize, self.real + at))
    }

    /// The row of the unknown subject of a household, where its list is not complete.
    pub(crate) fn unknown(&self, household: usize) -> Option<usize> {
        let household = u32::try_from(household).ok()?;
        self.open.binary_search(&household).ok().map(|at| self.real + at)
    }

    /// Per row the household within the run.
    pub(crate) fn owner(&self) -> &[u32] {
        self.owner.get_or_init(|| {
            let mut owner = Vec::with_capacity(self.rows());
            for (h, (_, end)) in (0..).zip(self.ends()) {
                owner.resize(end.max(owner.len()), h);
            }
            owner.extend(&self.open);
            owner
        })
    }
}

/// Offsets that rise, from ones that do not or that end too early: what is missing is empty.
fn mended(list: &ListColumns, households: Range<usize>) -> Vec<u32> {
    let mut at = list.offsets.get(households.start).copied().unwrap_or(0);
    let mut out = vec![at];
    for h in households {
        at = list.offsets.get(h + 1).copied().unwrap_or(0).max(at);
        out.push(at);
    }
    out
}

/// The rows of a run.
pub(crate) struct Shape<'a> {
    pub(crate) first: usize,
    pub(crate) households: usize,
    pub(crate) members: ListRun<'a>,
    pub(crate) obligors: ListRun<'a>,
}

impl<'a> Shape<'a> {
    pub(crate) fn new(batch: &'a Batch, households: Range<usize>) -> Self {
        Self {
            first: households.start,
            households: households.len(),
            members: ListRun::new(&batch.members, households.clone()),
            obligors: ListRun::new(&batch.obligors, households),
        }
    }

    pub(crate) fn rows(&self, entity: Entity) -> usize {
        match entity {
            Entity::Constant => 1,
            Entity::Household => self.households,
            Entity::Member => self.members.rows(),
            Entity::Obligor => self.obligors.rows(),
        }
    }

    /// Rows of subjects that are on the list; what follows them stands for subjects that may be missing from it.
    pub(crate) fn real_rows(&self, entity: Entity) -> usize {
        self.list(entity).map_or_else(|| self.rows(entity), ListRun::real)
    }

    pub(crate) fn list(&self, entity: Entity) -> Option<&ListRun<'a>> {
        match entity {
            Entity::Member => Some(&self.members),
            Entity::Obligor => Some(&self.obligors),
            Entity::Constant | Entity::Household => None,
        }
    }

    pub(crate) fn base(&self, entity: Entity) -> usize {
        match entity {
            Entity::Constant => 0,
            Entity::Household => self.first,
            Entity::Member | Entity::Obligor => self.list(entity).map_or(0, ListRun::base),
        }
    }

    /// The row of a wider entity that a row of `entity` sees.
    pub(crate) fn outer_row(&self, entity: Entity, row: usize, outer: Entity) -> Option<usize> {
        match (entity, outer) {
            (_, Entity::Constant) => Some(0),
            (a, b) if a == b => Some(row),
            (list, Entity::Household) => self.list(list)?.owner().get(row).map(|h| *h as usize),
            _ => None,
        }
    }

    /// A column as rows of another entity see it; `None` where they see none of it.
    pub(crate) fn lift<'c>(&self, cells: &Cells<'c>, from: Entity, to: Entity) -> Option<Cells<'c>> {
        let rows = self.rows(to);
        match (from, to) {
            (Entity::Constant, _) => Some(match cells {
                Cells::Truth(t) => Cells::Truth(vec![*t.first()?; rows]),
                Cells::Whole(n) => Cells::Whole(Numbers::of_interval(n.at(0)?, rows)),
                Cells::Exact(e) => Cells::Exact(Exact::of_interval(e.at(0)?, rows)),
                Cells::Enum(e) => Cells::Enum(Enums::Masks(vec![e.at(0)?; rows])),
            }),
            (Entity::Household, Entity::Member | Entity::Obligor) => {
                let owner = self.list(to)?.owner();
                Some(match cells {
                    Cells::Truth(t) => Cells::Truth(
                        owner.iter().map(|h| t.get(*h as usize).copied()).collect::<Option<_>>()?,
                    ),
                    Cells::Whole(n) => Cells::Whole(n.take(owner)),
                    Cells::Exact(e) => Cells::Exact(e.take(owner)),
                    Cells::Enum(e) => Cells::Enum(e.take(owner)),
                })
            }
            (from, to) if from == to => Some(cells.clone()),
            _ => None,
        }
    }
}
