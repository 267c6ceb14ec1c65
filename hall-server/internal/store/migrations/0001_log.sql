-- +goose Up
-- The log is the truth: one row a command, never changed.
CREATE TABLE log (
    seq     INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    day     TEXT    NOT NULL,
    key     TEXT    NOT NULL DEFAULT '',
    print   INTEGER NOT NULL DEFAULT 0,
    actor   TEXT    NOT NULL,
    command TEXT    NOT NULL,
    events  TEXT    NOT NULL,
    -- The first answer, for retries; dropped when its key is forgotten.
    answer  TEXT
) STRICT;

-- Where a business day begins in the log.
CREATE TABLE day (
    day   TEXT    PRIMARY KEY,
    first INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every ticket as it is now, folded from the log in the same transaction. The
-- unique number is the last guard against giving one out twice.
CREATE TABLE ticket (
    id      TEXT    PRIMARY KEY,
    day     TEXT    NOT NULL,
    number  TEXT    NOT NULL,
    service TEXT    NOT NULL,
    channel TEXT    NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN
        ('waiting', 'called', 'serving', 'parked', 'missed', 'finished', 'cancelled', 'expired', 'closed')),
    win     TEXT    NOT NULL,
    taken   INTEGER NOT NULL,
    called  INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    score   INTEGER NOT NULL,
    print   TEXT    NOT NULL,
    UNIQUE (day, number)
) STRICT, WITHOUT ROWID;

-- States to restart from; the log after seq is replayed onto them.
CREATE TABLE snapshot (
    seq   INTEGER PRIMARY KEY,
    state BLOB    NOT NULL
) STRICT;
