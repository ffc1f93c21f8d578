//! 次序: each rule after the rules that it names; a circle is a fault that names its members.

use std::collections::{BTreeMap, BTreeSet};

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

/// Rules in topological order, and the circles among them (each as the ids along it).
pub(super) fn sorted<'a>(needs: &'a BTreeMap<&'a str, Vec<String>>) -> (Vec<&'a str>, Vec<Vec<&'a str>>) {
    let mut order = Vec::new();
    let mut circles = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for root in needs.keys() {
        // The path from the root, each with how many of its needs were already followed. An explicit stack:
        // a chain of rules may be as long as the book.
        let mut path: Vec<(&'a str, usize)> = Vec::new();
        let mut on_path: BTreeSet<&str> = BTreeSet::new();
        if !done.contains(root) {
            path.push((root, 0));
            on_path.insert(root);
        }
        while let Some((id, followed)) = path.last_mut() {
            let next = needs.get(*id).and_then(|all| all.get(*followed));
            *followed += 1;
            let Some(next) = next else {
                let id = *id;
                path.pop();
                on_path.remove(id);
                if done.insert(id) {
                    order.push(id);
                }
                continue;
            };
            let Some((next, _)) = needs.get_key_value(next.as_str()) else {
                continue;
            };
            if on_path.contains(next) {
                let from = path.iter().position(|(id, _)| id == next).unwrap_or(0);
                circles.push(path.iter().skip(from).map(|(id, _)| *id).collect());
            } else if !done.contains(next) {
                path.push((next, 0));
                on_path.insert(next);
            }
        }
    }
    (order, circles)
}
