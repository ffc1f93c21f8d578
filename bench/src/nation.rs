//! 全国: the rules B1 over a snapshot of a whole country, written and read part by part.

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use doudi_monitoring::snapshot::{MadeOf, Parts, Snapshot, Writer};
use doudi_policy::plan::Plan;
use doudi_policy::{Mode, sweep};

use crate::b1;
use crate::machine::{Watch, peak_mb};
use crate::rules::Totals;

/// Households of one part.
const PART: usize = 1 << 18;

const THREADS: usize = 2;

pub(crate) fn measure(households: usize) -> Result<()> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
    let folder = tempfile::tempdir_in(target).context("a folder below target/")?;
    let plan = b1::plan()?;
    let watch = Watch::start();
    let (place, digest, expected) = write(folder.path(), &plan, households)?;
    println!(
        "B1: {households} households of seed {}, in parts of {PART}, made, assessed and written: {watch}",
        b1::SEED
    );
    let watch = Watch::start();
    let parts = Parts::open(&place, &digest)?;
    let (_, persons) = parts.size();
    println!("{persons} persons, {} MB on disk, every byte checked: {watch}", megabytes(&place)?);
    println!("largest memory so far {} MB", peak_mb());
    let watch = Watch::start();
    let (totals, evaluating) = read(&plan, parts)?;
    println!(
        "read and assessed on {THREADS} threads beside one that reads: {watch}, {} persons/s; assessing alone {} ms, {} persons/s",
        watch.rate(persons),
        evaluating.as_millis(),
        persons as u128 * 1_000_000 / evaluating.as_micros().max(1),
    );
    ensure!(totals == expected, "{totals:?} from the snapshot, {expected:?} from the households themselves");
    println!("  equal to what the households gave before they were written: {totals:?}");
    Ok(())
}

/// Writes the households and returns what they come out as.
fn write(folder: &Path, plan: &Plan, households: usize) -> Result<(std::path::PathBuf, String, Totals)> {
    let made_of = MadeOf {
        period: plan.period,
        day: plan.as_of,
        membership: "made up".to_owned(),
        deliveries: Default::default(),
        without: Vec::new(),
    };
    // The next part is made while one is written.
    let (send, receive) = sync_channel::<(Snapshot, Totals)>(1);
    std::thread::scope(|scope| {
        let made = made_of.clone();
        scope.spawn(move || {
            let mut persons = 0_i64;
            for first in (0..households).step_by(PART) {
                let batch = b1::households(first, PART.min(households - first));
                let totals = assessed(plan, &batch, 1);
                let people = batch.members.offsets.last().map_or(0, |end| i64::from(*end));
                let part = Snapshot {
                    households: (first as i64..).take(batch.households).collect(),
                    persons: (persons..persons + people).collect(),
                    batch,
                    made_of: made.clone(),
                };
                persons += people;
                if send.send((part, totals)).is_err() {
                    break;
                }
            }
        });
        let mut writer = None;
        let mut all = Totals::default();
        for (part, totals) in receive {
            let writer = match &mut writer {
                Some(writer) => writer,
                none => none.insert(Writer::create(folder, made_of.clone(), part.batch.divisions.clone())?),
            };
            writer.add(&part)?;
            all = all.add(totals);
        }
        let (place, digest) = writer.context("at least one household")?.finish()?;
        Ok((place, digest, all))
    })
}

/// Reads the parts on a thread of their own and assesses them as they come.
fn read(plan: &Plan, parts: Parts) -> Result<(Totals, Duration)> {
    let (send, receive) = sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for part in parts {
                if send.send(part).is_err() {
                    break;
                }
            }
        });
        let (mut totals, mut evaluating) = (Totals::default(), Duration::ZERO);
        for part in receive {
            let part = part.map_err(|e| anyhow!("{e}"))?;
            let watch = Watch::start();
            totals = totals.add(assessed(plan, &part.batch, THREADS));
            evaluating += watch.took();
        }
        Ok((totals, evaluating))
    })
}

fn assessed(plan: &Plan, batch: &doudi_policy::column::Batch, threads: usize) -> Totals {
    let done = sweep(plan, batch, Mode::Decide, threads, |_, all| Totals::of(all));
    done.into_iter().fold(Totals::default(), Totals::add)
}

fn megabytes(place: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(place)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes / 1_000_000)
}
