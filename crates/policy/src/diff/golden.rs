//! 样例户的变化: every golden household of either book under both, and what comes out differently.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::effect::Named;
use super::{Diff, Side};
use crate::book::Book;
use crate::column::Batch;
use crate::eval::{Evaluation, Trace};
use crate::explain::Text;
use crate::golden::{Golden, parse_goldens, run_goldens};
use crate::plan::{Entity, Plan};
use crate::sheet::FactSheet;
use crate::value::{Date, Month, Truth};

/// What becomes of the golden households.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GoldenDiff {
    /// Expectations of the first book under the first book: how many there are and fail.
    pub first: [usize; 2],
    /// Expectations of the second book under the second book.
    pub second: [usize; 2],
    /// Expectations of the second book under the first book: those that fail are what the change is about.
    pub second_under_first: [usize; 2],
    /// Titles of households that only the second book has.
    pub added: Vec<String>,
    /// Titles of households that only the first book has.
    pub removed: Vec<String>,
    /// Households that come out differently.
    pub changed: Vec<GoldenChange>,
    /// Households that one of the books cannot be asked about, with the reason.
    pub uncompared: Vec<(String, Text)>,
}

/// A household that comes out differently.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GoldenChange {
    /// File of the household.
    pub file: String,
    /// Line of its title.
    pub line: usize,
    /// Title.
    pub title: String,
    /// What differs.
    pub results: Vec<GoldenResult>,
}

/// One result that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GoldenResult {
    /// Outcome or indicator.
    pub of: Named,
    /// The member, for an outcome of members.
    pub member: Option<String>,
    /// Whether it is met (or fires), before and after; `null` where the book has no such thing.
    pub met: [Option<Truth>; 2],
    /// Least and largest amount in fen where it is met or open, before and after.
    pub amount_fen: [Option<(Option<i64>, Option<i64>)>; 2],
}

/// A Markdown text of golden households: path and text.
pub type GoldenFile = (String, String);

/// Runs the golden households of both books under both. On two dates of one book, each household is assessed at both
/// dates; otherwise at the month that it states.
#[must_use]
pub fn goldens(
    before: Side<'_>,
    after: Side<'_>,
    diff: &Diff,
    (first, second): (&[GoldenFile], &[GoldenFile]),
) -> GoldenDiff {
    let mut found = GoldenDiff::default();
    let count = |book: &Book, files: &[GoldenFile]| {
        let outcomes = run_goldens(book, files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        [outcomes.len(), outcomes.iter().filter(|o| !o.passed()).count()]
    };
    found.first = count(before.book, first);
    found.second = count(after.book, second);
    found.second_under_first = count(before.book, second);
    let (old, new) = (parsed(before.book, first), parsed(after.book, second));
    let mark = |g: &Golden| (below(&g.file), g.title.clone());
    let known: BTreeSet<_> = old.iter().map(mark).collect();
    let still: BTreeSet<_> = new.iter().map(mark).collect();
    found.added = new.iter().filter(|g| !known.contains(&mark(g))).map(|g| g.title.clone()).collect();
    found.removed = old.iter().filter(|g| !still.contains(&mark(g))).map(|g| g.title.clone()).collect();
    let mut run = Run { before, after, diff, plans: BTreeMap::new() };
    for golden in &new {
        run.one(golden, true, &mut found);
    }
    for golden in old.iter().filter(|g| !still.contains(&mark(g))) {
        run.one(golden, false, &mut found);
    }
    found
}

fn below(path: &str) -> String {
    path.rsplit_once("policies/").map_or(path, |(_, tail)| tail).to_owned()
}

fn parsed(book: &Book, files: &[GoldenFile]) -> Vec<Golden> {
    let readable = files.iter().filter_map(|(path, text)| parse_goldens(book, path, text).ok());
    readable.flatten().collect()
}

type Compiled = Result<Plan, Text>;

struct Run<'a> {
    before: Side<'a>,
    after: Side<'a>,
    diff: &'a Diff,
    /// Plans by side, month and knowledge date.
    plans: BTreeMap<(usize, Month, Date), Compiled>,
}

impl Run<'_> {
    fn one(&mut self, golden: &Golden, of_second: bool, found: &mut GoldenDiff) {
        let dates = [self.before.at, self.after.at].map(|at| at.unwrap_or((golden.period, golden.as_of)));
        for (side, (month, as_of)) in dates.into_iter().enumerate() {
            let book = if side == 0 { self.before.book } else { self.after.book };
            let compile = || {
                book.plan(month, as_of).map_err(|faults| {
                    let (zh, en) =
                        faults.first().map_or_else(Default::default, |f| (f.zh.clone(), f.en.clone()));
                    Text::new(zh, en)
                })
            };
            self.plans.entry((side, month, as_of)).or_insert_with(compile);
        }
        let plan = |side: usize| {
            let (month, as_of) = dates.get(side).copied().unwrap_or((golden.period, golden.as_of));
            self.plans.get(&(side, month, as_of))
        };
        let (Some(a), Some(b)) = (plan(0), plan(1)) else { return };
        let (a, b) = match (a, b) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(why), _) | (_, Err(why)) => {
                found.uncompared.push((golden.title.clone(), why.clone()));
                return;
            }
        };
        let sheets = [
            self.fitting(&golden.sheet, a, of_second, true),
            self.fitting(&golden.sheet, b, of_second, false),
        ];
        let [first, second] = sheets;
        let batches =
            Batch::from_sheets(&[first], a).and_then(|x| Ok((x, Batch::from_sheets(&[second], b)?)));
        let (x, y) = match batches {
            Ok(batches) => batches,
            Err(problems) => {
                let why = problems.into_iter().next().map_or_else(Text::default, |p| Text::new(p.zh, p.en));
                found.uncompared.push((golden.title.clone(), why));
                return;
            }
        };
        let traces = (Trace::of(a, &x, 0, golden.mode), Trace::of(b, &y, 0, golden.mode));
        let names: Vec<Option<String>> = golden.sheet.members.iter().map(|m| m.name.clone()).collect();
        let before = results(a, traces.0.evaluation(), &names);
        let after = results(b, traces.1.evaluation(), &names);
        let results = differing(before, after);
        if !results.is_empty() {
            found.changed.push(GoldenChange {
                file: golden.file.clone(),
                line: golden.line,
                title: golden.title.clone(),
                results,
            });
        }
    }

    /// The sheet in the words of the side's vocabulary: facts that it lacks are not told to it.
    fn fitting(&self, sheet: &FactSheet, plan: &Plan, of_second: bool, for_first: bool) -> FactSheet {
        let mut sheet = sheet.clone();
        let renamed = |id: &str| {
            let pairs = self.diff.renamed.iter();
            let mut found = pairs.filter_map(|r| match (of_second, for_first) {
                (true, true) => (r.after == id).then(|| r.before.clone()),
                (false, false) => (r.before == id).then(|| r.after.clone()),
                _ => None,
            });
            found.next().unwrap_or_else(|| id.to_owned())
        };
        let known = |id: &str| plan.facts.iter().any(|f| f.id == id);
        let fit = |facts: &mut BTreeMap<String, crate::sheet::SheetValue>| {
            let all = std::mem::take(facts);
            facts.extend(all.into_iter().map(|(id, v)| (renamed(&id), v)).filter(|(id, _)| known(id)));
        };
        fit(&mut sheet.household);
        for subject in sheet.members.iter_mut().chain(&mut sheet.obligors) {
            fit(&mut subject.facts);
        }
        sheet
    }
}

type Ends = (Option<i64>, Option<i64>);

struct Outcome {
    of: Named,
    member: Option<String>,
    met: Truth,
    amount: Option<Ends>,
}

fn results(plan: &Plan, evaluation: &Evaluation, names: &[Option<String>]) -> Vec<Outcome> {
    let mut found = Vec::new();
    for (o, outcome) in plan.outcomes.iter().enumerate() {
        let of = || Named { id: outcome.id.clone(), title: Text::new(&outcome.zh, &outcome.en) };
        let pays = outcome.amount.is_some();
        let amount = |met: Truth, ends: Ends| (pays && met != Truth::False).then_some(ends);
        if outcome.of == Entity::Member {
            for (m, name) in names.iter().enumerate() {
                let met = evaluation.outcome_member(o, m);
                let amount = amount(met, evaluation.amount_member(o, m));
                found.push(Outcome { of: of(), member: name.clone(), met, amount });
            }
        } else {
            let met = evaluation.outcome(o, 0);
            let amount = amount(met, evaluation.amount(o, 0));
            found.push(Outcome { of: of(), member: None, met, amount });
        }
    }
    for (i, indicator) in plan.indicators.iter().enumerate() {
        let of = Named { id: indicator.id.clone(), title: Text::new(&indicator.zh, &indicator.en) };
        found.push(Outcome { of, member: None, met: evaluation.indicator(i, 0), amount: None });
    }
    found
}

fn differing(before: Vec<Outcome>, after: Vec<Outcome>) -> Vec<GoldenResult> {
    let mut before = before;
    let mut found = Vec::new();
    for y in after {
        let at = before.iter().position(|x| x.of.id == y.of.id && x.member == y.member);
        let x = at.map(|at| before.remove(at));
        if x.as_ref().is_some_and(|x| (x.met, x.amount) == (y.met, y.amount)) {
            continue;
        }
        found.push(GoldenResult {
            met: [x.as_ref().map(|x| x.met), Some(y.met)],
            amount_fen: [x.and_then(|x| x.amount), y.amount],
            of: y.of,
            member: y.member,
        });
    }
    found.extend(before.into_iter().map(|x| GoldenResult {
        of: x.of,
        member: x.member,
        met: [Some(x.met), None],
        amount_fen: [x.amount, None],
    }));
    found
}
