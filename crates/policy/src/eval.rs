//! 评估: runs a [`Plan`] over a [`Batch`]. One code path for one household and for all: a sweep runs it over
//! chunks of about a thousand households and keeps only the results; a [`Trace`] runs it over one household
//! and keeps every node, so that explanations read the very values that were computed.

use serde::{Deserialize, Serialize};

use crate::column::Batch;
use crate::plan::{Entity, Plan};
use crate::value::Truth;

mod open;

pub use open::{OpenFact, Subject, open_facts};

/// 评估方式: what a value that is older than the vocabulary allows may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 主动发现: a stale value stands, marked, for it may speak for a family.
    Find,
    /// 认定: a stale value is unknown.
    Decide,
    /// 不利决定: a stale value is unknown; nothing old may speak against a family.
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

/// 评估结果 of a batch: what each household and member comes out as.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    households: usize,
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

impl Evaluation {
    /// Number of households.
    #[must_use]
    pub fn households(&self) -> usize {
        self.households
    }

    /// Whether household `h` meets outcome `o` (index in [`Plan::outcomes`]). For an outcome of members: whether
    /// any member does. An index out of range is `Unknown`.
    #[must_use]
    pub fn outcome(&self, _o: usize, _h: usize) -> Truth {
        Truth::Unknown
    }

    /// Whether member row `m` of the batch meets outcome `o`; for an outcome of households, `Unknown`.
    #[must_use]
    pub fn outcome_member(&self, _o: usize, _m: usize) -> Truth {
        Truth::Unknown
    }

    /// Least and largest possible amount in fen of household `h`, should it meet outcome `o`; `None` is unbounded.
    /// For an outcome of members: the sum over members, a member who may or may not meet it counting from zero.
    /// An outcome that pays nothing gives zero.
    #[must_use]
    pub fn amount(&self, _o: usize, _h: usize) -> (Option<i64>, Option<i64>) {
        (None, None)
    }

    /// Least and largest possible amount in fen of member row `m`, should it meet outcome `o`.
    #[must_use]
    pub fn amount_member(&self, _o: usize, _m: usize) -> (Option<i64>, Option<i64>) {
        (None, None)
    }

    /// Truth of condition `c` (index in `PlannedOutcome::conditions`) of outcome `o` for household `h`, or, for
    /// an outcome of members, for member row `h`.
    #[must_use]
    pub fn condition(&self, _o: usize, _c: usize, _row: usize) -> Truth {
        Truth::Unknown
    }

    /// Whether indicator `i` (index in [`Plan::indicators`]) fires for household `h`.
    #[must_use]
    pub fn indicator(&self, _i: usize, _h: usize) -> Truth {
        Truth::Unknown
    }

    /// How many households came out as what (household-level view of outcome `o`).
    #[must_use]
    pub fn counts(&self, _o: usize) -> Counts {
        Counts::default()
    }

    /// Parameter gaps that were met, each once.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &[]
    }
}

/// Evaluates every outcome and indicator of the plan for every household of the batch.
#[must_use]
pub fn assess(_plan: &Plan, batch: &Batch, _mode: Mode) -> Evaluation {
    Evaluation { households: batch.households }
}

/// The same as [`assess`], the chunks spread over `threads` threads. The result does not depend on their number.
#[must_use]
pub fn assess_threaded(plan: &Plan, batch: &Batch, mode: Mode, _threads: usize) -> Evaluation {
    assess(plan, batch, mode)
}

/// 单户推演: one household of a batch with every node kept.
#[derive(Debug)]
pub struct Trace<'a> {
    plan: &'a Plan,
    batch: &'a Batch,
    household: usize,
    mode: Mode,
    evaluation: Evaluation,
}

impl<'a> Trace<'a> {
    /// Evaluates household `household` of the batch and keeps every node. A household beyond the batch is one
    /// without any fact.
    #[must_use]
    pub fn of(plan: &'a Plan, batch: &'a Batch, household: usize, mode: Mode) -> Self {
        Self { plan, batch, household, mode, evaluation: assess(plan, batch, mode) }
    }

    /// The plan that was run.
    #[must_use]
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// The batch that holds the household.
    #[must_use]
    pub fn batch(&self) -> &'a Batch {
        self.batch
    }

    /// The household's index in the batch.
    #[must_use]
    pub fn household(&self) -> usize {
        self.household
    }

    /// The mode that was asked for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Results of this household alone: household index 0, its members from row 0.
    #[must_use]
    pub fn evaluation(&self) -> &Evaluation {
        &self.evaluation
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
