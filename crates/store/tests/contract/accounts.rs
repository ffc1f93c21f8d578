//! Accounts, sessions, tries, services.

use doudi_registry::{Post, Staff, StaffId};
use doudi_store::Store;
use doudi_store::account_changes::{ChangeKind, ChangeState, NewChange};
use doudi_store::accounts::Factor;
use doudi_store::sessions::{ABSOLUTE, IDLE, NewSession};
use doudi_store::tries::Subject;

use crate::opening::both;

const NOW: i64 = 1_750_000_000;

fn new(digest: &str, now: i64) -> NewSession {
    NewSession {
        digest: digest.to_owned(),
        totp_offer: None,
        now,
        address: "192.0.2.7".to_owned(),
        agent: "a browser".to_owned(),
    }
}

async fn person(store: &Store, login: &str) -> StaffId {
    let staff = Staff {
        id: StaffId(0),
        name: "林月明".to_owned(),
        post: Post::TownshipClerk,
        division: "990121103".parse().unwrap(),
    };
    let id = store.add_staff(&staff).await.unwrap();
    store.add_account(id, login, "$first", NOW).await.unwrap();
    id
}

/// An account past its first log-in, with two recovery codes and the session `s0`.
async fn enrolled(store: &Store) -> StaffId {
    let id = person(store, "lin").await;
    let offer = NewSession { totp_offer: Some("OFFER".to_owned()), ..new("f0", NOW) };
    assert!(store.enter_first(id, &offer).await.unwrap());
    let first = store.session("f0", NOW).await.unwrap().unwrap();
    assert!(first.first && first.totp_offer.as_deref() == Some("OFFER"));
    let codes = ["r1".to_owned(), "r2".to_owned()];
    assert!(store.enrol(id, "$own", ("SECRET", 100), &codes, &new("s0", NOW)).await.unwrap());
    id
}

#[tokio::test]
async fn an_account_is_enrolled_once_and_its_name_is_unique() {
    for db in both().await {
        let store = &db.store;
        assert!(!store.has_accounts().await.unwrap());
        let id = enrolled(store).await;
        assert!(store.has_accounts().await.unwrap());
        assert!(store.session("f0", NOW).await.unwrap().is_none(), "the first session was rotated");
        assert!(!store.session("s0", NOW).await.unwrap().unwrap().first);
        assert!(!store.enrol(id, "$other", ("X", 1), &[], &new("x", NOW)).await.unwrap());
        assert!(!store.enter_first(id, &new("x", NOW)).await.unwrap());
        let kept = store.account("lin").await.unwrap().unwrap();
        assert_eq!((kept.password.as_str(), kept.totp.as_deref()), ("$own", Some("SECRET")));
        assert!(!format!("{kept:?}").contains("SECRET") && !format!("{kept:?}").contains("$own"));
        assert!(store.add_account(id, "other", "$", NOW).await.unwrap_err().is_conflict());
        assert!(store.add_account(StaffId(99), "zhu", "$", NOW).await.unwrap_err().is_not_found());
        let list = store.accounts().await.unwrap();
        assert_eq!((list.len(), list[0].recovery, list[0].staff.id), (1, 2, id));
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_second_factor_is_used_up() {
    for db in both().await {
        let store = &db.store;
        let id = enrolled(store).await;
        for (factor, wanted) in [
            (Factor::Step(100), false),
            (Factor::Step(101), true),
            (Factor::Step(101), false),
            (Factor::Step(99), false),
            (Factor::Recovery("r1".to_owned()), true),
            (Factor::Recovery("r1".to_owned()), false),
            (Factor::Recovery("none".to_owned()), false),
        ] {
            let digest = format!("{factor:?}");
            assert_eq!(store.enter(id, &factor, &new(&digest, NOW)).await.unwrap(), wanted, "{factor:?}");
        }
        let digest = format!("{:?}", Factor::Step(99));
        assert!(store.session(&digest, NOW).await.unwrap().is_none());
        // Two at the same instant: one enters.
        let (one, two) = (new("p1", NOW), new("p2", NOW));
        let step = Factor::Step(200);
        let got = tokio::join!(store.enter(id, &step, &one), store.enter(id, &step, &two));
        assert_eq!(u8::from(got.0.unwrap()) + u8::from(got.1.unwrap()), 1);
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn sessions_run_out_and_end_with_the_account() {
    for db in both().await {
        let store = &db.store;
        let id = enrolled(store).await;
        let found = store.session("s0", NOW + IDLE - 1).await.unwrap().unwrap();
        assert!(store.session("s0", NOW + IDLE).await.unwrap().is_none());
        // Used every ten minutes it lives for ten hours and no longer.
        let mut now = NOW;
        while now + 600 < NOW + ABSOLUTE {
            now += 600;
            let live = store.session("s0", now).await.unwrap().unwrap();
            store.touch_session(&live, now).await.unwrap();
        }
        assert!(store.session("s0", NOW + ABSOLUTE - 1).await.unwrap().is_some());
        assert!(store.session("s0", NOW + ABSOLUTE).await.unwrap().is_none());
        // Somebody else cannot end it.
        let other = person(store, "zhu").await;
        assert!(!store.end_session_of(other, found.id).await.unwrap());
        assert!(store.end_session_of(id, found.id).await.unwrap());
        assert!(store.session("s0", NOW).await.unwrap().is_none());

        assert!(store.enter(id, &Factor::Step(300), &new("s1", NOW)).await.unwrap());
        assert!(store.disable_account(id).await.unwrap());
        assert!(store.session("s1", NOW).await.unwrap().is_none());
        for factor in [Factor::Step(301), Factor::Recovery("r2".to_owned())] {
            assert!(!store.enter(id, &factor, &new("s2", NOW)).await.unwrap());
        }
        assert!(store.reset_account(id, "$again").await.unwrap());
        assert!(store.account("lin").await.unwrap().unwrap().totp.is_none());
        assert!(!store.enter(id, &Factor::Recovery("r2".to_owned()), &new("s3", NOW)).await.unwrap());
        let offer = NewSession { totp_offer: Some("O".to_owned()), ..new("f1", NOW) };
        assert!(store.enter_first(id, &offer).await.unwrap());
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_changed_password_leaves_one_session() {
    for db in both().await {
        let store = &db.store;
        let id = enrolled(store).await;
        assert!(store.enter(id, &Factor::Step(101), &new("s1", NOW)).await.unwrap());
        assert_eq!(store.sessions_of(id, NOW).await.unwrap().len(), 2);
        assert!(!store.change_password(id, "$new", 101, &new("s2", NOW)).await.unwrap());
        assert!(store.change_password(id, "$new", 102, &new("s2", NOW)).await.unwrap());
        assert_eq!(store.sessions_of(id, NOW).await.unwrap().len(), 1);
        assert!(store.session("s2", NOW).await.unwrap().is_some());
        db.remove().await.unwrap();
    }
}

fn delay(failures: i64) -> i64 {
    if failures < 3 { 0 } else { 60 }
}

#[tokio::test]
async fn tries_count_before_they_are_checked() {
    for db in both().await {
        let store = &db.store;
        let of = |key: &str| Subject { key: key.to_owned(), delay };
        let both_of = [of("name"), of("address")];
        let tries = tokio::join!(
            store.count_try(&both_of, NOW),
            store.count_try(&both_of, NOW),
            store.count_try(&both_of, NOW)
        );
        assert_eq!([tries.0.unwrap(), tries.1.unwrap(), tries.2.unwrap()], [None; 3]);
        assert_eq!(store.count_try(&both_of, NOW + 10).await.unwrap(), Some(50));
        // A name that is locked elsewhere does not count for this address, nor the other way round.
        assert_eq!(store.count_try(&[of("name"), of("new")], NOW + 10).await.unwrap(), Some(50));
        assert_eq!(store.count_try(&[of("new")], NOW + 10).await.unwrap(), None);
        store.forgive("name", "address").await.unwrap();
        assert_eq!(store.count_try(&[of("name")], NOW + 10).await.unwrap(), None);
        assert_eq!(store.count_try(&[of("address")], NOW + 10).await.unwrap(), None);
        assert_eq!(store.count_try(&[of("address")], NOW + 10).await.unwrap(), Some(60));
        assert_eq!(store.count_try(&[of("address")], NOW + 2 * 86_400).await.unwrap(), None, "forgotten");
        db.remove().await.unwrap();
    }
}

#[tokio::test]
async fn a_service_does_what_its_token_is_for() {
    for db in both().await {
        let store = &db.store;
        let county = "990121".parse().unwrap();
        let until = NOW + 10;
        let id = store
            .add_service("医保", "d1", &["deliver:medical_insurance", "read"], &county, until)
            .await
            .unwrap();
        let taken = store.add_service("医保", "d2", &["deliver"], &county, until).await.unwrap_err();
        assert!(taken.is_conflict() && taken.zh().contains("renew"), "{taken:?}");
        let service = store.service("d1", NOW).await.unwrap().unwrap();
        assert_eq!((service.id, service.name.as_str(), &service.division), (id, "医保", &county));
        for (what, feed, wanted) in [
            ("deliver", Some("medical_insurance"), true),
            ("deliver", Some("disability"), false),
            ("deliver", Some("medical_insurance read"), false),
            ("deliver", None, true),
            ("read", Some("disability"), true),
            ("medical_insurance", None, false),
            ("", None, false),
        ] {
            assert_eq!(service.may(what, feed), wanted, "{what} {feed:?}");
        }
        assert!(store.service("d1", until).await.unwrap().is_none(), "it has run out");
        assert!(store.service("d3", NOW).await.unwrap().is_none());
        store.disable_service("医保").await.unwrap();
        assert!(store.service("d1", NOW).await.unwrap().is_none(), "it was shut");
        assert!(store.services().await.unwrap()[0].disabled);
        store.renew_service("医保", "d4", until + 5).await.unwrap();
        assert!(store.service("d1", NOW).await.unwrap().is_none(), "the old token is gone");
        assert_eq!(store.service("d4", until).await.unwrap().unwrap().id, id);
        assert!(store.disable_service("民政").await.unwrap_err().is_not_found());
        assert!(store.renew_service("民政", "d5", NOW).await.unwrap_err().is_not_found());
        db.remove().await.unwrap();
    }
}

fn auditor(name: &str) -> Staff {
    Staff {
        id: StaffId(0),
        name: name.to_owned(),
        post: Post::AuditAdmin,
        division: "990121".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_change_of_an_administrator_is_done_by_a_second_person_once() {
    for db in both().await {
        let store = &db.store;
        let (one, two) = (person(store, "one").await, person(store, "two").await);
        let new = NewChange { kind: ChangeKind::Add, whose: auditor("茶明鉴"), login: "cha".to_owned() };
        let id = store.propose_account_change(&new, one, NOW).await.unwrap();
        assert!(store.account("cha").await.unwrap().is_none(), "nothing happens before it is confirmed");
        assert!(
            store.propose_account_change(&new, one, NOW).await.unwrap_err().is_conflict(),
            "one at a time"
        );
        // The database itself refuses that the proposer confirms.
        assert!(store.confirm_account_change(id, "$first", one, NOW).await.is_err());
        assert!(store.account("cha").await.unwrap().is_none());
        let whose = store.confirm_account_change(id, "$first", two, NOW).await.unwrap();
        let made = store.staff_account(whose).await.unwrap();
        assert_eq!((made.staff.post, made.account.unwrap().first), (Post::AuditAdmin, true));
        assert!(store.confirm_account_change(id, "$first", two, NOW).await.unwrap_err().is_conflict());
        let change = store.account_change(id).await.unwrap();
        assert_eq!(
            (change.state, change.owner(), change.settled_by),
            (ChangeState::Done, Some(whose), Some(two))
        );
        // A name that is taken is refused when it is put forward, and what is withdrawn or declined does nothing.
        assert!(store.propose_account_change(&new, one, NOW).await.unwrap_err().is_conflict());
        let shut =
            NewChange { kind: ChangeKind::Disable, whose: made.staff.clone(), login: "cha".to_owned() };
        for withdrawn in [true, false] {
            let id = store.propose_account_change(&shut, one, NOW).await.unwrap();
            store.end_account_change(id, withdrawn, if withdrawn { one } else { two }, NOW).await.unwrap();
            assert!(store.confirm_account_change(id, "", two, NOW).await.is_err());
            assert!(!store.account("cha").await.unwrap().unwrap().disabled);
        }
        let id = store.propose_account_change(&shut, one, NOW).await.unwrap();
        store.confirm_account_change(id, "", two, NOW).await.unwrap();
        assert!(store.account("cha").await.unwrap().unwrap().disabled);
    }
}

#[tokio::test]
async fn accounts_of_an_area_are_listed_found_shut_and_opened() {
    for db in both().await {
        let store = &db.store;
        let id = enrolled(store).await;
        let far =
            store.add_staff(&Staff { division: "990222".parse().unwrap(), ..auditor("外人") }).await.unwrap();
        let county = "990121".parse().unwrap();
        let page = doudi_store::Page::first(30);
        let all = store.staff_accounts(&county, "", page).await.unwrap();
        assert!(all.rows.iter().any(|r| r.staff.id == id) && all.rows.iter().all(|r| r.staff.id != far));
        for (text, found) in [("LI", 1), ("月明", 1), ("l%n", 0), ("_", 0), ("nobody", 0)] {
            assert_eq!(store.staff_accounts(&county, text, page).await.unwrap().total, found, "{text}");
        }
        let standing = store.staff_account(id).await.unwrap().account.unwrap();
        assert!(standing.totp && !standing.first && !standing.disabled && !standing.linked);
        assert_eq!(store.staff_account(far).await.unwrap().account, None);
        // Shut and opened again: the sessions of before stay ended.
        assert!(!store.open_account(id).await.unwrap(), "it is open");
        store.disable_account(id).await.unwrap();
        assert!(store.session("s0", NOW).await.unwrap().is_none());
        assert!(store.open_account(id).await.unwrap());
        assert!(store.session("s0", NOW).await.unwrap().is_none());
        assert!(store.enter(id, &Factor::Step(101), &new("s1", NOW)).await.unwrap());
        assert_eq!(store.end_sessions_of(id).await.unwrap(), 1);
        assert!(store.session("s1", NOW).await.unwrap().is_none());
        // A wait that others caused is lifted.
        let subject = Subject { key: "name:lin".to_owned(), delay: |_| 60 };
        store.count_try(std::slice::from_ref(&subject), NOW).await.unwrap();
        assert_eq!(store.locked_until("name:lin", NOW).await.unwrap(), Some(NOW + 60));
        assert!(store.unlock_account(id, "name:lin").await.unwrap());
        assert_eq!(store.locked_until("name:lin", NOW).await.unwrap(), None);
        assert!(!store.unlock_account(id, "name:lin").await.unwrap());
        // Both or neither: a name that is taken takes nobody on.
        let before = store.all_staff().await.unwrap().len();
        assert!(store.take_on(&auditor("x"), "lin", "$", NOW).await.unwrap_err().is_conflict());
        assert_eq!(store.all_staff().await.unwrap().len(), before);
    }
}
