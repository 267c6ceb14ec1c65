-- +goose Up
-- Natural persons with real names. Numbers are sealed to be read again and
-- hashed to be found.
CREATE TABLE person (
	id TEXT PRIMARY KEY,
	state TEXT NOT NULL,               -- active, disabled, enabling
	way TEXT NOT NULL,                 -- online, window, linked
	name TEXT NOT NULL,                -- sealed
	number TEXT NOT NULL,              -- of the ID card, sealed
	number_key TEXT NOT NULL UNIQUE,
	phone TEXT NOT NULL,               -- sealed
	phone_key TEXT NOT NULL UNIQUE,
	password TEXT NOT NULL,            -- bcrypt
	change_password BIGINT NOT NULL,   -- 1: it was given out at a window
	agreement TEXT NOT NULL,           -- version of the service agreement that was signed
	created BIGINT NOT NULL,
	failures BIGINT NOT NULL DEFAULT 0,
	locked_until BIGINT NOT NULL DEFAULT 0,
	state_reason TEXT NOT NULL DEFAULT ''
);

-- What a person proved who she is with.
CREATE TABLE person_proof (
	person TEXT NOT NULL REFERENCES person (id),
	kind TEXT NOT NULL,                -- id-card, phone, social-card, bank-card, provident-fund, driving-licence, window, linked
	provider TEXT NOT NULL,            -- who confirmed it
	at BIGINT NOT NULL,
	PRIMARY KEY (person, kind)
);

-- An identity at another platform that is the same person.
CREATE TABLE person_link (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	person TEXT NOT NULL REFERENCES person (id),
	at BIGINT NOT NULL,
	PRIMARY KEY (issuer, subject)
);

CREATE TABLE legal_person (
	id TEXT PRIMARY KEY,
	state TEXT NOT NULL,
	way TEXT NOT NULL,                 -- representative, code, ca, licence, window
	name TEXT NOT NULL,
	code TEXT NOT NULL UNIQUE,         -- unified social credit code (GB 32100), public
	representative TEXT NOT NULL REFERENCES person (id),
	provider TEXT NOT NULL,
	created BIGINT NOT NULL
);

-- Who may act for a legal person. The representative needs none.
CREATE TABLE delegation (
	id TEXT PRIMARY KEY,
	legal TEXT NOT NULL REFERENCES legal_person (id),
	parent TEXT NOT NULL,              -- the delegation of who granted it; empty: the representative
	depth BIGINT NOT NULL,             -- 1 to 3
	grantee TEXT NOT NULL REFERENCES person (id),
	role TEXT NOT NULL,                -- manager, handler
	items TEXT NOT NULL,               -- JSON list of item ids; [] is all
	valid_from BIGINT NOT NULL,
	valid_until BIGINT NOT NULL,
	state TEXT NOT NULL,               -- asked, active, cancelled
	created BIGINT NOT NULL
);
CREATE INDEX delegation_legal ON delegation (legal);
CREATE INDEX delegation_grantee ON delegation (grantee);

-- Codes sent to a phone.
CREATE TABLE code (
	id TEXT PRIMARY KEY,               -- purpose and keyed hash of the phone
	hash TEXT NOT NULL,
	tries BIGINT NOT NULL,
	sent BIGINT NOT NULL,
	until BIGINT NOT NULL,
	day TEXT NOT NULL,                 -- for the quota
	day_count BIGINT NOT NULL
);

CREATE TABLE session (
	hash TEXT PRIMARY KEY,             -- of the token
	kind TEXT NOT NULL,                -- person, staff
	subject TEXT NOT NULL,
	acting_for TEXT NOT NULL,          -- a legal person's id, or empty
	created BIGINT NOT NULL,
	seen BIGINT NOT NULL,
	until BIGINT NOT NULL
);
CREATE INDEX session_subject ON session (subject);

CREATE TABLE organisation (
	id TEXT PRIMARY KEY,
	parent TEXT NOT NULL,              -- id, or empty
	name TEXT NOT NULL,
	region TEXT NOT NULL,
	code TEXT NOT NULL,                -- unified social credit code, or empty
	telephone TEXT NOT NULL,
	address TEXT NOT NULL
);

CREATE TABLE staff (
	id TEXT PRIMARY KEY,
	account TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	organisation TEXT NOT NULL REFERENCES organisation (id),
	region TEXT NOT NULL,
	roles TEXT NOT NULL,               -- JSON list
	state TEXT NOT NULL,               -- active, disabled
	password TEXT NOT NULL,            -- bcrypt
	second TEXT NOT NULL,              -- sealed secret of the second factor; empty until it is set up
	second_step BIGINT NOT NULL,       -- the last time step that was used
	created BIGINT NOT NULL,
	failures BIGINT NOT NULL DEFAULT 0,
	locked_until BIGINT NOT NULL DEFAULT 0
);
