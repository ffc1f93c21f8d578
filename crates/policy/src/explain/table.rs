//! 决策表的说明: which rows of a table decided, or may.

use super::{TableRow, Teller, Text};
use crate::plan::{Hit, PlannedTable};
use crate::value::Truth;

impl Teller<'_, '_> {
    /// The articles behind a rule for one subject: its own, and those of the rows or the exception that decided.
    pub(super) fn sources_of(&self, rule: usize, row: usize) -> Vec<String> {
        let own = self.plan().rules.get(rule).map(|r| r.source.clone()).unwrap_or_default();
        let decided: Vec<String> = match self.exception_at(rule, row) {
            Some(exception) => exception.source,
            None => {
                let rows = self.table_rows(rule, row).into_iter().filter(|r| r.truth == Truth::True);
                rows.flat_map(|r| r.source).collect()
            }
        };
        decided.into_iter().fold(own, |mut all, source| {
            if !all.contains(&source) {
                all.push(source);
            }
            all
        })
    }

    /// The rows of a rule's table that decided; while that is open, those that may. Empty for a rule that is no
    /// table.
    pub(super) fn table_rows(&self, rule: usize, row: usize) -> Vec<TableRow> {
        let Some(planned) = self.plan().rules.get(rule) else {
            return Vec::new();
        };
        let Some(table) = &planned.table else {
            return Vec::new();
        };
        let one = matches!(table.hit, Hit::Unique | Hit::First);
        let mut found: Vec<TableRow> = Vec::new();
        for (at, line) in table.rows.iter().enumerate() {
            let entity = self.plan().nodes.get(line.when.0 as usize).map_or(planned.of, |n| n.entity);
            let outer = self.trace.outer_row(planned.of, row, entity).unwrap_or(row);
            let truth = self.truth(line.when, outer);
            if truth == Truth::False {
                continue;
            }
            found.push(TableRow {
                number: at + 1,
                place: self.place_of(line.place),
                text: Text::new(&line.zh, &line.en),
                truth,
                source: line.source.clone(),
            });
            if one && truth == Truth::True {
                break;
            }
        }
        found.extend(otherwise(table, &found));
        found
    }

    fn place_of(&self, (file, line): (u32, usize)) -> String {
        let path = self.plan().files.get(file as usize).map_or("", String::as_str);
        let below = path.rsplit_once("policies/").map_or(path, |(_, below)| below);
        format!("{below}:{line}")
    }
}

/// What holds where no row applies, where that decided or may decide.
fn otherwise(table: &PlannedTable, found: &[TableRow]) -> Option<TableRow> {
    let source = table.default.as_ref()?;
    if found.iter().any(|row| row.truth == Truth::True) {
        return None;
    }
    Some(TableRow {
        number: 0,
        place: String::new(),
        text: Text::new("表中没有列出的其他情形", "none of the listed cases"),
        truth: if found.is_empty() { Truth::True } else { Truth::Unknown },
        source: source.clone(),
    })
}

impl TableRow {
    /// `第 3 行: 残疾类别 为 肢体`
    pub(super) fn told(&self, lang: crate::lang::Lang) -> String {
        let text = self.text.pick(lang);
        match (self.number, lang) {
            (0, _) => text.to_owned(),
            (number, crate::lang::Lang::Zh) => format!("第 {number} 行：{text}"),
            (number, crate::lang::Lang::En) => format!("row {number}: {text}"),
        }
    }
}
