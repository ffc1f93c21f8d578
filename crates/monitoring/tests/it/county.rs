//! A small county from files to leads.

use std::collections::HashSet;
use std::path::Path;

use doudi_monitoring::contract::Vocabulary;
use doudi_monitoring::evaluate::{evaluate, read_truth};
use doudi_monitoring::import::Answer;
use doudi_monitoring::pipeline::{self, Folders, Receipt};
use doudi_monitoring::snapshot;
use doudi_monitoring::sweep::{Capacity, Settings};
use doudi_policy::Truth;
use doudi_policy::book::Book;
use doudi_policy::sheet::FactSheet;
use doudi_registry::{LeadKind, LeadStatus};
use doudi_store::Store;
use doudi_store::leads::LeadFilter;
use doudi_synth::{ByTheLaw, Config};

use crate::support::{book, contracts, date, month};

fn made(folder: &Path, book: &Book) {
    let law = ByTheLaw::new(book, month("2024-06"), date("2024-06-17")).unwrap();
    let config = Config::new(7, 1_500, folder.to_owned());
    doudi_synth::generate(&config, &law).unwrap();
}

#[tokio::test]
async fn a_small_county_goes_from_files_to_leads() {
    let folder = tempfile::tempdir().unwrap();
    let county = folder.path().join("county");
    let book = book();
    made(&county, &book);
    let (period, today, as_of) = (month("2024-06"), date("2024-06-17"), date("2024-05-31"));
    let plan = book.plan(period, today).unwrap();
    let contracts = contracts();
    let vocabulary = Vocabulary { facts: book.facts(), enums: book.enums() };
    let folders = Folders { data: folder.path().join("data") };
    let store = Store::open(
        &format!("sqlite:{}", folder.path().join("doudi.db").display()),
        doudi_store::testing::keys(),
    )
    .await
    .unwrap();

    let (registers, here) =
        pipeline::import_registers(&store, &county.join("register"), vocabulary, as_of, as_of).await.unwrap();
    for r in &registers {
        let c = r.counts;
        assert_eq!(c.accepted + c.quarantined + c.duplicates, c.rows, "{}", r.file);
    }
    let read_back = pipeline::load_county(&store, as_of).await.unwrap();
    assert_eq!(read_back.population.members, here.population.members, "the import is what the store holds");
    let import = async || {
        pipeline::import_folder(
            &store,
            &folders,
            &contracts,
            &here.register,
            &county.join("feeds"),
            Receipt {
                period: as_of.month(),
                as_of,
                received_on: today,
                answer: Answer::DespiteHolds,
                by: None,
            },
        )
        .await
        .unwrap()
    };
    let outcomes = import().await;
    assert_eq!(outcomes.len(), 16);
    for outcome in &outcomes {
        let report = outcome.as_ref().unwrap();
        let c = report.counts;
        assert_eq!(c.accepted + c.quarantined + c.duplicates, c.rows, "{}", report.file);
        assert!(report.delivery.is_some(), "{}", report.file);
        let set_aside: usize = report.reasons.iter().map(|r| r.rows).sum();
        assert_eq!(set_aside, c.quarantined + c.duplicates);
    }
    for outcome in import().await {
        let what = outcome.unwrap_err().both().zh;
        assert!(what.contains("已导入"), "the same files again: {what}");
    }

    let prepared =
        pipeline::prepare(&store, &folders, &contracts, vocabulary, &plan, &here, today).await.unwrap();
    let back = snapshot::read(&prepared.path, &prepared.digest).unwrap();
    assert_eq!(back, prepared.snapshot);
    no_names(&folders.data, &county);
    let settings =
        Settings { period, today, capacity: Capacity::default(), due_on: [Some(today); 4], threads: 2 };
    let found =
        pipeline::run_sweep(&store, &contracts, vocabulary, &plan, &prepared, settings).await.unwrap();
    let mut keys = HashSet::new();
    for (lead, finding) in found.leads.iter().zip(&found.findings) {
        assert!(keys.insert((lead.household, lead.kind, lead.outcome.clone())), "once a programme");
        let truth = found.evaluation.outcome(finding.outcome, finding.household);
        let sheet: FactSheet = serde_json::from_str(&lead.sheet).unwrap();
        assert_eq!(sheet.division.as_ref(), Some(&lead.division));
        let receives = sheet.members.iter().flat_map(|m| &m.facts).any(|(fact, value)| {
            let o = &plan.outcomes[finding.outcome];
            o.receiving.as_ref() == Some(fact) && value.value == true
        });
        match lead.kind {
            LeadKind::Missed => {
                assert_ne!(truth, Truth::False, "never when not met");
                assert!(lead.met || !lead.indicators.is_empty(), "unknown needs an indicator");
                assert!(lead.met || !lead.open_facts.is_empty());
            }
            LeadKind::Wrong | LeadKind::Delivery => assert!(receives, "questions are about recipients"),
            LeadKind::Risk => {}
        }
        assert!(!lead.visit_note_zh.is_empty() && !lead.visit_note_en.is_empty());
        assert!(!lead.reason_zh.contains('{') && !lead.reason_en.contains('{'), "{}", lead.reason_zh);
        assert_eq!(lead.due_on.is_some(), lead.status == LeadStatus::Open);
    }
    assert!(found.leads.windows(2).all(|w| w[0].kind <= w[1].kind), "in the order of work");
    let stored = store.leads(&LeadFilter::default(), doudi_store::Page::first(10)).await.unwrap();
    assert_eq!(usize::try_from(stored.total).unwrap(), found.leads.len());
    // A second sweep replaces what nobody has touched and raises nothing twice.
    let again =
        pipeline::run_sweep(&store, &contracts, vocabulary, &plan, &prepared, settings).await.unwrap();
    assert_eq!(again.leads.len(), found.leads.len());

    let guided = found.leads.iter().find(|l| {
        let home = here.codes[&l.household.0] == "990121103001-0482";
        home && l.kind == LeadKind::Missed && l.outcome == "dibao"
    });
    let lead = guided.expect("the guided family is a missed lead");
    assert!(!lead.met && lead.open_facts.iter().any(|f| f.fact == "casual_income"), "{:?}", lead.open_facts);
    assert!(lead.sheet.contains("medical_insurance@2024-05:"), "each value says its line");
    for said in [&lead.visit_note_zh, &lead.visit_note_en] {
        assert!(!said.chars().any(|c| c.is_ascii_digit()) && !said.contains("透析"), "{said}");
    }

    let truth = read_truth("truth.csv", &std::fs::read(county.join("truth/truth.csv")).unwrap()).unwrap();
    let code = |h: usize| here.codes.get(prepared.snapshot.households.get(h)?).cloned();
    let measured = evaluate(&plan, &found.findings, &code, &truth);
    let all = measured.overall();
    assert!(all.observed > 0 && all.observed_found * 2 > all.observed, "{}", measured.table());
    assert_eq!(measured.csv().lines().count(), measured.rows.len() + 1);
}

/// No name and no identity number of anybody is in the deliveries and snapshots.
fn no_names(data: &Path, county: &Path) {
    let hukou = std::fs::read_to_string(county.join("register/hukou.csv")).unwrap();
    let people: Vec<(&str, &str)> = hukou
        .lines()
        .skip(1)
        .step_by(37)
        .filter_map(|l| {
            let mut cells = l.split(',').skip(1);
            Some((cells.next()?, cells.next()?))
        })
        .collect();
    let mut files = Vec::new();
    let mut folders = vec![data.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() >= 19);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for (number, name) in &people {
            assert!(!text.contains(number), "{} holds a number", file.display());
            // Short names may be part of other words; three characters and more are not.
            assert!(name.chars().count() < 3 || !text.contains(name), "{} holds {name}", file.display());
        }
    }
}
