//! 待查: why the facts that would decide a result are not known, who could tell, and which of them are enough. Missing,
//! out of date, disputed, contradictory and out of reach stay apart: each asks for something else.

use std::ops::Range;

use serde::Serialize;

use super::{Teller, Text};
use crate::column::State;
use crate::eval::{Change, NewValue, OpenFact, Subject, assess_one, values_to_try, vary};
use crate::lang::Lang;
use crate::plan::{Entity, FactDecl};
use crate::value::{Date, Truth};

/// 待查事实的情况: why one open fact is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// Why: missing, stale, disputed, contradictory, out of reach. Never known.
    pub state: State,
    /// Who spoke last, where somebody did.
    pub source: Option<String>,
    /// Of what day that was.
    pub as_of: Option<Date>,
    /// Who could supply it.
    pub from: Vec<String>,
}

/// Open facts among which pairs are tried.
const MOST_PAIRED: usize = 6;
/// Copies of the household that one search may take.
const MOST_COPIES: usize = 600;
/// Sets that are named.
const MOST_WAYS: usize = 6;

/// Something to find out: a fact and the values at which rules turn, or whether a list is complete.
enum Leaf<'a> {
    Fact(&'a FactDecl, Subject, Vec<NewValue>),
    List(Entity),
}

impl<'a> Teller<'_, 'a> {
    /// Of each open fact, in the same order, why it is not known.
    pub(super) fn questions(&self, open: &[OpenFact]) -> Vec<Question> {
        let one = |open: &OpenFact| {
            let row = match open.subject {
                Subject::Household => 0,
                Subject::Member(at) | Subject::Obligor(at) => at as usize,
            };
            let decl = self.plan().facts.iter().find(|f| f.id == open.fact);
            let given = decl.and_then(|decl| self.given(decl, open.subject));
            Question {
                state: decl.map_or(State::Missing, |decl| self.state(decl, row)),
                source: given.and_then(|g| g.source.clone()),
                as_of: given.and_then(|g| g.as_of),
                from: decl.map(|decl| decl.from.clone()).unwrap_or_default(),
            }
        };
        open.iter().map(one).collect()
    }

    fn leaf(&self, open: &OpenFact) -> Option<Leaf<'a>> {
        let decl = self.plan().facts.iter().find(|f| f.id == open.fact);
        match (decl, open.fact.as_str()) {
            (Some(decl), _) => Some(Leaf::Fact(decl, open.subject, values_to_try(self.trace, decl))),
            (None, "members") => Some(Leaf::List(Entity::Member)),
            (None, "obligors") => Some(Leaf::List(Entity::Obligor)),
            (None, _) => None,
        }
    }

    /// The smallest sets of open facts that can decide the result, or fix the amount of one that is met: those that
    /// can alone; where none can, pairs; else all of them together.
    pub(super) fn ways(&self, o: usize, row: usize, truth: Truth, open: &[OpenFact]) -> Vec<Vec<usize>> {
        let alone: Vec<Vec<usize>> = open
            .iter()
            .enumerate()
            .filter(|(_, f)| f.alone)
            .map(|(at, _)| vec![at])
            .take(MOST_WAYS)
            .collect();
        if !alone.is_empty() || open.is_empty() {
            return alone;
        }
        let mut found = Vec::new();
        if (3..=MOST_PAIRED).contains(&open.len()) {
            found = self.pairs(o, row, truth, open);
            found.truncate(MOST_WAYS);
        }
        if found.is_empty() {
            found.push((0..open.len()).collect());
        }
        found
    }

    /// The pairs of which some values decide.
    fn pairs(&self, o: usize, row: usize, truth: Truth, open: &[OpenFact]) -> Vec<Vec<usize>> {
        let Some(leaves) = open.iter().map(|f| self.leaf(f)).collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        let mut variants: Vec<Vec<Change<'_>>> = Vec::new();
        let mut complete: Vec<(usize, Entity)> = Vec::new();
        let mut tried: Vec<(Vec<usize>, Range<usize>)> = Vec::new();
        for (a, first) in leaves.iter().enumerate() {
            for (b, second) in leaves.iter().enumerate().skip(a + 1) {
                let start = variants.len();
                for one in choices(first) {
                    for other in choices(second) {
                        variants.push(one.into_iter().chain(other).collect());
                    }
                }
                for leaf in [first, second] {
                    if let Leaf::List(list) = leaf {
                        complete.extend((start..variants.len()).map(|copy| (copy, *list)));
                    }
                }
                tried.push((vec![a, b], start..variants.len()));
            }
        }
        if variants.len() > MOST_COPIES {
            return Vec::new();
        }
        let mut batch = vary(self.trace.batch(), self.trace.household(), &variants);
        for (copy, list) in complete {
            let list = if list == Entity::Obligor { &mut batch.obligors } else { &mut batch.members };
            if let Some(slot) = list.complete.get_mut(copy) {
                *slot = true;
            }
        }
        let all = assess_one(self.plan(), &batch, self.trace.mode(), o);
        let of_members = self.plan().is_member_outcome(o);
        let decides = |copy: usize| {
            let at = copy * self.trace.members() + row;
            let (met, (lo, hi)) = match of_members {
                true => (all.outcome_member(o, at), all.amount_member(o, at)),
                false => (all.outcome(o, copy), all.amount(o, copy)),
            };
            met != Truth::Unknown && (truth == Truth::Unknown || (lo.is_some() && lo == hi))
        };
        tried.into_iter().filter(|(_, copies)| copies.clone().any(decides)).map(|(pair, _)| pair).collect()
    }
}

fn choices<'a>(leaf: &Leaf<'a>) -> Vec<Option<Change<'a>>> {
    match leaf {
        Leaf::Fact(fact, subject, values) => {
            let change = |value: &NewValue| Some(Change { fact, subject: *subject, value: *value });
            values.iter().map(change).collect()
        }
        Leaf::List(_) => vec![None],
    }
}

/// Why a fact is not known, as the clerk reads it: `过期，人社 2023-01-31`.
pub(super) fn why(question: &Question, lang: Lang) -> String {
    let mut words = vec![super::text::state_word(question.state, lang).to_owned()];
    let spoken: Vec<String> =
        question.source.iter().cloned().chain(question.as_of.map(|day| day.to_string())).collect();
    if !spoken.is_empty() {
        words.push(spoken.join(" "));
    }
    words.join(lang.pick("，", ", "))
}

impl super::Explanation {
    /// Which open facts are enough, in words; empty where nothing is open, or where the list itself says it.
    pub(super) fn enough(&self, lang: Lang) -> String {
        let name = |at: &usize| self.open_facts.get(*at).map(|f| super::text::open(self, f, lang));
        let set = |way: &Vec<usize>| {
            way.iter().filter_map(name).collect::<Vec<String>>().join(lang.pick("＋", " + "))
        };
        let Some(smallest) = self.ways.first().map(Vec::len) else { return String::new() };
        let all = self.open_facts.len();
        if all < 2 {
            return String::new();
        }
        if smallest == all {
            return lang.pick("要全部查明才能确定", "all of them are needed").to_owned();
        }
        let sets: Vec<String> = self.ways.iter().map(set).collect();
        let sets: Text = Text::new(sets.join("；"), sets.join("; "));
        match lang {
            Lang::Zh if smallest == 1 => format!("查明其中一项就可能确定：{}", sets.zh),
            Lang::En if smallest == 1 => format!("one of these alone may settle it: {}", sets.en),
            Lang::Zh => format!("查明其中一组就可能确定：{}", sets.zh),
            Lang::En => format!("one of these pairs may settle it: {}", sets.en),
        }
    }
}
