-- +goose Up

-- What the agent still has to report; a row goes once the hall has received it.
CREATE TABLE facts (
    id   TEXT PRIMARY KEY,
    -- subject is what the fact is about: at most one fact waits per subject.
    subject TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    at   INTEGER NOT NULL, -- unix ms
    body TEXT NOT NULL
) STRICT;

-- Every print job that was ever begun, so that none is printed twice.
CREATE TABLE prints (
    job        TEXT PRIMARY KEY,
    ticket     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('started', 'printed', 'failed', 'expired', 'unknown')),
    device     TEXT NOT NULL DEFAULT '',
    detail     TEXT NOT NULL DEFAULT '',
    started_at INTEGER NOT NULL, -- unix ms
    ended_at   INTEGER
) STRICT;

CREATE INDEX prints_started ON prints (started_at);
