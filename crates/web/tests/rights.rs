//! What a family may demand at the window: see who looked, see a field in full for a purpose, say what is wrong, and take
//! a copy. A server on a port, a database in a file.
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

use browser::Browser;
use county::Served;
use doudi_policy::column::State;
use doudi_registry::HouseholdId;
use doudi_web::judge;

const CLERK: i64 = 1;
const HEAD: i64 = 2;
const COUNTY_OFFICER: i64 = 5;
const AUDITOR: i64 = 9;

impl Served {
    async fn browser(&self, staff: i64) -> Browser {
        let mut b = Browser::new(self.addr);
        b.be(staff).await;
        b
    }

    /// How a fact of the second member stands on the sheet that the rules read.
    async fn state_of(&self, fact: &str) -> (Option<State>, serde_json::Value) {
        let family = self.state.family(HouseholdId(1)).await.unwrap();
        let today = self.state.today().await.unwrap();
        let sheet = judge::sheet_of(&self.state, &family, None, today).await.unwrap();
        let value = &sheet.members[1].facts[fact];
        (value.state, value.value.clone())
    }
}

#[tokio::test]
async fn a_disputed_fact_is_unknown_until_its_source_answers() {
    let site = county::served().await;
    let mut b = site.browser(CLERK).await;
    let fact = "medical_self_paid_12m";
    assert_eq!(site.state_of(fact).await, (None, 31480.into()));
    for (fields, said) in [
        (vec![("fact", ""), ("said", "不对")], "请选哪一条不对"),
        (vec![("fact", "2.no_such_fact"), ("said", "不对")], "请选哪一条不对"),
        (vec![("fact", "9.medical_self_paid_12m"), ("said", "不对")], "请选哪一条不对"),
        (vec![("fact", "2.medical_self_paid_12m"), ("said", " ")], "请写实际是怎样的"),
    ] {
        let again = b.post("/households/1/dispute", &fields).await;
        assert!(again.status == 200 && again.body.contains(said), "{fields:?}: {}", again.status);
    }
    assert_eq!(site.state_of(fact).await, (None, 31480.into()), "nothing has changed");
    let fields = [("fact", "2.medical_self_paid_12m"), ("said", "只花了一万多")];
    assert_eq!(b.post("/households/1/dispute", &fields).await.status, 303);
    assert_eq!(site.state_of(fact).await.0, Some(State::Disputed));
    let twice = b.post("/households/1/dispute", &fields).await;
    assert_ne!(twice.status, 303, "the same is asked once");
    let page = b.get("/households/1/record").await.body;
    assert!(page.contains("只花了一万多") && page.contains("等来源部门答复"), "{page}");
    let waiting = b.get("/queries").await.body;
    assert!(waiting.contains("只花了一万多") && waiting.contains("31,480"), "{waiting}");
    // It stays in the table of what is held, marked, with the way to its question.
    let held = page.split("id=\"h-held\"").nth(1).unwrap().split("</table>").next().unwrap();
    let row = held.split("<tr>").find(|row| row.contains("异议中")).unwrap_or_else(|| panic!("{held}"));
    for said in
        ["31,480.00 元/年", "医保结算", "2024年5月31日", "异议中，自 2024年6月17日 起", "href=\"#query-1\""]
    {
        assert!(row.contains(said), "{said} in {row}");
    }
    assert!(page.contains("<li id=\"query-1\">"), "{page}");
    let choices = page.split("id=\"fact\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(
        !choices.contains("2.medical_self_paid_12m") && choices.contains("2.disability_grade"),
        "{choices}"
    );
    let answer = [("outcome", "corrected"), ("value", "10480.50"), ("came", "letter")];
    let with = |more: &[(&'static str, &'static str)]| [answer.to_vec(), more.to_vec()].concat();
    let letter = [("number", "医函〔2024〕18号"), ("dated", "2024-06-17")];
    for (fields, wrong) in [
        (vec![], "请选来源部门怎么答复"),
        (vec![("outcome", "corrected"), ("value", "一万")], "更正的值读不懂"),
        (answer.to_vec(), "日期读不懂"),
        (with(&[("dated", "2024-06-17")]), "请写来函的文号"),
        (with(&[("number", "医函1号"), ("dated", "2024-06-18")]), "不能在今天之后"),
        (with(&[("number", "医函1号"), ("dated", "2024-06-16")]), "之前"),
    ] {
        let again = b.post("/queries/1/answer", &fields).await;
        assert!(
            again.status == 200 && again.body.contains(wrong),
            "{wrong}: {} {}",
            again.status,
            again.body
        );
        assert!(
            fields.iter().all(|(_, value)| again.body.contains(value)),
            "what was typed is kept: {fields:?}"
        );
    }
    // First what will change; nothing has, yet.
    let sure = b.post("/queries/1/answer", &with(&letter)).await;
    assert_eq!(sure.status, 200);
    for said in [
        "由 31,480.00 元/年 更正为 10,480.50 元/年",
        "来函 医函〔2024〕18号，2024年6月17日",
        "name=\"confirmed\"",
    ] {
        assert!(sure.body.contains(said), "{said} in {}", sure.body);
    }
    assert_eq!(site.state_of(fact).await.0, Some(State::Disputed));
    let back = b.post("/queries/1/answer", &[with(&letter), vec![("again", "1")]].concat()).await;
    assert!(back.body.contains("value=\"10480.50\"") && !back.body.contains("name=\"confirmed\""));
    let sure = [with(&letter), vec![("confirmed", "1")]].concat();
    let answer = b.post("/queries/1/answer", &sure).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(site.state_of(fact).await, (None, "10480.50".into()));
    let late = b.post("/queries/1/answer", &sure).await;
    assert_eq!(late.status, 409, "answered once");
    let record = b.get("/households/1/record").await.body;
    assert!(
        record.contains("凭据：来函 医函〔2024〕18号，2024年6月17日") && !record.contains("异议中"),
        "{record}"
    );
    // A source that stands by its word restores it.
    let fields = [("fact", "2.disability_grade"), ("said", "是一级")];
    assert_eq!(b.post("/households/1/dispute", &fields).await.status, 303);
    assert_eq!(site.state_of("disability_grade").await.0, Some(State::Disputed));
    let by_phone =
        [("outcome", "upheld"), ("came", "telephone"), ("dated", "2024-06-17"), ("confirmed", "1")];
    assert_eq!(b.post("/queries/2/answer", &by_phone).await.status, 303);
    assert_eq!(site.state_of("disability_grade").await, (None, "g2".into()));
    let chain = site.county.store.chain(HouseholdId(1)).await.unwrap();
    assert_eq!(chain.iter().filter(|e| e.title_zh.contains("来源部门")).count(), 4);
}

#[tokio::test]
async fn a_masked_field_is_shown_for_a_stated_purpose_and_leaves_a_leaf() {
    let site = county::served().await;
    let store = &site.county.store;
    let family = site.state.family(HouseholdId(1)).await.unwrap();
    let address = family.household.address.clone();
    assert!(!address.is_empty());
    let mut b = site.browser(CLERK).await;
    let page = b.get("/households/1/record").await;
    assert!(page.status == 200 && !page.body.contains(&address), "masked by default");
    let none = b.post("/households/1/reveal/contact", &[]).await;
    assert!(none.status == 200 && none.body.contains("还没有选") && !none.body.contains(&address));
    let revealed = async || {
        let all = store.leaves_of("household:1").await.unwrap();
        all.into_iter().filter(|l| l.kind == "person.revealed").collect::<Vec<_>>()
    };
    assert!(revealed().await.is_empty());
    let shown = b.post("/households/1/reveal/contact", &[("field", "address")]).await;
    assert!(shown.status == 200 && shown.body.contains(&address), "{}", shown.body);
    let leaves = revealed().await;
    let payload = leaves[0].payload.clone().unwrap();
    assert_eq!((leaves.len(), leaves[0].actor.map(|a| a.0)), (1, Some(CLERK)));
    assert!(
        payload.contains("\"purpose\":\"contact\"") && payload.contains("\"fields\":\"address\""),
        "{payload}"
    );
    assert!(!payload.contains(&address));
    let several = b.post("/households/1/reveal/verify", &[("field", "address"), ("field", "number.1")]).await;
    assert!(several.status == 200 && several.body.contains(&address), "several boxes: {}", several.status);
    // The county calls on nobody; no other word is a purpose; whoever only checks reveals nothing.
    let mut county = site.browser(COUNTY_OFFICER).await;
    assert_eq!(county.post("/households/1/reveal/verify", &[("field", "address")]).await.status, 200);
    assert_eq!(county.post("/households/1/reveal/contact", &[("field", "address")]).await.status, 403);
    assert_eq!(county.post("/households/1/reveal/curious", &[("field", "address")]).await.status, 404);
    let mut auditor = site.browser(AUDITOR).await;
    let page = auditor.get("/households/1/record").await;
    assert!(page.status == 200 && !page.body.contains("/reveal/") && !page.body.contains("/dispute"));
    assert_eq!(auditor.post("/households/1/reveal/verify", &[("field", "address")]).await.status, 403);
    assert_eq!(revealed().await.len(), 3);
}

#[tokio::test]
async fn a_family_learns_which_offices_looked_and_takes_everything_along() {
    let site = county::served().await;
    let mut b = site.browser(CLERK).await;
    let mut county = site.browser(COUNTY_OFFICER).await;
    assert_eq!(county.get("/households/1").await.status, 200);
    assert_eq!(county.get("/households").await.status, 200);
    assert_eq!(county.get("/leads/1").await.status, 200);
    assert_eq!(county.get("/households/2").await.status, 200);
    let page = b.get("/households/1/record").await.body;
    let rows = page.split("<h2 id=\"h-looks\">").nth(1).unwrap();
    for said in ["县级民政", "看了这户的页面", "看了线索", "在列表里看到"] {
        assert!(rows.contains(said), "{said} in {rows}");
    }
    let names: Vec<String> =
        site.county.store.all_staff().await.unwrap().into_iter().map(|s| s.name).collect();
    assert!(names.iter().all(|n| !rows.contains(n.as_str())), "offices, no names");
    let before = site.county.store.leaves_of("household:1").await.unwrap().len();
    let copy = b.post("/households/1/record/copy", &[("format", "json")]).await;
    assert_eq!((copy.status, copy.header("content-type")), (200, "application/json; charset=utf-8"));
    assert!(copy.header("content-disposition").starts_with("attachment; filename=\"doudi-record.json\""));
    let told: serde_json::Value = serde_json::from_str(&copy.body).unwrap();
    let family = site.state.family(HouseholdId(1)).await.unwrap();
    assert_eq!(told["address"], family.household.address.as_str());
    assert_eq!(told["members"].as_array().unwrap().len(), family.members.len());
    assert!(told["facts"].as_array().unwrap().len() > 20);
    assert!(told["looks"].as_array().unwrap().len() >= 3);
    let leaves = site.county.store.leaves_of("household:1").await.unwrap();
    assert!(leaves[before..].iter().any(|l| l.kind == "person.copied"));
    let printed = b.post("/households/1/record/copy", &[("format", "page")]).await;
    assert!(printed.status == 200 && printed.body.contains(&family.household.address));
    assert_eq!(site.browser(AUDITOR).await.post("/households/1/record/copy", &[]).await.status, 403);
}

#[tokio::test]
async fn what_is_due_is_put_forward_by_one_and_erased_by_another() {
    let site = county::served().await;
    let store = &site.county.store;
    let gone = county::moved_away(&site.county).await;
    let (record, name) = (format!("/households/{gone}/record"), "旧人远行");
    let mut clerk = site.browser(CLERK).await;
    let page = clerk.get(&record).await.body;
    assert!(page.contains("2022年2月1日 已到期") && page.contains("期限已满，提出清除"), "{page}");
    let list = clerk.get("/retention").await.body;
    assert!(list.contains("未成案的线索") && list.contains(&format!("{record}#retention")), "{list}");
    // A hold stands before a request, and the post that sets it does not release it.
    let mut county = site.browser(COUNTY_OFFICER).await;
    let hold = |reason: &'static str| [("reason", reason)];
    let again = county.post(&format!("/households/{gone}/hold"), &hold(" ")).await;
    assert!(again.status == 200 && again.body.contains("请写理由"), "{}", again.status);
    let long = "留".repeat(201);
    let again = county.post(&format!("/households/{gone}/hold"), &[("reason", &long)]).await;
    assert!(again.status == 200 && again.body.contains(&long), "what was typed is kept");
    assert_eq!(county.post(&format!("/households/{gone}/hold"), &hold("行政复议期间")).await.status, 303);
    let held = clerk.get(&record).await.body;
    assert!(held.contains("法定留存，解除前不清除") && !held.contains("提出清除</button>"), "{held}");
    assert!(!county.get(&record).await.body.contains("id=\"hold\""), "a hold stands, so none is set");
    assert_eq!(clerk.post(&format!("/households/{gone}/erasure"), &[("basis", "request")]).await.status, 409);
    assert!(clerk.get("/retention").await.body.contains("没有到期的"));
    let release = format!("/households/{gone}/hold/release");
    let fields = [("hold", "1"), ("reason", "复议已结束")];
    assert_eq!(county.post(&release, &fields).await.status, 403);
    let mut auditor = site.browser(AUDITOR).await;
    for odd in ["+1", "01", "x", ""] {
        let answer = auditor.post(&release, &[("hold", odd), ("reason", "复议已结束")]).await;
        assert_eq!(answer.status, 404, "{odd}");
    }
    let empty = auditor.post(&release, &[("hold", "1"), ("reason", "")]).await;
    assert!(empty.status == 200 && empty.body.contains("请写理由"), "{}", empty.status);
    assert_eq!(auditor.post(&release, &fields).await.status, 303);
    // Whoever put it forward does not carry it out.
    assert_eq!(county.post(&format!("/households/{gone}/erasure"), &[("basis", "whim")]).await.status, 409);
    let at_request = [("basis", "request")];
    assert_eq!(
        county.post(&format!("/households/{gone}/erasure"), &at_request).await.status,
        409,
        "nobody asked"
    );
    let asked = [("asked_by", "其女远音")];
    assert_eq!(clerk.post(&format!("/households/{gone}/request"), &asked).await.status, 303);
    assert!(clerk.get("/retention").await.body.contains("本人 2024年6月17日 请求"));
    assert!(county.get(&record).await.body.contains("本人请求，提出清除"));
    assert_eq!(county.post(&format!("/households/{gone}/erasure"), &at_request).await.status, 303);
    let own = county.get(&record).await.body;
    assert!(own.contains("应本人请求提出清除") && !own.contains("/carry-out"), "{own}");
    let refused = county.post("/erasures/1/carry-out", &[]).await;
    assert!(refused.status == 409 && refused.body.contains("须由第二人执行"), "{}", refused.status);
    assert_eq!(clerk.post("/erasures/1/carry-out", &[]).await.status, 403);
    let mut head = site.browser(HEAD).await;
    assert!(head.get(&record).await.body.contains("/erasures/1/carry-out"));
    assert_eq!(head.post("/erasures/1/carry-out", &[]).await.status, 303);
    assert_eq!(head.post("/erasures/1/carry-out", &[]).await.status, 409, "once");
    // Searching finds nothing, and the pages say that it was erased.
    clerk.post("/search", &[("q", name)]).await;
    assert!(!clerk.get("/search").await.body.contains(&format!("/households/{gone}\"")));
    let left = clerk.get(&record).await;
    assert!(left.status == 200 && left.body.contains("已清除：未成案的线索、身份和住址"), "{}", left.body);
    assert!(!left.body.contains(name) && !left.body.contains("其女远音"));
    assert!(left.body.contains("有人请求清除。2024年6月17日 已全部清除"), "{}", left.body);
    let family = clerk.get(&format!("/households/{gone}")).await;
    assert!(family.status == 200 && family.body.contains("这户的身份已依法清除"), "{}", family.status);
    assert!(!clerk.get("/households?page=1").await.body.contains("erased-"));
    assert_eq!(store.verify_audit(None, &[]).await.unwrap().findings, []);
}

#[tokio::test]
async fn a_question_says_until_when_it_is_owed_and_the_overdue_one_comes_first() {
    let site = county::served().await;
    let mut b = site.browser(CLERK).await;
    for (fact, said) in [("2.medical_self_paid_12m", "只花了一万多"), ("2.disability_grade", "是一级")]
    {
        assert_eq!(b.post("/households/1/dispute", &[("fact", fact), ("said", said)]).await.status, 303);
    }
    let record = b.get("/households/1/record").await.body;
    assert!(
        record.contains("应在 2024年7月17日 前答复"),
        "thirty days, the day itself not counted: {record}"
    );
    let late = "UPDATE source_queries SET due_on = '2024-06-10' WHERE id = 2";
    doudi_store::testing::administer(&site.url, late).await.unwrap();
    let list = b.get("/queries").await.body;
    let at = |text: &str| list.find(text).unwrap_or_else(|| panic!("{text} in {list}"));
    assert!(at("是一级") < at("只花了一万多"), "what is due first on top");
    assert!(list.contains("dl-late") && list.contains("超期"), "{list}");
}

#[tokio::test]
async fn a_request_to_erase_is_put_on_record_at_any_time_and_answered_in_words() {
    let site = county::served().await;
    let mut clerk = site.browser(CLERK).await;
    let record = "/households/1/record";
    let again = clerk.post("/households/1/request", &[("asked_by", " ")]).await;
    assert!(again.status == 200 && again.body.contains("请写是谁提出的"), "{}", again.status);
    let asked = [("asked_by", "监护人石大河（叔父）")];
    assert_eq!(clerk.post("/households/1/request", &asked).await.status, 303);
    assert_eq!(clerk.post("/households/1/request", &asked).await.status, 409, "one at a time");
    let page = clerk.get(record).await.body;
    let words = page.split("id=\"request\"").nth(1).unwrap_or_else(|| panic!("{page}"));
    for said in ["2024年6月17日 由 监护人石大河（叔父） 请求清除", "身份和住址：还在用", "投诉", "起诉"]
    {
        assert!(words.contains(said), "{said} in {words}");
    }
    assert!(!words.contains("/request/refuse"), "a second person refuses");
    assert_eq!(clerk.post("/households/1/request/refuse", &[("reason", "在用")]).await.status, 403);
    let mut head = site.browser(HEAD).await;
    let empty = head.post("/households/1/request/refuse", &[("reason", "")]).await;
    assert!(empty.status == 200 && empty.body.contains("请写理由"));
    assert_eq!(head.post("/households/1/request/refuse", &[("reason", "线索还没有办结")]).await.status, 303);
    let page = clerk.get(record).await.body;
    assert!(page.contains("拒绝，理由：线索还没有办结"), "{page}");
    assert_eq!(clerk.post("/households/1/request", &asked).await.status, 303);
    assert_eq!(clerk.post("/households/1/request/withdraw", &[]).await.status, 303);
    assert!(clerk.get(record).await.body.contains("撤回。"));
    assert!(clerk.get("/households/1").await.body.contains("石望山"), "nothing is erased");
}

#[tokio::test]
async fn the_record_says_of_the_living_that_they_live() {
    let site = county::served().await;
    let mut b = site.browser(CLERK).await;
    let page = b.get("/households/1/record").await.body;
    assert!(page.contains("是否健在") && page.contains("健在</div>") && !page.contains("已死亡"), "{page}");
    let page = b.get("/households/1/record?lang=en").await.body;
    assert!(page.contains("Living or deceased") && page.contains("Living</div>"));
}
