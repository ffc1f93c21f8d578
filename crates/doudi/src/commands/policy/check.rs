//! `doudi policy check` and `errors`: what is wrong with packages, and what each fault means.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use doudi_policy::book::Book;
use doudi_policy::diag::{Diagnostic, catalogue, closing, entry, explained, page, render_all};
use doudi_policy::golden::parse_goldens;
use doudi_policy::lang::Lang;

use super::{print_json, print_text};
use crate::bundled;
use crate::cli::Format;
use crate::law::procedure_faults;
use crate::say::{aside, say};

/// Checks every version of every rule and the procedures, and then whether the golden households can be read.
pub(super) fn check(folder: Option<&Path>, format: Format, lang: Lang) -> Result<ExitCode> {
    let (count, found) = match bundled::policies(folder) {
        Ok(files) => (files.len(), faults(files)),
        Err(unread) => (0, unread.0),
    };
    if format == Format::Json {
        say!("{}", serde_json::Value::Array(found.iter().map(Diagnostic::to_json).collect()))?;
    } else if found.is_empty() {
        match lang {
            Lang::Zh => say!("政策包检查通过：{count} 个文件，没有问题。"),
            Lang::En => say!("The policy packages are sound: {count} files, no faults."),
        }?;
    } else {
        aside!("{}", render_all(&found, lang));
        aside!("{}", closing(&found, lang));
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn faults(files: Vec<(String, String)>) -> Vec<Diagnostic> {
    let (goldens, law): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(path, _)| path.ends_with(".md") && path.contains("/tests/"));
    let book = match Book::from_files(law.iter().cloned()) {
        Ok(book) => book,
        Err(found) => return found,
    };
    let mut found = book.check();
    found.extend(procedure_faults(&book, &law));
    if !found.is_empty() {
        return found;
    }
    goldens
        .iter()
        .flat_map(|(path, text)| parse_goldens(&book, path, text).err().unwrap_or_default())
        .collect()
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
