//! 待遇: a standing right to money, from a decision.

use doudi_policy::{Fen, Month};
use doudi_registry::{AwardId, CaseId, HouseholdId, PersonId};
use serde::{Deserialize, Serialize};

use crate::refusal::Text;

/// 领取对象: whom the money is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Beneficiary {
    /// 家庭
    Household(HouseholdId),
    /// 个人
    Person(PersonId),
}

impl Beneficiary {
    /// Stable text, `h12` or `p34`: what the unique index and the line id are made of.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::Household(id) => format!("h{}", id.0),
            Self::Person(id) => format!("p{}", id.0),
        }
    }
}

/// How the money comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 按月
    Monthly,
    /// 一次性, in the month `from`
    Once,
}

/// 待遇. A change of amount ends one award and begins another, each with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// Id.
    pub id: AwardId,
    /// The case that decided it; absent for awards taken over when the county started.
    pub case: Option<CaseId>,
    /// Outcome id.
    pub programme: String,
    /// 互斥组: nobody is covered twice in one group and month (`living` for dibao, tekun, orphans …).
    pub group: String,
    /// The family.
    pub household: HouseholdId,
    /// Whom the money is for.
    pub beneficiary: Beneficiary,
    /// Everybody whom it covers.
    pub covered: Vec<PersonId>,
    /// Money: a month, or once.
    pub amount: Fen,
    /// How it comes.
    pub kind: Kind,
    /// First month.
    pub from: Month,
    /// Last month; `None` while it lasts.
    pub to: Option<Month>,
    /// Why it began or changed, with the number of the case.
    pub reason: Text,
    /// Why it ended, where it did.
    pub end_reason: Option<Text>,
}

/// Whether a recognition without money may give way to an award: nobody is left without the one and the other.
#[must_use]
pub fn nobody_loses(recognised: &[PersonId], covered: &[PersonId]) -> bool {
    recognised.iter().all(|person| covered.contains(person))
}

impl Award {
    /// Whether it pays in a month. An award without money (a status alone) never does.
    #[must_use]
    pub fn pays_in(&self, period: Month) -> bool {
        let runs = match self.kind {
            Kind::Monthly => self.from <= period && self.to.is_none_or(|to| period <= to),
            Kind::Once => self.from == period,
        };
        runs && self.amount > Fen::ZERO
    }
}
