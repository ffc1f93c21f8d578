//! Rows whose content a leaf vouches for: one digest over all rows of a table under one key.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::db::{Args, Cells, Tx, args};
use crate::{Store, StoreResult, hex};

/// A table and the column that its rows are taken together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shelf {
    /// One case.
    Cases,
    /// The visits of a case.
    Visits,
    /// The notices of a case.
    Notices,
    /// One roster.
    Rosters,
    /// The lines of a roster.
    Lines,
    /// The postings of a roster.
    Postings,
    /// One delivery.
    Deliveries,
}

impl Shelf {
    pub(crate) const ALL: [Self; 7] = [
        Self::Cases,
        Self::Visits,
        Self::Notices,
        Self::Rosters,
        Self::Lines,
        Self::Postings,
        Self::Deliveries,
    ];

    /// The name of the table, as it stands in leaves and findings.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Visits => "visits",
            Self::Notices => "notices",
            Self::Rosters => "rosters",
            Self::Lines => "roster_lines",
            Self::Postings => "ledger_entries",
            Self::Deliveries => "deliveries",
        }
    }

    /// The name of the field of a leaf that holds the digest under a key.
    pub(crate) fn field(self, key: &str) -> String {
        format!("rows.{}.{key}", self.table())
    }

    /// The shelf and key of a field.
    pub(crate) fn of_field(name: &str) -> Option<(Self, &str)> {
        let (table, key) = name.strip_prefix("rows.")?.split_once('.')?;
        Some((Self::ALL.into_iter().find(|s| s.table() == table)?, key))
    }

    /// Every column as text, in one order; and the number of columns.
    fn select(self) -> (&'static str, usize) {
        match self {
            Self::Cases => (
                "SELECT CAST(id AS TEXT), CAST(household AS TEXT), division, programme, origin, CAST(lead AS TEXT), status, CAST(is_open AS TEXT), CAST(assigned AS TEXT), opened_on, due_on, due_step, promised_on, CAST(version AS TEXT), data FROM cases WHERE id = $1",
                15,
            ),
            Self::Visits => (
                "SELECT CAST(id AS TEXT), CAST(case_id AS TEXT), CAST(household AS TEXT), CAST(position AS TEXT), visited_on, recorded_on, data FROM visits WHERE case_id = $1 ORDER BY position, id",
                7,
            ),
            Self::Notices => (
                "SELECT CAST(id AS TEXT), CAST(case_id AS TEXT), CAST(household AS TEXT), division, kind, issued_on, until_on, zh, en, data FROM notices WHERE case_id = $1 ORDER BY id",
                10,
            ),
            Self::Rosters => (
                "SELECT CAST(id AS TEXT), programme, period, state, CAST(made_by AS TEXT), made_on, CAST(sealed_by AS TEXT), sealed_on, seal_digest, exported_on, acknowledged_on, differences, CAST(version AS TEXT) FROM rosters WHERE id = $1",
                13,
            ),
            Self::Lines => (
                "SELECT id, CAST(roster AS TEXT), CAST(award AS TEXT), programme, exclusive_group, CAST(household AS TEXT), beneficiary, period, purpose, CAST(revision AS TEXT), replaces, replaced_by, CAST(amount AS TEXT), state, bank_reason FROM roster_lines WHERE roster = $1 ORDER BY id",
                15,
            ),
            Self::Postings => (
                "SELECT l.id, CAST(l.position AS TEXT), l.kind, CAST(l.roster AS TEXT), l.happened_on, CAST(e.position AS TEXT), e.account, e.line, CAST(e.debit AS TEXT), CAST(e.credit AS TEXT) FROM ledger l LEFT JOIN ledger_entries e ON e.voucher = l.id WHERE l.roster = $1 ORDER BY l.position, e.position",
                10,
            ),
            Self::Deliveries => (
                "SELECT CAST(id AS TEXT), feed, period, file_name, digest, encoding, CAST(row_count AS TEXT), CAST(accepted AS TEXT), CAST(quarantined AS TEXT), CAST(facts AS TEXT), received_on, CAST(received_by AS TEXT), as_of, path, path_digest, state FROM deliveries WHERE id = $1",
                16,
            ),
        }
    }

    fn keys(self) -> &'static str {
        match self {
            Self::Cases => "SELECT id FROM cases",
            Self::Visits => "SELECT DISTINCT case_id FROM visits",
            Self::Notices => "SELECT DISTINCT case_id FROM notices",
            Self::Rosters => "SELECT id FROM rosters",
            Self::Lines => "SELECT DISTINCT roster FROM roster_lines",
            Self::Postings => "SELECT DISTINCT roster FROM ledger",
            Self::Deliveries => "SELECT id FROM deliveries",
        }
    }

    /// The digest of the rows under a key as the transaction sees them.
    pub(crate) async fn digest(self, tx: &mut Tx, key: &str) -> StoreResult<String> {
        let (sql, columns) = self.select();
        Ok(sum(&tx.fetch(sql, key_args(key)?, |c| cells(c, columns)).await?))
    }

    /// The digest as it stands in the database.
    pub(super) async fn stored(self, store: &Store, key: &str) -> StoreResult<String> {
        let (sql, columns) = self.select();
        Ok(sum(&store.db.fetch(sql, key_args(key)?, |c| cells(c, columns)).await?))
    }

    /// Every key that has rows.
    pub(super) async fn stored_keys(self, store: &Store) -> StoreResult<BTreeSet<String>> {
        let keys = store.db.fetch(self.keys(), args![], |c| Ok(c.int()?.to_string())).await?;
        Ok(keys.into_iter().collect())
    }
}

fn key_args(key: &str) -> StoreResult<Args> {
    let key: i64 = key.parse().map_err(|_| crate::StoreError::corrupt(key))?;
    Ok(args![key])
}

fn cells(c: &mut Cells<'_>, columns: usize) -> StoreResult<Vec<Option<String>>> {
    (0..columns).map(|_| c.opt_text()).collect()
}

/// Each cell with its length, so that no two contents give the same bytes.
fn sum(rows: &[Vec<Option<String>>]) -> String {
    let mut sum = Sha256::new();
    for row in rows {
        for cell in row {
            match cell {
                Some(text) => {
                    sum.update(format!("{}:", text.len()));
                    sum.update(text);
                }
                None => sum.update("-"),
            }
        }
        sum.update("\n");
    }
    hex(&sum.finalize())
}
