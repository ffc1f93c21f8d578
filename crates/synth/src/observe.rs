//! What each department sees of the latent world: one function a feed, each a short list of rows.

use doudi_policy::{Date, Fen};

use crate::awards::Standing;
use crate::calibration as c;
use crate::dice::{Dice, Purpose};
use crate::ident::{Numbers, Sex, credit_code};
use crate::names;
use crate::registers::Registered;
use crate::table::{Row, Shape, Table};
use crate::world::{
    CauseKind, DAMAGE_ZH, DISABILITY_ZH, END, Household, Person, START, Study, Work, World, day,
};

/// What the functions of the feeds share while they walk through the county.
struct Scribe<'a> {
    dice: Dice,
    world: &'a World,
    known: &'a Registered,
    standings: &'a [Standing],
    rows: Vec<Row>,
    /// Household and member at hand.
    at: (usize, usize),
    fixed: bool,
}

impl Scribe<'_> {
    /// Adds a row that shows the causes of these kinds of the person (or of the household).
    fn row(&mut self, cells: Vec<String>, kinds: &[CauseKind]) {
        let shows = if kinds.is_empty() { Vec::new() } else { self.causes(kinds) };
        self.rows.push(Row { cells, shows, fixed: self.fixed });
    }

    fn causes(&self, kinds: &[CauseKind]) -> Vec<(u32, u16)> {
        let (household, member) = self.at;
        let Some(home) = self.world.households.get(household) else { return Vec::new() };
        (0_u16..)
            .zip(&home.causes)
            .filter(|(_, cause)| kinds.contains(&cause.kind) && cause.person.is_none_or(|p| p == member))
            .map(|(i, _)| (household as u32, i))
            .collect()
    }

    /// Whether this row goes missing, which the guided family's rows never do.
    fn missing(&mut self, chance: &c::Chance) -> bool {
        self.dice.happens(chance) && !self.fixed
    }

    /// The department takes the person for alive and resident.
    fn alive(&self, p: &Person) -> bool {
        let (household, member) = self.at;
        self.known.get(household, member).death_registered.is_none() && p.moved_out.is_none()
    }

    fn receives(&self, outcomes: &[&str]) -> bool {
        let (household, member) = self.at;
        self.standings.get(household).is_some_and(|s| {
            let one = |a: &crate::awards::Award| {
                outcomes.contains(&a.outcome.as_str()) && a.covered.contains(&member)
            };
            s.awards.iter().any(one)
        })
    }
}

/// The delivery of a feed before its errors.
pub(crate) fn table(
    seed: u64,
    at: u64,
    shape: Shape,
    world: &World,
    known: &Registered,
    standings: &[Standing],
    numbers: &mut Numbers,
) -> Table {
    let dice = Dice::new(seed, Purpose::Observation, (at + 1) << 40);
    let mut scribe = Scribe { dice, world, known, standings, rows: Vec::new(), at: (0, 0), fixed: false };
    let of_person: Option<fn(&mut Scribe<'_>, &Household, &Person)> = match shape.id {
        "medical_enrolment" => Some(enrolment),
        "medical_insurance" => Some(settlements),
        "disability" => Some(certificates),
        "ss_contribution" => Some(contributions),
        "ss_pension" => Some(pensions),
        "ss_unemployment" => Some(unemployment),
        "civil_deaths" => Some(deaths),
        "civil_births" => Some(births),
        "civil_moves" => Some(moves),
        "vehicles" => Some(vehicles),
        "real_estate" => Some(buildings),
        "market" => Some(firms),
        "education" => Some(pupils),
        _ => None,
    };
    for (household, home) in world.households.iter().enumerate() {
        scribe.fixed = home.guided;
        scribe.at = (household, 0);
        match (of_person, shape.id) {
            (Some(write), _) => {
                for (member, p) in home.members.iter().enumerate() {
                    scribe.at = (household, member);
                    write(&mut scribe, home, p);
                }
            }
            (None, "rural_watch") => watch(&mut scribe, home),
            (None, "disaster") => losses(&mut scribe, home),
            (None, _) => bank(&mut scribe, home),
        }
    }
    let strangers = match shape.id {
        "medical_insurance" | "vehicles" | "market" | "real_estate" | "ss_contribution" => {
            scribe.rows.len() / 80
        }
        _ => 0,
    };
    for _ in 0..strangers {
        stranger(&mut scribe, &shape, numbers);
    }
    Table { shape, rows: scribe.rows }
}

/// Notes on each cause which feeds show it.
pub(crate) fn mark_seen(world: &mut World, table: &Table) {
    for (household, cause) in table.rows.iter().flat_map(|r| &r.shows) {
        let home = world.households.get_mut(*household as usize);
        let cause = home.and_then(|h| h.causes.get_mut(usize::from(*cause)));
        if let Some(cause) = cause.filter(|c| !c.seen_by.contains(&table.shape.id)) {
            cause.seen_by.push(table.shape.id);
        }
    }
}

/// A row about somebody of another county, copied from a row of the file.
fn stranger(s: &mut Scribe<'_>, shape: &Shape, numbers: &mut Numbers) {
    let Some(mut row) = s.dice.pick(&s.rows).cloned() else { return };
    let birth = day(END).plus_days(-(s.dice.between(7_000, 27_000) as i32));
    let sex = if s.dice.percent(50) { Sex::Male } else { Sex::Female };
    let number = numbers.issue("990131", birth, sex);
    let name = format!("{}{}", names::surname(&mut s.dice), names::given(&mut s.dice, sex, birth.ymd().0));
    for (at, text) in [(shape.number, number), (shape.name, name)] {
        if let Some(cell) = row.cells.get_mut(at) {
            *cell = text;
        }
    }
    (row.shows, row.fixed) = (Vec::new(), false);
    s.rows.push(row);
}

fn cells<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(str::to_owned).to_vec()
}

fn enrolment(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    if !s.alive(p) || !p.insured && s.dice.percent(60) {
        return;
    }
    let aided = if s.receives(&["dibao", "tekun", "dibao_single"]) { "是" } else { "否" };
    let state = if p.insured { "正常" } else { "中断" };
    let year = if p.insured { "2024" } else { "2023" };
    s.row(cells([&p.number, &p.name(), state, year, aided]), &[]);
}

const HOSPITALS: [&str; 6] = [
    "青石县人民医院",
    "青石县中医院",
    "松阳市第一人民医院",
    "云岭省人民医院",
    "石桥镇卫生院",
    "茶亭镇卫生院",
];

fn settlements(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    for bill in &p.bills {
        let hospital = s.dice.text(&HOSPITALS);
        if bill.elsewhere {
            continue;
        }
        // Only the cost of the serious illness itself shows it, not a cold.
        let heavy = bill.own >= Fen(400_000)
            || c::ILLNESSES.kinds.contains(&bill.disease) && !bill.disease.is_empty();
        let kinds: &[CauseKind] = if heavy { &[CauseKind::Illness] } else { &[] };
        let row = cells([
            &p.number,
            &p.name(),
            &bill.on.to_string(),
            hospital,
            bill.kind,
            bill.disease,
            &bill.total.to_string(),
            &bill.pooled.to_string(),
            &bill.major.to_string(),
            &bill.aid.to_string(),
            &bill.own.to_string(),
        ]);
        s.row(row, kinds);
    }
}

fn certificates(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    let Some(d) = &p.disability else { return };
    let Some(on) = d.certified else { return };
    if s.missing(&c::DISABILITY_MISSING) || !s.alive(p) && s.dice.percent(70) {
        return;
    }
    let row = cells([
        &format!("{}{}{}", p.number, d.class, d.grade),
        &p.name(),
        DISABILITY_ZH.get(usize::from(d.class)).unwrap_or(&"肢体"),
        ["", "一级", "二级", "三级", "四级"].get(usize::from(d.grade)).unwrap_or(&"四级"),
        &on.to_string(),
        &on.plus_months(120).plus_days(-1).to_string(),
        d.status,
    ]);
    let kinds: &[CauseKind] = if d.status == "有效" { &[CauseKind::Disability] } else { &[] };
    s.row(row, kinds);
}

const EMPLOYERS: [&str; 16] = [
    "青石县云峰茶业有限公司",
    "青石县柳溪建材有限公司",
    "青石县石桥食品厂",
    "青石县教育系统",
    "青石县卫生系统",
    "青石县供水有限公司",
    "青石县金竹家具厂",
    "青石县白沙物流有限公司",
    "青石县松岭林场",
    "青石县河口水电站",
    "青石县城投物业服务有限公司",
    "青石县双井服饰厂",
    "青石县大坪养殖有限公司",
    "青石县茶亭酒店",
    "青石县客运站",
    "青石县梨园果业合作社",
];

fn contributions(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    let employer = s.dice.text(&EMPLOYERS);
    let missing = s.missing(&c::CONTRIBUTION_MISSING);
    if !s.alive(p) || missing {
        return;
    }
    if p.work == Work::Formal {
        let row = cells([&p.number, &p.name(), employer, &p.income.to_string(), "2024-05", "正常"]);
        s.row(row, &[]);
    } else if let Some(lost) = p.unemployment.as_ref().filter(|u| u.registered || u.benefit > Fen::ZERO) {
        let base = Fen(s.dice.draw(&c::FORMAL) * 100);
        let month = lost.lost_on.month().to_string();
        let row = cells([&p.number, &p.name(), employer, &base.to_string(), &month, "停保"]);
        s.row(row, &[CauseKind::JobLost]);
    }
}

fn pensions(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    let kinds = [
        ("职工养老", p.employee_pension, 0),
        ("城乡居民养老", p.resident_pension, c::BASE_PENSION),
        ("工伤护理", Fen(if p.work_injury_care { 168_000 } else { 0 }), 0),
    ];
    for (kind, amount, base) in kinds {
        if amount == Fen::ZERO || !s.alive(p) || s.missing(&c::PENSION_MISSING) {
            continue;
        }
        let base = Fen(base * 100).to_string();
        let row = cells([&p.number, &p.name(), kind, &amount.to_string(), &base, "正常", "2024-05"]);
        s.row(row, &[]);
    }
}

fn unemployment(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    let Some(u) = p.unemployment.as_ref().filter(|u| u.registered) else { return };
    let registered = u.lost_on.plus_days(s.dice.between(3, 40) as i32);
    if registered > day(END) {
        return;
    }
    let drawing = u.benefit > Fen::ZERO;
    let state = match (p.work == Work::None, drawing && u.benefit_to >= day(END)) {
        (false, _) => "已就业",
        (true, true) => "领取中",
        (true, false) => "期满",
    };
    let (from, to) = if drawing {
        (u.lost_on.month().plus(1).to_string(), u.benefit_to.month().to_string())
    } else {
        (String::new(), String::new())
    };
    let row =
        cells([&p.number, &p.name(), &registered.to_string(), &u.benefit.to_string(), &from, &to, state]);
    s.row(row, &[CauseKind::JobLost]);
}

fn deaths(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    let (household, member) = s.at;
    let (Some(died), Some(on)) = (p.died, s.known.get(household, member).death_registered) else {
        return;
    };
    let source = s.dice.text(&["户口注销", "殡葬火化", "死亡医学证明"]);
    let row = cells([&p.number, &p.name(), &died.to_string(), &on.to_string(), source]);
    s.row(row, &[CauseKind::EarnerDied]);
}

fn births(s: &mut Scribe<'_>, home: &Household, p: &Person) {
    let Some(certificate) = &p.birth_certificate else { return };
    let number = |at: usize| home.members.get(at).map_or("", |p| p.number.as_str());
    let row = cells([certificate, &p.name(), p.sex.zh(), &p.birth.to_string(), number(1), number(0)]);
    s.row(row, &[]);
}

fn moves(s: &mut Scribe<'_>, home: &Household, p: &Person) {
    let here = s.world.villages.get(home.village).map_or("990121", |v| v.code.as_str());
    let missing = s.missing(&c::MOVE_IN_UNREGISTERED);
    let row = match (&p.came_from, p.joined, p.moved_out) {
        _ if missing => return,
        (Some(from), Some(on), _) => cells([&p.number, &p.name(), "迁入", &on.to_string(), from, here]),
        (_, _, Some(on)) => {
            let there = s.dice.text(&["990122", "990131", "990205", "980104"]);
            cells([&p.number, &p.name(), "迁出", &on.to_string(), here, there])
        }
        _ => return,
    };
    s.row(row, &[]);
}

fn vehicles(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    for v in &p.vehicles {
        if s.missing(&c::VEHICLE_MISSING) {
            continue;
        }
        let state = if v.live { "正常" } else { "注销" };
        s.row(cells([&p.number, &p.name(), v.kind, &v.on.to_string(), state]), &[]);
    }
}

fn buildings(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    for b in &p.buildings {
        let size = Fen(b.size).to_string();
        let held = if s.dice.percent(60) { "单独所有" } else { "共同共有" };
        s.row(cells([&p.number, &p.name(), b.kind, &size, &b.on.to_string(), held]), &[]);
    }
}

fn firms(s: &mut Scribe<'_>, _: &Household, p: &Person) {
    for f in &p.firms {
        let code = credit_code(s.rows.len() as u32 + 10_000);
        let role = match (f.kind, s.dice.percent(40)) {
            ("个体工商户", _) => "经营者",
            (_, true) => "法定代表人",
            (_, false) => "股东",
        };
        let state = if f.live { "存续" } else { "注销" };
        let size = Fen(f.size).to_string();
        let row = cells([&code, f.kind, role, &p.number, &p.name(), &size, &f.on.to_string(), state]);
        s.row(row, &[]);
    }
}

fn pupils(s: &mut Scribe<'_>, home: &Household, p: &Person) {
    if p.study == Study::None || !s.alive(p) || s.missing(&c::EDUCATION_MISSING) {
        return;
    }
    let town = s.world.villages.get(home.village).map_or("", |v| v.name.as_str());
    let school = match p.study {
        Study::Compulsory => format!("{}学校", town.trim_end_matches(['村', '区']).trim_end_matches("街社")),
        Study::Senior => "青石县第一中学".to_owned(),
        Study::Vocational => "青石县中等职业学校".to_owned(),
        Study::Bachelor => "云岭大学".to_owned(),
        _ => "云岭理工大学".to_owned(),
    };
    let poor = if p.poor_student { "是" } else { "否" };
    let roll = format!("L99{:09}", s.rows.len() + 1);
    let state = if s.dice.ppm(8_000) && !s.fixed { "休学" } else { "在读" };
    let row =
        cells([&roll, &p.number, &p.name(), &school, p.study.zh(), poor, &p.tuition.to_string(), state]);
    // A place at school shows no hardship; only the school's own finding does.
    let kinds: &[CauseKind] =
        if p.poor_student { &[CauseKind::Education, CauseKind::LowIncome] } else { &[] };
    s.row(row, kinds);
}

const STANDING: [CauseKind; 10] = [
    CauseKind::Illness,
    CauseKind::Disability,
    CauseKind::EarnerDied,
    CauseKind::JobLost,
    CauseKind::Disaster,
    CauseKind::OldAge,
    CauseKind::NoLabour,
    CauseKind::LowIncome,
    CauseKind::Child,
    CauseKind::Education,
];

fn watch(s: &mut Scribe<'_>, home: &Household) {
    let (Some(watch), Some(head)) = (&home.watch, home.members.first()) else { return };
    let state = if watch.resolved { "已消除" } else { "未消除" };
    let row = cells([&head.number, &head.name(), watch.class, &watch.on.to_string(), state]);
    let kinds: &[CauseKind] = if watch.resolved { &[] } else { &STANDING };
    s.row(row, kinds);
}

fn losses(s: &mut Scribe<'_>, home: &Household) {
    let (Some(damage), Some(head)) = (&home.damage, home.members.first()) else { return };
    if s.missing(&c::DISASTER_MISSING) {
        return;
    }
    let here = s.world.villages.get(home.village).map_or("990121", |v| v.code.as_str());
    let row = cells([
        &head.number,
        &head.name(),
        here,
        "洪涝",
        &damage.on.to_string(),
        DAMAGE_ZH.get(damage.degree).unwrap_or(&"一般损坏"),
        &damage.evacuated.to_string(),
    ]);
    s.row(row, &[CauseKind::Disaster]);
}

/// 授权书编号 of a household.
pub(crate) fn paper(household: usize) -> String {
    format!("SQ2024{:06}", household + 1)
}

/// Only under an authorisation: recipients at their last review, and a few others who applied.
fn bank(s: &mut Scribe<'_>, home: &Household) {
    let aided = s.standings.get(s.at.0).is_some_and(|st| !st.awards.is_empty());
    let authorised = if aided { s.dice.percent(80) } else { s.dice.happens(&c::AUTHORISED) };
    if !authorised || s.fixed {
        return;
    }
    let adults = home.present().filter(|p| age_at(p.birth, START) >= 16);
    let paper = paper(s.at.0);
    for (i, p) in adults.enumerate() {
        let assets = if i == 0 { home.assets.0 } else { 0 };
        let securities = if assets > 8_000_000 { assets / 4 } else { 0 };
        let row = cells([
            &paper,
            &p.number,
            &p.name(),
            &Fen(assets - securities).to_string(),
            &Fen(securities).to_string(),
            "0.00",
        ]);
        s.row(row, &[]);
    }
}

fn age_at(birth: Date, on: (i16, i8, i8)) -> i32 {
    crate::world::age_on(birth, day(on))
}
