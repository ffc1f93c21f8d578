//! 复式记账: each step moves money between accounts; every transaction balances; nothing is ever changed.

use std::collections::BTreeMap;

use doudi_policy::{Date, Fen};
use doudi_registry::RosterId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::line::{Line, LineId, hex};
use crate::refusal::{Refusal, sum};

/// 科目.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// 预算指标: what the treasury has set aside.
    Appropriation,
    /// 应付待遇: sealed, not yet sent.
    Payable,
    /// 在途: with the bank.
    InTransit,
    /// 已付: arrived.
    Paid,
    /// 退回: came back, waits for re-issue or return to the treasury.
    Returned,
}

impl Account {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Appropriation, Self::Payable, Self::InTransit, Self::Paid, Self::Returned];

    /// Stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Appropriation => "appropriation",
            Self::Payable => "payable",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Returned => "returned",
        }
    }

    /// 中文 name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Appropriation => "预算指标",
            Self::Payable => "应付待遇",
            Self::InTransit => "在途资金",
            Self::Paid => "已付待遇",
            Self::Returned => "退回资金",
        }
    }

    /// English name.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Appropriation => "appropriation",
            Self::Payable => "payable",
            Self::InTransit => "in transit",
            Self::Paid => "paid",
            Self::Returned => "returned",
        }
    }
}

/// 凭证种类.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// 封存
    Seal,
    /// 送银行
    Send,
    /// 银行回执
    Acknowledge,
    /// 重发
    Reissue,
}

impl TransactionKind {
    /// Stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Send => "send",
            Self::Acknowledge => "acknowledge",
            Self::Reissue => "reissue",
        }
    }
}

/// 分录: one side of a movement, for one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Account.
    pub account: Account,
    /// The line.
    pub line: LineId,
    /// Debit: money that the account gives.
    pub debit: Fen,
    /// Credit: money that the account takes.
    pub credit: Fen,
}

/// 凭证: entries that balance. Its id is derived from its content, so that posting it twice is seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Derived id, hex.
    pub id: String,
    /// What happened.
    pub kind: TransactionKind,
    /// Roster.
    pub roster: RosterId,
    /// Day.
    pub on: Date,
    /// Entries; their debits and credits are equal.
    pub entries: Vec<Entry>,
}

/// A movement of a line's money.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move<'a> {
    pub(crate) line: &'a Line,
    pub(crate) from: Account,
    pub(crate) to: Account,
}

impl Transaction {
    pub(crate) fn post(
        kind: TransactionKind,
        roster: RosterId,
        on: Date,
        moves: &[Move<'_>],
    ) -> Result<Self, Refusal> {
        let mut hash = Sha256::new();
        hash.update(format!("{}|{}", kind.id(), roster.0));
        let mut entries = Vec::with_capacity(moves.len().saturating_mul(2));
        for m in moves {
            hash.update(format!("|{}:{}:{}", m.line.id, m.from.id(), m.to.id()));
            let entry = |account, debit, credit| Entry { account, line: m.line.id.clone(), debit, credit };
            entries.push(entry(m.from, m.line.amount, Fen::ZERO));
            entries.push(entry(m.to, Fen::ZERO, m.line.amount));
        }
        let transaction = Self { id: hex(&hash.finalize()), kind, roster, on, entries };
        transaction.check()?;
        Ok(transaction)
    }

    /// Whether debits equal credits.
    ///
    /// # Errors
    /// They differ, or a sum is out of range.
    pub fn check(&self) -> Result<(), Refusal> {
        let debit = sum(self.entries.iter().map(|e| e.debit))?;
        let credit = sum(self.entries.iter().map(|e| e.credit))?;
        if debit == credit {
            return Ok(());
        }
        Err(Refusal::new(
            format!("凭证不平：借 {debit}，贷 {credit}"),
            format!("the entries do not balance: debit {debit}, credit {credit}"),
        ))
    }
}

/// 科目余额: credits less debits, by account. Their sum is always zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balances(BTreeMap<Account, i128>);

impl Balances {
    /// The balances after some transactions.
    #[must_use]
    pub fn of<'t>(transactions: impl IntoIterator<Item = &'t Transaction>) -> Self {
        let mut balances = BTreeMap::new();
        for entry in transactions.into_iter().flat_map(|t| &t.entries) {
            let change = i128::from(entry.credit.0) - i128::from(entry.debit.0);
            *balances.entry(entry.account).or_insert(0) += change;
        }
        Self(balances)
    }

    /// Balance of an account in fen; negative for the appropriation that was used.
    #[must_use]
    pub fn get(&self, account: Account) -> i128 {
        self.0.get(&account).copied().unwrap_or(0)
    }

    /// Sum over all accounts: zero, or the book is broken.
    #[must_use]
    pub fn total(&self) -> i128 {
        self.0.values().sum()
    }
}
