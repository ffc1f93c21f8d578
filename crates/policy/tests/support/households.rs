//! Every golden household of the law, with the plan of its month.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

use doudi_policy::golden::{Golden, parse_goldens};
use doudi_policy::plan::Plan;
use doudi_policy::{Book, Date, Month};

/// The law, its golden households, and their plans.
pub(crate) struct Households {
    pub(crate) book: Book,
    pub(crate) goldens: Vec<Golden>,
    plans: BTreeMap<(Month, Date), Plan>,
}

impl Households {
    pub(crate) fn read() -> Self {
        let book = super::law();
        let files = super::files();
        let texts = files.iter().filter(|(path, _)| path.contains("/tests/") && path.ends_with(".md"));
        let goldens: Vec<Golden> =
            texts.flat_map(|(path, text)| parse_goldens(&book, path, text).unwrap()).collect();
        let mut plans = BTreeMap::new();
        for golden in &goldens {
            let when = (golden.period, golden.as_of);
            plans.entry(when).or_insert_with(|| book.plan(when.0, when.1).unwrap());
        }
        Self { book, goldens, plans }
    }

    pub(crate) fn plan(&self, golden: &Golden) -> &Plan {
        &self.plans[&(golden.period, golden.as_of)]
    }

    /// Does something for each household, on all processors, and gives what came of it in their order.
    pub(crate) fn each<T: Send>(&self, work: impl Fn(&Golden, &Plan) -> T + Sync) -> Vec<T> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let next = AtomicUsize::new(0);
        let part = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(golden) = self.goldens.get(at) else { return done };
                done.push((at, work(golden, self.plan(golden))));
            }
        };
        let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(part)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, one)| one).collect()
    }
}
