//! Runs golden households and says of each expectation whether the law meets it.

use std::collections::BTreeMap;

use crate::book::Book;
use crate::column::Batch;
use crate::eval::{OpenFact, Subject, Trace, Value, open_facts};
use crate::explain::explain;
use crate::lang::Lang;
use crate::plan::{Entity, Plan, Type};
use crate::sheet::FactSheet;
use crate::value::{Date, Fen, Month, Truth};

use super::expect::{Clause, Expectation, Target};
use super::{Golden, parse_goldens};

/// What became of one expectation (or of a text that could not be read).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldenOutcome {
    /// File as given.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// Title of the household.
    pub title: String,
    /// The expectation as written.
    pub expected: String,
    /// Id of the outcome or indicator that it is about; empty where the text could not be read.
    pub about: String,
    /// Expected truth, where the expectation could be read.
    pub truth: Option<Truth>,
    /// What did not come out as written, in Chinese and English; empty where all is well.
    pub failures: Vec<(String, String)>,
    /// The explanation of the result, where something failed.
    pub explanation: Option<String>,
}

impl GoldenOutcome {
    /// Whether all came out as written.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// The failure as a text: place, title, expectation, what came out, and why.
    #[must_use]
    pub fn report(&self, lang: Lang) -> String {
        let mut text = format!("{}:{}  {}\n", self.file, self.line, self.title);
        let expected = match lang {
            Lang::Zh => "期望",
            Lang::En => "expected",
        };
        text.push_str(&format!("  {expected}: {}\n", self.expected));
        for (zh, en) in &self.failures {
            let line = match lang {
                Lang::Zh => zh,
                Lang::En => en,
            };
            text.push_str(&format!("  {line}\n"));
        }
        for line in self.explanation.iter().flat_map(|e| e.lines()) {
            text.push_str(&format!("    {line}\n"));
        }
        text
    }
}

/// Runs the golden households of some Markdown files, given as (path, text).
#[must_use]
pub fn run_goldens<'f>(
    book: &Book,
    files: impl IntoIterator<Item = (&'f str, &'f str)>,
) -> Vec<GoldenOutcome> {
    let mut plans = BTreeMap::new();
    let mut outcomes = Vec::new();
    for (file, text) in files {
        match parse_goldens(book, file, text) {
            Ok(goldens) => {
                for golden in &goldens {
                    let plan = plans
                        .entry((golden.period, golden.as_of))
                        .or_insert_with(|| plan(book, golden.period, golden.as_of));
                    outcomes.extend(run_one(plan, golden));
                }
            }
            Err(problems) => outcomes.extend(problems.into_iter().map(|p| GoldenOutcome {
                file: p.file.clone(),
                line: p.line,
                title: String::new(),
                expected: String::new(),
                about: String::new(),
                truth: None,
                failures: vec![(
                    format!("{} {}；{}", p.number(), p.zh, p.cure_zh),
                    format!("{} {}; {}", p.number(), p.en, p.cure_en),
                )],
                explanation: None,
            })),
        }
    }
    outcomes
}

fn plan(book: &Book, period: Month, as_of: Date) -> Result<Plan, (String, String)> {
    book.plan(period, as_of).map_err(|faults| {
        let first = faults.first();
        let (zh, en) = first.map_or_else(
            || ("没有说明".to_owned(), "no reason given".to_owned()),
            |d| (format!("{}:{} {}", d.file, d.line, d.zh), format!("{}:{} {}", d.file, d.line, d.en)),
        );
        (
            format!("{period}（截至 {as_of}）的规则不能编译：{zh}"),
            format!("the law of {period} as of {as_of} does not compile: {en}"),
        )
    })
}

fn run_one(plan: &Result<Plan, (String, String)>, golden: &Golden) -> Vec<GoldenOutcome> {
    let failed = |why: (String, String)| {
        golden
            .expectations
            .iter()
            .map(|e| outcome(golden, e, String::new(), vec![why.clone()], None))
            .collect()
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(why) => return failed(why.clone()),
    };
    let batch = match Batch::from_sheets(std::slice::from_ref(&golden.sheet), plan) {
        Ok(batch) => batch,
        Err(problems) => {
            let first = problems.into_iter().next();
            return failed(first.map_or_else(Default::default, |p| {
                (format!("{}：{}", p.path, p.zh), format!("{}: {}", p.path, p.en))
            }));
        }
    };
    let trace = Trace::of(plan, &batch, 0, golden.mode);
    golden.expectations.iter().map(|expectation| judge(&trace, golden, expectation)).collect()
}

fn outcome(
    golden: &Golden,
    expectation: &Expectation,
    about: String,
    failures: Vec<(String, String)>,
    explanation: Option<String>,
) -> GoldenOutcome {
    let truth = match expectation.target {
        Target::Outcome { truth, .. } | Target::Indicator { truth, .. } => truth,
    };
    GoldenOutcome {
        file: golden.file.clone(),
        line: expectation.line,
        title: golden.title.clone(),
        expected: expectation.text.clone(),
        about,
        truth: Some(truth),
        failures,
        explanation,
    }
}

fn judge(trace: &Trace<'_>, golden: &Golden, expectation: &Expectation) -> GoldenOutcome {
    match &expectation.target {
        Target::Indicator { id, truth } => judge_indicator(trace, golden, expectation, id, *truth),
        Target::Outcome { name, member, truth } => {
            let Some(o) = trace.plan().find_outcome(name) else {
                let all: Vec<&str> = trace.plan().outcomes.iter().map(|o| o.zh.as_str()).collect();
                let why = (
                    format!("没有“{name}”这个项目；有：{}", all.join("、")),
                    format!("there is no programme `{name}`; there are {}", all.join(", ")),
                );
                return outcome(golden, expectation, String::new(), vec![why], None);
            };
            judge_outcome(trace, golden, expectation, o, member.as_deref(), *truth)
        }
    }
}

fn judge_indicator(
    trace: &Trace<'_>,
    golden: &Golden,
    expectation: &Expectation,
    id: &str,
    truth: Truth,
) -> GoldenOutcome {
    let got = trace.plan().find_indicator(id).map(|i| trace.evaluation().indicator(i, 0));
    let failures = match got {
        Some(got) if got == truth => Vec::new(),
        Some(got) => vec![(
            format!("得到：{}", says(got, ["提示", "不提示", "未知"])),
            format!("got: {}", says(got, ["fires", "does not fire", "unknown"])),
        )],
        None => vec![(format!("没有指标 {id}"), format!("there is no indicator {id}"))],
    };
    outcome(golden, expectation, id.to_owned(), failures, None)
}

fn judge_outcome(
    trace: &Trace<'_>,
    golden: &Golden,
    expectation: &Expectation,
    o: usize,
    member: Option<&str>,
    truth: Truth,
) -> GoldenOutcome {
    let row =
        member.and_then(|name| golden.sheet.members.iter().position(|m| m.name.as_deref() == Some(name)));
    let of_members = trace.plan().is_member_outcome(o);
    let row = row.filter(|_| of_members);
    let result = Verdict {
        trace,
        sheet: &golden.sheet,
        o,
        row,
        explanation: explain(trace, Some(&golden.sheet), o, row),
    };
    let mut failures = Vec::new();
    let got = result.truth();
    if got != truth {
        failures.push((
            format!("得到：{}", says(got, ["符合", "不符合", "未知"])),
            format!("got: {}", says(got, ["met", "not met", "unknown"])),
        ));
    }
    failures.extend(expectation.clauses.iter().filter_map(|c| result.fails(c)));
    let explanation = (!failures.is_empty()).then(|| result.explanation.render_text(Lang::Zh));
    let about = trace.plan().outcomes.get(o).map(|o| o.id.clone()).unwrap_or_default();
    outcome(golden, expectation, about, failures, explanation)
}

fn says(truth: Truth, [yes, no, unknown]: [&'static str; 3]) -> &'static str {
    match truth {
        Truth::True => yes,
        Truth::False => no,
        Truth::Unknown => unknown,
    }
}

/// The result that an expectation is held against.
struct Verdict<'a> {
    trace: &'a Trace<'a>,
    sheet: &'a FactSheet,
    o: usize,
    row: Option<usize>,
    explanation: crate::explain::Explanation,
}

impl Verdict<'_> {
    fn truth(&self) -> Truth {
        match self.row {
            Some(row) => self.trace.evaluation().outcome_member(self.o, row),
            None => self.trace.evaluation().outcome(self.o, 0),
        }
    }

    fn amount(&self) -> (Option<i64>, Option<i64>) {
        match self.row {
            Some(row) => self.trace.evaluation().amount_member(self.o, row),
            None => self.trace.evaluation().amount(self.o, 0),
        }
    }

    fn fails(&self, clause: &Clause) -> Option<(String, String)> {
        match clause {
            Clause::Amount(Fen(fen)) => self.amount_fails((Some(*fen), Some(*fen))),
            Clause::AmountBetween(low, high) => {
                self.amount_fails((low.map(|Fen(f)| f), high.map(|Fen(f)| f)))
            }
            Clause::Cites(wanted) => self.cites_fail(wanted),
            Clause::Needs(wanted) => self.needs_fail(wanted),
            Clause::Gap(name) => self.gap_fails(name),
            Clause::Rule(name, wanted) => self.rule_fails(name, wanted),
            Clause::Group(name, wanted) => self.group_fails(name, wanted),
        }
    }

    fn amount_fails(&self, wanted: (Option<i64>, Option<i64>)) -> Option<(String, String)> {
        let got = self.amount();
        let (low, high) = (yuan(got.0), yuan(got.1));
        (got != wanted).then(|| {
            if low == high {
                (format!("金额得到 {low} 元"), format!("amount came out as {low} yuan"))
            } else {
                (
                    format!("金额得到 {low} 至 {high} 元"),
                    format!("amount came out between {low} and {high} yuan"),
                )
            }
        })
    }

    fn cites_fail(&self, wanted: &[String]) -> Option<(String, String)> {
        let plan = self.trace.plan();
        let planned = plan.outcomes.get(self.o)?;
        let behind: Vec<&str> = planned
            .source
            .iter()
            .chain(planned.rules.iter().filter_map(|r| plan.rules.get(*r as usize)).flat_map(|r| &r.source))
            .chain(&self.explanation.articles)
            .map(String::as_str)
            .collect();
        let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|w| !behind.contains(w)).collect();
        (!missing.is_empty()).then(|| {
            let missing = missing.join(" ");
            (format!("结果背后没有依据 {missing}"), format!("{missing} do not stand behind the result"))
        })
    }

    fn needs_fail(&self, wanted: &[(Option<String>, String)]) -> Option<(String, String)> {
        let open = open_facts(self.trace, self.o, self.row);
        // An earlier month is also named by the label of its fact, as `工资性收入@1`.
        let by_label = |id: &str| {
            let (base, back) = id.split_once('@')?;
            let fact = self.trace.plan().facts.iter().find(|f| f.id == base)?;
            Some(format!("{}@{back}", fact.zh))
        };
        let got: Vec<String> = open.iter().map(|f| self.written(f)).collect();
        let missing: Vec<String> = wanted
            .iter()
            .filter(|(who, fact)| {
                !open.iter().any(|f| {
                    (f.fact == *fact || f.zh == *fact || by_label(&f.fact).as_ref() == Some(fact))
                        && self.subject(f.subject).as_deref() == who.as_deref()
                })
            })
            .map(|(who, fact)| match who {
                Some(who) => format!("{who}.{fact}"),
                None => fact.clone(),
            })
            .collect();
        (!missing.is_empty()).then(|| {
            let (missing, got) = (missing.join(" "), got.join(" "));
            (
                format!("待查事实里没有 {missing}；得到：{got}"),
                format!("{missing} are not among the open facts, which are: {got}"),
            )
        })
    }

    fn written(&self, open: &OpenFact) -> String {
        match self.subject(open.subject) {
            Some(who) => format!("{who}.{}", open.zh),
            None => open.zh.clone(),
        }
    }

    fn subject(&self, subject: Subject) -> Option<String> {
        let (list, at) = match subject {
            Subject::Household => return None,
            Subject::Member(at) => (&self.sheet.members, at),
            Subject::Obligor(at) => (&self.sheet.obligors, at),
        };
        list.get(at as usize).and_then(|s| s.name.clone())
    }

    fn gap_fails(&self, name: &str) -> Option<(String, String)> {
        let plan = self.trace.plan();
        let id = plan.params.iter().find(|p| p.zh == name).map_or(name, |p| p.id.as_str());
        let gaps: Vec<&str> = self.trace.evaluation().gaps().iter().map(|g| g.parameter.as_str()).collect();
        (!gaps.contains(&id)).then(|| {
            let gaps = gaps.join(" ");
            (format!("没有缺口“{name}”；缺口有：{gaps}"), format!("no gap `{name}`; the gaps are: {gaps}"))
        })
    }

    fn group_fails(&self, name: &str, wanted: &[(String, Option<Fen>)]) -> Option<(String, String)> {
        let groups = &self.explanation.groups;
        let Some(group) = groups.iter().find(|g| g.id == name || g.title.zh == name) else {
            let all: Vec<&str> = groups.iter().map(|g| g.title.zh.as_str()).collect();
            let all = all.join(" ");
            return Some((
                format!("本待遇不在“{name}”组；在：{all}"),
                format!("the outcome is in no group `{name}`; it is in: {all}"),
            ));
        };
        let standing: Vec<_> = group.outcomes.iter().filter(|o| o.stands == Truth::True).collect();
        let fits = |(title, sum): &(String, Option<Fen>)| {
            standing.iter().any(|o| {
                let pays = sum.is_none_or(|Fen(fen)| o.pays_fen == (Some(fen), Some(fen)));
                (o.programme == *title || o.title.zh == *title) && pays
            })
        };
        (wanted.len() != standing.len() || !wanted.iter().all(fits)).then(|| {
            let got: Vec<String> = standing
                .iter()
                .map(|o| format!("{} {} 至 {}", o.title.zh, yuan(o.pays_fen.0), yuan(o.pays_fen.1)))
                .collect();
            let got = if got.is_empty() { "未定".to_owned() } else { got.join("，") };
            (format!("“{name}”组得到：{got}"), format!("the group `{name}` came out as: {got}"))
        })
    }

    fn rule_fails(&self, name: &str, wanted: &str) -> Option<(String, String)> {
        let plan = self.trace.plan();
        let Some(rule) = plan.rules.iter().find(|r| r.id == name || r.zh == name) else {
            return Some((format!("没有规则“{name}”"), format!("there is no rule `{name}`")));
        };
        let row = match rule.of {
            Entity::Member => self.row.unwrap_or(0),
            _ => 0,
        };
        let ty = plan.nodes.get(rule.node.0 as usize).map_or(Type::Bool, |n| n.ty);
        let got = written(plan, self.trace.value(rule.node, row), ty);
        (got != wanted)
            .then(|| (format!("规则 {} 得到 {got}", rule.zh), format!("rule {} came out as {got}", rule.id)))
    }
}

/// A value as a golden household writes it: yes or no, a number, money in yuan to the fen, the label of an enum value.
fn written(plan: &Plan, value: Value, ty: Type) -> String {
    let ends = |lo: Option<String>, hi: Option<String>| match (lo, hi) {
        (Some(lo), Some(hi)) if lo == hi => lo,
        (lo, hi) => {
            let end = |e: Option<String>| e.unwrap_or_else(|| "不限".to_owned());
            format!("{} 至 {}", end(lo), end(hi))
        }
    };
    match value {
        Value::Truth(truth) => says(truth, ["是", "否", "未知"]).to_owned(),
        Value::Number { lo, hi } => {
            let one = |n: i64| {
                let short = i32::try_from(n).ok();
                match (ty, short) {
                    (Type::Money(_), _) => Fen(n).to_string(),
                    (Type::Date, Some(day)) => Date(day).to_string(),
                    (Type::Month, Some(month)) => Month(month).to_string(),
                    _ => n.to_string(),
                }
            };
            ends(lo.map(one), hi.map(one))
        }
        Value::Exact { lo, hi } if ty == Type::Rate => ends(lo.map(fraction), hi.map(fraction)),
        Value::Exact { lo, hi } => ends(lo.map(yuan_exact), hi.map(yuan_exact)),
        Value::Enum(mask) => {
            let values = match ty {
                Type::Enum(at) => plan.enums.get(usize::from(at)).map_or(&[][..], |e| e.values.as_slice()),
                _ => &[],
            };
            let holds = |at: usize| {
                let bit = u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at));
                bit.is_some_and(|bit| mask & bit != 0)
            };
            let some = values.iter().enumerate().filter(|(at, _)| holds(*at));
            let labels: Vec<&str> = some.map(|(_, (_, zh))| zh.as_str()).collect();
            if labels.len() == values.len() { "未知".to_owned() } else { labels.join("或") }
        }
    }
}

fn fraction((numerator, denominator): (i64, i64)) -> String {
    if denominator == 1 { numerator.to_string() } else { format!("{numerator}/{denominator}") }
}

/// An exact amount of fen as yuan, with the fraction of a fen behind it where there is one.
fn yuan_exact((numerator, denominator): (i64, i64)) -> String {
    let whole = Fen(numerator.div_euclid(denominator)).to_string();
    match numerator.rem_euclid(denominator) {
        0 => whole,
        rest => format!("{whole}+{rest}/{denominator}分"),
    }
}

fn yuan(fen: Option<i64>) -> String {
    fen.map_or_else(|| "不限".to_owned(), |fen| Fen(fen).to_string())
}
