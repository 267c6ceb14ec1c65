-- +goose Up
-- What the holder of a waiting ticket could read, each time it changed: a range
-- in minutes. -1 says that no window was open.
CREATE TABLE promise (
    ticket TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    day    TEXT    NOT NULL,
    ahead  INTEGER NOT NULL,
    low    INTEGER NOT NULL,
    high   INTEGER NOT NULL,
    PRIMARY KEY (ticket, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX promise_day ON promise (day);

-- The first forecast of each ticket beside what came: minutes from at to the
-- first call, with their quantiles; -1 while nobody has called it.
CREATE TABLE promise_outcome (
    day     TEXT    NOT NULL,
    ticket  TEXT    NOT NULL,
    service TEXT    NOT NULL,
    hour    INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    at      INTEGER NOT NULL,
    p10     REAL    NOT NULL,
    p50     REAL    NOT NULL,
    p80     REAL    NOT NULL,
    p90     REAL    NOT NULL,
    waited  REAL    NOT NULL,
    PRIMARY KEY (day, ticket)
) STRICT, WITHOUT ROWID;
