//! 待查事实: which unknown facts would decide an undecided outcome. The kept columns are walked from the outcome
//! down, entering only what is itself undecided, so a fact that can no longer matter is never asked for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::run::{self, Run, Runner, index};
use super::vary::{Change, NewValue, copies};
use super::{Trace, Value};
use crate::plan::{Entity, FactDecl, Fold, NodeId, Op, Type};
use crate::value::Truth;

/// Of whom a fact is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// 家庭
    Household,
    /// The member at this place of the household's list, from 0.
    Member(u32),
    /// The obligor at this place of the household's list, from 0.
    Obligor(u32),
}

/// 待查事实: one thing to ask or look up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OpenFact {
    /// Fact id; `members` or `obligors` where it is open whether the list names everybody.
    pub fact: String,
    /// 中文 label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// Whose fact.
    pub subject: Subject,
    /// Whether some value of this fact alone would decide the outcome; not tried where a large family leaves
    /// hundreds of facts open.
    pub alone: bool,
}

/// Something that is not known and matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Leaf {
    /// Index in the plan's facts, and whose.
    Fact(u32, Subject),
    /// Whether a list names everybody.
    List(Entity),
}

/// What is to be decided: a node at a row.
#[derive(Clone, Copy)]
struct Goal {
    node: NodeId,
    row: usize,
}

/// The facts that would decide outcome `o` of the household (or of its member `member`; without one, of any member
/// of an outcome of members), those that can do so alone first. Where the outcome is met and its amount is open:
/// the facts that would fix the amount. Empty where nothing is open.
#[must_use]
pub fn open_facts(trace: &Trace<'_>, o: usize, member: Option<usize>) -> Vec<OpenFact> {
    let mut found: Vec<(Leaf, bool)> = Vec::new();
    for goal in goals(trace, o, member) {
        let leaves = leaves(trace, goal);
        let alone = deciding_alone(trace, o, goal, &leaves);
        for (leaf, alone) in leaves.into_iter().zip(alone) {
            match found.iter_mut().find(|(known, _)| *known == leaf) {
                Some((_, known)) => *known |= alone,
                None => found.push((leaf, alone)),
            }
        }
    }
    found.sort_by_key(|(_, alone)| !alone);
    let named = found.into_iter().map(|(leaf, alone)| name(trace, leaf, alone));
    named.collect()
}

/// How many facts (and incomplete lists) bear on what [`open_facts`] would name; cheaper than naming them.
#[must_use]
pub fn count_open(trace: &Trace<'_>, o: usize, member: Option<usize>) -> usize {
    let all: BTreeSet<Leaf> =
        goals(trace, o, member).into_iter().flat_map(|goal| leaves(trace, goal)).collect();
    all.len()
}

fn goals(trace: &Trace<'_>, o: usize, member: Option<usize>) -> Vec<Goal> {
    let Some(outcome) = trace.plan().outcomes.get(o) else {
        return Vec::new();
    };
    let rows = match (outcome.of, member) {
        (Entity::Member, Some(m)) => m..m.saturating_add(1),
        (Entity::Member, None) => 0..trace.members(),
        _ => 0..1,
    };
    rows.filter_map(|row| {
        let met = trace.value(outcome.met, row);
        let node = match met {
            Value::Truth(Truth::Unknown) => outcome.met,
            Value::Truth(Truth::True) => {
                outcome.amount.filter(|amount| !trace.value(*amount, row).is_known())?
            }
            _ => return None,
        };
        Some(Goal { node, row })
    })
    .collect()
}

fn name(trace: &Trace<'_>, leaf: Leaf, alone: bool) -> OpenFact {
    match leaf {
        Leaf::Fact(fact, subject) => {
            let decl = trace.plan().facts.get(fact as usize);
            OpenFact {
                fact: decl.map(|f| f.id.clone()).unwrap_or_default(),
                zh: decl.map(|f| f.zh.clone()).unwrap_or_default(),
                en: decl.map(|f| f.en.clone()).unwrap_or_default(),
                subject,
                alone,
            }
        }
        Leaf::List(list) => {
            let (fact, zh, en) = match list {
                Entity::Obligor => ("obligors", "义务人是否已查清", "whether all obligors are listed"),
                _ => ("members", "家庭成员是否齐全", "whether all members are listed"),
            };
            OpenFact {
                fact: fact.to_owned(),
                zh: zh.to_owned(),
                en: en.to_owned(),
                subject: Subject::Household,
                alone,
            }
        }
    }
}

/// The unknown facts that a goal may turn on, in the order in which the rules read them.
fn leaves(trace: &Trace<'_>, goal: Goal) -> Vec<Leaf> {
    let mut walk = Walk { trace, seen: BTreeSet::new(), found: Vec::new() };
    walk.visit(goal.node, goal.row);
    walk.found
}

struct Walk<'t, 'a> {
    trace: &'t Trace<'a>,
    seen: BTreeSet<(NodeId, usize)>,
    found: Vec<Leaf>,
}

impl Walk<'_, '_> {
    fn add(&mut self, leaf: Leaf) {
        if !self.found.contains(&leaf) {
            self.found.push(leaf);
        }
    }

    fn value(&self, id: NodeId, row: usize, from: Entity) -> Value {
        let trace = self.trace;
        let entity = trace.plan().nodes.get(index(id)).map(|n| n.entity);
        let row = entity.and_then(|e| trace.run.shape.outer_row(from, row, e));
        row.map_or(Value::Truth(Truth::Unknown), |row| trace.value(id, row))
    }

    /// Visits an operand of a node of `from` at a row of that entity.
    fn operand(&mut self, id: NodeId, row: usize, from: Entity) {
        let entity = self.trace.plan().nodes.get(index(id)).map(|n| n.entity);
        let row = entity.and_then(|e| self.trace.run.shape.outer_row(from, row, e));
        if let Some(row) = row {
            self.visit(id, row);
        }
    }

    fn visit(&mut self, id: NodeId, row: usize) {
        let trace = self.trace;
        let Some(node) = trace.plan().nodes.get(index(id)) else {
            return;
        };
        if trace.value(id, row).is_known() || !self.seen.insert((id, row)) {
            return;
        }
        match &node.op {
            Op::Fact(fact) => self.fact(*fact, node.entity, row),
            Op::If(c, a, b) => match self.value(*c, row, node.entity) {
                Value::Truth(Truth::True) => self.operand(*a, row, node.entity),
                Value::Truth(Truth::False) => self.operand(*b, row, node.entity),
                _ => {
                    for part in [c, a, b] {
                        self.operand(*part, row, node.entity);
                    }
                }
            },
            Op::Aggregate { list, fold, filter, body } => self.aggregate(*list, *fold, *filter, *body, row),
            op => {
                for part in op.operands() {
                    self.operand(part, row, node.entity);
                }
            }
        }
    }

    fn fact(&mut self, fact: u32, entity: Entity, row: usize) {
        let place = u32::try_from(row).unwrap_or(u32::MAX);
        let leaf = match entity {
            Entity::Member | Entity::Obligor if row >= self.trace.run.shape.real_rows(entity) => {
                Leaf::List(entity)
            }
            Entity::Member => Leaf::Fact(fact, Subject::Member(place)),
            Entity::Obligor => Leaf::Fact(fact, Subject::Obligor(place)),
            Entity::Household | Entity::Constant => Leaf::Fact(fact, Subject::Household),
        };
        self.add(leaf);
    }

    fn aggregate(
        &mut self,
        list: Entity,
        fold: Fold,
        filter: Option<NodeId>,
        body: Option<NodeId>,
        household: usize,
    ) {
        let trace = self.trace;
        let Some(subjects) = trace.run.shape.list(list) else {
            return;
        };
        let truth = |id: Option<NodeId>, row: usize| match id.map(|id| trace.value(id, row)) {
            Some(Value::Truth(t)) => t,
            _ => Truth::True,
        };
        for row in subjects.range(household).unwrap_or_default() {
            let counts = truth(filter, row);
            let settled = match fold {
                Fold::Any => counts.and(truth(body, row)) == Truth::False,
                Fold::All => counts.not().or(truth(body, row)) == Truth::True,
                Fold::Count | Fold::Sum | Fold::Max | Fold::Min => counts == Truth::False,
            };
            if settled {
                continue;
            }
            for part in filter.into_iter().chain(body) {
                self.visit(part, row);
            }
        }
        if subjects.unknown(household).is_some() {
            self.add(Leaf::List(list));
        }
    }
}

/// People in all the copies together beyond which no fact is tried alone: with so much open none decides alone, and
/// a large family would take minutes.
const MOST_COPIED_PEOPLE: usize = 8_000;

/// For each leaf, whether some value of it alone decides the goal: one copy of the household per value tried,
/// all evaluated together.
fn deciding_alone(trace: &Trace<'_>, o: usize, goal: Goal, leaves: &[Leaf]) -> Vec<bool> {
    if leaves.len() == 1 {
        return vec![true];
    }
    let mut variants: Vec<Vec<Change<'_>>> = Vec::new();
    let mut tried: Vec<std::ops::Range<usize>> = Vec::new();
    for leaf in leaves {
        let start = variants.len();
        match leaf {
            Leaf::Fact(fact, subject) => {
                let decl = trace.plan().facts.get(*fact as usize);
                variants.extend(decl.into_iter().flat_map(|decl| {
                    let change = |value| Change { fact: decl, subject: *subject, value };
                    let values = values_to_try(trace, decl).into_iter();
                    values.map(move |value| vec![change(value)])
                }));
            }
            Leaf::List(_) => variants.push(Vec::new()),
        }
        tried.push(start..variants.len());
    }
    let people = trace.members().max(1);
    if variants.len().saturating_mul(people) > MOST_COPIED_PEOPLE {
        return vec![false; leaves.len()];
    }
    let plan = trace.plan();
    let met = plan.outcomes.get(o).is_some_and(|outcome| outcome.met == goal.node);
    let schedule = if met { plan.met_of(o) } else { plan.schedule(&[goal.node]) };
    let mut batch = copies(trace.batch(), trace.household(), &variants, plan.facts_of(&schedule));
    for (leaf, copies) in leaves.iter().zip(&tried) {
        if let Leaf::List(list) = leaf {
            let columns = match list {
                Entity::Obligor => &mut batch.obligors,
                _ => &mut batch.members,
            };
            for complete in columns.complete.iter_mut().take(copies.end).skip(copies.start) {
                *complete = true;
            }
        }
    }
    let rows = 0..batch.households;
    let runner = Runner::new(plan, &batch, trace.mode(), rows.clone(), schedule);
    let run = runner.run(rows, false);
    let alone = tried.into_iter().map(|mut copies| copies.any(|copy| decided(&runner, &run, goal, copy)));
    alone.collect()
}

fn decided<'a>(runner: &Runner<'a>, run: &Run<'a>, goal: Goal, copy: usize) -> bool {
    let Some(node) = runner.plan.nodes.get(index(goal.node)) else {
        return false;
    };
    let row = match run.shape.list(node.entity) {
        Some(list) => match list.range(copy) {
            Some(rows) => rows.start + goal.row,
            None => return false,
        },
        None => copy,
    };
    match node.ty {
        Type::Bool => runner.truths(run, goal.node, node.entity).get(row).is_some_and(|b| b.is_known()),
        _ => runner.numbers(run, goal.node, node.entity).at(row).is_some_and(|n| n.is_point()),
    }
}

/// A sum beyond any household's means, in fen.
const VERY_MUCH: i64 = 10_000_000_000_000;

/// Values at which rules can turn: the ends of what is possible, and for dates some round ages.
pub(crate) fn values_to_try(trace: &Trace<'_>, decl: &FactDecl) -> Vec<NewValue> {
    let least = decl.min.unwrap_or(0);
    match decl.ty {
        Type::Bool => vec![NewValue::Bool(true), NewValue::Bool(false)],
        Type::Enum(_) => (0..run::enum_size(trace.plan(), decl))
            .filter_map(|v| u8::try_from(v).ok())
            .map(NewValue::Enum)
            .collect(),
        Type::Date => {
            let end = trace.plan().period.last_day();
            let years = [0, 1, 2, 4, 10, 17, 19, 50, 65, 75, 100];
            let day = |y: i32| i64::from(end.plus_months(-12 * y).0);
            years.into_iter().map(|y| NewValue::Number(day(y))).collect()
        }
        Type::Month => {
            let end = i64::from(trace.plan().period.0);
            [0, 6, 24, 1200].map(|m| NewValue::Number(end - m)).to_vec()
        }
        Type::Int => {
            let most = decl.max.unwrap_or(1_000).max(least);
            [least, least.saturating_add(1).min(most), most].map(NewValue::Number).to_vec()
        }
        Type::Money(_) | Type::Exact(_) | Type::Rate => {
            [least, decl.max.unwrap_or(VERY_MUCH)].map(NewValue::Number).to_vec()
        }
    }
}
