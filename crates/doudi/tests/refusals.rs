//! What the program refuses before it makes or overwrites anything.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::path::Path;
use std::process::Command;

fn doudi(folder: &Path, args: &[&str]) -> (i32, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(folder).output().unwrap();
    (run.status.code().unwrap(), String::from_utf8(run.stderr).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_folder_that_holds_something_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("DATASHEET.md"), "mine").unwrap();
    let (code, said) = doudi(folder.path(), &["synth", "--households", "20", "--out", "."]);
    assert_ne!(code, 0);
    assert!(said.contains("已有文件，不会覆盖") && said.contains("Name an empty folder"), "{said}");
    assert_eq!(names(folder.path()), ["DATASHEET.md"]);
    let (code, said) = doudi(folder.path(), &["synth", "--households", "20", "--out", "new"]);
    assert_eq!(code, 0, "{said}");
    assert!(names(&folder.path().join("new")).iter().any(|n| n == "register"));
}
