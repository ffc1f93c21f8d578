//! 走访与入户调查: append-only records. A late or offline record is added, never lost and never changed.

use std::collections::BTreeMap;

use doudi_policy::Date;
use doudi_registry::{Grade, Observation, ObservationId, Origin, Post, Scalar, StaffId, Subject, VisitId};
use serde::{Deserialize, Serialize};

use crate::text::Bilingual;

/// 调查人.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surveyor {
    /// Who.
    pub staff: StaffId,
    /// Name as signed.
    pub name: String,
    /// Post on the day of the visit.
    pub post: Post,
}

/// One thing seen or told on the visit: a fact of the vocabulary about a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whose fact.
    pub subject: Subject,
    /// Fact id, or `members_complete` and `obligors_complete` for the lists themselves.
    pub fact: String,
    /// The value as an observation holds it.
    pub value: Scalar,
}

/// A question of the visit that got no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// Whose fact.
    pub subject: Subject,
    /// Fact id, as in [`Answer::fact`].
    pub fact: String,
    /// What is asked of whom, as the next visitor reads it.
    pub label: Bilingual,
}

/// 走访所得: what became of the questions of a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What was seen and told, fact by fact.
    pub answers: Vec<Answer>,
    /// 说不清: asked, and the family could not say.
    pub unclear: Vec<Unanswered>,
    /// 没问到: what the rules still need after the answers, a visit can find out, and nobody asked.
    pub unasked: Vec<Unanswered>,
}

impl Told {
    /// Whether a question was put: answered, or the family could not say.
    #[must_use]
    pub fn asked(&self, subject: Subject, fact: &str) -> bool {
        self.answers.iter().any(|a| a.subject == subject && a.fact == fact)
            || self.unclear.iter().any(|u| u.subject == subject && u.fact == fact)
    }
}

/// 更正: an answer that differs from what an earlier visit of the case was told. Both stay on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction<'v> {
    /// What was told now.
    pub answer: &'v Answer,
    /// What had been told before.
    pub was: &'v Scalar,
}

/// 走访记录 as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Day of the visit.
    pub on: Date,
    /// Day on which the record arrived; later than `on` for an offline form.
    pub recorded_on: Date,
    /// Who went.
    pub surveyors: Vec<Surveyor>,
    /// Member of the family who signed, where one did.
    pub signed_by: Option<String>,
    /// Whether somebody of the family was met.
    pub met: bool,
    /// What was asked, and what the family told.
    pub told: Told,
    /// Free text of the visitor.
    pub note: String,
    /// Round of the survey: an objection opens a new round.
    pub round: u32,
    /// 补充材料: it came when the stage it belongs to was over; it binds nobody and is read by everybody.
    pub supplementary: bool,
}

impl Visit {
    /// 入户调查: the family met, two surveyors or more, signed by a member. What it left out is said apart, by
    /// [`crate::Case::unasked`].
    #[must_use]
    pub fn is_household_survey(&self) -> bool {
        self.met && self.surveyor_count() >= 2 && self.signed_by.is_some()
    }

    /// 证据等级 of what was told: checked where two went and a member signed, else said only.
    #[must_use]
    pub fn grade(&self) -> Grade {
        if self.surveyor_count() >= 2 && self.signed_by.is_some() { Grade::B } else { Grade::D }
    }

    /// What was told as observations of the day, one for each subject, that cite the visit.
    #[must_use]
    pub fn observations(&self, id: VisitId) -> Vec<Observation> {
        let mut by_subject: BTreeMap<Subject, BTreeMap<String, Scalar>> = BTreeMap::new();
        for answer in &self.told.answers {
            let facts = by_subject.entry(answer.subject).or_default();
            facts.insert(answer.fact.clone(), answer.value.clone());
        }
        let observed = |(subject, payload)| Observation {
            id: ObservationId(0),
            subject,
            source: "visit".to_owned(),
            origin: Origin::Visit(id),
            line: None,
            grade: self.grade(),
            valid_from: self.on,
            valid_to: None,
            recorded_at: self.recorded_on,
            recorded_by: self.surveyors.first().map(|s| s.staff),
            payload,
        };
        by_subject.into_iter().map(observed).collect()
    }

    /// What the visit corrects of what the visits before it, in their order, were told.
    #[must_use]
    pub fn corrections<'v>(&'v self, before: impl IntoIterator<Item = &'v Self>) -> Vec<Correction<'v>> {
        let mut told: BTreeMap<(Subject, &str), &Scalar> = BTreeMap::new();
        for answer in before.into_iter().filter(|v| v.met).flat_map(|v| &v.told.answers) {
            told.insert((answer.subject, &answer.fact), &answer.value);
        }
        let answers = self.told.answers.iter().filter(|_| self.met);
        answers
            .filter_map(|answer| {
                let was = *told.get(&(answer.subject, answer.fact.as_str()))?;
                (*was != answer.value).then_some(Correction { answer, was })
            })
            .collect()
    }

    /// Different surveyors.
    #[must_use]
    pub fn surveyor_count(&self) -> usize {
        let mut ids: Vec<StaffId> = self.surveyors.iter().map(|s| s.staff).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    /// Whether the county took part.
    #[must_use]
    pub fn by_county(&self) -> bool {
        self.surveyors.iter().any(|s| s.post == Post::CountyOfficer)
    }
}
