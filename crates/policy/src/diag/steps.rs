//! 办理程序: a programme that nobody could apply for, or whose procedure cannot be read. The procedures themselves are
//! read elsewhere; the words stand here, beside all other faults.

use std::collections::BTreeSet;

use super::{Diagnostic, Fault};
use crate::book::Book;

/// Outcomes whose package has no `procedure.toml`: nobody could apply for them. `packages` are the ids of the packages
/// that have one. Each package is told once, at its first outcome.
#[must_use]
pub fn without_procedure(book: &Book, packages: &BTreeSet<String>) -> Vec<Diagnostic> {
    let mut told = BTreeSet::new();
    let bare = book.outcomes().iter().filter(|o| !packages.contains(&o.package));
    bare.filter(|o| told.insert(o.package.clone()))
        .map(|outcome| {
            let fault = Fault::new(
                "no-procedure",
                (
                    format!("待遇“{}”没有办理程序，没有人能申请", outcome.zh),
                    format!("the programme `{}` has no procedure: nobody could apply for it", outcome.id),
                ),
                (
                    format!(
                        "在政策包 {} 里加上 procedure.toml；可以照 cn/ds/procedure.toml 改",
                        outcome.package
                    ),
                    format!(
                        "add procedure.toml to the package {}; cn/ds/procedure.toml is one to start from",
                        outcome.package
                    ),
                ),
            );
            let file = usize::try_from(outcome.span.file).ok().and_then(|at| book.files().get(at));
            let (path, text) = file.map_or(("", ""), |f| (f.path.as_str(), f.text.as_str()));
            let place = |at: u32| usize::try_from(at).unwrap_or_default();
            fault.at(path, text, place(outcome.span.start)..place(outcome.span.end))
        })
        .collect()
}

/// A `procedure.toml` that cannot be read: path, text, and what is wrong in (中文, English).
#[must_use]
pub fn bad_procedure(path: &str, text: &str, wrong: (&str, &str)) -> Diagnostic {
    let cure = (
        "对照 cn/ds/procedure.toml 的写法改正",
        "mend it; cn/ds/procedure.toml shows how a procedure is written",
    );
    Fault::new("bad-procedure", wrong, cure).at(path, text, 0..0)
}
