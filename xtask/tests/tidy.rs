//! Holds what the documents promise: edges, core purity, named tests, no machine paths.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace folder").to_path_buf()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Tracked files (and new ones not ignored), relative to the root.
fn files() -> Vec<String> {
    let out = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let mut names: Vec<String> = String::from_utf8(out.stdout)
        .expect("file names in UTF-8")
        .lines()
        .filter(|name| root().join(name).is_file())
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    assert!(names.len() > 50, "the tree is listed");
    names
}

/// Direct dependencies of each package of the workspace, normal ones only.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let meta: serde_json::Value = serde_json::from_slice(&out.stdout).expect("cargo metadata is JSON");
    let list = |v: &serde_json::Value, key: &str| v[key].as_array().cloned().unwrap_or_default();
    list(&meta, "packages")
        .iter()
        .map(|package| {
            let deps = list(package, "dependencies")
                .iter()
                .filter(|dep| dep["kind"].is_null())
                .filter_map(|dep| dep["name"].as_str().map(str::to_owned))
                .collect();
            (package["name"].as_str().expect("a name").to_owned(), deps)
        })
        .collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix("doudi-").unwrap_or(name)
}

#[test]
fn edges_are_the_ones_the_architecture_allows() {
    let page = read("docs/ARCHITECTURE.md");
    let table = page.split("<!-- edges -->").nth(1).expect("the edge table");
    let table = table.split("<!-- /edges -->").next().expect("its end");
    let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in table.lines().filter(|l| l.starts_with("| ") && !l.contains("---")).skip(1) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let uses = cells[1].split(',').map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned);
        allowed.insert(cells[0].to_owned(), uses.collect());
    }
    let ours = dependencies();
    let actual: BTreeMap<String, BTreeSet<String>> = ours
        .iter()
        .map(|(name, deps)| {
            let edges = deps.iter().filter(|d| ours.contains_key(*d)).map(|d| short(d).to_owned());
            (short(name).to_owned(), edges.collect())
        })
        .collect();
    assert_eq!(allowed, actual, "left: docs/ARCHITECTURE.md, right: the Cargo files");
}

#[test]
fn the_core_depends_on_no_effects() {
    let banned = ["tokio", "sqlx", "axum", "askama", "rand", "rand_chacha", "libsqlite3-sys", "tempfile"];
    let all = dependencies();
    for core in
        ["doudi-policy", "doudi-oracle", "doudi-registry", "doudi-access", "doudi-casework", "doudi-payment"]
    {
        let found: Vec<_> = all[core].iter().filter(|d| banned.contains(&d.as_str())).collect();
        assert!(found.is_empty(), "{core} depends on {found:?}");
    }
    let effects = ["std::fs", "std::net", "std::env::var", "SystemTime::now", "Instant::now", "std::process"];
    for file in files() {
        let core = ["policy", "oracle", "registry", "access", "casework", "payment"];
        if !core.iter().any(|c| file.starts_with(&format!("crates/{c}/src/"))) || !file.ends_with(".rs") {
            continue;
        }
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for effect in effects {
            assert!(!code.contains(effect), "{file} uses {effect}; take it as an argument instead");
        }
    }
}

#[test]
fn no_regulation_is_named_in_code() {
    for file in files() {
        if !file.ends_with(".rs") || !file.contains("/src/") || file.starts_with("crates/synth/") {
            continue;
        }
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            assert!(
                !line.contains('〔'),
                "{file}:{}: a document number belongs into policies/, not into code",
                number + 1
            );
        }
    }
}

/// Rows of a Markdown table that begin with an id such as `A1` or `SG-01`.
fn rows(page: &str) -> Vec<Vec<String>> {
    page.lines()
        .filter(|l| l.starts_with("| ") && !l.starts_with("| ---"))
        .map(|l| l.trim().trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect())
        .collect()
}

/// Every `fn name` under test sources, and every `test("name"` of the browser journeys and golden heading.
fn known_tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files() {
        if file.ends_with(".rs") && file != "xtask/tests/tidy.rs" {
            let text = read(&file);
            let mut after_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    after_test = true;
                } else if let Some(rest) = line.strip_prefix("async fn ").or(line.strip_prefix("fn ")) {
                    if after_test || file.contains("/tests/") {
                        names.insert(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
                    }
                    after_test = false;
                }
            }
        } else if file.starts_with("e2e/") && (file.ends_with(".mjs") || file.ends_with(".js")) {
            for part in read(&file).split("test(").skip(1) {
                let quote = part.chars().next().unwrap_or(' ');
                if let Some(name) = part.split(quote).nth(1) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names.insert("edges_are_the_ones_the_architecture_allows".to_owned());
    names.insert("the_core_depends_on_no_effects".to_owned());
    names.insert("no_regulation_is_named_in_code".to_owned());
    names.insert("no_test_is_ignored".to_owned());
    names.insert("no_table_holds_a_score_and_no_list_groups_by_staff".to_owned());
    names.insert("no_field_counts_or_ranks_members_of_staff".to_owned());
    names
}

/// A row whose state is `state` must name, in its last cell and between backticks, tests that exist.
fn check_named_tests(path: &str, state: &str) {
    let known = known_tests();
    let mut checked = 0;
    for row in rows(&read(path)) {
        if !row.iter().any(|cell| cell == state) {
            continue;
        }
        let last = row.last().expect("cells");
        let is_test = |word: &&str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            word.chars().all(plain) && word.matches('_').count() >= 2
        };
        let named: Vec<&str> = last.split('`').skip(1).step_by(2).filter(is_test).collect();
        assert!(!named.is_empty(), "{path}: `{}` is said to be {state} but names no test", row[0]);
        for test in named {
            assert!(
                known.contains(test),
                "{path}: `{}` names the test `{test}`, which does not exist",
                row[0]
            );
        }
        checked += 1;
    }
    assert!(checked > 0, "{path}: no row is {state}");
}

#[test]
fn works_rows_of_the_coverage_table_name_real_tests() {
    check_named_tests("docs/COVERAGE.md", "works");
}

#[test]
fn held_safeguards_name_real_tests() {
    check_named_tests("docs/SAFEGUARDS.md", "held");
}

#[test]
fn decisions_name_every_direct_dependency() {
    let page = read("docs/decisions/0003-dependencies.md");
    for (package, deps) in dependencies() {
        for dep in deps.iter().filter(|d| !d.starts_with("doudi")) {
            assert!(
                page.contains(&format!("`{dep}`")),
                "{package} uses `{dep}`; docs/decisions/0003-dependencies.md must say why"
            );
        }
    }
}

#[test]
fn nothing_of_one_machine_is_in_the_tree() {
    let pattern = ["/wo", "rk/"].concat();
    let temp = ["/tmp/ba", "sh_jobs"].concat();
    for file in files() {
        let Ok(text) = std::fs::read_to_string(root().join(&file)) else { continue };
        for needle in [&pattern, &temp] {
            assert!(!text.contains(needle.as_str()), "{file} contains {needle}");
        }
        if file.ends_with("package-lock.json") {
            assert!(!text.contains("\"resolved\""), "{file} names a registry host");
        }
    }
}

#[test]
fn leftovers_are_finished() {
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    for file in files() {
        if !file.ends_with(".rs") && !file.ends_with(".html") && !file.ends_with(".toml") {
            continue;
        }
        let text = read(&file);
        for word in &words {
            let found = text.split(|c: char| !c.is_alphanumeric()).any(|w| w == word);
            assert!(!found, "{file} still says {word}");
        }
    }
}

/// Every place of the program that writes a list for a spreadsheet program, with what keeps its cells from being
/// formulas. A new place is put here with its own test, or it does not pass.
#[test]
fn every_writer_of_lists_guards_its_cells() {
    // The bank's answer and the county of synth are what others write; nothing in them leaves this program for a person.
    let known = [
        ("crates/monitoring/src/evaluate.rs", "safe_cell"),
        ("crates/payment/src/bank.rs", "safe_cell"),
        ("crates/synth/src/files.rs", ""),
        ("crates/synth/src/lib.rs", ""),
    ];
    let marks = ["csv::Writer", "WriterBuilder", "Workbook::new", "fn csv(&", "rust_xlsxwriter::"];
    for file in
        files().iter().filter(|f| f.starts_with("crates/") && f.contains("/src/") && f.ends_with(".rs"))
    {
        let text = read(file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if !marks.iter().any(|mark| code.contains(mark)) {
            continue;
        }
        let guard = known.iter().find(|(path, _)| path == file).map(|(_, guard)| *guard);
        let guard = guard.unwrap_or_else(|| {
            panic!("{file} writes a list: guard its cells with `safe_cell` and name it here")
        });
        assert!(code.contains(guard), "{file} does not use {guard}");
        assert!(!code.contains("write_formula"), "{file} writes formulas");
    }
}

/// A test that nobody runs holds nothing: measurements live in `bench/`.
#[test]
fn no_test_is_ignored() {
    let mark = ["#[", "ignore"].concat();
    for file in files().iter().filter(|file| file.ends_with(".rs")) {
        for (number, line) in read(file).lines().enumerate() {
            assert!(
                !line.trim_start().starts_with(&mark),
                "{file}:{} is a test that does not run",
                number + 1
            );
        }
    }
}

#[test]
fn migrations_use_the_three_portable_column_types() {
    let mut seen = 0;
    for file in files().iter().filter(|f| f.contains("/migrations/") && f.ends_with(".sql")) {
        seen += 1;
        for word in ["BOOLEAN", "NUMERIC", "TIMESTAMP", "UUID", "JSONB", "REAL", "SERIAL", "AUTOINCREMENT"] {
            let found = read(file).lines().any(|l| {
                let code = l.split("--").next().unwrap_or_default().to_uppercase();
                code.split(|c: char| !c.is_alphanumeric()).any(|w| w == word)
            });
            assert!(!found, "{file} uses {word}; the portable types are TEXT, BIGINT and BLOB");
        }
    }
    assert!(seen > 0, "there are migrations");
}

#[test]
fn no_table_holds_a_score_and_no_list_groups_by_staff() {
    let mut tables = 0;
    for file in files() {
        let sql = file.contains("/migrations/") && file.ends_with(".sql");
        if sql {
            let text = read(&file).to_lowercase();
            tables += text.matches("create table").count();
            for word in ["score", "points", "grade_of_person", "risk_level"] {
                let found = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == word);
                assert!(!found, "{file} has a column `{word}`");
            }
        }
        if sql || file.starts_with("crates/store/src/") {
            for group in read(&file).to_lowercase().split("group by ").skip(1) {
                let by = group.split(['"', ';', ')']).next().unwrap_or_default();
                let by = by.split(" having ").next().unwrap_or_default();
                let by = by.split(" order ").next().unwrap_or_default();
                for word in ["staff", "actor", "assigned_to", "maker", "sealer", "surveyor"] {
                    assert!(!by.contains(word), "{file} groups by `{word}`");
                }
            }
        }
    }
    assert!(tables > 10, "the tables are read");
}

/// No board, list or export counts or ranks by member of staff: neither a name of a column or field that would, nor a
/// map from people at work to numbers.
#[test]
fn no_field_counts_or_ranks_members_of_staff() {
    let people = ["staff", "clerk", "officer", "worker", "visitor", "surveyor", "maker", "sealer", "actor"];
    let measures = [
        "count", "counts", "total", "totals", "rank", "ranking", "rate", "rates", "speed", "score", "minutes",
    ];
    let mut read_files = 0;
    for file in files() {
        let rim = [
            "crates/web/src/",
            "crates/web/templates/",
            "crates/payment/src/",
            "crates/store/src/",
            "crates/casework/src/",
        ];
        let code = rim.iter().any(|r| file.starts_with(r))
            || (file.contains("/migrations/") && file.ends_with(".sql"));
        if !code || !(file.ends_with(".rs") || file.ends_with(".html") || file.ends_with(".sql")) {
            continue;
        }
        read_files += 1;
        let text = read(&file);
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            let parts: Vec<&str> = word.split('_').collect();
            let measured = parts.iter().any(|p| measures.contains(p));
            let person =
                parts.iter().any(|p| people.contains(p) || people.contains(&p.trim_end_matches('s')));
            // How many went on a visit: the law asks for two.
            let of_a_visit = word == "surveyor_count";
            assert!(!(measured && person) || of_a_visit, "{file}: `{word}` measures people at work");
        }
        let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for number in ["i64", "u64", "u32", "usize", "Fen", "Vec<"] {
            let map = format!("Map<StaffId,{number}");
            assert!(!dense.contains(&map), "{file}: `{map}` sorts work by who does it");
        }
    }
    assert!(read_files > 100, "{read_files} files are read");
}
