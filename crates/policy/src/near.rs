//! 近似名称: “did you mean”.

/// The candidate nearest to a word, if it is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let longest = length.max(candidate.chars().count());
            let allowed = (longest / 3).max(1);
            let distance = distance(word, candidate);
            (distance <= allowed && distance < longest).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Least number of characters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = i + 1;
        next.push(left);
        for (pair, to) in row.windows(2).zip(&b) {
            if let [diagonal, above] = pair {
                let replaced = diagonal + usize::from(from != *to);
                left = replaced.min(above + 1).min(left + 1);
                next.push(left);
            }
        }
        row = next;
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
        assert_eq!(nearest("wgae", ["wage", "birth"]), None);
        assert_eq!(nearest("birht_date", ["birth_date"]), Some("birth_date"));
        assert_eq!(nearest("人", ["户"]), None);
    }
}
