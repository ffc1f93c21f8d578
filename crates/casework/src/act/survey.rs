//! 调查: the visit, the application, what is missing, the data check.

use crate::case::{DataCheck, LeadResult, Origin, Supplement};
use crate::kin::KinRecord;
use crate::notice::{Notice, NoticeKind};
use crate::procedure::Milestone;
use crate::status::Status;
use crate::text::{Bilingual, Refusal};
use crate::visit::Visit;

use super::{Work, kin_text, required};

impl Work<'_> {
    pub(super) fn visit(&mut self, mut visit: Visit) -> Result<Bilingual, Refusal> {
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
        let corrected = corrected(visit.corrections(&self.case.visits).len());
        let names: Vec<&str> = visit.surveyors.iter().map(|s| s.name.as_str()).collect();
        let text = if visit.supplementary {
            Bilingual::new(
                format!("{} 走访记录作为补充材料存档（{}）{}", visit.on, names.join("、"), corrected.zh),
                format!(
                    "the record of the visit of {} is kept as a supplement ({}){}",
                    visit.on,
                    names.join(", "),
                    corrected.en
                ),
            )
        } else {
            Bilingual::new(
                format!(
                    "{} 走访（{}），{}{}",
                    visit.on,
                    names.join("、"),
                    if visit.met { "见到家庭成员" } else { "未遇" },
                    corrected.zh
                ),
                format!(
                    "visited on {} ({}), {}{}",
                    visit.on,
                    names.join(", "),
                    if visit.met { "family met" } else { "nobody met" },
                    corrected.en
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
    pub(super) fn settle_survey(&mut self) {
        let complete = self.case.survey().is_some() && self.case.check_done();
        if self.case.status == Status::Accepted && complete {
            self.case.status = Status::Checked;
        }
    }

    pub(super) fn close_lead(&mut self, result: LeadResult, note: &str) -> Result<Bilingual, Refusal> {
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

    pub(super) fn accept(&mut self, kin: Vec<KinRecord>) -> Result<Bilingual, Refusal> {
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
        // A survey made on the lead's visit counts; its clock needs no second visit.
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

    pub(super) fn supplement(&mut self, missing: Vec<String>) -> Result<Bilingual, Refusal> {
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

    pub(super) fn record_check(
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
}

/// The end of a sentence: how many earlier answers a visit corrects, where it does.
fn corrected(answers: usize) -> Bilingual {
    match answers {
        0 => Bilingual::default(),
        1 => Bilingual::new("，更正以前的回答 1 项", ", an earlier answer corrected"),
        n => Bilingual::new(format!("，更正以前的回答 {n} 项"), format!(", {n} earlier answers corrected")),
    }
}
