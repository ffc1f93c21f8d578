//! 事实批次: households with their lists (members, obligors) as columns, the only form that the
//! evaluator reads. A single case is a batch of one household.

use std::collections::BTreeMap;

/// Why a fact has no usable value. The order is the order of the codes in stored snapshots.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum State {
    /// 已知
    #[default]
    Known = 0,
    /// 缺失: nobody has told.
    Missing = 1,
    /// 过期: older than the vocabulary allows. In mode `find` a stale value stands, marked.
    Stale = 2,
    /// 有争议: the person says it is wrong and the source has not answered.
    Disputed = 3,
    /// 矛盾: two sources of equal standing differ.
    Conflict = 4,
    /// 未授权: the field may be read only under a live authorisation, and there is none.
    OutOfReach = 5,
}

/// The values of one column. The slot of a value that is not known holds any number and is never read.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// int as itself, money in fen, date in days, month in months (see `value`).
    Number(Vec<i64>),
    /// An enum by the position of its value in the declaration.
    Enum(Vec<u8>),
    /// A yes or no.
    Bool(Vec<bool>),
}

/// One fact for every subject of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// One value a subject.
    pub data: Data,
    /// One state a subject; same length as the data.
    pub state: Vec<State>,
}

impl Column {
    /// How many subjects the column covers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.len()
    }

    /// Whether the column covers nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.is_empty()
    }
}

/// A list that hangs on each household: members, obligors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListColumns {
    /// `households + 1` offsets; the subjects of household `h` are `offsets[h] .. offsets[h + 1]`.
    pub offsets: Vec<u32>,
    /// Whether the list of each household is complete. A household whose list is not known to be complete
    /// may have further subjects, of whom nothing is known.
    pub complete: Vec<bool>,
    /// Columns by fact id. A declared fact without a column is missing for everybody.
    pub columns: BTreeMap<String, Column>,
}

/// 事实批次: the facts of a run of households.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Number of households.
    pub households: usize,
    /// Division of each household, for parameters by place (village or township code).
    pub division: Vec<u32>,
    /// The codes that `division` indexes.
    pub divisions: Vec<crate::DivisionCode>,
    /// Household columns by fact id.
    pub columns: BTreeMap<String, Column>,
    /// 家庭成员
    pub members: ListColumns,
    /// 法定赡养抚养扶养义务人 outside the household.
    pub obligors: ListColumns,
}
