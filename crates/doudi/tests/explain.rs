//! `doudi policy explain`, `replay` and `assess` as a person at the terminal meets them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn doudi(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (run.status.code().unwrap(), text(run.stdout), text(run.stderr))
}

#[test]
fn a_golden_household_takes_the_month_and_the_place_that_are_asked_for() {
    let here = tempfile::tempdir().unwrap();
    let explain = |more: &[&str]| {
        let args = [&["policy", "explain", "dibao", "E1"], more].concat();
        doudi(here.path(), &args)
    };
    let (code, own, _) = explain(&[]);
    assert_eq!(code, 0);
    assert!(own.contains("2024-06") && own.contains("低保标准 756.00 元/月"), "{own}");
    let (_, earlier, _) = explain(&["--period", "2023-06"]);
    assert!(earlier.contains("2023-06") && earlier.contains("低保标准 734.00 元/月"), "{earlier}");
    assert!(earlier.contains("截至 2023-06-30"), "{earlier}");
    let (_, known, _) = explain(&["--as-of", "2024-07-15"]);
    assert!(known.contains("2024-06") && known.contains("截至 2024-07-15"), "{known}");
    // Guizhou's standards are another county's.
    let (code, elsewhere, said) = explain(&["--division", "520102"]);
    assert_eq!(code, 0, "{said}");
    assert!(elsewhere.contains("520102") && !elsewhere.contains("低保标准 756.00"), "{elsewhere}");
    let (_, mode, _) = explain(&["--mode", "adverse"]);
    assert!(mode.contains("不利决定"), "{mode}");
}

#[test]
fn before_the_law_nothing_is_said_but_from_when_on() {
    let here = tempfile::tempdir().unwrap();
    fs::write(here.path().join("sheet.json"), r#"{"division": "990121", "household": {}, "members": []}"#)
        .unwrap();
    for command in [
        &["policy", "assess", "sheet.json"][..],
        &["policy", "explain", "dibao", "E1"],
        &["policy", "template", "dibao"],
    ] {
        let args = [command, &["--period", "2019-01"]].concat();
        let (code, out, said) = doudi(here.path(), &args);
        assert_eq!((code, out.as_str()), (1, ""), "{args:?}");
        assert!(said.contains("2019-01（截至 2019-01-31）没有任何项目的规则"), "{said}");
        assert!(said.contains("最早的从 2021-07 起施行") && said.contains("holds from 2021-07"), "{said}");
    }
}

#[test]
fn a_member_who_is_not_there_is_refused_and_one_who_is_entitled_is_found() {
    let here = tempfile::tempdir().unwrap();
    for wrong in ["0", "9"] {
        let (code, out, said) = doudi(here.path(), &["policy", "explain", "tekun", "E10", "--member", wrong]);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(said.contains(&format!("没有第 {wrong} 位成员")) && said.contains("counts from 1"), "{said}");
    }
    let (code, _, said) = doudi(here.path(), &["policy", "explain", "dibao", "E1", "--member", "1"]);
    assert!(code == 1 && said.contains("按家庭算"), "{said}");
    // Bounds of a member's facts hold in an explanation as they do in an assessment.
    let sheet = r#"{"division": "990121", "household": {}, "members": [{"name": "甲", "wage": -5}]}"#;
    fs::write(here.path().join("low.json"), sheet).unwrap();
    for args in
        [&["policy", "explain", "tekun", "low.json", "--member", "1"][..], &["policy", "assess", "low.json"]]
    {
        let (code, _, said) = doudi(here.path(), args);
        assert!(code == 1 && said.contains("小于最小值"), "{said}");
    }
    let sheet =
        r#"{"division": "990121103001", "household": {}, "members": [{"name": "甲"}, {"name": "乙"}]}"#;
    fs::write(here.path().join("two.json"), sheet).unwrap();
    let (code, out, said) = doudi(here.path(), &["policy", "explain", "tekun", "two.json"]);
    assert!(code == 0 && out.starts_with("特困  甲"), "{out}");
    assert!(said.contains("第 1 位成员（共 2 位）"), "{said}");
}

#[test]
fn the_family_reads_its_own_voice() {
    let here = tempfile::tempdir().unwrap();
    let ask = |more: &[&str]| {
        let args = [&["policy", "explain", "dibao", "E1", "--for", "citizen"], more].concat();
        doudi(here.path(), &args).1
    };
    let zh = ask(&["--contact", "石桥镇民政办，电话 12349"]);
    assert!(zh.contains("您家符合低保的条件") && zh.contains("请找：石桥镇民政办，电话 12349。"), "{zh}");
    assert!(!zh.contains("DB-"), "{zh}");
    assert!(ask(&["--lang", "en"]).contains("your family meets the conditions of"));
    assert!(ask(&["--format", "html"]).starts_with("<article class=\"letter\">"));
    let json: Value = serde_json::from_str(&ask(&["--format", "json"])).unwrap();
    assert_eq!((&json["for"], &json["amount_fen"]), (&"citizen".into(), &76_800.into()));
    assert!(json.get("trace").is_none(), "the family's JSON holds no facts");
}

#[test]
fn a_record_replays_and_a_changed_law_or_fact_is_named() {
    let here = tempfile::tempdir().unwrap();
    let record =
        ["policy", "explain", "dibao", "E1", "--for", "citizen", "--lang", "en", "--record", "e1.json"];
    let (code, told, said) = doudi(here.path(), &record);
    assert!(code == 0 && said.contains("keep it safe"), "{said}");
    let kept: Value =
        serde_json::from_str(&fs::read_to_string(here.path().join("e1.json")).unwrap()).unwrap();
    assert_eq!(kept["told"]["text"].as_str().unwrap().trim_end(), told.trim_end());
    for key in ["law", "period", "as_of", "mode", "voice", "lang", "facts", "programme", "id"] {
        assert!(!kept[key].is_null(), "{key}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(here.path().join("e1.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may read it: {mode:o}");
    }
    // What is there is not overwritten.
    let (code, _, said) = doudi(here.path(), &record);
    assert!(code == 1 && said.contains("不覆盖"), "{said}");
    let (code, out, _) = doudi(here.path(), &["policy", "replay", "e1.json"]);
    assert!(code == 0 && out.contains("重放一致"), "{out}");
    // A law with another standard.
    let law = here.path().join("policies");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &law);
    let standard = law.join("demo/qingshi/dibao/parameters/dibao_standard.csv");
    fs::write(&standard, fs::read_to_string(&standard).unwrap().replace(",756,", ",800,")).unwrap();
    let (code, out, _) =
        doudi(here.path(), &["policy", "replay", "e1.json", "--policies", "policies", "--lang", "en"]);
    assert_eq!(code, 1);
    for line in
        ["dibao_standard.csv has changed", "was 756.00", "is 800.00", "amount (yuan): was 768.00, is 900.00"]
    {
        assert!(out.contains(line), "no “{line}” in\n{out}");
    }
    // A fact that is another today.
    let mut now = kept["facts"].clone();
    now["members"][0]["wage"] = "1600".into();
    fs::write(here.path().join("now.json"), now.to_string()).unwrap();
    let args = ["policy", "replay", "e1.json", "--facts", "now.json", "--format", "json"];
    let (code, out, _) = doudi(here.path(), &args);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &found["same"], &found["differences"][0]["kind"]), (1, &false.into(), &"fact".into()));
    // No record.
    let (code, _, said) = doudi(here.path(), &["policy", "replay", "now.json"]);
    assert!(code == 1 && said.contains("explain --record"), "{said}");
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
