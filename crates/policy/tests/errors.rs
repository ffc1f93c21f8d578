//! The catalogue of errors: every code that is raised stands in it, every entry is raised, and its examples are true.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use doudi_policy::column::Batch;
use doudi_policy::diag::{Entry, Example, catalogue, closing, entry, page, render_all};
use doudi_policy::golden::parse_goldens;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Book, Diagnostic, Lang};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

/// The sample packages, as (path, text).
fn sample() -> Vec<(String, String)> {
    let root = here().join("tests/sample");
    let mut found = Vec::new();
    walk(&root, &mut found);
    let name = |path: &PathBuf| {
        let below = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        (format!("policies/{below}"), std::fs::read_to_string(path).unwrap())
    };
    let mut files: Vec<_> = found.iter().map(name).collect();
    files.sort();
    files
}

/// The sample with one file put in or in place of its own.
fn with(path: &str, text: &str) -> Vec<(String, String)> {
    let path = format!("policies/{path}");
    let mut files = sample();
    files.retain(|(other, _)| *other != path);
    files.push((path, text.to_owned()));
    files
}

fn faults(files: Vec<(String, String)>) -> Vec<Diagnostic> {
    match Book::from_files(files) {
        Ok(book) => book.check(),
        Err(found) => found,
    }
}

fn book() -> Book {
    Book::from_files(sample()).unwrap_or_else(|found| panic!("\n{}", render_all(&found, Lang::En)))
}

/// `⟨U+200B⟩` and `⟨3×(⟩` written out.
fn written_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('⟨') {
        out.push_str(&rest[..open]);
        let inside = &rest[open + '⟨'.len_utf8()..];
        let (body, after) = inside.split_once('⟩').unwrap();
        match body.strip_prefix("U+") {
            Some(hex) => out.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap()),
            None => {
                let (times, what) = body.split_once('×').unwrap();
                out.push_str(&what.repeat(times.parse().unwrap()));
            }
        }
        rest = after;
    }
    out + rest
}

/// The codes that a side of an example raises; `None` for what only a disk can show.
fn raised(example: Example, wrong: bool) -> Option<Vec<String>> {
    let diagnostics = |found: Vec<Diagnostic>| {
        for fault in &found {
            assert!(!fault.cure_zh.is_empty() && !fault.cure_en.is_empty(), "{}", fault.render(Lang::En));
        }
        found.into_iter().map(|d| d.code.to_owned()).collect::<Vec<_>>()
    };
    Some(match example {
        Example::Value { of, wrong: bad, right } => {
            let value = written_out(if wrong { bad } else { right });
            let rule = format!(
                "[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"{of}\"\nfrom = \"2022-01-01\"\nsource = [\"例-01\"]\nvalue = '{value}'\n"
            );
            diagnostics(faults(with("cn/t/rules/example.toml", &rule)))
        }
        Example::File { wrong: bad, right } => {
            let (path, text) = if wrong { bad } else { right };
            diagnostics(faults(with(path, &written_out(text))))
        }
        Example::Change { wrong: bad, right } => {
            let text = written_out(if wrong { bad } else { right });
            diagnostics(match Book::with_change(sample(), "change.toml", &text) {
                Ok(book) => book.check(),
                Err(found) => found,
            })
        }
        Example::Golden { wrong: bad, right } => {
            let text = written_out(if wrong { bad } else { right });
            diagnostics(parse_goldens(&book(), "tests/例.md", &text).err().unwrap_or_default())
        }
        Example::Sheet { wrong: bad, right } => {
            let plan = book().plan("2024-06".parse().unwrap(), "2024-06-30".parse().unwrap()).unwrap();
            let problems = FactSheet::from_json(&written_out(if wrong { bad } else { right }))
                .and_then(|sheet| sheet.check_family(&plan).map(|()| sheet))
                .and_then(|sheet| Batch::from_sheets(&[sheet], &plan).map(|_| ()));
            problems.err().unwrap_or_default().into_iter().map(|p| p.code.to_owned()).collect()
        }
        Example::Told { .. } => return None,
    })
}

#[test]
fn the_sample_itself_has_no_fault() {
    assert_eq!(render_all(&faults(sample()), Lang::En), "");
}

#[test]
fn numbers_rise_and_every_entry_speaks_both_languages() {
    let all: Vec<&Entry> = catalogue().collect();
    for pair in all.windows(2) {
        assert!(pair[0].number < pair[1].number, "{} {}", pair[0].number, pair[1].number);
    }
    assert_eq!(all.iter().map(|e| e.code).collect::<BTreeSet<_>>().len(), all.len(), "a word is used twice");
    for entry in &all {
        assert!(entry.number.len() == 5 && entry.number.starts_with('E'), "{}", entry.number);
        for text in [entry.zh, entry.en, entry.why_zh, entry.why_en] {
            assert!(!text.is_empty() && !text.ends_with(['.', '。']), "{}: {text}", entry.number);
        }
        assert!(entry.en.is_ascii() && !entry.why_zh.is_ascii(), "{}", entry.number);
    }
    assert_eq!(entry("E0301"), entry("unknown-name"));
    assert_eq!(entry("e0301"), entry("E0301"));
    assert_eq!(entry("E9999"), None);
}

#[test]
fn each_wrong_example_raises_its_code_and_each_right_one_none() {
    let mut failed = Vec::new();
    for entry in catalogue() {
        if let Some(codes) = raised(entry.example, true)
            && (codes.is_empty() || codes.iter().any(|code| code != entry.code))
        {
            failed.push(format!("{} {}: wrong raises {codes:?}", entry.number, entry.code));
        }
        if let Some(codes) = raised(entry.example, false)
            && !codes.is_empty()
        {
            failed.push(format!("{} {}: right raises {codes:?}", entry.number, entry.code));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// First arguments of a call in the sources: the string literal, or what stands there instead.
fn first_arguments(call: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    walk(&here().join("src"), &mut files);
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for part in code.split(call).skip(1) {
            let argument = part.trim_start().split([',', ')']).next().unwrap_or_default().trim();
            found.push((file.display().to_string(), argument.to_owned()));
        }
    }
    found
}

#[test]
fn a_code_that_is_raised_stands_in_the_catalogue() {
    let raised = first_arguments("Fault::new(");
    assert!(raised.len() > 80, "the sources are read");
    for (file, argument) in raised {
        let code = argument.trim_matches('"');
        assert!(
            argument.starts_with('"'),
            "{file}: the code of a fault is written where it is raised: {argument}"
        );
        assert!(
            entry(code).is_some(),
            "{file} raises `{code}`, which crates/policy/src/diag/catalogue lacks"
        );
    }
}

#[test]
fn an_entry_is_raised_by_something() {
    let mut files = Vec::new();
    walk(&here().join("src"), &mut files);
    let sources: String = files
        .iter()
        .filter(|file| !file.to_string_lossy().contains("catalogue"))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    for entry in catalogue() {
        assert!(
            sources.contains(&format!("\"{}\"", entry.code)),
            "nothing raises {} {}",
            entry.number,
            entry.code
        );
    }
}

#[test]
fn the_pages_of_the_catalogue_are_up_to_date() {
    for (lang, name, option) in [(Lang::Zh, "errors.zh.md", ""), (Lang::En, "errors.md", " --lang en")] {
        let path = here().join("../../docs/reference").join(name);
        let stands = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            stands == page(lang),
            "docs/reference/{name} is stale; write it again: cargo run --release -- policy errors --page{option} > docs/reference/{name}"
        );
    }
}

fn rule(id: &str, more: &str, value: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\nzh = \"规则_{id}\"\nsource = [\"例-01\"]\n{more}value = '{value}'\n\n")
}

fn in_rules(text: &str) -> Vec<Diagnostic> {
    faults(with("cn/t/rules/example.toml", text))
}

#[test]
fn two_overlapping_versions_show_both_lines() {
    let text = rule("a", "from = \"2022-01-01\"\n", "是") + &rule("a", "from = \"2023-01-01\"\n", "否");
    let found = in_rules(&text);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].number(), found[0].line), ("overlap", "E0604", 8));
    assert_eq!((found[0].related.len(), found[0].related[0].line), (1, 1));
    let shown = found[0].render(Lang::Zh);
    for part in [
        "错误[E0604 overlap]",
        "--> policies/cn/t/rules/example.toml:8:1",
        "::: policies/cn/t/rules/example.toml:1:1",
        "-------- 另一个版本在这里",
        "= 原因: 同一天只能有一个答案",
        "= 处理: 给较早的版本写上结束日期 to",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let data = found[0].to_json();
    assert_eq!(data["number"], "E0604");
    assert_eq!(data["related"][0]["line"], 1);
    assert!(data["why_en"].as_str().unwrap().starts_with("a day has one answer"));
    assert_eq!(
        closing(&found, Lang::En),
        "1 fault in 1 file. Explained with examples: doudi policy errors E0604 --lang en"
    );
}

#[test]
fn a_second_name_shows_the_first() {
    let text = "[facts.salary]\nzh = \"工资性收入\"\nof = \"member\"\ntype = \"元/月\"\n";
    let found = faults(with("cn/t/facts.toml", text));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].related[0].file, "policies/cn/common/facts.toml");
    assert_eq!(found[0].related[0].excerpt, "zh = \"工资性收入\"");
}

#[test]
fn one_cause_is_told_once_with_its_places() {
    let many: String =
        (0..20).map(|n| rule(&format!("r{n}"), "from = \"2022-01-01\"\n", "工资收入 > 0元")).collect();
    let found = in_rules(&many);
    assert_eq!(found.len(), 1, "{}", render_all(&found, Lang::En));
    assert_eq!((found[0].code, found[0].related.len(), found[0].more), ("unknown-name", 5, 0));
    assert_eq!(found[0].places, 14);
    assert!(found[0].render(Lang::Zh).contains("还有 14 处同样"));
    assert!(closing(&found, Lang::En).starts_with("1 fault in 1 file"));
}

#[test]
fn what_follows_from_a_broken_declaration_is_not_told() {
    // A broken parameter: neither the rows of the county nor the rules that use it are at fault.
    let text = "[[parameter]]\nid = \"standard\"\nzh = \"低保标准\"\ntype = \"money\"\nkeys = [\"class\"]\nrows = []\n";
    let codes = |found: Vec<Diagnostic>| found.iter().map(|d| d.code).collect::<Vec<_>>();
    assert_eq!(codes(faults(with("cn/t/parameters/standard.toml", text))), ["unknown-type"]);
    // A file of sources that cannot be read: its citations are not missing.
    assert_eq!(
        codes(faults(with("cn/sources.toml", "[cite.\"例-01\"]\nzh = 例\n[doc.EX]\nzh = \"例\"\n"))),
        ["toml"]
    );
    // A broken fact: the parameter that has it as a key is not at fault.
    let facts = std::fs::read_to_string(here().join("tests/sample/cn/common/facts.toml")).unwrap();
    let broken = facts.replacen("of = \"household\"", "of = \"house\"", 1);
    assert_eq!(codes(faults(with("cn/common/facts.toml", &broken))), ["bad-entity"]);
}

#[test]
fn faults_come_in_the_order_of_the_files() {
    let mut files = with("cn/t/rules/example.toml", &rule("a", "from = \"2022-02-30\"\n", "是"));
    files.push((
        "policies/cn/a/facts.toml".to_owned(),
        "[facts.x]\nzh = \"例\"\nof = \"house\"\ntype = \"mony\"\n".to_owned(),
    ));
    let places: Vec<(String, usize)> = faults(files).into_iter().map(|d| (d.file, d.line)).collect();
    let expected = [
        ("policies/cn/a/facts.toml", 3),
        ("policies/cn/a/facts.toml", 4),
        ("policies/cn/t/rules/example.toml", 5),
    ];
    assert_eq!(places, expected.map(|(file, line)| (file.to_owned(), line)));
}

#[test]
fn a_name_that_only_looks_right_is_told_by_its_letter() {
    let found = in_rules(&rule("a", "from = \"2022-01-01\"\nof = \"member\"\n", "w\u{430}ge > 0元"));
    assert_eq!(found[0].code, "unknown-name");
    assert!(
        found[0].cure_en.contains("U+0430") && found[0].cure_en.contains("`wage`"),
        "{}",
        found[0].cure_en
    );
}

#[test]
fn a_very_long_line_is_shown_around_its_fault() {
    let text = rule(
        "a",
        "from = \"2022-01-01\"\n",
        &format!("人数 = 1{}且 工资收入 > 0元{}", " ".repeat(500_000), " ".repeat(500_000)),
    );
    let found = in_rules(&text);
    let shown = found[0].render(Lang::Zh);
    assert!(shown.len() < 2_000 && shown.contains("工资收入 > 0元"), "{shown}");
    assert_eq!(found[0].column, 500_018);
    let mark = shown.lines().find(|line| line.contains('^')).unwrap();
    assert_eq!(mark.matches('^').count(), 8);
}

#[test]
fn no_message_carries_what_it_warns_of() {
    let found = in_rules("# \u{202e}evil\n");
    assert_eq!(found[0].code, "hidden-character");
    let shown = found[0].render(Lang::En);
    assert!(shown.contains("⟨U+202E⟩evil") && !shown.contains('\u{202e}'), "{shown}");
    let found = faults(with(
        "cn/t/rules/example.toml",
        &rule("a", "from = \"2022-01-01\"\n", &"x".repeat(1_000_000)),
    ));
    assert!(found[0].render(Lang::En).len() < 3_000);
}
