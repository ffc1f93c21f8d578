//! 说明句: sentences with `{name}` places.

use super::decl::SayDecl;
use super::reader::{Reader, Table, Text};
use super::rules::{SAY, Sentences};
use crate::diag::Fault;
use crate::syntax::ast::Expr;
use crate::value::Truth;

/// Places that the renderer fills by itself.
const GIVEN: [&str; 2] = ["division", "区划"];

/// `say = { met = "…", en_met = "…" }`
pub(super) fn sentences(reader: &mut Reader<'_>, mut table: Table<'_>) -> Sentences {
    let mut said = Vec::new();
    for (zh_key, en_key, when) in SAY {
        let zh = reader.maybe(&mut table, zh_key);
        let en = reader.maybe(&mut table, en_key);
        match (zh, en) {
            (Some(zh), en) => said.push(sentence(reader, when, &zh, en.as_ref())),
            (None, Some(en)) => {
                reader.missing(en.place, zh_key);
            }
            (None, None) => {}
        }
    }
    reader.finish(table);
    said
}

/// One sentence in both languages (the Chinese one twice where no English is given).
pub(super) fn sentence(
    reader: &mut Reader<'_>,
    when: Option<Truth>,
    zh: &Text,
    en: Option<&Text>,
) -> SayDecl {
    let mut places: Vec<(String, Expr)> = Vec::new();
    for text in std::iter::once(zh).chain(en) {
        for (name, expr) in places_of(reader, text) {
            if places.iter().all(|(known, _)| *known != name) {
                places.push((name, expr));
            }
        }
    }
    SayDecl { when, zh: zh.text.clone(), en: en.unwrap_or(zh).text.clone(), places }
}

fn places_of(reader: &mut Reader<'_>, text: &Text) -> Vec<(String, Expr)> {
    let inside = reader.inside(text);
    let mut places = Vec::new();
    let mut rest = text.text.as_str();
    let mut at = 0;
    while let Some(open) = rest.find(['{', '}']) {
        let after = rest.get(open + 1..).unwrap_or_default();
        let close = after.find(['{', '}']);
        let body = close
            .filter(|close| {
                rest.as_bytes().get(open) == Some(&b'{') && after.as_bytes().get(*close) == Some(&b'}')
            })
            .and_then(|close| after.get(..close));
        let Some(body) = body else {
            reader.fault(
                text.place.clone(),
                Fault::new(
                    "open-place",
                    ("花括号不配对", "a brace has no partner"),
                    ("写成 {名称}", "write {name}"),
                ),
            );
            return places;
        };
        let start = inside.map_or(text.place.start, |inside| inside + at + open + 1);
        if !GIVEN.contains(&body)
            && let Some(expr) = reader.expr_at(body, start)
        {
            places.push((body.to_owned(), expr));
        }
        let step = open + 1 + body.len() + 1;
        rest = rest.get(step..).unwrap_or_default();
        at += step;
    }
    places
}
