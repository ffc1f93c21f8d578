//! 条款: what a clause of the law asks, what was found of it in this case, on which clause a result turned, and which
//! records behind that clause may be wrong.

use super::phrase::{Phrase, comparison, opposite};
use super::walk::{Part, figures, parts_of};
use super::words::{bare, in_sentence, with_unit};
use super::{Condition, InputFact, Teller, Text};
use crate::column::State;
use crate::eval::{Change, Value, copies, met_of, values_to_try};
use crate::lang::Lang;
use crate::plan::{Cmp, Entity, NodeId, Op, Say, Type};
use crate::value::Truth;

/// How many records are named as possibly wrong.
const MOST_RECORDS: usize = 6;

impl<'a> Teller<'_, 'a> {
    /// Seen through `Lift`, the node itself and its row.
    pub(super) fn under_lifts(&self, mut id: NodeId, mut row: usize) -> (NodeId, usize) {
        while let Some(node) = self.plan().nodes.get(id.0 as usize) {
            let Op::Lift(inner) = node.op else { break };
            let Some(entity) = self.plan().nodes.get(inner.0 as usize).map(|n| n.entity) else {
                break;
            };
            let Some(outer) = self.trace.outer_row(node.entity, row, entity) else {
                break;
            };
            (id, row) = (inner, outer);
        }
        (id, row)
    }

    pub(super) fn truth(&self, id: NodeId, row: usize) -> Truth {
        match self.trace.value(id, row) {
            Value::Truth(t) => t,
            _ => Truth::Unknown,
        }
    }

    pub(super) fn condition(&self, id: NodeId, row: usize, of: Entity) -> Condition {
        let entity = self.plan().nodes.get(id.0 as usize).map_or(of, |n| n.entity);
        let row = self.trace.outer_row(of, row, entity).unwrap_or(row);
        let text = Text::both(|lang| {
            let (id, row) = self.under_lifts(id, row);
            self.phrase(lang, false).clause(id, row)
        });
        let mut source: Vec<String> = match self.rule_at(id, row) {
            Some((rule, row)) => self.sources_of(rule, row),
            None => parts_of(self.trace, id, row)
                .into_iter()
                .flat_map(|part| match part {
                    Part::Rule(rule, row) => self.sources_of(rule, row),
                    _ => Vec::new(),
                })
                .collect(),
        };
        source.dedup();
        Condition { text, truth: self.truth(id, row), found: self.finding(id, row), source }
    }

    pub(super) fn phrase(&self, lang: Lang, values: bool) -> Phrase<'_, 'a> {
        Phrase { trace: self.trace, lang, values }
    }

    /// The rule whose value a node is, seen through lifts.
    pub(super) fn rule_at(&self, id: NodeId, row: usize) -> Option<(usize, usize)> {
        let (id, row) = self.under_lifts(id, row);
        Some((self.plan().rule_at(id)?, row))
    }

    /// What was found about a truth in this case: the rule's own sentence, or the clause with its values.
    pub(super) fn finding(&self, id: NodeId, row: usize) -> Text {
        let (id, row) = self.under_lifts(id, row);
        if let Some(said) = self.said_of(id, row) {
            return said;
        }
        let Some(node) = self.plan().nodes.get(id.0 as usize) else {
            return Text::default();
        };
        match &node.op {
            // Of a negation it is told what was found of the thing itself.
            Op::Not(inner) => {
                let entity = self.plan().nodes.get(inner.0 as usize).map_or(node.entity, |n| n.entity);
                self.finding(*inner, self.trace.outer_row(node.entity, row, entity).unwrap_or(row))
            }
            Op::Compare(cmp, a, b) => self.compared(node.entity, *cmp, *a, *b, self.truth(id, row), row),
            _ => Text::both(|lang| {
                let clause = self.phrase(lang, false).clause(id, row);
                let truth = bare(self.plan(), self.trace.value(id, row), Type::Bool, lang);
                format!("{clause}{}{truth}", lang.pick("：", ": "))
            }),
        }
    }

    pub(super) fn compared(
        &self,
        of: Entity,
        cmp: Cmp,
        a: NodeId,
        b: NodeId,
        truth: Truth,
        row: usize,
    ) -> Text {
        Text::both(|lang| {
            let side = |id: NodeId| {
                let entity = self.plan().nodes.get(id.0 as usize).map_or(of, |n| n.entity);
                let row = self.trace.outer_row(of, row, entity).unwrap_or(row);
                let (id, row) = self.under_lifts(id, row);
                let name = self.phrase(lang, false).clause(id, row);
                let ty = self.node_type(id).unwrap_or(Type::Bool);
                let value = with_unit(self.plan(), self.trace.value(id, row), ty, lang);
                if name == value || name.is_empty() || value.starts_with(&name) {
                    value
                } else {
                    format!("{name} {value}")
                }
            };
            let ty = self.node_type(a).unwrap_or(Type::Bool);
            let word = match truth {
                Truth::False => comparison(opposite(cmp), ty, lang).to_owned(),
                Truth::True => comparison(cmp, ty, lang).to_owned(),
                Truth::Unknown => format!("{}{}", lang.pick("是否", "perhaps "), comparison(cmp, ty, lang)),
            };
            format!("{} {word} {}", side(a), side(b))
        })
    }

    /// Down to the clause that made a truth what it is.
    pub(super) fn turning_clause(&self, id: NodeId, row: usize, truth: Truth) -> Option<(NodeId, usize)> {
        let (mut id, mut row) = (id, row);
        let mut wanted = truth;
        loop {
            (id, row) = self.under_lifts(id, row);
            let node = self.plan().nodes.get(id.0 as usize)?;
            let next = match &node.op {
                // A conjunction that holds and a disjunction that does not turn on all of their parts.
                Op::And(_) if wanted == Truth::True => None,
                Op::Or(_) if wanted == Truth::False => None,
                Op::And(parts) | Op::Or(parts) => parts.iter().copied().find(|p| {
                    let entity = self.plan().nodes.get(p.0 as usize).map(|n| n.entity);
                    let row = entity.and_then(|e| self.trace.outer_row(node.entity, row, e));
                    row.is_some_and(|row| self.truth(*p, row) == wanted)
                }),
                Op::Not(inner) => {
                    wanted = wanted.not();
                    Some(*inner)
                }
                _ => None,
            };
            match next {
                Some(next) => {
                    let entity = self.plan().nodes.get(next.0 as usize)?.entity;
                    row = self.trace.outer_row(node.entity, row, entity)?;
                    id = next;
                }
                None => return Some((id, row)),
            }
        }
    }

    /// Records that may be wrong: known facts that the person cannot change, on which the clause turns, and of which
    /// another value alone would leave the result other than not met.
    pub(super) fn correctable(&self, o: usize, clause: (NodeId, usize), member: usize) -> Vec<InputFact> {
        let plan = self.plan();
        let trace = self.trace;
        let mut found: Vec<InputFact> = Vec::new();
        let mut variants: Vec<Vec<Change<'_>>> = Vec::new();
        let mut tried = Vec::new();
        for (at, row) in figures(trace, clause.0, clause.1) {
            let Some(decl) = plan.facts.get(at).filter(|d| !d.changeable) else {
                continue;
            };
            let Some(input) = self.input(at, row).filter(|i| i.state == State::Known) else {
                continue;
            };
            let start = variants.len();
            let change = |value| Change { fact: decl, subject: input.subject, value };
            let values = values_to_try(trace, decl).into_iter();
            variants.extend(values.map(|value| vec![change(value)]));
            tried.push(start..variants.len());
            found.push(input);
        }
        if found.is_empty() {
            return found;
        }
        let schedule = plan.met_of(o);
        let batch = copies(trace.batch(), trace.household(), &variants, plan.facts_of(&schedule));
        let all = met_of(plan, &batch, trace.mode(), o);
        let of_members = plan.is_member_outcome(o);
        let turned = |copy: usize| {
            let at = if of_members { copy * trace.members() + member } else { copy };
            all.get(at).copied().unwrap_or(Truth::Unknown) != Truth::False
        };
        let mut kept: Vec<InputFact> = found
            .into_iter()
            .zip(tried)
            .filter_map(|(input, mut copies)| copies.any(turned).then_some(input))
            .collect();
        kept.truncate(MOST_RECORDS);
        kept
    }

    /// The sentence of the rule that a node is.
    pub(super) fn said_of(&self, id: NodeId, row: usize) -> Option<Text> {
        let (rule, row) = self.rule_at(id, row)?;
        self.said(rule, row)
    }

    pub(super) fn said(&self, rule: usize, row: usize) -> Option<Text> {
        let rule = self.plan().rules.get(rule)?;
        let truth = match self.trace.value(rule.node, row) {
            Value::Truth(t) => Some(t),
            _ => None,
        };
        let exact = rule.say.iter().find(|s| s.when.is_some() && s.when == truth);
        let say = exact.or_else(|| rule.say.iter().find(|s| s.when.is_none()))?;
        Some(self.sentence(say, rule.of, row))
    }

    pub(super) fn sentence(&self, say: &Say, of: Entity, row: usize) -> Text {
        Text::both(|lang| {
            let mut text = lang.pick(&say.zh, &say.en).to_owned();
            for (name, node) in &say.places {
                let entity = self.plan().nodes.get(node.0 as usize).map_or(of, |n| n.entity);
                let row = self.trace.outer_row(of, row, entity).unwrap_or(row);
                let ty = self.node_type(*node).unwrap_or(Type::Bool);
                let value = in_sentence(self.plan(), self.trace.value(*node, row), ty, lang);
                text = text.replace(&format!("{{{name}}}"), &value);
            }
            let place = self.place.map(ToOwned::to_owned);
            let place =
                place.or_else(|| self.trace.division().filter(|_| self.codes).map(ToString::to_string));
            let place = place.unwrap_or_else(|| lang.pick("当地", "local").to_owned());
            text.replace("{division}", &place).replace("{区划}", &place)
        })
    }
}
