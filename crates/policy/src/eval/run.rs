//! 逐列计算: runs the nodes of a plan over a run of households, one column a node.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::Mode;
use super::calendar::CountTo;
use super::cells::{Bits, Cell, Cells, Kind, Mask};
use super::fold;
use super::interval::Interval;
use super::params::{Found, FromRow, ParamIndex, cell};
use super::ratio::Ratio;
use crate::column::{Batch, Column, Data, ListColumns, State};
use crate::plan::{Cmp, Entity, FactDecl, Node, NodeId, Op, Plan, RoundMode, Type};

/// A plan made ready for a batch: fact columns found, parameters tabulated, the wanted nodes marked.
pub(crate) struct Runner<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) batch: &'a Batch,
    pub(crate) mode: Mode,
    facts: Vec<Option<&'a Column>>,
    params: Vec<ParamIndex<'a>>,
    /// Whether a node is needed for the roots.
    needed: Vec<bool>,
    /// The last node that reads a node; roots are read for ever.
    last_use: Vec<usize>,
}

/// The subjects of one list in a run: the real ones, then for each household whose list is not complete one of
/// whom nothing is known.
pub(crate) struct ListRun {
    /// First subject's row in the batch.
    pub(crate) base: usize,
    /// How many real subjects.
    pub(crate) real: usize,
    /// Per household the rows of its subjects within the run.
    pub(crate) ranges: Vec<Range<usize>>,
    /// Per household the row of the unknown subject, where its list is not complete.
    pub(crate) unknown: Vec<Option<usize>>,
    /// Per row the household within the run.
    owner: Vec<usize>,
}

impl ListRun {
    fn new(list: &ListColumns, households: Range<usize>) -> Self {
        let offset = |h: usize| list.offsets.get(h).map_or(0, |o| *o as usize);
        let base = offset(households.start);
        let mut at = base;
        let mut ranges = Vec::with_capacity(households.len());
        let mut owner = Vec::new();
        for (h, household) in households.clone().enumerate() {
            let start = at;
            at = offset(household + 1).max(at);
            ranges.push(start - base..at - base);
            owner.resize(at - base, h);
        }
        let real = owner.len();
        let unknown = households
            .enumerate()
            .map(|(h, household)| {
                if list.complete.get(household).copied().unwrap_or(false) {
                    return None;
                }
                owner.push(h);
                Some(owner.len() - 1)
            })
            .collect();
        Self { base, real, ranges, unknown, owner }
    }

    pub(crate) fn rows(&self) -> usize {
        self.owner.len()
    }
}

/// The rows of a run.
pub(crate) struct Shape {
    pub(crate) first: usize,
    pub(crate) households: usize,
    pub(crate) members: ListRun,
    pub(crate) obligors: ListRun,
}

impl Shape {
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
        match entity {
            Entity::Member => self.members.real,
            Entity::Obligor => self.obligors.real,
            Entity::Constant | Entity::Household => self.rows(entity),
        }
    }

    pub(crate) fn list(&self, entity: Entity) -> Option<&ListRun> {
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
            Entity::Member => self.members.base,
            Entity::Obligor => self.obligors.base,
        }
    }

    /// The row of a wider entity that a row of `entity` sees.
    pub(crate) fn outer_row(&self, entity: Entity, row: usize, outer: Entity) -> Option<usize> {
        match (entity, outer) {
            (_, Entity::Constant) => Some(0),
            (a, b) if a == b => Some(row),
            (list, Entity::Household) => self.list(list)?.owner.get(row).copied(),
            _ => None,
        }
    }

    fn lift<T: Cell>(&self, cells: &[T], from: Entity, to: Entity) -> Vec<T> {
        let at = |row: usize| cells.get(row).copied().unwrap_or(T::UNKNOWN);
        match (from, to) {
            (Entity::Constant, to) => vec![at(0); self.rows(to)],
            (Entity::Household, Entity::Member | Entity::Obligor) => {
                self.list(to).map(|list| list.owner.iter().map(|h| at(*h)).collect()).unwrap_or_default()
            }
            (from, to) if from == to => cells.to_vec(),
            (_, to) => vec![T::UNKNOWN; self.rows(to)],
        }
    }
}

/// The columns of one run.
pub(crate) struct Run {
    pub(crate) shape: Shape,
    pub(crate) columns: Vec<Option<Cells>>,
    /// Parameter, division and key combination of each lookup without a row.
    pub(crate) gaps: BTreeSet<(u32, u32, usize)>,
}

pub(crate) fn index(id: NodeId) -> usize {
    id.0 as usize
}

impl<'a> Runner<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        batch: &'a Batch,
        mode: Mode,
        households: Range<usize>,
        roots: &[NodeId],
    ) -> Self {
        let facts = plan
            .facts
            .iter()
            .map(|fact| {
                let columns = match fact.of {
                    Entity::Constant => return None,
                    Entity::Household => &batch.columns,
                    Entity::Member => &batch.members.columns,
                    Entity::Obligor => &batch.obligors.columns,
                };
                columns.get(&fact.id)
            })
            .collect();
        let mut used = vec![false; batch.divisions.len()];
        for division in batch.division.get(households).unwrap_or(&[]) {
            if let Some(used) = used.get_mut(*division as usize) {
                *used = true;
            }
        }
        let params = plan.params.iter().map(|table| ParamIndex::new(plan, table, batch, &used)).collect();
        let (needed, last_use) = schedule(plan, roots);
        Self { plan, batch, mode, facts, params, needed, last_use }
    }

    /// Runs the nodes over some households. Unless `keep`, a column is dropped after its last use.
    pub(crate) fn run(&self, households: Range<usize>, keep: bool) -> Run {
        let shape = Shape {
            first: households.start,
            households: households.len(),
            members: ListRun::new(&self.batch.members, households.clone()),
            obligors: ListRun::new(&self.batch.obligors, households),
        };
        let mut run =
            Run { shape, columns: Vec::with_capacity(self.plan.nodes.len()), gaps: BTreeSet::new() };
        for (at, node) in self.plan.nodes.iter().enumerate() {
            let cells = self.needed.get(at).copied().unwrap_or(false).then(|| self.node(node, &mut run));
            run.columns.push(cells);
            if !keep {
                for operand in node.op.operands() {
                    let done = self.last_use.get(index(operand)) == Some(&at);
                    if done && let Some(column) = run.columns.get_mut(index(operand)) {
                        *column = None;
                    }
                }
            }
        }
        run
    }

    fn division(&self, shape: &Shape, household: usize) -> Option<usize> {
        let at = *self.batch.division.get(shape.first + household)? as usize;
        (at < self.batch.divisions.len()).then_some(at)
    }

    /// The parameter rows that a lookup node may have hit for a row.
    pub(crate) fn parameter(&self, run: &Run, node: &Node, row: usize) -> Option<Found<'a>> {
        let Op::Param(param, keys) = &node.op else {
            return None;
        };
        let keys: Vec<Mask> = keys
            .iter()
            .map(|key| {
                let column = self.see::<Mask>(run, *key, node.entity);
                column.get(row).copied().unwrap_or(Mask::UNKNOWN)
            })
            .collect();
        let household = run.shape.outer_row(node.entity, row, Entity::Household);
        let division = household.and_then(|h| self.division(&run.shape, h));
        Some(self.params.get(*param as usize)?.find(division, &keys))
    }

    /// Names of the keys of a gap.
    pub(crate) fn gap_keys(&self, param: u32, combination: usize) -> Vec<String> {
        self.params.get(param as usize).map(|p| p.key_names(self.plan, combination)).unwrap_or_default()
    }

    /// A node's cells as rows of `entity` see them.
    pub(crate) fn see<'c, T: Cell>(&self, run: &'c Run, id: NodeId, entity: Entity) -> Cow<'c, [T]> {
        let from = self.plan.nodes.get(index(id)).map(|n| n.entity);
        let column = run.columns.get(index(id)).and_then(Option::as_ref);
        match (from, column.and_then(T::cells)) {
            (Some(from), Some(cells)) if from == entity => Cow::Borrowed(cells),
            (Some(from), Some(cells)) => Cow::Owned(run.shape.lift(cells, from, entity)),
            _ => Cow::Owned(vec![T::UNKNOWN; run.shape.rows(entity)]),
        }
    }

    /// A number's cells as exact fractions.
    pub(crate) fn exact<'c>(&self, run: &'c Run, id: NodeId, entity: Entity) -> Cow<'c, [Interval<Ratio>]> {
        let whole = matches!(run.columns.get(index(id)), Some(Some(Cells::Whole(_))));
        if !whole {
            return self.see(run, id, entity);
        }
        let cells = self.see::<Interval<i64>>(run, id, entity);
        Cow::Owned(cells.iter().map(|c| Interval::from_whole(*c)).collect())
    }

    fn node(&self, node: &Node, run: &mut Run) -> Cells {
        let entity = node.entity;
        let rows = run.shape.rows(entity);
        let kind = Kind::from(node.ty);
        match &node.op {
            Op::Truth(t) => Cells::Truth(vec![Bits::from(*t); rows]),
            Op::Number(n) => match kind {
                Kind::Exact => Cells::Exact(vec![Interval::point(Ratio::whole(*n)); rows]),
                _ => Cells::Whole(vec![Interval::point(*n); rows]),
            },
            Op::Ratio(r) => {
                let ratio = Ratio::new(i128::from(r.num()), i128::from(r.den()));
                let cell = ratio.map_or(Interval::UNBOUNDED, Interval::point);
                Cells::Exact(vec![cell; rows])
            }
            Op::EnumValue(v) => Cells::Enum(vec![Mask::of(*v); rows]),
            Op::Fact(fact) => self.fact(*fact, node, &run.shape),
            Op::Param(param, keys) => self.lookup(*param, keys, node, run),
            Op::Lift(a) => match kind {
                Kind::Truth => Cells::Truth(self.see(run, *a, entity).into_owned()),
                Kind::Whole => Cells::Whole(self.see(run, *a, entity).into_owned()),
                Kind::Exact => Cells::Exact(self.exact(run, *a, entity).into_owned()),
                Kind::Enum => Cells::Enum(self.see(run, *a, entity).into_owned()),
            },
            Op::Not(a) => {
                let cells = self.see::<Bits>(run, *a, entity);
                Cells::Truth(cells.iter().map(|b| b.not()).collect())
            }
            Op::And(all) => self.join(run, all, entity, Bits::TRUE, Bits::and),
            Op::Or(any) => self.join(run, any, entity, Bits::FALSE, Bits::or),
            Op::Compare(cmp, a, b) => Cells::Truth(self.compare(run, *cmp, *a, *b, entity)),
            Op::In(a, set) => {
                let cells = self.see::<Mask>(run, *a, entity);
                let within = |m: &Mask| Bits::of(m.0 & set != 0, m.0 & !set != 0);
                Cells::Truth(cells.iter().map(within).collect())
            }
            Op::Add(a, b) => self.arithmetic(run, node, *a, *b, Interval::add, Interval::add),
            Op::Sub(a, b) => self.arithmetic(run, node, *a, *b, Interval::sub, Interval::sub),
            Op::Mul(a, b) => self.arithmetic(run, node, *a, *b, Interval::mul, Interval::mul),
            Op::Min(a, b) => self.arithmetic(run, node, *a, *b, Interval::min, Interval::min),
            Op::Max(a, b) => self.arithmetic(run, node, *a, *b, Interval::max, Interval::max),
            Op::Div(a, b) => {
                let (a, b) = (self.exact(run, *a, entity), self.exact(run, *b, entity));
                let cells = a.iter().zip(b.iter()).map(|(a, b)| a.div(*b)).collect();
                Cells::Exact(cells)
            }
            Op::Neg(a) if kind == Kind::Exact => {
                let cells = self.exact(run, *a, entity);
                Cells::Exact(cells.iter().map(|c| c.neg()).collect())
            }
            Op::Neg(a) => {
                let cells = self.see::<Interval<i64>>(run, *a, entity);
                Cells::Whole(cells.iter().map(|c| c.neg()).collect())
            }
            Op::ToExact(a) => Cells::Exact(self.exact(run, *a, entity).into_owned()),
            Op::PerMonth(a) => self.times(run, node, *a, Ratio::new(1, 12)),
            Op::PerYear(a) => self.times(run, node, *a, Some(Ratio::whole(12))),
            Op::YearsTo(a, to) => self.count_to(run, *a, entity, CountTo::new(*to), 12),
            Op::MonthsTo(a, to) => self.count_to(run, *a, entity, CountTo::new(*to), 1),
            Op::If(c, a, b) => match kind {
                Kind::Truth => self.choose::<Bits>(run, *c, *a, *b, entity),
                Kind::Whole => self.choose::<Interval<i64>>(run, *c, *a, *b, entity),
                Kind::Exact => self.choose::<Interval<Ratio>>(run, *c, *a, *b, entity),
                Kind::Enum => self.choose::<Mask>(run, *c, *a, *b, entity),
            },
            Op::Known(a) => self.known(run, *a, entity),
            Op::OrElse(a, b) => match kind {
                Kind::Truth => self.or_else::<Bits>(run, *a, *b, entity),
                Kind::Whole => self.or_else::<Interval<i64>>(run, *a, *b, entity),
                Kind::Exact => self.or_else::<Interval<Ratio>>(run, *a, *b, entity),
                Kind::Enum => self.or_else::<Mask>(run, *a, *b, entity),
            },
            Op::Aggregate { list, fold, filter, body } => {
                fold::aggregate(self, run, kind, *list, *fold, *filter, *body)
            }
            Op::Round { value, to, mode } => {
                let cells = self.exact(run, *value, entity);
                Cells::Whole(cells.iter().map(|c| round(*c, *to, *mode)).collect())
            }
        }
    }

    fn fact(&self, fact: u32, node: &Node, shape: &Shape) -> Cells {
        let Some(decl) = self.plan.facts.get(fact as usize) else {
            return Cells::unknown(Kind::from(node.ty), shape.rows(node.entity));
        };
        let column = self.facts.get(fact as usize).copied().flatten();
        let rows = FactRows {
            base: shape.base(decl.of),
            real: shape.real_rows(decl.of),
            all: shape.rows(decl.of),
            stale_stands: self.mode == Mode::Find,
        };
        let bounds = bounds_of(decl);
        match Kind::from(decl.ty) {
            Kind::Truth => Cells::Truth(match column.map(|c| (&c.data, &c.state)) {
                Some((Data::Bool(v), state)) => rows.read(v, state, Bits::BOTH, |v| Bits::known(*v)),
                _ => vec![Bits::BOTH; rows.all],
            }),
            Kind::Whole => Cells::Whole(match column.map(|c| (&c.data, &c.state)) {
                Some((Data::Number(v), state)) => rows.read(v, state, bounds, |v| Interval::point(*v)),
                _ => vec![bounds; rows.all],
            }),
            // The vocabulary has no exact facts; a rate fact is only known by its bounds.
            Kind::Exact => Cells::Exact(vec![Interval::from_whole(bounds); rows.all]),
            Kind::Enum => {
                let all = Mask::all(enum_size(self.plan, decl));
                Cells::Enum(match column.map(|c| (&c.data, &c.state)) {
                    Some((Data::Enum(v), state)) => rows.read(v, state, all, |v| {
                        let one = Mask::of(*v);
                        if one.0 & all.0 == one.0 { one } else { all }
                    }),
                    _ => vec![all; rows.all],
                })
            }
        }
    }

    fn lookup(&self, param: u32, keys: &[NodeId], node: &Node, run: &mut Run) -> Cells {
        match Kind::from(node.ty) {
            Kind::Truth => Cells::Truth(self.look_up(param, keys, node.entity, run)),
            Kind::Whole => Cells::Whole(self.look_up(param, keys, node.entity, run)),
            Kind::Exact => Cells::Exact(self.look_up(param, keys, node.entity, run)),
            Kind::Enum => Cells::Enum(self.look_up(param, keys, node.entity, run)),
        }
    }

    fn look_up<T: FromRow>(&self, param: u32, keys: &[NodeId], entity: Entity, run: &mut Run) -> Vec<T> {
        let rows = run.shape.rows(entity);
        let Some(index) = self.params.get(param as usize) else {
            return vec![T::UNKNOWN; rows];
        };
        let mut gaps = BTreeSet::new();
        let mut last_gap = None;
        let cells = {
            let keys: Vec<Cow<'_, [Mask]>> = keys.iter().map(|k| self.see(run, *k, entity)).collect();
            let mut here = Vec::with_capacity(keys.len());
            (0..rows)
                .map(|row| {
                    here.clear();
                    here.extend(keys.iter().map(|k| k.get(row).copied().unwrap_or(Mask::UNKNOWN)));
                    let household = run.shape.outer_row(entity, row, Entity::Household);
                    let division = household.and_then(|h| self.division(&run.shape, h));
                    let found = index.find(division, &here);
                    if let Found::Gap(combination) = found {
                        let place = division.and_then(|d| u32::try_from(d).ok());
                        let gap = (param, place.unwrap_or(u32::MAX), combination);
                        if last_gap != Some(gap) {
                            last_gap = Some(gap);
                            gaps.insert(gap);
                        }
                    }
                    cell(&found)
                })
                .collect()
        };
        run.gaps.append(&mut gaps);
        cells
    }

    fn join(
        &self,
        run: &Run,
        parts: &[NodeId],
        entity: Entity,
        start: Bits,
        with: impl Fn(Bits, Bits) -> Bits,
    ) -> Cells {
        let mut cells = vec![start; run.shape.rows(entity)];
        for part in parts {
            let part = self.see::<Bits>(run, *part, entity);
            for (cell, other) in cells.iter_mut().zip(part.iter()) {
                *cell = with(*cell, *other);
            }
        }
        Cells::Truth(cells)
    }

    fn compare(&self, run: &Run, cmp: Cmp, a: NodeId, b: NodeId, entity: Entity) -> Vec<Bits> {
        let kind = |id: NodeId| self.plan.nodes.get(index(id)).map(|n| Kind::from(n.ty));
        match (kind(a), kind(b)) {
            (Some(Kind::Whole), Some(Kind::Whole)) => {
                let (a, b) = (self.see(run, a, entity), self.see(run, b, entity));
                numbers::<i64>(cmp, &a, &b)
            }
            (Some(Kind::Exact | Kind::Whole), Some(Kind::Exact | Kind::Whole)) => {
                let (a, b) = (self.exact(run, a, entity), self.exact(run, b, entity));
                numbers::<Ratio>(cmp, &a, &b)
            }
            (Some(Kind::Truth), Some(Kind::Truth)) => {
                let a = self.see::<Bits>(run, a, entity);
                let b = self.see::<Bits>(run, b, entity);
                let pairs = a.iter().zip(b.iter());
                pairs.map(|(a, b)| sets(cmp, u64::from(a.0), u64::from(b.0))).collect()
            }
            (Some(Kind::Enum), Some(Kind::Enum)) => {
                let a = self.see::<Mask>(run, a, entity);
                let b = self.see::<Mask>(run, b, entity);
                let pairs = a.iter().zip(b.iter());
                pairs.map(|(a, b)| sets(cmp, a.0, b.0)).collect()
            }
            _ => vec![Bits::BOTH; run.shape.rows(entity)],
        }
    }

    fn arithmetic(
        &self,
        run: &Run,
        node: &Node,
        a: NodeId,
        b: NodeId,
        whole: impl Fn(Interval<i64>, Interval<i64>) -> Interval<i64>,
        exact: impl Fn(Interval<Ratio>, Interval<Ratio>) -> Interval<Ratio>,
    ) -> Cells {
        if Kind::from(node.ty) == Kind::Exact {
            let (a, b) = (self.exact(run, a, node.entity), self.exact(run, b, node.entity));
            let pairs = a.iter().zip(b.iter());
            return Cells::Exact(pairs.map(|(a, b)| exact(*a, *b)).collect());
        }
        let a = self.see::<Interval<i64>>(run, a, node.entity);
        let b = self.see::<Interval<i64>>(run, b, node.entity);
        let pairs = a.iter().zip(b.iter());
        Cells::Whole(pairs.map(|(a, b)| whole(*a, *b)).collect())
    }

    fn times(&self, run: &Run, node: &Node, a: NodeId, factor: Option<Ratio>) -> Cells {
        let factor = factor.map_or(Interval::UNBOUNDED, Interval::point);
        if Kind::from(node.ty) == Kind::Exact {
            let cells = self.exact(run, a, node.entity);
            return Cells::Exact(cells.iter().map(|c| c.mul(factor)).collect());
        }
        let whole = factor.lo.round(1, RoundMode::Down);
        let factor = whole.map_or(Interval::UNBOUNDED, Interval::point);
        let cells = self.see::<Interval<i64>>(run, a, node.entity);
        Cells::Whole(cells.iter().map(|c| c.mul(factor)).collect())
    }

    fn count_to(&self, run: &Run, a: NodeId, entity: Entity, to: CountTo, unit: i64) -> Cells {
        let cells = self.see::<Interval<i64>>(run, a, entity);
        Cells::Whole(cells.iter().map(|c| to.count(*c, unit)).collect())
    }

    fn choose<T: Cell>(&self, run: &Run, condition: NodeId, a: NodeId, b: NodeId, entity: Entity) -> Cells {
        let condition = self.see::<Bits>(run, condition, entity);
        let (a, b) = (self.operand::<T>(run, a, entity), self.operand::<T>(run, b, entity));
        let rows = condition.iter().zip(a.iter()).zip(b.iter());
        T::column(
            rows.map(|((c, a), b)| match *c {
                Bits::TRUE => *a,
                Bits::FALSE => *b,
                _ => a.hull(*b),
            })
            .collect(),
        )
    }

    /// A value of the result's kind; a whole number serves as an exact one.
    fn operand<'c, T: Cell>(&self, run: &'c Run, id: NodeId, entity: Entity) -> Cow<'c, [T]> {
        let converted = matches!(run.columns.get(index(id)), Some(Some(Cells::Whole(_))))
            .then(|| Cells::Exact(self.exact(run, id, entity).into_owned()));
        match converted.as_ref().and_then(T::cells) {
            Some(cells) => Cow::Owned(cells.to_vec()),
            None => self.see(run, id, entity),
        }
    }

    /// A subject that may be missing from the list is not one about whom something is unknown today, but anyone
    /// at all: whether a fact of theirs is known, nobody can say.
    fn known(&self, run: &Run, a: NodeId, entity: Entity) -> Cells {
        fn known<T: Cell>(cells: &[T]) -> Vec<Bits> {
            cells.iter().map(|c| Bits::known(c.is_known())).collect()
        }
        let kind = self.plan.nodes.get(index(a)).map(|n| Kind::from(n.ty));
        let mut cells = match kind {
            Some(Kind::Truth) => known(&self.see::<Bits>(run, a, entity)),
            Some(Kind::Whole) => known(&self.see::<Interval<i64>>(run, a, entity)),
            Some(Kind::Exact) => known(&self.see::<Interval<Ratio>>(run, a, entity)),
            Some(Kind::Enum) => known(&self.see::<Mask>(run, a, entity)),
            None => vec![Bits::FALSE; run.shape.rows(entity)],
        };
        for cell in cells.iter_mut().skip(run.shape.real_rows(entity)) {
            *cell = Bits::BOTH;
        }
        Cells::Truth(cells)
    }

    fn or_else<T: Cell>(&self, run: &Run, a: NodeId, b: NodeId, entity: Entity) -> Cells {
        let real = run.shape.real_rows(entity);
        let (a, b) = (self.operand::<T>(run, a, entity), self.operand::<T>(run, b, entity));
        let pairs = a.iter().zip(b.iter()).enumerate();
        T::column(
            pairs
                .map(|(row, (a, b))| {
                    if a.is_known() {
                        *a
                    } else if row < real {
                        *b
                    } else {
                        a.hull(*b)
                    }
                })
                .collect(),
        )
    }
}

/// Which nodes the roots need, and after which node each column can go.
pub(crate) fn schedule(plan: &Plan, roots: &[NodeId]) -> (Vec<bool>, Vec<usize>) {
    let mut needed = vec![false; plan.nodes.len()];
    let mut last_use = vec![0; plan.nodes.len()];
    for root in roots {
        if let Some(needed) = needed.get_mut(index(*root)) {
            *needed = true;
        }
    }
    for (at, node) in plan.nodes.iter().enumerate().rev() {
        if !needed.get(at).copied().unwrap_or(false) {
            continue;
        }
        for operand in node.op.operands() {
            if let Some(needed) = needed.get_mut(index(operand)) {
                *needed = true;
            }
            if let Some(last) = last_use.get_mut(index(operand)) {
                *last = at.max(*last);
            }
        }
    }
    for root in roots {
        if let Some(last) = last_use.get_mut(index(*root)) {
            *last = usize::MAX;
        }
    }
    (needed, last_use)
}

/// Which rows of a fact column a run reads.
struct FactRows {
    base: usize,
    real: usize,
    all: usize,
    stale_stands: bool,
}

impl FactRows {
    fn read<V, T: Copy>(
        &self,
        values: &[V],
        states: &[State],
        unknown: T,
        known: impl Fn(&V) -> T,
    ) -> Vec<T> {
        let values = values.get(self.base..).unwrap_or(&[]);
        let states = states.get(self.base..).unwrap_or(&[]);
        let values = values.iter().zip(states).take(self.real);
        let mut cells = Vec::with_capacity(self.all);
        cells.extend(values.map(|(value, state)| match state {
            State::Known => known(value),
            State::Stale if self.stale_stands => known(value),
            _ => unknown,
        }));
        cells.resize(self.all, unknown);
        cells
    }
}

fn bounds_of(decl: &FactDecl) -> Interval<i64> {
    Interval { lo: decl.min.unwrap_or(i64::MIN), hi: decl.max.unwrap_or(i64::MAX) }
}

pub(crate) fn enum_size(plan: &Plan, decl: &FactDecl) -> usize {
    let declared = match decl.ty {
        Type::Enum(at) => Some(at),
        _ => decl.enum_index,
    };
    declared.and_then(|at| plan.enums.get(usize::from(at))).map_or(64, |e| e.values.len())
}

fn numbers<E: super::interval::End>(cmp: Cmp, a: &[Interval<E>], b: &[Interval<E>]) -> Vec<Bits> {
    a.iter()
        .zip(b)
        .map(|(a, b)| {
            let (can_be_true, can_be_false) = a.compare(cmp, *b);
            Bits::of(can_be_true, can_be_false)
        })
        .collect()
}

fn sets(cmp: Cmp, a: u64, b: u64) -> Bits {
    let may_equal = a & b != 0;
    let must_equal = a == b && a.count_ones() == 1;
    match cmp {
        Cmp::Eq => Bits::of(may_equal, !must_equal),
        Cmp::Ne => Bits::of(!must_equal, may_equal),
        Cmp::Lt | Cmp::Le | Cmp::Gt | Cmp::Ge => Bits::BOTH,
    }
}

fn round(cell: Interval<Ratio>, to: i64, mode: RoundMode) -> Interval<i64> {
    Interval {
        lo: cell.lo.round(to, mode).unwrap_or(i64::MIN),
        hi: cell.hi.round(to, mode).unwrap_or(i64::MAX),
    }
}
