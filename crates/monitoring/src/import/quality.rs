//! Quality rules over a whole file.

use serde::Serialize;

use super::Intake;
use super::rows::Judged;
use crate::contract::{Quality, QualityKind};
use crate::problem::Both;

/// A quality rule that a file breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Code: `unmatched`, `dead`, `population`, `shrink`, `set_aside`, `no_new_rows`.
    pub code: &'static str,
    /// The share found, in percent, rounded down.
    pub percent: u64,
    /// What it means and what to do, with the figures.
    pub text: Both,
}

/// Below this many rows a share says nothing, unless it is everything.
const FEW: u64 = 20;

/// So many rows in the year up to the newest one, ten a month, and a month without any is next to impossible: the
/// file speaks for another month. With fewer a month may well pass without an event.
const BUSY_YEAR: usize = 120;

/// The rule about rows that are set aside, where the contract has none of its own.
fn half_is_bad() -> Quality {
    Quality {
        kind: QualityKind::SetAside,
        at_most_percent: 50,
        zh: "一半以上的行不可用：先看放在一边的原因，并与来源部门核对".to_owned(),
        en: "more than half of the rows are set aside: read why, and ask the source department first"
            .to_owned(),
    }
}

/// The rule about a second file of a period, beside the one that is in force.
fn half_is_gone() -> Quality {
    Quality {
        kind: QualityKind::Shrink,
        at_most_percent: 50,
        zh: "比同一期已接收的少了一半以上：文件可能不全，缺席会被误当作没有".to_owned(),
        en: "less than half of the rows that this period has already: the file may be cut short, and absence would be read as none".to_owned(),
    }
}

pub(super) fn holds(judged: &Judged, intake: Intake<'_>) -> Vec<Hold> {
    let mut holds = Vec::new();
    let rows = judged.rows as u64;
    let rules = &intake.contract.quality;
    let own = rules.iter().any(|rule| rule.kind == QualityKind::SetAside);
    let standing = (!own).then(half_is_bad);
    let of_feed = || intake.known.iter().filter(|k| k.feed == intake.contract.id);
    // The newest delivery of a period comes first.
    let in_force = of_feed().find(|k| k.period == intake.period);
    let again = in_force.map(|_| half_is_gone());
    for rule in rules.iter().chain(&standing).chain(&again) {
        let (code, part, whole) = match rule.kind {
            QualityKind::Unmatched => ("unmatched", judged.unmatched as u64, rows),
            QualityKind::Dead => ("dead", judged.dead as u64, judged.person.len() as u64),
            QualityKind::Population => ("population", judged.people() as u64, intake.register.len() as u64),
            QualityKind::SetAside => {
                ("set_aside", (judged.quarantined.len() - judged.duplicates) as u64, rows)
            }
            QualityKind::Shrink => {
                let before = match again.as_ref().is_some_and(|again| std::ptr::eq(again, rule)) {
                    true => in_force,
                    false => of_feed().filter(|k| k.period < intake.period).max_by_key(|k| k.period),
                };
                let before = before.map_or(0, |k| k.accepted as u64);
                ("shrink", before.saturating_sub(judged.person.len() as u64), before)
            }
        };
        let broken = part.saturating_mul(100) > whole.saturating_mul(u64::from(rule.at_most_percent));
        if broken && (part >= FEW || part == whole || part.saturating_mul(2) >= whole) {
            let percent = part.saturating_mul(100).checked_div(whole).unwrap_or(100);
            let text = Both::new(
                format!("{}（{part}／{whole}，{percent}%）；未经确认不保留任何行", rule.zh),
                format!(
                    "{} ({part} of {whole}, {percent} %); nothing is kept until it is confirmed",
                    rule.en
                ),
            );
            holds.push(Hold { code, percent, text });
        }
    }
    let period = &intake.contract.period;
    if let (true, Some(column), Some(newest)) = (period.every_month, &period.column, judged.newest)
        && newest.month() < intake.period
        && judged.months.range(newest.month().plus(-11)..).map(|(_, rows)| rows).sum::<usize>() >= BUSY_YEAR
    {
        let month = intake.period;
        holds.push(Hold {
                code: "no_new_rows",
                percent: 0,
                text: Both::new(
                    format!("{rows} 行中没有一行的“{column}”在 {month}，最新的是 {newest}：可能是旧文件改了名，请向来源部门核实；未经确认不保留任何行"),
                    format!("none of {rows} rows has a `{column}` in {month}, the newest is {newest}: perhaps an old file under a new name, ask the source department; nothing is kept until it is confirmed"),
                ),
            });
    }
    holds
}
