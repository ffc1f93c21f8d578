//! 影响: from which month which outcomes, groups and indicators are others. Read from the compiled plans.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Side;
use super::rename::Renames;
use crate::explain::Text;
use crate::plan::{Chooser, GroupKind, NodeId, Plan};
use crate::simulate::Joined;
use crate::value::{Date, Month};

/// What is reached from a month on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// First month.
    pub from: Month,
    /// Outcomes that compute something else, come or go.
    pub outcomes: Vec<Named>,
    /// Groups whose outcomes stand otherwise to each other, come or go.
    pub groups: Vec<Named>,
    /// Indicators of which the same is true, by code.
    pub indicators: Vec<Named>,
}

/// An outcome, group or indicator by id and title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Text,
}

/// What is reached in each month in which something begins or ends; equal neighbours are told once. Months in which a
/// book does not compile come second.
pub(super) fn reached(before: Side<'_>, after: Side<'_>, renames: &Renames) -> (Vec<Reached>, Vec<Month>) {
    let mut found: Vec<Reached> = Vec::new();
    let mut uncompared = Vec::new();
    for (first, second) in moments(before, after) {
        let plans = before.book.plan(first.0, first.1).ok().zip(after.book.plan(second.0, second.1).ok());
        let compared = plans.and_then(|(a, b)| differing(&a, &b, renames));
        let Some([outcomes, groups, indicators]) = compared else {
            uncompared.push(second.0);
            continue;
        };
        let now = Reached { from: second.0, outcomes, groups, indicators };
        let rest = |r: &Reached| (r.outcomes.clone(), r.groups.clone(), r.indicators.clone());
        let same = found.last().map_or((Vec::new(), Vec::new(), Vec::new()), rest) == rest(&now);
        if !same {
            found.push(now);
        }
    }
    (found, uncompared)
}

type Moment = (Month, Date);

/// The months to look at on both sides, each with a knowledge date.
fn moments(before: Side<'_>, after: Side<'_>) -> Vec<(Moment, Moment)> {
    if before.at.is_some() || after.at.is_some() {
        let end = |side: Side<'_>| {
            let (months, known) = side.book.turns();
            (months.last().copied().unwrap_or(known.month()), known)
        };
        let first = before.at.or(after.at).unwrap_or_else(|| end(before));
        let second = after.at.or(before.at).unwrap_or_else(|| end(after));
        return vec![(first, second)];
    }
    let (mut months, mut known) = before.book.turns();
    let (more, later) = after.book.turns();
    months.extend(more);
    known = known.max(later);
    months.into_iter().map(|month| ((month, known), (month, known))).collect()
}

/// Outcomes, groups and indicators that differ; `None` where the vocabularies do not fit together.
fn differing(before: &Plan, after: &Plan, renames: &Renames) -> Option<[Vec<Named>; 3]> {
    let joined = Joined::new(before, after, &|id| renames.known(id)).ok()?;
    let outcomes = |plan: &Plan, to: &dyn Fn(NodeId) -> NodeId| {
        let all = plan.outcomes.iter();
        all.map(|o| (o.id.clone(), Text::new(&o.zh, &o.en), vec![to(o.met), o.amount.map_or(o.met, to)]))
            .collect::<Vec<_>>()
    };
    let indicators = |plan: &Plan, to: &dyn Fn(NodeId) -> NodeId| {
        let all = plan.indicators.iter();
        all.map(|i| (i.id.clone(), Text::new(&i.zh, &i.en), vec![to(i.when)])).collect::<Vec<_>>()
    };
    let (first, second) = (|id| joined.before(id), |id| joined.after(id));
    Some([
        unequal(outcomes(before, &first), outcomes(after, &second)),
        unequal(groups(before), groups(after)),
        unequal(indicators(before, &first), indicators(after, &second)),
    ])
}

/// Groups with what they do: kind, who chooses, and the ids of the outcomes in their order.
fn groups(plan: &Plan) -> Vec<Computed<(GroupKind, Chooser, Vec<String>)>> {
    let id = |at: &usize| plan.outcomes.get(*at).map(|o| o.id.clone()).unwrap_or_default();
    let all = plan.groups.iter();
    all.map(|g| {
        let members = g.outcomes.iter().map(id).collect();
        (g.id.clone(), Text::new(&g.zh, &g.en), (g.kind, g.chosen_by, members))
    })
    .collect()
}

/// A thing by id and title with what it computes.
type Computed<T> = (String, Text, T);

fn unequal<T: PartialEq>(before: Vec<Computed<T>>, after: Vec<Computed<T>>) -> Vec<Named> {
    let same = |(id, _, roots): &Computed<T>, others: &[Computed<T>]| {
        others.iter().any(|(other, _, theirs)| id == other && roots == theirs)
    };
    let mut seen = BTreeSet::new();
    let new = after.iter().filter(|x| !same(x, &before));
    let gone = before.iter().filter(|x| !same(x, &after));
    new.chain(gone)
        .filter(|(id, _, _)| seen.insert(id.clone()))
        .map(|(id, title, _)| Named { id: id.clone(), title: title.clone() })
        .collect()
}
