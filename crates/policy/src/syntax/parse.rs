//! 句法: a Pratt parser. It reports several faults of one text and never builds a tree deeper than
//! [`DEPTH`], so that no text can exhaust the stack of anything that walks the tree.

mod cell;
mod faults;
mod forms;
mod window;

pub(crate) use cell::{cell, not_a_literal};

use super::Located;
use super::ast::{Expr, ExprKind};
use super::token::{Kind, Token, tokens};
use super::words::{self, Keyword};
use crate::diag::Fault;
use crate::plan::Span;
use faults::describe;

/// Deepest tree, and deepest bracketing, that is read.
const DEPTH: u32 = 200;

/// Binding powers, weakest first.
mod power {
    pub(super) const LOWEST: u8 = 0;
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const NOT: u8 = 3;
    pub(super) const COMPARE: u8 = 4;
    pub(super) const SUM: u8 = 5;
    pub(super) const PRODUCT: u8 = 6;
    pub(super) const NEGATION: u8 = 7;
}

/// A tree with its depth.
struct Sub {
    expr: Expr,
    depth: u32,
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    faults: Vec<Located>,
    nesting: u32,
    /// Given up after a text too deep to read on.
    stopped: bool,
    end: Token,
}

/// Parses one expression that begins at byte `base.start` of file `base.file`.
pub(crate) fn parse(text: &str, base: Span) -> Result<Expr, Vec<Located>> {
    let (mut parser, too_long) = Parser::open(text, base)?;
    let whole = parser.expression(power::LOWEST);
    parser.close(whole.expr, too_long)
}

impl Parser {
    /// At the beginning of a text that is not empty, and the fault of one that is too long. What is too long is still
    /// read to its cut end: most often it is also too deep, which says more.
    fn open(text: &str, base: Span) -> Result<(Self, Option<Located>), Vec<Located>> {
        let (tokens, mut faults) = tokens(text, base);
        let too_long = match faults.as_slice() {
            [(only, _)] if only.code == "too-long" => faults.pop(),
            _ => None,
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let end = tokens.last().cloned().unwrap_or(Token { kind: Kind::End, span: base });
        let parser = Self { tokens, at: 0, faults: Vec::new(), nesting: 0, stopped: false, end };
        if parser.peek().kind != Kind::End {
            return Ok((parser, too_long));
        }
        let fault = Fault::new(
            "empty",
            ("表达式是空的", "the expression is empty"),
            ("写出条件或算式", "write a condition or a calculation"),
        );
        Err(vec![(fault, parser.peek().span)])
    }

    /// What was read, if it was the whole text and without a fault.
    fn close<T>(mut self, whole: T, too_long: Option<Located>) -> Result<T, Vec<Located>> {
        if let Some(too_long) = too_long
            && !self.stopped
        {
            return Err(vec![too_long]);
        }
        if self.peek().kind != Kind::End {
            let span = self.peek().span;
            let found = describe(&self.peek().kind);
            self.fault(
                span,
                Fault::new(
                    "unexpected",
                    (
                        format!("这里多出了{}", found.0),
                        format!("unexpected {} after the expression", found.1),
                    ),
                    (
                        "缺少运算词(且、或、+ …)，或括号不配对；词与运算词之间要有空格",
                        "an operator (and, or, + …) is missing, or a bracket has no partner; names and word operators need a blank between them",
                    ),
                ),
            );
        }
        if self.faults.is_empty() {
            return Ok(whole);
        }
        self.faults.sort_by_key(|(_, span)| span.start);
        Err(self.faults)
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&self.end)
    }

    fn ahead(&self, by: usize) -> &Kind {
        &self.tokens.get(self.at + by).unwrap_or(&self.end).kind
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    fn eat(&mut self, kind: &Kind) -> bool {
        let found = self.peek().kind == *kind;
        if found {
            self.at += 1;
        }
        found
    }

    /// Records a fault unless one at the same or a later place is already there (its consequence).
    fn fault(&mut self, span: Span, fault: Fault) {
        if !self.stopped && self.faults.iter().all(|(_, old)| old.start < span.start) {
            self.faults.push((fault, span));
        }
    }

    fn expect(&mut self, kind: &Kind, wanted: (&str, &str)) {
        if self.eat(kind) {
            return;
        }
        let token = self.peek().clone();
        let found = describe(&token.kind);
        self.fault(
            token.span,
            Fault::new(
                "expected",
                (
                    format!("这里应是{}，却是{}", wanted.0, found.0),
                    format!("expected {} but found {}", wanted.1, found.1),
                ),
                (format!("补上{}", wanted.0), format!("add {}", wanted.1)),
            ),
        );
    }

    fn too_deep(&mut self, span: Span) -> Sub {
        if self.stopped {
            return leaf(ExprKind::Bool(false), span);
        }
        self.stopped = true;
        self.faults.push((
            Fault::new(
                "too-deep",
                (
                    format!("表达式嵌套超过 {DEPTH} 层"),
                    format!("the expression is nested more than {DEPTH} levels deep"),
                ),
                (
                    "把其中一部分写成单独的规则，再引用它的名称",
                    "make a part of it a rule of its own and use its name",
                ),
            ),
            span,
        ));
        self.at = self.tokens.len();
        leaf(ExprKind::Bool(false), span)
    }

    fn join(&mut self, kind: ExprKind, span: Span, depths: &[u32]) -> Sub {
        let depth = depths.iter().copied().max().unwrap_or(0) + 1;
        if depth > DEPTH {
            // The operands are dropped here, at a depth that the stack holds.
            return self.too_deep(span);
        }
        Sub { expr: Expr { kind, span }, depth }
    }

    fn expression(&mut self, least: u8) -> Sub {
        if self.nesting >= DEPTH {
            let span = self.peek().span;
            return self.too_deep(span);
        }
        self.nesting += 1;
        let mut left = self.prefix(least);
        while let Some(power) = infix(&self.peek().kind).filter(|power| *power > least) {
            left = self.infix(left, power);
        }
        self.nesting -= 1;
        left
    }

    fn infix(&mut self, left: Sub, power: u8) -> Sub {
        let operator = self.next();
        if operator.kind == Kind::Keyword(Keyword::In) {
            return self.membership(left);
        }
        let right = self.expression(power);
        let span = to(left.expr.span, right.expr.span);
        let depths = [left.depth, right.depth];
        let (a, b) = (Box::new(left.expr), Box::new(right.expr));
        let kind = match operator.kind {
            Kind::Keyword(Keyword::Or) => ExprKind::Or(a, b),
            Kind::Keyword(Keyword::And) => ExprKind::And(a, b),
            Kind::Plus => ExprKind::Add(a, b),
            Kind::Minus => ExprKind::Sub(a, b),
            Kind::Star => ExprKind::Mul(a, b),
            Kind::Slash => ExprKind::Div(a, b),
            Kind::Compare(cmp) => {
                self.no_chain();
                ExprKind::Compare(cmp, a, b)
            }
            _ => ExprKind::Bool(false),
        };
        self.join(kind, span, &depths)
    }

    /// Comparisons do not chain: `a < b < c` is a fault.
    fn no_chain(&mut self) {
        if infix(&self.peek().kind) == Some(power::COMPARE) {
            let span = self.peek().span;
            self.fault(
                span,
                Fault::new(
                    "chained-comparison",
                    ("比较不能连写", "comparisons cannot be chained"),
                    (
                        "拆成两个比较，用“且”连接: a < b 且 b < c",
                        "write two comparisons joined by `and`: a < b and b < c",
                    ),
                ),
            );
        }
    }

    fn membership(&mut self, left: Sub) -> Sub {
        let (values, depth, close) = self.list();
        self.no_chain();
        let span = to(left.expr.span, close);
        self.join(ExprKind::In(Box::new(left.expr), values), span, &[left.depth, depth])
    }

    /// `[a, b]`: the values, their depth, and the place of the bracket that closes the list.
    fn list(&mut self) -> (Vec<Expr>, u32, Span) {
        self.expect(&Kind::OpenList, ("方括号“[”", "`[`"));
        let mut depth = 0;
        let mut values = Vec::new();
        while !matches!(self.peek().kind, Kind::CloseList | Kind::End) {
            let value = self.expression(power::LOWEST);
            depth = depth.max(value.depth);
            values.push(value.expr);
            if !self.eat(&Kind::Comma) {
                break;
            }
        }
        let close = self.peek().span;
        self.expect(&Kind::CloseList, ("方括号“]”", "`]`"));
        if values.is_empty() {
            self.fault(
                close,
                Fault::new(
                    "empty-list",
                    ("方括号里没有值", "the list is empty"),
                    ("写出至少一个值", "give at least one value"),
                ),
            );
        }
        (values, depth, close)
    }

    fn prefix(&mut self, least: u8) -> Sub {
        let token = self.next();
        let span = token.span;
        match token.kind {
            Kind::Keyword(Keyword::True) => leaf(ExprKind::Bool(true), span),
            Kind::Keyword(Keyword::False) => leaf(ExprKind::Bool(false), span),
            Kind::Int(n) => leaf(ExprKind::Int(n), span),
            Kind::Money(fen, per) => leaf(ExprKind::Money(fen, per), span),
            Kind::Rate(rate) => leaf(ExprKind::Rate(rate), span),
            Kind::Name(name) => self.name(name, span),
            Kind::Open => {
                let inner = self.expression(power::LOWEST);
                let close = self.peek().span;
                self.expect(&Kind::Close, ("右括号“)”", "`)`"));
                Sub { expr: Expr { kind: inner.expr.kind, span: to(span, close) }, depth: inner.depth }
            }
            Kind::Minus => {
                let inner = self.expression(power::NEGATION);
                let span = to(span, inner.expr.span);
                self.join(ExprKind::Neg(Box::new(inner.expr)), span, &[inner.depth])
            }
            Kind::Keyword(Keyword::Not) => {
                self.needs_brackets(least > power::NOT, span, ("非 …", "not …"));
                let inner = self.expression(power::NOT);
                let span = to(span, inner.expr.span);
                self.join(ExprKind::Not(Box::new(inner.expr)), span, &[inner.depth])
            }
            Kind::Keyword(Keyword::If) => {
                self.needs_brackets(least > power::LOWEST, span, ("若 … 则 … 否则 …", "if … then … else …"));
                self.choice(span)
            }
            other => {
                self.at = self.at.saturating_sub(1);
                let found = describe(&other);
                self.fault(
                    span,
                    Fault::new(
                        "expected-value",
                        (
                            format!("这里应是名称、数字或括号，却是{}", found.0),
                            format!("expected a name, a number or a bracket but found {}", found.1),
                        ),
                        (
                            "补上缺少的一项，或删去多余的运算词",
                            "add the missing operand or remove the operator",
                        ),
                    ),
                );
                leaf(ExprKind::Bool(false), span)
            }
        }
    }

    fn needs_brackets(&mut self, needs: bool, span: Span, form: (&str, &str)) {
        if needs {
            self.fault(
                span,
                Fault::new(
                    "needs-brackets",
                    (format!("“{}”在这里要加括号", form.0), format!("`{}` needs brackets here", form.1)),
                    (format!("写成 ({})", form.0), format!("write ({})", form.1)),
                ),
            );
        }
    }

    fn choice(&mut self, from: Span) -> Sub {
        let condition = self.expression(power::LOWEST);
        self.expect(&Kind::Keyword(Keyword::Then), ("“则”", "`then`"));
        let yes = self.expression(power::LOWEST);
        self.expect(&Kind::Keyword(Keyword::Else), ("“否则”", "`else`"));
        let no = self.expression(power::LOWEST);
        let span = to(from, no.expr.span);
        let depths = [condition.depth, yes.depth, no.depth];
        self.join(
            ExprKind::If(Box::new(condition.expr), Box::new(yes.expr), Box::new(no.expr)),
            span,
            &depths,
        )
    }

    fn name(&mut self, name: String, span: Span) -> Sub {
        if let Some(list) = words::list(&name) {
            return self.aggregate(list, span);
        }
        match self.peek().kind {
            Kind::Open if words::is_window(&name) => self.window(span),
            Kind::Open => self.call(&name, span),
            // Two dots stand between the ends of a range.
            Kind::Dot if *self.ahead(1) != Kind::Dot => {
                self.at += 1;
                let field = self.next();
                let whole = to(span, field.span);
                if let Kind::Name(field) = field.kind {
                    return leaf(ExprKind::Field(name, field), whole);
                }
                self.at = self.at.saturating_sub(1);
                self.fault(
                    field.span,
                    Fault::new(
                        "expected-field",
                        (
                            format!("“{name}.”后面应是事实或规则的名称"),
                            format!("`{name}.` is followed by no name of a fact or rule"),
                        ),
                        (format!("写成 {name}.工资性收入 这样"), format!("write for example {name}.wage")),
                    ),
                );
                leaf(ExprKind::Bool(false), whole)
            }
            _ => leaf(ExprKind::Name(name), span),
        }
    }
}

fn leaf(kind: ExprKind, span: Span) -> Sub {
    Sub { expr: Expr { kind, span }, depth: 1 }
}

fn to(from: Span, until: Span) -> Span {
    Span { file: from.file, start: from.start, end: until.end.max(from.end) }
}

fn infix(kind: &Kind) -> Option<u8> {
    Some(match kind {
        Kind::Keyword(Keyword::Or) => power::OR,
        Kind::Keyword(Keyword::And) => power::AND,
        Kind::Compare(_) | Kind::Keyword(Keyword::In) => power::COMPARE,
        Kind::Plus | Kind::Minus => power::SUM,
        Kind::Star | Kind::Slash => power::PRODUCT,
        _ => return None,
    })
}
