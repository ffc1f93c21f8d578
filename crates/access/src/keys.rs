//! 密钥: epochs, where keys are held, and what a holder of keys does for the rest of the program.

mod file;
mod recovery;
mod ring;
mod share;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use file::{Cost, KeyFile, KeyPurpose, Unlocked};
pub use recovery::{RecoveryKey, RecoverySecret};
pub use ring::{KeyRing, SoftKeys};
pub use share::Share;

use crate::class::DataClass;
use crate::fault::Fault;
use crate::index::IndexKind;
use crate::secret::Plain;
use crate::suite::{Algorithm, NONCE_BYTES};

/// 密钥期: the generation of a key, from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(std::num::NonZeroU32);

impl Epoch {
    /// The first generation.
    pub const FIRST: Self = Self(std::num::NonZeroU32::MIN);

    /// An epoch by its number; `None` for zero.
    pub fn new(number: u32) -> Option<Self> {
        std::num::NonZeroU32::new(number).map(Self)
    }

    /// Its number.
    pub fn number(self) -> u32 {
        self.0.get()
    }

    /// The one after.
    ///
    /// # Errors
    /// [`Fault::LastEpoch`] if there is none.
    pub fn next(self) -> Result<Self, Fault> {
        self.0.checked_add(1).map(Self).ok_or(Fault::LastEpoch)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a key is for. Each use has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// Sealing fields of a class.
    Seal(DataClass),
    /// The blind index of a kind.
    Index(IndexKind),
}

impl KeyUse {
    /// Every use.
    pub fn all() -> impl Iterator<Item = Self> {
        DataClass::ALL.into_iter().map(Self::Seal).chain(IndexKind::ALL.into_iter().map(Self::Index))
    }

    fn label(self) -> [u8; 2] {
        match self {
            Self::Seal(class) => [b's', class.code()],
            Self::Index(kind) => [b'i', kind.code()],
        }
    }
}

/// Which key is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// The suite that the key belongs to.
    pub algorithm: Algorithm,
    /// Its generation.
    pub epoch: Epoch,
    /// Its use.
    pub usage: KeyUse,
}

/// Keys that several parts of a program share.
impl<P: Provider + ?Sized> Provider for std::sync::Arc<P> {
    fn generations(&self) -> Vec<(Epoch, Algorithm)> {
        (**self).generations()
    }

    fn newest(&self) -> (Epoch, Algorithm) {
        (**self).newest()
    }

    fn certificate(&self) -> Option<&str> {
        (**self).certificate()
    }

    fn seal(
        &self,
        key: KeyId,
        nonce: &[u8; NONCE_BYTES],
        bound: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        (**self).seal(key, nonce, bound, plain)
    }

    fn open(
        &self,
        key: KeyId,
        nonce: &[u8; NONCE_BYTES],
        bound: &[u8],
        sealed: &[u8],
    ) -> Result<Plain, Fault> {
        (**self).open(key, nonce, bound, sealed)
    }

    fn mac(&self, key: KeyId, message: &[u8]) -> Result<[u8; 32], Fault> {
        (**self).mac(key, message)
    }
}

/// 密码模块: holds keys and works with them; no key leaves it. In software this is [`SoftKeys`]; a certified module
/// (服务器密码机 through the SDF interface of GM/T 0018) implements the same four functions at the rim.
pub trait Provider {
    /// The epochs whose keys are held, each with its suite, in any order.
    fn generations(&self) -> Vec<(Epoch, Algorithm)>;

    /// The epoch that seals new values, and its suite.
    fn newest(&self) -> (Epoch, Algorithm);

    /// The number of the module's certificate; `None` for keys in software (非密评).
    fn certificate(&self) -> Option<&str>;

    /// The ciphertext with its tag.
    ///
    /// # Errors
    /// [`Fault::NoKey`], [`Fault::Limit`] or [`Fault::Module`].
    fn seal(
        &self,
        key: KeyId,
        nonce: &[u8; NONCE_BYTES],
        bound: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Fault>;

    /// The plain text.
    ///
    /// # Errors
    /// [`Fault::Broken`], [`Fault::NoKey`] or [`Fault::Module`].
    fn open(
        &self,
        key: KeyId,
        nonce: &[u8; NONCE_BYTES],
        bound: &[u8],
        sealed: &[u8],
    ) -> Result<Plain, Fault>;

    /// A keyed digest.
    ///
    /// # Errors
    /// [`Fault::NoKey`] or [`Fault::Module`].
    fn mac(&self, key: KeyId, message: &[u8]) -> Result<[u8; 32], Fault>;
}
