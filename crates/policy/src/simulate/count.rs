//! 逐户计数: the population in slices, each evaluated once for both plans and added up.

use std::ops::Range;

use super::groups::{self, Dimension, Sorting, group_of};
use super::tally::{Ends, Share, Tally, paid};
use super::{
    Changed, Helped, Joined, Overlap, Pair, Programme, Settings, SimulateError, Simulation, gather,
    level_below, pairs,
};
use crate::column::Batch;
use crate::eval::{Evaluation, assess};
use crate::plan::{Entity, Fold, Op, Per, Plan, Type};
use crate::value::Truth;

/// Households a slice: its columns stay in the processor's cache while they are read.
const SLICE: usize = 8 * 1024;

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
            if both_pay && (a.excludes.contains(&b.id) || b.excludes.contains(&a.id)) {
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
        let slices: Vec<Range<usize>> = (0..self.batch.households)
            .step_by(SLICE)
            .map(|start| start..start.saturating_add(SLICE).min(self.batch.households))
            .collect();
        let facts = gather::facts_read(&self.plan, &gather::roots(&self.plan));
        let some = |slices: &[Range<usize>]| {
            let mut counts = self.nothing();
            for households in slices {
                let slice = gather::slice(self.batch, households.clone(), &facts);
                let evaluation = assess(&self.plan, &slice, self.settings.mode);
                self.add(&mut counts, households.start, &slice, &evaluation);
            }
            counts
        };
        let share = slices.len().div_ceil(self.settings.threads.max(1)).max(1);
        if slices.len() <= share {
            return some(&slices);
        }
        std::thread::scope(|scope| {
            let work: Vec<_> = slices.chunks(share).map(|part| (part, scope.spawn(|| some(part)))).collect();
            let mut all = self.nothing();
            for (part, thread) in work {
                // A part that could not be finished is counted again here: the result must be whole.
                all.append(thread.join().unwrap_or_else(|_| some(part)));
            }
            all
        })
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

    fn add(&self, counts: &mut Counts, first: usize, slice: &Batch, evaluation: &Evaluation) {
        let first_member = self.batch.members.offsets.get(first).map_or(0, |o| *o as usize);
        let mut homes = vec![0; self.sizes.len()];
        let mut sorted: Vec<Vec<usize>> = vec![Vec::new(); self.people.len()];
        let mut here =
            vec![Result2 { met: [Truth::False; 2], amount: [(Some(0), Some(0)); 2] }; self.pairs.len()];
        for h in 0..slice.households {
            let members = evaluation.members_of(h);
            let people = members.len() as u64;
            counts.persons += people;
            self.sort(&mut homes, first + h, evaluation, h);
            for (group, table) in homes.iter().zip(&mut counts.subjects) {
                if let Some([households, persons]) = table.get_mut(*group) {
                    *households += 1;
                    *persons += people;
                }
            }
            for ((sorting, rows), counted) in self.people.iter().zip(&mut sorted).zip(&mut counts.people) {
                rows.clear();
                for m in members.clone() {
                    let group = group_of(sorting, |o| evaluation.outcome_member(o, m));
                    rows.push(group);
                    if let Some(n) = counted.get_mut(group) {
                        *n += 1;
                    }
                }
            }
            let subject = Subject { household: first + h, h, members: members.clone(), first_member };
            for (p, (pair, slots)) in self.pairs.iter().enumerate() {
                if let Some(here) = here.get_mut(p) {
                    *here = result(
                        slots,
                        |o| evaluation.outcome(o, h),
                        |o| paid(evaluation.outcome(o, h), evaluation.amount(o, h)),
                    );
                }
                self.subject(counts, p, (pair, slots), &subject, evaluation, &homes, &sorted);
            }
            self.overlap(counts, &here);
            let helps = |(result, (pair, _)): (&Result2, &(Pair, Slots))| {
                pair.per == Some(Per::Month) && result.met.contains(&Truth::True)
            };
            if here.iter().zip(&self.pairs).any(helps) {
                counts.helped.push(Helped { household: first + h, group: homes.get(1).copied() });
            }
        }
    }

    fn sort(&self, homes: &mut [usize], household: usize, evaluation: &Evaluation, h: usize) {
        let division = self.batch.division.get(household).map(|d| *d as usize);
        let place = division.and_then(|d| self.place.get(d)).copied();
        let last = self.sizes.first().map_or(0, |n| n.saturating_sub(1));
        let sorted = self.households.iter().map(|s| group_of(s, |o| evaluation.outcome(o, h)));
        for (home, group) in homes.iter_mut().zip([place.unwrap_or(last)].into_iter().chain(sorted)) {
            *home = group;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one row of the loop over the population, taken apart")]
    fn subject(
        &self,
        counts: &mut Counts,
        p: usize,
        (pair, slots): (&Pair, &Slots),
        subject: &Subject,
        evaluation: &Evaluation,
        homes: &[usize],
        sorted: &[Vec<usize>],
    ) {
        let Some(programme) = counts.programmes.get_mut(p) else {
            return;
        };
        let mut count = |result: Result2, persons: u64, receives: bool, member: Option<usize>| {
            programme.total.add(result.met, result.amount, persons, receives);
            for (group, table) in homes.iter().zip(&mut programme.groups) {
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
                    member: member.map(|m| subject.first_member + m),
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
                share(&mut programme.shares, sorted, i, result, 1);
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
            share(&mut programme.shares, sorted, i, result, subject.members.len());
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
struct Subject {
    household: usize,
    h: usize,
    members: Range<usize>,
    first_member: usize,
}

fn result(slots: &Slots, truth: impl Fn(usize) -> Truth, amount: impl Fn(usize) -> Ends) -> Result2 {
    let met = slots.sides.map(|slot| slot.map_or(Truth::False, &truth));
    let amount = slots.sides.map(|slot| slot.map_or((Some(0), Some(0)), &amount));
    Result2 { met, amount }
}

fn share(shares: &mut [Vec<Share>], sorted: &[Vec<usize>], member: usize, result: Result2, of: usize) {
    for (table, groups) in shares.iter_mut().zip(sorted) {
        let share = groups.get(member).and_then(|group| table.get_mut(*group));
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
