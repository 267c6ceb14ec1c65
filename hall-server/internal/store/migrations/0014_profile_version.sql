-- +goose Up
-- Every text that a device model of the hall's own had, with who brought it or
-- took it away. Rows are added and never changed; the oldest go when there are
-- too many.
CREATE TABLE profile_version (
    id       INTEGER PRIMARY KEY,
    profile  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    cause    TEXT    NOT NULL CHECK (cause IN ('first', 'upload', 'remove', 'restore', 'disk')),
    -- The version that this one brings back; 0 for others.
    restored INTEGER NOT NULL,
    -- The lines that it changed, as a JSON list, and how many more there were.
    lines    TEXT    NOT NULL,
    more     INTEGER NOT NULL,
    -- The beginning of the profile's hash; empty where it was taken away.
    revision TEXT    NOT NULL,
    -- The text's length in bytes; 0 where it was taken away.
    size     INTEGER NOT NULL,
    text     TEXT    NOT NULL
) STRICT;

CREATE INDEX profile_version_profile ON profile_version (profile, id);

-- +goose StatementBegin
CREATE TRIGGER profile_version_stays BEFORE UPDATE ON profile_version BEGIN
    SELECT RAISE(ABORT, 'versions of device models are never changed');
END;
-- +goose StatementEnd
