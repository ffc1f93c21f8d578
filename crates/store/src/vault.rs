//! 保险箱: seals what enters a sealed column and opens what leaves it, each value bound to its table, row and column.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doudi_access::{DataClass, Epoch, Fault, IndexKind, Place, Provider, Sealed, Sealer};
use serde::de::DeserializeOwned;

use crate::classes::Field;
use crate::error::{StoreError, StoreResult};

/// The keys of a store: in software or in a certified module, shared by all handles on it.
#[derive(Clone)]
pub struct Keys(Arc<Sealer<Arc<dyn Provider + Send + Sync>>>);

impl Keys {
    /// Keys behind a provider.
    #[must_use]
    pub fn new(provider: impl Provider + Send + Sync + 'static) -> Self {
        Self(Arc::new(Sealer::new(Arc::new(provider))))
    }

    /// What seals and opens with them, for files that lie outside the database.
    #[must_use]
    pub fn sealer(&self) -> &Sealer<Arc<dyn Provider + Send + Sync>> {
        &self.0
    }

    /// The epoch that seals.
    #[must_use]
    pub fn newest(&self) -> Epoch {
        self.0.provider().newest().0
    }

    /// Every epoch that is held, oldest first.
    #[must_use]
    pub fn epochs(&self) -> Vec<Epoch> {
        let mut all: Vec<Epoch> = self.0.provider().generations().into_iter().map(|(e, _)| e).collect();
        all.sort_unstable();
        all
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys(newest {}, …)", self.newest())
    }
}

/// Characters of a stored value that say algorithm, class and epoch: six bytes in base64.
pub(crate) const HEAD_CHARS: usize = 8;

/// What seals and opens for a database. Without keys everything that is sealed stays closed.
#[derive(Clone, Debug)]
pub(crate) struct Vault(Option<Keys>);

impl Vault {
    pub(crate) fn with(keys: Keys) -> Self {
        Self(Some(keys))
    }

    /// For those who check what is on file without being able to read it.
    pub(crate) fn closed() -> Self {
        Self(None)
    }

    pub(crate) fn keys(&self) -> StoreResult<&Keys> {
        self.0.as_ref().ok_or(StoreError::NoKeys)
    }

    fn sealer(&self) -> StoreResult<&Sealer<Arc<dyn Provider + Send + Sync>>> {
        Ok(&self.keys()?.0)
    }

    /// The stored form of a value.
    pub(crate) fn seal(&self, field: &Field, row: impl fmt::Display, text: &str) -> StoreResult<String> {
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).map_err(|e| StoreError::Random(e.to_string()))?;
        let row = row.to_string();
        let place = Place { table: field.table, column: field.column, row: &row };
        let sealed = self.sealer()?.seal_with_nonce(field.class, place, text.as_bytes(), nonce);
        let sealed = sealed.map_err(|fault| refused(field, &row, fault))?;
        Ok(URL_SAFE_NO_PAD.encode(sealed.to_bytes()))
    }

    /// [`Vault::seal`] for a column that is mostly empty: an empty text stays one, which tells nothing but that.
    pub(crate) fn seal_if_any(
        &self,
        field: &Field,
        row: impl fmt::Display,
        text: &str,
    ) -> StoreResult<String> {
        if text.is_empty() { Ok(String::new()) } else { self.seal(field, row, text) }
    }

    /// The stored form of a value as JSON.
    pub(crate) fn seal_json(
        &self,
        field: &Field,
        row: impl fmt::Display,
        value: &impl serde::Serialize,
    ) -> StoreResult<String> {
        self.seal(field, row, &serde_json::to_string(value)?)
    }

    /// The value of a stored form, if it was sealed for this very place. The error names the place, never the content.
    pub(crate) fn open(&self, field: &Field, row: impl fmt::Display, stored: &str) -> StoreResult<String> {
        let row = row.to_string();
        let place = Place { table: field.table, column: field.column, row: &row };
        let sealed = decode(stored).map_err(|fault| refused(field, &row, fault))?;
        // The head is bound too, but a class that the column does not have was never written there.
        if sealed.class() != field.class {
            return Err(refused(field, &row, Fault::Broken));
        }
        let plain = self.sealer()?.open(place, &sealed).map_err(|fault| refused(field, &row, fault))?;
        let text = plain.expose_text().ok_or_else(|| refused(field, &row, Fault::Malformed("text")))?;
        Ok(text.to_owned())
    }

    /// The opposite of [`Vault::seal_if_any`].
    pub(crate) fn open_if_any(
        &self,
        field: &Field,
        row: impl fmt::Display,
        stored: &str,
    ) -> StoreResult<String> {
        if stored.is_empty() { Ok(String::new()) } else { self.open(field, row, stored) }
    }

    /// The opposite of [`Vault::seal_json`].
    pub(crate) fn open_json<T: DeserializeOwned>(
        &self,
        field: &Field,
        row: impl fmt::Display,
        stored: &str,
    ) -> StoreResult<T> {
        Ok(serde_json::from_str(&self.open(field, row, stored)?)?)
    }

    /// The blind index of a value under the newest key.
    pub(crate) fn index(&self, kind: IndexKind, text: &str) -> StoreResult<String> {
        let index = self.sealer()?.index(kind, text).map_err(StoreError::Keys)?;
        Ok(URL_SAFE_NO_PAD.encode(index.to_bytes()))
    }

    /// The blind indexes to look for, newest first: while keys are being rotated rows carry old and new ones.
    pub(crate) fn indexes(&self, kind: IndexKind, text: &str) -> StoreResult<Vec<String>> {
        let all = self.sealer()?.indexes(kind, text).map_err(StoreError::Keys)?;
        Ok(all.iter().map(|index| URL_SAFE_NO_PAD.encode(index.to_bytes())).collect())
    }

    /// How the stored form of everything begins that is sealed in a class now.
    pub(crate) fn head(&self, class: DataClass) -> StoreResult<String> {
        Ok(URL_SAFE_NO_PAD.encode(self.sealer()?.newest_head(class)))
    }
}

/// Reads a stored form.
pub(crate) fn decode(stored: &str) -> Result<Sealed, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(stored).map_err(|_| Fault::Malformed("sealed value"))?;
    Sealed::from_bytes(&bytes)
}

fn refused(field: &Field, row: &str, fault: Fault) -> StoreError {
    StoreError::Sealed { place: format!("{}.{} {row}", field.table, field.column), fault }
}
