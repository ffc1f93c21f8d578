//! `doudi policy diff`: two folders of packages, or two dates of one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use doudi_policy::book::Book;
use doudi_policy::diff::{Diff, GoldenDiff, GoldenFile, Side, diff, goldens, render_text};
use doudi_policy::lang::Lang;
use doudi_policy::{Date, Month};
use serde::Serialize;

use super::{print_json, print_text};
use crate::cli::Format;
use crate::{bundled, law};

/// What was asked for.
pub(super) struct Asked {
    pub(super) a: Option<PathBuf>,
    pub(super) b: Option<PathBuf>,
    pub(super) period: Vec<String>,
    pub(super) as_of: Vec<String>,
}

/// The answer for programs: `docs/reference/policy-diff.schema.json`.
#[derive(Serialize)]
struct Answer<'a> {
    format: u32,
    package_hash: [String; 2],
    at: [Option<At>; 2],
    in_substance: bool,
    #[serde(flatten)]
    diff: &'a Diff,
    goldens: &'a GoldenDiff,
    other_files: Vec<OtherFile>,
}

#[derive(Clone, Copy, Serialize)]
struct At {
    period: Month,
    as_of: Date,
}

/// A file that holds no rule and differs: a procedure, a calendar, a form.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct OtherFile {
    path: String,
    what: &'static str,
}

pub(super) fn run(folder: Option<&Path>, asked: &Asked, format: Format, lang: Lang) -> Result<ExitCode> {
    let at = dates(asked)?;
    // One folder at one time is held against the packages inside the program.
    let alone = asked.a.is_some() && asked.b.is_none() && folder.is_none() && at[0] == at[1];
    let first = if alone { None } else { asked.a.as_deref().or(folder) };
    let second = if alone { asked.a.as_deref() } else { asked.b.as_deref().or(first) };
    if second == first && at[0] == at[1] {
        bail!(
            "没有可比的：给出两个文件夹，或者一个文件夹的两个时间，如 --period 2024-03 --period 2024-06。/ Nothing to compare: give two folders, or two dates of one, such as --period 2024-03 --period 2024-06."
        );
    }
    let files = [bundled::policies(first)?, bundled::policies(second)?];
    let books = [law::book(&files[0], lang)?, law::book(&files[1], lang)?];
    let side = |i: usize| books.get(i).map(|book| (book, at.get(i).copied().flatten()));
    let (Some((a, a_at)), Some((b, b_at))) = (side(0), side(1)) else {
        bail!("two sides");
    };
    let (before, after) = (Side { book: a, at: a_at }, Side { book: b, at: b_at });
    let found = diff(before, after);
    let tests = files.each_ref().map(|files| tests(files));
    let households = goldens(before, after, &found, (&tests[0], &tests[1]));
    let other_files = others(&files[0], &files[1], a, b);
    if format == Format::Json {
        let moment = |at: Option<(Month, Date)>| at.map(|(period, as_of)| At { period, as_of });
        return print_json(&serde_json::to_value(Answer {
            format: 1,
            package_hash: [a.package_hash(), b.package_hash()],
            at: [moment(a_at), moment(b_at)],
            in_substance: found.in_substance(),
            diff: &found,
            goldens: &households,
            other_files,
        })?);
    }
    let mut text = render_text(&found, &households, lang);
    if !other_files.is_empty() {
        text.push_str(lang.pick("\n不含规则的文件也有变化\n", "\nFiles without rules that differ as well\n"));
        for file in &other_files {
            text.push_str(&format!("  {} ({})\n", file.path, file.what));
        }
    }
    print_text(&text)
}

/// The golden households among the files.
pub(super) fn tests(files: &[(String, String)]) -> Vec<GoldenFile> {
    let tests = files.iter().filter(|(path, _)| path.ends_with(".md") && path.contains("/tests/"));
    tests.cloned().collect()
}

type Moment = (Month, Date);

/// The dates of both sides: one for both, or one each.
fn dates(asked: &Asked) -> Result<[Option<Moment>; 2]> {
    let (months, days) = (&asked.period, &asked.as_of);
    if months.len() > 2 || days.len() > 2 || (months.is_empty() && !days.is_empty()) {
        bail!(
            "--period 和 --as-of 各写一次或两次；写 --as-of 就要写 --period。/ --period and --as-of are given once or twice each, and --as-of only together with --period."
        );
    }
    let of = |texts: &[String], i: usize| texts.get(i).or(texts.last()).cloned();
    let mut dates = [None; 2];
    for (i, date) in dates.iter_mut().enumerate() {
        let Some(month) = of(months, i) else { continue };
        let month: Month = month.parse()?;
        let day = match of(days, i) {
            Some(day) => day.parse()?,
            None => month.last_day(),
        };
        *date = Some((month, day));
    }
    Ok(dates)
}

/// Files that the books do not hold and that are no golden households.
fn others(first: &[(String, String)], second: &[(String, String)], a: &Book, b: &Book) -> Vec<OtherFile> {
    let plain = |files: &[(String, String)], book: &Book| {
        let other = |path: &String| !path.contains("/tests/") && book.files().iter().all(|f| f.path != *path);
        let kept = files.iter().filter(|(path, _)| other(path)).cloned();
        kept.collect::<std::collections::BTreeMap<String, String>>()
    };
    let (mut before, after) = (plain(first, a), plain(second, b));
    let mut found = Vec::new();
    for (path, text) in after {
        match before.remove(&path) {
            Some(old) if old == text => {}
            Some(_) => found.push(OtherFile { path, what: "changed" }),
            None => found.push(OtherFile { path, what: "added" }),
        }
    }
    found.extend(before.into_keys().map(|path| OtherFile { path, what: "removed" }));
    found
}
