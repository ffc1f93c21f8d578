//! The pages as a browser without scripts sees them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "tests stop at the first surprise"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/county.rs"]
mod county;

use browser::Browser;
use county::County;
use doudi_policy::sheet::FactSheet;
use doudi_registry::LeadStatus;
use doudi_store::Store;
use doudi_web::{Lang, vocab};

const CLERK: i64 = 1;
const HEAD: i64 = 2;
const VILLAGE_WORKER: i64 = 3;
const COUNTY_OFFICER: i64 = 5;
const FINANCE_OFFICER: i64 = 7;
const FINANCE_REVIEWER: i64 = 8;
const SOCIAL_WORKER: i64 = 4;
const AUDITOR: i64 = 9;
const COUNTY_COLLEAGUE: i64 = 6;
const CITY_OFFICER: i64 = 10;

struct Site {
    county: County,
    browser: Browser,
    _folder: tempfile::TempDir,
}

async fn site() -> Site {
    let county::Served { county, addr, folder, .. } = county::served().await;
    Site { county, browser: Browser::new(addr), _folder: folder }
}

/// Pages that each role may open in the small county.
fn pages() -> Vec<(i64, &'static str)> {
    vec![
        (CLERK, "/"),
        (CLERK, "/workbench"),
        (CLERK, "/leads"),
        (CLERK, "/leads/1"),
        (CLERK, "/households"),
        (CLERK, "/households?receiving=1"),
        (CLERK, "/households/1"),
        (CLERK, "/explain/1/dibao"),
        (CLERK, "/explain/1/dibao?for=citizen"),
        (CLERK, "/cases"),
        (CLERK, "/households/1/record"),
        (CLERK, "/queries"),
        (CLERK, "/retention"),
        (CLERK, "/coverage"),
        (CLERK, "/policies"),
        (VILLAGE_WORKER, "/workbench"),
        (FINANCE_OFFICER, "/rosters"),
        (AUDITOR, "/audit"),
        (AUDITOR, "/audit?group=look&day=2020-01-01"),
        (CITY_OFFICER, "/workbench"),
        (CITY_OFFICER, "/cases"),
        (CITY_OFFICER, "/leads"),
        (CITY_OFFICER, "/households/1"),
        (CITY_OFFICER, "/rosters"),
        (CITY_OFFICER, "/coverage"),
    ]
}

#[tokio::test]
async fn every_page_opens_in_both_languages_without_script_or_inline_style() {
    let mut site = site().await;
    let b = &mut site.browser;
    let table: toml::Table = toml::from_str(include_str!("../locales/en.toml")).unwrap();
    let texts = table["text"].as_table().unwrap();
    let mut role = 0;
    for (who, path) in pages() {
        if who != role {
            b.be(who).await;
            role = who;
        }
        for lang in ["zh", "en"] {
            let glue = if path.contains('?') { '&' } else { '?' };
            let page = b.get(&format!("{path}{glue}lang={lang}")).await;
            assert_eq!(page.status, 200, "{path} {lang}: {}", page.body);
            for banned in ["<script", "style=\"", " onclick", "javascript:"] {
                assert!(!page.body.contains(banned), "{path}: {banned}");
            }
            assert!(page.header("content-security-policy").contains("default-src 'none'"));
            assert!(!page.header("content-security-policy").contains("unsafe"));
            assert_eq!(page.header("x-content-type-options"), "nosniff");
            assert_eq!(page.header("cache-control"), "no-store");
            assert_eq!(page.body.matches("<h1").count(), 1, "{path}: one h1");
            if lang == "en" {
                for zh in texts.keys().filter(|k| k.chars().count() > 1 && *k != "中文") {
                    assert!(!page.body.contains(&format!(">{zh}<")), "{path}: {zh} is not translated");
                }
            }
        }
    }
    // The last one was English; go back, so that the cookie does not leak into other expectations.
    assert!(b.get("/?lang=zh").await.body.contains("您今天是谁"));
}

#[tokio::test]
async fn the_visitors_page_holds_no_value_and_no_source_of_the_signal() {
    let mut site = site().await;
    let lead = site.county.store.lead(site.county.lead).await.unwrap();
    let b = &mut site.browser;
    b.be(CLERK).await;
    let sent = b.post("/leads/1/assign", &[("staff", "3")]).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    b.be(VILLAGE_WORKER).await;
    let page = b.get("/visit/1").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains(&lead.indicators[0].visit_zh), "the visitor is told what to look at");
    assert!(page.body.contains("说不清"));
    let ill: Vec<bool> =
        (1..=5).map(|p| page.body.contains(&format!("name=\"q.{p}.rehab_self_paid_12m\""))).collect();
    assert_eq!(ill, [true; 5], "who is ill is not told by asking one alone");

    let sheet = FactSheet::from_json(&lead.sheet).unwrap();
    let book = site.county.law.book();
    let mut banned = vec![
        lead.reason_zh.clone(),
        lead.indicators[0].zh.clone(),
        lead.indicators[0].id.clone(),
        "31480".to_owned(),
        "31,480".to_owned(),
        "6520".to_owned(),
        "低保".to_owned(),
    ];
    for row in vocab::rows(Lang::Zh, book, &sheet) {
        banned.push(row.source.clone());
        if row.is_notable() {
            banned.push(row.value.clone());
        }
    }
    banned.retain(|text| text.chars().count() > 1);
    banned.sort();
    banned.dedup();
    assert!(banned.len() > 10);
    let main = &page.body[page.body.find("<main").unwrap()..];
    for text in banned {
        assert!(!main.contains(&text), "the visitor's page shows “{text}”");
    }
}

#[tokio::test]
async fn a_form_without_token_or_from_another_site_changes_nothing() {
    let mut site = site().await;
    let b = &mut site.browser;
    b.be(CLERK).await;
    let token = b.token().await;
    let ours = format!("http://{}", b.host);
    let cases = [
        (String::new(), ours.as_str()),
        (format!("csrf={}", "0".repeat(64)), ours.as_str()),
        (format!("csrf={token}"), "http://evil.example"),
        (format!("csrf={token}"), "null"),
    ];
    for (body, origin) in cases {
        let body = format!("{body}&staff=3");
        let answer = b.send("POST", "/leads/1/assign", &[("Origin", origin)], &body).await;
        assert_eq!(answer.status, 403, "{origin} {body}");
        assert!(answer.body.contains("这张表单不能用了"));
    }
    let lead = site.county.store.lead(site.county.lead).await.unwrap();
    assert_eq!(lead.status, LeadStatus::Open);
}

#[tokio::test]
async fn roles_without_a_password_need_this_machine_by_name() {
    let mut site = site().await;
    let b = &mut site.browser;
    assert!(b.get("/").await.body.contains("name=\"staff\""));
    let mut other = Browser::new(b.host.parse().unwrap());
    other.host = "evil.example".to_owned();
    let page = other.get("/").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("name=\"staff\""), "no role cards for another name of this machine");
    let session = page.header("set-cookie").to_owned();
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Strict"), "{session}");
}

#[tokio::test]
async fn nobody_sees_what_lies_outside_post_and_area() {
    let mut site = site().await;
    let b = &mut site.browser;
    assert_eq!(b.get("/leads").await.status, 303, "without a role: choose one first");
    b.be(VILLAGE_WORKER).await;
    for path in ["/leads", "/leads/1", "/households/1", "/explain/1/dibao", "/cases", "/rosters"] {
        assert_eq!(b.get(path).await.status, 403, "{path}");
    }
    b.be(CLERK).await;
    assert_eq!(b.get("/households/1").await.status, 200);
    for vague in ["%", "_", "石"] {
        let page = b.find(vague).await.body;
        assert!(page.contains("没有找到"), "{vague}: {}", excerpt(&page, "h-r"));
    }
    // The first family after the guided one lives in another township.
    // What lies outside is answered like what does not exist, with what to do.
    let answer = b.get("/households/2").await;
    let missing = b.get("/households/999999").await;
    assert_eq!((answer.status, missing.status), (404, 404));
    assert!(answer.body.contains("回工作台") && answer.body.contains("不在您负责范围内"), "a way on");
    let plain = |page: &str| page.replace("/households/2", "").replace("/households/999999", "");
    assert_eq!(plain(&answer.body), plain(&missing.body), "nobody learns which numbers exist");
    for path in ["/leads/1/assign", "/rosters/1/seal", "/role", "/cases/x", "/households/abc"] {
        let answer = b.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("没有这个页面") && answer.body.contains("回工作台"), "{path}");
    }
    let missing = b.get("/no/such/page").await;
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("action=\"/search\""));
    assert_eq!(b.get("/leads/999999").await.status, 404);
}

async fn looks(store: &Store, subject: &str) -> Vec<doudi_store::audit::LeafItem> {
    let all = store.leaves_of(subject).await.unwrap();
    all.into_iter().filter(|leaf| leaf.kind == "person.read").collect()
}

/// 查阅留痕: no page about people goes out without a leaf, and where none can be written no page goes out.
#[tokio::test]
async fn a_page_about_people_leaves_a_leaf_before_it_is_sent() {
    let mut site = site().await;
    let store = site.county.store.clone();
    let b = &mut site.browser;
    b.be(CLERK).await;
    for (path, subject) in [
        ("/households/1", "household:1"),
        ("/explain/1/dibao", "household:1"),
        ("/leads/1", "lead:1"),
        ("/search", ""),
    ] {
        let before = looks(&store, subject).await.len();
        let answer = match path {
            "/search" => b.find("石望山").await,
            _ => b.get(path).await,
        };
        assert_eq!(answer.status, 200, "{path}");
        let leaves = looks(&store, subject).await;
        let last = leaves.last().unwrap();
        assert_eq!(leaves.len(), before + 1, "{path}");
        assert_eq!(last.actor.map(|a| a.0), Some(CLERK));
        let payload = last.payload.clone().unwrap();
        let page = path.split('?').next().unwrap();
        assert!(payload.contains(&format!("\"page\":\"{page}\"")), "{payload}");
        assert!(!payload.contains("石"), "no name in the content: {payload}");
    }
    // What was refused was not seen.
    assert_eq!(b.get("/households/2").await.status, 404);
    assert_eq!(looks(&store, "household:2").await, []);
    let url = format!("sqlite:{}", site._folder.path().join("doudi.db").display());
    doudi_store::testing::administer(&url, "ALTER TABLE audit_leaves RENAME TO gone").await.unwrap();
    let answer = b.get("/households/1").await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains("石望山"), "the page stays here");
    assert_eq!(b.get("/coverage").await.status, 200, "no people, no leaf");
}

#[tokio::test]
async fn each_number_of_the_front_page_is_the_count_of_its_list() {
    let mut site = site().await;
    let b = &mut site.browser;
    for role in [CLERK, COUNTY_OFFICER] {
        b.be(role).await;
        let front = b.get("/").await.body;
        let figures: Vec<&str> = front.split("<a class=\"val\" href=\"").skip(1).collect();
        assert_eq!(figures.len(), 4);
        for figure in figures {
            let (href, rest) = figure.split_once('"').unwrap();
            let number = rest.trim_start_matches('>').split('<').next().unwrap();
            let href = href.replace("&#38;", "&");
            let list = b.get(&href).await;
            assert_eq!(list.status, 200, "{href}");
            let count = list.body.split("role=\"status\">").nth(1).unwrap_or_default();
            let count = count.split('<').next().unwrap_or_default();
            assert!(count.starts_with(&format!("{number} 户")), "{href}: {number} and {count}");
            if href.starts_with("/leads") {
                let note = rest.split("class=\"fnote\">").nth(1).unwrap().split('<').next().unwrap();
                let leads = count.split(['，', '；']).nth(1).unwrap();
                assert!(note.contains(leads), "{href}: {note} and {count}");
            }
        }
    }
}

/// Each queue of the workbench counts what its link lists.
async fn queues_are_their_lists(b: &mut Browser) -> Vec<String> {
    let bench = b.get("/workbench").await.body;
    let mut seen = Vec::new();
    for queue in bench.split("<td class=\"num bignum\"").skip(1) {
        let (href, rest) = queue.split_once("href=\"").unwrap().1.split_once('"').unwrap();
        let number: usize = rest.trim_start_matches('>').split('<').next().unwrap().parse().unwrap();
        let href = href.replace("&#38;", "&").replace("&amp;", "&");
        if href.starts_with("/cases") {
            let list = b.get(&href).await.body;
            let told = list.split("role=\"status\">").nth(1).unwrap();
            assert!(told.starts_with(&format!("{number} 件")), "{href}: {number} and {}", excerpt(told, ""));
            assert_eq!(list.matches("data-l=\"谁来办\"").count(), number, "{href}");
        }
        seen.push(href);
    }
    seen
}

#[tokio::test]
async fn a_township_gets_no_link_to_the_numbers_of_another() {
    let mut site = site().await;
    let b = &mut site.browser;
    let targets = |page: &str| -> Vec<String> {
        let leads = page.split("href=\"/leads?").skip(1);
        leads.map(|s| s.split('"').next().unwrap().to_owned()).collect()
    };
    b.be(CLERK).await;
    let page = b.get("/coverage").await.body;
    let own = targets(&page);
    assert!(!own.is_empty() && page.contains("茶亭镇"), "all townships are shown");
    assert!(own.iter().all(|href| href.contains("990121103")), "{own:?}");
    b.be(COUNTY_OFFICER).await;
    assert!(targets(&b.get("/coverage").await.body).len() > 14, "the county sees them all");
}

/// (address, words) of the links in the main part of a page.
fn links(page: &str) -> Vec<(String, String)> {
    let main = &page[page.find("<main").unwrap()..];
    main.split("<a ")
        .skip(1)
        .map(|a| {
            let href = a.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
            let words = a.split_once('>').unwrap().1.split("</a>").next().unwrap();
            (href.to_owned(), words.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn the_chain_tells_of_the_lead_and_of_what_the_visit_found() {
    let mut site = site().await;
    let b = &mut site.browser;
    b.be(CLERK).await;
    let page = b.get("/households/1").await.body;
    let chain = |page: &str| {
        let from = page.find("<ol class=\"chain\"").unwrap();
        page[from..].split("</ol>").next().unwrap().to_owned()
    };
    assert!(!page.contains("还没有记录"), "the lead is on record before anybody acts");
    for said in ["疑似漏保", "低保", "紧急程度：较急", "信号 1 种"] {
        assert!(chain(&page).contains(said), "{said}: {}", chain(&page));
    }
    assert_eq!(page.matches("明显高于当地水平").count(), 1, "each sign once");
    b.post("/leads/1/assign", &[("staff", "3")]).await;
    b.be(VILLAGE_WORKER).await;
    let fields = visit_fields(&b.get("/visit/1").await.body);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(b.post("/visit/1", &fields).await.status, 303);
    b.be(CLERK).await;
    let page = b.get("/households/1").await.body;
    let told = chain(&page);
    assert!(told.contains("家里只有户主打零工") && told.contains("问清"), "{told}");
    let (visit, lead) = (told.find("问清").unwrap(), told.find("紧急程度").unwrap());
    assert!(visit < lead, "the newest on top");
    let links = links(&page);
    for link in &links {
        assert!(links.iter().filter(|x| *x == link).count() < 3, "{link:?} stands again and again");
    }
}

/// Fields of a visit in which everything that is open is answered: 1,200 yuan of casual work, nothing else.
/// The version of the case that a form was made for.
fn version_of(page: &str) -> (String, String) {
    let rest = page.split("name=\"version\" value=\"").nth(1).unwrap();
    ("version".to_owned(), rest[..rest.find('"').unwrap()].to_owned())
}

fn visit_fields(page: &str) -> Vec<(String, String)> {
    let mut fields = vec![
        ("met".to_owned(), "yes".to_owned()),
        ("with".to_owned(), SOCIAL_WORKER.to_string()),
        ("signed".to_owned(), "石望山".to_owned()),
        ("note".to_owned(), "家里只有户主打零工".to_owned()),
    ];
    fields.push(version_of(page));
    for name in page.split("name=\"").skip(1).map(|s| s[..s.find('"').unwrap()].to_owned()) {
        let value = match name.as_str() {
            n if n.starts_with("none.") => "1",
            n if !n.starts_with("q.") => continue,
            "q.1.casual_income" => "1200",
            "q.h.members" | "q.h.obligors" => "no",
            n if n.ends_with("co_resident") && n.starts_with("q.5.") => "false",
            n if n.ends_with("co_resident") => "true",
            n if n.ends_with("independent") => "true",
            n if n.ends_with("_12m") || n.ends_with("income") || n.ends_with("count") => "0",
            _ => continue,
        };
        if !fields.iter().any(|(f, _)| *f == name) {
            fields.push((name, value.to_owned()));
        }
    }
    fields
}

#[tokio::test]
async fn a_later_visit_asks_what_was_left_and_corrects_what_was_told() {
    let mut site = site().await;
    let store = site.county.store.clone();
    let b = &mut site.browser;
    b.be(CLERK).await;
    b.post("/leads/1/assign", &[("staff", "3")]).await;
    b.be(VILLAGE_WORKER).await;
    let form = b.get("/visit/1").await.body;
    assert!(!form.contains("以前走访时说过的"));
    assert!(!form.contains("value=\"?\" checked"), "nobody says that a family cannot say before asking it");
    // Of the father's work only; of whether the grandmother lives here the family cannot say.
    let some: Vec<(String, String)> = visit_fields(&form)
        .into_iter()
        .filter(|(name, _)| !name.contains(".h") && !name.contains("independent"))
        .map(|(name, value)| if name == "q.4.co_resident" { (name, "?".to_owned()) } else { (name, value) })
        .collect();
    let some: Vec<(&str, &str)> = some.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let sent = b.post("/visit/1", &some).await;
    assert_eq!(sent.header("location"), "/workbench?done=visited_part", "{}", sent.body);
    assert!(b.get("/workbench?done=visited_part").await.body.contains("补充或更正"));
    let case = store.case(doudi_registry::CaseId(1)).await.unwrap();
    let left: Vec<&str> = case.unasked().iter().map(|u| u.label.zh.as_str()).collect();
    assert!(left.contains(&"种养业净收入") && left.contains(&"石立夏：能独立生活"), "{left:?}");
    assert!(!left.iter().any(|u| u.contains("长期共同居住")), "asked, and not known: {left:?}");

    b.be(CLERK).await;
    let page = b.get("/cases/1").await.body;
    assert!(
        !page.contains("完整的入户调查") && page.contains("项没问到"),
        "{}",
        excerpt(&page, "走访与入户调查")
    );
    assert!(page.contains("没问到：") && page.contains("种养业净收入"));
    assert!(page.contains("家里说不清：长期共同居住（云秀英）"), "{}", excerpt(&page, "家里说不清"));
    act(b, "accept", &[]).await;
    act(b, "request_check", &[]).await;
    act(b, "record_check", &[("asked", "16"), ("answered", "15"), ("settled", "1")]).await;
    let page = b.get("/cases/1").await.body;
    assert!(page.contains("class=\"btn btn-1\" href=\"/visit/1\""), "the next step is to ask");
    let now = version(&page);
    let fields = [("version", now.as_str()), ("text", "拟同意纳入"), ("amount", "100")];
    let refused = b.post("/cases/1/propose_approve", &fields).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("没有问到：") && refused.body.contains("种养业净收入"),
        "{}",
        excerpt(&refused.body, "<h1")
    );

    b.be(VILLAGE_WORKER).await;
    let form = b.get("/visit/1").await.body;
    let earlier = form.split("以前走访时说过的").nth(1).unwrap();
    assert!(
        earlier.contains("石望山：零工收入") && earlier.contains("1,200.00"),
        "{}",
        excerpt(&form, "h-earlier")
    );
    for known in ["31,480", "31480", "185.00", "残疾", "养老金", "医保"] {
        assert!(!form.contains(known), "the departments' {known}");
    }
    let fields = visit_fields(&form);
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let wrong = b.post("/visit/1", &[&fields[..], &[("e.1.casual_income", "八百")]].concat()).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("<details class=\"data\" open>") && wrong.body.contains("value=\"八百\""));
    fields.push(("e.1.casual_income", "800"));
    fields.push(("e.5.co_resident", "false"));
    let sent = b.post("/visit/1", &fields).await;
    assert_eq!(sent.header("location"), "/workbench?done=visited", "{}", excerpt(&sent.body, "<h1"));
    let told = store.observations_of_family(doudi_registry::HouseholdId(1)).await.unwrap();
    let casual: Vec<_> = told
        .iter()
        .filter(|o| o.subject == doudi_registry::Subject::Person(doudi_registry::PersonId(1)))
        .filter_map(|o| Some((o.origin, o.payload.get("casual_income")?.clone())))
        .collect();
    let visit = |n| doudi_registry::Origin::Visit(doudi_registry::VisitId(n));
    let number = doudi_registry::Scalar::Number;
    assert_eq!(casual, [(visit(1), number(120_000)), (visit(2), number(80_000))]);

    b.be(CLERK).await;
    let page = b.get("/cases/1").await.body;
    assert!(
        page.contains("完整的入户调查") && page.contains("更正，原说 1,200.00 元/月"),
        "{}",
        excerpt(&page, "走访与入户调查")
    );
    let chain = b.get("/households/1").await.body;
    let said = excerpt(&chain, "更正：");
    assert!(said.starts_with("更正：石望山：零工收入，原说 1,200.00 元/月，现说 800.00 元/月。"), "{said}");
    assert!(chain.contains("更正以前的回答 1 项"), "the same answer again is no correction");
}

/// A slip of the pen is refused at its field; one that is on file already locks nobody out of the case.
#[tokio::test]
async fn a_number_that_cannot_be_is_refused_and_never_locks_a_page() {
    let mut site = site().await;
    let store = site.county.store.clone();
    let b = &mut site.browser;
    b.be(CLERK).await;
    b.post("/leads/1/assign", &[("staff", "3")]).await;
    b.be(VILLAGE_WORKER).await;
    let fields = visit_fields(&b.get("/visit/1").await.body);
    let slip = |name: &str, value: &str| -> Vec<(String, String)> {
        assert!(fields.iter().any(|(n, _)| n == name), "{name} is asked");
        let other = fields.iter().filter(|(n, _)| n != name).cloned();
        other.chain([(name.to_owned(), value.to_owned())]).collect()
    };
    for (name, value, said) in [
        ("q.1.dwelling_count", "-1", "-1 小于最小值 0"),
        ("q.1.casual_income", "-5", "-5.00 小于最小值 0.00"),
    ] {
        let sent = slip(name, value);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let refused = b.post("/visit/1", &sent).await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(refused.body.contains(said), "{}", excerpt(&refused.body, "errsum"));
    }
    assert!(store.case(doudi_registry::CaseId(1)).await.unwrap().visits.is_empty());

    let day = county::TODAY.parse().unwrap();
    let typed = doudi_registry::Observation {
        id: doudi_registry::ObservationId(0),
        subject: doudi_registry::Subject::Person(doudi_registry::PersonId(1)),
        source: "visit".to_owned(),
        origin: doudi_registry::Origin::Visit(doudi_registry::VisitId(1)),
        line: None,
        grade: doudi_registry::Grade::D,
        valid_from: day,
        valid_to: None,
        recorded_at: day,
        recorded_by: None,
        payload: [("dwelling_count".to_owned(), doudi_registry::Scalar::Number(-1))].into(),
    };
    store.add_observations(&[typed]).await.unwrap();
    let again = b.get("/visit/1").await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert!(again.body.contains("name=\"q.1.dwelling_count\""), "it is asked again");
    b.be(CLERK).await;
    for path in ["/cases/1", "/explain/1/dibao", "/households/1"] {
        let page = b.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
    }
    assert!(b.get("/households/1").await.body.contains("有矛盾或不可能，按未知处理"));
    assert!(b.get("/explain/1/dibao").await.body.contains("未知"));
}

/// The clerk reads articles and sources; the page for the family speaks to it and has none of either.
#[tokio::test]
async fn an_explanation_has_a_page_for_the_clerk_and_one_for_the_family() {
    let mut site = site().await;
    let b = &mut site.browser;
    b.be(CLERK).await;
    let clerk = b.get("/explain/1/dibao").await.body;
    assert!(clerk.contains("href=\"/explain/1/dibao?for=citizen\""), "no way to the family's page");
    assert!(clerk.contains("M57#8") && !clerk.contains("您家"), "{clerk}");
    let family = b.get("/explain/1/dibao?for=citizen").await.body;
    let told = family.split("<article class=\"letter\">").nth(1).unwrap().split("</article>").next().unwrap();
    assert!(told.contains("您家") && told.contains("电话 12349"), "{told}");
    assert!(told.contains("不由机器决定") && told.contains("《最低生活保障审核确认办法》"), "{told}");
    for code in ["M57#", "DB-", "990121", "ss_", "visit"] {
        assert!(!told.contains(code), "{code} in {told}");
    }
    assert!(family.contains("href=\"/explain/1/dibao\""), "no way back to the clerk's page");
    let english = b.get("/explain/1/dibao?for=citizen&lang=en").await.body;
    assert!(english.contains("your family") && english.contains("not a machine"), "{english}");
    // Beside an amount that rests on what the law says to take for the unknown, that is said.
    let household = b.get("/households/1?lang=zh").await.body;
    assert!(household.contains("不知道而按规定取值："), "{household}");
}

#[tokio::test]
async fn the_family_of_a_county_officer_is_decided_by_the_city() {
    let mut site = site().await;
    let store = site.county.store.clone();
    let b = &mut site.browser;
    let whose = async |b: &mut Browser| {
        let page = b.get("/").await.body;
        excerpt(&page, "class=\"turn").split("</b>").next().unwrap().rsplit('>').next().unwrap().to_owned()
    };
    b.be(CLERK).await;
    b.post("/leads/1/assign", &[("staff", "3")]).await;
    b.be(VILLAGE_WORKER).await;
    let fields = visit_fields(&b.get("/visit/1").await.body);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(b.post("/visit/1", &fields).await.status, 303);
    b.be(CLERK).await;
    // The form says township, out of habit; the platform knows where the officer works.
    let kin = [
        ("kin_member", "石望山"),
        ("kin_official", "竹明远（县民政局）"),
        ("kin_relation", "sibling"),
        ("kin_level", "township"),
    ];
    act(b, "accept", &kin).await;
    let page = b.get("/cases/1").await.body;
    assert!(page.contains("近亲属备案件：市级决定"), "{}", excerpt(&page, "近亲属"));
    act(b, "request_check", &[]).await;
    act(b, "record_check", &[("asked", "16"), ("answered", "15"), ("settled", "1")]).await;
    act(b, "propose_approve", &[("text", "因病致困，建议纳入低保。")]).await;
    act(b, "start_publicity", &[]).await;
    b.post("/day", &[("days", "9")]).await;
    b.be(HEAD).await;
    act(b, "submit", &[]).await;

    assert_eq!(whose(b).await, "轮到县级民政 松清和", "the colleague visits, not the relative");
    let waits = async |b: &mut Browser, who: i64| {
        b.be(who).await;
        b.get("/cases?mine=1").await.body.contains("1 件，")
    };
    for (who, expected) in [
        (COUNTY_OFFICER, false),
        (COUNTY_COLLEAGUE, true),
        (CITY_OFFICER, false),
        (CLERK, false),
        (HEAD, false),
    ] {
        assert_eq!(waits(b, who).await, expected, "{who}");
    }
    b.be(COUNTY_OFFICER).await;
    let fields = visit_fields(&b.get("/visit/1").await.body);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let own = b.post("/visit/1", &fields).await;
    assert!(own.status == 409 && own.body.contains("回避"), "{}", excerpt(&own.body, "<h1"));
    b.be(COUNTY_COLLEAGUE).await;
    assert_eq!(b.post("/visit/1", &fields).await.status, 303);
    assert_eq!(whose(b).await, "轮到市级民政 溪照临");
    let signed = |version: &str| {
        vec![
            ("version".to_owned(), version.to_owned()),
            ("reason".into(), "同意。".into()),
            ("seen".into(), "visits".into()),
        ]
    };
    for (officer, why) in [(COUNTY_OFFICER, "须回避"), (COUNTY_COLLEAGUE, "本案由市级民政决定")] {
        b.be(officer).await;
        let page = b.get("/cases/1").await.body;
        assert!(!page.contains("id=\"act-confirm\"") && page.contains(why), "{officer}");
        let fields = signed(&version(&page));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(b.post("/cases/1/confirm", &fields).await.status, 409);
    }
    assert!(waits(b, CITY_OFFICER).await);
    act(b, "confirm", &[("reason", "县级已入户核查，同意。"), ("seen", "visits"), ("seen", "opinion")]).await;
    let case = store.case(doudi_registry::CaseId(1)).await.unwrap();
    let decision = case.decision.unwrap();
    assert_eq!((decision.level, decision.human.name()), (doudi_casework::Level::City, "溪照临"));
    assert_eq!(store.awards_of(doudi_registry::HouseholdId(1)).await.unwrap().len(), 1);
    let chain = b.get("/households/1").await.body;
    assert!(
        chain.contains("市级民政 溪照临") && chain.contains("近亲属备案1条"),
        "{}",
        excerpt(&chain, "chain")
    );
}

#[tokio::test]
async fn a_lead_goes_all_the_way_to_a_sealed_roster() {
    let mut site = site().await;
    let store = site.county.store.clone();
    let b = &mut site.browser;
    b.be(CLERK).await;
    assert_eq!(
        b.post("/leads/1/assign", &[("staff", "3")]).await.header("location"),
        "/cases/1?done=assigned"
    );

    b.be(VILLAGE_WORKER).await;
    let form = b.get("/visit/1").await.body;
    let shown = version_of(&form).1;
    let rejected = b.post("/visit/1", &[("version", &shown[..]), ("note", "先记一句")]).await;
    assert_eq!(rejected.status, 422);
    assert!(rejected.body.contains("先记一句") && rejected.body.contains("errsum"), "values are kept");
    let fields = visit_fields(&form);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let answer = b.post("/visit/1", &fields).await;
    let again = b.post("/visit/1", &fields).await;
    assert_eq!(again.status, 409, "the same form twice is one visit");
    assert!(again.body.contains("没有重复登记"), "{}", excerpt(&again.body, "h1"));
    assert_eq!(answer.status, 303, "{}", answer.body);

    b.be(CLERK).await;
    act(b, "accept", &[]).await;
    let stale = b.post("/cases/1/request_check", &[("version", "1")]).await;
    assert_eq!(stale.status, 409, "the case has moved on");
    act(b, "request_check", &[]).await;
    act(b, "record_check", &[("asked", "16"), ("answered", "15"), ("settled", "1")]).await;
    let page = b.get("/cases/1").await.body;
    assert!(page.contains("规则试算：符合"), "{}", excerpt(&page, "规则试算"));
    act(b, "propose_approve", &[("text", "因病致困，走访与核对一致，建议纳入低保。")]).await;
    act(b, "start_publicity", &[]).await;

    b.be(HEAD).await;
    let now = version(&b.get("/cases/1").await.body);
    let early = b.post("/cases/1/submit", &[("version", &now)]).await;
    assert_eq!(early.status, 409, "the public notice still runs");
    assert_eq!(b.post("/day", &[("days", "10")]).await.status, 303);
    act(b, "submit", &[]).await;

    b.be(COUNTY_OFFICER).await;
    let now = version(&b.get("/cases/1").await.body);
    let unseen = b.post("/cases/1/confirm", &[("version", &now), ("reason", "同意纳入低保。")]).await;
    assert_eq!(unseen.status, 409, "nobody decides without having looked at anything");
    assert!(unseen.body.contains("同意纳入低保。"), "what was written is kept");
    let page = b.get("/cases/1").await.body;
    assert!(page.contains("5 项检查") && page.contains("都通过了"), "{}", excerpt(&page, "项检查"));
    let proposed = excerpt(&page, "确认即按初审意见发放");
    assert!(proposed.starts_with("确认即按") && !page.contains("不一致"), "{proposed}");
    let sum = proposed.split(" 元").next().unwrap().rsplit('，').next().unwrap().to_owned();
    // The father earns more by now: the page says what is paid and what the rules give, and why they differ.
    let told = store.observations_of_family(doudi_registry::HouseholdId(1)).await.unwrap();
    let mut more = told.into_iter().find(|o| o.payload.contains_key("casual_income")).unwrap();
    more.payload.retain(|fact, _| fact == "casual_income");
    more.payload.insert("casual_income".to_owned(), doudi_registry::Scalar::Number(150_000));
    store.add_observations(&[more]).await.unwrap();
    let page = b.get("/cases/1").await.body;
    let differ = excerpt(&page, "规则试算与初审意见不一致");
    assert!(differ.starts_with("规则试算与") && differ.contains(&sum), "{differ}");
    assert!(differ.contains("规则现在算出的是") && differ.contains("退回乡镇"), "{differ}");
    assert_eq!(differ.matches(&sum).count(), 1, "the other sum is another: {differ}");
    act(b, "confirm", &[("reason", "同意纳入低保。"), ("seen", "explanation"), ("seen", "visits")]).await;
    // The notice is still to be delivered, by the clerk or by the officer; a colleague's case is nobody else's.
    let decided = |seen: &[String]| seen.iter().any(|href| href.contains("confirmed"));
    assert!(decided(&queues_are_their_lists(b).await));
    let all = b.get("/cases?status=confirmed").await.body;
    assert!(all.contains("1 件"), "{}", excerpt(&all, "role=\"status\""));
    b.be(CLERK).await;
    assert!(decided(&queues_are_their_lists(b).await));
    act(b, "record_notice", &[("ways", "paper")]).await;
    assert!(!decided(&queues_are_their_lists(b).await), "delivered: nothing waits");
    assert!(b.get("/cases?status=confirmed").await.body.contains("1 件"), "and it is still found");
    assert!(b.get("/cases?mine=1&status=confirmed").await.body.contains("0 件"));
    b.be(COUNTY_OFFICER).await;
    let award = &store.awards_of(doudi_registry::HouseholdId(1)).await.unwrap()[0];
    assert_eq!(doudi_web::lang::money(award.amount), sum, "what was signed is what is paid");

    b.be(FINANCE_OFFICER).await;
    for (period, cure) in [("2024-05", "请改选本月"), ("2031-01", "只能编制本月"), ("2024-07", "请先编制")]
    {
        let refused = b.post("/rosters", &[("programme", "dibao"), ("period", period)]).await;
        assert_eq!(refused.status, 409, "{period}");
        assert!(refused.body.contains(cure), "{period}: {}", excerpt(&refused.body, "<h1"));
    }
    let july = [("programme", "dibao"), ("period", "2024-07")];
    let made = b.post("/rosters", &[("programme", "dibao"), ("period", "2024-06")]).await;
    assert_eq!(made.status, 303, "{}", excerpt(&made.body, "card"));
    let unsealed = b.post("/rosters", &july).await;
    assert_eq!(unsealed.status, 409, "June is still a draft");
    assert!(unsealed.body.contains("请先由另一人复核封存 2024-06"), "{}", excerpt(&unsealed.body, "<h1"));
    b.be(FINANCE_REVIEWER).await;
    assert_eq!(b.post("/rosters/1/seal", &[]).await.status, 303);
    b.be(FINANCE_OFFICER).await;
    assert_eq!(b.post("/rosters/1/export", &[]).await.status, 303);
    let made = b.post("/rosters", &july).await;
    assert_eq!(made.status, 303, "{}", excerpt(&made.body, "card"));
    let own = b.post("/rosters/2/seal", &[]).await;
    assert_eq!(own.status, 403, "who makes rosters does not seal");
    b.be(FINANCE_REVIEWER).await;
    let roster = b.get("/rosters/2").await.body;
    assert!(roster.contains("石*山"), "{roster}");
    let sealed = b.post("/rosters/2/seal", &[]).await;
    assert_eq!(sealed.status, 303, "{}", excerpt(&sealed.body, "card"));
    b.be(FINANCE_OFFICER).await;
    let work = b.get("/workbench").await.body;
    assert!(!work.contains("href=\"/rosters\">名册待导出"), "{}", excerpt(&work, "名册待导出"));
    let waiting = b.get("/rosters?state=sealed").await.body;
    assert!(waiting.contains(">1 册<"), "only the sealed one: {}", excerpt(&waiting, "h-list"));
    assert!(b.get("/rosters").await.body.contains(">2 册<"), "the list without a filter holds both");
    assert_eq!(b.post("/rosters/2/export", &[]).await.status, 303);
    let file = b.get("/rosters/2/bank.csv").await;
    assert_eq!(file.status, 200);
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert!(file.body.contains("石望山"));
    let page = b.get("/rosters/2").await.body;
    assert!(page.contains("发放标识、结果、金额、原因"), "{}", excerpt(&page, "登记银行回执文件"));
    // 发放标识 in GB18030: the message speaks of the encoding, not of a header.
    let gb = [0xb7, 0xa2, 0xb7, 0xc5, 0xb1, 0xea, 0xca, 0xb6];
    let answer = upload(b, "/rosters/2/returns", &[], &gb).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body.contains("不是 UTF-8 编码"), "{}", excerpt(&answer.body, "errsum"));

    // Money that arrived and came back is confirmed by the second person, who has seen that it had arrived.
    let cells: Vec<&str> = file.body.lines().nth(1).unwrap().split(',').collect();
    let (line, amount) = (cells[0].to_owned(), cells[5].to_owned());
    let said = |result: &str, why: &str| {
        format!("发放标识,结果,金额,原因\n{line},{result},{amount},{why}\n合计,1,{amount},\n").into_bytes()
    };
    let (arrived, back) = (said("成功", ""), said("失败", "账户已销户"));
    assert_eq!(upload(b, "/rosters/2/returns", &[], &arrived).await.status, 303);
    let alone = upload(b, "/rosters/2/returns", &[], &back).await;
    assert_eq!(alone.status, 409);
    assert!(alone.body.contains("以前已登记到账"), "{}", excerpt(&alone.body, "<h1"));
    assert_eq!(upload(b, "/rosters/2/bounces", &[("seen", "1")], &back).await.status, 403);
    b.be(FINANCE_REVIEWER).await;
    assert!(b.get("/rosters/2").await.body.contains("确认到账后退回"));
    assert_eq!(upload(b, "/rosters/2/bounces", &[], &back).await.status, 422, "not without having looked");
    assert_eq!(upload(b, "/rosters/2/bounces", &[("seen", "1")], &back).await.status, 303);
    b.be(FINANCE_OFFICER).await;
    assert_eq!(upload(b, "/rosters/2/returns", &[], &back).await.status, 303, "the officer's file fits now");
    let again = b.post("/rosters/2/reissue", &[("line", &line)]).await;
    assert_eq!(again.header("location"), "/rosters/3?done=reissued", "{}", excerpt(&again.body, "<h1"));
    assert!(b.get("/rosters/3").await.body.contains("先报到账，后退回：账户已销户"));
    let fetched = b.get("/rosters/2/bank.csv").await;
    assert_eq!((fetched.status, fetched.body), (200, file.body), "the sealed file stays what it was");
}

/// Posts a form with a file as a browser does.
async fn upload(b: &mut Browser, path: &str, fields: &[(&str, &str)], file: &[u8]) -> browser::Answer {
    let origin = format!("http://{}", b.host);
    let extra = [("Origin", origin.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let token = b.token().await;
    let mut start = String::new();
    for (name, value) in fields.iter().chain([&("csrf", token.as_str())]) {
        start.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    start.push_str("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.csv\"\r\n\r\n");
    let body = [start.as_bytes(), file, b"\r\n--b--\r\n"].concat();
    b.send_bytes("POST", path, &extra, &body).await
}

/// What the township hands out in an emergency has a ceiling, is on the chain, and is not paid a second time.
#[tokio::test]
async fn help_given_first_keeps_to_the_ceiling_and_is_not_paid_again() {
    let mut site = site().await;
    let store = site.county.store.clone();
    let mut lead = store.lead(site.county.lead).await.unwrap();
    lead.outcome = "ta_urgent".to_owned();
    lead.urgency = doudi_registry::Urgency::Red;
    let lead = store.insert_leads(&[lead]).await.unwrap();
    let b = &mut site.browser;
    b.be(CLERK).await;
    let taken = b.post(&format!("/leads/{lead}/assign"), &[("staff", "3")]).await;
    assert_eq!(taken.header("location"), "/cases/1?done=assigned", "{}", excerpt(&taken.body, "<h1"));
    let now = version(&b.get("/cases/1").await.body);
    let help =
        |amount| [("version", now.as_str()), ("amount", amount), ("cause", "失火"), ("witness", "柳长青")];
    let refused = b.post("/cases/1/give_first_help", &help("99999")).await;
    assert_ne!(refused.status, 303);
    assert!(
        refused.body.contains("限额 2268.00 元") && refused.body.contains("县级"),
        "{}",
        excerpt(&refused.body, "<h1")
    );
    assert!(
        store.case(doudi_registry::CaseId(1)).await.unwrap().first_help.is_none(),
        "nothing was recorded"
    );
    let given = b.post("/cases/1/give_first_help", &help("2000")).await;
    assert_eq!(given.status, 303, "{}", excerpt(&given.body, "<h1"));
    let page = b.get("/cases/1").await.body;
    assert!(
        page.contains("已先行救助 2,000.00 元") && page.contains("不再另发"),
        "{}",
        excerpt(&page, "<h1")
    );
    assert!(page.contains("3 项检查") && !page.contains("未公示"), "{}", excerpt(&page, "项检查"));
    act(b, "back_fill", &[("text", "失火当晚先行救助，补记对象、事由和金额")]).await;
    b.be(HEAD).await;
    let page = b.get("/cases/1").await.body;
    assert!(
        page.contains("先行救助 2,000.00 元") && page.contains("补手续，不再另发"),
        "{}",
        excerpt(&page, "act-confirm")
    );
    act(b, "confirm", &[("seen", "explanation"), ("reason", "先行救助属实，手续已补齐")]).await;
    assert!(store.awards_of(doudi_registry::HouseholdId(1)).await.unwrap().is_empty(), "no second payment");
    let chain = b.get("/households/1").await.body;
    assert!(chain.contains("确认先行救助 2000.00 元：已当场给付，不再另发"), "{}", excerpt(&chain, "chain"));
}

fn version(page: &str) -> String {
    let at = page.find("name=\"version\" value=\"").map(|i| i + 22);
    at.map_or_else(String::new, |at| page[at..].split('"').next().unwrap().to_owned())
}

fn excerpt(page: &str, from: &str) -> String {
    let start = page.find("<main").and_then(|m| page[m..].find(from).map(|i| m + i)).unwrap_or(0);
    page[start..].chars().take(600).collect()
}

async fn act(b: &mut Browser, action: &str, fields: &[(&str, &str)]) {
    let page = b.get("/cases/1").await.body;
    assert!(
        page.contains(&format!("id=\"act-{action}\"")),
        "{action} is not offered: {}",
        excerpt(&page, "谁能做什么")
    );
    let version = version(&page);
    let mut all = vec![("version", version.as_str())];
    all.extend_from_slice(fields);
    let answer = b.post(&format!("/cases/1/{action}"), &all).await;
    assert_eq!(answer.status, 303, "{action}: {}", excerpt(&answer.body, "<h1"));
}
