-- +goose Up
-- What the hall's screens show. A document is a layout, or the plan of all
-- screens; body is its published version.
CREATE TABLE layout (
    id      TEXT    PRIMARY KEY,
    draft   TEXT    NOT NULL,
    rev     INTEGER NOT NULL CHECK (rev > 0),
    version INTEGER NOT NULL CHECK (version >= 0),
    body    TEXT    NOT NULL,
    editor  TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE layout_version (
    layout TEXT    NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    body   TEXT    NOT NULL,
    editor TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (layout, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE layout_audit (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    editor TEXT    NOT NULL,
    what   TEXT    NOT NULL,
    target TEXT    NOT NULL,
    detail TEXT    NOT NULL
) STRICT;

-- The content lies in files of that name.
CREATE TABLE layout_file (
    id     TEXT    PRIMARY KEY,
    name   TEXT    NOT NULL,
    type   TEXT    NOT NULL CHECK (type IN ('image/png', 'image/jpeg', 'image/webp', 'video/mp4', 'video/webm')),
    size   INTEGER NOT NULL CHECK (size > 0),
    sender TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE layout_feed (
    name   TEXT PRIMARY KEY,
    body   TEXT NOT NULL,
    sender TEXT NOT NULL
) STRICT, WITHOUT ROWID;
