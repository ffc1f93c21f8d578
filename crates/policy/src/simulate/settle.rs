//! 到手: what a household has a month when it receives exactly what it is entitled to. Some outcomes read that another
//! is received, and some exclude each other through that, so the facts of receipt are set to what comes out until
//! nothing moves.

use std::collections::BTreeMap;

use super::gather;
use super::per;
use crate::column::Batch;
use crate::eval::{Evaluation, Mode, NewValue, assess, missing, set};
use crate::plan::{Entity, Per, Plan, Type};
use crate::value::Truth;

/// Rounds after which a household that still moves counts as not settled.
const ROUNDS: usize = 6;

/// A plan with the outcomes that a family has every month (benefits paid by the month, and statuses).
pub(crate) struct Monthly {
    plan: Plan,
    /// Facts of receipt with the outcomes that they speak for.
    receipts: BTreeMap<String, Vec<usize>>,
    pays: Vec<bool>,
}

/// What a household has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purse {
    /// Benefits a month in fen; `None` where something is open or does not settle.
    pub(crate) fen: Option<i64>,
    /// The truths behind it: two purses with the same ones differ by amount only.
    pub(crate) truths: Vec<Truth>,
}

impl Monthly {
    pub(crate) fn new(plan: &Plan) -> Self {
        let monthly = |amount: Option<crate::plan::NodeId>| {
            amount.map(|id| plan.nodes.get(id.0 as usize).and_then(per) == Some(Per::Month))
        };
        let kept = plan.outcomes.iter().filter(|o| monthly(o.amount) != Some(false));
        let outcomes: Vec<_> = kept.cloned().collect();
        let mut receipts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (o, outcome) in outcomes.iter().enumerate() {
            if let Some(fact) = &outcome.receiving {
                receipts.entry(fact.clone()).or_default().push(o);
            }
        }
        let pays = outcomes.iter().map(|o| o.amount.is_some()).collect();
        let plan = Plan { outcomes, indicators: Vec::new(), ..plan.clone() };
        Self { plan, receipts, pays }
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The facts that it reads.
    pub(crate) fn facts(&self) -> std::collections::BTreeSet<String> {
        gather::facts_read(&self.plan, &gather::roots(&self.plan))
    }

    /// The purse of each household; the facts of receipt in the batch are overwritten.
    pub(crate) fn purses(&self, mut batch: Batch, mode: Mode) -> Vec<Purse> {
        let rows = batch.members.offsets.last().map_or(0, |o| *o as usize);
        let mut receipts: Vec<Vec<Truth>> = vec![vec![Truth::False; rows]; self.receipts.len()];
        for _ in 0..ROUNDS {
            self.receive(&mut batch, &receipts);
            let evaluation = assess(&self.plan, &batch, mode);
            let next = self.received(&batch, &evaluation, rows);
            if next == receipts {
                return (0..batch.households).map(|h| self.purse(&evaluation, h, true)).collect();
            }
            receipts = next;
        }
        self.receive(&mut batch, &receipts);
        let evaluation = assess(&self.plan, &batch, mode);
        let next = self.received(&batch, &evaluation, rows);
        let settled = |h: usize| {
            let members = evaluation.members_of(h);
            receipts.iter().zip(&next).all(|(a, b)| a.get(members.clone()) == b.get(members.clone()))
        };
        (0..batch.households).map(|h| self.purse(&evaluation, h, settled(h))).collect()
    }

    fn receive(&self, batch: &mut Batch, receipts: &[Vec<Truth>]) {
        for (fact, truths) in self.receipts.keys().zip(receipts) {
            let mut column = missing(Type::Bool, truths.len());
            for (row, truth) in truths.iter().enumerate() {
                let value = match truth {
                    Truth::True => NewValue::Bool(true),
                    Truth::False => NewValue::Bool(false),
                    Truth::Unknown => NewValue::Unknown,
                };
                set(&mut column, row, value);
            }
            batch.members.columns.insert(fact.clone(), column);
        }
    }

    /// Who receives what comes out. Of an outcome of the household every member, but for one who meets an outcome of
    /// his own that excludes it.
    fn received(&self, batch: &Batch, evaluation: &Evaluation, rows: usize) -> Vec<Vec<Truth>> {
        let excluding = |o: usize| {
            let own = self.plan.outcomes.get(o);
            let others = self.plan.outcomes.iter().enumerate().filter(move |(_, other)| {
                let excludes = own
                    .is_some_and(|own| own.excludes.contains(&other.id) || other.excludes.contains(&own.id));
                other.of == Entity::Member && excludes
            });
            others.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let one = |outcomes: &Vec<usize>| {
            let mut column = vec![Truth::False; rows];
            for o in outcomes {
                let of_members = self.plan.is_member_outcome(*o);
                let excluding = excluding(*o);
                for h in 0..batch.households {
                    for m in evaluation.members_of(h) {
                        let gets = if of_members {
                            evaluation.outcome_member(*o, m)
                        } else {
                            let other = excluding.iter().map(|e| evaluation.outcome_member(*e, m));
                            other.fold(evaluation.outcome(*o, h), |gets, other| gets.and(other.not()))
                        };
                        if let Some(cell) = column.get_mut(m) {
                            *cell = cell.or(gets);
                        }
                    }
                }
            }
            column
        };
        self.receipts.values().map(one).collect()
    }

    fn purse(&self, evaluation: &Evaluation, h: usize, settled: bool) -> Purse {
        let mut fen = settled.then_some(0_i64);
        let mut truths = Vec::new();
        for (o, pays) in self.pays.iter().enumerate() {
            let mut add = |truth: Truth, amount: (Option<i64>, Option<i64>)| {
                truths.push(truth);
                if !pays {
                    return;
                }
                fen = match (truth, amount) {
                    (Truth::False, _) => fen,
                    (Truth::True, (Some(low), Some(high))) if low == high => {
                        fen.and_then(|sum| sum.checked_add(low))
                    }
                    _ => None,
                };
            };
            if self.plan.is_member_outcome(o) {
                for m in evaluation.members_of(h) {
                    add(evaluation.outcome_member(o, m), evaluation.amount_member(o, m));
                }
            } else {
                add(evaluation.outcome(o, h), evaluation.amount(o, h));
            }
        }
        Purse { fen, truths }
    }
}
