//! 规则、待遇、预警指标: the tables of `rules/*.toml` and their like.

use std::collections::{BTreeMap, BTreeSet};

use super::decl::{AmountDecl, Body, ExceptDecl, IndicatorDecl, OutcomeDecl, RuleDecl, SayDecl, Validity};
use super::facts::{entity, enumeration};
use super::load::Build;
use super::paths::below_policies;
use super::reader::{Reader, Table, Text, Value};
use super::{Book, NameEntry, groups, say, tables};
use crate::diag::{Fault, Faults};
use crate::plan::{Entity, IndicatorKind, RoundMode, Span};
use crate::syntax::ast::Expr;
use crate::value::Truth;

/// Reads one file; parameters are left to their own pass.
pub(super) fn read(build: &mut Build, reader: &mut Reader<'_>, mut root: Table<'_>, package: &str) {
    for (key, form) in [("rule", Form::Value), ("table", Form::Table)] {
        for table in root.take(key).map(|v| reader.tables(v)).unwrap_or_default() {
            if let Some(rule) = rule(build, reader, table, package, form) {
                build.lost.remove(&rule.id);
                build.book.rules.push(rule);
            }
        }
    }
    for table in root.take("outcome").map(|v| reader.tables(v)).unwrap_or_default() {
        if let Some(outcome) = outcome(build, reader, table, package) {
            build.lost.remove(&outcome.id);
            build.book.outcomes.push(outcome);
        }
    }
    for table in root.take("group").map(|v| reader.tables(v)).unwrap_or_default() {
        if let Some(group) = groups::read(build, reader, table, package) {
            build.book.groups.push(group);
        }
    }
    for table in root.take("indicator").map(|v| reader.tables(v)).unwrap_or_default() {
        if let Some(indicator) = indicator(build, reader, table, package) {
            build.book.indicators.push(indicator);
        }
    }
    root.take("parameter");
    reader.finish(root);
}

/// `from`, `to`, `enacted`
pub(super) fn validity(reader: &mut Reader<'_>, table: &mut Table<'_>, required: bool) -> Option<Validity> {
    let from = table.take("from").and_then(|v| reader.text_of(v));
    let to = reader.maybe(table, "to");
    let enacted = reader.maybe_date(table, "enacted");
    let from = match from {
        Some(text) => reader.date_of(&text)?,
        None if required => {
            reader.missing(table.place.clone(), "from");
            return None;
        }
        // An indicator is no law: where it states no day, it holds whenever its rules do.
        None => crate::value::Date(0),
    };
    let to = match to {
        Some(text) => {
            let to = reader.date_of(&text)?;
            if to < from {
                reader.fault(
                    text.place,
                    Fault::new(
                        "ends-before",
                        ("结束日期早于开始日期", "the last day is before the first"),
                        ("核对 from 和 to", "check `from` and `to`"),
                    ),
                );
            }
            Some(to)
        }
        None => None,
    };
    Some(Validity { from, to, enacted: enacted.unwrap_or(from) })
}

fn needed_expr(reader: &mut Reader<'_>, table: &mut Table<'_>, key: &str) -> Option<Expr> {
    let text = reader.need(table, key)?;
    reader.expr(&text)
}

/// How a rule is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// `[[rule]]`
    Value,
    /// `[[table]]`
    Table,
}

/// One `[[rule]]` or `[[table]]`.
pub(super) fn rule(
    build: &mut Build,
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    package: &str,
    form: Form,
) -> Option<RuleDecl> {
    let span = reader.span(&table.place);
    let id = reader.need(&mut table, "id");
    build.lost.extend(id.as_ref().map(|id| id.text.clone()));
    let zh = reader.need(&mut table, "zh");
    let en = reader.maybe(&mut table, "en");
    let of = match reader.maybe(&mut table, "of") {
        Some(of) => entity(reader, &of, true),
        None => Some(Entity::Household),
    };
    let validity = validity(reader, &mut table, true);
    let source = build.source(reader, &mut table);
    let defaults = reader.maybe_texts(&mut table, "defaults");
    let defaults = build.cited(reader, defaults);
    let body = match form {
        Form::Value => needed_expr(reader, &mut table, "value").map(Body::Value),
        Form::Table => tables::body(build, reader, &mut table, package).map(Body::Table),
    };
    let enum_index = id.as_ref().and_then(|id| enumeration(build, reader, &mut table, &id.text));
    let say = table
        .take("say")
        .and_then(|v| reader.table(v))
        .map(|say| say::sentences(reader, say))
        .unwrap_or_default();
    let excepts = exceptions(build, reader, &mut table);
    table.take("type");
    table.take("note");
    table.take("shown_to");
    reader.finish(table);
    let id = id?;
    build.id(reader, &id);
    let entry = NameEntry::Rule(id.text.clone());
    build.declare(reader, &id, &entry, true);
    if let Some(zh) = &zh {
        build.declare(reader, zh, &entry, true);
    }
    let zh = zh?.text;
    Some(RuleDecl {
        en: en.map_or_else(|| id.text.replace('_', " "), |t| t.text),
        id: id.text,
        zh,
        package: package.to_owned(),
        of: of?,
        validity: validity?,
        source,
        body: body?,
        excepts,
        defaults,
        say,
        enum_index,
        span,
    })
}

/// `[[rule.except]]`, and within it `[[rule.except.except]]`. The parser of TOML bounds the depth.
fn exceptions(build: &Build, reader: &mut Reader<'_>, table: &mut Table<'_>) -> Vec<ExceptDecl> {
    let excepts = table.take("except").map(|v| reader.tables(v)).unwrap_or_default();
    excepts.into_iter().filter_map(|except| exception(build, reader, except)).collect()
}

fn exception(build: &Build, reader: &mut Reader<'_>, mut table: Table<'_>) -> Option<ExceptDecl> {
    let span = reader.span(&table.place);
    let id = reader.need(&mut table, "id");
    let zh = reader.maybe(&mut table, "zh");
    let en = reader.maybe(&mut table, "en");
    let when = needed_expr(reader, &mut table, "when");
    let value = needed_expr(reader, &mut table, "value");
    let priority = match table.take("priority") {
        Some(value) => whole(reader, value)?,
        None => 0,
    };
    let source = reader.maybe_texts(&mut table, "source");
    let source = build.cited(reader, source);
    let excepts = exceptions(build, reader, &mut table);
    table.take("note");
    reader.finish(table);
    let id = id?.text;
    Some(ExceptDecl {
        zh: zh.map_or_else(|| id.clone(), |text| text.text),
        en: en.map_or_else(|| id.replace('_', " "), |text| text.text),
        id,
        when: when?,
        value: value?,
        priority,
        excepts,
        source,
        span,
    })
}

/// A whole number.
pub(super) fn whole(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i64> {
    let text = reader.scalar_of(value)?;
    let number = text.text.parse().ok();
    if number.is_none() {
        reader.fault(
            text.place,
            Fault::new(
                "bad-value",
                (format!("“{}”不是整数", text.text), format!("`{}` is no whole number", text.text)),
                ("写成 1 这样的整数", "write a whole number such as 1"),
            ),
        );
    }
    number
}

/// One `[[outcome]]`.
pub(super) fn outcome(
    build: &mut Build,
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    package: &str,
) -> Option<OutcomeDecl> {
    let span = reader.span(&table.place);
    let id = reader.need(&mut table, "id");
    build.lost.extend(id.as_ref().map(|id| id.text.clone()));
    let zh = reader.need(&mut table, "zh");
    let en = reader.maybe(&mut table, "en");
    let of = reader.maybe(&mut table, "of");
    let of = match of {
        Some(of) => entity(reader, &of, false).filter(|e| *e != Entity::Obligor),
        None => Some(Entity::Household),
    };
    let validity = validity(reader, &mut table, true);
    let source = build.source(reader, &mut table);
    let defaults = reader.maybe_texts(&mut table, "defaults");
    let defaults = build.cited(reader, defaults);
    let met_when = needed_expr(reader, &mut table, "met_when");
    let receiving = reader.maybe(&mut table, "receiving").map(|t| t.text);
    let amount = match table.take("amount").and_then(|v| reader.table(v)) {
        Some(inner) => amount(build, reader, inner, &source),
        None => None,
    };
    table.take("note");
    reader.finish(table);
    let id = id?;
    Some(OutcomeDecl {
        en: en.map_or_else(|| id.text.replace('_', " "), |t| t.text),
        id: id.text,
        zh: zh?.text,
        package: package.to_owned(),
        of: of?,
        validity: validity?,
        source,
        met_when: met_when?,
        within: None,
        amount,
        receiving,
        defaults,
        span,
    })
}

fn amount(
    build: &Build,
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    outcome_source: &[String],
) -> Option<AmountDecl> {
    let zh = reader.maybe(&mut table, "zh");
    let en = reader.maybe(&mut table, "en");
    let value = needed_expr(reader, &mut table, "value");
    let source = reader.maybe_texts(&mut table, "source");
    let source = build.cited(reader, source);
    let rounding =
        table.take("rounding").and_then(|v| reader.table(v)).and_then(|inner| rounding(reader, inner));
    table.take("note");
    reader.finish(table);
    Some(AmountDecl {
        zh: zh.map_or_else(|| "金额".to_owned(), |t| t.text),
        en: en.map_or_else(|| "amount".to_owned(), |t| t.text),
        value: value?,
        rounding,
        source: if source.is_empty() { outcome_source.to_vec() } else { source },
    })
}

/// `rounding = { to = "1角", mode = "up" }`
pub(super) fn rounding(reader: &mut Reader<'_>, mut table: Table<'_>) -> Option<(i64, RoundMode)> {
    let to = reader.need(&mut table, "to");
    let mode = reader.need(&mut table, "mode");
    table.take("set_by");
    reader.finish(table);
    let (to, mode) = (to?, mode?);
    let step = match to.text.as_str() {
        "1分" => Some(1),
        "1角" => Some(10),
        "1元" => Some(100),
        "10元" => Some(1000),
        _ => None,
    };
    let how = match mode.text.as_str() {
        "up" => Some(RoundMode::Up),
        "down" => Some(RoundMode::Down),
        "half_up" => Some(RoundMode::HalfUp),
        "half_even" => Some(RoundMode::HalfEven),
        _ => None,
    };
    for (bad, text) in [(step.is_none(), &to), (how.is_none(), &mode)] {
        if bad {
            reader.fault(
                text.place.clone(),
                Fault::new(
                    "bad-rounding",
                    (format!("没有取整方式“{}”", text.text), format!("there is no rounding `{}`", text.text)),
                    (
                        "to 写 1分、1角、1元或 10元；mode 写 up、down、half_up 或 half_even",
                        "`to` is 1分, 1角, 1元 or 10元; `mode` is up, down, half_up or half_even",
                    ),
                ),
            );
        }
    }
    Some((step?, how?))
}

/// One `[[indicator]]`.
pub(super) fn indicator(
    build: &mut Build,
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    package: &str,
) -> Option<IndicatorDecl> {
    let span = reader.span(&table.place);
    let id = reader.need(&mut table, "id");
    let zh = reader.need(&mut table, "zh");
    let en = reader.maybe(&mut table, "en");
    let kind = reader.need(&mut table, "kind").and_then(|kind| {
        one_of(reader, &kind, &[("entry", IndicatorKind::Entry), ("exit", IndicatorKind::Exit)])
    });
    let outcomes = reader.maybe_texts(&mut table, "outcomes");
    let urgency = reader.need(&mut table, "urgency").and_then(|urgency| {
        one_of(reader, &urgency, &[("red", 0), ("orange", 1), ("yellow", 2), ("blue", 3)])
    });
    let when = needed_expr(reader, &mut table, "when");
    let reason = reader.need(&mut table, "reason");
    let reason_en = reader.maybe(&mut table, "reason_en");
    let reason = reason.map(|zh| say::sentence(reader, None, &zh, reason_en.as_ref()));
    let note_zh = visit_note(reader, &mut table, "visit_note", true);
    let note_en = visit_note(reader, &mut table, "visit_note_en", false);
    let purpose = reader.or_empty(&mut table, "purpose");
    let validity = validity(reader, &mut table, false);
    let source = build.source(reader, &mut table);
    let defaults = reader.maybe_texts(&mut table, "defaults");
    let defaults = build.cited(reader, defaults);
    table.take("note");
    reader.finish(table);
    let (kind, note_zh) = (kind?, note_zh?);
    let purpose = match (purpose.as_str(), kind) {
        ("", IndicatorKind::Entry) => "find".to_owned(),
        ("", IndicatorKind::Exit) => "verify".to_owned(),
        _ => purpose,
    };
    let id = id?.text;
    Some(IndicatorDecl {
        en: en.map_or_else(|| id.clone(), |t| t.text),
        id,
        zh: zh?.text,
        package: package.to_owned(),
        kind,
        outcomes: outcomes.into_iter().map(|t| t.text).collect(),
        urgency: urgency?,
        when: when?,
        within: None,
        reason: reason?,
        visit_note_en: note_en.unwrap_or_else(|| note_zh.clone()),
        visit_note_zh: note_zh,
        purpose,
        validity: validity?,
        source,
        defaults,
        span,
    })
}

/// What to look at: required, and without places, so that no source or illness can slip in.
fn visit_note(reader: &mut Reader<'_>, table: &mut Table<'_>, key: &str, required: bool) -> Option<String> {
    let note = match table.take(key) {
        Some(value) => reader.text_of(value)?,
        None if required => {
            let place = table.place.clone();
            reader.fault(
                place,
                Fault::new(
                    "no-visit-note",
                    (
                        "预警指标没有写给入户人员的话(visit_note)",
                        "the indicator has no visit_note for the visitor",
                    ),
                    (
                        "补上 visit_note: 只写要看什么，不写数据来源和病情",
                        "add visit_note: what to look at, never the source or the illness",
                    ),
                ),
            );
            return None;
        }
        None => return None,
    };
    if note.text.trim().is_empty() || note.text.contains(['{', '}']) {
        reader.fault(
            note.place,
            Fault::new(
                "bad-visit-note",
                ("写给入户人员的话不能为空，也不能有 {…}", "a visit_note is not empty and holds no {…}"),
                ("只写要看什么，不带任何数据", "say what to look at, without any data"),
            ),
        );
        return None;
    }
    Some(note.text)
}

pub(super) fn one_of<T: Copy>(reader: &mut Reader<'_>, text: &Text, words: &[(&str, T)]) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text.text);
    if found.is_none() {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let all = all.join(" ");
        reader.fault(
            text.place.clone(),
            Fault::new(
                "bad-word",
                (format!("“{}”不是可用的词", text.text), format!("`{}` is not one of the words", text.text)),
                (format!("可用: {all}"), format!("one of: {all}")),
            ),
        );
    }
    found.map(|(_, what)| *what)
}

/// Names that tables use of each other: facts of `receiving`, outcomes of groups and of indicators.
pub(super) fn references(book: &Book, faults: &mut Faults) {
    let outcome_ids: BTreeSet<&str> = book.outcomes.iter().map(|o| o.id.as_str()).collect();
    let mut outcome = |name: &str, span: Span| {
        if outcome_ids.contains(name) {
            return;
        }
        let told = !faults.full(span.file, "unknown-outcome");
        let near = told.then(|| crate::near::nearest(name, outcome_ids.iter().copied())).flatten();
        faults.push(
            span,
            Fault::new(
                "unknown-outcome",
                (format!("没有待遇“{name}”"), format!("there is no outcome `{name}`")),
                near.map_or_else(
                    || ("核对编号".to_owned(), "check the id".to_owned()),
                    |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
                ),
            )
            .about(name),
        );
    };
    for each in &book.groups {
        for of_group in &each.outcomes {
            outcome(of_group, each.span);
        }
    }
    for each in &book.indicators {
        for spoken in &each.outcomes {
            outcome(spoken, each.span);
        }
    }
    for each in &book.outcomes {
        let Some(receiving) = &each.receiving else {
            continue;
        };
        let fact = book.facts.iter().find(|f| f.id == *receiving);
        if fact.is_none_or(|f| f.ty != crate::plan::Type::Bool) {
            faults.push(
                each.span,
                Fault::new(
                    "bad-receiving",
                    (
                        format!("receiving 所指的“{receiving}”不是是否型事实"),
                        format!("`{receiving}` under `receiving` is no bool fact"),
                    ),
                    (
                        "写表示正在享受的事实编号，如 in_dibao",
                        "write the id of the fact that says it is received, such as in_dibao",
                    ),
                )
                .about(receiving),
            );
        }
    }
    unknown_uses(book, faults);
    let mut earlier: BTreeMap<&str, Vec<&IndicatorDecl>> = BTreeMap::new();
    for each in &book.indicators {
        let same = earlier.entry(&each.id).or_default();
        if let Some(first) = same.iter().find(|other| overlap(&other.validity, &each.validity)) {
            faults.push(
                each.span,
                Fault::new(
                    "duplicate-indicator",
                    (
                        format!("预警指标 {} 写了两次", each.id),
                        format!("the indicator {} is written twice", each.id),
                    ),
                    ("换一个编号", "choose another id"),
                )
                .about(&each.id)
                .beside(first.span, "第一次写在这里", "first written here"),
            );
        } else {
            same.push(each);
        }
    }
}

/// Packages under `uses` that do not exist.
fn unknown_uses(book: &Book, faults: &mut Faults) {
    let below: Vec<String> = book.files.iter().map(|f| below_policies(&f.path)).collect();
    for package in &book.packages {
        let own = format!("{}/package.toml", package.id);
        let Some(index) = below.iter().position(|path| *path == own) else { continue };
        let Some(file) = book.files.get(index) else { continue };
        for used in &package.uses {
            let folder = format!("{used}/");
            if below.iter().any(|path| path.starts_with(&folder)) {
                continue;
            }
            let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let at = file.text.find(used.as_str()).unwrap_or(0);
            faults.push(
                Span { file: place(index), start: place(at), end: place(at + used.len()) },
                Fault::new(
                    "unknown-package",
                    (format!("没有政策包“{used}”"), format!("there is no package `{used}`")),
                    ("核对 uses", "check `uses`"),
                )
                .about(used),
            );
        }
    }
}

/// Whether two versions hold on a common day.
pub(super) fn overlap(a: &Validity, b: &Validity) -> bool {
    a.to.is_none_or(|to| b.from <= to) && b.to.is_none_or(|to| a.from <= to)
}

/// The sentences of the truths, as `say` names them.
pub(super) const SAY: [(&str, &str, Option<Truth>); 4] = [
    ("met", "en_met", Some(Truth::True)),
    ("not_met", "en_not_met", Some(Truth::False)),
    ("unknown", "en_unknown", Some(Truth::Unknown)),
    ("always", "en_always", None),
];

/// Kept beside the rules, whose tables hold them.
pub(super) type Sentences = Vec<SayDecl>;
