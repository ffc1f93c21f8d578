//! Facts that are kept by month, folds over the last months, and averages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::{Batch, State};
use doudi_policy::golden::parse_goldens;
use doudi_policy::plan::{Per, Plan, Type};
use doudi_policy::{Book, FactSheet, Lang, Mode, Trace, explain, open_facts, template};
use support::small::{FACTS, files, hold, planned, refused};

/// The facts with a window: wages of half a year.
fn facts() -> String {
    FACTS
        .replace("zh = \"工资性收入\"", "window = 6\nfresh_for = \"P3M\"\nzh = \"工资性收入\"")
        .replace("zh = \"残疾等级\"", "window = 3\nzh = \"残疾等级\"")
}

fn rule(of: &str, value: &str) -> String {
    format!(
        "[[rule]]\nid = \"r\"\nzh = \"规则\"\nof = \"{of}\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nvalue = '{value}'\n"
    )
}

fn wages(of: &str, value: &str, cases: &[(&str, &str)]) {
    let facts = facts();
    let cases: Vec<String> = cases
        .iter()
        .map(|(cell, result)| {
            format!("## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n| 甲 | {cell} |\n\n期望: 补助 符合 甲, 规则 规则 {result}\n\n")
        })
        .collect();
    hold(&rule(of, value), &[("cn/common/facts.toml", &facts)], &cases.concat());
}

fn plan_of(rules: &str) -> (Book, Plan) {
    let facts = facts();
    planned(rules, &[("cn/common/facts.toml", &facts)]).unwrap()
}

#[test]
fn months_are_folded_back_from_the_period() {
    wages(
        "member",
        "近(工资性收入, 3).合计()",
        &[
            ("100, 200, 300, 9000", "600.00"),
            ("100, 200, 300", "600.00"),
            ("1,500.50， 200、300 元/月", "2000.50"),
            ("100 …", "300.00"),
            ("100, 200 ...", "500.00"),
            // A month that is not told is unknown, and no less than nothing.
            ("100, 未知, 300", "400.00 至 不限"),
            ("100, 200", "300.00 至 不限"),
            ("100, 未知 …", "100.00 至 不限"),
            ("100", "100.00 至 不限"),
            ("100, -, -", "100.00"),
        ],
    );
    wages("member", "近(工资性收入, 3).平均()", &[("100, 100, 200", "133.33+1/3分"), ("3, 3, 3", "3.00")]);
    wages(
        "member",
        "近(工资性收入, 3).最大()",
        &[("100, 300, 200", "300.00"), ("100, 未知, 0", "100.00 至 不限")],
    );
    wages(
        "member",
        "近(工资性收入, 3).最小()",
        &[("100, 300, 200", "100.00"), ("100, 未知, 50", "0.00 至 50.00")],
    );
    wages(
        "member",
        "近(工资性收入, 6).计数(v, v > 150元)",
        &[("100, 200, 300, 0 …", "2"), ("200, 未知, 100 …", "1 至 2"), ("100, 未知 …", "0 至 5")],
    );
    wages(
        "member",
        "近(工资性收入, 3).任一(v, v >= 标准)",
        &[("0, 500, 0", "是"), ("0, 未知, 0", "未知"), ("0 …", "否")],
    );
    wages(
        "member",
        "近(工资性收入, 3).全部(v, v = 0元)",
        &[("0 …", "是"), ("0, 未知, 1", "否"), ("0, 未知 …", "未知")],
    );
    wages("member", "近(工资性收入, 3).合计(v, 较小(v, 100元))", &[("50, 150, 未知", "150.00 至 250.00")]);
    wages("household", "成员.合计(m, 近(m.工资性收入, 2).合计())", &[("1, 2", "3.00")]);
    wages("household", "成员.任一(m, 近(m.工资性收入, 2).全部(v, v > 房租收入))", &[("1, 2", "未知")]);
    // A month held against the months before it.
    wages(
        "member",
        "工资性收入 < 近(工资性收入, 6).平均() * 50%",
        &[("100, 500 …", "是"), ("300, 500 …", "否")],
    );
}

#[test]
fn enum_facts_have_months_too() {
    let facts = facts();
    let golden = "## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 残疾等级 |\n| --- | --- |\n| 甲 | 一级, 一级, 二级 |\n\n期望: 补助 符合 甲, 规则 规则 否\n";
    let rules = rule("member", "近(残疾等级, 3).全部(v, v = 一级)");
    hold(&rules, &[("cn/common/facts.toml", &facts)], golden);
    hold(
        &rules.replace("3)", "2)"),
        &[("cn/common/facts.toml", &facts)],
        &golden.replace("规则 否", "规则 是"),
    );
    let (book, plan) = plan_of(&rules);
    let english = book.fmt("policies/cn/t/rules/rules.toml", Lang::En).unwrap();
    assert!(english.contains("value = 'last(grade, 3).all(v, v = g1)'"), "{english}");
    let facts_file = ("cn/common/facts.toml", facts.as_str());
    let again = planned(english.trim_start(), &[facts_file]).unwrap();
    assert_eq!(again.1.nodes.len(), plan.nodes.len());
    assert_eq!(again.0.fmt("policies/cn/t/rules/rules.toml", Lang::Zh).unwrap(), rules);
}

#[test]
fn windows_are_lowered_to_facts_of_earlier_months() {
    let (_, plan) = plan_of(&rule("member", "近(工资性收入, 3).合计()"));
    let ids: Vec<&str> = plan.facts.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(&ids[..3], ["wage", "wage@1", "wage@2"]);
    assert!(ids.contains(&"wage@5") && !ids.contains(&"wage@6"));
    let back = &plan.facts[2];
    assert_eq!((back.back, back.window, back.fresh_months, back.base_id()), (2, 6, Some(5), "wage"));
    assert_eq!(back.zh, "工资性收入（前2个月）");
    assert_eq!(plan.nodes[plan.rules[0].node.0 as usize].ty, Type::Money(Per::Month));
}

#[test]
fn a_window_asks_for_what_the_fact_keeps() {
    for (value, code, cure) in [
        ("近(工资性收入, 7).合计()", "window-short", "window = 7"),
        ("近(出生日期, 2).最大()", "window-short", "window = 2"),
        ("近(规则, 2).合计()", "cycle", ""),
        ("近(标准, 2).合计()", "window-fact", ""),
        ("近(没有的, 2).合计()", "unknown-name", ""),
        ("近(工资性收入, 2).任一()", "type", "v > 0元"),
        ("近(工资性收入, 2).计数()", "type", "v > 0元"),
        ("近(残疾等级, 2).合计()", "type", ""),
        ("近(工资性收入, 2).全部(v, v)", "type", ""),
        ("近(m.工资性收入, 2).合计()", "unknown-variable", ""),
    ] {
        let facts = facts();
        let faults = refused(&rule("member", value), &[("cn/common/facts.toml", &facts)]);
        assert_eq!((faults.len(), faults[0].code), (1, code), "{value}: {faults:?}");
        assert!(faults[0].cure_zh.contains(cure), "{value}: {}", faults[0].cure_zh);
    }
    for window in ["1", "61", "0"] {
        let facts = facts().replace("window = 6", &format!("window = {window}"));
        assert_eq!(refused("", &[("cn/common/facts.toml", &facts)])[0].code, "bad-window");
    }
}

#[test]
fn a_sheet_gives_the_months_as_a_list() {
    let (_, plan) = plan_of(&rule("member", "近(工资性收入, 3).合计()"));
    let read = |wage: serde_json::Value| {
        let sheet = serde_json::json!({"division": "990121", "members": [wage]});
        let sheet: FactSheet = serde_json::from_value(sheet).unwrap();
        Batch::from_sheets(&[sheet], &plan)
    };
    let batch = read(serde_json::json!({"wage": [100, null, "300 元/月"]})).unwrap();
    let states: Vec<State> =
        ["wage", "wage@1", "wage@2"].iter().map(|id| batch.members.columns[*id].state[0]).collect();
    assert_eq!(states, [State::Known, State::Missing, State::Known]);
    assert!(!batch.members.columns.contains_key("wage@3"));
    // The days of a list count for its months: what was true in March is not stale for March.
    let dated = |as_of: &str| {
        let batch =
            read(serde_json::json!({"wage": {"value": [1, 1, 1, 1], "as_of": as_of, "source": "visit"}}))
                .unwrap();
        (0..4)
            .map(|back| batch.members.columns[&plan.facts[0].id_back(back)].state[0])
            .collect::<Vec<State>>()
    };
    assert_eq!(dated("2024-03-31"), [State::Known; 4]);
    assert_eq!(dated("2024-01-31"), [State::Stale, State::Stale, State::Known, State::Known]);
    // One month with a source of its own.
    assert!(read(serde_json::json!({"wage": 1, "wage@2": {"value": 5, "grade": "A"}})).is_ok());
    for (wage, path, says) in [
        (serde_json::json!({"wage": [1, 2, 3, 4, 5, 6, 7]}), "members[0].wage", "给了 7 个月，只记录 6 个月"),
        (serde_json::json!({"wage": [1, "x"]}), "members[0].wage[1]", "不是数字"),
        (serde_json::json!({"wage": [1, 2], "wage@1": 3}), "members[0].wage@1", "写了两次"),
        (serde_json::json!({"birth": ["2000-01-01"]}), "members[0].birth", "window"),
    ] {
        let problems = read(wage).unwrap_err();
        assert_eq!((problems.len(), problems[0].path.as_str()), (1, path));
        assert!(problems[0].zh.contains(says), "{}", problems[0].zh);
    }
    // Out and back.
    let batch = read(serde_json::json!({"wage": [100, null, "300 元/月"]})).unwrap();
    let again = Batch::from_sheets(&[FactSheet::from_batch(&plan, &batch, 0)], &plan).unwrap();
    assert_eq!(again.members.columns["wage@2"], batch.members.columns["wage@2"]);
}

#[test]
fn template_and_open_facts_speak_of_months() {
    let rules = rule("member", "近(工资性收入, 3).合计()")
        + "[[outcome]]\nid = \"pay\"\nzh = \"津贴\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nmet_when = '规则 <= 900元'\n";
    let (_, plan) = plan_of(&rules);
    let pay = plan.find_outcome("pay").unwrap();
    let sheet = template(&plan, pay);
    assert_eq!(sheet["members"][0]["wage"], serde_json::json!([null, null, null]));
    assert!(sheet["members"][0].get("wage@1").is_none());
    assert_eq!(sheet["facts"]["wage"]["window"], 6);
    let mut filled: FactSheet = serde_json::from_value(sheet).unwrap();
    filled.division = "990121".parse().ok();
    filled.members[0].name = Some("甲".to_owned());
    filled.members[0].facts.get_mut("wage").unwrap().value = serde_json::json!([100, null, 200]);
    filled.members[0].facts.get_mut("wage").unwrap().source = Some("visit".to_owned());
    let batch = Batch::from_sheets(std::slice::from_ref(&filled), &plan).unwrap();
    let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
    let open = open_facts(&trace, pay, Some(0));
    assert_eq!(
        (open.len(), open[0].fact.as_str(), open[0].zh.as_str()),
        (1, "wage@1", "工资性收入（前1个月）")
    );
    let e = explain(&trace, Some(&filled), pay, Some(0));
    let text = e.render_text(Lang::Zh);
    assert!(text.contains("还需查明: 甲.工资性收入（前1个月）"), "{text}");
    assert!(text.contains("甲 工资性收入（前2个月） 200.00 元/月") && text.contains("visit"), "{text}");
    let facts = facts();
    let golden = "## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n| 甲 | 100, 未知, 200 |\n\n期望: 津贴 未知 甲, 需要 甲.工资性收入@1 甲.wage@1 甲.工资性收入（前1个月）\n";
    hold(&rules, &[("cn/common/facts.toml", &facts)], golden);
}

#[test]
fn the_rest_of_a_golden_household_is_nothing_but_for_months_of_a_fact_that_is_told() {
    let facts = facts();
    let book = Book::from_files(files("", &[("cn/common/facts.toml", &facts)])).unwrap();
    let told = |cell: &str, rest: &str| {
        let text = format!(
            "其余: {rest}\n\n## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n| 甲 | {cell} |\n\n期望: 补助 符合\n"
        );
        let text = match cell {
            "" => text
                .replace(" 工资性收入 |", "")
                .replace("| --- | --- |", "| --- |")
                .replace("| 甲 |  |", "| 甲 |"),
            _ => text,
        };
        let golden = parse_goldens(&book, "g.md", &text).unwrap().remove(0);
        let facts = golden.sheet.members[0].facts.clone();
        ["wage", "wage@1", "wage@5"].map(|id| facts.get(id).map(|v| v.value.clone()))
    };
    let value = |v: serde_json::Value| Some(v);
    assert_eq!(told("100, 200", "无"), [value("100.00".into()), value("200.00".into()), None]);
    assert_eq!(told("100", "无"), [value("100.00".into()), None, None]);
    assert_eq!(told("", "无"), [value(0.into()), value(0.into()), value(0.into())]);
    assert_eq!(told("", "无, 工资性收入 7"), [value("7.00".into()), None, None]);
    assert_eq!(told("", "未知"), [None, None, None]);
    let many = "## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n| 甲 | 1, 2, 3, 4, 5, 6, 7 |\n\n期望: 补助 符合\n";
    assert!(parse_goldens(&book, "g.md", many).unwrap_err()[0].zh.contains("给了 7 个月"));
}

#[test]
fn the_average_of_a_list_is_exact_and_of_nobody_unknown_with_its_reason() {
    let case = |members: &str, result: &str| {
        format!(
            "## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 工资性收入 | 在机构供养 |\n| --- | --- | --- |\n{members}\n\n期望: 补助 符合, 规则 规则 {result}\n\n"
        )
    };
    let goldens = [
        case("| 甲 | 100 | 否 |\n| 乙 | 101 | 否 |\n| 丙 | 9 | 是 |", "100.50"),
        case("| 甲 | 100 | 否 |\n| 乙 | 0 | 否 |\n| 丙 | 0 | 否 |", "33.33+1/3分"),
        case("| 甲 | 100 | 否 |\n| 乙 | 未知 | 否 |", "50.00 至 不限"),
        case("| 甲 | 100 | 是 |", "不限 至 不限"),
    ];
    let rules = rule("household", "成员.仅(m, 非 m.在机构供养).平均(m, m.工资性收入)");
    hold(&rules, &[], &goldens.concat());
    let rules = rules
        + "[[outcome]]\nid = \"pay\"\nzh = \"津贴\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nmet_when = '规则 > 0元'\n";
    let (_, plan) = planned(&rules, &[]).unwrap();
    assert_eq!(plan.nodes[plan.rules[0].node.0 as usize].ty, Type::Exact(Per::Month));
    let sheet = serde_json::json!({"division": "990121", "members": [{"in_care": true, "wage": 100}]});
    let sheet: FactSheet = serde_json::from_value(sheet).unwrap();
    let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
    let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
    let e = explain(&trace, Some(&sheet), plan.find_outcome("pay").unwrap(), None);
    assert!(e.open_facts.is_empty());
    assert_eq!(e.unsettled[0].zh, "名单上没有符合的人，无从计算“成员中并非 在机构供养的工资性收入平均值”");
    assert!(e.unsettled[0].en.contains("nobody on the list fits"), "{}", e.unsettled[0].en);
    let (_, plan) = planned(&rule("household", "成员.平均(m, m.不能自理项数)"), &[]).unwrap();
    assert_eq!(plan.nodes[plan.rules[0].node.0 as usize].ty, Type::Rate);
    for (value, cure) in [("成员.平均(m, m.在机构供养)", "计数"), ("成员.平均(m, m.出生日期)", "")]
    {
        let faults = refused(&rule("household", value), &[]);
        assert_eq!(faults[0].code, "type", "{value}");
        assert!(faults[0].cure_zh.contains(cure), "{value}");
    }
}
