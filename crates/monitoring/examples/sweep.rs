//! Imports a county's folder, sweeps it and measures the leads: `sweep -- --county DIR --policies policies --data DIR`.
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use doudi_monitoring::contract::{Contracts, Vocabulary};
use doudi_monitoring::evaluate::{evaluate, read_truth};
use doudi_monitoring::import::Answer;
use doudi_monitoring::pipeline::{self, Folders, Receipt};
use doudi_monitoring::sweep::{Capacity, Settings};
use doudi_policy::book::Book;
use doudi_policy::{Date, Month};
use doudi_store::Store;

type Failure = Box<dyn std::error::Error>;

fn policies(folder: &Path, files: &mut Vec<(String, String)>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            policies(&path, files)?;
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            files.push((path.display().to_string(), text));
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str, default: &str| {
        let at = args.iter().position(|a| a == name);
        at.and_then(|at| args.get(at + 1)).map_or_else(|| default.to_owned(), Clone::clone)
    };
    let county = PathBuf::from(value("--county", "county"));
    let folders = Folders { data: PathBuf::from(value("--data", "data")) };
    let mut files = Vec::new();
    policies(Path::new(&value("--policies", "policies")), &mut files)?;
    files.sort();
    let book = Book::from_files(files).map_err(|d| format!("{d:?}"))?;
    let period: Month = value("--period", "2024-06").parse()?;
    let today: Date = value("--today", "2024-06-17").parse()?;
    let as_of: Date = value("--as-of", "2024-05-31").parse()?;
    let plan = book.plan(period, today).map_err(|d| format!("{d:?}"))?;
    let contracts = Contracts::builtin().map_err(|p| format!("{p:?}"))?;
    let vocabulary = Vocabulary { facts: book.facts(), enums: book.enums() };
    std::fs::create_dir_all(&folders.data)?;
    let database = folders.data.join("doudi.db");
    let store = Store::open(&format!("sqlite:{}", database.display()), doudi_store::testing::keys()).await?;

    let clock = Instant::now();
    let (reports, here) =
        pipeline::import_registers(&store, &county.join("register"), vocabulary, as_of, as_of).await?;
    for r in reports {
        println!("{:<22} {:?}", r.file, r.counts);
        for reason in r.reasons {
            println!("    {:>6} {:<16} {}", reason.rows, reason.code, reason.what);
        }
    }
    println!("registers {} ms", clock.elapsed().as_millis());
    let feeds = Instant::now();
    let outcomes = pipeline::import_folder(
        &store,
        &folders,
        &contracts,
        &here.register,
        &county.join("feeds"),
        Receipt { period: as_of.month(), as_of, received_on: today, answer: Answer::GoodRows, by: None },
    )
    .await?;
    for outcome in outcomes {
        match outcome {
            Ok(r) => {
                println!("{:<30} {:?} {:?}", r.file, r.counts, r.verdict);
                for reason in r.reasons {
                    println!("    {:>6} {:<16} {:?} {}", reason.rows, reason.code, reason.lines, reason.what);
                }
            }
            Err(refused) => println!("REFUSED {refused}"),
        }
    }
    println!("feeds {} ms", feeds.elapsed().as_millis());
    let snap = Instant::now();
    let prepared = pipeline::prepare(&store, &folders, &contracts, vocabulary, &plan, &here, today).await?;
    println!("snapshot {} ms, {} facts", snap.elapsed().as_millis(), prepared.snapshot.facts());
    let sweep = Instant::now();
    let settings = Settings { period, today, capacity: Capacity::default(), due_on: [None; 4], threads: 2 };
    let found = pipeline::run_sweep(&store, &contracts, vocabulary, &plan, &prepared, settings).await?;
    println!("sweep {} ms, {} leads", sweep.elapsed().as_millis(), found.leads.len());
    let mut kinds: HashMap<_, usize> = HashMap::new();
    for lead in &found.leads {
        *kinds.entry((lead.kind.id(), lead.met, lead.status.id())).or_default() += 1;
    }
    println!("{kinds:?}");
    println!("total {} ms, {} MB", clock.elapsed().as_millis(), pipeline::peak_rss_mb());
    for (o, outcome) in plan.outcomes.iter().enumerate() {
        println!("{:<14} {:?}", outcome.id, found.evaluation.counts(o));
    }
    let gaps = found.evaluation.gaps();
    println!("{} gaps {:?}", gaps.len(), gaps.first());
    let truth = read_truth("truth.csv", &std::fs::read(county.join("truth/truth.csv"))?)?;
    let code = |h: usize| here.codes.get(prepared.snapshot.households.get(h)?).cloned();
    let measured = evaluate(&plan, &found.findings, &code, &truth);
    print!("{}", measured.table());
    std::fs::write(folders.data.join("evaluation.csv"), measured.csv())?;
    for (code, what) in measured.overlooked.iter().take(30) {
        println!("overlooked {code} {what}");
    }
    let guided = found
        .leads
        .iter()
        .zip(&found.findings)
        .find(|(_, f)| code(f.household).as_deref() == Some("990121103001-0482"));
    if let Some((lead, _)) = guided {
        println!("{}", serde_json::to_string_pretty(lead)?);
    }
    Ok(())
}
