//! An office at work in the small county, and everybody in it looking at every page.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::SocketAddr;

use axum::http::HeaderValue;
use axum::response::Response;
use doudi_policy::DivisionCode;
use doudi_registry::{PersonId, Post, Staff, StaffId};
use doudi_store::Store;
use doudi_web::ctx::Drawn;
use doudi_web::gate::post_may;
use doudi_web::routes::{Line, Place, Verb, Who, lines};
use doudi_web::{AppState, Config, Lang};

use crate::browser::{Answer, Browser};
use crate::county::{self, County};

/// What no page may show whole.
pub struct Secrets {
    full: Vec<String>,
    accounts: usize,
    forms: HashSet<String>,
}

impl Secrets {
    pub fn of<N: AsRef<str>, A: AsRef<str>>(numbers: &[N], accounts: &[A], telephones: &[&str]) -> Self {
        let mut forms = HashSet::new();
        for number in numbers {
            let n = number.as_ref();
            // Without its check, as it was before 2000, and from the birth on.
            forms.insert(n[..17].to_owned());
            forms.insert(format!("{}{}", &n[..6], &n[8..17]));
            forms.insert(n[6..].to_owned());
        }
        forms.extend(accounts.iter().map(|a| a.as_ref().to_owned()));
        forms.extend(telephones.iter().map(|t| (*t).to_owned()));
        let full = numbers.iter().map(|n| n.as_ref().to_owned()).collect();
        Self { full, accounts: accounts.len(), forms }
    }

    pub fn numbers(&self) -> usize {
        self.full.len()
    }

    pub fn accounts(&self) -> usize {
        self.accounts
    }

    pub fn first_number(&self) -> String {
        self.full[0].clone()
    }

    /// A number or address in a text, however it is written: full-width, or in groups.
    pub fn in_text(&self, text: &str) -> Option<String> {
        if text.contains("户门牌") {
            return Some("an address".to_owned());
        }
        let mut piece = String::new();
        for c in text.chars().chain(['\n']) {
            match c {
                '0'..='9' | 'X' => piece.push(c),
                'x' => piece.push('X'),
                '０'..='９' => {
                    piece.extend(char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')));
                }
                ' ' | '-' | '－' | '\u{a0}' | '\u{3000}' => {}
                _ => {
                    if let Some(found) = self.in_digits(&piece) {
                        return Some(found);
                    }
                    piece.clear();
                }
            }
        }
        None
    }

    fn in_digits(&self, digits: &str) -> Option<String> {
        for length in [11, 12, 15, 16, 17] {
            for at in 0..(digits.len() + 1).saturating_sub(length) {
                let window = &digits[at..at + length];
                if self.forms.contains(window) {
                    return Some(window.to_owned());
                }
            }
        }
        None
    }
}

/// A view that was drawn for somebody.
pub struct Seen {
    pub line: Line,
    pub post: Post,
    pub path: String,
    pub view: String,
    pub body: String,
}

pub struct Office {
    pub county: County,
    pub state: AppState,
    pub addr: SocketAddr,
    /// One person of every post.
    pub people: Vec<Staff>,
    pub names: Vec<String>,
    pub secrets: Secrets,
    early: Vec<Seen>,
    _folder: tempfile::TempDir,
}

/// The kind of page that a line opens, as the grants name it.
pub fn key_of(line: &Line) -> &'static str {
    match line.who {
        Who::Public => "public",
        Who::Staff => "staff",
        Who::Account => "account",
        Who::Service(_) => "service",
        Who::May(action, _) => action,
    }
}

const CHILD: &str = "13912345678";
const NOTE: &str = "女儿电话139-1234-5678，父亲身份证";
const CARD: &str = "6222021234567890123";

impl Office {
    /// The county with a visit, a case in its public notice and a roster that came back from the bank; everywhere
    /// people have written numbers into what they wrote.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doudi.db");
        let store =
            Store::open(&format!("sqlite:{}", path.display()), doudi_store::testing::keys()).await.unwrap();
        let county = county::build(store.clone(), county::law()).await;
        let people = people(&store).await;
        let (mut names, mut numbers) = (BTreeSet::new(), Vec::new());
        let mut id = 1;
        while let Some(person) = store.person(PersonId(id)).await.unwrap() {
            names.insert(person.name);
            numbers.push(person.number.unwrap().as_str().to_owned());
            id += 1;
        }
        let mut accounts: Vec<String> =
            (1..=200_u64).map(|household| (9_900_000_000_000_000 + household).to_string()).collect();
        accounts.push(CARD[..17].to_owned());
        let secrets = Secrets::of(&numbers, &accounts, &[CHILD]);

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let config = Config { addr, lang: Lang::Zh };
        let state = AppState::new(store, county.law.clone(), config).await.unwrap();
        let app = doudi_web::router(state.clone()).layer(axum::middleware::map_response(told));
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let names = names.into_iter().collect();
        let mut office =
            Self { county, state, addr, people, names, secrets, early: Vec::new(), _folder: folder };
        office.work().await;
        office
    }

    pub fn person(&self, post: Post) -> &Staff {
        self.people.iter().find(|s| s.post == post).unwrap()
    }

    pub async fn browser(&self, post: Post) -> Browser {
        let mut b = Browser::new(self.addr);
        b.be(self.person(post).id.0).await;
        b
    }

    async fn work(&mut self) {
        let number = self.secrets.first_number();
        let mut b = self.browser(Post::TownshipClerk).await;
        let given = self.person(Post::VillageWorker).id.to_string();
        let answer = b.post("/leads/1/assign", &[("staff", &given)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        county::propose_change(&self.county.store).await;
        // The forms that only a task offers, sent back empty.
        self.early = self.rejected().await;

        let mut b = self.browser(Post::VillageWorker).await;
        let page = b.get("/visit/1").await.body;
        let with = self.person(Post::SocialWorker).id.to_string();
        let note = format!("{NOTE}{number}");
        let mut form = answers(&page);
        form.extend([("with".to_owned(), with), ("note".to_owned(), note)]);
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let answer = b.post("/visit/1", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.body);

        let mut b = self.browser(Post::TownshipClerk).await;
        let told = format!("与申报不同：账户 {CARD} 没有报，身份证 {number}");
        for (action, fields) in [
            ("accept", vec![]),
            ("request_check", vec![]),
            (
                "record_check",
                vec![("asked", "16"), ("answered", "15"), ("settled", "1"), ("differences", &told[..])],
            ),
            ("propose_approve", vec![("text", &told[..])]),
            ("start_publicity", vec![]),
            ("record_objection", vec![("from", "邻居"), ("text", &told[..])]),
        ] {
            let version = value_of(&b.get("/cases/1").await.body, "version");
            let mut all = vec![("version", version.as_str())];
            all.extend(fields);
            let answer = b.post(&format!("/cases/1/{action}"), &all).await;
            assert_eq!(answer.status, 303, "{action}: {}", answer.body);
        }

        let said = format!("没有花这么多，女儿电话{CHILD}，卡号 {CARD}");
        let dispute = [("fact", "2.medical_self_paid_12m"), ("said", &said[..])];
        let answer = b.post("/households/1/dispute", &dispute).await;
        assert_eq!(answer.status, 303, "{}", answer.body);

        let mut officer = self.browser(Post::FinanceOfficer).await;
        let made = officer.post("/rosters", &[("programme", "dibao"), ("period", "2024-06")]).await;
        assert_eq!(made.status, 303, "{}", made.body);
        let mut reviewer = self.browser(Post::FinanceReviewer).await;
        assert_eq!(reviewer.post("/rosters/1/seal", &[]).await.status, 303);
        assert_eq!(officer.post("/rosters/1/export", &[]).await.status, 303);
        let file = officer.get("/rosters/1/bank.csv").await;
        let cells: Vec<&str> = file.body.lines().nth(1).unwrap().split(',').collect();
        let reason = format!("账号 {CARD} 已销户");
        let back = format!(
            "发放标识,结果,金额,原因\n{},失败,{},{reason}\n合计,1,{},\n",
            cells[0], cells[5], cells[5]
        );
        let answer = upload(&mut officer, "/rosters/1/returns", back.as_bytes()).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }

    fn somebody(post: Post) -> Staff {
        Staff { id: StaffId(1), name: String::new(), post, division: division_of(post) }
    }

    /// Whether a post does such a thing, whatever the thing is.
    pub fn may_any(&self, post: Post, action: &str) -> bool {
        let places = [Place::Own, Place::Household, Place::Lead, Place::Case, Place::Roster];
        places.iter().any(|place| post_may(&self.state, &Self::somebody(post), action, *place))
    }

    pub fn may_line(&self, post: Post, line: &Line) -> bool {
        match line.who {
            Who::Public | Who::Staff => true,
            // Nobody has an account here, and no program is a person.
            Who::Account | Who::Service(_) => false,
            Who::May(action, place) => post_may(&self.state, &Self::somebody(post), action, place),
        }
    }

    /// What lines that take a form draw: forms that are sent back, and answers.
    async fn rejected(&self) -> Vec<Seen> {
        let mut out = Vec::new();
        for who in &self.people {
            let mut b = Browser::new(self.addr);
            b.be(who.id.0).await;
            let version = value_of(&b.get("/visit/1").await.body, "version");
            for line in lines() {
                let Who::May(..) = line.who else { continue };
                if line.verb == Verb::Get || !self.may_line(who.post, &line) {
                    continue;
                }
                // Only what is refused without changing anything.
                let kept = ["/visit/{id}", "/rosters/{id}/returns", "/rosters/{id}/bounces"];
                let steps = ["request_supplement", "close_lead"];
                // And what is answered with a page.
                type Forms = &'static [(&'static str, &'static [(&'static str, &'static str)])];
                let answered: [(&str, Forms); 15] = [
                    ("/accounts", &[("/accounts", &[("q", "柳")])]),
                    (
                        "/accounts/new",
                        &[
                            ("/accounts/new", &[]),
                            (
                                "/accounts/new",
                                &[
                                    ("name", "柳新人"),
                                    ("post", "village_worker"),
                                    ("division", "990121103001"),
                                    ("login", "liuxinren"),
                                ],
                            ),
                        ],
                    ),
                    (
                        "/accounts/{id}/create",
                        &[
                            ("/accounts/1/create", &[("login", "a b")]),
                            ("/accounts/1/create", &[("login", "liuqinghe")]),
                        ],
                    ),
                    ("/accounts/{id}/reset", &[("/accounts/1/reset", &[])]),
                    ("/accounts/{id}/move", &[("/accounts/1/move", &[("post", "mayor")])]),
                    ("/accounts/{id}/propose", &[("/accounts/1/propose", &[("kind", "move")])]),
                    ("/account-changes/{id}/confirm", &[("/account-changes/1/confirm", &[])]),
                    ("/households/{id}/dispute", &[("/households/1/dispute", &[])]),
                    ("/households/{id}/hold", &[("/households/1/hold", &[])]),
                    ("/households/{id}/hold/release", &[("/households/1/hold/release", &[("hold", "1")])]),
                    ("/households/{id}/request", &[("/households/1/request", &[])]),
                    ("/households/{id}/request/refuse", &[("/households/1/request/refuse", &[])]),
                    (
                        "/queries/{id}/answer",
                        &[
                            ("/queries/1/answer", &[]),
                            (
                                "/queries/1/answer",
                                &[
                                    ("outcome", "upheld"),
                                    ("came", "letter"),
                                    ("number", "医函〔2024〕18号"),
                                    ("dated", "2024-06-17"),
                                ],
                            ),
                        ],
                    ),
                    (
                        "/households/{id}/record/copy",
                        &[
                            ("/households/1/record/copy", &[("format", "page")]),
                            ("/households/1/record/copy", &[("format", "json")]),
                        ],
                    ),
                    (
                        "/households/{id}/reveal/{purpose}",
                        &[
                            ("/households/1/reveal/verify", &[]),
                            ("/households/1/reveal/verify", &[("field", "address")]),
                        ],
                    ),
                ];
                if line.path == "/cases/{id}/{action}" {
                    for step in steps {
                        let path = format!("/cases/1/{step}");
                        let answer = b.post(&path, &[("version", &version)]).await;
                        note(&mut out, &line, who.post, path, answer);
                    }
                } else if let Some((_, forms)) = answered.iter().find(|(path, _)| *path == line.path) {
                    for (path, form) in *forms {
                        let answer = b.post(path, form).await;
                        note(&mut out, &line, who.post, (*path).to_owned(), answer);
                    }
                } else if kept.contains(&line.path) {
                    let path = line.path.replace("{id}", "1");
                    let answer = match line.path.starts_with("/visit") {
                        true => b.post(&path, &[("version", &version)]).await,
                        false => upload(&mut b, &path, b"").await,
                    };
                    note(&mut out, &line, who.post, path, answer);
                }
            }
        }
        out
    }

    /// All that is drawn for anybody on the lines of the table: pages that are read, and forms that are sent back.
    pub async fn everything_drawn(&self) -> Vec<Seen> {
        let mut out = Vec::new();
        for who in &self.people {
            let mut b = Browser::new(self.addr);
            b.be(who.id.0).await;
            for line in lines() {
                if line.verb == Verb::Post || line.who == Who::Account {
                    continue;
                }
                for path in paths(&line) {
                    let answer = b.get(&path).await;
                    let may = self.may_line(who.post, &line);
                    if matches!(line.who, Who::May(..)) && !may {
                        assert_eq!(answer.status, 403, "{path} as {}", who.post);
                    }
                    note(&mut out, &line, who.post, path, answer);
                }
            }
        }
        out.extend(self.rejected().await);
        out.extend(self.early.iter().map(|s| Seen {
            line: s.line,
            post: s.post,
            path: s.path.clone(),
            view: s.view.clone(),
            body: s.body.clone(),
        }));
        out
    }

    /// Everything that a person reaches by links from the workbench and the lists, some of each kind of address.
    pub async fn walk(&self, who: &Staff, english: bool) -> Vec<(String, Answer)> {
        const OF_A_KIND: usize = 5;
        let mut b = Browser::new(self.addr);
        b.be(who.id.0).await;
        if english {
            b.get("/?lang=en").await;
        }
        let mut next: Vec<String> = Vec::new();
        for line in lines().into_iter().filter(|l| l.verb == Verb::Get) {
            next.extend(paths(&line));
        }
        next.extend(["/rosters/1?show=all", "/rosters/1?show=returned"].map(str::to_owned));
        next.reverse();
        let mut done = BTreeSet::new();
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        let mut out = Vec::new();
        while let Some(path) = next.pop() {
            if !done.insert(path.clone()) {
                continue;
            }
            let kind: String = path.chars().filter(|c| !c.is_ascii_digit()).collect();
            let seen = kinds.entry(kind).or_default();
            *seen += 1;
            if *seen > OF_A_KIND {
                continue;
            }
            let answer = b.get(&path).await;
            let links = links(&answer.body);
            if answer.status == 303 {
                next.push(answer.header("location").to_owned());
            }
            next.splice(0..0, links);
            out.push((path, answer));
        }
        out
    }
}

/// A view that was drawn must say so, and an answer that is a page or a file must have been drawn.
fn note(out: &mut Vec<Seen>, line: &Line, post: Post, path: String, answer: Answer) {
    // Interfaces show nothing of anybody; `api.rs` holds what they answer.
    if path.starts_with("/assets") || path.starts_with("/api/") || !matches!(answer.status, 200 | 422) {
        return;
    }
    let view = answer.header("x-drawn").to_owned();
    assert!(!view.is_empty(), "{path} as {post}: what was drawn here? Use `ctx::html`");
    out.push(Seen { line: *line, post, path, view, body: answer.body });
}

async fn told(mut response: Response) -> Response {
    if let Some(Drawn(view)) = response.extensions().get::<Drawn>().copied() {
        response.headers_mut().insert("x-drawn", HeaderValue::from_static(view));
    }
    response
}

fn division_of(post: Post) -> DivisionCode {
    let code = match post {
        Post::VillageWorker => "990121103001",
        Post::SocialWorker | Post::TownshipClerk | Post::TownshipHead => "990121103",
        Post::CityOfficer => "9901",
        _ => "990121",
    };
    code.parse().unwrap()
}

/// Of every post the person who answers for the family of the first lead; who is missing is taken on.
async fn people(store: &Store) -> Vec<Staff> {
    let all = store.all_staff().await.unwrap();
    let mut out = Vec::new();
    for post in Post::ALL {
        let here = |s: &&Staff| s.post == *post && division_of(*post).within(&s.division);
        let who = match all.iter().find(here) {
            Some(who) => who.clone(),
            None => {
                let mut who = Staff {
                    id: StaffId(0),
                    name: format!("本县{}", post.id()),
                    post: *post,
                    division: division_of(*post),
                };
                who.id = store.add_staff(&who).await.unwrap();
                who
            }
        };
        out.push(who);
    }
    out
}

/// Real addresses of a line that is read.
fn paths(line: &Line) -> Vec<String> {
    match line.path {
        "/explain/{id}/{outcome}" => {
            vec!["/explain/1/dibao".to_owned(), "/explain/1/dibao?for=citizen".to_owned()]
        }
        path => vec![path.replace("{id}", "1").replace("{name}", "nothing.css")],
    }
}

fn value_of(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(start.as_str()).nth(1).map_or("", |rest| rest.split('"').next().unwrap()).to_owned()
}

fn links(page: &str) -> Vec<String> {
    let hrefs = page.split("href=\"/").skip(1).map(|rest| {
        let href = rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
        format!("/{}", href.split('#').next().unwrap())
    });
    hrefs.filter(|href| !href.starts_with("/assets") && !href.contains("lang=")).collect()
}

/// A whole visit.
fn answers(page: &str) -> Vec<(String, String)> {
    let mut out = vec![
        ("met".to_owned(), "yes".to_owned()),
        ("signed".to_owned(), "石望山".to_owned()),
        ("version".to_owned(), value_of(page, "version")),
    ];
    for name in page.split("name=\"").skip(1).map(|s| s.split('"').next().unwrap()) {
        let value = match name {
            n if n.starts_with("none.") => "1",
            n if !n.starts_with("q.") => continue,
            "q.1.casual_income" => "1200",
            "q.h.members" | "q.h.obligors" => "no",
            n if n.ends_with("co_resident") && n.starts_with("q.5.") => "false",
            n if n.ends_with("co_resident") || n.ends_with("independent") => "true",
            n if n.ends_with("_12m") || n.ends_with("income") || n.ends_with("count") => "0",
            _ => continue,
        };
        if !out.iter().any(|(n, _)| n == name) {
            out.push((name.to_owned(), value.to_owned()));
        }
    }
    out
}

async fn upload(b: &mut Browser, path: &str, file: &[u8]) -> Answer {
    let origin = format!("http://{}", b.host);
    let extra = [("Origin", origin.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let start = format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.csv\"\r\n\r\n",
        b.token().await
    );
    let body = [start.as_bytes(), file, b"\r\n--b--\r\n"].concat();
    b.send_bytes("POST", path, &extra, &body).await
}
