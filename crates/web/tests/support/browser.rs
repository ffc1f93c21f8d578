//! A browser without scripts: a cookie jar, links and forms over plain HTTP/1.1.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }
}

pub struct Browser {
    addr: SocketAddr,
    pub host: String,
    jar: BTreeMap<String, String>,
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

impl Browser {
    pub fn new(addr: SocketAddr) -> Self {
        Self { addr, host: addr.to_string(), jar: BTreeMap::new() }
    }

    /// Puts a cookie into the jar.
    #[allow(dead_code, reason = "not every test file fixes cookies")]
    pub fn hold(&mut self, name: &str, value: &str) {
        self.jar.insert(name.to_owned(), value.to_owned());
    }

    /// A cookie of the jar.
    #[allow(dead_code, reason = "not every test file looks into the jar")]
    pub fn held(&self, name: &str) -> String {
        self.jar.get(name).cloned().unwrap_or_default()
    }

    /// One request, redirects not followed.
    pub async fn send(&mut self, method: &str, path: &str, extra: &[(&str, &str)], body: &str) -> Answer {
        self.send_bytes(method, path, extra, body.as_bytes()).await
    }

    /// The same with a body that need not be text.
    pub async fn send_bytes(
        &mut self,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        let jar: Vec<String> = self.jar.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\nContent-Length: {}\r\n",
            self.host,
            jar.join("; "),
            body.len()
        );
        if method == "POST" && extra.iter().all(|(n, _)| *n != "Content-Type") {
            head.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        }
        for (name, value) in extra {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw).await.unwrap();
        let split = raw.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&raw[..split]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|l| l.split_once(": "))
            .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
            .collect();
        for (_, cookie) in headers.iter().filter(|(n, _)| n == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.jar.insert(name.to_owned(), value.to_owned());
        }
        let mut body = raw[split + 4..].to_vec();
        if headers.iter().any(|(n, v)| n == "transfer-encoding" && v == "chunked") {
            body = unchunk(&body);
        }
        Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// The token that the forms of this browser carry.
    pub async fn token(&mut self) -> String {
        let mut page = self.get("/").await;
        if page.status == 303 {
            let to = page.header("location").to_owned();
            page = self.get(&to).await;
        }
        let page = page.body;
        let at = page.find("name=\"csrf\" value=\"").unwrap() + 19;
        page[at..at + 64].to_owned()
    }

    /// Posts a form of the page as a browser does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let origin = format!("http://{}", self.host);
        let mut pairs = vec![format!("csrf={token}")];
        pairs.extend(fields.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))));
        self.send("POST", path, &[("Origin", &origin)], &pairs.join("&")).await
    }

    /// Searches, and gives the page with the answer.
    #[allow(dead_code, reason = "not every test file searches")]
    pub async fn find(&mut self, q: &str) -> Answer {
        let sent = self.post("/search", &[("q", q)]).await;
        assert_eq!((sent.status, sent.header("location")), (303, "/search"), "{}", sent.body);
        self.get("/search").await
    }

    /// Takes a role.
    pub async fn be(&mut self, staff: i64) {
        let answer = self.post("/role", &[("staff", &staff.to_string()), ("next", "/workbench")]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
}

fn unchunk(mut raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let end = raw.windows(2).position(|w| w == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&raw[..end]).unwrap().trim(), 16).unwrap();
        if size == 0 {
            return out;
        }
        out.extend_from_slice(&raw[end + 2..end + 2 + size]);
        raw = &raw[end + 4 + size..];
    }
}
