//! What a family is told: plainly, in the second person, and nothing of people whom it may not see.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::Batch;
use doudi_policy::explain::{Letter, letter};
use doudi_policy::{Book, FactSheet, Lang, Mode, SheetValue, Trace, Truth};
use serde_json::{Value, json};

fn member(name: &str, relation: &str, birth: &str) -> Value {
    json!({
        "name": name, "relation": relation, "birth": birth, "co_resident": true, "independent": true, "wage": 0,
        "casual_income": 0, "business_income": 0, "employee_pension": 0, "resident_pension": 0,
        "unemployment_benefit": 0, "support_received": 0, "work_cost": 0, "studying": "none", "vehicle_count": 0,
        "dwelling_count": 0, "shop_count": 0, "registered_capital": 0, "medical_self_paid_12m": 0,
        "rehab_self_paid_12m": 0, "serious_illness": false, "disability_grade": "none",
        "disability_class": "none", "deceased": false, "in_tekun": false, "is_orphan": false, "in_dibao": false,
        "long_term_care": false, "work_injury_care": false,
    })
}

/// A mother of seventy and her daughter; a son lives elsewhere and earns well.
fn family() -> FactSheet {
    let mut mother = member("云秀英", "户主", "1950-01-20");
    mother["resident_pension"] = json!({"value": 185, "source": "ss_pension", "as_of": "2024-05-31"});
    let mut daughter = member("云小雨", "子女", "2006-09-01");
    daughter["studying"] = json!("bachelor");
    daughter["casual_income"] = json!(321);
    daughter["disability_grade"] = json!("g2");
    daughter["disability_class"] = json!("mental");
    daughter["long_term_care"] = json!(true);
    serde_json::from_value(json!({
        "division": "990121103001",
        "household": {"registered_class": "农村", "farm_income": 0, "land_and_rent_income": 0, "financial_assets": 8000},
        "members": [mother, daughter],
        "obligors": [{
            "name": "石破天惊", "obligor_birth": "1979-03-03", "obligor_income": 77777, "obligor_status": "none",
            "obligor_disability_class": "none", "obligor_disability_grade": "none",
        }],
        "obligors_complete": true,
    }))
    .unwrap()
}

fn to_family(book: &Book, sheet: &FactSheet, programme: &str, member: Option<usize>) -> Letter {
    let plan = support::plan();
    let batch = Batch::from_sheets(std::slice::from_ref(sheet), &plan).unwrap();
    let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
    let o = plan.find_outcome(programme).unwrap();
    letter(&trace, Some(sheet), (o, member), Some("青石县石桥镇"), book, Some("石桥镇民政办，电话 12349"))
}

fn whole(letter: &Letter) -> String {
    let texts = [Lang::Zh, Lang::En].map(|lang| letter.render_text(lang) + &letter.render_html(lang));
    texts.concat() + &letter.to_json().to_string()
}

#[test]
fn the_family_is_told_plainly_what_counts_what_decides_and_what_to_do() {
    let book = support::law();
    let told = to_family(&book, &family(), "dibao", None);
    assert_eq!(told.outcome, Truth::True, "{}", told.render_text(Lang::Zh));
    let zh = told.render_text(Lang::Zh);
    for line in [
        "按现在知道的情况，您家符合低保的条件。",
        "云小雨的零工收入：321.00 元/月",
        "低保标准：567.00 元/月",
        "共同生活成员人数：2",
        "低于当地低保标准 567.00 元",
        "这是按规则试算的，不是决定",
        "不由机器决定",
        "决定书上写着在多少天里向谁申请复议",
        "请找：石桥镇民政办，电话 12349。",
        "《最低生活保障审核确认办法》（民发〔2021〕57号）第",
    ] {
        assert!(zh.contains(line), "no “{line}” in\n{zh}");
    }
    assert!(zh.lines().count() < 50, "{zh}");
    let en = told.render_text(Lang::En);
    for line in ["your family meets the conditions", "not a decision", "apply for a review", "articles"] {
        assert!(en.contains(line), "no “{line}” in\n{en}");
    }
    // Codes of articles and divisions stand nowhere in what is said.
    for code in ["DB-", "M57#", "990121"] {
        assert!(!zh.contains(code) && !en.contains(code), "{code} in\n{zh}\n{en}");
    }
}

#[test]
fn nothing_of_relatives_outside_the_home_is_told() {
    let book = support::law();
    let sheet = family();
    for (programme, member) in [("dibao", None), ("tekun", Some(0)), ("tekun", Some(1))] {
        let told = whole(&to_family(&book, &sheet, programme, member));
        for secret in ["石破天惊", "77777", "1979", "77,777"] {
            assert!(!told.contains(secret), "{programme} {member:?}: {secret} in\n{told}");
        }
    }
    let told = to_family(&book, &sheet, "tekun", Some(0)).render_text(Lang::Zh);
    assert!(told.contains("那是他们自己的情况，这里不写"), "{told}");
}

/// A disability, an illness, a term in prison belongs to the person's own letter.
#[test]
fn one_member_is_not_told_what_another_one_is() {
    let book = support::law();
    let sheet = family();
    for letter in [to_family(&book, &sheet, "tekun", Some(0)), to_family(&book, &sheet, "dibao", None)] {
        let zh = letter.render_text(Lang::Zh);
        for word in ["二级", "精神", "g2", "残疾等级"] {
            assert!(!zh.contains(word), "{word} in\n{zh}");
        }
    }
    let mother = to_family(&book, &sheet, "tekun", Some(0)).render_text(Lang::Zh);
    assert!(!mother.contains("321"), "the daughter's earnings in\n{mother}");
    // Nor does the family's letter tell by other help who has a disability.
    let family = to_family(&book, &sheet, "dibao", None).render_text(Lang::Zh);
    assert!(!family.contains("护理补贴") && !family.contains("单人保"), "{family}");
    let own = to_family(&book, &sheet, "ds_nursing", Some(1));
    assert_eq!(own.outcome, Truth::True, "{}", own.render_text(Lang::Zh));
    assert!(own.render_text(Lang::Zh).contains("您家的云小雨符合"), "{}", own.render_text(Lang::Zh));
}

/// What somebody said of another person is not hinted at; what nobody has said may be asked.
#[test]
fn a_question_gives_nothing_away() {
    let book = support::law();
    let mut sheet = family();
    let mut disputed = SheetValue::of("true");
    disputed.state = Some(doudi_policy::column::State::Disputed);
    disputed.source = Some("police".into());
    sheet.members[1].facts.insert("in_prison".into(), disputed);
    sheet.members[1].facts.insert("studying".into(), SheetValue::default());
    sheet.members[1].facts.insert("independent".into(), SheetValue::default());
    sheet.members[0].facts.insert("wage".into(), SheetValue::default());
    let told = to_family(&book, &sheet, "dibao", None);
    assert_eq!(told.outcome, Truth::Unknown);
    let all = whole(&told);
    assert!(!all.contains("服刑") && !all.contains("prison") && !all.contains("police"), "{all}");
    let zh = told.render_text(Lang::Zh);
    assert!(zh.contains("云秀英的工资性收入：还没有人告诉我们"), "{zh}");
    assert!(zh.contains("现在还不能确定") && zh.contains("请把知道的告诉村（居）委会"), "{zh}");
}

#[test]
fn a_result_that_is_not_met_says_from_where_on_it_would_be_and_stays_civil() {
    let book = support::law();
    let mut sheet = family();
    sheet.members[0].facts.insert("casual_income".into(), SheetValue::of("1500"));
    let told = to_family(&book, &sheet, "dibao", None);
    assert_eq!(told.outcome, Truth::False);
    let zh = told.render_text(Lang::Zh);
    assert!(zh.contains("按现在知道的情况，您家还不符合低保的条件。"), "{zh}");
    // From where on it would be met is said by the clause that decides; nobody is advised to earn less.
    assert!(zh.contains("低保标准 567.00 元") && !zh.contains("降到"), "{zh}");
    assert!(zh.contains("可以随时再提出"), "{zh}");
    assert!(!zh.contains("算出来的金额"), "{zh}");
    // Who receives already is not asked to apply.
    let mut sheet = family();
    let plan = support::plan();
    let fact = plan.outcomes[plan.find_outcome("dibao").unwrap()].receiving.clone().unwrap();
    match plan.facts.iter().find(|f| f.id == fact).unwrap().of {
        doudi_policy::plan::Entity::Household => {
            sheet.household.insert(fact, SheetValue::of(true));
        }
        _ => {
            for m in &mut sheet.members {
                m.facts.insert(fact.clone(), SheetValue::of(true));
            }
        }
    }
    let zh = to_family(&book, &sheet, "dibao", None).render_text(Lang::Zh);
    assert!(zh.contains("已经在享受，不用再申请"), "{zh}");
}

/// What a member owns is the family's; which record to correct is told with its owner.
#[test]
fn a_record_that_may_be_wrong_is_named_with_its_owner() {
    let book = support::law();
    let mut sheet = family();
    sheet.members[1].facts.insert("vehicle_count".into(), SheetValue::of(1));
    let told = to_family(&book, &sheet, "dibao", None);
    assert_eq!(told.outcome, Truth::False);
    let zh = told.render_text(Lang::Zh);
    assert!(zh.contains("登记的是：云小雨的机动车数量 1。如果不对，请告诉我们"), "{zh}");
    assert!(zh.contains("家庭机动车数量 1 多于 低保机动车限数 0"), "{zh}");
}

#[test]
fn a_letter_is_a_closed_fragment_and_escapes_names() {
    let book = support::law();
    let mut sheet = family();
    sheet.members[0].name = Some("<云> & 秀英".into());
    let html = to_family(&book, &sheet, "dibao", None).render_html(Lang::Zh);
    assert!(!html.contains("<云>") && html.contains("&lt;云&gt; &amp; 秀英"), "{html}");
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1).map(|t| t.split('>').next().unwrap()) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{html}"),
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
