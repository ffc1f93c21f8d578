//! 汇集: the faults of many files in order, a cause once, and no list longer than anybody reads.

use std::collections::BTreeMap;

use super::{Diagnostic, Fault, place};
use crate::book::SourceFile;
use crate::plan::Span;

/// Faults of one code that are told of one file; the rest is counted.
pub(crate) const MOST: usize = 50;

/// Further places of one cause that are shown.
const PLACES: usize = 5;

/// A fault at a place, before the text of its file is at hand.
#[derive(Clone, Debug)]
pub(crate) struct Raised {
    pub(crate) span: Span,
    pub(crate) fault: Fault,
}

/// What has been found so far. A hostile file raises as many faults as it has bytes: beyond [`MOST`] of a code in a
/// file they are only counted.
#[derive(Default)]
pub(crate) struct Faults {
    raised: Vec<Raised>,
    told: BTreeMap<(u32, &'static str), usize>,
}

impl Faults {
    pub(crate) fn push(&mut self, span: Span, fault: Fault) {
        let told = self.told.entry((span.file, fault.code)).or_default();
        *told += 1;
        if *told <= MOST {
            self.raised.push(Raised { span, fault });
        }
    }

    /// Whether so many of a code are told of a file that the next is only counted: what a cure costs to find is then
    /// not spent.
    pub(crate) fn full(&self, file: u32, code: &'static str) -> bool {
        self.told.get(&(file, code)).is_some_and(|told| *told >= MOST)
    }

    /// Drops the faults that follow from another one, unless nothing else is left to tell.
    pub(crate) fn excuse(&mut self, follows: impl Fn(&Fault) -> bool) {
        let (excused, kept): (Vec<Raised>, Vec<Raised>) =
            std::mem::take(&mut self.raised).into_iter().partition(|raised| follows(&raised.fault));
        self.raised = if kept.is_empty() { excused } else { kept };
        let left: std::collections::BTreeSet<(u32, &'static str)> =
            self.raised.iter().map(|raised| (raised.span.file, raised.fault.code)).collect();
        self.told.retain(|key, _| left.contains(key));
    }

    /// How many have been found, those that are only counted among them.
    pub(crate) fn count(&self) -> usize {
        self.told.values().sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.raised.is_empty()
    }

    /// Faults collected elsewhere, with how often each code came up in each file.
    pub(crate) fn of(raised: Vec<Raised>, told: BTreeMap<(u32, &'static str), usize>) -> Self {
        Self { raised, told }
    }

    /// The diagnostics, in order of file and place.
    pub(crate) fn settle(self, files: &[SourceFile]) -> Vec<Diagnostic> {
        let mut all = settle(self.raised, files);
        for ((file, code), told) in self.told {
            let path = files.get(file as usize).map(|f| f.path.as_str());
            let last = all.iter_mut().rev().find(|d| d.code == code && Some(d.file.as_str()) == path);
            if let Some(last) = last {
                last.more += told.saturating_sub(MOST);
            }
        }
        all
    }
}

fn settle(mut raised: Vec<Raised>, files: &[SourceFile]) -> Vec<Diagnostic> {
    raised.sort_by_key(|r| (r.span.file, r.span.start, r.span.end));
    raised.dedup_by(|a, b| a.span == b.span && a.fault == b.fault);
    let mut seen: BTreeMap<(u32, &'static str), usize> = BTreeMap::new();
    let mut kept: Vec<(Raised, usize)> = Vec::new();
    let mut left_out: BTreeMap<(u32, &'static str), usize> = BTreeMap::new();
    for raised in one_a_cause(raised) {
        let key = (raised.0.span.file, raised.0.fault.code);
        let count = seen.entry(key).or_default();
        *count += 1;
        if *count <= MOST {
            kept.push(raised);
        } else {
            *left_out.entry(key).or_default() += 1;
        }
    }
    let mut last: BTreeMap<(u32, &'static str), usize> = BTreeMap::new();
    let source = |file: u32| files.get(file as usize).map(|f| (f.path.as_str(), f.text.as_str()));
    let mut all: Vec<Diagnostic> = Vec::with_capacity(kept.len());
    for (Raised { span, fault }, places) in kept {
        last.insert((span.file, fault.code), all.len());
        let (path, text) = source(span.file).unwrap_or(("", ""));
        let mut made =
            place::diagnostic(fault, &(span.start as usize..span.end as usize), path, text, source);
        made.places = places;
        all.push(made);
    }
    for (key, count) in left_out {
        if let Some(made) = last.get(&key).and_then(|at| all.get_mut(*at)) {
            made.more += count;
        }
    }
    all.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
    all
}

/// Folds the faults of one code about one name into the first of them; what is beyond the places shown is counted.
fn one_a_cause(raised: Vec<Raised>) -> Vec<(Raised, usize)> {
    let mut first: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let mut places: Vec<usize> = Vec::new();
    let mut kept: Vec<(Raised, usize)> = Vec::new();
    for raised in raised {
        let Some(about) = raised.fault.cause().map(str::to_owned) else {
            kept.push((raised, 0));
            places.push(0);
            continue;
        };
        let Some(at) = first.get(&(raised.fault.code, about.clone())).copied() else {
            first.insert((raised.fault.code, about), kept.len());
            kept.push((raised, 0));
            places.push(0);
            continue;
        };
        if let (Some((cause, more)), Some(shown)) = (kept.get_mut(at), places.get_mut(at)) {
            if cause.span == raised.span {
                continue;
            }
            *shown += 1;
            if *shown <= PLACES {
                cause.fault = cause.fault.clone().beside(raised.span, "这里也是", "here as well");
            } else {
                *more += 1;
            }
        }
    }
    kept
}
