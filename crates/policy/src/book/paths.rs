//! 文件归类: which text is which part of the law, by its path alone.

use std::collections::BTreeSet;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `cn/sources.toml` or `cn/<pkg>/sources.toml`
    Sources,
    /// `cn/<pkg>/package.toml`
    Package(String),
    /// `cn/<pkg>/facts.toml`
    Facts,
    /// Rules, outcomes, indicators, parameter declarations of a package.
    Rules(String),
    /// `cn/<pkg>/tables/<name>.csv`: package, file name.
    Sheet(String, String),
    /// `cn/<pkg>/parameters/<id>.csv`
    Rows(String, String),
    /// `<overlay>/overlay.toml`
    Overlay(String),
    /// `<overlay>/<pkg>/parameters/*.toml`: overlay, package folder.
    LocalRules(String, String),
    /// `<overlay>/<pkg>/parameters/<id>.csv`: overlay, package folder, parameter.
    LocalRows(String, String, String),
    /// A change on top of the packages; no path makes a file one.
    Change,
    /// No law: tests, procedures, forms, calendars, notes.
    Other,
    /// Looks like law in a place where none is read.
    Stray,
}

/// The path below the policies folder.
pub(super) fn below_policies(path: &str) -> String {
    let path = path.replace('\\', "/");
    let tail = path
        .rsplit_once("policies/")
        .filter(|(head, _)| head.is_empty() || head.ends_with('/'))
        .map_or(path.as_str(), |(_, tail)| tail);
    tail.trim_start_matches("./").to_owned()
}

/// The overlay folders among some paths.
pub(super) fn overlays<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    paths.filter_map(|path| path.strip_suffix("/overlay.toml")).map(str::to_owned).collect()
}

/// What the file at a path (below the policies folder) is.
pub(super) fn part(path: &str, overlays: &BTreeSet<String>) -> Part {
    let law = [".toml", ".csv"].iter().any(|end| path.ends_with(end));
    if !law {
        return Part::Other;
    }
    let overlay = overlays
        .iter()
        .filter(|root| path.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/')))
        .max_by_key(|root| root.len());
    if let Some(root) = overlay {
        let rest = path.get(root.len() + 1..).unwrap_or_default();
        return local(root, rest);
    }
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [_, "sources.toml"] | [_, _, "sources.toml"] => Part::Sources,
        [_, "calendar", ..] => Part::Other,
        [nation, name, "package.toml"] => Part::Package(format!("{nation}/{name}")),
        [_, _, "facts.toml"] => Part::Facts,
        [_, _, "procedure.toml" | "disclosure.toml"] => Part::Other,
        [_, _, "tests" | "forms" | "documents" | "procedures" | "changes", ..] => Part::Other,
        [nation, name, "rules" | "outcomes" | "indicators" | "parameters", file]
            if file.ends_with(".toml") =>
        {
            Part::Rules(format!("{nation}/{name}"))
        }
        [nation, name, "outcomes.toml" | "indicators.toml"] => Part::Rules(format!("{nation}/{name}")),
        [nation, name, "tables", file] if file.ends_with(".csv") => {
            Part::Sheet(format!("{nation}/{name}"), (*file).to_owned())
        }
        [nation, name, "parameters", file] => {
            Part::Rows(format!("{nation}/{name}"), file.trim_end_matches(".csv").to_owned())
        }
        _ => Part::Stray,
    }
}

fn local(root: &str, rest: &str) -> Part {
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        ["overlay.toml"] => Part::Overlay(root.to_owned()),
        [package, "parameters", file] => match file.strip_suffix(".csv") {
            Some(id) => Part::LocalRows(root.to_owned(), (*package).to_owned(), id.to_owned()),
            None => Part::LocalRules(root.to_owned(), (*package).to_owned()),
        },
        [_, "tests" | "forms" | "documents" | "procedures" | "changes", ..] => Part::Other,
        [_, "procedure.toml" | "disclosure.toml"] | ["calendar", ..] => Part::Other,
        _ => Part::Stray,
    }
}
