//! 多年前办结的线索: one family of the township was looked at years ago and needed nothing. Its finding has outlived its
//! term, so that whoever tries the demo can erase something without moving the day.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Result, anyhow};
use doudi_casework::retention::Open;
use doudi_policy::Date;
use doudi_registry::{HouseholdId, Lead, LeadId, LeadKind, LeadStatus, Post, Urgency};

use super::office::Office;

/// Day on which it was found, and on which it was settled.
fn days() -> (Date, Date) {
    let day = |m, d| Date::from_ymd(2021, m, d).unwrap_or(Date(0));
    (day(9, 6), day(9, 15))
}

/// Gives the first family with nothing open a lead that was settled long ago; `None` where every family has something.
pub(crate) async fn settled(
    office: &Office,
    codes: &HashMap<i64, String>,
    leads: &[Lead],
    now: Date,
) -> Result<Option<HouseholdId>> {
    let store = office.store();
    let busy: BTreeSet<i64> = leads.iter().map(|l| l.household.0).collect();
    let mut free: Vec<i64> = codes.keys().copied().filter(|id| !busy.contains(id)).collect();
    free.sort_unstable();
    for id in free.into_iter().map(HouseholdId) {
        let found = store.household(id).await.map_err(|e| anyhow!("{e}"))?;
        let Some(household) = found.filter(|h| office.covers(&h.division)) else { continue };
        let holdings = store.holdings(id, now).await.map_err(|e| anyhow!("{e}"))?;
        if holdings.open.iter().any(|open| *open != Open::Member) {
            continue;
        }
        let (found_on, settled_on) = days();
        let lead = Lead {
            id: LeadId(0),
            kind: LeadKind::Missed,
            outcome: "dibao".to_owned(),
            household: id,
            division: household.division,
            person: None,
            met: false,
            indicators: Vec::new(),
            urgency: Urgency::Blue,
            open_facts: Vec::new(),
            reason_zh: "登记收入低，可能符合条件，请入户看看。".to_owned(),
            reason_en: "Little income on file; the family may be entitled. Please visit.".to_owned(),
            visit_note_zh: "看看家里日子过得怎样。".to_owned(),
            visit_note_en: "See how the family is doing.".to_owned(),
            amount_lo: None,
            amount_hi: None,
            sheet: "{}".to_owned(),
            period: found_on.month(),
            created_on: found_on,
            due_on: None,
            status: LeadStatus::Open,
            assigned_to: None,
            case: None,
            closed_on: None,
            result: String::new(),
        };
        let first = store.insert_leads(&[lead]).await.map_err(|e| anyhow!("{e}"))?;
        let clerk = office.anybody(Post::TownshipClerk)?.id;
        store.close_lead(first, settled_on, "no_need", clerk).await.map_err(|e| anyhow!("{e}"))?;
        return Ok(Some(id));
    }
    Ok(None)
}
