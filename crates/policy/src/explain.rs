//! 说明: why a household or member came out as it did, as data and as text, HTML and JSON in both languages.
//! Every value in it is read from the columns of the one evaluation; nothing is computed a second time.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::column::State;
use crate::eval::{
    Change, Gap, Mode, OpenFact, Subject, Trace, Value, copies, met_of, open_facts, values_to_try,
};
use crate::plan::{Entity, NodeId, Op, Per, Plan, Say, Type};
use crate::sheet::FactSheet;
use crate::value::{Date, DivisionCode, Month, Truth};

mod group;
mod html;
mod json;
mod nearest;
mod table;
mod text;
mod unsettled;
mod walk;
mod words;

pub use group::{GroupOutcome, GroupResult};
pub use json::{open_facts_json, result_json};
pub use nearest::Nearest;
pub use words::{Text, unit_word, verdict_word};

use walk::{Part, figures, parts_of};
pub(crate) use words::stated;
use words::{Phrase, comparison, in_sentence, opposite, with_unit};

/// How many records are named as possibly wrong.
const MOST_RECORDS: usize = 6;

/// 条件 of an outcome, as an official lists them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// What must hold.
    pub text: Text,
    /// Whether it does.
    pub truth: Truth,
    /// What was found in this case.
    pub found: Text,
    /// Articles.
    pub source: Vec<String>,
}

/// 推演步骤: a rule that took part, below the rule that named it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Rule id.
    pub rule: String,
    /// Depth in the tree, from 0.
    pub depth: usize,
    /// Whose value.
    pub subject: Subject,
    /// Title of the rule.
    pub label: Text,
    /// Its value with the unit.
    pub value: Text,
    /// Its truth, for a rule that says yes or no.
    pub truth: Option<Truth>,
    /// How the value came about, in numbers; empty where there is nothing to add up.
    pub formula: Text,
    /// The rule's own sentence about this case.
    pub said: Option<Text>,
    /// For a decision table: the rows that decided; while that is open, those that may.
    pub rows: Vec<TableRow>,
    /// The exception that decided, where one did.
    pub exception: Option<DecidingException>,
    /// Articles.
    pub source: Vec<String>,
}

/// 起作用的例外
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecidingException {
    /// Id within the rule.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Articles.
    pub source: Vec<String>,
}

/// 表中的行
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow {
    /// Its number in the table, from 1; 0 is what holds where no row applies.
    pub number: usize,
    /// File and line, such as `cn/tekun/rules/tests.toml:24`; empty for number 0.
    pub place: String,
    /// What the row asks.
    pub text: Text,
    /// Whether it applies.
    pub truth: Truth,
    /// Articles.
    pub source: Vec<String>,
}

/// 用到的事实
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputFact {
    /// Fact id.
    pub fact: String,
    /// Label.
    pub label: Text,
    /// Whose.
    pub subject: Subject,
    /// Value with the unit; for an unknown fact its bounds.
    pub value: Text,
    /// Whether it is known, and if not why.
    pub state: State,
    /// Who supplied it.
    pub source: Option<String>,
    /// Day on which it was true.
    pub as_of: Option<Date>,
    /// Last day on which it counts as fresh.
    pub fresh_until: Option<Date>,
    /// Grade of the evidence.
    pub grade: Option<String>,
    /// Row of the delivery that it stands in.
    pub line: Option<String>,
    /// Who could supply it.
    pub from: Vec<String>,
}

/// 用到的参数
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UsedParameter {
    /// Parameter id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Value with the unit.
    pub value: Text,
    /// Where the row holds; `None` is everywhere.
    pub division: Option<DivisionCode>,
    /// First day it holds; absent where no single row was hit.
    pub from: Option<Date>,
    /// Citation.
    pub source: String,
    /// Which layer gave it.
    pub layer: String,
    /// Whether sources disagree on it: 政策待确认.
    pub contested: bool,
}

/// 说明 of one outcome for one household or member.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Outcome id.
    pub programme: String,
    /// Title of the outcome.
    pub title: Text,
    /// The household, or the member that was asked about.
    pub subject: Subject,
    /// What the members and obligors are called, in order.
    pub members: Vec<String>,
    /// What the obligors are called, in order.
    pub obligors: Vec<String>,
    /// Whether it is met.
    pub outcome: Truth,
    /// Least and largest possible amount in fen, should it be met; `None` is unbounded.
    pub amount: (Option<i64>, Option<i64>),
    /// Per what time the amount counts; absent where the outcome pays nothing.
    pub unit: Option<Per>,
    /// How the amount came about, in numbers.
    pub amount_formula: Text,
    /// Month that was assessed.
    pub period: Month,
    /// Knowledge date.
    pub as_of: Date,
    /// How stale values were taken.
    pub mode: Mode,
    /// SHA-256 over the law: with the facts, the period and the date it replays the result.
    pub package_hash: String,
    /// Where the household lives.
    pub division: Option<DivisionCode>,
    /// Name of that place, if the caller knows it.
    pub place: Option<String>,
    /// The sentences that tell why, the most telling ones only.
    pub reasons: Vec<Text>,
    /// All conditions.
    pub conditions: Vec<Condition>,
    /// The clause on which a result other than met turned, down to the comparison.
    pub deciding: Option<Text>,
    /// Facts in that clause that the person cannot change but that a record may have wrong: another value of one of
    /// them alone would change the result.
    pub correctable: Vec<InputFact>,
    /// The rules that took part, as a tree.
    pub steps: Vec<Step>,
    /// The facts that were read.
    pub inputs: Vec<InputFact>,
    /// The parameters that were read.
    pub parameters: Vec<UsedParameter>,
    /// All articles, in order of use.
    pub articles: Vec<String>,
    /// What would decide it, or fix its amount.
    pub open_facts: Vec<OpenFact>,
    /// The least change of one changeable sum that turns the result.
    pub nearest: Option<Nearest>,
    /// Parameters without a row for this household.
    pub gaps: Vec<Gap>,
    /// The groups of outcomes that this one belongs to.
    pub groups: Vec<GroupResult>,
    /// What no fact can settle: exceptions of which nobody has said which one wins, an average over nobody.
    pub unsettled: Vec<Text>,
}

/// Explains outcome `o` of the traced household, or of its member `member` (place in the household's list) for an
/// outcome of members. `sheet` lends names and provenance. An outcome or member that does not exist gives an empty
/// explanation of an unknown result.
#[must_use]
pub fn explain(trace: &Trace<'_>, sheet: Option<&FactSheet>, o: usize, member: Option<usize>) -> Explanation {
    Teller { trace, sheet, place: None }.explain(o, member)
}

/// The same with the name of the household's place for `{division}` and the heading.
#[must_use]
pub fn explain_at(
    trace: &Trace<'_>,
    sheet: Option<&FactSheet>,
    o: usize,
    member: Option<usize>,
    place: &str,
) -> Explanation {
    Teller { trace, sheet, place: Some(place) }.explain(o, member)
}

/// The sentence of an indicator for the traced household, its places filled: for the officer.
#[must_use]
pub fn indicator_reason(trace: &Trace<'_>, indicator: usize) -> Text {
    let teller = Teller { trace, sheet: None, place: None };
    let found = trace.plan().indicators.get(indicator);
    found.map_or_else(Text::default, |i| teller.sentence(&i.reason, Entity::Household, 0))
}

pub(crate) struct Teller<'t, 'a> {
    pub(crate) trace: &'t Trace<'a>,
    pub(crate) sheet: Option<&'t FactSheet>,
    pub(crate) place: Option<&'t str>,
}

fn subject(of: Entity, row: usize) -> Subject {
    let place = u32::try_from(row).unwrap_or(u32::MAX);
    match of {
        Entity::Member => Subject::Member(place),
        Entity::Obligor => Subject::Obligor(place),
        Entity::Household | Entity::Constant => Subject::Household,
    }
}

/// What the tree walk gathers.
#[derive(Default)]
struct Gathered {
    seen: BTreeSet<Part>,
    steps: Vec<Step>,
    inputs: Vec<InputFact>,
    parameters: Vec<UsedParameter>,
    articles: Vec<String>,
    unsettled: Vec<Text>,
}

impl Gathered {
    fn cite(&mut self, sources: &[String]) {
        for source in sources {
            if !source.is_empty() && !self.articles.contains(source) {
                self.articles.push(source.clone());
            }
        }
    }
}

impl<'a> Teller<'_, 'a> {
    fn plan(&self) -> &'a Plan {
        self.trace.plan()
    }

    fn explain(&self, o: usize, member: Option<usize>) -> Explanation {
        let trace = self.trace;
        let plan = self.plan();
        let outcome = plan.outcomes.get(o);
        let of = match outcome.map(|o| o.of) {
            Some(Entity::Member) => Entity::Member,
            _ => Entity::Household,
        };
        let row = if of == Entity::Member { member.unwrap_or(0) } else { 0 };
        let evaluation = trace.evaluation();
        let (truth, amount) = match of {
            Entity::Member => (evaluation.outcome_member(o, row), evaluation.amount_member(o, row)),
            _ => (evaluation.outcome(o, 0), evaluation.amount(o, 0)),
        };
        let mut gathered = Gathered::default();
        let mut conditions = Vec::new();
        let mut amount_formula = Text::default();
        let mut unit = None;
        if let Some(outcome) = outcome {
            gathered.cite(&outcome.source);
            conditions.extend(outcome.conditions.iter().map(|c| self.condition(*c, row, of)));
            for condition in &outcome.conditions {
                self.gather(&mut gathered, *condition, row, of);
            }
            if let Some(amount) = outcome.amount {
                unit = self.node_type(amount).and_then(|ty| match ty {
                    Type::Money(per) | Type::Exact(per) => Some(per),
                    _ => None,
                });
                amount_formula = self.formula(amount, row);
                if truth != Truth::False {
                    self.gather(&mut gathered, amount, row, of);
                }
            }
        }
        for condition in &conditions {
            gathered.cite(&condition.source);
        }
        let telling: Vec<&Condition> = conditions.iter().filter(|c| c.truth == truth).collect();
        let mut reasons: Vec<Text> = telling.into_iter().map(|c| c.found.clone()).collect();
        reasons.dedup();
        if truth == Truth::Unknown {
            reasons.extend(gathered.unsettled.iter().cloned());
        }
        let turning = (truth != Truth::True)
            .then(|| outcome.and_then(|outcome| self.turning_clause(outcome.met, row, truth)))
            .flatten();
        let deciding = turning.map(|(id, row)| self.finding(id, row));
        let correctable = match (truth, turning) {
            (Truth::False, Some(clause)) => self.correctable(o, clause, row),
            _ => Vec::new(),
        };
        let names = |count: usize, obligors: bool| {
            let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            (0..count)
                .map(|n| self.name(if obligors { Subject::Obligor(at(n)) } else { Subject::Member(at(n)) }))
                .collect()
        };
        let member = (of == Entity::Member).then_some(row);
        Explanation {
            programme: outcome.map(|o| o.id.clone()).unwrap_or_default(),
            title: outcome.map(|o| Text::new(&o.zh, &o.en)).unwrap_or_default(),
            subject: subject(of, row),
            members: names(trace.members(), false),
            obligors: names(trace.obligors(), true),
            outcome: truth,
            amount,
            unit,
            amount_formula,
            period: plan.period,
            as_of: plan.as_of,
            mode: trace.mode(),
            package_hash: plan.package_hash.clone(),
            division: trace.division().cloned(),
            place: self.place.map(ToOwned::to_owned),
            reasons,
            conditions,
            deciding,
            correctable,
            steps: gathered.steps,
            inputs: gathered.inputs,
            parameters: gathered.parameters,
            articles: gathered.articles,
            open_facts: open_facts(trace, o, member),
            nearest: nearest::nearest(self, o, row, truth),
            gaps: evaluation.gaps().to_vec(),
            groups: self.groups(o, of, row),
            unsettled: gathered.unsettled,
        }
    }

    fn node_type(&self, id: NodeId) -> Option<Type> {
        self.plan().nodes.get(id.0 as usize).map(|n| n.ty)
    }

    /// What a subject is called: its name on the sheet, else its place in the list.
    pub(crate) fn name(&self, subject: Subject) -> String {
        let listed = match subject {
            Subject::Household => return String::new(),
            Subject::Member(at) => (self.sheet.map(|s| &s.members), at),
            Subject::Obligor(at) => (self.sheet.map(|s| &s.obligors), at),
        };
        let (list, at) = listed;
        let name = list.and_then(|list| list.get(at as usize)).and_then(|s| s.name.clone());
        name.unwrap_or_else(|| format!("#{}", u64::from(at) + 1))
    }

    /// Seen through `Lift`, the node itself and its row.
    fn under_lifts(&self, mut id: NodeId, mut row: usize) -> (NodeId, usize) {
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

    fn truth(&self, id: NodeId, row: usize) -> Truth {
        match self.trace.value(id, row) {
            Value::Truth(t) => t,
            _ => Truth::Unknown,
        }
    }

    fn condition(&self, id: NodeId, row: usize, of: Entity) -> Condition {
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
                    Part::Fact(..) | Part::Param(..) | Part::Nobody(..) => Vec::new(),
                })
                .collect(),
        };
        source.dedup();
        Condition { text, truth: self.truth(id, row), found: self.finding(id, row), source }
    }

    fn phrase(&self, lang: crate::lang::Lang, values: bool) -> Phrase<'_, 'a> {
        Phrase { trace: self.trace, lang, values }
    }

    /// The rule whose value a node is, seen through lifts.
    fn rule_at(&self, id: NodeId, row: usize) -> Option<(usize, usize)> {
        let (id, row) = self.under_lifts(id, row);
        Some((self.plan().rule_at(id)?, row))
    }

    /// What was found about a truth in this case: the rule's own sentence, or the clause with its values.
    fn finding(&self, id: NodeId, row: usize) -> Text {
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
                let truth = words::bare(self.plan(), self.trace.value(id, row), Type::Bool, lang);
                format!("{clause}{}{truth}", lang.pick("：", ": "))
            }),
        }
    }

    fn compared(
        &self,
        of: Entity,
        cmp: crate::plan::Cmp,
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
    fn turning_clause(&self, id: NodeId, row: usize, truth: Truth) -> Option<(NodeId, usize)> {
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
    fn correctable(&self, o: usize, clause: (NodeId, usize), member: usize) -> Vec<InputFact> {
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

    fn gather(&self, gathered: &mut Gathered, root: NodeId, row: usize, of: Entity) {
        let entity = self.plan().nodes.get(root.0 as usize).map_or(of, |n| n.entity);
        let row = self.trace.outer_row(of, row, entity).unwrap_or(row);
        match self.rule_at(root, row) {
            Some((rule, row)) => self.part(gathered, Part::Rule(rule, row), 0),
            None => {
                for part in parts_of(self.trace, root, row) {
                    self.part(gathered, part, 0);
                }
            }
        }
    }

    fn part(&self, gathered: &mut Gathered, part: Part, depth: usize) {
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
                    self.part(gathered, part, depth.saturating_add(1));
                }
            }
            Part::Fact(fact, row) => gathered.inputs.extend(self.input(fact, row)),
            Part::Nobody(id, row) => self.nobody(&mut gathered.unsettled, id, row),
            Part::Param(param, lookup, row) => {
                let used = self.parameter(param, lookup, row);
                if let Some(used) = used.filter(|u| !gathered.parameters.contains(u)) {
                    gathered.parameters.push(used);
                }
            }
        }
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
    fn formula(&self, node: NodeId, row: usize) -> Text {
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

    /// The sentence of the rule that a node is.
    fn said_of(&self, id: NodeId, row: usize) -> Option<Text> {
        let (rule, row) = self.rule_at(id, row)?;
        self.said(rule, row)
    }

    fn said(&self, rule: usize, row: usize) -> Option<Text> {
        let rule = self.plan().rules.get(rule)?;
        let truth = match self.trace.value(rule.node, row) {
            Value::Truth(t) => Some(t),
            _ => None,
        };
        let exact = rule.say.iter().find(|s| s.when.is_some() && s.when == truth);
        let say = exact.or_else(|| rule.say.iter().find(|s| s.when.is_none()))?;
        Some(self.sentence(say, rule.of, row))
    }

    fn sentence(&self, say: &Say, of: Entity, row: usize) -> Text {
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
            let place = place.or_else(|| self.trace.division().map(ToString::to_string));
            let place = place.unwrap_or_else(|| lang.pick("当地", "local").to_owned());
            text.replace("{division}", &place).replace("{区划}", &place)
        })
    }

    fn input(&self, at: usize, row: usize) -> Option<InputFact> {
        let plan = self.plan();
        let fact = plan.facts.get(at)?;
        let subject = subject(fact.of, row);
        let given = self.sheet.and_then(|s| s.value(&fact.id, subject));
        let batch = self.trace.batch();
        let columns = match fact.of {
            Entity::Member => &batch.members.columns,
            Entity::Obligor => &batch.obligors.columns,
            Entity::Household | Entity::Constant => &batch.columns,
        };
        let batch_row = self.trace.batch_row(fact.of, row);
        let state = columns.get(&fact.id).and_then(|c| c.state.get(batch_row)).copied();
        let node = u32::try_from(at).ok().and_then(|at| plan.fact_node(at)).unwrap_or(NodeId(u32::MAX));
        let value = self.trace.value(node, row);
        let as_of = given.and_then(|g| g.as_of);
        Some(InputFact {
            fact: fact.id.clone(),
            label: Text::new(&fact.zh, &fact.en),
            subject,
            value: Text::both(|lang| with_unit(plan, value, fact.ty, lang)),
            state: state.unwrap_or(State::Missing),
            source: given.and_then(|g| g.source.clone()),
            as_of,
            fresh_until: as_of.zip(fact.fresh_months).map(|(day, months)| day.plus_months(i32::from(months))),
            grade: given.and_then(|g| g.grade.clone()),
            line: given.and_then(|g| g.line.clone()),
            from: fact.from.clone(),
        })
    }

    fn parameter(&self, at: usize, lookup: NodeId, row: usize) -> Option<UsedParameter> {
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

impl Explanation {
    /// What a subject is called.
    #[must_use]
    pub fn name(&self, subject: Subject) -> &str {
        match subject {
            Subject::Household => "",
            Subject::Member(at) => self.members.get(at as usize).map_or("", String::as_str),
            Subject::Obligor(at) => self.obligors.get(at as usize).map_or("", String::as_str),
        }
    }
}
