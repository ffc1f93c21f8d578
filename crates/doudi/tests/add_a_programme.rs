//! The page `docs/how-to/add-a-programme` by itself: its files are laid, its commands run, and the programme that it
//! writes is found by the sweep, asked on a visit, shown, decided and granted, over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "support/browser.rs"]
mod browser;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use browser::Browser;

/// A fenced block: what stands behind the fence, and what is in it.
struct Block {
    kind: String,
    about: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/how-to").join(page);
    let mut found: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in std::fs::read_to_string(path).unwrap().lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(head) => {
                let (kind, about) = head.split_once(' ').unwrap_or((head, ""));
                found.push(Block { kind: kind.to_owned(), about: about.to_owned(), text: String::new() });
                inside = true;
            }
            None if inside => {
                let block = found.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!inside && !found.is_empty());
    found
}

fn files(blocks: &[Block]) -> Vec<(&str, &str)> {
    let named = blocks.iter().filter(|b| b.about.starts_with("policies/"));
    named.map(|b| (b.about.as_str(), b.text.as_str())).collect()
}

/// Runs a command line of the page; gives whether it went well, and all that it printed.
fn run(folder: &Path, line: &str) -> (bool, String) {
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let done = Command::new(env!("CARGO_BIN_EXE_doudi")).current_dir(folder).args(&words).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.success(), said)
}

/// Whether a line of the output holds what is expected; `…` stands for anything.
fn fits(expected: &str, said: &str) -> bool {
    said.lines().any(|line| {
        let mut rest = line;
        expected.split('…').all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    })
}

/// Lays the files and runs the commands of a page in their order; each line of an expected output must come out.
fn follow(page: &str, folder: &Path) {
    let mut said = String::new();
    for block in blocks(page) {
        match (block.kind.as_str(), block.about.as_str()) {
            ("sh", "") => {
                said.clear();
                for line in block.text.lines() {
                    let (good, out) = run(folder, line);
                    assert!(good, "{page}: {line}\n{out}");
                    said.push_str(&out);
                }
            }
            ("text", "") => {
                for line in block.text.lines().filter(|l| !l.trim().is_empty()) {
                    assert!(fits(line, &said), "{page} expects\n{line}\nin\n{said}");
                }
            }
            (_, file) if file.starts_with("policies/") => {
                let path = folder.join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, &block.text).unwrap();
            }
            ("sh", "serve") | ("text", "e1201") => {}
            (kind, about) => panic!("{page}: nobody tries the block `{kind} {about}`"),
        }
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves by the line of the page, on a free port.
fn serve(folder: &Path, line: &str) -> (Server, Browser) {
    let words = line.split_whitespace().skip(1).chain(["--port", "0"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_doudi"))
        .current_dir(folder)
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let address = first.trim().strip_prefix("http://").unwrap_or_else(|| panic!("{first}"));
    (Server(child), Browser::new(address))
}

const CLERK: &str = "1";
const HEAD: &str = "2";
const SOCIAL_WORKER: &str = "4";
const COUNTY: &str = "5";

#[test]
fn both_languages_of_the_page_write_the_same_files_and_run_the_same_commands() {
    let (zh, en) = (blocks("add-a-programme.zh.md"), blocks("add-a-programme.md"));
    assert_eq!(files(&zh), files(&en));
    assert!(files(&zh).len() >= 9);
    let commands = |all: &[Block]| -> Vec<String> {
        let lines = all.iter().filter(|b| b.kind == "sh").flat_map(|b| b.text.lines());
        let plain = |line: &str| line.replace(" --lang en", "").replace(" --lang zh", "");
        lines.map(|line| plain(line).replace("高龄津贴", "gaoling")).collect()
    };
    assert_eq!(commands(&zh), commands(&en));
}

#[test]
fn a_programme_without_its_procedure_is_named_before_anybody_is_found_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(run(here, "doudi policy unpack policies").0);
    for (page, lang) in [("add-a-programme.zh.md", "zh"), ("add-a-programme.md", "en")] {
        let all = blocks(page);
        for (path, text) in files(&all).into_iter().filter(|(path, _)| !path.ends_with("procedure.toml")) {
            let path = here.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let expected = &all.iter().find(|b| b.about == "e1201").unwrap().text;
        let (good, said) = run(here, &format!("doudi policy check policies --lang {lang}"));
        assert!(!good);
        for line in expected.lines() {
            assert!(said.contains(line), "{page} expects\n{line}\nin\n{said}");
        }
        let (good, said) = run(here, &format!("doudi demo --policies policies --no-serve --lang {lang}"));
        assert!(!good && said.contains("E1201"), "{said}");
    }
}

#[test]
fn the_english_page_is_enough_too() {
    let folder = tempfile::tempdir().unwrap();
    follow("add-a-programme.md", folder.path());
}

#[test]
fn an_official_adds_a_programme_from_the_page_alone() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    follow("add-a-programme.zh.md", here);

    let all = blocks("add-a-programme.zh.md");
    let line = all.iter().find(|b| b.kind == "sh" && b.about == "serve").unwrap();
    let question = files(&all)
        .into_iter()
        .find(|(path, _)| path.ends_with("facts.toml"))
        .and_then(|(_, text)| text.lines().find_map(|l| l.strip_prefix("ask = ")))
        .unwrap()
        .trim_matches('"')
        .to_owned();
    let (_server, mut browser) = serve(here, line.text.trim());

    // The work list holds leads of the programme.
    browser.role(CLERK);
    let list = browser.get("/leads?outcome=gaoling");
    assert!(list.contains("高龄津贴") && list.contains("户里有年满80周岁的老人"), "{list}");
    let mut leads: Vec<String> = browser.hrefs(&list, "/leads/");
    leads.dedup();
    assert!(!leads.is_empty());

    // One of them is an old couple: each gets an allowance of their own.
    let couple = leads.iter().find_map(|lead| {
        let (lead, page) = (lead.clone(), browser.get(lead));
        let household = browser.hrefs(&page, "/households/")[0].clone();
        let family = browser.get(&household);
        (asked_of(&family) == 2).then_some((lead, household))
    });
    let (lead, household) = couple.expect("a couple of 80 and older lives in the county");
    let family = browser.get(&household);
    let card = programme(&family, "高龄津贴");
    assert!(card.contains("待查") && card.contains("长期住在本县"), "{card}");
    browser.post(&lead, "/assign", &[("staff", SOCIAL_WORKER)]);
    let page = browser.get(&lead);
    let case = browser.hrefs(&page, "/cases/")[0].clone();

    // The visitor is asked the sentence of the package, of both.
    browser.role(SOCIAL_WORKER);
    let visit = case.replace("/cases/", "/visit/");
    let form = browser.get(&visit);
    assert_eq!(form.matches(&question).count(), 2, "{form}");
    let asked: Vec<String> = names(&form, ".lives_here");
    let mut told = vec![("met", "yes"), ("signed", "本人"), ("note", ""), ("with", CLERK)];
    told.extend(asked.iter().map(|name| (name.as_str(), "true")));
    browser.post(&visit, "", &told);

    // The household's page: met, how much, why, by which article.
    browser.role(CLERK);
    let card = programme(&browser.get(&household), "高龄津贴");
    for word in ["符合", "100.00", "年满80周岁", "本人在八十档一档", "长期住在本县", "户籍在青石县"]
    {
        assert!(card.contains(word), "{word}: {card}");
    }
    let why = browser.get(&format!("{}/gaoling", household.replace("/households/", "/explain/")));
    assert!(why.contains("高龄-2") && why.contains("50.00"), "{why}");

    // Its procedure carries it to an award of each.
    browser.post(&case, "/accept", &[]);
    browser.post(
        &case,
        "/record_check",
        &[("asked", "3"), ("answered", "3"), ("differences", ""), ("settled", "1")],
    );
    browser.post(&case, "/propose_approve", &[("text", "两位老人年满80周岁，长期住在村里，建议同意。")]);
    browser.role(HEAD);
    browser.post(&case, "/submit", &[]);
    browser.role(COUNTY);
    let page = browser.get(&case);
    assert!(page.contains("确认，从申请当月起发放"), "{page}");
    browser.post(
        &case,
        "/confirm",
        &[("seen", "explanation"), ("seen", "visits"), ("reason", "符合条件，同意。")],
    );
    let family = browser.get(&household);
    assert!(family.contains("2 人，每月 100.00 元，自 2024年6月 起"), "{family}");
}

/// Of how many members the programme still needs to know whether they live in the county.
fn asked_of(family: &str) -> usize {
    let card = programme(family, "高龄津贴");
    let Some((_, list)) = card.split_once("长期住在本县（") else { return 0 };
    list.split('）').next().unwrap().split('、').count()
}

/// The card of a programme on the household's page, as text.
fn programme(page: &str, title: &str) -> String {
    let cards = page.split("<article").skip(1);
    let card = cards.map(browser::text).find(|c| c.trim_start().starts_with(title));
    card.unwrap_or_else(|| panic!("no card {title}: {}", browser::text(page)))
}

/// Names of the inputs that end with something, each once.
fn names(form: &str, end: &str) -> Vec<String> {
    let mut found: Vec<String> = form
        .split("name=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| name.ends_with(end))
        .map(str::to_owned)
        .collect();
    found.dedup();
    found
}
