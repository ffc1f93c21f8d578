//! 条款的措辞: clauses of the law in words, by their names or by the values that stood for them, in both languages.

use super::words::bare;
use crate::eval::{Mode, Trace, Value};
use crate::lang::Lang;
use crate::plan::{Cmp, Entity, Fold, Node, NodeId, Op, Plan, Type};
use crate::value::Truth;

/// What a node is called, if it is a rule, fact or parameter.
fn own_name(plan: &Plan, id: NodeId, node: &Node, lang: Lang) -> Option<String> {
    if let Some(rule) = plan.rule_at(id).and_then(|at| plan.rules.get(at)) {
        return Some(lang.pick(&rule.zh, &rule.en).to_owned());
    }
    match &node.op {
        Op::Fact(f) => plan.facts.get(*f as usize).map(|f| lang.pick(&f.zh, &f.en).to_owned()),
        Op::Param(p, _) => plan.params.get(*p as usize).map(|p| lang.pick(&p.zh, &p.en).to_owned()),
        _ => None,
    }
}

/// Writes clauses of the law for one subject: names, or the values that stood for them.
pub(crate) struct Phrase<'t, 'a> {
    pub(crate) trace: &'t Trace<'a>,
    pub(crate) lang: Lang,
    /// Whether names are replaced by values.
    pub(crate) values: bool,
}

impl Phrase<'_, '_> {
    fn node(&self, id: NodeId) -> Option<&Node> {
        self.trace.plan().nodes.get(id.0 as usize)
    }

    fn value(&self, id: NodeId, row: usize) -> String {
        let plan = self.trace.plan();
        let ty = self.node(id).map_or(Type::Bool, |n| n.ty);
        bare(plan, self.trace.value(id, row), ty, self.lang)
    }

    /// The clause that a node is, under its own name where it has one.
    pub(crate) fn clause(&self, id: NodeId, row: usize) -> String {
        let Some(node) = self.node(id) else {
            return String::new();
        };
        match own_name(self.trace.plan(), id, node, self.lang) {
            Some(_) if self.values => self.value(id, row),
            Some(name) => name,
            None => self.body(id, row),
        }
    }

    /// What a rule says where it does not hold: the words of its negation. A sentence with places speaks of one case
    /// and not of the condition.
    fn denial(&self, id: NodeId) -> Option<&str> {
        let plan = self.trace.plan();
        let rule = plan.rules.get(plan.rule_at(id)?)?;
        let said = rule.say.iter().find(|s| s.when == Some(Truth::False) && s.places.is_empty())?;
        Some(self.lang.pick(&said.zh, &said.en)).filter(|text| !text.is_empty())
    }

    /// An operand, in brackets where it binds more weakly than `tight`.
    fn part(&self, id: NodeId, row: usize, from: Entity, tight: u8) -> String {
        let Some(node) = self.node(id) else {
            return String::new();
        };
        let row = self.trace.outer_row(from, row, node.entity).unwrap_or(row);
        let text = self.clause(id, row);
        let loose =
            own_name(self.trace.plan(), id, node, self.lang).is_none() && self.strength(id, row) < tight;
        if loose { format!("({text})") } else { text }
    }

    fn strength(&self, id: NodeId, row: usize) -> u8 {
        let Some(node) = self.node(id) else { return 9 };
        match &node.op {
            Op::Lift(a) | Op::ToExact(a) | Op::Round { value: a, .. } => {
                let named =
                    self.node(*a).is_some_and(|n| own_name(self.trace.plan(), *a, n, self.lang).is_some());
                if named { 9 } else { self.strength(*a, row) }
            }
            Op::Max(a, b) | Op::Min(a, b) if self.values => match self.chosen(node, *a, *b, row) {
                Some(chosen) => self.strength(chosen, row),
                None => 9,
            },
            Op::If(..) => 0,
            Op::Or(_) => 1,
            Op::And(_) => 2,
            Op::Not(_) => 3,
            Op::Compare(..) | Op::In(..) => 4,
            Op::Add(..) | Op::Sub(..) => 5,
            Op::Aggregate { fold: Fold::Sum, .. } if self.values && self.body(id, row).contains(" + ") => 5,
            Op::Mul(..) | Op::Div(..) | Op::PerMonth(_) | Op::PerYear(_) => 6,
            _ => 9,
        }
    }

    /// Whether numbers are written and this one is zero.
    fn is_zero(&self, id: NodeId, row: usize, from: Entity) -> bool {
        let entity = self.node(id).map_or(from, |n| n.entity);
        let row = self.trace.outer_row(from, row, entity).unwrap_or(row);
        let zero = match self.trace.value(id, row) {
            Value::Number { lo, hi } => lo == Some(0) && hi == Some(0),
            Value::Exact { lo, hi } => lo == Some((0, 1)) && hi == Some((0, 1)),
            Value::Truth(_) | Value::Enum(_) => false,
        };
        self.values && zero
    }

    /// The operand whose value a maximum or minimum took.
    fn chosen(&self, node: &Node, a: NodeId, b: NodeId, row: usize) -> Option<NodeId> {
        let at = |id: NodeId| {
            let entity = self.node(id)?.entity;
            let row = self.trace.outer_row(node.entity, row, entity)?;
            Some(self.trace.value(id, row))
        };
        let (a_value, b_value) = (at(a)?, at(b)?);
        let larger = greater(a_value, b_value)?;
        let wants_larger = matches!(node.op, Op::Max(..));
        Some(if larger == wants_larger { a } else { b })
    }

    /// The clause that a node is, its own name set aside.
    pub(crate) fn body(&self, id: NodeId, row: usize) -> String {
        let Some(node) = self.node(id) else {
            return String::new();
        };
        let lang = self.lang;
        let part = |id: NodeId, tight: u8| self.part(id, row, node.entity, tight);
        let infix = |a: NodeId, sign: &str, b: NodeId, tight: u8| {
            format!("{} {sign} {}", part(a, tight), part(b, tight + 1))
        };
        let list = |parts: &[NodeId], word: &str, tight: u8| {
            let parts: Vec<String> = parts.iter().map(|p| part(*p, tight)).collect();
            parts.join(word)
        };
        match &node.op {
            Op::Lift(a) | Op::ToExact(a) | Op::Round { value: a, .. } => part(*a, 0),
            Op::Not(_) if self.values => self.value(id, row),
            Op::Not(a) => match self.denial(*a) {
                Some(said) => said.to_owned(),
                None => format!("{}{}", lang.pick("并非 ", "not: "), part(*a, 4)),
            },
            Op::And(all) => list(all, lang.pick(" 且 ", " and "), 2),
            Op::Or(any) => list(any, lang.pick(" 或 ", " or "), 1),
            Op::Compare(cmp, a, b) => infix(*a, comparison(*cmp, node_type(self, *a), lang), *b, 5),
            Op::In(a, set) => {
                let ty = node_type(self, *a);
                let values = bare(self.trace.plan(), Value::Enum(*set), ty, lang);
                format!("{} {} {values}", part(*a, 5), lang.pick("为", "is"))
            }
            // In numbers, a zero adds nothing to the account.
            Op::Add(a, b) | Op::Sub(a, b) if self.is_zero(*b, row, node.entity) => part(*a, 5),
            Op::Add(a, b) if self.is_zero(*a, row, node.entity) => part(*b, 5),
            Op::Add(a, b) => infix(*a, "+", *b, 5),
            Op::Sub(a, b) => infix(*a, "−", *b, 5),
            Op::Mul(a, b) => infix(*a, "×", *b, 6),
            Op::Div(a, b) => match self.averaged(*a, *b) {
                Some((list, filter, body)) if !self.values => self.average(list, filter, body),
                _ => infix(*a, "÷", *b, 6),
            },
            Op::Neg(a) => format!("−{}", part(*a, 9)),
            Op::PerMonth(a) => format!("{} ÷ 12", part(*a, 6)),
            Op::PerYear(a) => format!("{} × 12", part(*a, 6)),
            Op::Max(a, b) | Op::Min(a, b) => match self.chosen(node, *a, *b, row) {
                Some(chosen) if self.values => part(chosen, 0),
                _ => {
                    let word = match node.op {
                        Op::Max(..) => lang.pick("较大者", "the larger of"),
                        _ => lang.pick("较小者", "the smaller of"),
                    };
                    format!("{word}({}, {})", part(*a, 0), part(*b, 0))
                }
            },
            Op::YearsTo(a, _) => format!("{}({})", lang.pick("周岁", "age"), part(*a, 0)),
            Op::MonthsTo(a, _) => {
                format!("{}({})", lang.pick("距今月数", "months since"), part(*a, 0))
            }
            Op::If(c, a, b) => {
                let row_of = self.node(*c).and_then(|n| self.trace.outer_row(node.entity, row, n.entity));
                let truth = row_of.map(|row| self.trace.value(*c, row));
                match truth {
                    Some(Value::Truth(Truth::True)) if self.values => part(*a, 0),
                    Some(Value::Truth(Truth::False)) if self.values => part(*b, 0),
                    _ => format!(
                        "{} {} {} {} {} {}",
                        lang.pick("若", "if"),
                        part(*c, 1),
                        lang.pick("则", "then"),
                        part(*a, 1),
                        lang.pick("否则", "else"),
                        part(*b, 1)
                    ),
                }
            }
            Op::Known(a) => format!("{}({})", lang.pick("已知", "known"), part(*a, 0)),
            Op::OrElse(a, b) if self.values => {
                let known = self.trace.value(*a, row).is_known();
                match self.trace.mode() {
                    Mode::Adverse if !known => self.value(id, row),
                    _ => part(if known { *a } else { *b }, 0),
                }
            }
            Op::OrElse(a, _) => part(*a, 9),
            Op::Aggregate { list, fold, filter, body } => {
                self.aggregate(*list, *fold, *filter, *body, id, row)
            }
            _ => self.value(id, row),
        }
    }

    /// The list, filter and body of a sum over its own count.
    fn averaged(&self, sum: NodeId, count: NodeId) -> Option<(Entity, Option<NodeId>, NodeId)> {
        let op = |id: NodeId| self.node(id).map(|n| &n.op);
        match (op(sum)?, op(count)?) {
            (
                Op::Aggregate { list, fold: Fold::Sum, filter, body: Some(body) },
                Op::Aggregate { list: counted, fold: Fold::Count, filter: of, .. },
            ) if list == counted && filter == of => Some((*list, *filter, *body)),
            _ => None,
        }
    }

    fn average(&self, list: Entity, filter: Option<NodeId>, body: NodeId) -> String {
        let (who, such) = self.who(list, filter);
        let what = self.clause(body, 0);
        match self.lang {
            Lang::Zh => format!("{who}{such}的{what}平均值"),
            Lang::En => format!("average {what} of the {who}{such}"),
        }
    }

    /// A list and its filter in words.
    fn who(&self, list: Entity, filter: Option<NodeId>) -> (&'static str, String) {
        let lang = self.lang;
        let who = match list {
            Entity::Obligor => lang.pick("义务人", "obligors"),
            _ => lang.pick("成员", "members"),
        };
        let such = filter.map(|filter| format!("{}{}", lang.pick("中", " with "), self.clause(filter, 0)));
        (who, such.unwrap_or_default())
    }

    fn aggregate(
        &self,
        list: Entity,
        fold: Fold,
        filter: Option<NodeId>,
        body: Option<NodeId>,
        id: NodeId,
        row: usize,
    ) -> String {
        let lang = self.lang;
        if self.values {
            let counted = (0..self.trace.listed(list))
                .filter(|row| filter.is_none_or(|f| self.trace.value(f, *row) != Value::Truth(Truth::False)));
            let parts: Vec<String> = match body {
                Some(body) if fold == Fold::Sum => counted
                    .filter(|row| !self.is_zero(body, *row, list))
                    .map(|row| self.value(body, row))
                    .collect(),
                _ => Vec::new(),
            };
            return match parts.len() {
                2..=8 => parts.join(" + "),
                _ => self.value(id, row),
            };
        }
        let (who, such) = self.who(list, filter);
        let inner = |id: Option<NodeId>| id.map(|id| self.clause(id, 0)).unwrap_or_default();
        let what = inner(body);
        match (fold, lang) {
            (Fold::Any, Lang::Zh) => format!("有{who}{such}{what}"),
            (Fold::Any, Lang::En) => format!("some of the {who}{such}: {what}"),
            (Fold::All, Lang::Zh) => format!("{who}{such}都{what}"),
            (Fold::All, Lang::En) => format!("all {who}{such}: {what}"),
            (Fold::Count, Lang::Zh) => format!("{who}{such}的人数"),
            (Fold::Count, Lang::En) => format!("number of {who}{such}"),
            (Fold::Sum, Lang::Zh) => format!("{who}{such}的{what}合计"),
            (Fold::Sum, Lang::En) => format!("{what} of the {who}{such}, together"),
            (Fold::Max, Lang::Zh) => format!("{who}{such}的{what}最高值"),
            (Fold::Max, Lang::En) => format!("highest {what} of the {who}{such}"),
            (Fold::Min, Lang::Zh) => format!("{who}{such}的{what}最低值"),
            (Fold::Min, Lang::En) => format!("lowest {what} of the {who}{such}"),
        }
    }
}

fn node_type(phrase: &Phrase<'_, '_>, id: NodeId) -> Type {
    phrase.node(id).map_or(Type::Bool, |n| n.ty)
}

fn greater(a: Value, b: Value) -> Option<bool> {
    if !a.is_known() || !b.is_known() {
        return None;
    }
    let fraction = |v: Value| match v {
        Value::Number { lo, .. } => lo.map(|v| (v, 1)),
        Value::Exact { lo, .. } => lo,
        Value::Truth(_) | Value::Enum(_) => None,
    };
    let ((a, b), (c, d)) = (fraction(a)?, fraction(b)?);
    Some(i128::from(a) * i128::from(d) >= i128::from(c) * i128::from(b))
}

/// How a comparison reads.
pub(crate) fn comparison(cmp: Cmp, ty: Type, lang: Lang) -> &'static str {
    let amount = matches!(ty, Type::Money(_) | Type::Exact(_) | Type::Rate);
    match (cmp, lang) {
        (Cmp::Eq, Lang::Zh) => "为",
        (Cmp::Eq, Lang::En) => "is",
        (Cmp::Ne, Lang::Zh) => "不为",
        (Cmp::Ne, Lang::En) => "is not",
        (Cmp::Lt, Lang::Zh) if amount => "低于",
        (Cmp::Ge, Lang::Zh) if amount => "不低于",
        (Cmp::Gt, Lang::Zh) if amount => "高于",
        (Cmp::Le, Lang::Zh) if amount => "不高于",
        (Cmp::Lt, Lang::Zh) => "少于",
        (Cmp::Ge, Lang::Zh) => "不少于",
        (Cmp::Gt, Lang::Zh) => "多于",
        (Cmp::Le, Lang::Zh) => "不多于",
        (Cmp::Lt, Lang::En) => "is below",
        (Cmp::Ge, Lang::En) => "is at least",
        (Cmp::Gt, Lang::En) => "is above",
        (Cmp::Le, Lang::En) => "is at most",
    }
}

/// The comparison that holds where the given one does not.
pub(crate) fn opposite(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Eq => Cmp::Ne,
        Cmp::Ne => Cmp::Eq,
        Cmp::Lt => Cmp::Ge,
        Cmp::Ge => Cmp::Lt,
        Cmp::Gt => Cmp::Le,
        Cmp::Le => Cmp::Gt,
    }
}
