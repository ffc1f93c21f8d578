//! Whole cases, step by step.

use doudi_casework::case::{Case, LeadResult, Origin};
use doudi_casework::notice::{Addressee, mask_name};
use doudi_casework::{
    Action, Answer, Bilingual, Chip, Command, HumanDecision, Level, NoticeKind, RefusalGround, RefusalKind,
    Status, Told, Unanswered, act, offers,
};
use doudi_policy::{Fen, Truth};
use doudi_registry::{PersonId, Scalar, StaffId, Subject};

use crate::support::*;

fn deadline<'c>(case: &'c Case, step: &str) -> &'c doudi_casework::Deadline {
    case.deadlines.iter().find(|d| d.step == step).unwrap_or_else(|| panic!("no deadline {step}"))
}

#[test]
fn a_lead_becomes_an_award_and_every_clock_is_kept() {
    let office = office();
    let play = Play::open(&office, new_case(Origin::Lead), "2024-06-17");
    // Orange: three working days.
    assert_eq!(deadline(&play.case, "task_visit").legal, date("2024-06-20"));
    let play = play.does("2024-06-18", &villager(), visit(date("2024-06-18"), &[villager(), social()])).does(
        "2024-06-18",
        &clerk(),
        Command::Accept { kin: vec![] },
    );
    assert_eq!(deadline(&play.case, "total").legal, date("2024-07-30"));
    assert_eq!(deadline(&play.case, "total").promised, Some(date("2024-07-16")));
    assert_eq!(deadline(&play.case, "survey_start").done_on, Some(date("2024-06-18")));
    let play = play
        .does("2024-06-19", &clerk(), Command::RequestCheck)
        .does("2024-06-21", &county_two(), check())
        .does("2024-06-24", &clerk(), approve())
        .does("2024-06-24", &clerk(), Command::StartPublicity);
    // The day of posting is not counted: 25 June to 1 July.
    let notice = play.last.notices.first().unwrap();
    assert_eq!(notice.until, Some(date("2024-07-01")));
    let early = play.refused("2024-07-01", &head(), Command::Submit);
    assert_eq!(early.kind, RefusalKind::Missing);
    let play = play.does("2024-07-02", &head(), Command::Submit);
    assert_eq!(deadline(&play.case, "confirm").legal, date("2024-07-16"));
    let play = play.does("2024-07-03", &county(), confirm(&county()));
    let grant = play.last.grant.unwrap();
    assert_eq!(play.case.status, Status::Confirmed);
    assert_eq!(grant.amount, Fen(134_400));
    assert_eq!(grant.from.to_string(), "2024-08");
    assert_eq!(grant.review.unwrap().to_string(), "2025-08");
    assert_eq!(grant.covered.len(), 4);
    assert!(play.case.deadlines.iter().all(|d| d.kept(date("2024-07-03")) == Some(true)));
    assert_eq!(play.last.notices[0].kind, NoticeKind::Confirmation);
}

#[test]
fn e20_the_total_limit_of_an_ordinary_and_of_a_delegated_case() {
    let office = office();
    let accepted = |delegated| {
        let mut new = new_case(Origin::Application);
        new.delegated = delegated;
        Play::open(&office, new, "2024-03-04").does("2024-03-04", &clerk(), Command::Accept { kin: vec![] })
    };
    let ordinary = accepted(false);
    assert_eq!(deadline(&ordinary.case, "total").legal, date("2024-04-16"));
    assert_eq!(deadline(&ordinary.case, "survey_start").legal, date("2024-03-07"));
    let delegated = accepted(true);
    assert_eq!(deadline(&delegated.case, "total").legal, date("2024-04-01"));
}

#[test]
fn an_objection_breaks_the_notice_off_and_makes_it_45_working_days() {
    let office = office();
    let play = Play::open(&office, new_case(Origin::Application), "2024-03-04")
        .does("2024-03-04", &clerk(), Command::Accept { kin: vec![] })
        .does("2024-03-05", &villager(), visit(date("2024-03-05"), &[villager(), social()]))
        .does("2024-03-06", &county_two(), check())
        .does("2024-03-07", &clerk(), approve())
        .does("2024-03-07", &clerk(), Command::StartPublicity)
        .does("2024-03-11", &villager(), command(Action::RecordObjection, &villager(), date("2024-03-11")));
    assert_eq!(play.case.status, Status::Accepted);
    assert_eq!(deadline(&play.case, "total").legal, date("2024-05-09"));
    // The old survey is not enough: a new round, and a record from before the objection is a supplement.
    assert_eq!(play.refused("2024-03-11", &clerk(), approve()).kind, RefusalKind::Status);
    let play = play.does("2024-03-12", &villager(), visit(date("2024-03-08"), &[villager(), social()]));
    assert!(play.case.visits.last().unwrap().supplementary);
    assert_eq!(play.case.status, Status::Accepted);
    let play = play.does("2024-03-12", &villager(), visit(date("2024-03-12"), &[villager(), social()])).does(
        "2024-03-13",
        &clerk(),
        approve(),
    );
    // The broken notice does not carry the new opinion.
    assert_eq!(play.refused("2024-04-10", &head(), Command::Submit).kind, RefusalKind::Missing);
    assert_eq!(play.case.status, Status::Proposed);
}

#[test]
fn who_surveys_or_proposes_never_decides() {
    let office = office();
    let both = |day: &str| visit(date(day), &[county(), social()]);
    let play = Play::open(&office, new_case(Origin::Lead), "2024-06-17")
        .does("2024-06-18", &county(), both("2024-06-18"))
        .does("2024-06-18", &clerk(), Command::Accept { kin: vec![] })
        .does("2024-06-19", &clerk(), check())
        .does("2024-06-19", &clerk(), approve())
        .does("2024-06-20", &clerk(), Command::StartPublicity);
    // In a county that decides itself, the head signs the submission of a clerk's opinion.
    assert_eq!(play.refused("2024-06-28", &clerk(), Command::Submit).kind, RefusalKind::FourEyes);
    let play = play.does("2024-06-28", &head(), Command::Submit);
    assert_eq!(play.refused("2024-06-28", &county(), confirm(&county())).kind, RefusalKind::FourEyes);
    assert_eq!(play.refused("2024-06-28", &county(), refuse(&county())).kind, RefusalKind::FourEyes);
    // Signed with a colleague's decision: no.
    let borrowed = play.refused("2024-06-28", &county_two(), confirm(&county()));
    assert_eq!(borrowed.kind, RefusalKind::Input);
    let play = play.does("2024-06-28", &county_two(), confirm(&county_two()));
    assert_eq!(play.case.decision.unwrap().human.by(), county_two().staff);
}

#[test]
fn the_delegated_township_confirms_with_two_people() {
    let office = office();
    let mut new = new_case(Origin::Application);
    new.delegated = true;
    let play = Play::open(&office, new, "2024-06-17")
        .does("2024-06-17", &clerk(), Command::Accept { kin: vec![] })
        .does("2024-06-18", &villager(), visit(date("2024-06-18"), &[villager(), social()]))
        .does("2024-06-19", &clerk(), check())
        .does("2024-06-19", &clerk(), approve())
        .does("2024-06-20", &clerk(), Command::StartPublicity)
        .does("2024-06-28", &clerk(), Command::Submit);
    assert_eq!(play.refused("2024-06-28", &county(), confirm(&county())).kind, RefusalKind::Post);
    let play = play.does("2024-06-28", &head(), confirm(&head()));
    assert_eq!(play.case.decision.unwrap().level, Level::Township);
}

#[test]
fn a_registered_relative_lifts_the_case_and_sends_the_county_to_visit() {
    let office = office();
    let mut new = new_case(Origin::Application);
    new.delegated = true;
    let kin = vec![brother(Level::Township, None)];
    let play = Play::open(&office, new, "2024-06-17")
        .does("2024-06-17", &clerk(), Command::Accept { kin })
        .does("2024-06-18", &villager(), visit(date("2024-06-18"), &[villager(), social()]))
        .does("2024-06-19", &clerk(), check())
        .does("2024-06-19", &clerk(), approve())
        .does("2024-06-20", &clerk(), Command::StartPublicity)
        .does("2024-06-28", &head(), Command::Submit);
    assert_eq!(play.case.decision_level(&office.procedure), Level::County);
    assert_eq!(play.refused("2024-06-28", &head(), confirm(&head())).kind, RefusalKind::Post);
    let unvisited = play.refused("2024-06-28", &county_two(), confirm(&county_two()));
    assert_eq!(unvisited.kind, RefusalKind::Missing);
    let play = play.does("2024-07-01", &county(), visit(date("2024-07-01"), &[county(), social()]));
    assert!(!play.case.visits.last().unwrap().supplementary);
    // Who made the county's visit cannot confirm.
    assert_eq!(play.refused("2024-07-01", &county(), confirm(&county())).kind, RefusalKind::FourEyes);
    let play = play.does("2024-07-01", &county_two(), confirm(&county_two()));
    assert_eq!(play.case.status, Status::Confirmed);
}

#[test]
fn relatives_keep_away_and_county_staff_send_the_case_to_the_city() {
    let office = office();
    let mut case = case_in(&office, Status::Deciding);
    case.kin.push(brother(Level::County, Some(county().staff)));
    let recused = act(&case, confirm(&county()), &county(), &office.on("2024-07-01")).unwrap_err();
    assert_eq!(recused.kind, RefusalKind::Recusal);
    let colleague = act(&case, confirm(&county_two()), &county_two(), &office.on("2024-07-01")).unwrap_err();
    assert_eq!(colleague.kind, RefusalKind::Recusal);
    assert!(colleague.zh.contains("市级民政决定"), "{colleague}");
    // Where nobody's relative works for the county, the city has no say.
    let theirs = case_in(&office, Status::Deciding);
    let stranger = act(&theirs, confirm(&city()), &city(), &office.on("2024-07-01")).unwrap_err();
    assert_eq!(stranger.kind, RefusalKind::Post);
}

#[test]
fn e24_the_family_of_a_county_officer_is_decided_by_the_city() {
    let office = office();
    let kin = vec![brother(Level::County, Some(county().staff))];
    let play = Play::open(&office, new_case(Origin::Application), "2024-06-17")
        .does("2024-06-17", &clerk(), Command::Accept { kin })
        .does("2024-06-18", &villager(), visit(date("2024-06-18"), &[villager(), social()]))
        .does("2024-06-19", &clerk(), check())
        .does("2024-06-19", &clerk(), approve())
        .does("2024-06-20", &clerk(), Command::StartPublicity)
        .does("2024-06-28", &head(), Command::Submit);
    assert!(play.last.events[0].text.zh.contains("市级"), "{:?}", play.last.events[0].text);
    assert_eq!(deadline(&play.case, "confirm").legal, date("2024-07-12"), "the same time as for anybody");
    assert_eq!(play.refused("2024-06-28", &city(), confirm(&city())).kind, RefusalKind::Missing);
    let relative = visit(date("2024-07-01"), &[county(), social()]);
    assert_eq!(play.refused("2024-07-01", &county(), relative).kind, RefusalKind::Recusal);
    let play = play.does("2024-07-01", &county_two(), visit(date("2024-07-01"), &[county_two(), social()]));
    for officer in [county(), county_two()] {
        assert_eq!(play.refused("2024-07-01", &officer, confirm(&officer)).kind, RefusalKind::Recusal);
        assert_eq!(play.refused("2024-07-01", &officer, refuse(&officer)).kind, RefusalKind::Recusal);
    }
    assert_eq!(play.refused("2024-07-01", &head(), confirm(&head())).kind, RefusalKind::Post);
    let back = command(Action::Return, &city(), date("2024-07-01"));
    assert!(act(&play.case, back, &city(), &office.on("2024-07-01")).is_ok(), "the city may send it back");
    let play = play.does("2024-07-02", &city(), confirm(&city()));
    let decision = play.case.decision.unwrap();
    assert_eq!((decision.level, decision.human.by()), (Level::City, city().staff));
    assert_eq!(play.last.grant.unwrap().amount, Fen(134_400));
}

#[test]
fn a_stop_for_the_family_of_a_county_officer_is_the_citys_too() {
    let office = office();
    let mut case = case_in(&office, Status::Closed);
    case.lead_result = Some(LeadResult::StopProposed);
    let stop_by = |case: &Case, actor: &doudi_casework::Actor| {
        let decision = HumanDecision::adverse(actor, REASON, vec!["visit:1".to_owned()], "9f3c").unwrap();
        let last = doudi_policy::Month::of(2024, 6);
        doudi_casework::stop(case, &decision, actor, last, &office.on("2024-07-01"))
    };
    assert!(stop_by(&case, &county()).is_ok());
    assert_eq!(stop_by(&case, &head()).unwrap_err().kind, RefusalKind::Post);
    case.kin.push(brother(Level::County, Some(county().staff)));
    for officer in [county(), county_two()] {
        assert_eq!(stop_by(&case, &officer).unwrap_err().kind, RefusalKind::Recusal);
    }
    assert!(stop_by(&case, &city()).is_ok());
    case.kin.push(brother(Level::City, Some(city().staff)));
    assert_eq!(stop_by(&case, &city()).unwrap_err().kind, RefusalKind::Recusal, "one's own family");
}

#[test]
fn a_refusal_needs_a_person_a_reason_and_gives_the_way_to_appeal() {
    let office = office();
    let case = case_in(&office, Status::Deciding);
    let today = office.on("2024-07-01");
    assert!(HumanDecision::adverse(&county(), "不符合", vec!["visit:1".to_owned()], "9f3c").is_err());
    assert!(HumanDecision::adverse(&county(), REASON, vec![], "9f3c").is_err());
    assert!(HumanDecision::adverse(&county(), REASON, vec!["visit:1".to_owned()], " ").is_err());
    // A favourable decision with a short reason cannot be used to refuse.
    let short = HumanDecision::favourable(&county(), "不行", vec!["visit:1".to_owned()], "9f3c").unwrap();
    let command =
        Command::Refuse { decision: short, ground: RefusalGround::ConditionsNotMet, finding: Truth::False };
    assert_eq!(act(&case, command, &county(), &today).unwrap_err().kind, RefusalKind::Input);
    // Unknown never means ineligible.
    for finding in [Truth::Unknown, Truth::True] {
        let command = Command::Refuse {
            decision: HumanDecision::adverse(&county(), REASON, vec!["visit:1".to_owned()], "9f3c").unwrap(),
            ground: RefusalGround::ConditionsNotMet,
            finding,
        };
        assert_eq!(act(&case, command, &county(), &today).unwrap_err().kind, RefusalKind::Missing);
    }
    let refused = act(&case, refuse(&county()), &county(), &today).unwrap();
    assert_eq!(refused.case.status, Status::Refused);
    assert_eq!(refused.grant, None);
    let notice = &refused.notices[0];
    assert_eq!(notice.kind, NoticeKind::Refusal);
    assert_eq!(notice.deliver_by, Some(date("2024-07-04")));
    let text = notice.render(&addressee());
    for part in [REASON, "60日", "6个月", "行政复议", "诉讼", "临时救助", "990-12349"] {
        assert!(text.zh.contains(part), "{part}: {}", text.zh);
    }
    for part in ["60 days", "6 months", "administrative review", "lawsuit"] {
        assert!(text.en.contains(part), "{part}: {}", text.en);
    }
    // One electronic way is not enough.
    let once = Command::RecordNotice { ways: vec!["短信".to_owned()] };
    assert_eq!(act(&refused.case, once, &clerk(), &today).unwrap_err().kind, RefusalKind::Input);
    let told = act(&refused.case, command_notice(), &clerk(), &office.on("2024-07-03")).unwrap();
    assert_eq!(deadline(&told.case, "refusal_notice").done_on, Some(date("2024-07-03")));
}

fn command_notice() -> Command {
    command(Action::RecordNotice, &clerk(), date("2024-07-03"))
}

fn addressee() -> Addressee {
    Addressee {
        name: "石望山".to_owned(),
        programme: Bilingual::new("最低生活保障", "dibao"),
        place: Bilingual::new("河湾村", "Hewan village"),
        authority: Bilingual::new("青石县民政局", "Qingshi county civil affairs"),
        hotline: "990-12349".to_owned(),
    }
}

#[test]
fn not_cooperating_is_no_ground_before_the_family_was_told_in_writing() {
    let office = office();
    let refuse = Command::ProposeRefuse {
        ground: RefusalGround::NotCooperating,
        finding: Truth::Unknown,
        text: "两次书面通知后仍未提供授权".to_owned(),
        policy_version: "9f3c".to_owned(),
    };
    let untold = case_in(&office, Status::Accepted);
    let today = office.on("2024-06-20");
    assert_eq!(act(&untold, refuse.clone(), &clerk(), &today).unwrap_err().kind, RefusalKind::Missing);
    let told = case_in(&office, Status::Supplement);
    let accepted = act(&told, Command::Accept { kin: vec![] }, &clerk(), &today).unwrap();
    assert!(act(&accepted.case, refuse, &clerk(), &today).is_ok());
}

#[test]
fn what_is_missing_is_asked_once() {
    let office = office();
    let told = case_in(&office, Status::Supplement);
    let today = office.on("2024-06-20");
    let ask = command(Action::RequestSupplement, &clerk(), today.today);
    assert_eq!(act(&told, ask, &clerk(), &today).unwrap_err().kind, RefusalKind::Status);
    let empty = Command::RequestSupplement { missing: vec![" ".to_owned()] };
    let visited = case_in(&office, Status::Visited);
    assert_eq!(act(&visited, empty, &clerk(), &today).unwrap_err().kind, RefusalKind::Input);
}

#[test]
fn a_survey_by_one_person_or_unsigned_or_with_nobody_met_is_not_enough() {
    let office = office();
    let accepted = Play::open(&office, new_case(Origin::Application), "2024-06-17")
        .does("2024-06-17", &clerk(), Command::Accept { kin: vec![] })
        .does("2024-06-18", &clerk(), check());
    let with = |change: &dyn Fn(&mut Command)| {
        let mut v = visit(date("2024-06-18"), &[villager(), social()]);
        change(&mut v);
        act(&accepted.case, v, &villager(), &office.on("2024-06-18")).unwrap().case
    };
    let one = with(&|v| {
        if let Command::RecordVisit { surveyors, .. } = v {
            *surveyors = vec![surveyor(&villager()), surveyor(&villager())];
        }
    });
    let unsigned = with(&|v| {
        if let Command::RecordVisit { signed_by, .. } = v {
            *signed_by = Some(" ".to_owned());
        }
    });
    let nobody = with(&|v| {
        if let Command::RecordVisit { met, .. } = v {
            *met = false;
        }
    });
    for case in [one, unsigned, nobody] {
        assert_eq!(case.status, Status::Accepted);
        assert_eq!(case.visits.len(), 1);
    }
    assert_eq!(with(&|_| {}).status, Status::Checked);
}

#[test]
fn a_late_record_is_kept_and_changes_nothing_else() {
    let office = office();
    for status in [Status::Proposed, Status::Publicity, Status::Confirmed, Status::Refused, Status::Closed] {
        let case = case_in(&office, status);
        let late = visit(date("2024-06-10"), &[villager(), social()]);
        let after = act(&case, late, &villager(), &office.on("2024-07-02")).unwrap().case;
        assert_eq!(after.status, status);
        assert_eq!(after.visits.len(), case.visits.len() + 1);
        assert!(after.visits.last().unwrap().supplementary);
        assert_eq!(after.deadlines, case.deadlines);
    }
    let future = visit(date("2024-07-03"), &[villager(), social()]);
    let case = case_in(&office, Status::Accepted);
    assert_eq!(
        act(&case, future, &villager(), &office.on("2024-07-02")).unwrap_err().kind,
        RefusalKind::Input
    );
}

#[test]
fn an_emergency_is_helped_first_and_recorded_after() {
    let office = office();
    let mut new = new_case(Origin::Application);
    new.urgent = true;
    new.programme = "ta_urgent".to_owned();
    let help = |yuan: i64| Command::GiveFirstHelp {
        amount: Fen(yuan * 100),
        cause: "房屋起火".to_owned(),
        witness: "柳长青".to_owned(),
    };
    // Saturday night: the 24 hours end on Sunday, no working day is waited for.
    let open = || Play::open(&office, new.clone(), "2024-06-15");
    assert_eq!(deadline(&open().case, "first_help").legal, date("2024-06-16"));
    let small = open().does("2024-06-16", &clerk(), help(2_000));
    assert_eq!(deadline(&small.case, "backfill").legal, date("2024-06-28"));
    assert_eq!(small.case.decision_level(&office.procedure), Level::Township);
    let small = small.does("2024-06-18", &clerk(), command(Action::BackFill, &clerk(), date("2024-06-18")));
    assert_eq!(small.refused("2024-06-18", &head(), refuse(&head())).kind, RefusalKind::Missing);
    let small = small.does("2024-06-18", &head(), confirm(&head()));
    let grant = small.last.grant.unwrap();
    assert_eq!((grant.amount, grant.already_paid), (Fen(200_000), true));
    assert_eq!(grant.covered, [PersonId(1)]);
    let told = small.case.events.last().unwrap().text.clone();
    assert!(told.zh.contains("不再另发") && told.en.contains("nothing further is paid"), "{told:?}");
    let notice = &small.last.notices[0];
    let to = Addressee {
        name: "石望山".to_owned(),
        programme: Bilingual::new("急难型临时救助", "urgent temporary assistance"),
        place: Bilingual::new("河湾村", "Hewan village"),
        authority: Bilingual::new("青石县民政局", "civil affairs bureau"),
        hotline: "0000-1".to_owned(),
    };
    assert!(notice.render(&to).zh.contains("已经当场给付，不再另发"), "{}", notice.render(&to).zh);
    // A large sum is the county's to give and to confirm.
    for township in [clerk(), head()] {
        let refused = open().refused("2024-06-16", &township, help(8_000));
        assert_eq!(refused.kind, RefusalKind::Input);
        assert!(refused.zh.contains("限额 3000.00 元") && refused.zh.contains("县级"), "{}", refused.zh);
    }
    let large = open().does("2024-06-16", &county(), help(8_000)).does(
        "2024-06-18",
        &clerk(),
        command(Action::BackFill, &clerk(), date("2024-06-18")),
    );
    assert_eq!(large.refused("2024-06-18", &head(), confirm(&head())).kind, RefusalKind::Post);
    // An ordinary case has no such button pressed.
    let ordinary = case_in(&office, Status::Applied);
    assert_eq!(
        act(&ordinary, help(100), &clerk(), &office.on("2024-06-18")).unwrap_err().kind,
        RefusalKind::Missing
    );
}

#[test]
fn what_the_county_sends_back_can_be_proposed_again_without_a_second_notice() {
    let office = office();
    let returned = case_in(&office, Status::Returned);
    let today = office.on("2024-07-01");
    let again = act(&returned, approve(), &clerk(), &today).unwrap().case;
    let submitted = act(&again, Command::Submit, &head(), &today).unwrap().case;
    assert_eq!(submitted.status, Status::Deciding);
    // With another amount the village has to see it again.
    let more = Command::ProposeApprove {
        amount: Fen(150_000),
        covered: vec![PersonId(1), PersonId(2), PersonId(3), PersonId(4)],
        finding: Truth::True,
        text: "更正金额".to_owned(),
        policy_version: "9f3c".to_owned(),
    };
    let changed = act(&returned, more, &clerk(), &today).unwrap().case;
    assert_eq!(act(&changed, Command::Submit, &head(), &today).unwrap_err().kind, RefusalKind::Missing);
}

#[test]
fn a_file_that_comes_back_starts_the_countys_time_again() {
    let office = office();
    let returned = case_in(&office, Status::Returned);
    let running = |case: &Case| -> Vec<(String, doudi_policy::Date)> {
        let open = case.deadlines.iter().filter(|d| d.done_on.is_none());
        open.map(|d| (d.step.clone(), d.legal)).collect()
    };
    assert_eq!(running(&returned), [("total".to_owned(), date("2024-07-30"))]);
    let again = act(&returned, approve(), &clerk(), &office.on("2024-07-04")).unwrap().case;
    let back = act(&again, Command::Submit, &head(), &office.on("2024-07-05")).unwrap().case;
    let confirm = ("confirm".to_owned(), date("2024-07-19"));
    assert!(running(&back).contains(&confirm), "{:?}", running(&back));
}

#[test]
fn the_time_for_first_help_runs_once() {
    let office = office();
    let helped = case_in(&office, Status::Helped);
    let visited = visit(date("2024-06-18"), &[villager(), social()]);
    let after = act(&helped, visited, &villager(), &office.on("2024-06-18")).unwrap().case;
    let clocks = |step: &str| after.deadlines.iter().filter(|d| d.step == step).count();
    assert_eq!((clocks("first_help"), clocks("backfill")), (1, 1));
}

#[test]
fn nothing_is_approved_on_an_unknown_calculation() {
    let office = office();
    let checked = case_in(&office, Status::Checked);
    for finding in [Truth::Unknown, Truth::False] {
        let Command::ProposeApprove { amount, covered, text, policy_version, .. } = approve() else {
            panic!("approve() proposes to approve");
        };
        let command = Command::ProposeApprove { amount, covered, finding, text, policy_version };
        assert_eq!(
            act(&checked, command, &clerk(), &office.on("2024-06-20")).unwrap_err().kind,
            RefusalKind::Missing
        );
    }
}

fn telling(on: &str, told: Told) -> Command {
    let mut command = visit(date(on), &[villager(), social()]);
    if let Command::RecordVisit { told: slot, .. } = &mut command {
        *slot = told;
    }
    command
}

const HEAD: Subject = Subject::Person(PersonId(1));

fn open(fact: &str, zh: &str, en: &str) -> Unanswered {
    Unanswered { subject: HEAD, fact: fact.to_owned(), label: Bilingual::new(zh, en) }
}

fn earns(fen: i64) -> Answer {
    Answer { subject: HEAD, fact: "casual_income".to_owned(), value: Scalar::Number(fen) }
}

#[test]
fn a_survey_that_left_questions_names_them_and_refuses_no_help() {
    let office = office();
    let left = Told {
        answers: vec![earns(120_000)],
        unclear: vec![open("farm_income", "种养业净收入", "farm income")],
        unasked: vec![
            open("work_cost", "石望山：必要就业成本", "Shi Wangshan: work cost"),
            open("farm_income", "种养业净收入", "farm income"),
        ],
    };
    let play = Play::open(&office, new_case(Origin::Application), "2024-06-17")
        .does("2024-06-17", &clerk(), Command::Accept { kin: vec![] })
        .does("2024-06-18", &villager(), telling("2024-06-18", left))
        .does("2024-06-18", &clerk(), check());
    let names = |case: &Case| case.unasked().iter().map(|u| u.fact.clone()).collect::<Vec<_>>();
    assert_eq!(names(&play.case), ["work_cost"], "what the family cannot say was asked");
    let unknown = |command: Command| match command {
        Command::ProposeApprove { amount, covered, text, policy_version, .. } => {
            Command::ProposeApprove { amount, covered, finding: Truth::Unknown, text, policy_version }
        }
        Command::ProposeRefuse { ground, text, policy_version, .. } => {
            Command::ProposeRefuse { ground, finding: Truth::Unknown, text, policy_version }
        }
        other => panic!("{other:?} proposes nothing"),
    };
    for proposal in [approve(), propose_refuse()] {
        let refused = play.refused("2024-06-19", &clerk(), unknown(proposal));
        assert_eq!(refused.kind, RefusalKind::Missing);
        assert!(refused.zh.contains("1 项没有问到：石望山：必要就业成本"), "{refused}");
        assert!(refused.en.contains("Shi Wangshan: work cost"), "{refused}");
    }
    // Known from elsewhere meanwhile: the form that was not filled keeps nobody from help.
    let helped = act(&play.case, approve(), &clerk(), &office.on("2024-06-19")).unwrap();
    assert_eq!(helped.case.status, Status::Proposed);
    let cost = Answer { subject: HEAD, fact: "work_cost".to_owned(), value: Scalar::Number(0) };
    let rest = Told { answers: vec![cost], ..Told::default() };
    let asked = play.does("2024-06-19", &villager(), telling("2024-06-19", rest));
    assert!(asked.case.unasked().is_empty());
    // A visit that meets nobody asks nothing and settles nothing.
    let mut nobody =
        telling("2024-06-19", Told { unasked: vec![open("wage", "工资", "wage")], ..Told::default() });
    if let Command::RecordVisit { met, .. } = &mut nobody {
        *met = false;
    }
    assert!(asked.does("2024-06-19", &villager(), nobody).case.unasked().is_empty());
}

#[test]
fn a_later_visit_corrects_what_an_earlier_one_was_told_and_both_stay() {
    let office = office();
    let answers = |answers: Vec<Answer>| Told { answers, ..Told::default() };
    let home = |value| Answer { subject: HEAD, fact: "co_resident".to_owned(), value: Scalar::Bool(value) };
    let play = Play::open(&office, new_case(Origin::Lead), "2024-06-17")
        .does("2024-06-18", &villager(), telling("2024-06-18", answers(vec![earns(120_000), home(true)])))
        .does("2024-06-19", &villager(), telling("2024-06-19", answers(vec![earns(80_000), home(true)])));
    let (first, second) = (&play.case.visits[0], &play.case.visits[1]);
    let corrected = second.corrections([first]);
    assert_eq!(corrected.len(), 1, "the same answer again corrects nothing: {corrected:?}");
    assert_eq!(
        (corrected[0].was, &corrected[0].answer.value),
        (&Scalar::Number(120_000), &Scalar::Number(80_000))
    );
    assert_eq!(first.told.answers[0], earns(120_000), "the old record stays");
    assert!(first.corrections([]).is_empty());
    let said = &play.last.events[0].text;
    assert!(
        said.zh.ends_with("更正以前的回答 1 项") && said.en.ends_with("an earlier answer corrected"),
        "{said:?}"
    );
    let back = play.does("2024-06-20", &villager(), telling("2024-06-20", answers(vec![earns(80_000)])));
    assert!(!back.last.events[0].text.zh.contains("更正"), "the latest answer counts, not the first");
}

#[test]
fn another_area_and_a_date_that_goes_back_are_refused() {
    let office = office();
    let case = case_in(&office, Status::Visited);
    let stranger = person(11, "云某", doudi_casework::Post::TownshipClerk, "990121104");
    let accept = || Command::Accept { kin: vec![] };
    assert_eq!(
        act(&case, accept(), &stranger, &office.on("2024-06-19")).unwrap_err().kind,
        RefusalKind::Area
    );
    assert_eq!(
        act(&case, accept(), &clerk(), &office.on("2024-06-17")).unwrap_err().kind,
        RefusalKind::Input
    );
}

#[test]
fn a_year_without_a_calendar_stops_the_command_and_leaves_the_case() {
    let office = office();
    let case = case_in(&office, Status::Visited);
    let refusal =
        act(&case, Command::Accept { kin: vec![] }, &clerk(), &office.on("2024-12-30")).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Law);
    assert!(refusal.zh.contains("2025"));
}

#[test]
fn chips_count_working_days() {
    let office = office();
    let case = case_in(&office, Status::Task);
    let chip = |day: &str| deadline(&case, "task_visit").chip(date(day), &office.calendar).unwrap();
    assert_eq!(chip("2024-06-17"), Chip::Soon(3));
    assert_eq!(chip("2024-06-20"), Chip::Today);
    assert_eq!(chip("2024-06-21"), Chip::Overdue(1));
    assert_eq!(chip("2024-06-23"), Chip::Overdue(1));
    let accepted = case_in(&office, Status::Accepted);
    let total = deadline(&accepted, "total");
    assert_eq!(total.chip(date("2024-06-18"), &office.calendar).unwrap(), Chip::InTime(30));
    assert_eq!(total.promised_chip(date("2024-06-18"), &office.calendar).unwrap(), Some(Chip::InTime(20)));
}

#[test]
fn buttons_say_why_they_cannot_be_pressed() {
    let office = office();
    let case = case_in(&office, Status::Accepted);
    let today = office.on("2024-06-19");
    let list = offers(&case, &clerk(), &today);
    let of = |action| list.iter().find(|o| o.action == action);
    assert!(of(Action::RecordCheck).unwrap().refusal.is_none());
    assert!(of(Action::Confirm).is_none());
    let villagers = offers(&case, &villager(), &today);
    let open: Vec<Action> = villagers.iter().filter(|o| o.refusal.is_none()).map(|o| o.action).collect();
    assert_eq!(open, [Action::RecordVisit]);
}

#[test]
fn the_public_notice_shows_a_masked_name_a_number_and_an_amount() {
    let office = office();
    let case = case_in(&office, Status::Proposed);
    let changed = act(&case, Command::StartPublicity, &clerk(), &office.on("2024-06-20")).unwrap();
    let text = changed.notices[0].render(&addressee());
    assert!(text.zh.contains("石*山") && !text.zh.contains("石望山"), "{}", text.zh);
    assert!(text.zh.contains("家庭人数：4") && text.zh.contains("每月1344.00元"), "{}", text.zh);
    assert!(text.zh.contains("自2024-06-21起至2024-06-27止"), "{}", text.zh);
    assert!(text.en.contains("1344.00 yuan a month"), "{}", text.en);
    assert_eq!(mask_name("柳青"), "柳*");
    assert_eq!(mask_name("阿依·古丽"), "阿***丽");
    assert_eq!(mask_name("石"), "*");
    assert_eq!(mask_name(""), "");
}

#[test]
fn a_case_survives_storage() {
    let office = office();
    for status in Status::ALL {
        let case = case_in(&office, *status);
        let text = serde_json::to_string(&case).unwrap();
        let back: Case = serde_json::from_str(&text).unwrap();
        assert_eq!(back, case);
    }
    assert_eq!(StaffId(3), villager().staff);
}
