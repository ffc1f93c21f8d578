//! 数据分级: how much harm a field does in the wrong hands.

use serde::{Deserialize, Serialize};

/// The class of a field, by the harm that its disclosure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DataClass {
    /// 公开: what anybody may read, such as standards and notices.
    C0,
    /// 内部: working data without a person, such as counts and deadlines.
    C1,
    /// 个人: a person, but nothing that harms: name, village, household.
    C2,
    /// 敏感: income, property, telephone, full address, circumstances.
    C3,
    /// 高度敏感: identity number, bank account, health, minors, victims of violence.
    C4,
}

impl DataClass {
    /// All classes, least harmful first.
    pub const ALL: [Self; 5] = [Self::C0, Self::C1, Self::C2, Self::C3, Self::C4];

    /// Whether a field of this class may only be stored sealed.
    pub fn must_be_sealed(self) -> bool {
        self >= Self::C3
    }

    /// The number in stored values and key labels.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::C0 => 0,
            Self::C1 => 1,
            Self::C2 => 2,
            Self::C3 => 3,
            Self::C4 => 4,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// The class with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// `C0` … `C4`, as tables write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::C0 => "C0",
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
            Self::C4 => "C4",
        }
    }

    /// The Chinese name.
    pub fn zh(self) -> &'static str {
        match self {
            Self::C0 => "公开",
            Self::C1 => "内部",
            Self::C2 => "个人",
            Self::C3 => "敏感",
            Self::C4 => "高度敏感",
        }
    }

    /// The English name.
    pub fn en(self) -> &'static str {
        match self {
            Self::C0 => "public",
            Self::C1 => "internal",
            Self::C2 => "personal",
            Self::C3 => "sensitive",
            Self::C4 => "highly sensitive",
        }
    }
}
