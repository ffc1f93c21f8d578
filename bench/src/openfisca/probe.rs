//! A plan cut down to the outcomes under comparison, and extended so that some rules are read out beside them.

use anyhow::{Context as _, Result, ensure};
use doudi_policy::plan::{Entity, Node, NodeId, Op, Plan, PlannedOutcome, RoundMode, Type};

/// The outcomes that the other side computes too.
pub(super) const OUTCOMES: [&str; 6] = ["dibao", "edge", "dibao_single", "tekun", "ds_living", "ds_nursing"];

/// An exact amount is read out in parts of a fen: twelve months, two rates of half percents and up to ten people
/// divide a fen into whole parts.
pub(super) const PARTS: i64 = 12 * 200 * 200 * 2_520;

/// Truths, counts and exact amounts that are compared besides the outcomes.
pub(super) const RULES: [&str; 6] = [
    "counts_as_member",
    "member_count",
    "income_per_capita",
    "no_work_ability",
    "tekun_income",
    "severe_or_mental",
];

/// How the value of a rule is read out.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Truth,
    Whole,
    /// In parts; the next outcome holds the same rounded the other way.
    Parts,
}

pub(super) struct Probe {
    pub(super) rule: &'static str,
    pub(super) kind: Kind,
    pub(super) of: Entity,
    /// Index of its outcome in the extended plan.
    pub(super) outcome: usize,
}

fn push(plan: &mut Plan, op: Op, ty: Type, entity: Entity) -> Result<NodeId> {
    let id = NodeId(u32::try_from(plan.nodes.len())?);
    plan.nodes.push(Node { op, ty, entity, span: Default::default() });
    Ok(id)
}

/// Keeps the six outcomes and nothing else.
pub(super) fn cut(plan: &Plan) -> Result<Plan> {
    let mut plan = plan.clone();
    plan.indicators.clear();
    plan.outcomes.retain(|o| OUTCOMES.contains(&o.id.as_str()));
    ensure!(plan.outcomes.len() == OUTCOMES.len(), "the law has other outcomes than {OUTCOMES:?}");
    plan.outcomes.sort_by_key(|o| OUTCOMES.iter().position(|id| *id == o.id));
    Ok(plan)
}

/// Adds an outcome a rule; a rule of exact money gives two, rounded down and up.
pub(super) fn extend(plan: &mut Plan) -> Result<Vec<Probe>> {
    let always = push(plan, Op::Truth(doudi_policy::Truth::True), Type::Bool, Entity::Constant)?;
    let mut probes = Vec::new();
    for rule in RULES {
        let found = plan.rules.iter().find(|r| r.id == rule).map(|r| (r.node, r.of));
        let (node, of) = found.with_context(|| format!("the law has no rule `{rule}`"))?;
        let ty = plan.nodes.get(node.0 as usize).map(|n| n.ty).context("a node a rule")?;
        let met = push(plan, Op::Lift(always), Type::Bool, of)?;
        let (kind, met, amounts) = match ty {
            Type::Bool => (Kind::Truth, node, vec![None]),
            Type::Exact(per) => {
                let parts = push(plan, Op::Number(PARTS), Type::Int, Entity::Constant)?;
                let parts = push(plan, Op::Lift(parts), Type::Int, of)?;
                let value = push(plan, Op::Mul(node, parts), ty, of)?;
                let mut round = |mode| push(plan, Op::Round { value, to: 1, mode }, Type::Money(per), of);
                (Kind::Parts, met, vec![Some(round(RoundMode::Down)?), Some(round(RoundMode::Up)?)])
            }
            _ => (Kind::Whole, met, vec![Some(node)]),
        };
        probes.push(Probe { rule, kind, of, outcome: plan.outcomes.len() });
        for amount in amounts {
            plan.outcomes.push(PlannedOutcome {
                defaults: Vec::new(),
                id: rule.to_owned(),
                package: String::new(),
                zh: String::new(),
                en: String::new(),
                of,
                source: Vec::new(),
                met,
                conditions: Vec::new(),
                amount,
                rules: Vec::new(),
                receiving: None,
            });
        }
    }
    Ok(probes)
}
