//! Every explanation of every golden household is told again from its record to the same bytes, and says what an
//! explanation must say. A changed law, a changed fact and an altered record are told, not passed over.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::collections::BTreeSet;

use doudi_policy::column::Batch;
use doudi_policy::explain::{
    Answer, Asked, Explanation, Kind, LawMark, Letter, Record, Replay, Shape, Telling, Voice, replay,
};
use doudi_policy::golden::Golden;
use doudi_policy::plan::Plan;
use doudi_policy::{Fen, Lang, SheetValue, Trace, Truth};
use support::households::Households;

/// The outcomes of a household, those of members for each member.
fn cases(plan: &Plan, golden: &Golden) -> Vec<(usize, Option<usize>)> {
    let one = |o: usize| -> Vec<(usize, Option<usize>)> {
        match plan.is_member_outcome(o) {
            true => (0..golden.sheet.members.len()).map(|m| (o, Some(m))).collect(),
            false => vec![(o, None)],
        }
    };
    (0..plan.outcomes.len()).flat_map(one).collect()
}

fn asked(golden: &Golden, (outcome, member): (usize, Option<usize>), telling: Telling) -> Asked {
    Asked { outcome, member, mode: Some(golden.mode), place: Some("某村".into()), contact: None, telling }
}

/// An explanation names what decides, an article, the amount of the evaluation, and what an open result needs.
fn says_what_it_must(e: &Explanation, trace: &Trace<'_>, (o, member): (usize, Option<usize>), at: &str) {
    let evaluation = trace.evaluation();
    let (truth, amount) = match member {
        Some(m) => (evaluation.outcome_member(o, m), evaluation.amount_member(o, m)),
        None => (evaluation.outcome(o, 0), evaluation.amount(o, 0)),
    };
    assert_eq!((e.outcome, e.amount), (truth, amount), "{at}");
    let deciding = e.deciding.as_ref().unwrap_or_else(|| panic!("{at}: nothing decides"));
    assert!(!deciding.zh.is_empty() && !deciding.en.is_empty(), "{at}");
    assert!(!e.articles.is_empty(), "{at}: no article");
    if truth == Truth::Unknown {
        let open = !e.open_facts.is_empty() || !e.unsettled.is_empty() || !e.gaps.is_empty();
        assert!(open, "{at}: undecided, and nothing to find out");
    }
    assert_eq!(e.open_facts.len(), e.questions.len(), "{at}");
    assert_eq!(e.ways.is_empty(), e.open_facts.is_empty(), "{at}: {:?}", e.ways);
    assert!(e.ways.is_sorted_by_key(Vec::len), "{at}: the fewest first: {:?}", e.ways);
    for (fact, question) in e.open_facts.iter().zip(&e.questions) {
        assert_ne!(question.state, doudi_policy::column::State::Known, "{at}: {}", fact.fact);
    }
}

/// What a family reads holds no codes in its sentences, cites documents, and says who decides.
fn speaks_plainly(letter: &Letter, e: &Explanation, at: &str) {
    let sentences: Vec<&str> = letter
        .sections
        .iter()
        .flat_map(|s| s.lines.iter().chain([&s.title]))
        .chain([&letter.verdict])
        .flat_map(|text| [text.zh.as_str(), text.en.as_str()])
        .collect();
    for line in &sentences {
        assert!(!line.is_empty(), "{at}: an empty sentence");
        for code in e.articles.iter().filter(|code| code.is_ascii()) {
            assert!(!line.contains(code.as_str()), "{at}: {code} in “{line}”");
        }
        for input in e.inputs.iter().filter(|input| input.fact.contains('_')) {
            assert!(!line.contains(input.fact.as_str()), "{at}: {} in “{line}”", input.fact);
        }
        let code = e.division.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(code.is_empty() || !line.contains(&code), "{at}: {code} in “{line}”");
    }
    assert!(!letter.sources.is_empty(), "{at}: no document");
    let ids: Vec<&str> = letter.sections.iter().map(|s| s.id).collect();
    assert!(
        ids.contains(&"deciding") && ids.contains(&"next") && ids.ends_with(&["person"]),
        "{at}: {ids:?}"
    );
    if e.outcome == Truth::Unknown {
        assert!(ids.contains(&"asked"), "{at}: {ids:?}");
    }
}

/// The exact amount stands in a text, and no text is without its number.
fn shows_the_amount(answer: &Answer, text: &str, shape: Shape, at: &str) {
    let e = answer.explanation();
    let (Some(lo), true) = (e.amount.0, e.amount.0 == e.amount.1) else { return };
    if e.outcome == Truth::True && e.unit.is_some() {
        let shown = match shape {
            Shape::Text => Fen(lo).to_string(),
            Shape::Json => format!("\"amount_fen\": {lo}"),
            // Thousands are grouped.
            Shape::Html => Fen(lo % 100_000).to_string(),
        };
        assert!(text.contains(&shown), "{at}: no {shown} in\n{text}");
    }
}

/// Tells a case in every way, then once more from the record as it is kept; how many texts came out the same.
fn told_twice(
    all: &Households,
    law: &LawMark,
    golden: &Golden,
    plan: &Plan,
    case: (usize, Option<usize>),
    trace: &Trace<'_>,
) -> usize {
    let at = format!("{} {:?}", golden.title, case);
    let mut same = 0;
    let mut number = None;
    for voice in [Voice::Clerk, Voice::Citizen] {
        let telling = Telling { voice, ..Telling::default() };
        let mut record = Record::open(law, plan, &golden.sheet, asked(golden, case, telling));
        let first = record.answer(&all.book, plan).unwrap();
        record.told = record.told_by(&first);
        assert_eq!(*number.get_or_insert(record.id.clone()), record.id, "one number for every voice");
        match &first {
            Answer::Clerk(e) => says_what_it_must(e, trace, case, &at),
            Answer::Citizen(e, letter) => speaks_plainly(letter, e, &at),
        }
        let kept = Record::from_text(&record.to_text()).unwrap();
        assert_eq!(kept, record);
        let again = kept.answer(&all.book, plan).unwrap();
        assert_eq!(kept.told_by(&again), record.told, "{at}");
        for telling in Telling::all().filter(|t| t.voice == voice) {
            let text = first.render(telling.lang, telling.shape);
            assert_eq!(text, again.render(telling.lang, telling.shape), "{at} {telling:?}");
            assert!(text.contains(&record.id), "{at} {telling:?}: no number");
            shows_the_amount(&first, &text, telling.shape, &at);
            same += 1;
        }
    }
    same
}

#[test]
fn every_explanation_of_every_golden_household_is_told_again_to_the_same_bytes() {
    let all = Households::read();
    let law = LawMark::of(&all.book);
    let counts = all.each(|golden, plan| {
        let batch = Batch::from_sheets(std::slice::from_ref(&golden.sheet), plan).unwrap();
        let trace = Trace::of(plan, &batch, 0, golden.mode);
        cases(plan, golden)
            .into_iter()
            .map(|case| told_twice(&all, &law, golden, plan, case, &trace))
            .sum::<usize>()
    });
    let texts: usize = counts.iter().sum();
    println!("{} golden households, {texts} texts told twice", counts.len());
    assert!(counts.len() >= 100 && texts >= 10_000, "{} households, {texts} texts", counts.len());
}

#[test]
fn a_record_of_each_telling_replays_from_its_file_alone() {
    let all = Households::read();
    let law = LawMark::of(&all.book);
    let golden = all.goldens.iter().find(|g| g.title.starts_with("E1 ")).unwrap();
    let plan = all.plan(golden);
    for telling in Telling::all() {
        let record = Record::write(&law, &all.book, plan, &golden.sheet, asked(golden, (0, None), telling));
        let kept = Record::from_text(&record.unwrap().to_text()).unwrap();
        let found = replay(&kept, &all.book, Some(&golden.sheet)).unwrap();
        assert!(found.same && found.differences.is_empty(), "{telling:?}: {:?}", found.differences);
        assert_eq!(found.text, kept.told.text);
    }
}

fn e1() -> (Households, Record) {
    let all = Households::read();
    let golden = all.goldens.iter().find(|g| g.title.starts_with("E1 ")).unwrap();
    let o = all.plan(golden).find_outcome("dibao").unwrap();
    let asked = asked(golden, (o, None), Telling::default());
    let record =
        Record::write(&LawMark::of(&all.book), &all.book, all.plan(golden), &golden.sheet, asked).unwrap();
    (all, record)
}

fn kinds(found: &Replay) -> BTreeSet<Kind> {
    found.differences.iter().map(|d| d.kind).collect()
}

fn says(found: &Replay, zh: &str, en: &str) {
    let one = found.differences.iter().any(|d| d.text.zh.contains(zh) && d.text.en.contains(en));
    assert!(one, "no “{zh}”, “{en}” in {:#?}", found.differences);
}

#[test]
fn a_changed_standard_is_named_with_its_file_and_both_values() {
    let (_, record) = e1();
    let mut files = support::files();
    let file = "demo/qingshi/dibao/parameters/dibao_standard.csv";
    let (_, text) = files.iter_mut().find(|(path, _)| path.ends_with(file)).unwrap();
    assert!(text.contains(",756,"), "{text}");
    *text = text.replace(",756,", ",800,");
    let found = replay(&record, &support::load(files), None).unwrap();
    assert!(!found.same);
    says(&found, &format!("政策文件 {file} 改动过"), &format!("{file} has changed"));
    says(&found, "低保标准：当时 756.00 元/月", "is 800.00 yuan a month");
    says(&found, "金额（元）：当时 768.00，现在 900.00", "amount (yuan): was 768.00, is 900.00");
    let told = kinds(&found);
    assert!(told.contains(&Kind::Law) && told.contains(&Kind::Parameter) && told.contains(&Kind::Result));
    assert!(!told.contains(&Kind::Record) && !told.contains(&Kind::Fact), "{told:?}");
}

#[test]
fn a_change_of_the_law_that_does_not_bear_on_the_case_is_told_too() {
    let (_, record) = e1();
    let mut files = support::files();
    let (_, text) = files.iter_mut().find(|(path, _)| path.ends_with("cn/ta/rules/urgent.toml")).unwrap();
    text.push_str("\n# a remark\n");
    let found = replay(&record, &support::load(files), None).unwrap();
    assert!(!found.same && found.differences.iter().any(|d| d.kind == Kind::Law));
    assert!(!kinds(&found).contains(&Kind::Result) && !kinds(&found).contains(&Kind::Parameter));
}

#[test]
fn a_fact_that_is_another_today_is_named_and_the_record_still_replays() {
    let (all, record) = e1();
    let mut now = record.facts.clone();
    now.members[0].facts.insert("wage".into(), SheetValue::of("1600"));
    now.members.pop();
    let found = replay(&record, &all.book, Some(&now)).unwrap();
    assert!(!found.same);
    assert_eq!(kinds(&found), BTreeSet::from([Kind::Fact]));
    says(&found, "成员 甲 wage", "\"1600\"");
    says(&found, "成员 丙 现在没有了", "member 丙 is gone");
    assert_eq!(found.text, record.told.text);
}

#[test]
fn an_altered_record_gives_itself_away() {
    let (all, record) = e1();
    let mut facts = record.clone();
    facts.facts.members[0].facts.insert("wage".into(), SheetValue::of("900"));
    let found = replay(&facts, &all.book, None).unwrap();
    assert!(!found.same);
    says(&found, "记录被改动过", "the record was altered");
    says(&found, "甲 工资性收入：当时 1500.00 元/月", "is 900.00 yuan a month");
    let mut words = record.clone();
    words.told.text = words.told.text.replace("768.00", "868.00");
    let found = replay(&words, &all.book, None).unwrap();
    assert!(!found.same);
    says(&found, "记录里说过的话被改动过", "the text in the record was altered");
    says(&found, "当时说：低保  符合   每月 868.00 元", "was told: ");
}

#[test]
fn what_is_no_record_or_of_another_form_is_refused_with_the_cure() {
    let (_, record) = e1();
    let fault = Record::from_text("{\"a\": 1}").unwrap_err().to_string();
    assert!(fault.contains("explain --record"), "{fault}");
    let newer = record.to_text().replacen("\"record\": 1", "\"record\": 2", 1);
    let fault = Record::from_text(&newer).unwrap_err().to_string();
    assert!(fault.contains("第 2 版") && fault.contains("form 2"), "{fault}");
    let more = record.to_text().replacen("\"record\": 1", "\"record\": 1, \"more\": 0", 1);
    assert!(Record::from_text(&more).is_err(), "an unknown key is no record of ours");
}

/// The text of a record in English says the same result.
#[test]
fn both_languages_say_the_same_amount() {
    let (all, record) = e1();
    let golden = all.goldens.iter().find(|g| g.title.starts_with("E1 ")).unwrap();
    let answer = record.answer(&all.book, all.plan(golden)).unwrap();
    for lang in [Lang::Zh, Lang::En] {
        assert!(answer.render(lang, Shape::Text).contains("768.00"));
    }
}
