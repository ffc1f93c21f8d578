//! A change on top of the packages: what it puts in the place of what, and how its faults are told.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::book::change::head;
use doudi_policy::diag::render_all;
use doudi_policy::plan::Plan;
use doudi_policy::{Book, Lang};
use support::{files, law};

fn plan_of(change: &str, month: &str) -> Plan {
    let book = Book::with_change(files(), "change.toml", change)
        .unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::En)));
    book.plan(month.parse().unwrap(), "2030-01-01".parse().unwrap())
        .unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::En)))
}

fn standards(plan: &Plan) -> Vec<i64> {
    let table = plan.params.iter().find(|p| p.id == "dibao_standard").unwrap();
    let here = table.rows.iter().filter(|r| r.division.as_ref().is_some_and(|d| d.as_str() == "990121"));
    here.map(|r| r.value).collect()
}

/// Codes, lines and texts of the faults of a change.
fn faults(change: &str) -> Vec<(String, usize, String)> {
    let found = Book::with_change(files(), "change.toml", change).unwrap_err();
    found
        .into_iter()
        .map(|f| {
            assert_eq!(f.file, "change.toml");
            assert!(!f.cure_zh.is_empty() && !f.cure_en.is_empty());
            (f.code.to_owned(), f.line, format!("{} {}", f.zh, f.en))
        })
        .collect()
}

const HEAD: &str = "zh = \"试\"\nfrom = \"2024-06-01\"\n";

#[test]
fn a_value_is_changed_by_a_factor_a_sum_or_rows() {
    let by = format!("{HEAD}[[parameter]]\nid = \"dibao_standard\"\ndivision = \"990121\"\nby = \"110%\"\n");
    assert_eq!(standards(&plan_of(&by, "2024-06")), [83_160, 62_370]);
    assert_eq!(standards(&plan_of(&by, "2024-05")), [75_600, 56_700], "not before its day");
    let plus = format!(
        "{HEAD}[[parameter]]\nid = \"dibao_standard\"\ndivision = \"990121\"\nkeys = {{ registered_class = \"农村\" }}\nplus = \"30元/月\"\n"
    );
    assert_eq!(standards(&plan_of(&plus, "2024-06")), [75_600, 59_700]);
    let rows = format!(
        "{HEAD}[[parameter]]\nid = \"dibao_standard\"\nrows = [{{ division = \"990121\", registered_class = \"urban\", value = \"900\" }}]\n"
    );
    assert_eq!(standards(&plan_of(&rows, "2024-06")), [90_000, 56_700]);
    let rate = format!("{HEAD}[[parameter]]\nid = \"single_rate\"\nplus = \"5%\"\n");
    let plan = plan_of(&rate, "2024-06");
    let table = plan.params.iter().find(|p| p.id == "single_rate").unwrap();
    assert!(table.rows.iter().any(|r| r.layer == "demo/qingshi" && r.source == "试"), "{:#?}", table.rows);
}

#[test]
fn a_rule_of_the_change_stands_in_the_place_of_the_version_that_holds() {
    let change = format!(
        "{HEAD}[[rule]]\nid = \"under_16\"\nzh = \"未满16周岁\"\nof = \"member\"\nfrom = \"2024-06-01\"\nsource = [\"TK-02\"]\nvalue = '周岁(出生日期) < 18'\n"
    );
    let (before, after) = (plan_of(&change, "2024-05"), plan_of(&change, "2024-06"));
    let law = law().plan("2024-05".parse().unwrap(), "2030-01-01".parse().unwrap()).unwrap();
    let node = |plan: &Plan| {
        let rule = plan.rules.iter().find(|r| r.id == "under_16").unwrap();
        plan.nodes[rule.node.0 as usize].op.clone()
    };
    assert_eq!(node(&before), node(&law), "until the day before the old version holds");
    let number = |plan: &Plan, n: i64| {
        plan.nodes.iter().any(|node| matches!(node.op, doudi_policy::plan::Op::Number(x) if x == n))
    };
    assert!(number(&after, 18));
    let book = Book::with_change(files(), "change.toml", &change).unwrap();
    assert!(book.check().is_empty(), "no overlap and no gap");
}

#[test]
fn a_later_version_of_the_law_ends_the_change() {
    let mut all = files();
    all.push((
        "policies/cn/common/rules/later.toml".to_owned(),
        "[[rule]]\nid = \"under_16\"\nzh = \"未满16周岁\"\nof = \"member\"\nfrom = \"2025-01-01\"\nsource = [\"TK-02\"]\nvalue = '周岁(出生日期) < 16'\n".to_owned(),
    ));
    let (_, text) = all.iter_mut().find(|(p, _)| p.ends_with("common/rules/income.toml")).unwrap();
    *text = text.replacen("from = \"2021-07-01\"", "from = \"2021-07-01\"\nto = \"2024-12-31\"", 1);
    let change = format!(
        "{HEAD}[[rule]]\nid = \"under_16\"\nzh = \"未满16周岁\"\nof = \"member\"\nfrom = \"2024-06-01\"\nsource = [\"TK-02\"]\nvalue = '周岁(出生日期) < 18'\n"
    );
    let book = Book::with_change(all, "change.toml", &change).unwrap();
    assert!(book.check().is_empty());
    let days: Vec<String> = book
        .rules()
        .iter()
        .filter(|r| r.id == "under_16")
        .map(|r| format!("{}–{}", r.validity.from, r.validity.to.map_or(String::new(), |d| d.to_string())))
        .collect();
    assert_eq!(days.len(), 3);
    assert!(days.contains(&"2024-06-01–2024-12-31".to_owned()), "{days:?}");
}

#[test]
fn faults_of_a_change_point_into_it() {
    let param = |rest: &str| format!("{HEAD}[[parameter]]\nid = \"dibao_standard\"\n{rest}");
    let code = |text: &str| faults(text)[0].0.clone();
    assert_eq!(code(HEAD), "empty-change");
    assert_eq!(code(&param("")), "one-way");
    assert_eq!(code(&param("by = \"105%\"\nplus = \"3元\"\n")), "one-way");
    assert_eq!(code(&param("by = \"105.555%\"\n")), "no-rounding");
    assert_eq!(code(&param("by = \"abc\"\n")), "bad-value");
    assert_eq!(code(&param("by = \"-100%\"\n")), "out-of-bounds");
    assert_eq!(code(&param("division = \"53\"\nby = \"105%\"\n")), "nothing-to-change");
    assert_eq!(code(&param("division = \"x\"\nby = \"105%\"\n")), "bad-division");
    assert_eq!(code(&param("keys = { registered_class = \"山区\" }\nby = \"105%\"\n")), "unknown-value");
    assert_eq!(code(&param("keys = { sex = \"男\" }\nby = \"105%\"\n")), "unknown-key");
    assert_eq!(code(&param("bye = \"105%\"\n")), "unknown-key");
    assert_eq!(
        code(&param("rows = [{ division = \"990121\", registered_class = \"urban\" }]\n")),
        "missing-key"
    );
    assert_eq!(
        code(&format!("{HEAD}[[parameter]]\nid = \"dibao_standart\"\nby = \"105%\"\n")),
        "unknown-parameter"
    );
    assert_eq!(
        code("zh = \"无日期\"\n[[parameter]]\nid = \"dibao_standard\"\nby = \"1/2\"\n"),
        "missing-key"
    );
    assert_eq!(
        code(&format!("{HEAD}policies = \"x\"\n[[parameter]]\nid = \"single_rate\"\nplus = \"1%\"\n")),
        "empty-change"
    );
    let rule = "[[rule]]\nid = \"new_rule\"\nzh = \"新规则\"\nfrom = \"2024-06-01\"\nsource = [\"TK-02\"]\nvalue = '是'\n";
    assert_eq!(code(&format!("{HEAD}{rule}")), "missing-key", "a new rule names its package");
    let (_, line, text) =
        faults(&param("by = \"105%\"\nrounding = { to = \"3元\", mode = \"up\" }\n"))[0].clone();
    assert_eq!(line, 6, "{text}");
}

#[test]
fn the_head_is_read_even_where_the_rest_is_broken() {
    let told = head("zh = \"甲\"\nfrom = \"2024-06-01\"\n[[rule]\n");
    assert_eq!((told.zh.as_str(), told.en.as_str()), ("甲", "甲"));
    assert_eq!(told.from, "2024-06-01".parse().ok());
}

#[test]
fn nothing_that_decides_may_read_a_fact_of_statistics() {
    for (path, from, to, who) in [
        (
            "cn/dibao/rules/eligibility.toml",
            "met_when = '共同生活成员人数 >= 1",
            "met_when = '成员.任一(m, m.性别 = 女) 且 共同生活成员人数 >= 1",
            "低保",
        ),
        (
            "cn/common/rules/income.toml",
            "value = '周岁(出生日期) < 16'",
            "value = '周岁(出生日期) < 16 或 性别 = 女'",
            "未满16周岁",
        ),
        (
            "cn/watch/rules/benefits.toml",
            "value = '正在享受低保 或 已认定低保边缘'",
            "value = '正在享受低保 或 性别 = 男'",
            "本人享受低保或边缘",
        ),
    ] {
        let mut all = files();
        let (_, text) = all.iter_mut().find(|(p, _)| p.ends_with(path)).unwrap();
        assert!(text.contains(from), "{path}");
        *text = text.replace(from, to);
        let book = Book::from_files(all).unwrap();
        let faults = book.plan("2024-06".parse().unwrap(), "2024-06-30".parse().unwrap()).unwrap_err();
        let told: Vec<&str> =
            faults.iter().filter(|f| f.code == "statistics-only").map(|f| f.zh.as_str()).collect();
        assert!(told.iter().any(|zh| zh.contains(who) && zh.contains("性别")), "{told:?}");
    }
    assert!(law().facts().iter().any(|f| f.id == "sex" && f.statistics));
}

#[test]
fn a_change_may_state_a_table_and_a_group() {
    let change = format!(
        "{HEAD}[[group]]\nid = \"tekun_or_living_subsidy\"\nzh = \"特困供养或困难残疾人生活补贴\"\nkind = \"one_of\"\noutcomes = [\"tekun\", \"ds_living\", \"ds_nursing\"]\nfrom = \"2024-06-01\"\nsource = [\"DS-05\"]\n"
    );
    let size =
        |plan: &Plan| plan.groups.iter().find(|g| g.id == "tekun_or_living_subsidy").unwrap().outcomes.len();
    assert_eq!((size(&plan_of(&change, "2024-05")), size(&plan_of(&change, "2024-06"))), (2, 3));
    let written = files();
    let (_, text) = written.iter().find(|(p, t)| p.contains("/rules/") && t.contains("[[table]]")).unwrap();
    let start = text.find("[[table]]").unwrap();
    let rest = &text[start + 1..];
    let next =
        ["\n[[rule]]", "\n[[table]]", "\n[[outcome]]", "\n#"].iter().filter_map(|h| rest.find(h)).min();
    let table = &text[start..next.map_or(text.len(), |n| start + 1 + n)];
    let from = table.lines().find(|l| l.starts_with("from = ")).unwrap();
    let change = format!("{HEAD}{}", table.replace(from, "from = \"2024-06-01\""));
    plan_of(&change, "2024-06");
    let book = Book::with_change(files(), "change.toml", &change).unwrap();
    assert!(book.check().is_empty(), "the old version ends the day before");
}
