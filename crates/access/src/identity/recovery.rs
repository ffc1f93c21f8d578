//! 恢复码: one-time codes for the day the authenticator is lost. They have 80 random bits, so a plain digest keeps
//! them; it is bound to the account.

use sha2::{Digest as _, Sha256};

use crate::identity::base32;

/// Codes that an account gets at a time.
pub const CODES: usize = 10;

/// A code as it is shown: four groups of four.
#[must_use]
pub fn code(random: &[u8; 10]) -> String {
    base32::grouped(&base32::encode(random), '-')
}

/// Whether a text has the length of a recovery code, which no code of an authenticator has.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    folded(text).len() == 16
}

/// The digest that is stored, in hexadecimal, for a code as somebody typed it.
#[must_use]
pub fn digest(staff: i64, typed: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"doudi recovery code 1\0");
    hash.update(staff.to_be_bytes());
    hash.update(folded(typed).as_bytes());
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

fn folded(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed_and_only_for_its_account() {
        let shown = code(&[0x5a; 10]);
        assert_eq!(shown.len(), 19);
        assert!(looks_like(&shown) && looks_like(&shown.to_lowercase().replace('-', " ")));
        assert!(!looks_like("123456"));
        assert_eq!(digest(7, &shown), digest(7, &shown.to_lowercase().replace('-', "")));
        assert_ne!(digest(7, &shown), digest(8, &shown));
        assert_ne!(digest(7, &shown), digest(7, &code(&[0x5b; 10])));
    }
}
