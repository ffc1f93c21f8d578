//! Reading a fact out of observations: a value with provenance, or unknown with the reason.

use std::collections::BTreeMap;

use doudi_policy::Date;
use doudi_policy::column::State;

use crate::coded;
use crate::observation::{Grade, Observation, Origin, Scalar, Subject};

coded! {
    /// 取数方式: what an old value may do.
    ReadMode {
        /// 发现: a stale value stands, marked; old data may speak for a family.
        Find = "find", "发现", "find";
        /// 认定: a stale value is unknown.
        Decide = "decide", "认定", "decide";
        /// 不利处理: a stale value is unknown; old data never speaks against a family.
        Adverse = "adverse", "不利处理", "adverse";
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Who says it.
    pub source: String,
    /// Where it came in.
    pub origin: Origin,
    /// Line in the delivery.
    pub line: Option<i64>,
    /// Grade of evidence.
    pub grade: Grade,
    /// The day the value speaks of.
    pub as_of: Date,
    /// The day on which we learnt it.
    pub recorded_at: Date,
}

/// What is known of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A value that may be used.
    Known {
        /// The value.
        value: Scalar,
        /// Whether it is older than the vocabulary allows (only in [`ReadMode::Find`]).
        stale: bool,
        /// Where it comes from.
        provenance: Provenance,
    },
    /// No usable value. Unknown never means no.
    Unknown {
        /// Missing, stale, disputed or in conflict.
        reason: State,
        /// The observations that were seen and could not be used, best first.
        seen: Vec<Provenance>,
    },
}

/// 取数: the value of one fact of one subject, as valid on one day and as known on another.
///
/// `observations` may hold anything in any order; `fresh_months` is the vocabulary's limit.
/// Of each source the latest word counts. Fresh values go before stale ones, better grades before worse.
/// Two sources of the same grade that differ are a conflict. A dispute holds until the disputed source
/// speaks again.
#[must_use]
pub fn resolve(
    observations: &[Observation],
    subject: Subject,
    key: &str,
    fresh_months: Option<u16>,
    valid_on: Date,
    known_on: Date,
    mode: ReadMode,
) -> Resolved {
    let known: Vec<(&Observation, &Scalar)> = observations
        .iter()
        .filter(|o| o.subject == subject && o.recorded_at <= known_on)
        .filter_map(|o| o.payload.get(key).map(|value| (o, value)))
        .collect();
    let words = known.iter().filter(|(o, _)| {
        !matches!(o.origin, Origin::Dispute(_))
            && o.valid_from <= valid_on
            && o.valid_to.is_none_or(|to| valid_on <= to)
    });
    let mut latest: BTreeMap<&str, (&Observation, &Scalar)> = BTreeMap::new();
    for &(o, value) in words {
        let newer = |old: &Observation| order_of_time(o) > order_of_time(old);
        match latest.get(o.source.as_str()) {
            Some((old, _)) if !newer(old) => {}
            _ => {
                latest.insert(&o.source, (o, value));
            }
        }
    }
    let stale = |o: &Observation| {
        fresh_months.is_some_and(|months| o.valid_from.plus_months(i32::from(months)) < valid_on)
    };
    let mut ranked: Vec<(&Observation, &Scalar)> = latest.into_values().collect();
    ranked.sort_by_key(|(o, _)| (stale(o), o.grade, std::cmp::Reverse(order_of_time(o))));
    let Some(&(best, value)) = ranked.first() else {
        return Resolved::Unknown { reason: State::Missing, seen: Vec::new() };
    };
    let unknown =
        |reason| Resolved::Unknown { reason, seen: ranked.iter().map(|(o, _)| provenance(o)).collect() };
    let disputed = known.iter().any(|(o, _)| {
        o.origin == Origin::Dispute(best.id) && (o.recorded_at, o.id) > (best.recorded_at, best.id)
    });
    if disputed {
        return unknown(State::Disputed);
    }
    let is_stale = stale(best);
    let conflict = ranked
        .iter()
        .skip(1)
        .any(|(o, other)| o.grade == best.grade && stale(o) == is_stale && *other != value);
    if conflict {
        return unknown(State::Conflict);
    }
    if is_stale && mode != ReadMode::Find {
        return unknown(State::Stale);
    }
    Resolved::Known { value: value.clone(), stale: is_stale, provenance: provenance(best) }
}

fn order_of_time(o: &Observation) -> (Date, Date, crate::ObservationId) {
    (o.valid_from, o.recorded_at, o.id)
}

fn provenance(o: &Observation) -> Provenance {
    Provenance {
        source: o.source.clone(),
        origin: o.origin,
        line: o.line,
        grade: o.grade,
        as_of: o.valid_from,
        recorded_at: o.recorded_at,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]
    use super::*;
    use crate::{DeliveryId, ObservationId, PersonId, VisitId};

    const WHO: Subject = Subject::Person(PersonId(1));

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn wage(id: i64, source: &str, grade: Grade, as_of: &str, fen: i64) -> Observation {
        Observation {
            id: ObservationId(id),
            subject: WHO,
            source: source.to_owned(),
            origin: Origin::Delivery(DeliveryId(1)),
            line: Some(id),
            grade,
            valid_from: day(as_of),
            valid_to: None,
            recorded_at: day(as_of),
            recorded_by: None,
            payload: BTreeMap::from([("wage".to_owned(), Scalar::Number(fen))]),
        }
    }

    fn read(all: &[Observation], mode: ReadMode) -> Resolved {
        let on = day("2024-06-17");
        resolve(all, WHO, "wage", Some(3), on, on, mode)
    }

    fn value(r: &Resolved) -> Option<i64> {
        match r {
            Resolved::Known { value: Scalar::Number(n), .. } => Some(*n),
            _ => None,
        }
    }

    fn reason(r: &Resolved) -> Option<State> {
        match r {
            Resolved::Unknown { reason, .. } => Some(*reason),
            Resolved::Known { .. } => None,
        }
    }

    #[test]
    fn nobody_has_told_is_missing_and_other_people_do_not_count() {
        let mut other = wage(1, "ss", Grade::A, "2024-05-31", 100);
        other.subject = Subject::Person(PersonId(2));
        assert_eq!(reason(&read(&[other], ReadMode::Find)), Some(State::Missing));
    }

    #[test]
    fn an_old_value_speaks_for_a_family_and_never_against_it() {
        let old = [wage(1, "ss", Grade::A, "2024-01-31", 100)];
        assert!(matches!(read(&old, ReadMode::Find), Resolved::Known { stale: true, .. }));
        for mode in [ReadMode::Decide, ReadMode::Adverse] {
            assert_eq!(reason(&read(&old, mode)), Some(State::Stale));
        }
    }

    #[test]
    fn the_better_grade_and_the_later_word_of_a_source_win() {
        let all = [
            wage(1, "declaration", Grade::C, "2024-06-10", 90),
            wage(2, "ss", Grade::A, "2024-04-30", 100),
            wage(3, "ss", Grade::A, "2024-05-31", 120),
        ];
        assert_eq!(value(&read(&all, ReadMode::Decide)), Some(120));
        // A fresh word of a lower grade goes before a stale word of a higher one.
        let all =
            [wage(1, "declaration", Grade::C, "2024-06-10", 90), wage(2, "ss", Grade::A, "2024-01-31", 100)];
        assert_eq!(value(&read(&all, ReadMode::Decide)), Some(90));
    }

    #[test]
    fn equal_sources_that_differ_are_a_conflict_and_equal_words_are_not() {
        let mut all =
            [wage(1, "ss", Grade::A, "2024-05-31", 100), wage(2, "tax", Grade::A, "2024-05-31", 130)];
        assert_eq!(reason(&read(&all, ReadMode::Find)), Some(State::Conflict));
        all[1].payload.insert("wage".to_owned(), Scalar::Number(100));
        assert_eq!(value(&read(&all, ReadMode::Find)), Some(100));
    }

    #[test]
    fn a_dispute_holds_until_the_source_answers() {
        let first = wage(1, "ss", Grade::A, "2024-05-31", 100);
        let mut dispute = wage(2, "declaration", Grade::D, "2024-06-03", 0);
        dispute.origin = Origin::Dispute(ObservationId(1));
        let both = [first.clone(), dispute.clone()];
        assert_eq!(reason(&read(&both, ReadMode::Find)), Some(State::Disputed));
        let mut answer = wage(3, "ss", Grade::A, "2024-05-31", 80);
        answer.recorded_at = day("2024-06-12");
        let all = [first, dispute, answer];
        assert_eq!(value(&read(&all, ReadMode::Adverse)), Some(80));
    }

    #[test]
    fn a_later_visit_corrects_an_earlier_one_whoever_went() {
        let mut first = wage(1, "visit", Grade::B, "2024-06-10", 120);
        first.origin = Origin::Visit(VisitId(1));
        let mut second = wage(2, "visit", Grade::D, "2024-06-12", 80);
        second.origin = Origin::Visit(VisitId(2));
        let both = [second.clone(), first.clone()];
        match read(&both, ReadMode::Decide) {
            Resolved::Known { value: Scalar::Number(80), provenance, .. } => {
                assert_eq!(provenance.origin, Origin::Visit(VisitId(2)));
            }
            other => panic!("{other:?}"),
        }
        // Before the correction came in, the first word stood; on one day the later record does.
        let on = day("2024-06-11");
        let then = resolve(&both, WHO, "wage", None, on, on, ReadMode::Decide);
        assert_eq!(value(&then), Some(120));
        second.valid_from = first.valid_from;
        second.recorded_at = first.recorded_at;
        assert_eq!(value(&read(&[second, first], ReadMode::Decide)), Some(80));
    }

    #[test]
    fn what_was_learnt_later_was_not_known_then() {
        let all = [wage(1, "ss", Grade::A, "2024-05-31", 100)];
        let on = day("2024-06-17");
        let before = day("2024-05-30");
        let r = resolve(&all, WHO, "wage", None, on, before, ReadMode::Find);
        assert_eq!(reason(&r), Some(State::Missing));
        let mut ended = all;
        ended[0].valid_to = Some(day("2024-06-01"));
        assert_eq!(reason(&read(&ended, ReadMode::Find)), Some(State::Missing));
    }
}
