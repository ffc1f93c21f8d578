//! A small village to test with.

use doudi_policy::{Date, DivisionCode, Fen, Month};
use doudi_registry::{
    Division, FiredIndicator, Household, HouseholdId, HukouState, IdentityNumber, Lead, LeadId, LeadKind,
    LeadStatus, Membership, MembershipKind, OpenFact, Person, PersonId, Receiving, Relation, Sex, UrbanRural,
    Urgency,
};
use doudi_store::Store;

pub(crate) const VILLAGE: &str = "990121103001";

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub(crate) fn place(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

pub(crate) fn person(id: i64, name: &str, birth: &str, sequence: u16) -> Person {
    let number = IdentityNumber::compose("990121", day(birth), sequence).unwrap();
    Person {
        id: PersonId(id),
        sex: number.sex(),
        number: Some(number),
        name: name.to_owned(),
        birth: Some(day(birth)),
        died: None,
        hukou: HukouState::Normal,
        ethnic: String::new(),
    }
}

pub(crate) fn household(id: i64, code: &str, division: &str) -> Household {
    Household {
        id: HouseholdId(id),
        code: code.to_owned(),
        division: place(division),
        class: Some(UrbanRural::Rural),
        address: "一组".to_owned(),
    }
}

pub(crate) fn member(household: i64, person: i64, relation: Relation) -> Membership {
    Membership {
        household: HouseholdId(household),
        person: PersonId(person),
        kind: MembershipKind::Hukou,
        relation,
        from: day("2010-01-01"),
        to: None,
    }
}

/// Two households in two villages, five people, divisions and staff.
pub(crate) async fn village(store: &Store) {
    let mut divisions: Vec<Division> = [
        ("99", "云岭省"),
        ("9901", "松阳市"),
        ("990121", "青石县"),
        ("990121103", "石桥镇"),
        (VILLAGE, "河湾村"),
        ("990121104", "大坪镇"),
        ("990121104002", "坪上村"),
    ]
    .into_iter()
    .map(|(code, name)| Division::new(place(code), name))
    .collect();
    divisions[4].class = Some(UrbanRural::Rural);
    assert_eq!(store.import_divisions(&divisions).await.unwrap(), 7);
    store.seed_demo_staff().await.unwrap();
    let mut newborn = person(5, "白小满", "2024-01-05", 200);
    newborn.number = None;
    newborn.sex = Sex::Female;
    let done = store
        .import_people(
            &[household(1, "990121103001-0482", VILLAGE), household(2, "990121104002-0007", "990121104002")],
            &[
                person(1, "石望山", "1972-03-17", 31),
                person(2, "柳月梅", "1975-08-02", 42),
                person(3, "石小满", "2005-05-21", 53),
                person(4, "阿依•古丽", "1990-10-10", 64),
                newborn,
            ],
            &[
                member(1, 1, Relation::Head),
                member(1, 2, Relation::Spouse),
                member(1, 3, Relation::Child),
                member(2, 4, Relation::Head),
                member(2, 5, Relation::Child),
            ],
        )
        .await
        .unwrap();
    assert_eq!((done.households, done.persons, done.memberships), (2, 5, 5));
}

pub(crate) fn lead(household: i64, kind: LeadKind, urgency: Urgency, open: usize) -> Lead {
    Lead {
        id: LeadId(0),
        kind,
        outcome: "dibao".to_owned(),
        household: HouseholdId(household),
        division: place(if household == 1 { VILLAGE } else { "990121104002" }),
        person: Some(PersonId(2)),
        met: false,
        indicators: vec![FiredIndicator {
            id: "W-M1".to_owned(),
            zh: "自付医疗费高".to_owned(),
            en: "high self-paid medical costs".to_owned(),
            visit_zh: "看看家里近来开销大不大".to_owned(),
            visit_en: "look whether expenses are high".to_owned(),
        }],
        urgency,
        open_facts: (0..open)
            .map(|n| OpenFact { fact: format!("fact_{n}"), subject: "household".to_owned() })
            .collect(),
        reason_zh: "重病".to_owned(),
        reason_en: "illness".to_owned(),
        visit_note_zh: "看看".to_owned(),
        visit_note_en: "look".to_owned(),
        amount_lo: Some(Fen(12_300)),
        amount_hi: None,
        sheet: "{\"division\":\"990121103001\"}".to_owned(),
        period: month("2024-06"),
        created_on: day("2024-06-17"),
        due_on: None,
        status: LeadStatus::Open,
        assigned_to: None,
        case: None,
        closed_on: None,
        result: String::new(),
    }
}

pub(crate) fn receiving(programme: &str, household: i64, person: i64, fen: i64) -> Receiving {
    Receiving {
        programme: programme.to_owned(),
        household: HouseholdId(household),
        person: PersonId(person),
        from: month("2023-01"),
        to: None,
        amount: Fen(fen),
        next_review: Some(day("2024-07-01")),
        account_tail: "0317".to_owned(),
    }
}
