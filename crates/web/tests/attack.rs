//! Every line of the route table is attacked on a real server with a real database: without a session, from another
//! area, in another post, from another site, without a token and with an old one. A line that the attack cannot reach
//! fails the test.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests stop at the first surprise"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/county.rs"]
mod county;

use std::collections::BTreeSet;

use browser::Browser;
use county::Served;
use doudi_casework::{Action, Status, table};
use doudi_policy::DivisionCode;
use doudi_registry::{HouseholdId, Post, Staff, StaffId};
use doudi_store::Store;
use doudi_store::leads::LeadFilter;
use doudi_web::AppState;
use doudi_web::gate::{Found, decide, post_may};
use doudi_web::routes::{Line, Place, Verb, Who, lines};

const CLERK: i64 = 1;
const COUNTY_OFFICER: i64 = 5;
const FINANCE_OFFICER: i64 = 7;

/// Everybody of every post in the county, and the same posts in a county of another city.
async fn strangers(store: &Store) -> Vec<Staff> {
    let mut out = Vec::new();
    for (n, post) in Post::ALL.iter().enumerate() {
        let mut s = Staff {
            id: StaffId(0),
            name: format!("外人{n}"),
            post: *post,
            division: "990222".parse::<DivisionCode>().unwrap(),
        };
        s.id = store.add_staff(&s).await.unwrap();
        out.push(s);
        if store.all_staff().await.unwrap().iter().all(|s| s.post != *post || s.name.starts_with("外人")) {
            let mut s = Staff {
                id: StaffId(0),
                name: format!("本县{n}"),
                post: *post,
                division: "990121".parse::<DivisionCode>().unwrap(),
            };
            s.id = store.add_staff(&s).await.unwrap();
        }
    }
    out
}

/// The family, lead, case and roster that the addresses name: all number one, made as people make them.
async fn make_things(site: &Served) {
    let mut b = Browser::new(site.addr);
    b.be(CLERK).await;
    assert_eq!(site.county.lead.0, 1);
    let answer = b.post("/leads/1/assign", &[("staff", "3")]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    b.be(FINANCE_OFFICER).await;
    let answer = b.post("/rosters", &[("programme", "dibao"), ("period", "2024-06")]).await;
    assert!(answer.status == 303, "a roster: {} {}", answer.status, answer.body);
    b.be(CLERK).await;
    let answer =
        b.post("/households/1/dispute", &[("fact", "2.medical_self_paid_12m"), ("said", "没有这么多")]).await;
    assert!(answer.status == 303, "a question: {} {}", answer.status, answer.body);
    let gone = county::moved_away(&site.county).await;
    let answer = b.post(&format!("/households/{gone}/erasure"), &[("basis", "term")]).await;
    assert!(answer.status == 303, "an erasure: {} {}", answer.status, answer.body);
    county::propose_change(&site.county.store).await;
}

/// A real address of a line, and one that names nothing.
fn addresses(line: &Line) -> (String, String) {
    let fill = |id: &str| {
        line.path
            .replace("{id}", id)
            .replace("{action}", "assign")
            .replace("{outcome}", "dibao")
            .replace("{name}", "nothing.css")
            .replace("{purpose}", "verify")
            .replace("{feed}", "disability")
    };
    (fill("1"), fill("999999"))
}

fn actions_of(line: &Line) -> Vec<String> {
    match line.who {
        Who::Public | Who::Staff | Who::Account | Who::Service(_) => Vec::new(),
        Who::May(action, Place::CaseStep) => vec![action.to_owned(), "case.assign".to_owned()],
        Who::May(action, Place::Reveal) => vec![action.to_owned(), "person.reveal.verify".to_owned()],
        Who::May(action, _) => vec![action.to_owned()],
    }
}

fn place_of(line: &Line) -> Option<Place> {
    match line.who {
        Who::Public | Who::Staff | Who::Account | Who::Service(_) => None,
        Who::May(_, place) => Some(place),
    }
}

/// Somebody at a browser of their own, with the token of its forms.
struct Person {
    staff: Staff,
    browser: Browser,
    token: String,
}

impl Person {
    async fn new(site: &Served, staff: &Staff) -> Self {
        let mut browser = Browser::new(site.addr);
        browser.be(staff.id.0).await;
        let token = browser.token().await;
        Self { staff: staff.clone(), browser, token }
    }

    async fn send(&mut self, line: &Line, path: &str) -> browser::Answer {
        send(&mut self.browser, line, path, &self.token).await
    }
}

async fn send(b: &mut Browser, line: &Line, path: &str, token: &str) -> browser::Answer {
    let origin = format!("http://{}", b.host);
    match line.verb {
        Verb::Get => b.get(path).await,
        Verb::Post => b.send("POST", path, &[("Origin", &origin)], &format!("csrf={token}")).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_the_table_is_attacked() {
    let site = county::served().await;
    make_things(&site).await;
    let strangers = strangers(&site.county.store).await;
    let staff = site.county.store.all_staff().await.unwrap();
    let mut here = Vec::new();
    for who in staff.iter().filter(|s| !s.name.starts_with("外人")) {
        here.push(Person::new(&site, who).await);
    }
    let mut abroad = Vec::new();
    for who in &strangers {
        abroad.push(Person::new(&site, who).await);
    }
    let mut nobody = Browser::new(site.addr);
    let no_ones = nobody.token().await;
    let table = lines();
    let mut attacked = BTreeSet::new();

    for line in &table {
        let (path, nothing) = addresses(line);
        let name = format!("{:?} {}", line.verb, line.path);
        let Some(place) = place_of(line) else {
            // Nobody has an account here: the pages of one's own account open to no role of the demonstration either.
            // `accounts.rs` attacks these lines where nobody may take a role.
            if line.who == Who::Account {
                assert_eq!(send(&mut nobody, line, &path, &no_ones).await.status, 303, "{name}");
                for who in &mut here {
                    assert_eq!(who.send(line, &path).await.status, 303, "{name}: {}", who.staff.post);
                }
            }
            // No person is a service, whatever their post, and a cookie is no token; `api.rs` attacks with tokens.
            if matches!(line.who, Who::Service(_)) {
                let people = here.iter_mut().map(|p| (&mut p.browser, p.token.as_str()));
                for (browser, token) in people.chain([(&mut nobody, no_ones.as_str())]) {
                    for path in [&path, &nothing] {
                        let answer = send(browser, line, path, token).await;
                        assert_eq!(answer.status, 401, "{name}: a person");
                        assert_eq!(answer.header("set-cookie"), "", "{name}: no cookie either way");
                    }
                }
            }
            attacked.insert(name);
            continue;
        };
        // Without a session: choose who you are first, whatever the number.
        for path in [&path, &nothing] {
            let answer = send(&mut nobody, line, path, &no_ones).await;
            assert_eq!(answer.status, 303, "{name}: no session");
            assert!(
                answer.header("location").starts_with("/?next="),
                "{name}: {}",
                answer.header("location")
            );
        }
        // In another post of the same area: refused with words, the same whether the number exists or not.
        let mut refused = 0;
        for who in &mut here {
            if actions_of(line).iter().all(|a| post_may(&site.state, &who.staff, a, place)) {
                continue;
            }
            refused += 1;
            for path in [&path, &nothing] {
                let answer = who.send(line, path).await;
                assert_eq!(answer.status, 403, "{name}: {} {path}", who.staff.post);
                assert!(!answer.body.contains("石望山"), "{name}: a refusal names nobody");
            }
        }
        assert!(refused > 0 || line.path == "/workbench", "{name}: no post is kept from it");
        // From another area, in a post that does such things there: as if it did not exist.
        let mut outside = 0;
        if place != Place::Own {
            for who in &mut abroad {
                if !actions_of(line).iter().all(|a| post_may(&site.state, &who.staff, a, place)) {
                    continue;
                }
                outside += 1;
                for path in [&path, &nothing] {
                    let answer = who.send(line, path).await;
                    assert_eq!(answer.status, 404, "{name}: {} {path}", who.staff.post);
                    assert!(answer.body.contains("不在您负责范围内"), "{name}: what to do");
                    assert!(!answer.body.contains("石望山"), "{name}");
                }
            }
            assert!(outside > 0, "{name}: nobody of another area tried it");
        }
        attacked.insert(name);
    }
    let all: BTreeSet<String> = table.iter().map(|l| format!("{:?} {}", l.verb, l.path)).collect();
    assert_eq!(attacked, all, "lines that were not attacked");
    assert_eq!(all.len(), table.len(), "a line stands twice");
}

fn takes_a_form(line: &Line) -> bool {
    !matches!(line.who, Who::Account | Who::Service(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_that_changes_something_takes_a_forged_form() {
    let site = county::served().await;
    make_things(&site).await;
    let staff = site.county.store.all_staff().await.unwrap();
    let mut tried = 0;
    // A file of a service is no form: without a token of its own it is refused, above. The lines of one's own account are tried in `accounts.rs`, by somebody who has one.
    let lines: Vec<_> = lines().into_iter().filter(|l| l.verb == Verb::Post && takes_a_form(l)).collect();
    for line in &lines {
        let (path, _) = addresses(line);
        let name = line.path;
        // Who could do it if the form were theirs.
        let who = staff.iter().find(|s| match place_of(line) {
            None => s.id.0 == CLERK,
            Some(place) => actions_of(line).iter().all(|a| post_may(&site.state, s, a, place)),
        });
        let who = who.unwrap_or_else(|| panic!("{name}: nobody can do it"));
        let mut b = Browser::new(site.addr);
        let old = b.token().await;
        b.be(who.id.0).await;
        let token = b.token().await;
        assert_ne!(old, token, "a token ends with its session");
        let ours = format!("http://{}", b.host);
        let multipart = name.ends_with("/returns") || name.ends_with("/bounces");
        let forged = [
            ("no token", ours.as_str(), String::new()),
            ("empty token", ours.as_str(), "csrf=".to_owned()),
            ("token of an earlier session", ours.as_str(), format!("csrf={old}")),
            ("foreign origin", "http://evil.example", format!("csrf={token}")),
            ("opaque origin", "null", format!("csrf={token}")),
        ];
        for (what, origin, body) in forged {
            let body = match (multipart, body.split_once('=')) {
                (true, Some((_, value))) => {
                    format!(
                        "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{value}\r\n--x--\r\n"
                    )
                }
                (true, None) => "--x--\r\n".to_owned(),
                (false, _) => body,
            };
            let kind = match multipart {
                true => "multipart/form-data; boundary=x",
                false => "application/x-www-form-urlencoded",
            };
            let answer = b.send("POST", &path, &[("Origin", origin), ("Content-Type", kind)], &body).await;
            assert_eq!(answer.status, 403, "{name}: {what} as {}: {}", who.post, answer.body);
            assert!(answer.body.contains("表单已失效"), "{name}: {what}");
            tried += 1;
        }
    }
    assert_eq!(tried, 5 * lines.len());
}

#[tokio::test]
async fn whoever_is_moved_or_leaves_loses_access_with_the_next_request() {
    let site = county::served().await;
    let mut b = Browser::new(site.addr);
    b.be(CLERK).await;
    assert_eq!(b.get("/households/1").await.status, 200);
    site.county
        .store
        .move_staff(StaffId(CLERK), Post::TownshipClerk, &"990222101".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(b.get("/households/1").await.status, 404, "moved to another county");
    site.county
        .store
        .move_staff(StaffId(CLERK), Post::FinanceOfficer, &"990121".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(b.get("/households/1").await.status, 403, "another post");
}

/// What a list shows to somebody they may open, one by one.
#[tokio::test]
async fn lists_hold_nothing_that_is_not_permitted_one_by_one() {
    let site = county::served().await;
    make_things(&site).await;
    strangers(&site.county.store).await;
    let store = &site.county.store;
    let page = doudi_store::Page::first(1_000);
    let today = site.state.today().await.unwrap();
    let mut shown = 0;
    for who in store.all_staff().await.unwrap() {
        let permitted = async |action: &str, place: Place, id: i64| {
            let found = Found::load(&site.state, today, &who, place, id).await.unwrap();
            assert!(decide(&site.state, &who, action, &found).is_allowed(), "{} {action} {id}", who.post);
        };
        if post_may(&site.state, &who, "household.list", Place::Own) {
            for row in store.household_list(Some(&who.division), None, page).await.unwrap().rows {
                permitted("household.read", Place::Household, row.id.0).await;
                shown += 1;
            }
        }
        if post_may(&site.state, &who, "lead.list", Place::Own) {
            let filter = LeadFilter { area: Some(who.division.clone()), ..LeadFilter::default() };
            for row in store.leads(&filter, page).await.unwrap().rows {
                permitted("lead.read", Place::Lead, row.lead.id.0).await;
                shown += 1;
            }
        }
        let mut b = Browser::new(site.addr);
        b.be(who.id.0).await;
        // Whatever a page of theirs links to opens, or is not linked.
        for list in ["/workbench", "/leads", "/households", "/cases", "/rosters", "/rosters/1?show=all"] {
            let answer = b.get(list).await;
            if answer.status != 200 {
                continue;
            }
            for href in hrefs(&answer.body) {
                let status = b.get(&href).await.status;
                assert!(matches!(status, 200 | 303), "{} {list} links to {href}: {status}", who.post);
                shown += 1;
            }
        }
    }
    assert!(shown > 100, "{shown}");
}

fn hrefs(page: &str) -> BTreeSet<String> {
    page.split("href=\"/")
        .skip(1)
        .map(|rest| {
            format!("/{}", rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&"))
        })
        .map(|href| href.split('#').next().unwrap().to_owned())
        .filter(|href| !href.starts_with("/assets") && !href.contains("lang="))
        .collect()
}

/// The rules and the table of the casework say the same of posts.
#[tokio::test]
async fn the_rules_permit_a_step_to_those_to_whom_the_casework_gives_it() {
    let site = county::served().await;
    for action in Action::ALL {
        for post in Post::ALL {
            let in_table = Status::ALL.iter().any(|s| table::posts(*s, *action).contains(post));
            let who = Staff {
                id: StaffId(1),
                name: String::new(),
                post: *post,
                division: "990121".parse().unwrap(),
            };
            let permitted = post_may(&site.state, &who, &format!("case.{action}"), Place::Case);
            assert_eq!(permitted, in_table, "{post} {action}");
        }
    }
}

/// A line asks for an action that the rules know.
#[tokio::test]
async fn every_line_asks_for_an_action_of_the_schema() {
    let site = county::served().await;
    for line in lines() {
        for action in actions_of(&line) {
            assert!(site.state.access().actions().contains(&action.as_str()), "{} {action}", line.path);
        }
    }
}

#[tokio::test]
async fn finance_pays_families_that_it_cannot_open() {
    let site = county::served().await;
    make_things(&site).await;
    assert!(site.county.store.household(HouseholdId(1)).await.unwrap().is_some());
    let mut b = Browser::new(site.addr);
    b.be(FINANCE_OFFICER).await;
    let page = b.get("/rosters/1?show=all").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("/households"), "no way from a payee to the family");
    for path in [
        "/households",
        "/households/1",
        "/explain/1/dibao",
        "/leads",
        "/cases",
        "/cases/1",
        "/households/1/record",
    ] {
        assert_eq!(b.get(path).await.status, 403, "{path}");
    }
    b.be(COUNTY_OFFICER).await;
    assert_eq!(b.get("/households/1").await.status, 200);
}

/// Posts that may do something in their own area, in words.
fn posts_of(state: &AppState, action: &str, place: Place, english: bool) -> String {
    let of = |post: &Post| Staff {
        id: StaffId(1),
        name: String::new(),
        post: *post,
        division: "990121".parse().unwrap(),
    };
    let names = Post::ALL.iter().filter(|p| post_may(state, &of(p), action, place));
    names.map(|p| if english { p.en() } else { p.zh() }).collect::<Vec<_>>().join(if english {
        ", "
    } else {
        "、"
    })
}

fn reference(state: &AppState, english: bool) -> String {
    let pick = |zh: &'static str, en: &'static str| if english { en } else { zh };
    let mut out = String::from(pick(
        "# 谁能做什么\n\n由授权规则（`crates/access/policy/`）和路由表（`web::routes`）生成，测试核对；不要手改。\n\n## 每个地址\n\n| 地址 | 动作 | 岗位（在自己的辖区内） |\n| --- | --- | --- |\n",
        "# Who may do what\n\nMade from the policies (`crates/access/policy/`) and the route table (`web::routes`), and checked by a test; not edited by hand.\n\n## Every address\n\n| address | action | posts (inside their own area) |\n| --- | --- | --- |\n",
    ));
    for line in lines() {
        let verb = if line.verb == Verb::Get { "GET" } else { "POST" };
        let (action, posts) = match line.who {
            Who::Public => ("—", pick("所有人，不用登录", "everybody, without a log-in").to_owned()),
            Who::Staff => ("—", pick("登录后的所有人", "everybody who has signed in").to_owned()),
            Who::Account => ("—", pick("本人的账号", "one’s own account").to_owned()),
            Who::May(action, place) => (action, posts_of(state, action, place, english)),
            Who::Service(scope) => {
                (scope, pick("部门接口，凭令牌", "a service of a department, by its token").to_owned())
            }
        };
        out.push_str(&format!("| `{verb} {}` | {action} | {posts} |\n", line.path));
    }
    out.push_str(pick(
        "\n## 案件的每一步\n\n| 步骤 | 岗位 |\n| --- | --- |\n",
        "\n## Every step of a case\n\n| step | posts |\n| --- | --- |\n",
    ));
    for action in Action::ALL {
        let name = if english { action.en() } else { action.zh() };
        let posts = posts_of(state, &format!("case.{action}"), Place::Case, english);
        out.push_str(&format!("| {name} | {posts} |\n"));
    }
    out.push_str(pick(
        "\n## 完整显示被遮住的内容，按用途\n\n| 用途 | 岗位 |\n| --- | --- |\n",
        "\n## A masked field in full, by purpose\n\n| purpose | posts |\n| --- | --- |\n",
    ));
    for action in state.access().actions().into_iter().filter(|a| a.starts_with("person.reveal.")) {
        let posts = posts_of(state, action, Place::Reveal, english);
        out.push_str(&format!("| `{}` | {posts} |\n", action.trim_start_matches("person.reveal.")));
    }
    out.push_str(pick("\n## 无论岗位都不行\n\n", "\n## Forbidden whatever the post\n\n"));
    for rule in state.access().rules() {
        let said = if english { &rule.en } else { &rule.zh };
        out.push_str(&format!("- `{}`：{said}\n", rule.id).replace('：', pick("：", ": ")));
    }
    out
}

/// `DOUDI_BLESS=1` writes the pages anew.
#[tokio::test]
async fn the_reference_pages_are_those_of_the_rules() {
    let site = county::served().await;
    for (file, english) in [("who-may-what.md", true), ("who-may-what.zh.md", false)] {
        let path = format!("{}/../../docs/reference/{file}", env!("CARGO_MANIFEST_DIR"));
        let now = reference(&site.state, english);
        if std::env::var_os("DOUDI_BLESS").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), now, "{file}");
    }
}
