//! 密钥环: one master key an epoch, and the keys in software that are derived from them.

use std::collections::BTreeMap;
use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Epoch, KeyId, KeyUse, Provider};
use crate::fault::Fault;
use crate::secret::{Plain, Secret};
use crate::suite::{Algorithm, NONCE_BYTES};

/// Bytes of an epoch, its suite and its key as written.
const ENTRY_BYTES: usize = 4 + 1 + 32;

/// A master key and the suite that it was made for.
struct Master {
    algorithm: Algorithm,
    key: Secret<32>,
}

/// The master keys by epoch, each for one suite; another suite is a new epoch. Epochs are independent: destroying one makes everything sealed under it unreadable, in
/// every backup too.
pub struct KeyRing {
    keys: BTreeMap<Epoch, Master>,
    newest: (Epoch, Algorithm),
}

impl KeyRing {
    /// A ring with its first epoch.
    pub fn generate<R: CryptoRng + ?Sized>(algorithm: Algorithm, rng: &mut R) -> Self {
        let master = Master { algorithm, key: Secret::generate(rng) };
        Self { keys: BTreeMap::from([(Epoch::FIRST, master)]), newest: (Epoch::FIRST, algorithm) }
    }

    /// The epoch that seals.
    pub fn newest(&self) -> Epoch {
        self.newest.0
    }

    /// The epochs held and their suites, oldest first.
    pub fn generations(&self) -> Vec<(Epoch, Algorithm)> {
        self.keys.iter().map(|(epoch, master)| (*epoch, master.algorithm)).collect()
    }

    /// 密钥轮换: adds an epoch, which seals from now on, with this suite; older ones still open.
    ///
    /// # Errors
    /// [`Fault::LastEpoch`] after four thousand million rotations.
    pub fn rotate<R: CryptoRng + ?Sized>(
        &mut self,
        algorithm: Algorithm,
        rng: &mut R,
    ) -> Result<Epoch, Fault> {
        let epoch = self.newest().next()?;
        self.keys.insert(epoch, Master { algorithm, key: Secret::generate(rng) });
        self.newest = (epoch, algorithm);
        Ok(epoch)
    }

    /// Destroys an old epoch, after everything was sealed anew. There is no way back.
    ///
    /// # Errors
    /// [`Fault::NewestEpoch`] for the one in use, [`Fault::NoKey`] for one that is not held.
    pub fn destroy(&mut self, epoch: Epoch) -> Result<(), Fault> {
        if epoch == self.newest() {
            return Err(Fault::NewestEpoch(epoch));
        }
        self.keys.remove(&epoch).map(drop).ok_or(Fault::NoKey(epoch))
    }

    /// The ring as bytes, for wrapping.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.keys.len().saturating_mul(ENTRY_BYTES)));
        for (epoch, master) in &self.keys {
            bytes.extend(epoch.number().to_be_bytes());
            bytes.push(master.algorithm.id());
            bytes.extend(master.key.expose());
        }
        bytes
    }

    /// Reads unwrapped bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let bad = || Fault::Malformed("key ring");
        let mut keys = BTreeMap::new();
        let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
        for entry in entries {
            let (epoch, key) = entry.split_first_chunk::<4>().ok_or_else(bad)?;
            let epoch = Epoch::new(u32::from_be_bytes(*epoch)).ok_or_else(bad)?;
            let (algorithm, key) = key.split_first().ok_or_else(bad)?;
            let key: [u8; 32] = key.try_into().map_err(|_| bad())?;
            let master = Master { algorithm: Algorithm::from_id(*algorithm)?, key: Secret::new(key) };
            if keys.insert(epoch, master).is_some() {
                return Err(bad());
            }
        }
        let newest = keys.iter().next_back().map(|(epoch, master)| (*epoch, master.algorithm));
        let newest = newest.ok_or(Fault::EmptyRing)?;
        if rest.is_empty() { Ok(Self { keys, newest }) } else { Err(bad()) }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing(newest {}, …)", self.newest())
    }
}

/// Keys in software, derived from a ring. 未经密码检测认证（非密评）。
pub struct SoftKeys {
    newest: (Epoch, Algorithm),
    generations: Vec<(Epoch, Algorithm)>,
    keys: BTreeMap<KeyId, Secret<32>>,
}

impl SoftKeys {
    /// Derives the keys of every epoch, class and index.
    ///
    /// # Errors
    /// [`Fault::Limit`], which no suite here gives.
    pub fn derive(ring: &KeyRing) -> Result<Self, Fault> {
        let mut keys = BTreeMap::new();
        for (epoch, master) in &ring.keys {
            for usage in KeyUse::all() {
                let mut info = vec![master.algorithm.id()];
                info.extend(epoch.number().to_be_bytes());
                info.extend(usage.label());
                let suite = master.algorithm.suite();
                let key = suite.derive(master.key.expose(), b"doudi/keys/v1", &info)?;
                keys.insert(KeyId { algorithm: master.algorithm, epoch: *epoch, usage }, key);
            }
        }
        Ok(Self { newest: ring.newest, generations: ring.generations(), keys })
    }

    /// A value that names another suite than its epoch has was altered.
    fn key(&self, id: KeyId) -> Result<&Secret<32>, Fault> {
        let held = self.generations.iter().any(|(epoch, _)| *epoch == id.epoch);
        self.keys.get(&id).ok_or(if held { Fault::Broken } else { Fault::NoKey(id.epoch) })
    }

    /// As many bytes as the cipher takes.
    fn cipher_key(&self, id: KeyId) -> Result<&[u8], Fault> {
        self.key(id)?.expose().get(..id.algorithm.suite().key_bytes()).ok_or(Fault::Limit)
    }
}

impl Provider for SoftKeys {
    fn generations(&self) -> Vec<(Epoch, Algorithm)> {
        self.generations.clone()
    }

    fn newest(&self) -> (Epoch, Algorithm) {
        self.newest
    }

    fn certificate(&self) -> Option<&str> {
        None
    }

    fn seal(
        &self,
        key: KeyId,
        nonce: &[u8; NONCE_BYTES],
        bound: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        key.algorithm.suite().seal(self.cipher_key(key)?, nonce, bound, plain)
    }

    fn open(
        &self,
        key: KeyId,
        nonce: &[u8; NONCE_BYTES],
        bound: &[u8],
        sealed: &[u8],
    ) -> Result<Plain, Fault> {
        key.algorithm.suite().open(self.cipher_key(key)?, nonce, bound, sealed)
    }

    fn mac(&self, key: KeyId, message: &[u8]) -> Result<[u8; 32], Fault> {
        Ok(key.algorithm.suite().mac(self.key(key)?.expose(), message))
    }
}

impl fmt::Debug for SoftKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftKeys(newest {}, {:?}, …)", self.newest.0, self.newest.1)
    }
}
