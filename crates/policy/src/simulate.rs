//! 政策模拟: one population under two plans. Who enters, who leaves, what it costs, for whom: counted from the same
//! evaluation that decides a single case, over the facts as they are on file. Nobody behaves otherwise than today.
//!
//! The two plans are joined into one graph, so what they have in common is computed once, and only outcomes whose
//! computation differs are computed at all.

mod cliff;
mod count;
mod curve;
mod follow;
mod gather;
mod groups;
mod join;
mod protect;
pub mod report;
mod settle;
mod tally;
pub mod text;

use crate::column::Batch;
use crate::eval::Mode;
use crate::plan::{Entity, Node, NodeId, Per, Plan, PlannedOutcome, Type};
use crate::value::{DivisionCode, Truth};

pub use cliff::{Cliff, CliffGroup, Cliffs, cliffs};
pub use curve::{Curve, CurvePoint, Model, curve};
pub use follow::{FollowOn, follow_on};
pub use groups::{Dimension, GroupValue};
pub(crate) use join::Joined;
pub use report::{Report, ReportInput};
pub use tally::{Cost, Share, Tally};

/// Why two plans cannot be compared over one population.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulateError {
    /// A fact is of another type in the second plan, so one column cannot serve both.
    #[error(
        "事实“{zh}”({fact})在改动前后类型或取值不同，同一份数据不能同时用于两边；请先改数据，再模拟 / the fact `{fact}` has another type or other values after the change, so one population cannot serve both; change the data first"
    )]
    Vocabulary {
        /// Fact id.
        fact: String,
        /// 中文 label.
        zh: String,
    },
    /// An outcome is paid per another time in the second plan, so its sums cannot be set side by side.
    #[error(
        "“{zh}”({outcome})的金额在改动前后单位不同（一边按月，一边按年或一次），两边的数不能相比；请用 按月(…) 或 按年(…) 换成同一单位 / the amount of `{outcome}` has another unit after the change (a month, a year, once), so the sums cannot be compared; bring both to one unit with `per_month(…)` or `per_year(…)`"
    )]
    Unit {
        /// Outcome id.
        outcome: String,
        /// 中文 title.
        zh: String,
    },
}

/// What a simulation is run with.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// How stale values are taken.
    pub mode: Mode,
    /// Threads to use.
    pub threads: usize,
    /// Whether the households that change are listed.
    pub list: bool,
    /// Level of the divisions to count by (1–5); the level below what all households share where not given.
    pub level: Option<u8>,
    /// The plan whose statistics package says who belongs to which group.
    pub groups: &'a Plan,
}

/// 政策模拟 of one change over one population: raw counts, small ones too. What leaves the office is a [`Report`].
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Households.
    pub households: u64,
    /// Members of households.
    pub persons: u64,
    /// Ways of sorting households, divisions first.
    pub dimensions: Vec<Dimension>,
    /// Ways of sorting people.
    pub people: Vec<Dimension>,
    /// Outcomes that the change reaches.
    pub programmes: Vec<Programme>,
    /// Outcomes that come out for everybody as before, by id: nothing that they compute differs.
    pub untouched: Vec<String>,
    /// Households that meet two outcomes at once that exclude each other, before and after.
    pub overlap: [Overlap; 2],
    /// What changes for whom, in the order of the population: always who comes to meet an outcome or ceases to;
    /// where the list was asked for, also other amounts and results that were or become open.
    pub changed: Vec<Changed>,
    /// Households that meet some monthly programme before or after, in the order of the population.
    pub helped: Vec<Helped>,
}

/// A household that meets some monthly programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Helped {
    /// Row of the household in the population.
    pub household: usize,
    /// Its group in the first way of sorting households that is no place; `None` where there is none.
    pub group: Option<usize>,
}

/// Households that meet two outcomes that exclude each other: a total over programmes counts both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Overlap {
    /// Households.
    pub households: u64,
    /// The smaller amounts, in fen: what the total counts too much at most.
    pub fen: i128,
}

/// An outcome before and after.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Outcome id.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// `Household` or `Member`: who is counted.
    pub of: Entity,
    /// Per what time the amount counts; `None` for a status without money.
    pub per: Option<Per>,
    /// The fact that says it is received today.
    pub receiving: Option<String>,
    /// Everybody.
    pub total: Tally,
    /// By dimension of [`Simulation::dimensions`] and value (the last one is “unknown”).
    pub groups: Vec<Vec<Tally>>,
    /// People, by dimension of [`Simulation::people`] and value (the last one is “unknown”).
    pub shares: Vec<Vec<Share>>,
}

/// What changes for one household or member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Row of the household in the population.
    pub household: usize,
    /// Row of the member in the population, for an outcome of members.
    pub member: Option<usize>,
    /// Index in [`Simulation::programmes`].
    pub programme: usize,
    /// Whether the outcome is met before and after.
    pub met: [Truth; 2],
    /// Least and largest amount in fen before and after, 0 where it is not met; `None` is unbounded.
    pub amount: [(Option<i64>, Option<i64>); 2],
}

/// One outcome in both plans.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) id: String,
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) of: Entity,
    pub(crate) per: Option<Per>,
    pub(crate) receiving: Option<String>,
    pub(crate) excludes: Vec<String>,
    /// Over the joined graph; `None` where the plan has no such outcome.
    pub(crate) sides: [Option<PlannedOutcome>; 2],
    pub(crate) touched: bool,
}

/// The outcomes of two plans, those of the first in its order, new ones after.
pub(crate) fn pairs(joined: &Joined, before: &Plan, after: &Plan) -> Vec<Pair> {
    let side = |plan: &Plan, id: &str, second: bool| {
        let outcome = plan.outcomes.iter().find(|o| o.id == id)?;
        let to = |node| if second { joined.after(node) } else { joined.before(node) };
        let met = to(outcome.met);
        let amount = outcome.amount.map(to);
        Some(PlannedOutcome { met, amount, conditions: Vec::new(), rules: Vec::new(), ..outcome.clone() })
    };
    let new = after.outcomes.iter().filter(|o| before.outcomes.iter().all(|b| b.id != o.id));
    before
        .outcomes
        .iter()
        .chain(new)
        .map(|outcome| {
            let sides = [side(before, &outcome.id, false), side(after, &outcome.id, true)];
            let roots = |s: &Option<PlannedOutcome>| s.as_ref().map(|o| (o.met, o.amount));
            let touched = roots(&sides[0]) != roots(&sides[1]);
            let amount = sides.iter().flatten().find_map(|o| o.amount);
            Pair {
                id: outcome.id.clone(),
                zh: outcome.zh.clone(),
                en: outcome.en.clone(),
                of: outcome.of,
                per: amount.and_then(|id| joined.per(id)),
                receiving: outcome.receiving.clone(),
                excludes: [before, after].iter().flat_map(|plan| excluded(plan, &outcome.id)).collect(),
                sides,
                touched,
            }
        })
        .collect()
}

/// Ids of the outcomes that nobody may receive beside one.
fn excluded<'p>(plan: &'p Plan, id: &'p str) -> impl Iterator<Item = String> + 'p {
    plan.outcomes.iter().filter(move |other| plan.exclude(id, &other.id)).map(|other| other.id.clone())
}

impl Joined {
    /// Per what time a node of money counts.
    pub(crate) fn per(&self, id: NodeId) -> Option<Per> {
        self.plan.nodes.get(id.0 as usize).and_then(per)
    }
}

fn per(node: &Node) -> Option<Per> {
    match node.ty {
        Type::Money(per) | Type::Exact(per) => Some(per),
        _ => None,
    }
}

/// Ids of the outcomes that some change between two plans reaches: what they compute differs.
///
/// # Errors
/// Plans whose vocabularies do not fit together.
pub fn reached(before: &Plan, after: &Plan) -> Result<Vec<String>, SimulateError> {
    let joined = Joined::new(before, after, &|_| None)?;
    let pairs = pairs(&joined, before, after);
    Ok(pairs.into_iter().filter(|p| p.touched).map(|p| p.id).collect())
}

/// Counts a population under two plans.
///
/// # Errors
/// Plans whose vocabularies do not fit together.
pub fn simulate(
    before: &Plan,
    after: &Plan,
    batch: &Batch,
    settings: &Settings<'_>,
) -> Result<Simulation, SimulateError> {
    count::run(before, after, batch, settings)
}

/// The level below what all households share: townships of one county, counties of one city.
pub(crate) fn level_below(divisions: &[DivisionCode]) -> u8 {
    let Some(first) = divisions.first() else {
        return 1;
    };
    let shared = (1..=5_u8).rev().find(|level| {
        let area = first.at_level(*level);
        area.is_some_and(|area| divisions.iter().all(|d| d.within(&area)))
    });
    shared.map_or(1, |level| (level + 1).min(5))
}
