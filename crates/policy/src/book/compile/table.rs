//! 决策表的编译: cells to sets, the proof that rows neither miss nor contradict one another, and the lowering to a
//! tree of choices. The tree asks one column after the other, so that what is still possible for the table is no
//! wider than what its columns leave open.

use super::proof::{Grid, Region, Tree, Trees, grow, overlaps};
use super::region::{Cut, Domain, Point, Set};
use super::types::{self, convert, wanted};
use super::{Compiler, Scope};
use crate::book::decl::{RuleDecl, TableDecl};
use crate::diag::Fault;
use crate::lang::Lang;
use crate::plan::{Cmp, Entity, Fold, Hit, NodeId, Op, PlannedRow, PlannedTable, Span, Type};
use crate::syntax::ast::{Cell, CellKind, Expr};
use crate::syntax::parse::not_a_literal;
use crate::value::{Rate, Truth};

/// How many missing parts of a table one fault names.
const MOST_NAMED: usize = 4;

/// A column of a table.
struct Column {
    node: NodeId,
    domain: Domain,
    /// The words of the column, in Chinese and English.
    name: (String, String),
}

impl Compiler<'_> {
    /// The value of a table, exceptions aside, and what tells which row decided.
    pub(super) fn table(
        &mut self,
        rule: &RuleDecl,
        table: &TableDecl,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<(NodeId, PlannedTable)> {
        let columns: Vec<Option<Column>> = table.columns.iter().map(|c| self.column(c, scope)).collect();
        let results = self.results(table, scope, want);
        let columns: Vec<Column> = columns.into_iter().collect::<Option<_>>()?;
        let mut rows: Vec<Option<Vec<Set>>> = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let cells: Vec<Option<Set>> =
                row.cells.iter().zip(&columns).map(|(cell, column)| self.cell(cell, column, scope)).collect();
            rows.push(cells.into_iter().collect());
        }
        let grid = Grid {
            domains: columns.iter().map(|column| column.domain.clone()).collect(),
            rows: rows.into_iter().collect::<Option<_>>()?,
            hit: table.hit,
        };
        let trees = self.proved(rule, table, &columns, &grid)?;
        let (values, default) = results?;
        let node = self.lowered(&trees, &columns, table.hit, &values, default, rule.span)?;
        let mut planned = Vec::with_capacity(table.rows.len());
        for (row, sets) in table.rows.iter().zip(&grid.rows) {
            let words = |lang| region_words(&columns, sets, &self.book.enums, lang);
            let (zh, en) = (words(Lang::Zh), words(Lang::En));
            let (_, line, _) = self.book.place(row.span);
            planned.push(PlannedRow {
                when: self.applies(&columns, sets, row.span),
                zh,
                en,
                source: row.result.source.clone(),
                place: (row.span.file, line),
            });
        }
        let planned = PlannedTable {
            hit: table.hit,
            columns: columns.iter().map(|column| column.node).collect(),
            rows: planned,
            default: table.default.as_ref().map(|default| default.source.clone()),
        };
        Some((node, planned))
    }

    fn column(&mut self, expr: &Expr, scope: &Scope<'_>) -> Option<Column> {
        let node = self.lower(expr, scope, None)?;
        let ty = self.graph.ty(node);
        let (lo, hi) = self.bounds(node);
        let name = |lang| self.book.text_of(expr, lang);
        let name = (name(Lang::Zh), name(Lang::En));
        Some(Column { node, domain: Domain::new(ty, &self.book.enums, lo, hi), name })
    }

    /// What is certain of a whole number whatever the household: the bounds of a fact, and that a count is no less
    /// than nothing.
    pub(super) fn bounds(&self, mut node: NodeId) -> (Option<i64>, Option<i64>) {
        loop {
            match self.graph.get(node).map(|n| &n.op) {
                Some(Op::Lift(inner)) => node = *inner,
                Some(Op::Fact(fact)) => {
                    let fact = self.facts.get(*fact as usize);
                    return fact.map_or((None, None), |fact| (fact.min, fact.max));
                }
                Some(Op::Aggregate { fold: Fold::Count, .. }) => return (Some(0), None),
                _ => return (None, None),
            }
        }
    }

    /// The values that a cell asks for.
    fn cell(&mut self, cell: &Cell, column: &Column, scope: &Scope<'_>) -> Option<Set> {
        let domain = &column.domain;
        let set = match &cell.kind {
            CellKind::Any => return Some(domain.all()),
            CellKind::OneOf(values) => {
                let mut set = domain.without(&domain.all());
                for value in values {
                    let point = self.point(value, domain.ty, scope)?;
                    set = set.or(&domain.compare(Cmp::Eq, point));
                }
                set
            }
            CellKind::Compare(cmp, value) => {
                let point = self.point(value, domain.ty, scope)?;
                self.ordered(*cmp, domain.ty, cell.span)?;
                domain.compare(*cmp, point)
            }
            CellKind::Between(from, to) => {
                let (from, to) = (self.point(from, domain.ty, scope), self.point(to, domain.ty, scope));
                let (from, to) = (from?, to?);
                self.ordered(Cmp::Ge, domain.ty, cell.span)?;
                domain.compare(Cmp::Ge, from).and(&domain.compare(Cmp::Le, to))
            }
        };
        if !set.is_empty() {
            return Some(set);
        }
        self.fault(
            cell.span,
            Fault::new(
                "empty-cell",
                (
                    format!(
                        "没有哪个值符合这一格: “{}”取 {}",
                        column.name.0,
                        domain.words(&domain.all(), &self.book.enums, Lang::Zh)
                    ),
                    format!(
                        "no value fits this cell: `{}` is {}",
                        column.name.1,
                        domain.words(&domain.all(), &self.book.enums, Lang::En)
                    ),
                ),
                ("核对两端的次序和取值范围", "check the order of the ends and the range of the values"),
            ),
        )
    }

    fn ordered(&mut self, cmp: Cmp, ty: Type, span: Span) -> Option<()> {
        if matches!(cmp, Cmp::Eq | Cmp::Ne) || types::is_ordered(ty) {
            return Some(());
        }
        self.fault(
            span,
            Fault::new(
                "type",
                (
                    format!("{}不能比较大小", types::words(ty).0),
                    format!("{} has no order", types::words(ty).1),
                ),
                ("写一个值、[…]、!= 或 -", "write a value, […], != or -"),
            ),
        )
    }

    /// A literal as a value of a type.
    fn point(&mut self, value: &Expr, ty: Type, scope: &Scope<'_>) -> Option<Point> {
        let node = self.lower(value, scope, Some(ty))?;
        let Some(point) = self.constant_of(node) else {
            return self.fault(value.span, not_a_literal());
        };
        let found = self.graph.ty(node);
        let found = match (found, ty) {
            (Type::Money(p), Type::Exact(q)) if p == q => ty,
            (Type::Int, Type::Rate) => ty,
            _ => found,
        };
        if found != ty {
            return self.fault(value.span, types::mismatch(ty, found));
        }
        Some(point)
    }

    /// The literal that a node is.
    pub(super) fn constant_of(&self, node: NodeId) -> Option<Point> {
        match &self.graph.get(node)?.op {
            Op::Truth(Truth::False) => Some(Point::Position(0)),
            Op::Truth(Truth::True) => Some(Point::Position(1)),
            Op::EnumValue(at) => Some(Point::Position(*at)),
            Op::Number(n) => Rate::new(*n, 1).map(Point::Number),
            Op::Ratio(rate) => Some(Point::Number(*rate)),
            Op::Neg(inner) => match self.constant_of(*inner)? {
                Point::Number(rate) => Rate::new(rate.num().checked_neg()?, rate.den()).map(Point::Number),
                Point::Position(_) => None,
            },
            Op::Lift(inner) | Op::ToExact(inner) => self.constant_of(*inner),
            _ => None,
        }
    }

    /// The nodes of the results, brought to one type: of each row, and of the default.
    fn results(
        &mut self,
        table: &TableDecl,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<(Vec<NodeId>, Option<NodeId>)> {
        let all: Vec<&Expr> = table.results().collect();
        // A literal without a time takes it from a result that has one.
        let firm = all.iter().find(|expr| !self.leans(expr, scope)).copied();
        let want = match (want, firm) {
            (None, Some(firm)) => self.lower(firm, scope, None).map(|id| self.graph.ty(id)),
            (want, _) => want,
        };
        let nodes: Vec<Option<NodeId>> = all.iter().map(|expr| self.lower(expr, scope, want)).collect();
        let nodes: Vec<NodeId> = nodes.into_iter().collect::<Option<_>>()?;
        let mut ty = nodes.first().map(|id| self.graph.ty(*id))?;
        for (expr, id) in all.iter().zip(&nodes) {
            let found = self.graph.ty(*id);
            ty = match types::common(ty, found) {
                Some(ty) => ty,
                None => return self.fault(expr.span, self.mismatch(ty, found)),
            };
        }
        let collects = matches!(table.hit, Hit::CollectSum | Hit::CollectMax);
        if collects && !types::is_number(ty) {
            let span = all.first().map_or_else(Span::default, |expr| expr.span);
            return self.fault(span, wanted(("可以汇总的数", "a number, to be collected"), ty));
        }
        let mut nodes: Vec<NodeId> = nodes.into_iter().map(|id| convert(&mut self.graph, id, ty)).collect();
        let default = if table.default.is_some() { nodes.pop() } else { None };
        Some((nodes, default))
    }

    /// Holds a table to what it promises: no contradiction, no row that never decides, no gap.
    fn proved(
        &mut self,
        rule: &RuleDecl,
        table: &TableDecl,
        columns: &[Column],
        grid: &Grid,
    ) -> Option<Trees> {
        let before = self.faults.len();
        let place = |row: usize| {
            let span = table.rows.get(row).map_or(rule.span, |row| row.span);
            let (path, line, _) = self.book.place(span);
            (span, format!("{path}:{line}"))
        };
        let words = |region: &Region, lang| region_words(columns, region, &self.book.enums, lang);
        if table.hit == Hit::Unique {
            let found: Vec<(Span, Fault)> = overlaps(grid)
                .into_iter()
                .map(|(first, second, region)| {
                    let ((_, other), (span, here)) = (place(first), place(second));
                    let fault = Fault::new(
                        "table-overlap",
                        (
                            format!("{other} 与 {here} 两行都适用于: {}", words(&region, Lang::Zh)),
                            format!(
                                "the rows at {other} and {here} both apply where {}",
                                words(&region, Lang::En)
                            ),
                        ),
                        (
                            "缩小其中一行，或写 hit = \"first\" 让在前的一行作数",
                            "narrow one of them, or write hit = \"first\" so that the upper row counts",
                        ),
                    );
                    (span, fault)
                })
                .collect();
            for (span, fault) in found {
                self.fault::<()>(span, fault);
            }
        }
        let Some(trees) = grow(grid) else {
            return self.fault(
                rule.span,
                Fault::new(
                    "table-too-large",
                    (
                        "这张表的组合太多，查不清漏和重",
                        "the table has too many combinations to prove it whole",
                    ),
                    (
                        "拆成几张表，一张的结果作另一张的列",
                        "split it: let the result of one table be a column of another",
                    ),
                ),
            );
        };
        if table.hit == Hit::First {
            let idle: Vec<Span> = trees.idle(grid).into_iter().map(|row| place(row).0).collect();
            for span in idle {
                self.fault::<()>(
                    span,
                    Fault::new(
                        "idle-row",
                        (
                            "上面的行已包含这一行的全部情形，这一行用不上",
                            "the rows above cover all of this row; it never decides",
                        ),
                        ("删去这一行，或移到前面", "remove the row or move it up"),
                    ),
                );
            }
        }
        let gaps = if table.default.is_none() { trees.gaps(grid) } else { Vec::new() };
        if !gaps.is_empty() {
            let list = |lang: Lang| {
                let named: Vec<String> = gaps.iter().take(MOST_NAMED).map(|gap| words(gap, lang)).collect();
                let more = gaps.len().saturating_sub(MOST_NAMED);
                let rest = match (more, lang) {
                    (0, _) => String::new(),
                    (more, Lang::Zh) => format!("；另有 {more} 处"),
                    (more, Lang::En) => format!("; and {more} more"),
                };
                named.join(lang.pick("；", "; ")) + &rest
            };
            let fault = Fault::new(
                "table-gap",
                (
                    format!("没有一行适用于: {}", list(Lang::Zh)),
                    format!("no row applies where {}", list(Lang::En)),
                ),
                (
                    "补上这些行；条文说其余情形怎样的，写 default = ['值', '依据']",
                    "add rows for them; where an article says what holds otherwise, write default = ['value', 'article']",
                ),
            );
            self.fault::<()>(rule.span, fault);
        }
        (self.faults.len() == before).then_some(trees)
    }

    /// The choices of a tree as nodes.
    fn lowered(
        &mut self,
        trees: &Trees,
        columns: &[Column],
        hit: Hit,
        values: &[NodeId],
        default: Option<NodeId>,
        span: Span,
    ) -> Option<NodeId> {
        let mut made: Vec<NodeId> = Vec::with_capacity(trees.all.len());
        for tree in &trees.all {
            let node = match tree {
                Tree::Leaf(rows) => {
                    let mut found = rows.iter().filter_map(|row| values.get(*row)).copied();
                    match found.next() {
                        None => default?,
                        Some(first) => found.fold(first, |sum, next| {
                            let ty = self.graph.ty(sum);
                            let op = if hit == Hit::CollectMax { Op::Max } else { Op::Add };
                            self.graph.binary(sum, next, ty, span, op)
                        }),
                    }
                }
                Tree::Split(column, branches) => {
                    let column = columns.get(*column)?;
                    let branches = joined(branches, &made)?;
                    let (last, rest) = branches.split_last()?;
                    let mut node = last.1;
                    for (set, then) in rest.iter().rev() {
                        let test = self.test(column, set, span);
                        node = self.choice(test, *then, node, span);
                    }
                    node
                }
            };
            made.push(node);
        }
        made.pop()
    }

    /// Whether a column is in one of its branches, those before it being ruled out.
    fn test(&mut self, column: &Column, set: &Set, span: Span) -> NodeId {
        match set {
            Set::Mask(_) => self.within(column, set, span),
            // The branches stand in rising order, so the upper end alone tells.
            Set::Line(spans) => {
                let end = spans.last().map_or(Cut::End, |(_, to)| *to);
                self.below(column, end, span)
            }
        }
    }

    fn below(&mut self, column: &Column, end: Cut, span: Span) -> NodeId {
        let (cmp, value) = match end {
            Cut::At(value, false) => (Cmp::Lt, value),
            Cut::At(value, true) => (Cmp::Le, value),
            Cut::Start | Cut::End => {
                let truth = if end == Cut::End { Truth::True } else { Truth::False };
                return self.graph.node(Op::Truth(truth), Type::Bool, Entity::Constant, span);
            }
        };
        let value = self.literal(value, column.domain.ty, span);
        self.graph.binary(column.node, value, Type::Bool, span, |a, b| Op::Compare(cmp, a, b))
    }

    fn literal(&mut self, value: Rate, ty: Type, span: Span) -> NodeId {
        let (op, plain) = match ty {
            Type::Rate => (Op::Ratio(value), ty),
            Type::Exact(per) => (Op::Number(value.num()), Type::Money(per)),
            _ => (Op::Number(value.num()), ty),
        };
        let node = self.graph.node(op, plain, Entity::Constant, span);
        convert(&mut self.graph, node, ty)
    }

    /// Whether a column has a value of a set.
    fn within(&mut self, column: &Column, set: &Set, span: Span) -> NodeId {
        match (set, column.domain.ty) {
            (Set::Mask(2), Type::Bool) => column.node,
            (Set::Mask(1), Type::Bool) => self.graph.unary(column.node, Type::Bool, span, Op::Not),
            (Set::Mask(mask), Type::Enum(_)) => {
                let mask = *mask;
                self.graph.unary(column.node, Type::Bool, span, |id| Op::In(id, mask))
            }
            (Set::Mask(_), _) => self.graph.node(Op::Truth(Truth::True), Type::Bool, Entity::Constant, span),
            (Set::Line(spans), _) => {
                let mut parts = Vec::with_capacity(spans.len());
                for (from, to) in spans {
                    let mut ends = Vec::new();
                    if *from != Cut::Start {
                        let under = self.below(column, *from, span);
                        ends.push(self.graph.unary(under, Type::Bool, span, Op::Not));
                    }
                    if *to != Cut::End {
                        ends.push(self.below(column, *to, span));
                    }
                    parts.push(self.all_of(&ends, span));
                }
                match parts.as_slice() {
                    [one] => *one,
                    many => self.graph.over(many, Type::Bool, span, |ids| Op::Or(ids.to_vec())),
                }
            }
        }
    }

    pub(super) fn all_of(&mut self, parts: &[NodeId], span: Span) -> NodeId {
        match parts {
            [] => self.graph.node(Op::Truth(Truth::True), Type::Bool, Entity::Constant, span),
            [one] => *one,
            many => self.graph.over(many, Type::Bool, span, |ids| Op::And(ids.to_vec())),
        }
    }

    /// Whether a row applies.
    fn applies(&mut self, columns: &[Column], sets: &[Set], span: Span) -> NodeId {
        let mut parts = Vec::with_capacity(columns.len());
        for (column, set) in columns.iter().zip(sets) {
            if *set != column.domain.all() {
                parts.push(self.within(column, set, span));
            }
        }
        self.all_of(&parts, span)
    }

    /// `if test then a else b`, as plain logic where that says the same.
    pub(super) fn choice(&mut self, test: NodeId, then: NodeId, other: NodeId, span: Span) -> NodeId {
        let truth = |id: NodeId| match self.graph.get(id).map(|n| &n.op) {
            Some(Op::Truth(truth @ (Truth::True | Truth::False))) => Some(*truth),
            _ => None,
        };
        let ty = self.graph.ty(then);
        match (truth(then), truth(other)) {
            _ if then == other => then,
            (Some(Truth::True), Some(Truth::False)) => test,
            (Some(Truth::False), Some(Truth::True)) => self.graph.unary(test, ty, span, Op::Not),
            (_, Some(Truth::False)) => self.all_of(&[test, then], span),
            (Some(Truth::True), _) => self.graph.over(&[test, other], ty, span, |ids| Op::Or(ids.to_vec())),
            _ => self.graph.over(&[test, then, other], ty, span, |ids| match ids {
                [c, a, b] => Op::If(*c, *a, *b),
                _ => Op::Truth(Truth::Unknown),
            }),
        }
    }
}

/// The branches of a column with their nodes; those that come to the same are one.
fn joined(branches: &[(Set, usize)], made: &[NodeId]) -> Option<Vec<(Set, NodeId)>> {
    let mut found: Vec<(Set, NodeId)> = Vec::with_capacity(branches.len());
    for (set, tree) in branches {
        let node = *made.get(*tree)?;
        let same = match set {
            Set::Mask(_) => found.iter_mut().find(|(_, other)| *other == node),
            Set::Line(_) => found.last_mut().filter(|(_, other)| *other == node),
        };
        match same {
            Some((joined, _)) => *joined = joined.or(set),
            None => found.push((set.clone(), node)),
        }
    }
    Some(found)
}

/// A part of a table in words: `残疾类别 为 肢体，残疾等级 为 一级或二级`.
fn region_words(columns: &[Column], sets: &[Set], enums: &[crate::plan::EnumDecl], lang: Lang) -> String {
    let asked = columns.iter().zip(sets).filter(|(column, set)| **set != column.domain.all());
    let parts: Vec<String> = asked
        .map(|(column, set)| {
            let name = lang.pick(&column.name.0, &column.name.1);
            format!("{name} {} {}", lang.pick("为", "is"), column.domain.words(set, enums, lang))
        })
        .collect();
    if parts.is_empty() {
        return lang.pick("任何情形", "anything").to_owned();
    }
    parts.join(lang.pick("，", ", "))
}
