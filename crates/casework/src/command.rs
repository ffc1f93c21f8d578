//! 命令: what can be asked of a case, with what was entered.

use doudi_policy::{Date, Fen, Truth};
use doudi_registry::{PersonId, StaffId};

use crate::case::LeadResult;
use crate::decision::{HumanDecision, RefusalGround};
use crate::kin::KinRecord;
use crate::status::Action;
use crate::visit::{Surveyor, Told, Visit};

/// 命令: an action with what was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// [`Action::Assign`]
    Assign {
        /// Who is to visit.
        to: StaffId,
        /// Name, for the history.
        name: String,
    },
    /// [`Action::RecordVisit`]
    RecordVisit {
        /// Day of the visit; not after today.
        on: Date,
        /// Who went.
        surveyors: Vec<Surveyor>,
        /// Member who signed.
        signed_by: Option<String>,
        /// Whether somebody of the family was met.
        met: bool,
        /// What was asked and told.
        told: Told,
        /// Free text.
        note: String,
    },
    /// [`Action::CloseLead`]
    CloseLead {
        /// Result code.
        result: LeadResult,
        /// What was done or said.
        note: String,
    },
    /// [`Action::Accept`]
    Accept {
        /// Near relatives declared with the application, maybe none.
        kin: Vec<KinRecord>,
    },
    /// [`Action::RequestSupplement`]
    RequestSupplement {
        /// Everything that is missing.
        missing: Vec<String>,
    },
    /// [`Action::RegisterKin`]
    RegisterKin {
        /// The record.
        record: KinRecord,
    },
    /// [`Action::RequestCheck`]
    RequestCheck,
    /// [`Action::RecordCheck`]
    RecordCheck {
        /// Sources asked.
        asked: u32,
        /// Sources that answered.
        answered: u32,
        /// Differences and how they were settled; empty for none.
        differences: String,
        /// Whether nothing is open.
        settled: bool,
    },
    /// [`Action::ProposeApprove`]
    ProposeApprove {
        /// Money: a month, or once.
        amount: Fen,
        /// Whom the award covers.
        covered: Vec<PersonId>,
        /// What the rules say in `decide` mode.
        finding: Truth,
        /// Written opinion.
        text: String,
        /// Package hash of the calculation.
        policy_version: String,
    },
    /// [`Action::ProposeRefuse`]
    ProposeRefuse {
        /// The ground.
        ground: RefusalGround,
        /// What the rules say in `adverse` mode.
        finding: Truth,
        /// Written opinion.
        text: String,
        /// Package hash of the calculation.
        policy_version: String,
    },
    /// [`Action::StartPublicity`]
    StartPublicity,
    /// [`Action::RecordObjection`]
    RecordObjection {
        /// Who objects, where they say so.
        from: Option<String>,
        /// What they say.
        text: String,
    },
    /// [`Action::Submit`]
    Submit,
    /// [`Action::Return`]
    Return {
        /// All that is missing.
        reason: String,
    },
    /// [`Action::Confirm`]
    Confirm {
        /// The person's decision.
        decision: HumanDecision,
        /// What the rules say in `decide` mode.
        finding: Truth,
    },
    /// [`Action::Refuse`]
    Refuse {
        /// The person's decision, made by [`HumanDecision::adverse`].
        decision: HumanDecision,
        /// The ground.
        ground: RefusalGround,
        /// What the rules say in `adverse` mode.
        finding: Truth,
    },
    /// [`Action::Withdraw`]
    Withdraw {
        /// Who withdraws and why, as signed.
        reason: String,
    },
    /// [`Action::GiveFirstHelp`]
    GiveFirstHelp {
        /// Money, or the value of goods.
        amount: Fen,
        /// What happened.
        cause: String,
        /// Second person present.
        witness: String,
    },
    /// [`Action::BackFill`]
    BackFill {
        /// Who was helped.
        covered: Vec<PersonId>,
        /// Person, cause and amount as completed and signed.
        text: String,
        /// Package hash of the rules.
        policy_version: String,
    },
    /// [`Action::RecordNotice`]
    RecordNotice {
        /// How it was delivered: two ways or more for a refusal, one of them not electronic.
        ways: Vec<String>,
    },
}

/// A visit is recorded as it was made; the case says to which round it belongs and what it still counts for.
impl From<Visit> for Command {
    fn from(visit: Visit) -> Self {
        let Visit { on, surveyors, signed_by, met, told, note, recorded_on: _, round: _, supplementary: _ } =
            visit;
        Self::RecordVisit { on, surveyors, signed_by, met, told, note }
    }
}

impl Command {
    /// The action it carries out.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Assign { .. } => Action::Assign,
            Self::RecordVisit { .. } => Action::RecordVisit,
            Self::CloseLead { .. } => Action::CloseLead,
            Self::Accept { .. } => Action::Accept,
            Self::RequestSupplement { .. } => Action::RequestSupplement,
            Self::RegisterKin { .. } => Action::RegisterKin,
            Self::RequestCheck => Action::RequestCheck,
            Self::RecordCheck { .. } => Action::RecordCheck,
            Self::ProposeApprove { .. } => Action::ProposeApprove,
            Self::ProposeRefuse { .. } => Action::ProposeRefuse,
            Self::StartPublicity => Action::StartPublicity,
            Self::RecordObjection { .. } => Action::RecordObjection,
            Self::Submit => Action::Submit,
            Self::Return { .. } => Action::Return,
            Self::Confirm { .. } => Action::Confirm,
            Self::Refuse { .. } => Action::Refuse,
            Self::Withdraw { .. } => Action::Withdraw,
            Self::GiveFirstHelp { .. } => Action::GiveFirstHelp,
            Self::BackFill { .. } => Action::BackFill,
            Self::RecordNotice { .. } => Action::RecordNotice,
        }
    }
}
