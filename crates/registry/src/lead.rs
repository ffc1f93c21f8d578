//! Leads: somebody should look. Nobody is scored; the order is kind, urgency, how few facts are open.

use doudi_policy::{Date, DivisionCode, Fen, Month};
use serde::{Deserialize, Serialize};

use crate::coded;
use crate::ids::{CaseId, HouseholdId, LeadId, PersonId, StaffId};

coded! {
    /// 线索种类; the order is the order of work.
    LeadKind {
        /// 疑似漏保: looks entitled and does not receive.
        Missed = "missed", "疑似漏保", "possibly missed";
        /// 风险: an indicator fires for somebody helped or near the line.
        Risk = "risk", "返困风险", "at risk";
        /// 未到位: decided but not received, or the review is overdue.
        Delivery = "delivery", "救助未到位", "not delivered";
        /// 待核实: a question about somebody who receives.
        Wrong = "wrong", "待核实", "to be verified";
    }
}

coded! {
    /// 紧急程度; the order is the order of work.
    Urgency {
        /// 红
        Red = "red", "红", "red";
        /// 橙
        Orange = "orange", "橙", "orange";
        /// 黄
        Yellow = "yellow", "黄", "yellow";
        /// 蓝
        Blue = "blue", "蓝", "blue";
    }
}

impl Urgency {
    /// 0 = red … 3 = blue.
    #[must_use]
    pub fn rank(self) -> u8 {
        self as u8
    }
}

coded! {
    /// 线索状态
    LeadStatus {
        /// 待派
        Open = "open", "待派", "open";
        /// 排队: above the visit capacity of the township; it ages in sight and is never dropped.
        Queued = "queued", "排队", "queued";
        /// 已派
        Assigned = "assigned", "已派", "assigned";
        /// 办理中
        InCase = "in_case", "办理中", "in a case";
        /// 已办结
        Closed = "closed", "已办结", "closed";
    }
}

/// An indicator that fired for a household.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiredIndicator {
    /// Indicator id, such as `W-M1`.
    pub id: String,
    /// Reason for the officer, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The note for the visitor, in Chinese: what to look at, never the source or the illness.
    pub visit_zh: String,
    /// The same in English.
    pub visit_en: String,
}

/// A fact that is still open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpenFact {
    /// Fact id of the vocabulary.
    pub fact: String,
    /// Whose: `household`, or the surrogate id of a person as text, or `members` / `obligors` for a list.
    pub subject: String,
}

/// 线索
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// Surrogate id; 0 before the store has given one.
    pub id: LeadId,
    /// Kind.
    pub kind: LeadKind,
    /// Outcome id, such as `dibao`.
    pub outcome: String,
    /// Household.
    pub household: HouseholdId,
    /// Village (or township) of the household on the day of the sweep.
    pub division: DivisionCode,
    /// The person meant, where the outcome speaks of one.
    pub person: Option<PersonId>,
    /// Whether the outcome is met on known facts and bounds; else it is still unknown.
    pub met: bool,
    /// Indicators that fired.
    pub indicators: Vec<FiredIndicator>,
    /// Urgency: the most urgent indicator, or the default of the kind.
    pub urgency: Urgency,
    /// What is still open, fewest questions first.
    pub open_facts: Vec<OpenFact>,
    /// One paragraph for the officer, in Chinese.
    pub reason_zh: String,
    /// The same in English.
    pub reason_en: String,
    /// What the visitor is told, in Chinese: no value, no source.
    pub visit_note_zh: String,
    /// The same in English.
    pub visit_note_en: String,
    /// Least monthly (or single) amount, if it can be said.
    pub amount_lo: Option<Fen>,
    /// Largest amount, if it can be said.
    pub amount_hi: Option<Fen>,
    /// The fact sheet behind the lead (JSON of `policy::sheet::FactSheet` with provenance).
    pub sheet: String,
    /// Period of the sweep.
    pub period: Month,
    /// Day on which the lead was made.
    pub created_on: Date,
    /// Day by which somebody should have looked; `None` while queued.
    pub due_on: Option<Date>,
    /// Status.
    pub status: LeadStatus,
    /// Who has it.
    pub assigned_to: Option<StaffId>,
    /// The case that it became.
    pub case: Option<CaseId>,
    /// Day of closing.
    pub closed_on: Option<Date>,
    /// What came of it: `awarded`, `no_need`, `not_entitled`, `not_reached`, `referred`, … ; empty while it is open.
    pub result: String,
}
