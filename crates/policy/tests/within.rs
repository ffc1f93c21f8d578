//! A package that says its division holds there and nowhere else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::Batch;
use doudi_policy::diag::render_all;
use doudi_policy::eval::Trace;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Book, Lang, Mode, Truth};
use support::{files, load};

/// A package of one division: met inside, not met outside, and open where the place is not precise enough to tell.
#[test]
fn a_package_of_one_division_holds_there_only() {
    let outcome = "[[outcome]]\nid = \"local_help\"\nzh = \"本县补助\"\nfrom = \"2022-01-01\"\nsource = [\"DS-01\"]\nmet_when = '是'\n";
    let package = "id = \"own/help\"\nzh = \"本县补助\"\nlegal_basis = [\"DS-01\"]\ndivision = \"990121\"\n";
    let mut files = files();
    files.push(("own/help/package.toml".to_owned(), package.to_owned()));
    files.push(("own/help/rules/help.toml".to_owned(), outcome.to_owned()));
    let book = load(files.clone());
    assert_eq!(render_all(&book.check(), Lang::En), "");
    let plan = book.plan("2024-06".parse().unwrap(), "2024-06-30".parse().unwrap()).unwrap();
    let at = plan.find_outcome("local_help").unwrap();
    let of = |code: &str| {
        let sheet = format!("{{\"division\": \"{code}\", \"members\": [{{}}]}}");
        let sheet = FactSheet::from_json(&sheet).unwrap();
        let batch = Batch::from_sheets(&[sheet], &plan).unwrap();
        Trace::of(&plan, &batch, 0, Mode::Decide).evaluation().outcome(at, 0)
    };
    assert_eq!([of("990121"), of("990121103001")], [Truth::True; 2]);
    assert_eq!([of("990122103001"), of("990221"), of("520102"), of("98")], [Truth::False; 4]);
    assert_eq!([of("99"), of("9901")], [Truth::Unknown; 2]);
    // What is written stays as it is written.
    for file in ["own/help/package.toml", "own/help/rules/help.toml"] {
        let text = &files.iter().find(|(path, _)| path == file).unwrap().1;
        assert_eq!(book.fmt(file, Lang::Zh).as_ref(), Some(text));
    }
    let village = package.replace("990121", "990121103001");
    let at = files.len() - 2;
    files[at].1 = village;
    assert_eq!(Book::from_files(files).unwrap_err()[0].code, "bad-division");
}
