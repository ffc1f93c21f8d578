//! 近似名称: “did you mean”.

/// The candidate nearest to a word, if it is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.chars().count();
            let longest = length.max(other);
            let allowed = (longest / 3).max(1);
            if length.abs_diff(other) > allowed {
                return None;
            }
            let distance = distance(word, candidate);
            (distance <= allowed && distance < longest).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Least number of characters to insert, delete, replace or exchange with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut earlier: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut before = None;
    for (i, from) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = i + 1;
        next.push(left);
        for (at, (pair, to)) in row.windows(2).zip(&b).enumerate() {
            if let [diagonal, above] = pair {
                let replaced = diagonal + usize::from(from != *to);
                left = replaced.min(above + 1).min(left + 1);
                let neighbour = at.checked_sub(1).and_then(|at| b.get(at));
                if before == Some(*to) && neighbour == Some(&from) {
                    left = at.checked_sub(1).and_then(|at| earlier.get(at)).map_or(left, |e| left.min(e + 1));
                }
                next.push(left);
            }
        }
        earlier = std::mem::replace(&mut row, next);
        before = Some(from);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        assert_eq!(distance("工资性收入", "工资收入"), 1);
        assert_eq!(nearest("工资收入", ["工资性收入", "出生日期"]), Some("工资性收入"));
        assert_eq!((distance("wgae", "wage"), distance("ab", "ba"), distance("abc", "cab")), (1, 1, 2));
        assert_eq!(nearest("wgae", ["wage", "birth"]), Some("wage"));
        assert_eq!(nearest("xyz", ["wage", "birth"]), None);
        assert_eq!(nearest("birht_date", ["birth_date"]), Some("birth_date"));
        assert_eq!(nearest("人", ["户"]), None);
    }
}
