//! Reads the Markdown of golden households.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::book::{Book, SourceFile};
use crate::diag::{Diagnostic, Fault, Faults};
use crate::eval::Mode;
use crate::near::nearest;
use crate::plan::{Entity, FactDecl, Span};
use crate::sheet::{FactSheet, MOST_PEOPLE, SheetSubject, SheetValue};
use crate::value::{Date, DivisionCode, Month};

use super::Golden;
use super::cell;
use super::expect;

/// The fact that the header line `2024-06 · 青石县 · 城镇` gives by its third part.
const CLASS: &str = "registered_class";

/// Households of one file: more are nobody's reading.
const MOST_HOUSEHOLDS: usize = 500;

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
    /// Whether a line of month and place was met, readable or not.
    headed: bool,
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
    text: &'a str,
    rest: Rest,
    draft: Option<Draft>,
    table: Option<(Table, Vec<Option<&'a FactDecl>>)>,
    goldens: Vec<Golden>,
    faults: Faults,
    /// Households begun.
    begun: usize,
}

/// Reads the golden households of one Markdown text.
///
/// # Errors
/// Every line that cannot be read, with what to write instead.
pub fn parse_goldens(book: &Book, file: &str, text: &str) -> Result<Vec<Golden>, Vec<Diagnostic>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        book,
        file,
        text,
        rest: Rest::default(),
        draft: None,
        table: None,
        goldens: Vec::new(),
        faults: Faults::default(),
        begun: 0,
    };
    for (at, line) in text.lines().enumerate() {
        reader.line(at + 1, line.trim());
        if reader.begun > MOST_HOUSEHOLDS {
            break;
        }
    }
    reader.finish();
    if reader.faults.is_empty() {
        return Ok(reader.goldens);
    }
    Err(reader.faults.settle(&[SourceFile { path: file.to_owned(), text: text.to_owned() }]))
}

impl<'a> Reader<'a> {
    /// Records a fault of a line, from 1.
    fn fault(&mut self, line: usize, fault: Fault) {
        if self.faults.full(0, fault.code) {
            // It is only counted: its place need not be sought.
            return self.faults.push(Span::default(), fault);
        }
        let before = line.checked_sub(2).and_then(|n| self.text.match_indices('\n').nth(n));
        let start = before.map_or(0, |(at, _)| at + 1);
        let width = self.text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.faults.push(Span { file: 0, start: place(start), end: place(start + width) }, fault);
    }

    fn line(&mut self, at: usize, line: &'a str) {
        if !line.starts_with('|') {
            self.table = None;
        }
        if let Some(title) = line.strip_prefix("## ") {
            self.finish();
            self.begun += 1;
            if self.begun > MOST_HOUSEHOLDS {
                return self.fault(
                    at,
                    Fault::new(
                        "golden-size",
                        (
                            format!("一个文件最多 {MOST_HOUSEHOLDS} 户"),
                            format!("a file holds at most {MOST_HOUSEHOLDS} households"),
                        ),
                        ("按主题分成几个文件", "split it into several files, by subject"),
                    ),
                );
            }
            self.draft = Some(Draft {
                line: at,
                title: title.trim().to_owned(),
                head: None,
                headed: false,
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
                    self.fault(
                        at,
                        Fault::new(
                            "golden-line",
                            (
                                format!("“其余”后面的“{part}”看不懂"),
                                format!("cannot read `{part}` after 其余"),
                            ),
                            (
                                "先写 无 或 未知，再写“事实 值”",
                                "write 无 or 未知 first, then a fact and its value",
                            ),
                        ),
                    );
                }
                _ => match part.split_once(char::is_whitespace) {
                    Some((name, value)) => match self.value(at, name, value) {
                        Some((_, values)) => rest.given.extend(values),
                        None => return,
                    },
                    None => self.fault(
                        at,
                        Fault::new(
                            "golden-line",
                            (format!("“{part}”没有值"), format!("`{part}` has no value")),
                            (
                                "写成“事实 值”，如 长期共同居住 是",
                                "write a fact and its value, such as 长期共同居住 是",
                            ),
                        ),
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
            let fault = unknown_fact(name, self.book.facts());
            self.fault(at, fault);
            return None;
        };
        match cell::by_month(self.book, fact, text) {
            Ok(values) => Some((fact, values)),
            Err(fault) => {
                self.fault(at, fault);
                None
            }
        }
    }

    fn head_fault(&mut self, at: usize, wrong: (String, String)) {
        let cure = ("写成 2024-06 · 青石县 · 城镇", "write 2024-06 · 青石县 · 城镇");
        self.fault(at, Fault::new("golden-head", wrong, cure));
    }

    fn head(&mut self, at: usize, line: &str) {
        let parts: Vec<&str> = line.split('·').map(str::trim).collect();
        let (Some(period), Some(place)) = (parts.first(), parts.get(1)) else { return };
        if let Some(draft) = &mut self.draft {
            draft.headed = true;
        }
        let period = match period.parse::<Month>() {
            Ok(period) => period,
            Err(e) => return self.head_fault(at, (e.zh, e.en)),
        };
        let Some(division) = self.division(place) else {
            let names = self.book.overlays().iter().map(|o| o.zh.as_str());
            let near = nearest(place, names).map(str::to_owned);
            return self.fault(
                at,
                Fault::new(
                    "golden-head",
                    (
                        format!("不认识“{place}”"),
                        format!("`{place}` is neither a division code nor the name of a local layer"),
                    ),
                    near.map_or_else(
                        || {
                            (
                                "写行政区划代码，或地方层 overlay.toml 里的地名".to_owned(),
                                "write a division code, or the name of a place in an overlay.toml".to_owned(),
                            )
                        },
                        |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
                    ),
                ),
            );
        };
        let (mut as_of, mut mode) = (period.last_day(), Mode::Decide);
        let mut class = Vec::new();
        for part in parts.iter().skip(2) {
            if let Some(date) = part.strip_prefix("截至") {
                match date.trim().parse::<Date>() {
                    Ok(date) => as_of = date,
                    Err(e) => return self.head_fault(at, (e.zh, e.en)),
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
            let fault = Fault::new(
                "golden-fact",
                (
                    format!("“{}”不是家庭的事实", fact.zh),
                    format!("`{}` is no fact of the household", fact.id),
                ),
                ("写在成员或义务人的表里", "put it in the table of members or obligors"),
            );
            return self.fault(at, fault);
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
                return self.fault(
                    at,
                    Fault::new(
                        "golden-line",
                        (format!("“{text}”看不懂"), format!("cannot read `{text}`")),
                        ("写 已查清 或 不全", "write 已查清 or 不全"),
                    ),
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
            return self.fault(
                at,
                Fault::new(
                    "golden-table",
                    (
                        format!("这一行有 {} 格，表头有 {} 格", cells.len(), columns.len()),
                        format!("{} cells in this row, {} in the header", cells.len(), columns.len()),
                    ),
                    (
                        "补上缺少的格；不知道的写 未知",
                        "add the cells that are missing; what is not known is 未知",
                    ),
                ),
            );
        }
        if self.is_crowded(table) {
            return self.fault(
                at,
                Fault::new(
                    "golden-size",
                    (
                        format!("一户最多 {MOST_PEOPLE} 人"),
                        format!("a household has at most {MOST_PEOPLE} people"),
                    ),
                    ("按家庭分成几户", "split it into families"),
                )
                .about("people"),
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

    fn is_crowded(&self, table: Table) -> bool {
        self.draft.as_ref().is_some_and(|draft| match table {
            Table::Members => draft.sheet.members.len() >= MOST_PEOPLE,
            Table::Obligors => draft.sheet.obligors.len() >= MOST_PEOPLE,
        })
    }

    fn header(&mut self, at: usize, cells: &[&str]) {
        let (table, of) = match cells.first() {
            Some(&"成员") => (Table::Members, Entity::Member),
            Some(&"义务人") => (Table::Obligors, Entity::Obligor),
            _ => {
                return self.fault(
                    at,
                    Fault::new(
                        "golden-table",
                        ("不知道这张表是谁的", "it is not clear whose table this is"),
                        ("表头第一格写 成员 或 义务人", "the first cell of the header is 成员 or 义务人"),
                    ),
                );
            }
        };
        let mut columns = vec![None];
        for name in cells.iter().skip(1) {
            let found = cell::fact(self.book, name).filter(|f| f.of == of);
            if found.is_none() {
                let fault = unknown_fact(name, self.book.facts().iter().filter(|f| f.of == of));
                self.fault(at, fault);
            }
            columns.push(found);
        }
        self.table = Some((table, columns));
    }

    fn finish(&mut self) {
        let Some(mut draft) = self.draft.take() else { return };
        let Some((period, as_of, mode)) = draft.head else {
            if !draft.headed {
                let wrong =
                    ("缺少月份和地方这一行".to_owned(), "the line of month and place is missing".to_owned());
                self.head_fault(draft.line, wrong);
            }
            return;
        };
        self.fill(&mut draft);
        let names: Vec<String> = draft.sheet.members.iter().filter_map(|m| m.name.clone()).collect();
        let mut expectations = Vec::new();
        for (line, text) in &draft.told {
            match expect::read(*line, text, &names) {
                Ok(expectation) => expectations.push(expectation),
                Err(fault) => self.fault(*line, fault),
            }
        }
        if draft.told.is_empty() {
            return self.fault(
                draft.line,
                Fault::new(
                    "golden-expectation",
                    ("没有写期望", "nothing is expected"),
                    ("补上一行，如 期望: 低保 符合", "add a line such as 期望: 低保 符合"),
                ),
            );
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

/// The fault of a name that no fact has.
fn unknown_fact<'f>(name: &str, facts: impl IntoIterator<Item = &'f FactDecl>) -> Fault {
    let names = facts.into_iter().flat_map(|f| [f.id.as_str(), f.zh.as_str()]);
    let cure = nearest(name, names).map_or_else(
        || {
            (
                "名称见 doudi policy facts；家庭、成员、义务人的事实各写在自己的地方".to_owned(),
                "`doudi policy facts` lists the names; household, members and obligors have their own"
                    .to_owned(),
            )
        },
        |near| (format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
    );
    Fault::new(
        "golden-fact",
        (format!("这里没有名为“{name}”的事实"), format!("there is no fact `{name}` here")),
        cure,
    )
    .about(name)
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
