//! 排版: a tree back to text, in either language. What is printed parses to the same tree.

use std::fmt::Write as _;

use super::ast::{Cell, CellKind, Expr, ExprKind};
use super::words::{self, Keyword};
use crate::lang::Lang;
use crate::plan::{Cmp, Per};
use crate::value::{Fen, Rate};

/// How names are written: the same, or translated between id and label.
pub trait Names {
    /// A bare name or the name of a field.
    fn name(&self, name: &str) -> String;
    /// A bare name that stands opposite to `other` in `=`, `!=` or `in`, to its left or right: it may be a value
    /// of the other side's enum.
    fn value(&self, other: &Expr, name: &str, left: bool) -> String;
}

/// Names as they stand.
#[derive(Clone, Copy, Debug)]
pub struct AsWritten;

impl Names for AsWritten {
    fn name(&self, name: &str) -> String {
        name.to_owned()
    }

    fn value(&self, _other: &Expr, name: &str, _left: bool) -> String {
        name.to_owned()
    }
}

/// One line.
#[must_use]
pub fn print(expr: &Expr, lang: Lang, names: &dyn Names) -> String {
    let mut printer = Printer { out: String::new(), lang, names };
    printer.expr(expr, 0);
    printer.out
}

/// A cell of a decision table, whose names are values of its column.
#[must_use]
pub fn print_cell(cell: &Cell, column: &Expr, lang: Lang, names: &dyn Names) -> String {
    let one = |value: &Expr| match &value.kind {
        ExprKind::Name(name) => names.value(column, name, false),
        _ => print(value, lang, names),
    };
    match &cell.kind {
        CellKind::Any => "-".to_owned(),
        CellKind::OneOf(values) => match values.as_slice() {
            [value] => one(value),
            values => format!("[{}]", values.iter().map(one).collect::<Vec<_>>().join(", ")),
        },
        CellKind::Compare(cmp, value) => format!("{} {}", sign(*cmp), one(value)),
        CellKind::Between(from, to) => format!("{}..{}", one(from), one(to)),
    }
}

/// Several lines: each operand of the outermost `and` or `or` on its own.
#[must_use]
pub fn print_lines(expr: &Expr, lang: Lang, names: &dyn Names) -> String {
    let mut operands = Vec::new();
    let (word, level) = match expr.kind {
        ExprKind::Or(..) => (Keyword::Or, 1),
        ExprKind::And(..) => (Keyword::And, 2),
        _ => return print(expr, lang, names),
    };
    chain(expr, word, &mut operands);
    let mut out = String::new();
    for (i, operand) in operands.iter().rev().enumerate() {
        let mut printer = Printer { out: String::new(), lang, names };
        // The first operand of a left-leaning chain may be of the chain's own level.
        printer.expr(operand, if i == 0 { level } else { level + 1 });
        if i > 0 {
            let _ = write!(out, "\n{} ", word.word(lang));
        }
        out.push_str(&printer.out);
    }
    out
}

/// The operands of a left-leaning chain, last first.
fn chain<'a>(expr: &'a Expr, word: Keyword, operands: &mut Vec<&'a Expr>) {
    let mut here = expr;
    loop {
        match (&here.kind, word) {
            (ExprKind::Or(a, b), Keyword::Or) | (ExprKind::And(a, b), Keyword::And) => {
                operands.push(b);
                here = a;
            }
            _ => {
                operands.push(here);
                return;
            }
        }
    }
}

struct Printer<'a> {
    out: String,
    lang: Lang,
    names: &'a dyn Names,
}

/// How tightly a form holds together: the levels of the parser, 8 for what needs no brackets.
fn level(expr: &Expr) -> u8 {
    match expr.kind {
        ExprKind::If(..) => 0,
        ExprKind::Or(..) => 1,
        ExprKind::And(..) => 2,
        ExprKind::Not(_) => 3,
        ExprKind::Compare(..) | ExprKind::In(..) => 4,
        ExprKind::Add(..) | ExprKind::Sub(..) => 5,
        ExprKind::Mul(..) | ExprKind::Div(..) => 6,
        ExprKind::Neg(_) => 7,
        _ => 8,
    }
}

impl Printer<'_> {
    /// Prints in a place that needs at least this level.
    fn expr(&mut self, expr: &Expr, least: u8) {
        let brackets = level(expr) < least;
        if brackets {
            self.out.push('(');
        }
        self.form(expr);
        if brackets {
            self.out.push(')');
        }
    }

    fn form(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Bool(true) => self.word(Keyword::True),
            ExprKind::Bool(false) => self.word(Keyword::False),
            ExprKind::Int(n) => self.put(&n.to_string()),
            ExprKind::Money(fen, per) => self.put(&money(*fen, *per)),
            ExprKind::Rate(rate) => self.put(&percent(*rate)),
            ExprKind::Date(date) => {
                let function = words::date_word(self.lang);
                self.put(&format!("{function}(\"{date}\")"));
            }
            ExprKind::Month(month) => {
                let function = words::month_word(self.lang);
                self.put(&format!("{function}(\"{month}\")"));
            }
            ExprKind::Name(name) => self.put(&self.names.name(name)),
            ExprKind::Field(variable, name) => {
                self.put(&format!("{variable}.{}", self.names.name(name)));
            }
            ExprKind::Not(a) => {
                self.word(Keyword::Not);
                self.put(" ");
                self.expr(a, 4);
            }
            ExprKind::Neg(a) => {
                self.put("-");
                self.expr(a, 8);
            }
            ExprKind::And(a, b) => self.infix(a, Keyword::And.word(self.lang), b, 2),
            ExprKind::Or(a, b) => self.infix(a, Keyword::Or.word(self.lang), b, 1),
            ExprKind::Add(a, b) => self.infix(a, "+", b, 5),
            ExprKind::Sub(a, b) => self.infix(a, "-", b, 5),
            ExprKind::Mul(a, b) => self.infix(a, "*", b, 6),
            ExprKind::Div(a, b) => self.infix(a, "/", b, 6),
            ExprKind::Compare(cmp, a, b) => {
                self.value_or(b, a, true);
                self.put(&format!(" {} ", sign(*cmp)));
                self.value_or(a, b, false);
            }
            ExprKind::In(a, values) => {
                self.expr(a, 5);
                self.put(" ");
                self.word(Keyword::In);
                self.put(" [");
                for (i, value) in values.iter().enumerate() {
                    self.put(if i > 0 { ", " } else { "" });
                    match &value.kind {
                        ExprKind::Name(name) => self.put(&self.names.value(a, name, false)),
                        _ => self.expr(value, 0),
                    }
                }
                self.put("]");
            }
            ExprKind::If(c, a, b) => {
                self.word(Keyword::If);
                self.put(" ");
                self.expr(c, 0);
                self.put(" ");
                self.word(Keyword::Then);
                self.put(" ");
                self.expr(a, 0);
                self.put(" ");
                self.word(Keyword::Else);
                self.put(" ");
                self.expr(b, 0);
            }
            ExprKind::Call(function, arguments) => {
                self.put(function.word(self.lang));
                self.put("(");
                let first = arguments.first();
                for (i, argument) in arguments.iter().enumerate() {
                    self.put(if i > 0 { ", " } else { "" });
                    match (&argument.kind, first) {
                        (ExprKind::Name(name), Some(first)) if i > 0 => {
                            self.put(&self.names.value(first, name, false));
                        }
                        _ => self.expr(argument, 0),
                    }
                }
                self.put(")");
            }
            ExprKind::Window { of, months, fold, body } => {
                self.put(words::window_word(self.lang));
                self.put("(");
                self.expr(of, 0);
                self.put(&format!(", {months}).{}(", fold.word(self.lang)));
                if let Some((variable, body)) = body {
                    self.put(&format!("{variable}, "));
                    self.expr(body, 0);
                }
                self.put(")");
            }
            ExprKind::Aggregate { list, filters, fold, body } => {
                self.put(words::list_word(*list, self.lang));
                for (variable, filter) in filters {
                    self.put(&format!(".{}({variable}, ", words::filter_word(self.lang)));
                    self.expr(filter, 0);
                    self.put(")");
                }
                self.put(&format!(".{}(", fold.word(self.lang)));
                if let Some((variable, body)) = body {
                    self.put(&format!("{variable}, "));
                    self.expr(body, 0);
                }
                self.put(")");
            }
        }
    }

    /// One side of a comparison: a bare name may be a value of the other side's enum.
    fn value_or(&mut self, other: &Expr, side: &Expr, left: bool) {
        match &side.kind {
            ExprKind::Name(name) => self.put(&self.names.value(other, name, left)),
            _ => self.expr(side, 5),
        }
    }

    /// Left-associative: the right side needs one level more.
    fn infix(&mut self, a: &Expr, operator: &str, b: &Expr, level: u8) {
        self.expr(a, level);
        self.put(&format!(" {operator} "));
        self.expr(b, level + 1);
    }

    fn word(&mut self, word: Keyword) {
        self.put(word.word(self.lang));
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

fn sign(cmp: Cmp) -> &'static str {
    match cmp {
        Cmp::Eq => "=",
        Cmp::Ne => "!=",
        Cmp::Lt => "<",
        Cmp::Le => "<=",
        Cmp::Gt => ">",
        Cmp::Ge => ">=",
    }
}

fn money(fen: Fen, per: Option<Per>) -> String {
    let text = fen.to_string();
    let text = text.strip_suffix(".00").unwrap_or(&text);
    let time = match per {
        Some(Per::Month) => "/月",
        Some(Per::Year) => "/年",
        Some(Per::Once) | None => "",
    };
    format!("{text}元{time}")
}

/// A rate as the language writes it: `30%`.
pub(crate) fn percent(rate: Rate) -> String {
    let (num, den) = (i128::from(rate.num()) * 100, i128::from(rate.den()));
    let mut text = (num / den).to_string();
    let mut rest = num % den;
    let mut decimals = String::new();
    // A literal has a power of ten below the line, so the digits end.
    while rest != 0 && decimals.len() < 18 {
        rest *= 10;
        decimals.push_str(&(rest / den).to_string());
        rest %= den;
    }
    if !decimals.is_empty() {
        text.push('.');
        text.push_str(&decimals);
    }
    text + "%"
}
