//! 可办动作: the buttons of a case for one person, and why some of them cannot be pressed now.

use crate::act::Context;
use crate::case::Case;
use crate::guard;
use crate::staff::Actor;
use crate::status::Action;
use crate::table::posts;
use crate::text::{Bilingual, Refusal};

/// A button: an action that exists in the status of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The action.
    pub action: Action,
    /// Its label.
    pub label: Bilingual,
    /// Why this person cannot take it now; `None` where they can.
    pub refusal: Option<Refusal>,
}

/// Every action that exists in the status of the case, in the order of work.
#[must_use]
pub fn offers(case: &Case, actor: &Actor, context: &Context<'_>) -> Vec<Offer> {
    Action::ALL
        .iter()
        .copied()
        .filter(|action| !posts(case.status, *action).is_empty())
        .map(|action| Offer {
            action,
            label: Bilingual::new(action.zh(), action.en()),
            refusal: guard::check(case, action, actor, context).err(),
        })
        .collect()
}
