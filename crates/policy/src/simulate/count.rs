//! 逐户计数: the population in chunks, each evaluated once for both plans and added up. Groups are sorted by column;
//! only whom some outcome reaches, before or after, is looked at one by one.

use std::ops::Range;

use super::groups::{self, Dimension, Sorting};
use super::tally::{Ends, Share, Tally, paid};
use super::{
    Changed, Helped, Joined, Overlap, Pair, Programme, Settings, SimulateError, Simulation, level_below,
    pairs,
};
use crate::column::Batch;
use crate::eval::{Bits, Evaluation, sweep_into};
use crate::plan::{Entity, Fold, Op, Per, Plan, Type};
use crate::value::Truth;

/// Where a pair stands among the computed outcomes.
struct Slots {
    sides: [Option<usize>; 2],
    receiving: Option<usize>,
}

/// Everything that is fixed before the first household.
struct Work<'a> {
    batch: &'a Batch,
    plan: Plan,
    settings: &'a Settings<'a>,
    pairs: Vec<(Pair, Slots)>,
    place: Vec<usize>,
    households: Vec<Sorting>,
    people: Vec<Sorting>,
    sizes: Vec<usize>,
    /// Pairs of monthly programmes that exclude each other.
    exclusive: Vec<(usize, usize)>,
}

/// What is added up over some slices.
#[derive(Clone)]
struct Counts {
    persons: u64,
    /// Households and people by dimension and group.
    subjects: Vec<Vec<[u64; 2]>>,
    programmes: Vec<ProgrammeCounts>,
    /// People by dimension and group.
    people: Vec<Vec<u64>>,
    overlap: [Overlap; 2],
    changed: Vec<Changed>,
    helped: Vec<Helped>,
}

#[derive(Clone)]
struct ProgrammeCounts {
    total: Tally,
    groups: Vec<Vec<Tally>>,
    shares: Vec<Vec<Share>>,
}

pub(super) fn run(
    before: &Plan,
    after: &Plan,
    batch: &Batch,
    settings: &Settings<'_>,
) -> Result<Simulation, SimulateError> {
    let mut joined = Joined::new(before, after, &|_| None)?;
    let grouping = grouping(&mut joined, settings.groups)?;
    let all = pairs(&joined, before, after);
    let units =
        |pair: &Pair| pair.sides.each_ref().map(|side| side.as_ref().and_then(|o| joined.per(o.amount?)));
    if let Some(pair) = all.iter().find(|pair| matches!(units(pair), [Some(a), Some(b)] if a != b)) {
        return Err(SimulateError::Unit { outcome: pair.id.clone(), zh: pair.zh.clone() });
    }
    let mut outcomes = Vec::new();
    let (touched, untouched): (Vec<Pair>, Vec<Pair>) = all.into_iter().partition(|p| p.touched);
    let mut slots = Vec::new();
    for pair in touched {
        let sides = pair.sides.clone().map(|side| {
            side.map(|outcome| {
                outcomes.push(outcome);
                outcomes.len() - 1
            })
        });
        let receiving = receiving(&mut joined, &pair).map(|outcome| {
            outcomes.push(outcome);
            outcomes.len() - 1
        });
        slots.push((pair, Slots { sides, receiving }));
    }
    let to = |_: &Joined, id: crate::plan::NodeId| grouping.get(id.0 as usize).copied().unwrap_or(id);
    let households = groups::sort_by(&mut joined, &mut outcomes, settings.groups, Entity::Household, to);
    let people = groups::sort_by(&mut joined, &mut outcomes, settings.groups, Entity::Member, to);
    let level = settings.level.unwrap_or_else(|| level_below(&batch.divisions));
    let (places, place) = groups::places(batch, level);
    let dimensions = [&places].into_iter().chain(households.iter().map(|s| &s.dimension));
    let work = Work {
        batch,
        plan: joined.with(outcomes),
        settings,
        sizes: dimensions.map(Dimension::groups).collect(),
        exclusive: exclusive(&slots),
        pairs: slots,
        place,
        households,
        people,
    };
    let counts = work.count();
    Ok(work.finish(counts, places, untouched))
}

/// Nodes of the plan that says who is in which group, in the joined graph.
fn grouping(joined: &mut Joined, groups: &Plan) -> Result<Vec<crate::plan::NodeId>, SimulateError> {
    joined.add(groups, &|_| None)
}

/// What says that an outcome is received today: for a household, that some member receives it.
fn receiving(joined: &mut Joined, pair: &Pair) -> Option<crate::plan::PlannedOutcome> {
    let fact = joined.fact(pair.receiving.as_ref()?, Entity::Member, Type::Bool)?;
    if pair.of == Entity::Member {
        return Some(groups::computed(Entity::Member, fact, None));
    }
    let any = Op::Aggregate { list: Entity::Member, fold: Fold::Any, filter: None, body: Some(fact) };
    let any = joined.node(any, Type::Bool, Entity::Household);
    Some(groups::computed(Entity::Household, any, None))
}

fn exclusive(pairs: &[(Pair, Slots)]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (i, (a, _)) in pairs.iter().enumerate() {
        for (j, (b, _)) in pairs.iter().enumerate().skip(i + 1) {
            let both_pay = a.per == Some(Per::Month) && b.per == Some(Per::Month);
            if both_pay && a.excludes.contains(&b.id) {
                found.push((i, j));
            }
        }
    }
    found
}

/// What a household or member gets of an outcome, met or not.
#[derive(Clone, Copy)]
struct Result2 {
    met: [Truth; 2],
    amount: [Ends; 2],
}

impl Work<'_> {
    fn count(&self) -> Counts {
        let Settings { mode, threads, .. } = *self.settings;
        let parts = sweep_into(
            &self.plan,
            self.batch,
            mode,
            threads,
            || self.nothing(),
            |counts, chunk, evaluation| self.add(counts, chunk, evaluation),
        );
        let mut all = self.nothing();
        for part in parts {
            all.append(part);
        }
        all
    }

    fn nothing(&self) -> Counts {
        let groups = || self.sizes.iter().map(|n| vec![Tally::default(); *n]).collect();
        let sizes = || self.people.iter().map(|s| s.dimension.groups());
        let programme = |_: &(Pair, Slots)| ProgrammeCounts {
            total: Tally::default(),
            groups: groups(),
            shares: sizes().map(|n| vec![Share::default(); n]).collect(),
        };
        Counts {
            persons: 0,
            subjects: self.sizes.iter().map(|n| vec![[0; 2]; *n]).collect(),
            programmes: self.pairs.iter().map(programme).collect(),
            people: sizes().map(|n| vec![0; n]).collect(),
            overlap: Default::default(),
            changed: Vec::new(),
            helped: Vec::new(),
        }
    }

    fn add(&self, counts: &mut Counts, chunk: Range<usize>, evaluation: &Evaluation) {
        let members: Vec<Range<usize>> = (0..chunk.len()).map(|h| evaluation.members_of(h)).collect();
        let first_member = members.first().map_or(0, |first| first.start);
        let end_of_members = members.last().map_or(0, |last| last.end);
        let persons = end_of_members.saturating_sub(first_member);
        counts.persons += persons as u64;
        let homes = self.homes(&chunk, evaluation);
        for (groups, table) in homes.iter().zip(&mut counts.subjects) {
            for (group, members) in groups.iter().zip(&members) {
                if let Some([households, persons]) = table.get_mut(*group as usize) {
                    *households += 1;
                    *persons += members.len() as u64;
                }
            }
        }
        let sorted: Vec<Vec<u32>> = self.people.iter().map(|s| sort(s, persons, evaluation)).collect();
        for (groups, counted) in sorted.iter().zip(&mut counts.people) {
            for group in groups {
                if let Some(n) = counted.get_mut(*group as usize) {
                    *n += 1;
                }
            }
        }
        let reached = self.reached(&members, first_member, evaluation);
        let mut here =
            vec![Result2 { met: [Truth::False; 2], amount: [(Some(0), Some(0)); 2] }; self.pairs.len()];
        for ((h, members), _) in members.into_iter().enumerate().zip(reached).filter(|(_, reached)| *reached)
        {
            let household = chunk.start + h;
            let local = within(&members, first_member);
            let of = |groups: &Vec<u32>| groups.get(h).map_or(usize::MAX, |group| *group as usize);
            let subject = Subject {
                household,
                h,
                members,
                homes: homes.iter().map(of).collect(),
                sorted: sorted.iter().map(|groups| groups.get(local.clone()).unwrap_or(&[])).collect(),
            };
            for (p, (pair, slots)) in self.pairs.iter().enumerate() {
                if let Some(here) = here.get_mut(p) {
                    *here = result(
                        slots,
                        |o| evaluation.outcome(o, h),
                        |o| paid(evaluation.outcome(o, h), evaluation.amount(o, h)),
                    );
                }
                self.subject(counts, p, (pair, slots), &subject, evaluation);
            }
            self.overlap(counts, &here);
            let helps = |(result, (pair, _)): (&Result2, &(Pair, Slots))| {
                pair.per == Some(Per::Month) && result.met.contains(&Truth::True)
            };
            if here.iter().zip(&self.pairs).any(helps) {
                counts.helped.push(Helped { household, group: subject.homes.get(1).copied() });
            }
        }
    }

    /// Per way of sorting households the group of each household of a chunk, places first.
    fn homes(&self, chunk: &Range<usize>, evaluation: &Evaluation) -> Vec<Vec<u32>> {
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let last = self.sizes.first().map_or(0, |n| n.saturating_sub(1));
        let place = |household: usize| {
            let division = self.batch.division.get(household).map(|d| *d as usize);
            short(division.and_then(|d| self.place.get(d)).copied().unwrap_or(last))
        };
        let places = chunk.clone().map(place).collect();
        let sorted = self.households.iter().map(|s| sort(s, chunk.len(), evaluation));
        [places].into_iter().chain(sorted).collect()
    }

    /// For each household whether some outcome is met for it or a member of it, or may be, before or after.
    fn reached(&self, members: &[Range<usize>], first_member: usize, evaluation: &Evaluation) -> Vec<bool> {
        let mut reached = vec![false; members.len()];
        for (pair, slots) in &self.pairs {
            for o in slots.sides.iter().flatten() {
                let cells = evaluation.met_cells(*o);
                if self.plan.is_member_outcome(*o) != (pair.of == Entity::Member) {
                    // One side counts households and the other people: nobody is left out.
                    reached.fill(true);
                } else if pair.of != Entity::Member {
                    for (reached, met) in reached.iter_mut().zip(cells) {
                        *reached |= *met != Bits::FALSE;
                    }
                } else if cells.iter().any(|met| *met != Bits::FALSE) {
                    for (reached, members) in reached.iter_mut().zip(members) {
                        let own = cells.get(within(members, first_member)).unwrap_or(&[]);
                        *reached |= own.iter().any(|met| *met != Bits::FALSE);
                    }
                }
            }
        }
        reached
    }

    fn subject(
        &self,
        counts: &mut Counts,
        p: usize,
        (pair, slots): (&Pair, &Slots),
        subject: &Subject<'_>,
        evaluation: &Evaluation,
    ) {
        let Some(programme) = counts.programmes.get_mut(p) else {
            return;
        };
        let mut count = |result: Result2, persons: u64, receives: bool, member: Option<usize>| {
            programme.total.add(result.met, result.amount, persons, receives);
            for (group, table) in subject.homes.iter().zip(&mut programme.groups) {
                if let Some(tally) = table.get_mut(*group) {
                    tally.add(result.met, result.amount, persons, receives);
                }
            }
            let [before, after] =
                [paid(result.met[0], result.amount[0]), paid(result.met[1], result.amount[1])];
            // Of somebody whose result is open nothing is listed but that it is decided now, or no longer is.
            let closed = |ends: Ends| ends.0.is_some() && ends.0 == ends.1;
            let turned = (result.met[0] == Truth::True) != (result.met[1] == Truth::True);
            let differs =
                result.met[0] != result.met[1] || (closed(before) && closed(after) && before != after);
            if turned || (self.settings.list && differs) {
                counts.changed.push(Changed {
                    household: subject.household,
                    member,
                    programme: p,
                    met: result.met,
                    amount: [before, after],
                });
            }
        };
        let nobody = |result: &Result2| result.met == [Truth::False; 2];
        if pair.of == Entity::Member {
            for (i, m) in subject.members.clone().enumerate() {
                let result =
                    result(slots, |o| evaluation.outcome_member(o, m), |o| evaluation.amount_member(o, m));
                if nobody(&result) {
                    continue;
                }
                let receives =
                    slots.receiving.is_some_and(|o| evaluation.outcome_member(o, m) == Truth::True);
                count(result, 1, receives, Some(m));
                share(&mut programme.shares, &subject.sorted, i, result, 1);
            }
            return;
        }
        let h = subject.h;
        let result = result(slots, |o| evaluation.outcome(o, h), |o| evaluation.amount(o, h));
        if nobody(&result) {
            return;
        }
        let receives = slots.receiving.is_some_and(|o| evaluation.outcome(o, h) == Truth::True);
        count(result, subject.members.len() as u64, receives, None);
        for i in 0..subject.members.len() {
            share(&mut programme.shares, &subject.sorted, i, result, subject.members.len());
        }
    }

    fn overlap(&self, counts: &mut Counts, here: &[Result2]) {
        for (side, overlap) in counts.overlap.iter_mut().enumerate() {
            let gets = |p: usize| match here.get(p)?.amount.get(side)? {
                (Some(low), Some(high)) if low == high && *low > 0 => Some(*low),
                _ => None,
            };
            let both = self.exclusive.iter().filter_map(|(a, b)| Some(gets(*a)?.min(gets(*b)?)));
            let twice: i128 = both.map(i128::from).sum();
            overlap.households += u64::from(twice > 0);
            overlap.fen += twice;
        }
    }

    fn finish(self, counts: Counts, places: Dimension, untouched: Vec<Pair>) -> Simulation {
        let sizes = |mut dimension: Dimension, table: Vec<[u64; 2]>| {
            dimension.subjects = table.iter().map(|[households, _]| *households).collect();
            dimension.persons = table.iter().map(|[_, persons]| *persons).collect();
            dimension
        };
        let dimensions = [places].into_iter().chain(self.households.into_iter().map(|s| s.dimension));
        let dimensions: Vec<Dimension> =
            dimensions.zip(counts.subjects).map(|(dimension, table)| sizes(dimension, table)).collect();
        let people = self.people.into_iter().zip(counts.people).map(|(s, n)| Dimension {
            subjects: n.clone(),
            persons: n,
            ..s.dimension
        });
        let people: Vec<Dimension> = people.collect();
        let households = self.batch.households as u64;
        let programmes = self.pairs.into_iter().zip(counts.programmes).map(|((pair, _), mut counted)| {
            let members = pair.of == Entity::Member;
            let fill = |tally: &mut Tally, households: u64, persons: u64| {
                tally.fill(if members { persons } else { households }, persons);
            };
            fill(&mut counted.total, households, counts.persons);
            for (dimension, table) in dimensions.iter().zip(&mut counted.groups) {
                let sizes = dimension.subjects.iter().zip(&dimension.persons);
                for (tally, (households, persons)) in table.iter_mut().zip(sizes) {
                    fill(tally, *households, *persons);
                }
            }
            for (dimension, table) in people.iter().zip(&mut counted.shares) {
                for (share, persons) in table.iter_mut().zip(&dimension.persons) {
                    share.persons = *persons;
                }
            }
            Programme {
                id: pair.id,
                zh: pair.zh,
                en: pair.en,
                of: pair.of,
                per: pair.per,
                receiving: pair.receiving,
                total: counted.total,
                groups: counted.groups,
                shares: counted.shares,
            }
        });
        let programmes = programmes.collect();
        Simulation {
            households,
            persons: counts.persons,
            dimensions,
            people,
            programmes,
            untouched: untouched.into_iter().map(|p| p.id).collect(),
            overlap: counts.overlap,
            changed: counts.changed,
            helped: counts.helped,
        }
    }
}

/// The household at hand.
struct Subject<'a> {
    /// Its row in the population.
    household: usize,
    /// Its row in the chunk.
    h: usize,
    /// The rows of its members in the population.
    members: Range<usize>,
    /// Its group, by way of sorting households.
    homes: Vec<usize>,
    /// The groups of its members, by way of sorting people.
    sorted: Vec<&'a [u32]>,
}

/// Rows of members of the population within a chunk.
fn within(members: &Range<usize>, first: usize) -> Range<usize> {
    members.start.saturating_sub(first)..members.end.saturating_sub(first)
}

/// The group of each household (or member) of a chunk: the first that is true; the last one where none is.
fn sort(sorting: &Sorting, rows: usize, evaluation: &Evaluation) -> Vec<u32> {
    let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut groups = vec![short(sorting.at.len()); rows];
    for (group, o) in sorting.at.iter().enumerate().rev() {
        let group = short(group);
        for (to, met) in groups.iter_mut().zip(evaluation.met_cells(*o)) {
            *to = if *met == Bits::TRUE { group } else { *to };
        }
    }
    groups
}

fn result(slots: &Slots, truth: impl Fn(usize) -> Truth, amount: impl Fn(usize) -> Ends) -> Result2 {
    let met = slots.sides.map(|slot| slot.map_or(Truth::False, &truth));
    let amount = slots.sides.map(|slot| slot.map_or((Some(0), Some(0)), &amount));
    Result2 { met, amount }
}

fn share(shares: &mut [Vec<Share>], sorted: &[&[u32]], member: usize, result: Result2, of: usize) {
    for (table, groups) in shares.iter_mut().zip(sorted) {
        let share = groups.get(member).and_then(|group| table.get_mut(*group as usize));
        if let Some(share) = share {
            for (side, (met, amount)) in result.met.into_iter().zip(result.amount).enumerate() {
                share.add(side, met, amount, of);
            }
        }
    }
}

impl Counts {
    fn append(&mut self, other: Self) {
        self.persons += other.persons;
        for (to, from) in self.subjects.iter_mut().flatten().zip(other.subjects.iter().flatten()) {
            for (to, from) in to.iter_mut().zip(from) {
                *to += *from;
            }
        }
        for (to, from) in self.people.iter_mut().flatten().zip(other.people.iter().flatten()) {
            *to += *from;
        }
        for (to, from) in self.programmes.iter_mut().zip(&other.programmes) {
            to.total.append(&from.total);
            for (to, from) in to.groups.iter_mut().flatten().zip(from.groups.iter().flatten()) {
                to.append(from);
            }
            for (to, from) in to.shares.iter_mut().flatten().zip(from.shares.iter().flatten()) {
                to.append(from);
            }
        }
        for (to, from) in self.overlap.iter_mut().zip(other.overlap) {
            to.households += from.households;
            to.fen += from.fen;
        }
        self.changed.extend(other.changed);
        self.helped.extend(other.helped);
    }
}
