//! 重放: tells a record again under the law as it is now and says what differs, if anything does. Nothing is silently
//! computed anew: a changed law, a changed fact and another wording are told apart.

use serde::Serialize;
use std::collections::BTreeMap;

use super::record::{Record, Told, Untold, digest};
use super::text::state_word;
use super::{InputFact, LawMark, Text, verdict_word};
use crate::book::Book;
use crate::column::State;
use crate::eval::Subject;
use crate::lang::Lang;
use crate::plan::Plan;
use crate::sheet::{FactSheet, SheetValue};
use crate::value::{Fen, Truth};

/// 哪一类不同
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The record itself was altered: its number does not fit its content.
    Record,
    /// A file of the law.
    Law,
    /// A fact on today's sheet beside the record's.
    Fact,
    /// A fact as the rules read it.
    Input,
    /// A standard, limit or share.
    Parameter,
    /// What a rule gave.
    Rule,
    /// The result or its amount.
    Result,
    /// The words only.
    Words,
}

/// 不同之处
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What differs.
    pub kind: Kind,
    /// In words.
    pub text: Text,
}

/// 重放的结果
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replay {
    /// Number of the record.
    pub record: String,
    /// Whether the same bytes came out, from an unaltered record under the same law, and no given fact differs.
    pub same: bool,
    /// What differs, the causes first.
    pub differences: Vec<Difference>,
    /// What is told now.
    pub text: String,
}

/// Lines of the text that are named where they differ.
const MOST_LINES: usize = 8;

/// Tells a record again. `now` are the facts as they are known today, where the caller wants them compared.
///
/// # Errors
/// The law of the record's month does not compile, has no such outcome, or cannot take the facts any more.
pub fn replay(record: &Record, book: &Book, now: Option<&FactSheet>) -> Result<Replay, Untold> {
    let plan = book.plan(record.period, record.as_of).map_err(Untold::Law)?;
    replay_with(record, book, &plan, now)
}

/// The same with a plan of the record's month that is already there.
///
/// # Errors
/// As [`replay`].
pub fn replay_with(
    record: &Record,
    book: &Book,
    plan: &Plan,
    now: Option<&FactSheet>,
) -> Result<Replay, Untold> {
    let mut found = Found::default();
    let number = record.number();
    if number != record.id {
        found.add(
            Kind::Record,
            format!("记录被改动过：按内容编号应为 {number}，写的是 {}", record.id),
            format!("the record was altered: its content has the number {number}, it says {}", record.id),
        );
    }
    if digest(record.told.text.as_bytes()) != record.told.sha256 {
        found.add(
            Kind::Record,
            "记录里说过的话被改动过：与它的摘要不符".to_owned(),
            "the text in the record was altered: it does not fit its digest".to_owned(),
        );
    }
    found.law(&record.law, &LawMark::of(book));
    if let Some(now) = now {
        found.sheets(&record.facts, now);
    }
    let answer = record.answer(book, plan)?;
    let told = record.told_by(&answer);
    let members = &answer.explanation().members;
    let obligors = &answer.explanation().obligors;
    found.told(&record.told, &told, &|subject| name(members, obligors, subject));
    if record.told.text != told.text {
        found.words(record, &told);
    }
    Ok(Replay {
        record: record.id.clone(),
        same: found.all.is_empty(),
        differences: found.all,
        text: told.text,
    })
}

/// `甲 `, `义务人 子 `, or nothing for the household.
fn name(members: &[String], obligors: &[String], subject: Subject) -> Text {
    match subject {
        Subject::Household => Text::default(),
        Subject::Member(at) => {
            let name = members.get(at as usize).map_or("", String::as_str);
            Text::new(format!("{name} "), format!("{name} "))
        }
        Subject::Obligor(at) => {
            let name = obligors.get(at as usize).map_or("", String::as_str);
            Text::new(format!("义务人 {name} "), format!("obligor {name} "))
        }
    }
}

#[derive(Default)]
struct Found {
    all: Vec<Difference>,
}

impl Found {
    fn add(&mut self, kind: Kind, zh: String, en: String) {
        self.all.push(Difference { kind, text: Text::new(zh, en) });
    }

    fn turned(&mut self, kind: Kind, label: &Text, was: &Text, is: &Text) {
        self.add(
            kind,
            format!("{}：当时 {}，现在 {}", label.zh, was.zh, is.zh),
            format!("{}: was {}, is {}", label.en, was.en, is.en),
        );
    }

    fn law(&mut self, was: &LawMark, is: &LawMark) {
        if was.digest == is.digest {
            return;
        }
        let before = self.all.len();
        for (path, digest) in &was.files {
            match is.files.get(path) {
                None => self.add(
                    Kind::Law,
                    format!("政策文件 {path} 没有了"),
                    format!("file of the law {path} is gone"),
                ),
                Some(now) if now != digest => {
                    self.add(
                        Kind::Law,
                        format!("政策文件 {path} 改动过"),
                        format!("file of the law {path} has changed"),
                    );
                }
                Some(_) => {}
            }
        }
        for path in is.files.keys().filter(|path| !was.files.contains_key(*path)) {
            self.add(Kind::Law, format!("多了政策文件 {path}"), format!("file of the law {path} is new"));
        }
        if self.all.len() == before {
            let (was, is) = (&was.digest, &is.digest);
            self.add(
                Kind::Law,
                format!("政策包的摘要不同：当时 {was}，现在 {is}"),
                format!("the law has another digest: was {was}, is {is}"),
            );
        }
    }

    /// Fact by fact, as the sheets write them.
    fn sheets(&mut self, was: &FactSheet, is: &FactSheet) {
        if was.division != is.division {
            let word =
                |sheet: &FactSheet| sheet.division.as_ref().map_or("—".to_owned(), ToString::to_string);
            let (a, b) = (word(was), word(is));
            self.turned(Kind::Fact, &Text::new("区划", "division"), &Text::new(&a, &a), &Text::new(&b, &b));
        }
        self.facts("", "", &was.household, &is.household);
        for (lists, zh, en) in [
            ((&was.members, &is.members), "成员", "member"),
            ((&was.obligors, &is.obligors), "义务人", "obligor"),
        ] {
            let none = BTreeMap::new();
            for at in 0..lists.0.len().max(lists.1.len()) {
                let (a, b) = (lists.0.get(at), lists.1.get(at));
                let name = a.or(b).and_then(|s| s.name.clone()).unwrap_or_else(|| format!("#{}", at + 1));
                match (a, b) {
                    (Some(_), None) => self.add(
                        Kind::Fact,
                        format!("{zh} {name} 现在没有了"),
                        format!("{en} {name} is gone"),
                    ),
                    (None, Some(_)) => {
                        self.add(Kind::Fact, format!("现在多了{zh} {name}"), format!("{en} {name} is new"))
                    }
                    _ => {
                        let facts = |s: Option<&'_ crate::sheet::SheetSubject>| {
                            s.map(|s| s.facts.clone()).unwrap_or(none.clone())
                        };
                        self.facts(&format!("{zh} {name} "), &format!("{en} {name} "), &facts(a), &facts(b));
                    }
                }
            }
        }
        for (was, is, zh, en) in [
            (was.members_complete, is.members_complete, "成员是否齐全", "whether all members are listed"),
            (
                was.obligors_complete,
                is.obligors_complete,
                "义务人是否已查清",
                "whether all obligors are listed",
            ),
        ] {
            if was != is {
                let word = |yes: bool| if yes { Text::new("是", "yes") } else { Text::new("否", "no") };
                self.turned(Kind::Fact, &Text::new(zh, en), &word(was), &word(is));
            }
        }
    }

    fn facts(
        &mut self,
        zh: &str,
        en: &str,
        was: &BTreeMap<String, SheetValue>,
        is: &BTreeMap<String, SheetValue>,
    ) {
        let mut ids: Vec<&String> = was.keys().chain(is.keys()).collect();
        ids.sort();
        ids.dedup();
        for id in ids {
            let (a, b) = (was.get(id), is.get(id));
            if a != b {
                let label = Text::new(format!("{zh}{id}"), format!("{en}{id}"));
                self.turned(Kind::Fact, &label, &written(a), &written(b));
            }
        }
    }

    fn told(&mut self, was: &Told, is: &Told, name: &dyn Fn(Subject) -> Text) {
        let labelled = |subject: Subject, label: &Text| {
            let who = name(subject);
            Text::new(format!("{}{}", who.zh, label.zh), format!("{}{}", who.en, label.en))
        };
        let pairs = both(&was.inputs, &is.inputs, |i| (i.fact.clone(), i.subject));
        for (a, b) in pairs {
            if let (Some(one), true) = (a.or(b), a != b) {
                self.turned(Kind::Input, &labelled(one.subject, &one.label), &read(a), &read(b));
            }
        }
        let not_used = || Text::new("没有用到", "not used");
        for (a, b) in both(&was.parameters, &is.parameters, |p| (p.id.clone(), p.label.zh.clone())) {
            if let (Some(one), true) = (a.or(b), a != b) {
                let word = |p: Option<&super::UsedParameter>| match p {
                    Some(p) => {
                        let from = p.from.map(|d| format!(" {d}")).unwrap_or_default();
                        let tail = format!("({}{from}, {})", p.source, p.layer);
                        Text::new(format!("{} {tail}", p.value.zh), format!("{} {tail}", p.value.en))
                    }
                    None => not_used(),
                };
                self.turned(Kind::Parameter, &one.label, &word(a), &word(b));
            }
        }
        for (a, b) in both(&was.rules, &is.rules, |r| (r.rule.clone(), r.subject)) {
            if let (Some(one), true) = (a.or(b), a != b) {
                let word = |r: Option<&super::record::RuleMark>| r.map_or_else(not_used, |r| r.value.clone());
                self.turned(Kind::Rule, &labelled(one.subject, &one.label), &word(a), &word(b));
            }
        }
        if was.outcome != is.outcome {
            let word = |t: Truth| Text::both(|lang| verdict_word(t, lang).to_owned());
            self.turned(Kind::Result, &Text::new("结果", "result"), &word(was.outcome), &word(is.outcome));
        }
        if was.amount_fen != is.amount_fen {
            let end = |e: Option<i64>, lang: Lang| {
                e.map_or_else(|| lang.pick("不限", "open").to_owned(), |f| Fen(f).to_string())
            };
            let word = |(lo, hi): (Option<i64>, Option<i64>)| {
                Text::both(|lang| match lo == hi {
                    true => end(lo, lang),
                    false => format!("{}～{}", end(lo, lang), end(hi, lang)),
                })
            };
            self.turned(
                Kind::Result,
                &Text::new("金额（元）", "amount (yuan)"),
                &word(was.amount_fen),
                &word(is.amount_fen),
            );
        }
    }

    /// The first lines that differ; where no cause was found, that only the words are others.
    fn words(&mut self, record: &Record, told: &Told) {
        if self.all.is_empty() {
            let (was, is) = (&record.program, env!("CARGO_PKG_VERSION"));
            self.add(
                Kind::Words,
                format!("法、事实和结果都相同，只是说法不同：当时的程序版本 {was}，现在 {is}"),
                format!("law, facts and result are the same, only the words differ: told by version {was}, now {is}"),
            );
        }
        let was: Vec<&str> = record.told.text.lines().collect();
        let is: Vec<&str> = told.text.lines().collect();
        let gone = was.iter().filter(|line| !is.contains(line)).take(MOST_LINES);
        let new = is.iter().filter(|line| !was.contains(line)).take(MOST_LINES);
        for line in gone {
            self.add(Kind::Words, format!("当时说：{}", line.trim()), format!("was told: {}", line.trim()));
        }
        for line in new {
            self.add(Kind::Words, format!("现在说：{}", line.trim()), format!("is told: {}", line.trim()));
        }
    }
}

/// The items of two lists by their key, in the order of the first and then of the second.
fn both<'l, T, K: PartialEq>(
    was: &'l [T],
    is: &'l [T],
    key: impl Fn(&T) -> K,
) -> Vec<(Option<&'l T>, Option<&'l T>)> {
    let of = |list: &'l [T], one: &T| list.iter().find(|other| key(other) == key(one));
    let first = was.iter().map(|one| (Some(one), of(is, one)));
    let second = is.iter().filter(|one| of(was, one).is_none()).map(|one| (None, Some(one)));
    first.chain(second).collect()
}

/// A fact as the rules read it, with where it comes from.
fn read(input: Option<&InputFact>) -> Text {
    let Some(input) = input else { return Text::new("没有用到", "not used") };
    Text::both(|lang| {
        let mut words = vec![input.value.pick(lang).to_owned()];
        words.extend(input.source.clone());
        words.extend(input.as_of.map(|d| d.to_string()));
        words.extend(input.grade.clone());
        if input.state != State::Known {
            words.push(state_word(input.state, lang).to_owned());
        }
        words.join(" ")
    })
}

/// A value as a sheet writes it.
fn written(given: Option<&SheetValue>) -> Text {
    match given {
        None => Text::new("没有写", "not given"),
        Some(value) => {
            let text = serde_json::to_string(value).unwrap_or_default();
            Text::new(&text, &text)
        }
    }
}
