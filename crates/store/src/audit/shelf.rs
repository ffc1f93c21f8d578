//! Rows whose content a leaf vouches for: one digest over all rows of a table under one key.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::db::{Cells, Tx, args};
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
    /// One award.
    Awards,
    /// Whom an award covers.
    AwardPersons,
    /// One person.
    Persons,
    /// One household.
    Households,
    /// The memberships of a person.
    Memberships,
    /// One member of staff.
    Staff,
    /// The near relatives of a member of staff.
    StaffKin,
    /// The account of a household.
    Accounts,
    /// One entry of a chain.
    Events,
    /// One lead.
    Leads,
    /// What a lead stands on.
    LeadSheets,
    /// One observation.
    Observations,
    /// One legal hold.
    Holds,
    /// One erasure.
    Erasures,
}

impl Shelf {
    pub(crate) const ALL: [Self; 21] = [
        Self::Cases,
        Self::Visits,
        Self::Notices,
        Self::Rosters,
        Self::Lines,
        Self::Postings,
        Self::Deliveries,
        Self::Awards,
        Self::AwardPersons,
        Self::Persons,
        Self::Households,
        Self::Memberships,
        Self::Staff,
        Self::StaffKin,
        Self::Accounts,
        Self::Events,
        Self::Leads,
        Self::LeadSheets,
        Self::Observations,
        Self::Holds,
        Self::Erasures,
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
            Self::Awards => "awards",
            Self::AwardPersons => "award_persons",
            Self::Persons => "persons",
            Self::Households => "households",
            Self::Memberships => "memberships",
            Self::Staff => "staff",
            Self::StaffKin => "staff_kin",
            Self::Accounts => "accounts",
            Self::Events => "events",
            Self::Leads => "leads",
            Self::LeadSheets => "lead_sheets",
            Self::Observations => "observations",
            Self::Holds => "legal_holds",
            Self::Erasures => "erasures",
        }
    }

    /// The name of the field of a leaf that holds the digest under a key.
    pub(super) fn field(self, key: i64) -> String {
        format!("rows.{}.{key}", self.table())
    }

    /// The name of the field with the digest before the change.
    pub(super) fn field_before(self, key: i64) -> String {
        format!("was.{}.{key}", self.table())
    }

    /// The name of the field with the digest that a run was made of, where the leaf that told it is erased.
    pub(super) fn field_of_origin(self, key: i64) -> String {
        format!("orig.{}.{key}", self.table())
    }

    /// The name of the field with one digest over many keys.
    pub(super) fn field_of_run(self, first: i64, last: i64) -> String {
        format!("run.{}.{first}-{last}", self.table())
    }

    /// The shelf of a table.
    pub(crate) fn of_table(table: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.table() == table)
    }

    /// The key, then every column as text in one order, for keys in a range; and the number of columns. The order names the
    /// table, since PostgreSQL would take a bare name for the text that is selected.
    fn select(self) -> (&'static str, usize) {
        match self {
            Self::Cases => (
                "SELECT id, CAST(id AS TEXT), CAST(household AS TEXT), division, programme, origin, CAST(lead AS TEXT), status, CAST(is_open AS TEXT), CAST(assigned AS TEXT), opened_on, due_on, due_step, promised_on, CAST(version AS TEXT), data FROM cases WHERE id >= $1 AND id <= $2 ORDER BY cases.id",
                15,
            ),
            Self::Visits => (
                "SELECT case_id, CAST(id AS TEXT), CAST(case_id AS TEXT), CAST(household AS TEXT), CAST(position AS TEXT), visited_on, recorded_on, data FROM visits WHERE case_id >= $1 AND case_id <= $2 ORDER BY visits.case_id, visits.position, visits.id",
                7,
            ),
            Self::Notices => (
                "SELECT case_id, CAST(id AS TEXT), CAST(case_id AS TEXT), CAST(household AS TEXT), division, kind, issued_on, until_on, zh, en, data FROM notices WHERE case_id >= $1 AND case_id <= $2 ORDER BY notices.case_id, notices.id",
                10,
            ),
            Self::Rosters => (
                "SELECT id, CAST(id AS TEXT), programme, period, state, CAST(made_by AS TEXT), made_on, CAST(sealed_by AS TEXT), sealed_on, seal_digest, exported_on, acknowledged_on, differences, CAST(version AS TEXT) FROM rosters WHERE id >= $1 AND id <= $2 ORDER BY rosters.id",
                13,
            ),
            Self::Lines => (
                "SELECT roster, id, CAST(roster AS TEXT), CAST(award AS TEXT), programme, exclusive_group, CAST(household AS TEXT), beneficiary, period, purpose, CAST(revision AS TEXT), replaces, replaced_by, CAST(amount AS TEXT), state, bank_reason FROM roster_lines WHERE roster >= $1 AND roster <= $2 ORDER BY roster_lines.roster, roster_lines.id",
                15,
            ),
            Self::Postings => (
                "SELECT l.roster, l.id, CAST(l.position AS TEXT), l.kind, CAST(l.roster AS TEXT), l.happened_on, CAST(e.position AS TEXT), e.account, e.line, CAST(e.debit AS TEXT), CAST(e.credit AS TEXT) FROM ledger l LEFT JOIN ledger_entries e ON e.voucher = l.id WHERE l.roster >= $1 AND l.roster <= $2 ORDER BY l.roster, l.position, e.position",
                10,
            ),
            Self::Deliveries => (
                "SELECT id, CAST(id AS TEXT), feed, period, file_name, digest, encoding, CAST(row_count AS TEXT), CAST(accepted AS TEXT), CAST(quarantined AS TEXT), CAST(facts AS TEXT), received_on, CAST(received_by AS TEXT), as_of, path, path_digest, state FROM deliveries WHERE id >= $1 AND id <= $2 ORDER BY deliveries.id",
                16,
            ),
            Self::Awards => (
                "SELECT id, CAST(id AS TEXT), CAST(case_id AS TEXT), programme, exclusive_group, CAST(household AS TEXT), beneficiary, CAST(amount AS TEXT), kind, from_month, to_month, reasons FROM awards WHERE id >= $1 AND id <= $2 ORDER BY awards.id",
                11,
            ),
            Self::AwardPersons => (
                "SELECT award, CAST(award AS TEXT), CAST(person AS TEXT) FROM award_persons WHERE award >= $1 AND award <= $2 ORDER BY award_persons.award, award_persons.person",
                2,
            ),
            Self::Persons => (
                "SELECT id, CAST(id AS TEXT), number, number_index, name, name_folded, sex, birth, died, hukou, ethnic FROM persons WHERE id >= $1 AND id <= $2 ORDER BY persons.id",
                10,
            ),
            Self::Households => (
                "SELECT id, CAST(id AS TEXT), code, division, class, address FROM households WHERE id >= $1 AND id <= $2 ORDER BY households.id",
                5,
            ),
            Self::Memberships => (
                "SELECT person, CAST(household AS TEXT), CAST(person AS TEXT), kind, relation, from_on, to_on FROM memberships WHERE person >= $1 AND person <= $2 ORDER BY memberships.person, memberships.kind, memberships.from_on",
                6,
            ),
            Self::Staff => (
                "SELECT id, CAST(id AS TEXT), name, post, division FROM staff WHERE id >= $1 AND id <= $2 ORDER BY staff.id",
                4,
            ),
            Self::StaffKin => (
                "SELECT staff, CAST(staff AS TEXT), CAST(person AS TEXT), relation FROM staff_kin WHERE staff >= $1 AND staff <= $2 ORDER BY staff_kin.staff, staff_kin.person",
                3,
            ),
            Self::Accounts => (
                "SELECT household, CAST(household AS TEXT), holder, bank, account FROM accounts WHERE household >= $1 AND household <= $2 ORDER BY accounts.household",
                4,
            ),
            Self::Events => (
                "SELECT id, CAST(id AS TEXT), CAST(household AS TEXT), CAST(case_id AS TEXT), kind, happened_on, CAST(actor AS TEXT), actor_name, content FROM events WHERE id >= $1 AND id <= $2 ORDER BY events.id",
                8,
            ),
            Self::Leads => (
                "SELECT id, CAST(id AS TEXT), kind, CAST(kind_rank AS TEXT), outcome, CAST(household AS TEXT), division, CAST(person AS TEXT), CAST(met AS TEXT), urgency, CAST(urgency_rank AS TEXT), CAST(open_count AS TEXT), content, period, created_on, due_on, status, CAST(assigned_to AS TEXT), CAST(case_id AS TEXT), closed_on, result FROM leads WHERE id >= $1 AND id <= $2 ORDER BY leads.id",
                20,
            ),
            Self::LeadSheets => (
                "SELECT lead, CAST(lead AS TEXT), sheet FROM lead_sheets WHERE lead >= $1 AND lead <= $2 ORDER BY lead_sheets.lead",
                2,
            ),
            Self::Observations => (
                "SELECT id, CAST(id AS TEXT), subject_kind, CAST(subject AS TEXT), source, origin_kind, CAST(origin AS TEXT), CAST(line AS TEXT), grade, valid_from, valid_to, recorded_at, CAST(recorded_by AS TEXT), payload FROM observations WHERE id >= $1 AND id <= $2 ORDER BY observations.id",
                13,
            ),
            Self::Holds => (
                "SELECT id, CAST(id AS TEXT), CAST(household AS TEXT), reason, since_on, CAST(set_by AS TEXT), released_on, CAST(released_by AS TEXT), release_reason FROM legal_holds WHERE id >= $1 AND id <= $2 ORDER BY legal_holds.id",
                8,
            ),
            Self::Erasures => (
                "SELECT id, CAST(id AS TEXT), CAST(household AS TEXT), basis, state, parts, proposed_on, CAST(proposed_by AS TEXT), settled_on, CAST(settled_by AS TEXT) FROM erasures WHERE id >= $1 AND id <= $2 ORDER BY erasures.id",
                9,
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
            Self::Awards => "SELECT id FROM awards",
            Self::AwardPersons => "SELECT DISTINCT award FROM award_persons",
            Self::Persons => "SELECT id FROM persons",
            Self::Households => "SELECT id FROM households",
            Self::Memberships => "SELECT DISTINCT person FROM memberships",
            Self::Staff => "SELECT id FROM staff",
            Self::StaffKin => "SELECT DISTINCT staff FROM staff_kin",
            Self::Accounts => "SELECT household FROM accounts",
            Self::Events => "SELECT id FROM events",
            Self::Leads => "SELECT id FROM leads",
            Self::LeadSheets => "SELECT lead FROM lead_sheets",
            Self::Observations => "SELECT id FROM observations",
            Self::Holds => "SELECT id FROM legal_holds",
            Self::Erasures => "SELECT id FROM erasures",
        }
    }

    /// The digest of the rows under a key as the transaction sees them.
    pub(crate) async fn digest(self, tx: &mut Tx, key: i64) -> StoreResult<String> {
        Ok(self.digests(tx, key, key).await?.remove(&key).unwrap_or_else(nothing))
    }

    /// The digest under each key of a range that has rows, as the transaction sees them.
    pub(super) async fn digests(
        self,
        tx: &mut Tx,
        first: i64,
        last: i64,
    ) -> StoreResult<BTreeMap<i64, String>> {
        let (sql, columns) = self.select();
        let mut sums = Sums::default();
        tx.each(sql.to_owned(), args![first, last], |c| sums.add(c, columns)).await?;
        Ok(sums.finish())
    }

    /// The same as it stands in the database.
    pub(super) async fn stored_between(
        self,
        store: &Store,
        first: i64,
        last: i64,
    ) -> StoreResult<BTreeMap<i64, String>> {
        let (sql, columns) = self.select();
        let mut sums = Sums::default();
        store.db.stream(sql, args![first, last], |c| sums.add(c, columns)).await?;
        Ok(sums.finish())
    }

    /// The digest under a key as it stands in the database.
    pub(super) async fn stored(self, store: &Store, key: i64) -> StoreResult<String> {
        Ok(self.stored_between(store, key, key).await?.remove(&key).unwrap_or_else(nothing))
    }

    /// Every key that has rows.
    pub(super) async fn stored_keys(self, store: &Store) -> StoreResult<BTreeSet<i64>> {
        Ok(store.db.fetch(self.keys(), args![], |c| c.int()).await?.into_iter().collect())
    }
}

/// What a field of a leaf says of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The digest of the rows under a key.
    Rows(Shelf, i64),
    /// The digest before the change.
    Before(Shelf, i64),
    /// The digest that the run around a key was made of, in place of all that was said before.
    Origin(Shelf, i64),
    /// One digest over the keys from the first to the last.
    Run(Shelf, i64, i64),
}

impl Told {
    pub(super) fn of_field(name: &str) -> Option<Self> {
        let (kind, rest) = name.split_once('.')?;
        let (table, key) = rest.split_once('.')?;
        let shelf = Shelf::of_table(table)?;
        match kind {
            "rows" => Some(Self::Rows(shelf, key.parse().ok()?)),
            "was" => Some(Self::Before(shelf, key.parse().ok()?)),
            "orig" => Some(Self::Origin(shelf, key.parse().ok()?)),
            "run" => {
                let (first, last) = key.split_once('-')?;
                Some(Self::Run(shelf, first.parse().ok()?, last.parse().ok()?))
            }
            _ => None,
        }
    }
}

/// The digest of no rows.
pub(super) fn nothing() -> String {
    hex(&Sha256::new().finalize())
}

/// One digest over the digests of many keys; those without rows do not count.
pub(super) fn over(digests: &BTreeMap<i64, String>) -> String {
    let nothing = nothing();
    let mut sum = Sha256::new();
    for (key, digest) in digests.iter().filter(|(_, digest)| **digest != nothing) {
        sum.update(format!("{key}:{digest}\n"));
    }
    hex(&sum.finalize())
}

/// Rows as they go by, taken together by their keys. Each cell comes with its length, so that no two contents give the
/// same bytes.
#[derive(Default)]
struct Sums {
    done: BTreeMap<i64, String>,
    open: Option<(i64, Sha256)>,
}

impl Sums {
    fn add(&mut self, c: &mut Cells<'_>, columns: usize) -> StoreResult<()> {
        let key = c.int()?;
        if self.open.as_ref().is_none_or(|(open, _)| *open != key) {
            self.close();
            self.open = Some((key, Sha256::new()));
        }
        let Some((_, sum)) = &mut self.open else { return Ok(()) };
        for _ in 0..columns {
            match c.opt_text()? {
                Some(text) => {
                    sum.update(format!("{}:", text.len()));
                    sum.update(text);
                }
                None => sum.update("-"),
            }
        }
        sum.update("\n");
        Ok(())
    }

    fn close(&mut self) {
        if let Some((key, sum)) = self.open.take() {
            self.done.insert(key, hex(&sum.finalize()));
        }
    }

    fn finish(mut self) -> BTreeMap<i64, String> {
        self.close();
        self.done
    }
}
