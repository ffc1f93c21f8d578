//! What the program refuses before it makes or overwrites anything.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/keys.rs"]
mod keys;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use doudi_store::Store;

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

#[test]
fn a_facts_sheet_of_no_possible_family_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let told = |members: &str, lang: &str| {
        let sheet = format!("{{\n \"division\": \"990121103001\",\n \"members\": [{members}]\n}}");
        std::fs::write(folder.path().join("facts.json"), sheet).unwrap();
        doudi(folder.path(), &["policy", "assess", "facts.json", "--lang", lang])
    };
    let head = r#"{"relation":"head"}"#;
    for (members, zh, en) in [
        (format!("{head},{head}"), "户主只能有一个", "there is one head"),
        (r#"{"relation":"child"}"#.to_owned(), "没有户主", "nobody is the head"),
        (r#"{"relation":"head","wage":1500,"wage":0}"#.to_owned(), "写了两次", "written twice"),
        (r#"{"relation":"head","wage":1500,"工资性收入":0}"#.to_owned(), "同一个事实", "one fact"),
    ] {
        for (lang, said) in [("zh", zh), ("en", en)] {
            let (code, text) = told(&members, lang);
            assert!(code != 0 && text.contains(said), "{members}: {text}");
        }
    }
    assert_eq!(told(head, "zh").0, 0);
}

#[tokio::test]
async fn pages_are_served_over_a_database_with_households_only() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |database: &str| doudi(folder.path(), &["serve", "--port", "0", "--database", database]);
    let (code, said) = serve("sqlite://none.db");
    assert_ne!(code, 0);
    assert!(said.contains("没有数据库文件 none.db") && said.contains("no database file none.db"), "{said}");
    assert!(said.contains("doudi import registers"), "{said}");
    assert!(names(folder.path()).is_empty(), "nothing is made");
    let url = format!("sqlite:{}", folder.path().join("empty.db").display());
    assert_eq!(doudi(folder.path(), &keys::CREATE).0, 0);
    Store::open(&url, keys::load(folder.path())).await.unwrap().close().await;
    let (code, said) = serve("sqlite://empty.db");
    assert_ne!(code, 0);
    assert!(said.contains("还没有住户") && said.contains("holds no households"), "{said}");
}

#[test]
fn a_database_out_of_reach_and_a_taken_port_are_noticed_before_the_county_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let unreachable =
        ["demo", "--no-serve", "--dir", "demo", "--database", "postgres://nobody@127.0.0.1:1/none"];
    let (code, said) = doudi(folder.path(), &unreachable);
    assert_ne!(code, 0);
    assert!(said.contains("连不上 PostgreSQL") && said.contains("核对地址"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    let (_, said) = doudi(folder.path(), &[&unreachable[..], &["--lang", "en"]].concat());
    assert!(said.contains("PostgreSQL cannot be reached"), "{said}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, said) = doudi(folder.path(), &["demo", "--dir", "demo", "--port", &port]);
    assert_ne!(code, 0);
    assert!(said.contains(&format!("端口 {port} 已被占用")), "{said}");
    assert!(names(&folder.path().join("demo")).is_empty(), "nothing was built");
}

#[cfg(unix)]
#[test]
fn a_demo_that_is_stopped_while_it_is_built_leaves_nothing() {
    // Whoever starts the tests with SIGHUP ignored (`nohup`) wants the demo to outlive it.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim();
    let outlives = u64::from_str_radix(ignored, 16).is_ok_and(|mask| mask & 1 == 1);
    let signals: &[&str] = if outlives { &["-INT", "-TERM"] } else { &["-INT", "-TERM", "-HUP"] };
    for signal in signals {
        let folder = tempfile::tempdir().unwrap();
        let mut demo = Command::new(env!("CARGO_BIN_EXE_doudi"))
            .args(["demo", "--no-serve", "--lang", "en", "--households", "60000"])
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(demo.stderr.take().unwrap()).read_line(&mut said).unwrap();
        assert!(said.contains("making the fictional county"), "{said}");
        assert_eq!(names(folder.path()).len(), 1);
        std::thread::sleep(Duration::from_millis(500));
        assert!(Command::new("kill").args([*signal, &demo.id().to_string()]).status().unwrap().success());
        assert!(!demo.wait().unwrap().success());
        assert!(names(folder.path()).is_empty(), "{signal}: {:?}", names(folder.path()));
    }
}

#[tokio::test]
async fn a_database_that_is_none_or_may_not_be_written_is_called_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.db"), "亲爱的同事：".repeat(200)).unwrap();
    let import = |lang: &str, database: &str| {
        doudi(folder.path(), &["import", "divisions", "none.csv", "--lang", lang, "--database", database])
    };
    let (code, said) = import("zh", "sqlite://letter.db");
    assert!(code == 1 && said.contains("不是 SQLite 数据库") && said.contains("核对数据库的路径"), "{said}");
    let (code, said) = import("en", "sqlite://letter.db");
    assert!(code == 1 && said.contains("no SQLite database") && !said.contains("try again"), "{said}");
    let (code, said) = import("en", "sqlite://no/such/folder/x.db");
    assert!(code == 1 && said.contains("cannot be opened") && said.contains("its folder exists"), "{said}");
}

#[test]
fn a_path_that_gives_no_file_is_answered_in_one_language_with_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("disability_2024-05.csv")).unwrap();
    assert_eq!(doudi(folder.path(), &keys::CREATE).0, 0);
    let feed = |file: &str, lang: &str| {
        let (code, said) = doudi(folder.path(), &["import", "feed", file, "--lang", lang]);
        assert_eq!(code, 1, "{said}");
        said
    };
    let chinese = |text: &str| text.chars().any(|c| ('一'..='龥').contains(&c));
    let said = feed("disability_2024-05.csv", "en");
    assert!(said.contains("is a folder, and a file is wanted") && !chinese(&said), "{said}");
    let said = feed("disability_2024-06.csv", "en");
    assert!(said.contains("there is no file") && !chinese(&said), "{said}");
    let said = feed("disability_2024-06.csv", "zh");
    assert!(said.contains("核对路径") && !said.contains("check"), "{said}");
    let (code, said) = doudi(folder.path(), &["import", "registers", "nowhere", "--lang", "en"]);
    assert!(code == 1 && said.contains("there is no file") && !chinese(&said), "{said}");
}
