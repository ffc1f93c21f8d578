//! 近几个月的编译: a fold over the months up to the period, one ordinary fact a month.

use super::expr::folds;
use super::types::{self, wanted};
use super::{Compiler, Scope};
use crate::book::Named;
use crate::diag::Fault;
use crate::plan::{Entity, Input, NodeId, Op, Span, Type};
use crate::syntax::ast::{Expr, ExprKind, Fold};
use crate::value::Truth;

impl Compiler<'_> {
    pub(super) fn window(
        &mut self,
        of: &Expr,
        months: u16,
        fold: Fold,
        body: Option<(&str, &Expr)>,
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<NodeId> {
        let values = self.months_of(of, months, scope)?;
        let mut bodies = Vec::with_capacity(values.len());
        for value in values {
            let id = match body {
                Some((variable, body)) => {
                    let inner = scope.with_value(variable, value);
                    self.lower(body, &inner, None)?
                }
                None => value,
            };
            bodies.push(id);
        }
        let place = body.map_or(span, |(_, body)| body.span);
        let ty = bodies.first().map(|id| self.graph.ty(*id))?;
        if !folds(fold, ty) {
            return self.fault(place, misfit(fold, ty, body.is_some()));
        }
        self.folded(fold, &bodies, ty, span)
    }

    /// The values of a fact by month, that of the period first.
    fn months_of(&mut self, of: &Expr, months: u16, scope: &Scope<'_>) -> Option<Vec<NodeId>> {
        let this = self.lower(of, scope, None)?;
        let name = match &of.kind {
            ExprKind::Name(name) | ExprKind::Field(_, name) => name,
            _ => return None,
        };
        let Some(Named::Fact(at, fact)) = self.book.resolve(name) else {
            return self.fault(
                of.span,
                Fault::new(
                    "window-fact",
                    (
                        format!("“{name}”不是事实，没有各月的值"),
                        format!("`{name}` is no fact and has no value of each month"),
                    ),
                    (
                        "写事实的名称；要算式时，写在后面的括号里",
                        "name a fact; a calculation goes into the brackets behind",
                    ),
                ),
            );
        };
        if months > fact.window {
            let (zh, en) = match fact.window {
                1 => (
                    format!("事实“{}”没有写明按月记录", fact.zh),
                    format!("the fact `{}` does not say that it is kept by month", fact.id),
                ),
                window => (
                    format!("事实“{}”只记录 {window} 个月，这里要 {months} 个月", fact.zh),
                    format!("the fact `{}` is kept for {window} months, {months} are asked for", fact.id),
                ),
            };
            let cure = format!("window = {months}");
            return self.fault(
                of.span,
                Fault::new(
                    "window-short",
                    (zh, en),
                    (
                        format!("在 facts.toml 的这个事实里写 {cure}"),
                        format!("write {cure} at this fact in facts.toml"),
                    ),
                ),
            );
        }
        let mut values = vec![this];
        for back in 1..usize::from(months) {
            let index = self.fact_index(at + back);
            self.input(Input::Fact(index));
            values.push(self.graph.node(Op::Fact(index), fact.ty, fact.of, of.span));
        }
        Some(values)
    }

    fn folded(&mut self, fold: Fold, bodies: &[NodeId], ty: Type, span: Span) -> Option<NodeId> {
        let number = |compiler: &mut Self, n: i64| {
            compiler.graph.node(Op::Number(n), Type::Int, Entity::Constant, span)
        };
        let chain = |compiler: &mut Self, all: &[NodeId], ty, op: fn(NodeId, NodeId) -> Op| {
            let mut all = all.iter().copied();
            let first = all.next()?;
            Some(all.fold(first, |sum, next| compiler.graph.binary(sum, next, ty, span, op)))
        };
        match fold {
            Fold::Any => Some(self.graph.over(bodies, Type::Bool, span, |ids| Op::Or(ids.to_vec()))),
            Fold::All => Some(self.graph.over(bodies, Type::Bool, span, |ids| Op::And(ids.to_vec()))),
            Fold::Sum => chain(self, bodies, ty, Op::Add),
            Fold::Max => chain(self, bodies, ty, Op::Max),
            Fold::Min => chain(self, bodies, ty, Op::Min),
            Fold::Count => {
                let (one, none) = (number(self, 1), number(self, 0));
                let mut counted = Vec::with_capacity(bodies.len());
                for body in bodies {
                    counted.push(self.graph.over(&[*body, one, none], Type::Int, span, |ids| match ids {
                        [c, a, b] => Op::If(*c, *a, *b),
                        _ => Op::Truth(Truth::Unknown),
                    }));
                }
                chain(self, &counted, Type::Int, Op::Add)
            }
            Fold::Avg => {
                let sum = chain(self, bodies, ty, Op::Add)?;
                let count = number(self, i64::try_from(bodies.len()).ok()?);
                let ty = types::quotient(ty, Type::Int)?;
                Some(self.graph.binary(sum, count, ty, span, Op::Div))
            }
        }
    }
}

/// Why values cannot be folded so.
fn misfit(fold: Fold, ty: Type, has_body: bool) -> Fault {
    if matches!(fold, Fold::Any | Fold::All | Fold::Count) {
        let word = fold.word(crate::Lang::Zh);
        let en = fold.word(crate::Lang::En);
        let (zh_type, en_type) = types::words(ty);
        let found = if has_body { (zh_type, en_type) } else { ("各月的值", "the values of the months") };
        return Fault::new(
            "type",
            (
                format!("“{word}”要一个是非，却是{}", found.0),
                format!("`{en}` takes a truth but found {}", found.1),
            ),
            (
                format!("写成 .{word}(v, v > 0元) 这样，v 是一个月的值"),
                format!("write for example .{en}(v, v > 0元), where v is the value of a month"),
            ),
        );
    }
    wanted(("数", "a number"), ty)
}
