//! 决策表 read in the plainest way: for every combination of values that the columns may still have, look down the
//! rows.

use doudi_policy::Truth;
use doudi_policy::plan::{Cmp, Hit};

use crate::number::{Exact, Range};
use crate::possible::{Possible, from_bool};
use crate::term::{Term, bit};
use crate::walk::{Walk, Who};

/// A settled table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) hit: Hit,
    /// The cells of each row, and its result.
    pub(crate) rows: Vec<(Vec<Cell>, Term)>,
    pub(crate) default: Option<Term>,
}

/// What the cells of a row are held against.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) value: Term,
    /// Whether it counts in whole numbers.
    pub(crate) whole: bool,
    /// How many values an enum has.
    pub(crate) size: usize,
}

/// A single value that a column may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Point {
    Truth(bool),
    Number(Exact),
    Position(usize),
}

/// What a cell asks of a value.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Any,
    OneOf(Vec<Point>),
    Compare(Cmp, Point),
    Between(Point, Point),
}

impl Cell {
    fn takes(&self, value: Point) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(values) => values.contains(&value),
            Self::Compare(cmp, with) => holds(*cmp, value, *with),
            Self::Between(from, to) => holds(Cmp::Ge, value, *from) && holds(Cmp::Le, value, *to),
        }
    }

    /// The numbers at which it turns.
    fn turns(&self) -> Vec<Exact> {
        let points = match self {
            Self::Any => Vec::new(),
            Self::OneOf(values) => values.clone(),
            Self::Compare(_, value) => vec![*value],
            Self::Between(from, to) => vec![*from, *to],
        };
        let number = |point: Point| match point {
            Point::Number(number) => Some(number),
            Point::Truth(_) | Point::Position(_) => None,
        };
        points.into_iter().filter_map(number).collect()
    }
}

fn holds(cmp: Cmp, a: Point, b: Point) -> bool {
    let order = match (a, b) {
        (Point::Number(a), Point::Number(b)) => a.cmp(&b),
        _ if a == b => std::cmp::Ordering::Equal,
        _ => return cmp == Cmp::Ne,
    };
    match cmp {
        Cmp::Eq => order.is_eq(),
        Cmp::Ne => order.is_ne(),
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        Cmp::Ge => order.is_ge(),
    }
}

/// What is still possible for a table.
pub(crate) fn value(walk: &Walk<'_>, table: &Table, who: Who) -> Possible {
    let mut combinations: Vec<Vec<Point>> = vec![Vec::new()];
    for (at, column) in table.columns.iter().enumerate() {
        let cells = || table.rows.iter().filter_map(|(cells, _)| cells.get(at));
        let values = points(walk.value(&column.value, who), column, cells().flat_map(Cell::turns).collect());
        combinations = combinations
            .into_iter()
            .flat_map(|start| {
                values.iter().map(move |value| {
                    let mut whole = start.clone();
                    whole.push(*value);
                    whole
                })
            })
            .collect();
    }
    let results = combinations.into_iter().filter_map(|values| looked_up(walk, table, &values, who));
    // A table that was proved whole has a result for each combination.
    results.reduce(Possible::or).unwrap_or(Possible::Truth(Truth::Unknown))
}

fn looked_up(walk: &Walk<'_>, table: &Table, values: &[Point], who: Who) -> Option<Possible> {
    let applies = |cells: &[Cell]| cells.iter().zip(values).all(|(cell, value)| cell.takes(*value));
    let mut found =
        table.rows.iter().filter(|(cells, _)| applies(cells)).map(|(_, then)| walk.value(then, who));
    let first = match found.next() {
        Some(first) => first,
        None => return table.default.as_ref().map(|term| walk.value(term, who)),
    };
    Some(match table.hit {
        Hit::Unique | Hit::First => first,
        Hit::CollectSum => found.fold(first, |a, b| Possible::Number(a.number().plus(b.number()))),
        Hit::CollectMax => found.fold(first, |a, b| Possible::Number(a.number().larger(b.number()))),
    })
}

/// The values that a column may have, one of each kind that the cells tell apart.
fn points(possible: Possible, column: &Column, turns: Vec<Exact>) -> Vec<Point> {
    match possible {
        Possible::Truth(truth) => [true, false]
            .into_iter()
            .filter(|yes| truth == from_bool(*yes) || truth == Truth::Unknown)
            .map(Point::Truth)
            .collect(),
        Possible::Choice(mask) => {
            (0..column.size).filter(|at| mask & bit(*at) != 0).map(Point::Position).collect()
        }
        Possible::Number(range) => match range.single() {
            Some(number) => vec![Point::Number(number)],
            None => numbers(range, column.whole, turns),
        },
    }
}

/// Numbers of a range at, around and between those at which cells turn.
fn numbers(range: Range, whole: bool, mut turns: Vec<Exact>) -> Vec<Point> {
    turns.extend(range.ends());
    if turns.is_empty() {
        turns.push(Exact::ZERO);
    }
    turns.sort();
    let mut tried = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        tried.extend(turn.neighbours());
        tried.push(*turn);
        if let Some(next) = turns.get(at + 1).filter(|_| !whole) {
            tried.extend(turn.middle(*next));
        }
    }
    tried.retain(|number| range.holds(*number) && (!whole || number.to_whole().is_some()));
    tried.into_iter().map(Point::Number).collect()
}
