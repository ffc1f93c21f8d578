//! 导入: one file of one feed into a preview in which every row is accepted or set aside with its reason,
//! and after the operator's word into a delivery. Nothing is kept before that.

mod cell;
mod period;
mod quality;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use doudi_policy::{Date, Month};
use doudi_registry::PersonId;
use serde::Serialize;

use crate::contract::{Contract, Contracts};
use crate::delivery::{self, Delivery, DeliveryError, Label};
use crate::problem::{Both, FileProblem, FileProblemKind, Reason};
use crate::register::Register;
use crate::source;

pub(crate) use cell::{date, misleading, trim};
pub use quality::Hold;
pub(crate) use rows::{digest_of_cells, match_header};

/// A delivery that was accepted before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Feed id.
    pub feed: String,
    /// Name of the file.
    pub name: String,
    /// Period.
    pub period: Month,
    /// SHA-256 of its bytes, hex.
    pub digest: String,
    /// Digest of its rows whatever their order, encoding and format.
    pub rows_digest: String,
    /// How many rows were accepted.
    pub accepted: usize,
}

/// What an import is measured against.
#[derive(Clone, Copy, Debug)]
pub struct Intake<'a> {
    /// The feed's contract.
    pub contract: &'a Contract,
    /// People, divisions and authorisations.
    pub register: &'a Register,
    /// What was accepted before, of any feed.
    pub known: &'a [KnownFile],
    /// The period that is being imported.
    pub period: Month,
    /// The day on which the source cut the file.
    pub as_of: Date,
}

/// 计数: `accepted + quarantined + duplicates = rows`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows below the header that are not wholly blank.
    pub rows: usize,
    /// Rows that become part of the delivery.
    pub accepted: usize,
    /// Rows set aside with a reason.
    pub quarantined: usize,
    /// Rows that repeat an earlier row in every cell.
    pub duplicates: usize,
}

/// A row that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Its line; the header is line 1.
    pub line: u32,
    /// Why.
    pub reason: Reason,
}

/// One kind of reason, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// Code.
    pub code: &'static str,
    /// How many rows.
    pub rows: usize,
    /// What is wrong with the first of them.
    pub what: Both,
    /// Whether that is said of the first row only: it names a value, and other rows have another.
    pub varied: bool,
    /// What to do.
    pub cure: Both,
    /// What is wrong and what to do, in words that hold nothing of any cell.
    pub plain: Both,
    /// The first lines, at most five.
    pub lines: Vec<u32>,
}

/// Whether a file may be kept without a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every row is good.
    Clean,
    /// Some rows are set aside: the good ones are kept when the operator says so.
    Partly,
    /// A quality rule is broken: nothing is kept unless the operator has seen the rule and says so.
    Held,
    /// Not one row is good: nothing can be kept.
    NoGoodRow,
}

/// 预览 of one file. It is in memory only.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What the delivery will be labelled with.
    pub label: Label,
    /// Title of the feed.
    pub title: Both,
    /// Counts.
    pub counts: Counts,
    /// Rows set aside, duplicates among them, by line.
    pub quarantined: Vec<Quarantined>,
    /// Quality rules that are broken.
    pub holds: Vec<Hold>,
    /// Whether it may be kept.
    pub verdict: Verdict,
    delivery: Delivery,
}

/// What the operator says to a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 只看预览: keep nothing, however good the rows are.
    Look,
    /// Keep the good rows; still not where a quality rule is broken.
    GoodRows,
    /// Keep the good rows, the broken quality rules having been read.
    DespiteHolds,
}

/// What a preview becomes.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The delivery.
    pub delivery: Delivery,
    /// Where it lies.
    pub path: PathBuf,
    /// Digest of the file that was written.
    pub digest: String,
    /// Counts.
    pub counts: Counts,
    /// Rows set aside, duplicates among them.
    pub quarantined: Vec<Quarantined>,
}

/// Why a preview was not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// The operator has looked and not said to keep anything.
    #[error("{}", self.both())]
    Looked {
        /// File name.
        file: String,
        /// How many rows.
        set_aside: usize,
    },
    /// A quality rule is broken.
    #[error("{}", self.both())]
    Held {
        /// File name.
        file: String,
        /// The first broken rule.
        hold: Both,
    },
    /// Not one row is good, whatever the operator says.
    #[error("{}", .0.what())]
    NoGoodRow(FileProblem),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] DeliveryError),
}

impl NotAccepted {
    /// What happened and what to do, in both languages.
    #[must_use]
    pub fn both(&self) -> Both {
        match self {
            Self::Looked { file, set_aside } => Both::new(
                format!(
                    "{file}：这是预览，未保留任何数据（{set_aside} 行有问题）；看过后选择接受可用的行，或更正后重新导入"
                ),
                format!(
                    "{file}: this is a preview and nothing was kept ({set_aside} rows are set aside); read it and accept the good rows, or import a corrected file"
                ),
            ),
            Self::Held { file, hold } => {
                Both::new(format!("{file}：{}", hold.zh), format!("{file}: {}", hold.en))
            }
            Self::NoGoodRow(problem) => problem.what(),
            Self::Write(error) => {
                let text = error.to_string();
                let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
                Both::new(zh, en)
            }
        }
    }
}

/// Finds the contract of a file by its name.
///
/// # Errors
/// A name that begins with no feed id.
pub fn contract_of<'a>(contracts: &'a Contracts, file: &str) -> Result<&'a Contract, FileProblem> {
    contracts.of_file_name(file).ok_or_else(|| {
        let known: Vec<&str> = contracts.iter().map(|c| c.id.as_str()).collect();
        FileProblem::new(file, FileProblemKind::UnknownFeed { known: known.join(", ") })
    })
}

/// Says of a header that does not fit its contract which other feed's it is, if it is one's.
pub(crate) fn resembling(
    mut problem: FileProblem,
    contract: &Contract,
    contracts: &Contracts,
) -> FileProblem {
    if let FileProblemKind::Header { missing, unexpected, twice, like } = &mut problem.kind {
        let own = contract.fields.iter().map(|f| f.column.as_str());
        let found: BTreeSet<&str> = own
            .filter(|c| !missing.iter().any(|(m, _)| m == c))
            .chain(unexpected.iter().map(|(_, column)| column.as_str()))
            .collect();
        let same =
            |c: &&Contract| c.fields.iter().map(|f| f.column.as_str()).collect::<BTreeSet<_>>() == found;
        let other = contracts.iter().find(same).filter(|_| twice.is_empty());
        *like = other.map(|c| Box::new((c.id.clone(), Both::new(&c.zh, &c.en))));
    }
    problem
}

/// Reads a file and judges every row of it. Keeps nothing.
///
/// # Errors
/// A file that cannot be taken at all: see [`FileProblemKind`].
pub fn preview(file: &str, bytes: &[u8], intake: Intake<'_>) -> Result<Preview, FileProblem> {
    let contract = intake.contract;
    let digest = delivery::digest_of(bytes);
    period::check_name(file, intake)?;
    if let Some(same) = intake.known.iter().find(|k| k.digest == digest) {
        return Err(same_file(file, same, true));
    }
    let table = source::read_table(file, bytes, contract.format, contract.encoding)?;
    let layout = rows::Layout::new(contract, &table.header).map_err(|kind| FileProblem::new(file, kind))?;
    if table.rows.is_empty() {
        return Err(FileProblem::new(file, FileProblemKind::Empty { header: true }));
    }
    let judged = rows::judge(&layout, &table.rows, intake);
    let feed_known = |k: &&KnownFile| k.feed == contract.id && k.rows_digest == judged.rows_digest;
    if let Some(same) = intake.known.iter().find(feed_known) {
        return Err(same_file(file, same, false));
    }
    period::check_rows(file, &judged.newest, intake)?;
    let label = Label {
        feed: contract.id.clone(),
        period: intake.period,
        as_of: intake.as_of,
        source_digest: digest,
        source_name: doudi_registry::text::file_name(file),
        rows_digest: judged.rows_digest.clone(),
    };
    let holds = quality::holds(&judged, intake);
    let counts = Counts {
        rows: table.rows.len(),
        accepted: judged.person.len(),
        quarantined: judged.quarantined.len() - judged.duplicates,
        duplicates: judged.duplicates,
    };
    let verdict = match (counts.accepted, holds.is_empty(), counts.quarantined) {
        (0, _, _) => Verdict::NoGoodRow,
        (_, false, _) => Verdict::Held,
        (_, true, 0) => Verdict::Clean,
        (_, true, _) => Verdict::Partly,
    };
    let (delivery, quarantined) = judged.into_delivery(label.clone());
    Ok(Preview {
        label,
        title: Both::new(&contract.zh, &contract.en),
        counts,
        quarantined,
        holds,
        verdict,
        delivery,
    })
}

pub(crate) fn same_file(file: &str, same: &KnownFile, bytes: bool) -> FileProblem {
    let kind = FileProblemKind::SameFile { name: same.name.clone(), period: same.period, bytes };
    FileProblem::new(file, kind)
}

/// Counts rows that were set aside by their reason, most frequent first.
#[must_use]
pub fn summarise(quarantined: &[Quarantined]) -> Vec<ReasonCount> {
    let mut by_code: BTreeMap<&'static str, ReasonCount> = BTreeMap::new();
    for q in quarantined {
        let entry = by_code.entry(q.reason.code()).or_insert_with(|| ReasonCount {
            code: q.reason.code(),
            rows: 0,
            what: q.reason.what(),
            varied: false,
            cure: q.reason.cure(),
            plain: q.reason.plain(),
            lines: Vec::new(),
        });
        entry.rows += 1;
        entry.varied = entry.varied || entry.what != q.reason.what();
        if entry.lines.len() < 5 {
            entry.lines.push(q.line);
        }
    }
    let mut reasons: Vec<ReasonCount> = by_code.into_values().collect();
    reasons.sort_by_key(|r| (std::cmp::Reverse(r.rows), r.code));
    reasons
}

impl ReasonCount {
    /// What is wrong with these rows; where they differ, of which row it is said.
    #[must_use]
    pub fn said(&self) -> Both {
        match self.lines.first() {
            Some(line) if self.varied => Both::new(
                format!("例如第 {line} 行：{}", self.what.zh),
                format!("such as line {line}: {}", self.what.en),
            ),
            _ => self.what.clone(),
        }
    }
}

impl Preview {
    /// The reasons, counted, most frequent first.
    #[must_use]
    pub fn reasons(&self) -> Vec<ReasonCount> {
        summarise(&self.quarantined)
    }

    /// Each set-aside row as one sentence with file, line, what is wrong and the cure.
    pub fn sentences(&self) -> impl Iterator<Item = Both> {
        let file = &self.label.source_name;
        self.quarantined.iter().map(move |q| {
            let (what, cure) = (q.reason.what(), q.reason.cure());
            let line = q.line;
            Both::new(
                format!("{file} 第 {line} 行：{}；{}", what.zh, cure.zh),
                format!("{file} line {line}: {}; {}", what.en, cure.en),
            )
        })
    }

    /// People whom a person should compare with a row, with the row's line.
    pub fn candidates(&self) -> impl Iterator<Item = (u32, PersonId)> {
        let rows = self.quarantined.iter();
        rows.filter_map(|q| q.reason.candidate().map(|person| (q.line, person)))
    }

    /// Writes the good rows as a delivery into a folder, where the answer allows it.
    ///
    /// # Errors
    /// Set-aside rows or broken quality rules that the answer does not cover, or the disk.
    pub fn accept(self, answer: Answer, folder: &Path) -> Result<Accepted, NotAccepted> {
        let file = self.label.source_name.clone();
        if let (Verdict::NoGoodRow, Some(first)) = (self.verdict, self.quarantined.first()) {
            let (rows, line, what) = (self.counts.rows, first.line, first.reason.what());
            let kind = FileProblemKind::NoGoodRow { rows, line, what };
            return Err(NotAccepted::NoGoodRow(FileProblem::new(&file, kind)));
        }
        if let (Some(hold), Answer::Look | Answer::GoodRows) = (self.holds.first(), answer) {
            return Err(NotAccepted::Held { file, hold: hold.text.clone() });
        }
        if answer == Answer::Look {
            return Err(NotAccepted::Looked { file, set_aside: self.counts.quarantined });
        }
        let (path, digest) = delivery::write(folder, &self.delivery)?;
        Ok(Accepted {
            delivery: self.delivery,
            path,
            digest,
            counts: self.counts,
            quarantined: self.quarantined,
        })
    }
}

impl Accepted {
    /// How later imports know this file again.
    #[must_use]
    pub fn known(&self) -> KnownFile {
        let label = &self.delivery.label;
        KnownFile {
            feed: label.feed.clone(),
            name: label.source_name.clone(),
            period: label.period,
            digest: label.source_digest.clone(),
            rows_digest: label.rows_digest.clone(),
            accepted: self.counts.accepted,
        }
    }
}
