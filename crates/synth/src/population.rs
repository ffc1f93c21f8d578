//! Who lives in the county on the first day: households, kin, work, pensions, property.

use doudi_policy::{Date, Fen};

use crate::calibration as c;
use crate::dice::{Dice, Purpose};
use crate::ident::{Numbers, Sex};
use crate::places::Village;
use crate::world::{
    Disability, END, Holding, Household, Illness, Obligor, Person, Relation, START, Study, Work, day,
};
use crate::{guided, names};

/// Builds the households of the first day, the guided family among them.
pub(crate) fn build(
    seed: u64,
    households: u32,
    villages: &[Village],
    numbers: &mut Numbers,
) -> Vec<Household> {
    let weights: Vec<u32> = villages.iter().map(|v| v.weight).collect();
    let mut serial = vec![0_u32; villages.len()];
    let mut all = Vec::with_capacity(households as usize);
    for index in 0..households.saturating_sub(1) {
        let mut dice = Dice::new(seed, Purpose::Household, u64::from(index));
        let at = dice.weighted(&weights);
        let (Some(village), Some(count)) = (villages.get(at), serial.get_mut(at)) else {
            continue;
        };
        *count += 1;
        if village.code == crate::places::GUIDED_VILLAGE && *count == guided::SERIAL {
            *count += 1;
        }
        let code = format!("{}-{:04}", village.code, *count);
        all.push(household(&mut dice, numbers, code, at, village.urban()));
    }
    all.push(guided::family(villages, numbers));
    all
}

/// What the builders of one household share.
struct Family<'a> {
    dice: &'a mut Dice,
    numbers: &'a mut Numbers,
    urban: bool,
    ethnic: &'static str,
    members: Vec<Person>,
}

fn household(dice: &mut Dice, numbers: &mut Numbers, code: String, village: usize, urban: bool) -> Household {
    let ethnic_at = dice.weighted(c::ETHNIC.weights);
    let kinds = if urban { &c::URBAN_KINDS } else { &c::RURAL_KINDS };
    let kind = dice.weighted(kinds.weights);
    let mut family = Family {
        ethnic: c::ETHNIC.kinds.get(ethnic_at).copied().unwrap_or("汉族"),
        dice,
        numbers,
        urban,
        members: Vec::new(),
    };
    family.compose(kind);
    family.give_work();
    family.give_health();
    family.give_pensions();
    let obligors = family.obligors(kind);
    family.give_support(kind, obligors.len());
    let mut home = Household {
        code,
        village,
        urban,
        members: family.members,
        obligors,
        farm_income: Fen::ZERO,
        rent_income: Fen::ZERO,
        assets: Fen::ZERO,
        watch: None,
        damage: None,
        emergency: "none",
        other_expense: Fen::ZERO,
        causes: Vec::new(),
        before: None,
        guided: false,
    };
    give_property(dice, &mut home);
    home
}

impl Family<'_> {
    fn person(&mut self, surname: Option<&str>, sex: Sex, age: i64, relation: Relation) -> usize {
        let birth = born(self.dice, age);
        let surname = surname.map_or_else(|| family_name(self.dice, self.ethnic), str::to_owned);
        let given = names::given(self.dice, sex, birth.ymd().0);
        let county = if relation == Relation::Spouse && self.dice.percent(25) { "990122" } else { "990121" };
        let number = self.numbers.issue(county, birth, sex);
        self.members.push(new_person(number, surname, given, sex, birth, relation, self.ethnic));
        self.members.len() - 1
    }

    fn sex(&mut self, female_percent: u32) -> Sex {
        if self.dice.percent(female_percent) { Sex::Female } else { Sex::Male }
    }

    fn surname_of(&self, at: usize) -> String {
        self.members.get(at).map(|p| p.surname.clone()).unwrap_or_default()
    }

    /// A man and a woman as head and spouse; gives her age.
    fn couple(&mut self, low: i64, high: i64) -> i64 {
        let wife = self.dice.between(low, high);
        let husband = wife + self.dice.between(-1, 6);
        self.person(None, Sex::Male, husband, Relation::Head);
        self.person(None, Sex::Female, wife, Relation::Spouse);
        wife
    }

    fn children(&mut self, n: i64, youngest: i64, oldest: i64) {
        let surname = self.surname_of(0);
        for _ in 0..n {
            let sex = self.sex(47);
            let age = self.dice.between(youngest, oldest.max(youngest));
            self.person(Some(&surname), sex, age, Relation::Child);
        }
    }

    fn compose(&mut self, kind: usize) {
        let children = if self.urban { &c::CHILDREN_URBAN } else { &c::CHILDREN };
        match kind {
            0 => {
                let sex = self.sex(57);
                let age = self.dice.between(61, 90);
                self.person(None, sex, age, Relation::Head);
            }
            1 => {
                self.couple(58, 84);
            }
            2 => {
                let wife = self.couple(24, 44);
                let n = self.dice.draw(children);
                self.children(n, 1, (wife - 21).min(17));
            }
            3 => {
                let wife = self.couple(42, 58);
                let n = self.dice.draw(children).max(1);
                self.children(n, 15, (wife - 21).min(33));
            }
            4 => {
                let wife = self.couple(26, 50);
                let n = self.dice.draw(children);
                self.children(n, 1, (wife - 21).min(22));
                let surname = self.surname_of(0);
                let parent = wife + self.dice.between(23, 32);
                if self.dice.percent(60) {
                    self.person(Some(&surname), Sex::Male, parent + 2, Relation::Parent);
                }
                if self.dice.percent(75) || self.members.iter().all(|p| p.relation != Relation::Parent) {
                    self.person(None, Sex::Female, parent, Relation::Parent);
                }
            }
            5 | 9 => {
                let sex = self.sex(60);
                let age = self.dice.between(61, 78);
                self.person(None, sex, age, Relation::Head);
                let surname = self.surname_of(0);
                for _ in 0..=i64::from(self.dice.percent(35)) {
                    let sex = self.sex(48);
                    let age = self.dice.between(4, 16);
                    let at = self.person(Some(&surname), sex, age, Relation::Grandchild);
                    if let Some(p) = self.members.get_mut(at) {
                        p.orphan = kind == 9;
                    }
                }
            }
            6 => {
                let sex = self.sex(60);
                let age = self.dice.between(27, 50);
                self.person(None, sex, age, Relation::Head);
                let n = self.dice.between(1, 2);
                self.children(n, 2, (age - 21).min(19));
            }
            7 => {
                let sex = self.sex(25);
                let age = self.dice.between(28, 60);
                self.person(None, sex, age, Relation::Head);
            }
            _ => {
                let sex = self.sex(55);
                let age = self.dice.between(62, 84);
                self.person(None, sex, age, Relation::Head);
                self.children(1, age - 38, age - 24);
            }
        }
    }

    fn give_work(&mut self) {
        let mut workers = 0;
        let alone = self.members.len() == 1;
        for p in &mut self.members {
            let age = p.age();
            study(self.dice, p, age, self.urban);
            if p.study != Study::None || age < 16 {
                continue;
            }
            let shares = match (age, self.urban) {
                (75.., _) | (60.., true) => continue,
                (60.., false) => &c::WORK_RURAL_60,
                (_, true) => &c::WORK_URBAN,
                (46.., false) => &c::WORK_RURAL_OLDER,
                (_, false) => &c::WORK_RURAL_YOUNG,
            };
            if alone && self.dice.happens(&c::ALONE_WITHOUT_WORK) {
                p.independent = true;
                continue;
            }
            let work = match self.dice.weighted(shares.weights) {
                1 => Work::Farm,
                2 => Work::Casual,
                3 => Work::Migrant(self.dice.happens(&c::MIGRANT_INSURED)),
                4 => Work::Formal,
                5 => Work::Business,
                _ => Work::None,
            };
            start_work(self.dice, p, work);
            if p.relation == Relation::Child && age >= 20 && self.dice.happens(&c::CHILD_AWAY) {
                p.away = true;
            }
            p.independent = age >= 18;
            workers += usize::from(earns(p));
            p.in_prison = p.sex == Sex::Male && age < 60 && self.dice.happens(&c::IN_PRISON);
        }
        self.send_somebody_out(workers);
    }

    /// A couple of working age hardly ever lives on the fields alone.
    fn send_somebody_out(&mut self, workers: usize) {
        let couple = self.members.iter().any(|p| p.relation == Relation::Spouse);
        let wanted = if self.members.len() >= 4 { 2 } else { 1 };
        if !couple || workers >= wanted || !self.dice.percent(if workers == 0 { 88 } else { 70 }) {
            return;
        }
        let able = |p: &&mut Person| p.study == Study::None && !earns(p) && (18..58).contains(&p.age());
        if let Some(p) = self.members.iter_mut().find(able) {
            let away = workers == 0 && self.dice.percent(60);
            start_work(self.dice, p, if away { Work::Migrant(false) } else { Work::Casual });
        }
    }

    fn give_health(&mut self) {
        let start = day(START);
        let spare = self.members.iter().any(|p| p.relation == Relation::Child && p.age() >= 30)
            && self.members.len() == 2;
        for p in &mut self.members {
            let age = p.age();
            p.insured = self.dice.happens(&c::INSURED);
            let disabled_child = spare && p.relation == Relation::Child;
            if disabled_child || self.dice.happens_at(&c::DISABLED_LONG, age) {
                let years = self.dice.between(1, i64::from(age.clamp(1, 20)));
                let since = start.plus_days(-(years * 365 + self.dice.between(0, 300)) as i32);
                let since = since.max(p.birth);
                let mut grade = 1 + self.dice.weighted(c::DISABILITY_GRADES.weights) as u8;
                let mut class = 1 + self.dice.weighted(c::DISABILITY_CLASSES.weights) as u8;
                if disabled_child {
                    grade = 1 + self.dice.below(3) as u8;
                    class = if self.dice.percent(60) { 5 + self.dice.below(2) as u8 } else { class };
                }
                disable(self.dice, p, class, grade, since, since.plus_days(200));
            } else if age >= 78 && self.dice.percent(14) {
                p.self_care_failed = self.dice.between(1, 5) as u8;
            }
            if self.dice.happens_at(&c::SERIOUS_LONG, age) {
                let since = start.plus_days(-self.dice.between(30, 900) as i32);
                fall_ill(self.dice, p, since);
            }
            p.work_injury_care = age >= 18 && self.dice.happens(&c::WORK_INJURY_CARE);
        }
    }

    fn give_pensions(&mut self) {
        for p in &mut self.members {
            let retired = if p.sex == Sex::Female && self.urban { 55 } else { 60 };
            if p.age() < retired {
                continue;
            }
            let employee = if self.urban { 66 } else { 4 };
            if self.dice.percent(employee) {
                p.employee_pension = yuan(self.dice.draw(&c::EMPLOYEE_PENSION));
                (p.work, p.income, p.work_cost) = (Work::None, Fen::ZERO, Fen::ZERO);
            } else if p.age() >= 60 && self.dice.percent(94) {
                p.resident_pension = yuan(self.dice.draw(&c::RESIDENT_PENSION));
            }
        }
    }

    fn obligors(&mut self, kind: usize) -> Vec<Obligor> {
        let head_age = self.members.first().map_or(60, |p| i64::from(p.age()));
        let n = match kind {
            0 | 1 => self.dice.draw(&c::CHILDREN_OUTSIDE),
            4 => self.dice.between(0, 2),
            5 => self.dice.between(1, 3),
            6 => i64::from(self.dice.percent(60)),
            7 if self.dice.happens(&c::NEVER_MARRIED_NO_KIN) => 0,
            7 => self.dice.between(1, 2),
            8 => self.dice.between(1, 3) - i64::from(self.dice.percent(12)),
            _ => 0,
        };
        let age_of = |dice: &mut Dice| match kind {
            0 | 1 | 8 => (head_age - dice.between(22, 34)).max(20),
            4 | 6 => head_age + dice.between(-4, 6),
            5 => (head_age - dice.between(22, 30)).max(24),
            _ => head_age + dice.between(22, 30),
        };
        (0..n)
            .map(|_| {
                let age = age_of(self.dice).min(95);
                let old = age >= 70;
                let disabled = self.dice.percent(4);
                Obligor {
                    birth: born(self.dice, age),
                    status: if old && self.dice.percent(12) {
                        "dibao"
                    } else if self.dice.percent(1) {
                        "prison"
                    } else {
                        "none"
                    },
                    income: yuan(self.dice.draw(&c::CHILD_INCOME)),
                    property_ok: self.dice.percent(if old { 90 } else { 45 }),
                    disability_class: if disabled { 4 + self.dice.below(3) as u8 } else { 0 },
                    disability_grade: if disabled { 1 + self.dice.below(4) as u8 } else { 0 },
                }
            })
            .collect()
    }

    fn give_support(&mut self, kind: usize, obligors: usize) {
        let spread = match kind {
            0 => &c::SUPPORT_ALONE,
            1 => &c::SUPPORT_COUPLE,
            5 | 8 => &c::SUPPORT_COUPLE,
            6 => &c::SUPPORT_PARENT,
            7 => &c::SUPPORT_KIN,
            _ => return,
        };
        if obligors == 0 && kind != 5 {
            return;
        }
        // Children treat their two parents alike; what a single child's other parent pays differs by child.
        let same = self.dice.draw(spread);
        for p in &mut self.members {
            let receives = match kind {
                6 => p.relation == Relation::Child,
                7 => p.work == Work::None,
                8 => p.relation == Relation::Head,
                _ => p.employee_pension == Fen::ZERO,
            };
            if receives {
                p.support = yuan(if kind == 6 { self.dice.draw(spread) } else { same });
            }
        }
    }
}

fn give_property(dice: &mut Dice, home: &mut Household) {
    let earner = home.members.iter().position(earns);
    let at = earner.unwrap_or(0);
    let rural = !home.urban;
    home.rent_income = yuan(dice.draw(&c::RENT));
    if rural {
        let mut farm = dice.draw(&c::FARM_SIDE);
        for p in home.members.iter().filter(|p| p.work == Work::Farm) {
            farm += dice.draw(if p.age() < 60 { &c::FARM_WORKER } else { &c::FARM_ELDER });
        }
        home.farm_income = yuan(farm);
    }
    home.assets = yuan(dice.draw(if earner.is_some() { &c::ASSETS_WORK } else { &c::ASSETS_POOR }));
    let car = match (earner.is_some(), rural) {
        (true, true) => &c::RURAL_CAR,
        (true, false) => &c::URBAN_CAR,
        _ => &c::ELDER_CAR,
    };
    let long_ago = |dice: &mut Dice| day(START).plus_days(-dice.between(20, 3_600) as i32);
    let has_car = dice.happens(car);
    let Some(owner) = home.members.get_mut(at) else { return };
    if has_car {
        let kind = if dice.percent(88) { "小型汽车" } else { "轻型货车" };
        owner.vehicles.push(Holding { kind, on: long_ago(dice), size: 0, live: true });
    }
    if rural && dice.happens(&c::MOTORCYCLE) {
        owner.vehicles.push(Holding { kind: "普通摩托车", on: long_ago(dice), size: 0, live: true });
    }
    if owner.disability.is_some() && dice.percent(6) {
        owner.vehicles.push(Holding { kind: "残疾人专用车", on: long_ago(dice), size: 0, live: true });
    }
    if dice.percent(3) {
        owner.vehicles.push(Holding { kind: "小型汽车", on: long_ago(dice), size: 0, live: false });
    }
    let house = if rural { &c::RURAL_DWELLING_REGISTERED } else { &c::URBAN_DWELLING };
    let dwelling = |dice: &mut Dice, owner: &mut Person| {
        let size = dice.between(6_000, 14_000);
        owner.buildings.push(Holding { kind: "住宅", on: long_ago(dice), size, live: true });
    };
    if dice.happens(house) {
        dwelling(dice, owner);
        if !rural && earner.is_some() && dice.happens(&c::SECOND_DWELLING_URBAN) {
            dwelling(dice, owner);
        }
    }
    if earner.is_some() && dice.happens(&c::SHOP) {
        let size = dice.between(2_000, 9_000);
        owner.buildings.push(Holding { kind: "商铺", on: long_ago(dice), size, live: true });
    }
    for p in &mut home.members {
        if p.work == Work::Business {
            let size = yuan(dice.draw(&c::CAPITAL_STALL)).0;
            p.firms.push(Holding { kind: "个体工商户", on: long_ago(dice), size, live: true });
        } else if earns(p) && dice.happens(&c::FIRM_SHAREHOLDER) {
            let size = yuan(dice.draw(&c::CAPITAL_FIRM)).0;
            p.firms.push(Holding { kind: "有限责任公司", on: long_ago(dice), size, live: true });
        } else if p.age() > 25 && dice.percent(1) {
            p.firms.push(Holding { kind: "个体工商户", on: long_ago(dice), size: 0, live: false });
        }
    }
}

/// Whether the person brings in wages or the like.
pub(crate) fn earns(p: &Person) -> bool {
    !matches!(p.work, Work::None | Work::Farm)
}

/// Whole yuan as money.
pub(crate) fn yuan(amount: i64) -> Fen {
    Fen(amount * 100)
}

/// A birthday that gives this age on the last day.
fn born(dice: &mut Dice, age: i64) -> Date {
    day(END).plus_months(-12 * age as i32).plus_days(-dice.between(1, 364) as i32)
}

fn family_name(dice: &mut Dice, ethnic: &str) -> String {
    let name = names::surname(dice);
    if ethnic == "彝族" && dice.percent(12) {
        return format!("阿{name}·");
    }
    name.to_owned()
}

/// A person of whom nothing is known yet but who it is.
pub(crate) fn new_person(
    number: String,
    surname: String,
    given: String,
    sex: Sex,
    birth: Date,
    relation: Relation,
    ethnic: &'static str,
) -> Person {
    Person {
        number,
        surname,
        given,
        sex,
        birth,
        relation,
        ethnic,
        work: Work::None,
        income: Fen::ZERO,
        work_cost: Fen::ZERO,
        away: false,
        independent: false,
        study: Study::None,
        poor_student: false,
        tuition: Fen::ZERO,
        employee_pension: Fen::ZERO,
        resident_pension: Fen::ZERO,
        support: Fen::ZERO,
        insured: true,
        work_injury_care: false,
        disability: None,
        illness: None,
        self_care_failed: 0,
        rehab: Fen::ZERO,
        bills: Vec::new(),
        unemployment: None,
        vehicles: Vec::new(),
        buildings: Vec::new(),
        firms: Vec::new(),
        in_prison: false,
        orphan: false,
        died: None,
        moved_out: None,
        joined: None,
        birth_certificate: None,
        came_from: None,
    }
}

fn study(dice: &mut Dice, p: &mut Person, age: i32, urban: bool) {
    let (study, tuition) = match age {
        6..=14 => (Study::Compulsory, 0),
        15..=17 if dice.percent(95) => {
            let kind = if dice.percent(62) { Study::Senior } else { Study::Vocational };
            let cost = if kind == Study::Senior { dice.draw(&c::TUITION_SENIOR) } else { 0 };
            (kind, cost)
        }
        18..=21 if dice.percent(if urban { 58 } else { 40 }) => {
            (Study::Bachelor, dice.draw(&c::TUITION_BACHELOR))
        }
        22..=25 if dice.percent(3) => (Study::Postgraduate, dice.draw(&c::TUITION_POSTGRADUATE)),
        _ => (Study::None, 0),
    };
    p.study = study;
    p.tuition = yuan(tuition);
    p.independent = study == Study::Postgraduate;
    p.away = matches!(study, Study::Bachelor | Study::Postgraduate);
}

/// Gives a person work and what it earns.
pub(crate) fn start_work(dice: &mut Dice, p: &mut Person, work: Work) {
    let (income, cost) = match work {
        Work::None | Work::Farm => (0, 0),
        Work::Casual => (dice.draw(&c::CASUAL), 0),
        Work::Migrant(_) => (dice.draw(&c::MIGRANT), dice.draw(&c::MIGRANT_COST)),
        Work::Formal => (dice.draw(&c::FORMAL), 150),
        Work::Business => (dice.draw(&c::BUSINESS), 0),
    };
    p.work = work;
    p.income = yuan(income);
    p.work_cost = yuan(cost);
    p.away = matches!(work, Work::Migrant(_));
}

/// Ends the work of a person.
pub(crate) fn stop_work(p: &mut Person) {
    p.work = Work::None;
    p.income = Fen::ZERO;
    p.work_cost = Fen::ZERO;
}

/// A disability begins; the certificate, if any, is of the day given.
pub(crate) fn disable(dice: &mut Dice, p: &mut Person, class: u8, grade: u8, since: Date, certified: Date) {
    let has_one = dice.happens(&c::CERTIFIED) && certified <= day(END);
    // A certificate is valid for ten years and then issued again.
    let mut certified = certified;
    while certified.plus_months(120) <= day(END) {
        certified = certified.plus_months(120);
    }
    let status = if dice.happens(&c::CERTIFICATE_FROZEN) { "冻结" } else { "有效" };
    let mind = class == 5 || class == 6;
    if (grade <= 2 && dice.happens(&c::DISABLED_WORK_STOPS)) || (mind && grade == 3 && dice.percent(60)) {
        stop_work(p);
        p.away = false;
    }
    if grade <= 2 || (mind && grade <= 3) {
        p.independent = false;
    }
    p.self_care_failed = match grade {
        1 => dice.between(2, 6),
        2 => dice.between(0, 4),
        3 => dice.between(0, 1),
        _ => 0,
    } as u8;
    if dice.percent(20) {
        p.rehab = yuan(dice.between(300, 4_000));
    }
    let worst = if class == 7 { 4 + dice.weighted(&[60, 30, 10]) as u8 } else { class };
    p.disability =
        Some(Disability { class, worst, grade, since, certified: has_one.then_some(certified), status });
}

/// A serious illness begins.
pub(crate) fn fall_ill(dice: &mut Dice, p: &mut Person, since: Date) {
    let kind = dice.weighted(c::ILLNESSES.weights);
    p.illness = Some(Illness { kind, since });
    if dice.happens(&c::ILLNESS_ENDS_WORK) && p.work != Work::None {
        stop_work(p);
        p.away = false;
    }
}
