//! 法规: the book with its compiled plans, the procedures and the calendar, as the pages need them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use doudi_casework::{Context, Procedure, WorkingCalendar};
use doudi_policy::book::Book;
use doudi_policy::plan::{Plan, PlannedOutcome};
use doudi_policy::{Date, Month};

use crate::error::WebError;
use crate::lang::Lang;

/// How many compiled plans are kept; a plan is made once for each month and knowledge date that somebody asks for.
const KEPT_PLANS: usize = 16;

/// Book, procedures and calendar.
pub struct Law {
    book: Book,
    procedures: BTreeMap<String, Procedure>,
    calendar: WorkingCalendar,
    plans: Mutex<BTreeMap<(Month, Date), Arc<Plan>>>,
}

/// Why the law cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LawError {
    /// The packages have faults.
    #[error("the policy packages have faults:\n{0}")]
    Packages(String),
    /// A procedure or calendar has faults.
    #[error("{0}")]
    Procedure(String),
}

impl Law {
    /// Reads all files below `policies/` (path and text): packages, procedures and calendars.
    ///
    /// # Errors
    /// Whatever is wrong with them, as text.
    pub fn from_files(files: &[(String, String)]) -> Result<Self, LawError> {
        let book = Book::from_files(files.iter().cloned())
            .map_err(|d| LawError::Packages(d.iter().map(|d| format!("{d:?}\n")).collect()))?;
        Self::new(book, files)
    }

    /// Uses a book that is already read, with the procedures and calendars among the files.
    ///
    /// # Errors
    /// Whatever is wrong with procedures and calendars, as text.
    pub fn new(book: Book, files: &[(String, String)]) -> Result<Self, LawError> {
        let mut procedures = BTreeMap::new();
        let mut years = Vec::new();
        for (path, text) in files {
            if let Some(package) = package_of(path) {
                let procedure = Procedure::parse(text).map_err(|problems| {
                    LawError::Procedure(problems.iter().map(|p| format!("{path}: {p}\n")).collect::<String>())
                })?;
                procedures.insert(package, procedure);
            } else if path.contains("/calendar/") && path.ends_with(".toml") {
                years.push(text.as_str());
            }
        }
        let calendar =
            WorkingCalendar::from_texts(years).map_err(|refusal| LawError::Procedure(refusal.to_string()))?;
        Ok(Self { book, procedures, calendar, plans: Mutex::default() })
    }

    /// The book.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Working days.
    #[must_use]
    pub fn calendar(&self) -> &WorkingCalendar {
        &self.calendar
    }

    /// The plan of a month as known on a day.
    ///
    /// # Errors
    /// The book cannot be compiled for that month.
    pub fn plan(&self, period: Month, as_of: Date) -> Result<Arc<Plan>, WebError> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&(period, as_of)) {
            return Ok(Arc::clone(plan));
        }
        let plan = self.book.plan(period, as_of).map_err(|faults| {
            WebError::internal(format!("the law of {period} cannot be compiled: {faults:?}"))
        })?;
        let plan = Arc::new(plan);
        if plans.len() >= KEPT_PLANS {
            plans.pop_first();
        }
        plans.insert((period, as_of), Arc::clone(&plan));
        Ok(plan)
    }

    /// The procedure of an outcome: that of the package which declares it.
    ///
    /// # Errors
    /// No package declares the outcome, or it has no procedure.
    pub fn procedure(&self, plan: &Plan, outcome: &str) -> Result<&Procedure, WebError> {
        let package = plan
            .outcomes
            .iter()
            .find(|o| o.id == outcome)
            .map(|o| o.package.as_str())
            .ok_or_else(|| WebError::internal(format!("no outcome `{outcome}` in this month")))?;
        self.procedures
            .get(package)
            .ok_or_else(|| WebError::internal(format!("package `{package}` has no procedure.toml")))
    }

    /// Titles of the outcomes that exist on a day.
    #[must_use]
    pub fn outcome_titles(&self, day: Date) -> Titles {
        Titles(
            self.book
                .outcomes_at(day.month(), day)
                .iter()
                .map(|o| (o.id.clone(), o.zh.clone(), o.en.clone()))
                .collect(),
        )
    }

    /// Titles of the indicators that hold on a day.
    #[must_use]
    pub fn indicator_titles(&self, day: Date) -> Titles {
        Titles(
            self.book
                .indicators_at(day.month(), day)
                .iter()
                .map(|i| (i.id.clone(), i.zh.clone(), i.en.clone()))
                .collect(),
        )
    }

    /// What a command is judged by.
    #[must_use]
    pub fn context<'a>(&'a self, procedure: &'a Procedure, today: Date) -> Context<'a> {
        Context { today, calendar: &self.calendar, procedure }
    }
}

/// 互斥组 of an outcome: outcomes of which each excludes every other one share the group that is called after the
/// first of them. Nobody is paid twice in one group and month. An outcome that excludes only some of a group (a
/// disability subsidy goes with dibao, and not with tekun) has its own; [`excluded`] names what it bars.
#[must_use]
pub fn exclusive_group(plan: &Plan, outcome: &str) -> String {
    let mut groups: Vec<Vec<&PlannedOutcome>> = Vec::new();
    for o in &plan.outcomes {
        match groups.iter_mut().find(|g| g.iter().all(|other| plan.exclude(&o.id, &other.id))) {
            Some(group) => group.push(o),
            None => groups.push(vec![o]),
        }
    }
    groups
        .iter()
        .find(|g| g.iter().any(|o| o.id == outcome))
        .and_then(|g| g.first())
        .map_or_else(|| outcome.to_owned(), |o| o.id.clone())
}

/// Outcomes with money that nobody may receive beside an outcome.
#[must_use]
pub fn excluded(plan: &Plan, outcome: &str) -> Vec<String> {
    let others = plan.outcomes.iter().filter(|o| o.amount.is_some() && plan.exclude(outcome, &o.id));
    others.map(|o| o.id.clone()).collect()
}

/// Recognitions without money that an outcome with money excludes: it follows them, since it gives all that they give.
#[must_use]
pub fn replaced<'p>(plan: &'p Plan, outcome: &str) -> Vec<&'p PlannedOutcome> {
    let this = plan.outcomes.iter().find(|o| o.id == outcome && o.amount.is_some());
    let Some(this) = this else { return Vec::new() };
    plan.outcomes.iter().filter(|o| o.amount.is_none() && plan.exclude(&this.id, &o.id)).collect()
}

/// Ids with their titles in both languages, in the order of the packages.
#[derive(Clone, Debug, Default)]
pub struct Titles(Vec<(String, String, String)>);

impl Titles {
    /// The title of an id; the id itself where it has none.
    #[must_use]
    pub fn get(&self, l: Lang, id: &str) -> String {
        self.0
            .iter()
            .find(|(i, _, _)| i == id)
            .map_or_else(|| id.to_owned(), |(_, zh, en)| l.pick(zh, en).to_owned())
    }

    /// The first id, of the programme that a page shows where nobody has chosen one.
    #[must_use]
    pub fn first(&self) -> &str {
        self.0.first().map_or("", |(id, _, _)| id.as_str())
    }

    /// All ids with their titles.
    pub fn iter(&self, l: Lang) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(move |(id, zh, en)| (id.as_str(), l.pick(zh, en)))
    }
}

/// The package of a procedure by its path: `policies/cn/dibao/procedure.toml` → `cn/dibao`.
#[must_use]
pub fn package_of(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let folder = path.strip_suffix("/procedure.toml")?;
    Some(folder.rsplit_once("policies/").map_or(folder, |(_, rest)| rest).to_owned())
}

#[cfg(test)]
mod tests {
    use super::package_of;

    #[test]
    fn a_procedure_belongs_to_its_package() {
        assert_eq!(package_of("policies/cn/dibao/procedure.toml").as_deref(), Some("cn/dibao"));
        assert_eq!(package_of("cn/ta/procedure.toml").as_deref(), Some("cn/ta"));
        assert_eq!(package_of("policies/cn/dibao/rules/a.toml"), None);
    }
}
