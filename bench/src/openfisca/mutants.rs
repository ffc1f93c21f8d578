//! Whether the households see each clause: the law with one small change must come out differently for somebody.

use std::collections::BTreeSet;

use doudi_policy::column::Batch;
use doudi_policy::eval::Evaluation;
use doudi_policy::plan::{Cmp, Fold, NodeId, Op, Plan, RoundMode, Span, Type};
use doudi_policy::{Mode, Truth, assess};

/// The nodes that the outcomes read.
fn read(plan: &Plan) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<NodeId> =
        plan.outcomes.iter().flat_map(|o| o.amount.into_iter().chain([o.met])).collect();
    while let Some(id) = open.pop() {
        if seen.insert(id.0)
            && let Some(node) = plan.nodes.get(id.0 as usize)
        {
            open.extend(operands(&node.op));
        }
    }
    seen
}

fn operands(op: &Op) -> Vec<NodeId> {
    match op {
        Op::Truth(_) | Op::Number(_) | Op::Ratio(_) | Op::EnumValue(_) | Op::Fact(_) => Vec::new(),
        Op::Param(_, nodes) | Op::And(nodes) | Op::Or(nodes) => nodes.clone(),
        Op::Lift(a)
        | Op::Not(a)
        | Op::In(a, _)
        | Op::Neg(a)
        | Op::ToExact(a)
        | Op::PerMonth(a)
        | Op::PerYear(a)
        | Op::YearsTo(a, _)
        | Op::MonthsTo(a, _)
        | Op::Known(a)
        | Op::Round { value: a, .. } => vec![*a],
        Op::Compare(_, a, b)
        | Op::Add(a, b)
        | Op::Sub(a, b)
        | Op::Mul(a, b)
        | Op::Div(a, b)
        | Op::Min(a, b)
        | Op::Max(a, b)
        | Op::OrElse(a, b) => vec![*a, *b],
        Op::If(a, b, c) => vec![*a, *b, *c],
        Op::Aggregate { filter, body, .. } => filter.iter().chain(body).copied().collect(),
    }
}

/// One operand less of a conjunction or disjunction, for each of them.
fn shortened(nodes: &[NodeId], op: fn(Vec<NodeId>) -> Op) -> Vec<(Op, String)> {
    let without = |at: usize| nodes.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, n)| *n).collect();
    let all = nodes.len();
    let least = if all > 1 { 0 } else { all };
    (least..all).map(|at| (op(without(at)), format!("without part {} of {all}", at + 1))).collect()
}

/// The small changes of one operation, in words. (A default for the unknown changes nothing where all is known.)
fn changes(plan: &Plan, op: &Op, ty: Type) -> Vec<(Op, String)> {
    match op {
        Op::Number(n) if ty == Type::Int => {
            [n - 1, n + 1].map(|m| (Op::Number(m), format!("{n} → {m}"))).to_vec()
        }
        Op::Not(a) => vec![(Op::Or(vec![*a]), "without its not".to_owned())],
        Op::And(nodes) => shortened(nodes, Op::And),
        Op::Or(nodes) => shortened(nodes, Op::Or),
        Op::Compare(cmp, a, b) => {
            let near = match cmp {
                Cmp::Eq => Cmp::Ne,
                Cmp::Ne => Cmp::Eq,
                Cmp::Lt => Cmp::Le,
                Cmp::Le => Cmp::Lt,
                Cmp::Gt => Cmp::Ge,
                Cmp::Ge => Cmp::Gt,
            };
            vec![(Op::Compare(near, *a, *b), format!("{cmp:?} → {near:?}"))]
        }
        Op::In(a, mask) => {
            let of = plan.nodes.get(a.0 as usize).map(|n| n.ty);
            let values = match of {
                Some(Type::Enum(e)) => plan.enums.get(usize::from(e)).map(|e| e.values.as_slice()),
                _ => None,
            };
            let flipped = |(at, (_, zh)): (usize, &(String, String))| {
                let other = mask ^ (1 << at);
                let how = if other > *mask { "with" } else { "without" };
                (Op::In(*a, other), format!("{how} {zh}"))
            };
            values.unwrap_or_default().iter().enumerate().map(flipped).collect()
        }
        Op::Add(a, b) => vec![(Op::Sub(*a, *b), "+ → −".to_owned())],
        Op::Sub(a, b) => vec![(Op::Add(*a, *b), "− → +".to_owned())],
        Op::Min(a, b) => vec![
            (Op::Min(*a, *a), "always the first".to_owned()),
            (Op::Min(*b, *b), "always the second".to_owned()),
            (Op::Max(*a, *b), "the larger".to_owned()),
        ],
        Op::Max(a, b) => vec![
            (Op::Max(*a, *a), "always the first".to_owned()),
            (Op::Max(*b, *b), "always the second".to_owned()),
            (Op::Min(*a, *b), "the smaller".to_owned()),
        ],
        Op::If(c, a, b) => vec![
            (Op::If(*c, *a, *a), "always the first branch".to_owned()),
            (Op::If(*c, *b, *b), "always the second branch".to_owned()),
            (Op::If(*c, *b, *a), "branches exchanged".to_owned()),
        ],
        Op::Aggregate { list, fold, filter, body } => {
            let other = match fold {
                Fold::Any => Some(Fold::All),
                Fold::All => Some(Fold::Any),
                _ => None,
            };
            let of = |fold, filter| Op::Aggregate { list: *list, fold, filter, body: *body };
            let open = filter.map(|_| (of(*fold, None), "over everybody".to_owned()));
            let swapped = other.map(|other| (of(other, *filter), format!("{fold:?} → {other:?}")));
            open.into_iter().chain(swapped).collect()
        }
        Op::Round { value, to, mode } => {
            let modes = [RoundMode::Up, RoundMode::Down, RoundMode::HalfUp, RoundMode::HalfEven];
            let others = modes.into_iter().filter(|m| m != mode);
            let moded = |m| (Op::Round { value: *value, to: *to, mode: m }, format!("{mode:?} → {m:?}"));
            let coarser =
                (Op::Round { value: *value, to: to * 10, mode: *mode }, "ten times coarser".to_owned());
            others.map(moded).chain([coarser]).collect()
        }
        _ => Vec::new(),
    }
}

/// Where a node stands and what is written there.
fn place(plan: &Plan, texts: &[(String, String)], span: Span) -> String {
    let path = plan.files.get(span.file as usize).map_or("", String::as_str);
    let text = texts.iter().find(|(name, _)| name == path).map_or("", |(_, text)| text.as_str());
    let line = text.get(..span.start as usize).map_or(0, |before| before.matches('\n').count() + 1);
    let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    format!("{path}:{line} `{}`", written.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn differs(plan: &Plan, batch: &Batch, a: &Evaluation, b: &Evaluation) -> bool {
    let members = batch.members.offsets.last().map_or(0, |n| *n as usize);
    (0..plan.outcomes.len()).any(|o| {
        if plan.is_member_outcome(o) {
            (0..members).any(|m| {
                let met = a.outcome_member(o, m);
                met != b.outcome_member(o, m)
                    || (met == Truth::True && a.amount_member(o, m) != b.amount_member(o, m))
            })
        } else {
            (0..batch.households).any(|h| {
                let met = a.outcome(o, h);
                met != b.outcome(o, h) || (met == Truth::True && a.amount(o, h) != b.amount(o, h))
            })
        }
    })
}

/// What was changed and went unseen, and how many changes there were.
pub(super) struct Seen {
    pub(super) changes: usize,
    pub(super) unseen: Vec<String>,
}

/// Tries every small change of the six outcomes' law, on one batch after another until it is seen.
pub(super) fn try_all(plan: &Plan, texts: &[(String, String)], batches: &[Batch]) -> Seen {
    let run = |plan: &Plan, batch: &Batch| assess(plan, batch, Mode::Decide);
    let truths: Vec<Evaluation> = batches.iter().map(|batch| run(plan, batch)).collect();
    let mut seen = Seen { changes: 0, unseen: Vec::new() };
    let mut attempt = |other: &Plan, what: &dyn Fn() -> String| {
        seen.changes += 1;
        let mut tries = batches.iter().zip(&truths);
        if !tries.any(|(batch, truth)| differs(plan, batch, truth, &run(other, batch))) {
            seen.unseen.push(what());
        }
    };
    let mut other = plan.clone();
    let nodes = read(plan);
    for (at, table) in plan.params.iter().enumerate() {
        let reads = |id: &u32| {
            let op = plan.nodes.get(*id as usize).map(|n| &n.op);
            matches!(op, Some(Op::Param(param, _)) if *param as usize == at)
        };
        if !nodes.iter().any(reads) {
            continue;
        }
        for step in [-1, 1] {
            if let Some(moved) = other.params.get_mut(at) {
                for row in &mut moved.rows {
                    row.value += step;
                    // A rate has its value in the ratio, and moves by a thousandth.
                    row.ratio = row.ratio.map(|(num, den)| (num * 1_000 + step * den, den * 1_000));
                }
            }
            attempt(&other, &|| format!("parameter {} moved by {step}", table.id));
            if let Some(moved) = other.params.get_mut(at) {
                moved.clone_from(table);
            }
        }
    }
    for id in nodes {
        let Some(node) = plan.nodes.get(id as usize) else { continue };
        for (op, how) in changes(plan, &node.op, node.ty) {
            // How a table is computed is nobody's text; its cells and results are.
            if place(plan, texts, node.span).contains("`[[table]]`") {
                continue;
            }
            let what = || format!("{}: {how}", place(plan, texts, node.span));
            if let Some(changed) = other.nodes.get_mut(id as usize) {
                changed.op = op;
            }
            attempt(&other, &what);
        }
        if let Some(changed) = other.nodes.get_mut(id as usize) {
            changed.clone_from(node);
        }
    }
    seen
}
