//! `doudi audit` and `doudi check` as the office, a witness and an auditor run them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::path::Path;
use std::process::Command;

use doudi_store::testing::administer;

const DB: [&str; 2] = ["--database", "sqlite://x.db"];

fn doudi(folder: &Path, args: &[&str]) -> (i32, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(folder).output().unwrap();
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (run.status.code().unwrap(), said)
}

fn done(folder: &Path, args: &[&str]) -> String {
    let (code, said) = doudi(folder, args);
    assert_eq!(code, 0, "{args:?}: {said}");
    said
}

fn audit(folder: &Path, args: &[&str]) -> String {
    done(folder, &[&["audit"], args, &DB].concat())
}

/// A small county whose registers are on file.
fn county() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["synth", "--households", "500", "--out", "county"]);
    done(folder.path(), &["keys", "create", "--holders", "2", "--threshold", "2", "--shares", "keys"]);
    import(folder.path(), &["registers", "county/register"]);
    folder
}

fn import(folder: &Path, args: &[&str]) {
    done(folder, &[&["import"], args, &DB, &["--data", "data"]].concat());
}

/// Exit code and text of the auditor's own verifier.
fn auditor(folder: &Path, args: &[&str]) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/audit/verify.py");
    let mut run = Command::new("python3");
    run.arg(script).arg("out").args(args).current_dir(folder).env("PYTHONIOENCODING", "utf-8");
    let run = run.output().unwrap();
    (run.status.success(), [run.stdout, run.stderr].map(|t| String::from_utf8(t).unwrap()).concat())
}

#[test]
fn what_is_exported_holds_for_an_auditor_and_a_rewind_is_found_against_the_witness() {
    let county = county();
    let folder = county.path();
    assert!(audit(folder, &["sequence"]).contains("片叶并签发检查点"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.join("x.db.audit-key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let log = audit(folder, &["key"]).trim().to_owned();
    audit(folder, &["export", "out"]);
    let said = done(
        folder,
        &["audit", "witness", "out", "--state", "seen", "--log", &log, "--name", "audit.office"],
    );
    let witness = said.lines().last().unwrap().to_owned();
    let (holds, text) = auditor(folder, &["--log", &log, "--witness", &witness]);
    assert!(holds && text.contains("2 signature(s)"), "{text}");
    std::fs::copy(folder.join("seen"), folder.join("kept")).unwrap();
    std::fs::copy(folder.join("x.db"), folder.join("backup.db")).unwrap();

    import(folder, &["feed", "county/feeds/ss_unemployment_2024-05.csv", "--accept"]);
    audit(folder, &["sequence"]);
    audit(folder, &["export", "out"]);
    done(folder, &["audit", "witness", "out", "--state", "seen", "--log", &log]);
    let (holds, text) = auditor(folder, &["--log", &log, "--witness", &witness, "--since", "kept"]);
    assert!(holds, "{text}");
    assert!(audit(folder, &["verify", "--since", "seen"]).contains("核验通过"));

    // An older backup is put back, by somebody who also removes what lies beside the key and writes a new head.
    std::fs::copy(folder.join("backup.db"), folder.join("x.db")).unwrap();
    let (code, said) = doudi(folder, &[&["audit", "sequence"], &DB[..]].concat());
    assert!(code == 1 && said.contains("审计树变短了"), "{code} {said}");
    std::fs::remove_file(folder.join("x.db.audit-key.head")).unwrap();
    audit(folder, &["sequence"]);
    let (code, said) = doudi(folder, &[&["audit", "verify", "--since", "seen"], &DB[..]].concat());
    assert!(code == 1 && said.contains("seen"), "{code} {said}");
    std::fs::remove_dir_all(folder.join("out")).unwrap();
    audit(folder, &["export", "out"]);
    let seen = std::fs::read(folder.join("seen")).unwrap();
    let (code, said) = doudi(folder, &["audit", "witness", "out", "--state", "seen", "--log", &log]);
    assert!(code == 1 && (said.contains("审计树变短了") || said.contains("不是由曾见的")), "{code} {said}");
    assert_eq!(std::fs::read(folder.join("seen")).unwrap(), seen, "nothing was signed");
}

#[tokio::test]
async fn a_leaf_that_waits_for_more_than_a_minute_fails_the_check() {
    let county = county();
    let folder = county.path();
    let check = || doudi(folder, &[&["check"], &DB[..]].concat());
    assert_eq!(check().0, 0, "just written");
    let url = format!("sqlite:{}", folder.join("x.db").display());
    administer(&url, "UPDATE audit_leaves SET id = printf('%012x', made_ms - 90000) || substr(id, 13), made_ms = made_ms - 90000").await.unwrap();
    let (code, said) = check();
    assert!(code == 1 && said.contains("尚未定序") && said.contains("doudi audit sequence"), "{code} {said}");
    audit(folder, &["sequence"]);
    assert_eq!(check().0, 0);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let county = county();
    let folder = county.path();
    audit(folder, &["sequence"]);
    let key = folder.join("x.db.audit-key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, said) = doudi(folder, &[&["audit", "sequence"], &DB[..]].concat());
    assert!(code == 1 && said.contains("chmod 600"), "{code} {said}");
    assert!(!said.contains(std::fs::read_to_string(&key).unwrap().lines().last().unwrap()));
}

/// A program that runs until the test ends.
struct Running(std::process::Child);

impl Running {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let quiet = std::process::Stdio::null;
        let mut run = Command::new(env!("CARGO_BIN_EXE_doudi"));
        Self(run.args(args).current_dir(folder).stdout(quiet()).stderr(quiet()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn comes(file: &Path) {
    for _ in 0..600 {
        if file.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{} did not come within a minute", file.display());
}

/// The office only serves pages, the witness only watches the folder: what was done is witnessed without anybody's hand.
#[test]
fn what_the_program_exports_by_itself_is_witnessed_by_itself() {
    let county = county();
    let folder = county.path();
    let serve = [&["serve", "--port", "0", "--audit-folder", "out"][..], &DB].concat();
    let serving = Running::start(folder, &serve);
    comes(&folder.join("out/checkpoint"));
    let log = audit(folder, &["key"]).trim().to_owned();
    let witness = [
        "audit",
        "witness",
        "out",
        "--state",
        "seen",
        "--log",
        &log,
        "--name",
        "audit.office",
        "--every",
        "1",
    ];
    let watching = Running::start(folder, &witness);
    comes(&folder.join("out/witnessed"));
    drop((serving, watching));
    let (holds, text) = auditor(folder, &["--log", &log]);
    assert!(holds, "{text}");
    let check = [&["check", "--witnessed", "out/witnessed"][..], &DB].concat();
    let (_, said) = doudi(folder, &check);
    assert!(said.contains("I11"), "{said}");
}
