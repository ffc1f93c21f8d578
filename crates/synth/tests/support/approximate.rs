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

impl Entitlement for Approximate {
    fn assess(&self, sheet: &FactSheet) -> Vec<Entitled> {
        let home = |id: &str| number(sheet.household.get(id).map(|v| &v.value));
        let urban = sheet.household.get("registered_class").is_some_and(|v| v.value == "urban");
        let standard = if urban { 756 } else { 567 };
        let unit: Vec<(usize, &SheetSubject)> = sheet
            .members
            .iter()
            .enumerate()
            .filter(|(_, m)| {
                let gone =
                    flag(m, "independent") && !flag(m, "co_resident") && word(m, "relation") == "child";
                !flag(m, "deceased")
                    && !flag(m, "moved_out")
                    && !flag(m, "in_prison")
                    && !flag(m, "is_orphan")
                    && !gone
                    && word(m, "studying") != "postgraduate"
            })
            .collect();
        let n = unit.len() as i64;
        if n == 0 {
            return Vec::new();
        }
        let income: i64 = unit
            .iter()
            .map(|(_, m)| {
                get(m, "wage")
                    + get(m, "casual_income")
                    + get(m, "business_income")
                    + get(m, "employee_pension")
                    + (get(m, "resident_pension") - 123).max(0)
                    + get(m, "support_received")
                    + get(m, "unemployment_benefit")
                    - get(m, "work_cost")
            })
            .sum::<i64>()
            + home("farm_income") / 12
            + home("land_and_rent_income");
        let sum = |id: &str| unit.iter().map(|(_, m)| get(m, id)).sum::<i64>();
        let property = home("financial_assets") <= 24 * standard * n
            && sum("vehicle_count") == 0
            && sum("shop_count") == 0
            && sum("dwelling_count") <= 1
            && sum("registered_capital") <= 100_000;
        let head = income / n;
        let mut due = Vec::new();
        let mut add = |outcome: &str, member: Option<usize>, yuan: i64| {
            due.push(Entitled { outcome: outcome.into(), member, amount_fen: yuan * 100 });
        };
        let dibao = property && head < standard;
        let edge = property && !dibao && 2 * head < 3 * standard;
        let tekun = dibao
            && sheet.obligors.is_empty()
            && unit.iter().all(|(_, m)| {
                word(m, "birth") < "1964-06-01" || matches!(word(m, "disability_grade"), "g1" | "g2")
            });
        if tekun {
            for (i, _) in &unit {
                add("tekun", Some(*i), 737);
            }
        } else if dibao {
            add("dibao", None, (standard - head) * n);
        } else if edge {
            add("edge", None, 0);
        }
        for (i, m) in &unit {
            let severe = matches!(word(m, "disability_grade"), "g1" | "g2");
            let mind = matches!(word(m, "disability_class"), "intellectual" | "mental")
                && word(m, "disability_grade") == "g3";
            if edge && (severe || mind || flag(m, "serious_illness")) {
                add("dibao_single", Some(*i), standard * 6 / 10);
            }
            if flag(m, "in_tekun") || flag(m, "work_injury_care") {
                continue;
            }
            if severe && flag(m, "long_term_care") {
                add("ds_nursing", Some(*i), 60);
            }
            if flag(m, "in_dibao") && word(m, "disability_grade") != "none" {
                add("ds_living", Some(*i), 80);
            }
        }
        due
    }
}
