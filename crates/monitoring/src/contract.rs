//! 数据项约定: what a department's file holds, why it may be read, whom it may be read for, and which
//! facts come of it. One TOML file a feed under `feeds/`.

mod builtin;
mod check;

use std::collections::BTreeMap;

use doudi_policy::value::BadValue;
use serde::Deserialize;

pub use builtin::BUILTIN;
pub use check::{Vocabulary, check_plan, check_vocabulary};

/// Why a contract, or a rule over its fields, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {zh} / {en}")]
pub struct ContractProblem {
    /// The file or indicator it stands in.
    pub at: String,
    /// What is wrong and how to mend it, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl ContractProblem {
    fn new(at: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { at: at.to_owned(), zh: zh.into(), en: en.into() }
    }
}

/// A name in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

/// 编码 of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB 18030, read strictly.
    #[serde(rename = "gb18030")]
    Gb18030,
}

/// 文件格式.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated text with a header row.
    Csv,
    /// The first sheet of an Office Open XML workbook, header in its first row.
    Xlsx,
}

/// How a file's rows show which period it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeriodKind {
    /// A full register as it stands on the last day of the period; rows are never later than that.
    Register,
    /// A monthly list: its newest row is of the period's month.
    Month,
    /// A yearly list: its newest row is of the period's year.
    Year,
    /// The events of the last months up to the period's end.
    Rolling,
}

/// The period rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodRule {
    /// What the rows show.
    pub kind: PeriodKind,
    /// The column that shows it; without one only the digest tells an old file.
    pub column: Option<String>,
    /// Length of a rolling window in months.
    pub months: Option<i32>,
    /// Where rows come in every month, a file without one of its own month is held; a list with few rows a month is not.
    #[serde(default)]
    pub every_month: bool,
}

/// Whom a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// The person of the number.
    Person,
    /// The household of the person of the number.
    Household,
    /// A child who is not yet on the register, through the number of a parent.
    Parent,
}

/// The key columns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectRule {
    /// Whom a row is about.
    pub kind: SubjectKind,
    /// Columns of identity numbers; the first one that is filled in is the key.
    pub number: Vec<String>,
    /// Column of the name that must agree with the register.
    pub name: Option<String>,
    /// The number is a 20-digit disability card whose first 18 digits are the identity number.
    #[serde(default)]
    pub card: bool,
    /// Column of the authorisation under which the row was asked for.
    pub authorisation: Option<String>,
}

/// 用途 for which a field may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 发现: to find people who were missed.
    Find,
    /// 核对: to verify an application or an award.
    Verify,
    /// 发放: to pay.
    Pay,
    /// 统计: counts only.
    Statistics,
}

/// 范围: for whom a field may be read. The order goes from wide to narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// 全体: everybody on the register.
    Everyone,
    /// 监测对象: households that receive help or stand on a watch list.
    Monitored,
    /// 授权家庭: households with a live authorisation.
    ApplicantAuthorised,
}

/// What a cell must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellType {
    /// An identity number of 18 digits (15 are recognised and upgraded).
    Identity,
    /// A disability card of 20 digits.
    DisabilityCard,
    /// A person's name.
    Name,
    /// Free text.
    Text,
    /// One of the listed values.
    Enum,
    /// Yuan with at most two decimals.
    Money,
    /// A whole number.
    Int,
    /// A number with at most two decimals.
    Decimal,
    /// `2024-05-31`
    Date,
    /// `2024-05`
    Month,
    /// `2024`
    Year,
    /// A division of the register.
    Division,
    /// Any well-formed division code, also of elsewhere.
    DivisionAny,
}

/// What `not_before` calls the date of birth in the row's identity number.
pub(crate) const BIRTH: &str = "birth";

/// One column of the file. The header must hold exactly these.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Header text.
    pub column: String,
    /// What a cell must be.
    #[serde(rename = "type")]
    pub ty: CellType,
    /// The values of an enum.
    #[serde(default)]
    pub values: Vec<String>,
    /// Least value, in the cell's own writing.
    pub min: Option<String>,
    /// Largest value.
    pub max: Option<String>,
    /// Date columns of the row before which this date cannot lie; `birth` is the birth of the row's number.
    #[serde(default)]
    pub not_before: Vec<String>,
    /// Whether the cell may be blank.
    #[serde(default)]
    pub optional: bool,
    /// What it may be read for. A field without purpose is checked in the header and not kept.
    pub purpose: Vec<Purpose>,
    /// For whom it may be read.
    pub reach: Reach,
}

/// How the rows of one subject become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoldKind {
    /// The newest row's value.
    Latest,
    /// The sum.
    Sum,
    /// The largest.
    Max,
    /// How many rows.
    Count,
    /// Whether there is a row.
    Exists,
    /// Whether some row's value is true.
    Any,
}

/// Only rows whose column has (or has not) one of these values take part.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// The column.
    pub column: String,
    /// It has one of these.
    #[serde(default)]
    pub is: Vec<String>,
    /// It has none of these.
    #[serde(default)]
    pub is_not: Vec<String>,
}

/// Only rows of the last months up to the delivery's date take part.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Date or month column.
    pub column: String,
    /// How many months.
    pub months: i32,
}

/// What it means that no row speaks about somebody. The first entry whose conditions hold counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Least age in full years.
    pub age_from: Option<i32>,
    /// Age below this in full years.
    pub age_below: Option<i32>,
    /// Registered class of the household: `urban` or `rural`.
    pub class: Option<String>,
    /// Another fact of the same person that must be known …
    pub if_fact: Option<String>,
    /// … and have this value.
    pub is_value: Option<String>,
    /// The value that absence means, or `unknown`.
    pub value: String,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
}

/// 事实 that comes of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactRule {
    /// Fact of the vocabulary.
    pub id: String,
    /// `household` for a fact of the whole household; else of the person.
    #[serde(default)]
    pub of: SubjectOf,
    /// How rows become one value.
    pub fold: FoldKind,
    /// Columns that give the value; several are added up.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Date, month or year column that says which row is newest; without it the last line is.
    pub by: Option<String>,
    /// Date or month column from which freshness counts; without it the delivery's date.
    pub dated_by: Option<String>,
    /// File value → fact value, where they differ.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// Rows that take part.
    #[serde(default, rename = "where")]
    pub filters: Vec<Where>,
    /// Months that take part.
    pub window: Option<Window>,
    /// Date column up to which a row holds; blank is without end. Rows that have run out take no part, and where
    /// there are no others the value is unknown: the row is not current, and not nothing.
    pub valid_to: Option<String>,
    /// What no row means; the last entry has no condition.
    pub absent: Vec<Absence>,
}

/// Whose fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectOf {
    /// Of the person.
    #[default]
    Member,
    /// Of the household.
    Household,
}

/// What a quality rule counts, as a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityKind {
    /// Rows about people who are not on the register.
    Unmatched,
    /// Rows about people who are registered as dead.
    Dead,
    /// People of the file among all people of the register.
    Population,
    /// Rows fewer than in the last delivery.
    Shrink,
    /// Rows that are set aside for any reason; half of them may be where the contract says nothing.
    SetAside,
}

/// 质量规则: a file that breaks it is held until an operator accepts it knowingly.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// What is counted.
    pub kind: QualityKind,
    /// Largest share in percent.
    pub at_most_percent: u32,
    /// What it means and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// 原件: how long the file as received is kept, sealed, before it is destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginalRule {
    /// Days after the day of receipt.
    pub keep_days: u32,
    /// Citations of the rules that say so; none where nobody says it and the number is a choice.
    pub source: Vec<String>,
    /// Why so long, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// 数据项约定 of one feed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Feed id, also the beginning of its file names.
    pub id: String,
    /// 中文 title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Who delivers it.
    pub department: Named,
    /// Citations of the law that allows it.
    pub legal_basis: Vec<String>,
    /// File format.
    pub format: Format,
    /// Encoding of a CSV file.
    pub encoding: Encoding,
    /// How long a delivery is current, `P3M`.
    pub fresh_for: String,
    /// How long the file as received is kept.
    pub original: OriginalRule,
    /// How rows show their period.
    pub period: PeriodRule,
    /// The key columns.
    pub subject: SubjectRule,
    /// All columns in any order.
    pub fields: Vec<Field>,
    /// The facts that come of it.
    #[serde(default, rename = "fact")]
    pub facts: Vec<FactRule>,
    /// When a whole file is held.
    #[serde(default, rename = "quality")]
    pub quality: Vec<Quality>,
}

impl Contract {
    /// The field of a column.
    #[must_use]
    pub fn field(&self, column: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.column == column)
    }

    /// Columns a fact is read from, keys and names aside.
    pub fn columns_of<'a>(&'a self, fact: &'a FactRule) -> impl Iterator<Item = &'a Field> {
        let named = fact
            .columns
            .iter()
            .chain(&fact.by)
            .chain(&fact.dated_by)
            .chain(fact.filters.iter().map(|w| &w.column))
            .chain(fact.window.iter().map(|w| &w.column))
            .chain(&fact.valid_to)
            .chain(&self.subject.number);
        named.filter_map(|column| self.field(column))
    }

    /// The purposes for which a fact may be read: those that all its columns share.
    #[must_use]
    pub fn purposes_of(&self, fact: &FactRule) -> Vec<Purpose> {
        let all = [Purpose::Find, Purpose::Verify, Purpose::Pay, Purpose::Statistics];
        all.into_iter().filter(|p| self.columns_of(fact).all(|f| f.purpose.contains(p))).collect()
    }

    /// For whom a fact may be read: the narrowest reach of its columns.
    #[must_use]
    pub fn reach_of(&self, fact: &FactRule) -> Reach {
        self.columns_of(fact).map(|f| f.reach).max().unwrap_or(Reach::ApplicantAuthorised)
    }
}

/// The contracts of all feeds, by feed id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contracts {
    feeds: BTreeMap<String, Contract>,
}

impl Contracts {
    /// The contracts that the program carries.
    ///
    /// # Errors
    /// As [`Contracts::parse`]; a test holds that there are none.
    pub fn builtin() -> Result<Self, Vec<ContractProblem>> {
        Self::parse(BUILTIN.iter().map(|(path, text)| (*path, *text)))
    }

    /// Reads contracts from `(path, text)` pairs and checks each by itself.
    ///
    /// # Errors
    /// Every problem of every file: unknown keys, columns that the file does not have, folds over
    /// columns of the wrong type, absence without a last word.
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<ContractProblem>> {
        let (mut feeds, mut problems) = (BTreeMap::new(), Vec::new());
        for (path, text) in files {
            match toml::from_str::<Contract>(text) {
                Ok(contract) => {
                    problems.extend(check::check_contract(path, &contract));
                    feeds.insert(contract.id.clone(), contract);
                }
                Err(error) => problems.push(ContractProblem::new(
                    path,
                    format!("读不懂这份约定，请按提示修改：{error}"),
                    format!("cannot read this contract: {error}"),
                )),
            }
        }
        if problems.is_empty() { Ok(Self { feeds }) } else { Err(problems) }
    }

    /// The contract of a feed.
    #[must_use]
    pub fn get(&self, feed: &str) -> Option<&Contract> {
        self.feeds.get(feed)
    }

    /// All contracts by id.
    pub fn iter(&self) -> impl Iterator<Item = &Contract> {
        self.feeds.values()
    }

    /// The contract and fact rule that give a fact.
    #[must_use]
    pub fn giving(&self, fact: &str) -> Option<(&Contract, &FactRule)> {
        self.iter().find_map(|c| c.facts.iter().find(|f| f.id == fact).map(|f| (c, f)))
    }

    /// The contract whose id a file name begins with: `ss_pension_2024-05.csv`.
    #[must_use]
    pub fn of_file_name(&self, name: &str) -> Option<&Contract> {
        self.iter()
            .filter(|c| name.strip_prefix(&c.id).is_some_and(|r| r.starts_with(['_', '.'])))
            .max_by_key(|c| c.id.len())
    }
}

/// Months of a period text such as `P3M`.
///
/// # Errors
/// Anything else than `P<n>M`.
pub fn months_of(text: &str) -> Result<i32, BadValue> {
    let months = text
        .strip_prefix('P')
        .and_then(|rest| rest.strip_suffix('M'))
        .and_then(|n| n.parse::<i32>().ok())
        .filter(|n| *n > 0);
    months.ok_or_else(|| BadValue {
        zh: format!("“{text}”不是月数，应写成 P3M"),
        en: format!("`{text}` is not a number of months; write P3M"),
    })
}
