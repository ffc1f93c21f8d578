//! 样表: a fillable facts sheet for one programme.

use serde_json::{Map, Value, json};

use crate::plan::{Entity, FactDecl, Plan, Type};
use crate::sheet::{enum_of, unit};

/// The facts that outcome `o` reads for its conditions and amount (indices in [`Plan::facts`]), in the order of
/// the vocabulary.
#[must_use]
pub fn facts_read(plan: &Plan, o: usize) -> Vec<usize> {
    plan.result_of(o).facts.iter().map(|fact| *fact as usize).collect()
}

/// A facts sheet with every fact that outcome `o` reads set to null (unknown), one member and, where obligors
/// matter, one obligor to copy, and under `facts` the legend: labels, whose, type, unit, values, who can supply it.
#[must_use]
pub fn template(plan: &Plan, o: usize) -> Value {
    let read = facts_read(plan, o);
    let facts: Vec<&FactDecl> = read.iter().filter_map(|f| plan.facts.get(*f)).collect();
    // A fact of several months is one list, that of the period first.
    let months = |fact: &FactDecl| {
        let same = facts.iter().filter(|other| other.base_id() == fact.id);
        same.map(|other| usize::from(other.back) + 1).max().unwrap_or(1)
    };
    let bases =
        || plan.facts.iter().filter(|f| f.back == 0 && facts.iter().any(|other| other.base_id() == f.id));
    let blank = |of: Entity| -> Map<String, Value> {
        let of = bases().filter(|f| f.of == of);
        of.map(|f| {
            let blank = match months(f) {
                1 => Value::Null,
                months => Value::Array(vec![Value::Null; months]),
            };
            (f.id.clone(), blank)
        })
        .collect()
    };
    let mut member = Map::from_iter([("name".to_owned(), json!("甲"))]);
    member.extend(blank(Entity::Member));
    let obligor = blank(Entity::Obligor);
    let obligors = if obligor.is_empty() { json!([]) } else { json!([obligor]) };
    let legend: Map<String, Value> = bases().map(|fact| (fact.id.clone(), describe(plan, fact))).collect();
    json!({
        "division": null,
        "household": blank(Entity::Household),
        "members": [member],
        "members_complete": true,
        "obligors": obligors,
        "obligors_complete": false,
        "facts": legend,
    })
}

/// A fact of the vocabulary as JSON: `zh, en, of, type, unit, values, min, max, window, from, fresh_months`. Money
/// bounds are in fen; a fact with a window is given as a list, one value a month, that of the period first.
#[must_use]
pub fn describe(plan: &Plan, fact: &FactDecl) -> Value {
    let (ty, unit) = match fact.ty {
        Type::Bool => ("bool", None),
        Type::Int => ("int", None),
        Type::Money(per) | Type::Exact(per) => ("money", Some(unit(per))),
        Type::Rate => ("rate", None),
        Type::Date => ("date", None),
        Type::Month => ("month", None),
        Type::Enum(_) => ("enum", None),
    };
    let mut out = Map::new();
    out.insert("zh".to_owned(), json!(fact.zh));
    out.insert("en".to_owned(), json!(fact.en));
    out.insert("of".to_owned(), json!(fact.of));
    out.insert("type".to_owned(), json!(ty));
    if let Some(unit) = unit {
        out.insert("unit".to_owned(), json!(unit));
    }
    if let Some(values) = enum_of(plan, fact) {
        let values = values.values.iter();
        let values: Map<String, Value> = values.map(|(id, zh)| (id.clone(), json!(zh))).collect();
        out.insert("values".to_owned(), Value::Object(values));
    }
    for (key, bound) in [("min", fact.min), ("max", fact.max)] {
        if let Some(bound) = bound {
            out.insert(key.to_owned(), json!(bound));
        }
    }
    if fact.window > 1 {
        out.insert("window".to_owned(), json!(fact.window));
    }
    out.insert("from".to_owned(), json!(fact.from));
    if let Some(months) = fact.fresh_months {
        out.insert("fresh_months".to_owned(), json!(months));
    }
    Value::Object(out)
}
