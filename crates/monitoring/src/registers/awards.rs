//! 在享名册 and 核对授权书: what is received on the day the county starts, and who has agreed to be checked.

use std::collections::{HashMap, HashSet};

use doudi_policy::value::BadValue;
use doudi_policy::{Date, Fen, Month};
use doudi_registry::{AuthorisationId, HouseholdId, IdentityNumber, Receiving};
use doudi_store::authorisations::Authorisation;

use super::{Rows, Taken, date, filled};
use crate::problem::{Both, FileProblem, Reason};
use crate::register::Register;

/// Columns of the award register.
pub const AWARDS: &[&str] =
    &["待遇", "户号", "证件号码", "姓名", "起始月份", "月金额", "账户尾号", "下次复核"];

/// Columns of the register of authorisations.
pub const AUTHORISATIONS: &[&str] = &["授权书编号", "户号", "起始日期", "截止日期"];

/// 每月 more than this is a slip of the pen (a date, an account, fen for yuan) and no help of any programme.
const MOST_A_MONTH: Fen = Fen(20_000_000);

/// Reads the award register; no award begins after `today`. `programmes` are the words that the register may hold (see
/// [`Vocabulary::programmes`](crate::contract::Vocabulary::programmes)); `household` gives the id of a household code.
///
/// # Errors
/// A file that cannot be read or has another header.
pub fn awards(
    file: &str,
    bytes: &[u8],
    programmes: &[&str],
    register: &Register,
    today: Date,
    household: &dyn Fn(&str) -> Option<i64>,
) -> Result<Taken<Vec<Receiving>>, FileProblem> {
    let rows = Rows::read(file, bytes, AWARDS)?;
    let mut seen: HashSet<(String, i64, Month)> = HashSet::new();
    Ok(rows.take(Vec::new(), |all: &mut Vec<Receiving>, _, cells| {
        let [programme, code, number, name, from, amount, account, review] = cells else {
            return Err(Reason::Cells { expected: AWARDS.len(), found: cells.len() });
        };
        if !programmes.contains(programme) {
            return Err(Reason::NotListed {
                column: "待遇".to_owned(),
                value: programme.chars().take(12).collect(),
                allowed: programmes.join("、"),
            });
        }
        let number = IdentityNumber::parse(number).map_err(Reason::Identity)?;
        let known = register.find(&number).ok_or(Reason::NotOnRegister)?;
        if !known.is_named(name) {
            return Err(Reason::NameMismatch(known.person));
        }
        let code = filled("户号", code)?;
        let home = household(code).ok_or_else(|| no_household(code))?;
        if known.household != Some(home) {
            return Err(Reason::Register(Both::new(
                format!("此人不在户号 {code} 的户籍中"),
                format!("this person is not registered in household {code}"),
            )));
        }
        let value = |column: &str, bad: BadValue| Reason::Value { column: column.to_owned(), bad };
        let first: Month = from.parse().map_err(|bad| value("起始月份", bad))?;
        if first.first_day() > today {
            let value = (*from).to_owned();
            return Err(Reason::TooLate { column: "起始月份".to_owned(), value, as_of: today });
        }
        let amount = Fen::parse_yuan(amount).map_err(|bad| value("月金额", bad))?;
        if amount < Fen::ZERO || amount > MOST_A_MONTH {
            return Err(Reason::Range {
                column: "月金额".to_owned(),
                value: amount.to_string(),
                range: format!("0…{MOST_A_MONTH}"),
            });
        }
        let review = match *review {
            "" => None,
            text => Some(date("下次复核", text)?),
        };
        if !seen.insert(((*programme).to_owned(), known.person.0, first)) {
            return Err(Reason::Register(Both::new(
                "同一人同一待遇同一起始月份出现两次",
                "the same person, programme and first month stand twice",
            )));
        }
        all.push(Receiving {
            programme: (*programme).to_owned(),
            household: HouseholdId(home),
            person: known.person,
            from: first,
            to: None,
            amount,
            next_review: review,
            account_tail: (*account).to_owned(),
        });
        Ok(())
    }))
}

/// Reads the register of authorisations.
///
/// # Errors
/// A file that cannot be read or has another header.
pub fn authorisations(
    file: &str,
    bytes: &[u8],
    household: &dyn Fn(&str) -> Option<i64>,
) -> Result<Taken<Vec<Authorisation>>, FileProblem> {
    let rows = Rows::read(file, bytes, AUTHORISATIONS)?;
    let mut seen: HashMap<String, u32> = HashMap::new();
    Ok(rows.take(Vec::new(), |all: &mut Vec<Authorisation>, line, cells| {
        let [number, code, from, to] = cells else {
            return Err(Reason::Cells { expected: AUTHORISATIONS.len(), found: cells.len() });
        };
        let number = filled("授权书编号", number)?;
        let home = household(code).ok_or_else(|| no_household(code))?;
        let (from, to) = (date("起始日期", from)?, date("截止日期", to)?);
        if to < from {
            return Err(Reason::Register(Both::new("截止日期早于起始日期", "it ends before it begins")));
        }
        if let Some(first) = seen.insert(number.to_owned(), line) {
            return Err(Reason::Register(Both::new(
                format!("授权书编号与第 {first} 行相同"),
                format!("the number stands on line {first} already"),
            )));
        }
        all.push(Authorisation {
            id: AuthorisationId(0),
            code: number.to_owned(),
            household: HouseholdId(home),
            from,
            to,
            revoked_on: None,
        });
        Ok(())
    }))
}

fn no_household(code: &str) -> Reason {
    Reason::Register(Both::new(format!("没有户号 {code}"), format!("there is no household {code}")))
}
