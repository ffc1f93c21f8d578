//! 对照真值: how many of the families that were missed in truth the leads find, and how many leads it takes.
//! Households are counted, each once; families that no feed could see are listed apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use doudi_policy::Fen;
use doudi_policy::plan::Plan;
use doudi_registry::LeadKind;
use doudi_registry::text::safe_cell;
use serde::Serialize;

use crate::contract::{Encoding, Format};
use crate::problem::FileProblem;
use crate::source::read_table;
use crate::sweep::Finding;

/// What is so for one programme of one household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TruthLine {
    /// 户号
    pub household: String,
    /// Outcome id.
    pub outcome: String,
    /// Entitled on the day of the sweep.
    pub due: bool,
    /// Receives.
    pub paid: bool,
    /// What is due a month.
    pub amount: Fen,
    /// Feeds that show a cause.
    pub seen_by: Vec<String>,
}

/// Reads `truth.csv`.
///
/// # Errors
/// A file that cannot be read or has another header.
pub fn read_truth(file: &str, bytes: &[u8]) -> Result<Vec<TruthLine>, FileProblem> {
    const COLUMNS: &[&str] = &["户号", "项目", "应享", "在享", "月金额", "冲击", "被观测"];
    let table = read_table(file, bytes, Format::Csv, Encoding::Utf8)?;
    let at =
        crate::import::match_header(COLUMNS, &table.header).map_err(|kind| FileProblem::new(file, kind))?;
    let line = |record: &csv::StringRecord| {
        let cell = |i: usize| at.get(i).and_then(|c| record.get(*c)).unwrap_or_default().trim();
        TruthLine {
            household: cell(0).to_owned(),
            outcome: cell(1).to_owned(),
            due: cell(2) == "是",
            paid: cell(3) == "是",
            amount: Fen::parse_yuan(cell(4)).unwrap_or(Fen::ZERO),
            seen_by: cell(6).split(';').filter(|f| !f.is_empty()).map(str::to_owned).collect(),
        }
    };
    Ok(table.rows.iter().map(|(_, record)| line(record)).collect())
}

/// Leads against missed families.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// Households with a lead.
    pub leads: usize,
    /// Of them those that are missed in truth.
    pub hits: usize,
    /// Missed households that at least one feed shows.
    pub observed: usize,
    /// Of those the ones with a lead.
    pub observed_found: usize,
    /// Missed households that no feed shows.
    pub unseen: usize,
    /// Of those the ones with a lead all the same.
    pub unseen_found: usize,
}

impl Measure {
    /// Hits of 10,000 leads; `None` without leads.
    #[must_use]
    pub fn precision(&self) -> Option<u32> {
        share(self.hits, self.leads)
    }

    /// Found of 10,000 observed cases; `None` without cases.
    #[must_use]
    pub fn recall(&self) -> Option<u32> {
        share(self.observed_found, self.observed)
    }

    /// Leads of 100 true cases found, rounded up: 300 means three leads a case.
    #[must_use]
    pub fn leads_per_case(&self) -> Option<u32> {
        let per = self.leads.saturating_mul(100).div_ceil(self.hits.max(1));
        (self.hits > 0).then(|| u32::try_from(per).unwrap_or(u32::MAX))
    }
}

fn share(part: usize, whole: usize) -> Option<u32> {
    let parts = part.saturating_mul(10_000).checked_div(whole)?;
    u32::try_from(parts).ok()
}

/// One line of the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// `all`, `outcome`, `indicator`, or the kind of threshold: `open_facts`, `indicators`, `urgency`, `met`.
    pub by: &'static str,
    /// Outcome or indicator id, or the threshold.
    pub value: String,
    /// The figures.
    pub measure: Measure,
}

/// 评估结果
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evaluated {
    /// Overall, then by outcome, by indicator, then the curves.
    pub rows: Vec<Row>,
    /// 户号 of missed families that no feed shows.
    pub unseen: Vec<String>,
    /// 户号 of observed missed families without a lead, with their missed outcomes.
    pub overlooked: Vec<(String, String)>,
}

struct Judge<'a> {
    /// Missed households: whether a feed shows them.
    missed: BTreeMap<&'a str, bool>,
}

impl<'a> Judge<'a> {
    fn new(truth: &'a [TruthLine], outcome: Option<&str>) -> Self {
        let mut missed: BTreeMap<&str, bool> = BTreeMap::new();
        for line in truth.iter().filter(|l| l.due && !l.paid) {
            if outcome.is_none_or(|o| o == line.outcome) {
                *missed.entry(&line.household).or_default() |= !line.seen_by.is_empty();
            }
        }
        Self { missed }
    }

    fn measure(&self, leads: &BTreeSet<&str>) -> Measure {
        let mut m = Measure { leads: leads.len(), ..Measure::default() };
        for (household, observed) in &self.missed {
            let found = usize::from(leads.contains(household));
            m.hits += found;
            if *observed {
                m.observed += 1;
                m.observed_found += found;
            } else {
                m.unseen += 1;
                m.unseen_found += found;
            }
        }
        m
    }
}

/// Measures the missed-entitlement leads. `code` gives the 户号 of a household by its place in the snapshot.
#[must_use]
pub fn evaluate(
    plan: &Plan,
    findings: &[Finding],
    code: &dyn Fn(usize) -> Option<String>,
    truth: &[TruthLine],
) -> Evaluated {
    let codes: HashMap<usize, String> =
        findings.iter().filter_map(|f| Some((f.household, code(f.household)?))).collect();
    let missed: Vec<(&Finding, &str)> = findings
        .iter()
        .filter(|f| f.kind == LeadKind::Missed)
        .filter_map(|f| Some((f, codes.get(&f.household)?.as_str())))
        .collect();
    let households = |keep: &dyn Fn(&Finding) -> bool| -> BTreeSet<&str> {
        missed.iter().filter(|(f, _)| keep(f)).map(|(_, c)| *c).collect()
    };
    let all = Judge::new(truth, None);
    let mut rows =
        vec![Row { by: "all", value: String::new(), measure: all.measure(&households(&|_| true)) }];
    for (o, outcome) in plan.outcomes.iter().enumerate() {
        let judge = Judge::new(truth, Some(&outcome.id));
        let leads = households(&|f| f.outcome == o || f.also.contains(&o));
        rows.push(Row { by: "outcome", value: outcome.id.clone(), measure: judge.measure(&leads) });
    }
    for (i, indicator) in plan.indicators.iter().enumerate() {
        let leads = households(&|f| f.indicators.contains(&i));
        if !leads.is_empty() {
            rows.push(Row { by: "indicator", value: indicator.id.clone(), measure: all.measure(&leads) });
        }
    }
    let mut curve = |by: &'static str, value: String, keep: &dyn Fn(&Finding) -> bool| {
        rows.push(Row { by, value, measure: all.measure(&households(keep)) });
    };
    curve("met", "only".to_owned(), &|f| f.met);
    for least in 1..=4 {
        curve("indicators", format!(">={least}"), &|f| f.indicators.len() >= least);
    }
    let urgency = |f: &Finding| {
        let fired = f.indicators.iter().filter_map(|i| plan.indicators.get(*i));
        fired.map(|i| i.urgency).min().unwrap_or(2)
    };
    for (rank, name) in ["red", "orange", "yellow", "blue"].iter().enumerate() {
        curve("urgency", format!("<={name}"), &|f| usize::from(urgency(f)) <= rank);
    }
    for most in [0, 5, 10, 15, 20, 25, 30, 40, 60] {
        curve("open_facts", format!("<={most}"), &|f| f.open <= most);
    }
    let found = households(&|_| true);
    let overlooked = truth
        .iter()
        .filter(|l| l.due && !l.paid && all.missed.get(l.household.as_str()) == Some(&true))
        .filter(|l| !found.contains(l.household.as_str()))
        .map(|l| (l.household.clone(), format!("{} ({})", l.outcome, l.seen_by.join(" "))))
        .collect();
    let unseen = all.missed.iter().filter(|(_, seen)| !**seen).map(|(h, _)| (*h).to_owned()).collect();
    Evaluated { rows, unseen, overlooked }
}

impl Evaluated {
    /// The overall figures.
    #[must_use]
    pub fn overall(&self) -> Measure {
        self.rows.first().map(|r| r.measure).unwrap_or_default()
    }

    /// As an aligned table for a terminal.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<11} {:<13} {:>6} {:>6} {:>9} {:>9} {:>7} {:>9} {:>7}\n",
            "by", "value", "leads", "hits", "precision", "observed", "recall", "per case", "unseen"
        );
        for row in &self.rows {
            let m = &row.measure;
            let _ = writeln!(
                text,
                "{:<11} {:<13} {:>6} {:>6} {:>9} {:>9} {:>7} {:>9} {:>7}",
                row.by,
                safe_cell(&row.value),
                m.leads,
                m.hits,
                decimal(m.precision(), 4),
                m.observed,
                decimal(m.recall(), 4),
                decimal(m.leads_per_case(), 2),
                format!("{}/{}", m.unseen_found, m.unseen),
            );
        }
        text
    }

    /// As CSV for `docs/figures`.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = "by,value,leads,hits,precision,observed,observed_found,recall,leads_per_case,unseen,unseen_found\n".to_owned();
        for row in &self.rows {
            let m = &row.measure;
            let _ = writeln!(
                text,
                "{},{},{},{},{},{},{},{},{},{},{}",
                row.by,
                safe_cell(&row.value),
                m.leads,
                m.hits,
                decimal(m.precision(), 4),
                m.observed,
                m.observed_found,
                decimal(m.recall(), 4),
                decimal(m.leads_per_case(), 2),
                m.unseen,
                m.unseen_found,
            );
        }
        text
    }
}

fn decimal(value: Option<u32>, places: u32) -> String {
    let Some(value) = value else {
        return "-".to_owned();
    };
    let scale = 10_u32.pow(places);
    format!("{}.{:0width$}", value / scale, value % scale, width = places as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_counts_once_and_unseen_families_stand_apart() {
        let line = |household: &str, outcome: &str, paid: bool, seen: &[&str]| TruthLine {
            household: household.to_owned(),
            outcome: outcome.to_owned(),
            due: true,
            paid,
            amount: Fen(10_000),
            seen_by: seen.iter().map(|s| (*s).to_owned()).collect(),
        };
        let truth = [
            line("a", "dibao", false, &["disability"]),
            line("a", "ds_nursing", false, &["disability"]),
            line("b", "edge", false, &[]),
            line("c", "dibao", true, &["medical_insurance"]),
            line("d", "tekun", false, &["rural_watch"]),
        ];
        let leads = ["a", "b", "c"].into_iter().collect();
        let m = Judge::new(&truth, None).measure(&leads);
        assert_eq!((m.leads, m.hits, m.observed, m.observed_found), (3, 2, 2, 1));
        assert_eq!((m.unseen, m.unseen_found), (1, 1));
        assert_eq!((m.precision(), m.recall()), (Some(6666), Some(5000)));
        assert_eq!(m.leads_per_case(), Some(150));
        assert_eq!(decimal(Some(150), 2), "1.50");
        let dibao = Judge::new(&truth, Some("dibao")).measure(&leads);
        assert_eq!((dibao.hits, dibao.observed), (1, 1));
    }
}
