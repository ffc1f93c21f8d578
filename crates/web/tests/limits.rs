//! Clients that are slow, silent, many, or that send what no browser sends: each is ended or refused, and the others are
//! served meanwhile. Raw sockets against a real listener.
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

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use browser::Browser;
use doudi_payment::refusal::Text;
use doudi_payment::{Award, Beneficiary, Kind};
use doudi_policy::Fen;
use doudi_registry::{AwardId, HouseholdId, PersonId};
use doudi_store::Store;
use doudi_web::server::{Limits, serve_within};
use doudi_web::{AppState, Config, Lang};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

const CLERK: i64 = 1;
const FINANCE_OFFICER: i64 = 7;

/// Short times, so that a test sees them pass.
fn limits() -> Limits {
    Limits {
        connections: 40,
        from_one: 24,
        head: Duration::from_millis(800),
        body: Duration::from_millis(1500),
        stalled: Duration::from_millis(1000),
        life: Duration::from_secs(60),
        ..Limits::default()
    }
}

struct Site {
    addr: SocketAddr,
    store: Store,
    _folder: tempfile::TempDir,
}

async fn site() -> Site {
    let (county, folder) = county::opened().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let state = AppState::new(county.store.clone(), county.law.clone(), Config { addr, lang: Lang::Zh });
    tokio::spawn(serve_within(state.await.unwrap(), listener, limits()));
    Site { addr, store: county.store, _folder: folder }
}

/// Another clerk opens a page; how long that takes.
async fn another_clerk(site: &Site) -> Duration {
    let started = Instant::now();
    let socket = TcpSocket::new_v4().unwrap();
    // Another machine, as far as the server sees.
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0))).unwrap();
    let mut stream = timeout(Duration::from_secs(10), socket.connect(site.addr)).await.unwrap().unwrap();
    let answer = exchange(&mut stream, &get(site, "/", ""), Duration::from_secs(10)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    started.elapsed()
}

fn get(site: &Site, path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", site.addr)
}

/// Sends and reads until the server closes.
async fn exchange(stream: &mut TcpStream, request: &str, within: Duration) -> String {
    // A server that refuses in the middle of a request may have closed already.
    let _ = stream.write_all(request.as_bytes()).await;
    until_closed(stream, within).await
}

async fn until_closed(stream: &mut TcpStream, within: Duration) -> String {
    let mut raw = Vec::new();
    let closed = timeout(within, async {
        let mut buffer = [0; 4096];
        while let Ok(read) = stream.read(&mut buffer).await {
            if read == 0 {
                break;
            }
            raw.extend_from_slice(&buffer[..read]);
        }
    });
    closed.await.expect("the server ends the connection");
    String::from_utf8_lossy(&raw).into_owned()
}

async fn ask(site: &Site, request: &str) -> String {
    let mut stream = TcpStream::connect(site.addr).await.unwrap();
    exchange(&mut stream, request, Duration::from_secs(10)).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_trickle_and_connections_that_say_nothing_are_ended() {
    let site = site().await;
    let mut silent = TcpStream::connect(site.addr).await.unwrap();
    let (mut from, mut to) = TcpStream::connect(site.addr).await.unwrap().into_split();
    let trickle = tokio::spawn(async move {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ".bytes().chain(std::iter::repeat(b'a'));
        for byte in request {
            if to.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(another_clerk(&site).await < Duration::from_secs(3));
    until_closed(&mut silent, Duration::from_secs(5)).await;
    let mut rest = Vec::new();
    let _ =
        timeout(Duration::from_secs(5), from.read_to_end(&mut rest)).await.expect("the slow one is ended");
    timeout(Duration::from_secs(5), trickle).await.expect("it cannot go on writing").unwrap();
    // A connection that has had its page and says nothing more is ended as well.
    let mut idle = TcpStream::connect(site.addr).await.unwrap();
    let request = get(&site, "/", "").replace("Connection: close\r\n", "");
    assert!(exchange(&mut idle, &request, Duration::from_secs(5)).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_trickles_is_refused_and_nothing_of_it_is_taken() {
    let site = site().await;
    let mut browser = Browser::new(site.addr);
    let token = browser.token().await;
    let mut stream = TcpStream::connect(site.addr).await.unwrap();
    let cookie = "Cookie: x=1\r\n";
    let head = format!(
        "POST /role HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n{cookie}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\ncsrf={token}&staff=",
        site.addr
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let started = Instant::now();
    let (mut from, mut to) = stream.into_split();
    tokio::spawn(async move {
        while to.write_all(b"1").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(another_clerk(&site).await < Duration::from_secs(3));
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(8), from.read_to_end(&mut answer)).await.expect("it is ended");
    assert!(started.elapsed() < Duration::from_secs(8));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.is_empty() || matches!(status(&answer), 400 | 403), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_never_reads_holds_nothing_for_long() {
    let site = site().await;
    // More answers than the buffers of both sides hold, asked for in one go and never read.
    let stylesheet = get(&site, "/assets/doudi.css", "").replace("Connection: close\r\n", "");
    let mut deaf = Vec::new();
    for _ in 0..8 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(site.addr).await.unwrap();
        let many = stylesheet.repeat(400);
        let _ = timeout(Duration::from_millis(500), stream.write_all(many.as_bytes())).await;
        deaf.push(stream);
    }
    assert!(another_clerk(&site).await < Duration::from_secs(3));
    tokio::time::sleep(Duration::from_secs(4)).await;
    for stream in &mut deaf {
        // The server is gone: what it had written is read, then the end, or a reset.
        timeout(Duration::from_secs(5), async {
            let mut buffer = [0; 65536];
            while matches!(stream.read(&mut buffer).await, Ok(read) if read > 0) {}
        })
        .await
        .expect("the connection was ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_take_every_connection() {
    let site = site().await;
    let mut held = Vec::new();
    for _ in 0..60 {
        held.push(TcpStream::connect(site.addr).await.unwrap());
    }
    assert!(another_clerk(&site).await < Duration::from_secs(3), "another address is served at once");
    for stream in &mut held {
        until_closed(stream, Duration::from_secs(5)).await;
    }
    // And the first one again, once its connections have ended.
    assert!(ask(&site, &get(&site, "/", "")).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_beyond_the_limits_are_refused() {
    let site = site().await;
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    assert_eq!(status(&ask(&site, &get(&site, "/", &many)).await), 431);
    let long = format!("X-Long: {}\r\n", "a".repeat(200_000));
    let answer = ask(&site, &get(&site, "/", &long)).await;
    assert!(matches!(status(&answer), 431 | 0), "{answer}");
    let path = format!("/{}", "a".repeat(100_000));
    let answer = ask(&site, &get(&site, &path, "")).await;
    assert!(matches!(status(&answer), 404 | 414 | 431 | 0), "{answer}");
    for broken in [
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rSet-Cookie: b=1\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: a\r\nX\u{0}: a\r\n\r\n".to_owned(),
        "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "POST /role HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef".to_owned(),
        "POST /role HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "POST /role HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".to_owned(),
    ] {
        let answer = ask(&site, &broken).await;
        assert!(matches!(status(&answer), 0 | 400 | 403), "{broken:?}: {answer}");
        assert!(!answer.to_ascii_lowercase().contains("set-cookie: b=1"), "{answer}");
    }
    // More than a form with a file may have; the rest is never sent.
    let mut browser = Browser::new(site.addr);
    browser.be(FINANCE_OFFICER).await;
    let head = format!(
        "POST /rosters/1/returns HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 999999999999\r\n\r\n",
        site.addr
    );
    let answer = ask(&site, &head).await;
    assert!(matches!(status(&answer), 303 | 400 | 403 | 413), "{answer}");
    assert!(another_clerk(&site).await < Duration::from_secs(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_never_becomes_a_header() {
    let site = site().await;
    let mut browser = Browser::new(site.addr);
    browser.be(CLERK).await;
    for path in [
        "/?lang=en%0d%0aSet-Cookie:%20evil=1",
        "/leads?next=%0d%0aX-Evil:%201",
        "/households?q=%0d%0a%0d%0a<html>",
        "/no%0d%0aX-Evil:%201",
    ] {
        let answer = browser.get(path).await;
        assert!(answer.status < 500, "{path}: {}", answer.status);
        assert!(
            !answer.headers.iter().any(|(name, value)| name == "x-evil" || value.contains("evil=1")),
            "{path}"
        );
    }
    let answer = browser.post("/role", &[("staff", "1"), ("next", "/leads\r\nX-Evil: 1")]).await;
    assert!(!answer.headers.iter().any(|(name, _)| name == "x-evil"), "{:?}", answer.headers);
    let answer = browser.post("/role", &[("staff", "1"), ("next", "//evil.example/")]).await;
    assert!(!answer.header("location").contains("evil"), "{}", answer.header("location"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_slot_for_an_identifier_takes_anything_else() {
    let site = site().await;
    let mut browser = Browser::new(site.addr);
    browser.be(CLERK).await;
    let slots = [
        "-1",
        "0",
        "99999999999999999999999",
        "9223372036854775807",
        "-9223372036854775808",
        "1%20",
        "%201",
        "1.0",
        "1e1",
        "0x1",
        "%D9%A1",
        "%EF%BC%91",
        "%E4%B8%80",
        "1;DROP%20TABLE%20leads",
        "1'%20OR%20'1'='1",
        "1%20UNION%20SELECT%201",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "%00",
        "1%00",
        "null",
        "NaN",
        "*",
        "[1]",
        "%E2%80%AE1",
    ];
    for page in ["/leads", "/households", "/cases", "/visit", "/explain", "/rosters"] {
        for slot in slots {
            let path = format!("{page}/{slot}");
            let answer = browser.get(&path).await;
            assert!(matches!(answer.status, 303 | 400 | 403 | 404), "{path}: {}", answer.status);
        }
    }
    // One thing, one address: other spellings of a number that is there name nothing.
    assert_eq!(browser.get("/leads/1").await.status, 200);
    for spelling in ["+1", "01", "1.0", "0x1"] {
        assert_eq!(browser.get(&format!("/leads/{spelling}")).await.status, 404, "{spelling}");
    }
    for query in
        ["page=-1", "page=99999999999999999999", "page=%D9%A1", "page=1&page=2", "page=1%27", "sort=id;DROP"]
    {
        let answer = browser.get(&format!("/leads?{query}")).await;
        assert!(answer.status < 500, "{query}: {}", answer.status);
    }
    assert!(site.store.lead(doudi_registry::LeadId(1)).await.is_ok(), "everything is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_nobody_asked_for_change_nothing_and_fields_sent_twice_are_refused() {
    let site = site().await;
    let mut browser = Browser::new(site.addr);
    browser.be(CLERK).await;
    let before = site.store.lead(doudi_registry::LeadId(1)).await.unwrap();
    let extra = [
        ("status", "closed"),
        ("division", "110000000000"),
        ("household", "2"),
        ("outcome", "dibao"),
        ("score", "0"),
        ("id", "2"),
        ("today", "2030-01-01"),
        ("post", "county_officer"),
        ("made_by", "5"),
        ("urgency", "blue"),
    ];
    let twice = browser.post("/leads/1/assign", &[("staff", "3"), ("staff", "4")]).await;
    assert_eq!(twice.status, 400, "{}", twice.body);
    let misleading = browser.post("/leads/1/dismiss", &[("reason", "已核\u{202e}实")]).await;
    assert_eq!(misleading.status, 409, "{}", misleading.body);
    assert!(misleading.body.contains("U+202E") && misleading.body.contains("\\u202e"), "{}", misleading.body);
    assert!(!misleading.body.contains('\u{202e}'));
    let mut fields = vec![("staff", "3")];
    fields.extend(extra);
    let answer = browser.post("/leads/1/assign", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let after = site.store.lead(doudi_registry::LeadId(1)).await.unwrap();
    assert_eq!(
        (after.household, &after.outcome, after.urgency),
        (before.household, &before.outcome, before.urgency)
    );
    let case = site.store.case(doudi_registry::CaseId(1)).await.unwrap();
    assert_eq!(case.household, before.household);
}

/// A page opens no archive and no XML; what is one is refused as what it is.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_text_or_refused_and_its_name_goes_nowhere() {
    let site = site().await;
    let mut browser = Browser::new(site.addr);
    browser.be(FINANCE_OFFICER).await;
    let token = browser.token().await;
    let origin = format!("http://{}", site.addr);
    let extra = [("Origin", origin.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let award = Award {
        id: AwardId(1),
        case: None,
        programme: "dibao".to_owned(),
        group: "dibao".to_owned(),
        household: HouseholdId(1),
        beneficiary: Beneficiary::Household(HouseholdId(1)),
        covered: vec![PersonId(1)],
        amount: Fen(50_000),
        kind: Kind::Monthly,
        from: "2024-06".parse().unwrap(),
        to: None,
        reason: Text::new("确认", "confirmed"),
        end_reason: None,
    };
    site.store.add_awards(&[award], None).await.unwrap();
    let made = browser.post("/rosters", &[("programme", "dibao"), ("period", "2024-06")]).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let long = "x".repeat(4000);
    for name in [
        "../../../../tmp/doudi-escaped",
        "/tmp/doudi-escaped",
        "C:\\doudi-escaped",
        "a%00b",
        "NUL",
        long.as_str(),
    ] {
        for file in [
            b"PK\x03\x04\x14\x00\xff\xfe\x00bomb".as_slice(),
            b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        ] {
            let start = format!(
                "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
            );
            let body = [start.as_bytes(), file, b"\r\n--b--\r\n"].concat();
            let answer = browser.send_bytes("POST", "/rosters/1/returns", &extra, &body).await;
            assert!(matches!(answer.status, 400 | 409 | 422), "{name}: {}", answer.status);
        }
    }
    assert!(!std::path::Path::new("/tmp/doudi-escaped").exists());
}
