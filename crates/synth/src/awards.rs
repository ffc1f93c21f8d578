//! Who receives on the last day: most of those who are entitled, fewer after a recent shock, and some whose
//! life became better without anybody telling.

use doudi_policy::sheet::FactSheet;
use doudi_policy::{Date, Month};

use crate::Config;
use crate::calibration as c;
use crate::dice::{Dice, Purpose};
use crate::places::Village;
use crate::sheet::{self, Receives};
use crate::world::{CauseKind, END, Household, Improvement, day};

/// What the law gives a household of which everything is known. The tree-walking interpreter implements it;
/// the evaluator that the county is used to test never does.
pub trait Entitlement: Sync {
    /// Every programme that the household (or one of its members) is entitled to.
    ///
    /// # Errors
    /// A sheet that the law cannot read: a fact or value that its vocabulary does not have.
    fn assess(&self, sheet: &FactSheet) -> Result<Judgement, String>;
}

/// What the law says about one sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What is due.
    pub due: Vec<Entitled>,
    /// Outcomes that the law left open although nothing is unknown: a defect of the sheet or of the law.
    pub undecided: Vec<String>,
}

/// One programme that somebody is entitled to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitled {
    /// Outcome id: `dibao`, `tekun` …
    pub outcome: String,
    /// Position of the member, for a programme of persons.
    pub member: Option<usize>,
    /// A month, in fen; 0 for a status without money.
    pub amount_fen: i64,
}

/// One award in force.
#[derive(Clone, Debug)]
pub(crate) struct Award {
    pub(crate) outcome: String,
    pub(crate) covered: Vec<usize>,
    pub(crate) member: Option<usize>,
    pub(crate) from: Month,
    pub(crate) amount_fen: i64,
    pub(crate) review: Date,
    pub(crate) account: u64,
}

/// What is due to a household and what it gets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) entitled: Vec<Entitled>,
    pub(crate) awards: Vec<Award>,
    pub(crate) undecided: Vec<String>,
}

/// Entitlement by the law, awards by chance.
pub(crate) fn standing(
    config: &Config,
    index: u64,
    home: &Household,
    villages: &[Village],
    law: &dyn Entitlement,
) -> Result<Standing, String> {
    let Some(village) = villages.get(home.village) else {
        return Ok(Standing::default());
    };
    let mut dice = Dice::new(config.seed, Purpose::Awards, index);
    let judge = |awards: &[Award]| {
        let mut judgement = law.assess(&sheet::of(home, village, &receives(home, awards)))?;
        drop_fallbacks(home, &mut judgement.due);
        Ok::<Judgement, String>(judgement)
    };
    let Judgement { due: nothing_paid, undecided } = judge(&[])?;
    if home.guided {
        return Ok(Standing { entitled: nothing_paid, awards: Vec::new(), undecided });
    }
    let mut awards = Vec::new();
    for due in nothing_paid.iter().filter(|e| e.outcome == "tekun") {
        take_up(&mut dice, config.take_up, home, &nothing_paid, due, &mut awards);
    }
    let first = if awards.is_empty() { nothing_paid } else { judge(&awards)?.due };
    let (single, rest): (Vec<&Entitled>, Vec<&Entitled>) = first
        .iter()
        .filter(|e| e.outcome != "tekun" && !is_subsidy(&e.outcome))
        .partition(|e| e.outcome == "dibao_single");
    // The family's recognition comes before the single-person route, in whatever order the law lists them.
    for due in rest.into_iter().chain(single) {
        take_up(&mut dice, config.take_up, home, &first, due, &mut awards);
    }
    still_paid(&mut dice, home, village, law, &first, &mut awards)?;
    if first.is_empty() && awards.is_empty() && home.poor() && dice.happens(&c::WRONG_FROM_START) {
        awards.push(award(&mut dice, home, "dibao", None, 20_000, 30));
    }
    let entitled = if awards.is_empty() {
        first
    } else {
        // Help that was given once is no longer due, but it was due.
        let mut due = judge(&awards)?.due;
        due.retain(|e| !is_temporary(&e.outcome));
        due.extend(first.into_iter().filter(|e| is_temporary(&e.outcome)));
        due
    };
    for due in entitled.iter().filter(|e| is_subsidy(&e.outcome)) {
        let months = due.member.map_or(99, |i| months_since_certificate(home, i));
        if dice.percent(step(&c::TAKE_UP_SUBSIDY, months)) {
            awards.push(award(&mut dice, home, &due.outcome, due.member, due.amount_fen, months.min(60)));
        }
    }
    Ok(Standing { entitled, awards, undecided })
}

/// Where everybody who counts is due the support for extreme hardship, the family's dibao is no second due.
fn drop_fallbacks(home: &Household, due: &mut Vec<Entitled>) {
    let tekun: Vec<Option<usize>> = due.iter().filter(|e| e.outcome == "tekun").map(|e| e.member).collect();
    let mut unit = home.members.iter().enumerate().filter(|(_, p)| sheet::in_unit(p));
    if !tekun.is_empty() && unit.all(|(i, _)| tekun.contains(&Some(i))) {
        due.retain(|e| !matches!(e.outcome.as_str(), "dibao" | "edge" | "dibao_single"));
    }
}

pub(crate) fn is_subsidy(outcome: &str) -> bool {
    outcome.starts_with("ds_")
}

pub(crate) fn is_temporary(outcome: &str) -> bool {
    outcome.starts_with("ta")
}

fn step(steps: &[(i32, u32)], months: i32) -> u32 {
    steps.iter().find(|(below, _)| months < *below).map_or(0, |s| s.1)
}

fn months_ago(on: Date) -> i32 {
    day(END).month().0 - on.month().0
}

/// Months since the last thing happened that could make the household poor.
fn months_since_cause(home: &Household) -> i32 {
    let shock = |k: CauseKind| {
        matches!(
            k,
            CauseKind::Illness
                | CauseKind::Disability
                | CauseKind::EarnerDied
                | CauseKind::JobLost
                | CauseKind::Disaster
        )
    };
    let last = home.causes.iter().filter(|c| shock(c.kind)).map(|c| c.on).max();
    last.map_or(60, months_ago)
}

fn months_since_certificate(home: &Household, member: usize) -> i32 {
    let disability = home.members.get(member).and_then(|p| p.disability.as_ref());
    disability.and_then(|d| d.certified).map_or(60, months_ago)
}

fn take_up(
    dice: &mut Dice,
    lasting: u32,
    home: &Household,
    all: &[Entitled],
    due: &Entitled,
    awards: &mut Vec<Award>,
) {
    let months = months_since_cause(home);
    let has = |awards: &[Award], outcome: &str| awards.iter().any(|a| a.outcome == outcome);
    // Within an edge family the single-person route goes with the recognition of the family.
    let edge_family = all.iter().any(|e| e.outcome == "edge");
    if due.outcome == "dibao_single" && edge_family && !has(awards, "edge") {
        return;
    }
    let percent = if is_temporary(&due.outcome) {
        if all.iter().any(|e| e.outcome == "dibao" || e.outcome == "tekun") { 92 } else { 84 }
    } else {
        if months < 24 { step(&c::TAKE_UP, months) } else { lasting }
    };
    if dice.percent(percent) {
        let one = award(dice, home, &due.outcome, due.member, due.amount_fen, months);
        awards.push(one);
    }
}

/// Benefits that should have stopped when life became better, or when somebody died.
fn still_paid(
    dice: &mut Dice,
    home: &Household,
    village: &Village,
    law: &dyn Entitlement,
    now: &[Entitled],
    awards: &mut Vec<Award>,
) -> Result<(), String> {
    let Some((before, on, kind)) = &home.before else { return Ok(()) };
    if !dice.percent(step(&c::STILL_PAID, months_ago(*on))) {
        return Ok(());
    }
    for due in law.assess(&sheet::of(before, village, &[]))?.due {
        let same = |e: &Entitled| e.outcome == due.outcome && e.member == due.member;
        if is_temporary(&due.outcome) || is_subsidy(&due.outcome) && *kind != Improvement::Death {
            continue;
        }
        let taken = |a: &Award| a.outcome == due.outcome || due.outcome == "edge" && a.outcome == "dibao";
        if now.iter().any(same) || awards.iter().any(taken) {
            continue;
        }
        // Nobody corrected the status while the old money went on.
        if due.outcome == "dibao" {
            awards.retain(|a| !matches!(a.outcome.as_str(), "edge" | "dibao_single"));
        }
        let mut old = award(dice, before, &due.outcome, due.member, due.amount_fen, months_ago(*on) + 8);
        old.amount_fen = due.amount_fen;
        awards.push(old);
    }
    Ok(())
}

fn award(
    dice: &mut Dice,
    home: &Household,
    outcome: &str,
    member: Option<usize>,
    amount_fen: i64,
    months: i32,
) -> Award {
    let covered = match member {
        Some(i) => vec![i],
        None => {
            let unit = home.members.iter().enumerate().filter(|(_, p)| sheet::in_unit(p));
            unit.map(|(i, _)| i).collect()
        }
    };
    // Nobody is awarded in the month of the event; who was poor all along came in over the last years.
    let waited = dice.between(2, 4) as i32;
    let ago = if months >= 48 { dice.between(3, 60) as i32 } else { (months - waited).max(0) };
    let from = day(END).month().plus(-ago);
    let overdue = dice.percent(3);
    let ahead = if overdue { -(dice.between(5, 80) as i32) } else { dice.between(10, 350) as i32 };
    Award {
        outcome: outcome.to_owned(),
        covered,
        member,
        from,
        amount_fen,
        review: day(END).plus_days(ahead),
        account: dice.below(10_000),
    }
}

/// What the awards mean for each member, in the words of the sheet.
pub(crate) fn receives(home: &Household, awards: &[Award]) -> Vec<Receives> {
    let mut all = vec![Receives::default(); home.members.len()];
    for a in awards {
        for i in &a.covered {
            let Some(r) = all.get_mut(*i) else { continue };
            match a.outcome.as_str() {
                "dibao" | "dibao_single" => r.dibao = true,
                "edge" => r.edge = true,
                "tekun" => r.tekun = true,
                other if is_temporary(other) => r.temporary = true,
                _ => {}
            }
        }
    }
    all
}
