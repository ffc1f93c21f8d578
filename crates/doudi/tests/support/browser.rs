//! A browser without scripts over plain HTTP/1.1: cookies, links, forms.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

pub(crate) struct Browser {
    address: String,
    jar: BTreeMap<String, String>,
}

fn escape(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Browser {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), jar: BTreeMap::new() }
    }

    /// One request; gives status, where it leads and the body.
    fn send(&mut self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let jar: Vec<String> = self.jar.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            self.address,
            jar.join("; "),
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw).unwrap();
        let raw = String::from_utf8_lossy(&raw).into_owned();
        let (head, body) = raw.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut place = String::new();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "location" => place = value.to_owned(),
                "set-cookie" => {
                    let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                    self.jar.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        (status, place, body.to_owned())
    }

    /// A page that must be there.
    pub(crate) fn get(&mut self, path: &str) -> String {
        let (status, _, body) = self.send("GET", path, "");
        assert_eq!(status, 200, "{path}: {}", text(&body));
        body
    }

    /// Sends a form of a page with the hidden fields that the page holds; it must be accepted.
    pub(crate) fn post(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) {
        let form = self.get(page);
        let mut pairs = vec![("csrf", hidden(&form, "csrf")), ("version", hidden(&form, "version"))];
        pairs.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let (status, _, answer) = self.send("POST", &format!("{page}{action}"), &body.join("&"));
        assert_eq!(status, 303, "{page}{action}: {}", text(&answer));
    }

    /// Takes the role of somebody.
    pub(crate) fn role(&mut self, staff: &str) {
        self.post("/", "role", &[("staff", staff), ("next", "")]);
    }

    /// Links of a page that begin so and go on with a number, in their order.
    pub(crate) fn hrefs(&self, page: &str, start: &str) -> Vec<String> {
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let number = |link: &str| link.strip_prefix(start).is_some_and(|n| n.parse::<u32>().is_ok());
        links.filter(|link| number(link)).map(str::to_owned).collect()
    }
}

fn hidden(form: &str, name: &str) -> String {
    let found = form.split_once(&format!("name=\"{name}\" value=\""));
    found.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// What a page says, without its marks.
pub(crate) fn text(page: &str) -> String {
    let mut out = String::new();
    for part in page.split('<') {
        let said = part.split_once('>').map_or(part, |(_, said)| said);
        out.push_str(said.trim());
        out.push(' ');
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}
