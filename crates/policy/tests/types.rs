//! Types and units: what goes together, and what is refused with which cure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use support::small::{hold, planned, refused};

fn rule(of: &str, value: &str) -> String {
    format!(
        "[[rule]]\nid = \"r\"\nzh = \"规则\"\nof = \"{of}\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nvalue = '{value}'\n"
    )
}

/// Each is one fault, with words of its cure in both languages.
fn faults(of: &str, cases: &[(&str, &str, &str, &str)]) {
    for (value, code, zh, en) in cases {
        let faults = refused(&rule(of, value), &[]);
        assert_eq!((faults.len(), faults[0].code), (1, *code), "{value}: {faults:?}");
        assert!(faults[0].cure_zh.contains(zh), "{value}: {}", faults[0].cure_zh);
        assert!(faults[0].cure_en.contains(en), "{value}: {}", faults[0].cure_en);
    }
}

#[test]
fn values_of_two_enums_are_not_compared() {
    faults(
        "member",
        &[
            (
                "残疾类别 = 残疾等级",
                "enum-mismatch",
                "category 可以是 无残疾、肢体、视力、精神",
                "grade is one of none, g1, g2, g3",
            ),
            ("残疾类别 != 残疾等级", "enum-mismatch", "各与自己的值比较", "compare each with its own values"),
            (
                "残疾类别 = 一级",
                "unknown-value",
                "可用的值: 无残疾、肢体、视力、精神",
                "values that exist: none, physical, visual, mental",
            ),
            ("残疾类别 在 [肢体, 一级]", "unknown-value", "肢体", "physical"),
            ("城乡类别 = 残疾类别", "enum-mismatch", "registered_class", "urban, rural"),
            ("(若 在机构供养 则 残疾类别 否则 残疾等级) = 肢体", "enum-mismatch", "category", "grade"),
            ("残疾等级 < 二级", "type", "用 =、!= 或 在", "use =, != or in"),
            ("残疾等级 + 1", "type", "同一类型", "one type"),
        ],
    );
    let excepted =
        rule("member", "残疾类别") + "[[rule.except]]\nid = \"e\"\nwhen = '在机构供养'\nvalue = '残疾等级'\n";
    assert_eq!(refused(&excepted, &[])[0].code, "enum-mismatch");
}

#[test]
fn money_per_month_and_per_year_and_a_count_do_not_add_up() {
    faults(
        "member",
        &[
            ("工资性收入 + 100元/年", "unit", "按月(…) 把元/年换成元/月", "per_month(…)"),
            ("工资性收入 - 100元/年", "unit", "按年(…)", "per_year(…)"),
            ("工资性收入 > 100元/年", "unit", "按月(…)", "per_month(…)"),
            ("较大(工资性收入, 100元/年)", "unit", "按月(…)", "per_month(…)"),
            ("若 在机构供养 则 工资性收入 否则 按年(工资性收入)", "unit", "按年(…)", "per_year(…)"),
            ("工资性收入 + 累计(工资性收入, 3)", "unit", "累计(…, 月数)", "for_months(…, n)"),
            ("工资性收入 + 1", "type", "写单位，如 0元", "write the unit of money, such as 0元"),
            ("工资性收入 > 不能自理项数", "type", "写单位，如 0元", "such as 0元"),
            (
                "工资性收入 - 30%",
                "type",
                "比率只能与金额相乘或相除",
                "a rate can only multiply or divide money",
            ),
            ("工资性收入 * 工资性收入", "type", "个数或比率", "whole number or a rate"),
            ("不能自理项数 / 工资性收入", "type", "写单位", "unit of money"),
            ("按月(工资性收入)", "type", "核对名称", "check the name"),
        ],
    );
    assert!(planned(&rule("member", "工资性收入 + 按月(按年(工资性收入)) + 100元"), &[]).is_ok());
}

#[test]
fn months_are_counted_and_compared() {
    let case = |until: &str, value: &str| {
        format!(
            "## 户\n\n2024-06 · 990121 · 城镇\n\n| 成员 | 截止月份 |\n| --- | --- |\n| 甲 | {until} |\n\n期望: 补助 符合 甲, 规则 规则 {value}\n\n"
        )
    };
    let check = |value: &str, cases: &[String]| hold(&rule("member", value), &[], &cases.concat());
    check("截止月份 >= 本月()", &[case("2024-06", "是"), case("2024-05", "否"), case("未知", "未知")]);
    check("本月() - 截止月份", &[case("2023-12", "6"), case("2024-07", "-1")]);
    check("截止月份 + 3", &[case("2023-12", "2024-03")]);
    check("3 + 截止月份", &[case("2023-12", "2024-03")]);
    check("截止月份 - 12", &[case("2024-06", "2023-06")]);
    check("较小(截止月份, 月份(\"2024-01\"))", &[case("2024-06", "2024-01"), case("2023-11", "2023-11")]);
    check(
        "截止月份 在 [月份(\"2024-01\"), 月份(\"2024-06\")]",
        &[case("2024-06", "是"), case("2024-02", "否")],
    );
    check("成员.最大(m, m.截止月份) = 截止月份", &[case("2024-06", "是")]);
    faults(
        "member",
        &[
            ("截止月份 + 截止月份", "type", "核对名称", "check the name"),
            ("截止月份 = 出生日期", "type", "同一类型", "one type"),
            ("截止月份 > 6", "type", "同一类型", "one type"),
            ("截止月份 * 2", "type", "金额只能乘以", "money can be multiplied"),
        ],
    );
    let table = "[[table]]\nid = \"t\"\nzh = \"规则\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\ncolumns = ['截止月份']\nrows = [\n['< 月份(\"2024-01\")', '1', 'A-1'],\n['月份(\"2024-01\")..月份(\"2024-05\")', '2', 'A-1'],\n['>= 月份(\"2024-06\")', '3', 'A-1'],\n]\n";
    hold(table, &[], &[case("2023-12", "1"), case("2024-05", "2"), case("2024-06", "3")].concat());
}
