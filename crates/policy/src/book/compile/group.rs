//! 待遇组的编译: which of several outcomes stands, and what one pays beside another.

use super::Compiler;
use super::types::convert;
use crate::book::Book;
use crate::book::decl::GroupDecl;
use crate::diag::Fault;
use crate::plan::{Cmp, Entity, GroupKind, NodeId, Op, PlannedGroup, PlannedOutcome, Span, Type};

/// An outcome of a group whose amounts are held against each other.
#[derive(Clone, Copy)]
struct Paying {
    met: NodeId,
    amount: NodeId,
}

impl<'a> Compiler<'a> {
    pub(super) fn all_groups(&mut self, outcomes: &[PlannedOutcome]) -> Vec<PlannedGroup> {
        let book: &'a Book = self.book;
        let mut planned: Vec<PlannedGroup> = Vec::new();
        for group in &book.groups {
            if !group.validity.holds(self.day, self.as_of) {
                continue;
            }
            if planned.iter().any(|other| other.id == group.id) {
                let day = self.day;
                self.fault::<()>(
                    group.span,
                    Fault::new(
                        "overlap",
                        (
                            format!("待遇组“{}”在 {day} 有两个版本", group.zh),
                            format!("the group `{}` has two versions on {day}", group.id),
                        ),
                        ("给较早的版本写上结束日期 to", "give the earlier version its last day: `to`"),
                    ),
                );
            }
            planned.extend(self.group(group, outcomes));
        }
        planned
    }

    fn group(&mut self, group: &GroupDecl, all: &[PlannedOutcome]) -> Option<PlannedGroup> {
        // An outcome that is not in force stands in nobody's way.
        let found = group.outcomes.iter().filter_map(|id| all.iter().position(|o| o.id == *id));
        let outcomes: Vec<usize> = found.collect();
        let mut planned = PlannedGroup {
            id: group.id.clone(),
            zh: group.zh.clone(),
            en: group.en.clone(),
            kind: group.kind,
            chosen_by: group.chosen_by,
            outcomes,
            stands: Vec::new(),
            pays: Vec::new(),
            source: group.source.clone(),
        };
        let of_group: Vec<&PlannedOutcome> = planned.outcomes.iter().filter_map(|at| all.get(*at)).collect();
        match group.kind {
            GroupKind::OneOf => {}
            GroupKind::TakeTheHigher => {
                let paying = self.paying(group, &of_group)?;
                planned.stands = self.higher(&paying, group.span);
            }
            GroupKind::TopUp => {
                let paying = self.paying(group, &of_group)?;
                planned.pays = self.topped(&paying, group.span);
            }
        }
        Some(planned)
    }

    /// Amounts can be held against each other where they are of one subject and count per the same time.
    fn paying(&mut self, group: &GroupDecl, outcomes: &[&PlannedOutcome]) -> Option<Vec<Paying>> {
        let mut found: Vec<Paying> = Vec::new();
        let mut first: Option<(Entity, Type)> = None;
        for outcome in outcomes {
            let like = outcome.amount.map(|amount| (outcome.of, self.graph.ty(amount)));
            let (Some(amount), Some(like)) = (outcome.amount, like) else {
                return self.fault(
                    group.span,
                    Fault::new(
                        "group-amount",
                        (
                            format!("“{}”不发钱，不能比较或补足金额", outcome.zh),
                            format!(
                                "`{}` pays nothing; there is no amount to compare or fill up",
                                outcome.id
                            ),
                        ),
                        ("从这一组去掉，或用 kind = \"one_of\"", "leave it out, or write kind = \"one_of\""),
                    ),
                );
            };
            if *first.get_or_insert(like) != like {
                return self.fault(
                    group.span,
                    Fault::new(
                        "group-amount",
                        (
                            format!("“{}”的金额与同组的不能比: 对象(户或人)或单位不同", outcome.zh),
                            format!(
                                "the amount of `{}` is of another subject or unit than that of its group",
                                outcome.id
                            ),
                        ),
                        (
                            "一组的金额要属于同样的对象，单位相同",
                            "the amounts of a group are of one subject and per the same time",
                        ),
                    ),
                );
            }
            found.push(Paying { met: outcome.met, amount: self.graph.lift(amount, outcome.of) });
        }
        Some(found)
    }

    /// Of each outcome: met, and no other that is met pays more (or as much and comes first).
    fn higher(&mut self, all: &[Paying], span: Span) -> Vec<NodeId> {
        let mut stands = Vec::with_capacity(all.len());
        for (at, one) in all.iter().enumerate() {
            let mut parts = vec![one.met];
            for (other_at, other) in all.iter().enumerate().filter(|(other, _)| *other != at) {
                let cmp = if other_at < at { Cmp::Gt } else { Cmp::Ge };
                let not = self.graph.unary(other.met, Type::Bool, span, Op::Not);
                let more = self
                    .graph
                    .binary(one.amount, other.amount, Type::Bool, span, |a, b| Op::Compare(cmp, a, b));
                parts.push(self.graph.over(&[not, more], Type::Bool, span, |ids| Op::Or(ids.to_vec())));
            }
            stands.push(self.all_of(&parts, span));
        }
        stands
    }

    /// What each pays beside those before it, should it be met.
    fn topped(&mut self, all: &[Paying], span: Span) -> Vec<NodeId> {
        let mut pays = Vec::with_capacity(all.len());
        let mut level: Option<NodeId> = None;
        for one in all {
            let ty = self.graph.ty(one.amount);
            let zero = self.graph.node(Op::Number(0), ty, Entity::Constant, span);
            let zero = convert(&mut self.graph, zero, ty);
            let (paid, reached) = match level {
                None => (one.amount, one.amount),
                Some(level) => {
                    let rest = self.graph.binary(one.amount, level, ty, span, Op::Sub);
                    let paid = self.graph.binary(rest, zero, ty, span, Op::Max);
                    (paid, self.graph.binary(one.amount, level, ty, span, Op::Max))
                }
            };
            pays.push(paid);
            level = Some(self.choice(one.met, reached, level.unwrap_or(zero), span));
        }
        pays
    }
}
