//! `doudi policy simulate`: a change over a population, before it is decided.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_monitoring::snapshot;
use doudi_policy::book::Book;
use doudi_policy::book::change::{ChangeHead, head};
use doudi_policy::column::Batch;
use doudi_policy::diff::{Side, What, diff, headline};
use doudi_policy::eval::Mode;
use doudi_policy::explain::Text;
use doudi_policy::golden::parse_goldens;
use doudi_policy::lang::Lang;
use doudi_policy::plan::Plan;
use doudi_policy::sheet::FactSheet;
use doudi_policy::simulate::text::render_text;
use doudi_policy::simulate::{Model, Report, ReportInput, Settings, cliffs, curve, follow_on, simulate};
use doudi_policy::{Date, DivisionCode, Month};
use doudi_synth::ByTheLaw;

use super::diff::tests;
use super::{batch_of, print_text};
use crate::cli::{Format, SimulateArgs};
use crate::{bundled, law};

/// Everybody who is counted.
struct Population {
    batch: Batch,
    households: Vec<i64>,
    persons: Vec<i64>,
    of: Text,
    digest: Option<String>,
}

/// A change that has been read.
struct Change {
    head: ChangeHead,
    book: Book,
}

pub(super) fn run(folder: Option<&Path>, args: &SimulateArgs, lang: Lang) -> Result<ExitCode> {
    if args.list_households && args.format != Format::Json {
        bail!(
            "逐户清单只在 JSON 里给出，请加 --format json。/ The list of households is given in JSON only; add --format json."
        );
    }
    let files = bundled::policies(folder)?;
    let book = law::book(&files, lang)?;
    let taken = match &args.snapshot {
        Some(place) => Some(open(place, lang)?),
        None => None,
    };
    let period: Month = match (&args.period, &taken) {
        (Some(text), _) => text.parse()?,
        (None, Some((snapshot, _))) => snapshot.made_of.period,
        (None, None) => Month::of(2024, 6),
    };
    let as_of: Date = match &args.as_of {
        Some(text) => text.parse()?,
        None => period.last_day(),
    };
    let change = changed(&args.change, &files, period, lang)?;
    // A change is known from the day on which it is to hold.
    let known = change.head.from.map_or(as_of, |from| as_of.max(from));
    let before = law::plan(&book, period, as_of, lang)?;
    let after = law::plan(&change.book, period, known, lang)?;
    let population = match taken {
        Some((snapshot, digest)) => of_snapshot(snapshot, digest),
        None => latent(&book, &before, args, lang)?,
    };
    let threads = args.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    let settings = Settings {
        mode: Mode::Find,
        threads: threads.unwrap_or(1),
        list: args.list_households,
        level: args.level,
        groups: &before,
    };
    let batch = &population.batch;
    let told = |e: doudi_policy::simulate::SimulateError| anyhow!("{e}");
    let done = simulate(&before, &after, batch, &settings).map_err(told)?;
    let follows = follow_on(&after, batch, &done, settings.mode);
    let edges = cliffs(&before, &after, batch, &done, args.cliffs, &settings);
    let models = models(&book, &files, &batch.divisions);
    let drawn =
        if done.programmes.is_empty() { None } else { curve(&before, &after, &models, settings.mode) };
    let differ = diff(
        Side { book: &book, at: Some((period, as_of)) },
        Side { book: &change.book, at: Some((period, known)) },
    );
    let sentences = differ.items.iter().filter(|i| i.what != What::Reworded).map(headline);
    let report = Report::new(&ReportInput {
        title: Text::new(&change.head.zh, &change.head.en),
        change: sentences.collect(),
        before: &before,
        after: &after,
        mode: settings.mode,
        population: population.of,
        digest: population.digest,
        simulation: &done,
        follow_on: &follows,
        cliffs: &edges,
        curve: drawn.as_ref(),
        place: &place,
        list: args.list_households.then_some((&population.households, &population.persons)),
    });
    match args.format {
        Format::Text => print_text(&render_text(&report, lang)),
        Format::Json => print_text(&serde_json::to_string_pretty(&report)?),
        Format::Html => print_text(&doudi_web::report::page(&report, web_lang(lang))),
    }
}

fn web_lang(lang: Lang) -> doudi_web::Lang {
    match lang {
        Lang::Zh => doudi_web::Lang::Zh,
        Lang::En => doudi_web::Lang::En,
    }
}

/// Name of a place of the fictional county; other places keep their codes.
fn place(code: &str) -> Option<Text> {
    let zh = doudi_synth::name_of(code).last().copied()?;
    Some(Text::new(zh, doudi_web::Lang::En.name(zh)))
}

fn open(place: &Path, lang: Lang) -> Result<(snapshot::Snapshot, String)> {
    let Some(folder) = snapshot::newest(place) else {
        let place = place.display();
        bail!(
            "{}",
            lang.pick(
                &format!("{place} 里没有快照。请指向有 manifest.json 的快照文件夹，或 doudi demo --dir 留下的文件夹；也可以用 --county 在虚构县上试。"),
                &format!("there is no snapshot in {place}. Name the folder of a snapshot, which holds manifest.json, or one that `doudi demo --dir` left; or try the fictional county with --county."),
            )
        );
    };
    snapshot::open(&folder).map_err(|e| anyhow!("{e}"))
}

/// The book after the change.
fn changed(change: &Path, files: &[(String, String)], period: Month, lang: Lang) -> Result<Change> {
    if change.is_dir() {
        let name = change.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let head = ChangeHead {
            zh: format!("改用政策包文件夹 {name}"),
            en: format!("The packages of the folder {name}"),
            ..ChangeHead::default()
        };
        return Ok(Change { head, book: law::book(&bundled::policies(Some(change))?, lang)? });
    }
    let shown = change.display().to_string();
    let text = std::fs::read_to_string(change).with_context(|| {
        format!("读不了 {shown}，应为 UTF-8 的 TOML 文件 / cannot read {shown}; it should be TOML in UTF-8")
    })?;
    let head = head(&text);
    if let Some(from) = head.from.filter(|from| *from > period.last_day()) {
        bail!(
            "改动自 {from} 起，模拟的月份是 {period}，还没有生效；请用 --period 选改动之后的月份。/ The change holds from {from}, after the month {period} that is simulated; choose a later --period."
        );
    }
    // The file is read with the packages also where it only names a folder, so that its faults are told.
    let own = Book::with_change(files.iter().cloned(), &shown, &text).map_err(|f| law::faults(&f, lang))?;
    let book = match &head.policies {
        Some(folder) => {
            let folder = change.parent().unwrap_or(Path::new(".")).join(folder);
            law::book(&bundled::policies(Some(&folder))?, lang)?
        }
        None => own,
    };
    Ok(Change { head, book })
}

fn of_snapshot(snapshot: snapshot::Snapshot, digest: String) -> Population {
    let day = snapshot.made_of.day;
    Population {
        of: Text::new(
            format!("快照 {day}，户籍家庭，部门登记的信息"),
            format!("Snapshot of {day}, hukou households, what departments have on file"),
        ),
        batch: snapshot.batch,
        households: snapshot.households,
        persons: snapshot.persons,
        digest: Some(digest),
    }
}

/// The fictional county with everything known.
fn latent(book: &Book, plan: &Plan, args: &SimulateArgs, lang: Lang) -> Result<Population> {
    let truth = ByTheLaw::new(book, plan.period, plan.as_of).map_err(|e| anyhow!("{e}"))?;
    let sheets = doudi_synth::latent(args.seed, args.households, &truth)?;
    let batch = batch_of(&sheets, plan, lang)?;
    let ids = |n: usize| (1..=i64::try_from(n).unwrap_or(i64::MAX)).collect::<Vec<i64>>();
    let people = batch.members.offsets.last().map_or(0, |o| *o as usize);
    let seed = args.seed;
    Ok(Population {
        households: ids(batch.households),
        persons: ids(people),
        batch,
        of: Text::new(
            format!("虚构的青石县（种子 {seed}），凡是它有的事实全部已知"),
            format!(
                "The fictional Qingshi county (seed {seed}), every fact that it has known about everybody"
            ),
        ),
        digest: None,
    })
}

/// Golden households of the area: invented families, so that no real one is drawn.
fn models(book: &Book, files: &[(String, String)], divisions: &[DivisionCode]) -> Vec<Model> {
    let area = (1..=3).rev().find_map(|level| {
        let area = divisions.first()?.at_level(level)?;
        divisions.iter().all(|d| d.within(&area)).then_some(area)
    });
    let here = |division: &Option<DivisionCode>| match (&area, division) {
        (Some(area), Some(division)) => division.within(area),
        _ => true,
    };
    tests(files)
        .iter()
        .filter_map(|(path, text)| parse_goldens(book, path, text).ok())
        .flatten()
        .filter(|golden| here(&golden.sheet.division))
        .map(|golden| {
            // An invented family has the people that it lists.
            let sheet = FactSheet { members_complete: true, obligors_complete: true, ..golden.sheet };
            Model { title: golden.title, sheet }
        })
        .collect()
}
