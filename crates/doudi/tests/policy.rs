//! `doudi policy fmt` over a copy of the packages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

fn doudi(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (run.status.code().unwrap(), text(run.stdout), text(run.stderr))
}

fn texts(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else {
            found.insert(path.to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap());
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn the_packages_are_written_in_english_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let policies = folder.path().join("policies");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &policies);
    let all = || {
        let mut found = BTreeMap::new();
        texts(&policies, &mut found);
        found
    };
    let chinese = all();
    let (code, changed, said) = doudi(folder.path(), &["policy", "fmt"]);
    assert_eq!((code, changed.as_str()), (0, ""), "{said}");
    // What would change is listed, and nothing is written.
    let (code, changed, said) = doudi(folder.path(), &["policy", "fmt", "--lang", "en"]);
    assert_eq!(code, 1);
    assert!(
        changed.contains("policies/cn/dibao/rules/eligibility.toml") && said.contains("--write"),
        "{said}"
    );
    assert_eq!(all(), chinese);
    // One file is printed.
    let file = "policies/cn/dibao/rules/eligibility.toml";
    let (code, text, _) = doudi(folder.path(), &["policy", "fmt", "--lang", "en", file]);
    assert_eq!(code, 0);
    assert!(text.contains("value = 'income_per_capita < dibao_standard'"), "{text}");
    // One package, from within the folder.
    let (code, changed, _) = doudi(&policies, &["policy", "fmt", "--lang", "en", "--write", "cn/dibao"]);
    assert_eq!((code, changed.as_str()), (0, "policies/cn/dibao/rules/eligibility.toml\n"));
    let (code, _, _) = doudi(folder.path(), &["policy", "fmt", "--lang", "en", "--write"]);
    assert_eq!(code, 0);
    assert_ne!(all(), chinese);
    let (code, _, said) = doudi(folder.path(), &["policy", "fmt", "--write"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(all(), chinese);
    // A fault in one file leaves all as they are.
    let broken = chinese[policies.join("cn/edge/rules/edge.toml").to_str().unwrap()]
        .replace("低保标准 *", "低保标准 * *");
    fs::write(policies.join("cn/edge/rules/edge.toml"), broken).unwrap();
    let before = all();
    let (code, _, said) = doudi(folder.path(), &["policy", "fmt", "--lang", "en", "--write"]);
    assert_eq!(code, 1);
    assert!(said.contains("edge.toml"), "{said}");
    assert_eq!(all(), before);
    for (args, says) in [
        (&["policy", "fmt", "policies/none.toml"][..], "Check the path"),
        (&["policy", "fmt", "elsewhere"][..], "name it with --policies"),
    ] {
        let (code, _, said) = doudi(folder.path(), args);
        assert_ne!(code, 0);
        assert!(said.contains(says), "{said}");
    }
}
