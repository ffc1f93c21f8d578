//! Hostile packages and sheets: each is refused with file and line within a limit of memory, or read where it is legal.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/hostile.rs"]
mod hostile;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use doudi_policy::diag::{Example, catalogue};
use hostile::{Expect, cases, lay_sample};
use serde_json::Value;

/// Memory beside the program's own code, in KiB.
const MEMORY: u64 = 64 << 10;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn doudi(args: &[&str], input: Stdio) -> Ran {
    within(MEMORY, args, input)
}

/// Runs the program under a limit of its address space: what it allocates beyond fails.
fn within(memory: u64, args: &[&str], input: Stdio) -> Ran {
    let program = env!("CARGO_BIN_EXE_doudi");
    let limit = memory + std::fs::metadata(program).unwrap().len() / 1024;
    let run = Command::new("sh")
        .args(["-c", &format!("ulimit -v {limit}; exec \"$0\" \"$@\""), program])
        .args(args)
        .stdin(input)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: run.status.code().unwrap_or(-1), out: text(run.stdout), err: text(run.stderr) }
}

/// What is wrong with the outcome of a case.
fn wrong(case: &hostile::Case, folder: &Path) -> Option<String> {
    let path = folder.to_str().unwrap();
    let ran = doudi(&["policy", case.command, path, "--format", "json"], Stdio::null());
    if ran.err.contains("panicked") || ran.code < 0 || ran.code > 1 {
        return Some(format!("code {} {}", ran.code, ran.err));
    }
    if case.command == "test" {
        // Without a book there are no households to report on: the fault is told in words.
        let Expect::Fault(number, file, line) = case.expect else {
            return Some("a fault is expected".to_owned());
        };
        let place = format!("policies/{file}:{line}:");
        return (!ran.err.contains(number) || !ran.err.contains(&place)).then_some(ran.err);
    }
    let Ok(told) = serde_json::from_str::<Vec<Value>>(&ran.out) else {
        return Some(format!("code {}, {}", ran.code, ran.err));
    };
    let got: Vec<String> = told
        .iter()
        .map(|d| format!("{} {}:{}", d["number"].as_str().unwrap(), d["file"].as_str().unwrap(), d["line"]))
        .collect();
    match case.expect {
        Expect::Sound => (ran.code != 0 || !got.is_empty()).then(|| got.join("\n")),
        Expect::Fault(number, file, line) => {
            let wanted = format!("{number} policies/{file}:{line}");
            (ran.code != 1 || got.first() != Some(&wanted))
                .then(|| format!("wanted {wanted}, got {}", got.join(", ")))
        }
    }
}

#[test]
fn every_hostile_package_is_refused_at_its_place_or_read_within_the_limit() {
    let mut failed = Vec::new();
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        lay_sample(folder.path());
        (case.lay)(folder.path());
        if let Some(why) = wrong(&case, folder.path()) {
            let why: String = why.chars().take(600).collect();
            failed.push(format!("{}: {why}", case.name));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// Without this the test above would pass whatever the program takes.
#[test]
fn the_limit_of_memory_is_felt() {
    let folder = tempfile::tempdir().unwrap();
    lay_sample(folder.path());
    let args = ["policy", "check", folder.path().to_str().unwrap()];
    assert_eq!(within(MEMORY, &args, Stdio::null()).code, 0);
    let large = cases().into_iter().find(|case| case.name == "a chain of 10,000 rules").unwrap();
    (large.lay)(folder.path());
    let small = within(MEMORY / 3, &args, Stdio::null());
    assert!(![0, 1].contains(&small.code), "{} {}", small.code, small.err);
}

/// A sheet that the sample's law can read.
const GOOD: &str = r#"{"id":"good","division":"990121","household":{"class":"urban","farm":0},"members":[{"wage":500,"birth":"1980-02-11"}]}"#;

/// A line of a stream of sheets: its bytes, the number that it is refused with (empty: it is assessed), and how the
/// path that is named begins.
type Line = (Vec<u8>, &'static str, &'static str);

fn lines() -> Vec<Line> {
    let with = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        GOOD.replace(from, to).into_bytes()
    };
    vec![
        (GOOD.as_bytes().to_vec(), "", ""),
        (with("\"wage\"", "\"wgae\""), "E0907", "members[0].wgae"),
        (with("\"farm\"", "\"wage\""), "E0908", "household.wage"),
        (with("500", "\"五百\""), "E0909", "members[0].wage"),
        (with("500", "true"), "E0909", "members[0].wage"),
        (with("500", "-5"), "E0910", "members[0].wage"),
        (with("500", "1000000000000000000000000000000"), "E0910", "members[0].wage"),
        (with("\"farm\":0", "\"farm\":0,\"farm\":9"), "E0904", "household.farm"),
        (with("\"farm\":0", "\"farm\":0,\"种养业净收入\":9"), "E0904", "household.种养业净收入"),
        (with("[{", "{").strip_suffix(b"]}").unwrap().to_vec(), "E0901", ""),
        (with("\"members\"", "\"member\""), "E0906", "member"),
        (format!("{{\"household\":{}", "[".repeat(200_000)).into_bytes(), "E0901", "household[0][0]"),
        (format!("{{\"a\":{}", "{\"a\":".repeat(200_000)).into_bytes(), "E0901", "a.a.a"),
        (with("1980", "19\u{0}80"), "E0901", "members[0].birth"),
        ([with("good", "\u{202e}"), b"\xff".to_vec()].concat(), "E0902", ""),
        (b"nonsense".to_vec(), "E0901", ""),
        (b"[]".to_vec(), "E0905", ""),
        (vec![b'1'; 5 << 20], "E0903", ""),
        (format!("[{}1]", "1,".repeat(1 << 20)).into_bytes(), "E0901", "["),
        (GOOD.as_bytes().to_vec(), "", ""),
    ]
}

#[test]
fn a_wrong_sheet_does_not_stop_the_next_and_the_exit_code_says_that_some_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (law, sheets) = (folder.path().join("law"), folder.path().join("sheets.jsonl"));
    lay_sample(&law);
    let lines = lines();
    let text: Vec<u8> = lines.iter().flat_map(|(line, _, _)| [line.as_slice(), b"\n"].concat()).collect();
    std::fs::write(&sheets, &text).unwrap();
    let args = ["policy", "assess", sheets.to_str().unwrap(), "--policies", law.to_str().unwrap()];
    let ran = doudi(&args, Stdio::null());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let told: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), lines.len(), "{}", ran.err);
    for (n, (told, (_, number, path))) in (1..).zip(told.iter().zip(&lines)) {
        if number.is_empty() {
            assert_eq!(
                (&told["id"], told["results"].is_array()),
                (&Value::from("good"), true),
                "{n}: {told}"
            );
            continue;
        }
        let problem = &told["problems"][0];
        assert_eq!((&told["line"], &problem["number"]), (&Value::from(n), &Value::from(*number)), "{told}");
        let named = problem["path"].as_str().unwrap();
        assert!(named.starts_with(path) && named.len() < 3_000, "line {n}: {named}");
        assert!(ran.err.contains(&format!("sheets.jsonl:{n}: ")), "line {n}");
    }
    assert!(ran.err.contains("是否指“wage”") && !ran.err.contains(['\0', '\u{202e}']), "{}", ran.err);
    assert!(ran.err.contains("共 20 份事实表，18 份没有试算"), "{}", ran.err);
    // The same stream from standard input.
    let again = doudi(
        &["policy", "assess", "-", "--policies", law.to_str().unwrap(), "--lang", "en"],
        Stdio::from(std::fs::File::open(&sheets).unwrap()),
    );
    assert_eq!((again.code, again.out), (1, ran.out));
    assert!(again.err.contains("did you mean `wage`?") && again.err.contains("18 of 20"), "{}", again.err);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (law, sheets) = (folder.path().join("law"), folder.path().join("sheets.jsonl"));
    lay_sample(&law);
    let mut file = std::fs::File::create(&sheets).unwrap();
    writeln!(file, "{GOOD}").unwrap();
    // A hole: it reads as a line of zeros.
    file.set_len(100 << 20).unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(&sheets).unwrap();
    writeln!(file, "\n{GOOD}").unwrap();
    let args = ["policy", "assess", sheets.to_str().unwrap(), "--policies", law.to_str().unwrap()];
    let ran = doudi(&args, Stdio::null());
    let told: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<&Value> = told.iter().map(|line| &line["problems"][0]["number"]).collect();
    assert_eq!(numbers, [&Value::Null, &Value::from("E0903"), &Value::Null], "{}", ran.err);
    assert_eq!(ran.code, 1);
}

#[test]
fn an_explanation_of_a_wrong_sheet_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (law, sheet) = (folder.path().join("law"), folder.path().join("sheet.json"));
    lay_sample(&law);
    let explain = |text: &str, programme: &str| {
        std::fs::write(&sheet, text).unwrap();
        let policies = law.to_str().unwrap();
        let args = ["policy", "explain", programme, sheet.to_str().unwrap(), "--policies", policies];
        doudi(&args, Stdio::null())
    };
    let good = explain(GOOD, "dibao");
    assert_eq!(good.code, 0, "{}", good.err);
    let over_lines = "{\n  \"division\": \"990121\",\n  \"members\": [{\"wage\": }]\n}";
    for (text, parts) in [
        (GOOD.replace("\"wage\"", "\"wgae\""), ["E0907 members[0].wgae", "是否指“wage”"]),
        (format!("{GOOD}\n{GOOD}"), ["说明一次只看一户", "`explain` takes one household"]),
        (format!("{{\"household\":{}", "[".repeat(200_000)), ["sheet.json: ", "E0901 household[0]"]),
        (over_lines.to_owned(), ["E0901 members[0].wage", "第 3 行第 24 列"]),
    ] {
        let ran = explain(&text, "dibao");
        assert_eq!(ran.code, 1, "{text}");
        for part in parts {
            assert!(ran.err.contains(part), "{part}\n{}", ran.err);
        }
    }
    let ran = explain(GOOD, "dibo");
    assert!(ran.err.contains("是不是“dibao”？") && ran.err.contains("Did you mean `dibao`?"), "{}", ran.err);
    let ran = doudi(&["policy", "assess", folder.path().to_str().unwrap()], Stdio::null());
    assert!(ran.code == 1 && ran.err.contains("是文件夹"), "{}", ran.err);
}

/// Entries of the catalogue that only a disk, an input or the program can show are shown by the tests of this file.
#[test]
fn what_only_a_disk_can_raise_is_raised() {
    let mut shown: BTreeSet<&str> = cases()
        .iter()
        .filter_map(|case| match case.expect {
            Expect::Fault(number, _, _) => Some(number),
            Expect::Sound => None,
        })
        .collect();
    shown.extend(lines().iter().map(|(_, number, _)| *number));
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none");
    let ran = doudi(&["policy", "check", missing.to_str().unwrap(), "--format", "json"], Stdio::null());
    let told: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &told[0]["number"]), (1, &Value::from("E0105")));
    shown.insert("E0105");
    // Procedures are read by the program and not by the book.
    lay_sample(&missing);
    let procedure = missing.join("cn/t/procedure.toml");
    let text = std::fs::read_to_string(&procedure).unwrap().replacen("10wd", "3 weeks", 1);
    for (number, file, text) in [("E1202", "procedure.toml", Some(text)), ("E1201", "income.toml", None)] {
        match text {
            Some(text) => std::fs::write(&procedure, text).unwrap(),
            None => std::fs::remove_file(&procedure).unwrap(),
        }
        let ran = doudi(&["policy", "check", missing.to_str().unwrap(), "--format", "json"], Stdio::null());
        let told: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((ran.code, told.len(), &told[0]["number"]), (1, 1, &Value::from(number)), "{}", ran.out);
        assert!(told[0]["file"].as_str().unwrap().ends_with(file), "{}", ran.out);
        shown.insert(number);
    }
    for entry in catalogue().filter(|entry| matches!(entry.example, Example::Told { .. })) {
        assert!(shown.contains(entry.number), "{} {}", entry.number, entry.code);
    }
}

#[test]
fn the_command_explains_each_number_and_the_closing_line_counts() {
    let ran = doudi(&["policy", "errors", "e0604", "--lang", "en"], Stdio::null());
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("E0604 overlap: A day has two versions"), "{}", ran.out);
    let all = doudi(&["policy", "errors"], Stdio::null());
    assert_eq!(all.out.lines().count(), catalogue().count());
    let data = doudi(&["policy", "errors", "--format", "json"], Stdio::null());
    assert_eq!(serde_json::from_str::<Vec<Value>>(&data.out).unwrap().len(), catalogue().count());
    assert_eq!(doudi(&["policy", "errors", "E9999"], Stdio::null()).code, 1);
    let folder = tempfile::tempdir().unwrap();
    lay_sample(folder.path());
    let wrong = hostile::rule("a", "2022-01-01", "是") + &hostile::rule("b", "2022-02-30", "是");
    std::fs::write(folder.path().join("cn/t/rules/a.toml"), wrong).unwrap();
    let ran = doudi(&["policy", "check", folder.path().to_str().unwrap()], Stdio::null());
    let closing = "1 个文件里有 1 处错误。解释和例子: doudi policy errors E0205";
    assert!(ran.code == 1 && ran.err.trim_end().ends_with(closing), "{}", ran.err);
}
