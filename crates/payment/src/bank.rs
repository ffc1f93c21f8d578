//! 银行文件: the CSV that goes to the bank and the one that comes back. Text only; the encoding (UTF-8 with a
//! byte-order mark, or GB18030) is the caller's.

use std::collections::{BTreeMap, BTreeSet};

use doudi_policy::Fen;
pub use doudi_registry::text::safe_cell;

use crate::line::{Line, LineId};
use crate::refusal::{Refusal, sum};

/// Header of the file to the bank.
pub const BANK_HEADER: [&str; 7] = ["发放标识", "期间", "姓名", "开户行", "账号", "金额", "用途"];
/// Header of the file from the bank.
pub const RETURN_HEADER: [&str; 4] = ["发放标识", "结果", "金额", "原因"];
/// First cell of the row with count and total.
pub const TOTAL: &str = "合计";
const SUCCESS: &str = "成功";
const FAILURE: &str = "失败";

/// 收款人.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payee {
    /// Name of the account holder.
    pub name: String,
    /// Bank.
    pub bank: String,
    /// Account number.
    pub account: String,
}

/// A file for the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFile {
    /// File name; holds no name of a person.
    pub name: String,
    /// Content.
    pub text: String,
}

pub(crate) fn file_text<'l>(
    lines: impl Iterator<Item = &'l Line>,
    payees: &BTreeMap<LineId, Payee>,
) -> Result<String, Refusal> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |e: csv::Error| Refusal::new(format!("写文件失败：{e}"), format!("writing failed: {e}"));
    writer.write_record(BANK_HEADER).map_err(broken)?;
    let mut amounts = Vec::new();
    for line in lines {
        let payee = payees
            .get(&line.id)
            .filter(|p| !p.account.trim().is_empty() && !p.name.trim().is_empty())
            .ok_or_else(|| {
                Refusal::new(
                    format!("发放行 {} 没有收款账户，请补登账户后再导出", line.id),
                    format!("line {} has no account; record one, then export", line.id),
                )
            })?;
        amounts.push(line.amount);
        writer
            .write_record([
                safe_cell(&line.id.0).as_ref(),
                &line.period.to_string(),
                &safe_cell(&payee.name),
                &safe_cell(&payee.bank),
                &safe_cell(&payee.account),
                &line.amount.to_string(),
                line.purpose.zh(),
            ])
            .map_err(broken)?;
    }
    let count = amounts.len().to_string();
    let total = sum(amounts)?.to_string();
    writer.write_record([TOTAL, "", &count, "", "", &total, ""]).map_err(broken)?;
    finish(writer)
}

fn finish(writer: csv::Writer<Vec<u8>>) -> Result<String, Refusal> {
    let bytes = writer
        .into_inner()
        .map_err(|e| Refusal::new(format!("写文件失败：{e}"), format!("writing failed: {e}")))?;
    String::from_utf8(bytes)
        .map_err(|e| Refusal::new(format!("写文件失败：{e}"), format!("writing failed: {e}")))
}

/// One answer of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnRow {
    /// Row of the file, the header being 1.
    pub row: usize,
    /// The line.
    pub line: LineId,
    /// Whether the money arrived.
    pub success: bool,
    /// Amount, as a check.
    pub amount: Fen,
    /// Why not.
    pub reason: String,
}

/// 银行回执.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReturnFile {
    /// Answers in order.
    pub rows: Vec<ReturnRow>,
}

impl ReturnFile {
    /// Reads a return file: the columns of [`RETURN_HEADER`] in any order, one row a line, and last a row
    /// `合计` with the number of rows under 结果 and their sum under 金额.
    ///
    /// # Errors
    /// Every problem with its row: a wrong header, unreadable amounts, results other than 成功 and 失败, a line
    /// twice, a missing total row, or totals that do not agree. Nothing of such a file is used.
    pub fn parse(text: &str) -> Result<Self, Vec<Refusal>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut problems = Vec::new();
        let mut records = Vec::new();
        for (index, record) in reader.records().enumerate() {
            match record {
                Ok(record) if record.iter().all(str::is_empty) => {}
                Ok(record) => records.push((index + 1, record)),
                Err(e) => problems.push(at(index + 1, &format!("读不懂：{e}"), &format!("unreadable: {e}"))),
            }
        }
        let mut records = records.into_iter();
        let Some((_, header)) = records.next() else {
            problems.push(Refusal::new("回执是空的", "the return file is empty"));
            return Err(problems);
        };
        let column = |name: &str| header.iter().position(|h| h == name);
        let places: Vec<Option<usize>> = RETURN_HEADER.iter().map(|n| column(n)).collect();
        let [Some(id), Some(result), Some(amount), Some(reason)] = places.as_slice() else {
            problems.push(at(
                1,
                &format!("表头应为：{}", RETURN_HEADER.join("、")),
                &format!("the header must be: {}", RETURN_HEADER.join(", ")),
            ));
            return Err(problems);
        };
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        let mut total: Option<(usize, String, String)> = None;
        for (row, record) in records {
            let cell = |i: &usize| record.get(*i).unwrap_or_default();
            if total.is_some() {
                problems.push(at(row, "“合计”之后还有内容", "there is something after the total row"));
                continue;
            }
            if cell(id) == TOTAL {
                total = Some((row, cell(result).to_owned(), cell(amount).to_owned()));
                continue;
            }
            let money = match Fen::parse_yuan(cell(amount)) {
                Ok(money) => money,
                Err(e) => {
                    problems.push(at(row, &e.zh, &e.en));
                    continue;
                }
            };
            let success = match cell(result) {
                SUCCESS => true,
                FAILURE => false,
                other => {
                    problems.push(at(
                        row,
                        &format!("结果“{other}”应为“成功”或“失败”"),
                        &format!("the result `{other}` must be 成功 (success) or 失败 (failure)"),
                    ));
                    continue;
                }
            };
            let line = LineId(cell(id).to_owned());
            if !seen.insert(line.clone()) {
                problems.push(at(row, "同一发放标识出现两次", "this line is there twice"));
                continue;
            }
            rows.push(ReturnRow { row, line, success, amount: money, reason: cell(reason).to_owned() });
        }
        check_total(&rows, total, &mut problems);
        if problems.is_empty() { Ok(Self { rows }) } else { Err(problems) }
    }

    /// The file as a bank would write it.
    ///
    /// # Errors
    /// A total out of range.
    pub fn to_text(&self) -> Result<String, Refusal> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let broken = |e: csv::Error| Refusal::new(format!("写文件失败：{e}"), format!("writing failed: {e}"));
        writer.write_record(RETURN_HEADER).map_err(broken)?;
        for row in &self.rows {
            let result = if row.success { SUCCESS } else { FAILURE };
            let amount = row.amount.to_string();
            writer.write_record([row.line.0.as_str(), result, &amount, &row.reason]).map_err(broken)?;
        }
        let count = self.rows.len().to_string();
        let total = sum(self.rows.iter().map(|r| r.amount))?.to_string();
        writer.write_record([TOTAL, &count, &total, ""]).map_err(broken)?;
        finish(writer)
    }
}

fn check_total(rows: &[ReturnRow], total: Option<(usize, String, String)>, problems: &mut Vec<Refusal>) {
    let Some((row, count, amount)) = total else {
        problems.push(Refusal::new(
            "没有“合计”行，文件可能不完整，请向银行重取",
            "there is no total row; the file may be cut off, fetch it again",
        ));
        return;
    };
    if !problems.is_empty() {
        // Rows were set aside above, so the totals cannot agree.
        return;
    }
    let sum = sum(rows.iter().map(|r| r.amount));
    let agrees =
        count.parse() == Ok(rows.len()) && Fen::parse_yuan(&amount).ok() == sum.as_ref().ok().copied();
    if !agrees {
        let (n, fen) = (rows.len(), sum.unwrap_or_default());
        problems.push(at(
            row,
            &format!("合计写的是 {count} 笔 {amount} 元，实有 {n} 笔 {fen} 元"),
            &format!("the total says {count} rows and {amount} yuan; there are {n} rows and {fen} yuan"),
        ));
    }
}

fn at(row: usize, zh: &str, en: &str) -> Refusal {
    Refusal::new(format!("第{row}行：{zh}"), format!("row {row}: {en}"))
}
