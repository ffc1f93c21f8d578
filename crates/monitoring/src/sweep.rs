//! 摸排: the plan over the snapshot, and the leads that come of it. A lead is a question for a person to
//! settle; nothing is decided here, nobody is scored, and what exceeds the hands of a township waits in
//! sight instead of being dropped.

mod find;
mod order;
mod say;
mod sheet;

use std::num::NonZero;

use doudi_policy::eval::{Evaluation, Mode, Trace, assess_threaded, open_facts};
use doudi_policy::plan::Plan;
use doudi_policy::{Date, Month};
use doudi_registry::{
    FiredIndicator, HouseholdId, Lead, LeadId, LeadKind, LeadStatus, OpenFact, PersonId, Urgency,
};

use crate::contract::{ContractProblem, Contracts, check_plan};
use crate::snapshot::Snapshot;

pub use find::Finding;
pub use sheet::Provenance;

/// How many leads a day a township and a village can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Visits that a township can make on the leads of one sweep; what exceeds it is queued.
    pub visits_per_township: usize,
    /// Questions about recipients that a village is asked in one day; what exceeds it is queued.
    pub questions_per_village: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { visits_per_township: 60, questions_per_village: 2 }
    }
}

/// What a sweep is run with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Month that is assessed.
    pub period: Month,
    /// Day of the sweep.
    pub today: Date,
    /// How much can be looked at.
    pub capacity: Capacity,
    /// Day by which an open lead of each urgency (red, orange, yellow, blue) should have been looked at.
    pub due_on: [Option<Date>; 4],
    /// Threads to use.
    pub threads: usize,
}

/// What a sweep found.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Leads in the order of work; ids are 0 until they are stored.
    pub leads: Vec<Lead>,
    /// What the leads were made of, in the same order.
    pub findings: Vec<Finding>,
    /// The assessment of everybody.
    pub evaluation: Evaluation,
}

/// Assesses everybody and raises the leads.
///
/// # Errors
/// Indicators that read a field beyond its purpose, or ask about people who receive nothing.
pub fn sweep(
    contracts: &Contracts,
    plan: &Plan,
    snapshot: &Snapshot,
    provenance: &Provenance<'_>,
    settings: Settings,
) -> Result<Sweep, Vec<ContractProblem>> {
    let problems = check_plan(contracts, plan);
    if !problems.is_empty() {
        return Err(problems);
    }
    let evaluation = assess_threaded(plan, &snapshot.batch, Mode::Find, settings.threads);
    let candidates = find::candidates(plan, snapshot, &evaluation);
    let worker = |part: &[Finding]| -> Vec<(Finding, Lead)> {
        part.iter().filter_map(|f| complete(plan, snapshot, provenance, settings, f.clone())).collect()
    };
    let threads = NonZero::new(settings.threads).map_or(1, NonZero::get);
    let share = candidates.len().div_ceil(threads).max(1);
    let mut found: Vec<(Finding, Lead)> = std::thread::scope(|scope| {
        let work: Vec<_> =
            candidates.chunks(share).map(|part| (part, scope.spawn(|| worker(part)))).collect();
        work.into_iter().flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| worker(part))).collect()
    });
    order::arrange(&mut found, settings);
    let (findings, leads) = found.into_iter().unzip();
    Ok(Sweep { leads, findings, evaluation })
}

/// A candidate with what is open, the texts and the sheet; `None` where what is open cannot be settled by
/// asking or looking.
fn complete(
    plan: &Plan,
    snapshot: &Snapshot,
    provenance: &Provenance<'_>,
    settings: Settings,
    mut finding: Finding,
) -> Option<(Finding, Lead)> {
    let h = finding.household;
    let outcome = plan.outcomes.get(finding.outcome)?;
    let trace = Trace::of(plan, &snapshot.batch, h, Mode::Find);
    let members = members_of(snapshot, h);
    let place = finding.member.map(|m| m - members.start);
    let mut open = Vec::new();
    if finding.kind == LeadKind::Missed {
        for fact in open_facts(&trace, finding.outcome, place) {
            if !finding.met && !can_be_settled(plan, &fact.fact) {
                return None;
            }
            open.push(OpenFact { subject: subject(snapshot, members.start, fact.subject), fact: fact.fact });
        }
    }
    finding.open = open.len();
    let mut fired = Vec::new();
    for i in &finding.indicators {
        let Some(indicator) = plan.indicators.get(*i) else {
            continue;
        };
        fired.push(FiredIndicator {
            id: indicator.id.clone(),
            zh: say::fill(&trace, &indicator.reason.zh, &indicator.reason.places, say::Tongue::Zh),
            en: say::fill(&trace, &indicator.reason.en, &indicator.reason.places, say::Tongue::En),
            visit_zh: indicator.visit_note_zh.clone(),
            visit_en: indicator.visit_note_en.clone(),
        });
    }
    let ranks = finding.indicators.iter().filter_map(|i| plan.indicators.get(*i));
    let urgency = urgency(ranks.map(|i| i.urgency).min().unwrap_or(2));
    let reason = say::reason(plan, &finding, &fired);
    let visit = say::visit_note(&finding, &fired);
    let amount = match (finding.kind, place) {
        (LeadKind::Missed, Some(m)) => trace.evaluation().amount_member(finding.outcome, m),
        (LeadKind::Missed, None) => trace.evaluation().amount(finding.outcome, 0),
        _ => (None, None),
    };
    let pays = outcome.amount.is_some();
    let fen = |end: Option<i64>| end.filter(|_| pays).map(doudi_policy::Fen);
    let sheet = sheet::of(plan, snapshot, provenance, h);
    let household = snapshot.households.get(h).copied()?;
    let lead = Lead {
        id: LeadId(0),
        kind: finding.kind,
        outcome: outcome.id.clone(),
        household: HouseholdId(household),
        division: trace.division()?.clone(),
        person: finding.member.and_then(|m| snapshot.persons.get(m)).map(|p| PersonId(*p)),
        met: finding.met,
        indicators: fired,
        urgency,
        open_facts: open,
        reason_zh: reason.zh,
        reason_en: reason.en,
        visit_note_zh: visit.zh,
        visit_note_en: visit.en,
        amount_lo: fen(amount.0),
        amount_hi: fen(amount.1),
        sheet: serde_json::to_string(&sheet).unwrap_or_default(),
        period: settings.period,
        created_on: settings.today,
        due_on: settings.due_on.get(usize::from(urgency.rank())).copied().flatten(),
        status: LeadStatus::Open,
        assigned_to: None,
        case: None,
        closed_on: None,
        result: String::new(),
    };
    Some((finding, lead))
}

fn members_of(snapshot: &Snapshot, h: usize) -> std::ops::Range<usize> {
    let at = |i: usize| snapshot.batch.members.offsets.get(i).map_or(0, |o| *o as usize);
    at(h)..at(h + 1)
}

/// Whether asking the family, looking at home or an assessment can tell the fact.
fn can_be_settled(plan: &Plan, fact: &str) -> bool {
    if matches!(fact, "members" | "obligors") {
        return true;
    }
    let decl = plan.facts.iter().find(|f| f.id == fact);
    decl.is_some_and(|f| f.from.iter().any(|s| matches!(s.as_str(), "declaration" | "visit" | "assessment")))
}

fn subject(snapshot: &Snapshot, first: usize, subject: doudi_policy::eval::Subject) -> String {
    use doudi_policy::eval::Subject;
    match subject {
        Subject::Household => "household".to_owned(),
        Subject::Obligor(_) => "obligors".to_owned(),
        Subject::Member(i) => {
            let person = snapshot.persons.get(first + i as usize);
            person.map_or_else(|| "members".to_owned(), ToString::to_string)
        }
    }
}

fn urgency(rank: u8) -> Urgency {
    match rank {
        0 => Urgency::Red,
        1 => Urgency::Orange,
        2 => Urgency::Yellow,
        _ => Urgency::Blue,
    }
}
