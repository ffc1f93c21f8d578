//! The interface of departments on a real server: every line behind a token is attacked, and a delivery goes its way.
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

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use browser::{Answer, Browser};
use doudi_access::identity::token;
use doudi_registry::DeliveryId;
use doudi_store::Store;
use doudi_store::inbox::{InboxCounts, InboxReason, Settled};
use doudi_web::api::problem::Problem;
use doudi_web::api::{Feed, TEXT, WORKBOOK, openapi};
use doudi_web::routes::{Line, Verb, Who, lines};
use doudi_web::{AppState, Config, Lang, Rim, serve_on};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const START: i64 = 1_750_000_000;
const UNTIL: i64 = START + 86_400;
const CLERK: i64 = 1;
const SEND: &str = "/api/v1/feeds/disability/deliveries?period=2024-05";
/// A number of a fictional person, put where it does not belong.
const NUMBER: &str = "990121197203173138";

struct Site {
    store: Store,
    now: Arc<AtomicI64>,
    addr: std::net::SocketAddr,
    _folder: tempfile::TempDir,
}

fn feeds() -> Vec<Feed> {
    let feed = |id: &str, workbook| Feed {
        id: id.to_owned(),
        zh: "残疾人登记".to_owned(),
        en: "register of disabled people".to_owned(),
        workbook,
    };
    vec![feed("disability", false), feed("education", false), feed("vehicles", true)]
}

impl Site {
    async fn new(behind_proxy: bool, service_rate: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("doudi.db").display());
        let store = Store::open(&url, doudi_store::testing::keys()).await.unwrap();
        let county = county::build(store.clone(), county::law()).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let now = Arc::new(AtomicI64::new(START));
        let clock = now.clone();
        let rim = Rim {
            clock: Arc::new(move || clock.load(Ordering::SeqCst)),
            behind_proxy,
            feeds: feeds(),
            service_rate,
            ..Rim::default()
        };
        let state = AppState::with_rim(store.clone(), county.law, Config { addr, lang: Lang::Zh }, rim);
        tokio::spawn(serve_on(state.await.unwrap(), listener));
        Self { store, now, addr, _folder: folder }
    }

    /// A service with a token.
    async fn service(&self, seed: u8, scopes: &[&str], division: &str) -> String {
        let token = token::token(&[seed; 32]);
        let division = division.parse().unwrap();
        let name = format!("接口{seed}");
        self.store.add_service(&name, &token::digest(&token), scopes, &division, UNTIL).await.unwrap();
        token
    }

    async fn send(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        Browser::new(self.addr).send_bytes("POST", path, headers, body).await
    }

    /// Sends a text as a department does.
    async fn deliver(&self, token: &str, path: &str, body: &[u8]) -> Answer {
        let bearer = format!("Bearer {token}");
        self.send(path, &[("Authorization", &bearer), ("Content-Type", TEXT)], body).await
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        Browser::new(self.addr).send("GET", path, &[("Authorization", &bearer)], "").await
    }

    async fn waiting(&self) -> usize {
        self.store.inbox_waiting().await.unwrap().len()
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{e}: {}", answer.body))
}

/// It is this problem, told in both languages, and nothing else was said or set.
#[track_caller]
fn refused(answer: &Answer, problem: Problem) {
    assert_eq!(answer.status, problem.status().as_u16(), "{problem:?}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    assert_eq!(json(answer), problem.document());
    assert!(answer.header("set-cookie").is_empty() && !answer.body.contains(NUMBER));
    assert_eq!(answer.header("www-authenticate").is_empty(), answer.status != 401);
    assert_eq!(answer.header("retry-after").is_empty(), answer.status != 429);
}

fn service_lines() -> Vec<Line> {
    lines().into_iter().filter(|l| matches!(l.who, Who::Service(_))).collect()
}

fn address(line: &Line) -> String {
    let path = line.path.replace("{feed}", "disability").replace("{id}", "1");
    if line.verb == Verb::Post { format!("{path}?period=2024-05") } else { path }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_behind_a_token_is_attacked() {
    let site = Site::new(false, 1_000).await;
    let good = site.service(1, &["deliver"], "990121").await;
    let narrow = site.service(2, &["deliver:education"], "990121").await;
    let useless = site.service(3, &["read"], "990121").await;
    let shut = site.service(4, &["deliver"], "990121").await;
    let first = site.deliver(&good, SEND, b"a\n1\n").await;
    assert_eq!(first.status, 201, "{}", first.body);
    let mut browser = Browser::new(site.addr);
    browser.be(CLERK).await;

    let all = service_lines();
    assert_eq!(all.len(), 2);
    for line in &all {
        let path = address(line);
        let go = async |extra: &[(&str, &str)], path: &str| {
            let verb = if line.verb == Verb::Get { "GET" } else { "POST" };
            let mut headers = vec![("Content-Type", TEXT)];
            headers.extend_from_slice(extra);
            Browser::new(site.addr).send(verb, path, &headers, "a\n2\n").await
        };
        let with = async |token: &str| go(&[("Authorization", &format!("Bearer {token}"))], &path).await;
        refused(&go(&[], &path).await, Problem::NoToken);
        for wrong in ["", "Bearer", "Basic YTpi", &good, &format!("Token {good}")] {
            refused(&go(&[("Authorization", wrong)], &path).await, Problem::NoToken);
        }
        let twice = [("Authorization", "Bearer x"), ("Authorization", "Bearer x")];
        refused(&go(&twice, &path).await, Problem::NoToken);
        let foreign = token::token(&[99; 32]);
        for wrong in [
            foreign.as_str(),
            "x",
            "' OR 1=1 --",
            &good.to_uppercase(),
            &token::digest(&good),
            &format!("{good}0"),
        ] {
            refused(&with(wrong).await, Problem::BadToken);
        }
        refused(&with(&useless).await, Problem::WrongScope);
        // In the address, with and without a header beside it.
        for name in ["access_token", "token", "q"] {
            let joined = format!("{path}{}{name}={good}", if path.contains('?') { "&" } else { "?" });
            refused(&go(&[], &joined).await, Problem::TokenInAddress);
            refused(
                &go(&[("Authorization", &format!("Bearer {good}"))], &joined).await,
                Problem::TokenInAddress,
            );
        }
        // A person's session is no token.
        let cookie = format!("doudi_session={}", browser.held("doudi_session"));
        refused(&go(&[("Cookie", &cookie)], &path).await, Problem::NoToken);
        // Shut, renewed, run out: with the very next request.
        assert!(with(&shut).await.status < 500);
        assert_ne!(with(&shut).await.status, 401);
        site.store.disable_service("接口4").await.unwrap();
        refused(&with(&shut).await, Problem::BadToken);
        site.store.renew_service("接口4", &token::digest(&shut), UNTIL).await.unwrap();
        assert_ne!(with(&shut).await.status, 401);
        site.now.store(UNTIL, Ordering::SeqCst);
        refused(&with(&shut).await, Problem::BadToken);
        site.now.store(START, Ordering::SeqCst);
        // In the clear past a proxy that nobody announced, nothing is believed; the token still counts.
        assert_ne!(with(&good).await.status, 401);
    }
    // The area, and the feed of a narrow token.
    let foreign = site.service(5, &["deliver"], "990222").await;
    refused(&site.deliver(&foreign, &format!("{SEND}&division=990121"), b"a\n3\n").await, Problem::WrongArea);
    refused(&site.deliver(&good, &format!("{SEND}&division=9901"), b"a\n3\n").await, Problem::WrongArea);
    refused(&site.deliver(&good, &format!("{SEND}&division=990122"), b"a\n3\n").await, Problem::WrongArea);
    refused(&site.deliver(&foreign, SEND, b"a\n3\n").await, Problem::NoDivision);
    refused(&site.deliver(&narrow, SEND, b"a\n3\n").await, Problem::WrongScope);
    // Somebody else's receipt is none, whether it exists or not.
    for path in ["/api/v1/deliveries/1", "/api/v1/deliveries/999999"] {
        refused(&site.get(&narrow, path).await, Problem::NotFound);
        refused(&site.get(&foreign, path).await, Problem::NotFound);
    }
    // Each is on record, with the program that it was where that is known, and without what was sent.
    let leaves = site.store.leaves_of("").await.unwrap();
    let told: Vec<Value> = leaves
        .iter()
        .filter(|leaf| leaf.kind == "access.refused")
        .map(|leaf| serde_json::from_str(leaf.payload.as_ref().unwrap()).unwrap())
        .collect();
    for (why, service) in
        [("token", None), ("post", Some("3")), ("post", Some("2")), ("not_found", Some("5"))]
    {
        let hit = |t: &&Value| t["why"] == why && t["service"].as_str() == service;
        let hit = told.iter().find(hit).unwrap_or_else(|| panic!("{why} {service:?}: {told:?}"));
        assert_eq!(hit["action"], "service.deliver");
    }
    assert_eq!(site.get(&good, "/api/v1/deliveries/1").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_and_nothing_is_kept() {
    let site = Site::new(false, 1_000).await;
    let token = site.service(1, &["deliver"], "990121").await;
    let bearer = format!("Bearer {token}");
    let go = async |path: &str, extra: &[(&str, &str)], body: &[u8]| {
        let mut headers = vec![("Authorization", bearer.as_str())];
        headers.extend_from_slice(extra);
        site.send(path, &headers, body).await
    };
    let csv = ("Content-Type", TEXT);
    // Feeds, also one with somebody's number in its place.
    for feed in ["nothing", NUMBER, "..%2F..%2Fetc", "disability%20", "%27%3B--", "Disability"] {
        let path = format!("/api/v1/feeds/{feed}/deliveries?period=2024-05");
        refused(&go(&path, &[csv], b"a").await, Problem::NoFeed);
    }
    for path in ["/api/v1/feeds/%FF/deliveries?period=2024-05"] {
        assert!(matches!(go(path, &[csv], b"a").await.status, 400 | 404));
    }
    // Parameters.
    for query in [
        "".to_owned(),
        "period=".to_owned(),
        format!("period={NUMBER}"),
        "period=2024-5".to_owned(),
        "period=2024-13".to_owned(),
        "period=2024-05&period=2024-05".to_owned(),
        "period=2024-05&state=accepted".to_owned(),
        format!("period=2024-05&service={NUMBER}"),
        "period=2024-05&division=".to_owned(),
        "period=2024-05&division=99012".to_owned(),
        format!("period=2024-05&division={NUMBER}"),
        "period=2024-05&division=990121&division=990121".to_owned(),
        "period=%FF".to_owned(),
        "period=2024-05' OR '1'='1".replace(' ', "%20"),
    ] {
        let path = format!("/api/v1/feeds/disability/deliveries?{query}");
        refused(&go(&path, &[csv], b"a").await, Problem::BadParameter);
    }
    let future = "/api/v1/feeds/disability/deliveries?period=2024-07";
    refused(&go(future, &[csv], b"a").await, Problem::Future);
    // Keys of the sender.
    for key in ["", "with blank", "键", &"k".repeat(129)] {
        refused(&go(SEND, &[csv, ("Idempotency-Key", key)], b"a").await, Problem::BadKey);
    }
    // Types.
    for kind in
        ["application/json", WORKBOOK, "text/html", "text/csvx", "multipart/form-data; boundary=x", ""]
    {
        refused(&go(SEND, &[("Content-Type", kind)], b"a").await, Problem::WrongType);
    }
    refused(&go(SEND, &[csv, ("Content-Encoding", "gzip")], b"a").await, Problem::WrongType);
    let workbook = "/api/v1/feeds/vehicles/deliveries?period=2024-05";
    refused(&go(workbook, &[csv], b"a").await, Problem::WrongType);
    refused(&go(workbook, &[("Content-Type", WORKBOOK)], b"a,b\n").await, Problem::WrongType);
    // Content.
    refused(&go(SEND, &[csv], b"").await, Problem::Empty);
    refused(&oversize(&site, &bearer, true).await, Problem::TooLarge);
    refused(&oversize(&site, &bearer, false).await, Problem::TooLarge);
    // Addresses and methods.
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v2/health",
        "/api/v1/families",
        "/api/v1/deliveries/x",
        "/api/v1/deliveries/-1",
        "/api/v1/deliveries/+1",
        "/api/v1/deliveries/01",
        "/api/v1/deliveries/99999999999999999999",
    ] {
        refused(&site.get(&token, path).await, Problem::NotFound);
    }
    let other = site.get(&token, SEND).await;
    refused(&other, Problem::WrongMethod);
    assert_eq!(other.header("allow"), "POST");
    refused(&site.get(&token, "/api/v1/deliveries/1?x=1").await, Problem::BadParameter);
    assert_eq!(site.waiting().await, 0, "nothing of all this was kept");
}

/// A body larger than is taken: announced, or in pieces without a length.
async fn oversize(site: &Site, bearer: &str, announced: bool) -> Answer {
    let most = doudi_web::api::deliveries::MOST_BYTES;
    let mut stream = tokio::net::TcpStream::connect(site.addr).await.unwrap();
    let length = match announced {
        true => format!("Content-Length: {}", most + 1),
        false => "Transfer-Encoding: chunked".to_owned(),
    };
    let head = format!(
        "POST {SEND} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: {bearer}\r\nContent-Type: {TEXT}\r\n{length}\r\n\r\n",
        site.addr
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    if !announced {
        // One byte too many, and nothing after it.
        let piece = vec![b'a'; 1 << 20];
        for size in std::iter::repeat_n(piece.len(), most >> 20).chain([1]) {
            stream.write_all(format!("{size:x}\r\n").as_bytes()).await.unwrap();
            stream.write_all(&piece[..size]).await.unwrap();
            stream.write_all(b"\r\n").await.unwrap();
        }
    }
    let mut raw = Vec::new();
    let mut buffer = [0; 4096];
    // The server closes without reading the rest, which may reach us as a reset after the answer.
    while let Ok(n @ 1..) = stream.read(&mut buffer).await {
        raw.extend_from_slice(&buffer[..n]);
    }
    let text = String::from_utf8(raw).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let headers = head.lines().skip(1).filter_map(|l| l.split_once(": "));
    let headers = headers.map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_received_once_and_its_receipt_tells_what_became_of_it() {
    let site = Site::new(false, 1_000).await;
    let token = site.service(1, &["deliver:disability"], "990121").await;
    let file = format!("姓名,证件号码\n石望山,{NUMBER}\n");
    let first = site.deliver(&token, SEND, file.as_bytes()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(first.header("location"), "/api/v1/deliveries/1");
    assert!(first.header("set-cookie").is_empty());
    let receipt = json(&first);
    assert_eq!((&receipt["id"], &receipt["state"]), (&1.into(), &"waiting".into()));
    assert_eq!(receipt["bytes"], file.len());
    assert_eq!(receipt["division"], "990121");
    assert_eq!(receipt["received_at"], "2025-06-15T15:06:40Z");
    assert!(receipt["rows"].is_null() && receipt["settled_at"].is_null());
    // The same bytes: the same receipt, whatever the key; another month is another file.
    let bearer = format!("Bearer {token}");
    let keyed = async |key: &str, path: &str, body: &[u8]| {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Idempotency-Key", key),
        ];
        site.send(path, &headers, body).await
    };
    let again = site.deliver(&token, SEND, file.as_bytes()).await;
    assert_eq!((again.status, json(&again)), (200, receipt.clone()));
    assert_eq!(keyed("a", SEND, file.as_bytes()).await.status, 200);
    assert_eq!(keyed("b", &SEND.replace("-05", "-04"), b"x\n").await.status, 201);
    assert_eq!(keyed("b", &SEND.replace("-05", "-04"), b"x\n").await.status, 200);
    refused(&keyed("b", SEND, b"y\n").await, Problem::KeyReused);
    assert_eq!(site.waiting().await, 2);
    // A person settles it.
    let item = site.store.inbox_item(1).await.unwrap().unwrap();
    assert_eq!(site.store.inbox_content(&item).await.unwrap(), file.as_bytes());
    let reason = InboxReason {
        code: "not_on_register".to_owned(),
        rows: 1,
        zh: "户籍登记中没有此人".to_owned(),
        en: "nobody on the register".to_owned(),
        lines: vec![2],
    };
    let counts = InboxCounts { rows: 3, accepted: 1, quarantined: 1, repeated: 1 };
    let settled = Settled {
        delivery: Some(DeliveryId(7)),
        counts: Some(counts),
        reasons: vec![reason],
        now: START + 60,
    };
    site.store.settle_inbox(1, &settled).await.unwrap();
    let answer = site.get(&token, "/api/v1/deliveries/1").await;
    let told = json(&answer);
    assert_eq!((answer.status, &told["state"]), (200, &"accepted".into()));
    assert_eq!((&told["rows"], &told["accepted"]), (&3.into(), &1.into()));
    assert_eq!((&told["quarantined"], &told["repeated"]), (&1.into(), &1.into()));
    assert_eq!(told["reasons"][0]["lines"][0], 2);
    assert_eq!(told["settled_at"], "2025-06-15T15:07:40Z");
    assert!(
        !answer.body.contains(NUMBER) && !answer.body.contains("石望山") && told.get("delivery").is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_slowed_down_alone_and_nothing_travels_in_the_clear() {
    let site = Site::new(true, 3).await;
    let one = site.service(1, &["deliver"], "990121").await;
    let two = site.service(2, &["deliver"], "990121").await;
    let path = "/api/v1/deliveries/9";
    for _ in 0..3 {
        refused(&site.get(&one, path).await, Problem::NotFound);
    }
    refused(&site.get(&one, path).await, Problem::TooMany);
    refused(&site.get(&two, path).await, Problem::NotFound);
    site.now.fetch_add(60, Ordering::SeqCst);
    refused(&site.get(&one, path).await, Problem::NotFound);
    let bearer = format!("Bearer {two}");
    let through = async |proto: &str| {
        let headers = [("Authorization", bearer.as_str()), ("X-Forwarded-Proto", proto)];
        Browser::new(site.addr).send("GET", path, &headers, "").await
    };
    refused(&through("http").await, Problem::PlainHttp);
    refused(&through("https").await, Problem::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_of_the_lines_that_are_served() {
    let site = Site::new(false, 1_000).await;
    let health = Browser::new(site.addr).get("/api/v1/health").await;
    assert_eq!((health.status, json(&health)["status"].as_str()), (200, Some("ok")));
    assert!(health.header("set-cookie").is_empty());
    let answer = Browser::new(site.addr).get("/api/v1/openapi.json").await;
    let document = json(&answer);
    assert_eq!(document, openapi::document(&feeds()));
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            described.insert((path.clone(), verb.to_uppercase()));
            let secured = !operation["security"].as_array().unwrap().is_empty();
            let line = lines().into_iter().find(|l| l.path == path).unwrap();
            assert_eq!(secured, matches!(line.who, Who::Service(_)), "{path}");
        }
    }
    let served: BTreeSet<_> = lines()
        .iter()
        .filter(|l| l.path.starts_with("/api/"))
        .map(|l| (l.path.to_owned(), if l.verb == Verb::Get { "GET" } else { "POST" }.to_owned()))
        .collect();
    assert_eq!(described, served);
    // Whoever is told a problem finds it there, once, in both languages.
    let mut codes = BTreeSet::new();
    for problem in Problem::ALL {
        let told = problem.document();
        assert!(codes.insert(problem.code()), "{} stands twice", problem.code());
        let pointer = told["type"].as_str().unwrap().split_once('#').unwrap().1;
        assert_eq!(document.pointer(pointer), Some(&told));
        for field in ["title", "detail", "title_zh", "detail_zh"] {
            let text = told[field].as_str().unwrap();
            let chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert_eq!(chinese, field.ends_with("_zh"), "{text}");
        }
    }
    // Nothing else is under the address, and nothing there speaks of families.
    let text = document["paths"].to_string() + &document["components"].to_string();
    for word in ["household", "person", "lead", "case", "姓名", "证件号码"] {
        assert!(!text.contains(&format!("\"{word}\"")), "{word}");
    }
}
