//! 次序: each rule after the rules that it names; a circle is a fault that names its members.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::book::decl::RuleDecl;
use crate::book::{Book, NameEntry};
use crate::syntax::ast::{Expr, ExprKind};

/// The ids of rules that a rule's expressions name, in order of first use.
pub(super) fn needs(book: &Book, rule: &RuleDecl) -> Vec<String> {
    let mut names = Vec::new();
    for expr in rule.expressions() {
        names_in(expr, &mut names);
    }
    let mut ids = Vec::new();
    for name in names {
        match book.names.get(name) {
            Some(NameEntry::Rule(id)) => ids.push(id.clone()),
            Some(NameEntry::Parameter(at)) => {
                let keys = book.parameters.get(*at).map(|p| p.keys.as_slice());
                for (key, _) in keys.unwrap_or_default() {
                    if let Some(NameEntry::Rule(id)) = book.names.get(key) {
                        ids.push(id.clone());
                    }
                }
            }
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    ids
}

/// All names in an expression; the tree's depth is bounded by the parser.
pub(super) fn names_in<'a>(expr: &'a Expr, names: &mut Vec<&'a str>) {
    match &expr.kind {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Money(..)
        | ExprKind::Rate(_)
        | ExprKind::Date(_)
        | ExprKind::Month(_) => {}
        ExprKind::Name(name) | ExprKind::Field(_, name) => names.push(name),
        ExprKind::Not(a) | ExprKind::Neg(a) => names_in(a, names),
        ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::Add(a, b)
        | ExprKind::Sub(a, b)
        | ExprKind::Mul(a, b)
        | ExprKind::Div(a, b) => {
            names_in(a, names);
            names_in(b, names);
        }
        ExprKind::In(a, values) => {
            names_in(a, names);
            for value in values {
                names_in(value, names);
            }
        }
        ExprKind::If(c, a, b) => {
            names_in(c, names);
            names_in(a, names);
            names_in(b, names);
        }
        ExprKind::Call(_, arguments) => {
            for argument in arguments {
                names_in(argument, names);
            }
        }
        ExprKind::Window { of, body, .. } => {
            names_in(of, names);
            if let Some((_, body)) = body {
                names_in(body, names);
            }
        }
        ExprKind::Aggregate { filters, body, .. } => {
            for (_, filter) in filters {
                names_in(filter, names);
            }
            if let Some((_, body)) = body {
                names_in(body, names);
            }
        }
    }
}

/// A circle of rules: the ids along its shortest way, and all rules that are bound to one another with them.
pub(super) type Circle<'a> = (Vec<&'a str>, Vec<&'a str>);

/// Rules in topological order, and the circles among them: one for each group of rules that need one another,
/// however many ways lead around in it.
pub(super) fn sorted<'a>(needs: &'a BTreeMap<&'a str, Vec<String>>) -> (Vec<&'a str>, Vec<Circle<'a>>) {
    let mut walk =
        Walk { needs, met: BTreeMap::new(), open: Vec::new(), order: Vec::new(), groups: Vec::new() };
    for root in needs.keys() {
        walk.from(root);
    }
    let circles = walk.groups.into_iter().filter_map(|group| Some((around(needs, &group)?, group))).collect();
    (walk.order, circles)
}

/// Tarjan's walk over the strongly connected groups. An explicit path: a chain of rules may be as long as the book.
struct Walk<'a> {
    needs: &'a BTreeMap<&'a str, Vec<String>>,
    /// When each rule was met, and the earliest open rule that it leads to.
    met: BTreeMap<&'a str, (usize, usize)>,
    /// Rules met whose group is not closed.
    open: Vec<&'a str>,
    order: Vec<&'a str>,
    groups: Vec<Vec<&'a str>>,
}

impl<'a> Walk<'a> {
    fn from(&mut self, root: &'a str) {
        if self.met.contains_key(root) {
            return;
        }
        let mut is_open: BTreeSet<&'a str> = BTreeSet::new();
        let mut path: Vec<(&'a str, usize)> = Vec::new();
        self.enter(root, &mut path, &mut is_open);
        while let Some((id, followed)) = path.last_mut() {
            let (id, at) = (*id, *followed);
            *followed += 1;
            let Some(next) = self.needs.get(id).and_then(|all| all.get(at)) else {
                path.pop();
                self.leave(id, path.last().map(|(above, _)| *above), &mut is_open);
                continue;
            };
            let Some((next, _)) = self.needs.get_key_value(next.as_str()) else {
                continue;
            };
            match self.met.get(next).copied() {
                None => self.enter(next, &mut path, &mut is_open),
                Some((when, _)) if is_open.contains(next) => self.reach(id, when),
                Some(_) => {}
            }
        }
    }

    fn enter(&mut self, id: &'a str, path: &mut Vec<(&'a str, usize)>, is_open: &mut BTreeSet<&'a str>) {
        let when = self.met.len();
        self.met.insert(id, (when, when));
        self.open.push(id);
        is_open.insert(id);
        path.push((id, 0));
    }

    fn reach(&mut self, id: &str, when: usize) {
        if let Some((_, earliest)) = self.met.get_mut(id) {
            *earliest = when.min(*earliest);
        }
    }

    fn leave(&mut self, id: &'a str, above: Option<&'a str>, is_open: &mut BTreeSet<&'a str>) {
        self.order.push(id);
        let Some((when, earliest)) = self.met.get(id).copied() else { return };
        if let Some(above) = above {
            self.reach(above, earliest);
        }
        if when == earliest {
            let from = self.open.iter().rposition(|open| *open == id).unwrap_or(0);
            let group = self.open.split_off(from);
            for closed in &group {
                is_open.remove(closed);
            }
            self.groups.push(group);
        }
    }
}

/// The shortest way from the first rule of a group back to itself; `None` where the group is one rule that does not
/// need itself.
fn around<'a>(needs: &'a BTreeMap<&'a str, Vec<String>>, group: &[&'a str]) -> Option<Vec<&'a str>> {
    let first = *group.first()?;
    let inside: BTreeSet<&str> = group.iter().copied().collect();
    let mut came_from: BTreeMap<&'a str, &'a str> = BTreeMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(id) = queue.pop_front() {
        for next in needs.get(id).into_iter().flatten() {
            let Some((next, _)) = needs.get_key_value(next.as_str()) else { continue };
            if *next == first {
                let mut way = vec![id];
                while let Some(before) = way.last().and_then(|id| came_from.get(id)) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if inside.contains(next) && !came_from.contains_key(next) {
                came_from.insert(next, id);
                queue.push_back(next);
            }
        }
    }
    None
}
