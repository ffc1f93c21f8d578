//! Random laws: each form of the language in random shapes, read by the evaluator and by the oracle, which must agree
//! on every truth and every fen for random households.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::cell::RefCell;
use std::fmt::Write as _;

use doudi_oracle::Oracle;
use doudi_policy::book::Book;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Diagnostic, Mode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::{Draft, Tally, agree, drafts, sheet};

const FACTS: &str = r#"
[facts.farm]
zh = "种养业净收入"
of = "household"
type = "元/年"
min = "0元"

[facts.class]
zh = "城乡类别"
of = "household"
type = "enum"
values = { urban = "城镇", rural = "农村" }

[facts.wage]
zh = "工资性收入"
of = "member"
type = "元/月"
min = "0元"
fresh_for = "P3M"
window = 4

[facts.birth]
zh = "出生日期"
of = "member"
type = "date"

[facts.grade]
zh = "残疾等级"
of = "member"
type = "enum"
values = { none = "无等级", g1 = "一级", g2 = "二级", g3 = "三级" }

[facts.unable]
zh = "不能自理项数"
of = "member"
type = "int"
min = 0
max = 6

[facts.in_care]
zh = "在机构供养"
of = "member"
type = "bool"

[facts.until]
zh = "截止月份"
of = "member"
type = "month"

[facts.pension]
zh = "义务人养老金"
of = "obligor"
type = "元/月"
min = "0元"
window = 3
"#;

const SOURCES: &str = "[doc.L1]\nzh = \"示例办法\"\n[cite.A-1]\nzh = \"一\"\ndoc = [\"L1#1\"]\n";

const PARAMETERS: &str = "[[parameter]]\nid = \"standard\"\nzh = \"标准\"\ntype = \"元/月\"\nkeys = [\"class\"]\nrows = [{ class = \"城镇\", from = \"2021-01-01\", value = \"756元\", source = \"A-1\" }, { class = \"农村\", from = \"2021-01-01\", value = \"567元\", source = \"A-1\" }]\n";

/// The head of a rule, a table, an outcome.
fn head(kind: &str, id: &str, of: &str) -> String {
    format!(
        "[[{kind}]]\nid = \"{id}\"\nzh = \"{id}号\"\nof = \"{of}\"\nfrom = \"2021-01-01\"\nsource = [\"A-1\"]\n"
    )
}

/// A member's outcome that turns on a rule of money a month and pays it.
fn paid(rule: &str) -> String {
    format!(
        "{}met_when = '{rule} > 185元'\n[outcome.amount]\nvalue = '较大({rule}, 0元/月)'\nrounding = {{ to = \"1分\", mode = \"half_up\" }}\n",
        head("outcome", "pays", "member")
    )
}

/// Reads the rules both ways over the households; false where the law is refused for a reason that a random law
/// may give.
fn held(
    rules: &str,
    drafts: &[Draft],
    mode: u8,
    may: &[&str],
    tally: &RefCell<Tally>,
) -> Result<bool, TestCaseError> {
    let files = [
        ("policies/cn/common/facts.toml", FACTS),
        ("policies/cn/sources.toml", SOURCES),
        ("policies/cn/t/parameters/standard.toml", PARAMETERS),
        ("policies/cn/t/rules/rules.toml", rules),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let (period, as_of) = ("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap());
    let read = || -> Result<_, Vec<Diagnostic>> {
        let book = Book::from_files(files.to_vec())?;
        let plan = book.plan(period, as_of)?;
        Ok((book, plan))
    };
    let (book, plan) = match read() {
        Ok(read) => read,
        Err(faults) if faults.iter().all(|fault| may.contains(&fault.code)) => return Ok(false),
        Err(faults) => {
            return Err(TestCaseError::fail(format!(
                "{rules}\n{}",
                doudi_policy::diag::render_all(&faults, doudi_policy::Lang::En)
            )));
        }
    };
    let oracle = Oracle::new(&book, period, as_of).map_err(TestCaseError::fail)?;
    let sheets: Vec<FactSheet> = drafts.iter().map(|draft| sheet(&book, draft)).collect();
    let mode = [Mode::Find, Mode::Decide, Mode::Adverse][usize::from(mode)];
    agree(&plan, &oracle, &sheets, mode, tally)
        .map_err(|problem| TestCaseError::fail(format!("{rules}\n{problem}")))?;
    Ok(true)
}

/// Random laws of each form, and the households that are assessed by them: a million over the five forms.
const LAWS: u32 = 3_200;
const EVALUATIONS: usize = 200_000;

/// Runs random laws until enough of them were read.
fn run(laws: impl Strategy<Value = String>, may: &[&str]) {
    let wanted = LAWS;
    let (read, households) = (RefCell::new(0), RefCell::new(0));
    let tally = RefCell::new(Tally::new());
    let mut runner = TestRunner::new(Config {
        cases: wanted,
        failure_persistence: None,
        max_global_rejects: wanted * 20,
        ..Config::default()
    });
    runner
        .run(&(laws, drafts(50..80), 0_u8..3), |(rules, drafts, mode)| {
            let taken = held(&rules, &drafts, mode, may, &tally)?;
            prop_assume!(taken);
            *read.borrow_mut() += 1;
            *households.borrow_mut() += drafts.len();
            Ok(())
        })
        .unwrap();
    assert!(*read.borrow() >= wanted);
    let households = households.into_inner();
    assert!(households >= EVALUATIONS, "{households}");
    // Agreement is worth something only where each answer comes up.
    let tally = tally.into_inner();
    for answer in ["met", "not met", "unknown"] {
        let count: u32 = tally.iter().filter(|((_, word), _)| *word == answer).map(|(_, count)| count).sum();
        assert!(count >= 50, "{answer} {count} times");
    }
}

/// A column of a table and the values at which its cells may turn.
const COLUMNS: [(&str, &[&str], bool); 8] = [
    ("残疾等级", &["无等级", "一级", "二级", "三级"], false),
    ("在机构供养", &["是", "否"], false),
    ("城乡类别", &["城镇", "农村"], false),
    ("不能自理项数", &["1", "3", "4", "6"], true),
    ("周岁(出生日期)", &["16", "18", "60", "65"], true),
    ("工资性收入", &["0元", "185元", "567元", "1500元"], true),
    ("工资性收入 / 3", &["0元", "61.67元", "189元", "500元"], true),
    ("截止月份", &["月份(“2024-03”)", "月份(“2024-06”)", "月份(“2024-11”)"], true),
];

/// Results of one unit, some of them open.
const RESULTS: [&str; 6] =
    ["0元/月", "100元/月", "567元/月", "工资性收入", "工资性收入 * 50%", "标准 - 工资性收入 / 3"];

fn cell(column: usize) -> BoxedStrategy<String> {
    let (_, values, ordered) = COLUMNS[column];
    let value = || prop::sample::select(values);
    let several =
        prop::sample::subsequence(values, 1..=values.len()).prop_map(|v| format!("[{}]", v.join(", ")));
    let plain = prop_oneof![
        3 => Just("-".to_owned()),
        2 => value().prop_map(str::to_owned),
        2 => several,
        1 => value().prop_map(|v| format!("!= {v}")),
    ];
    if !ordered {
        return plain.boxed();
    }
    let sign = prop::sample::select(vec!["<", "<=", ">", ">="]);
    let range = prop::sample::subsequence(values, 2).prop_map(|v| format!("{}..{}", v[0], v[1]));
    prop_oneof![2 => plain, 2 => (sign, value()).prop_map(|(s, v)| format!("{s} {v}")), 1 => range].boxed()
}

/// Any rows, of which the first, the sum or the largest counts, with a default.
fn loose_table() -> impl Strategy<Value = String> {
    let columns = prop::collection::vec(0..COLUMNS.len(), 1..4);
    let hit = prop::sample::select(vec!["first", "collect-sum", "collect-max"]);
    (columns, hit).prop_flat_map(|(columns, hit)| {
        let row = (columns.iter().map(|c| cell(*c)).collect::<Vec<_>>(), prop::sample::select(&RESULTS[..]));
        let rows = prop::collection::vec(row, 1..6);
        (Just(columns), Just(hit), rows, prop::sample::select(&RESULTS[..]))
            .prop_map(|(columns, hit, rows, default)| table(&columns, hit, &rows, Some(default)))
    })
}

/// Rows that part the values among them: each comes from a row that was split in two by a column.
fn whole_table() -> impl Strategy<Value = String> {
    let columns = prop::collection::vec(0..COLUMNS.len(), 1..5);
    let splits = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 1..7);
    let results = prop::collection::vec(prop::sample::select(&RESULTS[..]), 8);
    (columns, splits, results).prop_map(|(columns, splits, results)| {
        let mut rows = vec![vec!["-".to_owned(); columns.len()]];
        for (row, column, value) in splits {
            let row = usize::from(row) % rows.len();
            let column = usize::from(column) % columns.len();
            let (_, values, ordered) = COLUMNS[columns[column]];
            let value = values[usize::from(value) % values.len()];
            // The least value of a number would leave nothing below it.
            let (here, there) = match (ordered, value) {
                (true, "0元") => ("<= 0元".to_owned(), "> 0元".to_owned()),
                (true, value) => (format!("< {value}"), format!(">= {value}")),
                (false, value) => (value.to_owned(), format!("!= {value}")),
            };
            if rows[row][column] == "-" {
                let mut other = rows[row].clone();
                rows[row][column] = here;
                other[column] = there;
                rows.push(other);
            }
        }
        let rows: Vec<(Vec<String>, &str)> = rows.into_iter().zip(results.into_iter().cycle()).collect();
        table(&columns, "unique", &rows, None)
    })
}

fn table(columns: &[usize], hit: &str, rows: &[(Vec<String>, &str)], default: Option<&str>) -> String {
    let mut text = head("table", "amount", "member");
    let names: Vec<String> = columns.iter().map(|c| format!("'{}'", COLUMNS[*c].0)).collect();
    let _ = writeln!(text, "hit = \"{hit}\"\ncolumns = [{}]\nrows = [", names.join(", "));
    for (cells, then) in rows {
        let cells: Vec<String> = cells.iter().map(|cell| format!("'{cell}'")).collect();
        let _ = writeln!(text, "  [{}, '{then}', 'A-1'],", cells.join(", "));
    }
    let _ = writeln!(text, "]");
    if let Some(default) = default {
        let _ = writeln!(text, "default = ['{default}', 'A-1']");
    }
    text + &paid("amount")
}

#[test]
fn tables_of_which_one_row_applies() {
    run(whole_table(), &[]);
}

#[test]
fn tables_of_which_several_rows_apply() {
    run(loose_table(), &["idle-row", "empty-cell"]);
}

/// Something that can be asked of a member.
fn condition() -> impl Strategy<Value = String> {
    let one = || {
        (0..COLUMNS.len(), any::<u8>(), any::<u8>()).prop_map(|(column, value, sign)| {
            let (expr, values, ordered) = COLUMNS[column];
            let value = values[usize::from(value) % values.len()];
            let signs: &[&str] = if ordered { &["<", "<=", ">", ">=", "=", "!="] } else { &["=", "!="] };
            format!("{expr} {} {value}", signs[usize::from(sign) % signs.len()])
        })
    };
    let against =
        prop::sample::select(vec!["工资性收入 < 标准", "本月() - 截止月份 > 2", "截止月份 + 1 <= 本月()"]);
    let against = against.prop_map(str::to_owned);
    prop_oneof![3 => one(), 1 => against, 1 => (one(), one()).prop_map(|(a, b)| format!("{a} 且 {b}"))]
}

/// An exception at a place of the text: how deep, what it says, and its priority.
type Exception = (u8, String, &'static str, i64);

fn exceptions() -> impl Strategy<Value = Vec<Exception>> {
    let one = (0_u8..3, condition(), prop::sample::select(&RESULTS[..]), 0_i64..3);
    prop::collection::vec(one, 1..6)
}

fn with_exceptions() -> impl Strategy<Value = String> {
    (prop::sample::select(&RESULTS[..]), exceptions()).prop_map(|(value, exceptions)| {
        let mut text = format!("{}value = '{value}'\n", head("rule", "amount", "member"));
        let mut depth = 0;
        for (at, (deep, when, value, priority)) in exceptions.iter().enumerate() {
            // No deeper than one below the exception before it.
            depth = if at == 0 { 1 } else { (usize::from(*deep) + 1).min(depth + 1) };
            let path = ".except".repeat(depth);
            let _ = writeln!(
                text,
                "[[rule{path}]]\nid = \"e{at}\"\nwhen = '{when}'\nvalue = '{value}'\npriority = {priority}\nsource = [\"A-1\"]"
            );
        }
        text + &paid("amount")
    })
}

#[test]
fn exceptions_by_priority_and_exceptions_to_them() {
    run(with_exceptions(), &["exception-conflict", "idle-exception"]);
}

/// Two or three outcomes of members, each with its condition and its amount, in a group.
fn group() -> impl Strategy<Value = String> {
    let outcome = (condition(), prop::sample::select(&RESULTS[..]));
    let kind = prop::sample::select(vec!["take_the_higher", "top_up", "one_of"]);
    (kind, prop::collection::vec(outcome, 2..4)).prop_map(|(kind, outcomes)| {
        let mut text = String::new();
        for (at, (when, value)) in outcomes.iter().enumerate() {
            let _ = writeln!(
                text,
                "{}met_when = '{when}'\n[outcome.amount]\nvalue = '{value}'\nrounding = {{ to = \"1角\", mode = \"up\" }}",
                head("outcome", &format!("pays{at}"), "member")
            );
        }
        let ids: Vec<String> = (0..outcomes.len()).map(|at| format!("\"pays{at}\"")).collect();
        let group = head("group", "together", "").replace("of = \"\"\n", "");
        text + &format!("{group}kind = \"{kind}\"\noutcomes = [{}]\n", ids.join(", "))
    })
}

#[test]
fn groups_of_which_the_higher_stands_or_one_fills_up_another() {
    run(group(), &[]);
}

/// Money a month from the last months of a member's wage, or from the household's or the obligors' averages.
fn windowed() -> impl Strategy<Value = String> {
    let months = 1_u16..5;
    let fold = prop::sample::select(vec![
        "合计()",
        "平均()",
        "最大()",
        "最小()",
        "合计(v, 较小(v, 567元))",
        "平均(v, v * 50%)",
        "最大(v, 若 v > 185元 则 v 否则 标准)",
    ]);
    let truth = prop::sample::select(vec![
        "任一(v, v > 567元)",
        "全部(v, v <= 标准)",
        "计数(v, v = 0元) >= 2",
        "任一(v, v < 工资性收入)",
        "全部(v, 已知(v))",
    ]);
    let average = prop::sample::select(vec![
        "成员.平均(m, m.工资性收入)",
        "成员.仅(m, m.残疾等级 = 无等级).平均(m, m.工资性收入)",
        "成员.仅(m, 非 m.在机构供养).平均(m, 近(m.工资性收入, 2).合计())",
        "义务人.平均(g, 近(g.义务人养老金, 3).最大())",
        "按月(种养业净收入) * 成员.平均(m, m.不能自理项数)",
    ]);
    (months.clone(), fold, months, truth, average).prop_map(|(n, fold, k, truth, average)| {
        let mut text = format!("{}value = '{average}'\n", head("rule", "shared", "household"));
        let _ = writeln!(
            text,
            "{}value = '若 近(工资性收入, {k}).{truth} 则 近(工资性收入, {n}).{fold} 否则 较小(shared, 近(工资性收入, {k}).平均())'",
            head("rule", "amount", "member")
        );
        text + &paid("amount")
    })
}

#[test]
fn folds_over_months_and_averages() {
    run(windowed(), &[]);
}
