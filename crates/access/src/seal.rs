//! 加密与查找: seals fields, opens them at their own place only, and gives the blind index to find them by.

use rand_core::CryptoRng;

use crate::class::DataClass;
use crate::fault::Fault;
use crate::index::{BlindIndex, IndexKind, fold};
use crate::keys::{Epoch, KeyId, KeyUse, Provider};
use crate::sealed::{HEAD_BYTES, Sealed};
use crate::secret::Plain;
use crate::suite::{Algorithm, NONCE_BYTES};

/// Where a value is stored. A sealed value opens at the place it was sealed for and at no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The key of the row; a surrogate id, never a personal one.
    pub row: &'a str,
}

impl Place<'_> {
    /// Head and place with their lengths, so that no two places give the same bytes.
    fn bind(&self, head: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 5] =
            [b"doudi/field/v1", head, self.table.as_bytes(), self.column.as_bytes(), self.row.as_bytes()];
        let mut bound = Vec::new();
        for part in parts {
            bound.extend((part.len() as u64).to_be_bytes());
            bound.extend(part);
        }
        bound
    }
}

/// Seals with the newest key and opens with any that is held.
#[derive(Debug)]
pub struct Sealer<P> {
    keys: P,
}

impl<P: Provider> Sealer<P> {
    /// A sealer over keys in software or in a certified module.
    pub fn new(keys: P) -> Self {
        Self { keys }
    }

    /// The keys.
    pub fn provider(&self) -> &P {
        &self.keys
    }

    /// Seals a value for its place. `rng` gives the nonce and must be fit for keys.
    ///
    /// # Errors
    /// [`Fault::Limit`] for content beyond the cipher's limit; [`Fault::Module`] if the module refuses.
    pub fn seal<R: CryptoRng + ?Sized>(
        &self,
        class: DataClass,
        place: Place<'_>,
        plain: &[u8],
        rng: &mut R,
    ) -> Result<Sealed, Fault> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        self.seal_with_nonce(class, place, plain, nonce)
    }

    /// [`Sealer::seal`] where the operating system's random bytes are drawn by the caller, who can say so when there
    /// are none. `nonce` must be fresh from such a source: never counted, never used twice.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_with_nonce(
        &self,
        class: DataClass,
        place: Place<'_>,
        plain: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Sealed, Fault> {
        let (epoch, algorithm) = self.keys.newest();
        let bound = place.bind(&Sealed::head(algorithm, class, epoch));
        let key = KeyId { algorithm, epoch, usage: KeyUse::Seal(class) };
        let content = self.keys.seal(key, &nonce, &bound, plain)?;
        Ok(Sealed { algorithm, class, epoch, nonce, content })
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// [`Fault::Broken`] if it was altered or stood elsewhere; [`Fault::NoKey`] if its epoch is not held.
    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Plain, Fault> {
        let Sealed { algorithm, class, epoch, nonce, content } = sealed;
        let bound = place.bind(&Sealed::head(*algorithm, *class, *epoch));
        let key = KeyId { algorithm: *algorithm, epoch: *epoch, usage: KeyUse::Seal(*class) };
        self.keys.open(key, nonce, &bound, content)
    }

    /// Whether a stored value should be sealed anew: it was not sealed with the key and the suite in use.
    pub fn is_outdated(&self, sealed: &Sealed) -> bool {
        (sealed.epoch, sealed.algorithm) != self.keys.newest()
    }

    /// The first bytes of whatever is sealed now in a class: algorithm, class and epoch, as in
    /// [`Sealed::to_bytes`]. What begins otherwise is outdated.
    pub fn newest_head(&self, class: DataClass) -> [u8; HEAD_BYTES] {
        let (epoch, algorithm) = self.keys.newest();
        Sealed::head(algorithm, class, epoch)
    }

    /// Opens a value and seals it with the newest key, same class, same place. `None` if it is up to date.
    ///
    /// # Errors
    /// As [`Sealer::open`] and [`Sealer::seal`].
    pub fn reseal<R: CryptoRng + ?Sized>(
        &self,
        place: Place<'_>,
        sealed: &Sealed,
        rng: &mut R,
    ) -> Result<Option<Sealed>, Fault> {
        if !self.is_outdated(sealed) {
            return Ok(None);
        }
        let plain = self.open(place, sealed)?;
        self.seal(sealed.class, place, plain.expose(), rng).map(Some)
    }

    /// The blind index to store beside a new value.
    ///
    /// # Errors
    /// [`Fault::NotIndexable`] if the text has not the form of its kind.
    pub fn index(&self, kind: IndexKind, text: &str) -> Result<BlindIndex, Fault> {
        self.index_of(kind, text, self.keys.newest())
    }

    /// The indexes to search for, newest first: during a rotation stored rows carry old and new ones.
    ///
    /// # Errors
    /// As [`Sealer::index`].
    pub fn indexes(&self, kind: IndexKind, text: &str) -> Result<Vec<BlindIndex>, Fault> {
        let mut generations = self.keys.generations();
        generations.sort_unstable();
        generations.into_iter().rev().map(|generation| self.index_of(kind, text, generation)).collect()
    }

    fn index_of(
        &self,
        kind: IndexKind,
        text: &str,
        (epoch, algorithm): (Epoch, Algorithm),
    ) -> Result<BlindIndex, Fault> {
        let folded = fold(kind, text)?;
        let key = KeyId { algorithm, epoch, usage: KeyUse::Index(kind) };
        let digest = self.keys.mac(key, folded.expose())?;
        Ok(BlindIndex::new(algorithm, epoch, digest))
    }
}
