//! `doudi policy …`: the law without a database or a server.

mod diff;
mod fmt;
mod simulate;

use std::io::{BufRead as _, Read as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_policy::book::Book;
use doudi_policy::column::Batch;
use doudi_policy::diag::render_all;
use doudi_policy::eval::{Mode, Trace};
use doudi_policy::explain::{explain, explain_at, result_json};
use doudi_policy::golden::{Golden, GoldenOutcome, parse_goldens, run_goldens};
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
        PolicyCommand::Template { programme, when } => {
            let plan = plan_of(folder, &when, lang)?;
            let outcome = find_outcome(&plan, &programme)?;
            print_json(&template(&plan, outcome))
        }
        PolicyCommand::Check { path, format } => check(path.as_deref().or(folder), format, lang),
        PolicyCommand::Test { path, format } => test(path.as_deref().or(folder), format, lang),
        PolicyCommand::Explain { programme, facts, member, when, format } => {
            let (plan, sheet) = plan_and_sheet(folder, &facts, &when, lang)?;
            let outcome = find_outcome(&plan, &programme)?;
            let batch = batch_of(std::slice::from_ref(&sheet), &plan, lang)?;
            let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
            let member = member.map(|m| m.saturating_sub(1));
            let told = match place(trace.division(), lang) {
                Some(place) => explain_at(&trace, Some(&sheet), outcome, member, &place),
                None => explain(&trace, Some(&sheet), outcome, member),
            };
            match format {
                Format::Text => print_text(&told.render_text(lang)),
                Format::Html => print_text(&told.render_html(lang)),
                Format::Json => print_json(&told.to_json()),
            }
        }
        PolicyCommand::Assess { facts, when, .. } => assess(folder, &facts, &when, lang),
        PolicyCommand::Diff { a, b, period, as_of, format } => {
            diff::run(folder, &diff::Asked { a, b, period, as_of }, format, lang)
        }
        PolicyCommand::Simulate(args) => simulate::run(folder, &args, lang),
        PolicyCommand::Facts { .. } => {
            let book = book_of(folder, lang)?;
            print_json(&facts_json(&book))
        }
        PolicyCommand::Fmt { path, write } => fmt::fmt(folder, path.as_deref(), write, lang),
    }
}

/// The book of a folder, or of the packages in the program.
fn book_of(folder: Option<&Path>, lang: Lang) -> Result<Book> {
    law::book(&bundled::policies(folder)?, lang)
}

/// Name of a place of the fictional county; other places are known by their code here.
fn place(division: Option<&DivisionCode>, lang: Lang) -> Option<String> {
    let names = doudi_synth::name_of(division?.as_str());
    if names.is_empty() {
        return None;
    }
    Some(match lang {
        Lang::Zh => names.concat(),
        Lang::En => {
            let english = names.iter().rev().map(|name| doudi_web::Lang::En.name(name));
            english.collect::<Vec<_>>().join(", ")
        }
    })
}

fn times(when: &When) -> Result<(Month, Date)> {
    let period: Month = when.period.parse()?;
    let as_of = match &when.as_of {
        Some(text) => text.parse()?,
        None => period.last_day(),
    };
    Ok((period, as_of))
}

fn plan_of(folder: Option<&Path>, when: &When, lang: Lang) -> Result<Plan> {
    let (period, as_of) = times(when)?;
    law::plan(&book_of(folder, lang)?, period, as_of, lang)
}

fn find_outcome(plan: &Plan, name: &str) -> Result<usize> {
    plan.find_outcome(name).ok_or_else(|| {
        if plan.outcomes.is_empty() {
            return anyhow!(
                "{0}没有任何项目的规则：政策包里的规则从较晚的月份写起。请换 --period。/ No rule of any programme is in force in {0}: the packages begin later. Choose another --period.",
                plan.period
            );
        }
        let known: Vec<String> = plan.outcomes.iter().map(|o| format!("{} {}", o.id, o.zh)).collect();
        anyhow!(
            "没有项目“{name}”。可选：{0}。/ There is no programme `{name}`; choose one of: {0}.",
            known.join("、")
        )
    })
}

/// The sheet of a file, of standard input, or of a bundled golden household; the latter brings its own month.
fn plan_and_sheet(folder: Option<&Path>, facts: &str, when: &When, lang: Lang) -> Result<(Plan, FactSheet)> {
    if facts == "-" || Path::new(facts).exists() {
        let plan = plan_of(folder, when, lang)?;
        let mut sheets = sheets_of(facts, when, lang)?;
        if sheets.len() != 1 {
            bail!(
                "说明一次只看一户，{facts} 里有 {0} 户。用 assess 试算多户。/ `explain` takes one household; {facts} holds {0}. Use `assess` for many.",
                sheets.len()
            );
        }
        return Ok((plan, sheets.swap_remove(0)));
    }
    let files = bundled::policies(folder)?;
    let book = law::book(&files, lang)?;
    let Some(golden) = bundled_golden(&book, &files, facts) else {
        bail!(
            "没有文件“{facts}”，也没有这个名字的样例户。/ There is no file `{facts}`, and no golden household of that name."
        );
    };
    let plan = law::plan(&book, golden.period, golden.as_of, lang)?;
    Ok((plan, golden.sheet))
}

/// The golden household whose heading is `name` or begins with that word.
fn bundled_golden(book: &Book, files: &[(String, String)], name: &str) -> Option<Golden> {
    files
        .iter()
        .filter(|(path, _)| path.ends_with(".md") && path.contains("/tests/"))
        .filter_map(|(path, text)| parse_goldens(book, path, text).ok())
        .flatten()
        .find(|golden| {
            let first = golden.title.split([' ', '　', '：', ':']).next();
            golden.title == name || first == Some(name)
        })
}

/// Sheets from a file or standard input: one JSON object, or one a line.
fn sheets_of(path: &str, when: &When, lang: Lang) -> Result<Vec<FactSheet>> {
    let mut text = String::new();
    if path == "-" {
        std::io::stdin().lock().read_to_string(&mut text).context("standard input is not UTF-8")?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| {
            format!("读不了 {path}，应为 UTF-8 的 JSON / cannot read {path}; it should be JSON in UTF-8")
        })?;
    }
    let division = when.division.as_deref().map(str::parse::<DivisionCode>).transpose()?;
    let whole = FactSheet::from_json(&text);
    let mut sheets = match whole {
        Ok(sheet) => vec![sheet],
        // Several sheets begin with one that is whole on its line.
        Err(problem) if !begins_with_a_line_of_json(&text) => {
            return Err(sheet_fault(path, &[problem], lang));
        }
        Err(_) => {
            let mut sheets = Vec::new();
            for (number, line) in text.as_bytes().lines().enumerate() {
                let line = line?;
                if line.trim().is_empty() {
                    continue;
                }
                let place = format!("{path}:{}", number + 1);
                sheets.push(FactSheet::from_json(&line).map_err(|p| sheet_fault(&place, &[p], lang))?);
            }
            sheets
        }
    };
    for sheet in &mut sheets {
        if sheet.division.is_none() {
            sheet.division.clone_from(&division);
        }
    }
    Ok(sheets)
}

fn begins_with_a_line_of_json(text: &str) -> bool {
    let mut lines = text.lines().filter(|l| !l.trim().is_empty());
    let whole = lines.next().is_some_and(|l| serde_json::from_str::<serde_json::Value>(l).is_ok());
    whole && lines.next().is_some()
}

fn sheet_fault(place: &str, problems: &[SheetProblem], lang: Lang) -> anyhow::Error {
    let lines: Vec<String> =
        problems.iter().map(|p| format!("  {}: {}", p.path, lang.pick(&p.zh, &p.en))).collect();
    let head = lang.pick("事实表有问题", "the facts sheet has problems");
    anyhow!("{place}: {head}\n{}", lines.join("\n"))
}

fn batch_of(sheets: &[FactSheet], plan: &Plan, lang: Lang) -> Result<Batch> {
    for sheet in sheets {
        sheet.check_family(plan).map_err(|problems| sheet_fault("facts", &problems, lang))?;
    }
    Batch::from_sheets(sheets, plan).map_err(|problems| sheet_fault("facts", &problems, lang))
}

fn assess(folder: Option<&Path>, facts: &[String], when: &When, lang: Lang) -> Result<ExitCode> {
    let plan = plan_of(folder, when, lang)?;
    for path in facts {
        for sheet in sheets_of(path, when, lang)? {
            let batch = batch_of(std::slice::from_ref(&sheet), &plan, lang)?;
            let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
            let line = serde_json::json!({
                "id": sheet.id,
                "results": result_json(&trace, Some(&sheet)),
            });
            say!("{line}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(folder: Option<&Path>, format: Format, lang: Lang) -> Result<ExitCode> {
    let files = bundled::policies(folder)?;
    let count = files.len();
    let found = match Book::from_files(files) {
        Ok(book) => book.check(),
        Err(found) => found,
    };
    if format == Format::Json {
        let list: Vec<_> = found
            .iter()
            .map(|d| {
                serde_json::json!({
                    "code": d.code, "file": d.file, "line": d.line, "column": d.column,
                    "zh": d.zh, "en": d.en, "cure_zh": d.cure_zh, "cure_en": d.cure_en,
                })
            })
            .collect();
        say!("{}", serde_json::Value::Array(list))?;
    } else if found.is_empty() {
        match lang {
            Lang::Zh => say!("政策包检查通过：{count} 个文件，没有问题。"),
            Lang::En => say!("The policy packages are sound: {count} files, no faults."),
        }?;
    } else {
        aside!("{}", render_all(&found, lang));
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn test(folder: Option<&Path>, format: Format, lang: Lang) -> Result<ExitCode> {
    let files = bundled::policies(folder)?;
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

fn facts_json(book: &Book) -> serde_json::Value {
    let facts = book.facts().iter().filter(|fact| fact.back == 0).map(|fact| {
        let values = fact.enum_index.and_then(|i| book.enums().get(usize::from(i))).map(|decl| {
            decl.values.iter().map(|(id, zh)| serde_json::json!({ "id": id, "zh": zh })).collect::<Vec<_>>()
        });
        serde_json::json!({
            "id": fact.id, "zh": fact.zh, "en": fact.en, "of": fact.of,
            "type": doudi_policy::book::type_name(fact.ty), "values": values,
            "min": fact.min, "max": fact.max, "from": fact.from,
            "fresh_months": fact.fresh_months, "window": fact.window, "changeable": fact.changeable,
        })
    });
    serde_json::Value::Array(facts.collect())
}

fn print_json(value: &serde_json::Value) -> Result<ExitCode> {
    print_text(&serde_json::to_string_pretty(value)?)
}

fn print_text(text: &str) -> Result<ExitCode> {
    say!("{}", text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use doudi_policy::lang::Lang;

    use super::place;

    #[test]
    fn a_place_of_the_fictional_county_is_called_by_its_name() {
        let of = |code: &str, lang| place(Some(&code.parse().unwrap()), lang);
        assert_eq!(of("990121", Lang::Zh).as_deref(), Some("青石县"));
        assert_eq!(of("990121103001", Lang::Zh).as_deref(), Some("青石县石桥镇河湾村"));
        assert_eq!(of("990121103", Lang::En).as_deref(), Some("Shiqiao, Qingshi County"));
        assert_eq!(of("520102", Lang::Zh), None, "a real place keeps its code");
        assert_eq!(place(None, Lang::Zh), None);
    }
}
