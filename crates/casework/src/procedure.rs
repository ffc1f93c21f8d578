//! 程序: steps, who acts, time limits, publicity, appeal. Data of a package (`procedure.toml`), read here.
//!
//! ```toml
//! [clock]
//! start = "acceptance"          # 受理
//! legal = "30wd"                # 30 working days; also "30个工作日"
//! delegated = "20wd"            # where the township confirms
//! special = "45wd"              # objection, hukou and residence apart, hard survey
//! promised = "20wd"             # what the county promises, where it promises less
//! roll = true                   # a period that ends on a day off runs to the next working day
//! source = ["DB-20"]
//!
//! [[step]]
//! id = "survey_start"
//! zh = "启动家庭经济状况调查"
//! en = "start the survey"
//! post = "township_clerk"
//! limit = "3wd"                 # wd working days, d calendar days, m months, h hours
//! after = "acceptance"          # the milestone that starts the clock
//! until = "visit"               # the milestone that stops it; may be left out for the usual step ids
//! source = "DB-21"
//!
//! [pay]                         # starts = "next_month" | "application_month"; kind = "monthly" | "once"
//! [publicity]                   # limit = "7d"
//! [appeal]                      # review = "60d", lawsuit = "6m", to_zh, to_en, source
//! [review]                      # months = 12
//! [urgent]                      # township_ceiling = "3000元"
//! ```

mod wire;

use doudi_policy::Fen;
use serde::Deserialize;

use crate::calendar::{Roll, WorkingCalendar};
use crate::staff::named;
use crate::text::{Bilingual, Refusal, RefusalKind};
use doudi_policy::Date;
use doudi_registry::Post;

named! {
    /// 节点: what starts and stops clocks.
    Milestone {
        /// The lead became a task.
        Task = "task" "派单" "task",
        /// A visit was recorded.
        Visit = "visit" "入户" "visit",
        /// The application came in.
        Application = "application" "申请" "application",
        /// The application was accepted.
        Acceptance = "acceptance" "受理" "acceptance",
        /// The data check was asked for.
        CheckRequest = "check_request" "发起核对" "request of the data check",
        /// The data check returned.
        CheckResult = "check_result" "核对结果" "result of the data check",
        /// The first opinion was given.
        Opinion = "opinion" "初审意见" "first opinion",
        /// The public notice was put up.
        Publicity = "publicity" "公示" "public notice",
        /// An objection came in.
        Objection = "objection" "异议" "objection",
        /// The file reached the deciding level.
        Submission = "submission" "报送" "submission",
        /// The decision was taken.
        Decision = "decision" "决定" "decision",
        /// The decision went against the family.
        Refusal = "refusal" "不予确认" "refusal",
        /// The written notice was delivered.
        Notice = "notice" "告知" "notice",
        /// Urgent help was given.
        FirstHelp = "first_help" "先行救助" "first help",
        /// Its records were completed.
        BackFill = "backfill" "补办手续" "completion of records",
        /// The case ended.
        End = "end" "办结" "end",
    }
}

/// 期限.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// 工作日
    WorkingDays(u32),
    /// 日（自然日）
    Days(u32),
    /// 月
    Months(u32),
    /// 小时: due on the day in which the hours end; never rolled, since an emergency knows no weekend.
    Hours(u32),
}

impl Limit {
    /// Reads `3wd`, `3个工作日`, `7d`, `7天`, `3m`, `3个月`, `24h`, `24小时`.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digits: String = plain.chars().take_while(char::is_ascii_digit).collect();
        let unit = plain.get(digits.len()..).unwrap_or_default();
        let number = digits.parse::<u32>().ok().filter(|n| *n <= 3_660);
        match (number, unit) {
            (Some(n), "wd" | "工作日" | "个工作日") => Ok(Self::WorkingDays(n)),
            (Some(n), "d" | "日" | "天") => Ok(Self::Days(n)),
            (Some(n), "m" | "月" | "个月") => Ok(Self::Months(n)),
            (Some(n), "h" | "小时") => Ok(Self::Hours(n)),
            _ => Err(law(
                format!("“{text}”不是期限，应写成 3wd（工作日）、7d（日）、3m（月）或 24h（小时）"),
                format!(
                    "`{text}` is no time limit; write 3wd (working days), 7d (days), 3m (months) or 24h (hours)"
                ),
            )),
        }
    }

    /// The last day of the limit, counted from the day of the event, which is not counted.
    ///
    /// # Errors
    /// The calendar lacks a year.
    pub fn due(self, from: Date, calendar: &WorkingCalendar, roll: Roll) -> Result<Date, Refusal> {
        match self {
            Self::WorkingDays(n) => calendar.add_working_days(from, n),
            Self::Days(n) => calendar.add_calendar_days(from, n, roll),
            Self::Months(n) => calendar.add_months(from, n, roll),
            Self::Hours(n) => calendar.add_calendar_days(from, n.div_ceil(24), Roll::Keep),
        }
    }

    /// As a sentence says it.
    #[must_use]
    pub fn text(self) -> Bilingual {
        match self {
            Self::WorkingDays(n) => Bilingual::new(format!("{n}个工作日"), format!("{n} working days")),
            Self::Days(n) => Bilingual::new(format!("{n}日"), format!("{n} days")),
            Self::Months(n) => Bilingual::new(format!("{n}个月"), format!("{n} months")),
            Self::Hours(n) => Bilingual::new(format!("{n}小时"), format!("{n} hours")),
        }
    }
}

/// 总时限.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The milestone that starts it.
    pub start: Milestone,
    /// Legal limit.
    pub legal: Limit,
    /// Legal limit where the township confirms.
    pub delegated: Option<Limit>,
    /// Legal limit in special cases.
    pub special: Option<Limit>,
    /// What the county promises.
    pub promised: Option<Limit>,
    /// Citations.
    pub source: Vec<String>,
}

/// 环节 with a limit of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Stable id within the procedure.
    pub id: String,
    /// Name.
    pub name: Bilingual,
    /// Whose step it is, where one post answers for it.
    pub post: Option<Post>,
    /// Legal limit.
    pub limit: Option<Limit>,
    /// Limits by urgency class 0 (red) to 3 (blue); they win over `limit` where the case has a class.
    pub by_urgency: [Option<Limit>; 4],
    /// Promised limit.
    pub promised: Option<Limit>,
    /// What starts it.
    pub after: Milestone,
    /// What ends it; a step without an end is shown in the procedure and has no clock.
    pub until: Option<Milestone>,
    /// Citations.
    pub source: Vec<String>,
}

impl Step {
    /// The limit for a case of an urgency class.
    #[must_use]
    pub fn limit_for(&self, urgency: Option<u8>) -> Option<Limit> {
        urgency.and_then(|u| self.by_urgency.get(usize::from(u)).copied().flatten()).or(self.limit)
    }
}

/// 救济途径.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// Time for an administrative review.
    pub review: Limit,
    /// Time for a lawsuit.
    pub lawsuit: Limit,
    /// Where to turn.
    pub to: Bilingual,
    /// Citations.
    pub source: Vec<String>,
}

/// When money starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayStart {
    /// 确认的次月
    #[default]
    NextMonth,
    /// 申请当月
    ApplicationMonth,
}

/// How money comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PayKind {
    /// 按月
    #[default]
    Monthly,
    /// 一次性
    Once,
}

/// 程序 of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Total limit.
    pub clock: Option<Clock>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Length of the public notice; absent for programmes without one.
    pub publicity: Option<Limit>,
    /// Remedies against a refusal; a procedure without them cannot refuse.
    pub appeal: Option<Appeal>,
    /// When money starts.
    pub pay_start: PayStart,
    /// How money comes.
    pub pay_kind: PayKind,
    /// Months to the first review of an award.
    pub review_months: Option<u32>,
    /// Sum up to which the township itself confirms urgent help.
    pub township_ceiling: Option<Fen>,
    /// Whether periods that end on a day off run on.
    pub roll: Roll,
}

impl Procedure {
    /// Reads a `procedure.toml`.
    ///
    /// # Errors
    /// Every problem found: broken TOML, unknown milestones, posts or limits, steps that share an id. Unknown
    /// keys are left alone, so that a package may say more than this crate reads.
    pub fn parse(text: &str) -> Result<Self, Vec<Refusal>> {
        let file: wire::File = toml::from_str(text).map_err(|e| {
            vec![law(format!("procedure.toml 读不懂：{e}"), format!("procedure.toml cannot be read: {e}"))]
        })?;
        let mut problems = Vec::new();
        let procedure = wire::build(file, &mut problems);
        if problems.is_empty() { Ok(procedure) } else { Err(problems) }
    }
}

/// The end of the steps whose ids every package shares.
fn usual_end(id: &str) -> Option<Milestone> {
    Some(match id {
        "task_visit" | "lead_visit" | "survey" | "survey_start" | "visit" => Milestone::Visit,
        "accept" | "acceptance" => Milestone::Acceptance,
        "check_start" | "check_request" => Milestone::CheckRequest,
        "check" | "check_result" => Milestone::CheckResult,
        "opinion" | "first_opinion" | "survey_opinion" => Milestone::Opinion,
        "publicity_start" => Milestone::Publicity,
        "publicity" | "submit" | "submission" => Milestone::Submission,
        "confirm" | "decision" | "county_confirm" => Milestone::Decision,
        "refusal_notice" | "notice" => Milestone::Notice,
        "first_help" => Milestone::FirstHelp,
        "backfill" | "back_fill" => Milestone::BackFill,
        _ => return None,
    })
}

/// Milestones by id, Chinese name or an older word for the same thing.
fn milestone(text: &str) -> Option<Milestone> {
    let text = text.trim();
    Milestone::from_id(text).or_else(|| Milestone::ALL.iter().copied().find(|m| m.zh() == text)).or(
        match text {
            "accepted" | "accept" => Some(Milestone::Acceptance),
            "lead" | "assign" | "assigned" => Some(Milestone::Task),
            "apply" | "applied" => Some(Milestone::Application),
            "check_start" => Some(Milestone::CheckRequest),
            "check" => Some(Milestone::CheckResult),
            "survey" | "survey_start" => Some(Milestone::Visit),
            "first_opinion" => Some(Milestone::Opinion),
            "publicity_start" | "publicity_end" => Some(Milestone::Publicity),
            "submit" | "received" | "receipt" => Some(Milestone::Submission),
            "confirm" | "confirmed" => Some(Milestone::Decision),
            "refuse" | "refused" => Some(Milestone::Refusal),
            "close" | "closed" => Some(Milestone::End),
            _ => None,
        },
    )
}

fn law(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Law, zh, en)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn a_whole_procedure_is_read() {
        let p = Procedure::parse(include_str!("../tests/data/procedure.toml")).unwrap();
        let clock = p.clock.unwrap();
        assert_eq!(clock.legal, Limit::WorkingDays(30));
        assert_eq!(clock.start, Milestone::Acceptance);
        assert_eq!(p.publicity, Some(Limit::Days(7)));
        let visit = p.steps.iter().find(|s| s.id == "task_visit").unwrap();
        assert_eq!(visit.limit_for(Some(0)), Some(Limit::Hours(24)));
        assert_eq!(visit.limit_for(Some(2)), Some(Limit::WorkingDays(5)));
        assert_eq!(visit.limit_for(None), Some(Limit::WorkingDays(10)));
        assert_eq!(p.appeal.unwrap().review, Limit::Days(60));
    }

    #[test]
    fn limits_are_read_in_both_languages() {
        assert_eq!(Limit::parse("3个工作日").unwrap(), Limit::WorkingDays(3));
        assert_eq!(Limit::parse(" 7 天").unwrap(), Limit::Days(7));
        assert_eq!(Limit::parse("6个月").unwrap(), Limit::Months(6));
        assert_eq!(Limit::parse("24小时").unwrap(), Limit::Hours(24));
        for bad in ["", "3", "wd", "-3wd", "99999999999wd", "3 weeks", "三天"] {
            assert!(Limit::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let text = "[clock]\nstart='受理'\nlegal='30 moons'\n[[step]]\nid='a'\nzh='甲'\npost='king'\nafter='never'\nlimit='3wd'";
        let problems = Procedure::parse(text).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[2].en.contains("never"));
    }
}
