//! 限速: how many requests a service may make in a minute. Kept in memory: whoever starts the program again starts it anew.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Seconds of a window.
const WINDOW: i64 = 60;

/// Requests of each service in its present minute. Only services on file are counted, so it stays small.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<i64, (i64, u32)>>);

impl Rates {
    /// Counts a request; whether it is one of the `most` of its minute.
    pub fn take(&self, service: i64, now: i64, most: u32) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, count) = all.entry(service).or_insert((now, 0));
        if now < *from || now.saturating_sub(*from) >= WINDOW {
            (*from, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= most
    }
}

#[cfg(test)]
mod tests {
    use super::Rates;

    #[test]
    fn each_service_has_its_own_minute() {
        let rates = Rates::default();
        assert!(rates.take(1, 100, 2) && rates.take(1, 159, 2));
        assert!(!rates.take(1, 159, 2) && rates.take(2, 159, 2));
        assert!(rates.take(1, 160, 2), "a new minute");
        assert!(rates.take(1, 50, 2), "a clock that was set back keeps nobody out");
    }
}
