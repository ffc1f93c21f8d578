//! 给家庭的说明: the same result for the family itself. Short and plain, to “your family”; no codes in the sentences, the
//! documents at the end. It says what was counted, what decides, what to do next and whom to ask, that a person
//! decides, and how to object.
//!
//! Who may see what: the family sees its own sums, the money of its members and what its household is; of one member
//! as of a disability, a term in prison, an illness only in that member's own explanation. Of people outside the
//! household (those who owe support) nothing is told but that they were looked at.

use serde::Serialize;

use super::walk::{Part, parts_of};
use super::words::{Text, with_unit};
use super::{Explanation, Teller};
use crate::book::Book;
use crate::eval::{Subject, Trace, Value};
use crate::plan::{Entity, NodeId, Type};
use crate::sheet::FactSheet;
use crate::value::{Date, Month, Truth};

mod cited;
mod render;
mod say;
mod seen;

use say::Say;

/// 给家庭的说明
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Letter {
    /// Outcome id.
    pub programme: String,
    /// Title of the outcome.
    pub title: Text,
    /// Month that was assessed.
    pub period: Month,
    /// Day up to which facts and law were known.
    pub as_of: Date,
    /// Name of the household's place, if the caller knows it.
    pub place: Option<String>,
    /// Whether the conditions are met.
    pub outcome: Truth,
    /// Least and largest possible amount in fen, should they be met; absent where nothing is paid.
    pub amount: Option<(Option<i64>, Option<i64>)>,
    /// The result in a sentence or two.
    pub verdict: Text,
    /// What follows, under headings.
    pub sections: Vec<Section>,
    /// The documents that it rests on.
    pub sources: Vec<Text>,
    /// Number of the record from which it replays, to be named when asking.
    pub record: Option<String>,
}

/// 一段
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// `counted`, `deciding`, `assumed`, `asked`, `next` or `person`.
    pub id: &'static str,
    /// Heading.
    pub title: Text,
    /// Its sentences.
    pub lines: Vec<Text>,
}

/// Sums that are told one by one.
const MOST_SUMS: usize = 8;
/// Things asked for that are told one by one.
const MOST_ASKED: usize = 6;
/// How far below the result a sum is looked for.
const DEEPEST: usize = 2;

/// Tells outcome `o` of the traced household, or of its member, to the family. `contact` says whom to ask (an office and
/// a telephone); without it the letter names the offices where help is asked for.
#[must_use]
pub fn letter(
    trace: &Trace<'_>,
    sheet: Option<&FactSheet>,
    (o, member): (usize, Option<usize>),
    place: Option<&str>,
    book: &Book,
    contact: Option<&str>,
) -> Letter {
    let local = Teller { trace, sheet, place, codes: false };
    let mut told = local.explain(o, member);
    told.record = None;
    of(&local, &told, o, book, contact)
}

/// The letter of an explanation that is already there.
pub(super) fn of(
    teller: &Teller<'_, '_>,
    told: &Explanation,
    o: usize,
    book: &Book,
    contact: Option<&str>,
) -> Letter {
    let writer = Writer { teller, told, o, say: Say::of(told) };
    let mut sections = Vec::new();
    let mut section = |id: &'static str, title: Text, lines: Vec<Text>| {
        if !lines.is_empty() {
            sections.push(Section { id, title, lines });
        }
    };
    section("counted", say::counted_title(), writer.counted());
    section("deciding", say::deciding_title(), writer.deciding());
    section("assumed", say::assumed_title(), writer.assumed());
    section("asked", say::asked_title(), writer.asked());
    section("next", say::next_title(), writer.next());
    section("person", say::person_title(), say::person(contact));
    Letter {
        programme: told.programme.clone(),
        title: told.title.clone(),
        period: told.period,
        as_of: told.as_of,
        place: told.place.clone(),
        outcome: told.outcome,
        amount: told.unit.filter(|_| told.outcome != Truth::False).map(|_| told.amount),
        verdict: writer.say.verdict(),
        sections,
        sources: cited::documents(book, told),
        record: told.record.clone(),
    }
}

/// What a letter is written from.
struct Writer<'w, 't, 'a> {
    teller: &'w Teller<'t, 'a>,
    told: &'w Explanation,
    o: usize,
    say: Say<'w>,
}

impl Writer<'_, '_, '_> {
    fn plan(&self) -> &crate::plan::Plan {
        self.teller.trace.plan()
    }

    /// The subject's row: the member's place, 0 for the household.
    fn row(&self) -> usize {
        match self.told.subject {
            Subject::Member(at) => at as usize,
            _ => 0,
        }
    }

    /// The clause on which the result turned, where one clause did.
    fn turning(&self) -> Option<(NodeId, usize)> {
        let outcome = self.plan().outcomes.get(self.o)?;
        self.teller.turning(outcome, self.row(), self.told.outcome, self.told.nearest.as_ref())
    }

    /// Standards and sums of the amount and of the deciding clause, then the money that was read.
    fn counted(&self) -> Vec<Text> {
        let mut lines = Vec::new();
        let amount = self.plan().outcomes.get(self.o).and_then(|outcome| outcome.amount);
        let amount = amount.filter(|_| self.told.outcome != Truth::False).map(|id| (id, self.row()));
        for (id, row) in self.turning().into_iter().chain(amount) {
            self.sums(&mut lines, id, row, 0);
        }
        let mut left = 0;
        for input in self.told.inputs.iter().filter(|input| self.is_counted(input)) {
            if lines.len() < MOST_SUMS {
                push(&mut lines, self.say.sum(input.subject, &input.label, &input.value));
            } else {
                left += 1;
            }
        }
        if left > 0 {
            lines.push(say::more_sums(left));
        }
        if self.told.inputs.iter().any(|input| matches!(input.subject, Subject::Obligor(_))) {
            lines.push(say::others_not_told());
        }
        lines
    }

    /// Known money that is not zero, of the household or a member.
    fn is_counted(&self, input: &super::InputFact) -> bool {
        let money = self
            .plan()
            .facts
            .iter()
            .any(|f| f.id == input.fact && matches!(f.ty, Type::Money(_)) && f.back == 0);
        let known = matches!(input.state, crate::column::State::Known | crate::column::State::Stale);
        money && known && !super::text::zero(&input.value.zh) && self.shows_money_of(input.subject)
    }

    /// The numbers that a clause names, down to the rules that they come from.
    fn sums(&self, lines: &mut Vec<Text>, id: NodeId, row: usize, depth: usize) {
        let trace = self.teller.trace;
        let plan = self.plan();
        if let Some((at, row)) = self.teller.rule_at(id, row).filter(|_| depth == 0) {
            self.named(lines, Part::Rule(at, row), depth);
        }
        for part in parts_of(trace, id, row) {
            let node = match part {
                Part::Rule(at, row) => plan.rules.get(at).map(|r| (r.node, row, r.of)),
                Part::Param(_, lookup, row) => Some((lookup, row, Entity::Constant)),
                _ => None,
            };
            let Some((node, row, of)) = node.filter(|(node, ..)| !self.teller.reads_others(*node)) else {
                continue;
            };
            if !self.shows_rule_of(super::subject(of, row)) {
                continue;
            }
            self.named(lines, part, depth);
            if depth < DEEPEST && matches!(part, Part::Rule(..)) {
                self.sums(lines, node, row, depth + 1);
            }
        }
    }

    /// A rule or standard with its value, if that is a number that tells something.
    fn named(&self, lines: &mut Vec<Text>, part: Part, depth: usize) {
        let plan = self.plan();
        let (node, row, of, label) = match part {
            Part::Rule(at, row) => match plan.rules.get(at) {
                Some(r) => (r.node, row, r.of, Text::new(&r.zh, &r.en)),
                None => return,
            },
            Part::Param(at, lookup, row) => match plan.params.get(at) {
                Some(p) => (lookup, row, Entity::Constant, Text::new(&p.zh, &p.en)),
                None => return,
            },
            _ => return,
        };
        let Some(ty) = self.teller.node_type(node) else { return };
        let value = self.teller.trace.value(node, row);
        let number = matches!(ty, Type::Money(_) | Type::Exact(_)) || (ty == Type::Int && depth < DEEPEST);
        let zero = matches!(value, Value::Number { lo: Some(0), .. } | Value::Exact { lo: Some((0, _)), .. });
        if number && value.is_known() && !zero && lines.len() < MOST_SUMS {
            let value = Text::both(|lang| with_unit(plan, value, ty, lang));
            push(lines, self.say.sum(super::subject(of, row), &label, &value));
        }
    }

    fn deciding(&self) -> Vec<Text> {
        match self.turning() {
            Some((id, row)) if self.teller.reads_others(id) || !self.shows_clause_at(id, row) => {
                vec![self.teller.in_general(id, row)]
            }
            _ => self.told.deciding.iter().cloned().collect(),
        }
    }

    /// What was taken for the unknown: by name of the household and of the member whom the letter is about.
    fn assumed(&self) -> Vec<Text> {
        let mut groups: Vec<(&Text, Vec<Text>)> = Vec::new();
        let mut others = false;
        for used in &self.told.defaults {
            if !self.shows_rule_of(used.subject) {
                others = true;
                continue;
            }
            let label = self.say.labelled_in_both(used.subject, &used.label);
            match groups.iter_mut().find(|(value, _)| **value == used.value) {
                Some((_, labels)) => push(labels, label),
                None => groups.push((&used.value, vec![label])),
            }
        }
        let lines = groups.iter().map(|(value, labels)| say::assumed(labels, value));
        lines.chain(others.then(say::assumed_of_others)).collect()
    }

    /// What would help to know, what is enough first.
    fn asked(&self) -> Vec<Text> {
        let told = self.told;
        let mut order: Vec<usize> = told.ways.iter().flatten().copied().collect();
        order.extend(0..told.open_facts.len());
        let mut seen = Vec::new();
        let mut lines = Vec::new();
        let mut left = 0;
        for at in order {
            if seen.contains(&at) {
                continue;
            }
            seen.push(at);
            let (Some(fact), Some(question)) = (told.open_facts.get(at), told.questions.get(at)) else {
                continue;
            };
            let line = match self.shows_question(fact, question.state) {
                true => self.say.asked(fact.subject, &Text::new(&fact.zh, &fact.en), question.state),
                false => self.say.asked_in_general(fact.subject),
            };
            if lines.contains(&line) {
            } else if lines.len() < MOST_ASKED {
                lines.push(line);
            } else {
                left += 1;
            }
        }
        if left > 0 {
            lines.push(say::more_asked(left));
        }
        lines.extend(
            told.unsettled.iter().filter(|_| told.outcome == Truth::Unknown).map(|_| say::unsettled()),
        );
        lines
            .extend(told.gaps.first().filter(|_| told.outcome == Truth::Unknown).map(|_| say::no_standard()));
        lines.dedup();
        lines
    }

    fn next(&self) -> Vec<Text> {
        let told = self.told;
        let mut lines = vec![match (told.outcome, self.receives()) {
            (_, true) => say::already(),
            (Truth::True, false) => say::apply(),
            (Truth::Unknown, false) => say::tell_us(),
            (Truth::False, false) => say::may_change(),
        }];
        // A letter does not advise anybody to earn less.
        let advice = |n: &&super::Nearest| n.to > n.from || n.outcome == Truth::False;
        if let Some(n) = told.nearest.as_ref().filter(|n| self.shows_money_of(n.subject)).filter(advice) {
            let mut told = n.clone();
            told.then.retain(|title| self.shows_title(title));
            lines.push(self.say.nearest(&told));
        }
        // What stands in its way or beside it, as far as that tells of nobody else.
        let own = |group: &&super::GroupResult| group.outcomes.iter().all(|one| one.subject == told.subject);
        for group in told.groups.iter().filter(own) {
            if group.text != Text::default() {
                push(&mut lines, group.text.clone());
            }
        }
        for record in told.correctable.iter().filter(|i| self.shows_record(i)) {
            lines.push(self.say.correct(record.subject, &record.label, &record.value));
        }
        let others = self.others();
        if !others.is_empty() {
            lines.push(self.say.others(&others));
        }
        lines
    }

    /// Whether the family or the member already receives it.
    fn receives(&self) -> bool {
        let plan = self.plan();
        let fact = plan.outcomes.get(self.o).and_then(|outcome| outcome.receiving.as_ref());
        let at = fact.and_then(|id| plan.facts.iter().position(|f| f.id == *id));
        let at = at.and_then(|at| u32::try_from(at).ok());
        let node = at.and_then(|at| plan.fact_node(at));
        node.is_some_and(|id| self.teller.truth(id, self.row()) == Truth::True)
    }

    /// Whether an outcome may be named: not one of single members in a letter to the whole family.
    fn shows_title(&self, title: &Text) -> bool {
        let of_members = |zh: &str| self.plan().outcomes.iter().any(|o| o.zh == zh && o.of == Entity::Member);
        matches!(self.told.subject, Subject::Member(_)) || !of_members(&title.zh)
    }

    /// Other help of which the conditions are met, by its title.
    fn others(&self) -> Vec<Text> {
        let evaluation = self.teller.trace.evaluation();
        let plan = self.plan();
        let met = plan.outcomes.iter().enumerate().filter(|(at, other)| {
            let truth = match (other.of, self.told.subject) {
                (Entity::Member, Subject::Member(m)) => evaluation.outcome_member(*at, m as usize),
                // What one member may have, such as a subsidy for a disability, stands in that member's own letter.
                (Entity::Member, _) => Truth::Unknown,
                _ => evaluation.outcome(*at, 0),
            };
            *at != self.o && truth == Truth::True
        });
        met.map(|(_, other)| Text::new(&other.zh, &other.en)).collect()
    }
}

fn push(lines: &mut Vec<Text>, line: Text) {
    if !lines.contains(&line) {
        lines.push(line);
    }
}
