//! Divisions, staff, people.

use doudi_registry::{Division, HouseholdId, MembershipKind, PersonId, Post, Relation, StaffId, UrbanRural};
use doudi_store::{Store, StoreError};

use crate::samples::{VILLAGE, day, household, member, person, place, village};

async fn divisions_load_twice_and_answer_by_parent(store: Store) {
    village(&store).await;
    let mut renamed = Division::new(place("990121104"), "大坪街道");
    renamed.valid_from = Some(day("2024-01-01"));
    renamed.successor = Some(place("990121103"));
    store.import_divisions(std::slice::from_ref(&renamed)).await.unwrap();
    assert_eq!(store.division(&renamed.code).await.unwrap(), Some(renamed));
    let children = store.child_divisions(Some(&place("990121"))).await.unwrap();
    assert_eq!(children.len(), 2);
    assert_eq!(store.child_divisions(None).await.unwrap()[0].name, "云岭省");
    let all = store.divisions_within(&place("990121103")).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].class, Some(UrbanRural::Rural));
    assert_eq!(store.division_counts().await.unwrap(), [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)]);
}

async fn seeded_people_need_a_fictional_county(store: Store) {
    let refused = store.seed_demo_staff().await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    village(&store).await;
    store.seed_demo_staff().await.unwrap();
    let staff = store.all_staff().await.unwrap();
    assert_eq!(staff.len(), 13);
    let clerk = store.staff(StaffId(1)).await.unwrap().unwrap();
    assert_eq!((clerk.name.as_str(), clerk.post), ("柳青禾", Post::TownshipClerk));
    let mut more = clerk.clone();
    more.name = "岩松".to_owned();
    assert_eq!(store.add_staff(&more).await.unwrap(), StaffId(14));
    store.register_kin(StaffId(1), PersonId(2), "表妹", StaffId(5)).await.unwrap();
    let kin = store.kin_in_household(HouseholdId(1)).await.unwrap();
    assert_eq!(kin, [(clerk, "表妹".to_owned())]);
    assert!(store.kin_in_household(HouseholdId(2)).await.unwrap().is_empty());
    store.import_divisions(&[Division::new(place("52"), "真实省")]).await.unwrap();
    assert!(store.seed_demo_staff().await.is_err());
}

async fn a_register_is_read_back_as_it_was_written(store: Store) {
    village(&store).await;
    let on = day("2024-06-17");
    let home = store.household_by_code("990121103001-0482").await.unwrap().unwrap();
    assert_eq!(home, household(1, "990121103001-0482", VILLAGE));
    assert_eq!(store.household(HouseholdId(1)).await.unwrap(), Some(home));
    let members = store.members(HouseholdId(1), MembershipKind::Hukou, on).await.unwrap();
    let names: Vec<&str> = members.iter().map(|m| m.person.name.as_str()).collect();
    assert_eq!(names, ["石望山", "柳月梅", "石小满"]);
    assert_eq!(members[0].person, person(1, "石望山", "1972-03-17", 31));
    assert_eq!(members[0].membership.relation, Relation::Head);
    let number = members[0].person.number.clone().unwrap();
    let found = store.person_by_number(&number).await.unwrap().unwrap();
    assert_eq!(Some(found), store.person(PersonId(1)).await.unwrap());
    let mut rows = Vec::new();
    store
        .register(MembershipKind::Hukou, on, Some(&place("990121103")), |row| {
            rows.push(row);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|r| r.household == HouseholdId(1)));
    assert_eq!(store.population(None).await.unwrap(), (2, 5));
    assert_eq!(store.population(Some(&place("990121104"))).await.unwrap(), (1, 2));
}

async fn a_second_import_is_shifted_past_the_first_and_a_duplicate_leaves_nothing(store: Store) {
    village(&store).await;
    let more = store
        .import_people(
            &[household(1, "990121103001-0500", VILLAGE)],
            &[person(1, "溪云", "1960-01-01", 71)],
            &[member(1, 1, Relation::Head)],
        )
        .await
        .unwrap();
    assert_eq!((more.household_shift, more.person_shift), (2, 5));
    let again = store
        .import_people(
            &[household(1, "990121103001-0501", VILLAGE)],
            &[person(1, "溪云", "1960-01-01", 71)],
            &[],
        )
        .await;
    assert!(matches!(again, Err(StoreError::Duplicate(_))));
    assert_eq!(store.household_by_code("990121103001-0501").await.unwrap(), None);
    assert_eq!(store.population(None).await.unwrap(), (3, 6));
}

async fn nobody_is_in_two_households_of_a_kind(store: Store) {
    village(&store).await;
    let mut offered = member(2, 3, Relation::NonKin);
    offered.from = day("2024-06-01");
    let refused = store.add_membership(&offered).await.unwrap_err();
    assert!(refused.is_conflict() && refused.zh().contains("结束日期"), "{refused}");
    let ended = store.end_membership(PersonId(3), MembershipKind::Hukou, day("2024-05-31")).await.unwrap();
    assert!(ended);
    store.add_membership(&offered).await.unwrap();
    assert_eq!(store.memberships_of(PersonId(3)).await.unwrap().len(), 2);
    let before = store.members(HouseholdId(1), MembershipKind::Hukou, day("2024-05-31")).await.unwrap();
    let after = store.members(HouseholdId(1), MembershipKind::Hukou, day("2024-06-01")).await.unwrap();
    assert_eq!((before.len(), after.len()), (3, 2));
    // The index stands behind the check: a batch that goes past it is refused as a whole.
    let batch = store
        .import_people(
            &[household(1, "990121103001-0601", VILLAGE), household(2, "990121103001-0602", VILLAGE)],
            &[person(1, "茶叶青", "1980-01-01", 81)],
            &[member(1, 1, Relation::Head), {
                let mut twice = member(2, 1, Relation::Head);
                twice.from = day("2011-01-01");
                twice
            }],
        )
        .await;
    assert!(matches!(batch, Err(StoreError::Duplicate(_))));
}

async fn people_are_found_by_name_number_and_code(store: Store) {
    village(&store).await;
    let county = place("990121");
    let hits = store.search(Some(&county), "阿依·古", 10).await.unwrap();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].person.id, PersonId(4));
    let number = person(2, "柳月梅", "1975-08-02", 42).number.unwrap();
    let hits = store.search(Some(&county), number.as_str(), 10).await.unwrap();
    assert_eq!(hits[0].person.name, "柳月梅");
    assert_eq!(hits[0].relation, Relation::Spouse);
    let hits = store.search(Some(&county), "990121103001-04", 10).await.unwrap();
    assert_eq!(hits[0].person.name, "石望山");
    let elsewhere = place("990121104");
    assert!(store.search(Some(&elsewhere), "石", 10).await.unwrap().is_empty());
    for vague in ["%", "_", "%%", "__", "%_%", "石", "石%", "_石"] {
        assert!(store.search(None, vague, 10).await.unwrap().is_empty(), "{vague}");
    }
    assert!(store.search(None, " ", 10).await.unwrap().is_empty());
    let newborn = person(0, "石新芽", "2024-06-01", 91);
    let id = store.add_person(&newborn).await.unwrap();
    assert_eq!(id, PersonId(6));
    assert!(store.add_person(&newborn).await.unwrap_err().is_conflict());
    assert!(store.record_death(id, day("2024-06-02")).await.unwrap());
    let died = store.person(id).await.unwrap().unwrap().died;
    assert_eq!(died, Some(day("2024-06-02")));
}

doudi_store::on_both!(
    divisions_load_twice_and_answer_by_parent,
    seeded_people_need_a_fictional_county,
    a_register_is_read_back_as_it_was_written,
    a_second_import_is_shifted_past_the_first_and_a_duplicate_leaves_nothing,
    nobody_is_in_two_households_of_a_kind,
    people_are_found_by_name_number_and_code,
);
