//! Exceptions: priorities, exceptions to exceptions, and what nobody has decided between two of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::Batch;
use doudi_policy::{FactSheet, Lang, Mode, Trace, explain};
use support::small::{RULES, hold, planned, refused};

/// A rule of members: 是 or a sum unless an exception holds.
fn rule(value: &str, excepts: &[(&str, &str, &str, i64)]) -> String {
    let mut text = format!(
        "[[rule]]\nid = \"r\"\nzh = \"规则\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nvalue = '{value}'\n"
    );
    for (id, when, value, priority) in excepts {
        text += &format!(
            "[[rule.except]]\nid = \"{id}\"\nzh = \"例外{id}\"\nwhen = '{when}'\nvalue = '{value}'\npriority = {priority}\nsource = [\"A-2\"]\n"
        );
    }
    text
}

const HEAD: &str = "
2024-06 · 990121 · 城镇

| 成员 | 残疾类别 | 残疾等级 | 不能自理项数 | 在机构供养 | 工资性收入 |
| --- | --- | --- | --- | --- | --- |
";

fn case(member: &str, value: &str) -> String {
    format!("## 户\n{HEAD}| 甲 | {member} |\n\n期望: 补助 符合 甲, 规则 规则 {value}\n\n")
}

#[test]
fn the_exception_of_the_highest_priority_wins() {
    let rules = rule(
        "0元/月",
        &[
            ("low", "残疾等级 = 一级", "100元", 0),
            ("high", "在机构供养", "300元", 2),
            ("middle", "不能自理项数 >= 4", "200元", 1),
        ],
    );
    hold(
        &rules,
        &[],
        &[
            case("| 一级 | 6 | 是 |", "300.00"),
            case("| 一级 | 6 | 否 |", "200.00"),
            case("| 一级 | 0 | 否 |", "100.00"),
            case("| 二级 | 0 | 否 |", "0.00"),
            case("| 一级 | 0 | 未知 |", "100.00 至 300.00"),
            case("| 未知 | 6 | 否 |", "200.00"),
        ]
        .concat(),
    );
    // Their order in the text does not count.
    let rules = rule(
        "0元/月",
        &[
            ("high", "在机构供养", "300元", 2),
            ("low", "残疾等级 = 一级", "100元", 0),
            ("middle", "不能自理项数 >= 4", "200元", 1),
        ],
    );
    hold(&rules, &[], &case("| 一级 | 6 | 否 |", "200.00"));
    let bad = rules.replace("priority = 2", "priority = \"two\"");
    assert_eq!(refused(&bad, &[])[0].code, "bad-value");
}

#[test]
fn an_exception_has_exceptions_of_its_own() {
    let rules = rule("100元/月", &[("out", "在机构供养", "0元", 0)])
        + "[[rule.except.except]]\nid = \"back\"\nwhen = '残疾等级 = 一级'\nvalue = '50元'\nsource = [\"A-3\"]\n"
        + "[[rule.except.except.except]]\nid = \"out_again\"\nwhen = '不能自理项数 = 6'\nvalue = '10元'\nsource = [\"A-1\"]\n";
    hold(
        &rules,
        &[],
        &[
            case("| 一级 | 6 | 否 |", "100.00"),
            case("| 二级 | 6 | 是 |", "0.00"),
            case("| 一级 | 5 | 是 |", "50.00"),
            case("| 一级 | 6 | 是 |", "10.00"),
            case("| 未知 | 6 | 是 |", "0.00 至 10.00"),
        ]
        .concat(),
    );
}

#[test]
fn two_that_can_hold_at_once_with_different_values_are_refused() {
    let rules = rule(
        "0元/月",
        &[
            ("a", "残疾等级 在 [一级, 二级]", "100元", 1),
            ("b", "残疾等级 在 [二级, 三级] 且 在机构供养", "200元", 1),
        ],
    );
    let faults = refused(&rules, &[]);
    assert_eq!((faults.len(), faults[0].code, faults[0].line), (1, "exception-conflict", 15));
    assert_eq!(
        faults[0].zh,
        format!(
            "{RULES}:8 的例外“例外a”与 {RULES}:15 的例外“例外b”优先级相同，都适用于: 残疾等级 为 二级，在机构供养 为 是，结果却不同(100元 与 200元)"
        )
    );
    assert!(faults[0].en.contains("grade is g2, in_care is yes"), "{}", faults[0].en);
    // Neither order nor company, but the conditions count.
    for (a, b, refused_too) in [
        ("残疾等级 = 一级", "残疾等级 = 二级", false),
        ("残疾等级 = 一级", "非 (残疾等级 = 一级)", false),
        ("残疾等级 = 一级", "残疾类别 = 肢体", true),
        ("不能自理项数 <= 3", "不能自理项数 > 3", false),
        ("不能自理项数 <= 3", "不能自理项数 >= 3", true),
        ("周岁(出生日期) < 18", "周岁(出生日期) >= 60", false),
        ("周岁(出生日期) < 18 或 在机构供养", "周岁(出生日期) >= 60", true),
        ("在机构供养 且 残疾等级 = 一级", "非 在机构供养 或 残疾等级 = 二级", false),
        ("若 在机构供养 则 残疾等级 = 一级 否则 残疾等级 = 二级", "残疾等级 = 三级", false),
        ("是", "在机构供养", true),
    ] {
        let rules = rule("0元/月", &[("a", a, "100元", 0), ("b", b, "200元", 0)]);
        let found = planned(&rules, &[]).err().is_some_and(|f| f[0].code == "exception-conflict");
        assert_eq!(found, refused_too, "{a} / {b}");
    }
    // With the same value, or another priority, or a third above them, there is nothing to decide.
    let (a, b) = ("残疾等级 = 一级", "残疾类别 = 肢体");
    assert!(planned(&rule("0元/月", &[("a", a, "100元", 0), ("b", b, "100元/月", 0)]), &[]).is_ok());
    assert!(planned(&rule("0元/月", &[("a", a, "100元", 0), ("b", b, "200元", 1)]), &[]).is_ok());
    let above = format!("{a} 且 {b}");
    assert!(
        planned(
            &rule("0元/月", &[("a", a, "100元", 0), ("b", b, "200元", 0), ("c", &above, "300元", 1)]),
            &[]
        )
        .is_ok()
    );
}

#[test]
fn an_exception_that_never_decides_is_refused() {
    for (when, above) in [
        ("不能自理项数 > 6", "在机构供养"),
        ("残疾等级 = 一级 且 残疾等级 = 二级", "在机构供养"),
        ("在机构供养 且 残疾等级 = 一级", "在机构供养"),
    ] {
        let rules = rule("0元/月", &[("a", above, "100元", 1), ("b", when, "200元", 0)]);
        let faults = refused(&rules, &[]);
        assert_eq!((faults.len(), faults[0].code, faults[0].line), (1, "idle-exception", 18), "{when}");
    }
    let nested = rule("0元/月", &[("a", "在机构供养", "100元", 0)])
        + "[[rule.except.except]]\nid = \"b\"\nwhen = '非 在机构供养'\nvalue = '1元'\n";
    assert_eq!(refused(&nested, &[])[0].code, "idle-exception");
}

#[test]
fn what_cannot_be_proved_is_unknown_where_both_hold_and_the_reason_is_told() {
    let rules = rule(
        "0元/月",
        &[("a", "工资性收入 < 标准", "100元", 0), ("b", "在机构供养", "工资性收入", 0)],
    ) + "[[outcome]]\nid = \"pay\"\nzh = \"津贴\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nmet_when = '规则 > 150元'\n";
    hold(
        &rules,
        &[],
        &[
            case("| | | 否 | 300", "100.00"),
            case("| | | 是 | 600", "600.00"),
            case("| | | 是 | 300", "100.00 至 300.00"),
            // The same value from both is no conflict.
            case("| | | 是 | 100", "100.00"),
            case("| | | 否 | 600", "0.00"),
        ]
        .concat(),
    );
    let (_, plan) = planned(&rules, &[]).unwrap();
    let told = |wage: &str| {
        let sheet = serde_json::json!({"division": "990121", "members": [{"in_care": true, "wage": wage}]});
        let sheet: FactSheet = serde_json::from_value(sheet).unwrap();
        let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
        let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
        explain(&trace, Some(&sheet), plan.find_outcome("pay").unwrap(), Some(0))
    };
    let e = told("300");
    assert_eq!(e.outcome, doudi_policy::Truth::Unknown);
    assert!(e.open_facts.is_empty(), "no fact settles it: {:?}", e.open_facts);
    let zh = "“规则”的例外“例外a”(100.00 元/月)与“例外b”(300.00 元/月)同时成立，没有规定哪一个作数，须由主管部门明确";
    assert_eq!(e.unsettled[0].zh, zh);
    assert!(e.reasons.iter().any(|r| r.zh == zh));
    assert!(e.unsettled[0].en.contains("the authority has to settle it"));
    assert!(e.render_text(Lang::Zh).contains(zh) && e.render_html(Lang::Zh).contains("无从确定"));
    assert_eq!(e.to_json()["trace"]["unsettled"][0]["zh"], zh);
    assert!(told("100").unsettled.is_empty());
}

#[test]
fn the_explanation_names_the_exception_that_decided_and_its_article() {
    let rules = rule("100元/月", &[("out", "在机构供养", "0元", 0), ("up", "残疾等级 = 一级", "200元", 1)])
        + "[[rule.except.except]]\nid = \"back\"\nzh = \"又一例外\"\nwhen = '不能自理项数 = 6'\nvalue = '250元'\nsource = [\"A-3\"]\n"
        + "[[outcome]]\nid = \"pay\"\nzh = \"津贴\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"L1#9\"]\nmet_when = '规则 > 0元'\n";
    let (_, plan) = planned(&rules, &[]).unwrap();
    let told = |member: serde_json::Value| {
        let sheet = serde_json::json!({"division": "990121", "members": [member]});
        let sheet: FactSheet = serde_json::from_value(sheet).unwrap();
        let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
        let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
        explain(&trace, Some(&sheet), plan.find_outcome("pay").unwrap(), Some(0))
    };
    let of = |member| told(member).steps[0].exception.clone().map(|e| (e.id, e.source.concat()));
    let id = |id: &str, source: &str| Some((id.to_owned(), source.to_owned()));
    assert_eq!(of(serde_json::json!({"in_care": false, "grade": "none"})), None);
    assert_eq!(of(serde_json::json!({"in_care": true, "grade": "none"})), id("out", "A-2"));
    assert_eq!(of(serde_json::json!({"in_care": true, "grade": "g1", "unable": 0})), id("up", "A-2"));
    assert_eq!(of(serde_json::json!({"in_care": true, "grade": "g1", "unable": 6})), id("back", "A-3"));
    let e = told(serde_json::json!({"in_care": true, "grade": "g1", "unable": 6}));
    assert!(
        e.articles.contains(&"A-3".to_owned()) && !e.articles.contains(&"A-2".to_owned()),
        "{:?}",
        e.articles
    );
    assert!(e.render_text(Lang::Zh).contains("例外: 又一例外"), "{}", e.render_text(Lang::Zh));
}
