//! `doudi policy …`: the law without a database or a server.

mod check;
mod diff;
mod explain;
mod facts;
mod fmt;
mod replay;
mod sheets;
mod simulate;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use doudi_policy::book::Book;
use doudi_policy::column::Batch;
use doudi_policy::eval::{Mode, Trace};
use doudi_policy::explain::result_json;
use doudi_policy::golden::{GoldenOutcome, run_goldens};
use doudi_policy::lang::Lang;
use doudi_policy::plan::Plan;
use doudi_policy::sheet::{FactSheet, SheetProblem};
use doudi_policy::template::template;
use doudi_policy::{Date, DivisionCode, Month};

use crate::cli::{Format, PolicyArgs, PolicyCommand, When};
use crate::say::{aside, say};
use crate::{bundled, law};

pub(crate) fn run(args: PolicyArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    let folder = args.policies.as_deref();
    match args.command {
        PolicyCommand::Unpack { folder } => unpack(&folder, lang),
        PolicyCommand::Template { programme, when } => {
            let plan = plan_of(folder, &when, lang)?;
            let outcome = find_outcome(&plan, &programme)?;
            print_json(&template(&plan, outcome))
        }
        PolicyCommand::Check { path, format } => check::check(path.as_deref().or(folder), format, lang),
        PolicyCommand::Errors { code, page, format } => check::errors(code.as_deref(), page, format, lang),
        PolicyCommand::Test { path, format } => test(path.as_deref().or(folder), format, lang),
        PolicyCommand::Explain { programme, facts, member, reader, mode, contact, record, when, format } => {
            let asked = explain::Asking { programme, facts, member, reader, mode, contact, record, when };
            explain::run(folder, &asked, format, lang)
        }
        PolicyCommand::Replay { record, facts, format } => {
            replay::run(folder, &record, facts.as_deref(), format, lang)
        }
        PolicyCommand::Assess { facts, when, .. } => assess(folder, &facts, &when, lang),
        PolicyCommand::Diff { a, b, period, as_of, format } => {
            diff::run(folder, &diff::Asked { a, b, period, as_of }, format, lang)
        }
        PolicyCommand::Simulate(args) => simulate::run(folder, &args, lang),
        PolicyCommand::Facts { format } => facts::facts(&book_of(folder, lang)?, format, lang),
        PolicyCommand::Fmt { path, write } => fmt::fmt(folder, path.as_deref(), write, lang),
    }
}

/// Writes the packages inside the program to a folder.
fn unpack(folder: &Path, lang: Lang) -> Result<ExitCode> {
    super::empty_or_new(folder)?;
    let files = texts(None, lang)?;
    for (path, text) in &files {
        let place = folder.join(path.strip_prefix("policies/").unwrap_or(path));
        let written = place.parent().map_or(Ok(()), std::fs::create_dir_all);
        written
            .and_then(|()| std::fs::write(&place, text))
            .with_context(|| format!("写不了 {0} / cannot write {0}", place.display()))?;
    }
    let (count, folder) = (files.len(), folder.display());
    match lang {
        Lang::Zh => say!("已写出 {count} 个文件到 {folder}。"),
        Lang::En => say!("{count} files written to {folder}."),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The book of a folder, or of the packages in the program.
fn book_of(folder: Option<&Path>, lang: Lang) -> Result<Book> {
    law::book(&texts(folder, lang)?, lang)
}

fn texts(folder: Option<&Path>, lang: Lang) -> Result<Vec<(String, String)>> {
    bundled::policies(folder).map_err(|unread| law::faults(&unread.0, lang))
}

/// The month that is assessed where none is named.
const DEFAULT_PERIOD: &str = "2024-06";

fn times(when: &When) -> Result<(Month, Date)> {
    let period: Month = when.period.as_deref().unwrap_or(DEFAULT_PERIOD).parse()?;
    let as_of = match &when.as_of {
        Some(text) => text.parse()?,
        None => period.last_day(),
    };
    Ok((period, as_of))
}

fn plan_of(folder: Option<&Path>, when: &When, lang: Lang) -> Result<Plan> {
    let (period, as_of) = times(when)?;
    plan_at(&book_of(folder, lang)?, period, as_of, lang)
}

/// The plan of a month, of which some programme must be in force.
fn plan_at(book: &Book, period: Month, as_of: Date, lang: Lang) -> Result<Plan> {
    let plan = law::plan(book, period, as_of, lang)?;
    if plan.outcomes.is_empty() {
        return Err(no_law(book, period, as_of));
    }
    Ok(plan)
}

/// That no version of the law holds, and from when on one does.
fn no_law(book: &Book, period: Month, as_of: Date) -> anyhow::Error {
    let first = book.outcomes().iter().map(|o| (o.validity.from, o.validity.enacted)).min();
    let Some((from, enacted)) = first else {
        return anyhow!("政策包里没有任何项目。/ The packages hold no programme.");
    };
    let (month, known) = (from.month(), enacted.min(from));
    anyhow!(
        "{period}（截至 {as_of}）没有任何项目的规则：政策包里最早的从 {month} 起施行，{known} 起为人所知。请换 --period 或 --as-of。/ No version of the law holds in {period} as known on {as_of}: the earliest in the packages holds from {month} and is known from {known} on. Choose another --period or --as-of."
    )
}

fn find_outcome(plan: &Plan, name: &str) -> Result<usize> {
    plan.find_outcome(name).ok_or_else(|| {
        let known: Vec<String> = plan.outcomes.iter().map(|o| format!("{} {}", o.id, o.zh)).collect();
        let near = plan.near_outcome(name);
        let zh = near.map(|near| format!("是不是“{near}”？")).unwrap_or_default();
        let en = near.map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default();
        anyhow!(
            "没有项目“{name}”。{zh}可选：{0}。/ There is no programme `{name}`.{en} Choose one of: {0}.",
            known.join("、")
        )
    })
}

fn division_of(when: &When) -> Result<Option<DivisionCode>> {
    Ok(when.division.as_deref().map(str::parse::<DivisionCode>).transpose()?)
}

/// A file, with its line where it holds one sheet a line.
fn place_of(path: &str, line: Option<usize>) -> String {
    line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"))
}

/// The problems of a sheet as a person reads them.
fn told(place: &str, problems: &[SheetProblem], lang: Lang) -> String {
    let mut text = format!("{place}: {}", lang.pick("事实表有问题", "the facts sheet has problems"));
    for problem in problems {
        let said = lang.pick(&problem.zh, &problem.en);
        let path = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
        text.push_str(&format!("\n  {} {path}{said}", problem.number));
    }
    text
}

fn batch_of(sheets: &[FactSheet], plan: &Plan, lang: Lang) -> Result<Batch> {
    for sheet in sheets {
        sheet.check_family(plan).map_err(|problems| anyhow!(told("facts", &problems, lang)))?;
    }
    Batch::from_sheets(sheets, plan).map_err(|problems| anyhow!(told("facts", &problems, lang)))
}

/// Assesses sheet after sheet. One that is wrong is told on both outputs and the next is assessed all the same; the
/// exit code says that some failed.
fn assess(folder: Option<&Path>, facts: &[String], when: &When, lang: Lang) -> Result<ExitCode> {
    let plan = plan_of(folder, when, lang)?;
    let division = division_of(when)?;
    let (mut all, mut failed) = (0_usize, 0_usize);
    for path in facts {
        let read = sheets::read(path, division.as_ref(), |given| {
            all += 1;
            let id = given.sheet.as_ref().ok().and_then(|sheet| sheet.id.clone());
            let fit = given.sheet.and_then(|sheet| {
                sheet.check_family(&plan)?;
                Ok((Batch::from_sheets(std::slice::from_ref(&sheet), &plan)?, sheet))
            });
            match fit {
                Ok((batch, sheet)) => {
                    let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
                    let results = result_json(&trace, Some(&sheet));
                    say!("{}", serde_json::json!({ "id": id, "results": results }))?;
                }
                Err(problems) => {
                    failed += 1;
                    aside!("{}", told(&place_of(path, given.line), &problems, lang));
                    let line = given.line;
                    say!("{}", serde_json::json!({ "id": id, "line": line, "problems": problems }))?;
                }
            }
            Ok(true)
        });
        if let Err(error) = read {
            if error.is::<std::io::Error>() || error.is::<crate::say::Gone>() {
                return Err(error);
            }
            (all, failed) = (all + 1, failed + 1);
            aside!("{error:#}");
        }
    }
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    match lang {
        Lang::Zh => aside!("共 {all} 份事实表，{failed} 份没有试算。解释和例子: doudi policy errors"),
        Lang::En => aside!(
            "{failed} of {all} facts sheets were not assessed. Explained: doudi policy errors --lang en"
        ),
    }
    Ok(ExitCode::FAILURE)
}

fn test(folder: Option<&Path>, format: Format, lang: Lang) -> Result<ExitCode> {
    let files = texts(folder, lang)?;
    let book = law::book(&files, lang)?;
    let outcomes = run_goldens(&book, files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let failed: Vec<&GoldenOutcome> = outcomes.iter().filter(|o| !o.passed()).collect();
    if format == Format::Json {
        let list: Vec<_> = outcomes
            .iter()
            .map(|o| {
                serde_json::json!({
                    "file": o.file, "line": o.line, "title": o.title, "passed": o.passed(),
                    "expected": o.expected, "about": o.about,
                    "failures": o.failures.iter().map(|(zh, en)| lang.pick(zh, en)).collect::<Vec<_>>(),
                })
            })
            .collect();
        say!("{}", serde_json::Value::Array(list))?;
    } else {
        for outcome in &failed {
            aside!("{}", outcome.report(lang));
        }
        let (all, bad) = (outcomes.len(), failed.len());
        match lang {
            Lang::Zh => say!("样例户期望 {all} 条：通过 {}，不通过 {bad}。", all - bad),
            Lang::En => say!("{all} golden expectations: {} passed, {bad} failed.", all - bad),
        }?;
    }
    Ok(if failed.is_empty() && !outcomes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_json(value: &serde_json::Value) -> Result<ExitCode> {
    print_text(&serde_json::to_string_pretty(value)?)
}

fn print_text(text: &str) -> Result<ExitCode> {
    say!("{}", text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
