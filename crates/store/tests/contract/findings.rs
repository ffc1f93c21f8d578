//! Receiving, leads, assessments, the chain, coverage.

use doudi_policy::Fen;
use doudi_registry::{
    AssessmentId, CaseId, EventId, HouseholdId, Lead, LeadId, LeadKind, LeadStatus, StaffId, Urgency,
};
use doudi_store::assessments::Assessment;
use doudi_store::chain::{ChainEvent, EventKind};
use doudi_store::leads::LeadFilter;
use doudi_store::{Page, Store, StoreError};

use crate::samples::{day, lead, month, place, receiving, village};

async fn missed_households(store: &Store) -> i64 {
    let filter = LeadFilter { kind: Some(LeadKind::Missed), ..LeadFilter::default() };
    store.lead_households(&filter).await.unwrap()
}

/// Households that receive in a month, as their list counts them.
async fn helped(store: &Store, of: &str) -> i64 {
    let list = store.household_list(None, Some(month(of)), Page::first(10)).await.unwrap();
    assert_eq!(i64::try_from(list.rows.len()).unwrap(), list.total);
    list.total
}

async fn who_receives_is_known_by_month(store: Store) {
    village(&store).await;
    let mut ended = receiving("edge", 2, 4, 0);
    ended.to = Some(month("2024-05"));
    let rows = [
        receiving("dibao", 1, 1, 76_800),
        receiving("dibao", 1, 2, 0),
        receiving("ds_living", 1, 2, 7_000),
        ended,
    ];
    assert_eq!(store.import_receiving(&rows).await.unwrap(), 4);
    let now = month("2024-06");
    assert_eq!(store.receiving_of(HouseholdId(1), now).await.unwrap(), rows[..3]);
    assert_eq!(store.receiving_in(now).await.unwrap().len(), 3);
    assert_eq!(store.receiving_in(month("2024-05")).await.unwrap().len(), 4);
    let counts = store.receiving_counts(now, Some(&place("990121103"))).await.unwrap();
    assert_eq!(counts.len(), 2);
    assert_eq!((counts[0].households, counts[0].persons), (1, 2));
    assert_eq!(counts[0].amount, Fen(76_800));
    let twice = store.import_receiving(&rows[..1]).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))));
    let coverage = store.coverage(&place("990121"), now).await.unwrap();
    assert_eq!(coverage.len(), 2);
    assert_eq!((coverage[0].name.as_str(), coverage[0].households), ("石桥镇", 1));
    assert_eq!((coverage[0].persons, coverage[0].helped), (3, 1));
    assert_eq!(coverage[0].receiving, [("dibao".to_owned(), 1), ("ds_living".to_owned(), 1)]);
    assert_eq!((coverage[1].helped, coverage[1].persons), (0, 2));
}

async fn leads_come_in_the_order_of_work(store: Store) {
    village(&store).await;
    let leads = [
        lead(1, LeadKind::Wrong, Urgency::Red, 0),
        lead(1, LeadKind::Missed, Urgency::Orange, 5),
        lead(2, LeadKind::Missed, Urgency::Orange, 2),
        lead(2, LeadKind::Missed, Urgency::Red, 9),
        lead(2, LeadKind::Risk, Urgency::Blue, 1),
    ];
    assert_eq!(store.insert_leads(&leads).await.unwrap(), LeadId(1));
    let all = store.leads(&LeadFilter::default(), Page::first(3)).await.unwrap();
    let order: Vec<i64> = all.rows.iter().map(|i| i.lead.id.0).collect();
    assert_eq!((order.as_slice(), all.total, all.pages()), (&[4, 3, 2][..], 5, 2));
    let second = store.leads(&LeadFilter::default(), Page { number: 2, size: 3 }).await.unwrap();
    let order: Vec<i64> = second.rows.iter().map(|i| i.lead.id.0).collect();
    assert_eq!(order, [5, 1]);
    let item = &all.rows[2];
    assert_eq!((item.head_name.as_str(), item.members, item.village.as_str()), ("石望山", 3, "河湾村"));
    let whole = store.lead(LeadId(2)).await.unwrap();
    assert_eq!(whole, Lead { id: LeadId(2), ..leads[1].clone() });
    assert!(store.lead(LeadId(99)).await.unwrap_err().is_not_found());
    let only = |filter: LeadFilter| {
        let store = store.clone();
        async move { store.leads(&filter, Page::first(50)).await.unwrap().total }
    };
    let any = LeadFilter::default;
    assert_eq!(only(LeadFilter { area: Some(place("990121103")), ..any() }).await, 2);
    assert_eq!(only(LeadFilter { kind: Some(LeadKind::Missed), ..any() }).await, 3);
    assert_eq!(only(LeadFilter { urgency: Some(Urgency::Red), ..any() }).await, 2);
    assert_eq!(only(LeadFilter { outcome: Some("edge".to_owned()), ..any() }).await, 0);
    assert_eq!(only(LeadFilter { indicator: Some("W-M1".to_owned()), ..any() }).await, 5);
    assert_eq!(only(LeadFilter { indicator: Some("W-M".to_owned()), ..any() }).await, 0);
    let of_one = store.leads_of(HouseholdId(2)).await.unwrap();
    assert_eq!(of_one.len(), 3);
    let closed: Vec<bool> = of_one.iter().map(|l| l.status == LeadStatus::Closed).collect();
    assert!(closed.is_sorted(), "what is open stands first: {closed:?}");
    assert_eq!(store.open_lead_keys().await.unwrap().len(), 5);
}

async fn the_pages_count_households_and_not_leads(store: Store) {
    village(&store).await;
    store
        .insert_leads(&[
            lead(1, LeadKind::Missed, Urgency::Red, 1),
            lead(1, LeadKind::Missed, Urgency::Blue, 1),
            lead(2, LeadKind::Missed, Urgency::Blue, 1),
            lead(2, LeadKind::Risk, Urgency::Blue, 1),
        ])
        .await
        .unwrap();
    assert_eq!(missed_households(&store).await, 2);
    let by_place = store.missed_by_division(&place("990121"), "dibao").await.unwrap();
    assert_eq!(by_place, [("990121103".to_owned(), 1), ("990121104".to_owned(), 1)]);
    store.close_lead(LeadId(3), day("2024-06-20"), "no_need", None).await.unwrap();
    assert_eq!(missed_households(&store).await, 1);
    store.import_receiving(&[receiving("dibao", 1, 1, 100), receiving("edge", 1, 1, 0)]).await.unwrap();
    assert_eq!(helped(&store, "2024-06").await, 1);
    assert_eq!(helped(&store, "2022-12").await, 0);
    let all = store.household_list(None, None, Page::first(1)).await.unwrap();
    assert_eq!((all.total, all.rows.len()), (store.population(None).await.unwrap().0, 1));
    let first = &all.rows[0];
    assert!(first.members > 0 && !first.head_name.is_empty() && !first.code.is_empty(), "{first:?}");
}

async fn a_lead_is_given_out_and_closed_once(store: Store) {
    village(&store).await;
    let leads = vec![lead(1, LeadKind::Missed, Urgency::Red, 1); 3];
    store.insert_leads(&leads).await.unwrap();
    store.assign_lead(LeadId(1), StaffId(3), day("2024-06-20"), StaffId(1)).await.unwrap();
    let mine = LeadFilter {
        assigned_to: Some(StaffId(3)),
        due_by: Some(day("2024-06-20")),
        ..LeadFilter::default()
    };
    assert_eq!(store.leads(&mine, Page::first(9)).await.unwrap().total, 1);
    store.close_lead(LeadId(1), day("2024-06-21"), "no_need", StaffId(3)).await.unwrap();
    let again = store.close_lead(LeadId(1), day("2024-06-22"), "awarded", None).await;
    assert!(matches!(again, Err(StoreError::Moved)));
    assert!(store.assign_lead(LeadId(1), StaffId(3), day("2024-06-25"), None).await.is_err());
    let closed = LeadFilter { status: Some(LeadStatus::Closed), ..LeadFilter::default() };
    assert_eq!(store.leads(&closed, Page::first(9)).await.unwrap().total, 1);
    let counts = store.lead_counts(None).await.unwrap();
    assert_eq!(counts.iter().map(|c| c.leads).sum::<i64>(), 3);
    assert_eq!(store.lead_results().await.unwrap(), [("W-M1".to_owned(), "no_need".to_owned(), 1)]);
    assert_eq!(store.clear_untouched_leads(month("2024-06")).await.unwrap(), 2);
    assert_eq!(store.lead(LeadId(1)).await.unwrap().result, "no_need");
}

async fn many_leads_go_in_at_once(store: Store) {
    village(&store).await;
    let leads: Vec<Lead> =
        (0..2_501).map(|n| lead(1 + n % 2, LeadKind::Missed, Urgency::Yellow, n as usize % 7)).collect();
    store.insert_leads(&leads).await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for number in 1.. {
        let page = store.leads(&LeadFilter::default(), Page { number, size: 400 }).await.unwrap();
        if page.rows.is_empty() {
            break;
        }
        seen.extend(page.rows.iter().map(|i| i.lead.id));
    }
    assert_eq!(seen.len(), 2_501);
}

pub(crate) fn assessment() -> Assessment {
    Assessment {
        id: AssessmentId(0),
        household: HouseholdId(1),
        case: Some(CaseId(3)),
        programme: "dibao".to_owned(),
        period: month("2024-06"),
        as_of: day("2024-06-17"),
        mode: "decide".to_owned(),
        package_hash: "ab".to_owned(),
        sheet: "{\"members\":[]}".to_owned(),
        result: "{\"outcome\":\"met\"}".to_owned(),
        made_on: day("2024-06-17"),
        made_by: Some(StaffId(1)),
    }
}

async fn an_assessment_is_kept_whole(store: Store) {
    let assessment = assessment();
    let id = store.add_assessment(&assessment).await.unwrap();
    let read = store.assessment(id).await.unwrap();
    assert_eq!(read.digest(), assessment.digest());
    assert_eq!(read, Assessment { id, ..assessment.clone() });
    assert_eq!(store.assessments_of(HouseholdId(1)).await.unwrap(), [read]);
    let moved = Assessment {
        sheet: "{\"members\":[]}{".to_owned(),
        result: "\"outcome\":\"met\"}".to_owned(),
        ..assessment.clone()
    };
    assert_ne!(moved.digest(), assessment.digest());
    assert!(store.assessment(AssessmentId(9)).await.unwrap_err().is_not_found());
}

async fn a_chain_reads_in_the_order_of_recording(store: Store) {
    let event = |kind, on: &str, title: &str| ChainEvent {
        id: EventId(0),
        household: HouseholdId(1),
        case: None,
        kind,
        on: day(on),
        actor: Some(StaffId(1)),
        actor_name: "柳青禾".to_owned(),
        title_zh: title.to_owned(),
        title_en: "x".to_owned(),
        body: "{}".to_owned(),
    };
    let events = [
        event(EventKind::Finding, "2024-06-17", "线索"),
        event(EventKind::Fact, "2024-06-10", "迟到的走访"),
        event(EventKind::Decision, "2024-06-18", "确认"),
        event(EventKind::Payment, "2024-06-25", "发放"),
        event(EventKind::Service, "2024-06-26", "探访"),
    ];
    let first = store.append_events(&events).await.unwrap();
    let chain = store.chain(HouseholdId(1)).await.unwrap();
    let kinds: Vec<EventKind> = chain.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, events.iter().map(|e| e.kind).collect::<Vec<_>>());
    assert_eq!(store.event(first).await.unwrap(), chain[0]);
    assert_eq!(chain[1], ChainEvent { id: EventId(2), ..events[1].clone() });
    assert!(store.chain(HouseholdId(2)).await.unwrap().is_empty());
}

doudi_store::on_both!(
    who_receives_is_known_by_month,
    leads_come_in_the_order_of_work,
    the_pages_count_households_and_not_leads,
    a_lead_is_given_out_and_closed_once,
    many_leads_go_in_at_once,
    an_assessment_is_kept_whole,
    a_chain_reads_in_the_order_of_recording,
);
