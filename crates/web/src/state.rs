//! 程序状态: what all requests share.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use doudi_access::Access;
use doudi_policy::{Date, DivisionCode};
use doudi_registry::{HouseholdId, LeadStatus, MembershipKind, Post, Staff, StaffId};
use doudi_store::Store;
use tokio::sync::Semaphore;

use crate::api::{Feed, rate::Rates};
use crate::clock::day_in_china;
use crate::error::WebError;
use crate::family::Family;
use crate::hashing::Hashing;
use crate::lang::Lang;
use crate::law::Law;
use crate::oidc::Oidc;
use crate::page::Waiting;
use crate::session::Sessions;

/// How the server was asked to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub addr: SocketAddr,
    /// Language of a browser that has not chosen one.
    pub lang: Lang,
}

impl Default for Config {
    fn default() -> Self {
        Self { addr: SocketAddr::from(([127, 0, 0, 1], 8080)), lang: Lang::Zh }
    }
}

/// Seconds since 1970 in UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What the server takes from outside of it.
#[derive(Clone)]
pub struct Rim {
    /// The time.
    pub clock: Clock,
    /// Whether a proxy of ours stands in front, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub behind_proxy: bool,
    /// 统一登录: a provider that can stand for the password.
    pub oidc: Option<crate::oidc::Provider>,
    /// The feeds that departments may deliver.
    pub feeds: Vec<Feed>,
    /// Requests that one service may make in a minute.
    pub service_rate: u32,
}

/// Requests that one service may make in a minute, where nobody says otherwise.
pub const SERVICE_RATE: u32 = 60;
/// Files of departments that are held in memory at once.
const UPLOADS: usize = 4;

impl Default for Rim {
    fn default() -> Self {
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
            i64::try_from(since).unwrap_or(i64::MAX)
        };
        let (feeds, service_rate) = (Vec::new(), SERVICE_RATE);
        Self { clock: Arc::new(clock), behind_proxy: false, oidc: None, feeds, service_rate }
    }
}

/// State of the program, cheap to clone.
#[derive(Clone)]
pub struct AppState {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    law: Arc<Law>,
    access: Access,
    config: Config,
    sessions: Sessions,
    hashing: Hashing,
    oidc: Option<Oidc>,
    rim: Rim,
    rates: Rates,
    uploads: Semaphore,
    fictional: bool,
}

impl AppState {
    /// State over a store and the law.
    ///
    /// # Errors
    /// When the store cannot be read, or the rules of who may do what do not compile.
    pub async fn new(store: Store, law: Arc<Law>, config: Config) -> Result<Self, WebError> {
        Self::with_rim(store, law, config, Rim::default()).await
    }

    /// The same with a clock and a proxy.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn with_rim(store: Store, law: Arc<Law>, config: Config, rim: Rim) -> Result<Self, WebError> {
        let fictional = store.is_fictional().await?;
        let access = Access::built_in().map_err(WebError::internal)?;
        let (sessions, hashing) = (Sessions::default(), Hashing::new()?);
        let oidc = rim.oidc.clone().map(Oidc::new);
        let (rates, uploads) = (Rates::default(), Semaphore::new(UPLOADS));
        Ok(Self {
            shared: Arc::new(Shared {
                store,
                law,
                access,
                config,
                sessions,
                hashing,
                oidc,
                rim,
                rates,
                uploads,
                fictional,
            }),
        })
    }

    /// The feeds that departments may deliver.
    #[must_use]
    pub fn feeds(&self) -> &[Feed] {
        &self.shared.rim.feeds
    }

    /// Requests that one service may make in a minute.
    #[must_use]
    pub fn service_rate(&self) -> u32 {
        self.shared.rim.service_rate
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.shared.rates
    }

    pub(crate) fn uploads(&self) -> &Semaphore {
        &self.shared.uploads
    }

    /// Seconds since 1970 in UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.shared.rim.clock)()
    }

    /// Whether a proxy of ours stands in front.
    #[must_use]
    pub fn behind_proxy(&self) -> bool {
        self.shared.rim.behind_proxy
    }

    /// The provider of the office, where there is one.
    #[must_use]
    pub fn oidc(&self) -> Option<&Oidc> {
        self.shared.oidc.as_ref()
    }

    /// Where passwords are hashed.
    #[must_use]
    pub fn hashing(&self) -> &Hashing {
        &self.shared.hashing
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The law.
    #[must_use]
    pub fn law(&self) -> &Law {
        &self.shared.law
    }

    /// Who may do what.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.shared.access
    }

    /// Sessions.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }

    /// Language of a browser that has not chosen one.
    #[must_use]
    pub fn default_lang(&self) -> Lang {
        self.shared.config.lang
    }

    /// Whether everybody and every place in the store is fictional.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.shared.fictional
    }

    /// Whether somebody at this machine may choose a role without a password: only where all divisions are fictional
    /// and the server listens on this machine alone.
    #[must_use]
    pub fn roles_allowed(&self) -> bool {
        self.shared.fictional && self.shared.config.addr.ip().is_loopback()
    }

    /// 演示日期, or the day in China.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn today(&self) -> Result<Date, WebError> {
        if let Some(day) = self.store().demo_today().await? {
            return Ok(day);
        }
        Ok(day_in_china(self.now()))
    }

    /// A member of staff.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn staff(&self, id: i64) -> Result<Option<Staff>, WebError> {
        Ok(self.store().staff(StaffId(id)).await?)
    }

    /// 青石县 · 石桥镇: an area in words, from the county down.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn area_name(&self, l: Lang, code: &DivisionCode) -> Result<String, WebError> {
        let mut names = Vec::new();
        for level in 3..=5 {
            let Some(at) = code.at_level(level) else { continue };
            if let Some(division) = self.store().division(&at).await? {
                names.push(l.name(&division.name));
            }
        }
        if names.is_empty() {
            names.push(match self.store().division(code).await? {
                Some(division) => l.name(&division.name),
                None => code.to_string(),
            });
        }
        Ok(names.join(" · "))
    }

    /// 石桥镇河湾村: a place in words, from the township down.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn place(&self, l: Lang, code: &DivisionCode) -> Result<String, WebError> {
        let mut names = Vec::new();
        for level in 4..=5 {
            let Some(at) = code.at_level(level) else { continue };
            if let Some(division) = self.store().division(&at).await? {
                names.push(l.name(&division.name));
            }
        }
        if names.is_empty() {
            return self.area_name(l, code).await;
        }
        Ok(if l.is_en() {
            names.reverse();
            names.join(", ")
        } else {
            names.concat()
        })
    }

    /// A household with its registered members.
    ///
    /// # Errors
    /// `NotFound`, or when the store cannot be read.
    pub async fn family(&self, id: HouseholdId) -> Result<Family, WebError> {
        let household = self.store().household(id).await?.ok_or(WebError::NotFound)?;
        let today = self.today().await?;
        let members = self.store().members(id, MembershipKind::Hukou, today).await?;
        Ok(Family::new(household, members))
    }

    /// What waits for a person.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn waiting(&self, staff: &Staff, _today: Date) -> Result<Waiting, WebError> {
        let mut waiting = Waiting::default();
        if matches!(staff.post, Post::TownshipClerk | Post::TownshipHead | Post::CountyOfficer) {
            let counts = self.store().lead_counts(Some(&staff.division)).await?;
            let open: i64 = counts.iter().filter(|c| c.status == LeadStatus::Open).map(|c| c.leads).sum();
            waiting.leads = u64::try_from(open).unwrap_or(0);
        }
        waiting.cases = crate::pages::cases::mine(self, staff).await?;
        Ok(waiting)
    }

    /// Ids of the members of staff whose area covers a place.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn staff_for(&self, place: &DivisionCode, posts: &[Post]) -> Result<Vec<Staff>, WebError> {
        let posts: BTreeSet<Post> = posts.iter().copied().collect();
        let all = self.store().all_staff().await?;
        Ok(all.into_iter().filter(|s| posts.contains(&s.post) && place.within(&s.division)).collect())
    }
}
