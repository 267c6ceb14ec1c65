-- +goose Up
-- One row a ticket for statistics, folded from the log by a follower. All of it
-- can be folded anew.
CREATE TABLE visit (
    day      TEXT    NOT NULL,
    ticket   TEXT    NOT NULL,
    number   TEXT    NOT NULL,
    taken    INTEGER NOT NULL,
    hour     INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    weekday  INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 7),
    service  TEXT    NOT NULL,
    zone     TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    origin   TEXT    NOT NULL,
    priority TEXT    NOT NULL,
    offline  INTEGER NOT NULL,
    outcome  TEXT    NOT NULL CHECK (outcome IN
        ('open', 'finished', 'missed', 'abandoned', 'closed')),
    returned INTEGER NOT NULL,
    recalls  INTEGER NOT NULL,
    score    INTEGER NOT NULL,
    -- Milliseconds; -1 is unknown.
    promised INTEGER NOT NULL,
    truth    INTEGER NOT NULL,
    -- Each stay at a window with the wait before it, as JSON.
    stages   TEXT    NOT NULL,
    PRIMARY KEY (day, ticket)
) STRICT, WITHOUT ROWID;

-- How far the log was folded: the visits of all records up to seq are there.
-- state is the hall after record base, to go on from when the program starts.
CREATE TABLE visit_cursor (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    rules INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    base  INTEGER NOT NULL,
    state BLOB
) STRICT;
