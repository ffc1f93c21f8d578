//! 合并: two plans as one graph. What both compute alike is one node, so it is computed once, and what differs
//! is what the change reaches.

use std::collections::HashMap;

use super::SimulateError;
use crate::plan::{
    Entity, EnumDecl, FactDecl, Node, NodeId, Op, ParamTable, Plan, PlannedOutcome, Span, Type,
};
use crate::value::Date;

/// Two plans in one.
pub(crate) struct Joined {
    /// The graph, the vocabulary and the parameters of both; no rules, indicators or outcomes.
    pub(crate) plan: Plan,
    made: HashMap<(Op, Type, Entity), NodeId>,
    sides: [Vec<NodeId>; 2],
}

/// Where the parts of one plan stand in the joined one.
struct Moved {
    enums: Vec<u16>,
    facts: Vec<u32>,
    params: Vec<u32>,
    /// Last day of the plan's month, and of the first plan's: ages are counted to the end of the month at hand, in
    /// either.
    ends: [Date; 2],
}

impl Joined {
    /// Joins two plans. `renamed` gives for ids of facts and parameters of the second the id that the first has
    /// for the same thing.
    pub(crate) fn new(
        before: &Plan,
        after: &Plan,
        renamed: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SimulateError> {
        let plan = Plan {
            period: before.period,
            as_of: before.as_of,
            package_hash: String::new(),
            files: Vec::new(),
            enums: Vec::new(),
            facts: Vec::new(),
            params: Vec::new(),
            nodes: Vec::new(),
            rules: Vec::new(),
            outcomes: Vec::new(),
            groups: Vec::new(),
            indicators: Vec::new(),
            ready: Default::default(),
        };
        let mut joined = Self { plan, made: HashMap::new(), sides: [Vec::new(), Vec::new()] };
        let first = joined.add(before, &|_| None)?;
        let second = joined.add(after, renamed)?;
        joined.sides = [first, second];
        Ok(joined)
    }

    /// A node of the first plan.
    pub(crate) fn before(&self, id: NodeId) -> NodeId {
        at(&self.sides[0], id)
    }

    /// A node of the second plan.
    pub(crate) fn after(&self, id: NodeId) -> NodeId {
        at(&self.sides[1], id)
    }

    /// The node of an operation over joined nodes.
    pub(crate) fn node(&mut self, op: Op, ty: Type, entity: Entity) -> NodeId {
        let next = NodeId(u32::try_from(self.plan.nodes.len()).unwrap_or(u32::MAX));
        let key = (op, ty, entity);
        if let Some(known) = self.made.get(&key) {
            return *known;
        }
        self.plan.nodes.push(Node { op: key.0.clone(), ty, entity, span: Span::default() });
        self.made.insert(key, next);
        next
    }

    /// The node of a fact, where the vocabulary has it as this kind.
    pub(crate) fn fact(&mut self, id: &str, of: Entity, ty: Type) -> Option<NodeId> {
        let same = |f: &FactDecl| f.id == id && f.of == of && f.ty == ty;
        let at = self.plan.facts.iter().position(same)?;
        Some(self.node(Op::Fact(u32::try_from(at).ok()?), ty, of))
    }

    /// Ends the plan with a list of outcomes to compute.
    pub(crate) fn with(&self, outcomes: Vec<PlannedOutcome>) -> Plan {
        Plan { outcomes, ..self.plan.clone() }
    }

    /// Adds the nodes of a plan and tells where they stand.
    pub(crate) fn add(
        &mut self,
        plan: &Plan,
        renamed: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Vec<NodeId>, SimulateError> {
        let enums: Vec<u16> = plan.enums.iter().map(|e| self.enumeration(e)).collect();
        let ends = [plan.period.last_day(), self.plan.period.last_day()];
        let mut moved = Moved { enums, facts: Vec::new(), params: Vec::new(), ends };
        for fact in &plan.facts {
            let to = self.declare(fact, &moved, renamed)?;
            moved.facts.push(to);
        }
        for table in &plan.params {
            let to = self.parameter(table, &moved, renamed);
            moved.params.push(to);
        }
        let mut nodes: Vec<NodeId> = Vec::with_capacity(plan.nodes.len());
        for node in &plan.nodes {
            let op = moved.op(&node.op, &nodes);
            let ty = moved.ty(node.ty);
            nodes.push(self.node(op, ty, node.entity));
        }
        Ok(nodes)
    }

    fn enumeration(&mut self, decl: &EnumDecl) -> u16 {
        let values = |e: &EnumDecl| e.values.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
        let same = self.plan.enums.iter().position(|e| e.id == decl.id && values(e) == values(decl));
        let at = same.unwrap_or_else(|| {
            self.plan.enums.push(decl.clone());
            self.plan.enums.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// A fact is one column of the population: both plans must mean the same by it.
    fn declare(
        &mut self,
        fact: &FactDecl,
        moved: &Moved,
        renamed: &dyn Fn(&str) -> Option<String>,
    ) -> Result<u32, SimulateError> {
        let mut fact = fact.clone();
        if let Some(first) = renamed(&fact.id) {
            fact.id = first;
        }
        fact.ty = moved.ty(fact.ty);
        fact.enum_index = fact.enum_index.map(|at| moved.enumeration(at));
        let known = self.plan.facts.iter().find(|f| f.id == fact.id);
        if known.is_some_and(|f| (f.of, f.ty) != (fact.of, fact.ty)) {
            return Err(SimulateError::Vocabulary { fact: fact.id, zh: fact.zh });
        }
        let bounds = |f: &FactDecl| (f.id.clone(), f.of, f.ty, f.min, f.max);
        let same = self.plan.facts.iter().position(|f| bounds(f) == bounds(&fact));
        let at = same.unwrap_or_else(|| {
            self.plan.facts.push(fact);
            self.plan.facts.len() - 1
        });
        Ok(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// Parameters are the same where they give the same values in the same places, whatever document says so.
    fn parameter(
        &mut self,
        table: &ParamTable,
        moved: &Moved,
        renamed: &dyn Fn(&str) -> Option<String>,
    ) -> u32 {
        let mut table = table.clone();
        if let Some(first) = renamed(&table.id) {
            table.id = first;
        }
        table.ty = moved.ty(table.ty);
        table.keys = table.keys.iter().map(|at| moved.enumeration(*at)).collect();
        let same = self.plan.params.iter().position(|p| same_values(p, &table));
        let at = same.unwrap_or_else(|| {
            self.plan.params.push(table);
            self.plan.params.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }
}

/// Whether two tables of one parameter give the same everywhere.
pub(crate) fn same_values(a: &ParamTable, b: &ParamTable) -> bool {
    let rows = |table: &ParamTable| {
        let rows = table.rows.iter();
        let mut rows: Vec<_> = rows.map(|r| (r.division.clone(), r.keys.clone(), r.value, r.ratio)).collect();
        rows.sort();
        rows
    };
    (&a.id, a.ty, &a.keys) == (&b.id, b.ty, &b.keys) && rows(a) == rows(b)
}

fn at(nodes: &[NodeId], id: NodeId) -> NodeId {
    nodes.get(id.0 as usize).copied().unwrap_or(NodeId(u32::MAX))
}

impl Moved {
    fn enumeration(&self, at: u16) -> u16 {
        self.enums.get(usize::from(at)).copied().unwrap_or(u16::MAX)
    }

    fn day(&self, day: Date) -> Date {
        if day == self.ends[0] { self.ends[1] } else { day }
    }

    fn ty(&self, ty: Type) -> Type {
        match ty {
            Type::Enum(at) => Type::Enum(self.enumeration(at)),
            other => other,
        }
    }

    /// The operation over the joined nodes; `nodes` are those of the nodes before it.
    fn op(&self, op: &Op, nodes: &[NodeId]) -> Op {
        let to = |id: &NodeId| at(nodes, *id);
        let all = |ids: &[NodeId]| ids.iter().map(to).collect::<Vec<_>>();
        match op {
            Op::Truth(_) | Op::Number(_) | Op::Ratio(_) | Op::EnumValue(_) => op.clone(),
            Op::Fact(fact) => Op::Fact(self.facts.get(*fact as usize).copied().unwrap_or(u32::MAX)),
            Op::Param(param, keys) => {
                Op::Param(self.params.get(*param as usize).copied().unwrap_or(u32::MAX), all(keys))
            }
            Op::Lift(a) => Op::Lift(to(a)),
            Op::Not(a) => Op::Not(to(a)),
            Op::And(parts) => Op::And(all(parts)),
            Op::Or(parts) => Op::Or(all(parts)),
            Op::Compare(cmp, a, b) => Op::Compare(*cmp, to(a), to(b)),
            Op::In(a, set) => Op::In(to(a), *set),
            Op::Add(a, b) => Op::Add(to(a), to(b)),
            Op::Sub(a, b) => Op::Sub(to(a), to(b)),
            Op::Neg(a) => Op::Neg(to(a)),
            Op::Mul(a, b) => Op::Mul(to(a), to(b)),
            Op::Div(a, b) => Op::Div(to(a), to(b)),
            Op::Min(a, b) => Op::Min(to(a), to(b)),
            Op::Max(a, b) => Op::Max(to(a), to(b)),
            Op::ToExact(a) => Op::ToExact(to(a)),
            Op::PerMonth(a) => Op::PerMonth(to(a)),
            Op::PerYear(a) => Op::PerYear(to(a)),
            Op::YearsTo(a, day) => Op::YearsTo(to(a), self.day(*day)),
            Op::MonthsTo(a, day) => Op::MonthsTo(to(a), self.day(*day)),
            Op::If(c, a, b) => Op::If(to(c), to(a), to(b)),
            Op::Known(a) => Op::Known(to(a)),
            Op::OrElse(a, b) => Op::OrElse(to(a), to(b)),
            Op::Aggregate { list, fold, filter, body } => Op::Aggregate {
                list: *list,
                fold: *fold,
                filter: filter.as_ref().map(to),
                body: body.as_ref().map(to),
            },
            Op::Round { value, to: step, mode } => Op::Round { value: to(value), to: *step, mode: *mode },
        }
    }
}
