//! 评估: runs a [`Plan`] over a [`Batch`]. One code path for one household and for all: a sweep runs it over
//! chunks of about a thousand households and keeps only the results; a [`Trace`] runs it over one household
//! and keeps every node, so that explanations read the very values that were computed.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::column::Batch;
use crate::plan::{Entity, NodeId, ParamRow, Plan};
use crate::value::{DivisionCode, Truth};
use cells::{Bits, whole_ends};
use interval::Interval;
use numbers::Numbers;
use run::{Run, Runner};

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
pub(crate) mod build;
mod calendar;
mod cells;
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
mod run;
mod shape;
#[cfg(test)]
mod tests;
mod vary;

pub use cells::Value;
pub(crate) use open::values_to_try;
pub use open::{OpenFact, Subject, count_open, open_facts};
pub(crate) use ratio::Ratio;
pub use vary::{Change, NewValue, vary};
pub(crate) use vary::{missing, set};

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
    fn add(&mut self, truth: Truth) {
        match truth {
            Truth::True => self.met += 1,
            Truth::False => self.not_met += 1,
            Truth::Unknown => self.unknown += 1,
        }
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
            Some((piece, outcome, at)) if outcome.of_members => {
                let members = piece.members_of(at);
                members.map(|m| bits(&outcome.met, m)).fold(Bits::FALSE, Bits::or).truth()
            }
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
        let columns = self.pieces.iter().filter_map(|piece| piece.outcomes.get(o));
        for met in columns.filter(|outcome| !outcome.of_members).flat_map(|outcome| &outcome.met) {
            counts.add(met.truth());
        }
        if counts != Counts::default() {
            return counts;
        }
        for h in 0..self.households {
            counts.add(self.outcome(o, h));
        }
        counts
    }

    /// Households that surely meet outcome `o`, with the least that they are due together a month, in fen; for an
    /// outcome of members, those members.
    #[must_use]
    pub fn due(&self, o: usize) -> (usize, i128) {
        let (mut met, mut due) = (0, 0);
        for outcome in self.pieces.iter().filter_map(|piece| piece.outcomes.get(o)) {
            met += outcome.met.iter().filter(|met| **met == Bits::TRUE).count();
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
        for met in columns.filter(|outcome| outcome.of_members).flat_map(|outcome| &outcome.met) {
            counts.add(met.truth());
        }
        counts
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

/// Households a chunk: its columns fit in the processor's cache.
const CHUNK: usize = 1024;

/// Evaluates every outcome and indicator of the plan for every household of the batch.
#[must_use]
pub fn assess(plan: &Plan, batch: &Batch, mode: Mode) -> Evaluation {
    assess_threaded(plan, batch, mode, 1)
}

/// Evaluates one outcome only; everything else of the result is unknown.
pub(crate) fn assess_outcome(plan: &Plan, batch: &Batch, mode: Mode, o: usize) -> Evaluation {
    let roots: Vec<NodeId> = plan.outcomes.get(o).map(|o| o.met).into_iter().collect();
    assess_roots(plan, batch, mode, 1, &roots)
}

/// The same as [`assess`], the chunks spread over `threads` threads. The result does not depend on their number.
#[must_use]
pub fn assess_threaded(plan: &Plan, batch: &Batch, mode: Mode, threads: usize) -> Evaluation {
    assess_roots(plan, batch, mode, threads, &all_roots(plan))
}

fn assess_roots(plan: &Plan, batch: &Batch, mode: Mode, threads: usize, roots: &[NodeId]) -> Evaluation {
    let runner = Runner::new(plan, batch, mode, 0..batch.households, roots);
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

/// Evaluates everything for chunks of about a thousand households, hands each chunk's result to `each` and keeps
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
    let runner = Runner::new(plan, batch, mode, 0..batch.households, &all_roots(plan));
    over_chunks(batch.households, threads, |chunk| {
        let run = runner.run(chunk.clone(), false);
        let mut one = Evaluation::default();
        one.push(results(&runner, &run), gaps(&runner, &run));
        each(chunk, &one)
    })
}

/// What `work` gives for each chunk of some households, in their order.
fn over_chunks<T: Send>(
    households: usize,
    threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let chunks: Vec<Range<usize>> = (0..households)
        .step_by(CHUNK)
        .map(|start| start..start.saturating_add(CHUNK).min(households))
        .collect();
    if threads <= 1 || chunks.len() <= 1 {
        return chunks.into_iter().map(work).collect();
    }
    let share = chunks.len().div_ceil(threads);
    let part = |chunks: &[Range<usize>]| chunks.iter().cloned().map(&work).collect::<Vec<T>>();
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            chunks.chunks(share).map(|chunks| (chunks, scope.spawn(|| part(chunks)))).collect();
        // A thread that could not finish is run again here: the result must be whole.
        parts
            .into_iter()
            .flat_map(|(chunks, thread)| thread.join().unwrap_or_else(|_| part(chunks)))
            .collect()
    })
}

fn all_roots(plan: &Plan) -> Vec<NodeId> {
    let outcomes = plan.outcomes.iter().flat_map(|o| {
        let conditions = o.conditions.iter().copied();
        conditions.chain(o.amount).chain([o.met])
    });
    outcomes.chain(plan.indicators.iter().map(|i| i.when)).collect()
}

/// For each node of the plan whether the roots read it.
pub(crate) fn needed(plan: &Plan, roots: &[NodeId]) -> Vec<bool> {
    run::Schedule::new(plan, roots).needed
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
        let rows = household..household.saturating_add(1);
        let every = (0..plan.nodes.len()).filter_map(|n| u32::try_from(n).ok());
        let roots: Vec<NodeId> = every.map(NodeId).collect();
        let runner = Runner::new(plan, batch, mode, rows.clone(), &roots);
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
