//! 依据、政策包和地方层: what heads the law.

use super::decl::{Cite, Level, OverlayDecl, PackageDecl, SourceDoc};
use super::load::Build;
use super::reader::{Reader, Table};
use super::within;
use crate::diag::Fault;
use crate::value::DivisionCode;

/// `sources.toml`
pub(super) fn read(reader: &mut Reader<'_>, mut root: Table<'_>) -> (Vec<SourceDoc>, Vec<Cite>) {
    let mut docs = Vec::new();
    let mut cites = Vec::new();
    if let Some(mut all) = root.take("doc").and_then(|v| reader.table(v)) {
        for (id, _, value) in all.rest() {
            let Some(mut table) = reader.table(value) else {
                continue;
            };
            docs.push(SourceDoc {
                id: id.to_owned(),
                zh: reader.need(&mut table, "zh").map(|t| t.text).unwrap_or_default(),
                en: reader.or_empty(&mut table, "en"),
                number: reader.or_empty(&mut table, "number"),
                from: reader.maybe_date(&mut table, "from"),
                to: reader.maybe_date(&mut table, "to"),
            });
            table.take("url");
            table.take("issuer");
            table.take("note");
            reader.finish(table);
        }
    }
    if let Some(mut all) = root.take("cite").and_then(|v| reader.table(v)) {
        for (id, _, value) in all.rest() {
            let Some(mut table) = reader.table(value) else {
                continue;
            };
            let doc = reader.maybe_texts(&mut table, "doc");
            cites.push(Cite {
                id: id.to_owned(),
                zh: reader.need(&mut table, "zh").map(|t| t.text).unwrap_or_default(),
                en: reader.or_empty(&mut table, "en"),
                doc: doc.into_iter().map(|t| t.text).collect(),
                tag: reader.or_empty(&mut table, "tag"),
            });
            table.take("note");
            reader.finish(table);
        }
    }
    reader.finish(root);
    (docs, cites)
}

/// Whether the documents that the statements of one file cite exist (all files of sources are read by now).
pub(super) fn articles(build: &Build, reader: &mut Reader<'_>) {
    let unknown: Vec<(String, String)> = build
        .book
        .cites
        .iter()
        .flat_map(|cite| cite.doc.iter().map(|doc| (cite.id.clone(), doc.clone())))
        .filter(|(_, doc)| !build.knows_citation(doc))
        .collect();
    for (cite, doc) in unknown {
        let Some(at) = reader.text.find(&format!("[cite.{cite}]")) else {
            continue;
        };
        reader.fault(
            at..at + cite.len() + 7,
            Fault::new(
                "unknown-source",
                (
                    format!("依据 {cite} 引用的文件“{doc}”没有写明"),
                    format!("statement {cite} cites `{doc}`, which is not declared"),
                ),
                ("在 sources.toml 加上 [doc.…]", "add [doc.…] to sources.toml"),
            ),
        );
    }
}

/// `package.toml`
pub(super) fn package(
    build: &Build,
    reader: &mut Reader<'_>,
    mut root: Table<'_>,
    id: &str,
) -> Option<PackageDecl> {
    if let Some(stated) = reader.need(&mut root, "id").filter(|stated| stated.text != id) {
        reader.fault(
            stated.place,
            Fault::new(
                "wrong-id",
                (
                    format!("编号“{}”与所在文件夹不同", stated.text),
                    format!("the id `{}` differs from its folder", stated.text),
                ),
                (format!("写成 \"{id}\""), format!("write \"{id}\"")),
            ),
        );
    }
    let basis = reader.maybe_texts(&mut root, "legal_basis");
    let division = reader.maybe(&mut root, "division");
    let package = PackageDecl {
        id: id.to_owned(),
        zh: reader.need(&mut root, "zh").map(|t| t.text)?,
        en: reader.or_empty(&mut root, "en"),
        authority: reader.or_empty(&mut root, "authority"),
        legal_basis: build.cited(reader, basis),
        uses: reader.maybe_texts(&mut root, "uses").into_iter().map(|t| t.text).collect(),
        division: within::division(reader, division),
    };
    root.take("authority_en");
    root.take("note");
    root.take("note_en");
    reader.finish(root);
    Some(package)
}

/// `overlay.toml`
pub(super) fn overlay(reader: &mut Reader<'_>, mut root: Table<'_>, id: &str) -> Option<OverlayDecl> {
    reader.maybe(&mut root, "id");
    let zh = reader.need(&mut root, "zh");
    let en = reader.or_empty(&mut root, "en");
    let level = reader.need(&mut root, "level");
    let division = reader.need(&mut root, "division");
    root.take("note");
    root.take("fictional");
    reader.finish(root);
    let (zh, level, division) = (zh?, level?, division?);
    let read_level = self::level(&level.text);
    if read_level.is_none() {
        reader.fault(level.place, bad_level(&level.text));
    }
    match division.text.parse::<DivisionCode>() {
        Ok(code) => {
            let level = read_level?;
            let of_code = [Level::Province, Level::City, Level::County, Level::Town]
                .get(usize::from(code.level()).wrapping_sub(1))
                .copied();
            if of_code != Some(level) {
                reader.fault(division.place, wrong_level(&code, of_code));
                return None;
            }
            Some(OverlayDecl { id: id.to_owned(), zh: zh.text, en, level, division: code })
        }
        Err(bad) => {
            reader.fault(
                division.place,
                Fault::new(
                    "bad-division",
                    (bad.zh, bad.en),
                    ("写 2、4、6 或 9 位代码", "write 2, 4, 6 or 9 digits"),
                ),
            );
            None
        }
    }
}

/// The level that a word means.
pub(super) fn level(word: &str) -> Option<Level> {
    Some(match word {
        "province" => Level::Province,
        "city" => Level::City,
        "county" => Level::County,
        "town" => Level::Town,
        _ => return None,
    })
}

/// A place that claims a level which is not its own could set what only that level may set.
fn wrong_level(code: &DivisionCode, level: Option<Level>) -> Fault {
    let (zh, en) = match level {
        Some(Level::Province) => ("省级 province", "province"),
        Some(Level::City) => ("市级 city", "city"),
        Some(Level::County) => ("县级 county", "county"),
        Some(Level::Town) => ("乡镇级 town", "town"),
        Some(Level::Nation) | None => ("村级，不能有自己的层", "a village, which has no layer of its own"),
    };
    Fault::new(
        "wrong-level",
        (format!("区划 {code} 是{zh}"), format!("the division {code} is of the level: {en}")),
        ("level 与 division 的级别要一致", "`level` and `division` must be of one level"),
    )
}

pub(super) fn bad_level(word: &str) -> Fault {
    Fault::new(
        "bad-level",
        (format!("没有层级“{word}”"), format!("there is no level `{word}`")),
        ("写 province、city、county 或 town", "write province, city, county or town"),
    )
}
