//! 例外的编译: exceptions by their priority, exceptions to exceptions, and what nobody has decided between them.

use super::together::Together;
use super::types::{self, convert};
use super::{Compiler, Scope};
use crate::book::decl::ExceptDecl;
use crate::diag::Fault;
use crate::lang::Lang;
use crate::plan::{Entity, NodeId, Op, PlannedDispute, PlannedExcept, Span, Type};
use crate::value::Truth;

/// What an explanation is told of the exceptions of a rule.
#[derive(Default)]
pub(super) struct Told {
    pub(super) excepts: Vec<PlannedExcept>,
    pub(super) disputes: Vec<PlannedDispute>,
}

/// An exception, lowered.
struct Made<'a> {
    decl: &'a ExceptDecl,
    when: NodeId,
    value: NodeId,
    /// Its place among those that are told.
    told: usize,
    /// Later ones of its group that may hold at once with another value.
    against: Vec<usize>,
}

impl Compiler<'_> {
    /// A value with its exceptions. `within` holds where the value is asked for at all.
    pub(super) fn excepted(
        &mut self,
        value: Option<NodeId>,
        excepts: &[ExceptDecl],
        scope: &Scope<'_>,
        want: Option<Type>,
        within: &[NodeId],
        told: &mut Told,
    ) -> Option<NodeId> {
        let mut levels: Vec<i64> = excepts.iter().map(|except| except.priority).collect();
        levels.sort_unstable_by(|a, b| b.cmp(a));
        levels.dedup();
        let mut made: Vec<Vec<Made<'_>>> = Vec::with_capacity(levels.len());
        let mut whole = true;
        // What must hold for a level to be reached: that nothing above it does.
        let mut reached = within.to_vec();
        for level in levels {
            let mut group = Vec::new();
            for except in excepts.iter().filter(|except| except.priority == level) {
                match self.exception(except, scope, want, &reached, told) {
                    Some(one) => group.push(one),
                    None => whole = false,
                }
            }
            let not: Vec<NodeId> = group
                .iter()
                .map(|one| self.graph.unary(one.when, Type::Bool, one.decl.when.span, Op::Not))
                .collect();
            whole &= self.disputed(&mut group, &reached, told);
            reached.extend(not);
            made.push(group);
        }
        let base = value?;
        if !whole {
            return None;
        }
        self.joined(base, made)
    }

    fn exception<'a>(
        &mut self,
        decl: &'a ExceptDecl,
        scope: &Scope<'_>,
        want: Option<Type>,
        reached: &[NodeId],
        told: &mut Told,
    ) -> Option<Made<'a>> {
        let when = self.truth(&decl.when, scope);
        let value = self.lower(&decl.value, scope, want);
        let when = when?;
        let span = decl.when.span;
        let mut here = reached.to_vec();
        here.push(when);
        if matches!(self.together(&here), Together::Never) {
            return self.fault(span, idle());
        }
        let at = told.excepts.len();
        // An exception of its own that holds takes the decision from it.
        let mut alone = here.clone();
        for inner in &decl.excepts {
            let inner = self.truth(&inner.when, scope)?;
            alone.push(self.graph.unary(inner, Type::Bool, span, Op::Not));
        }
        told.excepts.push(PlannedExcept {
            id: decl.id.clone(),
            zh: decl.zh.clone(),
            en: decl.en.clone(),
            decides: self.all_of(&alone, span),
            source: decl.source.clone(),
        });
        let value = self.excepted(value, &decl.excepts, scope, want, &here, told)?;
        Some(Made { decl, when, value, told: at, against: Vec::new() })
    }

    /// Two exceptions of one priority that can hold at once with different values contradict each other: refused
    /// where that is certain (then the answer is false), told where it may turn out so.
    fn disputed(&mut self, group: &mut [Made<'_>], reached: &[NodeId], told: &mut Told) -> bool {
        let mut faults = Vec::new();
        let mut pairs = Vec::new();
        for (second, b) in group.iter().enumerate() {
            for (first, a) in group.iter().enumerate().take(second) {
                let differ = match (self.constant_of(a.value), self.constant_of(b.value)) {
                    _ if a.value == b.value => Some(false),
                    (Some(x), Some(y)) => Some(x != y),
                    _ => None,
                };
                if differ == Some(false) {
                    continue;
                }
                if matches!(self.together(&[a.when, b.when]), Together::Never) {
                    continue;
                }
                let mut all = reached.to_vec();
                all.extend([a.when, b.when]);
                match self.together(&all) {
                    Together::Sure(words) if differ == Some(true) => {
                        faults.push((b.decl.span, self.conflict(a, b, &words)));
                    }
                    _ => pairs.push((first, second, all)),
                }
            }
        }
        for (first, second, all) in pairs {
            let (Some(a), Some(b)) = (group.get(first), group.get(second)) else { continue };
            told.disputes.push(PlannedDispute {
                excepts: (a.told, b.told),
                both: self.all_of(&all, b.decl.when.span),
                values: (a.value, b.value),
            });
            if let Some(a) = group.get_mut(first) {
                a.against.push(second);
            }
        }
        let sound = faults.is_empty();
        for (span, fault) in faults {
            self.fault::<()>(span, fault);
        }
        sound
    }

    fn conflict(&self, a: &Made<'_>, b: &Made<'_>, words: &(String, String)) -> Fault {
        let place = |one: &Made<'_>| {
            let (path, line, _) = self.book.place(one.decl.span);
            format!("{path}:{line}")
        };
        let value = |one: &Made<'_>, lang| self.book.text_of(&one.decl.value, lang);
        Fault::new(
            "exception-conflict",
            (
                format!(
                    "{} 的例外“{}”与 {} 的例外“{}”优先级相同，都适用于: {}，结果却不同({} 与 {})",
                    place(a),
                    a.decl.zh,
                    place(b),
                    b.decl.zh,
                    words.0,
                    value(a, Lang::Zh),
                    value(b, Lang::Zh)
                ),
                format!(
                    "the exceptions `{}` at {} and `{}` at {} have the same priority and both hold where {}, with different values ({} and {})",
                    a.decl.id,
                    place(a),
                    b.decl.id,
                    place(b),
                    words.1,
                    value(a, Lang::En),
                    value(b, Lang::En)
                ),
            ),
            (
                "给应当作数的一个写更高的 priority，或写成另一个的例外 [[rule.except.except]]",
                "give the one that counts a higher `priority`, or make it an exception to the other: [[rule.except.except]]",
            ),
        )
    }

    /// The choices from the lowest priority up.
    fn joined(&mut self, base: NodeId, levels: Vec<Vec<Made<'_>>>) -> Option<NodeId> {
        let mut ty = self.graph.ty(base);
        for one in levels.iter().flatten() {
            let found = self.graph.ty(one.value);
            ty = match types::common(ty, found) {
                Some(ty) => ty,
                None => {
                    let fault = self.mismatch(found, ty);
                    return self.fault(one.decl.value.span, fault);
                }
            };
        }
        let mut node = convert(&mut self.graph, base, ty);
        for mut group in levels.into_iter().rev() {
            for one in &mut group {
                one.value = convert(&mut self.graph, one.value, ty);
            }
            for one in group.iter().rev() {
                let mut value = one.value;
                for other in one.against.iter().filter_map(|other| group.get(*other)) {
                    value = self.either(other, value);
                }
                node = self.pick(one.when, value, node, ty, one.decl.value.span);
            }
        }
        Some(node)
    }

    /// What an exception gives beside another of its priority: where both hold, one or the other of their values.
    fn either(&mut self, other: &Made<'_>, value: NodeId) -> NodeId {
        let (ty, span) = (self.graph.ty(value), other.decl.value.span);
        let nobody_knows = self.graph.node(Op::Truth(Truth::Unknown), Type::Bool, Entity::Constant, span);
        let open = self.pick(nobody_knows, value, other.value, ty, span);
        self.pick(other.when, open, value, ty, span)
    }

    fn pick(&mut self, when: NodeId, then: NodeId, other: NodeId, ty: Type, span: Span) -> NodeId {
        self.graph.over(&[when, then, other], ty, span, |ids| match ids {
            [c, a, b] => Op::If(*c, *a, *b),
            _ => Op::Truth(Truth::Unknown),
        })
    }
}

fn idle() -> Fault {
    Fault::new(
        "idle-exception",
        (
            "这个例外不会起作用: 条件自相矛盾，或优先级更高的例外已包含它的全部情形",
            "this exception never decides: its condition contradicts itself, or one of a higher priority covers all of it",
        ),
        ("核对条件和 priority，或删去这个例外", "check its condition and `priority`, or remove it"),
    )
}
