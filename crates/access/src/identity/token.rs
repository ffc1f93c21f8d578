//! 接口令牌: what an interface of a department shows instead of a password. It has 256 random bits, so a plain digest
//! keeps it; the token itself is shown once and stored nowhere.

use sha2::{Digest as _, Sha256};

/// How every token begins, so that one that has got into a log or a message is found.
pub const PREFIX: &str = "doudi_";
/// Hexadecimal digits after it.
const DIGITS: usize = 64;

/// A token as it is shown.
#[must_use]
pub fn token(random: &[u8; 32]) -> String {
    let digits: String = random.iter().map(|b| format!("{b:02x}")).collect();
    format!("{PREFIX}{digits}")
}

/// Whether a text can be a token.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// The digest that is stored, in hexadecimal.
#[must_use]
pub fn digest(token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"doudi service token 1\0");
    hash.update(token.as_bytes());
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_form_and_kept_as_a_digest() {
        let shown = token(&[0xa7; 32]);
        assert!(looks_like(&shown) && shown.len() == 70);
        for wrong in ["", "doudi_", "doudi_a7", &shown.to_uppercase(), &format!("{shown}0"), &shown[6..]] {
            assert!(!looks_like(wrong), "{wrong}");
        }
        assert!(digest(&shown).len() == 64 && !shown.contains(&digest(&shown)));
        assert_ne!(digest(&shown), digest(&token(&[0xa8; 32])));
    }
}
