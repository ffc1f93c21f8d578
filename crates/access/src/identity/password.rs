//! 口令: hashed with argon2id (RFC 9106) and kept as a PHC string, which names its own cost, so that the cost can be
//! raised without making anybody choose anew.

use std::collections::BTreeSet;

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};

use crate::fault::Fault;
use crate::identity::base32;

/// Fewest characters of a password that a person chooses.
pub const LEAST: usize = 12;
/// Most characters: hashing takes longer for longer texts.
pub const MOST: usize = 128;
/// Fewest different characters.
const LEAST_DIFFERENT: usize = 5;

/// The PHC string of a password: argon2id, 19 MiB, two passes, one lane (the cost that OWASP names for log-ins on a
/// server that answers many).
///
/// # Errors
/// [`Fault::Cost`] if the function refuses its input, which for a salt of this length it does not.
pub fn hash(password: &str, salt: &[u8; 16]) -> Result<String, Fault> {
    let made = Argon2::default().hash_password_with_salt(password.as_bytes(), salt);
    made.map(|phc| phc.to_string()).map_err(|_| Fault::Cost)
}

/// Whether a password is the one of a PHC string. A string that is none fits nothing.
#[must_use]
pub fn verify(password: &str, phc: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), phc).is_ok()
}

/// A first password in groups of four letters and digits, from 120 random bits.
#[must_use]
pub fn one_time(random: &[u8; 15]) -> String {
    base32::grouped(&base32::encode(random), '-')
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than [`LEAST`] or more than [`MOST`] characters.
    Length,
    /// Few different characters, or one run of neighbours such as 123456789012.
    Plain,
    /// It holds the log-in name.
    HoldsName,
    /// It is guessed soon: from passwords that others have used, words, names, dates and rows of keys.
    Known,
}

/// Why a password may not be chosen by somebody of this log-in name and name, if so.
#[must_use]
pub fn weakness(password: &str, login: &str, name: &str) -> Option<Weak> {
    let count = password.chars().count();
    if !(LEAST..=MOST).contains(&count) {
        return Some(Weak::Length);
    }
    let different: BTreeSet<char> = password.chars().collect();
    let points: Vec<u32> = password.chars().map(u32::from).collect();
    let steps: BTreeSet<i64> =
        points.iter().zip(points.iter().skip(1)).map(|(a, b)| i64::from(*b) - i64::from(*a)).collect();
    if different.len() < LEAST_DIFFERENT || steps.len() < 3 {
        return Some(Weak::Plain);
    }
    let holds = login.chars().count() >= 3 && password.to_lowercase().contains(&login.to_lowercase());
    if holds {
        return Some(Weak::HoldsName);
    }
    // Below three a list of known passwords, tried without a lock on a stolen database, finds it.
    (zxcvbn::zxcvbn(password, &[login, name]).score() < zxcvbn::Score::Three).then_some(Weak::Known)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only_and_the_hash_names_its_cost() {
        let one = hash("石桥镇的早晨有雾 1975", &[7; 16]).unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(verify("石桥镇的早晨有雾 1975", &one));
        assert!(!verify("石桥镇的早晨有雾 1976", &one));
        assert!(!verify("", &one));
        assert_ne!(one, hash("石桥镇的早晨有雾 1975", &[8; 16]).unwrap());
        assert!(!verify("x", "") && !verify("x", "$argon2id$") && !verify("x", "plain"));
        // The cost is that of the string, not of this program.
        let vector = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify("password", vector) && !verify("sassword", vector));
    }

    #[test]
    fn weak_passwords_are_told_apart() {
        assert_eq!(weakness("short", "lin", "林月明"), Some(Weak::Length));
        assert_eq!(weakness(&"长a1b2c3".repeat(30), "lin", "林月明"), Some(Weak::Length));
        assert_eq!(weakness("aaaaaaaaaaaaaa", "lin", "林月明"), Some(Weak::Plain));
        assert_eq!(weakness("123456789012345", "lin", "林月明"), Some(Weak::Plain));
        assert_eq!(weakness("my Name Is Lin.Chunsheng", "lin.chunsheng", "林春生"), Some(Weak::HoldsName));
        assert_eq!(weakness("correct horse battery", "lin", "林月明"), None);
        assert_eq!(weakness("石桥镇的早晨 七点还有大雾", "lin", "林月明"), None);
    }

    #[test]
    fn passwords_that_others_have_used_are_known() {
        let known = |password: &str| weakness(password, "lin.yueming", "Marguerite Beauchamp");
        for password in
            ["passwordpassword", "qwertyuiop123", "iloveyou12345", "P@ssw0rd123456", "administrator1"]
        {
            assert_eq!(known(password), Some(Weak::Known), "{password}");
        }
        // One's own name is no secret, though nobody else uses it.
        assert_eq!(weakness("beauchamp2024", "lin.yueming", "Beauchamp"), Some(Weak::Known));
        assert_eq!(weakness("wjq beauchamp vyk", "lin.yueming", "林月明"), None);
    }
}
