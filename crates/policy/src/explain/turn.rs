//! 最近的变化, 是否: one yes or no that a person can change and that turns the result by itself.

use serde::Serialize;

use super::Teller;
use super::words::Text;
use crate::column::{Data, State};
use crate::eval::{Change, NewValue, Subject, copies, met_of};
use crate::plan::Entity;
use crate::value::Truth;

/// How many facts are tried.
const MOST: usize = 12;

/// 是否的变化
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Fact id.
    pub fact: String,
    /// Label.
    pub label: Text,
    /// Whose.
    pub subject: Subject,
    /// What it would have to be.
    pub to: bool,
    /// The result then.
    pub outcome: Truth,
}

/// `None` where the result is unknown or no single changeable yes or no turns it. Of several the first of the vocabulary.
pub(crate) fn turn(teller: &Teller<'_, '_>, o: usize, row: usize, truth: Truth) -> Option<Turn> {
    if truth == Truth::Unknown {
        return None;
    }
    let (plan, trace) = (teller.plan(), teller.trace);
    let batch = trace.batch();
    let mut changes: Vec<Vec<Change<'_>>> = Vec::new();
    for fact in crate::template::facts_read(plan, o).iter().filter_map(|f| plan.facts.get(*f)) {
        let columns = match fact.of {
            Entity::Household => &batch.columns,
            Entity::Member => &batch.members.columns,
            Entity::Obligor | Entity::Constant => continue,
        };
        let Some(column) = columns.get(&fact.id).filter(|_| fact.changeable) else { continue };
        let Data::Bool(values) = &column.data else { continue };
        // For a member, what concerns that member; for a household, anybody in it.
        let own = fact.of == Entity::Member && plan.is_member_outcome(o);
        let rows = if fact.of == Entity::Member { trace.members() } else { 1 };
        for at in (0..rows).filter(|at| !own || *at == row) {
            let place = trace.batch_row(fact.of, at);
            if let (Some(today), Some(State::Known)) = (values.get(place), column.state.get(place)) {
                let subject = super::subject(fact.of, at);
                changes.push(vec![Change { fact, subject, value: NewValue::Bool(!today) }]);
            }
        }
    }
    if changes.is_empty() {
        return None;
    }
    changes.truncate(MOST);
    let schedule = plan.met_of(o);
    let copies = copies(batch, trace.household(), &changes, plan.facts_of(&schedule));
    let all = met_of(plan, &copies, trace.mode(), o);
    let of_members = plan.is_member_outcome(o);
    let result = |copy: usize| {
        let at = if of_members { copy * trace.members() + row } else { copy };
        all.get(at).copied().unwrap_or(Truth::Unknown)
    };
    let found = (0..changes.len()).find(|copy| result(*copy) == truth.not())?;
    let change = changes.get(found)?.first()?;
    Some(Turn {
        fact: change.fact.id.clone(),
        label: Text::new(&change.fact.zh, &change.fact.en),
        subject: change.subject,
        to: matches!(change.value, NewValue::Bool(true)),
        outcome: truth.not(),
    })
}
