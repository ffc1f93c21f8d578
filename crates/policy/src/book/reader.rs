//! 读表: TOML tables with places. Each key is taken once; what is left over is an unknown key.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diag::{Fault, Faults};
use crate::near::nearest;
use crate::plan::Span;
use crate::syntax::ast::Expr;
use crate::syntax::parse::parse;
use crate::value::Date;

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// One file being read, and where its faults go.
pub(super) struct Reader<'a> {
    pub(super) index: u32,
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) faults: &'a mut Faults,
}

/// A table whose keys are taken one by one.
pub(super) struct Table<'a> {
    entries: BTreeMap<&'a str, (Range<usize>, &'a Value<'a>)>,
    known: Vec<String>,
    /// Place of the header or of the inline table.
    pub(super) place: Range<usize>,
}

/// A text with its place (the quotation marks included).
pub(super) struct Text {
    pub(super) text: String,
    pub(super) place: Range<usize>,
}

impl Reader<'_> {
    pub(super) fn fault(&mut self, place: Range<usize>, fault: Fault) {
        let span = self.span(&place);
        self.faults.push(span, fault);
    }

    /// The name nearest to a word, as long as it will be told.
    pub(super) fn near<'n>(
        &self,
        code: &'static str,
        word: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        if self.faults.full(self.index, code) { None } else { nearest(word, names) }
    }

    pub(super) fn span(&self, place: &Range<usize>) -> Span {
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file: self.index, start: at(place.start), end: at(place.end) }
    }

    /// The value as a table.
    pub(super) fn table<'v>(&mut self, value: &'v Value<'v>) -> Option<Table<'v>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Table::new(table, value.span())),
            _ => {
                self.wrong_kind(value, ("一组键值", "a table"));
                None
            }
        }
    }

    /// The value as tables: `[[rule]]`.
    pub(super) fn tables<'v>(&mut self, value: &'v Value<'v>) -> Vec<Table<'v>> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.table(item)).collect(),
            _ => {
                self.wrong_kind(value, ("若干组键值，写成 [[…]]", "tables, written [[…]]"));
                Vec::new()
            }
        }
    }

    pub(super) fn text_of(&mut self, value: &Value<'_>) -> Option<Text> {
        match value.get_ref() {
            DeValue::String(text) => Some(Text { text: text.to_string(), place: value.span() }),
            _ => {
                self.wrong_kind(value, ("文字，加引号", "a text in quotation marks"));
                None
            }
        }
    }

    /// Texts: `["a", "b"]` or a single `"a"`.
    pub(super) fn texts_of(&mut self, value: &Value<'_>) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|v| self.text_of(v)).collect(),
            _ => self.text_of(value).into_iter().collect(),
        }
    }

    /// A text, or a whole number as text.
    pub(super) fn scalar_of(&mut self, value: &Value<'_>) -> Option<Text> {
        match value.get_ref() {
            DeValue::Integer(n) if n.radix() == 10 => {
                Some(Text { text: n.as_str().to_owned(), place: value.span() })
            }
            DeValue::Boolean(b) => Some(Text { text: b.to_string(), place: value.span() }),
            _ => self.text_of(value),
        }
    }

    pub(super) fn bool_of(&mut self, value: &Value<'_>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(b) => Some(*b),
            _ => {
                self.wrong_kind(value, ("true 或 false", "true or false"));
                None
            }
        }
    }

    pub(super) fn date_of(&mut self, text: &Text) -> Option<Date> {
        match text.text.parse() {
            Ok(date) => Some(date),
            Err(bad) => {
                self.fault(
                    text.place.clone(),
                    Fault::new(
                        "bad-date",
                        (bad.zh, bad.en),
                        ("日期加引号写成 \"2024-06-01\"", "write the date as \"2024-06-01\""),
                    ),
                );
                None
            }
        }
    }

    fn wrong_kind(&mut self, value: &Value<'_>, wanted: (&str, &str)) {
        if matches!(value.get_ref(), DeValue::Float(_) | DeValue::Datetime(_)) {
            // Already told by `refuse_floats`.
            return;
        }
        self.fault(
            value.span(),
            Fault::new(
                "wrong-kind",
                (format!("这里应是{}", wanted.0), format!("expected {}", wanted.1)),
                ("对照其他政策包的写法", "compare with the other packages"),
            ),
        );
    }

    /// Where the characters of a text stand in the file, if they stand there one to one.
    pub(super) fn inside(&self, text: &Text) -> Option<usize> {
        let raw = self.text.get(text.place.clone())?;
        for (open, close) in [("'''", "'''"), ("\"\"\"", "\"\"\""), ("'", "'"), ("\"", "\"")] {
            if let Some(body) = raw.strip_prefix(open).and_then(|r| r.strip_suffix(close)) {
                let skipped = body.len() - body.strip_prefix('\n').unwrap_or(body).len();
                let skipped = if open.len() == 3 { skipped } else { 0 };
                let same = body.get(skipped..) == Some(text.text.as_str());
                return same.then_some(text.place.start + open.len() + skipped);
            }
        }
        None
    }

    /// The text as an expression.
    pub(super) fn expr(&mut self, text: &Text) -> Option<Expr> {
        let start = self.literal(text)?;
        self.expr_at(&text.text, start)
    }

    /// Where the characters of an expression begin; a fault where they do not stand in the file one to one.
    pub(super) fn literal(&mut self, text: &Text) -> Option<usize> {
        let start = self.inside(text);
        if start.is_none() {
            self.fault(
                text.place.clone(),
                Fault::new(
                    "not-literal",
                    (
                        "表达式里不能有转义字符或 Windows 换行",
                        "an expression must not hold escapes or Windows line ends",
                    ),
                    (
                        "用单引号 '…' 或 '''…''' 写，并以 LF 换行保存",
                        "write it between '…' or '''…''' and save with LF line ends",
                    ),
                ),
            );
        }
        start
    }

    /// An expression that stands at a byte of the file.
    pub(super) fn expr_at(&mut self, text: &str, start: usize) -> Option<Expr> {
        let base = self.span(&(start..start));
        match parse(text, base) {
            Ok(expr) => Some(expr),
            Err(faults) => {
                for (fault, span) in faults {
                    self.fault(span.start as usize..span.end as usize, fault);
                }
                None
            }
        }
    }

    /// Reports the keys of a table that nothing has asked for.
    pub(super) fn finish(&mut self, table: Table<'_>) {
        for (key, (place, _)) in &table.entries {
            let near = self.near("unknown-key", key, table.known.iter().map(String::as_str));
            let cure = near.map_or_else(
                || {
                    let all = table.known.join(" ");
                    (format!("可用的键: {all}"), format!("keys that exist here: {all}"))
                },
                |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
            );
            self.fault(
                place.clone(),
                Fault::new(
                    "unknown-key",
                    (format!("这里没有名为“{key}”的键"), format!("there is no key `{key}` here")),
                    cure,
                ),
            );
        }
    }

    /// A required text; its absence is a fault of the table.
    pub(super) fn need(&mut self, table: &mut Table<'_>, key: &str) -> Option<Text> {
        match table.take(key) {
            Some(value) => self.text_of(value),
            None => {
                self.missing(table.place.clone(), key);
                None
            }
        }
    }

    pub(super) fn missing(&mut self, place: Range<usize>, key: &str) {
        self.fault(
            place,
            Fault::new(
                "missing-key",
                (format!("缺少“{key}”"), format!("`{key}` is missing")),
                (format!("补上 {key} = …"), format!("add {key} = …")),
            ),
        );
    }

    /// An optional text, empty where absent.
    pub(super) fn or_empty(&mut self, table: &mut Table<'_>, key: &str) -> String {
        self.maybe(table, key).map(|t| t.text).unwrap_or_default()
    }

    pub(super) fn maybe(&mut self, table: &mut Table<'_>, key: &str) -> Option<Text> {
        table.take(key).and_then(|value| self.text_of(value))
    }

    pub(super) fn maybe_texts(&mut self, table: &mut Table<'_>, key: &str) -> Vec<Text> {
        table.take(key).map(|value| self.texts_of(value)).unwrap_or_default()
    }

    pub(super) fn maybe_date(&mut self, table: &mut Table<'_>, key: &str) -> Option<Date> {
        self.maybe(table, key).and_then(|text| self.date_of(&text))
    }
}

impl<'a> Table<'a> {
    pub(super) fn new(table: &'a DeTable<'a>, place: Range<usize>) -> Self {
        Self {
            entries: table.iter().map(|(key, value)| (key.get_ref().as_ref(), (key.span(), value))).collect(),
            known: Vec::new(),
            place,
        }
    }

    /// The value of a key, once.
    pub(super) fn take(&mut self, key: &str) -> Option<&'a Value<'a>> {
        self.known.push(key.to_owned());
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// The value of a key, left in its place.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value<'a>> {
        self.entries.get(key).map(|(_, value)| *value)
    }

    /// What is left, in the order of the file: key, place of the key, value.
    pub(super) fn rest(&mut self) -> Vec<(&'a str, Range<usize>, &'a Value<'a>)> {
        let mut rest: Vec<_> = std::mem::take(&mut self.entries)
            .into_iter()
            .map(|(key, (place, value))| (key, place, value))
            .collect();
        rest.sort_by_key(|(_, place, _)| place.start);
        rest
    }
}

/// Reports what no package may hold: decimal numbers and bare dates, whose meaning depends on the reader.
pub(super) fn refuse_floats(reader: &mut Reader<'_>, value: &Value<'_>) {
    match value.get_ref() {
        DeValue::Float(_) => reader.fault(
            value.span(),
            Fault::new(
                "toml-float",
                ("不能写不带引号的小数", "a bare decimal number is not allowed"),
                (
                    "金额写 \"12.5元\"，比率写 \"30%\"，都加引号",
                    "write money as \"12.5元\" and a rate as \"30%\", both quoted",
                ),
            ),
        ),
        DeValue::Datetime(_) => reader.fault(
            value.span(),
            Fault::new(
                "toml-date",
                ("日期要加引号", "a date needs quotation marks"),
                ("写成 \"2024-06-01\"", "write \"2024-06-01\""),
            ),
        ),
        DeValue::Array(items) => {
            for item in items {
                refuse_floats(reader, item);
            }
        }
        DeValue::Table(table) => {
            for value in table.values() {
                refuse_floats(reader, value);
            }
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Boolean(_) => {}
    }
}
