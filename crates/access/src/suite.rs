//! 算法套件: two suites behind one trait. The 国密 suite is SM4-GCM with HMAC-SM3 (RFC 8998, GM/T 0042); the
//! international one AES-256-GCM-SIV with HMAC-SHA-256 (RFC 8452, RFC 2104). Keys come from HKDF (RFC 5869) over the
//! suite's hash.

use std::marker::PhantomData;

use aes_gcm::aead::array::typenum::Unsigned as _;
use aes_gcm::aead::consts::{U12, U32};
use aes_gcm::aead::{Aead, AeadCore, KeyInit, KeySizeUser, Payload};
use hkdf::{GenericHkdf, HmacImpl};
use hmac::Hmac;
use hmac::digest::OutputSizeUser;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::secret::{Plain, Secret};

/// Bytes of a nonce in both suites.
pub const NONCE_BYTES: usize = 12;

/// Bytes of an authentication tag in both suites.
pub const TAG_BYTES: usize = 16;

/// How many values one SM4-GCM key may seal with random nonces (NIST SP 800-38D, 8.3); then a new epoch is due.
/// The same figure is used for both suites, though AES-GCM-SIV forgives a repeated nonce.
pub const SEALS_PER_EPOCH: u64 = 1 << 32;

/// The algorithm of a sealed value, by the number that is stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// SM4-GCM with HMAC-SM3, 128-bit keys.
    Sm4GcmSm3,
    /// AES-256-GCM-SIV with HMAC-SHA-256, 256-bit keys.
    Aes256GcmSivSha256,
}

impl Algorithm {
    /// Every algorithm that can be opened.
    pub const ALL: [Self; 2] = [Self::Sm4GcmSm3, Self::Aes256GcmSivSha256];

    /// The number in stored values. Zero stays free, so that an empty field is no algorithm.
    pub fn id(self) -> u8 {
        match self {
            Self::Sm4GcmSm3 => 1,
            Self::Aes256GcmSivSha256 => 2,
        }
    }

    /// The algorithm of a stored number.
    ///
    /// # Errors
    /// [`Fault::UnknownAlgorithm`] for any other number.
    pub fn from_id(id: u8) -> Result<Self, Fault> {
        Self::ALL.into_iter().find(|a| a.id() == id).ok_or(Fault::UnknownAlgorithm(id))
    }

    /// The functions of the suite.
    pub fn suite(self) -> &'static dyn Suite {
        match self {
            Self::Sm4GcmSm3 => &GUOMI,
            Self::Aes256GcmSivSha256 => &INTERNATIONAL,
        }
    }
}

/// The functions of a suite over key bytes. Nothing here keeps a key.
pub trait Suite: Sync {
    /// Which suite this is.
    fn algorithm(&self) -> Algorithm;

    /// Bytes of a sealing key.
    fn key_bytes(&self) -> usize;

    /// The ciphertext, the tag of [`TAG_BYTES`] behind it.
    ///
    /// # Errors
    /// [`Fault::Limit`] for a key of another length or for content that is too long.
    fn seal(&self, key: &[u8], nonce: &[u8; NONCE_BYTES], ad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault>;

    /// The plain text of what [`Suite::seal`] gave for the same key, nonce and associated data.
    ///
    /// # Errors
    /// [`Fault::Broken`] if anything differs; [`Fault::Limit`] for a key of another length.
    fn open(&self, key: &[u8], nonce: &[u8; NONCE_BYTES], ad: &[u8], sealed: &[u8]) -> Result<Plain, Fault>;

    /// The keyed digest (HMAC) of a message.
    fn mac(&self, key: &[u8], message: &[u8]) -> [u8; 32];

    /// A key of 32 bytes from keying material (HKDF with salt and info). A cipher with shorter keys uses the front.
    ///
    /// # Errors
    /// [`Fault::Limit`] if the derivation cannot give that many bytes, which no suite here does.
    fn derive(&self, material: &[u8], salt: &[u8], info: &[u8]) -> Result<Secret<32>, Fault>;
}

static GUOMI: Pair<aes_gcm::AesGcm<sm4::Sm4, U12>, Hmac<sm3::Sm3>> =
    Pair { algorithm: Algorithm::Sm4GcmSm3, types: PhantomData };

static INTERNATIONAL: Pair<aes_gcm_siv::Aes256GcmSiv, Hmac<sha2::Sha256>> =
    Pair { algorithm: Algorithm::Aes256GcmSivSha256, types: PhantomData };

/// A cipher and a keyed digest.
struct Pair<C, M> {
    algorithm: Algorithm,
    types: PhantomData<fn() -> (C, M)>,
}

impl<C, M> Suite for Pair<C, M>
where
    C: KeyInit + Aead + AeadCore<NonceSize = U12>,
    M: HmacImpl + OutputSizeUser<OutputSize = U32>,
{
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn key_bytes(&self) -> usize {
        <C as KeySizeUser>::KeySize::USIZE
    }

    fn seal(&self, key: &[u8], nonce: &[u8; NONCE_BYTES], ad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let cipher = C::new_from_slice(key).map_err(|_| Fault::Limit)?;
        cipher.encrypt(&(*nonce).into(), Payload { msg: plain, aad: ad }).map_err(|_| Fault::Limit)
    }

    fn open(&self, key: &[u8], nonce: &[u8; NONCE_BYTES], ad: &[u8], sealed: &[u8]) -> Result<Plain, Fault> {
        let cipher = C::new_from_slice(key).map_err(|_| Fault::Limit)?;
        let plain =
            cipher.decrypt(&(*nonce).into(), Payload { msg: sealed, aad: ad }).map_err(|_| Fault::Broken)?;
        Ok(Plain::new(plain))
    }

    fn mac(&self, key: &[u8], message: &[u8]) -> [u8; 32] {
        let mut mac = M::new_from_slice(key);
        mac.update(message);
        mac.finalize().into()
    }

    fn derive(&self, material: &[u8], salt: &[u8], info: &[u8]) -> Result<Secret<32>, Fault> {
        let mut key = Secret::new([0; 32]);
        GenericHkdf::<M>::new(Some(salt), material)
            .expand(info, key.expose_mut())
            .map_err(|_| Fault::Limit)?;
        Ok(key)
    }
}
