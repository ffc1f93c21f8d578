//! Contracts against the vocabulary, and indicators against purpose and reach.

use doudi_monitoring::contract::{BUILTIN, Contracts, Reach, Vocabulary, check_plan, check_vocabulary};
use doudi_policy::plan::IndicatorKind;

use crate::support::{book, contracts, date, month};

#[test]
fn every_contract_fits_the_vocabulary_and_cites_the_law() {
    let (book, contracts) = (book(), contracts());
    let vocabulary = Vocabulary { facts: book.facts(), enums: book.enums() };
    assert_eq!(check_vocabulary(&contracts, vocabulary), vec![]);
    assert_eq!(contracts.iter().count(), 16);
    for contract in contracts.iter() {
        for basis in &contract.legal_basis {
            let (doc, _) = basis.split_once('#').unwrap_or((basis, ""));
            let cited =
                book.cites().iter().any(|c| c.id == *basis) || book.sources().iter().any(|d| d.id == doc);
            assert!(cited, "{} rests on {basis}, which sources.toml does not have", contract.id);
        }
    }
}

#[test]
fn a_contract_that_names_no_fact_of_the_vocabulary_is_refused() {
    let book = book();
    let vocabulary = Vocabulary { facts: book.facts(), enums: book.enums() };
    let changed = |feed: &str, from: &str, to: &str| {
        let files = BUILTIN.iter().map(|(path, text)| {
            let text = if path.contains(feed) { text.replace(from, to) } else { (*text).to_owned() };
            ((*path).to_owned(), text)
        });
        let files: Vec<(String, String)> = files.collect();
        Contracts::parse(files.iter().map(|(p, t)| (p.as_str(), t.as_str())))
    };
    let found =
        check_vocabulary(&changed("ss_contribution", "id = \"wage\"", "id = \"wages\"").unwrap(), vocabulary);
    assert!(found[0].zh.contains("词汇中没有事实 wages"), "{found:?}");
    let found =
        check_vocabulary(&changed("education", "= \"bachelor\"", "= \"college\"").unwrap(), vocabulary);
    assert!(found[0].zh.contains("college"), "{found:?}");
    // A column that the file does not have, and absence without a last word.
    let problems =
        changed("ss_contribution", "columns = [\"缴费基数\"]", "columns = [\"工资\"]").unwrap_err();
    assert!(problems[0].zh.contains("“工资”不在 fields 里"), "{problems:?}");
    let problems = changed(
        "real_estate",
        "{ value = \"unknown\", zh = \"农村",
        "{ class = \"rural\", value = \"unknown\", zh = \"农村",
    )
    .unwrap_err();
    assert!(problems[0].zh.contains("最后一条不带条件"), "{problems:?}");
    let problems = changed("vehicles", "legal_basis = [", "legal_basis = [] # ").unwrap_err();
    assert!(problems[0].en.contains("legal basis"), "{problems:?}");
}

#[test]
fn the_indicators_of_the_law_keep_to_purpose_and_reach() {
    let plan = book().plan(month("2024-06"), date("2024-06-17")).unwrap();
    assert!(plan.indicators.len() >= 16);
    assert_eq!(check_plan(&contracts(), &plan), vec![]);
}

#[test]
fn an_entry_indicator_over_a_field_without_find_is_an_error() {
    let mut plan = book().plan(month("2024-06"), date("2024-06-17")).unwrap();
    let assets = plan.facts.iter().position(|f| f.id == "financial_assets").unwrap();
    let entry = plan.indicators.iter_mut().find(|i| i.kind == IndicatorKind::Entry).unwrap();
    entry.reads.push(u32::try_from(assets).unwrap());
    let found = check_plan(&contracts(), &plan);
    assert_eq!(found.len(), 1);
    assert!(found[0].zh.contains("家庭金融资产") && found[0].zh.contains("用途不含“发现”"), "{found:?}");
}

#[test]
fn a_question_about_people_who_receive_nothing_is_an_error() {
    let mut plan = book().plan(month("2024-06"), date("2024-06-17")).unwrap();
    let exit = plan.indicators.iter_mut().find(|i| i.kind == IndicatorKind::Exit).unwrap();
    exit.outcomes = vec!["ta_urgent".to_owned()];
    for outcome in &mut plan.outcomes {
        if outcome.id == "ta_urgent" {
            outcome.receiving = None;
        }
    }
    let found = check_plan(&contracts(), &plan);
    assert!(found[0].zh.contains("核查只能针对在享对象"), "{found:?}");
}

#[test]
fn money_in_the_bank_is_read_for_the_authorised_only() {
    let contracts = contracts();
    let (contract, rule) = contracts.giving("financial_assets").unwrap();
    assert_eq!(contract.reach_of(rule), Reach::ApplicantAuthorised);
    assert!(contract.fields.iter().all(|f| f.reach == Reach::ApplicantAuthorised));
}
