//! 编译表达式: a tree to typed nodes.

use super::types::{self, convert, mismatch, unify, wanted};
use super::{Compiler, Scope};
use crate::diag::Fault;
use crate::plan::{self, Cmp, Entity, EnumDecl, NodeId, Op, Per, Span, Type};
use crate::syntax::ast::{Expr, ExprKind, Fold, Function};
use crate::syntax::words;
use crate::value::Truth;

impl Compiler<'_> {
    /// The node of an expression; `None` after a fault has been recorded. `want` types literals of money
    /// without a time and names of enum values.
    pub(super) fn lower(&mut self, expr: &Expr, scope: &Scope<'_>, want: Option<Type>) -> Option<NodeId> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Bool(b) => {
                let truth = if *b { Truth::True } else { Truth::False };
                Some(self.constant(Op::Truth(truth), Type::Bool, span))
            }
            ExprKind::Int(n) => Some(self.constant(Op::Number(*n), Type::Int, span)),
            ExprKind::Rate(rate) => Some(self.constant(Op::Ratio(*rate), Type::Rate, span)),
            ExprKind::Date(date) => Some(self.constant(Op::Number(i64::from(date.0)), Type::Date, span)),
            ExprKind::Month(month) => Some(self.constant(Op::Number(i64::from(month.0)), Type::Month, span)),
            ExprKind::Money(fen, per) => {
                let per = per.unwrap_or(match want {
                    Some(Type::Money(per) | Type::Exact(per)) => per,
                    _ => Per::Once,
                });
                Some(self.constant(Op::Number(fen.0), Type::Money(per), span))
            }
            ExprKind::Name(name) => self.bare(name, span, scope, want),
            ExprKind::Field(variable, name) => self.field(variable, name, span, scope),
            ExprKind::Not(a) => {
                let a = self.truth(a, scope)?;
                Some(self.graph.unary(a, Type::Bool, span, Op::Not))
            }
            ExprKind::And(..) | ExprKind::Or(..) => self.junction(expr, scope),
            ExprKind::Neg(a) => {
                let id = self.lower(a, scope, want)?;
                let ty = self.graph.ty(id);
                if !types::is_number(ty) {
                    return self.fault(a.span, wanted(("数", "a number"), ty));
                }
                Some(self.graph.unary(id, ty, span, Op::Neg))
            }
            ExprKind::Compare(cmp, a, b) => self.compare(*cmp, a, b, span, scope),
            ExprKind::In(a, values) => self.membership(a, values, span, scope),
            ExprKind::Add(a, b) => self.sum(a, b, span, scope, want),
            ExprKind::Sub(a, b) => self.difference(a, b, span, scope, want),
            ExprKind::Mul(a, b) => self.product(a, b, span, scope, want),
            ExprKind::Div(a, b) => self.quotient(a, b, span, scope, want),
            ExprKind::If(c, a, b) => {
                let c = self.truth(c, scope);
                let pair = self.pair(a, b, scope, want);
                let (c, (a, b)) = (c?, pair?);
                let (a, b, ty) = self.unified(a, b, span)?;
                Some(self.graph.over(&[c, a, b], ty, span, |ids| match ids {
                    [c, a, b] => Op::If(*c, *a, *b),
                    _ => Op::Truth(Truth::Unknown),
                }))
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments, span, scope, want),
            ExprKind::Window { of, months, fold, body } => {
                let body = body.as_ref().map(|(v, b)| (v.as_str(), &**b));
                self.window(of, *months, *fold, body, span, scope)
            }
            ExprKind::Aggregate { list, filters, fold, body } => {
                let body = body.as_ref().map(|(v, b)| (v.as_str(), &**b));
                self.aggregate(*list, filters, *fold, body, span, scope)
            }
        }
    }

    fn constant(&mut self, op: Op, ty: Type, span: Span) -> NodeId {
        self.graph.node(op, ty, Entity::Constant, span)
    }

    /// An operand that must be a truth.
    pub(super) fn truth(&mut self, expr: &Expr, scope: &Scope<'_>) -> Option<NodeId> {
        let id = self.lower(expr, scope, Some(Type::Bool))?;
        let ty = self.graph.ty(id);
        if ty == Type::Bool {
            return Some(id);
        }
        self.fault(expr.span, wanted(("是非", "a truth"), ty))
    }

    /// A chain of one operator as one node.
    fn junction(&mut self, expr: &Expr, scope: &Scope<'_>) -> Option<NodeId> {
        let conjunction = matches!(expr.kind, ExprKind::And(..));
        let mut operands = Vec::new();
        let mut open = vec![expr];
        while let Some(here) = open.pop() {
            match (&here.kind, conjunction) {
                (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => {
                    open.push(b);
                    open.push(a);
                }
                _ => operands.push(self.truth(here, scope)),
            }
        }
        let operands: Vec<NodeId> = operands.into_iter().collect::<Option<_>>()?;
        Some(self.graph.over(&operands, Type::Bool, expr.span, |ids| {
            if conjunction { Op::And(ids.to_vec()) } else { Op::Or(ids.to_vec()) }
        }))
    }

    /// Two operands of which one may take its type from the other.
    fn pair(
        &mut self,
        a: &Expr,
        b: &Expr,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<(NodeId, NodeId)> {
        if self.leans(a, scope) && !self.leans(b, scope) {
            let b = self.lower(b, scope, want);
            let want = b.map(|b| self.graph.ty(b)).or(want);
            if b.is_none() && self.is_value_name(a, scope) {
                return None;
            }
            let a = self.lower(a, scope, want);
            return Some((a?, b?));
        }
        let first = self.lower(a, scope, want);
        if first.is_none() && self.is_value_name(b, scope) {
            return None;
        }
        let want = first.map(|a| self.graph.ty(a)).or(want);
        let second = self.lower(b, scope, want);
        Some((first?, second?))
    }

    /// Whether an expression takes its type from its surroundings.
    pub(super) fn leans(&self, expr: &Expr, scope: &Scope<'_>) -> bool {
        let leans = |expr: &Expr| self.leans(expr, scope);
        match &expr.kind {
            ExprKind::Money(_, None) => true,
            ExprKind::Name(_) => self.is_value_name(expr, scope),
            ExprKind::Neg(a) => leans(a),
            ExprKind::If(_, a, b) | ExprKind::Add(a, b) | ExprKind::Sub(a, b) | ExprKind::Mul(a, b) => {
                let literal = |e: &Expr| matches!(e.kind, ExprKind::Int(_) | ExprKind::Rate(_));
                (leans(a) || literal(a)) && (leans(b) || literal(b)) && (leans(a) || leans(b))
            }
            ExprKind::Call(Function::Min | Function::Max | Function::OrElse, arguments) => {
                arguments.iter().all(leans)
            }
            _ => false,
        }
    }

    /// Whether a name is none of the book's, so that it can only be a value of an enum.
    fn is_value_name(&self, expr: &Expr, scope: &Scope<'_>) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => scope.value_of(name).is_none() && self.book.resolve(name).is_none(),
            _ => false,
        }
    }

    pub(super) fn unified(&mut self, a: NodeId, b: NodeId, span: Span) -> Option<(NodeId, NodeId, Type)> {
        match unify(&mut self.graph, a, b) {
            Some(unified) => Some(unified),
            None => {
                let fault = self.mismatch(self.graph.ty(a), self.graph.ty(b));
                self.fault(span, fault)
            }
        }
    }

    /// Why two types do not go together.
    pub(super) fn mismatch(&self, a: Type, b: Type) -> Fault {
        let named = |ty| match ty {
            Type::Enum(index) => self.book.enums.get(usize::from(index)),
            _ => None,
        };
        let (Some(left), Some(right)) = (named(a), named(b)) else {
            return mismatch(a, b);
        };
        let values = |decl: &EnumDecl, lang: crate::Lang| {
            let all: Vec<&str> = decl.values.iter().map(|(id, zh)| lang.pick(zh, id)).collect();
            all.join(lang.pick("、", ", "))
        };
        Fault::new(
            "enum-mismatch",
            (
                format!("“{}”与“{}”是两个不同的枚举，它们的值不能相比", left.id, right.id),
                format!("`{}` and `{}` are two enums; their values cannot be compared", left.id, right.id),
            ),
            (
                format!(
                    "各与自己的值比较: {} 可以是 {}；{} 可以是 {}",
                    left.id,
                    values(left, crate::Lang::Zh),
                    right.id,
                    values(right, crate::Lang::Zh)
                ),
                format!(
                    "compare each with its own values: {} is one of {}; {} is one of {}",
                    left.id,
                    values(left, crate::Lang::En),
                    right.id,
                    values(right, crate::Lang::En)
                ),
            ),
        )
    }

    fn compare(&mut self, cmp: Cmp, a: &Expr, b: &Expr, span: Span, scope: &Scope<'_>) -> Option<NodeId> {
        let (a, b) = self.pair(a, b, scope, None)?;
        let (a, b, ty) = self.unified(a, b, span)?;
        if !matches!(cmp, Cmp::Eq | Cmp::Ne) && !types::is_ordered(ty) {
            return self.fault(
                span,
                Fault::new(
                    "type",
                    (
                        format!("{}不能比较大小", types::words(ty).0),
                        format!("{} has no order", types::words(ty).1),
                    ),
                    ("用 =、!= 或 在 […]", "use =, != or in […]"),
                ),
            );
        }
        Some(self.graph.binary(a, b, Type::Bool, span, |a, b| Op::Compare(cmp, a, b)))
    }

    fn membership(&mut self, a: &Expr, values: &[Expr], span: Span, scope: &Scope<'_>) -> Option<NodeId> {
        let id = self.lower(a, scope, None)?;
        let Type::Enum(index) = self.graph.ty(id) else {
            return self.one_of(id, values, span, scope);
        };
        let mut mask = 0_u64;
        let mut whole = true;
        for value in values {
            let at = match &value.kind {
                ExprKind::Name(name) => self.value_of(index, name, value.span),
                _ => {
                    let ty = Type::Enum(index);
                    self.fault(value.span, wanted(("枚举的值", "an enum value"), ty))
                }
            };
            match at {
                Some(at) => mask |= 1_u64.checked_shl(u32::from(at)).unwrap_or(0),
                None => whole = false,
            }
        }
        whole.then(|| self.graph.unary(id, Type::Bool, span, |id| Op::In(id, mask)))
    }

    /// Membership among numbers: equal to one of them.
    fn one_of(&mut self, id: NodeId, values: &[Expr], span: Span, scope: &Scope<'_>) -> Option<NodeId> {
        let want = self.graph.ty(id);
        let mut equal = Vec::new();
        for value in values {
            let other = self.lower(value, scope, Some(want))?;
            let (a, b, _) = self.unified(id, other, value.span)?;
            equal.push(self.graph.binary(a, b, Type::Bool, value.span, |a, b| Op::Compare(Cmp::Eq, a, b)));
        }
        Some(self.graph.over(&equal, Type::Bool, span, |ids| Op::Or(ids.to_vec())))
    }

    fn sum(
        &mut self,
        a: &Expr,
        b: &Expr,
        span: Span,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<NodeId> {
        let (x, y) = self.pair(a, b, scope, want)?;
        match (self.graph.ty(x), self.graph.ty(y)) {
            (ty @ (Type::Date | Type::Month), Type::Int) => Some(self.graph.binary(x, y, ty, span, Op::Add)),
            (Type::Int, ty @ (Type::Date | Type::Month)) => Some(self.graph.binary(y, x, ty, span, Op::Add)),
            _ => {
                let (x, y, ty) = self.unified(x, y, span)?;
                self.must_be_number(ty, span)?;
                Some(self.graph.binary(x, y, ty, span, Op::Add))
            }
        }
    }

    fn difference(
        &mut self,
        a: &Expr,
        b: &Expr,
        span: Span,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<NodeId> {
        let (x, y) = self.pair(a, b, scope, want)?;
        match (self.graph.ty(x), self.graph.ty(y)) {
            (Type::Date, Type::Date) | (Type::Month, Type::Month) => {
                Some(self.graph.binary(x, y, Type::Int, span, Op::Sub))
            }
            (ty @ (Type::Date | Type::Month), Type::Int) => {
                let back = self.graph.unary(y, Type::Int, b.span, Op::Neg);
                Some(self.graph.binary(x, back, ty, span, Op::Add))
            }
            _ => {
                let (x, y, ty) = self.unified(x, y, span)?;
                self.must_be_number(ty, span)?;
                Some(self.graph.binary(x, y, ty, span, Op::Sub))
            }
        }
    }

    fn must_be_number(&mut self, ty: Type, span: Span) -> Option<()> {
        if types::is_number(ty) {
            return Some(());
        }
        self.fault(span, wanted(("数", "a number"), ty))
    }

    fn product(
        &mut self,
        a: &Expr,
        b: &Expr,
        span: Span,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<NodeId> {
        let (x, y) = (self.lower(a, scope, want), self.lower(b, scope, want));
        let (x, y) = (x?, y?);
        let (left, right) = (self.graph.ty(x), self.graph.ty(y));
        match types::product(left, right) {
            Some(ty) => Some(self.graph.binary(x, y, ty, span, Op::Mul)),
            None => self.fault(
                span,
                Fault::new(
                    "type",
                    (
                        format!("{} 与 {} 不能相乘", types::words(left).0, types::words(right).0),
                        format!(
                            "{} and {} cannot be multiplied",
                            types::words(left).1,
                            types::words(right).1
                        ),
                    ),
                    ("金额只能乘以个数或比率", "money can be multiplied by a whole number or a rate"),
                ),
            ),
        }
    }

    fn quotient(
        &mut self,
        a: &Expr,
        b: &Expr,
        span: Span,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<NodeId> {
        // A literal of money takes the time of the money on the other side of the line.
        let (x, y) = if self.leans(a, scope) == self.leans(b, scope) {
            let (x, y) = (self.lower(a, scope, want), self.lower(b, scope, want));
            (x?, y?)
        } else {
            self.pair(a, b, scope, want)?
        };
        let (left, right) = (self.graph.ty(x), self.graph.ty(y));
        if let Some(ty) = types::quotient(left, right) {
            return Some(self.graph.binary(x, y, ty, span, Op::Div));
        }
        let money = |ty| matches!(ty, Type::Money(_) | Type::Exact(_));
        if money(left) && money(right) {
            let (x, y, _) = self.unified(x, y, span)?;
            return Some(self.graph.binary(x, y, Type::Rate, span, Op::Div));
        }
        let fault = self.mismatch(left, right);
        self.fault(span, fault)
    }

    fn call(
        &mut self,
        function: Function,
        arguments: &[Expr],
        span: Span,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<NodeId> {
        match (function, arguments) {
            (Function::Min | Function::Max, [a, b]) => {
                let (a, b) = self.pair(a, b, scope, want)?;
                let (a, b, ty) = self.unified(a, b, span)?;
                if !types::is_ordered(ty) {
                    return self.fault(span, wanted(("数、日期或月份", "a number, a date or a month"), ty));
                }
                let op = if function == Function::Min { Op::Min } else { Op::Max };
                Some(self.graph.binary(a, b, ty, span, op))
            }
            (Function::Age | Function::MonthsSince, [a]) => {
                let id = self.lower(a, scope, None)?;
                let ty = self.graph.ty(id);
                if ty != Type::Date {
                    return self.fault(a.span, wanted(("日期", "a date"), ty));
                }
                let day = self.day;
                Some(self.graph.unary(id, Type::Int, span, |id| {
                    if function == Function::Age { Op::YearsTo(id, day) } else { Op::MonthsTo(id, day) }
                }))
            }
            (Function::ThisMonth, []) => {
                let month = self.day.month();
                Some(self.constant(Op::Number(i64::from(month.0)), Type::Month, span))
            }
            (Function::Known, [a]) => {
                let id = self.lower(a, scope, None)?;
                Some(self.graph.unary(id, Type::Bool, span, Op::Known))
            }
            (Function::OrElse, [a, b]) => {
                if !scope.defaults {
                    self.fault::<()>(span, no_defaults());
                }
                let (a, b) = self.pair(a, b, scope, want)?;
                let (a, b, ty) = self.unified(a, b, span)?;
                Some(self.graph.binary(a, b, ty, span, Op::OrElse))
            }
            (Function::PerMonth, [a]) => {
                let id = self.lower(a, scope, None)?;
                match self.graph.ty(id) {
                    Type::Money(Per::Year | Per::Once) | Type::Exact(Per::Year | Per::Once) => {
                        Some(self.graph.unary(id, Type::Exact(Per::Month), span, Op::PerMonth))
                    }
                    ty => self.fault(a.span, wanted(("元/年或元的金额", "money a year or money once"), ty)),
                }
            }
            (Function::PerYear, [a]) => {
                let id = self.lower(a, scope, None)?;
                let ty = match self.graph.ty(id) {
                    Type::Money(Per::Month) => Type::Money(Per::Year),
                    Type::Exact(Per::Month) => Type::Exact(Per::Year),
                    ty => {
                        return self.fault(a.span, wanted(("元/月的金额", "money a month"), ty));
                    }
                };
                Some(self.graph.unary(id, ty, span, Op::PerYear))
            }
            (Function::ForMonths, [a, n]) => {
                let (id, months) =
                    (self.lower(a, scope, Some(Type::Money(Per::Month))), self.lower(n, scope, None));
                let (id, months) = (id?, months?);
                let ty = match (self.graph.ty(id), self.graph.ty(months)) {
                    (Type::Money(Per::Month), Type::Int) => Type::Money(Per::Once),
                    (Type::Money(Per::Month), Type::Rate)
                    | (Type::Exact(Per::Month), Type::Int | Type::Rate) => Type::Exact(Per::Once),
                    (Type::Money(Per::Month) | Type::Exact(Per::Month), ty) => {
                        return self.fault(n.span, wanted(("月数", "a number of months"), ty));
                    }
                    (ty, _) => {
                        return self.fault(a.span, wanted(("元/月的金额", "money a month"), ty));
                    }
                };
                Some(self.graph.binary(id, months, ty, span, Op::Mul))
            }
            _ => None,
        }
    }

    fn aggregate(
        &mut self,
        list: Entity,
        filters: &[(String, Expr)],
        fold: Fold,
        body: Option<(&str, &Expr)>,
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<NodeId> {
        if scope.subject == Entity::Constant {
            return self.fault(
                span,
                Fault::new(
                    "wrong-subject",
                    ("常数规则不能读家庭的名单", "a constant rule cannot read a household's lists"),
                    ("改为 of = \"household\"", "write of = \"household\""),
                ),
            );
        }
        let filters: Vec<Option<NodeId>> = filters
            .iter()
            .map(|(variable, filter)| {
                let inner = scope.within(variable, list);
                self.truth(filter, &inner).map(|id| self.graph.lift(id, list))
            })
            .collect();
        let body = match body {
            Some((variable, body)) => {
                let inner = scope.within(variable, list);
                let id = self.fold_body(fold, body, &inner)?;
                Some(self.graph.lift(id, list))
            }
            None => None,
        };
        let filters: Vec<NodeId> = filters.into_iter().collect::<Option<_>>()?;
        let filter = match filters.as_slice() {
            [] => None,
            [one] => Some(*one),
            many => Some(self.graph.over(many, Type::Bool, span, |ids| Op::And(ids.to_vec()))),
        };
        let node = |compiler: &mut Self, fold, body, ty| {
            let op = Op::Aggregate { list, fold, filter, body };
            compiler.graph.node(op, ty, Entity::Household, span)
        };
        let body_type = body.map(|body| self.graph.ty(body));
        Some(match (fold, body_type) {
            (Fold::Any, _) => node(self, plan::Fold::Any, body, Type::Bool),
            (Fold::All, _) => node(self, plan::Fold::All, body, Type::Bool),
            (Fold::Count, _) => node(self, plan::Fold::Count, None, Type::Int),
            (Fold::Sum, Some(ty)) => node(self, plan::Fold::Sum, body, ty),
            (Fold::Max, Some(ty)) => node(self, plan::Fold::Max, body, ty),
            (Fold::Min, Some(ty)) => node(self, plan::Fold::Min, body, ty),
            (Fold::Avg, Some(ty)) => {
                let sum = node(self, plan::Fold::Sum, body, ty);
                let count = node(self, plan::Fold::Count, None, Type::Int);
                let ty = types::quotient(ty, Type::Int)?;
                self.graph.binary(sum, count, ty, span, Op::Div)
            }
            (Fold::Sum | Fold::Max | Fold::Min | Fold::Avg, None) => return None,
        })
    }

    fn fold_body(&mut self, fold: Fold, body: &Expr, scope: &Scope<'_>) -> Option<NodeId> {
        if matches!(fold, Fold::Any | Fold::All) {
            return self.truth(body, scope);
        }
        let id = self.lower(body, scope, None)?;
        let ty = self.graph.ty(id);
        if folds(fold, ty) {
            return Some(id);
        }
        let fault = if ty == Type::Bool && matches!(fold, Fold::Sum | Fold::Avg) {
            let word = words::list_word(scope.list(), crate::Lang::Zh);
            Fault::new(
                "type",
                ("是非不能合计", "truths cannot be summed"),
                (format!("要数人数，写 {word}.计数(m, …)"), "to count, write members.count(m, …)".to_owned()),
            )
        } else {
            wanted(("数", "a number"), ty)
        };
        self.fault(body.span, fault)
    }

    /// Brings a value to a type that it must have, where that is a widening.
    pub(super) fn exact(&mut self, id: NodeId) -> NodeId {
        match self.graph.ty(id) {
            Type::Money(per) => convert(&mut self.graph, id, Type::Exact(per)),
            _ => id,
        }
    }
}

/// Whether values of a type can be folded so.
pub(super) fn folds(fold: Fold, ty: Type) -> bool {
    match fold {
        Fold::Any | Fold::All | Fold::Count => ty == Type::Bool,
        Fold::Sum | Fold::Avg => types::is_number(ty),
        Fold::Max | Fold::Min => types::is_ordered(ty),
    }
}

fn no_defaults() -> Fault {
    Fault::new(
        "uncited-default",
        ("用了“缺省”却没有写 defaults 依据", "or_else is used but no `defaults` is cited"),
        (
            "补上 defaults = [\"…\"]: 未知时可以取缺省值的条文",
            "add defaults = [\"…\"]: the article that lets the unknown be taken so",
        ),
    )
}
