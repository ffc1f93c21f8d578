//! The same law by an independent hand: households with nothing unknown, and what doudi makes of them, for the
//! comparison with OpenFisca in `bench/openfisca/`.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use doudi_policy::column::Batch;
use doudi_policy::diag::render_all;
use doudi_policy::eval::Evaluation;
use doudi_policy::plan::{Entity, Plan};
use doudi_policy::{Book, Lang, Mode, Truth, assess};
use serde_json::json;

use crate::machine::{Watch, thread_time};
use crate::support::{files, load};

mod columns;
mod coverage;
mod dice;
mod households;
mod mutants;
mod probe;
mod words;

use coverage::Coverage;
use probe::{Kind, OUTCOMES, PARTS, Probe};
use words::Words;

const SEED: u64 = 20_240_601;

/// The fictional county, and one whose standards, limits and rates are all uneven (`bench/openfisca/odd`).
const QINGSHI: &str = "990121";
const ODD: &str = "990221";

/// Months whose law is compared, each as it was known on a day and in a county: standards, base pension and minimum
/// wage differ between them, one of them knows nothing of the standards that were decided for it later, and two
/// end on 28 February.
const PARTS_OF_LAW: [(&str, &str, &str); 8] = [
    ("2022-06", "2022-05-31", QINGSHI),
    ("2023-02", "2023-01-31", QINGSHI),
    ("2024-03", "2024-02-29", QINGSHI),
    ("2024-06", "2024-05-31", QINGSHI),
    ("2024-06", "2024-03-01", QINGSHI),
    ("2025-02", "2025-01-31", QINGSHI),
    ("2023-02", "2023-01-31", ODD),
    ("2024-06", "2024-05-31", ODD),
];

/// Of a hundred small changes of the law, so many must be seen; `bench/openfisca/README.md` says why not all can.
const SEEN_PERCENT: usize = 95;

/// The texts of `policies/` with the odd county beside them.
fn texts() -> Result<Vec<(String, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("openfisca/odd");
    let mut texts = files();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            texts.push((format!("policies/odd/{name}"), std::fs::read_to_string(&path)?));
        }
    }
    Ok(texts)
}

fn plan_of(book: &Book, period: &str, as_of: &str) -> Result<Plan> {
    let plan = book.plan(period.parse()?, as_of.parse()?);
    plan.map_err(|faults| anyhow!("{}", render_all(&faults, Lang::En)))
}

/// Writes households and doudi's results for them below `folder`, and says how far they try the law.
pub(crate) fn prepare(households: usize, folder: &Path) -> Result<()> {
    let manifest_path = folder.join("manifest.json");
    // Without it the columns below are nobody's: an interrupted run must not be compared.
    if manifest_path.exists() {
        std::fs::remove_file(&manifest_path).context("removing the old manifest")?;
    }
    let book = load(texts()?);
    let mut coverage = Coverage::default();
    let (mut parts, mut vocabulary) = (Vec::new(), Vec::new());
    let (mut people, mut took, mut processor) = (0_usize, Duration::ZERO, Duration::ZERO);
    for (at, (period, as_of, county)) in PARTS_OF_LAW.iter().enumerate() {
        let plan = plan_of(&book, period, as_of)?;
        let words = Words::of(&plan);
        let share = |n: usize| households * n / PARTS_OF_LAW.len();
        let (first, count) = (share(at), share(at + 1) - share(at));
        let batch = households::make(&plan, &words, county, SEED, first as u64, count)?;
        let name = format!("{county}-{period}-as-of-{as_of}");
        let here = folder.join(&name);
        columns::write_batch(&here, &batch)?;
        let divisions: Vec<String> = batch.divisions.iter().map(ToString::to_string).collect();
        let read = columns::read_batch(&here, &words, &divisions)?;
        ensure!(read == batch, "the columns in {} are not what was written", here.display());

        let short = probe::cut(&plan)?;
        let (watch, before) = (Watch::start(), thread_time());
        let all = assess(&short, &batch, Mode::Decide);
        took += watch.took();
        processor += thread_time().saturating_sub(before);
        ensure!(all.gaps().is_empty(), "the law of {period} has gaps: {:?}", all.gaps());
        coverage.add(&short, &batch, &all)?;
        outcomes(&here, &short, &batch, &all)?;
        let mut long = short.clone();
        let probes = probe::extend(&mut long)?;
        rules(&here, &probes, &batch, &assess(&long, &batch, Mode::Decide))?;

        let members = rows(&batch, Entity::Member);
        people += members;
        parts.push(json!({
            "folder": name, "period": period, "as_of": as_of, "county": county, "households": count,
            "members": members, "obligors": batch.obligors.offsets.last(), "divisions": divisions,
        }));
        vocabulary = words.facts.iter().map(columns::describe).collect();
    }
    let manifest = json!({
        "seed": SEED, "parts": parts, "facts": vocabulary, "outcomes": OUTCOMES, "rules": probe::RULES,
        "parts_of_a_fen": PARTS,
    });
    std::fs::write(&manifest_path, format!("{manifest:#}\n")).context("writing the manifest")?;
    println!("{households} households, {people} members, seed {SEED}, nothing unknown");
    println!(
        "doudi, one thread: six outcomes: {} ms, {} ms of processor, {} persons/s of processor",
        took.as_millis(),
        processor.as_millis(),
        (people as u128 * 1_000_000).checked_div(processor.as_micros()).unwrap_or(0)
    );
    coverage.hold()
}

/// Fails where too many small changes of the law make no difference to any household.
pub(crate) fn mutants(households: usize) -> Result<()> {
    let texts = texts()?;
    let plan = plan_of(&load(texts.clone()), "2024-06", "2024-05-31")?;
    let words = Words::of(&plan);
    let mut batches = Vec::new();
    // Most changes are seen by few households: the small batches come first.
    for share in [20, 1] {
        for county in [ODD, QINGSHI] {
            batches.push(households::make(&plan, &words, county, SEED, 0, households / 2 / share)?);
        }
    }
    let watch = Watch::start();
    let mutants::Seen { changes, unseen } = mutants::try_all(&probe::cut(&plan)?, &texts, &batches);
    println!("{changes} small changes of the law over {households} households: {watch}");
    for what in &unseen {
        println!("  unseen: {what}");
    }
    let seen = changes - unseen.len();
    println!("seen by some household: {seen} of {changes}");
    ensure!(seen * 100 >= changes * SEEN_PERCENT, "fewer than {SEEN_PERCENT} % of the changes are seen");
    Ok(())
}

fn rows(batch: &Batch, of: Entity) -> usize {
    match of {
        Entity::Member => batch.members.offsets.last().map_or(0, |n| *n as usize),
        _ => batch.households,
    }
}

fn met(of_members: bool, all: &Evaluation, o: usize, row: usize) -> Truth {
    if of_members { all.outcome_member(o, row) } else { all.outcome(o, row) }
}

fn amount(of_members: bool, all: &Evaluation, o: usize, row: usize) -> Result<i64> {
    let (low, high) = if of_members { all.amount_member(o, row) } else { all.amount(o, row) };
    ensure!(low == high, "an amount between {low:?} and {high:?} though all is known");
    low.context("an amount without bounds though all is known")
}

/// Whether each subject meets each outcome, and the amount in fen where it does (else 0).
fn outcomes(folder: &Path, plan: &Plan, batch: &Batch, all: &Evaluation) -> Result<()> {
    for (o, outcome) in plan.outcomes.iter().enumerate() {
        let of_members = outcome.of == Entity::Member;
        let rows = rows(batch, outcome.of);
        let truths: Vec<bool> = (0..rows).map(|row| met(of_members, all, o, row) == Truth::True).collect();
        let amounts = truths
            .iter()
            .enumerate()
            .map(|(row, met)| if *met { amount(of_members, all, o, row) } else { Ok(0) });
        let amounts = amounts.collect::<Result<Vec<_>>>().with_context(|| outcome.id.clone())?;
        columns::write(folder, &format!("outcome.{}.met", outcome.id), truths.iter().map(|m| i64::from(*m)))?;
        columns::write(folder, &format!("outcome.{}.amount", outcome.id), amounts.into_iter())?;
    }
    Ok(())
}

/// What some rules come out as, exactly.
fn rules(folder: &Path, probes: &[Probe], batch: &Batch, all: &Evaluation) -> Result<()> {
    for Probe { rule, kind, of, outcome } in probes {
        let of_members = *of == Entity::Member;
        let values = (0..rows(batch, *of)).map(|row| match kind {
            Kind::Truth => Ok(i64::from(met(of_members, all, *outcome, row) == Truth::True)),
            Kind::Whole => amount(of_members, all, *outcome, row),
            Kind::Parts => {
                let low = amount(of_members, all, *outcome, row)?;
                ensure!(
                    low == amount(of_members, all, outcome + 1, row)?,
                    "{PARTS} parts of a fen are too coarse"
                );
                Ok(low)
            }
        });
        let values = values.collect::<Result<Vec<_>>>().with_context(|| (*rule).to_owned())?;
        columns::write(folder, &format!("rule.{rule}"), values.into_iter())?;
    }
    Ok(())
}
