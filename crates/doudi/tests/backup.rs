//! `doudi backup` and `doudi restore` as the office and its recovery holders run them.
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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use doudi_registry::DeliveryId;
use doudi_store::audit::Look;
use doudi_store::deliveries::{Delivery, Quarantined};
use doudi_store::testing::{administer, fresh};
use doudi_store::{Backend, Store};
use serde_json::Value;

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

fn import(folder: &Path, args: &[&str]) {
    done(folder, &[&["import"], args, &DB, &["--data", "data"]].concat());
}

/// A small county with registers, a delivery and a snapshot, and a recovery key of three holders.
fn county() -> tempfile::TempDir {
    let county = tempfile::tempdir().unwrap();
    let folder = county.path();
    done(folder, &["synth", "--households", "500", "--out", "county"]);
    done(folder, &keys::CREATE);
    import(folder, &["registers", "county/register"]);
    import(folder, &["feed", "county/feeds/ss_unemployment_2024-05.csv", "--accept"]);
    done(folder, &[&["sweep"], &DB[..], &["--data", "data", "--day", "2024-06-17"]].concat());
    audit(folder, &["sequence"]);
    let said =
        done(folder, &["backup", "key", "--holders", "3", "--threshold", "2", "--to", "recovery.json"]);
    let shares: Vec<&str> = said.lines().filter(|line| line.starts_with("doudi-share-1")).collect();
    assert_eq!(shares.len(), 3);
    for (at, share) in shares.iter().enumerate() {
        std::fs::write(folder.join(format!("share{at}")), share).unwrap();
    }
    county
}

fn backup(folder: &Path, database: &str, data: &str, to: &str) -> Value {
    let args = [
        "backup",
        "--database",
        database,
        "--data",
        data,
        "--to",
        to,
        "--recovery",
        "recovery.json",
        "--format",
        "json",
    ];
    serde_json::from_str(&done(folder, &args)).unwrap()
}

fn restore_args<'a>(from: &'a str, database: &'a str, data: &'a str) -> Vec<&'a str> {
    vec![
        "restore",
        "--from",
        from,
        "--database",
        database,
        "--data",
        data,
        "--share",
        "share2",
        "--share",
        "share0",
        "--format",
        "json",
    ]
}

/// Name, rows and digest of each table but the leaves, which tell of the backup and the restore as well.
fn tables(told: &Value) -> Vec<(String, u64, String)> {
    let tables = told["manifest"]["tables"].as_array().unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let all = tables.iter().map(|t| (text(&t["name"]), t["rows"].as_u64().unwrap(), text(&t["digest"])));
    all.filter(|(name, ..)| name != "audit_leaves").collect()
}

fn rows(told: &Value, table: &str) -> u64 {
    tables(told).into_iter().find(|(name, ..)| name == table).unwrap().1
}

/// A delivery whose rows stand in three tables, so that half of one shows.
async fn write_delivery(store: &Store, number: usize) {
    let delivery = Delivery {
        id: DeliveryId(0),
        feed: "load".into(),
        period: "2024-05".parse().unwrap(),
        file_name: "x".into(),
        digest: format!("{number:064}"),
        encoding: "utf-8".into(),
        rows: 7,
        accepted: 0,
        quarantined: 7,
        facts: 0,
        received_on: "2024-06-17".parse().unwrap(),
        received_by: None,
        as_of: "2024-06-17".parse().unwrap(),
        path: String::new(),
        path_digest: String::new(),
        state: "preview".into(),
    };
    let aside = |line| Quarantined {
        line,
        code: "x".into(),
        field: String::new(),
        zh: "测".into(),
        en: "x".into(),
        shown: String::new(),
    };
    store.add_delivery(&delivery, &(0..7).map(aside).collect::<Vec<_>>()).await.unwrap();
    let look = Look { actor: None, subject: "household:1".into(), page: "/x".into(), shown: vec![] };
    store.record_read(&look).await.unwrap();
}

/// Runs `work` while two writers commit; gives its result and what was written meanwhile.
async fn under_load<T: Send + 'static>(
    folder: &Path,
    url: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> (T, usize) {
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..2)
        .map(|writer| {
            let (url, stop, written) = (url.to_owned(), stop.clone(), written.clone());
            let keys = keys::load(folder);
            tokio::spawn(async move {
                let store = Store::open(&url, keys).await.unwrap();
                let mut number = writer * 1_000_000;
                while !stop.load(Ordering::Relaxed) {
                    write_delivery(&store, number).await;
                    number += 1;
                    written.fetch_add(1, Ordering::Relaxed);
                }
                store.close().await;
            })
        })
        .collect();
    while written.load(Ordering::Relaxed) < 10 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let before = written.load(Ordering::Relaxed);
    let made = tokio::task::spawn_blocking(work).await.unwrap();
    let meanwhile = written.load(Ordering::Relaxed) - before;
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    (made, meanwhile)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_load_comes_back_the_same_in_either_database() {
    let county = county();
    let folder = county.path().to_path_buf();
    let first = format!("sqlite:{}", folder.join("x.db").display());
    let there = folder.clone();
    let (told, meanwhile) =
        under_load(&folder, &first, move || backup(&there, "sqlite://x.db", "data", "one.doudi")).await;
    assert!(meanwhile > 0, "the writers stood still");
    let deliveries = rows(&told, "deliveries");
    assert!(deliveries > 10, "{deliveries}");
    // One moment of the source: a delivery is there with all its rows or not at all.
    let real: u64 = told["manifest"]["files"].as_array().unwrap().len() as u64;
    assert!(real >= 4, "a delivery and the three files of a snapshot");
    let other = Store::open(&first, keys::load(&folder)).await.unwrap();
    let aside = other.deliveries().await.unwrap().iter().find(|d| d.feed != "load").unwrap().quarantined;
    other.close().await;
    assert_eq!(rows(&told, "quarantine"), (deliveries - 1) * 7 + u64::try_from(aside).unwrap());

    let postgres = fresh(Backend::Postgres).await.unwrap();
    // It was opened for the tests, with keys of its own.
    for table in ["settings", "audit_leaves"] {
        administer(&postgres.url, &format!("DELETE FROM {table}")).await.unwrap();
    }
    let answer: Value =
        serde_json::from_str(&done(&folder, &restore_args("one.doudi", &postgres.url, "pg-data"))).unwrap();
    assert!(answer["restored"] == true && answer["whole"] == true, "{answer}");
    assert!(answer["rpo_seconds"].as_i64().unwrap() < 600 && answer["rto_seconds"].as_f64().unwrap() > 0.0);

    // On PostgreSQL under load again, and back to SQLite.
    let (there, url) = (folder.clone(), postgres.url.clone());
    let quiet = backup(&folder, &postgres.url, "pg-data", "quiet.doudi");
    assert_eq!(tables(&quiet), tables(&told), "the same rows, read from the other database");
    let (again, meanwhile) =
        under_load(&folder, &url.clone(), move || backup(&there, &url, "pg-data", "two.doudi")).await;
    assert!(meanwhile > 0);
    assert_eq!(
        rows(&again, "quarantine"),
        (rows(&again, "deliveries") - 1) * 7 + u64::try_from(aside).unwrap()
    );
    done(&folder, &restore_args("two.doudi", "sqlite://back.db", "back-data"));
    let back = backup(&folder, "sqlite://back.db", "back-data", "three.doudi");
    assert_eq!(tables(&back), tables(&again));
    assert_eq!(back["manifest"]["files"], told["manifest"]["files"]);
    for file in back["manifest"]["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        assert_eq!(
            std::fs::read(folder.join("data").join(path)).unwrap(),
            std::fs::read(folder.join("back-data").join(path)).unwrap()
        );
    }

    // The tree goes on with the key of the log, which is in no backup.
    std::fs::copy(folder.join("x.db.audit-key"), folder.join("back.db.audit-key")).unwrap();
    done(&folder, &["audit", "sequence", "--database", "sqlite://back.db"]);
    done(&folder, &["audit", "verify", "--database", "sqlite://back.db"]);
    postgres.remove().await.unwrap();
}

#[test]
fn nothing_is_written_where_anything_is_there_already() {
    let county = county();
    let folder = county.path();
    backup(folder, "sqlite://x.db", "data", "one.doudi");
    let before = std::fs::read(folder.join("one.doudi")).unwrap();
    let again = [
        "backup",
        "--database",
        "sqlite://x.db",
        "--data",
        "data",
        "--to",
        "one.doudi",
        "--recovery",
        "recovery.json",
    ];
    let (code, said) = doudi(folder, &again);
    assert!(code == 1 && said.contains("不会覆盖"), "{said}");
    assert_eq!(std::fs::read(folder.join("one.doudi")).unwrap(), before);

    let (code, said) = doudi(folder, &restore_args("one.doudi", "sqlite://x.db", "new"));
    assert!(code == 1 && said.contains("不是空的"), "{said}");
    assert_eq!(std::fs::read_dir(folder.join("new")).unwrap().count(), 0);
    let (code, said) = doudi(folder, &restore_args("one.doudi", "sqlite://new.db", "data"));
    assert!(code == 1 && said.contains("不会覆盖"), "{said}");
    assert!(!folder.join("new.db").exists());
    let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(
        !names
            .iter()
            .any(|n| n.to_string_lossy().contains("restoring") || n.to_string_lossy().ends_with(".part"))
    );

    let (code, said) = doudi(folder, &["backup", "key", "--holders", "2", "--threshold", "1", "--to", "k"]);
    assert!(code == 1 && said.contains("至少 2 人到场") && !folder.join("k").exists(), "{said}");
}

#[test]
fn a_bit_flipped_anywhere_and_a_file_cut_short_are_found() {
    let county = county();
    let folder = county.path();
    backup(folder, "sqlite://x.db", "data", "one.doudi");
    let sound = std::fs::read(folder.join("one.doudi")).unwrap();
    let verify = ["backup", "verify", "--from", "bad.doudi", "--share", "share0", "--share", "share1"];
    std::fs::write(folder.join("bad.doudi"), &sound).unwrap();
    assert!(done(folder, &verify).contains("可以恢复（没有写入）"));
    let mut place = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..200_u64 {
        place ^= place << 13;
        place ^= place >> 7;
        place ^= place << 17;
        // Each tenth in the head.
        let within = if round % 10 == 0 { 88 } else { sound.len() as u64 };
        let at = usize::try_from(place % within).unwrap();
        let mut bad = sound.clone();
        bad[at] ^= 1 << (place >> 60 & 7);
        std::fs::write(folder.join("bad.doudi"), &bad).unwrap();
        let (code, said) = doudi(folder, &verify);
        assert!(
            code == 1 && (said.contains("损坏") || said.contains("不是本系统")),
            "byte {at}: {code} {said}"
        );
    }
    for length in [0, 50, 88, 5_000, sound.len() - 1] {
        std::fs::write(folder.join("bad.doudi"), &sound[..length]).unwrap();
        assert_eq!(doudi(folder, &verify).0, 1, "{length} bytes");
    }
    std::fs::write(folder.join("bad.doudi"), [&sound[..], &[0]].concat()).unwrap();
    let (code, said) = doudi(folder, &restore_args("bad.doudi", "sqlite://new.db", "new"));
    assert!(code == 1 && said.contains("没有恢复任何内容"), "{said}");
    assert!(!folder.join("new.db").exists() && std::fs::read_dir(folder.join("new")).unwrap().count() == 0);
}

#[test]
fn shares_that_are_too_few_or_of_another_key_open_nothing() {
    let county = county();
    let folder = county.path();
    backup(folder, "sqlite://x.db", "data", "one.doudi");
    let verify = |shares: &[&str]| {
        let shares = shares.iter().flat_map(|s| ["--share", s]);
        let args: Vec<&str> = ["backup", "verify", "--from", "one.doudi"].into_iter().chain(shares).collect();
        doudi(folder, &args)
    };
    for pair in [["share0", "share1"], ["share1", "share2"], ["share2", "share0"]] {
        assert_eq!(verify(&pair).0, 0);
    }
    let (code, said) = verify(&["share1"]);
    assert!(code == 1 && said.contains("只有 1 份，需要 2 份"), "{said}");
    let (code, said) = verify(&["share1", "share1"]);
    assert!(code == 1 && said.contains("只有 1 份，需要 2 份"), "{said}");
    let other = done(folder, &["backup", "key", "--to", "other.json"]);
    let other: Vec<&str> = other.lines().filter(|l| l.starts_with("doudi-share-1")).collect();
    std::fs::write(folder.join("other"), other[1]).unwrap();
    let (code, said) = verify(&["share0", "other"]);
    assert!(code == 1 && said.contains("另一个密钥文件"), "{said}");
    let share = std::fs::read_to_string(folder.join("share0")).unwrap();
    let end = if share.ends_with('0') { "1" } else { "0" };
    std::fs::write(folder.join("typed"), format!("{}{end}", &share[..share.len() - 1])).unwrap();
    let (code, said) = verify(&["typed", "share1"]);
    assert!(code == 1 && said.contains("抄写有误"), "{said}");
}

#[test]
fn yesterdays_backup_names_what_todays_witness_has_seen_since() {
    let county = county();
    let folder = county.path();
    let log = audit(folder, &["key"]).trim().to_owned();
    let witness = |state: &str| {
        audit(folder, &["sequence"]);
        audit(folder, &["export", "out"]);
        done(folder, &["audit", "witness", "out", "--state", state, "--log", &log]);
        let note = std::fs::read_to_string(folder.join(state)).unwrap();
        note.lines().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let yesterday = witness("seen");
    std::fs::copy(folder.join("seen"), folder.join("then")).unwrap();
    let told = backup(folder, "sqlite://x.db", "data", "one.doudi");
    assert_eq!(told["manifest"]["tree"]["size"], yesterday);
    import(folder, &["feed", "county/feeds/disability_2024-05.csv", "--accept"]);
    let today = witness("seen");
    assert!(today > yesterday);

    let verify = |state: &str| {
        let args = [
            "backup",
            "verify",
            "--from",
            "one.doudi",
            "--share",
            "share0",
            "--share",
            "share1",
            "--witnessed",
            state,
            "--log",
            &log,
        ];
        doudi(folder, &args)
    };
    let (code, said) = verify("then");
    assert!(code == 0 && said.contains("没有缺失"), "{said}");
    let (code, said) = verify("seen");
    assert!(code == 3 && said.contains(&format!("缺第 {yesterday}-{} 号叶", today - 1)), "{said}");
    // Restored all the same, and said.
    let mut args = restore_args("one.doudi", "sqlite://new.db", "new");
    args.extend(["--witnessed", "seen"]);
    let (code, said) = doudi(folder, &args);
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &answer["witnessed"][0]["from"], &answer["witnessed"][0]["to"]),
        (3, &yesterday.into(), &(today - 1).into())
    );
    assert!(folder.join("new.db").exists());

    // A head with another past is refused, and so is one that the log has not signed.
    let note = std::fs::read_to_string(folder.join("then")).unwrap();
    let root = note.lines().nth(2).unwrap();
    let forged = note.replace(root, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    std::fs::write(folder.join("forged"), forged).unwrap();
    let (code, said) = verify("forged");
    assert!(code == 1 && said.contains("不是这个日志签发的检查点"), "{said}");
    let mut args = restore_args("one.doudi", "sqlite://newer.db", "newer");
    args.extend(["--witnessed", "forged"]);
    let (code, said) = doudi(folder, &args);
    assert!(code == 1 && said.contains("树根与备份里的不同") && !folder.join("newer.db").exists(), "{said}");
}

#[tokio::test]
async fn a_lost_or_altered_file_is_named_and_the_rest_is_saved() {
    let county = county();
    let folder = county.path();
    let whole = backup(folder, "sqlite://x.db", "data", "whole.doudi");
    let files: Vec<String> = whole["manifest"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["path"].as_str().unwrap().to_owned())
        .collect();
    let delivery = files.iter().find(|f| f.starts_with("deliveries/")).unwrap();
    let members = files.iter().find(|f| f.ends_with("members.arrow")).unwrap();
    std::fs::remove_file(folder.join("data").join(members)).unwrap();
    let path = folder.join("data").join(delivery);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let args = [
        "backup",
        "--database",
        "sqlite://x.db",
        "--data",
        "data",
        "--to",
        "part.doudi",
        "--recovery",
        "recovery.json",
    ];
    let (code, said) = doudi(folder, &args);
    assert!(
        code == 3 && said.contains(delivery.as_str()) && said.contains(members.as_str()),
        "{code} {said}"
    );
    let (code, said) = doudi(folder, &restore_args("part.doudi", "sqlite://new.db", "new"));
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert!(code == 3 && answer["whole"] == false && answer["restored"] == true, "{said}");
    assert!(!folder.join("new").join(members).exists());

    // A path in the database that leads out of the folder is not followed.
    let url = format!("sqlite:{}", folder.join("x.db").display());
    administer(&url, "UPDATE snapshots SET path = '../county'").await.unwrap();
    let args = [
        "backup",
        "--database",
        "sqlite://x.db",
        "--data",
        "data",
        "--to",
        "out.doudi",
        "--recovery",
        "recovery.json",
    ];
    assert_eq!(doudi(folder, &args).0, 3);
}

#[test]
fn neither_the_backup_nor_a_file_beside_it_holds_a_word_in_plain() {
    let county = county();
    let folder = county.path();
    backup(folder, "sqlite://x.db", "data", "one.doudi");
    let file = std::fs::read(folder.join("one.doudi")).unwrap();
    let database = std::fs::read(folder.join("x.db")).unwrap();
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    for word in ["audit_leaves", "registers", "manifest", "commitment"] {
        assert!(!holds(&file, word), "{word}");
    }
    assert!(holds(&database, "audit_leaves"), "the search works");
    let key = std::fs::read_to_string(folder.join("x.db.audit-key")).unwrap();
    let secret = key.lines().last().unwrap();
    assert!(!holds(&file, secret));
}
