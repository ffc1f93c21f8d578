//! 发放行: one payment of a roster, and the only steps that it can take.

use doudi_policy::{Fen, Month};
use doudi_registry::{AwardId, HouseholdId, PersonId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::award::Beneficiary;
use crate::refusal::Refusal;

/// 发放标识: SHA-256 over programme, beneficiary, period, purpose and revision, in hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineId(pub String);

impl std::fmt::Display for LineId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl LineId {
    /// The id of a payment.
    #[must_use]
    pub fn derive(
        programme: &str,
        beneficiary: Beneficiary,
        period: Month,
        purpose: Purpose,
        revision: u32,
    ) -> Self {
        // The length in front keeps two different lists of parts from reading alike.
        let text = format!(
            "{}:{programme}|{}|{period}|{}|{revision}",
            programme.len(),
            beneficiary.key(),
            purpose.id()
        );
        Self(hex(&Sha256::digest(text.as_bytes())))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// 用途.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 当月待遇
    Regular,
    /// 一次性救助
    Once,
    /// 补发
    BackPay,
}

impl Purpose {
    /// Stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Once => "once",
            Self::BackPay => "back_pay",
        }
    }

    /// 中文 name, as the bank statement shows it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Regular => "当月待遇",
            Self::Once => "一次性救助",
            Self::BackPay => "补发",
        }
    }

    /// The one with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Regular, Self::Once, Self::BackPay].into_iter().find(|p| p.id() == id)
    }
}

/// 发放行状态.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// 待发
    Planned,
    /// 已送银行
    Sent,
    /// 已到账
    Paid,
    /// 已退回
    Returned,
    /// 已作废: never sent, or replaced after its return.
    Voided,
}

impl LineState {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Planned, Self::Sent, Self::Paid, Self::Returned, Self::Voided];

    /// Stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Paid => "paid",
            Self::Returned => "returned",
            Self::Voided => "voided",
        }
    }

    /// 中文 name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Planned => "待发",
            Self::Sent => "已送银行",
            Self::Paid => "已到账",
            Self::Returned => "已退回",
            Self::Voided => "已作废",
        }
    }

    /// English name.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent to the bank",
            Self::Paid => "paid",
            Self::Returned => "returned",
            Self::Voided => "voided",
        }
    }

    /// The one with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|s| s.id() == id)
    }

    /// The state after an event; `None` where the event cannot happen.
    #[must_use]
    pub fn after(self, event: LineEvent) -> Option<Self> {
        use LineEvent as E;
        use LineState as S;
        match (self, event) {
            (S::Planned, E::Send) => Some(S::Sent),
            (S::Sent, E::Succeed) => Some(S::Paid),
            // A bank may send money back after it reported success.
            (S::Sent | S::Paid, E::Fail) => Some(S::Returned),
            (S::Planned | S::Returned, E::Void) => Some(S::Voided),
            (S::Sent | S::Paid | S::Returned | S::Voided, E::Send)
            | (S::Planned | S::Paid | S::Returned | S::Voided, E::Succeed)
            | (S::Planned | S::Returned | S::Voided, E::Fail)
            | (S::Sent | S::Paid | S::Voided, E::Void) => None,
        }
    }
}

/// What happens to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEvent {
    /// The bank file goes out.
    Send,
    /// The bank reports success.
    Succeed,
    /// The bank reports failure, or sends the money back.
    Fail,
    /// It is cancelled before sending, or replaced after its return.
    Void,
}

/// What stands before the bank's reason on a line whose money arrived first and came back later.
pub(crate) const PAID_BEFORE: &str = "先报到账，后退回：";

/// 发放行.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Derived id.
    pub id: LineId,
    /// The award it pays.
    pub award: AwardId,
    /// Outcome id.
    pub programme: String,
    /// 互斥组.
    pub group: String,
    /// The family.
    pub household: HouseholdId,
    /// Whom the money is for.
    pub beneficiary: Beneficiary,
    /// Everybody whom it covers.
    pub covered: Vec<PersonId>,
    /// Month that it pays.
    pub period: Month,
    /// What for.
    pub purpose: Purpose,
    /// 0, or one more than the line it replaces.
    pub revision: u32,
    /// The line it replaces.
    pub replaces: Option<LineId>,
    /// The line that replaces it.
    pub replaced_by: Option<LineId>,
    /// Money.
    pub amount: Fen,
    /// Where it stands.
    pub state: LineState,
    /// What the bank said when it failed.
    pub bank_reason: String,
}

impl Line {
    /// What may be paid once only: programme, beneficiary, period, purpose.
    #[must_use]
    pub fn key(&self) -> (&str, Beneficiary, Month, Purpose) {
        (&self.programme, self.beneficiary, self.period, self.purpose)
    }

    pub(crate) fn take(&mut self, event: LineEvent) -> Result<(), Refusal> {
        match self.state.after(event) {
            Some(state) => {
                self.state = state;
                Ok(())
            }
            None => Err(Refusal::new(
                format!("发放行 {} 处于“{}”，不能这样处理", self.id, self.state.zh()),
                format!("line {} is {}; this cannot be done to it", self.id, self.state.en()),
            )),
        }
    }

    /// 重发: voids a returned line and makes its replacement, one revision later. The money moves with it.
    ///
    /// # Errors
    /// The line is neither returned nor voided before sending: it may still arrive, or it has arrived.
    pub fn reissue(&self) -> Result<Reissue, Refusal> {
        let mut old = self.clone();
        let was_returned = self.state == LineState::Returned;
        match self.state {
            LineState::Returned => old.take(LineEvent::Void)?,
            LineState::Voided if self.replaced_by.is_none() => {}
            LineState::Planned | LineState::Sent | LineState::Paid | LineState::Voided => {
                return Err(Refusal::new(
                    format!("发放行 {} 处于“{}”，没有退回或已经重发过，不能重发", self.id, self.state.zh()),
                    format!(
                        "line {} is {}; only a returned or voided line is issued again, and once",
                        self.id,
                        self.state.en()
                    ),
                ));
            }
        }
        let revision = self
            .revision
            .checked_add(1)
            .ok_or_else(|| Refusal::new("重发次数太多", "the line was issued too often"))?;
        let new = Self {
            id: LineId::derive(&self.programme, self.beneficiary, self.period, self.purpose, revision),
            revision,
            replaces: Some(self.id.clone()),
            state: LineState::Planned,
            bank_reason: String::new(),
            ..self.clone()
        };
        old.replaced_by = Some(new.id.clone());
        Ok(Reissue { old, new, was_returned })
    }
}

/// A replaced line and its replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reissue {
    /// The predecessor, now voided.
    pub old: Line,
    /// The replacement, planned.
    pub new: Line,
    /// Whether the bank had sent the money back (else it never left).
    pub was_returned: bool,
}
