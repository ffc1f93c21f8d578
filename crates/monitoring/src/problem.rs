//! What can be wrong with a file or a row: always which file, which line, what it is and what cures it.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::Path;

use doudi_policy::value::BadValue;
use doudi_policy::{Date, Month};
use doudi_registry::{IdentityProblem, PersonId};
use serde::{Deserialize, Serialize};

pub use crate::source::{Stop, Trap};

use crate::shown::discreet;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl Both {
    /// Both texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    fn discreet(&self) -> Self {
        Self::new(discreet(&self.zh), discreet(&self.en))
    }
}

impl std::fmt::Display for Both {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {}", self.zh, self.en)
    }
}

/// Why the system does not give a file or folder, and what to do.
#[must_use]
pub fn unreadable(path: &Path, error: &std::io::Error) -> Both {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => Both::new(
            format!("没有 {path} 这个文件或文件夹；请核对路径和文件名"),
            format!("there is no file or folder {path}; check the path and the name"),
        ),
        ErrorKind::IsADirectory => Both::new(
            format!("{path} 是文件夹，这里要一个文件；请写出其中那个文件的路径"),
            format!("{path} is a folder, and a file is wanted; give the path of the file in it"),
        ),
        ErrorKind::NotADirectory => Both::new(
            format!("{path} 是文件，这里要一个文件夹；请写出文件所在的文件夹"),
            format!("{path} is a file, and a folder is wanted; give the folder that it is in"),
        ),
        ErrorKind::InvalidInput => Both::new(
            format!("{path} 不是普通文件（可能是管道或设备），没有读取；请给出普通文件"),
            format!(
                "{path} is no ordinary file (perhaps a pipe or a device) and was not read; give an ordinary file"
            ),
        ),
        ErrorKind::FileTooLarge => Both::new(
            format!("{path} 太大，没有读取；请来源部门核对，数据多时按乡镇或按月分成几个文件"),
            format!(
                "{path} is too large and was not read; have the source department check it, and split a long list by township or month"
            ),
        ),
        ErrorKind::PermissionDenied => Both::new(
            format!("没有权限读取 {path}；请让管理员给当前用户读的权限，或把文件复制到可读的位置"),
            format!(
                "{path} may not be read; have the administrator permit it, or copy the file to where you may read it"
            ),
        ),
        _ => Both::new(
            format!("读不了 {path}（系统说：{error}）；请检查磁盘，或换一个位置再试"),
            format!("{path} cannot be read (the system says: {error}); check the disk, or try another place"),
        ),
    }
}

/// Why a row is set aside. No text repeats an identity number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The identity number is no identity number.
    Identity(IdentityProblem),
    /// The disability card is not 20 digits or does not agree with the class and grade beside it.
    Card(Both),
    /// Nobody on the register has this number.
    NotOnRegister,
    /// A valid number of somebody on the register, under another name: a candidate for a person to confirm.
    NameMismatch(PersonId),
    /// The same number stands in this file under several names; this is not the register's name.
    CopiedNumber(PersonId),
    /// No live authorisation covers this person.
    NoAuthorisation,
    /// A cell that must be filled in is blank.
    Blank {
        /// Its column.
        column: String,
    },
    /// A cell cannot be read.
    Value {
        /// Its column.
        column: String,
        /// What is wrong and how to mend it.
        bad: BadValue,
    },
    /// A number outside the range that the contract allows.
    Range {
        /// Its column.
        column: String,
        /// What stands there.
        value: String,
        /// The range, as text.
        range: String,
    },
    /// A text that is not on the contract's list.
    NotListed {
        /// Its column.
        column: String,
        /// What stands there.
        value: String,
        /// The list.
        allowed: String,
    },
    /// A division that the register does not have.
    NoDivision {
        /// Its column.
        column: String,
        /// What stands there.
        value: String,
    },
    /// A date later than the day on which the file was cut.
    TooLate {
        /// Its column.
        column: String,
        /// What stands there.
        value: String,
        /// The day of the file.
        as_of: Date,
    },
    /// A date before one that it can only follow.
    TooEarly {
        /// Its column.
        column: String,
        /// What it cannot lie before.
        than: Both,
    },
    /// A row for a division that an earlier row holds already, under a code of its own.
    SamePlace {
        /// The code that stands already.
        code: String,
    },
    /// More or fewer cells than the header.
    Cells {
        /// How many the header has.
        expected: usize,
        /// How many the row has.
        found: usize,
    },
    /// A line break inside a cell: mostly a quote that was never closed.
    LineBreak,
    /// Every cell repeats an earlier row.
    Duplicate {
        /// Line of that row.
        first: u32,
    },
    /// A register row that contradicts another row or itself.
    Register(Both),
}

impl Reason {
    /// Code for counting.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Identity(problem) => problem.code(),
            Self::Card(_) => "card",
            Self::NotOnRegister => "not_on_register",
            Self::NameMismatch(_) => "name_mismatch",
            Self::CopiedNumber(_) => "copied_number",
            Self::NoAuthorisation => "no_authorisation",
            Self::Blank { .. } => "blank",
            Self::Value { .. } => "value",
            Self::Range { .. } => "range",
            Self::NotListed { .. } => "not_listed",
            Self::NoDivision { .. } => "no_division",
            Self::TooLate { .. } => "too_late",
            Self::TooEarly { .. } => "too_early",
            Self::SamePlace { .. } => "same_place",
            Self::Cells { .. } => "cells",
            Self::LineBreak => "line_break",
            Self::Duplicate { .. } => "duplicate",
            Self::Register(_) => "register",
        }
    }

    /// The column meant, where there is one.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Blank { column }
            | Self::Value { column, .. }
            | Self::Range { column, .. }
            | Self::NotListed { column, .. }
            | Self::NoDivision { column, .. }
            | Self::TooLate { column, .. }
            | Self::TooEarly { column, .. } => Some(column),
            _ => None,
        }
    }

    /// Whether the row says nothing but what another row has said: it counts once.
    #[must_use]
    pub fn is_repeat(&self) -> bool {
        matches!(self, Self::Duplicate { .. } | Self::SamePlace { .. })
    }

    /// The person whom somebody should compare with, where there is one.
    #[must_use]
    pub fn candidate(&self) -> Option<PersonId> {
        match self {
            Self::NameMismatch(person) | Self::CopiedNumber(person) => Some(*person),
            _ => None,
        }
    }

    /// What is wrong, with nothing whole about anybody and nothing that acts on a terminal.
    #[must_use]
    pub fn what(&self) -> Both {
        self.texts().discreet()
    }

    fn texts(&self) -> Both {
        match self {
            Self::Identity(problem) => Both::new(before(&problem.zh(), '；'), before(&problem.en(), ';')),
            Self::Card(both) | Self::Register(both) => both.clone(),
            Self::NotOnRegister => Both::new(
                "证件号码有效，但户籍登记中没有此人",
                "the number is valid, but nobody on the register has it",
            ),
            Self::NameMismatch(_) => Both::new(
                "证件号码在户籍登记中，但姓名不同",
                "the number is on the register under another name",
            ),
            Self::CopiedNumber(_) => Both::new(
                "同一证件号码在本文件中对应几个姓名，此行姓名与登记不符",
                "one number stands under several names in this file, and this is not the registered one",
            ),
            Self::NoAuthorisation => {
                Both::new("没有有效的核对授权书", "no live authorisation covers this row")
            }
            Self::Blank { column } => Both::new(format!("“{column}”为空"), format!("`{column}` is blank")),
            Self::Value { column, bad } => {
                Both::new(format!("“{column}”：{}", bad.zh), format!("`{column}`: {}", bad.en))
            }
            Self::Range { column, value, range } => Both::new(
                format!("“{column}”的值 {value} 超出约定范围 {range}"),
                format!("`{column}` is {value}, outside {range}"),
            ),
            Self::NotListed { column, value, allowed } => Both::new(
                format!("“{column}”的值“{value}”不在约定之列（{allowed}）"),
                format!("`{column}` is `{value}`, not one of {allowed}"),
            ),
            Self::NoDivision { column, value } => Both::new(
                format!("“{column}”：没有区划代码 {value}"),
                format!("`{column}`: there is no division {value}"),
            ),
            Self::TooLate { column, value, as_of } => Both::new(
                format!("“{column}”为 {value}，晚于文件截止日 {as_of}"),
                format!("`{column}` is {value}, later than the file's date {as_of}"),
            ),
            Self::TooEarly { column, than } => {
                Both::new(format!("“{column}”早于{}", than.zh), format!("`{column}` lies before {}", than.en))
            }
            Self::SamePlace { code } => {
                Both::new(format!("与区划 {code} 是同一个地方"), format!("the same place as division {code}"))
            }
            Self::Cells { expected, found } => Both::new(
                format!("这一行有 {found} 格，表头有 {expected} 格"),
                format!("the row has {found} cells, the header {expected}"),
            ),
            Self::Duplicate { first } => Both::new(
                format!("与第 {first} 行完全相同"),
                format!("the same as line {first} in every cell"),
            ),
            Self::LineBreak => Both::new(
                "单元格内有换行，多半是引号没有成对",
                "a line break inside a cell, mostly a quote that is not closed",
            ),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn cure(&self) -> Both {
        match self {
            Self::Identity(problem) => Both::new(after(&problem.zh(), '；'), after(&problem.en(), ';')),
            Self::Card(_) => Both::new(
                "请来源部门核对残疾证号、类别和等级",
                "ask the source department to compare card, class and grade",
            ),
            Self::NotOnRegister => Both::new(
                "核对是否外地户籍或新落户；先更新户籍登记再重新导入",
                "see whether the person is registered elsewhere or has just moved in; update the register, then import again",
            ),
            Self::NameMismatch(_) => Both::new(
                "作为候选待人工比对，不自动匹配；确认后由来源部门更正姓名",
                "kept as a candidate for a person to compare, never matched by itself; have the source correct the name",
            ),
            Self::CopiedNumber(_) => Both::new(
                "请来源部门核对这几行的证件号码",
                "ask the source department to check the numbers of these rows",
            ),
            Self::NoAuthorisation => Both::new(
                "取得申请人授权并登记授权书后再请求核对；未授权的数据不予保留",
                "obtain and register the applicant's authorisation, then ask again; data without it are not kept",
            ),
            Self::Blank { .. } | Self::LineBreak | Self::Cells { .. } => {
                Both::new("请在原系统补正后重新导出", "complete it at the source and export again")
            }
            Self::Value { .. } | Self::Range { .. } | Self::TooLate { .. } | Self::TooEarly { .. } => {
                Both::new(
                    "请来源部门核对后更正，系统不会代为修改",
                    "ask the source department to check and correct it; nothing is changed here",
                )
            }
            Self::NotListed { .. } => Both::new(
                "请按约定的写法更正；若确有新类别，先修改 feeds/ 下的约定",
                "write it as the contract says; if there is a new class, change the contract under feeds/ first",
            ),
            Self::Duplicate { .. } | Self::SamePlace { .. } => {
                Both::new("只计一次，不用处理", "it counts once; nothing needs to be done")
            }
            Self::NoDivision { .. } => Both::new(
                "核对代码；若是新区划，先导入区划登记",
                "check the code; if the division is new, import the divisions first",
            ),
            Self::Register(_) => Both::new(
                "请户籍或待遇登记人员核对后更正",
                "have the keeper of the register check and correct it",
            ),
        }
    }
}

fn before(text: &str, mark: char) -> String {
    text.split(mark).next().unwrap_or(text).trim().to_owned()
}

fn after(text: &str, mark: char) -> String {
    text.split_once(mark).map_or(text, |(_, rest)| rest).trim().to_owned()
}

/// Why a whole file is refused. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {}", self.what())]
pub struct FileProblem {
    /// Name of the file.
    pub file: String,
    /// What is wrong with it.
    pub kind: FileProblemKind,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileProblemKind {
    /// No contract has this feed id.
    UnknownFeed {
        /// The feeds there are.
        known: String,
    },
    /// Zero bytes, or a header and no row.
    Empty {
        /// Whether there is a header.
        header: bool,
    },
    /// Not in the declared encoding.
    Encoding {
        /// Line of the first byte that does not fit.
        line: usize,
        /// What was declared.
        declared: Cow<'static, str>,
        /// What it looks like, in Chinese.
        looks_zh: Cow<'static, str>,
        /// The same in English.
        looks_en: Cow<'static, str>,
    },
    /// Not of the declared format.
    Format {
        /// What was declared.
        declared: Cow<'static, str>,
        /// What it looks like, in Chinese.
        looks_zh: Cow<'static, str>,
        /// The same in English.
        looks_en: Cow<'static, str>,
    },
    /// A workbook that ends too early or is damaged.
    Truncated {
        /// What the reader said.
        detail: String,
        /// Size in bytes.
        bytes: usize,
    },
    /// A workbook made so that opening it costs too much, or as no spreadsheet program writes one.
    Trap(Trap),
    /// The process that reads files was stopped, or did not start.
    Stopped(Stop),
    /// A workbook that unpacks to more than a department's list can be.
    TooLarge {
        /// What it unpacks to, in bytes.
        unpacked: u64,
        /// The most that is read.
        most: u64,
    },
    /// Rows on further sheets, which would be lost.
    Sheets {
        /// Their names.
        names: String,
    },
    /// Cells of a workbook that hold a formula and no result of it.
    Formula {
        /// How many.
        cells: usize,
        /// The first, as spreadsheets call it.
        first: String,
    },
    /// Another separator than the comma.
    Separator {
        /// The separator found.
        found: char,
    },
    /// The header is not the contract's.
    Header {
        /// Columns that are missing, each with the nearest one found.
        missing: Vec<(String, Option<String>)>,
        /// Columns that the contract does not have, each with its position from 1.
        unexpected: Vec<(usize, String)>,
        /// Columns that stand twice.
        twice: Vec<String>,
        /// The feed whose header it is, and its title.
        like: Option<Box<(String, Both)>>,
    },
    /// The first row is data or a title, not a header: nothing of it is shown.
    NoHeader {
        /// How many cells it has.
        cells: usize,
        /// The header that is wanted.
        wanted: String,
    },
    /// A quote that swallows many lines.
    Quote {
        /// The line it begins on.
        line: u32,
    },
    /// These bytes or these rows were delivered before.
    SameFile {
        /// The name it had.
        name: String,
        /// The period it was of.
        period: Month,
        /// Whether the bytes are the same, not only the rows.
        bytes: bool,
    },
    /// A text that ends inside its last row.
    CutShort {
        /// The row it ends in.
        line: u32,
        /// How many cells of how many are there; nothing where it ends inside a quote or a character.
        cells: Option<(usize, usize)>,
    },
    /// A month that has not begun.
    Future {
        /// The month that was asked for.
        wanted: Month,
        /// The day of receipt.
        today: Date,
    },
    /// Not one row is good.
    NoGoodRow {
        /// How many rows there are.
        rows: usize,
        /// The first line that was set aside.
        line: u32,
        /// What is wrong with it.
        what: Both,
    },
    /// No household finds its division, since the list of divisions has rows that are set aside.
    Divisions {
        /// How many are set aside.
        aside: usize,
        /// The first line that was set aside.
        line: u32,
        /// What is wrong with it.
        what: Both,
    },
    /// Registers for a database that has households already.
    NotFresh {
        /// Households on file.
        households: u64,
        /// People on file.
        persons: u64,
    },
    /// The rows are of another period.
    Period {
        /// The newest month found.
        found: Month,
        /// The month that was asked for.
        wanted: Month,
        /// The column that shows it, or nothing where the file name does.
        column: Option<String>,
    },
}

impl FileProblem {
    pub(crate) fn new(file: &str, kind: FileProblemKind) -> Self {
        Self { file: file.to_owned(), kind }
    }

    /// What is wrong and what to do, in both languages, with the file's name.
    #[must_use]
    pub fn what(&self) -> Both {
        let (zh, en) = self.kind.texts();
        let file = &self.file;
        Both::new(format!("文件 {file}：{zh}"), format!("file {file}: {en}")).discreet()
    }

    /// Code for counting.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            FileProblemKind::UnknownFeed { .. } => "unknown_feed",
            FileProblemKind::Empty { .. } => "empty",
            FileProblemKind::Encoding { .. } => "encoding",
            FileProblemKind::Format { .. } => "format",
            FileProblemKind::Truncated { .. } => "truncated",
            FileProblemKind::TooLarge { .. } => "too_large",
            FileProblemKind::Trap(_) => "trap",
            FileProblemKind::Stopped(_) => "stopped",
            FileProblemKind::Sheets { .. } => "sheets",
            FileProblemKind::Formula { .. } => "formula",
            FileProblemKind::Separator { .. } => "separator",
            FileProblemKind::Header { .. } => "header",
            FileProblemKind::NoHeader { .. } => "no_header",
            FileProblemKind::Quote { .. } => "quote",
            FileProblemKind::SameFile { .. } => "same_file",
            FileProblemKind::CutShort { .. } => "cut_short",
            FileProblemKind::Future { .. } => "future",
            FileProblemKind::NoGoodRow { .. } => "no_good_row",
            FileProblemKind::Divisions { .. } => "divisions",
            FileProblemKind::NotFresh { .. } => "not_fresh",
            FileProblemKind::Period { .. } => "period",
        }
    }
}

impl FileProblemKind {
    fn texts(&self) -> (String, String) {
        match self {
            Self::UnknownFeed { known } => (
                format!("文件名看不出是哪个数据项；请改名为“数据项编号_2024-05.csv”，数据项有：{known}"),
                format!("its name tells no feed; rename it to `FEED_2024-05.csv`, the feeds are: {known}"),
            ),
            Self::Empty { header: false } => (
                "文件是空的（0 行）；请来源部门重新导出".to_owned(),
                "it is empty (0 lines); ask the source department to export it again".to_owned(),
            ),
            Self::Empty { header: true } => (
                "只有表头（第 1 行），没有数据行；空表会被当作“全县都没有”，请确认后由来源部门重新导出".to_owned(),
                "it has a header (line 1) and no row; an empty list would be read as `nobody has any`, ask the source department to export it again".to_owned(),
            ),
            Self::Encoding { line, declared, looks_zh, looks_en } => (
                format!("第 {line} 行不是约定的 {declared} 编码，看来是 {looks_zh}；请另存为 {declared}，或由管理员修改约定中的 encoding"),
                format!("line {line} is not {declared} as the contract says; it looks like {looks_en}: save it as {declared}, or have the administrator change `encoding` in the contract"),
            ),
            Self::Format { declared, looks_zh, looks_en } => (
                format!("不是约定的 {declared} 文件，看来是{looks_zh}；请按 {declared} 重新导出，只改扩展名不行"),
                format!("it is no {declared} file as the contract says; it looks like {looks_en}: export it again as {declared}, renaming does not help"),
            ),
            Self::Truncated { detail, bytes } => (
                format!("表格文件不完整或已损坏（收到 {bytes} 字节；{detail}）；多半是传输中断，请重新传送并核对文件大小"),
                format!("the workbook is cut short or damaged ({bytes} bytes received; {detail}); mostly a broken transfer: send it again and compare the sizes"),
            ),
            Self::TooLarge { unpacked, most } => {
                let (unpacked, most) = (unpacked >> 20, most >> 20);
                (
                    format!("工作簿解压后有 {unpacked} MB，超过上限 {most} MB，没有打开；请来源部门核对文件，数据多时改为 CSV 导出"),
                    format!("the workbook unpacks to {unpacked} MB, more than the {most} MB that are read, and was not opened; have the source department check it, and export a long list as CSV"),
                )
            }
            Self::Trap(trap) => trap.texts(),
            Self::Stopped(stop) => stop.texts(),
            Self::Sheets { names } => (
                format!("除第一个工作表外，工作表 {names} 也有数据；系统不会丢行，请合并为一个工作表"),
                format!("sheets {names} hold rows besides the first sheet; no row may be lost, put all rows on one sheet"),
            ),
            Self::Formula { cells, first } => (
                format!("{cells} 格是公式，文件里没有保存它的结果（第一格是 {first}）；请用电子表格软件打开并保存一次，或把这些格粘贴为数值，再导入"),
                format!("{cells} cells hold a formula whose result is not stored in the file (the first is {first}); open it in a spreadsheet program and save it, or paste these cells as values, then import it"),
            ),
            Self::Separator { found } => {
                let (zh, en) = match found {
                    '\t' => ("制表符".to_owned(), "tabs".to_owned()),
                    c => (format!("“{c}”"), format!("`{c}`")),
                };
                (
                    format!("第 1 行用{zh}分隔，应为逗号；请导出为逗号分隔的 CSV"),
                    format!("line 1 is separated by {en}, not by commas; export it as comma-separated CSV"),
                )
            }
            Self::Header { missing, unexpected, twice, like } => {
                let (zh, en) = header_texts(missing, unexpected, twice);
                match like.as_deref() {
                    None => (zh, en),
                    Some((id, title)) => (
                        format!("表头是数据项 {id}（{}）的；若是拿错了文件名，请改名为“{id}_2024-05.csv”这样的名称再导入。{zh}", title.zh),
                        format!("its header is the one of the feed {id} ({}); if only the name is wrong, rename it to such as `{id}_2024-05.csv` and import it again. {en}", title.en),
                    ),
                }
            }
            Self::NoHeader { cells, wanted } => (
                format!("第 1 行有 {cells} 格，没有一格是约定的列名，像是数据行或标题行（这里不显示内容），没有保留任何数据；第一行应是表头：{wanted}"),
                format!("none of the {cells} cells of line 1 is a heading of the contract; it looks like a row of data or a title, which is not shown here, and nothing was kept. The first row must be the header: {wanted}"),
            ),
            Self::Quote { line } => (
                format!("第 {line} 行起引号没有成对，后面的行被并成一格；请在原系统去掉该引号后重新导出"),
                format!("a quote opened on line {line} is never closed and swallows the lines after it; remove it at the source and export again"),
            ),
            Self::SameFile { name, period, bytes } => {
                let (zh, en) = if *bytes { ("内容完全相同", "the same bytes") } else { ("各行完全相同", "the same rows") };
                (
                    format!("与已导入的 {name}（{period}）{zh}；若这是另一期数据，请来源部门重新导出，若只是重复，不用再导入"),
                    format!("it holds {en} as {name} ({period}), which is already imported; if it should be another period, ask the source department to export it again, else there is nothing to do"),
                )
            }
            Self::CutShort { line, cells } => {
                let (zh, en) = match cells {
                    Some((found, wanted)) => (
                        format!("只有 {found} 格，表头有 {wanted} 格，行末没有换行"),
                        format!("has {found} of {wanted} cells and no line end"),
                    ),
                    None => (
                        "在引号或一个字的中间结束".to_owned(),
                        "ends inside a quote or inside a character".to_owned(),
                    ),
                };
                (
                    format!("文件不完整，最后的第 {line} 行{zh}；多半是导出或传输中断，没有保留任何数据，请重新传送并核对文件大小"),
                    format!("it is cut short: its last row, line {line}, {en}; mostly a broken export or transfer, and nothing was kept: send it again and compare the sizes"),
                )
            }
            Self::Future { wanted, today } => (
                format!("{wanted} 还没有开始（今天是 {today}）；请核对文件名或 --period 的月份"),
                format!("{wanted} has not begun (today is {today}); check the month in its name or in --period"),
            ),
            Self::NoGoodRow { rows, line, what } => (
                format!("{rows} 行中没有一行可用，例如第 {line} 行：{}；没有保留任何数据。请来源部门核对后重新导出", what.zh),
                format!("none of its {rows} rows is good, such as line {line}: {}; nothing was kept. Have the source department check it and export it again", what.en),
            ),
            Self::Divisions { aside, line, what } => (
                format!("{aside} 行放在一边，例如第 {line} 行：{}；因此 hukou.csv 的各户都没有区划，没有写入任何数据。请更正区划登记后重新导入", what.zh),
                format!("{aside} of its rows are set aside, such as line {line}: {}; so no household of hukou.csv has a division, and nothing was written. Correct the list of divisions and import again", what.en),
            ),
            Self::NotFresh { households, persons } => (
                format!("数据库里已有 {households} 户 {persons} 人；登记只能导入还没有住户的新数据库，没有写入任何数据。请用 --database 指定一个新的数据库"),
                format!("the database already holds {households} households and {persons} people; registers go into a fresh database only, and nothing was written. Name a new database with --database"),
            ),
            Self::Period { found, wanted, column: Some(column) } => (
                format!("最新的“{column}”在 {found}，不是 {wanted}；像是旧文件改了名，请索取 {wanted} 的文件"),
                format!("the newest `{column}` is of {found}, not of {wanted}; it looks like an old file under a new name, ask for the file of {wanted}"),
            ),
            Self::Period { found, wanted, column: None } => (
                format!("文件名写的是 {found}，要导入的是 {wanted}；请核对期数"),
                format!("its name says {found}, but {wanted} is being imported; check the period"),
            ),
        }
    }
}

/// Columns that a message names before it only counts them.
const MOST_NAMED: usize = 8;

fn header_texts(
    missing: &[(String, Option<String>)],
    unexpected: &[(usize, String)],
    twice: &[String],
) -> (String, String) {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for (column, near) in missing {
        match near {
            Some(near) => {
                zh.push(format!("缺少“{column}”（文件中最接近的是“{near}”）"));
                en.push(format!("`{column}` is missing (nearest in the file: `{near}`)"));
            }
            None => {
                zh.push(format!("缺少“{column}”"));
                en.push(format!("`{column}` is missing"));
            }
        }
    }
    for (at, column) in unexpected.iter().take(MOST_NAMED) {
        if column.is_empty() {
            zh.push(format!("多出“（第 {at} 列无名）”"));
            en.push(format!("column {at}, which has no name, is unexpected"));
        } else {
            zh.push(format!("多出“{column}”（第 {at} 列）"));
            en.push(format!("`{column}` (column {at}) is unexpected"));
        }
    }
    if let Some(more) = unexpected.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        zh.push(format!("另多出 {more} 列"));
        en.push(format!("{more} more columns are unexpected"));
    }
    for column in twice.iter().take(MOST_NAMED) {
        zh.push(format!("“{column}”出现两次"));
        en.push(format!("`{column}` stands twice"));
    }
    (
        format!("第 1 行表头与约定不符：{}；请按约定的表头重新导出，不要改列名或加标题行", zh.join("，")),
        format!(
            "the header on line 1 is not the contract's: {}; export it with exactly these headings and no title row above",
            en.join(", ")
        ),
    )
}
