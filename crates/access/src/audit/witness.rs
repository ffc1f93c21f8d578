//! 见证: another office (auditor, discipline inspection, the level above) that signs a head only if it extends the
//! last one it signed. Then nobody, not even the log's keeper, can show two pasts.

use rand_core::CryptoRng;

use super::checkpoint::Checkpoint;
use super::fault::AuditFault;
use super::hash::Hash;
use super::key::{LogKey, SignatureKind, VerifierKey};
use super::note::{Note, NoteSignature};
use crate::secret::Secret;

/// A witness of one log.
#[derive(Debug)]
pub struct Witness {
    key: LogKey,
    log: VerifierKey,
}

/// What a witness gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The line to add to the note ([`Note::add`]).
    pub line: NoteSignature,
    /// What the witness has seen now. It must be kept before the line is given away.
    pub seen: Checkpoint,
}

impl Witness {
    /// A witness with a new key.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for a name with blanks or `+`.
    pub fn generate<R: CryptoRng + ?Sized>(
        name: &str,
        log: VerifierKey,
        rng: &mut R,
    ) -> Result<Self, AuditFault> {
        Self::from_secret(name, log, &Secret::generate(rng))
    }

    /// A witness with its stored key.
    ///
    /// # Errors
    /// [`AuditFault::Malformed`] for a name with blanks or `+`.
    pub fn from_secret(name: &str, log: VerifierKey, secret: &Secret<32>) -> Result<Self, AuditFault> {
        Ok(Self { key: LogKey::from_secret(name, SignatureKind::Cosignature, secret)?, log })
    }

    /// A witness with a key that was read before. A key of another kind than [`SignatureKind::Cosignature`] makes lines
    /// that nobody believes as a witness's.
    pub fn from_key(key: LogKey, log: VerifierKey) -> Self {
        Self { key, log }
    }

    /// The public part of its key.
    pub fn public(&self) -> &VerifierKey {
        self.key.public()
    }

    /// Signs a head that the log has signed and that extends the one `seen` before (`None` the first time).
    /// `time_s` is the time given, in seconds since 1970.
    ///
    /// # Errors
    /// As [`Checkpoint::open`] and [`Checkpoint::expect_extends`]; nothing is signed then.
    pub fn cosign(
        &self,
        seen: Option<&Checkpoint>,
        note: &Note,
        proof: &[Hash],
        time_s: u64,
    ) -> Result<Cosigned, AuditFault> {
        let head = Checkpoint::open(note, &self.log)?;
        head.expect_extends(seen, proof)?;
        if time_s > i64::MAX.unsigned_abs() {
            return Err(AuditFault::Malformed("time"));
        }
        let bytes = self.key.sign(note.text(), time_s);
        let public = self.key.public();
        let line = NoteSignature { name: public.name().to_owned(), key: public.id(), bytes };
        Ok(Cosigned { line, seen: head })
    }
}
