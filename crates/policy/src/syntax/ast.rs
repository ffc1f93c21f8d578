//! 语法树. Every node carries the byte range of its text, so that an error or a deciding clause can be shown.

use crate::plan::{Cmp, Span};
use crate::value::{Date, Fen, Month, Rate};

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Where it says it.
    pub span: Span,
}

/// The forms of an expression. Names are as written (English id or 中文 label) and not resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `是` `否` `true` `false`
    Bool(bool),
    /// `3`
    Int(i64),
    /// `800元`, `12.50元`, `5角`, `1分`; the unit per time comes from the context or from `元/月`, `元/年`.
    Money(Fen, Option<crate::plan::Per>),
    /// `30%`
    Rate(Rate),
    /// `date("2026-01-01")`, `日期("2026-01-01")`
    Date(Date),
    /// `month("2026-01")`, `月份("2026-01")`
    Month(Month),
    /// A fact, rule, parameter, or enum value. Opposite to an enum (`=`, `!=`, `in`) a value of that enum comes
    /// first, then what the book names so.
    Name(String),
    /// `m.工资性收入`: a fact or rule of the variable's subject.
    Field(String, String),
    /// `非 a`, `not a`, `!a`
    Not(Box<Expr>),
    /// `-a`
    Neg(Box<Expr>),
    /// `a 且 b`, `a and b`, `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a 或 b`, `a or b`, `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `a < b` …
    Compare(Cmp, Box<Expr>, Box<Expr>),
    /// `a 在 [x, y]`, `a in [x, y]`
    In(Box<Expr>, Vec<Expr>),
    /// `a + b`
    Add(Box<Expr>, Box<Expr>),
    /// `a - b`
    Sub(Box<Expr>, Box<Expr>),
    /// `a * b`
    Mul(Box<Expr>, Box<Expr>),
    /// `a / b`
    Div(Box<Expr>, Box<Expr>),
    /// `若 c 则 a 否则 b`, `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A function of the closed list, by its English id:
    /// `min max age months_since this_month known or_else per_month per_year for_months`.
    Call(Function, Vec<Expr>),
    /// `成员.仅(m, p).合计(m, e)`, `members.any(m, p)`
    Aggregate {
        /// `members` or `obligors`.
        list: crate::plan::Entity,
        /// Filters in order, each with its variable.
        filters: Vec<(String, Expr)>,
        /// The fold.
        fold: Fold,
        /// Variable and body; absent for a bare count.
        body: Option<(String, Box<Expr>)>,
    },
    /// `近(工资性收入, 6).合计()`, `last(m.wage, 6).any(v, v > 0元)`: a fold over the values that a fact had in the
    /// months up to the period, that of the period first.
    Window {
        /// The fact: a name, or a field of a list's variable.
        of: Box<Expr>,
        /// How many months, the period's among them.
        months: u16,
        /// The fold.
        fold: Fold,
        /// Variable (the value of a month) and body; absent where the values themselves are folded.
        body: Option<(String, Box<Expr>)>,
    },
}

/// What is done with the values of a list or of some months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    /// `any` 任一: some body is true.
    Any,
    /// `all` 全部: every body is true (true for nobody).
    All,
    /// `count` 计数: how many there are, or for how many the body is true.
    Count,
    /// `sum` 合计: 0 for nobody.
    Sum,
    /// `avg` 平均, exact; for nobody nothing is known.
    Avg,
    /// `max` 最大; for nobody nothing is known.
    Max,
    /// `min` 最小; for nobody nothing is known.
    Min,
}

/// 单元格 of a decision table: what the value of its column must be. Its values are literals, so that gaps and
/// overlaps of the table can be proved.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it asks.
    pub kind: CellKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum CellKind {
    /// `-`: whatever the value is.
    Any,
    /// `肢体`, `[智力, 精神]`: one of these values.
    OneOf(Vec<Expr>),
    /// `>= 60`, `!= 无`
    Compare(Cmp, Expr),
    /// `18..59`: from the first to the second, both included.
    Between(Expr, Expr),
}

impl Cell {
    /// The values that it names.
    #[must_use]
    pub fn values(&self) -> Vec<&Expr> {
        match &self.kind {
            CellKind::Any => Vec::new(),
            CellKind::OneOf(values) => values.iter().collect(),
            CellKind::Compare(_, value) => vec![value],
            CellKind::Between(from, to) => vec![from, to],
        }
    }
}

/// The closed list of functions. Chinese names: 较小 较大 周岁 距今月数 本月 已知 缺省 按月 按年 累计.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `min(a, b)` 较小
    Min,
    /// `max(a, b)` 较大
    Max,
    /// `age(birth)` 周岁: full years on the last day of the period.
    Age,
    /// `months_since(date)` 距今月数: full months to the last day of the period.
    MonthsSince,
    /// `this_month()` 本月: the month that is assessed.
    ThisMonth,
    /// `known(x)` 已知
    Known,
    /// `or_else(x, default)` 缺省: the one way to leave the unknown; the rule must cite it under `defaults`.
    OrElse,
    /// `per_month(x)` 按月: money a year, or money once that was spent or had in twelve months, as money a month (÷ 12).
    PerMonth,
    /// `per_year(x)` 按年: money a month as money a year (× 12).
    PerYear,
    /// `for_months(x, n)` 累计: money a month for n months, as money once (× n).
    ForMonths,
}
