//! A process that pays is killed at any instant: nothing is lost that was acknowledged, nothing is half done,
//! nobody is paid twice. So is one that seals everything anew with a new key: the next one goes on where it was.
//!
//! This program is its own harness (`harness = false`), because it is also the process that is killed: started
//! with [`PAY`], a database and a month it pays month after month, with [`RESEAL`] and a database it seals anew row by
//! row, started in any other way it is the test.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use doudi_payment::refusal::Text;
use doudi_payment::{Award, Beneficiary, Kind, Officer};
use doudi_policy::{Date, Fen, Month};
use doudi_registry::{
    AwardId, Division, Household, HouseholdId, HukouState, IdentityNumber, Membership, MembershipKind,
    Person, PersonId, Post, Relation, Sex, StaffId,
};
use doudi_store::{Backend, Store, testing};

const MAKER: Officer = Officer { staff: StaffId(7), post: Post::FinanceOfficer };
const REVIEWER: Officer = Officer { staff: StaffId(8), post: Post::FinanceReviewer };
const HOUSEHOLDS: i64 = 60;
/// First argument of the process that is killed.
const PAY: &str = "pay-month-after-month";
/// The same of the other one.
const RESEAL: &str = "seal-anew-row-by-row";

fn today() -> Date {
    Date::from_ymd(2024, 6, 17).unwrap()
}

async fn prepare(store: &Store) {
    store.import_divisions(&[Division::new("990121".parse().unwrap(), "青石县")]).await.unwrap();
    let households: Vec<Household> = (1..=HOUSEHOLDS)
        .map(|n| Household {
            id: HouseholdId(n),
            code: n.to_string(),
            division: "990121103001".parse().unwrap(),
            class: None,
            address: String::new(),
        })
        .collect();
    let persons: Vec<Person> = (1..=HOUSEHOLDS)
        .map(|n| Person {
            id: PersonId(n),
            number: IdentityNumber::compose("990121", today(), u16::try_from(n).unwrap()).ok(),
            name: "石望山".to_owned(),
            sex: Sex::Unknown,
            birth: None,
            died: None,
            hukou: HukouState::Normal,
            ethnic: String::new(),
        })
        .collect();
    let memberships: Vec<Membership> = (1..=HOUSEHOLDS)
        .map(|n| Membership {
            household: HouseholdId(n),
            person: PersonId(n),
            kind: MembershipKind::Hukou,
            relation: Relation::Head,
            from: today(),
            to: None,
        })
        .collect();
    store.import_people(&households, &persons, &memberships).await.unwrap();
    store.seed_demo_accounts().await.unwrap();
    let awards: Vec<Award> = (1..=HOUSEHOLDS)
        .map(|n| Award {
            id: AwardId(0),
            case: None,
            programme: "dibao".to_owned(),
            group: "living".to_owned(),
            household: HouseholdId(n),
            beneficiary: Beneficiary::Household(HouseholdId(n)),
            covered: vec![PersonId(n)],
            amount: Fen(76_800),
            kind: Kind::Monthly,
            from: Month::of(2000, 1),
            to: None,
            reason: Text::new("在享", "receives"),
            end_reason: None,
        })
        .collect();
    store.add_awards(&awards, None).await.unwrap();
}

/// The process that is killed. It says each month that it has sent.
async fn pay_month_after_month(url: &str, mut month: Month) {
    let store = Store::open(url, testing::keys()).await.unwrap();
    loop {
        // A month may be half done by the process before: take it up where it stands.
        let id = match store.make_roster("dibao", month, MAKER, month.first_day()).await {
            Ok(id) => id,
            Err(_) => store.rosters().await.unwrap().iter().find(|r| r.period == month).unwrap().id,
        };
        let _ = store.seal_roster(id, REVIEWER, today()).await;
        let _ = store.export_roster(id, MAKER, today()).await;
        println!("sent {}", month.0);
        month = month.plus(1);
    }
}

async fn campaign(backend: Backend) {
    let db = testing::fresh(backend).await.unwrap();
    prepare(&db.store).await;
    let mut next = Month::of(2010, 1).0;
    let mut acknowledged = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([PAY, &db.url, &next.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let reader = BufReader::new(child.stdout.take().unwrap());
        let said = std::thread::spawn(move || {
            reader
                .lines()
                .map_while(Result::ok)
                .filter_map(|l| l.strip_prefix("sent ")?.parse::<i32>().ok())
                .collect::<Vec<_>>()
        });
        std::thread::sleep(Duration::from_millis(150 + 37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let said = said.join().unwrap();
        acknowledged += said.len();
        next = said.last().map_or(next, |m| m + 1);
        // Once more with fresh eyes.
        let store = Store::open(&db.url, testing::keys()).await.unwrap();
        assert_eq!(store.check_book().await.unwrap(), Vec::<String>::new(), "round {round}");
        for roster in store.rosters().await.unwrap() {
            assert_eq!((roster.lines, roster.amount.0), (HOUSEHOLDS, HOUSEHOLDS * 76_800));
            if said.contains(&roster.period.0) {
                assert_eq!(roster.state.id(), "exported");
                assert_eq!(store.vouchers(roster.id).await.unwrap().len(), 2);
            }
        }
        store.close().await;
    }
    let rosters = db.store.rosters().await.unwrap();
    assert!(acknowledged >= 12, "the harness must have worked between the kills: {acknowledged}");
    assert!(rosters.len() >= acknowledged, "what was acknowledged is there");
    let mut months: Vec<i32> = rosters.iter().map(|r| r.period.0).collect();
    months.sort_unstable();
    months.dedup();
    assert_eq!(months.len(), rosters.len(), "one roster a month");
    db.remove().await.unwrap();
}

/// The process that is killed.
async fn seal_anew_row_by_row(url: &str) {
    let store = Store::open(url, testing::keys_of(1..=2)).await.unwrap();
    while !store.reseal_batch(1).await.unwrap().finished {
        // Slow enough to be met under way on any machine.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("finished");
}

/// Writers go on beside it; at the end everything opens with the new key alone, and every leaf holds.
async fn rotation(backend: Backend) {
    let db = testing::fresh(backend).await.unwrap();
    prepare(&db.store).await;
    let roster = db.store.make_roster("dibao", Month::of(2024, 6), MAKER, today()).await.unwrap();
    db.store.seal_roster(roster, REVIEWER, today()).await.unwrap();
    let store = Store::open(&db.url, testing::keys_of(1..=2)).await.unwrap();
    let (mut killed, mut number, mut finished) = (0, 0_u16, false);
    let born = Date::from_ymd(1950, 1, 1).unwrap();
    for round in 0..60_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([RESEAL, &db.url])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = std::time::Instant::now() + Duration::from_millis(60 + 40 * round);
        while std::time::Instant::now() < until && child.try_wait().unwrap().is_none() {
            number += 1;
            let person = Person {
                id: PersonId(0),
                number: IdentityNumber::compose(
                    "990121",
                    Date(born.0 + i32::from(number / 900)),
                    number % 900,
                )
                .ok(),
                name: "溪云".to_owned(),
                sex: Sex::Unknown,
                birth: None,
                died: None,
                hukou: HukouState::Normal,
                ethnic: String::new(),
            };
            store.add_person(&person).await.unwrap();
            store.record_death(PersonId(i64::from(number) % HOUSEHOLDS + 1), today()).await.unwrap();
            // Whoever writes without a pause keeps every other process from an SQLite file.
            tokio::time::sleep(Duration::from_millis(8)).await;
        }
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        let said = child.wait_with_output().unwrap().stdout;
        finished = String::from_utf8_lossy(&said).contains("finished");
        if finished {
            break;
        }
    }
    assert!(finished, "{killed} times killed, and it went on from where it was");
    assert!(killed >= 3, "the harness must have met the work under way: {killed}");
    let epochs: Vec<u32> = store.epochs_in_use().await.unwrap().keys().map(|e| e.number()).collect();
    assert_eq!(epochs, [2]);
    store.close().await;
    let store = Store::open(&db.url, testing::keys_of(2..=2)).await.unwrap();
    for n in 1..=HOUSEHOLDS {
        let person = store.person(PersonId(n)).await.unwrap().unwrap();
        let found = store.person_by_number(&person.number.clone().unwrap()).await.unwrap().unwrap();
        assert_eq!(found, person);
        assert_eq!(store.household(HouseholdId(n)).await.unwrap().unwrap().address, "");
    }
    assert_eq!(store.payees_of(roster).await.unwrap().len(), usize::try_from(HOUSEHOLDS).unwrap());
    store.roster_differences(roster).await.unwrap();
    assert_eq!(store.verify_audit(None, &[]).await.unwrap().findings, []);
    store.close().await;
    db.remove().await.unwrap();
}

async fn a_kill_at_any_instant_changes_nothing_but_the_time() {
    campaign(Backend::Sqlite).await;
    campaign(Backend::Postgres).await;
    rotation(Backend::Sqlite).await;
    rotation(Backend::Postgres).await;
}

#[tokio::main]
async fn main() {
    const NAME: &str = "a_kill_at_any_instant_changes_nothing_but_the_time";
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|first| first == PAY) {
        return pay_month_after_month(&args[1], Month(args[2].parse().unwrap())).await;
    }
    if args.first().is_some_and(|first| first == RESEAL) {
        return seal_anew_row_by_row(&args[1]).await;
    }
    if args.iter().any(|arg| arg == "--list") {
        println!("{NAME}: test");
        return;
    }
    let filters: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| NAME.contains(filter.as_str())) {
        println!("{NAME} is filtered out");
        return;
    }
    a_kill_at_any_instant_changes_nothing_but_the_time().await;
    println!("test {NAME} ... ok");
}
