-- 审计树: a leaf for every change and every look, the tree over them, its signed heads. Hashes are lower-case hex.

CREATE TABLE audit_leaves (
    id TEXT NOT NULL PRIMARY KEY,
    made_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    commitment TEXT NOT NULL,
    actor BIGINT,
    subject TEXT NOT NULL,
    salt TEXT,
    payload TEXT,
    position BIGINT
);
CREATE UNIQUE INDEX audit_leaves_position ON audit_leaves (position);
CREATE INDEX audit_leaves_waiting ON audit_leaves (id) WHERE position IS NULL;
CREATE INDEX audit_leaves_subject ON audit_leaves (subject);

-- 256 hashes of one height a row, as in the exported files; the last row of a height is shorter.
CREATE TABLE audit_tiles (
    level BIGINT NOT NULL,
    tile BIGINT NOT NULL,
    hashes TEXT NOT NULL,
    PRIMARY KEY (level, tile)
);

CREATE TABLE audit_tree (
    id BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    root TEXT NOT NULL
);

CREATE TABLE audit_checkpoints (
    size BIGINT NOT NULL PRIMARY KEY,
    root TEXT NOT NULL,
    note TEXT NOT NULL,
    signed_ms BIGINT NOT NULL
);

CREATE TABLE audit_lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
