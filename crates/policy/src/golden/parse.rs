//! Reads the Markdown of golden households.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::book::Book;
use crate::eval::Mode;
use crate::plan::{Entity, FactDecl};
use crate::sheet::{FactSheet, SheetSubject, SheetValue};
use crate::value::{Date, DivisionCode, Month};

use super::cell;
use super::expect;
use super::{Golden, GoldenProblem};

/// The fact that the header line `2024-06 · 青石县 · 城镇` gives by its third part.
const CLASS: &str = "registered_class";

/// What is so for facts that a household does not mention.
#[derive(Clone, Debug, Default)]
struct Rest {
    nothing: bool,
    given: Vec<Given>,
}

/// A fact by id and its value; `None` is unknown.
type Given = (String, Option<Value>);

/// A household while it is read.
struct Draft {
    line: usize,
    title: String,
    head: Option<(Month, Date, Mode)>,
    sheet: FactSheet,
    rest: Rest,
    told: Vec<(usize, String)>,
}

/// What the last table row belonged to.
#[derive(Clone, Copy, PartialEq)]
enum Table {
    Members,
    Obligors,
}

struct Reader<'a> {
    book: &'a Book,
    file: &'a str,
    rest: Rest,
    draft: Option<Draft>,
    table: Option<(Table, Vec<Option<&'a FactDecl>>)>,
    goldens: Vec<Golden>,
    problems: Vec<GoldenProblem>,
}

/// Reads the golden households of one Markdown text.
///
/// # Errors
/// Every line that cannot be read, with what to write instead.
pub fn parse_goldens(book: &Book, file: &str, text: &str) -> Result<Vec<Golden>, Vec<GoldenProblem>> {
    let mut reader = Reader {
        book,
        file,
        rest: Rest::default(),
        draft: None,
        table: None,
        goldens: Vec::new(),
        problems: Vec::new(),
    };
    for (at, line) in text.lines().enumerate() {
        reader.line(at + 1, line.trim());
    }
    reader.finish();
    if reader.problems.is_empty() { Ok(reader.goldens) } else { Err(reader.problems) }
}

impl<'a> Reader<'a> {
    fn problem(&mut self, line: usize, zh: impl Into<String>, en: impl Into<String>) {
        self.problems.push(GoldenProblem { file: self.file.to_owned(), line, zh: zh.into(), en: en.into() });
    }

    fn line(&mut self, at: usize, line: &'a str) {
        if !line.starts_with('|') {
            self.table = None;
        }
        if let Some(title) = line.strip_prefix("## ") {
            self.finish();
            self.draft = Some(Draft {
                line: at,
                title: title.trim().to_owned(),
                head: None,
                sheet: FactSheet::default(),
                rest: self.rest.clone(),
                told: Vec::new(),
            });
        } else if let Some(text) = keyed(line, "其余") {
            self.rest_line(at, text);
        } else if self.draft.is_none() {
            // Before the first household only prose and 其余.
        } else if let Some(text) = keyed(line, "期望") {
            if let Some(draft) = &mut self.draft {
                draft.told.push((at, text.to_owned()));
            }
        } else if let Some(text) = keyed(line, "成员") {
            self.complete(at, text, Table::Members);
        } else if let Some(text) = keyed(line, "义务人") {
            self.complete(at, text, Table::Obligors);
        } else if let Some(text) = line.strip_prefix("- ") {
            self.household_fact(at, text);
        } else if line.starts_with('|') {
            self.row(at, line);
        } else if line.contains('·') {
            self.head(at, line);
        }
    }

    fn rest_line(&mut self, at: usize, text: &str) {
        let mut rest = Rest::default();
        for (n, part) in text.split([',', '，']).map(str::trim).enumerate() {
            match (n, part) {
                (0, "无") => rest.nothing = true,
                (0, "未知") => rest.nothing = false,
                (0, _) => {
                    self.problem(at, "“其余”后面应写无或未知", "write 无 or 未知 after 其余");
                }
                _ => match part.split_once(char::is_whitespace) {
                    Some((name, value)) => match self.value(at, name, value) {
                        Some((_, values)) => rest.given.extend(values),
                        None => return,
                    },
                    None => self.problem(
                        at,
                        format!("“{part}”应写成“事实 值”"),
                        format!("write `{part}` as a fact and its value"),
                    ),
                },
            }
        }
        match &mut self.draft {
            Some(draft) => draft.rest = rest,
            None => self.rest = rest,
        }
    }

    /// A fact and what a text says of it: one value, or for a fact with a window one value a month.
    fn value(&mut self, at: usize, name: &str, text: &str) -> Option<(&'a FactDecl, Vec<Given>)> {
        let Some(fact) = cell::fact(self.book, name) else {
            self.problem(
                at,
                format!("没有名为“{name}”的事实；名称见 facts.toml"),
                format!("there is no fact `{name}`; see facts.toml for the names"),
            );
            return None;
        };
        match cell::by_month(self.book, fact, text) {
            Ok(values) => Some((fact, values)),
            Err((zh, en)) => {
                self.problem(at, zh, en);
                None
            }
        }
    }

    fn head(&mut self, at: usize, line: &str) {
        let parts: Vec<&str> = line.split('·').map(str::trim).collect();
        let (Some(period), Some(place)) = (parts.first(), parts.get(1)) else { return };
        let period = match period.parse::<Month>() {
            Ok(period) => period,
            Err(e) => return self.problem(at, e.zh, e.en),
        };
        let Some(division) = self.division(place) else {
            return self.problem(
                at,
                format!("不认识“{place}”：写行政区划代码，或地方参数目录里有的地名"),
                format!("`{place}` is neither a division code nor the name of a local layer"),
            );
        };
        let (mut as_of, mut mode) = (period.last_day(), Mode::Decide);
        let mut class = Vec::new();
        for part in parts.iter().skip(2) {
            if let Some(date) = part.strip_prefix("截至") {
                match date.trim().parse::<Date>() {
                    Ok(date) => as_of = date,
                    Err(e) => return self.problem(at, e.zh, e.en),
                }
            } else {
                match *part {
                    "发现" => mode = Mode::Find,
                    "认定" => mode = Mode::Decide,
                    "不利" => mode = Mode::Adverse,
                    other => match self.value(at, CLASS, other) {
                        Some((_, values)) => class = values,
                        None => return,
                    },
                }
            }
        }
        if let Some(draft) = &mut self.draft {
            draft.head = Some((period, as_of, mode));
            draft.sheet.division = Some(division);
            put(&mut draft.sheet.household, class);
        }
    }

    fn division(&self, place: &str) -> Option<DivisionCode> {
        place.parse::<DivisionCode>().ok().or_else(|| {
            self.book
                .overlays()
                .iter()
                .find(|o| o.zh == place || o.zh.split('（').next() == Some(place))
                .map(|o| o.division.clone())
        })
    }

    fn household_fact(&mut self, at: usize, text: &str) {
        let Some((name, value)) = text.split_once([':', '：']) else { return };
        let Some((fact, values)) = self.value(at, name.trim(), value) else { return };
        if fact.of != Entity::Household {
            return self.problem(
                at,
                format!("“{}”不是家庭的事实，写在成员或义务人表里", fact.zh),
                format!("`{}` is no fact of the household; put it in a table", fact.id),
            );
        }
        if let Some(draft) = &mut self.draft {
            put(&mut draft.sheet.household, values);
        }
    }

    fn complete(&mut self, at: usize, text: &str, table: Table) {
        let complete = match text {
            "已查清" | "齐全" | "无" | "没有" => true,
            "不全" | "未查清" | "未知" => false,
            _ => {
                return self.problem(
                    at,
                    format!("“{text}”应写已查清或不全"),
                    format!("write 已查清 or 不全 instead of `{text}`"),
                );
            }
        };
        if let Some(draft) = &mut self.draft {
            match table {
                Table::Members => draft.sheet.members_complete = complete,
                Table::Obligors => draft.sheet.obligors_complete = complete,
            }
        }
    }

    fn row(&mut self, at: usize, line: &'a str) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells.iter().all(|c| !c.is_empty() && c.chars().all(|c| matches!(c, '-' | ':'))) {
            return;
        }
        let Some((table, columns)) = self.table.clone() else {
            return self.header(at, &cells);
        };
        if cells.len() != columns.len() {
            return self.problem(
                at,
                format!("这一行有 {} 格，表头有 {} 格", cells.len(), columns.len()),
                format!("{} cells in this row, {} in the header", cells.len(), columns.len()),
            );
        }
        let mut subject =
            SheetSubject { name: cells.first().map(|n| (*n).to_owned()), ..SheetSubject::default() };
        for (column, text) in columns.iter().zip(&cells).skip(1) {
            let Some(fact) = column else { continue };
            if let Some((_, values)) = self.value(at, &fact.id, text) {
                put(&mut subject.facts, values);
            }
        }
        if let Some(draft) = &mut self.draft {
            match table {
                Table::Members => draft.sheet.members.push(subject),
                Table::Obligors => draft.sheet.obligors.push(subject),
            }
        }
    }

    fn header(&mut self, at: usize, cells: &[&str]) {
        let (table, of) = match cells.first() {
            Some(&"成员") => (Table::Members, Entity::Member),
            Some(&"义务人") => (Table::Obligors, Entity::Obligor),
            _ => {
                return self.problem(
                    at,
                    "表头第一格应是成员或义务人",
                    "the first cell of a table is 成员 or 义务人",
                );
            }
        };
        let mut columns = vec![None];
        for name in cells.iter().skip(1) {
            let found = cell::fact(self.book, name).filter(|f| f.of == of);
            if found.is_none() {
                self.problem(
                    at,
                    format!("表头“{name}”不是这张表的事实；名称见 facts.toml"),
                    format!("the heading `{name}` is no fact of this table; see facts.toml"),
                );
            }
            columns.push(found);
        }
        self.table = Some((table, columns));
    }

    fn finish(&mut self) {
        let Some(mut draft) = self.draft.take() else { return };
        let Some((period, as_of, mode)) = draft.head else {
            return self.problem(
                draft.line,
                "缺少“2024-06 · 青石县 · 农村”这样的一行",
                "a line such as 2024-06 · 青石县 · 农村 is missing",
            );
        };
        self.fill(&mut draft);
        let names: Vec<String> = draft.sheet.members.iter().filter_map(|m| m.name.clone()).collect();
        let mut expectations = Vec::new();
        for (line, text) in &draft.told {
            match expect::read(*line, text, &names) {
                Ok(expectation) => expectations.push(expectation),
                Err((zh, en)) => self.problem(*line, zh, en),
            }
        }
        if expectations.is_empty() {
            return self.problem(draft.line, "没有写期望", "nothing is expected");
        }
        self.goldens.push(Golden {
            file: self.file.to_owned(),
            line: draft.line,
            title: draft.title,
            period,
            as_of,
            mode,
            sheet: draft.sheet,
            expectations,
        });
    }

    /// Gives unmentioned facts what `其余` says. The earlier months of a fact that is mentioned are not unmentioned:
    /// what is not told of them is unknown.
    fn fill(&self, draft: &mut Draft) {
        let Draft { sheet, rest, .. } = draft;
        self.fill_one(Entity::Household, &mut sheet.household, rest);
        for member in &mut sheet.members {
            self.fill_one(Entity::Member, &mut member.facts, rest);
        }
        for obligor in &mut sheet.obligors {
            self.fill_one(Entity::Obligor, &mut obligor.facts, rest);
        }
    }

    fn fill_one(&self, of: Entity, facts: &mut BTreeMap<String, SheetValue>, rest: &Rest) {
        let given = |id: &str| rest.given.iter().find(|(given, _)| given == id).map(|(_, value)| value);
        let mentioned: Vec<String> = facts.keys().cloned().collect();
        for fact in self.book.facts().iter().filter(|fact| fact.of == of) {
            let base = fact.base_id();
            let told = mentioned.iter().any(|id| id == base);
            if told || mentioned.contains(&fact.id) {
                continue;
            }
            let nothing =
                rest.nothing && given(base).is_none() && (of != Entity::Obligor || fact.enum_index.is_some());
            let value = match given(&fact.id) {
                Some(value) => value.clone(),
                None if nothing => cell::nothing(self.book, fact),
                None => None,
            };
            if let Some(value) = value {
                facts.insert(fact.id.clone(), SheetValue::of(value));
            }
        }
    }
}

fn put(facts: &mut BTreeMap<String, SheetValue>, values: Vec<Given>) {
    for (id, value) in values {
        facts.insert(id, SheetValue::of(value.unwrap_or(Value::Null)));
    }
}

fn keyed<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(key)?;
    rest.strip_prefix(':').or_else(|| rest.strip_prefix('：')).map(str::trim)
}
