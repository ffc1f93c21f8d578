//! 牵动: what follows once those who enter also receive, and those who leave no longer do. Some outcomes read that
//! another is received (a subsidy for people on dibao); over the facts on file they do not move by themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::gather;
use super::tally::Tally;
use super::{Simulation, per};
use crate::column::{Batch, Data, State};
use crate::eval::{Mode, NewValue, assess, missing, set};
use crate::plan::{Entity, Per, Plan, PlannedOutcome, Type};
use crate::value::Truth;

/// An outcome that follows.
#[derive(Clone, Debug)]
pub struct FollowOn {
    /// Outcome id.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// `Household` or `Member`: who is counted.
    pub of: Entity,
    /// Per what time the amount counts.
    pub per: Option<Per>,
    /// From the facts on file to the facts as they will be, among the households that enter or leave.
    pub total: Tally,
}

/// Outcomes of the second plan that move once who enters receives and who leaves does not.
#[must_use]
pub fn follow_on(after: &Plan, batch: &Batch, simulation: &Simulation, mode: Mode) -> Vec<FollowOn> {
    let turned = turned(batch, simulation);
    let facts: BTreeSet<&str> = turned.keys().map(|(fact, _)| fact.as_str()).collect();
    let outcomes: Vec<PlannedOutcome> = after
        .outcomes
        .iter()
        .filter(|o| {
            let roots: Vec<_> = [o.met].into_iter().chain(o.amount).collect();
            gather::facts_read(after, &roots).iter().any(|f| facts.contains(f.as_str()))
        })
        .cloned()
        .collect();
    let mut households: Vec<usize> = simulation.changed.iter().map(|c| c.household).collect();
    households.dedup();
    if outcomes.is_empty() || households.is_empty() {
        return Vec::new();
    }
    let plan = Plan { outcomes, indicators: Vec::new(), ..after.clone() };
    let read = gather::facts_read(&plan, &gather::roots(&plan));
    let on_file = gather::gather(batch, &households, &read);
    let mut received = on_file.clone();
    let mut row = 0;
    for h in &households {
        let offset = |h: usize| batch.members.offsets.get(h).map_or(0, |o| *o as usize);
        for member in offset(*h)..offset(h + 1) {
            for fact in &facts {
                if let Some(value) = turned.get(&((*fact).to_owned(), member)) {
                    let rows = received.members.offsets.last().map_or(0, |o| *o as usize);
                    let column = received.members.columns.entry((*fact).to_owned());
                    set(column.or_insert_with(|| missing(Type::Bool, rows)), row, NewValue::Bool(*value));
                }
            }
            row += 1;
        }
    }
    let (before, later) = (assess(&plan, &on_file, mode), assess(&plan, &received, mode));
    let found = plan.outcomes.iter().enumerate().map(|(o, outcome)| {
        let mut total = Tally::default();
        for h in 0..on_file.households {
            let members = before.members_of(h);
            if outcome.of == Entity::Member {
                for m in members {
                    let met = [before.outcome_member(o, m), later.outcome_member(o, m)];
                    total.add(met, [before.amount_member(o, m), later.amount_member(o, m)], 1, false);
                }
            } else {
                let met = [before.outcome(o, h), later.outcome(o, h)];
                let amount = [before.amount(o, h), later.amount(o, h)];
                total.add(met, amount, members.len() as u64, false);
            }
        }
        let node = outcome.amount.and_then(|id| plan.nodes.get(id.0 as usize));
        FollowOn {
            id: outcome.id.clone(),
            zh: outcome.zh.clone(),
            en: outcome.en.clone(),
            of: outcome.of,
            per: node.and_then(per),
            total,
        }
    });
    found.filter(|f| !f.total.is_still()).collect()
}

/// For facts that say that something is received, and members: whether it will be, where that is not so today.
fn turned(batch: &Batch, simulation: &Simulation) -> BTreeMap<(String, usize), bool> {
    let mut turned = BTreeMap::new();
    // One fact may speak for two outcomes: who leaves one and enters the other receives.
    for entering in [false, true] {
        for changed in &simulation.changed {
            let [before, after] = changed.met.map(|met| met == Truth::True);
            let programme = simulation.programmes.get(changed.programme);
            let Some(fact) = programme.and_then(|p| p.receiving.as_ref()).filter(|_| before != after) else {
                continue;
            };
            if after != entering {
                continue;
            }
            let offset = |h: usize| batch.members.offsets.get(h).map_or(0, |o| *o as usize);
            let members = match changed.member {
                Some(member) => member..member + 1,
                None => offset(changed.household)..offset(changed.household + 1),
            };
            for member in members {
                turned.insert((fact.clone(), member), entering);
            }
        }
    }
    turned.retain(|(fact, member), value| {
        let column = batch.members.columns.get(fact);
        let today = column.and_then(|c| match (&c.data, c.state.get(*member)) {
            (Data::Bool(values), Some(State::Known)) => values.get(*member).copied(),
            _ => None,
        });
        today != Some(*value)
    });
    turned
}
