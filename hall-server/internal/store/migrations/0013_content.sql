-- +goose Up
-- Notices and laws that the platform published for halls.
CREATE TABLE uplink_article (
    id      TEXT    PRIMARY KEY,
    kind    TEXT    NOT NULL CHECK (kind IN ('notice', 'law')),
    title   TEXT    NOT NULL,
    source  TEXT    NOT NULL, -- who issued it, with its number
    summary TEXT    NOT NULL,
    body    TEXT    NOT NULL, -- each line is a paragraph
    at      INTEGER NOT NULL, -- from when it is shown
    taken   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX uplink_article_shown ON uplink_article (kind, at);

-- Sample forms that items name by address: what was fetched, and how that went.
CREATE TABLE sample_file (
    url     TEXT    PRIMARY KEY,
    -- SHA-256 of the bytes, in hex, by which they lie in their folder; empty while
    -- none were fetched.
    content TEXT    NOT NULL,
    type    TEXT    NOT NULL, -- found by looking into it
    size    INTEGER NOT NULL,
    pages   INTEGER NOT NULL, -- of a PDF; 1 of a picture
    tag     TEXT    NOT NULL, -- the ETag under which it came
    changed TEXT    NOT NULL, -- or the Last-Modified
    tried   INTEGER NOT NULL, -- when it was asked for last
    failed  INTEGER NOT NULL, -- how often in a row that failed
    detail  TEXT    NOT NULL  -- why
) STRICT, WITHOUT ROWID;
