//! 取户: parts of a population as a population of their own, with only the facts that are read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::column::{Batch, Column, Data, ListColumns};
use crate::plan::{NodeId, Op, Plan};

/// Ids of the facts that some nodes of a plan read.
pub(crate) fn facts_read(plan: &Plan, roots: &[NodeId]) -> BTreeSet<String> {
    let needed = crate::eval::needed(plan, roots);
    let nodes = plan.nodes.iter().zip(needed).filter(|(_, needed)| *needed);
    let facts = nodes.filter_map(|(node, _)| match node.op {
        Op::Fact(fact) => plan.facts.get(fact as usize).map(|f| f.id.clone()),
        _ => None,
    });
    facts.collect()
}

/// The roots that a plan's outcomes compute.
pub(crate) fn roots(plan: &Plan) -> Vec<NodeId> {
    plan.outcomes.iter().flat_map(|o| [o.met].into_iter().chain(o.amount)).collect()
}

/// Some households, each as often as it is named.
pub(crate) fn gather(batch: &Batch, households: &[usize], facts: &BTreeSet<String>) -> Batch {
    let rows: Vec<Range<usize>> = households.iter().map(|h| *h..h.saturating_add(1)).collect();
    build(batch, households.len(), &rows, facts)
}

fn build(batch: &Batch, households: usize, runs: &[Range<usize>], facts: &BTreeSet<String>) -> Batch {
    let mut out = Batch {
        households,
        columns: take(&batch.columns, runs, facts),
        members: list(&batch.members, runs, facts),
        obligors: list(&batch.obligors, runs, facts),
        ..Batch::default()
    };
    // Only the divisions that occur, in the order in which they do.
    let mut places: BTreeMap<u32, u32> = BTreeMap::new();
    for run in runs {
        for division in batch.division.get(run.clone()).unwrap_or(&[]) {
            let next = u32::try_from(out.divisions.len()).unwrap_or(u32::MAX);
            let to = *places.entry(*division).or_insert(next);
            if to == next && out.divisions.len() == to as usize {
                out.divisions.extend(batch.divisions.get(*division as usize).cloned());
            }
            out.division.push(to);
        }
    }
    out
}

fn list(list: &ListColumns, runs: &[Range<usize>], facts: &BTreeSet<String>) -> ListColumns {
    let offset = |h: usize| list.offsets.get(h).map_or(0, |o| *o as usize);
    let mut offsets = vec![0_u32];
    let mut complete = Vec::new();
    let mut rows: Vec<Range<usize>> = Vec::with_capacity(runs.len());
    let mut end = 0_usize;
    for run in runs {
        for h in run.clone() {
            end = end.saturating_add(offset(h + 1).saturating_sub(offset(h)));
            offsets.push(u32::try_from(end).unwrap_or(u32::MAX));
            complete.push(list.complete.get(h).copied().unwrap_or(false));
        }
        rows.push(offset(run.start)..offset(run.end).max(offset(run.start)));
    }
    ListColumns { offsets, complete, columns: take(&list.columns, &rows, facts) }
}

fn take(
    columns: &BTreeMap<String, Column>,
    runs: &[Range<usize>],
    facts: &BTreeSet<String>,
) -> BTreeMap<String, Column> {
    fn part<T: Copy>(values: &[T], runs: &[Range<usize>]) -> Vec<T> {
        let mut out = Vec::with_capacity(runs.iter().map(Range::len).sum());
        for run in runs {
            out.extend_from_slice(values.get(run.clone()).unwrap_or(&[]));
        }
        out
    }
    let wanted = columns.iter().filter(|(id, _)| facts.contains(*id));
    wanted
        .map(|(id, column)| {
            let data = match &column.data {
                Data::Number(values) => Data::Number(part(values, runs)),
                Data::Enum(values) => Data::Enum(part(values, runs)),
                Data::Bool(values) => Data::Bool(part(values, runs)),
            };
            (id.clone(), Column { data, state: part(&column.state, runs) })
        })
        .collect()
}
