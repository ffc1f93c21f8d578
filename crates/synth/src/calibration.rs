//! Every number of the model in one place, each with where it comes from. The data sheet is printed from
//! these tables, so it cannot say something else than the program does.

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A section of the project's page of policy facts and statistics.
    Facts(&'static str),
    /// Nobody publishes it; a guess that gives a plausible county.
    Assumed,
}

/// How often something happens, in a million.
pub(crate) struct Chance {
    pub(crate) about: &'static str,
    pub(crate) ppm: u32,
    pub(crate) from: Origin,
}

/// An amount or a count: buckets of weight, lowest and highest value.
pub(crate) struct Spread {
    pub(crate) about: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) buckets: &'static [(u32, i64, i64)],
    pub(crate) from: Origin,
}

/// How often something happens in 24 months (or holds), in a million, by age.
pub(crate) struct ByAge {
    pub(crate) about: &'static str,
    /// First age that no longer belongs to the band, parts in a million.
    pub(crate) bands: &'static [(i32, u32)],
    pub(crate) from: Origin,
}

impl ByAge {
    pub(crate) fn at(&self, age: i32) -> u32 {
        self.bands.iter().find(|(below, _)| age < *below).map_or(0, |band| band.1)
    }
}

/// Shares of kinds, by weight.
pub(crate) struct Shares {
    pub(crate) about: &'static str,
    pub(crate) kinds: &'static [&'static str],
    pub(crate) weights: &'static [u32],
    pub(crate) from: Origin,
}

macro_rules! table {
    ($list:ident: $ty:ident; $($name:ident = $value:expr;)*) => {
        $(pub(crate) const $name: $ty = $value;)*
        pub(crate) const $list: &[&$ty] = &[$(&$name),*];
    };
}

const fn chance(ppm: u32, about: &'static str, from: Origin) -> Chance {
    Chance { about, ppm, from }
}

const fn spread(
    about: &'static str,
    unit: &'static str,
    from: Origin,
    buckets: &'static [(u32, i64, i64)],
) -> Spread {
    Spread { about, unit, buckets, from }
}

const fn by_age(about: &'static str, from: Origin, bands: &'static [(i32, u32)]) -> ByAge {
    ByAge { about, bands, from }
}

const fn shares(
    about: &'static str,
    from: Origin,
    kinds: &'static [&'static str],
    weights: &'static [u32],
) -> Shares {
    Shares { about, kinds, weights, from }
}

use self::Origin::{Assumed, Facts};

table! { CHANCES: Chance;
    // people
    MIGRANT_INSURED = chance(250_000, "migrant worker insured as an employee where he works", Assumed);
    CHILD_AWAY = chance(450_000, "grown child on the hukou who lives elsewhere", Assumed);
    ALONE_WITHOUT_WORK = chance(30_000, "adult of a one-person household who has no work", Assumed);
    IN_PRISON = chance(900, "adult man in prison", Assumed);
    RURAL_CAR = chance(330_000, "rural household with an earner owns a motor vehicle", Assumed);
    URBAN_CAR = chance(420_000, "urban household with an earner owns a motor vehicle", Assumed);
    ELDER_CAR = chance(12_000, "household without earner owns a motor vehicle", Assumed);
    MOTORCYCLE = chance(300_000, "rural household owns an ordinary motorcycle", Assumed);
    URBAN_DWELLING = chance(720_000, "urban household owns its dwelling and has it registered", Assumed);
    RURAL_DWELLING_REGISTERED = chance(90_000, "rural house is registered", Assumed);
    SECOND_DWELLING_URBAN = chance(90_000, "urban household owns a second dwelling", Assumed);
    SHOP = chance(18_000, "household with an earner owns a shop or office", Assumed);
    FIRM_SHAREHOLDER = chance(16_000, "worker is shareholder or legal person of a firm", Assumed);
    INSURED = chance(955_000, "person has basic medical insurance", Assumed);
    WORK_INJURY_CARE = chance(250, "adult draws work-injury nursing pay", Assumed);
    NEVER_MARRIED_NO_KIN = chance(350_000, "single older man without child or able kin", Assumed);
    // disability
    CERTIFIED = chance(880_000, "disability that would qualify has a certificate", Assumed);
    CERTIFICATE_FROZEN = chance(15_000, "certificate frozen or cancelled", Assumed);
    DISABLED_WORK_STOPS = chance(850_000, "severe disability ends the work of the person", Assumed);
    // events of 24 months
    ILLNESS_ENDS_WORK = chance(800_000, "serious illness ends the work of the person", Assumed);
    CARER_STOPS = chance(420_000, "spouse of a seriously ill or severely disabled worker comes home to care", Assumed);
    JOB_LOSS_FORMAL = chance(45_000, "employee loses the job", Assumed);
    JOB_LOSS_MIGRANT = chance(38_000, "migrant or casual worker loses the work and finds none", Assumed);
    UNEMPLOYMENT_REGISTERED = chance(720_000, "employee without job registers as unemployed", Assumed);
    BIRTH = chance(170_000, "couple with a wife of 20–39 has a child in 24 months", Assumed);
    MOVE_OUT = chance(45_000, "person of 18–30 takes the hukou elsewhere", Assumed);
    MARRIES_IN = chance(60_000, "single adult child marries and the spouse joins the hukou", Assumed);
    NEW_CAR = chance(70_000, "household with an earner buys a car", Assumed);
    NEW_CAR_POOR = chance(16_000, "poor household gets a car", Assumed);
    NEW_JOB_POOR = chance(38_000, "adult without work in a poor household finds a job with insurance", Assumed);
    NEW_FIRM_POOR = chance(7_000, "somebody in a poor household registers a business", Assumed);
    NEW_DWELLING_URBAN = chance(40_000, "urban household with an earner buys a dwelling", Assumed);
    NEW_DWELLING_RURAL = chance(18_000, "rural household with an earner buys or registers a dwelling", Assumed);
    NEW_DWELLING_POOR = chance(3_500, "poor household gets a second dwelling", Assumed);
    HOUSE_HIT = chance(130_000, "rural house in a flooded village is damaged", Assumed);
    WRONG_FROM_START = chance(6_000, "poor household that is not entitled was admitted all the same", Assumed);
    // departments
    MEDICAL_ELSEWHERE = chance(110_000, "bill of an insured person settled outside the county's system", Assumed);
    BIRTH_NOT_IN_HUKOU = chance(180_000, "child of the window not yet on the hukou", Assumed);
    DEATH_UNREGISTERED = chance(90_000, "death of the window not yet registered", Assumed);
    MOVE_IN_UNREGISTERED = chance(50_000, "move of the window missing in the delivery", Assumed);
    CONTRIBUTION_MISSING = chance(15_000, "employee missing in the contribution file", Assumed);
    PENSION_MISSING = chance(8_000, "pensioner missing in the pension file", Assumed);
    DISABILITY_MISSING = chance(15_000, "certificate missing in the register", Assumed);
    VEHICLE_MISSING = chance(10_000, "vehicle missing in the register", Assumed);
    EDUCATION_MISSING = chance(25_000, "pupil missing on the roll (school elsewhere)", Assumed);
    DISASTER_MISSING = chance(60_000, "damaged house missing in the loss record", Assumed);
    AUTHORISED = chance(30_000, "household outside aid with a live authorisation", Assumed);
    AUTHORISATION_OVER = chance(40_000, "authorisation that ran out before the delivery", Assumed);
    // files
    ID_CHECKSUM = chance(1_500, "row: typing error in the identity number", Assumed);
    ID_FIFTEEN = chance(2_000, "row: old 15-digit number", Assumed);
    ID_COPIED = chance(500, "row: number of the row above copied down", Assumed);
    ID_DAMAGED = chance(400, "row: number spoilt by a spreadsheet (9.9E+17)", Assumed);
    ID_EMPTY = chance(600, "row: number empty", Assumed);
    NAME_VARIANT = chance(3_000, "row: name with a traditional character", Assumed);
    NAME_SPACED = chance(3_000, "row: name with spaces inside", Assumed);
    NAME_DOT = chance(500, "row: interpunct of a name written otherwise", Assumed);
    VALUE_MISSING = chance(1_000, "row: a value left empty", Assumed);
    ROW_TWICE = chance(1_500, "row: written twice", Assumed);
    DATE_BAD = chance(700, "row: a date that does not exist", Assumed);
    AMOUNT_DECIMALS = chance(700, "row: an amount with three decimals", Assumed);
    DIVISION_WRONG = chance(12_000, "row: a division code that does not exist", Assumed);
}

table! { SPREADS: Spread;
    FARM_WORKER = spread("net farm income of a farming adult under 60", "yuan a year", Facts("14.10, scaled"),
        &[(12, 7_000, 12_000), (40, 12_000, 22_000), (33, 22_000, 36_000), (15, 36_000, 80_000)]);
    FARM_ELDER = spread("net farm income of a farming adult of 60–74", "yuan a year", Assumed,
        &[(55, 500, 2_000), (35, 2_000, 4_000), (10, 4_000, 9_000)]);
    FARM_SIDE = spread("garden and rented-out land of a rural household", "yuan a year", Assumed,
        &[(50, 0, 1_000), (40, 1_000, 4_000), (10, 4_000, 8_000)]);
    RENT = spread("rent, dividends of the collective", "yuan a month", Assumed,
        &[(70, 0, 0), (25, 10, 100), (5, 100, 900)]);
    CASUAL = spread("odd jobs near home, average over the year", "yuan a month", Assumed,
        &[(6, 900, 1_600), (30, 1_600, 2_600), (50, 2_600, 3_800), (14, 3_800, 5_200)]);
    MIGRANT = spread("work in another province, average over the year", "yuan a month", Facts("14.10, scaled"),
        &[(10, 2_000, 3_000), (40, 3_000, 4_500), (40, 4_500, 6_000), (10, 6_000, 9_000)]);
    FORMAL = spread("wage of an employee in the county", "yuan a month", Facts("14.10, minimum wage 1,660"),
        &[(10, 1_890, 2_300), (45, 2_300, 3_600), (35, 3_600, 5_500), (10, 5_500, 9_000)]);
    BUSINESS = spread("own stall or shop, net", "yuan a month", Assumed,
        &[(10, 1_000, 1_800), (50, 1_800, 4_000), (30, 4_000, 7_000), (10, 7_000, 12_000)]);
    MIGRANT_COST = spread("travel and rent for work elsewhere", "yuan a month", Assumed,
        &[(50, 300, 600), (50, 600, 1_000)]);
    EMPLOYEE_PENSION = spread("employee pension", "yuan a month", Assumed,
        &[(40, 1_600, 2_400), (45, 2_400, 3_400), (15, 3_400, 5_500)]);
    RESIDENT_PENSION = spread("resident pension, of which 103 yuan central base part", "yuan a month", Assumed,
        &[(70, 110, 145), (25, 145, 200), (5, 200, 400)]);
    SUPPORT_ALONE = spread("children outside give an old person who lives alone", "yuan a month", Assumed,
        &[(18, 0, 0), (10, 50, 200), (2, 350, 700), (50, 880, 1_300), (20, 1_300, 2_500)]);
    SUPPORT_COUPLE = spread("children outside give each of an old couple", "yuan a month", Assumed,
        &[(24, 0, 0), (14, 50, 200), (2, 350, 600), (40, 880, 1_200), (20, 1_200, 2_000)]);
    SUPPORT_KIN = spread("kin give a single person without work", "yuan a month", Assumed,
        &[(70, 0, 0), (20, 100, 250), (10, 800, 1_200)]);
    SUPPORT_PARENT = spread("the other parent pays for a child", "yuan a month", Assumed,
        &[(65, 0, 0), (15, 200, 400), (20, 900, 1_400)]);
    ASSETS_POOR = spread("savings of a household without earner", "yuan", Assumed,
        &[(60, 0, 4_000), (28, 4_000, 15_000), (9, 15_000, 50_000), (3, 50_000, 260_000)]);
    ASSETS_WORK = spread("savings of a household with an earner", "yuan", Assumed,
        &[(30, 0, 8_000), (40, 8_000, 40_000), (22, 40_000, 120_000), (8, 120_000, 500_000)]);
    CHILDREN = spread("children of a rural couple on the hukou", "children", Assumed,
        &[(16, 0, 0), (34, 1, 1), (38, 2, 2), (12, 3, 3)]);
    CHILDREN_URBAN = spread("children of an urban couple on the hukou", "children", Assumed,
        &[(20, 0, 0), (48, 1, 1), (30, 2, 2), (2, 3, 3)]);
    CHILDREN_OUTSIDE = spread("grown children of an old person outside the hukou", "children", Assumed,
        &[(3, 0, 0), (16, 1, 1), (35, 2, 2), (30, 3, 3), (16, 4, 5)]);
    CHILD_INCOME = spread("income a head of a grown child's household", "yuan a year", Facts("14.10"),
        &[(10, 5_000, 9_000), (15, 9_000, 14_800), (45, 14_800, 30_000), (30, 30_000, 70_000)]);
    SERIOUS_COST = spread("cost of a serious illness in 12 months before insurance", "yuan", Assumed,
        &[(45, 25_000, 60_000), (35, 60_000, 120_000), (15, 120_000, 240_000), (5, 240_000, 500_000)]);
    STAY_COST = spread("ordinary hospital stay", "yuan", Assumed,
        &[(60, 2_000, 6_000), (30, 6_000, 14_000), (10, 14_000, 30_000)]);
    OUTPATIENT_COST = spread("outpatient visit that is billed", "yuan", Assumed,
        &[(70, 60, 300), (30, 300, 1_500)]);
    CHRONIC_COST = spread("drugs of a common chronic illness", "yuan a quarter", Assumed,
        &[(70, 200, 700), (30, 700, 1_500)]);
    TUITION_BACHELOR = spread("tuition and boarding, first degree, public rate", "yuan a year", Assumed,
        &[(80, 4_500, 6_500), (20, 6_500, 10_000)]);
    TUITION_SENIOR = spread("tuition and boarding, upper secondary, public rate", "yuan a year", Assumed,
        &[(100, 1_200, 2_600)]);
    TUITION_POSTGRADUATE = spread("tuition and boarding, graduate study", "yuan a year", Assumed,
        &[(100, 8_000, 11_000)]);
    CAPITAL_FIRM = spread("subscribed capital of a shareholder", "yuan", Assumed,
        &[(50, 20_000, 100_000), (40, 100_000, 500_000), (10, 500_000, 2_000_000)]);
    CAPITAL_STALL = spread("subscribed capital of a stall", "yuan", Assumed,
        &[(60, 0, 10_000), (40, 10_000, 60_000)]);
    UNEMPLOYMENT_BENEFIT = spread("unemployment benefit", "yuan a month", Assumed,
        &[(100, 1_328, 1_512)]);
    BENEFIT_MONTHS = spread("months of unemployment benefit", "months", Assumed,
        &[(30, 3, 6), (50, 6, 12), (20, 12, 24)]);
    CERTIFICATE_DELAY = spread("from disability to certificate", "days", Assumed,
        &[(50, 40, 120), (40, 120, 300), (10, 300, 700)]);
    DEATH_DELAY = spread("from death to registration", "days", Assumed,
        &[(60, 1, 20), (30, 20, 60), (10, 60, 200)]);
}

table! { BANDS: ByAge;
    MORTALITY = by_age("dies within 24 months", Assumed,
        &[(1, 6_000), (15, 600), (45, 2_200), (60, 8_000), (70, 24_000), (80, 66_000), (200, 180_000)]);
    SERIOUS_ILLNESS = by_age("falls seriously ill within 24 months", Assumed,
        &[(18, 700), (45, 3_500), (60, 13_000), (75, 22_000), (200, 24_000)]);
    SERIOUS_LONG = by_age("seriously ill since before the 24 months", Assumed,
        &[(18, 500), (45, 3_000), (60, 12_000), (75, 20_000), (200, 18_000)]);
    DISABLED_LONG = by_age("disabled before the 24 months", Facts("14.8 (21 % of rural dibao disabled); level from the brief: about 6 % certified"),
        &[(18, 11_000), (40, 28_000), (60, 74_000), (75, 165_000), (200, 235_000)]);
    DISABLED_NEW = by_age("becomes disabled within 24 months", Assumed,
        &[(18, 500), (40, 1_500), (60, 4_500), (75, 9_000), (200, 12_000)]);
    HOSPITAL = by_age("ordinary hospital stay within 12 months", Assumed,
        &[(6, 120_000), (18, 40_000), (45, 70_000), (60, 140_000), (200, 260_000)]);
    CHRONIC = by_age("has a common chronic illness with quarterly drugs", Assumed,
        &[(40, 10_000), (60, 90_000), (200, 260_000)]);
    OUTPATIENT = by_age("has a billed outpatient visit", Assumed,
        &[(6, 120_000), (60, 60_000), (200, 90_000)]);
}

table! { SHARES: Shares;
    RURAL_KINDS = shares("kinds of rural hukou households", Assumed, &[
        "one old person", "old couple", "couple with young children", "couple with grown children",
        "three generations", "grandparents with grandchildren", "one parent with children", "one adult",
        "old parent with a disabled grown child", "orphan with grandparent"],
        &[66, 124, 285, 180, 118, 8, 30, 120, 24, 3]);
    URBAN_KINDS = shares("kinds of urban hukou households", Assumed, &[
        "one old person", "old couple", "couple with young children", "couple with grown children",
        "three generations", "grandparents with grandchildren", "one parent with children", "one adult",
        "old parent with a disabled grown child", "orphan with grandparent"],
        &[80, 130, 390, 170, 55, 4, 30, 135, 6, 1]);
    WORK_RURAL_YOUNG = shares("work of rural adults under 46", Assumed,
        &["none", "farm", "casual", "migrant", "formal", "business"], &[5, 7, 17, 50, 16, 5]);
    WORK_RURAL_OLDER = shares("work of rural adults of 46–59", Assumed,
        &["none", "farm", "casual", "migrant", "formal", "business"], &[6, 30, 28, 24, 8, 4]);
    WORK_RURAL_60 = shares("work of rural adults of 60–74", Assumed,
        &["none", "farm", "casual"], &[35, 57, 8]);
    WORK_URBAN = shares("work of urban adults under 60", Assumed,
        &["none", "farm", "casual", "migrant", "formal", "business"], &[9, 0, 17, 9, 52, 13]);
    ILLNESSES = shares("serious illnesses (the last one is an injury without a listed disease)", Assumed, &[
        "尿毒症透析", "恶性肿瘤门诊治疗", "脑卒中后遗症", "重性精神病", "肝硬化失代偿期", "急性心肌梗死",
        "白血病", "系统性红斑狼疮", ""], &[7, 26, 25, 8, 6, 10, 2, 3, 13]);
    ETHNIC = shares("ethnic groups", Assumed, &["汉族", "苗族", "布依族", "彝族"], &[62, 18, 10, 10]);
    DISABILITY_CLASSES = shares("classes of disability (visual, hearing, speech, physical, intellectual, mental, multiple)", Facts("13.3"),
        &["1", "2", "3", "4", "5", "6", "7"], &[12, 11, 2, 56, 7, 8, 4]);
    DISABILITY_GRADES = shares("grades 1–4", Facts("14.8, 14.3 (nursing subsidy about 0.9–1.1 % of people)"),
        &["1", "2", "3", "4"], &[6, 13, 34, 47]);
}

/// Central base part of the resident pension in May 2024, yuan a month.
pub(crate) const BASE_PENSION: i64 = 103;

/// Share of entitled households that receive, in percent, by months since the last cause began:
/// under 3, under 6, under 12, under 24, older.
///
/// Nobody publishes how many of the entitled receive; surveys differ from a few percent missed to most. The last
/// step is the assumption on which the leads a case depend most, so it can be set ([`crate::Config::take_up`]).
pub(crate) const TAKE_UP: [(i32, u32); 5] =
    [(3, 35), (6, 55), (12, 75), (24, 85), (i32::MAX, LASTING_TAKE_UP)];
/// Of households entitled for more than two years, how many of 100 receive; assumed.
pub const LASTING_TAKE_UP: u32 = 90;
/// Share of disability subsidies that are drawn by those entitled, in percent, by months since the
/// certificate: under 3, under 12, older.
pub(crate) const TAKE_UP_SUBSIDY: [(i32, u32); 3] = [(3, 40), (12, 80), (i32::MAX, 95)];
/// Share of improved households whose benefit was not stopped, in percent, by months since: under 3, under 8, older.
pub(crate) const STILL_PAID: [(i32, u32); 3] = [(3, 75), (8, 35), (i32::MAX, 7)];
