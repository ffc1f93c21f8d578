//! 列值: what is still possible for a node, one cell a row.

use super::interval::{End, Interval};
use super::ratio::Ratio;
use crate::plan::Type;
use crate::value::Truth;

/// A set of truths: bit 0 = can be true, bit 1 = can be false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bits(pub(crate) u8);

impl Bits {
    pub(crate) const TRUE: Self = Self(1);
    pub(crate) const FALSE: Self = Self(2);
    pub(crate) const BOTH: Self = Self(3);

    pub(crate) fn of(can_be_true: bool, can_be_false: bool) -> Self {
        Self(u8::from(can_be_true) | (u8::from(can_be_false) << 1))
    }

    pub(crate) fn known(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }

    pub(crate) fn can_be_true(self) -> bool {
        self.0 & 1 != 0
    }

    pub(crate) fn can_be_false(self) -> bool {
        self.0 & 2 != 0
    }

    pub(crate) fn not(self) -> Self {
        Self(((self.0 & 1) << 1) | ((self.0 >> 1) & 1))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self((self.0 & other.0 & 1) | ((self.0 | other.0) & 2))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(((self.0 | other.0) & 1) | (self.0 & other.0 & 2))
    }

    pub(crate) fn truth(self) -> Truth {
        match self.0 {
            1 => Truth::True,
            2 => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

impl From<Truth> for Bits {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Self::TRUE,
            Truth::False => Self::FALSE,
            Truth::Unknown => Self::BOTH,
        }
    }
}

/// A set of enum values by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask(pub(crate) u64);

impl Mask {
    /// The value at a position; a position that no enum has leaves everything possible.
    pub(crate) fn of(position: u8) -> Self {
        Self(1_u64.checked_shl(u32::from(position)).unwrap_or(u64::MAX))
    }

    /// Every value of an enum of this size.
    pub(crate) fn all(values: usize) -> Self {
        let shift = u32::try_from(values).unwrap_or(u32::MAX);
        Self(1_u64.checked_shl(shift).map_or(u64::MAX, |bit| bit.wrapping_sub(1)))
    }
}

/// What all kinds of cells can do.
pub(crate) trait Cell: Copy {
    /// Everything possible.
    const UNKNOWN: Self;
    fn hull(self, other: Self) -> Self;
    fn is_known(self) -> bool;
    fn cells(column: &Cells) -> Option<&[Self]>;
    fn column(cells: Vec<Self>) -> Cells;
}

/// The cells of one node.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    Truth(Vec<Bits>),
    Whole(Vec<Interval<i64>>),
    Exact(Vec<Interval<Ratio>>),
    Enum(Vec<Mask>),
}

macro_rules! cell {
    ($ty:ty, $variant:ident, $unknown:expr, $hull:expr, $known:expr) => {
        impl Cell for $ty {
            const UNKNOWN: Self = $unknown;
            fn hull(self, other: Self) -> Self {
                $hull(self, other)
            }
            fn is_known(self) -> bool {
                $known(self)
            }
            fn cells(column: &Cells) -> Option<&[Self]> {
                match column {
                    Cells::$variant(cells) => Some(cells),
                    _ => None,
                }
            }
            fn column(cells: Vec<Self>) -> Cells {
                Cells::$variant(cells)
            }
        }
    };
}
cell!(Bits, Truth, Bits::BOTH, |a: Self, b: Self| Self(a.0 | b.0), |a: Self| a != Self::BOTH);
cell!(Mask, Enum, Mask(u64::MAX), |a: Self, b: Self| Self(a.0 | b.0), |a: Self| a.0.count_ones() == 1);
cell!(Interval<i64>, Whole, Interval::UNBOUNDED, Self::hull, Self::is_point);
cell!(Interval<Ratio>, Exact, Interval::UNBOUNDED, Self::hull, Self::is_point);

/// How a type is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Truth,
    Whole,
    Exact,
    Enum,
}

impl From<Type> for Kind {
    fn from(ty: Type) -> Self {
        match ty {
            Type::Bool => Self::Truth,
            Type::Int | Type::Money(_) | Type::Date | Type::Month => Self::Whole,
            Type::Exact(_) | Type::Rate => Self::Exact,
            Type::Enum(_) => Self::Enum,
        }
    }
}

impl Cells {
    /// A column of which nothing is known.
    pub(crate) fn unknown(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Truth => Self::Truth(vec![Cell::UNKNOWN; rows]),
            Kind::Whole => Self::Whole(vec![Cell::UNKNOWN; rows]),
            Kind::Exact => Self::Exact(vec![Cell::UNKNOWN; rows]),
            Kind::Enum => Self::Enum(vec![Cell::UNKNOWN; rows]),
        }
    }

    /// The set at a row; a row beyond the column is unknown.
    pub(crate) fn value(&self, row: usize) -> Value {
        match self {
            Self::Truth(cells) => Value::Truth(cells.get(row).map_or(Truth::Unknown, |b| b.truth())),
            Self::Whole(cells) => {
                let c = cells.get(row).copied().unwrap_or(Cell::UNKNOWN);
                let (lo, hi) = whole_ends(c);
                Value::Number { lo, hi }
            }
            Self::Exact(cells) => {
                let c = cells.get(row).copied().unwrap_or(Cell::UNKNOWN);
                Value::Exact { lo: c.lo.lowest(), hi: c.hi.lowest() }
            }
            Self::Enum(cells) => Value::Enum(cells.get(row).map_or(u64::MAX, |m| m.0)),
        }
    }
}

/// The ends of an interval of whole numbers; `None` is infinite.
pub(crate) fn whole_ends(interval: Interval<i64>) -> (Option<i64>, Option<i64>) {
    ((!interval.lo.is_neg_inf()).then_some(interval.lo), (!interval.hi.is_pos_inf()).then_some(interval.hi))
}

/// 可能值: the set of values that are still possible for one node and one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A truth.
    Truth(Truth),
    /// A whole number (int, fen, days, months) between two ends; `None` is infinite.
    Number {
        /// Least possible.
        lo: Option<i64>,
        /// Largest possible.
        hi: Option<i64>,
    },
    /// An exact fraction between two ends, in lowest terms as (numerator, denominator).
    Exact {
        /// Least possible.
        lo: Option<(i64, i64)>,
        /// Largest possible.
        hi: Option<(i64, i64)>,
    },
    /// Enum values as a bit mask by position.
    Enum(u64),
}

impl Value {
    /// Whether a single value is left.
    #[must_use]
    pub fn is_known(self) -> bool {
        match self {
            Self::Truth(t) => t != Truth::Unknown,
            Self::Number { lo, hi } => lo.is_some() && lo == hi,
            Self::Exact { lo, hi } => lo.is_some() && lo == hi,
            Self::Enum(mask) => mask.count_ones() == 1,
        }
    }
}
