//! 模拟报告: what is told of a simulation. Small cells are left out here, so whatever is made of a report (text, JSON,
//! a page) can tell no more than it holds. No name, number or address of anybody stands in it; households are listed
//! by surrogate id only, and only where that was asked for.

use std::collections::BTreeMap;

use serde::Serialize;

use super::groups::DIVISION;
use super::protect::hidden;
use super::tally::{Cost, Ends, Share, Tally};
use super::{Cliffs, Curve, CurvePoint, Dimension, FollowOn, Overlap, Programme, Simulation};
use crate::eval::Mode;
use crate::explain::Text;
use crate::lang::Lang;
use crate::plan::{Entity, Per, Plan};
use crate::value::{Date, Month, Truth};

/// Parameter that says how small a cell may be.
const SMALLEST_CELL: &str = "smallest_cell";

/// What a report is made of.
pub struct ReportInput<'a> {
    /// Title of the change.
    pub title: Text,
    /// What changes, a sentence each.
    pub change: Vec<Text>,
    /// The plan as it is.
    pub before: &'a Plan,
    /// The plan as it would be.
    pub after: &'a Plan,
    /// How stale values were taken.
    pub mode: Mode,
    /// Whose facts: which snapshot, of which day.
    pub population: Text,
    /// Digest of the snapshot, where there is one.
    pub digest: Option<String>,
    /// The counts.
    pub simulation: &'a Simulation,
    /// What follows.
    pub follow_on: &'a [FollowOn],
    /// Cliffs of a sample.
    pub cliffs: &'a Cliffs,
    /// The curve of a model family.
    pub curve: Option<&'a Curve>,
    /// Name of a division.
    pub place: &'a dyn Fn(&str) -> Option<Text>,
    /// Surrogate ids of households and members by row, where the changed ones are to be listed.
    pub list: Option<(&'a [i64], &'a [i64])>,
}

/// 模拟报告
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Version of this form; it only grows.
    pub format: u32,
    /// Title of the change.
    pub title: Text,
    /// What changes, a sentence each.
    pub change: Vec<Text>,
    /// Month that was assessed.
    pub period: Month,
    /// Knowledge dates before and after.
    pub as_of: [Date; 2],
    /// How stale values were taken.
    pub mode: Mode,
    /// Hashes of the packages before and after.
    pub package_hash: [String; 2],
    /// Who was counted.
    pub population: PopulationReport,
    /// Outcomes that the change reaches.
    pub programmes: Vec<ProgrammeReport>,
    /// Outcomes that it does not reach, by id and title.
    pub untouched: Vec<Titled>,
    /// Cost of the monthly programmes together.
    pub monthly: MonthlyReport,
    /// From which status to which.
    pub moves: Vec<MoveReport>,
    /// Outcomes that follow once who enters also receives.
    pub follow_on: Vec<FollowReport>,
    /// By place, type of household, income band.
    pub groups: Vec<GroupTable>,
    /// Equal treatment: by sex, age, disability, class.
    pub people: Vec<PeopleTable>,
    /// Cliffs.
    pub cliffs: CliffReport,
    /// What was left out.
    pub disclosure: Disclosure,
    /// Who changes, by surrogate id; absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub households: Option<Vec<ChangedReport>>,
}

/// An id and its title.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Titled {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Text,
}

/// Who was counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PopulationReport {
    /// Whose facts.
    pub of: Text,
    /// Digest of the snapshot.
    pub digest: Option<String>,
    /// Households.
    pub households: u64,
    /// Members.
    pub persons: u64,
}

/// Three counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// 符合
    pub met: u64,
    /// 不符合
    pub not_met: u64,
    /// 未定
    pub unknown: u64,
}

/// Who crosses the line in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Crossing {
    /// From (or to) “not met”.
    pub decided: u64,
    /// From (or to) “open”.
    pub open: u64,
    /// People in these households; the same count for an outcome of members.
    pub persons: u64,
    /// Of them those who receive the outcome today.
    pub receiving: u64,
    /// What this does to the cost, in fen, as far as amounts are known.
    pub fen: i128,
}

impl Crossing {
    /// Everybody who crosses.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.decided + self.open
    }
}

/// An outcome before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProgrammeReport {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Who is counted: households or members.
    pub of: Entity,
    /// Per what time it pays; `null` for a status.
    pub per: Option<Per>,
    /// Before.
    pub before: Standing,
    /// After.
    pub after: Standing,
    /// Who comes to meet it.
    pub entered: Crossing,
    /// Who ceases to meet it for certain.
    pub left: Crossing,
    /// Of those who meet it before and after: who gets more.
    pub raised: u64,
    /// Who gets less.
    pub lowered: u64,
    /// Change of the cost of those who meet it before and after, in fen.
    pub kept_fen: i128,
    /// Of those who meet it, who receive it today, before and after.
    pub receiving: [u64; 2],
    /// Of those for whom it is open, who receive it today, before and after.
    pub receiving_open: [u64; 2],
    /// Cost before.
    pub cost_before: CostReport,
    /// Cost after.
    pub cost_after: CostReport,
    /// Change of the exact cost in fen.
    pub change_fen: i128,
}

/// A cost: exact, and between two ends for whom something is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CostReport {
    /// Of those whose amount is known, in fen.
    pub exact_fen: i128,
    /// Households or members whose amount is open.
    pub open: u64,
    /// The least that they would cost in fen; `null` is unbounded.
    pub open_low_fen: Option<i128>,
    /// The most that they would cost in fen; `null` is unbounded.
    pub open_high_fen: Option<i128>,
}

impl From<Cost> for CostReport {
    fn from(cost: Cost) -> Self {
        Self { exact_fen: cost.exact, open: cost.open, open_low_fen: cost.low, open_high_fen: cost.high }
    }
}

/// The monthly programmes together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonthlyReport {
    /// Exact cost before, in fen.
    pub before_fen: i128,
    /// Exact cost after.
    pub after_fen: i128,
    /// The difference.
    pub change_fen: i128,
    /// Households that meet two programmes that exclude each other, before and after: the sums count both.
    pub overlap: [Overlap; 2],
}

/// From which outcomes to which.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveReport {
    /// Outcomes no longer met; empty for none.
    pub from: Vec<Titled>,
    /// Outcomes newly met; empty for none.
    pub to: Vec<Titled>,
    /// Households; `null` where they are too few to tell.
    pub households: Option<u64>,
}

/// An outcome that follows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FollowReport {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Who is counted.
    pub of: Entity,
    /// Per what time it pays.
    pub per: Option<Per>,
    /// Who comes to meet it.
    pub entered: u64,
    /// Who ceases to.
    pub left: u64,
    /// Change of the cost in fen.
    pub change_fen: i128,
}

/// An outcome by groups of households.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupTable {
    /// Outcome id.
    pub programme: String,
    /// Way of sorting.
    pub by: Titled,
    /// Who says so.
    pub source: Vec<String>,
    /// The groups; those with nobody in them are not listed.
    pub rows: Vec<GroupRow>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupRow {
    /// Id: enum value, division code, or `unknown` for who cannot be sorted.
    pub id: String,
    /// Label.
    pub label: Text,
    /// The counts; `null` where the row is left out.
    pub counts: Option<GroupCounts>,
}

/// Counts of a group of households (or their members, for an outcome of members).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GroupCounts {
    /// All of the group.
    pub subjects: u64,
    /// Who meets the outcome before.
    pub before: u64,
    /// Who meets it after.
    pub after: u64,
    /// Who comes to meet it.
    pub entered: u64,
    /// Who ceases to.
    pub left: u64,
    /// Who is open after.
    pub unknown: u64,
    /// Change of the exact cost in fen.
    pub change_fen: i128,
}

/// An outcome by groups of people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeopleTable {
    /// Outcome id.
    pub programme: String,
    /// Way of sorting.
    pub by: Titled,
    /// Who says so.
    pub source: Vec<String>,
    /// The groups; those with nobody in them are not listed.
    pub rows: Vec<PeopleRow>,
}

/// One group of people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeopleRow {
    /// Id: enum value, or `unknown`.
    pub id: String,
    /// Label.
    pub label: Text,
    /// The counts; `null` where the row is left out.
    pub counts: Option<PeopleCounts>,
}

/// Counts of a group of people; each pair is before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PeopleCounts {
    /// People.
    pub persons: u64,
    /// Those for whom the outcome is met.
    pub met: [u64; 2],
    /// Those for whom it is open.
    pub unknown: [u64; 2],
    /// Share of the decided who meet it, in hundredths of a percent; `null` for nobody.
    pub share: [Option<u64>; 2],
    /// Mean amount a head of those who meet it, in fen; `null` for nobody, and for a status without money.
    pub mean_fen: [Option<i128>; 2],
}

/// Cliffs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CliffReport {
    /// Families with help, before or after.
    pub families: u64,
    /// Families in the sample.
    pub sample: u64,
    /// Of them those that could not be scanned.
    pub open: u64,
    /// All that were scanned.
    pub total: CliffCounts,
    /// Way of sorting.
    pub by: Option<Titled>,
    /// By group; those with nobody in them are not listed.
    pub groups: Vec<CliffRow>,
    /// The curve of a model family.
    pub curve: Option<CurveReport>,
}

/// One group of families.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CliffRow {
    /// Id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// The counts; `null` where the row is left out.
    pub counts: Option<CliffCounts>,
}

/// Cliffs of some families; each pair is before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CliffCounts {
    /// Families that were scanned.
    pub scanned: u64,
    /// Those with a cliff.
    pub with: [u64; 2],
    /// The middle one of their largest drops in fen.
    pub median_fen: [Option<i64>; 2],
    /// The largest drop in fen.
    pub largest_fen: [Option<i64>; 2],
}

/// What a model family has as one income grows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveReport {
    /// Title of the golden household.
    pub household: String,
    /// People in it.
    pub members: usize,
    /// The income that is moved.
    pub moved: Text,
    /// Points, rising by income.
    pub points: Vec<CurvePoint>,
    /// Cliffs before and after.
    pub cliffs: [Vec<CurveCliff>; 2],
}

/// A cliff on a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CurveCliff {
    /// Income a month in fen from which one more yuan costs.
    pub income_fen: i64,
    /// Benefits a month that it costs, in fen.
    pub drop_fen: i64,
}

/// What was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Disclosure {
    /// Counts below this are not told; `null` where the packages state no limit, and then no such table is.
    pub smallest_cell: Option<u64>,
    /// Rows left out.
    pub hidden_rows: u64,
}

/// Who changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedReport {
    /// Surrogate id of the household.
    pub household: i64,
    /// Surrogate id of the member, for an outcome of members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<i64>,
    /// Outcome id.
    pub programme: String,
    /// Whether it is met, before and after.
    pub met: [Truth; 2],
    /// Least and largest amount in fen, before and after; `null` is unbounded.
    pub amount_fen: [Ends; 2],
}

impl Report {
    /// The report of a simulation.
    #[must_use]
    pub fn new(input: &ReportInput<'_>) -> Self {
        let done = input.simulation;
        let limit = input.before.params.iter().find(|p| p.id == SMALLEST_CELL);
        let limit = limit.and_then(|p| p.rows.iter().filter_map(|r| u64::try_from(r.value).ok()).max());
        let mut teller = Teller { input, smallest: limit.unwrap_or(u64::MAX), hidden: 0 };
        let groups = teller.groups();
        let people = teller.people();
        let moves = teller.moves();
        let cliffs = teller.cliffs();
        let (before, after) = (input.before, input.after);
        let title = |id: &String| {
            let outcome = before.outcomes.iter().chain(&after.outcomes).find(|o| o.id == *id);
            let title = outcome.map(|o| Text::new(&o.zh, &o.en)).unwrap_or_default();
            Titled { id: id.clone(), title }
        };
        let monthly = done.programmes.iter().filter(|p| p.per == Some(Per::Month));
        let (paid, paid_after) =
            monthly.fold((0, 0), |(b, a), p| (b + p.total.before.exact, a + p.total.after.exact));
        Self {
            format: 1,
            title: input.title.clone(),
            change: input.change.clone(),
            period: before.period,
            as_of: [before.as_of, after.as_of],
            mode: input.mode,
            package_hash: [before.package_hash.clone(), after.package_hash.clone()],
            population: PopulationReport {
                of: input.population.clone(),
                digest: input.digest.clone(),
                households: done.households,
                persons: done.persons,
            },
            programmes: done.programmes.iter().map(programme).collect(),
            untouched: done.untouched.iter().map(title).collect(),
            monthly: MonthlyReport {
                before_fen: paid,
                after_fen: paid_after,
                change_fen: paid_after - paid,
                overlap: done.overlap,
            },
            moves,
            follow_on: input.follow_on.iter().map(follow).collect(),
            groups,
            people,
            cliffs,
            disclosure: Disclosure { smallest_cell: limit, hidden_rows: teller.hidden },
            households: teller.list(),
        }
    }

    /// The programme to speak of first: the monthly one whose cost moves most, else the one that most enter or leave.
    #[must_use]
    pub fn main(&self) -> Option<&ProgrammeReport> {
        let weight = |p: &&ProgrammeReport| {
            (p.per == Some(Per::Month), p.change_fen.unsigned_abs(), p.entered.all() + p.left.all())
        };
        self.programmes.iter().rev().max_by_key(weight)
    }

    /// The programme of an id.
    #[must_use]
    pub fn programme(&self, id: &str) -> Option<&ProgrammeReport> {
        self.programmes.iter().find(|p| p.id == id)
    }
}

fn standing(of: impl Fn(Truth) -> u64) -> Standing {
    Standing { met: of(Truth::True), not_met: of(Truth::False), unknown: of(Truth::Unknown) }
}

fn programme(p: &Programme) -> ProgrammeReport {
    let t = &p.total;
    let cell = |table: &[[u64; 3]; 3], b: usize, a: usize| {
        table.get(b).and_then(|row| row.get(a)).copied().unwrap_or(0)
    };
    let fen = |b: usize, a: usize| t.change.get(b).and_then(|row| row.get(a)).copied().unwrap_or(0);
    let crossing = |cells: [(usize, usize); 2]| {
        let [(b, a), (d, c)] = cells;
        Crossing {
            decided: cell(&t.moves, b, a),
            open: cell(&t.moves, d, c),
            persons: cell(&t.persons, b, a) + cell(&t.persons, d, c),
            receiving: cell(&t.receiving, b, a) + cell(&t.receiving, d, c),
            fen: fen(b, a) + fen(d, c),
        }
    };
    let (met, not_met, open) = (0, 1, 2);
    let receiving = |of: &dyn Fn(usize) -> u64| (0..3).map(of).sum::<u64>();
    ProgrammeReport {
        id: p.id.clone(),
        title: Text::new(&p.zh, &p.en),
        of: p.of,
        per: p.per,
        before: standing(|truth| t.before_as(truth)),
        after: standing(|truth| t.after_as(truth)),
        entered: crossing([(not_met, met), (open, met)]),
        left: crossing([(met, not_met), (met, open)]),
        raised: t.raised,
        lowered: t.lowered,
        kept_fen: fen(met, met),
        receiving: [
            receiving(&|other| cell(&t.receiving, met, other)),
            receiving(&|other| cell(&t.receiving, other, met)),
        ],
        receiving_open: [
            receiving(&|other| cell(&t.receiving, open, other)),
            receiving(&|other| cell(&t.receiving, other, open)),
        ],
        cost_before: t.before.into(),
        cost_after: t.after.into(),
        change_fen: t.change_fen(),
    }
}

fn follow(f: &FollowOn) -> FollowReport {
    FollowReport {
        id: f.id.clone(),
        title: Text::new(&f.zh, &f.en),
        of: f.of,
        per: f.per,
        entered: f.total.entered(),
        left: f.total.left(),
        change_fen: f.total.change_fen(),
    }
}

struct Teller<'a, 'i> {
    input: &'a ReportInput<'i>,
    smallest: u64,
    hidden: u64,
}

impl Teller<'_, '_> {
    fn hide(&mut self, rows: &[Vec<u64>]) -> Vec<bool> {
        let hidden = hidden(rows, self.smallest);
        self.hidden += hidden.iter().filter(|h| **h).count() as u64;
        hidden
    }

    /// Id and label of a group; the one behind the last is for who cannot be sorted.
    fn label(&self, dimension: &Dimension, at: usize) -> (String, Text) {
        let Some(value) = dimension.values.get(at) else {
            return ("unknown".to_owned(), Text::new("分不清", "cannot be sorted"));
        };
        let text = if dimension.id == DIVISION {
            (self.input.place)(&value.id).unwrap_or_else(|| Text::new(&value.id, &value.id))
        } else {
            Text::new(&value.zh, value.id.replace('_', " "))
        };
        (value.id.clone(), text)
    }

    fn groups(&mut self) -> Vec<GroupTable> {
        let done = self.input.simulation;
        let mut tables = Vec::new();
        for programme in &done.programmes {
            for (dimension, tallies) in done.dimensions.iter().zip(&programme.groups) {
                let told: Vec<(usize, &Tally)> =
                    tallies.iter().enumerate().filter(|(_, t)| t.all() > 0).collect();
                let counts: Vec<Vec<u64>> = told
                    .iter()
                    .map(|(_, t)| {
                        let met = [t.before_as(Truth::True), t.after_as(Truth::True)];
                        [t.all(), t.entered(), t.left()].into_iter().chain(met).collect()
                    })
                    .collect();
                // The figures of an area are the office's own; only groups of people are protected.
                let hidden = match dimension.id == DIVISION {
                    true => vec![false; counts.len()],
                    false => self.hide(&counts),
                };
                let rows = told.iter().zip(hidden).map(|((at, t), hidden)| {
                    let (id, label) = self.label(dimension, *at);
                    let counts = (!hidden).then(|| GroupCounts {
                        subjects: t.all(),
                        before: t.before_as(Truth::True),
                        after: t.after_as(Truth::True),
                        entered: t.entered(),
                        left: t.left(),
                        unknown: t.after_as(Truth::Unknown),
                        change_fen: t.change_fen(),
                    });
                    GroupRow { id, label, counts }
                });
                let rows = rows.collect();
                tables.push(GroupTable {
                    programme: programme.id.clone(),
                    by: titled(dimension),
                    source: dimension.source.clone(),
                    rows,
                });
            }
        }
        tables
    }

    fn people(&mut self) -> Vec<PeopleTable> {
        let done = self.input.simulation;
        let mut tables = Vec::new();
        for programme in &done.programmes {
            for (dimension, shares) in done.people.iter().zip(&programme.shares) {
                let told: Vec<(usize, &Share)> =
                    shares.iter().enumerate().filter(|(_, s)| s.persons > 0).collect();
                let counts: Vec<Vec<u64>> =
                    told.iter().map(|(_, s)| vec![s.persons, s.met[0], s.met[1]]).collect();
                let hidden = self.hide(&counts);
                let rows = told.iter().zip(hidden).map(|((at, s), hidden)| {
                    let (id, label) = self.label(dimension, *at);
                    let counts = (!hidden).then(|| PeopleCounts {
                        persons: s.persons,
                        met: s.met,
                        unknown: s.unknown,
                        share: [s.met_share(0), s.met_share(1)],
                        mean_fen: [0, 1].map(|side| programme.per.and_then(|_| s.mean_fen(side))),
                    });
                    PeopleRow { id, label, counts }
                });
                let rows = rows.collect();
                tables.push(PeopleTable {
                    programme: programme.id.clone(),
                    by: titled(dimension),
                    source: dimension.source.clone(),
                    rows,
                });
            }
        }
        tables
    }

    fn moves(&mut self) -> Vec<MoveReport> {
        let done = self.input.simulation;
        let mut households: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for changed in &done.changed {
            let [before, after] = changed.met.map(|met| met == Truth::True);
            if before == after {
                continue;
            }
            let (from, to) = households.entry(changed.household).or_default();
            let list = if before { from } else { to };
            if !list.contains(&changed.programme) {
                list.push(changed.programme);
            }
        }
        let mut counts: BTreeMap<(Vec<usize>, Vec<usize>), u64> = BTreeMap::new();
        for (mut from, mut to) in households.into_values() {
            from.sort_unstable();
            to.sort_unstable();
            *counts.entry((from, to)).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let rows: Vec<Vec<u64>> = counts.iter().map(|(_, n)| vec![*n]).collect();
        let hidden = self.hide(&rows);
        let titled = |programmes: Vec<usize>| {
            let found = programmes.into_iter().filter_map(|p| done.programmes.get(p));
            found.map(|p| Titled { id: p.id.clone(), title: Text::new(&p.zh, &p.en) }).collect()
        };
        let told = counts.into_iter().zip(hidden).map(|(((from, to), n), hidden)| MoveReport {
            from: titled(from),
            to: titled(to),
            households: (!hidden).then_some(n),
        });
        told.collect()
    }

    fn cliffs(&mut self) -> CliffReport {
        let cliffs = self.input.cliffs;
        let counts = |g: &super::CliffGroup| CliffCounts {
            scanned: g.scanned,
            with: g.with,
            median_fen: g.median_fen,
            largest_fen: g.largest_fen,
        };
        let dimension = self.input.simulation.dimensions.get(1);
        let told: Vec<_> = cliffs.groups.iter().enumerate().filter(|(_, g)| g.scanned > 0).collect();
        let rows: Vec<Vec<u64>> = told.iter().map(|(_, g)| vec![g.scanned, g.with[0], g.with[1]]).collect();
        let hidden = self.hide(&rows);
        let groups = told.iter().zip(hidden).filter_map(|((at, g), hidden)| {
            let (id, label) = self.label(dimension?, *at);
            Some(CliffRow { id, label, counts: (!hidden).then(|| counts(g)) })
        });
        CliffReport {
            families: cliffs.families,
            sample: cliffs.sample,
            open: cliffs.open,
            total: counts(&cliffs.total),
            by: dimension.map(titled),
            groups: groups.collect(),
            curve: self.input.curve.map(curve),
        }
    }

    fn list(&self) -> Option<Vec<ChangedReport>> {
        let (households, persons) = self.input.list?;
        let done = self.input.simulation;
        let told = done.changed.iter().filter_map(|c| {
            Some(ChangedReport {
                household: *households.get(c.household)?,
                person: c.member.and_then(|m| persons.get(m)).copied(),
                programme: done.programmes.get(c.programme)?.id.clone(),
                met: c.met,
                amount_fen: c.amount,
            })
        });
        Some(told.collect())
    }
}

fn titled(dimension: &Dimension) -> Titled {
    Titled { id: dimension.id.clone(), title: Text::new(&dimension.zh, &dimension.en) }
}

fn curve(curve: &Curve) -> CurveReport {
    let cliffs = |cliffs: &Vec<super::Cliff>| {
        let told = cliffs.iter().map(|c| CurveCliff { income_fen: c.at_fen, drop_fen: c.drop_fen });
        told.collect()
    };
    CurveReport {
        household: curve.title.clone(),
        members: curve.members,
        moved: Text::new(curve.moved(Lang::Zh), curve.moved(Lang::En)),
        points: told_points(&curve.points),
        cliffs: curve.cliffs.each_ref().map(cliffs),
    }
}

/// The points up to a little beyond where help ends: after that the lines are one.
fn told_points(points: &[CurvePoint]) -> Vec<CurvePoint> {
    let helped = points.iter().filter(|p| p.before_fen != 0 || p.after_fen != 0);
    let last = helped.map(|p| p.income_fen).max().unwrap_or(0);
    let end = last.saturating_add(last / 2);
    let beyond = points.iter().find(|p| p.income_fen > end).map_or(end, |p| p.income_fen);
    points.iter().filter(|p| p.income_fen <= beyond).copied().collect()
}
