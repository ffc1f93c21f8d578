//! `doudi policy diff` and `doudi policy simulate` as an analyst runs them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/schema.rs"]
mod schema;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn doudi(args: &[&str]) -> (bool, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(root()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (run.status.success(), text(run.stdout), text(run.stderr))
}

fn answer(args: &[&str]) -> String {
    let (good, out, said) = doudi(args);
    assert!(good, "{args:?}\n{said}");
    out
}

fn fitting(name: &str, json: &str) -> Value {
    let schema = std::fs::read_to_string(root().join(format!("docs/reference/{name}.schema.json"))).unwrap();
    let value: Value = serde_json::from_str(json).unwrap();
    let misfits = schema::misfits(&serde_json::from_str(&schema).unwrap(), &value);
    assert!(misfits.is_empty(), "{misfits:#?}");
    value
}

const RAISE: &str = "policies/demo/qingshi/dibao/changes/raise-5-percent.toml";
const COUNTY: [&str; 5] = ["policy", "simulate", RAISE, "--county", "--households"];

fn county(more: &[&str]) -> String {
    answer(&[&COUNTY[..], &["3000"], more].concat())
}

#[test]
fn the_answer_for_programs_is_as_the_reference_says() {
    let value = fitting("policy-simulate", &county(&["--format", "json"]));
    assert!(value.get("households").is_none(), "nobody is listed unless asked for");
    assert_eq!(value["population"]["households"], 3000);
    let dibao = &value["programmes"][0];
    assert_eq!(dibao["id"], "dibao");
    assert!(dibao["raised"].as_u64().unwrap() > 50, "{dibao}");
    assert_eq!(dibao["left"]["decided"], 0);
    let sum: i64 = value["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["programme"] == "dibao" && t["by"]["id"] == "division")
        .unwrap()["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["counts"]["change_fen"].as_i64().unwrap())
        .sum();
    assert_eq!(Some(sum), dibao["change_fen"].as_i64(), "townships add up to the county");
    let listed = fitting("policy-simulate", &county(&["--format", "json", "--list-households"]));
    let list = listed["households"].as_array().unwrap();
    assert!(list.len() as u64 >= dibao["raised"].as_u64().unwrap());
}

#[test]
fn small_cells_are_left_out_of_every_form() {
    let value: Value = serde_json::from_str(&county(&["--format", "json"])).unwrap();
    let least = value["disclosure"]["smallest_cell"].as_u64().unwrap();
    let mut hidden = 0;
    for row in value["people"].as_array().unwrap().iter().flat_map(|t| t["rows"].as_array().unwrap()) {
        let counts = &row["counts"];
        if counts.is_null() {
            hidden += 1;
            continue;
        }
        for n in [&counts["persons"], &counts["met"][0], &counts["met"][1]] {
            let n = n.as_u64().unwrap();
            assert!(n == 0 || n >= least, "{row}");
        }
    }
    assert!(hidden > 0, "a small county has small cells");
    assert!(county(&[]).contains("过少，不列"));
    assert!(county(&["--format", "html", "--lang", "en"]).contains("too few to tell"));
}

#[test]
fn the_page_carries_everything_with_it() {
    for lang in ["zh", "en"] {
        let page = county(&["--format", "html", "--lang", lang]);
        // The name of a vocabulary, which nobody fetches.
        let page = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["<script", "http:", "https:", "@import", "url(/", " src=", "onload", "href=\"/"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("@media print") && page.contains("<svg class=\"chart chart-x\""));
        assert!(page.matches("<table").count() >= 12);
    }
    let zh = county(&["--format", "html"]);
    assert!(
        zh.contains("lang=\"zh-CN\"")
            && zh.contains("多挣一块钱")
            && zh.contains("756.00 元/月 → 794.00 元/月")
    );
}

#[test]
fn what_cannot_be_simulated_is_said_with_the_way_on() {
    let refused = |args: &[&str]| {
        let (good, _, said) = doudi(args);
        assert!(!good, "{args:?}");
        said
    };
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_str().unwrap();
    let said = refused(&["policy", "simulate", RAISE, "--snapshot", here]);
    assert!(said.contains("没有快照") && said.contains("--county"), "{said}");
    let said = refused(&["policy", "simulate", RAISE, "--snapshot", here, "--lang", "en"]);
    assert!(said.contains("there is no snapshot"), "{said}");
    let said = refused(&["policy", "simulate", RAISE]);
    assert!(said.contains("--snapshot"), "{said}");
    let said = refused(&[&COUNTY[..], &["500", "--list-households"]].concat());
    assert!(said.contains("--format json"), "{said}");
    let said = refused(&[&COUNTY[..], &["500", "--period", "2024-05"]].concat());
    assert!(said.contains("2024-06-01") && said.contains("choose a later --period"), "{said}");
    let change = folder.path().join("bad.toml");
    std::fs::write(
        &change,
        "zh = \"坏\"\nfrom = \"2024-06-01\"\n[[parameter]]\nid = \"dibao_standart\"\nby = \"105%\"\n",
    )
    .unwrap();
    let change = change.to_str().unwrap();
    let said = refused(&["policy", "simulate", change, "--county", "--households", "500"]);
    assert!(said.contains("bad.toml:4") && said.contains("dibao_standard"), "{said}");
    let said = refused(&["policy", "simulate", "no-such.toml", "--county"]);
    assert!(said.contains("no-such.toml"), "{said}");
}

#[test]
fn a_change_may_be_a_second_folder() {
    let folder = tempfile::tempdir().unwrap();
    let second = folder.path().join("policies");
    copy(&root().join("policies"), &second);
    let csv = second.join("demo/qingshi/dibao/parameters/dibao_standard.csv");
    let text = std::fs::read_to_string(&csv).unwrap();
    assert!(text.contains("2024-03-18,756,"));
    std::fs::write(&csv, text.replace("2024-03-18,756,", "2024-03-18,800,")).unwrap();
    let place = second.to_str().unwrap();
    let direct =
        answer(&["policy", "simulate", place, "--county", "--households", "2000", "--format", "json"]);
    let direct = fitting("policy-simulate", &direct);
    assert!(
        direct["change"][0]["zh"].as_str().unwrap().contains("756.00 元/月 → 800.00 元/月"),
        "{}",
        direct["change"]
    );
    let change = folder.path().join("change.toml");
    std::fs::write(&change, "zh = \"另一套\"\npolicies = \"policies\"\n").unwrap();
    let named = [
        "policy",
        "simulate",
        change.to_str().unwrap(),
        "--county",
        "--households",
        "2000",
        "--format",
        "json",
    ];
    let named: Value = serde_json::from_str(&answer(&named)).unwrap();
    assert_eq!(named["programmes"], direct["programmes"]);

    let told = answer(&["policy", "diff", "policies", place]);
    assert!(told.contains("756.00 元/月 → 800.00 元/月") && told.contains("户的结果改变"), "{told}");
    let json = answer(&["policy", "diff", "policies", place, "--format", "json"]);
    let json = fitting("policy-diff", &json);
    assert_eq!(json["in_substance"], true);
    assert!(!json["goldens"]["changed"].as_array().unwrap().is_empty());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn two_dates_of_the_packages_inside_are_compared() {
    let dates = ["policy", "diff", "--period", "2024-03", "--period", "2024-06"];
    let told = answer(&dates);
    assert!(told.contains("734.00 元/月 → 756.00 元/月"), "{told}");
    let english = answer(&[&dates[..], &["--lang", "en"]].concat());
    assert!(
        english.contains("734.00 yuan a month → 756.00 yuan a month") && english.contains("Effect"),
        "{english}"
    );
    fitting("policy-diff", &answer(&[&dates[..], &["--format", "json"]].concat()));
    let (good, _, said) = doudi(&["policy", "diff"]);
    assert!(!good && said.contains("--period"), "{said}");
    let (good, _, said) = doudi(&["policy", "diff", "--as-of", "2024-06-01"]);
    assert!(!good && said.contains("--as-of"), "{said}");
}

/// A snapshot as a sweep leaves it: what departments know decides nobody, and that is said.
#[test]
fn a_snapshot_is_counted_and_its_gaps_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("demo");
    let place = place.to_str().unwrap();
    answer(&["demo", "--no-serve", "--dir", place, "--households", "1500"]);
    let args = ["policy", "simulate", RAISE, "--snapshot", place];
    let value = fitting(
        "policy-simulate",
        &answer(&[&args[..], &["--format", "json", "--list-households"]].concat()),
    );
    assert_eq!(value["population"]["households"], 1500);
    assert_eq!(value["population"]["digest"].as_str().unwrap().len(), 64);
    let dibao = &value["programmes"][0];
    let open = dibao["after"]["unknown"].as_u64().unwrap();
    assert!(open > 300 && dibao["cost_after"]["open"].as_u64() == Some(open), "{dibao}");
    assert!(dibao["receiving_open"][1].as_u64().unwrap() > 0, "families with help are among the open ones");
    let sexes = value["people"].as_array().unwrap().iter().find(|t| t["by"]["id"] == "by_sex").unwrap();
    assert_eq!(sexes["rows"].as_array().unwrap().len(), 2, "the register knows everybody's sex: {sexes}");
    let text = answer(&args);
    assert!(text.contains("因缺事实算不准") && text.contains("正在享受"), "{text}");
    let manifest =
        std::fs::read_dir(Path::new(place).join("data/snapshots")).unwrap().next().unwrap().unwrap().path();
    let file = manifest.join("members.arrow");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (good, _, said) = doudi(&["policy", "simulate", RAISE, "--snapshot", manifest.to_str().unwrap()]);
    assert!(!good && said.contains("members.arrow"), "an altered snapshot is refused: {said}");
}
