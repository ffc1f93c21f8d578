//! 评估: runs a [`Plan`] over a [`Batch`]. One code path for one household and for all: a sweep runs it over
//! chunks of some thousand households and keeps only the results; a [`Trace`] runs it over one household
//! and keeps every node, so that explanations read the very values that were computed.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::column::Batch;
use crate::plan::{Entity, NodeId, ParamRow, Plan};
use crate::value::{DivisionCode, Truth};
pub(crate) use cells::Bits;
use cells::whole_ends;
use interval::Interval;
use numbers::Numbers;
use run::{Run, Runner, Schedule};

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
pub(crate) mod build;
mod calendar;
mod cells;
mod common;
mod divide;
mod exact;
mod fold;
mod interval;
mod lane;
mod numbers;
mod open;
mod params;
#[cfg(test)]
mod properties;
mod ratio;
mod ready;
mod run;
mod shape;
#[cfg(test)]
mod tests;
mod totals;
mod vary;

pub use cells::Value;
pub(crate) use open::values_to_try;
pub use open::{OpenFact, Subject, count_open, open_facts};
pub(crate) use ratio::Ratio;
pub(crate) use ready::Ready;
pub use vary::{Change, NewValue, vary};
pub(crate) use vary::{copies, missing, set};

/// 评估方式: what a value that is older than the vocabulary allows may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 主动发现: a stale value stands, marked, for it may speak for a family.
    Find,
    /// 认定: a stale value is unknown.
    Decide,
    /// 不利决定: a stale value is unknown, and a cited default does not settle what is unknown: nothing old and
    /// nothing assumed may speak against a family.
    Adverse,
}

/// 参数缺口: a parameter has no row for a place and keys. Its value was unknown; no other row stood in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Gap {
    /// Parameter id.
    pub parameter: String,
    /// Division code of the households.
    pub division: String,
    /// Enum values of the keys, by English id.
    pub keys: Vec<String>,
}

/// 评估结果 of a batch: what each household and member comes out as. A pure function of plan, facts and mode.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    households: usize,
    /// Runs of [`CHUNK`] households each, the last of what is left.
    pieces: Vec<Piece>,
    gaps: Vec<Gap>,
}

/// The results of one run of households: its roots as they were computed.
#[derive(Clone, Debug, Default)]
struct Piece {
    households: usize,
    /// Member rows of the batch by household: `households + 1` ends.
    members: Vec<u32>,
    outcomes: Vec<OutcomeColumns>,
    indicators: Vec<Vec<Bits>>,
}

/// The roots of one outcome, one cell a household or a member row.
#[derive(Clone, Debug)]
struct OutcomeColumns {
    of_members: bool,
    met: Vec<Bits>,
    /// Absent for an outcome that pays nothing.
    amount: Option<Numbers<'static>>,
    conditions: Vec<Vec<Bits>>,
}

/// How many households (or members) came out as what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// 符合
    pub met: usize,
    /// 不符合
    pub not_met: usize,
    /// 未知
    pub unknown: usize,
}

impl Counts {
    fn add_all(&mut self, truths: &[Bits]) {
        let (met, not_met) = (cells::how_many(truths, Bits::TRUE), cells::how_many(truths, Bits::FALSE));
        self.met += met;
        self.not_met += not_met;
        self.unknown += truths.len() - met - not_met;
    }
}

fn bits(cells: &[Bits], row: usize) -> Bits {
    cells.get(row).copied().unwrap_or(Bits::BOTH)
}

impl Piece {
    /// The rows of a household's members within the piece.
    fn members_of(&self, h: usize) -> Range<usize> {
        let first = self.first_member();
        let end = |at: usize| self.members.get(at).map_or(0, |end| (*end as usize).saturating_sub(first));
        end(h)..end(h + 1)
    }

    /// Whether any listed member of a household of the piece meets an outcome of members.
    fn any_member(&self, outcome: &OutcomeColumns, h: usize) -> Truth {
        self.members_of(h).map(|m| bits(&outcome.met, m)).fold(Bits::FALSE, Bits::or).truth()
    }

    fn first_member(&self) -> usize {
        self.members.first().map_or(0, |first| *first as usize)
    }

    fn end_of_members(&self) -> usize {
        self.members.last().map_or(0, |end| *end as usize)
    }
}

impl Evaluation {
    /// The piece of a household of the batch, and its place there.
    fn piece(&self, h: usize) -> Option<(&Piece, usize)> {
        Some((self.pieces.get(h / CHUNK)?, h % CHUNK))
    }

    /// The piece of a member row of the batch, and its place there.
    fn piece_of_member(&self, m: usize) -> Option<(&Piece, usize)> {
        let at = self.pieces.partition_point(|piece| piece.end_of_members() <= m);
        let piece = self.pieces.get(at)?;
        Some((piece, m.checked_sub(piece.first_member())?))
    }

    /// Number of households.
    #[must_use]
    pub fn households(&self) -> usize {
        self.households
    }

    /// Member rows of household `h`; empty beyond the batch.
    #[must_use]
    pub fn members_of(&self, h: usize) -> Range<usize> {
        let ends = self.piece(h).and_then(|(piece, at)| {
            Some(*piece.members.get(at)? as usize..*piece.members.get(at + 1)? as usize)
        });
        ends.unwrap_or_default()
    }

    /// Whether household `h` meets outcome `o` (index in [`Plan::outcomes`]). For an outcome of members: whether
    /// any listed member does. An index out of range is `Unknown`.
    #[must_use]
    pub fn outcome(&self, o: usize, h: usize) -> Truth {
        let found = self.piece(h).and_then(|(piece, at)| Some((piece, piece.outcomes.get(o)?, at)));
        match found {
            Some((piece, outcome, at)) if outcome.of_members => piece.any_member(outcome, at),
            Some((_, outcome, at)) => bits(&outcome.met, at).truth(),
            None => Truth::Unknown,
        }
    }

    /// Whether member row `m` of the batch meets outcome `o`; for an outcome of households, `Unknown`.
    #[must_use]
    pub fn outcome_member(&self, o: usize, m: usize) -> Truth {
        let found = self.piece_of_member(m).and_then(|(piece, at)| Some((piece.outcomes.get(o)?, at)));
        match found {
            Some((outcome, at)) if outcome.of_members => bits(&outcome.met, at).truth(),
            _ => Truth::Unknown,
        }
    }

    /// Least and largest possible amount in fen of household `h`, should it meet outcome `o`; `None` is unbounded.
    /// For an outcome of members: the sum over members who may meet it, the doubtful ones counting from zero.
    /// An outcome that pays nothing gives zero.
    #[must_use]
    pub fn amount(&self, o: usize, h: usize) -> (Option<i64>, Option<i64>) {
        let found = self.piece(h).and_then(|(piece, at)| Some((piece, piece.outcomes.get(o)?, at)));
        let Some((piece, outcome, at)) = found else {
            return (None, None);
        };
        if !outcome.of_members {
            return whole_ends(outcome.amount_at(at));
        }
        let members = piece.members_of(at);
        let counted = members.map(|m| match bits(&outcome.met, m) {
            Bits::TRUE => outcome.amount_at(m),
            Bits::FALSE => Interval::ZERO,
            _ => outcome.amount_at(m).hull(Interval::ZERO),
        });
        whole_ends(counted.fold(Interval::ZERO, Interval::add))
    }

    /// Least and largest possible amount in fen of member row `m`, should it meet outcome `o`; for an outcome of
    /// households, unbounded.
    #[must_use]
    pub fn amount_member(&self, o: usize, m: usize) -> (Option<i64>, Option<i64>) {
        let found = self.piece_of_member(m).and_then(|(piece, at)| Some((piece.outcomes.get(o)?, at)));
        match found {
            Some((outcome, at)) if outcome.of_members => whole_ends(outcome.amount_at(at)),
            _ => (None, None),
        }
    }

    /// Truth of condition `c` (index in `PlannedOutcome::conditions`) of outcome `o`: `row` is a household, or a
    /// member row for an outcome of members.
    #[must_use]
    pub fn condition(&self, o: usize, c: usize, row: usize) -> Truth {
        let of_members = self.pieces.first().and_then(|p| p.outcomes.get(o)).is_some_and(|o| o.of_members);
        let found = if of_members { self.piece_of_member(row) } else { self.piece(row) };
        found
            .and_then(|(piece, at)| Some(bits(piece.outcomes.get(o)?.conditions.get(c)?, at)))
            .map_or(Truth::Unknown, Bits::truth)
    }

    /// Whether indicator `i` (index in [`Plan::indicators`]) fires for household `h`.
    #[must_use]
    pub fn indicator(&self, i: usize, h: usize) -> Truth {
        self.piece(h)
            .and_then(|(piece, at)| Some(bits(piece.indicators.get(i)?, at)))
            .map_or(Truth::Unknown, Bits::truth)
    }

    /// How many households came out as what (household-level view of outcome `o`).
    #[must_use]
    pub fn counts(&self, o: usize) -> Counts {
        let mut counts = Counts::default();
        for piece in &self.pieces {
            match piece.outcomes.get(o) {
                Some(outcome) if !outcome.of_members => {
                    counts.add_all(&outcome.met);
                }
                outcome => {
                    for h in 0..piece.households {
                        let met = outcome.map_or(Truth::Unknown, |outcome| piece.any_member(outcome, h));
                        counts.add_all(&[Bits::from(met)]);
                    }
                }
            }
        }
        counts
    }

    /// Households that surely meet outcome `o`, with the least that they are due together a month, in fen; for an
    /// outcome of members, those members.
    #[must_use]
    pub fn due(&self, o: usize) -> (usize, i128) {
        let (mut met, mut due) = (0, 0);
        for outcome in self.pieces.iter().filter_map(|piece| piece.outcomes.get(o)) {
            met += cells::how_many(&outcome.met, Bits::TRUE);
            if let Some(amount) = &outcome.amount {
                due += amount.least_where(&outcome.met);
            }
        }
        (met, due)
    }

    /// How many members came out as what; all zero for an outcome of households.
    #[must_use]
    pub fn member_counts(&self, o: usize) -> Counts {
        let mut counts = Counts::default();
        let columns = self.pieces.iter().filter_map(|piece| piece.outcomes.get(o));
        for outcome in columns.filter(|outcome| outcome.of_members) {
            counts.add_all(&outcome.met);
        }
        counts
    }

    /// Of one chunk's result, what is still possible of outcome `o` for each household, or each of their members.
    pub(crate) fn met_cells(&self, o: usize) -> &[Bits] {
        self.pieces.first().and_then(|piece| piece.outcomes.get(o)).map_or(&[], |outcome| &outcome.met)
    }

    /// Parameter gaps that were met, each once, sorted.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn push(&mut self, piece: Piece, gaps: Vec<Gap>) {
        self.households += piece.households;
        self.pieces.push(piece);
        self.gaps.extend(gaps);
    }
}

impl OutcomeColumns {
    fn amount_at(&self, row: usize) -> Interval<i64> {
        match &self.amount {
            Some(amount) => amount.at(row).unwrap_or(Interval::UNBOUNDED),
            None => Interval::ZERO,
        }
    }
}

/// Households a chunk: so few that their columns fit in the processor's cache, so many that what a node costs beside
/// its rows hardly counts. Few in unit tests, so that these cross from one chunk to the next.
const CHUNK: usize = if cfg!(test) { 1024 } else { 4096 };

/// Evaluates every outcome and indicator of the plan for every household of the batch.
#[must_use]
pub fn assess(plan: &Plan, batch: &Batch, mode: Mode) -> Evaluation {
    assess_threaded(plan, batch, mode, 1)
}

/// Whether each household of the batch meets outcome `o`; for an outcome of members, whether each member row does.
/// Nothing else is computed. Empty for an outcome that does not exist.
pub(crate) fn met_of(plan: &Plan, batch: &Batch, mode: Mode, o: usize) -> Vec<Truth> {
    let Some(outcome) = plan.outcomes.get(o) else { return Vec::new() };
    let runner = Runner::new(plan, batch, mode, 0..batch.households, plan.met_of(o));
    let entity = plan.rows_of(o);
    let rows = over_chunks(batch.households, 1, |chunk| {
        let run = runner.run(chunk, false);
        let met = runner.truths(&run, outcome.met, entity);
        met.iter().take(run.shape.real_rows(entity)).map(|met| met.truth()).collect::<Vec<_>>()
    });
    rows.concat()
}

/// Whether each outcome is met; amounts, conditions and indicators are not computed and remain open.
pub(crate) fn assess_met(plan: &Plan, batch: &Batch, mode: Mode) -> Evaluation {
    assess_scheduled(plan, batch, mode, 1, plan.all_met())
}

/// Outcome `o` with its conditions and its amount; everything else remains open.
pub(crate) fn assess_one(plan: &Plan, batch: &Batch, mode: Mode, o: usize) -> Evaluation {
    assess_scheduled(plan, batch, mode, 1, plan.result_of(o))
}

/// The same as [`assess`], the chunks spread over `threads` threads. The result does not depend on their number.
#[must_use]
pub fn assess_threaded(plan: &Plan, batch: &Batch, mode: Mode, threads: usize) -> Evaluation {
    assess_scheduled(plan, batch, mode, threads, plan.all_results())
}

fn assess_scheduled(
    plan: &Plan,
    batch: &Batch,
    mode: Mode,
    threads: usize,
    schedule: Arc<Schedule>,
) -> Evaluation {
    let runner = Runner::new(plan, batch, mode, 0..batch.households, schedule);
    let pieces = over_chunks(batch.households, threads, |chunk| {
        let run = runner.run(chunk, false);
        (results(&runner, &run), gaps(&runner, &run))
    });
    let mut all = Evaluation::default();
    for (piece, gaps) in pieces {
        all.push(piece, gaps);
    }
    all.gaps.sort();
    all.gaps.dedup();
    all
}

/// Evaluates everything for chunks of some thousand households, hands each chunk's result to `each` and keeps
/// only what that gives, in their order: for populations whose results would not fit in memory. Household `h` of a
/// chunk's result is household `chunk.start + h` of the batch; member rows are those of the batch.
#[must_use]
pub fn sweep<T: Send>(
    plan: &Plan,
    batch: &Batch,
    mode: Mode,
    threads: usize,
    each: impl Fn(Range<usize>, &Evaluation) -> T + Sync,
) -> Vec<T> {
    let runner = Runner::new(plan, batch, mode, 0..batch.households, plan.all_results());
    over_chunks(batch.households, threads, |chunk| {
        let run = runner.run(chunk.clone(), false);
        let mut one = Evaluation::default();
        one.push(results(&runner, &run), gaps(&runner, &run));
        each(chunk, &one)
    })
}

/// The same, each chunk's result added to a total: one for each thread, in the order of their households.
pub(crate) fn sweep_into<T: Send>(
    plan: &Plan,
    batch: &Batch,
    mode: Mode,
    threads: usize,
    start: impl Fn() -> T + Sync,
    add: impl Fn(&mut T, Range<usize>, &Evaluation) + Sync,
) -> Vec<T> {
    let runner = Runner::new(plan, batch, mode, 0..batch.households, plan.all_results());
    over_parts(batch.households, threads, |chunks| {
        let mut total = start();
        for chunk in chunks {
            let run = runner.run(chunk.clone(), false);
            let mut one = Evaluation::default();
            one.push(results(&runner, &run), gaps(&runner, &run));
            add(&mut total, chunk.clone(), &one);
        }
        total
    })
}

/// What `work` gives for each chunk of some households, in their order.
fn over_chunks<T: Send>(
    households: usize,
    threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let part = |chunks: &[Range<usize>]| chunks.iter().cloned().map(&work).collect::<Vec<T>>();
    over_parts(households, threads, part).into_iter().flatten().collect()
}

/// What `work` gives for the chunks of each thread, in their order.
fn over_parts<T: Send>(
    households: usize,
    threads: usize,
    work: impl Fn(&[Range<usize>]) -> T + Sync,
) -> Vec<T> {
    let chunks: Vec<Range<usize>> = (0..households)
        .step_by(CHUNK)
        .map(|start| start..start.saturating_add(CHUNK).min(households))
        .collect();
    if threads <= 1 || chunks.len() <= 1 {
        return vec![work(&chunks)];
    }
    let share = chunks.len().div_ceil(threads);
    let work = &work;
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            chunks.chunks(share).map(|chunks| (chunks, scope.spawn(|| work(chunks)))).collect();
        // A thread that could not finish is run again here: the result must be whole.
        parts.into_iter().map(|(chunks, thread)| thread.join().unwrap_or_else(|_| work(chunks))).collect()
    })
}

/// For each node of the plan whether the roots read it.
pub(crate) fn needed(plan: &Plan, roots: &[NodeId]) -> Vec<bool> {
    Schedule::new(plan, roots).needed
}

/// Reads the roots of a run.
fn results<'a>(runner: &Runner<'a>, run: &Run<'a>) -> Piece {
    let truths = |id: NodeId, entity: Entity| {
        let mut cells = runner.truths(run, id, entity).into_owned();
        cells.truncate(run.shape.real_rows(entity));
        cells
    };
    let outcomes = runner.plan.outcomes.iter().map(|o| {
        let entity = match o.of {
            Entity::Member => Entity::Member,
            _ => Entity::Household,
        };
        let amount =
            o.amount.map(|a| runner.numbers(run, a, entity).first(run.shape.real_rows(entity)).owned());
        OutcomeColumns {
            of_members: entity == Entity::Member,
            met: truths(o.met, entity),
            amount,
            conditions: o.conditions.iter().map(|c| truths(*c, entity)).collect(),
        }
    });
    Piece {
        households: run.shape.households,
        members: run.shape.members.offsets().to_vec(),
        outcomes: outcomes.collect(),
        indicators: (runner.plan.indicators.iter()).map(|i| truths(i.when, Entity::Household)).collect(),
    }
}

fn gaps<'a>(runner: &Runner<'a>, run: &Run<'a>) -> Vec<Gap> {
    let gap = |(param, place, combination): &(u32, u32, usize)| Gap {
        parameter: (runner.plan.params.get(*param as usize)).map(|p| p.id.clone()).unwrap_or_default(),
        division: (runner.batch.divisions.get(*place as usize)).map(ToString::to_string).unwrap_or_default(),
        keys: runner.gap_keys(*param, *combination),
    };
    run.gaps.iter().map(gap).collect()
}

/// 单户推演: one household of a batch with every node kept.
pub struct Trace<'a> {
    runner: Runner<'a>,
    run: Run<'a>,
    household: usize,
    evaluation: Evaluation,
}

impl fmt::Debug for Trace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("household", &self.household)
            .field("evaluation", &self.evaluation)
            .finish_non_exhaustive()
    }
}

impl<'a> Trace<'a> {
    /// Evaluates household `household` of the batch and keeps every node. A household beyond the batch is one
    /// without any fact.
    #[must_use]
    pub fn of(plan: &'a Plan, batch: &'a Batch, household: usize, mode: Mode) -> Self {
        Self::scheduled(plan, batch, household, mode, plan.every_node())
    }

    /// The same for outcome `o` (index in [`Plan::outcomes`]) alone: only what it rests on, and what an explanation of
    /// it and of the groups it belongs to reads, is computed. Every other value, outcome and indicator is unknown, and
    /// only gaps that were met on the way are named.
    #[must_use]
    pub fn of_outcome(plan: &'a Plan, batch: &'a Batch, household: usize, mode: Mode, o: usize) -> Self {
        Self::scheduled(plan, batch, household, mode, plan.told_of(o))
    }

    fn scheduled(
        plan: &'a Plan,
        batch: &'a Batch,
        household: usize,
        mode: Mode,
        schedule: Arc<Schedule>,
    ) -> Self {
        let rows = household..household.saturating_add(1);
        let runner = Runner::new(plan, batch, mode, rows.clone(), schedule);
        let run = runner.run(rows, true);
        let mut evaluation = Evaluation::default();
        let mut piece = results(&runner, &run);
        let first = piece.members.first().copied().unwrap_or(0);
        for end in &mut piece.members {
            *end -= first;
        }
        evaluation.push(piece, gaps(&runner, &run));
        Self { runner, run, household, evaluation }
    }

    /// The plan that was run.
    #[must_use]
    pub fn plan(&self) -> &'a Plan {
        self.runner.plan
    }

    /// The batch that holds the household.
    #[must_use]
    pub fn batch(&self) -> &'a Batch {
        self.runner.batch
    }

    /// The household's index in the batch.
    #[must_use]
    pub fn household(&self) -> usize {
        self.household
    }

    /// The mode that was asked for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.runner.mode
    }

    /// Results of this household alone: household index 0, its members from row 0.
    #[must_use]
    pub fn evaluation(&self) -> &Evaluation {
        &self.evaluation
    }

    /// How many members the household lists.
    #[must_use]
    pub fn members(&self) -> usize {
        self.run.shape.members.real()
    }

    /// How many obligors the household lists.
    #[must_use]
    pub fn obligors(&self) -> usize {
        self.run.shape.obligors.real()
    }

    /// What is still possible for a node; `row` is the member's or obligor's place in its list, 0 for others.
    #[must_use]
    pub fn value(&self, node: NodeId, row: usize) -> Value {
        self.run
            .columns
            .get(run::index(node))
            .and_then(Option::as_ref)
            .map_or(Value::Truth(Truth::Unknown), |cells| cells.value(row))
    }

    /// The row that a parameter lookup hit: known keys and a row for the household's division.
    #[must_use]
    pub fn parameter_row(&self, node: NodeId, row: usize) -> Option<&'a ParamRow> {
        let plan: &'a Plan = self.runner.plan;
        let lookup = plan.nodes.get(run::index(node))?;
        match self.runner.parameter(&self.run, lookup, row)? {
            params::Found::Row(row) => Some(row),
            params::Found::Gap(_) | params::Found::Several(_) => None,
        }
    }

    /// The row of a wider entity that a row of `entity` sees.
    pub(crate) fn outer_row(&self, entity: Entity, row: usize, outer: Entity) -> Option<usize> {
        self.run.shape.outer_row(entity, row, outer)
    }

    /// How many subjects of a list are on it.
    pub(crate) fn listed(&self, list: Entity) -> usize {
        self.run.shape.real_rows(list)
    }

    /// The first row of an entity's subjects in the batch.
    pub(crate) fn batch_row(&self, entity: Entity, row: usize) -> usize {
        self.run.shape.base(entity).saturating_add(row)
    }

    /// Code of the household's division, where the batch gives one.
    #[must_use]
    pub fn division(&self) -> Option<&'a DivisionCode> {
        let at = *self.batch().division.get(self.household)?;
        self.batch().divisions.get(at as usize)
    }
}

impl Plan {
    /// Index of an outcome by English id or 中文 title.
    #[must_use]
    pub fn find_outcome(&self, name: &str) -> Option<usize> {
        self.outcomes.iter().position(|o| o.id == name || o.zh == name)
    }

    /// Index of an indicator by its catalogue code.
    #[must_use]
    pub fn find_indicator(&self, id: &str) -> Option<usize> {
        self.indicators.iter().position(|i| i.id == id)
    }

    /// Whether an outcome is one of members rather than of the household.
    #[must_use]
    pub fn is_member_outcome(&self, outcome: usize) -> bool {
        self.outcomes.get(outcome).is_some_and(|o| o.of == Entity::Member)
    }
}
