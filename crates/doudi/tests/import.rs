//! `doudi import` as an operator runs it: a preview, an acceptance, and one file that holds everything afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/keys.rs"]
mod keys;

use std::path::Path;
use std::process::Command;

use doudi_store::Store;

fn doudi(folder: &Path, args: &[&str]) -> (i32, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(folder).output().unwrap();
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (run.status.code().unwrap(), said)
}

fn import(folder: &Path, args: &[&str]) -> (i32, String) {
    doudi(folder, &[&["import"], args, &["--database", "sqlite://x.db", "--data", "data"]].concat())
}

/// A folder with a county of 500 households and a database of its registers.
fn county() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = doudi(folder.path(), &["synth", "--households", "500", "--out", "county"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = doudi(folder.path(), &keys::CREATE);
    assert!(code == 0 && said.contains("非密评"), "{said}");
    let (code, said) = import(folder.path(), &["registers", "county/register"]);
    assert_eq!(code, 0, "{said}");
    folder
}

/// What a copy of the database file alone holds: people and deliveries.
async fn copied(folder: &Path) -> (i64, usize) {
    let wal = folder.join("x.db-wal");
    assert!(!wal.exists() || wal.metadata().unwrap().len() == 0, "the WAL is written back");
    let copy = folder.join("copy.db");
    std::fs::copy(folder.join("x.db"), &copy).unwrap();
    let store = Store::open(&format!("sqlite:{}", copy.display()), keys::load(folder)).await.unwrap();
    let holds = (store.population(None).await.unwrap().1, store.deliveries().await.unwrap().len());
    store.close().await;
    holds
}

#[tokio::test]
async fn a_look_keeps_nothing_and_the_file_is_whole_after_every_command() {
    let county = county();
    let folder = county.path();
    let (people, none) = copied(folder).await;
    assert!(people > 500 && none == 0, "{people} {none}");
    let feed = "county/feeds/ss_unemployment_2024-05.csv";
    let (code, said) = import(folder, &["feed", feed]);
    assert!(code == 0 && said.contains("没有保留任何数据") && said.contains("加 --accept"), "{code} {said}");
    // A file of which every row is good is not kept by a look, either.
    let text = std::fs::read_to_string(folder.join(feed)).unwrap();
    let one: Vec<&str> = text.lines().collect();
    let good = one[1..].iter().find(|row| {
        let name = "ss_unemployment_2024-05.csv";
        std::fs::write(folder.join(name), format!("{}\n{row}\n", one[0])).unwrap();
        import(folder, &["feed", name]).1.contains("可用 1 ")
    });
    assert!(good.is_some(), "some row is good");
    let clean = "ss_unemployment_2024-05.csv";
    let (code, said) = import(folder, &["feed", clean, "--lang", "en"]);
    assert!(code == 0 && said.contains("nothing was kept") && said.contains("add --accept"), "{code} {said}");
    assert!(!folder.join("data").exists() && copied(folder).await == (people, 0), "a look keeps nothing");
    let (code, said) = import(folder, &["feed", clean, "--accept"]);
    assert!(code == 0 && said.contains("已保留可用的行"), "{code} {said}");
    assert_eq!(copied(folder).await, (people, 1));
    // Refused: the same file again, and a file without a good row.
    assert_eq!(import(folder, &["feed", clean, "--accept"]).0, 1);
    std::fs::write(folder.join(clean), format!("{}\n{}\n", one[0], one[1].replace("20", "19"))).unwrap();
    let (code, said) = import(folder, &["feed", clean]);
    assert!(code == 1 && said.contains("没有一行可用"), "{code} {said}");
    assert_eq!(copied(folder).await, (people, 1), "the file is whole after a refusal, too");
}
