//! The walk: a term is worth what its parts are worth, for one household.

use std::cell::RefCell;

use doudi_policy::plan::{Cmp, Entity};
use doudi_policy::syntax::ast::Fold;
use doudi_policy::{Date, Truth};

use crate::household::{Household, People, Vocabulary};
use crate::number::{End, Exact, Range};
use crate::possible::{Possible, from_bool, from_sides};
use crate::table;
use crate::term::{Except, Law, Param, Term, Worth};

/// Whose value is asked for. A place beyond the list is the person who may be missing from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Household,
    Member(usize),
    Obligor(usize),
}

/// One household under the law, with what was already found out.
pub(crate) struct Walk<'a> {
    pub(crate) law: &'a Law,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) home: &'a Household,
    pub(crate) day: Date,
    rules: Memo,
    params: Memo,
}

/// What was found out, by rule or parameter and by whose it is.
struct Memo {
    found: RefCell<Vec<Option<Possible>>>,
    people: usize,
}

impl Memo {
    fn new(things: usize, people: usize) -> Self {
        // One place for the household, one for each person, one for who may be missing.
        let people = people + 2;
        Self { found: RefCell::new(vec![None; things * people]), people }
    }

    fn place(&self, thing: usize, who: Who) -> usize {
        let who = match who {
            Who::Household => 0,
            Who::Member(i) | Who::Obligor(i) => i + 1,
        };
        thing * self.people + who
    }

    fn get(&self, thing: usize, who: Who) -> Option<Possible> {
        self.found.borrow().get(self.place(thing, who)).copied().flatten()
    }

    fn keep(&self, thing: usize, who: Who, value: Possible) {
        if let Some(slot) = self.found.borrow_mut().get_mut(self.place(thing, who)) {
            *slot = Some(value);
        }
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new(law: &'a Law, vocabulary: &'a Vocabulary, home: &'a Household, day: Date) -> Self {
        let people = home.members.facts.len().max(home.obligors.facts.len());
        let (rules, params) = (Memo::new(law.rules.len(), people), Memo::new(law.params.len(), people));
        Self { law, vocabulary, home, day, rules, params }
    }

    /// What is still possible for a term.
    pub(crate) fn value(&self, term: &Term, who: Who) -> Possible {
        let number = |term: &Term| self.value(term, who).number();
        let truth = |term: &Term| self.value(term, who).truth();
        match term {
            Term::Is(value) => *value,
            Term::Fact(at) => self.fact(*at, who),
            Term::Rule(at) => self.rule(*at, who),
            Term::Param(at) => self.param(*at, who),
            Term::Not(a) => Possible::Truth(truth(a).not()),
            Term::And(a, b) => Possible::Truth(match truth(a) {
                Truth::False => Truth::False,
                a => a.and(truth(b)),
            }),
            Term::Or(a, b) => Possible::Truth(match truth(a) {
                Truth::True => Truth::True,
                a => a.or(truth(b)),
            }),
            Term::Compare(cmp, a, b) => Possible::Truth(self.value(a, who).compare(*cmp, self.value(b, who))),
            Term::OneOf(a, values) => {
                let a = self.value(a, who);
                let equals = values.iter().map(|v| a.compare(Cmp::Eq, self.value(v, who)));
                Possible::Truth(equals.fold(Truth::False, Truth::or))
            }
            Term::Within(a, mask) => {
                let possible = self.value(a, who).choice();
                Possible::Truth(from_sides(possible & mask != 0, possible & !mask != 0))
            }
            Term::Neg(a) => Possible::Number(number(a).negated()),
            Term::Add(a, b) => Possible::Number(number(a).plus(number(b))),
            Term::Sub(a, b) => Possible::Number(number(a).plus(number(b).negated())),
            Term::Mul(a, b) => Possible::Number(number(a).times(number(b))),
            Term::Div(a, b) => Possible::Number(number(a).over(number(b))),
            Term::Min(a, b) => Possible::Number(number(a).smaller(number(b))),
            Term::Max(a, b) => Possible::Number(number(a).larger(number(b))),
            Term::If(c, a, b) => match truth(c) {
                Truth::True => self.value(a, who),
                Truth::False => self.value(b, who),
                Truth::Unknown => self.value(a, who).or(self.value(b, who)),
            },
            Term::Elapsed(a, unit) => Possible::Number(self.elapsed(number(a), *unit)),
            Term::Months { fold, each } => self.months(*fold, each, who),
            Term::Known(a) => Possible::Truth(if self.is_nobody(who) && self.is_personal(a) {
                // Anyone at all: whether a fact of theirs is known, nobody can say.
                Truth::Unknown
            } else {
                from_bool(self.value(a, who).is_known())
            }),
            Term::OrElse(a, b) => {
                let value = self.value(a, who);
                if value.is_known() {
                    value
                } else if self.home.adverse
                    || self.is_nobody(who) && (self.is_personal(a) || self.is_personal(b))
                {
                    // What is only assumed does not speak against a family.
                    value.or(self.value(b, who))
                } else {
                    self.value(b, who)
                }
            }
            Term::Aggregate { list, filters, fold, body } => {
                self.aggregate(*list, filters, *fold, body.as_deref())
            }
        }
    }

    fn fact(&self, at: usize, who: Who) -> Possible {
        let person = |people: &People, i: usize, place: usize| {
            people.facts.get(i).unwrap_or(&people.nobody).get(place).copied()
        };
        let value = match (self.vocabulary.place(at), who) {
            (Some((Entity::Household, place)), _) => self.home.own.get(place).copied(),
            (Some((Entity::Member, place)), Who::Member(i)) => person(&self.home.members, i, place),
            (Some((Entity::Obligor, place)), Who::Obligor(i)) => person(&self.home.obligors, i, place),
            _ => None,
        };
        value.unwrap_or(Possible::Truth(Truth::Unknown))
    }

    fn rule(&self, at: usize, who: Who) -> Possible {
        let Some(rule) = self.law.rules.get(at) else {
            return Possible::Truth(Truth::Unknown);
        };
        let who = if rule.of <= Entity::Household { Who::Household } else { who };
        if let Some(found) = self.rules.get(at, who) {
            return found;
        }
        let value = self.with_exceptions(&rule.value, &rule.excepts, who);
        self.rules.keep(at, who, value);
        value
    }

    fn worth(&self, value: &Worth, who: Who) -> Possible {
        match value {
            Worth::Term(term) => self.value(term, who),
            Worth::Table(table) => table::value(self, table, who),
        }
    }

    /// For every way in which the exceptions may hold: of those of the highest priority that hold, all of their
    /// values are possible; where none holds, the value itself is.
    fn with_exceptions(&self, value: &Worth, excepts: &[Except], who: Who) -> Possible {
        let mut ways: Vec<Vec<&Except>> = vec![Vec::new()];
        for except in excepts {
            let truth = self.value(&except.when, who).truth();
            let mut next = Vec::new();
            for way in ways {
                if truth != Truth::False {
                    let mut with = way.clone();
                    with.push(except);
                    next.push(with);
                }
                if truth != Truth::True {
                    next.push(way);
                }
            }
            ways = next;
        }
        let results = ways.into_iter().map(|holding| {
            let top = holding.iter().map(|except| except.priority).max();
            let decide = holding.iter().filter(|except| Some(except.priority) == top);
            let values = decide.map(|except| self.with_exceptions(&except.value, &except.excepts, who));
            values.reduce(Possible::or).unwrap_or_else(|| self.worth(value, who))
        });
        results.reduce(Possible::or).unwrap_or(Possible::Truth(Truth::Unknown))
    }

    fn param(&self, at: usize, who: Who) -> Possible {
        let Some(param) = self.law.params.get(at) else {
            return Possible::Truth(Truth::Unknown);
        };
        let who = if param.of <= Entity::Household { Who::Household } else { who };
        if let Some(found) = self.params.get(at, who) {
            return found;
        }
        let keys: Vec<u64> = param
            .keys
            .iter()
            .map(|(key, size)| {
                let all = (0..*size).map(crate::term::bit).fold(0, |mask, bit| mask | bit);
                self.value(key, who).choice() & all
            })
            .collect();
        let mut value: Option<Possible> = None;
        for combination in combinations(&keys) {
            let here = self.row(param, &combination);
            value = Some(value.map_or(here, |value| value.or(here)));
        }
        let value = value.unwrap_or(param.nothing);
        self.params.keep(at, who, value);
        value
    }

    /// The longest division that holds the household; for one place the more local layer, then the later row.
    fn row(&self, param: &Param, keys: &[u8]) -> Possible {
        let rows = param.rows.get(keys).map(Vec::as_slice).unwrap_or_default();
        // The rows stand in their order of rank.
        let here = rows.iter().find(|row| self.home.division.starts_with(&row.division));
        here.map_or(param.nothing, |row| row.value)
    }

    fn people(&self, list: Entity) -> &'a People {
        match list {
            Entity::Obligor => &self.home.obligors,
            Entity::Constant | Entity::Household | Entity::Member => &self.home.members,
        }
    }

    fn is_nobody(&self, who: Who) -> bool {
        match who {
            Who::Household => false,
            Who::Member(i) => i >= self.home.members.facts.len(),
            Who::Obligor(i) => i >= self.home.obligors.facts.len(),
        }
    }

    /// Whether a term speaks of a person (and not only of the household).
    fn is_personal(&self, term: &Term) -> bool {
        let either = |a: &Term, b: &Term| self.is_personal(a) || self.is_personal(b);
        match term {
            Term::Is(_) | Term::Aggregate { .. } => false,
            Term::Fact(at) => self.vocabulary.place(*at).is_some_and(|(of, _)| of > Entity::Household),
            Term::Rule(at) => self.law.rules.get(*at).is_some_and(|r| r.of > Entity::Household),
            Term::Param(at) => self.law.params.get(*at).is_some_and(|p| p.of > Entity::Household),
            Term::Not(a) | Term::Neg(a) | Term::Elapsed(a, _) | Term::Known(a) | Term::Within(a, _) => {
                self.is_personal(a)
            }
            Term::And(a, b)
            | Term::Or(a, b)
            | Term::Compare(_, a, b)
            | Term::Add(a, b)
            | Term::Sub(a, b)
            | Term::Mul(a, b)
            | Term::Div(a, b)
            | Term::Min(a, b)
            | Term::Max(a, b)
            | Term::OrElse(a, b) => either(a, b),
            Term::If(c, a, b) => self.is_personal(c) || either(a, b),
            Term::Months { each, .. } => each.iter().any(|month| self.is_personal(month)),
            Term::OneOf(a, values) => self.is_personal(a) || values.iter().any(|v| self.is_personal(v)),
        }
    }

    fn aggregate(&self, list: Entity, filters: &[Term], fold: Fold, body: Option<&Term>) -> Possible {
        let people = self.people(list);
        let who = |i: usize| match list {
            Entity::Obligor => Who::Obligor(i),
            Entity::Constant | Entity::Household | Entity::Member => Who::Member(i),
        };
        let counted =
            |i: usize| filters.iter().map(|f| self.value(f, who(i)).truth()).fold(Truth::True, Truth::and);
        let worth = |i: usize| body.map_or(Possible::Truth(Truth::True), |body| self.value(body, who(i)));
        let listed = 0..people.facts.len();
        let nobody = (!people.complete).then_some(people.facts.len());
        let open = if people.complete { Truth::False } else { Truth::Unknown };
        match fold {
            Fold::Any => {
                let any = listed.map(|i| counted(i).and(worth(i).truth())).fold(Truth::False, Truth::or);
                Possible::Truth(any.or(open))
            }
            Fold::All => {
                let each = |i| counted(i).not().or(worth(i).truth());
                let all = listed.map(each).fold(Truth::True, Truth::and);
                Possible::Truth(all.and(open.not()))
            }
            Fold::Count => {
                let sure = listed.clone().filter(|i| counted(*i) == Truth::True).count();
                let perhaps = listed.filter(|i| counted(*i) != Truth::False).count();
                let end = |n: usize| i64::try_from(n).ok();
                let most = if people.complete { end(perhaps) } else { None };
                Possible::Number(Range::between(end(sure), most))
            }
            Fold::Sum => {
                let part = |i| match counted(i) {
                    Truth::True => worth(i).number(),
                    Truth::False => Range::ZERO,
                    Truth::Unknown => worth(i).number().hull(Range::ZERO),
                };
                let sum = listed.map(part).fold(Range::ZERO, Range::plus);
                Possible::Number(match nobody {
                    None => sum,
                    Some(i) if worth(i).number().lo >= End::At(Exact::ZERO) => {
                        Range { lo: sum.lo, hi: End::Plus }
                    }
                    Some(_) => Range::ANY,
                })
            }
            // The sum over how many there are.
            Fold::Avg => {
                let folded = |fold, body| self.aggregate(list, filters, fold, body).number();
                Possible::Number(folded(Fold::Sum, body).over(folded(Fold::Count, None)))
            }
            Fold::Max | Fold::Min => {
                let pick = if fold == Fold::Max { Range::larger } else { Range::smaller };
                let sure = listed.clone().filter(|i| counted(*i) == Truth::True);
                let Some(sure) = sure.map(|i| worth(i).number()).reduce(pick) else {
                    return Possible::Number(Range::ANY);
                };
                let perhaps = listed.filter(|i| counted(*i) == Truth::Unknown).chain(nobody);
                let with = perhaps.map(|i| pick(sure, worth(i).number()));
                Possible::Number(with.fold(sure, Range::hull))
            }
        }
    }

    /// A fold over some months, each of which is there.
    fn months(&self, fold: Fold, each: &[Term], who: Who) -> Possible {
        let values = || each.iter().map(|month| self.value(month, who));
        let sum = |numbers: &mut dyn Iterator<Item = Range>| numbers.fold(Range::ZERO, Range::plus);
        match fold {
            Fold::Any => Possible::Truth(values().map(Possible::truth).fold(Truth::False, Truth::or)),
            Fold::All => Possible::Truth(values().map(Possible::truth).fold(Truth::True, Truth::and)),
            Fold::Count => {
                let one = |truth: Truth| {
                    let end = |counts: bool| Some(i64::from(counts));
                    Range::between(end(truth == Truth::True), end(truth != Truth::False))
                };
                Possible::Number(sum(&mut values().map(|value| one(value.truth()))))
            }
            Fold::Sum => Possible::Number(sum(&mut values().map(Possible::number))),
            Fold::Avg => {
                let months = i64::try_from(each.len()).unwrap_or(0);
                let all = sum(&mut values().map(Possible::number));
                Possible::Number(all.over(Range::one(Exact::whole(months))))
            }
            Fold::Max | Fold::Min => {
                let pick = if fold == Fold::Max { Range::larger } else { Range::smaller };
                Possible::Number(values().map(Possible::number).reduce(pick).unwrap_or(Range::ANY))
            }
        }
    }

    /// Full units of months from any of the dates to the last day of the period.
    fn elapsed(&self, from: Range, unit: i64) -> Range {
        let count = |end: End| match end {
            End::At(day) => {
                let day = day.to_whole().and_then(|day| i32::try_from(day).ok());
                day.map(|day| full_months(Date(day), self.day).div_euclid(unit))
            }
            End::Minus | End::Plus => None,
        };
        Range::between(count(from.hi), count(from.lo))
    }
}

/// The most months that can be added to a date without passing another, by the calendar.
fn full_months(from: Date, to: Date) -> i64 {
    let mut months = to.month().0 - from.month().0;
    while from.plus_months(months) > to {
        months -= 1;
    }
    while from.plus_months(months + 1) <= to {
        months += 1;
    }
    i64::from(months)
}

/// Every way to choose one position from each mask.
fn combinations(masks: &[u64]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for mask in masks {
        let positions: Vec<u8> = (0..64).filter(|p| mask & crate::term::bit(usize::from(*p)) != 0).collect();
        all = all
            .into_iter()
            .flat_map(|start| {
                positions.iter().map(move |p| {
                    let mut keys = start.clone();
                    keys.push(*p);
                    keys
                })
            })
            .collect();
    }
    all
}
