//! 分组: how households and people are sorted. Places come from the population; every other way of sorting is a rule of
//! a package `statistics`, so that what “a household with children” means stands in the law's data, with a citation.

use std::collections::BTreeMap;

use super::Joined;
use crate::book::Book;
use crate::column::Batch;
use crate::plan::{Entity, NodeId, Op, Plan, PlannedOutcome, PlannedRule, Type};
use crate::value::DivisionCode;

/// Id of the dimension of places.
pub(crate) const DIVISION: &str = "division";

/// 分法: one way of sorting households or people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Id of the rule; [`DIVISION`] for places.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Cited articles.
    pub source: Vec<String>,
    /// The groups; whoever cannot be sorted is counted in one more group behind them.
    pub values: Vec<GroupValue>,
    /// Households (or people) of each group, the unsorted last.
    pub subjects: Vec<u64>,
    /// People of each group, the unsorted last.
    pub persons: Vec<u64>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupValue {
    /// English id of the enum value, or the division code.
    pub id: String,
    /// 中文 label; empty for a place, whose name the caller knows.
    pub zh: String,
}

impl Dimension {
    pub(crate) fn groups(&self) -> usize {
        self.values.len() + 1
    }
}

/// The ways of sorting that the rules give, with the outcomes that compute them: one a group, met by who is in it.
pub(crate) struct Sorting {
    pub(crate) dimension: Dimension,
    /// Positions of the groups among the computed outcomes.
    pub(crate) at: Vec<usize>,
}

/// The rules of the statistics packages of `groups`, whose nodes `to` finds in the joined graph.
pub(crate) fn rules(
    groups: &Plan,
    of: Entity,
) -> impl Iterator<Item = (&PlannedRule, Vec<(String, String)>)> {
    let rules = groups.rules.iter().filter(move |r| r.of == of && Book::is_statistics(&r.package));
    rules.filter_map(|rule| {
        let values = match groups.nodes.get(rule.node.0 as usize)?.ty {
            Type::Enum(at) => groups.enums.get(usize::from(at))?.values.clone(),
            Type::Bool => {
                vec![("yes".to_owned(), "是".to_owned()), ("no".to_owned(), "否".to_owned())]
            }
            _ => return None,
        };
        Some((rule, values))
    })
}

/// Adds for each rule the outcomes that compute its groups.
pub(crate) fn sort_by(
    joined: &mut Joined,
    outcomes: &mut Vec<PlannedOutcome>,
    groups: &Plan,
    of: Entity,
    to: impl Fn(&Joined, NodeId) -> NodeId,
) -> Vec<Sorting> {
    let mut found = Vec::new();
    for (rule, values) in rules(groups, of) {
        let node = to(joined, rule.node);
        let bool_rule = groups.nodes.get(rule.node.0 as usize).is_some_and(|n| n.ty == Type::Bool);
        let mut at = Vec::new();
        for position in 0..values.len() {
            let met = match (bool_rule, position) {
                (true, 0) => node,
                (true, _) => joined.node(Op::Not(node), Type::Bool, of),
                (false, _) => {
                    let set = u32::try_from(position).ok().and_then(|p| 1_u64.checked_shl(p)).unwrap_or(0);
                    joined.node(Op::In(node, set), Type::Bool, of)
                }
            };
            at.push(outcomes.len());
            outcomes.push(computed(of, met, None));
        }
        let dimension = Dimension {
            id: rule.id.clone(),
            zh: rule.zh.clone(),
            en: rule.en.clone(),
            source: rule.source.clone(),
            values: values.into_iter().map(|(id, zh)| GroupValue { id, zh }).collect(),
            subjects: Vec::new(),
            persons: Vec::new(),
        };
        found.push(Sorting { dimension, at });
    }
    found
}

/// Something to compute that is no outcome of the law.
pub(crate) fn computed(of: Entity, met: NodeId, amount: Option<NodeId>) -> PlannedOutcome {
    PlannedOutcome {
        id: String::new(),
        package: String::new(),
        zh: String::new(),
        en: String::new(),
        of,
        source: Vec::new(),
        defaults: Vec::new(),
        met,
        conditions: Vec::new(),
        amount,
        rules: Vec::new(),
        receiving: None,
    }
}

/// The places of a population at a level, and for each division of the batch the position of its place.
pub(crate) fn places(batch: &Batch, level: u8) -> (Dimension, Vec<usize>) {
    let place = |code: &DivisionCode| code.at_level(level).unwrap_or_else(|| code.clone());
    let mut order: BTreeMap<DivisionCode, usize> = batch.divisions.iter().map(|d| (place(d), 0)).collect();
    for (at, position) in order.values_mut().enumerate() {
        *position = at;
    }
    let of = batch.divisions.iter().map(|d| order.get(&place(d)).copied().unwrap_or(order.len()));
    let of = of.collect();
    let values = order.into_keys().map(|code| GroupValue { id: code.to_string(), zh: String::new() });
    let dimension = Dimension {
        id: DIVISION.to_owned(),
        zh: "地区".to_owned(),
        en: "place".to_owned(),
        source: Vec::new(),
        values: values.collect(),
        subjects: Vec::new(),
        persons: Vec::new(),
    };
    (dimension, of)
}
