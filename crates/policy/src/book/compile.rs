//! 编译: the versions of one day, checked and lowered to a plan.

mod except;
mod expr;
mod graph;
mod group;
mod names;
mod order;
pub(super) mod params;
mod proof;
mod region;
mod statistics;
mod table;
mod together;
mod types;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use super::Book;
use super::decl::{Body, IndicatorDecl, OutcomeDecl, RuleDecl, SayDecl};
use crate::diag::{Diagnostic, Fault, Faults, MOST, Raised};
use crate::plan::{
    Entity, FactDecl, Input, NodeId, Op, ParamTable, Plan, PlannedIndicator, PlannedOutcome, PlannedRule,
    Say, Span, Type,
};
use crate::value::{Date, Month};
use graph::Graph;

/// What an expression may speak of.
#[derive(Clone)]
struct Scope<'a> {
    /// Whose rule it is.
    subject: Entity,
    /// The variable of the innermost list, and the list.
    variable: Option<(&'a str, Entity)>,
    /// Variables of outer lists, out of reach.
    outer: Vec<&'a str>,
    /// Variables that stand for the value of a month, the innermost last.
    values: Vec<(&'a str, NodeId)>,
    /// Whether a citation allows defaults for the unknown.
    defaults: bool,
}

impl<'a> Scope<'a> {
    fn of(subject: Entity, defaults: &[String]) -> Self {
        Self {
            subject,
            variable: None,
            outer: Vec::new(),
            values: Vec::new(),
            defaults: !defaults.is_empty(),
        }
    }

    fn within(&self, variable: &'a str, list: Entity) -> Self {
        let mut outer = self.outer.clone();
        outer.extend(self.variable.map(|(name, _)| name));
        Self { variable: Some((variable, list)), outer, values: self.values.clone(), ..*self }
    }

    /// With a variable for the value of a month.
    fn with_value(&self, variable: &'a str, value: NodeId) -> Self {
        let mut inner = self.clone();
        inner.values.push((variable, value));
        inner
    }

    /// The value that a variable stands for.
    fn value_of(&self, name: &str) -> Option<NodeId> {
        self.values.iter().rev().find(|(variable, _)| *variable == name).map(|(_, value)| *value)
    }

    fn list(&self) -> Entity {
        self.variable.map_or(Entity::Member, |(_, list)| list)
    }
}

/// A plan in the making.
struct Compiler<'a> {
    book: &'a Book,
    day: Date,
    as_of: Date,
    faults: Vec<Raised>,
    /// How often each code came up in each file.
    told: BTreeMap<(u32, &'static str), usize>,
    graph: Graph,
    facts: Vec<FactDecl>,
    fact_index: BTreeMap<usize, u32>,
    params: Vec<ParamTable>,
    param_index: BTreeMap<usize, u32>,
    rules: Vec<PlannedRule>,
    rule_index: BTreeMap<&'a str, u32>,
    /// Rules with faults: what uses them is silent about it.
    broken: BTreeSet<&'a str>,
    /// Rules that read a rule not in force: a fault only where an outcome needs them.
    dormant: BTreeMap<&'a str, Vec<Raised>>,
    /// Direct inputs of the text at hand.
    inputs: Vec<Input>,
    /// First fault of the text at hand.
    text_from: usize,
}

/// The fault that a rule out of force may wait with until something needs it.
const GAP: &str = "gap";

/// A list of names, the middle of a long one left out.
fn few<T: AsRef<str>>(names: &[T], between: &str) -> String {
    const ENDS: usize = 4;
    let join = |part: &[T]| part.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(between);
    match (names.get(..ENDS), names.get(names.len().saturating_sub(ENDS)..)) {
        (Some(head), Some(tail)) if names.len() > 3 * ENDS => {
            let left = names.len() - 2 * ENDS;
            format!("{}{between}… ({left}) …{between}{}", join(head), join(tail))
        }
        _ => join(names),
    }
}

/// Compiles the law of a month as it was known on a day.
pub(super) fn plan(book: &Book, period: Month, as_of: Date) -> Result<Plan, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        book,
        day: period.last_day(),
        as_of,
        faults: Vec::new(),
        told: BTreeMap::new(),
        graph: Graph::default(),
        facts: Vec::new(),
        fact_index: BTreeMap::new(),
        params: Vec::new(),
        param_index: BTreeMap::new(),
        rules: Vec::new(),
        rule_index: BTreeMap::new(),
        broken: BTreeSet::new(),
        dormant: BTreeMap::new(),
        inputs: Vec::new(),
        text_from: 0,
    };
    let versions = compiler.versions();
    compiler.all_rules(&versions);
    compiler.all_sentences(&versions);
    let outcomes = compiler.all_outcomes();
    let groups = compiler.all_groups(&outcomes);
    let indicators = compiler.all_indicators();
    statistics::keep_apart(&mut compiler, &outcomes, &indicators);
    if !compiler.faults.is_empty() {
        return Err(Faults::of(compiler.faults, compiler.told).settle(&book.files));
    }
    // The rest of the vocabulary: a facts sheet may name what no rule of this month reads.
    for at in 0..book.facts.len() {
        compiler.fact_index(at);
    }
    Ok(Plan {
        period,
        as_of,
        package_hash: book.package_hash(),
        files: book.files.iter().map(|f| f.path.clone()).collect(),
        enums: book.enums.clone(),
        facts: compiler.facts,
        params: compiler.params,
        nodes: compiler.graph.nodes,
        rules: compiler.rules,
        outcomes,
        groups,
        indicators,
        ready: Default::default(),
    })
}

impl<'a> Compiler<'a> {
    /// Records a fault; always `None`, so that a caller can return it. Of one code and file only so many are kept as
    /// are told, and of gaps, which may wait, only the first about a name in one text.
    fn fault<T>(&mut self, span: Span, fault: Fault) -> Option<T> {
        if fault.code == GAP {
            let since = self.faults.get(self.text_from..).unwrap_or_default();
            if since.iter().any(|r| r.fault.code == GAP && r.fault.cause() == fault.cause()) {
                return None;
            }
        } else {
            let told = self.told.entry((span.file, fault.code)).or_default();
            *told += 1;
            if *told > MOST {
                return None;
            }
        }
        self.faults.push(Raised { span, fault });
        None
    }

    /// Whether a further fault of a code would not be told.
    fn full(&self, span: Span, code: &'static str) -> bool {
        self.told.get(&(span.file, code)).is_some_and(|told| *told >= MOST)
    }

    /// Whether faults have come up since `before`, all of them gaps in time.
    fn only_gaps(&self, before: usize) -> bool {
        let new = self.faults.get(before..).unwrap_or_default();
        !new.is_empty() && new.iter().all(|raised| raised.fault.code == GAP)
    }

    /// The one version of each rule that holds; two are a fault.
    fn versions(&mut self) -> BTreeMap<&'a str, &'a RuleDecl> {
        let book: &'a Book = self.book;
        let mut versions: BTreeMap<&str, &RuleDecl> = BTreeMap::new();
        for rule in &book.rules {
            if !rule.validity.holds(self.day, self.as_of) {
                continue;
            }
            if let Some(first) = versions.insert(&rule.id, rule) {
                let day = self.day;
                self.fault::<()>(
                    rule.span,
                    Fault::new(
                        "overlap",
                        (
                            format!("规则“{}”在 {day} 有两个版本", rule.zh),
                            format!("the rule `{}` has two versions on {day}", rule.id),
                        ),
                        ("给较早的版本写上结束日期 to", "give the earlier version its last day: `to`"),
                    )
                    .beside(first.span, "另一个版本在这里", "the other version is here"),
                );
            }
        }
        self.holes(&versions);
        versions
    }

    /// A rule that has held before and will hold again, but not on the day.
    fn holes(&mut self, versions: &BTreeMap<&str, &RuleDecl>) {
        let day = self.day;
        let book: &'a Book = self.book;
        let mut told = BTreeSet::new();
        let mut last: BTreeMap<&str, Date> = BTreeMap::new();
        for rule in &book.rules {
            let from = last.entry(&rule.id).or_insert(rule.validity.from);
            *from = rule.validity.from.max(*from);
        }
        for rule in &book.rules {
            let ended = rule.validity.to.is_some_and(|to| to < day);
            if !ended || versions.contains_key(rule.id.as_str()) || !told.insert(&rule.id) {
                continue;
            }
            if last.get(rule.id.as_str()).is_some_and(|last| *last > day) {
                let fault = self.gap(&rule.id);
                self.fault::<()>(rule.span, fault);
            }
        }
    }

    fn gap(&self, id: &str) -> Fault {
        let (day, as_of) = (self.day, self.as_of);
        let versions: Vec<&RuleDecl> = self.book.rules.iter().filter(|r| r.id == id).collect();
        let zh = versions.first().map_or(id, |r| r.zh.as_str());
        let spans: Vec<String> = versions
            .iter()
            .map(|r| {
                let to = r.validity.to.map_or("…".to_owned(), |to| to.to_string());
                format!("{}–{to}", r.validity.from)
            })
            .collect();
        let spans = few(&spans, ", ");
        Fault::new(
            "gap",
            (
                format!("规则“{zh}”在 {day} 没有生效的版本(按 {as_of} 所知；现有版本 {spans})"),
                format!("the rule `{id}` has no version on {day} as known on {as_of} (versions: {spans})"),
            ),
            (
                "补上这段时间的版本，或核对 from、to、enacted",
                "add a version for that time, or check `from`, `to` and `enacted`",
            ),
        )
        .about(id)
    }

    fn all_rules(&mut self, versions: &BTreeMap<&'a str, &'a RuleDecl>) {
        let needs: BTreeMap<&str, Vec<String>> =
            versions.iter().map(|(id, rule)| (*id, order::needs(self.book, rule))).collect();
        let (order, circles) = order::sorted(&needs);
        for (circle, bound) in circles {
            self.circle(&circle, versions);
            for id in bound {
                if let Some((id, _)) = versions.get_key_value::<str>(id) {
                    self.broken.insert(id);
                }
            }
        }
        for id in order {
            let Some((id, rule)) = versions.get_key_value::<str>(id) else {
                continue;
            };
            if self.broken.contains(id) {
                continue;
            }
            let before = self.faults.len();
            if let Some(planned) = self.rule(rule) {
                let index = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
                self.rules.push(planned);
                self.rule_index.insert(id, index);
            } else if self.only_gaps(before) {
                self.dormant.insert(id, self.faults.split_off(before));
            } else {
                self.broken.insert(id);
            }
        }
    }

    fn circle(&mut self, circle: &[&str], versions: &BTreeMap<&'a str, &'a RuleDecl>) {
        let Some(first) = circle.first().and_then(|id| versions.get(id)) else {
            return;
        };
        let closed = || circle.iter().chain(circle.first());
        let zh: Vec<String> =
            closed().map(|id| versions.get(id).map_or((*id).to_owned(), |r| r.zh.clone())).collect();
        let en: Vec<&str> = closed().copied().collect();
        let mut fault = Fault::new(
            "cycle",
            (
                format!("规则互相引用成环: {}", few(&zh, " → ")),
                format!("the rules go in a circle: {}", few(&en, " → ")),
            ),
            ("去掉其中一处引用", "remove one of these references"),
        );
        for rule in circle.iter().skip(1).take(3).filter_map(|id| versions.get(id)) {
            fault = fault.beside(rule.span, "它在环里", "it is part of the circle");
        }
        self.fault::<()>(first.span, fault);
    }

    /// Begins another text of law.
    fn begin(&mut self) {
        self.inputs.clear();
        self.text_from = self.faults.len();
    }

    fn rule(&mut self, rule: &'a RuleDecl) -> Option<PlannedRule> {
        self.begin();
        let scope = Scope::of(rule.of, &rule.defaults);
        let want = rule.enum_index.map(Type::Enum);
        let (value, table) = match &rule.body {
            Body::Value(value) => (self.lower(value, &scope, want), None),
            Body::Table(table) => match self.table(rule, table, &scope, want) {
                Some((value, table)) => (Some(value), Some(table)),
                None => (None, None),
            },
        };
        let want = value.map(|id| self.graph.ty(id)).or(want);
        let mut told = except::Told::default();
        let node = self.excepted(value, &rule.excepts, &scope, want, &[], &mut told)?;
        if let Some(index) = rule.enum_index {
            let ty = self.graph.ty(node);
            if ty != Type::Enum(index) {
                let place = rule.results().first().map_or(rule.span, |result| result.span);
                return self
                    .fault(place, types::wanted(("本规则 values 中的值", "one of the rule's values"), ty));
            }
        }
        let node = self.graph.lift(node, rule.of);
        Some(PlannedRule {
            id: rule.id.clone(),
            package: rule.package.clone(),
            zh: rule.zh.clone(),
            en: rule.en.clone(),
            of: rule.of,
            source: rule.source.clone(),
            defaults: rule.defaults.clone(),
            node,
            excepts: told.excepts,
            disputes: told.disputes,
            table,
            inputs: std::mem::take(&mut self.inputs),
            say: Vec::new(),
        })
    }

    /// Sentences come last: they may name rules that themselves use the rule.
    fn all_sentences(&mut self, versions: &BTreeMap<&'a str, &'a RuleDecl>) {
        for (id, rule) in versions {
            let Some(index) = self.rule_index.get(id).copied() else {
                continue;
            };
            let scope = Scope::of(rule.of, &rule.defaults);
            let say = rule.say.iter().map(|s| self.say(s, &scope)).collect();
            if let Some(planned) = self.rules.get_mut(index as usize) {
                planned.say = say;
            }
        }
    }

    fn say(&mut self, say: &SayDecl, scope: &Scope<'_>) -> Say {
        let places = say
            .places
            .iter()
            .filter_map(|(name, expr)| {
                let node = self.lower(expr, scope, None)?;
                Some((name.clone(), node))
            })
            .collect();
        Say { when: say.when, zh: say.zh.clone(), en: say.en.clone(), places }
    }

    fn all_outcomes(&mut self) -> Vec<PlannedOutcome> {
        let book: &'a Book = self.book;
        let mut planned: Vec<PlannedOutcome> = Vec::new();
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for outcome in &book.outcomes {
            if !outcome.validity.holds(self.day, self.as_of) {
                continue;
            }
            if let Some(first) = first.insert(&outcome.id, outcome.span) {
                let day = self.day;
                self.fault::<()>(
                    outcome.span,
                    Fault::new(
                        "overlap",
                        (
                            format!("待遇“{}”在 {day} 有两个版本", outcome.zh),
                            format!("the outcome `{}` has two versions on {day}", outcome.id),
                        ),
                        ("给较早的版本写上结束日期 to", "give the earlier version its last day: `to`"),
                    )
                    .beside(first, "另一个版本在这里", "the other version is here"),
                );
            }
            planned.extend(self.outcome(outcome));
        }
        planned
    }

    fn outcome(&mut self, outcome: &'a OutcomeDecl) -> Option<PlannedOutcome> {
        self.begin();
        let scope = Scope::of(outcome.of, &outcome.defaults);
        let met = self.truth(outcome.conditions(), &scope);
        let amount = outcome.amount.as_ref().map(|amount| self.amount(amount, outcome.of, &scope));
        let met = self.graph.lift(met?, outcome.of);
        let conditions = match self.graph.get(met).map(|n| &n.op) {
            Some(Op::And(operands)) => operands.clone(),
            _ => vec![met],
        };
        Some(PlannedOutcome {
            id: outcome.id.clone(),
            package: outcome.package.clone(),
            zh: outcome.zh.clone(),
            en: outcome.en.clone(),
            of: outcome.of,
            source: outcome.source.clone(),
            defaults: outcome.defaults.clone(),
            met,
            conditions,
            amount: match amount {
                Some(amount) => Some(amount?),
                None => None,
            },
            rules: self.rules_behind(),
            receiving: outcome.receiving.clone(),
        })
    }

    fn amount(&mut self, amount: &super::decl::AmountDecl, of: Entity, scope: &Scope<'_>) -> Option<NodeId> {
        let span = amount.value.span;
        let value = self.lower(&amount.value, scope, None)?;
        let value = self.graph.lift(value, of);
        match (self.graph.ty(value), amount.rounding) {
            (Type::Money(_), None) => Some(value),
            (Type::Money(per) | Type::Exact(per), Some((to, mode))) => {
                let value = self.exact(value);
                Some(self.graph.unary(value, Type::Money(per), span, |value| Op::Round { value, to, mode }))
            }
            (Type::Exact(_), None) => self.fault(
                span,
                Fault::new(
                    "no-rounding",
                    (
                        "金额可能不是整分，却没有写取整方式",
                        "the amount may not be whole fen and no rounding is declared",
                    ),
                    (
                        "补上 rounding = { to = \"1角\", mode = \"up\" }",
                        "add rounding = { to = \"1角\", mode = \"up\" }",
                    ),
                ),
            ),
            (ty, _) => self.fault(span, types::wanted(("金额", "money"), ty)),
        }
    }

    /// The rules that the inputs at hand lead to, in rising order.
    fn rules_behind(&self) -> Vec<u32> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Input> = self.inputs.iter().collect();
        while let Some(input) = open.pop() {
            if let Input::Rule(index) = input
                && found.insert(*index)
            {
                let rule = self.rules.get(*index as usize);
                open.extend(rule.map(|r| r.inputs.as_slice()).unwrap_or_default());
            }
        }
        found.into_iter().collect()
    }

    fn all_indicators(&mut self) -> Vec<PlannedIndicator> {
        let book: &'a Book = self.book;
        let mut planned = Vec::new();
        for indicator in &book.indicators {
            if !indicator.validity.holds(self.day, self.as_of) {
                continue;
            }
            let before = self.faults.len();
            let made = self.indicator(indicator);
            let undated = indicator.validity.from == Date(0);
            if undated && self.only_gaps(before) {
                // It states no day of its own: it waits until its rules are in force.
                self.faults.truncate(before);
                continue;
            }
            planned.extend(made);
        }
        planned
    }

    fn indicator(&mut self, indicator: &IndicatorDecl) -> Option<PlannedIndicator> {
        self.begin();
        let scope = Scope::of(Entity::Household, &indicator.defaults);
        let when = self.truth(indicator.fires_when(), &scope);
        let reason = self.say(&indicator.reason, &scope);
        let when = self.graph.lift(when?, Entity::Household);
        Some(PlannedIndicator {
            id: indicator.id.clone(),
            package: indicator.package.clone(),
            zh: indicator.zh.clone(),
            en: indicator.en.clone(),
            kind: indicator.kind,
            outcomes: indicator.outcomes.clone(),
            urgency: indicator.urgency,
            reason,
            visit_note_zh: indicator.visit_note_zh.clone(),
            visit_note_en: indicator.visit_note_en.clone(),
            when,
            source: indicator.source.clone(),
            reads: self.graph.facts_below(when),
            purpose: indicator.purpose.clone(),
        })
    }
}
