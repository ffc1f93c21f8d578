//! 盲索引: finds a sealed value by exact search without opening any. Equal values give equal indexes, so only values
//! that few people share have one: never names, places, illnesses.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::keys::Epoch;
use crate::secret::Plain;
use crate::suite::Algorithm;

/// What may be searched for exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKind {
    /// Number of an identity document: letters and digits.
    IdentityNumber,
    /// Telephone number: digits.
    Phone,
    /// Bank account or card: digits.
    Account,
}

impl IndexKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::IdentityNumber, Self::Phone, Self::Account];

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::IdentityNumber => 1,
            Self::Phone => 2,
            Self::Account => 3,
        }
    }

    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::IdentityNumber => "证件号码",
            Self::Phone => "电话号码",
            Self::Account => "银行账号",
        }
    }

    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::IdentityNumber => "the number of an identity document",
            Self::Phone => "a telephone number",
            Self::Account => "a bank account",
        }
    }

    /// How many characters a folded value has. Shorter ones could be found by trying all.
    fn lengths(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::IdentityNumber => 8..=18,
            Self::Phone => 7..=15,
            Self::Account => 8..=32,
        }
    }
}

/// One spelling for one value: no blanks, no separators, half-width, capital letters, no country code 86.
///
/// # Errors
/// [`Fault::NotIndexable`] for other characters or an impossible length.
pub(crate) fn fold(kind: IndexKind, text: &str) -> Result<Plain, Fault> {
    let mut kept = Zeroizing::new(Vec::with_capacity(text.len()));
    for one in text.chars().map(half_width).filter(|c| !c.is_whitespace()) {
        let fits = match kind {
            IndexKind::IdentityNumber => one.is_ascii_alphanumeric(),
            IndexKind::Phone => one.is_ascii_digit() || (one == '+' && kept.is_empty()),
            IndexKind::Account => one.is_ascii_digit(),
        };
        let separates = match kind {
            IndexKind::IdentityNumber => false,
            IndexKind::Phone => matches!(one, '-' | '(' | ')'),
            IndexKind::Account => one == '-',
        };
        match u8::try_from(one) {
            Ok(byte) if fits => kept.push(byte.to_ascii_uppercase()),
            _ if separates => {}
            _ => return Err(Fault::NotIndexable(kind)),
        }
    }
    let whole = kept.as_slice();
    let national = [b"+86".as_slice(), b"0086"].iter().find_map(|code| whole.strip_prefix(*code));
    let folded = if kind == IndexKind::Phone { national.unwrap_or(whole) } else { whole };
    if kind.lengths().contains(&folded.len()) {
        Ok(Plain::new(folded.to_vec()))
    } else {
        Err(Fault::NotIndexable(kind))
    }
}

/// 全角 letters, digits and marks as their half-width twins.
fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// Bytes of the digest that are kept: 128 bits, so that two of a billion values do not meet by chance.
const KEPT_BYTES: usize = 16;

/// The index of a value under a key of its own. Equal values have equal indexes within one epoch only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindIndex {
    algorithm: Algorithm,
    epoch: Epoch,
    digest: [u8; KEPT_BYTES],
}

impl BlindIndex {
    pub(crate) fn new(algorithm: Algorithm, epoch: Epoch, digest: [u8; 32]) -> Self {
        let mut kept = [0; KEPT_BYTES];
        for (to, from) in kept.iter_mut().zip(digest) {
            *to = from;
        }
        Self { algorithm, epoch, digest: kept }
    }

    /// The epoch of its key.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The bytes to store and to search: algorithm (1), epoch (4, big-endian), digest (16).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.algorithm.id()];
        bytes.extend(self.epoch.number().to_be_bytes());
        bytes.extend(self.digest);
        bytes
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlindIndex(epoch {}, …)", self.epoch)
    }
}
