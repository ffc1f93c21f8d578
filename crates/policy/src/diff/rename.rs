//! 改名: facts, parameters and rules that have another id for the same content.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Kind, Side};
use crate::book::Book;
use crate::book::decl::{ParameterDecl, RuleDecl};
use crate::explain::Text;
use crate::lang::Lang;
use crate::plan::FactDecl;

/// One thing with another id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// Kind of thing.
    pub kind: Kind,
    /// Id in the first book.
    pub before: String,
    /// Id in the second book.
    pub after: String,
    /// Title in the second book.
    pub title: Text,
}

/// What has another id in the second book.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    pub(super) list: Vec<Renamed>,
    /// Id in the second book → id in the first.
    back: BTreeMap<String, String>,
}

impl Renames {
    /// The id that the first book has for one of the second.
    pub(super) fn first(&self, id: &str) -> String {
        self.back.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    pub(super) fn known(&self, id: &str) -> Option<String> {
        self.back.get(id).cloned()
    }

    /// A text of the second book with the ids of the first.
    pub(super) fn in_first(&self, text: &str) -> String {
        if self.back.is_empty() {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut word = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_ascii_alphanumeric() || c == '_' {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                out.push_str(&self.first(&word));
                word.clear();
            }
            if c != '\0' {
                out.push(c);
            }
        }
        out
    }

    fn add(&mut self, kind: Kind, before: &str, after: &str, zh: &str, en: &str) {
        self.back.insert(after.to_owned(), before.to_owned());
        let title = Text::new(zh, en);
        self.list.push(Renamed { kind, before: before.to_owned(), after: after.to_owned(), title });
    }
}

/// Finds what has another id. Two things are taken for the same when they hold the same, or are called the same in
/// Chinese; with several candidates nothing is guessed.
pub(super) fn find(before: Side<'_>, after: Side<'_>) -> Renames {
    let mut renames = Renames::default();
    let (a, b) = (before.book, after.book);
    pair(
        (a.facts(), b.facts()),
        |f: &FactDecl| f.id.as_str(),
        |x, y, _| (same_fact(a, x, b, y) && (x.zh == y.zh || x.en == y.en), false),
        |x, y, found: &mut Renames| found.add(Kind::Fact, &x.id, &y.id, &y.zh, &y.en),
        &mut renames,
    );
    pair(
        (a.parameters(), b.parameters()),
        |p: &ParameterDecl| p.id.as_str(),
        |x, y, _| (x.ty == y.ty && x.zh == y.zh, x.ty == y.ty && !x.rows.is_empty() && x.rows == y.rows),
        |x, y, found: &mut Renames| found.add(Kind::Parameter, &x.id, &y.id, &y.zh, &y.en),
        &mut renames,
    );
    // Rules name rules: each one found may show another.
    loop {
        let known = renames.list.len();
        pair(
            (&firsts(a.rules()), &firsts(b.rules())),
            |r: &&RuleDecl| r.id.as_str(),
            |x, y, renames| {
                let body = x.of == y.of && body(a, x) == renames.in_first(&body(b, y));
                (x.of == y.of && x.zh == y.zh, body)
            },
            |x, y, found: &mut Renames| found.add(Kind::Rule, &x.id, &y.id, &y.zh, &y.en),
            &mut renames,
        );
        if renames.list.len() == known {
            return renames;
        }
    }
}

/// The first version of each rule.
fn firsts(rules: &[RuleDecl]) -> Vec<&RuleDecl> {
    let mut seen = BTreeSet::new();
    rules.iter().filter(|r| seen.insert(r.id.as_str())).collect()
}

/// Pairs things whose ids only one side has: by name first, then by content, each only where one candidate fits.
fn pair<T>(
    (a, b): (&[T], &[T]),
    id: impl Fn(&T) -> &str,
    same: impl Fn(&T, &T, &Renames) -> (bool, bool),
    mut add: impl FnMut(&T, &T, &mut Renames),
    renames: &mut Renames,
) {
    let only = |from: &[T], other: &[T], at: usize| {
        let own = from.get(at).map(&id);
        own.filter(|own| other.iter().all(|o| id(o) != *own)).is_some()
    };
    for by_name in [true, false] {
        let paired_before = |x: &str, renames: &Renames| renames.back.values().any(|v| v == x);
        let gone: Vec<&T> = (0..a.len())
            .filter(|at| only(a, b, *at))
            .filter_map(|at| a.get(at))
            .filter(|x| !paired_before(id(x), renames))
            .collect();
        let new: Vec<&T> = (0..b.len())
            .filter(|at| only(b, a, *at))
            .filter_map(|at| b.get(at))
            .filter(|y| !renames.back.contains_key(id(y)))
            .collect();
        let fits = |x: &T, y: &T, renames: &Renames| {
            let (name, content) = same(x, y, renames);
            if by_name { name } else { content }
        };
        let mut found = Vec::new();
        for x in &gone {
            let candidates: Vec<&&T> = new.iter().filter(|y| fits(x, y, renames)).collect();
            let [y] = candidates.as_slice() else { continue };
            if gone.iter().filter(|x| fits(x, y, renames)).count() == 1 {
                found.push((*x, **y));
            }
        }
        for (x, y) in found {
            add(x, y, renames);
        }
    }
}

fn same_fact(a: &Book, x: &FactDecl, b: &Book, y: &FactDecl) -> bool {
    let values = |book: &Book, fact: &FactDecl| {
        let decl = fact.enum_index.and_then(|at| book.enums().get(usize::from(at)));
        decl.map(|e| e.values.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>())
    };
    let kind = |f: &FactDecl| match f.ty {
        crate::plan::Type::Enum(_) => None,
        other => Some(other),
    };
    x.of == y.of && kind(x) == kind(y) && values(a, x) == values(b, y)
}

/// What a rule computes, in one writing.
pub(super) fn body(book: &Book, rule: &RuleDecl) -> String {
    book.rule_of(rule, Lang::En)
}
