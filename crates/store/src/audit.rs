//! 审计叶: every change and every look leaves a leaf in the transaction that makes it. The tree over the leaves is
//! grown afterwards ([`sequence`]), so that writers never wait for one head.

mod browse;
mod entry;
mod export;
mod fits;
mod forget;
mod looks;
mod refusals;
mod sequence;
mod shelf;
mod sign;
mod touched;
mod verify;

pub(crate) use entry::Entry;
pub(crate) use forget::{ERASED_LEAVES, FAMILY_ERASED};
pub(crate) use looks::Looks;
pub(crate) use refusals::Refusals;
pub(crate) use shelf::Shelf;
pub(crate) use touched::Touched;

pub use browse::{Doer, LeafGroup, LeafRow, LeafSearch};
pub use entry::{By, LeafItem, Look};
pub use refusals::{Asker, LEAVES_A_MINUTE, MINUTE_MS, Refused, Why};
pub use sequence::{Grown, Head, Waiting};
pub use verify::{Examined, Finding, head_of};

use doudi_access::audit::{AuditFault, Hash};

use crate::{StoreError, hex};

impl From<AuditFault> for StoreError {
    fn from(fault: AuditFault) -> Self {
        Self::Audit(fault)
    }
}

pub(crate) fn hash_text(hash: &Hash) -> String {
    hex(&hash.0)
}

/// The bytes of [`hex`]; every other spelling of them is refused.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = unhex_all(text)?.try_into().ok()?;
    Some(bytes)
}

fn unhex_all(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

pub(crate) fn hash_of(text: &str) -> Option<Hash> {
    unhex(text).map(Hash)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
