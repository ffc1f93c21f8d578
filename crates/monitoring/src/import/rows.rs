//! Judging rows: accepted or set aside, never dropped.

use std::collections::{BTreeMap, HashMap, HashSet};

use csv::StringRecord;
use doudi_policy::{Date, Month};
use doudi_registry::IdentityNumber;
use sha2::{Digest as _, Sha256};

use super::cell::{self, Cell};
use super::{Intake, Quarantined};
use crate::contract::{CellType, Contract, Field, SubjectKind};
use crate::delivery::{BLANK, BLANK_CODE, Delivery, Label, Values, is_code, kept};
use crate::problem::{Both, FileProblemKind, Reason};
use crate::register::Known;

/// Where each field of the contract stands in this file.
pub(super) struct Layout<'a> {
    fields: Vec<(usize, &'a Field)>,
    numbers: Vec<(usize, &'a Field)>,
    name: Option<usize>,
    authorisation: Option<usize>,
    card: Option<(usize, Option<usize>, Option<usize>)>,
    newest: Option<usize>,
    order: Vec<(usize, &'a Field, Earliest<'a>)>,
    width: usize,
}

/// What a date cannot lie before.
enum Earliest<'a> {
    /// The birth in the number of the row.
    Birth,
    /// The date in another column, by its place among the fields.
    Column(usize, &'a str),
}

impl<'a> Layout<'a> {
    /// Compares the header with the contract.
    pub(super) fn new(contract: &'a Contract, header: &StringRecord) -> Result<Self, FileProblemKind> {
        let columns: Vec<&str> = contract.fields.iter().map(|f| f.column.as_str()).collect();
        match_header(&columns, header)?;
        let found: Vec<&str> = header.iter().map(cell::trim).collect();
        let at = |column: &str| found.iter().position(|c| *c == column);
        let place = |column: &String| at(column).zip(contract.field(column));
        let subject = &contract.subject;
        let fields: Vec<(usize, &Field)> =
            contract.fields.iter().filter_map(|f| at(&f.column).map(|i| (i, f))).collect();
        let mut order = Vec::new();
        for (place, (_, field)) in fields.iter().enumerate() {
            for other in &field.not_before {
                let column = fields.iter().position(|(_, f)| f.column == *other);
                let earliest = column.map_or(Earliest::Birth, |place| Earliest::Column(place, other));
                order.push((place, *field, earliest));
            }
        }
        let card = subject.card.then(|| subject.number.first()).flatten();
        Ok(Self {
            fields,
            order,
            numbers: subject.number.iter().filter_map(place).collect(),
            name: subject.name.as_deref().and_then(at),
            authorisation: subject.authorisation.as_deref().and_then(at),
            card: card.and_then(|c| at(c)).map(|i| (i, at("残疾类别"), at("残疾等级"))),
            newest: contract.period.column.as_deref().and_then(at),
            width: found.len(),
        })
    }
}

/// Where each wanted column stands in a header that must hold exactly these, in any order.
pub(crate) fn match_header(columns: &[&str], header: &StringRecord) -> Result<Vec<usize>, FileProblemKind> {
    let found: Vec<&str> = header.iter().map(cell::trim).collect();
    let digit = |c: &&str| c.contains(|c: char| c.is_ascii_digit());
    if !found.iter().any(|c| columns.contains(c)) && found.iter().any(digit) {
        return Err(FileProblemKind::NoHeader { cells: found.len(), wanted: columns.join("、") });
    }
    let named = |(i, c): (usize, &&str)| (i + 1, cell::shorten_header(c));
    let unexpected: Vec<(usize, String)> =
        found.iter().enumerate().filter(|(_, c)| !columns.contains(c)).map(named).collect();
    let missing: Vec<(String, Option<String>)> = columns
        .iter()
        .filter(|c| !found.contains(c))
        .map(|c| ((*c).to_owned(), nearest(c, &unexpected)))
        .collect();
    let mut seen = HashSet::new();
    let twice: Vec<String> =
        found.iter().filter(|c| columns.contains(c) && !seen.insert(**c)).map(|c| (*c).to_owned()).collect();
    if missing.is_empty() && unexpected.is_empty() && twice.is_empty() {
        let at = columns.iter().filter_map(|c| found.iter().position(|f| f == c));
        return Ok(at.collect());
    }
    Err(FileProblemKind::Header { missing, unexpected, twice, like: None })
}

/// The unexpected column that shares most characters with a wanted one, if it shares half of them.
fn nearest(wanted: &str, unexpected: &[(usize, String)]) -> Option<String> {
    let shared = |other: &str| wanted.chars().filter(|c| other.contains(*c)).count();
    let best = unexpected.iter().map(|(_, other)| other).max_by_key(|other| shared(other))?;
    (shared(best) * 2 >= wanted.chars().count()).then(|| best.clone())
}

/// What became of the rows of a file.
pub(super) struct Judged {
    pub(super) rows: usize,
    pub(super) person: Vec<i64>,
    line: Vec<u32>,
    columns: Vec<Building>,
    pub(super) quarantined: Vec<Quarantined>,
    pub(super) duplicates: usize,
    pub(super) unmatched: usize,
    pub(super) dead: usize,
    pub(super) newest: Option<Date>,
    /// How many accepted rows the column of the period shows for each month.
    pub(super) months: BTreeMap<Month, usize>,
    pub(super) rows_digest: String,
}

enum Building {
    Number(String, Vec<i64>),
    Code { name: String, codes: Vec<u16>, values: Vec<String>, index: HashMap<String, u16> },
}

impl Building {
    fn of(field: &Field) -> Self {
        if !is_code(field.ty) {
            return Self::Number(field.column.clone(), Vec::new());
        }
        let mut this = Self::Code {
            name: field.column.clone(),
            codes: Vec::new(),
            values: Vec::new(),
            index: HashMap::new(),
        };
        for value in &field.values {
            this.code_of(value);
        }
        this
    }

    fn code_of(&mut self, text: &str) -> u16 {
        let Self::Code { values, index, .. } = self else {
            return BLANK_CODE;
        };
        if let Some(code) = index.get(text) {
            return *code;
        }
        // The last code stands for blank; a column with more texts than that is no list of kinds, and
        // the texts beyond are kept as blank, which every filter treats as unknown.
        let Some(code) = u16::try_from(values.len()).ok().filter(|c| *c < BLANK_CODE) else {
            return BLANK_CODE;
        };
        values.push(text.to_owned());
        index.insert(text.to_owned(), code);
        code
    }

    fn push(&mut self, cell: &Cell, text: &str) {
        let code = match cell {
            Cell::Text => self.code_of(text),
            _ => BLANK_CODE,
        };
        match self {
            Self::Number(_, numbers) => numbers.push(match cell {
                Cell::Number(n) => *n,
                _ => BLANK,
            }),
            Self::Code { codes, .. } => codes.push(code),
        }
    }
}

/// Judges every row.
pub(super) fn judge(layout: &Layout<'_>, rows: &[(u32, StringRecord)], intake: Intake<'_>) -> Judged {
    let several = numbers_with_several_names(layout, rows);
    let mut judged = Judged {
        rows: rows.len(),
        person: Vec::with_capacity(rows.len()),
        line: Vec::with_capacity(rows.len()),
        columns: kept(intake.contract).map(Building::of).collect(),
        quarantined: Vec::new(),
        duplicates: 0,
        unmatched: 0,
        dead: 0,
        newest: None,
        months: BTreeMap::new(),
        rows_digest: String::new(),
    };
    let mut seen: HashMap<u128, u32> = HashMap::with_capacity(rows.len());
    let mut sum: u128 = 0;
    let mut cells: Vec<Cell> = Vec::new();
    for (line, record) in rows {
        let digest = row_digest(layout, record);
        sum = sum.wrapping_add(digest);
        if let Some(first) = seen.get(&digest) {
            judged.duplicates += 1;
            judged.quarantined.push(Quarantined { line: *line, reason: Reason::Duplicate { first: *first } });
            continue;
        }
        seen.insert(digest, *line);
        match judge_row(layout, record, intake, &several, &mut cells) {
            Ok(known) => {
                judged.dead += usize::from(known.dead);
                judged.person.push(known.person.0);
                judged.line.push(*line);
                if let Some(day) = shown_day(layout, &cells) {
                    judged.newest = judged.newest.max(Some(day));
                    *judged.months.entry(day.month()).or_default() += 1;
                }
                let kept_cells = layout
                    .fields
                    .iter()
                    .zip(&cells)
                    .filter(|((_, f), _)| !is_personal(f.ty) && !f.purpose.is_empty());
                for (column, ((at, _), cell)) in judged.columns.iter_mut().zip(kept_cells) {
                    column.push(cell, cell::trim(record.get(*at).unwrap_or_default()));
                }
            }
            Err(reason) => {
                judged.unmatched += usize::from(matches!(reason, Reason::NotOnRegister));
                judged.quarantined.push(Quarantined { line: *line, reason });
            }
        }
    }
    judged.rows_digest = format!("{sum:032x}{:08x}", rows.len());
    judged
}

fn is_personal(ty: CellType) -> bool {
    matches!(ty, CellType::Identity | CellType::DisabilityCard | CellType::Name)
}

fn shown_day(layout: &Layout<'_>, cells: &[Cell]) -> Option<Date> {
    let at = layout.newest?;
    let place = layout.fields.iter().position(|(i, _)| *i == at)?;
    match cells.get(place)? {
        Cell::Number(days) => i32::try_from(*days).ok().map(Date),
        _ => None,
    }
}

/// Digest of a row by the contract's columns, whatever their order in the file.
fn row_digest(layout: &Layout<'_>, record: &StringRecord) -> u128 {
    let wanted = layout.fields.iter().map(|(at, _)| cell::trim(record.get(*at).unwrap_or_default()));
    // Cells beyond the header are part of the row, too.
    digest(wanted.chain(record.iter().skip(layout.width)))
}

/// Digest of the cells of a row.
pub(crate) fn digest_of_cells(cells: &[&str]) -> u128 {
    digest(cells.iter().copied())
}

fn digest<'a>(cells: impl Iterator<Item = &'a str>) -> u128 {
    let mut hash = Sha256::new();
    for cell in cells {
        hash.update(cell);
        hash.update([0x1f]);
    }
    hash.finalize().iter().take(16).fold(0, |n: u128, b| (n << 8) | u128::from(*b))
}

/// Numbers that stand under more than one name in this file.
fn numbers_with_several_names(layout: &Layout<'_>, rows: &[(u32, StringRecord)]) -> HashSet<String> {
    let (Some(name), [(number, _)]) = (layout.name, layout.numbers.as_slice()) else {
        return HashSet::new();
    };
    let mut first: HashMap<&str, &str> = HashMap::with_capacity(rows.len());
    let mut several = HashSet::new();
    for (_, record) in rows {
        let number = cell::trim(record.get(*number).unwrap_or_default());
        let name = cell::trim(record.get(name).unwrap_or_default());
        if *first.entry(number).or_insert(name) != name {
            several.insert(number.to_owned());
        }
    }
    several
}

fn judge_row<'a>(
    layout: &Layout<'_>,
    record: &StringRecord,
    intake: Intake<'a>,
    several: &HashSet<String>,
    cells: &mut Vec<Cell>,
) -> Result<&'a Known, Reason> {
    if record.len() != layout.width {
        return Err(Reason::Cells { expected: layout.width, found: record.len() });
    }
    if record.iter().any(|c| c.contains('\n')) {
        return Err(Reason::LineBreak);
    }
    let at = |i: usize| cell::trim(record.get(i).unwrap_or_default());
    let (known, born) = subject(layout, &at, intake, several)?;
    if let Some(i) = layout.authorisation {
        let live = intake
            .register
            .authorisation(at(i))
            .is_some_and(|a| a.live_on(intake.as_of) && known.household == Some(a.household));
        if !live {
            return Err(Reason::NoAuthorisation);
        }
    }
    cells.clear();
    for (i, field) in &layout.fields {
        cells.push(cell::read(field, at(*i), intake.register, intake.as_of)?);
    }
    in_order(layout, cells, born)?;
    Ok(known)
}

/// No date of a row lies before one that it must follow.
fn in_order(layout: &Layout<'_>, cells: &[Cell], born: Date) -> Result<(), Reason> {
    let day = |place: usize| match cells.get(place) {
        Some(Cell::Number(days)) => Some(*days),
        _ => None,
    };
    for (place, field, earliest) in &layout.order {
        let other = match earliest {
            Earliest::Birth => Some(i64::from(born.0)),
            Earliest::Column(place, _) => day(*place),
        };
        if let (Some(this), Some(other)) = (day(*place), other)
            && this < other
        {
            let than = match earliest {
                Earliest::Birth => Both::new("证件号码中的出生日期", "the birth in the identity number"),
                Earliest::Column(_, column) => Both::new(format!("“{column}”"), format!("`{column}`")),
            };
            return Err(Reason::TooEarly { column: field.column.clone(), than });
        }
    }
    Ok(())
}

/// Whom a row is about, and the birth in that number.
fn subject<'a, 'r>(
    layout: &Layout<'_>,
    at: &impl Fn(usize) -> &'r str,
    intake: Intake<'a>,
    several: &HashSet<String>,
) -> Result<(&'a Known, Date), Reason> {
    let kind = intake.contract.subject.kind;
    let mut problem = Reason::Identity(doudi_registry::IdentityProblem::Empty);
    for (i, _) in &layout.numbers {
        let text = at(*i);
        if text.is_empty() && layout.numbers.len() > 1 {
            continue;
        }
        let number = match layout.card {
            Some(card) => card_number(text, card, at)?,
            None => IdentityNumber::parse(text).map_err(Reason::Identity)?,
        };
        match intake.register.find(&number) {
            Some(known) if kind == SubjectKind::Parent => return Ok((known, number.birth())),
            Some(known) => {
                let named = layout.name.is_none_or(|n| known.is_named(at(n)));
                return match named {
                    true => Ok((known, number.birth())),
                    false if several.contains(text) => Err(Reason::CopiedNumber(known.person)),
                    false => Err(Reason::NameMismatch(known.person)),
                };
            }
            None => problem = Reason::NotOnRegister,
        }
    }
    Err(problem)
}

/// The identity number of a disability card: 18 characters, then one digit of the class and one of the grade.
fn card_number<'r>(
    text: &str,
    (_, class, grade): (usize, Option<usize>, Option<usize>),
    at: &impl Fn(usize) -> &'r str,
) -> Result<IdentityNumber, Reason> {
    let folded = doudi_registry::name::fold(text.strip_prefix('\'').unwrap_or(text));
    if text.is_empty()
        || folded.contains("E+")
        || folded.parse::<f64>().is_ok_and(|_| folded.contains(['E', '·']))
    {
        // A spreadsheet's float: the registry's check says so with the cure.
        return IdentityNumber::parse(text).map_err(Reason::Identity);
    }
    let length = folded.chars().count();
    let (Some(number), Some(tail)) = (folded.get(..18), folded.get(18..)) else {
        return Err(Reason::Card(Both::new(
            format!("残疾证号有 {length} 位，应为 20 位（身份证号加类别码、等级码）"),
            format!(
                "the disability card has {length} characters, it needs 20 (identity number, class digit, grade digit)"
            ),
        )));
    };
    // A re-issued card carries B and the count of re-issues.
    let mut tail = tail.chars();
    let digits = (tail.next(), tail.next());
    let rest = tail.next();
    let classes = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"];
    let grades = ["一级", "二级", "三级", "四级"];
    let says = |digit: Option<char>, list: &[&str]| {
        let n = digit.and_then(|d| d.to_digit(10))? as usize;
        list.get(n.checked_sub(1)?).map(|s| (*s).to_owned())
    };
    let (Some(said_class), Some(said_grade), None | Some('B')) =
        (says(digits.0, &classes), says(digits.1, &grades), rest)
    else {
        return Err(Reason::Card(Both::new(
            format!("残疾证号应为 20 位（身份证号加类别码 1–7、等级码 1–4），这里有 {length} 位"),
            format!(
                "a disability card is an identity number with a class digit 1–7 and a grade digit 1–4; here are {length} characters"
            ),
        )));
    };
    let number = IdentityNumber::parse(number).map_err(Reason::Identity)?;
    for (column, place, said) in [("残疾类别", class, said_class), ("残疾等级", grade, said_grade)] {
        let written = place.map(at).unwrap_or_default();
        if written != said {
            return Err(Reason::Card(Both::new(
                format!("残疾证号表示{said}，“{column}”写的是“{}”", cell::shorten(written)),
                format!("the card number says {said}, `{column}` says `{}`", cell::shorten(written)),
            )));
        }
    }
    Ok(number)
}

impl Judged {
    /// How many different people the accepted rows are about.
    pub(super) fn people(&self) -> usize {
        self.person.iter().collect::<HashSet<_>>().len()
    }

    /// The accepted rows sorted by person, then line, and the others.
    pub(super) fn into_delivery(self, label: Label) -> (Delivery, Vec<Quarantined>) {
        let mut order: Vec<(i64, u32, usize)> = self
            .person
            .iter()
            .zip(&self.line)
            .enumerate()
            .map(|(row, (person, line))| (*person, *line, row))
            .collect();
        order.sort_unstable();
        fn pick<T: Copy>(values: &[T], order: &[(i64, u32, usize)]) -> Vec<T> {
            order.iter().filter_map(|(_, _, row)| values.get(*row).copied()).collect()
        }
        let columns = self.columns.into_iter().map(|column| match column {
            Building::Number(name, numbers) => (name, Values::Number(pick(&numbers, &order))),
            Building::Code { name, codes, values, .. } => {
                let codes = pick(&codes, &order);
                (name, Values::Code { codes, values })
            }
        });
        let delivery = Delivery {
            label,
            columns: columns.collect(),
            person: order.iter().map(|(person, _, _)| *person).collect(),
            line: order.iter().map(|(_, line, _)| *line).collect(),
        };
        (delivery, self.quarantined)
    }
}
