//! 密钥文件: a key ring wrapped under a passphrase that no one person knows. The passphrase is drawn at random, split
//! among the holders and forgotten; as many as the threshold says must come together to open the file.

use argon2::{Algorithm as Variant, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::share::{Share, gather, split};
use super::{KeyRing, Provider};
use crate::class::DataClass;
use crate::fault::Fault;
use crate::seal::{Place, Sealer};
use crate::sealed::Sealed;
use crate::secret::Secret;
use crate::suite::{Algorithm, NONCE_BYTES};

const FORMAT: &str = "doudi-keys/v1";
const SALT_BYTES: usize = 16;

/// What the keys of a file are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// 主密钥: the fields in the database.
    Master,
    /// 恢复密钥: the backups. Its holders are other people than those of the master key.
    Recovery,
}

/// The cost of the key derivation (argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// The least that is accepted: 19 MiB, two passes, one lane (OWASP).
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// What is used unless said otherwise: 64 MiB, three passes, one lane (RFC 9106, 4, with one lane).
    pub const USUAL: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// The most that a file may ask for, so that a forged one cannot exhaust the machine: 1 GiB, 64 passes, 16 lanes.
    const CEILING: Self = Self { memory_kib: 1024 * 1024, passes: 64, lanes: 16 };

    /// A cost.
    ///
    /// # Errors
    /// [`Fault::Cost`] below the floor or beyond what a machine can be asked for.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Fault> {
        Self { memory_kib, passes, lanes }.checked()
    }

    fn checked(self) -> Result<Self, Fault> {
        let fits = (Self::FLOOR.memory_kib..=Self::CEILING.memory_kib).contains(&self.memory_kib)
            && (Self::FLOOR.passes..=Self::CEILING.passes).contains(&self.passes)
            && (Self::FLOOR.lanes..=Self::CEILING.lanes).contains(&self.lanes);
        if fits { Ok(self) } else { Err(Fault::Cost) }
    }
}

/// A key file. Without shares it tells nothing but its form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    format: String,
    purpose: KeyPurpose,
    holders: u8,
    threshold: u8,
    argon2id: Cost,
    salt: String,
    algorithm: Algorithm,
    nonce: String,
    wrapped: String,
}

/// An open key file: its ring, and the means to write it again after a rotation.
#[derive(Debug)]
pub struct Unlocked {
    file: KeyFile,
    wrapping: Secret<32>,
    ring: KeyRing,
}

impl KeyFile {
    /// Wraps a ring for `holders` people of whom `threshold` open it. Each share goes to one person and is kept
    /// nowhere else. `algorithm` is the suite that wraps.
    ///
    /// # Errors
    /// [`Fault::Holders`] unless two or more must come together and there are as many.
    pub fn create<R: CryptoRng + ?Sized>(
        purpose: KeyPurpose,
        ring: &KeyRing,
        (holders, threshold): (u8, u8),
        cost: Cost,
        algorithm: Algorithm,
        rng: &mut R,
    ) -> Result<(Self, Vec<Share>), Fault> {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        let file = Self {
            format: FORMAT.to_owned(),
            purpose,
            holders,
            threshold,
            argon2id: cost,
            salt: STANDARD.encode(salt),
            algorithm,
            nonce: String::new(),
            wrapped: String::new(),
        };
        file.check_form()?;
        let passphrase = Secret::generate(rng);
        let shares = split(&passphrase, file.mark(), holders, threshold, rng)?;
        let wrapping = file.wrapping_key(&passphrase)?;
        Ok((file.wrap(ring, &wrapping, rng)?, shares))
    }

    /// What the keys are for.
    pub fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// How many people must come together.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many people hold a share.
    pub fn holders(&self) -> u8 {
        self.holders
    }

    /// The file as JSON.
    ///
    /// # Errors
    /// [`Fault::Malformed`], which does not happen.
    pub fn to_json(&self) -> Result<String, Fault> {
        serde_json::to_string_pretty(self).map_err(|_| Fault::Malformed("key file"))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Fault::Malformed`], [`Fault::Holders`] or [`Fault::Cost`].
    pub fn from_json(text: &str) -> Result<Self, Fault> {
        let file: Self = serde_json::from_str(text).map_err(|_| Fault::Malformed("key file"))?;
        file.check_form()?;
        Ok(file)
    }

    /// Opens the file with shares of different holders; more than needed do no harm.
    ///
    /// # Errors
    /// [`Fault::TooFewShares`], [`Fault::ForeignShare`], [`Fault::ContradictoryShares`], or [`Fault::WrongShares`] if
    /// the file was altered or a share is not genuine.
    pub fn unlock(&self, shares: &[Share]) -> Result<Unlocked, Fault> {
        self.check_form()?;
        let passphrase = gather(shares, self.mark(), (self.holders, self.threshold))?;
        let wrapping = self.wrapping_key(&passphrase)?;
        let nonce = self.bytes(&self.nonce)?.try_into().map_err(|_| Fault::Malformed("key file"))?;
        let key = self.cipher_key(&wrapping)?;
        let wrapped = self.bytes(&self.wrapped)?;
        let plain = self.algorithm.suite().open(key, &nonce, self.bound().as_bytes(), &wrapped);
        let ring = KeyRing::from_bytes(plain.map_err(|_| Fault::WrongShares)?.expose())?;
        Ok(Unlocked { file: self.clone(), wrapping, ring })
    }

    fn check_form(&self) -> Result<(), Fault> {
        let Self { holders, threshold, .. } = *self;
        if self.format != FORMAT || self.bytes(&self.salt)?.len() != SALT_BYTES {
            return Err(Fault::Malformed("key file"));
        }
        if threshold < 2 || threshold > holders {
            return Err(Fault::Holders { holders, threshold });
        }
        self.argon2id.checked().map(drop)
    }

    fn bytes(&self, text: &str) -> Result<Vec<u8>, Fault> {
        STANDARD.decode(text).map_err(|_| Fault::Malformed("key file"))
    }

    /// Tells shares of other files apart.
    fn mark(&self) -> [u8; 4] {
        let [a, b, c, d, ..]: [u8; 32] =
            Sha256::new().chain_update(FORMAT).chain_update(&self.salt).finalize().into();
        [a, b, c, d]
    }

    /// Everything but nonce and content: none of it can be altered unnoticed.
    fn bound(&self) -> String {
        let Self { format, purpose, holders, threshold, argon2id, salt, algorithm, .. } = self;
        let Cost { memory_kib, passes, lanes } = argon2id;
        let id = algorithm.id();
        format!("{format}\n{purpose:?}\n{holders} {threshold}\n{memory_kib} {passes} {lanes}\n{salt}\n{id}\n")
    }

    fn wrapping_key(&self, passphrase: &Secret<32>) -> Result<Secret<32>, Fault> {
        let Cost { memory_kib, passes, lanes } = self.argon2id;
        let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| Fault::Cost)?;
        let mut key = Secret::new([0; 32]);
        Argon2::new(Variant::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose(), &self.bytes(&self.salt)?, key.expose_mut())
            .map_err(|_| Fault::Cost)?;
        Ok(key)
    }

    fn cipher_key<'k>(&self, wrapping: &'k Secret<32>) -> Result<&'k [u8], Fault> {
        wrapping.expose().get(..self.algorithm.suite().key_bytes()).ok_or(Fault::Limit)
    }

    fn wrap<R: CryptoRng + ?Sized>(
        &self,
        ring: &KeyRing,
        wrapping: &Secret<32>,
        rng: &mut R,
    ) -> Result<Self, Fault> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let key = self.cipher_key(wrapping)?;
        let wrapped = self.algorithm.suite().seal(key, &nonce, self.bound().as_bytes(), &ring.to_bytes())?;
        Ok(Self { nonce: STANDARD.encode(nonce), wrapped: STANDARD.encode(wrapped), ..self.clone() })
    }
}

impl Unlocked {
    /// The keys.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The keys, to rotate or to destroy one. [`Unlocked::rewrap`] gives the file to keep.
    pub fn ring_mut(&mut self) -> &mut KeyRing {
        &mut self.ring
    }

    /// The file with the ring as it is now; the shares stay as they are.
    ///
    /// # Errors
    /// As [`KeyFile::create`].
    pub fn rewrap<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Result<KeyFile, Fault> {
        self.file.wrap(&self.ring, &self.wrapping, rng)
    }
}

impl KeyRing {
    /// Seals this ring under other keys. The recovery ring under the master keys lets a running county seal its
    /// backups with nobody present; the master ring under the recovery keys lets the recovery holders restore it.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_under<P: Provider, R: CryptoRng + ?Sized>(
        &self,
        purpose: KeyPurpose,
        keys: &Sealer<P>,
        rng: &mut R,
    ) -> Result<Sealed, Fault> {
        keys.seal(DataClass::C4, ring_place(purpose), &self.to_bytes(), rng)
    }

    /// Opens a ring of that purpose which was sealed under other keys.
    ///
    /// # Errors
    /// As [`Sealer::open`].
    pub fn open_under<P: Provider>(
        purpose: KeyPurpose,
        keys: &Sealer<P>,
        sealed: &Sealed,
    ) -> Result<Self, Fault> {
        Self::from_bytes(keys.open(ring_place(purpose), sealed)?.expose())
    }
}

fn ring_place(purpose: KeyPurpose) -> Place<'static> {
    let row = match purpose {
        KeyPurpose::Master => "master",
        KeyPurpose::Recovery => "recovery",
    };
    Place { table: "doudi/key-ring", column: "ring", row }
}
