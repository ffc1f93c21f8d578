//! 一户人家: what no family can be, whatever the facts of its members: two heads, two spouses of the head, no head.

use super::{FactSheet, SheetProblem, SheetSubject};
use crate::eval::NewValue;
use crate::plan::{Entity, EnumDecl, FactDecl, Plan};
use crate::sheet::read::{enum_of, read};

/// How a member is related to the head. Its id and values are part of the vocabulary that programmes share.
const RELATION: &str = "relation";
/// Whether a member has died.
const DECEASED: &str = "deceased";

impl FactSheet {
    /// Whether the members can be one family. For sheets that people write: what a register holds is shown as it is.
    ///
    /// # Errors
    /// Two living heads, two living spouses of the head, or a whole family of which everybody's relation is known and
    /// nobody is the head.
    pub fn check_family(&self, plan: &Plan) -> Result<(), Vec<SheetProblem>> {
        let of_member = |id: &str| plan.facts.iter().find(|f| f.of == Entity::Member && f.id == id);
        let Some((relation, values)) =
            of_member(RELATION).and_then(|fact| Some((fact, enum_of(plan, fact)?)))
        else {
            return Ok(());
        };
        let value = |fact: &FactDecl, who: &SheetSubject| {
            let given = who.facts.get(&fact.id).or_else(|| who.facts.get(&fact.zh))?;
            read(plan, fact, given).ok().map(|(value, _)| value).filter(|v| *v != NewValue::Unknown)
        };
        let dead = |who: &SheetSubject| {
            of_member(DECEASED).is_some_and(|fact| value(fact, who) == Some(NewValue::Bool(true)))
        };
        let relations: Vec<Option<&str>> =
            self.members.iter().map(|who| value_id(values, value(relation, who)?)).collect();
        let mut problems = Vec::new();
        for (wanted, zh, en) in [
            ("head", "户主只能有一个：这里已是第二个", "there is one head: this is the second"),
            ("spouse", "户主的配偶只能有一个：这里已是第二个", "the head has one spouse: this is the second"),
        ] {
            let living = self.members.iter().zip(&relations).enumerate();
            let mut living = living.filter(|(_, (who, found))| **found == Some(wanted) && !dead(who));
            let first = living.next().map_or(0, |(at, _)| at);
            problems.extend(living.map(|(at, _)| {
                SheetProblem::new(
                    "sheet-family",
                    format!("members[{at}].{RELATION}"),
                    format!("{zh}，前一个是 members[{first}]；请改与户主关系"),
                    format!("{en}, the other is members[{first}]; correct the relation"),
                )
            }));
        }
        let headless = !relations.is_empty() && relations.iter().all(|r| r.is_some_and(|r| r != "head"));
        if headless && self.members_complete {
            problems.push(SheetProblem::new(
                "sheet-family",
                "members".to_owned(),
                "没有户主：请写明谁是户主；家里只有孩子的，写年龄最大的一个".to_owned(),
                "nobody is the head: say who is; where there are only children, the eldest of them"
                    .to_owned(),
            ));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

fn value_id(values: &EnumDecl, value: NewValue) -> Option<&str> {
    match value {
        NewValue::Enum(at) => values.values.get(usize::from(at)).map(|(id, _)| id.as_str()),
        NewValue::Bool(_) | NewValue::Number(_) | NewValue::Unknown => None,
    }
}
