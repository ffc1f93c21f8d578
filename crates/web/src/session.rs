//! 会话: who this browser is, and the token that its forms must carry. The key is a random number in the cookie. A
//! browser that nobody has signed in with has a key and nothing else; a session of an account is a row in the database
//! under the key's digest; a role of the demo lives in memory, ends with the process, and exists only under the
//! conditions of [`crate::state::AppState::roles_allowed`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

/// Name of the session cookie over plain HTTP on this machine.
pub const COOKIE: &str = "doudi_session";
/// Name of the session cookie over HTTPS: browsers take this prefix only with `Secure`, for this host and all paths.
pub const HOST_COOKIE: &str = "__Host-doudi_session";
/// Name of the language cookie.
pub const LANG_COOKIE: &str = "doudi_lang";

/// Above this number the oldest role ends.
const MOST_SESSIONS: usize = 10_000;

/// One browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// The token of every form of this browser.
    pub csrf: String,
    /// The role of the demo that it has taken, by store id.
    pub person: Option<i64>,
}

impl Session {
    /// The session of a key: its token follows from the key, so that nothing is kept for a browser that only looks.
    #[must_use]
    pub fn of_key(key: &str, person: Option<i64>) -> Self {
        Self { csrf: digest("doudi form token 1", key), person }
    }
}

/// The digest under which the session of a key is stored.
#[must_use]
pub fn stored(key: &str) -> String {
    digest("doudi session 1", key)
}

/// SHA-256 of a text for a purpose, in hexadecimal.
#[must_use]
pub fn digest(purpose: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    doudi_store::hex(&hash.finalize())
}

/// Whether a cookie value can be a key of ours.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
}

/// Roles of the demo, by key.
#[derive(Default)]
pub struct Sessions {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    by_key: HashMap<String, (i64, u64)>,
    asked: HashMap<String, String>,
    clock: u64,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The role of a key.
    pub fn get(&self, key: &str) -> Option<i64> {
        self.lock().by_key.get(key).map(|(person, _)| *person)
    }

    /// A new session that acts as somebody; the key goes into the cookie.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn open(&self, person: i64) -> Result<String, getrandom::Error> {
        let key = new_key()?;
        let mut inner = self.lock();
        inner.clock += 1;
        let born = inner.clock;
        if inner.by_key.len() >= MOST_SESSIONS
            && let Some(oldest) = inner.by_key.iter().min_by_key(|(_, (_, b))| *b).map(|(k, _)| k.clone())
        {
            inner.by_key.remove(&oldest);
        }
        inner.by_key.insert(key.clone(), (person, born));
        Ok(key)
    }

    /// Keeps what a browser has last searched for, in memory only: the page with the answer is asked for without it, so
    /// that no browser stores it with its history.
    pub fn ask(&self, key: &str, what: &str) {
        let mut inner = self.lock();
        if inner.asked.len() >= MOST_SESSIONS {
            inner.asked.clear();
        }
        inner.asked.insert(key.to_owned(), what.to_owned());
    }

    /// What a browser has last searched for.
    pub fn asked(&self, key: &str) -> Option<String> {
        self.lock().asked.get(key).cloned()
    }

    /// Ends a session.
    pub fn close(&self, key: &str) {
        let mut inner = self.lock();
        inner.by_key.remove(key);
        inner.asked.remove(key);
    }
}

/// A new key: 32 random bytes as hex.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_key() -> Result<String, getrandom::Error> {
    Ok(doudi_store::hex(&random::<32>()?))
}

/// Random bytes of the operating system.
///
/// # Errors
/// When it gives none.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Longest log-in name, in characters.
pub const MOST_LOGIN: usize = 64;

/// A log-in name as it is stored: letters, digits, `.`, `-`, `_`, in small letters; `None` where it cannot be one.
#[must_use]
pub fn log_in_name(typed: &str) -> Option<String> {
    let login = typed.trim().to_lowercase();
    let plain = login.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    (!login.is_empty() && login.chars().count() <= MOST_LOGIN && plain).then_some(login)
}

/// A first password: shown once to whoever hands it over, kept nowhere.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn first_password() -> Result<String, getrandom::Error> {
    Ok(doudi_access::identity::password::one_time(&random()?))
}

/// Whether two tokens are equal, in time that does not depend on where they differ.
#[must_use]
pub fn same_token(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0u8, |acc, (x, y)| acc | (x ^ y)) == 0
}

/// The value of a cookie in a `Cookie` header.
#[must_use]
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(k, _)| *k == name).map(|(_, v)| v)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn a_role_is_found_by_its_key_only_and_ends() {
        let all = Sessions::default();
        let key = all.open(7).unwrap();
        assert_eq!(all.get(&key), Some(7));
        assert!(is_key(&key) && !is_key("0") && !is_key(&key.to_uppercase()));
        assert!(all.get("0").is_none());
        all.ask(&key, "石望山");
        assert_eq!((all.asked(&key).as_deref(), all.asked("0")), (Some("石望山"), None));
        all.close(&key);
        assert!(all.get(&key).is_none() && all.asked(&key).is_none());
    }

    #[test]
    fn neither_token_nor_stored_digest_is_the_key() {
        let key = new_key().unwrap();
        let token = Session::of_key(&key, None).csrf;
        assert!(token.len() == 64 && token != key && token != stored(&key) && stored(&key) != key);
        assert_ne!(token, Session::of_key(&new_key().unwrap(), None).csrf);
    }

    #[test]
    fn the_number_of_roles_is_bounded_and_the_oldest_goes() {
        let all = Sessions::default();
        let first = all.open(1).unwrap();
        for _ in 0..MOST_SESSIONS {
            all.open(1).unwrap();
        }
        assert!(all.get(&first).is_none());
        assert_eq!(all.lock().by_key.len(), MOST_SESSIONS);
    }

    #[test]
    fn cookies_and_tokens() {
        assert_eq!(cookie("a=1; doudi_session=xy; b=2", COOKIE), Some("xy"));
        assert_eq!(cookie("xdoudi_session=xy", COOKIE), None);
        assert!(same_token("abc", "abc"));
        assert!(!same_token("abc", "abd"));
        assert!(!same_token("abc", "ab"));
    }
}
