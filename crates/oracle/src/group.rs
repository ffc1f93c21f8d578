//! 待遇组: which of several outcomes stands, and what one pays beside another, from the answers alone.

use doudi_policy::Truth;
use doudi_policy::plan::{Entity, GroupKind};

use crate::possible::from_sides;
use crate::term::{Group, Outcome};
use crate::{Amount, Answer};

/// 待遇组 of one household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupAnswer {
    /// Group id.
    pub group: String,
    /// How its outcomes go together.
    pub kind: GroupKind,
    /// For the household, or for each listed member, of each outcome: whether it stands, and what it pays beside the
    /// others, should it be met. Empty for a group of which one is chosen.
    pub rows: Vec<Vec<(Truth, Amount)>>,
}

pub(crate) fn answer(group: &Group, outcomes: &[Outcome], answers: &[Answer]) -> GroupAnswer {
    let of_members = |at: &usize| outcomes.get(*at).is_some_and(|o| o.of == Entity::Member);
    let members = group.outcomes.iter().any(of_members);
    let all: Vec<&Answer> = group.outcomes.iter().filter_map(|at| answers.get(*at)).collect();
    let rows = match members {
        true => all.iter().map(|answer| answer.members.len()).max().unwrap_or(0),
        false => 1,
    };
    let row = |row: usize| -> Vec<(Truth, Amount)> {
        let own = all.iter().map(|answer| match members {
            true => answer.members.get(row).copied().unwrap_or((Truth::Unknown, (None, None))),
            false => (answer.met, answer.amount),
        });
        let own: Vec<(Truth, Amount)> = own.collect();
        match group.kind {
            GroupKind::OneOf => Vec::new(),
            GroupKind::TakeTheHigher => higher(&own),
            GroupKind::TopUp => topped(&own),
        }
    };
    let rows = if group.kind == GroupKind::OneOf { Vec::new() } else { (0..rows).map(row).collect() };
    GroupAnswer { group: group.id.clone(), kind: group.kind, rows }
}

/// Each stands where it is met and nothing else is met that is better.
fn higher(all: &[(Truth, Amount)]) -> Vec<(Truth, Amount)> {
    let stands = |at: usize, (met, amount): (Truth, Amount)| {
        let others = all.iter().enumerate().filter(|(other, _)| *other != at);
        let better = others.map(|(other, (met, sum))| met.and(beats(*sum, amount, other < at)));
        met.and(better.fold(Truth::False, Truth::or).not())
    };
    all.iter().enumerate().map(|(at, one)| (stands(at, *one), one.1)).collect()
}

/// Whether a sum is more than another; an earlier one also where it is as much.
fn beats(a: Amount, b: Amount, earlier: bool) -> Truth {
    let more = |high: Option<i64>, low: Option<i64>| match (high, low) {
        (Some(high), Some(low)) => high > low || (earlier && high == low),
        _ => true,
    };
    let surely = match (a.0, b.1) {
        (Some(low), Some(high)) => low > high || (earlier && low == high),
        _ => false,
    };
    from_sides(more(a.1, b.0), !surely)
}

/// Each pays what is missing to its own level.
fn topped(all: &[(Truth, Amount)]) -> Vec<(Truth, Amount)> {
    let mut level: Amount = (Some(0), Some(0));
    let mut rows = Vec::new();
    for (at, (met, amount)) in all.iter().enumerate() {
        let rest = |sum: Option<i64>, paid: Option<i64>| Some(sum?.checked_sub(paid?)?.max(0));
        let pays = match at {
            0 => *amount,
            // What nobody bounds from below is still no less than nothing.
            _ => (rest(amount.0, level.1).or(Some(0)), rest(amount.1, level.0)),
        };
        rows.push((*met, pays));
        let reached = match at {
            0 => *amount,
            _ => (larger_low(amount.0, level.0), amount.1.zip(level.1).map(|(a, b)| a.max(b))),
        };
        level = match met {
            Truth::True => reached,
            Truth::False => level,
            Truth::Unknown => {
                (reached.0.zip(level.0).map(|(a, b)| a.min(b)), reached.1.zip(level.1).map(|(a, b)| a.max(b)))
            }
        };
    }
    rows
}

/// The least that the larger of two can be.
fn larger_low(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (known, None) | (None, known) => known,
    }
}
