-- +goose Up
-- One application from its draft to its end. What tells of people is sealed.
CREATE TABLE case_record (
	id TEXT PRIMARY KEY,
	parent TEXT NOT NULL,            -- the package's case that it is part of, or empty
	package TEXT NOT NULL,           -- id of the package, for the case that holds others
	item TEXT NOT NULL,              -- empty for a package's
	item_version BIGINT NOT NULL,
	item_name TEXT NOT NULL,
	organisation TEXT NOT NULL,
	organisation_name TEXT NOT NULL,
	region TEXT NOT NULL,
	city TEXT NOT NULL,              -- the first four digits of the region
	district TEXT NOT NULL,          -- the first six
	state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'supplementing', 'prepared', 'accepted', 'decided', 'closed', 'not-accepted', 'withdrawn', 'terminated')),
	mode TEXT NOT NULL CHECK (mode IN ('pre-review', 'verification', 'online', 'window')),
	result TEXT NOT NULL,            -- approved, refused, or empty
	number TEXT,                     -- of the application (申请编号)
	case_no TEXT,                    -- from acceptance (统一办件编号)
	query_code TEXT NOT NULL,        -- sealed (查询码)
	person TEXT NOT NULL,            -- id, or empty: somebody without an account
	legal TEXT NOT NULL,             -- id of the legal person it is for, or empty
	holder TEXT NOT NULL,            -- keyed hash of the applicant's ID number
	applicant TEXT NOT NULL,         -- sealed JSON
	dossier TEXT NOT NULL,           -- sealed JSON: answers, values, materials, delivery, documents
	edition BIGINT NOT NULL,         -- of the values
	standing TEXT NOT NULL,          -- JSON: what decides which steps are open
	clock TEXT NOT NULL,             -- JSON: terms, holds, extension
	stages TEXT NOT NULL,            -- JSON: what happened when, without persons
	green BIGINT NOT NULL,           -- 1: by the green channel
	hall TEXT NOT NULL,
	place TEXT NOT NULL,             -- the window
	ticket TEXT NOT NULL,
	statutory_due TEXT NOT NULL,     -- 2026-11-24, or empty
	promised_due TEXT NOT NULL,
	rank BIGINT NOT NULL,            -- what comes first in a list of its state is smaller
	created BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	submitted BIGINT NOT NULL,       -- the last time
	accepted BIGINT NOT NULL,
	decided BIGINT NOT NULL,
	closed BIGINT NOT NULL,
	wake BIGINT NOT NULL,            -- when the clock does something to it by itself; 0: never
	revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX case_record_number ON case_record (number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX case_record_case_no ON case_record (case_no) WHERE case_no IS NOT NULL;
CREATE INDEX case_record_parent ON case_record (parent) WHERE parent <> '';
CREATE INDEX case_record_person ON case_record (person, legal, id) WHERE person <> '';
CREATE INDEX case_record_legal ON case_record (legal, id) WHERE legal <> '';
CREATE INDEX case_record_holder ON case_record (holder, id);
CREATE INDEX case_record_organisation ON case_record (organisation, state, rank, id);
CREATE INDEX case_record_district ON case_record (district, state, rank, id);
CREATE INDEX case_record_city ON case_record (city, state, rank, id);
CREATE INDEX case_record_wake ON case_record (wake) WHERE wake > 0;

-- Materials that were promised for later (容缺后补), while they are awaited.
CREATE TABLE case_deferred (
	case_id TEXT NOT NULL,
	material TEXT NOT NULL,
	due TEXT NOT NULL,               -- the last day
	wake BIGINT NOT NULL,            -- when the next reminder, or the end of the time, is due; 0: never
	PRIMARY KEY (case_id, material)
);
CREATE INDEX case_deferred_wake ON case_deferred (wake) WHERE wake > 0;

-- Drafts on their way from one channel to another.
CREATE TABLE case_handover (
	code TEXT PRIMARY KEY,           -- hashed
	case_id TEXT NOT NULL,
	until BIGINT NOT NULL,
	taker TEXT NOT NULL,             -- who took it: kind/id; empty: nobody yet
	taken_until BIGINT NOT NULL      -- how long the taker may go on
);
CREATE INDEX case_handover_case ON case_handover (case_id);

-- Requests that may come again.
CREATE TABLE case_request (
	caller TEXT NOT NULL,
	key TEXT NOT NULL,
	action TEXT NOT NULL,
	case_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (caller, key)
);
CREATE INDEX case_request_at ON case_request (at);

-- The last number of each series.
CREATE TABLE case_counter (
	series TEXT PRIMARY KEY,
	last BIGINT NOT NULL
);

-- Wrong guesses of a case's query code.
CREATE TABLE case_guess (
	case_id TEXT PRIMARY KEY,
	wrong BIGINT NOT NULL,
	since BIGINT NOT NULL
);

-- Items of the green channel with their own promised limit in working days.
CREATE TABLE case_green (
	item TEXT PRIMARY KEY,
	days BIGINT NOT NULL,
	reason TEXT NOT NULL,
	changed BIGINT NOT NULL
);
