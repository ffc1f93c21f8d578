//! 数据分级表: every column of the database, how much harm it does in the wrong hands, and whether it is sealed. A test
//! compares the table with the schema of both databases: a column without a line fails, and so does a sensitive one
//! that is neither sealed nor has a reason.

use doudi_access::DataClass;

/// A sealed column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The class, whose key seals it.
    pub class: DataClass,
}

const fn field(table: &'static str, column: &'static str, class: DataClass) -> Field {
    Field { table, column, class }
}

use DataClass::{C0, C1, C2, C3, C4};

pub(crate) const CANARY: Field = field("settings", "value", C4);
pub(crate) const PERSON_NUMBER: Field = field("persons", "number", C4);
pub(crate) const HOUSEHOLD_ADDRESS: Field = field("households", "address", C3);
pub(crate) const QUARANTINE_ZH: Field = field("quarantine", "zh", C3);
pub(crate) const QUARANTINE_EN: Field = field("quarantine", "en", C3);
pub(crate) const QUARANTINE_SHOWN: Field = field("quarantine", "shown", C4);
pub(crate) const OBSERVATION_PAYLOAD: Field = field("observations", "payload", C4);
pub(crate) const RECEIVING_TAIL: Field = field("receiving", "account_tail", C4);
pub(crate) const LEAD_CONTENT: Field = field("leads", "content", C4);
pub(crate) const LEAD_SHEET: Field = field("lead_sheets", "sheet", C4);
pub(crate) const EVENT_CONTENT: Field = field("events", "content", C4);
pub(crate) const ASSESSMENT_SHEET: Field = field("assessments", "sheet", C4);
pub(crate) const ASSESSMENT_RESULT: Field = field("assessments", "result", C4);
pub(crate) const ASSESSMENT_DIGEST: Field = field("assessments", "digest", C4);
pub(crate) const CASE_DATA: Field = field("cases", "data", C4);
pub(crate) const VISIT_DATA: Field = field("visits", "data", C4);
pub(crate) const NOTICE_ZH: Field = field("notices", "zh", C4);
pub(crate) const NOTICE_EN: Field = field("notices", "en", C4);
pub(crate) const NOTICE_DATA: Field = field("notices", "data", C4);
pub(crate) const AWARD_REASONS: Field = field("awards", "reasons", C3);
pub(crate) const ACCOUNT_HOLDER: Field = field("accounts", "holder", C4);
pub(crate) const ACCOUNT_NUMBER: Field = field("accounts", "account", C4);
pub(crate) const ROSTER_DIFFERENCES: Field = field("rosters", "differences", C3);
pub(crate) const REASON_ZH: Field = field("roster_reasons", "zh", C3);
pub(crate) const REASON_EN: Field = field("roster_reasons", "en", C3);
pub(crate) const LINE_REASON: Field = field("roster_lines", "bank_reason", C3);
pub(crate) const ACCOUNT_TOTP: Field = field("staff_accounts", "totp", C4);
pub(crate) const SESSION_OFFER: Field = field("sessions", "totp_offer", C4);
pub(crate) const HOLD_REASON: Field = field("legal_holds", "reason", C4);
pub(crate) const HOLD_RELEASE: Field = field("legal_holds", "release_reason", C4);
pub(crate) const LETTER_NUMBER: Field = field("query_letters", "number", C4);
pub(crate) const REQUEST_ASKED: Field = field("erasure_requests", "asked_by", C4);
pub(crate) const REQUEST_REASON: Field = field("erasure_requests", "reason", C4);
pub(crate) const INBOX_CONTENT: Field = field("inbox_parts", "content", C4);

/// How a column keeps what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Only ever sealed.
    Sealed,
    /// A blind index: tells that two rows are equal, and nothing else without the key.
    Index,
    /// As it is. For a sensitive column the reason stands here.
    Clear(&'static str),
}

/// A column with its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The class.
    pub class: DataClass,
    /// How it is kept.
    pub kept: Kept,
}

/// Columns of one table that are kept as they are, of one class and for one reason.
struct Clear(&'static str, DataClass, &'static str, &'static [&'static str]);

const WHO_GETS_WHAT: &str = "every list, roster and rule against double payment works on it, and which help a family gets is announced in its village by law; the facts behind it are sealed";
const SUMS: &str = "the database adds it up and refuses impossible amounts; what a family gets is announced in its village by law, and what it earns is sealed";

const ONE_WAY: &str = "it is a digest of random bytes that nobody can guess, and every log-in is found by it";

const CLEAR: &[Clear] = &[
    Clear("schema_migrations", C1, "", &["id", "name", "digest"]),
    Clear("sequences", C1, "", &["name", "next"]),
    Clear("settings", C1, "", &["key", "value"]),
    Clear(
        "divisions",
        C0,
        "",
        &["code", "name", "level", "parent", "class", "valid_from", "valid_to", "successor"],
    ),
    Clear("staff", C2, "", &["id", "name", "post", "division"]),
    Clear("staff_kin", C2, "", &["staff", "person", "relation"]),
    Clear("persons", C2, "", &["id", "name", "name_folded", "sex", "birth", "died", "hukou", "ethnic"]),
    Clear("households", C2, "", &["id", "code", "division", "class"]),
    Clear("memberships", C2, "", &["household", "person", "kind", "relation", "from_on", "to_on"]),
    Clear(
        "deliveries",
        C1,
        "",
        &[
            "id",
            "feed",
            "period",
            "file_name",
            "digest",
            "encoding",
            "row_count",
            "accepted",
            "quarantined",
            "facts",
            "received_on",
            "received_by",
            "as_of",
            "path",
            "path_digest",
            "state",
        ],
    ),
    Clear("quarantine", C1, "", &["id", "delivery", "line", "code", "field"]),
    Clear(
        "observations",
        C2,
        "",
        &[
            "id",
            "subject_kind",
            "subject",
            "source",
            "origin_kind",
            "origin",
            "line",
            "grade",
            "valid_from",
            "valid_to",
            "recorded_at",
            "recorded_by",
        ],
    ),
    Clear("authorisations", C2, "", &["id", "code", "household", "from_on", "to_on", "revoked_on"]),
    Clear(
        "receiving",
        C2,
        "",
        &["id", "household", "person", "from_month", "to_month", "next_review", "award"],
    ),
    Clear("receiving", C3, WHO_GETS_WHAT, &["programme"]),
    Clear("receiving", C3, SUMS, &["amount"]),
    Clear(
        "snapshots",
        C1,
        "",
        &[
            "id",
            "period",
            "as_of",
            "digest",
            "path",
            "households",
            "persons",
            "facts",
            "package_hash",
            "manifest",
            "made_on",
        ],
    ),
    Clear(
        "leads",
        C2,
        "",
        &[
            "id",
            "kind",
            "kind_rank",
            "household",
            "division",
            "person",
            "met",
            "urgency",
            "urgency_rank",
            "open_count",
            "period",
            "created_on",
            "due_on",
            "status",
            "assigned_to",
            "case_id",
            "closed_on",
            "result",
        ],
    ),
    Clear(
        "leads",
        C3,
        "the work list is filtered by it and a sweep raises nothing twice by it; why, and with which facts, is sealed",
        &["outcome"],
    ),
    Clear("lead_sheets", C2, "", &["lead"]),
    Clear("events", C2, "", &["id", "household", "case_id", "kind", "happened_on", "actor", "actor_name"]),
    Clear(
        "assessments",
        C2,
        "",
        &["id", "household", "case_id", "period", "as_of", "mode", "package_hash", "made_on", "made_by"],
    ),
    Clear("assessments", C3, WHO_GETS_WHAT, &["programme"]),
    Clear(
        "cases",
        C2,
        "",
        &[
            "id",
            "household",
            "division",
            "origin",
            "lead",
            "status",
            "is_open",
            "assigned",
            "opened_on",
            "due_on",
            "due_step",
            "promised_on",
            "version",
        ],
    ),
    Clear("cases", C3, WHO_GETS_WHAT, &["programme"]),
    Clear("visits", C2, "", &["id", "case_id", "household", "position", "visited_on", "recorded_on"]),
    Clear("notices", C2, "", &["id", "case_id", "household", "division", "kind", "issued_on", "until_on"]),
    Clear("awards", C2, "", &["id", "case_id", "household", "beneficiary", "kind", "from_month", "to_month"]),
    Clear("awards", C3, WHO_GETS_WHAT, &["programme", "exclusive_group"]),
    Clear("awards", C3, SUMS, &["amount"]),
    Clear("award_persons", C2, "", &["award", "person"]),
    Clear("accounts", C2, "", &["household", "bank"]),
    Clear(
        "rosters",
        C1,
        "",
        &[
            "id",
            "programme",
            "period",
            "state",
            "made_by",
            "made_on",
            "sealed_by",
            "sealed_on",
            "seal_digest",
            "exported_on",
            "acknowledged_on",
            "version",
        ],
    ),
    Clear("roster_reasons", C2, "", &["roster", "beneficiary"]),
    Clear(
        "roster_lines",
        C2,
        "",
        &[
            "id",
            "roster",
            "award",
            "household",
            "beneficiary",
            "period",
            "purpose",
            "revision",
            "replaces",
            "replaced_by",
            "state",
        ],
    ),
    Clear("roster_lines", C3, WHO_GETS_WHAT, &["programme", "exclusive_group"]),
    Clear("roster_lines", C3, SUMS, &["amount"]),
    Clear("line_persons", C2, "", &["line", "person", "period", "live"]),
    Clear("line_persons", C3, WHO_GETS_WHAT, &["exclusive_group"]),
    Clear("ledger", C1, "", &["id", "position", "kind", "roster", "happened_on"]),
    Clear("ledger_entries", C2, "", &["voucher", "position", "account", "line"]),
    Clear("ledger_entries", C3, SUMS, &["debit", "credit"]),
    Clear(
        "audit_leaves",
        C2,
        "",
        &["id", "made_ms", "kind", "commitment", "actor", "subject", "salt", "payload", "position"],
    ),
    Clear("audit_shown", C2, "", &["leaf", "household"]),
    Clear(
        "source_queries",
        C2,
        "",
        &[
            "id",
            "household",
            "subject_kind",
            "subject",
            "source",
            "dispute",
            "held",
            "asked_on",
            "asked_by",
            "answered_on",
            "answered_by",
            "outcome",
            "due_on",
        ],
    ),
    Clear(
        "source_queries",
        C3,
        "the database holds that the same is not asked twice; what is held and what the family says is sealed with the observations",
        &["fact"],
    ),
    Clear("legal_holds", C2, "", &["id", "household", "since_on", "set_by", "released_on", "released_by"]),
    Clear(
        "erasures",
        C2,
        "",
        &[
            "id",
            "household",
            "basis",
            "state",
            "parts",
            "proposed_on",
            "proposed_by",
            "settled_on",
            "settled_by",
        ],
    ),
    Clear("query_letters", C2, "", &["query", "came", "dated_on"]),
    Clear(
        "erasure_requests",
        C2,
        "",
        &["id", "household", "asked_on", "recorded_by", "state", "settled_on", "settled_by"],
    ),
    Clear("audit_tiles", C1, "", &["level", "tile", "hashes"]),
    Clear("audit_tree", C1, "", &["id", "size", "root"]),
    Clear("audit_checkpoints", C1, "", &["size", "root", "note", "signed_ms"]),
    Clear("audit_lease", C1, "", &["name", "holder", "until_ms"]),
    Clear(
        "staff_accounts",
        C2,
        "",
        &["staff", "login", "first", "totp_step", "disabled", "made_at", "entered_at"],
    ),
    Clear(
        "staff_accounts",
        C4,
        "it is a slow, salted hash (argon2id), of no use but to be compared with, and says so itself",
        &["password"],
    ),
    Clear("account_recovery", C2, "", &["staff"]),
    Clear("account_subjects", C2, "", &["issuer", "subject", "staff"]),
    Clear("account_recovery", C4, ONE_WAY, &["digest"]),
    Clear("sessions", C2, "", &["id", "staff", "first", "born_at", "seen_at", "address", "agent"]),
    Clear("sessions", C4, ONE_WAY, &["digest"]),
    Clear("sign_in_tries", C2, "", &["subject", "failures", "last_at", "locked_until"]),
    Clear(
        "account_changes",
        C2,
        "",
        &[
            "id",
            "kind",
            "staff",
            "login",
            "name",
            "post",
            "division",
            "state",
            "proposed_at",
            "proposed_by",
            "settled_at",
            "settled_by",
        ],
    ),
    Clear("service_accounts", C1, "", &["id", "name", "scopes", "division", "until_at", "disabled"]),
    Clear("service_accounts", C4, ONE_WAY, &["digest"]),
    Clear(
        "inbox",
        C1,
        "",
        &[
            "id",
            "service",
            "feed",
            "period",
            "division",
            "digest",
            "size",
            "key_digest",
            "received_at",
            "state",
            "settled_at",
            "delivery",
            "row_count",
            "accepted",
            "quarantined",
            "repeated",
            "reasons",
        ],
    ),
    Clear("inbox_parts", C1, "", &["inbox", "position"]),
];

/// The sealed columns of a table, and what is done when they are sealed anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealedTable {
    pub(crate) table: &'static str,
    /// What names a row, in the value's place and in the order of the work.
    pub(crate) key: Key,
    pub(crate) fields: &'static [Field],
    /// Which rows a leaf vouches for together with these.
    pub(crate) vouched: Vouched,
}

/// What names a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A column with a number.
    Number(&'static str),
    /// An expression that gives a text.
    Text(&'static str),
}

/// By which rows the work goes on a table whose rows a leaf vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vouched {
    /// No leaf does.
    No,
    /// By cases: this column says of which.
    Case(&'static str),
    /// By rosters: this column says of which.
    Roster(&'static str),
}

const fn sealed(table: &'static str, key: Key, fields: &'static [Field]) -> SealedTable {
    SealedTable { table, key, fields, vouched: Vouched::No }
}

/// Every table with sealed columns; the canary in `settings` goes by itself.
pub(crate) const SEALED: &[SealedTable] = &[
    sealed("persons", Key::Number("id"), &[PERSON_NUMBER]),
    sealed("households", Key::Number("id"), &[HOUSEHOLD_ADDRESS]),
    sealed("quarantine", Key::Number("id"), &[QUARANTINE_ZH, QUARANTINE_EN, QUARANTINE_SHOWN]),
    sealed("observations", Key::Number("id"), &[OBSERVATION_PAYLOAD]),
    sealed("receiving", Key::Number("id"), &[RECEIVING_TAIL]),
    sealed("leads", Key::Number("id"), &[LEAD_CONTENT]),
    sealed("lead_sheets", Key::Number("lead"), &[LEAD_SHEET]),
    sealed("events", Key::Number("id"), &[EVENT_CONTENT]),
    sealed("assessments", Key::Number("id"), &[ASSESSMENT_SHEET, ASSESSMENT_RESULT, ASSESSMENT_DIGEST]),
    SealedTable {
        table: "cases",
        key: Key::Number("id"),
        fields: &[CASE_DATA],
        vouched: Vouched::Case("id"),
    },
    SealedTable {
        table: "visits",
        key: Key::Number("id"),
        fields: &[VISIT_DATA],
        vouched: Vouched::Case("case_id"),
    },
    SealedTable {
        table: "notices",
        key: Key::Number("id"),
        fields: &[NOTICE_ZH, NOTICE_EN, NOTICE_DATA],
        vouched: Vouched::Case("case_id"),
    },
    sealed("awards", Key::Number("id"), &[AWARD_REASONS]),
    sealed("accounts", Key::Number("household"), &[ACCOUNT_HOLDER, ACCOUNT_NUMBER]),
    SealedTable {
        table: "rosters",
        key: Key::Number("id"),
        fields: &[ROSTER_DIFFERENCES],
        vouched: Vouched::Roster("id"),
    },
    SealedTable {
        table: "roster_reasons",
        key: Key::Text("CAST(roster AS TEXT) || '/' || beneficiary"),
        fields: &[REASON_ZH, REASON_EN],
        vouched: Vouched::Roster("roster"),
    },
    SealedTable {
        table: "roster_lines",
        key: Key::Text("id"),
        fields: &[LINE_REASON],
        vouched: Vouched::Roster("roster"),
    },
    sealed("legal_holds", Key::Number("id"), &[HOLD_REASON, HOLD_RELEASE]),
    sealed("query_letters", Key::Number("query"), &[LETTER_NUMBER]),
    sealed("erasure_requests", Key::Number("id"), &[REQUEST_ASKED, REQUEST_REASON]),
    sealed("staff_accounts", Key::Number("staff"), &[ACCOUNT_TOTP]),
    sealed("sessions", Key::Number("id"), &[SESSION_OFFER]),
    sealed(
        "inbox_parts",
        Key::Text("CAST(inbox AS TEXT) || '/' || CAST(position AS TEXT)"),
        &[INBOX_CONTENT],
    ),
];

/// The column with the blind index of a sealed one.
pub(crate) const NUMBER_INDEX: &str = "number_index";

/// Every column.
#[must_use]
pub fn columns() -> Vec<Column> {
    let clear = CLEAR.iter().flat_map(|Clear(table, class, why, columns)| {
        columns.iter().map(|column| Column { table, column, class: *class, kept: Kept::Clear(why) })
    });
    let sealed = SEALED.iter().flat_map(|t| t.fields).map(|f| Column {
        table: f.table,
        column: f.column,
        class: f.class,
        kept: Kept::Sealed,
    });
    let index = Column { table: "persons", column: NUMBER_INDEX, class: C4, kept: Kept::Index };
    clear.chain(sealed).chain([index]).collect()
}

/// The columns of a table, in the order of their names.
pub(crate) fn columns_of(table: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = columns().iter().filter(|c| c.table == table).map(|c| c.column).collect();
    names.sort_unstable();
    names
}
