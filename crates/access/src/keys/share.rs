//! 份额: one holder's part of the passphrase, as a line that can be printed and typed again.

use std::fmt;

use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::secret::{Plain, Secret};

/// First word of a share as text.
const WORD: &str = "doudi-share-1";

/// Bytes of file mark, holder, part and check.
const BYTES: usize = 4 + 1 + 32 + 4;

/// One holder's part. Fewer parts than the threshold tell nothing of the passphrase (Shamir's secret sharing).
pub struct Share {
    file: [u8; 4],
    holder: u8,
    part: Secret<32>,
}

impl Share {
    /// The number of the holder, from 1 on.
    pub fn holder(&self) -> u8 {
        self.holder
    }

    /// The line to print: a word and groups of hexadecimal digits with a check against mistyping. Keep one copy, on
    /// paper, under the holder's own lock.
    pub fn to_text(&self) -> Plain {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES));
        bytes.extend(self.file);
        bytes.push(self.holder);
        bytes.extend(self.part.expose());
        let check = check(&bytes);
        bytes.extend(check);
        let mut text = Vec::with_capacity(WORD.len() + BYTES * 3);
        text.extend(WORD.bytes());
        for (at, byte) in bytes.iter().enumerate() {
            if at.is_multiple_of(2) {
                text.push(b' ');
            }
            text.extend(
                [byte >> 4, byte & 15].map(|half| if half < 10 { b'0' + half } else { b'a' + half - 10 }),
            );
        }
        Plain::new(text)
    }

    /// Reads a line; blanks, hyphens between groups and capital letters do not matter.
    ///
    /// # Errors
    /// [`Fault::DamagedShare`] for anything else, a single mistyped digit included.
    pub fn from_text(text: &str) -> Result<Self, Fault> {
        let lower = Zeroizing::new(text.trim().to_ascii_lowercase());
        let digits = lower.strip_prefix(WORD).ok_or(Fault::DamagedShare)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES));
        let mut high = None;
        for one in digits.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let half =
                one.to_digit(16).and_then(|half| u8::try_from(half).ok()).ok_or(Fault::DamagedShare)?;
            match high.take() {
                None => high = Some(half),
                Some(first) => bytes.push(first << 4 | half),
            }
        }
        let (content, typed) = bytes.split_last_chunk::<4>().ok_or(Fault::DamagedShare)?;
        let (file, rest) = content.split_first_chunk::<4>().ok_or(Fault::DamagedShare)?;
        let (holder, part) = rest.split_first().ok_or(Fault::DamagedShare)?;
        let part: [u8; 32] = part.try_into().map_err(|_| Fault::DamagedShare)?;
        if high.is_some() || *holder == 0 || *typed != check(content) {
            return Err(Fault::DamagedShare);
        }
        Ok(Self { file: *file, holder: *holder, part: Secret::new(part) })
    }

    fn is_same_part(&self, other: &Self) -> bool {
        self.part.expose() == other.part.expose()
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share(holder {}, …)", self.holder)
    }
}

fn check(content: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::new().chain_update(WORD).chain_update(content).finalize().into();
    [a, b, c, d]
}

/// Splits a passphrase among holders, `threshold` of whom restore it.
pub(super) fn split<R: CryptoRng + ?Sized>(
    passphrase: &Secret<32>,
    file: [u8; 4],
    holders: u8,
    threshold: u8,
    mut rng: &mut R,
) -> Result<Vec<Share>, Fault> {
    blahaj::Sharks(threshold)
        .dealer_rng(passphrase.expose(), &mut rng)
        .take(usize::from(holders))
        .map(|share| {
            let bytes = Zeroizing::new(Vec::from(&share));
            let (holder, part) = bytes.split_first().ok_or(Fault::DamagedShare)?;
            let part: [u8; 32] = part.try_into().map_err(|_| Fault::DamagedShare)?;
            Ok(Share { file, holder: *holder, part: Secret::new(part) })
        })
        .collect()
}

/// The passphrase from shares of one file; more than the threshold do no harm.
pub(super) fn gather(
    shares: &[Share],
    file: [u8; 4],
    (holders, threshold): (u8, u8),
) -> Result<Secret<32>, Fault> {
    let mut different: Vec<&Share> = Vec::new();
    for share in shares {
        if share.file != file || share.holder > holders {
            return Err(Fault::ForeignShare);
        }
        match different.iter().find(|other| other.holder == share.holder) {
            Some(other) if !other.is_same_part(share) => {
                return Err(Fault::ContradictoryShares(share.holder));
            }
            Some(_) => {}
            None => different.push(share),
        }
    }
    let (have, need) = (different.len(), threshold);
    combine(different.get(..usize::from(need)).ok_or(Fault::TooFewShares { have, need })?, need)
}

/// The passphrase from exactly as many shares of different holders as the threshold asks for.
fn combine(shares: &[&Share], threshold: u8) -> Result<Secret<32>, Fault> {
    let mut parts = Vec::with_capacity(shares.len());
    for share in shares {
        let mut bytes = Zeroizing::new(vec![share.holder]);
        bytes.extend(share.part.expose());
        parts.push(blahaj::Share::try_from(bytes.as_slice()).map_err(|_| Fault::DamagedShare)?);
    }
    let whole = blahaj::Sharks(threshold).recover(&parts).map_err(|_| Fault::WrongShares)?;
    let whole = Zeroizing::new(whole);
    let whole: [u8; 32] = whole.as_slice().try_into().map_err(|_| Fault::WrongShares)?;
    Ok(Secret::new(whole))
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    /// A splitter whose coefficients are never zero gives no share that equals the secret in a byte, and so tells which
    /// values a secret has not (RUSTSEC-2024-0398).
    #[test]
    fn one_share_rules_nothing_out() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let secret = Secret::new([0x5a; 32]);
        let mut seen = [0_u32; 256];
        for _ in 0..800 {
            let shares = split(&secret, [0; 4], 2, 2, &mut rng).unwrap();
            shares[0].part.expose().iter().for_each(|byte| seen[usize::from(*byte)] += 1);
        }
        // 100 of each value are expected, standard deviation 10.
        assert!(seen.iter().all(|count| (40..180).contains(count)), "{seen:?}");
    }

    #[test]
    fn any_threshold_of_shares_gives_the_passphrase_and_one_less_another() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for (holders, threshold) in [(2, 2), (3, 2), (5, 3), (9, 5), (255, 200)] {
            let secret = Secret::generate(&mut rng);
            let shares = split(&secret, [0; 4], holders, threshold, &mut rng).unwrap();
            assert_eq!(shares.len(), usize::from(holders));
            let all: Vec<&Share> = shares.iter().rev().take(usize::from(threshold)).collect();
            assert_eq!(combine(&all, threshold).unwrap().expose(), secret.expose());
            let fewer = combine(&all[1..], threshold - 1);
            assert!(fewer.is_err() || fewer.unwrap().expose() != secret.expose());
        }
    }
}
