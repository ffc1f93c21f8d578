//! Package files, golden households and facts sheets with bytes changed at random: never a panic, never a fault
//! without a place, a reason and a cure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use std::sync::LazyLock;

use doudi_policy::column::Batch;
use doudi_policy::diag::{Diagnostic, Unread, entry};
use doudi_policy::golden::parse_goldens;
use doudi_policy::plan::Plan;
use doudi_policy::sheet::FactSheet;
use doudi_policy::{Book, Lang, template};
use proptest::prelude::*;
use proptest::sample::Index;

static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(support::files);
static BOOK: LazyLock<Book> = LazyLock::new(support::law);
static PLAN: LazyLock<Plan> = LazyLock::new(support::plan);

/// One change of some bytes.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Copy(Index, Index, usize),
    Swap(Index, Index),
}

/// Pieces of the forms themselves: they reach deeper than noise.
const PIECES: [&str; 26] = [
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "'",
    "\"",
    "'''",
    "=",
    ",",
    ".",
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "非 ",
    "且",
    "元",
    "[[rule]]\n",
    "99999999999999999999",
    "| 甲 |\n",
    "## 例\n",
    "null",
    "-",
];

fn change() -> impl Strategy<Value = Change> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..4),
        prop::sample::select(&PIECES[..]).prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (any::<Index>(), piece).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), 1..80_usize).prop_map(|(at, n)| Change::Remove(at, n)),
        (any::<Index>(), any::<Index>(), 1..400_usize).prop_map(|(from, to, n)| Change::Copy(from, to, n)),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match change {
            Change::Put(at, byte) => bytes[at.index(length)] = *byte,
            Change::Insert(at, piece) => {
                let at = at.index(length);
                bytes.splice(at..at, piece.iter().copied());
            }
            Change::Remove(at, n) => {
                let at = at.index(length);
                bytes.drain(at..(at + n).min(length));
            }
            Change::Copy(from, to, n) => {
                let from = from.index(length);
                let piece = bytes[from..(from + n).min(length)].to_vec();
                let to = to.index(length);
                bytes.splice(to..to, piece);
            }
            Change::Swap(a, b) => bytes.swap(a.index(length), b.index(length)),
        }
    }
    bytes
}

/// What every fault must have.
fn sound(faults: &[Diagnostic], text_of: impl Fn(&str) -> Option<String>) {
    for fault in faults {
        assert!(entry(fault.code).is_some(), "{} is in no catalogue", fault.code);
        assert!(!fault.zh.is_empty() && !fault.en.is_empty(), "{fault:?}");
        assert!(!fault.cure_zh.is_empty() && !fault.cure_en.is_empty(), "{fault:?}");
        if let Some(text) = text_of(&fault.file) {
            assert!(
                fault.span.end <= text.len() && fault.line <= text.matches('\n').count() + 1,
                "{fault:?}"
            );
        }
        for lang in [Lang::Zh, Lang::En] {
            let shown = fault.render(lang);
            assert!(shown.contains(fault.number()) && !shown.contains(['\0', '\u{202e}']), "{shown}");
        }
        assert!(fault.to_json()["line"].as_u64().unwrap() >= 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_change_of_a_package_file_makes_the_law_panic(
        at in any::<Index>(),
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let at = at.index(FILES.len());
        let (path, text) = &FILES[at];
        let text = match Unread::text(path, changed(text, &changes)) {
            Ok(text) => text,
            Err(fault) => {
                sound(&[*fault], |_| None);
                return Ok(());
            }
        };
        if path.ends_with(".md") {
            let faults = parse_goldens(&BOOK, path, &text).err().unwrap_or_default();
            sound(&faults, |_| Some(text.clone()));
            return Ok(());
        }
        let mut files = FILES.clone();
        files[at].1.clone_from(&text);
        let faults = match Book::from_files(files) {
            Ok(book) => book.plan("2024-06".parse().unwrap(), "2024-06-30".parse().unwrap()).err(),
            Err(faults) => Some(faults),
        };
        let text_of = |file: &str| {
            let found = FILES.iter().find(|(other, _)| other == file)?;
            Some(if file == path { text.clone() } else { found.1.clone() })
        };
        sound(&faults.unwrap_or_default(), text_of);
    }

    #[test]
    fn no_change_of_a_facts_sheet_makes_its_reading_panic(changes in prop::collection::vec(change(), 1..6)) {
        let outcome = PLAN.find_outcome("dibao").unwrap();
        let text = template(&PLAN, outcome).to_string();
        let bytes = changed(&text, &changes);
        let text = String::from_utf8_lossy(&bytes);
        let read = FactSheet::from_json(&text).and_then(|sheet| Batch::from_sheets(&[sheet], &PLAN).map(|_| ()));
        for problem in read.err().unwrap_or_default() {
            prop_assert!(entry(problem.code).is_some_and(|entry| entry.number == problem.number), "{:?}", problem);
            prop_assert!(!problem.zh.is_empty() && !problem.en.is_empty());
        }
    }
}
