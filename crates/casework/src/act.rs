//! 办理: commands go in, the changed case comes out. Nothing here loads, stores, asks the time or sends.

mod decide;
mod survey;

use doudi_policy::{Date, Fen, Truth};
use doudi_registry::{PersonId, Post};

use crate::calendar::WorkingCalendar;
use crate::case::{
    Case, DataCheck, Delivered, Event, FirstHelp, Grant, LeadResult, NewCase, Origin, Proposal,
};
pub use crate::command::Command;
use crate::deadline::{Clocks, Deadline};
use crate::guard;
use crate::kin::KinRecord;
use crate::notice::{Notice, NoticeKind};
use crate::procedure::{Milestone, PayKind, Procedure};
use crate::staff::Actor;
use crate::status::{Action, Status};
use crate::text::{Bilingual, Refusal, written_length};
use crate::visit::Visit;

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
            Command::RecordVisit { on, surveyors, signed_by, met, told, note } => self.visit(Visit {
                on,
                recorded_on: self.context.today,
                surveyors,
                signed_by: signed_by.filter(|s| !s.trim().is_empty()),
                met,
                told,
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
        let ceiling = self.context.procedure.township_ceiling.unwrap_or(Fen::ZERO);
        if actor.post != Post::CountyOfficer && amount > ceiling {
            return Err(Refusal::input(
                format!(
                    "{amount} 元超过乡镇先行救助的限额 {ceiling} 元，没有登记。请先在限额内救助；确需更多的，报县级民政，由县级经办在本案先行救助"
                ),
                format!(
                    "{amount} yuan is above the {ceiling} yuan that the township may give first; nothing was recorded. Help within that sum, or ask the county, whose officer can give first help on this case"
                ),
            ));
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
        let said: Vec<(&str, &str)> = ways.iter().map(|way| way_words(way)).collect();
        let zh = said.iter().map(|(zh, _)| *zh).collect::<Vec<_>>().join("、");
        let en = said.iter().map(|(_, en)| *en).collect::<Vec<_>>().join(", ");
        self.case.delivered = Some(Delivered { on: self.context.today, ways });
        self.reach(Milestone::Notice)?;
        Ok(Bilingual::new(format!("告知已送达：{zh}"), format!("notice delivered: {en}")))
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
            handed_out: self.case.first_help.is_some(),
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

/// A way of delivery in words; what is none of the known ones stands as it is.
fn way_words(way: &str) -> (&str, &str) {
    match way {
        "paper" => ("书面", "on paper"),
        "visit" => ("上门", "by a visit"),
        "phone" => ("电话", "by telephone"),
        "sms" => ("短信", "by text message"),
        other => (other, other),
    }
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
