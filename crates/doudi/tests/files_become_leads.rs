//! The how-to page on department files, command by command: a county's files become leads in a database.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::Command;

/// Runs the program and gives what it printed; a failure shows everything.
fn doudi(folder: &Path, args: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_doudi")).current_dir(folder).args(args).output().unwrap();
    let (out, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{args:?}: {out}{told}");
    out.into_owned()
}

#[test]
fn files_of_departments_become_leads_step_by_step() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let database = ["--database", "sqlite://county.db"];
    doudi(here, &["synth", "--seed", "3", "--households", "2000", "--out", "county"]);
    let sweep = |day| doudi(here, &[&["sweep"][..], &database, &["--day", day, "--format", "json"]].concat());
    doudi(here, &["keys", "create", "--holders", "2", "--threshold", "2", "--shares", "keys"]);
    doudi(here, &[&["import", "registers", "county/register"][..], &database].concat());
    let mut files: Vec<_> =
        std::fs::read_dir(here.join("county/feeds")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 16, "{files:?}");
    let before: serde_json::Value = serde_json::from_str(&sweep("2024-06-17")).unwrap();
    assert_eq!((&before["households"], &before["deliveries"]), (&2000.into(), &0.into()));
    for file in &files {
        let file = file.to_str().unwrap();
        doudi(here, &[&["import", "feed", file, "--accept"][..], &database].concat());
    }
    let after: serde_json::Value = serde_json::from_str(&sweep("2024-06-17")).unwrap();
    assert_eq!(after["deliveries"], files.len());
    assert!(after["missed"].as_u64().unwrap() > 20, "{after}");
    // The same day again raises nothing twice.
    assert_eq!(serde_json::from_str::<serde_json::Value>(&sweep("2024-06-17")).unwrap(), after);
}
