//! 政策改动: a change on top of the packages, as an official states it before it is decided.
//!
//! ```toml
//! zh = "青石县低保标准提高5%"
//! en = "Raise the standard of Qingshi county by 5 %"
//! from = "2024-06-01"
//!
//! [[parameter]]
//! id = "dibao_standard"
//! by = "105%"
//! rounding = { to = "1元", mode = "up" }
//! ```
//!
//! A parameter is changed by a factor (`by`), by a sum (`plus`) or by `rows`; `division` and `keys` say which of its
//! values. `[[rule]]`, `[[table]]`, `[[outcome]]`, `[[group]]` and `[[indicator]]` are written as in a package and stand in the place of the
//! version that holds on their first day. A change may instead name another folder: `policies = "…"`.

use std::ops::Range;

use super::decl::{Level, ParamValue, ParameterDecl, Validity};
use super::load::Build;
use super::parameters::{self, Local};
use super::reader::{Reader, Table, Text};
use super::rules::Form;
use super::shape::misshapen;
use super::{groups, rows_in_force, rules, values};
use crate::diag::Fault;
use crate::eval::Ratio;
use crate::plan::{EnumDecl, ParamRow, RoundMode, Type};
use crate::value::{Date, DivisionCode, Rate};

/// What the head of a change says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeHead {
    /// 中文 title.
    pub zh: String,
    /// English title; the Chinese one where none is given.
    pub en: String,
    /// First day; the rows and versions of the change may state their own.
    pub from: Option<Date>,
    /// Another folder of packages, relative to the change.
    pub policies: Option<String>,
}

/// The head of a change, as far as its text can be read; the faults of the text come with [`super::Book::with_change`].
#[must_use]
pub fn head(text: &str) -> ChangeHead {
    if misshapen(text).is_some() {
        return ChangeHead::default();
    }
    let (root, _) = toml::de::DeTable::parse_recoverable(text);
    let word = |key: &str| root.get_ref().get(key)?.get_ref().as_str().map(str::to_owned);
    let zh = word("zh").unwrap_or_default();
    ChangeHead {
        en: word("en").unwrap_or_else(|| zh.clone()),
        zh,
        from: word("from").and_then(|day| day.parse().ok()),
        policies: word("policies"),
    }
}

/// Applies a change to what has been read.
pub(super) fn apply(build: &mut Build, reader: &mut Reader<'_>, mut root: Table<'_>) {
    let title = reader.need(&mut root, "zh").map(|t| t.text).unwrap_or_default();
    root.take("en");
    root.take("note");
    let from = root.take("from").and_then(|v| reader.text_of(v));
    let folder = root.take("policies");
    let start = root.place.clone();
    let mut any = false;
    for table in root.take("parameter").map(|v| reader.tables(v)).unwrap_or_default() {
        any = true;
        parameter(build, reader, table, from.as_ref(), &title);
    }
    for (key, form) in [("rule", Form::Value), ("table", Form::Table)] {
        for table in root.take(key).map(|v| reader.tables(v)).unwrap_or_default() {
            any = true;
            version(build, reader, table, Kind::Rule(form));
        }
    }
    for table in root.take("outcome").map(|v| reader.tables(v)).unwrap_or_default() {
        any = true;
        version(build, reader, table, Kind::Outcome);
    }
    for table in root.take("group").map(|v| reader.tables(v)).unwrap_or_default() {
        any = true;
        version(build, reader, table, Kind::Group);
    }
    for table in root.take("indicator").map(|v| reader.tables(v)).unwrap_or_default() {
        any = true;
        version(build, reader, table, Kind::Indicator);
    }
    reader.finish(root);
    if folder.is_some() == any {
        reader.fault(
            start,
            Fault::new(
                "empty-change",
                (
                    "改动要么用 policies 指另一个文件夹，要么写出参数或规则，二者取一",
                    "a change either names another folder with `policies` or states parameters or rules, one of the two",
                ),
                (
                    "写 [[parameter]]、[[rule]]、[[table]]、[[outcome]]、[[group]] 或 [[indicator]]，或者只写 policies = \"…\"",
                    "write [[parameter]], [[rule]], [[table]], [[outcome]], [[group]] or [[indicator]], or only policies = \"…\"",
                ),
            ),
        );
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Rule(Form),
    Outcome,
    Group,
    Indicator,
}

/// A new version of a rule, outcome or indicator.
fn version(build: &mut Build, reader: &mut Reader<'_>, mut table: Table<'_>, kind: Kind) {
    let stated = reader.maybe(&mut table, "package").map(|t| t.text);
    let id = table.value("id").and_then(|v| v.get_ref().as_str().map(str::to_owned));
    let known = id.as_deref().and_then(|id| match kind {
        Kind::Rule(_) => build.book.rules.iter().find(|r| r.id == id).map(|r| r.package.clone()),
        Kind::Outcome => build.book.outcomes.iter().find(|o| o.id == id).map(|o| o.package.clone()),
        Kind::Group => build.book.groups.iter().find(|g| g.id == id).map(|g| g.package.clone()),
        Kind::Indicator => build.book.indicators.iter().find(|i| i.id == id).map(|i| i.package.clone()),
    });
    let Some(package) = stated.or(known) else {
        reader.missing(table.place.clone(), "package");
        return;
    };
    match kind {
        Kind::Rule(form) => {
            let Some(mut new) = rules::rule(build, reader, table, &package, form) else { return };
            build.lost.remove(&new.id);
            let others = build.book.rules.iter_mut().filter(|r| r.id == new.id);
            let gone = give_way(&mut new.validity, others.map(|r| &mut r.validity));
            retain(&mut build.book.rules, |r| r.id == new.id, &gone);
            build.book.rules.push(new);
        }
        Kind::Outcome => {
            let Some(mut new) = rules::outcome(build, reader, table, &package) else { return };
            build.lost.remove(&new.id);
            let others = build.book.outcomes.iter_mut().filter(|o| o.id == new.id);
            let gone = give_way(&mut new.validity, others.map(|o| &mut o.validity));
            retain(&mut build.book.outcomes, |o| o.id == new.id, &gone);
            build.book.outcomes.push(new);
        }
        Kind::Group => {
            let Some(mut new) = groups::read(build, reader, table, &package) else { return };
            let others = build.book.groups.iter_mut().filter(|g| g.id == new.id);
            let gone = give_way(&mut new.validity, others.map(|g| &mut g.validity));
            retain(&mut build.book.groups, |g| g.id == new.id, &gone);
            build.book.groups.push(new);
        }
        Kind::Indicator => {
            let Some(mut new) = rules::indicator(build, reader, table, &package) else { return };
            let others = build.book.indicators.iter_mut().filter(|i| i.id == new.id);
            let gone = give_way(&mut new.validity, others.map(|i| &mut i.validity));
            retain(&mut build.book.indicators, |i| i.id == new.id, &gone);
            build.book.indicators.push(new);
        }
    }
}

/// The versions that hold on the first day of the new one end the day before; the new one ends before a later one
/// begins. Tells of each other version whether it is replaced whole.
fn give_way<'v>(new: &mut Validity, others: impl Iterator<Item = &'v mut Validity>) -> Vec<bool> {
    let mut gone = Vec::new();
    for other in others {
        gone.push(other.from == new.from);
        if other.from < new.from && other.to.is_none_or(|to| new.from <= to) {
            other.to = Some(new.from.plus_days(-1));
        }
        if other.from > new.from {
            let last = other.from.plus_days(-1);
            new.to = Some(new.to.map_or(last, |to| to.min(last)));
        }
    }
    gone
}

fn retain<T>(all: &mut Vec<T>, same: impl Fn(&T) -> bool, gone: &[bool]) {
    let mut gone = gone.iter();
    all.retain(|each| !(same(each) && gone.next() == Some(&true)));
}

/// How a value is changed.
enum Step {
    By(Rate),
    Plus(ParamValue),
}

fn parameter(
    build: &mut Build,
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    from: Option<&Text>,
    title: &str,
) {
    let place = table.place.clone();
    let Some(id) = reader.need(&mut table, "id") else { return };
    let division = reader.maybe(&mut table, "division");
    let keys = table.take("keys").and_then(|v| reader.table(v));
    let by = reader.maybe(&mut table, "by");
    let plus = table.take("plus").and_then(|v| reader.scalar_of(v));
    let rounding =
        table.take("rounding").and_then(|v| reader.table(v)).and_then(|inner| rules::rounding(reader, inner));
    let rows = table.take("rows").map(|v| reader.tables(v));
    table.take("note");
    let faults = reader.faults.count();
    reader.finish(table);
    if reader.faults.count() > faults {
        return;
    }
    let Some(at) = parameters::target(build, reader, &id, None) else { return };
    let ways = usize::from(by.is_some()) + usize::from(plus.is_some()) + usize::from(rows.is_some());
    if ways != 1 {
        reader.fault(
            place,
            Fault::new(
                "one-way",
                ("by、plus、rows 要写且只写一个", "exactly one of `by`, `plus` and `rows` is written"),
                (
                    "按比例写 by，按金额写 plus，逐行写 rows",
                    "`by` for a factor, `plus` for a sum, `rows` for rows",
                ),
            ),
        );
        return;
    }
    if let Some(rows) = rows {
        for row in rows {
            explicit(build, reader, at, row, from, title);
        }
        return;
    }
    let Some(decl) = build.book.parameters.get(at) else { return };
    let step = match (by, plus) {
        (Some(by), _) => match values::value(&by.text, Type::Rate, &build.book.enums) {
            Ok(ParamValue::Ratio(num, den)) => Rate::new(num, den).map(Step::By),
            Ok(ParamValue::Number(_)) => None,
            Err(fault) => {
                reader.fault(by.place, fault);
                return;
            }
        },
        (None, Some(plus)) => match values::value(&plus.text, decl.ty, &build.book.enums) {
            Ok(value) => Some(Step::Plus(value)),
            Err(fault) => {
                reader.fault(plus.place, fault);
                return;
            }
        },
        (None, None) => None,
    };
    let Some(from) = from else {
        reader.missing(place, "from");
        return;
    };
    let (Some(step), Some(day)) = (step, reader.date_of(from)) else { return };
    let area = match division.map(|text| (text.text.parse::<DivisionCode>(), text)) {
        None => None,
        Some((Ok(code), _)) => Some(code),
        Some((Err(bad), text)) => {
            reader.fault(
                text.place,
                Fault::new("bad-division", (bad.zh, bad.en), ("核对区划代码", "check the division code")),
            );
            return;
        }
    };
    let Some(wanted) = wanted_keys(reader, decl, keys, &build.book.enums) else { return };
    let chosen = Chosen { day, area, wanted, rounding, title, place };
    scaled(build, reader, at, &step, chosen);
}

/// Which values are changed, and how the new ones are written.
struct Chosen<'a> {
    day: Date,
    area: Option<DivisionCode>,
    wanted: Vec<Option<u8>>,
    rounding: Option<(i64, RoundMode)>,
    title: &'a str,
    place: Range<usize>,
}

/// Per key column the value that is asked for; `None` without a value is any.
fn wanted_keys(
    reader: &mut Reader<'_>,
    decl: &ParameterDecl,
    keys: Option<Table<'_>>,
    enums: &[EnumDecl],
) -> Option<Vec<Option<u8>>> {
    let mut wanted = vec![None; decl.keys.len()];
    let Some(mut table) = keys else { return Some(wanted) };
    for ((id, index), slot) in decl.keys.iter().zip(&mut wanted) {
        if let Some(text) = reader.maybe(&mut table, id) {
            match values::enum_value(&text.text, *index, enums) {
                Ok(position) => *slot = Some(position),
                Err(fault) => {
                    reader.fault(text.place, fault);
                    return None;
                }
            }
        }
    }
    reader.finish(table);
    Some(wanted)
}

/// Puts a new row beside each chosen one that holds on the day.
fn scaled(build: &mut Build, reader: &mut Reader<'_>, at: usize, step: &Step, chosen: Chosen<'_>) {
    let Some(decl) = build.book.parameters.get(at) else { return };
    let rows = rows_in_force(decl, chosen.day, Date(i32::MAX));
    let here = rows.into_iter().filter(|row| {
        let inside = |area: &DivisionCode| row.division.as_ref().is_some_and(|d| d.within(area));
        let keys = row.keys.iter().zip(&chosen.wanted);
        chosen.area.as_ref().is_none_or(inside)
            && keys.clone().all(|(key, wanted)| wanted.is_none_or(|w| w == *key))
    });
    let mut new: Vec<(Level, ParamRow)> = Vec::new();
    for row in here {
        let level = decl.rows.iter().find(|(_, r)| *r == row).map_or(Level::Nation, |(level, _)| *level);
        let old = match row.ratio {
            Some((num, den)) => ParamValue::Ratio(num, den),
            None => ParamValue::Number(row.value),
        };
        let value = match moved(old, step, decl.ty, chosen.rounding) {
            Ok(value) => value,
            Err(fault) => {
                reader.fault(chosen.place, fault);
                return;
            }
        };
        let shown = Text { text: parameters::show(value, decl.ty), place: chosen.place.clone() };
        if parameters::bounds(reader, decl, value, &shown).is_none() {
            return;
        }
        let (number, ratio) = match value {
            ParamValue::Number(n) => (n, None),
            ParamValue::Ratio(num, den) => (0, Some((num, den))),
        };
        let dates = (chosen.day, None, chosen.day);
        let (from, to, enacted) = dates;
        let source = chosen.title.to_owned();
        new.push((level, ParamRow { from, to, enacted, value: number, ratio, source, ..row }));
    }
    if new.is_empty() {
        let (zh, id, day) = (decl.zh.clone(), decl.id.clone(), chosen.day);
        reader.fault(
            chosen.place,
            Fault::new(
                "nothing-to-change",
                (
                    format!("参数“{zh}”在 {day} 没有符合 division、keys 的值，无从改起"),
                    format!("`{id}` has no value on {day} at that division and those keys"),
                ),
                (
                    "核对 from、division 和 keys，或改用 rows 写明新值",
                    "check `from`, `division` and `keys`, or state new values with `rows`",
                ),
            ),
        );
        return;
    }
    let span = reader.span(&chosen.place);
    for (level, row) in new {
        put(build, at, level, row, span);
    }
}

/// Adds a row in the place of one that nothing tells from it.
fn put(build: &mut Build, at: usize, level: Level, row: ParamRow, span: crate::plan::Span) {
    let Some(decl) = build.book.parameters.get_mut(at) else { return };
    let spans = build.book.row_spans.entry(decl.id.clone()).or_default();
    let key = |r: &ParamRow| (r.division.clone(), r.keys.clone(), r.from, r.enacted);
    if let Some(old) = decl.rows.iter().position(|(l, r)| *l == level && key(r) == key(&row)) {
        decl.rows.remove(old);
        if old < spans.len() {
            spans.remove(old);
        }
    }
    decl.rows.push((level, row));
    spans.push(span);
}

/// A row that the change writes out. It belongs to the most local layer that its place lies in and that may set the
/// parameter; without a place, to the nation.
fn explicit(
    build: &mut Build,
    reader: &mut Reader<'_>,
    at: usize,
    row: Table<'_>,
    from: Option<&Text>,
    title: &str,
) {
    let keys = parameters::keys_of(build, at);
    let defaults = parameters::RowDefaults { from, source: title };
    let Some(row) = parameters::toml_row(reader, row, &keys, Some(&defaults)) else { return };
    let place = row.division.as_ref().and_then(|text| text.text.parse::<DivisionCode>().ok());
    let Some(decl) = build.book.parameters.get(at) else { return };
    let layer = place.and_then(|place| {
        let fit = build.book.overlays.iter().filter(|overlay| {
            place.within(&overlay.division) && decl.overridable_by.contains(&overlay.level)
        });
        fit.max_by_key(|overlay| overlay.division.as_str().len()).map(|overlay| overlay.id.clone())
    });
    let package = decl.package.rsplit('/').next().unwrap_or_default().to_owned();
    let local = layer.as_ref().map(|root| Local { root, package: &package });
    let before = decl.rows.len();
    parameters::add(build, reader, at, row, local);
    let added = build.book.parameters.get_mut(at).filter(|decl| decl.rows.len() > before).and_then(|decl| {
        let row = decl.rows.pop()?;
        let span = build.book.row_spans.get_mut(&decl.id)?.pop()?;
        Some((row, span))
    });
    if let Some(((level, row), span)) = added {
        put(build, at, level, row, span);
    }
}

/// The new value, exact before its one rounding.
fn moved(
    old: ParamValue,
    step: &Step,
    ty: Type,
    rounding: Option<(i64, RoundMode)>,
) -> Result<ParamValue, Fault> {
    let too_large = || {
        Fault::new(
            "number-too-large",
            ("结果太大，放不下", "the result is too large"),
            ("核对 by 或 plus", "check `by` or `plus`"),
        )
    };
    let exact = match (old, step) {
        (ParamValue::Number(n), Step::By(rate)) => {
            let num = i128::from(n) * i128::from(rate.num());
            return whole(num, i128::from(rate.den()), ty, rounding)?
                .map(ParamValue::Number)
                .ok_or_else(too_large);
        }
        (ParamValue::Number(n), Step::Plus(ParamValue::Number(more))) => {
            return n.checked_add(*more).map(ParamValue::Number).ok_or_else(too_large);
        }
        (ParamValue::Ratio(num, den), Step::By(rate)) => {
            num.checked_mul(rate.num()).zip(den.checked_mul(rate.den()))
        }
        (ParamValue::Ratio(num, den), Step::Plus(ParamValue::Ratio(more, of))) => {
            let left = num.checked_mul(*of);
            let right = more.checked_mul(den);
            left.zip(right).and_then(|(a, b)| a.checked_add(b)).zip(den.checked_mul(*of))
        }
        _ => None,
    };
    let rate = exact.and_then(|(num, den)| Rate::new(num, den));
    rate.map(|rate| ParamValue::Ratio(rate.num(), rate.den())).ok_or_else(too_large)
}

/// `num / den` as a whole number of the type; the outer error is what the official has to say about it.
fn whole(num: i128, den: i128, ty: Type, rounding: Option<(i64, RoundMode)>) -> Result<Option<i64>, Fault> {
    match ty {
        Type::Money(_) | Type::Exact(_) | Type::Int => {}
        _ => {
            return Err(Fault::new(
                "no-factor",
                ("这种类型的参数不能乘以比例", "a parameter of this type cannot be multiplied"),
                ("改用 rows 写明新值", "state the new values with `rows`"),
            ));
        }
    }
    if let Some((to, mode)) = rounding {
        return Ok(Ratio::new(num, den).and_then(|exact| exact.round(to, mode)));
    }
    if num.checked_rem(den) == Some(0) {
        return Ok(num.checked_div(den).and_then(|n| i64::try_from(n).ok()));
    }
    Err(Fault::new(
        "no-rounding",
        ("新值不是整分，却没有写取整方式", "the new value is not whole and no rounding is declared"),
        ("补上 rounding = { to = \"1元\", mode = \"up\" }", "add rounding = { to = \"1元\", mode = \"up\" }"),
    ))
}
