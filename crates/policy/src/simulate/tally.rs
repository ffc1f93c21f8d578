//! 计数: what is added up for a group of households or members.

use crate::value::Truth;

/// Position of a truth in the tables: met, not met, unknown.
pub(crate) fn place(truth: Truth) -> usize {
    match truth {
        Truth::True => 0,
        Truth::False => 1,
        Truth::Unknown => 2,
    }
}

/// An amount in fen that may be open: least and largest possible.
pub(crate) type Ends = (Option<i64>, Option<i64>);

/// What is paid to somebody: nothing where the outcome is not met; from nothing where that is open.
pub(crate) fn paid(met: Truth, amount: Ends) -> Ends {
    match met {
        Truth::True => amount,
        Truth::False => (Some(0), Some(0)),
        Truth::Unknown => (amount.0.map(|n| n.min(0)), amount.1.map(|n| n.max(0))),
    }
}

/// 费用 of a group: exact where everything is known, between two ends for the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Sum in fen over those whose amount is known (0 for who does not meet the outcome).
    pub exact: i128,
    /// Households or members whose amount is open.
    pub open: u64,
    /// Least sum of the open ones; `None` is unbounded.
    pub low: Option<i128>,
    /// Largest sum of the open ones; `None` is unbounded.
    pub high: Option<i128>,
}

impl Default for Cost {
    fn default() -> Self {
        Self { exact: 0, open: 0, low: Some(0), high: Some(0) }
    }
}

impl Cost {
    pub(crate) fn add(&mut self, paid: Ends) {
        match paid {
            (Some(low), Some(high)) if low == high => self.exact += i128::from(low),
            (low, high) => {
                self.open += 1;
                self.low = self.low.zip(low).map(|(sum, n)| sum + i128::from(n));
                self.high = self.high.zip(high).map(|(sum, n)| sum + i128::from(n));
            }
        }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.exact += other.exact;
        self.open += other.open;
        self.low = self.low.zip(other.low).map(|(a, b)| a + b);
        self.high = self.high.zip(other.high).map(|(a, b)| a + b);
    }
}

/// 变动 of an outcome within a group. The tables are indexed before × after by met, not met, unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Households or members.
    pub moves: [[u64; 3]; 3],
    /// People in the households (for an outcome of members the same as `moves`).
    pub persons: [[u64; 3]; 3],
    /// Of `moves`, those who receive the outcome today.
    pub receiving: [[u64; 3]; 3],
    /// Change of the exact amounts in fen.
    pub change: [[i128; 3]; 3],
    /// Of those who meet the outcome before and after: who gets more, who gets less.
    pub raised: u64,
    /// Who gets less.
    pub lowered: u64,
    /// Cost before.
    pub before: Cost,
    /// Cost after.
    pub after: Cost,
}

impl Tally {
    /// Adds a household (or member) of `persons` people.
    pub(crate) fn add(&mut self, met: [Truth; 2], amount: [Ends; 2], persons: u64, receives: bool) {
        let (b, a) = (place(met[0]), place(met[1]));
        let cell = |table: &mut [[u64; 3]; 3], n: u64| {
            if let Some(cell) = table.get_mut(b).and_then(|row| row.get_mut(a)) {
                *cell += n;
            }
        };
        cell(&mut self.moves, 1);
        cell(&mut self.persons, persons);
        if receives {
            cell(&mut self.receiving, 1);
        }
        let [before, after] = [paid(met[0], amount[0]), paid(met[1], amount[1])];
        self.before.add(before);
        self.after.add(after);
        if let ((Some(x), Some(x2)), (Some(y), Some(y2))) = (before, after)
            && x == x2
            && y == y2
        {
            if let Some(cell) = self.change.get_mut(b).and_then(|row| row.get_mut(a)) {
                *cell += i128::from(y) - i128::from(x);
            }
            if met == [Truth::True; 2] {
                self.raised += u64::from(y > x);
                self.lowered += u64::from(y < x);
            }
        }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        fn sum<N: Copy + std::ops::AddAssign>(to: &mut [[N; 3]; 3], from: &[[N; 3]; 3]) {
            for (to, from) in to.iter_mut().flatten().zip(from.iter().flatten()) {
                *to += *from;
            }
        }
        sum(&mut self.moves, &other.moves);
        sum(&mut self.persons, &other.persons);
        sum(&mut self.receiving, &other.receiving);
        sum(&mut self.change, &other.change);
        self.raised += other.raised;
        self.lowered += other.lowered;
        self.before.append(&other.before);
        self.after.append(&other.after);
    }

    /// Those who meet the outcome neither before nor after are not added one by one; they are what is left.
    pub(crate) fn fill(&mut self, subjects: u64, persons: u64) {
        let counted = |table: &[[u64; 3]; 3]| table.iter().flatten().sum::<u64>();
        let (counted, people) = (counted(&self.moves), counted(&self.persons));
        self.moves[1][1] += subjects.saturating_sub(counted);
        self.persons[1][1] += persons.saturating_sub(people);
    }

    /// Everybody in the group.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.moves.iter().flatten().sum()
    }

    /// How many come out as a truth before.
    #[must_use]
    pub fn before_as(&self, truth: Truth) -> u64 {
        self.moves.get(place(truth)).map_or(0, |row| row.iter().sum())
    }

    /// How many come out as a truth after.
    #[must_use]
    pub fn after_as(&self, truth: Truth) -> u64 {
        self.moves.iter().filter_map(|row| row.get(place(truth))).sum()
    }

    /// How many go from one truth to another.
    #[must_use]
    pub fn from_to(&self, before: Truth, after: Truth) -> u64 {
        self.moves.get(place(before)).and_then(|row| row.get(place(after))).copied().unwrap_or(0)
    }

    /// Who did not meet the outcome for certain before and does after.
    #[must_use]
    pub fn entered(&self) -> u64 {
        self.from_to(Truth::False, Truth::True) + self.from_to(Truth::Unknown, Truth::True)
    }

    /// Who met the outcome before and does not for certain after.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.from_to(Truth::True, Truth::False) + self.from_to(Truth::True, Truth::Unknown)
    }

    /// Change of the exact amounts in fen.
    #[must_use]
    pub fn change_fen(&self) -> i128 {
        self.after.exact - self.before.exact
    }

    /// Whether anything differs for anybody in the group.
    #[must_use]
    pub fn is_still(&self) -> bool {
        let moved = self
            .moves
            .iter()
            .enumerate()
            .any(|(b, row)| row.iter().enumerate().any(|(a, n)| a != b && *n > 0));
        !moved && self.before == self.after && self.raised == 0 && self.lowered == 0
    }
}

/// Parts that a household's amount is divided into: whole for up to sixteen people, so that shares add up exactly.
pub(crate) const PARTS: i128 = 720_720;

/// 受益面 of an outcome among people of a group. For an outcome of households, each member has an equal share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// People.
    pub persons: u64,
    /// Of them those for whom the outcome is met, before and after.
    pub met: [u64; 2],
    /// Of them those for whom it is open, before and after.
    pub unknown: [u64; 2],
    /// Of `met`, those whose amount is known, before and after.
    pub priced: [u64; 2],
    /// What these get, in 720,720ths of a fen, before and after.
    pub parts: [i128; 2],
}

impl Share {
    /// Adds one person; `of` people share the amount.
    pub(crate) fn add(&mut self, side: usize, met: Truth, amount: Ends, of: usize) {
        let add = |counts: &mut [u64; 2]| {
            if let Some(n) = counts.get_mut(side) {
                *n += 1;
            }
        };
        match met {
            Truth::False => {}
            Truth::Unknown => add(&mut self.unknown),
            Truth::True => {
                add(&mut self.met);
                if let (Some(low), Some(high)) = amount
                    && low == high
                {
                    add(&mut self.priced);
                    let people = i128::try_from(of.max(1)).unwrap_or(1);
                    let part = i128::from(low).checked_mul(PARTS).and_then(|n| n.checked_div(people));
                    if let Some(sum) = self.parts.get_mut(side) {
                        *sum += part.unwrap_or(0);
                    }
                }
            }
        }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        let sum = |to: &mut [u64; 2], from: &[u64; 2]| {
            for (to, from) in to.iter_mut().zip(from) {
                *to += *from;
            }
        };
        self.persons += other.persons;
        sum(&mut self.met, &other.met);
        sum(&mut self.unknown, &other.unknown);
        sum(&mut self.priced, &other.priced);
        for (to, from) in self.parts.iter_mut().zip(other.parts) {
            *to += from;
        }
    }

    /// Share of the decided who meet the outcome, in hundredths of a percent, rounded half up; `None` for nobody.
    #[must_use]
    pub fn met_share(&self, side: usize) -> Option<u64> {
        let (met, open) = (*self.met.get(side)?, *self.unknown.get(side)?);
        let decided = self.persons.checked_sub(open).filter(|n| *n > 0)?;
        met.checked_mul(20_000)?.checked_add(decided)?.checked_div(decided.checked_mul(2)?)
    }

    /// Mean amount in fen of those who meet the outcome, rounded half up; `None` for nobody.
    #[must_use]
    pub fn mean_fen(&self, side: usize) -> Option<i128> {
        let people = i128::from(*self.priced.get(side)?).checked_mul(PARTS).filter(|n| *n > 0)?;
        let sum = *self.parts.get(side)?;
        sum.checked_mul(2)?.checked_add(people)?.checked_div(people.checked_mul(2)?)
    }
}
