-- +goose Up
-- The catalogue: kinds of licences.
CREATE TABLE licence_type (
	id TEXT PRIMARY KEY,
	body TEXT NOT NULL,            -- JSON
	changed_at BIGINT NOT NULL
);

-- Licences that were issued.
CREATE TABLE licence_issued (
	id TEXT PRIMARY KEY,
	identifier TEXT NOT NULL UNIQUE,   -- GB/T 36904
	number TEXT NOT NULL UNIQUE,       -- as it is printed
	code TEXT NOT NULL UNIQUE,         -- what the public verifies it by
	type TEXT NOT NULL,
	case_id TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	person TEXT NOT NULL,              -- id of the natural person; empty: a legal person's
	legal TEXT NOT NULL,
	holder TEXT NOT NULL,              -- keyed hash of the holder's number
	from_day TEXT NOT NULL,
	until_day TEXT NOT NULL,           -- empty: it doesn't end
	content TEXT NOT NULL,             -- the whole licence as JSON, sealed
	digest TEXT NOT NULL,              -- SM3 of the JSON
	public_key TEXT NOT NULL,
	signature TEXT NOT NULL,
	state TEXT NOT NULL,               -- valid, suspended, revoked, replaced
	reason TEXT NOT NULL,
	reminded BIGINT NOT NULL,          -- 1: told that it will end
	created_at BIGINT NOT NULL
);
CREATE INDEX licence_holder ON licence_issued (holder, type, created_at);
CREATE INDEX licence_person ON licence_issued (person, created_at);
CREATE INDEX licence_legal ON licence_issued (legal, created_at);
CREATE INDEX licence_case ON licence_issued (case_id);
CREATE INDEX licence_until ON licence_issued (state, reminded, until_day);

-- What became of them.
CREATE TABLE licence_change (
	id TEXT PRIMARY KEY,
	licence TEXT NOT NULL,
	at BIGINT NOT NULL,
	state TEXT NOT NULL,
	reason TEXT NOT NULL,
	staff TEXT NOT NULL
);
CREATE INDEX licence_change_of ON licence_change (licence, at);

-- How many licences of a type an organisation has issued in a year.
CREATE TABLE licence_counter (
	type TEXT NOT NULL,
	organisation TEXT NOT NULL,
	year BIGINT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (type, organisation, year)
);
