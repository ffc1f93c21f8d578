//! The order of work and what fits into a day.

use std::collections::HashMap;

use doudi_policy::DivisionCode;
use doudi_registry::{Lead, LeadKind, LeadStatus};

use super::{Finding, Settings};

/// Sorts by kind, urgency and how few facts are open, then by place; what exceeds the capacity of a township
/// or village is queued.
pub(super) fn arrange(found: &mut [(Finding, Lead)], settings: Settings) {
    found.sort_by(|(f, a), (g, b)| {
        (a.kind, a.urgency, f.open, !f.met, f.household, f.outcome).cmp(&(
            b.kind,
            b.urgency,
            g.open,
            !g.met,
            g.household,
            g.outcome,
        ))
    });
    let mut visits: HashMap<DivisionCode, usize> = HashMap::new();
    let mut questions: HashMap<DivisionCode, usize> = HashMap::new();
    for (_, lead) in found.iter_mut() {
        let (count, most) = match lead.kind {
            LeadKind::Wrong => {
                (questions.entry(lead.division.clone()).or_default(), settings.capacity.questions_per_village)
            }
            LeadKind::Missed | LeadKind::Risk | LeadKind::Delivery => {
                let township = lead.division.at_level(4).unwrap_or_else(|| lead.division.clone());
                (visits.entry(township).or_default(), settings.capacity.visits_per_township)
            }
        };
        *count += 1;
        if *count > most {
            lead.status = LeadStatus::Queued;
            lead.due_on = None;
        }
    }
}
