//! 参数比较: the values of a parameter, place by place.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::{Part, yes};
use super::parts::Both;
use super::{Detail, Item, Kind, Side, What};
use crate::book::decl::{Level, ParamValue, ParameterDecl};
use crate::book::{Book, rows_in_force, type_name};
use crate::explain::{Text, stated};
use crate::lang::Lang;
use crate::plan::ParamRow;
use crate::value::DivisionCode;

impl Both<'_> {
    pub(super) fn parameters(&self, items: &mut Vec<Item>) {
        let (a, b) = (self.a.book.parameters(), self.b.book.parameters());
        for new in b.iter().filter(|p| !p.derived) {
            let Some(old) = a.iter().find(|p| p.id == self.renames.first(&new.id)) else {
                items.push(self.lone_parameter(new, self.b.book, What::Added));
                self.rows(None, Some(new), items);
                continue;
            };
            let parts = (parameter_parts(self.a.book, old), parameter_parts(self.b.book, new));
            let details = self.differing(parts.0, parts.1);
            if let Some((what, details)) = details {
                items.push(parameter_item(what, new, details));
            }
            self.rows(Some(old), Some(new), items);
        }
        for old in a.iter().filter(|p| !p.derived) {
            if b.iter().all(|p| self.renames.first(&p.id) != old.id) {
                items.push(self.lone_parameter(old, self.a.book, What::Removed));
                self.rows(Some(old), None, items);
            }
        }
    }

    fn lone_parameter(&self, decl: &ParameterDecl, book: &Book, what: What) -> Item {
        let details = parameter_parts(book, decl).into_iter().filter(|p| !p.wording).map(|part| Detail {
            part: part.part,
            label: part.label,
            before: (what == What::Removed).then(|| part.shown.clone()),
            after: (what == What::Added).then_some(part.shown),
        });
        parameter_item(what, decl, details.collect())
    }

    /// The values of a parameter, by place and keys.
    fn rows(&self, old: Option<&ParameterDecl>, new: Option<&ParameterDecl>, items: &mut Vec<Item>) {
        let Some(decl) = new.or(old) else { return };
        let before = old.map(|p| rows_of(self.a, p)).unwrap_or_default();
        let after = new.map(|p| rows_of(self.b, p)).unwrap_or_default();
        let mut places: BTreeSet<Place> = before.keys().cloned().collect();
        places.extend(after.keys().cloned());
        let none = Vec::new();
        for place in places {
            let x = before.get(&place).unwrap_or(&none);
            let y = after.get(&place).unwrap_or(&none);
            let shown_place = self.place(&place, decl);
            let mut gone: Vec<&ParamRow> = x.iter().filter(|r| y.iter().all(|o| o.from != r.from)).collect();
            for row in y {
                let known = x.iter().find(|r| r.from == row.from);
                if known.is_some_and(|k| same_row(k, row)) {
                    continue;
                }
                // A value at another date: the same value that is no longer at its own.
                let moved = gone.iter().position(|r| (r.value, r.ratio) == (row.value, row.ratio));
                let moved = moved.filter(|_| known.is_none()).map(|at| gone.remove(at));
                let earlier = || {
                    let earlier = y.iter().chain(x).filter(|r| r.from < row.from);
                    earlier.max_by_key(|r| r.from)
                };
                // In force on one date and on the other: what counts is the value then and now.
                let then = if self.a.at.is_some() { x.first() } else { None };
                let old_row = known.or(moved).or(then).or_else(earlier);
                let what = match (moved, old_row) {
                    (Some(_), _) => What::Moved,
                    (None, Some(_)) => What::Changed,
                    (None, None) => What::Added,
                };
                if self.a.at.is_some() {
                    gone.clear();
                }
                if self.a.at.is_some() && old_row.is_some_and(|o| same_row(o, row)) {
                    continue;
                }
                items.push(self.row(decl, &shown_place, what, old_row, Some(row)));
            }
            for row in gone {
                items.push(self.row(decl, &shown_place, What::Removed, Some(row), None));
            }
        }
    }

    fn row(
        &self,
        decl: &ParameterDecl,
        place: &[Text],
        what: What,
        old: Option<&ParamRow>,
        new: Option<&ParamRow>,
    ) -> Item {
        let value = |row: &ParamRow, book: &Book| {
            Text::both(|lang| stated(row.value, row.ratio, decl.ty, book.enums(), lang))
        };
        let mut details = vec![Detail {
            part: "value",
            label: Text::new("值", "value"),
            before: old.map(|r| value(r, self.a.book)),
            after: new.map(|r| value(r, self.b.book)),
        }];
        let mut add = |part, label: (&str, &str), of: &dyn Fn(&ParamRow) -> Option<String>| {
            let (x, y) = (old.and_then(of), new.and_then(of));
            if x != y {
                let text = |t: String| Text::new(&t, &t);
                let label = Text::new(label.0, label.1);
                details.push(Detail { part, label, before: x.map(text), after: y.map(text) });
            }
        };
        add("from", ("起", "from"), &|r| Some(r.from.to_string()));
        add("to", ("止", "to"), &|r| r.to.map(|d| d.to_string()));
        add("enacted", ("决定于", "decided on"), &|r| Some(r.enacted.to_string()));
        add("source", ("依据", "source"), &|r| Some(r.source.clone()));
        Item {
            kind: Kind::Parameter,
            what,
            id: decl.id.clone(),
            title: Text::new(&decl.zh, &decl.en),
            package: decl.package.clone(),
            place: place.to_vec(),
            from: new.or(old).map(|r| r.from),
            details,
        }
    }

    fn place(&self, place: &Place, decl: &ParameterDecl) -> Vec<Text> {
        let mut shown = Vec::new();
        if let Some(code) = &place.division {
            let overlays = self.b.book.overlays().iter().chain(self.a.book.overlays());
            let name = overlays.into_iter().find(|o| o.division == *code);
            shown.push(match name {
                Some(overlay) => Text::new(&overlay.zh, &overlay.en),
                None => Text::new(code.as_str(), code.as_str()),
            });
        }
        for (key, (_, index)) in place.keys.iter().zip(&decl.keys) {
            let book = self.b.book;
            let values = book.enums().get(usize::from(*index));
            let value = values.and_then(|e| e.values.get(usize::from(*key)));
            shown.extend(value.map(|(id, zh)| Text::new(zh, id.replace('_', " "))));
        }
        shown
    }
}

/// Where a parameter's value holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    level: Level,
    division: Option<DivisionCode>,
    keys: Vec<u8>,
}

fn rows_of(side: Side<'_>, decl: &ParameterDecl) -> BTreeMap<Place, Vec<ParamRow>> {
    let mut rows: BTreeMap<Place, Vec<ParamRow>> = BTreeMap::new();
    let mut put = |level: Level, row: &ParamRow| {
        let place = Place { level, division: row.division.clone(), keys: row.keys.clone() };
        rows.entry(place).or_default().push(row.clone());
    };
    match side.at {
        None => {
            for (level, row) in &decl.rows {
                put(*level, row);
            }
        }
        Some((month, as_of)) => {
            for row in rows_in_force(decl, month.last_day(), as_of) {
                // In force there is one value a place, of whatever level.
                put(Level::Nation, &row);
            }
        }
    }
    for list in rows.values_mut() {
        list.sort_by_key(|r| (r.from, r.enacted));
    }
    rows
}

fn same_row(a: &ParamRow, b: &ParamRow) -> bool {
    let of = |r: &ParamRow| (r.value, r.ratio, r.from, r.to, r.enacted, r.source.clone());
    of(a) == of(b)
}

fn parameter_item(what: What, of: &ParameterDecl, details: Vec<Detail>) -> Item {
    Item {
        kind: Kind::Parameter,
        what,
        id: of.id.clone(),
        title: Text::new(&of.zh, &of.en),
        package: of.package.clone(),
        place: Vec::new(),
        from: None,
        details,
    }
}

fn parameter_parts(book: &Book, p: &ParameterDecl) -> Vec<Part> {
    let bound = |value: Option<ParamValue>| {
        value.map_or_else(String::new, |v| match v {
            ParamValue::Number(n) => stated(n, None, p.ty, book.enums(), Lang::Zh),
            ParamValue::Ratio(num, den) => stated(0, Some((num, den)), p.ty, book.enums(), Lang::Zh),
        })
    };
    let keys: Vec<&str> = p.keys.iter().map(|(key, _)| key.as_str()).collect();
    let level = |l: &Level| match l {
        Level::Nation => "nation",
        Level::Province => "province",
        Level::City => "city",
        Level::County => "county",
        Level::Town => "town",
    };
    let levels: Vec<&str> = p.overridable_by.iter().map(level).collect();
    vec![
        Part::plain("type", ("单位", "unit"), type_name(p.ty)),
        Part::plain("keys", ("键", "keys"), keys.join(" ")),
        Part::plain("min", ("下限", "least"), bound(p.min)),
        Part::plain("max", ("上限", "most"), bound(p.max)),
        Part::plain("overridable_by", ("可由哪级另定", "may be set by"), levels.join(" ")),
        Part::plain("contested", ("各方说法不一", "contested"), yes(p.contested)),
        Part::plain("source", ("依据", "source"), p.source.join(" ")),
        Part::words("title", ("名称", "title"), &p.zh, &p.en),
    ]
}
