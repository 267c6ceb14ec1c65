-- +goose Up
-- Who is told of the hall's events. The log is the queue of what is still to be
-- delivered: seq and part say how far a webhook has come in it.
CREATE TABLE webhook (
    id            TEXT    PRIMARY KEY,
    url           TEXT    NOT NULL,
    -- Types of events as a JSON list; [] means all.
    events        TEXT    NOT NULL,
    -- Kept as it is: signing needs it. The file is the server's alone.
    secret        TEXT    NOT NULL,
    creator       TEXT    NOT NULL,
    key           TEXT    NOT NULL DEFAULT '',
    created       INTEGER NOT NULL,
    -- The last record delivered whole, and how many events of the next one are.
    seq           INTEGER NOT NULL,
    part          INTEGER NOT NULL DEFAULT 0,
    -- The delivery that fails at present: how often, since when, when again.
    attempts      INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER NOT NULL DEFAULT 0,
    next_try      INTEGER NOT NULL DEFAULT 0,
    last_success  INTEGER NOT NULL DEFAULT 0,
    last_failure  INTEGER NOT NULL DEFAULT 0,
    failure       TEXT    NOT NULL DEFAULT '',
    status        INTEGER NOT NULL DEFAULT 0,
    suspended     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX webhook_key ON webhook (creator, key) WHERE key <> '';
