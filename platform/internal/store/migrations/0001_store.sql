-- +goose Up
-- What others shall hear of committed changes, until the bus has it.
CREATE TABLE outbox (
	id TEXT PRIMARY KEY,      -- ULID, the message's id on the bus
	hall TEXT NOT NULL,       -- the hall that shall hear it; empty: anybody
	type TEXT NOT NULL,       -- context.happening
	subject TEXT NOT NULL,    -- the id of what it is about; keeps order
	at BIGINT NOT NULL,       -- Unix milliseconds
	data TEXT NOT NULL        -- JSON
);

-- Events from outside that were taken, so that none is taken twice.
CREATE TABLE inbox (
	id TEXT PRIMARY KEY,
	at BIGINT NOT NULL
);
CREATE INDEX inbox_at ON inbox (at);

-- Jobs that one process at a time may do.
CREATE TABLE lease (
	name TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	until BIGINT NOT NULL
);
