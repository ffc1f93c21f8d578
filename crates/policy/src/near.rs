//! 近似名称: “did you mean”.

/// The candidate nearest to a word, if it is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let mut rows = Rows::default();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.chars().count();
            let longest = word.len().max(other);
            let allowed = (longest / 3).max(1);
            if word.len().abs_diff(other) > allowed {
                return None;
            }
            let distance = rows.distance(&word, candidate, allowed)?;
            (distance < longest).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The rows of the table of distances, kept from one candidate to the next.
#[derive(Default)]
struct Rows {
    other: Vec<char>,
    earlier: Vec<usize>,
    row: Vec<usize>,
    next: Vec<usize>,
}

impl Rows {
    /// Least number of characters to insert, delete, replace or exchange with their neighbour; `None` where it is more
    /// than allowed.
    fn distance(&mut self, word: &[char], other: &str, allowed: usize) -> Option<usize> {
        let Self { other: b, earlier, row, next } = self;
        b.clear();
        b.extend(other.chars());
        earlier.clear();
        row.clear();
        row.extend(0..=b.len());
        let mut before = None;
        for (i, from) in word.iter().enumerate() {
            next.clear();
            let mut left = i + 1;
            let mut least = left;
            next.push(left);
            for (at, (pair, to)) in row.windows(2).zip(b.iter()).enumerate() {
                if let [diagonal, above] = pair {
                    let replaced = diagonal + usize::from(from != to);
                    left = replaced.min(above + 1).min(left + 1);
                    let neighbour = at.checked_sub(1).and_then(|at| b.get(at));
                    if before == Some(to) && neighbour == Some(from) {
                        let exchanged = at.checked_sub(1).and_then(|at| earlier.get(at));
                        left = exchanged.map_or(left, |e| left.min(e + 1));
                    }
                    least = least.min(left);
                    next.push(left);
                }
            }
            // An exchange reaches back over one row.
            if least > allowed + 1 {
                return None;
            }
            std::mem::swap(earlier, row);
            std::mem::swap(row, next);
            before = Some(from);
        }
        row.last().copied().filter(|distance| *distance <= allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, nearest};

    fn distance(a: &str, b: &str) -> Option<usize> {
        Rows::default().distance(&a.chars().collect::<Vec<_>>(), b, 9)
    }

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        assert_eq!(distance("工资性收入", "工资收入"), Some(1));
        assert_eq!(distance("wgae", "wage"), Some(1));
        assert_eq!(distance("abc", "cab"), Some(2));
        assert_eq!(distance("", "abc"), Some(3));
        assert_eq!(nearest("工资收入", ["工资性收入", "出生日期"]), Some("工资性收入"));
        assert_eq!(nearest("wgae", ["wage", "birth"]), Some("wage"));
        assert_eq!(nearest("xyz", ["wage", "birth"]), None);
        assert_eq!(nearest("birht_date", ["birth", "birth_date"]), Some("birth_date"));
        assert_eq!(nearest("人", ["户"]), None);
    }
}
