//! 叶: what stands in the tree of one event: when, what kind, and a commitment to the rest.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::fault::AuditFault;
use super::hash::{Hash, hash_leaf};
use crate::secret::{Plain, Secret};

/// First line of an entry: the format and its version.
const FORMAT: &str = "doudi-leaf/v1";

/// The longest id or kind, in bytes.
const LONGEST: usize = 64;

/// An event in its one canonical form: named texts, sorted. May hold personal data; only its commitment is public.
pub struct Event(BTreeMap<String, String>);

impl Event {
    /// An event with its fields. Names are lower-case ASCII words.
    ///
    /// # Errors
    /// [`AuditFault::Field`] for another name or one that comes twice.
    pub fn new<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, AuditFault> {
        let mut kept = BTreeMap::new();
        for (name, text) in fields {
            if !is_word(name) || kept.insert(name.to_owned(), text.to_owned()).is_some() {
                return Err(AuditFault::Field("event field"));
            }
        }
        Ok(Self(kept))
    }

    /// The canonical bytes: a JSON object of texts in the form of RFC 8785.
    ///
    /// # Errors
    /// [`AuditFault::Field`] if the texts cannot be written, which does not happen.
    pub fn canonical(&self) -> Result<Plain, AuditFault> {
        serde_json::to_vec(&self.0).map(Plain::new).map_err(|_| AuditFault::Field("event field"))
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.0.values_mut().for_each(|text| text.zeroize());
    }
}

/// A leaf of the tree. Nothing in it is personal: the id is a surrogate, the commitment tells nothing without its
/// salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    id: String,
    time_ms: u64,
    kind: String,
    commitment: Hash,
}

impl Leaf {
    /// A leaf that commits to an event: SHA-256 over the salt and the canonical event. `time_ms` is given by the
    /// caller, in milliseconds since 1970 (UTC). The salt is stored beside the event, is used once, and is destroyed
    /// with it.
    ///
    /// # Errors
    /// [`AuditFault::Field`] for an id or kind that is not a short ASCII word.
    pub fn commit(
        id: &str,
        time_ms: u64,
        kind: &str,
        event: &Event,
        salt: &Secret<32>,
    ) -> Result<Self, AuditFault> {
        let commitment = Self::commitment_to(event, salt)?;
        Self::from_parts(id, time_ms, kind, commitment)
    }

    /// A leaf with its stored commitment.
    ///
    /// # Errors
    /// As [`Leaf::commit`].
    pub fn from_parts(id: &str, time_ms: u64, kind: &str, commitment: Hash) -> Result<Self, AuditFault> {
        if !is_id(id) {
            return Err(AuditFault::Field("id"));
        }
        if !is_word(kind) {
            return Err(AuditFault::Field("kind"));
        }
        Ok(Self { id: id.to_owned(), time_ms, kind: kind.to_owned(), commitment })
    }

    fn commitment_to(event: &Event, salt: &Secret<32>) -> Result<Hash, AuditFault> {
        let canonical = event.canonical()?;
        Ok(Hash(Sha256::new().chain_update(salt.expose()).chain_update(canonical.expose()).finalize().into()))
    }

    /// Whether this event with this salt is what the leaf commits to.
    ///
    /// # Errors
    /// As [`Event::canonical`].
    pub fn is_opened_by(&self, event: &Event, salt: &Secret<32>) -> Result<bool, AuditFault> {
        Ok(Self::commitment_to(event, salt)? == self.commitment)
    }

    /// Its own id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The time given, in milliseconds since 1970 (UTC).
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// What kind of event, for example `case.decided`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The commitment.
    pub fn commitment(&self) -> &Hash {
        &self.commitment
    }

    /// The entry: five lines that anybody can read.
    pub fn entry(&self) -> Vec<u8> {
        let Self { id, time_ms, kind, commitment } = self;
        format!("{FORMAT}\n{id}\n{time_ms}\n{kind}\n{}\n", commitment.to_base64()).into_bytes()
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for anything that [`Leaf::entry`] does not write.
    pub fn from_entry(entry: &[u8]) -> Result<Self, AuditFault> {
        let bad = || AuditFault::Malformed("leaf");
        let text = std::str::from_utf8(entry).map_err(|_| bad())?;
        let mut lines = text.lines();
        let mut line = || lines.next().ok_or_else(bad);
        if line()? != FORMAT {
            return Err(bad());
        }
        let (id, time, kind, commitment) = (line()?, line()?, line()?, line()?);
        let time = time.parse().map_err(|_| bad())?;
        let commitment = Hash::from_base64(commitment).ok_or_else(bad)?;
        let leaf = Self::from_parts(id, time, kind, commitment)?;
        if leaf.entry() == entry { Ok(leaf) } else { Err(bad()) }
    }

    /// The hash that the tree holds.
    pub fn hash(&self) -> Hash {
        hash_leaf(&self.entry())
    }
}

/// Entries one after the other, each with its length in two bytes, big-endian (C2SP tlog-tiles).
///
/// # Errors
/// [`AuditFault::Field`] for an entry beyond 65,535 bytes, which no leaf makes.
pub fn entry_bundle(leaves: &[Leaf]) -> Result<Vec<u8>, AuditFault> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        let entry = leaf.entry();
        let length = u16::try_from(entry.len()).map_err(|_| AuditFault::Field("entry"))?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(bytes)
}

fn is_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_word(text: &str) -> bool {
    is_id(text) && !text.bytes().any(|b| b.is_ascii_uppercase())
}
