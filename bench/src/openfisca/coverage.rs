//! Whether the households are worth comparing: each outcome met and not met often enough among those to whom it
//! can apply, and each of its conditions deciding alone for somebody.

use anyhow::{Context as _, Result, ensure};
use doudi_policy::column::{Batch, Data};
use doudi_policy::eval::Evaluation;
use doudi_policy::plan::Plan;
use doudi_policy::{Date, Truth};

use super::probe::OUTCOMES;

/// Of a hundred subjects to whom an outcome can apply, so many must meet it and so many must not.
const LEAST_PERCENT: usize = 1;

#[derive(Default)]
struct Tally {
    met: usize,
    not_met: usize,
    /// Of each condition: subjects for whom it alone fails.
    alone: Vec<usize>,
}

#[derive(Default)]
pub(super) struct Coverage(Vec<Tally>);

struct Applies<'a> {
    birth: &'a [i64],
    grade: &'a [u8],
    ill: &'a [bool],
    away: &'a [i64],
    none: u8,
    day: Date,
}

impl<'a> Applies<'a> {
    fn of(plan: &Plan, batch: &'a Batch) -> Result<Self> {
        let data = |fact: &str| {
            batch.members.columns.get(fact).map(|c| &c.data).with_context(|| format!("no column `{fact}`"))
        };
        let Data::Number(birth) = data("birth")? else { anyhow::bail!("`birth` is no date") };
        let Data::Number(away) = data("religious_away_years")? else { anyhow::bail!("years are whole") };
        let Data::Enum(grade) = data("disability_grade")? else { anyhow::bail!("a grade is an enum") };
        let Data::Bool(ill) = data("serious_illness")? else { anyhow::bail!("illness is a truth") };
        let none = super::words::Words::of(plan).code("disability_grade", "none")?;
        Ok(Self { birth, grade, ill, away, none: u8::try_from(none)?, day: plan.period.last_day() })
    }

    /// Whether an outcome of members can apply to a member at all: the people its law speaks of.
    fn member(&self, outcome: &str, m: usize) -> bool {
        let certified = self.grade.get(m).is_some_and(|g| *g != self.none);
        let born_before = |years: i32| {
            let line = i64::from(self.day.plus_months(-12 * years).0);
            self.birth.get(m).is_some_and(|b| *b <= line)
        };
        match outcome {
            "tekun" => certified || born_before(60) || !born_before(16),
            "dibao_single" => {
                certified
                    || self.ill.get(m).is_some_and(|ill| *ill)
                    || self.away.get(m).is_some_and(|y| *y > 0)
            }
            _ => certified,
        }
    }
}

impl Coverage {
    /// Adds the results of one part.
    pub(super) fn add(&mut self, plan: &Plan, batch: &Batch, all: &Evaluation) -> Result<()> {
        let applies = Applies::of(plan, batch)?;
        self.0.resize_with(OUTCOMES.len(), Tally::default);
        for (o, (outcome, tally)) in plan.outcomes.iter().zip(&mut self.0).enumerate() {
            tally.alone.resize(outcome.conditions.len(), 0);
            let of_members = plan.is_member_outcome(o);
            let rows = if of_members {
                batch.members.offsets.last().map_or(0, |n| *n as usize)
            } else {
                batch.households
            };
            for row in 0..rows {
                let met = if of_members { all.outcome_member(o, row) } else { all.outcome(o, row) };
                ensure!(
                    met != Truth::Unknown,
                    "{} of row {row} is undecided though all is known",
                    outcome.id
                );
                if !of_members || applies.member(&outcome.id, row) {
                    tally.met += usize::from(met == Truth::True);
                    tally.not_met += usize::from(met == Truth::False);
                }
                let fails = |c: &usize| all.condition(o, *c, row) == Truth::False;
                let failed: Vec<usize> = (0..outcome.conditions.len()).filter(fails).collect();
                if let [only] = failed.as_slice()
                    && let Some(count) = tally.alone.get_mut(*only)
                {
                    *count += 1;
                }
            }
        }
        Ok(())
    }

    /// Prints the table and fails where an outcome or a condition is hardly tried.
    pub(super) fn hold(&self) -> Result<()> {
        println!("\noutcome         can apply       met         not met         each condition alone fails");
        for (id, tally) in OUTCOMES.iter().zip(&self.0) {
            let all = tally.met + tally.not_met;
            let share = |n: usize| format!("{n} ({} %)", (n * 100).checked_div(all).unwrap_or(0));
            let alone: Vec<String> = tally.alone.iter().map(ToString::to_string).collect();
            println!(
                "{id:<14} {all:>10}  {:>14}  {:>14}         {}",
                share(tally.met),
                share(tally.not_met),
                alone.join(" ")
            );
        }
        for (id, tally) in OUTCOMES.iter().zip(&self.0) {
            let least = (tally.met + tally.not_met) * LEAST_PERCENT / 100;
            ensure!(
                tally.met >= least.max(1) && tally.not_met >= least.max(1),
                "{id}: met and not met by at least {LEAST_PERCENT} % of those to whom it can apply"
            );
            for (at, alone) in tally.alone.iter().enumerate() {
                ensure!(*alone > 0, "{id}: condition {} never fails alone", at + 1);
            }
        }
        Ok(())
    }
}
