//! Who asks for what is not theirs is on record, over real HTTP, before the answer goes out.

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

use browser::Browser;
use doudi_registry::{HouseholdId, Post, Staff, StaffId};
use doudi_store::Store;
use doudi_store::audit::LeafItem;

const CLERK: i64 = 1;
const AUDITOR: i64 = 9;

async fn refusals(store: &Store, subject: &str) -> Vec<LeafItem> {
    let all = store.leaves_of(subject).await.unwrap();
    all.into_iter().filter(|leaf| leaf.kind == "access.refused").collect()
}

/// A clerk of another city.
async fn stranger(store: &Store) -> Staff {
    let mut stranger = Staff {
        id: StaffId(0),
        name: "外人".to_owned(),
        post: Post::TownshipClerk,
        division: "990222".parse().unwrap(),
    };
    stranger.id = store.add_staff(&stranger).await.unwrap();
    stranger
}

fn field(leaf: &LeafItem, name: &str) -> String {
    let fields: serde_json::Value = serde_json::from_str(leaf.payload.as_ref().unwrap()).unwrap();
    fields[name].as_str().unwrap().to_owned()
}

/// A row of the table of `/audit` that holds all of some words.
fn row_with(page: &str, words: &[&str]) -> bool {
    page.split("<tr").any(|row| words.iter().all(|word| row.contains(word)))
}

#[tokio::test]
async fn the_auditor_finds_who_looked_and_who_was_refused() {
    let county::Served { county, addr, folder: _folder, .. } = county::served().await;
    let stranger = stranger(&county.store).await;
    let mut b = Browser::new(addr);
    b.be(CLERK).await;
    assert_eq!(b.get("/households/1").await.status, 200);
    assert_eq!(b.get("/rosters/1/bank.csv").await.status, 403);
    assert_eq!(b.get("/audit").await.status, 403, "the record is not for those whom it is about");
    b.be(stranger.id.0).await;
    assert_eq!(b.get("/households/1").await.status, 404);

    let clerk = county.store.staff(StaffId(CLERK)).await.unwrap().unwrap();
    b.be(AUDITOR).await;
    let today = b.get("/audit").await.body;
    assert!(row_with(&today, &["查看", &clerk.name, "家庭 1", "/households/1/record"]), "{today}");
    assert!(row_with(&today, &["被拒绝", &clerk.name, "名册 1", "下载发放文件", "岗位无此权限"]));
    assert!(!today.contains("外人"), "staff of another county are not theirs to audit");
    let refused = b.get("/audit?group=refused").await.body;
    assert!(
        row_with(&refused, &["被拒绝", "名册 1"]) && !row_with(&refused, &["<th scope=\"row\">", "查看"])
    );
    let of_family = b.get("/audit?subject=household:1&day=2001-01-01").await.body;
    assert!(row_with(&of_family, &["查看", "家庭 1"]) && !row_with(&of_family, &["名册 1"]));
    assert!(!row_with(&b.get("/audit?day=2001-01-01").await.body, &["<th scope=\"row\">"]));
    // Whatever is asked for, the answer is a page.
    for odd in ["?day=tomorrow", "?group=%27", "?subject=%3Cscript%3E", "?before=zz", "?day=9999-12-31"] {
        assert_eq!(b.get(&format!("/audit{odd}")).await.status, 200, "{odd}");
    }
    for _ in 0..60 {
        county.store.record_copy(HouseholdId(1), StaffId(CLERK)).await.unwrap();
    }
    let page = b.get("/audit").await.body;
    let older =
        page.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|h| h.contains("before="));
    let older = b.get(&older.unwrap().replace("&amp;", "&").replace("&#38;", "&")).await.body;
    assert!(row_with(&older, &["查看", "家庭 1"]), "{older}");
}

#[tokio::test]
async fn a_curious_colleague_is_on_record_and_cannot_fill_the_disk() {
    let county::Served { county, addr, folder: _folder, .. } = county::served().await;
    let store = county.store.clone();
    let stranger = stranger(&store).await;
    let mut b = Browser::new(addr);

    // What is one's own leaves a look and no refusal.
    b.be(CLERK).await;
    assert_eq!(b.get("/households/1").await.status, 200);
    assert_eq!(refusals(&store, "household:1").await.len(), 0);

    // Another post: 403.
    assert_eq!(b.get("/rosters/1/bank.csv").await.status, 403);
    let told = refusals(&store, "roster:1").await;
    assert_eq!((told.len(), told[0].actor), (1, Some(StaffId(CLERK))));
    assert_eq!((field(&told[0], "action"), field(&told[0], "why")), ("roster.fetch".into(), "post".into()));

    // Another area, and what is not there at all: both 404, and both on record alike.
    b.be(stranger.id.0).await;
    for id in ["1", "999999"] {
        assert_eq!(b.get(&format!("/households/{id}?q=石望山")).await.status, 404);
        let told = refusals(&store, &format!("household:{id}")).await;
        assert_eq!((told.len(), told[0].actor), (1, Some(stranger.id)), "{id}");
        assert_eq!(field(&told[0], "why"), "not_found");
        assert_eq!(field(&told[0], "count"), "1");
        assert!(!told[0].payload.as_ref().unwrap().contains("石望山"), "nothing of the question");
    }
    assert_eq!(b.get(&format!("/leads/{}", county.lead)).await.status, 404);
    assert_eq!(refusals(&store, &format!("lead:{}", county.lead)).await.len(), 1);
    // A purpose that somebody has made up is text of theirs and stands nowhere.
    let token = b.token().await;
    let origin = format!("http://{addr}");
    let path = "/households/2/reveal/number-of-shi";
    let answer = b.send("POST", path, &[("Origin", &origin)], &format!("csrf={token}")).await;
    assert_eq!(answer.status, 404, "{}", answer.body);
    let told = refusals(&store, "household:2").await;
    assert_eq!((told.len(), field(&told[0], "action").as_str()), (1, "person.record"));

    // The same again and again is counted, and the rest of many different things, too.
    let leaves = || async { store.waiting_leaves().await.unwrap().leaves };
    let before = leaves().await;
    for _ in 0..20 {
        assert_eq!(b.get("/households/1").await.status, 404);
    }
    assert_eq!(leaves().await, before);
    for id in 100..160 {
        assert_eq!(b.get(&format!("/households/{id}")).await.status, 404);
    }
    let made = usize::try_from(leaves().await - before).unwrap();
    // Within one minute, or two if the clock has just turned.
    let most = 2 * (doudi_store::audit::LEAVES_A_MINUTE + 1);
    assert!((20..=most).contains(&made), "{made}");
    let seen = store.verify_audit(None, &[]).await.unwrap();
    assert_eq!(seen.findings, []);
}
