//! 待遇组的说明: which outcomes stand in each other's way, which of them stands or what each pays, and what would
//! decide that.

use serde::Serialize;

use super::text::amount_of;
use super::words::{Text, verdict_word};
use super::{Teller, subject};
use crate::eval::{OpenFact, Subject, Value, open_facts};
use crate::lang::Lang;
use crate::plan::{Chooser, Entity, GroupKind, NodeId, Per, PlannedGroup, PlannedOutcome, Type};
use crate::value::Truth;

/// 待遇组 of a result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupResult {
    /// Group id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// How its outcomes go together.
    pub kind: GroupKind,
    /// Who chooses, where one of them is to be chosen.
    pub chosen_by: Option<Chooser>,
    /// The outcomes that are met or may be, in the order of the law.
    pub outcomes: Vec<GroupOutcome>,
    /// What this means here; empty where nothing stands in the way of anything.
    pub text: Text,
    /// What would decide which one stands or what each pays.
    pub open_facts: Vec<OpenFact>,
    /// Articles.
    pub source: Vec<String>,
}

/// An outcome within a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupOutcome {
    /// Outcome id.
    pub programme: String,
    /// Title.
    pub title: Text,
    /// Of whom.
    pub subject: Subject,
    /// Whether it is met.
    pub outcome: Truth,
    /// Least and largest possible amount in fen, should it be met.
    pub amount_fen: (Option<i64>, Option<i64>),
    /// Per what time; absent where it pays nothing.
    pub unit: Option<Per>,
    /// Whether it stands: to be chosen (one of), before the others (the higher), beside them (top up).
    pub stands: Truth,
    /// What it pays beside the others in fen, should it be met: the amount itself but for a top-up.
    pub pays_fen: (Option<i64>, Option<i64>),
}

impl Teller<'_, '_> {
    /// The groups that hold outcome `o`, as the household or member at `row` meets them.
    pub(super) fn groups(&self, o: usize, of: Entity, row: usize) -> Vec<GroupResult> {
        let groups = self.plan().groups.iter().filter(|group| group.outcomes.contains(&o));
        groups.map(|group| self.group(group, o, of, row)).collect()
    }

    fn group(&self, group: &PlannedGroup, explained: usize, of: Entity, row: usize) -> GroupResult {
        let mut outcomes = Vec::new();
        let mut open: Vec<OpenFact> = Vec::new();
        for (place, o) in group.outcomes.iter().enumerate() {
            let Some(planned) = self.plan().outcomes.get(*o) else { continue };
            // Beside a household's outcome each of its members counts; beside a member's only the same member.
            let rows = match (planned.of, of) {
                (Entity::Member, Entity::Member) => row..row.saturating_add(1),
                (Entity::Member, _) => 0..self.trace.members(),
                _ => 0..1,
            };
            for row in rows {
                let one = self.of_group(group, place, *o, planned, row);
                if one.outcome == Truth::False && *o != explained {
                    continue;
                }
                let settled =
                    one.outcome != Truth::Unknown && one.stands != Truth::Unknown && known(one.pays_fen);
                if !settled && one.stands != Truth::False {
                    let member = (planned.of == Entity::Member).then_some(row);
                    for fact in open_facts(self.trace, *o, member) {
                        if !open.contains(&fact) {
                            open.push(fact);
                        }
                    }
                }
                outcomes.push(one);
            }
        }
        let text = Text::both(|lang| self.group_words(group, &outcomes, &open, lang));
        GroupResult {
            id: group.id.clone(),
            title: Text::new(&group.zh, &group.en),
            kind: group.kind,
            chosen_by: (group.kind == GroupKind::OneOf).then_some(group.chosen_by),
            outcomes,
            text,
            open_facts: open,
            source: group.source.clone(),
        }
    }

    fn of_group(
        &self,
        group: &PlannedGroup,
        place: usize,
        o: usize,
        planned: &PlannedOutcome,
        row: usize,
    ) -> GroupOutcome {
        let evaluation = self.trace.evaluation();
        let (outcome, amount) = match planned.of {
            Entity::Member => (evaluation.outcome_member(o, row), evaluation.amount_member(o, row)),
            _ => (evaluation.outcome(o, 0), evaluation.amount(o, 0)),
        };
        let at = |nodes: &[NodeId]| nodes.get(place).map(|id| self.trace.value(*id, row));
        let stands = match at(&group.stands) {
            Some(Value::Truth(truth)) => truth,
            _ => outcome,
        };
        let pays = match at(&group.pays) {
            Some(Value::Number { lo, hi }) => (lo, hi),
            _ => amount,
        };
        let unit = planned.amount.and_then(|id| self.node_type(id)).and_then(|ty| match ty {
            Type::Money(per) | Type::Exact(per) => Some(per),
            _ => None,
        });
        GroupOutcome {
            programme: planned.id.clone(),
            title: Text::new(&planned.zh, &planned.en),
            subject: subject(planned.of, row),
            outcome,
            amount_fen: amount,
            unit,
            stands,
            pays_fen: pays,
        }
    }

    fn group_words(
        &self,
        group: &PlannedGroup,
        all: &[GroupOutcome],
        open: &[OpenFact],
        lang: Lang,
    ) -> String {
        let likely: Vec<&GroupOutcome> = all.iter().filter(|one| one.outcome != Truth::False).collect();
        if likely.len() < 2 {
            return String::new();
        }
        let name = |one: &GroupOutcome| match one.subject {
            Subject::Household => one.title.pick(lang).to_owned(),
            of => format!("{} {}", self.name(of), one.title.pick(lang)),
        };
        let join = |parts: Vec<String>| parts.join(lang.pick("、", ", "));
        let named = join(likely.iter().map(|one| name(one)).collect());
        let asked = || {
            let facts = open.iter().map(|fact| match fact.subject {
                Subject::Household => lang.pick(&fact.zh, &fact.en).to_owned(),
                of => format!("{}.{}", self.name(of), lang.pick(&fact.zh, &fact.en)),
            });
            join(facts.collect())
        };
        match group.kind {
            GroupKind::OneOf => {
                let who = match group.chosen_by {
                    Chooser::Authority => lang.pick("审核确认机关", "the authority"),
                    Chooser::Person => lang.pick("本人", "the person"),
                };
                let states = join(
                    likely
                        .iter()
                        .map(|one| format!("{}({})", name(one), verdict_word(one.outcome, lang)))
                        .collect(),
                );
                // Several members may each have one of them.
                let mut members =
                    likely.iter().map(|one| one.subject).filter(|s| matches!(s, Subject::Member(_)));
                let first = members.next();
                match (lang, members.any(|other| Some(other) != first)) {
                    (Lang::Zh, true) => format!("{states}，同一个人只能享受一项，由{who}选定"),
                    (Lang::En, true) => format!("of {states} one person can have only one; {who} chooses"),
                    (Lang::Zh, false) => format!("{states}只能享受一项，由{who}选定"),
                    (Lang::En, false) => format!("only one of {states} can be had; {who} chooses"),
                }
            }
            GroupKind::TakeTheHigher => match likely.iter().find(|one| one.stands == Truth::True) {
                Some(one) => {
                    let sum = one.unit.map(|unit| amount_of(one.amount_fen, unit, lang)).unwrap_or_default();
                    match lang {
                        Lang::Zh => format!("{named}就高享受一项：{}，{sum}", name(one)),
                        Lang::En => format!("of {named} the higher stands: {}, {sum}", name(one)),
                    }
                }
                None => match lang {
                    Lang::Zh => format!("{named}就高享受一项，哪一项高尚不能确定，需查明：{}", asked()),
                    Lang::En => {
                        format!("of {named} the higher stands; which one is still open: find out {}", asked())
                    }
                },
            },
            GroupKind::TopUp => {
                let sums = likely.iter().map(|one| {
                    let sum = one.unit.map(|unit| amount_of(one.pays_fen, unit, lang)).unwrap_or_default();
                    format!("{} {sum}", name(one))
                });
                let sums = join(sums.collect());
                let rest = match (open.is_empty(), lang) {
                    (true, _) => String::new(),
                    (false, Lang::Zh) => format!("，需查明：{}", asked()),
                    (false, Lang::En) => format!("; find out {}", asked()),
                };
                match lang {
                    Lang::Zh => format!("依次补足：{sums}{rest}"),
                    Lang::En => format!("each fills up those before it: {sums}{rest}"),
                }
            }
        }
    }
}

fn known((lo, hi): (Option<i64>, Option<i64>)) -> bool {
    lo.is_some() && lo == hi
}
