//! A village of a few people, and files about them.

use std::path::{Path, PathBuf};

use doudi_monitoring::contract::{Contract, Contracts};
use doudi_monitoring::import::{Intake, KnownFile, Preview, preview};
use doudi_monitoring::problem::FileProblem;
use doudi_monitoring::register::Register;
use doudi_policy::book::Book;
use doudi_policy::{Date, Month};
use doudi_registry::{IdentityNumber, PersonId};

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub(crate) fn contracts() -> Contracts {
    Contracts::builtin().unwrap()
}

fn policy_files(folder: &Path, name: &str, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            policy_files(&path, &name, files);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            files.push((name, text));
        }
    }
}

/// The law of the repository.
pub(crate) fn book() -> Book {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut files = Vec::new();
    policy_files(&folder, "policies", &mut files);
    files.sort();
    Book::from_files(files).unwrap()
}

/// Person `n` of the village: 石一 … by number.
pub(crate) fn number(n: u16) -> String {
    let birth = Date::from_ymd(1950 + (n % 50) as i16, 3, 17).unwrap();
    IdentityNumber::compose("990121", birth, n).unwrap().as_str().to_owned()
}

pub(crate) fn name(n: u16) -> String {
    let given: String =
        n.to_string().chars().map(|c| "零一二三四五六七八九".chars().nth(c as usize - 48).unwrap()).collect();
    format!("石{given}")
}

/// People 1 to `people`, two to a household.
pub(crate) fn register(people: u16) -> Register {
    let codes = ["99", "9901", "990121", "990121103", "990121103001"];
    let mut register = Register::new(codes.map(|c| c.parse().unwrap()));
    for n in 1..=people {
        let parsed = IdentityNumber::parse(&number(n)).unwrap();
        let household = i64::from(n.div_ceil(2));
        assert!(register.add_person(&parsed, &name(n), PersonId(i64::from(n)), Some(household), false));
    }
    register
}

/// A file of a feed: its header and rows, each cell given.
pub(crate) fn csv(contract: &Contract, rows: &[Vec<String>]) -> String {
    let header: Vec<&str> = contract.fields.iter().map(|f| f.column.as_str()).collect();
    let mut text = header.join(",") + "\n";
    for row in rows {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    text
}

/// A row of insured wages for person `n`.
pub(crate) fn wage(n: u16, base: &str, month: &str) -> Vec<String> {
    [&number(n), &name(n), "青石县石桥食品厂", base, month, "正常"].map(str::to_owned).to_vec()
}

pub(crate) fn wages(rows: &[Vec<String>]) -> String {
    csv(contracts().get("ss_contribution").unwrap(), rows)
}

/// Previews a file of May 2024 of a feed among `people` people.
pub(crate) fn try_file(feed: &str, file: &str, bytes: &[u8], people: u16) -> Result<Preview, FileProblem> {
    try_known(feed, file, bytes, &register(people), &[])
}

pub(crate) fn try_known(
    feed: &str,
    file: &str,
    bytes: &[u8],
    register: &Register,
    known: &[KnownFile],
) -> Result<Preview, FileProblem> {
    let contracts = contracts();
    let intake = Intake {
        contract: contracts.get(feed).unwrap(),
        register,
        known,
        period: month("2024-05"),
        as_of: date("2024-05-31"),
    };
    let preview = preview(file, bytes, intake)?;
    let c = preview.counts;
    assert_eq!(c.accepted + c.quarantined + c.duplicates, c.rows, "the counts add up");
    Ok(preview)
}

/// The one sentence of a preview with one bad row.
pub(crate) fn sentence(preview: &Preview) -> (String, String) {
    let all: Vec<_> = preview.sentences().collect();
    assert_eq!(all.len(), 1, "{all:?}");
    (all[0].zh.clone(), all[0].en.clone())
}
