//! 能否同时成立: whether conditions can hold of the same household, as far as that can be proved from what they ask of
//! single facts.

use std::collections::BTreeMap;

use super::Compiler;
use super::region::{Domain, Point, Set};
use crate::lang::Lang;
use crate::plan::{Cmp, NodeId, Op};
use crate::value::Truth;

/// More ways than this to fulfil a condition are not looked through.
const MOST_WAYS: usize = 256;

/// Whether conditions can hold at once.
pub(super) enum Together {
    /// No.
    Never,
    /// Yes: for the facts in these words, Chinese and English.
    Sure((String, String)),
    /// Nobody can say.
    Perhaps,
}

/// One way to fulfil a condition: what each of the nodes must be.
type Way = BTreeMap<NodeId, Set>;

impl Compiler<'_> {
    /// Whether all of some conditions can hold at once.
    pub(super) fn together(&self, conditions: &[NodeId]) -> Together {
        let every = conditions
            .iter()
            .try_fold(vec![Way::new()], |ways, condition| self.both(&ways, &self.ways(*condition, true)?));
        let Some(ways) = every else {
            return Together::Perhaps;
        };
        if ways.is_empty() {
            return Together::Never;
        }
        match ways.iter().find(|way| self.is_free(way)) {
            Some(way) => Together::Sure((self.way_words(way, Lang::Zh), self.way_words(way, Lang::En))),
            None => Together::Perhaps,
        }
    }

    /// The ways in which a node is true (or, with `truth` false, not true); `None` where they are too many.
    fn ways(&self, id: NodeId, truth: bool) -> Option<Vec<Way>> {
        let node = self.graph.get(id)?;
        match &node.op {
            Op::Lift(inner) => self.ways(*inner, truth),
            Op::Not(inner) => self.ways(*inner, !truth),
            Op::Truth(known @ (Truth::True | Truth::False)) => {
                let holds = (*known == Truth::True) == truth;
                Some(if holds { vec![Way::new()] } else { Vec::new() })
            }
            Op::And(parts) | Op::Or(parts) => {
                let every = matches!(node.op, Op::And(_)) == truth;
                let mut ways = if every { vec![Way::new()] } else { Vec::new() };
                for part in parts {
                    let part = self.ways(*part, truth)?;
                    if every {
                        ways = self.both(&ways, &part)?;
                    } else {
                        ways.extend(part);
                    }
                }
                (ways.len() <= MOST_WAYS).then_some(ways)
            }
            Op::If(c, a, b) => {
                let mut ways = self.both(&self.ways(*c, true)?, &self.ways(*a, truth)?)?;
                ways.extend(self.both(&self.ways(*c, false)?, &self.ways(*b, truth)?)?);
                (ways.len() <= MOST_WAYS).then_some(ways)
            }
            Op::In(of, mask) => Some(self.asks(*of, &Set::Mask(*mask), truth)),
            Op::Compare(cmp, a, b) => Some(match (self.constant_of(*a), self.constant_of(*b)) {
                (None, Some(with)) => self.compares(*a, *cmp, with, truth),
                (Some(with), None) => self.compares(*b, turned(*cmp), with, truth),
                _ => self.asks(id, &Set::Mask(2), truth),
            }),
            _ => Some(self.asks(id, &Set::Mask(2), truth)),
        }
    }

    fn compares(&self, of: NodeId, cmp: Cmp, with: Point, truth: bool) -> Vec<Way> {
        let set = self.domain_of(self.bare_node(of)).compare(cmp, with);
        self.asks(of, &set, truth)
    }

    /// The one way in which a node has a value of a set (or none of it).
    fn asks(&self, of: NodeId, set: &Set, truth: bool) -> Vec<Way> {
        let of = self.bare_node(of);
        let domain = self.domain_of(of);
        let set = if truth { set.and(&domain.all()) } else { domain.without(set) };
        if set.is_empty() { Vec::new() } else { vec![Way::from([(of, set)])] }
    }

    /// Seen through what does not change a value.
    fn bare_node(&self, mut id: NodeId) -> NodeId {
        while let Some(Op::Lift(inner) | Op::ToExact(inner)) = self.graph.get(id).map(|n| &n.op) {
            id = *inner;
        }
        id
    }

    fn domain_of(&self, id: NodeId) -> Domain {
        let (lo, hi) = self.bounds(id);
        Domain::new(self.graph.ty(id), &self.book.enums, lo, hi)
    }

    /// The ways in which two conditions are fulfilled at once.
    fn both(&self, a: &[Way], b: &[Way]) -> Option<Vec<Way>> {
        if a.len().saturating_mul(b.len()) > MOST_WAYS {
            return None;
        }
        let mut ways = Vec::new();
        for x in a {
            for y in b {
                let mut way = x.clone();
                let mut can = true;
                for (id, set) in y {
                    let joined = way.get(id).map_or_else(|| set.clone(), |here| here.and(set));
                    can &= !joined.is_empty();
                    way.insert(*id, joined);
                }
                if can && !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        Some(ways)
    }

    /// Whether what a way asks for can be had: each part of another fact, so that none stands in the way of another.
    fn is_free(&self, way: &Way) -> bool {
        let facts: Vec<Option<u32>> = way.keys().map(|id| self.fact_of(*id)).collect();
        let all = facts.iter().enumerate();
        all.into_iter()
            .all(|(at, fact)| fact.is_some() && !facts.iter().skip(at + 1).any(|other| other == fact))
    }

    /// The one fact that a node is, or counts the time from, or takes where it is known.
    fn fact_of(&self, id: NodeId) -> Option<u32> {
        match &self.graph.get(id)?.op {
            Op::Fact(fact) => Some(*fact),
            Op::YearsTo(inner, _) | Op::MonthsTo(inner, _) | Op::OrElse(inner, _) => {
                match &self.graph.get(self.bare_node(*inner))?.op {
                    Op::Fact(fact) => Some(*fact),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn way_words(&self, way: &Way, lang: Lang) -> String {
        let parts: Vec<String> = way
            .iter()
            .map(|(id, set)| {
                let fact = self.fact_of(*id).and_then(|fact| self.facts.get(fact as usize));
                let name = fact.map_or("", |fact| lang.pick(&fact.zh, &fact.id));
                let name = match self.graph.get(*id).map(|n| &n.op) {
                    Some(Op::YearsTo(..)) => format!("{}({name})", lang.pick("周岁", "age")),
                    Some(Op::MonthsTo(..)) => format!("{}({name})", lang.pick("距今月数", "months_since")),
                    _ => name.to_owned(),
                };
                let values = self.domain_of(*id).words(set, &self.book.enums, lang);
                format!("{name} {} {values}", lang.pick("为", "is"))
            })
            .collect();
        if parts.is_empty() {
            return lang.pick("任何情形", "anything").to_owned();
        }
        parts.join(lang.pick("，", ", "))
    }
}

/// The comparison seen from the other side.
fn turned(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Lt => Cmp::Gt,
        Cmp::Le => Cmp::Ge,
        Cmp::Gt => Cmp::Lt,
        Cmp::Ge => Cmp::Le,
        Cmp::Eq | Cmp::Ne => cmp,
    }
}
