//! Decision tables: what they give, what they explain, and the proof that nothing is missed or said twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::Batch;
use doudi_policy::{Lang, Mode, Trace, Truth, explain};
use support::small::{RULES, files, hold, planned, refused};

/// A table of members over columns, with its rows and further keys.
fn table(columns: &str, rows: &str, keys: &str) -> String {
    format!(
        "[[table]]\nid = \"t\"\nzh = \"表\"\nen = \"table\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\n{keys}\ncolumns = {columns}\nrows = [\n{rows}\n]\n"
    )
}

fn codes(rules: &str) -> Vec<&'static str> {
    refused(rules, &[]).iter().map(|fault| fault.code).collect()
}

const HEAD: &str = "
2024-06 · 990121 · 城镇

| 成员 | 出生日期 | 残疾类别 | 残疾等级 | 不能自理项数 | 工资性收入 |
| --- | --- | --- | --- | --- | --- |
";

fn person(birth: &str, category: &str, grade: &str, unable: &str, wage: &str, expected: &str) -> String {
    format!(
        "## 户\n{HEAD}| 甲 | {birth} | {category} | {grade} | {unable} | {wage} |\n\n期望: 补助 符合 甲, {expected}\n\n"
    )
}

const BY_GRADE: &str = "['肢体', '[一级, 二级]', '100元/月', 'A-1'],
['肢体', '[三级, 无等级]', '0元', 'A-2'],
['[视力, 精神]', '一级', '200元/月', 'A-3'],
['[视力, 精神]', '!= 一级', '50元', 'A-3'],
['无残疾', '-', '0元', 'A-2'],";

#[test]
fn the_row_that_applies_gives_the_value() {
    let rules = table("['残疾类别', '残疾等级']", BY_GRADE, "");
    let case =
        |category, grade, value: &str| person("", category, grade, "", "", &format!("规则 表 {value}"));
    hold(
        &rules,
        &[],
        &[
            case("肢体", "二级", "100.00"),
            case("肢体", "三级", "0.00"),
            case("视力", "一级", "200.00"),
            case("精神", "无等级", "50.00"),
            case("无残疾", "未知", "0.00"),
        ]
        .concat(),
    );
}

#[test]
fn an_unknown_value_leaves_what_its_rows_leave_and_matches_none() {
    let rules = table("['残疾类别', '残疾等级']", BY_GRADE, "");
    let case = |category, grade, value: &str| person("", category, grade, "", "", value);
    hold(
        &rules,
        &[],
        &[
            case("肢体", "未知", "规则 表 0.00 至 100.00"),
            case("视力", "未知", "规则 表 50.00 至 200.00"),
            case("未知", "一级", "规则 表 0.00 至 200.00"),
            case("未知", "未知", "规则 表 0.00 至 200.00"),
        ]
        .concat(),
    );
    // Rows that come to the same decide for an unknown value.
    let rules = table(
        "['残疾类别', '残疾等级']",
        "['[肢体, 视力, 精神]', '-', '是', 'A-1'],\n['无残疾', '一级', '是', 'A-2'],\n['无残疾', '[二级, 三级, 无等级]', '否', 'A-2'],",
        "",
    );
    let known = [
        case("未知", "一级", "规则 表 是"),
        case("肢体", "未知", "规则 表 是"),
        case("未知", "三级", "规则 表 未知"),
    ];
    hold(&rules, &[], &known.concat());
}

#[test]
fn numbers_money_dates_and_truths_are_columns() {
    let rules = table(
        "['周岁(出生日期)', '工资性收入']",
        "['< 18', '-', '1', 'A-1'],
['18..59', '< 500元', '2', 'A-1'],
['18..59', '500元..1000元', '3', 'A-1'],
['18..59', '> 1000元', '4', 'A-1'],
['>= 60', '-', '5', 'A-2'],",
        "",
    );
    let case = |birth, wage, value: &str| person(birth, "", "", "", wage, &format!("规则 表 {value}"));
    hold(
        &rules,
        &[],
        &[
            case("2006-07-01", "未知", "1"),
            case("2006-06-30", "499.99", "2"),
            case("1964-07-01", "500", "3"),
            case("1990-01-01", "1000.00", "3"),
            case("1990-01-01", "1000.01", "4"),
            case("1964-06-30", "未知", "5"),
            case("1990-01-01", "未知", "2 至 4"),
        ]
        .concat(),
    );
    let rules = table(
        "['工资性收入 / 2', '出生日期', '在机构供养', '工资性收入 * 100% / 1000元']",
        "['<= 100元', '< 日期(\"2000-01-01\")', '是', '-', '1', 'A-1'],
['<= 100元', '< 日期(\"2000-01-01\")', '否', '-', '2', 'A-1'],
['<= 100元', '>= 日期(\"2000-01-01\")', '-', '-', '3', 'A-1'],
['> 100元', '-', '-', '<= 50%', '4', 'A-1'],
['> 100元', '-', '-', '> 50%', '5', 'A-1'],",
        "",
    );
    hold(
        &rules,
        &[],
        &[
            case("1999-12-31", "200", "1 至 2"),
            case("2000-01-01", "200", "3"),
            case("", "200.01", "4"),
            case("", "500.01", "5"),
        ]
        .concat(),
    );
}

#[test]
fn the_first_row_counts_where_the_table_says_so() {
    let rows = "['一级', '-', '300元/月', 'A-1'],\n['-', '肢体', '100元', 'A-2'],\n['-', '-', '0元', 'A-3'],";
    let rules = table("['残疾等级', '残疾类别']", rows, "hit = \"first\"");
    let case =
        |category, grade, value: &str| person("", category, grade, "", "", &format!("规则 表 {value}"));
    hold(
        &rules,
        &[],
        &[
            case("肢体", "一级", "300.00"),
            case("肢体", "二级", "100.00"),
            case("视力", "二级", "0.00"),
            case("肢体", "未知", "100.00 至 300.00"),
            case("未知", "二级", "0.00 至 100.00"),
        ]
        .concat(),
    );
    let below = format!("{rows}\n['二级', '-', '1元', 'A-3'],");
    let faults = refused(&table("['残疾等级', '残疾类别']", &below, "hit = \"first\""), &[]);
    assert_eq!((faults[0].code, faults[0].line), ("idle-row", 14));
}

#[test]
fn what_several_rows_give_is_added_or_the_most_is_taken() {
    let rows = "['一级', '-', '300元/月', 'A-1'],\n['-', '>= 4', '100元', 'A-2'],\n['[二级, 三级]', '-', '50元', 'A-3'],";
    let case = |grade, unable, value: &str| person("", "", grade, unable, "", &format!("规则 表 {value}"));
    let keys = "hit = \"collect-sum\"\ndefault = ['0元', 'A-3']";
    let cases = [
        case("一级", "4", "400.00"),
        case("一级", "3", "300.00"),
        case("三级", "6", "150.00"),
        case("无等级", "0", "0.00"),
        // The two grades exclude one another: no sum counts both.
        case("未知", "6", "100.00 至 400.00"),
        case("一级", "未知", "300.00 至 400.00"),
    ];
    hold(&table("['残疾等级', '不能自理项数']", rows, keys), &[], &cases.concat());
    let cases = [case("一级", "4", "300.00"), case("三级", "6", "100.00"), case("无等级", "0", "0.00")];
    hold(&table("['残疾等级', '不能自理项数']", rows, &keys.replace("sum", "max")), &[], &cases.concat());
    // What nobody says is a gap for these too.
    assert_eq!(codes(&table("['残疾等级', '不能自理项数']", rows, "hit = \"collect-sum\"")), ["table-gap"]);
}

#[test]
fn what_no_row_covers_is_named_exactly() {
    let rows = "['肢体', '[一级, 二级]', '是', 'A-1'],\n['[视力, 精神]', '一级', '是', 'A-1'],\n['无残疾', '-', '否', 'A-2'],";
    let faults = refused(&table("['残疾类别', '残疾等级']", rows, ""), &[]);
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].code, faults[0].line), ("table-gap", 1));
    assert_eq!(
        faults[0].zh,
        "没有一行适用于: 残疾类别 为 肢体，残疾等级 为 无等级或三级；残疾类别 为 视力或精神，残疾等级 为 无等级或二级或三级"
    );
    assert_eq!(
        faults[0].en,
        "no row applies where category is physical, grade is none or g3; category is visual or mental, grade is none or g2 or g3"
    );
    let gap = |columns: &str, rows: &str| refused(&table(columns, rows, ""), &[])[0].zh.clone();
    // Between whole numbers there is nothing, between fractions there is.
    assert_eq!(
        gap("['不能自理项数']", "['0', '1', 'A-1'],\n['2..5', '2', 'A-1'],"),
        "没有一行适用于: 不能自理项数 为 1或6"
    );
    assert_eq!(
        gap("['工资性收入 / 3']", "['< 10元', '1', 'A-1'],\n['> 10元', '2', 'A-1'],"),
        "没有一行适用于: 工资性收入 / 3 为 10.00元/月"
    );
    assert_eq!(
        gap("['周岁(出生日期)', '在机构供养']", "['< 18', '-', '1', 'A-1'],\n['>= 18', '是', '2', 'A-1'],"),
        "没有一行适用于: 周岁(出生日期) 为 不小于 18，在机构供养 为 否"
    );
    assert!(
        codes(&table("['在机构供养']", "['是', '1', 'A-1'],", "default = ['0']"))
            .contains(&"uncited-default")
    );
    hold(
        &table("['在机构供养']", "['是', '1', 'A-1'],", "default = ['0', 'A-3']"),
        &[],
        &person("", "", "", "", "", "规则 表 0 至 1"),
    );
}

#[test]
fn what_two_rows_cover_is_named_exactly_with_both_lines() {
    let rows = "['[肢体, 视力]', '<= 3', '1', 'A-1'],\n['[视力, 精神]', '2..6', '2', 'A-1'],\n['-', '-', '0', 'A-1'],";
    let faults = refused(&table("['残疾类别', '不能自理项数']", rows, ""), &[]);
    let told: Vec<(&str, usize)> = faults.iter().map(|f| (f.code, f.line)).collect();
    assert_eq!(told, [("table-overlap", 12), ("table-overlap", 13), ("table-overlap", 13)]);
    assert_eq!(
        faults[0].zh,
        format!("{RULES}:11 与 {RULES}:12 两行都适用于: 残疾类别 为 视力，不能自理项数 为 2 至 3")
    );
    assert_eq!(
        faults[1].en,
        format!(
            "the rows at {RULES}:11 and {RULES}:13 both apply where category is physical or visual, unable is 0 to 3"
        )
    );
}

#[test]
fn a_table_may_stand_in_a_file_of_its_own() {
    let head = "[[table]]\nid = \"t\"\nzh = \"表\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nrows = \"grades.csv\"\n";
    let csv = "残疾类别,残疾等级,then,source\n肢体,\"[一级, 二级]\",100元/月,A-1\n肢体,[三级、无等级],0元,A-2; A-3\n\n!= 肢体,-,0元,A-2\n";
    let own = [("cn/t/tables/grades.csv", csv)];
    hold(head, &own, &person("", "肢体", "二级", "", "", "规则 表 100.00, 依据 A-1"));
    hold(head, &own, &person("", "肢体", "三级", "", "", "规则 表 0.00"));
    let fault = |csv: &str| {
        let faults = refused(head, &[("cn/t/tables/grades.csv", csv)]);
        (faults[0].code, faults[0].file.clone(), faults[0].line, faults[0].column)
    };
    let path = || "policies/cn/t/tables/grades.csv".to_owned();
    assert_eq!(fault(&csv.replace("肢体,[三级", "肢体,[四级")), ("unknown-value", path(), 3, 5));
    assert_eq!(fault(&csv.replace(",0元,A-2; A-3", ",A-2")), ("row-length", path(), 3, 1));
    assert_eq!(fault(&csv.replace("A-3", "B-9")), ("unknown-source", path(), 3, 16));
    assert_eq!(fault(&csv.replace("then,source", "source,then")), ("csv-header", path(), 1, 1));
    assert_eq!(fault(&csv.replace("三级、无等级", "三级、无等级、二级")), ("table-overlap", path(), 3, 1));
    assert_eq!(fault(""), ("csv-header", path(), 1, 1));
    let both = format!("{head}columns = ['残疾类别']\n");
    assert_eq!(refused(&both, &own)[0].code, "columns-twice");
    let other = head.replace("grades", "grade");
    let codes: Vec<&str> = refused(&other, &own).iter().map(|f| f.code).collect();
    assert_eq!(codes, ["unknown-table", "idle-table"]);
}

#[test]
fn a_cell_that_does_not_fit_its_column_is_refused() {
    for (columns, cell, code) in [
        ("['残疾等级']", "肢体", "unknown-value"),
        ("['残疾等级']", ">= 一级", "type"),
        ("['残疾等级']", "一级..二级", "type"),
        ("['在机构供养']", "1", "type"),
        ("['工资性收入']", "1", "type"),
        ("['工资性收入']", "100元/年", "unit"),
        ("['工资性收入']", "< 标准", "cell-literal"),
        ("['不能自理项数']", "5..2", "empty-cell"),
        ("['不能自理项数']", "7", "empty-cell"),
        ("['不能自理项数']", "", "empty"),
        ("['不能自理项数', '在机构供养']", "1", "row-length"),
        ("['没有的事实']", "1", "unknown-name"),
        ("[]", "1", "table-size"),
    ] {
        let rules = table(columns, &format!("['{cell}', '是', 'A-1'],"), "default = ['否', 'A-1']");
        assert_eq!(codes(&rules)[0], code, "{columns} {cell}");
    }
    for (rows, code) in [
        ("['是', '100元', 'A-1'],\n['否', '3', 'A-1'],", "type"),
        ("['是', '100元/月', 'A-1'],\n['否', '3元/年', 'A-1'],", "unit"),
        ("['是', '是', ''],\n['否', '否', 'A-1'],", "no-source"),
        ("", "table-size"),
    ] {
        assert_eq!(codes(&table("['在机构供养']", rows, ""))[0], code, "{rows}");
    }
    let collect = table("['在机构供养']", "['-', '是', 'A-1'],", "hit = \"collect-sum\"");
    assert_eq!(codes(&collect), ["type"]);
    assert_eq!(codes(&collect.replace("collect-sum", "any")), ["bad-word"]);
    assert_eq!(codes(&collect.replace("columns =", "colums =")), ["missing-key", "unknown-key"]);
}

#[test]
fn the_explanation_names_the_row_that_decided_and_its_article() {
    let rules = table("['残疾类别', '残疾等级']", BY_GRADE, "").replace("A-3", "L1#7")
        + "[[outcome]]\nid = \"pay\"\nzh = \"津贴\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nmet_when = '表 > 0元'\n[outcome.amount]\nvalue = '表'\n";
    let (_, plan) = planned(&rules, &[]).unwrap();
    let of = |member: serde_json::Value| {
        let sheet = serde_json::json!({"division": "990121", "members": [member]});
        let sheet: doudi_policy::FactSheet = serde_json::from_value(sheet).unwrap();
        let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
        let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
        explain(&trace, Some(&sheet), plan.find_outcome("pay").unwrap(), Some(0))
    };
    let known = of(serde_json::json!({"category": "mental", "grade": "g1"}));
    let rows = &known.steps[0].rows;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].number, rows[0].place.as_str()), (3, "cn/t/rules/rules.toml:13"));
    assert_eq!(rows[0].text.zh, "残疾类别 为 视力或精神，残疾等级 为 一级");
    assert_eq!(rows[0].text.en, "category is visual or mental, grade is g1");
    assert!(known.articles.contains(&"L1#7".to_owned()) && !known.articles.contains(&"A-2".to_owned()));
    let text = known.render_text(Lang::Zh);
    assert!(text.contains("第 3 行：残疾类别 为 视力或精神") && text.contains("L1#7"), "{text}");
    assert!(known.render_text(Lang::En).contains("row 3: category is"), "{text}");
    assert!(known.render_html(Lang::Zh).contains("第 3 行：残疾类别"));
    let open = of(serde_json::json!({"category": "mental"}));
    let rows: Vec<(usize, Truth)> = open.steps[0].rows.iter().map(|r| (r.number, r.truth)).collect();
    assert_eq!(rows, [(3, Truth::Unknown), (4, Truth::Unknown)]);
    let asked: Vec<&str> = open.open_facts.iter().map(|f| f.fact.as_str()).collect();
    assert_eq!(asked, ["grade"], "the category is known and the grade decides");
}

#[test]
fn a_table_is_written_in_either_language_and_back() {
    let rules = table(
        "['残疾类别', '周岁(出生日期)', '在机构供养']",
        "['[肢体, 视力]',   '18..59', '是', '标准 * 2', 'A-1'], # 一\n",
        "default = ['标准', 'A-1']",
    );
    let csv = "残疾等级,then,source\n\"[一级, 二级]\",标准,A-1\n!= 一级,0元,A-2\n";
    let head = "\n[[table]]\nid = \"u\"\nzh = \"附表\"\nof = \"member\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\nhit = \"first\"\nrows = \"u.csv\"\n";
    let chinese = files(&(rules + head), &[("cn/t/tables/u.csv", csv)]);
    let written = |files: &[(String, String)], lang| -> Vec<(String, String)> {
        let book = doudi_policy::Book::from_files(files.to_vec()).unwrap();
        files
            .iter()
            .map(|(path, text)| (path.clone(), book.fmt(path, lang).unwrap_or_else(|| text.clone())))
            .collect()
    };
    let english = written(&chinese, Lang::En);
    let text = |files: &[(String, String)], end: &str| {
        files.iter().find(|(p, _)| p.ends_with(end)).unwrap().1.clone()
    };
    let rules = text(&english, "rules.toml");
    assert!(rules.contains("columns = ['category', 'age(birth)', 'in_care']"), "{rules}");
    assert!(
        rules.contains("['[physical, visual]',   '18..59', 'true', 'standard * 2', 'A-1'], # 一"),
        "{rules}"
    );
    assert!(rules.contains("default = ['standard', 'A-1']"), "{rules}");
    assert_eq!(text(&english, "u.csv"), "grade,then,source\n\"[g1, g2]\",standard,A-1\n!= g1,0元,A-2\n");
    assert_eq!(written(&english, Lang::Zh), chinese);
}
