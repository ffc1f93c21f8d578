//! 保存和清除: until when each group of a family's records is kept. Pure: terms, dates, what is open and whether a hold
//! stands are arguments. Nothing happens by itself; a person decides on what is due.

use std::collections::{BTreeMap, BTreeSet};

use doudi_policy::book::{Book, rows_in_force};
use doudi_policy::plan::ParamRow;
use doudi_policy::{Date, DivisionCode};

use crate::calendar::{Roll, WorkingCalendar};
use crate::procedure::Limit;
use crate::staff::named;
use crate::text::Refusal;

named! {
    /// 件: records that are kept for one term.
    Group {
        /// Leads that came to nothing, their sheets, assessments without a case.
        Findings = "findings" "未成案的线索" "findings that came to nothing",
        /// Cases, visits, notices, observations, awards, disputes.
        Files = "files" "救助案件材料" "files of cases",
        /// The bank account, lines of rosters; the book itself stays.
        Money = "money" "发放明细和账户" "payments and bank account",
        /// Name, number, birth, address, who belongs to the household.
        Register = "register" "身份和住址" "identity and address",
    }
}

named! {
    /// What is not finished with a family.
    Open {
        /// A lead that is not closed.
        Lead = "lead" "线索未办结" "a lead is not closed",
        /// A case that goes on.
        Case = "case" "案件未办结" "a case is not finished",
        /// A question to a source that nobody has answered.
        Query = "query" "异议未答复" "a question is not answered",
        /// An award that runs.
        Award = "award" "正在享受救助" "help is being received",
        /// Money that was promised or came back and is not settled.
        Line = "line" "发放未结清" "a payment is not settled",
        /// Somebody is registered here; this keeps the identity only.
        Member = "member" "还有人在册" "somebody is still registered here",
    }
}

impl Group {
    /// The parameter with its term, in months.
    #[must_use]
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Findings => "retention_findings_months",
            Self::Files => "retention_files_months",
            Self::Money => "retention_money_months",
            Self::Register => "retention_register_months",
        }
    }
}

/// How long a group is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Months.
    pub months: u32,
    /// Whether they run from the end of the year of the last record, and not from that record.
    pub from_year_end: bool,
    /// Citation of the value.
    pub source: String,
    /// Whether sources disagree on it.
    pub contested: bool,
}

impl Term {
    /// The last day on which records are kept whose latest is of a day.
    #[must_use]
    pub fn kept_until(&self, last: Date) -> Date {
        let from = match self.from_year_end {
            true => Date::from_ymd(last.ymd().0, 12, 31).unwrap_or(last),
            false => last,
        };
        from.plus_months(i32::try_from(self.months).unwrap_or(i32::MAX))
    }

    /// The latest day of a last record with which the term is over today; `None` where there is no such day.
    #[must_use]
    pub fn over_for(&self, today: Date) -> Option<Date> {
        let months = i32::try_from(self.months).ok()?;
        // A day past the shortest way back; months of different lengths and the end of a year take it further.
        let nearest = today.plus_months(months.checked_neg()?).plus_days(5);
        (0..=380).map(|n| nearest.plus_days(-n)).find(|last| self.kept_until(*last) < today)
    }
}

/// The terms that hold in a place on a day. A group that is not in it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// By group.
    pub terms: BTreeMap<Group, Term>,
}

impl Schedule {
    /// Reads the terms of a place from the book, as it is known and holds on a day.
    #[must_use]
    pub fn of(book: &Book, place: &DivisionCode, today: Date) -> Self {
        let year_end = value(book, "retention_money_from_year_end", place, today);
        let year_end = year_end.is_some_and(|(row, _)| row.value != 0);
        let term = |group: Group| {
            let (row, contested) = value(book, group.parameter(), place, today)?;
            let months = u32::try_from(row.value).ok()?;
            let from_year_end = group == Group::Money && year_end;
            Some((group, Term { months, from_year_end, source: row.source, contested }))
        };
        Self { terms: Group::ALL.iter().copied().filter_map(term).collect() }
    }
}

/// The row of a parameter for a place, and whether sources disagree on it there.
fn value(book: &Book, id: &str, place: &DivisionCode, day: Date) -> Option<(ParamRow, bool)> {
    let decl = book.parameters().iter().find(|p| p.id == id)?;
    let length = |row: &ParamRow| row.division.as_ref().map_or(0, |d| d.as_str().len());
    let here = |row: &ParamRow| row.division.as_ref().is_none_or(|d| place.as_str().starts_with(d.as_str()));
    let rows = rows_in_force(decl, day, day).into_iter().filter(here);
    // Where a place has said what holds for it, nothing is contested there.
    let found = rows.max_by_key(length)?;
    let contested = decl.contested && found.division.is_none();
    Some((found, contested))
}

/// What is on file of a family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// The day of the last record of each group that has any.
    pub last: BTreeMap<Group, Date>,
    /// What is not finished.
    pub open: BTreeSet<Open>,
    /// Whether a legal hold stands.
    pub held: bool,
}

/// How a group of records stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is on file.
    Nothing,
    /// 法定留存: kept until the hold is released.
    Held,
    /// Kept while something is not finished.
    Open(Vec<Open>),
    /// Nobody says how long, so it is kept.
    NoTerm,
    /// Kept up to and including this day.
    Until(Date),
    /// The identity is kept while other records of the family are.
    OthersKept,
    /// The term is over since the day after this one.
    Due(Date),
}

/// How each group stands today, in the order of the groups.
#[must_use]
pub fn standings(schedule: &Schedule, holdings: &Holdings, today: Date) -> BTreeMap<Group, Standing> {
    let mut all = BTreeMap::new();
    // The identity comes last: it serves the other groups.
    for group in Group::ALL.iter().copied() {
        let mut standing = standing(group, schedule, holdings, today);
        let gone = |s: &Standing| matches!(s, Standing::Nothing | Standing::Due(_));
        if group == Group::Register && matches!(standing, Standing::Due(_)) && !all.values().all(gone) {
            standing = Standing::OthersKept;
        }
        all.insert(group, standing);
    }
    all
}

fn standing(group: Group, schedule: &Schedule, holdings: &Holdings, today: Date) -> Standing {
    let Some(last) = holdings.last.get(&group) else { return Standing::Nothing };
    if holdings.held {
        return Standing::Held;
    }
    let counts = |open: &Open| group == Group::Register || *open != Open::Member;
    let open: Vec<Open> = holdings.open.iter().copied().filter(counts).collect();
    if !open.is_empty() {
        return Standing::Open(open);
    }
    let Some(term) = schedule.terms.get(&group) else { return Standing::NoTerm };
    let until = term.kept_until(*last);
    if until < today { Standing::Due(until) } else { Standing::Until(until) }
}

/// The groups that are due.
#[must_use]
pub fn due(schedule: &Schedule, holdings: &Holdings, today: Date) -> BTreeSet<Group> {
    let all = standings(schedule, holdings, today);
    all.into_iter().filter(|(_, s)| matches!(s, Standing::Due(_))).map(|(group, _)| group).collect()
}

/// Until when a person, and the source that is asked for them, is owed an answer to what was asked on a day; `None` where
/// no term is set.
///
/// # Errors
/// The working-day calendar lacks a year.
pub fn answer_due(
    book: &Book,
    place: &DivisionCode,
    asked: Date,
    calendar: &WorkingCalendar,
) -> Result<Option<Date>, Refusal> {
    let Some((days, _)) = value(book, "query_answer_days", place, asked) else { return Ok(None) };
    let Ok(days) = u32::try_from(days.value) else { return Ok(None) };
    let working = value(book, "query_answer_in_working_days", place, asked);
    let limit = match working.is_some_and(|(row, _)| row.value != 0) {
        true => Limit::WorkingDays(days),
        false => Limit::Days(days),
    };
    limit.due(asked, calendar, Roll::Keep).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date() -> impl Strategy<Value = Date> {
        (1980_i16..2060, 1_i8..=12, 1_i8..=28)
            .prop_map(|(y, m, d)| Date::from_ymd(y, m, d).unwrap_or(Date(0)))
    }

    fn term() -> impl Strategy<Value = Term> {
        (1_u32..500, any::<bool>()).prop_map(|(months, from_year_end)| Term {
            months,
            from_year_end,
            source: "T".to_owned(),
            contested: false,
        })
    }

    fn some<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = BTreeMap<Group, T>> {
        let four = proptest::collection::vec(proptest::option::of(of), 4);
        four.prop_map(|all| Group::ALL.iter().copied().zip(all).filter_map(|(g, v)| Some((g, v?))).collect())
    }

    fn schedule() -> impl Strategy<Value = Schedule> {
        some(term()).prop_map(|terms| Schedule { terms })
    }

    fn open() -> impl Strategy<Value = BTreeSet<Open>> {
        proptest::collection::btree_set(proptest::sample::select(Open::ALL.to_vec()), 0..3)
    }

    proptest! {
        #[test]
        fn nothing_is_due_that_is_open_held_or_without_a_term(
            s in schedule(), last in some(date()), open in open(), held in any::<bool>(), today in date(),
        ) {
            let holdings = Holdings { last, open, held };
            for group in due(&s, &holdings, today) {
                prop_assert!(!holdings.held);
                prop_assert!(holdings.open.iter().all(|o| *o == Open::Member && group != Group::Register));
                let term = s.terms.get(&group);
                prop_assert!(term.is_some() && holdings.last.contains_key(&group));
                if group == Group::Register {
                    let rest = due(&s, &holdings, today);
                    prop_assert!(holdings.last.keys().all(|g| rest.contains(g)), "the identity goes last");
                }
            }
        }

        #[test]
        fn a_longer_term_or_a_later_record_never_makes_due_earlier(
            s in schedule(), last in some(date()), today in date(), more in 0_u32..200, later in 0_i32..9000,
            open in open(),
        ) {
            let before = Holdings { last, open, held: false };
            let mut longer = s.clone();
            longer.terms.values_mut().for_each(|t| t.months += more);
            prop_assert!(due(&longer, &before, today).is_subset(&due(&s, &before, today)));
            let mut after = before.clone();
            after.last.values_mut().for_each(|d| *d = d.plus_days(later));
            prop_assert!(due(&s, &after, today).is_subset(&due(&s, &before, today)));
            // What is due stays due as days go by.
            prop_assert!(due(&s, &before, today).is_subset(&due(&s, &before, today.plus_days(later))));
        }

        #[test]
        fn the_day_for_lists_is_the_same_as_for_one(t in term(), last in date(), today in date()) {
            let over = t.over_for(today);
            prop_assert_eq!(over.is_some_and(|day| last <= day), t.kept_until(last) < today);
        }
    }
}
