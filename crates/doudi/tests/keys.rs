//! `doudi keys` as the holders use it: made, needed by every command that reads what is sealed, rotated, destroyed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/keys.rs"]
mod keys;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use doudi_store::Store;
use doudi_store::testing::administer;

const DB: [&str; 2] = ["--database", "sqlite://x.db"];

fn run(folder: &Path, args: &[&str], env: Option<(&str, &str)>, typed: &str) -> (i32, String) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_doudi"));
    run.args(args).current_dir(folder).envs(env);
    run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.spawn().unwrap();
    // Who needs no input may have ended.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let done = child.wait_with_output().unwrap();
    let said = [done.stdout, done.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (done.status.code().unwrap(), said)
}

fn doudi(folder: &Path, args: &[&str]) -> (i32, String) {
    run(folder, args, None, "")
}

fn good(folder: &Path, args: &[&str]) -> String {
    let (code, said) = doudi(folder, args);
    assert_eq!(code, 0, "{args:?}: {said}");
    said
}

fn sweep() -> Vec<&'static str> {
    [&["sweep", "--day", "2024-06-17"], &DB[..]].concat()
}

/// A small county with its keys, three holders of whom two open them; the shares lie in `homes`.
fn county() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    good(here, &["synth", "--households", "500", "--out", "county"]);
    let said = good(here, &["keys", "create", "--holders", "3", "--threshold", "2", "--shares", "homes"]);
    assert!(
        said.contains("软件密钥，未经商用密码产品认证，非密评") && said.contains("share-3.txt"),
        "{said}"
    );
    let shares = ["--share", "homes/share-1.txt", "--share", "homes/share-3.txt"];
    good(here, &[&["import", "registers", "county/register"], &DB[..], &shares].concat());
    folder
}

#[test]
fn a_database_opens_with_enough_shares_from_files_typing_or_the_environment_only() {
    let county = county();
    let here = county.path();
    let again = doudi(here, &["keys", "create", "--holders", "2", "--threshold", "2"]);
    assert!(again.0 == 1 && again.1.contains("不会覆盖"), "{again:?}");
    let (code, said) = doudi(here, &sweep());
    assert!(code == 1 && said.contains("需要 2 位持有人的份额"), "{said}");
    let one = [&sweep()[..], &["--share", "homes/share-2.txt", "--lang", "en"]].concat();
    let (code, said) = doudi(here, &one);
    assert!(code == 1 && said.contains("only 1 shares are here and 2 are needed"), "{said}");
    let text = |n: u8| std::fs::read_to_string(here.join(format!("homes/share-{n}.txt"))).unwrap();
    let typed = [&sweep()[..], &["--share", "-"]].concat();
    let (code, said) = run(here, &typed, None, &format!("{}{}", text(2), text(3)));
    assert_eq!(code, 0, "{said}");
    let both = format!("{};{}", text(1).trim(), text(2).trim());
    let (code, said) = run(here, &sweep(), Some(("DOUDI_SHARES", &both)), "");
    assert_eq!(code, 0, "{said}");
    let mistyped = both.replacen(['0', '1', '2'], "f", 1);
    let (code, said) = run(here, &sweep(), Some(("DOUDI_SHARES", &mistyped)), "");
    assert!(code == 1 && said.contains("逐字核对"), "{said}");
    // Beside the key file they are taken, for this county is fictional; others may not be able to read them.
    for n in [1, 2] {
        std::fs::copy(here.join(format!("homes/share-{n}.txt")), here.join(format!("keys/share-{n}.txt")))
            .unwrap();
    }
    good(here, &sweep());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = |mode| {
            std::fs::set_permissions(here.join("keys/share-1.txt"), std::fs::Permissions::from_mode(mode))
        };
        open(0o644).unwrap();
        let (code, said) = doudi(here, &sweep());
        assert!(code == 1 && said.contains("chmod 600"), "{said}");
        open(0o600).unwrap();
    }
    // The audit needs no key.
    good(here, &[&["audit", "sequence"], &DB[..]].concat());
    std::fs::rename(here.join("keys"), here.join("away")).unwrap();
    good(here, &[&["audit", "verify"], &DB[..]].concat());
    good(here, &[&["check"], &DB[..]].concat());
    let (code, said) = doudi(here, &sweep());
    assert!(code == 1 && said.contains("没有密钥文件 keys/doudi.keys"), "{said}");
    // Keys of another county.
    good(here, &["keys", "create", "--holders", "2", "--threshold", "2", "--shares", "keys"]);
    let (code, said) = doudi(here, &sweep());
    assert!(code == 1 && said.contains("密钥不是这个数据库的"), "{said}");
}

#[tokio::test]
async fn shares_beside_the_keys_are_not_taken_where_a_division_is_real() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    good(here, &keys::CREATE);
    good(here, &["synth", "--households", "500", "--out", "county"]);
    good(here, &[&["import", "registers", "county/register"], &DB[..]].concat());
    let url = format!("sqlite:{}", here.join("x.db").display());
    administer(&url, "INSERT INTO divisions (code, name, level) VALUES ('52', '真实省', 1)").await.unwrap();
    let (code, said) = doudi(here, &sweep());
    assert!(code == 1 && said.contains("真实区划") && said.contains("--share"), "{said}");
    let given = ["--share", "keys/share-1.txt", "--share", "keys/share-2.txt"];
    good(here, &[&sweep()[..], &given].concat());
}

#[tokio::test]
async fn a_new_database_without_keys_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) =
        doudi(folder.path(), &[&["import", "divisions", "x.csv", "--lang", "en"], &DB[..]].concat());
    assert!(code == 1 && said.contains("doudi keys create --file keys/doudi.keys"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
}

#[tokio::test]
async fn a_key_is_rotated_everything_sealed_anew_and_the_old_key_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let demo = ["demo", "--no-serve", "--households", "500", "--dir", "c", "--format", "json"];
    good(here, &demo);
    let at = |command: &[&'static str]| [command, &["--database", "sqlite://c/doudi.db"]].concat();
    let url = format!("sqlite:{}", here.join("c/doudi.db").display());
    let before = keys::load(&here.join("c"));
    let running = Store::open(&url, before.clone()).await.unwrap();
    let (code, said) = doudi(here, &at(&["keys", "destroy", "--epoch", "1", "--data", "c/data"]));
    assert!(code == 1 && said.contains("现用密钥"), "{said}");
    let said = good(here, &at(&["keys", "rotate", "--suite", "aes"]));
    assert!(said.contains("第 2 期") && said.contains("AES-256"), "{said}");
    // Nothing has changed for whoever runs until somebody opens the database with the new key.
    running.set_setting("x", "1").await.unwrap();
    let (code, said) = doudi(here, &at(&["keys", "destroy", "--epoch", "1", "--data", "c/data"]));
    assert!(code == 1 && said.contains("请先执行 doudi keys reseal"), "{said}");
    let late = running.set_setting("x", "2").await.unwrap_err();
    assert!(late.zh().contains("重新启动程序"), "{late:?}");
    running.close().await;
    let said = good(here, &at(&["keys", "reseal", "--batch", "37", "--data", "c/data"]));
    assert!(said.contains("persons") && said.contains("全部为第 2 期"), "{said}");
    let said = good(here, &at(&["keys", "show"]));
    assert!(said.contains("第 2 期加密的值") && !said.contains("第 1 期加密的值"), "{said}");
    good(here, &at(&["keys", "destroy", "--epoch", "1", "--data", "c/data"]));
    let after = keys::load(&here.join("c"));
    assert_eq!((before.epochs().len(), after.epochs().len(), after.newest().number()), (1, 1, 2));
    let store = Store::open(&url, after).await.unwrap();
    assert!(store.population(None).await.unwrap().1 > 500);
    let mut read = 0;
    store
        .register(doudi_registry::MembershipKind::Hukou, "2024-06-17".parse().unwrap(), None, |row| {
            read += usize::from(row.person.number.is_some());
            Ok(())
        })
        .await
        .unwrap();
    assert!(read > 500, "{read}");
    store.close().await;
    good(here, &at(&["audit", "sequence"]));
    good(here, &at(&["audit", "verify"]));
    assert!(Store::open(&url, before).await.unwrap_err().zh().contains("轮换"));
}
