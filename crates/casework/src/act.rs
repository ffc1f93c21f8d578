//! 办理: commands go in, the changed case comes out. Nothing here loads, stores, asks the time or sends.

use doudi_policy::{Date, Fen, Truth};
use doudi_registry::{PersonId, StaffId};

use crate::calendar::WorkingCalendar;
use crate::case::{
    Case, DataCheck, Delivered, Event, FirstHelp, Grant, LeadResult, NewCase, Objection, Opinion, Origin,
    Proposal, Publicity, SentBack, Supplement,
};
use crate::deadline::{Clocks, Deadline};
use crate::decision::{Decision, HumanDecision, MIN_ADVERSE_REASON, RefusalGround};
use crate::guard;
use crate::kin::KinRecord;
use crate::notice::{Notice, NoticeKind};
use crate::procedure::{Milestone, PayKind, PayStart, Procedure};
use crate::staff::Actor;
use crate::status::{Action, Status};
use crate::text::{Bilingual, Refusal, written_length};
use crate::visit::{Answer, Surveyor, Visit};

/// What a command is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Today, a civil date in Asia/Shanghai.
    pub today: Date,
    /// Working days.
    pub calendar: &'a WorkingCalendar,
    /// Procedure of the case's programme.
    pub procedure: &'a Procedure,
}

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
        /// What was seen and told.
        answers: Vec<Answer>,
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

/// What a command changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The case as it is now, with its version raised.
    pub case: Case,
    /// New lines of its history.
    pub events: Vec<Event>,
    /// Clocks that started, moved or stopped.
    pub deadlines: Vec<Deadline>,
    /// Notices to write and deliver.
    pub notices: Vec<Notice>,
    /// The award to make, where the command confirmed.
    pub grant: Option<Grant>,
}

/// Opens a case: a task from a lead, or an application.
///
/// # Errors
/// The calendar lacks a year.
pub fn open(new: NewCase, context: &Context<'_>) -> Result<Changed, Refusal> {
    let (status, milestone, text) = match new.origin {
        Origin::Lead => (
            Status::Task,
            Milestone::Task,
            Bilingual::new("监测线索转为走访任务", "the lead became a visit task"),
        ),
        Origin::Application => {
            (Status::Applied, Milestone::Application, Bilingual::new("收到申请", "an application came in"))
        }
    };
    let case = Case {
        id: new.id,
        household: new.household,
        division: new.division,
        programme: new.programme,
        origin: new.origin,
        lead: new.lead,
        urgency: new.urgency,
        urgent: new.urgent,
        delegated: new.delegated,
        status,
        opened_on: context.today,
        version: 0,
        assigned: None,
        lead_result: None,
        accepted_on: None,
        round: 1,
        visits: Vec::new(),
        supplements: Vec::new(),
        check: None,
        kin: Vec::new(),
        opinions: Vec::new(),
        publicity: Vec::new(),
        objections: Vec::new(),
        sent_back: Vec::new(),
        first_help: None,
        decision: None,
        delivered: None,
        deadlines: Vec::new(),
        events: Vec::new(),
    };
    let mut work = Work::new(case, context);
    work.reach(milestone)?;
    if new.urgent && milestone == Milestone::Task {
        // An emergency is reported by the lead itself: its clock does not wait for a form.
        work.reach(Milestone::Application)?;
    }
    Ok(work.finish(None, None, text))
}

/// Carries out a command.
///
/// # Errors
/// [`guard::check`] says no, or what was entered cannot be used; the case is then unchanged.
pub fn act(case: &Case, command: Command, actor: &Actor, context: &Context<'_>) -> Result<Changed, Refusal> {
    let action = command.action();
    guard::check(case, action, actor, context)?;
    let mut work = Work::new(case.clone(), context);
    let text = work.apply(command, actor)?;
    Ok(work.finish(Some(action), Some(actor), text))
}

/// A case under change.
struct Work<'a> {
    case: Case,
    before: Vec<Deadline>,
    context: &'a Context<'a>,
    notices: Vec<Notice>,
}

impl<'a> Work<'a> {
    fn new(case: Case, context: &'a Context<'a>) -> Self {
        Self { before: case.deadlines.clone(), case, context, notices: Vec::new() }
    }

    fn clocks(&self) -> Clocks<'a> {
        Clocks {
            calendar: self.context.calendar,
            procedure: self.context.procedure,
            urgency: self.case.urgency,
            urgent: self.case.urgent && self.case.first_help.is_none(),
            applied: self.case.origin == Origin::Application,
            delegated: self.case.delegated,
            special: !self.case.objections.is_empty(),
        }
    }

    fn reach(&mut self, milestone: Milestone) -> Result<(), Refusal> {
        self.clocks().reach(&mut self.case.deadlines, milestone, self.context.today)
    }

    fn finish(mut self, action: Option<Action>, actor: Option<&Actor>, text: Bilingual) -> Changed {
        self.case.version = self.case.version.saturating_add(1);
        let event = Event {
            seq: u32::try_from(self.case.events.len()).unwrap_or(u32::MAX).saturating_add(1),
            on: self.context.today,
            action,
            by: actor.map(|a| a.staff),
            post: actor.map(|a| a.post),
            status: self.case.status,
            text,
        };
        self.case.events.push(event.clone());
        let before = self.before;
        let changed = |d: &&Deadline| !before.contains(d);
        Changed {
            deadlines: self.case.deadlines.iter().filter(changed).cloned().collect(),
            grant: match action {
                Some(Action::Confirm) => self.case.decision.as_ref().and_then(|d| d.grant.clone()),
                _ => None,
            },
            events: vec![event],
            notices: self.notices,
            case: self.case,
        }
    }

    fn apply(&mut self, command: Command, actor: &Actor) -> Result<Bilingual, Refusal> {
        match command {
            Command::Assign { to, name } => {
                self.case.assigned = Some(to);
                Ok(Bilingual::new(format!("派单给{name}"), format!("assigned to {name}")))
            }
            Command::RecordVisit { on, surveyors, signed_by, met, answers, note } => self.visit(Visit {
                on,
                recorded_on: self.context.today,
                surveyors,
                signed_by: signed_by.filter(|s| !s.trim().is_empty()),
                met,
                answers,
                note,
                round: self.case.round,
                supplementary: false,
            }),
            Command::CloseLead { result, note } => self.close_lead(result, &note),
            Command::Accept { kin } => self.accept(kin),
            Command::RequestSupplement { missing } => self.supplement(missing),
            Command::RegisterKin { record } => {
                let text = kin_text(&record)?;
                self.case.kin.push(record);
                Ok(text)
            }
            Command::RequestCheck => {
                self.case.check = Some(DataCheck {
                    requested_on: self.context.today,
                    returned_on: None,
                    asked: 0,
                    answered: 0,
                    differences: String::new(),
                    settled: false,
                });
                self.reach(Milestone::CheckRequest)?;
                Ok(Bilingual::new("发起信息核对", "the data check was asked for"))
            }
            Command::RecordCheck { asked, answered, differences, settled } => {
                self.record_check(asked, answered, differences, settled)
            }
            Command::ProposeApprove { amount, covered, finding, text, policy_version } => {
                self.propose_approve(actor, amount, covered, finding, text, policy_version)
            }
            Command::ProposeRefuse { ground, finding, text, policy_version } => {
                self.propose_refuse(actor, ground, finding, text, policy_version)
            }
            Command::StartPublicity => self.start_publicity(),
            Command::RecordObjection { from, text } => self.objection(from, text),
            Command::Submit => {
                self.case.status = Status::Deciding;
                self.reach(Milestone::Submission)?;
                let level = self.case.decision_level(self.context.procedure);
                Ok(Bilingual::new(
                    format!("报送{}确认", level.zh()),
                    format!("submitted for confirmation at {} level", level.en()),
                ))
            }
            Command::Return { reason } => self.send_back(actor, reason),
            Command::Confirm { decision, finding } => self.confirm(actor, decision, finding),
            Command::Refuse { decision, ground, finding } => self.refuse(actor, decision, ground, finding),
            Command::Withdraw { reason } => {
                required(&reason, "撤回原因和签字人", "who withdraws and why")?;
                self.case.status = Status::Withdrawn;
                self.reach(Milestone::End)?;
                Ok(Bilingual::new(
                    format!("家庭撤回申请：{reason}"),
                    format!("withdrawn by the family: {reason}"),
                ))
            }
            Command::GiveFirstHelp { amount, cause, witness } => {
                self.first_help(actor, amount, cause, witness)
            }
            Command::BackFill { covered, text, policy_version } => {
                self.back_fill(actor, covered, text, policy_version)
            }
            Command::RecordNotice { ways } => self.delivered(ways),
        }
    }

    fn visit(&mut self, mut visit: Visit) -> Result<Bilingual, Refusal> {
        if visit.surveyors.is_empty() {
            return Err(Refusal::input("请填写走访人", "name who visited"));
        }
        if visit.on > self.context.today {
            return Err(Refusal::input(
                format!("走访日期 {} 在今天之后", visit.on),
                format!("the visit of {} is in the future", visit.on),
            ));
        }
        let last_objection =
            self.case.objections.iter().filter(|o| o.during == Status::Publicity).map(|o| o.on).max();
        let old_round = last_objection.is_some_and(|day| visit.on < day);
        visit.supplementary = old_round
            || match self.case.status {
                Status::Task
                | Status::Visited
                | Status::Applied
                | Status::Supplement
                | Status::Accepted
                | Status::Checked
                | Status::Returned
                | Status::Helped => false,
                Status::Deciding => !visit.by_county(),
                Status::Proposed
                | Status::Publicity
                | Status::Confirmed
                | Status::Refused
                | Status::Withdrawn
                | Status::Closed => true,
            };
        let names: Vec<&str> = visit.surveyors.iter().map(|s| s.name.as_str()).collect();
        let text = if visit.supplementary {
            Bilingual::new(
                format!("{} 走访记录作为补充材料存档（{}）", visit.on, names.join("、")),
                format!(
                    "the record of the visit of {} is kept as a supplement ({})",
                    visit.on,
                    names.join(", ")
                ),
            )
        } else {
            Bilingual::new(
                format!(
                    "{} 走访（{}），{}",
                    visit.on,
                    names.join("、"),
                    if visit.met { "见到家庭成员" } else { "未遇" }
                ),
                format!(
                    "visited on {} ({}), {}",
                    visit.on,
                    names.join(", "),
                    if visit.met { "family met" } else { "nobody met" }
                ),
            )
        };
        let counts = !visit.supplementary;
        self.case.visits.push(visit);
        if counts {
            if self.case.status == Status::Task {
                self.case.status = Status::Visited;
            }
            self.reach(Milestone::Visit)?;
            self.settle_survey();
        }
        Ok(text)
    }

    /// Survey and data check are both there: the clerk can form an opinion.
    fn settle_survey(&mut self) {
        let complete = self.case.survey().is_some() && self.case.check_done();
        if self.case.status == Status::Accepted && complete {
            self.case.status = Status::Checked;
        }
    }

    fn close_lead(&mut self, result: LeadResult, note: &str) -> Result<Bilingual, Refusal> {
        match result {
            LeadResult::NotReached
            | LeadResult::NoNeed
            | LeadResult::PolicyExplained
            | LeadResult::PushedToDepartment
            | LeadResult::StopProposed => {}
            LeadResult::ApplicationStarted | LeadResult::FirstHelpGiven => {
                return Err(Refusal::input(
                    format!("“{}”由受理或先行救助自动登记，不能手填", result.zh()),
                    format!("`{}` is recorded by the acceptance or the first help itself", result.en()),
                ));
            }
        }
        required(note, "办结说明", "what was done")?;
        self.case.lead_result = Some(result);
        self.case.status = Status::Closed;
        self.reach(Milestone::End)?;
        Ok(Bilingual::new(
            format!("线索办结：{}。{note}", result.zh()),
            format!("lead settled: {}. {note}", result.en()),
        ))
    }

    fn accept(&mut self, kin: Vec<KinRecord>) -> Result<Bilingual, Refusal> {
        for record in kin {
            kin_text(&record)?;
            self.case.kin.push(record);
        }
        if self.case.lead.is_some() && self.case.lead_result.is_none() {
            self.case.lead_result = Some(LeadResult::ApplicationStarted);
        }
        self.case.accepted_on = Some(self.context.today);
        self.case.status = Status::Accepted;
        if self.case.origin == Origin::Lead {
            self.reach(Milestone::Application)?;
        }
        self.reach(Milestone::Acceptance)?;
        // A full survey made on the lead's visit counts; its clock needs no second visit.
        if self.case.survey().is_some() {
            self.reach(Milestone::Visit)?;
        }
        self.settle_survey();
        let text = match self.case.kin.len() {
            0 => Bilingual::new("受理申请，无近亲属申报", "accepted; no near relatives declared"),
            n => Bilingual::new(
                format!("受理申请，近亲属备案{n}条"),
                format!("accepted; {n} near relatives registered"),
            ),
        };
        Ok(text)
    }

    fn supplement(&mut self, missing: Vec<String>) -> Result<Bilingual, Refusal> {
        let missing: Vec<String> = missing.into_iter().filter(|m| !m.trim().is_empty()).collect();
        if missing.is_empty() {
            return Err(Refusal::input(
                "请一次写明缺少的全部材料",
                "list everything that is missing at once",
            ));
        }
        let list = missing.join("、");
        self.notices.push(Notice { missing: missing.clone(), ..self.notice(NoticeKind::Supplement) });
        self.case.supplements.push(Supplement { on: self.context.today, missing });
        self.case.status = Status::Supplement;
        Ok(Bilingual::new(format!("一次性告知补正：{list}"), format!("told once of what is missing: {list}")))
    }

    fn record_check(
        &mut self,
        asked: u32,
        answered: u32,
        differences: String,
        settled: bool,
    ) -> Result<Bilingual, Refusal> {
        if asked == 0 || answered > asked {
            return Err(Refusal::input(
                format!("发出 {asked} 项、返回 {answered} 项，数目不对"),
                format!("{asked} asked and {answered} answered cannot be"),
            ));
        }
        let requested_on = self.case.check.as_ref().map(|c| c.requested_on);
        if requested_on.is_none() {
            self.reach(Milestone::CheckRequest)?;
        }
        self.case.check = Some(DataCheck {
            requested_on: requested_on.unwrap_or(self.context.today),
            returned_on: Some(self.context.today),
            asked,
            answered,
            differences,
            settled,
        });
        self.reach(Milestone::CheckResult)?;
        self.settle_survey();
        if !settled && self.case.status == Status::Checked {
            self.case.status = Status::Accepted;
        }
        Ok(Bilingual::new(
            format!("核对返回 {answered}/{asked} 项"),
            format!("data check: {answered} of {asked} answered"),
        ))
    }

    fn propose_approve(
        &mut self,
        actor: &Actor,
        amount: Fen,
        covered: Vec<PersonId>,
        finding: Truth,
        text: String,
        policy_version: String,
    ) -> Result<Bilingual, Refusal> {
        met(finding)?;
        required(&text, "初审意见", "the opinion")?;
        required(&policy_version, "政策版本", "the version of the rules")?;
        if amount < Fen::ZERO {
            return Err(Refusal::input("金额不能为负", "the amount cannot be negative"));
        }
        let covered = distinct(covered)?;
        let members = covered.len();
        self.opine(actor, Proposal::Approve { amount, covered }, finding, text, policy_version)?;
        Ok(Bilingual::new(
            format!("初审拟同意：{members}人，{amount}元"),
            format!("proposed to approve: {members} people, {amount} yuan"),
        ))
    }

    fn propose_refuse(
        &mut self,
        actor: &Actor,
        ground: RefusalGround,
        finding: Truth,
        text: String,
        policy_version: String,
    ) -> Result<Bilingual, Refusal> {
        self.ground(ground, finding)?;
        if written_length(&text) < MIN_ADVERSE_REASON {
            return Err(Refusal::input(
                format!("拟不同意须写明事实和依据，不少于{MIN_ADVERSE_REASON}个字"),
                format!(
                    "a proposal to refuse states facts and ground in {MIN_ADVERSE_REASON} characters or more"
                ),
            ));
        }
        required(&policy_version, "政策版本", "the version of the rules")?;
        let said = text.clone();
        self.opine(actor, Proposal::Refuse { ground }, finding, text, policy_version)?;
        Ok(Bilingual::new(format!("初审拟不同意：{said}"), format!("proposed to refuse: {said}")))
    }

    fn opine(
        &mut self,
        actor: &Actor,
        proposal: Proposal,
        finding: Truth,
        text: String,
        policy_version: String,
    ) -> Result<(), Refusal> {
        self.case.opinions.push(Opinion {
            by: actor.staff,
            name: actor.name.clone(),
            on: self.context.today,
            proposal,
            finding,
            text,
            policy_version,
        });
        self.case.status = Status::Proposed;
        self.reach(Milestone::Opinion)
    }

    /// Whether a ground carries a refusal: unknown never means ineligible.
    fn ground(&self, ground: RefusalGround, finding: Truth) -> Result<(), Refusal> {
        match ground {
            RefusalGround::ConditionsNotMet => {
                guard::survey(&self.case)?;
                match finding {
                    Truth::False => Ok(()),
                    Truth::Unknown => Err(Refusal::missing(
                        "试算结果是“未知”，不能作为不予确认的理由；请先查清所缺的情况",
                        "the calculation says unknown, which is no ground to refuse; find out what is missing first",
                    )),
                    Truth::True => Err(Refusal::missing(
                        "试算结果是“符合”，不能以不符合条件为由不予确认",
                        "the calculation says the conditions are met",
                    )),
                }
            }
            RefusalGround::NotCooperating => {
                if self.case.supplements.is_empty() && self.case.sent_back.is_empty() {
                    return Err(Refusal::missing(
                        "还没有书面告知过这户缺什么，不能以不配合为由不予确认",
                        "the family was never told in writing what is missing, so it cannot be said not to cooperate",
                    ));
                }
                Ok(())
            }
        }
    }

    fn start_publicity(&mut self) -> Result<Bilingual, Refusal> {
        let today = self.context.today;
        let proposal = self.case.opinion().map(|o| o.proposal.clone());
        let (Some(Proposal::Approve { amount, covered }), Some(length)) =
            (proposal, self.context.procedure.publicity)
        else {
            return Err(Refusal::missing("没有可公示的意见", "there is nothing to put on public notice"));
        };
        let to = length.due(today, self.context.calendar, self.context.procedure.roll)?;
        let members = u32::try_from(covered.len()).unwrap_or(u32::MAX);
        self.case.publicity.push(Publicity { from: today, to, members, amount, broken_off: false });
        self.notices.push(Notice { until: Some(to), ..self.notice(NoticeKind::Publicity) });
        self.case.status = Status::Publicity;
        self.reach(Milestone::Publicity)?;
        Ok(Bilingual::new(format!("开始公示，到 {to} 止"), format!("public notice to {to}")))
    }

    fn objection(&mut self, from: Option<String>, text: String) -> Result<Bilingual, Refusal> {
        required(&text, "异议内容", "what the objection says")?;
        self.case.objections.push(Objection { on: self.context.today, from, text, during: self.case.status });
        if self.case.status == Status::Publicity {
            if let Some(publicity) = self.case.publicity.last_mut() {
                publicity.broken_off = true;
            }
            self.case.round = self.case.round.saturating_add(1);
            self.case.status = Status::Accepted;
            self.clocks().extend_total(&mut self.case.deadlines)?;
            self.reach(Milestone::Objection)?;
            return Ok(Bilingual::new(
                "公示有异议，重新调查",
                "objection during the public notice: a new survey",
            ));
        }
        Ok(Bilingual::new("登记异议或投诉", "objection or complaint recorded"))
    }

    fn send_back(&mut self, actor: &Actor, reason: String) -> Result<Bilingual, Refusal> {
        required(&reason, "退回原因", "what is missing")?;
        let text = Bilingual::new(format!("退回补正：{reason}"), format!("sent back: {reason}"));
        self.case.sent_back.push(SentBack { on: self.context.today, by: actor.staff, reason });
        // The deciding level's own time starts again when the file comes back to it.
        self.clocks().pause_decision(&mut self.case.deadlines, self.context.today);
        self.case.status = if self.case.first_help.is_some() { Status::Helped } else { Status::Returned };
        Ok(text)
    }

    fn confirm(
        &mut self,
        actor: &Actor,
        decision: HumanDecision,
        finding: Truth,
    ) -> Result<Bilingual, Refusal> {
        own(&decision, actor)?;
        let once = self.context.procedure.pay_kind == PayKind::Once;
        let (amount, covered, already_paid) = match &self.case.first_help {
            Some(help) => {
                let covered = match self.case.opinion().map(|o| &o.proposal) {
                    Some(Proposal::Approve { covered, .. }) => covered.clone(),
                    Some(Proposal::Refuse { .. }) | None => Vec::new(),
                };
                (help.amount, covered, true)
            }
            None => {
                met(finding)?;
                match self.case.opinion().map(|o| o.proposal.clone()) {
                    Some(Proposal::Approve { amount, covered }) => (amount, covered, false),
                    Some(Proposal::Refuse { .. }) | None => {
                        return Err(Refusal::missing(
                            "没有可确认的初审意见",
                            "there is no opinion to confirm",
                        ));
                    }
                }
            }
        };
        let kind = if already_paid || once { PayKind::Once } else { PayKind::Monthly };
        let this_month = self.context.today.month();
        let from = match (kind, self.context.procedure.pay_start) {
            (PayKind::Once, _) => this_month,
            (PayKind::Monthly, PayStart::NextMonth) => this_month.plus(1),
            (PayKind::Monthly, PayStart::ApplicationMonth) => {
                self.case.accepted_on.unwrap_or(self.context.today).month()
            }
        };
        let review = self
            .context
            .procedure
            .review_months
            .filter(|_| kind == PayKind::Monthly)
            .and_then(|months| i32::try_from(months).ok())
            .map(|months| from.plus(months));
        let grant = Grant {
            programme: self.case.programme.clone(),
            household: self.case.household,
            covered,
            amount,
            kind,
            from,
            review,
            already_paid,
        };
        self.case.decision = Some(Decision {
            on: self.context.today,
            level: self.case.decision_level(self.context.procedure),
            human: decision,
            finding,
            grant: Some(grant),
            ground: None,
        });
        self.case.status = Status::Confirmed;
        self.notices.push(Notice { from: Some(from), ..self.notice(NoticeKind::Confirmation) });
        self.reach(Milestone::Decision)?;
        self.reach(Milestone::End)?;
        Ok(Bilingual::new(
            format!("确认：{amount}元，自 {from} 起"),
            format!("confirmed: {amount} yuan from {from}"),
        ))
    }

    fn refuse(
        &mut self,
        actor: &Actor,
        decision: HumanDecision,
        ground: RefusalGround,
        finding: Truth,
    ) -> Result<Bilingual, Refusal> {
        own(&decision, actor)?;
        if written_length(decision.reason()) < MIN_ADVERSE_REASON {
            return Err(Refusal::input(
                format!("不予确认须写明理由，不少于{MIN_ADVERSE_REASON}个字"),
                format!("a refusal needs a reason of {MIN_ADVERSE_REASON} characters or more"),
            ));
        }
        self.ground(ground, finding)?;
        let reason = decision.reason().to_owned();
        self.case.decision = Some(Decision {
            on: self.context.today,
            level: self.case.decision_level(self.context.procedure),
            human: decision,
            finding,
            grant: None,
            ground: Some(ground),
        });
        self.case.status = Status::Refused;
        self.reach(Milestone::Decision)?;
        self.reach(Milestone::End)?;
        self.reach(Milestone::Refusal)?;
        let due = self
            .case
            .deadlines
            .iter()
            .find(|d| d.until == Milestone::Notice && d.done_on.is_none())
            .map(|d| d.legal);
        self.notices.push(Notice {
            reason: reason.clone(),
            deliver_by: due,
            appeal: self.context.procedure.appeal.as_ref().map(Into::into),
            ..self.notice(NoticeKind::Refusal)
        });
        Ok(Bilingual::new(format!("不予确认：{reason}"), format!("refused: {reason}")))
    }

    fn first_help(
        &mut self,
        actor: &Actor,
        amount: Fen,
        cause: String,
        witness: String,
    ) -> Result<Bilingual, Refusal> {
        required(&cause, "急难原因", "what happened")?;
        required(&witness, "在场见证人", "the second person present")?;
        if amount <= Fen::ZERO {
            return Err(Refusal::input("请填写救助金额", "give the amount"));
        }
        let text = Bilingual::new(
            format!("先行救助 {amount} 元：{cause}"),
            format!("helped first with {amount} yuan: {cause}"),
        );
        self.case.first_help =
            Some(FirstHelp { on: self.context.today, by: actor.staff, witness, amount, cause });
        if self.case.lead.is_some() && self.case.lead_result.is_none() {
            self.case.lead_result = Some(LeadResult::FirstHelpGiven);
        }
        self.case.status = Status::Helped;
        self.reach(Milestone::FirstHelp)?;
        Ok(text)
    }

    fn back_fill(
        &mut self,
        actor: &Actor,
        covered: Vec<PersonId>,
        text: String,
        policy_version: String,
    ) -> Result<Bilingual, Refusal> {
        required(&text, "补办说明", "the completed record")?;
        required(&policy_version, "政策版本", "the version of the rules")?;
        let covered = distinct(covered)?;
        let Some(help) = &self.case.first_help else {
            return Err(Refusal::missing("没有先行救助", "no first help was given"));
        };
        let proposal = Proposal::Approve { amount: help.amount, covered };
        self.opine(actor, proposal, Truth::Unknown, text, policy_version)?;
        self.case.status = Status::Deciding;
        self.reach(Milestone::BackFill)?;
        self.reach(Milestone::Submission)?;
        Ok(Bilingual::new("补办手续，报请确认", "records completed and submitted"))
    }

    fn delivered(&mut self, ways: Vec<String>) -> Result<Bilingual, Refusal> {
        let ways: Vec<String> = ways.into_iter().filter(|w| !w.trim().is_empty()).collect();
        let refused = self.case.status == Status::Refused;
        let needed = if refused { 2 } else { 1 };
        if ways.len() < needed {
            return Err(Refusal::input(
                "不予确认的告知须用两种以上方式送达，不能只在网上",
                "a refusal is delivered in two ways or more, never only online",
            ));
        }
        let list = ways.join("、");
        self.case.delivered = Some(Delivered { on: self.context.today, ways });
        self.reach(Milestone::Notice)?;
        Ok(Bilingual::new(format!("告知已送达：{list}"), format!("notice delivered: {list}")))
    }

    /// A notice of a kind with what the case itself says.
    fn notice(&self, kind: NoticeKind) -> Notice {
        let (amount, members) = match self.case.opinion().map(|o| &o.proposal) {
            Some(Proposal::Approve { amount, covered }) => (Some(*amount), u32::try_from(covered.len()).ok()),
            Some(Proposal::Refuse { .. }) | None => (None, None),
        };
        Notice {
            kind,
            programme: self.case.programme.clone(),
            on: self.context.today,
            amount,
            members,
            once: self.context.procedure.pay_kind == PayKind::Once,
            from: None,
            until: None,
            deliver_by: None,
            reason: String::new(),
            missing: Vec::new(),
            appeal: None,
        }
    }
}

fn kin_text(record: &KinRecord) -> Result<Bilingual, Refusal> {
    required(&record.member, "家庭成员", "the member")?;
    required(&record.official, "近亲属姓名", "the relative's name")?;
    Ok(Bilingual::new(
        format!("近亲属备案：{}的{}{}", record.member, record.relation.zh(), record.official),
        format!("registered: {} is the {} of {}", record.official, record.relation.en(), record.member),
    ))
}

fn met(finding: Truth) -> Result<(), Refusal> {
    match finding {
        Truth::True => Ok(()),
        Truth::False => Err(Refusal::missing(
            "试算结果是“不符合”，不能同意；请打开计算说明",
            "the calculation says the conditions are not met; open it",
        )),
        Truth::Unknown => Err(Refusal::missing(
            "试算结果是“未知”，请先补上所缺的情况再提意见",
            "the calculation says unknown; fill in what is missing first",
        )),
    }
}

fn own(decision: &HumanDecision, actor: &Actor) -> Result<(), Refusal> {
    if decision.by() == actor.staff && decision.post() == actor.post {
        return Ok(());
    }
    Err(Refusal::input("决定须由本人作出", "a decision is made by the person who signs it"))
}

fn distinct(covered: Vec<PersonId>) -> Result<Vec<PersonId>, Refusal> {
    let mut sorted = covered.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if covered.is_empty() || sorted.len() != covered.len() {
        return Err(Refusal::input("请选择保障对象，每人一次", "choose who is covered, each once"));
    }
    Ok(covered)
}

fn required(text: &str, zh: &str, en: &str) -> Result<(), Refusal> {
    if written_length(text) > 0 {
        return Ok(());
    }
    Err(Refusal::input(format!("请填写{zh}"), format!("please give {en}")))
}
