//! `doudi staff`: accounts from the command line.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests stop at the first surprise"
)]

#[path = "support/keys.rs"]
mod keys;

use std::path::Path;
use std::process::Command;

use doudi_access::identity::password;
use doudi_registry::StaffId;
use doudi_store::Store;

fn staff(folder: &Path, args: &[&str]) -> (bool, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_doudi"))
        .current_dir(folder)
        .args(["staff", "--database", "sqlite://a.db"])
        .args(args)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out.status.success(), text)
}

fn first_password(said: &str) -> String {
    said.lines()
        .find_map(|l| l.strip_prefix("第一次用的口令: "))
        .unwrap_or_else(|| panic!("{said}"))
        .to_owned()
}

#[tokio::test]
async fn an_account_is_made_listed_reset_and_shut() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let who = ["--name", "林月明", "--post", "乡镇经办", "--division", "990121103"];
    let made = Command::new(env!("CARGO_BIN_EXE_doudi")).current_dir(at).args(keys::CREATE).output().unwrap();
    assert!(made.status.success());
    assert!(staff(at, &["list"]).1.contains("还没有账号"));
    let (made, said) = staff(at, &[&["add", "Lin.Yueming"], &who[..]].concat());
    assert!(made && said.contains("登录名: lin.yueming"), "{said}");
    let first = first_password(&said);
    for (args, wanted) in [
        ([&["add", "lin.yueming"], &who[..]].concat(), "已被使用"),
        (vec!["add", "a b", "--staff", "1"], "登录名用"),
        (vec!["add", "zhu"], "--name"),
        (vec!["add", "zhu", "--staff", "1"], "已有账号"),
        (vec!["add", "zhu", "--name", "朱", "--post", "boss", "--division", "99"], "township_clerk"),
        (vec!["reset", "nobody"], "没有这个登录名"),
    ] {
        let (done, said) = staff(at, &args);
        assert!(!done && said.contains(wanted), "{args:?}: {said}");
    }
    let url = format!("sqlite:{}", at.join("a.db").display());
    let store = Store::open(&url, keys::load(at)).await.unwrap();
    let kept = store.account("lin.yueming").await.unwrap().unwrap();
    assert!(kept.first && password::verify(&first, &kept.password) && kept.staff == StaffId(1));
    assert!(store.account("zhu").await.unwrap().is_none());
    assert_eq!(store.all_staff().await.unwrap().len(), 1, "nobody is added without an account");
    store.close().await;

    assert!(staff(at, &["disable", "lin.yueming"]).0);
    assert!(staff(at, &["list"]).1.contains("停用"));
    let second = first_password(&staff(at, &["reset", "LIN.yueming"]).1);
    assert_ne!(first, second);
    let (_, listed) = staff(at, &["list", "--lang", "en"]);
    assert!(listed.contains("awaits the first log-in") && !listed.contains(&second), "{listed}");
}
