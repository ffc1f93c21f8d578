//! 推演路径: which rules, facts and parameters bore on a node's value. Branches that were not taken, members who
//! do not count and parts of a conjunction that did not decide it are left out.

use std::collections::BTreeSet;

use crate::eval::{Mode, Trace, Value};
use crate::plan::{Entity, Fold, NodeId, Op};
use crate::value::Truth;

/// Something that a clause names, with the row of its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Index in the plan's rules.
    Rule(usize, usize),
    /// Index in the plan's facts.
    Fact(usize, usize),
    /// Index in the plan's parameters, the lookup and its row.
    Param(usize, NodeId, usize),
    /// A share or an average that nobody is there to have, and its row.
    Nobody(NodeId, usize),
    /// Something unknown for which a cited default stood in, and its row.
    Default(NodeId, usize),
}

/// What the body of a node names, in order of first use, its own name set aside.
pub(crate) fn parts_of(trace: &Trace<'_>, id: NodeId, row: usize) -> Vec<Part> {
    let mut walk = Walk { trace, own: id, seen: BTreeSet::new(), found: Vec::new() };
    walk.body(id, row);
    walk.found
}

/// The facts (index and row) whose values a clause compares: not who counts nor which branch was taken.
pub(crate) fn figures(trace: &Trace<'_>, id: NodeId, row: usize) -> Vec<(usize, usize)> {
    let plan = trace.plan();
    let mut open = vec![(id, row)];
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some((id, row)) = open.pop() {
        let Some(node) = plan.nodes.get(id.0 as usize) else {
            continue;
        };
        if !seen.insert((id, row)) {
            continue;
        }
        let mut push = |id: NodeId, row: usize, from: Entity| {
            let entity = plan.nodes.get(id.0 as usize).map(|n| n.entity);
            let row = entity.and_then(|e| trace.outer_row(from, row, e));
            open.extend(row.map(|row| (id, row)));
        };
        // A table turns on its columns.
        if let Some(table) = plan.rules.iter().filter(|r| r.node == id).find_map(|r| r.table.as_ref()) {
            for column in table.columns.iter().rev() {
                push(*column, row, node.entity);
            }
            continue;
        }
        match &node.op {
            Op::Fact(fact) => found.push((*fact as usize, row)),
            Op::Param(..) => {}
            Op::If(c, a, b) => match trace.value(*c, row) {
                Value::Truth(Truth::True) => push(*a, row, node.entity),
                Value::Truth(Truth::False) => push(*b, row, node.entity),
                _ => {}
            },
            Op::Aggregate { list, filter, body, .. } => {
                for row in (0..trace.listed(*list)).rev() {
                    let counts = filter.is_none_or(|f| trace.value(f, row) == Value::Truth(Truth::True));
                    if let Some(body) = body.or(*filter).filter(|_| counts || body.is_none()) {
                        push(body, row, *list);
                    }
                }
            }
            op => {
                for operand in op.operands().into_iter().rev() {
                    push(operand, row, node.entity);
                }
            }
        }
    }
    found
}

struct Walk<'t, 'a> {
    trace: &'t Trace<'a>,
    own: NodeId,
    seen: BTreeSet<(NodeId, usize)>,
    found: Vec<Part>,
}

impl Walk<'_, '_> {
    fn truth(&self, id: NodeId, row: usize, from: Entity) -> Option<Truth> {
        let entity = self.trace.plan().nodes.get(id.0 as usize)?.entity;
        let row = self.trace.outer_row(from, row, entity)?;
        match self.trace.value(id, row) {
            Value::Truth(t) => Some(t),
            _ => None,
        }
    }

    fn visit(&mut self, id: NodeId, row: usize, from: Entity) {
        let plan = self.trace.plan();
        let Some(node) = plan.nodes.get(id.0 as usize) else {
            return;
        };
        let Some(row) = self.trace.outer_row(from, row, node.entity) else {
            return;
        };
        if !self.seen.insert((id, row)) {
            return;
        }
        match plan.rule_at(id) {
            Some(rule) if id != self.own => self.found.push(Part::Rule(rule, row)),
            _ => self.body(id, row),
        }
    }

    fn body(&mut self, id: NodeId, row: usize) {
        let plan = self.trace.plan();
        let Some(node) = plan.nodes.get(id.0 as usize) else {
            return;
        };
        let entity = node.entity;
        match &node.op {
            Op::Fact(fact) => self.found.push(Part::Fact(*fact as usize, row)),
            Op::Param(param, keys) => {
                self.found.push(Part::Param(*param as usize, id, row));
                for key in keys {
                    self.visit(*key, row, entity);
                }
            }
            Op::And(parts) | Op::Or(parts) => {
                let decides = match (&node.op, self.truth(id, row, entity)) {
                    (Op::And(_), Some(Truth::False)) => Some(Truth::False),
                    (Op::Or(_), Some(Truth::True)) => Some(Truth::True),
                    _ => None,
                };
                for part in parts {
                    if decides.is_none() || self.truth(*part, row, entity) == decides {
                        self.visit(*part, row, entity);
                    }
                }
            }
            Op::If(c, a, b) => {
                self.visit(*c, row, entity);
                let truth = self.truth(*c, row, entity);
                if truth != Some(Truth::False) {
                    self.visit(*a, row, entity);
                }
                if truth != Some(Truth::True) {
                    self.visit(*b, row, entity);
                }
            }
            Op::Aggregate { list, filter, body, .. } => {
                for row in 0..self.trace.listed(*list) {
                    let counts = filter.and_then(|f| self.truth(f, row, *list));
                    if let Some(filter) = filter {
                        self.visit(*filter, row, *list);
                    }
                    if counts != Some(Truth::False)
                        && let Some(body) = body
                    {
                        self.visit(*body, row, *list);
                    }
                }
            }
            Op::OrElse(a, b) => {
                self.visit(*a, row, entity);
                // In an adverse decision a default settles nothing.
                if !self.trace.value(*a, row).is_known() && self.trace.mode() != Mode::Adverse {
                    self.found.push(Part::Default(id, row));
                    self.visit(*b, row, entity);
                }
            }
            op => {
                if let Op::Div(_, by) = op
                    && self.is_nobody(*by, row, entity)
                {
                    self.found.push(Part::Nobody(id, row));
                }
                for operand in op.operands() {
                    self.visit(operand, row, entity);
                }
            }
        }
    }

    /// Whether a node counts people, and there are none.
    fn is_nobody(&self, id: NodeId, row: usize, from: Entity) -> bool {
        let Some(node) = self.trace.plan().nodes.get(id.0 as usize) else { return false };
        let Some(row) = self.trace.outer_row(from, row, node.entity) else { return false };
        match node.op {
            Op::Lift(inner) => self.is_nobody(inner, row, node.entity),
            Op::Aggregate { fold: Fold::Count, .. } => {
                self.trace.value(id, row) == Value::Number { lo: Some(0), hi: Some(0) }
            }
            _ => false,
        }
    }
}
