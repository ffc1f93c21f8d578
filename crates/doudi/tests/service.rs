//! A department's system delivers a file to the served program, a person settles it, and the receipt tells what became of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/keys.rs"]
mod keys;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const DATABASE: [&str; 2] = ["--database", "sqlite://x.db"];

fn doudi(folder: &Path, args: &[&str]) -> (i32, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_doudi")).args(args).current_dir(folder).output().unwrap();
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (run.status.code().unwrap(), said)
}

fn service(folder: &Path, args: &[&str]) -> (i32, String) {
    doudi(folder, &[&["service"], args, &DATABASE].concat())
}

fn inbox(folder: &Path, args: &[&str]) -> (i32, String) {
    doudi(folder, &[&["import", "inbox"], args, &DATABASE, &["--data", "data"]].concat())
}

/// A folder with a county of 500 households and a database of its registers.
fn county() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["synth", "--households", "500", "--out", "county"][..],
        &keys::CREATE,
        &["import", "registers", "county/register", "--database", "sqlite://x.db"],
    ] {
        let (code, said) = doudi(folder.path(), args);
        assert_eq!(code, 0, "{args:?}: {said}");
    }
    folder
}

struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_doudi"))
            .args(["serve", "--port", "0"])
            .args(DATABASE)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let address =
            out.lines().map_while(Result::ok).find_map(|l| l.strip_prefix("http://").map(str::to_owned));
        Self(child, address.unwrap())
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &[u8]) -> (u16, serde_json::Value) {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: text/csv\r\nContent-Length: {}\r\n\r\n",
            self.1,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
    }
}

/// The token in what `doudi service` says, which says it once.
fn token(said: &str) -> String {
    let found: Vec<&str> = said.split_whitespace().filter(|w| w.starts_with("doudi_")).collect();
    assert_eq!(found.len(), 1, "{said}");
    found[0].to_owned()
}

#[test]
fn a_file_goes_from_a_department_to_a_receipt() {
    let county = county();
    let folder = county.path();
    let day = |days: &str| {
        let out = Command::new("date").args(["-d", days, "+%F"]).output().unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    let soon = day("+100 days");
    // What cannot be is refused in words.
    let add = |name: &str, scope: &str, division: &str, until: &str| {
        service(folder, &["add", name, "--scope", scope, "--division", division, "--until", until])
    };
    for (name, scope, division, until, word) in [
        ("a b", "deliver", "990121", soon.as_str(), "接口名称"),
        ("a", "read", "990121", &soon, "deliver:数据项"),
        ("a", "deliver:nothing", "990121", &soon, "数据项有"),
        ("a", "deliver", "110101", &soon, "没有这个区划"),
        ("a", "deliver", "990121", "2020-01-01", "--until"),
        ("a", "deliver", "990121", &day("+1000 days"), "--until"),
    ] {
        let (code, said) = add(name, scope, division, until);
        assert!(code == 1 && said.contains(word) && !said.contains("doudi_"), "{said}");
    }
    let (code, said) = add("shebao", "deliver:ss_unemployment", "990121", &soon);
    assert_eq!(code, 0, "{said}");
    let first = token(&said);
    let (code, said) = service(folder, &["list"]);
    assert!(
        code == 0 && said.contains(&format!("shebao\tdeliver:ss_unemployment\t990121\t{soon}\t在用")),
        "{said}"
    );
    assert!(!said.contains("doudi_"));
    assert_eq!(inbox(folder, &[]), (0, "没有待处理的文件。\n".to_owned()));

    let server = Server::start(folder);
    let send = |token: &str, period: &str, body: &[u8]| {
        server.ask("POST", &format!("/api/v1/feeds/ss_unemployment/deliveries?period={period}"), token, body)
    };
    let file = std::fs::read(folder.join("county/feeds/ss_unemployment_2024-05.csv")).unwrap();
    let (status, receipt) = send(&first, "2024-05", &file);
    assert_eq!((status, receipt["state"].as_str()), (201, Some("waiting")), "{receipt}");
    // A header that is data: what stands there is told to nobody.
    let text = String::from_utf8(file.clone()).unwrap();
    let number = text.lines().nth(1).unwrap();
    assert_eq!(send(&first, "2024-04", format!("{number}\n").as_bytes()).0, 201);

    // A person looks, accepts one and rejects the other.
    let (code, said) = inbox(folder, &[]);
    assert!(code == 0 && said.contains("1\tss_unemployment\t2024-05\t990121\tshebao"), "{said}");
    let (code, said) = inbox(folder, &["1"]);
    assert!(code == 0 && said.contains("没有保留任何数据") && !folder.join("data").exists(), "{said}");
    let state = |id: i64| server.ask("GET", &format!("/api/v1/deliveries/{id}"), &first, b"").1;
    assert_eq!(state(1)["state"], "waiting", "a look settles nothing");
    let (code, said) = inbox(folder, &["1", "--accept", "--despite-quality"]);
    assert!(code == 0 && said.contains("已保留可用的行"), "{said}");
    let (code, said) = inbox(folder, &["2"]);
    assert!(code == 1 && said.contains("--reject"), "{said}");
    let (code, said) = inbox(folder, &["2", "--reject", "unreadable"]);
    assert!(code == 0 && said.contains("已退回"), "{said}");
    for id in ["1", "2"] {
        assert!(inbox(folder, &[id, "--accept"]).1.contains("已经处理过"));
    }
    assert_eq!(inbox(folder, &["3"]).0, 1);

    let told = state(1);
    let count = |name: &str| told[name].as_i64().unwrap();
    assert_eq!(told["state"], "accepted");
    assert_eq!(count("rows"), count("accepted") + count("quarantined") + count("repeated"));
    assert_eq!(count("rows"), i64::try_from(text.lines().count()).unwrap() - 1);
    assert!(count("accepted") > 0);
    let reasons = told["reasons"].as_array().unwrap();
    let aside: i64 = reasons.iter().map(|r| r["rows"].as_i64().unwrap()).sum();
    assert_eq!(aside, count("quarantined") + count("repeated"));
    let back = state(2);
    assert_eq!((back["state"].as_str(), back["rows"].is_null()), (Some("rejected"), true));
    let codes: Vec<&str> =
        back["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert_eq!((codes.len(), codes[0]), (2, "unreadable"), "{back}");
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let personal = |c: &str| matches!(c.trim_start_matches('\u{feff}'), "姓名" | "证件号码");
    let mut compared = 0;
    for row in text.lines().skip(1) {
        for (_, cell) in header.iter().zip(row.split(',')).filter(|(c, cell)| personal(c) && cell.len() > 3) {
            assert!(!told.to_string().contains(cell) && !back.to_string().contains(cell), "{cell}");
            compared += 1;
        }
    }
    assert!(compared > 4, "{compared}");

    // The same bytes: the same receipt. Renewed and disabled: with the very next request.
    assert_eq!(send(&first, "2024-05", &file), (200, told));
    let (_, said) = service(folder, &["renew", "shebao", "--until", &soon]);
    let second = token(&said);
    assert_eq!(send(&first, "2024-05", &file).0, 401);
    assert_eq!(send(&second, "2024-05", &file).0, 200);
    assert_eq!(service(folder, &["disable", "shebao"]).0, 0);
    assert_eq!(send(&second, "2024-05", &file).0, 401);
    assert!(service(folder, &["list"]).1.contains("停用"));
    assert!(service(folder, &["disable", "nobody"]).1.contains("没有这个接口"));
    drop(server);

    // Every step left its leaf.
    let (code, said) = doudi(folder, &[&["audit", "sequence"], &DATABASE[..]].concat());
    assert_eq!(code, 0, "{said}");
    let (code, said) = doudi(folder, &[&["audit", "export", "log"], &DATABASE[..]].concat());
    assert_eq!(code, 0, "{said}");
    let (code, said) = doudi(folder, &[&["check"], &DATABASE[..]].concat());
    assert_eq!(code, 0, "{said}");
}
