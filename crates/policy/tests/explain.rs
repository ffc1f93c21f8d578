//! Explanations over the law in `policies/`, for one family of four.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::Batch;
use doudi_policy::plan::Plan;
use doudi_policy::{Explanation, FactSheet, Lang, Mode, SheetValue, Trace, Truth, explain, result_json};
use serde_json::{Value, json};
use support::plan;

fn member(name: &str, relation: &str, birth: &str) -> Value {
    json!({
        "name": name, "relation": relation, "birth": birth, "co_resident": true, "independent": true,
        "wage": 0, "casual_income": 0, "business_income": 0, "employee_pension": 0, "resident_pension": 0,
        "unemployment_benefit": 0, "support_received": 0, "work_cost": 0, "studying": "none",
        "vehicle_count": 0, "dwelling_count": 0, "shop_count": 0, "registered_capital": 0,
        "medical_self_paid_12m": 0, "rehab_self_paid_12m": 0, "serious_illness": false,
        "disability_grade": "none", "disability_class": "none", "deceased": false,
        "in_tekun": false, "is_orphan": false, "in_dibao": false, "long_term_care": false,
        "work_injury_care": false,
    })
}

fn family() -> FactSheet {
    let mut head = member("石望山", "户主", "1972-03-17");
    head["casual_income"] = json!({"value": "1200", "source": "visit", "as_of": "2024-05-20", "grade": "B"});
    head["dwelling_count"] = json!(1);
    let mut wife = member("柳<月>梅", "配偶", "1975-06-01");
    wife["disability_grade"] = json!("g2");
    wife["disability_class"] = json!("physical");
    wife["long_term_care"] = json!(true);
    let mut son = member("石小满", "子女", "2005-09-01");
    son["studying"] = json!("bachelor");
    let mut mother = member("云秀英", "父母", "1946-01-20");
    mother["resident_pension"] =
        json!({"value": 185, "source": "ss_pension", "as_of": "2024-05-31", "grade": "A"});
    serde_json::from_value(json!({
        "division": "990121103001",
        "household": {"registered_class": "农村", "farm_income": 4200, "land_and_rent_income": 0, "financial_assets": 8000},
        "members": [head, wife, son, mother],
    }))
    .unwrap()
}

fn told(plan: &Plan, sheet: &FactSheet, programme: &str, member: Option<usize>) -> Explanation {
    let batch = Batch::from_sheets(std::slice::from_ref(sheet), plan).unwrap();
    let trace = Trace::of(plan, &batch, 0, Mode::Decide);
    explain(&trace, Some(sheet), plan.find_outcome(programme).unwrap(), member)
}

fn zh_lines(e: &Explanation) -> impl Iterator<Item = String> {
    e.render_text(Lang::Zh).lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

#[test]
fn a_met_result_tells_the_amount_the_steps_and_their_sources() {
    let plan = plan();
    let e = told(&plan, &family(), "dibao", None);
    assert_eq!(e.outcome, Truth::True);
    // 1200 + (185 − 103) + 4200 ÷ 12 = 1632 for four; 4 × (567 − 408) = 636.
    assert_eq!(e.amount, (Some(63_600), Some(63_600)));
    let zh = e.render_text(Lang::Zh);
    for line in [
        "低保  符合   每月 636.00 元（其中有按规定取的值）",
        "人均月收入 408.00 元 低于当地低保标准 567.00 元",
        "1200.00 + 82.00 + 4200.00 ÷ 12",
        "石望山 零工收入 1200.00 元/月",
        "visit 2024-05-20 (B)",
        "低保标准 567.00 元/月",
        "demo/qingshi 2024-04-01",
        "最近的变化",
    ] {
        assert!(zh.contains(line), "no “{line}” in\n{zh}");
    }
    assert!(!zh.contains("职工养老金"), "a zero is told:\n{zh}");
    let en = e.render_text(Lang::En);
    assert!(en.contains("636.00 yuan a month") && en.contains("Nearest change"), "{en}");
    assert!(e.articles.iter().any(|a| a == "DB-40"), "{:?}", e.articles);
    assert!(e.open_facts.is_empty(), "{:?}", e.open_facts);
    // Nobody said whether somebody is in prison: the law says what is taken meanwhile, once for all four.
    let prison = "正在服刑：取 否（石望山、柳<月>梅、石小满、云秀英）";
    assert!(zh_lines(&e).any(|line| line.trim_start().starts_with(prison) && line.contains("DB-36")));
    // What decides a result that is met is the condition nearest to turning.
    assert_eq!(e.deciding.as_ref().unwrap().zh, "人均月收入 408.00 元 低于当地低保标准 567.00 元");
    let contested = e.parameters.iter().filter(|p| p.contested);
    assert!(contested.count() > 0 && zh.contains("政策待确认"));
}

#[test]
fn the_nearest_change_is_where_the_result_turns() {
    let plan = plan();
    let sheet = family();
    let nearest = told(&plan, &sheet, "dibao", None).nearest.unwrap();
    assert_eq!(nearest.outcome, Truth::False);
    let with = |fen: i64| {
        let mut sheet = sheet.clone();
        let value = SheetValue::of(doudi_policy::Fen(fen).to_string());
        match nearest.subject {
            doudi_policy::Subject::Member(at) => {
                sheet.members[at as usize].facts.insert(nearest.fact.clone(), value);
            }
            _ => {
                sheet.household.insert(nearest.fact.clone(), value);
            }
        }
        told(&plan, &sheet, "dibao", None).outcome
    };
    let before = if nearest.to > nearest.from { nearest.to - 1 } else { nearest.to + 1 };
    assert_eq!((with(before), with(nearest.to)), (Truth::True, Truth::False), "{nearest:?}");
}

#[test]
fn a_result_that_is_not_met_names_the_clause_and_the_record() {
    let plan = plan();
    let mut sheet = family();
    sheet.members[0].facts.insert("vehicle_count".into(), SheetValue::of(1));
    let e = told(&plan, &sheet, "dibao", None);
    assert_eq!(e.outcome, Truth::False);
    assert_eq!(e.reasons.len(), 1);
    assert!(e.reasons[0].zh.contains("财产超出"), "{:?}", e.reasons);
    let zh = e.render_text(Lang::Zh);
    assert!(zh.contains("关键在于: 家庭机动车数量 1 多于 低保机动车限数 0"), "{zh}");
    assert!(zh.contains("如果登记有误，请更正: 石望山 机动车数量 1\n"), "{zh}");
    assert!(!zh.contains("金额"), "an amount is told for nothing:\n{zh}");
}

#[test]
fn an_unknown_result_names_what_to_ask() {
    let plan = plan();
    let mut sheet = family();
    sheet.members[0].facts.insert("wage".into(), SheetValue::default());
    let e = told(&plan, &sheet, "dibao", None);
    assert_eq!(e.outcome, Truth::Unknown);
    assert_eq!(e.open_facts[0].fact, "wage");
    assert!(e.open_facts[0].alone && e.nearest.is_none());
    let zh = e.render_text(Lang::Zh);
    assert!(zh.contains("还需查明: 石望山.工资性收入（缺失）"), "{zh}");
    let json = e.to_json();
    assert_eq!(json["outcome"], "unknown");
    assert_eq!(json["amount_fen"], Value::Null);
    assert_eq!(json["open_facts"][0]["subject"]["index"], 0);
}

#[test]
fn pages_escape_what_people_wrote_and_close_what_they_open() {
    let plan = plan();
    for (programme, member) in [("dibao", None), ("ds_nursing", Some(1))] {
        for lang in [Lang::Zh, Lang::En] {
            let html = told(&plan, &family(), programme, member).render_html(lang);
            assert!(!html.contains("<月>"), "{html}");
            assert!(html.contains("柳&lt;月&gt;梅"), "{html}");
            let mut open: Vec<&str> = Vec::new();
            for tag in html.split('<').skip(1).map(|t| t.split('>').next().unwrap()) {
                if let Some(name) = tag.strip_prefix('/') {
                    assert_eq!(open.pop(), Some(name), "{html}");
                } else if !tag.ends_with('/') {
                    open.push(tag.split(' ').next().unwrap());
                }
            }
            assert!(open.is_empty(), "{open:?}");
        }
    }
}

#[test]
fn the_stable_keys_are_there_for_every_programme() {
    let plan = plan();
    let sheet = family();
    let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
    let results = result_json(&Trace::of(&plan, &batch, 0, Mode::Decide), Some(&sheet));
    let results = results.as_array().unwrap();
    assert_eq!(results.len(), plan.outcomes.len());
    for result in results {
        for key in ["programme", "outcome", "amount_fen", "unit", "period", "reasons", "open_facts", "trace"]
        {
            assert!(result.get(key).is_some(), "{key} of {result}");
        }
    }
    let dibao = results.iter().find(|r| r["programme"] == "dibao").unwrap();
    assert_eq!((&dibao["amount_fen"], &dibao["unit"]), (&json!(63_600), &json!("元/月")));
    assert_eq!(dibao["period"], "2024-06");
    let nursing = results.iter().find(|r| r["programme"] == "ds_nursing").unwrap();
    assert_eq!(nursing["members"].as_array().unwrap().len(), 4);
    assert_eq!(nursing["members"][1]["name"], "柳<月>梅");
    assert_eq!(nursing["members"][1]["outcome"], "met");
}

/// A sheet that somebody wrote describes one family.
#[test]
fn a_sheet_with_two_heads_two_spouses_or_no_head_is_refused() {
    let plan = plan();
    let checked = |relations: &[(&str, bool)]| {
        let members: Vec<Value> = relations
            .iter()
            .map(|(relation, dead)| json!({"relation": relation, "deceased": dead}))
            .collect();
        let sheet: FactSheet =
            serde_json::from_value(json!({"division": "990121103001", "members": members})).unwrap();
        sheet.check_family(&plan).err().unwrap_or_default()
    };
    assert!(checked(&[("户主", false), ("配偶", false), ("子女", false), ("子女", false)]).is_empty());
    let heads = checked(&[("户主", false), ("head", false)]);
    assert_eq!(heads[0].path, "members[1].relation");
    assert!(heads[0].zh.contains("户主只能有一个") && heads[0].en.contains("one head"), "{heads:?}");
    assert_eq!(checked(&[("户主", false), ("配偶", false), ("配偶", false), ("spouse", false)]).len(), 2);
    let headless = checked(&[("子女", false), ("孙子女", false)]);
    assert!(headless[0].zh.contains("年龄最大") && headless[0].en.contains("eldest"), "{headless:?}");
    assert!(
        checked(&[("户主", false), ("配偶", true), ("配偶", false)]).is_empty(),
        "a widower married again"
    );
    assert!(checked(&[("户主", true), ("子女", false)]).is_empty(), "the head has died");
    assert!(checked(&[("未知", false), ("子女", false)]).is_empty(), "who is the head is not known yet");
}

/// A negation reads as a person would say it, and what was found is told of the thing itself.
#[test]
fn what_must_not_be_is_said_in_the_words_of_the_rule() {
    let plan = plan();
    let e = told(&plan, &family(), "ds_nursing", Some(1));
    let texts: Vec<&str> = e.conditions.iter().map(|c| c.text.zh.as_str()).collect();
    assert!(texts.contains(&"本人在世，没有服刑或户口迁出的情形"), "{texts:?}");
    for lang in [Lang::Zh, Lang::En] {
        let text = e.render_text(lang);
        assert!(!text.contains("非 ") && !text.contains("not: "), "{text}");
    }
    assert!(e.render_text(Lang::En).contains("the person is alive"), "{}", e.render_text(Lang::En));
}
