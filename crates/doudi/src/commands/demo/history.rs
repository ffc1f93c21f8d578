//! What the county did in the two weeks before the demo begins: took the register over, paid June, and carried a few
//! families through. Every step is the one that the pages take, by the people whose work it is.

use anyhow::{Result, anyhow};
use doudi_casework::procedure::PayKind;
use doudi_payment::refusal::Text;
use doudi_payment::{Line, LineState, Officer, ReturnFile};
use doudi_policy::plan::{Entity, Plan};
use doudi_policy::{Date, Fen, Month};
use doudi_registry::{HouseholdId, Lead, LeadKind, Post, RosterId};
use doudi_web::law::exclusive_group;

use super::office::Office;
use super::{GUIDED, period};

/// The days of the fortnight. 10 June is the Dragon Boat holiday; a public notice of seven days that goes up on the
/// 5th has run out when the 12th is over.
pub(crate) struct Days {
    pub(crate) sweep: Date,
    pub(crate) visit: Date,
    pub(crate) opinion: Date,
    pub(crate) seal: Date,
    pub(crate) export: Date,
    pub(crate) bank: Date,
    pub(crate) submit: Date,
    pub(crate) confirm: Date,
    pub(crate) now: Date,
}

impl Days {
    pub(crate) fn of_june() -> Self {
        let day = |d| Date::from_ymd(2024, 6, d).unwrap_or(Date(0));
        Self {
            sweep: day(3),
            visit: day(4),
            opinion: day(5),
            seal: day(6),
            export: day(7),
            bank: day(12),
            submit: day(13),
            confirm: day(14),
            now: day(17),
        }
    }
}

/// What the county's own file of the truth says of a family and a programme that it should receive and does not.
pub(crate) type Truth<'a> = dyn Fn(HouseholdId, &str) -> Option<Fen> + 'a;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Awards taken over from the register.
    pub(crate) adopted: usize,
    /// Rows of the register that wait for a person, since two programmes exclude each other.
    pub(crate) waiting: usize,
    /// The family whose chain is finished.
    pub(crate) finished: Option<HouseholdId>,
}

/// One bank account in so many is wrong, as in life.
const ONE_RETURNED_IN: usize = 400;

/// Programmes that pay by the month, the dearest a head first: where two exclude each other, nobody gets less.
async fn monthly<'p>(office: &Office, plan: &'p Plan) -> Result<Vec<&'p str>> {
    let mut all = Vec::new();
    for count in office.store().receiving_counts(period(), None).await.map_err(|e| anyhow!("{e}"))? {
        let Some(outcome) = plan.outcomes.iter().find(|o| o.id == count.programme) else { continue };
        let procedure = office.state().law().procedure(plan, &outcome.id).map_err(|e| anyhow!("{e}"))?;
        if procedure.pay_kind == PayKind::Monthly {
            let a_head = count.amount.0.checked_div(count.persons).unwrap_or(0);
            all.push((std::cmp::Reverse(a_head), outcome.id.as_str()));
        }
    }
    all.sort_unstable();
    Ok(all.into_iter().map(|(_, id)| id).collect())
}

/// 启用: what the register says is paid becomes awards.
pub(crate) async fn adopt(office: &Office, plan: &Plan, past: &mut Past) -> Result<()> {
    for programme in monthly(office, plan).await? {
        let per_person = plan.outcomes.iter().any(|o| o.id == programme && o.of == Entity::Member);
        let group = exclusive_group(plan, programme);
        let reason = Text::new("启用平台时在册", "on the register when the platform started");
        let done = office
            .store()
            .adopt_awards(programme, &group, per_person, reason)
            .await
            .map_err(|e| anyhow!("{programme}: {e}"))?;
        past.adopted += done.awards;
        past.waiting += done.waiting;
    }
    Ok(())
}

/// June: one roster a programme, sealed by a second person, sent, and answered by the bank.
pub(crate) async fn pay_june(office: &Office, plan: &Plan, days: &Days) -> Result<()> {
    for programme in monthly(office, plan).await? {
        if plan.outcomes.iter().any(|o| o.id == programme && o.amount.is_none()) {
            continue;
        }
        let id = sealed(office, programme, period(), (days.opinion, days.seal)).await?;
        let finance = officer(office, Post::FinanceOfficer)?;
        let store = office.store();
        store.export_roster(id, finance, days.export).await.map_err(|e| anyhow!("{programme}: {e}"))?;
        let lines = store.roster(id).await.map_err(|e| anyhow!("{e}"))?.lines;
        let answer = ReturnFile::parse(&bank_answer(&lines))
            .map_err(|found| anyhow!(found.iter().map(|r| format!("{r}\n")).collect::<String>()))?;
        store
            .acknowledge_roster(id, finance, days.bank, &answer)
            .await
            .map_err(|e| anyhow!("{programme}: {e}"))?;
    }
    Ok(())
}

fn officer(office: &Office, post: Post) -> Result<Officer> {
    let staff = office.anybody(post)?;
    Ok(Officer { staff: staff.id, post })
}

/// Makes a roster on one day; the reviewer seals it on another.
async fn sealed(office: &Office, programme: &str, month: Month, on: (Date, Date)) -> Result<RosterId> {
    let store = office.store();
    let maker = officer(office, Post::FinanceOfficer)?;
    let reviewer = officer(office, Post::FinanceReviewer)?;
    let id =
        store.make_roster(programme, month, maker, on.0).await.map_err(|e| anyhow!("{programme}: {e}"))?;
    store.seal_roster(id, reviewer, on.1).await.map_err(|e| anyhow!("{programme}: {e}"))?;
    Ok(id)
}

/// The file that the fictional bank sends back.
fn bank_answer(lines: &[Line]) -> String {
    let mut text = "发放标识,结果,金额,原因\n".to_owned();
    let sent = || lines.iter().filter(|l| l.state == LineState::Sent);
    for (n, line) in sent().enumerate() {
        let (result, reason) = match n % ONE_RETURNED_IN {
            200 => ("失败", "账户已销户"),
            _ => ("成功", ""),
        };
        text.push_str(&format!("{},{result},{},{reason}\n", line.id, line.amount));
    }
    let total: i64 = sent().map(|l| l.amount.0).sum();
    text.push_str(&format!("合计,{},{},\n", sent().count(), Fen(total)));
    text
}

/// Carries families of the township with a full office through: one to a sealed roster, one to an award that the next
/// roster shows as new, one whose review raises the amount, and one whose benefit a person stops after a death.
/// What a small county does not hold is left out.
pub(crate) async fn carry(
    office: &Office,
    leads: &[Lead],
    code: &dyn Fn(HouseholdId) -> Option<String>,
    truth: &Truth<'_>,
    days: &Days,
    past: &mut Past,
) -> Result<()> {
    let here: Vec<&Lead> = leads
        .iter()
        .filter(|l| office.covers(&l.division) && code(l.household).as_deref() != Some(GUIDED))
        .collect();
    let of = |kind: LeadKind, outcomes: &[&str]| -> Vec<&Lead> {
        here.iter().copied().filter(|l| l.kind == kind && outcomes.contains(&l.outcome.as_str())).collect()
    };
    let mut taken: Vec<HouseholdId> = Vec::new();
    // A programme that the guided family does not ask for: its July roster can be sealed already.
    let finished = of(LeadKind::Missed, &["dibao_single", "tekun"]);
    if let Some(lead) = entitled(office, &finished, &taken, truth, days).await? {
        taken.push(lead.household);
        sealed(office, &lead.outcome, period().plus(1), (days.confirm, days.now)).await?;
        past.finished = Some(lead.household);
    }
    if let Some(lead) = entitled(office, &of(LeadKind::Missed, &["dibao"]), &taken, truth, days).await? {
        taken.push(lead.household);
    }
    for lead in of(LeadKind::Delivery, &["dibao"]) {
        if taken.contains(&lead.household) {
            continue;
        }
        let now = office.award(lead).await?.map_or(Fen::ZERO, |a| a.amount);
        // The visit finds that the family earns a hundred yuan a month less than at the last review.
        let wanted = Fen(now.0 + 10_000);
        let found = office.survey(lead, days.visit, Some(wanted)).await?;
        let Some(survey) = found.filter(|s| s.amount == wanted) else { continue };
        office.confirm(lead, &survey, days).await?;
        taken.push(lead.household);
        break;
    }
    for lead in of(LeadKind::Wrong, &["dibao", "dibao_single", "tekun", "ds_living", "ds_nursing"]) {
        let died = lead.indicators.iter().any(|i| i.id == "X-1");
        if died && !taken.contains(&lead.household) && office.stop_after_death(lead, days).await? {
            break;
        }
    }
    Ok(())
}

/// The first family that the law gives the programme when a visitor has asked what is open: one that is missed in
/// truth where there is one, with the amount that is due in truth.
async fn entitled<'l>(
    office: &Office,
    leads: &[&'l Lead],
    taken: &[HouseholdId],
    truth: &Truth<'_>,
    days: &Days,
) -> Result<Option<&'l Lead>> {
    for really in [true, false] {
        for lead in leads.iter().filter(|l| !taken.contains(&l.household)) {
            let due = truth(lead.household, &lead.outcome);
            if really && due.is_none() {
                continue;
            }
            let Some(survey) = office.survey(lead, days.visit, due).await? else { continue };
            if really && due != Some(survey.amount) {
                continue;
            }
            office.confirm(lead, &survey, days).await?;
            return Ok(Some(lead));
        }
    }
    Ok(None)
}
