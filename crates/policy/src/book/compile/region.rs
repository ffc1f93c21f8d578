//! 取值范围: sets of the values that a column can take, exact for whole numbers, fractions, enums and truths.

use std::cmp::Ordering;

use crate::book::type_name;
use crate::lang::Lang;
use crate::plan::{Cmp, EnumDecl, Type};
use crate::value::{Date, Fen, Month, Rate};

/// A place between two neighbouring numbers: just before or just after one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cut {
    /// Before every number.
    Start,
    /// Before the number, or after it.
    At(Rate, bool),
    /// After every number.
    End,
}

impl Ord for Cut {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::At(a, a_after), Self::At(b, b_after)) => {
                let cross = |x: &Rate, y: &Rate| i128::from(x.num()) * i128::from(y.den());
                cross(a, b).cmp(&cross(b, a)).then(a_after.cmp(b_after))
            }
            (Self::Start, Self::Start) | (Self::End, Self::End) => Ordering::Equal,
            (Self::Start, _) | (_, Self::End) => Ordering::Less,
            (_, Self::Start) | (Self::End, _) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Cut {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A set of values of one column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Set {
    /// Values of an enum by position, or of a truth: bit 0 no, bit 1 yes.
    Mask(u64),
    /// Disjoint spans of numbers in rising order.
    Line(Vec<(Cut, Cut)>),
}

/// A literal as a cell or a comparison writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    /// Position of an enum value, or 0 and 1 of a truth.
    Position(u8),
    /// A number in the unit of its type.
    Number(Rate),
}

/// Everything that a column can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) ty: Type,
    /// Number of values of an enum, 2 for a truth.
    pub(super) size: usize,
    lo: Option<i64>,
    hi: Option<i64>,
}

impl Domain {
    pub(super) fn new(ty: Type, enums: &[EnumDecl], lo: Option<i64>, hi: Option<i64>) -> Self {
        let size = match ty {
            Type::Enum(index) => enums.get(usize::from(index)).map_or(0, |e| e.values.len()),
            _ => 2,
        };
        Self { ty, size, lo, hi }
    }

    /// Whether its values are truths or enum values and have no order.
    fn is_mask(&self) -> bool {
        matches!(self.ty, Type::Bool | Type::Enum(_))
    }

    /// Whether between two numbers there is always a third.
    fn is_dense(&self) -> bool {
        matches!(self.ty, Type::Rate | Type::Exact(_))
    }

    /// The place before a number.
    fn before(value: Rate) -> Cut {
        Cut::At(value, false)
    }

    /// The place after a number. Whole numbers have their places before them only, so that equal sets look alike.
    fn after(&self, value: Rate) -> Cut {
        if self.is_dense() {
            return Cut::At(value, true);
        }
        let next = value.num().checked_add(1).and_then(|n| Rate::new(n, 1));
        next.map_or(Cut::End, Self::before)
    }

    /// Every value.
    pub(super) fn all(&self) -> Set {
        if self.is_mask() {
            let shift = u32::try_from(self.size).unwrap_or(u32::MAX);
            return Set::Mask(1_u64.checked_shl(shift).map_or(u64::MAX, |bit| bit.wrapping_sub(1)));
        }
        let whole = |n: i64| Rate::new(n, 1);
        let lo = self.lo.and_then(whole).map_or(Cut::Start, Self::before);
        let hi = self.hi.and_then(whole).map_or(Cut::End, |hi| self.after(hi));
        Set::Line(vec![(lo, hi)])
    }

    /// The values that compare so with a literal.
    pub(super) fn compare(&self, cmp: Cmp, with: Point) -> Set {
        let set = match with {
            Point::Position(at) => {
                let one = Set::Mask(1_u64.checked_shl(u32::from(at)).unwrap_or(0));
                if cmp == Cmp::Ne { self.without(&one) } else { one }
            }
            Point::Number(value) => {
                let (before, after) = (Self::before(value), self.after(value));
                Set::Line(match cmp {
                    Cmp::Eq => vec![(before, after)],
                    Cmp::Ne => vec![(Cut::Start, before), (after, Cut::End)],
                    Cmp::Lt => vec![(Cut::Start, before)],
                    Cmp::Le => vec![(Cut::Start, after)],
                    Cmp::Gt => vec![(after, Cut::End)],
                    Cmp::Ge => vec![(before, Cut::End)],
                })
            }
        };
        set.and(&self.all())
    }

    /// The values that are not in a set.
    pub(super) fn without(&self, set: &Set) -> Set {
        match (self.all(), set) {
            (Set::Mask(all), Set::Mask(some)) => Set::Mask(all & !some),
            (Set::Line(all), Set::Line(some)) => {
                let mut left = all;
                for (from, to) in some {
                    left = left
                        .into_iter()
                        .flat_map(|(lo, hi)| [(lo, hi.min(*from)), (lo.max(*to), hi)])
                        .filter(|(lo, hi)| lo < hi)
                        .collect();
                }
                Set::Line(left)
            }
            (all, _) => all,
        }
    }

    /// The largest sets that no one of the given sets cuts in two; in rising order for numbers.
    pub(super) fn pieces(&self, sets: &[&Set]) -> Vec<Set> {
        match self.all() {
            Set::Mask(all) => {
                let mut groups: Vec<(Vec<bool>, u64)> = Vec::new();
                for bit in (0..64).filter_map(|at| 1_u64.checked_shl(at)).filter(|bit| all & bit != 0) {
                    let holds = |set: &&Set| matches!(set, Set::Mask(mask) if mask & bit != 0);
                    let key: Vec<bool> = sets.iter().map(holds).collect();
                    match groups.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, mask)) => *mask |= bit,
                        None => groups.push((key, bit)),
                    }
                }
                groups.into_iter().map(|(_, mask)| Set::Mask(mask)).collect()
            }
            Set::Line(all) => {
                let mut cuts: Vec<Cut> = all.iter().flat_map(|(lo, hi)| [*lo, *hi]).collect();
                let (lo, hi) = (cuts.first().copied(), cuts.last().copied());
                for set in sets {
                    if let Set::Line(spans) = set {
                        cuts.extend(spans.iter().flat_map(|(from, to)| [*from, *to]));
                    }
                }
                cuts.retain(|cut| lo.is_some_and(|lo| lo <= *cut) && hi.is_some_and(|hi| *cut <= hi));
                cuts.sort_unstable();
                cuts.dedup();
                let pairs = cuts.iter().zip(cuts.iter().skip(1));
                pairs.map(|(from, to)| Set::Line(vec![(*from, *to)])).collect()
            }
        }
    }

    /// A set in words: `一级或二级`, `18 至 59`.
    pub(super) fn words(&self, set: &Set, enums: &[EnumDecl], lang: Lang) -> String {
        let or = lang.pick("或", " or ");
        match set {
            Set::Mask(mask) => {
                let has = |at: usize| {
                    let bit = u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at));
                    bit.is_some_and(|bit| mask & bit != 0)
                };
                let named: Vec<&str> = match self.ty {
                    Type::Enum(index) => {
                        let values = enums.get(usize::from(index)).map_or(&[][..], |e| e.values.as_slice());
                        let some = values.iter().enumerate().filter(|(at, _)| has(*at));
                        some.map(|(_, (id, zh))| lang.pick(zh, id)).collect()
                    }
                    _ => [lang.pick("否", "no"), lang.pick("是", "yes")]
                        .into_iter()
                        .enumerate()
                        .filter_map(|(at, word)| has(at).then_some(word))
                        .collect(),
                };
                named.join(or)
            }
            Set::Line(spans) => {
                let spans: Vec<String> = spans.iter().map(|span| self.span_words(*span, lang)).collect();
                spans.join(or)
            }
        }
    }

    fn span_words(&self, (from, to): (Cut, Cut), lang: Lang) -> String {
        let show = |value: Rate| self.number(value);
        let low = match from {
            Cut::At(value, false) => {
                Some((format!("{} {}", lang.pick("不小于", "at least"), show(value)), value))
            }
            Cut::At(value, true) => Some((format!("{} {}", lang.pick("大于", "above"), show(value)), value)),
            Cut::Start | Cut::End => None,
        };
        // The last whole number before the end, where there is one.
        let last = match to {
            Cut::At(value, false) if !self.is_dense() => {
                value.num().checked_sub(1).and_then(|n| Rate::new(n, 1))
            }
            Cut::At(value, true) => Some(value),
            _ => None,
        };
        let high = match (to, last) {
            (_, Some(last)) => Some(format!("{} {}", lang.pick("不大于", "at most"), show(last))),
            (Cut::At(value, _), None) => Some(format!("{} {}", lang.pick("小于", "below"), show(value))),
            _ => None,
        };
        match (low, high, last) {
            (Some((_, value)), _, Some(last)) if value == last && matches!(from, Cut::At(_, false)) => {
                show(value)
            }
            (Some((_, value)), _, Some(last)) if matches!(from, Cut::At(_, false)) => {
                format!("{} {} {}", show(value), lang.pick("至", "to"), show(last))
            }
            (Some((low, _)), Some(high), _) => format!("{low}{}{high}", lang.pick("且", " and ")),
            (Some((low, _)), None, _) => low,
            (None, Some(high), _) => high,
            (None, None, _) => lang.pick("任何值", "anything").to_owned(),
        }
    }

    /// A number of the column's type with its unit.
    pub(super) fn number(&self, value: Rate) -> String {
        let whole = value.num();
        let short = i32::try_from(whole).ok();
        match self.ty {
            Type::Money(_) | Type::Exact(_) => format!("{}{}", Fen(whole), type_name(self.ty)),
            Type::Date => short.map_or_else(|| whole.to_string(), |day| Date(day).to_string()),
            Type::Month => short.map_or_else(|| whole.to_string(), |month| Month(month).to_string()),
            Type::Rate => crate::syntax::print::percent(value),
            Type::Bool | Type::Int | Type::Enum(_) => whole.to_string(),
        }
    }
}

impl Set {
    /// The values in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Mask(a), Self::Mask(b)) => Self::Mask(a & b),
            (Self::Line(a), Self::Line(b)) => {
                let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x.0.max(y.0), x.1.min(y.1))));
                Self::Line(pairs.filter(|(from, to)| from < to).collect())
            }
            _ => Self::Line(Vec::new()),
        }
    }

    /// The values in one or the other.
    pub(super) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Mask(a), Self::Mask(b)) => Self::Mask(a | b),
            (Self::Line(a), Self::Line(b)) => {
                let mut spans: Vec<(Cut, Cut)> = a.iter().chain(b).copied().collect();
                spans.sort_unstable();
                let mut joined: Vec<(Cut, Cut)> = Vec::with_capacity(spans.len());
                for (from, to) in spans {
                    match joined.last_mut() {
                        Some(last) if from <= last.1 => last.1 = last.1.max(to),
                        _ => joined.push((from, to)),
                    }
                }
                Self::Line(joined)
            }
            _ => self.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Mask(mask) => *mask == 0,
            Self::Line(spans) => spans.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::plan::Per;

    fn point(num: i64, den: i64) -> Point {
        Point::Number(Rate::new(num, den).unwrap())
    }

    #[test]
    fn whole_numbers_leave_no_room_between_neighbours() {
        let ages = Domain::new(Type::Int, &[], Some(0), None);
        let below = ages.compare(Cmp::Le, point(17, 1));
        assert_eq!(below, ages.compare(Cmp::Lt, point(18, 1)));
        assert!(below.and(&ages.compare(Cmp::Ge, point(18, 1))).is_empty());
        assert_eq!(below.or(&ages.compare(Cmp::Ge, point(18, 1))), ages.all());
        assert!(ages.compare(Cmp::Lt, point(0, 1)).is_empty(), "the bounds of the column count");
        assert_eq!(ages.words(&below, &[], Lang::Zh), "0 至 17");
        let adult = ages.without(&below);
        assert_eq!(ages.words(&adult, &[], Lang::En), "at least 18");
    }

    #[test]
    fn fractions_have_numbers_between_any_two() {
        let sums = Domain::new(Type::Exact(Per::Month), &[], None, None);
        let below = sums.compare(Cmp::Lt, point(50_000, 1));
        let above = sums.compare(Cmp::Gt, point(50_000, 1));
        let gap = sums.without(&below.or(&above));
        assert_eq!(sums.words(&gap, &[], Lang::Zh), "500.00元/月");
        let most = sums.compare(Cmp::Le, point(50_000, 1));
        assert!(most.and(&above).is_empty());
        let between = above.and(&sums.compare(Cmp::Lt, point(60_000, 1)));
        assert_eq!(sums.words(&between, &[], Lang::Zh), "大于 500.00元/月且小于 600.00元/月");
    }

    #[test]
    fn pieces_are_cut_where_a_set_ends() {
        let ages = Domain::new(Type::Int, &[], None, None);
        let young = ages.compare(Cmp::Lt, point(18, 1));
        let old = ages.compare(Cmp::Ge, point(60, 1));
        let words: Vec<String> =
            ages.pieces(&[&young, &old]).iter().map(|set| ages.words(set, &[], Lang::Zh)).collect();
        assert_eq!(words, ["不大于 17", "18 至 59", "不小于 60"]);
        let truths = Domain::new(Type::Bool, &[], None, None);
        assert_eq!(truths.pieces(&[]), [truths.all()]);
        assert_eq!(truths.pieces(&[&Set::Mask(2)]).len(), 2);
    }
}
