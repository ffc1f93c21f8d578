-- 本人权利: who was shown in a list, and questions to the sources of what a family says is wrong.

-- Households of a list that somebody looked at, so that a family can ask who saw them.
CREATE TABLE audit_shown (
    leaf TEXT NOT NULL,
    household BIGINT NOT NULL,
    PRIMARY KEY (leaf, household)
);
CREATE INDEX audit_shown_household ON audit_shown (household);

CREATE TABLE source_queries (
    id BIGINT NOT NULL PRIMARY KEY,
    household BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject BIGINT NOT NULL,
    fact TEXT NOT NULL,
    source TEXT NOT NULL,
    -- the observation in which the family says so
    dispute BIGINT NOT NULL,
    -- the observation that they say is wrong
    held BIGINT NOT NULL,
    asked_on TEXT NOT NULL,
    asked_by BIGINT NOT NULL,
    answered_on TEXT,
    answered_by BIGINT,
    outcome TEXT,
    CHECK (outcome IS NULL OR outcome IN ('upheld', 'corrected'))
);
CREATE INDEX source_queries_household ON source_queries (household);
-- One question at a time about one fact of one subject from one source.
CREATE UNIQUE INDEX source_queries_open ON source_queries (subject_kind, subject, fact, source) WHERE answered_on IS NULL;
