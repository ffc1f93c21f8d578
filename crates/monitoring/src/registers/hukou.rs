//! 户籍: households and their people.

use std::collections::HashMap;

use doudi_policy::{Date, DivisionCode};
use doudi_registry::{
    Household, HouseholdId, HukouState, IdentityNumber, Membership, MembershipKind, Person, PersonId,
    Relation, Sex, UrbanRural,
};

use super::{Rows, Taken, date, filled};
use crate::problem::{Both, FileProblem, Reason};

/// Columns of the file.
pub const HUKOU: &[&str] =
    &["户号", "证件号码", "姓名", "性别", "出生日期", "与户主关系", "区划代码", "户口状态", "民族"];

/// Households, people and memberships with ids of their own, from 1.
#[derive(Clone, Debug, Default)]
pub struct Hukou {
    /// Households.
    pub households: Vec<Household>,
    /// People.
    pub persons: Vec<Person>,
    /// Memberships.
    pub memberships: Vec<Membership>,
    codes: HashMap<String, (usize, bool)>,
    numbers: HashMap<String, u32>,
}

/// Reads the register of hukou as it stands on a day. `class` gives the urban or rural class of a division
/// and `None` where the division does not exist.
///
/// # Errors
/// A file that cannot be read or has another header.
pub fn hukou(
    file: &str,
    bytes: &[u8],
    day: Date,
    class: &dyn Fn(&DivisionCode) -> Option<Option<UrbanRural>>,
) -> Result<Taken<Hukou>, FileProblem> {
    let rows = Rows::read(file, bytes, HUKOU)?;
    Ok(rows.take(Hukou::default(), |all, line, cells| {
        let [code, number, name, sex, birth, relation, division, state, ethnic] = cells else {
            return Err(Reason::Cells { expected: HUKOU.len(), found: cells.len() });
        };
        let number = IdentityNumber::parse(number).map_err(Reason::Identity)?;
        let code = filled("户号", code)?;
        let name = filled("姓名", name)?;
        let sex = listed("性别", sex, Sex::from_id, "男、女、未说明")?;
        let born = date("出生日期", birth)?;
        let relation = listed("与户主关系", relation, Relation::from_id, "户主、配偶、子女、父母…")?;
        let state = listed("户口状态", state, HukouState::from_id, "正常、迁出、注销")?;
        if born != number.birth() {
            return Err(Reason::Register(Both::new(
                "出生日期与证件号码中的不一致",
                "the date of birth is not the one in the identity number",
            )));
        }
        if matches!(sex, Sex::Male | Sex::Female) && sex != number.sex() {
            return Err(Reason::Register(Both::new(
                "性别与证件号码中的不一致",
                "the sex is not the one in the identity number",
            )));
        }
        let unknown = || Reason::NoDivision {
            column: "区划代码".to_owned(),
            value: division.chars().take(12).collect(),
        };
        let place: DivisionCode = division.parse().map_err(|_| unknown())?;
        let class = class(&place).ok_or_else(unknown)?;
        if let Some(first) = all.numbers.get(number.as_str()) {
            return Err(Reason::Register(Both::new(
                format!("证件号码与第 {first} 行相同：一人只能在一户"),
                format!("the number stands on line {first} already: a person is in one household only"),
            )));
        }
        let (at, has_head) = match all.codes.get(code) {
            Some((at, has_head)) => (*at, *has_head),
            None => {
                all.households.push(Household {
                    id: HouseholdId(id(all.households.len())),
                    code: code.to_owned(),
                    division: place.clone(),
                    class,
                    address: String::new(),
                });
                (all.households.len() - 1, false)
            }
        };
        let here = all.households.get(at);
        if here.is_some_and(|h| h.division != place) {
            return Err(Reason::Register(Both::new(
                format!("户号 {code} 的各行区划代码不一致"),
                format!("household {code} stands in two divisions"),
            )));
        }
        if has_head && relation == Relation::Head {
            return Err(Reason::Register(Both::new(
                format!("户号 {code} 有两个户主"),
                format!("household {code} has two heads"),
            )));
        }
        all.codes.insert(code.to_owned(), (at, has_head || relation == Relation::Head));
        all.numbers.insert(number.as_str().to_owned(), line);
        let person = PersonId(id(all.persons.len()));
        all.persons.push(Person {
            id: person,
            number: Some(number),
            name: name.to_owned(),
            sex,
            birth: Some(born),
            died: None,
            hukou: state,
            ethnic: (*ethnic).to_owned(),
        });
        all.memberships.push(Membership {
            household: HouseholdId(id(at)),
            person,
            kind: MembershipKind::Hukou,
            relation,
            from: day,
            to: None,
        });
        Ok(())
    }))
}

fn id(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX - 1) + 1
}

fn listed<T>(column: &str, text: &str, read: impl Fn(&str) -> Option<T>, allowed: &str) -> Result<T, Reason> {
    read(filled(column, text)?).ok_or_else(|| Reason::NotListed {
        column: column.to_owned(),
        value: text.chars().take(12).collect(),
        allowed: allowed.to_owned(),
    })
}
