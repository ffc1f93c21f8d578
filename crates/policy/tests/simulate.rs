//! A change of the law over a population: what must hold whatever the change and whoever lives there.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::{Batch, Data};
use doudi_policy::golden::parse_goldens;
use doudi_policy::plan::{Entity, Plan};
use doudi_policy::simulate::{Cost, Model, Settings, Simulation, Tally, cliffs, curve, follow_on, simulate};
use doudi_policy::{Book, Date, Lang, Mode, Month, Truth, assess, diag::render_all};
use support::county::county;
use support::{files, plan};

fn changed(change: &str) -> Plan {
    let book = Book::with_change(files(), "change.toml", change)
        .unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::En)));
    let (period, as_of): (Month, Date) = ("2024-06".parse().unwrap(), "2024-06-01".parse().unwrap());
    book.plan(period, as_of).unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::En)))
}

const RAISE: &str = r#"
zh = "标准提高一成"
from = "2024-06-01"
[[parameter]]
id = "dibao_standard"
by = "110%"
"#;

const STRICTER: &str = r#"
zh = "标准降低，财产放宽，加一条例外"
from = "2024-06-01"
[[parameter]]
id = "dibao_standard"
keys = { registered_class = "urban" }
plus = "-60元/月"
[[parameter]]
id = "dibao_vehicles"
rows = [{ division = "990121", value = 1 }]
[[rule]]
id = "counts_as_member"
zh = "计入共同生活家庭成员"
of = "member"
from = "2024-06-01"
source = ["M57#7"]
value = '与户主关系 在 [户主, 配偶, 子女] 或 长期共同居住'
"#;

fn settings<'a>(groups: &'a Plan, threads: usize) -> Settings<'a> {
    Settings { mode: Mode::Find, threads, list: true, level: None, groups }
}

fn run(before: &Plan, after: &Plan, batch: &Batch) -> Simulation {
    simulate(before, after, batch, &settings(&plan(), 2)).unwrap()
}

fn both() -> Vec<(Plan, Plan)> {
    [RAISE, STRICTER].map(|change| (plan(), changed(change))).into()
}

#[test]
fn no_change_reaches_nobody() {
    let batch = county(&plan(), 500, 9);
    let done = run(&plan(), &plan(), &batch);
    assert!(done.programmes.is_empty() && done.changed.is_empty() && done.helped.is_empty());
    assert_eq!(done.untouched.len(), plan().outcomes.len());
}

#[test]
fn a_change_reaches_what_reads_it_and_nothing_else() {
    let batch = county(&plan(), 300, 9);
    let done = run(&plan(), &changed(RAISE), &batch);
    let touched: Vec<&str> = done.programmes.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(touched, ["dibao", "dibao_single", "edge", "tekun"]);
    for id in ["ds_living", "ds_nursing"] {
        assert!(done.untouched.iter().any(|u| u == id), "{id} does not read the standard");
    }
}

/// Sums a month and sums a year are not set side by side.
#[test]
fn an_amount_of_another_unit_is_refused() {
    let yearly = changed(
        r#"
zh = "按年发"
from = "2024-06-01"
[[outcome]]
id = "dibao"
zh = "低保"
of = "household"
from = "2024-06-01"
source = ["M57#8"]
met_when = '共同生活成员人数 >= 1 且 人均月收入低于低保标准 且 财产符合低保规定'
receiving = "in_dibao"
[outcome.amount]
zh = "年保障金"
value = '按年(低保补差额)'
rounding = { to = "1元", mode = "up" }
source = ["M57#23"]
"#,
    );
    let plan = plan();
    let batch = county(&plan, 50, 3);
    let refused = simulate(&plan, &yearly, &batch, &settings(&plan, 1)).unwrap_err().to_string();
    assert!(
        refused.contains("低保") && refused.contains("`dibao`") && refused.contains("单位不同"),
        "{refused}"
    );
}

#[test]
fn there_and_back_are_mirror_images() {
    let batch = county(&plan(), 1_500, 9);
    for (before, after) in both() {
        let (there, back) = (run(&before, &after, &batch), run(&after, &before, &batch));
        for there in &there.programmes {
            let back = back.programmes.iter().find(|p| p.id == there.id).unwrap();
            let mirrored = |a: &Tally, b: &Tally| {
                for x in 0..3 {
                    for y in 0..3 {
                        assert_eq!(a.moves[x][y], b.moves[y][x]);
                        assert_eq!(a.persons[x][y], b.persons[y][x]);
                        assert_eq!(a.receiving[x][y], b.receiving[y][x]);
                        assert_eq!(a.change[x][y], -b.change[y][x]);
                    }
                }
                assert_eq!(
                    (a.before, a.after, a.raised, a.lowered),
                    (b.after, b.before, b.lowered, b.raised)
                );
            };
            mirrored(&there.total, &back.total);
            for (a, b) in there.groups.iter().flatten().zip(back.groups.iter().flatten()) {
                mirrored(a, b);
            }
            for (a, b) in there.shares.iter().flatten().zip(back.shares.iter().flatten()) {
                assert_eq!(a.persons, b.persons);
                assert_eq!((a.met[0], a.unknown[0], a.parts[0]), (b.met[1], b.unknown[1], b.parts[1]));
                assert_eq!((a.met[1], a.unknown[1], a.parts[1]), (b.met[0], b.unknown[0], b.parts[0]));
            }
        }
    }
}

#[test]
fn who_enters_less_who_leaves_is_the_difference_of_totals() {
    let (mut entered, mut left, mut undecided) = (0, 0, 0);
    // With many gaps, and with none but that nobody knows who owes support from outside.
    for gaps in [9, u64::MAX] {
        let batch = county(&plan(), 3_000, gaps);
        for (before, after) in both() {
            for p in run(&before, &after, &batch).programmes {
                let mut tallies = vec![&p.total];
                tallies.extend(p.groups.iter().flatten());
                for t in tallies {
                    let n = |n: u64| i128::from(n);
                    assert_eq!(
                        n(t.entered()) - n(t.left()),
                        n(t.after_as(Truth::True)) - n(t.before_as(Truth::True))
                    );
                    if t.before.open + t.after.open == 0 {
                        let change: i128 = t.change.iter().flatten().sum();
                        assert_eq!(change, t.change_fen(), "{}: the parts are the whole", p.id);
                    }
                }
                entered += p.total.entered();
                left += p.total.left();
                undecided += p.total.before_as(Truth::Unknown);
            }
        }
    }
    assert!(entered > 50 && left > 50 && undecided > 50, "{entered} {left} {undecided}: this shows little");
}

#[test]
fn the_groups_add_up_to_the_whole() {
    let batch = county(&plan(), 3_000, 9);
    for (before, after) in both() {
        let done = run(&before, &after, &batch);
        assert!(done.dimensions.len() >= 3 && done.people.len() >= 4, "places, types, bands; four of people");
        for d in &done.dimensions {
            assert_eq!(d.subjects.iter().sum::<u64>(), done.households);
            assert_eq!(d.persons.iter().sum::<u64>(), done.persons);
        }
        for p in &done.programmes {
            let everybody = if p.of == Entity::Member { done.persons } else { done.households };
            assert_eq!(p.total.all(), everybody);
            for groups in &p.groups {
                let mut sum = Cost::default();
                let (mut moves, mut raised) = ([[0; 3]; 3], 0);
                for tally in groups {
                    for (to, from) in moves.iter_mut().flatten().zip(tally.moves.iter().flatten()) {
                        *to += from;
                    }
                    raised += tally.raised;
                    sum.exact += tally.after.exact;
                    sum.open += tally.after.open;
                    sum.low = sum.low.zip(tally.after.low).map(|(a, b)| a + b);
                    sum.high = sum.high.zip(tally.after.high).map(|(a, b)| a + b);
                }
                assert_eq!((moves, raised, sum), (p.total.moves, p.total.raised, p.total.after), "{}", p.id);
            }
            for shares in &p.shares {
                let people = |side: usize, of: fn(&Tally, Truth) -> [[u64; 3]; 3]| {
                    let table = of(&p.total, Truth::True);
                    (0..3).map(|other| if side == 0 { table[0][other] } else { table[other][0] }).sum::<u64>()
                };
                for side in 0..2 {
                    let met: u64 = shares.iter().map(|s| s.met[side]).sum();
                    assert_eq!(met, people(side, |t, _| t.persons), "{}", p.id);
                    let parts: i128 = shares.iter().map(|s| s.parts[side]).sum();
                    assert_eq!(parts % 720_720, 0, "shares of whole fen add up to whole fen");
                }
                assert_eq!(shares.iter().map(|s| s.persons).sum::<u64>(), done.persons);
            }
        }
    }
}

#[test]
fn the_cost_is_the_sum_of_what_assess_gives() {
    let batch = county(&plan(), 2_000, 9);
    for (before, after) in both() {
        let done = run(&before, &after, &batch);
        for (side, plan) in [(0, &before), (1, &after)] {
            let evaluation = assess(plan, &batch, Mode::Find);
            for p in &done.programmes {
                let o = plan.find_outcome(&p.id).unwrap();
                let mut cost = Cost::default();
                let (mut low_open, mut high_open) = (Some(0_i128), Some(0_i128));
                let mut one = |met: Truth, amount: (Option<i64>, Option<i64>)| match (met, amount) {
                    (Truth::False, _) => {}
                    (Truth::True, (Some(low), Some(high))) if low == high => cost.exact += i128::from(low),
                    (met, (low, high)) => {
                        let least = if met == Truth::True { low } else { low.map(|n| n.min(0)) };
                        if (least, high) == (Some(0), Some(0)) {
                            return;
                        }
                        cost.open += 1;
                        low_open = low_open.zip(least).map(|(sum, n)| sum + i128::from(n));
                        high_open = high_open.zip(high).map(|(sum, n)| sum + i128::from(n));
                    }
                };
                for h in 0..evaluation.households() {
                    if p.of == Entity::Member {
                        for m in evaluation.members_of(h) {
                            one(evaluation.outcome_member(o, m), evaluation.amount_member(o, m));
                        }
                    } else {
                        one(evaluation.outcome(o, h), evaluation.amount(o, h));
                    }
                }
                (cost.low, cost.high) = (low_open, high_open);
                let told = if side == 0 { p.total.before } else { p.total.after };
                assert_eq!(told, cost, "{} on side {side}", p.id);
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let batch = county(&plan(), 20_000, 9);
    let (before, after) = (plan(), changed(RAISE));
    let of = |threads| simulate(&before, &after, &batch, &settings(&before, threads)).unwrap();
    let (one, three) = (of(1), of(3));
    assert_eq!(one.changed, three.changed);
    assert_eq!(one.helped, three.helped);
    assert_eq!(one.dimensions, three.dimensions);
    for (a, b) in one.programmes.iter().zip(&three.programmes) {
        assert_eq!((&a.total, &a.groups, &a.shares), (&b.total, &b.groups, &b.shares));
    }
}

#[test]
fn a_higher_standard_takes_dibao_from_nobody() {
    let batch = county(&plan(), 60_000, 9);
    let done = run(&plan(), &changed(RAISE), &batch);
    let dibao = done.programmes.iter().find(|p| p.id == "dibao").unwrap();
    assert_eq!((dibao.total.left(), dibao.total.lowered), (0, 0));
    assert!(dibao.total.entered() > 0 && dibao.total.raised > 0);
    let edge = done.programmes.iter().find(|p| p.id == "edge").unwrap();
    assert!(edge.total.left() > 0, "some of the edge families become dibao families");
    assert_eq!(edge.total.after, Cost::default(), "a status costs nothing");
}

const FAMILY: &str = "其余: 无, 长期共同居住 是, 能独立生活 是

## 一人户，二级肢体残疾

2024-06 · 青石县 · 城镇

| 成员 | 与户主关系 | 出生日期 | 残疾类别 | 残疾等级 | 工资性收入 |
| --- | --- | --- | --- | --- | --- |
| 甲 | 户主 | 1980-02-11 | 肢体 | 二级 | 900 元/月 |

义务人: 已查清

期望: 低保 不符合
";

/// Below the standard tekun, up to one and a half times the standard the single-person route with the subsidy for
/// disabled people on dibao, nothing beyond: two cliffs, each the sum over programmes that exclude or need each other.
#[test]
fn a_cliff_is_the_sum_of_all_that_one_yuan_costs() {
    let book = support::law();
    let golden = parse_goldens(&book, "family.md", FAMILY).unwrap().remove(0);
    let model = Model { title: golden.title, sheet: golden.sheet };
    let (before, after) = (plan(), changed(RAISE));
    let drawn = curve(&before, &after, &[model], Mode::Decide).unwrap();
    assert_eq!((drawn.fact.id.as_str(), drawn.name.as_deref()), ("wage", Some("甲")));
    let at = |income: i64| {
        let point = drawn.points.iter().find(|p| p.income_fen == income);
        let point = point.unwrap_or_else(|| panic!("{income} was not looked at"));
        [point.before_fen, point.after_fen]
    };
    let cliffs = |side: usize| drawn.cliffs[side].iter().map(|c| (c.at_fen, c.drop_fen)).collect::<Vec<_>>();
    let single = 45_360 + 10_000;
    assert_eq!(
        at(75_600)[0],
        single,
        "60 % of the standard and the subsidy, which needs that dibao is received"
    );
    assert_eq!(at(113_400)[0], 0);
    let tekun = at(75_500)[0];
    assert!(tekun > 98_280, "1.3 times the standard and care: {tekun}");
    assert_eq!(cliffs(0), [(75_500, tekun - single), (113_300, single)]);
    // A tenth more: 831.60, and one and a half times that is 1,247.40.
    let raised = 49_896 + 10_000;
    let rounded = (raised + 9) / 10 * 10;
    assert_eq!(cliffs(1)[1], (124_700, rounded));
    assert_eq!(at(124_800)[1], 0);
}

#[test]
fn a_sample_of_families_is_scanned_and_who_is_open_is_counted_apart() {
    let (before, after) = (plan(), changed(RAISE));
    let mut batch = county(&before, 4_000, u64::MAX);
    batch.obligors.complete = vec![true; batch.households];
    let done = run(&before, &after, &batch);
    let groups = plan();
    let scanned = cliffs(&before, &after, &batch, &done, 40, &settings(&groups, 2));
    assert_eq!(scanned, cliffs(&before, &after, &batch, &done, 40, &settings(&groups, 1)));
    assert_eq!(scanned.families, done.helped.len() as u64);
    assert!(scanned.sample >= 20 && scanned.sample <= 40, "{}", scanned.sample);
    assert_eq!(scanned.total.scanned + scanned.open, scanned.sample);
    assert!(scanned.total.with[0] > 0 && scanned.total.largest_fen[1] >= scanned.total.median_fen[1]);
    assert_eq!(scanned.groups.iter().map(|g| g.scanned).sum::<u64>(), scanned.total.scanned);
    // With many gaps somebody's income is not known.
    let gaps = county(&before, 4_000, 40);
    let done = run(&before, &after, &gaps);
    let scanned = cliffs(&before, &after, &gaps, &done, 40, &settings(&groups, 2));
    assert!(scanned.open > 0 && scanned.open < scanned.sample, "{} of {}", scanned.open, scanned.sample);
    assert_eq!(scanned.total.scanned + scanned.open, scanned.sample);
}

#[test]
fn what_follows_moves_only_once_somebody_receives() {
    let (before, after) = (plan(), changed(RAISE));
    let mut batch = county(&before, 60_000, u64::MAX);
    batch.obligors.complete = vec![true; batch.households];
    let done = run(&before, &after, &batch);
    assert!(done.programmes.iter().all(|p| p.id != "ds_living"), "over the facts on file it does not move");
    let follows = follow_on(&after, &batch, &done, Mode::Find);
    let subsidy = follows.iter().find(|f| f.id == "ds_living").unwrap();
    assert!(subsidy.total.entered() > 0, "disabled people of families that enter dibao");
    for value in match &mut batch.members.columns.get_mut("in_dibao").unwrap().data {
        Data::Bool(values) => values,
        other => panic!("{other:?}"),
    } {
        *value = true;
    }
    let back = run(&after, &before, &batch);
    let follows = follow_on(&before, &batch, &back, Mode::Find);
    let subsidy = follows.iter().find(|f| f.id == "ds_living").unwrap();
    let (left, entered) = (subsidy.total.left(), subsidy.total.entered());
    // Somebody whom the lower standard takes out of tekun may begin to draw it.
    assert!(left > 10 * entered && left > 0, "they lose it on the way back: {left} left, {entered} entered");
}
