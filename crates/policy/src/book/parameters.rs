//! 参数: declarations and dated rows, of the nation and of the local layers.

mod table;

use std::collections::BTreeMap;
use std::ops::Range;

pub(super) use table::csv_rows;

use super::decl::{Level, ParamValue, ParameterDecl};
use super::facts::{enumeration, typed};
use super::load::Build;
use super::reader::{Reader, Table, Text};
use super::{Book, NameEntry, sources, values};
use crate::diag::{Fault, Faults};
use crate::plan::{EnumDecl, ParamRow, Type};
use crate::value::{Date, DivisionCode};

/// The local layer that a file belongs to.
#[derive(Clone, Copy)]
pub(super) struct Local<'a> {
    /// Overlay id.
    pub(super) root: &'a str,
    /// Folder of the package within it.
    pub(super) package: &'a str,
}

/// One row as text, from TOML or CSV.
pub(super) struct RowText {
    place: Range<usize>,
    pub(super) division: Option<Text>,
    keys: Vec<Text>,
    pub(super) from: Text,
    to: Option<Text>,
    enacted: Option<Text>,
    value: Text,
    source: Text,
}

/// The `[[parameter]]` heads of one file.
pub(super) fn declare(build: &mut Build, reader: &mut Reader<'_>, mut root: Table<'_>, package: &str) {
    for table in root.take("parameter").map(|v| reader.tables(v)).unwrap_or_default() {
        if let Some(decl) = parameter(build, reader, table, package) {
            build.lost.remove(&decl.id);
            build.book.parameters.push(decl);
        }
    }
}

fn parameter(
    build: &mut Build,
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    package: &str,
) -> Option<ParameterDecl> {
    let span = reader.span(&table.place);
    let id = reader.need(&mut table, "id");
    let zh = reader.need(&mut table, "zh");
    let en = reader.maybe(&mut table, "en");
    let word = reader.need(&mut table, "type");
    let enum_index = id.as_ref().and_then(|id| enumeration(build, reader, &mut table, &id.text));
    let ty = word.and_then(|word| typed(reader, &word, enum_index));
    build.lost.extend(id.as_ref().map(|id| id.text.clone()));
    let keys = reader.maybe_texts(&mut table, "keys");
    let keys: Vec<_> = keys.into_iter().map(|key| key_enum(build, reader, key)).collect();
    let keys = keys.into_iter().collect::<Option<Vec<_>>>();
    let contested = table.take("contested").and_then(|v| reader.bool_of(v)).unwrap_or(false);
    let mut overridable_by = Vec::new();
    for word in reader.maybe_texts(&mut table, "overridable_by") {
        match sources::level(&word.text) {
            Some(level) => overridable_by.push(level),
            None => reader.fault(word.place, sources::bad_level(&word.text)),
        }
    }
    let source = reader.maybe_texts(&mut table, "source");
    let source = build.cited(reader, source);
    let min = table.take("min").and_then(|v| reader.scalar_of(v));
    let max = table.take("max").and_then(|v| reader.scalar_of(v));
    table.take("rows");
    table.take("note");
    table.take("note_en");
    reader.finish(table);
    let (id, zh, ty, keys) = (id?, zh?, ty?, keys?);
    build.id(reader, &id);
    let entry = NameEntry::Parameter(build.book.parameters.len());
    build.declare(reader, &id, &entry, false);
    build.declare(reader, &zh, &entry, zh.text == id.text);
    let mut bound = |text: Option<Text>| {
        let text = text?;
        value_of(reader, &text, ty, &build.book.enums)
    };
    let (min, max) = (bound(min), bound(max));
    Some(ParameterDecl {
        en: en.map_or_else(|| id.text.replace('_', " "), |t| t.text),
        id: id.text,
        zh: zh.text,
        package: package.to_owned(),
        ty,
        keys,
        contested,
        derived: false,
        overridable_by,
        min,
        max,
        source,
        rows: Vec::new(),
        span,
    })
}

/// A key column is an enum fact, or a rule that declares its values.
fn key_enum(build: &Build, reader: &mut Reader<'_>, key: Text) -> Option<(String, u16)> {
    let fact = build.book.facts.iter().find(|f| f.id == key.text);
    let rule = build.book.rules.iter().find(|r| r.id == key.text);
    let index = fact.and_then(|f| f.enum_index).or_else(|| rule.and_then(|r| r.enum_index));
    if index.is_none() {
        reader.fault(
            key.place.clone(),
            Fault::new(
                "bad-key",
                (
                    format!("“{}”不是枚举型的事实或规则，不能作键列", key.text),
                    format!("`{}` is no enum fact or rule and cannot be a key", key.text),
                ),
                (
                    "写枚举型事实的英文编号，如 registered_class",
                    "write the id of an enum fact, such as registered_class",
                ),
            )
            .about(&key.text),
        );
    }
    index.map(|index| (key.text, index))
}

fn value_of(reader: &mut Reader<'_>, text: &Text, ty: Type, enums: &[EnumDecl]) -> Option<ParamValue> {
    match values::value(&text.text, ty, enums) {
        Ok(value) => Some(value),
        Err(fault) => {
            reader.fault(text.place.clone(), fault);
            None
        }
    }
}

/// Rows written in TOML.
pub(super) fn toml_rows(
    build: &mut Build,
    reader: &mut Reader<'_>,
    mut root: Table<'_>,
    local: Option<Local<'_>>,
) {
    let tables = root.take("parameter").map(|v| reader.tables(v)).unwrap_or_default();
    for mut table in tables {
        let Some(id) = table.take("id").and_then(|v| reader.text_of(v)) else {
            continue;
        };
        let rows = table.take("rows").map(|v| reader.tables(v)).unwrap_or_default();
        if local.is_some() {
            reader.finish(table);
        }
        let Some(at) = target(build, reader, &id, local) else {
            continue;
        };
        let keys = keys_of(build, at);
        for row in rows {
            if let Some(row) = toml_row(reader, row, &keys, None) {
                add(build, reader, at, row, local);
            }
        }
    }
    if local.is_some() {
        reader.finish(root);
    }
}

/// What a row that does not say so itself takes from the change that it stands in.
pub(super) struct RowDefaults<'a> {
    pub(super) from: Option<&'a Text>,
    pub(super) source: &'a str,
}

/// One row written in TOML.
pub(super) fn toml_row(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    keys: &[String],
    defaults: Option<&RowDefaults<'_>>,
) -> Option<RowText> {
    let place = table.place.clone();
    let division = reader.maybe(&mut table, "division");
    let from = match defaults.and_then(|d| d.from) {
        Some(from) => reader
            .maybe(&mut table, "from")
            .or_else(|| Some(Text { text: from.text.clone(), place: from.place.clone() })),
        None => reader.need(&mut table, "from"),
    };
    let to = reader.maybe(&mut table, "to");
    let enacted = reader.maybe(&mut table, "enacted");
    let value = match table.take("value") {
        Some(value) => reader.scalar_of(value),
        None => {
            reader.missing(place.clone(), "value");
            None
        }
    };
    let source = match defaults {
        Some(defaults) => reader
            .maybe(&mut table, "source")
            .or_else(|| Some(Text { text: defaults.source.to_owned(), place: place.clone() })),
        None => reader.need(&mut table, "source"),
    };
    let found: Vec<Option<Text>> = keys.iter().map(|key| reader.need(&mut table, key)).collect();
    table.take("note");
    reader.finish(table);
    Some(RowText {
        place,
        division,
        keys: found.into_iter().collect::<Option<_>>()?,
        from: from?,
        to,
        enacted,
        value: value?,
        source: source?,
    })
}

/// Ids of the key columns of a parameter.
pub(super) fn keys_of(build: &Build, at: usize) -> Vec<String> {
    build
        .book
        .parameters
        .get(at)
        .map(|p| p.keys.iter().map(|(key, _)| key.clone()).collect())
        .unwrap_or_default()
}

/// The declared parameter that rows belong to; a local layer may only use what the base lets it.
pub(super) fn target(
    build: &Build,
    reader: &mut Reader<'_>,
    id: &Text,
    local: Option<Local<'_>>,
) -> Option<usize> {
    let parameters = &build.book.parameters;
    let Some(at) = parameters.iter().position(|p| p.id == id.text) else {
        let near = reader.near("unknown-parameter", &id.text, parameters.iter().map(|p| p.id.as_str()));
        reader.fault(
            id.place.clone(),
            Fault::new(
                "unknown-parameter",
                (
                    format!("国家政策包没有声明参数“{}”", id.text),
                    format!("no package of the nation declares the parameter `{}`", id.text),
                ),
                near.map_or_else(
                    || {
                        (
                            "先在 parameters/*.toml 声明 [[parameter]]".to_owned(),
                            "declare it as [[parameter]] in parameters/*.toml".to_owned(),
                        )
                    },
                    |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
                ),
            )
            .about(&id.text),
        );
        return None;
    };
    let Some(local) = local else { return Some(at) };
    let decl = parameters.get(at)?;
    let overlay = build.book.overlays.iter().find(|o| o.id == local.root)?;
    let folder = decl.package.rsplit('/').next().unwrap_or_default();
    if !decl.overridable_by.contains(&overlay.level) {
        reader.fault(
            id.place.clone(),
            Fault::new(
                "not-overridable",
                (
                    format!("参数“{}”不允许本级另行规定", decl.zh),
                    format!("the parameter `{}` cannot be set at this level", decl.id),
                ),
                (
                    "删去本级的值；确有授权时在国家政策包的 overridable_by 中写明层级和依据",
                    "remove the local value; if the law allows it, the base declares the level in overridable_by",
                ),
            )
            .beside(decl.span, "参数在这里声明", "the parameter is declared here"),
        );
        return None;
    }
    if folder != local.package {
        reader.fault(
            id.place.clone(),
            Fault::new(
                "wrong-folder",
                (
                    format!("参数“{}”属于政策包 {}", decl.zh, decl.package),
                    format!("the parameter `{}` belongs to {}", decl.id, decl.package),
                ),
                (
                    format!("移到 {}/{folder}/parameters/", local.root),
                    format!("move it to {}/{folder}/parameters/", local.root),
                ),
            ),
        );
        return None;
    }
    Some(at)
}

/// Checks a row and adds it.
pub(super) fn add(
    build: &mut Build,
    reader: &mut Reader<'_>,
    at: usize,
    row: RowText,
    local: Option<Local<'_>>,
) {
    let place = row.place.clone();
    let Some((level, row)) = checked(build, reader, at, row, local) else {
        return;
    };
    let span = reader.span(&place);
    if let Some(decl) = build.book.parameters.get_mut(at) {
        decl.rows.push((level, row));
        build.book.row_spans.entry(decl.id.clone()).or_default().push(span);
    }
}

fn checked(
    build: &Build,
    reader: &mut Reader<'_>,
    at: usize,
    row: RowText,
    local: Option<Local<'_>>,
) -> Option<(Level, ParamRow)> {
    let decl = build.book.parameters.get(at)?;
    let overlay = local.and_then(|l| build.book.overlays.iter().find(|o| o.id == l.root));
    let division = match &row.division {
        Some(text) => Some(division(reader, text)?),
        None => overlay.map(|o| o.division.clone()),
    };
    if let (Some(division), Some(overlay)) = (&division, overlay)
        && !division.within(&overlay.division)
    {
        let area = &overlay.division;
        reader.fault(
            row.place.clone(),
            Fault::new(
                "outside-area",
                (
                    format!("区划 {division} 不在本层 {area} 之内"),
                    format!("the division {division} is outside this layer's {area}"),
                ),
                ("核对区划代码", "check the division code"),
            ),
        );
        return None;
    }
    let mut keys = Vec::new();
    for (text, (_, index)) in row.keys.iter().zip(&decl.keys) {
        match values::enum_value(&text.text, *index, &build.book.enums) {
            Ok(key) => keys.push(key),
            Err(fault) => {
                reader.fault(text.place.clone(), fault);
                return None;
            }
        }
    }
    let from = reader.date_of(&row.from)?;
    let to = optional_date(reader, row.to.as_ref())?;
    let enacted = optional_date(reader, row.enacted.as_ref())?.unwrap_or(from);
    let value = value_of(reader, &row.value, decl.ty, &build.book.enums)?;
    bounds(reader, decl, value, &row.value)?;
    if !build.knows_citation(&row.source.text) && row.source.text.is_ascii() {
        build.citation(reader, &row.source);
    }
    let (number, ratio) = match value {
        ParamValue::Number(n) => (n, None),
        ParamValue::Ratio(num, den) => (0, Some((num, den))),
    };
    let package = decl.package.split('/').next().unwrap_or_default();
    let row = ParamRow {
        division,
        keys,
        from,
        to,
        enacted,
        value: number,
        ratio,
        source: row.source.text,
        layer: local.map_or(package, |l| l.root).to_owned(),
    };
    Some((overlay.map_or(Level::Nation, |o| o.level), row))
}

fn division(reader: &mut Reader<'_>, text: &Text) -> Option<DivisionCode> {
    match text.text.parse() {
        Ok(code) => Some(code),
        Err(bad) => {
            let crate::value::BadValue { zh, en } = bad;
            reader.fault(
                text.place.clone(),
                Fault::new("bad-division", (zh, en), ("核对区划代码", "check the division code")),
            );
            None
        }
    }
}

/// The outer `None` is a fault.
fn optional_date(reader: &mut Reader<'_>, text: Option<&Text>) -> Option<Option<Date>> {
    match text {
        Some(text) => reader.date_of(text).map(Some),
        None => Some(None),
    }
}

/// A value within the lawful range.
pub(super) fn bounds(
    reader: &mut Reader<'_>,
    decl: &ParameterDecl,
    value: ParamValue,
    text: &Text,
) -> Option<()> {
    let low = decl.min.and_then(|min| values::less(value, min)) == Some(true);
    let high = decl.max.and_then(|max| values::less(max, value)) == Some(true);
    if !low && !high {
        return Some(());
    }
    let shown = |bound: Option<ParamValue>| bound.map_or("…".to_owned(), |v| show(v, decl.ty));
    let (min, max) = (shown(decl.min), shown(decl.max));
    reader.fault(
        text.place.clone(),
        Fault::new(
            "out-of-bounds",
            (
                format!("“{}”的值 {} 超出法定范围 {min} 至 {max}", decl.zh, text.text),
                format!("`{}` is {}, outside the lawful range {min} to {max}", decl.id, text.text),
            ),
            (
                "核对数值；范围写在国家政策包的 min、max",
                "check the value; the base declares the range as min and max",
            ),
        )
        .beside(decl.span, "范围在这里声明", "the range is declared here"),
    );
    None
}

/// A value with its unit.
pub(super) fn show(value: ParamValue, ty: Type) -> String {
    match (value, ty) {
        (ParamValue::Number(n), Type::Money(_) | Type::Exact(_)) => {
            format!("{}{}", crate::value::Fen(n), super::type_name(ty))
        }
        (ParamValue::Number(n), _) => n.to_string(),
        (ParamValue::Ratio(num, den), _) => format!("{num}/{den}"),
    }
}

/// Two rows that nothing tells apart.
pub(super) fn duplicate_rows(book: &Book, faults: &mut Faults) {
    for decl in &book.parameters {
        let spans = book.row_spans.get(&decl.id).map(Vec::as_slice).unwrap_or_default();
        let mut seen = BTreeMap::new();
        for ((level, row), span) in decl.rows.iter().zip(spans) {
            let key = (*level, &row.division, &row.keys, row.from, row.enacted);
            if let Some(first) = seen.insert(key, *span) {
                faults.push(
                    *span,
                    Fault::new(
                        "duplicate-row",
                        (
                            format!("参数“{}”的这一行写了两次", decl.zh),
                            format!("this row of `{}` is written twice", decl.id),
                        ),
                        (
                            "同一区划、键值和起始日期只能有一行；更正时写不同的 enacted",
                            "one row a division, keys and first day; a correction has another `enacted`",
                        ),
                    )
                    .beside(first, "第一次写在这里", "first written here"),
                );
            }
        }
    }
}
