//! What is not known: it never flips a result, every undecided result names what would decide it, the fewest first, and
//! why it is not known stays apart. A cited default is the only other way out, and is named.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::{Batch, Column, State};
use doudi_policy::eval::{Change, NewValue, vary};
use doudi_policy::explain::letter;
use doudi_policy::golden::Golden;
use doudi_policy::plan::{Entity, FactDecl, NodeId, Op, Plan, Type};
use doudi_policy::{
    Evaluation, Explanation, FactSheet, Lang, Mode, SheetValue, Subject, Trace, Truth, assess, explain,
};
use serde_json::json;
use support::households::Households;
use support::plan;

/// Whether an outcome rests on a form that leaves the unknown: `known(x)` or a default.
fn leaves_the_unknown(plan: &Plan, o: usize) -> bool {
    let outcome = &plan.outcomes[o];
    let mut open: Vec<NodeId> = outcome.amount.into_iter().chain([outcome.met]).collect();
    let mut seen = vec![false; plan.nodes.len()];
    while let Some(id) = open.pop() {
        let at = id.0 as usize;
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        match &plan.nodes[at].op {
            Op::Known(_) | Op::OrElse(..) => return true,
            op => open.extend(op.operands()),
        }
    }
    false
}

/// Everything that a batch of one household knows.
fn known_facts<'p>(plan: &'p Plan, batch: &Batch) -> Vec<(&'p FactDecl, Subject)> {
    let of = |fact: &FactDecl| -> Option<Column> {
        match fact.of {
            Entity::Member => batch.members.columns.get(&fact.id).cloned(),
            Entity::Obligor => batch.obligors.columns.get(&fact.id).cloned(),
            _ => batch.columns.get(&fact.id).cloned(),
        }
    };
    let mut found = Vec::new();
    for fact in &plan.facts {
        let Some(column) = of(fact) else { continue };
        for (row, state) in column.state.iter().enumerate() {
            let at = u32::try_from(row).unwrap();
            let subject = match fact.of {
                Entity::Member => Subject::Member(at),
                Entity::Obligor => Subject::Obligor(at),
                _ => Subject::Household,
            };
            if *state == State::Known {
                found.push((fact, subject));
            }
        }
    }
    found
}

/// A result: truth and amount of an outcome for the household or a member, in copy `h`.
type Came = (Truth, (Option<i64>, Option<i64>));

fn came(plan: &Plan, all: &Evaluation, o: usize, h: usize, members: usize, member: usize) -> Came {
    match plan.is_member_outcome(o) {
        true => (all.outcome_member(o, h * members + member), all.amount_member(o, h * members + member)),
        false => (all.outcome(o, h), all.amount(o, h)),
    }
}

fn subjects(plan: &Plan, o: usize, members: usize) -> usize {
    if plan.is_member_outcome(o) { members } else { 1 }
}

/// Whether what is possible after something was withheld still holds what came out before.
fn holds((truth, amount): Came, (wide, wide_amount): Came) -> bool {
    let truth_holds = wide == truth || wide == Truth::Unknown;
    // Of what is surely not met the amount says nothing.
    if !truth_holds || wide == Truth::False {
        return truth_holds;
    }
    let low = wide_amount.0.is_none_or(|w| amount.0.is_some_and(|a| w <= a));
    let high = wide_amount.1.is_none_or(|w| amount.1.is_some_and(|a| w >= a));
    truth_holds && low && high
}

/// One household with each known fact withheld in turn: what came out is still possible; where it is not, a cited
/// default stood in, and the explanation names it.
fn withhold(golden: &Golden, plan: &Plan) -> (usize, usize) {
    let batch = Batch::from_sheets(std::slice::from_ref(&golden.sheet), plan).unwrap();
    let members = golden.sheet.members.len();
    let whole = assess(plan, &batch, golden.mode);
    let facts = known_facts(plan, &batch);
    let variants: Vec<Vec<Change<'_>>> = facts
        .iter()
        .map(|(fact, subject)| vec![Change { fact, subject: *subject, value: NewValue::Unknown }])
        .collect();
    let copies = vary(&batch, 0, &variants);
    let wide = assess(plan, &copies, golden.mode);
    let (mut compared, mut by_default) = (0, 0);
    for o in 0..plan.outcomes.len() {
        let strict = !leaves_the_unknown(plan, o);
        for member in 0..subjects(plan, o, members) {
            let before = came(plan, &whole, o, 0, members, member);
            for (copy, (fact, subject)) in facts.iter().enumerate() {
                compared += 1;
                let after = came(plan, &wide, o, copy, members, member);
                if holds(before, after) {
                    continue;
                }
                let at = format!("{}: {} without {} {subject:?}", golden.title, plan.outcomes[o].id, fact.id);
                assert!(!strict, "{at}: {before:?} became {after:?}");
                let trace = Trace::of(plan, &copies, copy, golden.mode);
                let e = explain(&trace, None, o, Some(member));
                assert!(!e.defaults.is_empty(), "{at}: {before:?} became {after:?}, and no default is named");
                assert!(e.defaults.iter().all(|d| !d.source.is_empty()), "{at}: {:?}", e.defaults);
                by_default += 1;
            }
        }
    }
    (compared, by_default)
}

#[test]
fn what_is_withheld_never_flips_a_result_but_for_a_default_that_is_named() {
    let all = Households::read();
    let counts = all.each(withhold);
    let compared: usize = counts.iter().map(|(compared, _)| compared).sum();
    let by_default: usize = counts.iter().map(|(_, by_default)| by_default).sum();
    println!("{compared} results with a fact withheld, {by_default} of them by a default");
    assert!(compared > 20_000 && by_default > 0, "{compared}, {by_default}");
}

/// Values at which the rules of the law turn.
fn values(plan: &Plan, fact: &FactDecl) -> Vec<NewValue> {
    let least = fact.min.unwrap_or(0);
    let end = plan.period.last_day();
    match fact.ty {
        Type::Bool => vec![NewValue::Bool(true), NewValue::Bool(false)],
        Type::Enum(at) => (0..plan.enums[usize::from(at)].values.len())
            .map(|v| NewValue::Enum(u8::try_from(v).unwrap()))
            .collect(),
        Type::Date => (0..=110).map(|y| NewValue::Number(i64::from(end.plus_months(-12 * y).0))).collect(),
        Type::Month => (0..=240).map(|m| NewValue::Number(i64::from(plan.period.0) - m)).collect(),
        Type::Int => {
            vec![least, least + 1, fact.max.unwrap_or(1_000)].into_iter().map(NewValue::Number).collect()
        }
        _ => vec![least, fact.max.unwrap_or(10_000_000_000_000)].into_iter().map(NewValue::Number).collect(),
    }
}

/// Whether some values of the facts of a way decide the result.
fn decides(
    plan: &Plan,
    batch: &Batch,
    mode: Mode,
    e: &Explanation,
    o: usize,
    member: usize,
    way: &[usize],
) -> bool {
    let mut variants: Vec<Vec<Change<'_>>> = vec![Vec::new()];
    let mut complete = Vec::new();
    for at in way {
        let open = &e.open_facts[*at];
        match plan.facts.iter().find(|f| f.id == open.fact) {
            Some(fact) => {
                let mut longer = Vec::new();
                for rest in &variants {
                    for value in values(plan, fact) {
                        let mut one = rest.clone();
                        one.push(Change { fact, subject: open.subject, value });
                        longer.push(one);
                    }
                }
                variants = longer;
            }
            None => complete.push(open.fact.clone()),
        }
    }
    let mut copies = vary(batch, 0, &variants);
    for list in complete {
        let list = if list == "members" { &mut copies.members } else { &mut copies.obligors };
        list.complete.iter_mut().for_each(|one| *one = true);
    }
    let all = assess(plan, &copies, mode);
    (0..copies.households).any(|copy| {
        let (truth, (lo, hi)) = came(plan, &all, o, copy, e.members.len(), member);
        truth != Truth::Unknown && (e.outcome == Truth::Unknown || lo == hi)
    })
}

#[test]
fn the_smallest_sets_of_open_facts_can_decide_and_no_smaller_one_is_passed_over() {
    let all = Households::read();
    let counts = all.each(|golden, plan| {
        let batch = Batch::from_sheets(std::slice::from_ref(&golden.sheet), plan).unwrap();
        let trace = Trace::of(plan, &batch, 0, golden.mode);
        let mut tried = [0; 3];
        for o in 0..plan.outcomes.len() {
            for member in 0..subjects(plan, o, golden.sheet.members.len()) {
                let e = explain(&trace, Some(&golden.sheet), o, Some(member));
                // Where a standard is missing or the law contradicts itself, no fact need decide.
                if !e.gaps.is_empty() || !e.unsettled.is_empty() {
                    continue;
                }
                let decides = |way: &[usize]| decides(plan, &batch, golden.mode, &e, o, member, way);
                let at = || format!("{}: {} {member} {:?}", golden.title, e.programme, e.open_facts);
                for way in e.ways.iter().filter(|way| way.len() <= 2) {
                    assert!(decides(way), "{}: {way:?} does not decide", at());
                    tried[way.len() - 1] += 1;
                }
                // Where a set of several is named, none of its members is enough.
                if e.ways.first().is_some_and(|way| way.len() > 1) {
                    tried[2] += 1;
                    let single = (0..e.open_facts.len().min(12)).find(|one| decides(&[*one]));
                    assert!(single.is_none(), "{}: {single:?} alone decides", at());
                }
            }
        }
        tried
    });
    let sum = |at: usize| counts.iter().map(|c: &[usize; 3]| c[at]).sum::<usize>();
    println!("{} single facts, {} pairs, {} results that take several", sum(0), sum(1), sum(2));
    assert!(sum(0) > 50 && sum(2) > 0);
}

fn sheet(wages: &[serde_json::Value]) -> FactSheet {
    let member = |(at, wage): (usize, &serde_json::Value)| {
        json!({
            "name": format!("{}号", at + 1), "relation": if at == 0 { "户主" } else { "子女" },
            "birth": "1990-01-01", "co_resident": true, "independent": false, "studying": "bachelor", "wage": wage,
            "casual_income": 0, "business_income": 0, "employee_pension": 0, "resident_pension": 0,
            "unemployment_benefit": 0, "support_received": 0, "work_cost": 0, "disability_grade": "none",
            "disability_class": "none", "deceased": false, "in_tekun": false, "is_orphan": false,
            "medical_self_paid_12m": 0, "rehab_self_paid_12m": 0, "serious_illness": false, "vehicle_count": 0,
            "dwelling_count": 0, "shop_count": 0, "registered_capital": 0,
        })
    };
    serde_json::from_value(json!({
        "division": "990121103001",
        "household": {"registered_class": "农村", "farm_income": 0, "land_and_rent_income": 0, "financial_assets": 0},
        "members": wages.iter().enumerate().map(member).collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn told(plan: &Plan, sheet: &FactSheet, mode: Mode) -> Explanation {
    let batch = Batch::from_sheets(std::slice::from_ref(sheet), plan).unwrap();
    let trace = Trace::of(plan, &batch, 0, mode);
    explain(&trace, Some(sheet), plan.find_outcome("dibao").unwrap(), None)
}

#[test]
fn missing_stale_disputed_contradictory_and_unauthorised_stay_apart() {
    let plan = plan();
    let sheet = sheet(&[
        serde_json::Value::Null,
        json!({"value": 100, "source": "ss_contribution", "as_of": "2023-01-31", "grade": "A"}),
        json!({"value": 100, "source": "visit", "as_of": "2024-05-20", "state": "disputed"}),
        json!({"value": null, "source": "visit", "state": "conflict"}),
        json!({"value": null, "source": "bank_assets", "state": "out_of_reach"}),
    ]);
    let e = told(&plan, &sheet, Mode::Decide);
    assert_eq!(e.outcome, Truth::Unknown);
    let wages = e.open_facts.iter().zip(&e.questions).filter(|(f, _)| f.fact == "wage");
    let states: Vec<State> = wages.map(|(_, q)| q.state).collect();
    for state in [State::Missing, State::Stale, State::Disputed, State::Conflict, State::OutOfReach] {
        assert_eq!(states.iter().filter(|s| **s == state).count(), 1, "{state:?} in {states:?}");
    }
    let (zh, en) = (e.render_text(Lang::Zh), e.render_text(Lang::En));
    for (text, words) in [
        (
            &zh,
            [
                "1号.工资性收入（缺失）",
                "2号.工资性收入（过期，ss_contribution 2023-01-31）",
                "3号.工资性收入（有争议，visit 2024-05-20）",
                "4号.工资性收入（来源矛盾，visit）",
                "5号.工资性收入（未授权，bank_assets）",
            ],
        ),
        (
            &en,
            [
                "1号.wage income (missing)",
                "2号.wage income (out of date, ss_contribution 2023-01-31)",
                "3号.wage income (disputed, visit 2024-05-20)",
                "4号.wage income (sources differ, visit)",
                "5号.wage income (not authorised, bank_assets)",
            ],
        ),
    ] {
        for word in words {
            assert!(text.contains(word), "no “{word}” in\n{text}");
        }
    }
    let json = e.to_json();
    let stale = json["open_facts"].as_array().unwrap().iter().find(|f| f["state"] == "stale").unwrap();
    assert_eq!((&stale["source"], &stale["as_of"]), (&json!("ss_contribution"), &json!("2023-01-31")));
    assert!(stale["from"].as_array().unwrap().contains(&json!("declaration")));
    // A sheet may name its facts by their labels: where they come from is not lost.
    let mut labelled = sheet.clone();
    let old = labelled.members[1].facts.remove("wage").unwrap();
    labelled.members[1].facts.insert("工资性收入".into(), old);
    assert_eq!(told(&plan, &labelled, Mode::Decide).questions, e.questions);
}

/// Old data may speak for a family and not against it: it stands, marked, where people are looked for, and is unknown
/// where something is decided.
#[test]
fn a_stale_fact_stands_marked_in_finding_and_is_unknown_in_deciding() {
    let plan = plan();
    let old = |wage: i64| sheet(&[json!({"value": wage, "source": "visit", "as_of": "2023-01-31"})]);
    for (wage, found) in [(100, Truth::True), (9_000, Truth::False)] {
        let e = told(&plan, &old(wage), Mode::Find);
        assert_eq!(e.outcome, found, "{:?}", e.open_facts);
        let wage = e.inputs.iter().find(|i| i.fact == "wage").unwrap();
        assert_eq!(wage.state, State::Stale);
        assert!(e.render_text(Lang::Zh).contains("visit 2023-01-31 过期"), "{}", e.render_text(Lang::Zh));
        assert!(e.render_html(Lang::En).contains("out of date"));
    }
    for mode in [Mode::Decide, Mode::Adverse] {
        for wage in [100, 9_000] {
            let e = told(&plan, &old(wage), mode);
            assert_eq!(e.outcome, Truth::Unknown, "{mode:?}");
            let wage = e.open_facts.iter().position(|f| f.fact == "wage").unwrap();
            assert_eq!(e.questions[wage].state, State::Stale);
        }
    }
    // Fresh or without a day, it stands.
    for mode in [Mode::Find, Mode::Decide] {
        assert_eq!(told(&plan, &sheet(&[json!(100)]), mode).outcome, Truth::True);
    }
}

/// Bounds decide what they can: wages are never below zero, so that a sum above the standard needs no other.
#[test]
fn bounds_decide_what_can_be_decided() {
    let plan = plan();
    let e = told(&plan, &sheet(&[json!(9_000), serde_json::Value::Null]), Mode::Decide);
    assert_eq!(e.outcome, Truth::False);
    assert!(e.open_facts.is_empty() && e.questions.is_empty() && e.ways.is_empty());
    let e = told(&plan, &sheet(&[json!(100), serde_json::Value::Null]), Mode::Decide);
    assert_eq!(e.outcome, Truth::Unknown);
    assert_eq!(e.ways, [vec![0]]);
}

/// A result that rests on a default says so beside the amount, to the clerk, in JSON and to the family.
#[test]
fn a_default_that_a_result_rests_on_is_named_beside_the_amount() {
    let all = Households::read();
    let golden = all.goldens.iter().find(|g| g.title.starts_with("E9 ")).unwrap();
    let plan = all.plan(golden);
    let mut sheet = golden.sheet.clone();
    for id in ["in_prison", "declared_missing"] {
        let fact = plan.facts.iter().find(|f| f.id == id).unwrap_or_else(|| panic!("no {id}"));
        sheet.members[0].facts.remove(&fact.id);
        sheet.members[0].facts.insert(fact.id.clone(), SheetValue::default());
    }
    let batch = Batch::from_sheets(std::slice::from_ref(&sheet), plan).unwrap();
    let trace = Trace::of(plan, &batch, 0, golden.mode);
    let o = plan.find_outcome("tekun").unwrap();
    let e = explain(&trace, Some(&sheet), o, Some(0));
    assert_eq!(e.outcome, Truth::True, "{}", e.render_text(Lang::Zh));
    let labels: Vec<&str> = e.defaults.iter().map(|d| d.label.zh.as_str()).collect();
    assert!(labels.contains(&"正在服刑"), "{labels:?}");
    assert!(e.defaults.iter().all(|d| d.value.zh == "否" && !d.source.is_empty()), "{:?}", e.defaults);
    let zh = e.render_text(Lang::Zh);
    assert!(zh.lines().next().unwrap().contains("（其中有按规定取的值）"), "{zh}");
    assert!(zh.contains("正在服刑：取 否"), "{zh}");
    assert!(
        e.render_text(Lang::En).lines().next().unwrap().contains("rests on values taken as articles say")
    );
    assert!(e.render_html(Lang::Zh).contains("其中有按规定取的值"));
    assert_eq!(e.to_json()["defaults"].as_array().unwrap().len(), e.defaults.len());
    let family = letter(&trace, Some(&sheet), (o, Some(0)), None, &all.book, None);
    let told = family.render_text(Lang::Zh);
    assert!(
        told.contains("先这样算的") && told.contains("按规定先当作“否”") && told.contains("正在服刑"),
        "{told}"
    );
    // Against the family nothing is taken for granted: it is asked.
    let against = explain(&Trace::of(plan, &batch, 0, Mode::Adverse), Some(&sheet), o, Some(0));
    assert_eq!(against.outcome, Truth::Unknown);
    assert!(against.defaults.is_empty() && against.open_facts.iter().any(|f| f.fact == "in_prison"));
    // With the facts known nothing is taken for granted.
    let batch = Batch::from_sheets(std::slice::from_ref(&golden.sheet), plan).unwrap();
    let trace = Trace::of(plan, &batch, 0, golden.mode);
    let e = explain(&trace, Some(&golden.sheet), o, Some(0));
    assert!(!e.defaults.iter().any(|d| d.label.zh == "正在服刑"), "{:?}", e.defaults);
}

/// Two of three have to be in care: no answer alone decides, any two can.
#[test]
fn where_no_fact_alone_decides_the_pairs_that_can_are_named() {
    let outcome = r#"
[[outcome]]
id = "aid"
zh = "补助"
of = "household"
from = "2021-01-01"
source = ["A-1"]
met_when = '成员.计数(m, m.在机构供养) >= 2'
"#;
    let (_, plan) = support::small::planned("", &[("cn/t/rules/outcome.toml", outcome)]).unwrap();
    let people: Vec<_> = ["甲", "乙", "丙"].iter().map(|name| json!({"name": name})).collect();
    let sheet: FactSheet =
        serde_json::from_value(json!({"division": "990121", "household": {}, "members": people})).unwrap();
    let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
    let e = explain(&Trace::of(&plan, &batch, 0, Mode::Decide), Some(&sheet), 0, None);
    assert_eq!(e.outcome, Truth::Unknown);
    assert!(e.open_facts.iter().all(|f| f.fact == "in_care" && !f.alone), "{:?}", e.open_facts);
    assert_eq!(e.ways, [vec![0, 1], vec![0, 2], vec![1, 2]]);
    let zh = e.render_text(Lang::Zh);
    assert!(zh.contains("查明其中一组就可能确定：甲.在机构供养＋乙.在机构供养"), "{zh}");
    assert!(e.render_text(Lang::En).contains("one of these pairs may settle it: 甲.in care + 乙.in care"));
}
