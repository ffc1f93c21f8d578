//! 推演: gathers the rules, facts and parameters that took part, each with what an explanation tells of it.

use std::collections::BTreeSet;

use super::walk::{Part, parts_of};
use super::words::with_unit;
use super::{InputFact, Step, Teller, Text, UsedDefault, UsedParameter, subject};
use crate::column::State;
use crate::eval::{Subject, Value};
use crate::plan::{Entity, FactDecl, NodeId, Op, Type};
use crate::sheet::SheetValue;
use crate::value::Truth;

/// What the tree walk gathers.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) seen: BTreeSet<Part>,
    pub(super) steps: Vec<Step>,
    pub(super) inputs: Vec<InputFact>,
    pub(super) parameters: Vec<UsedParameter>,
    pub(super) articles: Vec<String>,
    pub(super) unsettled: Vec<Text>,
    /// With the node and row that took it.
    pub(super) defaults: Vec<((NodeId, usize), UsedDefault)>,
}

impl Gathered {
    pub(super) fn cite(&mut self, sources: &[String]) {
        for source in sources {
            if !source.is_empty() && !self.articles.contains(source) {
                self.articles.push(source.clone());
            }
        }
    }
}

impl Teller<'_, '_> {
    pub(super) fn gather(
        &self,
        gathered: &mut Gathered,
        root: NodeId,
        row: usize,
        of: Entity,
        defaults: &[String],
    ) {
        let entity = self.plan().nodes.get(root.0 as usize).map_or(of, |n| n.entity);
        let row = self.trace.outer_row(of, row, entity).unwrap_or(row);
        match self.rule_at(root, row) {
            Some((rule, row)) => self.part(gathered, Part::Rule(rule, row), 0, defaults),
            None => {
                for part in parts_of(self.trace, root, row) {
                    self.part(gathered, part, 0, defaults);
                }
            }
        }
    }

    /// Adds a part named by a text of law; `defaults` are the articles by which that text may take a default.
    fn part(&self, gathered: &mut Gathered, part: Part, depth: usize, defaults: &[String]) {
        if let Part::Default(id, row) = part {
            return self.default(gathered, id, row, defaults);
        }
        if !gathered.seen.insert(part) {
            return;
        }
        match part {
            Part::Rule(at, row) => {
                let Some(rule) = self.plan().rules.get(at) else {
                    return;
                };
                gathered.cite(&rule.source);
                let step = self.step(at, row, depth);
                for decided in step.rows.iter().filter(|r| r.truth == Truth::True) {
                    gathered.cite(&decided.source);
                }
                if let Some(exception) = &step.exception {
                    gathered.cite(&exception.source);
                }
                self.unsettled(&mut gathered.unsettled, at, row);
                gathered.steps.push(step);
                for part in parts_of(self.trace, rule.node, row) {
                    self.part(gathered, part, depth.saturating_add(1), &rule.defaults);
                }
            }
            Part::Fact(fact, row) => gathered.inputs.extend(self.input(fact, row)),
            Part::Default(..) => {}
            Part::Nobody(id, row) => self.nobody(&mut gathered.unsettled, id, row),
            Part::Param(param, lookup, row) => {
                let used = self.parameter(param, lookup, row);
                if let Some(used) = used.filter(|u| !gathered.parameters.contains(u)) {
                    gathered.parameters.push(used);
                }
            }
        }
    }

    /// Adds that something unknown was taken as articles say; of a clause that several texts share, all their articles.
    fn default(&self, gathered: &mut Gathered, id: NodeId, row: usize, source: &[String]) {
        gathered.cite(source);
        if let Some((_, used)) = gathered.defaults.iter_mut().find(|(at, _)| *at == (id, row)) {
            used.source
                .extend(source.iter().filter(|s| !used.source.contains(s)).cloned().collect::<Vec<_>>());
            return;
        }
        let plan = self.plan();
        let Some(node) = plan.nodes.get(id.0 as usize) else { return };
        let Op::OrElse(unknown, instead) = node.op else { return };
        let (unknown, unknown_row) = self.under_lifts(unknown, row);
        let entity = plan.nodes.get(unknown.0 as usize).map_or(node.entity, |n| n.entity);
        let value = self.trace.value(instead, row);
        let used = UsedDefault {
            label: Text::both(|lang| self.phrase(lang, false).clause(unknown, unknown_row)),
            subject: subject(entity, unknown_row),
            value: Text::both(|lang| with_unit(plan, value, node.ty, lang)),
            source: source.to_vec(),
        };
        gathered.defaults.push(((id, row), used));
    }

    fn step(&self, at: usize, row: usize, depth: usize) -> Step {
        let rule = self.plan().rules.get(at);
        let node = rule.map_or(NodeId(u32::MAX), |r| r.node);
        let ty = self.node_type(node).unwrap_or(Type::Bool);
        let value = self.trace.value(node, row);
        Step {
            rule: rule.map(|r| r.id.clone()).unwrap_or_default(),
            depth,
            subject: subject(rule.map_or(Entity::Household, |r| r.of), row),
            label: rule.map(|r| Text::new(&r.zh, &r.en)).unwrap_or_default(),
            value: Text::both(|lang| with_unit(self.plan(), value, ty, lang)),
            truth: match value {
                Value::Truth(t) if ty == Type::Bool => Some(t),
                _ => None,
            },
            formula: self.formula(node, row),
            said: self.said(at, row),
            rows: self.table_rows(at, row),
            exception: self.exception_at(at, row),
            source: rule.map(|r| r.source.clone()).unwrap_or_default(),
        }
    }

    /// How a number came about; empty for truths and for what would only repeat the value.
    pub(super) fn formula(&self, node: NodeId, row: usize) -> Text {
        let numeric = self
            .node_type(node)
            .is_some_and(|ty| matches!(ty, Type::Int | Type::Money(_) | Type::Exact(_) | Type::Rate));
        if !numeric {
            return Text::default();
        }
        Text::both(|lang| {
            let text = self.phrase(lang, true).body(node, row);
            let adds_up = text.contains(['+', '−', '×', '÷']);
            if adds_up { text } else { String::new() }
        })
    }

    /// What the sheet says of a fact, which it may name by id or label.
    pub(super) fn given(&self, fact: &FactDecl, subject: Subject) -> Option<&SheetValue> {
        let sheet = self.sheet?;
        let label = || {
            let base = self.plan().facts.iter().find(|f| f.id == fact.base_id())?;
            let value = sheet.value(&base.zh, subject)?;
            (fact.back == 0 || value.value.is_array()).then_some(value)
        };
        sheet.value(&fact.id, subject).or_else(label)
    }

    /// Why a fact of a subject is known or not.
    pub(super) fn state(&self, fact: &FactDecl, row: usize) -> State {
        let batch = self.trace.batch();
        let columns = match fact.of {
            Entity::Member => &batch.members.columns,
            Entity::Obligor => &batch.obligors.columns,
            Entity::Household | Entity::Constant => &batch.columns,
        };
        let row = self.trace.batch_row(fact.of, row);
        columns.get(&fact.id).and_then(|c| c.state.get(row)).copied().unwrap_or(State::Missing)
    }

    pub(super) fn input(&self, at: usize, row: usize) -> Option<InputFact> {
        let plan = self.plan();
        let fact = plan.facts.get(at)?;
        let subject = subject(fact.of, row);
        let given = self.given(fact, subject);
        let node = u32::try_from(at).ok().and_then(|at| plan.fact_node(at)).unwrap_or(NodeId(u32::MAX));
        let value = self.trace.value(node, row);
        let as_of = given.and_then(|g| g.as_of);
        Some(InputFact {
            fact: fact.id.clone(),
            label: Text::new(&fact.zh, &fact.en),
            subject,
            value: Text::both(|lang| with_unit(plan, value, fact.ty, lang)),
            state: self.state(fact, row),
            source: given.and_then(|g| g.source.clone()),
            as_of,
            fresh_until: as_of.zip(fact.fresh_months).map(|(day, months)| day.plus_months(i32::from(months))),
            grade: given.and_then(|g| g.grade.clone()),
            line: given.and_then(|g| g.line.clone()),
            from: fact.from.clone(),
        })
    }

    pub(super) fn parameter(&self, at: usize, lookup: NodeId, row: usize) -> Option<UsedParameter> {
        let table = self.plan().params.get(at)?;
        let hit = self.trace.parameter_row(lookup, row);
        let value = self.trace.value(lookup, row);
        Some(UsedParameter {
            id: table.id.clone(),
            label: Text::new(&table.zh, &table.en),
            value: Text::both(|lang| with_unit(self.plan(), value, table.ty, lang)),
            division: hit.and_then(|r| r.division.clone()),
            from: hit.map(|r| r.from),
            source: hit.map(|r| r.source.clone()).unwrap_or_default(),
            layer: hit.map(|r| r.layer.clone()).unwrap_or_default(),
            contested: table.contested,
        })
    }
}
