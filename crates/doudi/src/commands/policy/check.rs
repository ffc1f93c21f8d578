//! `doudi policy check` and `errors`: what is wrong with packages, and what each fault means.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use doudi_policy::book::Book;
use doudi_policy::diag::{Diagnostic, catalogue, closing, entry, explained, page, render_all};
use doudi_policy::golden::parse_goldens;
use doudi_policy::lang::Lang;
use doudi_policy::plan::ParamRow;

use super::{print_json, print_text};
use crate::bundled;
use crate::cli::Format;
use crate::law::procedure_faults;
use crate::say::{aside, say};

/// Checks every version of every rule and the procedures, and then whether the golden households can be read.
pub(super) fn check(folder: Option<&Path>, format: Format, lang: Lang) -> Result<ExitCode> {
    let (count, found, notes) = match bundled::policies(folder) {
        Ok(files) => {
            let count = files.len();
            let (found, book) = faults(files);
            (count, found, book.map(|book| notes(&book, lang)).unwrap_or_default())
        }
        Err(unread) => (0, unread.0, Vec::new()),
    };
    if format == Format::Json {
        say!("{}", serde_json::Value::Array(found.iter().map(Diagnostic::to_json).collect()))?;
    } else if found.is_empty() {
        match lang {
            Lang::Zh => say!("政策包检查通过：{count} 个文件，没有问题。"),
            Lang::En => say!("The policy packages are sound: {count} files, no faults."),
        }?;
        for note in &notes {
            say!("{note}")?;
        }
    } else {
        aside!("{}", render_all(&found, lang));
        aside!("{}", closing(&found, lang));
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is no fault but may be an oversight: a value of a key, such as a new age band, for which no row of a parameter
/// stands anywhere. Whoever it falls to has an open amount.
fn notes(book: &Book, lang: Lang) -> Vec<String> {
    let mut notes = Vec::new();
    for decl in book.parameters().iter().filter(|decl| !decl.derived && !decl.rows.is_empty()) {
        for (at, (_, key)) in decl.keys.iter().enumerate() {
            let values = book.enums().get(usize::from(*key)).map_or(&[][..], |decl| decl.values.as_slice());
            for (code, (id, zh)) in values.iter().enumerate() {
                let has = |row: &ParamRow| row.keys.get(at).is_some_and(|key| usize::from(*key) == code);
                if !decl.rows.iter().any(|(_, row)| has(row)) {
                    notes.push(match lang {
                        Lang::Zh => {
                            format!("提示：“{}”没有一行是“{zh}”的；落到这里的人，数是未知。", decl.zh)
                        }
                        Lang::En => format!(
                            "Note: `{}` has no row for `{id}`; for whoever it falls to the value is unknown.",
                            decl.id
                        ),
                    });
                }
            }
        }
    }
    notes
}

fn faults(files: Vec<(String, String)>) -> (Vec<Diagnostic>, Option<Book>) {
    let (goldens, law): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(path, _)| path.ends_with(".md") && path.contains("/tests/"));
    let book = match Book::from_files(law.iter().cloned()) {
        Ok(book) => book,
        Err(found) => return (found, None),
    };
    let mut found = book.check();
    found.extend(procedure_faults(&book, &law));
    if !found.is_empty() {
        return (found, Some(book));
    }
    let unread =
        goldens.iter().flat_map(|(path, text)| parse_goldens(&book, path, text).err().unwrap_or_default());
    (unread.collect(), Some(book))
}

/// Explains one fault, lists them all, or prints the page of the documentation.
pub(super) fn errors(code: Option<&str>, whole: bool, format: Format, lang: Lang) -> Result<ExitCode> {
    if whole {
        return print_text(&page(lang));
    }
    let Some(code) = code else {
        if format == Format::Json {
            return print_json(&catalogue().map(|entry| entry.to_json()).collect());
        }
        let lines = catalogue().map(|e| format!("{}  {:<20} {}", e.number, e.code, lang.pick(e.zh, e.en)));
        return print_text(&lines.collect::<Vec<_>>().join("\n"));
    };
    let Some(entry) = entry(code) else {
        bail!(
            "没有错误“{code}”。不带编号运行 doudi policy errors 可看全部。/ There is no fault `{code}`. Without a code, `doudi policy errors` lists them all."
        );
    };
    match format {
        Format::Json => print_json(&entry.to_json()),
        _ => print_text(&explained(entry, lang)),
    }
}
