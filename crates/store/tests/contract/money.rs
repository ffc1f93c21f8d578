//! Rosters and the book: paid once, whatever happens.

use doudi_casework::act::Command;
use doudi_casework::case::LeadResult;
use doudi_casework::{HumanDecision, Told};
use doudi_payment::refusal::Text;
use doudi_payment::{
    Account, Award, Beneficiary, Change, Kind, LineState, Officer, ReturnFile, RosterAction, RosterState,
};
use doudi_policy::{Fen, Month};
use doudi_registry::{AwardId, HouseholdId, LeadKind, PersonId, Post, RosterId, StaffId, Urgency};
use doudi_store::awards::Adopted;
use doudi_store::chain::EventKind;
use doudi_store::{Store, StoreError};

use crate::desk::{Law, actor, confirm, new_case, surveyor, try_confirm};
use crate::samples::{day, lead, month, receiving, village};

pub(crate) const MAKER: Officer = Officer { staff: StaffId(7), post: Post::FinanceOfficer };
pub(crate) const REVIEWER: Officer = Officer { staff: StaffId(8), post: Post::FinanceReviewer };

fn award(programme: &str, household: i64, covered: &[i64], fen: i64) -> Award {
    Award {
        id: AwardId(0),
        case: None,
        programme: programme.to_owned(),
        group: "living".to_owned(),
        household: HouseholdId(household),
        beneficiary: Beneficiary::Household(HouseholdId(household)),
        covered: covered.iter().map(|p| PersonId(*p)).collect(),
        amount: Fen(fen),
        kind: Kind::Monthly,
        from: month("2024-06"),
        to: None,
        reason: Text::new("新确认", "confirmed"),
        end_reason: None,
    }
}

async fn ready(store: &Store) {
    village(store).await;
    assert_eq!(store.seed_demo_accounts().await.unwrap(), 2);
    assert_eq!(store.seed_demo_accounts().await.unwrap(), 0);
    store
        .add_awards(&[award("dibao", 1, &[1, 2, 3], 76_800), award("dibao", 2, &[4, 5], 50_000)], None)
        .await
        .unwrap();
}

async fn make(store: &Store, programme: &str, period: &str) -> Result<RosterId, StoreError> {
    store.make_roster(programme, month(period), MAKER, day(&format!("{period}-20"))).await
}

/// The families are on the register since long before the platform; what the older system paid is not paid again.
async fn only_this_month_and_the_next_are_open(store: Store) {
    village(&store).await;
    store.import_receiving(&[receiving("dibao", 1, 1, 50_000)]).await.unwrap();
    let reason = Text::new("启用时在册", "on the register");
    store.adopt_awards("dibao", "living", false, reason).await.unwrap();
    let make = |period: &'static str, on: &'static str| {
        let store = &store;
        async move { store.make_roster("dibao", month(period), MAKER, day(on)).await }
    };
    for period in ["2023-06", "2024-05", "2024-08", "2031-01"] {
        let refused = make(period, "2024-06-20").await.unwrap_err();
        assert!(refused.is_conflict(), "{period}: {refused}");
        assert!(refused.zh().contains("本月（2024-06）") && refused.en().contains("(2024-07)"), "{refused}");
    }
    let unmade = make("2024-07", "2024-06-20").await.unwrap_err();
    assert!(unmade.zh().contains("请先编制 2024-06"), "{unmade}");
    assert!(store.rosters().await.unwrap().is_empty());
    let june = make("2024-06", "2024-06-20").await.unwrap();
    let unsealed = make("2024-07", "2024-06-20").await.unwrap_err();
    assert!(unsealed.is_conflict() && unsealed.zh().contains("2024-06 的名册 1 还在编制中"), "{unsealed}");
    store.seal_roster(june, REVIEWER, day("2024-06-20")).await.unwrap();
    let july = make("2024-07", "2024-06-20").await.unwrap();
    // A month that the platform has paid can be supplemented later, and another programme's month opens nothing.
    store.add_awards(&[award("dibao", 2, &[4, 5], 30_000), award("tekun", 3, &[6], 1)], None).await.unwrap();
    let late = make("2024-06", "2024-08-02").await.unwrap();
    let unsealed = store.seal_roster(july, REVIEWER, day("2024-08-02")).await.unwrap_err();
    assert!(unsealed.en().contains("of 2024-06 is still a draft"), "{unsealed}");
    store.seal_roster(late, REVIEWER, day("2024-08-02")).await.unwrap();
    let other = store.make_roster("tekun", month("2024-06"), MAKER, day("2024-08-02")).await;
    assert!(other.unwrap_err().is_conflict());
}

async fn sealed_and_sent(store: &Store, period: &str) -> RosterId {
    let id = make(store, "dibao", period).await.unwrap();
    store.seal_roster(id, REVIEWER, day("2024-06-21")).await.unwrap();
    store.export_roster(id, MAKER, day("2024-06-22")).await.unwrap();
    id
}

pub(crate) async fn answer(store: &Store, id: RosterId, fail: &[i64]) -> ReturnFile {
    let roster = store.roster(id).await.unwrap();
    let mut text = "发放标识,结果,金额,原因\n".to_owned();
    let mut total = 0;
    for line in &roster.lines {
        let failed = fail.contains(&line.household.0);
        let (result, reason) = if failed { ("失败", "账户已销户") } else { ("成功", "") };
        text.push_str(&format!("{},{result},{},{reason}\n", line.id, line.amount));
        total += line.amount.0;
    }
    text.push_str(&format!("合计,{},{},\n", roster.lines.len(), Fen(total)));
    ReturnFile::parse(&text).unwrap()
}

async fn a_month_is_made_sealed_sent_and_answered(store: Store) {
    ready(&store).await;
    let id = make(&store, "dibao", "2024-06").await.unwrap();
    let payees = store.payees_of(id).await.unwrap();
    assert_eq!(payees.len(), 2);
    let own = Officer { staff: MAKER.staff, post: Post::FinanceReviewer };
    let refused = store.seal_roster(id, own, day("2024-06-21")).await.unwrap_err();
    assert!(refused.is_conflict() && refused.zh().contains("另一人"), "{refused}");
    store.seal_roster(id, REVIEWER, day("2024-06-21")).await.unwrap();
    let file = store.export_roster(id, MAKER, day("2024-06-22")).await.unwrap();
    assert!(file.text.contains("石望山") && file.text.contains("1268.00"), "{}", file.text);
    assert!(store.export_roster(id, MAKER, day("2024-06-22")).await.is_err());
    let bank = answer(&store, id, &[2]).await;
    let done = store.acknowledge_roster(id, MAKER, day("2024-06-25"), &bank).await.unwrap();
    assert_eq!((done.paid, done.returned, done.repeated), (1, 1, 0));
    let again = store.acknowledge_roster(id, MAKER, day("2024-06-26"), &bank).await.unwrap();
    assert_eq!((again.paid, again.returned, again.repeated), (0, 0, 2));
    let roster = store.roster(id).await.unwrap();
    assert_eq!(roster.state, RosterState::Acknowledged);
    let payments = store.payments_of(HouseholdId(2)).await.unwrap();
    assert_eq!((payments.len(), payments[0].line.state), (1, LineState::Returned));
    assert_eq!(payments[0].line.bank_reason, "账户已销户");
    let balance = |balances: &[(Account, Fen)], account| {
        balances.iter().find(|(a, _)| *a == account).map_or(0, |(_, f)| f.0)
    };
    let book = store.balances().await.unwrap();
    assert_eq!(balance(&book, Account::Paid), 76_800);
    assert_eq!(balance(&book, Account::Returned), 50_000);
    assert_eq!(balance(&book, Account::InTransit), 0);
    assert_eq!(store.vouchers(id).await.unwrap().len(), 3);
    let chain = store.chain(HouseholdId(2)).await.unwrap();
    assert_eq!(chain.len(), 2);
    assert!(chain.iter().all(|e| e.kind == EventKind::Payment));
    // The line that came back is issued again in a roster of its own, once.
    let line = payments[0].line.id.clone();
    let next = store.reissue_lines(id, std::slice::from_ref(&line), MAKER, day("2024-06-27")).await.unwrap();
    let twice = store.reissue_lines(id, std::slice::from_ref(&line), MAKER, day("2024-06-27")).await;
    assert!(twice.unwrap_err().is_conflict());
    assert_eq!(store.sent_file(id).await.unwrap(), file, "what was sealed stays what it was");
    let why = store.roster_differences(next).await.unwrap().rows[0].reason.clone().unwrap();
    assert!(why.zh.contains("账户已销户"), "{why:?}");
    let replacement = store.roster(next).await.unwrap();
    assert_eq!((replacement.lines.len(), replacement.lines[0].revision), (1, 1));
    store.seal_roster(next, REVIEWER, day("2024-06-27")).await.unwrap();
    store.export_roster(next, MAKER, day("2024-06-28")).await.unwrap();
    let bank = answer(&store, next, &[]).await;
    store.acknowledge_roster(next, MAKER, day("2024-06-29"), &bank).await.unwrap();
    let book = store.balances().await.unwrap();
    assert_eq!(balance(&book, Account::Paid), 126_800);
    assert_eq!(balance(&book, Account::Appropriation), -126_800);
    assert_eq!(store.check_book().await.unwrap(), Vec::<String>::new());
    let list = store.rosters().await.unwrap();
    assert_eq!((list.len(), list[0].id, list[1].lines), (2, next, 1));
    assert!(make(&store, "dibao", "2024-06").await.unwrap_err().is_conflict(), "nothing is left to pay");
}

async fn a_household_is_not_paid_twice(store: Store) {
    ready(&store).await;
    make(&store, "dibao", "2024-06").await.unwrap();
    // The rules refuse it.
    assert!(make(&store, "dibao", "2024-06").await.is_err());
    store.seal_roster(RosterId(1), REVIEWER, day("2024-06-21")).await.unwrap();
    store.add_awards(&[award("dibao", 1, &[1, 2, 3], 76_800)], None).await.unwrap();
    assert!(make(&store, "dibao", "2024-07").await.is_err());
    assert_eq!(store.rosters().await.unwrap().len(), 1);
    // The database refuses it where the rules are passed by, and the whole roster with it.
    let roster = store.roster(RosterId(1)).await.unwrap();
    let mut line = roster.lines[0].clone();
    line.id = doudi_payment::LineId("forged".to_owned());
    line.covered.clear();
    let forged = store.insert_lines_unchecked(RosterId(2), &[line]).await;
    assert!(matches!(forged, Err(StoreError::Duplicate(_))), "{forged:?}");
    assert_eq!(store.payments_of(roster.lines[0].household).await.unwrap().len(), 1);
}

async fn a_person_is_not_paid_for_in_two_households(store: Store) {
    ready(&store).await;
    make(&store, "dibao", "2024-06").await.unwrap();
    // The same person, another household, another programme of the same exclusive group.
    store.add_awards(&[award("tekun", 2, &[3], 90_000)], None).await.unwrap();
    let refused = make(&store, "tekun", "2024-06").await.unwrap_err();
    assert!(refused.zh().contains("同一人同月只发一笔"), "{refused}");
    let mut line = store.roster(RosterId(1)).await.unwrap().lines[0].clone();
    line.id = doudi_payment::LineId("forged".to_owned());
    line.programme = "tekun".to_owned();
    line.household = HouseholdId(2);
    line.beneficiary = Beneficiary::Household(HouseholdId(2));
    line.covered = vec![PersonId(1)];
    let forged = store.insert_lines_unchecked(RosterId(2), std::slice::from_ref(&line)).await;
    assert!(matches!(forged, Err(StoreError::Duplicate(_))), "{forged:?}");
    // Another group may pay the same person.
    line.group = "disability".to_owned();
    store.insert_lines_unchecked(RosterId(2), &[line]).await.unwrap();
}

async fn two_officers_at_once_make_one_roster(store: Store) {
    ready(&store).await;
    let (a, b) = tokio::join!(make(&store, "dibao", "2024-06"), make(&store, "dibao", "2024-06"));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let (roster, other) = (store.rosters().await.unwrap(), if a.is_ok() { b } else { a });
    assert_eq!(roster.len(), 1);
    assert!(other.unwrap_err().is_conflict());
    let id = roster[0].id;
    let (a, b) = tokio::join!(
        store.seal_roster(id, REVIEWER, day("2024-06-21")),
        store.seal_roster(id, REVIEWER, day("2024-06-21")),
    );
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    assert_eq!(store.vouchers(id).await.unwrap().len(), 1);
    assert_eq!(store.check_book().await.unwrap(), Vec::<String>::new());
}

async fn each_yuan_of_difference_has_a_reason(store: Store) {
    ready(&store).await;
    let june = sealed_and_sent(&store, "2024-06").await;
    let bank = answer(&store, june, &[]).await;
    store.acknowledge_roster(june, MAKER, day("2024-06-25"), &bank).await.unwrap();
    store.end_award(AwardId(2), month("2024-06"), Text::new("迁出本县", "moved away"), None).await.unwrap();
    let ended = store.end_award(AwardId(2), month("2024-06"), Text::new("x", "x"), None).await;
    assert!(matches!(ended, Err(StoreError::Moved)));
    let july = make(&store, "dibao", "2024-07").await.unwrap();
    let seen = store.roster_differences(july).await.unwrap();
    assert_eq!((seen.rows.len(), seen.before, seen.after), (1, Fen(126_800), Fen(76_800)));
    assert_eq!(seen.rows[0].reason.as_ref().unwrap().zh, "迁出本县");
    store
        .explain_difference(july, seen.rows[0].beneficiary, &Text::new("已核实", "verified"), StaffId(6))
        .await
        .unwrap();
    store.seal_roster(july, REVIEWER, day("2024-07-20")).await.unwrap();
    let late = store
        .explain_difference(july, seen.rows[0].beneficiary, &Text::new("改", "change"), StaffId(6))
        .await;
    assert!(late.unwrap_err().is_conflict());
    assert_eq!(store.roster_differences(july).await.unwrap(), seen);
    let roster = store.roster(july).await.unwrap();
    let offers: Vec<RosterAction> =
        Store::roster_offers(&roster, MAKER).into_iter().map(|(a, _)| a).collect();
    assert_eq!(offers, [RosterAction::Export]);
}

async fn a_line_taken_out_is_not_paid(store: Store) {
    ready(&store).await;
    let id = make(&store, "dibao", "2024-06").await.unwrap();
    let line = store.payments_of(HouseholdId(2)).await.unwrap()[0].line.id.clone();
    store.void_line(id, &line, MAKER, "户主昨日去世，待核实").await.unwrap();
    assert!(store.void_line(id, &line, MAKER, "再来").await.is_err());
    let list = store.rosters().await.unwrap();
    assert_eq!((list[0].lines, list[0].amount), (1, Fen(76_800)));
    assert_eq!(store.check_book().await.unwrap(), Vec::<String>::new());
}

async fn the_register_of_the_first_day_becomes_awards(store: Store) {
    village(&store).await;
    store
        .import_receiving(&[
            receiving("dibao", 1, 1, 76_800),
            receiving("dibao", 1, 2, 0),
            receiving("ds_living", 1, 2, 7_000),
            receiving("ds_living", 2, 4, 7_000),
        ])
        .await
        .unwrap();
    let reason = || Text::new("上期在享", "received before");
    let adopted = |awards, waiting| Adopted { awards, waiting };
    assert_eq!(store.adopt_awards("dibao", "living", false, reason()).await.unwrap(), adopted(1, 0));
    assert_eq!(store.adopt_awards("dibao", "living", false, reason()).await.unwrap(), adopted(0, 0));
    assert_eq!(store.adopt_awards("ds_living", "ds_living", true, reason()).await.unwrap(), adopted(2, 0));
    let awards = store.awards_of(HouseholdId(1)).await.unwrap();
    assert_eq!(awards.len(), 2);
    assert_eq!(awards[0].beneficiary, Beneficiary::Person(PersonId(2)));
    assert_eq!((awards[1].amount, awards[1].covered.len()), (Fen(76_800), 2));
    assert_eq!(awards[1].from, Month::of(2023, 1));
    store.end_award(awards[1].id, month("2024-06"), reason(), None).await.unwrap();
    assert_eq!(store.receiving_of(HouseholdId(1), month("2024-07")).await.unwrap().len(), 1);
}

async fn a_family_on_the_register_is_paid_once_when_a_review_raises_it(store: Store) {
    village(&store).await;
    store.seed_demo_accounts().await.unwrap();
    let law = Law::new();
    let register =
        [receiving("dibao", 1, 1, 50_000), receiving("dibao", 1, 2, 0), receiving("dibao", 2, 4, 40_000)];
    store.import_receiving(&register).await.unwrap();
    store.adopt_awards("dibao", "living", false, Text::new("启用时在册", "on the register")).await.unwrap();
    sealed_and_sent(&store, "2024-07").await;
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(&store, &law, &case, &[1, 2, 3]).await;
    let awards = store.awards_of(HouseholdId(1)).await.unwrap();
    assert_eq!((awards[0].from, awards[0].amount), (month("2024-08"), Fen(76_800)));
    assert_eq!(awards[1].to, Some(month("2024-07")), "the old one ends the month before");
    for (of, people, sum) in [("2024-07", 2, 50_000), ("2024-08", 3, 76_800)] {
        let now = store.receiving_of(HouseholdId(1), month(of)).await.unwrap();
        assert_eq!((now.len(), now.iter().map(|r| r.amount.0).sum::<i64>()), (people, sum), "{of}");
    }
    let august = make(&store, "dibao", "2024-08").await.unwrap();
    let seen = store.roster_differences(august).await.unwrap();
    assert_eq!((seen.rows.len(), seen.before, seen.after), (1, Fen(90_000), Fen(116_800)));
    assert_eq!(seen.rows[0].change, Change::Raised);
    assert!(seen.rows[0].reason.as_ref().unwrap().zh.contains("500.00 元改为 768.00 元"));
    let lines = store.roster(august).await.unwrap().lines;
    assert_eq!(lines.iter().filter(|l| l.household == HouseholdId(1)).count(), 1);
    store.seal_roster(august, REVIEWER, day("2024-07-20")).await.unwrap();
    // Who is confirmed too late for it gets a roster of the same month in which nobody else has stopped.
    let mut late = award("dibao", 3, &[6], 30_000);
    late.from = month("2024-08");
    store.add_awards(&[late], None).await.unwrap();
    let more = make(&store, "dibao", "2024-08").await.unwrap();
    let seen = store.roster_differences(more).await.unwrap();
    assert_eq!((seen.rows.len(), seen.rows[0].change, seen.before), (1, Change::New, Fen(0)));
}

async fn a_confirmation_neither_reduces_nor_pays_what_excludes_another(store: Store) {
    village(&store).await;
    let law = Law::new();
    store.import_receiving(&[receiving("dibao", 1, 1, 90_000)]).await.unwrap();
    store.adopt_awards("dibao", "living", false, Text::new("启用时在册", "on the register")).await.unwrap();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    let refused = try_confirm(&store, &law, &case, &[1, 2, 3]).await.unwrap_err();
    assert!(refused.is_conflict() && refused.zh().contains("减发"), "{refused}");
    assert_eq!(store.receiving_of(HouseholdId(1), month("2024-09")).await.unwrap().len(), 1);
    store.import_receiving(&[receiving("tekun", 2, 4, 78_000)]).await.unwrap();
    let case = store.open_case(new_case(2, None), &law.desk("2024-06-17")).await.unwrap();
    let refused = try_confirm(&store, &law, &case, &[4, 5]).await.unwrap_err();
    assert!(refused.is_conflict() && refused.zh().contains("不能同享"), "{refused}");
    assert!(store.awards_of(HouseholdId(2)).await.unwrap().is_empty());
}

async fn a_confirmation_for_persons_gives_each_their_own(store: Store) {
    village(&store).await;
    let law = Law::of_persons(&[(1, 50_000), (2, 26_800)]);
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(&store, &law, &case, &[1, 2]).await;
    let mut given: Vec<_> = store.awards_of(HouseholdId(1)).await.unwrap();
    given.sort_by_key(|a| a.covered.clone());
    let given: Vec<_> = given.iter().map(|a| (a.covered.clone(), a.amount)).collect();
    assert_eq!(given, [(vec![PersonId(1)], Fen(50_000)), (vec![PersonId(2)], Fen(26_800))]);
    // The rules have come to say something else since the first opinion: nobody is paid by guess.
    let law = Law::of_persons(&[(4, 50_000), (5, 50_000)]);
    let case = store.open_case(new_case(2, None), &law.desk("2024-06-17")).await.unwrap();
    let refused = try_confirm(&store, &law, &case, &[4, 5]).await.unwrap_err();
    assert!(refused.is_conflict() && refused.zh().contains("初审意见不一致"), "{refused}");
    assert!(store.awards_of(HouseholdId(2)).await.unwrap().is_empty());
}

async fn dibao_takes_the_place_of_an_edge_recognition_that_leaves_nobody_out(store: Store) {
    village(&store).await;
    let law = Law::new();
    // The first family was taken over with its recognition as an award, the second stands on the register only.
    store.import_receiving(&[receiving("edge", 1, 1, 0), receiving("edge", 1, 2, 0)]).await.unwrap();
    store.adopt_awards("edge", "living", false, Text::new("启用时在册", "on the register")).await.unwrap();
    store.import_receiving(&[receiving("edge", 2, 4, 0)]).await.unwrap();
    let programmes = async |household, on| {
        let rows = store.receiving_of(HouseholdId(household), month(on)).await.unwrap();
        let all: std::collections::BTreeSet<String> = rows.into_iter().map(|r| r.programme).collect();
        all.into_iter().collect::<Vec<_>>()
    };
    for (household, covered) in [(1, &[1, 2, 3][..]), (2, &[4, 5])] {
        let case = store.open_case(new_case(household, None), &law.desk("2024-06-17")).await.unwrap();
        let done = confirm(&store, &law, &case, covered).await;
        assert_eq!(store.award(done.award.unwrap()).await.unwrap().from, month("2024-08"));
        assert_eq!(programmes(household, "2024-07").await, ["edge"], "no month without either");
        assert_eq!(programmes(household, "2024-08").await, ["dibao"]);
        let last = store.chain(HouseholdId(household)).await.unwrap().pop().unwrap();
        assert_eq!((last.kind, last.case), (EventKind::Decision, Some(case.id)));
        assert!(last.title_zh.contains("低保边缘到 2024-07 为止，由低保接替"), "{}", last.title_zh);
        assert!(last.title_en.contains("edge family ends with 2024-07"), "{}", last.title_en);
        assert!(last.actor_name.contains("竹明远"), "whose decision it is: {}", last.actor_name);
    }
    let edge = store.awards_of(HouseholdId(1)).await.unwrap().pop().unwrap();
    assert_eq!((edge.programme.as_str(), edge.to), ("edge", Some(month("2024-07"))));
    assert!(edge.end_reason.unwrap().zh.contains("由低保接替"));
}

async fn a_recognition_that_covers_somebody_else_stays(store: Store) {
    village(&store).await;
    let law = Law::new();
    let rows = [1, 2, 3].map(|person| receiving("edge", 1, person, 0));
    store.import_receiving(&rows).await.unwrap();
    store.adopt_awards("edge", "living", false, Text::new("启用时在册", "on the register")).await.unwrap();
    let case = store.open_case(new_case(1, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(&store, &law, &case, &[1, 2]).await;
    let edge = store.awards_of(HouseholdId(1)).await.unwrap().pop().unwrap();
    assert_eq!((edge.programme.as_str(), edge.to), ("edge", None), "the third person would lose by it");
    let chain = store.chain(HouseholdId(1)).await.unwrap();
    assert!(chain.iter().all(|e| !e.title_zh.contains("接替")));
    // Money is never ended by a confirmation, whatever it is called.
    store.import_receiving(&[receiving("edge", 2, 4, 100)]).await.unwrap();
    let case = store.open_case(new_case(2, None), &law.desk("2024-06-17")).await.unwrap();
    confirm(&store, &law, &case, &[4, 5]).await;
    let rows = store.receiving_of(HouseholdId(2), month("2024-09")).await.unwrap();
    assert!(rows.iter().any(|r| r.programme == "edge" && r.to.is_none()));
}

async fn who_is_covered_twice_by_the_register_waits_for_a_person(store: Store) {
    village(&store).await;
    let rows = [
        receiving("tekun", 1, 1, 78_000),
        receiving("dibao", 1, 1, 50_000),
        receiving("dibao", 1, 2, 0),
        receiving("dibao", 2, 4, 1),
    ];
    store.import_receiving(&rows).await.unwrap();
    let reason = || Text::new("启用时在册", "on the register");
    store.adopt_awards("tekun", "living", true, reason()).await.unwrap();
    let done = store.adopt_awards("dibao", "living", false, reason()).await.unwrap();
    assert_eq!(done, Adopted { awards: 2, waiting: 1 });
    let awards = store.awards_of(HouseholdId(1)).await.unwrap();
    assert_eq!(awards[0].covered, [PersonId(2)], "the family is paid as before, without the person");
    for programme in ["tekun", "dibao"] {
        make(&store, programme, "2024-06").await.unwrap();
    }
}

async fn a_stop_takes_a_visit_a_proposal_and_another_person(store: Store) {
    ready(&store).await;
    let law = Law::new();
    let id = store.insert_leads(&[lead(1, LeadKind::Wrong, Urgency::Blue, 0)]).await.unwrap();
    let case = store.open_case(new_case(1, Some(id)), &law.desk("2024-06-17")).await.unwrap();
    let (clerk, county) = (actor(&store, 1).await, actor(&store, 5).await);
    let reason = "本人已去世，走访与登记一致，户内没有其他人。";
    let decision = || HumanDecision::adverse(&county, reason, vec!["visits".to_owned()], "abc").unwrap();
    let award = store.awards_of(HouseholdId(1)).await.unwrap()[0].id;
    let desk = law.desk("2024-06-18");
    let early = store.stop_award(award, case.id, month("2024-06"), &decision(), &county, &desk).await;
    assert!(early.unwrap_err().zh().contains("上门核实"), "nobody has looked yet");
    let look = Command::RecordVisit {
        on: day("2024-06-18"),
        surveyors: vec![surveyor(&clerk)],
        signed_by: None,
        met: false,
        told: Told::default(),
        note: String::new(),
    };
    let done = store.act(case.id, case.version, look, &clerk, &desk).await.unwrap();
    let close = Command::CloseLead { result: LeadResult::StopProposed, note: "建议复核".to_owned() };
    store.act(case.id, done.case.version, close, &clerk, &desk).await.unwrap();
    let own = HumanDecision::adverse(&clerk, reason, vec!["visits".to_owned()], "abc").unwrap();
    assert!(store.stop_award(award, case.id, month("2024-06"), &own, &clerk, &desk).await.is_err());
    let short = HumanDecision::favourable(&county, "去世", vec!["visits".to_owned()], "abc").unwrap();
    assert!(store.stop_award(award, case.id, month("2024-06"), &short, &county, &desk).await.is_err());
    store.stop_award(award, case.id, month("2024-06"), &decision(), &county, &desk).await.unwrap();
    let ended = store.award(award).await.unwrap();
    assert_eq!(ended.to, Some(month("2024-06")));
    assert!(ended.end_reason.unwrap().zh.contains(reason));
    let notice = &store.notices_of(case.id).await.unwrap()[0];
    assert!(notice.zh.contains("停发") && notice.zh.contains("行政复议"), "{}", notice.zh);
    let chain = store.chain(HouseholdId(1)).await.unwrap();
    assert_eq!(chain.last().unwrap().kind, EventKind::Decision);
    let twice = store.stop_award(award, case.id, month("2024-06"), &decision(), &county, &desk).await;
    assert!(matches!(twice, Err(StoreError::Moved)));
}

doudi_store::on_both!(
    only_this_month_and_the_next_are_open,
    a_family_on_the_register_is_paid_once_when_a_review_raises_it,
    a_confirmation_neither_reduces_nor_pays_what_excludes_another,
    a_confirmation_for_persons_gives_each_their_own,
    dibao_takes_the_place_of_an_edge_recognition_that_leaves_nobody_out,
    a_recognition_that_covers_somebody_else_stays,
    who_is_covered_twice_by_the_register_waits_for_a_person,
    a_stop_takes_a_visit_a_proposal_and_another_person,
    a_month_is_made_sealed_sent_and_answered,
    a_household_is_not_paid_twice,
    a_person_is_not_paid_for_in_two_households,
    two_officers_at_once_make_one_roster,
    each_yuan_of_difference_has_a_reason,
    a_line_taken_out_is_not_paid,
    the_register_of_the_first_day_becomes_awards,
);
