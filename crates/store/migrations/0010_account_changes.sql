-- 三员账号变更: changes of an administrator's account, put forward by one person and settled by another. Times are seconds
-- since 1970 in UTC.

CREATE TABLE account_changes (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    -- none before somebody is taken on
    staff BIGINT,
    -- of the account as it is to be
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    post TEXT NOT NULL,
    division TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposed_by BIGINT NOT NULL,
    settled_at BIGINT,
    settled_by BIGINT,
    CHECK (kind IN ('add', 'disable', 'open', 'reset', 'move')),
    CHECK (state IN ('proposed', 'done', 'declined', 'withdrawn')),
    CHECK (state <> 'done' OR settled_by <> proposed_by)
);
-- One at a time.
CREATE UNIQUE INDEX account_changes_open ON account_changes (login) WHERE state = 'proposed';
