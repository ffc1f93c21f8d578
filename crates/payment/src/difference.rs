//! 差异核对: every yuan between last month and this month has a reason.

use std::collections::{BTreeMap, BTreeSet};

use doudi_policy::Fen;
use doudi_registry::{AwardId, HouseholdId};
use serde::{Deserialize, Serialize};

use crate::award::{Award, Beneficiary};
use crate::line::{Line, LineState, PAID_BEFORE, Purpose};
use crate::refusal::{Refusal, Text, sum};

/// 变化.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// 新增
    New,
    /// 停发
    Stopped,
    /// 调增
    Raised,
    /// 调减
    Lowered,
    /// 重发: an older month that came back.
    Reissued,
}

impl Change {
    /// All of them, in the order of the summary.
    pub const ALL: &'static [Self] = &[Self::New, Self::Stopped, Self::Raised, Self::Lowered, Self::Reissued];

    /// 中文 name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::New => "新增",
            Self::Stopped => "停发",
            Self::Raised => "调增",
            Self::Lowered => "调减",
            Self::Reissued => "退回重发",
        }
    }

    /// English name.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Stopped => "stopped",
            Self::Raised => "raised",
            Self::Lowered => "lowered",
            Self::Reissued => "issued again",
        }
    }
}

/// One beneficiary whose money changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What changed.
    pub change: Change,
    /// The family.
    pub household: HouseholdId,
    /// Whose money.
    pub beneficiary: Beneficiary,
    /// The award that explains it.
    pub award: AwardId,
    /// Last month.
    pub before: Fen,
    /// This month.
    pub after: Fen,
    /// People covered last month.
    pub persons_before: u32,
    /// People covered this month.
    pub persons_after: u32,
    /// Why; `None` has to be explained before the roster can be sealed.
    pub reason: Option<Text>,
}

/// One row of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What changed.
    pub change: Change,
    /// Beneficiaries.
    pub count: usize,
    /// People more, or fewer where negative.
    pub persons: i64,
    /// Money more, or less where negative.
    pub amount: Fen,
}

/// 与上月相比.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    /// Each difference.
    pub rows: Vec<Difference>,
    /// Last month's total.
    pub before: Fen,
    /// This roster's total.
    pub after: Fen,
}

impl Differences {
    /// Compares this month's lines with last month's regular lines of the same programme. `awards` gives the
    /// reasons: those of this month and those that ended. Of a line that replaces another, `previous` may hold that other.
    ///
    /// # Errors
    /// A total out of range.
    pub fn between(previous: &[Line], current: &[Line], awards: &[Award]) -> Result<Self, Refusal> {
        let awards: BTreeMap<AwardId, &Award> = awards.iter().map(|a| (a.id, a)).collect();
        // A line of last month counts whether it arrived or came back: it was owed.
        let owed = |l: &&Line| l.state != LineState::Voided;
        let key = |l: &Line| (l.beneficiary, l.purpose);
        let before: BTreeMap<(Beneficiary, Purpose), &Line> =
            previous.iter().filter(owed).filter(|l| l.revision == 0).map(|l| (key(l), l)).collect();
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        for line in current.iter().filter(owed) {
            if line.revision > 0 {
                let old = previous.iter().find(|p| line.replaces.as_ref() == Some(&p.id));
                rows.push(row(Change::Reissued, line, None, Some(line), reissue_reason(line, old)));
                continue;
            }
            seen.insert(key(line));
            let reason = awards.get(&line.award).map(|a| a.reason.clone());
            match before.get(&key(line)) {
                None => rows.push(row(Change::New, line, None, Some(line), reason)),
                Some(old) if old.amount < line.amount => {
                    rows.push(row(Change::Raised, line, Some(old), Some(line), reason));
                }
                Some(old) if old.amount > line.amount => {
                    rows.push(row(Change::Lowered, line, Some(old), Some(line), reason));
                }
                Some(_) => {}
            }
        }
        for (key, old) in &before {
            if !seen.contains(key) {
                let reason = match old.purpose {
                    Purpose::Regular => awards.get(&old.award).and_then(|a| a.end_reason.clone()),
                    Purpose::Once | Purpose::BackPay => {
                        Some(Text::new("上月为一次性发放", "last month's was paid once"))
                    }
                };
                rows.push(row(Change::Stopped, old, Some(old), None, reason));
            }
        }
        rows.sort_by_key(|r| (r.change, r.beneficiary));
        Ok(Self {
            before: sum(before.values().map(|l| l.amount))?,
            after: sum(current.iter().filter(owed).map(|l| l.amount))?,
            rows,
        })
    }

    /// One row for each kind of change; last month plus all of them is this month.
    #[must_use]
    pub fn summary(&self) -> Vec<Summary> {
        Change::ALL
            .iter()
            .map(|change| {
                let rows = || self.rows.iter().filter(|r| r.change == *change);
                Summary {
                    change: *change,
                    count: rows().count(),
                    persons: rows().map(|r| i64::from(r.persons_after) - i64::from(r.persons_before)).sum(),
                    amount: Fen(rows().map(|r| r.after.0.saturating_sub(r.before.0)).sum()),
                }
            })
            .collect()
    }

    /// Differences without a reason: 待说明.
    pub fn unexplained(&self) -> impl Iterator<Item = &Difference> {
        self.rows.iter().filter(|r| r.reason.is_none())
    }
}

/// The row of a line, `about`, that was there before, is there now, or both.
fn row(
    change: Change,
    about: &Line,
    old: Option<&Line>,
    new: Option<&Line>,
    reason: Option<Text>,
) -> Difference {
    let persons = |l: Option<&Line>| l.map_or(0, |l| u32::try_from(l.covered.len()).unwrap_or(u32::MAX));
    let amount = |l: Option<&Line>| l.map_or(Fen::ZERO, |l| l.amount);
    Difference {
        change,
        household: about.household,
        beneficiary: about.beneficiary,
        award: about.award,
        before: amount(old),
        after: amount(new),
        persons_before: persons(old),
        persons_after: persons(new),
        reason: reason.filter(|r| !r.zh.trim().is_empty() || !r.en.trim().is_empty()),
    }
}

/// Why a line is issued again: what the bank said of the one that it replaces, and whether that had arrived first.
fn reissue_reason(line: &Line, old: Option<&Line>) -> Option<Text> {
    let said = old.map_or("", |o| o.bank_reason.as_str());
    let (zh, en) = match said.strip_prefix(PAID_BEFORE) {
        Some(said) => {
            (format!("：{PAID_BEFORE}{said}"), format!(": the bank had reported success first, then: {said}"))
        }
        None if said.is_empty() => (String::new(), String::new()),
        None => (format!("：{said}"), format!(": {said}")),
    };
    Some(Text::new(
        format!("{} 退回后重发（第{}次）{zh}", line.period, line.revision),
        format!("{} came back and is issued again (no. {}){en}", line.period, line.revision),
    ))
}
