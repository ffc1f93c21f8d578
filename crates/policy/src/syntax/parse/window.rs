//! 近几个月: `近(工资性收入, 6).合计()`, `last(m.wage, 6).count(v, v > 0元)`.

use super::faults::{describe, unknown_fold};
use super::{Parser, Sub, leaf, power, to};
use crate::diag::Fault;
use crate::plan::Span;
use crate::syntax::ast::{ExprKind, Fold};
use crate::syntax::token::Kind;
use crate::syntax::words;

impl Parser {
    pub(super) fn window(&mut self, from: Span) -> Sub {
        self.at += 1;
        let of = self.expression(power::LOWEST);
        if !matches!(of.expr.kind, ExprKind::Name(_) | ExprKind::Field(..)) {
            self.fault(of.expr.span, no_fact());
        }
        self.expect(&Kind::Comma, ("逗号和月数", "a comma and a number of months"));
        let months = self.next();
        let Some(months) = number(&months.kind) else {
            self.at = self.at.saturating_sub(1);
            let found = describe(&months.kind);
            self.fault(months.span, no_months(&found));
            return leaf(ExprKind::Bool(false), from);
        };
        self.expect(&Kind::Close, ("右括号“)”", "`)`"));
        if !self.eat(&Kind::Dot) {
            let span = self.peek().span;
            self.fault(span, fold_wanted());
            return leaf(ExprKind::Bool(false), from);
        }
        let word = self.next();
        let fold = match &word.kind {
            Kind::Name(name) if words::is_filter(name) => {
                self.fault(word.span, no_filter());
                None
            }
            Kind::Name(name) => {
                let fold = Fold::of(name);
                if fold.is_none() {
                    let fault = unknown_fold(name);
                    self.fault(word.span, fault);
                }
                fold
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                self.fault(word.span, fold_wanted());
                None
            }
        };
        let body = if *self.ahead(0) == Kind::Open && *self.ahead(1) == Kind::Close {
            self.at += 2;
            None
        } else if matches!(self.ahead(1), Kind::Name(_)) && *self.ahead(2) == Kind::Comma {
            self.lambda("")
        } else {
            let span = self.peek().span;
            self.fault(span, no_variable());
            None
        };
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(word.span, |t| t.span);
        let span = to(from, last);
        let Some(fold) = fold else { return leaf(ExprKind::Bool(false), span) };
        let depth = body.as_ref().map_or(0, |(_, body)| body.depth).max(of.depth);
        let body = body.map(|(variable, body)| (variable, Box::new(body.expr)));
        self.join(ExprKind::Window { of: Box::new(of.expr), months, fold, body }, span, &[depth])
    }
}

fn number(kind: &Kind) -> Option<u16> {
    match kind {
        Kind::Int(n) => u16::try_from(*n).ok().filter(|n| *n > 0),
        _ => None,
    }
}

fn no_fact() -> Fault {
    Fault::new(
        "window-fact",
        ("“近(”后面应是一个事实的名称", "`last(` is followed by the name of a fact"),
        (
            "写成 近(工资性收入, 6) 或 近(m.工资性收入, 6)；要算式时，写在后面的括号里: .合计(v, v * 50%)",
            "write last(wage, 6) or last(m.wage, 6); a calculation goes into the brackets behind: .sum(v, v * 50%)",
        ),
    )
}

fn no_months(found: &(String, String)) -> Fault {
    Fault::new(
        "window-months",
        (
            format!("这里应是月数，却是{}", found.0),
            format!("expected a number of months but found {}", found.1),
        ),
        (
            "写一个整数，如 6；本期的月份算第一个",
            "write a whole number such as 6; the month of the period is the first",
        ),
    )
}

fn no_filter() -> Fault {
    Fault::new(
        "window-filter",
        ("近几个月的值不能再用“仅”挑选", "the values of the last months are not filtered with `only`"),
        (
            "把条件写进后面的括号，如 .计数(v, v > 0元)、.合计(v, 若 v > 100元 则 v 否则 0元)",
            "put the condition into the brackets behind, such as .count(v, v > 0元)",
        ),
    )
}

fn no_variable() -> Fault {
    Fault::new(
        "expected-variable",
        ("括号里应先写代表一个月的值的字母", "the brackets begin with a variable for the value of a month"),
        (
            "写成 .计数(v, v > 0元)；不用算式时写 .合计()",
            "write .count(v, v > 0元), or .sum() without a calculation",
        ),
    )
}

fn fold_wanted() -> Fault {
    Fault::new(
        "expected-fold",
        ("近几个月的值后面应是统计方式", "the values of the last months are not followed by a fold"),
        (
            "写成 .合计()、.平均()、.最大()、.最小()、.计数(v, …)、.任一(v, …) 或 .全部(v, …)",
            "write .sum(), .avg(), .max(), .min(), .count(v, …), .any(v, …) or .all(v, …)",
        ),
    )
}
