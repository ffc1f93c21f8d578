-- Cases, awards, rosters, the book of payments.

CREATE TABLE cases (
    id BIGINT NOT NULL PRIMARY KEY,
    household BIGINT NOT NULL,
    division TEXT NOT NULL,
    programme TEXT NOT NULL,
    origin TEXT NOT NULL,
    lead BIGINT,
    status TEXT NOT NULL,
    is_open BIGINT NOT NULL,
    assigned BIGINT,
    opened_on TEXT NOT NULL,
    due_on TEXT,
    due_step TEXT,
    promised_on TEXT,
    version BIGINT NOT NULL,
    data TEXT NOT NULL
);
CREATE UNIQUE INDEX cases_open ON cases (household, programme) WHERE is_open = 1;
CREATE INDEX cases_work ON cases (is_open, division, status);
CREATE INDEX cases_household ON cases (household);

CREATE TABLE visits (
    id BIGINT NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL,
    household BIGINT NOT NULL,
    position BIGINT NOT NULL,
    visited_on TEXT NOT NULL,
    recorded_on TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE UNIQUE INDEX visits_case ON visits (case_id, position);
CREATE INDEX visits_household ON visits (household);

CREATE TABLE notices (
    id BIGINT NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL,
    household BIGINT NOT NULL,
    division TEXT NOT NULL,
    kind TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    until_on TEXT,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX notices_case ON notices (case_id);
CREATE INDEX notices_public ON notices (kind, division, until_on);

CREATE TABLE awards (
    id BIGINT NOT NULL PRIMARY KEY,
    case_id BIGINT,
    programme TEXT NOT NULL,
    exclusive_group TEXT NOT NULL,
    household BIGINT NOT NULL,
    beneficiary TEXT NOT NULL,
    amount BIGINT NOT NULL,
    kind TEXT NOT NULL,
    from_month TEXT NOT NULL,
    to_month TEXT,
    reasons TEXT NOT NULL
);
CREATE INDEX awards_programme ON awards (programme, from_month);
CREATE INDEX awards_household ON awards (household);

CREATE TABLE award_persons (
    award BIGINT NOT NULL,
    person BIGINT NOT NULL,
    PRIMARY KEY (award, person)
);

CREATE TABLE accounts (
    household BIGINT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    bank TEXT NOT NULL,
    account TEXT NOT NULL
);

CREATE TABLE rosters (
    id BIGINT NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    made_by BIGINT NOT NULL,
    made_on TEXT NOT NULL,
    sealed_by BIGINT,
    sealed_on TEXT,
    seal_digest TEXT,
    exported_on TEXT,
    acknowledged_on TEXT,
    differences TEXT,
    version BIGINT NOT NULL
);
CREATE INDEX rosters_period ON rosters (period, programme);

CREATE TABLE roster_reasons (
    roster BIGINT NOT NULL,
    beneficiary TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    PRIMARY KEY (roster, beneficiary)
);

CREATE TABLE roster_lines (
    id TEXT NOT NULL PRIMARY KEY,
    roster BIGINT NOT NULL,
    award BIGINT NOT NULL,
    programme TEXT NOT NULL,
    exclusive_group TEXT NOT NULL,
    household BIGINT NOT NULL,
    beneficiary TEXT NOT NULL,
    period TEXT NOT NULL,
    purpose TEXT NOT NULL,
    revision BIGINT NOT NULL,
    replaces TEXT,
    replaced_by TEXT,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    bank_reason TEXT NOT NULL,
    CHECK (amount > 0),
    CHECK (state IN ('planned', 'sent', 'paid', 'returned', 'voided'))
);
-- No household is paid twice for the same thing.
CREATE UNIQUE INDEX roster_lines_once ON roster_lines (programme, beneficiary, period, purpose) WHERE state <> 'voided';
-- A line is replaced once.
CREATE UNIQUE INDEX roster_lines_replaces ON roster_lines (replaces);
CREATE INDEX roster_lines_roster ON roster_lines (roster, id);
CREATE INDEX roster_lines_period ON roster_lines (period, programme);
CREATE INDEX roster_lines_household ON roster_lines (household);

CREATE TABLE line_persons (
    line TEXT NOT NULL,
    exclusive_group TEXT NOT NULL,
    person BIGINT NOT NULL,
    period TEXT NOT NULL,
    live BIGINT NOT NULL,
    PRIMARY KEY (line, person)
);
-- No person is paid for in two households.
CREATE UNIQUE INDEX line_persons_once ON line_persons (exclusive_group, person, period) WHERE live = 1;

CREATE TABLE ledger (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    roster BIGINT NOT NULL,
    happened_on TEXT NOT NULL
);
CREATE UNIQUE INDEX ledger_position ON ledger (position);
CREATE INDEX ledger_roster ON ledger (roster);

CREATE TABLE ledger_entries (
    voucher TEXT NOT NULL REFERENCES ledger (id),
    position BIGINT NOT NULL,
    account TEXT NOT NULL,
    line TEXT NOT NULL,
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    PRIMARY KEY (voucher, position),
    CHECK (debit >= 0),
    CHECK (credit >= 0),
    CHECK (debit = 0 OR credit = 0)
);
CREATE INDEX ledger_entries_account ON ledger_entries (account);
