//! 走访与入户调查: append-only records. A late or offline record is added, never lost and never changed.

use doudi_policy::Date;
use doudi_registry::{Post, StaffId};
use serde::{Deserialize, Serialize};

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
    /// Whose fact: `household`, or a member's or obligor's key in the sheet.
    pub subject: String,
    /// Fact id.
    pub fact: String,
    /// The value as the fact sheet writes it.
    pub value: String,
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
    /// What was seen and told, fact by fact.
    pub answers: Vec<Answer>,
    /// Free text of the visitor.
    pub note: String,
    /// Round of the survey: an objection opens a new round.
    pub round: u32,
    /// 补充材料: it came when the stage it belongs to was over; it binds nobody and is read by everybody.
    pub supplementary: bool,
}

impl Visit {
    /// Whether the record is a full household survey: the family met, two surveyors or more, signed by a member.
    #[must_use]
    pub fn is_household_survey(&self) -> bool {
        self.met && self.surveyor_count() >= 2 && self.signed_by.is_some()
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
