//! How a request came: over which scheme, from which address, in whose account's session.

use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use doudi_store::sessions::AccountSession;

use crate::error::WebError;
use crate::session::{COOKIE, HOST_COOKIE};

/// How a request came.
#[derive(Clone)]
pub struct Arrival {
    /// Whether the browser speaks HTTPS with our proxy.
    pub secure: bool,
    /// Whether some proxy has passed the request on.
    pub forwarded: bool,
    /// Address of the browser; empty where it is not known.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
    /// The session of an account, also while its first log-in is not finished.
    pub account: Option<AccountSession>,
}

impl Arrival {
    /// Reads the headers; those of a proxy are believed only where one of ours stands in front.
    #[must_use]
    pub fn of(headers: &HeaderMap, peer: Option<SocketAddr>, behind_proxy: bool) -> Self {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        // The proxy nearest to us appends to the list, so only its last entry is not the browser's own invention.
        let told = text("x-forwarded-for").rsplit(',').next().unwrap_or_default().trim();
        let told: Option<IpAddr> = told.parse().ok().filter(|_| behind_proxy);
        let ip = told.or_else(|| peer.map(|p| p.ip()));
        let agent: String = text(header::USER_AGENT.as_str()).chars().take(200).collect();
        Self {
            secure: behind_proxy && text("x-forwarded-proto") == "https",
            forwarded: ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"]
                .iter()
                .any(|name| headers.contains_key(*name)),
            address: ip.map_or_else(String::new, |ip| ip.to_string()),
            agent,
            account: None,
        }
    }

    /// The address that failed tries count for: one of IPv6 stands for its network, which one person can have whole.
    #[must_use]
    pub fn neighbourhood(&self) -> String {
        match self.address.parse() {
            Ok(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
                Some(ip) => ip.to_string(),
                None => {
                    let [a, b, c, d, ..] = ip.segments();
                    format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
                }
            },
            _ => self.address.clone(),
        }
    }

    /// `Set-Cookie` of a key: gone with the browser, invisible to scripts, never sent from elsewhere, and over HTTPS
    /// never sent without it.
    #[must_use]
    pub fn cookie(&self, key: &str) -> String {
        if self.secure {
            format!("{HOST_COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict; Secure")
        } else {
            format!("{COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict")
        }
    }

    /// Gives the browser a key.
    ///
    /// # Errors
    /// A key that no header can hold, which none of ours is.
    pub fn set_key(&self, response: &mut Response, key: &str) -> Result<(), WebError> {
        let value = HeaderValue::from_str(&self.cookie(key)).map_err(WebError::internal)?;
        response.headers_mut().append(header::SET_COOKIE, value);
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Arrival {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| WebError::internal("request without arrival"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn of(pairs: &[(&'static str, &str)], behind_proxy: bool) -> Arrival {
        let headers =
            pairs.iter().map(|(k, v)| (axum::http::HeaderName::from_static(k), v.parse().unwrap())).collect();
        Arrival::of(&headers, Some("127.0.0.1:4000".parse().unwrap()), behind_proxy)
    }

    #[test]
    fn a_proxy_is_believed_only_where_one_was_announced() {
        let said = [("x-forwarded-for", "203.0.113.9, 198.51.100.7"), ("x-forwarded-proto", "https")];
        let ours = of(&said, true);
        assert!(ours.secure && ours.address == "198.51.100.7");
        assert!(ours.cookie("k").starts_with("__Host-") && ours.cookie("k").ends_with("; Secure"));
        let plain = of(&said, false);
        assert!(!plain.secure && plain.forwarded && plain.address == "127.0.0.1");
        assert!(plain.cookie("k").starts_with("doudi_session=k;"));
        assert!(!of(&[], true).forwarded);
    }

    #[test]
    fn tries_from_one_network_count_together() {
        let of = |ip: &str| of(&[("x-forwarded-for", ip)], true).neighbourhood();
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
