//! Accounts as a browser meets them: a server on a port, a database in a file, a clock that the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests stop at the first surprise"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/county.rs"]
mod county;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use browser::{Answer, Browser};
use doudi_access::identity::{base32, password, totp};
use doudi_registry::{Division, StaffId};
use doudi_store::Store;
use doudi_store::sessions::{ABSOLUTE, IDLE};
use doudi_web::routes::{Verb, Who, lines};
use doudi_web::{AppState, Config, Lang, Rim, serve_on};

const CLERK: i64 = 1;
const FIRST: &str = "FIRST-PASSWORD-234";
const OWN: &str = "石桥镇的早晨 七点还有大雾";
const START: i64 = 1_750_000_000;

struct Site {
    store: Store,
    now: Arc<AtomicI64>,
    addr: std::net::SocketAddr,
    _folder: tempfile::TempDir,
}

impl Site {
    /// The small county with one real division, so that there are no roles to choose, and one account.
    async fn real(behind_proxy: bool) -> Self {
        let site = Self::new(behind_proxy, true).await;
        let hash = password::hash(FIRST, &[1; 16]).unwrap();
        site.store.add_account(StaffId(CLERK), "lin", &hash, START).await.unwrap();
        site
    }

    async fn new(behind_proxy: bool, real: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(
            &format!("sqlite:{}", folder.path().join("doudi.db").display()),
            doudi_store::testing::keys(),
        )
        .await
        .unwrap();
        let county = county::build(store.clone(), county::law()).await;
        if real {
            import_real(&store).await;
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let now = Arc::new(AtomicI64::new(START));
        let clock = now.clone();
        let rim =
            Rim { clock: Arc::new(move || clock.load(Ordering::SeqCst)), behind_proxy, ..Rim::default() };
        let state = AppState::with_rim(store.clone(), county.law, Config { addr, lang: Lang::Zh }, rim);
        tokio::spawn(serve_on(state.await.unwrap(), listener));
        Self { store, now, addr, _folder: folder }
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    fn browser(&self) -> Browser {
        Browser::new(self.addr)
    }

    /// The code that the authenticator shows now, from what the database keeps.
    async fn code(&self) -> String {
        let secret = self.store.account("lin").await.unwrap().unwrap().totp.unwrap();
        let step = totp::step(self.now.load(Ordering::SeqCst));
        totp::code(&base32::decode(&secret).unwrap(), step).unwrap()
    }

    /// Walks through the first log-in and gives the page with the recovery codes.
    async fn enrol(&self, b: &mut Browser) -> Answer {
        let entered = log_in(b, "lin", FIRST, "").await;
        assert_eq!((entered.status, entered.header("location")), (303, "/login/first"), "{}", entered.body);
        let page = b.get("/login/first").await.body;
        assert!(page.contains("<svg class=\"qr\""), "{page}");
        let link = between(&page, "otpauth://totp/doudi:lin?secret=", "&");
        let step = totp::step(self.now.load(Ordering::SeqCst));
        let code = totp::code(&base32::decode(link).unwrap(), step).unwrap();
        let done = b.post("/login/first", &[("new", OWN), ("again", OWN), ("code", &code)]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        self.pass(30);
        done
    }
}

async fn import_real(store: &Store) {
    store.import_divisions(&[Division::new("11".parse().unwrap(), "北京市")]).await.unwrap();
}

async fn log_in(b: &mut Browser, name: &str, password: &str, code: &str) -> Answer {
    b.post("/login", &[("name", name), ("password", password), ("code", code)]).await
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let from = text.find(before).unwrap_or_else(|| panic!("{before} in {text}")) + before.len();
    &text[from..from + text[from..].find(after).unwrap()]
}

/// Whether the browser is somebody for the server.
async fn is_in(b: &mut Browser) -> bool {
    b.get("/workbench").await.status == 200
}

#[tokio::test]
async fn one_factor_never_gives_a_session() {
    let site = Site::real(false).await;
    let mut b = site.browser();
    assert_eq!(log_in(&mut b, "lin", "wrong", "").await.status, 401);
    // The first password opens the enrolment and nothing else.
    log_in(&mut b, "lin", FIRST, "").await;
    for path in ["/workbench", "/households", "/households/1", "/account", "/coverage", "/queries"] {
        assert_eq!(b.get(path).await.status, 303, "{path}");
    }
    let page = b.get("/login/first").await.body;
    let code = {
        let secret = between(&page, "secret=", "&").to_owned();
        totp::code(&base32::decode(&secret).unwrap(), totp::step(START)).unwrap()
    };
    for (new, again, code, said) in [
        (OWN, "another", code.as_str(), "不一样"),
        ("short", "short", &code, "12 到 128"),
        ("my name is lin, 2025", "my name is lin, 2025", &code, "登录名"),
        (FIRST, FIRST, &code, "第一次用的口令"),
        (OWN, OWN, "000000", "动态口令不对"),
    ] {
        let refused = b.post("/login/first", &[("new", new), ("again", again), ("code", code)]).await;
        assert!(refused.status == 422 && refused.body.contains(said), "{new}: {}", refused.body);
        assert!(!is_in(&mut b).await);
    }
    let done = site.enrol(&mut b).await;
    assert_eq!(done.body.matches("class=\"secret\"").count(), 10);
    assert!(is_in(&mut b).await);
    let code = site.code().await;
    for (password, code) in [(OWN, ""), (OWN, "000000"), ("", code.as_str()), (FIRST, &code)] {
        let mut c = site.browser();
        let said = log_in(&mut c, "lin", password, code).await;
        assert!(said.status == 401 && said.body.contains("没有登录成功"), "{password} {code}");
        assert!(!is_in(&mut c).await);
    }
    let mut c = site.browser();
    assert_eq!(log_in(&mut c, " LIN ", OWN, &code).await.header("location"), "/workbench");
    assert!(is_in(&mut c).await);
}

#[tokio::test]
async fn a_code_and_a_recovery_code_work_once() {
    let site = Site::real(false).await;
    let mut b = site.browser();
    let codes = site.enrol(&mut b).await.body;
    let code = site.code().await;
    let mut c = site.browser();
    assert_eq!(log_in(&mut c, "lin", OWN, &code).await.status, 303);
    assert_eq!(log_in(&mut site.browser(), "lin", OWN, &code).await.status, 401, "seen over a shoulder");
    let recovery = between(&codes, "<code class=\"secret\">", "</code>");
    assert_eq!(log_in(&mut site.browser(), "lin", "wrong", recovery).await.status, 401);
    let typed = recovery.to_lowercase().replace('-', " ");
    assert_eq!(log_in(&mut site.browser(), "lin", OWN, &typed).await.status, 303);
    assert_eq!(log_in(&mut site.browser(), "lin", OWN, recovery).await.status, 401);
}

#[tokio::test]
async fn ten_wrong_tries_mean_waiting_for_known_and_unknown_names_alike() {
    let site = Site::real(false).await;
    site.enrol(&mut site.browser()).await;
    let mut all = Vec::new();
    for name in ["lin", "nobody"] {
        // Two offices apart in time, so that the address does not lock.
        site.pass(2 * 86_400);
        let mut b = site.browser();
        let mut said = Vec::new();
        for _ in 0..10 {
            let page = log_in(&mut b, name, "wrong", "123456").await;
            let head =
                between(&page.body, "<title>", "</html>").replace(&format!("value=\"{name}\""), "NAME");
            let token = b.token().await;
            said.push((page.status, head.replace(&token, "TOKEN")));
        }
        assert_eq!(said.iter().filter(|(s, _)| *s == 401).count(), 5, "{name}");
        assert_eq!(said[9].0, 429);
        all.push(said);
    }
    assert_eq!(all[0], all[1], "the same answers");
    // While it waits, the right password does not enter either; afterwards it does.
    site.pass(2 * 86_400);
    for _ in 0..5 {
        log_in(&mut site.browser(), "lin", "wrong", "").await;
    }
    let code = site.code().await;
    assert_eq!(log_in(&mut site.browser(), "lin", OWN, &code).await.status, 429);
    site.pass(31);
    let code = site.code().await;
    assert_eq!(log_in(&mut site.browser(), "lin", OWN, &code).await.status, 303);
}

#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_known_one() {
    let site = Site::real(false).await;
    site.enrol(&mut site.browser()).await;
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..12 {
        for (i, name) in ["lin", "nobody"].into_iter().enumerate() {
            site.pass(2 * 86_400);
            let mut b = site.browser();
            let token = b.token().await;
            let body = format!("csrf={token}&name={name}&password=wrong&code=123456");
            let began = Instant::now();
            assert_eq!(b.send("POST", "/login", &[], &body).await.status, 401);
            times[i].push(began.elapsed());
        }
    }
    // The least of several is the work without what else the machine does.
    let [known, unknown] = times.map(|t| t.into_iter().min().unwrap().as_secs_f64());
    assert!((known / unknown - 1.0).abs() < 0.5, "known {known:.4} s, unknown {unknown:.4} s");
}

#[tokio::test]
async fn a_key_that_somebody_else_fixed_is_worth_nothing() {
    let site = Site::real(false).await;
    let mut victim = site.browser();
    let fixed = victim.get("/login").await.header("set-cookie").split(';').next().unwrap().to_owned();
    site.enrol(&mut victim).await;
    assert!(is_in(&mut victim).await);
    let (name, key) = fixed.split_once('=').unwrap();
    let mut attacker = site.browser();
    attacker.hold(name, key);
    assert!(!is_in(&mut attacker).await);
    // The key that holds now would, and what the database keeps of it would not.
    let now = victim.held(name);
    assert_ne!(now, key);
    attacker.hold(name, &doudi_web::session::stored(&now));
    assert!(!is_in(&mut attacker).await);
    attacker.hold(name, &now);
    assert!(is_in(&mut attacker).await);
    // Leaving ends the session for whoever holds its key.
    assert_eq!(victim.post("/role/leave", &[]).await.status, 303);
    assert!(!is_in(&mut victim).await);
}

#[tokio::test]
async fn sessions_run_out_after_idling_and_after_a_day_of_work() {
    let site = Site::real(false).await;
    let mut b = site.browser();
    site.enrol(&mut b).await;
    site.pass(IDLE - 60);
    assert!(is_in(&mut b).await);
    site.pass(IDLE);
    assert!(!is_in(&mut b).await);
    let code = site.code().await;
    log_in(&mut b, "lin", OWN, &code).await;
    let mut worked = 0;
    while worked + 600 < ABSOLUTE {
        site.pass(600);
        worked += 600;
        assert!(is_in(&mut b).await, "after {worked} s");
    }
    site.pass(600);
    assert!(!is_in(&mut b).await);
}

#[tokio::test]
async fn a_session_is_revoked_with_the_very_next_request() {
    let site = Site::real(false).await;
    let (mut desk, mut elsewhere) = (site.browser(), site.browser());
    site.enrol(&mut desk).await;
    let code = site.code().await;
    log_in(&mut elsewhere, "lin", OWN, &code).await;
    // The owner ends the other one.
    let page = desk.get("/account").await.body;
    let id = between(&page, "name=\"session\" value=\"", "\"").to_owned();
    assert_eq!(desk.post("/account/end", &[("session", &id)]).await.status, 303);
    assert!(!is_in(&mut elsewhere).await && is_in(&mut desk).await);
    // A new password ends all others and rotates this one.
    site.pass(30);
    let code = site.code().await;
    log_in(&mut elsewhere, "lin", OWN, &code).await;
    site.pass(30);
    let code = site.code().await;
    let new = "河湾村的梨树 今年开了三回";
    let fields = [("password", OWN), ("code", &code), ("new", new), ("again", new)];
    let changed = desk.post("/account/password", &fields).await;
    assert_eq!(changed.header("location"), "/account?done=password", "{}", changed.body);
    assert!(!is_in(&mut elsewhere).await && is_in(&mut desk).await);
    // Shut by another process.
    site.store.disable_account(StaffId(CLERK)).await.unwrap();
    assert!(!is_in(&mut desk).await);
    site.pass(30);
    let code = site.code().await;
    assert_eq!(log_in(&mut desk, "lin", new, &code).await.status, 401);
}

#[tokio::test]
async fn roles_without_a_password_end_where_the_demonstration_ends() {
    let site = Site::new(false, false).await;
    let mut b = site.browser();
    b.be(CLERK).await;
    assert!(is_in(&mut b).await);
    // Another name for this machine, or a proxy in between, is another address.
    for (host, extra) in [("doudi.example", None), ("127.0.0.1", Some(("X-Forwarded-For", "203.0.113.9")))] {
        let mut c = site.browser();
        c.host = host.to_owned();
        let extra: Vec<(&str, &str)> = extra.into_iter().collect();
        let page = c.send("GET", "/", &extra, "").await;
        assert!(page.body.contains("name=\"password\"") && !page.body.contains("action=\"/role\""), "{host}");
        let token = between(&page.body, "name=\"csrf\" value=\"", "\"").to_owned();
        let refused = c.send("POST", "/role", &extra, &format!("csrf={token}&staff=1")).await;
        assert_eq!(refused.status, 403, "{host}");
        assert_eq!(c.send("GET", "/households", &extra, "").await.status, 303);
    }
    // A real division arrives while the server runs: the role that was taken is gone as well.
    import_real(&site.store).await;
    assert!(!is_in(&mut b).await);
    let page = b.get("/").await.body;
    assert!(page.contains("name=\"password\"") && !page.contains("action=\"/role\""));
    assert_eq!(b.post("/role", &[("staff", "1")]).await.status, 403);
    assert_eq!(b.post("/day", &[]).await.status, 403);
}

#[tokio::test]
async fn behind_a_proxy_the_cookie_is_bound_to_the_host_and_plain_http_is_refused() {
    let site = Site::real(true).await;
    let mut b = site.browser();
    let page = b.get("/login").await;
    assert!(page.body.contains("没有加密"));
    assert_eq!(log_in(&mut b, "lin", FIRST, "").await.status, 403);
    let https = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9")];
    let mut c = site.browser();
    let page = c.send("GET", "/login", &https, "").await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-doudi_session=") && cookie.contains("; Path=/;"), "{cookie}");
    assert!(cookie.contains("; HttpOnly") && cookie.ends_with("; Secure") && !cookie.contains("Domain"));
    let token = between(&page.body, "name=\"csrf\" value=\"", "\"").to_owned();
    let body = format!("csrf={token}&name=lin&password={FIRST}");
    assert_eq!(c.send("POST", "/login", &https, &body).await.header("location"), "/login/first");
    // A foreign origin and a missing token are refused.
    let foreign = [https[0], https[1], ("Origin", "https://evil.example")];
    assert_eq!(c.send("POST", "/login", &foreign, &body).await.status, 403);
    assert_eq!(c.send("POST", "/login", &https, "name=lin&password=x").await.status, 403);
}

/// Where nobody may take a role, no line but the public ones answers before somebody has signed in, and a form of one's
/// own account is taken only with the token of that session and from this site.
#[tokio::test]
async fn without_an_account_only_the_public_lines_answer() {
    let site = Site::real(false).await;
    let mut b = site.browser();
    let token = b.token().await;
    let ours = format!("http://{}", b.host);
    let mut closed = 0;
    for line in lines().iter().filter(|l| !matches!(l.who, Who::Public | Who::Service(_))) {
        let path = line
            .path
            .replace("{id}", "1")
            .replace("{action}", "assign")
            .replace("{outcome}", "dibao")
            .replace("{purpose}", "verify");
        let answer = match line.verb {
            Verb::Get => b.get(&path).await,
            Verb::Post => b.send("POST", &path, &[("Origin", &ours)], &format!("csrf={token}")).await,
        };
        assert_eq!(answer.status, 303, "{:?} {path}", line.verb);
        assert!(answer.header("location").starts_with("/?next="), "{path}");
        closed += 1;
    }
    assert!(closed > 25, "{closed}");
    site.enrol(&mut b).await;
    let old = token;
    let token = b.token().await;
    assert_ne!(old, token);
    let mut forged = 0;
    for line in lines().iter().filter(|l| l.who == Who::Account && l.verb == Verb::Post) {
        for (origin, body) in [
            (ours.as_str(), String::new()),
            (&ours, format!("csrf={old}")),
            ("http://evil.example", format!("csrf={token}")),
            ("null", format!("csrf={token}")),
        ] {
            let answer = b.send("POST", line.path, &[("Origin", origin)], &body).await;
            assert_eq!(answer.status, 403, "{} {origin} {body}", line.path);
            forged += 1;
        }
    }
    assert_eq!(forged, 8);
    assert!(is_in(&mut b).await);
}
