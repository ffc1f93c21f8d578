//! Names folded for comparison. The written name is kept as it came; only the folded form is compared.

use unicode_normalization::UnicodeNormalization as _;

/// 姓名比较形: compatibility forms unified (NFKC), the many interpuncts of transliterated names made one `·`,
/// blanks and invisible marks dropped, Latin letters in upper case.
#[must_use]
pub fn fold(name: &str) -> String {
    name.nfkc()
        .filter_map(|c| match c {
            // After NFKC: · ‧ • ∙ ⋅ ・ ● ． . ˙ ᛫ ⸱ ꞏ stand for the same written dot.
            '\u{00b7}' | '\u{2027}' | '\u{2022}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{25cf}'
            | '.' | '\u{02d9}' | '\u{16eb}' | '\u{2e31}' | '\u{a78f}' => Some('·'),
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' => None,
            c if c.is_whitespace() || c.is_control() => None,
            c => Some(c),
        })
        .flat_map(char::to_uppercase)
        .collect()
}

/// Whether two written names are the same name.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    fold(a) == fold(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_variants_are_one_name() {
        for other in ["阿依•古丽", "阿依・古丽", "阿依．古丽", "阿依 · 古丽\u{200b}", "\u{feff}阿依‧古丽"]
        {
            assert!(same("阿依·古丽", other), "{other}");
        }
        assert!(same("ＬＩ　ｍｅｉ", "Li Mei"));
        assert!(!same("石望山", "石望川"));
    }
}
