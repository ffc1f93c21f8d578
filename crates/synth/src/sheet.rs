//! The latent facts of a household in the words of the vocabulary: nothing is unknown here.

use doudi_policy::Fen;
use doudi_policy::sheet::{FactSheet, SheetSubject, SheetValue};
use serde_json::Value;

use crate::calibration as c;
use crate::places::Village;
use crate::world::{
    DAMAGE_IDS, DISABILITY_IDS, END, Holding, Household, Obligor, Person, Relation, Work, day,
};

/// What the register of awards says about a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Receives {
    pub(crate) dibao: bool,
    pub(crate) edge: bool,
    pub(crate) tekun: bool,
    pub(crate) temporary: bool,
}

/// The full sheet of a household; `receives` has one entry a member, or is empty for nothing.
pub(crate) fn of(home: &Household, village: &Village, receives: &[Receives]) -> FactSheet {
    let mut sheet = FactSheet {
        division: village.code.parse().ok(),
        members_complete: true,
        obligors_complete: true,
        ..FactSheet::default()
    };
    let watch = match home.watch.as_ref().filter(|w| !w.resolved).map(|w| w.class) {
        Some("脱贫不稳定户") => "unstable",
        Some("边缘易致贫户") => "marginal",
        Some(_) => "sudden",
        None => "none",
    };
    let recent = day(END).plus_months(-12);
    let damage = home.damage.as_ref().filter(|d| d.on > recent);
    let mut put = |id: &str, value: Value| {
        sheet.household.insert(id.to_owned(), SheetValue::of(value));
    };
    put("registered_class", text(if home.urban { "urban" } else { "rural" }));
    put("farm_income", money(home.farm_income));
    put("land_and_rent_income", money(home.rent_income));
    put("financial_assets", money(home.assets));
    put("rural_watch", text(watch));
    put("house_damage", text(DAMAGE_IDS.get(damage.map_or(0, |d| d.degree)).unwrap_or(&"none")));
    put("emergency", text(home.emergency));
    put("other_rigid_expense_12m", money(home.other_expense));
    sheet.members = home
        .members
        .iter()
        .enumerate()
        .map(|(i, p)| member(home, i, p, receives.get(i).copied().unwrap_or_default()))
        .collect();
    sheet.obligors = home.obligors.iter().map(obligor).collect();
    sheet
}

fn text(value: &str) -> Value {
    Value::from(value)
}

fn money(fen: Fen) -> Value {
    if fen.0 % 100 == 0 { Value::from(fen.0 / 100) } else { Value::from(fen.to_string()) }
}

/// Vehicles that count: neither motorcycles nor vehicles for disabled people.
pub(crate) fn counts_as_vehicle(v: &Holding) -> bool {
    v.live && !matches!(v.kind, "普通摩托车" | "残疾人专用车")
}

fn newest<'a>(holdings: impl Iterator<Item = &'a Holding>) -> Value {
    holdings.filter(|h| h.live).map(|h| h.on).max().map_or(Value::Null, |on| Value::from(on.to_string()))
}

fn member(home: &Household, index: usize, p: &Person, receives: Receives) -> SheetSubject {
    let mut subject = SheetSubject::default();
    let mut put = |id: &str, value: Value| {
        subject.facts.insert(id.to_owned(), SheetValue::of(value));
    };
    let date = |d: Option<doudi_policy::Date>| d.map_or(Value::Null, |d| Value::from(d.to_string()));
    let flag = Value::from;
    let zero = Fen::ZERO;
    put("relation", text(p.relation.id()));
    put("sex", text(p.sex.id()));
    put("birth", text(&p.birth.to_string()));
    put("deceased", flag(p.died.is_some()));
    put("death_date", date(p.died));
    put("moved_out", flag(p.moved_out.is_some()));
    put("co_resident", flag(!p.away));
    put("independent", flag(p.independent));
    put("studying", text(p.study.id()));
    put("poor_student", flag(p.poor_student));
    put("tuition_12m", money(p.tuition));
    put("in_prison", flag(p.in_prison));
    put("in_drug_isolation", flag(false));
    put("declared_missing", flag(false));
    put("religious_away_years", Value::from(0));

    let insured_work = matches!(p.work, Work::Formal | Work::Migrant(true));
    let own_business = p.work == Work::Business;
    let odd_jobs = matches!(p.work, Work::Casual | Work::Migrant(false));
    put("wage", money(if insured_work { p.income } else { zero }));
    put("casual_income", money(if odd_jobs { p.income } else { zero }));
    put("business_income", money(if own_business { p.income } else { zero }));
    put("employee_pension", money(p.employee_pension));
    put("resident_pension", money(p.resident_pension));
    put("support_received", money(p.support));
    let old = |o: &Obligor| o.birth.plus_months(60 * 12) <= day(END);
    let by_old = !home.obligors.is_empty() && home.obligors.iter().all(old);
    put("support_from_siblings", money(if by_old { p.support } else { zero }));
    put("work_cost", money(p.work_cost));
    let jobless = p.unemployment.as_ref().filter(|_| p.work == Work::None);
    let drawing = jobless.filter(|u| u.benefit_to >= day(END));
    put("unemployment_benefit", money(drawing.map_or(zero, |u| u.benefit)));
    put("unemployed_registered", flag(jobless.is_some_and(|u| u.registered)));
    let ended = jobless.filter(|u| u.benefit > zero && u.benefit_to < day(END));
    put("benefit_ended_on", date(ended.map(|u| u.benefit_to)));
    let paying = (p.work == Work::Formal).then_some(day(END));
    put("last_contribution_on", date(paying.or(jobless.map(|u| u.lost_on))));

    put("insured", flag(p.insured));
    put("medical_self_paid_12m", money(Fen(p.bills.iter().map(|b| b.own.0).sum())));
    let stays = p.bills.iter().filter(|b| b.kind == "住院").map(|b| b.own.0);
    put("largest_stay_self_paid_12m", money(Fen(stays.max().unwrap_or(0))));
    put("serious_illness", flag(listed_illness(p)));
    put("rehab_self_paid_12m", money(p.rehab));
    let valid = p.disability.as_ref().filter(|d| d.certified.is_some() && d.status == "有效");
    let class = valid.map_or(0, |d| d.class);
    put("disability_class", text(DISABILITY_IDS.get(usize::from(class)).unwrap_or(&"none")));
    let worst = valid.filter(|d| d.class == 7).and_then(|d| DISABILITY_IDS.get(usize::from(d.worst)));
    put("worst_disability_class", worst.map_or(Value::Null, |id| text(id)));
    put("disability_grade", text(grade_id(valid.map_or(0, |d| d.grade))));
    put("disability_certified_on", date(valid.and_then(|d| d.certified)));
    put("self_care_failed", Value::from(p.self_care_failed));
    put("long_term_care", flag(p.self_care_failed > 0));
    put("work_injury_care", flag(p.work_injury_care));

    put("vehicle_count", Value::from(p.vehicles.iter().filter(|v| counts_as_vehicle(v)).count()));
    put("newest_vehicle_on", newest(p.vehicles.iter().filter(|v| counts_as_vehicle(v))));
    let dwellings = p.buildings.iter().filter(|b| b.kind == "住宅").count();
    // A rural family lives in its own house, registered or not; it stands on the head's name here.
    let unregistered = usize::from(!home.urban && index == 0 && dwellings == 0);
    put("dwelling_count", Value::from(dwellings + unregistered));
    put("shop_count", Value::from(p.buildings.iter().filter(|b| b.kind == "商铺").count()));
    put("newest_property_on", newest(p.buildings.iter()));
    let firms = || p.firms.iter().filter(|f| f.live);
    put("business_count", Value::from(firms().count()));
    put("registered_capital", money(Fen(firms().map(|f| f.size).sum())));
    put("newest_business_on", newest(firms()));

    put("in_dibao", flag(receives.dibao));
    put("in_edge", flag(receives.edge));
    put("in_tekun", flag(receives.tekun));
    put("is_orphan", flag(p.orphan));
    put("gets_ds_living", flag(false));
    put("gets_ds_nursing", flag(false));
    put("helped_ta_12m", flag(receives.temporary));
    put("review_due_on", Value::Null);
    subject
}

/// Whether a serious illness on the local list was treated in the last 12 months.
fn listed_illness(p: &Person) -> bool {
    p.illness.is_some()
        && p.bills.iter().any(|b| c::ILLNESSES.kinds.contains(&b.disease) && !b.disease.is_empty())
}

fn grade_id(grade: u8) -> &'static str {
    match grade {
        1 => "g1",
        2 => "g2",
        3 => "g3",
        4 => "g4",
        _ => "none",
    }
}

fn obligor(o: &Obligor) -> SheetSubject {
    let mut subject = SheetSubject::default();
    let mut put = |id: &str, value: Value| {
        subject.facts.insert(id.to_owned(), SheetValue::of(value));
    };
    put("obligor_birth", text(&o.birth.to_string()));
    put("obligor_status", text(o.status));
    put("obligor_income", money(o.income));
    put("obligor_property_ok", Value::from(o.property_ok));
    let class = DISABILITY_IDS.get(usize::from(o.disability_class)).unwrap_or(&"none");
    put("obligor_disability_class", text(class));
    put("obligor_disability_grade", text(grade_id(o.disability_grade)));
    subject
}

/// Whether a member belongs to the unit that an award covers.
pub(crate) fn in_unit(p: &Person) -> bool {
    let close = matches!(p.relation, Relation::Head | Relation::Spouse);
    let lives_apart = p.away && p.independent && !close;
    p.present() && !(p.in_prison || p.orphan || lives_apart)
}
