//! A small office: its people, calendar, procedure, and cases brought to each status.

use doudi_casework::act::Changed;
use doudi_casework::case::{Case, LeadResult, NewCase, Origin};
use doudi_casework::kin::{KinRecord, NearRelation};
use doudi_casework::{
    Action, Actor, Command, Context, HumanDecision, Level, Post, Procedure, Refusal, RefusalGround, Status,
    Surveyor, Told, WorkingCalendar, act, open,
};
use doudi_policy::{Date, Fen, Truth};
use doudi_registry::{CaseId, HouseholdId, LeadId, PersonId, StaffId};

pub(crate) const REASON: &str = "家庭人均月收入高于当地低保标准，不符合条件";

pub(crate) struct Office {
    pub(crate) calendar: WorkingCalendar,
    pub(crate) procedure: Procedure,
}

pub(crate) fn office() -> Office {
    Office {
        calendar: WorkingCalendar::from_texts([include_str!("../data/2024.toml")]).unwrap(),
        procedure: Procedure::parse(include_str!("../data/procedure.toml")).unwrap(),
    }
}

impl Office {
    pub(crate) fn on(&self, day: &str) -> Context<'_> {
        self.at(date(day))
    }

    pub(crate) fn at(&self, today: Date) -> Context<'_> {
        Context { today, calendar: &self.calendar, procedure: &self.procedure }
    }
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn person(id: i64, name: &str, post: Post, area: &str) -> Actor {
    Actor { staff: StaffId(id), name: name.to_owned(), post, area: area.parse().unwrap() }
}

pub(crate) fn clerk() -> Actor {
    person(1, "柳青禾", Post::TownshipClerk, "990121103")
}
pub(crate) fn head() -> Actor {
    person(2, "白石川", Post::TownshipHead, "990121103")
}
pub(crate) fn villager() -> Actor {
    person(3, "柳长青", Post::VillageWorker, "990121103001")
}
pub(crate) fn social() -> Actor {
    person(4, "茶小雨", Post::SocialWorker, "990121103")
}
pub(crate) fn county() -> Actor {
    person(5, "竹明远", Post::CountyOfficer, "990121")
}
pub(crate) fn city() -> Actor {
    person(10, "溪照临", Post::CityOfficer, "9901")
}
pub(crate) fn county_two() -> Actor {
    person(6, "松清和", Post::CountyOfficer, "990121")
}

/// One actor of each post.
pub(crate) fn everybody() -> Vec<Actor> {
    vec![
        villager(),
        social(),
        clerk(),
        head(),
        county(),
        person(7, "金满秋", Post::FinanceOfficer, "990121"),
        person(8, "梨春晓", Post::FinanceReviewer, "990121"),
        person(9, "云知章", Post::Auditor, "990121"),
        city(),
    ]
}

pub(crate) fn new_case(origin: Origin) -> NewCase {
    NewCase {
        id: CaseId(871),
        household: HouseholdId(482),
        division: "990121103001".parse().unwrap(),
        programme: "dibao".to_owned(),
        origin,
        lead: (origin == Origin::Lead).then_some(LeadId(17)),
        urgency: (origin == Origin::Lead).then_some(1),
        urgent: false,
        delegated: false,
    }
}

pub(crate) fn surveyor(actor: &Actor) -> Surveyor {
    Surveyor { staff: actor.staff, name: actor.name.clone(), post: actor.post }
}

pub(crate) fn visit(on: Date, who: &[Actor]) -> Command {
    Command::RecordVisit {
        on,
        surveyors: who.iter().map(surveyor).collect(),
        signed_by: Some("石望山".to_owned()),
        met: true,
        told: Told::default(),
        note: "见到夫妻二人和老人".to_owned(),
    }
}

pub(crate) fn check() -> Command {
    Command::RecordCheck { asked: 9, answered: 8, differences: String::new(), settled: true }
}

pub(crate) fn approve() -> Command {
    Command::ProposeApprove {
        amount: Fen(134_400),
        covered: vec![PersonId(1), PersonId(2), PersonId(3), PersonId(4)],
        finding: Truth::True,
        text: "收入下降因病所致，建议纳入".to_owned(),
        policy_version: "9f3c".to_owned(),
    }
}

pub(crate) fn propose_refuse() -> Command {
    Command::ProposeRefuse {
        ground: RefusalGround::ConditionsNotMet,
        finding: Truth::False,
        text: REASON.to_owned(),
        policy_version: "9f3c".to_owned(),
    }
}

pub(crate) fn confirm(actor: &Actor) -> Command {
    Command::Confirm {
        decision: HumanDecision::favourable(
            actor,
            "因病致困，同意",
            vec!["visit:1".to_owned(), "explanation".to_owned()],
            "9f3c",
        )
        .unwrap(),
        finding: Truth::True,
    }
}

pub(crate) fn refuse(actor: &Actor) -> Command {
    Command::Refuse {
        decision: HumanDecision::adverse(actor, REASON, vec!["visit:1".to_owned()], "9f3c").unwrap(),
        ground: RefusalGround::ConditionsNotMet,
        finding: Truth::False,
    }
}

pub(crate) fn brother(level: Level, staff: Option<StaffId>) -> KinRecord {
    KinRecord {
        member: "石望山".to_owned(),
        official: "石望海".to_owned(),
        staff,
        relation: NearRelation::Sibling,
        level,
        on: date("2024-06-17"),
    }
}

/// A command that carries out an action with everything filled in.
pub(crate) fn command(action: Action, actor: &Actor, today: Date) -> Command {
    match action {
        Action::Assign => Command::Assign { to: StaffId(3), name: "柳长青".to_owned() },
        Action::RecordVisit => visit(today, &[villager(), social()]),
        Action::CloseLead => {
            Command::CloseLead { result: LeadResult::NoNeed, note: "子女已接走赡养".to_owned() }
        }
        Action::Accept => Command::Accept { kin: Vec::new() },
        Action::RequestSupplement => {
            Command::RequestSupplement { missing: vec!["户口簿".to_owned(), "银行卡".to_owned()] }
        }
        Action::RegisterKin => Command::RegisterKin { record: brother(Level::Township, None) },
        Action::RequestCheck => Command::RequestCheck,
        Action::RecordCheck => check(),
        Action::ProposeApprove => approve(),
        Action::ProposeRefuse => propose_refuse(),
        Action::StartPublicity => Command::StartPublicity,
        Action::RecordObjection => {
            Command::RecordObjection { from: None, text: "这家有门面出租".to_owned() }
        }
        Action::Submit => Command::Submit,
        Action::Return => Command::Return { reason: "缺老人签字的授权书".to_owned() },
        Action::Confirm => confirm(actor),
        Action::Refuse => refuse(actor),
        Action::Withdraw => {
            Command::Withdraw { reason: "本人石望山签字：外出务工，不再申请".to_owned() }
        }
        Action::GiveFirstHelp => Command::GiveFirstHelp {
            amount: Fen(200_000),
            cause: "房屋起火".to_owned(),
            witness: "柳长青".to_owned(),
        },
        Action::BackFill => Command::BackFill {
            covered: vec![PersonId(1)],
            text: "火灾，四人，现金2000元，签字齐全".to_owned(),
            policy_version: "9f3c".to_owned(),
        },
        Action::RecordNotice => {
            Command::RecordNotice { ways: vec!["送达签收".to_owned(), "电话".to_owned()] }
        }
    }
}

/// Plays commands on consecutive calls and stops at the first refusal.
pub(crate) struct Play<'o> {
    pub(crate) office: &'o Office,
    pub(crate) case: Case,
    pub(crate) last: Changed,
}

impl<'o> Play<'o> {
    pub(crate) fn open(office: &'o Office, new: NewCase, day: &str) -> Self {
        let last = open(new, &office.on(day)).unwrap();
        Self { office, case: last.case.clone(), last }
    }

    pub(crate) fn does(mut self, day: &str, actor: &Actor, command: Command) -> Self {
        let action = command.action();
        self.last = act(&self.case, command, actor, &self.office.on(day))
            .unwrap_or_else(|r| panic!("{action} on {day} by {}: {r}", actor.name));
        self.case = self.last.case.clone();
        self
    }

    pub(crate) fn refused(&self, day: &str, actor: &Actor, command: Command) -> Refusal {
        let action = command.action();
        match act(&self.case, command, actor, &self.office.on(day)) {
            Err(refusal) => refusal,
            Ok(_) => panic!("{action} on {day} by {} should be refused", actor.name),
        }
    }
}

/// The usual case up to a status, on fixed days of June 2024.
pub(crate) fn case_in(office: &Office, status: Status) -> Case {
    let d17 = "2024-06-17";
    let lead = || Play::open(office, new_case(Origin::Lead), d17);
    let visited =
        || lead().does("2024-06-18", &villager(), visit(date("2024-06-18"), &[villager(), social()]));
    let accepted = || visited().does("2024-06-18", &clerk(), Command::Accept { kin: vec![] });
    let checked = || accepted().does("2024-06-19", &clerk(), check());
    let proposed = || checked().does("2024-06-19", &clerk(), approve());
    let publicity = || proposed().does("2024-06-20", &clerk(), Command::StartPublicity);
    let deciding = || publicity().does("2024-06-28", &head(), Command::Submit);
    let urgent = || {
        let mut new = new_case(Origin::Application);
        new.urgent = true;
        Play::open(office, new, d17)
    };
    let play = match status {
        Status::Task => lead(),
        Status::Visited => visited(),
        Status::Applied => Play::open(office, new_case(Origin::Application), d17),
        Status::Supplement => visited().does(
            "2024-06-18",
            &clerk(),
            command(Action::RequestSupplement, &clerk(), date("2024-06-18")),
        ),
        Status::Accepted => accepted(),
        Status::Checked => checked(),
        Status::Proposed => proposed(),
        Status::Publicity => publicity(),
        Status::Deciding => deciding(),
        Status::Returned => {
            deciding().does("2024-06-28", &county(), command(Action::Return, &county(), date("2024-06-28")))
        }
        Status::Helped => urgent().does(d17, &clerk(), command(Action::GiveFirstHelp, &clerk(), date(d17))),
        Status::Confirmed => deciding().does("2024-06-28", &county(), confirm(&county())),
        Status::Refused => deciding().does("2024-06-28", &county(), refuse(&county())),
        Status::Withdrawn => {
            accepted().does("2024-06-19", &clerk(), command(Action::Withdraw, &clerk(), date("2024-06-19")))
        }
        Status::Closed => {
            visited().does("2024-06-18", &clerk(), command(Action::CloseLead, &clerk(), date("2024-06-18")))
        }
    };
    assert_eq!(play.case.status, status);
    play.case
}
