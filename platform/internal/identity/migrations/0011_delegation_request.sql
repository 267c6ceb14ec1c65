-- +goose Up
-- Who asks a legal person to let her act for it (U-21). What is granted becomes
-- a delegation.
CREATE TABLE delegation_request (
	id TEXT PRIMARY KEY,
	legal TEXT NOT NULL REFERENCES legal_person (id),
	person TEXT NOT NULL REFERENCES person (id),
	role TEXT NOT NULL,                -- as what: manager, handler
	items TEXT NOT NULL,               -- JSON list of item ids; [] is all
	valid_until BIGINT NOT NULL,
	state TEXT NOT NULL,               -- waiting, granted, refused, withdrawn
	reason TEXT NOT NULL,              -- why it was refused
	created BIGINT NOT NULL,
	decided BIGINT NOT NULL            -- 0: nobody has
);
-- One may ask a legal person once at a time.
CREATE UNIQUE INDEX delegation_request_waiting ON delegation_request (legal, person) WHERE state = 'waiting';
CREATE INDEX delegation_request_person ON delegation_request (person, id);
