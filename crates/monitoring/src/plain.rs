//! 不带内容的说法: the same faults in words that hold nothing of any cell, heading or name, for whoever sent the file over
//! a line that carries counts only.

use doudi_registry::IdentityProblem;

use crate::problem::{Both, FileProblem, FileProblemKind, Reason};

impl Reason {
    /// What is wrong and what to do, whatever stands in the row.
    #[must_use]
    pub fn plain(&self) -> Both {
        let (zh, en) = match self {
            Self::Identity(IdentityProblem::Empty) => ("证件号码为空", "the identity number is blank"),
            Self::Identity(IdentityProblem::Damaged { .. }) => (
                "证件号码被表格软件改成了数值，末位已丢失；请从原系统重新导出，该列设为文本格式",
                "a spreadsheet has turned the identity number into a number and its last digits are lost; export it again from the source with the column as text",
            ),
            Self::Identity(IdentityProblem::Length { .. }) => (
                "证件号码的位数不对，应为 18 位（老号 15 位）",
                "the identity number does not have 18 characters (15 for an old one)",
            ),
            Self::Identity(IdentityProblem::Characters) => {
                ("证件号码只能是数字，末位可为 X", "an identity number holds digits and perhaps a final X")
            }
            Self::Identity(IdentityProblem::BirthDate) => (
                "证件号码中的出生日期不是有效日期",
                "the date of birth in the identity number is no day of the calendar",
            ),
            Self::Identity(IdentityProblem::BadChecksum) => (
                "证件号码校验位不符，至少有一位写错",
                "the check character of the identity number does not fit",
            ),
            Self::Card(_) => {
                ("残疾证号与类别、等级不一致", "the disability card does not agree with class and grade")
            }
            Self::NotOnRegister => (
                "证件号码有效，但户籍登记中没有此人",
                "the number is valid, but nobody on the register has it",
            ),
            Self::NameMismatch(_) => {
                ("证件号码在户籍登记中，但姓名不同", "the number is on the register under another name")
            }
            Self::CopiedNumber(_) => {
                ("同一证件号码在本文件中对应几个姓名", "one number stands under several names in the file")
            }
            Self::NoAuthorisation => ("没有有效的核对授权书", "no live authorisation covers the row"),
            Self::Blank { .. } => ("必填的一格是空的", "a cell that must be filled in is blank"),
            Self::Value { .. } => ("一格的内容读不出来", "a cell cannot be read"),
            Self::Range { .. } => ("一个数超出约定的范围", "a number lies outside the contract's range"),
            Self::NotListed { .. } => ("一格的内容不在约定之列", "a cell is not on the contract's list"),
            Self::NoDivision { .. } => ("没有这个区划代码", "there is no such division"),
            Self::TooLate { .. } => ("一个日期晚于文件截止日", "a date is later than the file's"),
            Self::TooEarly { .. } => {
                ("一个日期早于它不能早于的日期", "a date lies before one that it can only follow")
            }
            Self::SamePlace { .. } => ("与前面的一行是同一个地方", "the same place as an earlier row"),
            Self::Cells { .. } => ("格数与表头不同", "more or fewer cells than the header"),
            Self::LineBreak => (
                "单元格内有换行，多半是引号没有成对",
                "a line break inside a cell, mostly a quote that is not closed",
            ),
            Self::Duplicate { .. } => ("与前面的一行完全相同", "the same as an earlier row in every cell"),
            Self::Register(_) => ("与登记中的另一行矛盾", "it contradicts another row of the register"),
        };
        let cure = self.cure();
        match self {
            Self::Identity(_) => Both::new(
                format!("{zh}；请对照证件核对后重新导出，系统不会代为更正"),
                format!("{en}; compare it with the card and export again, nothing is repaired here"),
            ),
            _ => Both::new(format!("{zh}；{}", cure.zh), format!("{en}; {}", cure.en)),
        }
    }
}

impl FileProblem {
    /// What is wrong with the file and what to do, whatever stands in it.
    #[must_use]
    pub fn plain(&self) -> Both {
        use FileProblemKind as K;
        let (zh, en) = match &self.kind {
            K::UnknownFeed { .. } => ("没有这个数据项", "there is no such feed"),
            K::Empty { .. } => (
                "文件没有数据行；请确认后重新导出",
                "the file holds no row; see whether that is right, and export it again",
            ),
            K::Encoding { .. } => (
                "文件不是约定的编码；请按约定的编码重新导出",
                "the file is not in the contract's encoding; export it again in that",
            ),
            K::Format { .. } => (
                "文件不是约定的格式；请按约定的格式重新导出，只改名不行",
                "the file is not of the contract's format; export it again, renaming does not help",
            ),
            K::Truncated { .. } | K::CutShort { .. } => (
                "文件不完整或已损坏，多半是导出或传输中断；请重新导出并核对大小",
                "the file is cut short or damaged, mostly by a broken export or transfer; export it again and compare the sizes",
            ),
            K::TooLarge { .. } => (
                "工作簿解压后太大，没有打开；数据多时请改用 CSV",
                "the workbook unpacks to too much and was not opened; export a long list as CSV",
            ),
            K::Sheets { .. } => (
                "第一个工作表之外也有数据；请合并为一个工作表",
                "there are rows on other sheets than the first; put them on one",
            ),
            K::Formula { .. } => (
                "有的格是公式而没有保存结果；请用表格软件打开并保存一次，或粘贴为数值",
                "some cells hold a formula without its result; open and save it in a spreadsheet program, or paste values",
            ),
            K::Separator { .. } => (
                "分隔符不是逗号；请导出为逗号分隔的 CSV",
                "the separator is not the comma; export it as comma-separated CSV",
            ),
            K::Header { .. } | K::NoHeader { .. } => (
                "第一行不是约定的表头；请按约定的列名重新导出，上面不要加标题行",
                "the first row is not the contract's header; export it with exactly these headings and no title above",
            ),
            K::Quote { .. } => (
                "有引号没有成对，后面的行被并成一格；请去掉后重新导出",
                "a quote is never closed and swallows the lines after it; remove it and export again",
            ),
            K::SameFile { .. } => (
                "与已接收的一份内容相同；若应是另一期，请重新导出，若只是重复，不用处理",
                "it holds the same as one that was accepted before; if it should be another period export it again, else there is nothing to do",
            ),
            K::Trap(_) => (
                "文件的结构会把读它的程序撑垮，没有打开；请用表格软件打开，另存为新的 XLSX 或 CSV",
                "the file is built so that reading it would exhaust a program, and was not opened; open it in a spreadsheet program and save it anew as XLSX or CSV",
            ),
            K::Stopped(_) => (
                "读这个文件超过了时间或内存的限度，没有读完；请拆成几份，或改用 CSV 重新导出",
                "reading the file went past the limits of time or memory and was stopped; split it, or export it as CSV",
            ),
            K::Future { .. } => ("这一期还没有开始；请核对月份", "the month has not begun; check it"),
            K::NoGoodRow { .. } => {
                ("没有一行可用；请核对后重新导出", "not one row is good; have it checked and export it again")
            }
            K::Divisions { .. } | K::NotFresh { .. } => {
                ("登记文件不从接口报送", "registers are not delivered through the interface")
            }
            K::Period { .. } => (
                "文件里的数据是另一期的；请核对月份，或重新导出",
                "the rows are of another period; check the month, or export it again",
            ),
        };
        Both::new(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_cell_is_repeated() {
        let value = "99012119720317313X".to_owned();
        let column = "证件号码".to_owned();
        let reasons = [
            Reason::NotListed { column: column.clone(), value: value.clone(), allowed: "甲".to_owned() },
            Reason::Range { column: column.clone(), value: value.clone(), range: "0..1".to_owned() },
            Reason::NoDivision { column: column.clone(), value: value.clone() },
            Reason::SamePlace { code: value.clone() },
            Reason::Card(Both::new(&value, &value)),
            Reason::Register(Both::new(&value, &value)),
            Reason::Identity(IdentityProblem::Damaged { shown: value.clone() }),
        ];
        for reason in reasons {
            let said = reason.plain().to_string();
            assert!(!said.contains("9901") && said.contains('；') && said.contains(';'), "{said}");
        }
        let header = FileProblemKind::Header {
            missing: vec![(column, Some(value.clone()))],
            unexpected: vec![(1, value.clone())],
            twice: vec![value],
            like: None,
        };
        let said = FileProblem::new("x_99012119720317313X.csv", header).plain().to_string();
        assert!(!said.contains("9901") && said.contains("表头"), "{said}");
    }
}
