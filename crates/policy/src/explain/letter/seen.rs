//! 谁能看到什么: what a letter may say of whom.

use super::Writer;
use crate::column::State;
use crate::eval::{OpenFact, Subject, Value};
use crate::explain::words::Text;
use crate::explain::{InputFact, Teller, verdict_word};
use crate::plan::{Entity, FactDecl, NodeId, Op, PlannedRule, Type};
use crate::value::Truth;

impl Teller<'_, '_> {
    /// Whether a node rests on facts of people outside the household.
    pub(super) fn reads_others(&self, id: NodeId) -> bool {
        let plan = self.trace.plan();
        let mut open = vec![id];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(id) = open.pop() {
            let Some(node) = plan.nodes.get(id.0 as usize) else { continue };
            if node.entity == Entity::Obligor
                || matches!(node.op, Op::Aggregate { list: Entity::Obligor, .. })
            {
                return true;
            }
            open.extend(node.op.operands().into_iter().filter(|id| seen.insert(*id)));
        }
        false
    }

    /// A clause without the values behind it: the rule's own sentence where that names none, else the words of the
    /// clause and whether it holds.
    pub(super) fn in_general(&self, id: NodeId, row: usize) -> Text {
        let (id, row) = self.under_lifts(id, row);
        let truth = match self.trace.value(id, row) {
            Value::Truth(truth) => truth,
            _ => Truth::Unknown,
        };
        let plain = self.rule_at(id, row).and_then(|(rule, _)| {
            let mut says = plan_rule(self, rule)?.say.iter();
            says.find(|s| s.when == Some(truth) && s.places.is_empty())
        });
        if let Some(said) = plain {
            return Text::new(&said.zh, &said.en);
        }
        Text::both(|lang| {
            let clause = self.phrase(lang, false).clause(id, row);
            let word = match truth {
                Truth::Unknown => lang.pick("还不能确定", "still open"),
                truth => verdict_word(truth, lang),
            };
            format!("{clause}{}{word}", lang.pick("：", ": "))
        })
    }
}

fn plan_rule<'a>(teller: &Teller<'_, 'a>, at: usize) -> Option<&'a PlannedRule> {
    teller.trace.plan().rules.get(at)
}

impl Writer<'_, '_, '_> {
    /// Whether a sum of money of somebody is told: of the household and its members.
    pub(super) fn shows_money_of(&self, subject: Subject) -> bool {
        match subject {
            Subject::Household => true,
            Subject::Member(_) => self.told.subject == Subject::Household || self.told.subject == subject,
            Subject::Obligor(_) => false,
        }
    }

    /// Whether what a rule says of somebody is told: of the household, and of the member whom the letter is about.
    pub(super) fn shows_rule_of(&self, subject: Subject) -> bool {
        match subject {
            Subject::Household => true,
            Subject::Member(_) => self.told.subject == subject,
            Subject::Obligor(_) => false,
        }
    }

    /// Whether a record that may be wrong is told: beside what rules say, the family sees what its members own (sums and
    /// counts of things), and not what they are.
    pub(super) fn shows_record(&self, input: &InputFact) -> bool {
        let owned = |f: &FactDecl| f.id == input.fact && matches!(f.ty, Type::Money(_) | Type::Int);
        let theirs = self.plan().facts.iter().any(owned) && self.shows_money_of(input.subject);
        theirs || self.shows_rule_of(input.subject)
    }

    /// Whether the subject of a clause is one of whom rules are told.
    pub(super) fn shows_clause_at(&self, id: NodeId, row: usize) -> bool {
        let (id, row) = self.teller.under_lifts(id, row);
        let entity = self.plan().nodes.get(id.0 as usize).map_or(Entity::Household, |n| n.entity);
        self.shows_rule_of(crate::explain::subject(entity, row))
    }

    /// Whether a question is named: where nobody has said anything yet, asking gives nothing away; what somebody has
    /// said of another person is not even hinted at.
    pub(super) fn shows_question(&self, fact: &OpenFact, state: State) -> bool {
        let money = self.plan().facts.iter().any(|f| f.id == fact.fact && matches!(f.ty, Type::Money(_)));
        match fact.subject {
            Subject::Household => fact.fact != "obligors",
            Subject::Member(_) => {
                state == State::Missing
                    || self.shows_rule_of(fact.subject)
                    || (money && self.shows_money_of(fact.subject))
            }
            Subject::Obligor(_) => false,
        }
    }
}
