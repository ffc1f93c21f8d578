//! Secrets that are wiped when dropped and cannot be printed.
//!
//! ```compile_fail
//! let key = doudi_access::Secret::new([7; 32]);
//! println!("{key}");
//! ```
//! ```compile_fail
//! let key = doudi_access::Secret::new([7; 32]);
//! let twin = key.clone();
//! ```

use std::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A key of `N` bytes: wiped on drop, never cloned, never shown.
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Takes the bytes; the caller's copy is wiped.
    pub fn new(mut bytes: [u8; N]) -> Self {
        let kept = Self(bytes);
        bytes.zeroize();
        kept
    }

    /// A new key from the caller's generator, which must be fit for keys.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut kept = Self([0; N]);
        rng.fill_bytes(&mut kept.0);
        kept
    }

    /// The bytes, for a cipher and for nothing else.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for Secret<N> {}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Opened plain text: wiped on drop, never shown.
pub struct Plain(Zeroizing<Vec<u8>>);

impl Plain {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The text, or `None` if the bytes are no UTF-8.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl ZeroizeOnDrop for Plain {}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(…)")
    }
}
