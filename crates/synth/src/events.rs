//! What happens in the 24 months: deaths, illness, accidents, lost work, births, marriages, floods, and the
//! good news that a department may be late to hear of.

use doudi_policy::{Date, Fen};

use crate::calibration as c;
use crate::dice::{Dice, Purpose};
use crate::ident::{Numbers, Sex};
use crate::names;
use crate::places::Village;
use crate::population::{disable, earns, fall_ill, new_person, start_work, stop_work, yuan};
use crate::world::{
    Cause, CauseKind, Damage, END, Holding, Household, Improvement, Person, Relation, START, Study,
    Unemployment, Watch, Work, day,
};

/// The two floods: their day.
pub(crate) const FLOODS: [(i16, i8, i8); 2] = [(2023, 7, 12), (2024, 5, 6)];

enum Event {
    Death(usize),
    Illness(usize),
    Disability(usize),
    JobLoss(usize),
    Birth,
    MoveOut(usize),
    Marriage(usize),
    Flood,
    Car,
    Dwelling,
    Job(usize),
    Firm(usize),
}

/// Which villages each flood hit.
pub(crate) fn flooded(seed: u64, villages: &[Village]) -> [Vec<bool>; 2] {
    let mut dice = Dice::new(seed, Purpose::Disasters, 0);
    [8, 5].map(|percent| villages.iter().map(|v| !v.urban() && dice.percent(percent)).collect())
}

/// Lets the 24 months pass for one household.
pub(crate) fn live(
    seed: u64,
    index: u64,
    home: &mut Household,
    floods: &[Vec<bool>; 2],
    numbers: &mut Numbers,
) {
    let mut dice = Dice::new(seed, Purpose::Events, index);
    if !home.guided {
        let mut events = plan(&mut dice, home, floods);
        events.sort_by_key(|(on, _)| *on);
        for (on, event) in events {
            happen(&mut dice, home, on, &event, numbers);
        }
    }
    note_standing_causes(home);
    watch(&mut dice, home);
}

fn some_day(dice: &mut Dice) -> Date {
    let span = i64::from(day(END).0 - day(START).0);
    day(START).plus_days(dice.between(0, span) as i32)
}

fn plan(dice: &mut Dice, home: &Household, floods: &[Vec<bool>; 2]) -> Vec<(Date, Event)> {
    let mut events = Vec::new();
    let mut add = |dice: &mut Dice, event: Event| events.push((some_day(dice), event));
    let poor = home.poor();
    for (i, p) in home.members.iter().enumerate() {
        let age = p.age();
        if dice.happens_at(&c::MORTALITY, age) || (p.illness.is_some() && dice.percent(7)) {
            add(dice, Event::Death(i));
        }
        if p.illness.is_none() && dice.happens_at(&c::SERIOUS_ILLNESS, age) {
            add(dice, Event::Illness(i));
        }
        if p.disability.is_none() && dice.happens_at(&c::DISABLED_NEW, age) {
            add(dice, Event::Disability(i));
        }
        let loses = match p.work {
            Work::Formal => dice.happens(&c::JOB_LOSS_FORMAL),
            Work::Migrant(_) | Work::Casual => dice.happens(&c::JOB_LOSS_MIGRANT),
            _ => false,
        };
        if loses {
            add(dice, Event::JobLoss(i));
        }
        if p.relation == Relation::Spouse && (20..40).contains(&age) && dice.happens(&c::BIRTH) {
            add(dice, Event::Birth);
        }
        if (18..31).contains(&age) && p.relation == Relation::Child && dice.happens(&c::MOVE_OUT) {
            add(dice, Event::MoveOut(i));
        }
        let single_son = p.relation == Relation::Child && p.sex == Sex::Male;
        if single_son && (23..32).contains(&age) && earns(p) && dice.happens(&c::MARRIES_IN) {
            add(dice, Event::Marriage(i));
        }
        let can_work = (20..58).contains(&age) && !p.severely_disabled() && p.illness.is_none();
        if poor && can_work && matches!(p.work, Work::None | Work::Casual | Work::Farm) {
            if dice.happens(&c::NEW_JOB_POOR) {
                add(dice, Event::Job(i));
            } else if dice.happens(&c::NEW_FIRM_POOR) {
                add(dice, Event::Firm(i));
            }
        }
    }
    let car = if poor { &c::NEW_CAR_POOR } else { &c::NEW_CAR };
    if (poor || home.members.iter().any(earns)) && dice.happens(car) {
        add(dice, Event::Car);
    }
    let dwelling = match (poor, home.urban) {
        (true, _) => &c::NEW_DWELLING_POOR,
        (false, true) => &c::NEW_DWELLING_URBAN,
        (false, false) => &c::NEW_DWELLING_RURAL,
    };
    if (poor || home.members.iter().any(earns)) && dice.happens(dwelling) {
        add(dice, Event::Dwelling);
    }
    for (villages, on) in floods.iter().zip(FLOODS) {
        let hit = villages.get(home.village).copied().unwrap_or(false);
        if hit && !home.urban && dice.happens(&c::HOUSE_HIT) {
            events.push((day(on), Event::Flood));
        }
    }
    events
}

fn happen(dice: &mut Dice, home: &mut Household, on: Date, event: &Event, numbers: &mut Numbers) {
    let subject = match event {
        Event::Death(i)
        | Event::Illness(i)
        | Event::Disability(i)
        | Event::JobLoss(i)
        | Event::MoveOut(i)
        | Event::Marriage(i)
        | Event::Job(i)
        | Event::Firm(i) => Some(*i),
        _ => None,
    };
    if subject.is_some_and(|i| !home.members.get(i).is_some_and(|p| p.present())) {
        return;
    }
    match *event {
        Event::Death(i) => death(home, i, on),
        Event::Illness(i) => {
            if let Some(p) = home.members.get_mut(i) {
                fall_ill(dice, p, on);
            }
            care_at_home(dice, home, i);
            cause(home, CauseKind::Illness, on, Some(i));
        }
        Event::Disability(i) => {
            let grade = 1 + dice.weighted(&[12, 28, 34, 26]) as u8;
            let class = 1 + dice.weighted(c::DISABILITY_CLASSES.weights) as u8;
            let certified = on.plus_days(dice.draw(&c::CERTIFICATE_DELAY) as i32);
            if let Some(p) = home.members.get_mut(i) {
                disable(dice, p, class, grade, on, certified);
            }
            if grade <= 2 {
                care_at_home(dice, home, i);
            }
            cause(home, CauseKind::Disability, on, Some(i));
        }
        Event::JobLoss(i) => job_loss(dice, home, i, on),
        Event::Birth => birth(dice, home, on, numbers),
        Event::MoveOut(i) => {
            if let Some(p) = home.members.get_mut(i) {
                p.moved_out = Some(on);
            }
        }
        Event::Marriage(i) => marriage(dice, home, i, on, numbers),
        Event::Flood => {
            let degree = 1 + dice.weighted(&[66, 26, 8]);
            let evacuated = if degree >= 2 { home.present().count() as i64 } else { 0 };
            home.damage = Some(Damage { on, degree, evacuated });
            if degree >= 2 {
                home.other_expense = yuan(dice.between(4_000, 30_000));
            }
            home.farm_income = Fen(home.farm_income.0 * dice.between(20, 90) / 100);
            cause(home, CauseKind::Disaster, on, None);
        }
        Event::Car => improve(home, on, Improvement::Vehicle, |home| {
            if let Some(p) = buyer(home) {
                p.vehicles.push(Holding { kind: "小型汽车", on, size: 0, live: true });
            }
        }),
        Event::Dwelling => improve(home, on, Improvement::Dwelling, |home| {
            let size = dice.between(7_000, 13_000);
            if let Some(p) = buyer(home) {
                p.buildings.push(Holding { kind: "住宅", on, size, live: true });
            }
        }),
        Event::Job(i) => improve(home, on, Improvement::Job, |home| {
            if let Some(p) = home.members.get_mut(i) {
                start_work(dice, p, Work::Formal);
            }
        }),
        Event::Firm(i) => improve(home, on, Improvement::Firm, |home| {
            if let Some(p) = home.members.get_mut(i) {
                start_work(dice, p, Work::Business);
                let size = yuan(dice.draw(&c::CAPITAL_STALL)).0;
                p.firms.push(Holding { kind: "个体工商户", on, size, live: true });
            }
        }),
    }
}

fn buyer(home: &mut Household) -> Option<&mut Person> {
    home.members.iter_mut().find(|p| p.present() && (18..70).contains(&p.age()))
}

fn improve(home: &mut Household, on: Date, kind: Improvement, change: impl FnOnce(&mut Household)) {
    home.before = None;
    let before = home.clone();
    change(home);
    home.before = Some((Box::new(before), on, kind));
}

fn cause(home: &mut Household, kind: CauseKind, on: Date, person: Option<usize>) {
    home.causes.push(Cause { kind, on, person, seen_by: Vec::new() });
}

fn death(home: &mut Household, i: usize, on: Date) {
    let earner = home.members.get(i).is_some_and(|p| p.work != Work::None && p.age() < 65);
    improve(home, on, Improvement::Death, |home| {
        if let Some(p) = home.members.get_mut(i) {
            p.died = Some(on);
            stop_work(p);
        }
        let left = home.present().filter(|p| p.work == Work::Farm).count();
        if left == 0 {
            home.farm_income = Fen(home.farm_income.0 / 4);
        }
    });
    if earner {
        cause(home, CauseKind::EarnerDied, on, Some(i));
    }
}

/// The spouse, or a parent, of somebody who needs care may have to give up work elsewhere.
fn care_at_home(dice: &mut Dice, home: &mut Household, patient: usize) {
    if !dice.happens(&c::CARER_STOPS) {
        return;
    }
    let near = home.members.iter().enumerate().position(|(i, p)| {
        i != patient && p.present() && p.age() >= 18 && p.age() < 65 && earns(p) && p.work != Work::Formal
    });
    if let Some(p) = near.and_then(|i| home.members.get_mut(i)) {
        stop_work(p);
        p.away = false;
        if dice.percent(35) {
            start_work(dice, p, Work::Casual);
            p.income = Fen(p.income.0 / 2);
        }
    }
}

fn job_loss(dice: &mut Dice, home: &mut Household, i: usize, on: Date) {
    let Some(p) = home.members.get_mut(i) else { return };
    let formal = p.work == Work::Formal;
    let insured = matches!(p.work, Work::Formal | Work::Migrant(true));
    stop_work(p);
    p.away = false;
    let months = dice.draw(&c::BENEFIT_MONTHS) as i32;
    let registered =
        if formal { dice.happens(&c::UNEMPLOYMENT_REGISTERED) } else { insured && dice.percent(30) };
    let benefit = if registered && insured { yuan(dice.draw(&c::UNEMPLOYMENT_BENEFIT)) } else { Fen::ZERO };
    let benefit_to = on.plus_months(months).month().last_day();
    p.unemployment = Some(Unemployment { lost_on: on, registered, benefit, benefit_to });
    // Most find something within months; who lost the work long ago and is still without is the minority.
    let months_ago = day(END).month().0 - on.month().0;
    if dice.percent((months_ago * 7).clamp(0, 80) as u32) {
        let work = if formal && dice.percent(60) { Work::Formal } else { Work::Casual };
        start_work(dice, p, work);
        return;
    }
    cause(home, CauseKind::JobLost, on, Some(i));
}

fn birth(dice: &mut Dice, home: &mut Household, on: Date, numbers: &mut Numbers) {
    let sex = if dice.percent(48) { Sex::Female } else { Sex::Male };
    let Some(father) = home.members.first() else { return };
    let (surname, ethnic) = (father.surname.clone(), father.ethnic);
    let given = names::given(dice, sex, on.ymd().0);
    let number = numbers.issue("990121", on, sex);
    let mut child = new_person(number, surname, given, sex, on, Relation::Child, ethnic);
    child.joined = Some(on);
    child.birth_certificate = Some(format!("Z99{:07}", dice.below(10_000_000)));
    child.insured = dice.percent(85);
    home.members.push(child);
}

fn marriage(dice: &mut Dice, home: &mut Household, i: usize, on: Date, numbers: &mut Numbers) {
    let Some(groom) = home.members.get(i) else { return };
    let (ethnic, birth) = (groom.ethnic, groom.birth.plus_days(dice.between(-400, 1_400) as i32));
    let surname = names::surname(dice).to_owned();
    let given = names::given(dice, Sex::Female, birth.ymd().0);
    let number = numbers.issue("990123", birth, Sex::Female);
    let mut wife = new_person(number, surname, given, Sex::Female, birth, Relation::ChildInLaw, ethnic);
    wife.joined = Some(on);
    wife.came_from = Some(format!("990123{}", 101 + dice.below(9)));
    wife.independent = true;
    let work = if dice.percent(50) { Work::Migrant(false) } else { Work::Casual };
    start_work(dice, &mut wife, work);
    home.members.push(wife);
}

/// What was so before the 24 months, or needs no event: age, disability, no hand that can work.
fn note_standing_causes(home: &mut Household) {
    let long_ago = |home: &Household, kind: CauseKind, person: usize| {
        !home.causes.iter().any(|c| c.kind == kind && c.person == Some(person))
    };
    let mut more = Vec::new();
    for (i, p) in home.members.iter().enumerate().filter(|(_, p)| p.present()) {
        if let Some(d) = p.disability.as_ref().filter(|_| long_ago(home, CauseKind::Disability, i)) {
            more.push((CauseKind::Disability, d.since, Some(i)));
        }
        if let Some(ill) = p.illness.as_ref().filter(|_| long_ago(home, CauseKind::Illness, i)) {
            more.push((CauseKind::Illness, ill.since, Some(i)));
        }
        if p.orphan {
            more.push((CauseKind::Child, p.birth, Some(i)));
        }
        if p.tuition.0 > 0 {
            more.push((CauseKind::Education, Date::from_ymd(2023, 9, 1).unwrap_or(p.birth), Some(i)));
        }
    }
    let adults = || home.present().filter(|p| p.age() >= 18 && p.study == Study::None);
    let long = day(START).plus_months(-24);
    if adults().all(|p| p.age() >= 60) && home.present().next().is_some() {
        let turned = adults().map(|p| p.birth.plus_months(12 * 60)).max();
        more.push((CauseKind::OldAge, turned.unwrap_or(long), None));
    }
    if !home.present().any(|p| p.work != Work::None) {
        more.push((CauseKind::NoLabour, long, None));
    }
    if home.low_income() {
        more.push((CauseKind::LowIncome, long, None));
    }
    for (kind, on, person) in more {
        cause(home, kind, on, person);
    }
}

/// The watch list of the agriculture department, and who is poor in the eyes of the school.
fn watch(dice: &mut Dice, home: &mut Household) {
    let low = home.low_income();
    let recent = home.causes.iter().any(|c| {
        c.on >= day(START)
            && matches!(
                c.kind,
                CauseKind::Illness | CauseKind::Disaster | CauseKind::EarnerDied | CauseKind::Disability
            )
    });
    let percent = match (low, recent) {
        (true, true) => 38,
        (true, false) => 16,
        (false, true) => 5,
        (false, false) => 0,
    };
    if !home.urban && (dice.percent(percent) || dice.ppm(4_000)) && !home.guided {
        let class = match (recent, dice.percent(50)) {
            (true, _) => "突发严重困难户",
            (false, true) => "脱贫不稳定户",
            (false, false) => "边缘易致贫户",
        };
        let resolved = dice.percent(if low { 15 } else { 75 });
        home.watch = Some(Watch { class, on: some_day(dice), resolved });
    }
    let percent = if home.poor() {
        60
    } else if low {
        18
    } else {
        1
    };
    for p in home.members.iter_mut().filter(|p| p.study != Study::None) {
        p.poor_student |= dice.percent(percent);
    }
    let empty = home.present().next().is_none();
    if empty {
        home.other_expense = Fen::ZERO;
    }
    let since = |months: i32| day(END).plus_months(-months);
    home.emergency = home
        .causes
        .iter()
        .filter(|c| c.on > since(3))
        .map(|c| match c.kind {
            CauseKind::Illness => "sudden_illness",
            CauseKind::EarnerDied => "earner_died",
            CauseKind::JobLost => "lost_income",
            CauseKind::Disaster if home.damage.as_ref().is_some_and(|d| d.degree >= 2) => "disaster",
            CauseKind::Disability => "accident",
            _ => "none",
        })
        .find(|e| *e != "none" && !empty && (low || *e == "disaster"))
        .unwrap_or("none");
}
