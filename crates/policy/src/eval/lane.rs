//! 数列: one whole number a row, and the loops over them. Each loop takes slices of one length and computes with
//! wrapping operations: callers have shown from the ranges that nothing can wrap.

use std::cell::RefCell;
use std::sync::Arc;

use super::cells::Bits;

/// Runs a loop compiled for the vector units that this processor has. What the loop reads is moved into it: a
/// number behind a reference might be one of those that the loop writes, and would be read again for each row.
pub(crate) fn vector<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

thread_local! {
    /// Room that lanes of this thread have left behind: the next ones take it instead of asking the system.
    static SPARE: RefCell<Vec<Vec<i64>>> = const { RefCell::new(Vec::new()) };
}

/// Most pieces of room that a thread keeps, and the largest of them.
const SPARE_PIECES: usize = 64;
const SPARE_ROWS: usize = 1 << 16;

/// Room for one number a row, given back when it is no longer read.
#[derive(Debug)]
pub(crate) struct Room {
    /// Never shortened: what is beyond the rows is left for a longer lane, which then need not clear it.
    all: Vec<i64>,
    rows: usize,
}

impl Room {
    /// Room for some rows; what stands in it is left over from others and is to be written over.
    pub(crate) fn of(rows: usize) -> Self {
        let mut all = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        if all.len() < rows {
            all.resize(rows, 0);
        }
        Self { all, rows }
    }

    pub(crate) fn rows(&self) -> &[i64] {
        self.all.get(..self.rows).unwrap_or(&self.all)
    }

    pub(crate) fn rows_mut(&mut self) -> &mut [i64] {
        self.all.get_mut(..self.rows).unwrap_or_default()
    }
}

impl Clone for Room {
    fn clone(&self) -> Self {
        let mut room = Self::of(self.rows);
        room.rows_mut().copy_from_slice(self.rows());
        room
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let room = std::mem::take(&mut self.all);
        if room.capacity() == 0 || room.capacity() > SPARE_ROWS {
            return;
        }
        // A thread that is ending has no spare room to give back to.
        let _ = SPARE.try_with(|spare| {
            if let Ok(mut spare) = spare.try_borrow_mut()
                && spare.len() < SPARE_PIECES
            {
                spare.push(room);
            }
        });
    }
}

/// One whole number a row.
#[derive(Clone, Debug)]
pub(crate) enum Lane<'a> {
    /// The same for every row.
    Same(i64),
    /// A part of a fact's column.
    Slice(&'a [i64]),
    /// Computed; cheap to share.
    Rows(Arc<Room>),
}

/// A lane as a loop reads it.
#[derive(Clone, Copy)]
enum View<'l> {
    Same(i64),
    Rows(&'l [i64]),
}

impl Lane<'_> {
    pub(crate) fn of(rows: Vec<i64>) -> Self {
        Self::in_room(Room { rows: rows.len(), all: rows })
    }

    pub(crate) fn in_room(room: Room) -> Self {
        Self::Rows(Arc::new(room))
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Same(value) => View::Same(*value),
            Self::Slice(rows) => View::Rows(rows),
            Self::Rows(room) => View::Rows(room.rows()),
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
            (Self::Slice(a), Self::Slice(b)) => std::ptr::eq(*a, *b),
            _ => false,
        }
    }

    /// The numbers of some rows, in their order.
    pub(crate) fn take<'r>(&self, rows: &[u32]) -> Lane<'r> {
        match self.view() {
            View::Same(value) => Lane::Same(value),
            View::Rows(from) => {
                let mut out = Room::of(rows.len());
                for (out, row) in out.rows_mut().iter_mut().zip(rows) {
                    *out = from.get(*row as usize).copied().unwrap_or(0);
                }
                Lane::in_room(out)
            }
        }
    }

    /// Least and largest of `rows` rows; of none, zero.
    pub(crate) fn range(&self) -> (i64, i64) {
        match self.view() {
            View::Same(value) => (value, value),
            View::Rows([]) => (0, 0),
            View::Rows(rows) => vector(move || {
                rows.iter().fold((i64::MAX, i64::MIN), |(least, most), v| (least.min(*v), most.max(*v)))
            }),
        }
    }
}

/// A lane of `f` of each row.
pub(crate) fn map<'r>(a: &Lane<'_>, rows: usize, f: impl Fn(i64) -> i64 + Copy) -> Lane<'r> {
    match a.view() {
        View::Same(a) => Lane::Same(f(a)),
        View::Rows(a) => {
            let mut out = Room::of(rows);
            let rows = out.rows_mut();
            vector(move || {
                for (out, a) in rows.iter_mut().zip(a) {
                    *out = f(*a);
                }
            });
            Lane::in_room(out)
        }
    }
}

/// A lane of `f` of each pair of rows.
pub(crate) fn zip<'r>(
    a: &Lane<'_>,
    b: &Lane<'_>,
    rows: usize,
    f: impl Fn(i64, i64) -> i64 + Copy,
) -> Lane<'r> {
    let mut out = match (a.view(), b.view()) {
        (View::Same(a), View::Same(b)) => return Lane::Same(f(a, b)),
        _ => Room::of(rows),
    };
    fill(out.rows_mut(), a.view(), b.view(), f);
    Lane::in_room(out)
}

/// A product of numbers that fit 32 bits: vector units have one instruction for it.
#[allow(clippy::cast_possible_truncation, reason = "the caller has shown that both fit")]
pub(crate) fn narrow_product(a: i64, b: i64) -> i64 {
    i64::from(a as i32).wrapping_mul(i64::from(b as i32))
}

/// What each side of a weighed sum is multiplied by, and whether all its numbers and the weights fit 32 bits.
#[derive(Clone, Copy)]
pub(crate) struct Weights {
    pub(crate) a: i64,
    pub(crate) b: i64,
    pub(crate) narrow: bool,
}

/// `a × weight + b × weight` of each pair of rows.
pub(crate) fn weighed<'r>(a: &Lane<'_>, b: &Lane<'_>, weights: Weights, rows: usize) -> Lane<'r> {
    let (x, y) = (weights.a, weights.b);
    match (x, y, weights.narrow) {
        (1, 1, _) => zip(a, b, rows, i64::wrapping_add),
        (1, -1, _) => zip(a, b, rows, i64::wrapping_sub),
        (1, _, true) => zip(a, b, rows, move |a, b| a.wrapping_add(narrow_product(b, y))),
        (_, _, true) => zip(a, b, rows, move |a, b| narrow_product(a, x).wrapping_add(narrow_product(b, y))),
        _ => zip(a, b, rows, move |a, b| a.wrapping_mul(x).wrapping_add(b.wrapping_mul(y))),
    }
}

/// The same for ends that may be infinite, of which each side has its mark; the result has that of `a`.
pub(crate) fn weighed_open<'r>(
    a: &Lane<'_>,
    b: &Lane<'_>,
    weights: Weights,
    rows: usize,
    (mark_a, mark_b): (i64, i64),
) -> Lane<'r> {
    let (x, y) = (weights.a, weights.b);
    let open = move |a: i64, b: i64, sum: i64| if (a == mark_a) | (b == mark_b) { mark_a } else { sum };
    match (x, y, weights.narrow) {
        (1, 1, _) => zip(a, b, rows, move |a, b| open(a, b, a.wrapping_add(b))),
        (1, -1, _) => zip(a, b, rows, move |a, b| open(a, b, a.wrapping_sub(b))),
        (1, _, true) => zip(a, b, rows, move |a, b| open(a, b, a.wrapping_add(narrow_product(b, y)))),
        (_, _, true) => {
            zip(a, b, rows, move |a, b| open(a, b, narrow_product(a, x).wrapping_add(narrow_product(b, y))))
        }
        _ => zip(a, b, rows, move |a, b| open(a, b, a.wrapping_mul(x).wrapping_add(b.wrapping_mul(y)))),
    }
}

/// `f` of each pair of rows, as truths.
pub(crate) fn truths(
    a: &Lane<'_>,
    b: &Lane<'_>,
    rows: usize,
    f: impl Fn(i64, i64) -> Bits + Copy,
) -> Vec<Bits> {
    if let (View::Same(a), View::Same(b)) = (a.view(), b.view()) {
        return vec![f(a, b); rows];
    }
    let mut out = vec![Bits::BOTH; rows];
    fill(&mut out, a.view(), b.view(), f);
    out
}

fn fill<T>(out: &mut [T], a: View<'_>, b: View<'_>, f: impl Fn(i64, i64) -> T + Copy) {
    match (a, b) {
        (View::Rows(a), View::Rows(b)) => vector(move || {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = f(*a, *b);
            }
        }),
        (View::Rows(a), View::Same(b)) => vector(move || {
            for (out, a) in out.iter_mut().zip(a) {
                *out = f(*a, b);
            }
        }),
        (View::Same(a), View::Rows(b)) => vector(move || {
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
    f: impl Fn(Bits, i64, i64) -> i64 + Copy,
) -> Lane<'r> {
    let mut room = Room::of(which.len());
    let out = room.rows_mut();
    match (a.view(), b.view()) {
        (View::Rows(a), View::Rows(b)) => vector(move || {
            for (((out, w), a), b) in out.iter_mut().zip(which).zip(a).zip(b) {
                *out = f(*w, *a, *b);
            }
        }),
        (View::Rows(a), View::Same(b)) => vector(move || {
            for ((out, w), a) in out.iter_mut().zip(which).zip(a) {
                *out = f(*w, *a, b);
            }
        }),
        (View::Same(a), View::Rows(b)) => vector(move || {
            for ((out, w), b) in out.iter_mut().zip(which).zip(b) {
                *out = f(*w, a, *b);
            }
        }),
        (View::Same(a), View::Same(b)) => vector(move || {
            for (out, w) in out.iter_mut().zip(which) {
                *out = f(*w, a, b);
            }
        }),
    }
    Lane::in_room(room)
}
