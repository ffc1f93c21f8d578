//! 统计事实: facts that only sort people into the groups of a statistic. What anybody is entitled to, and who is
//! looked at, must not depend on them.

use super::Compiler;
use crate::book::Book;
use crate::diag::Fault;
use crate::plan::{NodeId, PlannedIndicator, PlannedOutcome, Span};

/// A fault for each outcome, indicator and ordinary rule that rests on a statistical fact.
pub(super) fn keep_apart(
    compiler: &mut Compiler<'_>,
    outcomes: &[PlannedOutcome],
    indicators: &[PlannedIndicator],
) {
    let book = compiler.book;
    if book.facts.iter().all(|fact| !fact.statistics) {
        return;
    }
    let mut found: Vec<(Span, String, String)> = Vec::new();
    for outcome in outcomes {
        let at = book.outcomes.iter().find(|o| o.id == outcome.id).map(|o| o.span);
        let roots = [outcome.met].into_iter().chain(outcome.amount);
        found.extend(read_by(compiler, roots, at, &outcome.zh, &outcome.id));
    }
    for indicator in indicators {
        let at = book.indicators.iter().find(|i| i.id == indicator.id).map(|i| i.span);
        let places = indicator.reason.places.iter().map(|(_, node)| *node);
        let roots = [indicator.when].into_iter().chain(places);
        found.extend(read_by(compiler, roots, at, &indicator.zh, &indicator.id));
    }
    for rule in compiler.rules.iter().filter(|rule| !Book::is_statistics(&rule.package)) {
        let at = book.rules.iter().find(|r| r.id == rule.id).map(|r| r.span);
        let places = rule.say.iter().flat_map(|say| say.places.iter().map(|(_, node)| *node));
        found.extend(read_by(compiler, [rule.node].into_iter().chain(places), at, &rule.zh, &rule.id));
    }
    for (at, zh, en) in found {
        compiler.fault::<()>(
            at,
            Fault::new(
                "statistics-only",
                (zh, en),
                (
                    "删去对它的引用；统计分组写在 statistics 政策包里",
                    "remove what reads it; groups of a statistic belong into a package `statistics`",
                ),
            ),
        );
    }
}

fn read_by(
    compiler: &Compiler<'_>,
    roots: impl Iterator<Item = NodeId>,
    at: Option<Span>,
    zh: &str,
    id: &str,
) -> Option<(Span, String, String)> {
    let mut facts = roots.flat_map(|root| compiler.graph.facts_below(root));
    let fact = facts.find_map(|fact| compiler.facts.get(fact as usize).filter(|f| f.statistics))?;
    Some((
        at.unwrap_or_default(),
        format!("“{zh}”读取了只供统计的事实“{}”；待遇和预警不得取决于它", fact.zh),
        format!(
            "`{id}` reads the fact `{}`, which is for statistics only; no benefit and no warning may depend on it",
            fact.id
        ),
    ))
}
