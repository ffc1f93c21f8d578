//! 事实表: the facts of one household as JSON, the form in which the command line, leads, cases and pages pass
//! them on. A value may carry where it comes from; null is unknown, never zero.

use std::collections::BTreeMap;

mod columns;
mod family;
mod json;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use columns::MOST_PEOPLE;
pub(crate) use read::{enum_of, unit};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::column::State;
use crate::eval::Subject;
use crate::plan::Entity;
use crate::value::{Date, DivisionCode};

/// 事实表 of one household.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactSheet {
    /// Household code or other mark by which the caller knows it again; carried, not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the household lives, to the village or township if known: parameters depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionCode>,
    /// Facts of the household by id.
    #[serde(default)]
    pub household: BTreeMap<String, SheetValue>,
    /// 家庭成员
    #[serde(default)]
    pub members: Vec<SheetSubject>,
    /// Whether the members are said to be all of them; [`FactSheet::lists_all`] reads it.
    #[serde(default = "yes")]
    pub members_complete: bool,
    /// 法定赡养抚养扶养义务人 outside the household.
    #[serde(default)]
    pub obligors: Vec<SheetSubject>,
    /// Whether the obligors are said to be all of them.
    #[serde(default)]
    pub obligors_complete: bool,
    /// The legend that a template carries; not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Value>,
}

fn yes() -> bool {
    true
}

impl Default for FactSheet {
    fn default() -> Self {
        Self {
            id: None,
            division: None,
            household: BTreeMap::new(),
            members: Vec::new(),
            members_complete: true,
            obligors: Vec::new(),
            obligors_complete: false,
            facts: None,
        }
    }
}

/// A member or obligor on a sheet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SheetSubject {
    /// What the person is called on this sheet; carried, not a fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Surrogate id of the person; carried, not a fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<i64>,
    /// Facts by id.
    #[serde(flatten)]
    pub facts: BTreeMap<String, SheetValue>,
}

/// A value with its provenance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SheetValue {
    /// Null, a yes or no, a number or a text: money in yuan, an enum by English id or 中文 label, a date as
    /// `2024-06-01`, a month as `2024-06`. For a fact with a window also a list of such values, one a month back from
    /// the period; months beyond the list are unknown.
    pub value: Value,
    /// Feed id, form or visit that supplied it.
    pub source: Option<String>,
    /// Day on which it was true.
    pub as_of: Option<Date>,
    /// Grade of the evidence: A to D.
    pub grade: Option<String>,
    /// Why it may not be used. Absent: known where there is a value (stale where `as_of` is older than the
    /// vocabulary allows), else missing.
    pub state: Option<State>,
    /// Row of the delivery that it stands in.
    pub line: Option<String>,
}

impl SheetValue {
    /// A value without provenance.
    #[must_use]
    pub fn of(value: impl Into<Value>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    fn is_bare(&self) -> bool {
        self.source.is_none()
            && self.as_of.is_none()
            && self.grade.is_none()
            && self.state.is_none()
            && self.line.is_none()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithProvenance {
    #[serde(default)]
    value: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grade: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

impl Serialize for SheetValue {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.is_bare() {
            return self.value.serialize(s);
        }
        let Self { value, source, as_of, grade, state, line } = self.clone();
        WithProvenance { value, source, as_of, grade, state, line }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for SheetValue {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Value::deserialize(d)? {
            Value::Object(map) => {
                let WithProvenance { value, source, as_of, grade, state, line } =
                    serde_json::from_value(Value::Object(map)).map_err(serde::de::Error::custom)?;
                Ok(Self { value, source, as_of, grade, state, line })
            }
            value => Ok(Self::of(value)),
        }
    }
}

/// What is wrong with a sheet, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{path}: {zh} / {en}")]
pub struct SheetProblem {
    /// Stable number in the catalogue of errors, such as `E0907`.
    pub number: &'static str,
    /// The same in a word, such as `sheet-fact`.
    pub code: &'static str,
    /// Place on the sheet: `members[0].wage`; `[3].` stands before it where several sheets were given.
    pub path: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Bytes of the largest sheet.
pub const LARGEST_SHEET: usize = 4 << 20;

impl SheetProblem {
    /// A problem of the catalogue at a place of the sheet, in Chinese and English.
    fn new(code: &'static str, path: String, zh: String, en: String) -> Self {
        let number = crate::diag::entry(code).map_or("E0000", |entry| entry.number);
        let visible = |text: &str| crate::glyph::visible(text, 700);
        Self { number, code, path: visible(&path), zh: visible(&zh), en: visible(&en) }
    }

    /// Input of which no text can be made: bytes that are not UTF-8, the first of them at a place from 1.
    #[must_use]
    pub fn not_utf8(byte: usize) -> Self {
        Self::new(
            "sheet-encoding",
            String::new(),
            format!("第 {byte} 个字节起不是 UTF-8 文字；另存为 UTF-8"),
            format!("from byte {byte} on this is no UTF-8 text; save it as UTF-8"),
        )
    }

    /// Input that is longer than [`LARGEST_SHEET`] and was not kept.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(
            "sheet-size",
            String::new(),
            "超过 4 MiB，没有读取；每行写一户".to_owned(),
            "larger than 4 MiB and not read; write one household a line".to_owned(),
        )
    }
}

impl FactSheet {
    /// Reads one sheet from JSON text.
    ///
    /// # Errors
    /// Text that is not JSON, has a name twice in one place, or has not the shape of a sheet: every problem with its
    /// path.
    pub fn from_json(text: &str) -> Result<Self, Vec<SheetProblem>> {
        if text.len() > LARGEST_SHEET {
            return Err(vec![SheetProblem::too_large()]);
        }
        json::read(text)
    }

    /// Whether a list of people is known to be all of them. A sheet without members says nothing about who lives there.
    #[must_use]
    pub fn lists_all(&self, of: Entity) -> bool {
        match of {
            Entity::Member => self.members_complete && !self.members.is_empty(),
            Entity::Obligor => self.obligors_complete,
            Entity::Household | Entity::Constant => true,
        }
    }

    /// The value of a fact on the sheet, by English id. For the value of an earlier month (`wage@1`) that stands in a
    /// list: the list, whose provenance it shares.
    #[must_use]
    pub fn value(&self, fact: &str, subject: Subject) -> Option<&SheetValue> {
        let facts = self.subject(subject)?;
        let listed = || {
            let base = facts.get(fact.split_once('@')?.0)?;
            base.value.is_array().then_some(base)
        };
        facts.get(fact).or_else(listed)
    }

    /// The facts of a subject.
    #[must_use]
    pub fn subject(&self, subject: Subject) -> Option<&BTreeMap<String, SheetValue>> {
        match subject {
            Subject::Household => Some(&self.household),
            Subject::Member(at) => self.members.get(at as usize).map(|s| &s.facts),
            Subject::Obligor(at) => self.obligors.get(at as usize).map(|s| &s.facts),
        }
    }
}
