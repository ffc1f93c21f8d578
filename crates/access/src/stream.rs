//! 分块加密: a long file sealed to a recovery key, one piece after the other, so that neither side holds it whole.
//!
//! The construction is that of age: a fresh X25519 key for each file, HKDF over the shared secret, then the cipher of
//! the suite over pieces of 64 KiB whose nonce is their number and whether they are the last. A piece that is altered,
//! missing, moved, repeated or cut off does not open. It keeps a file closed and whole; it does not say who made it.

use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::fault::Fault;
use crate::keys::{RecoveryKey, RecoverySecret};
use crate::secret::{Plain, Secret};
use crate::suite::{Algorithm, NONCE_BYTES, TAG_BYTES};

/// First bytes of a sealed file.
const MARK: &[u8; 16] = b"doudi-sealed/v1\n";
/// Binds the derived key to its use.
const INFO: &[u8] = b"doudi/sealed-stream/v1";
/// Bytes of the check against a damaged head.
const CHECK: usize = 4;

/// Plain bytes of every piece but the last.
pub const PIECE: usize = 64 * 1024;
/// Bytes of a sealed piece that is not the last.
pub const SEALED_PIECE: usize = PIECE + TAG_BYTES;
/// Bytes before the first piece.
pub const HEAD: usize = MARK.len() + 1 + RecoveryKey::BYTES + 32 + CHECK;

/// What stands before the first piece: to whom the file is sealed, and how.
#[derive(Clone, Debug)]
pub struct Head {
    algorithm: Algorithm,
    to: RecoveryKey,
    fresh: [u8; 32],
}

impl Head {
    /// The bytes of the head.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD);
        bytes.extend(MARK);
        bytes.push(self.algorithm.id());
        bytes.extend(self.to.to_bytes());
        bytes.extend(self.fresh);
        let check = check(&bytes);
        bytes.extend(check);
        bytes
    }

    /// Reads the head.
    ///
    /// # Errors
    /// [`Fault::Malformed`] for anything that is no head or a damaged one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let foreign = || Fault::Malformed("sealed file");
        let damaged = || Fault::Malformed("head of the sealed file");
        if !bytes.starts_with(MARK) {
            return Err(foreign());
        }
        let (content, sum) = bytes.split_last_chunk::<CHECK>().ok_or_else(damaged)?;
        let rest = content.strip_prefix(MARK).ok_or_else(foreign)?;
        if *sum != check(content) {
            return Err(damaged());
        }
        let (algorithm, rest) = rest.split_first().ok_or_else(damaged)?;
        let (to, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let fresh = rest.try_into().map_err(|_| damaged())?;
        Ok(Self { algorithm: Algorithm::from_id(*algorithm)?, to: RecoveryKey::from_bytes(to)?, fresh })
    }

    /// To which key the file is sealed: its holders can open it.
    pub fn to(&self) -> RecoveryKey {
        self.to
    }

    fn pieces(&self, ours: &StaticSecret, theirs: &PublicKey) -> Result<Pieces, Fault> {
        let shared = ours.diffie_hellman(theirs);
        if !shared.was_contributory() {
            return Err(Fault::Malformed("recovery key"));
        }
        let head = self.to_bytes();
        let key = self.algorithm.suite().derive(shared.as_bytes(), &head, INFO)?;
        Ok(Pieces { algorithm: self.algorithm, key, number: 0, ended: false })
    }
}

fn check(content: &[u8]) -> [u8; CHECK] {
    let sum: [u8; 32] = Sha256::new().chain_update(INFO).chain_update(content).finalize().into();
    let [a, b, c, d, ..] = sum;
    [a, b, c, d]
}

/// The key of one file and how many pieces were handled.
#[derive(Debug)]
struct Pieces {
    algorithm: Algorithm,
    key: Secret<32>,
    number: u64,
    ended: bool,
}

impl Pieces {
    fn cipher_key(&self) -> Result<&[u8], Fault> {
        self.key.expose().get(..self.algorithm.suite().key_bytes()).ok_or(Fault::Limit)
    }

    /// The nonce of the next piece: its number, and whether it is the last. The key serves one file only.
    fn next(&mut self, plain_bytes: usize, last: bool) -> Result<[u8; NONCE_BYTES], Fault> {
        let fits = if last { plain_bytes <= PIECE } else { plain_bytes == PIECE };
        if self.ended || !fits {
            return Err(Fault::Limit);
        }
        let mut nonce = [0; NONCE_BYTES];
        let parts = self.number.to_be_bytes().into_iter().chain([u8::from(last)]);
        nonce.iter_mut().skip(3).zip(parts).for_each(|(to, from)| *to = from);
        self.number = self.number.checked_add(1).ok_or(Fault::Limit)?;
        self.ended = last;
        Ok(nonce)
    }
}

/// Seals a file piece by piece.
#[derive(Debug)]
pub struct SealStream(Pieces);

impl SealStream {
    /// Begins a file for the holders of a key; the head goes before the first piece. `rng` must be fit for keys.
    ///
    /// # Errors
    /// [`Fault::Malformed`] for a public key that no honest holder has.
    pub fn begin<R: CryptoRng + ?Sized>(
        to: RecoveryKey,
        algorithm: Algorithm,
        rng: &mut R,
    ) -> Result<(Head, Self), Fault> {
        let ours = StaticSecret::from(*Secret::<32>::generate(rng).expose());
        let head = Head { algorithm, to, fresh: PublicKey::from(&ours).to_bytes() };
        let pieces = head.pieces(&ours, &to.public())?;
        Ok((head, Self(pieces)))
    }

    /// Seals the next piece: [`PIECE`] bytes, or as many or fewer for the last.
    ///
    /// # Errors
    /// [`Fault::Limit`] for another length, or after the last.
    pub fn piece(&mut self, plain: &[u8], last: bool) -> Result<Vec<u8>, Fault> {
        let nonce = self.0.next(plain.len(), last)?;
        self.0.algorithm.suite().seal(self.0.cipher_key()?, &nonce, b"", plain)
    }
}

/// Opens a sealed file piece by piece.
#[derive(Debug)]
pub struct OpenStream(Pieces);

impl OpenStream {
    /// Begins with the head of the file.
    ///
    /// # Errors
    /// [`Fault::ForeignShare`] where it was sealed to another key.
    pub fn begin(head: &Head, secret: &RecoverySecret) -> Result<Self, Fault> {
        if head.to != secret.key() {
            return Err(Fault::ForeignShare);
        }
        head.pieces(&secret.scalar(), &PublicKey::from(head.fresh)).map(Self)
    }

    /// Opens the next piece. `last` says that nothing follows it.
    ///
    /// # Errors
    /// [`Fault::Broken`] if the piece was altered, is not the next, or is the last one and should not be.
    pub fn piece(&mut self, sealed: &[u8], last: bool) -> Result<Plain, Fault> {
        let plain_bytes = sealed.len().checked_sub(TAG_BYTES).ok_or(Fault::Broken)?;
        let nonce = self.0.next(plain_bytes, last).map_err(|_| Fault::Broken)?;
        self.0.algorithm.suite().open(self.0.cipher_key()?, &nonce, b"", sealed)
    }
}
