//! 青石县: a fictional county with everybody in it, and what its departments see.
//!
//! Two layers. The latent world holds what is so: people, kin, income, property, illness, work, deaths and
//! floods over 24 months. The departments' files show part of it, late and with errors. Who is entitled is
//! computed from the latent world by the law given as [`Entitlement`]; who receives is decided by chance.
//! The same seed gives the same bytes: all chance comes from ChaCha streams, nothing reads a clock, and no
//! order depends on hashing.

mod awards;
mod calibration;
mod care;
mod datasheet;
mod dice;
mod events;
mod files;
mod guided;
mod ident;
mod law;
mod names;
mod observe;
mod places;
mod population;
mod registers;
mod sheet;
mod spoil;
mod table;
mod truth;
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;

use doudi_policy::sheet::FactSheet;
use serde::{Deserialize, Serialize};

pub use awards::{Entitled, Entitlement, Judgement};
pub use calibration::LASTING_TAKE_UP;
pub use datasheet::data_sheet;
pub use law::ByTheLaw;
pub use places::name_of;

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The same seed and size give the same bytes.
    pub seed: u64,
    /// Number of hukou households, the guided family included; about 2.85 people each.
    pub households: u32,
    /// Folder to write into; made where it is missing, files of the same name are replaced.
    pub out: PathBuf,
    /// 救助覆盖: of households entitled for more than two years, how many of 100 receive.
    pub take_up: u32,
}

impl Config {
    /// A county with the take-up of the data sheet.
    #[must_use]
    pub fn new(seed: u64, households: u32, out: PathBuf) -> Self {
        Self { seed, households, out, take_up: LASTING_TAKE_UP }
    }
}

/// What was generated, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Hukou households.
    pub households: usize,
    /// People alive and on the hukou on the last day.
    pub persons: usize,
    /// Of them in rural households.
    pub rural_persons: usize,
    /// Rows of each feed.
    pub rows: BTreeMap<String, usize>,
    /// Errors put into the files, by kind.
    pub errors: BTreeMap<String, usize>,
    /// Households entitled to something on the last day, by programme.
    pub entitled: BTreeMap<String, usize>,
    /// Households receiving, by programme.
    pub receiving: BTreeMap<String, usize>,
    /// Households entitled to something that they do not receive.
    pub missed: usize,
    /// Of them those of whom no feed shows a cause.
    pub missed_unseen: usize,
    /// Outcomes that the law left open although nothing is unknown; empty unless something is broken.
    pub undecided: BTreeMap<String, usize>,
    /// Households receiving something that is not due.
    pub wrongly_paid: usize,
    /// People covered by dibao or the single-person route in rural households.
    pub rural_dibao_persons: usize,
    /// Rural households with dibao.
    pub rural_dibao_households: usize,
    /// Rural people with tekun support.
    pub rural_tekun_persons: usize,
    /// People with a valid disability certificate.
    pub disability_certificates: usize,
}

/// Why the county could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// A file could not be written.
    #[error(
        "无法写入 {path}：{source}。请检查文件夹是否存在、可写、有空间 / cannot write {path}: {source}; check that the folder exists, is writable and has room"
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A row could not be put into CSV.
    #[error("无法生成 CSV：{0} / cannot make CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A sheet could not be made.
    #[error("无法生成 XLSX：{0} / cannot make XLSX: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The law cannot read a sheet of the latent world.
    #[error(
        "规则无法读取事实表：{0}。请先运行 doudi policy check / the law cannot read a facts sheet: {0}; run doudi policy check first"
    )]
    Law(String),
    /// Too few households for the guided family.
    #[error("至少需要 1 户 / at least 1 household is needed")]
    Empty,
}

/// Generates the county and writes its files: `register/`, `feeds/`, `truth/` and `DATASHEET.md`.
///
/// # Errors
/// No household asked for, or a file that cannot be written.
pub fn generate(config: &Config, law: &dyn Entitlement) -> Result<Report, SynthError> {
    if config.households == 0 {
        return Err(SynthError::Empty);
    }
    let seed = config.seed;
    let mut numbers = ident::Numbers::default();
    let mut world = build(config, &mut numbers);
    let standings = standings(config, &world, law).map_err(SynthError::Law)?;
    let seen = registers::Registered::of(seed, &world);
    registers::write(&config.out, &world, &seen, &standings)?;
    let mut report = truth::count(&world, &standings);
    let mut injected = Vec::new();
    for (at, shape) in table::SHAPES.iter().enumerate() {
        let mut table = observe::table(seed, at as u64, *shape, &world, &seen, &standings, &mut numbers);
        if shape.id == "bank_assets" {
            registers::write_authorisations(&config.out, seed, &world, &table)?;
        }
        injected.extend(spoil::spoil(seed, at as u64, &mut table));
        observe::mark_seen(&mut world, &table);
        files::delivery(&config.out.join("feeds"), &table)?;
        report.rows.insert(shape.id.to_owned(), table.rows.len());
    }
    for error in &injected {
        *report.errors.entry(error.kind.to_owned()).or_default() += 1;
    }
    report.missed_unseen = truth::write(&config.out.join("truth"), &world, &standings, &injected)?;
    files::write(&config.out.join("DATASHEET.md"), data_sheet().as_bytes())?;
    Ok(report)
}

/// The latent world as facts sheets, one a household: everything about everybody is known, and what is received is as
/// in the county's register of awards. Nothing is written.
///
/// # Errors
/// No household asked for, or a law that cannot read a sheet.
pub fn latent(seed: u64, households: u32, law: &dyn Entitlement) -> Result<Vec<FactSheet>, SynthError> {
    if households == 0 {
        return Err(SynthError::Empty);
    }
    let config = Config::new(seed, households, PathBuf::new());
    let world = build(&config, &mut ident::Numbers::default());
    let standings = standings(&config, &world, law).map_err(SynthError::Law)?;
    let homes = world.households.iter().zip(&standings);
    let sheets = homes.filter_map(|(home, standing)| {
        let village = world.villages.get(home.village)?;
        Some(sheet::of(home, village, &awards::receives(home, &standing.awards)))
    });
    Ok(sheets.collect())
}

/// Who is entitled and who receives, household by household; the law is the slow part, so all cores share it.
fn standings(
    config: &Config,
    world: &world::World,
    law: &dyn Entitlement,
) -> Result<Vec<awards::Standing>, String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let size = world.households.len().div_ceil(threads).max(1);
    let of_chunk = |first: usize, homes: &[world::Household]| {
        (first as u64..)
            .zip(homes)
            .map(|(i, home)| awards::standing(config, i, home, &world.villages, law))
            .collect::<Result<Vec<_>, String>>()
    };
    let of_chunk = &of_chunk;
    std::thread::scope(|scope| {
        let chunks = world.households.chunks(size).enumerate();
        let running: Vec<_> =
            chunks.map(|(n, homes)| scope.spawn(move || of_chunk(n * size, homes))).collect();
        let mut all = Vec::with_capacity(world.households.len());
        for thread in running {
            all.extend(thread.join().unwrap_or_else(|e| std::panic::resume_unwind(e))?);
        }
        Ok(all)
    })
}

fn build(config: &Config, numbers: &mut ident::Numbers) -> world::World {
    let seed = config.seed;
    let villages = places::villages(&mut dice::Dice::new(seed, dice::Purpose::Disasters, 1));
    let floods = events::flooded(seed, &villages);
    let mut households = population::build(seed, config.households, &villages, numbers);
    for (i, home) in households.iter_mut().enumerate() {
        events::live(seed, i as u64, home, &floods, numbers);
        care::bills(seed, i as u64, home);
    }
    world::World { villages, households }
}
