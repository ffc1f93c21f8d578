//! 列值: what is still possible for a node, one cell a row.

use std::borrow::Cow;

use super::exact::Exact;
use super::interval::{End, Interval};
use super::lane::vector;
use super::numbers::Numbers;
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
        Self(2 - u8::from(value))
    }

    pub(crate) fn is_known(self) -> bool {
        self != Self::BOTH
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

/// How many of some truths are `which`.
pub(crate) fn how_many(truths: &[Bits], which: Bits) -> usize {
    // As many as a byte can count at a time.
    let some = move |truths: &[Bits]| {
        truths.iter().fold(0_u8, |count, truth| count.wrapping_add(u8::from(truth.0 == which.0)))
    };
    vector(move || truths.chunks(255).map(|truths| usize::from(some(truths))).sum())
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

    /// Every value of any enum.
    pub(crate) const UNKNOWN: Self = Self(u64::MAX);

    pub(crate) fn is_known(self) -> bool {
        self.0.count_ones() == 1
    }

    /// Every value of an enum of this size.
    pub(crate) fn all(values: usize) -> Self {
        let shift = u32::try_from(values).unwrap_or(u32::MAX);
        Self(1_u64.checked_shl(shift).map_or(u64::MAX, |bit| bit.wrapping_sub(1)))
    }
}

/// Sets of enum values, one a row.
#[derive(Clone, Debug)]
pub(crate) enum Enums<'a> {
    /// Every row is known: positions in the declaration, each below 64.
    Codes(Cow<'a, [u8]>),
    /// Any sets.
    Masks(Vec<Mask>),
}

impl Enums<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Codes(codes) => codes.len(),
            Self::Masks(masks) => masks.len(),
        }
    }

    pub(crate) fn at(&self, row: usize) -> Option<Mask> {
        match self {
            Self::Codes(codes) => codes.get(row).map(|code| Mask::of(*code)),
            Self::Masks(masks) => masks.get(row).copied(),
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Mask> + '_ {
        (0..self.len()).map(|r| self.at(r).unwrap_or(Mask::UNKNOWN))
    }

    /// Per row whether its value is among those of the set.
    pub(crate) fn among(&self, set: u64) -> Vec<Bits> {
        match self {
            Self::Codes(codes) => {
                let mut out = vec![Bits::BOTH; codes.len()];
                // A run of neighbouring values is two comparisons.
                let first = u8::try_from(set.trailing_zeros()).unwrap_or(u8::MAX);
                let count = u8::try_from(set.count_ones()).unwrap_or(u8::MAX);
                let run = set.checked_shr(first.into()).unwrap_or(0);
                let neighbours = run & run.wrapping_add(1) == 0 && count < 64;
                let (rows, codes) = (out.as_mut_slice(), &**codes);
                if neighbours {
                    vector(move || {
                        for (out, code) in rows.iter_mut().zip(codes) {
                            *out = Bits::known(code.wrapping_sub(first) < count);
                        }
                    });
                } else {
                    vector(move || {
                        for (out, code) in rows.iter_mut().zip(codes) {
                            *out = Bits::known(set.wrapping_shr(u32::from(*code)) & 1 != 0);
                        }
                    });
                }
                out
            }
            Self::Masks(masks) => {
                masks.iter().map(|mask| Bits::of(mask.0 & set != 0, mask.0 & !set != 0)).collect()
            }
        }
    }

    pub(crate) fn take<'r>(&self, rows: &[u32]) -> Enums<'r> {
        match self {
            Self::Codes(codes) => {
                let code = |r: &u32| codes.get(*r as usize).copied().unwrap_or(0);
                Enums::Codes(rows.iter().map(code).collect())
            }
            Self::Masks(_) => {
                let mask = |r: &u32| self.at(*r as usize).unwrap_or(Mask::UNKNOWN);
                Enums::Masks(rows.iter().map(mask).collect())
            }
        }
    }

    pub(crate) fn known_rows(&self) -> Vec<Bits> {
        match self {
            Self::Codes(codes) => vec![Bits::TRUE; codes.len()],
            Self::Masks(masks) => masks.iter().map(|m| Bits::known(m.is_known())).collect(),
        }
    }
}

/// The cells of one node.
#[derive(Clone, Debug)]
pub(crate) enum Cells<'a> {
    Truth(Vec<Bits>),
    Whole(Numbers<'a>),
    Exact(Exact<'a>),
    Enum(Enums<'a>),
}

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

impl Cells<'_> {
    /// A column of which nothing is known.
    pub(crate) fn unknown(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Truth => Self::Truth(vec![Bits::BOTH; rows]),
            Kind::Whole => Self::Whole(Numbers::of_interval(Interval::UNBOUNDED, rows)),
            Kind::Exact => Self::Exact(Exact::of_interval(Interval::UNBOUNDED, rows)),
            Kind::Enum => Self::Enum(Enums::Masks(vec![Mask::UNKNOWN; rows])),
        }
    }

    /// The set at a row; a row beyond the column is unknown.
    pub(crate) fn value(&self, row: usize) -> Value {
        match self {
            Self::Truth(cells) => Value::Truth(cells.get(row).map_or(Truth::Unknown, |b| b.truth())),
            Self::Whole(cells) => {
                let (lo, hi) = whole_ends(cells.at(row).unwrap_or(Interval::UNBOUNDED));
                Value::Number { lo, hi }
            }
            Self::Exact(cells) => {
                let c = cells.at(row).unwrap_or(Interval::UNBOUNDED);
                Value::Exact { lo: c.lo.lowest(), hi: c.hi.lowest() }
            }
            Self::Enum(cells) => Value::Enum(cells.at(row).map_or(u64::MAX, |m| m.0)),
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
