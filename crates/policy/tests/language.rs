//! The page of the language is held to the program: its law loads, its household comes out as written, every example
//! gives what the page says, in both languages, and no word of the language is missing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::path::Path;

use doudi_policy::golden::run_goldens;
use doudi_policy::syntax::words;
use doudi_policy::{Book, Lang};
use support::load;

/// A row of a table of examples.
struct Example {
    line: usize,
    zh: String,
    en: String,
    gives: String,
}

struct Page {
    /// The blocks that name a file.
    files: Vec<(String, String)>,
    examples: Vec<Example>,
    text: String,
}

fn page() -> Page {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/language.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (mut files, mut examples) = (Vec::<(String, String)>::new(), Vec::new());
    let (mut block, mut table) = (false, false);
    for (at, line) in text.lines().enumerate() {
        if let Some(head) = line.strip_prefix("```") {
            block = !block;
            if let Some((_, file)) = head.split_once(' ') {
                files.push((file.to_owned(), String::new()));
            }
        } else if block {
            let (_, body) = files.last_mut().expect("a block names its file");
            body.push_str(line);
            body.push('\n');
        } else if line.starts_with("| 中文 | English | 得到 gives |") {
            table = true;
        } else if !line.starts_with('|') {
            table = false;
        } else if table && !line.starts_with("| ---") {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let code = |cell: &str| cell.trim_matches('`').to_owned();
            let [zh, en, gives] = [code(cells[1]), code(cells[2]), cells[3].to_owned()];
            examples.push(Example { line: at + 1, zh, en, gives });
        }
    }
    assert!(!block && files.len() > 8 && examples.len() > 50);
    Page { files, examples, text }
}

const RULES: &str = "policies/cn/page/rules/examples.toml";

/// The examples as rules of members.
fn rules(examples: &[Example], of: impl Fn(&Example) -> &str) -> String {
    let rule = |(n, example): (usize, &Example)| {
        format!(
            "[[rule]]\nid = \"example_{n}\"\nzh = \"例{n}\"\nof = \"member\"\nfrom = \"2021-07-01\"\nsource = [\"示-1\"]\ndefaults = [\"示-1\"]\nvalue = '{}'\n\n",
            of(example)
        )
    };
    examples.iter().enumerate().map(rule).collect()
}

fn book(page: &Page, rules: String) -> Book {
    let law = page.files.iter().filter(|(path, _)| !path.ends_with(".md")).cloned();
    load(law.chain([(RULES.to_owned(), rules)]).collect())
}

#[test]
fn the_law_of_the_page_is_sound_and_its_household_comes_out_as_written() {
    let page = page();
    let book = book(&page, String::new());
    let faults = book.check();
    assert!(faults.is_empty(), "\n{}", doudi_policy::diag::render_all(&faults, Lang::Zh));
    let (path, text) = page.files.iter().find(|(path, _)| path.ends_with(".md")).unwrap();
    let outcomes = run_goldens(&book, [(path.as_str(), text.as_str())]);
    assert!(outcomes.len() >= 5);
    for outcome in outcomes {
        assert!(outcome.passed(), "\n{}", outcome.report(Lang::Zh));
    }
}

#[test]
fn every_example_gives_what_the_page_says() {
    let page = page();
    let book = book(&page, rules(&page.examples, |example| &example.zh));
    let (_, household) = page.files.iter().find(|(path, _)| path.ends_with(".md")).unwrap();
    let head = household.split("期望").next().unwrap();
    for (n, example) in page.examples.iter().enumerate() {
        let golden = format!("{head}期望: 样例津贴 符合 甲, 规则 例{n} {}\n", example.gives);
        let outcome = run_goldens(&book, [("page", golden.as_str())]).remove(0);
        assert!(outcome.passed(), "line {}: {}\n{:?}", example.line, example.zh, outcome.failures);
    }
}

#[test]
fn every_example_stands_in_both_languages() {
    let page = page();
    let (chinese, english) = (rules(&page.examples, |e| &e.zh), rules(&page.examples, |e| &e.en));
    let there = book(&page, chinese.clone()).fmt(RULES, Lang::En).unwrap();
    for (written, wanted) in there.lines().zip(english.lines()) {
        assert_eq!(written, wanted, "left: what the formatter writes, right: the page");
    }
    assert_eq!(book(&page, english).fmt(RULES, Lang::Zh).unwrap(), chinese);
}

#[test]
fn no_word_of_the_language_is_missing() {
    let page = page();
    let has = |text: &str, word: &str| {
        let mut parts = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        parts.any(|part| part == word)
    };
    for (zh, en) in words::all() {
        let shown = page.examples.iter().any(|e| has(&e.zh, zh) && has(&e.en, en));
        assert!(shown, "no example shows {zh} / {en}");
    }
    let keys = [
        "[[rule]]",
        "[[rule.except]]",
        "[[rule.except.except]]",
        "[[table]]",
        "[[parameter]]",
        "[[outcome]]",
        "[outcome.amount]",
        "[[group]]",
        "[[indicator]]",
        "priority",
        "hit",
        "columns",
        "rows",
        "default",
        "defaults",
        "values",
        "say",
        "from",
        "to",
        "enacted",
        "source",
        "window",
        "min",
        "max",
        "fresh_for",
        "past",
        "changeable",
        "keys",
        "overridable_by",
        "rounding",
        "receiving",
        "chosen_by",
        "visit_note",
        "reason",
        "urgency",
        "unique",
        "first",
        "collect-sum",
        "collect-max",
        "one_of",
        "take_the_higher",
        "top_up",
        "authority",
        "person",
        "province",
        "city",
        "county",
        "town",
        "household",
        "member",
        "obligor",
        "constant",
        "entry",
        "exit",
        "up",
        "down",
        "half_up",
        "half_even",
        "bool",
        "int",
        "rate",
        "date",
        "month",
        "enum",
        "元/月",
        "元/年",
    ];
    for key in keys {
        assert!(page.text.contains(key), "the page does not speak of {key}");
    }
}
