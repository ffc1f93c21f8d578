//! The law in `policies/` loads, and compiles for the month that the demo assesses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::path::Path;

use doudi_policy::{Book, Lang, diag::render_all};

fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path.display().to_string(), text));
        }
    }
}

fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut files = Vec::new();
    texts(&root, &mut files);
    files
}

fn law() -> Book {
    load(files())
}

fn load(files: Vec<(String, String)>) -> Book {
    match Book::from_files(files) {
        Ok(book) => book,
        Err(faults) => panic!("\n{}", render_all(&faults, Lang::Zh)),
    }
}

#[test]
fn the_law_of_june_2024_compiles() {
    let plan = law().plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap());
    let plan = plan.unwrap_or_else(|faults| panic!("\n{}", render_all(&faults, Lang::Zh)));
    for id in ["dibao", "dibao_single", "edge", "tekun", "ta_urgent", "ta_expense", "ds_living", "ds_nursing"]
    {
        assert!(plan.outcomes.iter().any(|o| o.id == id), "{id}");
    }
    assert!(plan.indicators.iter().all(|i| !i.reads.is_empty()));
}

#[test]
fn no_version_of_the_law_has_a_fault() {
    let faults = law().check();
    assert!(faults.is_empty(), "\n{}", render_all(&faults, Lang::Zh));
}

#[test]
fn the_law_means_the_same_in_both_languages() {
    let chinese = law();
    let in_language = |book: &Book, lang| {
        let translated = |(path, text): (String, String)| {
            let text = book.fmt(&path, lang).unwrap_or(text);
            (path, text)
        };
        load(files().into_iter().map(translated).collect())
    };
    let english = in_language(&chinese, Lang::En);
    let back = in_language(&english, Lang::Zh);
    let meaning = |book: &Book| {
        let plan = book.plan("2024-06".parse().unwrap(), "2024-05-31".parse().unwrap()).unwrap();
        let nodes: Vec<_> = plan.nodes.into_iter().map(|node| (node.op, node.ty, node.entity)).collect();
        (nodes, plan.rules, plan.outcomes)
    };
    assert_ne!(english.package_hash(), chinese.package_hash());
    assert!(meaning(&english) == meaning(&chinese));
    assert!(meaning(&back) == meaning(&chinese));
}
