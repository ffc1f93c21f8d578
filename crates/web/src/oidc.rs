//! 统一登录: an OpenID provider of the office stands for the password. It says who somebody is by issuer and subject, which
//! an administrator has linked to an account; the second factor stays ours. Authorization code with PKCE, state and nonce.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, TokenResponse as _,
};
use ureq::Agent;

use crate::error::WebError;
use crate::session::same_token;

/// Seconds within which somebody comes back from the provider and types the second factor.
const WITHIN: i64 = 600;
/// Above this number the oldest log-in that was begun is forgotten.
const MOST: usize = 1_000;
/// Largest answer of a provider.
const MOST_BYTES: u64 = 1024 * 1024;

/// What the office says of its provider.
#[derive(Clone)]
pub struct Provider {
    /// Issuer, as the provider names itself.
    pub issuer: String,
    /// Our name with the provider.
    pub client: String,
    /// Our secret with the provider.
    pub secret: String,
    /// Where browsers find us: `https://doudi.example`.
    pub site: String,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Somebody on the way.
enum Step {
    /// Sent to the provider.
    Asked { state: String, nonce: Nonce, verifier: PkceCodeVerifier },
    /// The provider has said who it is; the second factor is missing.
    Proven { login: String },
}

/// A provider, and who is on the way to it or back.
pub struct Oidc {
    provider: Provider,
    agent: Agent,
    steps: Mutex<HashMap<String, (i64, Step)>>,
}

/// Why the provider did not help. For the log of the server; the page says the same for all.
fn failed(error: impl fmt::Display) -> WebError {
    WebError::internal(format_args!("OpenID: {error}"))
}

impl Oidc {
    /// Over a provider; nothing is asked yet.
    #[must_use]
    pub fn new(provider: Provider) -> Self {
        // A provider that redirects could lead the server anywhere.
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        Self { provider, agent: agent.into(), steps: Mutex::default() }
    }

    /// Issuer of the provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (i64, Step)>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, key: &str, now: i64, step: Step) {
        let mut steps = self.lock();
        steps.retain(|_, (since, _)| now - *since < WITHIN);
        if steps.len() >= MOST
            && let Some(oldest) = steps.iter().min_by_key(|(_, (since, _))| *since).map(|(k, _)| k.clone())
        {
            steps.remove(&oldest);
        }
        steps.insert(key.to_owned(), (now, step));
    }

    /// Takes a step out: each works once.
    fn take(&self, key: &str, now: i64) -> Option<Step> {
        self.lock().remove(key).filter(|(since, _)| now - *since < WITHIN).map(|(_, step)| step)
    }

    /// Begins a log-in under a key and gives the address to send the browser to.
    ///
    /// # Errors
    /// When the provider does not answer, or not as OpenID demands.
    pub async fn begin(&self, key: &str, now: i64) -> Result<String, WebError> {
        let (provider, agent) = (self.provider.clone(), self.agent.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let asked = blocking(move || {
            let metadata = discover(&provider, &agent)?;
            let client = CoreClient::from_provider_metadata(metadata, ClientId::new(provider.client), None)
                .set_redirect_uri(back(&provider.site)?);
            let flow = CoreAuthenticationFlow::AuthorizationCode;
            let url = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
            Ok(url.set_pkce_challenge(challenge).url())
        });
        let (url, state, nonce) = asked.await?;
        self.keep(key, now, Step::Asked { state: state.secret().clone(), nonce, verifier });
        Ok(url.into())
    }

    /// Somebody is back with a code: the subject that the provider vouches for; `None` where this browser was not sent
    /// there, or not just now.
    ///
    /// # Errors
    /// When the provider does not take the code, or its token is not genuine.
    pub async fn back(
        &self,
        key: &str,
        state: &str,
        code: &str,
        now: i64,
    ) -> Result<Option<String>, WebError> {
        let Some(Step::Asked { state: expected, nonce, verifier }) = self.take(key, now) else {
            return Ok(None);
        };
        if !same_token(&expected, state) {
            return Ok(None);
        }
        let (provider, agent) = (self.provider.clone(), self.agent.clone());
        let code = AuthorizationCode::new(code.to_owned());
        let subject = blocking(move || {
            let metadata = discover(&provider, &agent)?;
            let secret = ClientSecret::new(provider.secret);
            let client =
                CoreClient::from_provider_metadata(metadata, ClientId::new(provider.client), Some(secret))
                    .set_redirect_uri(back(&provider.site)?);
            let tokens = client
                .exchange_code(code)
                .map_err(failed)?
                .set_pkce_verifier(verifier)
                .request(&|request| send(&agent, request))
                .map_err(failed)?;
            let token = tokens.id_token().ok_or_else(|| failed("no identity token"))?;
            let claims = token.claims(&client.id_token_verifier(), &nonce).map_err(failed)?;
            Ok(claims.subject().to_string())
        });
        subject.await.map(Some)
    }

    /// Remembers who the provider says it is, until the second factor comes.
    pub fn proven(&self, key: &str, login: &str, now: i64) {
        self.keep(key, now, Step::Proven { login: login.to_owned() });
    }

    /// Who the provider said it is. It works once: a wrong code begins anew.
    pub fn who(&self, key: &str, now: i64) -> Option<String> {
        match self.take(key, now)? {
            Step::Proven { login } => Some(login),
            Step::Asked { .. } => None,
        }
    }
}

fn back(site: &str) -> Result<RedirectUrl, WebError> {
    RedirectUrl::new(format!("{}/login/oidc/back", site.trim_end_matches('/'))).map_err(failed)
}

fn discover(provider: &Provider, agent: &Agent) -> Result<CoreProviderMetadata, WebError> {
    let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(failed)?;
    CoreProviderMetadata::discover(&issuer, &|request| send(agent, request)).map_err(failed)
}

fn send(agent: &Agent, request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let (parts, body) = agent.run(request).map_err(std::io::Error::other)?.into_parts();
    let mut body = body;
    let bytes = body.with_config().limit(MOST_BYTES).read_to_vec().map_err(std::io::Error::other)?;
    Ok(HttpResponse::from_parts(parts, bytes))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WebError> + Send + 'static,
) -> Result<T, WebError> {
    tokio::task::spawn_blocking(work).await.map_err(WebError::internal)?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn oidc() -> Oidc {
        Oidc::new(Provider {
            issuer: "http://127.0.0.1:9".to_owned(),
            client: "doudi".to_owned(),
            secret: "secret".to_owned(),
            site: "http://127.0.0.1:1/".to_owned(),
        })
    }

    #[test]
    fn a_step_works_once_for_its_browser_and_for_ten_minutes() {
        let oidc = oidc();
        oidc.proven("a", "lin", 100);
        assert_eq!(oidc.who("b", 100), None);
        assert_eq!(oidc.who("a", 101).as_deref(), Some("lin"));
        assert_eq!(oidc.who("a", 101), None, "used");
        oidc.proven("a", "lin", 100);
        assert_eq!(oidc.who("a", 100 + WITHIN), None, "too late");
        for n in 0..=MOST {
            oidc.proven(&n.to_string(), "lin", 100 + i64::try_from(n).unwrap() / 500);
        }
        assert!(oidc.lock().len() <= MOST);
        assert!(!format!("{:?}", oidc.provider).contains("secret"));
        assert_eq!(back("https://x.example/").unwrap().as_str(), "https://x.example/login/oidc/back");
    }

    #[tokio::test]
    async fn nobody_comes_back_who_was_not_sent_and_a_provider_that_is_away_is_an_error() {
        let oidc = oidc();
        assert_eq!(oidc.back("a", "state", "code", 100).await.unwrap(), None);
        oidc.proven("a", "lin", 100);
        assert_eq!(oidc.back("a", "state", "code", 100).await.unwrap(), None, "another step");
        assert!(oidc.begin("a", 100).await.is_err());
        assert!(oidc.lock().is_empty());
    }
}
