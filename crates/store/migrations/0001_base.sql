-- Columns are TEXT and BIGINT only: one text for SQLite and PostgreSQL. NULL means "none".
-- Which columns are sealed stands in `src/classes.rs`; a sealed one holds base64 of the sealed value.

CREATE TABLE sequences (
    name TEXT NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE divisions (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    level BIGINT NOT NULL,
    parent TEXT,
    class TEXT,
    valid_from TEXT,
    valid_to TEXT,
    successor TEXT
);
CREATE INDEX divisions_parent ON divisions (parent);

CREATE TABLE staff (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    post TEXT NOT NULL,
    division TEXT NOT NULL
);

CREATE TABLE staff_kin (
    staff BIGINT NOT NULL REFERENCES staff (id),
    person BIGINT NOT NULL,
    relation TEXT NOT NULL,
    PRIMARY KEY (staff, person)
);
CREATE INDEX staff_kin_person ON staff_kin (person);

CREATE TABLE persons (
    id BIGINT NOT NULL PRIMARY KEY,
    number TEXT,
    number_index TEXT,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    sex TEXT NOT NULL,
    birth TEXT,
    died TEXT,
    hukou TEXT NOT NULL,
    ethnic TEXT NOT NULL,
    CHECK ((number IS NULL) = (number_index IS NULL))
);
-- The same number is on file once. Equal numbers have equal blind indexes within one epoch of the keys.
CREATE UNIQUE INDEX persons_number ON persons (number_index);
CREATE INDEX persons_name ON persons (name_folded);

CREATE TABLE households (
    id BIGINT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    division TEXT NOT NULL,
    class TEXT,
    address TEXT NOT NULL
);
CREATE UNIQUE INDEX households_code ON households (code);
CREATE INDEX households_division ON households (division, id);

CREATE TABLE memberships (
    household BIGINT NOT NULL,
    person BIGINT NOT NULL,
    kind TEXT NOT NULL,
    relation TEXT NOT NULL,
    from_on TEXT NOT NULL,
    to_on TEXT,
    PRIMARY KEY (person, kind, from_on)
);
-- Nobody is in two households of a kind at present; closed periods are checked before writing.
CREATE UNIQUE INDEX memberships_open ON memberships (person, kind) WHERE to_on IS NULL;
CREATE INDEX memberships_household ON memberships (household, kind);

CREATE TABLE deliveries (
    id BIGINT NOT NULL PRIMARY KEY,
    feed TEXT NOT NULL,
    period TEXT NOT NULL,
    file_name TEXT NOT NULL,
    digest TEXT NOT NULL,
    encoding TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    received_on TEXT NOT NULL,
    received_by BIGINT,
    as_of TEXT NOT NULL,
    path TEXT NOT NULL,
    path_digest TEXT NOT NULL,
    state TEXT NOT NULL,
    CHECK (row_count = accepted + quarantined),
    CHECK (state IN ('preview', 'accepted', 'rejected'))
);
-- The same bytes count once, whatever the file is called.
CREATE UNIQUE INDEX deliveries_digest ON deliveries (digest) WHERE state = 'accepted';
CREATE INDEX deliveries_feed ON deliveries (feed, period);

CREATE TABLE quarantine (
    id BIGINT NOT NULL PRIMARY KEY,
    delivery BIGINT NOT NULL,
    line BIGINT NOT NULL,
    code TEXT NOT NULL,
    field TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    shown TEXT NOT NULL
);
CREATE INDEX quarantine_delivery ON quarantine (delivery, line);

CREATE TABLE observations (
    id BIGINT NOT NULL PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject BIGINT NOT NULL,
    source TEXT NOT NULL,
    origin_kind TEXT NOT NULL,
    origin BIGINT,
    line BIGINT,
    grade TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    recorded_at TEXT NOT NULL,
    recorded_by BIGINT,
    payload TEXT NOT NULL
);
CREATE INDEX observations_subject ON observations (subject_kind, subject);

CREATE TABLE authorisations (
    id BIGINT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    household BIGINT NOT NULL,
    from_on TEXT NOT NULL,
    to_on TEXT NOT NULL,
    revoked_on TEXT
);
CREATE UNIQUE INDEX authorisations_code ON authorisations (code);
CREATE INDEX authorisations_household ON authorisations (household);

CREATE TABLE receiving (
    id BIGINT NOT NULL,
    programme TEXT NOT NULL,
    household BIGINT NOT NULL,
    person BIGINT NOT NULL,
    from_month TEXT NOT NULL,
    to_month TEXT,
    amount BIGINT NOT NULL,
    next_review TEXT,
    account_tail TEXT NOT NULL,
    award BIGINT,
    PRIMARY KEY (programme, person, from_month)
);
CREATE UNIQUE INDEX receiving_id ON receiving (id);
CREATE INDEX receiving_household ON receiving (household);

CREATE TABLE snapshots (
    id BIGINT NOT NULL PRIMARY KEY,
    period TEXT NOT NULL,
    as_of TEXT NOT NULL,
    digest TEXT NOT NULL,
    path TEXT NOT NULL,
    households BIGINT NOT NULL,
    persons BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    package_hash TEXT NOT NULL,
    manifest TEXT NOT NULL,
    made_on TEXT NOT NULL
);
CREATE UNIQUE INDEX snapshots_digest ON snapshots (digest);

CREATE TABLE leads (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    kind_rank BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    household BIGINT NOT NULL,
    division TEXT NOT NULL,
    person BIGINT,
    met BIGINT NOT NULL,
    urgency TEXT NOT NULL,
    urgency_rank BIGINT NOT NULL,
    open_count BIGINT NOT NULL,
    content TEXT NOT NULL,
    period TEXT NOT NULL,
    created_on TEXT NOT NULL,
    due_on TEXT,
    status TEXT NOT NULL,
    assigned_to BIGINT,
    case_id BIGINT,
    closed_on TEXT,
    result TEXT NOT NULL
);
CREATE INDEX leads_work ON leads (status, kind_rank, urgency_rank, open_count, id);
CREATE INDEX leads_division ON leads (division, status);
CREATE INDEX leads_household ON leads (household);

CREATE TABLE lead_sheets (
    lead BIGINT NOT NULL PRIMARY KEY,
    sheet TEXT NOT NULL
);

CREATE TABLE events (
    id BIGINT NOT NULL PRIMARY KEY,
    household BIGINT NOT NULL,
    case_id BIGINT,
    kind TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    actor BIGINT,
    actor_name TEXT NOT NULL,
    content TEXT NOT NULL,
    CHECK (kind IN ('fact', 'finding', 'decision', 'payment', 'service'))
);
CREATE INDEX events_household ON events (household, id);
CREATE INDEX events_case ON events (case_id, id);

CREATE TABLE assessments (
    id BIGINT NOT NULL PRIMARY KEY,
    household BIGINT NOT NULL,
    case_id BIGINT,
    programme TEXT NOT NULL,
    period TEXT NOT NULL,
    as_of TEXT NOT NULL,
    mode TEXT NOT NULL,
    package_hash TEXT NOT NULL,
    sheet TEXT NOT NULL,
    result TEXT NOT NULL,
    digest TEXT NOT NULL,
    made_on TEXT NOT NULL,
    made_by BIGINT
);
CREATE INDEX assessments_household ON assessments (household, id);
CREATE INDEX assessments_case ON assessments (case_id, id);
