//! 动态口令: time-based one-time codes (RFC 6238) of six digits, thirty seconds, HMAC-SHA-1: the one choice that
//! every authenticator understands. (SHA-1's weakness is collisions, which HMAC does not rest on.)

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::identity::base32;

/// Seconds that a code is shown.
pub const STEP_SECONDS: i64 = 30;
/// Bytes of a secret: the length of the hash (RFC 4226, section 4).
pub const SECRET_BYTES: usize = 20;
/// Steps before and after the present one that are taken, for clocks that differ.
const SLACK: i64 = 1;

/// The step of a time in seconds since 1970.
#[must_use]
pub fn step(now: i64) -> i64 {
    now.div_euclid(STEP_SECONDS)
}

/// The code of a step; `None` for a secret that HMAC does not take, which there is none of.
#[must_use]
pub fn code(secret: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let tag = mac.finalize().into_bytes();
    let at = usize::from(tag.last()? & 15);
    let four: [u8; 4] = tag.get(at..at + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// The step whose code was typed, within a step of now; blanks do not count. The caller refuses a step that is not
/// later than the last one used.
#[must_use]
pub fn matching_step(secret: &[u8], typed: &str, now: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let present = step(now);
    // All steps are computed, whichever fits.
    (present - SLACK..=present + SLACK)
        .filter(|s| code(secret, *s).is_some_and(|wanted| same(&wanted, &typed)))
        .max()
}

fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0_u8, |acc, (x, y)| acc | (x ^ y)) == 0
}

/// The link that an authenticator reads, from a secret in base32.
#[must_use]
pub fn otpauth(issuer: &str, login: &str, secret: &str) -> String {
    let (issuer, login) = (escaped(issuer), escaped(login));
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}")
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
        out
    })
}

/// A fresh secret in base32 from random bytes.
#[must_use]
pub fn secret(random: &[u8; SECRET_BYTES]) -> String {
    base32::encode(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_the_standard_hold() {
        // RFC 6238, appendix B, the last six of the eight digits.
        for (time, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SEED, step(time)).as_deref(), Some(wanted), "{time}");
        }
    }

    #[test]
    fn a_code_holds_for_its_step_and_one_on_either_side() {
        let now = 1_111_111_109;
        let here = step(now);
        assert_eq!(matching_step(SEED, "081 804", now), Some(here));
        assert_eq!(matching_step(SEED, "081804", now + 30), Some(here));
        assert_eq!(matching_step(SEED, "081804", now - 30), Some(here));
        assert_eq!(matching_step(SEED, "081804", now + 61), None);
        for wrong in ["", "08180", "0818040", "081805", "０８１８０４"] {
            assert_eq!(matching_step(SEED, wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn the_link_escapes_what_is_special_in_it() {
        assert_eq!(
            otpauth("兜底", "lin/1", "ABC"),
            "otpauth://totp/%E5%85%9C%E5%BA%95:lin%2F1?secret=ABC&issuer=%E5%85%9C%E5%BA%95"
        );
    }
}
