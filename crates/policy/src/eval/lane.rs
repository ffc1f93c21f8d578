//! 数列: one whole number a row, and the loops over them. Each loop takes slices of one length and computes with
//! wrapping operations: callers have shown from the ranges that nothing can wrap.

use std::sync::Arc;

use super::cells::Bits;

/// Runs a loop compiled for the vector units that this processor has.
pub(crate) fn vector<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// One whole number a row.
#[derive(Clone, Debug)]
pub(crate) enum Lane<'a> {
    /// The same for every row.
    Same(i64),
    /// A part of a fact's column.
    Slice(&'a [i64]),
    /// Computed; cheap to share.
    Rows(Arc<Vec<i64>>),
}

/// A lane as a loop reads it.
#[derive(Clone, Copy)]
enum View<'l> {
    Same(i64),
    Rows(&'l [i64]),
}

impl Lane<'_> {
    pub(crate) fn of(rows: Vec<i64>) -> Self {
        Self::Rows(Arc::new(rows))
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Same(value) => View::Same(*value),
            Self::Slice(rows) => View::Rows(rows),
            Self::Rows(rows) => View::Rows(rows),
        }
    }

    /// The rows, where they are not all the same by construction.
    pub(crate) fn rows(&self) -> Option<&[i64]> {
        match self.view() {
            View::Same(_) => None,
            View::Rows(rows) => Some(rows),
        }
    }

    pub(crate) fn at(&self, row: usize) -> Option<i64> {
        match self.view() {
            View::Same(value) => Some(value),
            View::Rows(rows) => rows.get(row).copied(),
        }
    }

    /// Whether two lanes are surely the same; cheap, and may miss it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Same(a), Self::Same(b)) => a == b,
            (Self::Rows(a), Self::Rows(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Least and largest of `rows` rows; of none, zero.
    pub(crate) fn range(&self) -> (i64, i64) {
        match self.view() {
            View::Same(value) => (value, value),
            View::Rows([]) => (0, 0),
            View::Rows(rows) => vector(|| {
                rows.iter().fold((i64::MAX, i64::MIN), |(least, most), v| (least.min(*v), most.max(*v)))
            }),
        }
    }
}

/// A lane of `f` of each row.
pub(crate) fn map<'r>(a: &Lane<'_>, rows: usize, f: impl Fn(i64) -> i64) -> Lane<'r> {
    match a.view() {
        View::Same(a) => Lane::Same(f(a)),
        View::Rows(a) => {
            let mut out = vec![0; rows];
            vector(|| {
                for (out, a) in out.iter_mut().zip(a) {
                    *out = f(*a);
                }
            });
            Lane::of(out)
        }
    }
}

/// A lane of `f` of each pair of rows.
pub(crate) fn zip<'r>(a: &Lane<'_>, b: &Lane<'_>, rows: usize, f: impl Fn(i64, i64) -> i64) -> Lane<'r> {
    let mut out = match (a.view(), b.view()) {
        (View::Same(a), View::Same(b)) => return Lane::Same(f(a, b)),
        _ => vec![0; rows],
    };
    fill(&mut out, a.view(), b.view(), f);
    Lane::of(out)
}

/// `f` of each pair of rows, as truths.
pub(crate) fn truths(a: &Lane<'_>, b: &Lane<'_>, rows: usize, f: impl Fn(i64, i64) -> Bits) -> Vec<Bits> {
    if let (View::Same(a), View::Same(b)) = (a.view(), b.view()) {
        return vec![f(a, b); rows];
    }
    let mut out = vec![Bits::BOTH; rows];
    fill(&mut out, a.view(), b.view(), f);
    out
}

fn fill<T>(out: &mut [T], a: View<'_>, b: View<'_>, f: impl Fn(i64, i64) -> T) {
    match (a, b) {
        (View::Rows(a), View::Rows(b)) => vector(|| {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = f(*a, *b);
            }
        }),
        (View::Rows(a), View::Same(b)) => vector(|| {
            for (out, a) in out.iter_mut().zip(a) {
                *out = f(*a, b);
            }
        }),
        (View::Same(a), View::Rows(b)) => vector(|| {
            for (out, b) in out.iter_mut().zip(b) {
                *out = f(a, *b);
            }
        }),
        (View::Same(a), View::Same(b)) => {
            for out in out {
                *out = f(a, b);
            }
        }
    }
}

/// A lane of `f` of each truth and pair of rows.
pub(crate) fn choose<'r>(
    which: &[Bits],
    a: &Lane<'_>,
    b: &Lane<'_>,
    f: impl Fn(Bits, i64, i64) -> i64,
) -> Lane<'r> {
    let mut out = vec![0; which.len()];
    match (a.view(), b.view()) {
        (View::Rows(a), View::Rows(b)) => vector(|| {
            for (((out, w), a), b) in out.iter_mut().zip(which).zip(a).zip(b) {
                *out = f(*w, *a, *b);
            }
        }),
        (View::Rows(a), View::Same(b)) => vector(|| {
            for ((out, w), a) in out.iter_mut().zip(which).zip(a) {
                *out = f(*w, *a, b);
            }
        }),
        (View::Same(a), View::Rows(b)) => vector(|| {
            for ((out, w), b) in out.iter_mut().zip(which).zip(b) {
                *out = f(*w, a, *b);
            }
        }),
        (View::Same(a), View::Same(b)) => vector(|| {
            for (out, w) in out.iter_mut().zip(which) {
                *out = f(*w, a, b);
            }
        }),
    }
    Lane::of(out)
}
