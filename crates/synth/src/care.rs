//! Visits to doctors in the 12 months before the last day, with who paid what.

use doudi_policy::{Date, Fen};

use crate::calibration as c;
use crate::dice::{Dice, Purpose};
use crate::world::{Bill, END, Household, Person, START, day};

/// Writes the bills of everybody in the household.
pub(crate) fn bills(seed: u64, index: u64, home: &mut Household) {
    if home.guided {
        return;
    }
    let mut dice = Dice::new(seed, Purpose::Care, index);
    for p in &mut home.members {
        of_person(&mut dice, p);
    }
}

fn of_person(dice: &mut Dice, p: &mut Person) {
    let from = day(END).plus_months(-12).plus_days(1).max(p.birth);
    let to = p.died.or(p.moved_out).unwrap_or(day(END));
    if to <= from {
        return;
    }
    let some_day =
        |dice: &mut Dice, from: Date| from.plus_days(dice.between(0, i64::from(to.0 - from.0).max(0)) as i32);
    let age = p.age();
    let mut bills = Vec::new();
    if let Some(ill) = p.illness.as_ref().filter(|ill| ill.since <= to) {
        let disease = c::ILLNESSES.kinds.get(ill.kind).copied().unwrap_or("");
        let mut cost = dice.draw(&c::SERIOUS_COST);
        if ill.since < day(START) {
            cost = cost * 40 / 100;
        } else if ill.since < from {
            cost = cost * 60 / 100;
        }
        let since = ill.since.max(from);
        let stays = dice.between(1, 3);
        let months = if disease.is_empty() { 0 } else { (i64::from(to.0 - since.0) / 31).min(11) };
        let in_hospital = if months == 0 { cost } else { cost * 65 / 100 };
        for n in 0..stays {
            let on = if n == 0 && ill.since >= from { since } else { some_day(dice, since) };
            bills.push(bill(dice, p.insured, on, "住院", "", in_hospital / stays, 62));
        }
        for n in 0..months {
            let on = since.plus_months(n as i32).plus_days(dice.between(1, 20) as i32).min(to);
            bills.push(bill(dice, p.insured, on, "门诊慢特病", disease, (cost - in_hospital) / months, 68));
        }
    }
    if dice.happens_at(&c::HOSPITAL, age) {
        let (on, cost) = (some_day(dice, from), dice.draw(&c::STAY_COST));
        bills.push(bill(dice, p.insured, on, "住院", "", cost, 66));
    }
    if dice.happens_at(&c::CHRONIC, age) {
        let disease = if dice.percent(65) { "高血压" } else { "糖尿病" };
        for quarter in 0..4 {
            let on = from.plus_months(quarter * 3).plus_days(dice.between(0, 80) as i32);
            let cost = dice.draw(&c::CHRONIC_COST);
            if on <= to {
                bills.push(bill(dice, p.insured, on, "门诊慢特病", disease, cost, 60));
            }
        }
    }
    if dice.happens_at(&c::OUTPATIENT, age) {
        let (on, cost) = (some_day(dice, from), dice.draw(&c::OUTPATIENT_COST));
        bills.push(bill(dice, p.insured, on, "门诊", "", cost, 50));
    }
    p.bills = bills;
}

/// One settlement; `covered` is the mean share of the basic fund in percent.
pub(crate) fn bill(
    dice: &mut Dice,
    insured: bool,
    on: Date,
    kind: &'static str,
    disease: &'static str,
    cost: i64,
    covered: i64,
) -> Bill {
    let total = Fen(cost * 100 + dice.between(0, 99));
    if !insured {
        return Bill {
            on,
            kind,
            disease,
            total,
            pooled: Fen::ZERO,
            major: Fen::ZERO,
            aid: Fen::ZERO,
            own: total,
            elsewhere: true,
        };
    }
    let pooled = Fen(total.0 * dice.between(covered - 9, covered + 9) / 100);
    let rest = total.0 - pooled.0;
    let major = Fen(if rest > 1_400_000 { (rest - 1_400_000) * 60 / 100 } else { 0 });
    let aid = Fen(if dice.percent(6) { (rest - major.0) * 30 / 100 } else { 0 });
    let own = Fen(rest - major.0 - aid.0);
    let elsewhere = dice.happens(&c::MEDICAL_ELSEWHERE);
    Bill { on, kind, disease, total, pooled, major, aid, own, elsewhere }
}
