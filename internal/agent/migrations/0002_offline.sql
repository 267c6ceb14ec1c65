-- +goose Up

-- The hall as the agent last knew it, for a machine that is switched on while
-- the hall is away. At most one row.
CREATE TABLE hall (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    at     INTEGER NOT NULL, -- the hall's clock, unix ms
    offset INTEGER NOT NULL, -- the hall's clock minus ours, ms
    body   TEXT NOT NULL
) STRICT;

-- The tickets that were given while the hall was away, in the order of seq.
CREATE TABLE offline_tickets (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    -- key is the idempotency key of the page's command, replaces that of an
    -- unanswered command to the hall, or empty.
    key      TEXT NOT NULL UNIQUE,
    replaces TEXT NOT NULL,
    day      TEXT NOT NULL,
    prefix   TEXT NOT NULL,
    serial   INTEGER NOT NULL,
    number   TEXT NOT NULL,
    service  TEXT NOT NULL,
    channel  TEXT NOT NULL,
    priority TEXT NOT NULL,
    -- holder is a keyed hash; person is sealed and emptied with the receipt.
    holder   TEXT NOT NULL,
    person   TEXT NOT NULL,
    issued   INTEGER NOT NULL, -- our clock, unix ms
    heard    INTEGER NOT NULL, -- the hall's clock when it was last heard, unix ms
    sent     INTEGER,          -- issued by the hall's clock, since the first upload
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'received', 'refused')),
    UNIQUE (day, number)
) STRICT;

CREATE INDEX offline_tickets_waiting ON offline_tickets (seq) WHERE state = 'waiting';

-- Tickets of the hall that an offline ticket has replaced: never printed.
CREATE TABLE withdrawn (
    ticket TEXT PRIMARY KEY,
    at     INTEGER NOT NULL -- our clock, unix ms
) STRICT;
