//! What is still possible for a value.

use doudi_policy::Truth;
use doudi_policy::plan::Cmp;

use crate::number::Range;

/// The set of values that are still possible. A single one is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Possible {
    /// A yes or no.
    Truth(Truth),
    /// A number: a count, fen, a rate, days, months.
    Number(Range),
    /// Values of an enum, one bit a position.
    Choice(u64),
}

impl Possible {
    pub(crate) fn truth(self) -> Truth {
        match self {
            Self::Truth(truth) => truth,
            Self::Number(_) | Self::Choice(_) => Truth::Unknown,
        }
    }

    pub(crate) fn number(self) -> Range {
        match self {
            Self::Number(range) => range,
            Self::Truth(_) | Self::Choice(_) => Range::ANY,
        }
    }

    pub(crate) fn choice(self) -> u64 {
        match self {
            Self::Choice(mask) => mask,
            Self::Truth(_) | Self::Number(_) => u64::MAX,
        }
    }

    pub(crate) fn is_known(self) -> bool {
        match self {
            Self::Truth(truth) => truth != Truth::Unknown,
            Self::Number(range) => range.single().is_some(),
            Self::Choice(mask) => mask.count_ones() == 1,
        }
    }

    /// Everything that is possible for one or the other.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Truth(a), Self::Truth(b)) if a == b => self,
            (Self::Number(a), Self::Number(b)) => Self::Number(a.hull(b)),
            (Self::Choice(a), Self::Choice(b)) => Self::Choice(a | b),
            _ => Self::Truth(Truth::Unknown),
        }
    }

    pub(crate) fn compare(self, cmp: Cmp, other: Self) -> Truth {
        let (can, can_not) = match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.compare(cmp, b),
            (Self::Truth(a), Self::Truth(b)) => {
                let known = a != Truth::Unknown && b != Truth::Unknown;
                equality(cmp, !known || a == b, known && a == b)
            }
            (Self::Choice(a), Self::Choice(b)) => equality(cmp, a & b != 0, a == b && a.count_ones() == 1),
            _ => (true, true),
        };
        from_sides(can, can_not)
    }
}

fn equality(cmp: Cmp, may: bool, must: bool) -> (bool, bool) {
    match cmp {
        Cmp::Eq => (may, !must),
        Cmp::Ne => (!must, may),
        Cmp::Lt | Cmp::Le | Cmp::Gt | Cmp::Ge => (true, true),
    }
}

/// A truth that can be true, or false, or both.
pub(crate) fn from_sides(can_be_true: bool, can_be_false: bool) -> Truth {
    match (can_be_true, can_be_false) {
        (true, false) => Truth::True,
        (false, true) => Truth::False,
        _ => Truth::Unknown,
    }
}

pub(crate) fn from_bool(yes: bool) -> Truth {
    if yes { Truth::True } else { Truth::False }
}
