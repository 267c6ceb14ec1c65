-- +goose Up
-- Consultations in real time: what somebody asks and who of the staff answers.
CREATE TABLE evaluation_conversation (
	id TEXT PRIMARY KEY,
	request TEXT NOT NULL UNIQUE,    -- hash of who began it and her key, which may come again
	person TEXT NOT NULL,            -- who asks; empty: she isn't signed in
	acting_for TEXT NOT NULL,        -- the legal person she acts for, or empty
	guest TEXT NOT NULL,             -- hash of the cookie of who isn't signed in, or empty
	organisation TEXT NOT NULL,      -- whose staff answers
	region TEXT NOT NULL,
	item TEXT NOT NULL,
	item_name TEXT NOT NULL,
	state TEXT NOT NULL,             -- automatic, waiting, served, ended, written
	member TEXT NOT NULL,            -- the member of staff who answers, or empty
	subject TEXT NOT NULL,           -- the beginning of the first question
	lines BIGINT NOT NULL,           -- the last line's number
	version BIGINT NOT NULL,         -- counts what changes
	handovers BIGINT NOT NULL,
	created BIGINT NOT NULL,
	asked BIGINT NOT NULL,           -- when she asked for a person; 0: she hasn't
	answered BIGINT NOT NULL,        -- the first answer of a person; 0: there is none
	answerer TEXT NOT NULL,          -- the organisation whose staff answered first, or empty
	ended BIGINT NOT NULL,
	seen BIGINT NOT NULL,            -- when the asker's page last asked
	owes BIGINT NOT NULL,            -- 1: the asker said the last word to the staff
	voice TEXT NOT NULL,             -- the written consultation that it turned into, or empty
	changed BIGINT NOT NULL
);
CREATE INDEX evaluation_conversation_state ON evaluation_conversation (state, asked);
CREATE INDEX evaluation_conversation_person ON evaluation_conversation (person, id);
CREATE INDEX evaluation_conversation_guest ON evaluation_conversation (guest, id);
CREATE INDEX evaluation_conversation_changed ON evaluation_conversation (changed);
CREATE INDEX evaluation_conversation_asked ON evaluation_conversation (asked);

-- What was said, in order. The number of a line is given in the transaction
-- that changes the conversation, so that none is passed over.
CREATE TABLE evaluation_line (
	conversation TEXT NOT NULL REFERENCES evaluation_conversation (id),
	n BIGINT NOT NULL,
	at BIGINT NOT NULL,
	speaker TEXT NOT NULL,           -- asker, staff, automatic, platform; note: among staff
	member TEXT NOT NULL,            -- of the staff
	key TEXT NOT NULL,               -- of who sends it again; empty: nobody does
	text TEXT NOT NULL,
	links TEXT NOT NULL,             -- JSON list of titles and paths
	PRIMARY KEY (conversation, n)
);
CREATE UNIQUE INDEX evaluation_line_key ON evaluation_line (conversation, speaker, key) WHERE key <> '';

-- When staff answers on working days, in minutes of the day; without a row: the
-- usual hours.
CREATE TABLE evaluation_hours (
	begins BIGINT PRIMARY KEY,
	ends BIGINT NOT NULL
);
