//! The law of one day as trees whose names are settled. Nothing is shared, ordered or rewritten: a rule's tree is
//! the tree that its author wrote.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use doudi_policy::book::decl::{Body, ExceptDecl, Level, ParamValue, ParameterDecl, RuleDecl, TableDecl};
use doudi_policy::book::{Book, Named};
use doudi_policy::plan::{Cmp, Entity, GroupKind, ParamRow, RoundMode, Type};
use doudi_policy::syntax::ast::{self, CellKind, Expr, ExprKind, Fold, Function};
use doudi_policy::{Date, Month};

use crate::number::Exact;
use crate::possible::Possible;
use crate::table::{Cell, Column, Point, Table};

/// A settled expression.
#[derive(Clone, Debug)]
pub(crate) enum Term {
    Is(Possible),
    Fact(usize),
    Rule(usize),
    Param(usize),
    Not(Box<Term>),
    Neg(Box<Term>),
    And(Box<Term>, Box<Term>),
    Or(Box<Term>, Box<Term>),
    Compare(Cmp, Box<Term>, Box<Term>),
    OneOf(Box<Term>, Vec<Term>),
    Within(Box<Term>, u64),
    Add(Box<Term>, Box<Term>),
    Sub(Box<Term>, Box<Term>),
    Mul(Box<Term>, Box<Term>),
    Div(Box<Term>, Box<Term>),
    Min(Box<Term>, Box<Term>),
    Max(Box<Term>, Box<Term>),
    If(Box<Term>, Box<Term>, Box<Term>),
    Elapsed(Box<Term>, i64),
    Known(Box<Term>),
    OrElse(Box<Term>, Box<Term>),
    Aggregate {
        list: Entity,
        filters: Vec<Term>,
        fold: Fold,
        body: Option<Box<Term>>,
    },
    /// One term a month.
    Months {
        fold: Fold,
        each: Vec<Term>,
    },
}

/// A rule of the day.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) of: Entity,
    pub(crate) value: Worth,
    pub(crate) excepts: Vec<Except>,
}

/// An exception: when, what then, and its own exceptions.
#[derive(Clone, Debug)]
pub(crate) struct Except {
    pub(crate) priority: i64,
    pub(crate) when: Term,
    pub(crate) value: Worth,
    pub(crate) excepts: Vec<Except>,
}

/// Where the value of a rule comes from.
#[derive(Clone, Debug)]
pub(crate) enum Worth {
    Term(Term),
    Table(Table),
}

/// A parameter of the day: the rows by their keys.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) of: Entity,
    /// The key columns and how many values each has.
    pub(crate) keys: Vec<(Term, usize)>,
    /// Rows by keys, the one that stands before the others first.
    pub(crate) rows: BTreeMap<Vec<u8>, Vec<Row>>,
    /// What it is where there is no row.
    pub(crate) nothing: Possible,
}

/// A row with its place and rank.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) division: String,
    pub(crate) rank: (Level, Date, Date),
    pub(crate) value: Possible,
}

/// What an outcome asks and pays.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) id: String,
    pub(crate) of: Entity,
    pub(crate) met: Term,
    pub(crate) amount: Option<(Term, Option<(i64, RoundMode)>)>,
}

/// Outcomes (by their positions) that stand in each other's way.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) kind: GroupKind,
    pub(crate) outcomes: Vec<usize>,
}

/// The settled law.
#[derive(Clone, Debug, Default)]
pub(crate) struct Law {
    pub(crate) rules: Vec<Rule>,
    pub(crate) params: Vec<Param>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) groups: Vec<Group>,
    pub(crate) indicators: Vec<(String, Term)>,
}

/// Settles the outcomes and indicators of a month and everything behind them.
pub(crate) fn settle(book: &Book, period: Month, as_of: Date) -> Result<Law, String> {
    let mut rules = BTreeMap::new();
    for rule in book.rules_at(period, as_of) {
        if rules.insert(rule.id.as_str(), rule).is_some() {
            return Err(format!("two versions of the rule {} hold on the day", rule.id));
        }
    }
    let mut settler = Settler {
        book,
        day: period.last_day(),
        as_of,
        versions: rules,
        rules: BTreeMap::new(),
        params: BTreeMap::new(),
        open: Vec::new(),
        month: Vec::new(),
        law: Law::default(),
    };
    for outcome in book.outcomes_at(period, as_of) {
        let met = settler.term(outcome.conditions(), None)?;
        let amount = match &outcome.amount {
            Some(amount) => Some((settler.term(&amount.value, None)?, amount.rounding)),
            None => None,
        };
        let settled = Outcome { id: outcome.id.clone(), of: outcome.of, met, amount };
        settler.law.outcomes.push(settled);
    }
    for group in book.groups_at(period, as_of) {
        let place = |id: &String| settler.law.outcomes.iter().position(|o| o.id == *id);
        let outcomes = group.outcomes.iter().filter_map(place).collect();
        settler.law.groups.push(Group { id: group.id.clone(), kind: group.kind, outcomes });
    }
    for indicator in book.indicators_at(period, as_of) {
        match settler.term(indicator.fires_when(), None) {
            Ok(when) => settler.law.indicators.push((indicator.id.clone(), when)),
            // An indicator without a day of its own waits for its rules.
            Err(_) if indicator.validity.from == Date(0) => settler.open.clear(),
            Err(problem) => return Err(problem),
        }
    }
    Ok(settler.law)
}

struct Settler<'b> {
    book: &'b Book,
    day: Date,
    as_of: Date,
    versions: BTreeMap<&'b str, &'b RuleDecl>,
    rules: BTreeMap<String, usize>,
    params: BTreeMap<usize, usize>,
    /// Rules on the way down, to see a circle.
    open: Vec<String>,
    /// Variables for the value of a month, and the fact of the month at hand.
    month: Vec<(String, usize)>,
    law: Law,
}

impl Settler<'_> {
    fn boxed(&mut self, expr: &Expr, want: Option<u16>) -> Result<Box<Term>, String> {
        Ok(Box::new(self.term(expr, want)?))
    }

    fn two(&mut self, a: &Expr, b: &Expr, want: Option<u16>) -> Result<(Box<Term>, Box<Term>), String> {
        let want = self.choice_of(a, 0).or_else(|| self.choice_of(b, 0)).or(want);
        Ok((self.boxed(a, want)?, self.boxed(b, want)?))
    }

    /// `want` is the enum that a bare value name belongs to.
    fn term(&mut self, expr: &Expr, want: Option<u16>) -> Result<Term, String> {
        let number = |n: i64| Term::Is(Possible::Number(crate::number::Range::one(Exact::whole(n))));
        Ok(match &expr.kind {
            ExprKind::Bool(b) => Term::Is(Possible::Truth(crate::possible::from_bool(*b))),
            ExprKind::Int(n) => number(*n),
            ExprKind::Money(fen, _) => number(fen.0),
            ExprKind::Date(date) => number(i64::from(date.0)),
            ExprKind::Month(month) => number(i64::from(month.0)),
            ExprKind::Rate(rate) => ratio(rate.num(), rate.den()),
            ExprKind::Name(name) | ExprKind::Field(_, name) => self.name(name, want)?,
            ExprKind::Not(a) => Term::Not(self.boxed(a, None)?),
            ExprKind::Neg(a) => Term::Neg(self.boxed(a, None)?),
            ExprKind::And(a, b) => Term::And(self.boxed(a, None)?, self.boxed(b, None)?),
            ExprKind::Or(a, b) => Term::Or(self.boxed(a, None)?, self.boxed(b, None)?),
            ExprKind::Compare(cmp, a, b) => {
                let (a, b) = self.two(a, b, None)?;
                Term::Compare(*cmp, a, b)
            }
            ExprKind::In(a, values) => {
                let choice = self.choice_of(a, 0);
                let a = self.boxed(a, None)?;
                match choice {
                    Some(index) => Term::Within(a, self.mask(index, values)?),
                    None => {
                        Term::OneOf(a, values.iter().map(|v| self.term(v, None)).collect::<Result<_, _>>()?)
                    }
                }
            }
            ExprKind::Add(a, b) => {
                let (a, b) = self.two(a, b, None)?;
                Term::Add(a, b)
            }
            ExprKind::Sub(a, b) => {
                let (a, b) = self.two(a, b, None)?;
                Term::Sub(a, b)
            }
            ExprKind::Mul(a, b) => {
                let (a, b) = self.two(a, b, None)?;
                Term::Mul(a, b)
            }
            ExprKind::Div(a, b) => {
                let (a, b) = self.two(a, b, None)?;
                Term::Div(a, b)
            }
            ExprKind::If(c, a, b) => {
                let c = self.boxed(c, None)?;
                let (a, b) = self.two(a, b, want)?;
                Term::If(c, a, b)
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments, want)?,
            ExprKind::Window { of, months, fold, body } => {
                let (ExprKind::Name(name) | ExprKind::Field(_, name)) = &of.kind else {
                    return Err("a window is not over a fact".to_owned());
                };
                let mut each = Vec::new();
                for back in 0..*months {
                    let at = self.fact_back(name, back)?;
                    each.push(match body {
                        Some((variable, body)) => {
                            self.month.push((variable.clone(), at));
                            let term = self.term(body, None);
                            self.month.pop();
                            term?
                        }
                        None => Term::Fact(at),
                    });
                }
                Term::Months { fold: *fold, each }
            }
            ExprKind::Aggregate { list, filters, fold, body } => Term::Aggregate {
                list: *list,
                filters: filters.iter().map(|(_, f)| self.term(f, None)).collect::<Result<_, _>>()?,
                fold: *fold,
                body: match body {
                    Some((_, body)) => Some(self.boxed(body, None)?),
                    None => None,
                },
            },
        })
    }

    fn call(&mut self, function: Function, arguments: &[Expr], want: Option<u16>) -> Result<Term, String> {
        let twelfth = |a, factor| Term::Mul(a, Box::new(factor));
        Ok(match (function, arguments) {
            (Function::Min, [a, b]) => {
                let (a, b) = self.two(a, b, None)?;
                Term::Min(a, b)
            }
            (Function::Max, [a, b]) => {
                let (a, b) = self.two(a, b, None)?;
                Term::Max(a, b)
            }
            (Function::OrElse, [a, b]) => {
                let (a, b) = self.two(a, b, want)?;
                Term::OrElse(a, b)
            }
            (Function::ForMonths, [a, n]) => Term::Mul(self.boxed(a, None)?, self.boxed(n, None)?),
            (Function::Age, [a]) => Term::Elapsed(self.boxed(a, None)?, 12),
            (Function::MonthsSince, [a]) => Term::Elapsed(self.boxed(a, None)?, 1),
            (Function::ThisMonth, []) => {
                let month = self.day.month();
                Term::Is(Possible::Number(crate::number::Range::one(Exact::whole(i64::from(month.0)))))
            }
            (Function::Known, [a]) => Term::Known(self.boxed(a, None)?),
            (Function::PerMonth, [a]) => twelfth(self.boxed(a, None)?, ratio(1, 12)),
            (Function::PerYear, [a]) => twelfth(self.boxed(a, None)?, ratio(12, 1)),
            (function, arguments) => {
                return Err(format!("{function:?} does not take {} arguments", arguments.len()));
            }
        })
    }

    /// The fact of some months before the period.
    fn fact_back(&self, name: &str, back: u16) -> Result<usize, String> {
        let facts = self.book.facts();
        let base = facts.iter().find(|f| f.id == name || f.zh == name);
        let base = base.ok_or_else(|| format!("{name} is no fact"))?;
        let at = facts.iter().position(|f| f.back == back && f.base_id() == base.id);
        at.ok_or_else(|| format!("{name} is not kept for {back} months back"))
    }

    /// The fact that a variable for the value of a month stands for.
    fn of_month(&self, name: &str) -> Option<usize> {
        self.month.iter().rev().find(|(variable, _)| variable == name).map(|(_, at)| *at)
    }

    fn name(&mut self, name: &str, want: Option<u16>) -> Result<Term, String> {
        if let Some(at) = self.of_month(name) {
            return Ok(Term::Fact(at));
        }
        let book = self.book;
        match book.resolve(name) {
            Some(Named::Fact(at, _)) => Ok(Term::Fact(at)),
            Some(Named::Rule(id)) => Ok(Term::Rule(self.rule(id)?)),
            Some(Named::Parameter(at)) => Ok(Term::Param(self.param(at)?)),
            None => {
                let value = want.and_then(|index| self.position(index, name));
                let value = value.ok_or_else(|| format!("the name {name} means nothing here"))?;
                Ok(Term::Is(Possible::Choice(bit(value))))
            }
        }
    }

    fn rule(&mut self, id: &str) -> Result<usize, String> {
        if let Some(at) = self.rules.get(id) {
            return Ok(*at);
        }
        if self.open.iter().any(|open| open == id) {
            return Err(format!("the rule {id} uses itself"));
        }
        let rule = *self.versions.get(id).ok_or_else(|| format!("the rule {id} is not in force"))?;
        self.open.push(id.to_owned());
        let want = rule.enum_index.or_else(|| self.choice_of_rule(rule, 0));
        let value = match &rule.body {
            Body::Value(value) => Worth::Term(self.term(value, want)?),
            Body::Table(table) => Worth::Table(self.table(table, want)?),
        };
        let excepts = self.excepts(&rule.excepts, want)?;
        self.open.pop();
        let at = self.law.rules.len();
        self.law.rules.push(Rule { of: rule.of, value, excepts });
        self.rules.insert(id.to_owned(), at);
        Ok(at)
    }

    fn param(&mut self, at: usize) -> Result<usize, String> {
        if let Some(settled) = self.params.get(&at) {
            return Ok(*settled);
        }
        let book = self.book;
        let decl = book.parameters().get(at).ok_or("no such parameter")?;
        let mut keys = Vec::new();
        let mut of = Entity::Household;
        for (key, index) in &decl.keys {
            let term = self.name(key, None)?;
            of = of.max(self.entity(&term));
            keys.push((term, self.size(*index)));
        }
        let rows = self.rows(decl);
        // Where sources disagree, a day without a value is unknown; elsewhere it is a hole in the law.
        let nation = !decl.contested && decl.rows.iter().any(|(level, _)| *level == Level::Nation);
        if rows.is_empty() && nation {
            return Err(format!("the parameter {} has no row on the day", decl.id));
        }
        let nothing = match decl.ty {
            Type::Bool => Possible::Truth(doudi_policy::Truth::Unknown),
            Type::Enum(_) => Possible::Choice(u64::MAX),
            _ => Possible::Number(crate::number::Range::ANY),
        };
        let settled = self.law.params.len();
        self.law.params.push(Param { of, keys, rows, nothing });
        self.params.insert(at, settled);
        Ok(settled)
    }

    fn rows(&self, decl: &ParameterDecl) -> BTreeMap<Vec<u8>, Vec<Row>> {
        let mut rows: BTreeMap<Vec<u8>, Vec<Row>> = BTreeMap::new();
        for (level, row) in &decl.rows {
            let holds = row.from <= self.day && row.to.is_none_or(|to| self.day <= to);
            if holds && row.enacted <= self.as_of {
                rows.entry(row.keys.clone()).or_default().push(Row {
                    division: row.division.as_ref().map(ToString::to_string).unwrap_or_default(),
                    rank: (*level, row.from, row.enacted),
                    value: value_of(row, decl.ty),
                });
            }
        }
        for rows in rows.values_mut() {
            rows.sort_by_key(|row| Reverse((row.division.len(), row.rank)));
        }
        rows
    }

    /// Whose value a fact, rule or parameter is.
    fn entity(&self, term: &Term) -> Entity {
        match term {
            Term::Fact(at) => self.book.facts().get(*at).map(|f| f.of),
            Term::Rule(at) => self.law.rules.get(*at).map(|r| r.of),
            Term::Param(at) => self.law.params.get(*at).map(|p| p.of),
            _ => None,
        }
        .unwrap_or(Entity::Household)
    }

    fn size(&self, index: u16) -> usize {
        self.book.enums().get(usize::from(index)).map_or(0, |e| e.values.len())
    }

    fn position(&self, index: u16, name: &str) -> Option<usize> {
        let decl = self.book.enums().get(usize::from(index))?;
        decl.values.iter().position(|(id, zh)| id == name || zh == name)
    }

    fn mask(&self, index: u16, values: &[Expr]) -> Result<u64, String> {
        let mut mask = 0;
        for value in values {
            let position = match &value.kind {
                ExprKind::Name(name) => self.position(index, name),
                _ => None,
            };
            mask |= bit(position.ok_or("a list of enum values holds something else")?);
        }
        Ok(mask)
    }

    fn excepts(&mut self, excepts: &[ExceptDecl], want: Option<u16>) -> Result<Vec<Except>, String> {
        let mut settled = Vec::new();
        for except in excepts {
            settled.push(Except {
                priority: except.priority,
                when: self.term(&except.when, None)?,
                value: Worth::Term(self.term(&except.value, want)?),
                excepts: self.excepts(&except.excepts, want)?,
            });
        }
        Ok(settled)
    }

    fn table(&mut self, table: &TableDecl, want: Option<u16>) -> Result<Table, String> {
        let mut columns = Vec::new();
        for column in &table.columns {
            let size = self.choice_of(column, 0).map_or(0, |index| self.size(index));
            columns.push(Column { value: self.term(column, None)?, whole: self.is_whole(column, 0), size });
        }
        let mut rows = Vec::new();
        for row in &table.rows {
            let mut cells = Vec::new();
            for (cell, column) in row.cells.iter().zip(&table.columns) {
                cells.push(self.cell(cell, self.choice_of(column, 0))?);
            }
            rows.push((cells, self.term(&row.result.then, want)?));
        }
        let default = match &table.default {
            Some(default) => Some(self.term(&default.then, want)?),
            None => None,
        };
        Ok(Table { columns, hit: table.hit, rows, default })
    }

    fn cell(&mut self, cell: &ast::Cell, choice: Option<u16>) -> Result<Cell, String> {
        Ok(match &cell.kind {
            CellKind::Any => Cell::Any,
            CellKind::OneOf(values) => {
                Cell::OneOf(values.iter().map(|v| self.point(v, choice)).collect::<Result<_, _>>()?)
            }
            CellKind::Compare(cmp, value) => Cell::Compare(*cmp, self.point(value, choice)?),
            CellKind::Between(from, to) => Cell::Between(self.point(from, choice)?, self.point(to, choice)?),
        })
    }

    /// The literal of a cell.
    fn point(&mut self, value: &Expr, choice: Option<u16>) -> Result<Point, String> {
        let known = match (&value.kind, choice) {
            (ExprKind::Name(name), Some(index)) => self.position(index, name).map(Point::Position),
            (ExprKind::Neg(inner), _) => match self.term(inner, None)? {
                Term::Is(Possible::Number(range)) => range.negated().single().map(Point::Number),
                _ => None,
            },
            _ => match self.term(value, None)? {
                Term::Is(Possible::Number(range)) => range.single().map(Point::Number),
                Term::Is(Possible::Truth(truth)) => Some(Point::Truth(truth == doudi_policy::Truth::True)),
                _ => None,
            },
        };
        known.ok_or_else(|| "a cell holds something that is no value".to_owned())
    }

    /// Whether an expression counts in whole numbers: of people, days or fen.
    fn is_whole(&self, expr: &Expr, depth: usize) -> bool {
        if depth > 64 {
            return false;
        }
        let is_whole = |expr: &Expr| self.is_whole(expr, depth + 1);
        let whole_type = |ty: Type| !matches!(ty, Type::Rate | Type::Exact(_));
        match &expr.kind {
            ExprKind::Rate(_) | ExprKind::Div(..) => false,
            ExprKind::Aggregate { fold: Fold::Avg, .. } | ExprKind::Window { fold: Fold::Avg, .. } => false,
            ExprKind::Window { body: Some((_, body)), .. } => is_whole(body),
            ExprKind::Window { of, .. } => is_whole(of),
            ExprKind::Name(name) | ExprKind::Field(_, name) => match self.book.resolve(name) {
                Some(Named::Fact(_, fact)) => whole_type(fact.ty),
                Some(Named::Rule(id)) => {
                    let rule = self.versions.get(id);
                    let values = |rule: &RuleDecl| {
                        let mut all = rule.results();
                        rule.excepts.iter().for_each(|except| except.values(&mut all));
                        all.into_iter().all(is_whole)
                    };
                    rule.is_some_and(|rule| values(rule))
                }
                Some(Named::Parameter(at)) => {
                    self.book.parameters().get(at).is_some_and(|p| whole_type(p.ty))
                }
                None => true,
            },
            ExprKind::Neg(a) => is_whole(a),
            ExprKind::Add(a, b) | ExprKind::Sub(a, b) | ExprKind::Mul(a, b) => is_whole(a) && is_whole(b),
            ExprKind::If(_, a, b) => is_whole(a) && is_whole(b),
            ExprKind::Call(Function::PerMonth, _) => false,
            ExprKind::Call(Function::Min | Function::Max | Function::OrElse | Function::ForMonths, all) => {
                all.iter().all(is_whole)
            }
            ExprKind::Call(Function::PerYear, all) => all.iter().all(is_whole),
            ExprKind::Aggregate {
                fold: Fold::Sum | Fold::Max | Fold::Min, body: Some((_, body)), ..
            } => is_whole(body),
            _ => true,
        }
    }

    /// The enum of which a rule is a value, as far as its results tell.
    fn choice_of_rule(&self, rule: &RuleDecl, depth: usize) -> Option<u16> {
        rule.results().into_iter().find_map(|result| self.choice_of(result, depth))
    }

    /// The enum of which an expression is a value, as far as its names tell. Rules may name rules: `depth`
    /// stops at a circle.
    fn choice_of(&self, expr: &Expr, depth: usize) -> Option<u16> {
        if depth > 64 {
            return None;
        }
        match &expr.kind {
            ExprKind::Name(name) if self.of_month(name).is_some() => {
                let fact = self.book.facts().get(self.of_month(name)?)?;
                match fact.ty {
                    Type::Enum(index) => Some(index),
                    _ => None,
                }
            }
            ExprKind::Name(name) | ExprKind::Field(_, name) => match self.book.resolve(name)? {
                Named::Fact(_, fact) => match fact.ty {
                    Type::Enum(index) => Some(index),
                    _ => None,
                },
                Named::Rule(id) => {
                    let rule = self.versions.get(id)?;
                    rule.enum_index.or_else(|| self.choice_of_rule(rule, depth + 1))
                }
                Named::Parameter(at) => match self.book.parameters().get(at)?.ty {
                    Type::Enum(index) => Some(index),
                    _ => None,
                },
            },
            ExprKind::If(_, a, b) => self.choice_of(a, depth + 1).or_else(|| self.choice_of(b, depth + 1)),
            ExprKind::Call(Function::OrElse, arguments) => {
                arguments.iter().find_map(|a| self.choice_of(a, depth + 1))
            }
            _ => None,
        }
    }
}

fn ratio(num: i64, den: i64) -> Term {
    let exact = Exact::new(i128::from(num), i128::from(den));
    Term::Is(Possible::Number(exact.map_or(crate::number::Range::ANY, crate::number::Range::one)))
}

pub(crate) fn bit(position: usize) -> u64 {
    u32::try_from(position).ok().and_then(|p| 1_u64.checked_shl(p)).unwrap_or(0)
}

fn value_of(row: &ParamRow, ty: Type) -> Possible {
    let value = match row.ratio {
        Some((num, den)) => ParamValue::Ratio(num, den),
        None => ParamValue::Number(row.value),
    };
    match (ty, value) {
        (Type::Bool, _) => Possible::Truth(crate::possible::from_bool(row.value != 0)),
        (Type::Enum(_), _) => Possible::Choice(usize::try_from(row.value).map_or(u64::MAX, bit)),
        (_, ParamValue::Ratio(num, den)) => match ratio(num, den) {
            Term::Is(value) => value,
            _ => Possible::Number(crate::number::Range::ANY),
        },
        (_, ParamValue::Number(n)) => Possible::Number(crate::number::Range::one(Exact::whole(n))),
    }
}
