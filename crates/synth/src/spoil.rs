//! The errors that real files carry, put in on purpose and written down.

use doudi_registry::IdentityNumber;

use crate::calibration::{self as c, Chance};
use crate::dice::{Dice, Purpose};
use crate::names;
use crate::table::{Row, Shape, Table};

/// One injected error, for truth/errors.csv.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Injected {
    pub(crate) feed: &'static str,
    /// Line of the file; the header is line 1.
    pub(crate) line: usize,
    pub(crate) kind: &'static str,
    pub(crate) note: &'static str,
}

type Fault = fn(&mut Dice, &Shape, &mut Row, Option<&[String]>) -> bool;

/// Kind, chance, note, whether the row still shows what it should, the change.
const FAULTS: [(&str, &Chance, &str, bool, Fault); 12] = [
    ("id_checksum", &c::ID_CHECKSUM, "一位数字敲错，校验码不符", false, checksum),
    ("id_15", &c::ID_FIFTEEN, "15位旧号码", true, fifteen),
    ("id_copied", &c::ID_COPIED, "号码与上一行相同，姓名不同", false, copied),
    ("id_damaged", &c::ID_DAMAGED, "表格软件把号码变成科学计数", false, damaged),
    ("id_missing", &c::ID_EMPTY, "号码为空", false, no_number),
    ("name_variant", &c::NAME_VARIANT, "姓名用了异体或繁体字", true, variant),
    ("name_space", &c::NAME_SPACED, "姓名中有空格", true, spaced),
    ("name_interpunct", &c::NAME_DOT, "姓名间隔号写法不同", true, dotted),
    ("value_missing", &c::VALUE_MISSING, "必填项为空", false, no_value),
    ("bad_date", &c::DATE_BAD, "日历上没有的日期", false, bad_date),
    ("three_decimals", &c::AMOUNT_DECIMALS, "金额有三位小数", false, decimals),
    ("bad_division", &c::DIVISION_WRONG, "不存在的区划代码", false, bad_division),
];

/// Spoils the rows of a feed in place and tells which; a spoilt row no longer shows a cause.
pub(crate) fn spoil(seed: u64, at: u64, table: &mut Table) -> Vec<Injected> {
    let mut dice = Dice::new(seed, Purpose::Spoiling, at);
    let weights: Vec<u32> = FAULTS.iter().map(|f| f.1.ppm).collect();
    let any: u32 = weights.iter().sum();
    let mut log = Vec::new();
    let mut out: Vec<Row> = Vec::with_capacity(table.rows.len() + table.rows.len() / 500);
    for mut row in std::mem::take(&mut table.rows) {
        let hit = dice.ppm(any);
        let twice = dice.happens(&c::ROW_TWICE);
        if row.fixed {
            out.push(row);
            continue;
        }
        if hit {
            let above = out.last().map(|r| r.cells.clone());
            let fault = FAULTS.get(dice.weighted(&weights));
            let done = fault.filter(|f| f.4(&mut dice, &table.shape, &mut row, above.as_deref()));
            if let Some((kind, _, note, still, _)) = done {
                log.push(Injected { feed: table.shape.id, line: out.len() + 2, kind, note });
                if !still {
                    row.shows.clear();
                }
            }
        } else if twice {
            let mut again = row.clone();
            again.shows.clear();
            out.push(row);
            let line = out.len() + 2;
            log.push(Injected {
                feed: table.shape.id, line, kind: "duplicate_row", note: "与上一行相同"
            });
            out.push(again);
            continue;
        }
        out.push(row);
    }
    table.rows = out;
    log
}

fn number<'a>(shape: &Shape, row: &'a mut Row) -> Option<&'a mut String> {
    row.cells.get_mut(shape.number).filter(|n| n.len() >= 18)
}

fn checksum(dice: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let Some(cell) = number(shape, row) else { return false };
    let at = dice.between(10, 16) as usize;
    let wrong: String = cell
        .chars()
        .enumerate()
        .map(|(i, ch)| match ch.to_digit(10) {
            Some(d) if i == at => char::from_digit((d + 1) % 10, 10).unwrap_or('0'),
            _ => ch,
        })
        .collect();
    let broken = IdentityNumber::parse(wrong.get(..18).unwrap_or_default()).is_err();
    if broken {
        *cell = wrong;
    }
    broken
}

fn fifteen(_: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let Some(cell) = number(shape, row) else { return false };
    // The number of a disability certificate goes on after the 18 characters and has no old form.
    if cell.len() != 18 || cell.get(6..8) != Some("19") {
        return false;
    }
    let old = format!("{}{}", cell.get(..6).unwrap_or_default(), cell.get(8..17).unwrap_or_default());
    *cell = old;
    true
}

fn copied(_: &mut Dice, shape: &Shape, row: &mut Row, above: Option<&[String]>) -> bool {
    let (Some(number_above), Some(name_above)) =
        (above.and_then(|a| a.get(shape.number)), above.and_then(|a| a.get(shape.name)))
    else {
        return false;
    };
    let other_name = row.cells.get(shape.name) != Some(name_above);
    let whole = number_above.len() >= 18;
    let Some(cell) = number(shape, row) else { return false };
    if other_name && whole && cell != number_above {
        cell.clone_from(number_above);
        return true;
    }
    false
}

fn damaged(_: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let Some(cell) = number(shape, row) else { return false };
    let digits = cell.get(1..6).unwrap_or_default().to_owned();
    *cell = format!("9.{digits}E+17");
    true
}

fn no_number(_: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    number(shape, row).map(String::clear).is_some()
}

fn variant(_: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let Some(cell) = row.cells.get_mut(shape.name) else { return false };
    names::variant(cell).map(|other| *cell = other).is_some()
}

fn spaced(dice: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let Some(cell) = row.cells.get_mut(shape.name) else { return false };
    let blank = if dice.percent(60) { '\u{3000}' } else { ' ' };
    let mut chars = cell.chars();
    let Some(first) = chars.next() else { return false };
    *cell = format!("{first}{blank}{}", chars.as_str());
    true
}

fn dotted(_: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let Some(cell) = row.cells.get_mut(shape.name) else { return false };
    let has = cell.contains('·');
    *cell = cell.replace('·', "•");
    has
}

fn no_value(dice: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let at = dice.pick(shape.values).copied();
    let cell = at.and_then(|at| row.cells.get_mut(at)).filter(|v| !v.is_empty());
    cell.map(String::clear).is_some()
}

fn bad_date(dice: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let at = dice.pick(shape.dates).copied();
    let Some(cell) = at.and_then(|at| row.cells.get_mut(at)).filter(|v| v.len() == 10) else {
        return false;
    };
    let end = dice.text(&["02-30", "13-01", "11-31"]);
    *cell = format!("{}-{end}", cell.get(..4).unwrap_or("2024"));
    true
}

fn decimals(dice: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let at = dice.pick(shape.amounts).copied();
    let Some(cell) = at.and_then(|at| row.cells.get_mut(at)).filter(|v| v.contains('.')) else {
        return false;
    };
    cell.push(dice.text(&["1", "5", "7"]).chars().next().unwrap_or('5'));
    true
}

fn bad_division(dice: &mut Dice, shape: &Shape, row: &mut Row, _: Option<&[String]>) -> bool {
    let Some(cell) = shape.division.and_then(|at| row.cells.get_mut(at)) else { return false };
    *cell = format!("990121{}{}", dice.between(150, 199), dice.between(901, 999));
    true
}
