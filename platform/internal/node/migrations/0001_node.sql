-- +goose Up
CREATE TABLE node_hall (
	id TEXT PRIMARY KEY,           -- letters, digits, hyphens; also its user on the bus
	name TEXT NOT NULL,
	region TEXT NOT NULL,
	address TEXT NOT NULL,
	telephone TEXT NOT NULL,
	hours TEXT NOT NULL,           -- when it is open, in words
	token TEXT NOT NULL,           -- keyed hash
	state TEXT NOT NULL,           -- active, closed
	described TEXT NOT NULL,       -- JSON: what the hall said of its zones, services and windows
	epoch TEXT NOT NULL,           -- how far its stream was followed
	seq BIGINT NOT NULL,
	heard BIGINT NOT NULL          -- when its last event happened, Unix milliseconds
);

-- Events that a context refused: for the technician.
CREATE TABLE node_parked (
	id TEXT PRIMARY KEY,
	hall TEXT NOT NULL,
	type TEXT NOT NULL,
	subject TEXT NOT NULL,
	at BIGINT NOT NULL,
	data TEXT NOT NULL,
	reason TEXT NOT NULL,
	parked BIGINT NOT NULL
);

-- Ranges of numbers that halls give out by themselves.
CREATE TABLE node_range (
	name TEXT NOT NULL,            -- what is numbered, such as case:330102:20261123
	first BIGINT NOT NULL,
	last BIGINT NOT NULL,
	hall TEXT NOT NULL,
	asked TEXT NOT NULL UNIQUE,    -- id of the event that asked for it
	granted BIGINT NOT NULL,
	PRIMARY KEY (name, first)
);
CREATE TABLE node_range_next (
	name TEXT PRIMARY KEY,
	next BIGINT NOT NULL
);
