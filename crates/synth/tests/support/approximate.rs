//! A rough reading of the law for calibration, until the interpreter judges: never used for the truth file.

use doudi_policy::sheet::{FactSheet, SheetSubject};
use doudi_synth::{Entitled, Entitlement};
use serde_json::Value;

/// The rough reading.
pub(crate) struct Approximate;

fn number(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Number(n)) => n.as_i64().unwrap_or(0),
        Some(Value::String(s)) => s.split('.').next().and_then(|s| s.parse().ok()).unwrap_or(0),
        _ => 0,
    }
}

fn get(m: &SheetSubject, id: &str) -> i64 {
    number(m.facts.get(id).map(|v| &v.value))
}

fn flag(m: &SheetSubject, id: &str) -> bool {
    m.facts.get(id).is_some_and(|v| v.value == Value::Bool(true))
}

fn word<'a>(m: &'a SheetSubject, id: &str) -> &'a str {
    m.facts.get(id).and_then(|v| v.value.as_str()).unwrap_or("")
}

struct Unit<'a> {
    sheet: &'a FactSheet,
    members: Vec<(usize, &'a SheetSubject)>,
    standard: i64,
}

fn age(m: &SheetSubject, id: &str) -> i64 {
    let year = word(m, id).get(..4).and_then(|y| y.parse().ok()).unwrap_or(2024);
    let later = word(m, id).get(5..).unwrap_or("") > "06-30";
    2024 - year - i64::from(later)
}

fn severe(m: &SheetSubject) -> bool {
    matches!(word(m, "disability_grade"), "g1" | "g2")
}

fn severe_or_mind(m: &SheetSubject) -> bool {
    severe(m)
        || word(m, "disability_grade") == "g3"
            && matches!(word(m, "disability_class"), "intellectual" | "mental")
}

fn counted(m: &SheetSubject) -> bool {
    let gone = ["deceased", "moved_out", "in_prison", "in_tekun", "is_orphan"].iter().any(|f| flag(m, f));
    let relation = word(m, "relation");
    let student = !matches!(word(m, "studying"), "none" | "postgraduate");
    let child = relation == "child" && (age(m, "birth") < 18 || !flag(m, "independent") || student);
    !gone && (matches!(relation, "head" | "spouse") || child || flag(m, "co_resident"))
}

fn income(m: &SheetSubject) -> i64 {
    let wage = get(m, "wage");
    let labour = if age(m, "birth") < 16 {
        0
    } else {
        wage - get(m, "work_cost").min(wage / 10) + get(m, "casual_income") + get(m, "business_income")
    };
    labour
        + get(m, "employee_pension")
        + (get(m, "resident_pension") - 103).max(0)
        + get(m, "unemployment_benefit")
        + get(m, "support_received")
}

impl Unit<'_> {
    fn home(&self, id: &str) -> i64 {
        number(self.sheet.household.get(id).map(|v| &v.value))
    }

    fn sum(&self, id: &str) -> i64 {
        self.members.iter().map(|(_, m)| get(m, id)).sum()
    }

    fn heads(&self) -> i64 {
        self.members.len().max(1) as i64
    }

    fn hard(&self) -> i64 {
        let ill = |m: &&(usize, &SheetSubject)| severe_or_mind(m.1) || flag(m.1, "serious_illness");
        let cost =
            |(_, m): &(usize, &SheetSubject)| get(m, "medical_self_paid_12m") + get(m, "rehab_self_paid_12m");
        self.members.iter().filter(ill).map(cost).sum::<i64>()
    }

    fn gross(&self) -> i64 {
        self.members.iter().map(|(_, m)| income(m)).sum::<i64>()
            + self.home("farm_income") / 12
            + self.home("land_and_rent_income")
    }

    fn per_head(&self) -> i64 {
        (self.gross() - self.hard() / 60).max(0) / self.heads()
    }

    fn property(&self, assets: i64) -> bool {
        self.home("financial_assets") <= assets * self.heads()
            && self.sum("vehicle_count") == 0
            && self.sum("dwelling_count") <= 1
            && self.sum("shop_count") == 0
            && self.sum("registered_capital") <= 100_000
    }

    fn unable(&self, m: &SheetSubject) -> bool {
        let a = age(m, "birth");
        !(16..60).contains(&a) || severe_or_mind(m) && word(m, "disability_class") != "hearing"
    }

    fn destitute(&self, m: &SheetSubject) -> bool {
        let land = (self.home("farm_income") / 12 + self.home("land_and_rent_income")) / self.heads();
        let firms: i64 =
            self.sheet.members.iter().map(|m| get(m, "business_count") + get(m, "vehicle_count")).sum();
        income(m) + land < self.standard && self.home("financial_assets") <= 20_412 && firms == 0
    }

    fn tekun(&self, m: &SheetSubject) -> bool {
        let old = |o: &SheetSubject| age(o, "obligor_birth");
        let poor = |o: &SheetSubject| get(o, "obligor_income") < 14_817 && flag(o, "obligor_property_ok");
        let powerless = |o: &SheetSubject| {
            word(o, "obligor_status") == "dibao" && old(o) >= 60
                || old(o) >= 70 && poor(o)
                || matches!(word(o, "obligor_disability_grade"), "g1" | "g2") && poor(o)
                || word(o, "obligor_status") == "prison" && flag(o, "obligor_property_ok")
        };
        let at_home = |k: &SheetSubject| {
            flag(k, "in_tekun") || flag(k, "in_prison") || self.unable(k) && self.destitute(k)
        };
        self.unable(m)
            && self.destitute(m)
            && !flag(m, "is_orphan")
            && !flag(m, "deceased")
            && self.sheet.members.iter().filter(|k| !flag(k, "deceased")).all(at_home)
            && self.sheet.obligors.iter().all(powerless)
    }
}

impl Entitlement for Approximate {
    fn assess(&self, sheet: &FactSheet) -> Vec<Entitled> {
        let urban = sheet.household.get("registered_class").is_some_and(|v| v.value == "urban");
        let members = sheet.members.iter().enumerate().filter(|(_, m)| counted(m)).collect();
        let unit = Unit { sheet, members, standard: if urban { 756 } else { 567 } };
        let standard = unit.standard;
        let any = !unit.members.is_empty();
        let below = any && unit.per_head() < standard && unit.property(18_144);
        let edge = any && !below && 2 * unit.per_head() < 3 * standard && unit.property(27_216);
        let mut due = Vec::new();
        let mut add = |outcome: &str, member: Option<usize>, yuan: i64| {
            due.push(Entitled { outcome: outcome.into(), member, amount_fen: yuan * 100 });
        };
        let tekun: Vec<usize> =
            sheet.members.iter().enumerate().filter(|(_, m)| unit.tekun(m)).map(|(i, _)| i).collect();
        for i in &tekun {
            add("tekun", Some(*i), standard * 13 / 10 + 50);
        }
        let others = unit.members.iter().any(|(i, _)| !tekun.contains(i));
        if below && others {
            add("dibao", None, (standard - unit.per_head()) * unit.heads());
        } else if edge && others {
            add("edge", None, 0);
        }
        let expense = unit.members.iter().map(|(_, m)| {
            get(m, "medical_self_paid_12m") + get(m, "tuition_12m") + get(m, "rehab_self_paid_12m")
        });
        let expense = expense.sum::<i64>() + unit.home("other_rigid_expense_12m");
        let aided = sheet.members.iter().any(|m| flag(m, "in_dibao") || flag(m, "in_tekun"));
        let year = unit.gross() * 12;
        let within = year / unit.heads() < 14_817 && unit.property(27_216);
        if expense >= 6_000 && expense * 10 > year * 6 && (aided || within) {
            add("ta_expense", None, (expense - year * 6 / 10) / 2);
        }
        if sheet.household.get("emergency").is_some_and(|v| v.value != "none") {
            add("ta_urgent", None, 1_512 * unit.heads());
        }
        for (i, m) in sheet.members.iter().enumerate().filter(|(_, m)| !flag(m, "deceased")) {
            if edge && !tekun.contains(&i) && counted(m) && (severe_or_mind(m) || flag(m, "serious_illness"))
            {
                add("dibao_single", Some(i), standard * 6 / 10);
            }
            if flag(m, "in_tekun") || flag(m, "work_injury_care") {
                continue;
            }
            if severe(m) && flag(m, "long_term_care") {
                add("ds_nursing", Some(i), 50);
            }
            if flag(m, "in_dibao") && !flag(m, "is_orphan") && word(m, "disability_grade") != "none" {
                add("ds_living", Some(i), 100);
            }
        }
        due
    }
}
