//! The latent true world: what is so, whether any department knows it or not.

use doudi_policy::{Date, Fen};

use crate::ident::Sex;
use crate::population::yuan;

/// First day of the 24 months.
pub(crate) const START: (i16, i8, i8) = (2022, 6, 1);
/// Last day of the 24 months; the deliveries show the world of this day.
pub(crate) const END: (i16, i8, i8) = (2024, 5, 31);

/// A date that is written in this program and therefore exists.
pub(crate) fn day(ymd: (i16, i8, i8)) -> Date {
    Date::from_ymd(ymd.0, ymd.1, ymd.2).unwrap_or(Date(0))
}

/// Whole years of age on a day.
pub(crate) fn age_on(birth: Date, on: Date) -> i32 {
    let (by, bm, bd) = birth.ymd();
    let (y, m, d) = on.ymd();
    i32::from(y) - i32::from(by) - i32::from((m, d) < (bm, bd))
}

/// 与户主关系, as the vocabulary codes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Head,
    Spouse,
    Child,
    ChildInLaw,
    Parent,
    Grandchild,
}

impl Relation {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Spouse => "spouse",
            Self::Child => "child",
            Self::ChildInLaw => "child_in_law",
            Self::Parent => "parent",
            Self::Grandchild => "grandchild",
        }
    }

    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Head => "户主",
            Self::Spouse => "配偶",
            Self::Child => "子女",
            Self::ChildInLaw => "子女的配偶",
            Self::Parent => "父母",
            Self::Grandchild => "孙子女",
        }
    }
}

/// How a person earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    None,
    Farm,
    /// Odd jobs near home, no contract.
    Casual,
    /// Work in another province; `true` where it is insured there.
    Migrant(bool),
    /// Employee in the county, with social insurance.
    Formal,
    /// Own stall or shop.
    Business,
}

/// 在读学段
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Study {
    None,
    Compulsory,
    Senior,
    Vocational,
    Bachelor,
    Postgraduate,
}

impl Study {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Compulsory => "compulsory",
            Self::Senior => "senior",
            Self::Vocational => "vocational",
            Self::Bachelor => "bachelor",
            Self::Postgraduate => "postgraduate",
        }
    }

    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Compulsory => "义务教育",
            Self::Senior => "高中阶段",
            Self::Vocational => "中等职业教育",
            Self::Bachelor => "本专科",
            Self::Postgraduate => "研究生",
        }
    }
}

/// 残疾
#[derive(Clone, Debug)]
pub(crate) struct Disability {
    /// Class by its digit, 1 visual … 7 multiple.
    pub(crate) class: u8,
    /// Class of the most severe single disability; differs from `class` for 7 multiple only.
    pub(crate) worst: u8,
    /// 1 (most severe) … 4
    pub(crate) grade: u8,
    /// The day it began.
    pub(crate) since: Date,
    /// The day of the certificate; `None` for somebody who has none.
    pub(crate) certified: Option<Date>,
    /// 冻结 or 注销 in the register.
    pub(crate) status: &'static str,
}

/// Ids of the classes by digit.
pub(crate) const DISABILITY_IDS: [&str; 8] =
    ["none", "visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple"];
/// Labels of the classes by digit.
pub(crate) const DISABILITY_ZH: [&str; 8] = ["无", "视力", "听力", "言语", "肢体", "智力", "精神", "多重"];

/// One settlement with a hospital.
#[derive(Clone, Debug)]
pub(crate) struct Bill {
    pub(crate) on: Date,
    /// 住院, 门诊 or 门诊慢特病
    pub(crate) kind: &'static str,
    /// 慢特病种
    pub(crate) disease: &'static str,
    pub(crate) total: Fen,
    pub(crate) pooled: Fen,
    pub(crate) major: Fen,
    pub(crate) aid: Fen,
    pub(crate) own: Fen,
    /// Treated where the county's fund does not see it at once.
    pub(crate) elsewhere: bool,
}

/// A running serious illness.
#[derive(Clone, Debug)]
pub(crate) struct Illness {
    /// Position in `care::SERIOUS`.
    pub(crate) kind: usize,
    pub(crate) since: Date,
}

/// 失业登记
#[derive(Clone, Debug)]
pub(crate) struct Unemployment {
    pub(crate) lost_on: Date,
    /// Whether the person went to register.
    pub(crate) registered: bool,
    /// 失业保险金, a month; zero for too short a contribution.
    pub(crate) benefit: Fen,
    /// Last day of the benefit.
    pub(crate) benefit_to: Date,
}

/// A registered thing: vehicle, building, firm.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    /// Kind in the words of the register.
    pub(crate) kind: &'static str,
    pub(crate) on: Date,
    /// Square metres in hundredths (buildings), subscribed capital (firms).
    pub(crate) size: i64,
    /// Still there on the last day.
    pub(crate) live: bool,
}

/// 人
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) number: String,
    pub(crate) surname: String,
    pub(crate) given: String,
    pub(crate) sex: Sex,
    pub(crate) birth: Date,
    pub(crate) relation: Relation,
    pub(crate) ethnic: &'static str,
    pub(crate) work: Work,
    /// From that work, a month on average over the year.
    pub(crate) income: Fen,
    /// 必要就业成本
    pub(crate) work_cost: Fen,
    /// Lives elsewhere for most of the year.
    pub(crate) away: bool,
    /// 能独立生活
    pub(crate) independent: bool,
    pub(crate) study: Study,
    pub(crate) poor_student: bool,
    pub(crate) tuition: Fen,
    pub(crate) employee_pension: Fen,
    pub(crate) resident_pension: Fen,
    /// 赡养费等, a month.
    pub(crate) support: Fen,
    pub(crate) insured: bool,
    pub(crate) work_injury_care: bool,
    pub(crate) disability: Option<Disability>,
    pub(crate) illness: Option<Illness>,
    pub(crate) self_care_failed: u8,
    pub(crate) rehab: Fen,
    pub(crate) bills: Vec<Bill>,
    pub(crate) unemployment: Option<Unemployment>,
    pub(crate) vehicles: Vec<Holding>,
    pub(crate) buildings: Vec<Holding>,
    pub(crate) firms: Vec<Holding>,
    pub(crate) in_prison: bool,
    pub(crate) orphan: bool,
    pub(crate) died: Option<Date>,
    pub(crate) moved_out: Option<Date>,
    /// Joined the household within the 24 months, by birth or by marriage.
    pub(crate) joined: Option<Date>,
    /// For a newborn: number of the birth certificate.
    pub(crate) birth_certificate: Option<String>,
    /// Former division of somebody who moved in.
    pub(crate) came_from: Option<String>,
}

impl Person {
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.surname, self.given)
    }

    /// Alive and on the hukou of the household on the last day.
    pub(crate) fn present(&self) -> bool {
        self.died.is_none() && self.moved_out.is_none()
    }

    pub(crate) fn age(&self) -> i32 {
        age_on(self.birth, day(END))
    }

    /// Grade 1–2 of any class.
    pub(crate) fn severely_disabled(&self) -> bool {
        self.disability.as_ref().is_some_and(|d| d.grade <= 2)
    }
}

/// 法定义务人 outside the household.
#[derive(Clone, Debug)]
pub(crate) struct Obligor {
    pub(crate) birth: Date,
    pub(crate) status: &'static str,
    /// A head and year.
    pub(crate) income: Fen,
    pub(crate) property_ok: bool,
    pub(crate) disability_class: u8,
    pub(crate) disability_grade: u8,
}

/// What made a household poor, or could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CauseKind {
    Illness,
    Disability,
    EarnerDied,
    JobLost,
    Disaster,
    OldAge,
    NoLabour,
    LowIncome,
    Child,
    Education,
}

impl CauseKind {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Illness => "illness",
            Self::Disability => "disability",
            Self::EarnerDied => "earner_died",
            Self::JobLost => "job_lost",
            Self::Disaster => "disaster",
            Self::OldAge => "old_age",
            Self::NoLabour => "no_labour",
            Self::LowIncome => "low_income",
            Self::Child => "child",
            Self::Education => "education",
        }
    }
}

/// One cause in the life of a household.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) kind: CauseKind,
    pub(crate) on: Date,
    /// Position of the person concerned.
    pub(crate) person: Option<usize>,
    /// Feeds whose file shows it, filled by the observation.
    pub(crate) seen_by: Vec<&'static str>,
}

/// 住房因灾受损
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    pub(crate) on: Date,
    /// 1 general, 2 severe, 3 collapsed.
    pub(crate) degree: usize,
    pub(crate) evacuated: i64,
}

/// Ids of the damage by degree.
pub(crate) const DAMAGE_IDS: [&str; 4] = ["none", "general", "severe", "collapsed"];
/// Labels of the damage by degree.
pub(crate) const DAMAGE_ZH: [&str; 4] = ["未受损", "一般损坏", "严重损坏", "倒塌"];

/// 防返贫监测
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) class: &'static str,
    pub(crate) on: Date,
    pub(crate) resolved: bool,
}

/// Something that made the household better off, after which a benefit may have been paid wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Improvement {
    Vehicle,
    Dwelling,
    Job,
    Firm,
    Death,
}

/// 户
#[derive(Clone, Debug)]
pub(crate) struct Household {
    pub(crate) code: String,
    /// Position in the list of villages.
    pub(crate) village: usize,
    pub(crate) urban: bool,
    pub(crate) members: Vec<Person>,
    pub(crate) obligors: Vec<Obligor>,
    /// 种养业净收入, a year.
    pub(crate) farm_income: Fen,
    /// 家庭财产净收入, a month.
    pub(crate) rent_income: Fen,
    pub(crate) assets: Fen,
    pub(crate) watch: Option<Watch>,
    pub(crate) damage: Option<Damage>,
    pub(crate) emergency: &'static str,
    pub(crate) other_expense: Fen,
    pub(crate) causes: Vec<Cause>,
    /// The household as it was before its last improvement, with the day and kind of that.
    pub(crate) before: Option<(Box<Household>, Date, Improvement)>,
    pub(crate) guided: bool,
}

/// The county with everybody in it.
pub(crate) struct World {
    pub(crate) villages: Vec<crate::places::Village>,
    pub(crate) households: Vec<Household>,
}

impl Household {
    /// Who is alive and on the hukou.
    pub(crate) fn present(&self) -> impl Iterator<Item = &Person> {
        self.members.iter().filter(|p| p.present())
    }

    /// What the household lives on, a head and month, seen from a neighbour's chair rather than the law's:
    /// grown children who live elsewhere count for nothing but what they send.
    pub(crate) fn means(&self) -> Fen {
        let near = || self.members.iter().filter(|p| crate::sheet::in_unit(p));
        let heads = near().count().max(1) as i64;
        let earned: i64 = near()
            .map(|p| p.income.0 - p.work_cost.0 + p.employee_pension.0 + p.resident_pension.0 + p.support.0)
            .sum();
        Fen((earned + self.farm_income.0 / 12 + self.rent_income.0) / heads)
    }

    /// Lives in hardship.
    pub(crate) fn poor(&self) -> bool {
        self.means() < yuan(if self.urban { 850 } else { 700 })
    }

    /// Has little.
    pub(crate) fn low_income(&self) -> bool {
        self.means() < yuan(if self.urban { 1_350 } else { 1_050 })
    }
}
