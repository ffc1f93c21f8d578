//! A small fictional county for tests of the pages: fourteen townships, a few families, leads of every kind, and the
//! guided family with what the departments know of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use doudi_payment::refusal::Text;
use doudi_policy::eval::{Mode, Subject, Trace, open_facts};
use doudi_policy::sheet::{FactSheet, SheetSubject, SheetValue};
use doudi_policy::{Date, Fen, Month};
use doudi_registry::*;
use doudi_store::Store;
use doudi_store::account_changes::{ChangeKind, NewChange};
use doudi_web::law::{Law, exclusive_group};
use doudi_web::{AppState, Config, Lang, serve_on};
use serde_json::{Value, json};

/// 演示日期
pub const TODAY: &str = "2024-06-17";

/// The county; its first lead is that of the guided family.
pub struct County {
    pub store: Store,
    pub law: Arc<Law>,
    pub lead: LeadId,
}

fn read(dir: &Path, root: &Path, out: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(&path, root, out);
        } else if path.extension().is_some_and(|e| e == "toml" || e == "csv") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            out.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The law of the repository.
pub fn law() -> Arc<Law> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    read(&root.join("policies"), &root, &mut files);
    Arc::new(Law::from_files(&files).unwrap())
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

const TOWNSHIPS: [&str; 14] = [
    "城关镇",
    "柳溪镇",
    "石桥镇",
    "大坪镇",
    "白沙镇",
    "茶亭镇",
    "河口镇",
    "云坳乡",
    "松岭乡",
    "梨园乡",
    "双井乡",
    "高岩乡",
    "金竹乡",
    "北崖乡",
];
const SURNAMES: [&str; 10] = ["松", "竹", "茶", "梨", "白", "柏", "金", "岩", "溪", "林"];
const GIVEN: [&str; 12] =
    ["春生", "月明", "大河", "三平", "青山", "露生", "长林", "满仓", "秋霞", "小溪", "远山", "石头"];

fn known(value: Value, source: &str) -> SheetValue {
    SheetValue {
        value,
        source: Some(source.to_owned()),
        as_of: Some(day("2024-05-31")),
        grade: Some("A".to_owned()),
        ..SheetValue::default()
    }
}

/// What full registers say of somebody who is in none of them.
fn member(person: i64, relation: &str, birth: &str) -> SheetSubject {
    let mut facts = std::collections::BTreeMap::new();
    let mut put = |id: &str, value: Value, source: &str| {
        facts.insert(id.to_owned(), known(value, source));
    };
    put("relation", relation.into(), "registry");
    put("birth", birth.into(), "registry");
    put("deceased", false.into(), "civil_deaths");
    put("moved_out", false.into(), "civil_moves");
    put("studying", "none".into(), "education");
    put("employee_pension", json!(0), "ss_pension");
    put("resident_pension", json!(0), "ss_pension");
    put("unemployment_benefit", json!(0), "ss_unemployment");
    put("unemployed_registered", false.into(), "ss_unemployment");
    put("insured", true.into(), "medical_enrolment");
    put("medical_self_paid_12m", json!(0), "medical_insurance");
    put("largest_stay_self_paid_12m", json!(0), "medical_insurance");
    put("serious_illness", false.into(), "medical_insurance");
    put("disability_class", "none".into(), "disability");
    put("disability_grade", "none".into(), "disability");
    put("work_injury_care", false.into(), "ss_pension");
    put("vehicle_count", json!(0), "vehicles");
    put("shop_count", json!(0), "real_estate");
    put("business_count", json!(0), "market");
    put("registered_capital", json!(0), "market");
    for id in
        ["in_dibao", "in_edge", "in_tekun", "is_orphan", "gets_ds_living", "gets_ds_nursing", "helped_ta_12m"]
    {
        put(id, false.into(), "own_register");
    }
    // A lead's sheet holds surrogate ids only.
    SheetSubject { name: None, person: Some(person), facts }
}

fn family(store_division: &str) -> FactSheet {
    let mut sheet = FactSheet { division: Some(store_division.parse().unwrap()), ..FactSheet::default() };
    sheet.household.insert("registered_class".into(), known("rural".into(), "registry"));
    sheet.household.insert("rural_watch".into(), known("none".into(), "rural_watch"));
    sheet.household.insert("house_damage".into(), known("none".into(), "disaster"));
    sheet
}

pub fn guided_sheet() -> FactSheet {
    let mut sheet = family("990121103001");
    let mut mother = member(2, "spouse", "1975-08-09");
    mother.facts.insert("medical_self_paid_12m".into(), known(json!(31480), "medical_insurance"));
    mother.facts.insert("largest_stay_self_paid_12m".into(), known(json!(6520), "medical_insurance"));
    mother.facts.insert("serious_illness".into(), known(true.into(), "medical_insurance"));
    mother.facts.insert("disability_class".into(), known("physical".into(), "disability"));
    mother.facts.insert("disability_grade".into(), known("g2".into(), "disability"));
    mother.facts.insert("disability_certified_on".into(), known("2024-04-18".into(), "disability"));
    let mut son = member(3, "child", "2005-05-21");
    son.facts.insert("studying".into(), known("bachelor".into(), "education"));
    let mut grandmother = member(4, "parent", "1946-11-02");
    grandmother.facts.insert("resident_pension".into(), known(json!(185), "ss_pension"));
    let mut daughter = member(5, "child", "2000-05-05");
    daughter.facts.insert("studying".into(), known("postgraduate".into(), "education"));
    sheet.members = vec![member(1, "head", "1972-03-17"), mother, son, grandmother, daughter];
    sheet
}

/// The facts that would decide an outcome of a sheet, as a sweep stores them.
fn open_of(law: &Law, sheet: &FactSheet, outcome: &str) -> Vec<OpenFact> {
    let period = Month::of(2024, 6);
    let plan = law.plan(period, day(TODAY)).unwrap();
    let batch = doudi_policy::column::Batch::from_sheets(std::slice::from_ref(sheet), &plan).unwrap();
    let trace = Trace::of(&plan, &batch, 0, Mode::Find);
    let o = plan.find_outcome(outcome).unwrap();
    open_facts(&trace, o, None)
        .into_iter()
        .map(|f| OpenFact {
            fact: f.fact,
            subject: match f.subject {
                Subject::Household => "household".to_owned(),
                Subject::Member(m) => sheet.members[m as usize].person.unwrap().to_string(),
                Subject::Obligor(_) => "obligors".to_owned(),
            },
        })
        .collect()
}

fn lead(
    household: i64,
    division: &str,
    kind: LeadKind,
    urgency: Urgency,
    outcome: &str,
    sheet: &FactSheet,
) -> Lead {
    Lead {
        id: LeadId(0),
        kind,
        outcome: outcome.to_owned(),
        household: HouseholdId(household),
        division: division.parse().unwrap(),
        person: None,
        met: false,
        indicators: vec![FiredIndicator {
            id: "W-M1".to_owned(),
            zh: "12 个月自付医疗费 31480.00 元，明显高于当地水平".to_owned(),
            en: "31480.00 yuan of medical costs paid by the family in 12 months, well above the local level".to_owned(),
            visit_zh: "看看家里近一年开支大不大、有没有欠账，日常起居谁在照顾。".to_owned(),
            visit_en: "See whether spending was heavy this year, whether there are debts, and who looks after whom.".to_owned(),
        }],
        urgency,
        open_facts: Vec::new(),
        reason_zh: "12 个月自付医疗费 31480.00 元（医保结算），家里没有享受任何救助。".to_owned(),
        reason_en: "31480.00 yuan of medical costs paid by the family in 12 months (medical insurance); the family receives nothing.".to_owned(),
        visit_note_zh: "看看家里近一年开支大不大、有没有欠账，日常起居谁在照顾。".to_owned(),
        visit_note_en: "See whether spending was heavy this year, whether there are debts, and who looks after whom.".to_owned(),
        amount_lo: Some(Fen(0)),
        amount_hi: Some(Fen(202_800)),
        sheet: serde_json::to_string(sheet).unwrap(),
        period: Month::of(2024, 6),
        created_on: day("2024-06-14"),
        due_on: Some(day("2024-06-19")),
        status: LeadStatus::Open,
        assigned_to: None,
        case: None,
        closed_on: None,
        result: String::new(),
    }
}

struct Register {
    persons: Vec<Person>,
    households: Vec<Household>,
    memberships: Vec<Membership>,
}

impl Register {
    fn household(&mut self, code: &str, division: &str) -> i64 {
        let id = self.households.len() as i64 + 1;
        self.households.push(Household {
            id: HouseholdId(id),
            code: code.to_owned(),
            division: division.parse().unwrap(),
            class: Some(UrbanRural::Rural),
            address: format!("第 {id} 户门牌 {} 号", 100 + id),
        });
        id
    }

    fn person(&mut self, household: i64, name: &str, birth: &str, relation: Relation) -> i64 {
        let id = self.persons.len() as i64 + 1;
        self.persons.push(Person {
            id: PersonId(id),
            number: Some(IdentityNumber::compose("990121", day(birth), u16::try_from(id).unwrap()).unwrap()),
            name: name.to_owned(),
            sex: Sex::Unknown,
            birth: Some(day(birth)),
            died: None,
            hukou: HukouState::Normal,
            ethnic: "汉族".to_owned(),
        });
        self.memberships.push(Membership {
            household: HouseholdId(household),
            person: PersonId(id),
            kind: MembershipKind::Hukou,
            relation,
            from: day("2015-01-01"),
            to: None,
        });
        id
    }
}

/// A family that has moved away, of whose records one lead that came to nothing years ago is left; gives its number.
#[allow(dead_code, reason = "not every test that shares the county has a use for it")]
pub async fn moved_away(county: &County) -> HouseholdId {
    let store = &county.store;
    let division: doudi_policy::DivisionCode = "990121103001".parse().unwrap();
    let one = Household {
        id: HouseholdId(1),
        code: "990121103001-9001".to_owned(),
        division: division.clone(),
        class: Some(UrbanRural::Rural),
        address: "老街一号".to_owned(),
    };
    let head = Person {
        id: PersonId(1),
        number: Some(IdentityNumber::compose("990121", day("1955-03-03"), 901).unwrap()),
        name: "旧人远行".to_owned(),
        sex: Sex::Unknown,
        birth: Some(day("1955-03-03")),
        died: None,
        hukou: HukouState::Normal,
        ethnic: String::new(),
    };
    let member = Membership {
        household: HouseholdId(1),
        person: PersonId(1),
        kind: MembershipKind::Hukou,
        relation: Relation::Head,
        from: day("2010-01-01"),
        to: Some(day("2020-06-30")),
    };
    let done = store.import_people(&[one], &[head], &[member]).await.unwrap();
    let household = HouseholdId(1 + done.household_shift);
    let mut old = store.lead(county.lead).await.unwrap();
    old.household = household;
    old.person = None;
    old.status = LeadStatus::Closed;
    old.created_on = day("2020-01-10");
    old.closed_on = Some(day("2020-02-01"));
    old.case = None;
    old.assigned_to = None;
    store.insert_leads(&[old]).await.unwrap();
    household
}

/// The county in a new file, which goes with the folder.
#[allow(dead_code, reason = "not every test that shares the county has a use for it")]
pub async fn opened() -> (County, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&url_in(&folder), doudi_store::testing::keys()).await.unwrap();
    (build(store, law()).await, folder)
}

#[allow(dead_code, reason = "not every test that shares the county has a use for it")]
fn url_in(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("doudi.db").display())
}

/// The county behind its pages, on a port of this machine.
#[allow(dead_code, reason = "not every test that shares the county has a use for it")]
pub struct Served {
    pub county: County,
    pub state: AppState,
    pub addr: SocketAddr,
    /// Of the database.
    pub url: String,
    pub folder: tempfile::TempDir,
}

#[allow(dead_code, reason = "not every test that shares the county has a use for it")]
pub async fn served() -> Served {
    let (county, folder) = opened().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let config = Config { addr, lang: Lang::Zh };
    let state = AppState::new(county.store.clone(), county.law.clone(), config).await.unwrap();
    tokio::spawn(serve_on(state.clone(), listener));
    Served { county, state, addr, url: url_in(&folder), folder }
}

/// Builds the county in an empty store.
pub async fn build(store: Store, law: Arc<Law>) -> County {
    let mut divisions = vec![
        Division::new("99".parse().unwrap(), "云岭省"),
        Division::new("9901".parse().unwrap(), "松阳市"),
        Division::new("990121".parse().unwrap(), "青石县"),
    ];
    for (i, name) in TOWNSHIPS.iter().enumerate() {
        let code = format!("990121{}", 101 + i);
        divisions.push(Division::new(code.parse().unwrap(), *name));
        for (v, village) in ["河湾村", "上坪村", "下坝村"].iter().enumerate() {
            divisions.push(Division::new(format!("{code}{:03}", v + 1).parse().unwrap(), *village));
        }
    }
    store.import_divisions(&divisions).await.unwrap();
    store.seed_demo_staff().await.unwrap();
    store.set_demo_today(day(TODAY)).await.unwrap();

    let mut register = Register { persons: Vec::new(), households: Vec::new(), memberships: Vec::new() };
    let h = register.household("990121103001-0482", "990121103001");
    register.person(h, "石望山", "1972-03-17", Relation::Head);
    register.person(h, "柳月梅", "1975-08-09", Relation::Spouse);
    register.person(h, "石小满", "2005-05-21", Relation::Child);
    register.person(h, "云秀英", "1946-11-02", Relation::Parent);
    register.person(h, "石立夏", "2000-05-05", Relation::Child);
    let mut leads = Vec::new();
    let mut guided = lead(1, "990121103001", LeadKind::Missed, Urgency::Orange, "dibao", &guided_sheet());
    guided.open_facts = open_of(&law, &guided_sheet(), "dibao");
    leads.push(guided);
    let mut receiving = Vec::new();
    for i in 0..160usize {
        let township = 101 + i % 14;
        let division = format!("990121{township}{:03}", 1 + i % 3);
        let h = register.household(&format!("{division}-{:04}", 1000 + i), &division);
        let name = format!("{}{}", SURNAMES[i % 10], GIVEN[(i * 7 + i / 10) % 12]);
        let head = register.person(
            h,
            &name,
            &format!("19{}-0{}-1{}", 50 + i % 40, 1 + i % 9, i % 9),
            Relation::Head,
        );
        let spouse = format!("{}{}", SURNAMES[(i + 3) % 10], GIVEN[(i * 5 + 1) % 12]);
        let second = register.person(
            h,
            &spouse,
            &format!("19{}-0{}-1{}", 52 + i % 40, 1 + i % 9, i % 9),
            Relation::Spouse,
        );
        let mut sheet = family(&division);
        sheet.members = vec![member(head, "head", "1960-01-01"), member(second, "spouse", "1962-01-01")];
        match i % 5 {
            0..=2 => {
                for (n, person) in [head, second].into_iter().enumerate() {
                    receiving.push(Receiving {
                        programme: "dibao".to_owned(),
                        household: HouseholdId(h),
                        person: PersonId(person),
                        from: Month::of(2023, 1 + (i % 12) as i8),
                        to: None,
                        amount: if n == 0 { Fen(60_000 + (i as i64 * 370) % 60_000) } else { Fen(0) },
                        next_review: Some(day("2024-12-01")),
                        account_tail: "6103".to_owned(),
                    });
                }
                if i % 15 == 0 {
                    leads.push(lead(h, &division, LeadKind::Wrong, Urgency::Blue, "dibao", &sheet));
                }
            }
            3 => {
                let urgency = [Urgency::Red, Urgency::Orange, Urgency::Yellow, Urgency::Blue][i / 5 % 4];
                leads.push(lead(h, &division, LeadKind::Missed, urgency, "dibao", &sheet));
            }
            _ => leads.push(lead(h, &division, LeadKind::Risk, Urgency::Yellow, "ta_expense", &sheet)),
        }
    }
    store.import_people(&register.households, &register.persons, &register.memberships).await.unwrap();
    store.import_receiving(&receiving).await.unwrap();
    let plan = law.plan(Month::of(2024, 6), day(TODAY)).unwrap();
    let group = exclusive_group(&plan, "dibao");
    store
        .adopt_awards("dibao", &group, false, Text::new("启用时在享", "received when the county started"))
        .await
        .unwrap();
    store.seed_demo_accounts().await.unwrap();
    let first = store.insert_leads(&leads).await.unwrap();
    County { store, law, lead: first }
}

/// A change of an administrator's account that waits: the system administrator of the county is to be given an account
/// and has been proposed by the security administrator.
#[allow(dead_code, reason = "not every test file has administrators")]
pub async fn propose_change(store: &Store) {
    let all = store.all_staff().await.unwrap();
    let of = |post: Post| all.iter().find(|s| s.post == post).unwrap().clone();
    let new = NewChange { kind: ChangeKind::Add, whose: of(Post::AuditAdmin), login: "shenji".to_owned() };
    store.propose_account_change(&new, of(Post::SecurityAdmin).id, 1_718_600_000).await.unwrap();
}
