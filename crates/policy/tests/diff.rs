//! What differs between two books of law, told on real changes of `policies/`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::diff::{Diff, GoldenDiff, Item, Kind, Side, What, diff, goldens, render_text};
use doudi_policy::{Book, Date, Lang, Month, Truth};
use support::{files, law, load};

type Files = Vec<(String, String)>;

/// The law with a text replaced in one file, which must hold it.
fn with(path: &str, from: &str, to: &str) -> Files {
    let mut all = files();
    let (_, text) = all.iter_mut().find(|(p, _)| p.ends_with(path)).unwrap();
    assert!(text.contains(from), "{path} does not hold {from}");
    *text = text.replace(from, to);
    all
}

fn everywhere(all: Files, from: &str, to: &str) -> Files {
    assert!(all.iter().any(|(_, text)| text.contains(from)), "nothing holds {from}");
    all.into_iter().map(|(path, text)| (path, text.replace(from, to))).collect()
}

fn tests(files: &Files) -> Files {
    files.iter().filter(|(p, _)| p.contains("/tests/") && p.ends_with(".md")).cloned().collect()
}

fn compared(after: &Files) -> (Diff, GoldenDiff) {
    let (a, b) = (law(), load(after.clone()));
    both(&a, &b, &tests(&files()), &tests(after))
}

fn both(a: &Book, b: &Book, first: &Files, second: &Files) -> (Diff, GoldenDiff) {
    let (before, after) = (Side { book: a, at: None }, Side { book: b, at: None });
    let found = diff(before, after);
    let households = goldens(before, after, &found, (first, second));
    (found, households)
}

fn only<'d>(found: &'d Diff, kind: Kind, id: &str) -> &'d Item {
    let all: Vec<&Item> = found.items.iter().filter(|i| i.kind == kind && i.id == id).collect();
    assert_eq!(all.len(), 1, "{:#?}", found.items);
    all[0]
}

fn titles(found: &Diff) -> Vec<&str> {
    found.reached.iter().flat_map(|r| r.outcomes.iter().map(|o| o.id.as_str())).collect()
}

#[test]
fn the_same_law_does_not_differ() {
    let (found, households) = compared(&files());
    assert!(found.is_empty() && households.changed.is_empty());
    assert_eq!(households.first[1] + households.second[1] + households.second_under_first[1], 0);
    assert!(render_text(&found, &households, Lang::Zh).starts_with("两边的规则相同"));
}

#[test]
fn a_raised_standard_is_told_with_place_unit_date_and_families() {
    let new = "990121,rural,2024-04-01,2024-03-18,600,示例文件〔2024〕2号";
    let old = "990121,rural,2024-04-01,2024-03-18,567,示例文件〔2024〕1号";
    let (found, households) = compared(&with("qingshi/dibao/parameters/dibao_standard.csv", old, new));
    let item = only(&found, Kind::Parameter, "dibao_standard");
    assert_eq!(item.what, What::Changed);
    let text = render_text(&found, &households, Lang::Zh);
    assert!(
        text.contains(
            "低保标准 dibao_standard（青石县（虚构），农村）：567.00 元/月 → 600.00 元/月，自 2024-04-01 起"
        ),
        "{text}"
    );
    let english = render_text(&found, &households, Lang::En);
    assert!(english.contains("567.00 yuan a month → 600.00 yuan a month, from 2024-04-01"), "{english}");
    assert!(item.details.iter().any(|d| d.part == "source"));
    assert_eq!(found.reached.len(), 1);
    assert_eq!(found.reached[0].from.to_string(), "2024-04");
    let reached = titles(&found);
    assert!(["dibao", "dibao_single", "edge", "tekun"].iter().all(|id| reached.contains(id)), "{reached:?}");
    assert!(!reached.contains(&"ds_nursing"));
    assert!(!households.changed.is_empty() && households.second_under_first[1] == 0);
    assert!(households.second[1] > 0, "goldens of the old standard fail under the new one");
    let raised =
        households.changed.iter().flat_map(|c| &c.results).find(|r| {
            r.of.id == "dibao" && r.met == [Some(Truth::True); 2] && r.amount_fen[0] < r.amount_fen[1]
        });
    assert!(raised.is_some(), "{:#?}", households.changed);
}

#[test]
fn a_new_row_is_told_against_the_one_before_it() {
    let mut all = files();
    let (_, text) =
        all.iter_mut().find(|(p, _)| p.ends_with("qingshi/dibao/parameters/dibao_standard.csv")).unwrap();
    text.push_str("990121,urban,2025-04-01,2025-03-18,800,示例文件〔2025〕1号\n");
    let (found, households) = compared(&all);
    let item = only(&found, Kind::Parameter, "dibao_standard");
    let value = item.details.iter().find(|d| d.part == "value").unwrap();
    assert_eq!(value.before.as_ref().unwrap().zh, "756.00 元/月");
    assert_eq!(value.after.as_ref().unwrap().zh, "800.00 元/月");
    assert_eq!(item.from.unwrap().to_string(), "2025-04-01");
    assert_eq!(found.reached[0].from.to_string(), "2025-04");
    assert!(households.changed.is_empty(), "no golden household is that late");
}

#[test]
fn a_new_exception_is_told_with_its_text_and_article() {
    let rule = "[[rule.except]]\nid = \"other_programme\"";
    let new = "[[rule.except]]\nid = \"in_care\"\nwhen = '正在享受困难残疾人生活补贴'\nvalue = '否'\nsource = [\"M57#7\"]\n\n[[rule.except]]\nid = \"other_programme\"";
    let (found, _) = compared(&with("common/rules/members.toml", rule, new));
    let item = only(&found, Kind::Rule, "counts_as_member");
    assert_eq!((item.what, found.items.len()), (What::Changed, 1));
    let detail = item.details.iter().find(|d| d.part == "except").unwrap();
    assert!(detail.after.as_ref().unwrap().zh.contains("当 正在享受困难残疾人生活补贴 时为 否（M57#7）"));
    assert!(detail.after.as_ref().unwrap().en.contains("when gets_ds_living: false (M57#7)"));
    assert!(titles(&found).contains(&"dibao"));
}

#[test]
fn a_moved_date_is_told_as_moved() {
    let all = with(
        "dibao/rules/eligibility.toml",
        "id = \"dibao_benefit\"\nzh = \"低保补差额\"\nen = \"difference that dibao pays\"\nof = \"household\"\nfrom = \"2021-07-01\"",
        "id = \"dibao_benefit\"\nzh = \"低保补差额\"\nen = \"difference that dibao pays\"\nof = \"household\"\nfrom = \"2021-01-01\"",
    );
    let (found, households) = compared(&all);
    let item = only(&found, Kind::Rule, "dibao_benefit");
    assert_eq!((item.what, found.items.len()), (What::Moved, 1));
    assert_eq!(item.details[0].before.as_ref().unwrap().zh, "2021-07-01");
    assert_eq!(item.details[0].after.as_ref().unwrap().zh, "2021-01-01");
    assert!(found.in_substance() && households.changed.is_empty());
    let csv = with("qingshi/dibao/parameters/dibao_standard.csv", "urban,2024-04-01", "urban,2024-07-01");
    let (found, households) = compared(&csv);
    let item = only(&found, Kind::Parameter, "dibao_standard");
    assert_eq!(item.what, What::Moved);
    assert!(!households.changed.is_empty(), "families of April to June come out differently");
}

#[test]
fn a_rename_changes_nothing_in_substance() {
    let all = everywhere(files(), "below_dibao_standard", "income_below_line");
    let all = everywhere(all, "casual_income", "odd_job_income");
    let all = everywhere(all, "零工收入", "打零工的收入");
    let all = everywhere(all, "edge_factor", "edge_multiple");
    let (found, households) = compared(&all);
    assert!(!found.in_substance(), "{:#?} {:?}", found.items, found.reached);
    let mut ids: Vec<(&str, &str)> =
        found.renamed.iter().map(|r| (r.before.as_str(), r.after.as_str())).collect();
    ids.sort_unstable();
    assert_eq!(
        ids,
        [
            ("below_dibao_standard", "income_below_line"),
            ("casual_income", "odd_job_income"),
            ("edge_factor", "edge_multiple")
        ]
    );
    assert!(households.changed.is_empty() && households.uncompared.is_empty(), "{households:#?}");
    assert_eq!(households.second[1], 0);
    let text = render_text(&found, &households, Lang::Zh);
    assert!(text.starts_with("没有实质变化"), "{text}");
}

#[test]
fn another_writing_is_no_difference() {
    let english = |(path, text): (String, String)| {
        let text = law().fmt(&path, Lang::En).unwrap_or(text);
        (path, text)
    };
    let (found, _) = compared(&files().into_iter().map(english).collect());
    let substance: Vec<&Item> = found.items.iter().filter(|i| i.what != What::Reworded).collect();
    assert!(!found.in_substance() && found.renamed.is_empty(), "{substance:#?} {:?}", found.reached);
    // A rule in another file of its package, with a comment more.
    let mut all = files();
    let rule = {
        let (_, text) = all.iter_mut().find(|(p, _)| p.ends_with("dibao/rules/eligibility.toml")).unwrap();
        let start = text.find("[[rule]]\nid = \"dibao_benefit\"").unwrap();
        let end = text.find("[[outcome]]").unwrap();
        let rule = text[start..end].to_owned();
        text.replace_range(start..end, "");
        rule
    };
    all.push(("policies/cn/dibao/rules/amount.toml".to_owned(), format!("# 补差\n{rule}")));
    let (found, _) = compared(&all);
    assert!(found.is_empty(), "{:#?}", found.items);
}

#[test]
fn whatever_alters_a_computation_is_told() {
    let mutations = [
        ("common/rules/income.toml", "周岁(出生日期) < 16", "周岁(出生日期) < 18", Kind::Rule, "under_16"),
        ("common/rules/income.toml", "+ 失业保险金", "", Kind::Rule, "counted_income"),
        (
            "dibao/rules/eligibility.toml",
            "met_when = '共同生活成员人数 >= 1",
            "met_when = '共同生活成员人数 >= 2",
            Kind::Outcome,
            "dibao",
        ),
        (
            "dibao/rules/eligibility.toml",
            "{ to = \"1角\", mode = \"up\" }",
            "{ to = \"1元\", mode = \"up\" }",
            Kind::Outcome,
            "dibao",
        ),
        (
            "common/parameters/income.toml",
            "value = \"103元\"",
            "value = \"108元\"",
            Kind::Parameter,
            "base_pension_exempt",
        ),
        (
            "watch/rules/benefits.toml",
            "距今月数(下次复核日期) >= 1",
            "距今月数(下次复核日期) >= 2",
            Kind::Rule,
            "review_overdue",
        ),
        (
            "common/facts.toml",
            "zh = \"生活不能自理项数\"\nen = \"self-care items failed (of six)\"\nof = \"member\"\ntype = \"int\"\nmin = 0\nmax = 6",
            "zh = \"生活不能自理项数\"\nen = \"self-care items failed (of six)\"\nof = \"member\"\ntype = \"int\"\nmin = 0\nmax = 9",
            Kind::Fact,
            "self_care_failed",
        ),
    ];
    for (path, from, to, kind, id) in mutations {
        let (found, _) = compared(&with(path, from, to));
        assert!(found.in_substance() && !found.reached.is_empty(), "{path}: {to}");
        assert_eq!(only(&found, kind, id).what, What::Changed, "{path}: {to}");
    }
}

#[test]
fn what_goes_and_what_comes_is_told() {
    let mut all = files();
    let (_, text) = all.iter_mut().find(|(p, _)| p.ends_with("edge/rules/edge.toml")).unwrap();
    let start = text.find("[[outcome]]").unwrap();
    text.truncate(start);
    let all: Files = all
        .into_iter()
        .map(|(p, t)| {
            // The group of which it was one names the two that are left.
            let t = t.replace("\"dibao\", \"edge\", \"tekun\"", "\"dibao\", \"tekun\"");
            (p, t.replace("\"edge\"", "\"dibao\""))
        })
        .filter(|(p, _)| !p.contains("edge/tests"))
        .collect();
    let (found, households) = compared(&all);
    let gone = only(&found, Kind::Outcome, "edge");
    assert_eq!(gone.what, What::Removed);
    assert!(gone.details.iter().all(|d| d.before.is_some() && d.after.is_none()));
    assert!(!households.removed.is_empty());
    let without = households.changed.iter().flat_map(|c| &c.results).find(|r| r.of.id == "edge").unwrap();
    assert_eq!(without.met[1], None, "there is no such outcome, which is not the same as not met");
}

#[test]
fn two_dates_of_one_book_differ_by_what_holds_on_each() {
    let book = law();
    let at = |month: &str| {
        let month: Month = month.parse().unwrap();
        Some((month, month.last_day()))
    };
    let (before, after) = (Side { book: &book, at: at("2024-03") }, Side { book: &book, at: at("2024-06") });
    let found = diff(before, after);
    let standards: Vec<&Item> = found.items.iter().filter(|i| i.id == "dibao_standard").collect();
    let here: Vec<_> = standards.iter().filter(|i| i.place.iter().any(|p| p.zh.contains("青石县"))).collect();
    assert_eq!(here.len(), 2, "{standards:#?}");
    let value = |i: &Item| {
        let d = i.details.iter().find(|d| d.part == "value").unwrap();
        (d.before.clone().unwrap().zh, d.after.clone().unwrap().zh)
    };
    let told: Vec<_> = here.iter().map(|i| value(i)).collect();
    assert!(told.contains(&("734.00 元/月".to_owned(), "756.00 元/月".to_owned())), "{told:?}");
    assert!(found.items.iter().all(|i| i.kind != Kind::Rule), "no rule changed between the two");
    assert!(titles(&found).contains(&"dibao"));
    assert!(!titles(&found).contains(&"ds_nursing"), "ages are counted to each month's own end");
    let tests = tests(&files());
    let households = goldens(before, after, &found, (&tests, &tests));
    assert!(!households.changed.is_empty());
    let same = diff(Side { book: &book, at: at("2024-05") }, Side { book: &book, at: at("2024-06") });
    assert!(same.is_empty(), "{:#?}", same.items);
}

#[test]
fn a_comparison_is_data_too() {
    let new = "990121,rural,2024-04-01,2024-03-18,600,示例文件〔2024〕2号";
    let old = "990121,rural,2024-04-01,2024-03-18,567,示例文件〔2024〕1号";
    let (found, households) = compared(&with("qingshi/dibao/parameters/dibao_standard.csv", old, new));
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["items"][0]["kind"], "parameter");
    assert_eq!(json["items"][0]["details"][0]["after"]["en"], "600.00 yuan a month");
    assert_eq!(json["reached"][0]["from"], "2024-04");
    assert!(serde_json::to_value(&households).unwrap()["changed"][0]["results"][0]["met"].is_array());
}

#[test]
fn a_change_is_the_difference_that_it_states() {
    let change = "zh = \"提高5%\"\nfrom = \"2024-06-01\"\n[[parameter]]\nid = \"dibao_standard\"\ndivision = \"990121\"\nby = \"105%\"\nrounding = { to = \"1元\", mode = \"up\" }\n";
    let changed = Book::with_change(files(), "change.toml", change).unwrap();
    let (a, day): (Book, Date) = (law(), "2024-06-30".parse().unwrap());
    let at = Some((day.month(), day));
    let found = diff(Side { book: &a, at }, Side { book: &changed, at });
    let values: Vec<String> = found.items.iter().map(|i| i.details[0].after.clone().unwrap().zh).collect();
    assert_eq!(values, ["794.00 元/月", "596.00 元/月"], "756 and 567 by 105 %, to the yuan");
    let earlier = Some(("2024-05".parse::<Month>().unwrap(), day));
    assert!(diff(Side { book: &a, at: earlier }, Side { book: &changed, at: earlier }).is_empty());
}

#[test]
fn what_stands_in_each_others_way_is_told() {
    let all = with(
        "common/rules/groups.toml",
        "outcomes = [\"tekun\", \"ds_living\"]",
        "outcomes = [\"tekun\", \"ds_living\", \"ds_nursing\"]",
    );
    let (found, households) = compared(&all);
    let item = only(&found, Kind::Group, "tekun_or_living_subsidy");
    assert_eq!((item.what, found.items.len()), (What::Changed, 1));
    assert_eq!(item.details[0].after.as_ref().unwrap().zh, "tekun ds_living ds_nursing");
    let reached: Vec<&str> =
        found.reached.iter().flat_map(|r| r.groups.iter().map(|g| g.id.as_str())).collect();
    assert_eq!(reached, ["tekun_or_living_subsidy"]);
    assert!(found.in_substance() && titles(&found).is_empty() && households.changed.is_empty());
    assert!(render_text(&found, &households, Lang::Zh).contains("待遇组"));
}
