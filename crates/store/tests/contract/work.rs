//! Cases: one transaction a step, one winner, everything on the chain.

use doudi_casework::act::Command;
use doudi_casework::case::LeadResult;
use doudi_casework::{Actor, Answer, NoticeKind, Status, Told};
use doudi_policy::Fen;
use doudi_registry::{
    CaseId, Grade, HouseholdId, LeadId, LeadKind, LeadStatus, Origin, PersonId, Scalar, StaffId, Subject,
    Urgency, VisitId,
};
use doudi_store::cases::CaseFilter;
use doudi_store::chain::EventKind;
use doudi_store::testing::administer;
use doudi_store::{Page, Store, StoreError};

use crate::desk::{Law, actor, confirm, new_case, surveyor};
use crate::opening::both;
use crate::samples::{VILLAGE, day, lead, month, place, village};

async fn a_lead_goes_to_an_award_and_the_chain_tells_it(store: Store) {
    village(&store).await;
    let law = Law::new();
    let id = store.insert_leads(&[lead(1, LeadKind::Missed, Urgency::Orange, 2)]).await.unwrap();
    let case = store.open_case(new_case(1, Some(id)), &law.desk("2024-06-17")).await.unwrap();
    let marked = store.lead(id).await.unwrap();
    assert_eq!((marked.status, marked.case), (LeadStatus::InCase, Some(case.id)));
    let clerk = actor(&store, 1).await;
    let to = Command::Assign { to: StaffId(3), name: "柳长青".to_owned() };
    let done = store.act(case.id, case.version, to, &clerk, &law.desk("2024-06-17")).await.unwrap();
    let marked = store.lead(id).await.unwrap();
    assert_eq!(marked.assigned_to, Some(StaffId(3)));
    assert_eq!(marked.due_on, done.case.next_deadline().map(|d| d.legal));
    let worker = actor(&store, 4).await;
    let look = Command::RecordVisit {
        on: day("2024-06-18"),
        surveyors: vec![surveyor(&worker)],
        signed_by: None,
        met: true,
        told: Told::default(),
        note: String::new(),
    };
    let done = store.act(case.id, done.case.version, look, &worker, &law.desk("2024-06-18")).await.unwrap();
    let done = confirm(&store, &law, &done.case, &[1, 2, 3]).await;
    assert_eq!(done.case.status, Status::Confirmed);
    let award = store.award(done.award.unwrap()).await.unwrap();
    assert_eq!((award.amount, award.covered.len(), award.from), (Fen(76_800), 3, month("2024-08")));
    assert_eq!(store.awards_of(HouseholdId(1)).await.unwrap(), std::slice::from_ref(&award));
    let received = store.receiving_of(HouseholdId(1), month("2024-08")).await.unwrap();
    assert_eq!(received.iter().map(|r| r.amount.0).sum::<i64>(), 76_800);
    assert_eq!(received.len(), 3);
    let closed = store.lead(id).await.unwrap();
    assert_eq!((closed.status, closed.result.as_str()), (LeadStatus::Closed, "awarded"));
    let notices = store.notices_of(case.id).await.unwrap();
    let kinds: Vec<NoticeKind> = notices.iter().map(|n| n.notice.kind).collect();
    assert_eq!(kinds, [NoticeKind::Publicity, NoticeKind::Confirmation]);
    assert!(notices[0].zh.contains("石*山") && !notices[0].zh.contains("石望山"));
    assert!(notices[1].zh.contains("石望山") && notices[1].zh.contains("768.00"));
    assert_eq!(store.notice(notices[0].id).await.unwrap(), notices[0]);
    let up = |on: &str| {
        let (store, on) = (store.clone(), day(on));
        async move { store.public_notices(&place("990121"), on).await.unwrap().len() }
    };
    assert_eq!((up("2024-06-21").await, up("2024-07-20").await), (1, 0));
    let chain = store.chain(HouseholdId(1)).await.unwrap();
    assert_eq!(chain.len(), done.case.events.len());
    assert_eq!(chain[0].kind, EventKind::Finding);
    assert_eq!(chain.last().unwrap().kind, EventKind::Decision);
    assert!(chain.last().unwrap().actor_name.contains("竹明远"));
    assert_eq!(store.visits_of(HouseholdId(1)).await.unwrap().len(), 2);
    assert_eq!(store.case(case.id).await.unwrap(), done.case);
}

async fn who_saw_an_older_version_decides_again(store: Store) {
    village(&store).await;
    let law = Law::new();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    let clerk = actor(&store, 1).await;
    let accept = || Command::Accept { kin: Vec::new() };
    let desk = law.desk("2024-06-18");
    let (a, b) = tokio::join!(
        store.act(case.id, case.version, accept(), &clerk, &desk),
        store.act(case.id, case.version, accept(), &clerk, &desk),
    );
    assert!(a.is_ok() != b.is_ok(), "one wins: {a:?} {b:?}");
    let lost = if a.is_ok() { b } else { a };
    assert!(matches!(lost, Err(StoreError::Moved)));
    assert_eq!(store.chain(HouseholdId(1)).await.unwrap().len(), 2);
}

async fn a_refusal_changes_nothing(store: Store) {
    village(&store).await;
    let law = Law::new();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    let worker = actor(&store, 3).await;
    let refused = store
        .act(case.id, case.version, Command::Accept { kin: Vec::new() }, &worker, &law.desk("2024-06-18"))
        .await
        .unwrap_err();
    assert!(matches!(&refused, StoreError::Case(_)) && refused.is_conflict(), "{refused}");
    assert_eq!(store.case(case.id).await.unwrap(), case);
    assert_eq!(store.chain(HouseholdId(1)).await.unwrap().len(), 1);
    let second = store.open_case(new_case(1, None), &law.desk("2024-06-18")).await;
    assert!(matches!(second, Err(StoreError::Duplicate(_))));
    let missing = store.act(CaseId(77), 1, Command::Submit, &worker, &law.desk("2024-06-18")).await;
    assert!(missing.unwrap_err().is_not_found());
}

async fn cases_are_listed_by_what_is_due(store: Store) {
    village(&store).await;
    let law = Law::new();
    let ids = store
        .insert_leads(&[
            lead(1, LeadKind::Missed, Urgency::Orange, 2),
            lead(2, LeadKind::Missed, Urgency::Orange, 2),
        ])
        .await
        .unwrap();
    let first = store.open_case(new_case(1, Some(ids)), &law.desk("2024-06-18")).await.unwrap();
    let mut other = new_case(2, Some(LeadId(ids.0 + 1)));
    other.division = place("990121104002");
    let second = store.open_case(other, &law.desk("2024-06-17")).await.unwrap();
    let taken = store.open_case(new_case(1, Some(ids)), &law.desk("2024-06-18")).await;
    assert!(taken.unwrap_err().is_conflict());
    let all = store.cases(&CaseFilter::default(), Page::first(10)).await.unwrap();
    let order: Vec<CaseId> = all.rows.iter().map(|i| i.case.id).collect();
    assert_eq!(order, [second.id, first.id], "the one opened earlier is due earlier");
    assert_eq!((all.rows[1].head_name.as_str(), all.rows[1].village.as_str()), ("石望山", "河湾村"));
    let here = CaseFilter { area: Some(place(VILLAGE)), ..CaseFilter::default() };
    assert_eq!(store.cases(&here, Page::first(10)).await.unwrap().total, 1);
    let counts =
        store.case_counts(Some(&place("990121")), day("2024-07-01"), day("2024-07-05")).await.unwrap();
    assert_eq!((counts.len(), counts[0].status, counts[0].cases, counts[0].overdue), (1, Status::Task, 2, 2));
    let worker = actor(&store, 4).await;
    let desk = law.desk("2024-06-19");
    let look = Command::RecordVisit {
        on: day("2024-06-19"),
        surveyors: vec![surveyor(&worker)],
        signed_by: None,
        met: true,
        told: Told::default(),
        note: String::new(),
    };
    let done = store.act(first.id, first.version, look, &worker, &desk).await.unwrap();
    let close = Command::CloseLead { result: LeadResult::NoNeed, note: "子女已接走".to_owned() };
    let done = store.act(first.id, done.case.version, close, &worker, &desk).await.unwrap();
    assert_eq!(done.case.status, Status::Closed);
    assert_eq!(store.lead(ids).await.unwrap().result, "no_need");
    assert_eq!(store.cases(&CaseFilter::default(), Page::first(10)).await.unwrap().total, 1);
    let finished = CaseFilter { status: Some(Status::Closed), ..CaseFilter::default() };
    assert_eq!(store.cases(&finished, Page::first(10)).await.unwrap().total, 1);
    let mine = CaseFilter { assigned: Some(StaffId(9)), due_by: Some(day("2024-12-31")), ..here };
    assert_eq!(store.cases(&mine, Page::first(10)).await.unwrap().total, 0);
    assert_eq!(store.cases_of(HouseholdId(1)).await.unwrap(), [done.case]);
}

/// A visit on which the head and the family tell something.
fn telling(on: &str, worker: &Actor, casual_fen: i64) -> Command {
    let answer = |subject, fact: &str, value| Answer { subject, fact: fact.to_owned(), value };
    let told = Told {
        answers: vec![
            answer(Subject::Person(PersonId(1)), "casual_income", Scalar::Number(casual_fen)),
            answer(Subject::Person(PersonId(1)), "co_resident", Scalar::Bool(true)),
            answer(Subject::Household(HouseholdId(1)), "members_complete", Scalar::Bool(true)),
        ],
        ..Told::default()
    };
    Command::RecordVisit {
        on: day(on),
        surveyors: vec![surveyor(worker)],
        signed_by: None,
        met: true,
        told,
        note: String::new(),
    }
}

async fn what_a_visit_told_is_on_file_and_cites_it(store: Store) {
    village(&store).await;
    let law = Law::new();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    let worker = actor(&store, 4).await;
    let first = telling("2024-06-18", &worker, 80_000);
    let done = store.act(case.id, case.version, first, &worker, &law.desk("2024-06-18")).await.unwrap();
    let told = store.observations_of_family(HouseholdId(1)).await.unwrap();
    let about: Vec<(Subject, usize)> = told.iter().map(|o| (o.subject, o.payload.len())).collect();
    assert_eq!(about, [(Subject::Person(PersonId(1)), 2), (Subject::Household(HouseholdId(1)), 1)]);
    let expected = (Origin::Visit(VisitId(1)), Grade::D, Some(worker.staff), day("2024-06-18"));
    for o in &told {
        assert_eq!((o.origin, o.grade, o.recorded_by, o.valid_from), expected);
    }
    // Nobody was met, or the case is over: nothing was learnt.
    let mut nobody = telling("2024-06-18", &worker, 0);
    if let Command::RecordVisit { met, .. } = &mut nobody {
        *met = false;
    }
    let desk = law.desk("2024-06-18");
    let done = store.act(case.id, done.case.version, nobody, &worker, &desk).await.unwrap();
    let clerk = actor(&store, 1).await;
    let over = Command::Withdraw { reason: "本人石望山签字".to_owned() };
    let done = store.act(case.id, done.case.version, over, &clerk, &desk).await.unwrap();
    let late = telling("2024-06-18", &worker, 0);
    store.act(case.id, done.case.version, late, &worker, &desk).await.unwrap();
    assert_eq!(store.visits_of(HouseholdId(1)).await.unwrap().len(), 3);
    assert_eq!(store.observations_of_family(HouseholdId(1)).await.unwrap(), told);
}

#[tokio::test]
async fn a_visit_whose_answers_cannot_be_written_leaves_nothing() {
    for db in both().await {
        let store = &db.store;
        village(store).await;
        let law = Law::new();
        let desk = law.desk("2024-06-18");
        let case = store.open_case(new_case(1, None), &desk).await.unwrap();
        let chain = store.chain(HouseholdId(1)).await.unwrap();
        let worker = actor(store, 4).await;
        administer(&db.url, "ALTER TABLE observations RENAME TO elsewhere").await.unwrap();
        let visit = telling("2024-06-18", &worker, 80_000);
        let failed = store.act(case.id, case.version, visit.clone(), &worker, &desk).await;
        assert!(matches!(failed, Err(StoreError::Database(_))), "{failed:?}");
        administer(&db.url, "ALTER TABLE elsewhere RENAME TO observations").await.unwrap();
        assert_eq!(store.case(case.id).await.unwrap(), case);
        assert_eq!(store.visits_of(HouseholdId(1)).await.unwrap(), []);
        assert_eq!(store.chain(HouseholdId(1)).await.unwrap(), chain);
        store.act(case.id, case.version, visit, &worker, &desk).await.unwrap();
        assert_eq!(store.visits_of(HouseholdId(1)).await.unwrap().len(), 1);
        assert_eq!(store.observations_of_family(HouseholdId(1)).await.unwrap().len(), 2);
        db.remove().await.unwrap();
    }
}

doudi_store::on_both!(
    what_a_visit_told_is_on_file_and_cites_it,
    a_lead_goes_to_an_award_and_the_chain_tells_it,
    who_saw_an_older_version_decides_again,
    a_refusal_changes_nothing,
    cases_are_listed_by_what_is_due,
);
