#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use super::*;
use crate::column::{Batch, Data};
use crate::eval::build::Build;
use crate::plan::{Entity, Op, Per, Plan, Type};
use crate::template::template;

fn plan() -> Plan {
    let mut build = Build::new();
    build.fact("registered_class", Entity::Household, Type::Enum(0), None, None);
    build.fact("farm_income", Entity::Household, Type::Money(Per::Year), Some(0), None);
    build.fact("wage", Entity::Member, Type::Money(Per::Month), Some(0), None);
    build.fact("birth", Entity::Member, Type::Date, None, None);
    build.fact("vehicles", Entity::Member, Type::Int, Some(0), Some(9));
    build.fact("deceased", Entity::Member, Type::Bool, None, None);
    build.fact("obligor_income", Entity::Obligor, Type::Money(Per::Year), Some(0), None);
    build.plan
}

fn read(json: &str) -> Result<Batch, Vec<SheetProblem>> {
    Batch::from_sheets(&[FactSheet::from_json(json).unwrap()], &plan())
}

const FULL: &str = r#"{"division":"990121103001",
  "household":{"registered_class":"农村","farm_income":"33600"},
  "members":[
    {"name":"甲","birth":"1980-02-11","wage":1500.5,"vehicles":0,"deceased":false},
    {"name":"乙","person":17,"wage":{"value":"1200.00","source":"ss_contribution","as_of":"2024-05-31","grade":"A","line":"ss_contribution@2024-05:12"},"birth":null}],
  "obligors":[{"obligor_income":{"value":9,"state":"disputed"}}]}"#;

#[test]
fn a_sheet_becomes_columns() {
    let batch = read(FULL).unwrap();
    assert_eq!(batch.columns["registered_class"].data, Data::Enum(vec![1]));
    assert_eq!(batch.columns["farm_income"].data, Data::Number(vec![3_360_000]));
    let wage = &batch.members.columns["wage"];
    assert_eq!(wage.data, Data::Number(vec![150_050, 120_000]));
    let birth = &batch.members.columns["birth"].state;
    assert_eq!(birth, &[State::Known, State::Missing]);
    assert_eq!(batch.members.offsets, [0, 2]);
    assert_eq!((batch.members.complete[0], batch.obligors.complete[0]), (true, false));
    assert_eq!(batch.obligors.columns["obligor_income"].state, [State::Disputed]);
}

#[test]
fn a_list_is_whole_where_it_says_so_and_names_a_member() {
    let of = |json: &str| {
        let sheet = FactSheet::from_json(json).unwrap();
        (sheet.lists_all(Entity::Member), sheet.lists_all(Entity::Obligor))
    };
    assert_eq!(of(r#"{"members":[{}]}"#), (true, false));
    assert_eq!(of(r#"{"members":[{}],"members_complete":false,"obligors_complete":true}"#), (false, true));
    assert_eq!(of(r#"{"members":[]}"#), (false, false), "an empty sheet says nothing about who lives there");
}

#[test]
fn a_sheet_survives_the_way_out_and_back() {
    let sheet = FactSheet::from_json(FULL).unwrap();
    let text = serde_json::to_string(&sheet).unwrap();
    assert_eq!(FactSheet::from_json(&text).unwrap(), sheet);
    assert_eq!(sheet.members[1].name.as_deref(), Some("乙"));
    assert_eq!(sheet.members[1].person, Some(17));
    let line = sheet.value("wage", Subject::Member(1)).unwrap().line.as_deref();
    assert_eq!(line, Some("ss_contribution@2024-05:12"));
    let batch = read(FULL).unwrap();
    let back = FactSheet::from_batch(&plan(), &batch, 0);
    let again = Batch::from_sheets(&[back], &plan()).unwrap();
    assert_eq!(again.members.columns["wage"], batch.members.columns["wage"]);
    assert_eq!(again.columns, batch.columns);
}

#[test]
fn each_mistake_says_where_it_is_and_what_to_write() {
    for (json, path, zh, en) in [
        (
            r#"{"division":"99","members":[{"wgae":1}]}"#,
            "members[0].wgae",
            "没有“wgae”这个事实",
            "there is no fact `wgae`",
        ),
        (
            r#"{"division":"99","members":[{"birht":"2001-01-01"}]}"#,
            "members[0].birht",
            "是否指“birth”",
            "did you mean `birth`?",
        ),
        (r#"{"division":"99","members":[{"colour":"red"}]}"#, "members[0].colour", "词汇表", "vocabulary"),
        (r#"{"division":"99","members":[{"wage":1e30}]}"#, "members[0].wage", "数字 1e+30 太大", "too large"),
        (
            r#"{"division":"99","household":{"farm_incom":1}}"#,
            "household.farm_incom",
            "是否指“farm_income”",
            "did you mean `farm_income`?",
        ),
        (
            r#"{"division":"99","household":{"registered_class":"township"}}"#,
            "household.registered_class",
            "urban（城镇）、rural（农村）",
            "urban, rural",
        ),
        (
            r#"{"division":"99","members":[{"wage":1.005}]}"#,
            "members[0].wage",
            "多于两位小数",
            "more than two decimals",
        ),
        (
            r#"{"division":"99","members":[{"wage":-1}]}"#,
            "members[0].wage",
            "小于最小值 0.00",
            "below the least",
        ),
        (
            r#"{"division":"99","household":{"farm_income":"12元/月"}}"#,
            "household.farm_income",
            "应为“元/年”",
            "must be `元/年`",
        ),
        (
            r#"{"division":"99","household":{"wage":1}}"#,
            "household.wage",
            "成员的事实",
            "fact of the members",
        ),
        (
            r#"{"division":"99","members":[{"birth":"2001-02-29"}]}"#,
            "members[0].birth",
            "不是日历上的日期",
            "not a day",
        ),
        (
            r#"{"division":"99","members":[{"deceased":"maybe"}]}"#,
            "members[0].deceased",
            "不是是否值",
            "not a yes or no",
        ),
        (r#"{"members":[]}"#, "division", "缺少行政区划代码", "division code"),
    ] {
        let problems = read(json).unwrap_err();
        let problem = &problems[0];
        assert_eq!(problems.len(), 1, "{json}");
        assert_eq!(problem.path, path);
        assert!(problem.zh.contains(zh), "{}", problem.zh);
        assert!(problem.en.contains(en), "{}", problem.en);
    }
}

#[test]
fn an_old_value_is_stale_by_the_vocabulary() {
    let json = |as_of: &str| {
        format!(r#"{{"division":"99","members":[{{"wage":{{"value":1,"as_of":"{as_of}"}}}}]}}"#)
    };
    // Fresh for three months, known as of 2024-05-31.
    let state = |as_of: &str| read(&json(as_of)).unwrap().members.columns["wage"].state[0];
    assert_eq!(state("2024-02-29"), State::Stale);
    assert_eq!(state("2024-03-01"), State::Known);
}

#[test]
fn a_template_asks_for_what_the_programme_reads_and_can_be_filled_in() {
    let mut build = Build { plan: plan() };
    let wage = build.node(Op::Fact(2), Type::Money(Per::Month), Entity::Member);
    let met = build.node(Op::Known(wage), Type::Bool, Entity::Member);
    build.outcome("aid", Entity::Member, met, None);
    let sheet = template(&build.plan, 0);
    assert_eq!(sheet["members"][0]["wage"], Value::Null);
    assert!(sheet["members"][0].get("birth").is_none());
    assert_eq!(sheet["facts"]["wage"]["unit"], "元/月");
    let mut filled: FactSheet = serde_json::from_value(sheet).unwrap();
    filled.division = "99".parse().ok();
    assert!(Batch::from_sheets(&[filled], &build.plan).is_ok());
}

#[test]
fn what_has_happened_lies_not_after_today() {
    let mut plan = plan();
    plan.facts.iter_mut().filter(|f| f.id == "birth").for_each(|f| f.past = true);
    let of = |birth: &str| {
        let json = format!(r#"{{"division":"990121103001","members":[{{"birth":"{birth}"}}]}}"#);
        Batch::from_sheets(&[FactSheet::from_json(&json).unwrap()], &plan)
    };
    let tomorrow = Date(plan.as_of.0 + 1).to_string();
    let problems = of(&tomorrow).unwrap_err();
    assert_eq!(problems[0].path, "members[0].birth");
    assert!(of(&plan.as_of.to_string()).is_ok());
}

#[test]
fn a_sheet_without_members_does_not_say_that_nobody_lives_there() {
    for members in ["", r#","members":[]"#, r#","members":[],"members_complete":true"#] {
        let batch = read(&format!(r#"{{"division":"990121103001"{members}}}"#)).unwrap();
        assert_eq!(batch.members.complete, [false], "{members}");
    }
}

#[test]
fn a_sheet_holds_one_family_and_no_barracks() {
    let people = |n: usize| vec!["{}"; n].join(",");
    let of = |n: usize| read(&format!(r#"{{"division":"990121103001","members":[{}]}}"#, people(n)));
    assert!(of(60).is_ok());
    assert!(of(61).unwrap_err()[0].zh.contains("60"));
}

#[test]
fn a_name_twice_in_one_place_is_refused_at_any_depth() {
    for twice in [
        r#"{"members":[{"wage":1500,"wage":0}]}"#,
        r#"{"members":[],"members":[]}"#,
        r#"{"household":{"farm_income":{"value":1,"source":"visit","value":2}}}"#,
    ] {
        let problem = FactSheet::from_json(twice).unwrap_err().remove(0);
        assert!(
            problem.zh.contains("写了两次") && problem.en.contains("written twice"),
            "{twice}: {problem}"
        );
    }
    FactSheet::from_json(r#"{"members":[{"wage":1},{"wage":1}]}"#).unwrap();
}

#[test]
fn a_stored_value_that_cannot_be_is_set_aside_as_a_conflict() {
    let text = r#"{"division":"990121103001","household":{"farm_income":"-3"},
        "members":[{"name":"甲","vehicles":{"value":-1,"source":"visit","grade":"D"},"wage":5}]}"#;
    let mut sheet = FactSheet::from_json(text).unwrap();
    assert_eq!(Batch::from_sheets(std::slice::from_ref(&sheet), &plan()).unwrap_err().len(), 2);
    sheet.set_aside(&plan());
    let batch = Batch::from_sheets(std::slice::from_ref(&sheet), &plan()).unwrap();
    assert_eq!(batch.members.columns["vehicles"].state, [State::Conflict]);
    assert_eq!(batch.columns["farm_income"].state, [State::Conflict]);
    assert_eq!(batch.members.columns["wage"].data, Data::Number(vec![500]));
    assert_eq!(sheet.members[0].facts["vehicles"].source.as_deref(), Some("visit"));
}
