//! 查漏查重: which rows of a decision table apply to which values, column by column, so that what no row covers and
//! what two rows cover are known exactly.

use std::collections::BTreeMap;

use super::region::{Domain, Set};
use crate::plan::Hit;

/// Largest tree that is grown.
const MOST_NODES: usize = 20_000;

/// A table as sets: for each row one set a column.
pub(super) struct Grid {
    pub(super) domains: Vec<Domain>,
    pub(super) rows: Vec<Vec<Set>>,
    pub(super) hit: Hit,
}

/// What is left to ask, and what holds then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tree {
    /// These rows hold: none, or the one that decides, or all that are collected.
    Leaf(Vec<usize>),
    /// By the value of a column: the tree (by its index) of each set of values.
    Split(usize, Vec<(Set, usize)>),
}

/// The trees of a table, each once; the last is the whole.
pub(super) struct Trees {
    pub(super) all: Vec<Tree>,
}

/// The part of a table that a list of sets (one a column) describes.
pub(super) type Region = Vec<Set>;

struct Grower<'g> {
    grid: &'g Grid,
    all: Vec<Tree>,
    made: BTreeMap<Tree, usize>,
    /// The tree of the rows that are left at a column.
    known: BTreeMap<(usize, Vec<usize>), usize>,
}

/// The tree of a table; `None` for a table that has too many different parts.
pub(super) fn grow(grid: &Grid) -> Option<Trees> {
    let mut grower = Grower { grid, all: Vec::new(), made: BTreeMap::new(), known: BTreeMap::new() };
    let every = (0..grid.rows.len()).collect();
    let root = grower.tree(0, every)?;
    let mut all = grower.all;
    if root + 1 != all.len() {
        all.push(all.get(root)?.clone());
    }
    Some(Trees { all })
}

impl Grower<'_> {
    fn tree(&mut self, column: usize, rows: Vec<usize>) -> Option<usize> {
        if let Some(known) = self.known.get(&(column, rows.clone())) {
            return Some(*known);
        }
        if self.known.len() >= MOST_NODES {
            return None;
        }
        let tree = match self.grid.domains.get(column).filter(|_| !rows.is_empty()) {
            None => Tree::Leaf(match self.grid.hit {
                Hit::Unique | Hit::First => rows.iter().take(1).copied().collect(),
                Hit::CollectSum | Hit::CollectMax => rows.clone(),
            }),
            Some(domain) => self.split(column, domain, &rows)?,
        };
        let at = match tree {
            // A column that makes no difference is not asked.
            Tree::Split(_, branches) if branches.len() == 1 => branches.first()?.1,
            tree => self.keep(tree),
        };
        self.known.insert((column, rows), at);
        Some(at)
    }

    fn split(&mut self, column: usize, domain: &Domain, rows: &[usize]) -> Option<Tree> {
        let grid = self.grid;
        let cell = |row: usize| grid.rows.get(row).and_then(|row| row.get(column));
        let cells: Vec<(usize, &Set)> = rows.iter().filter_map(|row| Some((*row, cell(*row)?))).collect();
        let sets: Vec<&Set> = cells.iter().map(|(_, set)| *set).collect();
        let mut branches: Vec<(Set, usize)> = Vec::new();
        for piece in domain.pieces(&sets) {
            let apply = cells.iter().filter(|(_, set)| !set.and(&piece).is_empty());
            let apply: Vec<usize> = apply.map(|(row, _)| *row).collect();
            let below = self.tree(column + 1, apply)?;
            let same = match piece {
                Set::Mask(_) => branches.iter_mut().find(|(_, tree)| *tree == below),
                // Numbers are asked for in rising order: only neighbours join.
                Set::Line(_) => branches.last_mut().filter(|(_, tree)| *tree == below),
            };
            match same {
                Some((set, _)) => *set = set.or(&piece),
                None => branches.push((piece, below)),
            }
        }
        Some(Tree::Split(column, branches))
    }

    fn keep(&mut self, tree: Tree) -> usize {
        if let Some(known) = self.made.get(&tree) {
            return *known;
        }
        let at = self.all.len();
        self.all.push(tree.clone());
        self.made.insert(tree, at);
        at
    }
}

impl Trees {
    /// The parts of a table that no row covers, as few as the order of the columns allows.
    pub(super) fn gaps(&self, grid: &Grid) -> Vec<Region> {
        let mut below: Vec<Vec<Region>> = Vec::with_capacity(self.all.len());
        for tree in &self.all {
            let regions = match tree {
                Tree::Leaf(rows) if rows.is_empty() => vec![grid.domains.iter().map(Domain::all).collect()],
                Tree::Leaf(_) => Vec::new(),
                Tree::Split(column, branches) => {
                    let mut regions: Vec<Region> = Vec::new();
                    for (set, tree) in branches {
                        for region in below.get(*tree).into_iter().flatten() {
                            let mut region = region.clone();
                            if let Some(here) = region.get_mut(*column) {
                                *here = set.clone();
                            }
                            add(&mut regions, region, *column);
                        }
                    }
                    regions
                }
            };
            below.push(regions);
        }
        below.pop().unwrap_or_default()
    }

    /// Rows that decide nothing, since rows above them cover all that they cover.
    pub(super) fn idle(&self, grid: &Grid) -> Vec<usize> {
        let mut used = vec![false; grid.rows.len()];
        for tree in &self.all {
            if let Tree::Leaf(rows) = tree {
                for row in rows {
                    if let Some(used) = used.get_mut(*row) {
                        *used = true;
                    }
                }
            }
        }
        used.iter().enumerate().filter(|(_, used)| !**used).map(|(row, _)| row).collect()
    }
}

/// Adds a part, joined to one that differs from it in one column only.
fn add(regions: &mut Vec<Region>, region: Region, column: usize) {
    let joins = |other: &Region| {
        let pairs = other.iter().zip(&region).enumerate();
        pairs.into_iter().all(|(at, (a, b))| at == column || a == b)
    };
    match regions.iter_mut().find(|other| joins(other)) {
        Some(other) => {
            if let (Some(here), Some(more)) = (other.get_mut(column), region.get(column)) {
                *here = here.or(more);
            }
        }
        None => regions.push(region),
    }
}

/// Pairs of rows that apply at once, and where.
pub(super) fn overlaps(grid: &Grid) -> Vec<(usize, usize, Region)> {
    let mut found = Vec::new();
    for (second, row) in grid.rows.iter().enumerate() {
        for (first, other) in grid.rows.iter().enumerate().take(second) {
            let region: Region = other.iter().zip(row).map(|(a, b)| a.and(b)).collect();
            if region.iter().all(|set| !set.is_empty()) {
                found.push((first, second, region));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Type;
    use proptest::prelude::*;

    /// Tables over a truth, an enum of three and a number from 0 to 9, their sets as masks of ten bits.
    fn tables() -> impl Strategy<Value = Vec<[u16; 3]>> {
        let row = [1_u16..4, 1_u16..8, 1_u16..1024];
        prop::collection::vec(row, 1..7)
    }

    fn line(mask: u16) -> Set {
        let number = Domain::new(Type::Int, &[], Some(0), Some(9));
        let mut set = Set::Line(Vec::new());
        for n in (0..10_i64).filter(|n| mask >> n & 1 == 1) {
            let rate = crate::value::Rate::new(n, 1).unwrap();
            set = set.or(&number.compare(crate::plan::Cmp::Eq, super::super::region::Point::Number(rate)));
        }
        set
    }

    fn grid(rows: &[[u16; 3]], hit: Hit) -> Grid {
        let three = crate::plan::EnumDecl {
            id: "three".into(),
            values: ["a", "b", "c"].map(|v| (v.to_owned(), v.to_owned())).to_vec(),
        };
        Grid {
            domains: vec![
                Domain::new(Type::Bool, &[], None, None),
                Domain::new(Type::Enum(0), &[three], None, None),
                Domain::new(Type::Int, &[], Some(0), Some(9)),
            ],
            rows: rows
                .iter()
                .map(|[a, b, c]| vec![Set::Mask(u64::from(*a)), Set::Mask(u64::from(*b)), line(*c)])
                .collect(),
            hit,
        }
    }

    fn holds(set: &Set, value: u16) -> bool {
        match set {
            Set::Mask(mask) => mask >> value & 1 == 1,
            Set::Line(_) => !set.and(&line(1 << value)).is_empty(),
        }
    }

    fn every() -> impl Iterator<Item = [u16; 3]> {
        (0..2).flat_map(|a| (0..3).flat_map(move |b| (0..10).map(move |c| [a, b, c])))
    }

    /// The rows that a tree gives for a point.
    fn asked(trees: &Trees, point: [u16; 3]) -> Vec<usize> {
        let mut at = trees.all.len() - 1;
        loop {
            match &trees.all[at] {
                Tree::Leaf(rows) => return rows.clone(),
                Tree::Split(column, branches) => {
                    let value = point[*column];
                    let fits: Vec<_> = branches.iter().filter(|(set, _)| holds(set, value)).collect();
                    assert_eq!(fits.len(), 1, "branches part the values");
                    at = fits[0].1;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_tree_gives_what_the_rows_say(rows in tables()) {
            let apply = |[a, b, c]: [u16; 3]| -> Vec<usize> {
                let fits = |row: &&[u16; 3]| row[0] >> a & 1 == 1 && row[1] >> b & 1 == 1 && row[2] >> c & 1 == 1;
                let all = rows.iter().enumerate();
                all.filter(|(_, row)| fits(row)).map(|(at, _)| at).collect()
            };
            let collect = grid(&rows, Hit::CollectSum);
            let first = grid(&rows, Hit::First);
            let (trees, firsts) = (grow(&collect).unwrap(), grow(&first).unwrap());
            let (gaps, overlaps) = (trees.gaps(&collect), overlaps(&collect));
            let idle = firsts.idle(&first);
            let mut decides = vec![false; rows.len()];
            for point in every() {
                let here = apply(point);
                prop_assert_eq!(asked(&trees, point), here.clone());
                let top: Vec<usize> = here.iter().take(1).copied().collect();
                prop_assert_eq!(asked(&firsts, point), top.clone());
                for row in top {
                    decides[row] = true;
                }
                let within = |region: &Region| (0..3).all(|column| holds(&region[column], point[column]));
                let gap = gaps.iter().filter(|region| within(region)).count();
                prop_assert_eq!(gap, usize::from(here.is_empty()), "each point of a gap is told once");
                for (a, b, region) in &overlaps {
                    prop_assert_eq!(within(region), here.contains(a) && here.contains(b));
                }
                let pairs = here.len() * here.len().saturating_sub(1) / 2;
                prop_assert_eq!(overlaps.iter().filter(|(_, _, region)| within(region)).count(), pairs);
            }
            let never: Vec<usize> = (0..rows.len()).filter(|row| !decides[*row]).collect();
            prop_assert_eq!(idle, never);
        }
    }

    #[test]
    fn a_table_without_end_is_given_up() {
        // Each row asks for a different half of each column: nearly every set of rows is a part of its own.
        let half = |row: u64, column: u64| {
            let noise = (row * 31 + column * 17 + 7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            line(u16::try_from(noise >> 54).unwrap() | 1)
        };
        let table = |columns: u64| Grid {
            domains: (0..columns).map(|_| Domain::new(Type::Int, &[], Some(0), Some(9))).collect(),
            rows: (0..60).map(|row| (0..columns).map(|column| half(row, column)).collect()).collect(),
            hit: Hit::CollectSum,
        };
        assert!(grow(&table(2)).is_some());
        assert!(grow(&table(12)).is_none());
    }
}
