//! Snapshots: folds, absence, freshness, reach, the round trip and the digests.

use std::collections::{BTreeMap, HashSet};

use doudi_monitoring::contract::{Encoding, Vocabulary};
use doudi_monitoring::delivery::{self, Delivery};
use doudi_monitoring::import::Answer;
use doudi_monitoring::population::{Population, PopulationHousehold, PopulationMember};
use doudi_monitoring::register::{Authorisation, Register};
use doudi_monitoring::snapshot::{self, Snapshot, Sources};
use doudi_policy::column::{Column, Data, State};
use doudi_registry::{Relation, Sex, UrbanRural};

use crate::support::{book, contracts, csv, date, month, name, number, register, try_known};

fn village(people: u16) -> Population {
    let household = |id: i64| PopulationHousehold {
        id,
        division: "990121103001".parse().unwrap(),
        class: Some(if id == 1 { UrbanRural::Urban } else { UrbanRural::Rural }),
    };
    let member = |n: u16| PopulationMember {
        person: i64::from(n),
        household: i64::from(n.div_ceil(2)),
        relation: if n % 2 == 1 { Relation::Head } else { Relation::Child },
        sex: if n % 2 == 1 { Sex::Male } else { Sex::Female },
        birth: Some(date(if n % 2 == 1 { "1975-03-17" } else { "2012-09-01" })),
        died: None,
        left: false,
    };
    let households = (1..=i64::from(people.div_ceil(2))).map(household).collect();
    Population::build(households, (1..=people).map(member).collect()).0
}

fn delivered(feed: &str, rows: &[Vec<String>], register: &Register) -> Delivery {
    let contracts = contracts();
    let contract = contracts.get(feed).unwrap();
    let text = csv(contract, rows);
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    let gb18030 = contract.encoding == Encoding::Gb18030;
    let bytes = if gb18030 { gb.as_ref() } else { text.as_bytes() };
    let folder = tempfile::tempdir().unwrap();
    let preview = try_known(feed, &format!("{feed}_2024-05.csv"), bytes, register, &[]).unwrap();
    let accepted = preview.accept(Answer::DespiteHolds, folder.path()).unwrap();
    let back = delivery::read(&accepted.path, &accepted.digest).unwrap();
    assert_eq!(back, accepted.delivery, "a delivery reads back as it was");
    back
}

fn taken(people: u16, deliveries: Vec<Delivery>, authorised: &[i64]) -> Snapshot {
    let book = book();
    let deliveries: BTreeMap<String, Delivery> =
        deliveries.into_iter().map(|d| (d.label.feed.clone(), d)).collect();
    let sources = Sources {
        contracts: &contracts(),
        vocabulary: Vocabulary { facts: book.facts(), enums: book.enums() },
        population: &village(people),
        receiving: &[],
        deliveries: &deliveries,
        authorised: &authorised.iter().copied().collect::<HashSet<_>>(),
        monitored: &HashSet::new(),
        period: month("2024-06"),
        day: date("2024-06-17"),
    };
    snapshot::build(sources).unwrap()
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn numbers(column: &Column) -> Vec<Option<i64>> {
    let Data::Number(values) = &column.data else { panic!("no number") };
    let known = |s: &State| matches!(s, State::Known | State::Stale);
    values.iter().zip(&column.state).map(|(v, s)| known(s).then_some(*v)).collect()
}

#[test]
fn rows_fold_into_facts_and_absence_means_what_the_contract_says() {
    let register = register(6);
    let enrolled = |n: u16, state: &str| row([&number(n), &name(n), state, "2024", "否"]);
    let bill = |n: u16, on: &str, kind: &str, own: &str| {
        row([&number(n), &name(n), on, "县医院", kind, "", "9000", "1", "1", "1", own])
    };
    let snapshot = taken(
        6,
        vec![
            delivered(
                "medical_enrolment",
                &[enrolled(1, "正常"), enrolled(2, "正常"), enrolled(3, "中断")],
                &register,
            ),
            delivered(
                "medical_insurance",
                &[
                    bill(1, "2024-05-02", "住院", "1200.50"),
                    bill(1, "2023-06-01", "住院", "800"),
                    bill(1, "2023-05-31", "住院", "99999"),
                    bill(1, "2024-01-09", "门诊", "100"),
                    bill(4, "2024-05-02", "门诊", "5"),
                ],
                &register,
            ),
            delivered(
                "ss_contribution",
                &[
                    row([&number(1), &name(1), "厂", "2900", "2024-05", "正常"]),
                    row([&number(1), &name(1), "厂", "3100", "2024-04", "正常"]),
                    row([&number(3), &name(3), "厂", "2500", "2024-01", "正常"]),
                    row([&number(5), &name(5), "厂", "2500", "2024-05", "停保"]),
                ],
                &register,
            ),
            delivered(
                "real_estate",
                &[row([&number(5), &name(5), "住宅", "88.5", "2024-05-05", "单独所有"])],
                &register,
            ),
        ],
        &[],
    );
    let members = &snapshot.batch.members.columns;
    // The window of twelve months ends on the delivery's day; the insured without a bill paid nothing, for the
    // others nothing is known.
    let paid = numbers(&members["medical_self_paid_12m"]);
    assert_eq!(paid, [Some(210_050), Some(0), None, Some(500), None, None]);
    let stay = numbers(&members["largest_stay_self_paid_12m"]);
    assert_eq!(stay[..3], [Some(120_050), Some(0), None]);
    // The newest row counts; children have no wage; who has stopped may have another wage.
    let wage = &members["wage"];
    assert_eq!(numbers(wage), [Some(290_000), Some(0), Some(250_000), Some(0), None, Some(0)]);
    assert_eq!(wage.state[2], State::Stale, "a contribution of January is old in June");
    // Urban dwellings are registered, rural ones mostly not.
    assert_eq!(numbers(&members["dwelling_count"]), [Some(0), Some(0), None, None, Some(1), None]);
    assert!(!members.contains_key("vehicle_count"), "no delivery says nothing, not none");
    assert!(snapshot.made_of.without.contains(&"vehicles".to_owned()));
    let Data::Bool(receives) = &members["in_dibao"].data else { panic!("no truth") };
    assert!(members["in_dibao"].state.iter().all(|s| *s == State::Known) && !receives.iter().any(|r| *r));
}

#[test]
fn an_authorised_column_is_unknown_for_everyone_without_a_live_authorisation() {
    let mut register = register(8);
    for (number, household, to) in
        [("SQ1", 1, "2024-12-31"), ("SQ2", 2, "2024-05-30"), ("SQ3", 3, "2024-12-31")]
    {
        let (from, to) = (date("2024-01-01"), date(to));
        register.add_authorisation(Authorisation { number: number.to_owned(), household, from, to });
    }
    let bank = |paper: &str, n: u16, money: &str| row([paper, &number(n), &name(n), money, "0", "0.5"]);
    let rows = [
        bank("SQ1", 1, "1000"),
        bank("SQ1", 2, "20.50"),
        bank("SQ2", 3, "7777"),
        bank("SQ3", 5, "30"),
        // A live paper of another household authorises nothing.
        bank("SQ1", 7, "8888"),
        bank("", 8, "9999"),
    ];
    let contracts = contracts();
    let text = csv(contracts.get("bank_assets").unwrap(), &rows);
    let preview =
        try_known("bank_assets", "bank_assets_2024-05.csv", text.as_bytes(), &register, &[]).unwrap();
    assert_eq!(preview.counts.accepted, 3);
    assert!(preview.sentences().all(|s| s.zh.contains("没有有效的核对授权书")));
    let delivery = delivered("bank_assets", &rows, &register);
    let state = |authorised: &[i64]| {
        let snapshot = taken(8, vec![delivery.clone()], authorised);
        let column = snapshot.batch.columns["financial_assets"].clone();
        (numbers(&column), column.state)
    };
    let (values, states) = state(&[1, 3]);
    assert_eq!(states[0], State::Known);
    assert_eq!(values, [Some(102_150), None, Some(3_050), None]);
    assert_eq!(states[1..], [State::OutOfReach, State::Known, State::OutOfReach]);
    // The authorisation ends: the same delivery says nothing any more, to anybody.
    let (values, states) = state(&[]);
    assert_eq!(states, [State::OutOfReach; 4]);
    assert_eq!(values, [None; 4]);
}

#[test]
fn a_snapshot_reads_back_as_it_was_and_any_change_is_seen() {
    let register = register(6);
    let rows: Vec<_> =
        (1..=6).map(|n| row([&number(n), &name(n), "厂", "2900", "2024-05", "正常"])).collect();
    let snapshot = taken(6, vec![delivered("ss_contribution", &rows, &register)], &[]);
    let folder = tempfile::tempdir().unwrap();
    let (place, digest) = snapshot::write(folder.path(), &snapshot).unwrap();
    assert_eq!(snapshot::read(&place, &digest).unwrap(), snapshot);
    // The same facts are the same bytes.
    assert_eq!(snapshot::write(folder.path(), &snapshot).unwrap(), (place.clone(), digest.clone()));
    for file in ["members.arrow", "households.arrow", "manifest.json"] {
        let path = place.join(file);
        let whole = std::fs::read(&path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().permissions().readonly());
        let text = String::from_utf8_lossy(&whole);
        assert!(!text.contains(&name(1)) && !text.contains(&number(1)), "{file} names nobody");
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &changed).unwrap();
        let error = snapshot::read(&place, &digest).unwrap_err().to_string();
        assert!(error.contains("摘要不符") && error.contains("restore it from the backup"), "{error}");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &whole).unwrap();
    }
    assert!(snapshot::read(&place, &digest).is_ok());
}

#[test]
fn a_delivery_is_immutable() {
    let register = register(4);
    let rows: Vec<_> =
        (1..=4).rev().map(|n| row([&number(n), &name(n), "厂", "2900", "2024-05", "正常"])).collect();
    let delivery = delivered("ss_contribution", &rows, &register);
    assert_eq!(delivery.person, [1, 2, 3, 4], "sorted by person");
    assert_eq!(delivery.line, [5, 4, 3, 2], "each row keeps its line");
    assert_eq!(delivery.citation(0), "ss_contribution@2024-05:5");
    let folder = tempfile::tempdir().unwrap();
    let (path, digest) = delivery::write(folder.path(), &delivery).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("石一") && !text.contains(&number(1)) && !text.contains("单位名称"));
    let other = digest.replace('a', "b");
    assert!(delivery::read(&path, &other).is_err());
    assert!(std::fs::OpenOptions::new().write(true).open(&path).is_err() || cfg!(unix), "read only");
}

#[test]
fn a_certificate_that_has_run_out_leaves_the_facts_unknown() {
    let register = register(8);
    let card = |n: u16, class: (&str, &str), grade: (&str, &str), issued: &str, until: &str| {
        let card = format!("{}{}{}", number(n), class.0, grade.0);
        row([&card, &name(n), class.1, grade.1, issued, until, "有效"])
    };
    let (limb, first) = (("4", "肢体"), ("1", "一级"));
    let rows = [
        card(1, limb, first, "2014-06-18", "2024-06-17"),
        card(2, limb, first, "2014-06-17", "2024-06-16"),
        card(3, limb, first, "2014-06-17", ""),
        // The one that runs out is issued again.
        card(4, limb, first, "2014-05-01", "2024-04-30"),
        card(4, limb, ("2", "二级"), "2024-05-01", "2034-04-30"),
    ];
    let snapshot = taken(8, vec![delivered("disability", &rows, &register)], &[]);
    let columns = &snapshot.batch.members.columns;
    for fact in ["disability_class", "disability_grade"] {
        let states = &columns[fact].state;
        let (known, missing) = (State::Known, State::Missing);
        assert_eq!(states[..5], [known, missing, known, known, known], "{fact}: {states:?}");
    }
    let Data::Enum(grades) = &columns["disability_grade"].data else { panic!("no enum") };
    assert!(grades[0] == grades[2] && grades[0] != grades[3], "{grades:?}");
    let book = book();
    let decl = book.facts().iter().find(|f| f.id == "disability_class").unwrap();
    let enums = &book.enums()[usize::from(decl.enum_index.unwrap())].values;
    let Data::Enum(classes) = &columns["disability_class"].data else { panic!("no enum") };
    assert_eq!(enums[usize::from(classes[4])].0, "none", "who has no row has no certificate");
    assert_eq!(numbers(&columns["disability_certified_on"])[1], None);
}

fn rows(columns: &BTreeMap<String, Column>, rows: std::ops::Range<usize>) -> BTreeMap<String, Column> {
    let cut = |column: &Column| Column {
        data: match &column.data {
            Data::Number(values) => Data::Number(values[rows.clone()].to_vec()),
            Data::Enum(values) => Data::Enum(values[rows.clone()].to_vec()),
            Data::Bool(values) => Data::Bool(values[rows.clone()].to_vec()),
        },
        state: column.state[rows.clone()].to_vec(),
    };
    columns.iter().map(|(fact, column)| (fact.clone(), cut(column))).collect()
}

/// Some households of a snapshot as a part of it.
fn cut(whole: &Snapshot, households: std::ops::Range<usize>) -> Snapshot {
    let mut part = whole.clone();
    let ends = &whole.batch.members.offsets[households.start..=households.end];
    let members = ends[0] as usize..ends[ends.len() - 1] as usize;
    part.batch.households = households.len();
    part.batch.division = whole.batch.division[households.clone()].to_vec();
    part.batch.columns = rows(&whole.batch.columns, households.clone());
    part.batch.members.columns = rows(&whole.batch.members.columns, members.clone());
    part.batch.members.offsets = ends.iter().map(|end| end - ends[0]).collect();
    part.batch.members.complete = whole.batch.members.complete[households.clone()].to_vec();
    part.batch.obligors.offsets = vec![0; households.len() + 1];
    part.batch.obligors.complete = vec![false; households.len()];
    part.households = whole.households[households].to_vec();
    part.persons = whole.persons[members].to_vec();
    part
}

#[test]
fn a_snapshot_written_in_parts_is_the_same_snapshot() {
    let whole = taken(7, Vec::new(), &[]);
    assert_eq!(whole.batch.households, 4);
    let parts = [cut(&whole, 0..1), cut(&whole, 1..3), cut(&whole, 3..4)];
    let folder = tempfile::tempdir().unwrap();
    let write = |parts: &[Snapshot]| {
        let divisions = whole.batch.divisions.clone();
        let mut writer = snapshot::Writer::create(folder.path(), whole.made_of.clone(), divisions).unwrap();
        for part in parts {
            writer.add(part).unwrap();
        }
        assert_eq!(snapshot::newest(folder.path()), None, "it is none before it is finished");
        writer.finish().unwrap()
    };
    let (place, digest) = write(&parts);
    let read: Vec<Snapshot> =
        snapshot::Parts::open(&place, &digest).unwrap().map(|part| part.unwrap()).collect();
    assert_eq!(read, parts);
    assert_eq!(snapshot::read(&place, &digest).unwrap(), whole);
    assert_eq!(snapshot::newest(folder.path()).as_deref(), Some(place.as_path()));

    // In one part it is the very snapshot that is written at once.
    let other = tempfile::tempdir().unwrap();
    let (_, at_once) = snapshot::write(other.path(), &whole).unwrap();
    std::fs::remove_dir_all(&place).unwrap();
    assert_eq!(write(std::slice::from_ref(&whole)).1, at_once);
}

#[test]
fn a_snapshot_in_parts_is_refused_where_a_byte_differs_or_a_part_does_not_fit() {
    let whole = taken(7, Vec::new(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let divisions = whole.batch.divisions.clone();
    let mut writer = snapshot::Writer::create(folder.path(), whole.made_of.clone(), divisions).unwrap();
    writer.add(&cut(&whole, 0..2)).unwrap();
    let mut elsewhere = cut(&whole, 2..4);
    elsewhere.batch.divisions = vec!["990121".parse().unwrap()];
    assert!(writer.add(&elsewhere).is_err(), "other divisions");
    let mut fewer = cut(&whole, 2..4);
    fewer.batch.columns.pop_first().unwrap();
    assert!(writer.add(&fewer).is_err(), "other columns");
    writer.add(&cut(&whole, 2..4)).unwrap();
    let (place, digest) = writer.finish().unwrap();
    assert_eq!(snapshot::read(&place, &digest).unwrap(), whole);
    let path = place.join("members.arrow");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let refused = |error| matches!(error, delivery::DeliveryError::Altered { .. });
    assert!(refused(snapshot::Parts::open(&place, &digest).unwrap_err()));
    assert!(refused(snapshot::read(&place, &digest).unwrap_err()));
}
