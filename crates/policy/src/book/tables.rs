//! 决策表: `[[table]]` with its rows inline, or in a CSV file of the package's folder `tables/`.

use std::ops::Range;

use super::decl::{ResultDecl, RowDecl, TableDecl};
use super::load::Build;
use super::reader::{Reader, Table, Text, Value};
use crate::diag::Fault;
use crate::plan::Hit;
use crate::syntax::ast::Expr;
use crate::syntax::parse::cell;

/// Largest table that is read, in columns.
const MOST_COLUMNS: usize = 16;

/// Names of the two last columns of a CSV file.
const RESULT: [&str; 2] = ["then", "source"];

/// A table read from a CSV file, until the `[[table]]` that names it takes it.
pub(super) struct Sheet {
    pub(super) package: String,
    pub(super) file: String,
    /// Absent where the header has faults, which are told once.
    columns: Option<Vec<Expr>>,
    rows: Vec<RowDecl>,
}

/// A text that stands in the file one to one.
struct Spot {
    text: String,
    /// First byte of the text.
    start: usize,
    /// Place to name in a fault.
    place: Range<usize>,
}

/// The keys of a `[[table]]` beyond those of every rule.
pub(super) fn body(
    build: &mut Build,
    reader: &mut Reader<'_>,
    table: &mut Table<'_>,
    package: &str,
) -> Option<TableDecl> {
    let place = table.place.clone();
    let hit = match reader.maybe(table, "hit") {
        Some(text) => super::rules::one_of(
            reader,
            &text,
            &[
                ("unique", Hit::Unique),
                ("first", Hit::First),
                ("collect-sum", Hit::CollectSum),
                ("collect-max", Hit::CollectMax),
            ],
        ),
        None => Some(Hit::Unique),
    };
    let columns = table.take("columns").map(|value| reader.texts_of(value));
    let rows = table.take("rows");
    let default = match table.take("default") {
        Some(value) => Some(default(build, reader, value)?),
        None => None,
    };
    let Some(rows) = rows else {
        reader.missing(place, "rows");
        return None;
    };
    let named = matches!(rows.get_ref(), toml::de::DeValue::String(_));
    let (columns, rows) = match (columns, named) {
        (None, true) => {
            let name = reader.text_of(rows)?;
            let sheet = taken(build, reader, &name, package)?;
            (sheet.columns?, sheet.rows)
        }
        (Some(columns), false) => {
            let columns: Vec<Option<Expr>> = columns.iter().map(|text| reader.expr(text)).collect();
            let rows = inline(build, reader, rows, columns.len());
            (columns.into_iter().collect::<Option<_>>()?, rows)
        }
        (Some(_), true) => {
            reader.fault(
                rows.span(),
                Fault::new(
                    "columns-twice",
                    ("列写在 CSV 的表头，这里不再写 columns", "the header of the CSV file names the columns"),
                    ("删去 columns", "remove `columns`"),
                ),
            );
            return None;
        }
        (None, false) => {
            reader.missing(place, "columns");
            return None;
        }
    };
    if columns.is_empty() || columns.len() > MOST_COLUMNS {
        size_fault(reader, place);
        return None;
    }
    Some(TableDecl { columns, hit: hit?, rows, default })
}

fn size_fault(reader: &mut Reader<'_>, place: Range<usize>) {
    reader.fault(
        place,
        Fault::new(
            "table-size",
            (
                format!("一张决策表要有 1 至 {MOST_COLUMNS} 列、至少一行"),
                format!("a table has 1 to {MOST_COLUMNS} columns and at least one row"),
            ),
            ("核对 columns 和 rows", "check `columns` and `rows`"),
        ),
    );
}

/// `default = ['否', 'TK-02']`: a gap of the table is only closed by an article.
fn default(build: &Build, reader: &mut Reader<'_>, value: &Value<'_>) -> Option<ResultDecl> {
    let texts = reader.texts_of(value);
    let spots: Vec<Spot> = texts.iter().filter_map(|text| spot(reader, text)).collect();
    match spots.as_slice() {
        [then, source] => result(build, reader, then, source),
        _ => {
            reader.fault(
                value.span(),
                Fault::new(
                    "uncited-default",
                    ("default 要写值和依据", "`default` holds a value and the article behind it"),
                    ("写成 default = ['否', 'TK-02']", "write default = ['否', 'TK-02']"),
                ),
            );
            None
        }
    }
}

fn inline(build: &Build, reader: &mut Reader<'_>, rows: &Value<'_>, columns: usize) -> Vec<RowDecl> {
    let toml::de::DeValue::Array(items) = rows.get_ref() else {
        reader.fault(
            rows.span(),
            Fault::new(
                "wrong-kind",
                ("rows 应是若干行，或 CSV 文件名", "`rows` holds rows, or the name of a CSV file"),
                ("写成 rows = [ ['肢体', '是', 'TK-02'], … ]", "write rows = [ ['肢体', '是', 'TK-02'], … ]"),
            ),
        );
        return Vec::new();
    };
    if items.is_empty() {
        size_fault(reader, rows.span());
    }
    let mut read = Vec::new();
    for item in items.iter() {
        let texts = reader.texts_of(item);
        let spots: Option<Vec<Spot>> = texts.iter().map(|text| spot(reader, text)).collect();
        if let Some(spots) = spots {
            read.extend(row(build, reader, &spots, columns, item.span()));
        }
    }
    read
}

fn spot(reader: &mut Reader<'_>, text: &Text) -> Option<Spot> {
    let start = reader.literal(text)?;
    Some(Spot { text: text.text.clone(), start, place: text.place.clone() })
}

/// The cells of a row, its result and, last, its citations.
fn row(
    build: &Build,
    reader: &mut Reader<'_>,
    spots: &[Spot],
    columns: usize,
    place: Range<usize>,
) -> Option<RowDecl> {
    let (cells, [then, source]) = match spots.split_last_chunk::<2>() {
        Some((cells, last)) if cells.len() == columns => (cells, last),
        _ => {
            let (given, wanted) = (spots.len(), columns + RESULT.len());
            reader.fault(
                place,
                Fault::new(
                    "row-length",
                    (
                        format!("这一行有 {given} 格，应有 {wanted} 格"),
                        format!("the row has {given} cells, {wanted} are needed"),
                    ),
                    (
                        "每列一格，然后是结果，最后是依据；不限的格写 -",
                        "one cell a column, then the result, last the citation; write - for anything",
                    ),
                ),
            );
            return None;
        }
    };
    let span = reader.span(&place);
    let mut read = Vec::with_capacity(cells.len());
    for spot in cells {
        let base = reader.span(&(spot.start..spot.start));
        match cell(&spot.text, base) {
            Ok(cell) => read.push(cell),
            Err(faults) => {
                for (fault, span) in faults {
                    reader.fault(span.start as usize..span.end as usize, fault);
                }
            }
        }
    }
    let result = result(build, reader, then, source)?;
    (read.len() == columns).then_some(RowDecl { cells: read, result, span })
}

fn result(build: &Build, reader: &mut Reader<'_>, then: &Spot, source: &Spot) -> Option<ResultDecl> {
    let cited = |text: &str| Text { text: text.to_owned(), place: source.place.clone() };
    let texts: Vec<Text> =
        source.text.split([';', '；']).map(str::trim).filter(|text| !text.is_empty()).map(cited).collect();
    if texts.is_empty() {
        reader.fault(
            source.place.clone(),
            Fault::new(
                "no-source",
                ("没有写依据", "no source is cited"),
                ("最后一格写依据，几个之间用分号", "the last cell cites the article; put ; between several"),
            ),
        );
    }
    let source = build.cited(reader, texts);
    let then = reader.expr_at(&then.text, then.start)?;
    Some(ResultDecl { then, source })
}

/// `tables/<name>.csv`: a header of columns, `then` and `source`, and one row a line.
pub(super) fn csv(build: &mut Build, reader: &mut Reader<'_>, package: &str, file: &str) {
    let text = reader.text;
    let mut lines = lines(text);
    let (place, header) = lines.next().unwrap_or((0..0, ""));
    let header = fields(reader, header, place.start);
    let names = header.split_last_chunk::<2>().filter(|(_, last)| {
        let pairs = last.iter().zip(RESULT);
        pairs.into_iter().all(|(spot, name)| spot.text == name)
    });
    let mut sheet =
        Sheet { package: package.to_owned(), file: file.to_owned(), columns: None, rows: Vec::new() };
    match names {
        Some((names, _)) => {
            let columns: Vec<Option<Expr>> =
                names.iter().map(|spot| reader.expr_at(&spot.text, spot.start)).collect();
            sheet.columns = columns.into_iter().collect();
            let mut lines = lines.peekable();
            if lines.peek().is_none() {
                size_fault(reader, place);
            }
            for (place, line) in lines {
                let spots = fields(reader, line, place.start);
                sheet.rows.extend(row(build, reader, &spots, names.len(), place));
            }
        }
        None => header_fault(reader, place),
    }
    build.sheets.push(sheet);
}

fn header_fault(reader: &mut Reader<'_>, place: Range<usize>) {
    reader.fault(
        place,
        Fault::new(
            "csv-header",
            ("表头的最后两列应是 then,source", "the last columns of the header are then,source"),
            (
                "写成 残疾类别,残疾等级,then,source 这样",
                "write for example disability_class,disability_grade,then,source",
            ),
        ),
    );
}

/// The lines that hold something, with their places.
fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let from = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        (!line.trim().is_empty()).then_some((from..from + line.len(), line))
    })
}

/// The fields of a line: bare, or between quotation marks where they hold a comma.
fn fields(reader: &mut Reader<'_>, line: &str, base: usize) -> Vec<Spot> {
    let mut found = Vec::new();
    let (mut from, mut quoted) = (0, false);
    for (at, c) in line.char_indices().chain([(line.len(), ',')]) {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted || at == line.len() => {
                let raw = line.get(from..at).unwrap_or_default();
                let start = base + from + (raw.len() - raw.trim_start().len());
                let raw = raw.trim();
                let place = start..start + raw.len();
                let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
                let (text, start) = inner.map_or((raw, start), |inner| (inner, start + 1));
                if text.contains('"') {
                    reader.fault(
                        place.clone(),
                        Fault::new(
                            "csv",
                            ("单元格里不能有双引号", "a cell cannot hold quotation marks"),
                            (
                                "整格加引号即可；日期写成 日期(“2024-01-01”)",
                                "put the whole cell between quotation marks; write a date as date(“2024-01-01”)",
                            ),
                        ),
                    );
                }
                found.push(Spot { text: text.to_owned(), start, place });
                from = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// The sheet that a `[[table]]` names.
fn taken(build: &mut Build, reader: &mut Reader<'_>, name: &Text, package: &str) -> Option<Sheet> {
    let at = build.sheets.iter().position(|sheet| sheet.package == package && sheet.file == name.text);
    if let Some(at) = at {
        return Some(build.sheets.swap_remove(at));
    }
    let of_package = build.sheets.iter().filter(|sheet| sheet.package == package);
    let near = crate::near::nearest(&name.text, of_package.map(|sheet| sheet.file.as_str()));
    let cure = near.map_or_else(
        || {
            (
                format!("放在 {package}/tables/ 下，一张表只用一次"),
                format!("put it into {package}/tables/; one [[table]] uses it"),
            )
        },
        |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
    );
    reader.fault(
        name.place.clone(),
        Fault::new(
            "unknown-table",
            (format!("没有可用的表“{}”", name.text), format!("there is no table `{}` to take", name.text)),
            cure,
        ),
    );
    None
}

/// Reports a sheet that no `[[table]]` has taken: its rows would hold nowhere.
pub(super) fn idle(build: &Build, reader: &mut Reader<'_>, package: &str, file: &str) {
    if build.sheets.iter().any(|sheet| sheet.package == package && sheet.file == file) {
        reader.fault(
            0..0,
            Fault::new(
                "idle-table",
                ("没有哪个 [[table]] 用这张表", "no [[table]] uses this file"),
                (
                    format!("在 rules/*.toml 的 [[table]] 写 rows = \"{file}\""),
                    format!("write rows = \"{file}\" in a [[table]] of rules/*.toml"),
                ),
            ),
        );
    }
}
