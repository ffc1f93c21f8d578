//! Keys that sign heads, and the text form in which others are given them (C2SP signed-note, verifier keys).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand_core::CryptoRng;

use super::fault::AuditFault;
use super::hash::digest;
use crate::secret::Secret;

/// The kind of a signature line, by the bytes that enter the key id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureKind {
    /// Ed25519 over the text: the log's own signature.
    Ed25519,
    /// Ed25519 with a time: a witness who has checked that the past is unchanged (C2SP tlog-cosignature).
    Cosignature,
    /// SM2 with SM3, reserved for a certified module; this version neither makes nor checks it.
    Sm2,
}

impl SignatureKind {
    const ALL: [Self; 3] = [Self::Ed25519, Self::Cosignature, Self::Sm2];

    /// 0xff is for kinds without an assigned byte and is followed by a name of its own.
    fn mark(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => &[1],
            Self::Cosignature => &[4],
            Self::Sm2 => b"\xffdoudi/sm2-sm3/v1\n",
        }
    }

    fn public_bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::Cosignature => 32,
            Self::Sm2 => 65,
        }
    }
}

/// The public part of a key: name, kind, bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: SignatureKind,
    public: Vec<u8>,
}

impl VerifierKey {
    /// A key from its parts.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for a name with blanks or `+`, or for bytes that are no key of that kind.
    pub fn new(name: &str, kind: SignatureKind, public: &[u8]) -> Result<Self, AuditFault> {
        if !is_key_name(name) {
            return Err(AuditFault::Malformed("key name"));
        }
        if public.len() != kind.public_bytes() {
            return Err(AuditFault::Malformed("public key"));
        }
        let key = Self { name: name.to_owned(), kind, public: public.to_vec() };
        if kind != SignatureKind::Sm2 {
            key.point()?;
        }
        Ok(key)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind of signatures that it checks.
    pub fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The first four bytes of SHA-256 over name, newline, kind and key.
    pub fn id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = digest(&[self.name.as_bytes(), b"\n", self.kind.mark(), &self.public]);
        [a, b, c, d]
    }

    /// The text form: `name+id+base64(kind and key)`.
    pub fn to_text(&self) -> String {
        let [a, b, c, d] = self.id();
        let material = STANDARD.encode([self.kind.mark(), &self.public].concat());
        format!("{}+{a:02x}{b:02x}{c:02x}{d:02x}+{material}", self.name)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] if any part is not as [`VerifierKey::to_text`] writes it.
    pub fn from_text(text: &str) -> Result<Self, AuditFault> {
        let bad = || AuditFault::Malformed("verifier key");
        let (name, rest) = text.split_once('+').ok_or_else(bad)?;
        let (_, material) = rest.split_once('+').ok_or_else(bad)?;
        let material = STANDARD.decode(material).map_err(|_| bad())?;
        let kind = SignatureKind::ALL.into_iter().find(|kind| material.starts_with(kind.mark()));
        let kind = kind.ok_or_else(bad)?;
        let public = material.strip_prefix(kind.mark()).ok_or_else(bad)?;
        let key = Self::new(name, kind, public)?;
        if key.to_text() == text { Ok(key) } else { Err(bad()) }
    }

    fn point(&self) -> Result<VerifyingKey, AuditFault> {
        let bad = || AuditFault::Malformed("public key");
        let bytes: [u8; 32] = self.public.as_slice().try_into().map_err(|_| bad())?;
        let point = VerifyingKey::from_bytes(&bytes).map_err(|_| bad())?;
        if point.is_weak() { Err(bad()) } else { Ok(point) }
    }

    /// Checks what stands in a signature line behind the key id; gives the time of a cosignature in seconds.
    pub(super) fn check(&self, text: &str, line: &[u8]) -> Result<Option<u64>, AuditFault> {
        let bad = || AuditFault::Signature(self.name.clone());
        let (time, message, signature) = match self.kind {
            SignatureKind::Ed25519 => (None, text.to_owned(), line),
            SignatureKind::Cosignature => {
                let (time, signature) = line.split_first_chunk::<8>().ok_or_else(bad)?;
                let time = u64::from_be_bytes(*time);
                (Some(time), cosigned(text, time), signature)
            }
            SignatureKind::Sm2 => return Err(AuditFault::Reserved(self.name.clone())),
        };
        let signature = Signature::from_slice(signature).map_err(|_| bad())?;
        self.point()?.verify_strict(message.as_bytes(), &signature).map_err(|_| bad())?;
        Ok(time)
    }
}

/// The message under a cosignature.
fn cosigned(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// A key that signs: the log's or a witness's. Wiped on drop, never shown.
pub struct LogKey {
    public: VerifierKey,
    signing: SigningKey,
}

impl LogKey {
    /// A new key for a log; `name` is the log's origin.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for a name with blanks or `+`.
    pub fn generate<R: CryptoRng + ?Sized>(name: &str, rng: &mut R) -> Result<Self, AuditFault> {
        Self::from_secret(name, SignatureKind::Ed25519, &Secret::generate(rng))
    }

    /// A key from its stored secret.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for a name with blanks or `+`; [`AuditFault::Reserved`] for SM2.
    pub fn from_secret(name: &str, kind: SignatureKind, secret: &Secret<32>) -> Result<Self, AuditFault> {
        if kind == SignatureKind::Sm2 {
            return Err(AuditFault::Reserved(name.to_owned()));
        }
        let signing = SigningKey::from_bytes(secret.expose());
        let public = VerifierKey::new(name, kind, signing.verifying_key().as_bytes())?;
        Ok(Self { public, signing })
    }

    /// The public part, to give to everybody.
    pub fn public(&self) -> &VerifierKey {
        &self.public
    }

    /// What stands behind the key id; `time_s` counts for cosignatures only.
    pub(super) fn sign(&self, text: &str, time_s: u64) -> Vec<u8> {
        match self.public.kind {
            SignatureKind::Cosignature => {
                let signature = self.signing.sign(cosigned(text, time_s).as_bytes()).to_bytes();
                [time_s.to_be_bytes().as_slice(), &signature].concat()
            }
            SignatureKind::Ed25519 | SignatureKind::Sm2 => {
                self.signing.sign(text.as_bytes()).to_bytes().to_vec()
            }
        }
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({}, …)", self.public.name)
    }
}

pub(super) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}
