-- +goose Up
-- Materials of visits. Their content lies in files; the name is sealed.
CREATE TABLE document (
    id      TEXT    PRIMARY KEY,
    ticket  TEXT    NOT NULL,
    day     TEXT    NOT NULL,
    kind    TEXT    NOT NULL CHECK (kind IN ('material', 'signature', 'phone')),
    name    TEXT    NOT NULL,
    type    TEXT    NOT NULL CHECK (type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size    INTEGER NOT NULL CHECK (size > 0),
    sha256  TEXT    NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN ('uploading', 'stored')),
    created INTEGER NOT NULL,
    win     TEXT    NOT NULL,
    sender  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX document_ticket ON document (ticket);
CREATE INDEX document_day ON document (day);
CREATE INDEX document_uploading ON document (created) WHERE state = 'uploading';
