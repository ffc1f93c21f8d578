//! A reader who has seen enough ends the program quietly, whatever it was saying.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the program with its output going to somebody who has left.
fn unread(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut run = Command::new(env!("CARGO_BIN_EXE_doudi"));
    let run = run.args(args).current_dir(folder).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let done = run.spawn().unwrap().wait_with_output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let rules = policies.join("cn/dibao/rules/eligibility.toml");
    let (policies, rules) = (policies.to_str().unwrap(), rules.to_str().unwrap());
    let commands: [&[&str]; 10] = [
        &["policy", "template", "dibao"],
        &["policy", "check"],
        &["policy", "check", "--format", "json"],
        &["policy", "test"],
        &["policy", "test", "--format", "json"],
        &["policy", "explain", "dibao", "E1"],
        &["policy", "explain", "dibao", "E1", "--format", "html"],
        &["policy", "facts"],
        &["policy", "--policies", policies, "fmt", rules],
        &["synth", "--households", "20", "--out", "county"],
    ];
    for args in commands {
        let (code, said) = unread(folder.path(), args);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_demo_that_nobody_listens_to_takes_its_folder_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut demo = Command::new(env!("CARGO_BIN_EXE_doudi"));
    let demo = demo.args(["demo", "--no-serve", "--households", "500"]).env("TMPDIR", folder.path());
    let done = demo.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success() && said.lines().all(|line| line.starts_with('…')), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
