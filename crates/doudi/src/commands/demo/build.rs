//! From nothing to leads: generate, import, snapshot, sweep, measure.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use doudi_access::Algorithm;
use doudi_access::keys::{Cost, KeyPurpose};
use doudi_monitoring::contract::Vocabulary;
use doudi_monitoring::evaluate::{Evaluated, evaluate, read_truth};
use doudi_monitoring::import::{Answer, ReasonCount};
use doudi_monitoring::pipeline::{self, Folders, Receipt, Summary};
use doudi_monitoring::sweep::Finding;
use doudi_policy::Fen;
use doudi_policy::book::Book;
use doudi_policy::lang::Lang;
use doudi_registry::{HouseholdId, Lead};
use doudi_store::Store;
use doudi_synth::{ByTheLaw, Config};
use doudi_web::AppState;

use super::history::{self, Days, Past};
use super::long_ago;
use super::office::Office;
use super::{GUIDED, data_day, period};
use crate::cli::DemoArgs;
use crate::commands::sweep::Sweeper;
use crate::commands::{contracts, open_with, told};
use crate::keys;
use crate::say::aside;
use crate::{bundled, law};

/// What the story tells of.
pub(crate) struct Built {
    pub(crate) store: Store,
    /// The policy packages.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) book: Book,
    pub(crate) summary: Summary,
    pub(crate) measured: Evaluated,
    pub(crate) feeds: usize,
    pub(crate) reasons: Vec<ReasonCount>,
    pub(crate) helped: usize,
    pub(crate) missed_households: usize,
    pub(crate) guided: Option<Lead>,
    pub(crate) place: String,
    pub(crate) past: Past,
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Says what is being done, where a person waits.
fn say(lang: Lang, zh: &str, en: &str) {
    aside!("… {}", lang.pick(zh, en));
}

/// The state behind the pages, for the people who worked before the demo begins.
async fn office_state(store: &Store, files: &[(String, String)]) -> Result<AppState> {
    let law = doudi_web::Law::from_files(files).map_err(|e| anyhow!("{e}"))?;
    AppState::new(store.clone(), Arc::new(law), doudi_web::Config::default())
        .await
        .map_err(|e| anyhow!("{e}"))
}

/// Opens the database before anything is made, so that one that cannot be used is noticed at once.
pub(crate) async fn open(folder: &Path, args: &DemoArgs, lang: Lang) -> Result<Store> {
    let url = match &args.database {
        Some(url) => url.clone(),
        None => format!("sqlite:{}", folder.join("doudi.db").display()),
    };
    // Everybody may open the demo: keys and shares lie in its folder, and all its people are fictional.
    let fresh = keys::make(KeyPurpose::Master, Algorithm::Sm4GcmSm3, (2, 2), Cost::FLOOR, lang)?;
    // What the county has done before was nobody's command.
    let store = open_with(&url, Some(fresh.keys.clone()), lang).await?.acting_for(None);
    let households = store.population(None).await;
    if !matches!(households, Ok((0, _))) {
        store.close().await;
    }
    if households.map_err(|e| anyhow!("{e}"))?.0 > 0 {
        bail!(lang.pick(
            "数据库里已有住户；演示不会覆盖，请用 --database 指定一个新的数据库。",
            "The database holds households already; the demo overwrites nothing. Name a new database with --database."
        ));
    }
    let file = keys::in_folder(folder);
    fresh.write(&file, lang)?;
    fresh.write_shares(file.parent().unwrap_or(folder), lang)?;
    if args.dir.is_some() {
        say(
            lang,
            &format!(
                "密钥和两份份额都在 {}：只因为这个县是虚构的。{}",
                file.display(),
                keys::uncertified(lang)
            ),
            &format!(
                "keys and both shares lie at {}, only because this county is fictional. {}",
                file.display(),
                keys::uncertified(lang)
            ),
        );
    }
    Ok(store)
}

pub(crate) async fn build(
    store: Store,
    folder: &Path,
    args: &DemoArgs,
    lang: Lang,
    speak: bool,
) -> Result<Built> {
    let say = |zh: &str, en: &str| {
        if speak {
            say(lang, zh, en);
        }
    };
    let (files, book) = law::packages(args.policies.as_deref(), lang)?;
    // What the county's families have lived by so far; a programme that is added begins with nobody on it.
    let lived_by = law::book(&bundled::policies(None)?, lang)?;
    let days = Days::of_june();
    let plan = law::plan(&book, period(), days.now, lang)?;
    let contracts = contracts()?;
    let vocabulary = Vocabulary { facts: book.facts(), enums: book.enums() };

    say("生成虚构的青石县", "making the fictional county");
    let county = folder.join("county");
    let truth = ByTheLaw::new(&lived_by, period(), days.now).map_err(|e| anyhow!("{e}"))?;
    let config = Config { take_up: args.take_up, ..Config::new(args.seed, args.households, county.clone()) };
    doudi_synth::generate(&config, &truth)?;

    let folders = Folders { data: folder.join("data") };

    say("导入登记和 16 份部门数据", "importing the registers and sixteen department files");
    let import = Instant::now();
    let (_, here) =
        pipeline::import_registers(&store, &county.join("register"), vocabulary, data_day(), days.now)
            .await
            .map_err(|e| told(&e, lang))?;
    let outcomes = pipeline::import_folder(
        &store,
        &folders,
        &contracts,
        &here.register,
        &county.join("feeds"),
        Receipt {
            period: data_day().month(),
            as_of: data_day(),
            received_on: days.sweep,
            answer: Answer::GoodRows,
            by: None,
        },
    )
    .await
    .map_err(|e| told(&e, lang))?;
    let import_ms = millis(import);
    store.seed_demo_staff().await.map_err(|e| anyhow!("{e}"))?;
    store.seed_demo_accounts().await.map_err(|e| anyhow!("{e}"))?;
    store.set_demo_today(days.sweep).await.map_err(|e| anyhow!("{e}"))?;

    let codes = &here.codes;
    let lines = read_truth("truth.csv", &std::fs::read(county.join("truth/truth.csv"))?)
        .map_err(|e| anyhow!("{}", lang.pick(&e.what().zh, &e.what().en)))?;
    let sweeper =
        Sweeper { store: &store, folders: &folders, contracts: &contracts, vocabulary, files: &files };

    say(
        "接管在享待遇，发放六月的钱，办完几户",
        "taking the awards over, paying June, deciding a few families",
    );
    let before = Instant::now();
    let early = law::plan(&book, period(), days.sweep, lang)?;
    let office = Office::open(office_state(&store, &files).await?).await?;
    let mut past = Past::default();
    history::adopt(&office, &early, &mut past).await?;
    let (_, found) = sweeper.run(&early, &here, days.sweep, lang).await?;
    history::pay_june(&office, &early, &days).await?;
    let due: HashMap<(&str, &str), Fen> = lines
        .iter()
        .filter(|l| l.due && !l.paid)
        .map(|l| ((l.household.as_str(), l.outcome.as_str()), l.amount))
        .collect();
    let code = |h: HouseholdId| codes.get(&h.0).cloned();
    let truth = |h: HouseholdId, outcome: &str| due.get(&(codes.get(&h.0)?.as_str(), outcome)).copied();
    history::carry(&office, &found.leads, &code, &truth, &days, &mut past).await?;
    let history_ms = millis(before);
    store.set_demo_today(days.now).await.map_err(|e| anyhow!("{e}"))?;

    say("制作快照，逐户比对", "taking the snapshot and sweeping every household");
    let sweep = Instant::now();
    let (prepared, found) = sweeper.run(&plan, &here, days.now, lang).await?;
    let sweep_ms = millis(sweep);
    long_ago::settled(&office, codes, &found.leads, days.now).await?;

    let code = |h: usize| codes.get(prepared.snapshot.households.get(h)?).cloned();
    // Of a programme that is added the county's truth says nothing.
    let in_truth = |f: &&Finding| {
        let outcome = plan.outcomes.get(f.outcome);
        outcome.is_some_and(|o| lived_by.outcomes().iter().any(|known| known.id == o.id))
    };
    let findings: Vec<Finding> = found.findings.iter().filter(in_truth).cloned().collect();
    let measured = evaluate(&plan, &findings, &code, &lines);
    std::fs::write(folder.join("evaluation.csv"), measured.csv())?;

    let mut summary = Summary {
        households: prepared.snapshot.households.len(),
        persons: prepared.snapshot.persons.len(),
        facts: prepared.snapshot.facts(),
        leads: found.leads.len(),
        precision: measured.overall().precision(),
        recall: measured.overall().recall(),
        import_ms,
        sweep_ms,
        history_ms,
        awards_adopted: past.adopted,
        awards_waiting: past.waiting,
        ..Summary::default()
    };
    let mut reasons: Vec<ReasonCount> = Vec::new();
    let mut feeds = 0;
    for outcome in outcomes {
        let report = outcome.map_err(|e| told(&e, lang))?;
        if let Some(why) = &report.not_kept {
            return Err(anyhow!("{}", lang.pick(&why.zh, &why.en)));
        }
        feeds += 1;
        summary.rows_accepted += report.counts.accepted;
        summary.rows_quarantined += report.counts.quarantined + report.counts.duplicates;
        for reason in report.reasons {
            match reasons.iter_mut().find(|r| r.code == reason.code) {
                Some(known) => {
                    known.rows += reason.rows;
                    known.varied |= reason.varied || known.what != reason.what;
                }
                None => reasons.push(reason),
            }
        }
    }
    reasons.sort_by_key(|r| (std::cmp::Reverse(r.rows), r.code));
    let mut missed = std::collections::BTreeSet::new();
    for lead in &found.leads {
        *summary.leads_by_kind.entry(lead.kind.id()).or_default() += 1;
        if lead.kind == doudi_registry::LeadKind::Missed {
            missed.insert(lead.household);
        }
    }
    let helped: std::collections::BTreeSet<_> = store
        .receiving_in(period())
        .await
        .map_err(|e| anyhow!("{e}"))?
        .into_iter()
        .map(|r| r.household)
        .collect();
    let guided = found
        .leads
        .iter()
        .find(|lead| {
            codes.get(&lead.household.0).map(String::as_str) == Some(GUIDED) && lead.outcome == "dibao"
        })
        .or_else(|| found.leads.iter().find(|l| l.kind == doudi_registry::LeadKind::Missed))
        .cloned();
    let mut place = String::new();
    if let Some(lead) = &guided {
        for level in [4, 5] {
            let Some(code) = lead.division.at_level(level) else { continue };
            let division = store.division(&code).await.map_err(|e| anyhow!("{e}"))?;
            place.push_str(&division.map(|d| d.name).unwrap_or_default());
        }
    }
    summary.peak_rss_mb = pipeline::peak_rss_mb();
    Ok(Built {
        store,
        files,
        book,
        summary,
        measured,
        feeds,
        reasons,
        helped: helped.len(),
        missed_households: missed.len(),
        guided,
        place,
        past,
    })
}
