//! 逐项比较: each thing that a book declares, version by version and part by part.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::{Part, Versioned, fact_parts};
use super::rename::Renames;
use super::{Detail, Item, Kind, Side, What};
use crate::book::Book;
use crate::book::decl::Validity;
use crate::explain::Text;
use crate::plan::FactDecl;
use crate::value::Date;

/// All differences.
pub(super) fn compare(before: Side<'_>, after: Side<'_>, renames: &Renames) -> Vec<Item> {
    let both = Both { a: before, b: after, renames };
    let mut items = Vec::new();
    both.parameters(&mut items);
    both.versions(
        Kind::Rule,
        before.book.rules().iter().filter(|r| in_force(before, r.validity)).collect(),
        after.book.rules().iter().filter(|r| in_force(after, r.validity)).collect(),
        &mut items,
    );
    both.versions(
        Kind::Outcome,
        before.book.outcomes().iter().filter(|o| in_force(before, o.validity)).collect(),
        after.book.outcomes().iter().filter(|o| in_force(after, o.validity)).collect(),
        &mut items,
    );
    both.versions(
        Kind::Group,
        before.book.groups().iter().filter(|g| in_force(before, g.validity)).collect(),
        after.book.groups().iter().filter(|g| in_force(after, g.validity)).collect(),
        &mut items,
    );
    both.versions(
        Kind::Indicator,
        before.book.indicators().iter().filter(|i| in_force(before, i.validity)).collect(),
        after.book.indicators().iter().filter(|i| in_force(after, i.validity)).collect(),
        &mut items,
    );
    both.facts(&mut items);
    both.sources(&mut items);
    items
}

fn in_force(side: Side<'_>, validity: Validity) -> bool {
    side.at.is_none_or(|(month, as_of)| validity.holds(month.last_day(), as_of))
}

/// Both sides, and what has another id in the second.
pub(super) struct Both<'a> {
    pub(super) a: Side<'a>,
    pub(super) b: Side<'a>,
    pub(super) renames: &'a Renames,
}

impl Both<'_> {
    fn versions<T: Versioned>(&self, kind: Kind, a: Vec<&T>, b: Vec<&T>, items: &mut Vec<Item>) {
        let mut ids: Vec<String> = b.iter().map(|v| self.renames.first(v.id())).collect();
        ids.extend(a.iter().map(|v| v.id().to_owned()));
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        for id in ids {
            let mut old: Vec<&T> = a.iter().filter(|v| v.id() == id).copied().collect();
            let mut new: Vec<&T> = b.iter().filter(|v| self.renames.first(v.id()) == id).copied().collect();
            for (old, new) in self.matched(&mut old, &mut new) {
                items.extend(self.changed(kind, old, new));
            }
            items.extend(old.into_iter().map(|v| self.lone(kind, v, self.a.book, What::Removed)));
            items.extend(new.into_iter().map(|v| self.lone(kind, v, self.b.book, What::Added)));
        }
    }

    /// Pairs versions: of the same first day, then of the same content, then in their order where each side has as
    /// many left. Pairs are taken out of the lists.
    fn matched<'v, T: Versioned>(&self, old: &mut Vec<&'v T>, new: &mut Vec<&'v T>) -> Vec<(&'v T, &'v T)> {
        let mut pairs = Vec::new();
        for by_day in [true, false] {
            let fits = |x: &T, y: &T| match by_day {
                true => x.validity().from == y.validity().from,
                false => x.computes(self.a.book) == self.renames.in_first(&y.computes(self.b.book)),
            };
            old.retain(|x| {
                let Some(at) = new.iter().position(|y| fits(x, y)) else { return true };
                pairs.push((*x, new.remove(at)));
                false
            });
        }
        if old.len() == new.len() {
            pairs.extend(old.drain(..).zip(new.drain(..)));
        }
        pairs
    }

    fn changed<T: Versioned>(&self, kind: Kind, old: &T, new: &T) -> Option<Item> {
        let (mut details, mut what) = (Vec::new(), What::Reworded);
        let before = old.parts(self.a.book);
        let after = new.parts(self.b.book);
        let mut parts: Vec<&'static str> = before.iter().chain(&after).map(|p| p.part).collect();
        let mut seen = BTreeSet::new();
        parts.retain(|p| seen.insert(*p));
        for part in parts {
            let find = |all: &[Part]| all.iter().position(|p| p.part == part);
            let x = find(&before).and_then(|at| before.get(at));
            let y = find(&after).and_then(|at| after.get(at));
            let compared = (x.map(|p| p.compared.clone()), y.map(|p| self.renames.in_first(&p.compared)));
            let Some(either) = y.or(x) else { continue };
            if compared.0 == compared.1 {
                continue;
            }
            if !either.wording {
                what = What::Changed;
            }
            details.push(Detail {
                part,
                label: either.label.clone(),
                before: x.map(|p| p.shown.clone()),
                after: y.map(|p| p.shown.clone()),
            });
        }
        // Two dates of one book see the same version with the same dates.
        let dates = dates(old.validity(), new.validity());
        if !dates.is_empty() {
            if what == What::Reworded {
                what = What::Moved;
            }
            details.extend(dates);
        }
        (!details.is_empty()).then(|| item(kind, what, new, details))
    }

    fn lone<T: Versioned>(&self, kind: Kind, version: &T, book: &Book, what: What) -> Item {
        let mut details = Vec::new();
        for part in version.parts(book).into_iter().filter(|p| !p.wording) {
            let (before, after) = match what {
                What::Removed => (Some(part.shown), None),
                _ => (None, Some(part.shown)),
            };
            details.push(Detail { part: part.part, label: part.label, before, after });
        }
        item(kind, what, version, details)
    }

    /// The parts that differ between two things of the same kind.
    pub(super) fn differing(&self, before: Vec<Part>, after: Vec<Part>) -> Option<(What, Vec<Detail>)> {
        let mut details = Vec::new();
        let mut what = What::Reworded;
        for y in after {
            let Some(x) = before.iter().find(|x| x.part == y.part) else { continue };
            if x.compared != self.renames.in_first(&y.compared) {
                if !y.wording {
                    what = What::Changed;
                }
                details.push(Detail {
                    part: y.part,
                    label: y.label,
                    before: Some(x.shown.clone()),
                    after: Some(y.shown),
                });
            }
        }
        (!details.is_empty()).then_some((what, details))
    }

    fn facts(&self, items: &mut Vec<Item>) {
        let (a, b) = (self.a.book.facts(), self.b.book.facts());
        for new in b {
            match a.iter().find(|f| f.id == self.renames.first(&new.id)) {
                Some(old) => {
                    let parts = (fact_parts(self.a.book, old), fact_parts(self.b.book, new));
                    if let Some((what, details)) = self.differing(parts.0, parts.1) {
                        items.push(fact_item(what, new, details));
                    }
                }
                None => items.push(fact_item(What::Added, new, alone(fact_parts(self.b.book, new), false))),
            }
        }
        for old in a {
            if b.iter().all(|f| self.renames.first(&f.id) != old.id) {
                items.push(fact_item(What::Removed, old, alone(fact_parts(self.a.book, old), true)));
            }
        }
    }

    /// Documents and statements: only what the law in force on a date cites has a date, so all are compared.
    fn sources(&self, items: &mut Vec<Item>) {
        let cited = |book: &Book| {
            let mut all: BTreeMap<String, (Text, Vec<Part>)> = BTreeMap::new();
            for doc in book.sources() {
                let day = |d: Option<Date>| d.map(|d| d.to_string()).unwrap_or_default();
                let parts = vec![
                    Part::plain("number", ("文号", "number"), doc.number.clone()),
                    Part::plain("from", ("起", "from"), day(doc.from)),
                    Part::plain("to", ("止", "to"), day(doc.to)),
                    Part::words("title", ("名称", "title"), &doc.zh, &doc.en),
                ];
                all.insert(doc.id.clone(), (Text::new(&doc.zh, &doc.en), parts));
            }
            for cite in book.cites() {
                let parts = vec![
                    Part::plain("article", ("条文", "article"), cite.doc.join(" ")),
                    Part::plain("certainty", ("核实程度", "how sure"), cite.tag.clone()),
                    Part::words("title", ("内容", "what it says"), &cite.zh, &cite.en),
                ];
                all.insert(cite.id.clone(), (Text::new(&cite.zh, &cite.en), parts));
            }
            all
        };
        let (mut before, after) = (cited(self.a.book), cited(self.b.book));
        for (id, (title, parts)) in after {
            match before.remove(&id) {
                Some((_, old)) => {
                    if let Some((what, details)) = self.differing(old, parts) {
                        items.push(source_item(what, &id, title, details));
                    }
                }
                None => items.push(source_item(What::Added, &id, title, alone(parts, false))),
            }
        }
        for (id, (title, parts)) in before {
            items.push(source_item(What::Removed, &id, title, alone(parts, true)));
        }
    }
}

fn alone(parts: Vec<Part>, removed: bool) -> Vec<Detail> {
    let shown = parts.into_iter().filter(|p| !p.wording && !p.compared.is_empty());
    shown
        .map(|part| Detail {
            part: part.part,
            label: part.label,
            before: removed.then(|| part.shown.clone()),
            after: (!removed).then_some(part.shown),
        })
        .collect()
}

fn item<T: Versioned>(kind: Kind, what: What, of: &T, details: Vec<Detail>) -> Item {
    let from = Some(of.validity().from).filter(|day| *day != Date(0));
    Item {
        kind,
        what,
        id: of.id().to_owned(),
        title: of.title(),
        package: of.package().to_owned(),
        place: Vec::new(),
        from,
        details,
    }
}

fn fact_item(what: What, of: &FactDecl, details: Vec<Detail>) -> Item {
    Item {
        kind: Kind::Fact,
        what,
        id: of.id.clone(),
        title: Text::new(&of.zh, &of.en),
        package: String::new(),
        place: Vec::new(),
        from: None,
        details,
    }
}

fn source_item(what: What, id: &str, title: Text, details: Vec<Detail>) -> Item {
    let (package, place) = (String::new(), Vec::new());
    Item { kind: Kind::Source, what, id: id.to_owned(), title, package, place, from: None, details }
}

fn dates(old: Validity, new: Validity) -> Vec<Detail> {
    let day = |d: Date| d.to_string();
    let pairs = [
        ("from", ("起", "from"), Some(day(old.from)), Some(day(new.from))),
        ("to", ("止", "to"), old.to.map(day), new.to.map(day)),
        ("enacted", ("决定于", "decided on"), Some(day(old.enacted)), Some(day(new.enacted))),
    ];
    let text = |t: String| Text::new(&t, &t);
    let differ = pairs.into_iter().filter(|(_, _, x, y)| x != y);
    differ
        .map(|(part, label, x, y)| Detail {
            part,
            label: Text::new(label.0, label.1),
            before: x.map(text),
            after: y.map(text),
        })
        .collect()
}
