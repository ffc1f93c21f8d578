-- 本人权利: with what a source's answer came, and requests to erase, which stand until somebody settles them.

-- A table of its own: leaves vouch for the rows of source_queries as they were before there was one.
CREATE TABLE query_letters (
    query BIGINT NOT NULL PRIMARY KEY,
    came TEXT NOT NULL,
    -- sealed; empty where it came without a letter
    number TEXT NOT NULL,
    dated_on TEXT NOT NULL,
    CHECK (came IN ('letter', 'telephone', 'system'))
);

CREATE TABLE erasure_requests (
    id BIGINT NOT NULL PRIMARY KEY,
    household BIGINT NOT NULL,
    -- sealed: who asked, in words
    asked_by TEXT NOT NULL,
    asked_on TEXT NOT NULL,
    recorded_by BIGINT NOT NULL,
    state TEXT NOT NULL,
    settled_on TEXT,
    settled_by BIGINT,
    -- sealed: why it was refused
    reason TEXT NOT NULL,
    CHECK (state IN ('open', 'done', 'refused', 'withdrawn')),
    CHECK ((state = 'open') = (settled_on IS NULL)),
    CHECK (state <> 'refused' OR settled_by <> recorded_by)
);
CREATE INDEX erasure_requests_household ON erasure_requests (household);
-- One at a time.
CREATE UNIQUE INDEX erasure_requests_open ON erasure_requests (household) WHERE state = 'open';
