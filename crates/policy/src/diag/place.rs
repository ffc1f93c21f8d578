//! 位置: bytes to lines, columns and excerpts.

use std::ops::Range;

use super::{Diagnostic, Fault, Related};
use crate::glyph::visible;
use crate::plan::Span;

/// Characters of a message that are shown: a name in it may be as long as its file.
const MESSAGE: usize = 700;

/// Longest line that is shown whole, in characters.
const LINE: usize = 160;

/// Characters that are shown before the place in a longer line.
const BEFORE: usize = 60;

/// A place as a person looks it up.
struct Spot {
    span: Range<usize>,
    line: usize,
    column: usize,
    excerpt: String,
    mark: usize,
    width: usize,
}

/// The diagnostic of a fault; `source` gives path and text of another file by its number.
pub(super) fn diagnostic<'t>(
    fault: Fault,
    span: &Range<usize>,
    file: &str,
    text: &str,
    source: impl Fn(u32) -> Option<(&'t str, &'t str)>,
) -> Diagnostic {
    let spot = spot(text, span);
    let related = fault.places().iter().filter_map(|(span, zh, en)| {
        let (file, text) = source(span.file)?;
        Some(related(file, text, *span, zh, en))
    });
    Diagnostic {
        code: fault.code,
        file: file.to_owned(),
        related: related.collect(),
        span: spot.span,
        line: spot.line,
        column: spot.column,
        excerpt: spot.excerpt,
        mark: spot.mark,
        width: spot.width,
        zh: visible(&fault.zh, MESSAGE),
        en: visible(&fault.en, MESSAGE),
        cure_zh: visible(&fault.cure_zh, MESSAGE),
        cure_en: visible(&fault.cure_en, MESSAGE),
        places: 0,
        more: 0,
    }
}

fn related(file: &str, text: &str, span: Span, zh: &str, en: &str) -> Related {
    let spot = spot(text, &(span.start as usize..span.end as usize));
    Related {
        file: file.to_owned(),
        line: spot.line,
        column: spot.column,
        excerpt: spot.excerpt,
        mark: spot.mark,
        width: spot.width,
        zh: visible(zh, MESSAGE),
        en: visible(en, MESSAGE),
    }
}

/// Line and column of a byte, from 1.
pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let spot = spot(text, &(at..at));
    (spot.line, spot.column)
}

fn spot(text: &str, span: &Range<usize>) -> Spot {
    let start = floor_char(text, span.start);
    let end = floor_char(text, span.end).max(start);
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let ahead = before.get(line_start..).unwrap_or_default().chars().count();
    let meant = text.get(start..end).and_then(|meant| meant.lines().next()).unwrap_or_default();
    let width = meant.chars().count().max(1);
    let count = line.chars().count();
    let (excerpt, mark) = if count <= LINE {
        (line.to_owned(), ahead)
    } else {
        let from = ahead.saturating_sub(BEFORE).min(count - LINE);
        let part: String = line.chars().skip(from).take(LINE).collect();
        let head = if from > 0 { "…" } else { "" };
        let tail = if from + LINE < count { "…" } else { "" };
        (format!("{head}{part}{tail}"), ahead - from + head.chars().count())
    };
    let room = excerpt.chars().count().saturating_sub(mark).max(1);
    Spot {
        span: start..end,
        line: before.bytes().filter(|b| *b == b'\n').count() + 1,
        column: ahead + 1,
        excerpt,
        mark,
        width: width.min(room),
    }
}

/// The largest character boundary at or before `at`.
fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
