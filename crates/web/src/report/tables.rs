//! 报告的表: plain tables, since every drawing has one beside it.

use std::collections::BTreeSet;

use doudi_policy::simulate::Report;
use doudi_policy::simulate::report::{CliffCounts, CurveReport, GroupTable, PeopleTable, ProgrammeReport};
use doudi_policy::simulate::text::{change, grouped, yuan};

use super::{joined, label, shares, subject};
use crate::lang::Lang;

/// Points of a curve that a table shows beside its cliffs.
const CURVE_ROWS: i64 = 8;

/// One cell.
pub(super) struct Cell {
    pub(super) text: String,
    /// Whether it is a number, set to the right.
    pub(super) number: bool,
    /// How many columns it takes.
    pub(super) span: usize,
}

impl Cell {
    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: true, span: 1 }
    }

    fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: false, span: 1 }
    }
}

/// One row with its head.
pub(super) struct Row {
    pub(super) head: String,
    pub(super) cells: Vec<Cell>,
}

impl Row {
    pub(super) fn new(head: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self { head: head.into(), cells }
    }
}

/// A column: its head, and whether it holds numbers.
pub(super) struct Column {
    pub(super) head: String,
    pub(super) number: bool,
}

/// A table; the first column is the head of the rows.
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    pub(super) foot: Option<Row>,
}

impl Table {
    /// A column holds numbers where some row has one in it.
    pub(super) fn new(heads: &[&str], rows: Vec<Row>) -> Self {
        let number = |at: usize| {
            let cell = |row: &Row| row.cells.get(at.checked_sub(1)?).map(|c| c.number);
            at > 0 && rows.iter().any(|row| cell(row) == Some(true))
        };
        let columns = heads.iter().enumerate();
        let columns = columns.map(|(at, head)| Column { head: capital(head), number: number(at) });
        Self { columns: columns.collect(), rows, foot: None }
    }
}

/// A head begins with a capital letter, where the language has any.
fn capital(head: &str) -> String {
    let mut chars = head.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Tables of one programme: how it is sorted, each with a title.
pub(super) struct Block {
    pub(super) title: String,
    pub(super) groups: Vec<(String, Table)>,
    pub(super) people: Option<Table>,
}

fn count(n: u64) -> String {
    grouped(n.into())
}

/// How many come in or go out; nobody without a sign.
fn signed(sign: char, n: u64) -> String {
    if n == 0 { count(n) } else { format!("{sign}{}", count(n)) }
}

fn arrow(before: impl AsRef<str>, after: impl AsRef<str>) -> String {
    format!("{} → {}", before.as_ref(), after.as_ref())
}

/// Every programme that the change reaches.
pub(super) fn programmes(report: &Report, l: Lang) -> Table {
    let rows = report.programmes.iter().map(|p| {
        let who = subject(p.of, l);
        let cost = |fen: i128| p.per.map_or_else(|| "—".to_owned(), |_| yuan(fen));
        Row::new(
            label(&p.title, l),
            vec![
                Cell::words(who),
                Cell::number(count(p.before.met)),
                Cell::number(count(p.after.met)),
                Cell::number(signed('+', p.entered.all())),
                Cell::number(signed('−', p.left.all())),
                Cell::number(arrow(count(p.before.unknown), count(p.after.unknown))),
                Cell::number(cost(p.cost_before.exact_fen)),
                Cell::number(cost(p.cost_after.exact_fen)),
                Cell::number(p.per.map_or_else(|| "—".to_owned(), |_| change(p.change_fen))),
            ],
        )
    });
    let m = &report.monthly;
    let mut table = Table::new(
        &[
            l.t("待遇"),
            l.t("单位"),
            l.t("改前符合"),
            l.t("改后符合"),
            l.t("新符合"),
            l.t("不再符合"),
            l.t("未定"),
            l.t("改前费用（元）"),
            l.t("改后费用（元）"),
            l.t("增减（元）"),
        ],
        rows.collect(),
    );
    let blank = || Cell::words("");
    let mut cells: Vec<Cell> = (0..6).map(|_| blank()).collect();
    cells.extend([m.before_fen, m.after_fen].map(|fen| Cell::number(yuan(fen))));
    cells.push(Cell::number(change(m.change_fen)));
    table.foot = Some(Row::new(l.t("按月的合计"), cells));
    table
}

/// From which status to which.
pub(super) fn moves(report: &Report, l: Lang) -> Table {
    let names = |list: &[doudi_policy::simulate::report::Titled]| match list {
        [] => "—".to_owned(),
        list => joined(list.iter().map(|t| label(&t.title, l)), l),
    };
    let rows = report.moves.iter().map(|m| {
        let n = m.households.map_or_else(|| l.t("过少").to_owned(), count);
        Row::new(names(&m.from), vec![Cell::words(names(&m.to)), Cell::number(n)])
    });
    Table::new(&[l.t("不再符合"), l.t("新符合"), l.t("户")], rows.collect())
}

/// Points of a curve: evenly taken, and both sides of each cliff.
pub(super) fn curve(curve: &CurveReport, moved: &str, l: Lang) -> Table {
    let points = &curve.points;
    let last = points.iter().map(|p| p.income_fen).max().unwrap_or(0);
    let even = (0..CURVE_ROWS).filter_map(|n| {
        let wanted = last.checked_mul(n)?.checked_div(CURVE_ROWS - 1)?;
        points.iter().map(|p| p.income_fen).min_by_key(|income| income.abs_diff(wanted))
    });
    let edges = curve.cliffs.iter().flatten().flat_map(|c| [c.income_fen, c.income_fen + 100]);
    let kept: BTreeSet<i64> = even.chain(edges).collect();
    let kept = points.iter().filter(|p| kept.contains(&p.income_fen));
    let rows = kept.map(|p| {
        let (income, before, after) = (p.income_fen.into(), p.before_fen.into(), p.after_fen.into());
        let hand = |benefit: i128| yuan(benefit + income);
        Row::new(
            yuan(income),
            vec![Cell::number(hand(before)), Cell::number(hand(after)), Cell::number(change(after - before))],
        )
    });
    Table::new(&[moved, l.t("手里的钱，改前"), l.t("手里的钱，改后"), l.t("差")], rows.collect())
}

/// Cliffs by type of household.
pub(super) fn cliffs(report: &Report, l: Lang) -> Table {
    let c = &report.cliffs;
    let fen = |n: Option<i64>| n.map_or_else(|| "—".to_owned(), |n| yuan(n.into()));
    let cells = |g: &CliffCounts| {
        vec![
            Cell::number(count(g.scanned)),
            Cell::number(arrow(count(g.with[0]), count(g.with[1]))),
            Cell::number(arrow(fen(g.median_fen[0]), fen(g.median_fen[1]))),
            Cell::number(arrow(fen(g.largest_fen[0]), fen(g.largest_fen[1]))),
        ]
    };
    let rows = c.groups.iter().map(|g| {
        let head = label(&g.label, l);
        match &g.counts {
            Some(counts) => Row::new(head, cells(counts)),
            None => Row::new(head, vec![too_few(4, l)]),
        }
    });
    let by = c.by.as_ref().map(|b| label(&b.title, l)).unwrap_or_default();
    let mut table = Table::new(
        &[&by, l.t("算清的户"), l.t("有断崖的户"), l.t("中位落差（元/月）"), l.t("最大落差（元/月）")],
        rows.collect(),
    );
    table.foot = Some(Row::new(l.t("全部"), cells(&c.total)));
    table
}

fn too_few(span: usize, l: Lang) -> Cell {
    Cell { text: l.t("过少，不列").to_owned(), number: false, span }
}

/// The tables of groups, a block a programme, the main one first.
pub(super) fn blocks(report: &Report, main: Option<&ProgrammeReport>, l: Lang) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut order: Vec<&ProgrammeReport> = report.programmes.iter().collect();
    order.sort_by_key(|p| Some(p.id.as_str()) != main.map(|m| m.id.as_str()));
    for p in order {
        let own = report.groups.iter().filter(|t| t.programme == p.id);
        let groups = own.map(|t| (label(&t.by.title, l), groups(t, p, l))).collect();
        let people: Vec<&PeopleTable> = report.people.iter().filter(|t| t.programme == p.id).collect();
        blocks.push(Block {
            title: label(&p.title, l),
            groups,
            people: (!people.is_empty()).then(|| equal_treatment(&people, l)),
        });
    }
    blocks
}

fn groups(table: &GroupTable, p: &ProgrammeReport, l: Lang) -> Table {
    let pays = p.per.is_some();
    let rows = table.rows.iter().map(|row| {
        let head = label(&row.label, l);
        let Some(c) = &row.counts else {
            return Row::new(head, vec![too_few(if pays { 6 } else { 5 }, l)]);
        };
        let mut cells = vec![
            Cell::number(count(c.subjects)),
            Cell::number(arrow(count(c.before), count(c.after))),
            Cell::number(signed('+', c.entered)),
            Cell::number(signed('−', c.left)),
            Cell::number(count(c.unknown)),
        ];
        if pays {
            cells.push(Cell::number(change(c.change_fen)));
        }
        Row::new(head, cells)
    });
    let by = label(&table.by.title, l);
    let all = subject(p.of, l);
    let mut columns = vec![by.as_str(), all, l.t("符合"), l.t("新符合"), l.t("不再符合"), l.t("未定")];
    if pays {
        columns.push(l.t("增减（元）"));
    }
    let mut table = Table::new(&columns, rows.collect());
    let mut cells = vec![
        Cell::number(count(p.after.met + p.after.not_met + p.after.unknown)),
        Cell::number(arrow(count(p.before.met), count(p.after.met))),
        Cell::number(signed('+', p.entered.all())),
        Cell::number(signed('−', p.left.all())),
        Cell::number(count(p.after.unknown)),
    ];
    if pays {
        cells.push(Cell::number(change(p.change_fen)));
    }
    table.foot = Some(Row::new(l.t("全部"), cells));
    table
}

/// All ways of sorting people in one table; each begins with a row that names it.
fn equal_treatment(tables: &[&PeopleTable], l: Lang) -> Table {
    let mut rows = Vec::new();
    for table in tables {
        rows.push(Row::new(
            label(&table.by.title, l),
            vec![Cell { text: String::new(), number: false, span: 6 }],
        ));
        for row in &table.rows {
            let head = format!("　{}", label(&row.label, l));
            let Some(c) = &row.counts else {
                rows.push(Row::new(head, vec![too_few(6, l)]));
                continue;
            };
            let [before, after] = shares(c.share);
            let mean = |fen: Option<i128>| fen.map_or_else(|| "—".to_owned(), yuan);
            rows.push(Row::new(
                head,
                vec![
                    Cell::number(count(c.persons)),
                    Cell::number(arrow(count(c.met[0]), count(c.met[1]))),
                    Cell::number(before),
                    Cell::number(after),
                    Cell::number(arrow(mean(c.mean_fen[0]), mean(c.mean_fen[1]))),
                    Cell::number(arrow(count(c.unknown[0]), count(c.unknown[1]))),
                ],
            ));
        }
    }
    Table::new(
        &[
            l.t("人群"),
            l.t("人数"),
            l.t("符合"),
            l.t("改前占比"),
            l.t("改后占比"),
            l.t("人均（元）"),
            l.t("未定"),
        ],
        rows,
    )
}
