//! 小格保护: which rows of a table of people or families are left out, so that nobody is recognised in a small count.

/// For each row of counts whether it is left out: a row in which some count is positive and smaller than `smallest`,
/// and, where that would be a single row, the smallest of the others, since the total gives a single one away.
pub(crate) fn hidden(rows: &[Vec<u64>], smallest: u64) -> Vec<bool> {
    let small = |row: &Vec<u64>| row.iter().any(|n| (1..smallest).contains(n));
    let mut hidden: Vec<bool> = rows.iter().map(small).collect();
    if hidden.iter().filter(|h| **h).count() == 1 {
        let others = rows
            .iter()
            .enumerate()
            .filter(|(at, row)| hidden.get(*at) == Some(&false) && row.iter().any(|n| *n > 0));
        let next = others.min_by_key(|(_, row)| row.iter().copied().max());
        if let Some(slot) = next.and_then(|(at, _)| hidden.get_mut(at)) {
            *slot = true;
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::hidden;

    #[test]
    fn a_small_count_never_stands_alone() {
        let rows = |all: &[[u64; 2]]| all.iter().map(|r| r.to_vec()).collect::<Vec<_>>();
        assert_eq!(hidden(&rows(&[[100, 50], [200, 0]]), 10), [false, false]);
        assert_eq!(hidden(&rows(&[[100, 50], [200, 9], [30, 20]]), 10), [false, true, true]);
        assert_eq!(hidden(&rows(&[[100, 5], [200, 9], [300, 20]]), 10), [true, true, false]);
        assert_eq!(hidden(&rows(&[[100, 5], [0, 0]]), 10), [true, false], "an empty row hides nobody");
        assert_eq!(hidden(&rows(&[[100, 10]]), u64::MAX), [true], "without a limit nothing is told");
    }

    proptest::proptest! {
        #[test]
        fn the_total_gives_no_single_row_away(
            rows in proptest::collection::vec(proptest::collection::vec(0_u64..40, 3), 1..7),
        ) {
            let told = hidden(&rows, 10);
            let left_out: Vec<&Vec<u64>> =
                rows.iter().zip(&told).filter(|(_, h)| **h).map(|(row, _)| row).collect();
            let shown = rows.iter().zip(&told).filter(|(_, h)| !**h);
            for (row, _) in shown {
                proptest::prop_assert!(row.iter().all(|n| *n == 0 || *n >= 10));
            }
            let others = rows.iter().filter(|row| row.iter().any(|n| *n > 0)).count();
            proptest::prop_assert!(left_out.len() != 1 || others == 1);
        }
    }
}
