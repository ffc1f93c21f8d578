//! Groups of outcomes: one of them, the higher of them, one that fills up another.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::Batch;
use doudi_policy::{Explanation, FactSheet, Lang, Mode, Trace, explain, result_json};
use support::small::{hold, planned, refused};
use support::{law, plan};

const OUTCOMES: &str = r#"
[[outcome]]
id = "care"
zh = "护理费"
en = "care"
of = "member"
from = "2021-01-01"
source = ["A-1"]
met_when = '不能自理项数 >= 1'
[outcome.amount]
value = '若 不能自理项数 >= 4 则 300元/月 否则 100元/月'

[[outcome]]
id = "grade"
zh = "等级津贴"
en = "grade allowance"
of = "member"
from = "2021-01-01"
source = ["A-2"]
met_when = '残疾等级 在 [一级, 二级]'
[outcome.amount]
value = '若 残疾等级 = 一级 则 200元/月 否则 100元/月'
"#;

fn group(kind: &str) -> String {
    format!(
        "{OUTCOMES}\n[[group]]\nid = \"both\"\nzh = \"同类\"\nen = \"of a kind\"\nkind = \"{kind}\"\noutcomes = [\"care\", \"grade\"]\nfrom = \"2021-01-01\"\nsource = [\"A-3\"]\n"
    )
}

fn case(unable: &str, grade: &str, expected: &str) -> String {
    format!(
        "## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 不能自理项数 | 残疾等级 |\n| --- | --- | --- |\n| 甲 | {unable} | {grade} |\n\n期望: {expected}\n\n"
    )
}

fn told(rules: &str, member: serde_json::Value) -> Explanation {
    let (_, plan) = planned(rules, &[]).unwrap();
    let sheet = serde_json::json!({"division": "990121", "members": [member]});
    let sheet: FactSheet = serde_json::from_value(sheet).unwrap();
    let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
    let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
    explain(&trace, Some(&sheet), plan.find_outcome("care").unwrap(), Some(0))
}

#[test]
fn of_one_of_a_group_all_that_are_met_are_alternatives() {
    let rules = group("one_of");
    hold(
        &rules,
        &[],
        &[
            case("4", "一级", "护理费 符合 甲, 同组 同类 护理费 300 等级津贴 200"),
            case("0", "一级", "护理费 不符合 甲, 同组 同类 等级津贴"),
            case("1", "未知", "护理费 符合 甲, 同组 both care"),
            case("0", "三级", "护理费 不符合 甲, 同组 同类 未定"),
        ]
        .concat(),
    );
    let e = told(&rules, serde_json::json!({"name": "甲", "unable": 1}));
    assert_eq!(e.groups[0].text.zh, "甲 护理费(符合)、甲 等级津贴(未知)只能享受一项，由审核确认机关选定");
    assert_eq!(e.groups[0].open_facts.len(), 1, "what would tell whether there is an alternative");
    let person = rules.replace("outcomes =", "chosen_by = \"person\"\noutcomes =");
    let e = told(&person, serde_json::json!({"unable": 1, "grade": "g1"}));
    assert!(
        e.groups[0].text.zh.ends_with("由本人选定") && e.groups[0].text.en.ends_with("the person chooses")
    );
    assert!(e.render_text(Lang::Zh).contains("同类: #1 护理费(符合)"), "{}", e.render_text(Lang::Zh));
    assert!(e.render_html(Lang::Zh).contains("同类："));
}

#[test]
fn of_the_higher_the_other_does_not_stand() {
    let rules = group("take_the_higher");
    hold(
        &rules,
        &[],
        &[
            case("4", "一级", "护理费 符合 甲, 同组 同类 护理费 300"),
            case("1", "一级", "护理费 符合 甲, 同组 同类 等级津贴 200"),
            // Of equal ones the first of the group.
            case("1", "二级", "护理费 符合 甲, 同组 同类 护理费"),
            case("0", "二级", "护理费 不符合 甲, 同组 同类 等级津贴"),
            case("1", "三级", "护理费 符合 甲, 同组 同类 护理费"),
            // Whatever the grade, nothing is higher than 300.
            case("4", "未知", "护理费 符合 甲, 同组 同类 护理费"),
            case("1", "未知", "护理费 符合 甲, 同组 同类 未定"),
        ]
        .concat(),
    );
    let e = told(&rules, serde_json::json!({"name": "甲", "unable": 4, "grade": "g1"}));
    assert_eq!(e.groups[0].text.zh, "甲 护理费、甲 等级津贴就高享受一项：甲 护理费，每月 300.00 元");
    let e = told(&rules, serde_json::json!({"name": "甲", "unable": 1}));
    let asked: Vec<&str> = e.groups[0].open_facts.iter().map(|f| f.fact.as_str()).collect();
    assert_eq!(asked, ["grade"]);
    assert!(
        e.groups[0].text.zh.ends_with("哪一项高尚不能确定，需查明：甲.残疾等级"),
        "{}",
        e.groups[0].text.zh
    );
    assert!(e.groups[0].text.en.contains("still open: find out 甲.grade"), "{}", e.groups[0].text.en);
    let json = &e.to_json()["groups"][0];
    assert_eq!((&json["group"], &json["kind"]), (&"both".into(), &"take_the_higher".into()));
    assert_eq!(json["outcomes"][0]["stands"], "unknown");
    assert_eq!(json["outcomes"][0]["amount_fen"], 10_000);
    assert_eq!(json["outcomes"][0]["pays_fen"], serde_json::Value::Null);
}

#[test]
fn one_fills_up_to_its_own_level() {
    let rules = group("top_up");
    hold(
        &rules,
        &[],
        &[
            case("1", "一级", "护理费 符合 甲, 同组 同类 护理费 100 等级津贴 100"),
            case("4", "一级", "护理费 符合 甲, 同组 同类 护理费 300 等级津贴 0"),
            case("0", "一级", "护理费 不符合 甲, 同组 同类 等级津贴 200"),
            case("1", "三级", "护理费 符合 甲, 同组 同类 护理费 100"),
        ]
        .concat(),
    );
    let e = told(&rules, serde_json::json!({"name": "甲", "grade": "g1", "unable": 1}));
    assert_eq!(e.groups[0].text.zh, "依次补足：甲 护理费 每月 100.00 元、甲 等级津贴 每月 100.00 元");
    let e = told(&rules, serde_json::json!({"name": "甲", "grade": "g1"}));
    assert_eq!(e.groups[0].outcomes[1].pays_fen, (Some(0), Some(20_000)));
    assert!(e.groups[0].text.zh.ends_with("需查明：甲.不能自理项数"), "{}", e.groups[0].text.zh);
    assert_eq!(e.to_json()["groups"][0]["outcomes"][1]["pays_fen"], serde_json::Value::Null);
}

#[test]
fn a_group_names_outcomes_that_can_be_held_against_each_other() {
    for (from, to, code) in [
        ("\"grade\"]", "\"grad\"]", "unknown-outcome"),
        ("[\"care\", \"grade\"]", "[\"care\"]", "group-outcomes"),
        ("[\"care\", \"grade\"]", "[\"care\", \"care\"]", "group-outcomes"),
        ("[\"care\", \"grade\"]", "[\"care\", \"aid\"]", "group-amount"),
        ("200元/月 否则 100元/月", "200元/年 否则 100元/年", "group-amount"),
        ("take_the_higher", "the_higher", "bad-word"),
        ("kind =", "chosen_by = \"somebody\"\nkind =", "bad-word"),
        ("source = [\"A-3\"]", "", "no-source"),
    ] {
        let rules = group("take_the_higher");
        let changed = rules.replacen(from, to, 1);
        assert_ne!(rules, changed);
        assert_eq!(refused(&changed, &[])[0].code, code, "{to}");
    }
    assert!(planned(&group("one_of").replace("[\"care\", \"grade\"]", "[\"care\", \"aid\"]"), &[]).is_ok());
}

#[test]
fn who_receives_what_may_not_receive_what_else() {
    let plan = plan();
    let ids: Vec<&str> = plan.outcomes.iter().map(|o| o.id.as_str()).collect();
    let mut pairs: Vec<String> = Vec::new();
    for (at, a) in ids.iter().enumerate() {
        for b in &ids[at + 1..] {
            assert_eq!(plan.exclude(a, b), plan.exclude(b, a));
            if plan.exclude(a, b) {
                let (a, b) = if a < b { (a, b) } else { (b, a) };
                pairs.push(format!("{a} {b}"));
            }
        }
    }
    pairs.sort();
    let expected = [
        "dibao dibao_single",
        "dibao edge",
        "dibao tekun",
        "dibao_single tekun",
        "ds_living tekun",
        "ds_nursing tekun",
        "edge tekun",
    ];
    assert_eq!(pairs, expected);
    assert!(!plan.exclude("dibao", "dibao") && !plan.exclude("dibao", "nothing"));
    let filled = planned(&group("top_up"), &[]).unwrap().1;
    assert!(!filled.exclude("care", "grade"), "what fills up another goes with it");
    assert!(law().groups_at("2021-06".parse().unwrap(), "2024-01-01".parse().unwrap()).is_empty());
}

#[test]
fn a_household_is_told_the_alternatives_of_each_of_its_members() {
    let plan = plan();
    let member = |name: &str, birth: &str| {
        serde_json::json!({
            "name": name, "relation": "户主", "birth": birth, "co_resident": true, "independent": true,
            "wage": 0, "casual_income": 0, "business_income": 0, "employee_pension": 0, "resident_pension": 0,
            "unemployment_benefit": 0, "support_received": 0, "work_cost": 0, "studying": "none",
            "vehicle_count": 0, "dwelling_count": 0, "shop_count": 0, "registered_capital": 0,
            "市场主体登记数量": 0, "disability_grade": "none", "disability_class": "none", "deceased": false,
            "in_tekun": false, "is_orphan": false, "serious_illness": false, "self_care_failed": 0,
            "medical_self_paid_12m": 0, "rehab_self_paid_12m": 0,
        })
    };
    let sheet = serde_json::json!({
        "division": "990121103001",
        "household": {"registered_class": "农村", "farm_income": 0, "land_and_rent_income": 0, "financial_assets": 0},
        "members": [member("石老汉", "1950-03-17")],
        "obligors_complete": true,
    });
    let sheet: FactSheet = serde_json::from_value(sheet).unwrap();
    let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
    let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
    let all = result_json(&trace, Some(&sheet));
    let of = |id: &str| all.as_array().unwrap().iter().find(|o| o["programme"] == id).unwrap();
    let group = &of("dibao")["groups"][1];
    assert_eq!(group["group"], "basic_living");
    let named: Vec<&str> =
        group["outcomes"].as_array().unwrap().iter().map(|o| o["programme"].as_str().unwrap()).collect();
    assert_eq!(named, ["dibao", "tekun"], "{group}");
    assert_eq!(group["text"]["zh"], "低保(符合)、石老汉 特困(符合)只能享受一项，由审核确认机关选定");
    assert_eq!(of("tekun")["groups"].as_array().unwrap().len(), 4);
    assert_eq!(of("tekun")["members"][0]["groups"][0]["chosen_by"], "authority");
}
