//! 函数与统计: `name(…)` and `成员.仅(m, …).合计(m, …)`.

use super::faults::{fold_wanted, unknown_fold};
use super::{Parser, Sub, leaf, power, to};
use crate::diag::Fault;
use crate::near::nearest;
use crate::plan::{Entity, Span};
use crate::syntax::ast::{ExprKind, Fold, Function};
use crate::syntax::token::Kind;
use crate::syntax::words;

fn bad_date() -> Fault {
    Fault::new(
        "bad-date",
        ("这里应是日历上的日期", "expected a day of the calendar"),
        ("写成 日期(\"2026-01-01\")", "write date(\"2026-01-01\")"),
    )
}

fn bad_month() -> Fault {
    Fault::new(
        "bad-month",
        ("这里应是月份", "expected a month"),
        ("写成 月份(\"2026-01\")", "write month(\"2026-01\")"),
    )
}

impl Parser {
    pub(super) fn call(&mut self, name: &str, span: Span) -> Sub {
        match name {
            "date" | "日期" => {
                return self.day(span, bad_date, |text| text.parse().ok().map(ExprKind::Date));
            }
            "month" | "月份" => {
                return self.day(span, bad_month, |text| text.parse().ok().map(ExprKind::Month));
            }
            _ => {}
        }
        let function = Function::of(name);
        self.at += 1;
        let mut arguments = Vec::new();
        let mut depth = 0;
        while !matches!(self.peek().kind, Kind::Close | Kind::End) {
            let argument = self.expression(power::LOWEST);
            depth = depth.max(argument.depth);
            arguments.push(argument.expr);
            if !self.eat(&Kind::Comma) {
                break;
            }
        }
        let close = self.peek().span;
        self.expect(&Kind::Close, ("右括号“)”", "`)`"));
        let whole = to(span, close);
        let Some(function) = function else {
            let near = nearest(name, Function::words());
            let cure = near.map_or_else(
                || {
                    let all: Vec<&str> = Function::words().collect();
                    (
                        format!("可用的函数: {} 日期 月份", all.join(" ")),
                        format!("functions that exist: {} date month", all.join(" ")),
                    )
                },
                |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
            );
            self.late(
                span,
                Fault::new(
                    "unknown-function",
                    (format!("没有名为“{name}”的函数"), format!("there is no function `{name}`")),
                    cure,
                ),
            );
            return leaf(ExprKind::Bool(false), whole);
        };
        if arguments.len() != function.arity() {
            let (wanted, given) = (function.arity(), arguments.len());
            self.late(
                whole,
                Fault::new(
                    "arguments",
                    (
                        format!("函数“{name}”要 {wanted} 个参数，这里给了 {given} 个"),
                        format!("`{name}` takes {wanted} arguments, {given} are given"),
                    ),
                    ("核对逗号和括号", "check the commas and brackets"),
                ),
            );
            return leaf(ExprKind::Bool(false), whole);
        }
        self.join(ExprKind::Call(function, arguments), whole, &[depth])
    }

    /// Records a fault at a place before which the parser has already moved on.
    fn late(&mut self, span: Span, fault: Fault) {
        if !self.stopped && self.faults.iter().all(|(_, old)| old.start != span.start) {
            self.faults.push((fault, span));
        }
    }

    /// A date or a month in quotation marks.
    fn day(&mut self, span: Span, wrong: fn() -> Fault, read: impl Fn(&str) -> Option<ExprKind>) -> Sub {
        self.at += 1;
        let text = self.next();
        let kind = match &text.kind {
            Kind::Text(text) => read(text),
            _ => None,
        };
        let close = self.peek().span;
        let whole = to(span, close);
        let Some(kind) = kind else {
            self.late(text.span, wrong());
            self.eat(&Kind::Close);
            return leaf(ExprKind::Bool(false), whole);
        };
        self.expect(&Kind::Close, ("右括号“)”", "`)`"));
        leaf(kind, whole)
    }

    pub(super) fn aggregate(&mut self, list: Entity, from: Span) -> Sub {
        let mut filters = Vec::new();
        let mut depth = 0;
        loop {
            if !self.eat(&Kind::Dot) {
                let span = self.peek().span;
                self.fault(span, fold_wanted(list));
                return leaf(ExprKind::Bool(false), from);
            }
            let word = self.next();
            let Kind::Name(name) = &word.kind else {
                self.at = self.at.saturating_sub(1);
                self.fault(word.span, fold_wanted(list));
                return leaf(ExprKind::Bool(false), from);
            };
            if words::is_filter(name) {
                if let Some((variable, body)) = self.lambda(name) {
                    depth = depth.max(body.depth);
                    filters.push((variable, body.expr));
                }
                continue;
            }
            let Some(fold) = Fold::of(name) else {
                let fault = unknown_fold(name);
                self.fault(word.span, fault);
                if self.peek().kind == Kind::Open {
                    self.lambda(name);
                }
                return leaf(ExprKind::Bool(false), to(from, word.span));
            };
            let bare = *self.ahead(0) == Kind::Open && *self.ahead(1) == Kind::Close;
            let body = if fold == Fold::Count && bare {
                self.at += 2;
                None
            } else {
                self.lambda(name)
            };
            let last = self
                .at
                .checked_sub(1)
                .and_then(|at| self.tokens.get(at))
                .map_or(word.span, |token| token.span);
            let span = to(from, last);
            depth = depth.max(body.as_ref().map_or(0, |(_, body)| body.depth));
            let mut body = body.map(|(variable, body)| (variable, Box::new(body.expr)));
            if fold == Fold::Count {
                // To count those for whom something holds is to filter first.
                filters.extend(body.take().map(|(variable, body)| (variable, *body)));
            }
            let kind = ExprKind::Aggregate { list, filters, fold, body };
            return self.join(kind, span, &[depth]);
        }
    }

    /// `(m, body)`
    pub(super) fn lambda(&mut self, what: &str) -> Option<(String, Sub)> {
        self.expect(&Kind::Open, ("左括号“(”", "`(`"));
        let variable = self.next();
        let name = match variable.kind {
            Kind::Name(name) if *self.ahead(0) == Kind::Comma && words::list(&name).is_none() => name,
            _ => {
                self.at = self.at.saturating_sub(1);
                self.fault(
                    variable.span,
                    Fault::new(
                        "expected-variable",
                        (
                            format!("“{what}(”后面应先写代表每一个人的字母"),
                            format!("`{what}(` is not followed by a variable"),
                        ),
                        (
                            format!("写成 {what}(m, m.工资性收入) 这样"),
                            format!("write for example {what}(m, m.wage)"),
                        ),
                    ),
                );
                self.skip_group();
                return None;
            }
        };
        self.at += 1;
        let body = self.expression(power::LOWEST);
        self.expect(&Kind::Close, ("右括号“)”", "`)`"));
        Some((name, body))
    }

    /// Moves behind the bracket that closes the group in which the parser stands.
    fn skip_group(&mut self) {
        let mut open = 1_u32;
        loop {
            match self.next().kind {
                Kind::Open => open += 1,
                Kind::Close => open -= 1,
                Kind::End => return,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }
}
