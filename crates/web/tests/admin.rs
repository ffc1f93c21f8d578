//! The pages of the three administrators, as browsers meet them: accounts, four eyes on administrators, revocation.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests stop at the first surprise"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/county.rs"]
mod county;

use browser::{Answer, Browser};
use doudi_access::identity::{base32, password, totp};
use doudi_registry::{Post, StaffId};
use doudi_store::account_changes::{ChangeKind, ChangeState, NewChange};

const CLERK: i64 = 1;
const SYSTEM_ADMIN: i64 = 11;
const SECURITY_ADMIN: i64 = 12;
const AUDIT_ADMIN: i64 = 13;
const OWN: &str = "石桥镇的早晨 七点还有大雾";

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let from = text.find(before).unwrap_or_else(|| panic!("{before} in {text}")) + before.len();
    &text[from..from + text[from..].find(after).unwrap()]
}

/// The first password on a page that shows one.
fn first_on(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.header("cache-control").contains("no-store"), "{}", page.header("cache-control"));
    let at = page.body.split("第一次用的口令 <code").nth(1).unwrap_or_else(|| panic!("{}", page.body));
    between(at, "class=\"secret\">", "</code>").to_owned()
}

async fn be(site: &county::Served, id: i64) -> Browser {
    let mut b = Browser::new(site.addr);
    b.be(id).await;
    b
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_logs_in_with_the_first_password_and_is_shut_out_with_the_next_request() {
    let site = county::served().await;
    let store = &site.county.store;
    let mut admin = be(&site, SECURITY_ADMIN).await;
    // Bad fields: the form again with what was typed.
    let fields = [("name", "柳新人"), ("post", ""), ("division", "990222"), ("login", "a b")];
    let again = admin.post("/accounts/new", &fields).await;
    assert_eq!(again.status, 422);
    for said in ["value=\"柳新人\"", "value=\"a b\"", "请选岗位", "请选您负责范围内的地区", "最多 64 个字"]
    {
        assert!(again.body.contains(said), "{said} in {}", again.body);
    }
    let fields =
        [("name", "柳新人"), ("post", "township_clerk"), ("division", "990121103"), ("login", " LiuXin ")];
    let first = first_on(&admin.post("/accounts/new", &fields).await);
    let list = admin.post("/accounts", &[("q", "liuxin")]).await.body;
    assert!(list.contains("柳新人") && list.contains("等本人第一次登录") && !list.contains(&first));
    assert!(!list.contains("柳青禾"), "only who was searched for");
    assert!(admin.post("/accounts/new", &fields).await.body.contains("已被使用"));

    // Over the shoulder nothing is kept: the hash is stored, the password is not.
    let account = store.account("liuxin").await.unwrap().unwrap();
    assert!(password::verify(&first, &account.password) && account.first);

    // The first password opens the enrolment; afterwards the owner works with their own.
    let mut b = Browser::new(site.addr);
    let entered = b.post("/login", &[("name", "liuxin"), ("password", &first), ("code", "")]).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/login/first"), "{}", entered.body);
    assert_eq!(b.get("/workbench").await.status, 303, "nobody works with a first password");
    let page = b.get("/login/first").await.body;
    let secret = base32::decode(between(&page, "secret=", "&")).unwrap();
    let code = totp::code(&secret, totp::step(now())).unwrap();
    let done = b.post("/login/first", &[("new", OWN), ("again", OWN), ("code", &code)]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(b.get("/leads").await.status, 200);

    // Moved: the very next request is answered by the new post.
    let id = account.staff;
    let path = |act: &str| format!("/accounts/{id}{act}");
    let moved = admin.post(&path("/move"), &[("post", "finance_officer"), ("division", "990121")]).await;
    assert_eq!(moved.status, 303, "{}", moved.body);
    assert_eq!(b.get("/leads").await.status, 403);
    assert_eq!(b.get("/rosters").await.status, 200);

    // All sessions ended, then shut; neither page nor form of its owner is answered any more.
    assert_eq!(admin.post(&path("/end-sessions"), &[]).await.status, 303);
    assert_eq!(b.get("/rosters").await.status, 303);
    assert_eq!(admin.post(&path("/end-sessions"), &[]).await.status, 409, "none is left");
    assert_eq!(admin.post(&path("/disable"), &[]).await.status, 303);
    assert!(store.account("liuxin").await.unwrap().unwrap().disabled);
    let refused = b.post("/login", &[("name", "liuxin"), ("password", OWN), ("code", "000000")]).await;
    assert_eq!(refused.status, 401);
    assert!(admin.get(&path("")).await.body.contains("停用中"));
    assert_eq!(admin.post(&path("/open"), &[]).await.status, 303);
    assert!(!store.account("liuxin").await.unwrap().unwrap().disabled);
    let second = first_on(&admin.post(&path("/reset"), &[]).await);
    assert_ne!(second, first);
    let account = store.account("liuxin").await.unwrap().unwrap();
    assert!(account.first && account.totp.is_none() && password::verify(&second, &account.password));

    // Waiting after wrong passwords ends with unlocking.
    for _ in 0..6 {
        b.post("/login", &[("name", "liuxin"), ("password", "wrong"), ("code", "")]).await;
    }
    assert!(admin.get(&path("")).await.body.contains("锁到"));
    assert_eq!(admin.post(&path("/unlock"), &[]).await.status, 303);
    assert!(!admin.get(&path("")).await.body.contains("锁到"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_of_an_administrator_takes_two() {
    let site = county::served().await;
    let store = &site.county.store;
    let (mut security, mut system) = (be(&site, SECURITY_ADMIN).await, be(&site, SYSTEM_ADMIN).await);
    let staff = store.all_staff().await.unwrap().len();

    // Somebody new in the post of an administrator is put forward, not made.
    let fields = [("name", "岩新人"), ("post", "system_admin"), ("division", "990121"), ("login", "yanxin")];
    let put = security.post("/accounts/new", &fields).await;
    assert_eq!(
        (put.status, put.header("location")),
        (303, "/accounts?done=account_proposed"),
        "{}",
        put.body
    );
    assert!(store.account("yanxin").await.unwrap().is_none());
    assert_eq!(store.all_staff().await.unwrap().len(), staff);
    // Nobody becomes one by a move either.
    let fields = [("post", "audit_admin"), ("division", "990121")];
    let put = security.post(&format!("/accounts/{CLERK}/move"), &fields).await;
    assert_eq!(put.header("location"), "/accounts?done=account_proposed", "{}", put.body);
    assert_eq!(store.staff(StaffId(CLERK)).await.unwrap().unwrap().post, Post::TownshipClerk);
    // What one does alone to others is refused here, with the rule in words.
    for act in ["create", "disable", "open", "reset", "move"] {
        let answer = security.post(&format!("/accounts/{AUDIT_ADMIN}/{act}"), &fields).await;
        assert_eq!(answer.status, 409, "{act}");
        assert!(answer.body.contains("须两人办理"), "{act}: {}", answer.body);
    }
    // Nor does anybody change their own, by any way.
    for act in ["create", "disable", "open", "reset", "move", "unlock", "end-sessions", "propose"] {
        let answer = security.post(&format!("/accounts/{SECURITY_ADMIN}/{act}"), &fields).await;
        assert_eq!(answer.status, 409, "{act}");
        assert!(answer.body.contains("您自己的账号") || answer.body.contains("须两人办理"), "{act}");
    }

    // The proposer does not confirm; the second person does, and sees the first password.
    assert_eq!(security.post("/account-changes/1/confirm", &[]).await.status, 403);
    assert!(system.get("/account-changes").await.body.contains("岩新人"));
    let first = first_on(&system.post("/account-changes/1/confirm", &[]).await);
    let account = store.account("yanxin").await.unwrap().unwrap();
    assert!(password::verify(&first, &account.password));
    assert_eq!(system.post("/account-changes/1/confirm", &[]).await.status, 409, "once");
    // Declined and withdrawn: nothing is done.
    assert_eq!(system.post("/account-changes/2/withdraw", &[]).await.status, 403);
    assert_eq!(system.post("/account-changes/2/decline", &[]).await.status, 303);
    assert_eq!(store.staff(StaffId(CLERK)).await.unwrap().unwrap().post, Post::TownshipClerk);
    let id = account.staff.0;
    let put = security.post(&format!("/accounts/{id}/propose"), &[("kind", "disable")]).await;
    assert_eq!(put.status, 303, "{}", put.body);
    assert!(!store.account("yanxin").await.unwrap().unwrap().disabled, "it waits");
    assert_eq!(security.post("/account-changes/3/withdraw", &[]).await.status, 303);
    assert_eq!(store.account_change(3).await.unwrap().state, ChangeState::Withdrawn);

    // A change of one's own account is confirmed by another system administrator.
    let me = store.staff(StaffId(SYSTEM_ADMIN)).await.unwrap().unwrap();
    let new = NewChange { kind: ChangeKind::Add, whose: me, login: "yanshouchang".to_owned() };
    let mine = store.propose_account_change(&new, StaffId(SECURITY_ADMIN), now()).await.unwrap();
    let answer = system.post(&format!("/account-changes/{mine}/confirm"), &[]).await;
    assert!(answer.status == 409 && answer.body.contains("另一位系统管理员"), "{}", answer.body);

    // The audit administrator reads of it and changes nothing.
    let mut audit = be(&site, AUDIT_ADMIN).await;
    let log = audit.get("/audit").await.body;
    assert!(log.contains("提出三员账号变更") && log.contains("不确认三员账号变更"), "{log}");
    for path in ["/accounts", "/accounts/1", "/accounts/new", "/account-changes"] {
        assert_eq!(audit.get(path).await.status, 403, "{path}");
    }
    assert_eq!(audit.post(&format!("/accounts/{CLERK}/disable"), &[]).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_another_area_do_not_exist() {
    let site = county::served().await;
    let store = &site.county.store;
    let mut admin = be(&site, SECURITY_ADMIN).await;
    let mut other = store.staff(StaffId(CLERK)).await.unwrap().unwrap();
    (other.name, other.division) = ("外县人".to_owned(), "990222101".parse().unwrap());
    let id = store.take_on(&other, "waixian", "x", now()).await.unwrap();
    assert_eq!(admin.get(&format!("/accounts/{id}")).await.status, 404);
    for act in ["create", "disable", "open", "reset", "move", "unlock", "end-sessions", "propose"] {
        assert_eq!(admin.post(&format!("/accounts/{id}/{act}"), &[]).await.status, 404, "{act}");
    }
    assert!(!store.account("waixian").await.unwrap().unwrap().disabled);
    assert!(!admin.post("/accounts", &[("q", "外县")]).await.body.contains("外县人"));
    // And nobody of this area is sent there.
    let fields = [("post", "township_clerk"), ("division", "990222101")];
    let sent = admin.post(&format!("/accounts/{CLERK}/move"), &fields).await;
    assert!(sent.status == 422 && sent.body.contains("负责范围内"), "{}", sent.status);
    assert_eq!(store.staff(StaffId(CLERK)).await.unwrap().unwrap().division.as_str(), "990121103");
}
