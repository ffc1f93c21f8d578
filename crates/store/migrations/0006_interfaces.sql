-- 接口收件箱: files that departments send through the interface, before a person has looked at them. Times are seconds
-- since 1970 in UTC.

CREATE TABLE inbox (
    id BIGINT NOT NULL PRIMARY KEY,
    service BIGINT NOT NULL REFERENCES service_accounts (id),
    feed TEXT NOT NULL,
    period TEXT NOT NULL,
    -- the area that the file is about
    division TEXT NOT NULL,
    -- SHA-256 of the bytes as they came
    digest TEXT NOT NULL,
    size BIGINT NOT NULL,
    -- SHA-256 of the sender's Idempotency-Key
    key_digest TEXT,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    settled_at BIGINT,
    -- the delivery that it became
    delivery BIGINT,
    -- none before it is settled, nor where the file could not be read; row_count is always the sum of the other three
    row_count BIGINT,
    accepted BIGINT,
    quarantined BIGINT,
    repeated BIGINT,
    -- JSON: code, rows, words and lines; never what stands in a cell
    reasons TEXT NOT NULL,
    CHECK (state IN ('waiting', 'accepted', 'rejected'))
);
-- The same bytes for the same feed, month and area are one delivery, however often they are sent.
CREATE UNIQUE INDEX inbox_same ON inbox (service, feed, period, division, digest);
CREATE UNIQUE INDEX inbox_key ON inbox (service, key_digest) WHERE key_digest IS NOT NULL;
CREATE INDEX inbox_state ON inbox (state);

-- The bytes in pieces, so that no row is large. Gone once the file is settled.
CREATE TABLE inbox_parts (
    inbox BIGINT NOT NULL REFERENCES inbox (id),
    position BIGINT NOT NULL,
    -- sealed
    content TEXT NOT NULL,
    PRIMARY KEY (inbox, position)
);
