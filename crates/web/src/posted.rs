//! 表单: the only way to read a posted body. It checks where the form comes from and its token before a handler
//! sees a single field, so that no handler can forget to.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};

use doudi_registry::text::{self, TextUse, check, shown};

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::session::same_token;

/// Fields of a form; the longest has some ninety.
const MOST_FIELDS: usize = 500;
/// Fields that may come several times: boxes of which several are ticked.
const LISTS: &[&str] = &["field", "seen", "settled", "ways", "with"];

/// Fields of a posted form. A name that comes several times keeps all its values.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    fields: BTreeMap<String, Vec<String>>,
}

impl Posted {
    /// The first value of a field without blanks around it; empty where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).and_then(|v| v.first()).map_or("", |v| v.trim())
    }

    /// All values of a field.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a box was ticked.
    #[must_use]
    pub fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Fields whose name begins with a prefix: the rest of the name and the first value.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.fields
            .iter()
            .filter_map(move |(name, values)| Some((name.strip_prefix(prefix)?, values.first()?.trim())))
    }

    /// A name that no handler asks for is kept and read by nobody: a handler takes the fields that it names, and what a
    /// record holds besides (state, area, owner, amount) comes from the store.
    fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, WebError> {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (count, (name, value)) in pairs.into_iter().enumerate() {
            if count >= MOST_FIELDS {
                return Err(WebError::Bad(format!("more than {MOST_FIELDS} fields")));
            }
            if let Err(problem) = check(&value, TextUse::Note) {
                return Err(WebError::Refused {
                    zh: problem.zh(),
                    en: problem.en(),
                    back: String::new(),
                    kept: shown(&value).into_owned(),
                });
            }
            if fields.contains_key(&name) && !LISTS.contains(&name.as_str()) {
                // One reader would take the first, another the last.
                return Err(WebError::Bad("a field that comes once came again".to_owned()));
            }
            fields.entry(name).or_default().push(value);
        }
        Ok(Self { fields })
    }

    fn check_token(&self, ctx: &Ctx) -> Result<(), WebError> {
        let expected = ctx.csrf();
        if !expected.is_empty() && same_token(self.get("csrf"), expected) {
            Ok(())
        } else {
            Err(WebError::Forged)
        }
    }
}

/// Refuses a post that another site made the browser send: `Origin` (or, without it, `Sec-Fetch-Site`) must be ours.
fn check_origin(headers: &HeaderMap) -> Result<(), WebError> {
    let text = |name| headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        let host = text(header::HOST).unwrap_or_default();
        let ours = origin
            .split_once("://")
            .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && rest == host);
        return if ours { Ok(()) } else { Err(WebError::Forged) };
    }
    match headers.get("sec-fetch-site").and_then(|v| v.to_str().ok()) {
        None | Some("same-origin") => Ok(()),
        Some(_) => Err(WebError::Forged),
    }
}

fn ctx_of(request: &Request) -> Result<Ctx, WebError> {
    request.extensions().get::<Ctx>().cloned().ok_or_else(|| WebError::internal("request without context"))
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let ctx = ctx_of(&request)?;
        check_origin(request.headers())?;
        let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, state)
            .await
            .map_err(|e| WebError::Bad(e.to_string()))?;
        let posted = Self::from_pairs(pairs.0)?;
        posted.check_token(&ctx)?;
        Ok(posted)
    }
}

/// A form with one file.
#[derive(Debug)]
pub struct Uploaded {
    /// The other fields.
    pub fields: Posted,
    /// Name of the file as the browser says, made harmless; for the record only, no file is made under it.
    pub file_name: String,
    /// The file; empty where none was chosen.
    pub file: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Uploaded {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let ctx = ctx_of(&request)?;
        check_origin(request.headers())?;
        let bad = |e: &dyn std::fmt::Display| WebError::Bad(e.to_string());
        let mut parts = Multipart::from_request(request, state).await.map_err(|e| bad(&e))?;
        let mut pairs = Vec::new();
        let mut file_name = String::new();
        let mut file = Bytes::new();
        let mut one = false;
        while let Some(part) = parts.next_field().await.map_err(|e| bad(&e))? {
            let name = part.name().unwrap_or_default().to_owned();
            if let Some(given) = part.file_name() {
                if std::mem::replace(&mut one, true) {
                    return Err(WebError::Bad("more than one file".to_owned()));
                }
                file_name = text::file_name(given);
                file = part.bytes().await.map_err(|e| bad(&e))?;
            } else {
                pairs.push((name, part.text().await.map_err(|e| bad(&e))?));
            }
        }
        let fields = Posted::from_pairs(pairs)?;
        fields.check_token(&ctx)?;
        Ok(Self { fields, file_name, file })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (axum::http::HeaderName::from_static(k), v.parse().unwrap())).collect()
    }

    #[test]
    fn a_post_of_another_site_is_refused() {
        let ours = headers(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]);
        assert!(check_origin(&ours).is_ok());
        for origin in ["http://evil.example", "null", "http://127.0.0.1:8081", "file://127.0.0.1:8080"] {
            let other = headers(&[("host", "127.0.0.1:8080"), ("origin", origin)]);
            assert!(check_origin(&other).is_err(), "{origin}");
        }
        assert!(check_origin(&headers(&[("host", "a"), ("sec-fetch-site", "cross-site")])).is_err());
        assert!(check_origin(&headers(&[("host", "a"), ("sec-fetch-site", "same-site")])).is_err());
    }

    #[test]
    fn repeated_fields_keep_all_values() {
        let posted = Posted::from_pairs([
            ("seen".to_owned(), "a".to_owned()),
            ("seen".to_owned(), "b".to_owned()),
            ("q.x".to_owned(), " 1 ".to_owned()),
        ])
        .unwrap();
        assert_eq!(posted.all("seen"), ["a", "b"]);
        assert_eq!(posted.with_prefix("q.").collect::<Vec<_>>(), [("x", "1")]);
        assert_eq!(posted.get("missing"), "");
    }

    #[test]
    fn a_field_that_comes_once_does_not_come_again() {
        let twice = |name: &str| Posted::from_pairs(["1", "2"].map(|v| (name.to_owned(), v.to_owned())));
        for name in ["csrf", "version", "amount", "staff", "q.x", ""] {
            assert!(matches!(twice(name), Err(WebError::Bad(_))), "{name}");
        }
        for name in LISTS {
            assert_eq!(twice(name).unwrap().all(name), ["1", "2"]);
        }
        let many = (0..=MOST_FIELDS).map(|n| (format!("f{n}"), String::new()));
        assert!(matches!(Posted::from_pairs(many), Err(WebError::Bad(_))));
    }

    #[test]
    fn a_text_that_misleads_is_refused_and_given_back_to_be_seen() {
        let sent = [("text".to_owned(), "已核\u{202e}实".to_owned())];
        let Err(WebError::Refused { zh, en, kept, .. }) = Posted::from_pairs(sent) else {
            panic!("it was taken");
        };
        assert!(zh.contains("U+202E") && en.contains("U+202E"), "{zh} {en}");
        assert_eq!(kept, "已核\\u202e实");
    }
}
