//! Every field that is shown has a class, every post receives the classes that are granted to it and no others, and no
//! number of anybody stands whole on a page. `fields.csv` is held against the real templates, `classes.csv` against
//! what a real server with a real database draws for everybody on every line of the route table.

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
#[path = "support/fields.rs"]
mod fields;
#[path = "support/walk.rs"]
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use doudi_access::DataClass;
use doudi_access::policy::Grants;
use doudi_policy::Month;
use doudi_policy::eval::{Mode, Trace};
use doudi_policy::sheet::FactSheet;
use doudi_registry::Post;
use doudi_web::routes::{Verb, Who, lines};
use fields::{Fields, How};
use walk::{Office, key_of};

/// Pages that the walk cannot open, with the kind of page that they belong to: nobody has an account in its county.
/// `accounts.rs` opens them.
const OF_ACCOUNTS: [(&str, &str); 5] = [
    ("page/own_account.html", "account"),
    ("page/login.html", "public"),
    ("page/login_first.html", "public"),
    ("page/login_codes.html", "public"),
    ("page/login_code.html", "public"),
];

fn expressions(fields: &Fields, template: &str) -> BTreeSet<String> {
    fields.lines.iter().filter(|l| l.template == template).flat_map(|l| l.fields.iter().cloned()).collect()
}

#[test]
fn every_field_of_every_template_has_a_class() {
    let fields = Fields::read();
    let everywhere = expressions(&fields, "*");
    let mut all = 0;
    for (name, template) in &fields.templates {
        let have = expressions(&fields, name);
        let slots = |t: &str| {
            let placed = |l: &&fields::Line| l.template == t && l.how == How::Placed;
            fields.lines.iter().filter(placed).flat_map(|l| l.fields.clone()).collect::<BTreeSet<_>>()
        };
        // A slot of a frame is filled by each page that stands in it.
        let mut filled = BTreeSet::new();
        if name.starts_with("page/") {
            let frames = fields.templates.keys().filter(|t| t.starts_with("layout/"));
            filled = frames.flat_map(|t| slots(t)).collect();
        }
        for field in template.shows.difference(&everywhere).chain(&filled) {
            assert!(have.contains(field), "{name}: `{field}` has no class in fields.csv");
            all += 1;
        }
        for field in &have {
            let real = template.shows.contains(field) || filled.contains(field);
            assert!(real, "{name}: fields.csv speaks of `{field}`, which is not there");
            assert!(!everywhere.contains(field), "{name}: `{field}` has its class for all templates");
        }
    }
    let known = |t: &str| {
        matches!(t, "*" | "bank.csv" | "doudi-record.json")
            || t.starts_with("json: ")
            || fields.templates.contains_key(t)
    };
    for line in &fields.lines {
        assert!(known(&line.template), "fields.csv speaks of {}, which is not there", line.template);
        let frame = ["layout/", "part/", "src/"].iter().any(|p| line.template.starts_with(p));
        assert_eq!(line.class.is_none(), line.how == How::Placed, "{line:?}");
        assert!(line.how != How::Placed || frame, "only frames and parts have slots: {line:?}");
        assert!(line.how == How::Placed || !(line.zh.is_empty() || line.en.is_empty()), "say what: {line:?}");
    }
    let mut once = BTreeSet::new();
    for line in &fields.lines {
        for field in &line.fields {
            assert!(once.insert((&line.template, field)), "{}: `{field}` stands twice", line.template);
        }
    }
    assert!(all > 500, "{all}");
}

/// Names and types of the fields of a struct in a source text.
fn members(source: &str, name: &str) -> Vec<(String, String)> {
    let body = source.split(&format!("struct {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
    let field = |line: &str| {
        let (name, ty) = line
            .trim()
            .trim_start_matches("pub(super) ")
            .trim_start_matches("pub ")
            .trim_end_matches(',')
            .split_once(": ")?;
        name.chars().all(|c| c.is_ascii_lowercase() || c == '_').then(|| (name.to_owned(), ty.to_owned()))
    };
    body.lines().filter_map(field).collect()
}

/// The keys of a struct that is written as JSON, with those of the lists in it.
fn keys_below(source: &str, name: &str) -> Vec<String> {
    let inner = |ty: &str| Some(ty.strip_prefix("Vec<")?.strip_suffix('>')?.to_owned());
    let keys = |(name, ty): (String, String)| match inner(&ty) {
        Some(inner) => keys_below(source, &inner).into_iter().map(|part| format!("{name}.{part}")).collect(),
        None => vec![name],
    };
    members(source, name).into_iter().flat_map(keys).collect()
}

/// What goes to the bank, and what commands print of families as JSON.
#[test]
fn every_column_and_key_that_leaves_has_a_class() {
    let fields = Fields::read();
    let columns: BTreeSet<String> =
        doudi_payment::bank::BANK_HEADER.iter().map(|c| (*c).to_owned()).collect();
    assert_eq!(expressions(&fields, "bank.csv"), columns);

    let law = county::law();
    let plan = law.plan(Month::of(2024, 6), county::TODAY.parse().unwrap()).unwrap();
    let sheet: FactSheet = county::guided_sheet();
    let batch = doudi_policy::column::Batch::from_sheets(std::slice::from_ref(&sheet), &plan).unwrap();
    let trace = Trace::of(&plan, &batch, 0, Mode::Decide);
    let results = doudi_policy::explain::result_json(&trace, Some(&sheet));
    let mut keys: BTreeSet<String> = results
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|r| {
            [r].into_iter().chain(r["members"].as_array().into_iter().flatten()).collect::<Vec<_>>()
        })
        .flat_map(|r| r.as_object().unwrap().keys().cloned())
        .collect();
    // The line that the command prints around them.
    keys.extend(["id", "results", "line", "problems"].map(str::to_owned));
    assert_eq!(expressions(&fields, "json: policy assess"), keys);

    let report = std::fs::read_to_string(fields::root().join("../policy/src/simulate/report.rs")).unwrap();
    let keys: BTreeSet<String> =
        members(&report, "ChangedReport").into_iter().map(|(name, _)| name).collect();
    assert_eq!(expressions(&fields, "json: policy simulate --list-households"), keys);

    let copy = std::fs::read_to_string(fields::root().join("src/pages/rights/whole.rs")).unwrap();
    let keys: BTreeSet<String> = keys_below(&copy, "Copy").into_iter().collect();
    assert_eq!(expressions(&fields, "doudi-record.json"), keys);
}

/// The views that each line of the table draws for each post, by what a real server answers.
#[tokio::test(flavor = "multi_thread")]
async fn the_classes_that_a_post_receives_are_the_classes_that_it_is_granted() {
    let fields = Fields::read();
    let views = fields::views();
    let office = Office::open().await;
    let drawn = office.everything_drawn().await;
    let grants = Grants::built_in().unwrap();

    let template_of = |view: &str| match view {
        "bank.csv" | "doudi-record.json" => view.to_owned(),
        view => views.get(view).unwrap_or_else(|| panic!("{view} has no template")).clone(),
    };
    let mut received: BTreeMap<(String, &str), DataClass> = BTreeMap::new();
    let mut receive = |key: &str, post: Post, template: &str| {
        let class = fields.class(template, &|action| office.may_any(post, action));
        let most = received.entry((key.to_owned(), post.id())).or_insert(class);
        *most = (*most).max(class);
    };
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for line in lines() {
        let of_line: Vec<(Post, String)> = drawn
            .iter()
            .filter(|d| d.line == line)
            .map(|d| (d.post, template_of(&d.view)))
            .filter(|(_, template)| template != "page/error.html")
            .collect();
        seen.extend(of_line.iter().map(|(_, t)| t.clone()));
        for post in Post::ALL {
            let own: Vec<&String> = of_line.iter().filter(|(p, _)| p == post).map(|(_, t)| t).collect();
            for template in &own {
                receive(key_of(&line), *post, template);
            }
            // Who may, and met only a refusal here, would be shown what the others were.
            if own.is_empty() && office.may_line(*post, &line) {
                for (_, template) in &of_line {
                    receive(key_of(&line), *post, template);
                }
            }
        }
        let redirects = ["/explain/{id}", "/search"].contains(&line.path);
        if line.verb == Verb::Get && matches!(line.who, Who::May(..)) && !redirects {
            assert!(!of_line.is_empty(), "nobody was shown {}", line.path);
        }
    }
    for (template, key) in OF_ACCOUNTS {
        assert!(fields.templates.contains_key(template), "{template}");
        for post in Post::ALL {
            receive(key, *post, template);
        }
        seen.insert(template.to_owned());
    }
    for template in fields.templates.keys().filter(|t| t.starts_with("page/")) {
        assert!(seen.contains(template) || template == "page/error.html", "no line draws {template}");
    }
    // An error page reaches everybody, whatever they asked for.
    for post in Post::ALL {
        let class = fields.class("page/error.html", &|action| office.may_any(*post, action));
        assert!(class <= DataClass::C1, "a refusal shows {class:?} to {post}");
    }

    let mut wrong = Vec::new();
    let pages: BTreeSet<&str> =
        grants.pages().chain(received.keys().map(|(page, _)| page.as_str())).collect();
    for page in pages {
        for post in Post::ALL {
            let got = received.get(&(page.to_owned(), post.id())).copied();
            let granted = grants.of(page, post.id());
            if got != granted {
                wrong.push(format!("{page} for {}: granted {granted:?}, receives {got:?}", post.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "classes.csv and the pages differ:\n{}", wrong.join("\n"));
}

/// The table is not only consistent with itself: names and circumstances that the county is known to hold reach nobody
/// to whom their class is not granted.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_shows_a_person_to_a_post_without_the_class_for_it() {
    let office = Office::open().await;
    let grants = Grants::built_in().unwrap();
    let drawn = office.everything_drawn().await;
    let (mut names, mut costs) = (0, 0);
    for page in drawn.iter().filter(|d| d.line.path != "/") {
        let granted = grants.of(key_of(&page.line), page.post.id()).unwrap_or(DataClass::C1);
        let named = office.names.iter().find(|name| page.body.contains(name.as_str()));
        if let Some(name) = named {
            assert!(granted >= DataClass::C2, "{name} on {} for {}", page.path, page.post);
            names += 1;
        }
        if page.body.contains("31480") {
            assert!(granted >= DataClass::C4, "medical costs on {} for {}", page.path, page.post);
            costs += 1;
        }
    }
    assert!(names > 20 && costs > 10, "the walk met families: {names} {costs}");
}

/// Every page and every link, as everybody: no identity number, account, telephone or address of a house, in any form.
#[tokio::test(flavor = "multi_thread")]
async fn no_number_of_anybody_stands_whole_on_a_page() {
    let office = Office::open().await;
    let secrets = &office.secrets;
    assert!(secrets.numbers() > 300 && secrets.accounts() > 100);
    let mut pages = 0;
    let mut banks = 0;
    for who in &office.people {
        for english in [false, true] {
            for (path, answer) in office.walk(who, english).await {
                if path.ends_with("/bank.csv") && answer.status == 200 {
                    assert!(secrets.in_text(&answer.body).is_some(), "the bank needs whole accounts");
                    assert_eq!(who.post, Post::FinanceOfficer);
                    banks += 1;
                    continue;
                }
                let found = secrets.in_text(&answer.body);
                assert_eq!(found, None, "{path} as {}", who.post);
                pages += 1;
            }
        }
    }
    assert!(banks > 0 && pages > 300, "{pages} pages, {banks} files");

    // Whoever searches by a number finds the person, and the number stands nowhere on the answer.
    let number = secrets.first_number();
    let mut b = office.browser(Post::TownshipClerk).await;
    let grouped = format!("{} {} {}", &number[..6], &number[6..14], &number[14..]);
    for q in [number.clone(), grouped] {
        let answer = b.find(&q).await;
        assert_eq!(answer.status, 200);
        assert_eq!(secrets.in_text(&answer.body), None, "search for {q}");
    }
    assert!(b.find(&number).await.body.contains("石望山"));

    // In full it stands only where a purpose was stated, or in the copy that the person takes along.
    let shown = b.post("/households/1/reveal/verify", &[("field", "number.1")]).await;
    assert!(secrets.in_text(&shown.body).is_some(), "{}", shown.status);
    let copy = b.post("/households/1/record/copy", &[("format", "page")]).await;
    assert!(secrets.in_text(&copy.body).is_some(), "{}", copy.status);
    // The copy is whole: the case with its steps and letters, the visit, the money and the account; whoever objected, what
    // they said and the names of staff are not in it.
    let file = b.post("/households/1/record/copy", &[("format", "json")]).await;
    let told: serde_json::Value = serde_json::from_str(&file.body).unwrap();
    let steps = told["cases"][0]["steps"].as_array().unwrap();
    assert!(steps.len() >= 8 && steps.iter().any(|s| s["what"] == "登记异议"), "{steps:?}");
    assert!(steps.iter().all(|s| s["day"].as_str().unwrap().starts_with("2024-06-")), "{steps:?}");
    assert_eq!(told["cases"][0]["number"], "AJ-000001");
    assert!(
        told["visits"][0]["note"].as_str().unwrap().contains("女儿电话139****5678"),
        "{}",
        told["visits"]
    );
    assert!(!told["visits"][0]["answers"].as_array().unwrap().is_empty());
    assert!(told["findings"][0]["reason"].as_str().unwrap().contains("自付医疗费"));
    assert_eq!(told["accounts"][0]["number"], "9900000000000001");
    assert_eq!(told["disputes"][0]["state"], "等来源部门答复，这期间按未知处理");
    for body in [&copy.body, &file.body] {
        for said in ["AJ-000001", "拟同意", "9900000000000001", "青石农村信用社", "异议中，自"]
        {
            assert!(body.contains(said), "{said} in {body}");
        }
        assert!(!body.contains("邻居"), "whoever objected is named to nobody");
        for staff in office.county.store.all_staff().await.unwrap() {
            let at_hand = body.split("<main").last().unwrap();
            assert!(staff.name.starts_with("本县") || !at_hand.contains(&staff.name), "{}", staff.name);
        }
    }

    // What people wrote is masked where it is shown, not lost.
    for path in ["/cases/1", "/households/1", "/households/1/record", "/queries"] {
        let page = b.get(path).await.body;
        assert!(page.contains("139****5678"), "{path}: the note is told");
    }
}

#[test]
fn the_search_for_numbers_finds_each_form() {
    let secrets = walk::Secrets::of(&["990121197203170317"], &["9900000000000001"], &["13912345678"]);
    for text in [
        "<td>990121197203170317</td>",
        "990121 19720317 0317",
        "990121-19720317-031X",
        "９９０１２１１９７２０３１７０３１７",
        "990121720317031",
        "197203170317",
        "9900 0000 0000 0001",
        "139-1234-5678",
        "住在第 7 户门牌 107 号",
    ] {
        assert!(secrets.in_text(text).is_some(), "{text}");
    }
    for text in ["9901**********0317", "139****5678", "9900********0001", "1972-03-17"] {
        assert_eq!(secrets.in_text(text), None, "{text}");
    }
}

fn page_name(key: &str, english: bool) -> String {
    match (key, english) {
        ("public", false) => "所有人都能打开的".to_owned(),
        ("public", true) => "open to everybody".to_owned(),
        ("staff", false) => "登录后都能打开的".to_owned(),
        ("staff", true) => "open to all who signed in".to_owned(),
        ("account", false) => "本人的账号".to_owned(),
        ("account", true) => "one’s own account".to_owned(),
        (action, _) => format!("`{action}`"),
    }
}

fn how_words(how: How, english: bool) -> &'static str {
    match (how, english) {
        (How::Plain | How::Placed, _) => "",
        (How::Masked, false) => "（遮住）",
        (How::Masked, true) => " (masked)",
        (How::Own, false) => "（只给本人）",
        (How::Own, true) => " (to oneself only)",
        (How::Fictional, false) => "（只在虚构地区）",
        (How::Fictional, true) => " (in a fictional county only)",
        (How::Revealed, false) => "（说明用途后显示，留痕）",
        (How::Revealed, true) => " (for a stated purpose, on record)",
    }
}

fn reference(fields: &Fields, english: bool) -> String {
    let grants = Grants::built_in().unwrap();
    let pick = |zh: &'static str, en: &'static str| if english { en } else { zh };
    let mut out = String::from(pick(
        "# 谁收到哪一级的数据\n\n由字段表（`crates/web/fields.csv`）和分级授权（`crates/access/policy/classes.csv`）生成，测试核对；不要手改。\n\n## 五级\n\n| 级 | 名称 |\n| --- | --- |\n",
        "# Which class of data reaches whom\n\nMade from the table of fields (`crates/web/fields.csv`) and the grants (`crates/access/policy/classes.csv`), and checked by a test; not edited by hand.\n\n## The five classes\n\n| class | name |\n| --- | --- |\n",
    ));
    for class in DataClass::ALL {
        out.push_str(&format!("| {} | {} |\n", class.name(), if english { class.en() } else { class.zh() }));
    }
    out.push_str(pick(
        "\n## 每个岗位在每种页面上最多收到哪一级\n\n“—”是打不开。本人自己的和只在虚构地区出现的不计。\n\n| 页面 |",
        "\n## The highest class that each post receives on each kind of page\n\n“—” is not opened. What is one’s own, and what stands in a fictional county only, does not count.\n\n| page |",
    ));
    for post in Post::ALL {
        out.push_str(&format!(" {} |", if english { post.en() } else { post.zh() }));
    }
    out.push_str("\n| --- |");
    out.push_str(&" --- |".repeat(Post::ALL.len()));
    out.push('\n');
    for page in grants.pages() {
        out.push_str(&format!("| {} |", page_name(page, english)));
        for post in Post::ALL {
            out.push_str(&format!(" {} |", grants.of(page, post.id()).map_or("—", DataClass::name)));
        }
        out.push('\n');
    }
    out.push_str(pick(
        "\n## 每一页上有什么\n\n只列个人及以上的（C2 起）；其余是程序的文字、状态、件数和地址。\n",
        "\n## What stands on each page\n\nFrom personal data (C2) up; the rest is texts of the program, states, counts and addresses.\n",
    ));
    let mut last = "";
    for line in &fields.lines {
        let Some(class) = line.class.filter(|c| *c >= DataClass::C2) else { continue };
        if line.template != last {
            out.push_str(&format!("\n### {}\n\n", line.template));
            last = &line.template;
        }
        let only = match line.only.as_str() {
            "" => String::new(),
            only if english => format!(" (only to who may: `{only}`)"),
            only => format!("（只给可以做这些的：`{only}`）"),
        };
        let what = if english { &line.en } else { &line.zh };
        out.push_str(&format!("- {} {what}{}{only}\n", class.name(), how_words(line.how, english)));
    }
    out
}

/// `DOUDI_BLESS=1` writes the pages anew.
#[test]
fn the_reference_pages_are_those_of_the_tables() {
    let fields = Fields::read();
    for (file, english) in [("fields.md", true), ("fields.zh.md", false)] {
        let path = format!("{}/../../docs/reference/{file}", env!("CARGO_MANIFEST_DIR"));
        let now = reference(&fields, english);
        if std::env::var_os("DOUDI_BLESS").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), now, "{file}");
    }
}
