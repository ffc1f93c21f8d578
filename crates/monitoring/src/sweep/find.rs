//! Who might be missed, at risk, left waiting or to be asked about.

use doudi_policy::Truth;
use doudi_policy::column::{Column, Data, State};
use doudi_policy::eval::Evaluation;
use doudi_policy::plan::{Entity, IndicatorKind, Plan, PlannedOutcome};
use doudi_registry::LeadKind;

use crate::snapshot::Snapshot;

/// A lead before it is written out: places in the plan and the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Kind.
    pub kind: LeadKind,
    /// Household, as a place in the snapshot.
    pub household: usize,
    /// Member, as a place in the snapshot, for an outcome of members.
    pub member: Option<usize>,
    /// Outcome, as a place in the plan.
    pub outcome: usize,
    /// Other outcomes that the same visit settles, because only one of them can be given.
    pub also: Vec<usize>,
    /// Whether the outcome is met on what is known.
    pub met: bool,
    /// Indicators that fired, as places in the plan.
    pub indicators: Vec<usize>,
    /// How many facts are open.
    pub open: usize,
}

/// Everything that may become a lead, household by household.
pub(super) fn candidates(plan: &Plan, snapshot: &Snapshot, evaluation: &Evaluation) -> Vec<Finding> {
    let receipt: Vec<Option<&Column>> = plan
        .outcomes
        .iter()
        .map(|o| o.receiving.as_ref().and_then(|f| snapshot.batch.members.columns.get(f)))
        .collect();
    let view = View { plan, evaluation, receipt, review: review_indicators(plan) };
    let mut found = Vec::new();
    for h in 0..snapshot.batch.households {
        view.household(h, super::members_of(snapshot, h), &mut found);
    }
    found
}

/// Exit indicators that only say that a review is overdue: the office is late, not the family.
fn review_indicators(plan: &Plan) -> Vec<bool> {
    let is_review = |fact: &u32| plan.facts.get(*fact as usize).is_some_and(|f| f.id == "review_due_on");
    plan.indicators.iter().map(|i| i.kind == IndicatorKind::Exit && i.reads.iter().any(is_review)).collect()
}

struct View<'a> {
    plan: &'a Plan,
    evaluation: &'a Evaluation,
    receipt: Vec<Option<&'a Column>>,
    review: Vec<bool>,
}

impl View<'_> {
    fn household(&self, h: usize, members: std::ops::Range<usize>, found: &mut Vec<Finding>) {
        let fired = |kind: IndicatorKind| -> Vec<usize> {
            let indicators = self.plan.indicators.iter().enumerate();
            indicators
                .filter(|(i, p)| p.kind == kind && self.evaluation.indicator(*i, h) == Truth::True)
                .map(|(i, _)| i)
                .collect()
        };
        let entry = fired(IndicatorKind::Entry);
        let exit = fired(IndicatorKind::Exit);
        let received: Vec<bool> =
            (0..self.plan.outcomes.len()).map(|o| members.clone().any(|m| self.receives(o, m))).collect();
        let missed = self.missed(h, &members, &entry, &received);
        self.risk(h, &entry, &received, &missed, found);
        found.extend(missed);
        self.questions(h, &exit, &received, found);
    }

    fn receives(&self, outcome: usize, member: usize) -> bool {
        self.receipt.get(outcome).copied().flatten().is_some_and(|c| is_true(c, member))
    }

    fn speaks_for(&self, indicator: usize, outcome: &PlannedOutcome) -> bool {
        let indicator = self.plan.indicators.get(indicator);
        indicator.is_some_and(|i| i.outcomes.contains(&outcome.id))
    }

    fn missed(
        &self,
        h: usize,
        members: &std::ops::Range<usize>,
        entry: &[usize],
        received: &[bool],
    ) -> Vec<Finding> {
        let mut missed: Vec<Finding> = Vec::new();
        for (o, outcome) in self.plan.outcomes.iter().enumerate() {
            if self.barred(o, outcome, received) {
                continue;
            }
            let for_it: Vec<usize> = entry.iter().copied().filter(|i| self.speaks_for(*i, outcome)).collect();
            let finding = |member: Option<usize>, met: bool| Finding {
                kind: LeadKind::Missed,
                household: h,
                member,
                outcome: o,
                also: Vec::new(),
                met,
                indicators: for_it.clone(),
                open: 0,
            };
            if outcome.of == Entity::Member {
                // One lead a household and programme: the first member who meets it, else the first who may.
                let open = members.clone().filter(|m| !self.receives(o, *m));
                let truth = |m: &usize| self.evaluation.outcome_member(o, *m);
                let met = open.clone().find(|m| truth(m) == Truth::True);
                let unknown = open.clone().find(|m| truth(m) == Truth::Unknown);
                match (met, unknown) {
                    (Some(m), _) => missed.push(finding(Some(m), true)),
                    (None, Some(m)) if !for_it.is_empty() => missed.push(finding(Some(m), false)),
                    _ => {}
                }
                continue;
            }
            if received.get(o).copied().unwrap_or(false) {
                continue;
            }
            match self.evaluation.outcome(o, h) {
                Truth::True => missed.push(finding(None, true)),
                Truth::Unknown if !for_it.is_empty() => missed.push(finding(None, false)),
                _ => {}
            }
        }
        self.one_of_each_group(missed)
    }

    /// Whether the household already receives something that excludes the outcome: money excludes what it
    /// excludes, a mere recognition (edge) does not exclude money.
    fn barred(&self, o: usize, outcome: &PlannedOutcome, received: &[bool]) -> bool {
        self.plan.outcomes.iter().enumerate().any(|(other, p)| {
            let excluded = self.plan.exclude(&outcome.id, &p.id);
            let stronger = p.amount.is_some() || outcome.amount.is_none();
            // A subsidy for one member stands beside what other members receive.
            let whole = outcome.of == Entity::Household;
            other != o && excluded && stronger && whole && received.get(other) == Some(&true)
        })
    }

    /// Of outcomes of which only one can be given, one lead: met before possible, then what pays before what
    /// does not, then the order of the book. The others are named on it.
    fn one_of_each_group(&self, missed: Vec<Finding>) -> Vec<Finding> {
        let outcome = |f: &Finding| self.plan.outcomes.get(f.outcome);
        let mut ranked = missed;
        ranked.sort_by_key(|f| {
            let pays = outcome(f).is_some_and(|o| o.amount.is_some());
            (!f.met, !pays, f.outcome)
        });
        let mut kept: Vec<Finding> = Vec::new();
        for finding in ranked {
            let clash = kept.iter_mut().find(|k| {
                let (Some(a), Some(b)) = (outcome(k), outcome(&finding)) else {
                    return false;
                };
                let household = a.of == Entity::Household && b.of == Entity::Household;
                household && self.plan.exclude(&a.id, &b.id)
            });
            match clash {
                Some(first) => {
                    first.also.push(finding.outcome);
                    for indicator in finding.indicators {
                        if !first.indicators.contains(&indicator) {
                            first.indicators.push(indicator);
                        }
                    }
                }
                None => kept.push(finding),
            }
        }
        kept
    }

    /// An entry indicator fires for somebody who is already helped and no missed lead speaks of it.
    fn risk(
        &self,
        h: usize,
        entry: &[usize],
        received: &[bool],
        missed: &[Finding],
        found: &mut Vec<Finding>,
    ) {
        if !received.iter().any(|r| *r) {
            return;
        }
        let said = |i: &usize| missed.iter().any(|f| f.indicators.contains(i));
        let left: Vec<usize> = entry.iter().copied().filter(|i| !said(i)).collect();
        // What the indicator speaks for and is neither received nor ruled out; a household that has all that
        // is due needs no visit for it.
        let possible =
            |o: usize| received.get(o) == Some(&false) && self.evaluation.outcome(o, h) != Truth::False;
        let outcome = (0..self.plan.outcomes.len()).find(|o| {
            let speaks = |i: &usize| self.plan.outcomes.get(*o).is_some_and(|p| self.speaks_for(*i, p));
            possible(*o) && left.iter().any(speaks)
        });
        if let Some(outcome) = outcome {
            found.push(Finding {
                kind: LeadKind::Risk,
                household: h,
                member: None,
                outcome,
                also: Vec::new(),
                met: false,
                indicators: left,
                open: 0,
            });
        }
    }

    /// Exit indicators over what is received: one lead for overdue reviews, one for questions.
    fn questions(&self, h: usize, exit: &[usize], received: &[bool], found: &mut Vec<Finding>) {
        for (kind, review) in [(LeadKind::Delivery, true), (LeadKind::Wrong, false)] {
            let mut fired = exit.iter().copied().filter(|i| self.review.get(*i) == Some(&review)).peekable();
            let Some(first) = fired.peek().copied() else {
                continue;
            };
            let about = (0..self.plan.outcomes.len()).find(|o| {
                let speaks = self.plan.outcomes.get(*o).is_some_and(|p| self.speaks_for(first, p));
                speaks && received.get(*o) == Some(&true)
            });
            if let Some(outcome) = about {
                found.push(Finding {
                    kind,
                    household: h,
                    member: None,
                    outcome,
                    also: Vec::new(),
                    met: false,
                    indicators: fired.collect(),
                    open: 0,
                });
            }
        }
    }
}

fn is_true(column: &Column, row: usize) -> bool {
    let known = matches!(column.state.get(row), Some(State::Known | State::Stale));
    match &column.data {
        Data::Bool(values) => known && values.get(row) == Some(&true),
        _ => false,
    }
}
