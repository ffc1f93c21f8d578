//! A law of a few facts, to try the forms of the language on. Its outcome 补助 is met by everybody, so that a golden
//! household can ask for the value of any rule.

use doudi_policy::diag::render_all;
use doudi_policy::golden::run_goldens;
use doudi_policy::plan::Plan;
use doudi_policy::{Book, Diagnostic, Lang};

/// Where the rules of a test stand.
pub(crate) const RULES: &str = "policies/cn/t/rules/rules.toml";

/// The vocabulary.
pub(crate) const FACTS: &str = r#"
[facts.registered_class]
zh = "城乡类别"
en = "class"
of = "household"
type = "enum"
values = { urban = "城镇", rural = "农村" }
from = ["registry"]

[facts.rent]
zh = "房租收入"
en = "rent"
of = "household"
type = "元/月"
min = "0元"
from = ["visit"]

[facts.wage]
zh = "工资性收入"
en = "wage"
of = "member"
type = "元/月"
min = "0元"
from = ["visit"]

[facts.birth]
zh = "出生日期"
en = "birth"
of = "member"
type = "date"
from = ["registry"]

[facts.category]
zh = "残疾类别"
en = "category"
of = "member"
type = "enum"
values = { none = "无残疾", physical = "肢体", visual = "视力", mental = "精神" }
from = ["registry"]

[facts.grade]
zh = "残疾等级"
en = "grade"
of = "member"
type = "enum"
values = { none = "无等级", g1 = "一级", g2 = "二级", g3 = "三级" }
from = ["registry"]

[facts.unable]
zh = "不能自理项数"
en = "unable"
of = "member"
type = "int"
min = 0
max = 6
from = ["visit"]

[facts.in_care]
zh = "在机构供养"
en = "in care"
of = "member"
type = "bool"
from = ["own_register"]

[facts.until]
zh = "截止月份"
en = "until"
of = "member"
type = "month"
from = ["visit"]
"#;

const SOURCES: &str = r#"
[doc.L1]
zh = "示例办法"
en = "sample measures"

[cite.A-1]
zh = "一"
doc = ["L1#1"]
tag = "V"

[cite.A-2]
zh = "二"
doc = ["L1#2"]
tag = "V"

[cite.A-3]
zh = "三"
doc = ["L1#3"]
tag = "V"
"#;

const PARAMETERS: &str = r#"
[[parameter]]
id = "standard"
zh = "标准"
en = "standard"
type = "元/月"
overridable_by = ["county"]
rows = [{ from = "2021-01-01", value = "500元", source = "A-1" }]
"#;

const OUTCOME: &str = r#"
[[outcome]]
id = "aid"
zh = "补助"
of = "member"
from = "2021-01-01"
source = ["A-1"]
met_when = '是'
"#;

/// The files of the law with the rules of a test, and files of its own (path below `policies/`).
pub(crate) fn files(rules: &str, own: &[(&str, &str)]) -> Vec<(String, String)> {
    let fixed = [
        ("cn/common/facts.toml", FACTS),
        ("cn/sources.toml", SOURCES),
        ("cn/t/parameters/standard.toml", PARAMETERS),
        ("cn/t/rules/outcome.toml", OUTCOME),
        ("cn/t/rules/rules.toml", rules),
    ];
    let all = fixed.iter().filter(|(path, _)| own.iter().all(|(other, _)| other != path)).chain(own);
    all.map(|(path, text)| (format!("policies/{path}"), (*text).to_owned())).collect()
}

/// The law of June 2024.
pub(crate) fn planned(rules: &str, own: &[(&str, &str)]) -> Result<(Book, Plan), Vec<Diagnostic>> {
    let book = Book::from_files(files(rules, own))?;
    let plan = book.plan("2024-06".parse().unwrap(), "2024-06-30".parse().unwrap())?;
    Ok((book, plan))
}

/// The faults of rules that must be refused; each has a cure in both languages.
pub(crate) fn refused(rules: &str, own: &[(&str, &str)]) -> Vec<Diagnostic> {
    let faults = planned(rules, own).expect_err("the rules were taken");
    for fault in &faults {
        assert!(!fault.cure_zh.is_empty() && !fault.cure_en.is_empty(), "{fault:?}");
    }
    faults
}

/// Asserts that golden households come out as written under the rules.
pub(crate) fn hold(rules: &str, own: &[(&str, &str)], goldens: &str) {
    let files = files(rules, own);
    let book = Book::from_files(files).unwrap_or_else(|f| panic!("\n{}", render_all(&f, Lang::Zh)));
    let outcomes = run_goldens(&book, [("goldens.md", goldens)]);
    let failed: Vec<String> = outcomes.iter().filter(|o| !o.passed()).map(|o| o.report(Lang::Zh)).collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    assert!(!outcomes.is_empty());
}
