-- +goose Up
-- The catalogue list: what is the same everywhere.
CREATE TABLE item_catalogue (
	basic_code TEXT PRIMARY KEY,
	revision BIGINT NOT NULL,
	state TEXT NOT NULL,               -- published, cancelled
	data TEXT NOT NULL,                -- JSON of the entry
	proposed TEXT NOT NULL,            -- JSON of the entry as it shall become; empty: nothing is proposed
	proposer TEXT NOT NULL,            -- the member of staff who proposes it
	changed BIGINT NOT NULL
);

-- The implementation list. One row is an item in all its versions.
CREATE TABLE item_head (
	id TEXT PRIMARY KEY,
	basic_code TEXT NOT NULL,
	code TEXT NOT NULL UNIQUE,         -- implementation code with the split's number
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	state TEXT NOT NULL,               -- draft until the first publication, then published, suspended, cancelled
	current BIGINT NOT NULL,           -- the version that people see; 0: none yet
	open BIGINT NOT NULL,              -- the version in the making; 0: none
	latest BIGINT NOT NULL,
	rev BIGINT NOT NULL                -- of item_revision, when it last changed for the public
);
CREATE INDEX item_head_rev ON item_head (rev);
CREATE INDEX item_head_basic ON item_head (basic_code);
CREATE INDEX item_head_open ON item_head (open, id);

CREATE TABLE item_version (
	item TEXT NOT NULL REFERENCES item_head (id),
	version BIGINT NOT NULL,
	kind TEXT NOT NULL,                -- new, change, suspend, resume, cancel, split, merge, inherit, sync
	state TEXT NOT NULL,
	data TEXT NOT NULL,                -- JSON of the item
	others TEXT NOT NULL,              -- JSON list of items: what a split makes, what a merge takes
	author TEXT NOT NULL,
	edition BIGINT NOT NULL,           -- counts the saves of a draft
	changed BIGINT NOT NULL,
	published BIGINT NOT NULL,
	PRIMARY KEY (item, version)
);

-- What reviewers said, stage by stage.
CREATE TABLE item_review (
	id TEXT PRIMARY KEY,
	item TEXT NOT NULL,
	version BIGINT NOT NULL,
	round BIGINT NOT NULL,             -- counts submissions
	stage TEXT NOT NULL,
	passed BIGINT NOT NULL,
	reviewer TEXT NOT NULL,
	comment TEXT NOT NULL,
	at BIGINT NOT NULL
);
CREATE INDEX item_review_version ON item_review (item, version);

-- What became of an item that was split or merged.
CREATE TABLE item_link (
	old TEXT NOT NULL,
	new TEXT NOT NULL,
	kind TEXT NOT NULL,                -- split, merge
	at BIGINT NOT NULL,
	PRIMARY KEY (old, new)
);

-- Which halls have heard of an item.
CREATE TABLE item_hall (
	item TEXT NOT NULL,
	hall TEXT NOT NULL,
	PRIMARY KEY (item, hall)
);

CREATE TABLE item_package (
	id TEXT PRIMARY KEY,
	data TEXT NOT NULL
);

CREATE TABLE item_synonym (
	word TEXT PRIMARY KEY,
	means TEXT NOT NULL                -- JSON list
);

-- One row: counts what the public can see changing, so that every process
-- knows when its index is old.
CREATE TABLE item_revision (
	id BIGINT PRIMARY KEY,
	n BIGINT NOT NULL
);
INSERT INTO item_revision (id, n) VALUES (1, 0);

-- How often people looked at an item, and what else they did with it.
CREATE TABLE item_count (
	item TEXT NOT NULL,
	day TEXT NOT NULL,                 -- of the platform's time zone
	kind TEXT NOT NULL,                -- view, find, apply, book, ask, return
	n BIGINT NOT NULL,
	PRIMARY KEY (item, day, kind)
);
CREATE INDEX item_count_day ON item_count (day);

-- What imports did.
CREATE TABLE item_import (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,                -- excel, province
	at BIGINT NOT NULL,
	author TEXT NOT NULL,
	report TEXT NOT NULL               -- JSON
);
