//! JSON of one sheet: a tree that keeps every key as it stands, so that a key written twice is seen and each mistake
//! has its path.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{FactSheet, SheetProblem, SheetSubject, SheetValue};
use crate::near::nearest;

/// Values of one sheet; a family with every fact and its provenance has a tenth of them.
const MOST_VALUES: usize = 200_000;

/// Problems of one sheet that are told.
const MOST_PROBLEMS: usize = 50;

enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// Where the parser stands, and how many values it has met.
#[derive(Default)]
struct Place {
    path: Vec<String>,
    values: usize,
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Seed<'p>(&'p RefCell<Place>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Tree, D::Error> {
        let mut place = self.0.borrow_mut();
        place.values += 1;
        if place.values > MOST_VALUES {
            return Err(D::Error::custom(format!("more than {MOST_VALUES} values")));
        }
        drop(place);
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Number::from_f64(value).map_or(Tree::Null, Tree::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        loop {
            self.0.borrow_mut().path.push(format!("[{}]", items.len()));
            let item = list.next_element_seed(self)?;
            self.0.borrow_mut().path.pop();
            match item {
                Some(item) => items.push(item),
                None => return Ok(Tree::List(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            self.0.borrow_mut().path.push(format!(".{key}"));
            let value = map.next_value_seed(self)?;
            self.0.borrow_mut().path.pop();
            entries.push((key, value));
        }
        Ok(Tree::Object(entries))
    }
}

/// Reads one sheet from JSON text.
pub(super) fn read(text: &str) -> Result<FactSheet, Vec<SheetProblem>> {
    let place = RefCell::new(Place::default());
    let mut json = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let tree = Seed(&place).deserialize(&mut json).and_then(|tree| json.end().map(|()| tree));
    let tree = tree.map_err(|error| vec![not_json(&error, &place.borrow().path)])?;
    let mut reader = Reader { problems: Vec::new() };
    let sheet = reader.sheet(tree);
    if reader.problems.is_empty() {
        return Ok(sheet);
    }
    Err(reader.problems)
}

fn not_json(error: &serde_json::Error, path: &[String]) -> SheetProblem {
    let said = error.to_string();
    let (line, column) = (error.line(), error.column());
    let said = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
    let (zh, en) = if error.is_eof() {
        ("文字还没有结束就断了；核对括号和引号", "the text ends too early; check brackets and quotes")
    } else if said.starts_with("recursion limit") {
        ("括号嵌套太深；事实表只有几层", "brackets are nested too deeply; a facts sheet has a few levels")
    } else if said.starts_with("more than") {
        ("值太多；一张表只写一户", "there are too many values; a sheet is one household")
    } else if said.starts_with("trailing characters") {
        ("JSON 后面还有文字；每行一张表", "something follows the JSON; write one sheet a line")
    } else {
        ("核对引号、逗号和括号", "check quotes, commas and brackets")
    };
    SheetProblem::new(
        "sheet-json",
        path.concat().trim_start_matches('.').to_owned(),
        format!("第 {line} 行第 {column} 列不是 JSON({said})。{zh}"),
        format!("line {line}, column {column} is not JSON ({said}): {en}"),
    )
}

struct Reader {
    problems: Vec<SheetProblem>,
}

impl Reader {
    fn problem(&mut self, code: &'static str, path: &str, zh: impl Into<String>, en: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(SheetProblem::new(code, path.to_owned(), zh.into(), en.into()));
        }
    }

    fn shape(&mut self, path: &str, zh: &str, en: &str) {
        self.problem("sheet-shape", path, format!("这里应是{zh}"), format!("expected {en}"));
    }

    /// The entries of an object, each key once.
    fn entries(&mut self, path: &str, tree: Tree, what: (&str, &str)) -> Vec<(String, Tree)> {
        let Tree::Object(entries) = tree else {
            self.shape(path, what.0, what.1);
            return Vec::new();
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut kept = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if seen.insert(key.clone()) {
                kept.push((key, value));
            } else {
                self.problem(
                    "sheet-duplicate",
                    &join(path, &key),
                    format!("键“{key}”写了两次；删去其中一处"),
                    format!("the key `{key}` is written twice; remove one of them"),
                );
            }
        }
        kept
    }

    fn sheet(&mut self, tree: Tree) -> FactSheet {
        let mut sheet = FactSheet::default();
        let what = (
            "一个对象 {…}；“doudi policy template 项目”给出样表",
            "an object {…}; `doudi policy template PROGRAMME` prints one",
        );
        for (key, value) in self.entries("", tree, what) {
            match key.as_str() {
                "id" => sheet.id = self.text("id", value),
                "division" => {
                    if let Some(text) = self.text("division", value) {
                        match text.parse() {
                            Ok(code) => sheet.division = Some(code),
                            Err(bad) => self.problem("sheet-value", "division", bad.zh, bad.en),
                        }
                    }
                }
                "household" => {
                    for (name, value) in self.entries("household", value, OBJECT) {
                        let value = self.value(&join("household", &name), value);
                        sheet.household.insert(name, value);
                    }
                }
                "members" => sheet.members = self.people("members", value),
                "obligors" => sheet.obligors = self.people("obligors", value),
                "members_complete" => sheet.members_complete = self.bool("members_complete", &value),
                "obligors_complete" => sheet.obligors_complete = self.bool("obligors_complete", &value),
                "facts" => sheet.facts = Some(plain(value)),
                _ => self.unknown_key("", &key, &SHEET_KEYS),
            }
        }
        sheet
    }

    fn people(&mut self, path: &str, tree: Tree) -> Vec<SheetSubject> {
        let Tree::List(items) = tree else {
            self.shape(path, "列表 […]，每人一个对象", "a list […] with an object for each person");
            return Vec::new();
        };
        let mut people = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let path = format!("{path}[{at}]");
            let mut person = SheetSubject::default();
            for (key, value) in self.entries(&path, item, OBJECT) {
                let path = join(&path, &key);
                match (key.as_str(), value) {
                    ("name", value) => person.name = self.text(&path, value),
                    ("person", Tree::Null) => {}
                    ("person", Tree::Number(id)) if id.is_i64() => person.person = id.as_i64(),
                    ("person", _) => self.shape(&path, "整数", "a whole number"),
                    (_, value) => {
                        let value = self.value(&path, value);
                        person.facts.insert(key, value);
                    }
                }
            }
            people.push(person);
        }
        people
    }

    fn value(&mut self, path: &str, tree: Tree) -> SheetValue {
        if !matches!(tree, Tree::Object(_)) {
            return SheetValue::of(plain(tree));
        }
        let mut value = SheetValue::default();
        for (key, inner) in self.entries(path, tree, OBJECT) {
            let path = join(path, &key);
            match key.as_str() {
                "value" => value.value = plain(inner),
                "source" => value.source = self.text(&path, inner),
                "grade" => value.grade = self.text(&path, inner),
                "line" => value.line = self.text(&path, inner),
                "as_of" => {
                    if let Some(text) = self.text(&path, inner) {
                        match text.parse() {
                            Ok(day) => value.as_of = Some(day),
                            Err(bad) => self.problem("sheet-value", &path, bad.zh, bad.en),
                        }
                    }
                }
                "state" => match serde_json::from_value(plain(inner)) {
                    Ok(state) => value.state = state,
                    Err(_) => self.problem(
                        "sheet-value",
                        &path,
                        "应写 known、missing、stale、disputed、conflict 或 out_of_reach",
                        "write known, missing, stale, disputed, conflict or out_of_reach",
                    ),
                },
                _ => self.unknown_key(
                    path.strip_suffix(&format!(".{key}")).unwrap_or(&path),
                    &key,
                    &VALUE_KEYS,
                ),
            }
        }
        value
    }

    fn text(&mut self, path: &str, tree: Tree) -> Option<String> {
        match tree {
            Tree::Null => None,
            // A name of two lines could pass for a line of its own in a letter.
            Tree::Text(text) if text.chars().any(char::is_control) => {
                self.problem(
                    "sheet-value",
                    path,
                    "一行文字里不能有换行或其他控制字符",
                    "one line of text holds no line break or other control character",
                );
                None
            }
            Tree::Text(text) => Some(text),
            _ => {
                self.shape(path, "文字，加引号", "a text in quotation marks");
                None
            }
        }
    }

    fn bool(&mut self, path: &str, tree: &Tree) -> bool {
        match tree {
            Tree::Bool(value) => *value,
            _ => {
                self.shape(path, "true 或 false", "true or false");
                false
            }
        }
    }

    fn unknown_key(&mut self, path: &str, key: &str, known: &[&str]) {
        let (zh, en) = match nearest(key, known.iter().copied()) {
            Some(near) => (format!("是否指“{near}”"), format!("did you mean `{near}`?")),
            None => (format!("可用：{}", known.join("、")), format!("there are {}", known.join(", "))),
        };
        self.problem(
            "sheet-key",
            &join(path, key),
            format!("没有“{key}”这个键，{zh}"),
            format!("there is no key `{key}`; {en}"),
        );
    }
}

const OBJECT: (&str, &str) = ("一个对象 {…}", "an object {…}");

const SHEET_KEYS: [&str; 8] =
    ["id", "division", "household", "members", "members_complete", "obligors", "obligors_complete", "facts"];

const VALUE_KEYS: [&str; 6] = ["value", "source", "as_of", "grade", "state", "line"];

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The tree as plain JSON; the parser bounds its depth.
fn plain(tree: Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(value),
        Tree::Number(number) => Value::Number(number),
        Tree::Text(text) => Value::String(text),
        Tree::List(items) => Value::Array(items.into_iter().map(plain).collect()),
        Tree::Object(entries) => {
            Value::Object(entries.into_iter().map(|(key, value)| (key, plain(value))).collect::<Map<_, _>>())
        }
    }
}
