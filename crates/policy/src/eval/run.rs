//! 逐列计算: runs the nodes of a plan over a run of households, one column a node.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::Mode;
use super::calendar::CountTo;
use super::cells::{Bits, Cells, Enums, Kind, Mask};
use super::exact::Exact;
use super::fold;
use super::interval::Interval;
use super::lane::{Lane, Room, vector};
use super::numbers::{Numbers, negated};
use super::params::{Found, FromRow, ParamIndex, Places, cell};
use super::ratio::Ratio;
use super::shape::Shape;
use crate::column::{Batch, Column, Data, State};
use crate::plan::{Cmp, Entity, FactDecl, Node, NodeId, Op, Plan, Type};

/// A plan made ready for a batch: fact columns found, parameters tabulated, the wanted nodes marked.
pub(crate) struct Runner<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) batch: &'a Batch,
    pub(crate) mode: Mode,
    facts: Vec<Option<&'a Column>>,
    params: Vec<Option<ParamIndex<'a>>>,
    schedule: Arc<Schedule>,
}

/// The columns of one run.
pub(crate) struct Run<'a> {
    pub(crate) shape: Shape<'a>,
    pub(crate) columns: Vec<Option<Cells<'a>>>,
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
        schedule: Arc<Schedule>,
    ) -> Self {
        let mut facts = vec![None; plan.facts.len()];
        for at in &schedule.facts {
            let Some((fact, slot)) = plan.facts.get(*at as usize).zip(facts.get_mut(*at as usize)) else {
                continue;
            };
            let columns = match fact.of {
                Entity::Constant => continue,
                Entity::Household => &batch.columns,
                Entity::Member => &batch.members.columns,
                Entity::Obligor => &batch.obligors.columns,
            };
            *slot = columns.get(&fact.id);
        }
        let places = Places::new(batch, households);
        let mut params: Vec<_> = plan.params.iter().map(|_| None).collect();
        for at in &schedule.params {
            let at = *at as usize;
            if let (Some(table), Some(areas), Some(slot)) =
                (plan.params.get(at), plan.areas(at), params.get_mut(at))
            {
                *slot = Some(ParamIndex::new(plan, table, areas, batch, &places));
            }
        }
        Self { plan, batch, mode, facts, params, schedule }
    }

    /// Runs the nodes over some households. Unless `keep`, a column is dropped after its last use.
    pub(crate) fn run(&self, households: Range<usize>, keep: bool) -> Run<'a> {
        let mut run = Run {
            shape: Shape::new(self.batch, households),
            columns: Vec::with_capacity(self.plan.nodes.len()),
            gaps: BTreeSet::new(),
        };
        for ((node, needed), done) in
            self.plan.nodes.iter().zip(&self.schedule.needed).zip(&self.schedule.done_after)
        {
            let cells = needed.then(|| self.node(node, &mut run));
            run.columns.push(cells);
            if !keep {
                for operand in done {
                    if let Some(column) = run.columns.get_mut(index(*operand)) {
                        *column = None;
                    }
                }
            }
        }
        run
    }

    fn division(&self, shape: &Shape<'_>, household: usize) -> Option<usize> {
        let at = *self.batch.division.get(shape.first + household)? as usize;
        (at < self.batch.divisions.len()).then_some(at)
    }

    fn param(&self, param: u32) -> Option<&ParamIndex<'a>> {
        self.params.get(param as usize)?.as_ref()
    }

    /// The parameter rows that a lookup node may have hit for a row.
    pub(crate) fn parameter(&self, run: &Run<'a>, node: &Node, row: usize) -> Option<Found<'a>> {
        let Op::Param(param, keys) = &node.op else {
            return None;
        };
        let keys: Vec<Mask> = keys
            .iter()
            .map(|key| self.enums(run, *key, node.entity).at(row).unwrap_or(Mask::UNKNOWN))
            .collect();
        let household = run.shape.outer_row(node.entity, row, Entity::Household);
        let division = household.and_then(|h| self.division(&run.shape, h));
        Some(self.param(*param)?.find(division, &keys))
    }

    /// Names of the keys of a gap.
    pub(crate) fn gap_keys(&self, param: u32, combination: usize) -> Vec<String> {
        self.param(param).map(|p| p.key_names(self.plan, combination)).unwrap_or_default()
    }

    /// A node's cells as rows of `entity` see them.
    fn see<'r>(&self, run: &'r Run<'a>, id: NodeId, entity: Entity) -> Option<Cow<'r, Cells<'a>>> {
        let from = self.plan.nodes.get(index(id))?.entity;
        let cells = run.columns.get(index(id))?.as_ref()?;
        if from == entity {
            return Some(Cow::Borrowed(cells));
        }
        run.shape.lift(cells, from, entity).map(Cow::Owned)
    }

    /// A truth as rows of `entity` see it.
    pub(crate) fn truths<'r>(&self, run: &'r Run<'a>, id: NodeId, entity: Entity) -> Cow<'r, [Bits]> {
        match self.see(run, id, entity) {
            Some(Cow::Borrowed(Cells::Truth(cells))) => Cow::Borrowed(cells),
            Some(Cow::Owned(Cells::Truth(cells))) => Cow::Owned(cells),
            _ => Cow::Owned(vec![Bits::BOTH; run.shape.rows(entity)]),
        }
    }

    /// Whole numbers as rows of `entity` see them.
    pub(crate) fn numbers(&self, run: &Run<'a>, id: NodeId, entity: Entity) -> Numbers<'a> {
        match self.see(run, id, entity).as_deref() {
            Some(Cells::Whole(numbers)) => numbers.clone(),
            _ => Numbers::of_interval(Interval::UNBOUNDED, run.shape.rows(entity)),
        }
    }

    /// Numbers as exact fractions.
    pub(crate) fn exacts(&self, run: &Run<'a>, id: NodeId, entity: Entity) -> Exact<'a> {
        match self.see(run, id, entity).as_deref() {
            Some(Cells::Exact(exact)) => exact.clone(),
            Some(Cells::Whole(numbers)) => Exact::whole(numbers.clone()),
            _ => Exact::of_interval(Interval::UNBOUNDED, run.shape.rows(entity)),
        }
    }

    fn enums<'r>(&self, run: &'r Run<'a>, id: NodeId, entity: Entity) -> Cow<'r, Enums<'a>> {
        match self.see(run, id, entity) {
            Some(Cow::Borrowed(Cells::Enum(enums))) => Cow::Borrowed(enums),
            Some(Cow::Owned(Cells::Enum(enums))) => Cow::Owned(enums),
            _ => Cow::Owned(Enums::Masks(vec![Mask::UNKNOWN; run.shape.rows(entity)])),
        }
    }

    fn kind(&self, id: NodeId) -> Option<Kind> {
        self.plan.nodes.get(index(id)).map(|n| Kind::from(n.ty))
    }

    fn node(&self, node: &Node, run: &mut Run<'a>) -> Cells<'a> {
        let entity = node.entity;
        let rows = run.shape.rows(entity);
        let kind = Kind::from(node.ty);
        let run_now: &Run<'a> = run;
        match &node.op {
            Op::Truth(t) => Cells::Truth(vec![Bits::from(*t); rows]),
            Op::Number(n) => match kind {
                Kind::Exact => Cells::Exact(Exact::of_interval(Interval::point(Ratio::whole(*n)), rows)),
                _ => Cells::Whole(Numbers::same(*n, rows)),
            },
            Op::Ratio(rate) => {
                let ratio = Ratio::new(i128::from(rate.num()), i128::from(rate.den()));
                Cells::Exact(Exact::of_interval(ratio.map_or(Interval::UNBOUNDED, Interval::point), rows))
            }
            Op::EnumValue(value) => Cells::Enum(match *value {
                code @ 0..64 => Enums::Codes(vec![code; rows].into()),
                code => Enums::Masks(vec![Mask::of(code); rows]),
            }),
            Op::Fact(fact) => self.fact(*fact, node, &run_now.shape),
            Op::Param(param, keys) => self.lookup(*param, keys, node, run),
            Op::Lift(a) => match self.see(run_now, *a, entity) {
                Some(cells) => cells.into_owned(),
                None => Cells::unknown(kind, rows),
            },
            Op::Not(a) => Cells::Truth(negated(self.truths(run_now, *a, entity).into_owned())),
            Op::And(parts) => self.join(run_now, parts, entity, Bits::TRUE, Bits::and),
            Op::Or(parts) => self.join(run_now, parts, entity, Bits::FALSE, Bits::or),
            Op::Compare(cmp, a, b) => Cells::Truth(self.compare(run_now, *cmp, *a, *b, entity)),
            Op::In(a, set) => Cells::Truth(self.enums(run_now, *a, entity).among(*set)),
            Op::Add(a, b) => self.arithmetic(run_now, node, *a, *b, Numbers::add, Exact::add),
            Op::Sub(a, b) => self.arithmetic(run_now, node, *a, *b, Numbers::sub, Exact::sub),
            Op::Mul(a, b) => self.arithmetic(run_now, node, *a, *b, Numbers::mul, Exact::mul),
            Op::Min(a, b) => self.arithmetic(run_now, node, *a, *b, Numbers::min, Exact::min),
            Op::Max(a, b) => self.arithmetic(run_now, node, *a, *b, Numbers::max, Exact::max),
            Op::Div(a, b) => {
                let (a, b) = (self.exacts(run_now, *a, entity), self.exacts(run_now, *b, entity));
                Cells::Exact(a.div(&b))
            }
            Op::Neg(a) if kind == Kind::Exact => Cells::Exact(self.exacts(run_now, *a, entity).neg()),
            Op::Neg(a) => Cells::Whole(self.numbers(run_now, *a, entity).neg()),
            Op::ToExact(a) => Cells::Exact(self.exacts(run_now, *a, entity)),
            Op::PerMonth(a) => Cells::Exact(self.exacts(run_now, *a, entity).times(1, 12)),
            Op::PerYear(a) if kind == Kind::Exact => {
                Cells::Exact(self.exacts(run_now, *a, entity).times(12, 1))
            }
            Op::PerYear(a) => Cells::Whole(self.numbers(run_now, *a, entity).mul(&Numbers::same(12, rows))),
            Op::YearsTo(a, to) => {
                Cells::Whole(CountTo::new(*to).column(&self.numbers(run_now, *a, entity), 12))
            }
            Op::MonthsTo(a, to) => {
                Cells::Whole(CountTo::new(*to).column(&self.numbers(run_now, *a, entity), 1))
            }
            Op::If(c, a, b) => {
                let which = self.truths(run_now, *c, entity);
                self.choose(run_now, kind, &which, *a, *b, entity)
            }
            Op::Known(a) => {
                // A subject that may be missing from the list is not one about whom something is unknown today,
                // but anyone at all: whether a fact of theirs is known, nobody can say.
                let mut cells = self.known(run_now, *a, entity);
                for cell in cells.iter_mut().skip(run_now.shape.real_rows(entity)) {
                    *cell = Bits::BOTH;
                }
                Cells::Truth(cells)
            }
            Op::OrElse(a, b) => {
                // The value where it is known; for a subject who may be missing from the list, either. Nothing
                // that is only assumed may speak against a family.
                let mut which = self.known(run_now, *a, entity);
                let assumed = if self.mode == Mode::Adverse { 0 } else { run_now.shape.real_rows(entity) };
                for cell in which.iter_mut().skip(assumed).filter(|c| **c == Bits::FALSE) {
                    *cell = Bits::BOTH;
                }
                self.choose(run_now, kind, &which, *a, *b, entity)
            }
            Op::Aggregate { list, fold, filter, body } => {
                fold::aggregate(self, run_now, kind, *list, *fold, *filter, *body)
            }
            Op::Round { value, to, mode } => {
                Cells::Whole(self.exacts(run_now, *value, entity).round(*to, *mode))
            }
        }
    }

    fn fact(&self, fact: u32, node: &Node, shape: &Shape<'a>) -> Cells<'a> {
        let rows = shape.rows(node.entity);
        let Some(decl) = self.plan.facts.get(fact as usize) else {
            return Cells::unknown(Kind::from(node.ty), rows);
        };
        let column = self.facts.get(fact as usize).copied().flatten();
        let (base, real) = (shape.base(decl.of), shape.real_rows(decl.of));
        let bounds = bounds_of(decl);
        let nothing = || match Kind::from(decl.ty) {
            Kind::Truth => Cells::Truth(vec![Bits::BOTH; rows]),
            Kind::Whole => Cells::Whole(Numbers::of_interval(bounds, rows)),
            // The vocabulary has no exact facts; a rate fact is only known by its bounds.
            Kind::Exact => Cells::Exact(Exact::of_interval(Interval::from_whole(bounds), rows)),
            Kind::Enum => Cells::Enum(Enums::Masks(vec![Mask::all(enum_size(self.plan, decl)); rows])),
        };
        let Some(column) = column else { return nothing() };
        let Some(states) = column.state.get(base..base.saturating_add(real)) else { return nothing() };
        // By code, so that many are looked at together.
        let stale = if self.mode == Mode::Find { State::Stale } else { State::Known } as u8;
        let stands = move |state: State| (state as u8 == State::Known as u8) | (state as u8 == stale);
        let all = rows == real && vector(move || states.iter().fold(true, |all, state| all & stands(*state)));
        match (&column.data, Kind::from(decl.ty)) {
            (Data::Bool(values), Kind::Truth) => {
                let Some(values) = values.get(base..base.saturating_add(real)) else { return nothing() };
                let mut cells = vec![Bits::BOTH; rows];
                let written = cells.as_mut_slice();
                vector(move || {
                    for ((cell, value), state) in written.iter_mut().zip(values).zip(states) {
                        *cell = if stands(*state) { Bits::known(*value) } else { Bits::BOTH };
                    }
                });
                Cells::Truth(cells)
            }
            (Data::Number(values), Kind::Whole) => {
                let Some(values) = values.get(base..base.saturating_add(real)) else { return nothing() };
                if all {
                    return Cells::Whole(Numbers::known(Lane::Slice(values), rows));
                }
                let (mut lo, mut hi) = (Room::of(rows), Room::of(rows));
                for (room, end) in [(&mut lo, bounds.lo), (&mut hi, bounds.hi)] {
                    // Subjects who may be missing from the list.
                    room.rows_mut().iter_mut().skip(real).for_each(|row| *row = end);
                }
                let (lows, highs) = (lo.rows_mut(), hi.rows_mut());
                let (least, most) = vector(move || {
                    let (mut least, mut most) = (0, 0);
                    for (((lo, hi), value), state) in lows.iter_mut().zip(highs).zip(values).zip(states) {
                        let stands = stands(*state);
                        *lo = if stands { *value } else { bounds.lo };
                        *hi = if stands { *value } else { bounds.hi };
                        let counted = if stands { *value } else { 0 };
                        least = counted.min(least);
                        most = counted.max(most);
                    }
                    (least, most)
                });
                let lowest = if bounds.lo == i64::MIN { 0 } else { bounds.lo };
                let highest = if bounds.hi == i64::MAX { 0 } else { bounds.hi };
                let range = (least.min(lowest).min(highest), most.max(highest).max(lowest));
                Cells::Whole(Numbers::between(Lane::in_room(lo), Lane::in_room(hi), rows, range))
            }
            (Data::Enum(values), Kind::Enum) => {
                let Some(values) = values.get(base..base.saturating_add(real)) else { return nothing() };
                let size = enum_size(self.plan, decl);
                let inside =
                    vector(move || values.iter().fold(true, |all, v| all & (usize::from(*v) < size)));
                if all && inside && size <= 64 {
                    return Cells::Enum(Enums::Codes(Cow::Borrowed(values)));
                }
                let any = Mask::all(size);
                let one = |(value, state): (&u8, &State)| {
                    if stands(*state) && usize::from(*value) < size { Mask::of(*value) } else { any }
                };
                let mut masks: Vec<Mask> = values.iter().zip(states).map(one).collect();
                masks.resize(rows, any);
                Cells::Enum(Enums::Masks(masks))
            }
            _ => nothing(),
        }
    }

    fn lookup(&self, param: u32, keys: &[NodeId], node: &Node, run: &mut Run<'a>) -> Cells<'a> {
        match Kind::from(node.ty) {
            Kind::Truth => Cells::Truth(self.look_up(param, keys, node.entity, run)),
            Kind::Whole => match self.gather(param, keys, node.entity, run) {
                Some(numbers) => Cells::Whole(numbers),
                None => {
                    Cells::Whole(Numbers::from_rows(self.look_up(param, keys, node.entity, run).into_iter()))
                }
            },
            Kind::Exact => {
                Cells::Exact(Exact::from_rows(self.look_up(param, keys, node.entity, run).into_iter()))
            }
            Kind::Enum => Cells::Enum(Enums::Masks(self.look_up(param, keys, node.entity, run))),
        }
    }

    /// A lookup by household with known keys and a row for each.
    fn gather(&self, param: u32, keys: &[NodeId], entity: Entity, run: &Run<'a>) -> Option<Numbers<'a>> {
        let first = run.shape.first;
        let divisions = self.batch.division.get(first..first.saturating_add(run.shape.households))?;
        if entity != Entity::Household {
            return None;
        }
        let keys: Vec<Cow<'_, Enums<'a>>> = keys.iter().map(|k| self.enums(run, *k, entity)).collect();
        let codes = keys.iter().map(|k| match &**k {
            Enums::Codes(codes) => Some(&**codes),
            Enums::Masks(_) => None,
        });
        let codes: Vec<&[u8]> = codes.collect::<Option<_>>()?;
        let values = self.param(param)?.gather(divisions, &codes)?;
        Some(Numbers::known(Lane::in_room(values), run.shape.households))
    }

    fn look_up<T: FromRow>(&self, param: u32, keys: &[NodeId], entity: Entity, run: &mut Run<'a>) -> Vec<T> {
        let rows = run.shape.rows(entity);
        let Some(index) = self.param(param) else {
            return vec![T::UNKNOWN; rows];
        };
        let mut gaps = BTreeSet::new();
        let mut last_gap = None;
        let cells = {
            let run: &Run<'a> = run;
            let keys: Vec<Cow<'_, Enums<'a>>> = keys.iter().map(|k| self.enums(run, *k, entity)).collect();
            let mut here = Vec::with_capacity(keys.len());
            (0..rows)
                .map(|row| {
                    here.clear();
                    here.extend(keys.iter().map(|k| k.at(row).unwrap_or(Mask::UNKNOWN)));
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
        run: &Run<'a>,
        parts: &[NodeId],
        entity: Entity,
        start: Bits,
        with: impl Fn(Bits, Bits) -> Bits + Copy,
    ) -> Cells<'a> {
        let mut cells = vec![start; run.shape.rows(entity)];
        for part in parts {
            let part = self.truths(run, *part, entity);
            let (rows, part) = (cells.as_mut_slice(), &*part);
            vector(move || {
                for (cell, other) in rows.iter_mut().zip(part) {
                    *cell = with(*cell, *other);
                }
            });
        }
        Cells::Truth(cells)
    }

    fn compare(&self, run: &Run<'a>, cmp: Cmp, a: NodeId, b: NodeId, entity: Entity) -> Vec<Bits> {
        match (self.kind(a), self.kind(b)) {
            (Some(Kind::Whole), Some(Kind::Whole)) => {
                self.numbers(run, a, entity).compare(cmp, &self.numbers(run, b, entity))
            }
            (Some(Kind::Exact | Kind::Whole), Some(Kind::Exact | Kind::Whole)) => {
                self.exacts(run, a, entity).compare(cmp, &self.exacts(run, b, entity))
            }
            (Some(Kind::Truth), Some(Kind::Truth)) => {
                let (a, b) = (self.truths(run, a, entity), self.truths(run, b, entity));
                let pairs = a.iter().zip(b.iter());
                pairs.map(|(a, b)| sets(cmp, u64::from(a.0), u64::from(b.0))).collect()
            }
            (Some(Kind::Enum), Some(Kind::Enum)) => {
                let (a, b) = (self.enums(run, a, entity), self.enums(run, b, entity));
                a.iter().zip(b.iter()).map(|(a, b)| sets(cmp, a.0, b.0)).collect()
            }
            _ => vec![Bits::BOTH; run.shape.rows(entity)],
        }
    }

    fn arithmetic(
        &self,
        run: &Run<'a>,
        node: &Node,
        a: NodeId,
        b: NodeId,
        whole: impl Fn(&Numbers<'a>, &Numbers<'a>) -> Numbers<'a>,
        exact: impl Fn(&Exact<'a>, &Exact<'a>) -> Exact<'a>,
    ) -> Cells<'a> {
        if Kind::from(node.ty) == Kind::Exact {
            return Cells::Exact(exact(&self.exacts(run, a, node.entity), &self.exacts(run, b, node.entity)));
        }
        Cells::Whole(whole(&self.numbers(run, a, node.entity), &self.numbers(run, b, node.entity)))
    }

    /// Per row `a` where the truth holds, `b` where it does not, what contains both where it is open.
    fn choose(
        &self,
        run: &Run<'a>,
        kind: Kind,
        which: &[Bits],
        a: NodeId,
        b: NodeId,
        entity: Entity,
    ) -> Cells<'a> {
        match kind {
            Kind::Truth => {
                let (a, b) = (self.truths(run, a, entity), self.truths(run, b, entity));
                let rows = which.iter().zip(a.iter()).zip(b.iter());
                let chosen = rows.map(|((which, a), b)| match *which {
                    Bits::TRUE => *a,
                    Bits::FALSE => *b,
                    _ => Bits(a.0 | b.0),
                });
                Cells::Truth(chosen.collect())
            }
            Kind::Whole => Cells::Whole(Numbers::choose(
                which,
                &self.numbers(run, a, entity),
                &self.numbers(run, b, entity),
            )),
            Kind::Exact => {
                Cells::Exact(Exact::choose(which, &self.exacts(run, a, entity), &self.exacts(run, b, entity)))
            }
            Kind::Enum => {
                let (a, b) = (self.enums(run, a, entity), self.enums(run, b, entity));
                let rows = which.iter().zip(a.iter().zip(b.iter()));
                let chosen = rows.map(|(which, (a, b))| match *which {
                    Bits::TRUE => a,
                    Bits::FALSE => b,
                    _ => Mask(a.0 | b.0),
                });
                Cells::Enum(Enums::Masks(chosen.collect()))
            }
        }
    }

    /// Per row whether a value is known.
    fn known(&self, run: &Run<'a>, a: NodeId, entity: Entity) -> Vec<Bits> {
        match self.kind(a) {
            Some(Kind::Truth) => {
                self.truths(run, a, entity).iter().map(|b| Bits::known(b.is_known())).collect()
            }
            Some(Kind::Whole) => self.numbers(run, a, entity).known_rows(),
            Some(Kind::Exact) => self.exacts(run, a, entity).known_rows(),
            Some(Kind::Enum) => self.enums(run, a, entity).known_rows(),
            None => vec![Bits::FALSE; run.shape.rows(entity)],
        }
    }
}

/// Which nodes the roots need, and which columns can go after each node.
pub(crate) struct Schedule {
    pub(crate) needed: Vec<bool>,
    done_after: Vec<Vec<NodeId>>,
    /// The facts and the parameters that they read (indices in the plan), rising.
    pub(crate) facts: Vec<u32>,
    params: Vec<u32>,
}

impl Schedule {
    pub(crate) fn new(plan: &Plan, roots: &[NodeId]) -> Self {
        let mut needed = vec![false; plan.nodes.len()];
        let mut last_use: Vec<Option<usize>> = vec![None; plan.nodes.len()];
        let mut kept = vec![false; plan.nodes.len()];
        for root in roots {
            for marks in [&mut needed, &mut kept] {
                if let Some(mark) = marks.get_mut(index(*root)) {
                    *mark = true;
                }
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
                    last.get_or_insert(at);
                }
            }
        }
        let mut done_after = vec![Vec::new(); plan.nodes.len()];
        for ((id, last), kept) in (0..).map(NodeId).zip(last_use).zip(kept) {
            if let Some(done) = last.filter(|_| !kept).and_then(|at| done_after.get_mut(at)) {
                done.push(id);
            }
        }
        let (mut facts, mut params) = (BTreeSet::new(), BTreeSet::new());
        for (node, _) in plan.nodes.iter().zip(&needed).filter(|(_, needed)| **needed) {
            match node.op {
                Op::Fact(fact) => facts.insert(fact),
                Op::Param(param, _) => params.insert(param),
                _ => false,
            };
        }
        let (facts, params) = (facts.into_iter().collect(), params.into_iter().collect());
        Self { needed, done_after, facts, params }
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

fn sets(cmp: Cmp, a: u64, b: u64) -> Bits {
    let may_equal = a & b != 0;
    let must_equal = a == b && a.count_ones() == 1;
    match cmp {
        Cmp::Eq => Bits::of(may_equal, !must_equal),
        Cmp::Ne => Bits::of(!must_equal, may_equal),
        Cmp::Lt | Cmp::Le | Cmp::Gt | Cmp::Ge => Bits::BOTH,
    }
}
