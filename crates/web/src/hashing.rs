//! 口令验算: argon2id takes tens of milliseconds and 19 MiB on purpose, so only a few run at a time, away from the
//! threads that answer pages, and a queue that is too long is refused instead of waited for.

use std::sync::Arc;

use doudi_access::identity::password;
use tokio::sync::Semaphore;

use crate::error::WebError;
use crate::session::random;

/// Hashes at the same time.
const AT_ONCE: usize = 2;
/// Hashes that may wait.
const WAITING: usize = 64;

/// Where passwords are hashed.
pub struct Hashing {
    at_once: Arc<Semaphore>,
    places: Arc<Semaphore>,
    decoy: String,
}

impl Hashing {
    /// With a hash of a password that nobody knows.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new() -> Result<Self, WebError> {
        let unknown = doudi_store::hex(&random::<32>().map_err(WebError::internal)?);
        let salt = random().map_err(WebError::internal)?;
        Ok(Self {
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(WAITING)),
            decoy: password::hash(&unknown, &salt).map_err(|e| WebError::internal(e.en()))?,
        })
    }

    /// Whether a password fits a hash; without one the same work is done for nothing.
    ///
    /// # Errors
    /// Too many are waiting.
    pub async fn fits(&self, typed: &str, phc: Option<String>) -> Result<bool, WebError> {
        let (typed, known) = (typed.to_owned(), phc.is_some());
        let phc = phc.unwrap_or_else(|| self.decoy.clone());
        let fits = self.run(move || password::verify(&typed, &phc)).await?;
        Ok(fits && known)
    }

    /// The hash of a password.
    ///
    /// # Errors
    /// Too many are waiting, or the operating system gives no random bytes.
    pub async fn hash(&self, chosen: &str) -> Result<String, WebError> {
        let chosen = chosen.to_owned();
        let salt = random().map_err(WebError::internal)?;
        self.run(move || password::hash(&chosen, &salt)).await?.map_err(|e| WebError::internal(e.en()))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, WebError> {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return Err(WebError::Refused {
                zh: "现在登录的人太多，请过一分钟再试".to_owned(),
                en: "too many people are logging in; try again in a minute".to_owned(),
                back: "/login".to_owned(),
                kept: String::new(),
            });
        };
        let turn = self.at_once.clone().acquire_owned().await.map_err(WebError::internal)?;
        // The permits go along, so that a browser that hangs up frees nothing before the work is done.
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        })
        .await
        .map_err(WebError::internal)
    }
}
