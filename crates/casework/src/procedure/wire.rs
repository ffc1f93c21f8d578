//! The file as it is written.

use std::collections::BTreeMap;

use doudi_policy::Fen;
use doudi_registry::Post;
use serde::Deserialize;

use super::{Appeal, Clock, Limit, Milestone, PayKind, PayStart, Procedure, Step, law, milestone, usual_end};
use crate::calendar::Roll;
use crate::text::{Bilingual, Refusal};

#[derive(Deserialize)]
pub(super) struct File {
    clock: Option<ClockTable>,
    #[serde(default)]
    step: Vec<StepTable>,
    publicity: Option<PublicityTable>,
    appeal: Option<AppealTable>,
    pay: Option<PayTable>,
    review: Option<ReviewTable>,
    urgent: Option<UrgentTable>,
}

#[derive(Deserialize)]
struct ClockTable {
    #[serde(alias = "after", alias = "from")]
    start: Option<String>,
    #[serde(alias = "limit", alias = "total")]
    legal: Option<LimitText>,
    delegated: Option<LimitText>,
    special: Option<LimitText>,
    promised: Option<LimitText>,
    roll: Option<bool>,
    #[serde(default)]
    source: Sources,
}

#[derive(Deserialize)]
struct StepTable {
    id: String,
    zh: String,
    #[serde(default)]
    en: String,
    #[serde(alias = "who")]
    post: Option<String>,
    #[serde(alias = "legal")]
    limit: Option<LimitText>,
    #[serde(default)]
    limits: BTreeMap<String, String>,
    promised: Option<LimitText>,
    after: Option<String>,
    until: Option<String>,
    #[serde(default)]
    source: Sources,
}

#[derive(Deserialize)]
struct PublicityTable {
    #[serde(alias = "length", alias = "legal")]
    limit: LimitText,
}

#[derive(Deserialize)]
struct AppealTable {
    review: LimitText,
    lawsuit: LimitText,
    #[serde(default)]
    to_zh: String,
    #[serde(default)]
    to_en: String,
    #[serde(default)]
    source: Sources,
}

#[derive(Deserialize)]
struct PayTable {
    #[serde(default)]
    starts: PayStart,
    #[serde(default)]
    kind: PayKind,
}

#[derive(Deserialize)]
struct ReviewTable {
    months: Option<u32>,
}

#[derive(Deserialize)]
struct UrgentTable {
    township_ceiling: Option<String>,
}

/// `"3wd"`, or `{working_days = 3}`, or a bare number of working days.
#[derive(Deserialize)]
#[serde(untagged)]
enum LimitText {
    Text(String),
    Number(u32),
    Table(BTreeMap<String, u32>),
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Sources {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl From<Sources> for Vec<String> {
    fn from(sources: Sources) -> Self {
        match sources {
            Sources::None => Self::new(),
            Sources::One(one) => vec![one],
            Sources::Many(many) => many,
        }
    }
}

fn limit(text: LimitText, problems: &mut Vec<Refusal>) -> Option<Limit> {
    let read = match text {
        LimitText::Number(n) => Ok(Limit::WorkingDays(n)),
        LimitText::Text(text) => Limit::parse(&text),
        LimitText::Table(table) => {
            let mut entries = table.into_iter();
            match (entries.next(), entries.next()) {
                (Some((unit, n)), None) => Limit::parse(&format!(
                    "{n}{}",
                    match unit.as_str() {
                        "working_days" => "wd",
                        "days" => "d",
                        "months" => "m",
                        "hours" => "h",
                        other => other,
                    }
                )),
                _ => Limit::parse(""),
            }
        }
    };
    read.map_err(|p| problems.push(p)).ok()
}

fn point(text: &str, place: &str, problems: &mut Vec<Refusal>) -> Option<Milestone> {
    let found = milestone(text);
    if found.is_none() {
        let known: Vec<&str> = Milestone::ALL.iter().map(|m| m.id()).collect();
        problems.push(law(
            format!("{place}：没有“{text}”这个节点，可用：{}", known.join("、")),
            format!("{place}: there is no milestone `{text}`; known: {}", known.join(", ")),
        ));
    }
    found
}

pub(super) fn build(file: File, problems: &mut Vec<Refusal>) -> Procedure {
    let roll = match file.clock.as_ref().and_then(|c| c.roll) {
        Some(false) => Roll::Keep,
        Some(true) | None => Roll::NextWorkingDay,
    };
    let clock = file.clock.and_then(|c| clock(c, problems));
    let mut steps: Vec<Step> = Vec::new();
    for table in file.step {
        if let Some(step) = step(table, problems) {
            if steps.iter().any(|s| s.id == step.id) {
                problems.push(law(
                    format!("环节 {} 出现两次", step.id),
                    format!("the step {} is there twice", step.id),
                ));
            }
            steps.push(step);
        }
    }
    // The length of the notice may stand in its step alone.
    let publicity = match file.publicity {
        Some(table) => limit(table.limit, problems),
        None => steps.iter().find(|s| s.id == "publicity").and_then(|s| s.limit),
    };
    let pay = file.pay.unwrap_or(PayTable { starts: PayStart::default(), kind: PayKind::default() });
    let township_ceiling = file.urgent.and_then(|u| u.township_ceiling).and_then(|text| {
        let yuan = text.trim().trim_end_matches('元');
        Fen::parse_yuan(yuan).map_err(|e| problems.push(law(e.zh, e.en))).ok()
    });
    Procedure {
        clock,
        steps,
        publicity,
        appeal: file.appeal.and_then(|a| appeal(a, problems)),
        pay_start: pay.starts,
        pay_kind: pay.kind,
        review_months: file.review.and_then(|r| r.months),
        township_ceiling,
        roll,
    }
}

fn clock(table: ClockTable, problems: &mut Vec<Refusal>) -> Option<Clock> {
    let start = point(table.start.as_deref().unwrap_or("acceptance"), "[clock]", problems);
    let mut read = |text: Option<LimitText>| text.and_then(|t| limit(t, problems));
    let (legal, delegated) = (read(table.legal), read(table.delegated));
    let (special, promised) = (read(table.special), read(table.promised));
    Some(Clock { start: start?, legal: legal?, delegated, special, promised, source: table.source.into() })
}

fn step(table: StepTable, problems: &mut Vec<Refusal>) -> Option<Step> {
    let place = format!("[[step]] {}", table.id);
    let post = table.post.as_deref().and_then(|text| {
        let post = Post::from_id(text.trim());
        // Applicants and villages act in procedures too, but have no post in the work list.
        if post.is_none() && !matches!(text, "applicant" | "village" | "township" | "county") {
            problems.push(law(
                format!("{place}：没有“{text}”这个岗位"),
                format!("{place}: there is no post `{text}`"),
            ));
        }
        post
    });
    let after = point(table.after.as_deref().unwrap_or("acceptance"), &place, problems);
    let until = match table.until.as_deref() {
        Some(text) => point(text, &place, problems),
        None => usual_end(&table.id),
    };
    // Only a refusal is notified within days; a confirmation is published and paid.
    let after = match (after, table.id.as_str()) {
        (Some(Milestone::Decision), "refusal_notice") => Some(Milestone::Refusal),
        (after, _) => after,
    };
    let mut by_urgency = [None; 4];
    for (class, text) in table.limits {
        let slot = match class.as_str() {
            "red" => by_urgency.get_mut(0),
            "orange" => by_urgency.get_mut(1),
            "yellow" => by_urgency.get_mut(2),
            "blue" => by_urgency.get_mut(3),
            _ => None,
        };
        match slot {
            Some(slot) => *slot = limit(LimitText::Text(text), problems),
            None => problems.push(law(
                format!("{place}：紧急程度只有 red、orange、yellow、blue，没有 {class}"),
                format!("{place}: urgency is red, orange, yellow or blue, not {class}"),
            )),
        }
    }
    Some(Step {
        limit: table.limit.and_then(|t| limit(t, problems)),
        promised: table.promised.and_then(|t| limit(t, problems)),
        name: Bilingual::new(table.zh, table.en),
        id: table.id,
        post,
        by_urgency,
        after: after?,
        until,
        source: table.source.into(),
    })
}

fn appeal(table: AppealTable, problems: &mut Vec<Refusal>) -> Option<Appeal> {
    let review = limit(table.review, problems);
    let lawsuit = limit(table.lawsuit, problems);
    Some(Appeal {
        review: review?,
        lawsuit: lawsuit?,
        to: Bilingual::new(table.to_zh, table.to_en),
        source: table.source.into(),
    })
}
