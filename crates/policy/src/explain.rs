//! 说明: why a household or member came out as it did, as data and as text, HTML and JSON in both languages, for the
//! clerk and for the family. Every value in it is read from the columns of the one evaluation; nothing is computed a
//! second time.

use crate::eval::{Subject, Trace, open_facts};
use crate::plan::{Entity, NodeId, Plan, PlannedOutcome, Type};
use crate::sheet::FactSheet;
use crate::value::Truth;

mod clause;
mod differ;
mod gather;
mod group;
mod html;
mod json;
mod letter;
mod model;
mod nearest;
mod phrase;
mod question;
mod record;
mod table;
mod telling;
mod text;
mod turn;
mod unsettled;
mod walk;
mod words;

pub use differ::{Difference, Kind, Replay, replay, replay_with};
pub use group::{GroupOutcome, GroupResult};
pub use json::{open_facts_json, result_json};
pub use letter::{Letter, Section, letter};
pub use model::{
    Condition, DecidingException, Explanation, InputFact, Step, TableRow, UsedDefault, UsedParameter,
};
pub use nearest::Nearest;
pub use question::Question;
pub use record::{Answer, Asked, LawMark, Record, RecordFault, RuleMark, Told, Untold};
pub use telling::{Shape, Telling, Voice};
pub use turn::Turn;
pub use words::{Text, unit_word, verdict_word};

use gather::Gathered;
pub(crate) use words::stated;

/// Explains outcome `o` of the traced household, or of its member `member` (place in the household's list) for an
/// outcome of members. `sheet` lends names and provenance. An outcome or member that does not exist gives an empty
/// explanation of an unknown result.
#[must_use]
pub fn explain(trace: &Trace<'_>, sheet: Option<&FactSheet>, o: usize, member: Option<usize>) -> Explanation {
    Teller { trace, sheet, place: None, codes: true }.explain(o, member)
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
    Teller { trace, sheet, place: Some(place), codes: true }.explain(o, member)
}

/// The sentence of an indicator for the traced household, its places filled: for the officer.
#[must_use]
pub fn indicator_reason(trace: &Trace<'_>, indicator: usize) -> Text {
    let teller = Teller { trace, sheet: None, place: None, codes: true };
    let found = trace.plan().indicators.get(indicator);
    found.map_or_else(Text::default, |i| teller.sentence(&i.reason, Entity::Household, 0))
}

pub(crate) struct Teller<'t, 'a> {
    pub(crate) trace: &'t Trace<'a>,
    pub(crate) sheet: Option<&'t FactSheet>,
    pub(crate) place: Option<&'t str>,
    /// Whether a place without a name is told by its code.
    pub(crate) codes: bool,
}

fn subject(of: Entity, row: usize) -> Subject {
    let place = u32::try_from(row).unwrap_or(u32::MAX);
    match of {
        Entity::Member => Subject::Member(place),
        Entity::Obligor => Subject::Obligor(place),
        Entity::Household | Entity::Constant => Subject::Household,
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
        let (of, row) = self.whose(o, member);
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
                self.gather(&mut gathered, *condition, row, of, &outcome.defaults);
            }
            if let Some(amount) = outcome.amount {
                unit = self.node_type(amount).and_then(|ty| match ty {
                    Type::Money(per) | Type::Exact(per) => Some(per),
                    _ => None,
                });
                amount_formula = self.formula(amount, row);
                if truth != Truth::False {
                    self.gather(&mut gathered, amount, row, of, &outcome.defaults);
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
        let nearest = nearest::nearest(self, o, row, truth);
        let turning = outcome.and_then(|outcome| self.turning(outcome, row, truth, nearest.as_ref()));
        let deciding = match turning {
            Some((id, row)) => Some(self.finding(id, row)),
            None => outcome.map(|outcome| all_hold(outcome.conditions.len())),
        };
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
        let open_facts = open_facts(trace, o, member);
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
            record: None,
            reasons,
            conditions,
            deciding,
            correctable,
            steps: gathered.steps,
            inputs: gathered.inputs,
            parameters: gathered.parameters,
            defaults: gathered.defaults.into_iter().map(|(_, used)| used).collect(),
            own_articles: outcome.map_or(0, |o| o.source.len()).min(gathered.articles.len()),
            articles: gathered.articles,
            questions: self.questions(&open_facts),
            ways: self.ways(o, row, truth, &open_facts),
            open_facts,
            nearest,
            turn: turn::turn(self, o, row, truth),
            gaps: evaluation.gaps().to_vec(),
            groups: self.groups(o, of, row),
            unsettled: gathered.unsettled,
        }
    }

    /// Of whom an outcome is told, and the row of that subject.
    fn whose(&self, o: usize, member: Option<usize>) -> (Entity, usize) {
        match self.plan().is_member_outcome(o) {
            true => (Entity::Member, member.unwrap_or(0)),
            false => (Entity::Household, 0),
        }
    }

    /// The clause on which a result turned. One that is met turns on the condition that the nearest change would
    /// break, or on its only condition; where there is none such, all of them hold alike.
    fn turning(
        &self,
        outcome: &PlannedOutcome,
        row: usize,
        truth: Truth,
        nearest: Option<&Nearest>,
    ) -> Option<(NodeId, usize)> {
        if truth != Truth::True {
            return self.turning_clause(outcome.met, row, truth);
        }
        let only = (outcome.conditions.len() == 1).then_some(0);
        let at = nearest.and_then(|n| n.condition).or(only)?;
        let id = *outcome.conditions.get(at)?;
        let entity = self.plan().nodes.get(id.0 as usize)?.entity;
        Some((id, self.trace.outer_row(outcome.of, row, entity)?))
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
}

/// That every condition holds, of which none stands out.
fn all_hold(conditions: usize) -> Text {
    Text::new(format!("全部 {conditions} 项条件都符合"), format!("all {conditions} conditions are met"))
}
