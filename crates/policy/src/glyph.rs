//! 字形: characters that nobody sees, and names that look like other names.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::skeleton as uts39;

/// Whether a character leaves no mark of its own, or changes where others stand: controls, marks of writing
/// direction, joiners, fillers, variation selectors, tags. A text of law is what a reader sees of it.
pub(crate) fn hidden(c: char) -> bool {
    if matches!(c, '\n' | '\r' | '\t') {
        return false;
    }
    c.is_control()
        || matches!(
            u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
                | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164
                | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE0000..=0xE0FFF
        )
}

/// A text as it may be shown: hidden characters by their number, line ends and tabs as blanks, the middle of a long
/// text left out.
pub(crate) fn visible(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest * 4));
    let count = text.chars().count();
    if count <= longest {
        text.chars().for_each(|c| show(&mut out, c));
        return out;
    }
    let half = longest / 2;
    text.chars().take(half).for_each(|c| show(&mut out, c));
    out.push_str(" … ");
    text.chars().skip(count - half).for_each(|c| show(&mut out, c));
    out
}

/// One character as it may be shown.
pub(crate) fn show(out: &mut String, c: char) {
    if hidden(c) {
        // Writing to a String cannot fail.
        let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
    } else if c.is_whitespace() {
        out.push(' ');
    } else {
        out.push(c);
    }
}

/// What a name looks like: two names with one skeleton are taken for each other. Full-width and half-width forms
/// are one, then what Unicode lists as confusable (UTS 39), except that two Chinese characters stay two: who reads
/// Chinese tells 未 from 末.
pub(crate) fn skeleton(name: &str) -> String {
    if name.bytes().all(|b| b.is_ascii_lowercase() && b != b'l' && b != b'm' || b == b'_') {
        // Such an id is its own skeleton.
        return name.to_owned();
    }
    let seen = name.nfkc().filter(|c| !c.is_whitespace() && !hidden(*c));
    seen.flat_map(|c| {
        let look: String = uts39(c.encode_utf8(&mut [0; 4])).collect();
        if is_ideograph(c) && look.chars().all(is_ideograph) { vec![c] } else { look.chars().collect() }
    })
    .collect()
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// The first character in which one name differs from another that looks the same.
pub(crate) fn differs(name: &str, other: &str) -> Option<char> {
    let mut others = other.chars();
    name.chars().find(|c| others.next() != Some(*c))
}

#[cfg(test)]
mod tests {
    use super::{differs, hidden, skeleton, visible};

    #[test]
    fn names_that_look_the_same_have_one_skeleton() {
        for (a, b) in [
            ("wage", "w\u{430}ge"),
            ("level_1", "level_l"),
            ("level_I", "level_l"),
            ("row_O", "row_0"),
            ("二〇", "二O"),
            ("Ａ类", "A类"),
            ("收入（元）", "收入(元)"),
            ("modern", "modem"),
            ("工资 收入", "工资收入"),
            ("人口", "人ロ"),
            ("力工", "カエ"),
        ] {
            assert_eq!(skeleton(a), skeleton(b), "{a} {b}");
        }
        for (a, b) in [("未婚", "末婚"), ("wage", "wages"), ("income", "outcome"), ("低保", "低收")] {
            assert_ne!(skeleton(a), skeleton(b), "{a} {b}");
        }
        assert_eq!(differs("w\u{430}ge", "wage"), Some('\u{430}'));
    }

    #[test]
    fn a_short_cut_gives_the_same_skeleton() {
        use unicode_normalization::UnicodeNormalization as _;
        for c in ('a'..='z').chain(['_']).filter(|c| !matches!(c, 'l' | 'm')) {
            let text = format!("{c}");
            let long: String = unicode_security::skeleton(&text.nfkc().collect::<String>()).collect();
            assert_eq!(skeleton(&text), long, "{c}");
        }
    }

    #[test]
    fn what_nobody_sees_is_shown_by_its_number() {
        assert_eq!(visible("a\u{202e}b\u{0}\tc", 100), "a⟨U+202E⟩b⟨U+0000⟩ c");
        assert_eq!(visible(&"x".repeat(100), 10), "xxxxx … xxxxx");
        assert!(!hidden('工') && !hidden('\n') && !hidden('　') && hidden('\u{3164}'));
    }
}
