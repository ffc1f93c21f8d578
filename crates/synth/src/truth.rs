//! What is so, for those who measure what was found: entitlements, awards, causes, injected errors. No names
//! and no identity numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use doudi_policy::Fen;

use crate::awards::{Standing, is_subsidy, is_temporary};
use crate::spoil::Injected;
use crate::world::{Cause, CauseKind, Household, World};
use crate::{Report, SynthError, files};

/// One programme of one household.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    outcome: String,
    due: bool,
    paid: bool,
    amount_fen: i64,
}

/// A programme of persons counts as paid when everybody receives it to whom it is due.
fn lines(standing: &Standing) -> Vec<Line> {
    let outcomes: BTreeSet<&str> = standing
        .entitled
        .iter()
        .map(|e| e.outcome.as_str())
        .chain(standing.awards.iter().map(|a| a.outcome.as_str()))
        .collect();
    let line = |outcome: &str| {
        let due: Vec<_> = standing.entitled.iter().filter(|e| e.outcome == outcome).collect();
        let paid: Vec<_> = standing.awards.iter().filter(|a| a.outcome == outcome).collect();
        let everybody = due.iter().all(|e| paid.iter().any(|a| a.member == e.member));
        let amount_fen = if due.is_empty() {
            paid.iter().map(|a| a.amount_fen).sum()
        } else {
            due.iter().map(|e| e.amount_fen).sum()
        };
        Line {
            outcome: outcome.to_owned(),
            due: !due.is_empty(),
            paid: !paid.is_empty() && everybody,
            amount_fen,
        }
    };
    outcomes.into_iter().map(line).collect()
}

/// What made the household need the programme: a disability that leaves the work of the person alone is a reason
/// for the disability subsidies and for nothing else.
fn causes_of<'a>(home: &'a Household, outcome: &'a str) -> impl Iterator<Item = &'a Cause> {
    home.causes.iter().filter(move |c| match c.kind {
        CauseKind::Disability => is_subsidy(outcome) || c.person.is_some_and(|i| limits_work(home, i)),
        _ => !is_subsidy(outcome),
    })
}

fn limits_work(home: &Household, member: usize) -> bool {
    let disability = home.members.get(member).and_then(|p| p.disability.as_ref());
    disability.is_some_and(|d| d.grade <= 2 || d.grade == 3 && matches!(d.worst, 5 | 6))
}

/// Counts what was generated.
pub(crate) fn count(world: &World, standings: &[Standing]) -> Report {
    let mut report = Report { households: world.households.len(), ..Report::default() };
    for (home, standing) in world.households.iter().zip(standings) {
        let present = home.present().count();
        report.persons += present;
        if !home.urban {
            report.rural_persons += present;
        }
        let certified = |p: &&crate::world::Person| {
            p.disability.as_ref().is_some_and(|d| d.certified.is_some() && d.status == "有效")
        };
        report.disability_certificates += home.present().filter(certified).count();
        for outcome in &standing.undecided {
            *report.undecided.entry(outcome.clone()).or_default() += 1;
        }
        let lines = lines(standing);
        for line in &lines {
            if line.due {
                *report.entitled.entry(line.outcome.clone()).or_default() += 1;
            }
            if line.paid {
                *report.receiving.entry(line.outcome.clone()).or_default() += 1;
            }
        }
        report.missed += usize::from(lines.iter().any(|l| l.due && !l.paid));
        let wrong = |l: &Line| l.paid && !l.due && !is_temporary(&l.outcome);
        report.wrongly_paid += usize::from(lines.iter().any(wrong));
        if home.urban {
            continue;
        }
        for a in &standing.awards {
            match a.outcome.as_str() {
                "dibao" | "dibao_single" => {
                    report.rural_dibao_persons += a.covered.len();
                    report.rural_dibao_households += 1;
                }
                "tekun" => report.rural_tekun_persons += a.covered.len(),
                _ => {}
            }
        }
    }
    report
}

/// Writes truth.csv and errors.csv; gives the missed households of whom no feed shows a cause.
pub(crate) fn write(
    folder: &Path,
    world: &World,
    standings: &[Standing],
    injected: &[Injected],
) -> Result<usize, SynthError> {
    let yes = |b: bool| (if b { "是" } else { "否" }).to_owned();
    let mut rows = Vec::new();
    let mut unseen = 0;
    for (home, standing) in world.households.iter().zip(standings) {
        let mut missed = false;
        let mut seen = false;
        for line in lines(standing) {
            let causes: Vec<&Cause> = causes_of(home, &line.outcome).collect();
            let feeds: BTreeSet<&str> = causes.iter().flat_map(|c| c.seen_by.iter().copied()).collect();
            if line.due && !line.paid {
                missed = true;
                seen |= !feeds.is_empty();
            }
            let names: Vec<String> = causes.iter().map(|c| format!("{}@{}", c.kind.id(), c.on)).collect();
            rows.push([
                home.code.clone(),
                line.outcome,
                yes(line.due),
                yes(line.paid),
                Fen(line.amount_fen).to_string(),
                names.join(";"),
                feeds.into_iter().collect::<Vec<_>>().join(";"),
            ]);
        }
        unseen += usize::from(missed && !seen);
    }
    let header = ["户号", "项目", "应享", "在享", "月金额", "冲击", "被观测"];
    files::csv(&folder.join("truth.csv"), &header, rows, false)?;
    let mut errors: BTreeMap<(&str, usize, &str), &str> = BTreeMap::new();
    for e in injected {
        errors.insert((e.feed, e.line, e.kind), e.note);
    }
    let rows = errors.iter().map(|((feed, line, kind), note)| {
        [(*feed).to_owned(), line.to_string(), (*kind).to_owned(), (*note).to_owned()]
    });
    files::csv(&folder.join("errors.csv"), &["feed", "line", "kind", "note"], rows, false)?;
    Ok(unseen)
}
