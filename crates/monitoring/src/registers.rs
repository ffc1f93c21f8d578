//! 登记导入: divisions, households of hukou, what is received, authorisations. The same discipline as for
//! feeds: the header must match, every row is taken or set aside with its reason, counts add up.

mod awards;
mod divisions;
mod hukou;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use csv::StringRecord;
use doudi_policy::Date;

use crate::contract::{Encoding, Format};
use crate::import::{Counts, Quarantined, ReasonCount, summarise};
use crate::problem::{FileProblem, FileProblemKind, Reason};
use crate::source::{Table, read_table};

pub use awards::{AUTHORISATIONS, AWARDS, authorisations, awards};
pub use divisions::{DIVISIONS, divisions};
pub use hukou::{HUKOU, Hukou, hukou};

/// A register file that was read: the good rows as what they mean, and the others.
#[derive(Clone, Debug)]
pub struct Taken<T> {
    /// Name of the file.
    pub file: String,
    /// Counts.
    pub counts: Counts,
    /// Rows set aside, duplicates among them, by line.
    pub quarantined: Vec<Quarantined>,
    /// What the good rows mean.
    pub good: T,
}

impl<T> Taken<T> {
    /// The reasons, counted, most frequent first.
    #[must_use]
    pub fn reasons(&self) -> Vec<ReasonCount> {
        summarise(&self.quarantined)
    }
}

impl<T> Taken<T> {
    /// The file, unless not one of its rows is good.
    ///
    /// # Errors
    /// [`FileProblemKind::NoGoodRow`]: nothing of such a register may be written.
    pub fn or_refused(self) -> Result<Self, FileProblem> {
        match (self.counts.accepted, self.quarantined.iter().find(|q| !q.reason.is_repeat())) {
            (0, Some(first)) => {
                let (rows, line, what) = (self.counts.rows, first.line, first.reason.what());
                Err(FileProblem::new(&self.file, FileProblemKind::NoGoodRow { rows, line, what }))
            }
            _ => Ok(self),
        }
    }
}

/// Rows of a register with the cells in the order of the wanted columns.
struct Rows {
    file: String,
    table: Table,
    at: Vec<usize>,
}

impl Rows {
    /// Reads a CSV in UTF-8 with exactly these columns.
    fn read(file: &str, bytes: &[u8], columns: &[&str]) -> Result<Self, FileProblem> {
        Self::of(file, read_table(file, bytes, Format::Csv, Encoding::Utf8)?, columns)
    }

    fn of(file: &str, table: Table, columns: &[&str]) -> Result<Self, FileProblem> {
        let at = crate::import::match_header(columns, &table.header)
            .map_err(|kind| FileProblem::new(file, kind))?;
        if table.rows.is_empty() {
            let kind = FileProblemKind::Empty { header: true };
            return Err(FileProblem::new(file, kind));
        }
        Ok(Self { file: file.to_owned(), table, at })
    }

    /// Gives each row to `take`, which keeps it or says why not; repeats of whole rows are set aside here.
    fn take<T>(
        self,
        mut good: T,
        mut take: impl FnMut(&mut T, u32, &[&str]) -> Result<(), Reason>,
    ) -> Taken<T> {
        let mut quarantined = Vec::new();
        let mut duplicates = 0;
        let mut seen: HashMap<u128, u32> = HashMap::with_capacity(self.table.rows.len());
        for (line, record) in &self.table.rows {
            let judged = match self.cells(record) {
                Err(reason) => Err(reason),
                Ok(cells) => match seen.entry(crate::import::digest_of_cells(&cells)) {
                    Entry::Occupied(first) => {
                        duplicates += 1;
                        Err(Reason::Duplicate { first: *first.get() })
                    }
                    Entry::Vacant(new) => {
                        new.insert(*line);
                        take(&mut good, *line, &cells)
                    }
                },
            };
            if let Err(reason) = judged {
                duplicates += usize::from(matches!(reason, Reason::SamePlace { .. }));
                quarantined.push(Quarantined { line: *line, reason });
            }
        }
        let rows = self.table.rows.len();
        let counts = Counts {
            rows,
            accepted: rows - quarantined.len(),
            quarantined: quarantined.len() - duplicates,
            duplicates,
        };
        Taken { file: self.file, counts, quarantined, good }
    }

    fn cells<'a>(&self, record: &'a StringRecord) -> Result<Vec<&'a str>, Reason> {
        let expected = self.table.header.len();
        if record.len() != expected {
            return Err(Reason::Cells { expected, found: record.len() });
        }
        if record.iter().any(|c| c.contains('\n')) {
            return Err(Reason::LineBreak);
        }
        let cell = |at: &usize| {
            let text = crate::import::trim(record.get(*at).unwrap_or_default());
            match crate::import::misleading(text) {
                None => Ok(text),
                Some(bad) => {
                    let column = self.table.header.get(*at).unwrap_or_default().to_owned();
                    Err(Reason::Value { column, bad })
                }
            }
        };
        self.at.iter().map(cell).collect()
    }
}

fn date(column: &str, text: &str) -> Result<Date, Reason> {
    crate::import::date(text).map_err(|bad| Reason::Value { column: column.to_owned(), bad })
}

fn filled<'a>(column: &str, text: &'a str) -> Result<&'a str, Reason> {
    if text.is_empty() {
        return Err(Reason::Blank { column: column.to_owned() });
    }
    Ok(text)
}
