//! Rows whose content a leaf vouches for: one digest over all rows of a table under one key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use crate::classes::columns_of;
use crate::db::{Tx, args};
use crate::{Backend, Store, StoreResult, hex};

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
    /// Whom the lines of a roster pay for.
    LinePersons,
    /// Why a roster differs from the month before.
    Reasons,
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
    /// The divisions of a province, by the first two digits of their codes; 0 for those whose codes are none.
    Divisions,
    /// One row that was set aside.
    Quarantine,
    /// One file that came through the interface. Its bytes are held by its digest.
    Inbox,
    /// One authorisation of a family.
    Authorisations,
    /// One row of who receives what.
    Receiving,
    /// One assessment.
    Assessments,
    /// One snapshot. Its files are held by its digest.
    Snapshots,
    /// One question to a source.
    Queries,
    /// The log-in of a member of staff.
    LogIns,
    /// The recovery codes of a member of staff.
    LogInCodes,
    /// Who a member of staff is at a provider.
    LogInLinks,
    /// One session, without the time of its last request, which is a clock and no deed.
    Sessions,
    /// One service of a department.
    Services,
    /// One legal hold.
    Holds,
    /// One erasure.
    Erasures,
    /// The letter of the answer to a question.
    Letters,
    /// One request to erase.
    Requests,
    /// The settings, under 0: without the canary and the place of a resealing, which are what the keys and a job say.
    Settings,
    /// One change of an administrator's account.
    AccountChanges,
}

impl Shelf {
    pub(crate) const ALL: [Self; 40] = [
        Self::Cases,
        Self::Visits,
        Self::Notices,
        Self::Rosters,
        Self::Lines,
        Self::LinePersons,
        Self::Reasons,
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
        Self::Divisions,
        Self::Quarantine,
        Self::Inbox,
        Self::Authorisations,
        Self::Receiving,
        Self::Assessments,
        Self::Snapshots,
        Self::Queries,
        Self::LogIns,
        Self::LogInCodes,
        Self::LogInLinks,
        Self::Sessions,
        Self::Services,
        Self::Holds,
        Self::Erasures,
        Self::Letters,
        Self::Requests,
        Self::Settings,
        Self::AccountChanges,
    ];

    /// The name of the table, as it stands in leaves and findings.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Visits => "visits",
            Self::Notices => "notices",
            Self::Rosters => "rosters",
            Self::Lines => "roster_lines",
            Self::LinePersons => "line_persons",
            Self::Reasons => "roster_reasons",
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
            Self::Divisions => "divisions",
            Self::Quarantine => "quarantine",
            Self::Inbox => "inbox",
            Self::Authorisations => "authorisations",
            Self::Receiving => "receiving",
            Self::Assessments => "assessments",
            Self::Snapshots => "snapshots",
            Self::Queries => "source_queries",
            Self::LogIns => "staff_accounts",
            Self::LogInCodes => "account_recovery",
            Self::LogInLinks => "account_subjects",
            Self::Sessions => "sessions",
            Self::Services => "service_accounts",
            Self::Holds => "legal_holds",
            Self::Erasures => "erasures",
            Self::Letters => "query_letters",
            Self::Requests => "erasure_requests",
            Self::Settings => "settings",
            Self::AccountChanges => "account_changes",
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

    /// Where the rows are, and how they are taken together.
    fn kept(self) -> Kept {
        let table = self.table();
        let by = |key| Kept { from: table, key, tables: &[], without: &[] };
        match self {
            Self::Postings => Kept {
                from: "ledger l LEFT JOIN ledger_entries e ON e.voucher = l.id",
                key: "l.roster",
                tables: &[("l.", "ledger"), ("e.", "ledger_entries")],
                without: &[],
            },
            Self::LinePersons => Kept {
                from: "line_persons p JOIN roster_lines l ON l.id = p.line",
                key: "l.roster",
                tables: &[("p.", "line_persons")],
                without: &[],
            },
            Self::Divisions => Kept {
                from: "(SELECT CASE WHEN substr(code, 1, 1) IN ('1', '2', '3', '4', '5', '6', '7', '8', '9') \
                       AND substr(code, 2, 1) IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') \
                       THEN CAST(substr(code, 1, 2) AS BIGINT) ELSE 0 END AS province, \
                       code, name, level, parent, class, valid_from, valid_to, successor FROM divisions) d",
                ..by("province")
            },
            Self::Settings => Kept {
                from: "(SELECT CAST(0 AS BIGINT) AS shelf, key, value FROM settings WHERE key NOT IN ('keys.canary', 'keys.reseal')) s",
                ..by("shelf")
            },
            // The time of the last request is a clock and no deed; an offered secret is none before it is taken.
            Self::Sessions => Kept { without: &["seen_at", "totp_offer"], ..by("id") },
            Self::Letters => by("query"),
            Self::Visits | Self::Notices => by("case_id"),
            Self::Lines | Self::Reasons => by("roster"),
            Self::AwardPersons => by("award"),
            Self::Memberships => by("person"),
            Self::StaffKin | Self::LogIns | Self::LogInCodes | Self::LogInLinks => by("staff"),
            Self::Accounts => by("household"),
            Self::LeadSheets => by("lead"),
            Self::Cases
            | Self::Rosters
            | Self::Deliveries
            | Self::Awards
            | Self::Persons
            | Self::Households
            | Self::Staff
            | Self::Events
            | Self::Leads
            | Self::Observations
            | Self::Quarantine
            | Self::Inbox
            | Self::Authorisations
            | Self::Receiving
            | Self::Assessments
            | Self::Snapshots
            | Self::Queries
            | Self::Services
            | Self::Holds
            | Self::Erasures
            | Self::Requests
            | Self::AccountChanges => by("id"),
        }
    }

    /// The fixed texts about this table.
    fn texts(self, backend: Backend) -> &'static Texts {
        type All = BTreeMap<Shelf, Texts>;
        let of = |backend| Shelf::ALL.into_iter().map(|s| (s, s.kept().texts(s.table(), backend))).collect();
        static SQLITE: OnceLock<All> = OnceLock::new();
        static POSTGRES: OnceLock<All> = OnceLock::new();
        static NONE: Texts = Texts { row: String::new(), between: String::new(), keys: String::new() };
        let all = match backend {
            Backend::Sqlite => SQLITE.get_or_init(|| of(Backend::Sqlite)),
            Backend::Postgres => POSTGRES.get_or_init(|| of(Backend::Postgres)),
        };
        all.get(&self).unwrap_or(&NONE)
    }

    /// The number of the lock that whoever changes rows under a key holds.
    pub(super) fn lock(self, key: i64) -> i64 {
        let shelf = Self::ALL.iter().position(|s| *s == self).and_then(|at| i64::try_from(at).ok());
        shelf.unwrap_or(0) << 48 ^ key
    }

    /// The digest under each key of a range that has rows, as the transaction sees them.
    pub(super) async fn between(
        self,
        tx: &mut Tx,
        first: i64,
        last: i64,
    ) -> StoreResult<BTreeMap<i64, String>> {
        let mut sums = Sums::default();
        tx.stream(&self.texts(tx.backend).between, args![first, last], |c| sums.add(c.int()?, &c.text()?))
            .await?;
        Ok(sums.finish())
    }

    /// The same as it stands in the database.
    pub(super) async fn stored_between(
        self,
        store: &Store,
        first: i64,
        last: i64,
    ) -> StoreResult<BTreeMap<i64, String>> {
        let mut sums = Sums::default();
        store
            .db
            .stream(&self.texts(store.backend()).between, args![first, last], |c| {
                sums.add(c.int()?, &c.text()?)
            })
            .await?;
        Ok(sums.finish())
    }

    /// The digest under a key as it stands in the database.
    pub(super) async fn stored(self, store: &Store, key: i64) -> StoreResult<String> {
        Ok(self.stored_between(store, key, key).await?.remove(&key).unwrap_or_else(nothing))
    }

    /// Every key that has rows.
    pub(super) async fn stored_keys(self, store: &Store) -> StoreResult<BTreeSet<i64>> {
        Ok(store
            .db
            .fetch(&self.texts(store.backend()).keys, args![], |c| c.int())
            .await?
            .into_iter()
            .collect())
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

/// Where rows are kept that belong to one key.
struct Kept {
    from: &'static str,
    key: &'static str,
    /// Whose columns count, each after a word before its name; the table itself where there is none.
    tables: &'static [(&'static str, &'static str)],
    /// Columns that do not count.
    without: &'static [&'static str],
}

struct Texts {
    /// One row as a text.
    row: String,
    /// Key and row of the keys from $1 to $2, in the order of the keys.
    between: String,
    /// Every key once.
    keys: String,
}

impl Kept {
    fn texts(&self, table: &'static str, backend: Backend) -> Texts {
        let Self { from, key, .. } = self;
        let row = self.row(table, backend);
        Texts {
            between: format!(
                "SELECT {key}, {row} FROM {from} WHERE {key} >= $1 AND {key} <= $2 ORDER BY {key}"
            ),
            keys: format!("SELECT DISTINCT {key} FROM {from}"),
            row,
        }
    }

    /// A row as one text. Each cell comes with its length, so that no two contents give the same text. SQLite keeps a value of
    /// a kind that its column is not for, and does not find it where the right one is looked for: such a kind stands in the
    /// text, too.
    fn row(&self, table: &'static str, backend: Backend) -> String {
        let tables = if self.tables.is_empty() { &[("", table)] } else { self.tables };
        let names = tables.iter().flat_map(|(word, table)| {
            columns_of(table).into_iter().map(move |column| (column, format!("{word}{column}")))
        });
        let cells = names.filter(|(column, _)| !self.without.contains(column)).map(|(_, name)| {
            let kind = match backend {
                Backend::Sqlite => {
                    format!(
                        "CASE WHEN typeof({name}) IN ('blob', 'real') THEN typeof({name}) ELSE '' END || "
                    )
                }
                Backend::Postgres => String::new(),
            };
            format!("coalesce({kind}octet_length(CAST({name} AS TEXT)) || ':' || CAST({name} AS TEXT), '-')")
        });
        cells.collect::<Vec<_>>().join(" || ")
    }
}

/// The digest of the rows under each of some keys as the transaction sees them, in their order. One statement for all:
/// what an audited change costs is mostly the ways to the database and back.
pub(super) async fn digests(tx: &mut Tx, keys: &[(Shelf, i64)]) -> StoreResult<Vec<String>> {
    let mut all = Vec::with_capacity(keys.len());
    for some in keys.chunks(AT_ONCE) {
        let mut args = args![];
        let mut arms = Vec::with_capacity(some.len());
        for (at, (shelf, key)) in some.iter().enumerate() {
            let Kept { from, key: column, .. } = shelf.kept();
            let row = &shelf.texts(tx.backend).row;
            arms.push(format!("SELECT {at}, {row} FROM {from} WHERE {column} = ${}", at + 1));
            args.push(*key)?;
        }
        let mut rows = vec![Rows::default(); some.len()];
        let found = tx
            .fetch_built(arms.join(" UNION ALL "), args, |c| Ok((usize::try_from(c.int()?).ok(), c.text()?)))
            .await?;
        for (at, row) in found {
            if let Some(rows) = at.and_then(|at| rows.get_mut(at)) {
                rows.add(&row);
            }
        }
        all.extend(rows.into_iter().map(Rows::digest));
    }
    Ok(all)
}

/// Keys of one statement. The texts of a few are prepared once for each mix of tables.
pub(super) const AT_ONCE: usize = 12;

/// Rows of one key: the digest is over their own digests in order, whatever order a database gives them in.
#[derive(Clone, Default)]
struct Rows(Vec<[u8; 32]>);

impl Rows {
    fn add(&mut self, row: &str) {
        self.0.push(Sha256::digest(row).into());
    }

    fn digest(mut self) -> String {
        self.0.sort_unstable();
        let mut sum = Sha256::new();
        self.0.iter().for_each(|row| sum.update(row));
        hex(&sum.finalize())
    }
}

/// Rows as they go by, ordered by their keys.
#[derive(Default)]
struct Sums {
    done: BTreeMap<i64, String>,
    open: Option<(i64, Rows)>,
}

impl Sums {
    fn add(&mut self, key: i64, row: &str) -> StoreResult<()> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != key) {
            self.close();
            self.open = Some((key, Rows::default()));
        }
        if let Some((_, rows)) = &mut self.open {
            rows.add(row);
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some((key, rows)) = self.open.take() {
            self.done.insert(key, rows.digest());
        }
    }

    fn finish(mut self) -> BTreeMap<i64, String> {
        self.close();
        self.done
    }
}
