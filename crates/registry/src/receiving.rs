//! Who receives which programme, since when, how much.

use doudi_policy::{Date, Fen, Month};
use serde::{Deserialize, Serialize};

use crate::ids::{HouseholdId, PersonId};

/// 在享待遇: one person covered by one programme. Comes from the award register of the day the county
/// started, then from awards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiving {
    /// Outcome id of the programme: `dibao`, `dibao_single`, `edge`, `tekun`, `ds_living`, `ds_nursing` …
    pub programme: String,
    /// Household.
    pub household: HouseholdId,
    /// The covered person.
    pub person: PersonId,
    /// First month of payment.
    pub from: Month,
    /// Last month; `None` while it lasts.
    pub to: Option<Month>,
    /// Monthly amount; for a household programme the whole amount stands on one of its people and the
    /// others carry zero.
    pub amount: Fen,
    /// Next review, if one is due.
    pub next_review: Option<Date>,
    /// Last four digits of the account, may be empty.
    pub account_tail: String,
}
