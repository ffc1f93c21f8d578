//! `doudi policy fmt`: the expressions of the packages in 中文 or English.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use doudi_policy::lang::Lang;

use super::{book_of, print_text};
use crate::say::{aside, say};

/// A file whose expressions are to be written.
struct Written {
    place: PathBuf,
    /// As the book names it.
    name: String,
    before: String,
    after: String,
}

/// Writes a file, or all below a folder (by default all packages). Without `write`, a file is printed, and of a folder
/// the files that would change are listed; then the answer is a failure if there are any.
pub(super) fn fmt(folder: Option<&Path>, path: Option<&Path>, write: bool, lang: Lang) -> Result<ExitCode> {
    let root = root(folder, path)?;
    let chosen = std::path::absolute(path.unwrap_or(&root))?;
    if !chosen.exists() {
        bail!("找不到 {0}。请检查路径。/ There is no {0}. Check the path.", chosen.display());
    }
    let files = written(&root, &chosen, lang)?;
    if files.is_empty() {
        bail!("{0} 里没有政策包的文件。/ {0} holds no file of the policy packages.", chosen.display());
    }
    if chosen.is_file() && !write {
        let text = files.first().map_or("", |file| file.after.as_str());
        return print_text(text);
    }
    let changed: Vec<&Written> = files.iter().filter(|file| file.before != file.after).collect();
    for file in &changed {
        if write {
            std::fs::write(&file.place, &file.after)
                .with_context(|| format!("写不了 {0} / cannot write {0}", file.place.display()))?;
        }
        say!("{}", file.name)?;
    }
    let (all, count) = (files.len(), changed.len());
    match (lang, write) {
        (Lang::Zh, true) => aside!("{all} 个文件，改写了 {count} 个。"),
        (Lang::En, true) => aside!("{all} files, {count} of them written anew."),
        (Lang::Zh, false) => aside!("{all} 个文件，{count} 个与排版结果不同；加 --write 改写。"),
        (Lang::En, false) => {
            aside!("{all} files, {count} of them would change; add --write to write them.")
        }
    }
    Ok(if write || changed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The folder of all packages: the one that is named, else the `policies` above or at the path, else the one here.
fn root(folder: Option<&Path>, path: Option<&Path>) -> Result<PathBuf> {
    if let Some(folder) = folder {
        return Ok(std::path::absolute(folder)?);
    }
    let here = std::path::absolute(path.unwrap_or_else(|| Path::new("policies")))?;
    let found = here.ancestors().find(|above| above.file_name().is_some_and(|name| name == "policies"));
    let found = found.context(
        "不在 policies 文件夹内；用 --policies 指明 / not below a folder `policies`; name it with --policies",
    )?;
    Ok(found.to_path_buf())
}

/// Every law file at or below a path, before and after. A fault anywhere in the packages stops it.
fn written(root: &Path, chosen: &Path, lang: Lang) -> Result<Vec<Written>> {
    let book = book_of(Some(root), lang)?;
    let mut files = Vec::new();
    for file in book.files() {
        let below = file.path.strip_prefix("policies/").unwrap_or(&file.path);
        let place = root.join(below);
        if !place.starts_with(chosen) {
            continue;
        }
        let after = book.fmt(&file.path, lang).unwrap_or_else(|| file.text.clone());
        files.push(Written { place, name: file.path.clone(), before: file.text.clone(), after });
    }
    Ok(files)
}
