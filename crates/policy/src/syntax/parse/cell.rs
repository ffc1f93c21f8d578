//! 决策表的单元格: `-`, a value, `[a, b]`, `>= 60`, `18..59`.

use super::{Parser, power, to};
use crate::diag::Fault;
use crate::plan::Span;
use crate::syntax::Located;
use crate::syntax::ast::{Cell, CellKind, Expr, ExprKind};
use crate::syntax::token::Kind;

/// Parses one cell that begins at byte `base.start` of file `base.file`.
pub(crate) fn cell(text: &str, base: Span) -> Result<Cell, Vec<Located>> {
    let (mut parser, too_long) = Parser::open(text, base)?;
    let first = parser.peek().clone();
    let kind = match first.kind {
        Kind::Minus if *parser.ahead(1) == Kind::End => {
            parser.at += 1;
            CellKind::Any
        }
        Kind::OpenList => {
            let (values, ..) = parser.list();
            values.iter().for_each(|value| parser.literal(value));
            CellKind::OneOf(values)
        }
        Kind::Compare(cmp) => {
            parser.at += 1;
            CellKind::Compare(cmp, parser.value())
        }
        _ => {
            let value = parser.value();
            if *parser.ahead(0) == Kind::Dot && *parser.ahead(1) == Kind::Dot {
                parser.at += 2;
                CellKind::Between(value, parser.value())
            } else {
                CellKind::OneOf(vec![value])
            }
        }
    };
    let last = parser.at.checked_sub(1).and_then(|at| parser.tokens.get(at));
    let span = to(first.span, last.map_or(first.span, |token| token.span));
    parser.close(Cell { kind, span }, too_long)
}

impl Parser {
    fn value(&mut self) -> Expr {
        let value = self.expression(power::COMPARE);
        self.literal(&value.expr);
        value.expr
    }

    /// A table can only be proved complete where its cells are literals.
    fn literal(&mut self, value: &Expr) {
        if is_literal(value) {
            return;
        }
        self.fault(value.span, not_a_literal());
    }
}

/// The fault of a cell that holds more than values.
pub(crate) fn not_a_literal() -> Fault {
    Fault::new(
        "cell-literal",
        (
            "单元格里只能写值: 枚举值、是否、个数、金额、比率、日期、月份",
            "a cell holds values only: enum values, yes or no, counts, money, rates, dates, months",
        ),
        (
            "要与算式或参数比较时，先写成是否型的规则，再把它作一列",
            "to compare with a calculation or a parameter, make it a yes-or-no rule and use that as a column",
        ),
    )
}

fn is_literal(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Neg(inner) => {
            matches!(inner.kind, ExprKind::Int(_) | ExprKind::Money(..) | ExprKind::Rate(_))
        }
        kind => matches!(
            kind,
            ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Money(..)
                | ExprKind::Rate(_)
                | ExprKind::Date(_)
                | ExprKind::Month(_)
                | ExprKind::Name(_)
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::cell;
    use crate::plan::{Cmp, Span};
    use crate::syntax::ast::CellKind;

    #[test]
    fn a_cell_is_anything_a_value_a_list_a_comparison_or_a_range() {
        let kind = |text: &str| cell(text, Span::default()).unwrap().kind;
        assert_eq!(kind("-"), CellKind::Any);
        assert!(matches!(kind("肢体"), CellKind::OneOf(values) if values.len() == 1));
        assert!(matches!(kind("[智力、精神]"), CellKind::OneOf(values) if values.len() == 2));
        assert!(matches!(kind("≥ 60"), CellKind::Compare(Cmp::Ge, _)));
        assert!(matches!(kind("!= 无"), CellKind::Compare(Cmp::Ne, _)));
        assert!(matches!(kind("18..59"), CellKind::Between(..)));
        assert!(matches!(kind("-5 .. 0"), CellKind::Between(..)));
        assert!(matches!(kind("0元..1.5万元"), CellKind::Between(..)));
        assert!(matches!(kind("日期(“2024-01-01”)..日期(“2024-06-30”)"), CellKind::Between(..)));
    }

    #[test]
    fn a_cell_that_is_more_than_a_value_is_refused() {
        let code = |text: &str| cell(text, Span::default()).unwrap_err().remove(0).0.code;
        assert_eq!(code("低保标准 * 2"), "cell-literal");
        assert_eq!(code(">= 低保标准 + 1元"), "cell-literal");
        assert_eq!(code("[1 + 2]"), "cell-literal");
        assert_eq!(code("1..2..3"), "unexpected");
        assert_eq!(code("1 2"), "unexpected");
        assert_eq!(code(""), "empty");
        assert_eq!(code("[]"), "empty-list");
        assert_eq!(code("18.."), "expected-value");
        assert_eq!(code("0.5..1"), "bare-decimal");
    }
}
