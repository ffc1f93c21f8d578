//! 会话: who this browser has chosen to be, and the token that its forms must carry. Sessions of the demo live in
//! memory and end with the process; there is no password, so they exist only under the conditions of
//! [`crate::state::AppState::roles_allowed`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Name of the session cookie.
pub const COOKIE: &str = "doudi_session";
/// Name of the language cookie.
pub const LANG_COOKIE: &str = "doudi_lang";

/// Above this number the oldest session ends.
const MOST_SESSIONS: usize = 10_000;

/// One browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// The token of every form of this browser.
    pub csrf: String,
    /// The member of staff it acts as, by store id.
    pub person: Option<i64>,
    born: u64,
}

/// All sessions of the process.
#[derive(Default)]
pub struct Sessions {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    by_key: HashMap<String, Session>,
    clock: u64,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of a cookie value.
    pub fn get(&self, key: &str) -> Option<Session> {
        self.lock().by_key.get(key).cloned()
    }

    /// A new session, optionally acting as somebody; the key goes into the cookie.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn open(&self, person: Option<i64>) -> Result<(String, Session), getrandom::Error> {
        let key = random_hex()?;
        let csrf = random_hex()?;
        let mut inner = self.lock();
        inner.clock += 1;
        let session = Session { csrf, person, born: inner.clock };
        if inner.by_key.len() >= MOST_SESSIONS
            && let Some(oldest) = inner.by_key.iter().min_by_key(|(_, s)| s.born).map(|(k, _)| k.clone())
        {
            inner.by_key.remove(&oldest);
        }
        inner.by_key.insert(key.clone(), session.clone());
        Ok((key, session))
    }

    /// Ends a session.
    pub fn close(&self, key: &str) {
        self.lock().by_key.remove(key);
    }
}

/// 32 random bytes as hex.
fn random_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
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
    fn a_session_is_found_by_its_key_only_and_ends() {
        let all = Sessions::default();
        let (key, session) = all.open(Some(7)).unwrap();
        assert_eq!(all.get(&key).unwrap().person, Some(7));
        assert_ne!(key, session.csrf);
        assert!(all.get("0").is_none());
        all.close(&key);
        assert!(all.get(&key).is_none());
    }

    #[test]
    fn the_number_of_sessions_is_bounded_and_the_oldest_goes() {
        let all = Sessions::default();
        let (first, _) = all.open(None).unwrap();
        for _ in 0..MOST_SESSIONS {
            all.open(None).unwrap();
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
