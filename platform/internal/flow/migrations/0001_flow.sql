-- +goose Up
-- A flow as an organisation keeps it.
CREATE TABLE flow_definition (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	organisation TEXT NOT NULL,   -- whose editors change it; empty: the platform's template
	region TEXT NOT NULL,
	published BIGINT NOT NULL,    -- the version that new cases run by; 0: none
	open BIGINT NOT NULL,         -- the version that is being written; 0: none
	changed BIGINT NOT NULL       -- Unix milliseconds
);

CREATE TABLE flow_version (
	definition TEXT NOT NULL REFERENCES flow_definition (id),
	version BIGINT NOT NULL,
	state TEXT NOT NULL,          -- draft, proposed, published, replaced
	body TEXT NOT NULL,           -- JSON
	edition BIGINT NOT NULL,      -- counts the changes of a draft
	author TEXT NOT NULL,         -- who saved it last
	note TEXT NOT NULL,           -- why it was proposed, or what the reviewer said
	reviewer TEXT NOT NULL,
	changed BIGINT NOT NULL,
	published BIGINT NOT NULL,
	PRIMARY KEY (definition, version)
);

-- Which flow an item's cases run by.
CREATE TABLE flow_binding (
	item TEXT PRIMARY KEY,
	definition TEXT NOT NULL REFERENCES flow_definition (id),
	changed BIGINT NOT NULL
);

CREATE TABLE flow_instance (
	case_id TEXT PRIMARY KEY,
	definition TEXT NOT NULL,
	version BIGINT NOT NULL,
	case_no TEXT NOT NULL,
	title TEXT NOT NULL,
	item TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	status TEXT NOT NULL,         -- running, held, ended, terminated
	state TEXT NOT NULL,          -- sealed JSON of engine.State
	edition BIGINT NOT NULL,      -- counts the changes
	steps BIGINT NOT NULL,        -- in flow_step
	begun BIGINT NOT NULL,
	ended BIGINT NOT NULL,
	FOREIGN KEY (definition, version) REFERENCES flow_version (definition, version)
);

-- What somebody has, had or may have to do. It repeats what lists show of the
-- case, so that a list is one look at one index.
CREATE TABLE flow_task (
	id TEXT PRIMARY KEY,
	case_id TEXT NOT NULL REFERENCES flow_instance (case_id),
	number BIGINT NOT NULL,       -- the engine's id of it
	activation BIGINT NOT NULL,
	node TEXT NOT NULL,
	name TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	role TEXT NOT NULL,
	post TEXT NOT NULL,
	person TEXT NOT NULL,         -- who has it; empty: whoever claims it
	added TEXT NOT NULL,          -- who asked for this seat
	state TEXT NOT NULL,          -- open, done, spared, taken
	opened BIGINT NOT NULL,
	claimed BIGINT NOT NULL,
	done BIGINT NOT NULL,
	done_by TEXT NOT NULL,
	result TEXT NOT NULL,
	opinion TEXT NOT NULL,        -- sealed
	clock TEXT NOT NULL,          -- JSON of limit.Clock; empty: no limit of its own
	red BIGINT NOT NULL,          -- when it turns red
	case_no TEXT NOT NULL,
	title TEXT NOT NULL
);
CREATE UNIQUE INDEX flow_task_case ON flow_task (case_id, number);
CREATE INDEX flow_task_mine ON flow_task (person, red, id) WHERE state = 'open' AND person <> '';
CREATE INDEX flow_task_claimable ON flow_task (organisation, role, red, id) WHERE state = 'open' AND person = '';
CREATE INDEX flow_task_organisation ON flow_task (organisation, red, id) WHERE state = 'open';
CREATE INDEX flow_task_done ON flow_task (done_by, done, id) WHERE state = 'done';

-- What was done, in sequence; it only grows.
CREATE TABLE flow_step (
	case_id TEXT NOT NULL REFERENCES flow_instance (case_id),
	seq BIGINT NOT NULL,
	at BIGINT NOT NULL,
	verb TEXT NOT NULL,
	task TEXT NOT NULL,
	node TEXT NOT NULL,
	name TEXT NOT NULL,
	organisation TEXT NOT NULL,
	by_staff TEXT NOT NULL,
	as_staff TEXT NOT NULL,       -- for whom, where a deputy did it
	detail TEXT NOT NULL,         -- sealed JSON: opinion, result, to, reason, days
	PRIMARY KEY (case_id, seq)
);

CREATE TABLE flow_timer (
	case_id TEXT NOT NULL REFERENCES flow_instance (case_id),
	activation BIGINT NOT NULL,
	clock TEXT NOT NULL,          -- JSON of limit.Clock
	due BIGINT NOT NULL,          -- 0: it stands, because the case is held
	PRIMARY KEY (case_id, activation)
);
CREATE INDEX flow_timer_due ON flow_timer (due) WHERE due > 0;

-- A wish for more time that waits for an answer.
CREATE TABLE flow_extension (
	case_id TEXT PRIMARY KEY REFERENCES flow_instance (case_id),
	task TEXT NOT NULL,
	organisation TEXT NOT NULL,
	asked BIGINT NOT NULL
);
CREATE INDEX flow_extension_organisation ON flow_extension (organisation, asked);

CREATE TABLE flow_deputy (
	id TEXT PRIMARY KEY,
	person TEXT NOT NULL,
	deputy TEXT NOT NULL,
	from_day TEXT NOT NULL,       -- 2026-11-23
	until_day TEXT NOT NULL,      -- the last one
	created BIGINT NOT NULL
);
CREATE INDEX flow_deputy_deputy ON flow_deputy (deputy, until_day);
CREATE INDEX flow_deputy_person ON flow_deputy (person, until_day);

-- Requests that may come again.
CREATE TABLE flow_request (
	caller TEXT NOT NULL,
	key TEXT NOT NULL,
	content TEXT NOT NULL,        -- what was asked
	at BIGINT NOT NULL,
	PRIMARY KEY (caller, key)
);
CREATE INDEX flow_request_at ON flow_request (at);
