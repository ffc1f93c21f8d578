//! 案件: everything that somebody must do by a date, with its whole history.

use std::collections::BTreeSet;

use doudi_policy::{Date, DivisionCode, Fen, Month, Truth};
use doudi_registry::{CaseId, HouseholdId, LeadId, PersonId, Post, StaffId};
use serde::{Deserialize, Serialize};

use crate::deadline::Deadline;
use crate::decision::Decision;
use crate::kin::KinRecord;
use crate::procedure::{PayKind, Procedure};
use crate::staff::{Level, named};
use crate::status::{Action, Status};
use crate::text::Bilingual;
use crate::visit::{Unanswered, Visit};

named! {
    /// 来源 of a case.
    Origin {
        /// 监测线索
        Lead = "lead" "监测线索" "lead",
        /// 本人申请
        Application = "application" "申请" "application",
    }
}

named! {
    /// 线索办结结果.
    LeadResult {
        /// 未联系到
        NotReached = "not_reached" "未联系到" "not reached",
        /// 无需救助
        NoNeed = "no_need" "无救助需要" "no need",
        /// 已讲政策
        PolicyExplained = "policy_explained" "已讲解政策" "policy explained",
        /// 已协助申请; set when the application is accepted.
        ApplicationStarted = "application_started" "已协助申请" "application started",
        /// 已转其他部门
        PushedToDepartment = "pushed_to_department" "已转其他部门" "passed to another department",
        /// 已先行救助; set by first help.
        FirstHelpGiven = "first_help_given" "已先行救助" "first help given",
        /// 建议停发: a proposal for a review, nothing more.
        StopProposed = "stop_proposed" "建议复核待遇" "review of the benefit proposed",
    }
}

/// What a new case starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCase {
    /// Id given by the store.
    pub id: CaseId,
    /// The family.
    pub household: HouseholdId,
    /// Where the family lives.
    pub division: DivisionCode,
    /// Outcome id: `dibao`, `tekun`, `ta_urgent` …
    pub programme: String,
    /// Where the case comes from.
    pub origin: Origin,
    /// The lead, where it comes from one.
    pub lead: Option<LeadId>,
    /// Urgency class of the lead: 0 red … 3 blue.
    pub urgency: Option<u8>,
    /// 急难: help may come before the records.
    pub urgent: bool,
    /// 委托下放: the township confirms (county switch).
    pub delegated: bool,
}

/// 一次性补正告知.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    /// Day of the notice.
    pub on: Date,
    /// Everything that is missing.
    pub missing: Vec<String>,
}

/// 核对结果.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataCheck {
    /// Day on which the request went out.
    pub requested_on: Date,
    /// Day on which the result was recorded.
    pub returned_on: Option<Date>,
    /// Sources asked.
    pub asked: u32,
    /// Sources that answered; those that did not leave their facts unknown.
    pub answered: u32,
    /// What differed from the declaration and how it was settled.
    pub differences: String,
    /// Whether open differences are settled.
    pub settled: bool,
}

/// 初审意见.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// Who proposed.
    pub by: StaffId,
    /// Name as signed.
    pub name: String,
    /// Day.
    pub on: Date,
    /// What is proposed.
    pub proposal: Proposal,
    /// What the rules say.
    pub finding: Truth,
    /// Written opinion.
    pub text: String,
    /// Package hash of the calculation that was seen.
    pub policy_version: String,
}

/// What an opinion proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Proposal {
    /// 拟同意
    Approve {
        /// Money: a month, or once.
        amount: Fen,
        /// Everybody whom the award covers.
        covered: Vec<PersonId>,
    },
    /// 拟不同意
    Refuse {
        /// The ground.
        ground: crate::decision::RefusalGround,
    },
}

/// 公示.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publicity {
    /// Day on which it was put up.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Number of members shown.
    pub members: u32,
    /// Amount shown.
    pub amount: Fen,
    /// Whether an objection broke it off.
    pub broken_off: bool,
}

/// 异议或投诉.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Day.
    pub on: Date,
    /// Who objects; absent where they wish to stay unnamed.
    pub from: Option<String>,
    /// What they say.
    pub text: String,
    /// Status in which it came.
    pub during: Status,
}

/// 退回.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentBack {
    /// Day.
    pub on: Date,
    /// By whom.
    pub by: StaffId,
    /// What is missing, all of it.
    pub reason: String,
}

/// 先行救助.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstHelp {
    /// Day.
    pub on: Date,
    /// Who gave it.
    pub by: StaffId,
    /// Second person present, as signed.
    pub witness: String,
    /// Money, or the value of goods.
    pub amount: Fen,
    /// What happened.
    pub cause: String,
}

/// 告知送达.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Day.
    pub on: Date,
    /// How: paper, visit, SMS, phone.
    pub ways: Vec<String>,
}

/// 待遇: what a confirmation grants. Payment turns it into an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Outcome id.
    pub programme: String,
    /// The family.
    pub household: HouseholdId,
    /// Everybody whom it covers.
    pub covered: Vec<PersonId>,
    /// Money: a month, or once.
    pub amount: Fen,
    /// Monthly or once.
    pub kind: PayKind,
    /// First month (the month, where paid once).
    pub from: Month,
    /// Month in which it is reviewed, where it is.
    pub review: Option<Month>,
    /// 已先行支付: it was handed out as first help and is not paid again.
    pub already_paid: bool,
}

/// 事件: one line of the history of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the history of the case, from 1.
    pub seq: u32,
    /// Day.
    pub on: Date,
    /// What was done; `None` for the opening.
    pub action: Option<Action>,
    /// By whom; `None` where the platform opened the case.
    pub by: Option<StaffId>,
    /// In which post.
    pub post: Option<Post>,
    /// Status afterwards.
    pub status: Status,
    /// What happened, in both languages.
    pub text: Bilingual,
}

/// 案件.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Id.
    pub id: CaseId,
    /// The family.
    pub household: HouseholdId,
    /// Where the family lives.
    pub division: DivisionCode,
    /// Outcome id of the programme.
    pub programme: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The lead it comes from.
    pub lead: Option<LeadId>,
    /// Urgency class of the lead: 0 red … 3 blue.
    pub urgency: Option<u8>,
    /// 急难 route.
    pub urgent: bool,
    /// Whether the township confirms.
    pub delegated: bool,
    /// Where it stands.
    pub status: Status,
    /// Day of the opening.
    pub opened_on: Date,
    /// Grows by one with each change.
    pub version: u32,
    /// Who is to visit.
    pub assigned: Option<StaffId>,
    /// Result of the lead.
    pub lead_result: Option<LeadResult>,
    /// Day of acceptance.
    pub accepted_on: Option<Date>,
    /// Round of the survey; an objection opens a new one.
    pub round: u32,
    /// Visits, as they came in.
    pub visits: Vec<Visit>,
    /// One-time notices of what is missing.
    pub supplements: Vec<Supplement>,
    /// Data check.
    pub check: Option<DataCheck>,
    /// Near relatives on the separate register.
    pub kin: Vec<KinRecord>,
    /// First opinions.
    pub opinions: Vec<Opinion>,
    /// Public notices.
    pub publicity: Vec<Publicity>,
    /// Objections and complaints.
    pub objections: Vec<Objection>,
    /// Times it was sent back.
    pub sent_back: Vec<SentBack>,
    /// Urgent help.
    pub first_help: Option<FirstHelp>,
    /// The decision.
    pub decision: Option<Decision>,
    /// Delivery of the written notice.
    pub delivered: Option<Delivered>,
    /// Clocks.
    pub deadlines: Vec<Deadline>,
    /// History.
    pub events: Vec<Event>,
}

impl Case {
    /// The opinion that stands.
    #[must_use]
    pub fn opinion(&self) -> Option<&Opinion> {
        self.opinions.last()
    }

    /// The public notice that stands: not broken off by an objection.
    #[must_use]
    pub fn notice(&self) -> Option<&Publicity> {
        self.publicity.last().filter(|p| !p.broken_off)
    }

    /// Who surveyed or proposed: none of them may decide. Supplementary records count as well.
    #[must_use]
    pub fn hands(&self) -> BTreeSet<StaffId> {
        let surveyors = self.visits.iter().flat_map(|v| &v.surveyors);
        surveyors
            .map(|s| s.staff)
            .chain(self.opinions.iter().map(|o| o.by))
            .chain(self.first_help.iter().map(|h| h.by))
            .collect()
    }

    /// The level that decides: the county, the township where the power is delegated or the urgent sum is
    /// small, and one level above a near relative in any case.
    #[must_use]
    pub fn decision_level(&self, procedure: &Procedure) -> Level {
        let small = || {
            let sum = self.first_help.as_ref().map(|h| h.amount);
            sum.zip(procedure.township_ceiling).is_some_and(|(sum, ceiling)| sum <= ceiling)
        };
        let base = if self.delegated || small() { Level::Township } else { Level::County };
        self.kin.iter().map(|k| k.level.up()).fold(base, Ord::max)
    }

    /// Whether the county must visit before the decision: a registered relative or a complaint.
    #[must_use]
    pub fn needs_county_visit(&self) -> bool {
        !self.kin.is_empty() || self.objections.iter().any(|o| o.during == Status::Deciding)
    }

    /// The household survey of the current round.
    #[must_use]
    pub fn survey(&self) -> Option<&Visit> {
        self.visits
            .iter()
            .rev()
            .find(|v| v.round == self.round && !v.supplementary && v.is_household_survey())
    }

    /// 还没问到的: what the rules still needed when somebody of the family was last met in this round, and no visit of
    /// the round has asked. A survey that leaves something here is to be gone on with, and refuses nothing by itself.
    #[must_use]
    pub fn unasked(&self) -> Vec<&Unanswered> {
        let round = || self.visits.iter().filter(|v| v.round == self.round && v.met && !v.supplementary);
        let asked = |u: &Unanswered| round().any(|v| v.told.asked(u.subject, &u.fact));
        round().next_back().map_or_else(Vec::new, |v| v.told.unasked.iter().filter(|u| !asked(u)).collect())
    }

    /// Whether what was told on a visit counts as known of the family: somebody was met, and the case was not over
    /// when the record came in.
    #[must_use]
    pub fn learns_from(&self, visit: &Visit) -> bool {
        visit.met && !self.status.is_final()
    }

    /// The county's visit.
    #[must_use]
    pub fn county_visit(&self) -> Option<&Visit> {
        self.visits.iter().rev().find(|v| v.met && v.by_county())
    }

    /// Whether the data check has returned and its differences are settled.
    #[must_use]
    pub fn check_done(&self) -> bool {
        self.check.as_ref().is_some_and(|c| c.returned_on.is_some() && c.settled)
    }

    /// The deadline that is due next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<&Deadline> {
        self.deadlines.iter().filter(|d| d.done_on.is_none()).min_by_key(|d| d.legal)
    }
}
