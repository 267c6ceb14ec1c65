-- +goose Up
-- How far the hall and the platform have heard each other.
CREATE TABLE uplink (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    -- Names this log in the ids of its events: one that was begun anew counts
    -- its records from 1 again.
    epoch      TEXT    NOT NULL,
    -- The last record whose events are in the stream to the platform.
    sent       INTEGER NOT NULL,
    -- How far the platform's stream was followed.
    down_epoch TEXT    NOT NULL,
    down_seq   INTEGER NOT NULL
) STRICT;

-- The platform's events that were taken.
CREATE TABLE uplink_taken (
    id TEXT    PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX uplink_taken_at ON uplink_taken (at);

-- Items that the platform published for this hall.
CREATE TABLE uplink_item (
    id        TEXT    PRIMARY KEY,
    name      TEXT    NOT NULL,
    -- Ids of the hall's services and names of the materials, as JSON lists.
    services  TEXT    NOT NULL,
    materials TEXT    NOT NULL,
    -- All that the platform said of it, as JSON.
    body      TEXT    NOT NULL,
    taken     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Ranges of numbers that the platform granted, and what of them is left.
CREATE TABLE uplink_range (
    name    TEXT    NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    next    INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    PRIMARY KEY (name, first)
) STRICT, WITHOUT ROWID;

-- Ranges that were asked for and not granted yet, one of each name.
CREATE TABLE uplink_ask (
    name  TEXT    PRIMARY KEY,
    id    TEXT    NOT NULL,
    count INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    sent  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
