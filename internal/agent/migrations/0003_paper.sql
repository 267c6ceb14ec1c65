-- +goose Up

-- A job can end half-way ('partial').
CREATE TABLE prints_new (
    job        TEXT PRIMARY KEY,
    ticket     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('started', 'printed', 'failed', 'partial', 'expired', 'unknown')),
    device     TEXT NOT NULL DEFAULT '',
    detail     TEXT NOT NULL DEFAULT '',
    started_at INTEGER NOT NULL, -- unix ms
    ended_at   INTEGER
) STRICT;
INSERT INTO prints_new SELECT job, ticket, state, device, detail, started_at, ended_at FROM prints;
DROP TABLE prints;
ALTER TABLE prints_new RENAME TO prints;
CREATE INDEX prints_started ON prints (started_at);

-- What a printer has used of its roll.
CREATE TABLE rolls (
    printer TEXT PRIMARY KEY,
    used    INTEGER NOT NULL, -- mm since the roll was put in
    ended   INTEGER NOT NULL, -- 1 if the printer ran out of it and didn't print since
    recent  TEXT NOT NULL     -- the lengths of the last tickets in mm, a JSON array, the newest last
) STRICT;
