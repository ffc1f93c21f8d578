//! Files of departments as they were received: kept by the program, listed, held, read, destroyed, and never in the clear.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/keys.rs"]
mod keys;

use std::path::{Path, PathBuf};
use std::process::Command;

use doudi_store::Store;

const DB: [&str; 2] = ["--database", "sqlite://x.db"];
const PLACE: [&str; 4] = ["--database", "sqlite://x.db", "--data", "data"];

fn doudi(folder: &Path, args: &[&str]) -> (i32, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(folder).output().unwrap();
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (run.status.code().unwrap(), said)
}

fn import(folder: &Path, args: &[&str]) -> (i32, String) {
    doudi(folder, &[&["import"], args, &PLACE].concat())
}

fn good(done: (i32, String)) -> String {
    assert_eq!(done.0, 0, "{}", done.1);
    done.1
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// Files of the data folder and of the database in which one of the secrets stands.
fn in_the_clear(here: &Path, secrets: &[&[u8]]) -> Vec<PathBuf> {
    let mut all = files(&here.join("data"));
    all.extend(
        files(here).into_iter().filter(|f| f.file_name().unwrap().to_string_lossy().starts_with("x.db")),
    );
    all.retain(|path| {
        let bytes = std::fs::read(path).unwrap();
        secrets.iter().any(|secret| bytes.windows(secret.len()).any(|w| w == *secret))
    });
    all
}

#[tokio::test]
async fn an_original_is_kept_read_held_sealed_anew_and_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    good(doudi(here, &["synth", "--households", "500", "--out", "county"]));
    good(doudi(here, &keys::CREATE));
    good(doudi(here, &[&["import", "registers", "county/register"][..], &DB].concat()));
    let path = "county/feeds/ss_unemployment_2024-05.csv";
    let file = std::fs::read(here.join(path)).unwrap();
    let text = String::from_utf8(file.clone()).unwrap();
    let numbers: Vec<&[u8]> = text
        .lines()
        .skip(1)
        .flat_map(|row| row.split(','))
        .filter(|cell| cell.len() == 18 && cell.bytes().take(17).all(|b| b.is_ascii_digit()))
        .map(str::as_bytes)
        .collect();
    assert!(numbers.len() > 1, "{}", numbers.len());

    assert!(good(import(here, &["originals"])).contains("还没有接收过部门文件"));
    good(import(here, &["feed", path, "--accept", "--despite-quality"]));
    assert_eq!(std::fs::read(here.join(path)).unwrap(), file, "the file of the sender stays");
    let listed = good(import(here, &["originals", "--lang", "en"]));
    let digest = listed.split('\t').nth(1).unwrap().to_owned();
    assert!(listed.starts_with("ss_unemployment\t") && listed.contains("is kept until"), "{listed}");
    assert_eq!(in_the_clear(here, &numbers), Vec::<PathBuf>::new());

    // It comes back as it came, once, to a file that only its owner may read.
    let said = good(import(here, &["original", &digest[..12], "--out", "again.csv"]));
    assert!(said.contains(&digest), "{said}");
    assert_eq!(std::fs::read(here.join("again.csv")).unwrap(), file);
    let (code, said) = import(here, &["original", &digest, "--out", "again.csv"]);
    assert!(code == 1 && said.contains("不会覆盖"), "{said}");
    let (code, said) = import(here, &["original", &"0".repeat(64), "--out", "no.csv"]);
    assert!(code == 1 && said.contains("doudi import originals") && !here.join("no.csv").exists(), "{said}");

    // A rotation reaches the file, too; a folder that is not this database's is refused before anything is lost.
    let at = |args: &[&'static str]| doudi(here, &[args, &DB[..]].concat());
    good(at(&["keys", "rotate", "--suite", "aes"]));
    let (code, said) = at(&["keys", "reseal"]);
    assert!(code == 1 && said.contains("--data"), "{said}");
    let sealed = here.join(format!("data/originals/{digest}.sealed"));
    let old = std::fs::read(&sealed).unwrap();
    let said = good(at(&["keys", "reseal", "--data", "data"]));
    assert!(said.contains("原件: 1"), "{said}");
    assert!(std::fs::read(&sealed).unwrap() != old);
    // One that still needs the old key, such as from a copy that somebody put back.
    let new = std::fs::read(&sealed).unwrap();
    std::fs::write(&sealed, &old).unwrap();
    let (code, said) = at(&["keys", "destroy", "--epoch", "1", "--data", "data"]);
    assert!(code == 1 && said.contains("还有 1 份原件"), "{said}");
    std::fs::write(&sealed, new).unwrap();
    let (code, said) = at(&["keys", "destroy", "--epoch", "1", "--data", "nowhere"]);
    assert!(code == 1 && said.contains("--data"), "{said}");
    good(at(&["keys", "destroy", "--epoch", "1", "--data", "data"]));

    // Its days.
    let said = good(import(here, &["purge"]));
    assert!(said.contains("销毁 0 份原件，保留 1 份"), "{said}");
    let (code, said) = import(here, &["hold", &digest, "--reason", " "]);
    assert!(code == 1 && said.contains("写明理由"), "{said}");
    good(import(here, &["hold", &digest, "--reason", "县监察 7 号"]));
    assert!(good(import(here, &["originals"])).contains("县监察 7 号"));
    let said = good(import(here, &["purge", "--on", "2099-01-01"]));
    assert!(said.contains("保留 1 份") && said.contains("因“县监察 7 号”留存"), "{said}");
    good(import(here, &["release", &digest]));
    let said = good(import(here, &["purge", "--on", "2099-01-01", "--lang", "en"]));
    assert!(said.contains("1 originals destroyed, 0 left"), "{said}");
    assert!(files(&here.join("data/originals")).is_empty());
    let row = text.lines().nth(1).unwrap().as_bytes();
    assert_eq!(in_the_clear(here, &[&numbers[..], &[row]].concat()), Vec::<PathBuf>::new());
    assert!(files(&here.join("data")).iter().all(|f| !f.to_string_lossy().contains(&digest)));
    assert!(good(import(here, &["originals"])).contains("已销毁"));
    let (code, said) = import(here, &["purge", "--on", "someday"]);
    assert!(code == 1, "{said}");

    // Each deed is on record, with whoever gave the command.
    let url = format!("sqlite:{}", here.join("x.db").display());
    let store = Store::open(&url, keys::load(here)).await.unwrap();
    let leaves = store.leaves_of("delivery:1").await.unwrap();
    let kinds: Vec<&str> = leaves.iter().map(|leaf| leaf.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["delivery.recorded", "original.opened", "original.held", "original.released", "original.destroyed"]
    );
    for leaf in &leaves {
        let fields: serde_json::Value = serde_json::from_str(leaf.payload.as_ref().unwrap()).unwrap();
        assert!(fields["operator"].as_str().is_some_and(|name| !name.is_empty()), "{fields}");
        assert_eq!(fields["digest"], digest.as_str());
    }
    store.close().await;
    good(at(&["audit", "sequence"]));
    good(at(&["audit", "verify"]));
}
