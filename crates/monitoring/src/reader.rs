//! From rows to facts: one fact rule, ready to read the rows of one person.

use doudi_policy::plan::{FactDecl, Type};
use doudi_policy::value::BadValue;
use doudi_policy::{Date, Fen};
use doudi_registry::UrbanRural;

use crate::contract::{
    Absence, CellType, Contract, FactRule, FoldKind, Reach, SubjectKind, SubjectOf, Vocabulary,
};
use crate::delivery::{BLANK, BLANK_CODE, Delivery, Values};

/// A fact value as a number: truths are 0 and 1, enums the position of their value.
pub type Number = i64;

/// What the absence of rows means, ready to apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceRule {
    /// Least age in full years.
    pub age_from: Option<i32>,
    /// Age below this.
    pub age_below: Option<i32>,
    /// Registered class of the household.
    pub class: Option<UrbanRural>,
    /// Another fact that must be known with this value, as written.
    pub if_fact: Option<(String, String)>,
    /// The value, or `None` for unknown.
    pub value: Option<Number>,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
}

/// One fact rule with its columns and values resolved against the vocabulary.
#[derive(Clone, Debug)]
pub struct FactReader {
    /// Fact id.
    pub fact: String,
    /// Feed id.
    pub feed: String,
    /// Whether it is a fact of the household.
    pub household: bool,
    /// For whom it may be read.
    pub reach: Reach,
    /// What absence means, first match wins.
    pub absent: Vec<AbsenceRule>,
    of_persons: bool,
    rule: FactRule,
    convert: Vec<Convert>,
}

#[derive(Clone, Debug)]
enum Convert {
    /// The number as it is.
    Plain,
    /// A text to the value of this position.
    Codes(Vec<(String, Number)>),
}

impl FactReader {
    /// Resolves a fact rule.
    ///
    /// # Errors
    /// A column of a type that does not give the fact's type, or a value that the fact does not have.
    pub fn new(contract: &Contract, rule: &FactRule, vocabulary: Vocabulary<'_>) -> Result<Self, BadValue> {
        let bad = |zh: String, en: String| BadValue { zh, en };
        let decl = vocabulary
            .fact(&rule.id)
            .ok_or_else(|| bad("不在词汇中".to_owned(), "is not in the vocabulary".to_owned()))?;
        let mut convert = Vec::new();
        for column in &rule.columns {
            let field = contract
                .field(column)
                .ok_or_else(|| bad(format!("没有列“{column}”"), format!("no column `{column}`")))?;
            convert.push(match (field.ty, decl.ty) {
                (CellType::Money, Type::Money(_))
                | (CellType::Date | CellType::Month | CellType::Year, Type::Date)
                | (CellType::Int, Type::Int) => Convert::Plain,
                (CellType::Enum, Type::Enum(_) | Type::Bool) => {
                    let mut pairs = Vec::new();
                    for text in &field.values {
                        let target = rule.map.get(text).unwrap_or(text);
                        pairs.push((text.clone(), value_of(vocabulary, decl, target)?));
                    }
                    Convert::Codes(pairs)
                }
                _ => {
                    return Err(bad(
                        format!("列“{column}”的类型给不出这个事实"),
                        format!("column `{column}` is of a type that cannot give this fact"),
                    ));
                }
            });
        }
        let mut absent = Vec::new();
        for a in &rule.absent {
            absent.push(absence(vocabulary, decl, a)?);
        }
        Ok(Self {
            fact: rule.id.clone(),
            feed: contract.id.clone(),
            household: rule.of == SubjectOf::Household || contract.subject.kind == SubjectKind::Household,
            reach: contract.reach_of(rule),
            absent,
            of_persons: contract.subject.kind != SubjectKind::Household,
            rule: rule.clone(),
            convert,
        })
    }

    /// How rows become one value.
    #[must_use]
    pub fn fold(&self) -> FoldKind {
        self.rule.fold
    }

    /// Whether a household's value needs the rows of all its adults: a sum over people.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        self.household && self.rule.fold == FoldKind::Sum && self.of_persons
    }

    /// Binds the rule to a delivery of its feed, read on a day.
    ///
    /// # Errors
    /// A column that the delivery does not have: it was written under another contract.
    pub fn bind<'a>(&'a self, delivery: &'a Delivery, day: Date) -> Result<Bound<'a>, BadValue> {
        let numbers = |name: &String| -> Result<&'a Values, BadValue> {
            delivery.column(name).ok_or_else(|| BadValue {
                zh: format!("交付文件缺少列“{name}”：约定已变，请重新导入"),
                en: format!("the delivery lacks column `{name}`: the contract has changed, import again"),
            })
        };
        let mut sources = Vec::new();
        for (column, convert) in self.rule.columns.iter().zip(&self.convert) {
            let values = numbers(column)?;
            let table = match (convert, values) {
                (Convert::Codes(pairs), Values::Code { values, .. }) => {
                    values.iter().map(|v| pairs.iter().find(|(t, _)| t == v).map(|(_, n)| *n)).collect()
                }
                _ => Vec::new(),
            };
            sources.push(Source { values, table });
        }
        let mut filters = Vec::new();
        for filter in &self.rule.filters {
            if let Values::Code { codes, values } = numbers(&filter.column)? {
                let pass = |v: &String| {
                    (filter.is.is_empty() || filter.is.contains(v)) && !filter.is_not.contains(v)
                };
                filters.push(Filter {
                    codes,
                    pass: values.iter().map(pass).collect(),
                    blank: filter.is.is_empty(),
                });
            }
        }
        let date_column = |name: &Option<String>| -> Result<Option<&'a [i64]>, BadValue> {
            match name {
                None => Ok(None),
                Some(name) => Ok(match numbers(name)? {
                    Values::Number(n) => Some(n.as_slice()),
                    Values::Code { .. } => None,
                }),
            }
        };
        let window_column = self.rule.window.as_ref().map(|w| w.column.clone());
        let window = match (&self.rule.window, date_column(&window_column)?) {
            (Some(w), Some(values)) => {
                let first = delivery.label.as_of.plus_days(1).plus_months(-w.months);
                Some((values, i64::from(first.0), i64::from(delivery.label.as_of.0)))
            }
            _ => None,
        };
        Ok(Bound {
            delivery,
            fold: self.rule.fold,
            sources,
            filters,
            by: date_column(&self.rule.by)?,
            dated_by: date_column(&self.rule.dated_by)?,
            window,
            valid_to: date_column(&self.rule.valid_to)?.map(|values| (values, i64::from(day.0))),
        })
    }
}

struct Source<'a> {
    values: &'a Values,
    table: Vec<Option<Number>>,
}

impl Source<'_> {
    fn at(&self, row: usize) -> Option<Number> {
        match self.values {
            Values::Number(n) => n.get(row).copied().filter(|v| *v != BLANK),
            Values::Code { codes, .. } => {
                let code = codes.get(row).copied()?;
                self.table.get(usize::from(code)).copied().flatten()
            }
        }
    }
}

struct Filter<'a> {
    codes: &'a [u16],
    pass: Vec<bool>,
    blank: bool,
}

impl Filter<'_> {
    fn passes(&self, row: usize) -> bool {
        match self.codes.get(row) {
            Some(code) if *code != BLANK_CODE => self.pass.get(usize::from(*code)).copied().unwrap_or(false),
            _ => self.blank,
        }
    }
}

/// A fact rule over one delivery.
pub struct Bound<'a> {
    delivery: &'a Delivery,
    fold: FoldKind,
    sources: Vec<Source<'a>>,
    filters: Vec<Filter<'a>>,
    by: Option<&'a [i64]>,
    dated_by: Option<&'a [i64]>,
    window: Option<(&'a [i64], i64, i64)>,
    valid_to: Option<(&'a [i64], i64)>,
}

/// What the rows of one person say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The value.
    pub value: Number,
    /// From when it is.
    pub as_of: Date,
    /// A row to cite: the newest, largest or last that took part.
    pub row: usize,
    /// The rows have all run out: they say what was, and what is now is unknown.
    pub expired: bool,
}

impl Bound<'_> {
    /// What these rows of one person say; `None` where none of them takes part.
    #[must_use]
    pub fn read(&self, rows: std::ops::Range<usize>) -> Option<Reading> {
        self.fold(rows.clone(), false).or_else(|| self.fold(rows, true))
    }

    fn fold(&self, rows: std::ops::Range<usize>, expired: bool) -> Option<Reading> {
        let mut result: Option<(Number, i64, usize)> = None;
        for row in rows.filter(|row| self.takes_part(*row) && self.has_expired(*row) == expired) {
            let order = number_at(self.by, row).unwrap_or(i64::MIN);
            let value = match self.fold {
                FoldKind::Count | FoldKind::Exists => 1,
                _ => match self.value(row) {
                    Some(value) => value,
                    None => continue,
                },
            };
            result = Some(match (self.fold, result) {
                (_, None) => (value, order, row),
                (FoldKind::Latest, Some(old)) if order < old.1 => old,
                (FoldKind::Latest, Some(_)) => (value, order, row),
                (FoldKind::Sum | FoldKind::Count, Some(old)) => (old.0.saturating_add(value), order, row),
                (FoldKind::Max | FoldKind::Exists | FoldKind::Any, Some(old)) => {
                    if value > old.0 {
                        (value, order, row)
                    } else {
                        old
                    }
                }
            });
        }
        let (value, _, row) = result?;
        let delivered = self.delivery.label.as_of;
        let as_of = number_at(self.dated_by, row)
            .and_then(|days| i32::try_from(days).ok())
            .map_or(delivered, |days| Date(days).min(delivered));
        Some(Reading { value, as_of, row, expired })
    }

    fn takes_part(&self, row: usize) -> bool {
        let in_window = self.window.is_none_or(|(values, first, last)| {
            number_at(Some(values), row).is_some_and(|day| first <= day && day <= last)
        });
        in_window && self.filters.iter().all(|f| f.passes(row))
    }

    fn has_expired(&self, row: usize) -> bool {
        self.valid_to.is_some_and(|(last, day)| number_at(Some(last), row).is_some_and(|last| last < day))
    }

    /// The row's value: of several columns their sum, blank only where all are blank.
    fn value(&self, row: usize) -> Option<Number> {
        let cells = self.sources.iter().filter_map(|s| s.at(row));
        cells.reduce(Number::saturating_add)
    }
}

fn number_at(values: Option<&[i64]>, row: usize) -> Option<i64> {
    values?.get(row).copied().filter(|v| *v != BLANK)
}

fn absence(vocabulary: Vocabulary<'_>, decl: &FactDecl, a: &Absence) -> Result<AbsenceRule, BadValue> {
    let value = match a.value.as_str() {
        "unknown" => None,
        text => Some(value_of(vocabulary, decl, text)?),
    };
    let class = match &a.class {
        None => None,
        Some(text) => Some(UrbanRural::from_id(text).ok_or_else(|| BadValue {
            zh: format!("class “{text}”应为 urban 或 rural"),
            en: format!("class `{text}` is neither urban nor rural"),
        })?),
    };
    Ok(AbsenceRule {
        age_from: a.age_from,
        age_below: a.age_below,
        class,
        if_fact: a.if_fact.clone().zip(a.is_value.clone()),
        value,
        zh: a.zh.clone(),
        en: a.en.clone(),
    })
}

/// Reads a value of a fact as contracts write it: `0`, `true`, an enum's id or label, a date.
///
/// # Errors
/// A text that is no value of the fact.
pub fn value_of(vocabulary: Vocabulary<'_>, decl: &FactDecl, text: &str) -> Result<Number, BadValue> {
    let bad = || BadValue {
        zh: format!("“{text}”不是“{}”的值", decl.zh),
        en: format!("`{text}` is not a value of `{}`", decl.id),
    };
    match decl.ty {
        Type::Bool => match text {
            "true" | "是" => Ok(1),
            "false" | "否" => Ok(0),
            _ => Err(bad()),
        },
        Type::Enum(_) => {
            let values = vocabulary.values(decl);
            let found = values.iter().position(|(id, zh)| id == text || zh == text);
            found.and_then(|p| i64::try_from(p).ok()).ok_or_else(bad)
        }
        Type::Money(_) => Fen::parse_yuan(text).map(|fen| fen.0),
        Type::Int => text.parse().map_err(|_| bad()),
        Type::Date => text.parse::<Date>().map(|d| i64::from(d.0)),
        _ => Err(bad()),
    }
}
