-- 保存和清除: legal holds, erasures that are put forward and carried out, until when a question is answered.

CREATE TABLE legal_holds (
    id BIGINT NOT NULL PRIMARY KEY,
    household BIGINT NOT NULL,
    -- sealed
    reason TEXT NOT NULL,
    since_on TEXT NOT NULL,
    set_by BIGINT NOT NULL,
    released_on TEXT,
    released_by BIGINT,
    -- sealed
    release_reason TEXT NOT NULL,
    CHECK ((released_on IS NULL) = (released_by IS NULL))
);
CREATE INDEX legal_holds_household ON legal_holds (household);

CREATE TABLE erasures (
    id BIGINT NOT NULL PRIMARY KEY,
    household BIGINT NOT NULL,
    basis TEXT NOT NULL,
    state TEXT NOT NULL,
    -- what was due when it was put forward, then what was erased; words with a blank between them
    parts TEXT NOT NULL,
    proposed_on TEXT NOT NULL,
    proposed_by BIGINT NOT NULL,
    settled_on TEXT,
    settled_by BIGINT,
    CHECK (basis IN ('term', 'request')),
    CHECK (state IN ('proposed', 'done', 'declined')),
    CHECK (state <> 'done' OR settled_by <> proposed_by)
);
CREATE INDEX erasures_household ON erasures (household);
-- One at a time.
CREATE UNIQUE INDEX erasures_open ON erasures (household) WHERE state = 'proposed';

ALTER TABLE source_queries ADD COLUMN due_on TEXT;
CREATE INDEX source_queries_due ON source_queries (due_on) WHERE answered_on IS NULL;
