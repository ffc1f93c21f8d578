//! 文本的形状: what a TOML text looks like before it is parsed, in one pass and without a tree, so that no text can
//! exhaust the parser.

use std::ops::Range;

use super::reader::Reader;
use crate::diag::Fault;
use crate::glyph::hidden;
use crate::plan::Span;

/// Deepest nesting of brackets and longest dotted key; packages use four levels.
const DEEPEST: usize = 32;

/// Most values and keys of one file.
const MOST_MARKS: usize = 200_000;

/// The first character that nobody sees.
pub(super) fn hidden_at(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, c)| hidden(*c))
}

/// What is wrong with the shape of a TOML text, and where.
pub(super) fn misshapen(text: &str) -> Option<(Range<usize>, Fault)> {
    let bytes = text.as_bytes();
    let (mut depth, mut dots, mut marks) = (0_usize, 0_usize, 0_usize);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let here = at;
        at += 1;
        match byte {
            b'#' => at = end_of(bytes, at, b"\n"),
            b'"' | b'\'' => at = behind_string(bytes, here, *byte),
            b'[' | b'{' => {
                (depth, dots) = (depth + 1, 0);
                marks += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' | b'=' => (dots, marks) = (0, marks + 1),
            b'\n' => dots = 0,
            b'.' => dots += 1,
            _ => {}
        }
        if depth > DEEPEST || dots > DEEPEST {
            return Some((
                here..at,
                Fault::new(
                    "too-nested",
                    ("键或括号嵌套太深", "keys or brackets are nested too deeply"),
                    (
                        "政策包只用几层；核对括号是否成对",
                        "packages use a few levels; check that brackets come in pairs",
                    ),
                ),
            ));
        }
        if marks > MOST_MARKS {
            return Some((
                here..at,
                Fault::new(
                    "too-large",
                    (
                        format!("文件里的值超过 {MOST_MARKS} 个"),
                        format!("the file holds more than {MOST_MARKS} values"),
                    ),
                    ("拆成几个文件", "split it into several files"),
                ),
            ));
        }
    }
    None
}

/// The byte behind the next occurrence of a mark, or the end.
fn end_of(bytes: &[u8], from: usize, mark: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let found = rest.windows(mark.len()).position(|window| window == mark);
    found.map_or(bytes.len(), |found| from + found + mark.len())
}

/// The byte behind the string that opens at a quotation mark; a string of one line ends with its line at the latest.
fn behind_string(bytes: &[u8], open: usize, quote: u8) -> usize {
    let long = [quote; 3];
    if bytes.get(open..open + 3) == Some(long.as_slice()) {
        return end_of(bytes, open + 3, &long);
    }
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => return at,
            b'\\' if quote == b'"' => at += 1,
            byte if *byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The fault of a key that is written twice, with the first of the two; `None` for other messages of the parser.
pub(super) fn duplicate_key(reader: &Reader<'_>, message: &str, place: &Range<usize>) -> Option<Fault> {
    if message != "duplicate key" {
        return None;
    }
    let key = reader.text.get(place.clone()).unwrap_or_default();
    let fault = Fault::new(
        "duplicate-key",
        (format!("键“{key}”写了两次"), format!("the key `{key}` is written twice")),
        (
            "删去其中一处；两条规则各写一个 [[rule]]",
            "remove one of the two; each rule has a [[rule]] of its own",
        ),
    );
    Some(match first_of(reader.text, key, place.start) {
        Some(first) => fault.beside(reader.span(&first), "第一次写在这里", "first written here"),
        None => fault,
    })
}

/// The last place before `before`, in the same table, where a key was written.
fn first_of(text: &str, key: &str, before: usize) -> Option<Range<usize>> {
    let head = text.get(..before)?;
    let line = head.rfind('\n').map_or(0, |at| at + 1);
    let header = text.get(line..)?.trim_start().starts_with('[');
    // A header written twice may stand anywhere above; a key belongs to the table whose header stands last above it.
    let from = if header { 0 } else { head.rfind("\n[").map_or(0, |at| at + 1) };
    let part = head.get(from..)?;
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'');
    let found = part.match_indices(key).find(|(at, _)| {
        let left = part.get(..*at).and_then(|left| left.chars().next_back());
        let right = part.get(at + key.len()..).unwrap_or_default();
        let stands_alone = left.is_none_or(|c| !inside(c)) && !right.starts_with(inside);
        stands_alone && (header || right.trim_start().starts_with(['=', '.']))
    });
    found.map(|(at, _)| from + at..from + at + key.len())
}

/// A fault with the place where the name came first.
pub(super) fn beside_first(fault: Fault, first: Option<Span>) -> Fault {
    match first {
        Some(first) => fault.beside(first, "第一个在这里", "the first one is here"),
        None => fault,
    }
}
