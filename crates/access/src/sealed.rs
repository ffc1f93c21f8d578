//! 密文: a sealed value as it is stored.
//!
//! Layout: algorithm (1 byte), class (1), key epoch (4, big-endian), nonce (12), ciphertext with tag (16 or more).

use crate::class::DataClass;
use crate::fault::Fault;
use crate::keys::Epoch;
use crate::suite::{Algorithm, NONCE_BYTES, TAG_BYTES};

/// Bytes of algorithm, class and epoch.
pub const HEAD_BYTES: usize = 1 + 1 + 4;

/// A sealed value: says with which algorithm and key it opens, and nothing of what is in it but the length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub(crate) algorithm: Algorithm,
    pub(crate) class: DataClass,
    pub(crate) epoch: Epoch,
    pub(crate) nonce: [u8; NONCE_BYTES],
    pub(crate) content: Vec<u8>,
}

impl Sealed {
    /// The algorithm that sealed it.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The class of the field.
    pub fn class(&self) -> DataClass {
        self.class
    }

    /// The epoch of the key.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn head(algorithm: Algorithm, class: DataClass, epoch: Epoch) -> [u8; HEAD_BYTES] {
        let [a, b, c, d] = epoch.number().to_be_bytes();
        [algorithm.id(), class.code(), a, b, c, d]
    }

    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + NONCE_BYTES + self.content.len());
        bytes.extend(Self::head(self.algorithm, self.class, self.epoch));
        bytes.extend(self.nonce);
        bytes.extend(&self.content);
        bytes
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    /// [`Fault::Malformed`] or [`Fault::UnknownAlgorithm`]. Whether the content is genuine, only opening tells.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let bad = Fault::Malformed("sealed value");
        let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or(bad.clone())?;
        let (nonce, content) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(bad.clone())?;
        if content.len() < TAG_BYTES {
            return Err(bad);
        }
        let [algorithm, class, epoch @ ..] = *head;
        Ok(Self {
            algorithm: Algorithm::from_id(algorithm)?,
            class: DataClass::from_code(class).ok_or(bad.clone())?,
            epoch: Epoch::new(u32::from_be_bytes(epoch)).ok_or(bad)?,
            nonce: *nonce,
            content: content.to_vec(),
        })
    }
}
