//! 意见与决定: opinions, the public notice, confirmation and refusal.

use doudi_policy::{Fen, Truth};
use doudi_registry::PersonId;

use crate::case::{Grant, Objection, Opinion, Proposal, Publicity, SentBack};
use crate::decision::{Decision, HumanDecision, MIN_ADVERSE_REASON, RefusalGround};
use crate::guard;
use crate::notice::{Notice, NoticeKind};
use crate::procedure::{Milestone, PayKind, PayStart};
use crate::staff::Actor;
use crate::status::Status;
use crate::text::{Bilingual, Refusal, written_length};

use super::{Work, distinct, required};

/// How many of the questions that were left out a refusal names; the page of the case names them all.
const NAMED: usize = 5;

impl Work<'_> {
    pub(super) fn propose_approve(
        &mut self,
        actor: &Actor,
        amount: Fen,
        covered: Vec<PersonId>,
        finding: Truth,
        text: String,
        policy_version: String,
    ) -> Result<Bilingual, Refusal> {
        self.met(finding)?;
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

    pub(super) fn propose_refuse(
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

    pub(super) fn opine(
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

    /// Whether the rules allow an approval.
    fn met(&self, finding: Truth) -> Result<(), Refusal> {
        match finding {
            Truth::True => Ok(()),
            Truth::False => Err(Refusal::missing(
                "试算结果是“不符合”，不能同意；请打开计算说明",
                "the calculation says the conditions are not met; open it",
            )),
            Truth::Unknown => {
                let ask = self.to_ask();
                Err(Refusal::missing(
                    format!("试算结果是“未知”，还不能同意；{}", ask.zh),
                    format!("the calculation says unknown, so it cannot be approved yet; {}", ask.en),
                ))
            }
        }
    }

    /// What to do about a result that is unknown: what the visits left out, the first of it by name.
    fn to_ask(&self) -> Bilingual {
        let left = self.case.unasked();
        let named = || left.iter().take(NAMED).map(|u| &u.label);
        let zh: Vec<&str> = named().map(|label| label.zh.as_str()).collect();
        let en: Vec<&str> = named().map(|label| label.en.as_str()).collect();
        let (zh_more, en_more) = if left.len() > NAMED { ("等", ", …") } else { ("", "") };
        match left.len() {
            0 => Bilingual::new("请先查清所缺的情况", "find out what is missing first"),
            n => Bilingual::new(
                format!(
                    "入户调查还有 {n} 项没有问到：{}{zh_more}。请再走访问清，家里说不清的也请记明",
                    zh.join("、")
                ),
                format!(
                    "the survey has not asked {n} of its questions: {}{en_more}; visit again, and record what the family cannot say",
                    en.join(", ")
                ),
            ),
        }
    }

    /// Whether a ground carries a refusal: unknown never means ineligible.
    pub(super) fn ground(&self, ground: RefusalGround, finding: Truth) -> Result<(), Refusal> {
        match ground {
            RefusalGround::ConditionsNotMet => {
                guard::survey(&self.case)?;
                match finding {
                    Truth::False => Ok(()),
                    Truth::Unknown => {
                        let ask = self.to_ask();
                        Err(Refusal::missing(
                            format!("试算结果是“未知”，不能作为不予确认的理由；{}", ask.zh),
                            format!("the calculation says unknown, which is no ground to refuse; {}", ask.en),
                        ))
                    }
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

    pub(super) fn start_publicity(&mut self) -> Result<Bilingual, Refusal> {
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

    pub(super) fn objection(&mut self, from: Option<String>, text: String) -> Result<Bilingual, Refusal> {
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

    pub(super) fn send_back(&mut self, actor: &Actor, reason: String) -> Result<Bilingual, Refusal> {
        required(&reason, "退回原因", "what is missing")?;
        let text = Bilingual::new(format!("退回补正：{reason}"), format!("sent back: {reason}"));
        self.case.sent_back.push(SentBack { on: self.context.today, by: actor.staff, reason });
        // The deciding level's own time starts again when the file comes back to it.
        self.clocks().pause_decision(&mut self.case.deadlines, self.context.today);
        self.case.status = if self.case.first_help.is_some() { Status::Helped } else { Status::Returned };
        Ok(text)
    }

    pub(super) fn confirm(
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
                self.met(finding)?;
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
        Ok(if already_paid {
            Bilingual::new(
                format!("确认先行救助 {amount} 元：已当场给付，不再另发"),
                format!("first help of {amount} yuan confirmed: it was handed out, nothing further is paid"),
            )
        } else {
            Bilingual::new(
                format!("确认：{amount}元，自 {from} 起"),
                format!("confirmed: {amount} yuan from {from}"),
            )
        })
    }

    pub(super) fn refuse(
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
}

fn own(decision: &HumanDecision, actor: &Actor) -> Result<(), Refusal> {
    if decision.by() == actor.staff && decision.post() == actor.post {
        return Ok(());
    }
    Err(Refusal::input("决定须由本人作出", "a decision is made by the person who signs it"))
}
