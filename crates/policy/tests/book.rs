//! The book: what loads, what a plan holds, and what is refused with which words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use doudi_policy::book::Named;
use doudi_policy::diag::render_all;
use doudi_policy::plan::{Entity, Input, NodeId, Op, Per, Plan, RoundMode, Type};
use doudi_policy::{Book, Diagnostic, Lang};

const FACTS: &str = r#"
[facts.class]
zh = "城乡类别"
en = "class"
of = "household"
type = "enum"
values = { urban = "城镇", rural = "农村" }
from = ["registry"]

[facts.farm]
zh = "种养业净收入"
en = "farm income"
of = "household"
type = "元/年"
min = "0元"
from = ["visit"]
fresh_for = "P1Y"

[facts.wage]
zh = "工资性收入"
en = "wage"
of = "member"
type = "元/月"
min = "0元"
from = ["visit"]
fresh_for = "P3M"

[facts.paid]
zh = "近12个月自付医疗费"
en = "self-paid"
of = "member"
type = "元"
from = ["visit"]

[facts.birth]
zh = "出生日期"
en = "birth"
of = "member"
type = "date"
from = ["registry"]

[facts.in_dibao]
zh = "正在享受低保"
en = "receives dibao"
of = "member"
type = "bool"
from = ["own_register"]

[facts.obligor_birth]
zh = "义务人出生日期"
en = "obligor's birth"
of = "obligor"
type = "date"
from = ["visit"]
"#;

const SOURCES: &str = r#"
[doc.M57]
zh = "办法"
en = "measures"

[cite.DB-01]
zh = "低于标准的家庭可得低保"
doc = ["M57#8"]
tag = "V"
"#;

const PARAMETERS: &str = r#"
[[parameter]]
id = "standard"
zh = "低保标准"
en = "standard"
type = "元/月"
keys = ["class"]
overridable_by = ["county"]
min = "100元"
max = "5000元"
rows = []
"#;

const OVERLAY: &str = "level = \"county\"\ndivision = \"990121\"\nzh = \"青石县\"\nen = \"Qingshi\"\n";

const STANDARD: &str = "division,class,from,enacted,value,source
990121,urban,2023-04-01,2023-03-20,734,示例文件〔2023〕1号
990121,urban,2024-04-01,2024-03-18,756,示例文件〔2024〕1号
990121,rural,2024-04-01,2024-03-18,567,示例文件〔2024〕1号
";

fn law(rules: &str) -> Vec<(String, String)> {
    [
        ("policies/cn/common/facts.toml", FACTS),
        ("policies/cn/sources.toml", SOURCES),
        ("policies/cn/t/parameters/standard.toml", PARAMETERS),
        ("policies/cn/t/rules/rules.toml", rules),
        ("policies/demo/overlay.toml", OVERLAY),
        ("policies/demo/t/parameters/standard.csv", STANDARD),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .to_vec()
}

/// A rule of 2021 with a value.
fn rule(id: &str, of: &str, value: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nzh = \"规则_{id}\"\nof = \"{of}\"\nfrom = \"2021-07-01\"\nsource = [\"DB-01\"]\nvalue = '{value}'\n\n"
    )
}

fn load(files: Vec<(String, String)>) -> Book {
    Book::from_files(files).unwrap_or_else(|f| panic!("\n{}", render_all(&f, Lang::En)))
}

fn plan_of(rules: &str) -> Result<Plan, Vec<Diagnostic>> {
    load(law(rules)).plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap())
}

fn planned(rules: &str) -> Plan {
    plan_of(rules).unwrap_or_else(|f| panic!("\n{}", render_all(&f, Lang::En)))
}

fn refused(files: Vec<(String, String)>) -> Vec<Diagnostic> {
    Book::from_files(files).expect_err("the book was read")
}

/// The one fault of a rule's value.
fn fault(of: &str, value: &str) -> Diagnostic {
    let faults = plan_of(&rule("r", of, value)).expect_err(value);
    assert_eq!(faults.len(), 1, "{value}\n{}", render_all(&faults, Lang::En));
    let fault = faults.into_iter().next().unwrap();
    assert!(!fault.cure_zh.is_empty() && !fault.cure_en.is_empty(), "{fault:?}");
    fault
}

fn type_of(of: &str, value: &str) -> Type {
    let plan = planned(&rule("r", of, value));
    plan.nodes[plan.rules[0].node.0 as usize].ty
}

const DIBAO: &str = r#"
[[rule]]
id = "size"
zh = "人数"
from = "2021-07-01"
source = ["DB-01"]
value = '成员.计数()'

[[rule]]
id = "income"
zh = "人均月收入"
from = "2021-07-01"
source = ["M57#13"]
value = '(成员.合计(m, m.工资性收入) + 按月(种养业净收入)) / 人数'

[[rule]]
id = "below"
zh = "低于标准"
from = "2021-07-01"
source = ["DB-01"]
value = '人均月收入 < 低保标准'
say = { met = "{人均月收入} 低于 {低保标准}", not_met = "差 {人均月收入 - 低保标准}，{division}", en_met = "{income} below {standard}" }

[[outcome]]
id = "dibao"
zh = "低保"
of = "household"
from = "2021-07-01"
source = ["DB-01"]
met_when = '低于标准 且 人数 >= 1'
receiving = "in_dibao"

[outcome.amount]
zh = "月保障金"
value = '(低保标准 - 人均月收入) * 人数'
rounding = { to = "1角", mode = "up" }

[[indicator]]
id = "W-1"
zh = "自付医疗费高"
en = "high medical cost"
kind = "entry"
outcomes = ["dibao"]
urgency = "orange"
when = '成员.任一(m, m.近12个月自付医疗费 > 3万元) 且 低于标准'
reason = "人均月收入 {人均月收入}"
visit_note = "看看家里是否有困难"
source = ["DB-01"]
"#;

#[test]
fn a_small_law_becomes_a_plan() {
    let plan = planned(DIBAO);
    let at = |id: NodeId| &plan.nodes[id.0 as usize];
    let ids: Vec<&str> = plan.rules.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    let place = |id: &str| ids.iter().position(|r| *r == id).unwrap();
    assert!(place("size") < place("income") && place("income") < place("below"));

    // The table holds what the county decided last, by class.
    assert_eq!(plan.params.len(), 1);
    let mut values: Vec<i64> = plan.params[0].rows.iter().map(|r| r.value).collect();
    values.sort_unstable();
    assert_eq!(values, [56_700, 75_600]);
    assert_eq!(plan.params[0].rows[0].layer, "demo");

    let outcome = &plan.outcomes[0];
    assert_eq!(outcome.conditions.len(), 2);
    assert_eq!(outcome.conditions[0], plan.rules[place("below")].node);
    let amount = at(outcome.amount.unwrap());
    assert_eq!(amount.ty, Type::Money(Per::Month));
    assert!(matches!(amount.op, Op::Round { to: 10, mode: RoundMode::Up, .. }));
    assert_eq!(outcome.rules.len(), 3);

    let below = &plan.rules[place("below")];
    assert_eq!(below.inputs[0], Input::Rule(u32::try_from(place("income")).unwrap()));
    assert!(matches!(below.inputs[1], Input::Param(0, _)));
    let names: Vec<&str> = below.say[0].places.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["人均月收入", "低保标准", "income", "standard"]);
    assert_eq!(below.say[0].places[0].1, below.say[0].places[2].1);
    assert_eq!(below.say[1].places.len(), 1);

    let indicator = &plan.indicators[0];
    assert_eq!((indicator.urgency, indicator.purpose.as_str()), (1, "find"));
    let mut reads: Vec<&str> = indicator.reads.iter().map(|f| plan.facts[*f as usize].id.as_str()).collect();
    reads.sort_unstable();
    assert_eq!(reads, ["class", "farm", "paid", "wage"]);
}

#[test]
fn each_node_comes_after_its_operands_and_shares_their_entity() {
    let plan = planned(DIBAO);
    for (i, node) in plan.nodes.iter().enumerate() {
        let below: Vec<NodeId> = match &node.op {
            Op::Compare(_, a, b) | Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) => {
                vec![*a, *b]
            }
            Op::And(all) | Op::Or(all) | Op::Param(_, all) => all.clone(),
            Op::PerMonth(a) | Op::ToExact(a) => vec![*a],
            Op::Lift(a) => {
                assert!(plan.nodes[a.0 as usize].entity < node.entity);
                continue;
            }
            Op::Aggregate { list, filter, body, .. } => {
                for id in filter.iter().chain(body) {
                    assert_eq!(plan.nodes[id.0 as usize].entity, *list);
                }
                continue;
            }
            _ => continue,
        };
        for id in below {
            assert!((id.0 as usize) < i);
            assert_eq!(plan.nodes[id.0 as usize].entity, node.entity, "{node:?}");
        }
    }
}

#[test]
fn equal_computations_share_a_node() {
    let text = rule("a", "household", "成员.合计(m, m.wage) + 1元 > 2元")
        + &rule("b", "household", "成员.合计(x, x.工资性收入) + 1元/月 > 2元/月");
    let plan = planned(&text);
    assert_eq!(plan.rules[0].node, plan.rules[1].node);
}

#[test]
fn types_and_units_follow_from_the_operands() {
    for (of, value, ty) in [
        ("member", "wage * 2", Type::Money(Per::Month)),
        ("member", "wage * 30%", Type::Exact(Per::Month)),
        ("member", "wage / 3", Type::Exact(Per::Month)),
        ("member", "wage / 800元", Type::Rate),
        ("member", "按月(paid)", Type::Exact(Per::Month)),
        ("member", "按年(wage)", Type::Money(Per::Year)),
        ("member", "累计(wage, 3)", Type::Money(Per::Once)),
        ("member", "周岁(birth)", Type::Int),
        ("member", "birth + 30", Type::Date),
        ("member", "birth - birth", Type::Int),
        ("member", "若 in_dibao 则 wage 否则 0元", Type::Money(Per::Month)),
        ("member", "较大(wage, wage / 2)", Type::Exact(Per::Month)),
        ("household", "成员.计数(m, m.in_dibao) / 2", Type::Rate),
        ("household", "成员.最大(m, m.birth)", Type::Date),
        ("household", "较大(1, 50%)", Type::Rate),
        ("household", "farm > 3万元", Type::Bool),
        ("constant", "800元", Type::Money(Per::Once)),
    ] {
        assert_eq!(type_of(of, value), ty, "{value}");
    }
}

#[test]
fn units_and_types_that_do_not_fit_are_refused_with_a_cure() {
    for (of, value, code, cure) in [
        ("household", "成员.合计(m, m.wage) + farm", "unit", "按月"),
        ("member", "wage > paid", "unit", "累计"),
        ("member", "wage + 1", "type", "0元"),
        ("member", "wage > 0", "type", "0元"),
        ("member", "wage * wage", "type", "个数或比率"),
        ("member", "wage 且 in_dibao", "type", ""),
        ("household", "class < 城镇", "type", "在"),
        ("household", "class + 1", "type", ""),
        ("household", "class = 城乡", "unknown-value", "城镇"),
        ("household", "class 在 [城镇, 山区]", "unknown-value", "可用的值"),
        ("household", "若 class 则 1 否则 2", "type", ""),
        ("member", "周岁(wage)", "type", ""),
        ("household", "成员.合计(m, m.in_dibao)", "type", "计数"),
        ("member", "按年(paid)", "type", ""),
        ("member", "缺省(wage, 0元)", "uncited-default", "defaults"),
    ] {
        let fault = fault(of, value);
        assert_eq!(fault.code, code, "{value}: {fault:?}");
        assert!(fault.cure_zh.contains(cure), "{value}: {}", fault.cure_zh);
    }
}

#[test]
fn a_name_is_seen_only_where_its_subject_is_clear() {
    for (of, value, code, cure) in [
        ("household", "工资收入 > 0元", "unknown-name", "工资性收入"),
        ("household", "wage > 0元", "wrong-subject", "成员.任一"),
        ("household", "成员.合计(m, wage)", "wrong-subject", "m.wage"),
        ("household", "成员.合计(m, m.farm)", "wrong-subject", "去掉"),
        ("household", "成员.任一(m, m.obligor_birth = m.birth)", "wrong-subject", "义务人"),
        ("household", "成员.任一(m, m)", "bare-variable", "m."),
        ("household", "成员.任一(m, n.in_dibao)", "unknown-variable", ""),
        ("household", "成员.任一(m, 成员.任一(n, m.in_dibao))", "outer-variable", "单独的规则"),
        ("constant", "farm > 0元", "wrong-subject", "household"),
        ("constant", "成员.计数()", "wrong-subject", "household"),
        ("household", "城镇", "unknown-name", "class = 城镇"),
    ] {
        let fault = fault(of, value);
        assert_eq!(fault.code, code, "{value}: {fault:?}");
        assert!(fault.cure_zh.contains(cure), "{value}: {}", fault.cure_zh);
    }
}

#[test]
fn a_fault_stands_at_its_line_and_column() {
    let text = rule("r", "household", "\n  farm > 1元\n  且 工资收入 > 0元").replace('\'', "'''");
    let fault = &plan_of(&text).unwrap_err()[0];
    assert_eq!((fault.line, fault.column), (9, 5));
    assert_eq!(fault.excerpt, "  且 工资收入 > 0元'''");
    let shown = fault.render(Lang::Zh);
    assert!(shown.contains("policies/cn/t/rules/rules.toml:9:5"), "{shown}");
    // Two cells for each Chinese character, so that the mark stands under the name.
    assert!(shown.contains("\n  |      ^^^^^^^^\n"), "{shown}");
    assert!(shown.contains("处理: 是不是“工资性收入”？"), "{shown}");
    assert!(fault.render(Lang::En).contains("help: did you mean `工资性收入`?"));
}

#[test]
fn several_faults_are_told_at_once() {
    let text = rule("a", "member", "wage + 1") + &rule("b", "household", "非 non 且 非 sense");
    let codes: Vec<&str> = plan_of(&text).unwrap_err().iter().map(|f| f.code).collect();
    assert_eq!(codes, ["type", "unknown-name", "unknown-name"]);
}

#[test]
fn a_rule_that_uses_a_broken_rule_is_silent_about_it() {
    let text = rule("a", "member", "wage + 1") + &rule("b", "member", "规则_a > 1元");
    assert_eq!(plan_of(&text).unwrap_err().len(), 1);
}

#[test]
fn a_circle_of_rules_is_named() {
    let text =
        rule("a", "household", "b 且 是") + &rule("b", "household", "c") + &rule("c", "household", "规则_a");
    let faults = plan_of(&text).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].code, "cycle");
    assert!(faults[0].en.contains("a → b → c → a"), "{}", faults[0].en);
    assert_eq!(plan_of(&rule("a", "household", "非 a")).unwrap_err()[0].code, "cycle");
}

#[test]
fn a_chain_of_ten_thousand_rules_compiles() {
    let mut text = rule("r0", "household", "是");
    for i in 1..10_000 {
        text += &rule(&format!("r{i}"), "household", &format!("非 r{}", i - 1));
    }
    assert_eq!(planned(&text).rules.len(), 10_000);
}

fn version(from: &str, to: &str, value: &str) -> String {
    let to = if to.is_empty() { String::new() } else { format!("to = \"{to}\"\n") };
    rule("r", "household", value).replace("from = \"2021-07-01\"\n", &format!("from = \"{from}\"\n{to}"))
}

#[test]
fn the_version_of_the_day_is_chosen() {
    let text = version("2021-07-01", "2024-06-29", "1 < 2") + &version("2024-06-30", "", "1 > 2");
    let book = load(law(&text));
    let op = |period: &str| {
        let plan = book.plan(period.parse().unwrap(), "2025-01-01".parse().unwrap()).unwrap();
        plan.nodes[plan.rules[0].node.0 as usize].op.clone()
    };
    let cmp = |period| match op(period) {
        Op::Lift(_) => "lifted",
        _ => "other",
    };
    assert_eq!((cmp("2024-05"), cmp("2024-06")), ("lifted", "lifted"));
    assert_ne!(
        book.rules_at("2024-05".parse().unwrap(), "2025-01-01".parse().unwrap())[0].body,
        book.rules_at("2024-06".parse().unwrap(), "2025-01-01".parse().unwrap())[0].body
    );
    assert_eq!(book.check(), []);
}

#[test]
fn two_versions_of_a_day_and_a_day_between_versions_are_refused() {
    let text = version("2021-07-01", "", "是") + &version("2024-01-01", "", "否");
    let faults = plan_of(&text).unwrap_err();
    assert_eq!(faults[0].code, "overlap");
    assert_eq!((faults[0].related[0].line, faults[0].line), (1, 9));

    let text = version("2021-07-01", "2024-05-31", "是") + &version("2024-07-01", "", "否");
    assert_eq!(plan_of(&text).unwrap_err()[0].code, "gap");
    assert_eq!(load(law(&text)).check().iter().map(|f| f.code).collect::<Vec<_>>(), ["gap"]);
}

#[test]
fn an_outcome_needs_its_rules_in_force() {
    let later = DIBAO.replacen("from = \"2021-07-01\"", "from = \"2024-07-01\"", 2);
    let faults = plan_of(&later).unwrap_err();
    assert!(faults.iter().all(|f| f.code == "gap"), "{}", render_all(&faults, Lang::En));
    // With an outcome as young as its rules, the month before simply has none, and its indicator waits.
    let plan = planned(&DIBAO.replace("from = \"2021-07-01\"", "from = \"2024-07-01\""));
    assert!(plan.outcomes.is_empty() && plan.indicators.is_empty() && plan.rules.is_empty());
}

#[test]
fn what_was_not_yet_enacted_is_not_used() {
    let book = load(law(DIBAO));
    let rows = |as_of: &str| {
        let plan = book.plan("2024-06".parse().unwrap(), as_of.parse().unwrap()).unwrap();
        let mut values: Vec<i64> = plan.params[0].rows.iter().map(|r| r.value).collect();
        values.sort_unstable();
        values
    };
    assert_eq!(rows("2024-03-17"), [73_400]);
    assert_eq!(rows("2024-03-18"), [56_700, 75_600]);
}

#[test]
fn a_local_value_must_be_allowed_and_within_bounds() {
    let mut files = law(DIBAO);
    files[5].1 = STANDARD.replace(",756,", ",99,");
    let faults = refused(files.clone());
    assert_eq!((faults[0].code, faults[0].line), ("out-of-bounds", 3));
    assert!(faults[0].zh.contains("100.00元/月 至 5000.00元/月"), "{}", faults[0].zh);

    files[5].1 = STANDARD.replace("990121,rural", "520121,rural");
    assert_eq!(refused(files.clone())[0].code, "outside-area");

    files[5].1 = STANDARD.to_owned();
    files[4].1 = OVERLAY.replace("county", "city").replace("990121", "9901");
    assert_eq!(refused(files.clone())[0].code, "not-overridable");

    files[4].1 = OVERLAY.to_owned();
    files[5].0 = "policies/demo/t/parameters/standart.csv".to_owned();
    let fault = &refused(files.clone())[0];
    assert_eq!(fault.code, "unknown-parameter");
    assert!(fault.cure_en.contains("standard"));

    files[5].0 = "policies/demo/other/parameters/standard.csv".to_owned();
    assert_eq!(refused(files)[0].code, "wrong-folder");
}

#[test]
fn each_of_the_five_levels_may_set_what_it_is_let() {
    let places = [("province", "99"), ("city", "9901"), ("county", "990121"), ("town", "990121103")];
    let with = |allowed: &str, layers: &[(&str, &str, &str)]| {
        let mut files = law(DIBAO);
        files.truncate(4);
        files[2].1 = PARAMETERS.replace("[\"county\"]", &format!("[{allowed}]")).replace(
            "rows = []",
            "rows = [{ class = \"urban\", from = \"2021-01-01\", value = \"400元\", source = \"DB-01\" }]",
        );
        for (level, place, value) in layers {
            let overlay = OVERLAY.replace("county", level).replace("990121", place).replace("青石县", level);
            files.push((format!("policies/{level}/overlay.toml"), overlay));
            let rows = format!("class,from,value,source\nurban,2024-01-01,{value},DB-01\n");
            files.push((format!("policies/{level}/t/parameters/standard.csv"), rows));
        }
        Book::from_files(files)
    };
    for (level, place) in places {
        let quoted = format!("\"{level}\"");
        assert!(with(&quoted, &[(level, place, "500")]).is_ok(), "{level}");
        let high = with(&quoted, &[(level, place, "5001")]).unwrap_err();
        assert_eq!((high[0].code, high[0].line), ("out-of-bounds", 2), "{level}");
        let others: Vec<String> = places
            .iter()
            .filter(|(other, _)| *other != level)
            .map(|(other, _)| format!("\"{other}\""))
            .collect();
        let not = with(&others.join(","), &[(level, place, "500")]).unwrap_err();
        assert_eq!(not[0].code, "not-overridable", "{level}");
        // A place speaks for its own level only.
        for (_, other) in places.iter().filter(|(other, _)| *other != level).chain([&("", "990121103001")]) {
            let wrong = with(&quoted, &[(level, other, "500")]).unwrap_err();
            assert_eq!(wrong[0].code, "wrong-level", "{level} {other}");
        }
    }
    // Of all that speak for a place the most local counts.
    let all: Vec<(&str, &str, &str)> =
        places.iter().zip(["500", "600", "700", "800"]).map(|((l, p), v)| (*l, *p, v)).collect();
    let book = with("\"province\", \"city\", \"county\", \"town\"", &all).unwrap();
    let plan = book.plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap()).unwrap();
    let standard = |division: &str| {
        let sheet = doudi_policy::FactSheet {
            division: division.parse().ok(),
            household: [("class".to_owned(), doudi_policy::SheetValue::of("urban"))].into(),
            ..Default::default()
        };
        let batch = doudi_policy::column::Batch::from_sheets(&[sheet], &plan).unwrap();
        let trace = doudi_policy::Trace::of(&plan, &batch, 0, doudi_policy::Mode::Decide);
        let lookup = plan.nodes.iter().position(|n| matches!(n.op, Op::Param(..))).unwrap();
        let row = trace.parameter_row(NodeId(u32::try_from(lookup).unwrap()), 0).unwrap();
        (row.value / 100, row.layer.clone())
    };
    for (division, value, layer) in [
        ("990121103001", 800, "town"),
        ("990121104001", 700, "county"),
        ("990122", 600, "city"),
        ("990201", 500, "province"),
        ("520115", 400, "cn"),
    ] {
        assert_eq!(standard(division), (value, layer.to_owned()), "{division}");
    }
}

#[test]
fn a_wrong_table_of_values_is_refused() {
    for (from, to, code) in [
        ("division,class", "division,klass", "csv-header"),
        (",value,", ",yuan,", "csv-header"),
        (",756,", ",756.123,", "bad-value"),
        (",756,", ",,", "missing-key"),
        ("990121,rural", "990121,mountain", "unknown-value"),
        ("2024-03-18,567", "2024-02-30,567", "bad-date"),
        ("990121,rural", "99012,rural", "bad-division"),
        ("示例文件〔2023〕1号", "XX-99", "unknown-source"),
        ("567,示例文件〔2024〕1号\n", "567\n", "csv"),
        ("2023-04-01,2023-03-20", "2024-04-01,2024-03-18", "duplicate-row"),
    ] {
        let mut files = law(DIBAO);
        files[5].1 = STANDARD.replacen(from, to, 1);
        assert_ne!(files[5].1, STANDARD, "{from}");
        assert_eq!(refused(files)[0].code, code, "{to}");
    }
}

#[test]
fn broken_files_are_refused_with_their_place() {
    let good = rule("r", "household", "是");
    for (text, code, line) in [
        (good.replace("value =", "value"), "toml", 7),
        (good.replace("\"规则_r\"", "\"规则_r"), "toml", 3),
        (good.replace("value =", "valeu ="), "missing-key", 1),
        (format!("{good}shown = 1.5\n"), "toml-float", 9),
        (good.replace("\"2021-07-01\"", "2021-07-01"), "toml-date", 5),
        (good.replace("[\"DB-01\"]", "[\"DB-02\"]"), "unknown-source", 6),
        (good.replace("[\"DB-01\"]", "[]"), "no-source", 1),
        (good.replace("[\"DB-01\"]", "[\"M58#1\"]"), "unknown-source", 6),
        (good.replace("household", "house"), "bad-entity", 4),
        (good.replace("id = \"r\"", "id = \"规则\""), "bad-id", 2),
        (good.replace("id = \"r\"", "id = \"wage\""), "duplicate-name", 2),
        (good.replace("规则_r", "工资性收入"), "duplicate-name", 3),
        (good.replace("'是'", "\"\\u662f\""), "not-literal", 7),
        (good.replace("'是'", "3"), "wrong-kind", 7),
        (good.replace("规则_r", "e\u{301}"), "not-nfc", 3),
        (good.replace("2021-07-01\"", "2021-07-01\"\nto = \"2020-01-01\""), "ends-before", 6),
        (format!("# {}\n", "x".repeat(3 << 20)), "too-large", 1),
        ("x = ".to_owned() + &"[".repeat(200_000), "too-nested", 1),
        (rule("r", "household", &"(".repeat(200_000)), "too-deep", 7),
    ] {
        let faults = refused(law(&text));
        let found: Vec<(&str, usize)> = faults.iter().map(|f| (f.code, f.line)).collect();
        assert!(found.contains(&(code, line)), "{code}: {found:?}");
        assert!(faults.iter().all(|f| f.file == "policies/cn/t/rules/rules.toml"), "{found:?}");
    }
    let fault = &refused(law(&good.replace("of =", "off =")))[0];
    assert_eq!(fault.code, "unknown-key");
    assert!(fault.cure_en.contains("did you mean `of`"), "{}", fault.cure_en);
}

#[test]
fn an_indicator_says_what_to_look_at_and_nothing_else() {
    let faults = refused(law(&DIBAO.replace("visit_note = \"看看家里是否有困难\"\n", "")));
    assert_eq!(faults[0].code, "no-visit-note");
    let faults = refused(law(&DIBAO.replace("看看家里是否有困难", "自付 {近12个月自付医疗费}")));
    assert_eq!(faults[0].code, "bad-visit-note");
}

#[test]
fn tables_name_what_exists() {
    let faults = refused(law(&DIBAO.replace("outcomes = [\"dibao\"]", "outcomes = [\"dibo\"]")));
    assert_eq!(faults[0].code, "unknown-outcome");
    assert!(faults[0].cure_en.contains("dibao"));
    let faults = refused(law(&DIBAO.replace("receiving = \"in_dibao\"", "receiving = \"wage\"")));
    assert_eq!(faults[0].code, "bad-receiving");
    let faults = refused(law(&DIBAO.replace("mode = \"up\"", "mode = \"ceil\"")));
    assert_eq!(faults[0].code, "bad-rounding");
    let faults = plan_of(&DIBAO.replace("rounding =", "# rounding =")).unwrap_err();
    assert_eq!(faults[0].code, "no-rounding");
}

#[test]
fn a_package_names_itself_and_what_it_uses() {
    let path = "policies/cn/t/package.toml".to_owned();
    let text = "id = \"cn/t\"\nzh = \"试\"\nuses = [\"cn/common\"]\n";
    let with = |text: &str| [law(DIBAO), vec![(path.clone(), text.to_owned())]].concat();
    assert_eq!(load(with(text)).packages()[0].uses, ["cn/common"]);
    let fault = &refused(with(&text.replace("cn/common", "cn/comon")))[0];
    assert_eq!((fault.code, fault.line, fault.column), ("unknown-package", 3, 10));
    assert_eq!(refused(with(&text.replace("cn/t", "cn/u")))[0].code, "wrong-id");
}

#[test]
fn files_that_hold_no_law_are_passed_over_and_strays_are_refused() {
    let mut files = law(DIBAO);
    let hash = load(files.clone()).package_hash();
    for path in [
        "policies/cn/t/tests/收入.md",
        "policies/cn/t/procedure.toml",
        "policies/cn/calendar/2024.toml",
        "policies/README.md",
    ] {
        files.push((path.to_owned(), "day = 2024-01-01".to_owned()));
    }
    assert_eq!(load(files.clone()).package_hash(), hash);
    files.push(("policies/cn/t/rule/income.toml".to_owned(), String::new()));
    assert_eq!(refused(files)[0].code, "stray-file");
}

#[test]
fn the_hash_follows_every_character_but_not_the_folder() {
    let files = law(DIBAO);
    let book = load(files.clone());
    let moved = files.iter().map(|(p, t)| (format!("/elsewhere/{p}"), t.clone())).rev().collect();
    assert_eq!(load(moved).package_hash(), book.package_hash());
    let mut changed = files;
    changed[3].1.push('\n');
    assert_ne!(load(changed).package_hash(), book.package_hash());
    assert_eq!(book.package_hash().len(), 64);
}

#[test]
fn names_resolve_by_id_and_by_label() {
    let book = load(law(DIBAO));
    assert_eq!(book.resolve("wage"), book.resolve("工资性收入"));
    assert!(matches!(book.resolve("wage"), Some(Named::Fact(_, f)) if f.of == Entity::Member));
    assert_eq!(book.resolve("人均月收入"), Some(Named::Rule("income")));
    assert!(matches!(book.resolve("低保标准"), Some(Named::Parameter(0))));
    assert_eq!(book.resolve("低保"), None);
    assert_eq!(book.enum_value(0, "农村"), Some(1));
}

#[test]
fn a_file_is_written_in_either_language_and_back() {
    let text = DIBAO.to_owned()
        + "[[rule]]\nid = \"rural_wage\"\nzh = \"农村工资\"\nof = \"household\"\nfrom = \"2021-07-01\"\nsource = [\"DB-01\"]\nvalue = '''\nclass = rural # 1\n'''\n"
            .replace(" # 1", "\n且 成员.任一(m, m.wage > 0元)")
            .as_str();
    let path = "policies/cn/t/rules/rules.toml";
    let english = load(law(&text)).fmt(path, Lang::En).unwrap();
    assert!(english.contains("value = '(members.sum(m, m.wage) + per_month(farm)) / size'"), "{english}");
    assert!(english.contains("met_when = 'below and size >= 1'"), "{english}");
    assert!(english.contains("'''\nclass = rural\nand members.any(m, m.wage > 0元)\n'''"), "{english}");
    let chinese = load(law(&english)).fmt(path, Lang::Zh).unwrap();
    assert!(chinese.contains("'''\n城乡类别 = 农村\n且 成员.任一(m, m.工资性收入 > 0元)\n'''"), "{chinese}");
    assert_eq!(load(law(&chinese)).fmt(path, Lang::En).unwrap(), english);
    let same = |text: &str| planned(text).nodes.into_iter().map(|n| n.op).collect::<Vec<_>>();
    assert_eq!(same(&english), same(&text));
    assert_eq!(load(law(&text)).fmt("policies/none.toml", Lang::En), None);
}

#[test]
fn an_exception_wins_over_the_rule() {
    let text = rule("r", "member", "wage")
        + "[[rule.except]]\nid = \"one\"\nwhen = 'in_dibao'\nvalue = '0元'\nsource = [\"DB-01\"]\n\n[[rule.except]]\nid = \"two\"\nwhen = '周岁(birth) < 16'\nvalue = 'wage / 2'\n";
    let plan = planned(&text);
    let at = |id: NodeId| &plan.nodes[id.0 as usize];
    let Op::If(first, _, rest) = at(plan.rules[0].node).op else { panic!("no exception") };
    assert!(matches!(at(first).op, Op::Fact(_)));
    assert!(matches!(at(rest).op, Op::If(..)));
    assert_eq!(at(plan.rules[0].node).ty, Type::Exact(Per::Month));
}

#[test]
fn opposite_to_an_enum_a_value_comes_before_a_fact_of_the_same_name() {
    let text = rule("urban", "household", "是").replace("规则_urban", "城镇")
        + &rule("a", "household", "class = 城镇")
        + &rule("b", "household", "城镇 且 class 在 [城镇]");
    let plan = planned(&text);
    let path = "policies/cn/t/rules/rules.toml";
    let english = load(law(&text)).fmt(path, Lang::En).unwrap();
    assert!(english.contains("'urban and class in [urban]'"), "{english}");
    assert_eq!(planned(&english).nodes.len(), plan.nodes.len());
}

#[test]
fn a_rule_may_declare_values_of_its_own() {
    let text = rule("tier", "member", "若 wage > 100元 则 high 否则 低")
        .replace("value =", "values = { low = \"低\", high = \"高\" }\nvalue =")
        + &rule("r", "member", "规则_tier = 高 或 tier 在 [low]");
    let plan = planned(&text);
    let tier = plan.rules.iter().find(|r| r.id == "tier").unwrap();
    assert!(matches!(plan.nodes[tier.node.0 as usize].ty, Type::Enum(_)));
}
