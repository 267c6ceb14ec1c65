-- +goose Up
-- What departments write themselves. Entries made of items aren't stored.
CREATE TABLE knowledge_entry (
	id TEXT PRIMARY KEY,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	origin TEXT NOT NULL,            -- staff, answer
	source TEXT UNIQUE,              -- id of the published answer that it was proposed from
	current BIGINT NOT NULL,         -- the published version; 0: none
	open BIGINT NOT NULL,            -- the version in the making; 0: none
	latest BIGINT NOT NULL,          -- the last number given to a version
	rev BIGINT NOT NULL              -- of the last change that readers see
);
CREATE INDEX knowledge_entry_rev ON knowledge_entry (rev);
CREATE INDEX knowledge_entry_open ON knowledge_entry (organisation, open);

CREATE TABLE knowledge_version (
	entry TEXT NOT NULL REFERENCES knowledge_entry (id),
	version BIGINT NOT NULL,
	state TEXT NOT NULL,             -- draft, in-check, published, replaced, withdrawn, dropped
	kind TEXT NOT NULL,
	item TEXT NOT NULL,
	material TEXT NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	author TEXT NOT NULL,            -- a member of staff; empty: proposed by the platform
	checker TEXT NOT NULL,
	note TEXT NOT NULL,              -- why it was returned or withdrawn
	edition BIGINT NOT NULL,         -- counts savings
	changed BIGINT NOT NULL,
	published BIGINT NOT NULL,
	PRIMARY KEY (entry, version)
);

-- What staff said of a version of an entry, made of an item or not.
CREATE TABLE knowledge_rating (
	id TEXT PRIMARY KEY,
	entry TEXT NOT NULL,
	version BIGINT NOT NULL,
	title TEXT NOT NULL,             -- as it was
	organisation TEXT NOT NULL,      -- the entry's
	region TEXT NOT NULL,
	rater TEXT NOT NULL,
	verdict TEXT NOT NULL,           -- accurate, outdated, wrong
	note TEXT NOT NULL,
	at BIGINT NOT NULL,
	todo TEXT NOT NULL,              -- empty: nothing has to be done
	seen BIGINT NOT NULL,            -- 1: the rater has seen the answer
	UNIQUE (entry, version, rater)
);
CREATE INDEX knowledge_rating_rater ON knowledge_rating (rater, id);
CREATE INDEX knowledge_rating_todo ON knowledge_rating (todo);
CREATE INDEX knowledge_rating_at ON knowledge_rating (at);

-- What a department has to look into.
CREATE TABLE knowledge_todo (
	id TEXT PRIMARY KEY,
	entry TEXT NOT NULL,
	title TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	state TEXT NOT NULL,             -- open, answered
	opened BIGINT NOT NULL,
	due BIGINT NOT NULL,
	outcome TEXT NOT NULL,           -- corrected, kept
	answer TEXT NOT NULL,
	answered BIGINT NOT NULL,
	answerer TEXT NOT NULL
);
CREATE UNIQUE INDEX knowledge_todo_one ON knowledge_todo (entry) WHERE state = 'open';
CREATE INDEX knowledge_todo_organisation ON knowledge_todo (organisation, state, due);
CREATE INDEX knowledge_todo_opened ON knowledge_todo (opened);

-- Working days for an answer; an organisation's own win over those of all ('').
CREATE TABLE knowledge_limit (
	organisation TEXT PRIMARY KEY,
	days BIGINT NOT NULL
);

-- Counts the changes that readers see.
CREATE TABLE knowledge_revision (
	id BIGINT PRIMARY KEY CHECK (id = 1),
	n BIGINT NOT NULL
);
INSERT INTO knowledge_revision (id, n) VALUES (1, 0);
