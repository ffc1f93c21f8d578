//! 备用: what every run of a plan needs and no household changes. It is made when it is first asked for and stays with
//! the plan, so that a single case does not pay for it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::params::Areas;
use super::run::Schedule;
use crate::plan::{Entity, FactDecl, Input, NodeId, Op, Plan};

/// Kept with a plan. A clone of the plan, which may be changed, begins without.
#[derive(Default)]
pub(crate) struct Ready {
    areas: OnceLock<Vec<Areas>>,
    nodes: OnceLock<Arc<Schedule>>,
    results: OnceLock<Arc<Schedule>>,
    met: OnceLock<Arc<Schedule>>,
    outcomes: OnceLock<Vec<OfOutcome>>,
    rules: OnceLock<HashMap<NodeId, usize>>,
    facts: OnceLock<BTreeMap<u32, NodeId>>,
}

/// What is computed where one outcome is asked for.
#[derive(Default)]
struct OfOutcome {
    met: OnceLock<Arc<Schedule>>,
    result: OnceLock<Arc<Schedule>>,
    told: OnceLock<Arc<Schedule>>,
}

impl Clone for Ready {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Ready {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}

impl Plan {
    /// The rows of a parameter by area; `None` for one that the plan does not have.
    pub(crate) fn areas(&self, param: usize) -> Option<&Areas> {
        self.ready.areas.get_or_init(|| self.params.iter().map(Areas::new).collect()).get(param)
    }

    /// Every node.
    pub(crate) fn every_node(&self) -> Arc<Schedule> {
        let every = || (0..).map(NodeId).take(self.nodes.len()).collect::<Vec<_>>();
        Arc::clone(self.ready.nodes.get_or_init(|| self.schedule(&every())))
    }

    /// Conditions, amounts and results of all outcomes, and all indicators.
    pub(crate) fn all_results(&self) -> Arc<Schedule> {
        let outcomes = || (0..self.outcomes.len()).flat_map(|o| self.own_roots(o));
        let roots = || outcomes().chain(self.indicators.iter().map(|i| i.when)).collect::<Vec<_>>();
        Arc::clone(self.ready.results.get_or_init(|| self.schedule(&roots())))
    }

    /// Whether each outcome is met, and nothing else.
    pub(crate) fn all_met(&self) -> Arc<Schedule> {
        let roots = || self.outcomes.iter().map(|o| o.met).collect::<Vec<_>>();
        Arc::clone(self.ready.met.get_or_init(|| self.schedule(&roots())))
    }

    /// Whether outcome `o` is met, and nothing else.
    pub(crate) fn met_of(&self, o: usize) -> Arc<Schedule> {
        let roots = || self.outcomes.get(o).map(|o| o.met).into_iter().collect::<Vec<_>>();
        match self.of_outcome(o) {
            Some(of) => Arc::clone(of.met.get_or_init(|| self.schedule(&roots()))),
            None => self.schedule(&[]),
        }
    }

    /// The conditions, the result and the amount of outcome `o`.
    pub(crate) fn result_of(&self, o: usize) -> Arc<Schedule> {
        match self.of_outcome(o) {
            Some(of) => Arc::clone(of.result.get_or_init(|| self.schedule(&self.own_roots(o)))),
            None => self.schedule(&[]),
        }
    }

    /// Everything that an explanation of outcome `o` reads.
    pub(crate) fn told_of(&self, o: usize) -> Arc<Schedule> {
        match self.of_outcome(o) {
            Some(of) => Arc::clone(of.told.get_or_init(|| self.schedule(&self.told_roots(o)))),
            None => self.schedule(&[]),
        }
    }

    fn of_outcome(&self, o: usize) -> Option<&OfOutcome> {
        let made = || self.outcomes.iter().map(|_| OfOutcome::default()).collect();
        self.ready.outcomes.get_or_init(made).get(o)
    }

    /// What the plan computes for some roots.
    pub(crate) fn schedule(&self, roots: &[NodeId]) -> Arc<Schedule> {
        Arc::new(Schedule::new(self, roots))
    }

    /// The rule (index in [`Plan::rules`]) whose value a node is; the first of several.
    pub(crate) fn rule_at(&self, node: NodeId) -> Option<usize> {
        let made = || {
            let each = self.rules.iter().enumerate().rev();
            each.map(|(at, rule)| (rule.node, at)).collect()
        };
        self.ready.rules.get_or_init(made).get(&node).copied()
    }

    /// The node of a fact (index in [`Plan::facts`]), where the plan reads it.
    pub(crate) fn fact_node(&self, fact: u32) -> Option<NodeId> {
        let made = || {
            let facts = self.nodes.iter().enumerate().rev().filter_map(|(at, node)| match node.op {
                Op::Fact(fact) => Some((fact, NodeId(u32::try_from(at).ok()?))),
                _ => None,
            });
            facts.collect()
        };
        self.ready.facts.get_or_init(made).get(&fact).copied()
    }

    /// The facts that a schedule reads.
    pub(crate) fn facts_of<'p>(&'p self, schedule: &'p Schedule) -> impl Iterator<Item = &'p FactDecl> + 'p {
        schedule.facts.iter().filter_map(|fact| self.facts.get(*fact as usize))
    }

    fn own_roots(&self, o: usize) -> Vec<NodeId> {
        let outcome = self.outcomes.get(o).into_iter();
        outcome.flat_map(|o| o.conditions.iter().copied().chain(o.amount).chain([o.met])).collect()
    }

    /// The outcome with its groups, and what the rules behind them say of themselves: their sentences, exceptions and
    /// tables are not read by their values.
    fn told_roots(&self, o: usize) -> Vec<NodeId> {
        let mut roots = self.own_roots(o);
        for group in self.groups.iter().filter(|group| group.outcomes.contains(&o)) {
            let others = group.outcomes.iter().filter_map(|o| self.outcomes.get(*o));
            roots.extend(others.flat_map(|other| [other.met].into_iter().chain(other.amount)));
            roots.extend(group.stands.iter().chain(&group.pays));
        }
        let mut told = vec![false; self.rules.len()];
        loop {
            let needed = Schedule::new(self, &roots).needed;
            let mut more = false;
            for (rule, told) in self.rules.iter().zip(&mut told) {
                if *told || !needed.get(rule.node.0 as usize).copied().unwrap_or(false) {
                    continue;
                }
                (*told, more) = (true, true);
                roots.extend(rule.say.iter().flat_map(|say| say.places.iter().map(|(_, node)| *node)));
                roots.extend(rule.excepts.iter().map(|except| except.decides));
                roots.extend(rule.disputes.iter().flat_map(|d| [d.both, d.values.0, d.values.1]));
                if let Some(table) = &rule.table {
                    roots.extend(table.columns.iter().copied().chain(table.rows.iter().map(|row| row.when)));
                }
                roots.extend(rule.inputs.iter().filter_map(|input| match input {
                    Input::Param(_, node) => Some(*node),
                    Input::Fact(_) | Input::Rule(_) => None,
                }));
            }
            if !more {
                return roots;
            }
        }
    }

    /// Whose rows an outcome has: those of members, or of the household.
    pub(crate) fn rows_of(&self, o: usize) -> Entity {
        if self.is_member_outcome(o) { Entity::Member } else { Entity::Household }
    }
}
