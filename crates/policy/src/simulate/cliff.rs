//! 断崖: where one more yuan of income a month costs a family more than a yuan of benefits. Over a sample of families
//! with help, each changeable income is moved from its least value to where help ends, and everything the family
//! is entitled to is added up anew.

use super::gather;
use super::settle::{Monthly, Purse};
use super::{Helped, Settings, Simulation};
use crate::column::{Batch, Data, State};
use crate::eval::{Mode, NewValue, Subject, set};
use crate::plan::{Entity, FactDecl, Per, Plan, Type};

/// One yuan in fen: the step of the scan, and what a step may cost at most.
const YUAN: i64 = 100;
/// Values of an income that are looked at first; between two that differ the turn is searched.
const POINTS: i64 = 24;
/// Incomes of one family that are scanned; those that are there today come first.
const MOST_INCOMES: usize = 3;
/// Help is taken to have ended at so many times what the family has without the income.
const REACH: i64 = 4;

/// 断崖, found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cliff {
    /// The income that is moved.
    pub fact: String,
    /// Whose.
    pub subject: Subject,
    /// The income a month in fen from which one more yuan costs.
    pub at_fen: i64,
    /// Benefits a month lost by that yuan, in fen: more than 100.
    pub drop_fen: i64,
}

/// Cliffs of a group of families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CliffGroup {
    /// Families that were scanned.
    pub scanned: u64,
    /// Of them those with a cliff, before and after.
    pub with: [u64; 2],
    /// The middle one of the families' largest drops in fen, before and after.
    pub median_fen: [Option<i64>; 2],
    /// The largest drop in fen, before and after.
    pub largest_fen: [Option<i64>; 2],
}

/// Cliffs of a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cliffs {
    /// Families with help before or after, of which the sample is taken.
    pub families: u64,
    /// Families in the sample.
    pub sample: u64,
    /// Of them those that cannot be scanned, since some fact of theirs is open or what they receive does not settle.
    pub open: u64,
    /// Everybody.
    pub total: CliffGroup,
    /// By group of the first way of sorting households that is no place, the unsorted last.
    pub groups: Vec<CliffGroup>,
}

/// An income that is moved.
#[derive(Clone, Debug)]
pub(crate) struct Income<'a> {
    /// Household within the sample.
    pub(crate) household: usize,
    pub(crate) fact: &'a FactDecl,
    pub(crate) per: Per,
    /// Place of the member in the family.
    pub(crate) member: Option<usize>,
    /// Today's value in the unit of the fact, in fen.
    pub(crate) today: i64,
}

impl Income<'_> {
    /// A yuan a month in the unit of the fact.
    fn step(&self) -> i64 {
        if self.per == Per::Year { YUAN.saturating_mul(12) } else { YUAN }
    }

    /// The least number of steps from today that is a lawful value.
    fn least(&self) -> i64 {
        let below = self.today.saturating_sub(self.fact.min.unwrap_or(0)).max(0);
        -below.checked_div(self.step()).unwrap_or(0)
    }

    /// The income a month in fen at a number of steps from today.
    pub(crate) fn monthly(&self, steps: i64) -> i64 {
        let value = self.today.saturating_add(steps.saturating_mul(self.step()));
        if self.per == Per::Year { value.div_euclid(12) } else { value }
    }

    fn subject(&self) -> Subject {
        match self.member {
            Some(m) => Subject::Member(u32::try_from(m).unwrap_or(u32::MAX)),
            None => Subject::Household,
        }
    }
}

/// One income: what the family has at each value that was looked at, before and after.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    /// Steps from today and benefits a month in fen, rising.
    pub(crate) seen: Vec<(i64, [i64; 2])>,
    /// Before and after: steps from today before the yuan that costs more than itself, and what it costs.
    pub(crate) drops: [Vec<(i64, i64)>; 2],
}

impl Scanned {
    /// The largest drop in fen, before and after; 0 where there is none.
    pub(crate) fn worst(&self) -> [i64; 2] {
        self.drops.each_ref().map(|drops| drops.iter().map(|(_, drop)| *drop).max().unwrap_or(0))
    }
}

/// Scans a sample of at most `most` families, evenly taken from those with help.
#[must_use]
pub fn cliffs(
    before: &Plan,
    after: &Plan,
    batch: &Batch,
    simulation: &Simulation,
    most: usize,
    settings: &Settings<'_>,
) -> Cliffs {
    let sample: Vec<Helped> = evenly(&simulation.helped, most);
    let groups = simulation.dimensions.get(1).map_or(0, super::Dimension::groups);
    let households: Vec<usize> = sample.iter().map(|h| h.household).collect();
    let sides = [Monthly::new(before), Monthly::new(after)];
    let families = taken(&sides, batch, &households);
    let incomes = incomes(&sides, &families);
    let scans = scan_threaded(&sides, &families, &incomes, settings);
    let mut result =
        Cliffs { families: simulation.helped.len() as u64, sample: sample.len() as u64, ..Cliffs::default() };
    let mut drops: Vec<Vec<[i64; 2]>> = vec![Vec::new(); groups];
    let mut all = Vec::new();
    for (h, helped) in sample.iter().enumerate() {
        let own = incomes.iter().zip(&scans).filter(|(income, _)| income.household == h);
        let worst = own.map(|(_, scanned)| scanned.as_ref().map(Scanned::worst));
        let worst = worst.reduce(|a, b| a.zip(b).map(|(a, b)| [a[0].max(b[0]), a[1].max(b[1])])).flatten();
        let Some(worst) = worst else {
            result.open += 1;
            continue;
        };
        all.push(worst);
        if let Some(group) = helped.group.and_then(|g| drops.get_mut(g)) {
            group.push(worst);
        }
    }
    result.total = summed(&all);
    result.groups = drops.iter().map(|drops| summed(drops)).collect();
    result
}

fn evenly(helped: &[Helped], most: usize) -> Vec<Helped> {
    let step = helped.len().div_ceil(most.max(1)).max(1);
    helped.iter().step_by(step).copied().collect()
}

fn summed(drops: &[[i64; 2]]) -> CliffGroup {
    let mut group = CliffGroup { scanned: drops.len() as u64, ..CliffGroup::default() };
    for side in 0..2 {
        let mut own: Vec<i64> =
            drops.iter().filter_map(|d| d.get(side).copied()).filter(|d| *d > 0).collect();
        own.sort_unstable();
        let middle = own.get(own.len() / 2).copied();
        let put = |to: &mut [Option<i64>; 2], value| {
            if let Some(slot) = to.get_mut(side) {
                *slot = value;
            }
        };
        put(&mut group.median_fen, middle);
        put(&mut group.largest_fen, own.last().copied());
        if let Some(with) = group.with.get_mut(side) {
            *with = own.len() as u64;
        }
    }
    group
}

/// Some households with the facts that either side reads.
pub(crate) fn taken(sides: &[Monthly; 2], batch: &Batch, households: &[usize]) -> Batch {
    let facts = sides.iter().flat_map(Monthly::facts).collect();
    gather::gather(batch, households, &facts)
}

/// The changeable sums a month or a year of each family that some monthly outcome reads.
pub(crate) fn incomes<'a>(sides: &'a [Monthly; 2], families: &Batch) -> Vec<Income<'a>> {
    let mut read = std::collections::BTreeSet::new();
    let mut facts: Vec<(&FactDecl, Per)> = Vec::new();
    for side in sides {
        let used = side.facts();
        for fact in side.plan().facts.iter().filter(|f| f.changeable && used.contains(&f.id)) {
            if let Type::Money(per @ (Per::Month | Per::Year)) = fact.ty
                && read.insert(fact.id.as_str())
            {
                facts.push((fact, per));
            }
        }
    }
    let mut found = Vec::new();
    for h in 0..families.households {
        let mut own = Vec::new();
        for (fact, per) in &facts {
            let offset = |h: usize| families.members.offsets.get(h).map_or(0, |o| *o as usize);
            let (columns, rows) = match fact.of {
                Entity::Household => (&families.columns, h..h + 1),
                Entity::Member => (&families.members.columns, offset(h)..offset(h + 1)),
                Entity::Obligor | Entity::Constant => continue,
            };
            let Some(column) = columns.get(&fact.id) else { continue };
            let Data::Number(values) = &column.data else { continue };
            for (place, row) in rows.enumerate() {
                let known = matches!(column.state.get(row), Some(State::Known | State::Stale));
                if let Some(today) = values.get(row).filter(|_| known) {
                    let member = (fact.of == Entity::Member).then_some(place);
                    own.push(Income { household: h, fact, per: *per, member, today: *today });
                }
            }
        }
        own.sort_by_key(|income| (income.today == 0, income.member));
        own.truncate(MOST_INCOMES);
        found.append(&mut own);
    }
    found
}

/// A value of an income that is to be looked at.
type Question = (usize, i64);

/// Moves each income, shared out to threads: each is moved by itself.
fn scan_threaded(
    sides: &[Monthly; 2],
    families: &Batch,
    incomes: &[Income<'_>],
    settings: &Settings<'_>,
) -> Vec<Option<Scanned>> {
    let some = |incomes: &[Income<'_>]| scan(sides, families, incomes, settings.mode);
    let share = incomes.len().div_ceil(settings.threads.max(1)).max(1);
    if incomes.len() <= share {
        return some(incomes);
    }
    std::thread::scope(|scope| {
        let work: Vec<_> = incomes.chunks(share).map(|part| (part, scope.spawn(|| some(part)))).collect();
        // A part that could not be finished is scanned again here: the result must be whole.
        work.into_iter().flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| some(part))).collect()
    })
}

/// Moves each income; `None` where something stays open on the way.
pub(crate) fn scan(
    sides: &[Monthly; 2],
    families: &Batch,
    incomes: &[Income<'_>],
    mode: Mode,
) -> Vec<Option<Scanned>> {
    let ask = |questions: &[Question]| {
        let [before, after] = sides.each_ref().map(|side| purses(side, families, incomes, questions, mode));
        before.into_iter().zip(after).map(|(before, after)| [before, after])
    };
    let first: Vec<Question> = incomes.iter().enumerate().map(|(i, income)| (i, income.least())).collect();
    let mut questions = Vec::new();
    for ((at, least), [before, after]) in first.iter().zip(ask(&first)) {
        let Some(fen) = before.fen.zip(after.fen).map(|(a, b)| a.max(b)) else { continue };
        let most = least + fen.saturating_mul(REACH).checked_div(YUAN).unwrap_or(0).max(POINTS);
        let step = |n: i64| least + (most - least).saturating_mul(n).checked_div(POINTS).unwrap_or(0);
        questions.extend((0..=POINTS).flat_map(|n| [(*at, step(n)), (*at, step(n) + 1)]));
    }
    questions.sort_unstable();
    questions.dedup();
    let mut seen: Vec<Vec<(i64, [Purse; 2])>> = vec![Vec::new(); incomes.len()];
    while !questions.is_empty() {
        for ((at, steps), purses) in questions.iter().zip(ask(&questions)) {
            if let Some(seen) = seen.get_mut(*at) {
                seen.push((*steps, purses));
            }
        }
        questions = Vec::new();
        for (at, seen) in seen.iter_mut().enumerate() {
            seen.sort_by_key(|(steps, _)| *steps);
            for pair in seen.windows(2) {
                let [(a, before), (b, after)] = pair else { continue };
                // Between two values with the same truths only the amount moves, and evenly.
                let turns = before.iter().zip(after).any(|(x, y)| x.truths != y.truths);
                if b - a > 1 && turns {
                    questions.push((at, a + (b - a) / 2));
                }
            }
        }
    }
    seen.into_iter().map(scanned).collect()
}

fn scanned(seen: Vec<(i64, [Purse; 2])>) -> Option<Scanned> {
    let known = |(steps, [before, after]): &(i64, [Purse; 2])| Some((*steps, [before.fen?, after.fen?]));
    let known: Option<Vec<(i64, [i64; 2])>> = seen.iter().map(known).collect();
    let seen = known.filter(|seen| !seen.is_empty())?;
    let drops = |side: usize| {
        let own = |(_, purses): &(i64, [i64; 2])| purses.get(side).copied().unwrap_or(0);
        let found = seen.windows(2).filter_map(move |pair| match pair {
            [a, b] if b.0 - a.0 == 1 && own(a) - own(b) > YUAN => Some((a.0, own(a) - own(b))),
            _ => None,
        });
        found.collect()
    };
    let drops = [drops(0), drops(1)];
    Some(Scanned { seen, drops })
}

fn purses(
    side: &Monthly,
    families: &Batch,
    incomes: &[Income<'_>],
    questions: &[Question],
    mode: Mode,
) -> Vec<Purse> {
    let of = |at: usize| incomes.get(at);
    let households: Vec<usize> =
        questions.iter().map(|(at, _)| of(*at).map_or(usize::MAX, |i| i.household)).collect();
    let facts = families.columns.keys().chain(families.members.columns.keys());
    let facts = facts.chain(families.obligors.columns.keys()).cloned().collect();
    let mut copies = gather::gather(families, &households, &facts);
    for (copy, (at, steps)) in questions.iter().enumerate() {
        let Some(income) = of(*at) else { continue };
        let value = income.today.saturating_add(steps.saturating_mul(income.step()));
        let first = copies.members.offsets.get(copy).map_or(0, |o| *o as usize);
        let (columns, row) = match income.member {
            Some(m) => (&mut copies.members.columns, first + m),
            None => (&mut copies.columns, copy),
        };
        if let Some(column) = columns.get_mut(&income.fact.id) {
            set(column, row, NewValue::Number(value));
        }
    }
    side.purses(copies, mode)
}

impl Cliff {
    pub(crate) fn of(income: &Income<'_>, (steps, drop_fen): (i64, i64)) -> Self {
        Self {
            fact: income.fact.id.clone(),
            subject: income.subject(),
            at_fen: income.monthly(steps),
            drop_fen,
        }
    }
}
