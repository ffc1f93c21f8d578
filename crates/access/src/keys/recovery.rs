//! 恢复密钥: backups are sealed to a public key that anybody may know. The secret is drawn, split among the holders and
//! forgotten at once; as many as the threshold says bring it together again to restore.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use super::share::{Share, gather, split};
use crate::fault::Fault;
use crate::secret::Secret;

const FORMAT: &str = "doudi-recovery/v1";

/// The public part: enough to make a backup, of no use to read one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoveryKey {
    holders: u8,
    threshold: u8,
    public: [u8; 32],
}

/// The file of the public part.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: String,
    holders: u8,
    threshold: u8,
    x25519: String,
}

impl RecoveryKey {
    /// Bytes of [`RecoveryKey::to_bytes`].
    pub(crate) const BYTES: usize = 34;

    /// A new key for `holders` people of whom `threshold` restore. Each share goes to one person and is kept nowhere
    /// else.
    ///
    /// # Errors
    /// [`Fault::Holders`] unless two or more must come together and there are as many.
    pub fn create<R: CryptoRng + ?Sized>(
        (holders, threshold): (u8, u8),
        rng: &mut R,
    ) -> Result<(Self, Vec<Share>), Fault> {
        let secret = Secret::generate(rng);
        let public = public_of(&secret);
        let key = Self { holders, threshold, public }.checked()?;
        let shares = split(&secret, key.mark(), holders, threshold, rng)?;
        Ok((key, shares))
    }

    /// How many people hold a share.
    pub fn holders(&self) -> u8 {
        self.holders
    }

    /// How many people must come together.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// A short name to compare by eye: the first digits of the digest of the key.
    pub fn fingerprint(&self) -> String {
        self.mark().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The file as JSON.
    ///
    /// # Errors
    /// [`Fault::Malformed`], which does not happen.
    pub fn to_json(&self) -> Result<String, Fault> {
        let form = Form {
            format: FORMAT.to_owned(),
            holders: self.holders,
            threshold: self.threshold,
            x25519: STANDARD.encode(self.public),
        };
        serde_json::to_string_pretty(&form).map_err(|_| Fault::Malformed("recovery key"))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Fault::Malformed`] or [`Fault::Holders`].
    pub fn from_json(text: &str) -> Result<Self, Fault> {
        let bad = || Fault::Malformed("recovery key");
        let form: Form = serde_json::from_str(text).map_err(|_| bad())?;
        let public = STANDARD.decode(&form.x25519).map_err(|_| bad())?;
        let public = public.try_into().map_err(|_| bad())?;
        if form.format != FORMAT {
            return Err(bad());
        }
        Self { holders: form.holders, threshold: form.threshold, public }.checked()
    }

    /// The secret from shares of different holders; more than needed do no harm.
    ///
    /// # Errors
    /// [`Fault::TooFewShares`], [`Fault::ForeignShare`], [`Fault::ContradictoryShares`], or [`Fault::WrongShares`] if
    /// what they give is not the secret of this key.
    pub fn unlock(&self, shares: &[Share]) -> Result<RecoverySecret, Fault> {
        let secret = gather(shares, self.mark(), (self.holders, self.threshold))?;
        if public_of(&secret) == self.public {
            Ok(RecoverySecret { key: *self, secret })
        } else {
            Err(Fault::WrongShares)
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let parts = [self.holders, self.threshold].into_iter().chain(self.public);
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, Fault> {
        let [holders, threshold, public @ ..] = *bytes;
        Self { holders, threshold, public }.checked()
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::from(self.public)
    }

    fn checked(self) -> Result<Self, Fault> {
        let Self { holders, threshold, .. } = self;
        if threshold < 2 || threshold > holders {
            Err(Fault::Holders { holders, threshold })
        } else {
            Ok(self)
        }
    }

    /// Tells shares of other keys apart.
    fn mark(&self) -> [u8; 4] {
        let sum: [u8; 32] =
            Sha256::new().chain_update(FORMAT).chain_update(self.to_bytes()).finalize().into();
        let [a, b, c, d, ..] = sum;
        [a, b, c, d]
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryKey({}, {} of {})", self.fingerprint(), self.threshold, self.holders)
    }
}

/// The secret part, together again for the time of a restore.
#[derive(Debug)]
pub struct RecoverySecret {
    key: RecoveryKey,
    secret: Secret<32>,
}

impl RecoverySecret {
    /// The public part.
    pub fn key(&self) -> RecoveryKey {
        self.key
    }

    pub(crate) fn scalar(&self) -> StaticSecret {
        StaticSecret::from(*self.secret.expose())
    }
}

fn public_of(secret: &Secret<32>) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*secret.expose())).to_bytes()
}
