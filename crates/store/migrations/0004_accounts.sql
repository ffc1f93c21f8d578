-- Accounts of staff and services, their sessions, and failed tries. Times are seconds since 1970 in UTC.

CREATE TABLE staff_accounts (
    staff BIGINT NOT NULL PRIMARY KEY REFERENCES staff (id),
    login TEXT NOT NULL,
    -- argon2id as a PHC string
    password TEXT NOT NULL,
    -- 1 until the person has chosen a password and enrolled an authenticator
    first BIGINT NOT NULL,
    -- sealed; none before enrolment
    totp TEXT,
    -- the last step whose code was taken
    totp_step BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    entered_at BIGINT
);
CREATE UNIQUE INDEX staff_accounts_login ON staff_accounts (login);

-- A used code has no row.
CREATE TABLE account_recovery (
    staff BIGINT NOT NULL REFERENCES staff_accounts (staff),
    digest TEXT NOT NULL,
    PRIMARY KEY (staff, digest)
);

CREATE TABLE sessions (
    id BIGINT NOT NULL PRIMARY KEY,
    -- SHA-256 of the key in the cookie; the key itself is stored nowhere
    digest TEXT NOT NULL,
    staff BIGINT NOT NULL REFERENCES staff_accounts (staff),
    -- 1 while it may only finish the first log-in
    first BIGINT NOT NULL,
    -- sealed: the secret on offer while an authenticator is being enrolled
    totp_offer TEXT,
    born_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE UNIQUE INDEX sessions_digest ON sessions (digest);
CREATE INDEX sessions_staff ON sessions (staff);

-- The subject is the digest of a log-in name, known or not, or an address.
CREATE TABLE sign_in_tries (
    subject TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE INDEX sign_in_tries_last ON sign_in_tries (last_at);

-- Interfaces of departments. Scopes are words with a blank between them.
CREATE TABLE service_accounts (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT NOT NULL,
    division TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    disabled BIGINT NOT NULL
);
CREATE UNIQUE INDEX service_accounts_name ON service_accounts (name);
CREATE UNIQUE INDEX service_accounts_digest ON service_accounts (digest);
