-- +goose Up

-- A trial can be left out because somebody uses the machine ('busy').
CREATE TABLE prints_new (
    job        TEXT PRIMARY KEY,
    ticket     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('started', 'printed', 'failed', 'partial', 'expired', 'unknown', 'busy')),
    device     TEXT NOT NULL DEFAULT '',
    detail     TEXT NOT NULL DEFAULT '',
    started_at INTEGER NOT NULL, -- unix ms
    ended_at   INTEGER
) STRICT;
INSERT INTO prints_new SELECT job, ticket, state, device, detail, started_at, ended_at FROM prints;
DROP TABLE prints;
ALTER TABLE prints_new RENAME TO prints;
CREATE INDEX prints_started ON prints (started_at);
