-- +goose Up
-- Applications that the hall received while the platform was away (离线收件).
CREATE TABLE intake (
    id            TEXT    PRIMARY KEY, -- that the clerk's page chose
    -- Keyed hash of what was asked: the same id with something else isn't a repeat.
    print         TEXT    NOT NULL,
    number        TEXT    NOT NULL UNIQUE,
    item          TEXT    NOT NULL,
    item_name     TEXT    NOT NULL,
    ticket        TEXT    NOT NULL,
    ticket_number TEXT    NOT NULL,
    win           TEXT    NOT NULL,
    clerk         TEXT    NOT NULL,
    made          INTEGER NOT NULL,
    -- The last record of the log before it: it is announced behind that one.
    after         INTEGER NOT NULL,
    announced     INTEGER NOT NULL DEFAULT 0,
    -- The applicant, the answers and the query code, sealed; empty as soon as the
    -- platform has them, or nobody wants them any more.
    sealed        TEXT    NOT NULL,
    masked        TEXT    NOT NULL, -- the applicant's name as screens show it
    materials     TEXT    NOT NULL, -- JSON: what the guide asks for, and what of it was seen
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'taken', 'refused', 'void')),
    -- Why the platform refused it, in its own words.
    reason        TEXT    NOT NULL DEFAULT '',
    detail        TEXT    NOT NULL DEFAULT '',
    settled       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX intake_news ON intake (after, made) WHERE announced = 0;
CREATE INDEX intake_made ON intake (made);

-- Documents of visits that belong to materials of an intake.
CREATE TABLE intake_file (
    intake   TEXT NOT NULL REFERENCES intake (id),
    document TEXT NOT NULL,
    material TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'refused')),
    -- The platform's id of it, once it was sent.
    upload   TEXT NOT NULL DEFAULT '',
    detail   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (intake, document)
) STRICT, WITHOUT ROWID;

CREATE INDEX intake_file_waiting ON intake_file (document) WHERE state = 'waiting';
