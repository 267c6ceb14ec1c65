-- +goose Up
-- Every hall file that was in force, with who made it of the one before. Rows
-- are added and never changed: they are the proof of who set what.
CREATE TABLE hall_version (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    cause    TEXT    NOT NULL CHECK (cause IN ('first', 'form', 'text', 'restore', 'disk')),
    -- The version that this one brings back; 0 for others.
    restored INTEGER NOT NULL,
    -- What it changed, in words, as a JSON list.
    changes  TEXT    NOT NULL,
    tag      TEXT    NOT NULL,
    text     TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER hall_version_stays BEFORE UPDATE ON hall_version BEGIN
    SELECT RAISE(ABORT, 'versions of the hall file are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER hall_version_remains BEFORE DELETE ON hall_version BEGIN
    SELECT RAISE(ABORT, 'versions of the hall file are never deleted');
END;
-- +goose StatementEnd

-- When members of staff last signed in.
CREATE TABLE staff_seen (
    staff TEXT    PRIMARY KEY,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
