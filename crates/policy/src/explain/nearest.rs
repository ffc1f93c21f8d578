//! 最近的变化: the least change of one changeable sum that turns the result, found by evaluating copies of the
//! household with other values of that sum.

use serde::Serialize;

use super::Teller;
use super::words::Text;
use crate::column::{Data, State};
use crate::eval::{Change, NewValue, Subject, Trace, assess_met, copies, met_of, vary};
use crate::plan::{Entity, FactDecl, Per, Type};
use crate::value::Truth;

/// 最近的变化
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Nearest {
    /// Fact id.
    pub fact: String,
    /// Label.
    pub label: Text,
    /// Whose.
    pub subject: Subject,
    /// Unit of the fact.
    pub unit: Per,
    /// Its value today, in fen.
    pub from: i64,
    /// The nearest value with another result, in fen.
    pub to: i64,
    /// That result.
    pub outcome: Truth,
    /// The condition of the outcome (its place) that would come out differently.
    pub condition: Option<usize>,
    /// Titles of the outcomes that would be met then and are not today.
    pub then: Vec<Text>,
}

/// How many sums are searched; household sums and the first members come first.
const MOST_SUMS: usize = 6;
/// How far above today's value a sum is searched, in fen.
const FAR: i64 = 100_000_000;
/// Values tried in one round for one sum: many, since a round costs more than the copies in it.
const POINTS: i64 = 24;
/// How many of the sums that turn the result are compared.
const MOST_TURNS: usize = 3;

struct Candidate<'a> {
    fact: &'a FactDecl,
    per: Per,
    subject: Subject,
    today: i64,
    /// A value with today's result and one with another; the turn lies between them.
    same: i64,
    other: i64,
}

/// `None` where the result is unknown or no single changeable sum turns it.
pub(crate) fn nearest(teller: &Teller<'_, '_>, o: usize, row: usize, truth: Truth) -> Option<Nearest> {
    if truth == Truth::Unknown {
        return None;
    }
    let mut candidates = candidates(teller, o);
    if candidates.is_empty() {
        return None;
    }
    // First the ends of the search: which sums turn the result at all.
    let ends = candidates.iter().flat_map(|c| {
        let least = c.fact.min.unwrap_or(0).min(c.today);
        let most = c.fact.max.unwrap_or(i64::MAX).min(c.today.saturating_add(FAR)).max(c.today);
        [(c, least), (c, most)]
    });
    let tried: Vec<i64> = ends.clone().map(|(_, value)| value).collect();
    let results = evaluate(teller, o, row, ends);
    let turns = tried.chunks(2).zip(results.chunks(2));
    candidates = candidates
        .into_iter()
        .zip(turns)
        .filter_map(|(mut c, (values, results))| {
            let turned = values.iter().zip(results).find(|(_, r)| **r == truth.not())?;
            c.other = *turned.0;
            Some(c)
        })
        .take(MOST_TURNS)
        .collect();
    while candidates.iter().any(|c| c.same.abs_diff(c.other) > 1) {
        let tried: Vec<Vec<i64>> = candidates.iter().map(between).collect();
        let pairs = candidates.iter().zip(&tried);
        let pairs = pairs.flat_map(|(c, values)| values.iter().map(move |v| (c, *v)));
        let mut results = evaluate(teller, o, row, pairs).into_iter();
        for (candidate, values) in candidates.iter_mut().zip(tried) {
            // From today's value outwards: the first that differs, and the one before it.
            let mut turned = false;
            for (value, result) in values.into_iter().zip(results.by_ref()) {
                if turned {
                    continue;
                }
                if result == truth.not() {
                    candidate.other = value;
                    turned = true;
                } else {
                    candidate.same = value;
                }
            }
        }
    }
    let monthly = |c: &Candidate<'_>| {
        let months = if c.per == Per::Month { 12 } else { 1 };
        c.today.abs_diff(c.other).saturating_mul(months)
    };
    let best = candidates.into_iter().min_by_key(|c| monthly(c))?;
    // Today and then, side by side: the trace may hold no other outcome.
    let changed = [Vec::new(), vec![change(&best, best.other)]];
    let batch = vary(teller.trace.batch(), teller.trace.household(), &changed);
    let both = assess_met(teller.plan(), &batch, teller.trace.mode());
    let newly = |o: usize| both.outcome(o, 0) != Truth::True && both.outcome(o, 1) == Truth::True;
    let outcomes = teller.plan().outcomes.iter().enumerate();
    let after = Trace::of_outcome(teller.plan(), &batch, 1, teller.trace.mode(), o);
    let (today, then) = (teller.trace.evaluation(), after.evaluation());
    let conditions = teller.plan().outcomes.get(o).map_or(0, |outcome| outcome.conditions.len());
    Some(Nearest {
        fact: best.fact.id.clone(),
        label: Text::new(&best.fact.zh, &best.fact.en),
        subject: best.subject,
        unit: best.per,
        from: best.today,
        to: best.other,
        outcome: truth.not(),
        condition: (0..conditions).find(|c| then.condition(o, *c, row) != today.condition(o, *c, row)),
        then: outcomes
            .filter(|(at, _)| *at != o && newly(*at))
            .map(|(_, outcome)| Text::new(&outcome.zh, &outcome.en))
            .collect(),
    })
}

/// The changeable sums that the outcome reads and that are known.
fn candidates<'a>(teller: &Teller<'_, 'a>, o: usize) -> Vec<Candidate<'a>> {
    let plan = teller.plan();
    let trace = teller.trace;
    let batch = trace.batch();
    let mut found = Vec::new();
    let facts = crate::template::facts_read(plan, o);
    for fact in facts.iter().filter_map(|f| plan.facts.get(*f)) {
        let Type::Money(per) = fact.ty else { continue };
        let columns = match fact.of {
            Entity::Household => &batch.columns,
            Entity::Member => &batch.members.columns,
            Entity::Obligor | Entity::Constant => continue,
        };
        let Some(column) = columns.get(&fact.id).filter(|_| fact.changeable) else {
            continue;
        };
        let rows = if fact.of == Entity::Member { trace.members() } else { 1 };
        for row in 0..rows {
            let at = trace.batch_row(fact.of, row);
            let Data::Number(values) = &column.data else { continue };
            if let (Some(today), Some(State::Known)) = (values.get(at), column.state.get(at)) {
                found.push(Candidate {
                    fact,
                    per,
                    subject: super::subject(fact.of, row),
                    today: *today,
                    same: *today,
                    other: *today,
                });
            }
        }
    }
    // Sums that are there today tell more than those that are zero.
    found.sort_by_key(|c| (c.today == 0, c.subject));
    found.truncate(MOST_SUMS);
    found
}

fn change<'a>(candidate: &Candidate<'a>, value: i64) -> Change<'a> {
    Change { fact: candidate.fact, subject: candidate.subject, value: NewValue::Number(value) }
}

/// Values between the known ones, from the side of today's result.
fn between(candidate: &Candidate<'_>) -> Vec<i64> {
    let distance = candidate.other.saturating_sub(candidate.same);
    let mut values: Vec<i64> = (1..POINTS)
        .filter_map(|n| {
            let step = i128::from(distance) * i128::from(n) / i128::from(POINTS);
            candidate.same.checked_add(i64::try_from(step).ok()?)
        })
        .filter(|v| *v != candidate.same && *v != candidate.other)
        .collect();
    values.dedup();
    values
}

fn evaluate<'c, 'a: 'c>(
    teller: &Teller<'_, '_>,
    o: usize,
    row: usize,
    tried: impl Iterator<Item = (&'c Candidate<'a>, i64)>,
) -> Vec<Truth> {
    let variants: Vec<Vec<Change<'_>>> = tried.map(|(c, v)| vec![change(c, v)]).collect();
    let plan = teller.plan();
    let schedule = plan.met_of(o);
    let (trace, facts) = (teller.trace, plan.facts_of(&schedule));
    let batch = copies(trace.batch(), trace.household(), &variants, facts);
    let all = met_of(plan, &batch, trace.mode(), o);
    let of_members = plan.is_member_outcome(o);
    let at = |copy: usize| if of_members { copy * trace.members() + row } else { copy };
    (0..batch.households).map(|copy| all.get(at(copy)).copied().unwrap_or(Truth::Unknown)).collect()
}
