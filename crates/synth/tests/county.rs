//! The county as somebody sees it who only has the files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use doudi_policy::book::Book;
use doudi_registry::IdentityNumber;
use doudi_synth::{ByTheLaw, Config, Report, generate};
use sha2::{Digest as _, Sha256};

/// The law of the sweep month from the repository's own packages.
fn law() -> ByTheLaw {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let law = |p: &PathBuf| p.extension().is_some_and(|e| e == "toml" || e == "csv");
    let text = |p: PathBuf| {
        let name = p.strip_prefix(&policies).unwrap().display().to_string();
        (name, std::fs::read_to_string(p).unwrap())
    };
    let texts: Vec<_> = files(&policies).into_iter().filter(law).map(text).collect();
    let book = Book::from_files(texts).expect("the book is in order");
    ByTheLaw::new(&book, "2024-06".parse().unwrap(), "2024-06-17".parse().unwrap()).unwrap()
}

fn county(seed: u64, households: u32) -> (tempfile::TempDir, Report) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(seed, households, folder.path().to_owned());
    let report = generate(&config, &law()).unwrap();
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
    (folder, report)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn digest(folder: &Path) -> Vec<(String, String)> {
    let hex = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let name = |path: &PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
    files(folder).iter().map(|p| (name(p), hex(p))).collect()
}

/// Rows of a CSV or XLSX file with the header first.
fn rows(path: &Path) -> Vec<Vec<String>> {
    if path.extension().unwrap() == "xlsx" {
        use calamine::Reader as _;
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        return sheet.rows().map(|r| r.iter().map(ToString::to_string).collect()).collect();
    }
    let bytes = std::fs::read(path).unwrap();
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => {
            let (text, _, errors) = encoding_rs::GB18030.decode(e.as_bytes());
            assert!(!errors, "{} is neither UTF-8 nor GB18030", path.display());
            text.into_owned()
        }
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn feeds(folder: &Path) -> Vec<(String, Vec<Vec<String>>)> {
    let name = |p: &PathBuf| {
        let stem = p.file_stem().unwrap().to_str().unwrap();
        stem.strip_suffix("_2024-05").unwrap().to_owned()
    };
    files(&folder.join("feeds")).iter().map(|p| (name(p), rows(p))).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (a, first) = county(7, 500);
    let (b, second) = county(7, 500);
    let (c, _) = county(8, 500);
    assert_eq!(first, second);
    assert_eq!(digest(a.path()), digest(b.path()));
    let (one, other) = (digest(a.path()), digest(c.path()));
    let same: Vec<_> = one.iter().filter(|f| other.contains(f)).map(|f| f.0.as_str()).collect();
    assert_eq!(same, ["DATASHEET.md"], "only the data sheet does not depend on the seed");
    assert_eq!(one.len(), 16 + 4 + 2 + 1);
}

#[test]
fn every_identity_number_is_valid_except_the_injected_ones() {
    let (folder, report) = county(1, 4_000);
    let errors = rows(&folder.path().join("truth/errors.csv"));
    let mut broken: BTreeSet<(String, usize)> = BTreeSet::new();
    let mut all = BTreeMap::new();
    for e in &errors[1..] {
        let line: usize = e[1].parse().unwrap();
        *all.entry(e[2].clone()).or_insert(0_usize) += 1;
        if matches!(e[2].as_str(), "id_checksum" | "id_damaged" | "id_missing") {
            broken.insert((e[0].clone(), line));
        }
    }
    assert_eq!(report.errors, all);
    let mut checked = 0;
    for (feed, rows) in feeds(folder.path()) {
        let at: Vec<usize> = (0..rows[0].len())
            .filter(|i| rows[0][*i].contains("证件号码") || rows[0][*i] == "残疾证号")
            .collect();
        for (line, row) in rows.iter().enumerate().skip(1) {
            let fine = at.iter().all(|i| {
                let text: String = row[*i].chars().take(18).collect();
                let optional = feed == "civil_births" && rows[0][*i] == "父亲证件号码";
                optional || IdentityNumber::parse(&text).is_ok_and(|n| n.is_fictional())
            });
            assert_eq!(!fine, broken.contains(&(feed.clone(), line + 1)), "{feed} line {}", line + 1);
            checked += 1;
        }
    }
    assert_eq!(checked, report.rows.values().sum::<usize>());
    let hukou = rows(&folder.path().join("register/hukou.csv"));
    let mut seen = BTreeSet::new();
    for row in &hukou[1..] {
        let number = IdentityNumber::parse(&row[1]).unwrap();
        assert_eq!(number.birth().to_string(), row[4]);
        assert!(number.is_fictional() && seen.insert(row[1].clone()), "{} twice", row[1]);
    }
}

#[test]
fn files_come_in_their_encodings() {
    let (folder, report) = county(2, 800);
    assert_eq!(report.rows.len(), 16);
    for (feed, rows) in feeds(folder.path()) {
        assert_eq!(rows.len() - 1, report.rows[&feed], "{feed}");
        let width = rows[0].len();
        assert!(rows.iter().all(|r| r.len() == width), "{feed}");
    }
    for feed in ["disability", "market"] {
        let bytes = std::fs::read(folder.path().join(format!("feeds/{feed}_2024-05.csv"))).unwrap();
        assert!(String::from_utf8(bytes).is_err(), "{feed} is GB18030");
    }
}

#[test]
fn whoever_is_entitled_has_a_cause_and_no_name_stands_in_the_truth() {
    let (folder, report) = county(3, 6_000);
    let truth = rows(&folder.path().join("truth/truth.csv"));
    let mut due = BTreeMap::new();
    let mut missed = BTreeSet::new();
    for row in &truth[1..] {
        if row[2] == "是" {
            *due.entry(row[1].clone()).or_insert(0_usize) += 1;
            assert!(!row[5].is_empty(), "{} {} without cause", row[0], row[1]);
        }
        if row[2] == "是" && row[3] == "否" {
            missed.insert(row[0].clone());
        }
    }
    assert_eq!(due, report.entitled);
    assert_eq!(missed.len(), report.missed);
    assert!(report.missed_unseen < report.missed);
    let hukou = rows(&folder.path().join("register/hukou.csv"));
    let text = std::fs::read_to_string(folder.path().join("truth/truth.csv")).unwrap()
        + &std::fs::read_to_string(folder.path().join("truth/errors.csv")).unwrap();
    for person in hukou[1..].iter().take(3_000) {
        assert!(!text.contains(&person[1]));
        assert!(person[2].chars().count() < 3 || !text.contains(&person[2]), "{}", person[2]);
    }
}

#[test]
fn the_county_lies_in_the_published_ranges() {
    let (_folder, r) = county(5, 12_000);
    let share = |part: usize, whole: usize| part * 10_000 / whole;
    let within = |what: &str, value: usize, low: usize, high: usize| {
        assert!((low..=high).contains(&value), "{what}: {value} not in {low}..={high}");
    };
    within("people per 100 households", r.persons * 100 / r.households, 265, 305);
    within("rural dibao, per 10,000", share(r.rural_dibao_persons, r.rural_persons), 350, 550);
    within(
        "people per 100 dibao households",
        r.rural_dibao_persons * 100 / r.rural_dibao_households,
        150,
        195,
    );
    within("rural tekun, per 10,000", share(r.rural_tekun_persons, r.rural_persons), 20, 50);
    within("certificates, per 10,000", share(r.disability_certificates, r.persons), 520, 680);
    within("missed households, per 10,000", share(r.missed, r.households), 150, 260);
    within("wrongly paid households, per 10,000", share(r.wrongly_paid, r.households), 8, 60);
}

#[test]
fn the_guided_family_is_there_and_receives_nothing() {
    let (folder, _) = county(11, 300);
    let code = "990121103001-0482";
    let hukou = rows(&folder.path().join("register/hukou.csv"));
    let family: Vec<&Vec<String>> = hukou.iter().filter(|r| r[0] == code).collect();
    let names: Vec<&str> = family.iter().map(|r| r[2].as_str()).collect();
    assert_eq!(names, ["石望山", "柳月梅", "石小满", "云秀英", "石立夏"]);
    assert_eq!(family[0][4], "1972-03-17");
    let mother = &family[1][1];
    let awards = rows(&folder.path().join("register/awards.csv"));
    assert!(awards.iter().all(|r| r[1] != code));
    let all: BTreeMap<_, _> = feeds(folder.path()).into_iter().collect();
    let fen = |s: &str| s.replace('.', "").parse::<i64>().unwrap();
    let paid: i64 = all["medical_insurance"].iter().filter(|r| &r[0] == mother).map(|r| fen(&r[10])).sum();
    assert_eq!(paid, 3_148_000);
    let certificate = all["disability"].iter().find(|r| r[0].starts_with(mother.as_str())).unwrap();
    assert_eq!((&certificate[2][..], &certificate[3][..], &certificate[4][..7]), ("肢体", "二级", "2024-04"));
    let truth = rows(&folder.path().join("truth/truth.csv"));
    let dibao = truth.iter().find(|r| r[0] == code && r[1] == "dibao").unwrap();
    assert_eq!((&dibao[2][..], &dibao[3][..]), ("是", "否"));
    assert_eq!(dibao[6], "disability;education;medical_insurance");
}

#[test]
fn every_household_of_the_banks_file_has_agreed() {
    let (folder, _) = county(5, 1_500);
    let register = rows(&folder.path().join("register/authorisations.csv"));
    assert_eq!(register[0], ["授权书编号", "户号", "起始日期", "截止日期"]);
    let agreed: BTreeMap<&str, &str> = register[1..].iter().map(|r| (r[0].as_str(), r[1].as_str())).collect();
    assert_eq!(agreed.len(), register.len() - 1, "each paper once");
    let hukou = rows(&folder.path().join("register/hukou.csv"));
    let home: BTreeMap<&str, &str> = hukou[1..].iter().map(|r| (r[1].as_str(), r[0].as_str())).collect();
    let banks = &feeds(folder.path()).into_iter().collect::<BTreeMap<_, _>>()["bank_assets"];
    let own = banks[1..].iter().filter(|r| home.get(r[1].as_str()) == agreed.get(r[0].as_str())).count();
    assert!(
        own * 100 > (banks.len() - 1) * 97,
        "only spoilt rows speak of somebody else: {own} of {}",
        banks.len()
    );
    let live = register[1..]
        .iter()
        .filter(|r| r[2].as_str() <= "2024-05-31" && r[3].as_str() > "2024-06-17")
        .count();
    assert!(
        live < agreed.len() && live * 10 > agreed.len() * 9,
        "a few have run out: {live} of {}",
        agreed.len()
    );
    let awards = rows(&folder.path().join("register/awards.csv"));
    let helped: BTreeSet<&str> = awards[1..].iter().map(|r| r[1].as_str()).collect();
    assert!(agreed.values().any(|code| !helped.contains(code)), "somebody outside aid has agreed as well");
}

#[test]
fn the_committed_data_sheet_is_the_one_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/data-sheet.md");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == doudi_synth::data_sheet(),
        "renew it: cargo run --release -- synth --households 1 --out FOLDER, then copy FOLDER/DATASHEET.md to docs/data-sheet.md"
    );
}
