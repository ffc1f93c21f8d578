//! Procedure and calendar for cases, from the packages themselves.

use doudi_casework::act::Command;
use doudi_casework::case::Origin;
use doudi_casework::{
    Actor, Bilingual, Case, Context, HumanDecision, NewCase, Procedure, Surveyor, Told, WorkingCalendar,
};
use doudi_policy::{Fen, Truth};
use doudi_registry::{CaseId, HouseholdId, LeadId, PersonId, StaffId};
use doudi_store::cases::{Acted, Desk};
use doudi_store::{Store, StoreResult};

use crate::samples::{VILLAGE, day, place};

pub(crate) struct Law {
    calendar: WorkingCalendar,
    procedure: Procedure,
    /// What each person gets, where the programme pays persons.
    shares: Option<Vec<(PersonId, Fen)>>,
}

fn policy_file(path: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/cn/");
    std::fs::read_to_string(format!("{root}{path}")).unwrap()
}

impl Law {
    pub(crate) fn new() -> Self {
        let years: Vec<String> = (2023..=2025).map(|y| policy_file(&format!("calendar/{y}.toml"))).collect();
        Self {
            calendar: WorkingCalendar::from_texts(years.iter().map(String::as_str)).unwrap(),
            procedure: Procedure::parse(&policy_file("dibao/procedure.toml")).unwrap(),
            shares: None,
        }
    }

    /// The same for a programme that pays persons.
    pub(crate) fn of_persons(shares: &[(i64, i64)]) -> Self {
        let shares = shares.iter().map(|(person, fen)| (PersonId(*person), Fen(*fen))).collect();
        Self { shares: Some(shares), ..Self::new() }
    }

    pub(crate) fn desk(&self, today: &str) -> Desk<'_> {
        Desk {
            context: Context { today: day(today), calendar: &self.calendar, procedure: &self.procedure },
            programme: Bilingual::new("低保", "dibao"),
            group: "living".to_owned(),
            excludes: vec!["tekun".to_owned()],
            replaces: vec![("edge".to_owned(), Bilingual::new("低保边缘", "edge family"))],
            per_person: self.shares.is_some(),
            shares: self.shares.clone().unwrap_or_default(),
            hotline: "12349".to_owned(),
        }
    }
}

pub(crate) fn new_case(household: i64, lead: Option<LeadId>) -> NewCase {
    NewCase {
        id: CaseId(0),
        household: HouseholdId(household),
        division: place(VILLAGE),
        programme: "dibao".to_owned(),
        origin: if lead.is_some() { Origin::Lead } else { Origin::Application },
        lead,
        urgency: lead.map(|_| 1),
        urgent: false,
        delegated: false,
    }
}

pub(crate) async fn actor(store: &Store, id: i64) -> Actor {
    let staff = store.staff(StaffId(id)).await.unwrap().unwrap();
    Actor { staff: staff.id, name: staff.name, post: staff.post, area: staff.division }
}

pub(crate) fn surveyor(actor: &Actor) -> Surveyor {
    Surveyor { staff: actor.staff, name: actor.name.clone(), post: actor.post }
}

/// Walks a case from acceptance to the county's confirmation of 768.00 yuan for three people.
pub(crate) async fn confirm(store: &Store, law: &Law, case: &Case, covered: &[i64]) -> Acted {
    try_confirm(store, law, case, covered).await.unwrap()
}

/// The same, with what becomes of the confirmation itself.
pub(crate) async fn try_confirm(
    store: &Store,
    law: &Law,
    case: &Case,
    covered: &[i64],
) -> StoreResult<Acted> {
    let clerk = actor(store, 1).await;
    let head = actor(store, 2).await;
    let worker = actor(store, 4).await;
    let county = actor(store, 5).await;
    let visit = Command::RecordVisit {
        on: day("2024-06-19"),
        surveyors: vec![surveyor(&worker), surveyor(&actor(store, 3).await)],
        signed_by: Some("石望山".to_owned()),
        met: true,
        told: Told::default(),
        note: "看了房屋和药盒".to_owned(),
    };
    let approve = Command::ProposeApprove {
        amount: Fen(76_800),
        covered: covered.iter().map(|p| PersonId(*p)).collect(),
        finding: Truth::True,
        text: "符合条件，拟同意".to_owned(),
        policy_version: "abc".to_owned(),
    };
    let decision = HumanDecision::favourable(&county, "材料齐全", vec!["visit:1".to_owned()], "abc").unwrap();
    let steps = [
        ("2024-06-18", Command::Accept { kin: Vec::new() }, &clerk),
        ("2024-06-19", visit, &worker),
        ("2024-06-19", Command::RequestCheck, &clerk),
        (
            "2024-06-20",
            Command::RecordCheck { asked: 15, answered: 15, differences: String::new(), settled: true },
            &county,
        ),
        ("2024-06-20", approve, &clerk),
        ("2024-06-20", Command::StartPublicity, &clerk),
        ("2024-07-01", Command::Submit, &head),
        ("2024-07-02", Command::Confirm { decision, finding: Truth::True }, &county),
    ];
    let mut version = case.version;
    let mut last = None;
    for (on, command, by) in steps {
        let done = store.act(case.id, version, command, by, &law.desk(on)).await;
        version = done.as_ref().map_or(version, |d| d.case.version);
        last = Some(done);
    }
    last.unwrap()
}
