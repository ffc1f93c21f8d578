//! 石望山户, the family whose way through the system the demonstration shows.

use doudi_policy::{Date, Fen};

use crate::ident::{Numbers, Sex};
use crate::places::{GUIDED_VILLAGE, Village};
use crate::population::{new_person, yuan};
use crate::world::{
    Bill, Cause, CauseKind, Disability, Household, Illness, Obligor, Person, Relation, Study, Work, day,
};

/// The last part of its 户号.
pub(crate) const SERIAL: u32 = 482;

/// The family as it is on the last day; nothing else happens to it.
pub(crate) fn family(villages: &[Village], numbers: &mut Numbers) -> Household {
    let mut person = |name: (&str, &str), sex, birth, relation| {
        let birth = day(birth);
        let number = numbers.issue("990121", birth, sex);
        new_person(number, name.0.into(), name.1.into(), sex, birth, relation, "汉族")
    };
    let mut father = person(("石", "望山"), Sex::Male, (1972, 3, 17), Relation::Head);
    father.work = Work::Casual;
    father.income = yuan(1_200);
    father.independent = true;
    let mut mother = person(("柳", "月梅"), Sex::Female, (1975, 8, 9), Relation::Spouse);
    ill(&mut mother);
    let mut son = person(("石", "小满"), Sex::Male, (2005, 5, 21), Relation::Child);
    (son.study, son.tuition, son.away) = (Study::Bachelor, yuan(5_400), true);
    son.poor_student = true;
    let mut grandmother = person(("云", "秀英"), Sex::Female, (1946, 11, 2), Relation::Parent);
    grandmother.resident_pension = yuan(185);
    let mut daughter = person(("石", "立夏"), Sex::Female, (2000, 5, 5), Relation::Child);
    (daughter.study, daughter.tuition, daughter.away) = (Study::Postgraduate, yuan(8_000), true);
    daughter.independent = true;
    let cause = |kind, on, person| Cause { kind, on: day(on), person: Some(person), seen_by: Vec::new() };
    Household {
        code: format!("{GUIDED_VILLAGE}-{SERIAL:04}"),
        village: villages.iter().position(|v| v.code == GUIDED_VILLAGE).unwrap_or(0),
        urban: false,
        members: vec![father, mother, son, grandmother, daughter],
        obligors: Vec::<Obligor>::new(),
        farm_income: yuan(3_600),
        rent_income: Fen::ZERO,
        assets: yuan(2_600),
        watch: None,
        damage: None,
        emergency: "none",
        other_expense: Fen::ZERO,
        causes: vec![
            cause(CauseKind::Illness, (2023, 5, 15), 1),
            cause(CauseKind::Disability, (2023, 9, 20), 1),
        ],
        before: None,
        guided: true,
    }
}

/// 尿毒症透析 since May 2023; physical disability grade 2, certified in April 2024; 31,480 yuan self-paid.
fn ill(p: &mut Person) {
    p.illness = Some(Illness { kind: 0, since: day((2023, 5, 15)) });
    p.self_care_failed = 1;
    p.disability = Some(Disability {
        class: 4,
        worst: 4,
        grade: 2,
        since: day((2023, 9, 20)),
        certified: Some(day((2024, 4, 18))),
        status: "有效",
    });
    let mut own = |on: Date, kind, disease, own: i64| {
        let own = yuan(own);
        let total = Fen(own.0 * 10 / 4);
        p.bills.push(Bill {
            on,
            kind,
            disease,
            total,
            pooled: Fen(total.0 - own.0),
            major: Fen::ZERO,
            aid: Fen::ZERO,
            own,
            elsewhere: false,
        });
    };
    let first = day((2023, 6, 20));
    for month in 0..12 {
        own(first.plus_months(month), "门诊慢特病", "尿毒症透析", 2_080);
    }
    own(day((2023, 9, 12)), "住院", "", 6_520);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mother_paid_31480_yuan_herself() {
        let mut p = new_person(
            String::new(),
            String::new(),
            String::new(),
            Sex::Female,
            Date(0),
            Relation::Spouse,
            "汉族",
        );
        ill(&mut p);
        assert_eq!(p.bills.iter().map(|b| b.own.0).sum::<i64>(), 3_148_000);
        assert_eq!(p.bills.len(), 13);
    }
}
